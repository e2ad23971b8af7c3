"""What the API tells of a case, and to whom: each caller's own view of the same state and the same events.

Nobody but compliance learns who reviews, and nobody at all, compliance included, what a sealed ruling says. Reviewers
and parties cannot tell from an answer whether a first ruling is in: its event is left out, and so is everything that
would count it (versions are counted over what the caller may see). Which events and fields are whose stands in
``casework.views.visibility``, what is read of notices in ``casework.views.forwarded``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel

from casework.application import Casework
from casework.domain.case.adjudication import is_challengeable, is_contestable
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import OpenedRuling
from casework.domain.case.evolution import fold
from casework.domain.case.further import further_review_until
from casework.domain.case.panel import Ruling
from casework.domain.case.state import Appeal, Case, Exhibit
from casework.domain.case.steps import allowed_steps
from casework.domain.deadlines import challenge_until, comments_until, contest_until, deadlines, ruling_due
from casework.domain.decision import ACTIONS
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import Availability, DeadlineKind, Mark, VaultReference
from casework.eventlog.codec import Recorded
from casework.views.api.case_lines import (
    LegalActionAnswer,
    Lines,
    NoticeAnswer,
    OutsideAnswer,
    SettlementAnswer,
    references,
)
from casework.views.api.words import SEES_WORDS, Words
from casework.views.forwarded import sees_check
from casework.views.visibility import SEES_CHECK, hidden_fields, visible

_CHECKS = {DeadlineKind.NOTICE_CURE: Role.RIGHT_HOLDER, DeadlineKind.COUNTER_NOTICE_CURE: Role.UPLOADER}
"""Clocks of checks, with who sent what is checked."""

SEES_UPLOAD = (Role.UPLOADER, Role.COMPLIANCE)
"""Who sees title and address of the upload, which can name the person behind it."""

Json = dict[str, Any]


class Step(msgspec.Struct, frozen=True):
    """A step that this caller may take now. ``until``: its deadline, where it has one."""

    name: str
    until: datetime | None


class AppealAnswer(msgspec.Struct, frozen=True):
    """A contest or a challenge, by whom it was lodged and in whose interest (``side``).

    ``level`` counts the levels of review. ``reopened``: why the case was reopened. ``urgent``: with an urgent block;
    ``harm`` is what it averts, ``check`` who looked and what was found, which the uploader need not know.
    """

    number: int
    kind: str
    side: str
    lodged_by: str
    level: int
    urgent: bool
    reopened: str | None
    ground: str | None
    lodged_at: datetime
    reasons: str | None
    exceptions_considered: str | None
    check: str | None
    harm: str | None
    segments: tuple[int, ...]


class StatementAnswer(msgspec.Struct, frozen=True):
    """A comment of one side."""

    side: str
    statement: str | None
    at: datetime


class ExhibitAnswer(msgspec.Struct, frozen=True):
    """A file of one side; ``href`` gives its bytes."""

    id: str
    side: str
    name: str | None
    media_type: str
    size: int
    at: datetime
    href: str


class RulingAnswer(msgspec.Struct, frozen=True):
    """What one person ruled; ``reviewer`` is for compliance only, ``None`` words have been erased."""

    outcome: str
    bases: tuple[str, ...]
    factors: dict[str, str] | None
    reasons: dict[str, str | None] | None
    evidence_ids: tuple[str, ...]
    reviewer: str | None = None


class IssuedAnswer(msgspec.Struct, frozen=True):
    """The ruling that went to both sides."""

    outcome: str
    on_merits: bool
    availability: str
    issued_at: datetime | None
    statement_of_reasons: Json | None


class Clock(msgspec.Struct, frozen=True):
    """Something that falls due by itself, if nothing happens before."""

    kind: str
    due_at: datetime


class Deadlines(msgspec.Struct, frozen=True):
    """When windows close and the ruling falls due; ``None`` where no such window is open.

    ``clocks`` are all clocks that run and that this caller may know of, the next one first.
    """

    contest_until: datetime | None = None
    challenge_until: datetime | None = None
    further_review_until: datetime | None = None
    comments_until: datetime | None = None
    ruling_due: datetime | None = None
    clocks: list[Clock] = []


class CaseAnswer(msgspec.Struct, frozen=True):
    """A case as this caller may see it. ``version`` counts the events that this caller may see.

    ``regime`` governs the case, ``None`` while the platform has not chosen; ``notice`` is the latest of ``notices``.
    ``without_block``: why a rule that holds or blocks led to a warning only. ``grace_until``: what was public already
    stays so until then. ``ordered``: what a binding order said when the decision was made. ``availability`` is what
    this case makes of the upload, ``upload_availability`` what the public sees of it, all cases about it together; of
    a past state it is ``None``. ``signals`` of a commercial use decided nothing.
    """

    case_id: UUID
    version: int
    source: str
    decision_id: str
    decided_at: datetime
    informed_at: datetime
    upload: Json
    work: Json
    evidence: Json
    signals: list[Json]
    marks: list[Json]
    outcome: str
    rule: str
    doubt: str | None
    standard: str
    regime: str | None
    without_block: str | None
    grace_until: datetime | None
    ordered: str | None
    action: str
    statement_of_reasons: Json | None
    procedure: str
    availability: str
    upload_availability: str | None
    appeal: AppealAnswer | None
    appeals: list[AppealAnswer]
    deadlines: Deadlines
    statements: list[StatementAnswer]
    exhibits: list[ExhibitAnswer]
    ruling: IssuedAnswer | None
    rulings: list[RulingAnswer]
    own_ruling: RulingAnswer | None
    notice: NoticeAnswer | None
    notices: list[NoticeAnswer]
    outside: OutsideAnswer
    legal_actions: list[LegalActionAnswer]
    settlement: SettlementAnswer | None
    withdrawn_at: datetime | None
    allowed_steps: list[Step]
    links: dict[str, str]


class EventAnswer(msgspec.Struct, frozen=True):
    """One event; ``number`` counts those that this caller may see, ``by`` is the role that caused it.

    ``receipt``: the code by which the caller's own step is found in the public log, at ``/log/receipt/{code}``.
    """

    number: int
    type: str
    occurred: datetime
    recorded: datetime
    by: str
    data: Json
    receipt: str | None


class EventsAnswer(msgspec.Struct, frozen=True):
    """What happened in a case, in order."""

    case_id: UUID
    events: list[EventAnswer]


def steps_of(casework: Casework, case: Case, actor: Actor) -> list[Step]:
    """What the caller may do now."""
    return _steps(case, casework.circumstances(case, actor))


def _steps(case: Case, circumstances: Circumstances) -> list[Step]:
    found = allowed_steps(case, circumstances)
    return [Step(step.name, step.until) for step in found]


def state(history: Sequence[Recorded]) -> Case:
    """The case after its history, which is not empty."""
    case = fold(history)
    assert case is not None  # noqa: S101 - only an empty history folds to nothing
    return case


def answer_case(
    casework: Casework, case_id: UUID, history: Sequence[Recorded], actor: Actor, *, past: bool = False
) -> CaseAnswer:
    """The case for one caller; of a ``past`` state no steps are listed."""
    case = state(history)
    circumstances = casework.circumstances(case, actor)
    view = _View(casework, case_id, case, circumstances)
    if past:
        return view.answer(visible(history, actor.role), [], None)
    public = casework.uploads.seen_by_public(case_id, case)
    return view.answer(visible(history, actor.role), _steps(case, circumstances), public)


class _View:
    """One caller's look at one case; opens the words of the parties once."""

    def __init__(self, casework: Casework, case_id: UUID, case: Case, circumstances: Circumstances) -> None:
        self._casework = casework
        self._id = case_id
        self._case = case
        self._circumstances = circumstances
        self._actor = actor = circumstances.actor
        self._words = Words(casework, _references(case), allowed=actor.role in SEES_WORDS)
        self._lines = Lines(self._words, actor.role, casework.law.regimes)

    def answer(self, events: Sequence[Recorded], steps: list[Step], public: Availability | None) -> CaseAnswer:
        case = self._case
        decision = case.decision
        appeals = [self._appeal(appeal) for appeal in case.appeals]
        notices = [self._lines.notice(notice) for notice in case.notices]
        regime = self._circumstances.regime
        address = f"/api/v1/cases/{self._id}"
        return CaseAnswer(
            case_id=self._id,
            version=len(events),
            source=decision.source,
            decision_id=decision.decision_id,
            decided_at=decision.decided_at,
            informed_at=case.informed_at,
            upload=self._upload(),
            work=_plain(decision.work),
            evidence=_plain(decision.evidence),
            signals=[_plain(one) for one in decision.signals or ()],
            marks=[self._mark(mark) for mark in case.marks],
            outcome=decision.outcome.value,
            rule=decision.rule.value,
            doubt=None if decision.doubt is None else decision.doubt.value,
            standard=decision.standard,
            regime=None if regime is None else regime.id,
            without_block=decision.without_block,
            grace_until=decision.grace_until,
            ordered=None if decision.ordered is None else decision.ordered.value,
            action=ACTIONS[decision.outcome].value,
            statement_of_reasons=_plain_or_none(decision.statement_of_reasons),
            procedure=case.procedure.value,
            availability=case.availability.value,
            upload_availability=None if public is None else public.value,
            appeal=appeals[-1] if appeals else None,
            appeals=appeals,
            deadlines=self._deadlines(),
            statements=[StatementAnswer(one.side, self._words.text(one.statement), one.at) for one in case.statements],
            exhibits=[self._exhibit(exhibit, address) for exhibit in case.exhibits],
            ruling=self._issued(),
            rulings=[self._ruling(one) for one in self._open_rulings()],
            own_ruling=self._own_ruling(),
            notice=notices[-1] if notices else None,
            notices=notices,
            outside=self._lines.outside(case),
            legal_actions=[self._lines.legal_action(one) for one in case.legal_actions],
            settlement=self._lines.settlement(case.settlement),
            withdrawn_at=case.withdrawn_at,
            allowed_steps=steps,
            links={"self": address, "events": f"{address}/events"},
        )

    def _upload(self) -> Json:
        upload = self._case.decision.upload
        plain = _plain(upload, "description")
        if self._actor.role in SEES_UPLOAD:
            kept = self._words.content(upload.description)
            described = {"title": None, "url": None} if kept is None else msgspec.json.decode(kept)
            return {**plain, "title": described["title"], "url": described["url"]}
        return plain

    def _mark(self, mark: Mark) -> Json:
        return {"basis": mark.basis.value, "provision": mark.provision, "statement": self._words.text(mark.statement)}

    def _appeal(self, appeal: Appeal) -> AppealAnswer:
        return AppealAnswer(
            number=appeal.number,
            kind=appeal.kind.value,
            side=appeal.side.value,
            lodged_by=appeal.lodged_by.value,
            level=appeal.level,
            urgent=appeal.urgent,
            reopened=None if appeal.reopened is None else appeal.reopened.value,
            ground=None if appeal.ground is None else appeal.ground.value,
            lodged_at=appeal.lodged_at,
            reasons=self._words.text(appeal.reasons),
            exceptions_considered=self._words.text(appeal.exceptions_considered),
            check=self._words.text(appeal.check) if self._actor.role in SEES_CHECK else None,
            harm=self._words.text(appeal.harm),
            segments=appeal.segments,
        )

    def _exhibit(self, exhibit: Exhibit, address: str) -> ExhibitAnswer:
        evidence = exhibit.evidence
        return ExhibitAnswer(
            id=evidence.id,
            side=exhibit.side.value,
            name=self._words.text(evidence.name),
            media_type=evidence.media_type,
            size=evidence.size,
            at=exhibit.at,
            href=f"{address}/evidence/{evidence.id}",
        )

    def _deadlines(self) -> Deadlines:
        case, standard = self._case, self._circumstances.standard
        appeal = case.appeal if case.under_appeal else None
        return Deadlines(
            contest_until=contest_until(case, standard) if appeal is None and is_contestable(case) else None,
            challenge_until=challenge_until(case, standard) if is_challengeable(case) else None,
            further_review_until=further_review_until(case, standard) if appeal is None else None,
            comments_until=None if appeal is None else comments_until(appeal, standard),
            ruling_due=None if appeal is None else ruling_due(appeal, standard),
            clocks=self._clocks(),
        )

    def _clocks(self) -> list[Clock]:
        return [
            Clock(one.kind.value, one.due_at)
            for one in deadlines(self._case, self._circumstances.terms)
            if one.kind not in _CHECKS or sees_check(self._actor.role, _CHECKS[one.kind])
        ]

    def _issued(self) -> IssuedAnswer | None:
        ruling = self._case.ruling
        if ruling is None:
            return None
        return IssuedAnswer(
            outcome=ruling.outcome.value,
            on_merits=ruling.on_merits,
            availability=ruling.availability.value,
            issued_at=self._case.ruled_at,
            statement_of_reasons=_plain_or_none(ruling.statement_of_reasons),
        )

    def _open_rulings(self) -> Sequence[OpenedRuling]:
        """The rulings whose seals are broken: all for reviewers and compliance, for others those that decided."""
        case = self._case
        if self._actor.role in (Role.REVIEWER, Role.COMPLIANCE):
            return case.opened
        if case.ruling is None or self._actor.role not in SEES_WORDS:
            return ()
        return case.opened[-1:] if case.disagreed else case.opened

    def _ruling(self, opened: OpenedRuling) -> RulingAnswer:
        said = self._said(opened.content)
        return RulingAnswer(
            outcome=opened.outcome.value,
            bases=opened.bases,
            factors=None if said is None else said.factors.model_dump(),
            reasons=None if said is None else said.reasons.model_dump(),
            evidence_ids=() if said is None else said.evidence_ids,
            reviewer=opened.reviewer if self._actor.role is Role.COMPLIANCE else None,
        )

    def _own_ruling(self) -> RulingAnswer | None:
        if self._actor.role is not Role.REVIEWER:
            return None
        for submission in self._case.submitted:
            said = self._said(submission.sealed) if submission.reviewer == self._actor.id else None
            if said is not None:
                return RulingAnswer(
                    outcome=said.outcome.value,
                    bases=said.bases,
                    factors=said.factors.model_dump(),
                    reasons=said.reasons.model_dump(),
                    evidence_ids=said.evidence_ids,
                )
        return None

    def _said(self, reference: VaultReference) -> Ruling | None:
        content = self._casework.vault.open(reference)
        return None if content is None else Ruling.model_validate_json(content)


