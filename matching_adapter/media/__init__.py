"""Decoded sound and pictures, from files that nobody should trust."""
