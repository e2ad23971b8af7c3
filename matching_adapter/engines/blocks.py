"""Search structures that are built once, made to grow: additions become a small block, small blocks are merged.

A structure over n entries is rebuilt about log n times while it grows to n, so adding one work to a large index costs
little. A removed entry is only masked; a block is built anew when half of it is masked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Generic, TypeVar

Entry = TypeVar("Entry")
Structure = TypeVar("Structure")

_GROWTH = 2  # a block is merged with the next one unless it is larger by this factor


class _Block(Generic[Entry, Structure]):
    """One structure and its entries that are still held."""

    def __init__(self, structure: Structure, entries: dict[str, Entry]) -> None:
        self.structure = structure
        self.entries = entries
        self.built_with = len(entries)


class Blocks(Generic[Entry, Structure]):
    """Entries by id, and as few search structures over them as cheap additions allow.

    `build` makes a structure of some entries, and may put equal entries in their place; `weight` is what an entry costs
    to build in, in any unit.
    """

    def __init__(
        self, build: Callable[[dict[str, Entry]], Structure], weight: Callable[[Entry], int] = lambda _: 1
    ) -> None:
        """Start empty."""
        self._build = build
        self._weight = weight
        self._blocks: list[_Block[Entry, Structure]] = []
        self._fresh: dict[str, Entry] = {}
        self._homes: dict[str, dict[str, Entry]] = {}

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, key: str) -> bool:
        return key in self._homes

    def __getitem__(self, key: str) -> Entry:
        return self._homes[key][key]

    def put(self, key: str, entry: Entry) -> None:
        """Add an entry, or replace the one with the same id."""
        self.remove(key)
        self._fresh[key] = entry
        self._homes[key] = self._fresh

    def remove(self, key: str) -> None:
        """Forget an entry; an id that is not held is ignored."""
        home = self._homes.pop(key, None)
        if home is not None:
            del home[key]

    def structures(self) -> Iterator[tuple[Structure, Collection[str]]]:
        """Yield every structure, and the ids in it that are still held; what else it finds must be left out."""
        self._settle()
        for block in self._blocks:
            yield block.structure, block.entries.keys()

    @property
    def is_clean(self) -> bool:
        """Whether one structure holds exactly the entries, nothing masked."""
        self._settle()
        return len(self._blocks) <= 1 and all(block.built_with == len(block.entries) for block in self._blocks)

    def compact(self) -> None:
        """Build everything anew as one structure."""
        entries = {key: home[key] for key, home in self._homes.items()}
        self._fresh, self._blocks = {}, []
        self._add_block(entries)

    def _settle(self) -> None:
        worn = [block for block in self._blocks if len(block.entries) * 2 <= block.built_with]
        if not self._fresh and not worn:
            return
        entries, self._fresh = self._fresh, {}
        for block in worn:
            self._blocks.remove(block)
            entries |= block.entries
        weight = sum(map(self._weight, entries.values()))
        while self._blocks:
            last = sum(map(self._weight, self._blocks[-1].entries.values()))
            if last > weight * _GROWTH:
                break
            entries |= self._blocks.pop().entries
            weight += last
        self._add_block(entries)

    def _add_block(self, entries: dict[str, Entry]) -> None:
        if not entries:
            return
        self._blocks.append(_Block(self._build(entries), entries))
        for key in entries:
            self._homes[key] = entries
