"""Random histories of many cases, played by the domain's own decisions: late, back-dated, at midnight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.domain.case import adjudication, intake, marks, panel
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.clock import ExpireDeadline
from casework.domain.case.decisions import decide
from casework.domain.case.events import FilteringDecisionRecorded, RulingIssued
from casework.domain.case.evolution import evolve
from casework.domain.case.state import Case, Procedure
from casework.domain.case.steps import allowed_steps
from casework.domain.deadlines import Terms, deadlines
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party import events as party_events
from casework.domain.party.state import Standing
from casework.domain.party.values import Conduct, Gravity, Intention, Right
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standards, read_standard
from casework.domain.values import (
    ChallengeGround,
    ContestGround,
    Mark,
    MarkBasis,
    RulingOutcome,
    VaultReference,
    WorkFlag,
)
from casework.domain.work.events import PriorReviewRequested
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Append, EventLog
from casework.law import read_law
from casework.views.models.figures_ledger import Histories
from tests.domain.history_wishes import Wishes
from tests.reports.asked import asked
from tests.reports.paid import forgotten, paid
from tests.reports.sampling import Decided, sampled
from tests.reports.tallies import tallies

LAW = read_law("cn-e-commerce")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
REVIEWERS = tuple(f"reviewer-{number}" for number in range(1, 8))
PUBLISHED = Path(__file__).parents[2] / "casework" / "domain" / "standard" / "published" / "cn-2021-1.toml"
FIRST = read_standard(PUBLISHED.read_text("utf-8"))
SECOND = FIRST.model_copy(
    update={
        "id": "test-2",
        "published": BEGIN,
        "effective_from": BEGIN + timedelta(days=40),
        "procedure": FIRST.procedure.model_copy(update={"ruling_due_days": 3, "restore_on_contest": True}),
    }
)
STANDARDS = Standards([FIRST, SECOND])
MATCHER = Actor(role=Role.MATCHER, id="engine")
OFFICER = Actor(role=Role.CLOCK, id="casework")
COMPLIANCE = Actor(role=Role.COMPLIANCE, id="compliance")
DESK = Actor(role=Role.INTAKE, id="intake")
LIKELY = {
    "contests": 5, "challenges": 4, "urgent-blocks": 6, "counter-notices": 8, "intake-decisions": 10, "deliveries": 6,
    "panels": 8, "rulings": 14, "notices": 4, "further-reviews": 5, "warning-answers": 3, "settlements": 2,
    "reopenings": 0.5, "orders": 0.4, "outside-proceedings": 0.6, "upload-withdrawals": 0.1, "statements": 0.2,
    "evidence": 0.1, "reassignments": 0.4, "recusals": 0.5, "withdrawals": 0.5, "legal-actions": 0.6,
}  # fmt: skip
"""How often an offered step is taken beside the others, so that histories get deep; one, where it is not named."""
BASES = ("CN_ART24_02", "CN_ART24_01", "LICENSED", "NO_EXCEPTION")
ALMOST = "0.8" + "9" * 37  # only exact arithmetic keeps it below its limit
SHARES = ("0.03", "0.1", "0.15", "0.31", "0.45", "0.5", "0.51", "0.68", "0.72", ALMOST, "0.9", "0.93", "0.97", "1")


@dataclass(frozen=True, slots=True)
class Step:
    """Events of one case that are written together."""

    recorded: datetime
    occurred: datetime
    by: Actor
    stream: UUID
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a history goes. ``slot`` is the grid on which events are recorded, ``appeals`` how often people appeal.

    ``wild``: in how many cases everybody takes any step that is offered, under any regime, in no plan.
    """

    days: int = 100
    slot: timedelta = timedelta(hours=12)
    appeals: float = 0.6
    late: float = 0.15
    odd: float = 0.1
    wild: float = 0.4
    standards: Standards = STANDARDS


@dataclass(frozen=True, slots=True)
class _Past:
    event: Event
    occurred: datetime
    recorded: datetime
    by: Actor


