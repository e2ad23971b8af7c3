"""Finds, for one text, every stretch that comes from each of many indexed texts: by fingerprints, then token by token.

Winnowing (Schleimer, Wilkerson, Aiken 2003) keeps the smallest of every `window` neighbouring hashes of `gram` tokens,
so any stretch of gram + window - 1 equal tokens is sure to share a fingerprint. From there on nothing is estimated:
equal runs are extended token by token, runs that follow one another closely in both texts are chained, and what still
agrees inside the small gaps between them is found as a longest common subsequence.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching_adapter.tokens import Hashes, Integers, gram_hashes

_HITS_PER_WORK = 16  # places kept per fingerprint and work: a refrain needs a few, padding with one word gets no more
_HITS_PER_GRAM = 4096  # places looked at per fingerprint of the upload, over all works
_PROBES_AT_ONCE = 65_536
_HITS_AT_ONCE = 8_000_000
_STEPS_TOGETHER = 8  # tokens by which all runs are extended at once before the rest are extended one by one
_OPEN_CHAINS = 8
_OVERLAP = 2  # tokens by which the next run may begin before the last one ended in the work (a repeated word)


@dataclass(frozen=True, slots=True)
class AlignmentSettings:
    """Numbers behind the method; the defaults are those measured in the matching study.

    `gram` and `window` in tokens; `shortest_chain` is the fewest equal tokens that count as copying; `widest_gap` is
    the most tokens that may lie between two runs of one chain; uploads of fewer tokens than `shortest_upload` are
    never matched.
    """

    gram: int = 6
    window: int = 4
    shortest_chain: int = 12
    widest_gap: int = 24
    shortest_upload: int = 4

    def __post_init__(self) -> None:
        if not (self.gram >= 2 and 1 <= self.window <= self.gram and self.shortest_chain >= self.gram):
            raise ValueError("need gram >= 2, 1 <= window <= gram <= shortest_chain")
        if self.widest_gap < 0 or self.shortest_upload < 1:
            raise ValueError("widest_gap must not be negative, shortest_upload must be 1 or more")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of equal tokens: [start, end) in the upload, the same stretch `shift` tokens later in the work."""

    start: int
    end: int
    shift: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Runs that follow one another in both texts, and the pairs of equal tokens between them (upload, work)."""

    runs: tuple[Run, ...]
    between: tuple[tuple[int, int], ...]

    @property
    def equal(self) -> int:
        """Equal tokens in the chain."""
        return sum(run.end - run.start for run in self.runs) + len(self.between)

    @property
    def upload(self) -> tuple[int, int]:
        """Tokens of the upload from the first to the last run, half-open."""
        return self.runs[0].start, self.runs[-1].end

    @property
    def work(self) -> tuple[int, int]:
        """Tokens of the work from the first to the last run, half-open."""
        return self.runs[0].start + self.runs[0].shift, self.runs[-1].end + self.runs[-1].shift


@dataclass(frozen=True, slots=True)
class Alignment:
    """Everything in one upload that comes from one work."""

    work_id: str
    chains: tuple[Chain, ...]

    def covered_upload(self, length: int) -> Integers:
        """Return 1 for every one of the upload's `length` tokens that is copied, 0 for the others."""
        return _covered(length, self.chains, in_work=False)

    def covered_work(self, length: int) -> Integers:
        """Return 1 for every one of the work's `length` tokens that was used, 0 for the others."""
        return _covered(length, self.chains, in_work=True)


