"""What is made of a file, by name. Apart from the making, so that pages do not load what decodes."""

from __future__ import annotations

from dataclasses import dataclass

RECIPE = 1
"""Made one more when previews come out otherwise: those of an earlier recipe are made anew."""

FACTS, EXCERPT, STRIP, PICTURE = "facts", "excerpt", "strip", "image"
"""The parts that there may be. ``facts`` is JSON for our own pages; the others are files that browsers show."""

SHOWN = (EXCERPT, STRIP, PICTURE)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was made."""

    name: str
    media_type: str
    content: bytes
