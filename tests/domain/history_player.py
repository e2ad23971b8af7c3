"""Plays one random history of a case: everybody tries everything, clocks run out late, twice and out of order.

After each step the invariants are checked over the whole history, the aggregate is compared with the reference model,
and what ``steps`` says is compared with what the decisions do. A move is plain data, so that a history that fails can
be played again with fewer moves until none can be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.clock import ExpireDeadline
from casework.domain.case.counter_notices import PauseWait, ReportLegalAction
from casework.domain.case.decisions import decide, punctual
from casework.domain.case.evolution import evolve, fold
from casework.domain.case.intake import case_id
from casework.domain.case.panel import SubmitRuling
from casework.domain.case.state import Case, Procedure
from casework.domain.case.steps import Step, steps
from casework.domain.deadlines import Deadline, challenge_until, deadlines
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.values import DeadlineKind, OutsideForum
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.topics import EVENT_TYPES
from tests.domain.history_invariants import INVARIANTS, Written
from tests.domain.history_openings import LAWS, REVIEWERS, Opening, Setting, random_opening, random_setting
from tests.domain.history_wishes import Wishes
from tests.domain.notice_samples import INTAKE
from tests.domain.reference_model import ReferenceModel
from tests.samples import CLOCK, MATCHER, OFFICER, RIGHT_HOLDER, UPLOADER, reference

CODEC = Codec(EVENT_TYPES)
STRANGERS = (Actor(role=Role.UPLOADER, id="p-stranger"), Actor(role=Role.RIGHT_HOLDER, id="p-stranger"))
OTHERS = (*STRANGERS, CLOCK, MATCHER, Actor(role=Role.OVERSIGHT, id="o-1"), *REVIEWERS[:6])
LIKELY = {
    "contests": 5,
    "challenges": 4,
    "counter-notices": 8,
    "intake-decisions": 10,
    "deliveries": 6,
    "panels": 8,
    "rulings": 12,
    "notices": 4,
    "further-reviews": 5,
    "warning-answers": 2,
    "urgent-blocks": 15,
    "marks": 2,
    "upload-withdrawals": 0.15,
    "orders": 0.3,
    "outside-proceedings": 0.2,
    "legal-actions": 0.7,
    "reopenings": 0.4,
    "withdrawals": 0.7,
    "reassignments": 0.5,
    "recusals": 0.5,
    "settlements": 1.5,
}
"""How often an offered step is taken beside the others, so that histories get deep; one, where it is not named."""

PAUSES = (0, 1, 1, 30, 60, 90, 60 * 5, 60 * 24, 60 * 24 * 2, 60 * 24 * 4, 60 * 24 * 16, 60 * 24 * 40, 60 * 24 * 185)
"""Minutes between steps."""

HEARD = ("statements", "evidence", "settlements", "further-reviews", "outside-proceedings")
QUOTAS = ("too_many_statements", "too_many_files", "appeals_suspended", "further_review_withdrawn")
SYSTEM_STEPS = ("panels", "reassignments", "reopenings", "orders", "measure-suspensions")
NOTICE_LINE = ("case.notice", "case.counter_notice", "case.wait", "case.legal_action", "case.repeat")
KEPT = {
    Role.UPLOADER: ("marks", "contests", "further-reviews"),
    Role.RIGHT_HOLDER: ("further-reviews",),
    Role.COMPLIANCE: ("panels",),
}
"""Steps of the main line that no fact of the notice line may take away."""

KEPT_CLOCKS = (DeadlineKind.GRACE, DeadlineKind.PRIOR_REVIEW, DeadlineKind.RULING)


@dataclass(frozen=True)
class Move:
    """Somebody wishes something at a moment, in a setting. ``step``: the name under which it is offered, if any."""

    at: datetime
    by: Actor
    command: Command
    setting: Setting
    step: str | None = None


@dataclass
class Tally:
    """What happened in many histories."""

    histories: int = 0
    moves: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    regimes: Counter[str] = field(default_factory=Counter)
    probes: int = 0

    def add(self, other: Tally) -> None:
        """Count what another tally has counted."""
        for name in ("histories", "moves", "probes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("facts", "refusals", "states", "seen", "regimes"):
            getattr(self, name).update(getattr(other, name))


class History:
    """One case from its decision on, checked after each move."""

    def __init__(self, opening: Opening, wishes: Wishes, tally: Tally, *, thorough: bool = False) -> None:
        """``thorough``: probe every step of everybody in every state, not a few that chance picks."""
        self.opening, self.wishes, self.tally, self.thorough = opening, wishes, tally, thorough
        self.now, self.setting = opening.at, opening.setting
        self.model = ReferenceModel()
        self.written = Written(opening, personal=[*opening.personal])
        self.states: list[Case] = []
        self.read_back: Case | None = None
        self.moves: list[Move] = []
        self._moment: tuple[int, datetime, int] | None = None
        self._known: dict[Actor, Mapping[str, Step]] = {}
        self._write((opening.record(),), opening.by)
        tally.histories += 1
        tally.regimes[opening.setting.chosen or f"none ({opening.standard.regime})"] += 1

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.states[-1]

    def circumstances(self, by: Actor) -> Circumstances:
        """What a decision may know now."""
        law = LAWS[self.setting.chosen]
        terms = law.terms_of(self.case, self.opening.standard)
        return Circumstances(
            actor=by,
            now=self.now,
            standard=self.opening.standard,
            regime=terms.regime,
            calendar=terms.calendar,
            standings=self.setting.standings,
        )

    def listed(self, by: Actor) -> Mapping[str, Step]:
        """What ``steps`` says of this person's steps now, by their names."""
        moment = (len(self.written.facts), self.now, id(self.setting))
        if self._moment != moment:
            self._moment, self._known = moment, {}
        if by not in self._known:
            self._known[by] = {step.name: step for step in steps(self.case, self.circumstances(by))}
        return self._known[by]

    @property
    def punctual(self) -> Case:
        """The case as a worker that is never late would have left it: what people see offered, and wish on."""
        return punctual(self.case, self.circumstances(CLOCK))[0]

    def decide(self, command: Command, by: Actor) -> tuple[tuple[Event, ...], Refused | None]:
        """What the step would lead to. Nothing but ``Refused`` may come out of a decision."""
        try:
            return decide(self.case, command, self.circumstances(by)), None
        except Refused as refused:
            return (), refused

    # Moves

    def play(self, move: Move) -> None:
        """Make the move, write down what follows, and check everything."""
        self.moves.append(move)
        self.tally.moves += 1
        self.now, self.setting = move.at, move.setting
        before = _doors(self) if self.states else {}
        offered = self.listed(move.by)
        events, refused = self.decide(move.command, move.by)
        if refused is not None:
            self.tally.refusals[refused.code] += 1
            events = () if refused.record is None else (refused.record,)
        elif events and move.step is not None:
            system = move.by.role is Role.CLOCK and move.step in SYSTEM_STEPS
            listed = offered.get(move.step)
            assert system or (listed is not None and listed.allowed), f"{move.step} was taken but not offered"
        if events:
            self._write(events, move.by)
            again, _ = self.decide(move.command, move.by)
            if refused is None and not isinstance(move.command, ReportLegalAction | SubmitRuling | PauseWait):
                assert not again or move.step == "settlements", f"{move.step} twice led to {again}"
            self._keeps_its_doors(before, events)
        self._check()

    def _write(self, events: Sequence[Event], by: Actor) -> None:
        self.written.transactions.append(len(self.written.facts))
        for event in events:
            number = len(self.written.facts) + 1
            stream = case_id(self.opening.command.source, self.opening.command.decision_id)
            fact = Recorded(stream, number, 0, event, self.now, self.now, by, None, "command")
            topic, state = CODEC.encode_recorded(fact)
            again = CODEC.decode(topic, state, stream=stream, version=number)
            assert CODEC.encode_recorded(again) == (topic, state)
            self.written.facts.append(fact)
            self.written.log.append(state)
            self.states.append(evolve(self.states[-1] if self.states else None, fact))
            self.read_back = evolve(self.read_back, again)
            self.model.see(fact)
            self.written.seen.append(self.model.availability)
            self.tally.facts[topic] += 1
            self._agrees_with_the_model(topic)

    def _agrees_with_the_model(self, topic: str) -> None:
        assert self.case.procedure.value == self.model.procedure, f"after {topic}"
        assert self.case.availability.value == self.model.availability, f"after {topic}"
        assert self.case.measure.value == self.model.own, f"after {topic}"
        self.tally.states[self.model.procedure] += 1
        self.tally.seen[self.model.availability] += 1

    # What must hold after each move

    def _check(self) -> None:
        self.written.outcomes = {digest: content.outcome for digest, content in self.wishes.sealed.items()}
        self.written.personal = self.wishes.personal
        for invariant in INVARIANTS:
            invariant(self.written)
        self._invariant_6_the_way_to_court_is_open()
        self._invariant_7_both_sides_have_the_same_rights()
        self._invariant_9_what_is_read_back_is_what_was()
        self._invariant_12_delivered_again_it_is_the_same_fact()
        self._steps_tell_the_truth()

    def _invariant_6_the_way_to_court_is_open(self) -> None:
        report = ReportLegalAction(
            forum=OutsideForum.COURT, proof=reference("a claim of now"), names_uploader=False, names_item=False
        )
        events, refused = self.decide(report, RIGHT_HOLDER)
        assert refused is None
        assert events
        for side in (UPLOADER, RIGHT_HOLDER):
            assert self.listed(side)["outside-proceedings"].allowed

    def _invariant_7_both_sides_have_the_same_rights(self) -> None:
        answers = []
        for side in (UPLOADER, RIGHT_HOLDER):
            listed = self.listed(side)
            codes = [listed[name].refusal for name in HEARD]
            answers.append([None if code in QUOTAS else code for code in codes])
        assert answers[0] == answers[1]

    def _invariant_9_what_is_read_back_is_what_was(self) -> None:
        assert self.case.version == len(self.written.facts)
        assert self.read_back == self.case

    def _invariant_12_delivered_again_it_is_the_same_fact(self) -> None:
        command = self.opening.command
        assert case_id(command.source, command.decision_id) == self.written.facts[0].stream

    def _keeps_its_doors(self, before: Mapping[str, bool], events: Sequence[Event]) -> None:
        """No region deadlocks another: the notice line takes nothing from the main line but by a measure."""
        if not all(event.TOPIC.startswith(NOTICE_LINE) for event in events):
            return
        if any(event.TOPIC == "case.notice_accepted" for event in events) or _ends_a_measure(self.states, events):
            return
        if self.punctual.notices and self.punctual.notices[-1].ended_at != self.case.notices[-1].ended_at:
            return  # a clock is due by which the notice ends, so there is nothing left to contest
        after = _doors(self)
        lost = [name for name, was in before.items() if was and not after[name]]
        assert not lost, f"{[event.TOPIC for event in events]} took away {lost}"
        self._keeps_the_challenge(self.states[-1 - len(events)])

    def _keeps_the_challenge(self, before: Case) -> None:
        """A notice that came to nothing costs its sender no challenge, as long as the window is open."""
        ended = self.case.notice is not None and self.case.notice.ended_at is not None
        lawful = before.rests in (Procedure.PRESUMED_LAWFUL, Procedure.MARKED_LAWFUL)
        if not ended or not lawful or before.appeals or before.withdrawn_at is not None:
            return
        listed = self.listed(RIGHT_HOLDER)
        open_until = challenge_until(before, self.opening.standard)
        allowed = {None, "appeals_suspended"} if self.now < open_until else {"window_closed"}
        assert listed["challenges"].refusal in allowed

    def _steps_tell_the_truth(self) -> None:
        """A step that is listed as allowed is not refused, one that is not listed leads to nothing."""
        people = (UPLOADER, RIGHT_HOLDER, INTAKE, OFFICER, *self._seated())
        for by in people if self.thorough else (self.wishes.random.choice(people),):
            listed = list(self.listed(by).values())
            for step in listed if self.thorough else self.wishes.random.sample(listed, min(3, len(listed))):
                self._probe(step, by)

    def _probe(self, step: Step, by: Actor) -> None:
        self.tally.probes += 1
        wishes = self.wishes.of(step.name, self.punctual, by, self.now, self.circumstances(by).regime)
        if not step.allowed:
            for wish in wishes:
                events, refused = self.decide(wish, by)
                assert not events, f"{step.name} was refused with {step.refusal} and then led to {events}"
            return
        if step.name == "reassignments" and not self.case.awaited_reviewers:
            return
        events, refused = self.decide(wishes[0], by)
        assert refused is None, f"{step.name} was offered to {by.role} and then refused: {refused!r} {refused.details}"
        assert events

    def _seated(self) -> tuple[Actor, ...]:
        sit = (*self.case.panel, *((self.case.re_reviewer,) if self.case.re_reviewer else ()))
        return tuple(Actor(role=Role.REVIEWER, id=one) for one in sit)

    def due(self) -> tuple[Deadline, ...]:
        """Clocks that have run out by now."""
        law = LAWS[self.setting.chosen]
        running = deadlines(self.case, law.terms_of(self.case, self.opening.standard))
        return tuple(one for one in running if one.due_at <= self.now)

    def finish(self) -> None:
        """Invariant 9 over the whole: replaying, all at once or cut anywhere, gives the same state."""
        assert fold(self.written.facts) == self.case
        cut = self.wishes.random.randint(1, len(self.written.facts))
        state = fold(self.written.facts[:cut])
        assert state == self.states[cut - 1]
        for fact in self.written.facts[cut:]:
            state = evolve(state, fact)
        assert state == self.case
        assert repr(state) == repr(self.case) == repr(self.read_back)
        assert self.opening.record() == self.written.facts[0].event


