"""Finds the hashes of 256 bits that differ from a given one in few bits, among many that come and go.

Below `direct_below` hashes every one is compared. Above, hashes are gathered into blocks with 16 tables each, keyed by
16 overlapping stretches of the hash: two hashes that differ in few bits differ in at most `flips` bits of one of the
stretches, almost surely. The stretches of a block grow with the logarithm of its size, so that a look-up finds about as
many chance neighbours in a large block as in a small one; blocks of like size are merged, so there are few of them, and
each hash is sorted again only a logarithmic number of times. Removing sets a mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.pdq import BITS, Hashes, distances

_TABLES = 16
_STRIDE = BITS // _TABLES
_NARROWEST, _WIDEST = 12, 24
_ROWS_AT_ONCE = 1 << 15
_PAIRS_AT_ONCE = 1 << 13


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """`direct_below` hashes all are compared; `flips` bits of a key may differ; `most_in_bucket` of one key count."""

    direct_below: int = 100_000
    flips: int = 1
    most_in_bucket: int = 512


@dataclass(frozen=True, slots=True)
class _Block:
    """Tables over the hashes numbered first to last (excluded): by key, where its numbers begin, and the numbers."""

    first: int
    last: int
    width: int
    starts: tuple[NDArray[np.int64], ...]
    numbers: tuple[NDArray[np.uint32], ...]


class HammingIndex:
    """Hashes by number, in the order they were added; removed numbers stay taken."""

    def __init__(self, settings: SearchSettings = SearchSettings()) -> None:
        """Start empty."""
        self._settings = settings
        self._words: Hashes = np.zeros((0, 4), np.uint64)
        self._alive = np.zeros(0, np.bool_)
        self._size = 0
        self._blocks: list[_Block] = []

    def __len__(self) -> int:
        """Return how many numbers are taken, removed ones included."""
        return self._size

    @property
    def words(self) -> Hashes:
        """The hashes by number, removed ones included."""
        return self._words[: self._size]

    @property
    def blocks(self) -> int:
        """How many sorted blocks there are; 0 while every hash is compared."""
        return len(self._blocks)

    def add(self, hashes: Hashes, findable: NDArray[np.bool_] | None = None) -> int:
        """Add hashes (n, 4) and return the number of the first; those not `findable` are held, but never found."""
        first, count = self._size, len(hashes)
        if first + count > len(self._words):
            room = max(1024, 2 * len(self._words), first + count) - len(self._words)
            self._words = np.concatenate([self._words, np.zeros((room, 4), np.uint64)])
            self._alive = np.concatenate([self._alive, np.zeros(room, np.bool_)])
        self._words[first : first + count] = hashes
        self._alive[first : first + count] = True if findable is None else findable
        self._size += count
        return first

    def remove(self, first: int, count: int) -> None:
        """Never find the hashes numbered first to first + count again."""
        self._alive[first : first + count] = False

    def near(self, queries: Hashes, distance: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return rows of queries, numbers and distances of all pairs that differ in at most `distance` bits.

        Every such pair is found while all hashes are compared; above that, almost every one.
        """
        if self._size >= self._settings.direct_below:
            self._gather()
        found = [self._found_in(block, queries, distance) for block in self._blocks]
        found.append(self._compared(queries, self._blocks[-1].last if self._blocks else 0, distance))
        rows, numbers, bits = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return rows, numbers, bits

    def _compared(
        self, queries: Hashes, first: int, distance: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Compare with everything from a number on. Half of the bits rule out almost all, and cost half the time."""
        rows, numbers, bits = [], [], []
        for start in range(first, self._size, _ROWS_AT_ONCE):
            part = slice(start, min(self._size, start + _ROWS_AT_ONCE))
            left, right = (np.ascontiguousarray(self._words[part, word]) for word in (0, 1))
            alive = self._alive[part]
            together = max(1, _PAIRS_AT_ONCE // len(left))
            for row in range(0, len(queries), together):
                asked = queries[row : row + together]
                half = np.bitwise_count(left ^ asked[:, 0, None]) + np.bitwise_count(right ^ asked[:, 1, None])
                maybe_rows, maybe = np.divmod(np.flatnonzero((half <= distance) & alive), len(left))
                exact = distances(self._words[maybe + start], asked[maybe_rows])
                kept = exact <= distance
                rows.append(maybe_rows[kept] + row)
                numbers.append(maybe[kept] + start)
                bits.append(exact[kept])
        if not rows:
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing
        return np.concatenate(rows), np.concatenate(numbers), np.concatenate(bits)

    def _gather(self) -> None:
        """Sort what is not in a block yet, together with the blocks before that are not much larger."""
        first = self._blocks[-1].last if self._blocks else 0
        if self._size - first < self._settings.direct_below // 4:
            return
        while self._blocks and self._blocks[-1].last - self._blocks[-1].first < 2 * (self._size - first):
            first = self._blocks.pop().first
        self._blocks.append(self._block(first, self._size))

    def _block(self, first: int, last: int) -> _Block:
        width = min(_WIDEST, max(_NARROWEST, int(last - first).bit_length() - 2))
        held = np.flatnonzero(self._alive[first:last]) + first
        starts, numbers = [], []
        for keys in _keys(self._words[held], width):
            starts.append(np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=1 << width))]))
            numbers.append(held[np.argsort(keys, kind="stable")].astype(np.uint32))
        return _Block(first, last, width, tuple(starts), tuple(numbers))

    def _found_in(
        self, block: _Block, queries: Hashes, distance: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        flips = _flips(block.width, self._settings.flips)
        pairs = [np.zeros(0, np.int64)]
        for keys, starts, numbers in zip(_keys(queries, block.width), block.starts, block.numbers, strict=True):
            probes = keys[:, None] ^ flips
            counts = starts[probes + 1] - starts[probes]
            # A key that very many hashes share (one shot held for minutes) is looked at up to a limit.
            counts = np.minimum(counts, self._settings.most_in_bucket).ravel()
            rows = np.repeat(np.repeat(np.arange(len(queries)), len(flips)), counts)
            within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
            found = numbers[np.repeat(starts[probes].ravel(), counts) + within]
            pairs.append(np.unique((rows << 32) | found.astype(np.int64)))
        pair = np.unique(np.concatenate(pairs))
        rows, found = pair >> 32, pair & 0xFFFFFFFF
        bits = distances(self._words[found], queries[rows])
        kept = (bits <= distance) & self._alive[found]
        return rows[kept], found[kept], bits[kept]


def _keys(hashes: Hashes, width: int) -> list[NDArray[np.int64]]:
    """Return the keys of hashes for each table: `width` bits from every 16th bit on, round the end."""
    keys = []
    for table in range(_TABLES):
        word, shift = divmod(table * _STRIDE, 64)
        bits = hashes[:, word] >> np.uint64(shift)
        if shift + width > 64:
            bits = bits | (hashes[:, (word + 1) % 4] << np.uint64(64 - shift))
        keys.append((bits & np.uint64((1 << width) - 1)).astype(np.int64))
    return keys


def _flips(width: int, most: int) -> NDArray[np.int64]:
    """Return all patterns of at most `most` bits out of `width`."""
    chosen = [bits for count in range(most + 1) for bits in combinations(range(width), count)]
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], np.int64)
