"""``/regulator-packs``: ask for a pack for the regulator, see how far it is, fetch its archive (product.md F6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, RawBody
from pydantic import Field, StringConstraints

from casework.contents import digest_of
from casework.domain.facts import Actor, Refused, Role
from casework.errors import NotFound
from casework.jobs.report_runs import ReportRun, ReportRuns, RunKind, RunState
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.reports import PeriodForm
from casework.views.api.samples import actor_of
from casework.views.api.steps import read_form
from casework.views.pages.case_page import download

AUDITORS = for_scopes(Scope.SAMPLES)
MOST_CASES = 10_000
LONGEST_SEED = 200

Seed = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SEED, strip_whitespace=True)]


class PackForm(PeriodForm):
    """Cases of local days, ``to`` the first day after them, drawn by the seed that the regulator chose.

    ``size``: the number of events of the public log to draw from, all that are public if left out.
    """

    cases: int = Field(default=50, ge=1, le=MOST_CASES, strict=True)
    seed: Seed
    with_reasons: bool = Field(default=False, strict=True)
    size: int | None = Field(default=None, ge=1, strict=True)


class PackAnswer(msgspec.Struct, frozen=True):
    """A pack that was asked for: ``done`` of ``whole`` steps; ``links`` lead to the archive once it is there."""

    id: str
    state: str
    done: int
    whole: int
    problem: str | None
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    cases: int
    seed: str
    with_reasons: bool
    size: int | None
    requested_at: datetime
    finished_at: datetime | None
    links: dict[str, str]


class PacksAnswer(msgspec.Struct, frozen=True):
    """The latest packs that were asked for, the newest first."""

    packs: list[PackAnswer]


@post(
    "/regulator-packs",
    opt=AUDITORS,
    status_code=202,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(PackForm)}, problems=(400, 409, 413, 415, 422)),
)
def post_pack(
    request: Request[Any, Any, Any],
    body: RawBody,
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Response[PackAnswer]:
    """Ask for a pack; a worker makes it, also when this server is started anew meanwhile."""
    answer = _answer(ask_for(read_form(PackForm, request, body), actor_of(caller), report_runs, key))
    return Response(answer, status_code=202, headers={"Location": answer.links["self"]})


@get("/regulator-packs", opt=AUDITORS, sync_to_thread=True, operation_class=documented())
def get_packs(caller: NamedDependency[Caller], report_runs: NamedDependency[ReportRuns]) -> PacksAnswer:
    """The latest packs that were asked for, the newest first."""
    actor_of(caller)
    return PacksAnswer([_answer(run) for run in report_runs.latest(100, RunKind.PACK)])


@get(
    "/regulator-packs/{name:str}",
    opt=AUDITORS,
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404, 409)),
)
def get_pack(
    name: FromPath[str],
    caller: NamedDependency[Caller],
    report_runs: NamedDependency[ReportRuns],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """How far a pack is; with ``.zip`` at the end, its archive."""
    actor_of(caller)
    run = report_runs.get(name.removesuffix(".zip"), RunKind.PACK)
    return archive_of(run, settings) if name.endswith(".zip") else Response(_answer(run))


def ask_for(form: PackForm, actor: Actor, runs: ReportRuns, key: str | None = None) -> ReportRun:
    """Ask for a pack. Raises ``Refused("not_your_step")`` for the words of reviewers unless compliance asks."""
    if form.with_reasons and actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    asked = form.model_dump(include={"cases", "seed", "with_reasons", "size"})
    return runs.request_pack(form.first, form.last, actor.id, asked, key=key)


def archive_of(run: ReportRun, settings: Settings) -> Response[bytes]:
    """The archive, byte by byte as it was made. Raises ``NotFound``, and ``Refused`` when it was changed."""
    if run.state is not RunState.DONE:
        raise NotFound("regulator pack")
    (name,) = run.files
    try:
        content = (settings.reports_directory / run.id / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("regulator pack") from None
    if digest_of(content) != run.digests[name]:
        raise Refused("report_files_differ", files=name)
    return download(content, name, "application/zip")


def _answer(run: ReportRun) -> PackAnswer:
    address = f"/api/v1/regulator-packs/{run.id}"
    links = {"self": address}
    if run.state is RunState.DONE:
        links["archive"] = f"{address}.zip"
    return PackAnswer(
        id=run.id,
        state=run.state.value,
        done=run.done,
        whole=run.whole,
        problem=run.problem,
        start=run.start,
        end=run.end,
        cases=run.asked["cases"],
        seed=run.asked["seed"],
        with_reasons=run.asked["with_reasons"],
        size=run.asked["size"],
        requested_at=run.requested_at,
        finished_at=run.finished_at,
        links=links,
    )


HANDLERS: tuple[Any, ...] = (post_pack, get_packs, get_pack)
