"""One case at the intake desk: the check beside the list of the law, the decision in stages, and what is recorded.

Officers see who sent what and what is missing; rulings, and who gives them, are none of their business. Whoever sits on
the case as a reviewer, or is one of its sides, does not find it here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from jinja2 import Environment
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_422_UNPROCESSABLE_ENTITY
from markupsafe import Markup

from casework.application import Casework
from casework.domain.case.notice_events import RepeatNoticeBarred
from casework.domain.facts import Actor, Role
from casework.errors import NotFound
from casework.letters.preview import preview_intake
from casework.letters.render import letter_fragment
from casework.settings import Settings
from casework.views import labels, regime_labels, step_labels
from casework.views.access.callers import Caller
from casework.views.frame import frame_of
from casework.views.known_then import LONGEST, read_moment_then
from casework.views.language import gettext, use_language
from casework.views.media_bench import media_bench
from casework.views.pages.case_forms import MOST_CHECKBOXES, Draft
from casework.views.pages.case_page import CasePage, not_yet
from casework.views.pages.case_view import CaseView, view_case
from casework.views.pages.intake import DESK, next_address
from casework.views.pages.intake_check import Checked, Decision, checked_of, decision_choices, read_decision
from casework.views.pages.intake_forms import StaffForm, record_forms
from casework.views.pages.intake_steps import (
    Fields,
    fields_of,
    find_form,
    refusal_of,
    take_staff_step,
    text_of,
    was_sent,
)
from casework.views.presentation import RequiredAction, deadline_text, events_since
from casework.views.responses import render_page, see_other

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]
STAFF = (Role.INTAKE, Role.COMPLIANCE)


@get("/intake/cases/{case_id:uuid}", opt=DESK, sync_to_thread=True)
def show_case(
    request: AnyRequest,
    case_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    done: Annotated[str, QueryParameter(name="done")] = "",
    after: Annotated[str, QueryParameter(name="after")] = "",
    at: Annotated[str, QueryParameter(name="at", max_length=LONGEST)] = "",
) -> Response[str]:
    """The case; ``done`` names the step that was just taken, ``after`` the case that was decided before this one.

    With ``at`` as the case was known at that moment.
    """
    return _page(casework, settings, caller, case_id).show(request, done=done, after=after, at=at)


@post("/intake/cases/{case_id:uuid}", opt=DESK, sync_to_thread=True, status_code=HTTP_200_OK)
def post_decision(
    request: AnyRequest,
    case_id: FromPath[UUID],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """One form in stages: ``check`` shows what will be sent, ``change`` goes back, ``send`` and ``next`` decide."""
    return _page(casework, settings, caller, case_id).decide(request, fields_of(data))


@post("/intake/cases/{case_id:uuid}/{step:str}", opt=DESK, sync_to_thread=True, status_code=HTTP_200_OK)
def post_record(
    request: AnyRequest,
    case_id: FromPath[UUID],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Record a delivery, a proceeding outside or an order."""
    return _page(casework, settings, caller, case_id).record(request, step, fields_of(data))


