"""The texts of reports over the API: read every version of a section, draft one, agree to it or turn it down (F1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from casework.domain.facts import Role
from casework.domain.publication.state import Texts
from casework.domain.publication.values import TextSection
from casework.errors import NotFound
from casework.narrating import ApprovalForm, DeclineForm, Narratives, TextForm
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form


class DraftAnswer(msgspec.Struct, frozen=True):
    """One version of a section. ``stage`` is open, agreed, declined or withdrawn; ``text`` is by language."""

    draft: int
    stage: str
    since: date
    text: dict[str, str]
    drafted_at: datetime
    decided_at: datetime | None


class TextAnswer(msgspec.Struct, frozen=True):
    """A section with all its versions, the first one first; ``open``: the number of the one that waits, if any."""

    section: str
    open: int | None
    drafts: list[DraftAnswer]


class TextsAnswer(msgspec.Struct, frozen=True):
    """All sections in the order of a report."""

    texts: list[TextAnswer]


@get(
    "/texts",
    opt=for_scopes(Scope.REPORTS_READ),
    sync_to_thread=True,
    operation_class=documented(),
)
def get_texts(caller: NamedDependency[Caller], narratives: NamedDependency[Narratives]) -> TextsAnswer:
    """Every section of a report that people write, with its versions; for compliance officers."""
    caller.actor_as(Role.COMPLIANCE)
    return TextsAnswer([_answer(narratives, texts) for texts in narratives.all().values()])


@get(
    "/texts/{section:str}",
    opt=for_scopes(Scope.REPORTS_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(404,)),
)
def get_text(
    section: FromPath[str], caller: NamedDependency[Caller], narratives: NamedDependency[Narratives]
) -> TextAnswer:
    """One section with its versions; for compliance officers."""
    caller.actor_as(Role.COMPLIANCE)
    return _answer(narratives, narratives.texts(_section(section)))


@post(
    "/texts/{section:str}/drafts",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(TextForm)}, problems=(400, 404, 409, 422)),
)
def post_draft(
    request: Request[Any, Any, Any],
    section: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    narratives: NamedDependency[Narratives],
) -> TextAnswer:
    """Write a draft of a section in one or both languages; it takes the place of one's own that still waits."""
    wanted, form, actor = _section(section), read_form(TextForm, request, body), caller.actor_as(Role.COMPLIANCE)
    return _answer(narratives, narratives.draft(wanted, form, actor))


@post(
    "/texts/{section:str}/approvals",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(ApprovalForm)}, problems=(400, 404, 409, 422)),
)
def post_approval(
    request: Request[Any, Any, Any],
    section: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    narratives: NamedDependency[Narratives],
) -> TextAnswer:
    """Agree to the draft that waits, by its number; never by the officer who wrote it."""
    wanted, form, actor = _section(section), read_form(ApprovalForm, request, body), caller.actor_as(Role.COMPLIANCE)
    return _answer(narratives, narratives.approve(wanted, form, actor))


@post(
    "/texts/{section:str}/declines",
    opt=for_scopes(Scope.REPORTS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(DeclineForm)}, problems=(400, 404, 409, 422)),
)
def post_decline(
    request: Request[Any, Any, Any],
    section: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    narratives: NamedDependency[Narratives],
) -> TextAnswer:
    """Turn the draft that waits down, or take one's own back, with reasons."""
    wanted, form, actor = _section(section), read_form(DeclineForm, request, body), caller.actor_as(Role.COMPLIANCE)
    return _answer(narratives, narratives.decline(wanted, form, actor))


def _section(name: str) -> TextSection:
    try:
        return TextSection(name)
    except ValueError:
        raise NotFound("section") from None


def _answer(narratives: Narratives, texts: Texts) -> TextAnswer:
    words = narratives.words(texts.drafts)
    drafts = [
        DraftAnswer(
            draft=one.number,
            stage=one.stage.value,
            since=one.since,
            text={name: words[digest] for name, digest in (("en", one.en), ("zh", one.zh)) if digest is not None},
            drafted_at=one.at,
            decided_at=one.decided_at,
        )
        for one in texts.drafts
    ]
    return TextAnswer(texts.section.value, None if texts.open is None else texts.open.number, drafts)


HANDLERS: tuple[Any, ...] = (get_texts, get_text, post_draft, post_approval, post_decline)
