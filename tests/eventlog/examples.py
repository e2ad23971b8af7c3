"""Small events of our own for the tests of the log, so that they do not change with the domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict

from casework.database import DatabaseUrl
from casework.domain.facts import Actor, Event, Role
from casework.eventlog.codec import Codec
from casework.eventlog.store import Append, EventLog

NOON = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
MATCHER = Actor(role=Role.MATCHER, id="engine-1")


class Medium(StrEnum):
    VIDEO = "video"
    TEXT = "text"


class Segment(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    upload: tuple[Decimal, Decimal]
    work: tuple[Decimal, Decimal]
    score: Decimal | None = None


class Counted(Event):
    """The smallest event."""

    TOPIC = "example.counted"

    number: int
    note: str | None = None


class Matched(Event):
    """One of each kind of field that an event may have."""

    TOPIC = "example.matched"

    case: UUID
    medium: Medium
    share: Decimal
    low: Decimal | None = None
    decided_at: AwareDatetime
    seen: tuple[AwareDatetime, ...] = ()
    day: date | None = None
    segments: tuple[Segment, ...] = ()
    amount: dict[Medium, Decimal] | None = None
    flags: frozenset[Medium] | None = None
    commercial: bool = False
    title: str | None = None


TYPES: tuple[type[Event], ...] = (Counted, Matched)


def open_log(url: DatabaseUrl) -> EventLog:
    return EventLog(url, Codec(TYPES))


def new_streams(count: int, *, first: int = 0) -> list[Append]:
    """Appends of one event each to as many new streams."""
    return [Append(uuid4(), 0, [Counted(number=first + number)]) for number in range(count)]


def write(log: EventLog, batch: Sequence[Append], command: str = "command-1") -> int:
    return log.append(batch, recorded=NOON, by=MATCHER, command=command)
