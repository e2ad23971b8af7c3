"""Publishing at the compliance desk: a finished report is proposed, looked at by a second officer, and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.domain.publication.state import PeriodReports, Proposal
from casework.errors import NotFound
from casework.jobs.report_runs import ReportRun, ReportRuns
from casework.publishing import AgreementForm, EndingForm, ProposalForm, Publishing
from casework.settings import Settings
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.models import log_tree
from casework.views.pages.case_page import download
from casework.views.pages.compliance_reports import media_type_of
from casework.views.pages.compliance_texts import stages
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, find_form, send
from casework.views.presentation import RequiredAction
from casework.views.published_changes import shown_changes
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
ADDRESS = "/compliance/publications"
LINKED = 200
"""Events of a correction that are looked up, so that they lead to their cases."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_publications(request: AnyRequest, publishing: NamedDependency[Publishing]) -> Response[str]:
    """What waits for a second officer, and what is published."""
    periods = publishing.periods()
    waiting = [one.open for one in periods if one.open is not None]
    rows = [
        {"proposal": one, "href": address_of(one.proposed.start, one.proposed.end), "last": _last(one.proposed.end)}
        for one in waiting
    ]
    editions = [
        {"edition": one, "href": f"/transparency/{one.id}", "last": _last(one.published.end)}
        for one in publishing.editions()
    ]
    context = {"wide": True, "here": "publications", "waiting": rows, "editions": editions}
    return render_page(request, "pages/publications.html", context)


@get(ADDRESS + "/runs/{run_id:str}", opt=OFFICERS, sync_to_thread=True)
def show_proposing(
    request: AnyRequest,
    run_id: FromPath[str],
    publishing: NamedDependency[Publishing],
    report_runs: NamedDependency[ReportRuns],
) -> Response[str]:
    """The form by which a finished report is proposed."""
    return _proposing(request, publishing, report_runs.get(run_id))


