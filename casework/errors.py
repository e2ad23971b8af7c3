"""What can go wrong, by stable code, and the one table that maps it to HTTP status and exit code."""

from __future__ import annotations

from casework.database import DatabaseUnavailable
from casework.domain.facts import Refused
from casework.eventlog.store import Conflict


class NotFound(Exception):
    """There is no such thing, or not for this caller (the two are not told apart)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Forbidden(Exception):
    """The caller is known and may not do this; ``needs`` is the scope or role that is missing."""

    def __init__(self, needs: str) -> None:
        super().__init__(needs)
        self.needs = needs


class Invalid(Exception):
    """Input that does not fit; ``errors`` name each field by JSON pointer with a sentence for people."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.pointer}: {error.detail}" for error in errors))
        self.errors = errors


class FieldError:
    """One field that does not fit: JSON pointer (RFC 6901), stable code, sentence."""

    __slots__ = ("code", "detail", "pointer")

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        self.pointer = pointer
        self.code = code
        self.detail = detail

    def as_json(self) -> dict[str, str]:
        """The shape of ``errors[]`` in an answer."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


STATUS: dict[type[Exception], tuple[int, int]] = {
    Invalid: (422, 1),
    Forbidden: (403, 1),
    NotFound: (404, 1),
    Refused: (409, 1),
    Conflict: (409, 1),
    DatabaseUnavailable: (503, 1),
}
"""HTTP status and exit code of each answer."""
