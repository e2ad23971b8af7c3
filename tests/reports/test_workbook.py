"""The workbook: numbers as numbers, nothing that a spreadsheet would run, the same bytes again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from casework.reports.comparison import Earlier
from casework.reports.exports import as_json
from casework.reports.figures.masking import mask
from casework.reports.figures.registry import BY_ID, Figures
from casework.reports.figures.values import Row, Value
from casework.reports.generation import Report
from casework.reports.workbook import as_workbook
from tests.reports.histories import FIRST, SHANGHAI
from tests.reports.test_registry import figures_of

Sheets = dict[str, list[Sequence[Any]]]
SHEETS = ["Frame 范围", "Figures 数字", "Breakdowns 分项", "Comparison 比较", "Charts 图表", "Checking 核验"]
EVIL = ["=1+1", "+cmd|'/c calc'!A0", "@SUM(A1)", "-2+3", '=HYPERLINK("http://example.org")', "http://example.org"]


@pytest.fixture(scope="module")
def complete() -> Figures:
    figures = figures_of(60, 5)
    engine = BY_ID["decisions.by_engine.{engine}"]
    rows = dict(figures.rows)
    for name in EVIL:
        row = Row(engine, name, Value(7))
        rows[row.key] = row
    return Figures(rows)


@pytest.fixture(scope="module")
def report(complete: Figures) -> Report:
    earlier = [Earlier(date(2025, 7, 1), date(2026, 1, 1), True, complete),
               Earlier(date(2025, 1, 1), date(2025, 7, 1), False, complete)]  # fmt: skip
    return Report(
        date(2026, 1, 1), date(2026, 7, 1), datetime(2026, 7, 2, 3, 4, 5, 6, tzinfo=UTC), SHANGHAI, "=平台", 9,
        mask(complete), True, (FIRST,), tuple(earlier),
    )  # fmt: skip


@pytest.fixture(scope="module")
def content(report: Report) -> bytes:
    return as_workbook(report)


@pytest.fixture(scope="module")
def book(content: bytes) -> openpyxl.Workbook:
    """What a spreadsheet reads in it; to be looked at only."""
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def sheets(book: openpyxl.Workbook) -> Sheets:
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_has_every_figure_as_a_number(report: Report, sheets: Sheets) -> None:
    assert list(sheets) == SHEETS
    document = json.loads(as_json(report))
    rows = {str(row[0]): row for row in sheets["Figures 数字"][1:]}
    assert set(rows) == {key for key, row in report.figures.rows.items() if row.cell is None}
    for key, row in rows.items():
        entry = document["figures"]
        for part in key.split("."):
            entry = entry[part]
        if entry["value"] is None:
            assert row[3] in ("n/a 不适用", "masked 遮蔽")
        else:
            assert isinstance(row[3], int | float)
            assert Decimal(str(row[3])) == Decimal(str(entry["value"])), key


def test_masked_cells_say_so(report: Report, sheets: Sheets) -> None:
    cells = {str(row[0]): row[5] for row in sheets["Breakdowns 分项"][1:]}
    hidden = {key for key, row in report.figures.rows.items() if row.value.masked and row.cell is not None}
    assert hidden
    assert {key for key, shown in cells.items() if shown == "masked 遮蔽"} == hidden


def test_nothing_in_it_can_run(content: bytes, book: openpyxl.Workbook, sheets: Sheets) -> None:
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}
    texts = {str(row[4]) for row in sheets["Breakdowns 分项"]}
    assert set(EVIL) <= texts
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part or b"hyperlink" in part.lower() for name, part in parts.items() if "sheet" in name)
    assert not any("external" in name.lower() or "vba" in name.lower() for name in parts)


def test_equal_reports_are_equal_bytes(report: Report, content: bytes) -> None:
    assert as_workbook(replace(report)) == content
    assert as_workbook(replace(report, position=10)) != content


def test_compares_the_periods_in_their_order(report: Report, sheets: Sheets) -> None:
    rows = sheets["Comparison 比较"]
    assert list(rows[0][3:6]) == ["2025-01-01 – 2025-06-30", "2025-07-01 – 2025-12-31", "2026-01-01 – 2026-06-30"]
    total = next(row for row in rows if row[0] == "decisions.total")
    number = report.figures["decisions.total"].number
    assert list(total[3:7]) == ["no records 无记录", number, number, 0]


def test_charts_have_their_numbers(sheets: Sheets) -> None:
    keys = {str(row[0]) for row in sheets["Charts 图表"][1:]}
    assert {"decisions.paths.public/not_appealed/public", "times.contest.waiting.14"} <= keys
    assert "decisions.over_time.band_low.2026-01-01" in keys
