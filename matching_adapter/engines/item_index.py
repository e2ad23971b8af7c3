"""Holds the 32-bit items of many works and finds where given items occur, in memory that grows by twelve bytes an item.

Works come and go without the whole being built anew: each addition is a sorted block of its own, blocks of like size
are merged (so there are only as many as the logarithm of the size), removed works are passed over and their room is
taken back when a block is half empty. A block is plain arrays that are never written again, so that processes forked
from one that has loaded the index share its memory. Item 0 means "nothing to be heard" and is not indexed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Items = NDArray[np.uint32]
Positions = NDArray[np.int64]

LARGEST_BLOCK = 1 << 24
"""Items (432 hours of sound) beyond which blocks are merged no more: merging needs room for both, old and new."""

_PLACES_AT_ONCE = 50_000
_LOW = np.uint64(0xFFFF_FFFF)
_HIGH = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where probes were found in one block: number of the probe, number of the work, and position among `items`.

    `first` and `last` say where the items of that work begin and end (half-open).
    """

    items: Items
    probe: Positions
    work: Positions
    position: Positions
    first: Positions
    last: Positions

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.probe)

    def part(self, chosen: slice | NDArray[np.bool_]) -> Occurrences:
        """Return some of the places."""
        fields = (self.probe, self.work, self.position, self.first, self.last)
        return Occurrences(self.items, *(values[chosen] for values in fields))


@dataclass(frozen=True, slots=True)
class _Block:
    """Items of some works one after another; `entries` are (item, position) pairs in one number each, sorted."""

    works: Positions
    starts: Positions
    items: Items
    entries: NDArray[np.uint64]

    @property
    def bytes(self) -> int:
        return self.works.nbytes + self.starts.nbytes + self.items.nbytes + self.entries.nbytes

    def parts(self) -> Iterator[tuple[int, Items]]:
        """Yield the number and the items of each work."""
        for place, work in enumerate(self.works):
            yield int(work), self.items[self.starts[place] : self.starts[place + 1]]


