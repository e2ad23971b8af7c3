"""Given / when / then for what is recorded beside the cases: ledgers of parties, records of works, the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party import state as party_state
from casework.domain.party.state import Ledger
from casework.domain.platform import state as platform_state
from casework.domain.platform.state import Platform
from casework.domain.work import state as work_state
from casework.domain.work.state import Work
from casework.ledgers import DECISIONS
from tests.samples import NOON, OFFICER, RIGHT_HOLDER, UPLOADER, Fact, on, reference
from tests.spec import Answer

OTHER_OFFICER = Actor(role=Role.COMPLIANCE, id="c-other-officer")
WORDS = reference("words")
WORK = "w-1"


@dataclass(frozen=True, slots=True)
class Given:
    """Something with a past."""

    state: Any

    def when(self, command: Command, *, by: Actor = OFFICER, at: datetime = NOON) -> Answer:
        """Take the step now."""
        try:
            return Answer(events=DECISIONS[type(command)](self.state, command, by, at))
        except Refused as refused:
            return Answer(refused=refused)


def _facts(facts: Sequence[Event | Fact]) -> list[Fact]:
    return [fact if isinstance(fact, Fact) else on(NOON, fact, OFFICER) for fact in facts]


def ledger_of(*facts: Event | Fact, party: Actor = RIGHT_HOLDER) -> Ledger:
    """The ledger after these facts; an event alone happened at noon by an officer."""
    return party_state.fold(party.id, party.role, _facts(facts))


def work_of(*facts: Event | Fact) -> Work:
    """The record of a work after these facts."""
    return work_state.fold(WORK, _facts(facts))


def platform_of(*facts: Event | Fact) -> Platform:
    """The platform after these facts."""
    return platform_state.fold(_facts(facts))


def given_right_holder(*facts: Event | Fact) -> Given:
    """The ledger of a right holder so far."""
    return Given(ledger_of(*facts))


def given_uploader(*facts: Event | Fact) -> Given:
    """The ledger of an uploader so far."""
    return Given(ledger_of(*facts, party=UPLOADER))


def given_work(*facts: Event | Fact) -> Given:
    """The record of a work so far."""
    return Given(work_of(*facts))


def given_platform(*facts: Event | Fact) -> Given:
    """The platform so far."""
    return Given(platform_of(*facts))
