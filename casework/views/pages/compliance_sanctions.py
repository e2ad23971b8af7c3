"""Sanctions at the compliance desk: all parties with a ledger, and the ledger of one party with every step on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.party.state import Ledger, Stage
from casework.domain.party.values import (
    RIGHTS_CONCERNED,
    Gravity,
    Intention,
    Right,
    SanctionAppealOutcome,
    Trust,
)
from casework.errors import NotFound
from casework.ledger_steps import PARTY_STEPS, side_of, take_party_step
from casework.letters.ledger import ledger_letters_to
from casework.settings import Settings
from casework.views import labels as case_labels
from casework.views import ledger_labels as labels
from casework.views.access.callers import Caller
from casework.views.access.guard import for_roles
from casework.views.language import gettext
from casework.views.ledger_view import entries
from casework.views.models.ledgers import find_party, list_open_sanction_appeals, list_parties, list_running
from casework.views.pages.ledger_forms import Field, RecordForm, find_form, send, with_form
from casework.views.pages.ledger_lines import history_lines, suspension_lines
from casework.views.responses import render_page, see_other

OFFICERS = for_roles(Role.COMPLIANCE)
PAGE = 50
"""Parties on one page of the list."""

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


@get("/compliance/sanctions", opt=OFFICERS, sync_to_thread=True)
def show_sanctions(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    wanted: Annotated[str, QueryParameter(name="q")] = "",
    before: Annotated[str, QueryParameter(name="before")] = "",
) -> Response[Any]:
    """All ledgers, the latest change first; a pasted pseudonym leads to its ledger, recorded or not."""
    wanted, before = ("".join(sign for sign in text.strip()[:200] if sign.isprintable()) for text in (wanted, before))
    if wanted:
        try:
            side_of(wanted)
        except NotFound:
            pass
        else:
            return see_other(request, f"/compliance/sanctions/{wanted}")
    views, now = casework.views, casework.clock.now()
    with views.engine.connect() as connection:
        tables = views.tables("ledgers")
        found = find_party(connection, tables, wanted) if wanted else None
        rows = ([] if found is None else [found]) if wanted else _page(connection, tables, before)
        running = list_running(connection, tables, [row.party for row in rows], now)
        appeals = list_open_sanction_appeals(connection, tables)
    context = {
        "wide": True,
        "here": "sanctions",
        "q": wanted,
        "rows": rows[:PAGE],
        "running": running,
        "appeals": appeals,
        "labels": labels,
        "sides": case_labels,
        "previous": "/compliance/sanctions" if before else "",
        "following": f"/compliance/sanctions?before={rows[PAGE - 1].party}" if len(rows) > PAGE else "",
    }
    return render_page(request, "pages/compliance_sanctions.html", context)


def _page(connection: Any, tables: Any, before: str) -> list[Any]:
    return list_parties(connection, tables, before=before or None, limit=PAGE + 1)


@get("/compliance/sanctions/{party:str}", opt=OFFICERS, sync_to_thread=True)
def show_sanctions_of(
    request: AnyRequest,
    party: FromPath[str],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Response[str]:
    """The ledger of one party with its history."""
    return _show(request, casework, settings, party, done=done)


@post("/compliance/sanctions/{party:str}/{step:str}", opt=OFFICERS, sync_to_thread=True, status_code=200)
def post_sanctions_step(
    request: AnyRequest,
    party: FromPath[str],
    step: FromPath[str],
    data: Form,
    caller: NamedDependency[Caller],
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Record something in the ledger, or show its form again."""
    ledger = casework.ledgers.party(side_of(party), party)
    form = find_form(party_forms(casework, ledger), step, data)
    if form is None:
        raise NotFound("step")
    actor = caller.actor_as(Role.COMPLIANCE)
    sent = send(
        form,
        PARTY_STEPS[step].form,
        data,
        settings.zone,
        lambda shape: take_party_step(casework, step, party, actor, shape),
    )
    if sent.again is None:
        return see_other(request, f"/compliance/sanctions/{party}?done={step}")
    return _show(request, casework, settings, party, again=sent.again)


