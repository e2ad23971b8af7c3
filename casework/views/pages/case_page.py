"""What the pages of both sides of a case answer with: the page itself, one block of it for htmx, receipts, files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Actor
from casework.domain.values import ChallengeGround, ContestGround, MarkBasis, Measure
from casework.errors import NotFound
from casework.letters.writing import letters_to
from casework.settings import Settings
from casework.views import labels, step_labels
from casework.views.known_then import read_moment_then
from casework.views.media_bench import media_bench
from casework.views.pages import case_forms
from casework.views.pages.case_forms import MOST_CHECKBOXES, TAKEN_KINDS, Draft, Submitted, Taken
from casework.views.pages.case_questions import MOST_CHARACTERS
from casework.views.pages.case_receipts import kept_receipts, receipt
from casework.views.pages.case_steps import step_form
from casework.views.pages.case_view import CaseView, find_exhibit, view_case
from casework.views.pages.own_standing import own_standing
from casework.views.regime_labels import measure_label
from casework.views.responses import AnyRequest, asked_by_htmx, render_page, see_other

BLOCK = "case"
"""The block of both templates that holds everything about the case; htmx swaps it as a whole."""


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

    def show(
        self, request: AnyRequest, *, done: str | None = None, confirm: str | None = None, at: str | None = None
    ) -> Response[str]:
        """The page; ``done`` names the step whose receipt is shown, ``confirm`` one that is asked about once more.

        With ``at`` as the case was known at that moment. Raises ``Invalid`` for one that is none or still to come.
        """
        moment = read_moment_then(at or "", self.settings.zone, self.casework.clock.now())
        if moment is None:
            return self._render(request, self.view(), None, done=done, confirm=confirm)
        try:
            view = view_case(self.casework, self.case_id, self.actor, self.base, self.settings.zone, at=moment)
        except NotFound:
            return not_yet(request, self.base, moment)
        return self._render(request, view, None)

    def post(self, request: AnyRequest, step: str, submitted: Submitted) -> Response[Any]:
        """Take a step or show its form again. Raises ``NotFound`` for a step that this side does not have."""
        view = self.view()
        if step not in view.steps:
            raise NotFound("step")
        limit = self.settings.most_file_bytes
        outcome = case_forms.take_step(
            self.casework, self.actor, view, step, submitted, most_file_bytes=limit, zone=self.settings.zone
        )
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
        forms = {name: form for name in view.steps if (form := step_form(name, view)) is not None}
        context = {
            "view": view,
            "draft": draft,
            "errors": [] if draft is None else draft.errors,
            "receipt": None if done is None else receipt(view, done, self.casework.receipts),
            "kept_receipts": kept_receipts(view, self.casework.receipts),
            "forms": forms,
            "confirm": confirm,
            "bench": media_bench(request, self.casework, view.id, view.case, view.role, view.base),
            "labels": labels,
            "step_labels": step_labels,
            "measures": {one.value: measure_label(one) for one in Measure},
            "grounds": tuple(ContestGround) if "contests" in view.steps else tuple(ChallengeGround),
            "bases": tuple(MarkBasis),
            "most": MOST_CHARACTERS,
            "most_checkboxes": MOST_CHECKBOXES,
            "taken_kinds": TAKEN_KINDS,
            "most_file": case_forms.size_limit(self.settings.most_file_bytes),
            "chosen_segments": _chosen(draft, view),
            "platform": self.settings.platform_name,
            "own": None if view.past else own_standing(self.casework, self.settings, self.actor),
            "letters": letters_to(self.casework, view.id, view.history, self.actor.role, self.settings.zone),
        }
        status = HTTP_422_UNPROCESSABLE_ENTITY if faulty else HTTP_200_OK
        return render_page(request, self.template, context, block=BLOCK, status_code=status)


def not_yet(request: AnyRequest, base: str, moment: datetime) -> Response[str]:
    """The page of a case at a moment when it was not recorded yet."""
    context = {"base": base, "at": moment}
    return render_page(request, "pages/case_not_yet.html", context, status_code=HTTP_404_NOT_FOUND)


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
