"""From a case to what a page shows of it: whose turn it is, what happened so far, what was matched, which rule decided.

Everything is computed for the person who looks (ux.md, habits 1 and 9): a party's timeline has nothing of a ruling that
is still sealed, and the token that a form carries counts only the events which that party may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    EvidenceSubmitted,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
    StatementFiled,
)
from casework.domain.case.state import AppealKind, Case, Procedure
from casework.domain.deadlines import challenge_until, comments_until, contest_until, ruling_due
from casework.domain.facts import Event, Role
from casework.domain.regimes.regimes import ShareOf
from casework.domain.standard.standard import Standard
from casework.domain.values import Amount, Availability, Medium, RulingOutcome
from casework.eventlog.codec import Recorded
from casework.views.formatting import format_datetime, format_time_left
from casework.views.labels import outcome_label, ruling_meaning, side_label
from casework.views.language import gettext

PARTIES = (Role.UPLOADER, Role.RIGHT_HOLDER)

# Where a case stands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What the required-action sentence looks at; made from a case or from its row in a list.

    ``commented``: sides that have spoken on the open appeal, where that is known; rows do not say.
    """

    procedure: Procedure
    availability: Availability
    contest_until: datetime
    challenge_until: datetime
    appeal: AppealKind | None = None
    comments_until: datetime | None = None
    ruling_due: datetime | None = None
    ruling: RulingOutcome | None = None
    commented: frozenset[Role] = frozenset()

    @property
    def comments_open(self) -> bool:
        """Whether both sides may comment: until the panel is seated."""
        return self.procedure is Procedure.ADJUDICATION

    @property
    def under_appeal(self) -> bool:
        """Whether an appeal is open."""
        return self.procedure in (Procedure.ADJUDICATION, Procedure.PANEL, Procedure.RE_REVIEW)


def standing_of_case(case: Case, standard: Standard) -> Standing:
    """Where the case stands, exactly."""
    appeal = case.appeal
    since = None if appeal is None else appeal.lodged_at
    spoken = [(statement.side, statement.at) for statement in case.statements]
    spoken += [(exhibit.side, exhibit.at) for exhibit in case.exhibits]
    return Standing(
        procedure=case.procedure,
        availability=case.availability,
        contest_until=contest_until(case, standard),
        challenge_until=challenge_until(case, standard),
        appeal=None if appeal is None else appeal.kind,
        comments_until=None if appeal is None else comments_until(appeal, standard),
        ruling_due=None if appeal is None else ruling_due(appeal, standard),
        ruling=None if case.ruling is None else case.ruling.outcome,
        commented=frozenset(side for side, at in spoken if since is not None and at >= since),
    )


def standing_of_row(row: Any, standard: Standard) -> Standing:
    """Where the case of a row of ``views.models.cases`` stands, as far as the row tells."""
    told = row.informed_at if row.marked_at is None else row.marked_at
    return Standing(
        procedure=Procedure(row.procedure),
        availability=Availability(row.availability),
        contest_until=standard.procedure.contest_until(row.informed_at),
        challenge_until=standard.procedure.challenge_until(told),
        appeal=None if row.appeal_kind is None else AppealKind(row.appeal_kind),
        comments_until=row.comments_until,
        ruling_due=row.ruling_due,
        ruling=None if row.ruling is None else RulingOutcome(row.ruling),
    )


# Whose turn it is ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequiredAction:
    """What this person must do next and by when, or who is next. ``kind`` as in ``required_action`` of the components.

    ``step`` is the step of the API that the sentence speaks of, for a link to its form.
    """

    sentence: str
    detail: str = ""
    kind: str = "other"
    step: str = ""


def deadline_text(due: datetime, now: datetime, zone: tzinfo) -> str:
    """The absolute time with its zone, and what is left of it."""
    return gettext("%(moment)s (%(left)s)") % {
        "moment": format_datetime(due, zone, zone=True),
        "left": format_time_left(due, now),
    }


def required_action(standing: Standing, role: Role, now: datetime, zone: tzinfo) -> RequiredAction:
    """The one sentence for an uploader, a right holder, or staff (any other role)."""
    if standing.under_appeal:
        return _during_appeal(standing, role, now, zone)
    if standing.procedure is Procedure.DECIDED:
        return _after_ruling(standing, role)
    if standing.procedure is Procedure.CLOSED:
        sentence = gettext("Nothing to do: the appeal was withdrawn and the case is closed.")
        return RequiredAction(sentence, _now_public(standing), "done")
    if role is Role.UPLOADER:
        return _uploader_first(standing, now, zone)
    if role is Role.RIGHT_HOLDER:
        return _right_holder_first(standing, now, zone)
    return RequiredAction(gettext("Nothing to do: no appeal is open in this case."), _now_public(standing), "done")


