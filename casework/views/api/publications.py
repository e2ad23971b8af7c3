"""Publishing over the API: propose a finished report, agree to it or end that; published reports for everybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from pydantic import Field

from casework.domain.facts import Role
from casework.domain.publication.state import Edition, PeriodReports, Proposal
from casework.jobs.report_runs import ReportRuns
from casework.publishing import AgreementForm, EndingForm, ProposalForm, Publishing
from casework.steps import Form, Words
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC, for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form


class CorrectionForm(Form):
    """Empty for the first report of a period; for a correction why, in both languages."""

    why_en: Words | None = None
    why_zh: Words | None = None


class FileAnswer(msgspec.Struct, frozen=True):
    """A file with the SHA-256 of its bytes, which stands in the log."""

    name: str
    size: int
    sha256: str
    link: str


class EditionAnswer(msgspec.Struct, frozen=True):
    """A published report. ``corrects`` and ``corrected_by`` are the ids of the others; ``changes`` lists figures."""

    id: str
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    as_of: datetime
    published_at: datetime
    corrects: str | None
    corrected_by: str | None
    reasons: dict[str, str]
    files: list[FileAnswer]
    links: dict[str, str]


class EditionsAnswer(msgspec.Struct, frozen=True):
    """All published reports, the latest period first, of a period the latest edition first."""

    reports: list[EditionAnswer]


class ProposalAnswer(msgspec.Struct, frozen=True):
    """A proposal: ``stage`` is open, agreed, declined or withdrawn; ``edition`` is there once it is published."""

    proposal: int
    stage: str
    run: str
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    as_of: datetime
    proposed_at: datetime
    corrects: int | None
    edition: str | None


@get("/transparency", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_publications(publishing: NamedDependency[Publishing]) -> EditionsAnswer:
    """Every published report with its files and their digests."""
    return EditionsAnswer([_edition(publishing, one) for one in publishing.editions()])


@get(
    "/transparency/{identifier:str}",
    opt=PUBLIC,
    sync_to_thread=True,
    operation_class=documented(public=True, problems=(404,)),
)
def get_publication(identifier: FromPath[str], publishing: NamedDependency[Publishing]) -> EditionAnswer:
    """One published report."""
    return _edition(publishing, publishing.edition(identifier))


@post(
    "/reports/{run_id:str}/proposals",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(CorrectionForm)}, problems=(400, 404, 409, 422)),
)
def post_proposal(
    request: Request[Any, Any, Any],
    run_id: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    publishing: NamedDependency[Publishing],
) -> ProposalAnswer:
    """Propose a finished report for publication; of a period that has one already, as its correction."""
    form = read_form(CorrectionForm, request, body)
    wanted = ProposalForm(run=run_id[:40], why_en=form.why_en, why_zh=form.why_zh)
    return _latest(publishing.propose(wanted, caller.actor_as(Role.COMPLIANCE)), run_id)


@post(
    "/reports/{run_id:str}/agreements",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(AgreementForm)}, problems=(400, 404, 409, 422)),
)
def post_agreement(
    request: Request[Any, Any, Any],
    run_id: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    publishing: NamedDependency[Publishing],
    report_runs: NamedDependency[ReportRuns],
) -> ProposalAnswer:
    """Publish a proposed report; never by the officer who proposed it."""
    run, form = report_runs.get(run_id), read_form(AgreementForm, request, body)
    return _latest(publishing.publish(run.start, run.end, form, caller.actor_as(Role.COMPLIANCE)), run_id)


class EndForm(EndingForm):
    """Which proposal ends, why, and whether one's own is withdrawn or a colleague's declined."""

    how: Annotated[str, Field(pattern="^(withdrawn|declined)$")]


@post(
    "/reports/{run_id:str}/ends",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(EndForm)}, problems=(400, 404, 409, 422)),
)
def post_end(
    request: Request[Any, Any, Any],
    run_id: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    publishing: NamedDependency[Publishing],
    report_runs: NamedDependency[ReportRuns],
) -> ProposalAnswer:
    """Withdraw one's own proposal, or decline that of a colleague, with reasons."""
    run, form = report_runs.get(run_id), read_form(EndForm, request, body)
    end = publishing.withdraw if form.how == "withdrawn" else publishing.decline
    wanted = EndingForm(proposal=form.proposal, reasons=form.reasons)
    return _latest(end(run.start, run.end, wanted, caller.actor_as(Role.COMPLIANCE)), run_id)


def _latest(reports: PeriodReports, run_id: str) -> ProposalAnswer:
    """The latest proposal of this run, or of its period where another run's is meant."""
    proposals = list(reports.proposals.values())
    proposal: Proposal = next((one for one in reversed(proposals) if one.proposed.run == run_id), proposals[-1])
    edition = next((one for one in reports.editions if one.published.proposal == proposal.number), None)
    return ProposalAnswer(
        proposal=proposal.number,
        stage=proposal.stage.value,
        run=proposal.proposed.run,
        start=proposal.proposed.start,
        end=proposal.proposed.end,
        as_of=proposal.proposed.as_of,
        proposed_at=proposal.at,
        corrects=proposal.proposed.corrects,
        edition=None if edition is None else edition.id,
    )


def _edition(publishing: Publishing, edition: Edition) -> EditionAnswer:
    report, page = edition.published, f"/transparency/{edition.id}"
    links = {"self": f"/api/v1{page}", "page": page}
    if report.changes is not None:
        links["changes"] = f"{page}/changes.json"
    return EditionAnswer(
        id=edition.id,
        start=report.start,
        end=report.end,
        as_of=report.as_of,
        published_at=edition.at,
        corrects=_other(edition, report.corrects),
        corrected_by=_other(edition, edition.corrected_by),
        reasons=dict(publishing.reasons(edition)),
        files=[FileAnswer(one.name, one.size, one.digest, f"{page}/files/{one.name}") for one in report.files],
        links=links,
    )


def _other(edition: Edition, number: int | None) -> str | None:
    return None if number is None else f"{edition.id.rpartition('.')[0]}.{number}"


HANDLERS: tuple[Any, ...] = (get_publications, get_publication, post_proposal, post_agreement, post_end)
