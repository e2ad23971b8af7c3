"""Finds which stretches of an upload show which stretches of which works, from the fingerprints of their frames.

Pairs of frames that look alike vote for a work and an offset. Along an offset that has votes every frame is compared
again with a looser bound, which is safe there: unrelated frames differ in 92 to 160 bits. Short gaps at one offset are
closed, and a stretch goes on at its ends as long as frames differ in fewer bits than all but one in two hundred
unrelated ones: where everything moves fast, two samples of one moment have little more than that in common. Works are
sampled more densely than uploads, so that a cut between two samples still falls near the grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.hamming_search import HammingIndex, SearchSettings
from matching_adapter.engines.pdq import BITS, UNRELATED, distances
from matching_adapter.engines.video_views import COMPARED, VIEWS, VideoFingerprint, View

_AT_ONCE = 64
_MANY_REMOVED = 10_000
_MANY_FRAMES = 2400
_STILL = 4  # bits in which frames of a still picture differ, from the noise of the encoder
_NEARLY_FLAT = 9  # quality of a frame that holds hardly more than noise and the beginning of a fade
_LEAST_VOTES = 2  # one pair that looks alike is chance


@dataclass(frozen=True, slots=True)
class VideoAlignmentSettings:
    """Settings of the alignment, as whole numbers.

    `frames_per_second` of an upload; works have `density` times as many. `vote_distance`: bits in which frames that
    vote may differ, `verify_distance`: bits along an offset, `edge_distance`: bits at the ends of a stretch,
    `vote_quality`: PDQ quality of frames that vote, `gap_milliseconds`: the longest gap that is closed,
    `shortest_milliseconds`: the shortest stretch that counts, `strong_frames`: frames of a stretch that must be within
    `vote_distance`, `most_offsets` of one work are looked at.
    """

    frames_per_second: int = 4
    density: int = 2
    vote_distance: int = 40
    verify_distance: int = 64
    edge_distance: int = 98
    vote_quality: int = 50
    gap_milliseconds: int = 2000
    shortest_milliseconds: int = 2000
    strong_frames: int = 3
    most_offsets: int = 12
    search: SearchSettings = field(default_factory=SearchSettings)

    def __post_init__(self) -> None:
        """Refuse values with which nothing could be found."""
        for name in ("frames_per_second", "density", "strong_frames", "most_offsets", "shortest_milliseconds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more")
        if not 0 <= self.vote_distance <= self.verify_distance <= self.edge_distance < UNRELATED:
            raise ValueError("0 <= vote_distance <= verify_distance <= edge_distance < 128 must hold")


@dataclass(frozen=True, slots=True)
class Run:
    """Upload frames first to last (excluded) show the work, `offset` frames of the work later.

    `bits` is the sum of the distances of its frames.
    """

    first: int
    last: int
    offset: int
    bits: int


@dataclass(frozen=True, slots=True)
class VideoAlignment:
    """The runs of one work in an upload, in the order of the upload; they do not overlap there."""

    work_id: str
    work_frames: int
    work_milliseconds: int
    runs: tuple[Run, ...]


@dataclass(slots=True)
class _Work:
    """A work in the index: the number of its first frame in each view."""

    work_id: str
    milliseconds: int
    qualities: NDArray[np.uint8]
    firsts: dict[View, int]


class _Table:
    """The frames of one view of all works."""

    def __init__(self, settings: SearchSettings) -> None:
        self.index = HammingIndex(settings)
        self.owners: list[_Work] = []
        self.firsts: list[int] = []


class VideoIndex:
    """The frames of the works, by view; works come and go one by one."""

    def __init__(self, settings: VideoAlignmentSettings) -> None:
        """Start with no works."""
        self._settings = settings
        self._works: dict[str, _Work] = {}
        self._tables: dict[View, _Table] = {}
        self._removed = 0

    def __contains__(self, work_id: str) -> bool:
        """Say whether the work is held."""
        return work_id in self._works

    def add(self, work_id: str, fingerprint: VideoFingerprint) -> None:
        """Add a work, or replace it."""
        self.remove(work_id)
        work = _Work(work_id, fingerprint.milliseconds, fingerprint.qualities, {})
        findable = fingerprint.qualities >= self._settings.vote_quality
        for view in VIEWS["work"]:
            if view in fingerprint.views:
                table = self._tables.setdefault(view, _Table(self._settings.search))
                work.firsts[view] = table.index.add(fingerprint.views[view], findable)
                table.owners.append(work)
                table.firsts.append(work.firsts[view])
        self._works[work_id] = work

    def remove(self, work_id: str) -> None:
        """Forget a work, if it is held. When most frames are of removed works, the tables are made anew."""
        work = self._works.pop(work_id, None)
        if work is None:
            return
        for view, first in work.firsts.items():
            self._tables[view].index.remove(first, len(work.qualities))
        self._removed += len(work.qualities)
        held = sum(len(one.qualities) for one in self._works.values())
        if self._removed > max(_MANY_REMOVED, held):
            kept = [(one.work_id, self._fingerprint(one)) for one in self._works.values()]
            self._works, self._tables, self._removed = {}, {}, 0
            for one, fingerprint in kept:
                self.add(one, fingerprint)

    def align(self, upload: VideoFingerprint) -> list[VideoAlignment]:
        """Return what of the upload comes from which works, in the order of their ids."""
        if not len(upload):
            return []
        found = []
        for work, offsets in self._voted(upload):
            runs = self._verified(upload, work, offsets)
            if runs:
                found.append(VideoAlignment(work.work_id, len(work.qualities), work.milliseconds, tuple(runs)))
        return sorted(found, key=lambda one: one.work_id)

    def _fingerprint(self, work: _Work) -> VideoFingerprint:
        count = len(work.qualities)
        views = {view: self._tables[view].index.words[at : at + count].copy() for view, at in work.firsts.items()}
        return VideoFingerprint(work.milliseconds, work.qualities, views)

    def _voted(self, upload: VideoFingerprint) -> Iterator[tuple[_Work, list[int]]]:
        """Yield works with the offsets that have votes, those with the most first."""
        asked = self._asked(upload)
        votes: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}
        pairs = [(view, other) for view, others in COMPARED.items() if view in upload.views for other in others]
        for view, other in pairs:
            table = self._tables.get(other)
            if table is not None:
                for start in range(0, len(asked), _AT_ONCE):
                    self._count(table, upload.views[view], asked[start : start + _AT_ONCE], votes)
        for work_id, counted in votes.items():
            offsets = self._peaks(
                np.concatenate([one for one, _ in counted]), np.concatenate([many for _, many in counted])
            )
            if offsets:
                yield self._works[work_id], offsets

    def _asked(self, upload: VideoFingerprint) -> NDArray[np.int64]:
        """Return the frames that vote: all that are good enough, but in a long film a still picture only now and then.

        Every frame of a still picture looks like every other, so that hours of them would take hours.
        """
        good = upload.qualities >= self._settings.vote_quality
        if int(good.sum()) > _MANY_FRAMES:
            hashes = upload.views["full"]
            moving = np.concatenate([[True], distances(hashes[1:], hashes[:-1]) > _STILL])
            good &= moving | (np.arange(len(good)) % (2 * self._settings.frames_per_second) == 0)
        return np.flatnonzero(good)

    def _count(
        self,
        table: _Table,
        hashes: NDArray[np.uint64],
        frames: NDArray[np.int64],
        votes: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]],
    ) -> None:
        """Add to the votes: offsets and how many pairs of frames speak for each, by work."""
        rows, numbers, _ = table.index.near(hashes[frames], self._settings.vote_distance)
        if not len(rows):
            return
        firsts = np.array(table.firsts, np.int64)
        owners = np.searchsorted(firsts, numbers, "right") - 1
        offsets = numbers - firsts[owners] - frames[rows] * self._settings.density
        for owner in np.unique(owners):
            work = table.owners[int(owner)]
            of_work = offsets[owners == owner]
            lowest = of_work.min()
            counts = np.bincount(of_work - lowest)
            places = np.flatnonzero(counts)
            votes.setdefault(work.work_id, []).append((places + lowest, counts[places]))

    def _peaks(self, offsets: NDArray[np.int64], counts: NDArray[np.int64]) -> list[int]:
        """Return the offsets around which most votes lie; neighbours within a sample of the upload are one."""
        density = self._settings.density
        low = int(offsets.min()) - density
        tally = np.bincount(offsets - low, weights=counts, minlength=int(offsets.max()) - low + density + 1)
        around = np.convolve(tally, np.ones(density + 1), "same")
        peaks: list[int] = []
        while len(peaks) < self._settings.most_offsets:
            top = int(around.argmax())
            if around[top] < _LEAST_VOTES:
                break
            near = slice(max(0, top - density), top + density + 1)
            peaks.append(near.start + int(tally[near].argmax()) + low)
            around[near] = 0
        return peaks

    def _verified(self, upload: VideoFingerprint, work: _Work, offsets: Sequence[int]) -> list[Run]:
        """Compare every frame along the offsets, and keep for each the offset whose run agrees best."""
        count = len(upload)
        best = np.full(count, np.inf)
        chosen = np.full(count, -1, np.int64)
        along = [self._distances(upload, work, offset) for offset in offsets]
        for number, bits in enumerate(along):
            for first, last in self._runs(upload, bits):
                mean = float(np.minimum(bits[first:last], self._settings.verify_distance).mean())
                better = mean < best[first:last]
                best[first:last][better] = mean
                chosen[first:last][better] = number
        for first, last in list(_stretches(chosen)):
            number = int(chosen[first])
            resting = self._resting(upload, work, offsets[number])
            for frames in (range(first - 1, -1, -1), range(last, count)):
                taken = self._going_on(along[number], upload.qualities > 0, resting, chosen >= 0, frames)
                chosen[taken] = number
        runs = []
        for first, last in _stretches(chosen):
            number = int(chosen[first])
            differing = int(np.minimum(along[number][first:last], self._settings.verify_distance).sum())
            runs.append(Run(first, last, offsets[number], differing))
        return runs

    def _going_on(
        self,
        bits: NDArray[np.int64],
        lit: NDArray[np.bool_],
        resting: NDArray[np.bool_],
        has_run: NDArray[np.bool_],
        frames: range,
    ) -> list[int]:
        """Return the frames beside a run that belong to it, nearest first.

        Those are frames that are not as unlike as unrelated ones, and a short rest: both pictures of one colour at the
        same place. A longer rest counts for nothing.
        """
        most = self._settings.gap_milliseconds * self._settings.frames_per_second // 1000
        taken: list[int] = []
        waiting: list[int] = []
        for frame in frames:
            if has_run[frame]:
                break
            if resting[frame]:
                waiting.append(frame)
                if len(waiting) > most:
                    return taken
            elif lit[frame] and bits[frame] <= self._settings.edge_distance and len(taken) < most:
                taken += [*waiting, frame]
                waiting = []
            else:
                break
        return taken + waiting

    def _resting(self, upload: VideoFingerprint, work: _Work, offset: int) -> NDArray[np.bool_]:
        """Say for each frame of the upload whether it is nearly of one colour, and the work at that place too."""
        places = np.arange(len(upload)) * self._settings.density + offset
        inside = (places >= 0) & (places < len(work.qualities))
        flat = work.qualities[np.clip(places, 0, len(work.qualities) - 1)] <= _NEARLY_FLAT
        resting: NDArray[np.bool_] = inside & flat & (upload.qualities <= _NEARLY_FLAT)
        return resting

    def _distances(self, upload: VideoFingerprint, work: _Work, offset: int) -> NDArray[np.int64]:
        """Return for each frame of the upload the least distance in any views that may show the same."""
        density, frames = self._settings.density, len(work.qualities)
        least = np.full(len(upload), BITS, np.int64)
        for moved in range(offset - density // 2, offset + density // 2 + 1):
            places = np.arange(len(upload)) * density + moved
            inside = np.flatnonzero((places >= 0) & (places < frames))
            for view, others in COMPARED.items():
                for other in others if view in upload.views else ():
                    if other in work.firsts:
                        words = self._tables[other].index.words[places[inside] + work.firsts[other]]
                        least[inside] = np.minimum(least[inside], distances(upload.views[view][inside], words))
        return least

    def _runs(self, upload: VideoFingerprint, bits: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Yield the stretches that agree along one offset: long enough, and with frames that agree well."""
        settings = self._settings
        strong = (bits <= settings.vote_distance) & (upload.qualities >= settings.vote_quality)
        agree = np.flatnonzero((bits <= settings.verify_distance) & (upload.qualities > 0))
        if not len(agree):
            return
        gap = settings.gap_milliseconds * settings.frames_per_second // 1000
        shortest = max(settings.strong_frames, settings.shortest_milliseconds * settings.frames_per_second // 1000)
        breaks = np.flatnonzero(np.diff(agree) > gap + 1)
        firsts = np.concatenate([agree[:1], agree[breaks + 1]])
        lasts = np.concatenate([agree[breaks], agree[-1:]]) + 1
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            if last - first >= shortest and int(strong[first:last].sum()) >= settings.strong_frames:
                yield first, last


def _stretches(chosen: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield first and last (excluded) frame of each stretch with one offset."""
    edges = np.flatnonzero(np.diff(np.concatenate([[-2], chosen, [-2]])))
    for first, last in pairwise(edges.tolist()):
        if chosen[first] >= 0:
            yield first, last
