"""The forms of the steps around notices, waits, agreements and courts, for either side, and how each step is taken.

Marks, contests and challenges have pages of their own; everything else is described here by its questions, and goes
through the same ``casework.steps`` as a request to the API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any
from uuid import UUID

from casework import steps
from casework.application import Casework
from casework.domain.facts import Actor
from casework.domain.values import Availability, OutsideForum, PauseCause, Remedy, WarningAnswer
from casework.views.labels import availability_label
from casework.views.language import gettext, ngettext, pgettext
from casework.views.pages.case_notice_forms import counter_notice_form, notice_form, take_counter_notice, take_notice
from casework.views.pages.case_questions import YES, Choice, Question, StepForm, read_moment
from casework.views.pages.case_view import CaseView
from casework.views.step_labels import forum_label, pause_label, warning_answer_label

OFFERS = (Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED)
Take = Callable[[Casework, UUID, Actor, Mapping[str, Any], str], object]


def step_form(step: str, view: CaseView) -> StepForm | None:
    """The form of a step as this side sees it now; ``None`` for the steps that have a page of their own."""
    make = _FORMS.get(step)
    return None if make is None else make(view)


# Warnings, deliveries, waits, courts ---------------------------------------------------------------------------------


def _warning_answer(view: CaseView) -> StepForm:
    answers = (
        Choice(
            WarningAnswer.TOLERATE.value,
            warning_answer_label(WarningAnswer.TOLERATE.value),
            gettext("The upload stays public, and the warning is closed."),
        ),
        Choice(
            WarningAnswer.LICENSE.value,
            warning_answer_label(WarningAnswer.LICENSE.value),
            gettext("The upload stays public under the licence that you state."),
        ),
    )
    return StepForm(
        "warning-answers",
        gettext("Answer the warning"),
        gettext("Send the answer"),
        (
            Question("answer", "choice", gettext("What do you make of the use?"), choices=answers),
            Question(
                "licence",
                "words",
                gettext("The licence, if you grant one"),
                gettext("For which use, for how long, on which terms. The uploader can read it."),
                needed=False,
            ),
        ),
        (gettext("To object to the use, send a notice instead: the form stands below."),),
        warning=gettext("An answer is recorded and cannot be taken back."),
        link=gettext("Go to the answer"),
    )


def _take_warning_answer(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    fields = {"answer": values["answer"]}
    if values["answer"] == WarningAnswer.LICENSE.value:
        fields["licence"] = values["licence"]
    steps.answer_warning(casework, case_id, actor, steps.parse(steps.WarningAnswerForm, fields), idempotency_key=key)


def _delivery(view: CaseView) -> StepForm:
    return StepForm(
        "deliveries",
        gettext("Confirm that the counter-notice has reached you"),
        gettext("Confirm the arrival"),
        (
            Question(
                "delivered_at",
                "moment",
                gettext("When did it reach you?"),
                gettext("Leave empty for now."),
                gettext("The wait for legal action is counted from this moment."),
                needed=False,
            ),
        ),
        warning=gettext("The time cannot be changed afterwards."),
        link=gettext("Go to the confirmation"),
    )


def _take_delivery(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    fields = {"delivered_at": values["delivered_at"]} if values.get("delivered_at") else {}
    steps.confirm_delivery(casework, case_id, actor, steps.parse(steps.DeliveryForm, fields), idempotency_key=key)


def _pause(view: CaseView) -> StepForm:
    left = view.lines.pause_left
    told = ngettext("%(num)d working day is left.", "%(num)d working days are left.", left) % {"num": left}
    causes = tuple(Choice(one.value, pause_label(one.value)) for one in PauseCause)
    return StepForm(
        "wait-pauses",
        gettext("Have the wait stand still"),
        gettext("Have the wait stand still"),
        (
            Question("cause", "choice", gettext("What takes the time?"), choices=causes),
            Question("working_days", "number", gettext("How many working days?"), told),
            Question(
                "proof",
                "words",
                gettext("What shows it"),
                gettext("Which office, since when, under which number."),
                gettext("Only delay outside your control is left out of the wait."),
            ),
        ),
        folded=True,
    )


def _take_pause(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    fields = {**values, "working_days": int(values["working_days"])}
    steps.pause_wait(casework, case_id, actor, steps.parse(steps.WaitPauseForm, fields), idempotency_key=key)


def _legal_action(view: CaseView) -> StepForm:
    counted = Remedy.AUTHORITY in view.lines.outside_remedies
    forums = (OutsideForum.COURT, OutsideForum.AUTHORITY) if counted else (OutsideForum.COURT,)
    return StepForm(
        "legal-actions",
        gettext("Report legal action"),
        gettext("Send the report"),
        (
            Question(
                "forum",
                "choice",
                gettext("Where did you go?"),
                choices=tuple(Choice(one.value, forum_label(one.value)) for one in forums),
            ),
            Question(
                "proof",
                "words",
                gettext("What shows it"),
                gettext("Court or authority, file number, day of receipt. The uploader can read it."),
                gettext("A wait ends in favour of the uploader unless action is shown."),
            ),
            Question(
                "names_uploader",
                "confirm",
                gettext("The uploader"),
                needed=False,
                statement=gettext("The papers name this uploader, or the account."),
            ),
            Question(
                "names_item",
                "confirm",
                gettext("The upload"),
                needed=False,
                statement=gettext("The papers name this very upload."),
            ),
        ),
        (gettext("Action keeps the measure only if the papers name both the uploader and the upload."),),
        staged=True,
        folded=view.required.step != "legal-actions",
        link=gettext("Go to the report"),
    )


def _take_legal_action(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    fields = {
        "forum": values["forum"],
        "proof": values["proof"],
        "names_uploader": values.get("names_uploader") == YES,
        "names_item": values.get("names_item") == YES,
    }
    steps.report_legal_action(casework, case_id, actor, steps.parse(steps.LegalActionForm, fields), idempotency_key=key)


def _urgent(view: CaseView) -> StepForm:
    return StepForm(
        "urgent-blocks",
        gettext("Have the upload blocked urgently"),
        gettext("Block the upload until the ruling"),
        (
            Question(
                "check",
                "words",
                gettext("Who looked at the upload, and what was found"),
                gettext("The uploader does not learn who it was."),
                gettext("A machine alone may not block what looks lawful."),
            ),
            Question(
                "harm",
                "words",
                gettext("Which harm must be averted"),
                gettext("The uploader can read this."),
                gettext("Only significant economic harm justifies a block before the ruling."),
            ),
            Question(
                "human_check",
                "confirm",
                gettext("Check by a person"),
                statement=gettext("A natural person has looked at the upload and found the use evidently unlawful."),
            ),
        ),
        (gettext("For trusted right holders only. Wrong urgent blocks can cost you this right."),),
        staged=True,
        folded=True,
    )


def _take_urgent(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    fields = {**values, "human_check": values.get("human_check") == YES}
    steps.block_urgently(casework, case_id, actor, steps.parse(steps.UrgentBlockForm, fields), idempotency_key=key)


# Agreements, further reviews, outside, leaving -----------------------------------------------------------------------


def _settlement(view: CaseView) -> StepForm:
    choices = tuple(Choice(one.value, availability_label(one.value)) for one in OFFERS)
    return StepForm(
        "settlements",
        gettext("Offer to settle"),
        gettext("Send the offer"),
        (
            Question("availability", "choice", gettext("What shall become of the upload?"), choices=choices),
            Question(
                "terms",
                "words",
                gettext("On which terms?"),
                gettext("The other side can read this; the reviewers cannot."),
            ),
        ),
        (gettext("If the other side agrees, the case ends without a ruling. A new offer replaces the old one."),),
        folded=True,
    )


def _take_settlement(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    steps.settle(casework, case_id, actor, steps.parse(steps.SettlementForm, values), idempotency_key=key)


def _further_review(view: CaseView) -> StepForm:
    return StepForm(
        "further-reviews",
        gettext("Ask for a further review"),
        gettext("Ask for the further review"),
        (
            Question(
                "reasons",
                "words",
                gettext("Why is the ruling wrong?"),
                gettext("The other side and the new reviewers can read this."),
                gettext("New people decide; they start from what you say is wrong."),
            ),
        ),
        (gettext("Nobody who ruled before takes part. Until the new ruling the upload stays as it is."),),
        staged=True,
        folded=True,
        link=gettext("Go to the form"),
    )


def _take_further_review(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    steps.review_further(casework, case_id, actor, steps.parse(steps.FurtherReviewForm, values), idempotency_key=key)


def _outside(view: CaseView) -> StepForm:
    remedies = {one.value for one in view.lines.outside_remedies}
    forums = tuple(one for one in OutsideForum if one.value in remedies) or tuple(OutsideForum)
    return StepForm(
        "outside-proceedings",
        gettext("Report a proceeding outside the platform"),
        gettext("Send the report"),
        (
            Question(
                "forum",
                "choice",
                gettext("Who was turned to?"),
                choices=tuple(Choice(one.value, forum_label(one.value)) for one in forums),
            ),
            Question("opened_at", "day", gettext("Since which day?")),
            Question(
                "reference",
                "words",
                pgettext("of a proceeding", "Reference"),
                gettext("Name of the court or body and file number. The other side can read it."),
            ),
        ),
        (gettext("This changes nothing here; a decision or order from outside overrides what is decided here."),),
        folded=True,
    )


def _take_outside(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    steps.proceed(casework, case_id, actor, steps.parse(steps.ProceedingForm, values), idempotency_key=key)


def _upload_withdrawal(view: CaseView) -> StepForm:
    return StepForm(
        "upload-withdrawals",
        gettext("Withdraw the upload"),
        gettext("Withdraw the upload"),
        (
            Question(
                "sure",
                "confirm",
                gettext("Are you sure?"),
                statement=gettext("I withdraw the upload and know that this cannot be undone."),
            ),
        ),
        warning=gettext("The upload goes, and nothing more is decided about it here. This cannot be undone."),
        folded=True,
    )


def _take_upload_withdrawal(
    casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str
) -> None:
    steps.withdraw_upload(casework, case_id, actor, idempotency_key=key)


_FORMS: Mapping[str, Callable[[CaseView], StepForm]] = {
    "counter-notices": counter_notice_form,
    "notices": notice_form,
    "warning-answers": _warning_answer,
    "deliveries": _delivery,
    "wait-pauses": _pause,
    "legal-actions": _legal_action,
    "urgent-blocks": _urgent,
    "settlements": _settlement,
    "further-reviews": _further_review,
    "outside-proceedings": _outside,
    "upload-withdrawals": _upload_withdrawal,
}

_TAKE: Mapping[str, Take] = {
    "counter-notices": take_counter_notice,
    "notices": take_notice,
    "warning-answers": _take_warning_answer,
    "deliveries": _take_delivery,
    "wait-pauses": _take_pause,
    "legal-actions": _take_legal_action,
    "urgent-blocks": _take_urgent,
    "settlements": _take_settlement,
    "further-reviews": _take_further_review,
    "outside-proceedings": _take_outside,
    "upload-withdrawals": _take_upload_withdrawal,
}


def take(
    casework: Casework,
    case_id: UUID,
    actor: Actor,
    form: StepForm,
    values: Mapping[str, str],
    key: str,
    zone: tzinfo,
) -> None:
    """Take the step that the answers describe; times are those of ``zone``. Raises like every step."""
    said: dict[str, Any] = dict(values)
    for question in form.questions:
        moment = read_moment(values[question.name], zone) if question.kind in ("day", "moment") else None
        if moment is not None:
            said[question.name] = moment.isoformat()
    _TAKE[form.step](casework, case_id, actor, said, key)


def cross_faults(step: str, values: Mapping[str, str]) -> dict[str, str]:
    """What does not fit between two answers, each of which fits by itself."""
    if step == "warning-answers" and values["answer"] == WarningAnswer.LICENSE.value and not values["licence"]:
        return {"licence": gettext("State the licence that you grant")}
    return {}
