"""Random audit samples over a played history, by the domain's own decisions, and their figures counted anew.

The second count goes case by case, with no sums kept and no code of the first one but the names of its words.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.facts import Actor, Event, Role
from casework.domain.sample import decisions
from casework.domain.sample.drawing import Population
from casework.domain.sample.events import AuditLabelsOpened, SampleAnnounced, SampleDrawn
from casework.domain.sample.state import SIDES, Sample, evolve
from casework.domain.sample.values import (
    Allocation,
    Beacon,
    BeaconKind,
    Design,
    Label,
    Side,
    SizeMeasure,
    Stratifier,
    Truth,
    acted_by,
    band_of,
    size_of,
)
from casework.domain.values import Rule, VaultReference
from casework.eventlog.codec import Recorded
from casework.eventlog.public_facts import Pseudonyms

OFFICER = Actor(role=Role.COMPLIANCE, id="officer")
REGULATOR = Actor(role=Role.OVERSIGHT, id="regulator")
PSEUDONYMS = Pseudonyms(b"a secret of played samples")
TRUTHS = ("infringing", "lawful", "cannot_tell")

Interval = tuple[float, float] | None
Written = tuple[datetime, Actor, UUID, tuple[Event, ...]]
"""When, by whom, in which stream, what."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the history."""

    case: UUID
    event: FilteringDecisionRecorded
    recorded: datetime


@dataclass(frozen=True, slots=True)
class _Past:
    event: Event
    recorded: datetime
    by: Actor

    @property
    def occurred(self) -> datetime:
        return self.recorded


def candidates(decided: Sequence[Decided], plan: SampleAnnounced) -> decisions.Candidates:
    """The population that an announcement describes."""
    known, names, strata_of, sizes = [], list[str](), list[str](), list[int]()
    for one in decided:
        event = one.event
        if not plan.start <= event.decided_at < plan.end or one.recorded > plan.as_of or event.rule is Rule.ORDER:
            continue
        if plan.outcomes and event.outcome not in plan.outcomes:
            continue
        band = band_of(event.evidence.share_of_upload)
        strata = {
            Stratifier.OUTCOME: event.outcome.value,
            Stratifier.MEDIUM: event.upload.medium.value,
            Stratifier.SHARE_BAND: band,
        }
        name = "" if plan.stratify_by is None else strata[plan.stratify_by]
        known.append((one.case, acted_by(event.outcome)))
        names.append(PSEUDONYMS.of("case", str(one.case)))
        strata_of.append(name)
        sizes.append(size_of(event.evidence.share_of_upload))
    return decisions.Candidates(Population(names, strata_of, sizes), known.__getitem__)


def plan_of(random: Random, begin: datetime, now: datetime) -> SampleAnnounced:
    """Some announcement."""
    design = random.choice(list(Design))
    stratified = design is Design.STRATIFIED
    return SampleAnnounced(
        start=begin,
        end=begin + timedelta(days=random.choice((30, 60, 200))),
        as_of=now,
        design=design,
        stratify_by=random.choice(list(Stratifier)) if stratified else None,
        allocation=random.choice(list(Allocation)) if stratified else None,
        size_by=SizeMeasure.SHARE_BAND if design is Design.WEIGHTED else None,
        # No fewer than there are strata: eleven bands of the share.
        cases=random.choice((12, 20, 40) if stratified else (5, 20, 40)),
        seed=f"word-{random.randrange(1000)}",
        sides=(Side.PLATFORM, Side.REGULATOR) if random.random() < 0.7 else (Side.PLATFORM,),
        reopens=random.random() < 0.5,
    )


def sampled(random: Random, decided: Sequence[Decided], begin: datetime, now: datetime) -> Iterator[Written]:
    """One sample from announcement to closing; some labels are never given, and some samples never closed."""
    identifier, state = UUID(int=random.getrandbits(128), version=4), Sample(UUID(int=0))

    def written(events: tuple[Event, ...], by: Actor, moment: datetime) -> Written:
        nonlocal state
        for event in events:
            state = evolve(state, _Past(event, moment, by))
        return moment, by, identifier, events

    plan = plan_of(random, begin, now)
    population = candidates(decided, plan)
    if not population.population.pseudonyms:
        return
    yield written(decisions.announce_sample(state, decisions.AnnounceSample(plan=plan), OFFICER, now), OFFICER, now)
    now += timedelta(hours=12)
    beacon = Beacon(
        kind=BeaconKind.PUBLIC,
        randomness=hashlib.sha256(identifier.bytes).hexdigest(),
        publisher="dice",
        published=now - timedelta(hours=6),
    )
    drawn = decisions.draw_sample(state, decisions.DrawSample(beacon=beacon), population, OFFICER, now)
    yield written(drawn, OFFICER, now)
    sealed: defaultdict[UUID, dict[Side, Label]] = defaultdict(dict)
    turns = [(case, by) for case in state.items for by in (OFFICER, REGULATOR) if SIDES[by.role] in plan.sides]
    for case, by in random.sample(turns, int(len(turns) * random.choice((0.3, 0.9, 1)))):
        now += timedelta(hours=12)
        label = Label(truth=random.choices(list(Truth), weights=(5, 4, 1))[0], reasons="because")
        digest = hashlib.sha256(f"{case}{by.id}".encode()).hexdigest()
        command = decisions.LabelCase(case=case, label=label, sealed=VaultReference(id=digest[:20], digest=digest))
        yield written(decisions.label_case(state, command, sealed[case], by, now), by, now)
        sealed[case][SIDES[by.role]] = label
    if random.random() < 0.7:
        now += timedelta(hours=12)
        waiting = {case: sealed[case] for case in decisions.sealed_labels(state)}
        yield written(decisions.close_sample(state, waiting, OFFICER, now), OFFICER, now)


