"""``/match-results``: signed messages of external engines, what of them waits for an officer, verdicts that are stuck.

An engine signs its messages by Standard Webhooks; that it can is its only credential here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from pydantic import ValidationError

from casework.discard_reasons import DiscardReason
from casework.domain.case.intake import SubmittedUpload, SubmittedWork
from casework.domain.facts import Role
from casework.engine_references import Reference
from casework.engine_verdicts import EngineVerdicts
from casework.errors import FieldError, Forbidden, Invalid, NotFound
from casework.intake import field_errors, parse_line
from casework.match_results import MOST_BODY_BYTES, MatchResults
from casework.views.access.callers import Caller
from casework.views.access.guard import PUBLIC, for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps.taking import AnyRequest
from casework.views.language import gettext
from casework.views.problems import Problem, answer_problem
from matching_adapter.external.mapping import LONGEST_REFERENCE, Unfit
from matching_adapter.external.webhook import NotSigned

MOST_REFERENCES = 1000

_OFFICERS = (Role.COMPLIANCE, Role.INTAKE)
_ENTRY = {"type": "object", "required": ["reference"], "properties": {"reference": {"type": "string"}}}
_REFERENCES = {
    "application/json": {
        "type": "object",
        "properties": {
            name: {
                "type": "array",
                "maxItems": MOST_REFERENCES,
                "items": {**_ENTRY, "properties": {**_ENTRY["properties"], one: schema_of(model)}},  # type: ignore[dict-item]
            }
            for name, one, model in (("uploads", "upload", SubmittedUpload), ("works", "work", SubmittedWork))
        },
    }
}
_DISCARD = {
    "application/json": {
        "type": "object",
        "properties": {"reason": {"type": "string", "enum": [one.value for one in DiscardReason]}},
    }
}
_MESSAGE = {"application/json": {"description": "whatever the engine's mapping describes, at most 1 MiB"}}


class MatchResult(msgspec.Struct, frozen=True):
    """What became of one work of a message. ``status``: created, duplicate, quarantined (``reason``) or exempted.

    ``work`` is the engine's reference. ``engine_share_differs``: the engine's own share is more than two points away
    from that of the stretches that it sent, which counts.
    """

    work: str
    status: str
    reason: str | None
    decision_id: str | None
    case_id: UUID | None
    outcome: str | None
    engine_share_differs: bool


class MessageAnswer(msgspec.Struct, frozen=True):
    """The answer to a message. ``repeated``: it came before, and nothing has happened now."""

    message_id: str
    repeated: bool
    results: list[MatchResult]


class QuarantinedResult(msgspec.Struct, frozen=True):
    """A result that waits. ``upload`` and ``work`` are references of the engine."""

    id: UUID
    engine: str
    message_id: str
    upload: str
    work: str
    reason: str
    received_at: datetime


class QuarantineAnswer(msgspec.Struct, frozen=True):
    """The results that wait, the oldest first; ``total`` counts all."""

    total: int
    results: list[QuarantinedResult]


class ParkedVerdict(msgspec.Struct, frozen=True):
    """A verdict that an engine could not be told for three days. ``problem`` is a code."""

    number: int
    engine: str
    case_id: UUID
    outcome: str
    exempt: bool
    attempts: int
    first_at: datetime
    problem: str | None


class ParkedAnswer(msgspec.Struct, frozen=True):
    """The verdicts that nobody tries to send any more."""

    verdicts: list[ParkedVerdict]


class ReferencesAnswer(msgspec.Struct, frozen=True):
    """How many references were kept."""

    uploads: int
    works: int


@post(
    "/match-results/{engine:str}",
    opt=PUBLIC,
    status_code=200,
    request_max_body_size=MOST_BODY_BYTES,
    operation_class=documented(body=_MESSAGE, problems=(401, 413, 422), public=True),
)
async def post_match_results(
    request: AnyRequest, match_results: NamedDependency[MatchResults], engine: FromPath[str]
) -> Response[Any]:
    """Take a message of an external engine in.

    Signed by Standard Webhooks (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``). A message that came
    before is answered as it was then. Results about uploads or works that nobody knows wait for an officer.
    """
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}

    def take() -> MessageAnswer:
        taken = match_results.take(engine, headers, body)
        return MessageAnswer(taken.message_id, taken.repeated, [_result(one) for one in taken.results])

    try:
        return Response(await sync_to_thread(take))
    except NotSigned as error:
        title, detail = gettext("Not signed"), gettext("The message is not signed by a key that counts, or not now.")
        return answer_problem(request, Problem(401, error.code, title, detail))
    except Unfit as error:
        raise Invalid((FieldError(error.pointer[:500], "unfit", error.detail),)) from None


@put(
    "/match-results/{engine:str}/references",
    opt=for_scopes(Scope.DECISIONS_WRITE),
    operation_class=documented(body=_REFERENCES, problems=(404, 413, 422)),
)
async def put_references(
    request: AnyRequest,
    match_results: NamedDependency[MatchResults],
    caller: NamedDependency[Caller],
    engine: FromPath[str],
) -> ReferencesAnswer:
    """Say what an engine calls uploads and works, before its results come in; the last word on a reference counts."""
    caller.actor_as(Role.MATCHER)
    body = await request.body()

    def keep() -> ReferencesAnswer:
        match_results.webhook(engine)
        found = _references(body)
        match_results.references.put(engine, found)
        uploads = sum(isinstance(one.content, SubmittedUpload) for one in found)
        return ReferencesAnswer(uploads, len(found) - uploads)

    return await sync_to_thread(keep)


@get(
    "/match-results/quarantine",
    opt=for_scopes(Scope.INTAKE),
    sync_to_thread=True,
    operation_class=documented(),
)
def get_quarantine(match_results: NamedDependency[MatchResults], caller: NamedDependency[Caller]) -> QuarantineAnswer:
    """Results that open no case, because nobody knows what they are about or they do not fit; the oldest 200."""
    _officer(caller)
    quarantine = match_results.quarantine
    shown = [
        QuarantinedResult(one.item, one.engine, one.message_id, one.upload, one.work, one.reason, one.received_at)
        for one in quarantine.waiting()
    ]
    return QuarantineAnswer(quarantine.count(), shown)


@post(
    "/match-results/quarantine/{item:str}/releases",
    opt=for_scopes(Scope.INTAKE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(problems=(404, 422)),
)
def post_release(
    match_results: NamedDependency[MatchResults], caller: NamedDependency[Caller], item: FromPath[str]
) -> MatchResult:
    """Let a result in, as things are known now; it stays where it is, with the reason, if that still cannot be."""
    by = _officer(caller)
    waiting, body = match_results.quarantine.find(_item(item))
    try:
        return _result(match_results.release(waiting, body, by).as_json())
    except Unfit as error:
        raise Invalid((FieldError(error.pointer[:500], "unfit", error.detail),)) from None


@post(
    "/match-results/quarantine/{item:str}/discards",
    opt=for_scopes(Scope.INTAKE),
    status_code=204,
    operation_class=documented(body=_DISCARD, problems=(404, 422)),
)
async def post_discard(
    request: AnyRequest,
    match_results: NamedDependency[MatchResults],
    caller: NamedDependency[Caller],
    item: FromPath[str],
) -> None:
    """Throw a result away, and say why if you like; for seven days it can be taken back, then its message is erased."""
    by = _officer(caller)
    body = await request.body()

    def throw_away() -> None:
        reason = _discard_reason(body)
        waiting, _body = match_results.quarantine.find(_item(item))
        match_results.discard(waiting, by, reason)

    await sync_to_thread(throw_away)


@post(
    "/match-results/quarantine/{item:str}/restorations",
    opt=for_scopes(Scope.INTAKE),
    status_code=204,
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def post_restoration(
    match_results: NamedDependency[MatchResults], caller: NamedDependency[Caller], item: FromPath[str]
) -> None:
    """Take back a result that was thrown away, while its message is still kept."""
    _officer(caller)
    match_results.restore(_item(item))


@get(
    "/verdicts/parked",
    opt=for_scopes(Scope.ADMIN),
    sync_to_thread=True,
    operation_class=documented(),
)
def get_parked_verdicts(verdicts: NamedDependency[EngineVerdicts]) -> ParkedAnswer:
    """Verdicts that an engine could not be told of for three days; the oldest 200."""
    shown = [
        ParkedVerdict(
            number=one.number,
            engine=one.engine,
            case_id=one.case_id,
            outcome=one.verdict.outcome,
            exempt=one.verdict.exempt,
            attempts=one.attempts,
            first_at=one.first_at,
            problem=one.problem,
        )
        for one in verdicts.parked()
    ]
    return ParkedAnswer(shown)


@post(
    "/verdicts/{number:str}/engines/{engine:str}/resends",
    opt=for_scopes(Scope.ADMIN),
    status_code=204,
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def post_resend(verdicts: NamedDependency[EngineVerdicts], number: FromPath[str], engine: FromPath[str]) -> None:
    """Try a parked verdict again, for three more days."""
    if re.fullmatch(r"[1-9][0-9]{0,17}", number) is None:
        raise NotFound("parked message")
    verdicts.resend(int(number), engine)


def _officer(caller: Caller) -> str:
    """Who looks after what waits. Raises ``Forbidden``."""
    account = caller.account
    if account is None or not account.roles.intersection(_OFFICERS):
        raise Forbidden(" ".join(_OFFICERS))
    return account.id


def _discard_reason(body: bytes) -> DiscardReason | None:
    """The reason in a body, which may be empty. Raises ``Invalid``."""
    if not body.strip():
        return None
    try:
        return DiscardReason(msgspec.json.decode(body, type=dict[str, str])["reason"])
    except (ValueError, KeyError, msgspec.DecodeError):
        known = ", ".join(DiscardReason)
        raise Invalid((FieldError("/reason", "wrong_shape", f"send an object with reason: {known}"),)) from None


def _item(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("quarantined result") from None


def _result(written: Mapping[str, Any]) -> MatchResult:
    return msgspec.convert(dict(written), MatchResult)


def _references(body: bytes) -> list[Reference]:
    try:
        document = parse_line(body)
    except ValueError as error:
        raise HTTPException(status_code=400, detail=str(error)) from None
    if not isinstance(document, dict) or set(document) - {"uploads", "works"}:
        raise Invalid((FieldError("", "wrong_shape", "send an object with uploads, works or both"),))
    errors: list[FieldError] = []
    found = [
        *_of_kind(document, "uploads", "upload", SubmittedUpload.model_validate, errors),
        *_of_kind(document, "works", "work", SubmittedWork.model_validate, errors),
    ]
    if errors:
        raise Invalid(tuple(errors[:50]))
    return found


def _of_kind(
    document: Mapping[str, Any],
    several: str,
    one: str,
    read: Callable[[Any], SubmittedUpload | SubmittedWork],
    errors: list[FieldError],
) -> Sequence[Reference]:
    entries = document.get(several, [])
    if not isinstance(entries, list) or len(entries) > MOST_REFERENCES:
        errors.append(FieldError(f"/{several}", "wrong_shape", f"send a list of at most {MOST_REFERENCES}"))
        return []
    found = []
    for number, entry in enumerate(entries):
        place = f"/{several}/{number}"
        name = entry.get("reference") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or set(entry) != {"reference", one}:
            errors.append(FieldError(place, "wrong_shape", f"send reference and {one}"))
        elif not isinstance(name, str) or not 0 < len(name) <= LONGEST_REFERENCE or not name.isprintable():
            errors.append(FieldError(f"{place}/reference", "wrong_shape", "send a short text"))
        else:
            try:
                found.append(Reference(name, read(entry[one])))
            except ValidationError as error:
                errors += [
                    FieldError(f"{place}/{one}{each.pointer}", each.code, each.detail) for each in field_errors(error)
                ]
    return found


HANDLERS = (
    post_match_results,
    put_references,
    get_quarantine,
    post_release,
    post_discard,
    post_restoration,
    get_parked_verdicts,
    post_resend,
)