@post(ADDRESS + "/runs/{run_id:str}/proposals", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_proposal(
    request: AnyRequest,
    run_id: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    publishing: NamedDependency[Publishing],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Propose it, or say why that is not possible."""
    actor, run = caller.actor_as(Role.COMPLIANCE), report_runs.get(run_id)
    form = _proposal_form(run, publishing.reports(run.start, run.end))
    sent = send(form, ProposalForm, data, settings.zone, lambda shape: publishing.propose(shape, actor))
    if sent.again is not None:
        return _proposing(request, publishing, run, sent)
    return see_other(request, f"{address_of(run.start, run.end)}?done=proposals")


@get(ADDRESS + "/{period:str}", opt=OFFICERS, sync_to_thread=True)
def show_period(
    request: AnyRequest,
    period: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    publishing: NamedDependency[Publishing],
    accounts: NamedDependency[Accounts],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """All proposals and editions of a period, and what the officer may do with the one that waits."""
    start, end = _period(period)
    return _Page(casework, publishing, accounts, caller.actor_as(Role.COMPLIANCE), start, end).show(request, done=done)


@get(ADDRESS + "/{period:str}/files/{name:str}", opt=OFFICERS, sync_to_thread=True)
def show_proposed_file(
    period: FromPath[str], name: FromPath[str], publishing: NamedDependency[Publishing]
) -> Response[bytes]:
    """A file of the proposal that waits, as it would be published."""
    proposal = publishing.reports(*_period(period)).open
    if proposal is None:
        raise NotFound("report file")
    return download(publishing.proposed_file(proposal, name), name, media_type_of(name))


@post(ADDRESS + "/{period:str}/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_step(
    request: AnyRequest,
    period: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    publishing: NamedDependency[Publishing],
    accounts: NamedDependency[Accounts],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Publish, decline or withdraw the proposal that waits."""
    actor, (start, end) = caller.actor_as(Role.COMPLIANCE), _period(period)
    page = _Page(casework, publishing, accounts, actor, start, end)
    form = find_form(page.forms(), step, data)
    if form is None:
        return see_other(request, f"{address_of(start, end)}?done=changed")
    if step == "agreements":
        sent = send(form, AgreementForm, data, settings.zone, lambda one: publishing.publish(start, end, one, actor))
    elif step == "declines":
        sent = send(form, EndingForm, data, settings.zone, lambda one: publishing.decline(start, end, one, actor))
    else:
        sent = send(form, EndingForm, data, settings.zone, lambda one: publishing.withdraw(start, end, one, actor))
    if sent.again is not None:
        return page.show(request, sent=sent)
    return see_other(request, f"{address_of(start, end)}?done={step}")


def address_of(start: date, end: date) -> str:
    """Where the reports of a period are dealt with."""
    return f"{ADDRESS}/{start.isoformat()}.{end.isoformat()}"


@dataclass(frozen=True, slots=True)
class _Page:
    """The page of one period for one officer."""

    casework: Casework
    publishing: Publishing
    accounts: Accounts
    officer: Actor
    start: date
    end: date

    def forms(self) -> Sequence[RecordForm]:
        """What may be done with the proposal that waits. Whoever proposed it is refused in words, not by a gap."""
        proposal = self.publishing.reports(self.start, self.end).open
        if proposal is None:
            return ()
        fixed = {"proposal": str(proposal.number)}
        reasons = (Field("reasons", "words", gettext("Reasons")),)
        hint = gettext("It becomes public at once, in both languages, and stays.")
        publish = RecordForm("agreements", gettext("Publish this report"), gettext("Publish"), (), hint, fixed)
        if proposal.by == self.officer.id:
            title = gettext("Take the proposal back")
            return (publish, RecordForm("withdrawals", title, title, reasons, fixed=fixed))
        title = gettext("Decline the proposal")
        return (publish, RecordForm("declines", title, title, reasons, fixed=fixed))

    def show(self, request: AnyRequest, *, done: str = "", sent: Sent | None = None) -> Response[str]:
        """The page; ``sent`` has a form to be shown again."""
        reports = self.publishing.reports(self.start, self.end)
        if not reports.proposals:
            raise NotFound("report")
        again, waiting = (None if sent is None else sent.again), reports.open
        changes = None if waiting is None else self.publishing.changes(waiting)
        context = {
            "wide": True,
            "here": "publications",
            "start": self.start,
            "last": _last(self.end),
            "base": address_of(self.start, self.end),
            "waiting": waiting,
            "required": self._required(waiting),
            "files": [] if waiting is None else waiting.proposed.files,
            "reasons": {} if waiting is None else self.publishing.reasons(waiting),
            "changes": None if changes is None else shown_changes(changes),
            "cases": {} if changes is None else cases_of(self.casework, [int(n) for n in changes["events"]][:LINKED]),
            "editions": list(reversed(reports.editions)),
            "history": [
                (one, self._name(one.by), self._name(one.decided_by), self.publishing.said(one))
                for one in reversed(tuple(reports.proposals.values()))
            ],
            "stages": stages(),
            "forms": [again if again is not None and again.id == one.id else one for one in self.forms()],
            "errors": [] if again is None else again.errors,
            "done": done,
        }
        status = HTTP_422_UNPROCESSABLE_ENTITY if context["errors"] else 200
        return render_page(request, "pages/publication.html", context, status_code=status)

    def _required(self, waiting: Proposal | None) -> RequiredAction:
        if waiting is None:
            return RequiredAction(gettext("No report of this period waits for a second officer."), "", "done")
        if waiting.by == self.officer.id:
            return RequiredAction(gettext("Your proposal waits for a second officer."), "", "other")
        detail = gettext("Look at the documents in both languages, then publish or decline.")
        return RequiredAction(gettext("This report waits for a second officer."), detail, "mine")

    def _name(self, account: str | None) -> str:
        try:
            return "" if account is None else self.accounts.find(account).name
        except NotFound:
            return account or ""


def cases_of(casework: Casework, leaves: Sequence[int]) -> Mapping[int, UUID]:
    """The cases of these leaves of the log, for those who may see them; other records are missing."""
    facts = casework.views.tables(log_tree.NAME)["facts"]
    wanted = sa.select(facts.c.n, facts.c.position).where(facts.c.n.in_(leaves))
    with casework.views.engine.connect() as connection:
        places = [(row.n, row.position) for row in connection.execute(wanted)]
    found = {}
    for n, position in places:
        for _position, stream, _version, topic, _state in casework.log.stored(position - 1, 1):
            if topic.startswith("case."):
                found[n] = stream
    return found


def _proposing(request: AnyRequest, publishing: Publishing, run: ReportRun, sent: Sent | None = None) -> Response[str]:
    reports = publishing.reports(run.start, run.end)
    form = _proposal_form(run, reports) if sent is None or sent.again is None else sent.again
    context = {
        "wide": True,
        "here": "publications",
        "run": run,
        "latest": reports.latest,
        "form": form,
        "base": f"{ADDRESS}/runs/{run.id}",
        "errors": form.errors,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/publication_proposal.html", context, status_code=status)


def _proposal_form(run: ReportRun, reports: PeriodReports) -> RecordForm:
    fixed = {"run": run.id}
    if reports.latest is None:
        title = gettext("Propose this report for publication")
        return RecordForm("proposals", title, gettext("Propose"), (), fixed=fixed)
    fields = (
        Field("why_en", "words", gettext("Reasons in English"), gettext("They are published with the correction.")),
        Field("why_zh", "words", gettext("Reasons in Chinese"), gettext("They are published with the correction.")),
    )
    title = gettext("Propose this report as a correction")
    return RecordForm("proposals", title, gettext("Propose the correction"), fields, fixed=fixed)


def _period(written: str) -> tuple[date, date]:
    start, _, end = written.partition(".")
    try:
        return date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        raise NotFound("report") from None


def _last(end: date) -> date:
    return end - timedelta(days=1)


HANDLERS = (show_publications, show_proposing, post_proposal, show_period, show_proposed_file, post_step)
