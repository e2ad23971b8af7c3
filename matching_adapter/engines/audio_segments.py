"""From "which item of the upload comes from which place of a work" to segments with edges in milliseconds.

Quiet stretches (silence, constant tone) never make a match. Where both sides are quiet at the same place, inside a
match or right beside it, up to a limit, they are a rest of the music that was copied and count with it; a longer quiet
stretch ends the segment and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio_fingerprint import ItemTiming
from matching_adapter.engines.intervals import length_of_union

NONE = -(1 << 40)
"""In a path: the item does not come from the work."""

QUIET = -1
"""In place of the differing bits: nothing to be heard on both sides."""

FAINT = -2
"""In place of the differing bits: nothing to be heard in the upload, but something in the work."""

OUTSIDE = -3
"""In place of the differing bits: there is no such place in the work."""

_BITS = 32
_FAINT_ITEMS = 11  # about a second in which a sound that fades away may be lost in the upload before it is in the work
_HEARD = 60  # percent of the least length that must be heard and not be a rest


@dataclass(frozen=True, slots=True)
class SoundSegment:
    """A stretch of the upload and of the work, half-open, in milliseconds; `errors` of the `bits` compared differ."""

    upload: tuple[int, int]
    work: tuple[int, int]
    errors: int
    bits: int


@dataclass(frozen=True, slots=True)
class SoundMatch:
    """What comes from one work."""

    work_id: str
    segments: tuple[SoundSegment, ...]

    def of_upload(self) -> int:
        """Return the milliseconds of the upload that come from the work, counted once each."""
        return length_of_union([segment.upload for segment in self.segments])

    def of_work(self) -> int:
        """Return the milliseconds of the work that were used, counted once each."""
        return length_of_union([segment.work for segment in self.segments])


@dataclass(frozen=True, slots=True)
class Explained:
    """An upload explained by one work: for each item the offset to its place in the work, and the differing bits there.

    `compared` gives the differing bits at any offset, of a stretch of the upload.
    """

    errors: NDArray[np.int8]
    path: NDArray[np.int64]
    compared: Callable[[int, int, int], NDArray[np.int8]]
    upload_length: int
    work_length: int
    work_items: int
    timing: ItemTiming

    def segments(self, shortest: int, longest_quiet: int) -> tuple[SoundSegment, ...]:
        """Return the segments of all runs of at least about `shortest` items, in the order of the upload."""
        found: list[SoundSegment] = []
        for first, last in stretches(self.path != NONE):
            for run in self._without_long_rests(first, last, longest_quiet):
                heard = int((self.errors[slice(*run)] >= 0).sum())
                # Items are counted by their middle, so that half a window is missing at each end of a file.
                if 10 * (run[1] - run[0]) < 8 * shortest or 100 * heard < _HEARD * shortest:
                    continue
                for piece in self._pieces(*run):
                    segment = self._segment(*piece, longest_quiet, found[-1].upload[1] if found else 0)
                    if segment is not None:
                        found.append(segment)
        return tuple(found)

    def _without_long_rests(self, first: int, last: int, longest_quiet: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of a run between long rests, without the rests at their ends."""
        heard = np.flatnonzero(self.errors[first:last] >= 0) + first
        if not len(heard):
            return
        for group in np.split(heard, np.flatnonzero(np.diff(heard) > longest_quiet) + 1):
            yield int(group[0]), int(group[-1]) + 1

    def _pieces(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of a run between jumps of the offset; a drift by one item is no jump."""
        jumps = np.flatnonzero(np.abs(np.diff(self.path[first:last])) > 1) + 1 + first
        edges = [first, *(int(jump) for jump in jumps), last]
        yield from pairwise(edges)

    def _segment(self, first: int, last: int, longest_quiet: int, reached: int) -> SoundSegment | None:
        """Return the segment of items [first, last), widened over quiet and to the ends of both sounds."""
        compared = self.errors[first:last]
        heard = compared[compared >= 0]
        first_shift, last_shift = int(self.path[first]), int(self.path[last - 1])
        before = self.compared(first_shift, max(0, first - longest_quiet - 1), first)
        after = self.compared(last_shift, last, min(len(self.path), last + longest_quiet + 1))
        first, last = first - _rest(before[::-1], longest_quiet), last + _rest(after, longest_quiet)
        start, end = self.timing.start(first), self.timing.end(last - 1)
        start = 0 if first == 0 else start
        end = self.upload_length if last == len(self.path) else end
        work_start, work_end = start + self.timing.offset(first_shift), end + self.timing.offset(last_shift)
        window = round(self.timing.window * 1000)
        if first + first_shift <= 1 and work_start < window:  # no item lies nearer to the beginning of the work
            start, work_start = start - work_start, 0
        if last + last_shift >= self.work_items - 1 and self.work_length - work_end < window:
            end, work_end = end + self.work_length - work_end, self.work_length
        start, end = max(start, reached), min(end, self.upload_length)
        work_start, work_end = max(0, work_start), min(work_end, self.work_length)
        if start >= end or work_start >= work_end or not len(heard):
            return None
        return SoundSegment((start, end), (work_start, work_end), int(heard.sum()), len(heard) * _BITS)


def stretches(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield each run of true values as a half-open pair of positions."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield int(first), int(last)


def _rest(outwards: NDArray[np.int8], longest: int) -> int:
    """Return over how many items a match reaches into the rest that begins beside it; 0 where the rest is too long."""
    rest = outwards[: _run_length((outwards == QUIET) | (outwards == FAINT))]
    if len(rest) > longest:
        return 0
    quiet = np.flatnonzero((rest == QUIET) & (np.cumsum(rest == FAINT) <= _FAINT_ITEMS))
    return int(quiet[-1]) + 1 if len(quiet) else 0


def _run_length(mask: NDArray[np.bool_]) -> int:
    """Return how many values at the beginning are true."""
    return len(mask) if mask.all() else int(mask.argmin())
