"""The embedded sound engine: how much of the sound of an upload comes from which work, where, and how much of it.

It looks at sound files and at the sound of moving pictures, by the movement of the energy of bands (see
`audio_fingerprint`). Works are kept as the mean of their channels; of an upload both that mean and the left channel are
looked for, because one inverted channel wipes out the mean. Where the channels differ more than they agree, one of them
is inverted, and their difference is what the mean would have been.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio_alignment import SoundAlignmentSettings
from matching_adapter.engines.audio_fingerprint import (
    BAND_TIMING,
    RATE,
    SoundFingerprint,
    SoundItems,
    SoundQuery,
)
from matching_adapter.engines.sound import Kind, SoundEngine
from matching_adapter.media.decoder import Limits, sound_blocks, sound_pair_blocks
from matching_adapter.port import FileReference
from matching_adapter.store import FingerprintStore

NAME = "audio-bands"
VERSION = "1.0.0"

LIMITS = (
    "Sound whose speed and pitch were both changed by 1 percent or more is found in part or not at all.",
    "Covers, live versions and other recordings of the same piece are not found.",
    "Sound under other sound that is as loud or louder is found in part or not at all.",
    "Less than four seconds from one place of a work are not found, and uploads shorter than that are not looked at.",
    "Silence and constant tones never make a match; up to ten seconds of them inside or beside a match count with it.",
    "Drones and loops that two works share cannot be told apart.",
)


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Settings of the sound engine.

    `alignment`: see there. `longest_seconds`: longer sound is not taken. `most_segments`: the longest segments that
    are listed; shares and amounts always count all of them.
    """

    alignment: SoundAlignmentSettings = field(default_factory=SoundAlignmentSettings)
    longest_seconds: int = 6 * 3600
    most_segments: int = 1000

    def __post_init__(self) -> None:
        if self.longest_seconds < 1 or self.most_segments < 1:
            raise ValueError("longest_seconds and most_segments must be 1 or more")


class AudioEngine(SoundEngine):
    """Finds copied sound by band-energy fingerprints."""

    def __init__(self, settings: AudioSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Take the references from the store; without one, start with none and keep them in memory."""
        chosen = settings or AudioSettings()
        kind = Kind(NAME, VERSION, asdict(chosen), LIMITS, margin_points=1)
        super().__init__(kind, BAND_TIMING, chosen.alignment, chosen.most_segments, store)
        self._limits = Limits(longest_seconds=chosen.longest_seconds)

    def _fingerprint(self, file: FileReference) -> SoundFingerprint:
        items = SoundItems()
        for block in sound_blocks(file.path, file.media_type, rate=RATE, channel="mix", limits=self._limits):
            items.add(block)
        return items.fingerprint()

    def _queries(self, file: FileReference) -> list[SoundQuery]:
        mix, left = SoundItems(), None
        apart = energy = energy_apart = 0
        for one, other in self._pairs(file):
            difference = other.astype(np.int64) - one
            farthest = int(np.abs(difference).max(initial=0))
            if left is None and farthest:
                left = mix.copy()  # until here the two were the same: most files are looked at once
            mix.add(one)
            if left is not None:
                left.add(other)
            apart = max(apart, farthest)
            energy, energy_apart = energy + _energy(one.astype(np.int64)), energy_apart + _energy(difference)
        queries = [mix.query()]
        if left is not None and apart > 1:
            queries.append(left.query())
            if energy_apart > energy:
                queries.append(self._difference(file))
        return queries

    def _pairs(self, file: FileReference) -> Iterator[tuple[NDArray[np.int16], NDArray[np.int16]]]:
        return sound_pair_blocks(file.path, file.media_type, rate=RATE, limits=self._limits)

    def _difference(self, file: FileReference) -> SoundQuery:
        """Return the view of left without the mean; decoded once more, because few files need it."""
        items = SoundItems()
        for one, other in self._pairs(file):
            items.add(np.clip(other.astype(np.int32) - one, -32768, 32767).astype(np.int16))
        return items.query()


def _energy(samples: NDArray[np.int64]) -> int:
    return int(np.square(samples).sum())
