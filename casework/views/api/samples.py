"""``/samples``: audit samples: announce, draw, label blind, close, and what they say (product.md F2, F3).

Compliance acts for the platform, oversight for the regulator. Whoever labels gets a case by the name of an item, and
nothing of it but what a label may rest on.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from casework.application import Casework
from casework.auditing import AnnouncementForm, Auditing, ClosingForm, DrawForm, LabelForm
from casework.domain.facts import Actor, Role
from casework.domain.matching import Region
from casework.domain.sample.state import SIDES, Item, Sample
from casework.errors import Forbidden, NotFound
from casework.reports.figures.estimates import Estimate
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form
from casework.views.blind_case import BlindCase, blind_case, blind_file
from casework.views.models.samples import list_samples
from casework.views.pages.case_page import download
from casework.views.sample_results import results_of

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)]
Json = dict[str, Any]

READS = for_scopes(Scope.CASES_READ)
ACTS = for_scopes(Scope.SAMPLES)
LONGEST_NUMBER = 10
"""Digits of a file's number at most."""


class ListedSample(msgspec.Struct, frozen=True):
    """One line of the list of samples; ``labelled`` counts the labels of the caller's own side."""

    sample: str
    announced_at: datetime
    announced_by: str
    starts: datetime
    ends: datetime
    design: str
    sides: list[str]
    stage: str
    cases: int
    labelled: int
    opened: int
    links: dict[str, str]


class SamplesAnswer(msgspec.Struct, frozen=True):
    """A page of samples, the latest first. ``next``: the address of the page after it, if there is one."""

    samples: list[ListedSample]
    next: str | None


class OpenedCase(msgspec.Struct, frozen=True):
    """A case whose labels are open, by its pseudonym in the public facts."""

    case: str
    stratum: str
    probability: str
    acted: str
    truth: str
    labels: dict[str, str]
    disagreement: str | None


class EstimateAnswer(msgspec.Struct, frozen=True):
    """An estimate, its 95 % interval, and the labelled cases that it rests on; decimals as text."""

    value: str | None
    low: str | None
    high: str | None
    cases: int


class SampleAnswer(msgspec.Struct, frozen=True):
    """A sample. Of a case nothing is said before its labels are open: neither its stratum nor what was decided."""

    sample: str
    announced_at: datetime
    announced_by: str
    plan: Json
    drawn_at: datetime | None
    closed_at: datetime | None
    beacon: Json | None
    seed: str | None
    population: int | None
    strata: list[Json]
    cases: int
    awaited: int
    opened: list[OpenedCase]
    estimates: dict[str, EstimateAnswer]
    kappa: EstimateAnswer
    links: dict[str, str]


class ItemsAnswer(msgspec.Struct, frozen=True):
    """The items that the caller's side has still to label."""

    items: list[str]


class BlindAnswer(msgspec.Struct, frozen=True):
    """All that a label may rest on: evidence, lawful uses that are claimed, what both sides say, their files."""

    item: str
    upload: Json
    work: Json
    evidence: Json
    claims: list[Json]
    said: list[Json]
    files: list[Json]


@get("/samples", opt=READS, sync_to_thread=True, operation_class=documented(problems=(422,)))
def get_samples(
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    cursor: Annotated[UUID | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=200)] = 50,
) -> SamplesAnswer:
    """List the samples, the latest announced first. For compliance and oversight."""
    own = SIDES[actor_of(caller).role].value
    views = casework.views
    with views.engine.connect() as connection:
        rows = list_samples(connection, views.tables("samples"), before=cursor, limit=limit + 1)
    following = None
    if len(rows) > limit:
        following = f"/api/v1/samples?{urlencode({'limit': limit, 'cursor': str(rows[limit - 1].sample)})}"
    same = ("announced_at", "announced_by", "starts", "ends", "design", "stage", "cases", "opened")
    listed = [
        ListedSample(
            sample=str(row.sample),
            sides=row.sides.split(),
            labelled=getattr(row, f"by_{own}"),
            links=_links(row.sample),
            **{name: getattr(row, name) for name in same},
        )
        for row in rows[:limit]
    ]
    return SamplesAnswer(listed, following)


@post(
    "/samples",
    opt=ACTS,
    status_code=201,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": schema_of(AnnouncementForm)}, problems=(400, 409, 413, 415, 422)
    ),
)
def post_samples(
    request: AnyRequest,
    body: RawBody,
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    key: IdempotencyKey = None,
) -> SampleAnswer:
    """Announce a sample: its population, its design and one part of its seed, before the other part exists."""
    actor = actor_of(caller)
    written = auditing.announce(read_form(AnnouncementForm, request, body), actor, key=key)
    return _answer(auditing, written.state, actor)


