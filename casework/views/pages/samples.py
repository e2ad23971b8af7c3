"""Audit samples for compliance and oversight: the list, a new one, and one sample with its draw and its results.

What nobody may know before labels are open is not here: neither which cases were drawn, nor what was decided in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from pydantic import Field as Constrained

from casework.application import Casework
from casework.auditing import AnnouncementForm, Auditing, ClosingForm, DrawForm
from casework.domain.facts import Actor, Role
from casework.domain.sample.state import SIDES, Sample
from casework.domain.sample.values import (
    MOST_DRAWN,
    Acted,
    Allocation,
    BeaconKind,
    Design,
    SeedWord,
    Side,
    SizeMeasure,
    Stratifier,
    acted_by,
)
from casework.domain.values import Moment, Outcome
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.views import sample_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.api.samples import actor_of
from casework.views.language import gettext
from casework.views.models.samples import list_samples
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, find_form, send
from casework.views.presentation import RequiredAction
from casework.views.responses import render_page, see_other
from casework.views.sample_results import SampleResults, results_of

AUDITORS = for_roles(Role.COMPLIANCE, Role.OVERSIGHT)
ADDRESS = "/samples"
PAGE = 50
OPENED_SHOWN = 100
"""Opened cases that the page of a sample lists; the API lists all."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]

_DESIGNS: dict[str, dict[str, Any]] = {
    "simple": {"design": Design.SIMPLE},
    **{
        f"{by.value}_{allocation.value}": {"design": Design.STRATIFIED, "stratify_by": by, "allocation": allocation}
        for by in Stratifier
        for allocation in Allocation
    },
    "weighted": {"design": Design.WEIGHTED, "size_by": SizeMeasure.SHARE_BAND},
}


class AnnouncementPage(StepForm):
    """The form of the page: designs and populations by one choice each."""

    start: Moment
    end: Moment
    population: Literal["all", "restricted", "passed"]
    design: Literal[
        "simple",
        "outcome_proportional",
        "outcome_equal",
        "medium_proportional",
        "medium_equal",
        "share_band_proportional",
        "share_band_equal",
        "weighted",
    ]
    cases: int = Constrained(ge=1, le=MOST_DRAWN, strict=True)
    seed: SeedWord
    labelled_by: Literal["own", "both"]
    reopens: Literal["yes", "no"] = "no"

    def announcement(self, own: Side) -> AnnouncementForm:
        """What the API would take."""
        wanted = None if self.population == "all" else Acted(self.population)
        return AnnouncementForm(
            start=self.start,
            end=self.end,
            outcomes=() if wanted is None else tuple(one for one in Outcome if acted_by(one) is wanted),
            cases=self.cases,
            seed=self.seed,
            sides=tuple(Side) if self.labelled_by == "both" else (own,),
            reopens=self.reopens == "yes",
            **_DESIGNS[self.design],
        )


@get(ADDRESS, opt=AUDITORS, sync_to_thread=True)
def show_samples(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    before: Annotated[UUID | None, QueryParameter(name="before")] = None,
) -> Response[str]:
    """All samples, the latest first, and the form for a new one."""
    return _list(request, casework, actor_of(caller), _announcement(actor_of(caller)), before=before)


