"""What one fact leads to elsewhere: reopened cases of a work that is not the claimant's, orders on a whole upload."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from casework.domain.case.circumstances import Circumstances, RestoredNotice
from casework.domain.case.clock import ExpireDeadline
from casework.domain.case.events import CaseReopened, MeasureSuspended, UploadWithdrawn
from casework.domain.case.further import ReopenCase, SuspendMeasure
from casework.domain.case.intake import KnownOfParties
from casework.domain.case.notice_events import RepeatNoticeBarred
from casework.domain.case.notices import may_notify
from casework.domain.case.outside import LiftOrder, ReceiveOrder
from casework.domain.case.outside_events import OrderLifted, OutsideProceedingDecided, OutsideProceedingOpened
from casework.domain.case.state import Procedure
from casework.domain.facts import Event, Refused, Role
from casework.domain.party.events import ConductWarned
from casework.domain.party.state import Ledger
from casework.domain.party.state import fold as fold_ledger
from casework.domain.party.values import Conduct
from casework.domain.policies import (
    ground_is_gone,
    when_order_changes_bind_upload,
    when_ownership_found_false_end_filter_request,
    when_ownership_found_false_reopen_cases,
    when_ownership_found_false_warn_claimant,
    when_upload_order_lifted_release_cases,
    when_upload_ordered_bind_cases,
)
from casework.domain.regimes.regimes import Regime
from casework.domain.upload.decisions import BindUpload, ReleaseUpload, decide
from casework.domain.upload.events import UploadOrdered, UploadOrderLifted
from casework.domain.upload.state import Upload, upload_stream
from casework.domain.upload.state import fold as fold_upload
from casework.domain.values import Availability, DeadlineKind, OutsideForum, OutsideOutcome, ReopeningCause, Rule
from casework.domain.work.events import OwnershipConfirmed, OwnershipFoundFalse, ReferenceReinstated, ReferenceWithdrawn
from casework.domain.work.state import fold as fold_work
from tests.domain.notice_samples import CIVIL_CODE, NETWORK_RIGHTS, measured, ordered
from tests.samples import (
    BLOCKED,
    CLEARED,
    CLOCK,
    DECIDED,
    LAWFUL,
    MARKED_BEFORE,
    NOON,
    OFFICER,
    RIGHT_HOLDER,
    STANDARD,
    UNDER_CHALLENGE,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    Fact,
    binding,
    case_of,
    later,
    on,
    recorded,
    reference,
    seated,
    to_mark,
)
from tests.spec import given

FALSE = OwnershipFoundFalse(work="w-9", claimant="p-right-holder", finding=reference("finding"))
GONE = ReferenceWithdrawn(work="w-9", grounds=reference("grounds"))
SINCE = later(days=30)
THIS, OTHER = UUID(int=1), UUID(int=2)
REOPEN = ReopenCase(cause=ReopeningCause.OWNERSHIP_FALSE)
SUSPEND = SuspendMeasure(cause=ReopeningCause.OWNERSHIP_FALSE)


# Works whose ground is gone


@pytest.mark.parametrize(
    ("facts", "wish"),
    [
        ((BLOCKED,), REOPEN),
        ((WARNED,), None),
        ((LAWFUL,), None),
        ((CLEARED,), None),
        ((MARKED_BEFORE,), None),
        ((WARNED, *measured()), REOPEN),
        ((*UNDER_CONTEST,), SUSPEND),
        ((*UNDER_CHALLENGE,), None),
        ((BLOCKED, UploadWithdrawn()), None),
    ],
    ids=["blocked", "warned", "lawful", "cleared", "marked", "upon notice", "contested", "challenged", "withdrawn"],
)
def test_what_becomes_of_a_case_whose_ground_is_gone(facts: tuple[Event, ...], wish: object) -> None:
    assert when_ownership_found_false_reopen_cases(FALSE, case_of(*facts), SINCE) == wish


def test_a_decided_case_is_reopened_once_and_public() -> None:
    case = case_of(DECIDED)
    wish = when_ownership_found_false_reopen_cases(FALSE, case, SINCE)
    assert wish == REOPEN
    reopened = CaseReopened(appeal=2, cause=ReopeningCause.OWNERSHIP_FALSE, availability=Availability.PUBLIC)
    again = case_of(DECIDED, on(SINCE, reopened))
    assert again.measure is Availability.PUBLIC
    assert when_ownership_found_false_reopen_cases(FALSE, again, SINCE) is None
    earlier = case_of(DECIDED, on(SINCE - timedelta(days=1), reopened))
    assert when_ownership_found_false_reopen_cases(FALSE, earlier, SINCE) is None, "public, and a review is open"


def test_another_claimant_is_not_concerned_unless_the_reference_itself_is_gone() -> None:
    other = FALSE.model_copy(update={"claimant": "p-somebody"})
    assert when_ownership_found_false_reopen_cases(other, case_of(BLOCKED), SINCE) is None
    found = when_ownership_found_false_reopen_cases(GONE, case_of(BLOCKED), SINCE)
    assert found == ReopenCase(cause=ReopeningCause.REFERENCE_WITHDRAWN)


def test_a_finding_that_was_taken_back_does_not_count() -> None:
    back = OwnershipConfirmed(work="w-9", claimant="p-right-holder", finding=reference("back"))
    assert ground_is_gone(FALSE, fold_work("w-9", [Fact(FALSE)]))
    assert not ground_is_gone(FALSE, fold_work("w-9", [Fact(FALSE), Fact(back)]))
    assert ground_is_gone(GONE, fold_work("w-9", [Fact(GONE)]))
    reinstated = ReferenceReinstated(work="w-9", grounds=reference("again"))
    assert not ground_is_gone(GONE, fold_work("w-9", [Fact(GONE), Fact(reinstated)]))


def test_an_open_review_goes_on_with_the_upload_public() -> None:
    given(*UNDER_CONTEST).when(SUSPEND, by=CLOCK).then(
        MeasureSuspended(cause=ReopeningCause.OWNERSHIP_FALSE, availability=Availability.PUBLIC)
    )
    suspended = MeasureSuspended(cause=ReopeningCause.OWNERSHIP_FALSE, availability=Availability.PUBLIC)
    case = case_of(*UNDER_CONTEST, suspended)
    assert (case.availability, case.procedure) == (Availability.PUBLIC, Procedure.ADJUDICATION)
    assert case.appeals[-1].availability_before is Availability.PUBLIC, "a withdrawal brings no block back"
    given(*UNDER_CONTEST, suspended).when(SUSPEND, by=CLOCK).nothing()


def test_what_is_held_for_a_review_before_publication_is_public_too_and_the_review_goes_on() -> None:
    """Found by random histories: such a review has no appeal that could be withdrawn."""
    held = recorded("0.93", work__flags=["time_sensitive"], known=KnownOfParties(prior_review_requested=True))
    suspended = MeasureSuspended(cause=ReopeningCause.OWNERSHIP_FALSE, availability=Availability.PUBLIC)
    for facts in ((held,), (held, seated())):
        given(*facts).when(SUSPEND, by=CLOCK).then(suspended)
        case = case_of(*facts, suspended)
        assert (case.availability, case.review) == (Availability.PUBLIC, case_of(*facts).review)
        assert case.in_prior_review


def test_who_may_suspend_a_measure_and_when() -> None:
    given(*UNDER_CONTEST).when(SUSPEND, by=RIGHT_HOLDER).refuses("not_your_step")
    given(BLOCKED).when(SUSPEND, by=CLOCK).refuses("no_review_open")
    given(BLOCKED, UploadWithdrawn()).when(SUSPEND, by=CLOCK).refuses("upload_withdrawn")


def test_the_request_to_filter_ends_with_the_finding() -> None:
    assert when_ownership_found_false_end_filter_request(FALSE).finding == FALSE.finding


def test_the_claimant_is_warned_unless_its_ledger_knows() -> None:
    ledger = Ledger("p-right-holder", Role.RIGHT_HOLDER)
    warn = when_ownership_found_false_warn_claimant(FALSE, ledger, [THIS], NOON)
    assert warn is not None
    assert (warn.conduct, warn.cases, warn.warning) == (Conduct.FALSE_OWNERSHIP, (THIS,), FALSE.finding)
    warned = ConductWarned(
        party="p-right-holder",
        side=Role.RIGHT_HOLDER,
        conduct=Conduct.FALSE_OWNERSHIP,
        cases=(THIS,),
        warning=reference("w"),
    )
    known = fold_ledger("p-right-holder", Role.RIGHT_HOLDER, [Fact(warned)])
    assert when_ownership_found_false_warn_claimant(FALSE, known, [THIS], NOON) is None
    assert when_ownership_found_false_warn_claimant(FALSE, ledger, [], NOON) is None
    assert when_ownership_found_false_warn_claimant(GONE, ledger, [THIS], NOON) is None


# Orders


def upload(*events: Event) -> Upload:
    return fold_upload("up-1", 1, [Fact(event) for event in events])


BOUND = UploadOrdered(upload="up-1", upload_version=1, order=1, case=THIS, terms=binding())
LIFTED = UploadOrderLifted(upload="up-1", upload_version=1, order=1, case=THIS, ran_out=False)


def test_an_order_received_in_a_case_binds_its_upload_once() -> None:
    event = ordered(availability=Availability.PUBLIC)
    (command,) = when_order_changes_bind_upload(THIS, case_of(BLOCKED), [event], later(days=1))
    assert isinstance(command, BindUpload)
    assert (command.terms.availability, command.terms.received_at) == (Availability.PUBLIC, later(days=1))
    (bound,) = decide(upload(), command)
    assert isinstance(bound, UploadOrdered)
    assert (bound.order, bound.case, bound.terms.words) == (1, THIS, event.words)
    assert decide(upload(bound), command) == ()


def test_the_end_of_the_order_in_any_case_releases_the_upload() -> None:
    event = ordered()
    case = case_of(BLOCKED, event)
    ended = OrderLifted(order=1, ran_out=True, availability=Availability.BLOCKED)
    (command,) = when_order_changes_bind_upload(OTHER, case, [ended], NOON)
    terms = case.orders[0].terms
    assert command == ReleaseUpload(case=OTHER, terms=terms, ran_out=True)
    bound = BOUND.model_copy(update={"terms": terms})
    (released,) = decide(upload(bound), command)
    assert released == UploadOrderLifted(upload="up-1", upload_version=1, order=1, case=OTHER, ran_out=True)
    assert decide(upload(bound, released), command) == ()
    assert decide(upload(), command) == ()


@pytest.mark.parametrize(
    ("forum", "availability", "binds"),
    [
        (OutsideForum.COURT, Availability.PUBLIC, True),
        (OutsideForum.AUTHORITY, Availability.BLOCKED, True),
        (OutsideForum.COURT, None, False),
        (OutsideForum.EXTERNAL_BODY, Availability.PUBLIC, False),
    ],
)
def test_a_judgment_binds_the_upload_and_an_external_body_does_not(
    forum: OutsideForum, availability: Availability | None, binds: bool
) -> None:
    opened = OutsideProceedingOpened(proceeding=1, forum=forum, opened_at=NOON, words=reference("file number"))
    ended = OutsideProceedingDecided(
        proceeding=1,
        decided_at=later(days=2),
        outcome=OutsideOutcome.REVERSED,
        implemented=True,
        words=reference("judgment"),
        availability=availability,
    )
    found = when_order_changes_bind_upload(THIS, case_of(BLOCKED, opened), [ended], later(days=3))
    assert [one.terms.received_at for one in found if isinstance(one, BindUpload)] == ([later(days=2)] if binds else [])


def test_an_order_may_be_made_again_and_prolonged_under_the_same_reference() -> None:
    short = binding(until=later(days=3))
    longer = short.model_copy(update={"until": later(days=9)})
    first = BOUND.model_copy(update={"terms": short})
    (second,) = decide(upload(first), BindUpload(case=THIS, terms=longer))
    both = upload(first, second)
    (ended,) = decide(both, ReleaseUpload(case=THIS, terms=short, ran_out=True))
    rest = upload(first, second, ended)
    assert decide(rest, ReleaseUpload(case=OTHER, terms=short, ran_out=True)) == (), "it ran out in both cases"
    assert rest.order(later(days=4)) == longer
    made_again = BOUND.terms.model_copy(update={"received_at": later(hours=2)})
    (again,) = decide(upload(BOUND, LIFTED), BindUpload(case=THIS, terms=made_again))
    standing = upload(BOUND, LIFTED, again)
    assert decide(standing, ReleaseUpload(case=OTHER, terms=BOUND.terms, ran_out=False)) == (), "late word of the end"
    assert standing.order(NOON) == made_again
    case = case_of(LAWFUL, on(later(hours=2), ordered().model_copy(update={"words": BOUND.terms.words})))
    assert when_upload_order_lifted_release_cases(LIFTED, standing, case) is None, "it is the one that was made again"


def test_the_latest_order_in_force_binds() -> None:
    second = UploadOrdered(
        upload="up-1",
        upload_version=1,
        order=2,
        case=OTHER,
        terms=binding(Availability.PUBLIC, "second", received_at=later(hours=1), until=later(days=3)),
    )
    both = upload(BOUND, second)
    assert [order and order.availability for order in (upload().order(NOON), upload(BOUND, LIFTED).order(NOON))] == [
        None,
        None,
    ]
    assert both.order(later(days=1)) == second.terms
    assert both.order(later(days=3)) == BOUND.terms, "its own end is exclusive"
    assert upload_stream("up-1", 1) != upload_stream("up-1", 2)


def test_the_other_cases_get_the_order_once_with_its_first_moment() -> None:
    wish = when_upload_ordered_bind_cases(BOUND, upload(BOUND), OTHER, case_of(LAWFUL), NOON)
    assert wish is not None
    assert (wish.availability, wish.since, wish.words) == (
        Availability.BLOCKED,
        BOUND.terms.received_at,
        BOUND.terms.words,
    )
    case = case_of(LAWFUL, given(LAWFUL).when(wish, by=CLOCK).events)
    assert case.availability is Availability.BLOCKED
    assert case.orders[0].received_at == BOUND.terms.received_at
    assert when_upload_ordered_bind_cases(BOUND, upload(BOUND), OTHER, case, NOON) is None
    assert when_upload_ordered_bind_cases(BOUND, upload(BOUND), THIS, case_of(LAWFUL), NOON) is None, "its own case"
    assert when_upload_ordered_bind_cases(BOUND, upload(BOUND, LIFTED), OTHER, case_of(LAWFUL), NOON) is None
    gone = case_of(LAWFUL, UploadWithdrawn())
    assert when_upload_ordered_bind_cases(BOUND, upload(BOUND), OTHER, gone, NOON) is None
    lift = when_upload_order_lifted_release_cases(LIFTED, upload(BOUND, LIFTED), case)
    assert lift == LiftOrder(order=1)
    assert when_upload_order_lifted_release_cases(LIFTED, upload(BOUND, LIFTED), case_of(LAWFUL)) is None


# An order that lies on the upload when the decision comes in


@pytest.mark.parametrize(
    ("share", "demanded", "beneath"),
    [
        ("0.40", Availability.BLOCKED, (Procedure.PRESUMED_LAWFUL, Availability.PUBLIC)),
        ("0.93", Availability.PUBLIC, (Procedure.PRESUMED_INFRINGING, Availability.BLOCKED)),
        ("0.70", Availability.PUBLIC_LIMITED, (Procedure.WARNING, Availability.PUBLIC)),
    ],
)
def test_when_an_order_at_the_entry_falls_the_standard_holds(
    share: str, demanded: Availability, beneath: tuple[Procedure, Availability]
) -> None:
    event = recorded(share, known=KnownOfParties(order=binding(demanded)))
    case = case_of(event)
    assert (event.rule, case.availability) == (Rule.ORDER, demanded)
    assert (case.procedure, case.measure) == beneath
    events = given(event).when(LiftOrder(order=1), by=OFFICER).events
    after = case_of(event, events)
    assert (after.procedure, after.availability) == beneath
    (lifted,) = events
    assert isinstance(lifted, OrderLifted)
    reasons = lifted.statement_of_reasons
    assert (None if reasons is None else (reasons.measure, reasons.rule)) == (
        (Availability.BLOCKED, Rule.BAND_HIGH) if beneath[1] is Availability.BLOCKED else None
    )


def test_a_mark_does_not_lift_an_order() -> None:
    event = recorded("0.93", known=KnownOfParties(order=binding(Availability.BLOCKED)))
    case = case_of(event, given(event).when(to_mark(), by=UPLOADER).events)
    assert (case.procedure, case.measure, case.availability) == (
        Procedure.MARKED_LAWFUL,
        Availability.PUBLIC,
        Availability.BLOCKED,
    )


def test_an_order_with_an_end_runs_out_in_a_case_that_began_under_it() -> None:
    until = later(days=10)
    event = recorded("0.40", known=KnownOfParties(order=binding(Availability.BLOCKED, until=until)))
    fire = ExpireDeadline(kind=DeadlineKind.ORDER, due_at=until)
    case = case_of(event, given(event).when(fire, by=CLOCK, at=until).events)
    assert case.availability is Availability.PUBLIC


def test_only_staff_and_the_system_record_orders() -> None:
    order = ReceiveOrder(
        forum=OutsideForum.COURT, interim=False, availability=Availability.BLOCKED, words=reference("o")
    )
    given(LAWFUL).when(order, by=UPLOADER).refuses("not_your_step")
    given(LAWFUL, ordered()).when(LiftOrder(order=1), by=RIGHT_HOLDER).refuses("not_your_step")


# Repeats in linked cases


@pytest.mark.parametrize(("regime", "barred"), [(NETWORK_RIGHTS, True), (CIVIL_CODE, False)])
def test_a_repeat_in_a_linked_case_is_barred(regime: Regime, barred: bool) -> None:
    linked = (RestoredNotice(OTHER, 1, regime.id),)
    circumstances = Circumstances(
        actor=RIGHT_HOLDER, now=NOON, standard=STANDARD, regime=regime, restored_elsewhere=linked
    )
    case = case_of(WARNED)
    if not barred:
        may_notify(case, circumstances)
        return
    with pytest.raises(Refused) as refused:
        may_notify(case, circumstances)
    assert refused.value.code == "repeat_notice_barred"
    assert refused.value.record == RepeatNoticeBarred(barred_by=1, case=OTHER)
    may_notify(case, replace(circumstances, restored_elsewhere=()))
