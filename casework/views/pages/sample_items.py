"""The labelling desk: one case of an audit sample at a time, its evidence and what both sides say, nothing decided."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.auditing import Auditing, LabelForm
from casework.domain.case.bases import INFRINGING_BASES, LAWFUL_BASES
from casework.domain.facts import Role
from casework.domain.sample.state import SIDES
from casework.domain.sample.values import Truth
from casework.domain.values import EXCEPTIONS
from casework.errors import NotFound
from casework.previews.kept import Previews
from casework.previews.reading import ORIGINAL, open_part
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.steps import Words
from casework.views import labels, sample_labels
from casework.views.access.callers import Caller
from casework.views.api.samples import actor_of, item_for, send_blind_file
from casework.views.blind_case import blind_case
from casework.views.language import gettext
from casework.views.media_bench import blind_bench
from casework.views.media_files import send_shown
from casework.views.pages.case_media import SEGMENTS, Asked, send_segments, show_media
from casework.views.pages.ledger_forms import Field, RecordForm, send
from casework.views.pages.samples import ADDRESS, AUDITORS
from casework.views.responses import render_page, see_other

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


class LabelPage(StepForm):
    """The form of the page: one basis at most."""

    truth: Truth
    basis: str | None = None
    reasons: Words

    def label(self) -> LabelForm:
        """What the API would take."""
        return LabelForm(truth=self.truth, bases=() if self.basis is None else (self.basis,), reasons=self.reasons)


@get(ADDRESS + "/{sample_id:uuid}/next", opt=AUDITORS, sync_to_thread=True)
def show_next_item(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    auditing: NamedDependency[Auditing],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[Any]:
    """The next case of my side that I can label; the sample when there is none."""
    item = auditing.next_item(auditing.sample(sample_id), actor_of(caller))
    query = "?done=labelled" if done else ""
    return see_other(request, f"{ADDRESS}/{sample_id}{f'/items/{item}' if item else ''}{query}")


@get(ADDRESS + "/{sample_id:uuid}/items/{item:str}", opt=AUDITORS, sync_to_thread=True)
def show_item(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    item: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The case, and the form for its label."""
    return _show(request, casework, auditing, caller, sample_id, item, _form(), done=bool(done))


@post(ADDRESS + "/{sample_id:uuid}/items/{item:str}/labels", opt=AUDITORS, sync_to_thread=True, status_code=200)
def post_item(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    item: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Seal the label and go on to the next case, or show the form again with all that was typed."""
    actor = actor_of(caller)

    def take(shape: LabelPage) -> None:
        auditing.label(sample_id, item, shape.label(), actor)

    sent = send(_form(), LabelPage, data, settings.zone, take)
    if sent.again is None:
        return see_other(request, f"{ADDRESS}/{sample_id}/next?done=labelled")
    return _show(request, casework, auditing, caller, sample_id, item, sent.again)


@get(ADDRESS + "/{sample_id:uuid}/items/{item:str}/files/{number:int}", opt=AUDITORS, sync_to_thread=True)
def download_item_file(
    sample_id: FromPath[UUID],
    item: FromPath[str],
    number: FromPath[int],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
) -> Response[bytes]:
    """A file of one side."""
    return send_blind_file(casework, item_for(auditing, caller, sample_id, item), number)


@get(ADDRESS + "/{sample_id:uuid}/items/{item:str}/media", opt=AUDITORS, sync_to_thread=True)
def show_item_media(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    item: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    asked: Asked = 0,
) -> Response[str]:
    """The two compared files on a page of their own."""
    case_id, base = item_for(auditing, caller, sample_id, item), f"{ADDRESS}/{sample_id}/items/{item}"
    return show_media(request, blind_bench(request, casework, case_id, casework.case(case_id), base, asked=asked), base)


@get(ADDRESS + "/{sample_id:uuid}/items/{item:str}/media/{side:str}/{part:str}", opt=AUDITORS, sync_to_thread=True)
def send_item_media(
    request: AnyRequest,
    sample_id: FromPath[UUID],
    item: FromPath[str],
    side: FromPath[str],
    part: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    auditing: NamedDependency[Auditing],
    previews: NamedDependency[Previews],
) -> Response[bytes]:
    """A preview of one side, as reviewers see it. Raises ``NotFound``, also for the files themselves."""
    case_id = item_for(auditing, caller, sample_id, item)
    case = casework.case(case_id)
    if part == SEGMENTS:
        return send_segments(request, blind_bench(request, casework, case_id, case, ""), side)
    if part == ORIGINAL:
        raise NotFound("media")
    return send_shown(request, open_part(casework, previews, case_id, case, Role.REVIEWER, side, part))


def _show(
    request: AnyRequest,
    casework: Casework,
    auditing: Auditing,
    caller: Caller,
    sample_id: UUID,
    item: str,
    form: RecordForm,
    *,
    done: bool = False,
) -> Response[str]:
    case_id, actor = item_for(auditing, caller, sample_id, item), actor_of(caller)
    case, action = blind_case(casework, case_id), f"{ADDRESS}/{sample_id}/items/{item}"
    waiting = auditing.queue(auditing.sample(sample_id), SIDES[actor.role])
    context = {
        "wide": True,
        "here": "samples",
        "of_compliance": actor.role is Role.COMPLIANCE,
        "case": case,
        "bench": blind_bench(request, casework, case_id, casework.case(case_id), action),
        "files": [
            {
                "name": one.name,
                "href": f"{ADDRESS}/{sample_id}/items/{item}/files/{one.number}",
                "size": one.size,
                "media_type": one.media_type,
                "by": labels.side_label(one.side.value),
            }
            for one in case.files
        ],
        "waits": item in waiting,
        "left": len(waiting),
        "form": form,
        "errors": form.errors,
        "labels": labels,
        "base": f"{ADDRESS}/{sample_id}",
        "action": action,
        "done": done,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if form.errors else 200
    return render_page(request, "pages/sample_item.html", context, status_code=status)


def _form() -> RecordForm:
    truths = tuple((one.value, sample_labels.truth_label(one.value)) for one in Truth)
    bases = tuple((code, labels.legal_basis_label(code)) for code in (*LAWFUL_BASES, *INFRINGING_BASES, *EXCEPTIONS))
    fields = (
        Field("truth", "choice", gettext("What do you find?"), choices=truths),
        Field("basis", "choice", gettext("Statutory basis"), choices=bases, needed=False),
        Field(
            "reasons",
            "words",
            gettext("Reasons"),
            gettext("They stay sealed; your finding is opened with the others'."),
        ),
    )
    return RecordForm("labels", gettext("Your label"), gettext("Seal the label and go on"), fields)


HANDLERS = (show_next_item, show_item, post_item, download_item_file, show_item_media, send_item_media)
