"""Tallies of screening for random histories: few and many, none matched and all, told days later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from casework.domain.facts import Event
from casework.domain.screening.events import ScreeningTallyRecorded
from casework.domain.values import Medium


def tallies(
    random: Random, begin: datetime, days: int, number: int
) -> Iterator[tuple[datetime, UUID, tuple[Event, ...]]]:
    """When each is recorded, its stream, and what is recorded; each is of a source of its own."""
    for source in range(number):
        screened = random.choice((0, random.randrange(12), random.randrange(10**7)))
        tally = ScreeningTallyRecorded(
            source=f"engine-{source}",
            date=(begin + timedelta(days=random.randrange(days))).date(),
            medium=random.choice(list(Medium)),
            screened=screened,
            matched=random.randrange(screened + 1),
        )
        yield begin + timedelta(days=random.uniform(0, days)), UUID(int=random.getrandbits(128), version=4), (tally,)
