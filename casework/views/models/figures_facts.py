"""What one case adds to the figures, as pure functions: a few facts of the case in, counted marks on days out.

A case counts on the local day of its decision (cohort) and on the days on which its steps occurred (flow). When an
event changes what a case adds, the old contribution is taken back and the new one is added, so that day rows alone
suffice for the figures of any period (spec figures.md; the definitions for people are in ``casework.reports.figures``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

import msgspec

from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
)
from casework.domain.case.state import AppealKind
from casework.domain.decision import ACTIONS, AVAILABILITIES
from casework.domain.facts import Event
from casework.domain.standard.standard import Standards
from casework.domain.values import Action, Availability, Outcome, RulingOutcome

CONTEST, CHALLENGE = AppealKind.CONTEST.value, AppealKind.CHALLENGE.value
OMITTED, BY_DEFAULT, PENDING = "omitted", "by_default", "pending"
REVERSALS = (RulingOutcome.PARTIALLY_REVERSED.value, RulingOutcome.REVERSED.value)
UNKNOWN_BAND = "unknown"
BANDS: tuple[str, ...] = tuple(f"{low:02d}_{low + 10}" for low in range(0, 100, 10))
"""The ten share bands: each ``[low, high)``, the last one closed."""

CHANGING: tuple[type[Event], ...] = (
    LawfulUseMarked,
    ContestLodged,
    ChallengeLodged,
    RulingSubmitted,
    RulingsOpened,
    RulingIssued,
    AppealWithdrawn,
)
"""The events after the decision that matter to a figure."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CHALLENGEABLE = (Outcome.PRESUMED_LAWFUL, Outcome.MARKED_LAWFUL)

Count = tuple[int, str, str]
"""Local day as a proleptic ordinal, name of the counter, cell of it."""

Measured = tuple[int, str, int]
"""Local day, name of the list, value in microseconds."""


class AppealFacts(msgspec.Struct, array_like=True):
    """One appeal; moments in microseconds since 1970. ``ended`` is never before ``lodged``, whatever was delivered."""

    number: int
    kind: str
    ground: str
    lodged: int
    due: int
    marked: bool
    was_public: bool
    restored: bool
    ended: int | None = None
    fate: str = PENDING
    outcome: str | None = None
    is_public: bool = False
    first: str | None = None
    second: str | None = None


class CaseFacts(msgspec.Struct, array_like=True):
    """What a later event of the case must know to change the figures."""

    day: int
    decided: int
    standard: str
    band: str
    restricted: bool
    challengeable: bool
    marked: bool
    public: bool
    content: str | None = None
    ruled: bool = False
    appeals: list[AppealFacts] = []


