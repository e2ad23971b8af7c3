"""Earlier periods of equal length, and which moves are large."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from casework.database import DatabaseUrl
from casework.reports import render
from casework.reports.comparison import is_large, moves, periods_before
from casework.reports.exports import as_json
from casework.reports.figures.statistics import ratio
from casework.reports.figures.values import Unit, Value
from casework.reports.generation import generate_report
from casework.views.language import Language
from tests.reports.histories import LAW, SHANGHAI, Habits, played, write
from tests.reports.test_report import STANDARDS, opened


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        ("2026-07-01", "2027-01-01", [("2026-01-01", "2026-07-01"), ("2025-07-01", "2026-01-01")]),
        ("2026-01-01", "2026-04-01", [("2025-10-01", "2026-01-01"), ("2025-07-01", "2025-10-01")]),
        ("2024-02-01", "2024-03-01", [("2024-01-01", "2024-02-01"), ("2023-12-01", "2024-01-01")]),
        ("2026-01-10", "2026-01-20", [("2025-12-31", "2026-01-10"), ("2025-12-21", "2025-12-31")]),
    ],
)
def test_periods_before_are_as_long(start: str, end: str, before: list[tuple[str, str]]) -> None:
    found = periods_before(date.fromisoformat(start), date.fromisoformat(end))
    assert [(one.isoformat(), other.isoformat()) for one, other in found] == before


@pytest.mark.parametrize(
    ("before", "now", "large"),
    [
        (100, 124, False),  # below a quarter
        (100, 125, False),  # a quarter, but 25 is within twice the root of 225
        (1000, 1250, True),
        (1000, 750, True),
        (1000, 751, False),
        (0, 4, False),  # 16 is not more than 4 times 4
        (0, 5, True),
        (0, 0, False),
        (5, 0, True),
    ],
)
def test_counts_are_held_against_chance(before: int, now: int, large: bool) -> None:
    assert is_large(Unit.COUNT, Value(before), Value(now)) is large


@pytest.mark.parametrize(
    ("before", "now", "large"),
    [
        ((10, 100), (21, 100), True),  # difference 0.11, standard error 0.0511
        ((10, 100), (20, 100), False),  # difference 0.1, standard error 0.0505
        ((400, 1000), (499, 1000), False),  # beyond chance, but below a quarter
        ((400, 1000), (500, 1000), True),
        ((0, 10), (1, 10), False),
        ((1, 1), (1, 1), False),
    ],
)
def test_shares_are_held_against_the_pooled_share(before: tuple[int, int], now: tuple[int, int], large: bool) -> None:
    values = [Value(ratio(*pair), *pair) for pair in (before, now)]
    assert is_large(Unit.SHARE, *values) is large


def test_durations_need_twenty_observations() -> None:
    def hours(number: int, observed: int) -> Value:
        return Value(Decimal(number), None, observed)

    assert is_large(Unit.HOURS, hours(100, 20), hours(125, 20))
    assert not is_large(Unit.HOURS, hours(100, 20), hours(124, 20))
    assert not is_large(Unit.HOURS, hours(100, 19), hours(300, 20))
    assert not is_large(Unit.HOURS, Value(None), hours(300, 20))


def test_a_report_stands_beside_the_two_before_it(sqlite_url: DatabaseUrl) -> None:
    steps = played(60, 31, Habits(days=80, slot=timedelta(days=1), appeals=0.8, standards=STANDARDS))
    log, views = opened(sqlite_url)
    write(log, steps)
    as_of = datetime(2026, 9, 1, tzinfo=UTC)

    def generated(first: date, last: date, moment: datetime = as_of) -> dict[str, object]:
        report = generate_report(
            log, views, STANDARDS, LAW, start=first, end=last, as_of=moment, zone=SHANGHAI, platform="P", masked=False
        )
        return {"report": report, "json": json.loads(as_json(report))}

    now = generated(date(2026, 3, 1), date(2026, 4, 1))
    made = now["report"]
    alone = [generated(date(2026, month, 1), date(2026, month + 1, 1))["report"] for month in (2, 1)]
    assert [one.figures for one in made.earlier] == [one.figures for one in alone]  # type: ignore[attr-defined]
    assert [one.recorded for one in made.earlier] == [True, True]  # type: ignore[attr-defined]
    first = generated(date(2025, 3, 1), date(2025, 4, 1))
    assert [one.recorded for one in first["report"].earlier] == [False, False]  # type: ignore[attr-defined]
    document: dict[str, object] = first["json"]  # type: ignore[assignment]
    comparison = document["comparison"]
    assert comparison["figures"]["decisions.total"]["earlier"] == [None, None]  # type: ignore[index]
    assert comparison["figures"]["decisions.total"]["change"] is None  # type: ignore[index]
    # The same from the log, for a moment in the past.
    cut = steps[len(steps) * 3 // 4].recorded
    past = generated(date(2026, 3, 1), date(2026, 4, 1), cut)["report"]
    assert past.earlier[0].recorded  # type: ignore[attr-defined]
    for language in Language:
        html = render.partial_html(made, language)  # type: ignore[arg-type]
        assert 'id="comparison"' in html
    moved = {move.figure.id: move for move in moves(made.figures, made.earlier)}  # type: ignore[attr-defined]
    total = moved["decisions.total"]
    assert total.change == total.values[0].number - total.values[1].number  # type: ignore[union-attr, operator]
    log.close()