def _show(
    request: AnyRequest,
    casework: Casework,
    settings: Settings,
    party: str,
    *,
    done: str = "",
    again: RecordForm | None = None,
) -> Response[str]:
    side, now = side_of(party), casework.clock.now()
    ledger = casework.ledgers.party(side, party)
    stages = [(one.value, ledger.stage(one, now).value) for one in RIGHTS_CONCERNED[side]]
    forms = with_form(party_forms(casework, ledger), again)
    history = entries(casework, casework.ledgers.party_history(side, party))
    context = {
        "wide": True,
        "here": "sanctions",
        "party": party,
        "side": case_labels.side_label(side.value),
        "standing": ledger.standing(now),
        "stages": [(labels.conduct_label(code), stage, labels.stage_label(stage)) for code, stage in stages],
        "lines": suspension_lines(ledger, now),
        "history_lines": history_lines(history, settings.zone, staff=True),
        "letters": ledger_letters_to(casework, side, party, settings.zone),
        "forms": forms,
        "errors": [] if again is None else again.errors,
        "labels": labels,
        "now": now,
        "done": done if done in PARTY_STEPS else "",
    }
    status = 200 if again is None else HTTP_422_UNPROCESSABLE_ENTITY
    return render_page(request, "pages/compliance_sanctions_of.html", context, status_code=status)


# Forms ---------------------------------------------------------------------------------------------------------------


def party_forms(casework: Casework, ledger: Ledger) -> list[RecordForm]:
    """The forms that stand open now, in the order of the procedure."""
    now = casework.clock.now()
    stages = {ledger.stage(conduct, now) for conduct in RIGHTS_CONCERNED[ledger.side]}
    forms = [_warning(ledger)]
    if stages & {Stage.WARNED, Stage.ASSESSED}:
        forms.append(_assessment(ledger))
    if stages & {Stage.ASSESSED, Stage.SUSPENDED}:
        forms.append(_suspension(ledger))
    for one in ledger.suspensions:
        number = {"suspension": str(one.event.suspension)}
        if not one.is_over(now):
            forms.append(_lift(number, one.event.right))
        if one.appeal is not None and one.appeal.decided is None:
            forms.append(_appeal_decision(number, one.event.right))
    forms += [_faith(ledger, good=True), _faith(ledger, good=False)]
    if ledger.side is Role.RIGHT_HOLDER:
        forms += _of_trust(ledger)
    return forms


def _conduct(ledger: Ledger) -> Field:
    choices = tuple((one.value, labels.conduct_label(one.value)) for one in RIGHTS_CONCERNED[ledger.side])
    return Field("conduct", "choice", gettext("Conduct"), choices=choices)


def _cases() -> Field:
    return Field("cases", "cases", gettext("Cases"), gettext("Ids or addresses of cases of this party, one a line."))


def _warning(ledger: Ledger) -> RecordForm:
    words = gettext("Say what was wrong and what happens if it goes on. The party can read this.")
    fields = (_conduct(ledger), _cases(), Field("warning", "words", gettext("Words of the warning"), words))
    return RecordForm("warnings", gettext("Warn the party"), gettext("Send the warning"), fields)


def _assessment(ledger: Ledger) -> RecordForm:
    hint = gettext(
        "A lost case alone is never abuse: at least two cases must count, or one with intention. One case at least must"
        " be later than the warning."
    )
    gravity = tuple((one.value, labels.gravity_label(one.value)) for one in Gravity)
    intention = tuple((one.value, labels.intention_label(one.value)) for one in Intention)
    fields = (
        _conduct(ledger),
        _cases(),
        Field("acts", "number", gettext("All acts of the kind in this time"), gettext("Right and wrong ones.")),
        Field("since", "day", gettext("Time looked at: from")),
        Field("until", "day", gettext("Time looked at: until"), gettext("This day is not part of it.")),
        Field("gravity", "choice", gettext("Gravity"), choices=gravity),
        Field("intention", "choice", gettext("Intention"), choices=intention),
        Field("assessment", "words", gettext("Words of the assessment"), gettext("The party can read this.")),
    )
    title = gettext("Assess the conduct by the four factors")
    return RecordForm("assessments", title, gettext("Record the assessment"), fields, hint)


