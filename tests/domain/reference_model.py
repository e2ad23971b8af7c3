"""A second, deliberately simple model of a case, written from the table of case.md alone.

One row an event: where the procedure goes and what the public sees. It shares no code with the aggregate, so that a
mistake has to be made twice to stay unseen; tests compare the two after every event of random histories.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from casework.domain.facts import Happened

HELD, PUBLIC, LIMITED, BLOCKED = "held", "public", "public_limited", "blocked"
STRICTER = (PUBLIC, LIMITED, HELD, BLOCKED)
BY_OUTCOME = {"prior_review": HELD, "presumed_infringing": BLOCKED}
BY_MEASURE = {"none": PUBLIC, "label": LIMITED, "demote": LIMITED, "block": BLOCKED}
BY_RULING = {
    "contest": {"upheld": None, "partially_reversed": LIMITED, "reversed": PUBLIC},
    "challenge": {"upheld": None, "partially_reversed": LIMITED, "reversed": BLOCKED},
}
"""``None``: back to what the first decision, or the measure, made of the upload."""

BY_PRIOR_REVIEW = {"upheld": BLOCKED, "partially_reversed": LIMITED, "reversed": PUBLIC}

REVIEW: dict[str, str | None] = {
    "contest_lodged": "adjudication",
    "challenge_lodged": "adjudication",
    "further_review_requested": "adjudication",
    "case_reopened": "adjudication",
    "urgent_block_declared": "as before, else adjudication",
    "panel_assigned": "panel",
    "panel_disagreed": "re_review",
    "ruling_issued": None,
    "appeal_withdrawn": None,
    "parties_settled": None,
    "upload_withdrawn": None,
}
"""Where the review of the decision goes; events that are not named leave it."""

RESTS = {
    "lawful_use_marked": "marked_lawful",
    "warning_answered": "closed",
    "warning_lapsed": "closed",
    "notice_accepted": "measure_taken",
    "parties_settled": "closed",
}
"""Where the case rests when nothing is open; the ends of notices and reviews have rules of their own below."""

NOTICE = {
    "notice_received": "notice_check",
    "notice_lapsed": "closed",
    "notice_rejected": "closed",
    "notice_withdrawn": "closed",
    "notice_accepted": "measure_taken",
    "counter_notice_received": "counter_check",
    "counter_notice_lapsed": "measure_taken",
    "wait_expired": "restored",
}
"""Where the notice goes."""

STILL_OPEN = ("presumed_infringing", "prior_review", "restricted", "decided")
"""Where something can still be done, or still runs, when a notice comes to nothing: the notice takes none of it."""

SHOWN = ("notice_check", "counter_check", "waiting", "stayed")
ENDED_BY_REVERSAL = ("measure_taken", "counter_check", "waiting")


@dataclass(frozen=True)
class ModelAppeal:
    """An appeal: what it is against, and what a withdrawal returns to."""

    kind: str
    contested: str
    before: str
    lodged: datetime
    reopened: bool = False
    urgent: bool = False
    level: int = 1


@dataclass
class ReferenceModel:
    """The two things that case.md tells apart, ``procedure`` and ``availability``, event by event."""

    rests: str = ""
    review: str | None = None
    notice: str | None = None
    own: str = ""
    gone: bool = False
    appeals: list[ModelAppeal] = field(default_factory=list)
    notice_before: str = PUBLIC
    rested: str = ""
    notice_received: datetime | None = None
    notice_accepted: datetime | None = None
    notice_ended: datetime | None = None
    stays: list[datetime] = field(default_factory=list)
    ruled: datetime | None = None
    ruled_on: str | None = None
    ruled_appeal: int = 0
    offered: str = PUBLIC
    grace: datetime | None = None
    outcome: str = ""
    demands: dict[tuple[str, int], tuple[datetime, str]] = field(default_factory=dict)
    bodies: list[int] = field(default_factory=list)

    @property
    def procedure(self) -> str:
        """The state of the table."""
        if self.gone:
            return "closed"
        if self.review is not None:
            return self.review
        return self.notice if self.notice in SHOWN and self.notice is not None else self.rests

    @property
    def availability(self) -> str:
        """Withdrawn over ordered over an external body over the platform's own measure; the latest of each counts."""
        if self.gone:
            return "withdrawn"
        of_bodies = {("proceeding", number) for number in self.bodies}
        for binding in (True, False):
            found = [demand for key, demand in self.demands.items() if (key not in of_bodies) is binding]
            if found:
                return max(found, key=lambda demand: demand[0])[1]
        return self.own

    @property
    def appeal_is_open(self) -> bool:
        """Whether the open review is an appeal; a prior review is none."""
        return self.review is not None and bool(self.appeals)

    def see(self, happened: Happened) -> None:
        """Take the next event in."""
        event: Any = happened.event
        name = event.TOPIC.removeprefix("case.")
        getattr(self, f"_{name}", lambda *_: None)(event, happened.occurred)
        if name in REVIEW:
            keep = name == "urgent_block_declared" and self.review is not None
            self.review = self.review if keep else (REVIEW[name] or "").rpartition(" ")[2] or None
        self.rests = RESTS.get(name, self.rests)
        self.notice = NOTICE.get(name, self.notice)

    # What the public sees, and the ends that no table row says alone

    def _filtering_decision_recorded(self, event: Any, at: datetime) -> None:
        decided = event if event.beneath is None else event.beneath  # an order lies over what the standard says
        self.outcome = self.rests = decided.outcome.value
        self.grace = event.grace_until
        by_outcome = PUBLIC if self.grace else BY_OUTCOME.get(self.outcome, PUBLIC)
        self.own = by_outcome
        if event.order is not None:
            self.demands["order", 1] = (event.order.received_at, event.order.availability.value)

    def _lawful_use_marked(self, event: Any, at: datetime) -> None:
        self.own = PUBLIC

    def _grace_expired(self, event: Any, at: datetime) -> None:
        self.own = BLOCKED

    def _prior_review_expired(self, event: Any, at: datetime) -> None:
        self.own = PUBLIC

    def _deadline_passed(self, event: Any, at: datetime) -> None:
        self.own = self.own if event.availability is None else PUBLIC

    def _contest_lodged(self, event: Any, at: datetime) -> None:
        against = BLOCKED if self.grace and self.rests == "presumed_infringing" else self.own
        self.appeals.append(ModelAppeal("contest", against, against, at))
        self.own = PUBLIC if event.restored else self.own

    def _challenge_lodged(self, event: Any, at: datetime) -> None:
        self.appeals.append(ModelAppeal("challenge", self.own, self.own, at))

    def _urgent_block_declared(self, event: Any, at: datetime) -> None:
        if not self.appeal_is_open:
            self._challenge_lodged(event, at)
        self.appeals[-1] = replace(self.appeals[-1], urgent=True)
        self.own = BLOCKED

    def _further_review_requested(self, event: Any, at: datetime) -> None:
        ruled = self.appeals[self.ruled_appeal - 1]
        level = ruled.level + 1
        self.appeals.append(replace(ruled, before=self.own, lodged=at, reopened=False, urgent=False, level=level))

    def _case_reopened(self, event: Any, at: datetime) -> None:
        blocked = self.outcome in BY_OUTCOME
        kind, contested = ("contest", BLOCKED) if blocked else ("challenge", PUBLIC)
        self.appeals.append(ModelAppeal(kind, contested, self.own, at, reopened=True))
        if event.cause.value in ("ownership_false", "reference_withdrawn"):
            self.own = PUBLIC

    def _ruling_issued(self, event: Any, at: datetime) -> None:
        outcome = event.outcome.value
        if event.appeal is None:
            self.own = BY_PRIOR_REVIEW[outcome]
            self.rests = "presumed_lawful" if outcome == "reversed" else "restricted"
        else:
            self.rests = "decided"
            self.ruled_appeal = event.appeal
            self.ruled_on = self.appeals[event.appeal - 1].kind
            self.own = self._ruled(self.appeals[event.appeal - 1], outcome)
        if self.own == PUBLIC and self.notice in ENDED_BY_REVERSAL:
            self.notice, self.notice_ended = "closed", at
        self.ruled = at
        if event.appeal is None:
            self.ruled_on = None

    def _ruled(self, appeal: ModelAppeal, outcome: str) -> str:
        """A ruling on a block stops neither a restoration by law nor a stay, nor revives a measure that has ended."""
        if appeal.kind == "contest":
            ended = self.notice == "closed" and self.notice_accepted is not None and self.notice_ended is not None
            since = ended and self.notice_ended is not None and self.notice_ended >= appeal.lodged
            stays = (
                self.notice == "stayed"
                or (self.notice == "restored" and not appeal.reopened and outcome != "reversed")
                or (since and outcome == "upheld")
            )
            if stays:
                return self.own
        return BY_RULING[appeal.kind][outcome] or appeal.contested

    def _appeal_withdrawn(self, event: Any, at: datetime) -> None:
        """Closed, but not against the other side's own request for a further review, nor against a grace that runs."""
        appeal, self.own = self.appeals[-1], self.appeals[-1].before
        if appeal.level > 1:
            return
        if self.grace is not None and max(appeal.lodged, at) < self.grace and self.rests == "presumed_infringing":
            self.own = PUBLIC
            return
        self.rests = "closed"

    def _settlement_proposed(self, event: Any, at: datetime) -> None:
        self.offered = event.availability.value

    def _parties_settled(self, event: Any, at: datetime) -> None:
        self.own = self.offered
        if self.notice is not None and self.notice_ended is None:
            self.notice, self.notice_ended = "closed", at

    def _upload_withdrawn(self, event: Any, at: datetime) -> None:
        self.gone, self.rests = True, "closed"

    def _notice_received(self, event: Any, at: datetime) -> None:
        self.notice_received = at
        self.notice_accepted = self.notice_ended = None

    def _notice_accepted(self, event: Any, at: datetime) -> None:
        self.rested = self.rests
        measure = BY_MEASURE[event.measure.value]
        urgent = self.appeal_is_open and self.appeals[-1].urgent
        self.notice_before = self.appeals[-1].before if urgent else self.own
        self.own = max(self.own, measure, key=STRICTER.index)
        self.notice_accepted = at
        if self.appeal_is_open:
            self._back_to(max(self.appeals[-1].before, measure, key=STRICTER.index))

    def _back_to(self, shown: str) -> None:
        self.appeals[-1] = replace(self.appeals[-1], before=shown)

    def _came_to_nothing(self, at: datetime) -> None:
        self.notice_ended = at
        measured = self.rests == "measure_taken"
        beside = self.rested if measured else self.rests
        grace_over = measured and beside == "presumed_infringing" and self.own == PUBLIC
        self.rests = beside if beside in STILL_OPEN and not grace_over else "closed"

    def _notice_rejected(self, event: Any, at: datetime) -> None:
        self._came_to_nothing(at)

    def _notice_lapsed(self, event: Any, at: datetime) -> None:
        self._came_to_nothing(at)

    def _notice_withdrawn(self, event: Any, at: datetime) -> None:
        accepted = self.notice_accepted
        if accepted is not None and (self.ruled is None or self.ruled < accepted):
            urgent = self.appeal_is_open and self.appeals[-1].urgent
            self._ends(self.notice_before)
            self.own = BLOCKED if urgent else self.own
        self._came_to_nothing(at)

    def _ends(self, shown: str) -> None:
        """A measure ends; an appeal that is withdrawn later does not bring it back."""
        self.own = shown
        if self.appeal_is_open:
            self._back_to(shown)

    def _legal_action_reported(self, event: Any, at: datetime) -> None:
        if event.stays:
            self.stays.append(at)
            self.notice = "stayed" if self.notice == "waiting" else self.notice

    def _counter_notice_accepted(self, event: Any, at: datetime) -> None:
        if not event.waits:
            self._restored(at)
            self.notice = "restored"
            return
        since = self.notice_received
        self.notice = "stayed" if any(since is not None and one >= since for one in self.stays) else "waiting"

    def _restored(self, at: datetime) -> None:
        """What the public saw before the measure, unless a ruling on a challenge has said otherwise since."""
        accepted = self.notice_accepted
        stands = self.ruled_on == "challenge" and self.ruled is not None and accepted is not None
        stands = stands and self.ruled is not None and accepted is not None and self.ruled >= accepted
        self.notice_ended = at
        if not stands:
            self._ends(self.notice_before)
        beside = self.rested if self.rests == "measure_taken" else self.rests
        self.rests = beside if self.own != PUBLIC and beside in STILL_OPEN else "restored"

    def _wait_expired(self, event: Any, at: datetime) -> None:
        self._restored(at)

    def _measure_suspended(self, event: Any, at: datetime) -> None:
        self.own = PUBLIC
        if self.appeal_is_open:
            self.appeals[-1] = replace(self.appeals[-1], before=PUBLIC)

    def _order_received(self, event: Any, at: datetime) -> None:
        self.demands["order", event.order] = (event.since or at, event.availability.value)

    def _order_lifted(self, event: Any, at: datetime) -> None:
        del self.demands["order", event.order]

    def _outside_proceeding_opened(self, event: Any, at: datetime) -> None:
        if event.forum.value == "external_body":
            self.bodies.append(event.proceeding)

    def _outside_proceeding_decided(self, event: Any, at: datetime) -> None:
        if event.availability is not None:
            self.demands["proceeding", event.proceeding] = (event.decided_at, event.availability.value)
