"""Measures the index of the sound engine at 10, 100 and 1,000 hours: memory, disk, and the time of a look-up.

    .venv/bin/python -m benchmarks.matching_index                      # made-up sound, the same every time
    .venv/bin/python -m benchmarks.matching_index --music DIRECTORY    # real sound as well: any files in there

The index is filled with fingerprints that have the statistics of those of the sources: their items with the bands
moved up, turned round, and the time turned round, and when all of these are used up with one bit in eight flipped.
Looked up are uploads of two minutes of which half is from one source; times are processor time of one core. Ends with 1
when look-up time grows as fast as the index, or a copy is missed, or the index needs more than 1 MB an hour.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.audio import AudioEngine
from matching_adapter.engines.audio_fingerprint import (
    HOP,
    RATE,
    SoundFingerprint,
    SoundQuery,
    fingerprint_of,
    query_of,
)
from matching_adapter.files import FileRefused, inspect_file
from matching_adapter.media.decoder import DecodingFailed, sound
from matching_adapter.port import Matched
from matching_adapter.store import FingerprintStore

Sound = NDArray[np.int16]
Items = NDArray[np.uint32]

HOURS = (10, 100, 1000)
WORK_SECONDS = 180
UPLOADS = 12
UPLOAD_SECONDS = 120
_WORK_ITEMS = WORK_SECONDS * RATE // HOP
_ITEMS_AN_HOUR = 3600 * RATE / HOP


@dataclass(frozen=True, slots=True)
class Source:
    """The fingerprint of a sound, and its first minutes to make uploads of."""

    fingerprint: SoundFingerprint
    beginning: Sound


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured at one size; bytes and seconds."""

    hours: int
    memory: int
    resident: int
    disk: int
    load: float
    add: float
    look_up: float
    found: int
    wrong: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--music", type=Path, help="a folder with sound files (its sub-folders too)")
    parser.add_argument("--hours", type=int, nargs="+", default=list(HOURS))
    options = parser.parse_args(arguments)
    given = _real(options.music) if options.music else (_made_up(seed) for seed in range(24))
    sources = [Source(fingerprint_of(one), one[: WORK_SECONDS * RATE]) for one in given]
    if not sources:
        parser.error(f"no sound in {options.music}")
    items = sum(len(one.fingerprint.items) for one in sources)
    print(f"{len(sources)} sources, {items / _ITEMS_AN_HOUR:.1f} h")
    print("hours  arrays MB  resident MB  disk MB  load s  add one ms  look-up ms  found  wrong works")
    rows = []
    for hours in options.hours:
        row = measured(sources, hours)
        rows.append(row)
        print(
            f"{row.hours:5} {row.memory / 1e6:10.1f} {row.resident / 1e6:12.1f} {row.disk / 1e6:8.1f}"
            f" {row.load:7.2f} {row.add * 1000:11.1f} {row.look_up * 1000:11.1f}"
            f" {row.found:3}/{UPLOADS} {row.wrong:12}",
            flush=True,
        )
    return 0 if _bars(rows) else 1


def _bars(rows: Sequence[Row]) -> bool:
    good = all(row.found == UPLOADS and row.wrong == 0 and row.memory <= row.hours * 1_000_000 for row in rows)
    for small, large in pairwise(rows):
        growth, times = large.look_up / small.look_up, large.hours / small.hours
        print(f"{times:.0f} times the hours: {growth:.2f} times the look-up time")
        good = good and growth < times
    return good


def measured(sources: Sequence[Source], hours: int) -> Row:
    """Fill a store with so many hours, open it in a new engine, and look uploads up."""
    with tempfile.TemporaryDirectory() as folder:
        store = FingerprintStore(f"sqlite:///{Path(folder) / 'index.db'}")
        engine = AudioEngine(store=store)
        held = [(f"source-{number}", one.fingerprint) for number, one in enumerate(sources)]
        left = int(hours * _ITEMS_AN_HOUR) - sum(len(one.items) for _, one in held)
        engine.put_fingerprints(held)
        for batch in _filling([one for _, one in held], left):
            engine.put_fingerprints(batch)
        disk = sum(part.stat().st_size for part in Path(folder).iterdir())
        before, began = _resident(), time.process_time()
        engine.snapshot()
        load, resident = time.process_time() - began, _resident() - before
        look_up, found, wrong = _looked_up(engine, list(_uploads(sources)))
        fresh = np.random.default_rng(5).integers(1, 1 << 32, _WORK_ITEMS, np.uint32)
        engine.put_fingerprints([("one-more", SoundFingerprint(fresh, WORK_SECONDS * 1000))])
        began = time.process_time()
        engine.snapshot()
        add = time.process_time() - began
        store.close()
        return Row(hours, engine.memory, resident, disk, load, add, look_up, found, wrong)


