"""Announcing, drawing, labelling and closing a sample: by officers for the platform, by oversight for the regulator.

Nobody chooses who is drawn: the announcement fixes the population and its own part of the seed, and the rest of the
seed comes into being afterwards. Nobody is swayed: a label is sealed until all labels of its case are in (product.md
F3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.sample.drawing import Plan, Population, draw_from
from casework.domain.sample.events import (
    AuditDisagreementFound,
    AuditLabelGiven,
    AuditLabelsOpened,
    SampleAnnounced,
    SampleClosed,
    SampleDrawn,
)
from casework.domain.sample.state import SIDES, Given, Item, Sample
from casework.domain.sample.values import (
    Acted,
    Beacon,
    BeaconKind,
    Design,
    Disagreement,
    DrawnCase,
    Label,
    OpenedLabel,
    Side,
    Stratum,
    Truth,
)
from casework.domain.values import VaultReference


def side_of(actor: Actor) -> Side:
    """For whom somebody draws and labels. Raises ``Refused`` for whoever does neither."""
    side = SIDES.get(actor.role)
    if side is None:
        raise Refused("not_your_step")
    return side


class AnnounceSample(Command):
    """What will be drawn, and how."""

    plan: SampleAnnounced


def announce_sample(sample: Sample, command: AnnounceSample, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Announce it. The very same announcement again yields no event.

    Raises ``Refused``: ``sample_period_wrong`` unless the period ends after it begins, ``in_the_future`` for a
    population that is not known yet, ``sample_plan_incoherent``, ``sample_not_for_you`` where one's own side does not
    label, ``sample_reopens_not_yours``: only the platform reopens cases.
    """
    side, plan = side_of(actor), command.plan
    if sample.announced is not None:
        if sample.announced == plan:
            return ()
        raise Refused("sample_already_announced")
    if plan.end <= plan.start:
        raise Refused("sample_period_wrong")
    if plan.as_of > now:
        raise Refused("in_the_future")
    stratified, weighted = plan.design is Design.STRATIFIED, plan.design is Design.WEIGHTED
    coherent = (plan.stratify_by is not None, plan.allocation is not None) == (stratified, stratified)
    if not coherent or (plan.size_by is not None) != weighted or len(set(plan.sides)) != len(plan.sides):
        raise Refused("sample_plan_incoherent")
    if side not in plan.sides:
        raise Refused("sample_not_for_you")
    if plan.reopens and side is not Side.PLATFORM:
        raise Refused("sample_reopens_not_yours")
    return (plan,)


class Candidates(NamedTuple):
    """The population: what the draw knows of it, and by its place there each case and what its decision did."""

    population: Population
    at: Callable[[int], tuple[UUID, Acted]]


class DrawSample(Command):
    """The beacon has spoken; whoever announced the sample draws it."""

    beacon: Beacon


