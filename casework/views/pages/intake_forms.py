"""The forms of staff that stand beside the check: deliveries, proceedings outside the platform, orders.

Intake and compliance draw the same ones; each goes through the same ``casework.steps`` as a request to the API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casework import steps
from casework.application import Casework
from casework.domain.facts import Actor
from casework.domain.values import Availability, OutsideForum, OutsideOutcome
from casework.views.labels import availability_label
from casework.views.language import gettext, pgettext
from casework.views.pages.case_questions import YES, Choice, Question, StepForm
from casework.views.pages.case_view import CaseView
from casework.views.step_labels import forum_label, outside_outcome_label

DEMANDS = (Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED)
FORUMS = (OutsideForum.COURT, OutsideForum.AUTHORITY)
Take = Callable[[Casework, UUID, Actor, Mapping[str, Any], str], object]


@dataclass(frozen=True, slots=True)
class StaffForm:
    """One form of a staff page. ``step`` is the step whose permission it needs; ``form.step`` is its own address."""

    step: str
    form: StepForm
    take: Take

    @property
    def key(self) -> str:
        """Its id on the page and its address: a case may have several orders to lift."""
        return self.form.step


def record_forms(view: CaseView) -> Iterator[StaffForm]:
    """What staff record of this case: the forms that make sense now, in the order of the page."""
    counter = view.lines.counter_notice
    if counter is not None and counter.accepted_at is not None and counter.delivered_at is None:
        yield _delivery()
    for proceeding in view.lines.outside.proceedings:
        if proceeding.decided_at is None:
            yield _decided(proceeding.number, proceeding.forum)
    for order in view.lines.outside.orders:
        if order.lifted_at is None:
            yield _lifted(order.number, order.forum)
    yield _opened()
    yield _ordered()


def _chosen(values: tuple[Any, ...], label: Callable[[str], str]) -> tuple[Choice, ...]:
    return tuple(Choice(one.value, label(one.value)) for one in values)


def _yes_or_no() -> tuple[Choice, ...]:
    return (Choice("yes", gettext("Yes")), Choice("no", gettext("No")))


def _verified() -> Question:
    return Question(
        "verified",
        "confirm",
        gettext("Checked"),
        statement=gettext("I have seen the document itself and checked that it is genuine."),
    )


def _demand(needed: str, hint: str = "") -> Question:
    return Question("availability", "choice", needed, hint, choices=_chosen(DEMANDS, availability_label))


# Deliveries ----------------------------------------------------------------------------------------------------------


def _delivery() -> StaffForm:
    form = StepForm(
        "deliveries",
        gettext("Record that the counter-notice arrived"),
        gettext("Record the arrival"),
        (
            Question(
                "delivered_at",
                "moment",
                gettext("When did it reach the right holder?"),
                gettext("By the proof of delivery, in the time of the platform. Leave empty for now."),
                gettext("The wait for legal action is counted from this moment."),
                needed=False,
            ),
        ),
        warning=gettext("The time cannot be changed afterwards."),
    )
    return StaffForm("deliveries", form, _take_delivery)


def _take_delivery(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    fields = {"delivered_at": said["delivered_at"]} if said["delivered_at"] else {}
    steps.confirm_delivery(casework, case_id, actor, steps.parse(steps.DeliveryForm, fields), idempotency_key=key)


# Proceedings outside -------------------------------------------------------------------------------------------------


def _opened() -> StaffForm:
    form = StepForm(
        "outside-proceedings",
        gettext("Record a proceeding outside the platform"),
        gettext("Record the proceeding"),
        (
            Question(
                "forum", "choice", gettext("Who was turned to?"), choices=_chosen(tuple(OutsideForum), forum_label)
            ),
            Question("opened_at", "day", gettext("Since which day?")),
            Question(
                "reference",
                "words",
                pgettext("of a proceeding", "Reference"),
                gettext("Name of the court or body and file number. Both sides can read it."),
            ),
        ),
        (gettext("It changes nothing for the upload until there is a decision or an order."),),
        folded=True,
    )
    return StaffForm("outside-proceedings", form, _take_opened)


def _take_opened(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    steps.proceed(casework, case_id, actor, steps.parse(steps.ProceedingForm, dict(said)), idempotency_key=key)


def _decided(number: int, forum: str) -> StaffForm:
    named = {"forum": forum_label(forum), "number": number}
    form = StepForm(
        f"outside-decisions-{number}",
        gettext("Record the end of proceeding %(number)s (%(forum)s)") % named,
        gettext("Record the end"),
        (
            Question("decided_at", "day", gettext("On which day was it decided?")),
            Question(
                "outcome",
                "choice",
                gettext("What became of the platform's first decision?"),
                choices=_chosen(tuple(OutsideOutcome), outside_outcome_label),
            ),
            Question(
                "implemented",
                "choice",
                gettext("Does the platform follow the decision?"),
                gettext("The decision of an out-of-court body binds nobody; that of a court does."),
                choices=_yes_or_no(),
            ),
            Question(
                "availability",
                "choice",
                gettext("What does the public see from now on?"),
                gettext("Choose only if the decision says so; it then overrides everything else."),
                choices=(Choice("unchanged", gettext("As before")), *_chosen(DEMANDS, availability_label)),
            ),
            Question("words", "words", gettext("What was decided"), gettext("Both sides can read it.")),
            _verified(),
        ),
        staged=True,
        folded=True,
    )

    def take(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
        fields = {
            **said,
            "proceeding": number,
            "implemented": said["implemented"] == YES,
            "availability": None if said["availability"] == "unchanged" else said["availability"],
            "verified": said["verified"] == YES,
        }
        decided = steps.parse(steps.ProceedingDecidedForm, fields)
        steps.proceed(casework, case_id, actor, decided, idempotency_key=key)

    return StaffForm("outside-proceedings", form, take)


# Orders --------------------------------------------------------------------------------------------------------------


def _ordered() -> StaffForm:
    form = StepForm(
        "orders",
        gettext("Record a binding order"),
        gettext("Record the order"),
        (
            Question("forum", "choice", gettext("Who made the order?"), choices=_chosen(FORUMS, forum_label)),
            Question("interim", "choice", gettext("Is it an interim order?"), choices=_yes_or_no()),
            _demand(gettext("What does it demand for the upload?")),
            Question(
                "until",
                "day",
                gettext("Until which day does it hold, if it says so?"),
                gettext("It stops to hold at the beginning of this day."),
                needed=False,
            ),
            Question(
                "reference",
                "words",
                pgettext("of a proceeding", "Reference"),
                gettext("Court or authority, file number, date. Both sides can read it."),
            ),
            _verified(),
        ),
        (gettext("An order lies over everything that is decided here, until it is lifted or ends."),),
        staged=True,
        folded=True,
        warning=gettext("The upload changes as soon as the order is recorded."),
    )
    return StaffForm("orders", form, _take_ordered)


def _take_ordered(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
    fields = {
        **said,
        "interim": said["interim"] == YES,
        "until": said["until"] or None,
        "verified": said["verified"] == YES,
    }
    steps.order(casework, case_id, actor, steps.parse(steps.OrderForm, fields), idempotency_key=key)


def _lifted(number: int, forum: str) -> StaffForm:
    form = StepForm(
        f"order-lifts-{number}",
        gettext("Record that order %(number)s (%(forum)s) was lifted")
        % {"number": number, "forum": forum_label(forum)},
        gettext("Record the lifting"),
        (
            Question(
                "reference",
                "words",
                pgettext("of a proceeding", "Reference"),
                gettext("What lifted it: court or authority, file number, date. Both sides can read it."),
                needed=False,
            ),
        ),
        (gettext("What lies under the order shows again at once."),),
        staged=True,
        folded=True,
    )

    def take(casework: Casework, case_id: UUID, actor: Actor, said: Mapping[str, Any], key: str) -> None:
        fields = {"lift": number, "reference": said["reference"] or None}
        steps.order(casework, case_id, actor, steps.parse(steps.OrderLiftedForm, fields), idempotency_key=key)

    return StaffForm("orders", form, take)
