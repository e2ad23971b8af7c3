"""PDQ, the published perceptual hash of pictures (256 bits), in numpy.

`hash_picture` works step for step in single precision, so that its bits are those of the reference program;
`hash_frames` makes the same sums by two matrix products, for the many frames of a film, where a bit whose coefficient
lies at the median may fall the other way.

A picture is a plane of luma. Two passes of a box filter and sampling give 64 x 64 points, of which the 16 x 16 lowest
frequencies (without the constant ones) are compared with their median. Hashes are four 64-bit words, the first bit
lowest; `to_hex` writes them as the Hasher-Matcher-Actioner does, the last bit first.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
"""Hashes, four words each: the last axis has length 4."""

BITS = 256
UNRELATED = 128
"""Bits in which two unrelated pictures differ, in the middle."""

_SIDE = 64
_FREQUENCIES = 16
_AT_ONCE = 16
"""Frames hashed in one go: what fits into the cache of a processor core."""


def hash_picture(luma: NDArray[np.uint8] | NDArray[np.float32]) -> tuple[Hashes, int, float]:
    """Return hash (4 words), quality (0 to 100) and contrast of one luma plane of shape (height, width).

    The quality is a sum of steps between neighbouring points: below 50 there is too little in the picture for its hash
    to be trusted alone. The contrast is the standard deviation of the 64 x 64 points in steps of luma: near 0 the
    picture is of one colour, and its hash says nothing.

    Raises:
        ValueError: when the plane is empty or not of two dimensions.

    """
    if luma.ndim != 2 or luma.size == 0:
        raise ValueError(f"no luma plane: shape {luma.shape}")
    plane: NDArray[np.float32] = luma.astype(np.float32)
    if plane.shape != (_SIDE, _SIDE):
        plane = _sampled(_filtered(plane))
    table = _cosines()
    half: NDArray[np.float32] = np.zeros((_FREQUENCIES, _SIDE), np.float32)
    for point in range(_SIDE):
        half += table[:, point, None] * plane[point]
    low: NDArray[np.float32] = np.zeros((_FREQUENCIES, _FREQUENCIES), np.float32)
    for point in range(_SIDE):
        low += half[:, point, None] * table[:, point]
    return _bits(low.reshape(1, -1))[0], int(_qualities(plane[None])[0]), float(plane.std())


def hash_frames(frames: NDArray[np.uint8]) -> tuple[Hashes, NDArray[np.uint8], NDArray[np.float32]]:
    """Return hashes (n, 4), qualities (n) and contrasts (n) of luma planes of one size: shape (n, height, width)."""
    count, height, width = frames.shape
    hashes = np.zeros((count, 4), np.uint64)
    qualities = np.zeros(count, np.uint8)
    contrasts = np.zeros(count, np.float32)
    down, across, table = _reduction(height), _reduction(width).T, _cosines()
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        points = np.matmul(np.matmul(down, frames[part].astype(np.float32)), across).astype(np.float32, copy=False)
        low = np.matmul(np.matmul(table, points), table.T).astype(np.float32, copy=False)
        hashes[part] = _bits(low.reshape(len(points), -1))
        qualities[part] = _qualities(points)
        contrasts[part] = points.std(axis=(1, 2))
    return hashes, qualities, contrasts


def distances(one: Hashes, other: Hashes) -> NDArray[np.int64]:
    """Return the number of differing bits of hashes, pair by pair (the shapes are broadcast)."""
    counts: NDArray[np.int64] = np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64)
    return counts


def to_hex(words: Hashes) -> str:
    """Return one hash as 64 hexadecimal digits, in the order of the Hasher-Matcher-Actioner."""
    return words.astype("<u8").tobytes()[::-1].hex()


def from_hex(text: str) -> Hashes:
    """Return the hash that `to_hex` wrote.

    Raises:
        ValueError: when the text is not 64 hexadecimal digits.

    """
    raw = bytes.fromhex(text)
    if len(raw) * 8 != BITS:
        raise ValueError(f"a PDQ hash has 64 hexadecimal digits, not {len(text)}")
    return np.frombuffer(raw[::-1], "<u8").astype(np.uint64)


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float32]:
    """Return the 16 lowest rows of the cosine transform of 64 points, without the constant row."""
    row, column = np.arange(1, _FREQUENCIES + 1)[:, None], np.arange(_SIDE)[None, :]
    values = np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * row * (2 * column + 1))
    table: NDArray[np.float32] = values.astype(np.float32)
    return table


def _window(length: int) -> int:
    """Return the width of the box filter for a side: a 128th of it, rounded up."""
    return (length + 2 * _SIDE - 1) // (2 * _SIDE)


def _sampled_at(length: int) -> NDArray[np.int64]:
    return ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(np.int64)


def _sampled(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return plane[np.ix_(_sampled_at(plane.shape[0]), _sampled_at(plane.shape[1]))]


def _filtered(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = plane.shape
    for _ in range(2):
        plane = _boxed(np.ascontiguousarray(plane.T), _window(width)).T
        plane = _boxed(np.ascontiguousarray(plane), _window(height))
    return plane


def _boxed(plane: NDArray[np.float32], window: int) -> NDArray[np.float32]:
    """Return running means along the first axis, added and taken away one by one as the reference program does.

    The order of the additions matters: in single precision another order gives other last digits, and other bits.
    """
    length = len(plane)
    after = (window + 2) // 2
    before = window - after
    averaged = np.empty_like(plane)
    total = np.zeros(plane.shape[1], np.float32)
    count = 0
    for entering in range(length + after - 1):
        if entering < length:
            total += plane[entering]
            count += 1
        leaving = entering - after + 1 - before - 1
        if 0 <= leaving < length:
            total -= plane[leaving]
            count -= 1
        centre = entering - after + 1
        if 0 <= centre < length:
            averaged[centre] = total / np.float32(count)
    return averaged


@lru_cache(maxsize=1024)
def _reduction(length: int) -> NDArray[np.float32]:
    """Return the 64 x length matrix that filters twice and samples one axis."""
    if length == _SIDE:
        return np.eye(_SIDE, dtype=np.float32)
    window = _window(length)
    after = (window + 2) // 2
    places = np.arange(length)
    low, high = np.clip(places - (window - after), 0, length), np.clip(places + after, 0, length)
    inside = (places >= low[:, None]) & (places < high[:, None])
    means = inside / (high - low)[:, None]
    matrix = means[_sampled_at(length)] @ means
    reduced: NDArray[np.float32] = matrix.astype(np.float32)
    return reduced


def _qualities(points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the quality of planes of 64 x 64 points: their steps down and across in hundredths, cut to whole ones."""
    hundredths = np.float32(100) / np.float32(255)
    down = np.abs(np.trunc((points[:, :-1] - points[:, 1:]) * hundredths)).sum(axis=(1, 2))
    across = np.abs(np.trunc((points[:, :, :-1] - points[:, :, 1:]) * hundredths)).sum(axis=(1, 2))
    qualities: NDArray[np.uint8] = np.minimum(100, (down + across) // 90).astype(np.uint8)
    return qualities


def _bits(low: NDArray[np.float32]) -> Hashes:
    """Return the hashes of coefficients (n, 256): a bit for each one above the lower median."""
    middle = BITS // 2 - 1
    median = np.partition(low, middle, axis=1)[:, middle, None]
    packed = np.packbits(low > median, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)
