"""Statements of reasons: every restriction of random histories gives a valid one, and what is spoilt is refused."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest

from casework.domain.case import events as facts
from casework.domain.case.evolution import evolve
from casework.domain.case.reasons import RESTRICTED
from casework.domain.facts import Role
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import pseudonym
from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.restrictions import Restriction, outcomes, restrictions
from casework.reports.dsa.statement_rules import batch_faults, faults
from casework.reports.dsa.statements import Manner, puid_of, statement_of
from tests.reports.histories import ALMOST, SHANGHAI, as_recorded, played

MANNER = Manner("https://video.example", SHANGHAI)
TERMS = Manner("https://video.example", SHANGHAI, filter_ground=words.INCOMPATIBLE)
Statement = dict[str, Any]


def keyed(kind: str, outside: str) -> str:
    return pseudonym(b"a secret for tests that is long enough", kind, outside)


@cache
def histories() -> dict[Any, list[Recorded]]:
    found: dict[Any, list[Recorded]] = {}
    for one in as_recorded(played(120, seed=61)):
        if one.event.TOPIC.startswith("case."):
            found.setdefault(one.stream, []).append(one)
    return found


@cache
def made() -> list[tuple[Restriction, Statement]]:
    return [
        (one, statement_of(one, puid_of(keyed, stream, one.number), MANNER))
        for stream, history in histories().items()
        for one in restrictions(history)
    ]


def test_every_restriction_of_random_histories_gives_a_valid_statement() -> None:
    found = made()
    assert len(found) > 60
    assert {json.dumps(faults(statement)) for _, statement in found} == {"[]"}
    kinds = {(one["decision_visibility"][0], one["source_type"], one["automated_decision"]) for _, one in found}
    assert {kind for kind, _, _ in kinds} >= {
        "DECISION_VISIBILITY_CONTENT_DISABLED",
        "DECISION_VISIBILITY_CONTENT_LABELLED",
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "DECISION_VISIBILITY_OTHER",
    }
    assert {source for _, source, _ in kinds} == set(words.SOURCES)
    assert {automation for _, _, automation in kinds} == set(words.AUTOMATION)


def test_no_restriction_is_missing() -> None:
    """A naive look: whenever the public sees less than before and no order says so, there is a statement."""
    for history in histories().values():
        case, seen = None, None
        wanted = []
        for recorded in history:
            case = evolve(case, recorded)
            now = (case.availability, case.binding_order is not None)
            if now != seen and now[0] in RESTRICTED and not now[1]:
                wanted.append(recorded.version)
            seen = now
        found = restrictions(history)
        assert [one.number for one in found] == wanted
        assert all(getattr(one.recorded.event, "statement_of_reasons", None) for one in found)


def test_puids_are_unique_and_derived() -> None:
    puids = [statement["puid"] for _, statement in made()]
    assert len(set(puids)) == len(puids)
    assert batch_faults([statement for _, statement in made()][:100]) == {}
    stream, history = next(each for each in histories().items() if restrictions(each[1]))
    first = restrictions(history)[0]
    shorter = restrictions(history[: first.number])[0]
    assert puid_of(keyed, stream, shorter.number) == puid_of(keyed, stream, first.number)
    assert str(stream) not in puid_of(keyed, stream, first.number)


def test_automation_is_computed_from_the_events() -> None:
    for history in histories().values():
        for one in restrictions(history):
            before = history[: one.number]
            people = [each for each in before if each.by.role not in (Role.MATCHER, Role.CLOCK)]
            assert (one.automation == words.FULLY) == (not people)
            assert one.detected_by_machine
    hit = [one for one, _ in made() if isinstance(one.recorded.event, facts.FilteringDecisionRecorded)]
    assert {(one.source, one.automation) for one in hit} == {(words.VOLUNTARY, words.FULLY)}


def test_nothing_of_a_person_stands_in_a_statement() -> None:
    for one, statement in made():
        decision = one.decision
        text = json.dumps(statement)
        for secret in (decision.upload.uploader, decision.work.right_holder, decision.upload.id, decision.decision_id):
            assert not re.search(rf"\b{re.escape(secret)}\b", text)
        assert "source_identity" not in statement


def test_the_share_is_told_without_rounding_it_across_a_limit() -> None:
    shares = set()
    for restriction, statement in made():
        share = restriction.decision.evidence.share_of_upload
        told = re.search(r"comes from the work: ([0-9.]+) %", statement["decision_facts"])
        assert (share is None) == (told is None)
        if share is not None and told is not None:
            assert Fraction(told[1]) == Fraction(share) * 100
            shares.add(str(share))
    assert ALMOST in shares


def test_the_ground_is_the_platforms_choice_for_its_own_filter_alone() -> None:
    for one, _ in made():
        statement = statement_of(one, "x-1", TERMS)
        assert not faults(statement)
        alone = one.source == words.VOLUNTARY and not one.bases
        assert (statement["decision_ground"] == words.INCOMPATIBLE) == alone


def test_later_outcomes_are_kept_beside_the_puid() -> None:
    found = [(history, outcomes(history)) for history in histories().values()]
    kinds = {one.outcome for _, ended in found for one in ended}
    assert kinds == {"ended", "changed", "withdrawn", "overlaid"}
    for history, ended in found:
        numbers = {one.number for one in restrictions(history)}
        assert {one.number for one in ended} <= numbers
        assert len({one.number for one in ended}) == len(ended)
        for one in ended:
            by = [each for each in history[one.number :] if one.cause == each.event.TOPIC and each.occurred == one.at]
            assert by, "it ended by an event after it"


def sample() -> Statement:
    return next(copy.deepcopy(one) for _, one in made() if one["source_type"] == words.VOLUNTARY)


Spoil = Callable[[Statement], object]
SPOILT: dict[str, tuple[str, Spoil]] = {
    **{
        f"without {name}": (name, lambda one, name=name: one.pop(name))  # type: ignore[misc]
        for name in (
            "decision_visibility", "decision_ground", "category", "content_type", "content_date", "territorial_scope",
            "application_date", "decision_facts", "source_type", "automated_detection", "automated_decision", "puid",
            "illegal_content_legal_ground", "illegal_content_explanation",
        )
    },
    **{
        f"{name} is {value!r}"[:60]: (name, lambda one, name=name, value=value: one.update({name: value}))  # type: ignore[misc]
        for name, value in (
            ("decision_visibility", []), ("decision_visibility", "DECISION_VISIBILITY_CONTENT_DISABLED"),
            ("decision_visibility", ["DECISION_VISIBILITY_HIDDEN"]), ("decision_visibility_other", "words"),
            ("decision_visibility", ["DECISION_VISIBILITY_OTHER", "DECISION_VISIBILITY_OTHER"]),
            ("decision_monetary", "DECISION_MONETARY_FINE"), ("decision_monetary_other", "words"),
            ("decision_provision", "TOTAL"), ("decision_account", ["DECISION_ACCOUNT_SUSPENDED"]),
            ("account_type", "ACCOUNT_TYPE_ROBOT"), ("end_date_visibility_restriction", "2026-02-30"),
            ("end_date_visibility_restriction", "2020-01-02"), ("end_date_account_restriction", "2030-01-01"),
            ("decision_ground", "DECISION_GROUND_TASTE"), ("decision_ground_reference_url", "standards/cn"),
            ("decision_ground_reference_url", "https://e.example/" + "a" * 500),
            ("illegal_content_legal_ground", "a" * 501), ("illegal_content_explanation", "a" * 2001),
            ("illegal_content_explanation", " "), ("illegal_content_explanation", 7),
            ("incompatible_content_ground", "terms"), ("incompatible_content_explanation", "terms"),
            ("incompatible_content_illegal", "Yes"), ("category", "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"),
            ("category", ["STATEMENT_CATEGORY_VIOLENCE"]), ("category_addition", ["COPYRIGHT"]),
            ("category_specification", ["KEYWORD_NUDITY"]), ("category_specification_other", "words"),
            ("content_type", ["CONTENT_TYPE_BOOK"]), ("content_type", "CONTENT_TYPE_TEXT"),
            ("content_type_other", "words"), ("content_language", "de"), ("content_language", "XX"),
            ("content_date", "1999-12-31"), ("content_date", "2038-01-02"), ("content_date", "01.02.2026"),
            ("content_date", date(2026, 1, 1)), ("content_id", {"ISBN": "1"}), ("content_id", {"EAN-13": "12"}),
            ("territorial_scope", ["UK"]), ("territorial_scope", []), ("territorial_scope", ["de"]),
            ("application_date", "2019-12-31"), ("application_date", "2026-13-01"), ("decision_facts", "a" * 5001),
            ("source_type", "SOURCE_POLICE"), ("source_identity", "somebody"), ("automated_detection", True),
            ("automated_detection", "yes"), ("automated_decision", "FULLY"), ("puid", "a b"), ("puid", ""),
            ("puid", "a" * 501), ("puid", "é"), ("uuid", "set by the server"),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", list(SPOILT))
def test_spoilt_statements_are_refused(name: str) -> None:
    statement = sample()
    assert not faults(statement)
    field, spoil = SPOILT[name]
    spoil(statement)
    assert field in {one.field for one in faults(statement)}


def test_every_statement_is_refused_once_a_field_is_lost_or_spoilt() -> None:
    random = Random(5)
    for _, statement in made():
        field = random.choice([name for name in statement if name not in OPTIONAL])
        without = {name: value for name, value in statement.items() if name != field}
        assert field in {one.field for one in faults(without)} or field == "decision_visibility"
        assert faults(without)
        name = random.choice(list(statement))
        for wrong in SPOILING:
            assert name in {one.field for one in faults({**statement, name: wrong})}, (name, wrong)


OPTIONAL = ("decision_ground_reference_url", "category_specification", "content_language")
SPOILING: tuple[Any, ...] = (None, 7, "", [], {}, ["?"], "x" * 5001)


def test_other_fields_need_their_words() -> None:
    for field, value, other in (
        ("decision_visibility", ["DECISION_VISIBILITY_OTHER"], "decision_visibility_other"),
        ("decision_monetary", "DECISION_MONETARY_OTHER", "decision_monetary_other"),
        ("content_type", ["CONTENT_TYPE_OTHER"], "content_type_other"),
        ("category_specification", ["KEYWORD_OTHER"], "category_specification_other"),
    ):
        statement = {**sample(), field: value}
        assert [(one.field, one.code) for one in faults(statement)] == [(other, "missing")]
        assert not faults({**statement, other: "in words"})


def test_batches_hold_1_to_100_statements_and_no_puid_twice() -> None:
    statements = [{**sample(), "puid": f"p-{number}"} for number in range(101)]
    assert batch_faults(statements[:100]) == {}
    assert list(batch_faults(statements)) == [-1]
    assert list(batch_faults([])) == [-1]
    assert [one.code for one in batch_faults([statements[0], statements[0]])[1]] == ["repeated"]