def _now_public(standing: Standing) -> str:
    return {
        Availability.PUBLIC: gettext("The upload is public."),
        Availability.PUBLIC_LIMITED: gettext("The upload is public with limits."),
        Availability.BLOCKED: gettext("The upload is blocked."),
        Availability.HELD: gettext("The upload is held back until people have looked at it."),
        Availability.WITHDRAWN: gettext("The upload was withdrawn."),
    }[standing.availability]


def _uploader_first(standing: Standing, now: datetime, zone: tzinfo) -> RequiredAction:
    if standing.procedure is Procedure.PRESUMED_INFRINGING:
        if now >= standing.contest_until:
            sentence = gettext("The time to contest the block has ended.")
            return RequiredAction(
                sentence, gettext("You can still mark a lawful use, or go to court."), "overdue", "marks"
            )
        sentence = gettext("If the block is wrong, mark the use as lawful or contest the block by %(deadline)s.") % {
            "deadline": deadline_text(standing.contest_until, now, zone)
        }
        return RequiredAction(
            sentence, gettext("If you agree with the block, you need do nothing."), "mine", "contests"
        )
    if standing.procedure is Procedure.WARNING:
        sentence = gettext("You need do nothing now: your upload is public.")
        detail = gettext("The right holder can see the match. You can mark the use as lawful now.")
        return RequiredAction(sentence, detail, "other", "marks")
    if standing.procedure is Procedure.PRIOR_REVIEW:
        return RequiredAction(gettext("You need do nothing now: people look at your upload before it is published."))
    sentence = gettext("You need do nothing: your upload is public.")
    if standing.procedure is Procedure.CLEARED or now >= standing.challenge_until:
        return RequiredAction(sentence, "", "done")
    detail = gettext("The right holder may challenge this until %(moment)s. You would be told and heard.") % {
        "moment": format_datetime(standing.challenge_until, zone, zone=True)
    }
    return RequiredAction(sentence, detail, "done")


def _right_holder_first(standing: Standing, now: datetime, zone: tzinfo) -> RequiredAction:
    if standing.procedure in (Procedure.PRESUMED_LAWFUL, Procedure.MARKED_LAWFUL):
        if now >= standing.challenge_until:
            sentence = gettext("Nothing to do: the time to challenge this use has ended.")
            return RequiredAction(sentence, _now_public(standing), "done")
        sentence = gettext("If this use is not lawful, challenge it by %(deadline)s.") % {
            "deadline": deadline_text(standing.challenge_until, now, zone)
        }
        return RequiredAction(sentence, gettext("If you accept the use, you need do nothing."), "mine", "challenges")
    if standing.procedure is Procedure.WARNING:
        sentence = gettext("For your information: the match lies between the limits, and the upload is public.")
        return RequiredAction(
            sentence, gettext("The uploader may mark the use as lawful; you could then challenge it.")
        )
    if standing.procedure is Procedure.PRESUMED_INFRINGING:
        sentence = gettext("Nothing to do: the upload is blocked.")
        detail = gettext("The uploader may contest the block until %(moment)s. You would be told and heard.") % {
            "moment": format_datetime(standing.contest_until, zone, zone=True)
        }
        return RequiredAction(sentence, detail if now < standing.contest_until else "", "done")
    if standing.procedure is Procedure.PRIOR_REVIEW:
        return RequiredAction(gettext("Nothing to do now: people look at the upload before it is published."))
    return RequiredAction(gettext("Nothing to do: this use of your work was cleared."), _now_public(standing), "done")


