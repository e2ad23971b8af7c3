"""One filter request as desks show it: the published list with what is there, the words, and why it is not active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from casework.application import Casework
from casework.domain.filter_request.elements import CHECKLISTS, IDENTIFICATION, OWNERSHIP, Element
from casework.domain.filter_request.events import RejectionReason
from casework.domain.filter_request.state import OPEN, FilterRequest, RequestStage
from casework.errors import NotFound
from casework.filter_requests import NAMES, YARDSTICKS, known, open_contents, words_of_staff
from casework.views import filter_request_labels as labels
from casework.views.formatting import format_percent
from casework.views.labels import work_kind_label
from casework.views.language import gettext
from casework.views.pages.ledger_forms import Field
from casework.views.pages.ledger_lines import Line
from casework.views.presentation import RequiredAction


@dataclass(frozen=True, slots=True)
class ElementLine:
    """One line of the list: what it is, how much it weighs, whether it is there, what was said of it."""

    label: str
    hint: str
    weight: str
    there: bool
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class RequestView:
    """What both desks show. ``beside``: what was said beside the list; ``why_not``: why it filters nothing."""

    id: UUID
    title: str
    work: str
    kind: str
    right_holder: str
    received_at: datetime
    stage: str
    stage_kind: str
    open: bool
    active: bool
    score: str
    elements: Sequence[ElementLine]
    beside: Sequence[Mapping[str, str]]
    why_not: str
    words: str | None
    history: Sequence[Line]


def read_request_id(text: str) -> UUID:
    """The id of a request from an address. Raises ``NotFound``."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("filter request") from None


def request_view(casework: Casework, stream: UUID, *, staff: bool) -> RequestView:
    """The request as it stands now; who acted is shown to staff alone. Raises ``NotFound``."""
    request = known(casework, stream)
    made, said = request.made, open_contents(casework, request.contents)
    weights = CHECKLISTS[made.kind]
    history = casework.log.load(stream)
    title = said.get("title", "")
    return RequestView(
        id=stream,
        title=title if isinstance(title, str) and title else made.work,
        work=made.work,
        kind=work_kind_label(made.kind.value),
        right_holder=made.right_holder,
        received_at=request.received_at or casework.clock.now(),
        stage=labels.request_stage_label(request.stage.value),
        stage_kind=labels.request_stage_kind(request.stage.value),
        open=request.stage in OPEN,
        active=request.stage is RequestStage.ACTIVE,
        score=score(request.completeness),
        elements=[
            ElementLine(
                label=labels.element_label(element.value),
                hint=labels.element_hint(element.value),
                weight=score(weight),
                there=element not in request.missing,
                words=_words(element, said),
            )
            for element, weight in weights.items()
        ],
        beside=_beside(weights, said),
        why_not=_why_not(request),
        words=words_of_staff(casework, request),
        history=[
            Line(
                title=labels.step_label(one.event.TOPIC.partition(".")[2]),
                at=one.recorded,
                by=one.by.id if staff else "",
                facts=(),
                words=None,
                erased=False,
            )
            for one in history
        ],
    )


def score(completeness: Decimal | str) -> str:
    """A score, or a weight, as people read it."""
    return format_percent(Decimal(completeness), 0, ())


def next_step(request: RequestView, *, staff: bool) -> RequiredAction:
    """Who has to do what now."""
    lacking = sum(not one.there for one in request.elements)
    if request.open and lacking:
        if staff:
            return RequiredAction(gettext("The right holder has to supply what is missing."), "", "other")
        return RequiredAction(
            gettext("Supply what is missing; nothing is filtered before."),
            gettext("Marked as missing below. You can do it in several steps."),
            "mine",
        )
    if request.open:
        if staff:
            return RequiredAction(
                gettext("Check whether it proves what it says: accept it, ask for more, or reject it."), "", "mine"
            )
        return RequiredAction(gettext("An intake officer checks the request next."), "", "other")
    if request.active:
        return RequiredAction(gettext("The request is active. There is nothing to do."), "", "done")
    return RequiredAction(gettext("The request is over: nothing is filtered on its account."), request.why_not, "done")


def supply_fields(kind_elements: Sequence[Element]) -> tuple[Field, ...]:
    """The fields for these elements, in their order, each of them optional, then who is known to infringe."""
    fields: list[Field] = []
    for element in kind_elements:
        if element is Element.OTHER_NAMES:
            one_a_line = gettext("One a line.")
            fields += [Field(name, "lines", labels.field_label(name), one_a_line, needed=False) for name in NAMES]
        elif element is Element.YARDSTICKS:
            hints = {"frame_share": gettext("From 0 to 1, such as 0.5.")}
            for name in YARDSTICKS:
                kind = "number" if name == "account_uploads" else "decimal"
                fields.append(Field(name, kind, labels.field_label(name), hints.get(name, ""), needed=False))
        else:
            code = element.value
            fields.append(Field(code, "words", labels.element_label(code), labels.element_hint(code), needed=False))
    told = gettext("Names or addresses of accounts, if you know any. This is no part of the score.")
    infringers = labels.field_label("repeat_infringers")
    return (*fields, Field("repeat_infringers", "words", infringers, told, needed=False))


def _words(element: Element, said: Mapping[str, Any]) -> list[str]:
    if element is Element.OTHER_NAMES:
        found = [(name, gettext(", ").join(said[name])) for name in NAMES if said.get(name)]
    elif element is Element.YARDSTICKS:
        found = [(name, str(said[name])) for name in YARDSTICKS if said.get(name) is not None]
    else:
        return [str(said[element.value])] if element.value in said else []
    return [gettext("%(name)s: %(value)s") % {"name": labels.field_label(name), "value": text} for name, text in found]


def _beside(weights: Mapping[Element, Decimal], said: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """What was said that the list of the kind does not ask for."""
    listed = {element.value for element in weights}
    names = ["release_date", "cast"]
    names += [one.value for one in (*OWNERSHIP, *IDENTIFICATION) if one.value not in listed]
    return [
        {"key": labels.field_label(name), "value": str(said[name])}
        for name in (*names, "repeat_infringers")
        if name in said
    ]


def _why_not(request: FilterRequest) -> str:
    if request.rejection is not None:
        if request.rejection is RejectionReason.WARNING_LETTER_ONLY:
            return labels.why_warning_letter()
        return labels.rejection_label(request.rejection.value)
    if request.stage is RequestStage.OWNERSHIP_FALSE:
        return gettext("The work was found to belong to somebody else, so nothing is filtered for it in your name.")
    return ""