class _Player:
    """Plays one case, deciding by chance what people do and when."""

    def __init__(self, random: Random, habits: Habits, number: int) -> None:
        self.random = random
        self.habits = habits
        self.number = number
        self.steps: list[Step] = []
        self.past: list[_Past] = []
        self.folded: Case | None = None
        self.rulings: dict[str, panel.Ruling] = {}
        self.wild = self.chance(habits.wild)
        self.wishes = Wishes(random)
        self.regime: Regime | None = random.choice(list(LAW.regimes.by_id.values())) if self.wild else None
        self.standings = {Role.RIGHT_HOLDER: Standing(trusted=self.chance(0.7))} if self.wild else {}

    @property
    def case(self) -> Case:
        assert self.folded is not None
        return self.folded

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def reference(self) -> VaultReference:
        name = f"{self.number}-{len(self.past)}-{self.random.random()}"
        return VaultReference(id=name[:40], digest=hashlib.sha256(name.encode()).hexdigest())

    def on_the_grid(self, moment: datetime) -> datetime:
        """The next moment at which something may be recorded."""
        slots = -((BEGIN - moment) // self.habits.slot)
        return BEGIN + slots * self.habits.slot

    def write(self, events: tuple[Event, ...], by: Actor, recorded: datetime, occurred: datetime | None = None) -> None:
        moment = recorded if occurred is None else min(occurred, recorded)
        self.steps.append(Step(recorded, moment, by, self.stream, events))
        for event in events:
            self.past.append(_Past(event, moment, recorded, by))
            self.folded = evolve(self.folded, self.past[-1])

    def begin(self) -> None:
        random = self.random
        decided = BEGIN + timedelta(
            seconds=random.randrange(int(self.habits.days * 86400)), microseconds=random.randrange(10**6)
        )
        if self.chance(self.habits.odd):
            decided = midnight(decided)
        late = timedelta(days=random.uniform(0, 9)) if self.chance(self.habits.late) else timedelta(0)
        recorded = self.on_the_grid(decided + late)
        standard = self.habits.standards.in_force(decided) or self.habits.standards.all[0]
        command = intake.RecordFilteringDecision.model_validate(self.line(decided))
        pseudonyms = intake.Pseudonyms(
            uploader=f"u-{self.number % 97}",
            right_holder=f"h-{self.number % 31}",
            statements=tuple(None for _ in command.marks),
        )
        known = intake.KnownOfParties(
            no_block=self.chance(0.03), marking_suspended=self.chance(0.1), prior_review_requested=self.wild
        )
        self.stream = intake.case_id(command.source, command.decision_id)
        event = intake.record_filtering_decision(command, pseudonyms, known, standard, recorded, self.regime)
        self.write((event,), MATCHER, recorded, decided)

    def line(self, decided: datetime) -> dict[str, Any]:
        random = self.random
        medium = random.choice(("text", "video", "video", "audio", "image"))
        method = "keyword" if self.chance(0.05) else random.choice(("fingerprint", "fingerprint", "hash"))
        share = None if method == "keyword" and self.chance(0.5) else random.choice(SHARES)
        amounts = {"text": {"characters": 4000, "words": 900}, "image": {"bytes": 400_000}}
        small = {"text": {"characters": 90}, "image": {"bytes": 90_000}}
        amount = (small if self.chance(0.1) else amounts).get(medium, {"seconds": "9" if self.chance(0.1) else "240"})
        bases = random.choices(("licensed", "own_work", "public_domain"), k=random.choice((0, 0, 0, 0, 1, 2)))
        return {
            "decision_id": f"d-{self.number}",
            "source": "engine-eu1",
            "decided_at": decided.astimezone(SHANGHAI).isoformat(),
            "upload": {
                "id": f"up-{self.number}",
                "version": 1,
                "uploader_id": "u",
                "medium": medium,
                "amount": amount,
                "commercial": self.chance(0.2),
                "content_sha256": f"{random.randrange(12):064x}" if self.chance(0.7) else None,
                "public_since": decided.isoformat() if self.wild and self.chance(0.3) else None,
            },
            "work": {
                "id": f"w-{random.randrange(3)}",
                "title": "W",
                "right_holder_id": "h",
                "kind": "film",
                "flags": self.flags(),
            },
            "evidence": {
                "method": method,
                "engine": {"text": "text-winnow", "hash": "exact"}.get(medium, "chromaprint"),
                "engine_version": random.choice(("1.4.2", "1.5.1")),
                "share_of_upload": share,
                "amount": amount,
            },
            "marks": [{"basis": basis} for basis in bases],
        }

    def flags(self) -> list[str]:
        return self.random.choice([[], [], [], ["time_sensitive"], ["high_loss"]]) if self.wild else []

    def moment(self, least: float, most: float) -> tuple[datetime, datetime]:
        """When the next step is recorded and when it occurred."""
        last = self.steps[-1].recorded
        recorded = self.on_the_grid(last + timedelta(hours=self.random.uniform(least, most)))
        occurred = recorded - timedelta(minutes=self.random.uniform(0, 300), microseconds=self.random.randrange(10**6))
        if self.chance(self.habits.odd):
            occurred = midnight(recorded)
        elif self.chance(self.habits.late):
            occurred = recorded - timedelta(days=self.random.uniform(0, 6))
        return recorded, occurred

    def at(self, actor: Actor, recorded: datetime) -> Circumstances:
        standard = self.habits.standards[self.case.decision.standard]
        if self.regime is None:
            return Circumstances(actor=actor, now=recorded, standard=standard)
        calendar = LAW.calendar_of(self.regime)
        return Circumstances(actor, recorded, standard, self.regime, calendar, self.standings)

    def uploader(self) -> Actor:
        return Actor(role=Role.UPLOADER, id=self.case.uploader)

    def right_holder(self) -> Actor:
        return Actor(role=Role.RIGHT_HOLDER, id=self.case.right_holder)

    def play(self) -> list[Step]:
        self.begin()
        if self.wild:
            self.wander()
            return self.steps
        if self.case.procedure in marks.MARKABLE and self.chance(0.25):
            recorded, occurred = self.moment(1, 400)
            mark = Mark(basis=self.random.choice((MarkBasis.LICENSED, MarkBasis.OWN_WORK, MarkBasis.PUBLIC_DOMAIN)))
            wish = marks.MarkLawfulUse(mark=mark, truthful=True)
            self.write(
                marks.mark_lawful_use(self.case, wish, self.at(self.uploader(), recorded)),
                self.uploader(),
                recorded,
                occurred,
            )
        if self.chance(self.habits.appeals):
            self.appeal()
        return self.steps

    def wander(self) -> None:
        """Anybody takes any step that is offered; clocks run out, mostly when they are due."""
        for _ in range(self.random.randrange(45)):
            self.expire(*self.moment(0, self.random.choice((1, 20, 90, 400))))

    def expire(self, recorded: datetime, occurred: datetime) -> None:
        standard = self.habits.standards[self.case.decision.standard]
        clock = self.at(OFFICER, recorded)
        terms = Terms(standard, clock.regime, clock.calendar)
        due = [one for one in deadlines(self.case, terms) if one.due_at <= recorded]
        if due and self.chance(0.7):
            self.take(ExpireDeadline(kind=due[0].kind, due_at=due[0].due_at), OFFICER, recorded, recorded)
            return
        actors = [self.uploader(), self.right_holder(), DESK, COMPLIANCE]
        actors += [Actor(role=Role.REVIEWER, id=one) for one in self.case.awaited_reviewers]
        offers = [(step.name, by) for by in actors for step in allowed_steps(self.case, self.at(by, recorded))]
        if not offers:
            return
        name, by = self.random.choices(offers, [LIKELY.get(name, 1) for name, _ in offers])[0]
        wishes = self.wishes.of(name, self.case, by, recorded, self.regime)
        command = wishes[0] if self.chance(0.3) else self.random.choice(wishes)
        self.take(command, by, recorded, occurred)

    def take(self, command: Command, by: Actor, recorded: datetime, occurred: datetime) -> None:
        """What is refused leaves what it has to be recorded with, or nothing."""
        try:
            events = decide(self.case, command, self.at(by, recorded))
        except Refused as refused:
            events = () if refused.record is None else (refused.record,)
        if events:
            self.write(events, by, recorded, occurred)

    def appeal(self) -> None:
        recorded, occurred = self.moment(1, 600)
        events: tuple[Event, ...]
        if self.case.procedure in adjudication.CONTESTABLE:
            by = self.uploader()
            contest = adjudication.LodgeContest(
                ground=self.random.choice(list(ContestGround)), reasons=self.reference()
            )
            events = adjudication.lodge_contest(self.case, contest, self.at(by, recorded))
        elif self.case.procedure in adjudication.CHALLENGEABLE:
            by = self.right_holder()
            challenge = adjudication.LodgeChallenge(
                ground=self.random.choice(list(ChallengeGround)),
                reasons=self.reference(),
                exceptions_considered=self.reference(),
            )
            events = adjudication.lodge_challenge(self.case, challenge, self.at(by, recorded))
        else:
            return
        self.write(events, by, recorded, occurred)
        if self.chance(0.9):
            self.adjudicate(by)

    def adjudicate(self, appellant: Actor) -> None:
        seats = self.random.sample(REVIEWERS, 3)
        if self.chance(0.4):
            recorded, occurred = self.moment(1, 20)
            words = adjudication.FileStatement(statement=self.reference())
            self.write(
                adjudication.file_statement(self.case, words, self.at(self.uploader(), recorded)),
                self.uploader(),
                recorded,
                occurred,
            )
        recorded, _ = self.moment(0, 1)
        assign = panel.AssignPanel(reviewers=(seats[0], seats[1]))
        self.write(panel.assign_panel(self.case, assign, self.at(OFFICER, recorded)), OFFICER, recorded)
        order = self.random.sample(seats[:2], 2)
        for place, reviewer in enumerate(order):
            if self.chance(0.07):
                return self.withdraw(appellant) if self.chance(0.7) else None
            self.rule(reviewer, first=order[0] if place else None)
        if self.case.procedure is Procedure.RE_REVIEW and self.chance(0.9):
            recorded, _ = self.moment(0, 1)
            third = panel.AssignReReviewer(reviewer=seats[2])
            self.write(panel.assign_re_reviewer(self.case, third, self.at(OFFICER, recorded)), OFFICER, recorded)
            self.rule(seats[2])
        return None

    def withdraw(self, appellant: Actor) -> None:
        recorded, occurred = self.moment(1, 300)
        events = adjudication.withdraw_appeal(self.case, adjudication.WithdrawAppeal(), self.at(appellant, recorded))
        self.write(events, appellant, recorded, occurred)

    def rule(self, reviewer: str, first: str | None = None) -> None:
        recorded, occurred = self.moment(1, 90)
        outcome = self.random.choices(list(RulingOutcome), weights=(6, 1, 3))[0]
        if first is not None and self.chance(0.7):
            outcome = self.rulings[first].outcome
        ruling = panel.Ruling(
            outcome=outcome,
            bases=tuple(
                self.random.sample(
                    ("CN_ART24_02", "CN_ART24_01", "LICENSED", "NO_EXCEPTION"), self.random.choice((1, 1, 2))
                )
            ),
            factors=panel.Factors(purpose="p", nature="n", amount="a", market="m"),
            reasons=panel.Reasons(en="r"),
        )
        self.rulings[reviewer] = ruling
        actor = Actor(role=Role.REVIEWER, id=reviewer)
        wish = panel.SubmitRuling(ruling=ruling, sealed=self.reference(), other=self.rulings[first] if first else None)
        events = panel.submit_ruling(self.case, wish, self.at(actor, recorded))
        if self.chance(0.04):
            # No command decides by default yet, but the log's format knows such rulings.
            events = tuple(
                event.model_copy(update={"on_merits": False}) if isinstance(event, RulingIssued) else event
                for event in events
            )
        self.write(events, actor, recorded, occurred)


def midnight(moment: datetime) -> datetime:
    """The beginning of the local day in China: the edge of a period."""
    return moment.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


_known: dict[str, tuple[Habits, list[Step]]] = {}
"""What was played before in this process, which many tests want again, with the habits, whose standards must live."""


def played(cases: int, seed: int, habits: Habits = Habits()) -> list[Step]:
    """The steps of many cases in the order in which they are recorded; the same ones for the same seed and habits."""
    key = f"{cases} {seed} {id(habits.standards)} {replace(habits, standards=STANDARDS)}"
    if key not in _known:
        _known[key] = (habits, _play(cases, seed, habits))
    return [*_known[key][1]]


def _play(cases: int, seed: int, habits: Habits) -> list[Step]:
    random = Random(seed)
    steps = [step for number in range(cases) for step in _Player(random, habits, number).play()]
    steps += [_beside(random, habits) for _ in range(cases // 6)]
    steps += _audited(random, habits, steps)
    # Of a chance of their own: with or without these, the cases are the same.
    for tell in (tallies, paid, forgotten, asked):
        told = tell(Random(f"{tell.__name__} {seed}"), BEGIN, habits.days, cases // 3)
        steps += [Step(moment, moment, MATCHER, stream, events) for moment, stream, events in told]
    return sorted(steps, key=lambda step: step.recorded)


def _audited(random: Random, habits: Habits, steps: Sequence[Step]) -> list[Step]:
    """Audit samples, drawn here and there from the decisions."""
    decided = [
        Decided(step.stream, event, step.recorded)
        for step in steps
        for event in step.events
        if isinstance(event, FilteringDecisionRecorded)
    ]
    return [
        Step(moment, moment, by, stream, events)
        for part in range(1, 6)
        for moment, by, stream, events in sampled(
            random, decided, BEGIN, BEGIN + timedelta(days=habits.days * part // 5)
        )
    ]


def _beside(random: Random, habits: Habits) -> Step:
    """One fact of a sanction ledger or of a work, in a stream of its own."""
    slots = random.randrange(int(timedelta(days=habits.days) / habits.slot))
    recorded = BEGIN + slots * habits.slot
    occurred = recorded - timedelta(hours=random.uniform(0, 90))
    side, words = random.choice([Role.UPLOADER, Role.RIGHT_HOLDER]), VaultReference(id="w", digest="0" * 64)
    who: dict[str, Any] = {"party": f"p-{random.randrange(9)}", "side": side}
    case = UUID(int=random.getrandbits(128))
    span: dict[str, Any] = {"starts": recorded, "ends": recorded + timedelta(days=9)}
    right = random.choice(list(Right)) if side is Role.RIGHT_HOLDER else random.choice([Right.MARKING, Right.APPEALS])
    conduct = Conduct.UNFOUNDED_APPEALS
    events: list[Event] = [
        party_events.ConductWarned(**who, conduct=conduct, cases=(case,), warning=words),
        party_events.ConductAssessed(
            **who, conduct=conduct, cases=(case,), acts=3, since=occurred, until=recorded, gravity=Gravity.SLIGHT,
            intention=Intention.NEGLIGENT, assessment=words,
        ),
        party_events.RightSuspended(**who, suspension=1, conduct=conduct, right=right, **span, reasons=words),
        party_events.RightSuspended(**who, suspension=2, conduct=conduct, right=right, **span, reasons=words),
        party_events.SuspensionLifted(**who, suspension=1, reasons=words),
        party_events.SanctionAppealLodged(**who, suspension=1, reasons=words),
        party_events.GoodFaithDefenceAccepted(**who, conduct=conduct, case=case, defence=words),
        party_events.BadFaithFound(**who, conduct=conduct, case=case, finding=words),
        party_events.TrustedFlaggerReported(**who, authority="A", cases=(case,), report=words),
        PriorReviewRequested(
            work="w-1", request=1, right_holder="h-1", ground=WorkFlag.TIME_SENSITIVE, **span, justification=words
        ),
    ]  # fmt: skip
    return Step(recorded, occurred, COMPLIANCE, UUID(int=random.getrandbits(128), version=4), (random.choice(events),))


def histories_of(log: Sequence[Recorded]) -> Histories:
    """What ``EventLog.load_many`` would say of this log."""
    known: dict[UUID, list[Recorded]] = {}
    for one in log:
        known.setdefault(one.stream, []).append(one)

    def load(streams: Sequence[UUID], *, until: int | None = None) -> dict[UUID, list[Recorded]]:
        return {each: [one for one in known[each] if until is None or one.position <= until] for each in streams}

    return load


def as_recorded(steps: Sequence[Step]) -> list[Recorded]:
    """The same as the log would hand it back."""
    versions: dict[UUID, int] = {}
    events: list[Recorded] = []
    for step in steps:
        for event in step.events:
            versions[step.stream] = versions.get(step.stream, 0) + 1
            version, position = versions[step.stream], len(events) + 1
            events.append(
                Recorded(step.stream, version, position, event, step.recorded, step.occurred, step.by, None, "test")
            )
    return events


def write(log: EventLog, steps: Sequence[Step], *, after: Sequence[Step] = (), most: int = 2000) -> None:
    """Write the steps into a log, all of one moment in one transaction; those of ``after`` are there already."""
    versions: dict[UUID, int] = {}
    for step in after:
        versions[step.stream] = versions.get(step.stream, 0) + len(step.events)
    for recorded, together in groupby(steps, key=lambda step: step.recorded):
        for batch in _batches(list(together), most):
            appends = []
            for step in batch:
                version = versions.get(step.stream, 0)
                appends.append(Append(step.stream, version, step.events, occurred=step.occurred, by=step.by))
                versions[step.stream] = version + len(step.events)
            log.append(appends, recorded=recorded, by=MATCHER, command="history")


def _batches(steps: list[Step], most: int) -> Iterator[list[Step]]:
    for start in range(0, len(steps), most):
        yield steps[start : start + most]
