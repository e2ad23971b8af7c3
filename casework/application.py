"""The only door to the domain: load and fold, decide, save. A request gets here in one hop and to the rules in two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from casework.database import DatabaseUnavailable
from casework.domain.case import panel, seating, seats
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.decisions import decide_apart
from casework.domain.case.evolution import fold
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import Terms
from casework.domain.facts import Actor, Command, Event, Happened, Refused, Role
from casework.domain.regimes.regimes import Regime
from casework.domain.standard.standard import Standard, Standards
from casework.domain.values import ReleaseCause, VaultReference
from casework.errors import NotFound
from casework.eventlog.clock import Clock
from casework.eventlog.codec import Recorded
from casework.eventlog.receipts import ReceiptCodes
from casework.eventlog.store import Conflict, EventLog
from casework.eventlog.vault import Prepared, Vault
from casework.law import Law
from casework.ledgers import Claim, Ledgers
from casework.streams import CLOCK, Decided, Streams
from casework.uploads import Uploads
from casework.views.models.catch_up import Views

Build = Callable[[Case], Command]
logger = structlog.get_logger()


class Roster(Protocol):
    """Who could sit on a panel. The accounts answer this, not a view."""

    def candidates(self) -> Sequence[seating.Candidate]:
        """All active reviewers with languages, media, load and declared conflicts."""
        ...

    def took_part(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of the same upload and work."""
        ...

    def sits_elsewhere(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who owe a ruling on another case of the same upload and work."""
        ...

    def heard_party(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of one of its parties within the time that the platform set."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """The case after a command. ``events`` is empty when nothing was left to do."""

    case_id: UUID
    case: Case
    events: tuple[Event, ...]
    position: int


class Casework:
    """All that a handler needs: cases, commands, personal data, standards and read models."""

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        clock: Clock,
        standards: Standards,
        law: Law,
        views: Views,
        roster: Roster,
        receipts: ReceiptCodes,
    ) -> None:
        self.log = log
        self.vault = vault
        self.clock = clock
        self.standards = standards
        self.law = law
        self.views = views
        self.roster = roster
        self.receipts = receipts
        self.uploads = Uploads(log, views)
        self.streams = Streams(log=log, vault=vault, clock=clock, views=views)
        self.ledgers = Ledgers(self.streams)

    def history(self, case_id: UUID, *, at: datetime | None = None) -> list[Recorded]:
        """All events of a case, or those recorded at or before ``at``. Raises ``NotFound``."""
        history = self.log.load(case_id, until_recorded=at)
        if not history:
            raise NotFound("case")
        return history

    def case(self, case_id: UUID, *, at: datetime | None = None) -> Case:
        """The case now, or as known at a past moment. Raises ``NotFound``."""
        return _known(self.log.load(case_id, until_recorded=at))

    def standard_of(self, case: Case) -> Standard:
        """The standard that the case was decided under (invariant 9)."""
        return self.standards[case.decision.standard]

    def regime_of(self, case: Case) -> Regime | None:
        """The regime that governs the case; ``None`` where the platform's choice is still due."""
        return self.law.regime_of_case(case, self.standard_of(case))

    def terms(self, case: Case) -> Terms:
        """What the clocks of the case are computed from."""
        return self.law.terms_of(case, self.standard_of(case))

    def circumstances(self, case: Case, actor: Actor, *, now: datetime | None = None) -> Circumstances:
        """What a decision or a page may know beside the case, at this very moment or at the one of a decision."""
        standings = self.ledgers.standings_of(Claim(case.uploader, case.right_holder, case.decision.work.id))
        return Circumstances(
            actor=actor,
            now=now or self.clock.now(),
            standard=self.standard_of(case),
            regime=self.regime_of(case),
            calendar=self.terms(case).calendar,
            standings=standings.parties,
            work=standings.work,
            restored_elsewhere=self.uploads.restored_notices(case) if actor.role is Role.RIGHT_HOLDER else (),
        )

    def handle(
        self,
        case_id: UUID,
        command: Command | Build,
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
        command_id: str | None = None,
        cause: str | None = None,
        show: bool = True,
    ) -> Handled:
        """Decide and save one command; what it needs from the case itself is built by a function of the case.

        ``words`` are the personal data that the command's references point to; they are stored only when the command
        is accepted. Raises ``NotFound``, ``Refused``, or ``Conflict`` when others kept writing. A refusal that must
        leave a trace brings the fact with it, which is saved before the refusal is raised. Without ``show`` the read
        models are left to the caller, who does many.
        """

        def decide(case: Case, now: datetime) -> Decided:
            wish = command(case) if callable(command) else command
            before, own, refused = _decide(case, wish, self.circumstances(case, actor, now=now))
            orders = () if refused is not None else self.ledgers.beside_orders(case_id, case, (*before, *own), now)
            return Decided(own, before, orders, refused)

        written = self.streams.write(
            case_id, _known, decide, actor, words=words, command_id=command_id, cause=cause, show=False
        )
        handled = Handled(case_id, written.state, written.events, written.position)
        if handled.events:
            handled = self._seat_where_due(handled)
            if show:
                self.streams.show(case_id, handled.position)
        if written.refused is not None:
            raise written.refused
        return handled

    def _seat_where_due(self, handled: Handled) -> Handled:
        """The step is in the log: what fails here is left to the worker, and nobody is told that it failed."""
        case_id, case = handled.case_id, handled.case
        try:
            if seating.seats_due(case, self.standard_of(case), self.clock.now()):
                seated = self.seat(case_id)
                if seated is not None:
                    return replace(handled, case=seated.case, position=seated.position)
        except (Refused, Conflict, DatabaseUnavailable, SQLAlchemyError) as error:
            logger.info("seating_left_to_worker", case=str(case_id), kind=type(error).__name__)
        return handled

    def submit_ruling(
        self, case_id: UUID, ruling: panel.Ruling, actor: Actor, *, command_id: str | None = None
    ) -> Handled:
        """Seal a ruling and submit it; a second one is decided against the first, opened for this alone.

        Whether the reviewer may still rule is looked up once more: a conflict, or an account that was closed since.
        """
        sealed = self.vault.prepare(f"case:{case_id}", ruling.model_dump_json().encode(), "application/json")

        def build(case: Case) -> Command:
            first = panel.sealed_for(case, actor)
            return panel.SubmitRuling(
                ruling=ruling,
                sealed=sealed.reference,
                other=None if first is None else self.ruling(first),
                barred=self.barred(case_id, case, reviewer=actor.id),
            )

        return self.handle(case_id, build, actor, words=[sealed], command_id=command_id)

    def ruling(self, reference: VaultReference) -> panel.Ruling:
        """A ruling from the vault. Raises ``NotFound`` when it is no longer there."""
        content = self.vault.open(reference)
        if content is None:
            raise NotFound("ruling")
        return panel.Ruling.model_validate_json(content)

    def barred(self, case_id: UUID, case: Case, *, reviewer: str | None = None) -> Mapping[str, str]:
        """Who may not rule on this case, and why; the ``reviewer``, where one is named, if no longer active."""
        candidates = self.roster.candidates()
        causes = seating.barred(case, candidates, self.roster.took_part(case_id, case))
        if reviewer is None or any(one.id == reviewer for one in candidates):
            return causes
        return {reviewer: ReleaseCause.DEACTIVATED.value, **causes}

    def barred_from_seat(self, case_id: UUID, case: Case) -> Mapping[str, str]:
        """Who may not be seated on this case, and why.

        Beside those who may not rule, those who owe a ruling on a linked case: once it is in, it would bar them here,
        and both cases would wait for ever; and those who heard one of the parties within the time that is set. Who sits
        already stays: the time counts when seats are given.
        """
        heard = dict.fromkeys(self.roster.heard_party(case_id, case), "same_party")
        linked = dict.fromkeys(self.roster.sits_elsewhere(case_id, case), "linked_case")
        return {**heard, **linked, **self.barred(case_id, case)}

    def release_unavailable(self, case_id: UUID) -> int:
        """Take seated reviewers off the case who cannot rule any more; how many. Their seats are filled again at once.

        A ruling that is in stays. Raises ``NotFound`` and ``Conflict``.
        """
        case = self.case(case_id)
        found = seating.unavailable(case, self.roster.candidates(), self.roster.took_part(case_id, case))
        released = 0
        for reviewer, cause in found.items():
            release = seats.ReleaseReviewer.model_validate({"reviewer": reviewer, "cause": cause})
            released += bool(self.handle(case_id, release, CLOCK).events)
        return released

    def seat(self, case_id: UUID, actor: Actor = CLOCK, *, command_id: str | None = None) -> Handled | None:
        """Seat the panel, the third reviewer, or who takes a seat that became free; ``None`` while too few are able.

        The system itself waits until the time for comments is over; a compliance officer may seat a panel earlier.
        Raises ``Refused("no_panel_due")`` when it waits for nobody.
        """

        def build(case: Case) -> Command:
            if not seating.needs_seats(case):
                raise Refused("no_panel_due")
            candidates = self.roster.candidates()
            barred = self.barred_from_seat(case_id, case)
            if case.procedure is Procedure.RE_REVIEW:
                (third,) = seating.choose_reviewers(case, str(case_id), candidates, barred, 1)
                return panel.AssignReReviewer(reviewer=third, barred=barred)
            if case.procedure is Procedure.PANEL:
                # Who sits already cannot take the other seat as well.
                not_these = {**dict.fromkeys(case.panel, "seated"), **barred}
                (instead,) = seating.choose_reviewers(case, str(case_id), candidates, not_these, 1)
                return seats.SeatReviewer(reviewer=instead, barred=barred)
            first, second = seating.choose_reviewers(case, str(case_id), candidates, barred, 2)
            return panel.AssignPanel(reviewers=(first, second), barred=barred)

        try:
            return self.handle(case_id, build, actor, command_id=command_id)
        except Refused as refused:
            if refused.code != "too_few_reviewers":
                raise
            logger.warning("panel_waits", case=str(case_id), **refused.details)
            return None


def _decide(
    case: Case, wish: Command, circumstances: Circumstances
) -> tuple[tuple[Event, ...], tuple[Event, ...], Refused | None]:
    """What was due before the step, then its own events or the trace of a refusal that must leave one.

    Raises other ``Refused``.
    """
    try:
        return *decide_apart(case, wish, circumstances), None
    except Refused as refused:
        if refused.record is None:
            raise
        return (), (refused.record,), refused


def _known(history: Sequence[Happened]) -> Case:
    case = fold(history)
    if case is None:
        raise NotFound("case")
    return case
