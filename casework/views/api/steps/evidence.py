"""``POST /cases/{case_id}/evidence``: files of either side, as parts of a multipart form."""

from __future__ import annotations

from uuid import UUID

from litestar import post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from casework import steps
from casework.application import Casework, Handled
from casework.domain.facts import Actor
from casework.errors import FieldError, Invalid
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.case_answers import CaseAnswer
from casework.views.api.documents import documented
from casework.views.api.steps.taking import PROBLEMS, AnyRequest, CaseId, IdempotencyKey, take_step

MOST_UPLOAD_BYTES = 64 * 1024 * 1024
"""Bytes of one request with files at most; how large one file may be is a setting."""

_FILES = {
    "multipart/form-data": {
        "type": "object",
        "required": ["files"],
        "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
}


@post(
    "/cases/{case_id:str}/evidence",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    request_max_body_size=MOST_UPLOAD_BYTES,
    operation_class=documented(body=_FILES, problems=PROBLEMS),
)
async def post_evidence(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    key: IdempotencyKey = None,
) -> CaseAnswer:
    """Either side puts files forward, as parts called ``files`` of a multipart form."""
    if request.content_type[0].lower() != "multipart/form-data":
        raise HTTPException(status_code=415)
    sent = await _files(request)

    def take(case: UUID, actor: Actor) -> Handled:
        accepted = steps.accept_files(sent, limit_bytes=settings.most_file_bytes)
        return steps.evidence(casework, case, actor, accepted, idempotency_key=key)

    return await sync_to_thread(take_step, casework, caller, case_id, take)


async def _files(request: AnyRequest) -> list[tuple[str, bytes]]:
    """Names and contents of the parts called ``files``. Raises ``Invalid`` for any other part."""
    form = await request.form()
    found, errors = [], []
    for name, part in form.multi_items():
        if name != "files":
            errors.append(FieldError(f"/{name[:100]}", "extra_forbidden", "send only parts called files"))
        elif not isinstance(part, UploadFile):
            errors.append(FieldError("/files", "not_a_file", "a part called files must be a file with a name"))
        else:
            found.append((part.filename, await part.read()))
    if errors:
        raise Invalid(tuple(errors[:50]))
    return found
