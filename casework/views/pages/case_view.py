"""One case as one of its sides sees it: what was said and filed, the ruling with its reasons, the steps and why not.

Both sides see the same evidence, comments and ruling (case.md, invariant 7), and nothing of who anybody is: no
pseudonym, no name of a reviewer. The right holder learns title and address of the upload only once it is public: before
that it needs neither to judge the match, and the upload may never be published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import UUID

import msgspec

from casework.application import Casework
from casework.domain.case.events import OpenedRuling, PanelAssigned, RulingIssued, RulingsOpened
from casework.domain.case.evolution import fold
from casework.domain.case.panel import Ruling
from casework.domain.case.state import Appeal, Case, Exhibit
from casework.domain.case.steps import Step, steps
from casework.domain.facts import Actor, Refused, Role
from casework.domain.regimes.regimes import Regimes
from casework.domain.standard.standard import Standard
from casework.domain.values import Availability, Mark, RulingOutcome, StatementOfReasons, VaultReference
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import Opened, Vault
from casework.views import presentation
from casework.views.factors import FACTORS, Weighed, weighed
from casework.views.labels import (
    appeal_label,
    basis_label,
    factor_label,
    ground_label,
    prior_review_meaning,
    provision_text,
    rule_name,
    rule_text,
    ruling_label,
    ruling_meaning,
    side_label,
)
from casework.views.language import Language, current_language, gettext
from casework.views.pages.case_lines import CaseLines, legal_basis_name, view_lines
from casework.views.presentation import MatchView, RequiredAction, Standing, TimelineEntry
from casework.views.refusals import refusal_text
from casework.views.step_labels import reopening_label
from casework.views.visibility import SEES_CHECK


@dataclass(frozen=True, slots=True)
class Words:
    """What a person wrote; ``text`` is ``None`` when it was erased on request."""

    by: str
    text: str | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the case, as the component ``file_list`` takes it."""

    id: str
    name: str
    href: str
    size: int
    media_type: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkView:
    """A lawful-use mark with what was said about it."""

    mark: Mark
    name: str
    text: str
    statement: str | None


@dataclass(frozen=True, slots=True)
class AppealView:
    """A contest, challenge, further review or reopening; ``segments`` are numbers as people count them, from 1.

    ``urgent``: with an urgent block; ``harm`` is what it averts, ``check`` who looked, for those who may know.
    """

    kind: str
    title: str
    side: Role
    ground: str
    reasons: str | None
    exceptions: str | None
    has_exceptions: bool
    segments: tuple[int, ...]
    lodged_at: datetime
    urgent: bool
    harm: str | None
    check: str | None
    reopened: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """The ruling of one reviewer, without a name. ``decides``: its outcome is the one that was issued."""

    title: str
    outcome: str
    decides: bool
    bases: tuple[str, ...]
    factors: tuple[tuple[str, Weighed], ...]
    reasons: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulingView:
    """What was decided, and every reviewer's reasons. ``code`` is the outcome as events carry it."""

    code: str
    outcome: str
    meaning: str
    at: datetime
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with the sentence that stands in place of its form when it is not allowed."""

    name: str
    allowed: bool
    why_not: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that a page about a case shows to one of its sides. ``base`` is the page's own address.

    ``past``: the moment as of which it is shown, if it is not now; then no step is open.
    """

    id: UUID
    base: str
    role: Role
    case: Case
    standard: Standard
    standing: Standing
    now: datetime
    required: RequiredAction
    match: MatchView
    rule_name: str
    rule_text: str
    title: str | None
    address: str | None
    reasons: StatementOfReasons | None
    marks: tuple[MarkView, ...]
    appeals: tuple[AppealView, ...]
    lines: CaseLines
    statements: tuple[Words, ...]
    files: tuple[FileView, ...]
    ruling: RulingView | None
    steps: Mapping[str, StepView]
    timeline: tuple[TimelineEntry, ...]
    history: tuple[Recorded, ...]
    start_token: str
    past: datetime | None = None

    @property
    def appeal(self) -> AppealView | None:
        """The latest appeal."""
        return self.appeals[-1] if self.appeals else None

    @property
    def shows_upload(self) -> bool:
        """Whether title and address of the upload are shown on this page."""
        return self.title is not None or self.address is not None


def load_case(casework: Casework, case_id: UUID, at: datetime | None = None) -> tuple[tuple[Recorded, ...], Case]:
    """The history of a case and the case, now or as known at a past moment. Raises ``NotFound``."""
    history = tuple(casework.history(case_id, at=at))
    case = fold(history)
    if case is None:
        raise NotFound("case")
    return history, case