@get("/intake/cases/{case_id:uuid}/evidence/{evidence_id:str}", opt=DESK, sync_to_thread=True)
def download_evidence(
    case_id: FromPath[UUID],
    evidence_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A file of the case."""
    page = _page(casework, settings, caller, case_id)
    return CasePage(casework, settings, page.actor, case_id, page.base, "pages/intake_case.html").send_file(evidence_id)


def _page(casework: Casework, settings: Settings, caller: Caller, case_id: UUID) -> _Page:
    """The page for an officer. Raises ``NotFound`` for who sits on the case or is a side of it."""
    actor = caller.actor_for(casework.case(case_id))
    if actor.role not in STAFF:
        raise NotFound("case")
    return _Page(casework, settings, actor, case_id)


@dataclass(frozen=True, slots=True)
class PlannedLetter:
    """A letter that a decision would send: to whom, and what stands in it."""

    to: str
    content: Markup


def below(content: Markup) -> Markup:
    """A letter with its headings two levels further down, for the inside of a page."""
    lowered = re.sub(r"<(/?)h([1-4])\b", lambda found: f"<{found[1]}h{int(found[2]) + 2}", content)
    return Markup(lowered)  # noqa: S704 - our own template made it, and only its headings were changed


@dataclass(frozen=True, slots=True)
class _Page:
    """The page of one case for one officer."""

    casework: Casework
    settings: Settings
    actor: Actor
    case_id: UUID

    @property
    def base(self) -> str:
        """Its address."""
        return f"/intake/cases/{self.case_id}"

    def view(self) -> CaseView:
        """The case as it stands now."""
        return view_case(self.casework, self.case_id, self.actor, self.base, self.settings.zone)

    def show(self, request: AnyRequest, *, done: str = "", after: str = "", at: str = "") -> Response[str]:
        """The case as it is, or as it was known at a past moment. Raises ``Invalid`` for one still to come."""
        moment = read_moment_then(at, self.settings.zone, self.casework.clock.now())
        if moment is None:
            return self._render(request, self.view(), done=done, after=after)
        try:
            view = view_case(self.casework, self.case_id, self.actor, self.base, self.settings.zone, at=moment)
        except NotFound:
            return not_yet(request, self.base, moment)
        return self._render(request, view)

    def decide(self, request: AnyRequest, fields: Fields) -> Response[Any]:
        """Take a stage of the decision form."""
        view = self.view()
        decision, checked = read_decision(fields), checked_of(view)
        stage, token = text_of(fields, "stage"), text_of(fields, "start_token")
        standing = view.steps["intake-decisions"]
        subject = text_of(fields, "subject")
        if stage in ("send", "next") and decision.is_taken(self.casework, view, self.actor, subject, token):
            return self._decided(request, stage)
        if checked is None or not standing.allowed or checked.subject != subject:
            decision.refused = standing.why_not or gettext("This step is no longer possible.")
            return self._render(request, view, decision=decision, too_late=True)
        decision.changes = events_since(view.history, self.actor.role, token)
        if stage != "change":
            decision.check(checked)
        if stage == "change" or decision.changes or decision.wrong:
            return self._render(request, view, decision=decision)
        if stage not in ("send", "next"):
            return self._preview(request, view, decision, subject)
        if not decision.take(self.casework, view, self.actor, subject, token):
            return self._render(request, self.view(), decision=decision)
        return self._decided(request, stage)

    def _preview(self, request: AnyRequest, view: CaseView, decision: Decision, subject: str) -> Response[str]:
        """The decision once more, with the letters that it makes; what the rules refuse is refused already now."""
        environment: Environment = request.app.state.templates
        found: list[PlannedLetter] = []

        def write() -> None:
            zone, platform = self.settings.zone, self.settings.platform_name
            form = decision.form(subject)
            with use_language(frame_of(request.scope).language):
                for letter in preview_intake(self.casework, self.case_id, form, self.actor, zone):
                    content = below(letter_fragment(letter, environment, platform))
                    found.append(PlannedLetter(labels.side_label(letter.heading.side.value), content))

        decision.refused = refusal_of(write)
        return self._render(request, view, decision=decision, preview=not decision.refused, letters=found)

    def record(self, request: AnyRequest, step: str, fields: Fields) -> Response[Any]:
        """Take a step beside the check. Raises ``NotFound`` for one that this page does not have."""
        view = self.view()
        if was_sent(self.casework, self.actor, view, step, fields):
            return see_other(request, f"{self.base}?done={step}")
        wanted = find_form(record_forms(view), step)
        draft = take_staff_step(self.casework, self.actor, view, wanted, fields, self.settings.zone)
        if draft is None:
            return see_other(request, f"{self.base}?done={step}")
        return self._render(request, view, draft=draft)

    def _decided(self, request: AnyRequest, stage: str) -> Response[Any]:
        if stage == "next":
            address = next_address(self.casework.views, self.case_id)
            return see_other(request, f"{address}?after={self.case_id}" if address else "/intake?done=decided")
        return see_other(request, f"{self.base}?done=decided")

    def _render(
        self,
        request: AnyRequest,
        view: CaseView,
        *,
        decision: Decision | None = None,
        draft: Draft | None = None,
        preview: bool = False,
        letters: Sequence[PlannedLetter] = (),
        too_late: bool = False,
        done: str = "",
        after: str = "",
    ) -> Response[str]:
        checked = None if view.past else checked_of(view)
        shown = decision or Decision()
        forms: list[StaffForm] = [] if view.past else list(record_forms(view))
        errors = [*shown.errors, *([] if draft is None else draft.errors)]
        context = {
            "wide": True,
            "view": view,
            "case": view.case,
            "checked": checked,
            "decision": shown,
            "choices": None if checked is None else decision_choices(checked),
            "preview": preview,
            "letters": letters,
            "too_late": too_late,
            "forms": forms,
            "draft": draft,
            "errors": errors,
            "barred": [one.occurred for one in view.history if isinstance(one.event, RepeatNoticeBarred)],
            "required": self._required(view, checked),
            "timeline_entries": view.timeline,
            "bench": media_bench(request, self.casework, view.id, view.case, view.role, view.base),
            "labels": labels,
            "regime_labels": regime_labels,
            "step_labels": step_labels,
            "most_checkboxes": MOST_CHECKBOXES,
            "done": done,
            "after": after,
        }
        faulty = bool(errors or shown.changes or (draft is not None and draft.changes))
        status = HTTP_422_UNPROCESSABLE_ENTITY if faulty else HTTP_200_OK
        return render_page(request, "pages/intake_case.html", context, block="case", status_code=status)

    def _required(self, view: CaseView, checked: Checked | None) -> RequiredAction:
        if checked is None:
            counter = view.lines.counter_notice
            if counter is not None and counter.accepted_at is not None and counter.delivered_at is None:
                sentence = gettext("Record when the counter-notice reached the right holder.")
                return RequiredAction(sentence, gettext("The right holder can confirm it too."), "mine")
            return view.required
        if checked.cure_until is not None:
            by = deadline_text(checked.cure_until, view.now, self.settings.zone)
            sentence = gettext("Nothing to do: its sender may complete it until %(deadline)s.") % {"deadline": by}
            detail = gettext("You can still decide on it, as long as it has not lapsed.")
            return RequiredAction(sentence, detail, "other")
        if checked.is_notice:
            return RequiredAction(gettext("Check the notice and decide."), "", "mine")
        return RequiredAction(gettext("Check the counter-notice and decide."), "", "mine")


HANDLERS = (show_case, post_decision, post_record, download_evidence)
