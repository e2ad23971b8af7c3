"""Random histories of a sanction ledger: no suspension without warning and assessment, none without an end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from casework.domain.facts import Actor, Refused, Role
from casework.domain.party.decisions import (
    LONGEST_SUSPENSION,
    AcceptGoodFaithDefence,
    DecideSanctionAppeal,
    FindBadFaith,
    GrantTrust,
    LiftSuspension,
    LodgeSanctionAppeal,
)
from casework.domain.party.events import (
    ConductAssessed,
    ConductWarned,
    RightSuspended,
)
from casework.domain.party.state import Ledger, evolve, fold
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
)
from tests.domain.party_samples import (
    ONE,
    THREE,
    TWO,
    to_assess,
    to_suspend,
    to_warn,
)
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, Fact, on

CASES = st.lists(st.sampled_from([ONE, TWO, THREE, UUID(int=4)]), min_size=1, max_size=4).map(tuple)
CONDUCTS = st.sampled_from(list(Conduct))


class Histories(RuleBasedStateMachine):
    """Officers and the party do what they like, in any order; what comes out keeps the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.facts: list[Fact] = []
        self.ledger = Ledger(RIGHT_HOLDER.id, Role.RIGHT_HOLDER)

    def _take(self, command: Any, by: Actor = OFFICER) -> None:
        try:
            events = DECISIONS[type(command)](self.ledger, command, by, self.now)
        except Refused:
            return
        for event in events:
            self.facts.append(on(self.now, event, by))
            self.ledger = evolve(self.ledger, self.facts[-1])
        assert DECISIONS[type(command)] is not None

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(conduct=CONDUCTS, cases=CASES)
    def warn(self, conduct: Conduct, cases: tuple[UUID, ...]) -> None:
        self._take(to_warn(*cases, conduct=conduct))

    @rule(conduct=CONDUCTS, cases=CASES, intention=st.sampled_from(list(Intention)))
    def assess(self, conduct: Conduct, cases: tuple[UUID, ...], intention: Intention) -> None:
        self._take(to_assess(conduct=conduct, cases=cases, intention=intention, until=self.now))

    @rule(conduct=CONDUCTS, right=st.sampled_from(list(Right)), wait=st.integers(-2, 9), length=st.integers(-1, 500))
    def suspend(self, conduct: Conduct, right: Right, wait: int, length: int) -> None:
        starts = self.now + timedelta(days=wait)
        self._take(to_suspend(conduct=conduct, right=right, starts=starts, ends=starts + timedelta(days=length)))

    @rule(number=st.integers(1, 4), by=st.sampled_from([OFFICER, OTHER_OFFICER, RIGHT_HOLDER]))
    def lift_or_appeal(self, number: int, by: Actor) -> None:
        self._take(LiftSuspension(suspension=number, reasons=WORDS), by)
        self._take(LodgeSanctionAppeal(suspension=number, reasons=WORDS), by)

    @rule(
        number=st.integers(1, 4),
        by=st.sampled_from([OFFICER, OTHER_OFFICER]),
        outcome=st.sampled_from(list(SanctionAppealOutcome)),
    )
    def decide(self, number: int, by: Actor, outcome: SanctionAppealOutcome) -> None:
        self._take(DecideSanctionAppeal(suspension=number, outcome=outcome, reasons=WORDS), by)

    @rule(conduct=CONDUCTS, case=st.sampled_from([ONE, TWO, THREE]), good=st.booleans())
    def judge_faith(self, conduct: Conduct, case: UUID, good: bool) -> None:
        if good:
            self._take(AcceptGoodFaithDefence(conduct=conduct, case=case, defence=WORDS))
        else:
            self._take(FindBadFaith(conduct=conduct, case=case, finding=WORDS))

    @rule(trust=st.sampled_from(list(Trust)))
    def trust(self, trust: Trust) -> None:
        self._take(GrantTrust(trust=trust, authority="Coordinator", grounds=WORDS))

    @invariant()
    def every_suspension_was_warned_of_and_assessed(self) -> None:
        stage: dict[Conduct, str] = {}
        for fact in self.facts:
            event = fact.event
            if isinstance(event, ConductWarned):
                stage[event.conduct] = "warned"
            elif isinstance(event, ConductAssessed):
                assert stage.get(event.conduct) in ("warned", "assessed")
                stage[event.conduct] = "assessed"
            elif isinstance(event, RightSuspended):
                assert stage.get(event.conduct) == "assessed"

    @invariant()
    def every_suspension_is_of_one_right_and_limited(self) -> None:
        for fact in self.facts:
            if isinstance(fact.event, RightSuspended):
                assert fact.recorded <= fact.event.starts < fact.event.ends
                assert fact.event.ends - fact.event.starts <= LONGEST_SUSPENSION
                assert fact.event.right in RIGHTS_CONCERNED[Role.RIGHT_HOLDER][fact.event.conduct]
        by_right: dict[Right, list[tuple[datetime, datetime]]] = {}
        for suspension in self.ledger.suspensions:
            ends = suspension.lifted_at or suspension.event.ends
            by_right.setdefault(suspension.event.right, []).append((suspension.event.starts, ends))
        for periods in by_right.values():
            assert all(first[1] <= second[0] or first[1] <= first[0] for first, second in pairwise(periods))

    @invariant()
    def nobody_decides_on_what_he_suspended(self) -> None:
        for suspension in self.ledger.suspensions:
            if suspension.appeal is not None and suspension.appeal.decided is not None:
                decisions = [fact for fact in self.facts if fact.event == suspension.appeal.decided]
                assert all(fact.by.id != suspension.by for fact in decisions)

    @invariant()
    def everything_ends(self) -> None:
        far = self.now + timedelta(days=1000)
        assert self.ledger.standing(far).suspended == {}

    @invariant()
    def replaying_gives_the_same(self) -> None:
        assert fold(RIGHT_HOLDER.id, Role.RIGHT_HOLDER, self.facts) == self.ledger


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