@get("/samples/{sample_id:str}", opt=READS, sync_to_thread=True, operation_class=documented(problems=(404,)))
def get_sample(
    auditing: NamedDependency[Auditing], caller: NamedDependency[Caller], sample_id: FromPath[str]
) -> SampleAnswer:
    """One sample, with what its opened labels say."""
    actor = actor_of(caller)
    return _answer(auditing, auditing.sample(read_sample_id(sample_id)), actor)


@post(
    "/samples/{sample_id:str}/draws",
    opt=ACTS,
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(DrawForm)}, problems=(400, 404, 409, 413, 415, 422)),
)
def post_draw(
    request: AnyRequest,
    body: RawBody,
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    sample_id: FromPath[str],
) -> SampleAnswer:
    """Draw the sample by the checkpoint that ends with its announcement, or by a public beacon that came out since."""
    actor = actor_of(caller)
    written = auditing.draw(read_sample_id(sample_id), read_form(DrawForm, request, body), actor)
    return _answer(auditing, written.state, actor)


@post(
    "/samples/{sample_id:str}/closings",
    opt=ACTS,
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": schema_of(ClosingForm)}, problems=(400, 404, 409, 413, 415, 422), optional_body=True
    ),
)
def post_closing(
    request: AnyRequest,
    body: RawBody,
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    sample_id: FromPath[str],
) -> SampleAnswer:
    """Take no more labels, and open those that are still sealed."""
    actor = actor_of(caller)
    read_form(ClosingForm, request, body, optional=True)
    return _answer(auditing, auditing.close(read_sample_id(sample_id), actor).state, actor)


@get("/samples/{sample_id:str}/items", opt=ACTS, sync_to_thread=True, operation_class=documented(problems=(404,)))
def get_items(
    auditing: NamedDependency[Auditing], caller: NamedDependency[Caller], sample_id: FromPath[str]
) -> ItemsAnswer:
    """What the caller's side has still to label, in an order that says nothing."""
    side = SIDES[actor_of(caller).role]
    return ItemsAnswer(auditing.queue(auditing.sample(read_sample_id(sample_id)), side))


@get(
    "/samples/{sample_id:str}/items/{item:str}",
    opt=ACTS,
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_item(
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    sample_id: FromPath[str],
    item: FromPath[str],
) -> BlindAnswer:
    """A case to be labelled: the evidence and what both sides say, nothing of what was decided."""
    return _blind(item, blind_case(casework, item_for(auditing, caller, read_sample_id(sample_id), item)))


@get(
    "/samples/{sample_id:str}/items/{item:str}/files/{number:str}",
    opt=ACTS,
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_item_file(
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    sample_id: FromPath[str],
    item: FromPath[str],
    number: FromPath[str],
) -> Response[bytes]:
    """A file of one side, by its number."""
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER):
        raise NotFound("evidence")
    return send_blind_file(casework, item_for(auditing, caller, read_sample_id(sample_id), item), int(number))


@post(
    "/samples/{sample_id:str}/items/{item:str}/labels",
    opt=ACTS,
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": schema_of(LabelForm)}, problems=(400, 404, 409, 413, 415, 422)
    ),
)
def post_label(
    request: AnyRequest,
    body: RawBody,
    auditing: NamedDependency[Auditing],
    caller: NamedDependency[Caller],
    sample_id: FromPath[str],
    item: FromPath[str],
    key: IdempotencyKey = None,
) -> ItemsAnswer:
    """Label a case for the caller's side; the answer is what is still to be labelled, the same whoever else did."""
    actor = actor_of(caller)
    written = auditing.label(read_sample_id(sample_id), item, read_form(LabelForm, request, body), actor, key=key)
    return ItemsAnswer(auditing.queue(written.state, SIDES[actor.role]))


def actor_of(caller: Caller) -> Actor:
    """Who draws and labels: compliance, or oversight. Raises ``Forbidden`` for everybody else."""
    for role in SIDES:
        if role in caller.roles:
            return caller.actor_as(role)
    raise Forbidden(Role.COMPLIANCE.value)


