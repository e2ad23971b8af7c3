"""A second sound engine, by Chromaprint items: what AcoustID and its data use, so that both can be compared.

It is less exact than `audio-bands` and takes drones for one another more easily (see the explanation of matching); it
is here for those who hold Chromaprint fingerprints already. `compressed` writes items in the form AcoustID takes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio_alignment import SoundAlignmentSettings
from matching_adapter.engines.audio_fingerprint import Items, ItemTiming, SoundFingerprint, SoundQuery
from matching_adapter.engines.sound import Kind, SoundEngine
from matching_adapter.media.decoder import Limits, chromaprint
from matching_adapter.port import FileReference
from matching_adapter.store import FingerprintStore

NAME = "chromaprint"
VERSION = "1.0.0"

ALGORITHM = 1
"""The number of Chromaprint's own default algorithm (from 0), the one of AcoustID."""

CHROMAPRINT_TIMING = ItemTiming(
    step=Fraction(1365, 11_025),
    window=Fraction(19 * 1365 + 4096, 11_025),
    middle=Fraction(104, 100),
    edge=Fraction(43, 100),
)
"""Frames of 4,096 samples at 11,025 Hz every 1,365; one item looks at 16 smoothed frames, smoothed over 5 each."""

LIMITS = (
    "Drones and quiet, slow music may be taken for one another.",
    "Strong equalisation hides a copy.",
    "An inverted channel hides a copy: only the mean of the channels is looked at.",
    "Changed speed or pitch, covers, and sound under other sound are found in part or not at all.",
    "Less than four seconds from one place of a work are not found, and uploads shorter than that are not looked at.",
    "Silence and constant tones never make a match; up to ten seconds of them inside or beside a match count with it.",
)

_FLAT_OVER = 9
_FLAT_BITS = 2  # bits that change over nine items, at most, for the sound to be called constant
_LARGEST_SMALL = 7


@dataclass(frozen=True, slots=True)
class ChromaprintSettings:
    """Settings of the Chromaprint engine; see `AudioSettings`."""

    alignment: SoundAlignmentSettings = field(default_factory=lambda: SoundAlignmentSettings(error_rate=270))
    longest_seconds: int = 6 * 3600
    most_segments: int = 1000

    def __post_init__(self) -> None:
        if self.longest_seconds < 1 or self.most_segments < 1:
            raise ValueError("longest_seconds and most_segments must be 1 or more")


class ChromaprintEngine(SoundEngine):
    """Finds copied sound by Chromaprint items, aligned in the same way as the other engine's."""

    def __init__(self, settings: ChromaprintSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Take the references from the store; without one, start with none and keep them in memory."""
        chosen = settings or ChromaprintSettings()
        kind = Kind(NAME, VERSION, asdict(chosen), LIMITS, margin_points=2)
        super().__init__(kind, CHROMAPRINT_TIMING, chosen.alignment, chosen.most_segments, store)
        self._limits = Limits(longest_seconds=chosen.longest_seconds)

    def _fingerprint(self, file: FileReference) -> SoundFingerprint:
        items, seconds = chromaprint(file.path, file.media_type, self._limits)
        return SoundFingerprint(without_constant(items), int(seconds * 1000))

    def _queries(self, file: FileReference) -> list[SoundQuery]:
        fingerprint = self._fingerprint(file)
        items = fingerprint.items
        flips = np.concatenate([[0], np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))]).astype(np.uint32)
        probes = np.where(items[:, None] == 0, np.uint32(0), items[:, None] ^ flips)
        return [SoundQuery(fingerprint, probes)]


def without_constant(items: Items) -> Items:
    """Return the items with 0 in place of those around which hardly a bit changes: silence, hum, test tones."""
    if len(items) < _FLAT_OVER:
        return np.zeros_like(items)
    changed = np.bitwise_count(items[1:] ^ items[:-1]).astype(np.int64)
    sums = np.concatenate([[0], np.cumsum(np.concatenate([changed[:1], changed]))])
    middle = np.arange(len(items))
    first, last = np.maximum(middle - _FLAT_OVER // 2, 0), np.minimum(middle + _FLAT_OVER // 2 + 1, len(items))
    kept = items.copy()
    kept[sums[last] - sums[first] <= _FLAT_BITS] = 0
    return kept


def compressed(items: Items) -> str:
    """Return raw items in the form that AcoustID's look-up takes: packed differences, in base64 for addresses.

    Of each item and the one before it only the places of the bits that differ are written, as distances from one
    another: in three bits, and what goes beyond seven in five more, kept apart behind them.
    """
    earlier = np.concatenate([np.zeros(1, np.uint32), items[:-1]]) if len(items) else items
    small: list[int] = []
    large: list[int] = []
    for difference in (items ^ earlier).tolist():
        for distance in _distances(difference):
            small.append(min(distance, _LARGEST_SMALL))
            if distance >= _LARGEST_SMALL:
                large.append(distance - _LARGEST_SMALL)
        small.append(0)
    head = bytes([ALGORITHM]) + len(items).to_bytes(3, "big")
    packed = head + _packed(np.array(small, np.uint8), 3) + _packed(np.array(large, np.uint8), 5)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def _distances(difference: int) -> Iterator[int]:
    """Yield how far each bit that is set lies above the one before it, counted from 1."""
    last = 0
    for place in range(1, 33):
        if difference >> (place - 1) & 1:
            yield place - last
            last = place


def _packed(values: NDArray[np.uint8], bits: int) -> bytes:
    """Return numbers of so many bits each, one after another, the lowest bit first."""
    each = (values[:, None] >> np.arange(bits, dtype=np.uint8)) & 1
    return np.packbits(each.ravel(), bitorder="little").tobytes()
