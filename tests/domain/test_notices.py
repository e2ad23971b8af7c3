"""Notices: who may send them on what, what they must hold, cure, measures, barred repeats, withdrawal (D3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.events import FurtherReviewRequested, UploadWithdrawn, WarningAnswered
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import (
    NoticeAmended,
    NoticeLapsed,
    NoticeRejected,
    NoticeWithdrawn,
    RepeatNoticeBarred,
)
from casework.domain.case.notices import (
    FindNoticeDeficient,
    ReceiveNotice,
    RejectNotice,
    WithdrawNotice,
    is_presumed_lawful,
    require_cure_open,
)
from casework.domain.case.panel import availability_after
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Regime
from casework.domain.values import Availability, Measure, Remedy, RulingOutcome, StatementOfReasons, WarningAnswer
from tests.domain.notice_samples import (
    AMERICA,
    CIVIL_CODE,
    COUNTER_FORWARDED,
    E_COMMERCE,
    EUROPE,
    FORWARDED,
    GERMANY,
    INTAKE,
    NETWORK_RIGHTS,
    accepted,
    counter_accepted,
    countered,
    deficient,
    measured,
    notice_elements,
    ordered,
    received,
    restored_at_once,
    sued,
    take,
    to_accept,
    to_notify,
    waiting,
    whole,
)
from tests.samples import (
    ANN,
    BLOCKED,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    OFFICER,
    RIGHT_HOLDER,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    Fact,
    challenged,
    contested,
    issued,
    later,
    marked,
    on,
    recorded,
    reference,
    to_contest,
)

LOCATION, IDENTITY, CONTACT = NoticeElement.LOCATION, NoticeElement.IDENTITY, NoticeElement.CONTACT
ALL_REGIMES = (CIVIL_CODE, E_COMMERCE, NETWORK_RIGHTS, GERMANY, EUROPE, AMERICA)
NOT_STAFF = (UPLOADER, RIGHT_HOLDER, ANN, CLOCK)
WITHDRAWN = UploadWithdrawn()
REJECTED = NoticeRejected(notice=1, reasons=reference("unfounded"))
LAPSED = NoticeLapsed(notice=1, due_at=later(days=5))
TAKE_BACK = WithdrawNotice()


def suspended(**more: bool) -> dict[Role, Standing]:
    return {Role.RIGHT_HOLDER: Standing({Right.NOTICES: later(days=3)}, **more)}


# Receipt


@pytest.mark.parametrize("regime", ALL_REGIMES, ids=lambda regime: regime.id)
def test_a_right_holder_gives_notice_of_what_is_public(regime: Regime) -> None:
    take((LAWFUL,), to_notify(regime), RIGHT_HOLDER, regime).then(received(regime))
    case = whole(LAWFUL, received(regime))
    assert case.procedure is Procedure.NOTICE_CHECK
    assert case.availability is Availability.PUBLIC


@pytest.mark.parametrize(
    "facts",
    [
        (LAWFUL,),
        (CLEARED,),
        (MARKED_BEFORE,),
        (BLOCKED, marked()),
        UNDER_CHALLENGE,
        DECIDED,
        (LAWFUL, received(), REJECTED),
        (BLOCKED, ordered(Availability.PUBLIC)),
        (*DECIDED[:-1], issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED)),
    ],
)
def test_any_public_state_will_do(facts: tuple[Event | Fact, ...]) -> None:
    number = 1 + len(whole(*facts).notices)
    take(facts, to_notify(), RIGHT_HOLDER).then(received(notice=number))


def test_a_notice_from_a_warning_is_the_answer_to_it() -> None:
    answered = WarningAnswered(answer=WarningAnswer.NOTIFY)
    take((WARNED,), to_notify(), RIGHT_HOLDER).then(answered, received())
    assert whole(WARNED, answered, received()).procedure is Procedure.NOTICE_CHECK


def test_an_incomplete_notice_is_taken_in_as_it_is() -> None:
    take((LAWFUL,), to_notify(E_COMMERCE, LOCATION), RIGHT_HOLDER).then(received(E_COMMERCE, LOCATION))
    nothing = ReceiveNotice(elements=(), content=reference("the notice"))
    take((LAWFUL,), nothing, RIGHT_HOLDER).then(received(E_COMMERCE, *notice_elements()))


def test_items_measure_sought_and_trust_are_recorded() -> None:
    notice = ReceiveNotice(
        elements=(IDENTITY, IDENTITY), content=reference("the notice"), items=3, measure_sought=Measure.LABEL
    )
    expected = received().model_copy(
        update={"elements": ("identity",), "items": 3, "measure_sought": Measure.LABEL, "trusted": True}
    )
    for standing in (Standing(trusted=True), Standing(flagger=True)):
        take((LAWFUL,), notice, RIGHT_HOLDER, standings={Role.RIGHT_HOLDER: standing}).then(expected)


@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST, (LAWFUL, ordered())])
def test_refuses_a_notice_of_what_is_not_public(facts: tuple[Event, ...]) -> None:
    take(facts, to_notify(), RIGHT_HOLDER).refuses("nothing_to_notify")


@pytest.mark.parametrize("facts", [(LAWFUL, received()), (MARKED_BEFORE, *measured()), (MARKED_BEFORE, *waiting())])
def test_refuses_a_second_notice_while_one_is_open(facts: tuple[Event, ...]) -> None:
    take(facts, to_notify(words="another"), RIGHT_HOLDER).refuses("notice_open")


def test_the_same_notice_again_changes_nothing() -> None:
    take((LAWFUL, received()), to_notify(), RIGHT_HOLDER).nothing()


@pytest.mark.parametrize("stranger", [UPLOADER, INTAKE, CLOCK, Actor(role=Role.RIGHT_HOLDER, id="p-somebody")])
def test_refuses_notices_of_anyone_but_the_right_holder(stranger: Actor) -> None:
    take((LAWFUL,), to_notify(), stranger).refuses("not_your_step")
    take((LAWFUL, received()), to_notify(), stranger).refuses("not_your_step")


def test_refuses_a_notice_on_a_withdrawn_upload() -> None:
    take((LAWFUL, WITHDRAWN), to_notify(), RIGHT_HOLDER).refuses("upload_withdrawn")


def test_refuses_a_notice_while_no_regime_is_chosen() -> None:
    take((LAWFUL,), to_notify(), RIGHT_HOLDER, None).refuses("regime_not_chosen")


def test_refuses_a_notice_while_the_right_to_it_is_suspended() -> None:
    take((LAWFUL,), to_notify(), RIGHT_HOLDER, standings=suspended()).refuses("notices_suspended")
    take((LAWFUL,), to_notify(), RIGHT_HOLDER, standings=suspended(), at=later(days=3)).then(received())


def test_a_trusted_flagger_is_never_suspended() -> None:
    expected = received().model_copy(update={"trusted": True})
    take((LAWFUL,), to_notify(), RIGHT_HOLDER, standings=suspended(flagger=True)).then(expected)


# Repeats after an immediate restoration (invariant 8)


def test_refuses_a_repeat_after_an_immediate_restoration_and_records_it() -> None:
    facts = (MARKED_BEFORE, *restored_at_once())
    refusal = take(facts, to_notify(NETWORK_RIGHTS, words="again"), RIGHT_HOLDER, NETWORK_RIGHTS)
    refusal.refuses("repeat_notice_barred", notice="1")
    assert refusal.refused is not None
    assert refusal.refused.record == RepeatNoticeBarred(barred_by=1)
    assert whole(*facts, RepeatNoticeBarred(barred_by=1)).availability is Availability.PUBLIC


def test_the_bar_outlives_a_change_of_the_regime() -> None:
    again = to_notify(E_COMMERCE, words="again")
    take((MARKED_BEFORE, *restored_at_once()), again, RIGHT_HOLDER, E_COMMERCE).refuses("repeat_notice_barred")


def test_a_regime_that_restores_without_a_bar_lets_another_notice_in() -> None:
    free = NETWORK_RIGHTS.model_copy(
        update={"restoration": NETWORK_RIGHTS.restoration.model_copy(update={"bars_repeats": False})}
    )
    again = to_notify(NETWORK_RIGHTS, words="again")
    expected = received(NETWORK_RIGHTS, notice=2, words="again")
    take((MARKED_BEFORE, *restored_at_once()), again, RIGHT_HOLDER, free).then(expected)


# Deficiency and cure


def test_a_deficiency_names_what_is_missing_and_until_when() -> None:
    take((LAWFUL, received(E_COMMERCE, LOCATION)), FindNoticeDeficient(), INTAKE).then(deficient(LOCATION))
    found = FindNoticeDeficient(missing=(IDENTITY,), remarks=reference("the name is a nickname"))
    expected = deficient(IDENTITY, LOCATION).model_copy(update={"remarks": reference("the name is a nickname")})
    take((LAWFUL, received(E_COMMERCE, LOCATION)), found, OFFICER).then(expected)


def test_refuses_a_deficiency_of_nothing_or_of_what_no_law_asks_for() -> None:
    take((LAWFUL, received()), FindNoticeDeficient(), INTAKE).refuses("nothing_missing")
    take((LAWFUL, received()), FindNoticeDeficient(missing=(CONTACT,)), INTAKE).refuses(
        "element_not_required", element="contact"
    )


def test_refuses_a_second_letter_before_the_cure() -> None:
    facts = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION))
    take(facts, FindNoticeDeficient(), INTAKE).refuses("already_deficient")


def test_a_cure_is_merged_with_what_was_good() -> None:
    facts = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(IDENTITY, LOCATION))
    cure = ReceiveNotice(elements=(LOCATION,), content=reference("the cure"))
    known = tuple(one for one in received(E_COMMERCE, LOCATION).elements if one != "identity")
    amended = NoticeAmended(notice=1, elements=(*known, "location"), content=reference("the cure"))
    take(facts, cure, RIGHT_HOLDER, at=later(days=4)).then(amended)
    # What a person found wanting must be given again: without it the notice is still incomplete.
    take((*facts, amended), to_accept(), INTAKE).refuses("notice_incomplete", missing="identity")
    take((*facts, amended), cure, RIGHT_HOLDER).nothing()
    take((*facts, amended), to_notify(words="more"), RIGHT_HOLDER).refuses("notice_open")


def test_a_cured_notice_can_be_accepted() -> None:
    cured = NoticeAmended(notice=1, elements=received().elements, content=reference("the cure"))
    facts = (MARKED_BEFORE, received(E_COMMERCE, LOCATION), deficient(LOCATION), cured)
    take(facts, to_accept(), INTAKE).then(accepted(), FORWARDED)


def test_what_comes_after_the_time_to_cure_is_a_new_notice_though_the_worker_is_late() -> None:
    facts = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION))
    late = take(facts, to_notify(words="late"), RIGHT_HOLDER, at=later(days=5))
    late.then(LAPSED, received(notice=2, words="late"))


def test_a_cure_may_come_until_just_before_the_end_of_its_time() -> None:
    notice = whole(LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION)).notice
    assert notice is not None
    assert notice.deficiency is not None
    end = notice.deficiency.cure_until
    require_cure_open(notice.deficiency, end - timedelta(microseconds=1))
    for late in (end, end + timedelta(microseconds=1)):
        with pytest.raises(Refused) as refused:
            require_cure_open(notice.deficiency, late)
        assert (refused.value.code, refused.value.details) == ("window_closed", {"until": end.isoformat()})


def test_a_lapsed_notice_gives_no_knowledge_and_a_new_one_may_come() -> None:
    facts = (LAWFUL, received(E_COMMERCE, LOCATION), deficient(LOCATION), LAPSED)
    case = whole(*facts)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC)
    take(facts, to_accept(), INTAKE).refuses("no_notice_to_check")
    take(facts, to_notify(), RIGHT_HOLDER).then(received(notice=2))


# Acceptance


@pytest.mark.parametrize("officer", [INTAKE, OFFICER])
def test_a_person_takes_a_measure_and_forwards_the_notice_at_once(officer: Actor) -> None:
    take((MARKED_BEFORE, received()), to_accept(), officer).then(accepted(), FORWARDED)
    case = whole(MARKED_BEFORE, *measured())
    assert (case.procedure, case.availability) == (Procedure.MEASURE_TAKEN, Availability.BLOCKED)


@pytest.mark.parametrize(
    ("measure", "availability"),
    [
        (Measure.NONE, Availability.PUBLIC),
        (Measure.LABEL, Availability.PUBLIC_LIMITED),
        (Measure.DEMOTE, Availability.PUBLIC_LIMITED),
    ],
)
@pytest.mark.parametrize("decision", [LAWFUL, MARKED_BEFORE])
def test_the_measure_is_in_proportion(decision: Event, measure: Measure, availability: Availability) -> None:
    take((decision, received()), to_accept(measure), INTAKE).then(accepted(measure, availability), FORWARDED)


def test_where_no_counter_notice_is_known_the_remedy_is_the_contest() -> None:
    expected = accepted(regime=EUROPE)
    assert expected.statement_of_reasons is not None
    assert Remedy.COUNTER_NOTICE not in expected.statement_of_reasons.remedies
    take((MARKED_BEFORE, received(EUROPE)), to_accept(), INTAKE, EUROPE).then(expected, FORWARDED)


def test_a_measure_never_loosens_what_is_there() -> None:
    limited = (*DECIDED[:-1], issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED))
    expected = accepted(Measure.NONE, Availability.PUBLIC_LIMITED)
    take((*limited, received()), to_accept(Measure.NONE), INTAKE).then(expected, FORWARDED)


@pytest.mark.parametrize("regime", ALL_REGIMES, ids=lambda regime: regime.id)
@pytest.mark.parametrize("missing", list(NoticeElement))
def test_refuses_a_notice_that_lacks_an_element_of_its_regime(regime: Regime, missing: NoticeElement) -> None:
    answer = take((MARKED_BEFORE, received(regime, missing)), to_accept(), INTAKE, regime)
    if missing in notice_elements(regime):
        answer.refuses("notice_incomplete", missing=missing.value)
    else:
        answer.then(accepted(regime=regime), FORWARDED)


def test_refuses_to_accept_what_was_found_deficient_and_not_cured() -> None:
    facts = (MARKED_BEFORE, received(), deficient(IDENTITY))
    take(facts, to_accept(), INTAKE).refuses("notice_incomplete", missing="identity")


@pytest.mark.parametrize("measure", [Measure.NONE, Measure.LABEL, Measure.DEMOTE])
def test_refuses_measures_that_the_regime_does_not_know(measure: Measure) -> None:
    take((MARKED_BEFORE, received(AMERICA)), to_accept(measure), INTAKE, AMERICA).refuses(
        "measure_not_allowed", allowed="block"
    )


@pytest.mark.parametrize(
    "facts",
    [
        (LAWFUL, received()),
        (*UNDER_CHALLENGE, received()),
        (LAWFUL, received(), challenged()),
        (LAWFUL, received(), REJECTED, received(notice=2)),
        (LAWFUL, received(), deficient(LOCATION), LAPSED, received(notice=2)),
    ],
)
def test_refuses_to_block_what_is_presumed_lawful_until_a_ruling(facts: tuple[Event, ...]) -> None:
    take(facts, to_accept(), INTAKE).refuses("measure_not_allowed", allowed="none, label, demote")
    assert is_presumed_lawful(whole(*facts))


def test_where_invariant_1_bars_the_only_measure_none_is_taken() -> None:
    facts = (LAWFUL, received(AMERICA))
    take(facts, to_accept(), INTAKE, AMERICA).refuses("measure_not_allowed", allowed="none")
    take(facts, to_accept(Measure.NONE), INTAKE, AMERICA).then(
        accepted(Measure.NONE, Availability.PUBLIC, regime=AMERICA), FORWARDED
    )


PRIOR = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
AGAIN = FurtherReviewRequested(appeal=2, side=RIGHT_HOLDER.role, reasons=reference("still wrong"))
LOST_AGAIN = issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED).model_copy(update={"appeal": 2})


@pytest.mark.parametrize(
    "facts",
    [
        (*UNDER_CHALLENGE, issued(RulingOutcome.UPHELD, Availability.PUBLIC)),
        (*UNDER_CONTEST, issued(RulingOutcome.REVERSED, Availability.PUBLIC)),
        (*UNDER_CONTEST, issued(RulingOutcome.REVERSED, Availability.PUBLIC), AGAIN),
        (PRIOR, issued(RulingOutcome.REVERSED, Availability.PUBLIC).model_copy(update={"appeal": None})),
    ],
)
def test_what_people_found_lawful_is_not_blocked_upon_a_notice(facts: tuple[Event, ...]) -> None:
    take((*facts, received()), to_accept(), INTAKE).refuses("measure_not_allowed", allowed="none, label, demote")
    label = accepted(Measure.LABEL, Availability.PUBLIC_LIMITED)
    take((*facts, received()), to_accept(Measure.LABEL), INTAKE).then(label, FORWARDED)


@pytest.mark.parametrize(
    "facts",
    [
        (*UNDER_CHALLENGE, issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED)),
        (*UNDER_CONTEST, issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED)),
        (*UNDER_CONTEST, issued(RulingOutcome.REVERSED, Availability.PUBLIC), AGAIN, LOST_AGAIN),
    ],
)
def test_a_ruling_that_found_otherwise_ends_the_protection(facts: tuple[Event, ...]) -> None:
    take((*facts, received()), to_accept(), INTAKE).then(accepted(), FORWARDED)


def test_accepting_again_changes_nothing() -> None:
    take((MARKED_BEFORE, *measured()), to_accept(), INTAKE).nothing()
    other = to_accept().model_copy(update={"reasons": reference("other reasons")})
    take((MARKED_BEFORE, *measured()), other, INTAKE).refuses("no_notice_to_check")


def test_refuses_the_notice_of_a_sender_suspended_since() -> None:
    facts = (MARKED_BEFORE, received())
    take(facts, to_accept(), INTAKE, standings=suspended()).refuses("sender_suspended")
    take(facts, to_accept(), INTAKE, standings=suspended(flagger=True)).then(accepted(), FORWARDED)


@pytest.mark.parametrize("step", [to_accept(), FindNoticeDeficient(), RejectNotice(reasons=reference("unfounded"))])
def test_only_intake_and_compliance_check_notices(step: object) -> None:
    for stranger in NOT_STAFF:
        take((MARKED_BEFORE, received()), step, stranger).refuses("not_your_step")
    take((MARKED_BEFORE,), step, INTAKE).refuses("no_notice_to_check")
    take((MARKED_BEFORE, received(), WITHDRAWN), step, INTAKE).refuses("upload_withdrawn")


@pytest.mark.parametrize("step", [to_accept(), FindNoticeDeficient()])
def test_no_notice_is_checked_without_a_regime(step: object) -> None:
    take((MARKED_BEFORE, received()), step, INTAKE, None).refuses("regime_not_chosen")


# Rejection and withdrawal


def test_a_notice_unfounded_on_its_face_is_rejected_with_reasons() -> None:
    take((LAWFUL, received(E_COMMERCE, LOCATION)), RejectNotice(reasons=reference("unfounded")), INTAKE).then(REJECTED)
    case = whole(LAWFUL, received(), REJECTED)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC)


def taken_back(
    availability: Availability = Availability.PUBLIC, reasons: StatementOfReasons | None = None
) -> NoticeWithdrawn:
    return NoticeWithdrawn(notice=1, availability=availability, statement_of_reasons=reasons)


@pytest.mark.parametrize(
    "facts",
    [
        (LAWFUL, received()),
        (MARKED_BEFORE, *measured()),
        (MARKED_BEFORE, *measured(), countered()),
        (MARKED_BEFORE, *waiting()),
        (MARKED_BEFORE, *waiting(), sued()),
        (MARKED_BEFORE, *measured(), contested()),
    ],
)
def test_withdrawing_the_notice_ends_its_measure(facts: tuple[Event, ...]) -> None:
    take(facts, TAKE_BACK, RIGHT_HOLDER).then(taken_back())
    assert whole(*facts, taken_back()).availability is Availability.PUBLIC


def test_withdrawing_an_unchecked_notice_leaves_what_was_there() -> None:
    ruling = issued(RulingOutcome.PARTIALLY_REVERSED, Availability.PUBLIC_LIMITED)
    left = taken_back(Availability.PUBLIC_LIMITED, ruling.statement_of_reasons)
    take((*DECIDED[:-1], ruling, received()), TAKE_BACK, RIGHT_HOLDER).then(left)


def test_withdrawing_leaves_what_a_ruling_has_decided_since() -> None:
    ruling = issued(RulingOutcome.UPHELD, Availability.BLOCKED)
    facts: tuple[Event | Fact, ...] = (MARKED_BEFORE, *measured(), contested(), on(later(days=1), ruling))
    left = taken_back(Availability.BLOCKED, ruling.statement_of_reasons)
    take(facts, TAKE_BACK, RIGHT_HOLDER, at=later(days=2)).then(left)


def test_a_contest_of_a_measure_whose_notice_was_withdrawn_cannot_bring_it_back() -> None:
    withdrawn = whole(MARKED_BEFORE, *measured(), contested(), on(later(days=1), taken_back()))
    assert availability_after(withdrawn, RulingOutcome.UPHELD) is Availability.PUBLIC
    measure_stands = whole(MARKED_BEFORE, *measured(), contested())
    assert availability_after(measure_stands, RulingOutcome.UPHELD) is Availability.BLOCKED
    withdrawn_before = whole(MARKED_BEFORE, received(), taken_back(), on(later(days=1), challenged()))
    assert availability_after(withdrawn_before, RulingOutcome.UPHELD) is Availability.PUBLIC


@pytest.mark.parametrize(
    "facts", [(LAWFUL,), (LAWFUL, received(), REJECTED), (MARKED_BEFORE, *measured(), taken_back())]
)
def test_refuses_to_withdraw_a_notice_that_is_not_open(facts: tuple[Event, ...]) -> None:
    take(facts, TAKE_BACK, RIGHT_HOLDER).refuses("no_open_notice")


@pytest.mark.parametrize("stranger", [UPLOADER, INTAKE, CLOCK])
def test_only_its_sender_withdraws_a_notice(stranger: Actor) -> None:
    take((LAWFUL, received()), TAKE_BACK, stranger).refuses("not_your_step")


def test_refuses_to_withdraw_the_notice_of_a_withdrawn_upload() -> None:
    take((LAWFUL, received(), WITHDRAWN), TAKE_BACK, RIGHT_HOLDER).refuses("upload_withdrawn")


# Contests beside it


def test_a_measure_can_be_contested_in_a_window_of_its_own() -> None:
    facts = (MARKED_BEFORE, on(later(days=100), received()), on(later(days=101), accepted()))
    take(facts, to_contest(), UPLOADER, at=later(days=280)).then(contested())
    take(facts, to_contest(), UPLOADER, at=later(days=281)).refuses("window_closed")
    side_by_side = (*facts, countered(), counter_accepted(), COUNTER_FORWARDED)
    take(side_by_side, to_contest(), UPLOADER, at=later(days=200)).then(contested())
    none_taken = (MARKED_BEFORE, received(), accepted(Measure.NONE, Availability.PUBLIC))
    take(none_taken, to_contest(), UPLOADER).refuses("nothing_to_contest")
