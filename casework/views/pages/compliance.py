"""The compliance desk: what is open and late, which cases wait for reviewers, every case with its whole history.

Compliance sees who sits on a panel and that rulings came in, never what a sealed one says; and an officer who sits on a
case as a reviewer sees no more of it here than on the bench.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from sqlalchemy.engine import Row

from casework import steps
from casework.application import Casework
from casework.domain.case.events import BarredReviewerRefused, PanelAssigned, ReReviewerAssigned
from casework.domain.case.notice_events import RepeatNoticeBarred
from casework.domain.case.seating import free_seats
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import Medium, Outcome, RulingOutcome
from casework.errors import NotFound
from casework.eventlog.store import Conflict
from casework.letters.writing import letters_by_side
from casework.links import DecisionLinks
from casework.settings import Settings
from casework.views import labels, regime_labels, step_labels
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.access.links import LinkEpochs
from casework.views.known_then import LONGEST, read_moment_then
from casework.views.language import gettext
from casework.views.media_bench import media_bench
from casework.views.models.cases import Filters, find_case, list_cases
from casework.views.pages.case_forms import MOST_CHECKBOXES, Draft
from casework.views.pages.case_page import CasePage, not_yet
from casework.views.pages.case_view import CaseView, view_case
from casework.views.pages.compliance_steps import compliance_forms, staff_timeline
from casework.views.pages.intake_steps import fields_of, find_form, take_staff_step, was_sent
from casework.views.pages.opinions import Opinion, compare, opened_opinions
from casework.views.presentation import timeline, upcoming
from casework.views.refusals import refusal_text
from casework.views.responses import render_page, see_other

PAGE = 50
"""Cases on one page of the list."""

OFFICERS = for_roles(Role.COMPLIANCE)

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_LINK = re.compile(r"(?:/d/|^)([A-Za-z0-9_-]{40,60})(?:[/?#]|$)")


# The list ------------------------------------------------------------------------------------------------------------


@get("/compliance/cases", opt=OFFICERS, sync_to_thread=True)
def show_cases(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    links: NamedDependency[DecisionLinks],
    wanted: Annotated[str, QueryParameter(name="q")] = "",
    procedure: Annotated[str, QueryParameter(name="procedure")] = "",
    outcome: Annotated[str, QueryParameter(name="outcome")] = "",
    medium: Annotated[str, QueryParameter(name="medium")] = "",
    ruling: Annotated[str, QueryParameter(name="ruling")] = "",
    before: Annotated[str, QueryParameter(name="before")] = "",
) -> Response[Any]:
    """All cases, newest first, narrowed down; anything pasted that names one case leads straight to it."""
    wanted = "".join(sign for sign in wanted.strip()[:500] if sign.isprintable())
    chosen = {"procedure": procedure, "outcome": outcome, "medium": medium, "ruling": ruling}
    chosen = {name: value for name, value in chosen.items() if value in dict(_choices()[name])}
    found = named_case(casework, links, wanted) if wanted else None
    if found is not None:
        return see_other(request, f"/compliance/cases/{found}")
    listed = _search(casework, wanted) if wanted else _list(casework, chosen, before)
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    following = ""
    if len(listed) > PAGE and not wanted:
        following = f"/compliance/cases?{query}{'&' if query else ''}before={listed[PAGE - 1].case_id}"
    context = {
        "wide": True,
        "here": "cases",
        "q": wanted,
        "chosen": chosen,
        "filters": [(name, title, _choices()[name]) for name, title in _filter_titles().items()],
        "rows": listed[:PAGE],
        "labels": labels,
        "now": casework.clock.now(),
        "previous": f"/compliance/cases?{query}" if before else "",
        "following": following,
    }
    return render_page(request, "pages/compliance_cases.html", context, block="cases")


def named_case(casework: Casework, links: DecisionLinks, wanted: str) -> UUID | None:
    """The case that a pasted text names by its id or by its decision page, whatever stands around it."""
    found = _UUID.search(wanted)
    case_id = UUID(found.group()) if found is not None else None
    link = None if case_id is not None else _LINK.search(wanted)
    if link is not None:
        read = links.read(link.group(1))
        case_id = None if read is None else read[0]
    if case_id is None:
        return None
    with casework.views.engine.connect() as connection:
        return None if find_case(connection, casework.views.tables("cases"), case_id) is None else case_id


def _search(casework: Casework, wanted: str) -> list[Row[Any]]:
    """Cases whose decision, upload or work has exactly this outside id."""
    rows: dict[UUID, Row[Any]] = {}
    with casework.views.engine.connect() as connection:
        tables = casework.views.tables("cases")
        for filters in (Filters(decision_id=wanted), Filters(upload_id=wanted), Filters(work_id=wanted)):
            for row in list_cases(connection, tables, filters, limit=PAGE):
                rows.setdefault(row.case_id, row)
    return list(rows.values())


def _list(casework: Casework, chosen: Mapping[str, str], before: str) -> list[Row[Any]]:
    filters = Filters(
        procedures=(chosen["procedure"],) if "procedure" in chosen else None,
        outcomes=(chosen["outcome"],) if "outcome" in chosen else None,
        medium=chosen.get("medium"),
        ruling=chosen.get("ruling"),
    )
    cursor = UUID(before) if _UUID.fullmatch(before) else None
    with casework.views.engine.connect() as connection:
        return list_cases(connection, casework.views.tables("cases"), filters, before=cursor, limit=PAGE + 1)


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "procedure": [(one.value, labels.procedure_label(one.value)) for one in Procedure],
        "outcome": [(one.value, labels.outcome_label(one.value)) for one in Outcome],
        "medium": [(one.value, labels.medium_label(one.value)) for one in Medium],
        "ruling": [(one.value, labels.ruling_label(one.value)) for one in RulingOutcome],
    }


def _filter_titles() -> dict[str, str]:
    return {
        "procedure": gettext("State"),
        "outcome": gettext("First decision"),
        "medium": gettext("Kind of upload"),
        "ruling": gettext("Ruling"),
    }


# One case ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits on a case, and whether that person's ruling is in."""

    name: str
    part: str
    given: bool


