"""``/sanctions``: the sanction ledgers of parties: kept by compliance, read by oversight, seen by the party itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.party.state import Ledger
from casework.domain.party.values import RIGHTS_CONCERNED, Trust
from casework.errors import FieldError, Forbidden, Invalid
from casework.ledger_steps import PARTY_STEPS, side_of, take_party_step
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form
from casework.views.ledger_view import entries
from casework.views.models.ledgers import find_party, list_parties, list_running

Json = dict[str, Any]
AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]

STAFF_MAY = frozenset(PARTY_STEPS) - {"appeals"}
"""The steps of compliance; the only one of a party is its appeal."""


class RunningSuspension(msgspec.Struct, frozen=True):
    """A right that is suspended now or will be."""

    number: int
    conduct: str
    right: str
    starts: datetime
    ends: datetime
    appeal: str | None


class ListedLedger(msgspec.Struct, frozen=True):
    """One line of the list of ledgers."""

    party: str
    side: str
    changed_at: datetime
    warnings: int
    assessments: int
    suspensions: int
    reports: int
    trusted: bool
    flagger: bool
    running: list[RunningSuspension]
    links: dict[str, str]


class LedgersAnswer(msgspec.Struct, frozen=True):
    """A page of ledgers, the latest change first. ``next``: the address of the page after it, if there is one."""

    ledgers: list[ListedLedger]
    next: str | None


class LedgerSuspension(msgspec.Struct, frozen=True):
    """A suspension with what became of it."""

    number: int
    conduct: str
    right: str
    starts: datetime
    ends: datetime
    lifted_at: datetime | None
    running: bool
    appeal: str | None


class LedgerEntry(msgspec.Struct, frozen=True):
    """One fact of the ledger: ``data`` as in the log, ``words`` from the vault (``null`` when erased)."""

    event: str
    at: datetime
    words: str | None
    data: Json


class LedgerAnswer(msgspec.Struct, frozen=True):
    """The ledger of one party. ``stages`` say where it stands for each kind of conduct of this side."""

    party: str
    side: str
    version: int
    stages: dict[str, str]
    suspended: dict[str, datetime]
    trusted: bool
    flagger: bool
    suspensions: list[LedgerSuspension]
    history: list[LedgerEntry]
    links: dict[str, str]


@get(
    "/sanctions",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 422)),
)
def get_sanctions(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    party: Annotated[str | None, QueryParameter(name="party", max_length=200)] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=200)] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=200)] = 50,
) -> LedgersAnswer:
    """List the parties with a ledger, the latest change first; ``party`` narrows it to one. For staff."""
    require_staff(caller)
    wanted = {"party": party, "cursor": cursor}
    unfit = [name for name, text in wanted.items() if text is not None and "\x00" in text]
    if unfit:
        raise Invalid(tuple(FieldError(f"/{name}", "text_characters", "must not contain NUL") for name in unfit))
    views, now = casework.views, casework.clock.now()
    with views.engine.connect() as connection:
        tables = views.tables("ledgers")
        if party is not None:
            found = find_party(connection, tables, party)
            rows = [] if found is None else [found]
        else:
            rows = list_parties(connection, tables, before=cursor, limit=limit + 1)
        running = list_running(connection, tables, [row.party for row in rows], now)
    following = None
    if len(rows) > limit:
        query = urlencode({"limit": limit, "cursor": rows[limit - 1].party})
        following = f"/api/v1/sanctions?{query}"
    return LedgersAnswer([_listed(row, running.get(row.party, [])) for row in rows[:limit]], following)


@get(
    "/sanctions/{party:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_sanctions_of(
    casework: NamedDependency[Casework], caller: NamedDependency[Caller], party: FromPath[str]
) -> LedgerAnswer:
    """The ledger of one party, by its pseudonym, for staff and for itself; empty where nothing is recorded."""
    side_of(party)
    if not _is_own(caller, party):
        require_staff(caller)
    return answer_ledger(casework, party, with_words=_reads_words(caller, party))


def _step(name: str) -> Any:
    form = PARTY_STEPS[name].form

    @post(
        f"/sanctions/{{party:str}}/{name}",
        name=f"post_sanctions_{name.replace('-', '_')}",
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
        party: FromPath[str],
        key: IdempotencyKey = None,
    ) -> LedgerAnswer:
        actor = _actor(caller, name, party)
        take_party_step(casework, name, party, actor, read_form(form, request, body), idempotency_key=key)
        return answer_ledger(casework, party, with_words=True)

    return post_step


def _actor(caller: Caller, name: str, party: str) -> Actor:
    """Compliance keeps the ledger, the party appeals. Raises ``Forbidden`` and ``NotFound``."""
    side = side_of(party)
    if name in STAFF_MAY:
        return caller.actor_as(Role.COMPLIANCE)
    if side is not Role.RIGHT_HOLDER or not _is_own(caller, party):
        raise Forbidden("the party itself")
    return caller.actor_as(Role.RIGHT_HOLDER)


def require_staff(caller: Caller) -> None:
    """Ledgers are for compliance, intake and oversight. Raises ``Forbidden``."""
    if not caller.roles & {Role.COMPLIANCE, Role.INTAKE, Role.OVERSIGHT}:
        raise Forbidden(Role.COMPLIANCE.value)


def _is_own(caller: Caller, party: str) -> bool:
    return caller.account is not None and caller.account.party == party and Role.RIGHT_HOLDER in caller.roles


def _reads_words(caller: Caller, party: str) -> bool:
    return _is_own(caller, party) or bool(caller.roles & {Role.COMPLIANCE, Role.INTAKE})


def answer_ledger(casework: Casework, party: str, *, with_words: bool) -> LedgerAnswer:
    """The ledger as it stands now. Raises ``NotFound`` for what is no pseudonym."""
    side, now = side_of(party), casework.clock.now()
    ledger = casework.ledgers.party(side, party)
    standing = ledger.standing(now)
    history = entries(casework, casework.ledgers.party_history(side, party))
    return LedgerAnswer(
        party=party,
        side=side.value,
        version=ledger.version,
        stages={one.value: ledger.stage(one, now).value for one in RIGHTS_CONCERNED[side]},
        suspended={right.value: until for right, until in standing.suspended.items() if until is not None},
        trusted=standing.trusted,
        flagger=Trust.FLAGGER in ledger.trust,
        suspensions=_suspensions(ledger, now),
        history=[LedgerEntry(one.name, one.at, one.words if with_words else None, one.data) for one in history],
        links={"self": f"/api/v1/sanctions/{party}"},
    )


def _suspensions(ledger: Ledger, now: datetime) -> list[LedgerSuspension]:
    found = []
    for one in ledger.suspensions:
        appeal = None
        if one.appeal is not None:
            appeal = "open" if one.appeal.decided is None else one.appeal.decided.outcome.value
        event = one.event
        found.append(
            LedgerSuspension(
                number=event.suspension,
                conduct=event.conduct.value,
                right=event.right.value,
                starts=event.starts,
                ends=event.ends,
                lifted_at=one.lifted_at,
                running=one.is_running(now),
                appeal=appeal,
            )
        )
    return found


def _listed(row: Any, running: list[Any]) -> ListedLedger:
    same = {name: getattr(row, name) for name in ListedLedger.__struct_fields__ if name not in ("running", "links")}
    suspensions = [
        RunningSuspension(one.number, one.conduct, one.right, one.starts, one.ends, one.appeal) for one in running
    ]
    return ListedLedger(**same, running=suspensions, links={"self": f"/api/v1/sanctions/{row.party}"})


HANDLERS = (get_sanctions, get_sanctions_of, *(_step(name) for name in PARTY_STEPS))
