"""The charts of a report as plain data: what the macros of ``components/report_charts.html`` draw, from the figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from casework.domain.regimes.regimes import ShareOf
from casework.reports.figures.of_course import LONGEST_BY_WEEK
from casework.reports.figures.registry import BY_ID
from casework.reports.figures.values import Value
from casework.reports.flow import Node, lay_out
from casework.reports.writer import Item, Writer
from casework.views import formatting

BANDS = ("band_low", "band_middle", "band_high", "other")
RATES = (
    "audit.false_block_rate", "audit.missed_infringement_rate", "appeals.uploader.overturn_rate",
    "appeals.right_holder.overturn_rate", "review.agreement_rate", "marks.accuracy",
)  # fmt: skip
"""Shares with an interval that are drawn side by side, where the registry has them."""


def over_time(writer: Writer) -> Item:
    """Decisions by band, stacked over the months or weeks of the period."""
    report = writer.report
    series = [writer.figures.cells(f"decisions.over_time.{band}.{{step}}") for band in BANDS]
    by_week = (report.end - report.start).days <= LONGEST_BY_WEEK
    steps = []
    for cell in series[0]:
        day = date.fromisoformat(cell)
        short = f"{day.month}-{day.day:02d}" if by_week else f"{day.year}-{day.month:02d}"
        name = formatting.format_date(day) if by_week else f"{day.year}-{day.month:02d}"
        steps.append((name, short, [writer.plotted(cells[cell]) for cells in series]))
    return Item("columns", {
        "id": "decisions-over-time", "title": writer.say("over_time"),
        "description": writer.say("over_time_by_week" if by_week else "over_time_by_month"),
        "series": [writer.say(f"series_{band}") for band in BANDS], "steps": steps,
        "label_head": writer.say("week_from" if by_week else "month"),
        "links": [list(links) for links in zip(*(_keys(writer, band) for band in BANDS), strict=True)],
    })  # fmt: skip


def _keys(writer: Writer, band: str) -> list[str]:
    return [row[0] for row in writer.links(f"decisions.over_time.{band}.{{step}}")]


def paths(writer: Writer) -> Item:
    """The ways of cases from the decision to what became of them."""
    values = writer.figures.cells("decisions.paths.{path}")
    amounts = {way: None if value.masked else _count(value) for way, value in values.items()}

    def some(key: str, column: int, series: int, *ways: str) -> Node:
        """A stage that no figure counts: what is known of its parts."""
        shown = [amounts[way] for way in ways]
        visible = sum(one or 0 for one in shown)
        return Node(key, column, series, visible or (None if None in shown else 0), None in shown)

    def whole(key: str, column: int, series: int, identifier: str) -> Node:
        return Node(key, column, series, _count(writer.figures[identifier]))

    nodes = [
        whole("all", 0, 3, "decisions.total"),
        whole("restricted", 1, 2, "filtering.restrictions"),
        whole("public", 1, 1, "filtering.passed"),
        some("restricted/appealed", 2, 2, "restricted/appealed/reversed", "restricted/appealed/stands"),
        some("restricted/not_appealed", 2, 2, "restricted/not_appealed/reversed", "restricted/not_appealed/stands"),
        some("public/appealed", 2, 1, "public/appealed/restricted", "public/appealed/public"),
        some("public/not_appealed", 2, 1, "public/not_appealed/restricted", "public/not_appealed/public"),
        whole("reversed", 3, 4, "filtering.reversed"),
        some("stands", 3, 2, "restricted/appealed/stands", "restricted/not_appealed/stands"),
        whole("later", 3, 6, "filtering.passed_then_restricted"),
        some("stays", 3, 1, "public/appealed/public", "public/not_appealed/public"),
    ]
    known = {node.key: node.amount for node in nodes}
    links: dict[tuple[str, str], int | None] = {
        ("all", "restricted"): known["restricted"],
        ("all", "public"): known["public"],
    }
    for first in ("restricted", "public"):
        for middle in ("appealed", "not_appealed"):
            links[first, f"{first}/{middle}"] = known[f"{first}/{middle}"]
    for way, amount in amounts.items():
        first, middle, last = way.split("/")
        end = {"restricted": "later", "public": "stays"}.get(last, last)
        links[f"{first}/{middle}", end] = amount
    placed, ribbons, height = lay_out(nodes, links)
    texts = [(one, writer.say(f"node_{one.node.key.rpartition('/')[2]}"), _said(writer, one.node)) for one in placed]
    figure = BY_ID["decisions.paths.{path}"]
    rows = [[writer.label(figure, way), writer.plotted(value)] for way, value in values.items()]
    return Item("flow", {
        "id": "decisions-paths", "title": writer.words(figure.label), "description": writer.say("paths_description"),
        "nodes": texts, "ribbons": ribbons, "height": height, "rows": rows,
        "heads": [writer.say("way"), writer.say("number")], "links": writer.links("decisions.paths.{path}"),
    })  # fmt: skip


def _count(value: Value) -> int | None:
    return value.number if isinstance(value.number, int) else None


def _said(writer: Writer, node: Node) -> str:
    if node.amount is None:
        return writer.say("masked")
    return f"{'≥ ' if node.at_least else ''}{formatting.format_number(node.amount)}"


def waiting(writer: Writer) -> Item:
    """Share of appeals without a ruling after each day, with the interval."""
    sides = [writer.figures.cells(f"times.{kind}.waiting.{{day}}") for kind in ("contest", "challenge")]
    points = [(day, [_limits(cells[day]) for cells in sides]) for day in sides[0]]
    return Item("waiting", {
        "id": "times-curve", "title": writer.say("still_open"), "description": writer.say("curve_description"),
        "series": [writer.say("contests"), writer.say("challenges")], "points": points,
        "label_head": writer.say("days_since"),
    })  # fmt: skip


def _limits(value: Value) -> tuple[float, float | None, float | None] | None:
    if value.number is None:
        return None
    low, high = value.interval or (None, None)
    return float(value.number), _float(low), _float(high)


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def rates(writer: Writer) -> Item:
    """Shares with their intervals, as dots with whiskers."""
    rows = []
    for identifier in RATES:
        row = writer.figures.rows.get(identifier)
        if row is not None:
            low, high = row.value.interval or (None, None)
            shown = writer.plotted(row.value)
            of = writer.fraction(row.value)
            rows.append((writer.words(row.figure.label), shown, _float(low), _float(high), of))
    heads = [writer.say(each) for each in ("figure", "value", "interval", "fraction")]
    return Item("intervals", {
        "id": "filtering-rates", "title": writer.say("rates"), "description": writer.say("rates_description"),
        "rows": rows, "heads": heads,
    })  # fmt: skip


def thresholds(writer: Writer) -> Item:
    """Restrictions and reversals by the tenth of the share, with the limits of the standard."""
    restricted = writer.figures.cells("filtering.restrictions_by_share_band.{band}")
    reversed_ = writer.figures.cells("filtering.reversed_by_share_band.{band}")
    rows: list[tuple[str, Any, Any, str]] = []
    for band, whole in restricted.items():
        if band != "unknown":
            part = reversed_[band]
            label = writer.label(BY_ID["filtering.restrictions_by_share_band.{band}"], band)
            rows.append((label, writer.plotted(whole), writer.plotted(part), _share(writer, part, whole)))
    # A standard that measures the work has no limits on the share of the upload.
    latest = [one for one in writer.report.standards if one.share_of is ShareOf.UPLOAD][-1:]
    limits = (latest[0].bands.low, latest[0].bands.high) if latest else ()
    series = [writer.say("restrictions"), writer.say("of_these_reversed")]
    return Item("thresholds", {
        "id": "filtering-thresholds", "title": writer.say("thresholds"),
        "description": writer.say("thresholds_description"), "series": series, "rows": rows, "limits": limits,
        "heads": [writer.say("share_band"), *series, writer.say("share_reversed")],
        "links": [
            [one, other]
            for (one,), (other,) in zip(
                writer.links("filtering.restrictions_by_share_band.{band}"),
                writer.links("filtering.reversed_by_share_band.{band}"),
                strict=True,
            )
        ],
    })  # fmt: skip


def _share(writer: Writer, part: Value, whole: Value) -> str:
    over, under = _count(part), _count(whole)
    if part.masked or whole.masked:
        return writer.say("masked")
    return formatting.format_percent(Decimal(over) / Decimal(under), limits=()) if over is not None and under else "–"
