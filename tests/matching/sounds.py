"""Music made up by rule, the same every time, and files made of it: for the tests of the sound engines."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio_fingerprint import RATE
from matching_adapter.evaluation.sound_uploads import write_wave
from matching_adapter.media.decoder import input_arguments, run_decoder
from matching_adapter.port import FileReference, UploadFile, WorkFile

Sound = NDArray[np.int16]

_LONGEST_NOTE = 1.5

_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
}


@cache
def _note(number: int) -> NDArray[np.float64]:
    """Return a note as long as any in a piece; each is sounded a hundred times."""
    pitch = 220 * 2 ** (number / 12)
    time = np.arange(round(_LONGEST_NOTE * RATE)) / RATE
    parts = [np.sin(2 * np.pi * pitch * part * time) / part for part in (1, 2, 3)]
    return parts[0] + parts[1] + parts[2]


@cache
def music(seed: int, seconds: float) -> Sound:
    """Return a piece of music: chords of changing notes that fade, and a beat of noise; mono, at the engine's rate.

    It is made once, and cannot be written to.
    """
    chance = np.random.default_rng(seed)
    length = round(seconds * RATE)
    sound = np.zeros(length + 2 * RATE)
    for start in np.arange(0, seconds, 0.25):
        if chance.random() < 0.75:
            first, long = round(start * RATE), chance.integers(1, 7) * 0.25
            time = np.arange(round(long * RATE)) / RATE
            fading = np.exp(-time / long * 3)
            for note in chance.integers(0, 36, chance.integers(1, 4)):
                sounded = _note(int(note))[: len(time)]
                sound[first : first + len(time)] += chance.uniform(0.3, 1) * sounded * fading
        if chance.random() < 0.4:
            beat = chance.normal(0, 1, RATE // 10) * np.linspace(1, 0, RATE // 10)
            first = round(start * RATE)
            sound[first : first + len(beat)] += 0.5 * beat
    piece = np.clip(sound[:length] * 4000, -32768, 32767).astype(np.int16)
    piece.flags.writeable = False
    return piece


def seconds_of(sound: Sound, start: float, end: float) -> Sound:
    """Return a stretch of a sound."""
    return sound[round(start * RATE) : round(end * RATE)]


def silence(seconds: float) -> Sound:
    """Return nothing at all."""
    return np.zeros(round(seconds * RATE), np.int16)


def tone(pitch: float, seconds: float, strength: float = 8000) -> Sound:
    """Return a constant tone."""
    wave = np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)
    return np.asarray(wave * strength, np.int16)


def written(path: Path, *pieces: Sound, arguments: tuple[str, ...] = (), rate: int = RATE) -> Path:
    """Write sound as a file of the type that its name says; `arguments` are the encoder's, and its filters."""
    joined = np.concatenate(pieces)
    if path.suffix == ".wav" and not arguments:
        write_wave(path, joined, rate)
        return path
    raw = path.with_suffix(".raw.wav")
    write_wave(raw, joined, rate)
    run_decoder([*input_arguments(raw, "audio/wav"), *arguments], output=path)
    raw.unlink()
    return path


def reference(path: Path) -> FileReference:
    """Return what an engine is told of a file."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return FileReference(path, path.name, _TYPES[path.suffix], "audio", digest, len(content))


def work(work_id: str, path: Path) -> WorkFile:
    """Return a work of music."""
    return WorkFile(work_id, work_id.title(), "holder", "music", reference(path))


def upload(path: Path) -> UploadFile:
    """Return an upload."""
    return UploadFile(path.name, 1, "someone", reference(path))
