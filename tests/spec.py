"""Tests of decisions that read like a case: ``given(what happened).when(a step, by=whom, at=when).then(what follows)``.

``nothing()`` says that the step was no longer needed, ``refuses("code")`` that the rules do not allow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.domain.calendars import CALENDAR_DAYS, Calendar
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.decisions import decide
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party.state import Standing
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard
from casework.domain.work.state import NOTHING_RECORDED, WorkStanding
from tests.samples import NOON, STANDARD, Fact, case_of

NO_RECORD: Mapping[Role, Standing] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a step led to: events, or a refusal."""

    events: tuple[Event, ...] = ()
    refused: Refused | None = None

    def then(self, *events: Event) -> None:
        """Exactly these events, in this order."""
        assert events, "say nothing() where no event is expected"
        assert self.refused is None, f"refused: {self._refusal}"
        assert self.events == events

    def nothing(self) -> None:
        """The step was allowed and left nothing to do."""
        assert self.refused is None, f"refused: {self._refusal}"
        assert self.events == ()

    def refuses(self, code: str, **details: str) -> None:
        """The rules do not allow it, for this reason; ``details`` are compared where they are given."""
        assert self.refused is not None, f"allowed: {self.events}"
        assert self.refused.code == code, self._refusal
        if details:
            assert self.refused.details == details

    @property
    def _refusal(self) -> str:
        return "" if self.refused is None else f"{self.refused.code} {self.refused.details}"


@dataclass(frozen=True, slots=True)
class Given:
    """A case with a past."""

    case: Case

    def when(
        self,
        command: Command,
        *,
        by: Actor,
        at: datetime = NOON,
        under: Standard = STANDARD,
        regime: Regime | None = None,
        calendar: Calendar = CALENDAR_DAYS,
        standings: Mapping[Role, Standing] = NO_RECORD,
        work: WorkStanding = NOTHING_RECORDED,
    ) -> Answer:
        """Take the step now."""
        circumstances = Circumstances(
            actor=by, now=at, standard=under, regime=regime, calendar=calendar, standings=standings, work=work
        )
        try:
            return Answer(events=decide(self.case, command, circumstances))
        except Refused as refused:
            return Answer(refused=refused)


def given(*facts: Event | Fact) -> Given:
    """The facts of the case so far, the filtering decision first."""
    return Given(case_of(*facts))
