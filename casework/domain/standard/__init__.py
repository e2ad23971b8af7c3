"""Filtering standards: the published documents and what they say."""
