"""Damaged files of every type through inspection, decoder and engines: documented answers only, limits respected.

CASEWORK_FUZZ_ROUNDS sets how often each type is damaged, CASEWORK_FUZZ_SEED where chance begins.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from matching_adapter.files import FileRefused, InspectedFile, RefusalCode, inspect_file
from matching_adapter.match import _MEDIUM
from matching_adapter.media.child import FailureCode
from matching_adapter.media.decoder import (
    DecodingFailed,
    Limits,
    chromaprint_items,
    luma_frames,
    luma_picture,
    probe,
    sound,
    sound_pair,
)
from matching_adapter.port import Failed, FileReference, Matched, NoMatch, UploadFile, WorkFile
from matching_adapter.registry import load_engines
from tests.matching.media_files import TYPES, make_all, source

ROUNDS = int(os.environ.get("CASEWORK_FUZZ_ROUNDS", "1"))
SEED = int(os.environ.get("CASEWORK_FUZZ_SEED", "0"))
LIMITS = Limits(
    cpu_seconds=10,
    wall_seconds=60,
    memory_bytes=768 << 20,
    output_bytes=128 << 20,
    longest_seconds=600,
    most_pixels=4_000_000,
)
ROOM = 400 << 20
"""Bytes that this process may grow by: what the largest output takes, several times."""

SOURCES = (*source("testsrc2=s=64x48:r=8:d=1"), *source("sine=frequency=500:sample_rate=16000:d=1"))
PICTURE, TONE = ("-map", "0"), ("-map", "1")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    ".wav": TONE,
    ".mp3": TONE,
    ".ogg": (*TONE, "-c:a", "libvorbis"),
    ".opus": TONE,
    ".flac": TONE,
    ".aac": TONE,
    ".m4a": TONE,
    ".mp4": (*PICTURE, *TONE, "-c:v", "libx264", "-preset", "ultrafast"),
    ".mov": (*PICTURE, *TONE, "-c:v", "mpeg4"),
    ".webm": (*PICTURE, "-c:v", "libvpx"),
    ".mkv": (*PICTURE, *TONE, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"),
    ".avi": (*PICTURE, *TONE, "-c:v", "mjpeg", "-c:a", "pcm_s16le"),
    ".mpg": (*PICTURE, *TONE, "-r", "25", "-c:v", "mpeg2video", "-c:a", "mp2"),
    ".ts": (*PICTURE, *TONE, "-r", "25", "-c:v", "mpeg2video", "-c:a", "aac"),
    ".ogv": (*PICTURE, "-c:v", "libtheora"),
    ".png": (*PICTURE, "-frames:v", "1"),
    ".jpg": (*PICTURE, "-frames:v", "1"),
    ".gif": PICTURE,
    ".webp": (*PICTURE, "-frames:v", "1"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small valid file of each type."""
    folder = tmp_path_factory.mktemp("whole")
    paths = {ending: folder / f"a{ending}" for ending in ARGUMENTS}
    make_all({path: ARGUMENTS[ending] for ending, path in paths.items()}, *SOURCES)
    files = {ending: path.read_bytes() for ending, path in paths.items()}
    files[".txt"] = ("The keeper of the lamp, 渡口的时刻表是用粉笔写的。\n" * 20).encode()
    return files


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The file with some bytes changed, cut off, taken out or doubled; its beginning mostly stays what it is."""
    data = bytearray(content)
    first = chance.choice((0, 4, 12, 12, 64, 64))
    for _ in range(chance.choice((1, 1, 3, 10, 60))):
        place = chance.randrange(min(first, len(data) - 1), len(data))
        if chance.random() < 0.3:
            data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        else:
            data[place] ^= 1 << chance.randrange(8)
    kind = chance.randrange(6)
    start, end = sorted(chance.randrange(len(data)) for _ in range(2))
    if kind == 0 and end > first:
        del data[max(start, first) : end]
    elif kind == 1:
        data[end:end] = data[start:end] * chance.choice((1, 1, 20))
    elif kind == 2:
        del data[max(end, first + 1) :]
    elif kind == 3:
        place = chance.randrange(len(data))
        data[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x00"))
    return bytes(data)


def frames(path: Path, media_type: str) -> None:
    for chunk in luma_frames(path, media_type, frames_per_second=4, limits=LIMITS):
        assert chunk.shape[1:] == (256, 256)


DECODINGS: tuple[Callable[[Path, str], object], ...] = (
    lambda path, kind: probe(path, kind, LIMITS),
    lambda path, kind: sound(path, kind, rate=5512, channel="mix", limits=LIMITS),
    lambda path, kind: sound_pair(path, kind, rate=5512, limits=LIMITS),
    lambda path, kind: chromaprint_items(path, kind, LIMITS),
    frames,
    lambda path, kind: luma_picture(path, kind, longest=512, limits=LIMITS),
)


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("ending", [*ARGUMENTS, ".txt"])
def test_damaged_files_get_documented_answers_within_the_limits(
    whole: dict[str, bytes], tmp_path: Path, ending: str
) -> None:
    chance = random.Random(f"{SEED}{ending}")
    engines = load_engines(("exact-hash", "text-winnowing", "audio-bands", "image-pdq", "video-pdq"))
    path = tmp_path / f"a{ending}"
    before, slowest = resident(), 0.0
    for number in range(ROUNDS):
        content = damaged(whole[ending], chance)
        path.write_bytes(content)
        begun = time.monotonic()
        found = inspected(path)
        if found is None:
            # What inspection refuses is not decoded; the decoder must stand it all the same.
            decode(chance, path, TYPES.get(ending, "video/mp4"))
        else:
            decode(chance, path, found.media_type if ending != ".txt" else "audio/mpeg")
            medium = _MEDIUM[found.kind]
            file = FileReference(path, path.name, found.media_type, medium, found.sha256, found.size)
            upload = UploadFile("u", 1, "p", file)
            for engine in [one for one in engines if one.info.accepts(file)]:
                if number % 4 == 3:
                    (receipt,) = engine.put([WorkFile(f"w-{number}", "W", "rh", "text", file)])
                    assert receipt.code is None or receipt.code.isidentifier()
                (outcome,) = engine.match([upload])
                assert isinstance(outcome, Matched | NoMatch | Failed), content[:200]
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 2 * LIMITS.wall_seconds
    assert resident() - before < ROOM


def inspected(path: Path) -> InspectedFile | None:
    code = ""
    try:
        return inspect_file(path.name, path, limit_bytes=1 << 24)
    except FileRefused as refusal:
        code = refusal.code
    assert code in get_args(RefusalCode)
    return None


def decode(chance: random.Random, path: Path, media_type: str) -> None:
    failed: DecodingFailed | None = None
    found: object = None
    try:
        found = chance.choice(DECODINGS)(path, media_type)
    except DecodingFailed as error:
        failed = error
    if failed is not None:
        assert failed.code in get_args(FailureCode)
        assert failed.code != "decoder_missing", failed.detail
    assert not isinstance(found, np.ndarray) or found.nbytes <= LIMITS.output_bytes