def _suspension(ledger: Ledger) -> RecordForm:
    concerned = RIGHTS_CONCERNED[ledger.side].values()
    rights = [right for right in Right if any(right in some for some in concerned)]
    fields = (
        _conduct(ledger),
        Field(
            "right",
            "choice",
            gettext("Right"),
            gettext("One right; suspend another one by another suspension."),
            tuple((one.value, labels.right_label(one.value)) for one in rights),
        ),
        Field("starts", "day", gettext("From"), gettext("Leave this empty to begin now."), needed=False),
        Field("ends", "day", gettext("Until"), gettext("From this day on the party has the right again.")),
        Field("reasons", "words", gettext("Reasons"), gettext("The party can read this.")),
    )
    return RecordForm("suspensions", gettext("Suspend a right"), gettext("Suspend the right"), fields)


def _lift(number: dict[str, str], right: Right) -> RecordForm:
    title = gettext("Lift suspension %(number)s early: %(right)s") % {
        "number": number["suspension"],
        "right": labels.right_label(right.value),
    }
    return RecordForm("lifts", title, gettext("Lift the suspension"), (_reasons(),), fixed=number)


def _appeal_decision(number: dict[str, str], right: Right) -> RecordForm:
    title = gettext("Decide the appeal against suspension %(number)s: %(right)s") % {
        "number": number["suspension"],
        "right": labels.right_label(right.value),
    }
    outcomes = tuple((one.value, labels.appeal_outcome_label(one.value)) for one in SanctionAppealOutcome)
    fields = (Field("outcome", "choice", gettext("Outcome"), choices=outcomes), _reasons())
    hint = gettext("Whoever suspended the right cannot decide on it.")
    return RecordForm("appeal-decisions", title, gettext("Decide the appeal"), fields, hint, fixed=number)


def _reasons() -> Field:
    return Field("reasons", "words", gettext("Reasons"), gettext("The party can read this."))


def _faith(ledger: Ledger, *, good: bool) -> RecordForm:
    case = Field("case", "case", gettext("Case"), gettext("The id or the address of one case of this party."))
    if good:
        words = Field("defence", "words", gettext("The defence, and why it is accepted"))
        hint = gettext("From then on the case does not count as this conduct.")
        title, button = gettext("Accept a good-faith defence"), gettext("Accept the defence")
        return RecordForm("good-faith", title, button, (_conduct(ledger), case, words), hint)
    words = Field("finding", "words", gettext("What shows that the party knew better"))
    hint = gettext("One such case may be enough for an assessment.")
    title, button = gettext("Find bad faith"), gettext("Record the finding")
    return RecordForm("bad-faith", title, button, (_conduct(ledger), case, words), hint)


def _of_trust(ledger: Ledger) -> Sequence[RecordForm]:
    def trust(held: bool) -> tuple[tuple[str, str], ...]:
        return tuple((one.value, labels.trust_label(one.value)) for one in Trust if (one in ledger.trust) is held)

    authority = Field("authority", "text", gettext("Authority"), gettext("For trusted flaggers."), needed=False)
    grounds = Field("grounds", "words", gettext("Grounds"))
    forms = []
    for step, title, button, held in (
        ("trust", gettext("Trust this right holder"), gettext("Record the trust"), False),
        ("trust-ends", gettext("End the trust"), gettext("Record the end"), True),
    ):
        choices = trust(held)
        if choices:
            kind = Field("trust", "choice", gettext("Trust"), choices=choices)
            forms.append(RecordForm(step, title, button, (kind, authority, grounds)))
    if Trust.FLAGGER in ledger.trust:
        hint = gettext("A trusted flagger keeps the right to send notices; its authority decides on its status.")
        title, button = gettext("Report to the authority"), gettext("Record the report")
        words = Field("report", "words", gettext("What is reported"))
        forms.append(RecordForm("reports", title, button, (_cases(), words), hint))
    return forms


HANDLERS = (show_sanctions, show_sanctions_of, post_sanctions_step)
