"""Charts of a report: their geometry, what masked numbers become, and that page and PDF get the same drawing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from casework.reports import chart_items, render
from casework.reports.figures.masking import mask
from casework.reports.figures.of_course import steps_of
from casework.reports.figures.registry import Figures
from casework.reports.flow import Node, lay_out
from casework.reports.generation import Report
from casework.reports.writer import Writer
from casework.views.language import Language, use_language
from tests.reports.histories import FIRST, SHANGHAI
from tests.reports.test_registry import figures_of

CHARTS = ("decisions-over-time", "decisions-paths", "filtering-rates", "filtering-thresholds", "times-curve")


@pytest.fixture(scope="module")
def complete() -> Figures:
    return figures_of(60, 5)


def report_of(figures: Figures, *, masked: bool) -> Report:
    return Report(
        date(2026, 1, 1),
        date(2026, 3, 1),
        datetime(2026, 7, 2, tzinfo=UTC),
        SHANGHAI,
        "P",
        9,
        figures,
        masked,
        (FIRST,),
    )


@pytest.mark.parametrize(
    ("start", "end", "steps"),
    [
        # Months, cut at the ends.
        (
            "2026-01-01",
            "2026-07-01",
            ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"],
        ),
        ("2026-11-15", "2027-03-02", ["2026-11-15", "2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]),
        # At most 92 days: weeks from Monday. 1 January 2026 was a Thursday.
        ("2026-01-01", "2026-01-20", ["2026-01-01", "2026-01-05", "2026-01-12", "2026-01-19"]),
        ("2026-01-05", "2026-01-06", ["2026-01-05"]),
    ],
)
def test_a_period_is_told_in_months_or_weeks(start: str, end: str, steps: list[str]) -> None:
    assert [day.isoformat() for day in steps_of(date.fromisoformat(start), date.fromisoformat(end))] == steps


@pytest.mark.parametrize(("end", "number"), [("2026-04-03", 14), ("2026-04-04", 4)])
def test_the_limit_between_weeks_and_months(end: str, number: int) -> None:
    assert len(steps_of(date(2026, 1, 1), date.fromisoformat(end))) == number


def test_ribbons_leave_and_reach_their_nodes_without_gap_or_overlap() -> None:
    nodes = [Node("all", 0, 1, 100), Node("a", 1, 1, 70), Node("b", 1, 2, 30), Node("end", 2, 1, 100)]
    links = {("all", "a"): 70, ("all", "b"): 30, ("a", "end"): 70, ("b", "end"): 30}
    placed, ribbons, height = lay_out(nodes, links)
    heights = {one.node.key: one.height for one in placed}
    assert heights["all"] == pytest.approx(heights["a"] + heights["b"])
    assert heights["a"] / heights["b"] == pytest.approx(70 / 30)
    assert len(ribbons) == 4
    for column in range(3):
        own = [one for one in placed if one.node.column == column]
        assert all(above.y + above.height < below.y for above, below in pairwise(own))
        assert all(one.y + one.height <= height for one in own)
    first = re.match(r"M([\d.]+) ([\d.]+)C", ribbons[1].path)
    assert first is not None
    assert float(first[2]) == pytest.approx(heights["a"], abs=0.1)


def test_nothing_is_drawn_of_nought_and_little_of_what_is_masked() -> None:
    nodes = [Node("all", 0, 1, 100), Node("a", 1, 1, 100), Node("b", 1, 2, None), Node("c", 1, 2, 0)]
    placed, ribbons, _ = lay_out(nodes, {("all", "a"): 100, ("all", "b"): None, ("all", "c"): 0})
    heights = {one.node.key: one.height for one in placed}
    assert len(ribbons) == 2
    assert heights["c"] == 0
    assert 0 < heights["b"] < heights["a"] / 10


def test_an_empty_period_is_drawn_without_fault() -> None:
    placed, ribbons, height = lay_out([Node("all", 0, 1, 0), Node("a", 1, 1, 0)], {("all", "a"): 0})
    assert ribbons == []
    assert all(one.height == 0 for one in placed)
    assert height > 0


@pytest.mark.parametrize("language", list(Language))
def test_every_chart_is_drawn_with_title_and_table(complete: Figures, language: Language) -> None:
    html = render.partial_html(report_of(mask(complete), masked=True), language)
    for key in CHARTS:
        drawing = re.search(
            rf'<figure class="casework-chart" id="{key}">.*?</figure>\s*(<div[^>]*>\s*<table)', html, re.DOTALL
        )
        assert drawing is not None, key
        assert f'<title id="{key}-title">' in drawing[0]
        assert f'<desc id="{key}-desc">' in drawing[0]
        assert "style=" not in drawing[0]
        assert "NaN" not in drawing[0]
        assert not re.search(r'(width|height)="-', drawing[0])


def test_a_masked_part_of_a_flow_is_said_as_at_least() -> None:
    complete = figures_of(60, 5)
    with use_language(Language.EN):
        item = chart_items.paths(Writer(report_of(mask(complete), masked=True), Language.EN))
        whole = chart_items.paths(Writer(report_of(complete, masked=False), Language.EN))
    said = [number for _, _, number in item.data["nodes"]]
    assert any(number.startswith("≥ ") or number == "masked" for number in said)
    assert not any(number.startswith("≥") or number == "masked" for _, _, number in whole.data["nodes"])
    # What the report publishes is said in full.
    assert said[:3] == [number for _, _, number in whole.data["nodes"]][:3]


def test_flow_of_the_report_is_conserved(complete: Figures) -> None:
    ways = {way: int(value.number or 0) for way, value in complete.cells("decisions.paths.{path}").items()}
    assert sum(ways.values()) == complete["decisions.total"].number
    assert (
        sum(number for way, number in ways.items() if way.endswith("/reversed"))
        == complete["filtering.reversed"].number
    )


def test_columns_add_up_to_the_decisions(complete: Figures) -> None:
    with use_language(Language.EN):
        item = chart_items.over_time(Writer(report_of(complete, masked=False), Language.EN))
    assert sum(sum(parts) for _, _, parts in item.data["steps"]) == complete["decisions.total"].number


def test_numbers_are_links_only_where_asked_for(complete: Figures) -> None:
    report = report_of(complete, masked=False)
    assert "<a " not in render.partial_html(report, Language.EN)
    linked = render.partial_html(report, Language.EN, lambda key: f"/x?key={key}")
    assert 'href="/x?key=decisions.total"' in linked
    assert 'href="/x?key=decisions.paths.public/not_appealed/public"' in linked
    assert 'href="/x?key=decisions.by_share_band.90_100"' in linked
