"""The part of `benchmarks.matching` on copied sound: music of game packages, cut, mixed and encoded anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._matching_bare import plain_chromaprint
from benchmarks._matching_bars import Bar, Bars, print_edges, print_errors, times_real_time
from benchmarks._matching_media import labelled, sounds
from matching_adapter.engines.audio import AudioEngine
from matching_adapter.evaluation.evaluation import evaluate
from matching_adapter.evaluation.sound_uploads import make_sound_uploads
from matching_adapter.measuring import amount_of
from matching_adapter.registry import load_engines
from matching_adapter.store import FingerprintStore

SEED = 20_261_122
WORKS = ("warzone2100-music", "singularity-music")
"""The settings were chosen on the music of another package (wesnoth-1.16-music)."""
FILLERS = ("hyperrogue-music", "asc-music")
_STRANGERS, _MOST_FILLERS = 12, 10
_LONG_FILE = 1_000_000


def sound_part(media: Path | None, kept: Path | None) -> Bars:
    """Measure copied sound."""
    works = [one for package in WORKS for one in sounds(package, media)]
    fillers = [one for package in FILLERS for one in sounds(package, media, least_bytes=_LONG_FILE)][:_MOST_FILLERS]

    def make(folder: Path) -> None:
        make_sound_uploads(works[::4], fillers, folder, seed=SEED, seconds=(40, 120), strangers=_STRANGERS)

    with labelled("sound", kept, {one.name: one.path for one in works}, make) as folder, TemporaryDirectory() as index:
        store = FingerprintStore(f"sqlite:///{Path(index) / 'index.db'}")
        engine = AudioEngine(store=store)
        (hashing,) = load_engines(("exact-hash",))
        found, hashed = evaluate(engine, folder), evaluate(hashing, folder)
        hours = float(sum(amount_of(work.file).seconds or 0 for work in folder.works)) / 3600
        disk = sum(path.stat().st_size for path in Path(index).iterdir()) / 1e6 / hours
        store.close()
        bare = plain_chromaprint(folder)
    strangers = found.uploads_without_work
    print(f"sound: {len(works)} works, {hours:.1f} h; {found.speed.uploads} uploads, {strangers} of them from no work")
    print_errors(found, hashed)
    edge = print_edges(found, "audio")
    print(f"  Chromaprint, one offset for each work: {bare}\n")
    if found.all is None:
        raise SystemExit("sound: nothing was measured")
    yield Bar("sound: mean error, points", found.all.mean, 1.0)
    yield Bar("sound: 95 of 100 errors, points", found.all.p95, 2.0)
    yield Bar("sound: largest error, points", found.all.largest, 3.0)
    yield Bar("sound: starts and ends, 95 of 100, seconds", edge, 1.0)
    yield Bar("sound: wrong works with 5 % and more", len(found.false_works), 0)
    yield Bar("sound: times real time, one core, decoding included", times_real_time(found), 50, is_least=True)
    yield Bar("sound: index in memory, MB an hour", engine.memory / 1e6 / hours, 1.0)
    yield Bar("sound: index on disk, MB an hour", disk, 1.0)
    yield Bar("sound: files that could not be looked at", len(found.failures), 0)
