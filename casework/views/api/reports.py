"""``/reports``: ask for a transparency report, see how far it is, fetch its files."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import PurePath
from typing import Annotated, Any, Self

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, RawBody
from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.facts import Role
from casework.domain.values import Moment
from casework.errors import FieldError, Invalid, NotFound
from casework.jobs.report_runs import ReportRun, ReportRuns, RunState
from casework.reports.generation import has_begun
from casework.settings import Settings
from casework.steps import Form
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form
from casework.views.frame import frame_of

MEDIA_TYPES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The formats by the ending of the address; HTML and PDF are there in each language."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_YEAR = 2000
LATEST_YEAR = 9000


def _only_day(value: Any) -> Any:
    """Refuse numbers and times where a day is due."""
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise PydanticCustomError("date_type", "must be a day such as 2026-01-01")
    return value


Day = Annotated[date, BeforeValidator(_only_day)]


class PeriodForm(Form):
    """A period of local days; ``to`` is the first day after it."""

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if not EARLIEST_YEAR <= self.first.year <= self.last.year <= LATEST_YEAR or self.first >= self.last:
            raise PydanticCustomError("period", "to must lie after from, both after the year 2000")
        return self


class ReportForm(PeriodForm):
    """What a report is to be of. ``as_of``: as it stood at that moment."""

    as_of: Moment | None = None


class RunAnswer(msgspec.Struct, frozen=True):
    """A report that was asked for: ``done`` of ``whole`` steps are made; ``links`` lead to the files that are there."""

    id: str
    state: str
    done: int
    whole: int
    problem: str | None
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    as_of: datetime
    requested_at: datetime
    finished_at: datetime | None
    links: dict[str, str]


class RunsAnswer(msgspec.Struct, frozen=True):
    """The latest reports that were asked for, the newest first."""

    reports: list[RunAnswer]


@post(
    "/reports",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=202,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(ReportForm)}, problems=(400, 409, 413, 415, 422)),
)
def post_reports(
    request: Request[Any, Any, Any],
    body: RawBody,
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Response[RunAnswer]:
    """Ask for a report; a worker makes it, also when this server is started anew meanwhile."""
    form = read_form(ReportForm, request, body)
    now = report_runs.now()
    if form.as_of is not None and form.as_of > now:
        raise Invalid((FieldError("/as_of", "not_yet", "as_of must not lie in the future"),))
    if not has_begun(form.first, form.as_of or now, settings.zone):
        where = "/from" if form.as_of is None else "/as_of"
        raise Invalid((FieldError(where, "period_not_begun", "the period had not begun at the time of the report"),))
    requested_by = caller.actor_as(Role.COMPLIANCE).id
    run = report_runs.request(form.first, form.last, requested_by, as_of=form.as_of, key=key)
    answer = _answer(run)
    return Response(answer, status_code=202, headers={"Location": answer.links["self"]})


@get("/reports", opt=for_scopes(Scope.REPORTS_READ), sync_to_thread=True, operation_class=documented())
def get_reports(report_runs: NamedDependency[ReportRuns]) -> RunsAnswer:
    """The latest reports that were asked for, the newest first."""
    return RunsAnswer([_answer(run) for run in report_runs.latest(100)])


@get(
    "/reports/{name:str}",
    opt=for_scopes(Scope.REPORTS_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_report(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """How far a report is; with an ending of ``.html``, ``.pdf``, ``.json``, ``.csv`` or ``.xlsx``, the file.

    HTML and PDF come in the language asked for by ``lang`` or ``Accept-Language``.
    """
    run_id, _, ending = name.partition(".")
    run = report_runs.get(run_id)
    if not ending and "." not in name:
        return Response(_answer(run))
    language = frame_of(request.scope).language.value
    wanted = [one for one in run.files if one.endswith((f".{language}.{ending}", f".{ending}"))]
    best = next((one for one in wanted if one.endswith(f".{language}.{ending}")), None)
    chosen = best or next((one for one in wanted if ending in ("json", "csv", "xlsx")), None)
    if ending not in MEDIA_TYPES or chosen is None or run.state is not RunState.DONE:
        raise NotFound("report file")
    try:
        content = (settings.reports_directory / run.id / PurePath(chosen).name).read_bytes()
    except FileNotFoundError:
        raise NotFound("report file") from None
    headers = {"Content-Disposition": f'attachment; filename="{PurePath(chosen).name}"'}
    return Response(content, media_type=MEDIA_TYPES[ending], headers=headers)


def _answer(run: ReportRun) -> RunAnswer:
    address = f"/api/v1/reports/{run.id}"
    endings = [ending for ending in MEDIA_TYPES if any(name.endswith(f".{ending}") for name in run.files)]
    return RunAnswer(
        id=run.id,
        state=run.state.value,
        done=run.done,
        whole=run.whole,
        problem=run.problem,
        start=run.start,
        end=run.end,
        as_of=run.as_of,
        requested_at=run.requested_at,
        finished_at=run.finished_at,
        links={"self": address, **{ending: f"{address}.{ending}" for ending in endings}},
    )


HANDLERS = (post_reports, get_reports, get_report)
