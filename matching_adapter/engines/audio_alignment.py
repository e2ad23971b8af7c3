"""Finds, for one sound, every stretch that comes from each of many indexed sounds, at several offsets per work.

Look-ups of single items propose offsets between the upload and a work; an offset is kept when the items around the
place agree. Then the cheapest explanation of the whole upload by one work is found: each item is either "from the work
at this offset" or "not from it", errors in bits cost, and so does every change between the two. That gives segments
with edges, keeps re-ordered and repeated pieces apart, and lets an offset drift where the tempo was changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio_fingerprint import ItemTiming, SoundFingerprint, SoundQuery
from matching_adapter.engines.audio_segments import (
    FAINT,
    NONE,
    OUTSIDE,
    QUIET,
    Explained,
    SoundMatch,
    SoundSegment,
    stretches,
)
from matching_adapter.engines.item_index import ItemIndex, Items, Occurrences

_AROUND = 16  # items on either side of a place found that must agree
_PLACES_PER_ITEM = 64  # places of a block that are looked at for each item of the upload; the rarest items first
_SPAN_SECONDS = 300  # of the upload that are explained at once: a song in a loop of hours has new offsets all the time
_NEIGHBOURS = 4  # offsets that are taken over from the span before and the span after
_MOST_OFFSETS = 1_000_000
_MOST_WORKS = 1000  # works that are compared with the whole upload; those with the clearest offset first
_BITS = 32
_NO_ROW = -1
_IMPOSSIBLE = np.float32(-1e6)
_CHANCE = np.float32(-0.15)  # the least that an item takes away from the mean around it
_HOPELESS = np.float32(-0.05)  # where the best mean is below this, no offset is tried

Costs = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SoundAlignmentSettings:
    """Numbers behind the method; times in milliseconds, the rest in thousandths or counts.

    `error_rate`: thousandths of differing bits up to which two items are taken for the same sound. `shortest`: the
    least sound that counts as copied. `longest_quiet`: the longest silence or constant tone inside or beside a match
    that counts with it. `switch_cost`: what beginning a segment costs, in hundredths of an item that agrees fully.
    `drift_cost`: the same for moving the offset by one item. `offsets_per_work`: places of one work that are compared
    with the whole upload. `most_places`: an item found more often than this in a block of the index tells nothing.
    """

    error_rate: int = 350
    shortest: int = 4000
    longest_quiet: int = 10_000
    switch_cost: int = 300
    drift_cost: int = 30
    offsets_per_work: int = 24
    most_places: int = 400

    def __post_init__(self) -> None:
        if not 1 <= self.error_rate < 500:
            raise ValueError("error_rate must lie between 1 and 499: half of all bits agree by chance")
        if self.shortest < 1000 or min(self.switch_cost, self.drift_cost, self.longest_quiet) < 0:
            raise ValueError("need shortest >= 1000, and no negative number")
        if self.offsets_per_work < 1 or self.most_places < 1:
            raise ValueError("offsets_per_work and most_places must be 1 or more")


class SoundAligner:
    """Compares sounds with an index; holds the lengths of its works beside it."""

    def __init__(self, timing: ItemTiming, settings: SoundAlignmentSettings) -> None:
        """Start with an empty index."""
        self.index = ItemIndex()
        self._lengths: dict[str, int] = {}
        self._timing = timing
        self._settings = settings
        self._shortest = timing.items_in(Fraction(settings.shortest, 1000))
        self._quiet = timing.items_in(Fraction(settings.longest_quiet, 1000))
        self._span = timing.items_in(Fraction(_SPAN_SECONDS))
        self._smoothing = timing.items_in(Fraction(2)) | 1

    def change(self, additions: Mapping[str, SoundFingerprint], removals: Sequence[str] = ()) -> None:
        """Forget works and add works, or replace them."""
        self.index.change({work: fingerprint.items for work, fingerprint in additions.items()}, removals)
        for work in removals:
            self._lengths.pop(work, None)
        self._lengths.update({work: fingerprint.milliseconds for work, fingerprint in additions.items()})

    def length_of(self, work_id: str) -> int:
        """Return the length of a work in milliseconds."""
        return self._lengths[work_id]

    def align(self, queries: Sequence[SoundQuery]) -> list[SoundMatch]:
        """Return what comes from each work, in no special order.

        `queries` are views of one upload (both channels mixed, the left one): an offset that one of them proposes is
        judged by the one that agrees best at each place.
        """
        proposed: dict[int, dict[int, Counter[int]]] = {}
        for query in queries:
            for (work, span, offset), count in self._propose(query).items():
                proposed.setdefault(work, {}).setdefault(span, Counter())[offset] += count
        views = [query.fingerprint.items for query in queries]
        milliseconds = max((query.fingerprint.milliseconds for query in queries), default=0)
        matches = []
        clearest = {work: max(max(one.values()) for one in spans.values()) for work, spans in proposed.items()}
        for work in sorted(proposed, key=lambda work: (-clearest[work], work))[:_MOST_WORKS]:
            segments = self._segments(views, milliseconds, work, proposed[work])
            if segments:
                matches.append(SoundMatch(self.index.id_of(work), segments))
        return matches

    def _likely(self, counts: Counter[int]) -> list[int]:
        """Return the offsets that were proposed most often, none of them beside another one."""
        ranked = sorted(counts, key=lambda offset: (-counts[offset], offset))
        chosen: list[int] = []
        taken: set[int] = set()
        for offset in ranked:
            if offset not in taken:
                chosen.append(offset)
                taken.update((offset - 1, offset, offset + 1))
            if len(chosen) == self._settings.offsets_per_work:
                break
        return chosen

    def _propose(self, query: SoundQuery) -> Counter[tuple[int, int, int]]:
        """Count, by work, span of the upload and offset, the places where both agree for some items."""
        counts: Counter[tuple[int, int, int]] = Counter()
        items, width = query.fingerprint.items, query.probes.shape[1]
        budget = _PLACES_PER_ITEM * len(items)
        for places in self.index.find(query.probes.ravel(), self._settings.most_places, budget):
            found = places.part(self._agreeing(items, places.probe // width, places))
            upload = found.probe // width
            offsets = found.position - found.first - upload
            counts.update(zip(found.work.tolist(), (upload // self._span).tolist(), offsets.tolist(), strict=True))
            if len(counts) > _MOST_OFFSETS:
                counts = Counter(dict(counts.most_common(_MOST_OFFSETS // 2)))
        return counts

    def _agreeing(self, items: Items, upload: Places, found: Occurrences) -> NDArray[np.bool_]:
        """Say at which places the items before, around or after agree as well."""
        around = np.arange(-_AROUND, _AROUND + 1)
        above, below = upload[:, None] + around, found.position[:, None] + around
        inside = (above >= 0) & (above < len(items)) & (below >= found.first[:, None]) & (below < found.last[:, None])
        ours, theirs = items[np.where(inside, above, 0)], found.items[np.where(inside, below, 0)]
        errors = np.where(inside & (theirs != 0) & (ours != 0), np.bitwise_count(theirs ^ ours), _BITS // 2)
        sums = np.cumsum(errors, axis=1, dtype=np.int32)
        half = _AROUND // 2
        least = np.minimum(sums[:, _AROUND], sums[:, _AROUND + half] - sums[:, half - 1])
        least = np.minimum(least, sums[:, -1] - sums[:, _AROUND - 1])
        agreeing: NDArray[np.bool_] = least * 1000 < self._settings.error_rate * _BITS * (_AROUND + 1)
        return agreeing

    def _compared(self, views: Sequence[Items], theirs: Items, offset: int) -> NDArray[np.int8]:
        """Return the differing bits at an offset, by item of the upload, of the view that agrees best over all.

        `QUIET` where both are quiet, `FAINT` where only the upload is, half of the bits where only the work is, and
        `OUTSIDE` beyond the work.
        """
        best, best_gain = np.zeros(0, np.int8), -1.0
        for ours in views:
            errors = np.full(len(ours), OUTSIDE, np.int8)
            first, last = max(0, -offset), min(len(ours), len(theirs) - offset)
            if first < last:
                mine, other = ours[first:last], theirs[first + offset : last + offset]
                different = np.bitwise_count(mine ^ other).astype(np.int8)
                different[other == 0] = _BITS // 2
                different[mine == 0] = FAINT
                different[(mine == 0) & (other == 0)] = QUIET
                errors[first:last] = different
            gain = float(np.maximum(self._smoothed(self._gains(errors)), 0).sum())
            if gain > best_gain:
                best, best_gain = errors, gain
        return best

    def _gains(self, errors: NDArray[np.int8]) -> Costs:
        """Return what each item speaks for (or against) the same sound: 0 for quiet, 1 would be all bits."""
        rate = np.float32(self._settings.error_rate / 1000)
        gains = np.asarray(rate - errors.astype(np.float32) / _BITS, np.float32)
        gains[errors == QUIET] = 0
        gains[errors == FAINT] = rate - np.float32(0.5)
        gains[errors == OUTSIDE] = _IMPOSSIBLE
        return gains

    def _smoothed(self, gains: Costs) -> Costs:
        """Return the mean over about two seconds around each item; places outside count as chance."""
        width = self._smoothing
        sums = np.cumsum(np.pad(np.maximum(gains, _CHANCE), (width // 2 + 1, width // 2)), dtype=np.float64)
        return np.asarray((sums[width:] - sums[:-width]) / width, np.float32)

    def _segments(
        self, views: Sequence[Items], milliseconds: int, work: int, proposed: Mapping[int, Counter[int]]
    ) -> tuple[SoundSegment, ...]:
        """Return what comes from one work, in the order of the upload."""
        theirs, count = self.index.items_of(work), len(views[0])
        likely = {span: self._likely(counts) for span, counts in proposed.items()}
        path, errors = np.full(count, NONE, np.int64), np.zeros(count, np.int8)
        for span in range((count + self._span - 1) // self._span):
            beside = (likely.get(near, [])[:_NEIGHBOURS] for near in (span - 1, span + 1))
            offsets = {offset for some in (likely.get(span, []), *beside) for offset in some}
            part = slice(span * self._span, min(count, (span + 1) * self._span))
            if offsets:
                self._explain([view[part] for view in views], theirs, offsets, part, path, errors)

        def compared(shift: int, first: int, last: int) -> NDArray[np.int8]:
            return self._compared([view[first:last] for view in views], theirs, shift + first)

        length = self._lengths[self.index.id_of(work)]
        explained = Explained(errors, path, compared, milliseconds, length, len(theirs), self._timing)
        return explained.segments(self._shortest, self._quiet)

    def _explain(
        self,
        views: Sequence[Items],
        theirs: Items,
        offsets: Collection[int],
        part: slice,
        path: Places,
        chosen: NDArray[np.int8],
    ) -> None:
        """Write the best path through one span of the upload, and the differing bits along it."""
        tried = sorted({near for offset in offsets for near in (offset - 1, offset, offset + 1)})
        errors = np.stack([self._compared(views, theirs, offset + part.start) for offset in tried])
        gains = np.stack([self._gains(row) for row in errors])
        smoothed = np.stack([self._smoothed(row) for row in gains])
        useful = smoothed.max(axis=1) > 0
        if not useful.any():
            return
        shifts, errors, gains = np.array(tried, np.int64)[useful], errors[useful], gains[useful]
        for first, last in stretches(_widened(smoothed[useful].max(axis=0) > _HOPELESS, self._shortest)):
            rows = self._best_path(gains[:, first:last], shifts)
            place = slice(part.start + first, part.start + last)
            path[place] = np.where(rows == _NO_ROW, NONE, shifts[rows])
            chosen[place] = errors[rows, np.arange(first, last)]

    def _best_path(self, gains: Costs, shifts: Places) -> NDArray[np.int32]:
        """Return the row that explains each item best, or `_NO_ROW`: dynamic programming over all items (Viterbi)."""
        switch, drift = np.float32(self._settings.switch_cost / 100), np.float32(self._settings.drift_cost / 100)
        rows, count = gains.shape
        step = np.where(np.diff(shifts) == 1, drift, -_IMPOSSIBLE).astype(np.float32)
        value, none = np.full(rows, _IMPOSSIBLE, np.float32), np.float32(0)
        came = np.empty((count, rows), np.int32)
        none_came = np.empty(count, np.int32)
        own = np.arange(rows, dtype=np.int32)
        for item in range(count):
            top = int(value.argmax())
            best, best_row = (value[top], top) if value[top] > none else (none, _NO_ROW)
            reached, origin = value.copy(), came[item]
            origin[:] = own
            if rows > 1:
                up = value[:-1] - step > reached[1:]
                reached[1:][up], origin[1:][up] = (value[:-1] - step)[up], own[:-1][up]
                down = value[1:] - step > reached[:-1]
                reached[:-1][down], origin[:-1][down] = (value[1:] - step)[down], own[1:][down]
            enter = reached < best - switch
            reached[enter], origin[enter] = best - switch, best_row
            value = reached + gains[:, item]
            none, none_came[item] = best, best_row
        return _traced(came, none_came, int(value.argmax()) if value.max() > none else _NO_ROW)


def _traced(came: NDArray[np.int32], none_came: NDArray[np.int32], row: int) -> NDArray[np.int32]:
    """Return the rows of the best path, from its end backwards."""
    path = np.empty(len(came), np.int32)
    for item in range(len(came) - 1, -1, -1):
        path[item] = row
        row = int(none_came[item] if row == _NO_ROW else came[item, row])
    return path


def _widened(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return the mask with `by` more items on either side of what it holds."""
    sums = np.cumsum(np.pad(mask.astype(np.int64), (by + 1, by)))
    wide: NDArray[np.bool_] = sums[2 * by + 1 :] > sums[: -(2 * by + 1)]
    return wide
