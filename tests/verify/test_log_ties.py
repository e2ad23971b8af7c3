"""Whoever changes, drops, adds or moves a fact, or changes a digit of a report, is found, and the deed is named."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.reports import exports, log_block, render
from casework.views.language import Language
from casework_verify.checkpoints import Trust, check_facts, check_previous, read_ties
from casework_verify.findings import Findings
from casework_verify.location import faults_by_hash, faults_by_part
from casework_verify.tree import Leaves, leaf_hash, parts_of
from casework_verify.verification import verify
from casework_verify.words import kinds, say
from tests.verify.signing import Platform, as_bytes, new_platform

Document = dict[str, Any]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Platform:
    return new_platform(tmp_path_factory.mktemp("ties"), _sqlite_template, 25, 11)


@pytest.fixture(scope="module")
def report(platform: Platform) -> bytes:
    return exports.as_json(platform.report())


@pytest.fixture(scope="module")
def facts(platform: Platform, report: bytes) -> list[bytes]:
    return platform.facts()


def told(found: Findings) -> list[str]:
    return [f"{one.kind} {one.where}" for one in found.differences]


@cache
def key_of(report: bytes) -> str:
    return str(json.loads(report)["log"]["key"])


def trusting(report: bytes, **more: Any) -> Trust:
    return Trust(keys=(key_of(report),), **more)


@pytest.fixture(scope="module")
def leaves(facts: list[bytes]) -> Leaves:
    """The hashes of the facts, to check the ties of a report without counting it again."""
    made = Leaves()
    assert list(made.passing(facts)) == facts
    return made


def told_of_ties(document: Document, facts: list[bytes], leaves: Leaves, trust: Trust) -> list[str]:
    found = Findings()
    ties = read_ties(document, trust, found)
    if ties is not None:
        check_facts(ties, leaves, facts, trust, found)
    return told(found)


def test_an_honest_report_matches(report: bytes, facts: list[bytes]) -> None:
    found = verify(report, facts, trusting(report))
    assert (told(found), found.exit_code, found.remarks) == ([], 0, [])
    assert found.facts == len(facts) == json.loads(report)["log"]["size"] > 200
    on_trust = verify(report, facts)
    assert (on_trust.exit_code, [one.kind for one in on_trust.remarks]) == (0, ["key_on_trust"])


def test_the_same_report_has_the_same_bytes(platform: Platform, report: bytes) -> None:
    assert exports.as_json(platform.report()) == report


def test_the_documents_name_the_checkpoint(platform: Platform) -> None:
    made = platform.report()
    assert made.log is not None
    root = " ".join(made.log["root"][start : start + 8] for start in range(0, 64, 8))
    for language in Language:
        page = render.partial_html(made, language)
        assert root in page
        assert "casework-verify" in page


# Facts


def changed_line(line: bytes, random: Random) -> bytes:
    """One character of the line is another one of its kind."""
    places = [place.start() for place in re.finditer(rb"[0-9a-z]", line)]
    place = random.choice(places)
    others = b"0123456789" if line[place : place + 1].isdigit() else b"abcdefghijklmnopqrstuvwxyz"
    return line[:place] + bytes([random.choice(others.replace(line[place : place + 1], b""))]) + line[place + 1 :]


def tampered(facts: list[bytes], how: str, random: Random) -> tuple[list[bytes], set[str]]:
    """The facts after one fault, and by what it may be told."""
    n, other = random.sample(range(len(facts)), 2)
    lines = list(facts)
    if how == "change":
        lines[n] = changed_line(lines[n], random)
        return lines, {f"fact_changed fact {n}"}
    if how == "drop":
        del lines[n]
        return lines, {f"fact_dropped fact {n}"}
    if how == "add":
        line = random.choice([facts[other], changed_line(facts[n], random), facts[n]])
        lines.insert(n, line)
        return lines, {f"fact_added fact {n}", f"fact_added fact {n + 1}", f"fact_moved fact {other}"}
    lines[n], lines[other] = lines[other], lines[n]
    return lines, {f"fact_moved fact {n}", f"fact_moved fact {other}"}


@pytest.mark.parametrize("how", ["change", "drop", "add", "reorder"])
def test_every_fault_of_one_fact_is_named(report: bytes, facts: list[bytes], how: str) -> None:
    random = Random(how)
    for _round in range(4):
        lines, expected = tampered(facts, how, random)
        found = verify(report, lines, trusting(report))
        assert found.exit_code == 5
        assert expected & set(told(found)), (expected, told(found)[:5])
        assert any(one.fact is not None for one in found.differences[:3])


@settings(max_examples=60)
@given(st.sampled_from(["change", "drop", "add", "reorder"]), st.randoms(use_true_random=False), st.integers(0, 6))
def test_faults_are_located_by_hash_and_by_part(facts: list[bytes], how: str, random: Random, height: int) -> None:
    signed = [leaf_hash(line) for line in facts]
    lines, expected = tampered(facts, how, random)
    given_hashes = [leaf_hash(line) for line in lines]
    by_hash = faults_by_hash(signed, given_hashes)
    assert {f"{fault.kind} fact {fault.first}" for fault in by_hash} & expected
    assert len(by_hash) <= 2
    first = min(
        place
        for place, pair in enumerate(zip([*signed, b""], [*given_hashes, b""], strict=False))
        if pair[0] != pair[1]
    )
    (part, *_rest) = faults_by_part(parts_of(signed, height), height, len(facts), given_hashes)
    assert part.first <= first <= (part.last or 0) or first == len(facts)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), max_size=45))
def test_any_mixture_of_faults_is_accounted_for(order: list[int]) -> None:
    """Undoing what was named gives the signed log back."""
    signed = [bytes([number]) for number in range(35)]
    found = faults_by_hash(signed, [bytes([number]) for number in order])
    added = {fault.first for fault in found if fault.kind == "fact_added"}
    changed = {fault.first for fault in found if fault.kind == "fact_changed"}
    dropped = {fault.first for fault in found if fault.kind == "fact_dropped"}
    moved = {fault.first for fault in found if fault.kind == "fact_moved"}
    genuine = [number for place, number in enumerate(order) if place not in added and number < 35]
    assert sorted(genuine) == sorted(set(range(35)) - changed - dropped)
    rest = [number for number in genuine if number not in moved]
    assert rest == sorted(rest)
    assert (not found) == (order == list(range(35)))


def test_a_long_log_is_told_by_its_parts_and_exactly_with_the_hashes(
    platform: Platform, facts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_block, "MOST_PARTS", 16)
    report = exports.as_json(platform.report())
    height = json.loads(report)["log"]["parts"]["height"]
    width = 1 << height
    assert width > 8
    n = len(facts) // 2
    lines = [*facts[:n], changed_line(facts[n], Random(5)), *facts[n + 1 :]]
    first = n // width * width
    assert f"facts_differ fact {first}-{first + width - 1}" in told(verify(report, lines, trusting(report)))
    hashes = b"".join(leaf_hash(line) for line in facts)
    assert f"fact_changed fact {n}" in told(verify(report, lines, trusting(report, hashes=hashes)))
    assert f"fact_dropped fact {n}" in told(verify(report, facts[:n] + facts[n + 1 :], trusting(report)))
    found = verify(report, lines, trusting(report, hashes=b"".join(leaf_hash(line) for line in lines)))
    assert "hashes_of_no_use" in [one.kind for one in found.remarks]
    # Only the first facts, as while rulings are sealed, are no forgery; whole parts show it without the hashes.
    start = n // width * width
    assert told(verify(report, facts[: start + 3], trusting(report))) == [
        f"facts_end_early facts {start}-{len(facts) - 1}"
    ]
    assert "facts_missing facts" in told(verify(report, lines[: n + width], trusting(report)))
    # Numbered anew by a forger who knows: the part is still right.
    anew = [json.dumps(json.loads(line) | {"n": k}).encode() for k, line in enumerate(facts[:n] + facts[n + 1 :])]
    assert "facts_missing facts" in told(verify(report, anew, trusting(report)))


def test_a_fact_that_was_known_at_t_cannot_be_left_out(platform: Platform, facts: list[bytes], report: bytes) -> None:
    document = json.loads(report)
    size = document["log"]["size"]
    later = json.dumps(json.loads(facts[-1]) | {"n": size, "at": "2026-08-31T00:00:00Z"}, separators=(",", ":"))
    assert f"fact_left_out fact {size}" in told(verify(report, [*facts, later.encode()], trusting(report)))
    after = json.dumps(json.loads(facts[-1]) | {"n": size, "at": "2026-10-01T00:00:00Z"}, separators=(",", ":"))
    found = verify(report, [*facts, after.encode()], trusting(report))
    assert (told(found), [one.kind for one in found.remarks]) == ([], ["facts_beyond"])


def test_a_fact_that_an_earlier_report_left_out_is_named(platform: Platform, facts: list[bytes], report: bytes) -> None:
    """Its checkpoint ended before its T: events in between were kept out of it."""
    end = len(facts) // 2
    then = json.loads(facts[end])["at"]
    earlier = platform.data(platform.report(as_of=datetime.fromisoformat(then)))
    assert told(verify(report, facts, trusting(report, previous=earlier))) == []
    size = earlier["log"]["size"]
    late = datetime.fromisoformat(json.loads(facts[size])["at"])
    earlier["report"]["as_of"] = late.isoformat()
    assert told(verify(report, facts, trusting(report, previous=earlier)))[0] == f"fact_left_out_before fact {size}"


# The report


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a digit stands in the data."""
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in places(each, (*path, name))]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in places(each, (*path, number))]
    return [path] if not isinstance(value, bool) and re.search(r"\d", str(value)) else []


