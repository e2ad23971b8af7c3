"""What each event does to the course of its case.

A step is given the course, with the measure that the event left already in place, the event's public fields and the
moment at which it occurred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from casework_verify.course import (
    BY_DEFAULT,
    LAWFUL,
    OMITTED,
    PUBLIC,
    RESTRICTIVE,
    Counter,
    Course,
    Item,
    Notice,
    Overlay,
)
from casework_verify.moments import microseconds

Data = Mapping[str, Any]

_SPEAKS_OF_OTHERS = frozenset(("settlement_proposed", "order_received", "order_lifted", "outside_proceeding_decided"))
"""Events whose ``availability`` is not the platform's own measure."""

_STILL_OPEN = ("presumed_infringing", "prior_review", "restricted", "decided")
"""Where a clock of the decision still runs, or a side still has a step: the end of a notice leaves the case there."""


def follow(course: Course, n: int, step: str, data: Data, moment: int) -> None:
    """One more event; ``step`` is its topic without the beginning. ``KeyError`` where it cannot follow."""
    course.before, course.shown_before = course.measure, course.shown_last
    availability = data.get("availability")
    if availability is not None and step not in _SPEAKS_OF_OTHERS:
        course.measure = availability
    taken = _STEPS.get(step)
    if taken is not None:
        taken(course, data, moment)
    _go_on_with_prior_review(course, moment)
    if course.notice is not None:
        _go_on_with_notice(course, course.notice, step, data, moment)
    course.lawful = course.lawful or course.rests in LAWFUL
    course.shown_last = course.shown
    if course.shown_last != PUBLIC:
        course.public_since = None
    elif course.public_since is None:
        course.public_since = moment
    if course.fell_at is None and course.reversal is not None:
        course.fell_at = n


# The main line


def _marked(course: Course, data: Data, moment: int) -> None:
    course.rests, course.measure = "marked_lawful", PUBLIC


def _grace_expired(course: Course, data: Data, moment: int) -> None:
    course.restricted_since = moment


def _closed(course: Course, data: Data, moment: int) -> None:
    course.rests = "closed"


def _contested(course: Course, data: Data, moment: int) -> None:
    if data.get("restored"):
        course.measure = PUBLIC
    item = course.lodge("contest", data["ground"], data["appeal"], moment)
    # What is contested within a grace is the block that follows: nothing that was public gets lost by it.
    item.fresh = item.fresh and not (course.shape.grace and course.rests == "presumed_infringing")
    item.side, item.on_measure = "contest", course.rests == "measure_taken"


def _challenged(course: Course, data: Data, moment: int) -> None:
    _challenge(course, data["ground"], data["appeal"], moment)


def _challenge(course: Course, ground: str, number: int, moment: int) -> Item:
    item = course.lodge("challenge", ground, number, moment)
    item.side = "challenge"
    item.on_mark, item.on_measure = course.rests == "marked_lawful", course.rests == "measure_taken"
    return item


def _urgently_blocked(course: Course, data: Data, moment: int) -> None:
    item = course.rounds[-1] if course.under_appeal else _challenge(course, "urgent_block", data["appeal"], moment)
    course.lose(item, moment, "urgent_block")


def _further(course: Course, data: Data, moment: int) -> None:
    last = course.rounds[-1]
    item = course.lodge("further_review", "", data["appeal"], moment)
    item.root, item.side, item.on_measure = last.root, last.side, last.root.on_measure


def _reopened(course: Course, data: Data, moment: int) -> None:
    item = course.lodge("reopening", data["cause"], data["appeal"], moment)
    item.side = "contest" if course.shape.own in RESTRICTIVE else "challenge"
    if course.before != PUBLIC == course.measure:
        course.own = ("correction", course.back_since(moment))


def _panel(course: Course, data: Data, moment: int) -> None:
    course.review_open = True


def _ruling_in(course: Course, data: Data, moment: int) -> None:
    course.ruled = True


def _opened(course: Course, data: Data, moment: int) -> None:
    outcomes = [ruling["outcome"] for ruling in data["rulings"]]
    if len(outcomes) > 1:
        course.first_outcomes = (outcomes[0], outcomes[1])


def _ruled(course: Course, data: Data, moment: int) -> None:
    outcome, back = data["outcome"], course.back_since(moment)
    number = data.get("appeal")
    course.review_open = False
    if number is None:
        course.rests = "presumed_lawful" if outcome == "reversed" else "restricted"
        if course.prior_review is not None:
            course.prior_review.end(moment, outcome)
        course.own = None if outcome == "upheld" else ("prior_review", back)
    else:
        course.rests = "decided"
        item = course.rounds[number - 1]
        item.end(moment, outcome if data.get("on_merits", True) else BY_DEFAULT)
        if item.kind == "further_review":
            item.root.later = item.fate
        course.lose(item, moment, "ruling")
        if item.side == "contest" and not item.on_measure:
            cause = "correction" if item.root.kind == "reopening" else "ruling"
            course.own = None if outcome == "upheld" else (cause, back)
    notice = course.notice
    if notice is not None and course.measure == PUBLIC and notice.stage in _ENDED_BY_A_RULING:
        notice.stage, notice.ended = "closed", True


