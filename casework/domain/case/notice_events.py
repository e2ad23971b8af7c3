"""The facts of notice and counter-notice (case.md, notice_check to restored; law.md 4.2 and 5)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.values import (
    Availability,
    Identifier,
    Measure,
    Moment,
    OutsideForum,
    PauseCause,
    StatementOfReasons,
    VaultReference,
    Word,
)

Number = Annotated[int, Field(ge=1)]
Elements = Annotated[tuple[Word, ...], Field(max_length=30)]
"""Statutory elements by their ids in the regime's file."""


class NoticeReceived(Event):
    """The right holder gave notice under a regime; ``elements`` are those it supplied, ``content`` its words.

    ``items`` counts the exact locations named; ``trusted``: sent by a trusted right holder.
    """

    TOPIC: ClassVar[str] = "case.notice_received"

    notice: Number
    regime: Identifier
    elements: Elements
    content: VaultReference
    items: Number = 1
    trusted: bool = False
    measure_sought: Measure | None = None


class RepeatNoticeBarred(Event):
    """A repeat notice on an item restored at once was refused (invariant 8; RCCINR art. 17).

    ``case``: the linked case of the notice that bars it, if it is not this one.
    """

    TOPIC: ClassVar[str] = "case.repeat_notice_barred"

    barred_by: Number
    case: UUID | None = None


class NoticeFoundDeficient(Event):
    """Elements are missing: no knowledge arises, and the sender may cure it until ``cure_until``."""

    TOPIC: ClassVar[str] = "case.notice_found_deficient"

    notice: Number
    missing: Elements
    cure_until: Moment
    remarks: VaultReference | None = None


class NoticeAmended(Event):
    """The sender supplied what was missing."""

    TOPIC: ClassVar[str] = "case.notice_amended"

    notice: Number
    elements: Elements
    content: VaultReference


class NoticeLapsed(Event):
    """A deficient notice was not cured in time; it gives no knowledge."""

    TOPIC: ClassVar[str] = "case.notice_lapsed"

    notice: Number
    due_at: Moment


class NoticeAccepted(Event):
    """A person found the notice good and took a proportionate measure, with reasons."""

    TOPIC: ClassVar[str] = "case.notice_accepted"

    notice: Number
    measure: Measure
    reasons: VaultReference
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class NoticeForwarded(Event):
    """The notice went to the uploader, in the same transaction as the measure (Civil Code art. 1195(2))."""

    TOPIC: ClassVar[str] = "case.notice_forwarded"

    notice: Number


class NoticeRejected(Event):
    """The notice is unfounded on its face; the sender gets the decision and the remedies."""

    TOPIC: ClassVar[str] = "case.notice_rejected"

    notice: Number
    reasons: VaultReference


class NoticeWithdrawn(Event):
    """The sender took the notice back; its measure ends."""

    TOPIC: ClassVar[str] = "case.notice_withdrawn"

    notice: Number
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class CounterNoticeReceived(Event):
    """The uploader declared that the measure is wrong (Civil Code art. 1196; 17 USC 512(g)(3))."""

    TOPIC: ClassVar[str] = "case.counter_notice_received"

    notice: Number
    counter_notice: Number
    regime: Identifier
    elements: Elements
    content: VaultReference


class CounterNoticeFoundDeficient(Event):
    """Elements of the counter-notice are missing; it may be cured until ``cure_until``."""

    TOPIC: ClassVar[str] = "case.counter_notice_found_deficient"

    counter_notice: Number
    missing: Elements
    cure_until: Moment
    remarks: VaultReference | None = None


class CounterNoticeAmended(Event):
    """The uploader supplied what was missing."""

    TOPIC: ClassVar[str] = "case.counter_notice_amended"

    counter_notice: Number
    elements: Elements
    content: VaultReference


class CounterNoticeLapsed(Event):
    """A deficient counter-notice was not cured in time; the measure stays, and a new one may be sent."""

    TOPIC: ClassVar[str] = "case.counter_notice_lapsed"

    counter_notice: Number
    due_at: Moment


class CounterNoticeAccepted(Event):
    """The counter-notice is complete. ``waits``: the regime waits for legal action; otherwise restored at once."""

    TOPIC: ClassVar[str] = "case.counter_notice_accepted"

    counter_notice: Number
    regime: Identifier
    waits: bool
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


class CounterNoticeForwarded(Event):
    """The counter-notice went to the right holder, in the same transaction as its acceptance."""

    TOPIC: ClassVar[str] = "case.counter_notice_forwarded"

    counter_notice: Number


class CounterNoticeDelivered(Event):
    """The counter-notice reached the right holder; the Chinese wait runs from then (invariant 5)."""

    TOPIC: ClassVar[str] = "case.counter_notice_delivered"

    counter_notice: Number
    delivered_at: Moment


class WaitPaused(Event):
    """Working days of notarisation or authentication that the wait does not count (SPC Reply 2020, no. 3)."""

    TOPIC: ClassVar[str] = "case.wait_paused"

    counter_notice: Number
    cause: PauseCause
    working_days: Number
    proof: VaultReference


class LegalActionReported(Event):
    """The right holder went to court or to the authority; possible in every state (invariant 6).

    ``names_uploader`` and ``names_item``: the proof names them, as a stay of the wait demands. ``stays``: it stays the
    wait that runs, or the one that a counter-notice to the open notice would start.
    """

    TOPIC: ClassVar[str] = "case.legal_action_reported"

    forum: OutsideForum
    proof: VaultReference
    names_uploader: bool
    names_item: bool
    stays: bool


class WaitExpired(Event):
    """No legal action within the wait: the measure ends, and the upload is what it was before it."""

    TOPIC: ClassVar[str] = "case.wait_expired"

    counter_notice: Number
    due_at: Moment
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


NOTICE_EVENTS: tuple[type[Event], ...] = (
    NoticeReceived,
    RepeatNoticeBarred,
    NoticeFoundDeficient,
    NoticeAmended,
    NoticeLapsed,
    NoticeAccepted,
    NoticeForwarded,
    NoticeRejected,
    NoticeWithdrawn,
    CounterNoticeReceived,
    CounterNoticeFoundDeficient,
    CounterNoticeAmended,
    CounterNoticeLapsed,
    CounterNoticeAccepted,
    CounterNoticeForwarded,
    CounterNoticeDelivered,
    WaitPaused,
    LegalActionReported,
    WaitExpired,
)
