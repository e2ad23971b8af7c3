"""What has become of a section's drafts and of a period's reports, as folds of their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from casework.domain.facts import Happened
from casework.domain.publication.events import (
    NarrativeApproved,
    NarrativeDeclined,
    NarrativeDrafted,
    ReportDeclined,
    ReportProposalWithdrawn,
    ReportProposed,
    ReportPublished,
)
from casework.domain.publication.values import PublishedFile, TextSection, edition_id
from casework.domain.values import VaultReference


class Stage(StrEnum):
    """How far a draft or a proposal is."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of a section. ``en`` and ``zh`` are digests; ``decided_by`` agreed to it or turned it down."""

    number: int
    since: date
    en: str | None
    zh: str | None
    by: str
    at: datetime
    stage: Stage = Stage.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    reasons: VaultReference | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """All versions of one section; ``version`` counts the events."""

    section: TextSection
    version: int = 0
    drafts: tuple[Draft, ...] = ()

    @property
    def open(self) -> Draft | None:
        """The draft that waits for a second officer; there is one at most."""
        return next((one for one in self.drafts if one.stage is Stage.OPEN), None)

    @property
    def approved(self) -> tuple[Draft, ...]:
        """The versions that were agreed to, the latest approval last."""
        found = [one for one in self.drafts if one.stage is Stage.AGREED and one.decided_at is not None]
        return tuple(sorted(found, key=lambda one: (one.decided_at, one.number)))

    def in_force(self, end: date) -> Draft | None:
        """What a report of a period before ``end`` carries: the latest version by its date, then by its approval.

        Where all begin later, the earliest: a report says what it can rather than nothing.
        """
        begun = [one for one in self.approved if one.since < end]
        if begun:
            return max(begun, key=lambda one: (one.since, one.decided_at, one.number))
        return min(self.approved, key=lambda one: one.since, default=None)


def evolve_texts(texts: Texts, happened: Happened) -> Texts:
    """Apply one fact of a section. Raises ``ValueError`` for a fact of something else."""
    event = happened.event
    match event:
        case NarrativeDrafted():
            draft = Draft(event.draft, event.since, event.en, event.zh, happened.by.id, happened.recorded)
            drafts: tuple[Draft, ...] = (*texts.drafts, draft)
        case NarrativeApproved():
            drafts = _decided(texts, event.draft, happened, Stage.AGREED)
        case NarrativeDeclined():
            own = any(one.number == event.draft and one.by == happened.by.id for one in texts.drafts)
            drafts = _decided(texts, event.draft, happened, Stage.WITHDRAWN if own else Stage.DECLINED, event.reasons)
        case _:
            raise ValueError(f"a text cannot go on with {event.TOPIC}")
    return replace(texts, version=texts.version + 1, drafts=drafts)


def _decided(
    texts: Texts, number: int, happened: Happened, stage: Stage, reasons: VaultReference | None = None
) -> tuple[Draft, ...]:
    known = {"stage": stage, "decided_by": happened.by.id, "decided_at": happened.recorded, "reasons": reasons}
    return tuple(replace(one, **known) if one.number == number else one for one in texts.drafts)  # type: ignore[arg-type]


def fold_texts(section: TextSection, history: Iterable[Happened]) -> Texts:
    """A section after its whole history."""
    texts = Texts(section)
    for happened in history:
        texts = evolve_texts(texts, happened)
    return texts


@dataclass(frozen=True, slots=True)
class Proposal:
    """A report that somebody wants to publish."""

    proposed: ReportProposed
    by: str
    at: datetime
    stage: Stage = Stage.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    reasons: VaultReference | None = None

    @property
    def number(self) -> int:
        """Counts the proposals of the period from 1."""
        return self.proposed.proposal


@dataclass(frozen=True, slots=True)
class Edition:
    """A published report. ``corrected_by`` is the number of the edition that corrects it, if one does."""

    published: ReportPublished
    at: datetime
    by: str
    proposed_by: str
    run: str
    corrected_by: int | None = None

    @property
    def id(self) -> str:
        """What it is called."""
        return edition_id(self.published.start, self.published.end, self.published.edition)

    @property
    def number(self) -> int:
        """Counts the editions of the period from 1."""
        return self.published.edition

    def file(self, name: str) -> PublishedFile | None:
        """One of its files."""
        return next((one for one in self.published.files if one.name == name), None)


@dataclass(frozen=True, slots=True)
class PeriodReports:
    """Everything that was proposed and published of one period; ``version`` counts the events."""

    version: int = 0
    proposals: Mapping[int, Proposal] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()

    @property
    def open(self) -> Proposal | None:
        """The proposal that waits for a second officer; there is one at most."""
        return next((one for one in self.proposals.values() if one.stage is Stage.OPEN), None)

    @property
    def latest(self) -> Edition | None:
        """The edition that stands: no other one corrects it."""
        return self.editions[-1] if self.editions else None


def evolve_reports(reports: PeriodReports, happened: Happened) -> PeriodReports:
    """Apply one fact of a period's reports. Raises ``ValueError`` for a fact of something else."""
    event, reports = happened.event, replace(reports, version=reports.version + 1)
    match event:
        case ReportProposed():
            proposal = Proposal(event, happened.by.id, happened.recorded)
            return replace(reports, proposals={**reports.proposals, event.proposal: proposal})
        case ReportProposalWithdrawn():
            return _ended(reports, event.proposal, happened, Stage.WITHDRAWN, event.reasons)
        case ReportDeclined():
            return _ended(reports, event.proposal, happened, Stage.DECLINED, event.reasons)
        case ReportPublished():
            agreed = _ended(reports, event.proposal, happened, Stage.AGREED)
            proposal = agreed.proposals[event.proposal]
            edition = Edition(event, happened.recorded, happened.by.id, proposal.by, proposal.proposed.run)
            before = tuple(
                replace(one, corrected_by=event.edition) if one.number == event.corrects else one
                for one in agreed.editions
            )
            return replace(agreed, editions=(*before, edition))
    raise ValueError(f"a report cannot go on with {event.TOPIC}")


def _ended(
    reports: PeriodReports, number: int, happened: Happened, stage: Stage, reasons: VaultReference | None = None
) -> PeriodReports:
    ended = replace(
        reports.proposals[number],
        stage=stage,
        decided_by=happened.by.id,
        decided_at=happened.recorded,
        reasons=reasons,
    )
    return replace(reports, proposals={**reports.proposals, number: ended})


def fold_reports(history: Iterable[Happened]) -> PeriodReports:
    """The reports of a period after its whole history."""
    reports = PeriodReports()
    for happened in history:
        reports = evolve_reports(reports, happened)
    return reports