def with_other_digit(document: Document, path: tuple[Any, ...], random: Random) -> Document:
    changed = copy.deepcopy(document)
    place = changed
    for name in path[:-1]:
        place = place[name]
    before = place[path[-1]]
    text = str(before)
    at = random.choice([found.start() for found in re.finditer(r"\d", text)])
    digit = random.choice([each for each in "123456789" if each != text[at]])
    after = text[:at] + digit + text[at + 1 :]
    place[path[-1]] = int(after) if isinstance(before, int) else after
    return changed


def test_one_other_digit_anywhere_in_the_data_is_named(report: bytes, facts: list[bytes], leaves: Leaves) -> None:
    document, random = json.loads(report), Random(9)
    every = [path for path in places(document) if path[:2] not in (("report", "from"), ("report", "to"))]
    by_part = {part: [path for path in every if path[0] == part] for part in document}
    chosen = [random.choice(paths) for paths in by_part.values() if paths for _round in range(2)]
    assert len(chosen) > 12
    for path in chosen:
        other = with_other_digit(document, path, random)
        by_ties = told_of_ties(other, facts, leaves, trusting(report))
        if path[0] == "log":
            assert by_ties, path
        else:
            assert f"report_changed {path[0]}" in by_ties, path
        if path[0] in ("figures", "report"):
            found = verify(as_bytes(other), facts, trusting(report))
            assert set(by_ties) <= set(told(found)), path
        if path[0] == "figures":
            # The cell itself is named, with both values.
            assert any(one.where == ".".join(map(str, path[1 : len(one.where.split(".")) + 1])) or
                       one.where in ".".join(map(str, path[1:])) for one in found.differences), path  # fmt: skip


