"""The sanction ledger: warning, four factors, suspension of one right, appeal, good and bad faith, trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.facts import Actor, Event, Role
from casework.domain.party import decisions as of_parties
from casework.domain.party.decisions import (
    LONGEST_SUSPENSION,
    AcceptGoodFaithDefence,
    DecideSanctionAppeal,
    EndTrust,
    FindBadFaith,
    GrantTrust,
    LiftSuspension,
    LodgeSanctionAppeal,
    ReportTrustedFlagger,
)
from casework.domain.party.events import (
    EVENTS,
    TrustedFlaggerReported,
    TrustEnded,
    TrustGranted,
)
from casework.domain.party.state import CLEAN, EVOLUTIONS, Ledger, Stage, Standing, evolve, party_stream
from casework.domain.party.values import (
    RIGHTS_CONCERNED,
    Conduct,
    Intention,
    Right,
    SanctionAppealOutcome,
    Trust,
)
from casework.ledgers import DECISIONS
from tests.domain.ledger_spec import (
    OTHER_OFFICER,
    WORDS,
    given_right_holder,
    given_uploader,
    ledger_of,
)
from tests.domain.party_samples import (
    HOLDER,
    NOTICES,
    ONE,
    SUSPENDED,
    THREE,
    TWO,
    appealed,
    assessed,
    bad_faith,
    decided,
    flagger,
    good_faith,
    lifted,
    suspended,
    to_assess,
    to_suspend,
    to_warn,
    warned,
)
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, UPLOADER, later, on

CASES = st.lists(st.sampled_from([ONE, TWO, THREE, UUID(int=4)]), min_size=1, max_size=4).map(tuple)

# Warnings


def test_a_warning_names_the_conduct_and_its_cases() -> None:
    given_right_holder().when(to_warn(ONE, TWO, ONE)).then(warned(ONE, TWO))
    ledger = ledger_of(warned(ONE, TWO))
    assert ledger.stage(NOTICES, NOON) is Stage.WARNED
    assert ledger.stage(Conduct.FALSE_OWNERSHIP, NOON) is Stage.CLEAN


def test_a_warning_again_adds_only_new_cases() -> None:
    given_right_holder(warned(ONE, TWO)).when(to_warn(TWO)).nothing()
    given_right_holder(warned(ONE)).when(to_warn(ONE, TWO)).then(warned(ONE, TWO))
    assert ledger_of(warned(ONE), warned(TWO)).tracks[NOTICES].warned == (ONE, TWO)


def test_a_warning_after_an_assessment_begins_anew() -> None:
    given_right_holder(warned(), assessed()).when(to_warn(THREE)).then(warned(THREE))
    ledger = ledger_of(warned(), assessed(), warned(THREE))
    assert ledger.stage(NOTICES, NOON) is Stage.WARNED
    assert ledger.tracks[NOTICES].warned == (THREE,)


def test_no_warning_of_what_is_suspended_already_but_of_other_conduct() -> None:
    given_right_holder(*SUSPENDED).when(to_warn(THREE)).refuses("already_suspended")
    other = Conduct.UNFOUNDED_APPEALS
    given_right_holder(*SUSPENDED).when(to_warn(THREE, conduct=other)).then(warned(THREE, conduct=other))


def test_no_warning_for_good_faith() -> None:
    given_right_holder(good_faith(ONE)).when(to_warn(ONE)).refuses("good_faith_accepted")
    given_right_holder(good_faith(ONE)).when(to_warn(ONE, TWO)).then(warned(TWO))


def test_each_side_can_only_do_wrong_what_it_can_do() -> None:
    given_right_holder().when(to_warn(conduct=Conduct.WRONG_MARKS)).refuses("conduct_of_other_side")
    given_uploader().when(to_warn()).refuses("conduct_of_other_side")
    uploader: dict[str, Any] = {"party": UPLOADER.id, "side": Role.UPLOADER}
    given_uploader().when(to_warn(conduct=Conduct.WRONG_MARKS)).then(warned(conduct=Conduct.WRONG_MARKS, **uploader))


def test_every_right_can_be_lost_by_some_conduct_and_only_by_what_concerns_it() -> None:
    lost = {right for conducts in RIGHTS_CONCERNED.values() for rights in conducts.values() for right in rights}
    assert lost == set(Right)
    assert {conduct for conducts in RIGHTS_CONCERNED.values() for conduct in conducts} == set(Conduct)


# Assessment: number, proportion, gravity, intention


def test_an_assessment_weighs_the_four_factors() -> None:
    given_right_holder(warned()).when(to_assess()).then(assessed())
    ledger = ledger_of(warned(), assessed())
    assert ledger.stage(NOTICES, NOON) is Stage.ASSESSED
    assessment = ledger.tracks[NOTICES].assessment
    assert assessment is not None
    assert assessment.proportion == Fraction(1, 5)
    assert (assessment.at, assessment.by) == (NOON, OFFICER.id)


def test_no_assessment_without_a_warning_of_that_conduct() -> None:
    given_right_holder().when(to_assess()).refuses("not_warned")
    given_right_holder(warned(conduct=Conduct.FALSE_OWNERSHIP)).when(to_assess()).refuses("not_warned")
    given_right_holder(*SUSPENDED).when(to_assess(), at=later(days=30)).refuses("not_warned")


def test_no_second_assessment_during_the_suspension() -> None:
    given_right_holder(*SUSPENDED).when(to_assess(cases=(ONE, THREE))).refuses("already_suspended")


@pytest.mark.parametrize("intention", [Intention.NOT_IDENTIFIABLE, Intention.NEGLIGENT])
def test_a_lost_case_alone_is_never_abuse(intention: Intention) -> None:
    before = given_right_holder(warned(ONE))
    before.when(to_assess(cases=(TWO,), intention=intention)).refuses("lost_case_alone")
    before.when(to_assess(cases=(TWO, TWO), intention=intention)).refuses("lost_case_alone")
    before.when(to_assess(cases=(TWO, THREE), intention=intention)).then(
        assessed(cases=(TWO, THREE), intention=intention)
    )


def test_one_case_with_intention_or_in_bad_faith_can_be() -> None:
    meant: dict[str, Any] = {"cases": (TWO,), "intention": Intention.INTENTIONAL}
    given_right_holder(warned(ONE)).when(to_assess(**meant)).then(assessed(**meant))
    given_right_holder(warned(ONE), bad_faith(TWO)).when(to_assess(cases=(TWO,))).then(assessed(cases=(TWO,)))
    other = bad_faith(TWO, Conduct.FALSE_OWNERSHIP)
    given_right_holder(warned(ONE), other).when(to_assess(cases=(TWO,))).refuses("lost_case_alone")


def test_the_conduct_must_have_gone_on_after_the_warning() -> None:
    given_right_holder(warned(ONE, TWO)).when(to_assess(cases=(ONE, TWO))).refuses("nothing_since_warning")
    cases = (ONE, TWO, THREE)
    given_right_holder(warned(ONE, TWO)).when(to_assess(cases=cases)).then(assessed(cases=cases))


def test_a_case_of_good_faith_does_not_count() -> None:
    given_right_holder(warned(), good_faith(TWO)).when(to_assess()).refuses("good_faith_accepted")


@pytest.mark.parametrize(
    "wrong",
    [{"acts": 1}, {"since": NOON}, {"since": later(days=1)}, {"until": later(seconds=1)}],
    ids=["more cases than acts", "no time", "ends before it begins", "ends in the future"],
)
def test_the_factors_must_fit_together(wrong: dict[str, Any]) -> None:
    given_right_holder(warned()).when(to_assess(**wrong)).refuses("factors_incoherent")


# Suspension of one right


def test_suspends_one_right_from_to() -> None:
    given_right_holder(warned(), assessed()).when(to_suspend()).then(suspended())
    given_right_holder(warned(), assessed()).when(to_suspend(starts=None)).then(suspended())
    ledger = ledger_of(*SUSPENDED)
    assert ledger.stage(NOTICES, NOON) is Stage.SUSPENDED
    assert ledger.standing(NOON).suspended == {Right.NOTICES: later(days=30)}


def test_a_suspension_is_half_open_and_ends_by_the_clock() -> None:
    ledger = ledger_of(warned(), assessed(), suspended(starts=later(days=1), ends=later(days=2)))
    for moment, expected in (
        (later(days=1) - timedelta(microseconds=1), False),
        (later(days=1), True),
        (later(days=2) - timedelta(microseconds=1), True),
        (later(days=2), False),
    ):
        assert ledger.standing(moment).is_suspended(Right.NOTICES, moment) is expected
    assert ledger.stage(NOTICES, NOON) is Stage.SUSPENDED
    assert ledger.stage(NOTICES, later(days=2)) is Stage.CLEAN


def test_no_suspension_without_warning_and_assessment() -> None:
    given_right_holder().when(to_suspend()).refuses("not_warned")
    given_right_holder(warned()).when(to_suspend()).refuses("not_assessed")
    given_right_holder(warned(), assessed(), warned(THREE)).when(to_suspend()).refuses("not_assessed")
    given_right_holder(*SUSPENDED).when(
        to_suspend(starts=later(days=40), ends=later(days=50)), at=later(days=40)
    ).refuses("not_warned")


def test_only_a_right_that_the_conduct_concerns() -> None:
    given_right_holder(warned(), assessed()).when(to_suspend(right=Right.APPEALS)).refuses("right_not_concerned")


def test_a_suspension_at_the_end_of_the_calendar_is_no_fault() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    far = suspended(ends=last).model_copy(update={"starts": last - timedelta(days=1)})
    wish = to_suspend(starts=last - timedelta(days=1), ends=last)
    given_right_holder(warned(), assessed()).when(wish).then(far)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        (later(seconds=-1), later(days=1)),
        (NOON, NOON),
        (later(days=2), later(days=1)),
        (NOON, NOON + LONGEST_SUSPENSION + timedelta(microseconds=1)),
    ],
    ids=["in the past", "no time", "backwards", "too long"],
)
def test_a_suspension_has_an_end_within_reach(starts: datetime, ends: datetime) -> None:
    given_right_holder(warned(), assessed()).when(to_suspend(starts=starts, ends=ends)).refuses(
        "suspension_period_wrong", longest_days="366"
    )
    given_right_holder(warned(), assessed()).when(to_suspend(ends=NOON + LONGEST_SUSPENSION)).then(
        suspended(ends=NOON + LONGEST_SUSPENSION)
    )


def test_a_right_is_not_suspended_twice_at_a_time() -> None:
    given_right_holder(*SUSPENDED).when(to_suspend()).refuses("already_suspended")


def test_another_right_may_be_lost_by_the_same_conduct() -> None:
    conduct = Conduct.FALSE_OWNERSHIP
    before = (warned(conduct=conduct), assessed(conduct=conduct), suspended(conduct=conduct))
    claims: dict[str, Any] = {"conduct": conduct, "right": Right.MANUAL_CLAIMS}
    given_right_holder(*before).when(to_suspend(**claims)).then(suspended(2, **claims))
    standing = ledger_of(*before, suspended(2, **claims, starts=NOON)).standing(NOON)
    assert set(standing.suspended) == {Right.NOTICES, Right.MANUAL_CLAIMS}


def test_defences_accepted_after_the_assessment_take_its_ground_away() -> None:
    given_right_holder(warned(), assessed(), good_faith(ONE)).when(to_suspend()).refuses("lost_case_alone")


def test_lifting_ends_it_early() -> None:
    command = LiftSuspension(suspension=1, reasons=WORDS)
    given_right_holder(*SUSPENDED).when(command, at=later(days=2)).then(lifted())
    given_right_holder(*SUSPENDED, lifted()).when(command).nothing()
    given_right_holder(*SUSPENDED).when(command, at=later(days=30)).refuses("suspension_over")
    given_right_holder().when(command).refuses("suspension_unknown")
    ledger = ledger_of(*SUSPENDED, on(later(days=2), lifted(), OFFICER))
    assert ledger.suspensions[0].lifted_at == later(days=2)
    assert ledger.stage(NOTICES, later(days=2)) is Stage.CLEAN
    assert ledger.standing(later(days=2)) == CLEAN


# Appeal against a suspension


def test_the_party_appeals_and_another_officer_decides() -> None:
    to_appeal = LodgeSanctionAppeal(suspension=1, reasons=WORDS)
    given_right_holder(*SUSPENDED).when(to_appeal, by=RIGHT_HOLDER).then(appealed())
    given_right_holder(*SUSPENDED).when(to_appeal, by=OFFICER).refuses("not_your_step")
    given_right_holder(*SUSPENDED).when(to_appeal, by=Actor(role=Role.RIGHT_HOLDER, id="x")).refuses("not_your_step")
    given_right_holder().when(to_appeal, by=RIGHT_HOLDER).refuses("suspension_unknown")
    given_right_holder(*SUSPENDED, appealed()).when(to_appeal, by=RIGHT_HOLDER).refuses("already_appealed")
    given_right_holder(*SUSPENDED).when(to_appeal, by=RIGHT_HOLDER, at=later(days=30)).refuses("suspension_over")


@pytest.mark.parametrize("outcome", list(SanctionAppealOutcome))
def test_who_suspended_does_not_decide_the_appeal(outcome: SanctionAppealOutcome) -> None:
    command = DecideSanctionAppeal(suspension=1, outcome=outcome, reasons=WORDS)
    given_right_holder(*SUSPENDED, appealed()).when(command, by=OTHER_OFFICER).then(decided(outcome))
    given_right_holder(*SUSPENDED, appealed()).when(command, by=OFFICER).refuses("own_suspension")
    given_right_holder(*SUSPENDED).when(command, by=OTHER_OFFICER).refuses("no_sanction_appeal")
    given_right_holder(*SUSPENDED, appealed(), decided(outcome)).when(command, by=OTHER_OFFICER).refuses(
        "appeal_already_decided"
    )
    given_right_holder(*SUSPENDED, appealed()).when(command, by=OTHER_OFFICER, at=later(days=99)).then(decided(outcome))


def test_what_an_appeal_leads_to() -> None:
    def after(*events: Event) -> Ledger:
        return ledger_of(*SUSPENDED, *(on(later(days=2), event, OTHER_OFFICER) for event in events))

    waiting = after(appealed())
    assert waiting.standing(later(days=3)).is_suspended(Right.NOTICES, later(days=3))
    upheld = after(appealed(), decided(SanctionAppealOutcome.UPHELD))
    assert upheld.standing(later(days=3)).is_suspended(Right.NOTICES, later(days=3))
    gone = after(appealed(), decided(SanctionAppealOutcome.LIFTED))
    assert not gone.standing(later(days=3)).is_suspended(Right.NOTICES, later(days=3))
    appeal = gone.suspensions[0].appeal
    assert appeal is not None
    assert (appeal.lodged_at, appeal.decided_at) == (later(days=2), later(days=2))
    earlier = ledger_of(
        *SUSPENDED,
        appealed(),
        on(later(days=1), lifted(), OFFICER),
        on(later(days=2), decided(SanctionAppealOutcome.LIFTED), OTHER_OFFICER),
    )
    assert earlier.suspensions[0].lifted_at == later(days=1)


# Good and bad faith


def test_good_and_bad_faith_exclude_one_another() -> None:
    to_accept = AcceptGoodFaithDefence(conduct=NOTICES, case=ONE, defence=WORDS)
    to_find = FindBadFaith(conduct=NOTICES, case=ONE, finding=WORDS)
    given_right_holder().when(to_accept).then(good_faith(ONE))
    given_right_holder(good_faith(ONE)).when(to_accept).nothing()
    given_right_holder(bad_faith(ONE)).when(to_accept).refuses("bad_faith_found")
    given_right_holder().when(to_find).then(bad_faith(ONE))
    given_right_holder(bad_faith(ONE)).when(to_find).nothing()
    given_right_holder(good_faith(ONE)).when(to_find).refuses("good_faith_accepted")
    for command in (to_accept, to_find):
        given_uploader().when(command).refuses("conduct_of_other_side")


# Trust


def test_trust_is_for_right_holders() -> None:
    command = GrantTrust(trust=Trust.RIGHT_HOLDER, grounds=WORDS)
    event = TrustGranted(**HOLDER, trust=Trust.RIGHT_HOLDER, grounds=WORDS)
    given_right_holder().when(command).then(event)
    given_right_holder(event).when(command).nothing()
    given_uploader().when(command).refuses("not_a_right_holder")
    assert ledger_of(event).standing(NOON).trusted
    assert not ledger_of(event).standing(NOON).flagger
    ended = TrustEnded(**HOLDER, trust=Trust.RIGHT_HOLDER, grounds=WORDS)
    to_end = EndTrust(trust=Trust.RIGHT_HOLDER, grounds=WORDS)
    given_right_holder(event).when(to_end).then(ended)
    given_right_holder().when(to_end).nothing()
    assert ledger_of(event, ended).standing(NOON) == CLEAN


def test_a_flaggers_status_comes_and_goes_by_its_authority() -> None:
    given_right_holder().when(GrantTrust(trust=Trust.FLAGGER, grounds=WORDS)).refuses("authority_decides")
    by_authority: dict[str, Any] = {"trust": Trust.FLAGGER, "authority": "Coordinator", "grounds": WORDS}
    given_right_holder().when(GrantTrust(**by_authority)).then(flagger())
    assert ledger_of(flagger()).standing(NOON).flagger
    given_right_holder(flagger()).when(EndTrust(trust=Trust.FLAGGER, grounds=WORDS)).refuses("authority_decides")
    given_right_holder(flagger()).when(EndTrust(**by_authority)).then(TrustEnded(**HOLDER, **by_authority))


def test_a_trusted_flagger_is_reported_never_suspended_from_notices() -> None:
    given_right_holder(flagger(), warned(), assessed()).when(to_suspend()).refuses("report_trusted_flagger")
    report = ReportTrustedFlagger(cases=(ONE, TWO), report=WORDS)
    event = TrustedFlaggerReported(**HOLDER, authority="Coordinator", cases=(ONE, TWO), report=WORDS)
    given_right_holder(flagger()).when(report).then(event)
    assert ledger_of(flagger(), event).reports == (event,)
    given_right_holder().when(report).refuses("not_a_trusted_flagger")
    given_right_holder(flagger(), good_faith(TWO)).when(report).refuses("lost_case_alone")
    conduct = Conduct.WRONG_URGENT_MEASURES
    other: dict[str, Any] = {"conduct": conduct, "right": Right.URGENT_MEASURES}
    given_right_holder(flagger(), warned(conduct=conduct), assessed(conduct=conduct)).when(to_suspend(**other)).then(
        suspended(**other)
    )


# Who acts, and what the fold takes


@pytest.mark.parametrize(
    "command",
    [
        to_warn(),
        to_assess(),
        to_suspend(),
        LiftSuspension(suspension=1, reasons=WORDS),
        DecideSanctionAppeal(suspension=1, outcome=SanctionAppealOutcome.LIFTED, reasons=WORDS),
        AcceptGoodFaithDefence(conduct=NOTICES, case=ONE, defence=WORDS),
        FindBadFaith(conduct=NOTICES, case=ONE, finding=WORDS),
        GrantTrust(trust=Trust.RIGHT_HOLDER, grounds=WORDS),
        EndTrust(trust=Trust.RIGHT_HOLDER, grounds=WORDS),
        ReportTrustedFlagger(cases=(ONE, TWO), report=WORDS),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLIANCE])
def test_only_compliance_keeps_the_ledger(command: Any, role: Role) -> None:
    given_right_holder(*SUSPENDED, appealed()).when(command, by=Actor(role=role, id="somebody")).refuses(
        "not_your_step"
    )


def test_the_fold_takes_its_own_events_only() -> None:
    assert set(EVOLUTIONS) == set(EVENTS)
    assert all(event.TOPIC.startswith("party.") for event in EVENTS)
    for stranger in (warned(party="somebody-else"), warned(side=Role.UPLOADER)):
        with pytest.raises(ValueError, match="cannot go on"):
            ledger_of(stranger)
    from_elsewhere = on(NOON, good_faith(ONE).model_copy(), OFFICER)
    assert evolve(Ledger(RIGHT_HOLDER.id, Role.RIGHT_HOLDER), from_elsewhere).version == 1


def test_streams_differ_by_party_and_side() -> None:
    streams = {party_stream(side, party) for side in (Role.UPLOADER, Role.RIGHT_HOLDER) for party in ("a", "b")}
    assert len(streams) == 4
    assert party_stream(Role.UPLOADER, "a") == party_stream(Role.UPLOADER, "a")


def test_a_standing_without_an_end_lasts_until_somebody_says_so() -> None:
    standing = Standing({Right.MARKING: None, Right.NOTICES: NOON})
    assert standing.is_suspended(Right.MARKING, later(days=10_000))
    assert not standing.is_suspended(Right.NOTICES, NOON)
    assert not standing.is_suspended(Right.APPEALS, NOON)
    assert not CLEAN.is_suspended(Right.MARKING, NOON)


@given(cases=CASES, excused=st.sets(st.sampled_from([ONE, TWO, THREE])), intention=st.sampled_from(list(Intention)))
def test_abuse_needs_two_cases_that_count_or_intention(
    cases: tuple[UUID, ...], excused: set[UUID], intention: Intention
) -> None:
    ledger = ledger_of(*(good_faith(case) for case in sorted(excused)))
    counting = set(cases) - excused
    enough = len(counting) >= 2 or (len(counting) == 1 and intention is Intention.INTENTIONAL)
    assert ledger.is_abuse(NOTICES, cases, intention) is enough


def test_every_command_of_a_ledger_has_its_decision() -> None:
    commands = {value for value in vars(of_parties).values() if isinstance(value, type)} & set(DECISIONS)
    assert len(commands) == 11
