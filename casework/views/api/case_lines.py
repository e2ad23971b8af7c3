"""What an answer tells of the notices of a case, and of what courts, authorities and agreements do to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from casework.domain.case.state import Case, CounterNotice, LegalAction, Notice, Order, OutsideProceeding, Settlement
from casework.domain.facts import Role
from casework.domain.regimes.regimes import Contents, Regime, Regimes
from casework.domain.values import VaultReference
from casework.steps.notices import read_elements
from casework.views.api.words import Words
from casework.views.forwarded import may_read, readable, sees_check
from casework.views.visibility import BETWEEN_SIDES, OF_RIGHT_HOLDER


class CounterNoticeAnswer(msgspec.Struct, frozen=True):
    """The uploader's declaration against a measure; the fields are those of a notice.

    ``waits``: whether the regime waits for legal action before the upload comes back; ``None`` until accepted.
    """

    number: int
    regime: str
    received_at: datetime
    elements: tuple[str, ...] | None
    missing: tuple[str, ...] | None
    cure_until: datetime | None
    remarks: str | None
    accepted_at: datetime | None
    waits: bool | None
    delivered_at: datetime | None
    paused_working_days: int
    lapsed_at: datetime | None
    words: dict[str, str | bool] | None


class NoticeAnswer(msgspec.Struct, frozen=True):
    """A right holder's notice and what followed.

    ``elements``, ``missing``, ``cure_until`` and ``remarks`` are ``None`` for the other side: how the check goes is
    between sender and intake. ``missing`` is what intake found missing, before that what the record lacks. ``words``
    are the elements that this caller may read; the other side's once it was forwarded.
    """

    number: int
    regime: str
    stage: str
    received_at: datetime
    elements: tuple[str, ...] | None
    missing: tuple[str, ...] | None
    cure_until: datetime | None
    remarks: str | None
    items: int
    trusted: bool
    measure_sought: str | None
    measure: str | None
    reasons: str | None
    accepted_at: datetime | None
    ended_at: datetime | None
    counter_notice: CounterNoticeAnswer | None
    counter_notices: list[CounterNoticeAnswer]
    words: dict[str, str | bool] | None


class ProceedingAnswer(msgspec.Struct, frozen=True):
    """A dispute outside the platform; ``outcome`` speaks of the platform's initial decision."""

    number: int
    forum: str
    opened_at: datetime
    reference: str | None
    decided_at: datetime | None
    outcome: str | None
    implemented: bool
    availability: str | None


class OrderAnswer(msgspec.Struct, frozen=True):
    """A binding order; it holds until it is lifted or ``until``."""

    number: int
    forum: str
    interim: bool
    availability: str
    received_at: datetime
    until: datetime | None
    reference: str | None
    lifted_at: datetime | None


class OutsideAnswer(msgspec.Struct, frozen=True):
    """What goes on outside the platform."""

    proceedings: list[ProceedingAnswer]
    orders: list[OrderAnswer]


class LegalActionAnswer(msgspec.Struct, frozen=True):
    """A suit or complaint that the right holder reported; ``stays``: it keeps the measure beyond the wait."""

    forum: str
    at: datetime
    stays: bool
    proof: str | None


class SettlementAnswer(msgspec.Struct, frozen=True):
    """An open offer, for the two sides and compliance."""

    side: str
    availability: str
    terms: str | None
    at: datetime


def references(case: Case) -> Iterable[VaultReference | None]:
    """Everything that may have to be opened for these parts."""
    for notice in case.notices:
        yield from _references_of(notice)
        yield notice.reasons
        for counter in notice.counter_notices:
            yield from _references_of(counter)
    yield from (one.words for one in case.proceedings)
    yield from (one.words for one in case.orders)
    yield from (one.proof for one in case.legal_actions)
    if case.settlement is not None:
        yield case.settlement.terms


def _references_of(sent: Notice | CounterNotice) -> Iterable[VaultReference | None]:
    yield sent.content
    yield None if sent.deficiency is None else sent.deficiency.remarks


