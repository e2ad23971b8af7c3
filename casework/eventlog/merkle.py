"""The Merkle tree over the log (RFC 9162, section 2.1), kept as tiles: pure functions, without any storage.

A tile holds up to 256 hashes side by side. Those of level 0 are hashes of leaves, those of level 1 are roots of whole
tiles of level 0, and so on; what lies between is computed when it is asked for. Root and proofs of any size that the
tree has had need a handful of tiles, because every complete subtree of a smaller size is one of the larger size too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

HASH_BYTES = 32
TILE_WIDTH = 256
"""Hashes of a whole tile (C2SP tlog-tiles)."""

EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""

TileReader = Callable[[int, int], bytes]
"""By level and number the hashes of a tile, put together; there may be more than were there at an earlier size."""

_TILE_HEIGHT = 8
_TILE_BYTES = TILE_WIDTH * HASH_BYTES


def leaf_hash(line: bytes) -> bytes:
    """The hash of a leaf; apart from those of nodes by its first byte, so that neither passes for the other."""
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(size: int, tiles: TileReader) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return _over(0, size, tiles) if size else EMPTY_ROOT


def parts(size: int, height: int, tiles: TileReader) -> list[bytes]:
    """The roots of the subtrees of 2^height leaves each, the last perhaps of fewer; they lead to the root."""
    if height == 0:
        joined = b"".join(tiles(0, number) for number in range(-(-size // TILE_WIDTH)))
        return [joined[begin : begin + HASH_BYTES] for begin in range(0, size * HASH_BYTES, HASH_BYTES)]
    width = 1 << height
    return [_over(start, min(start + width, size), tiles) for start in range(0, size, width)]


def inclusion_proof(index: int, size: int, tiles: TileReader) -> list[bytes]:
    """What is needed beside leaf ``index`` to compute the root of ``size`` leaves, from the leaf upwards (2.1.3.1).

    ``ValueError`` unless the leaf is among them.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_part(end - start)
        if index < middle:
            path.append(_over(middle, end, tiles))
            end = middle
        else:
            path.append(_over(start, middle, tiles))
            start = middle
    path.reverse()
    return path


def consistency_proof(first: int, second: int, tiles: TileReader) -> list[bytes]:
    """What shows that the tree of ``second`` leaves begins with that of ``first`` (2.1.4.1); empty if that is plain.

    ``ValueError`` unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise ValueError(f"{first} leaves are not the beginning of {second}")
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while 0 < first < end:
        middle = start + _left_part(end - start)
        if first <= middle:
            path.append(_over(middle, end, tiles))
            end = middle
        else:
            path.append(_over(start, middle, tiles))
            start, whole = middle, False
    if not whole:
        path.append(_over(start, end, tiles))
    path.reverse()
    return path


class Growth:
    """Leaves added at the right edge of a tree: which tiles that makes or changes, computed in memory."""

    def __init__(self, size: int, edge: Mapping[int, bytes]) -> None:
        """``edge``: by level the hashes of the last tile that is not whole; where there is none, it may be missing."""
        self.size = size
        self._edge = edge
        self.tiles: dict[tuple[int, int], bytes] = {}
        """By level and number the tiles that were made or changed, with all their hashes."""

    def append(self, hashes: Iterable[bytes]) -> None:
        """Add leaves, by their hashes, in order. Once for each growth."""
        level, added = 0, b"".join(hashes)
        entries = self.size
        self.size += len(added) // HASH_BYTES
        while added:
            number, there = divmod(entries, TILE_WIDTH)
            joined = self._edge[level] + added if there else added
            roots: list[bytes] = []
            for begin in range(0, len(joined), _TILE_BYTES):
                tile = joined[begin : begin + _TILE_BYTES]
                self.tiles[level, number + begin // _TILE_BYTES] = tile
                if len(tile) == _TILE_BYTES:
                    roots.append(_combined(tile))
            level, added, entries = level + 1, b"".join(roots), number


def edge_tiles(size: int) -> list[tuple[int, int]]:
    """Level and number of the tiles at the right edge of a tree that are not whole."""
    places: list[tuple[int, int]] = []
    level = 0
    while size:
        number, there = divmod(size, TILE_WIDTH)
        if there:
            places.append((level, number))
        level, size = level + 1, number
    return places


def _over(start: int, end: int, tiles: TileReader) -> bytes:
    """The root over the leaves of [start, end), where ``start`` is where a subtree that large begins."""
    pieces: list[bytes] = []
    while start < end:
        height = (end - start).bit_length() - 1
        pieces.append(_subtree(height, start >> height, tiles))
        start += 1 << height
    joined = pieces.pop()
    while pieces:
        joined = node_hash(pieces.pop(), joined)
    return joined


def _subtree(height: int, number: int, tiles: TileReader) -> bytes:
    """The root of the complete subtree of 2^height leaves that is ``number``-th of its kind from the left."""
    level, above = divmod(height, _TILE_HEIGHT)
    entry = number << above
    begin = entry % TILE_WIDTH * HASH_BYTES
    hashes = tiles(level, entry // TILE_WIDTH)[begin : begin + (HASH_BYTES << above)]
    if len(hashes) != HASH_BYTES << above:
        raise LookupError(f"tile {entry // TILE_WIDTH} of level {level} lacks hashes")
    return _combined(hashes)


def _combined(hashes: bytes) -> bytes:
    """The root over a power of two of hashes that stand side by side."""
    while len(hashes) > HASH_BYTES:
        pair = 2 * HASH_BYTES
        hashes = b"".join(
            [sha256(b"\x01" + hashes[begin : begin + pair]).digest() for begin in range(0, len(hashes), pair)]
        )
    return hashes


def _left_part(size: int) -> int:
    """The largest power of two below ``size``, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
