"""Which part of a file people get to see: of the upload what fits, of the work no more than what was matched.

The uploader sees the preview of the work too, and must not get the work by contesting: only the stretches that the
upload is said to take from it, with a little before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from casework.domain.case.media_events import MediaSide
from casework.domain.matching import MatchEvidence, Region, Segment, Span
from casework.domain.values import Method
from matching_adapter.media.previews import MOST_STRETCHES

CONTEXT_SECONDS = Decimal(5)
MOST_SECONDS = Decimal(600)
"""Seconds of an excerpt at most, its context included."""

_LEAST = Decimal("0.1")
_MARGIN = Decimal("0.05")
WHOLE: Region = (Decimal(0), Decimal(0), Decimal(1), Decimal(1))
"""All of a picture."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file, in seconds, and the second of the excerpt at which it begins."""

    start: Decimal
    end: Decimal
    at: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A matched stretch as it lies in the excerpt; ``segment`` is its place in the evidence, from 0."""

    start: Decimal
    end: Decimal
    segment: int


def span_of(segment: Segment, side: MediaSide) -> Span | None:
    """Where a segment lies in the file of this side; ``None`` where the engine does not say."""
    return segment.upload if side is MediaSide.UPLOAD else segment.work


def region_of(segment: Segment, side: MediaSide) -> Region | None:
    """The same in a picture."""
    return segment.upload_region if side is MediaSide.UPLOAD else segment.work_region


def pieces(evidence: MatchEvidence, side: MediaSide, seconds: Decimal) -> tuple[Piece, ...]:
    """What of a file of ``seconds`` goes into its excerpt; nothing where it is not known what was taken from a work.

    The upload whole where it is short enough, else the surroundings of what was matched, or its beginning. Stretches
    that do not fit any more are left out.
    """
    whole = ((Decimal(0), seconds),)
    matched = _matched(evidence, side, seconds)
    if side is MediaSide.UPLOAD and (seconds <= MOST_SECONDS or not matched):
        return _placed(whole)
    if not matched and evidence.method is Method.HASH:
        # The very same file: all of it was taken.
        return _placed(whole)
    return _placed(matched)


def _matched(evidence: MatchEvidence, side: MediaSide, seconds: Decimal) -> tuple[Span, ...]:
    """The matched stretches with their context, those that touch made one."""
    joined: list[Span] = []
    for span in sorted(span for one in evidence.segments if (span := span_of(one, side)) is not None):
        start, end = max(span[0] - CONTEXT_SECONDS, Decimal(0)), min(span[1] + CONTEXT_SECONDS, seconds)
        if end - start < _LEAST:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _placed(spans: Sequence[Span]) -> tuple[Piece, ...]:
    placed: list[Piece] = []
    at = Decimal(0)
    for start, wanted in spans[:MOST_STRETCHES]:
        end = min(wanted, start + MOST_SECONDS - at)
        if end - start < _LEAST:
            break
        placed.append(Piece(start, end, at))
        at += end - start
    return tuple(placed)


def marks(evidence: MatchEvidence, side: MediaSide, placed: Sequence[Piece]) -> tuple[Mark, ...]:
    """Where the matched stretches lie in the excerpt, in its order; one that was cut in two is marked twice."""
    found = []
    for number, segment in enumerate(evidence.segments):
        span = span_of(segment, side)
        if span is None:
            continue
        for piece in placed:
            start, end = max(span[0], piece.start), min(span[1], piece.end)
            if start < end:
                found.append(Mark(piece.at + start - piece.start, piece.at + end - piece.start, number))
    return tuple(sorted(found, key=lambda mark: (mark.start, mark.segment)))


def crop(evidence: MatchEvidence, side: MediaSide) -> Region | None:
    """The part of a picture that is shown: the upload whole, of a work what was matched with a margin.

    ``None``: nothing, because the engine does not say which part of the work was taken.
    """
    if side is MediaSide.UPLOAD:
        return WHOLE
    regions = [region for one in evidence.segments if (region := region_of(one, side)) is not None]
    if regions:
        return (
            max(min(one[0] for one in regions) - _MARGIN, Decimal(0)),
            max(min(one[1] for one in regions) - _MARGIN, Decimal(0)),
            min(max(one[2] for one in regions) + _MARGIN, Decimal(1)),
            min(max(one[3] for one in regions) + _MARGIN, Decimal(1)),
        )
    takes_all = evidence.method is Method.HASH or evidence.share_of_work == 1
    return WHOLE if takes_all else None


def inside(region: Region, shown: Region) -> Region | None:
    """A region of the whole picture as fractions of what is shown of it; ``None`` where they do not meet."""
    width, height = shown[2] - shown[0], shown[3] - shown[1]
    x0, y0 = max(region[0], shown[0]) - shown[0], max(region[1], shown[1]) - shown[1]
    x1, y1 = min(region[2], shown[2]) - shown[0], min(region[3], shown[3]) - shown[1]
    if x0 >= x1 or y0 >= y1:
        return None
    return (_part(x0, width), _part(y0, height), _part(x1, width), _part(y1, height))


def _part(length: Decimal, whole: Decimal) -> Decimal:
    return (length / whole).quantize(Decimal("0.0001"))
