"""What a correction changed, as pages and answers show it: the figure's name, its two values, the events behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from casework.reports.behind import figure_of
from casework.reports.figures.labels import label_of
from casework.reports.figures.values import Unit, Words
from casework.views import formatting
from casework.views.language import Language, current_language, gettext

SHOWN = 20
"""Events of one figure that a page lists; the data has all of them."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A figure that changed. ``events``: leaves of the log; ``more``: how many others there are."""

    key: str
    label: str
    old: str
    new: str
    events: Sequence[int]
    more: int
    by_time_alone: bool
    by_rules: bool


def shown_changes(document: Mapping[str, Any]) -> list[ShownChange]:
    """The changes of a correction in the language of the page."""
    return [
        ShownChange(
            key=one["key"],
            label=_label(one["key"]),
            old=_value(one["key"], one["old"]),
            new=_value(one["key"], one["new"]),
            events=one["events"][:SHOWN],
            more=max(0, len(one["events"]) - SHOWN),
            by_time_alone=one["by_time_alone"],
            # Lists of the first corrections do not say: no rule had changed.
            by_rules=one.get("by_rules", False),
        )
        for one in document["figures"]
    ]


def _label(key: str) -> str:
    try:
        figure, cell = figure_of(key)
    except KeyError:
        return key
    name = _said(figure.label)
    if cell is None or figure.dimension is None:
        return name
    return f"{name}{gettext(': ')}{_said(label_of(figure.dimension, cell))}"


def _said(words: Words) -> str:
    return words.zh if current_language() is Language.ZH else words.en


def _value(key: str, entry: Mapping[str, Any] | None) -> str:
    """The value in the way of its unit, and of a share what it is made of."""
    if entry is None:
        return gettext("not in the report")
    if entry.get("masked"):
        return gettext("masked")
    if entry.get("value") is None:
        return gettext("n/a")
    try:
        unit = figure_of(key)[0].unit
    except KeyError:
        return str(entry["value"])
    number = Decimal(entry["value"])
    if unit is Unit.COUNT:
        return formatting.format_number(number)
    if unit is Unit.SHARE:
        share = formatting.format_percent(number, limits=())
        if entry.get("numerator") is None:
            return share
        parts = formatting.format_number(entry["numerator"]), formatting.format_number(entry["denominator"])
        return f"{share} ({parts[0]} / {parts[1]})"
    if unit is Unit.AMOUNT:
        return formatting.format_money(number)
    return formatting.format_decimal_number(number, 1 if unit in (Unit.HOURS, Unit.MINUTES) else 2)
