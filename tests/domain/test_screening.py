"""A tally of screening is recorded once, by an engine, for a day that has begun, and is never overwritten."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from casework.domain.facts import Refused
from casework.domain.screening.decisions import RecordTally, differences, record_tally
from casework.domain.screening.events import ScreeningTallyRecorded
from casework.domain.screening.state import Screening, fold, screening_stream
from casework.domain.values import Medium
from casework.streams import JustHappened
from tests.samples import MATCHER, NOON, OFFICER, WARNED

TODAY = date(2026, 6, 30)
TALLY: dict[str, Any] = {"source": "eu1", "date": "2026-06-30", "medium": "video", "screened": 900, "matched": 12}


def command(**changes: Any) -> RecordTally:
    return RecordTally.model_validate(TALLY | changes)


def recorded(**changes: Any) -> Screening:
    (event,) = record_tally(Screening(), command(**changes), MATCHER, TODAY)
    return fold([JustHappened(event, NOON, MATCHER)])


def test_a_tally_is_recorded_once() -> None:
    screening = recorded()
    assert screening.version == 1
    assert isinstance(screening.tally, ScreeningTallyRecorded)
    assert (screening.tally.date, screening.tally.screened, screening.tally.matched) == (TODAY, 900, 12)
    assert record_tally(screening, command(), MATCHER, TODAY) == ()


@pytest.mark.parametrize(
    ("changes", "different"),
    [
        ({"screened": 901}, ("screened",)),
        ({"matched": 11}, ("matched",)),
        ({"screened": 20, "matched": 0}, ("screened", "matched")),
    ],
)
def test_another_number_is_refused_and_named(changes: dict[str, Any], different: tuple[str, ...]) -> None:
    screening = recorded()
    assert screening.tally is not None
    assert differences(screening.tally, command(**changes)) == different
    with pytest.raises(Refused, match="tally_differs"):
        record_tally(screening, command(**changes), MATCHER, TODAY)


def test_a_day_that_has_not_begun_is_refused() -> None:
    with pytest.raises(Refused, match="tally_in_future"):
        record_tally(Screening(), command(date="2026-07-01"), MATCHER, TODAY)


def test_only_an_engine_delivers_tallies() -> None:
    with pytest.raises(Refused, match="not_your_step"):
        record_tally(Screening(), command(), OFFICER, TODAY)


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"matched": 901}, "matched", "matched_above_screened"),
        ({"matched": -1}, "matched", "greater_than_equal"),
        ({"screened": 10**12 + 1}, "screened", "less_than_equal"),
        ({"screened": "900"}, "screened", "int_type"),
        ({"screened": True}, "screened", "int_type"),
        ({"date": "2026-06-31"}, "date", "date_from_datetime_parsing"),
        ({"date": "2026-06-30T00:00:00Z"}, "date", "date_type"),
        ({"date": 1782777600}, "date", "date_type"),
        ({"medium": "film"}, "medium", "enum"),
        ({"source": ""}, "source", "string_too_short"),
        ({"passed": 1}, "passed", "extra_forbidden"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], place: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        command(**changes)
    assert {".".join(map(str, one["loc"])): one["type"] for one in caught.value.errors()} == {place: code}


def test_each_source_day_and_medium_has_a_stream_of_its_own() -> None:
    streams = {
        screening_stream(source, day, medium)
        for source in ("eu1", "eu2", "video:eu1")
        for day in (TODAY, date(2026, 6, 29))
        for medium in Medium
    }
    assert len(streams) == 3 * 2 * 4
    assert screening_stream("eu1", TODAY, Medium.VIDEO) in streams


def test_a_tally_does_not_go_on_with_anything_else() -> None:
    with pytest.raises(ValueError, match="cannot go on"):
        fold([JustHappened(WARNED, NOON, MATCHER)])
