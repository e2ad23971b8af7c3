"""The sections of a report about fees and about the erasure of personal data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from casework.reports.figures.registry import BY_ID
from casework.reports.writer import Item, Section, Writer
from casework.views import formatting

_COUNTED = ("charged", "waived")


def fees(writer: Writer) -> Section:
    """The schedules as published, then what was charged and waived by item and currency."""
    section = Section("fees", writer.say("fees"))
    scheduled = writer.figures.cells("fees.schedule.{scheduled_fee}")
    section.items = [Item("text", {"paragraphs": [writer.say("fees_note" if scheduled else "no_fees")]})]
    if scheduled:
        unit = BY_ID["fees.schedule.{scheduled_fee}"].unit
        rows = []
        for cell, value in scheduled.items():
            day, item, currency = cell.split("/")
            shown = writer.linked(f"fees.schedule.{cell}", writer.shown(value, unit))
            rows.append([formatting.format_date(date.fromisoformat(day)), item, shown, currency])
        heads = ("schedule_from", "fee_item", "fee", "currency")
        section.items.append(_table(writer, "fees-schedule", "schedule", heads, 2, rows))
    section.items.append(writer.table("fees-table", writer.say("totals"), [f"fees.{name}" for name in _COUNTED]))
    items = [cell for name in _COUNTED for cell in writer.figures.cells(f"fees.{name}_by_item.{{fee}}")]
    if items:
        section.items.append(_by_item(writer, list(dict.fromkeys(items))))
    return section


def personal_data(writer: Writer) -> Section:
    """Requests for erasure and what came of them."""
    section = Section("personal-data", writer.say("personal_data"))
    names = [f"personal_data.{name}" for name in ("erasure_requests", "erased", "refused")]
    section.items = [
        Item("text", {"paragraphs": [writer.say("personal_data_note")]}),
        writer.table("personal-data-table", writer.say("totals"), names),
    ]
    return section


def _by_item(writer: Writer, items: Sequence[str]) -> Item:
    parts = [BY_ID[f"fees.{name}_{kind}.{{fee}}"] for name in _COUNTED for kind in ("by_item", "amount")]
    columns = [{"text": writer.say("fee_item"), "numeric": False}]
    columns += [{"text": writer.words(figure.label), "numeric": True} for figure in parts]
    rows = []
    for item in items:
        row = [item]
        for figure in parts:
            value = writer.figures.cells(figure.id).get(item)
            row.append("–" if value is None else writer.linked(figure.key(item), writer.shown(value, figure.unit)))
        rows.append(row)
    caption = writer.say("charges_and_waivers")
    return Item("table", {"id": "fees-items", "caption": caption, "columns": columns, "rows": rows})


def _table(
    writer: Writer, key: str, caption: str, heads: Sequence[str], numeric: int, rows: Sequence[Sequence[str]]
) -> Item:
    columns = [{"text": writer.say(head), "numeric": place == numeric} for place, head in enumerate(heads)]
    return Item("table", {"id": key, "caption": writer.say(caption), "columns": columns, "rows": rows})
