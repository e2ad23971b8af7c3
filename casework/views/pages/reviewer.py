"""The reviewer desk: my queue, the bench with the blind ruling, and what became of the cases that I ruled on.

A reviewer's pages are made from what the reviewer may know: neither the other ruling nor that it exists, before both
are in (product.md E1). Nothing here counts events, because a sealed ruling is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from sqlalchemy.engine import Row

from casework import steps
from casework.application import Casework
from casework.domain.case.events import PanelDisagreed, ReReviewerAssigned
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.errors import Invalid, NotFound
from casework.eventlog.store import Conflict
from casework.settings import Settings
from casework.views import labels, regime_labels, step_labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.labels import medium_label, ruling_label
from casework.views.language import gettext
from casework.views.media_bench import media_bench
from casework.views.models.case_rows import review_due
from casework.views.models.cases import list_given, list_owed
from casework.views.models.catch_up import Views
from casework.views.models.seats import list_left
from casework.views.pages.case_forms import MOST_CHECKBOXES
from casework.views.pages.case_page import CasePage
from casework.views.pages.case_view import CaseView, load_case, view_case
from casework.views.pages.opinions import Opinion, compare, opened_opinions, opinion, own_opinion
from casework.views.pages.reviewer_form import (
    RulingDraft,
    basis_groups,
    factor_choices,
    outcome_choices,
    read_draft,
    text,
    weight_choices,
)
from casework.views.pages.reviewer_recusal import recusal_form, show_left, why_left
from casework.views.presentation import (
    RequiredAction,
    TimelineEntry,
    deadline_text,
    events_since,
    timeline,
)
from casework.views.refusals import refusal_text
from casework.views.responses import render_page, see_other

QUEUE = 10
"""Cases that a queue shows at most; it tops up from what is owed, so that it ends every day."""

GIVEN = 10
"""Rulings of the past that the desk shows."""

REVIEWERS = for_roles(Role.REVIEWER)

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


# The desk ------------------------------------------------------------------------------------------------------------


@get("/reviewer", opt=REVIEWERS, sync_to_thread=True)
def show_desk(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    after: Annotated[str | None, QueryParameter(name="after")] = None,
    left: Annotated[str | None, QueryParameter(name="left")] = None,
) -> Response[str]:
    """The rulings that I owe, by legal deadline, those that I gave, and cases that left my queue with the reason."""
    reviewer = _reviewer(caller)
    with casework.views.engine.connect() as connection:
        tables = casework.views.tables("cases")
        owed = list_owed(connection, tables, reviewer, limit=QUEUE + 1)
        given = list_given(connection, tables, reviewer, limit=GIVEN)
        gone = list_left(connection, tables, reviewer)
    now = casework.clock.now()
    context = {
        "wide": True,
        "now": now,
        "queue": [_queue_row(row, now) for row in owed[:QUEUE]],
        "more": len(owed) > QUEUE,
        "size": QUEUE,
        "required": _desk_action(owed, now, settings.zone),
        "given": [_given_row(row) for row in given],
        "gone": [_left_row(casework, row, reviewer) for row in gone],
        "just_ruled": after is not None,
        "just_left": left is not None,
    }
    return render_page(request, "pages/reviewer_desk.html", context, block="queue")


@get("/reviewer/next", opt=REVIEWERS, sync_to_thread=True)
def show_next(request: AnyRequest, caller: NamedDependency[Caller], views: NamedDependency[Views]) -> Response[Any]:
    """The case whose ruling is due first; the desk when none is."""
    return see_other(request, _next_address(views, _reviewer(caller)) or "/reviewer")


def _queue_row(row: Row[Any], now: datetime) -> dict[str, Any]:
    return {
        "href": f"/reviewer/cases/{row.case_id}",
        "title": row.work_title,
        "appeal": task_label(row.appeal_kind),
        "fast": row.appeal_kind is None,
        "seat": gettext("Third ruling (re-review)") if row.seat == "re_review" else gettext("One of two rulings"),
        "medium": medium_label(row.medium),
        "language": row.language,
        "due": row.due,
        "overdue": now >= row.due,
    }


def _given_row(row: Row[Any]) -> dict[str, Any]:
    """What became of it is told only once it is the same for everybody."""
    fate, kind = gettext("Waiting for the outcome"), "waiting"
    if row.procedure == Procedure.DECIDED.value and row.ruling is not None:
        fate, kind = ruling_label(row.ruling), "closed"
    elif row.procedure == Procedure.CLOSED.value:
        fate, kind = gettext("Ended without a ruling"), "closed"
    return {
        "href": f"/reviewer/cases/{row.case_id}",
        "title": row.work_title,
        "appeal": task_label(row.appeal_kind),
        "at": row.given_at,
        "fate": fate,
        "kind": kind,
    }


def task_label(appeal_kind: str | None) -> str:
    """What a reviewer decides on: an appeal, or, without one, the publication of the upload."""
    return labels.appeal_label(appeal_kind) if appeal_kind else gettext("Review before publication")


def _left_row(casework: Casework, row: Row[Any], reviewer: str) -> dict[str, Any]:
    return {
        "title": row.work_title,
        "appeal": task_label(row.appeal_kind),
        "at": row.assigned_at,
        "reason": why_left(casework.history(row.case_id), reviewer),
    }


def _desk_action(owed: list[Row[Any]], now: datetime, zone: tzinfo) -> RequiredAction:
    if not owed:
        sentence = gettext("Nothing to do: no ruling is awaited from you.")
        return RequiredAction(sentence, gettext("New cases appear here by themselves."), "done")
    first = owed[0]
    by = deadline_text(first.due, now, zone)
    if now >= first.due:
        sentence = gettext("A ruling of yours is late: “%(work)s” was due by %(deadline)s.")
        return RequiredAction(sentence % {"work": first.work_title, "deadline": by}, "", "overdue")
    sentence = gettext("Rule on “%(work)s” by %(deadline)s.") % {"work": first.work_title, "deadline": by}
    return RequiredAction(sentence, "", "mine")


def _next_address(views: Views, reviewer: str) -> str | None:
    with views.engine.connect() as connection:
        owed = list_owed(connection, views.tables("cases"), reviewer, limit=1)
    return f"/reviewer/cases/{owed[0].case_id}" if owed else None


# The bench -----------------------------------------------------------------------------------------------------------


@get("/reviewer/cases/{case_id:uuid}", opt=REVIEWERS, sync_to_thread=True)
def show_case(
    request: AnyRequest,
    case_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    after: Annotated[str | None, QueryParameter(name="after")] = None,
) -> Response[str]:
    """The bench while my ruling is awaited; afterwards what I ruled, and once it is issued what the panel decided."""
    reviewer = _reviewer(caller)
    if (left := _left(request, casework, case_id, reviewer)) is not None:
        return left
    view = _case_for(casework, case_id, reviewer, settings.zone)
    if reviewer in view.case.awaited_reviewers:
        return _bench(request, casework, view, RulingDraft(), reviewer, settings.zone, just_ruled=after is not None)
    return _afterwards(request, casework, view, reviewer)


@post("/reviewer/cases/{case_id:uuid}", opt=REVIEWERS, sync_to_thread=True, status_code=200)
def post_ruling(
    request: AnyRequest,
    case_id: FromPath[UUID],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """One form in stages: ``check`` shows the answers, ``change`` goes back, ``submit`` and ``next`` rule."""
    reviewer = _reviewer(caller)
    if (left := _left(request, casework, case_id, reviewer, read_draft(data).typed)) is not None:
        return left
    view = _case_for(casework, case_id, reviewer, settings.zone)
    draft, stage, token = read_draft(data), text(data, "stage"), text(data, "start_token")
    sending = stage in ("submit", "next")
    if reviewer in view.case.awaited_reviewers:
        draft.changes = events_since(view.history, Role.REVIEWER, token)
        if stage != "change":
            draft.check()
        if stage == "change" or draft.changes or draft.wrong:
            return _bench(request, casework, view, draft, reviewer, settings.zone)
        if not sending:
            return _preview(request, view, draft)
    elif not sending or not view.case.has_ruled(reviewer):
        return _too_late(request, casework, view, draft, reviewer)
    # Whoever has ruled may have pressed twice: the same ruling again is no second one.
    if not _rule(casework, case_id, reviewer, draft, token):
        if draft.refused and reviewer in casework.case(case_id).awaited_reviewers:
            return _bench(request, casework, view, draft, reviewer, settings.zone)
        view = _case_for(casework, case_id, reviewer, settings.zone)
        return _too_late(request, casework, view, draft, reviewer)
    if stage == "next":
        address = _next_address(casework.views, reviewer) or "/reviewer"
        return see_other(request, f"{address}?after={case_id}")
    return see_other(request, f"/reviewer/cases/{case_id}")


def _rule(casework: Casework, case_id: UUID, reviewer: str, draft: RulingDraft, token: str) -> bool:
    """Whether the ruling is in; if not, the draft says why."""
    actor = Actor(role=Role.REVIEWER, id=reviewer)
    try:
        form = draft.form()
        steps.ruling(casework, case_id, actor, form, idempotency_key=draft.key(case_id, token))
    except Refused as refused:
        draft.refused = refusal_text(refused)
    except Conflict:
        draft.refused = gettext("Others changed this at the same moment. Nothing was saved; please try again.")
    except Invalid:
        draft.refused = gettext("There is a character in the text that cannot be kept")
    return not draft.refused


@get("/reviewer/cases/{case_id:uuid}/evidence/{evidence_id:str}", opt=REVIEWERS, sync_to_thread=True)
def download_evidence(
    case_id: FromPath[UUID],
    evidence_id: FromPath[str],
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A file of the case, for whoever sits on it."""
    reviewer = _reviewer(caller)
    _require_seat(casework.case(case_id), reviewer)
    actor = Actor(role=Role.REVIEWER, id=reviewer)
    page = CasePage(casework, settings, actor, case_id, f"/reviewer/cases/{case_id}", "pages/reviewer_bench.html")
    return page.send_file(evidence_id)


