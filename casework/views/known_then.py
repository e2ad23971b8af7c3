"""A past moment as people and programs give it: by which a page or a report shows what was known then (F8)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from casework.errors import FieldError, Invalid

LONGEST = 40
"""Characters of a moment at most."""


def read_moment_then(written: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment; ``None`` when nothing was typed. Without an offset it is one of ``zone``.

    Raises ``Invalid``: ``datetime_type`` for what is no moment, ``not_yet`` for one that is still to come.
    """
    plain = written.strip()
    if not plain:
        return None
    try:
        found = datetime.fromisoformat(plain[:LONGEST])
        found = (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        detail = "must be a moment such as 2026-07-01T12:00"
        raise Invalid((FieldError("/at", "datetime_type", detail),)) from None
    if found > now:
        raise Invalid((FieldError("/at", "not_yet", "must not lie in the future"),))
    return found
