"""``/filter-requests``: a right holder asks for filtering and completes its request; intake and compliance answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter, RawBody

from casework import filter_requests as taking
from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.filter_request.elements import CHECKLISTS, IDENTIFICATION
from casework.domain.filter_request.state import RequestStage
from casework.domain.values import WorkKind
from casework.errors import FieldError, Forbidden, Invalid, NotFound
from casework.steps.forms import Form
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.sanctions import require_staff
from casework.views.api.steps.taking import AnyRequest, IdempotencyKey, read_form
from casework.views.ledger_view import entries
from casework.views.models.filter_requests import list_filter_requests

Json = dict[str, Any]
PROBLEMS = (400, 404, 409, 413, 415, 422)
ADDRESS = "/api/v1/filter-requests"
_READERS = frozenset({Role.RIGHT_HOLDER, Role.INTAKE, Role.COMPLIANCE})
_FOR_ENGINES = frozenset({"title", *taking.NAMES, *(one.value for one in IDENTIFICATION)})
"""What whoever runs a matching engine has to read: what to look for, not whose it is or who infringes."""


class RequiredElement(msgspec.Struct, frozen=True):
    """One line of the published list: an element, its weight in the score, whether this request has it."""

    element: str
    weight: str
    supplied: bool


class ListedFilterRequest(msgspec.Struct, frozen=True):
    """One line of the list. ``completeness`` is an exact decimal in [0, 1]."""

    id: str
    right_holder: str
    work: str
    kind: str
    request: int
    received_at: datetime
    stage: str
    completeness: str
    links: dict[str, str]


class FilterRequestsAnswer(msgspec.Struct, frozen=True):
    """A page of requests, the latest first. ``next``: the address of the page after it, if there is one."""

    filter_requests: list[ListedFilterRequest]
    next: str | None


class FilterRequestEntry(msgspec.Struct, frozen=True):
    """One fact: ``data`` as in the log."""

    event: str
    at: datetime
    data: Json


class FilterRequestAnswer(msgspec.Struct, frozen=True):
    """One request. ``said``: all words of the right holder; ``words``: those of staff with their latest step.

    Words are for the right holder, intake and compliance; engineers read what an engine has to look for. They are empty
    for others, and once erased.
    ``missing`` and ``rejection`` say why it is not active.
    """

    id: str
    right_holder: str
    work: str
    kind: str
    request: int
    received_at: datetime
    stage: str
    active: bool
    completeness: str
    missing: list[str]
    checklist: list[RequiredElement]
    yardsticks: Json
    said: Json
    rejection: str | None
    words: str | None
    history: list[FilterRequestEntry]
    links: dict[str, str]


class ChecklistAnswer(msgspec.Struct, frozen=True):
    """The published list of required elements with their weights, by kind of work."""

    checklists: dict[str, dict[str, str]]


@get(
    "/filter-requests",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404, 422)),
)
def get_filter_requests(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    stage: Annotated[str | None, QueryParameter(name="stage", max_length=50)] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=50)] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=200)] = 50,
) -> FilterRequestsAnswer:
    """List filter requests, the latest first: a right holder its own, staff and engineers all."""
    party, before = _own_party(caller), None if cursor is None else _cursor(cursor)
    wanted = None
    if stage is not None:
        if stage not in set(RequestStage):
            raise Invalid((FieldError("/stage", "enum", f"must be one of {', '.join(RequestStage)}"),))
        wanted = RequestStage(stage)
    views = casework.views
    with views.engine.connect() as connection:
        rows = list_filter_requests(
            connection,
            views.tables("filter_requests"),
            right_holder=party,
            stage=wanted,
            before=before,
            limit=limit + 1,
        )
    following = None
    if len(rows) > limit:
        more = {"limit": limit, "cursor": rows[limit - 1].stream, **({} if stage is None else {"stage": stage})}
        following = f"{ADDRESS}?{urlencode(more)}"
    return FilterRequestsAnswer([_listed(row) for row in rows[:limit]], following)


@get(
    "/filter-requests/checklist",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=()),
)
def get_checklist() -> ChecklistAnswer:
    """What a filter request must supply, by the kind of work, and how much each element weighs in its score."""
    return ChecklistAnswer({kind.value: _weights(kind) for kind in CHECKLISTS})


@get(
    "/filter-requests/{request_id:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_filter_request(
    casework: NamedDependency[Casework], caller: NamedDependency[Caller], request_id: FromPath[str]
) -> FilterRequestAnswer:
    """One filter request: what was supplied, what is missing, its score, what became of it."""
    stream = _visible(casework, caller, request_id)
    if caller.roles & _READERS:
        return answer_request(casework, stream)
    return answer_request(casework, stream, only=_FOR_ENGINES if Role.ENGINEER in caller.roles else frozenset())


@post(
    "/filter-requests",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=201,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": schema_of(taking.FilterRequestForm)}, problems=(400, 409, 413, 415, 422)
    ),
)
def post_filter_request(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    key: IdempotencyKey = None,
) -> FilterRequestAnswer:
    """Ask for filtering. The request is scored at once; what is missing is named, a bare warning letter rejected."""
    actor = caller.actor_as(Role.RIGHT_HOLDER)
    form = read_form(taking.FilterRequestForm, request, body)
    stream, _written = taking.make_request(casework, actor, form, idempotency_key=key)
    return answer_request(casework, stream)


Take = Callable[[Casework, UUID, Actor, Any, str | None], object]


def _step(name: str, role: Role, scope: Scope, form: type[Form], description: str, take: Take) -> Any:
    @post(
        f"/filter-requests/{{request_id:str}}/{name}",
        name=f"post_filter_requests_{name.replace('-', '_')}",
        opt=for_scopes(scope),
        status_code=200,
        sync_to_thread=True,
        description=description,
        operation_class=documented(
            body={"application/json": schema_of(form)}, problems=PROBLEMS, optional_body=form is taking.NothingForm
        ),
    )
    def post_step(
        request: AnyRequest,
        body: RawBody,
        casework: NamedDependency[Casework],
        caller: NamedDependency[Caller],
        request_id: FromPath[str],
        key: IdempotencyKey = None,
    ) -> FilterRequestAnswer:
        actor, stream = caller.actor_as(role), _visible(casework, caller, request_id)
        said = read_form(form, request, body, optional=form is taking.NothingForm)
        take(casework, stream, actor, said, key)
        return answer_request(casework, stream)

    return post_step


def answer_request(casework: Casework, stream: UUID, *, only: frozenset[str] | None = None) -> FilterRequestAnswer:
    """The request as it stands now; with ``only``, of what people wrote no more than these."""
    request = taking.known(casework, stream)
    made = request.made
    history = entries(casework, casework.log.load(stream))
    weights, said = _weights(made.kind), taking.open_contents(casework, request.contents)
    yardsticks = {} if request.yardsticks is None else request.yardsticks.model_dump(mode="json", exclude_none=True)
    return FilterRequestAnswer(
        id=str(stream),
        right_holder=made.right_holder,
        work=made.work,
        kind=made.kind.value,
        request=made.request,
        received_at=request.received_at or casework.clock.now(),
        stage=request.stage.value,
        active=request.stage is RequestStage.ACTIVE,
        completeness=str(request.completeness),
        missing=[one.value for one in request.missing],
        checklist=[
            RequiredElement(element, weight, supplied=element not in request.missing)
            for element, weight in weights.items()
        ],
        yardsticks=yardsticks,
        said={name: text for name, text in said.items() if only is None or name in only},
        rejection=None if request.rejection is None else request.rejection.value,
        words=taking.words_of_staff(casework, request) if only is None else None,
        history=[FilterRequestEntry(one.name, one.at, one.data) for one in history],
        links={"self": f"{ADDRESS}/{stream}"},
    )


def _weights(kind: WorkKind) -> dict[str, str]:
    return {element.value: str(weight) for element, weight in CHECKLISTS[kind].items()}


def _listed(row: Any) -> ListedFilterRequest:
    return ListedFilterRequest(
        id=str(row.stream),
        right_holder=row.right_holder,
        work=row.work,
        kind=row.kind,
        request=row.request,
        received_at=row.received_at,
        stage=row.stage,
        completeness=row.completeness,
        links={"self": f"{ADDRESS}/{row.stream}"},
    )


def _own_party(caller: Caller) -> str | None:
    """Whose requests alone the caller sees; ``None`` for staff and engineers. Raises ``Forbidden``."""
    account = caller.account
    if account is None:
        raise Forbidden("a signed-in account")
    if account.roles & {Role.INTAKE, Role.ENGINEER}:
        return None
    if Role.RIGHT_HOLDER in account.roles and account.party is not None:
        return account.party
    require_staff(caller)
    return None


def _visible(casework: Casework, caller: Caller, request_id: str) -> UUID:
    """The stream of a request that this caller may see. Raises ``NotFound``."""
    stream, party = _uuid(request_id), _own_party(caller)
    if party is not None and taking.known(casework, stream).made.right_holder != party:
        raise NotFound("filter request")
    return stream


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid((FieldError("/cursor", "uuid_parsing", "must be the id of a filter request"),)) from None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("filter request") from None


_STEPS: Mapping[str, HTTPRouteHandler] = {
    name: _step(name, role, scope, form, description, take)
    for name, role, scope, form, description, take in (
        (
            "completions", Role.RIGHT_HOLDER, Scope.CASES_ACT, taking.SuppliedForm,
            "Supply what is missing, or more of what is there.",
            lambda casework, stream, actor, form, key: taking.supply_more(
                casework, stream, actor, form, idempotency_key=key
            ),
        ),
        (
            "withdrawals", Role.RIGHT_HOLDER, Scope.CASES_ACT, taking.NothingForm, "Take one's own request back.",
            lambda casework, stream, actor, form, key: taking.withdraw(casework, stream, actor, idempotency_key=key),
        ),
        (
            "deficiencies", Role.INTAKE, Scope.INTAKE, taking.IncompleteForm,
            "Ask for elements: what was supplied of them does not do.",
            lambda casework, stream, actor, form, key: taking.ask_for_more(
                casework, stream, actor, form, idempotency_key=key
            ),
        ),
        (
            "acceptances", Role.INTAKE, Scope.INTAKE, taking.NothingForm,
            "Accept a complete request: it is active from now on.",
            lambda casework, stream, actor, form, key: taking.accept(casework, stream, actor, idempotency_key=key),
        ),
        (
            "rejections", Role.INTAKE, Scope.INTAKE, taking.FilterRejectionForm, "Reject a request, with reasons.",
            lambda casework, stream, actor, form, key: taking.reject(
                casework, stream, actor, form, idempotency_key=key
            ),
        ),
        (
            "ownership-findings", Role.COMPLIANCE, Scope.CASES_ACT, taking.FindingForm,
            "Find that the work does not belong to who asked: the filter is off, open cases are reopened.",
            lambda casework, stream, actor, form, key: taking.find_ownership_false(
                casework, stream, actor, form, idempotency_key=key
            ),
        ),
    )
}  # fmt: skip

HANDLERS = (get_filter_requests, get_checklist, get_filter_request, post_filter_request, *_STEPS.values())
