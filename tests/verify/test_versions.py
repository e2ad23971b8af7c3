"""Reports that were made under earlier rules stay verifiable; those of later rules are not guessed at."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from casework.cli import report as command
from casework.reports.corrections import changes_between, document
from casework.reports.figures import masking as masking_of_reports
from casework.reports.figures import registry as registry_of_reports
from casework.reports.figures.values import Row
from casework_verify import masking
from casework_verify.command import main
from casework_verify.comparison import NEWER, check_report
from casework_verify.figures.older import Older
from casework_verify.figures.registry import FIGURES, REGISTRY, Definition
from casework_verify.figures.sheet import Counting, Sheet
from casework_verify.recounting import figures_of, frame_of, known_of
from casework_verify.verification import verify
from casework_verify.words import say_difference
from tests.verify.published import Published, published
from tests.verify.signing import as_bytes

FIRST_FIGURES = Path(__file__).with_name("first_figures.txt")
"""The figures of registry 1, for good: what a report has to have that says nothing of a registry."""


@pytest.fixture(scope="module")
def old() -> Published:
    """A report that was masked by the first rule."""
    return published(6, 3, masked=True, masking=1)


def as_made_then(made: Published) -> dict[str, Any]:
    """The data as the program of then wrote them: without versions in the frame, without figures that came later."""
    document = made.document
    del document["report"]["masking"], document["report"]["registry"]
    for one in FIGURES:
        if one.since > 1:
            drop(document, one)
    document["figures"] = without_empty(document["figures"])
    return document


def without_empty(nested: dict[str, Any]) -> dict[str, Any]:
    """The figures without groups that have none left."""
    kept = {name: without_empty(one) if isinstance(one, dict) else one for name, one in nested.items()}
    return {name: one for name, one in kept.items() if one != {}}


def drop(document: dict[str, Any], figure: Definition) -> None:
    del document["definitions"][figure.id]
    document["comparison"]["figures"].pop(figure.id, None)
    place = document["figures"]
    for name in figure.id.partition(".{")[0].split(".")[:-1]:
        place = place[name]
    place.pop(figure.id.partition(".{")[0].rpartition(".")[2], None)


def test_the_first_figures_are_those_of_then() -> None:
    assert [one.id for one in FIGURES if one.since == 1] == FIRST_FIGURES.read_text().split()
    assert REGISTRY == registry_of_reports.VERSION
    assert {one.id: one.since for one in FIGURES} == {one.id: one.since for one in registry_of_reports.REGISTRY}


def test_a_report_that_was_masked_before_the_rules_changed_still_matches(old: Published) -> None:
    document = as_made_then(old)
    assert check_report(as_bytes(document), old.facts) == []
    found = verify(as_bytes(document), old.facts)
    assert [one.values for one in found.remarks if one.kind == "older_rules"] == [{"rules": "registry 1, masking 1"}]
    document["report"]["masking"] = masking.VERSION
    told = check_report(as_bytes(document), old.facts)
    assert {one.kind for one in told} == {"figure_differs"}, "both rules hide the same here: choose another history"


def test_both_programs_know_the_same_rules_of_masking(old: Published) -> None:
    assert masking.VERSION == masking_of_reports.VERSION > old.document["report"]["masking"]
    assert list(map(str, check_report(old.json, old.facts))) == []
    assert masking.VERSION == command.MASKING
    newest = published(6, 3, masked=True)
    assert newest.document["report"]["masking"] == masking.VERSION
    assert list(map(str, check_report(newest.json, newest.facts))) == []


@pytest.mark.parametrize("version", [2, 3])
def test_the_course_of_one_week_does_not_tell_what_is_masked_by_the_rule_of_now(version: int) -> None:
    week = published(60, 5, period=(date(2026, 1, 1), date(2026, 1, 4)), masked=True, masking=version)
    decisions = week.document["figures"]["decisions"]
    assert decisions["by_rule"]["band_low"]["masked"]
    (course,) = decisions["over_time"]["band_low"].values()
    assert course.get("masked", False) is (version > 2)
    assert check_report(week.json, week.facts) == []


@pytest.mark.parametrize(
    "where", ["report.masking", "report.registry", "format", "definitions.decisions.total"], ids=str
)
def test_a_report_of_later_rules_says_that_it_needs_a_later_program(
    old: Published, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    document = old.document
    if where.startswith("definitions"):
        document["definitions"]["decisions.total"]["version"] = 9
    elif where == "format":
        document["format"] = 9
    else:
        document["report"][where.partition(".")[2]] = 9
    told = check_report(as_bytes(document), old.facts)
    assert [(one.kind, one.where, one.reported) for one in told] == [(NEWER, where, 9)]
    assert "needs a newer casework-verify" in say_difference(told[0], "en")
    assert "casework-verify" in say_difference(told[0], "zh")
    (tmp_path / "report.json").write_bytes(as_bytes(document))
    (tmp_path / "facts.ndjson").write_bytes(b"".join(line + b"\n" for line in old.facts))
    assert main([str(tmp_path / "report.json")]) == 2
    assert "needs a newer casework-verify" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [0, -1, True, "2", None, 1.0], ids=str)
def test_what_is_no_version_cannot_be_read(old: Published, wrong: object) -> None:
    document = old.document
    document["report"]["masking"] = wrong
    assert {one.kind for one in check_report(as_bytes(document), old.facts)} == {"report_unreadable"}


def test_a_correction_tells_what_other_rules_changed(old: Published) -> None:
    newest = published(6, 3, masked=True)
    changes = changes_between(as_made_then(old), newest.document)
    assert changes
    assert all(change.by_rules for change in changes)
    (one, *_) = listed = document(changes, {change.key: [] for change in changes}, {})["figures"]
    assert (one["by_rules"], one["by_time_alone"], len(listed)) == (True, False, len(changes))
    counted = newest.document
    counted["figures"]["decisions"]["total"]["value"] += 1
    (change,) = changes_between(newest.document, counted)
    assert not change.by_rules


def test_a_later_registry_asks_for_its_figures(old: Published) -> None:
    document = as_made_then(old)
    document["report"]["registry"] = REGISTRY
    missing = {one.where for one in check_report(as_bytes(document), old.facts) if one.kind == "definition_differs"}
    assert missing == {one.id for one in FIGURES if one.since > 1}


def twice(counting: Counting, sheet: Sheet) -> None:
    """An earlier way to count decisions."""
    sheet.put("decisions.total", 2 * sum(counting.decisions.values()))


def test_a_figure_is_counted_by_the_version_that_the_report_names(old: Published) -> None:
    """Played: the figure of today gets a version 2, and what a report of version 1 said was twice as much."""
    newest = next(one for one in FIGURES if one.id == "decisions.total")._replace(version=2)
    figures = tuple(newest if one.id == newest.id else one for one in FIGURES)
    older = (Older(newest._replace(version=1), twice),)
    document = old.document
    frame = frame_of(document, figures, older)
    counted = figures_of(known_of(old.facts, frame), frame)
    assert counted.definitions["decisions.total"].version == 1
    total = document["figures"]["decisions"]["total"]["value"]
    assert counted.entries["decisions", "total"].value == 2 * total
    document["definitions"]["decisions.total"]["version"] = 2
    frame = frame_of(document, figures, older)
    counted = figures_of(known_of(old.facts, frame), frame)
    assert counted.definitions["decisions.total"].version == 2
    assert counted.entries["decisions", "total"].value == total


def test_an_older_version_that_never_was_is_told(old: Published) -> None:
    document = old.document
    document["definitions"]["decisions.total"]["version"] = 0
    told = check_report(as_bytes(document), old.facts)
    assert [one.kind for one in told] == ["definition_differs"]


def test_masking_keeps_every_figure_whatever_its_version(old: Published) -> None:
    rows = old.figures.rows
    assert all(isinstance(row, Row) for row in rows.values())
    with pytest.raises(ValueError, match="no version"):
        masking_of_reports.mask(old.figures, masking_of_reports.VERSION + 1)
    assert json.loads(old.json)["report"]["masking"] == 1
