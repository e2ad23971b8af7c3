"""Results of external engines that wait for a person: the list, one result with its message, and what may be done.

For compliance and intake, as in the API. A result is taken in again once its names are known or its mapping is mended,
or thrown away with a reason, which can be taken back as long as its message is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.discard_reasons import DiscardReason
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.match_results import BEYOND_END, SHARE_UNKNOWN, UNKNOWN_UPLOAD, UNKNOWN_WORK, MatchResults
from casework.quarantine import DISCARDED, KEPT_AFTER_DISCARD, RELEASED, WAITING, Kept
from casework.settings import Settings
from casework.steps import Form as StepForm
from casework.views import labels
from casework.views.access.accounts import Accounts
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext, ngettext
from casework.views.message_fields import message_fields
from casework.views.pages.case_page import download
from casework.views.pages.ledger_forms import Field, RecordForm, find_form, send
from casework.views.responses import render_page, see_other
from matching_adapter.external.mapping import Unfit

OFFICERS = for_roles(Role.COMPLIANCE, Role.INTAKE)
ADDRESS = "/compliance/quarantine"
PAGE = 25
"""Results on one page of the list, and how many are tried again at once."""

MOST_STRETCHES = 50
_DONE = frozenset({"releases", "discards", "restorations", "changed"})

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


class DiscardForm(StepForm):
    """The form by which a result is thrown away."""

    reason: DiscardReason


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_quarantine(
    request: AnyRequest,
    match_results: NamedDependency[MatchResults],
    accounts: NamedDependency[Accounts],
    caller: NamedDependency[Caller],
    wanted: Annotated[str, QueryParameter(name="q")] = "",
    stage: Annotated[str, QueryParameter(name="state")] = "",
    after: Annotated[str, QueryParameter(name="after")] = "",
    taken: Annotated[int | None, QueryParameter(name="taken", ge=0, le=PAGE)] = None,
    left: Annotated[int, QueryParameter(name="left", ge=0, le=PAGE)] = 0,
) -> Response[str]:
    """What waits, the oldest first, or what was settled; searched by any name in it."""
    wanted = "".join(sign for sign in wanted.strip()[:200] if sign.isprintable())
    settled = stage == "settled"
    quarantine = match_results.quarantine
    found = quarantine.list_page(settled=settled, words=wanted, after=_item(after), limit=PAGE + 1)
    shown = found[:PAGE]
    kept = {name: value for name, value in (("q", wanted), ("state", "settled" if settled else "")) if value}
    context = {
        "wide": True,
        "here": "quarantine",
        "at_compliance": Role.COMPLIANCE in caller.roles,
        "base": ADDRESS,
        "q": wanted,
        "settled": settled,
        "total": quarantine.count(),
        "rows": shown,
        "became": [] if not settled else [_became(one.state, one.discard_reason) for one in shown],
        "by": {one.settled_by: _name(accounts, one.settled_by) for one in shown},
        "reason_label": reason_label,
        "tried": None if taken is None else _tried(taken, left),
        "previous": _address(kept) if after else "",
        "following": _address({**kept, "after": str(shown[-1].item)}) if len(found) > PAGE else "",
        "forms": {"q": wanted},
    }
    return render_page(request, "pages/compliance_quarantine.html", context)


@post(ADDRESS + "/releases", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_all_again(
    request: AnyRequest,
    data: Form,
    match_results: NamedDependency[MatchResults],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Try all results of one page again, as after a mapping was mended; those that still cannot be taken in stay."""
    officer = _officer(caller)
    sent = data.get("item", [])
    taken = left = 0
    for one in (sent if isinstance(sent, list) else [sent])[:PAGE]:
        item = _item(str(one))
        try:
            if item is not None and _take_again(match_results, item, officer) is None:
                taken += 1
            else:
                left += 1
        except (NotFound, Unfit):
            left += 1
    words = {"q": str(data.get("q", ""))[:200]} if data.get("q") else {}
    return see_other(request, _address({**words, "taken": str(taken), "left": str(left)}))