def view_case(
    casework: Casework, case_id: UUID, actor: Actor, base: str, zone: tzinfo, *, at: datetime | None = None
) -> CaseView:
    """The case for ``actor``, who must be one of its sides; with ``at`` as it was known then. Raises ``NotFound``."""
    history, case = load_case(casework, case_id, at)
    circumstances = casework.circumstances(case, actor)
    if at is not None:
        circumstances = replace(circumstances, now=at)
    standard, now = circumstances.standard, circumstances.now
    standing = presentation.standing_of_case(case, standard, circumstances.terms, history)
    issued = last_ruling(history)
    words = _Spoken(casework.vault, case, issued, casework.law.regimes)
    title, address = _upload(words, case, actor.role)
    return CaseView(
        id=case_id,
        base=base,
        role=actor.role,
        case=case,
        standard=standard,
        standing=standing,
        now=now,
        required=presentation.required_action(standing, actor.role, now, zone),
        match=presentation.match_view(case.decision, standard),
        rule_name=rule_name(case.decision.rule),
        rule_text=rule_text(case.decision.rule, standard),
        title=title,
        address=address,
        reasons=_reasons_in_force(case, history),
        marks=tuple(_mark(words, mark) for mark in case.marks),
        appeals=tuple(_appeal(words, appeal, actor.role) for appeal in case.appeals),
        lines=view_lines(casework, case, circumstances, actor),
        statements=tuple(
            Words(side_label(one.side.value), words.text(one.statement), one.at) for one in case.statements
        ),
        files=tuple(_file(words, exhibit, base) for exhibit in case.exhibits),
        ruling=_ruling(words, case, issued),
        steps={step.name: _step(step) if at is None else _past(step) for step in steps(case, circumstances)},
        timeline=(*presentation.timeline(history, actor.role), *presentation.upcoming(standing, now)),
        history=history,
        start_token=presentation.start_token(history, actor.role),
        past=at,
    )


@dataclass(frozen=True, slots=True)
class Issued:
    """The latest ruling that went to both sides, with the opinions behind it."""

    event: RulingIssued
    at: datetime
    opened: tuple[OpenedRuling, ...]


def last_ruling(history: Sequence[Recorded]) -> Issued | None:
    """The latest ruling, also while a further review of it is open; opinions of a new round are not among it."""
    opened: tuple[OpenedRuling, ...] = ()
    found = None
    for recorded in history:
        event = recorded.event
        if isinstance(event, PanelAssigned):
            opened = ()
        elif isinstance(event, RulingsOpened):
            opened += event.rulings
        elif isinstance(event, RulingIssued):
            found = Issued(event, recorded.occurred, opened)
    return found


def find_exhibit(case: Case, evidence_id: str) -> Exhibit:
    """A file of the case by its id. Raises ``NotFound``."""
    for exhibit in case.exhibits:
        if exhibit.evidence.id == evidence_id:
            return exhibit
    raise NotFound("evidence")


class _Spoken:
    """The words of a case, opened with one look into the vault. Rulings stay sealed until one was issued."""

    def __init__(self, vault: Vault, case: Case, issued: Issued | None, regimes: Regimes) -> None:
        self.regimes = regimes
        self._opened: Mapping[str, Opened] = vault.open_many(set(_references(case, issued)))

    def content(self, reference: VaultReference | None) -> bytes | None:
        """The bytes; ``None`` when there are none or they were erased."""
        opened = None if reference is None else self._opened.get(reference.id)
        return None if opened is None else opened.content

    def text(self, reference: VaultReference | None) -> str | None:
        """The bytes as text."""
        content = self.content(reference)
        return None if content is None else content.decode("utf-8", "replace")


def _references(case: Case, issued: Issued | None) -> Iterator[VaultReference]:
    maybe = [case.decision.upload.description, *(mark.statement for mark in case.marks)]
    for appeal in case.appeals:
        maybe += [appeal.reasons, appeal.exceptions_considered, appeal.check, appeal.harm]
    maybe += [statement.statement for statement in case.statements]
    maybe += [exhibit.evidence.name for exhibit in case.exhibits]
    if issued is not None:
        maybe += [opened.content for opened in issued.opened]
    yield from (reference for reference in maybe if reference is not None)


def _upload(words: _Spoken, case: Case, role: Role) -> tuple[str | None, str | None]:
    shown = (Availability.PUBLIC, Availability.PUBLIC_LIMITED)
    if role is Role.RIGHT_HOLDER and case.availability not in shown:
        return None, None
    content = words.content(case.decision.upload.description)
    if content is None:
        return None, None
    kept: dict[str, str | None] = msgspec.json.decode(content)
    address = kept.get("url")
    # Engines may send anything; only what a browser opens as a page becomes a link.
    linked = address if address is not None and address.startswith(("https://", "http://")) else None
    return kept.get("title"), linked


