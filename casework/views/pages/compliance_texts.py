"""The texts of reports at the compliance desk: drafts in two languages, their changes, a second officer's word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.domain.facts import Role
from casework.domain.publication.state import Draft, Stage, Texts
from casework.domain.publication.values import TextSection
from casework.domain.values import Moment
from casework.errors import NotFound
from casework.narrating import ApprovalForm, DeclineForm, Narratives, TextForm
from casework.reports.narrative import PLACEHOLDERS, Passage, read_passages, split
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.steps import Words, parse
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import Language, current_language, gettext
from casework.views.pages.ledger_forms import Field, RecordForm, Sent, find_form, send
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
ADDRESS = "/compliance/texts"
ALIKE = 0.5
"""How alike two versions must be for their differences to be marked word by word."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]
_PIECES = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+")


class TextPage(StepForm):
    """The form of the page: its day comes as a moment."""

    since: Moment
    en: Words | None = None
    zh: Words | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text beside the version before: ``kept``, ``added`` or ``gone``."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[list[Piece]]:
    """What became of a text, paragraph by paragraph: English by words, Chinese by signs."""
    old, new = (_PIECES.findall(text.replace("\n\n", " \n ")) for text in (before, after))
    pieces: list[Piece] = []
    found = SequenceMatcher(None, old, new, autojunk=False)
    # A text that was written anew reads better whole than as crumbs of both.
    steps = found.get_opcodes() if found.ratio() >= ALIKE else [("replace", 0, len(old), 0, len(new))]
    for kind, i1, i2, j1, j2 in steps:
        if kind == "equal":
            pieces.append(Piece("kept", "".join(new[j1:j2])))
            continue
        if i1 < i2:
            pieces.append(Piece("gone", "".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(Piece("added", "".join(new[j1:j2])))
    return _paragraphs(pieces)


def _paragraphs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        for number, part in enumerate(piece.text.split("\n")):
            if number and piece.kind != "gone":
                found.append([])
            if part.strip():
                found[-1].append(Piece(piece.kind, part))
    return [one for one in found if one]


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_texts(request: AnyRequest, narratives: NamedDependency[Narratives]) -> Response[str]:
    """All sections: which is approved since when, and where a draft waits."""
    shipped = _shipped()
    rows = [
        {
            "section": section.value,
            "title": _title(shipped[section.value]),
            "approved": texts.approved[-1] if texts.approved else None,
            "open": texts.open,
        }
        for section, texts in narratives.all().items()
    ]
    context = {"wide": True, "here": "texts", "rows": rows}
    return render_page(request, "pages/compliance_texts.html", context)


@get(ADDRESS + "/{section:str}", opt=OFFICERS, sync_to_thread=True)
def show_text(
    request: AnyRequest,
    section: FromPath[str],
    caller: NamedDependency[Caller],
    narratives: NamedDependency[Narratives],
    accounts: NamedDependency[Accounts],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """One section: what is approved, the draft with what it changes, and the forms."""
    page = _Page(narratives, accounts, _section(section), caller.actor_as(Role.COMPLIANCE).id)
    return page.show(request, done=done)


@post(ADDRESS + "/{section:str}/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_text(
    request: AnyRequest,
    section: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    narratives: NamedDependency[Narratives],
    accounts: NamedDependency[Accounts],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Write a draft, agree to one, or turn it down."""
    actor, found = caller.actor_as(Role.COMPLIANCE), _section(section)
    page = _Page(narratives, accounts, found, actor.id)
    form = find_form(page.forms(page.texts()), step, data)
    if form is None:
        # Somebody else was quicker: the page says how it stands now.
        return see_other(request, f"{ADDRESS}/{section}?done=changed")
    if step == "drafts":

        def take(shape: TextPage) -> None:
            day = shape.since.astimezone(settings.zone).date()
            narratives.draft(found, _checked(day, shape), actor)

        sent = send(form, TextPage, data, settings.zone, take)
    elif step == "approvals":
        sent = send(form, ApprovalForm, data, settings.zone, lambda shape: narratives.approve(found, shape, actor))
    else:
        sent = send(form, DeclineForm, data, settings.zone, lambda shape: narratives.decline(found, shape, actor))
    if sent.again is not None:
        return page.show(request, sent=sent)
    return see_other(request, f"{ADDRESS}/{section}?done={step}")


def _checked(day: date, shape: TextPage) -> TextForm:
    return parse(TextForm, {"since": day, "en": shape.en, "zh": shape.zh})


@dataclass(frozen=True, slots=True)
class _Page:
    """The page of one section for one officer."""

    narratives: Narratives
    accounts: Accounts
    section: TextSection
    officer: str

    def texts(self) -> Texts:
        """The section now."""
        return self.narratives.texts(self.section)

    def show(self, request: AnyRequest, *, done: str = "", sent: Sent | None = None) -> Response[str]:
        """The page; ``sent`` has a form to be shown again."""
        texts, shipped = self.texts(), _shipped()[self.section.value]
        again = None if sent is None else sent.again
        forms = [again if again is not None and again.id == one.id else one for one in self.forms(texts)]
        words = self.narratives.words(texts.drafts)
        approved, draft = (texts.approved[-1] if texts.approved else None), texts.open
        now = _written(approved, words, shipped)
        context = {
            "wide": True,
            "here": "texts",
            "title": _title(shipped),
            "base": f"{ADDRESS}/{self.section.value}",
            "approved": approved,
            "own": draft is not None and draft.by == self.officer,
            "draft": draft,
            "present": [(language, split(now[language.value])) for language in Language],
            "changes": None if draft is None else self._changes(draft, now, words),
            "versions": [(one, self._name(one.by), self._name(one.decided_by)) for one in reversed(texts.drafts)],
            "stages": stages(),
            "forms": forms,
            "errors": [] if again is None else again.errors,
            "done": done,
        }
        status = HTTP_422_UNPROCESSABLE_ENTITY if context["errors"] else 200
        return render_page(request, "pages/compliance_text.html", context, status_code=status)

    def forms(self, texts: Texts) -> Sequence[RecordForm]:
        """What this officer may do now."""
        draft = texts.open
        if draft is not None and draft.by != self.officer:
            return (_approval(draft), _decline(draft, own=False))
        shipped = _shipped()[self.section.value]
        based_on = draft or (texts.approved[-1] if texts.approved else None)
        written = _written(based_on, self.narratives.words(texts.drafts), shipped)
        since = shipped.since if based_on is None else based_on.since
        drafting = _drafting({**written, "since": since.isoformat()})
        return (drafting,) if draft is None else (drafting, _decline(draft, own=True))

    def _changes(
        self, draft: Draft, now: Mapping[str, str], words: Mapping[str, str]
    ) -> list[tuple[Language, list[list[Piece]]]]:
        found = []
        for language in Language:
            digest = getattr(draft, language.value)
            found.append((language, [] if digest is None else differences(now[language.value], words[digest])))
        return found

    def _name(self, account: str | None) -> str:
        try:
            return "" if account is None else self.accounts.find(account).name
        except NotFound:
            return account or ""


def stages() -> Mapping[str, tuple[str, str]]:
    """How far a draft or a proposal is, with the kind of its tag."""
    return {
        Stage.OPEN.value: (gettext("Waits for a second officer"), "waiting"),
        Stage.AGREED.value: (gettext("Approved"), "lawful"),
        Stage.DECLINED.value: (gettext("Declined"), "overdue"),
        Stage.WITHDRAWN.value: (gettext("Withdrawn"), "open"),
    }


def _section(name: str) -> TextSection:
    try:
        return TextSection(name)
    except ValueError:
        raise NotFound("text") from None


def _shipped() -> Mapping[str, Passage]:
    return {one.section: one for one in read_passages()}


def _title(passage: Passage) -> str:
    return passage.title.zh if current_language() is Language.ZH else passage.title.en


def _written(version: Draft | None, words: Mapping[str, str], shipped: Passage) -> dict[str, str]:
    """What a version says in each language; where there is none, what comes with the product."""
    if version is None:
        return {language.value: shipped.written(language.value) for language in Language}
    digests = {"en": version.en, "zh": version.zh}
    return {name: "" if digest is None else words[digest] for name, digest in digests.items()}


def _drafting(values: Mapping[str, str]) -> RecordForm:
    fields = (
        Field("since", "day", gettext("Describes what is done from"), gettext("The day on which it began to be so.")),
        Field(
            "en", "words", gettext("Text in English"), gettext("An empty line begins a new paragraph."), needed=False
        ),
        Field(
            "zh", "words", gettext("Text in Chinese"), gettext("An empty line begins a new paragraph."), needed=False
        ),
    )
    hint = gettext("The report fills these in: %(names)s. A draft needs both languages before it can be approved.") % {
        "names": " ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    }
    return RecordForm("drafts", gettext("Write a draft"), gettext("Save the draft"), fields, hint, values=values)


def _approval(draft: Draft) -> RecordForm:
    hint = gettext("Reports as of a later moment carry it.")
    fixed = {"draft": str(draft.number)}
    return RecordForm("approvals", gettext("Approve this draft"), gettext("Approve"), (), hint, fixed)


def _decline(draft: Draft, *, own: bool) -> RecordForm:
    fields = (Field("reasons", "words", gettext("Reasons")),)
    title = gettext("Take the draft back") if own else gettext("Decline this draft")
    return RecordForm("declines", title, title, fields, fixed={"draft": str(draft.number)})


HANDLERS = (show_texts, show_text, post_text)
