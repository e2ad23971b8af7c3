"""The facts of an audit sample: announced before its seed can be known, drawn, labelled blind, opened, closed."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.sample.values import (
    MOST_DRAWN,
    Allocation,
    Beacon,
    Design,
    Disagreement,
    DrawnCase,
    OpenedLabel,
    SeedWord,
    Side,
    SizeMeasure,
    Stratifier,
    Stratum,
    Truth,
)
from casework.domain.values import Count, Moment, Outcome, VaultReference


class SampleAnnounced(Event):
    """A sample will be drawn from the decisions with `decided_at` in [start, end) that were recorded by `as_of`.

    Everything that decides who can be drawn stands here, before the rest of the seed exists. ``outcomes`` limits the
    population to decisions with these outcomes; none means all. ``sides`` are those that label each case, apart from
    one another. ``reopens``: a case in which the truth differs from the decision is decided anew (case.md).
    """

    TOPIC: ClassVar[str] = "sample.announced"

    start: Moment
    end: Moment
    as_of: Moment
    outcomes: tuple[Outcome, ...] = ()
    design: Design
    stratify_by: Stratifier | None = None
    allocation: Allocation | None = None
    size_by: SizeMeasure | None = None
    cases: Annotated[int, Field(ge=1, le=MOST_DRAWN, strict=True)]
    seed: SeedWord
    sides: tuple[Side, ...]
    reopens: bool


class SampleDrawn(Event):
    """The cases, in the order of the draw, that the seed of the announcement and the beacon select.

    ``seed`` is both, joined by a colon: whoever has the public facts draws the same cases.
    """

    TOPIC: ClassVar[str] = "sample.drawn"

    beacon: Beacon
    design: Design
    seed: str
    population: Count
    strata: tuple[Stratum, ...]
    drawn: tuple[DrawnCase, ...]


class AuditLabelGiven(Event):
    """Somebody has labelled a case for a side; the label itself is sealed in the vault."""

    TOPIC: ClassVar[str] = "sample.label_given"

    case: UUID
    side: Side
    sealed: VaultReference


class AuditLabelsOpened(Event):
    """All labels of a case that are awaited are in, or the sample was closed: what they say is public.

    ``drawn`` and ``drawn_at`` repeat what the draw said, so that whoever counts needs no other event. ``truth`` is that
    of the regulator where it labelled, otherwise that of the platform.
    """

    TOPIC: ClassVar[str] = "sample.labels_opened"

    drawn: DrawnCase
    drawn_at: Moment
    labels: tuple[OpenedLabel, ...]
    truth: Truth


class AuditDisagreementFound(Event):
    """The truth differs from what the platform's decision did; with ``reopens`` the case is decided anew."""

    TOPIC: ClassVar[str] = "sample.disagreement_found"

    case: UUID
    kind: Disagreement
    reopens: bool


class SampleClosed(Event):
    """No more labels are taken; cases without one stay unlabelled."""

    TOPIC: ClassVar[str] = "sample.closed"


EVENTS: tuple[type[Event], ...] = (
    SampleAnnounced,
    SampleDrawn,
    AuditLabelGiven,
    AuditLabelsOpened,
    AuditDisagreementFound,
    SampleClosed,
)
