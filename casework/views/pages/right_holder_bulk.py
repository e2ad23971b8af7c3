"""Answers to several warnings at once: chosen in the inbox, checked on a page of their own, told one by one (D5).

Each answer is a step of its own case, so one that is refused keeps none of the others from being taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.status_codes import HTTP_200_OK, HTTP_422_UNPROCESSABLE_ENTITY

from casework import steps
from casework.application import Casework
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import WarningAnswer
from casework.errors import Invalid, NotFound
from casework.eventlog.store import Conflict
from casework.views import labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.pages.case_forms import Submitted, read_form
from casework.views.pages.case_questions import Choice, Question, check_answers, read_answers
from casework.views.refusals import refusal_text
from casework.views.responses import render_page
from casework.views.step_labels import warning_answer_label

ADDRESS = "/right-holder/warnings"
MOST_CASES = 100
"""Cases of one answer at most."""

MOST_BYTES = 1_048_576
"""Bytes of the form at most."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One case of the choice; ``said`` is what came of its answer, empty before it was sent."""

    id: UUID
    work_title: str
    open: bool
    state: str
    said: str = ""
    taken: bool = False


@post(
    ADDRESS,
    opt=for_roles(Role.RIGHT_HOLDER),
    sync_to_thread=True,
    status_code=200,
    request_max_body_size=MOST_BYTES,
    dependencies={"submitted": Provide(read_form)},
)
def post_warnings(
    request: Request[Any, Any, Any],
    submitted: NamedDependency[Submitted],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
) -> Response[Any]:
    """Show the choice with the question, or answer each warning of it and tell what came of each."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    chosen = _chosen(casework, actor, submitted)
    questions = _questions()
    values = read_answers(questions, submitted.fields)
    wrong: dict[str, str] = {}
    told = False
    if submitted.text("stage") == "send" and chosen:
        wrong = check_answers(questions, values, UTC)
        if not wrong and values["answer"] == WarningAnswer.LICENSE.value and not values["licence"]:
            wrong = {"licence": gettext("State the licence that you grant")}
        if not wrong:
            chosen = [_answer(casework, actor, one, values) for one in chosen]
            told = True
    context = {
        "wide": True,
        "chosen": chosen,
        "questions": questions,
        "values": values,
        "wrong": wrong,
        "told": told,
        "taken": sum(one.taken for one in chosen),
        "address": ADDRESS,
        "errors": [{"href": f"#warnings-{name}", "text": text} for name, text in wrong.items()],
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if wrong else HTTP_200_OK
    return render_page(request, "pages/right_holder_bulk.html", context, status_code=status)


def _questions() -> tuple[Question, ...]:
    answers = (
        Choice(WarningAnswer.TOLERATE.value, warning_answer_label(WarningAnswer.TOLERATE.value)),
        Choice(WarningAnswer.LICENSE.value, warning_answer_label(WarningAnswer.LICENSE.value)),
    )
    return (
        Question("answer", "choice", gettext("What do you make of these uses?"), choices=answers),
        Question(
            "licence",
            "words",
            gettext("The licence, if you grant one"),
            gettext("For which use, for how long, on which terms. Each uploader can read it."),
            needed=False,
        ),
        Question(
            "sure",
            "confirm",
            gettext("Are you sure?"),
            statement=gettext("I know that answers are recorded and cannot be taken back."),
        ),
    )


def _chosen(casework: Casework, actor: Actor, submitted: Submitted) -> list[Chosen]:
    """The cases of the choice that are the right holder's own, each once; others are passed over."""
    found: dict[UUID, Chosen] = {}
    for text in submitted.fields.get("case", ())[:MOST_CASES]:
        try:
            case_id = UUID(text)
            case = casework.case(case_id)
        except (ValueError, NotFound):
            continue
        if case.right_holder == actor.id:
            is_open = case.procedure is Procedure.WARNING
            state = labels.procedure_label(case.procedure.value)
            found[case_id] = Chosen(case_id, case.decision.work.title, is_open, state)
    return list(found.values())


def _answer(casework: Casework, actor: Actor, one: Chosen, values: dict[str, str]) -> Chosen:
    fields = {"answer": values["answer"]}
    if values["answer"] == WarningAnswer.LICENSE.value:
        fields["licence"] = values["licence"]
    try:
        form = steps.parse(steps.WarningAnswerForm, fields)
        steps.answer_warning(casework, one.id, actor, form, idempotency_key=_key(one.id, sorted(fields.items())))
    except Refused as refused:
        return Chosen(one.id, one.work_title, one.open, one.state, refusal_text(refused))
    except Conflict:
        again = gettext("Others changed this at the same moment. Nothing was saved; please try again.")
        return Chosen(one.id, one.work_title, one.open, one.state, again)
    except Invalid:
        text = gettext("There is a character in the text that cannot be kept")
        return Chosen(one.id, one.work_title, one.open, one.state, text)
    return Chosen(one.id, one.work_title, one.open, one.state, warning_answer_label(values["answer"]), taken=True)


def _key(case_id: UUID, fields: Sequence[tuple[str, str]]) -> str:
    """The same answer sent twice, such as by two clicks, is one step."""
    return hashlib.sha256(f"{case_id}:bulk:{fields}".encode("utf-8", "surrogatepass")).hexdigest()


HANDLERS = (post_warnings,)