class FingerprintIndex:
    """The fingerprints of a fixed set of texts, given as the hashes of their tokens; built once, then asked often."""

    def __init__(self, texts: Mapping[str, Hashes], settings: AlignmentSettings) -> None:
        """Build the index; the order of the texts makes no difference."""
        self._settings = settings
        self._ids = sorted(texts)
        lengths = [len(texts[work_id]) for work_id in self._ids]
        self._starts = np.cumsum([0, *lengths], dtype=np.int64)
        empty = np.zeros(0, np.uint64)
        self._tokens = np.concatenate([empty, *(texts[work_id] for work_id in self._ids)])
        keys, places = [empty], [np.zeros(0, np.int64)]
        for number, work_id in enumerate(self._ids):
            grams = gram_hashes(texts[work_id], settings.gram)
            chosen = winnow(grams, settings.window)
            keys.append(grams[chosen])
            places.append(chosen + self._starts[number])
        self._keys, self._places = self._sorted(np.concatenate(keys), np.concatenate(places))

    def _sorted(self, keys: Hashes, places: Integers) -> tuple[Hashes, Integers]:
        order = np.lexsort((places, keys))
        keys, places = keys[order], places[order]
        if len(keys) == 0:
            return keys, places
        works = self._works_at(places)
        fresh = np.concatenate([[True], (keys[1:] != keys[:-1]) | (works[1:] != works[:-1])])
        group_start = np.flatnonzero(fresh)[np.cumsum(fresh) - 1]
        kept = np.arange(len(keys)) - group_start < _HITS_PER_WORK
        return keys[kept], places[kept]

    def _works_at(self, places: Integers) -> Integers:
        return np.searchsorted(self._starts, places, "right") - 1

    def tokens_of(self, work_id: str) -> Hashes:
        """Return the hashes that the index itself holds of a text, so that nobody needs a second copy."""
        number = bisect_left(self._ids, work_id)
        return self._tokens[self._starts[number] : self._starts[number + 1]]

    def hits(self, probes: Hashes) -> Integers:
        """Return how many places each fingerprint has in the index."""
        return np.searchsorted(self._keys, probes, "right") - np.searchsorted(self._keys, probes, "left")

    def align(self, upload: Hashes, held: Collection[str]) -> Iterator[Alignment]:
        """Yield what the upload has in common with each work that is still held, in the order of the work ids."""
        settings = self._settings
        if len(upload) < settings.shortest_upload:
            return
        if len(upload) < settings.gram + settings.window - 1:
            yield from (found for found in self._contained(upload) if found.work_id in held)
            return
        needed = min(settings.shortest_chain, len(upload))
        works, shifts, starts, ends = self._extended(upload, *self._runs(upload))
        cuts = np.flatnonzero(np.diff(works)) + 1
        for first, last in _pieces(cuts, len(works)):
            number = int(works[first])
            if self._ids[number] not in held:
                continue
            if int((ends[first:last] - starts[first:last]).sum()) < needed:
                continue
            runs = self._chosen(upload, number, shifts[first:last], starts[first:last], ends[first:last])
            chains = tuple(self._chains(upload, runs, number, needed))
            if chains:
                yield Alignment(self._ids[number], chains)

    def _contained(self, upload: Hashes) -> Iterator[Alignment]:
        """Uploads too short for a sure fingerprint: found only where the whole upload stands in a work."""
        length = len(upload)
        places = np.flatnonzero(self._tokens[: max(0, len(self._tokens) - length + 1)] == upload[0])
        for offset in range(1, length):
            places = places[self._tokens[places + offset] == upload[offset]]
        works = self._works_at(places)
        inside = self._works_at(places + length - 1) == works
        numbers, firsts = np.unique(works[inside], return_index=True)
        for number, first in zip(numbers.tolist(), firsts.tolist(), strict=True):
            shift = int(places[inside][first] - self._starts[number])
            yield Alignment(self._ids[number], (Chain((Run(0, length, shift),), ()),))

    def _runs(self, upload: Hashes) -> tuple[Integers, Integers, Integers, Integers]:
        """Return equal runs found by fingerprints, as (work, place in all works minus place in upload, start, end)."""
        grams = gram_hashes(upload, self._settings.gram)
        found: list[tuple[Integers, Integers, Integers, Integers]] = []
        for begin in range(0, len(grams), _PROBES_AT_ONCE):
            probes = grams[begin : begin + _PROBES_AT_ONCE]
            low = np.searchsorted(self._keys, probes, "left")
            counts = _limited(np.searchsorted(self._keys, probes, "right") - low)
            query = np.repeat(np.arange(len(probes)), counts)
            hit = low[query] + np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
            places = self._places[hit]
            query = query + begin
            works, shifts = self._works_at(places), places - query
            found.append(_merged(works, shifts, query, query + self._settings.gram))
        return _merged(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _extended(
        self, upload: Hashes, works: Integers, shifts: Integers, starts: Integers, ends: Integers
    ) -> tuple[Integers, Integers, Integers, Integers]:
        """Extend the runs on both sides for as long as the tokens are equal, a few steps at most."""
        lowest = np.maximum(0, self._starts[works] - shifts)
        highest = np.minimum(len(upload), self._starts[works + 1] - shifts)
        starts, ends = starts.copy(), ends.copy()
        for _ in range(_STEPS_TOGETHER):
            left = np.flatnonzero(starts > lowest)
            left = left[upload[starts[left] - 1] == self._tokens[starts[left] - 1 + shifts[left]]]
            starts[left] -= 1
            right = np.flatnonzero(ends < highest)
            right = right[upload[ends[right]] == self._tokens[ends[right] + shifts[right]]]
            ends[right] += 1
            if len(left) == 0 and len(right) == 0:
                break
        return _merged(works, shifts, starts, ends)

    def _chosen(self, upload: Hashes, number: int, shifts: Integers, starts: Integers, ends: Integers) -> list[Run]:
        """Give every token of the upload to one run: longest runs first, then those of the commonest shift."""
        origin, limit = int(self._starts[number]), int(self._starts[number + 1])
        lengths = ends - starts
        _, group = np.unique(shifts, return_inverse=True)
        weights = np.bincount(group, lengths)[group]
        order = np.lexsort((shifts, starts, -weights, -lengths))
        taken = bytearray(len(upload))
        runs: list[Run] = []
        rows = zip(shifts[order].tolist(), starts[order].tolist(), ends[order].tolist(), strict=True)
        for shift, start, end in rows:
            if taken.find(0, start, end) < 0:
                continue
            farthest_left = self._reach_left(upload, start, shift, max(0, origin - shift))
            farthest_right = self._reach_right(upload, end, shift, min(len(upload), limit - shift))
            first = taken.find(0, farthest_left, farthest_right)
            last = taken.rfind(0, farthest_left, farthest_right) + 1
            taken[first:last] = b"\x01" * (last - first)
            runs.append(Run(first, last, shift - origin))
        return sorted(runs, key=lambda run: (run.start, run.end))

    def _reach_left(self, upload: Hashes, start: int, shift: int, lowest: int) -> int:
        step = 64
        while start > lowest and upload[start - 1] == self._tokens[start - 1 + shift]:
            first = max(lowest, start - step)
            differ = np.flatnonzero(upload[first:start] != self._tokens[first + shift : start + shift])
            if len(differ):
                return first + int(differ[-1]) + 1
            start, step = first, step * 4
        return start

    def _reach_right(self, upload: Hashes, end: int, shift: int, highest: int) -> int:
        step = 64
        while end < highest and upload[end] == self._tokens[end + shift]:
            last = min(highest, end + step)
            differ = np.flatnonzero(upload[end:last] != self._tokens[end + shift : last + shift])
            if len(differ):
                return end + int(differ[0])
            end, step = last, step * 4
        return end

    def _chains(self, upload: Hashes, runs: Sequence[Run], number: int, needed: int) -> Iterator[Chain]:
        open_chains: list[list[Run]] = []
        for run in runs:
            for chain in reversed(open_chains[-_OPEN_CHAINS:]):
                if self._follows(chain[-1], run):
                    chain.append(run)
                    break
            else:
                open_chains.append([run])
        for members in open_chains:
            if sum(run.end - run.start for run in members) >= needed:
                yield Chain(tuple(members), tuple(self._between(upload, members, int(self._starts[number]))))

    def _follows(self, last: Run, run: Run) -> bool:
        in_upload = run.start - last.end
        in_work = run.start + run.shift - last.end - last.shift
        return 0 <= in_upload <= self._settings.widest_gap and -_OVERLAP <= in_work <= self._settings.widest_gap

    def _between(self, upload: Hashes, runs: Sequence[Run], origin: int) -> Iterator[tuple[int, int]]:
        for last, run in pairwise(runs):
            work_start, work_end = last.end + last.shift, run.start + run.shift
            if run.start > last.end and work_end > work_start:
                ours = upload[last.end : run.start].tolist()
                theirs = self._tokens[origin + work_start : origin + work_end].tolist()
                for mine, other in common_subsequence(ours, theirs):
                    yield last.end + mine, work_start + other


def winnow(grams: Hashes, window: int) -> Integers:
    """Return the places of the fingerprints: the rightmost smallest hash of every `window` neighbours."""
    if len(grams) == 0:
        return np.zeros(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(grams, min(window, len(grams)))
    last = windows.shape[1] - 1
    return np.unique(np.arange(len(windows), dtype=np.int64) + (last - np.argmin(windows[:, ::-1], axis=1)))


def common_subsequence(ours: Sequence[int], theirs: Sequence[int]) -> list[tuple[int, int]]:
    """Return the places of one longest common subsequence, as pairs (place in ours, place in theirs), ascending."""
    if len(ours) == 1 or len(theirs) == 1:
        for mine, token in enumerate(ours):
            if token in theirs:
                return [(mine, theirs.index(token))]
        return []
    width = len(theirs)
    lengths = [[0] * (width + 1)]  # lengths[-1][j]: longest common subsequence of the rows so far and theirs[:j]
    for token in ours:
        above, row = lengths[-1], [0]
        for column, other in enumerate(theirs):
            row.append(above[column] + 1 if token == other else max(above[column + 1], row[column]))
        lengths.append(row)
    pairs: list[tuple[int, int]] = []
    mine, other = len(ours), width
    while mine and other:
        if lengths[mine][other] == lengths[mine - 1][other]:
            mine -= 1
        elif lengths[mine][other] == lengths[mine][other - 1]:
            other -= 1
        else:
            mine, other = mine - 1, other - 1
            pairs.append((mine, other))
    return pairs[::-1]


def crowded(indexes: Sequence[FingerprintIndex], upload: Hashes, gram: int) -> bool:
    """Say whether some places would be left out, if these indexes were one."""
    grams = gram_hashes(upload, gram)
    for begin in range(0, len(grams), _PROBES_AT_ONCE):
        probes = grams[begin : begin + _PROBES_AT_ONCE]
        counts = np.zeros(len(probes), np.int64)
        for index in indexes:
            counts += index.hits(probes)
        if not np.array_equal(_limited(counts), counts):
            return True
    return False


def _limited(counts: Integers) -> Integers:
    """Cap the places per fingerprint so that no upload, however repetitive, asks for more memory than planned."""
    cap = _HITS_PER_GRAM
    while cap > 1 and int(np.minimum(counts, cap).sum()) > _HITS_AT_ONCE:
        cap //= 2
    return np.minimum(counts, cap)


def _merged(
    works: Integers, shifts: Integers, starts: Integers, ends: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Sort runs by work, shift and start, and join those that touch or overlap."""
    order = np.lexsort((ends, starts, shifts, works))
    works, shifts, starts, ends = works[order], shifts[order], starts[order], ends[order]
    if len(works) == 0:
        return works, shifts, starts, ends
    other = (works[1:] != works[:-1]) | (shifts[1:] != shifts[:-1])
    # All runs were extended by as many steps as the tokens allow, so a later start never goes with an earlier end.
    fresh = np.concatenate([[True], other | (starts[1:] > ends[:-1])])
    firsts = np.flatnonzero(fresh)
    return works[firsts], shifts[firsts], starts[firsts], np.maximum.reduceat(ends, firsts)


def _pieces(cuts: Integers, length: int) -> Iterator[tuple[int, int]]:
    if length:
        bounds = [0, *cuts.tolist(), length]
        yield from pairwise(bounds)


def _covered(length: int, chains: Sequence[Chain], *, in_work: bool) -> Integers:
    edges = np.zeros(length + 1, np.int64)
    runs = [run for chain in chains for run in chain.runs]
    starts = np.array([run.start + (run.shift if in_work else 0) for run in runs], np.int64)
    ends = np.array([run.end + (run.shift if in_work else 0) for run in runs], np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, ends, -1)
    covered = np.cumsum(edges[:-1]) > 0
    between = [pair[1 if in_work else 0] for chain in chains for pair in chain.between]
    covered[np.array(between, np.int64)] = True
    return covered.astype(np.int64)
