"""``/works``: what is recorded of a work: no-block list, licences, prior review, its reference, false ownership."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.values import LONGEST_ID
from casework.errors import FieldError, Invalid, NotFound
from casework.ledger_steps import WORK_STEPS, take_work_step
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.sanctions import require_staff
from casework.views.api.steps import read_form
from casework.views.ledger_view import entries
from casework.views.models.ledgers import list_works

AnyRequest = Request[Any, Any, Any]
Json = dict[str, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]

HOLDERS_MAY = frozenset({"prior-reviews", "prior-review-withdrawals"})
"""The steps of right holders; all others are those of compliance."""


class ListedWork(msgspec.Struct, frozen=True):
    """One line of the list of works."""

    work: str
    changed_at: datetime
    no_block: str | None
    licences: int
    reference_withdrawn: bool
    false_claims: int
    links: dict[str, str]


class WorksAnswer(msgspec.Struct, frozen=True):
    """A page of works, the latest change first. ``next``: the address of the page after it, if there is one."""

    works: list[ListedWork]
    next: str | None


class WorkLicence(msgspec.Struct, frozen=True):
    """A licence: for one uploader, or without ``licensee`` for everybody."""

    number: int
    licensee: str | None
    starts: datetime
    ends: datetime | None


class WorkRequest(msgspec.Struct, frozen=True):
    """A request for prior review; ``state`` says what became of it."""

    number: int
    right_holder: str
    ground: str
    requested_at: datetime
    starts: datetime
    ends: datetime
    state: str


class WorkEntry(msgspec.Struct, frozen=True):
    """One fact of the record: ``data`` as in the log, ``words`` from the vault (``null`` when erased)."""

    event: str
    at: datetime
    words: str | None
    data: Json


class WorkAnswer(msgspec.Struct, frozen=True):
    """The record of one work. A right holder sees the no-block list and its own requests."""

    work: str
    no_block: str | None
    reference_withdrawn: bool
    false_claimants: list[str]
    licences: list[WorkLicence]
    prior_reviews: list[WorkRequest]
    history: list[WorkEntry]
    links: dict[str, str]


@get("/works", opt=for_scopes(Scope.CASES_READ), sync_to_thread=True, operation_class=documented(problems=(400, 422)))
def get_works(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=200)] = 50,
) -> WorksAnswer:
    """List the works of which anything is recorded, the latest change first. For staff."""
    require_staff(caller)
    if cursor is not None and "\x00" in cursor:
        raise Invalid((FieldError("/cursor", "text_characters", "must not contain NUL"),))
    views = casework.views
    with views.engine.connect() as connection:
        rows = list_works(connection, views.tables("ledgers"), before=cursor, limit=limit + 1)
    following = None
    if len(rows) > limit:
        following = f"/api/v1/works?{urlencode({'limit': limit, 'cursor': rows[limit - 1].work})}"
    same = [name for name in ListedWork.__struct_fields__ if name != "links"]
    listed = [ListedWork(**{name: getattr(row, name) for name in same}, links=_links(row.work)) for row in rows[:limit]]
    return WorksAnswer(listed, following)


@get(
    "/works/{work_id:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_work(
    casework: NamedDependency[Casework], caller: NamedDependency[Caller], work_id: FromPath[str]
) -> WorkAnswer:
    """The record of one work, by the id that engines use; empty where nothing is recorded."""
    return answer_work(casework, read_work_id(work_id), _own_party(caller))


def _step(name: str) -> Any:
    form = WORK_STEPS[name].form

    @post(
        f"/works/{{work_id:str}}/{name}",
        name=f"post_works_{name.replace('-', '_')}",
        opt=for_scopes(Scope.CASES_ACT),
        status_code=200,
        sync_to_thread=True,
        description=" ".join((form.__doc__ or "").replace("``", "").split()),
        operation_class=documented(body={"application/json": schema_of(form)}, problems=(400, 404, 409, 413, 415, 422)),
    )
    def post_step(
        request: AnyRequest,
        body: RawBody,
        casework: NamedDependency[Casework],
        caller: NamedDependency[Caller],
        work_id: FromPath[str],
        key: IdempotencyKey = None,
    ) -> WorkAnswer:
        work = read_work_id(work_id)
        actor: Actor = caller.actor_as(Role.RIGHT_HOLDER if name in HOLDERS_MAY else Role.COMPLIANCE)
        take_work_step(casework, name, work, actor, read_form(form, request, body), idempotency_key=key)
        return answer_work(casework, work, actor.id if actor.role is Role.RIGHT_HOLDER else None)

    return post_step


def read_work_id(text: str) -> str:
    """A work's id from an address. Raises ``NotFound`` for what cannot be one."""
    if not 0 < len(text) <= LONGEST_ID or "\x00" in text:
        raise NotFound("work")
    return text


def _own_party(caller: Caller) -> str | None:
    """Whose requests alone the caller sees; ``None`` for staff. Raises ``Forbidden``."""
    account = caller.account
    if account is not None and account.roles == {Role.RIGHT_HOLDER} and account.party is not None:
        return account.party
    require_staff(caller)
    return None


def answer_work(casework: Casework, work_id: str, party: str | None) -> WorkAnswer:
    """The record as it stands now; with ``party`` as this right holder sees it."""
    work, now = casework.ledgers.work(work_id), casework.clock.now()
    staff = party is None
    history = entries(casework, casework.ledgers.work_history(work_id)) if staff else ()
    return WorkAnswer(
        work=work_id,
        no_block=None if work.no_block is None else work.no_block.value,
        reference_withdrawn=work.reference_withdrawn,
        false_claimants=[one for one in work.false_claimants if staff or one == party],
        licences=[WorkLicence(one.number, one.licensee, one.starts, one.ends) for one in work.licences if staff],
        prior_reviews=[
            WorkRequest(
                number=one.event.request,
                right_holder=one.event.right_holder,
                ground=one.event.ground.value,
                requested_at=one.requested_at,
                starts=one.event.starts,
                ends=one.event.ends,
                state=one.state(now).value,
            )
            for one in work.requests
            if staff or one.event.right_holder == party
        ],
        history=[WorkEntry(one.name, one.at, one.words, one.data) for one in history],
        links=_links(work_id),
    )


def _links(work_id: str) -> dict[str, str]:
    return {"self": f"/api/v1/works/{quote(work_id, safe='')}"}


HANDLERS = (get_works, get_work, *(_step(name) for name in WORK_STEPS))
