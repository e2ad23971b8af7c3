"""The report as one spreadsheet workbook, in both languages: frame, figures, breakdowns, comparison, charts, checking.

Numbers are numbers, texts are texts: nothing in it is a formula or a link, whatever names engines have. Spreadsheets
hold binary fractions, so a cell shows what the JSON file says exactly. Equal reports give equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter

from casework.reports import phrases
from casework.reports.comparison import moves
from casework.reports.figures.labels import label_of
from casework.reports.figures.values import Figure, Row, Unit, Value, Words
from casework.reports.generation import Report

MASKED = "masked 遮蔽"
NOT_APPLICABLE = "n/a 不适用"
NO_RECORDS = "no records 无记录"
LONGEST_TEXT = 32_767
"""Characters of one cell at most (ECMA-376 sets no limit, the usual spreadsheets do)."""

Cell = str | int | Decimal | None
Line = tuple[Sequence[Cell], Unit | None]
"""The cells of a row, and how the numbers in it are shown."""

_SHOWN = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.00%",
    Unit.HOURS: "#,##0.00",
    Unit.MINUTES: "#,##0.00",
    Unit.COEFFICIENT: "0.0000",
    Unit.AMOUNT: "#,##0.00##",
}
_CHARTS = (
    "decisions.over_time.", "decisions.paths.", "decisions.by_share_band.", "filtering.restrictions_by_share_band.",
    "filtering.reversed_by_share_band.", "times.contest.waiting.", "times.challenge.waiting.",
)  # fmt: skip
"""Figures that charts draw."""


def as_workbook(report: Report) -> bytes:
    """The workbook as Office Open XML."""
    file = io.BytesIO()
    # The defaults would turn texts that look so into formulas, links and numbers; nothing here asks for that.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        moment = report.as_of.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": phrases.PHRASES["title"].en, "author": report.platform, "created": moment})
        write = _writer(book)
        write("Frame 范围", ("Item", "项目", "Value 数值"), (26, 18, 90), _frame(report))
        write("Figures 数字", _FIGURE_HEADS, _FIGURE_WIDTHS, _figures(report))
        write("Breakdowns 分项", _CELL_HEADS, _CELL_WIDTHS, _cells(report, lambda _: True))
        write("Comparison 比较", _comparison_heads(report), (44, 40, 32, *[22] * 6), _comparison(report))
        charted = _cells(report, lambda figure: figure.id.startswith(_CHARTS))
        write("Charts 图表", _CELL_HEADS, _CELL_WIDTHS, charted)
        write("Checking 核验", ("How to check this report", "如何核验本报告"), (90, 90), _checking())
    return file.getvalue()


def _writer(book: Any) -> Callable[[str, Sequence[str], Sequence[int], Iterable[Line]], None]:
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    numbers = {unit: book.add_format({"num_format": shown, "valign": "top"}) for unit, shown in _SHOWN.items()}

    def write(name: str, heads: Sequence[str], widths: Sequence[int], lines: Iterable[Line]) -> None:
        sheet = book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, text in enumerate(heads):
            sheet.write_string(0, column, text, head)
        sheet.freeze_panes(1, 0)
        for place, (cells, unit) in enumerate(lines, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell[:LONGEST_TEXT], plain)
                elif isinstance(cell, Decimal):
                    sheet.write_number(place, column, float(cell), numbers[unit or Unit.COEFFICIENT])
                elif cell is not None:
                    sheet.write_number(place, column, cell, numbers[Unit.COUNT])

    return write


def _frame(report: Report) -> Iterable[Line]:
    def line(phrase: str, value: Cell) -> Line:
        return (phrases.PHRASES[phrase].en, phrases.PHRASES[phrase].zh, value), None

    yield line("title", f"{phrases.PHRASES['title'].en} · {phrases.PHRASES['title'].zh}")
    yield line("platform", report.platform)
    yield ("First day", "首日", report.start.isoformat()), None
    yield ("Day after the last one", "末日之次日", report.end.isoformat()), None
    yield line("as_of", report.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    yield line("time_zone", report.zone.key)
    yield line("position", report.position)
    note = phrases.PHRASES["masked_note" if report.masked else "unmasked_note"]
    yield line("masking", f"{note.en} {note.zh}")
    for standard in report.standards:
        yield line("standard", f"{standard.id} · {standard.title.en} · {standard.title.zh}")
    yield line("frame", f"{phrases.PHRASES['frame_note'].en} {phrases.PHRASES['frame_note'].zh}")


_FIGURE_HEADS = (
    "Key 键", "Figure", "数字", "Value 数值", "Numerator 分子", "Denominator or n 分母或n", "95 % low 区间下限",
    "95 % high 区间上限", "Unit 单位", "Kind 类别", "Version 版本", "Definition", "定义",
)  # fmt: skip
_FIGURE_WIDTHS = (44, 40, 32, 16, 12, 14, 12, 12, 10, 10, 8, 80, 80)
_CELL_HEADS = (
    "Key 键", "Figure", "数字", "Cell", "分项", "Value 数值", "n", "95 % low 区间下限", "95 % high 区间上限",
    "Kind 类别", "Version 版本",
)  # fmt: skip
_CELL_WIDTHS = (50, 40, 32, 30, 24, 16, 12, 12, 12, 10, 8)


def _figures(report: Report) -> Iterable[Line]:
    for row in report.figures.rows.values():
        if row.cell is None:
            figure, value = row.figure, row.value
            low, high = value.interval or (None, None)
            yield (
                row.key, *figure.label, _value(value), value.numerator, value.denominator, low, high,
                _both(phrases.UNITS[figure.unit]), _both(phrases.SCOPES[figure.scope]), figure.version,
                *figure.definition,
            ), figure.unit  # fmt: skip


def _cells(report: Report, wanted: Callable[[Figure], bool]) -> Iterable[Line]:
    for row in report.figures.rows.values():
        if row.cell is not None and wanted(row.figure):
            low, high = row.value.interval or (None, None)
            yield (
                row.key, *row.figure.label, *_cell_names(row), _value(row.value), row.value.denominator, low, high,
                _both(phrases.SCOPES[row.figure.scope]), row.figure.version,
            ), row.figure.unit  # fmt: skip


def _cell_names(row: Row) -> Words:
    return label_of(row.figure.dimension, row.cell or "")


def _both(words: Words) -> str:
    return f"{words.en} {words.zh}"


def _value(value: Value | None) -> Cell:
    if value is None:
        return NO_RECORDS
    if value.masked:
        return MASKED
    return NOT_APPLICABLE if value.number is None else value.number


def _comparison_heads(report: Report) -> list[str]:
    spans = [(one.start, one.end) for one in reversed(report.earlier)] + [(report.start, report.end)]
    names = [f"{start.isoformat()} – {(end - timedelta(days=1)).isoformat()}" for start, end in spans]
    return ["Key 键", "Figure", "数字", *names, "Change 变动", "Relative change 相对变动", "Large 大幅"]


def _comparison(report: Report) -> Iterable[Line]:
    for move in moves(report.figures, report.earlier):
        values = [_value(value) for value in reversed(move.values)]
        relative = None if move.relative is None else f"{move.relative * 100:+.1f} %"
        large = "large 大幅" if move.large else ""
        yield (move.figure.id, *move.figure.label, *values, move.change, relative, large), move.figure.unit


def _checking() -> Iterable[Line]:
    for words in (*phrases.CHECKING, phrases.PHRASES["comparison_note"], phrases.PHRASES["large_moves"]):
        yield (words.en, words.zh), None
