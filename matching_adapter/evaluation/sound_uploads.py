"""Makes uploads of sound whose truth is known: real works are cut, mixed among other sound and encoded anew.

Everything is cut at exact samples before anything is encoded, so that share and segments are known exactly. The same
seed and the same sources give the same cuts. `truth.json` beside the uploads has one row per upload and work.
"""

from __future__ import annotations

import json
import random
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching_adapter.media.decoder import input_arguments, run_decoder
from matching_adapter.port import Json, exact_share, json_number

RATE = 44_100
SHARES: tuple[int, ...] = (30, 49, 55, 75, 89, 95, 100)
"""Percent of the upload that come from the work."""

Composition: TypeAlias = Literal["whole", "inserted", "reordered", "two works"]
Stereo: TypeAlias = NDArray[np.int16]

_FADE = 441  # samples at either end of a piece, so that a cut does not click


@dataclass(frozen=True, slots=True)
class SoundSource:
    """A file with sound: a work, or other sound to put around it; `name` says which work it is."""

    name: str
    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """How an upload is written: ffmpeg's filters and arguments, the ending of the name, and the media type."""

    filters: str
    arguments: tuple[str, ...]
    ending: str
    media_type: str


_MP3, _OGG, _WAV = "audio/mpeg", "audio/ogg", "audio/wav"
_OPUS_32K = ("-c:a", "libopus", "-b:a", "32k")
ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {
        "as it is": Encoding("anull", ("-c:a", "pcm_s16le"), ".wav", _WAV),
        "mp3 64k": Encoding("anull", ("-c:a", "libmp3lame", "-b:a", "64k"), ".mp3", _MP3),
        "opus 32k": Encoding("anull", _OPUS_32K, ".opus", _OGG),
        "opus 24k mono": Encoding("anull", ("-c:a", "libopus", "-b:a", "24k", "-ac", "1"), ".opus", _OGG),
        "mp3 32k mono 22 kHz": Encoding(
            "anull", ("-c:a", "libmp3lame", "-b:a", "32k", "-ac", "1", "-ar", "22050"), ".mp3", _MP3
        ),
        "aac 48k": Encoding("anull", ("-c:a", "aac", "-b:a", "48k"), ".m4a", "audio/mp4"),
        "12 dB softer": Encoding("volume=-12dB", ("-c:a", "libmp3lame", "-b:a", "128k"), ".mp3", _MP3),
        "9 dB louder, clipped": Encoding("volume=9dB", ("-c:a", "libmp3lame", "-b:a", "128k"), ".mp3", _MP3),
        "low-pass 3 kHz": Encoding("lowpass=f=3000", _OPUS_32K, ".opus", _OGG),
        "equaliser": Encoding("bass=g=8,treble=g=-6,volume=-6dB", ("-c:a", "libopus", "-b:a", "48k"), ".opus", _OGG),
        "right inverted": Encoding("pan=stereo|c0=c0|c1=-1*c1", ("-c:a", "libopus", "-b:a", "64k"), ".opus", _OGG),
    }
)
"""What can be done to an upload, by name."""


