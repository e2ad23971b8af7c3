"""An audit sample as a fold of its events: what was announced and drawn, who has labelled what, what was opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from casework.domain.facts import Actor, Happened, Role
from casework.domain.sample.events import (
    AuditDisagreementFound,
    AuditLabelGiven,
    AuditLabelsOpened,
    SampleAnnounced,
    SampleClosed,
    SampleDrawn,
)
from casework.domain.sample.values import Disagreement, DrawnCase, OpenedLabel, Side, Truth
from casework.domain.values import VaultReference

SIDES: Mapping[Role, Side] = {Role.COMPLIANCE: Side.PLATFORM, Role.OVERSIGHT: Side.REGULATOR}
"""For whom each role labels."""


@dataclass(frozen=True, slots=True)
class Given:
    """A label that was given: by whom, and where it lies sealed."""

    by: str
    sealed: VaultReference


@dataclass(frozen=True, slots=True)
class Item:
    """A case of the sample. ``opened`` and ``truth`` are there once its labels are open."""

    drawn: DrawnCase
    given: Mapping[Side, Given] = field(default_factory=dict)
    opened: tuple[OpenedLabel, ...] = ()
    truth: Truth | None = None
    disagreement: Disagreement | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample now. ``items`` is empty until the draw; ``version`` counts the events."""

    id: UUID
    version: int = 0
    announced: SampleAnnounced | None = None
    announced_at: datetime | None = None
    announced_by: Actor | None = None
    drawn: SampleDrawn | None = None
    drawn_at: datetime | None = None
    items: Mapping[UUID, Item] = field(default_factory=dict)
    closed_at: datetime | None = None

    def awaits(self, side: Side) -> tuple[UUID, ...]:
        """The cases that a side has not labelled yet; none before the draw and after the end."""
        if self.announced is None or side not in self.announced.sides or self.closed_at is not None:
            return ()
        return tuple(case for case, item in self.items.items() if side not in item.given)

    def labelled(self, side: Side) -> int:
        """How many cases a side has labelled."""
        return sum(side in item.given for item in self.items.values())

    @property
    def opened(self) -> tuple[Item, ...]:
        """The cases whose labels are open."""
        return tuple(item for item in self.items.values() if item.truth is not None)


def evolve(sample: Sample, happened: Happened) -> Sample:
    """Apply one fact. Raises ``ValueError`` for a fact of something else."""
    event = happened.event
    sample = replace(sample, version=sample.version + 1)
    match event:
        case SampleAnnounced():
            return replace(sample, announced=event, announced_at=happened.recorded, announced_by=happened.by)
        case SampleDrawn():
            items = {drawn.case: Item(drawn) for drawn in event.drawn}
            return replace(sample, drawn=event, drawn_at=happened.occurred, items=items)
        case AuditLabelGiven():
            item = sample.items[event.case]
            given = {**item.given, event.side: Given(happened.by.id, event.sealed)}
            return _with(sample, replace(item, given=given))
        case AuditLabelsOpened():
            item = sample.items[event.drawn.case]
            return _with(sample, replace(item, opened=event.labels, truth=event.truth))
        case AuditDisagreementFound():
            return _with(sample, replace(sample.items[event.case], disagreement=event.kind))
        case SampleClosed():
            return replace(sample, closed_at=happened.recorded)
    raise ValueError(f"a sample cannot go on with {event.TOPIC}")


def _with(sample: Sample, item: Item) -> Sample:
    return replace(sample, items={**sample.items, item.drawn.case: item})


def fold(identifier: UUID, history: Iterable[Happened]) -> Sample:
    """The sample after its whole history."""
    sample = Sample(identifier)
    for happened in history:
        sample = evolve(sample, happened)
    return sample