def draw_sample(
    sample: Sample, command: DrawSample, candidates: Candidates, actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Draw it from the population that was announced. Drawn by the same beacon already, it yields no event.

    Raises ``Refused``: ``sample_not_announced``, ``sample_already_drawn``, ``beacon_too_early`` for a public beacon
    that is not known to have come out after the announcement, ``nothing_to_sample``, ``sample_smaller_than_strata``
    where a stratum would be left out: what is found of the others would be told of all.
    """
    side, beacon, announced = side_of(actor), command.beacon, sample.announced
    if announced is None or sample.announced_at is None or sample.announced_by is None:
        raise Refused("sample_not_announced")
    if side is not SIDES.get(sample.announced_by.role):
        raise Refused("not_your_step")
    if sample.drawn is not None:
        if sample.drawn.beacon == beacon:
            return ()
        raise Refused("sample_already_drawn")
    if beacon.kind is BeaconKind.PUBLIC:
        _check_came_out(beacon, sample.announced_at, now)
    if not candidates.population.pseudonyms:
        raise Refused("nothing_to_sample")
    drawn = _drawn(announced, beacon, candidates)
    if any(not one.sampled for one in drawn.strata):
        raise Refused("sample_smaller_than_strata", strata=str(len(drawn.strata)))
    return (drawn,)


def _drawn(announced: SampleAnnounced, beacon: Beacon, candidates: Candidates) -> SampleDrawn:
    seed, names = f"{announced.seed}:{beacon.randomness}", candidates.population.pseudonyms
    plan = Plan(announced.design, announced.cases, announced.allocation)
    found = draw_from(seed, plan, candidates.population)
    picked = {one.pseudonym for one in found.picked}
    known = {name: candidates.at(place) for place, name in enumerate(names) if name in picked}
    return SampleDrawn(
        beacon=beacon,
        design=announced.design,
        seed=seed,
        population=len(names),
        strata=tuple(
            Stratum(stratum=part.name, population=part.population, sampled=part.sampled) for part in found.strata
        ),
        drawn=tuple(
            DrawnCase(
                case=known[one.pseudonym][0],
                stratum=one.stratum,
                chances=one.chances,
                out_of=one.out_of,
                acted=known[one.pseudonym][1],
            )
            for one in found.picked
        ),
    )


def _check_came_out(beacon: Beacon, announced_at: datetime, now: datetime) -> None:
    """A public beacon is known by its publisher, and came out after the announcement. Raises ``Refused``."""
    if beacon.published is None or beacon.publisher is None or beacon.published <= announced_at:
        raise Refused("beacon_too_early")
    if beacon.published > now:
        raise Refused("in_the_future")


class LabelCase(Command):
    """What somebody finds of a case; ``sealed`` is where the label lies."""

    case: UUID
    label: Label
    sealed: VaultReference


def label_case(
    sample: Sample,
    command: LabelCase,
    others: Mapping[Side, Label],
    actor: Actor,
    now: datetime,
    *,
    took_part: bool = False,
) -> tuple[Event, ...]:
    """Seal a label; if it was the last one that is awaited, open all of the case. ``others``: the labels that are in.

    Labelled alike by the same person already, it yields no event: the first label stays. Raises ``Refused``:
    ``sample_item_unknown``, ``sample_closed``, ``already_labelled`` by a colleague or in another way,
    ``took_part_in_case``, ``reasons_missing``.
    """
    side, item = side_of(actor), sample.items.get(command.case)
    if item is None or sample.announced is None or sample.drawn_at is None:
        raise Refused("sample_item_unknown")
    if side not in sample.announced.sides:
        raise Refused("sample_not_for_you")
    if side in item.given:
        own, new = others.get(side), command.label
        if item.given[side].by == actor.id and (own is None or (own.truth, own.bases) == (new.truth, new.bases)):
            return ()
        raise Refused("already_labelled")
    if sample.closed_at is not None:
        raise Refused("sample_closed")
    if took_part:
        raise Refused("took_part_in_case")
    if not command.label.reasons.strip():
        raise Refused("reasons_missing")
    given = AuditLabelGiven(case=command.case, side=side, sealed=command.sealed)
    labels = {**others, side: command.label}
    if not set(sample.announced.sides) <= {*item.given, side}:
        return (given,)
    return (given, *_opened(item, labels, sample.drawn_at, reopens=sample.announced.reopens))


class CloseSample(Command):
    """No more labels are taken."""


def close_sample(
    sample: Sample, sealed: Mapping[UUID, Mapping[Side, Label]], actor: Actor, now: datetime
) -> tuple[Event, ...]:
    """Close it, and open what is still sealed: ``sealed``, at least one label a case. Closed already: no event."""
    side = side_of(actor)
    if sample.announced is None or sample.announced_by is None or sample.drawn_at is None:
        raise Refused("sample_not_drawn")
    if side is not SIDES.get(sample.announced_by.role):
        raise Refused("not_your_step")
    if sample.closed_at is not None:
        return ()
    events: list[Event] = []
    for case, labels in sealed.items():
        events += _opened(sample.items[case], labels, sample.drawn_at, reopens=sample.announced.reopens)
    return (*events, SampleClosed())


def sealed_labels(sample: Sample) -> Mapping[UUID, Mapping[Side, Given]]:
    """The labels that are in and not open yet, by case."""
    return {case: item.given for case, item in sample.items.items() if item.given and item.truth is None}


def truth_of(labels: Mapping[Side, Label]) -> Truth:
    """What counts as true: what the regulator found where it labelled, otherwise what the platform's officer found."""
    return (labels.get(Side.REGULATOR) or labels[Side.PLATFORM]).truth


def disagreement_of(acted: Acted, truth: Truth) -> Disagreement | None:
    """How the truth differs from what the decision did, if it does."""
    if (acted, truth) == (Acted.RESTRICTED, Truth.LAWFUL):
        return Disagreement.FALSE_BLOCK
    if (acted, truth) == (Acted.PASSED, Truth.INFRINGING):
        return Disagreement.MISSED_INFRINGEMENT
    return None


def _opened(item: Item, labels: Mapping[Side, Label], drawn_at: datetime, *, reopens: bool) -> tuple[Event, ...]:
    truth = truth_of(labels)
    opened = AuditLabelsOpened(
        drawn=item.drawn,
        drawn_at=drawn_at,
        labels=tuple(
            OpenedLabel(side=side, truth=labels[side].truth, bases=labels[side].bases)
            for side in Side
            if side in labels
        ),
        truth=truth,
    )
    kind = disagreement_of(item.drawn.acted, truth)
    if kind is None:
        return (opened,)
    return (opened, AuditDisagreementFound(case=item.drawn.case, kind=kind, reopens=reopens))


ROLES = (Role.COMPLIANCE, Role.OVERSIGHT)
"""Who has to do with samples."""