def read_sample_id(text: str) -> UUID:
    """A sample's id from an address. Raises ``NotFound`` for what cannot be one."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("sample") from None


def item_for(auditing: Auditing, caller: Caller, sample_id: UUID, item: str) -> UUID:
    """The case behind an item, for whoever labels the sample. Raises ``NotFound``."""
    sample = auditing.sample(sample_id)
    if sample.announced is None or SIDES[actor_of(caller).role] not in sample.announced.sides:
        raise NotFound("sample item")
    return auditing.case_of(sample, item)


def send_blind_file(casework: Casework, case_id: UUID, number: int) -> Response[bytes]:
    """A file as a download that no browser opens or runs. Raises ``NotFound``."""
    evidence = blind_file(casework, case_id, number).evidence
    content, name = casework.vault.open(evidence.file), casework.vault.open(evidence.name)
    if content is None or name is None:
        raise NotFound("evidence")
    return download(content, name.decode("utf-8", "replace"), evidence.media_type)


def _answer(auditing: Auditing, sample: Sample, actor: Actor) -> SampleAnswer:
    announced, drawn = sample.announced, sample.drawn
    if announced is None or sample.announced_at is None or sample.announced_by is None:
        raise NotFound("sample")
    results = results_of(sample)
    return SampleAnswer(
        sample=str(sample.id),
        announced_at=sample.announced_at,
        announced_by=SIDES[sample.announced_by.role].value,
        plan=announced.model_dump(mode="json", exclude_none=True),
        drawn_at=sample.drawn_at,
        closed_at=sample.closed_at,
        beacon=None if drawn is None else drawn.beacon.model_dump(mode="json", exclude_none=True),
        seed=None if drawn is None else drawn.seed,
        population=None if drawn is None else drawn.population,
        strata=[] if drawn is None else [one.model_dump(mode="json") for one in drawn.strata],
        cases=len(sample.items),
        awaited=len(sample.awaits(SIDES[actor.role])),
        opened=[_opened(auditing, item) for item in sample.opened],
        estimates={name: _estimate(one) for name, one in results.estimates.items()},
        kappa=_estimate(results.agreement),
        links=_links(sample.id),
    )


def _opened(auditing: Auditing, item: Item) -> OpenedCase:
    probability = Fraction(item.drawn.chances, item.drawn.out_of)
    return OpenedCase(
        case=auditing.pseudonym(item.drawn.case),
        stratum=item.drawn.stratum,
        probability=f"{probability.numerator}/{probability.denominator}",
        acted=item.drawn.acted.value,
        truth="" if item.truth is None else item.truth.value,
        labels={label.side.value: label.truth.value for label in item.opened},
        disagreement=None if item.disagreement is None else item.disagreement.value,
    )


def _estimate(one: Estimate) -> EstimateAnswer:
    low, high = (None, None) if one.interval is None else one.interval
    return EstimateAnswer(_text(one.value), _text(low), _text(high), one.cases)


def _blind(item: str, case: BlindCase) -> BlindAnswer:
    match = case.match
    return BlindAnswer(
        item=item,
        upload={
            "title": case.title,
            "medium": case.medium,
            "language": case.language,
            "commercial": case.commercial,
            "length": _text(match.upload_length),
        },
        work={"title": case.work_title, "kind": case.work_kind, "length": _text(match.work_length)},
        evidence={
            "method": case.method,
            "engine": case.engine,
            "track": match.track,
            "share": {name: _text(value) for name, value in case.shares.items()},
            "amount": {unit: _text(value) for value, unit in match.amounts},
            "segments": [
                {
                    "upload": [_text(one.upload_start), _text(one.upload_end)],
                    "work": [_text(one.work_start), _text(one.work_end)],
                    "score": _text(one.score),
                }
                for one in match.segments
            ],
            "regions": [
                {"upload": _sides(one.upload), "work": _sides(one.work), "score": _text(one.score)}
                for one in match.regions
            ],
            "also_found": [one.model_dump(mode="json", exclude_none=True) for one in match.also_found],
            "signals": [one.model_dump(mode="json", exclude_none=True) for one in match.signals],
        },
        claims=[{"basis": one.code, "statement": one.text} for one in case.claims],
        said=[{"side": one.side.value, "text": one.text} for one in case.said],
        files=[
            {
                "number": one.number,
                "side": one.side.value,
                "name": one.name,
                "size": one.size,
                "media_type": one.media_type,
            }
            for one in case.files
        ],
    )


def _sides(region: Region | None) -> list[str | None] | None:
    return None if region is None else [_text(side) for side in region]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _links(sample: UUID) -> dict[str, str]:
    address = f"/api/v1/samples/{sample}"
    return {"self": address, "items": f"{address}/items", "facts": "/api/v1/log/facts"}


HANDLERS = (
    get_samples,
    post_samples,
    get_sample,
    post_draw,
    post_closing,
    get_items,
    get_item,
    get_item_file,
    post_label,
)