# The second count


@dataclass(frozen=True, slots=True)
class Looked:
    """A case of a sample as the estimates see it."""

    stratum: tuple[UUID, str]
    probability: Fraction
    restricted: bool
    truth: str | None


Test = Callable[[Looked], bool]
QUESTIONS: dict[str, tuple[Test, Test]] = {
    "false_block_rate": (lambda one: one.restricted, lambda one: one.truth == "lawful"),
    "missed_infringement_rate": (lambda one: not one.restricted, lambda one: one.truth == "infringing"),
    "precision": (lambda one: one.restricted, lambda one: one.truth == "infringing"),
    "recall": (lambda one: one.truth == "infringing", lambda one: one.restricted),
    "accuracy": (lambda one: True, lambda one: one.restricted is (one.truth == "infringing")),
}
"""What each estimate is a share of, and what counts there."""

Counted = tuple[Fraction | int | None, int | None, int | None, Interval]
Kappa = Callable[[Sequence[tuple[str, ...]], Sequence[str]], tuple[Fraction | None, Interval]]


def recounted(log: Sequence[Recorded], inside: Callable[[datetime], bool], kappa: Kappa) -> dict[str, Counted]:
    """Every figure ``audit``: number, numerator, denominator, interval."""
    drawings = [one for one in log if isinstance(one.event, SampleDrawn) and inside(one.occurred)]
    streams = {one.stream for one in drawings}
    opened: dict[tuple[UUID, UUID], Any] = {
        (one.stream, one.event.drawn.case): one.event
        for one in log
        if isinstance(one.event, AuditLabelsOpened) and one.stream in streams
    }
    looked = list(_looked_at(drawings, opened))
    results: dict[str, Counted] = {}

    def put(name: str, number: int) -> None:
        results[f"audit.{name}"] = (number, None, None, None)

    put("samples", len(drawings))
    designs = Counter(one.event.design.value for one in drawings if isinstance(one.event, SampleDrawn))
    for design in ("simple", "stratified", "weighted"):
        put(f"by_design.{design}", designs[design])
    put("sampled", len(looked))
    put("labelled", len(opened))
    for acted in ("restricted", "passed"):
        for truth in TRUTHS:
            there = [each for each in looked if each.restricted is (acted == "restricted") and each.truth == truth]
            put(f"found.{acted}/{truth}", len(there))
    pairs = []
    for event in opened.values():
        said = {label.side.value: label.truth.value for label in event.labels}
        if len(said) == 2:
            pairs.append((said["platform"], said["regulator"]))
    put("labelled_twice", len(pairs))
    for first in TRUTHS:
        for second in TRUTHS:
            put(f"label_pairs.{first}/{second}", pairs.count((first, second)))
    value, limits = kappa(pairs, TRUTHS)
    results["audit.kappa"] = (value, None, len(pairs), limits)
    for name, (asked, hit) in QUESTIONS.items():
        results[f"audit.{name}"] = estimated(looked, asked, hit)
    return results


def _looked_at(drawings: Sequence[Recorded], opened: dict[tuple[UUID, UUID], Any]) -> Iterator[Looked]:
    for one in drawings:
        event: Any = one.event
        for drawn in event.drawn:
            found = opened.get((one.stream, drawn.case))
            probability = Fraction(drawn.chances, drawn.out_of)
            truth = None if found is None else found.truth.value
            yield Looked((one.stream, drawn.stratum), probability, drawn.acted.value == "restricted", truth)


def estimated(looked: Sequence[Looked], asked: Test, hit: Test) -> Counted:
    """The weighted share and its interval, case by case."""
    told = [one for one in looked if one.truth in ("infringing", "lawful")]
    concerned = [one for one in told if asked(one)]
    n = len(concerned)
    if not n:
        return None, None, 0, None
    weights = {}
    for stratum in {one.stratum for one in told}:
        drawn = sum(one.stratum == stratum for one in looked)
        answered = sum(one.stratum == stratum for one in told)
        weights[stratum] = Fraction(drawn, answered)

    def weight(one: Looked) -> Fraction:
        return weights[one.stratum] / one.probability

    whole = sum((weight(one) for one in concerned), Fraction())
    share = sum((weight(one) for one in concerned if hit(one)), Fraction()) / whole
    if len(weights) == 1 and len({weight(one) for one in told}) == 1:
        return share, None, n, score_interval(share, n)
    values: defaultdict[tuple[UUID, str], list[Fraction]] = defaultdict(list)
    for one in told:
        values[one.stratum].append(weight(one) / whole * (int(hit(one)) - share) if asked(one) else Fraction())
    variance = Fraction()
    for numbers in values.values():
        m = len(numbers)
        if m == 1:
            variance += numbers[0] ** 2
            continue
        mean = sum(numbers, Fraction()) / m
        variance += Fraction(m, m - 1) * sum(((number - mean) ** 2 for number in numbers), Fraction())
    if variance and 0 < share < 1:
        size = min(Fraction(n), share * (1 - share) / variance)
    else:
        size = whole**2 / sum((weight(one) ** 2 for one in concerned), Fraction())
    return share, None, n, score_interval(share, size)


def score_interval(share: Fraction, size: Fraction | int) -> tuple[float, float]:
    """The roots of (p - x)^2 = z^2 x (1 - x) / n."""
    z, p, n = 1.959963984540054, float(share), float(size)
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)