class Calendar:
    """Turns moments into local days of the report's time zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def day(self, moment: datetime) -> int:
        """The local day as a proleptic ordinal."""
        return moment.astimezone(self._zone).toordinal()

    def day_of(self, microseconds: int) -> int:
        """The same for a moment in microseconds since 1970."""
        return self.day(as_moment(microseconds))


def as_microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def as_moment(microseconds: int) -> datetime:
    """The aware UTC moment."""
    return _EPOCH + timedelta(microseconds=microseconds)


def band_of(share: Decimal | None) -> str:
    """The share band of figures.md: ``[low, high)``, the last one closed."""
    return UNKNOWN_BAND if share is None else BANDS[min(9, int(share * 10))]


def begin(event: FilteringDecisionRecorded, calendar: Calendar) -> CaseFacts:
    """The facts of a case that has only been decided."""
    restricted = ACTIONS[event.outcome] is not Action.PUBLISH
    content = event.upload.content_sha256
    return CaseFacts(
        day=calendar.day(event.decided_at),
        decided=as_microseconds(event.decided_at),
        standard=event.standard,
        band=band_of(event.evidence.share_of_upload),
        restricted=restricted,
        challengeable=event.outcome in _CHALLENGEABLE,
        marked=event.outcome is Outcome.MARKED_LAWFUL,
        public=AVAILABILITIES[ACTIONS[event.outcome]] is Availability.PUBLIC,
        content=f"{content}:{event.work.id}" if restricted and content is not None else None,
        appeals=[],
    )


def fixed(event: FilteringDecisionRecorded, facts: CaseFacts) -> Iterator[Count]:
    """What a decision adds for ever, on the day of the decision."""
    day, evidence = facts.day, event.evidence
    yield day, "decisions.total", ""
    yield day, "decisions.by_outcome", event.outcome.value
    yield day, "decisions.by_rule", event.rule.value
    yield day, "decisions.by_medium", event.upload.medium.value
    yield day, "decisions.by_method", evidence.method.value
    yield day, "decisions.by_engine", f"{evidence.engine}@{evidence.engine_version}"
    yield day, "decisions.by_standard", event.standard
    yield day, "decisions.by_share_band", facts.band
    yield (day, "filtering.restrictions", facts.band) if facts.restricted else (day, "filtering.passed", "")
    for mark in event.marks:
        yield day, "marks.before", mark.basis.value


def evolve(facts: CaseFacts, event: Event, occurred: datetime, standards: Standards) -> None:
    """Bring the facts up to date with one more event."""
    match event:
        case LawfulUseMarked():
            facts.marked = facts.public = True
        case ContestLodged():
            facts.appeals.append(_lodged(facts, event, CONTEST, occurred, standards))
            facts.public = facts.public or event.restored
        case ChallengeLodged():
            facts.appeals.append(_lodged(facts, event, CHALLENGE, occurred, standards))
        case RulingSubmitted():
            facts.ruled = True
        case RulingsOpened() if len(event.rulings) > 1 and facts.appeals:
            facts.appeals[-1].first = event.rulings[0].outcome.value
            facts.appeals[-1].second = event.rulings[1].outcome.value
        case RulingIssued():
            _end(
                facts, event, event.outcome.value, BY_DEFAULT if not event.on_merits else event.outcome.value, occurred
            )
        case AppealWithdrawn():
            _end(facts, event, None, OMITTED, occurred)
        case _:
            return


def _lodged(
    facts: CaseFacts, event: ContestLodged | ChallengeLodged, kind: str, occurred: datetime, standards: Standards
) -> AppealFacts:
    due = occurred + standards[facts.standard].procedure.ruling_due
    return AppealFacts(
        number=event.appeal,
        kind=kind,
        ground=event.ground.value,
        lodged=as_microseconds(occurred),
        due=as_microseconds(due),
        marked=facts.marked,
        was_public=facts.public,
        restored=isinstance(event, ContestLodged) and event.restored,
    )


def _end(
    facts: CaseFacts, event: RulingIssued | AppealWithdrawn, outcome: str | None, fate: str, occurred: datetime
) -> None:
    appeal = next(one for one in facts.appeals if one.number == event.appeal)
    appeal.ended = max(as_microseconds(occurred), appeal.lodged)
    appeal.outcome, appeal.fate = outcome, fate
    facts.public = appeal.is_public = event.availability is Availability.PUBLIC


def flow(facts: CaseFacts, event: Event, day: int) -> Iterator[Count]:
    """What a step adds for ever on the day on which it occurred. ``facts`` are those after the step."""
    match event:
        case LawfulUseMarked():
            yield day, "marks.after", event.mark.basis.value
        case RulingSubmitted():
            yield day, "review.rulings_by", event.reviewer
        case RulingsOpened():
            for ruling in event.rulings:
                for basis in dict.fromkeys(ruling.bases):
                    yield day, "review.basis", basis
            appeal = facts.appeals[-1]
            if len(event.rulings) > 1:
                yield day, "review.first_rulings", f"{appeal.first}/{appeal.second}"
            else:
                yield day, "review.sided", _sided(event.rulings[0].outcome.value, appeal)
        case _:
            return


def _sided(outcome: str, appeal: AppealFacts) -> str:
    return "first" if outcome == appeal.first else "second" if outcome == appeal.second else "neither"


def counts(facts: CaseFacts, calendar: Calendar) -> Iterator[Count]:
    """What the case adds at present beyond its fixed part; taken back and added anew when it changes."""
    day = facts.day
    contested = any(appeal.kind == CONTEST for appeal in facts.appeals)
    challenged = any(appeal.kind == CHALLENGE for appeal in facts.appeals)
    if facts.restricted:
        if reversal(facts) is not None:
            yield day, "filtering.reversed", facts.band
        if facts.ruled:
            yield day, "filtering.partly_automated", ""
        if contested:
            yield day, "appeals.contest.appealed", ""
    elif not facts.public:
        yield day, "filtering.passed_then_restricted", ""
    if facts.challengeable or facts.marked:
        yield day, "appeals.challenge.appealable", ""
        if challenged:
            yield day, "appeals.challenge.appealed", ""
    for appeal in facts.appeals:
        yield from _appeal_counts(appeal, calendar)


def _appeal_counts(appeal: AppealFacts, calendar: Calendar) -> Iterator[Count]:
    prefix, lodged = f"appeals.{appeal.kind}", calendar.day_of(appeal.lodged)
    yield lodged, f"{prefix}.received", appeal.ground
    yield lodged, f"{prefix}.fate", appeal.fate
    on_mark = appeal.kind == CHALLENGE and appeal.marked
    if on_mark:
        yield lodged, "marks.challenged", ""
    if appeal.ended is None:
        return
    ended = calendar.day_of(appeal.ended)
    if appeal.outcome is None:
        yield ended, f"{prefix}.omitted", ""
        return
    yield ended, f"{prefix}.decided", appeal.fate
    overturned = appeal.fate in REVERSALS
    if overturned:
        yield lodged, f"{prefix}.overturned", appeal.ground
    if appeal.was_public and not appeal.is_public:
        yield ended, f"{prefix}.new_restrictions", ""
    if on_mark and appeal.fate != BY_DEFAULT:
        yield ended, "marks.examined", "found_wrong" if overturned else "stood"


def measures(facts: CaseFacts, calendar: Calendar) -> Iterator[Measured]:
    """The durations and due moments of the case at present, each on the day under which figures look for it."""
    for appeal in facts.appeals:
        lodged, due = calendar.day_of(appeal.lodged), calendar.day_of(appeal.due)
        if appeal.ended is None:
            continue
        took = appeal.ended - appeal.lodged
        if appeal.outcome is None:
            yield lodged, f"times.{appeal.kind}.received_omitted", took
            if appeal.ended > appeal.due:
                yield due, f"times.{appeal.kind}.due_missed", appeal.due
            continue
        yield calendar.day_of(appeal.ended), f"times.{appeal.kind}.ruled", took
        yield lodged, f"times.{appeal.kind}.received_ruled", took
        met = "due_met" if appeal.ended <= appeal.due else "due_missed"
        yield due, f"times.{appeal.kind}.{met}", appeal.due
    if facts.restricted:
        reversed_by = reversal(facts)
        if reversed_by is not None:
            restored = reversed_by.lodged if reversed_by.restored else reversed_by.ended or reversed_by.lodged
            yield facts.day, "filtering.wrongly_blocked", max(0, restored - facts.decided)


def reversal(facts: CaseFacts) -> AppealFacts | None:
    """The contest whose ruling reversed the restriction in full or in part, if the latest one ruled did."""
    ruled = [one for one in facts.appeals if one.kind == CONTEST and one.outcome is not None]
    return ruled[-1] if ruled and ruled[-1].outcome in REVERSALS else None


class OpenAppeal(msgspec.Struct, frozen=True):
    """An appeal that nobody has ruled on; moments in microseconds since 1970."""

    kind: str
    lodged: int
    due: int


def open_appeals(facts: CaseFacts) -> Mapping[int, OpenAppeal]:
    """The open appeals of the case by number."""
    return {
        appeal.number: OpenAppeal(appeal.kind, appeal.lodged, appeal.due)
        for appeal in facts.appeals
        if appeal.ended is None
    }