def _reasons_in_force(case: Case, history: Sequence[Recorded]) -> StatementOfReasons | None:
    """The latest statement of reasons, if the upload is restricted now."""
    if case.availability is Availability.PUBLIC:
        return None
    for recorded in reversed(history):
        reasons: StatementOfReasons | None = getattr(recorded.event, "statement_of_reasons", None)
        if reasons is not None:
            return reasons
    return None


def _mark(words: _Spoken, mark: Mark) -> MarkView:
    text = provision_text(mark.provision) if mark.provision else ""
    name = legal_basis_name(mark.provision, words.regimes) if mark.provision else basis_label(mark.basis.value)
    return MarkView(mark, name, text, words.text(mark.statement))


def _appeal(words: _Spoken, appeal: Appeal, role: Role) -> AppealView:
    return AppealView(
        kind=appeal.kind.value,
        title=_appeal_title(appeal),
        side=appeal.side,
        ground="" if appeal.ground is None else ground_label(appeal.kind.value, appeal.ground.value),
        reasons=words.text(appeal.reasons),
        exceptions=words.text(appeal.exceptions_considered),
        has_exceptions=appeal.exceptions_considered is not None,
        segments=tuple(number + 1 for number in appeal.segments),
        lodged_at=appeal.lodged_at,
        urgent=appeal.urgent,
        harm=words.text(appeal.harm) if appeal.urgent else None,
        # Who looked before an urgent block is a person whom the uploader need not know.
        check=words.text(appeal.check) if appeal.urgent and role in SEES_CHECK else None,
        reopened="" if appeal.reopened is None else reopening_label(appeal.reopened.value),
    )


def _appeal_title(appeal: Appeal) -> str:
    if appeal.reopened is not None:
        return gettext("Reopened case")
    if appeal.level > 1:
        return gettext("Further review, level %(level)s") % {"level": appeal.level}
    return appeal_label(appeal.kind.value)


def _file(words: _Spoken, exhibit: Exhibit, base: str) -> FileView:
    evidence = exhibit.evidence
    name = words.text(evidence.name)
    return FileView(
        id=evidence.id,
        name=name or gettext("(deleted on request)"),
        href="" if name is None else f"{base}/evidence/{evidence.id}",
        size=evidence.size,
        media_type=evidence.media_type,
        by=side_label(exhibit.side.value),
        at=exhibit.at,
    )


def _ruling(words: _Spoken, case: Case, issued: Issued | None) -> RulingView | None:
    if issued is None:
        return None
    event = issued.event
    kind = "" if event.appeal is None else case.appeals[event.appeal - 1].kind.value
    opinions = tuple(
        _opinion(words, case, number, opened, event.outcome) for number, opened in enumerate(issued.opened)
    )
    outcome = event.outcome.value
    meaning = ruling_meaning(kind, outcome) if kind else prior_review_meaning(outcome)
    return RulingView(outcome, ruling_label(outcome), meaning, issued.at, opinions)


def _opinion(words: _Spoken, case: Case, number: int, opened: OpenedRuling, decided: RulingOutcome) -> Opinion:
    titles = (gettext("First reviewer"), gettext("Second reviewer"), gettext("Third reviewer (re-review)"))
    content = words.content(opened.content)
    said = None if content is None else Ruling.model_validate_json(content)
    names = {exhibit.evidence.id: words.text(exhibit.evidence.name) for exhibit in case.exhibits}
    return Opinion(
        title=titles[min(number, 2)],
        outcome=ruling_label(opened.outcome.value),
        decides=opened.outcome is decided,
        bases=tuple(legal_basis_name(basis, words.regimes) for basis in opened.bases),
        factors=()
        if said is None
        else tuple((factor_label(name), weighed(getattr(said.factors, name))) for name in FACTORS),
        reasons=() if said is None else _reasons(said),
        files=() if said is None else tuple(name for one in said.evidence_ids if (name := names.get(one))),
    )


def _reasons(said: Ruling) -> tuple[tuple[str, str], ...]:
    """Reasons with the language tag of each, that of the page first."""
    given = [(Language.ZH, said.reasons.zh), (Language.EN, said.reasons.en)]
    given.sort(key=lambda pair: pair[0] is not current_language())
    return tuple((language.html_lang, text) for language, text in given if text)


def _past(step: Step) -> StepView:
    return StepView(step.name, False, gettext("This page shows a past moment, so no step can be taken here."), None)


def _step(step: Step) -> StepView:
    refused = None if step.refusal is None else Refused(step.refusal, record=None, **step.details)
    why_not = "" if refused is None else refusal_text(refused)
    return StepView(step.name, step.allowed, why_not, step.until)
