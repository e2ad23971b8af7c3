"""The twelve invariants of case.md as checks over a whole history: computed from its facts, never from the state.

What the public saw after each fact comes from the reference model. A check raises ``AssertionError``; its number is
the one of case.md. Invariants 6, 7, 9 and 12 also ask the aggregate, and do so where the history is played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from casework.domain.calendars import Calendar
from casework.domain.facts import Role
from casework.domain.regimes.regimes import Regime, WaitKind, WaitStart
from casework.domain.values import Availability, Outcome, Remedy, RulingOutcome
from casework.eventlog.codec import Recorded
from tests.domain.history_openings import CONFLICTED, LAWS, Opening
from tests.domain.history_wishes import LAWFUL_BASES
from tests.samples import RIGHT_HOLDER, UPLOADER

RESTRICTED = (Availability.HELD, Availability.PUBLIC_LIMITED, Availability.BLOCKED)
ROUNDS = (
    "case.contest_lodged",
    "case.challenge_lodged",
    "case.further_review_requested",
    "case.case_reopened",
)
ORDERS = ("order_received", "order_lifted", "outside_proceeding_decided")
KINDS = {"contest_lodged": False, "challenge_lodged": True, "urgent_block_declared": True}
"""Facts that begin an appeal, and whether it is one against a use that is public as lawful."""

MACHINES = (Role.MATCHER, Role.CLOCK)


@dataclass
class Written:
    """All that was written: facts with what the public saw after each, and where each transaction began."""

    opening: Opening
    facts: list[Recorded] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)
    log: list[bytes] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    outcomes: Mapping[str, RulingOutcome] = field(default_factory=dict)

    def named(self, *names: str) -> Iterator[tuple[int, Recorded]]:
        """The facts of these topics with their places."""
        for place, fact in enumerate(self.facts):
            if fact.event.TOPIC.removeprefix("case.") in names:
                yield place, fact

    def last(self, place: int, *names: str) -> Recorded | None:
        """The latest fact of these topics before the place."""
        for fact in reversed(self.facts[:place]):
            if fact.event.TOPIC.removeprefix("case.") in names:
                return fact
        return None


def invariant_1_no_machine_blocks_what_is_lawful(written: Written) -> None:
    """After a mark only people block; what is presumed or was found lawful falls to these alone:

    rulings, orders, urgent blocks and agreement.
    """
    opening, first = written.opening, written.facts[0].event
    known: Any = opening.known
    counts = any(mark.basis in LAWFUL_BASES for mark in opening.command.marks) and not known.marking_suspended
    decided: Any = first
    own = (decided.beneath or decided).outcome
    if counts:
        assert own is not Outcome.PRESUMED_INFRINGING
    marked = own is Outcome.MARKED_LAWFUL
    presumed = own is Outcome.PRESUMED_LAWFUL
    challenged = False
    for before, after, fact in zip(written.seen, written.seen[1:], written.facts[1:], strict=False):
        event: Any = fact.event
        name = event.TOPIC.removeprefix("case.")
        closes = after in ("blocked", "held") and before not in ("blocked", "held")
        if closes and marked:
            assert fact.by.role not in MACHINES or name in ORDERS, f"a machine blocked a marked use by {name}"
        if closes and presumed:
            lawful = ("ruling_issued", "urgent_block_declared", "parties_settled")
            assert name in (*lawful, *ORDERS), f"{name} blocked a presumed-lawful use without a ruling"
        marked = marked or name == "lawful_use_marked"
        if name in KINDS:
            challenged = KINDS[name]
        elif name == "case_reopened":
            challenged = own not in (Outcome.PRESUMED_INFRINGING, Outcome.PRIOR_REVIEW)
        elif name == "ruling_issued":
            found = RulingOutcome.UPHELD if challenged else RulingOutcome.REVERSED
            presumed = event.outcome is found
        presumed = presumed and name != "parties_settled"


def invariant_2_every_restriction_has_its_reasons(written: Written) -> None:
    """Each fact that restricts carries them; so does each transaction after which the public sees less or other."""
    standard = written.opening.standard.id
    for fact in written.facts:
        event: Any = fact.event
        shown = getattr(event, "availability", None)
        if shown in RESTRICTED and event.TOPIC != "case.settlement_proposed":
            assert event.statement_of_reasons is not None, f"{event.TOPIC} restricts without reasons"
            assert event.statement_of_reasons.measure is shown, event.TOPIC
    ends = (*written.transactions[1:], len(written.facts))
    for start, end in zip(written.transactions, ends, strict=True):
        before = written.seen[start - 1] if start else None
        after = written.seen[end - 1]
        if after == before or after not in RESTRICTED:
            continue
        given = [getattr(fact.event, "statement_of_reasons", None) for fact in written.facts[start:end]]
        reasons = [one for one in given if one is not None and one.measure == after]
        assert reasons, f"{written.facts[start].event.TOPIC} restricts without reasons"
        for one in reasons:
            assert one.standard == standard
            assert Remedy.COURT in one.remedies
            noticed = any(True for _ in written.named("notice_accepted"))
            assert one.rule is not None or one.bases or noticed


def rounds(written: Written) -> list[list[Any]]:
    """The events of each review, the one before publication first."""
    found: list[list[Any]] = [[]]
    under = False
    for fact in written.facts:
        name = fact.event.TOPIC
        if name in ROUNDS or (name == "case.urgent_block_declared" and not under):
            found.append([])
            under = True
        if name in ("case.ruling_issued", "case.appeal_withdrawn", "case.parties_settled"):
            under = False
        found[-1].append(fact.event)
    return found


def invariant_3_rulings_are_made_by_two_who_agree_or_by_a_third(written: Written) -> None:
    """And opened together: nothing of a first ruling shows before the second is in."""
    for events in rounds(written):
        issued = [each for each in events if each.TOPIC == "case.ruling_issued"]
        opened = [one for each in events if each.TOPIC == "case.rulings_opened" for one in each.rulings]
        submitted = [each.reviewer for each in events if each.TOPIC == "case.ruling_submitted"]
        assert [one.reviewer for one in opened] == submitted[: len(opened)]
        assert len(set(submitted)) == len(submitted)
        for one in opened:
            assert written.outcomes[one.content.digest] is one.outcome
        assert len(issued) <= 1
        if not issued:
            continue
        if any(each.TOPIC == "case.panel_disagreed" for each in events):
            assert len(opened) == 3
            assert opened[0].outcome is not opened[1].outcome
        else:
            assert len(opened) == 2
            assert opened[0].outcome is opened[1].outcome
        assert opened[-1].outcome is issued[0].outcome


def invariant_4_nobody_rules_twice_or_in_a_conflict_or_comes_back(written: Written) -> None:
    """Nor on a measure that they decided; who left a seat stays away."""
    barred = {UPLOADER.id, RIGHT_HOLDER.id, *CONFLICTED}
    seated: set[str] = set()
    for fact in written.facts:
        event: Any = fact.event
        name = event.TOPIC.removeprefix("case.")
        if event.TOPIC in ROUNDS:
            seated = set()
        elif name == "panel_assigned":
            assert len(set(event.reviewers)) == 2
            assert not set(event.reviewers) & (barred | seated)
            seated |= set(event.reviewers)
        elif name in ("re_reviewer_assigned", "reviewer_seated"):
            assert event.reviewer not in barred | seated
            seated.add(event.reviewer)
        elif name in ("reviewer_recused", "reviewer_released", "ruling_submitted"):
            assert event.reviewer in seated
            assert event.reviewer not in barred
            barred.add(event.reviewer)
        elif name == "notice_accepted":
            barred.add(fact.by.id)


def invariant_5_clocks_start_on_the_event_that_the_law_names(written: Written) -> None:
    """Each clock that ran out did so at its own time, counted here again from the facts, and never before it."""
    procedure = written.opening.standard.procedure
    begun = written.facts[0].recorded
    for place, fact in enumerate(written.facts):
        event: Any = fact.event
        name = event.TOPIC.removeprefix("case.")
        due = getattr(event, "due_at", None)
        if due is not None:
            assert fact.recorded >= due, f"{name} came before its time"
        if name == "grace_expired":
            assert due == begun + timedelta(hours=48)
        elif name == "warning_lapsed":
            assert due == begun + procedure.warning_answer
        elif name in ("notice_lapsed", "counter_notice_lapsed"):
            kind = name.replace("lapsed", "found_deficient")
            found = written.last(place, kind)
            assert found is not None
            assert due == found.recorded + procedure.cure
        elif name == "wait_expired":
            _the_wait_was_long_enough(written, place, due)
        elif name == "deadline_passed" and event.kind.value == "ruling":
            lodged = written.last(place, *(one.removeprefix("case.") for one in ROUNDS), "urgent_block_declared")
            assert lodged is not None
            lodgings = {one.recorded + procedure.ruling_due for one in written.facts[:place]}
            assert due in lodgings
        elif name == "contest_lodged":
            told = written.last(place, "notice_accepted", "ruling_issued") or written.facts[0]
            assert fact.recorded < procedure.contest_until(max(told.recorded, begun))
        elif name == "further_review_requested":
            ruling = written.last(place, "ruling_issued")
            assert ruling is not None
            assert fact.recorded < ruling.recorded + procedure.further_review_window


def _the_wait_was_long_enough(written: Written, place: int, due: datetime | None) -> None:
    """So many days after delivery (China) or receipt (United States), holidays and pauses not counted."""
    accepted: Any = written.last(place, "counter_notice_accepted")
    regime = LAWS[None].regimes.by_id[accepted.event.regime]
    if regime.wait.starts is WaitStart.DELIVERY:
        delivered: Any = written.last(place, "counter_notice_delivered")
        assert delivered is not None, "the wait ended before it began"
        start = delivered.event.delivered_at
    else:
        received = written.last(place, "counter_notice_amended", "counter_notice_received")
        assert received is not None
        start = received.recorded
    pauses = sum(
        fact.event.working_days  # type: ignore[attr-defined]
        for at, fact in written.named("wait_paused")
        if at < place and fact.recorded >= accepted.recorded
    )
    calendar = LAWS[None].calendar_of(regime)
    assert due == _end_of_wait(regime, calendar, start, written.opening.standard, pauses)


def _end_of_wait(regime: Regime, calendar: Calendar, start: datetime, standard: Any, pauses: int) -> datetime:
    """Day by day, as one would on paper."""
    zone = standard.procedure.zone
    day = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    left = regime.wait.days(standard.procedure.wait_days)
    counts_all = regime.wait.kind is not WaitKind.BUSINESS_DAYS
    while left or not calendar.is_working_day(day.date()):
        day += timedelta(days=1)
        left -= bool(left) and (counts_all or calendar.is_working_day(day.date()))
    while pauses:
        day += timedelta(days=1)
        pauses -= calendar.is_working_day(day.date())
    return (day + timedelta(days=1)).replace(tzinfo=zone)


def invariant_6_legal_action_is_recorded_in_every_state(written: Written) -> None:
    """Nothing that was reported is lost, and nobody but the right holder reported it."""
    for _, fact in written.named("legal_action_reported"):
        assert fact.by == RIGHT_HOLDER


def invariant_7_both_sides_are_heard_alike(written: Written) -> None:
    """What is put forward is put forward while both may, and each side speaks for itself."""
    open_to_both = False
    for fact in written.facts:
        event: Any = fact.event
        name = event.TOPIC.removeprefix("case.")
        if event.TOPIC in ROUNDS or name == "urgent_block_declared":
            open_to_both = True
        elif name in ("panel_assigned", "appeal_withdrawn", "parties_settled", "upload_withdrawn"):
            open_to_both = False
        elif name in ("statement_filed", "evidence_submitted"):
            assert open_to_both
            assert fact.by.role is event.side


def invariant_8_no_repeat_after_an_immediate_restoration(written: Written) -> None:
    """And whoever tried is told so, on the record."""
    restored = [place for place, fact in written.named("counter_notice_accepted") if not _waits(fact)]
    for place, _ in written.named("notice_received"):
        assert not any(before < place for before in restored)
    for place, _ in written.named("repeat_notice_barred"):
        assert any(before < place for before in restored)


def _waits(fact: Recorded) -> bool:
    event: Any = fact.event
    return bool(event.waits)


def invariant_9_one_standard_decides(written: Written) -> None:
    """The version of the standard never changes; that replaying gives the same state is seen where it is played."""
    for fact in written.facts:
        reasons = getattr(fact.event, "statement_of_reasons", None)
        assert reasons is None or reasons.standard == written.opening.standard.id


def invariant_10_automation_is_computed(written: Written) -> None:
    """No fact says whether a measure was automated; who caused it does: people, or a machine by a rule."""
    for fact in written.facts:
        assert not [name for name in type(fact.event).model_fields if "automat" in name]
        by_people = ("notice_accepted", "ruling_issued", "urgent_block_declared", "parties_settled")
        if fact.event.TOPIC.removeprefix("case.") in by_people:
            assert fact.by.role not in MACHINES


def invariant_11_no_personal_text_is_in_the_log(written: Written) -> None:
    """Texts are marked with a name that no reference, digest or id holds."""
    latest = b"\n".join(written.log[written.transactions[-1] :]).decode()
    assert "李雷" not in latest
    assert "\\u674e" not in latest
    assert not [text for text in written.personal[-20:] if text in latest]


def invariant_12_the_same_decision_is_the_same_case(written: Written) -> None:
    """A case begins with its decision, and has one."""
    assert [place for place, _ in written.named("filtering_decision_recorded")] == [0]


def the_clock_never_runs_backwards(written: Written) -> None:
    """Facts stand in the order in which they were written."""
    moments = [fact.recorded for fact in written.facts]
    assert moments == sorted(moments)


INVARIANTS: Sequence[Callable[[Written], None]] = (
    invariant_1_no_machine_blocks_what_is_lawful,
    invariant_2_every_restriction_has_its_reasons,
    invariant_3_rulings_are_made_by_two_who_agree_or_by_a_third,
    invariant_4_nobody_rules_twice_or_in_a_conflict_or_comes_back,
    invariant_5_clocks_start_on_the_event_that_the_law_names,
    invariant_6_legal_action_is_recorded_in_every_state,
    invariant_7_both_sides_are_heard_alike,
    invariant_8_no_repeat_after_an_immediate_restoration,
    invariant_9_one_standard_decides,
    invariant_10_automation_is_computed,
    invariant_11_no_personal_text_is_in_the_log,
    invariant_12_the_same_decision_is_the_same_case,
    the_clock_never_runs_backwards,
)
