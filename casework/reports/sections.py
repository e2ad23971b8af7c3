"""What a report shows in which order: sections of tables and charts, as plain data in one language for the templates.

Every number comes from the registry's figures by its id. The items of a section are drawn by the macros of the same
name in ``templates/reports/parts.html``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from casework.domain.regimes.regimes import ShareOf
from casework.reports import phrases
from casework.reports.figures.labels import label_of
from casework.reports.figures.registry import BY_ID, REGISTRY
from casework.reports.figures.values import Figure, Unit, Value, Words
from casework.reports.generation import CURVE_DAYS, Report
from casework.reports.narrative import paragraphs, passages_in_force, read_passages
from casework.views import formatting
from casework.views.language import Language

Cell = str | int | float | None
GROUPS: tuple[str, ...] = ("decisions", "filtering", "appeals", "times", "review", "marks")


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

    def __init__(self, report: Report, language: Language) -> None:
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
        return formatting.format_decimal_number(number, 1 if unit is Unit.HOURS else 2)

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
                    self.shown(value, figure.unit),
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
        })  # fmt: skip

    def _without_side(self, identifier: str) -> str:
        row = self.figures.rows[identifier]
        if row.cell is not None:
            return self.label(row.figure, row.cell)
        return self.words(phrases.STEPS[identifier.rpartition(".")[2]])

    def curve(self, key: str) -> Item:
        """How many appeals still wait after each day."""
        curve = self.report.curve
        points = [(str(day), [curve.contests[day], curve.challenges[day]]) for day in range(CURVE_DAYS + 1)]
        return Item("curve", {
            "id": key, "title": self.say("still_open"), "description": self.say("curve_description"),
            "series": [self.say("contests"), self.say("challenges")], "points": points,
            "label_head": self.say("days_since"),
        })  # fmt: skip


def build_sections(writer: Writer) -> list[Section]:
    """All sections of the report in their order."""
    return [
        _frame(writer), _narrative(writer), _decisions(writer), _filtering(writer), _appeals(writer), _times(writer),
        _review(writer), _marks(writer), _definitions(writer), _checking(writer),
    ]  # fmt: skip


def _frame(writer: Writer) -> Section:
    report = writer.report
    last = formatting.format_date(report.end - timedelta(days=1))
    rows = [
        (writer.say("platform"), report.platform),
        (writer.say("period"), writer.say("to", start=formatting.format_date(report.start), last=last)),
        (writer.say("as_of"), formatting.format_datetime(report.as_of, report.zone, zone=True)),
        (writer.say("time_zone"), report.zone.key),
        (writer.say("position"), writer.say("position_value", position=formatting.format_number(report.position))),
        (writer.say("masking"), writer.say("masked_note" if report.masked else "unmasked_note")),
    ]
    section = Section("frame", writer.say("about"))
    section.items.append(writer.heading("scope", writer.say("frame")))
    section.items.append(Item("rows", {"items": [{"key": key, "value": value} for key, value in rows]}))
    section.items.append(Item("text", {"paragraphs": [writer.say("frame_note")]}))
    section.items.append(writer.heading("key-figures", writer.say("key_figures")))
    section.items.append(_key_figures(writer))
    section.items += _standards(writer)
    return section


def _key_figures(writer: Writer) -> Item:
    chosen = (
        "decisions.total", "filtering.restrictions", "filtering.error_rate_lower_bound", "appeals.uploader.received",
        "appeals.right_holder.received", "times.contest.median_h", "times.challenge.median_h",
        "review.agreement_rate",
    )  # fmt: skip
    items = []
    for identifier in chosen:
        figure, value = BY_ID[identifier], writer.figures[identifier]
        items.append({"value": writer.shown(value, figure.unit), "label": writer.words(figure.label)})
    return Item("key_figures", {"items": items})


def _standards(writer: Writer) -> list[Item]:
    standards, zone = writer.report.standards, writer.report.zone
    items = [writer.heading("standards", writer.say("standards"))]
    if not standards:
        return [*items, Item("text", {"paragraphs": [writer.say("no_standard")]})]
    for one in standards:
        entries = (
            (writer.say("standard"), f"{one.id} · {_of(one.title, writer)}"),
            (writer.say("in_force_from"), formatting.format_date(one.effective_from, zone)),
            (writer.say("source"), _of(one.source, writer)),
        )
        items.append(Item("rows", {"items": [{"key": key, "value": value} for key, value in entries]}))
        values = {
            "low": formatting.format_percent(one.bands.low, trim=True),
            "high": formatting.format_percent(one.bands.high, trim=True),
            "seconds": formatting.format_number(one.de_minimis.seconds),
            "characters": formatting.format_number(one.de_minimis.characters),
            "bytes": formatting.format_number(one.de_minimis.bytes),
        }
        said = phrases.RULES if one.share_of is ShareOf.UPLOAD else {**phrases.RULES, **phrases.RULES_OF_THE_WORK}
        rules = [
            [writer.words(label_of("rule", rule.value)), writer.words(said[rule.value]).format(**values)]
            for rule in one.rules
        ]
        columns = [{"text": writer.say("rule"), "numeric": False}, {"text": writer.say("rule_text"), "numeric": False}]
        caption = writer.say("rules", standard=one.id)
        items.append(Item("table", {"id": f"rules-{one.id}", "caption": caption, "columns": columns, "rows": rules}))
    return items


def _of(text: Any, writer: Writer) -> str:
    return str(text.zh if writer.language is Language.ZH else text.en)


def _window(days: int | None, months: int | None, writer: Writer) -> str:
    """A window in the unit that the standard states it in."""
    return writer.say("months", number=str(months)) if days is None else writer.say("days", number=str(days))


def _narrative(writer: Writer) -> Section:
    report = writer.report
    engines = sorted(
        writer.figures.cells("decisions.by_engine.{engine}").items(),
        key=lambda pair: (-int(pair[1].number or 0), pair[0]),
    )
    values = {"platform": report.platform, "engines": writer.list_of([cell for cell, _ in engines])}
    values["standards"] = writer.list_of([one.id for one in report.standards])
    standard = report.standards[-1] if report.standards else None
    if standard is not None:
        procedure = standard.procedure
        values |= {
            "low": formatting.format_percent(standard.bands.low, trim=True),
            "high": formatting.format_percent(standard.bands.high, trim=True),
            "contest_window": _window(procedure.contest_window_days, procedure.contest_window_months, writer),
            "challenge_window": _window(procedure.challenge_window_days, procedure.challenge_window_months, writer),
            "comment_hours": str(procedure.comment_window_hours),
            "ruling_days": str(procedure.ruling_due_days),
        }
    section = Section("narrative", writer.say("narrative"))
    for passage in passages_in_force(read_passages(), report.end):
        text = paragraphs(passage, writer.language.value, _OrDash(values))
        note = writer.say("narrative_date", day=formatting.format_date(passage.since))
        section.items.append(writer.heading(f"text-{passage.section.replace('_', '-')}", writer.words(passage.title)))
        section.items.append(Item("text", {"paragraphs": text, "note": note}))
    return section


class _OrDash(dict[str, str]):
    """Values for texts; a period without a standard has no limits and days to state."""

    def __missing__(self, key: str) -> str:
        return "–"


def _decisions(writer: Writer) -> Section:
    section = Section("decisions", writer.say("decisions"))
    section.items = [
        writer.table("decisions-total", writer.say("totals"), ["decisions.total"]),
        writer.bars("decisions-outcome", "decisions.by_outcome.{outcome}"),
        writer.histogram("decisions-band", "decisions.by_share_band.{band}"),
        _without_share(writer),
        writer.bars("decisions-rule", "decisions.by_rule.{rule}"),
        writer.bars("decisions-medium", "decisions.by_medium.{medium}"),
        writer.bars("decisions-method", "decisions.by_method.{method}"),
        writer.bars("decisions-engine", "decisions.by_engine.{engine}"),
        writer.bars("decisions-standard", "decisions.by_standard.{standard}"),
    ]
    return section


def _without_share(writer: Writer) -> Item:
    value = writer.figures.cells("decisions.by_share_band.{band}")["unknown"]
    return Item("text", {"paragraphs": [writer.say("without_share", number=writer.shown(value, Unit.COUNT))]})


def _filtering(writer: Writer) -> Section:
    section = Section("filtering", writer.say("filtering"))
    section.items = [
        writer.table("filtering-table", writer.say("totals"), _simple("filtering")),
        writer.histogram("filtering-restrictions", "filtering.restrictions_by_share_band.{band}"),
        writer.histogram("filtering-reversed", "filtering.reversed_by_share_band.{band}"),
        writer.bars("filtering-cause", "filtering.reversed_by_cause.{cause}"),
    ]
    return section


def _appeals(writer: Writer) -> Section:
    section = Section("appeals", writer.say("appeals"))
    steps = ("open_at_start", "received", "decided_on_merits", "decided_by_default", "omitted", "open_at_end")
    outcomes = ("upheld", "partially_reversed", "reversed")
    section.items = [
        writer.heading("appeals-both", writer.say("both_sides")),
        writer.sides(
            "appeals-flow", writer.say("flow"), writer.say("flow_description"),
            [(f"appeals.uploader.{step}", f"appeals.right_holder.{step}") for step in steps],
        ),
        writer.sides(
            "appeals-outcomes", writer.say("outcomes"), writer.say("outcomes_description"),
            [(f"appeals.uploader.decided.{one}", f"appeals.right_holder.decided.{one}") for one in outcomes],
        ),
    ]  # fmt: skip
    for party, kind, name in (("uploader", "contest", "contests"), ("right_holder", "challenge", "challenges")):
        key = party.replace("_", "-")
        title = f"{writer.say(name)} ({writer.say(f'by_{party}s')})"
        if writer.language is Language.ZH:
            title = f"{writer.say(name)}（{writer.say(f'by_{party}s')}）"
        section.items += [
            writer.heading(f"appeals-{key}", title),
            writer.table(f"appeals-{key}-table", writer.say("totals"), _simple(f"appeals.{party}")),
            writer.bars(f"appeals-{key}-fate", f"appeals.{party}.fate.{{fate}}"),
            writer.bars(f"appeals-{key}-grounds", f"appeals.{party}.grounds.{{{kind}_ground}}.received"),
            writer.bars(f"appeals-{key}-overturned", f"appeals.{party}.grounds.{{{kind}_ground}}.overturned"),
        ]
    return section


def _times(writer: Writer) -> Section:
    section = Section("times", writer.say("times"))
    cells = ("within_24h", "within_48h", "within_7d", "later")
    late = ("up_to_7d", "up_to_30d", "over_30d")
    section.items = [
        writer.sides(
            "times-within", writer.say("within"), writer.say("within_description"),
            [(f"times.contest.{cell}", f"times.challenge.{cell}") for cell in cells],
        ),
        writer.curve("times-curve"),
        writer.table("times-contest", writer.say("contests"), _simple("times.contest")),
        writer.table("times-challenge", writer.say("challenges"), _simple("times.challenge")),
        writer.sides(
            "times-overdue", writer.say("overdue"), writer.say("overdue_description"),
            [(f"times.contest.overdue_open.{cell}", f"times.challenge.overdue_open.{cell}") for cell in late],
        ),
    ]  # fmt: skip
    return section


def _review(writer: Writer) -> Section:
    section = Section("review", writer.say("review"))
    section.items = [
        writer.table("review-table", writer.say("totals"), _simple("review")),
        writer.bars("review-pairs", "review.first_rulings.{pair}"),
        writer.bars("review-sided", "review.re_review_sided_with.{sided}"),
        writer.bars("review-basis", "review.basis.{basis_code}"),
    ]
    return section


def _marks(writer: Writer) -> Section:
    section = Section("marks", writer.say("marks"))
    section.items = [
        writer.table("marks-table", writer.say("totals"), _simple("marks")),
        writer.bars("marks-basis", "marks.by_basis.{basis}"),
    ]
    return section


def _simple(prefix: str) -> list[str]:
    """The figures under a prefix that are no breakdowns."""
    return [one.id for one in REGISTRY if one.id.startswith(f"{prefix}.") and one.breakdown is None]


def _definitions(writer: Writer) -> Section:
    section = Section("definitions", writer.say("definitions"))
    section.items.append(Item("text", {"paragraphs": [writer.say("definitions_note")]}))
    for group in GROUPS:
        figures = [figure for figure in REGISTRY if figure.id.split(".")[0] == group]
        section.items.append(writer.heading(f"define-{group}", writer.say(group)))
        entries = [
            {
                "label": writer.words(figure.label),
                "key": figure.id,
                "kind": writer.joined(
                    [writer.words(phrases.SCOPES[figure.scope]), writer.words(phrases.UNITS[figure.unit])]
                )
                + f" · v{figure.version}",
                "definition": writer.words(figure.definition),
            }
            for figure in figures
        ]
        section.items.append(Item("definitions", {"entries": entries}))
    return section


def _checking(writer: Writer) -> Section:
    section = Section("checking", writer.say("checking"))
    section.items.append(Item("text", {"paragraphs": [writer.words(each) for each in phrases.CHECKING]}))
    return section
