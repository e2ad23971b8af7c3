"""Turns sound into 32-bit items, one every 93 ms: which way the energy of neighbouring bands is moving against time.

The scheme is the published one of Haitsma and Kalker (ISMIR 2002), in our own code: frames of 0.74 s, 33 bands between
300 and 2,000 Hz, and one bit per pair of neighbouring bands, the sign of the change of their difference. Loudness,
equalisation and re-encoding hardly move a sign. The value 0 is kept for "nothing to be heard here": silence, and sound
that does not change (a test tone, hum), would agree with every other silence and therefore never counts.
"""

from __future__ import annotations

import copy
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
_FRAMES_AT_ONCE = 128
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
    items = SoundItems()
    items.add(sound)
    return items.fingerprint()


def query_of(sound: Samples) -> SoundQuery:
    """Return the fingerprint of mono sound at `RATE`, with every combination of its five least certain bits flipped."""
    items = SoundItems()
    items.add(sound)
    return items.query()


class SoundItems:
    """Takes mono sound at `RATE` piece by piece and makes its items; some seconds of sound are held, and no more.

    Where one piece ends and the next begins makes no difference: the items are those of the whole, to the bit.
    """

    def __init__(self) -> None:
        """Begin before the first sample."""
        self._samples = 0
        self._waiting: list[Samples] = []
        self.waiting = 0
        """Samples that are held until there are enough of them."""
        self._energy = np.zeros((0, _BANDS), np.float32)
        # One growing piece of memory each: many small ones would lie scattered between those that come and go, and
        # keep the room of all that came and went.
        self._items = bytearray()
        self._weak = bytearray()

    def copy(self) -> SoundItems:
        """Return one that has taken the same sound so far and goes its own way from here."""
        other = copy.copy(self)
        other._waiting, other._items, other._weak = [*self._waiting], self._items[:], self._weak[:]
        return other

    def add(self, sound: Samples) -> None:
        """Take the next piece, of any length."""
        self._samples += len(sound)
        self._waiting.append(sound)
        self.waiting += len(sound)
        if self.waiting >= (_FRAMES_AT_ONCE - 1) * HOP + FRAME:
            self._work_off(_FRAMES_AT_ONCE)

    def fingerprint(self) -> SoundFingerprint:
        """Return the fingerprint of all that was taken."""
        self._work_off(1)
        return SoundFingerprint(np.frombuffer(bytes(self._items), np.uint32), milliseconds_of(self._samples, RATE))

    def query(self) -> SoundQuery:
        """Return the fingerprint with every combination of the five least certain bits of each item flipped."""
        fingerprint = self.fingerprint()
        weak = np.left_shift(np.uint32(1), np.frombuffer(self._weak, np.uint8).reshape(-1, _WEAKEST).astype(np.uint32))
        weak[fingerprint.items == 0] = 0
        probes = np.repeat(fingerprint.items[:, None], 1 << _WEAKEST, axis=1)
        for place in range(_WEAKEST):
            chosen = (np.arange(1 << _WEAKEST) >> place) & 1 == 1
            probes[:, chosen] ^= weak[:, place : place + 1]
        return SoundQuery(fingerprint, probes)

    def _work_off(self, fewest: int) -> None:
        """Make items of the sound that waits, as long as it has so many frames."""
        if not self._waiting:
            return
        sound, done = np.concatenate(self._waiting), 0
        frames = (len(sound) - FRAME) // HOP + 1
        while frames - done >= fewest:
            count = min(_FRAMES_AT_ONCE, frames - done)
            self._take(_band_energy(sound[done * HOP : (done + count - 1) * HOP + FRAME]))
            done += count
        rest = sound[done * HOP :].copy()
        self._waiting, self.waiting = [rest], len(rest)

    def _take(self, energy: NDArray[np.float32]) -> None:
        energy = np.concatenate([self._energy, energy])
        self._energy = energy[-LAG:].copy()
        if len(energy) <= LAG:
            return
        changes, heard = _changes(energy)
        self._items += _items(changes, heard).tobytes()
        weak = np.argpartition(np.abs(changes), _WEAKEST, axis=1)[:, :_WEAKEST]
        self._weak += weak.astype(np.uint8).tobytes()


def _items(changes: NDArray[np.float32], heard: NDArray[np.bool_]) -> Items:
    """Pack the signs, least significant bit first; 0 where nothing was heard."""
    packed = np.ascontiguousarray(np.packbits(changes > 0, axis=1, bitorder="little"))
    items = packed.view("<u4").ravel().astype(np.uint32)
    items[~heard] = 0
    return items


def _changes(energy: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the change of the difference of neighbouring bands (items x 32), and which items can be heard."""
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
