"""The report as data: JSON nested on the dots of the figures' ids, and CSV with one row a figure or cell.

In both, counts are whole numbers; shares, hours and coefficients are decimal strings with six places, so that no
reader turns them into binary floats. What does not apply is null or empty, what is masked says so.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC
from decimal import Decimal
from typing import Any

import msgspec

from casework.reports.comparison import moves
from casework.reports.figures import registry
from casework.reports.figures.registry import REGISTRY
from casework.reports.figures.values import Figure, Row
from casework.reports.generation import Report
from casework.reports.narrative import document as texts_document

FORMAT_VERSION = 1
COLUMNS = (
    "id", "value", "numerator", "denominator", "interval_low", "interval_high", "unit", "scope", "version", "masked",
    "label_en", "label_zh", "dimension", "cell",
)  # fmt: skip


def as_json(report: Report) -> bytes:
    """The report's data; keys in the order of the registry, so equal reports are equal bytes."""
    plain = json.dumps(document_of(report), ensure_ascii=False).encode()
    return msgspec.json.format(plain, indent=2) + b"\n"


def document_of(report: Report) -> dict[str, Any]:
    """Frame, figures, rules and definitions, and what ties them to the log where that was added."""
    nested: dict[str, Any] = {}
    for row in report.figures.rows.values():
        place = nested
        *outer, last = row.figure.path(row.cell)
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = _entry(row)
    document: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "report": _frame(report),
        "figures": nested,
        "comparison": _comparison(report),
        "rules": report.rules,
        "narrative": texts_document(report.texts),
        "definitions": {figure.id: _definition(figure) for figure in REGISTRY},
    }
    if report.log is not None:
        document |= {"log": report.log, "previous": report.previous}
    return document


def _frame(report: Report) -> dict[str, Any]:
    return {
        "from": report.start.isoformat(),
        "to": report.end.isoformat(),
        "as_of": report.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "period_over": report.over,
        "time_zone": report.zone.key,
        "platform": report.platform,
        "log_position": report.position,
        "masked": report.masked,
        "masking": report.masking,
        "registry": registry.VERSION,
        "standards": [standard.id for standard in report.standards],
    }


def _comparison(report: Report) -> dict[str, Any]:
    """The periods before this one, and each figure that is no breakdown beside its earlier values."""
    return {
        "periods": [
            {"from": one.start.isoformat(), "to": one.end.isoformat(), "recorded": one.recorded}
            for one in report.earlier
        ],
        "figures": {
            move.figure.id: {
                "earlier": [None if value is None else _plain(value.number) for value in move.values[1:]],
                "change": _plain(move.change),
                "relative_change": _plain(move.relative),
                "large": move.large,
            }
            for move in moves(report.figures, report.earlier)
        },
    }


def _entry(row: Row) -> dict[str, Any]:
    value = row.value
    entry: dict[str, Any] = {"value": _plain(value.number), "unit": row.figure.unit.value}
    entry["version"] = row.figure.version
    if value.denominator is not None:
        entry |= {"numerator": value.numerator, "denominator": value.denominator}
    if value.interval is not None:
        low, high = value.interval
        entry["interval"] = {"low": _plain(low), "high": _plain(high), "method": row.figure.interval}
    if value.masked:
        entry["masked"] = True
    return entry


def _plain(number: int | Decimal | None) -> int | str | None:
    return f"{number:.6f}" if isinstance(number, Decimal) else number


def _definition(figure: Figure) -> dict[str, Any]:
    return {
        "label": figure.label._asdict(),
        "definition": figure.definition._asdict(),
        "unit": figure.unit.value,
        "scope": figure.scope.value,
        "version": figure.version,
        "numerator": list(figure.parts) or None,
        "denominator": figure.whole,
        "adds_up_to": figure.parent,
        "reads": [event.TOPIC for event in figure.reads],
    }


def as_csv(report: Report) -> bytes:
    """RFC 4180: CRLF, a header row, UTF-8 without a mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in report.figures.rows.values():
        writer.writerow(_line(row))
    return text.getvalue().encode()


def _line(row: Row) -> list[Any]:
    value, figure = row.value, row.figure
    low, high = value.interval or (None, None)
    return [
        _harmless(row.key), _plain(value.number), value.numerator, value.denominator, _plain(low), _plain(high),
        figure.unit.value, figure.scope.value, figure.version, "yes" if value.masked else "no",
        figure.label.en, figure.label.zh, figure.dimension or "", _harmless(row.cell or ""),
    ]  # fmt: skip


def _harmless(cell: str) -> str:
    """Names come from engines; one that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
