"""The fingerprint of a moving picture: for each sampled frame the PDQ hashes of several views of it, and its quality.

The views make a match survive what platforms see daily: bars above and below or left and right, a mirrored picture, a
narrow crop, a logo or subtitles in one corner. Frames come in pieces and leave at once: only those of a few seconds are
in memory, because a bar is known as one by staying dark for a while around its frame.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.pdq import Hashes, hash_frames

View: TypeAlias = Literal[
    "full", "bare", "mirrored", "inner", "middle", "top_left", "top_right", "bottom_left", "bottom_right"
]
Side: TypeAlias = Literal["work", "upload"]

CORNERS: Mapping[View, tuple[float, float, float, float]] = {
    "top_left": (0.0, 0.6, 0.0, 0.6),
    "top_right": (0.0, 0.6, 0.4, 1.0),
    "bottom_left": (0.4, 1.0, 0.0, 0.6),
    "bottom_right": (0.4, 1.0, 0.4, 1.0),
}
"""Corners that overlap, as fractions of the height (from, to) and of the width (from, to)."""

MARGINS: Mapping[View, float] = {"inner": 0.025, "middle": 0.05}
"""What is left when that much is cut off at each edge, as fractions of its length: crops of 5 and of 10 %."""

VIEWS: Mapping[Side, tuple[View, ...]] = {
    "work": ("full", "bare", *MARGINS, *CORNERS),
    "upload": ("full", "bare", "mirrored", *CORNERS),
}
COMPARED: Mapping[View, tuple[View, ...]] = {
    "full": ("full", "bare", *MARGINS),
    "bare": ("full", "bare", *MARGINS),
    "mirrored": ("full", "bare"),
    **{corner: (corner,) for corner in CORNERS},
}
"""View of the upload, and the views of a work that it may show."""

_ALL_VIEWS: tuple[View, ...] = ("full", "bare", "mirrored", *MARGINS, *CORNERS)
_HEADER = struct.Struct("<4sBHQI")
_MAGIC = b"PDQV"

_DARK = 28
"""Luma up to which a point may belong to a bar."""
_STRAY_POINTS = 5
"""Points of a row or column of a bar that may be lighter (noise of the encoder)."""
_FLAT = 2.0
"""Contrast below which a frame is of one colour: it never counts."""
_BAR_SECONDS = 4


@dataclass(frozen=True, slots=True)
class VideoFingerprint:
    """`qualities` of the frames (0 = flat, otherwise 1 to 100), and the hashes (n, 4) of each view."""

    milliseconds: int
    qualities: NDArray[np.uint8]
    views: Mapping[View, Hashes]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.qualities)

    def to_bytes(self) -> bytes:
        """Return the fingerprint as bytes; about 230 to 260 a frame."""
        kept = sum(1 << _ALL_VIEWS.index(view) for view in self.views)
        hashes = [self.views[view].astype("<u8").tobytes() for view in _ALL_VIEWS if view in self.views]
        header = _HEADER.pack(_MAGIC, 1, kept, self.milliseconds, len(self.qualities))
        return b"".join([header, self.qualities.tobytes(), *hashes])

    @classmethod
    def from_bytes(cls, raw: bytes) -> VideoFingerprint:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: when the bytes are something else.

        """
        if len(raw) < _HEADER.size:
            raise ValueError("no fingerprint of a moving picture: too short")
        magic, version, kept, milliseconds, count = _HEADER.unpack_from(raw)
        names = [view for place, view in enumerate(_ALL_VIEWS) if kept >> place & 1]
        if (magic, version) != (_MAGIC, 1) or len(raw) != _HEADER.size + count * (1 + 32 * len(names)):
            raise ValueError("no fingerprint of a moving picture")
        at = _HEADER.size + count
        views: dict[View, Hashes] = {}
        for view in names:
            views[view] = np.frombuffer(raw, "<u8", count * 4, at).reshape(count, 4).astype(np.uint64)
            at += 32 * count
        return cls(milliseconds, np.frombuffer(raw, np.uint8, count, _HEADER.size).copy(), views)


