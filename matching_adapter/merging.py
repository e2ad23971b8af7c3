"""Makes findings of very many segments fit into a decision: neighbours become one, and the score says how much of it.

Shares and amounts are the engine's and stay as they are. A merged segment may hold more than what was found: its score
is the part of it that agrees, so that it claims nothing that nobody found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, pairwise

from matching_adapter.port import MatchEvidence, Segment, rounded_down

MOST_SEGMENTS = 2000
"""Segments that a decision may have."""

_SCORE_STEP = Decimal("0.0001")
_LONGEST_IN_WORK = 2  # times as long as in the upload; a stretch of the work beyond that would tell nothing


class TooManySegments(ValueError):
    """There are too many segments, and they are regions, which cannot become one."""


def fitted(evidence: MatchEvidence, most: int = MOST_SEGMENTS) -> MatchEvidence:
    """Return the same finding with at most so many segments; one that has no more is returned as it is.

    Those with the least between them become one, so that as little as can be is added to what was found.

    Raises:
        TooManySegments: for regions of pictures.

    """
    if len(evidence.segments) <= most:
        return evidence
    if any(one.upload_start is None or one.upload_region is not None for one in evidence.segments):
        raise TooManySegments(f"{len(evidence.segments):,} regions; a decision has {most:,} at most")
    ordered = sorted(evidence.segments, key=_place)
    return replace(evidence, segments=tuple(_merged(group) for group in _groups(ordered, most)))


def _place(segment: Segment) -> tuple[Decimal, Decimal]:
    return Decimal(segment.upload_start or 0), Decimal(segment.upload_end or 0)


def _groups(ordered: Sequence[Segment], most: int) -> Iterator[Sequence[Segment]]:
    """Part segments where the gaps between them are longest; the earlier of two gaps that are equally long."""
    reached = accumulate((_place(one)[1] for one in ordered), max)
    gaps = [_place(later)[0] - end for end, later in zip(reached, ordered[1:], strict=False)]
    widest = sorted(range(len(gaps)), key=lambda number: (-gaps[number], number))[: most - 1]
    cuts = [0, *sorted(number + 1 for number in widest), len(ordered)]
    return (ordered[start:end] for start, end in pairwise(cuts))


def _merged(group: Sequence[Segment]) -> Segment:
    if len(group) == 1:
        return group[0]
    start, end = group[0].upload_start, max((one.upload_end or 0 for one in group), key=Decimal)
    work_start, work_end = _in_work(group, Decimal(end) - Decimal(start or 0))
    return Segment(start, end, work_start, work_end, _score(group))


def _score(group: Sequence[Segment]) -> Decimal | None:
    """Return the part of the merged segment that agrees; unknown where all of it was found and nobody said how well."""
    first, whole = _place(group[0])[0], max(_place(one)[1] for one in group)
    covered, reached = Decimal(0), first
    for start, end in map(_place, group):
        covered += max(Decimal(0), end - max(start, reached))
        reached = max(reached, end)
    if covered == whole - first and all(one.score is None for one in group):
        return None
    lengths = [end - start for start, end in map(_place, group)]
    scores = [Decimal(1) if one.score is None else one.score for one in group]
    mean = sum((score * length for score, length in zip(scores, lengths, strict=True)), Decimal(0)) / sum(lengths)
    return rounded_down(mean * covered / (whole - first), _SCORE_STEP)


def _in_work(group: Sequence[Segment], length: Decimal) -> tuple[int | Decimal, int | Decimal] | tuple[None, None]:
    """Return the stretch of the work where the parts follow one another there too, and closely; else nothing."""
    places = [
        (one.work_start, one.work_end) for one in group if one.work_start is not None and one.work_end is not None
    ]
    in_order = all(end <= start for (_, end), (start, _) in pairwise(places))
    if len(places) < len(group) or not in_order:
        return None, None
    start, end = places[0][0], places[-1][1]
    return (start, end) if Decimal(end) - Decimal(start) <= _LONGEST_IN_WORK * length else (None, None)
