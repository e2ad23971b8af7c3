"""``/cases/{id}/bundle.pdf`` and ``.zip``: the bundle of evidence as the caller may see it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from casework.application import Casework
from casework.letters.bundle import bundle_for
from casework.letters.bundle_files import answer_with, reader_of
from casework.previews.kept import Previews
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.cases import CaseId, read_case_id
from casework.views.api.documents import documented
from casework.views.frame import frame_of
from casework.views.language import use_language

AnyRequest = Request[Any, Any, Any]
For = Annotated[str | None, QueryParameter(name="for", max_length=20)]


@get(
    "/cases/{case_id:str}/bundle.pdf",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/pdf",
    operation_class=documented(problems=(400, 404)),
)
def get_bundle_pdf(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    reader: For = None,
) -> Response[bytes] | Stream:
    """The bundle as one PDF, in the language asked for; staff may ask ``for=external-body``."""
    return _send(request, casework, previews, caller, settings, case_id, reader, "pdf")


@get(
    "/cases/{case_id:str}/bundle.zip",
    opt=for_scopes(Scope.CASES_READ),
    sync_to_thread=True,
    media_type="application/zip",
    operation_class=documented(problems=(400, 404)),
)
def get_bundle_zip(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    previews: NamedDependency[Previews],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
    case_id: CaseId,
    reader: For = None,
) -> Response[bytes] | Stream:
    """The bundle as a ZIP: case, events, letters, exhibits, the PDF, and a manifest with the hash of each."""
    return _send(request, casework, previews, caller, settings, case_id, reader, "zip")


def _send(
    request: AnyRequest,
    casework: Casework,
    previews: Previews,
    caller: Caller,
    settings: Settings,
    case_id: str,
    wanted: str | None,
    ending: str,
) -> Response[bytes] | Stream:
    identifier = read_case_id(case_id)
    actor = caller.actor_for(casework.case(identifier))
    reader = reader_of(actor.role, wanted)
    with use_language(frame_of(request.scope).language):
        bundle = bundle_for(casework, previews, identifier, actor, reader, settings.zone, settings.platform_name)
        return answer_with(bundle, ending)


HANDLERS = (get_bundle_pdf, get_bundle_zip)