def _doors(history: History) -> dict[str, bool]:
    """Which steps and clocks of the main line stand open now."""
    found: dict[str, bool] = {}
    for by in (UPLOADER, RIGHT_HOLDER, OFFICER):
        listed = history.listed(by)
        found.update({f"{name} of {by.role}": listed[name].allowed for name in KEPT[by.role]})
    law = LAWS[history.setting.chosen]
    running = deadlines(history.case, law.terms_of(history.case, history.opening.standard))
    kinds = [one.kind for one in running]
    found.update({f"clock {kind}": kind in kinds for kind in KEPT_CLOCKS})
    return found


def _ends_a_measure(states: Sequence[Case], events: Sequence[Event]) -> bool:
    """Whether a measure that was taken upon a notice is over: then it is no more to be contested."""
    notice = states[-1 - len(events)].notice
    was = notice is not None and notice.accepted_at is not None and notice.ended_at is None
    return was and states[-1].notices[-1].ended_at is not None


class Player:
    """Chooses moves by chance, mostly among what is offered."""

    def __init__(self, random: Random, tally: Tally) -> None:
        self.random = random
        self.wishes = Wishes(random)
        self.history = History(random_opening(random), self.wishes, tally)

    def play(self, moves: int) -> History:
        """So many moves, then the whole once more."""
        while len(self.history.moves) < moves:
            self._pass_time()
            for move in self._next():
                self.history.play(move)
        self.history.finish()
        return self.history

    def _pass_time(self) -> None:
        if self.random.random() < 0.35:
            self.history.now += timedelta(minutes=self.random.choice(PAUSES), seconds=self.random.randint(0, 59))
        if self.random.random() < 0.03:
            setting = random_setting(self.random, self.history.opening.standard)
            keep = setting.chosen if self.random.random() < 0.3 else self.history.setting.chosen
            self.history.setting = replace(setting, chosen=keep)

    def _next(self) -> Iterator[Move]:
        chance = self.random.random()
        due = self.history.due()
        if due and chance < 0.5:
            yield from self._expire(due)
        elif chance > 0.95:
            yield self._wild()
        elif chance > 0.9:
            yield self._stubborn()
        elif chance > 0.88:
            yield self._unfounded()
        elif chance > 0.86:
            yield self._policy()
        else:
            yield self._offered()

    def _move(self, by: Actor, command: Command, step: str | None = None) -> Move:
        return Move(self.history.now, by, command, self.history.setting, step)

    def _expire(self, due: Sequence[Deadline]) -> Iterator[Move]:
        """The worker comes round, in any order, or only half the way."""
        for one in self.random.sample(due, self.random.randint(1, len(due))):
            yield self._move(CLOCK, ExpireDeadline(kind=one.kind, due_at=one.due_at))

    def _unfounded(self) -> Move:
        """A clock that does not run, or has not run out."""
        due = self.history.now + timedelta(hours=self.random.randint(-5, 5))
        by = self.random.choice([CLOCK, CLOCK, UPLOADER])
        return self._move(by, ExpireDeadline(kind=self.random.choice(list(DeadlineKind)), due_at=due))

    def _policy(self) -> Move:
        """What no step of a person leads to: the ground of the measure is gone, and a policy says so (B3)."""
        by, name = self.random.choice([CLOCK, CLOCK, CLOCK, UPLOADER, RIGHT_HOLDER]), "measure-suspensions"
        wishes = self.wishes.of(name, self.history.punctual, by, self.history.now, None)
        return self._move(by, self.random.choice(wishes), name)

    def _offered(self) -> Move:
        case = self.history.punctual
        seated = [Actor(role=Role.REVIEWER, id=one) for one in case.awaited_reviewers]
        offers: list[tuple[str, Actor]] = []
        weights: list[float] = []
        for by in (UPLOADER, RIGHT_HOLDER, INTAKE, OFFICER, *seated):
            for step in self.history.listed(by).values():
                if step.allowed:
                    offers.append((step.name, by))
                    weights.append(LIKELY.get(step.name, 1))
        ((name, by),) = self.random.choices(offers, weights)
        wishes = self.wishes.of(name, case, by, self.history.now, self.history.circumstances(by).regime)
        return self._move(by, self.random.choice(wishes) if name == "intake-decisions" else self._likely(wishes), name)

    def _likely(self, wishes: Sequence[Command]) -> Command:
        return wishes[0] if self.random.random() < 0.6 else self.random.choice(wishes)

    def _stubborn(self) -> Move:
        """A party or an officer wishes what it knows to be refused."""
        by = self.random.choice([UPLOADER, RIGHT_HOLDER, RIGHT_HOLDER, INTAKE, OFFICER])
        case, circumstances = self.history.punctual, self.history.circumstances(by)
        refused = [step for step in self.history.listed(by).values() if not step.allowed]
        if not refused:
            return self._offered()
        barred = [step for step in refused if step.refusal == "repeat_notice_barred"]
        step = self.random.choice(barred or refused)
        wishes = self.wishes.of(step.name, case, by, self.history.now, circumstances.regime)
        return self._move(by, self.random.choice(wishes), step.name)

    def _wild(self) -> Move:
        """Anybody wishes anything."""
        by = self.random.choice([UPLOADER, RIGHT_HOLDER, INTAKE, OFFICER, *OTHERS])
        name = self.random.choice(list(ALL_STEPS))
        case, regime = self.history.punctual, self.history.circumstances(by).regime
        wishes = self.wishes.of(name, case, by, self.history.now, regime)
        return self._move(by, self.random.choice(wishes), name)


