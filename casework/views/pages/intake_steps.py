"""How the forms of staff are read, checked, shown again without losing what was typed, and sent.

The same habits as on the pages of the parties: a start token, stages, one step however often a button is pressed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from casework.application import Casework
from casework.command_ids import is_taken
from casework.domain.facts import Actor, Refused
from casework.errors import Invalid, NotFound
from casework.eventlog.store import Conflict
from casework.steps import typed
from casework.views.language import gettext
from casework.views.pages.case_forms import CSRF_FIELD, Draft
from casework.views.pages.case_questions import StepForm, check_answers, misfits, read_answers, read_moment
from casework.views.pages.case_view import CaseView
from casework.views.pages.intake_forms import StaffForm
from casework.views.presentation import events_since
from casework.views.refusals import refusal_text

Fields = Mapping[str, tuple[str, ...]]


def fields_of(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """A posted form, each field with all its values."""
    return {
        name: tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
        for name, value in data.items()
    }


def text_of(fields: Fields, name: str) -> str:
    """A field that comes once; of several the last counts."""
    values = fields.get(name, ())
    return typed(values[-1].replace("\r\n", "\n").replace("\r", "\n")) if values else ""


def find_form(forms: Iterable[StaffForm], key: str) -> StaffForm:
    """The form of an address. Raises ``NotFound`` for one that the page does not have now."""
    for form in forms:
        if form.key == key:
            return form
    raise NotFound("step")


def take_staff_step(
    casework: Casework, actor: Actor, view: CaseView, wanted: StaffForm, fields: Fields, zone: tzinfo
) -> Draft | None:
    """Take the step; a ``Draft`` is to be shown again."""
    form, stage = wanted.form, text_of(fields, "stage")
    values = read_answers(form.questions, fields)
    draft = Draft(wanted.key, stage if stage in ("edit", "check") else "send", dict(values), form=form)
    standing = view.steps.get(wanted.step)
    if standing is None or not standing.allowed:
        draft.stage = "edit"
        draft.refused = gettext("This step is no longer possible.") if standing is None else standing.why_not
        return draft
    token = text_of(fields, "start_token")
    draft.changes = events_since(view.history, actor.role, token)
    if draft.stage == "edit":
        return draft
    draft.wrong = check_answers(form.questions, values, zone)
    if draft.wrong:
        draft.stage = "edit"
        return draft
    if draft.changes or (draft.stage == "check" and form.staged):
        return draft
    said, key = _said(form, values, zone), _key(view, actor, wanted.key, fields)

    def take() -> None:
        try:
            wanted.take(casework, view.id, actor, said, key)
        except Invalid as invalid:
            draft.wrong = misfits(form.questions, invalid)
            if not draft.wrong:
                raise

    draft.refused = refusal_of(take)
    if not draft.faulty:
        return None
    draft.stage = "edit"
    return draft


def _said(form: StepForm, values: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The answers as the step takes them: days and minutes as moments where the platform is."""
    said: dict[str, Any] = dict(values)
    for question in form.questions:
        moment = read_moment(values[question.name], zone) if question.kind in ("day", "moment") else None
        if moment is not None:
            said[question.name] = moment.isoformat()
    return said


def was_sent(casework: Casework, actor: Actor, view: CaseView, step: str, fields: Fields) -> bool:
    """Whether this very form has led to its step already: a second click is told so, even if the form is gone."""
    return is_taken(casework.vault, actor, _key(view, actor, step, fields), view.history)


def _key(view: CaseView, actor: Actor, step: str, fields: Fields) -> str:
    typed = sorted((name, values) for name, values in fields.items() if name != CSRF_FIELD)
    return hashlib.sha256(f"{view.id}:{actor.role}:{step}:{typed}".encode("utf-8", "surrogatepass")).hexdigest()


def refusal_of(take: Any) -> str:
    """Why a step could not be taken, in words; empty when it was taken."""
    try:
        take()
    except Refused as refused:
        return refusal_text(refused)
    except Conflict:
        return gettext("Others changed this at the same moment. Nothing was saved; please try again.")
    except Invalid:
        return gettext("There is a character in the text that cannot be kept")
    return ""