@get(ADDRESS + "/{item:uuid}", opt=OFFICERS, sync_to_thread=True)
def show_quarantined(
    request: AnyRequest,
    item: FromPath[UUID],
    match_results: NamedDependency[MatchResults],
    accounts: NamedDependency[Accounts],
    caller: NamedDependency[Caller],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """One result: why it waits, what the mapping reads in its message, the message itself, and the forms."""
    return _show(request, match_results, accounts, caller, item, done=done)


@get(ADDRESS + "/{item:uuid}/message", opt=OFFICERS, sync_to_thread=True)
def send_message(item: FromPath[UUID], match_results: NamedDependency[MatchResults]) -> Response[bytes]:
    """The message as it came, to be saved."""
    kept = match_results.quarantine.look(item)
    if kept.body is None:
        raise NotFound("message")
    return download(kept.body, f"{kept.one.engine}-{kept.one.message_id}.json", "application/json")


@post(ADDRESS + "/{item:uuid}/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_quarantined(
    request: AnyRequest,
    item: FromPath[UUID],
    step: FromPath[str],
    data: Form,
    match_results: NamedDependency[MatchResults],
    accounts: NamedDependency[Accounts],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take a result in again, throw it away, or take that back."""
    officer = _officer(caller)
    form = find_form(_forms(match_results.quarantine.look(item)), step, data)
    if form is None:
        # Somebody else was quicker: the page says how it stands now.
        return see_other(request, f"{ADDRESS}/{item}?done=changed")
    try:
        if step == "discards":
            waiting, _body = match_results.quarantine.find(item)
            sent = send(
                form,
                DiscardForm,
                data,
                settings.zone,
                lambda shape: match_results.discard(waiting, officer, shape.reason),
            )
            if sent.again is not None:
                return _show(request, match_results, accounts, caller, item, again=sent.again)
        elif step == "restorations":
            match_results.restore(item)
        else:
            problem = _problem(match_results, item, officer)
            if problem is not None:
                return _show(request, match_results, accounts, caller, item, problem=problem)
    except NotFound:
        return see_other(request, f"{ADDRESS}/{item}?done=changed")
    return see_other(request, f"{ADDRESS}/{item}?done={step}")


def _problem(match_results: MatchResults, item: UUID, officer: str) -> str | None:
    """Take a result in again; why it could not be, ``None`` when it was."""
    try:
        reason = _take_again(match_results, item, officer)
    except Unfit as unfit:
        said = gettext("The mapping does not fit the message at %(place)s")
        return said % {"place": unfit.pointer or "/"}
    return None if reason is None else reason_label(reason)


def _take_again(match_results: MatchResults, item: UUID, officer: str) -> str | None:
    waiting, body = match_results.quarantine.find(item)
    result = match_results.release(waiting, body, officer)
    return (result.reason or "") if result.status == "quarantined" else None


def _show(
    request: AnyRequest,
    match_results: MatchResults,
    accounts: Accounts,
    caller: Caller,
    item: UUID,
    *,
    done: str = "",
    problem: str | None = None,
    again: RecordForm | None = None,
) -> Response[str]:
    kept = match_results.quarantine.look(item)
    one = kept.one
    forms = [again if again is not None and again.id == form.id else form for form in _forms(kept)]
    errors = [] if again is None else again.errors
    if problem is not None:
        errors = [{"href": "#releases", "text": problem}]
    following = match_results.quarantine.list_page(after=item, limit=1)
    context = {
        "wide": True,
        "here": "quarantine",
        "at_compliance": Role.COMPLIANCE in caller.roles,
        "base": f"{ADDRESS}/{item}",
        "desk": ADDRESS,
        "one": one,
        "waits": one.state == WAITING,
        "became": _became(one.state, one.discard_reason),
        "by": _name(accounts, one.settled_by),
        "kept_until": one.settled_at + KEPT_AFTER_DISCARD if one.settled_at and one.state == DISCARDED else None,
        "inspection": None if kept.body is None else match_results.inspect(one, kept.body),
        "message": None if kept.body is None else message_fields(kept.body),
        "size": 0 if kept.body is None else len(kept.body),
        "labels": labels,
        "most_stretches": MOST_STRETCHES,
        "reason": reason_label(one.reason),
        "remedy": _remedy(one.reason),
        "forms": forms,
        "errors": errors,
        "next": f"{ADDRESS}/{following[0].item}" if following else "",
        "done": done if done in _DONE else "",
    }
    status = HTTP_422_UNPROCESSABLE_ENTITY if errors else 200
    return render_page(request, "pages/compliance_quarantined.html", context, status_code=status)


def _forms(kept: Kept) -> Sequence[RecordForm]:
    """What may be done with a result now."""
    if kept.body is None:
        return ()
    if kept.one.state == WAITING:
        choices = tuple((one.value, discard_label(one.value)) for one in DiscardReason)
        again = RecordForm("releases", gettext("Take it in again"), gettext("Take it in again"), ())
        title = gettext("Throw it away")
        reason = Field("reason", "choice", gettext("Why it is thrown away"), choices=choices)
        return (again, RecordForm("discards", title, title, (reason,), gettext("It opens no case then.")))
    if kept.one.state == DISCARDED:
        title = gettext("Take it back")
        return (RecordForm("restorations", title, title, (), gettext("It waits again then.")),)
    return ()


def reason_label(code: str) -> str:
    """Why a result waits; what the intake refuses it for is named by its code."""
    return {
        UNKNOWN_UPLOAD: gettext("Nobody has said which upload the engine means"),
        UNKNOWN_WORK: gettext("Nobody has said which work the engine means"),
        SHARE_UNKNOWN: gettext("How much of the upload matches was not said, and cannot be counted"),
        BEYOND_END: gettext("What matches reaches beyond the end of the upload"),
        "not_in_message": gettext("As the mapping reads the message now, this work is not in it"),
    }.get(code) or gettext("It does not fit what is recorded already, or the format of decisions")


def _remedy(code: str) -> str:
    """What has to happen before it can be taken in."""
    return {
        UNKNOWN_UPLOAD: gettext("Somebody has to tell Casework what the engine calls this upload; the API takes that."),
        UNKNOWN_WORK: gettext("Somebody has to tell Casework what the engine calls this work; the API takes that."),
        SHARE_UNKNOWN: gettext("The length of the upload has to be known: from the platform, or by the mapping."),
        BEYOND_END: gettext("A unit in the mapping, or the length that the platform told of the upload, is wrong."),
        "not_in_message": gettext("The mapping of the engine has to be mended."),
    }.get(code) or gettext("The mapping, or what the platform told of upload and work, has to be mended.")


def discard_label(code: str) -> str:
    """Why a result was thrown away."""
    return {
        DiscardReason.NOT_OURS.value: gettext("The upload or the work is not ours"),
        DiscardReason.ENGINE_WRONG.value: gettext("The engine is wrong"),
        DiscardReason.KNOWN.value: gettext("The match has a case already"),
        DiscardReason.TRIAL.value: gettext("It was a trial"),
        DiscardReason.OTHER.value: gettext("Another reason"),
    }.get(code, code)


def _became(state: str, reason: str | None) -> str:
    if state == RELEASED:
        return gettext("Taken in")
    said = gettext("Thrown away")
    return said if reason is None else gettext("Thrown away: %(reason)s") % {"reason": discard_label(reason)}


def _tried(taken: int, left: int) -> str:
    ours = ngettext("%(num)d result was taken in.", "%(num)d results were taken in.", taken) % {"num": taken}
    theirs = ngettext("%(num)d still has to wait.", "%(num)d still have to wait.", left) % {"num": left}
    return f"{ours} {theirs}" if left else ours


def _address(query: dict[str, str]) -> str:
    return f"{ADDRESS}?{urlencode(query)}" if query else ADDRESS


def _item(text: str) -> UUID | None:
    try:
        return msgspec.convert(text, UUID) if text else None
    except msgspec.ValidationError:
        return None


def _officer(caller: Caller) -> str:
    account = caller.account
    if account is None:
        raise NotFound("account")
    return account.id


def _name(accounts: Accounts, account: str | None) -> str:
    try:
        return "" if account is None else accounts.find(account).name
    except NotFound:
        return account or ""


HANDLERS = (show_quarantine, post_all_again, show_quarantined, send_message, post_quarantined)
