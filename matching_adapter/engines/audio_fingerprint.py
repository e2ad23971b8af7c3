"""Turns sound into 32-bit items, one every 93 ms: which way the energy of neighbouring bands is moving against time.

The scheme is the published one of Haitsma and Kalker (ISMIR 2002), in our own code: frames of 0.74 s, 33 bands between
300 and 2,000 Hz, and one bit per pair of neighbouring bands, the sign of the change of their difference. Loudness,
equalisation and re-encoding hardly move a sign. The value 0 is kept for "nothing to be heard here": silence, and sound
that does not change (a test tone, hum), would agree with every other silence and therefore never counts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 5512
"""Samples per second of the sound that is looked at."""

FRAME = 4096
HOP = 512
LAG = 2

_LOWEST, _HIGHEST, _BANDS = 300, 2000, 33
_FRAMES_AT_ONCE = 1024
_WEAKEST = 5
_QUIET = 8.0  # root mean square between 300 and 2,000 Hz, in steps of 16-bit sound (-72 dB): below it is silence
_STILL = 0.012  # change of the spectrum within 0.19 s, as a part of its power: music seldom falls to 0.03, codec noise
# around a constant tone stays below 0.01
_HEADER = struct.Struct("<4sQI")
_MAGIC = b"SND1"

Items = NDArray[np.uint32]
Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class ItemTiming:
    """When an item is: item n covers [n * step, n * step + window) seconds of the sound, all exact.

    `middle` seconds after its beginning lies what decides an item; a match reaches `edge` seconds beyond the middles of
    its outermost items. Both were found by measuring where cuts are seen.
    """

    step: Fraction
    window: Fraction
    middle: Fraction
    edge: Fraction

    def start(self, item: int) -> int:
        """Return where a match begins whose first item this is, in milliseconds."""
        return round((item * self.step + self.middle - self.edge) * 1000)

    def end(self, item: int) -> int:
        """Return where a match ends whose last item this is, in milliseconds."""
        return round((item * self.step + self.middle + self.edge) * 1000)

    def offset(self, items: int) -> int:
        """Return so many items in milliseconds."""
        return round(items * self.step * 1000)

    def items_in(self, seconds: Fraction) -> int:
        """Return how many items begin in so many seconds."""
        return int(seconds / self.step)


_WINDOW = Fraction(FRAME + LAG * HOP, RATE)
BAND_TIMING = ItemTiming(step=Fraction(HOP, RATE), window=_WINDOW, middle=_WINDOW / 2, edge=Fraction(3 * HOP, 2 * RATE))


@dataclass(frozen=True, slots=True)
class SoundFingerprint:
    """The items of one sound and its length in milliseconds; item 0 means that nothing could be heard."""

    items: Items
    milliseconds: int

    def to_bytes(self) -> bytes:
        """Return the form that is kept in the store: a header of 16 bytes and four bytes per item."""
        return _HEADER.pack(_MAGIC, self.milliseconds, len(self.items)) + self.items.astype("<u4").tobytes()

    @classmethod
    def silent(cls) -> SoundFingerprint:
        """Return the fingerprint of a file without sound."""
        return cls(np.zeros(0, np.uint32), 0)

    @classmethod
    def from_bytes(cls, written: bytes) -> SoundFingerprint:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: when the bytes are not a whole fingerprint of this form.

        """
        if len(written) < _HEADER.size:
            raise ValueError("no sound fingerprint")
        magic, milliseconds, count = _HEADER.unpack_from(written)
        if magic != _MAGIC or len(written) != _HEADER.size + 4 * count:
            raise ValueError("no sound fingerprint")
        return cls(np.frombuffer(written, "<u4", offset=_HEADER.size).astype(np.uint32, copy=False), milliseconds)


@dataclass(frozen=True, slots=True)
class SoundQuery:
    """A fingerprint to look for, with what to look up: one row of values per item, the item itself first."""

    fingerprint: SoundFingerprint
    probes: Items