@post(ADDRESS + "/announcements", opt=AUDITORS, sync_to_thread=True, status_code=200)
def post_announcement(
    request: AnyRequest,
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Announce a sample, or show the form again."""
    actor, made = actor_of(caller), list[Sample]()

    def take(shape: AnnouncementPage) -> None:
        made.append(auditing.announce(shape.announcement(SIDES[actor.role]), actor).state)

    sent = send(_announcement(actor), AnnouncementPage, data, settings.zone, take)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{made[0].id}?done=announced")
    return _list(request, casework, actor, sent.again)


@get(ADDRESS + "/{sample_id:uuid}", opt=AUDITORS, sync_to_thread=True)
def show_sample(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    auditing: NamedDependency[Auditing],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """One sample: what was announced, its draw, what is to be labelled, and what its opened labels say."""
    return _one(request, auditing, auditing.sample(sample_id), actor_of(caller), done=done)


@post(ADDRESS + "/{sample_id:uuid}/{step:str}", opt=AUDITORS, sync_to_thread=True, status_code=200)
def post_sample(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    auditing: NamedDependency[Auditing],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Draw the sample by its checkpoint or by a public beacon, or close it."""
    actor, sample = actor_of(caller), auditing.sample(sample_id)
    form = find_form(_forms(sample, actor), step, data)
    if form is None:
        return see_other(request, f"{ADDRESS}/{sample_id}")
    if step == "closings":
        sent = send(form, ClosingForm, data, settings.zone, lambda _shape: auditing.close(sample_id, actor))
    else:
        sent = send(form, DrawForm, data, settings.zone, lambda shape: auditing.draw(sample_id, shape, actor))
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{sample_id}?done={'closed' if step == 'closings' else 'drawn'}")
    return _one(request, auditing, sample, actor, sent=sent)


def _list(
    request: AnyRequest, casework: Casework, actor: Actor, form: RecordForm, *, before: UUID | None = None
) -> Response[str]:
    own = SIDES[actor.role]
    with casework.views.engine.connect() as connection:
        rows = list_samples(connection, casework.views.tables("samples"), before=before, limit=PAGE + 1)
    context = {
        "wide": True,
        "here": "samples",
        "of_compliance": actor.role is Role.COMPLIANCE,
        "rows": [
            {
                "row": row,
                "last": row.ends - timedelta(microseconds=1),
                "labelled": getattr(row, f"by_{own.value}"),
                "mine": own.value in row.sides.split(),
            }
            for row in rows[:PAGE]
        ],
        "following": f"{ADDRESS}?before={rows[PAGE - 1].sample}" if len(rows) > PAGE else "",
        "form": form,
        "errors": form.errors,
        "labels": labels,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/samples.html", context, status_code=status)


def _one(
    request: AnyRequest, auditing: Auditing, sample: Sample, actor: Actor, *, done: str = "", sent: Sent | None = None
) -> Response[str]:
    again = None if sent is None else sent.again
    forms = [again if again is not None and again.id == one.id else one for one in _forms(sample, actor)]
    errors = [] if again is None else again.errors
    results, own = results_of(sample), SIDES[actor.role]
    context = {
        "wide": True,
        "here": "samples",
        "of_compliance": actor.role is Role.COMPLIANCE,
        "sample": sample,
        "plan": sample.announced,
        "own": own.value,
        "awaited": len(sample.awaits(own)),
        "required": _required(sample, actor),
        "results": results,
        "chart": _chart(results),
        "opened": [(auditing.pseudonym(item.drawn.case), item) for item in sample.opened[:OPENED_SHOWN]],
        "more_opened": max(0, len(sample.opened) - OPENED_SHOWN),
        "forms": forms,
        "errors": errors,
        "labels": labels,
        "done": done,
        "base": f"{ADDRESS}/{sample.id}",
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if errors else 200
    return render_page(request, "pages/sample.html", context, status_code=status)


def _chart(results: SampleResults) -> list[tuple[str, float | None, float | None, float | None, str]]:
    rows = []
    for name, one in results.estimates.items():
        low, high = (None, None) if one.interval is None else (float(one.interval[0]), float(one.interval[1]))
        rows.append(
            (labels.estimate_label(name), None if one.value is None else float(one.value), low, high, str(one.cases))
        )
    return rows


def _required(sample: Sample, actor: Actor) -> RequiredAction:
    own = SIDES[actor.role]
    awaited = len(sample.awaits(own))
    mine = sample.announced_by is not None and sample.announced_by.role is actor.role
    if sample.closed_at is not None:
        return RequiredAction(gettext("This sample is closed."), "", "done")
    if sample.drawn is None and mine:
        sentence = gettext("Draw the sample.")
        return RequiredAction(
            sentence, gettext("Its population and its design are fixed; only the beacon is missing."), "mine"
        )
    if sample.drawn is None:
        return RequiredAction(gettext("The sample is announced and not drawn yet."), "", "other")
    if awaited:
        sentence = gettext("Label the cases that wait for your side: %(number)s") % {"number": awaited}
        return RequiredAction(
            sentence,
            gettext("You will see the evidence and what both sides say, and nothing of what was decided."),
            "mine",
        )
    return RequiredAction(gettext("Your side has nothing left to label here."), "", "done")


def _forms(sample: Sample, actor: Actor) -> Sequence[RecordForm]:
    """What whoever announced the sample may do now."""
    mine = sample.announced_by is not None and sample.announced_by.role is actor.role
    if not mine or sample.closed_at is not None:
        return ()
    if sample.drawn is not None:
        hint = gettext("Labels that are still sealed are opened, and no more are taken.")
        return (RecordForm("closings", gettext("Close the sample"), gettext("Close the sample"), (), hint),)
    by_log = RecordForm(
        "draws",
        gettext("Draw by the log's own checkpoint"),
        gettext("Draw the sample"),
        (),
        gettext("The seed is your word and the root of the log at the announcement. Nobody knew it before."),
        fixed={"beacon": BeaconKind.CHECKPOINT.value},
    )
    fields = (
        Field(
            "value", "text", gettext("Value of the beacon"), gettext("Letters, digits, dots, dashes and underscores.")
        ),
        Field(
            "source", "text", gettext("Source"), gettext("Whose beacon it is, and which round, in the same characters.")
        ),
        Field("published", "text", gettext("Published at"), gettext("With its offset, such as 2026-07-01T12:00:00Z.")),
    )
    by_public = RecordForm(
        "draws",
        gettext("Draw by a public beacon"),
        gettext("Draw the sample"),
        fields,
        gettext("A value that others published after the announcement: then not even the platform could choose it."),
        fixed={"beacon": BeaconKind.PUBLIC.value},
    )
    return (by_log, by_public)


def _announcement(actor: Actor) -> RecordForm:
    designs = {
        "simple": gettext("Simple: every decision alike"),
        "outcome_equal": gettext("Stratified by outcome, as many of each"),
        "outcome_proportional": gettext("Stratified by outcome, in proportion"),
        "share_band_equal": gettext("Stratified by share of the upload, as many of each tenth"),
        "share_band_proportional": gettext("Stratified by share of the upload, in proportion"),
        "medium_equal": gettext("Stratified by medium, as many of each"),
        "medium_proportional": gettext("Stratified by medium, in proportion"),
        "weighted": gettext("Weighted: the larger the share of the upload, the likelier"),
    }
    populations = {
        "all": gettext("All decisions"),
        "restricted": gettext("Decisions that held or blocked the upload"),
        "passed": gettext("Decisions that let the upload pass"),
    }
    platform = actor.role is Role.COMPLIANCE
    sides = {
        "both": gettext("The platform and the regulator, apart from one another"),
        "own": gettext("The platform alone") if platform else gettext("The regulator alone"),
    }
    fields = [
        Field("start", "day", gettext("Decisions from")),
        Field("end", "day", gettext("Until"), gettext("The first day that is no longer part of it.")),
        Field("population", "choice", gettext("Population"), choices=tuple(populations.items())),
        Field("design", "choice", gettext("Design"), choices=tuple(designs.items())),
        Field("cases", "number", gettext("Number of cases")),
        Field(
            "seed",
            "text",
            gettext("Your part of the seed"),
            gettext("Any word, such as autumn-2026. The other part comes into being after the announcement."),
        ),
        Field("labelled_by", "choice", gettext("Who labels"), choices=tuple(sides.items())),
    ]
    if platform:
        answers = (("yes", gettext("Yes")), ("no", gettext("No")))
        hint = gettext("Where the decision turns out wrong and its effect still stands.")
        fields.append(Field("reopens", "choice", gettext("Decide wrong cases anew"), hint, answers, needed=False))
    hint = gettext(
        "From now on nothing of it can be changed, and everybody can draw the same cases from the public facts."
    )
    return RecordForm(
        "announcements", gettext("Announce a sample"), gettext("Announce the sample"), tuple(fields), hint
    )


HANDLERS = (show_samples, post_announcement, show_sample, post_sample)
