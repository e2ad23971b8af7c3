"""Says figures in one language: tables, charts and notes as plain data for the templates.

Every number comes from the registry's figures by its id. The items of a section are drawn by the macros of the same
name in ``templates/reports/parts.html``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from casework.domain.regimes.regimes import ShareOf
from casework.reports import phrases
from casework.reports.comparison import Move
from casework.reports.figures.labels import label_of
from casework.reports.figures.registry import BY_ID
from casework.reports.figures.values import Figure, Unit, Value, Words
from casework.reports.generation import Report
from casework.views import formatting
from casework.views.language import Language


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of a section: ``kind`` names its macro, ``data`` are the macro's arguments."""

    kind: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Section:
    """A part with a heading of its own and its subheadings in the table of contents."""

    id: str
    title: str
    items: list[Item] = field(default_factory=list)

    @property
    def entries(self) -> list[dict[str, str]]:
        """The subheadings, for the table of contents."""
        return [
            {"href": f"#{item.data['id']}", "text": item.data["text"]} for item in self.items if item.kind == "heading"
        ]


class Writer:
    """Says things in one language. Use it inside ``use_language`` of the same language."""

    def __init__(self, report: Report, language: Language, link: Callable[[str], str] | None = None) -> None:
        """``link`` makes the address at which the cases behind a figure are listed."""
        self.link = link
        self.report = report
        self.language = language
        self.figures = report.figures

    def words(self, words: Words) -> str:
        """The words in this language."""
        return words.zh if self.language is Language.ZH else words.en

    def say(self, phrase: str, **values: object) -> str:
        """A fixed phrase with its placeholders filled in."""
        return self.words(phrases.PHRASES[phrase]).format(**values)

    def label(self, figure: Figure, cell: str | None) -> str:
        """What a figure or a cell of it is called."""
        return self.words(figure.label if cell is None else label_of(figure.dimension, cell))

    def shown(self, value: Value, unit: Unit) -> str:
        """A value as it stands in a table."""
        if value.masked:
            return self.say("masked")
        if value.number is None:
            return self.say("not_applicable")
        return self.number(value.number, unit)

    def number(self, number: int | Decimal, unit: Unit) -> str:
        """A number in the way of its unit: shares as per cent, hours with one decimal, coefficients with two."""
        if unit is Unit.SHARE:
            return formatting.format_percent(number, limits=())
        if unit is Unit.COUNT:
            return formatting.format_number(number)
        if unit is Unit.AMOUNT:
            return formatting.format_money(number)
        return formatting.format_decimal_number(number, 1 if unit in (Unit.HOURS, Unit.MINUTES) else 2)

    def change(self, move: Move) -> str:
        """By how much a figure moved; large moves have a sign and a word, so that none is told by colour."""
        if move.change is None:
            return "–"
        sign = "+" if move.change > 0 else "−" if move.change < 0 else "±"
        if move.figure.unit is Unit.SHARE:
            points = formatting.format_decimal_number(abs(Decimal(move.change)) * 100, 1)
            said = self.say("points", number=f"{sign}{points}")
        elif move.relative is not None:
            said = f"{sign}{formatting.format_percent(abs(move.relative), limits=())}"
        else:
            said = f"{sign}{self.number(max(move.change, -move.change), move.figure.unit)}"
        return f"{'▲' if move.change > 0 else '▼'} {said} {self.say('large')}" if move.large else said

    def plotted(self, value: Value) -> int | float | str | None:
        """A value for a chart, where "masked" stands for itself and draws nothing."""
        if value.masked:
            return self.say("masked")
        return float(value.number) if isinstance(value.number, Decimal) else value.number

    def list_of(self, names: Sequence[str]) -> str:
        """Names one after the other; a word for none."""
        return self.joined(names) if names else self.say("no_engines")

    def joined(self, names: Sequence[str]) -> str:
        """Names with the separator of the language."""
        return ("、" if self.language is Language.ZH else ", ").join(names)

    # Items

    def heading(self, key: str, text: str) -> Item:
        """A subheading."""
        return Item("heading", {"id": key, "text": text})

    def table(self, key: str, caption: str, identifiers: Sequence[str]) -> Item:
        """Figures with their value, fraction and interval."""
        rows: list[list[str]] = []
        for identifier in identifiers:
            figure, value = BY_ID[identifier], self.figures[identifier]
            rows.append(
                [
                    self.words(figure.label),
                    self.linked(identifier, self.shown(value, figure.unit)),
                    self.fraction(value),
                    self.limits(figure, value),
                ]
            )
        head = [self.say(each) for each in ("figure", "value", "fraction", "interval")]
        used = [0, 1, *(place for place in (2, 3) if any(row[place] for row in rows))]
        return Item("table", {
            "id": key, "caption": caption,
            "columns": [{"text": head[place], "numeric": place > 0} for place in used],
            "rows": [[row[place] or "–" for place in used] for row in rows],
        })  # fmt: skip

    def linked(self, key: str, shown: str) -> str:
        """A number that leads to its cases, for those who may see them."""
        if self.link is None:
            return shown
        return Markup('<a class="govuk-link" href="{}">{}</a>').format(self.link(key), shown)

    def links(self, identifier: str) -> list[list[str]]:
        """The addresses of the cells of a breakdown, row by row, for the table of its chart."""
        if self.link is None:
            return []
        return [[self.link(BY_ID[identifier].key(cell))] for cell in self.figures.cells(identifier)]

    def fraction(self, value: Value) -> str:
        """Numerator and denominator, or the number of observations."""
        if value.denominator is None or value.masked:
            return ""
        below = formatting.format_number(value.denominator)
        return f"n = {below}" if value.numerator is None else f"{formatting.format_number(value.numerator)} / {below}"

    def limits(self, figure: Figure, value: Value) -> str:
        """The interval."""
        if value.interval is None:
            return ""
        return "–".join(self.number(limit, figure.unit) for limit in value.interval)

    def cells(self, identifier: str, *, all_of_them: bool = True) -> list[tuple[str, int | float | str | None]]:
        """A breakdown as rows of a chart; without ``all_of_them`` the zeros are left out."""
        figure = BY_ID[identifier]
        rows = [
            (self.label(figure, cell), self.plotted(value)) for cell, value in self.figures.cells(identifier).items()
        ]
        return [row for row in rows if all_of_them or row[1] != 0]

    def bars(self, key: str, identifier: str, *, all_of_them: bool = True) -> Item:
        """A breakdown as bars with its table."""
        figure = BY_ID[identifier]
        rows = self.cells(identifier, all_of_them=all_of_them)
        title = self.words(figure.label)
        if not rows:
            return Item("note", {"title": title, "text": self.say("none_recorded")})
        if len(rows) == 1:
            name, value = rows[0]
            shown = formatting.format_number(value) if isinstance(value, int) else str(value)
            return Item(
                "note", {"title": title, "text": f"{name}{'：' if self.language is Language.ZH else ': '}{shown}"}
            )
        return Item("bars", {
            "id": key, "title": title, "description": self.words(figure.definition), "rows": rows,
            "label_head": self.say("item"), "value_head": self.say("number"),
            "links": self.links(identifier) if all_of_them else [],
        })  # fmt: skip

    def histogram(self, key: str, identifier: str) -> Item:
        """A breakdown by share band with the limits of the latest standard."""
        figure, values = BY_ID[identifier], self.figures.cells(identifier)
        counts = [self.plotted(value) for cell, value in values.items() if cell != "unknown"]
        standards = self.report.standards
        # A standard that measures the work has no limits on the share of the upload.
        latest = [one for one in standards if one.share_of is ShareOf.UPLOAD][-1:]
        limits = (latest[0].bands.low, latest[0].bands.high) if latest else ()
        return Item("histogram", {
            "id": key, "title": self.words(figure.label), "description": self.words(figure.definition),
            "counts": counts, "limits": limits, "value_head": self.say("number"),
            "links": self.links(identifier)[: len(counts)],
        })  # fmt: skip

    def sides(self, key: str, title: str, description: str, pairs: Sequence[tuple[str, str]]) -> Item:
        """Steps of contests and challenges side by side; a pair is the figure of either side."""
        rows = [
            (self._without_side(contest), [self.plotted(self.figures[contest]), self.plotted(self.figures[challenge])])
            for contest, challenge in pairs
        ]
        return Item("stacked", {
            "id": key, "title": title, "description": description,
            "series": [self.say("contests"), self.say("challenges")], "rows": rows, "label_head": self.say("item"),
            "links": [] if self.link is None else [[self.link(key) for key in pair] for pair in pairs],
        })  # fmt: skip

    def steps(self, key: str, title: str, description: str, group: str, names: Sequence[str]) -> Item:
        """The way of one kind of procedure through the period, as bars with their table."""
        found = [self.figures.rows[f"{group}.{name}"] for name in names]
        rows = [(self.words(row.figure.label), self.plotted(row.value)) for row in found]
        return Item("bars", {
            "id": key, "title": title, "description": description, "rows": rows,
            "label_head": self.say("item"), "value_head": self.say("number"),
            "links": [] if self.link is None else [[self.link(f"{group}.{name}")] for name in names],
        })  # fmt: skip

    def _without_side(self, identifier: str) -> str:
        row = self.figures.rows[identifier]
        if row.cell is not None:
            return self.label(row.figure, row.cell)
        return self.words(phrases.STEPS[identifier.rpartition(".")[2]])
