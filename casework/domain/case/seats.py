"""Seats that become free and are filled again: recusal, release and replacement of reviewers (product.md E3).

A ruling that is in stays, sealed, when the other seat changes hands: whoever takes the seat learns nothing of it (E1).
Who left a seat does not come back on this case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import ReReviewerAssigned, ReviewerRecused, ReviewerReleased, ReviewerSeated
from casework.domain.case.panel import may_rule, refuse_barred, require_staff
from casework.domain.case.seating import free_seats
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.values import Identifier, ReleaseCause


class Recuse(Command):
    """A reviewer steps back, and why."""

    cause: Literal[
        ReleaseCause.CONFLICT_OF_INTEREST, ReleaseCause.EARLIER_PART, ReleaseCause.BIAS, ReleaseCause.ABSENCE
    ]


def may_recuse(case: Case, circumstances: Circumstances) -> None:
    """Only a seated reviewer whose ruling is still awaited: a ruling cannot be taken back. Raises ``Refused``."""
    may_rule(case, circumstances)


def recuse(case: Case, command: Recuse, circumstances: Circumstances) -> tuple[Event, ...]:
    """Free the seat. Stepping back twice yields no event."""
    reviewer = circumstances.actor.id
    if circumstances.actor.role is Role.REVIEWER and reviewer in case.recused:
        return ()
    may_recuse(case, circumstances)
    return (ReviewerRecused(reviewer=reviewer, cause=command.cause),)


class ReleaseReviewer(Command):
    """Take a reviewer who has not ruled off the case: absent, no longer active, or not impartial any more."""

    reviewer: Identifier
    cause: Literal[
        ReleaseCause.ABSENCE, ReleaseCause.DEACTIVATED, ReleaseCause.CONFLICT_OF_INTEREST, ReleaseCause.EARLIER_PART
    ]


def may_release(case: Case, circumstances: Circumstances) -> None:
    """Only compliance or the system, while a panel sits. Raises ``Refused``.

    Not: while a ruling is awaited of a certain person. That would tell whose first ruling is in (E1).
    """
    require_staff(circumstances.actor)
    if case.procedure not in (Procedure.PANEL, Procedure.RE_REVIEW):
        raise Refused("no_ruling_due")


def release_reviewer(case: Case, command: ReleaseReviewer, circumstances: Circumstances) -> tuple[Event, ...]:
    """Free the seat. Who left it already is not released again."""
    require_staff(circumstances.actor)
    if command.reviewer in case.recused:
        return ()
    may_release(case, circumstances)
    if command.reviewer not in case.awaited_reviewers:
        if case.has_ruled(command.reviewer):
            raise Refused("reviewer_has_ruled")
        raise Refused("not_seated")
    return (ReviewerReleased(reviewer=command.reviewer, cause=command.cause),)


class SeatReviewer(Command):
    """Who takes the free seat; ``barred`` are those who may not, with the cause."""

    reviewer: Identifier
    barred: Mapping[Identifier, str] = Field(default_factory=dict)


def may_seat(case: Case, circumstances: Circumstances) -> None:
    """Only the system or compliance, only on a seat that is free after the panel was formed. Raises ``Refused``."""
    require_staff(circumstances.actor)
    if case.procedure not in (Procedure.PANEL, Procedure.RE_REVIEW) or not free_seats(case):
        raise Refused("no_seat_free")


def may_fill_seats(case: Case, circumstances: Circumstances) -> None:
    """Only the system or compliance, while the case waits for anybody: a panel, a replacement, a third. Raises."""
    require_staff(circumstances.actor)
    if not free_seats(case):
        raise Refused("no_panel_due")


def seat_reviewer(case: Case, command: SeatReviewer, circumstances: Circumstances) -> tuple[Event, ...]:
    """Fill the seat of the panel, or that of the third reviewer. Who sits there already is not seated again."""
    require_staff(circumstances.actor)
    if command.reviewer in case.awaited_reviewers:
        return ()
    may_seat(case, circumstances)
    refuse_barred(case, command.reviewer, command.barred)
    if case.procedure is Procedure.RE_REVIEW:
        return (ReReviewerAssigned(reviewer=command.reviewer),)
    return (ReviewerSeated(reviewer=command.reviewer),)
