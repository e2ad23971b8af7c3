"""What a correction changed, as pages and answers show it: the figure's name, its two values, the events behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.reports.behind import figure_of
from casework.reports.figures.labels import label_of
from casework.reports.figures.values import Words
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


def shown_changes(document: Mapping[str, Any]) -> list[ShownChange]:
    """The changes of a correction in the language of the page."""
    return [
        ShownChange(
            key=one["key"],
            label=_label(one["key"]),
            old=_value(one["old"]),
            new=_value(one["new"]),
            events=one["events"][:SHOWN],
            more=max(0, len(one["events"]) - SHOWN),
            by_time_alone=one["by_time_alone"],
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


def _value(entry: Mapping[str, Any] | None) -> str:
    """The value as the data has it, and for a share of what."""
    if entry is None:
        return gettext("not in the report")
    if entry.get("masked"):
        return gettext("masked")
    if entry.get("value") is None:
        return gettext("n/a")
    value = str(entry["value"])
    if "." in value:
        value = value.rstrip("0").rstrip(".")
    if entry.get("denominator") is not None:
        return f"{value} ({entry.get('numerator')} / {entry['denominator']})" if "numerator" in entry else value
    return value
