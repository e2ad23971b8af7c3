"""Random histories of many cases, played by the domain's own decisions: late, back-dated, at midnight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.domain.case import adjudication, intake, marks, panel
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import RulingIssued
from casework.domain.case.evolution import fold
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Actor, Event, Role
from casework.domain.standard.standard import Standards, read_standard
from casework.domain.values import ChallengeGround, ContestGround, Mark, MarkBasis, RulingOutcome, VaultReference
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Append, EventLog

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
BASES = ("CN_ART24_02", "CN_ART24_01", "LICENSED", "NO_EXCEPTION")
SHARES = ("0.03", "0.1", "0.15", "0.31", "0.45", "0.5", "0.51", "0.68", "0.72", "0.89", "0.9", "0.93", "0.97", "1")


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
    """How a history goes. ``slot`` is the grid on which events are recorded, ``appeals`` how often people appeal."""

    days: int = 100
    slot: timedelta = timedelta(hours=12)
    appeals: float = 0.6
    late: float = 0.15
    odd: float = 0.1
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
        self.rulings: dict[str, panel.Ruling] = {}

    @property
    def case(self) -> Case:
        case = fold(self.past)
        assert case is not None
        return case

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
        self.past += [_Past(event, moment, recorded, by) for event in events]

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
        known = intake.KnownOfParties(no_block=self.chance(0.03), marking_suspended=self.chance(0.1))
        self.stream = intake.case_id(command.source, command.decision_id)
        event = intake.record_filtering_decision(command, pseudonyms, known, standard, recorded)
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
            },
            "work": {"id": f"w-{random.randrange(3)}", "title": "W", "right_holder_id": "h", "kind": "film"},
            "evidence": {
                "method": method,
                "engine": {"text": "text-winnow", "hash": "exact"}.get(medium, "chromaprint"),
                "engine_version": random.choice(("1.4.2", "1.5.1")),
                "share_of_upload": share,
                "amount": amount,
            },
            "marks": [{"basis": basis} for basis in bases],
        }

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
        return Circumstances(actor=actor, now=recorded, standard=self.habits.standards[self.case.decision.standard])

    def uploader(self) -> Actor:
        return Actor(role=Role.UPLOADER, id=self.case.uploader)

    def right_holder(self) -> Actor:
        return Actor(role=Role.RIGHT_HOLDER, id=self.case.right_holder)

    def play(self) -> list[Step]:
        self.begin()
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


def played(cases: int, seed: int, habits: Habits = Habits()) -> list[Step]:
    """The steps of many cases in the order in which they are recorded."""
    random = Random(seed)
    steps = [step for number in range(cases) for step in _Player(random, habits, number).play()]
    return sorted(steps, key=lambda step: step.recorded)


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
