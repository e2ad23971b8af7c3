"""The words and measures that the projection of figures shares: items with a beginning and an end, days, counts.

An item is whatever is open for a time and is counted when it begins and when it ends: an appeal, a notice, a
counter-notice, a review before publication, a proceeding outside. What one case adds is made in ``figures_path`` and
``figures_counts``; the definitions for people are in ``casework.reports.figures``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from casework.domain.case.state import AppealKind
from casework.domain.values import OutsideForum, RulingOutcome, tenth_of

CONTEST, CHALLENGE = AppealKind.CONTEST.value, AppealKind.CHALLENGE.value
FURTHER_REVIEW, REOPENING, PRIOR_REVIEW = "further_review", "reopening", "prior_review"
NOTICE, COUNTER_NOTICE = "notice", "counter_notice"
FORUMS: tuple[str, ...] = tuple(forum.value for forum in OutsideForum)
ROUNDS = (CONTEST, CHALLENGE, FURTHER_REVIEW, REOPENING)
"""What a panel rules on, beside the review before publication."""

KINDS = (*ROUNDS, PRIOR_REVIEW, NOTICE, COUNTER_NOTICE, *FORUMS)
WAITED = (CONTEST, CHALLENGE, PRIOR_REVIEW, NOTICE, COUNTER_NOTICE)
"""Kinds whose open items count in figures by how long they have waited and when they are due."""

TIMED = (*WAITED, OutsideForum.EXTERNAL_BODY.value)
"""Kinds whose durations are reported."""

OMITTED, BY_DEFAULT, PENDING = "omitted", "by_default", "pending"
REVERSALS = (RulingOutcome.PARTIALLY_REVERSED.value, RulingOutcome.REVERSED.value)
ACCEPTED, REJECTED, LAPSED, WITHDRAWN, MOOT = "accepted", "rejected", "lapsed", "withdrawn", "moot"
AT_ONCE, AFTER_WAIT, STAYED, OTHERWISE = "restored_at_once", "restored_after_wait", "stayed", "ended_otherwise"
RESULTS: dict[str, tuple[str, ...]] = {
    NOTICE: (ACCEPTED, REJECTED),
    COUNTER_NOTICE: (AT_ONCE, AFTER_WAIT),
}
"""Ends that are the result that people waited for; for all other kinds, every end but the omitted one."""

OPEN = "open"
"""The counter of what has not ended, by kind, on the day on which it began."""

URGENT_BLOCK = "urgent_block"
"""The ground of a challenge that began with an urgent block."""

UNKNOWN_BAND = "unknown"
BANDS: tuple[str, ...] = tuple(f"{low:02d}_{low + 10}" for low in range(0, 100, 10))
"""The ten share bands: each ``[low, high)``, the last one closed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Count = tuple[int, str, str]
"""Local day as a proleptic ordinal, name of the counter, cell of it."""

Measured = tuple[int, str, int]
"""Local day, name of the list, value in microseconds."""


def list_of(kind: str, name: str) -> str:
    """The list of a kind of item in which durations or moments of one sort are kept."""
    return f"times.{kind}.{name}"


Key = tuple[str, int]
"""Kind and number of an item within its case."""


@dataclass(slots=True)
class Item:
    """Something that begins and ends. Moments are in microseconds since 1970; it never ends before it begins.

    ``since`` is from when its time counts, ``cell`` what it is broken down by, ``due`` when it has to end. ``final`` is
    what a later level of review made of it. ``fresh``: the upload was public before it; ``on_mark``, ``on_measure``:
    it is about a marked use, or about a measure upon a notice. ``measure`` is what a notice led to. ``restricted``:
    when and how it took the upload away.
    """

    kind: str
    number: int
    lodged: int
    since: int
    cell: str = ""
    due: int | None = None
    ended: int | None = None
    fate: str = PENDING
    final: str | None = None
    fresh: bool = False
    on_mark: bool = False
    on_measure: bool = False
    side: str = ""
    restricted: tuple[int, str] | None = None
    measure: str | None = None

    @property
    def has_result(self) -> bool:
        """Whether it ended as people waited for."""
        if self.kind in RESULTS:
            return self.fate in RESULTS[self.kind]
        return self.ended is not None and self.fate != OMITTED

    @property
    def became(self) -> str:
        """What has become of it, at the latest level of review."""
        return self.final or self.fate

    def end(self, moment: int, fate: str) -> None:
        """It ends."""
        self.ended, self.fate = max(moment, self.lodged), fate


@dataclass(slots=True)
class Contribution:
    """What one case adds at present. ``reversed_at``: the place in the log at which its restriction first fell."""

    counts: defaultdict[Count, int] = field(default_factory=lambda: defaultdict(int))
    measures: list[Measured] = field(default_factory=list)
    content: str | None = None
    reversed_at: int | None = None

    def add(self, counts: Iterable[Count]) -> None:
        """Touch each of the counters once."""
        for count in counts:
            self.counts[count] += 1


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
    return UNKNOWN_BAND if share is None else BANDS[tenth_of(share)]
