"""Reports at the compliance desk: figures of a period on the screen, documents made by the worker, downloads."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY, HTTP_503_SERVICE_UNAVAILABLE
from markupsafe import Markup

from casework.application import Casework
from casework.domain.facts import Role
from casework.errors import Invalid, NotFound
from casework.jobs.report_runs import ReportRun, ReportRuns, RunState
from casework.narrating import Narratives
from casework.reports.render import partial_html
from casework.reports.report import IdentityBroken, ProjectionBehind, generate_report
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.frame import frame_of
from casework.views.known_then import LONGEST, read_moment_then
from casework.views.language import Language, gettext
from casework.views.pages.case_page import download
from casework.views.pages.compliance_behind import address_of
from casework.views.pages.reviewer_form import text
from casework.views.periods import check_begun, read_period
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


def last_half_year(today: date) -> tuple[date, date]:
    """The last whole half of a calendar year before ``today``, half-open."""
    if today.month > 6:
        return date(today.year, 1, 1), date(today.year, 7, 1)
    return date(today.year - 1, 7, 1), date(today.year, 1, 1)


@get("/compliance/reports", opt=OFFICERS, sync_to_thread=True)
def show_reports(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The form for a period, and the documents that were asked for."""
    start, end = last_half_year(casework.clock.now().astimezone(settings.zone).date())
    return _form(request, report_runs, {"from": start.isoformat(), "to": end.isoformat()}, {})