@dataclass(frozen=True, slots=True)
class Lines:
    """One caller's look at these parts of a case."""

    words: Words
    role: Role
    regimes: Regimes

    def notice(self, notice: Notice) -> NoticeAnswer:
        """A notice as this caller may see it."""
        counters = [self._counter(counter) for counter in notice.counter_notices]
        regime = self.regimes.by_id.get(notice.regime)
        check = self._check(notice, Role.RIGHT_HOLDER, None if regime is None else regime.notice)
        rejected = notice.reasons is not None and notice.accepted_at is None
        return NoticeAnswer(
            number=notice.number,
            regime=notice.regime,
            stage=notice.stage.value,
            received_at=notice.received_at,
            elements=check.elements,
            missing=check.missing,
            cure_until=check.cure_until,
            remarks=check.remarks,
            items=notice.items,
            trusted=notice.trusted,
            measure_sought=None if notice.measure_sought is None else notice.measure_sought.value,
            measure=None if notice.measure is None else notice.measure.value,
            reasons=None if rejected and self.role not in OF_RIGHT_HOLDER else self.words.text(notice.reasons),
            accepted_at=notice.accepted_at,
            ended_at=notice.ended_at,
            counter_notice=counters[-1] if counters else None,
            counter_notices=counters,
            words=self._elements(notice, Role.RIGHT_HOLDER, regime),
        )

    def _counter(self, counter: CounterNotice) -> CounterNoticeAnswer:
        regime = self.regimes.by_id.get(counter.regime)
        check = self._check(counter, Role.UPLOADER, None if regime is None else regime.counter_notice)
        return CounterNoticeAnswer(
            number=counter.number,
            regime=counter.regime,
            received_at=counter.received_at,
            elements=check.elements,
            missing=check.missing,
            cure_until=check.cure_until,
            remarks=check.remarks,
            accepted_at=counter.accepted_at,
            waits=counter.waits,
            delivered_at=counter.delivered_at,
            paused_working_days=counter.paused_working_days,
            lapsed_at=counter.lapsed_at,
            words=self._elements(counter, Role.UPLOADER, regime),
        )

    def _check(self, sent: Notice | CounterNotice, sender: Role, contents: Contents | None) -> _Check:
        if not sees_check(self.role, sender):
            return _Check(sent.elements if may_read(self.role, sender, sent) else None, None, None, None)
        found = sent.deficiency
        if found is not None:
            return _Check(sent.elements, found.missing, found.cure_until, self.words.text(found.remarks))
        wanted = () if contents is None else contents.ids
        return _Check(sent.elements, tuple(one.value for one in wanted if one not in sent.elements), None, None)

    def _elements(
        self, sent: Notice | CounterNotice, sender: Role, regime: Regime | None
    ) -> dict[str, str | bool] | None:
        content = self.words.content(sent.content)
        if content is None or not may_read(self.role, sender, sent):
            return None
        return readable(read_elements(content), self.role, sender, None if regime is None else regime.family)

    def outside(self, case: Case) -> OutsideAnswer:
        """Proceedings and orders; both sides see all of them."""
        return OutsideAnswer(
            [self._proceeding(one) for one in case.proceedings], [self._order(one) for one in case.orders]
        )

    def _proceeding(self, one: OutsideProceeding) -> ProceedingAnswer:
        return ProceedingAnswer(
            number=one.number,
            forum=one.forum.value,
            opened_at=one.opened_at,
            reference=self.words.text(one.words),
            decided_at=one.decided_at,
            outcome=None if one.outcome is None else one.outcome.value,
            implemented=one.implemented,
            availability=None if one.availability is None else one.availability.value,
        )

    def _order(self, one: Order) -> OrderAnswer:
        return OrderAnswer(
            number=one.number,
            forum=one.forum.value,
            interim=one.interim,
            availability=one.availability.value,
            received_at=one.received_at,
            until=one.until,
            reference=self.words.text(one.words),
            lifted_at=one.lifted_at,
        )

    def legal_action(self, one: LegalAction) -> LegalActionAnswer:
        """A suit or complaint; both sides see it and its proof (invariant 7)."""
        return LegalActionAnswer(one.forum.value, one.at, one.stays, self.words.text(one.proof))

    def settlement(self, one: Settlement | None) -> SettlementAnswer | None:
        """The open offer, if this caller may know of it."""
        if one is None or self.role not in BETWEEN_SIDES:
            return None
        return SettlementAnswer(one.side.value, one.availability.value, self.words.text(one.terms), one.at)


@dataclass(frozen=True, slots=True)
class _Check:
    """How the check of a notice or counter-notice stands, as far as somebody may know."""

    elements: tuple[str, ...] | None
    missing: tuple[str, ...] | None
    cure_until: datetime | None
    remarks: str | None
