"""Whether this platform keeps a public register of notices: where its law asks for one, unless it chose otherwise."""

from __future__ import annotations

from enum import StrEnum

from casework.law import Law

CHINA = "CN"


class Register(StrEnum):
    """The platform's choice."""

    BY_LAW = "by_law"
    OPEN = "open"
    CLOSED = "closed"


def is_open(choice: Register, law: Law) -> bool:
    """Whether everybody may read the register.

    By law it is open in China, under whichever regime the platform chose there: E-Commerce Law art. 44 binds it beside
    the others. Elsewhere no law asks for it.
    """
    if choice is Register.BY_LAW:
        return law.family == CHINA
    return choice is Register.OPEN
