"""Who sits on a panel: able, unbiased, least burdened, and the same choice for anyone who repeats it (E1)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from casework.domain.case.seating import Candidate, barred, choose_reviewers, needs_seats, seats_due
from casework.domain.case.state import Case
from casework.domain.deadlines import comments_until
from casework.domain.facts import Refused
from tests.samples import (
    AFTER_DISAGREEMENT,
    ANN,
    BEFORE_PANEL,
    BEFORE_RE_REVIEW,
    BEN,
    BLOCKED,
    DECIDED,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CONTEST,
    UPLOADER,
    case_of,
    contested,
    recorded,
)

CASE = case_of(*UNDER_CONTEST)
"""A Chinese video."""


def candidate(identifier: str, **changes: Any) -> Candidate:
    facts: dict[str, Any] = {"languages": frozenset({"zh", "en"}), "media": frozenset({"video"}), "load": 3}
    return Candidate(id=identifier, **(facts | changes))


def chosen(*candidates: Candidate, case: Case = CASE, count: int = 1, not_these: dict[str, str] | None = None) -> Any:
    return choose_reviewers(case, "case-1", candidates, not_these or {}, count)


def test_nobody_is_barred_from_the_start() -> None:
    assert barred(CASE, [candidate("a"), candidate("b", conflicts=frozenset({"p-somebody-else"}))]) == {}


@pytest.mark.parametrize("party", [UPLOADER.id, RIGHT_HOLDER.id])
def test_a_conflict_with_either_party_bars(party: str) -> None:
    candidates = [candidate("a", conflicts=frozenset({party, "p-x"})), candidate("b")]
    assert barred(CASE, candidates) == {"a": "conflict_of_interest"}


def test_a_part_in_an_earlier_decision_bars() -> None:
    assert barred(CASE, [], ["a"]) == {"a": "earlier_ruling"}
    assert barred(case_of(*AFTER_DISAGREEMENT), []) == {ANN.id: "earlier_ruling", BEN.id: "earlier_ruling"}
    assert barred(case_of(*BEFORE_PANEL), []) == {}


def test_a_conflict_is_named_before_an_earlier_decision() -> None:
    candidates = [candidate("a", conflicts=frozenset({UPLOADER.id}))]
    assert barred(CASE, candidates, ["a"]) == {"a": "conflict_of_interest"}


def test_language_comes_before_speciality_and_speciality_before_load() -> None:
    speaks_and_knows = candidate("a", load=9)
    speaks = candidate("b", media=frozenset({"text"}), load=2)
    knows = candidate("c", languages=frozenset({"en"}), load=1)
    neither = candidate("d", languages=frozenset({"en"}), media=frozenset({"text"}), load=0)
    assert chosen(neither, knows, speaks, speaks_and_knows, count=4) == ("a", "b", "c", "d")


def test_the_least_burdened_is_chosen() -> None:
    assert chosen(candidate("a", load=2), candidate("b", load=0), candidate("c", load=1), count=2) == ("b", "c")


def test_who_names_no_speciality_knows_everything() -> None:
    assert chosen(candidate("a", media=frozenset({"text"}), load=0), candidate("b", media=frozenset())) == ("b",)


@pytest.mark.parametrize("language", ["zh", "zh-CN", "ZH-Hant"])
def test_a_dialect_counts_as_its_language(language: str) -> None:
    case = case_of(recorded(upload__language=language), contested())
    assert chosen(candidate("a", languages=frozenset({"en"}), load=0), candidate("b"), case=case) == ("b",)


def test_an_upload_without_language_is_for_everybody() -> None:
    case = case_of(recorded(upload__language=None), contested())
    assert chosen(candidate("a", languages=frozenset()), candidate("b", load=9), case=case) == ("a",)


def test_ties_are_broken_evenly_and_the_same_way_for_everyone() -> None:
    candidates = [candidate(name) for name in "abcd"]
    first = Counter(choose_reviewers(CASE, f"case-{number}", candidates, {}, 1)[0] for number in range(400))
    again = Counter(choose_reviewers(CASE, f"case-{number}", candidates[::-1], {}, 1)[0] for number in range(400))
    assert first == again
    assert all(70 <= first[name] <= 130 for name in "abcd")


def test_refuses_where_too_few_are_able() -> None:
    with pytest.raises(Refused, match="too_few_reviewers") as refusal:
        chosen(candidate("a"), candidate("b"), count=2, not_these={"b": "conflict_of_interest"})
    assert refusal.value.details == {"needed": "2", "able": "1"}
    assert chosen(candidate("a"), candidate("b"), not_these={"b": "earlier_ruling"}) == ("a",)


def test_a_panel_is_due_when_the_time_for_comments_of_both_sides_is_over() -> None:
    case = case_of(*UNDER_CONTEST)
    until = comments_until(case.appeals[-1], STANDARD)
    assert not seats_due(case, STANDARD, until - timedelta(microseconds=1))
    assert seats_due(case, STANDARD, until)
    assert needs_seats(case)


def test_a_third_reviewer_is_due_at_once_and_nobody_once_the_seats_are_taken() -> None:
    disagreed = case_of(*AFTER_DISAGREEMENT)
    assert seats_due(disagreed, STANDARD, disagreed.appeals[-1].lodged_at)
    for facts in (BEFORE_PANEL, BEFORE_RE_REVIEW, DECIDED, (BLOCKED,)):
        case = case_of(*facts)
        assert not needs_seats(case)
        assert not seats_due(case, STANDARD, case.informed_at + timedelta(days=400))
