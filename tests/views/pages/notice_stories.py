"""What happens to a case around notices, for the tests of pages: each through the same door as pages and API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from casework import steps
from casework.domain.facts import Actor, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents, Regime
from casework.domain.values import Availability, Measure, OutsideForum, PauseCause, VaultReference
from casework.eventlog.vault import Vault
from casework.jobs.deadline_failures import DeadlineFailures
from casework.jobs.deadlines import expire_due
from tests.views.pages.stories import Story

INTAKE = Actor(role=Role.INTAKE, id="intake-1")


def regime_of(story: Story) -> Regime:
    """The law that governs the case."""
    regime = story.casework.circumstances(story.casework.case(story.id), story.uploader).regime
    assert regime is not None
    return regime


def elements(contents: Contents | None, *, without: frozenset[str] = frozenset()) -> dict[str, str | bool]:
    """Everything that the law asks for, but ``without``."""
    assert contents is not None
    said = {one: True if one in steps.STATEMENTS else f"Words on {one.value}" for one in contents.ids}
    return {one.value: value for one, value in said.items() if one.value not in without}


def notify(story: Story, *, without: frozenset[str] = frozenset()) -> Story:
    """The right holder gives notice."""
    form = steps.NoticeForm(elements=elements(regime_of(story).notice, without=without), measure_sought=Measure.BLOCK)
    steps.notify(story.casework, story.id, story.right_holder, form)
    return story


def accept(story: Story, measure: Measure = Measure.BLOCK) -> Story:
    """A person accepts the notice and takes a measure."""
    form = steps.IntakeDecisionForm(
        subject="notice", decision="accept", measure=measure, reasons="The film is shown as a whole."
    )
    steps.decide_intake(story.casework, story.id, INTAKE, form)
    return story


def find_deficient(story: Story, subject: str, *missing: NoticeElement) -> Story:
    """A person finds something missing."""
    form = steps.parse(
        steps.IntakeDecisionForm,
        {"subject": subject, "decision": "deficient", "missing": list(missing), "remarks": "The scan is unreadable."},
    )
    steps.decide_intake(story.casework, story.id, INTAKE, form)
    return story


def counter(story: Story, *, without: frozenset[str] = frozenset()) -> Story:
    """The uploader answers with a counter-notice."""
    form = steps.CounterNoticeForm(elements=elements(regime_of(story).counter_notice, without=without))
    steps.counter(story.casework, story.id, story.uploader, form)
    return story


def accept_counter(story: Story) -> Story:
    """A person accepts the counter-notice."""
    form = steps.IntakeDecisionForm(subject="counter_notice", decision="accept")
    steps.decide_intake(story.casework, story.id, INTAKE, form)
    return story


def deliver(story: Story) -> Story:
    """The counter-notice reaches the right holder now."""
    steps.confirm_delivery(story.casework, story.id, story.right_holder, steps.DeliveryForm())
    return story


def pause(story: Story, days: int) -> Story:
    """The wait stands still for working days."""
    form = steps.WaitPauseForm(cause=PauseCause.NOTARISATION, working_days=days, proof="Notary, no. 7")
    steps.pause_wait(story.casework, story.id, story.right_holder, form)
    return story


def sue(story: Story) -> Story:
    """The right holder reports a suit that names everything."""
    form = steps.LegalActionForm(
        forum=OutsideForum.COURT, proof="Court of the capital, no. 12", names_uploader=True, names_item=True
    )
    steps.report_legal_action(story.casework, story.id, story.right_holder, form)
    return story


def settle(story: Story, side: Actor, availability: Availability = Availability.PUBLIC_LIMITED) -> Story:
    """One side offers to settle, or agrees."""
    form = steps.parse(steps.SettlementForm, {"availability": availability.value, "terms": "With a credit line."})
    steps.settle(story.casework, story.id, side, form)
    return story


def order(story: Story, availability: Availability = Availability.BLOCKED) -> Story:
    """A court orders something."""
    fields = {
        "forum": "court",
        "interim": True,
        "availability": availability.value,
        "reference": "Order no. 5",
        "verified": True,
    }
    steps.order(story.casework, story.id, INTAKE, steps.parse(steps.OrderForm, fields))
    return story


def let_time_pass(story: Story, by: timedelta) -> Story:
    """The clock goes on, and the worker does what has fallen due."""
    story.site.clock.advance(by)
    story.casework.views.catch_up()
    parts = story.site.parts
    expire_due(story.casework, DeadlineFailures(parts.engine, story.site.clock))
    story.casework.views.catch_up()
    return story


def words_of(vault: Vault, reference: VaultReference) -> Mapping[str, str | bool]:
    """The elements as they lie in the vault."""
    return steps.read_elements(vault.open(reference))
