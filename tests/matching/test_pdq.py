"""The picture hash against the reference program's answers, and the search for near hashes against comparing all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.engines.hamming_search import HammingIndex, SearchSettings
from matching_adapter.engines.pdq import Hashes, distances, from_hex, hash_frames, hash_picture, to_hex
from tests.matching.picture_media import Plane, scene


def drawn(height: int, width: int, seed: int) -> Plane:
    y, x = np.mgrid[0:height, 0:width]
    boxes = ((y // 17) * (x // 23) * (seed * 31 + 7)) % 97
    values = (y * y * (seed + 3) // (height + 5) + x * (5 + seed) * 255 // width // 3 + boxes) % 256
    plane: Plane = values.astype(np.uint8)
    return plane


# Made by the reference program (pdqhash 0.2.8) from the same pictures.
PUBLISHED = [
    (64, 64, 1, "735b41d7b6254cd5db67a4d91d3af14a0f925865c2d19607adf0eb094b1a99b0"),
    (100, 133, 2, "06b04f35dcd2813576f8d5c38b2d72dba784ed5a0bf53e0cf85964f442f14e20"),
    (300, 512, 3, "f9e5e58ac41f07b52fe53f4abc180c1cac35bdf599f1596259e035e2ac40acc0"),
    (257, 127, 4, "93eeb6502897743f7cee57c87e11589358ab796ad16393e2936ab348b2c08ac4"),
    (480, 720, 5, "fb81ec8dc52ac16be16a606f65cae3c2f3d0aed1aad5a590f78297829b049a95"),
    (96, 40, 6, "3657e4efca111de5b308e4f7c90802771decbb08b257e6f7ece4cd80c980d390"),
]


@pytest.mark.parametrize(("height", "width", "seed", "published"), PUBLISHED)
def test_the_hash_is_that_of_the_reference_program(height: int, width: int, seed: int, published: str) -> None:
    words, quality, _ = hash_picture(drawn(height, width, seed))
    assert to_hex(words) == published
    assert quality == 100


@pytest.mark.parametrize(("height", "width", "seed", "published"), PUBLISHED)
def test_many_frames_at_once_give_nearly_the_same_hash(height: int, width: int, seed: int, published: str) -> None:
    frames = np.stack([drawn(height, width, seed)] * 19)
    hashes, qualities, contrasts = hash_frames(frames)
    assert (distances(hashes, from_hex(published)) <= 2).all()
    assert (qualities == 100).all()
    assert contrasts.shape == (19,)


def test_brightness_leaves_the_hash_and_a_mirror_does_not() -> None:
    plane = scene(1)
    words, _, _ = hash_picture(plane)
    darker, _, _ = hash_picture((plane * 0.7).astype(np.uint8))
    mirrored, _, _ = hash_picture(plane[:, ::-1])
    assert distances(words, darker) <= 8
    assert distances(words, mirrored) > 80


def test_a_picture_of_one_colour_has_neither_quality_nor_contrast() -> None:
    _, quality, contrast = hash_picture(np.full((90, 120), 77, np.uint8))
    assert quality == 0
    assert contrast < 0.01
    _, qualities, contrasts = hash_frames(np.full((2, 90, 120), 77, np.uint8))
    assert not qualities.any()
    assert (contrasts < 0.01).all()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 4, 5)])
def test_what_is_no_plane_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no luma plane"):
        hash_picture(np.zeros(shape, np.uint8))


@given(st.binary(min_size=32, max_size=32))
def test_hexadecimal_digits_come_back(raw: bytes) -> None:
    words = np.frombuffer(raw, "<u8").astype(np.uint64)
    assert (from_hex(to_hex(words)) == words).all()
    assert int(to_hex(words), 16) == int.from_bytes(raw, "little")


@pytest.mark.parametrize("text", ["", "ab" * 31, "zz" * 32])
def test_other_digits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"64 hexadecimal digits|non-hexadecimal"):
        from_hex(text)


def words(random: np.random.Generator, count: int) -> Hashes:
    return random.integers(0, 2**64, (count, 4), dtype=np.uint64)


def changed(random: np.random.Generator, hashes: Hashes, bits: int) -> Hashes:
    other = hashes.copy()
    for row in other:
        for bit in random.choice(256, bits, replace=False):
            row[bit // 64] ^= np.uint64(1 << int(bit % 64))
    return other


def test_tables_find_what_comparing_all_finds() -> None:
    random = np.random.default_rng(1)
    held = words(random, 12_000)
    sorted_index, plain = HammingIndex(SearchSettings(direct_below=500)), HammingIndex()
    for start in range(0, len(held), 1000):
        sorted_index.add(held[start : start + 1000])
        sorted_index.near(held[:1], 0)
    plain.add(held)
    assert 1 <= sorted_index.blocks <= 6, "blocks of like size are merged"
    assert plain.blocks == 0
    asked = changed(random, held[random.choice(len(held), 200, replace=False)], 40)
    exact = {(row, number, bits) for row, number, bits in zip(*plain.near(asked, 40), strict=True)}
    found = {(row, number, bits) for row, number, bits in zip(*sorted_index.near(asked, 40), strict=True)}
    assert found <= exact
    assert len(exact) == 200
    assert len(found) >= 196


def test_comparing_in_pieces_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    held = words(random, 2_500)
    chosen = random.choice(len(held), 50, replace=False)
    asked = changed(random, held[chosen], 40)
    for rows, pairs in ((1 << 15, 1 << 20), (1000, 3000), (1000, 1)):
        monkeypatch.setattr("matching_adapter.engines.hamming_search._ROWS_AT_ONCE", rows)
        monkeypatch.setattr("matching_adapter.engines.hamming_search._PAIRS_AT_ONCE", pairs)
        index = HammingIndex()
        index.add(held)
        found, numbers, bits = index.near(asked, 40)
        assert {*zip(found.tolist(), numbers.tolist(), strict=True)} == {*enumerate(chosen.tolist())}
        assert (bits <= 40).all()


@pytest.mark.parametrize("direct_below", [1, 1000])
def test_what_was_removed_or_is_not_findable_is_not_found(direct_below: int) -> None:
    random = np.random.default_rng(2)
    index = HammingIndex(SearchSettings(direct_below=direct_below))
    held = words(random, 60)
    assert index.add(held[:30]) == 0
    assert index.add(held[30:], findable=np.arange(30) % 2 == 0) == 30
    assert set(index.near(held, 0)[1].tolist()) == {*range(30), *range(30, 60, 2)}
    index.remove(10, 10)
    assert set(index.near(held, 0)[1].tolist()) == {*range(10), *range(20, 30), *range(30, 60, 2)}
    assert len(index) == 60
    assert (index.words == held).all()


def test_an_empty_index_finds_nothing() -> None:
    rows, numbers, bits = HammingIndex().near(words(np.random.default_rng(3), 4), 256)
    assert len(rows) == len(numbers) == len(bits) == 0
