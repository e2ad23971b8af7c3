"""What a case page shows of notices, waits, agreements and courts, and of the law behind them, to one of its sides.

Who may read what is settled once, for pages, API and letters alike (``casework.views.forwarded`` and ``visibility``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.application import Casework
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.intake import case_id
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import deadlines, undated
from casework.domain.facts import Actor, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents, Regime, Regimes, WaitStart
from casework.domain.values import Availability, DeadlineKind, Remedy
from casework.views.api.case_lines import (
    CounterNoticeAnswer,
    LegalActionAnswer,
    Lines,
    NoticeAnswer,
    OutsideAnswer,
    SettlementAnswer,
    references,
)
from casework.views.api.words import Words
from casework.views.deadline_labels import deadline_label
from casework.views.forwarded import sees_check
from casework.views.labels import legal_basis_label, provision_label, provision_text
from casework.views.language import gettext
from casework.views.models.cases import list_linked
from casework.views.pages.standard_law import in_language
from casework.views.presentation.external_body import open_body_days
from casework.views.regime_labels import element_label, wait_text

_CHECKS = {DeadlineKind.NOTICE_CURE: Role.RIGHT_HOLDER, DeadlineKind.COUNTER_NOTICE_CURE: Role.UPLOADER}
"""Clocks of checks, with who sent what is checked."""

SEVERITY = (
    Availability.PUBLIC,
    Availability.PUBLIC_LIMITED,
    Availability.HELD,
    Availability.BLOCKED,
    Availability.WITHDRAWN,
)
"""From the mildest to the most restrictive."""


@dataclass(frozen=True, slots=True)
class ElementView:
    """One statutory element of a notice: what was said, or whether it is missing, and the article that wants it."""

    id: str
    label: str
    article: str
    said: str | None
    stated: bool
    missing: bool


@dataclass(frozen=True, slots=True)
class LawfulUseView:
    """One entry of the list that a mark may name."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ClockView:
    """Something that falls due by itself; ``due_at`` is ``None`` where the year's working days are not known yet."""

    label: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class WholeUpload:
    """All cases of the same upload together: what the public sees is the most restrictive of them.

    ``others``: the works of the other cases and what holds on account of each.
    """

    availability: Availability
    others: tuple[tuple[str, Availability], ...]


@dataclass(frozen=True, slots=True)
class CaseLines:
    """Everything beside the main line of a case, for one side."""

    regime: Regime | None
    family: tuple[Regime, ...]
    notices: tuple[NoticeAnswer, ...]
    outside: OutsideAnswer
    legal_actions: tuple[LegalActionAnswer, ...]
    settlement: SettlementAnswer | None
    clocks: tuple[ClockView, ...]
    whole: WholeUpload | None
    regimes: Regimes
    standard_wait_days: int

    @property
    def notice(self) -> NoticeAnswer | None:
        """The latest notice."""
        return self.notices[-1] if self.notices else None

    @property
    def counter_notice(self) -> CounterNoticeAnswer | None:
        """The latest counter-notice to the latest notice."""
        return None if self.notice is None else self.notice.counter_notice

    @property
    def lawful_uses(self) -> tuple[LawfulUseView, ...]:
        """The lawful uses that a mark may name; the regimes of one family share them."""
        regime = self.regime or (self.family[0] if self.family else None)
        if regime is None:
            return ()
        return tuple(_lawful_use(use.id, in_language(use.name)) for use in regime.lawful_uses)

    @property
    def outside_remedies(self) -> tuple[Remedy, ...]:
        """Where one may turn outside the platform."""
        regimes = (self.regime,) if self.regime is not None else self.family
        found = dict.fromkeys(remedy for regime in regimes for remedy in regime.remedies.outside)
        return tuple(found) or (Remedy.AUTHORITY, Remedy.COURT)

    @property
    def regime_title(self) -> str:
        """The law that governs, in words; empty while none is chosen."""
        return "" if self.regime is None else in_language(self.regime.title)

    @property
    def wait_words(self) -> str:
        """How long the wait lasts and from when."""
        return "" if self.regime is None else wait_text(self.regime.wait, self.standard_wait_days)

    @property
    def wait_source(self) -> str:
        """Where the law says so."""
        return "" if self.regime is None else in_language(self.regime.wait.source)

    @property
    def waits_for_delivery(self) -> bool:
        """Whether the wait begins with the arrival at the right holder."""
        return self.regime is not None and self.regime.wait.starts is WaitStart.DELIVERY

    @property
    def pause_left(self) -> int:
        """Working days for which the wait may still stand still."""
        counter = self.counter_notice
        if self.regime is None or counter is None:
            return 0
        return max(self.regime.pause.most_working_days - counter.paused_working_days, 0)

    def basis_name(self, code: str) -> str:
        """A legal basis in words."""
        return legal_basis_name(code, self.regimes)

    def contents(self, sent: NoticeAnswer | CounterNoticeAnswer | None, *, counter: bool) -> Contents | None:
        """What the law asks of a notice or counter-notice: that of the regime that it came in under, or the present."""
        regime = self.regime if sent is None else self.regimes.by_id.get(sent.regime, self.regime)
        if regime is None:
            return None
        return regime.counter_notice if counter else regime.notice

    def elements(self, sent: NoticeAnswer | CounterNoticeAnswer) -> tuple[ElementView, ...]:
        """The statutory list of what was sent, side by side with what was said; only what this side may read."""
        contents = self.contents(sent, counter=isinstance(sent, CounterNoticeAnswer))
        words: Mapping[str, str | bool] = sent.words or {}
        articles = {} if contents is None else {one.id.value: in_language(one.article) for one in contents.elements}
        listed = list(articles) + [name for name in words if name not in articles]
        missing = sent.missing or ()
        found = []
        for name in listed:
            said = words.get(name)
            if said is None and name not in missing:
                continue
            found.append(
                ElementView(
                    id=name,
                    label=element_label(NoticeElement(name)),
                    article=articles.get(name, ""),
                    said=said if isinstance(said, str) else None,
                    stated=said is True,
                    missing=name in missing,
                )
            )
        return tuple(found)


