"""``/uploads/{upload_id}``: what the public sees of an upload, which cases make it so, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.values import LONGEST_ID
from casework.errors import Forbidden, NotFound
from casework.ledgers import UploadVersion
from casework.uploads import UploadView
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented

STAFF = (Role.COMPLIANCE, Role.INTAKE, Role.OVERSIGHT, Role.ENGINEER)


class NextStep(msgspec.Struct, frozen=True):
    """The next clock of a case: what runs out, and when."""

    kind: str
    due_at: datetime


class UploadCase(msgspec.Struct, frozen=True):
    """A case about the upload. ``decisive``: it makes the upload what the public sees."""

    case_id: UUID
    work_id: str
    work_title: str
    right_holder: str
    procedure: str
    availability: str
    decisive: bool
    next: NextStep | None
    links: dict[str, str]


class UploadOrderAnswer(msgspec.Struct, frozen=True):
    """A binding order on the upload; ``case_id``: the case in which it was recorded first."""

    number: int
    case_id: UUID
    forum: str
    interim: bool
    availability: str
    received_at: datetime
    until: datetime | None
    lifted_at: datetime | None


class UploadAnswer(msgspec.Struct, frozen=True):
    """One version of an upload. ``availability``: a withdrawal, then an order, then the most restrictive measure."""

    upload_id: str
    upload_version: int
    availability: str
    ordered: str | None
    orders: list[UploadOrderAnswer]
    cases: list[UploadCase]
    links: dict[str, str]


@get(
    "/uploads/{upload_id:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_upload(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    upload_id: FromPath[str],
    version: Annotated[int | None, QueryParameter(name="version", ge=0, le=2**53)] = None,
) -> UploadAnswer:
    """What the public sees of an upload, by the id that engines use; without ``version`` of its latest one.

    Right holders see the cases of their own works; what holds for the upload is said to everybody who has one.
    """
    if not 0 < len(upload_id) <= LONGEST_ID or "\x00" in upload_id:
        raise NotFound("upload")
    view = casework.uploads.view(upload_id, version)
    if view is None:
        raise NotFound("upload")
    return _answer(casework, view, _own_party(caller))


def _own_party(caller: Caller) -> str | None:
    """Whose cases alone the caller sees; ``None`` for staff. Raises ``Forbidden``."""
    if caller.roles.intersection(STAFF):
        return None
    account = caller.account
    if account is not None and Role.RIGHT_HOLDER in caller.roles and account.party is not None:
        return account.party
    raise Forbidden("a role that has cases")


def _answer(casework: Casework, view: UploadView, party: str | None) -> UploadAnswer:
    mine = [one for one in view.cases if party is None or one.case.right_holder == party]
    if not mine:
        raise NotFound("upload")
    version = UploadVersion(view.id, view.version)
    orders = casework.ledgers.upload(version).orders
    ordered = None if view.ordered is None else view.ordered.value
    address = f"/api/v1/uploads/{quote(view.id, safe='')}?version={view.version}"
    cases = []
    for one in mine:
        clock = casework.uploads.next_clock(one.case, casework.terms(one.case))
        cases.append(
            UploadCase(
                case_id=one.id,
                work_id=one.case.decision.work.id,
                work_title=one.case.decision.work.title,
                right_holder=one.case.right_holder,
                procedure=one.case.procedure.value,
                availability=one.case.availability.value,
                decisive=one.decisive,
                next=None if clock is None else NextStep(clock.kind.value, clock.due_at),
                links={"self": f"/api/v1/cases/{one.id}"},
            )
        )
    shown = [
        UploadOrderAnswer(
            number=one.number,
            case_id=one.case,
            forum=one.terms.forum.value,
            interim=one.terms.interim,
            availability=one.terms.availability.value,
            received_at=one.terms.received_at,
            until=one.terms.until,
            lifted_at=one.lifted_at,
        )
        for one in orders
        if party is None or any(case.id == one.case for case in mine)
    ]
    return UploadAnswer(view.id, view.version, view.availability.value, ordered, shown, cases, {"self": address})


HANDLERS = (get_upload,)