def _during_appeal(standing: Standing, role: Role, now: datetime, zone: tzinfo) -> RequiredAction:
    due = standing.ruling_due
    next_up = _who_is_next(standing, now, zone)
    if due is not None and now >= due:
        sentence = gettext("The ruling is late: it was due by %(deadline)s.") % {
            "deadline": deadline_text(due, now, zone)
        }
        return RequiredAction(sentence, next_up, "overdue")
    by = "" if due is None else deadline_text(due, now, zone)
    lodger = Role.UPLOADER if standing.appeal is AppealKind.CONTEST else Role.RIGHT_HOLDER
    may_answer = standing.comments_open and standing.comments_until is not None and now < standing.comments_until
    if role in PARTIES and role is not lodger and may_answer and role not in standing.commented:
        assert standing.comments_until is not None  # noqa: S101 - narrowed by may_answer
        told = (
            gettext("The right holder challenges your use. Answer by %(deadline)s, if you wish to be heard.")
            if role is Role.UPLOADER
            else gettext("The uploader contests the block. Answer by %(deadline)s, if you wish to be heard.")
        )
        sentence = told % {"deadline": deadline_text(standing.comments_until, now, zone)}
        detail = gettext("Comments end sooner if the reviewers are chosen sooner. The ruling is due by %(due)s.")
        return RequiredAction(sentence, detail % {"due": by}, "mine", "statements")
    sentence = gettext("%(next)s The ruling is due by %(due)s.") % {"next": next_up, "due": by}
    if role not in PARTIES:
        return RequiredAction(sentence)
    if standing.comments_open:
        detail = gettext("You need do nothing now. Both sides can add statements and files until reviewers are chosen.")
        return RequiredAction(sentence, detail, step="statements")
    return RequiredAction(sentence, gettext("You need do nothing now."))


def _who_is_next(standing: Standing, now: datetime, zone: tzinfo) -> str:
    if standing.procedure is Procedure.ADJUDICATION:
        until = standing.comments_until
        if until is not None and now < until:
            text = gettext("Both sides may comment until %(deadline)s at the latest; then two reviewers are chosen.")
            return text % {"deadline": deadline_text(until, now, zone)}
        return gettext("Two reviewers are being chosen.")
    if standing.procedure is Procedure.PANEL:
        return gettext("Two reviewers decide, apart from one another.")
    return gettext("The two reviewers did not agree; a third one decides.")


def _after_ruling(standing: Standing, role: Role) -> RequiredAction:
    kind = "" if standing.appeal is None else standing.appeal.value
    outcome = "" if standing.ruling is None else standing.ruling.value
    sentence = gettext("The case is decided. %(meaning)s") % {"meaning": ruling_meaning(kind, outcome)}
    detail = gettext("You need do nothing. You may still go to court or to the copyright authority.")
    return RequiredAction(sentence, detail if role in PARTIES else "", "done")


# What happened -------------------------------------------------------------------------------------------------------

_SEALED = (RulingSubmitted, RulingsOpened)
"""Events that parties never see: that one ruling is in is nobody's business before all are (product.md E1)."""


def visible_events(history: Sequence[Recorded], role: Role) -> list[Recorded]:
    """The events that somebody in this role may know of. Reviewers see what the parties see; compliance sees all."""
    if role in (Role.COMPLIANCE, Role.OVERSIGHT):
        return list(history)
    return [recorded for recorded in history if not isinstance(recorded.event, _SEALED)]


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
    """The steps that are still to come in an open appeal."""
    if not standing.under_appeal:
        return []
    entries = []
    if standing.comments_until is not None and now < standing.comments_until and standing.comments_open:
        entries.append(
            TimelineEntry(
                gettext("Last moment for comments of both sides; then two reviewers are chosen"),
                standing.comments_until,
                next=True,
            )
        )
    entries.append(TimelineEntry(gettext("Ruling, with reasons, to both sides"), standing.ruling_due, next=True))
    return entries


def _files_entry(files: Sequence[Recorded]) -> TimelineEntry:
    first = files[0]
    assert isinstance(first.event, EvidenceSubmitted)  # noqa: S101 - only such events are gathered
    title = gettext("Files added: %(count)s") % {"count": len(files)}
    return TimelineEntry(title, first.occurred, side_label(first.event.side.value))


def _entry(recorded: Recorded) -> TimelineEntry:
    event = recorded.event
    title, by, text = _told(event)
    # Parties were told when the decision was recorded; when the engine decided stands with the evidence.
    at = recorded.recorded if isinstance(event, FilteringDecisionRecorded) else recorded.occurred
    return TimelineEntry(title, at, by, text)


