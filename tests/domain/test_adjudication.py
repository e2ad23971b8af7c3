"""Contest, challenge, and what both sides put forward until the reviewers decide (C3, D1; invariant 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from casework.domain.case.adjudication import MOST_EXHIBITS, MOST_STATEMENTS, LodgeContest, SubmitEvidence
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.facts import Actor, Command, Event, Role
from casework.domain.values import Availability, ContestGround, Remedy, StatementOfReasons
from tests.samples import (
    AFTER_DISAGREEMENT,
    AFTER_FIRST_RULING,
    ANN,
    BEFORE_PANEL,
    BEFORE_RE_REVIEW,
    BLOCKED,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    OFFICER,
    RESTORING,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    case_of,
    challenged,
    contested,
    file,
    later,
    marked,
    on,
    reference,
    stated,
    submitted,
    to_challenge,
    to_contest,
    to_state,
    to_submit,
    withdrawn,
)
from tests.spec import given

INSTANT = timedelta(microseconds=1)
SIDES = [UPLOADER, RIGHT_HOLDER]
STRANGERS = [
    ANN,
    OFFICER,
    CLOCK,
    Actor(role=Role.UPLOADER, id="p-somebody-else"),
    Actor(role=Role.RIGHT_HOLDER, id="p-somebody-else"),
    Actor(role=Role.UPLOADER, id=RIGHT_HOLDER.id),
    Actor(role=Role.RIGHT_HOLDER, id=UPLOADER.id),
]
STILL_BLOCKED = StatementOfReasons(
    measure=Availability.BLOCKED,
    standard=STANDARD.id,
    rule=BLOCKED.rule,
    remedies=(Remedy.AUTHORITY, Remedy.COURT),
)
WITHDRAWN_CONTEST = withdrawn(Role.UPLOADER, Availability.BLOCKED, STILL_BLOCKED)
WITHDRAWN_CHALLENGE = withdrawn(Role.RIGHT_HOLDER, Availability.PUBLIC)

# Contest


def test_the_uploader_contests_a_block() -> None:
    given(BLOCKED).when(to_contest(), by=UPLOADER).then(contested())
    case = case_of(BLOCKED, on(later(days=1), contested(segments=(1,))))
    assert case.procedure is Procedure.ADJUDICATION
    assert case.availability is Availability.BLOCKED
    assert case.under_appeal
    appeal = case.appeal
    assert appeal is not None
    assert (appeal.number, appeal.kind, appeal.lodged_at) == (1, AppealKind.CONTEST, later(days=1))
    assert (appeal.side, appeal.other_side) == (Role.UPLOADER, Role.RIGHT_HOLDER)
    assert appeal.segments == (1,)


def test_files_come_in_with_the_contest() -> None:
    given(BLOCKED).when(to_contest(file("a"), file("b")), by=UPLOADER).then(
        contested(), submitted(Role.UPLOADER, file("a")), submitted(Role.UPLOADER, file("b"))
    )


def test_a_standard_may_restore_on_contest() -> None:
    given(BLOCKED).when(to_contest(), by=UPLOADER, under=RESTORING).then(contested(restored=True))
    assert case_of(BLOCKED, contested(restored=True)).availability is Availability.PUBLIC


@pytest.mark.parametrize("segments", [(0,), (1,), (0, 1), (1, 0)])
def test_a_contest_may_concern_single_segments(segments: tuple[int, ...]) -> None:
    given(BLOCKED).when(to_contest(segments=segments), by=UPLOADER).then(contested(segments=segments))


@pytest.mark.parametrize("segments", [(2,), (0, 2), (2**53,)])
def test_refuses_a_contest_of_segments_that_are_not_there(segments: tuple[int, ...]) -> None:
    given(BLOCKED).when(to_contest(segments=segments), by=UPLOADER).refuses("segment_unknown", known="2")


def test_the_contest_window_closes_180_days_after_the_uploader_was_told() -> None:
    end = later(days=180)
    given(BLOCKED).when(to_contest(), by=UPLOADER, at=end - INSTANT).then(contested())
    given(BLOCKED).when(to_contest(), by=UPLOADER, at=end).refuses("window_closed", until=end.isoformat())
    given(BLOCKED).when(to_contest(), by=UPLOADER, at=end + INSTANT).refuses("window_closed")


def test_the_same_contest_again_changes_nothing() -> None:
    given(*UNDER_CONTEST).when(to_contest(), by=UPLOADER).nothing()
    given(*BEFORE_PANEL).when(to_contest(file()), by=UPLOADER, at=later(days=500)).nothing()


@pytest.mark.parametrize("facts", [UNDER_CONTEST, BEFORE_PANEL, AFTER_FIRST_RULING, BEFORE_RE_REVIEW, UNDER_CHALLENGE])
def test_refuses_another_contest_while_an_appeal_is_open(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_contest(reasons="other reasons"), by=UPLOADER).refuses("already_under_appeal")


@pytest.mark.parametrize(
    "facts",
    [
        (WARNED,),
        (LAWFUL,),
        (CLEARED,),
        (MARKED_BEFORE,),
        (BLOCKED, marked()),
        DECIDED,
        (*UNDER_CONTEST, WITHDRAWN_CONTEST),
    ],
)
def test_refuses_a_contest_where_nothing_is_blocked_by_the_machine(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_contest(), by=UPLOADER).refuses("nothing_to_contest")


@pytest.mark.parametrize("stranger", [RIGHT_HOLDER, *STRANGERS])
def test_refuses_a_contest_by_anyone_but_the_uploader(stranger: Actor) -> None:
    given(BLOCKED).when(to_contest(), by=stranger).refuses("not_your_step")
    given(*UNDER_CONTEST).when(to_contest(), by=stranger).refuses("not_your_step")


# Challenge


@pytest.mark.parametrize("facts", [(LAWFUL,), (MARKED_BEFORE,), (BLOCKED, marked()), (WARNED, marked())])
def test_the_right_holder_challenges_a_lawful_use_and_it_stays_public(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_challenge(), by=RIGHT_HOLDER).then(challenged())
    case = case_of(*facts, challenged())
    assert case.availability is Availability.PUBLIC
    appeal = case.appeal
    assert appeal is not None
    assert appeal.kind is AppealKind.CHALLENGE
    assert (appeal.side, appeal.other_side) == (Role.RIGHT_HOLDER, Role.UPLOADER)
    assert appeal.exceptions_considered == reference("exceptions considered")


def test_files_come_in_with_the_challenge() -> None:
    given(LAWFUL).when(to_challenge(file()), by=RIGHT_HOLDER).then(challenged(), submitted(Role.RIGHT_HOLDER))


def test_the_challenge_window_runs_from_being_told_of_the_use() -> None:
    end = later(days=180)
    given(LAWFUL).when(to_challenge(), by=RIGHT_HOLDER, at=end - INSTANT).then(challenged())
    given(LAWFUL).when(to_challenge(), by=RIGHT_HOLDER, at=end).refuses("window_closed", until=end.isoformat())


def test_the_challenge_window_of_a_later_mark_runs_from_that_mark() -> None:
    facts = (BLOCKED, on(later(days=100), marked()))
    end = later(days=280)
    given(*facts).when(to_challenge(), by=RIGHT_HOLDER, at=end - INSTANT).then(challenged())
    given(*facts).when(to_challenge(), by=RIGHT_HOLDER, at=end).refuses("window_closed", until=end.isoformat())


def test_the_same_challenge_again_changes_nothing() -> None:
    given(*UNDER_CHALLENGE).when(to_challenge(), by=RIGHT_HOLDER).nothing()


@pytest.mark.parametrize("facts", [UNDER_CHALLENGE, UNDER_CONTEST, AFTER_DISAGREEMENT])
def test_refuses_another_challenge_while_an_appeal_is_open(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_challenge(reasons="other reasons"), by=RIGHT_HOLDER).refuses("already_under_appeal")


@pytest.mark.parametrize("facts", [(WARNED,), (BLOCKED,), (CLEARED,), DECIDED, (*UNDER_CHALLENGE, WITHDRAWN_CHALLENGE)])
def test_refuses_a_challenge_where_nothing_was_presumed_lawful(facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_challenge(), by=RIGHT_HOLDER).refuses("nothing_to_challenge")


@pytest.mark.parametrize("stranger", [UPLOADER, *STRANGERS])
def test_refuses_a_challenge_by_anyone_but_the_right_holder(stranger: Actor) -> None:
    given(LAWFUL).when(to_challenge(), by=stranger).refuses("not_your_step")
    given(*UNDER_CHALLENGE).when(to_challenge(), by=stranger).refuses("not_your_step")


# Statements and evidence


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [UNDER_CONTEST, UNDER_CHALLENGE])
def test_both_sides_comment_and_submit_evidence(side: Actor, facts: tuple[Event, ...]) -> None:
    given(*facts).when(to_state(), by=side).then(stated(side.role))
    given(*facts).when(to_submit(), by=side).then(submitted(side.role))


def test_comments_and_evidence_keep_their_side_and_moment() -> None:
    case = case_of(
        UNDER_CONTEST,
        on(later(hours=1), stated(Role.UPLOADER)),
        on(later(hours=2), submitted(Role.RIGHT_HOLDER)),
    )
    (statement,), (exhibit,) = case.statements, case.exhibits
    assert (statement.side, statement.statement, statement.at) == (
        Role.UPLOADER,
        reference("my comment"),
        later(hours=1),
    )
    assert (exhibit.side, exhibit.evidence, exhibit.at) == (Role.RIGHT_HOLDER, file(), later(hours=2))


@pytest.mark.parametrize("step", [to_state(), to_submit()])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    "facts", [(BLOCKED,), (LAWFUL,), DECIDED, (*UNDER_CONTEST, WITHDRAWN_CONTEST), (BLOCKED, marked())]
)
def test_refuses_comments_without_an_open_appeal(step: Command, side: Actor, facts: tuple[Event, ...]) -> None:
    given(*facts).when(step, by=side).refuses("no_open_appeal")


@pytest.mark.parametrize("step", [to_state(), to_submit()])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [BEFORE_PANEL, AFTER_FIRST_RULING, AFTER_DISAGREEMENT, BEFORE_RE_REVIEW])
def test_refuses_comments_once_the_panel_is_seated(step: Command, side: Actor, facts: tuple[Event, ...]) -> None:
    given(*facts).when(step, by=side).refuses("comments_closed")


@pytest.mark.parametrize("step", [to_state(), to_submit()])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_refuses_comments_by_strangers(step: Command, stranger: Actor) -> None:
    given(*UNDER_CONTEST).when(step, by=stranger).refuses("not_your_step")


def test_the_same_comment_again_changes_nothing() -> None:
    given(*UNDER_CONTEST, stated(Role.UPLOADER)).when(to_state(), by=UPLOADER).nothing()
    given(*UNDER_CONTEST, stated(Role.UPLOADER)).when(to_state(), by=RIGHT_HOLDER).then(stated(Role.RIGHT_HOLDER))
    given(*UNDER_CONTEST, stated(Role.UPLOADER)).when(to_state("more"), by=UPLOADER).then(stated(Role.UPLOADER, "more"))


def test_the_same_file_again_changes_nothing_for_the_same_side() -> None:
    facts = (*UNDER_CONTEST, submitted(Role.UPLOADER, file("a", content="x")))
    renamed = file("b", content="x")
    given(*facts).when(to_submit(renamed), by=UPLOADER).nothing()
    given(*facts).when(to_submit(renamed), by=RIGHT_HOLDER).then(submitted(Role.RIGHT_HOLDER, renamed))
    given(*facts).when(to_submit(renamed, file("c")), by=UPLOADER).then(submitted(Role.UPLOADER, file("c")))


def test_the_same_file_twice_in_one_submission_counts_once() -> None:
    one, other, two = file("a", content="x"), file("c"), file("b", content="x")
    given(*UNDER_CONTEST).when(to_submit(one, other, two), by=UPLOADER).then(
        submitted(Role.UPLOADER, one), submitted(Role.UPLOADER, other)
    )
    given(BLOCKED).when(to_contest(one, two), by=UPLOADER).then(contested(), submitted(Role.UPLOADER, one))


@pytest.mark.parametrize(("side", "other"), [SIDES, SIDES[::-1]])
def test_each_side_has_its_own_number_of_statements(side: Actor, other: Actor) -> None:
    full = [stated(side.role, str(number)) for number in range(MOST_STATEMENTS)]
    given(*UNDER_CONTEST, *full[:-1]).when(to_state(), by=side).then(stated(side.role))
    given(*UNDER_CONTEST, *full).when(to_state(), by=side).refuses("too_many_statements", most=str(MOST_STATEMENTS))
    given(*UNDER_CONTEST, *full).when(to_state("0"), by=side).nothing()
    given(*UNDER_CONTEST, *full).when(to_state(), by=other).then(stated(other.role))


@pytest.mark.parametrize(("side", "other"), [SIDES, SIDES[::-1]])
def test_each_side_has_its_own_number_of_files(side: Actor, other: Actor) -> None:
    full = [submitted(side.role, file(str(number))) for number in range(MOST_EXHIBITS)]
    given(*UNDER_CONTEST, *full[:-1]).when(to_submit(file("a")), by=side).then(submitted(side.role, file("a")))
    answer = given(*UNDER_CONTEST, *full[:-1]).when(to_submit(file("a"), file("b")), by=side)
    answer.refuses("too_many_files", most=str(MOST_EXHIBITS))
    given(*UNDER_CONTEST, *full).when(to_submit(file("a")), by=side).refuses("too_many_files")
    given(*UNDER_CONTEST, *full).when(to_submit(file("0")), by=side).nothing()
    given(*UNDER_CONTEST, *full).when(to_submit(file("a")), by=other).then(submitted(other.role, file("a")))


def test_a_submission_has_between_one_and_ten_files() -> None:
    assert len(to_submit(*(file(str(number)) for number in range(10))).evidence) == 10
    with pytest.raises(ValidationError, match="at most 10"):
        to_submit(*(file(str(number)) for number in range(11)))
    with pytest.raises(ValidationError, match="at least 1"):
        SubmitEvidence(evidence=())


def test_a_contest_names_2000_segments_at_most() -> None:
    fields: dict[str, Any] = {"ground": ContestGround.OTHER, "reasons": reference("r")}
    assert len(LodgeContest(**fields, segments=(0,) * 2000).segments) == 2000
    with pytest.raises(ValidationError, match="at most 2000"):
        LodgeContest(**fields, segments=(0,) * 2001)


# Withdrawal


@pytest.mark.parametrize("facts", [UNDER_CONTEST, BEFORE_PANEL, AFTER_FIRST_RULING, AFTER_DISAGREEMENT])
def test_a_withdrawn_contest_leaves_the_block_with_its_reasons(facts: tuple[Event, ...]) -> None:
    given(*facts).when(TO_WITHDRAW, by=UPLOADER).then(WITHDRAWN_CONTEST)
    case = case_of(*facts, WITHDRAWN_CONTEST)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.BLOCKED)
    assert not case.under_appeal


def test_a_withdrawn_contest_takes_back_its_restoration_with_reasons() -> None:
    facts = (BLOCKED, contested(restored=True))
    given(*facts).when(TO_WITHDRAW, by=UPLOADER, under=RESTORING).then(WITHDRAWN_CONTEST)
    assert case_of(*facts, WITHDRAWN_CONTEST).availability is Availability.BLOCKED


def test_the_reasons_after_a_withdrawal_name_only_remedies_that_are_left() -> None:
    closed = given(*UNDER_CONTEST, WITHDRAWN_CONTEST)
    closed.when(to_contest(reasons="second thoughts"), by=UPLOADER).refuses("nothing_to_contest")
    closed.when(to_state(), by=UPLOADER).refuses("no_open_appeal")
    assert STILL_BLOCKED.contest_until is None
    assert set(STILL_BLOCKED.remedies) == {Remedy.AUTHORITY, Remedy.COURT}


@pytest.mark.parametrize("facts", [UNDER_CHALLENGE, (BLOCKED, marked(), challenged())])
def test_a_withdrawn_challenge_leaves_the_upload_public(facts: tuple[Event, ...]) -> None:
    given(*facts).when(TO_WITHDRAW, by=RIGHT_HOLDER).then(WITHDRAWN_CHALLENGE)
    assert case_of(*facts, WITHDRAWN_CHALLENGE).availability is Availability.PUBLIC


def test_withdrawing_twice_changes_nothing() -> None:
    given(*UNDER_CONTEST, WITHDRAWN_CONTEST).when(TO_WITHDRAW, by=UPLOADER).nothing()
    given(*UNDER_CHALLENGE, WITHDRAWN_CHALLENGE).when(TO_WITHDRAW, by=RIGHT_HOLDER).nothing()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("facts", [(BLOCKED,), (LAWFUL,), DECIDED])
def test_refuses_to_withdraw_what_is_not_open(side: Actor, facts: tuple[Event, ...]) -> None:
    given(*facts).when(TO_WITHDRAW, by=side).refuses("no_open_appeal")


def test_refuses_to_withdraw_the_appeal_of_the_other_side() -> None:
    given(*UNDER_CONTEST).when(TO_WITHDRAW, by=RIGHT_HOLDER).refuses("not_your_appeal")
    given(*UNDER_CHALLENGE).when(TO_WITHDRAW, by=UPLOADER).refuses("not_your_appeal")
    given(*UNDER_CONTEST, WITHDRAWN_CONTEST).when(TO_WITHDRAW, by=RIGHT_HOLDER).refuses("no_open_appeal")


@pytest.mark.parametrize("stranger", STRANGERS)
def test_refuses_a_withdrawal_by_strangers(stranger: Actor) -> None:
    given(*UNDER_CONTEST).when(TO_WITHDRAW, by=stranger).refuses("not_your_step")
    given(*UNDER_CONTEST, WITHDRAWN_CONTEST).when(TO_WITHDRAW, by=stranger).refuses("not_your_step")
