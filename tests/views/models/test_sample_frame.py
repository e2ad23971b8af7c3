"""What samples are drawn from: exactly the decisions that an announcement describes, however the log is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, views_engine, writing
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.sample.values import Stratifier, acted_by
from casework.domain.values import Outcome, Rule
from casework.eventlog.codec import Recorded
from casework.views.models.sample_frame import BLOCK, Frame, FrameTable, load_frame
from tests.reports.histories import BEGIN, Habits, as_recorded, played
from tests.reports.sampling import PSEUDONYMS, Decided, candidates, plan_of

MONTH = (BEGIN, BEGIN + timedelta(days=30))
LATE = BEGIN + timedelta(days=900)


@cache
def log() -> tuple[Recorded, ...]:
    """Made by the first test here, not by every process that loads this file."""
    # Far apart, so that blocks begin and end, and one place is the first of its block.
    recorded = enumerate(as_recorded(played(44, 3, Habits(days=60))))
    return tuple(replace(one, position=number * 37 + BLOCK) for number, one in recorded)


class Place:
    """The table in a database, filled page by page."""

    def __init__(self, url: DatabaseUrl, log: Sequence[Recorded], page: int) -> None:
        self.engine, metadata, frame = views_engine(url), sa.MetaData(), FrameTable(PSEUDONYMS.of)
        self.table = frame.table(metadata, lambda plain: f"{plain}_{page}")
        with writing(self.engine) as connection:
            metadata.create_all(connection)
        for start in range(0, len(log), page):
            with writing(self.engine) as connection:
                frame.fold(connection, self.table, log[start : start + page])

    def rows(self) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(self.table).order_by(self.table.c.block)))

    def load(
        self,
        period: tuple[datetime, datetime] = MONTH,
        known: datetime = LATE,
        outcomes: Sequence[Outcome] = (),
        by: Stratifier | None = None,
    ) -> Frame:
        with self.engine.connect() as connection:
            return load_frame(connection, self.table, period, recorded_by=known, outcomes=outcomes, stratify_by=by)


def test_the_frame_has_what_an_announcement_describes(database_url: DatabaseUrl) -> None:
    place = Place(database_url, log(), 7)
    decided = [
        Decided(one.stream, one.event, one.recorded)
        for one in log()
        if isinstance(one.event, FilteringDecisionRecorded)
    ]
    random = Random(5)
    for _ in range(40):
        moment = BEGIN + timedelta(days=random.randrange(80))
        outcomes = tuple(random.sample(list(Outcome), random.choice((0, 0, 2))))
        plan = plan_of(random, BEGIN + timedelta(days=random.choice((-9, 0, 20))), moment)
        plan = plan.model_copy(update={"outcomes": outcomes, "stratify_by": random.choice((None, *Stratifier))})
        wanted = candidates(decided, plan)
        found = place.load((plan.start, plan.end), plan.as_of, outcomes, plan.stratify_by)
        assert (found.pseudonyms, found.strata, found.sizes) == wanted.population
        assert [
            (UUID(bytes=case), acted_by(outcome)) for case, outcome in zip(found.cases, found.outcomes, strict=True)
        ] == [wanted.at(number) for number in range(len(found.cases))]
    assert len(place.load().cases) > 20


@pytest.mark.parametrize("page", [1, 1000])
def test_the_frame_is_the_same_however_the_log_is_cut(database_url: DatabaseUrl, page: int) -> None:
    assert Place(database_url, log(), page).rows() == Place(database_url, log(), 13).rows() != []


def test_the_edges_of_period_and_knowledge_are_those_of_announcements(database_url: DatabaseUrl) -> None:
    """From the first moment on, before the last one, known at the moment itself; not what an order decided."""
    (one, other, *_) = [
        replace(each, position=number)
        for number, each in enumerate(log())
        if isinstance(each.event, FilteringDecisionRecorded)
    ]
    ordered = replace(other, event=other.event.model_copy(update={"rule": Rule.ORDER}))
    place = Place(database_url, [one, ordered], 5)
    assert isinstance(one.event, FilteringDecisionRecorded)
    at, tick = one.event.decided_at, timedelta(microseconds=1)
    assert place.load((at, at + tick), one.recorded).cases == [one.stream.bytes]
    assert place.load((at - tick, at)).cases == place.load((at + tick, LATE)).cases == []
    assert place.load((at, at + tick), one.recorded - tick).cases == []
    assert place.load((at, LATE)).pseudonyms == [PSEUDONYMS.of("case", str(one.stream))]
