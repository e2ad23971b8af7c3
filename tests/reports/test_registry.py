"""The registry as a whole: unique keys, texts in both languages, the reference page, masking, exports."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest

from casework.domain.publication.values import TextSection
from casework.reports import exports
from casework.reports.figures import labels, masking
from casework.reports.figures.identities import IDENTITIES, with_parents
from casework.reports.figures.registry import BY_ID, REGISTRY, Figures, compute
from casework.reports.figures.values import Row, Unit, Value, Words
from casework.reports.generation import Report
from casework.reports.narrative import Passage, paragraphs, passages_in_force, read_passages
from casework.views.models.figures_counts import BESIDE, CHANGING
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import Ledger
from casework.views.models.figures_path import Grounds
from scripts import figures_reference
from tests.reports.histories import FIRST, LAW, SHANGHAI, STANDARDS, Habits, as_recorded, histories_of, played

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def figures_of(cases: int, seed: int, days: int = 59) -> Figures:
    """Figures of so many days of a made-up log; the same ones for several tests, here and of the charts."""
    ledger, last = folded(cases, seed)
    start = date(2026, 1, 1)
    return compute(ledger.extract(start, start + timedelta(days=days)), last, SHANGHAI)


@cache
def folded(cases: int, seed: int) -> tuple[Ledger, datetime]:
    """A made-up log, and when it ends: to play it takes longer than all that is computed from it."""
    log = as_recorded(played(cases, seed, Habits(days=40)))
    ledger = Ledger(Calendar(SHANGHAI), Grounds(STANDARDS, LAW))
    ledger.fold(log, histories_of(log))
    return ledger, log[-1].recorded


def report_of(figures: Figures, *, masked: bool = False) -> Report:
    return Report(
        date(2026, 1, 1), date(2026, 7, 1), datetime(2026, 7, 2, tzinfo=UTC), SHANGHAI, "P", 9, figures, masked,
        (FIRST,),
    )  # fmt: skip


def test_keys_are_unique_and_nest_without_collision() -> None:
    assert len(BY_ID) == len(REGISTRY)
    paths = [row.figure.path(row.cell) for row in figures_of(60, 5).rows.values()]
    assert len(set(paths)) == len(paths)
    for path in paths:
        assert not any(path[:length] in paths for length in range(1, len(path)))


@pytest.mark.parametrize("figure", REGISTRY, ids=lambda figure: figure.id)
def test_every_figure_is_defined_in_both_languages(figure: Any) -> None:
    for words in (figure.label, figure.definition):
        assert words.en
        assert not CHINESE.search(words.en)
        assert CHINESE.search(words.zh)
    assert figure.definition.en.endswith(".")
    assert figure.definition.zh.endswith("。")
    assert figure.reads
    assert [figure.measure, figure.breakdown, figure.measures].count(None) == 2
    # A parent is a figure or one cell of a breakdown.
    cells = {each.key(cell) for each in REGISTRY for cell in each.cells}
    assert figure.parent is None or figure.parent in BY_ID or figure.parent in cells


def test_every_fixed_cell_has_a_name() -> None:
    for figure in REGISTRY:
        for cell in figure.cells:
            assert cell in labels.LABELS[figure.dimension or ""], (figure.id, cell)


def test_every_changing_event_is_read_by_a_figure() -> None:
    assert {*CHANGING, *BESIDE} <= {event for figure in REGISTRY for event in figure.reads}


def test_reference_page_is_made_from_the_registry() -> None:
    assert figures_reference.PAGE.read_text("utf-8") == figures_reference.page(), "python -m scripts.figures_reference"


def test_identities_name_figures_that_exist() -> None:
    rows = figures_of(60, 5).rows
    for identity in with_parents(REGISTRY, IDENTITIES):
        for name in (*identity.left, *identity.right):
            assert name in BY_ID or name in rows, name


# Masking


def families(figures: Figures) -> Iterator[tuple[str, Sequence[Row]]]:
    for figure in REGISTRY:
        if figure.breakdown is not None:
            yield figure.id, [row for row in figures.rows.values() if row.figure.id == figure.id]


@pytest.mark.parametrize("days", [3, 7, 10, 20, 35, 59])
@pytest.mark.parametrize(("cases", "seed"), [(15, 0), (60, 5)])
def test_masking_hides_small_counts_and_what_would_give_them_away(cases: int, seed: int, days: int) -> None:
    figures = figures_of(cases, seed, days)
    public = masking.mask(figures)
    assert list(public.rows) == list(figures.rows)
    for key, row in public.rows.items():
        before = figures[key]
        if row.value.masked:
            assert row.value == Value(None, masked=True)
            assert row.cell is not None or row.figure.parts or key in masking.SAME
        else:
            assert row.value == before
            alone = len(figures.cells(row.figure.id)) == 1
            small = row.figure.unit is Unit.COUNT and before.number in range(1, 5)
            assert row.cell is None or alone or not small
    for identity in with_parents(REGISTRY, IDENTITIES):
        names = {*identity.left, *identity.right}
        hidden = [
            figures[key].number for key, row in public.rows.items()
            if (key in names or row.figure.id in names) and row.value.masked
        ]  # fmt: skip
        assert len(hidden) != 1, identity.name


def test_a_single_masked_cell_takes_the_next_smallest_with_it() -> None:
    counts = {"text": 3, "audio": 40, "image": 7, "video": 900}
    public = masked_media(counts)
    assert {cell for cell, value in public.items() if value.masked} == {"text", "image"}


def test_a_small_rule_does_not_follow_from_the_outcomes_that_it_leads_to() -> None:
    figures = empty_figures()
    rows = dict(figures.rows)
    counts = {
        "decisions.total": 414,
        "filtering.restrictions": 146,
        "filtering.passed": 268,
        "decisions.by_rule.marked": 18,
        "decisions.by_rule.de_minimis": 1,
        "decisions.by_rule.band_low": 111,
        "decisions.by_rule.band_middle": 138,
        "decisions.by_rule.band_high": 146,
        "decisions.by_outcome.marked_lawful": 18,
        "decisions.by_outcome.presumed_lawful": 112,
        "decisions.by_outcome.warning": 138,
        "decisions.by_outcome.presumed_infringing": 146,
    }
    months = [key.rpartition(".")[2] for key in rows if key.startswith("decisions.over_time.other.")][:2]
    for step, numbers in (
        ("other", (2, 17)),
        ("band_low", (50, 61)),
        ("band_middle", (60, 78)),
        ("band_high", (70, 76)),
    ):
        for month, count in zip(months, numbers, strict=True):
            key = f"decisions.over_time.{step}.{month}"
            rows[key] = replace(rows[key], value=Value(count))
    for key, count in counts.items():
        rows[key] = replace(rows[key], value=Value(count))
    public = masking.mask(Figures(rows))
    hidden = {key for key in counts if public[key].masked}
    # Not the rule marked, which its outcome would tell, but one that hides behind the outcome of both.
    assert hidden == {"decisions.by_rule.de_minimis", "decisions.by_rule.band_low"}


def test_what_two_sums_leave_when_they_are_subtracted_is_masked_too() -> None:
    figures = empty_figures()
    rows = dict(figures.rows)
    prefix = "appeals.uploader"
    counts = {
        f"{prefix}.overturned": 6,
        f"{prefix}.fate.reversed": 4,
        f"{prefix}.fate.partially_reversed": 2,
        f"{prefix}.fate.upheld": 40,
        f"{prefix}.fate.pending": 3,
    }
    for key, count in counts.items():
        rows[key] = replace(rows[key], value=Value(count))
    public = masking.mask(Figures(rows))
    # All fates less the overturned ones would have told what is pending.
    assert {key for key in counts if public[key].masked} == set(counts) - {f"{prefix}.overturned"}


def test_cells_that_can_only_be_ones_or_fours_take_another_with_them() -> None:
    for small in (1, 4):
        public = masked_media({"text": small, "audio": small, "image": 30, "video": 900})
        assert {cell for cell, value in public.items() if value.masked} == {"text", "audio", "image"}
    assert sum(value.masked for value in masked_media({"text": 2, "audio": 3, "image": 30, "video": 900}).values()) == 2


def masked_media(counts: dict[str, int]) -> dict[str, Value]:
    figures = empty_figures()
    rows = dict(figures.rows)
    for cell, count in counts.items():
        key = f"decisions.by_medium.{cell}"
        rows[key] = replace(rows[key], value=Value(count))
    rows["decisions.total"] = replace(rows["decisions.total"], value=Value(sum(counts.values())))
    return dict(masking.mask(Figures(rows)).cells("decisions.by_medium.{medium}"))


def empty_figures() -> Figures:
    ledger = Ledger(Calendar(SHANGHAI), Grounds(STANDARDS, LAW))
    return compute(ledger.extract(date(2026, 1, 1), date(2026, 3, 1)), datetime(2026, 3, 2, tzinfo=UTC), SHANGHAI)


def test_no_masked_cell_follows_from_the_published_numbers() -> None:
    """By trying: each masked cell of a breakdown can have at least two values that agree with what is published."""
    figures = figures_of(60, 5)
    public = masking.mask(figures)
    checked = 0
    for _identifier, rows in families(figures):
        hidden = [row for row in rows if public[row.key].masked]
        if not 2 <= len(hidden) <= 4 or any(int(row.value.number or 0) > 30 for row in hidden):
            continue
        total = sum(int(row.value.number or 0) for row in hidden)
        # The last one is what the others leave of the total.
        others = product(range(31), repeat=len(hidden) - 1)
        possible = [(*some, total - sum(some)) for some in others if 0 <= total - sum(some) <= 30]
        for place in range(len(hidden)):
            assert len({combination[place] for combination in possible}) > 1
        checked += 1
    assert checked


# Exports


def test_json_nests_on_the_dots_and_keeps_decimals_as_strings() -> None:
    figures = figures_of(60, 5)
    document = json.loads(exports.as_json(report_of(figures)))
    assert document["figures"]["decisions"]["total"]["value"] == figures["decisions.total"].number
    assert document["figures"]["decisions"]["by_engine"]["chromaprint@1.5.1"]["unit"] == "count"
    rate = document["figures"]["appeals"]["right_holder"]["overturn_rate"]
    assert re.fullmatch(r"0\.\d{6}", rate["value"])
    assert set(rate["interval"]) == {"low", "high", "method"}
    assert rate["denominator"] == figures["appeals.right_holder.decided_on_merits"].number
    assert set(document["definitions"]) == set(BY_ID)
    assert document["report"]["time_zone"] == "Asia/Shanghai"


def test_json_says_what_is_masked_and_what_does_not_apply() -> None:
    public = report_of(masking.mask(figures_of(15, 0)), masked=True)
    text = exports.as_json(public).decode()
    document = json.loads(text)
    cells = document["figures"]["decisions"]["by_medium"]
    assert any(cell == {"value": None, "unit": "count", "version": 1, "masked": True} for cell in cells.values())
    empty = json.loads(exports.as_json(report_of(empty_figures())))
    rate = empty["figures"]["filtering"]["error_rate_lower_bound"]
    assert rate == {"value": None, "unit": "share", "version": 1, "numerator": 0, "denominator": 0}


def test_csv_is_rfc_4180_with_one_row_a_figure() -> None:
    figures = figures_of(60, 5)
    content = exports.as_csv(report_of(figures))
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    assert [row["id"] for row in rows] == list(figures.rows)
    by_id = {row["id"]: row for row in rows}
    assert by_id["decisions.total"]["value"] == str(figures["decisions.total"].number)
    assert by_id["filtering.error_rate_lower_bound"]["denominator"] == str(figures["filtering.restrictions"].number)
    assert all(len(row) == len(exports.COLUMNS) for row in rows)


def test_csv_disarms_names_that_a_spreadsheet_would_run() -> None:
    rows = dict(empty_figures().rows)
    evil = Row(BY_ID["decisions.by_engine.{engine}"], "=1+1", Value(1))
    rows[evil.key] = evil
    last = exports.as_csv(report_of(Figures(rows))).decode().splitlines()[-1]
    assert last.endswith(",'=1+1")


# Narrative


def test_every_passage_can_be_filled_in_both_languages() -> None:
    values = dict.fromkeys(
        [
            "platform",
            "standards",
            "engines",
            "low",
            "high",
            "contest_window",
            "challenge_window",
            "comment_hours",
            "ruling_days",
        ],
        "x",
    )
    passages = read_passages()
    assert [one.section for one in passages] == [section.value for section in TextSection]
    for passage in passages:
        english, chinese = paragraphs(passage, "en", values), paragraphs(passage, "zh", values)
        assert len(english) == len(chinese)
        assert not CHINESE.search("".join(english))
        assert all(CHINESE.search(text) for text in chinese)
    accuracy = next(one for one in passages if one.section == TextSection.ACCURACY)
    assert "invisible" in "".join(accuracy.en)


def test_the_text_of_a_period_is_the_one_that_stood_on_its_last_day() -> None:
    def passage(since: date) -> Passage:
        return Passage("a", since, Words("A", "甲"), (), ())

    old, new = passage(date(2026, 1, 1)), passage(date(2026, 6, 30))
    assert passages_in_force([new, old], date(2026, 7, 1)) == [new]
    assert passages_in_force([new, old], date(2026, 6, 30)) == [old]
    assert passages_in_force([new, old], date(2025, 1, 1)) == [old]
