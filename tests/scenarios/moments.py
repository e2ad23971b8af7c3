"""Moments as a lawyer writes them: a local time with its zone, the end of a day, or so much later than before."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LOCAL = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d(?::\d\d)?) (?P<zone>[A-Za-z_]+(?:/[A-Za-z_]+)*)")
_END = re.compile(r"end of (?P<day>\d{4}-\d\d-\d\d) (?P<zone>[A-Za-z_]+(?:/[A-Za-z_]+)*)")
_SHIFTED = re.compile(r"(?P<span>.+?) (?P<side>before|after) (?P<of>.+)")
_LATER = re.compile(r"\+(?P<span>.+)")
_SPAN = re.compile(r"(\d+) (second|minute|hour|day)s?")


def moment(text: str, previous: datetime | None = None) -> datetime:
    """The moment in UTC that a text names. Raises ``ValueError`` for a text that names none.

    ``2026-06-01 10:00 Asia/Shanghai``: that time of the wall clock there. ``end of 2026-06-16 Asia/Shanghai``: the
    midnight after that day. ``1 second before end of ...``: shifted. ``+3 days``: so many times 24 hours after
    ``previous``, the step before.
    """
    if (found := _LOCAL.fullmatch(text)) is not None:
        zone = ZoneInfo(found["zone"])
        return datetime.fromisoformat(f"{found['day']}T{found['time']}").replace(tzinfo=zone).astimezone(UTC)
    if (found := _END.fullmatch(text)) is not None:
        day = date.fromisoformat(found["day"]) + timedelta(days=1)
        return datetime.combine(day, time(), ZoneInfo(found["zone"])).astimezone(UTC)
    if (found := _LATER.fullmatch(text)) is not None and previous is not None:
        return previous + span(found["span"])
    if (found := _SHIFTED.fullmatch(text)) is not None:
        shift = span(found["span"])
        return moment(found["of"], previous) + (shift if found["side"] == "after" else -shift)
    raise ValueError(f"no moment: {text!r}")


def span(text: str) -> timedelta:
    """``15 days 1 second`` and the like. Raises ``ValueError``."""
    total, rest = timedelta(), text
    while rest and (found := _SPAN.match(rest)) is not None:
        total += timedelta(**{f"{found[2]}s": int(found[1])})
        rest = rest[found.end() :].strip()
    if rest or not total:
        raise ValueError(f"no span of time: {text!r}")
    return total
