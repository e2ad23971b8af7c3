"""What is told when the fonts of documents are missing; apart from the typesetter, which takes a second to import."""

from __future__ import annotations


class FontMissing(RuntimeError):
    """The Chinese fonts that documents are set in are not installed."""
