"""``POST /cases/{case_id}/{action}``: the steps that parties, reviewers and staff take.

Every answer is the case as the caller sees it afterwards. A step that the state does not allow is a 409 that lists the
steps that it does allow. ``Idempotency-Key`` makes a repeat answer like the first time and do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import FromPath, HeaderParameter, RawBody

from casework import steps
from casework.application import Casework, Handled
from casework.domain.facts import Actor, Refused
from casework.errors import FieldError, Invalid
from casework.intake import parse_line
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.case_answers import CaseAnswer, answer_case, steps_of
from casework.views.api.cases import read_case_id
from casework.views.api.documents import documented, schema_of
from casework.views.problems import StepRefused

MOST_UPLOAD_BYTES = 64 * 1024 * 1024
"""Bytes of one request with files at most; how large one file may be is a setting."""

Take = Callable[[UUID, Actor], Handled]
AnyForm = TypeVar("AnyForm", bound=steps.Form)
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]
CaseId = FromPath[str]
AnyRequest = Request[Any, Any, Any]
_PROBLEMS = (400, 404, 409, 413, 415, 422)
_FILES = {
    "multipart/form-data": {
        "type": "object",
        "required": ["files"],
        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
}


def _step(path: str, form: type[steps.Form], *, optional_body: bool = False) -> Mapping[str, Any]:
    """What all steps with a JSON body have in common."""
    body = {"application/json": schema_of(form)}
    return {
        "path": f"/cases/{{case_id:str}}/{path}",
        "opt": for_scopes(Scope.CASES_ACT),
        "status_code": 200,
        "sync_to_thread": True,
        "operation_class": documented(body=body, problems=_PROBLEMS, optional_body=optional_body),
    }


def _take(casework: Casework, caller: Caller, case_id: str, take: Take) -> CaseAnswer:
    """Take a step if the case is the caller's business, and answer with the case."""
    identifier = read_case_id(case_id)
    actor = caller.actor_for(casework.case(identifier))
    try:
        take(identifier, actor)
    except Refused as refused:
        possible = steps_of(casework, casework.case(identifier), actor)
        raise StepRefused(refused, [msgspec.to_builtins(one) for one in possible]) from None
    # No step costs its taker the sight of the case, so the actor is still the same.
    return answer_case(casework, identifier, casework.history(identifier), actor)


def read_form(form: type[AnyForm], request: AnyRequest, body: bytes, *, optional: bool = False) -> AnyForm:
    """The form in a JSON body. Raises what becomes 400 for no JSON, 415 for another type, 422 for fields."""
    if optional and not body.strip():
        return steps.parse(form, {})
    kind, parameters = request.content_type
    if kind.lower() != "application/json" or parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise HTTPException(status_code=415)
    try:
        fields = parse_line(body)
    except ValueError as error:
        raise ValidationException(extra=[{"key": "", "message": str(error)}]) from None
    return steps.parse(form, fields)


@post(**_step("marks", steps.MarkForm))
def post_marks(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """The uploader marks the use as lawful; the upload is public from then on."""
    return _take(
        casework,
        caller,
        case_id,
        lambda case, actor: steps.mark(
            casework, case, actor, read_form(steps.MarkForm, request, body), idempotency_key=key
        ),
    )


@post(**_step("contests", steps.ContestForm))
def post_contests(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """The uploader contests the block; two reviewers will decide."""
    return _take(
        casework,
        caller,
        case_id,
        lambda case, actor: steps.contest(
            casework, case, actor, read_form(steps.ContestForm, request, body), idempotency_key=key
        ),
    )


@post(**_step("challenges", steps.ChallengeForm))
def post_challenges(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """The right holder challenges a lawful use; the upload stays public until a ruling."""
    return _take(
        casework,
        caller,
        case_id,
        lambda case, actor: steps.challenge(
            casework, case, actor, read_form(steps.ChallengeForm, request, body), idempotency_key=key
        ),
    )


@post(**_step("statements", steps.StatementForm))
def post_statements(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """Either side comments on the open appeal."""
    return _take(
        casework,
        caller,
        case_id,
        lambda case, actor: steps.statement(
            casework, case, actor, read_form(steps.StatementForm, request, body), idempotency_key=key
        ),
    )


@post(**_step("withdrawals", steps.WithdrawalForm, optional_body=True))
def post_withdrawals(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """Who lodged the open appeal takes it back."""

    def take(case: UUID, actor: Actor) -> Handled:
        read_form(steps.WithdrawalForm, request, body, optional=True)
        return steps.withdraw(casework, case, actor, idempotency_key=key)

    return _take(casework, caller, case_id, take)


@post(**_step("panels", steps.PanelForm, optional_body=True))
def post_panels(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """Compliance has the panel, or after a disagreement the third reviewer, chosen and seated now.

    Casework does so by itself as soon as enough reviewers are able; 409 ``too_few_reviewers`` until then.
    """

    def take(case: UUID, actor: Actor) -> Handled:
        read_form(steps.PanelForm, request, body, optional=True)
        return steps.seat(casework, case, actor, idempotency_key=key)

    return _take(casework, caller, case_id, take)


@post(**_step("rulings", steps.RulingForm))
def post_rulings(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """A reviewer of the panel rules, apart from the other; the ruling stays sealed until all are in."""
    return _take(
        casework,
        caller,
        case_id,
        lambda case, actor: steps.ruling(
            casework, case, actor, read_form(steps.RulingForm, request, body), idempotency_key=key
        ),
    )


@post(
    "/cases/{case_id:str}/evidence",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    request_max_body_size=MOST_UPLOAD_BYTES,
    operation_class=documented(body=_FILES, problems=_PROBLEMS),
)
async def post_evidence(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """Either side puts files forward, as parts called ``files`` of a multipart form."""
    if request.content_type[0].lower() != "multipart/form-data":
        raise HTTPException(status_code=415)
    sent = await _files(request)

    def take(case: UUID, actor: Actor) -> Handled:
        accepted = steps.accept_files(sent, limit_bytes=settings.most_file_bytes)
        return steps.evidence(casework, case, actor, accepted, idempotency_key=key)

    return await sync_to_thread(_take, casework, caller, case_id, take)


async def _files(request: AnyRequest) -> list[tuple[str, bytes]]:
    """Names and contents of the parts called ``files``. Raises ``Invalid`` for any other part."""
    form = await request.form()
    found, errors = [], []
    for name, part in form.multi_items():
        if name != "files":
            errors.append(FieldError(f"/{name[:100]}", "extra_forbidden", "send only parts called files"))
        elif not isinstance(part, UploadFile):
            errors.append(FieldError("/files", "not_a_file", "a part called files must be a file with a name"))
        else:
            found.append((part.filename, await part.read()))
    if errors:
        raise Invalid(tuple(errors[:50]))
    return found


HANDLERS = (
    post_marks,
    post_contests,
    post_challenges,
    post_statements,
    post_withdrawals,
    post_panels,
    post_rulings,
    post_evidence,
)
