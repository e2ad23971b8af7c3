"""What happened so far, and what is still to come, as far as the person who looks may know it.

Which events are whose is settled where the API settles it, so that pages and programs are told the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.domain.case.events import EvidenceSubmitted, FilteringDecisionRecorded
from casework.domain.facts import Role
from casework.eventlog.codec import Recorded
from casework.views.labels import side_label
from casework.views.language import gettext
from casework.views.presentation.standing import Standing
from casework.views.presentation.told import tell
from casework.views.visibility import visible


def visible_events(history: Sequence[Recorded], role: Role) -> list[Recorded]:
    """The events that somebody in this role may know of; oversight knows of all."""
    return list(history) if role is Role.OVERSIGHT else visible(history, role)


def start_token(history: Sequence[Recorded], role: Role) -> str:
    """What a form carries: how many events its reader could see when it was opened (ux.md, habit 3)."""
    return str(len(visible_events(history, role)))


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a timeline. ``text`` explains; ``next`` marks a step that is still to come."""

    title: str
    at: datetime | None
    by: str = ""
    text: str = ""
    next: bool = False


def timeline(history: Sequence[Recorded], role: Role) -> list[TimelineEntry]:
    """What happened, oldest first, as far as this role may see; files sent together are one entry."""
    entries: list[TimelineEntry] = []
    files: list[Recorded] = []
    for recorded in visible_events(history, role):
        if isinstance(recorded.event, EvidenceSubmitted):
            if files and files[-1].command != recorded.command:
                entries.append(_files_entry(files))
                files = []
            files.append(recorded)
            continue
        if files:
            entries.append(_files_entry(files))
            files = []
        entries.append(_entry(recorded))
    return [*entries, _files_entry(files)] if files else entries


def events_since(history: Sequence[Recorded], role: Role, token: str) -> list[TimelineEntry]:
    """What this role could not see yet when a form with this start token was opened; a false token counts as now."""
    seen = visible_events(history, role)
    known = int(token) if token.isascii() and token.isdigit() and len(token) < 10 else len(seen)
    return timeline(seen[known:], role)


def upcoming(standing: Standing, now: datetime) -> list[TimelineEntry]:
    """The steps that are still to come: in an open review, and in a wait after a counter-notice."""
    entries = []
    if standing.under_appeal:
        if standing.comments_until is not None and now < standing.comments_until and standing.comments_open:
            title = gettext("Last moment for comments of both sides; then two reviewers are chosen")
            entries.append(TimelineEntry(title, standing.comments_until, next=True))
        title = gettext("Ruling, with reasons, to both sides")
        entries.append(TimelineEntry(title, standing.ruling_due, next=True))
    elif standing.in_prior_review:
        entries.append(TimelineEntry(gettext("Ruling on the publication"), standing.review_due, next=True))
    notice = standing.notice
    if notice is not None and notice.wait_until is not None and not standing.withdrawn:
        title = gettext("End of the wait: the upload returns unless legal action was reported")
        entries.append(TimelineEntry(title, notice.wait_until, next=True))
    if standing.grace_until is not None:
        title = gettext("End of the time to mark the upload; without a mark it is blocked")
        entries.append(TimelineEntry(title, standing.grace_until, next=True))
    for body in standing.bodies:
        entries.append(TimelineEntry(gettext("Decision of the external body"), body.usual, next=True))
        if body.latest is not None:
            title = gettext("Decision of the external body in a highly complex dispute, at the latest")
            entries.append(TimelineEntry(title, body.latest, next=True))
    return sorted(entries, key=lambda one: (one.at is None, one.at or now))


def _files_entry(files: Sequence[Recorded]) -> TimelineEntry:
    first = files[0]
    assert isinstance(first.event, EvidenceSubmitted)  # noqa: S101 - only such events are gathered
    title = gettext("Files added: %(count)s") % {"count": len(files)}
    return TimelineEntry(title, first.occurred, side_label(first.event.side.value))


def _entry(recorded: Recorded) -> TimelineEntry:
    event = recorded.event
    said = tell(event)
    # Parties were told when the decision was recorded; when the engine decided stands with the evidence.
    at = recorded.recorded if isinstance(event, FilteringDecisionRecorded) else recorded.occurred
    return TimelineEntry(said.title, at, side_label((said.by or recorded.by.role).value), said.text)
