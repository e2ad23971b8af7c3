"""The forms of notice and counter-notice: exactly what the regime asks for, each element a question of its own.

While one is deficient, its form asks for what is missing and nothing else: the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from casework import steps
from casework.application import Casework
from casework.domain.facts import Actor
from casework.domain.regimes.regimes import Contents
from casework.domain.values import Measure
from casework.views.api.case_lines import CounterNoticeAnswer, NoticeAnswer
from casework.views.language import gettext
from casework.views.pages.case_elements import element_questions
from casework.views.pages.case_questions import Choice, Question, StepForm
from casework.views.pages.case_view import CaseView
from casework.views.regime_labels import measure_label


def counter_notice_form(view: CaseView) -> StepForm:
    """The counter-notice, or what is missing of the one that was found deficient."""
    lines = view.lines
    sent = lines.counter_notice
    cures = sent is not None and sent.lapsed_at is None and sent.accepted_at is None and _may_be_cured(sent, view.now)
    contents = lines.contents(sent if cures else None, counter=True)
    if cures and sent is not None:
        return StepForm(
            "counter-notices",
            gettext("Complete your counter-notice"),
            gettext("Send what was missing"),
            _elements(contents, frozenset(sent.missing or ()), counter=True),
            (gettext("What you gave already is kept. Give only what is missing."),),
            staged=True,
            link=gettext("Go to what is missing"),
        )
    intro = [
        gettext("You declare that you infringe no right. The law says what has to stand in it: no more is asked."),
        gettext("The right holder gets your counter-notice. You may contest the measure beside it."),
    ]
    if lines.regime is not None and lines.regime.waits:
        intro.append(
            gettext(
                "Once it is accepted, the right holder may report legal action for a time: %(wait)s. Without it "
                "the measure ends."
            )
            % {"wait": lines.wait_words}
        )
    elif lines.regime is not None and lines.regime.restores_at_once:
        intro.append(gettext("Once it is accepted, your upload returns at once."))
    return StepForm(
        "counter-notices",
        gettext("Send a counter-notice"),
        gettext("Send the counter-notice"),
        _elements(contents, None, counter=True),
        tuple(intro),
        staged=True,
        link=gettext("Go to the counter-notice form"),
    )


def _may_be_cured(sent: NoticeAnswer | CounterNoticeAnswer, now: datetime) -> bool:
    return sent.cure_until is not None and now < sent.cure_until


def notice_form(view: CaseView) -> StepForm:
    """The notice, or what is missing of the one that was found deficient."""
    sent = view.lines.notice
    cures = sent is not None and sent.ended_at is None and sent.accepted_at is None and _may_be_cured(sent, view.now)
    contents = view.lines.contents(sent if cures else None, counter=False)
    if cures and sent is not None:
        return StepForm(
            "notices",
            gettext("Complete your notice"),
            gettext("Send what was missing"),
            _elements(contents, frozenset(sent.missing or ()), counter=False),
            (gettext("What you gave already is kept. Give only what is missing."),),
            staged=True,
            link=gettext("Go to what is missing"),
        )
    intro = [gettext("A notice asks the platform for a measure. A person checks it and decides, with reasons.")]
    if "warning-answers" in view.steps and view.steps["warning-answers"].allowed:
        intro.append(gettext("It answers the warning as well."))
    measures: tuple[Measure, ...] = (Measure.LABEL, Measure.DEMOTE, Measure.BLOCK)
    if view.lines.regime is not None:
        measures = tuple(one for one in view.lines.regime.measures.lawful if one is not Measure.NONE) or measures
    sought = Question(
        "measure_sought",
        "choice",
        gettext("Which measure do you ask for?"),
        gettext("The platform chooses what is in proportion, which may be less."),
        choices=tuple(Choice(one.value, measure_label(one)) for one in measures),
    )
    items = Question(
        "items",
        "number",
        gettext("How many places does the notice name?"),
        gettext("Each address or segment counts. Leave empty for one."),
        needed=False,
    )
    return StepForm(
        "notices",
        gettext("Send a notice"),
        gettext("Send the notice"),
        (*_elements(contents, None, counter=False), items, sought),
        tuple(intro),
        staged=True,
        link=gettext("Go to the notice form"),
        folded="warning-answers" not in view.steps or not view.steps["warning-answers"].allowed,
    )


def _elements(contents: Contents | None, only: frozenset[str] | None, *, counter: bool) -> tuple[Question, ...]:
    return () if contents is None else element_questions(contents, counter=counter, only=only)


def _given(view: Mapping[str, Any], besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """Answers to elements: a ticked box is ``true``, words are words, what is empty is left out."""
    statements = {one.value for one in steps.STATEMENTS}
    return {
        name: True if name in statements else value for name, value in view.items() if value and name not in besides
    }


def take_counter_notice(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    """Send the counter-notice, or complete it."""
    form = steps.parse(steps.CounterNoticeForm, {"elements": _given(values)})
    steps.counter(casework, case_id, actor, form, idempotency_key=key)


def take_notice(casework: Casework, case_id: UUID, actor: Actor, values: Mapping[str, Any], key: str) -> None:
    """Send the notice, or complete it."""
    fields: dict[str, Any] = {"elements": _given(values, ("items", "measure_sought"))}
    if values.get("items"):
        fields["items"] = int(values["items"])
    if values.get("measure_sought"):
        fields["measure_sought"] = values["measure_sought"]
    steps.notify(casework, case_id, actor, steps.parse(steps.NoticeForm, fields), idempotency_key=key)
