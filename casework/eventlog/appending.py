"""What is written to the log: events for a stream at the version that it had, and what is said when it has moved on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casework.domain.facts import Actor, Event


class Conflict(Exception):
    """Somebody else has written to ``stream`` since it was loaded: load it again and decide again."""

    def __init__(self, stream: UUID) -> None:
        self.stream = stream
        super().__init__(f"stream {stream} has changed since it was loaded")


@dataclass(frozen=True, slots=True)
class Append:
    """New events for one stream.

    ``expected_version`` is the number of events that the stream had when the decision was taken (0: a new stream).
    ``occurred`` is when they happened, if earlier than they are recorded. The rest overrides what the whole call says.
    """

    stream: UUID
    expected_version: int
    events: Sequence[Event]
    occurred: datetime | None = None
    by: Actor | None = None
    command: str | None = None
    cause: str | None = None


class Opening(NamedTuple):
    """The first event of a new stream, encoded ahead of time by ``EventLog.opening``: the row that is written."""

    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes

    @property
    def stream(self) -> UUID:
        """The stream that it begins."""
        return self.originator_id