_ENDED_BY_A_RULING = ("measure_taken", "counter_check", "waiting")


def _leave(course: Course, moment: int) -> None:
    """The open appeal ends without a ruling."""
    if course.under_appeal:
        course.rounds[-1].end(moment, OMITTED)
    course.review_open, course.rests = False, "closed"


def _withdrawn(course: Course, data: Data, moment: int) -> None:
    _leave(course, moment)


def _settled(course: Course, data: Data, moment: int) -> None:
    if course.under_appeal:
        course.lose(course.rounds[-1], moment, "settlement")
    _leave(course, moment)
    if course.notice is not None and not course.notice.ended:
        course.notice.stage, course.notice.ended = "closed", True


def _taken_away(course: Course, data: Data, moment: int) -> None:
    _leave(course, moment)
    course.gone = True


def _go_on_with_prior_review(course: Course, moment: int) -> None:
    item = course.prior_review
    if item is None:
        return
    if course.held is None and course.before == "held" != course.measure:
        course.held = (moment, max(0, moment - course.informed))
    awaited = not course.gone and course.rests == "prior_review"
    sitting = course.review_open and not course.rounds
    if item.ended is None and not awaited and not sitting:
        item.end(moment, OMITTED)


# The notice line


def _notified(course: Course, data: Data, moment: int) -> None:
    item = Item("notice", moment, number=data["notice"])
    course.items.append(item)
    course.notice = Notice(item, moment, course.rests)


def _without_measure(course: Course, notice: Notice) -> str:
    return notice.rested if course.rests == "measure_taken" else course.rests


def _comes_to_nothing(course: Course, data: Data, moment: int) -> None:
    """A notice lapsed, was rejected or taken back: what is open beside it stays open."""
    notice = _of(course)
    rest = _without_measure(course, notice)
    # A measure that was taken within a grace has ended the grace for good.
    after_grace = rest != course.rests and rest == "presumed_infringing" and course.measure == PUBLIC
    notice.stage, notice.ended, notice.rested = "closed", True, rest
    course.rests = rest if rest in _STILL_OPEN and not after_grace else "closed"


def _measure_taken(course: Course, data: Data, moment: int) -> None:
    notice = _of(course)
    notice.stage, notice.rested = "measure_taken", course.rests
    course.rests = "measure_taken"


def _countered(course: Course, data: Data, moment: int) -> None:
    notice = _of(course)
    item = Item("counter_notice", moment, number=data["counter_notice"])
    course.items.append(item)
    notice.counter = Counter(item, moment, data["regime"])
    notice.stage = "counter_check"


def _counter_lapsed(course: Course, data: Data, moment: int) -> None:
    _counter_of(course).lapsed = True
    _of(course).stage = "measure_taken"


def _counter_accepted(course: Course, data: Data, moment: int) -> None:
    notice, counter = _of(course), _counter_of(course)
    counter.regime, counter.waits = data["regime"], data["waits"]
    if counter.waits:
        stayed = any(action >= notice.received for action in course.stays)
        notice.stage = "stayed" if stayed else "waiting"
    else:
        _bring_back(course, notice)


def _wait_over(course: Course, data: Data, moment: int) -> None:
    _bring_back(course, _of(course))


def _bring_back(course: Course, notice: Notice) -> None:
    """The law ends the measure; what restricts the upload on another ground still can be met."""
    rest = _without_measure(course, notice)
    notice.stage, notice.ended = "restored", True
    course.rests = rest if course.measure != PUBLIC and rest in _STILL_OPEN else "restored"


def _counter_delivered(course: Course, data: Data, moment: int) -> None:
    _counter_of(course).delivered = microseconds(data["delivered_at"])


def _legal_action(course: Course, data: Data, moment: int) -> None:
    if data["stays"]:
        course.stays.append(moment)
        if course.notice is not None and course.notice.stage == "waiting":
            course.notice.stage = "stayed"


def _of(course: Course) -> Notice:
    if course.notice is None:
        raise KeyError("notice")
    return course.notice


def _counter_of(course: Course) -> Counter:
    counter = _of(course).counter
    if counter is None:
        raise KeyError("counter_notice")
    return counter


_NOTICE_FATES = {
    "notice_accepted": "accepted",
    "notice_rejected": "rejected",
    "notice_lapsed": "lapsed",
    "notice_withdrawn": "withdrawn",
}