def milliseconds_of(samples: int, rate: int) -> int:
    """Return the length of so many samples in whole milliseconds."""
    return round(Fraction(samples * 1000, rate))


def fingerprint_of(sound: Samples) -> SoundFingerprint:
    """Return the fingerprint of mono sound at `RATE` samples per second."""
    changes, heard = _changes(sound)
    return SoundFingerprint(_items(changes, heard), milliseconds_of(len(sound), RATE))


def query_of(sound: Samples) -> SoundQuery:
    """Return the fingerprint of mono sound at `RATE`, with every combination of its five least certain bits flipped."""
    changes, heard = _changes(sound)
    items = _items(changes, heard)
    if not len(items):
        return SoundQuery(SoundFingerprint(items, milliseconds_of(len(sound), RATE)), np.zeros((0, 32), np.uint32))
    weak = np.argpartition(np.abs(changes), _WEAKEST, axis=1)[:, :_WEAKEST].astype(np.uint32)
    masks = np.left_shift(np.uint32(1), weak)
    probes = np.repeat(items[:, None], 1 << _WEAKEST, axis=1)
    probes[items == 0] = 0
    masks[items == 0] = 0
    for place in range(_WEAKEST):
        chosen = (np.arange(1 << _WEAKEST) >> place) & 1 == 1
        probes[:, chosen] ^= masks[:, place : place + 1]
    return SoundQuery(SoundFingerprint(items, milliseconds_of(len(sound), RATE)), probes)


def _items(changes: NDArray[np.float32], heard: NDArray[np.bool_]) -> Items:
    """Pack the signs, least significant bit first; 0 where nothing was heard."""
    packed = np.ascontiguousarray(np.packbits(changes > 0, axis=1, bitorder="little"))
    items = packed.view("<u4").ravel().astype(np.uint32)
    items[~heard] = 0
    return items


def _changes(sound: Samples) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the change of the difference of neighbouring bands (items x 32), and which items can be heard."""
    frames = (len(sound) - FRAME) // HOP + 1
    if frames <= LAG:
        return np.zeros((0, _BANDS - 1), np.float32), np.zeros(0, np.bool_)
    energy = np.empty((frames, _BANDS), np.float32)
    for start in range(0, frames, _FRAMES_AT_ONCE):
        end = min(frames, start + _FRAMES_AT_ONCE)
        energy[start:end] = _band_energy(sound[start * HOP : (end - 1) * HOP + FRAME])
    heard = _heard(energy * np.diff(_edges()).astype(np.float32))
    logs = np.log1p(energy)
    difference = logs[:, :-1] - logs[:, 1:]
    return difference[LAG:] - difference[:-LAG], heard


def _heard(power: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Say which items are loud enough at both their ends, and change enough in between."""
    total = power.sum(axis=1)
    loud = total * np.float32(2 / (FRAME * _window_power())) > _QUIET**2
    both = np.maximum(total[LAG:] + total[:-LAG], np.float32(1))
    changed = np.abs(power[LAG:] - power[:-LAG]).sum(axis=1) / both
    heard: NDArray[np.bool_] = loud[LAG:] & loud[:-LAG] & (changed > _STILL)
    return heard


def _band_energy(sound: Samples) -> NDArray[np.float32]:
    """Return the mean power of each band in each frame, in squared sample units of the windowed frame."""
    edges, window = _edges(), _window()
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), FRAME)[::HOP] * window
    spectrum = np.fft.rfft(frames, axis=1)[:, edges[0] : edges[-1]]
    power = spectrum.real**2 + spectrum.imag**2
    sums: NDArray[np.float32] = np.add.reduceat(power, edges[:-1] - edges[0], axis=1)
    return (sums / np.diff(edges)).astype(np.float32)


@cache
def _edges() -> NDArray[np.int64]:
    return np.round(np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1) * FRAME / RATE).astype(np.int64)


@cache
def _window_power() -> float:
    return float((_window().astype(np.float64) ** 2).sum())


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(FRAME).astype(np.float32)
