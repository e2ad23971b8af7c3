"""Who may draft, propose, approve and decline: always two officers of compliance, never one person alone (ux.md)."""

from __future__ import annotations

from datetime import date, datetime

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.publication.events import (
    NarrativeApproved,
    NarrativeDeclined,
    NarrativeDrafted,
    ReportDeclined,
    ReportProposalWithdrawn,
    ReportProposed,
    ReportPublished,
)
from casework.domain.publication.state import Draft, Edition, PeriodReports, Proposal, Texts
from casework.domain.publication.values import Digest, PublishedFile
from casework.domain.values import Moment, VaultReference, Word


class DraftText(Command):
    """A new version of a section; words by their digests."""

    since: date
    en: Digest | None = None
    zh: Digest | None = None


def draft_text(texts: Texts, command: DraftText, actor: Actor) -> tuple[Event, ...]:
    """Write a draft; it takes the place of one's own that is still open. The same once more yields no event.

    Raises ``Refused``: ``not_your_step``, ``text_empty``, ``draft_open`` while that of a colleague waits.
    """
    _officer(actor)
    if command.en is None and command.zh is None:
        raise Refused("text_empty")
    open_one = texts.open
    before: tuple[Event, ...] = ()
    if open_one is not None:
        if open_one.by != actor.id:
            raise Refused("draft_open")
        if (open_one.since, open_one.en, open_one.zh) == (command.since, command.en, command.zh):
            return ()
        before = (NarrativeDeclined(section=texts.section, draft=open_one.number),)
    drafted = NarrativeDrafted(
        section=texts.section, draft=len(texts.drafts) + 1, since=command.since, en=command.en, zh=command.zh
    )
    return (*before, drafted)


class ApproveText(Command):
    """Agree to a draft, by its number: what was read is what is agreed to."""

    draft: int


def approve_text(texts: Texts, command: ApproveText, actor: Actor) -> tuple[Event, ...]:
    """Agree to it. Raises ``Refused``: ``draft_unknown``, ``second_officer_needed``, ``narrative_language_missing``."""
    draft = _waiting_draft(texts, command.draft, actor)
    if draft.by == actor.id:
        raise Refused("second_officer_needed")
    if draft.en is None or draft.zh is None:
        raise Refused("narrative_language_missing", sections=texts.section.value)
    return (NarrativeApproved(section=texts.section, draft=draft.number, since=draft.since, en=draft.en, zh=draft.zh),)


class DeclineText(Command):
    """Turn a draft down, or take one's own back."""

    draft: int
    reasons: VaultReference


def decline_text(texts: Texts, command: DeclineText, actor: Actor) -> tuple[Event, ...]:
    """Turn it down. Raises ``Refused("draft_unknown")``."""
    draft = _waiting_draft(texts, command.draft, actor)
    return (NarrativeDeclined(section=texts.section, draft=draft.number, reasons=command.reasons),)


class ProposeReport(Command):
    """A finished report with its files. For a correction: why, and what changed, by their digests.

    ``missing``: sections without an approved text in both languages at T. ``broken``: why the figures cannot be
    trusted now (``identities``, ``projection``), if so.
    """

    run: Word
    start: date
    end: date
    as_of: Moment
    files: tuple[PublishedFile, ...]
    corrects: int | None = None
    reasons: Digest | None = None
    changes: Digest | None = None
    missing: tuple[str, ...] = ()
    broken: str | None = None


def propose_report(reports: PeriodReports, command: ProposeReport, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Propose it. The same run by the same officer while it waits yields no event.

    Raises ``Refused``: ``report_broken``, ``narrative_language_missing``, ``in_the_future``, ``proposal_open``,
    ``already_published`` for a period with an edition that this one does not correct, ``edition_not_latest``,
    ``correction_not_later``, ``correction_reasons_missing``, ``report_changes_missing``.
    """
    _officer(actor)
    open_one = reports.open
    if open_one is not None:
        if (open_one.proposed.run, open_one.by) == (command.run, actor.id):
            return ()
        raise Refused("proposal_open")
    if command.broken is not None:
        raise Refused("report_broken", problem=command.broken)
    if command.missing:
        raise Refused("narrative_language_missing", sections=", ".join(command.missing))
    if command.as_of > now:
        raise Refused("in_the_future")
    _check_correction(reports.latest, command)
    fields = command.model_dump(exclude={"missing", "broken"})
    return (ReportProposed(proposal=len(reports.proposals) + 1, **fields),)


def _check_correction(latest: Edition | None, command: ProposeReport) -> None:
    """A period with an edition gets another one only as a correction of the latest, with a later T and reasons."""
    if latest is None:
        if command.corrects is not None:
            raise Refused("edition_not_latest")
        return
    if command.corrects is None:
        raise Refused("already_published", edition=latest.id)
    if command.corrects != latest.number:
        raise Refused("edition_not_latest")
    if command.as_of <= latest.published.as_of:
        raise Refused("correction_not_later")
    if command.reasons is None:
        raise Refused("correction_reasons_missing")
    if command.changes is None:
        raise Refused("report_changes_missing")


class EndProposal(Command):
    """Withdraw one's own proposal, or decline that of a colleague."""

    proposal: int
    reasons: VaultReference


def withdraw_proposal(reports: PeriodReports, command: EndProposal, actor: Actor) -> tuple[Event, ...]:
    """Take it back. Raises ``Refused``: ``proposal_unknown``, ``not_your_proposal``."""
    proposal = _waiting(reports, command.proposal, actor)
    if proposal.by != actor.id:
        raise Refused("not_your_proposal")
    return (ReportProposalWithdrawn(proposal=proposal.number, reasons=command.reasons),)


def decline_proposal(reports: PeriodReports, command: EndProposal, actor: Actor) -> tuple[Event, ...]:
    """Turn it down. Raises ``Refused``: ``proposal_unknown``, ``second_officer_needed`` for one's own."""
    proposal = _waiting(reports, command.proposal, actor)
    if proposal.by == actor.id:
        raise Refused("second_officer_needed")
    return (ReportDeclined(proposal=proposal.number, reasons=command.reasons),)


class PublishReport(Command):
    """Agree to a proposal, by its number. ``kept``: the files whose bytes still have the proposed digests."""

    proposal: int
    kept: tuple[Word, ...]


def publish_report(reports: PeriodReports, command: PublishReport, actor: Actor) -> tuple[Event, ...]:
    """Publish it. Published by the same officer already, it yields no event.

    Raises ``Refused``: ``proposal_unknown``, ``second_officer_needed``, ``report_file_changed``.
    """
    _officer(actor)
    for edition in reports.editions:
        if (edition.published.proposal, edition.by) == (command.proposal, actor.id):
            return ()
    proposal = _waiting(reports, command.proposal, actor)
    if proposal.by == actor.id:
        raise Refused("second_officer_needed")
    proposed = proposal.proposed
    if set(command.kept) != {one.name for one in proposed.files}:
        raise Refused("report_file_changed")
    fields = proposed.model_dump(exclude={"run"})
    return (ReportPublished(edition=len(reports.editions) + 1, **fields),)


def _officer(actor: Actor) -> None:
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")


def _waiting_draft(texts: Texts, number: int, actor: Actor) -> Draft:
    _officer(actor)
    draft = texts.open
    if draft is None or draft.number != number:
        raise Refused("draft_unknown")
    return draft


def _waiting(reports: PeriodReports, number: int, actor: Actor) -> Proposal:
    _officer(actor)
    proposal = reports.open
    if proposal is None or proposal.number != number:
        raise Refused("proposal_unknown")
    return proposal
