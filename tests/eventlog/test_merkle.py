"""The tree of the log: against a naive tree, published vectors, and a verifier by the letter of the RFC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.eventlog.merkle import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Growth,
    TileReader,
    consistency_proof,
    edge_tiles,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
)

EIGHT = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the test tree that implementations of Certificate Transparency share."""

ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Its published root at each size from 1."""


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """Section 2.1.1, word by word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\x01" + naive_root(leaves[:middle]) + naive_root(leaves[middle:])).digest()


def root_by_inclusion(line: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Section 2.1.3.2: the root that a verifier comes to, or ``None`` when the path cannot be of that size."""
    last, here, place = size - 1, sha256(b"\x00" + line).digest(), index
    for each in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            here = sha256(b"\x01" + each + here).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            here = sha256(b"\x01" + here + each).digest()
        place, last = place >> 1, last >> 1
    return here if last == 0 else None


def roots_by_consistency(
    first: int, second: int, first_root: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Section 2.1.4.2: both roots that a verifier comes to, for 0 < first < second."""
    if not path:
        return None
    nodes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for each in nodes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = sha256(b"\x01" + each + old).digest(), sha256(b"\x01" + each + new).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = sha256(b"\x01" + new + each).digest()
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def reader(tiles: dict[tuple[int, int], bytes], seen: list[tuple[int, int]] | None = None) -> TileReader:
    """Reads tiles from memory, and notes which."""

    def read(level: int, number: int) -> bytes:
        if seen is not None:
            seen.append((level, number))
        return tiles[level, number]

    return read


def grown(leaves: Sequence[bytes], cuts: Sequence[int] = ()) -> dict[tuple[int, int], bytes]:
    """The tiles of a tree whose leaves came in pages that end at these places."""
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for end in (*sorted(cuts), len(leaves)):
        growth = Growth(size, {level: tiles[level, number] for level, number in edge_tiles(size)})
        growth.append(leaf_hash(leaf) for leaf in leaves[size:end])
        tiles |= growth.tiles
        size = growth.size
    return tiles


def lines(count: int) -> list[bytes]:
    """Leaves that differ."""
    return [b"%d" % number for number in range(count)]


def test_roots_are_those_that_other_implementations_published() -> None:
    tiles = reader(grown(EIGHT))
    assert [root(size, tiles).hex() for size in range(1, 9)] == list(ROOTS)
    assert root(0, tiles) == EMPTY_ROOT == naive_root([])


def test_proofs_are_those_that_other_implementations_published() -> None:
    tiles = reader(grown(EIGHT))
    assert [each.hex() for each in inclusion_proof(5, 8, tiles)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [each.hex() for each in consistency_proof(6, 8, tiles)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(
    st.lists(st.integers(0, 700), max_size=4).flatmap(
        lambda cuts: st.tuples(st.just(cuts), st.integers(max(cuts, default=0), 700))
    ),
    st.data(),
)
def test_any_size_however_it_grew_is_the_naive_tree(grown_so: tuple[list[int], int], data: st.DataObject) -> None:
    cuts, count = grown_so
    leaves = lines(count)
    tiles = reader(grown(leaves, cuts))
    size = data.draw(st.integers(0, count))
    expected = naive_root(leaves[:size])
    assert root(size, tiles) == expected
    if size:
        index = data.draw(st.integers(0, size - 1))
        path = inclusion_proof(index, size, tiles)
        assert root_by_inclusion(leaves[index], index, size, path) == expected
        assert root_by_inclusion(leaves[index] + b"x", index, size, path) != expected
    if size > 1:
        first = data.draw(st.integers(1, size - 1))
        before = naive_root(leaves[:first])
        proof = consistency_proof(first, size, tiles)
        assert roots_by_consistency(first, size, before, proof) == (before, expected)


def test_a_leaf_at_another_place_proves_nothing() -> None:
    leaves = lines(21)
    tiles = reader(grown(leaves))
    for index in range(21):
        path = inclusion_proof(index, 21, tiles)
        wrong = [
            place for place in range(21) if root_by_inclusion(leaves[index], place, 21, path) == naive_root(leaves)
        ]
        assert wrong == [index]


def test_a_tree_of_many_levels_needs_few_tiles() -> None:
    count = TILE_WIDTH * TILE_WIDTH + 3 * TILE_WIDTH + 7
    seen: list[tuple[int, int]] = []
    made = grown(lines(count), [70_000 - 4_000])
    tiles = reader(made, seen)
    whole = root(count, tiles)
    assert root_by_inclusion(b"65000", 65_000, count, inclusion_proof(65_000, count, tiles)) == whole
    before = root(40_001, tiles)
    assert roots_by_consistency(40_001, count, before, consistency_proof(40_001, count, tiles)) == (before, whole)
    assert len(set(seen)) < 12
    assert max(level for level, _number in made) == 2
    assert edge_tiles(count) == [(0, 259), (1, 1), (2, 0)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda tiles: inclusion_proof(3, 3, tiles),
        lambda tiles: inclusion_proof(-1, 3, tiles),
        lambda tiles: consistency_proof(4, 3, tiles),
        lambda tiles: consistency_proof(-1, 3, tiles),
    ],
)
def test_refuses_proofs_of_what_is_not_there(ask: Callable[[TileReader], object]) -> None:
    with pytest.raises(ValueError, match=r"leaf|leaves"):
        ask(reader(grown(lines(3))))


def test_a_size_beyond_the_tiles_is_an_error_and_no_wrong_root() -> None:
    with pytest.raises(LookupError):
        root(5, reader(grown(lines(4))))


def test_nothing_and_the_same_size_need_no_proof() -> None:
    tiles = reader(grown(lines(9)))
    assert consistency_proof(0, 9, tiles) == consistency_proof(9, 9, tiles) == []


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