def _reviewer(caller: Caller) -> str:
    """The account; the guard has let nobody else in."""
    if caller.account is None:
        raise NotFound("account")
    return caller.account.id


def _require_seat(case: Case, reviewer: str) -> None:
    if reviewer not in (*case.panel, case.re_reviewer):
        raise NotFound("case")


def _left(
    request: AnyRequest, casework: Casework, case_id: UUID, reviewer: str, typed: Sequence[str] = ()
) -> Response[str] | None:
    """What somebody sees who sat on the case and left it; ``None`` for everybody else."""
    history, case = load_case(casework, case_id)
    if reviewer not in case.recused or reviewer in (*case.panel, case.re_reviewer):
        return None
    return show_left(request, case.decision.work.title, why_left(history, reviewer), typed)


def _case_for(casework: Casework, case_id: UUID, reviewer: str, zone: tzinfo) -> CaseView:
    """The case, for those who sit on it. Raises ``NotFound`` for everybody else."""
    view = view_case(casework, case_id, Actor(role=Role.REVIEWER, id=reviewer), f"/reviewer/cases/{case_id}", zone)
    _require_seat(view.case, reviewer)
    return view


def _bench(
    request: AnyRequest,
    casework: Casework,
    view: CaseView,
    draft: RulingDraft,
    reviewer: str,
    zone: tzinfo,
    *,
    just_ruled: bool = False,
) -> Response[str]:
    case = view.case
    opinions: tuple[Opinion, ...] = ()
    if case.procedure is Procedure.RE_REVIEW:
        opinions = opened_opinions(casework, view.id, case, reviewer, _file_names(view))
    due = review_due(case, view.standard)
    assert due is not None  # noqa: S101 - a ruling is awaited only in an appeal or a review before publication
    context = {
        "wide": True,
        "view": view,
        "case": case,
        "draft": draft,
        "errors": draft.errors,
        "due": due,
        "required": _bench_action(case, due, view.now, zone),
        "bench": media_bench(request, casework, view.id, case, view.role, view.base),
        "timeline_entries": _timeline(view),
        "labels": labels,
        "regime_labels": regime_labels,
        "step_labels": step_labels,
        "task": task_label(_kind(view)),
        "recusal": recusal_form(),
        "most_checkboxes": MOST_CHECKBOXES,
        "opinions": opinions,
        "comparison": compare(opinions),
        "outcomes": outcome_choices(_kind(view)),
        "factors": factor_choices(),
        "weights": weight_choices(),
        "bases": basis_groups(case),
        "just_ruled": just_ruled,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if draft.errors or draft.changes else 200
    return render_page(request, "pages/reviewer_bench.html", context, block="ruling", status_code=status)


def _preview(request: AnyRequest, view: CaseView, draft: RulingDraft) -> Response[str]:
    shown = opinion(gettext("The ruling as both sides will read it"), _kind(view), draft.ruling(), _file_names(view))
    context = {"wide": True, "view": view, "draft": draft, "shown": shown}
    return render_page(request, "pages/reviewer_check.html", context, block="ruling")


def _afterwards(
    request: AnyRequest, casework: Casework, view: CaseView, reviewer: str, *, refused: str = "", typed: Any = ()
) -> Response[str]:
    case = view.case
    opinions: tuple[Opinion, ...] = ()
    if case.ruling is not None:
        opinions = opened_opinions(casework, view.id, case, reviewer, _file_names(view))
    elif own := own_opinion(casework, case, reviewer, _file_names(view)):
        opinions = (own,)
    context = {
        "wide": True,
        "view": view,
        "case": case,
        "opinions": opinions,
        "comparison": compare(opinions) if case.ruling is not None else (),
        "refused": refused,
        "typed": typed,
        "task": task_label(_kind(view)),
        "labels": labels,
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if refused else 200
    return render_page(request, "pages/reviewer_result.html", context, block="result", status_code=status)


def _too_late(
    request: AnyRequest, casework: Casework, view: CaseView, draft: RulingDraft, reviewer: str
) -> Response[Any]:
    """The form can no longer be sent: the reason, and what was typed."""
    code = "already_ruled" if view.case.has_ruled(reviewer) else "no_ruling_due"
    refused = refusal_text(Refused(code))
    return _afterwards(request, casework, view, reviewer, refused=refused, typed=draft.typed)


def _kind(view: CaseView) -> str:
    """The kind of the appeal; empty in a review before publication."""
    return "" if view.case.appeal is None else view.case.appeal.kind.value


def _file_names(view: CaseView) -> dict[str, str]:
    return {file.id: file.name for file in view.files}


def _bench_action(case: Case, due: datetime, now: datetime, zone: tzinfo) -> RequiredAction:
    deadline = deadline_text(due, now, zone)
    if now >= due:
        return RequiredAction(gettext("Your ruling is late: it was due by %(due)s.") % {"due": deadline}, "", "overdue")
    return RequiredAction(gettext("Give your ruling by %(due)s.") % {"due": deadline}, "", "mine")


_PANEL = (PanelDisagreed, ReReviewerAssigned)


def _timeline(view: CaseView) -> list[TimelineEntry]:
    """What the sides did; that a panel disagreed stands on the bench of the third reviewer, not here."""
    return timeline([one for one in view.history if not isinstance(one.event, _PANEL)], Role.REVIEWER)


HANDLERS = (show_desk, show_next, show_case, post_ruling, download_evidence)
