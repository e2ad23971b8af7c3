"""``/erasures``: requests that personal data be erased, and their answers. For compliance; oversight may read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter, RawBody

from casework.domain.erasure.state import Request as Asked
from casework.domain.erasure.state import Requests
from casework.domain.facts import Role
from casework.erasing import Erasing, ErasureForm
from casework.errors import Forbidden
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form

AnyRequest = Request[Any, Any, Any]


class ErasureAnswer(msgspec.Struct, frozen=True):
    """One request: ``state`` is ``open``, ``erased`` or ``refused``, then with ``reason`` and perhaps ``until``."""

    request: int
    requested_at: datetime
    state: str
    answered_at: datetime | None
    reason: str | None
    until: str | None


class PersonAnswer(msgspec.Struct, frozen=True):
    """All requests of one person, by pseudonym; ``kept``: how many items and accounts are kept of the person now."""

    party: str
    side: str
    kept: int
    requests: list[ErasureAnswer]


class PeopleAnswer(msgspec.Struct, frozen=True):
    """Everybody who ever asked, whose request changed last first."""

    people: list[PersonAnswer]


@get(
    "/erasures",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_erasures(
    erasing: NamedDependency[Erasing],
    caller: NamedDependency[Caller],
    party: Annotated[str | None, QueryParameter(name="party", max_length=200)] = None,
) -> PeopleAnswer:
    """Requests for erasure: of everybody, or of the one person whose pseudonym is ``party``."""
    if not caller.roles & {Role.COMPLIANCE, Role.OVERSIGHT}:
        raise Forbidden(Role.COMPLIANCE.value)
    found = erasing.everybody() if party is None else [erasing.requests(party)]
    return PeopleAnswer([_person(erasing, one) for one in found])


@post(
    "/erasures",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": schema_of(ErasureForm)}, problems=(400, 404, 409, 413, 415, 422)
    ),
)
def post_erasures(
    request: AnyRequest,
    body: RawBody,
    erasing: NamedDependency[Erasing],
    caller: NamedDependency[Caller],
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> PersonAnswer:
    """Compliance records a request, and erases or refuses it. Erasing cannot be undone; twice is harmless."""
    actor = caller.actor_as(Role.COMPLIANCE)
    form = read_form(ErasureForm, request, body)
    return _person(erasing, erasing.answer(form, actor, idempotency_key=key).state)


def _person(erasing: Erasing, found: Requests) -> PersonAnswer:
    return PersonAnswer(found.party, found.side.value, erasing.kept_of(found.party), list(map(_asked, found.requests)))


def _asked(one: Asked) -> ErasureAnswer:
    refused = one.refused
    until = None if refused is None or refused.until is None else refused.until.isoformat()
    return ErasureAnswer(
        request=one.number,
        requested_at=one.at,
        state="open" if one.is_open else "erased" if one.erased is not None else "refused",
        answered_at=one.answered_at,
        reason=None if refused is None else refused.reason.value,
        until=until,
    )


HANDLERS = (get_erasures, post_erasures)
