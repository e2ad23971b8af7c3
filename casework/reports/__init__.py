"""Transparency reports: figures, narrative, and their renderings."""