ALL_STEPS = (*LIKELY, "statements", "evidence", "wait-pauses")


def again(opening: Opening, moves: Sequence[Move], wishes: Wishes) -> AssertionError | Exception | None:
    """Play these moves once more with every check there is; what broke, or ``None``."""
    random = Random(0)
    try:
        copy = Wishes(random, personal=[*wishes.personal], sealed=dict(wishes.sealed))
        history = History(opening, copy, Tally(), thorough=True)
        for move in moves:
            history.play(_reopened(move, history))
        history.finish()
    except Exception as broken:  # noqa: BLE001 - whatever it is, it is what is looked for
        return broken
    return None


def _reopened(move: Move, history: History) -> Move:
    """A second ruling is decided with the first one open, whichever that is after moves were left out."""
    if not isinstance(move.command, SubmitRuling) or not history.case.submitted:
        return move
    first: Any = history.wishes.sealed.get(history.case.submitted[0].sealed.digest)
    return replace(move, command=move.command.model_copy(update={"other": first}))


def shrink(opening: Opening, moves: Sequence[Move], wishes: Wishes) -> list[Move]:
    """Leave out moves as long as it still breaks: what remains is what matters."""
    kept = list(moves)
    size = max(len(kept) // 2, 1)
    while size:
        place = 0
        while place < len(kept):
            fewer = [*kept[:place], *kept[place + size :]]
            if again(opening, fewer, wishes) is not None:
                kept = fewer
            else:
                place += size
        size //= 2
    return kept