class FrameHasher:
    """Takes luma planes of a moving picture piece by piece, and hashes the views of each."""

    def __init__(self, side: Side, frames_per_second: int) -> None:
        """Start before the first frame."""
        self._wanted = VIEWS[side]
        self._around = _BAR_SECONDS * frames_per_second
        self._boxes: NDArray[np.int64] = np.zeros((0, 4), np.int64)
        self._before = 0
        self._waiting: list[NDArray[np.uint8]] = []
        self._hashes: dict[View, list[Hashes]] = {view: [] for view in self._wanted}
        self._qualities: list[NDArray[np.uint8]] = []
        self._barred = False

    def add(self, frames: NDArray[np.uint8]) -> None:
        """Take the next frames, luma planes of shape (n, side, side)."""
        if len(frames):
            self._boxes = np.concatenate([self._boxes, _lit_boxes(frames)])
            self._waiting.append(frames)
            self._hash(self.frames_in_memory - self._around)

    def finish(self, milliseconds: int) -> VideoFingerprint:
        """Return the fingerprint of all frames taken, for a picture of that length."""
        if not self._qualities:
            self._around = max(0, min(self._around, self.frames_in_memory - 1))
        self._hash(self.frames_in_memory)
        nothing = np.zeros((0, 4), np.uint64)
        views = {view: np.concatenate([nothing, *parts]) for view, parts in self._hashes.items()}
        if not self._barred:
            del views["bare"]
        return VideoFingerprint(milliseconds, np.concatenate([np.zeros(0, np.uint8), *self._qualities]), views)

    @property
    def frames_in_memory(self) -> int:
        """How many frames wait for those after them."""
        return sum(len(piece) for piece in self._waiting)

    def _hash(self, ready: int) -> None:
        """Hash the first `ready` of the waiting frames and let them go."""
        if ready <= 0:
            return
        frames = np.concatenate(self._waiting)
        side = frames.shape[1]
        boxes = _steady_boxes(self._boxes, self._before, ready, self._around, side)
        hashed: dict[View, Hashes] = {view: np.zeros((ready, 4), np.uint64) for view in self._wanted}
        qualities = np.zeros(ready, np.uint8)
        for box in np.unique(boxes, axis=0):
            rows = np.flatnonzero((boxes == box).all(axis=1))
            qualities[rows] = self._hash_views(frames[rows], box, rows, hashed)
        for view, hashes in hashed.items():
            self._hashes[view].append(hashes)
        self._qualities.append(qualities)
        self._waiting = [frames[ready:].copy()]
        unneeded = max(0, self._before + ready - self._around)
        self._boxes, self._before = self._boxes[unneeded:], self._before + ready - unneeded

    def _hash_views(
        self,
        frames: NDArray[np.uint8],
        box: NDArray[np.int64],
        rows: NDArray[np.int64],
        hashed: Mapping[View, Hashes],
    ) -> NDArray[np.uint8]:
        """Hash the views of frames that have the same bars; return their qualities, seen without the bars."""
        side = frames.shape[1]
        top, bottom, left, right = (int(edge) for edge in box)
        bare = frames[:, top:bottom, left:right]
        hashes, found, contrasts = hash_frames(bare)
        hashed["full"][rows] = hashes
        hashed["bare"][rows] = hashes
        if bare.shape[1:] != (side, side):
            self._barred = True
            hashed["full"][rows] = hash_frames(frames)[0]
        if "mirrored" in hashed:
            hashed["mirrored"][rows] = hash_frames(bare[:, :, ::-1])[0]
        height, width = bare.shape[1:]
        for view, margin in MARGINS.items():
            if view in hashed:
                down, across = int(margin * height), int(margin * width)
                hashed[view][rows] = hash_frames(bare[:, down : height - down, across : width - across])[0]
        for corner, (y0, y1, x0, x1) in CORNERS.items():
            part = bare[:, int(y0 * height) : int(y1 * height), int(x0 * width) : int(x1 * width)]
            hashed[corner][rows] = hash_frames(part)[0]
        return np.where(contrasts < _FLAT, 0, np.maximum(found, 1)).astype(np.uint8)


def fingerprint_of(
    pieces: Sequence[NDArray[np.uint8]], side: Side, *, frames_per_second: int, milliseconds: int
) -> VideoFingerprint:
    """Return the fingerprint of frames in memory; see `FrameHasher`."""
    hasher = FrameHasher(side, frames_per_second)
    for piece in pieces:
        hasher.add(piece)
    return hasher.finish(milliseconds)


def _lit_boxes(frames: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return for each frame the rows and columns (top, bottom, left, right) between which it is lit."""
    side = frames.shape[1]
    lit = frames > _DARK
    edges = []
    for axis in (2, 1):
        lines = lit.sum(axis=axis) > _STRAY_POINTS
        some = lines.any(axis=1)
        edges.append(np.where(some, lines.argmax(axis=1), side))
        edges.append(np.where(some, side - lines[:, ::-1].argmax(axis=1), 0))
    return np.stack(edges, axis=1).astype(np.int64)


def _steady_boxes(boxes: NDArray[np.int64], before: int, ready: int, around: int, side: int) -> NDArray[np.int64]:
    """Return the box without bars of each frame from number `before` on.

    A bar is there all the time for a while before the frame or for a while after it, so that a cut to a picture without
    bars does not hide those on this side of it.
    """
    margin = np.repeat(np.array([[side, 0, side, 0]]), around, axis=0)
    padded = np.concatenate([margin, boxes, margin])
    there = np.concatenate([np.zeros(around), np.ones(len(boxes)), np.zeros(around)])
    part = slice(before, before + ready + around)
    windows = np.lib.stride_tricks.sliding_window_view(padded, around + 1, axis=0)[part]
    lit: NDArray[np.int64] = np.where(np.array([True, False, True, False]), windows.min(axis=2), windows.max(axis=2))
    # Beyond the ends of the film there is nothing to judge by; half the time must be there.
    seen = np.lib.stride_tricks.sliding_window_view(there, around + 1)[part].sum(axis=1)
    lit[seen <= around // 2] = (0, side, 0, side)
    earlier, later = _without_odd_bars(lit[:ready], side), _without_odd_bars(lit[around : around + ready], side)
    for near, far in ((0, 1), (2, 3)):
        barer = later[:, far] - later[:, near] < earlier[:, far] - earlier[:, near]
        earlier[barer, near], earlier[barer, far] = later[barer, near], later[barer, far]
    return earlier


def _without_odd_bars(boxes: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Open the boxes where what is dark is no bar: it is about as wide as the one opposite, and leaves some picture."""
    opened = boxes.copy()
    for near, far in ((0, 1), (2, 3)):
        one, other = boxes[:, near], side - boxes[:, far]
        none = (np.abs(one - other) > 10) | (one + other < 12) | (boxes[:, far] - boxes[:, near] < side // 8)
        opened[none, near], opened[none, far] = 0, side
    return opened