@dataclass(frozen=True, slots=True)
class TrueSegment:
    """A stretch of the upload and the stretch of the work that it was cut from: half-open, in samples at `RATE`."""

    upload: tuple[int, int]
    work: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrueMatch:
    """What one upload really has from one work; `work` None where it has nothing from any."""

    upload: str
    media_type: str
    work: str | None
    length: int
    segments: tuple[TrueSegment, ...]
    composition: str
    transform: str

    @property
    def share(self) -> Decimal:
        """Share of the upload, exact."""
        return exact_share(sum(one.upload[1] - one.upload[0] for one in self.segments), self.length)

    def to_json(self) -> dict[str, Json]:
        """Return the row of `truth.json`: shares as decimals, places in seconds."""
        segments: list[Json] = [
            {"upload": [_seconds(place) for place in one.upload], "work": [_seconds(place) for place in one.work]}
            for one in self.segments
        ]
        return {
            "upload": self.upload,
            "media_type": self.media_type,
            "work": self.work,
            "share": format(self.share, "f"),
            "seconds": _seconds(self.length),
            "segments": segments,
            "composition": self.composition,
            "transform": self.transform,
        }


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a source, in samples; `of_work` when it is part of the truth."""

    source: SoundSource
    start: int
    length: int
    of_work: bool


def make_sound_uploads(
    works: Sequence[SoundSource],
    filler: Sequence[SoundSource],
    folder: Path,
    *,
    seed: int = 1,
    shares: Sequence[int] = SHARES,
    encodings: Sequence[str] = tuple(ENCODINGS),
    compositions: Sequence[Composition] = ("whole", "inserted", "reordered", "two works"),
    seconds: tuple[int, int] = (60, 180),
    repeats: int = 1,
    strangers: int = 0,
) -> list[TrueMatch]:
    """Write uploads into the folder, one for each share, encoding and repeat, and `truth.json`; return its rows.

    `filler` must be no sound of the works. The compositions take turns: the excerpt in one piece, with other sound
    inserted, cut into pieces in another order, or beside a piece of a second work (which has its own row). Works that
    are too short for a share are passed over. `strangers` more uploads take from no work.

    Raises:
        DecodingFailed: when a source cannot be decoded.
        ValueError: when no work is long enough.

    """
    chance = random.Random(seed)  # noqa: S311 -- cuts that can be repeated, nothing secret
    sounds = _Sounds()
    rows: list[TrueMatch] = []
    folder.mkdir(parents=True, exist_ok=True)
    cases = [(share, name) for _ in range(repeats) for share in shares for name in encodings]
    for number, (share, encoding) in enumerate(cases):
        composition = compositions[number % len(compositions)]
        pieces = _composed(chance, sounds, works, filler, share, composition, chance.randint(*seconds) * RATE)
        name = f"sound-{number:03}{ENCODINGS[encoding].ending}"
        _write(folder / name, [sounds.piece(piece) for piece in pieces], ENCODINGS[encoding])
        rows += _truth(name, ENCODINGS[encoding].media_type, pieces, composition, encoding)
    for number in range(len(cases), len(cases) + strangers):
        encoding = encodings[number % len(encodings)]
        stranger = _excerpt(chance, sounds, filler, chance.randint(*seconds) * RATE, of_work=False)
        name = f"sound-{number:03}{ENCODINGS[encoding].ending}"
        _write(folder / name, [sounds.piece(stranger)], ENCODINGS[encoding])
        rows.append(TrueMatch(name, ENCODINGS[encoding].media_type, None, stranger.length, (), "stranger", encoding))
    written = [row.to_json() for row in rows]
    (folder / "truth.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return rows


class _Sounds:
    """The sources, decoded once each to stereo at `RATE`; only the last few are kept."""

    def __init__(self, most: int = 24) -> None:
        self._kept: dict[Path, Stereo] = {}
        self._most = most

    def whole(self, source: SoundSource) -> Stereo:
        sound = self._kept.pop(source.path, None)
        if sound is None:
            arguments = [*input_arguments(source.path, source.media_type), "-map", "0:a:0", "-ac", "2"]
            arguments += ["-ar", str(RATE), "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]
            sound = np.frombuffer(run_decoder(arguments), "<i2").reshape(-1, 2).astype(np.int16, copy=False)
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[source.path] = sound
        return sound

    def piece(self, piece: _Piece) -> Stereo:
        sound = self.whole(piece.source)[piece.start : piece.start + piece.length].astype(np.float32)
        ramp = np.linspace(0, 1, min(_FADE, len(sound)), dtype=np.float32)[:, None]
        sound[: len(ramp)] *= ramp
        sound[len(sound) - len(ramp) :] *= ramp[::-1]
        return sound.astype(np.int16)


def _composed(
    chance: random.Random,
    sounds: _Sounds,
    works: Sequence[SoundSource],
    filler: Sequence[SoundSource],
    share: int,
    composition: Composition,
    length: int,
) -> list[_Piece]:
    """Return the pieces of one upload in order."""
    copied = length * share // 100
    excerpt = _excerpt(chance, sounds, works, copied, of_work=True)
    rest = length - copied
    if composition == "reordered" and copied >= 20 * RATE:
        parts = _cut(excerpt, [copied // 2])[::-1]
    elif composition == "inserted" and rest >= 10 * RATE:
        parts = _cut(excerpt, [copied // 3])
        middle = _excerpt(chance, sounds, filler, rest // 2, of_work=False)
        parts, rest = [parts[0], middle, parts[1]], rest - rest // 2
    else:
        parts = [excerpt]
    around: list[_Piece] = []
    if composition == "two works" and rest >= 10 * RATE:
        others = [work for work in works if work != excerpt.source]
        around, rest = [_excerpt(chance, sounds, others, rest // 2, of_work=True)], rest - rest // 2
    before = chance.randint(0, rest)
    head = [_excerpt(chance, sounds, filler, before, of_work=False)] if before else []
    tail = [_excerpt(chance, sounds, filler, rest - before, of_work=False)] if rest > before else []
    return [*head, *parts, *tail, *around]


def _excerpt(
    chance: random.Random, sounds: _Sounds, sources: Sequence[SoundSource], length: int, *, of_work: bool
) -> _Piece:
    """Return a random stretch of a random source that is long enough."""
    for source in chance.sample(list(sources), len(sources)):
        room = len(sounds.whole(source)) - length
        if room >= 0:
            return _Piece(source, chance.randint(0, room), length, of_work)
    raise ValueError(f"no source is {length / RATE:.0f} s long")


def _cut(piece: _Piece, places: Sequence[int]) -> list[_Piece]:
    edges = [0, *places, piece.length]
    return [_Piece(piece.source, piece.start + start, end - start, piece.of_work) for start, end in pairwise(edges)]


def _truth(
    name: str, media_type: str, pieces: Sequence[_Piece], composition: Composition, transform: str
) -> list[TrueMatch]:
    found: dict[str, list[TrueSegment]] = {}
    place = 0
    for piece in pieces:
        if piece.of_work:
            segment = TrueSegment((place, place + piece.length), (piece.start, piece.start + piece.length))
            found.setdefault(piece.source.name, []).append(segment)
        place += piece.length
    return [
        TrueMatch(name, media_type, work, place, tuple(segments), composition, transform)
        for work, segments in found.items()
    ]


def _write(path: Path, pieces: Sequence[Stereo], encoding: Encoding) -> None:
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "upload.wav"
        write_wave(raw, np.concatenate(list(pieces)), RATE)
        arguments = [*input_arguments(raw, "audio/wav"), "-af", encoding.filters, *encoding.arguments]
        run_decoder(arguments, output=path)


def write_wave(path: Path, sound: NDArray[np.int16], rate: int) -> None:
    """Write samples as an uncompressed file: (n,) mono or (n, channels)."""
    with wave.open(str(path), "wb") as written:
        written.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(sound.astype("<i2").tobytes())


def _seconds(samples: int) -> int | str:
    return json_number((Decimal(samples) / RATE).quantize(Decimal("0.001")))
