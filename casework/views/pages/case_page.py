"""What the pages of both sides of a case answer with: the page itself, one block of it for htmx, receipts, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.status_codes import HTTP_200_OK, HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    EvidenceSubmitted,
    LawfulUseMarked,
    StatementFiled,
)
from casework.domain.facts import Actor, Event
from casework.domain.values import EXCEPTIONS, ChallengeGround, ContestGround, MarkBasis
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.settings import Settings
from casework.views import labels
from casework.views.language import gettext
from casework.views.pages import case_forms
from casework.views.pages.case_forms import MOST_CHARACTERS, MOST_CHECKBOXES, TAKEN_KINDS, Draft, Submitted, Taken
from casework.views.pages.case_view import CaseView, find_exhibit, view_case
from casework.views.pages.own_standing import own_standing
from casework.views.responses import AnyRequest, asked_by_htmx, render_page, see_other

BLOCK = "case"
"""The block of both templates that holds everything about the case; htmx swaps it as a whole."""

_RECEIPTS: dict[str, type[Event]] = {
    "marks": LawfulUseMarked,
    "contests": ContestLodged,
    "challenges": ChallengeLodged,
    "statements": StatementFiled,
    "evidence": EvidenceSubmitted,
    "withdrawals": AppealWithdrawn,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was received, shown once after a step; taken from the log, never from the address."""

    title: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CasePage:
    """One side's page of one case: who looks, where the page is, and its template."""

    casework: Casework
    settings: Settings
    actor: Actor
    case_id: UUID
    base: str
    template: str

    def view(self) -> CaseView:
        """The case as it stands now."""
        return view_case(self.casework, self.case_id, self.actor, self.base, self.settings.zone)

    def show(self, request: AnyRequest, *, done: str | None = None, confirm: str | None = None) -> Response[str]:
        """The page; ``done`` names the step whose receipt is shown, ``confirm`` one that is asked about once more."""
        return self._render(request, self.view(), None, done=done, confirm=confirm)

    def post(self, request: AnyRequest, step: str, submitted: Submitted) -> Response[Any]:
        """Take a step or show its form again. Raises ``NotFound`` for a step that this side does not have."""
        view = self.view()
        if step not in view.steps:
            raise NotFound("step")
        limit = self.settings.most_file_bytes
        outcome = case_forms.take_step(self.casework, self.actor, view, step, submitted, most_file_bytes=limit)
        if isinstance(outcome, Taken):
            if asked_by_htmx(request):
                return self._render(request, self.view(), None, done=step)
            return see_other(request, f"{self.base}?done={step}")
        return self._render(request, self.view(), outcome)

    def send_file(self, evidence_id: str) -> Response[bytes]:
        """A file of the case as a download that no browser opens or runs. Raises ``NotFound``."""
        exhibit = find_exhibit(self.casework.case(self.case_id), evidence_id)
        content = self.casework.vault.open(exhibit.evidence.file)
        name = self.casework.vault.open(exhibit.evidence.name)
        if content is None or name is None:
            raise NotFound("evidence")
        return download(content, name.decode("utf-8", "replace"), exhibit.evidence.media_type)

    def _render(
        self,
        request: AnyRequest,
        view: CaseView,
        draft: Draft | None,
        *,
        done: str | None = None,
        confirm: str | None = None,
    ) -> Response[str]:
        faulty = draft is not None and draft.faulty
        context = {
            "view": view,
            "draft": draft,
            "errors": [] if draft is None else draft.errors,
            "receipt": None if done is None else _receipt(view, done),
            "confirm": confirm,
            "labels": labels,
            "grounds": tuple(ContestGround) if "contests" in view.steps else tuple(ChallengeGround),
            "bases": tuple(MarkBasis),
            "provisions": EXCEPTIONS,
            "most": MOST_CHARACTERS,
            "most_checkboxes": MOST_CHECKBOXES,
            "taken_kinds": TAKEN_KINDS,
            "most_file": case_forms.size_limit(self.settings.most_file_bytes),
            "chosen_segments": _chosen(draft, view),
            "platform": self.settings.platform_name,
            "own": own_standing(self.casework, self.settings, self.actor),
        }
        status = HTTP_422_UNPROCESSABLE_ENTITY if faulty else HTTP_200_OK
        return render_page(request, self.template, context, block=BLOCK, status_code=status)


def download(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """A file that is always saved, never shown: a sandboxed policy of its own in case a browser shows it after all."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._- ") else "_" for letter in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": disposition,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _chosen(draft: Draft | None, view: CaseView) -> tuple[int, ...]:
    """The segments that a contest in the making is about, as people count them."""
    if draft is None or draft.step != "contests":
        return ()
    try:
        return tuple(number + 1 for number in case_forms.segment_choice(draft.values, len(view.match.segments)))
    except ValueError:
        return ()


def _receipt(view: CaseView, step: str) -> Receipt | None:
    """The receipt of this side's latest step of that name; ``None`` when there was none."""
    kind = _RECEIPTS.get(step)
    if kind is None or step not in view.steps:
        return None
    taken = [one for one in view.history if isinstance(one.event, kind) and one.by.role is view.role]
    if not taken:
        return None
    title, text = _receipt_words(step, taken, view)
    return Receipt(title, text, taken[-1].occurred)


def _receipt_words(step: str, taken: list[Recorded], view: CaseView) -> tuple[str, str]:
    files = sum(isinstance(one.event, EvidenceSubmitted) and one.command == taken[-1].command for one in view.history)
    with_files = gettext("Files received: %(count)s.") % {"count": files}
    heard = gettext(
        "The other side can now read it and answer. Then two reviewers are chosen, who decide apart from one another."
    )
    return {
        "marks": (
            gettext("Your mark was received"),
            gettext("Your upload is public. The right holder can see your mark and may challenge it."),
        ),
        "contests": (gettext("Your contest was received"), _joined(heard, with_files)),
        "challenges": (gettext("Your challenge was received"), _joined(heard, with_files)),
        "statements": (
            gettext("Your statement was received"),
            gettext("The other side and the reviewers can read it."),
        ),
        "evidence": (
            gettext("Your files were received"),
            _joined(with_files, gettext("The other side and the reviewers can open them.")),
        ),
        "withdrawals": (
            gettext("Your appeal was withdrawn"),
            gettext("No ruling will be given. You may still go to court or to the copyright authority."),
        ),
    }[step]


def _joined(first: str, second: str) -> str:
    """Two sentences with what stands between sentences in the language of the page."""
    return gettext("%(first)s %(second)s") % {"first": first, "second": second}
