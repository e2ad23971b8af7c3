"""Measures engines against uploads whose truth is known."""
