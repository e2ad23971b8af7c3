"""``/cases``: lists by filter, one case now or as known at a past moment, its events, and the files put forward."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from pydantic import TypeAdapter, ValidationError

from casework.application import Casework
from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.domain.values import Medium, Moment, Outcome, RulingOutcome
from casework.errors import FieldError, Forbidden, Invalid, NotFound
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.case_answers import (
    CaseAnswer,
    EventsAnswer,
    answer_case,
    answer_events,
    state,
)
from casework.views.api.documents import documented
from casework.views.api.words import SEES_WORDS
from casework.views.models.cases import Filters, list_cases

LONGEST_PAGE = 200
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_EVERYTHING = (Role.COMPLIANCE, Role.INTAKE, Role.OVERSIGHT, Role.ENGINEER)

CaseId = FromPath[str]


class ListedAppeal(msgspec.Struct, frozen=True):
    """The latest appeal of a listed case."""

    kind: str
    ground: str
    lodged_at: datetime
    ruling_due: datetime


class ListedCase(msgspec.Struct, frozen=True):
    """One line of a list of cases; ``share`` is the exact share of the upload."""

    case_id: UUID
    source: str
    decision_id: str
    decided_at: datetime
    informed_at: datetime
    upload_id: str
    upload_version: int
    uploader: str
    medium: str
    language: str | None
    work_id: str
    work_title: str
    right_holder: str
    share: str | None
    outcome: str
    rule: str
    standard: str
    procedure: str
    availability: str
    appeal: ListedAppeal | None
    ruling: str | None
    ruled_at: datetime | None
    links: dict[str, str]


class CasesAnswer(msgspec.Struct, frozen=True):
    """A page of cases, newest first. ``next``: the address of the page after it, if there is one."""

    cases: list[ListedCase]
    next: str | None


def read_case_id(text: str) -> UUID:
    """A case id from an address. Raises ``NotFound`` for what is none: nobody learns more from a wrong one."""
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound("case") from None
    if str(found) != text:
        raise NotFound("case")
    return found


@get(
    "/cases",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 422)),
)
def get_cases(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    procedure: Annotated[list[Procedure] | None, QueryParameter(name="procedure", max_items=20)] = None,
    outcome: Annotated[list[Outcome] | None, QueryParameter(name="outcome", max_items=20)] = None,
    upload_id: Annotated[str | None, QueryParameter(name="upload_id", max_length=200)] = None,
    work_id: Annotated[str | None, QueryParameter(name="work_id", max_length=200)] = None,
    decision_id: Annotated[str | None, QueryParameter(name="decision_id", max_length=200)] = None,
    medium: Annotated[Medium | None, QueryParameter(name="medium")] = None,
    ruling: Annotated[RulingOutcome | None, QueryParameter(name="ruling")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=100)] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=LONGEST_PAGE)] = 50,
) -> CasesAnswer:
    """List the cases that are the caller's business, newest first.

    Right holders see those of their works, reviewers those that they sit or sat on, staff all. Filters add up;
    ``procedure`` and ``outcome`` may be given several times. The list follows the log within moments.
    """
    texts = {"upload_id": upload_id, "work_id": work_id, "decision_id": decision_id}
    unfit = [name for name, value in texts.items() if value is not None and "\x00" in value]
    if unfit:
        raise Invalid(tuple(FieldError(f"/{name}", "text_characters", "must not contain NUL") for name in unfit))
    filters = Filters(
        procedures=None if procedure is None else tuple(one.value for one in procedure),
        outcomes=None if outcome is None else tuple(one.value for one in outcome),
        medium=None if medium is None else medium.value,
        ruling=None if ruling is None else ruling.value,
        **texts,
        **_own(caller),
    )
    views = casework.views
    with views.engine.connect() as connection:
        before = None if cursor is None else _last_case(cursor)
        rows = list_cases(connection, views.tables("cases"), filters, before=before, limit=limit + 1)
    following = None
    if len(rows) > limit:
        chosen = [(name, value) for name, value in texts.items() if value is not None]
        chosen += [("procedure", one) for one in filters.procedures or ()]
        chosen += [("outcome", one) for one in filters.outcomes or ()]
        chosen += [(name, value) for name in ("medium", "ruling") if (value := getattr(filters, name)) is not None]
        chosen += [("limit", str(limit)), ("cursor", str(rows[limit - 1].case_id))]
        following = f"/api/v1/cases?{urlencode(chosen)}"
    return CasesAnswer([_listed(row) for row in rows[:limit]], following)


def _own(caller: Caller) -> dict[str, str | None]:
    """What narrows the list to the caller's own cases."""
    if caller.roles.intersection(_EVERYTHING):
        return {}
    account = caller.account
    if account is not None and Role.RIGHT_HOLDER in caller.roles and account.party is not None:
        return {"right_holder": account.party}
    if account is not None and Role.REVIEWER in caller.roles:
        return {"reviewer": account.id}
    raise Forbidden("a role that has cases")