def legal_basis_name(code: str, regimes: Regimes) -> str:
    """A legal basis in words: our own where there are some, else those of the regime that knows it, else the code."""
    known = legal_basis_label(code)
    if known != code:
        return known
    found = (use.name for regime in regimes.all for use in regime.lawful_uses if use.id == code)
    name = next(found, None)
    return code if name is None else in_language(name)


def view_lines(casework: Casework, case: Case, circumstances: Circumstances, actor: Actor) -> CaseLines:
    """The lines of a case for one side."""
    words = Words(casework, [one for one in references(case) if one is not None], allowed=True)
    regimes, standard = casework.law.regimes, circumstances.standard
    lines = Lines(words, actor.role, regimes)
    return CaseLines(
        regime=circumstances.regime,
        family=regimes.of_family(standard.regime),
        notices=tuple(lines.notice(notice) for notice in case.notices),
        outside=lines.outside(case),
        legal_actions=tuple(lines.legal_action(one) for one in case.legal_actions),
        settlement=lines.settlement(case.settlement),
        clocks=tuple(_clocks(case, circumstances, actor.role)),
        whole=_whole(casework, case) if actor.role is Role.UPLOADER else None,
        regimes=regimes,
        standard_wait_days=standard.procedure.wait_days,
    )


def _lawful_use(code: str, name: str) -> LawfulUseView:
    known = provision_label(code)
    return LawfulUseView(code, name if known == code else known, provision_text(code))


def _clocks(case: Case, circumstances: Circumstances, role: Role) -> Iterator[ClockView]:
    for one in deadlines(case, circumstances.terms):
        if one.kind not in _CHECKS or sees_check(role, _CHECKS[one.kind]):
            yield ClockView(deadline_label(one.kind.value), one.due_at)
    for unknown in undated(case, circumstances.terms):
        yield ClockView(deadline_label(unknown.kind.value), None)
    for body in open_body_days(case, circumstances.terms):
        if body.latest is not None:
            title = gettext("Decision of the external body in a highly complex dispute, at the latest")
            yield ClockView(title, body.latest)
    notice = case.notice
    waiting = notice is not None and notice.stage is Procedure.WAITING and case.withdrawn_at is None
    if waiting and notice is not None and notice.counter_notice is not None:
        regime = circumstances.regime
        starts = None if regime is None else regime.wait.starts
        if starts is WaitStart.DELIVERY and notice.counter_notice.delivered_at is None:
            yield ClockView(deadline_label(DeadlineKind.WAIT.value), None)


def _whole(casework: Casework, case: Case) -> WholeUpload | None:
    """The uploader's other cases on this very upload; an upload of the same number of somebody else is another one."""
    upload, views = case.decision.upload, casework.views
    this = case_id(case.decision.source, case.decision.decision_id)
    with views.engine.connect() as connection:
        rows = list_linked(connection, views.tables("cases"), upload.id, upload.version, this)
    others = tuple((row.work_title, Availability(row.availability)) for row in rows if row.uploader == upload.uploader)
    if not others:
        return None
    strictest = max((case.availability, *(one[1] for one in others)), key=SEVERITY.index)
    return WholeUpload(strictest, others)
