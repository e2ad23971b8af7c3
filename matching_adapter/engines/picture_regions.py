"""Regions of pictures, as evidence gives them: which part of an upload is which part of a work."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from matching_adapter.port import SHARE_STEP, Region, Segment, shortest


def whole_picture() -> Region:
    """Return the region of a whole picture."""
    return Region(Decimal(0), Decimal(0), Decimal(1), Decimal(1))


def region_of_pixels(box: tuple[int, int, int, int], width: int, height: int) -> Region | None:
    """Return a box (left, top, right, bottom) of a picture in pixels as a region; None when nothing of it is inside."""
    left, right = max(0, box[0]), min(width, box[2])
    top, bottom = max(0, box[1]), min(height, box[3])
    if left >= right or top >= bottom:
        return None
    x0, x1 = Fraction(left, width), Fraction(right, width)
    y0, y1 = Fraction(top, height), Fraction(bottom, height)
    return Region(_edge(x0, ROUND_FLOOR), _edge(y0, ROUND_FLOOR), _edge(x1, ROUND_CEILING), _edge(y1, ROUND_CEILING))


def segments_between(
    upload: Region, work: Region | None, *, mirrored: bool, score: Decimal | None
) -> tuple[Segment, ...]:
    """Return the segments that say that one region shows the other.

    A mirrored one is two segments, so that regions, which have no direction, can say so: the left half of the upload's
    shows the right half of the work's, and the other way round.
    """
    if not mirrored or work is None:
        return (Segment(upload_region=upload, work_region=work, score=score),)
    halves, theirs = _halves(upload), _halves(work)
    pairs = zip(halves, reversed(theirs), strict=True)
    return tuple(Segment(upload_region=one, work_region=other, score=score) for one, other in pairs)


def _halves(region: Region) -> tuple[Region, ...]:
    middle = shortest(((region.x0 + region.x1) / 2).quantize(SHARE_STEP))
    if not region.x0 < middle < region.x1:
        return (region, region)
    return Region(region.x0, region.y0, middle, region.y1), Region(middle, region.y0, region.x1, region.y1)


def _edge(value: Fraction, rounding: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return shortest(exact.quantize(SHARE_STEP, rounding=rounding))