def _last_case(cursor: str) -> UUID:
    try:
        return read_case_id(cursor)
    except NotFound:
        raise Invalid((FieldError("/cursor", "unknown_cursor", "take the cursor from the answer before"),)) from None


def _listed(row: Any) -> ListedCase:
    appeal = None
    if row.appeal_kind is not None:
        appeal = ListedAppeal(row.appeal_kind, row.appeal_ground, row.appeal_lodged_at, row.ruling_due)
    address = f"/api/v1/cases/{row.case_id}"
    same = {name: getattr(row, name) for name in ListedCase.__struct_fields__ if name not in ("appeal", "links")}
    return ListedCase(**same, appeal=appeal, links={"self": address, "events": f"{address}/events"})


@get(
    "/cases/{case_id:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404, 422)),
)
def get_case(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    at: Annotated[str | None, QueryParameter(name="at", max_length=40)] = None,
) -> CaseAnswer:
    """One case as the caller may see it, with the steps that the caller may take now.

    With ``at`` (a time with offset), as it was known at that moment; no steps are listed then.
    """
    identifier = read_case_id(case_id)
    moment = None if at is None else read_moment(at)
    if moment is not None and moment > casework.clock.now():
        raise Invalid((FieldError("/at", "not_yet", "at must not lie in the future"),))
    actor = caller.actor_for(casework.case(identifier))
    history = casework.history(identifier, at=moment)
    return answer_case(casework, identifier, history, actor, past=moment is not None)


def read_moment(text: str) -> datetime:
    """A time with offset from the parameter ``at``. Raises ``Invalid``."""
    try:
        return _MOMENT.validate_python(text)
    except ValidationError as error:
        raise Invalid((FieldError("/at", "datetime_type", error.errors(include_url=False)[0]["msg"]),)) from None


@get(
    "/cases/{case_id:str}/events",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_case_events(
    casework: NamedDependency[Casework], caller: NamedDependency[Caller], case_id: CaseId
) -> EventsAnswer:
    """What happened in a case, in order, as far as the caller may know it."""
    identifier = read_case_id(case_id)
    history = casework.history(identifier)
    return answer_events(casework, identifier, history, caller.actor_for(state(history)))


@get(
    "/cases/{case_id:str}/evidence/{evidence_id:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/octet-stream",
    operation_class=documented(problems=(400, 404)),
)
def get_case_evidence(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    evidence_id: FromPath[str],
) -> Response[bytes]:
    """The bytes of a file that a side put forward: the same for both sides and for those who decide."""
    identifier = read_case_id(case_id)
    case = casework.case(identifier)
    actor = caller.actor_for(case)
    for exhibit in case.exhibits:
        if exhibit.evidence.id == evidence_id and actor.role in SEES_WORDS:
            kept = casework.vault.open_many([exhibit.evidence.file, exhibit.evidence.name])
            file, name = (kept.get(one.id) for one in (exhibit.evidence.file, exhibit.evidence.name))
            if file is None:
                break
            title = evidence_id if name is None else name.content.decode()
            return Response(
                file.content,
                media_type=file.media_type,
                # Never shown in place: what a party sends stays a file.
                headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(title, safe='')}"},
            )
    raise NotFound("evidence")


HANDLERS = (get_cases, get_case, get_case_events, get_case_evidence)
