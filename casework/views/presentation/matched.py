"""What was matched, as the pages of a case draw it: share, limits, amounts, segments, regions, what else was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.matching import AlsoFound, MatchEvidence, Region, Segment, Signal
from casework.domain.regimes.regimes import ShareOf
from casework.domain.standard.standard import Standard
from casework.domain.values import Amount, Medium

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
class RegionView:
    """One matched region of an image, numbered as in the event (from 0); ``work`` where the engine says it."""

    number: int
    upload: Region
    work: Region | None
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class MatchView:
    """The evidence as pages draw it. ``unit`` is that of segments, ``None`` for media without places (images).

    ``measured`` is the share that the standard's two ``limits`` look at, that of ``basis``: upload or work. ``kind`` is
    the colour of its bar. ``upload_interval`` is the engine's interval of the share of the upload, whichever the basis.
    ``engine_share`` is what the engine itself says where its segments may say otherwise. ``track`` is what of the
    upload was looked at; ``also_found`` and ``signals`` are shown beside, and decide nothing.
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
    track: str | None = None
    upload_interval: tuple[Decimal, Decimal] | None = None
    engine_share: Decimal | None = None
    regions: tuple[RegionView, ...] = ()
    also_found: tuple[AlsoFound, ...] = ()
    signals: tuple[Signal, ...] = ()


def match_view(decision: FilteringDecisionRecorded, standard: Standard) -> MatchView:
    """The evidence of a decision under the standard that it was decided by."""
    evidence, bands = decision.evidence, standard.bands
    share = evidence.share_of_upload
    on_upload = standard.share_of is ShareOf.UPLOAD
    measured = share if on_upload else evidence.share_of_work
    interval = _interval(evidence)
    kind = "lawful"
    if measured is not None and measured > bands.low:
        kind = "infringing" if measured >= bands.high else "warning"
    unit = _UNITS.get(decision.upload.medium)
    segments = () if unit is None else _stretches(evidence.segments)
    upload_ends = [segment.upload_end for segment in segments]
    work_ends = [segment.work_end for segment in segments if segment.work_end is not None]
    return MatchView(
        share=share,
        measured=measured,
        basis=standard.share_of.value,
        share_of_work=evidence.share_of_work,
        low=interval[0] if on_upload and interval else None,
        high=interval[1] if on_upload and interval else None,
        limits=(bands.low, bands.high),
        kind=kind,
        amounts=_amounts(evidence.amount),
        unit=unit,
        upload_length=_length(decision.upload.amount, unit, upload_ends),
        work_length=_length(decision.work.amount, unit, work_ends),
        segments=segments,
        track=None if evidence.track is None else evidence.track.value,
        upload_interval=interval,
        engine_share=evidence.engine_share,
        regions=_regions(evidence.segments),
        also_found=evidence.also_found or (),
        signals=decision.signals or (),
    )


def _stretches(segments: Sequence[Segment]) -> tuple[SegmentView, ...]:
    return tuple(
        SegmentView(
            number,
            segment.upload[0],
            segment.upload[1],
            None if segment.work is None else segment.work[0],
            None if segment.work is None else segment.work[1],
            segment.score,
        )
        for number, segment in enumerate(segments)
        if segment.upload is not None
    )


def _regions(segments: Sequence[Segment]) -> tuple[RegionView, ...]:
    return tuple(
        RegionView(number, segment.upload_region, segment.work_region, segment.score)
        for number, segment in enumerate(segments)
        if segment.upload_region is not None
    )


def _interval(evidence: MatchEvidence) -> tuple[Decimal, Decimal] | None:
    """The bounds of the share of the upload; the share itself where one of them was not sent."""
    share, low, high = evidence.share_of_upload, evidence.share_of_upload_low, evidence.share_of_upload_high
    if share is None or (low is None and high is None):
        return None
    return (share if low is None else low, share if high is None else high)


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
