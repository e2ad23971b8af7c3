"""Audit samples: what may be announced, who is drawn, who labels what, and that nobody learns of another's label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from casework.domain.case.events import AppealWithdrawn, CaseReopened
from casework.domain.case.further import ReopenCase
from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.policies import when_audit_disagreement_found_reopen_case
from casework.domain.sample import decisions
from casework.domain.sample.drawing import Plan, Population, Unit, allocate, draw, rank
from casework.domain.sample.events import (
    AuditDisagreementFound,
    AuditLabelGiven,
    AuditLabelsOpened,
    SampleAnnounced,
    SampleClosed,
    SampleDrawn,
)
from casework.domain.sample.state import Sample, evolve, fold
from casework.domain.sample.values import (
    Acted,
    Allocation,
    Beacon,
    BeaconKind,
    Design,
    Disagreement,
    Label,
    Side,
    SizeMeasure,
    Stratifier,
    Truth,
    acted_by,
    band_of,
    size_of,
)
from casework.domain.values import Availability, Outcome, ReopeningCause
from tests.samples import BLOCKED, NOON, OFFICER, UNDER_CONTEST, case_of, reference

REGULATOR = Actor(role=Role.OVERSIGHT, id="o-regulator")
COLLEAGUE = Actor(role=Role.COMPLIANCE, id="c-colleague")
REVIEWER = Actor(role=Role.REVIEWER, id="r-1")
CASES = tuple(UUID(int=number) for number in range(1, 13))
ROOT = Beacon(kind=BeaconKind.CHECKPOINT, randomness="ab" * 32, size=9)


def plan(**changes: Any) -> SampleAnnounced:
    fields: dict[str, Any] = {
        "start": NOON - timedelta(days=30),
        "end": NOON,
        "as_of": NOON,
        "design": Design.SIMPLE,
        "cases": 4,
        "seed": "spring",
        "sides": (Side.PLATFORM, Side.REGULATOR),
        "reopens": True,
    }
    return SampleAnnounced(**{**fields, **changes})


def population(acted: Acted = Acted.RESTRICTED, cases: Sequence[UUID] = CASES) -> decisions.Candidates:
    units = Population(
        [f"case_{case.int}" for case in cases], ["x" for _ in cases], [1 + case.int % 3 for case in cases]
    )
    return decisions.Candidates(units, lambda place: (cases[place], acted))


@dataclass(frozen=True, slots=True)
class Now:
    event: Event
    recorded: datetime
    by: Actor

    @property
    def occurred(self) -> datetime:
        return self.recorded


def sample_of(*events: Event, by: Actor = OFFICER) -> Sample:
    sample = Sample(UUID(int=99))
    for event in events:
        sample = evolve(sample, Now(event, NOON, by))
    return sample


def after(sample: Sample, events: tuple[Event, ...], by: Actor) -> Sample:
    for event in events:
        sample = evolve(sample, Now(event, NOON, by))
    return sample


def drawn(**changes: Any) -> Sample:
    sample = sample_of(plan(**changes))
    return after(
        sample, decisions.draw_sample(sample, decisions.DrawSample(beacon=ROOT), population(), OFFICER, NOON), OFFICER
    )


def refusal(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **more)
    return refused.value.code


def label(sample: Sample, case: UUID, truth: Truth, by: Actor, others: Any = None, **more: Any) -> tuple[Event, ...]:
    found = Label(truth=truth, reasons="because")
    command = decisions.LabelCase(case=case, label=found, sealed=reference(f"{case}{by.id}"))
    return decisions.label_case(sample, command, others or {}, by, NOON, **more)


# Announcing


def announced(actor: Actor = OFFICER, **changes: Any) -> tuple[Event, ...]:
    return decisions.announce_sample(Sample(UUID(int=9)), decisions.AnnounceSample(plan=plan(**changes)), actor, NOON)


def test_announcement_holds_everything_that_decides_who_can_be_drawn() -> None:
    assert announced() == (plan(),)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"end": NOON - timedelta(days=30)}, "sample_period_wrong"),
        ({"as_of": NOON + timedelta(seconds=1)}, "in_the_future"),
        ({"design": Design.STRATIFIED}, "sample_plan_incoherent"),
        ({"design": Design.STRATIFIED, "stratify_by": Stratifier.MEDIUM}, "sample_plan_incoherent"),
        ({"stratify_by": Stratifier.MEDIUM, "allocation": Allocation.EQUAL}, "sample_plan_incoherent"),
        ({"design": Design.WEIGHTED}, "sample_plan_incoherent"),
        ({"size_by": SizeMeasure.SHARE_BAND}, "sample_plan_incoherent"),
        ({"sides": (Side.PLATFORM, Side.PLATFORM)}, "sample_plan_incoherent"),
        ({"sides": (Side.REGULATOR,)}, "sample_not_for_you"),
    ],
)
def test_refuses_an_announcement_that_does_not_fit(changes: Any, code: str) -> None:
    assert refusal(announced, **changes) == code


def test_only_compliance_and_oversight_announce_and_only_the_platform_reopens() -> None:
    assert refusal(announced, REVIEWER) == "not_your_step"
    assert refusal(announced, REGULATOR) == "sample_reopens_not_yours"
    assert announced(REGULATOR, reopens=False, sides=(Side.REGULATOR,))


def test_the_same_announcement_again_is_nothing_and_another_one_is_refused() -> None:
    sample = sample_of(plan())
    again = decisions.AnnounceSample(plan=plan())
    assert decisions.announce_sample(sample, again, OFFICER, NOON) == ()
    other = decisions.AnnounceSample(plan=plan(seed="autumn"))
    assert refusal(decisions.announce_sample, sample, other, OFFICER, NOON) == "sample_already_announced"


# Drawing


def drawing(sample: Sample, beacon: Beacon = ROOT, by: Actor = OFFICER, found: Any = None) -> tuple[Event, ...]:
    command = decisions.DrawSample(beacon=beacon)
    return decisions.draw_sample(sample, command, population() if found is None else found, by, NOON)


def test_draws_the_first_cases_in_the_order_of_the_seed() -> None:
    (event,) = drawing(sample_of(plan()))
    assert isinstance(event, SampleDrawn)
    seed = f"spring:{'ab' * 32}"
    assert event.seed == seed
    ordered = sorted(CASES, key=lambda case: rank(seed, f"case_{case.int}"))
    assert [one.case for one in event.drawn] == ordered[:4]
    assert {(one.chances, one.out_of) for one in event.drawn} == {(4, 12)}
    assert [(one.stratum, one.population, one.sampled) for one in event.strata] == [("all", 12, 4)]


def test_a_public_beacon_must_have_come_out_after_the_announcement() -> None:
    sample = sample_of(plan())
    source: dict[str, Any] = {"kind": BeaconKind.PUBLIC, "randomness": "7f", "publisher": "drand"}
    assert refusal(drawing, sample, Beacon(**source)) == "beacon_too_early"
    assert refusal(drawing, sample, Beacon(**source, published=NOON)) == "beacon_too_early"
    late = Beacon(**source, published=NOON + timedelta(minutes=1))
    assert refusal(drawing, sample, late) == "in_the_future"
    command = decisions.DrawSample(beacon=late)
    assert decisions.draw_sample(sample, command, population(), OFFICER, NOON + timedelta(hours=1))


def test_a_sample_is_drawn_once_by_whoever_announced_it_and_from_something() -> None:
    assert refusal(drawing, Sample(UUID(int=9))) == "sample_not_announced"
    assert refusal(drawing, sample_of(plan()), by=REGULATOR) == "not_your_step"
    assert refusal(drawing, sample_of(plan()), found=population(cases=())) == "nothing_to_sample"
    assert drawing(drawn()) == ()
    other = Beacon(kind=BeaconKind.CHECKPOINT, randomness="cd" * 32, size=10)
    assert refusal(drawing, drawn(), other) == "sample_already_drawn"


def test_refuses_to_leave_a_stratum_out() -> None:
    changes = {"design": Design.STRATIFIED, "stratify_by": Stratifier.OUTCOME, "allocation": Allocation.PROPORTIONAL}
    units = Population(
        [f"case_{case.int}" for case in CASES], ["x", "y", "z", *["x" for _ in CASES[3:]]], [1] * len(CASES)
    )
    found = decisions.Candidates(units, lambda place: (CASES[place], Acted.RESTRICTED))
    command = decisions.DrawSample(beacon=ROOT)
    few = sample_of(plan(**changes | {"cases": 2}))
    assert refusal(decisions.draw_sample, few, command, found, OFFICER, NOON) == "sample_smaller_than_strata"
    assert decisions.draw_sample(sample_of(plan(**changes | {"cases": 3})), command, found, OFFICER, NOON)


UNITS = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 10)), min_size=1, max_size=60).map(
    lambda found: [Unit(f"case_{number}", *one) for number, one in enumerate(found)]
)
PLANS = st.builds(Plan, st.sampled_from(Design), st.integers(1, 40), st.sampled_from(Allocation))


@given_any(units=UNITS, wish=PLANS, seed=st.text("abcdef", min_size=1), order=st.randoms())
@settings(max_examples=60, deadline=None)
def test_anybody_draws_the_same_sample(units: list[Unit], wish: Plan, seed: str, order: Any) -> None:
    found = draw(seed, wish, units)
    shuffled = list(units)
    order.shuffle(shuffled)
    assert draw(seed, wish, shuffled) == found
    assert len({one.pseudonym for one in found.picked}) == len(found.picked) == min(wish.cases, len(units))
    assert all(0 < one.chances <= one.out_of for one in found.picked)
    assert sum(part.population for part in found.strata) == len(units)
    assert sum(part.sampled for part in found.strata) == len(found.picked)


@given_any(units=UNITS, cases=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_probabilities_of_a_weighted_sample_add_up_to_its_size(units: list[Unit], cases: int) -> None:
    """Of every start that there can be, a case is drawn by as many as its probability says."""
    cases = min(cases, len(units))
    found = draw("seed", Plan(Design.WEIGHTED, cases), units)
    sizes = {unit.pseudonym: unit.size for unit in units}
    certain = sum(one.stratum == "certain" for one in found.picked)
    rest = [one for one in found.picked if one.stratum == "by_size"]
    assert all(one.chances == sizes[one.pseudonym] * (cases - certain) < one.out_of for one in rest)


def test_every_case_is_drawn_as_often_as_its_probability_says() -> None:
    units = [Unit(f"case_{number}", "x", 1 + number % 4) for number in range(12)]
    times = dict.fromkeys((unit.pseudonym for unit in units), 0)
    chance: dict[str, float] = {}
    for repeat in range(2000):
        for one in draw(f"s{repeat}", Plan(Design.WEIGHTED, 4), units).picked:
            times[one.pseudonym] += 1
            chance[one.pseudonym] = one.chances / one.out_of
    for name, often in times.items():
        assert abs(often / 2000 - chance[name]) < 0.045


@given_any(sizes=st.dictionaries(st.text("abc", min_size=1), st.integers(1, 50), min_size=1), cases=st.integers(1, 80))
@settings(max_examples=60, deadline=None)
def test_strata_get_at_least_two_while_there_are_enough(sizes: dict[str, int], cases: int) -> None:
    for allocation in Allocation:
        given = allocate(sizes, cases, allocation)
        assert sum(given.values()) == min(cases, sum(sizes.values()))
        assert all(given[name] <= size for name, size in sizes.items())
        if cases >= 2 * len(sizes):
            assert all(given[name] >= min(2, size) for name, size in sizes.items())


def test_proportional_and_equal_allocation() -> None:
    sizes = {"big": 80, "small": 20}
    assert allocate(sizes, 10, Allocation.PROPORTIONAL) == {"big": 8, "small": 2}
    assert allocate(sizes, 10, Allocation.EQUAL) == {"big": 5, "small": 5}


# Labelling


def test_first_label_is_sealed_and_says_nothing() -> None:
    sample = drawn()
    case = next(iter(sample.items))
    assert label(sample, case, Truth.LAWFUL, OFFICER) == (
        AuditLabelGiven(case=case, side=Side.PLATFORM, sealed=reference(f"{case}{OFFICER.id}")),
    )


def test_last_label_opens_all_and_the_regulators_is_the_truth() -> None:
    sample = drawn()
    case = next(iter(sample.items))
    sample = after(sample, label(sample, case, Truth.INFRINGING, OFFICER), OFFICER)
    first = {Side.PLATFORM: Label(truth=Truth.INFRINGING, reasons="because")}
    given, opened, found = label(sample, case, Truth.LAWFUL, REGULATOR, first)
    assert isinstance(given, AuditLabelGiven)
    assert isinstance(opened, AuditLabelsOpened)
    assert (opened.truth, opened.drawn.case) == (Truth.LAWFUL, case)
    assert [(one.side, one.truth) for one in opened.labels] == [
        (Side.PLATFORM, Truth.INFRINGING),
        (Side.REGULATOR, Truth.LAWFUL),
    ]
    assert found == AuditDisagreementFound(case=case, kind=Disagreement.FALSE_BLOCK, reopens=True)


@pytest.mark.parametrize(
    ("acted", "truth", "kind"),
    [
        (Acted.RESTRICTED, Truth.LAWFUL, Disagreement.FALSE_BLOCK),
        (Acted.PASSED, Truth.INFRINGING, Disagreement.MISSED_INFRINGEMENT),
        (Acted.RESTRICTED, Truth.INFRINGING, None),
        (Acted.PASSED, Truth.LAWFUL, None),
        (Acted.RESTRICTED, Truth.CANNOT_TELL, None),
        (Acted.PASSED, Truth.CANNOT_TELL, None),
    ],
)
def test_disagreement_is_between_the_decision_and_the_truth(acted: Acted, truth: Truth, kind: Any) -> None:
    assert decisions.disagreement_of(acted, truth) is kind


def test_what_a_labeller_may_do_does_not_depend_on_the_others_label() -> None:
    before = drawn()
    case = next(iter(before.items))
    later = after(before, label(before, case, Truth.LAWFUL, REGULATOR), REGULATOR)
    assert before.awaits(Side.PLATFORM) == later.awaits(Side.PLATFORM)
    assert before.labelled(Side.PLATFORM) == later.labelled(Side.PLATFORM)
    assert later.opened == ()
    assert label(later, case, Truth.LAWFUL, OFFICER, {Side.REGULATOR: Label(truth=Truth.LAWFUL, reasons="r")})


def test_refuses_labels_that_are_not_awaited() -> None:
    sample = drawn()
    case = next(iter(sample.items))
    assert refusal(label, sample, UUID(int=77), Truth.LAWFUL, OFFICER) == "sample_item_unknown"
    assert refusal(label, sample, case, Truth.LAWFUL, REVIEWER) == "not_your_step"
    assert refusal(label, sample, case, Truth.LAWFUL, OFFICER, took_part=True) == "took_part_in_case"
    assert refusal(label, drawn(sides=(Side.PLATFORM,)), case, Truth.LAWFUL, REGULATOR) == "sample_not_for_you"
    labelled = after(sample, label(sample, case, Truth.LAWFUL, OFFICER), OFFICER)
    assert refusal(label, labelled, case, Truth.LAWFUL, COLLEAGUE) == "already_labelled"
    own = {Side.PLATFORM: Label(truth=Truth.LAWFUL, reasons="because")}
    assert label(labelled, case, Truth.LAWFUL, OFFICER, own) == ()
    assert refusal(label, labelled, case, Truth.INFRINGING, OFFICER, own) == "already_labelled"
    blank = decisions.LabelCase(case=case, label=Label(truth=Truth.LAWFUL, reasons=" "), sealed=reference("blank"))
    assert refusal(decisions.label_case, sample, blank, {}, OFFICER, NOON) == "reasons_missing"


def test_closing_opens_what_is_sealed_and_takes_no_more() -> None:
    sample = drawn()
    first, second = list(sample.items)[:2]
    sample = after(sample, label(sample, first, Truth.CANNOT_TELL, OFFICER), OFFICER)
    assert set(decisions.sealed_labels(sample)) == {first}
    sealed = {first: {Side.PLATFORM: Label(truth=Truth.CANNOT_TELL, reasons="r")}}
    assert refusal(decisions.close_sample, sample, sealed, REGULATOR, NOON) == "not_your_step"
    opened, closed = decisions.close_sample(sample, sealed, OFFICER, NOON)
    assert isinstance(opened, AuditLabelsOpened)
    assert isinstance(closed, SampleClosed)
    sample = after(sample, (opened, closed), OFFICER)
    assert refusal(label, sample, second, Truth.LAWFUL, OFFICER) == "sample_closed"
    assert sample.awaits(Side.PLATFORM) == ()
    assert decisions.close_sample(sample, {}, OFFICER, NOON) == ()
    assert refusal(decisions.close_sample, sample_of(plan()), {}, OFFICER, NOON) == "sample_not_drawn"


# What follows for the case


def found(kind: Disagreement, *, reopens: bool = True) -> AuditDisagreementFound:
    return AuditDisagreementFound(case=CASES[0], kind=kind, reopens=reopens)


def test_a_false_block_that_stands_is_decided_anew() -> None:
    blocked = case_of(BLOCKED)
    wish = ReopenCase(cause=ReopeningCause.AUDIT_DISAGREEMENT)
    assert when_audit_disagreement_found_reopen_case(found(Disagreement.FALSE_BLOCK), blocked) == wish
    assert when_audit_disagreement_found_reopen_case(found(Disagreement.MISSED_INFRINGEMENT), blocked) is None
    assert when_audit_disagreement_found_reopen_case(found(Disagreement.FALSE_BLOCK, reopens=False), blocked) is None


def test_a_case_that_was_decided_anew_or_is_being_decided_is_left_alone() -> None:
    reopened = CaseReopened(
        appeal=1, cause=ReopeningCause.AUDIT_DISAGREEMENT, availability=Availability.BLOCKED, statement_of_reasons=None
    )
    over = AppealWithdrawn(side=Role.UPLOADER, availability=Availability.BLOCKED, appeal=1)
    for case in (case_of(BLOCKED, reopened), case_of(*UNDER_CONTEST), case_of(BLOCKED, reopened, over)):
        assert when_audit_disagreement_found_reopen_case(found(Disagreement.FALSE_BLOCK), case) is None


# Words and state


@pytest.mark.parametrize(
    ("share", "band", "size"),
    [
        (None, "unknown", 1),
        ("0", "00_10", 1),
        ("0.1", "10_20", 2),
        ("0.0999999999999999999999999999999999999", "00_10", 1),
        ("0.8999999999999999999999999999999999999", "80_90", 9),
        ("0.95", "90_100", 10),
        ("1", "90_100", 10),
    ],
)
def test_share_bands_are_those_of_the_figures(share: str | None, band: str, size: int) -> None:
    exact = None if share is None else Decimal(share)
    assert (band_of(exact), size_of(exact)) == (band, size)


@pytest.mark.parametrize("outcome", Outcome)
def test_holds_and_blocks_are_restrictions(outcome: Outcome) -> None:
    restricted = outcome in (Outcome.PRESUMED_INFRINGING, Outcome.PRIOR_REVIEW)
    assert acted_by(outcome) is (Acted.RESTRICTED if restricted else Acted.PASSED)


def test_state_is_a_fold_that_knows_its_own_facts_only() -> None:
    sample = drawn()
    case = next(iter(sample.items))
    events = label(sample, case, Truth.LAWFUL, OFFICER)
    assert sample.drawn is not None
    history = [Now(event, NOON, OFFICER) for event in (plan(), sample.drawn, *events)]
    assert fold(sample.id, history) == after(sample, events, OFFICER)
    full = drawn(sides=(Side.PLATFORM,))
    opened = after(full, label(full, case, Truth.LAWFUL, OFFICER), OFFICER)
    assert [item.disagreement for item in opened.opened] == [Disagreement.FALSE_BLOCK]
    with pytest.raises(ValueError, match="cannot go on"):
        sample_of(BLOCKED)
