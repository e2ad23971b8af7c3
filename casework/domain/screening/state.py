"""The tally of one source, day and medium: there is one or there is none yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casework.domain.facts import Happened
from casework.domain.screening.events import ScreeningTallyRecorded
from casework.domain.values import Medium


@dataclass(frozen=True, slots=True)
class Screening:
    """What is known of one source, day and medium. ``version`` counts the events."""

    version: int = 0
    tally: ScreeningTallyRecorded | None = None


def screening_stream(source: str, day: date, medium: Medium) -> UUID:
    """The stream of one tally: derived, so that the same tally delivered twice is found."""
    digest = hashlib.sha256(f"screening:{day.isoformat()}:{medium.value}:{source}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


def fold(history: Iterable[Happened]) -> Screening:
    """The tally after its whole history. Raises ``ValueError`` for a fact of something else."""
    screening = Screening()
    for happened in history:
        event = happened.event
        if not isinstance(event, ScreeningTallyRecorded):
            raise ValueError(f"a tally cannot go on with {event.TOPIC}")
        screening = Screening(screening.version + 1, event)
    return screening