def _go_on_with_notice(course: Course, notice: Notice, step: str, data: Data, moment: int) -> None:
    item = notice.item
    if item.ended is None:
        if step == "notice_amended":
            item.since = max(item.since, moment)
        elif notice.stage != "notice_check" or course.gone:
            item.end(moment, _NOTICE_FATES.get(step, "moot"))
            item.measure = data["measure"] if step == "notice_accepted" else None
    counter = notice.counter
    if counter is not None and counter.item.ended is None:
        _go_on_with_counter(course, notice, counter, step, moment)


def _go_on_with_counter(course: Course, notice: Notice, counter: Counter, step: str, moment: int) -> None:
    item = counter.item
    if step == "counter_notice_amended":
        item.since, counter.amended = max(item.since, moment), moment
    regime = course.rules.regimes.get(counter.regime)
    begins = None
    if regime is not None:
        begins = counter.delivered if regime.starts == "delivery" else counter.amended or counter.received
        zone = course.rules.standards[course.shape.standard].zone
        item.due = None if begins is None else regime.last_day(begins, zone)
    fate = _counter_fate(course, notice, counter)
    if fate is None:
        return
    item.end(moment, fate)
    if item.has_result and course.shown_before != PUBLIC == course.measure and course.own is None:
        course.own = ("counter_notice", moment)
    if fate == "restored_after_wait" and begins is not None:
        course.waits.append((moment, max(0, moment - begins)))


def _counter_fate(course: Course, notice: Notice, counter: Counter) -> str | None:
    if notice.stage == "restored":
        return "restored_after_wait" if counter.waits else "restored_at_once"
    if notice.stage == "stayed":
        return "stayed"
    if counter.lapsed:
        return "lapsed"
    return "ended_otherwise" if notice.stage == "closed" or course.gone else None


# Courts, authorities, external bodies


def _proceeding(course: Course, data: Data, moment: int) -> None:
    item = Item(data["forum"], microseconds(data["opened_at"]), number=data["proceeding"])
    course.items.append(item)
    course.proceedings[item.number] = item


def _decided_outside(course: Course, data: Data, moment: int) -> None:
    item = course.proceedings[data["proceeding"]]
    outcome, decided = data["outcome"], microseconds(data["decided_at"])
    item.end(decided, outcome)
    body = item.kind == "external_body"
    if "availability" in data:
        course.decisions[item.number] = Overlay(decided, data["availability"], not body)
    if outcome in ("upheld", "partially_reversed", "reversed") and (data["implemented"] or not body):
        key = ("proceeding", item.number)
        course.words.pop(key, None)
        cause = "external_body" if body else "court"
        course.words[key] = None if outcome == "upheld" else (cause, course.back_since(moment))


def _ordered(course: Course, data: Data, moment: int) -> None:
    since = microseconds(data["since"]) if "since" in data else moment
    course.orders[data["order"]] = Overlay(since, data["availability"], True)
    if not data["interim"]:
        reverses = data["availability"] != "blocked"
        course.words["order", data["order"]] = ("court", course.back_since(moment)) if reverses else None


def _order_fell(course: Course, data: Data, moment: int) -> None:
    course.orders.pop(data["order"], None)
    course.words.pop(("order", data["order"]), None)


_STEPS: Mapping[str, Callable[[Course, Data, int], None]] = {
    "lawful_use_marked": _marked,
    "grace_expired": _grace_expired,
    "warning_answered": _closed,
    "warning_lapsed": _closed,
    "contest_lodged": _contested,
    "challenge_lodged": _challenged,
    "urgent_block_declared": _urgently_blocked,
    "further_review_requested": _further,
    "case_reopened": _reopened,
    "panel_assigned": _panel,
    "panel_disagreed": _panel,
    "ruling_submitted": _ruling_in,
    "rulings_opened": _opened,
    "ruling_issued": _ruled,
    "appeal_withdrawn": _withdrawn,
    "parties_settled": _settled,
    "upload_withdrawn": _taken_away,
    "notice_received": _notified,
    "notice_lapsed": _comes_to_nothing,
    "notice_rejected": _comes_to_nothing,
    "notice_withdrawn": _comes_to_nothing,
    "notice_accepted": _measure_taken,
    "counter_notice_received": _countered,
    "counter_notice_lapsed": _counter_lapsed,
    "counter_notice_accepted": _counter_accepted,
    "counter_notice_delivered": _counter_delivered,
    "legal_action_reported": _legal_action,
    "wait_expired": _wait_over,
    "outside_proceeding_opened": _proceeding,
    "outside_proceeding_decided": _decided_outside,
    "order_received": _ordered,
    "order_lifted": _order_fell,
}