@dataclass(frozen=True, slots=True)
class Seating:
    """Whether a case waits for reviewers, how many are needed and able, and why others may not sit."""

    needed: int
    able: int
    conflicts: int
    earlier: int


@get("/compliance/cases/{case_id:uuid}", opt=OFFICERS, sync_to_thread=True)
def show_case(
    request: AnyRequest,
    case_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    accounts: NamedDependency[Accounts],
    links: NamedDependency[DecisionLinks],
    epochs: NamedDependency[LinkEpochs],
    settings: NamedDependency[Settings],
    done: Annotated[str, QueryParameter(name="done")] = "",
    at: Annotated[str, QueryParameter(name="at", max_length=LONGEST)] = "",
) -> Response[str]:
    """The case with its whole history; ``at``: as it was known at a past moment."""
    moment = read_moment_then(at, settings.zone, casework.clock.now())
    page = _Page(casework, accounts, settings, caller, case_id, moment)
    try:
        return page.show(request, _link(settings, links, epochs, case_id), done=done)
    except NotFound:
        casework.case(case_id)
        if moment is None:
            raise
        return not_yet(request, f"/compliance/cases/{case_id}", moment)


@post("/compliance/cases/{case_id:uuid}/seat", opt=OFFICERS, sync_to_thread=True, status_code=200)
def seat_panel(
    request: AnyRequest,
    case_id: FromPath[UUID],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    accounts: NamedDependency[Accounts],
    links: NamedDependency[DecisionLinks],
    epochs: NamedDependency[LinkEpochs],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Seat the panel or the third reviewer now, or say why that is not possible."""
    page = _Page(casework, accounts, settings, caller, case_id)
    try:
        steps.seat(casework, case_id, Actor(role=Role.COMPLIANCE, id=page.officer))
    except Refused as refused:
        return page.show(request, _link(settings, links, epochs, case_id), refused=refusal_text(refused))
    except Conflict:
        again = gettext("Others changed this at the same moment. Nothing was saved; please try again.")
        return page.show(request, _link(settings, links, epochs, case_id), refused=again)
    if data.get("from") == "overview":
        return see_other(request, "/compliance?done=seat")
    return see_other(request, f"/compliance/cases/{case_id}?done=seat")


@post("/compliance/cases/{case_id:uuid}/link", opt=OFFICERS, sync_to_thread=True, status_code=200)
def renew_link(
    request: AnyRequest,
    case_id: FromPath[UUID],
    casework: NamedDependency[Casework],
    epochs: NamedDependency[LinkEpochs],
) -> Response[Any]:
    """Revoke every link of this case that is out; the page then shows the new one."""
    casework.case(case_id)
    epochs.revoke(case_id)
    return see_other(request, f"/compliance/cases/{case_id}?done=link")


@post("/compliance/cases/{case_id:uuid}/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_step(
    request: AnyRequest,
    case_id: FromPath[UUID],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    accounts: NamedDependency[Accounts],
    links: NamedDependency[DecisionLinks],
    epochs: NamedDependency[LinkEpochs],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take a reviewer off the case, reopen it, or record what happened outside."""
    page = _Page(casework, accounts, settings, caller, case_id)
    view = page.view()
    actor, fields = caller.actor_for(view.case), fields_of(data)
    if was_sent(casework, actor, view, step, fields):
        return see_other(request, f"/compliance/cases/{case_id}?done={step}")
    wanted = find_form(compliance_forms(view, page.name_of), step)
    draft = take_staff_step(casework, actor, view, wanted, fields, settings.zone)
    if draft is None:
        return see_other(request, f"/compliance/cases/{case_id}?done={step}")
    return page.show(request, _link(settings, links, epochs, case_id), draft=draft)


@get("/compliance/cases/{case_id:uuid}/evidence/{evidence_id:str}", opt=OFFICERS, sync_to_thread=True)
def download_evidence(
    case_id: FromPath[UUID],
    evidence_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A file of the case."""
    actor = caller.actor_for(casework.case(case_id))
    page = CasePage(casework, settings, actor, case_id, f"/compliance/cases/{case_id}", "pages/compliance_case.html")
    return page.send_file(evidence_id)


def _link(settings: Settings, links: DecisionLinks, epochs: LinkEpochs, case_id: UUID) -> str:
    return f"{settings.public_url.rstrip('/')}/d/{links.token(case_id, epochs.present(case_id))}"


@dataclass(frozen=True, slots=True)
class _Page:
    """The page of one case for one officer."""

    casework: Casework
    accounts: Accounts
    settings: Settings
    caller: Caller
    case_id: UUID
    at: datetime | None = None

    @property
    def officer(self) -> str:
        """The account; the guard has let nobody else in."""
        if self.caller.account is None:
            raise NotFound("account")
        return self.caller.account.id

    def view(self) -> CaseView:
        """The case as it stands now, or as it was known then; for who the officer is in it now."""
        actor, base = self.caller.actor_for(self.casework.case(self.case_id)), f"/compliance/cases/{self.case_id}"
        return view_case(self.casework, self.case_id, actor, base, self.settings.zone, at=self.at)

    def show(
        self, request: AnyRequest, link: str, *, done: str = "", refused: str = "", draft: Draft | None = None
    ) -> Response[str]:
        """The page; ``done`` says which step was just taken, ``refused`` why one was not, ``draft`` is shown again."""
        view = self.view()
        case = view.case
        blind = view.role is not Role.COMPLIANCE and (case.under_appeal or case.in_prior_review)
        opinions: tuple[Opinion, ...] = ()
        if case.ruling is not None:
            names = {file.id: file.name for file in view.files}
            opinions = opened_opinions(self.casework, self.case_id, case, self.officer, names)
        context = {
            "wide": True,
            "here": "cases",
            "view": view,
            "case": case,
            "bench": media_bench(request, self.casework, view.id, case, view.role, view.base),
            "labels": labels,
            "regime_labels": regime_labels,
            "step_labels": step_labels,
            "forms": [] if self.at is not None else list(compliance_forms(view, self.name_of)),
            "draft": draft,
            "attempts": 0 if blind else sum(isinstance(one.event, _ATTEMPTS) for one in view.history),
            "most_checkboxes": MOST_CHECKBOXES,
            "timeline_entries": _timeline(view, self.name_of, blind=blind),
            "seats": [] if blind else self._seats(case),
            "seating": None if blind or self.at is not None else self._seating(case),
            "opinions": opinions,
            "comparison": compare(opinions),
            "link": link,
            "upload": self.casework.uploads.view(case.decision.upload.id, case.decision.upload.version),
            "letters_of": letters_by_side(self.casework, view.id, view.history, view.role, self.settings.zone),
            "done": done,
            "errors": [{"href": "#panel", "text": refused}] if refused else [] if draft is None else draft.errors,
        }
        faulty = refused or (draft is not None and draft.faulty)
        status = HTTP_422_UNPROCESSABLE_ENTITY if faulty else 200
        return render_page(request, "pages/compliance_case.html", context, status_code=status)

    def _seats(self, case: Case) -> list[Seat]:
        parts = [(one, gettext("One of two rulings")) for one in case.panel]
        if case.re_reviewer is not None:
            parts.append((case.re_reviewer, gettext("Third ruling (re-review)")))
        return [Seat(self.name_of(one), part, case.has_ruled(one)) for one, part in parts]

    def name_of(self, account_id: str) -> str:
        """The name of an account; its id where there is none any more."""
        try:
            return self.accounts.find(account_id).name
        except NotFound:
            return account_id

    def _seating(self, case: Case) -> Seating | None:
        needed = free_seats(case)
        if not needed:
            return None
        barred = self.casework.barred_from_seat(self.case_id, case)
        candidates = {one.id for one in self.accounts.candidates()}
        causes = [cause for one, cause in barred.items() if one in candidates]
        return Seating(
            needed=needed,
            able=len(candidates - barred.keys() - set(case.panel)),
            conflicts=causes.count("conflict_of_interest") + causes.count("same_party"),
            earlier=causes.count("earlier_ruling") + causes.count("linked_case"),
        )


_ATTEMPTS = (BarredReviewerRefused, RepeatNoticeBarred)


def _timeline(view: CaseView, name_of: Callable[[str], str], *, blind: bool) -> Sequence[Any]:
    if blind:
        kept = [one for one in view.history if not isinstance(one.event, PanelAssigned | ReReviewerAssigned)]
        return timeline(kept, Role.REVIEWER)
    if view.role is not Role.COMPLIANCE:
        return [*timeline(view.history, view.role), *upcoming(view.standing, view.now)]
    return [*staff_timeline(view.history, view.role, name_of), *upcoming(view.standing, view.now)]


HANDLERS = (show_cases, show_case, seat_panel, renew_link, post_step, download_evidence)
