"""``/cases/{case_id}/media``: the two files that were compared, sent by whoever compared them, and their previews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from casework.application import Casework
from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Role
from casework.errors import FieldError, Invalid
from casework.previews.kept import Previews
from casework.previews.reading import SideMedia, previews_of
from casework.settings import Settings
from casework.steps.media import accept_media, deposit_media
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.cases import read_case_id
from casework.views.api.documents import documented
from casework.views.api.steps.taking import PROBLEMS, AnyRequest, CaseId, IdempotencyKey
from casework.views.pages.case_media import send_media

MOST_REQUEST_BYTES = 537 * 1024 * 1024
"""Bytes of one request at most; how large a file may be is a setting, which cannot be larger."""

_SIDES = ", ".join(MediaSide)
_BODY = {
    "multipart/form-data": {
        "type": "object",
        "required": ["side", "file"],
        "properties": {
            "side": {"type": "string", "enum": [side.value for side in MediaSide]},
            "file": {"type": "string", "format": "binary"},
        },
    }
}


class MediaFile(msgspec.Struct, frozen=True):
    """The file of one side. ``state``: none, waiting, ready or failed; ``problem`` says why a preview is missing.

    ``links``: what the caller may fetch: ``original``, ``excerpt`` (sound or video that browsers play), ``strip``
    (frames), ``image``. What is not there, or not for the caller, is left out.
    """

    side: str
    state: str
    problem: str | None
    media_type: str | None
    size: int | None
    links: dict[str, str]


class MediaAnswer(msgspec.Struct, frozen=True):
    """Both files of a case."""

    case_id: UUID
    media: list[MediaFile]


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came in; nothing of it was looked at."""

    side: MediaSide
    name: str
    content: bytes


@post(
    "/cases/{case_id:str}/media",
    opt=for_scopes(Scope.DECISIONS_WRITE),
    status_code=200,
    request_max_body_size=MOST_REQUEST_BYTES,
    operation_class=documented(body=_BODY, problems=PROBLEMS),
)
async def post_media(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> MediaAnswer:
    """Lay a file that was compared beside its case, as the parts ``side`` and ``file`` of a multipart form.

    The same file again changes nothing; another one, or an upload that is not the one the decision names by its
    ``content_sha256``, is 409 ``media_differs``. Previews are prepared in the background.
    """
    actor = caller.actor_as(Role.MATCHER)
    identifier = read_case_id(case_id)
    if request.content_type[0].lower() != "multipart/form-data":
        raise HTTPException(status_code=415)
    sent = await _read(request, settings.most_media_bytes)

    def take() -> MediaAnswer:
        accepted = accept_media(sent.name, sent.content, limit_bytes=settings.most_media_bytes)
        deposit_media(casework, previews, identifier, actor, sent.side, accepted, idempotency_key=key)
        return _answer(casework, previews, identifier, actor.role)

    return await sync_to_thread(take)


async def _read(request: AnyRequest, limit: int) -> _Sent:
    """The two parts. Raises ``Invalid`` that names each field that is missing, unknown or wrong."""
    form = await request.form()
    errors = [
        FieldError(f"/{name[:100]}", "extra_forbidden", "send only the parts side and file")
        for name in {name for name, _ in form.multi_items()} - {"side", "file"}
    ]
    sides, files = form.getall("side", []), form.getall("file", [])
    if len(sides) != 1 or sides[0] not in tuple(MediaSide):
        errors.append(FieldError("/side", "enum", f"send one part side: {_SIDES}"))
    if len(files) != 1 or not isinstance(files[0], UploadFile):
        errors.append(FieldError("/file", "not_a_file", "send one part file, which is a file with a name"))
    if errors:
        raise Invalid(tuple(sorted(errors, key=lambda error: error.pointer)[:50]))
    part = cast("UploadFile", files[0])
    content = await part.read(limit + 1)
    return _Sent(MediaSide(str(sides[0])), part.filename, content)


@get(
    "/cases/{case_id:str}/media",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(400, 404)),
)
def get_case_media(
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    caller: NamedDependency[Caller],
    case_id: CaseId,
) -> MediaAnswer:
    """Which files lie beside the case, and how far their previews are."""
    identifier = read_case_id(case_id)
    role = caller.actor_for(casework.case(identifier)).role
    return _answer(casework, previews, identifier, role)


@get(
    "/cases/{case_id:str}/media/{side:str}/{part:str}",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/octet-stream",
    operation_class=documented(problems=(400, 404)),
)
def get_case_media_part(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    caller: NamedDependency[Caller],
    case_id: CaseId,
    side: FromPath[str],
    part: FromPath[str],
) -> Response[Any]:
    """The file of one's own side, or a preview; previews also by range."""
    return send_media(request, casework, previews, caller, read_case_id(case_id), side, part)


def _answer(casework: Casework, previews: Previews, case_id: UUID, role: Role) -> MediaAnswer:
    found = previews_of(casework, previews, case_id, casework.case(case_id), role, f"/api/v1/cases/{case_id}")
    return MediaAnswer(case_id, [_file(one) for one in (found.upload, found.work)])


def _file(one: SideMedia) -> MediaFile:
    links = {"original": one.original, "excerpt": one.excerpt, "strip": one.strip, "image": one.image}
    return MediaFile(
        side=one.side.value,
        state=one.state.value,
        problem=one.problem,
        media_type=one.media_type or None,
        size=one.size or None,
        links={name: address for name, address in links.items() if address is not None},
    )


HANDLERS = (post_media, get_case_media, get_case_media_part)