class ItemIndex:
    """Finds 32-bit items among works. Works are known by their ids outside, and by ever new numbers inside."""

    def __init__(self, *, largest_block: int = LARGEST_BLOCK) -> None:
        """Start empty."""
        self._largest = largest_block
        self._blocks: list[_Block] = []
        self._numbers: dict[str, int] = {}
        self._works: dict[int, tuple[str, Items]] = {}
        self._last = 0
        self._alive = np.zeros(1024, np.bool_)

    def __len__(self) -> int:
        """Return the number of works held."""
        return len(self._numbers)

    @property
    def bytes(self) -> int:
        """Bytes of memory in the arrays."""
        return sum(block.bytes for block in self._blocks)

    @property
    def block_sizes(self) -> tuple[int, ...]:
        """Items of each block, the oldest first."""
        return tuple(len(block.items) for block in self._blocks)

    def change(self, additions: Mapping[str, Items], removals: Iterable[str] = ()) -> None:
        """Forget works, then add works (or replace those with the same id), all in one block."""
        for work_id in (*removals, *additions):
            number = self._numbers.pop(work_id, None)
            if number is not None:
                del self._works[number]
                self._alive[number] = False
        parts = []
        for work_id, items in additions.items():
            number = self._new_number()
            self._numbers[work_id] = number
            self._works[number] = work_id, items
            parts.append((number, items))
        if parts:
            self._append(_sorted_block(parts))
        for place, block in reversed(list(enumerate(self._blocks))):
            held = self._held(block)
            if not held.any():
                del self._blocks[place]
            elif 2 * np.diff(block.starts)[held].sum() < len(block.items):
                self._blocks[place] = self._settled(self._packed(block))

    def items_of(self, work: int) -> Items:
        """Return the items of a work by its number."""
        return self._works[work][1]

    def id_of(self, work: int) -> str:
        """Return the id of a work by its number."""
        return self._works[work][0]

    def find(self, probes: Items, most: int, budget: int) -> Iterator[Occurrences]:
        """Look every probe up in every block; the answers of one block come in parts of bounded size.

        A probe found more than `most` times in a block tells nothing there. Where more than `budget` places would be
        found in a block, the probes that are found most often are left out, so that endless repetition on both sides
        costs no endless time. Time grows with the number of probes, the logarithm of the size of the index, and the
        number of places found.
        """
        wanted = np.flatnonzero(probes)
        order = wanted[np.argsort(probes[wanted])]
        keys = probes[order].astype(np.uint64) << _HIGH
        for block in self._blocks:
            low = np.searchsorted(block.entries, keys)
            count = np.searchsorted(block.entries, keys | _LOW, side="right") - low
            good = np.flatnonzero((count > 0) & (count <= _affordable(count, most, budget)))
            ends = np.cumsum(count[good])
            for part in np.split(
                good, np.searchsorted(ends, np.arange(_PLACES_AT_ONCE, ends[-1:].sum(), _PLACES_AT_ONCE))
            ):
                yield self._places(block, order[part], low[part], count[part])

    def _places(self, block: _Block, probes: Positions, low: Positions, count: Positions) -> Occurrences:
        """Return every place of probes of which the first entry and the number of entries are known."""
        each = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        position = (block.entries[low[each] + within] & _LOW).astype(np.int64)
        place = np.searchsorted(block.starts, position, side="right") - 1
        first, last = block.starts[place], block.starts[place + 1]
        found = Occurrences(block.items, probes[each], block.works[place], position, first, last)
        return found.part(self._held(block)[place])

    def _new_number(self) -> int:
        self._last += 1
        if self._last >= len(self._alive):
            self._alive = np.concatenate([self._alive, np.zeros_like(self._alive)])
        self._alive[self._last] = True
        return self._last

    def _held(self, block: _Block) -> NDArray[np.bool_]:
        held: NDArray[np.bool_] = self._alive[block.works]
        return held

    def _packed(self, block: _Block) -> _Block:
        """Return the block without the works that are no longer held."""
        if self._held(block).all():
            return block
        return _sorted_block([(work, items) for work, items in block.parts() if work in self._works])

    def _append(self, block: _Block) -> None:
        """Add a block after merging it with those before it that are not more than twice as large."""
        while self._blocks:
            before = len(self._blocks[-1].items)
            if before > 2 * len(block.items) or before + len(block.items) > self._largest:
                break
            block = _merged(self._packed(self._blocks.pop()), block)
        self._blocks.append(self._settled(block))

    def _settled(self, block: _Block) -> _Block:
        """Let the works of a block point into it, so that the arrays that they came in are let go."""
        for work, items in block.parts():
            if work in self._works:
                self._works[work] = self._works[work][0], items
        return block


def _affordable(count: Positions, most: int, budget: int) -> int:
    """Return how often a probe may be found so that all that are found as often or less stay within the budget."""
    times, probes = np.unique(count[(count > 0) & (count <= most)], return_counts=True)
    within = np.flatnonzero(np.cumsum(times * probes) <= budget)
    return int(times[within[-1]]) if len(within) else 0


def _sorted_block(parts: list[tuple[int, Items]]) -> _Block:
    items = np.concatenate([np.zeros(0, np.uint32), *(part for _, part in parts)])
    starts = np.cumsum([0, *(len(part) for _, part in parts)], dtype=np.int64)
    positions = np.flatnonzero(items)
    entries = (items[positions].astype(np.uint64) << _HIGH) | positions.astype(np.uint64)
    entries.sort()
    return _Block(np.array([work for work, _ in parts], np.int64), starts, items, entries)


def _merged(first: _Block, second: _Block) -> _Block:
    """Return both blocks as one; the sort meets two sorted runs and only has to merge them."""
    entries = np.concatenate([first.entries, second.entries])
    entries[len(first.entries) :] += np.uint64(len(first.items))
    entries.sort(kind="stable")
    return _Block(
        np.concatenate([first.works, second.works]),
        np.concatenate([first.starts, second.starts[1:] + first.starts[-1]]),
        np.concatenate([first.items, second.items]),
        entries,
    )