def _told(event: Event) -> tuple[str, str, str]:
    uploader, right_holder, platform, reviewers = (
        side_label(role.value) for role in (Role.UPLOADER, Role.RIGHT_HOLDER, Role.CLOCK, Role.REVIEWER)
    )
    if isinstance(event, FilteringDecisionRecorded):
        title = gettext("Filtering decision: %(outcome)s") % {"outcome": outcome_label(event.outcome.value)}
        return title, platform, gettext("Both sides can see it from this moment.")
    if isinstance(event, RulingIssued):
        return gettext("Ruling issued to both sides"), reviewers, ""
    if isinstance(event, StatementFiled):
        return gettext("Statement added"), side_label(event.side.value), ""
    if isinstance(event, AppealWithdrawn):
        return gettext("Appeal withdrawn"), side_label(event.side.value), ""
    simple = {
        LawfulUseMarked: (gettext("Marked as a lawful use"), uploader, gettext("The upload is public.")),
        ContestLodged: (gettext("Block contested"), uploader, gettext("The right holder can see it and answer.")),
        ChallengeLodged: (
            gettext("Use challenged"),
            right_holder,
            gettext("The upload stays public until the ruling."),
        ),
        PanelAssigned: (gettext("Two reviewers chosen"), platform, gettext("They decide apart from one another.")),
        PanelDisagreed: (gettext("The two reviewers did not agree"), reviewers, gettext("A third reviewer decides.")),
        ReReviewerAssigned: (gettext("Third reviewer chosen"), platform, ""),
        RulingSubmitted: (gettext("A reviewer's ruling came in, sealed"), reviewers, ""),
        RulingsOpened: (gettext("Sealed rulings opened"), platform, ""),
    }
    return simple[type(event)]


# What was matched ----------------------------------------------------------------------------------------------------

_UNITS: Mapping[Medium, str] = {Medium.TEXT: "characters", Medium.AUDIO: "seconds", Medium.VIDEO: "seconds"}


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One matched stretch, numbered as in the event (from 0); ``work_*`` is ``None`` where the engine does not say."""

    number: int
    upload_start: Decimal
    upload_end: Decimal
    work_start: Decimal | None
    work_end: Decimal | None
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class MatchView:
    """The evidence as pages draw it. ``unit`` is that of segments, ``None`` for media without places (images).

    ``measured`` is the share that the standard's two ``limits`` look at, that of ``basis``: upload or work. ``kind`` is
    the colour of its bar.
    """

    share: Decimal | None
    measured: Decimal | None
    basis: str
    share_of_work: Decimal | None
    low: Decimal | None
    high: Decimal | None
    limits: tuple[Decimal, Decimal]
    kind: str
    amounts: tuple[tuple[Decimal, str], ...]
    unit: str | None
    upload_length: Decimal | None
    work_length: Decimal | None
    segments: tuple[SegmentView, ...]


def match_view(decision: FilteringDecisionRecorded, standard: Standard) -> MatchView:
    """The evidence of a decision under the standard that it was decided by."""
    evidence, bands = decision.evidence, standard.bands
    share = evidence.share_of_upload
    on_upload = standard.share_of is ShareOf.UPLOAD
    measured = share if on_upload else evidence.share_of_work
    kind = "lawful"
    if measured is not None and measured > bands.low:
        kind = "infringing" if measured >= bands.high else "warning"
    unit = _UNITS.get(decision.upload.medium)
    segments = tuple(
        SegmentView(
            number,
            segment.upload[0],
            segment.upload[1],
            None if segment.work is None else segment.work[0],
            None if segment.work is None else segment.work[1],
            segment.score,
        )
        for number, segment in enumerate(evidence.segments)
    )
    upload_ends = [segment.upload_end for segment in segments]
    work_ends = [segment.work_end for segment in segments if segment.work_end is not None]
    return MatchView(
        share=share,
        measured=measured,
        basis=standard.share_of.value,
        share_of_work=evidence.share_of_work,
        low=evidence.share_of_upload_low if on_upload else None,
        high=evidence.share_of_upload_high if on_upload else None,
        limits=(bands.low, bands.high),
        kind=kind,
        amounts=_amounts(evidence.amount),
        unit=unit,
        upload_length=_length(decision.upload.amount, unit, upload_ends),
        work_length=_length(decision.work.amount, unit, work_ends),
        segments=segments if unit is not None else (),
    )


def _amounts(amount: Amount | None) -> tuple[tuple[Decimal, str], ...]:
    if amount is None:
        return ()
    found = ((name, getattr(amount, name)) for name in ("seconds", "characters", "words", "bytes"))
    return tuple((Decimal(value), name) for name, value in found if value is not None)


def _length(amount: Amount | None, unit: str | None, ends: Sequence[Decimal]) -> Decimal | None:
    """The whole length where it was sent; never shorter than the last segment, and unknown without either."""
    stated = None if amount is None or unit is None else getattr(amount, unit)
    known = [*ends, *([] if stated is None else [Decimal(stated)])]
    return max(known) if known else None
