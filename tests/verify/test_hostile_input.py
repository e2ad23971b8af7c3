"""Whatever stands in a file of facts or in a report, verification ends with findings and never with a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from casework_verify.checkpoints import Ties
from casework_verify.command import tell
from casework_verify.comparison import check_report
from casework_verify.findings import Findings
from casework_verify.location import faults_by_own_number
from casework_verify.notes import NoNote, read_head, read_key, read_note
from casework_verify.receipts import check_receipt
from casework_verify.recounting import frame_of, recount
from casework_verify.tree import Leaves
from casework_verify.verification import verify
from tests.reports.histories import Habits
from tests.verify.published import Published, published

ODD: tuple[Any, ...] = (None, True, -1, 0, 10**30, 1.5, "", "x", "9999-12-31T23:59:59Z", [], [1], {}, {"x": 1})


@pytest.fixture(scope="module")
def made() -> Published:
    return published(20, 71, habits=Habits(days=50, wild=0.6))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as what holds it and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield value, key
        yield from places(each)


def spoilt(text: bytes, random: Random) -> bytes:
    """One thing in it is another: a value, or some bytes."""
    if random.random() < 0.2:
        place = random.randrange(len(text))
        return text[:place] + bytes([random.randrange(256)]) + text[place + random.choice((0, 1, 9)) :]
    document = json.loads(text)
    holder, key = random.choice(list(places(document)))
    if isinstance(holder, dict) and random.random() < 0.2:
        del holder[key]
    else:
        holder[key] = random.choice(ODD)
    return json.dumps(document).encode()


def test_spoilt_facts_never_end_in_a_fault(made: Published) -> None:
    frame, random = frame_of(made.document), Random(5)
    for _ in range(25):
        lines = [spoilt(fact, random) if random.random() < 0.1 else fact for fact in made.facts]
        recount(lines, frame)


def test_spoilt_reports_never_end_in_a_fault(made: Published) -> None:
    report, random = made.json, Random(6)
    frame_only = json.dumps({name: made.document[name] for name in ("report", "rules")}).encode()
    for _ in range(40):
        document = json.loads(report) | json.loads(frame_only)
        for name in random.sample(("report", "rules", "comparison", "definitions"), 2):
            holder, key = random.choice(list(places(document[name])))
            holder[key] = random.choice(ODD)
        assert check_report(json.dumps(document).encode(), made.facts[:3])


@pytest.mark.parametrize("name", ["Asia", "../etc/passwd", "", "Mars/Olympus", "Asia/Shanghai\0"])
def test_a_zone_that_is_none_is_told(made: Published, name: str) -> None:
    document = made.document
    document["report"]["time_zone"] = name
    assert [one.kind for one in check_report(json.dumps(document).encode(), [])] == ["report_unreadable"]


def test_deep_nesting_is_told(made: Published) -> None:
    deep = b"[" * 100_000
    assert [one.kind for one in check_report(deep, [])] == ["report_unreadable"]
    found = recount([deep, *made.facts[1:]], frame_of(made.document))
    assert any(one.fact == 0 for one in found.problems)


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf")])
def test_what_json_has_no_place_for_is_told(made: Published, value: Any) -> None:
    document = made.document
    document["report"]["platform"] = value
    for escaped in (True, False):
        written = json.dumps(document, ensure_ascii=escaped).encode(errors="surrogatepass")
        assert [one.kind for one in verify(written, made.facts).differences] == ["report_unreadable"]


def test_a_zone_with_an_endless_name_is_told(made: Published) -> None:
    document = made.document
    document["report"]["time_zone"] = "9" * 5000
    assert verify(json.dumps(document).encode(), []).exit_code == 2


@pytest.mark.parametrize("digits", ["9" * 5000, "9" * 20])
def test_a_size_that_no_log_has_is_told(made: Published, digits: str) -> None:
    with pytest.raises(NoNote):
        read_head(f"log.example/casework\n{digits}\n{'A' * 43}=\n")


def test_a_forged_size_takes_neither_time_nor_memory(made: Published) -> None:
    found = faults_by_own_number(made.facts, 10**18)
    assert {one.kind for one in found} == {"fact_dropped"}
    assert [one.first for one in found[:2]] == [len(made.facts), len(made.facts) + 1]
    assert len(found) < 20_000


@pytest.mark.parametrize("text", ["\ud800+00000000+AAAA", "", "+", "a+b"])
def test_what_is_no_key_is_told(text: str) -> None:
    with pytest.raises(NoNote):
        read_key(text)


@pytest.mark.parametrize("index", [-1, -99, 10**30, float("inf"), "x", None, []])
def test_an_odd_receipt_is_told(index: Any) -> None:
    note = "log.example/casework\n1\n" + "A" * 43 + "=\n\n— log.example/casework AAAAAAAA\n"
    ties = Ties(read_note(note), read_head(read_note(note).text), [], {})
    found = Findings()
    check_receipt({"fact": "x", "index": index, "proof": [], "checkpoint": note}, ties, Leaves(), found)
    assert {one.kind for one in found.differences} == {"receipt_differs"}


def test_findings_on_half_a_character_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = Findings()
    found.differ("fact_wrong", "fact 0", None, "lacks keys or has unknown ones: \ud800", 0)
    assert tell(found, "en", as_json=True) == 5
    assert tell(found, "en", as_json=False) == 5
    capsys.readouterr().out.encode()
