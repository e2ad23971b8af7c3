"""The steps that free a seat on a panel: a reviewer steps back, or compliance takes one off the case (E3)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from casework.application import Casework, Handled
from casework.domain.case import seats
from casework.domain.facts import Actor
from casework.domain.values import Identifier, ReleaseCause
from casework.steps.forms import Form
from casework.steps.keeping import key_of


class RecusalForm(Form):
    """``recusals``: a reviewer steps back from the case."""

    cause: Literal[
        ReleaseCause.CONFLICT_OF_INTEREST, ReleaseCause.EARLIER_PART, ReleaseCause.BIAS, ReleaseCause.ABSENCE
    ]


class ReassignmentForm(Form):
    """``reassignments``: compliance takes a reviewer who has not ruled off the case; another one is seated."""

    reviewer_id: Identifier
    cause: Literal[ReleaseCause.ABSENCE, ReleaseCause.DEACTIVATED, ReleaseCause.CONFLICT_OF_INTEREST]


def recuse(
    casework: Casework, case_id: UUID, actor: Actor, form: RecusalForm, *, idempotency_key: str | None = None
) -> Handled:
    """Step back; the system seats another reviewer as soon as one is able."""
    key = key_of(casework, "recusals", actor, idempotency_key, form)
    return casework.handle(case_id, seats.Recuse(cause=form.cause), actor, command_id=key)


def reassign(
    casework: Casework, case_id: UUID, actor: Actor, form: ReassignmentForm, *, idempotency_key: str | None = None
) -> Handled:
    """Take a reviewer off the case; the system seats another as soon as one is able."""
    wish = seats.ReleaseReviewer(reviewer=form.reviewer_id, cause=form.cause)
    key = key_of(casework, "reassignments", actor, idempotency_key, form)
    return casework.handle(case_id, wish, actor, command_id=key)