@post("/compliance/reports", opt=OFFICERS, sync_to_thread=True, status_code=200)
def request_report(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Ask for the documents of a period, as known now or at a past moment; a worker makes them."""
    typed = {name: text(data, name) for name in ("from", "to", "at")}
    period, wrong = read_period(typed["from"], typed["to"])
    as_of = _moment(typed["at"], report_runs.now(), settings, wrong)
    if period is not None:
        check_begun(period[0], as_of or report_runs.now(), settings.zone, "from" if as_of is None else "at", wrong)
    if period is None or wrong or caller.account is None:
        return _form(request, report_runs, typed, wrong)
    run = report_runs.request(*period, caller.account.id, as_of=as_of)
    return see_other(request, f"/compliance/reports/{run.id}")


@get("/compliance/reports/figures", opt=OFFICERS, sync_to_thread=True)
def show_figures(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
    narratives: NamedDependency[Narratives],
    first: Annotated[str, QueryParameter(name="from")] = "",
    last: Annotated[str, QueryParameter(name="to")] = "",
    at: Annotated[str, QueryParameter(name="at", max_length=LONGEST)] = "",
) -> Response[str]:
    """The figures of a period as known now or at a past moment, small numbers masked as in the documents."""
    period, wrong = read_period(first, last)
    now = casework.clock.now()
    as_of = _moment(at, now, settings, wrong)
    if period is not None:
        check_begun(period[0], as_of or now, settings.zone, "from" if as_of is None else "at", wrong)
    if period is None or wrong:
        return _form(request, report_runs, {"from": first, "to": last, "at": at}, wrong)
    problem, content = "", Markup()
    try:
        report = generate_report(
            casework.log,
            casework.views,
            casework.standards,
            casework.law,
            start=period[0],
            end=period[1],
            as_of=as_of or now,
            texts=narratives,
            zone=settings.zone,
            platform=settings.platform_name,
        )
    except IdentityBroken:
        problem = "identities"
    except ProjectionBehind:
        problem = "projection"
    else:
        # Our own templates made it, with everything in it escaped.
        behind = None if as_of is not None else partial(_behind, period)
        content = Markup(partial_html(report, frame_of(request.scope).language, behind))  # noqa: S704
    context = {
        "wide": True,
        "here": "reports",
        "start": period[0],
        "end": period[1],
        "last": period[1] - timedelta(days=1),
        "content": content,
        "as_of": as_of,
        "problem": problem_text(problem) if problem else "",
    }
    status = HTTP_503_SERVICE_UNAVAILABLE if problem else 200
    return render_page(request, "pages/compliance_figures.html", context, status_code=status)


@get("/compliance/reports/{run_id:str}", opt=OFFICERS, sync_to_thread=True)
def show_run(
    request: AnyRequest,
    run_id: FromPath[str],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """How far the documents are; once they are there, their downloads."""
    run = report_runs.get(run_id)
    context = {
        "wide": True,
        "here": "reports",
        "run": run,
        "open_period": run.as_of.astimezone(settings.zone).date() < run.end,
        "files": _files(run),
        "state": state_text(run.state),
        "problem": problem_text(run.problem) if run.problem else "",
        # Without a script the browser itself asks again.
        "refresh": not run.ended,
    }
    return render_page(request, "pages/compliance_run.html", context, block="run")


@get("/compliance/reports/{run_id:str}/files/{name:str}", opt=OFFICERS, sync_to_thread=True)
def download_file(
    run_id: FromPath[str],
    name: FromPath[str],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """One document. Names are those that the run lists, so no path can be asked for."""
    run = report_runs.get(run_id)
    if name not in run.files:
        raise NotFound("report file")
    try:
        content = (settings.reports_directory / run.id / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("report file") from None
    return download(content, name, media_type_of(name))


def media_type_of(name: str) -> str:
    """The media type of a document, by its name."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _moment(written: str, now: datetime, settings: Settings, wrong: dict[str, str]) -> datetime | None:
    """The past moment that was typed, if any; what is wrong with it is put with the rest."""
    try:
        return read_moment_then(written, settings.zone, now)
    except Invalid as invalid:
        future = invalid.errors[0].code == "not_yet"
        wrong["at"] = gettext("This time lies in the future.") if future else gettext("Give a moment with day and time")
        return None


def _behind(period: tuple[date, date], key: str) -> str:
    return address_of(key, *period)


def _form(request: AnyRequest, report_runs: ReportRuns, typed: dict[str, str], wrong: dict[str, str]) -> Response[str]:
    context = {
        "wide": True,
        "here": "reports",
        "typed": typed,
        "wrong": wrong,
        "errors": [{"href": f"#{name}", "text": said} for name, said in wrong.items()],
        "runs": [(run, state_text(run.state)) for run in report_runs.latest()],
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if wrong else 200
    return render_page(request, "pages/compliance_reports.html", context, status_code=status)


def _files(run: ReportRun) -> list[dict[str, str]]:
    names = {
        "pdf": gettext("PDF document"),
        "html": gettext("Web page in one file"),
        "json": gettext("All figures as data (JSON)"),
        "csv": gettext("All figures as a table (CSV)"),
        "xlsx": gettext("All figures as a workbook (XLSX)"),
    }
    languages = {f".{one.value}.": one.own_name for one in Language}
    found = []
    for name in run.files:
        spoken = next((said for mark, said in languages.items() if mark in name), "")
        kind = names.get(name.rpartition(".")[2], name)
        found.append(
            {"name": name, "kind": kind, "language": spoken, "href": f"/compliance/reports/{run.id}/files/{name}"}
        )
    return found


def state_text(state: RunState) -> str:
    """Where a run stands, in the language of the page."""
    return {
        RunState.WAITING: gettext("Waiting for a worker"),
        RunState.RUNNING: gettext("Being made"),
        RunState.DONE: gettext("Ready"),
        RunState.FAILED: gettext("Could not be made"),
    }[state]


def problem_text(code: str) -> str:
    """Why a report or a pack could not be made."""
    return {
        "identities": gettext("The figures do not add up, so no report is made. Tell the people who run the system."),
        "projection": gettext("The read model of the figures has stopped. Tell the people who run the system."),
        "signing": gettext("The key that signs reports cannot be used. Tell the people who run the system."),
        "log_size": gettext("The public log does not have so many events."),
        "folder": gettext(
            "The folder of the reports is full or cannot be written to. Tell the people who run the system."
        ),
        "fonts": gettext("Chinese fonts are missing on the machine of the worker."),
    }.get(code, gettext("Something went wrong while it was made. Tell the people who run the system."))


HANDLERS = (show_reports, request_report, show_figures, show_run, download_file)
