"""How addresses name a letter and the form in which it is wanted: ``7``, ``7.pdf``, ``7.html`` or ``7.json``."""

from __future__ import annotations

from dataclasses import dataclass

from casework.errors import NotFound


@dataclass(frozen=True, slots=True)
class LetterFile:
    """What the last part of an address asks for: a number, and an ending or none."""

    number: int
    ending: str


def read_name(name: str) -> LetterFile:
    """A number with one of the endings or none. Raises ``NotFound`` for anything else."""
    number, _, ending = name.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 7) or ending not in ("", "pdf", "html", "json"):
        raise NotFound("letter")
    return LetterFile(int(number), ending)