def _resident() -> int:
    """Return the bytes of memory that this process has now (Linux only; 0 elsewhere)."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * resource.getpagesize() if told.exists() else 0


def _looked_up(engine: AudioEngine, uploads: Sequence[tuple[list[SoundQuery], str]]) -> tuple[float, int, int]:
    """Return the mean seconds of a look-up, how often the source was found, and how many other works were."""
    found = wrong = 0
    spent = 0.0
    engine.match_queries(uploads[0][0], "", "first")  # touches the pages of the index
    for queries, truth in uploads:
        began = time.process_time()
        outcome = engine.match_queries(queries, "", truth)
        spent += time.process_time() - began
        works = {one.work_id for one in outcome.evidence} if isinstance(outcome, Matched) else set()
        found += truth in works
        wrong += len(works - {truth})
    return spent / len(uploads), found, wrong


def _uploads(sources: Sequence[Source]) -> Iterator[tuple[list[SoundQuery], str]]:
    """Yield uploads of two minutes: half from one source, softer and with noise, half from another one backwards."""
    chance = np.random.default_rng(11)
    half = UPLOAD_SECONDS // 2 * RATE
    long = [number for number, one in enumerate(sources) if len(one.beginning) > half]
    for place in range(UPLOADS):
        number, other = long[place % len(long)], long[(place + 1) % len(long)]
        start = int(chance.integers(0, len(sources[number].beginning) - half))
        copied = 0.5 * sources[number].beginning[start : start + half].astype(np.float64)
        copied = copied + chance.normal(0, 0.02 * float(copied.std()), half)
        upload = np.concatenate([copied, sources[other].beginning[:half][::-1]])
        yield [query_of(np.clip(upload, -32768, 32767).astype(np.int16))], f"source-{number}"


def _filling(sources: Sequence[SoundFingerprint], items: int) -> Iterator[list[tuple[str, SoundFingerprint]]]:
    """Yield works of three minutes until there are so many items."""
    chance = np.random.default_rng(23)
    number = 0
    for variant in count(1):
        for source in sources:
            if items <= 0:
                return
            varied = _varied(source.items, variant, chance)[:items]
            pieces = [varied[start : start + _WORK_ITEMS] for start in range(0, len(varied), _WORK_ITEMS)]
            yield [
                (f"filling-{number + place}", SoundFingerprint(piece, 1 + len(piece) * HOP * 1000 // RATE))
                for place, piece in enumerate(pieces)
            ]
            number += len(pieces)
            items -= len(varied)


def _varied(items: Items, variant: int, chance: np.random.Generator) -> Items:
    """Return other items: the bands moved up by some, their order turned round, the time turned round."""
    if variant % 4 in (1, 2):
        items = ~items[::-1]
    if variant % 4 in (2, 3):
        items = (
            np.packbits(np.unpackbits(items.view(np.uint8)).reshape(-1, 32)[:, ::-1], axis=1).view(np.uint32).ravel()
        )
    up = np.uint32(1 + variant // 4 % 31)
    items = (items << up) | (items >> (np.uint32(32) - up))
    if variant >= 4 * 31:
        masks = [chance.integers(0, 1 << 32, len(items), np.uint32) for _ in range(3)]
        items = items ^ (masks[0] & masks[1] & masks[2])
    return items


def _real(folder: Path) -> Iterator[Sound]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            found = inspect_file(path.name, path, limit_bytes=1 << 30)
            if found.kind == "audio":
                yield sound(path, found.media_type, rate=RATE, channel="mix")
        except (FileRefused, DecodingFailed):
            continue


def _made_up(seed: int) -> Sound:
    """Return three minutes of chords that change and fade, with noise."""
    chance = np.random.default_rng(seed)
    made = np.zeros((WORK_SECONDS + 3) * RATE, np.float32)
    for start in np.arange(0, WORK_SECONDS, 0.25):
        first, long = int(start * RATE), float(chance.integers(1, 7)) * 0.25
        moments = np.arange(int(long * RATE)) / RATE
        for note in chance.integers(0, 36, chance.integers(1, 4)):
            pitch = 220 * 2 ** (note / 12)
            wave = np.sin(2 * np.pi * pitch * moments) + np.sin(4 * np.pi * pitch * moments) / 2
            made[first : first + len(moments)] += wave * np.exp(-3 * moments / long)
    made += chance.normal(0, 0.02, len(made))
    return np.clip(made[: WORK_SECONDS * RATE] * 4000, -32768, 32767).astype(np.int16)


if __name__ == "__main__":
    raise SystemExit(main())
