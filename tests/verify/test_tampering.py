"""Whatever is changed in a report or in a fact that a figure reads is told, and never passed over."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from casework_verify.comparison import RepeatedKey, check_report, compare, read_report
from casework_verify.recounting import Figures, frame_of, known_of, recount
from tests.reports.histories import Habits
from tests.verify.published import Published, published

Document = dict[str, Any]
HABITS = Habits(days=50, wild=0.6)


@pytest.fixture(scope="module")
def made() -> Published:
    return published(30, 51, habits=HABITS)


@pytest.fixture(scope="module")
def counted(made: Published) -> Figures:
    """The figures of the untouched report, counted again."""
    return recount(made.facts, frame_of(made.document))


def checked(made: Published, document: Document) -> list[str]:
    """The kinds and places of all differences."""
    found = check_report(json.dumps(document).encode(), made.facts)
    return [f"{one.kind} {one.where}" for one in found]


def compared(document: Document, counted: Figures) -> list[str]:
    """The same, of what the report says of the period itself."""
    return [f"{one.kind} {one.where}" for one in compare(json.loads(json.dumps(document)), counted)]


def entries(value: Document) -> Iterator[Document]:
    """Every entry of the nested figures."""
    for each in value.values():
        if "unit" in each:
            yield each
        else:
            yield from entries(each)


def test_untouched_it_agrees(made: Published) -> None:
    assert checked(made, made.document) == []


CHANGES: dict[str, tuple[Callable[[Document], Any], str]] = {
    "a count": (
        lambda document: document["figures"]["decisions"]["total"].update(value=1),
        "figure_differs decisions.total",
    ),
    "a cell": (
        lambda document: document["figures"]["decisions"]["by_outcome"]["warning"].update(value=4321),
        "figure_differs decisions.by_outcome.warning",
    ),
    "a digit of a share": (
        lambda document: document["figures"]["filtering"]["error_rate_lower_bound"].update(value="0.123457"),
        "figure_differs filtering.error_rate_lower_bound",
    ),
    "a numerator": (
        lambda document: document["figures"]["filtering"]["error_rate_lower_bound"].update(numerator=0),
        "figure_differs filtering.error_rate_lower_bound",
    ),
    "the end of an interval": (
        lambda document: document["figures"]["review"]["agreement_rate"]["interval"].update(high="0.999999"),
        "figure_differs review.agreement_rate",
    ),
    "the name of the method": (
        lambda document: document["figures"]["review"]["agreement_rate"]["interval"].update(method="Wald 95 %"),
        "figure_differs review.agreement_rate",
    ),
    "a count as a decimal": (
        lambda document: document["figures"]["decisions"]["total"].update(
            value=float(document["figures"]["decisions"]["total"]["value"])
        ),
        "figure_differs decisions.total",
    ),
    "a cell that is hidden": (
        lambda document: document["figures"]["decisions"]["by_outcome"]["warning"].update(value=None, masked=True),
        "figure_differs decisions.by_outcome.warning",
    ),
    "a remark beside a number": (
        lambda document: document["figures"]["decisions"]["total"].update(remark="about"),
        "figure_differs decisions.total",
    ),
    "a version": (
        lambda document: document["figures"]["decisions"]["total"].update(version=2),
        "figure_differs decisions.total",
    ),
    "a figure left out": (
        lambda document: document["figures"]["decisions"].pop("total"),
        "figure_missing decisions.total",
    ),
    "a group left out": (
        lambda document: document["figures"].pop("marks"),
        "figure_missing marks.set",
    ),
    "a figure that nobody knows": (
        lambda document: document["figures"]["decisions"].update(perfect={"value": 9, "unit": "count", "version": 1}),
        "figure_unknown decisions.perfect",
    ),
    "an empty group": (
        lambda document: document["figures"].update(praise={}),
        "figure_unknown praise",
    ),
    "a number without an entry": (
        lambda document: document["figures"].update(praise=100),
        "figure_unknown praise",
    ),
    "a version of a definition": (
        lambda document: document["definitions"]["decisions.total"].update(version=2),
        "newer_report definitions.decisions.total",
    ),
    "what a share is of": (
        lambda document: document["definitions"]["marks.accuracy"].update(denominator="decisions.total"),
        "definition_differs marks.accuracy",
    ),
    "a definition left out": (
        lambda document: document["definitions"].pop("marks.accuracy"),
        "definition_differs marks.accuracy",
    ),
    "a definition that nobody knows": (
        lambda document: document["definitions"].update(more={}),
        "definition_differs more",
    ),
    "an earlier period": (
        lambda document: document["comparison"]["periods"][0].update(recorded=False),
        "comparison_differs comparison.periods",
    ),
    "an earlier value": (
        lambda document: document["comparison"]["figures"]["decisions.total"].update(earlier=[1, 2]),
        "comparison_differs comparison.decisions.total",
    ),
    "a move that was called large": (
        lambda document: document["comparison"]["figures"]["decisions.total"].update(large=None),
        "comparison_differs comparison.decisions.total",
    ),
    "the end of the period": (
        lambda document: document["report"].update(to="2026-02-01"),
        "figure_differs decisions.total",
    ),
    "T": (
        lambda document: document["report"].update(as_of="2026-01-20T00:00:00Z"),
        "figure_differs decisions.total",
    ),
    "a time that rules set": (
        lambda document: [one.update(ruling_due_days=1) for one in document["rules"]["standards"].values()],
        "figure_differs times.challenge.on_time",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_report_is_told(made: Published, counted: Figures, what: str) -> None:
    change, expected = CHANGES[what]
    document, before = made.document, made.document
    change(document)
    # Facts are counted again only where something was changed by which they are counted.
    numbers_only = document | {"figures": before["figures"]} == before
    assert expected in (compared(document, counted) if numbers_only else checked(made, document))


def test_every_number_of_the_report_is_looked_at(made: Published, counted: Figures) -> None:
    document = made.document
    changed = 0
    for entry in entries(document["figures"]):
        before = entry["value"]
        entry["value"] = "0.000001" if before is None else before + 1 if isinstance(before, int) else f"{before}1"
        changed += 1
        # One difference a number: none is forgotten, and none counts twice.
        if changed % 20 == 0:
            assert len(compare(document, counted)) == changed
    assert len(compare(document, counted)) == changed > 300


@pytest.mark.parametrize(
    "report", [b"", b"[]", b"{}", b'{"report":{}}', b"\xff", b'{"report": 1, "report": 2}', b'{"report":"2026"}']
)
def test_what_is_no_report_is_told(report: bytes) -> None:
    (difference,) = check_report(report, [])
    assert difference.kind == "report_unreadable"


def test_a_key_that_stands_twice_is_refused(made: Published) -> None:
    twice = made.json.replace(b'"figures": {', b'"figures": {}, "figures": {', 1)
    with pytest.raises(RepeatedKey):
        read_report(twice)


# Facts

READ: dict[str, tuple[str, ...]] = {
    "case.filtering_decision_recorded": (
        "decided_at", "outcome", "rule", "standard", "upload.medium", "evidence.method", "evidence.engine",
        "evidence.engine_version", "evidence.share_of_upload",
    ),
    "case.contest_lodged": ("ground",),
    "case.challenge_lodged": ("ground",),
    "case.ruling_issued": ("outcome", "availability"),
    "case.rulings_opened": ("rulings",),
    "case.ruling_submitted": ("reviewer",),
    "case.lawful_use_marked": ("mark.basis",),
    "case.notice_received": ("items", "trusted"),
    "case.notice_accepted": ("measure",),
    "case.counter_notice_accepted": ("waits",),
    "case.warning_answered": ("answer",),
    "case.case_reopened": ("cause",),
    "case.order_received": ("interim",),
    "case.outside_proceeding_opened": ("forum",),
    "case.outside_proceeding_decided": ("outcome",),
    "party.right_suspended": ("right",),
    "sample.drawn": ("design",),
    "sample.labels_opened": ("truth",),
}  # fmt: skip
"""Fields that figures rest on, by topic: some other value that stands in another fact takes the place of one."""


def field(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def put(fact: Document, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    place = fact["data"]
    for name in outer:
        place = place[name]
    place[last] = value


@pytest.fixture(scope="module")
def larger() -> tuple[Published, list[Document]]:
    """With a fact of every topic in ``READ``, of which one is seen to be another after one or two attempts."""
    made = published(50, 66, habits=HABITS)
    return made, [json.loads(fact) for fact in made.facts]


@pytest.mark.parametrize(("topic", "path"), [(topic, path) for topic, paths in READ.items() for path in paths])
def test_a_changed_field_of_a_fact_is_told(larger: tuple[Published, list[Document]], topic: str, path: str) -> None:
    made, facts = larger
    report, frame = made.document, frame_of(made.document)
    these = [fact for fact in facts if fact["topic"] == topic and field(fact["data"], path) is not None]
    values = [field(fact["data"], path) for fact in these]
    if topic == "case.filtering_decision_recorded":
        # Only decisions of the period are counted.
        these = [fact for fact in these if "2026-01-20" < fact["data"]["decided_at"] < "2026-02-15"]
    random = Random(8)
    for fact in random.sample(these, min(12, len(these))):
        others = [value for value in values if value != field(fact["data"], path)]
        other = random.choice(others) if others else "another"
        changed = copy.deepcopy(fact)
        put(changed, path, other)
        lines = list(made.facts)
        lines[fact["n"]] = json.dumps(changed).encode()
        if compare(report, recount(lines, frame)):
            return
    raise AssertionError(f"{topic} {path}: nobody noticed")


def test_a_fact_that_is_dropped_added_or_moved_is_told(made: Published) -> None:
    frame = frame_of(made.document)
    lines = made.facts
    for changed in (
        lines[:200] + lines[201:],
        [*lines[:200], lines[10], *lines[200:]],
        [*lines[:200], lines[201], lines[200], *lines[202:]],
    ):
        assert [one for one in known_of(changed, frame).problems if one.fact in (200, 201)]


def renumbered(lines: list[bytes]) -> list[bytes]:
    """What a forger would do who knows that facts are numbered."""
    facts = [json.loads(line) for line in lines]
    return [json.dumps(fact | {"n": number}).encode() for number, fact in enumerate(facts)]


def test_a_case_without_one_of_its_facts_is_told_even_when_numbered_anew(made: Published) -> None:
    frame = frame_of(made.document)
    versions: dict[str, int] = {}
    for line in made.facts:
        fact = json.loads(line)
        versions[fact["stream"]] = fact["version"]
    inner = [
        n for n, line in enumerate(made.facts) if json.loads(line)["version"] < versions[json.loads(line)["stream"]]
    ]
    for n in inner[:: len(inner) // 4]:
        assert known_of(renumbered(made.facts[:n] + made.facts[n + 1 :]), frame).problems, made.facts[n]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"", "is no public fact"),
        (b"[]", "is no public fact"),
        (b"null", "is no public fact"),
        (b'{"at":"yesterday","topic":"case.grace_expired"}', "is no public fact"),
        (b'{"at":"2026-01-01T00:00:00Z","topic":"case.grace_expired"}', "lacks keys"),
        (b'{"at":"2026-01-01T00:00:00","topic":"case.grace_expired"}', "is no public fact"),
    ],
)
def test_what_is_no_fact_is_told(made: Published, line: bytes, what: str) -> None:
    found = known_of([*made.facts[:5], line, *made.facts[6:]], frame_of(made.document))
    assert any(one.fact == 5 and what in one.what for one in found.problems)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"topic": "case.never_heard_of"}, "does not know"),
        ({"v": 9}, "has version 9"),
        ({"more": 1}, "unknown ones: more"),
        ({"n": 77}, "says that it is number 77"),
        ({"version": 9}, "is number 9"),
        ({"data": {}}, "cannot follow"),
    ],
)
def test_a_fact_that_cannot_be_right_is_told(made: Published, change: Document, what: str) -> None:
    n = next(n for n, line in enumerate(made.facts) if b"case.contest_lodged" in line)
    lines = list(made.facts)
    lines[n] = json.dumps(json.loads(lines[n]) | change).encode()
    found = known_of(lines, frame_of(made.document))
    assert any(one.fact == n and what in one.what for one in found.problems), found.problems[:3]


def test_differences_say_what_they_are(made: Published) -> None:
    document = made.document
    total = document["figures"]["decisions"]["total"]["value"]
    document["figures"]["decisions"]["total"]["value"] = 7
    lines = [*made.facts[:-1], b"{}"]
    words = [str(one) for one in check_report(json.dumps(document).encode(), lines)]
    assert any(one.startswith("decisions.total: reported 7 ") and f"recomputed {total} " in one for one in words)
    assert any(one.startswith(f"fact {len(lines) - 1} is no public fact") for one in words)
