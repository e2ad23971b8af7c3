"""What all steps of the API have in common: reading the form, taking the step as this caller, answering with the case.

A step that the state does not allow is a 409 that lists the steps that it does allow. ``Idempotency-Key`` makes a
repeat answer like the first time and do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import FromPath, HeaderParameter

from casework import steps
from casework.application import Casework, Handled
from casework.domain.case.events import ReviewerRecused
from casework.domain.facts import Actor, Refused, Role
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.intake import parse_line
from casework.views.access.callers import Caller
from casework.views.api.case_answers import CaseAnswer, answer_case, state, steps_of
from casework.views.api.cases import read_case_id
from casework.views.problems import StepRefused

PROBLEMS = (400, 404, 409, 413, 415, 422)
"""What may be wrong with a step."""

Take = Callable[[UUID, Actor], Handled]
AnyForm = TypeVar("AnyForm", bound=steps.Form)
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]
CaseId = FromPath[str]
AnyRequest = Request[Any, Any, Any]


def take_step(casework: Casework, caller: Caller, case_id: str, take: Take, *, leaves: bool = False) -> CaseAnswer:
    """Take a step if the case is the caller's business, and answer with the case.

    ``leaves``: the step costs its taker the sight of the case. It may still be repeated, and then shows no more than
    the first time.
    """
    identifier = read_case_id(case_id)
    history = casework.history(identifier)
    try:
        actor = caller.actor_for(state(history))
    except NotFound:
        former = _who_left(caller, history) if leaves else None
        if former is None:
            raise
        actor = former
    try:
        take(identifier, actor)
    except Refused as refused:
        possible = steps_of(casework, casework.case(identifier), actor)
        raise StepRefused(refused, [msgspec.to_builtins(one) for one in possible]) from None
    return answer_case(casework, identifier, _until_left(casework.history(identifier), actor), actor)


def _who_left(caller: Caller, history: Sequence[Recorded]) -> Actor | None:
    """The caller as the reviewer who stepped back from this case."""
    account = caller.account
    if account is None or _until_left(history, Actor(role=Role.REVIEWER, id=account.id)) is history:
        return None
    return Actor(role=Role.REVIEWER, id=account.id)


def _until_left(history: Sequence[Recorded], actor: Actor) -> Sequence[Recorded]:
    """The history as far as a reviewer who stepped back may know it: until then; for all others the whole."""
    if actor.role is Role.REVIEWER:
        for number, one in enumerate(history, start=1):
            if isinstance(one.event, ReviewerRecused) and one.event.reviewer == actor.id:
                return history[:number]
    return history


def read_form(form: type[AnyForm], request: AnyRequest, body: bytes, *, optional: bool = False) -> AnyForm:
    """The form in a JSON body. Raises what becomes 400 for no JSON, 415 for another type, 422 for fields."""
    return steps.parse(form, read_fields(request, body, optional=optional))


def read_one_of(
    forms: Sequence[type[steps.Form]], request: AnyRequest, body: bytes, *, optional: bool = False
) -> steps.Form:
    """The form in a JSON body where a step takes one of several: the one whose telling field is there, else the first.

    Raises like ``read_form``.
    """
    fields = read_fields(request, body, optional=optional)
    named = fields if isinstance(fields, dict) else {}
    told = [form for form in forms if form.CHOSEN_BY is not None and form.CHOSEN_BY in named]
    return steps.parse((told or list(forms))[0], fields)


def read_fields(request: AnyRequest, body: bytes, *, optional: bool = False) -> Any:
    """The JSON of a body with exact numbers; an ``optional`` one that is blank is an empty object."""
    if optional and not body.strip():
        return {}
    kind, parameters = request.content_type
    if kind.lower() != "application/json" or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise HTTPException(status_code=415)
    try:
        return parse_line(body)
    except ValueError as error:
        raise ValidationException(extra=[{"key": "", "message": str(error)}]) from None
