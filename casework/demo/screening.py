"""The daily tallies of the demonstration: how many uploads its engine looked at, and in how many it found a work.

The matched ones are those of the story. Those without a match leave no case, so their number is made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from casework.application import Casework
from casework.domain.facts import Actor
from casework.screenings import TallyAnswer, take_tallies

SOURCE = "embedded"
FEWEST, MOST = 380, 720
"""Uploads without a match on one day, of each medium."""

_SEED = 11
_AFTER_MIDNIGHT = timedelta(minutes=20)


class DailyTallies:
    """Counts matched uploads as they are decided, and delivers one tally for each medium when a day is over."""

    def __init__(self, casework: Casework, actor: Actor, zone: tzinfo) -> None:
        self._casework = casework
        self._actor = actor
        self._zone = zone
        self._chance = random.Random(_SEED)  # noqa: S311 - the same tallies every time, nothing secret
        self._media: set[str] = set()
        self._matched: dict[tuple[date, str], set[str]] = {}

    def expect(self, decision: Mapping[str, Any]) -> None:
        """Know that the engine looks at uploads of this medium."""
        self._media.add(str(decision["upload"]["medium"]))

    def count(self, decision: Mapping[str, Any], moment: datetime) -> None:
        """Count the upload of a decision, once a day however many works are in it."""
        upload = decision["upload"]
        day = moment.astimezone(self._zone).date()
        self._matched.setdefault((day, str(upload["medium"])), set()).add(str(upload["id"]))

    def days(self, start: datetime, end: datetime) -> Iterator[tuple[date, datetime]]:
        """Yield the days that are over before ``end``, each with the moment at which its tally is delivered."""
        day = start.astimezone(self._zone).date()
        while True:
            over = datetime.combine(day + timedelta(days=1), time(), self._zone) + _AFTER_MIDNIGHT
            if over >= end:
                return
            yield day, over
            day += timedelta(days=1)

    def deliver(self, day: date) -> list[TallyAnswer]:
        """Record the tallies of a day that is over; those that were refused."""
        documents = []
        for medium in sorted(self._media):
            matched = len(self._matched.get((day, medium), ()))
            screened = matched + self._chance.randint(FEWEST, MOST)
            documents.append(
                {
                    "date": day.isoformat(),
                    "medium": medium,
                    "source": SOURCE,
                    "screened": screened,
                    "matched": matched,
                }
            )
        answers = take_tallies(self._casework, documents, self._actor, self._zone)
        return [answer for answer in answers if answer.status == "refused"]