CHANGES: dict[str, tuple[Callable[[Document], Any], str]] = {
    "no tie at all": (lambda document: document.pop("log"), "log_missing log"),
    "no checkpoint": (lambda document: document["log"].pop("checkpoint"), "checkpoint_differs log.checkpoint"),
    "another size": (lambda document: document["log"].update(size=1), "checkpoint_differs log.size"),
    "another root": (lambda document: document["log"].update(root="0" * 64), "checkpoint_differs log.root"),
    "another log": (lambda document: document["log"].update(origin="else"), "checkpoint_differs log.origin"),
    "no key": (lambda document: document["log"].pop("key"), "signature_wrong log.key"),
    "no signature": (lambda document: document["log"].pop("signed"), "signature_wrong log.signed"),
    "no parts": (lambda document: document["log"].pop("parts"), "parts_differ log.parts"),
    "one more part of the report": (lambda document: document.update(praise=1), "report_changed praise"),
    "one part less": (lambda document: document.pop("previous"), "report_changed previous"),
    "words": (lambda document: document["report"].update(platform="Another"), "report_changed report"),
    "a definition": (
        lambda document: document["definitions"]["decisions.total"]["definition"].update(en="?"),
        "report_changed definitions",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_in_the_ties_is_named(report: bytes, facts: list[bytes], leaves: Leaves, what: str) -> None:
    change, expected = CHANGES[what]
    document = json.loads(report)
    assert told_of_ties(document, facts, leaves, trusting(report)) == []
    change(document)
    assert expected in told_of_ties(document, facts, leaves, trusting(report))


@pytest.mark.parametrize("name", ["checkpoint", "key", "signed", "announcements", "parts", "size", "root"])
def test_nothing_in_the_ties_makes_it_fall_over(report: bytes, name: str) -> None:
    for value in (None, 1, "x", [], {}, [1], {"a": 1}, "a\n1\n", "— x y\n", "\n\n"):
        document = json.loads(report)
        document["log"][name] = document["previous"] = value
        trust, found = trusting(report, previous={"log": value}), Findings()
        ties = read_ties(document, trust, found)
        if ties is not None:
            check_facts(ties, Leaves(), [], trust, found)
            check_previous(document, ties, Leaves(), trust, found)
        assert found.exit_code == 5
        assert say(found, "en")
        assert say(found, "zh")


def test_every_kind_has_words_in_both_languages() -> None:
    from casework_verify import comparison, findings, location

    named = {
        value
        for module in (comparison, findings, location)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and "_" in value
    }
    assert named <= kinds()[0]
