"""Packs for the regulator, for compliance and oversight: the form, those asked for, how far one is, its archive."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from pydantic import BeforeValidator
from pydantic import Field as Constrained

from casework.application import Casework
from casework.domain.facts import Actor, Role
from casework.errors import FieldError, Invalid
from casework.jobs.report_runs import ReportRun, ReportRuns, RunKind
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.api.regulator_packs import MOST_CASES, PackForm, Seed, archive_of, ask_for
from casework.views.api.samples import actor_of
from casework.views.language import gettext
from casework.views.pages.compliance_reports import last_half_year, problem_text, state_text
from casework.views.pages.ledger_forms import Field, RecordForm, send
from casework.views.responses import render_page, see_other

AUDITORS = for_roles(Role.COMPLIANCE, Role.OVERSIGHT)
ADDRESS = "/regulator-packs"

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


def _day_alone(typed: Any) -> Any:
    """The day of a moment: forms read a day as its beginning where the platform is."""
    return typed[: len("2026-01-01")] if isinstance(typed, str) else typed


Day = Annotated[date, BeforeValidator(_day_alone)]


class PackPage(StepForm):
    """The form of the page."""

    start: Day
    end: Day
    cases: int = Constrained(ge=1, le=MOST_CASES, strict=True)
    seed: Seed
    with_reasons: Annotated[str, Constrained(pattern="^yes$")] | None = None

    def wanted(self) -> PackForm:
        """What the API would take. Raises ``Invalid`` for an empty period."""
        if self.start >= self.end:
            raise Invalid((FieldError("/end", "period", "the end lies after the start"),))
        more = {"cases": self.cases, "seed": self.seed, "with_reasons": self.with_reasons is not None}
        return PackForm.model_validate({"from": self.start.isoformat(), "to": self.end.isoformat(), **more})


@get(ADDRESS, opt=AUDITORS, sync_to_thread=True)
def show_packs(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The form for a new pack, and those that were asked for."""
    actor = actor_of(caller)
    start, end = last_half_year(casework.clock.now().astimezone(settings.zone).date())
    first = {"start": start.isoformat(), "end": end.isoformat(), "cases": "50"}
    return _list(request, actor, report_runs, _form(actor, first))


@post(ADDRESS + "/new", opt=AUDITORS, sync_to_thread=True, status_code=200)
def post_pack(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Ask for a pack; a worker makes it."""
    actor, runs = actor_of(caller), list[ReportRun]()
    sent = send(
        _form(actor, {}),
        PackPage,
        data,
        settings.zone,
        lambda page: runs.append(ask_for(page.wanted(), actor, report_runs)),
    )
    if sent.again is not None:
        return _list(request, actor, report_runs, sent.again)
    return see_other(request, f"{ADDRESS}/{runs[0].id}")


@get(ADDRESS + "/{run_id:str}", opt=AUDITORS, sync_to_thread=True)
def show_pack(
    request: AnyRequest,
    run_id: FromPath[str],
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
) -> Response[str]:
    """How far a pack is; once it is there, its archive."""
    run = report_runs.get(run_id, RunKind.PACK)
    context = {
        "wide": True,
        "here": "samples",
        "of_compliance": actor_of(caller).role is Role.COMPLIANCE,
        "run": run,
        "state": state_text(run.state),
        "problem": problem_text(run.problem) if run.problem else "",
        # Without a script the browser itself asks again.
        "refresh": not run.ended,
    }
    return render_page(request, "pages/regulator_pack.html", context, block="run")


@get(ADDRESS + "/{run_id:str}/archive", opt=AUDITORS, sync_to_thread=True)
def download_archive(
    run_id: FromPath[str], report_runs: NamedDependency[ReportRuns], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """The archive."""
    return archive_of(report_runs.get(run_id, RunKind.PACK), settings)


def _form(actor: Actor, values: dict[str, str]) -> RecordForm:
    fields: tuple[Field, ...] = (
        Field("start", "day", gettext("First day")),
        Field("end", "day", gettext("Day after the last one")),
        Field("cases", "number", gettext("How many cases are drawn")),
        Field("seed", "text", gettext("Seed"), gettext("What decides the draw: a text that the regulator chose.")),
    )
    if actor.role is Role.COMPLIANCE:
        label = gettext("Reasons of the reviewers")
        hint = gettext(
            "Links, addresses and telephone numbers in them are blacked out by machine, names are not: hand them only "
            "to an authority that may see the case."
        )
        choice = (("yes", gettext("Put them into the pack")),)
        fields = (*fields, Field("with_reasons", "choice", label, hint, choice, needed=False))
    title = gettext("A new pack")
    return RecordForm("new", title, gettext("Make the pack"), fields, values=values)


def _list(request: AnyRequest, actor: Actor, runs: ReportRuns, form: RecordForm) -> Response[str]:
    context = {
        "wide": True,
        "here": "samples",
        "of_compliance": actor.role is Role.COMPLIANCE,
        "runs": [(run, state_text(run.state)) for run in runs.latest(kind=RunKind.PACK)],
        "form": form,
        "errors": form.errors,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/regulator_packs.html", context, status_code=status)


HANDLERS: tuple[Any, ...] = (show_packs, post_pack, show_pack, download_archive)
