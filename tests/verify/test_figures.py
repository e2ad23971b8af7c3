"""Three counts of the same log agree: the projection, verification from public facts, and the recount of the tests.

``VERIFY_CASES=10000`` plays that many cases instead of a few; the numbers are the same ones.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from casework.eventlog.public_facts import PUBLIC_FACTS
from casework.reports.figures.registry import REGISTRY
from casework_verify.comparison import check_report
from casework_verify.facts import COUNTED_TOPICS, VERSIONS
from casework_verify.figures.registry import FIGURES
from tests.reports.histories import LAW, STANDARDS, Habits
from tests.reports.recount import Recount
from tests.verify.published import PERIOD, Published, published

CASES = int(os.environ.get("VERIFY_CASES", "30"))
ZONES = ("America/New_York", "Pacific/Apia")


def test_verification_knows_the_figures_of_the_registry_in_the_same_versions() -> None:
    ours = {
        one.id: (one.version, one.unit, one.cells, one.parent, one.parts, one.whole, one.interval) for one in FIGURES
    }
    theirs = {
        one.id: (one.version, one.unit.value, one.cells, one.parent, one.parts, one.whole, one.interval)
        for one in REGISTRY
    }
    assert len(ours) == len(FIGURES)
    assert {name: set(each[2]) for name, each in ours.items()} == {name: set(each[2]) for name, each in theirs.items()}
    assert {name: (*each[:2], *each[3:]) for name, each in ours.items()} == {
        name: (*each[:2], *each[3:]) for name, each in theirs.items()
    }


def test_verification_knows_every_topic_that_can_be_published() -> None:
    newest: dict[str, int] = {}
    for topic, version in PUBLIC_FACTS:
        newest[topic] = max(version, newest.get(topic, 0))
    assert newest == VERSIONS


def test_what_a_figure_reads_is_counted() -> None:
    read = {event.TOPIC for figure in REGISTRY for event in figure.reads}
    assert read <= set(COUNTED_TOPICS)


def assert_agree(made: Published) -> None:
    assert list(map(str, check_report(made.json, made.facts))) == []


@pytest.mark.parametrize("seed", [31])
def test_all_three_agree(seed: int) -> None:
    made = published(CASES, seed)
    assert_agree(made)
    report = made.report
    recount = Recount(made.log, STANDARDS, LAW, report.zone, *PERIOD, report.as_of).everything()
    assert set(recount) == set(made.figures.rows)
    for key, (number, *_rest) in recount.items():
        found = made.figures[key].number
        assert (found is None) == (number is None), key
        assert number is None or float(found or 0) == pytest.approx(float(number), abs=6e-7), key


def test_masked_cells_agree() -> None:
    made = published(20, 33, masked=True)
    assert any(row.value.masked for row in made.figures.rows.values())
    assert_agree(made)


def test_a_past_moment_agrees() -> None:
    made = published(20, 34, as_of=datetime(2026, 2, 20, tzinfo=UTC))
    assert_agree(made)
    later = check_report(replace_t(made), made.facts)
    assert [one for one in later if one.kind == "figure_differs"]


def replace_t(made: Published) -> bytes:
    """The same numbers, claimed for a later T."""
    return replace(made, report=replace(made.report, as_of=made.log[-1].recorded)).json


@pytest.mark.parametrize("zone", ZONES)
def test_other_zones_agree(zone: str) -> None:
    habits = Habits(days=60, late=0.4, odd=0.4, wild=0.5)
    period = (date(2026, 1, 10), date(2026, 2, 20))
    assert_agree(published(15, 35, zone=ZoneInfo(zone), habits=habits, period=period))


def test_whole_months_compare_with_months() -> None:
    period = (date(2026, 3, 1), date(2026, 4, 1))
    made = published(20, 36, period=period)
    assert [one["from"] for one in made.document["comparison"]["periods"]] == ["2026-02-01", "2026-01-01"]
    assert_agree(made)


def test_nothing_known_agrees() -> None:
    made = published(3, 37, period=(date(2020, 1, 1), date(2020, 7, 1)))
    assert made.figures["decisions.total"].number == 0
    assert [one["recorded"] for one in made.document["comparison"]["periods"]] == [False, False]
    assert_agree(made)
