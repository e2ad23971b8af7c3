"""The Merkle tree over public facts (RFC 9162, section 2.1), computed anew, and the checks of proofs.

Hashes of leaves are kept side by side, 32 bytes each, so that roots of any size and of any part can be had afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

HASH_BYTES = 32


def leaf_hash(line: bytes) -> bytes:
    """The hash of a fact."""
    return sha256(b"\x00" + line).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over subtrees that stand side by side, all but the last of which are whole and of one size."""
    if not hashes:
        return sha256().digest()
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def parts_of(hashes: Sequence[bytes], height: int) -> list[bytes]:
    """The roots of the subtrees of 2^height leaves each, the last perhaps of fewer."""
    level = list(hashes)
    for _step in range(height):
        level = _above(level)
    return level


def _above(level: list[bytes]) -> list[bytes]:
    paired = [sha256(b"\x01" + level[place] + level[place + 1]).digest() for place in range(0, len(level) - 1, 2)]
    if len(level) % 2:
        paired.append(level[-1])
    return paired


class Leaves:
    """The hashes of all facts, gathered while somebody else reads them."""

    def __init__(self) -> None:
        self._hashes = bytearray()
        self._roots: dict[int, bytes] = {}

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, each noted as it passes."""
        add = self._hashes.extend
        for line in lines:
            add(sha256(b"\x00" + line).digest())
            yield line

    def __len__(self) -> int:
        return len(self._hashes) // HASH_BYTES

    def hashes(self, size: int | None = None) -> list[bytes]:
        """The hashes of the first ``size`` facts, by default of all."""
        return split(bytes(self._hashes if size is None else self._hashes[: size * HASH_BYTES]))

    def root(self, size: int) -> bytes | None:
        """The root of the first ``size`` facts; ``None`` where there are fewer."""
        if size > len(self):
            return None
        if size not in self._roots:
            self._roots[size] = root_of(self.hashes(size))
        return self._roots[size]

    def roots(self, sizes: Iterable[int]) -> dict[int, bytes]:
        """The roots of the first so many facts, for each size that there is, by one pass over all of them."""
        wanted, found = {size for size in sizes if 0 < size <= len(self)}, {}
        whole: list[tuple[int, bytes]] = []
        for place in range(max(wanted, default=0)):
            size, right = 1, bytes(self._hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES])
            while whole and whole[-1][0] == size:
                size, right = 2 * size, sha256(b"\x01" + whole.pop()[1] + right).digest()
            whole.append((size, right))
            if place + 1 in wanted:
                *before, (_, root) = whole
                for _, left in reversed(before):
                    root = sha256(b"\x01" + left + root).digest()
                found[place + 1] = root
        return found


def split(hashes: bytes) -> list[bytes]:
    """Hashes that are written side by side. Raises ``ValueError`` when the last is cut off."""
    if len(hashes) % HASH_BYTES:
        raise ValueError("the last hash is cut off")
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf at ``index`` to the root over ``size`` leaves (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = sha256(b"\x01" + step + found).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + step).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def continues(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the log of ``second`` leaves begins with that of ``first`` (2.1.4.2)."""
    if not 0 < first < second:
        plain = first_root == second_root if first == second else first == 0 and first_root == root_of([])
        return not proof and plain
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not steps:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = sha256(b"\x01" + step + old).digest(), sha256(b"\x01" + step + new).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = sha256(b"\x01" + new + step).digest()
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
