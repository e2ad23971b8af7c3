"""What a report shows in which order: its sections with their tables and charts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from casework.domain.regimes.regimes import ShareOf
from casework.reports import chart_items, phrases
from casework.reports.comparison import Move, moves
from casework.reports.fee_sections import fees, personal_data
from casework.reports.figures.labels import label_of
from casework.reports.figures.registry import BY_ID, REGISTRY
from casework.reports.figures.values import Unit
from casework.reports.narrative import paragraphs
from casework.reports.writer import Item, Section, Writer
from casework.views import formatting
from casework.views.language import Language

GROUPS: tuple[str, ...] = (
    "screening", "decisions", "filtering", "warnings", "prior_review", "notices", "counter_notices", "appeals", "times",
    "review", "marks", "filter_requests", "fees", "abuse", "outside", "personal_data", "audit",
)  # fmt: skip


def build_sections(writer: Writer) -> list[Section]:
    """All sections of the report in their order."""
    return [
        _frame(writer), _narrative(writer), _screening(writer), _decisions(writer), _filtering(writer), _early(writer),
        _notices(writer), _counter_notices(writer), _appeals(writer), _times(writer),
        _review(writer), _marks(writer), _filter_requests(writer), fees(writer), _abuse(writer), _outside(writer),
        personal_data(writer), _audit(writer),
        _comparison(writer), _definitions(writer),
        _checking(writer),
    ]  # fmt: skip


def _frame(writer: Writer) -> Section:
    report = writer.report
    last = formatting.format_date(report.end - timedelta(days=1))
    rows = [
        (writer.say("platform"), report.platform),
        (writer.say("period"), writer.say("to", start=formatting.format_date(report.start), last=last)),
        (writer.say("as_of"), formatting.format_datetime(report.as_of, report.zone, zone=True)),
        *(() if report.over else ((writer.say("open_period"), writer.say("open_period_note")),)),
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
    for passage in report.texts:
        text = paragraphs(passage, writer.language.value, _OrDash(values))
        dated = "narrative_draft" if passage.approved_at is None else "narrative_date"
        note = writer.say(dated, day=formatting.format_date(passage.since))
        section.items.append(writer.heading(f"text-{passage.section.replace('_', '-')}", writer.words(passage.title)))
        section.items.append(Item("text", {"paragraphs": text, "note": note}))
    return section


class _OrDash(dict[str, str]):
    """Values for texts; a period without a standard has no limits and days to state."""

    def __missing__(self, key: str) -> str:
        return "–"


def _screening(writer: Writer) -> Section:
    section = Section("screening", writer.say("screening"))
    parts = [BY_ID[f"screening.{name}_by_medium.{{medium}}"] for name in ("screened", "matched", "match_rate")]
    columns = [{"text": writer.say("item"), "numeric": False}]
    columns += [{"text": writer.words(figure.label), "numeric": True} for figure in parts]
    rows = [
        [
            writer.words(label_of("medium", medium)),
            *(writer.shown(writer.figures[figure.key(medium)], figure.unit) for figure in parts),
        ]
        for medium in parts[0].cells
    ]
    caption = writer.say("by_medium")
    section.items = [
        Item("text", {"paragraphs": [writer.say("screening_note")]}),
        writer.table("screening-table", writer.say("totals"), _simple("screening")),
        Item("table", {"id": "screening-medium", "caption": caption, "columns": columns, "rows": rows}),
    ]
    return section


def _decisions(writer: Writer) -> Section:
    section = Section("decisions", writer.say("decisions"))
    section.items = [
        writer.table("decisions-total", writer.say("totals"), ["decisions.total"]),
        writer.bars("decisions-outcome", "decisions.by_outcome.{outcome}"),
        chart_items.over_time(writer),
        chart_items.paths(writer),
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
        chart_items.rates(writer),
        chart_items.thresholds(writer),
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
            writer.bars(f"appeals-{key}-new", f"appeals.{party}.new_restrictions_by.{{restricting}}"),
            writer.bars(f"appeals-{key}-grounds", f"appeals.{party}.grounds.{{{kind}_ground}}.received"),
            writer.bars(f"appeals-{key}-overturned", f"appeals.{party}.grounds.{{{kind}_ground}}.overturned"),
        ]
    section.items += [
        writer.heading("appeals-other", writer.say("other_reviews")),
        writer.table("appeals-urgent", writer.say("urgent"), ["appeals.urgent_blocks"]),
        writer.table("appeals-further", writer.say("further_reviews"), _simple("appeals.further_reviews")),
        writer.bars("appeals-further-rulings", "appeals.further_reviews.rulings.{level_fate}"),
        writer.table("appeals-reopenings", writer.say("reopenings"), _simple("appeals.reopenings")),
        writer.bars("appeals-reopenings-cause", "appeals.reopenings.by_cause.{reopening}"),
        writer.bars("appeals-reopenings-rulings", "appeals.reopenings.rulings.{level_fate}"),
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
        chart_items.waiting(writer),
        writer.table("times-contest", writer.say("contests"), _simple("times.contest")),
        writer.table("times-challenge", writer.say("challenges"), _simple("times.challenge")),
        writer.sides(
            "times-overdue", writer.say("overdue"), writer.say("overdue_description"),
            [(f"times.contest.overdue_open.{cell}", f"times.challenge.overdue_open.{cell}") for cell in late],
        ),
    ]  # fmt: skip
    for kind, name in (("prior_review", "prior_review"), ("notice", "notices"), ("counter_notice", "counter_notices")):
        key = kind.replace("_", "-")
        section.items += [
            writer.heading(f"times-of-{key}", writer.say(name)),
            writer.table(f"times-{key}", writer.say(name), _simple(f"times.{kind}")),
            writer.bars(f"times-{key}-within", f"times.{kind}.{{within}}"),
        ]
        if kind != "notice":
            section.items.append(writer.bars(f"times-{key}-overdue", f"times.{kind}.overdue_open.{{overdue}}"))
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


def _early(writer: Writer) -> Section:
    """What happens before anybody complains: warnings, and the review before publication."""
    section = Section("before", writer.say("before"))
    section.items = [
        writer.heading("warnings", writer.say("warnings")),
        writer.table("warnings-table", writer.say("totals"), _simple("warnings")),
        writer.heading("prior-review", writer.say("prior_review")),
        writer.table("prior-review-table", writer.say("totals"), _simple("prior_review")),
    ]
    return section


def _filter_requests(writer: Writer) -> Section:
    section = Section("filter-requests", writer.say("filter_requests"))
    section.items = [
        Item("text", {"paragraphs": [writer.say("filter_requests_note")]}),
        writer.table("filter-requests-table", writer.say("totals"), _simple("filter_requests")),
        writer.bars("filter-requests-rejected", "filter_requests.rejected_by_reason.{rejection}"),
    ]
    return section


def _notices(writer: Writer) -> Section:
    section = Section("notices", writer.say("notices"))
    steps = ("open_at_start", "received", "accepted", "rejected", "lapsed", "withdrawn", "moot", "open_at_end")
    section.items = [
        writer.steps("notices-flow", writer.say("flow"), writer.say("notices_flow"), "notices", steps),
        writer.table("notices-table", writer.say("totals"), _simple("notices")),
        writer.bars("notices-measures", "notices.measures.{measure}"),
        writer.bars("notices-fate", "notices.fate.{notice_fate}"),
    ]
    return section


def _counter_notices(writer: Writer) -> Section:
    section = Section("counter-notices", writer.say("counter_notices"))
    section.items = [
        writer.table("counter-notices-table", writer.say("totals"), _simple("counter_notices")),
        writer.bars("counter-notices-fate", "counter_notices.fate.{wait_outcome}"),
    ]
    return section


def _abuse(writer: Writer) -> Section:
    section = Section("abuse", writer.say("abuse"))
    section.items = [
        writer.table("abuse-table", writer.say("totals"), _simple("abuse")),
        writer.bars("abuse-uploader", "abuse.suspensions.{right}.uploader"),
        writer.bars("abuse-right-holder", "abuse.suspensions.{right}.right_holder"),
    ]
    return section


def _outside(writer: Writer) -> Section:
    section = Section("outside", writer.say("outside"))
    for forum in ("court", "authority", "external_body"):
        key = f"outside-{forum.replace('_', '-')}"
        section.items.append(writer.table(key, writer.say(forum), _simple(f"outside.{forum}")))
    section.items += [
        writer.table("outside-orders-table", writer.say("orders"), ["outside.orders_ended"]),
        writer.bars("outside-orders", "outside.orders.{order}"),
    ]
    return section


def _audit(writer: Writer) -> Section:
    """Accuracy by random samples, apart from what appeals show (product.md F2)."""
    section = Section("audit", writer.say("audit"))
    section.items = [
        Item("text", {"paragraphs": [writer.say("audit_note")]}),
        writer.table("audit-table", writer.say("totals"), _simple("audit")),
        writer.bars("audit-found", "audit.found.{found}"),
        writer.bars("audit-label-pairs", "audit.label_pairs.{label_pair}"),
    ]
    return section


def _comparison(writer: Writer) -> Section:
    """The two periods before this one, with the moves that are large."""
    section = Section("comparison", writer.say("comparison"))
    section.items.append(Item("text", {"paragraphs": [writer.say("comparison_note"), writer.say("large_moves")]}))
    earlier = writer.report.earlier
    names = [f"{one.start.isoformat()} – {(one.end - timedelta(days=1)).isoformat()}" for one in earlier]
    heads = [*reversed(names), writer.say("this_period"), writer.say("change")]
    columns = [{"text": writer.say("figure"), "numeric": False}, *({"text": head, "numeric": True} for head in heads)]
    found = list(moves(writer.figures, earlier))
    rows = [_move_row(writer, one) for one in found if _worth_a_row(one)]
    table = {"id": "compare-table", "caption": writer.say("comparison"), "columns": columns, "rows": rows}
    section.items.append(Item("table", table))
    return section


def _worth_a_row(move: Move) -> bool:
    """Whether there is anything to compare: a figure that was nought or n/a all the time is left out."""
    return any(value is not None and (value.number or value.masked) for value in move.values)


def _move_row(writer: Writer, move: Move) -> list[str]:
    unit = move.figure.unit
    shown = [writer.say("no_records") if value is None else writer.shown(value, unit) for value in move.values]
    return [writer.words(move.figure.label), *reversed(shown), writer.change(move)]


def _simple(prefix: str) -> list[str]:
    """The figures under a prefix that are no breakdowns."""
    return [one.id for one in REGISTRY if one.id.startswith(f"{prefix}.") and one.dimension is None]


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
    paragraphs = [writer.words(each) for each in phrases.CHECKING]
    log = writer.report.log
    if log is not None:
        root, key = log["root"], log["key"].split("+")[1]
        # In groups that the eye can follow and a narrow page can break.
        shown = " ".join(root[start : start + 8] for start in range(0, len(root), 8))
        size = formatting.format_number(log["size"])
        paragraphs += [
            writer.words(each).format(size=size, origin=log["origin"], root=shown, key=key) for each in phrases.TIED
        ]
    section.items.append(Item("text", {"paragraphs": paragraphs}))
    return section
