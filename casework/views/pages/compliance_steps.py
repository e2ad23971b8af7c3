"""What compliance does on a case beside seating: takes a reviewer off, reopens, records what happened outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from casework import steps
from casework.application import Casework
from casework.domain.case import events as facts
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import ReleaseCause, ReopeningCause
from casework.eventlog.codec import Recorded
from casework.views.language import gettext
from casework.views.pages.case_questions import Choice, Question, StepForm
from casework.views.pages.case_view import CaseView
from casework.views.pages.intake_forms import StaffForm, record_forms
from casework.views.presentation import TimelineEntry, timeline
from casework.views.step_labels import release_label, reopening_label

CAUSES = (ReleaseCause.ABSENCE, ReleaseCause.DEACTIVATED, ReleaseCause.CONFLICT_OF_INTEREST)
Naming = Callable[[str], str]


def compliance_forms(view: CaseView, name_of: Naming) -> Iterator[StaffForm]:
    """The forms of the page, in its order; those that make no sense now are left out."""
    reassigning = view.steps.get("reassignments")
    if reassigning is not None and reassigning.allowed and view.case.awaited_reviewers:
        yield _reassignment(view.case, name_of)
    yield _reopening()
    yield from record_forms(view)


def _reassignment(case: Case, name_of: Naming) -> StaffForm:
    seated = tuple(Choice(one, name_of(one)) for one in case.awaited_reviewers)
    causes = tuple(Choice(one.value, release_label(one.value)) for one in CAUSES)
    form = StepForm(
        "reassignments",
        gettext("Take a reviewer off the case"),
        gettext("Take the reviewer off the case"),
        (
            Question("reviewer_id", "choice", gettext("Who?"), choices=seated),
            Question("cause", "choice", gettext("Why?"), choices=causes),
        ),
        (
            gettext("Casework gives the seat to another reviewer. A ruling that is in stays sealed and counts."),
            gettext("The reviewer is told the cause; the two sides learn nothing of it."),
        ),
        staged=True,
        folded=True,
        warning=gettext("Who was taken off a case cannot come back to it."),
    )
    return StaffForm("reassignments", form, _take_reassignment)


def _take_reassignment(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    steps.reassign(casework, case_id, actor, steps.parse(steps.ReassignmentForm, dict(said)), idempotency_key=key)


def _reopening() -> StaffForm:
    causes = tuple(Choice(one.value, reopening_label(one.value), _what_follows(one)) for one in ReopeningCause)
    form = StepForm(
        "reopenings",
        gettext("Reopen the case"),
        gettext("Reopen the case"),
        (
            Question("cause", "choice", gettext("What is the cause?"), choices=causes),
            Question(
                "reasons", "words", gettext("Reasons"), gettext("Both sides and the new reviewers can read them.")
            ),
        ),
        (gettext("New reviewers decide. What happened so far stays in the record."),),
        staged=True,
        folded=True,
    )
    return StaffForm("reopenings", form, _take_reopening)


def _what_follows(cause: ReopeningCause) -> str:
    if cause in (ReopeningCause.REFERENCE_WITHDRAWN, ReopeningCause.OWNERSHIP_FALSE):
        return gettext("The upload is public until the new ruling.")
    return gettext("The upload stays as it is until the new ruling.")


def _take_reopening(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    steps.reopen(casework, case_id, actor, steps.parse(steps.ReopeningForm, dict(said)), idempotency_key=key)


# The whole history, with names ---------------------------------------------------------------------------------------


def staff_timeline(history: Sequence[Recorded], role: Role, name_of: Naming) -> list[TimelineEntry]:
    """Everything that happened, with who sits, left or was refused: compliance answers for the panels."""
    entries: list[TimelineEntry] = []
    plain: list[Recorded] = []
    for recorded in history:
        named = _people(recorded.event, name_of)
        if not named:
            plain.append(recorded)
            continue
        entries += timeline(plain, role)
        plain = []
        entries += [replace(one, text=named) for one in timeline([recorded], role)]
    return entries + timeline(plain, role)


def _people(event: Event, name_of: Naming) -> str:
    """Whom an event is about, in words; empty for all others."""
    if isinstance(event, facts.PanelAssigned):
        return gettext(", ").join(name_of(one) for one in event.reviewers)
    if isinstance(event, facts.BarredReviewerRefused):
        named = {"name": name_of(event.reviewer), "cause": bar_label(event.cause)}
        return gettext("%(name)s: %(cause)s") % named
    if isinstance(
        event,
        facts.ReReviewerAssigned
        | facts.ReviewerSeated
        | facts.ReviewerRecused
        | facts.ReviewerReleased
        | facts.RulingSubmitted,
    ):
        return name_of(event.reviewer)
    return ""


def bar_label(code: str) -> str:
    """Why somebody may not decide a case."""
    return {
        "party": gettext("a side of this case"),
        "earlier_ruling": gettext("ruled on it before"),
        "recused": gettext("left this case before"),
        "earlier_part": gettext("took part in the measure"),
        "linked_case": gettext("sits on a case of the same upload"),
        "same_party": gettext("ruled lately on a case of the same party"),
        "seated": gettext("sits on it already"),
    }.get(code) or release_label(code)