def answer_events(casework: Casework, case_id: UUID, history: Sequence[Recorded], actor: Actor) -> EventsAnswer:
    """The events for one caller: words only for those who may read them, reviewers' names only for compliance."""
    shown = visible(history, actor.role)
    allowed = actor.role in SEES_WORDS
    words = Words(casework, [found for one in shown for found in _texts_in(one.event)], allowed=allowed)
    events = [
        EventAnswer(
            number=number,
            type=one.event.TOPIC.removeprefix("case."),
            occurred=one.occurred,
            recorded=one.recorded,
            by=one.by.role.value,
            data=_data(one.event, actor, words),
            receipt=casework.receipts.of_own(one, actor.role),
        )
        for number, one in enumerate(shown, start=1)
    ]
    return EventsAnswer(case_id, events)


def _data(event: Event, actor: Actor, words: Words) -> Json:
    hidden = hidden_fields(event, actor.role)
    return {
        name: shown
        for name in type(event).model_fields
        if name not in hidden and (shown := _shown(getattr(event, name), words)) is not None
    }


_NEVER = ("description", "file", "sealed", "content")
"""References that no list of events follows: the upload's title and address, files, rulings, words of notices."""


def _shown(value: Any, words: Words) -> Any:
    """A field as JSON, with words in the place of references to them."""
    if isinstance(value, VaultReference):
        return words.text(value)
    if isinstance(value, BaseModel):
        return {
            name: shown
            for name in type(value).model_fields
            if name not in _NEVER and (shown := _shown(getattr(value, name), words)) is not None
        }
    if isinstance(value, tuple):
        return [_shown(one, words) for one in value]
    return value


def _texts_in(value: Any) -> Iterable[VaultReference]:
    if isinstance(value, VaultReference):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in _NEVER:
                yield from _texts_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts_in(one)


def _references(case: Case) -> list[VaultReference]:
    found: list[VaultReference | None] = [mark.statement for mark in case.marks]
    for appeal in case.appeals:
        found += [appeal.reasons, appeal.exceptions_considered, appeal.check, appeal.harm]
    found += [one.statement for one in case.statements]
    found += [*(one.evidence.name for one in case.exhibits), case.decision.upload.description]
    found += references(case)
    return [reference for reference in found if reference is not None]


def _plain(value: BaseModel, *without: str) -> Json:
    return value.model_dump(mode="json", exclude_none=True, exclude=set(without))


def _plain_or_none(value: BaseModel | None) -> Json | None:
    return None if value is None else _plain(value)
