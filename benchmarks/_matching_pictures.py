"""The parts of `benchmarks.matching` on films and on pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._matching_bare import plain_pdq_of_films, plain_pdq_of_pictures
from benchmarks._matching_bars import Bar, Bars, print_edges, print_errors, print_false_works, times_real_time
from benchmarks._matching_media import Source, films, labelled, pictures
from matching_adapter.engines.image import ImageEngine
from matching_adapter.engines.image_regions import ImageRegionEngine
from matching_adapter.engines.video import VideoEngine
from matching_adapter.evaluation.evaluation import Evaluation, evaluate
from matching_adapter.evaluation.picture_uploads import (
    VIDEO_TRANSFORMS,
    clean_copy,
    make_picture_uploads,
    make_video_uploads,
)
from matching_adapter.evaluation.truth import LabelledFolder
from matching_adapter.files import inspect_file
from matching_adapter.measuring import amount_of
from matching_adapter.media.decoder import input_arguments, run_decoder
from matching_adapter.port import FileReference, UploadFile
from matching_adapter.registry import load_engines
from matching_adapter.store import FingerprintStore

SHARES = (0.3, 0.49, 0.6, 0.75, 0.9, 1.0)
TUNED_SEED, OTHER_SEED = 41, 42
EDITS = frozenset(one.name for one in VIDEO_TRANSFORMS if one.is_edit)
RECOMPRESSED = ("jpeg30", "half", "160px", "stretched", "grey", "brighter", "blurred", "noise")
PICTURES = ("ukui-wallpapers", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04")
"""The settings were chosen on the pictures of other packages (plasma-workspace-wallpapers, mate- and
gnome-backgrounds)."""
PICTURE_FILLERS = "mate-backgrounds"
_MOST_FILLERS = 12


# --------------------------------------------------------------------------------------------------------------- films


def video_part(media: Path | None, kept: Path | None) -> Bars:
    """Measure moving pictures: films that the settings were chosen on with another seed, and other films."""
    tuned, other = films(media)
    with TemporaryDirectory() as passing:
        clean = (kept or Path(passing)) / "clean"
        clean.mkdir(parents=True, exist_ok=True)
        copies = {name: _clean(source, clean / f"{name}.mp4") for name, source in {**tuned, **other}.items()}
        known = {name: copies[name] for name in tuned}
        strange = {name: copies[name] for name in other}
        yield from _films("video, the films of the settings", "video-tuned", known, strange, TUNED_SEED, kept)
        yield from _films("video, other films", "video-other", strange, known, OTHER_SEED, kept)
        for height, least in ((1080, 5), (360, 25)):
            times = _speed(copies["world"], height, Path(passing))
            yield Bar(f"video: times real time at {height} lines, one core", times, least, is_least=True)


def _clean(source: Source, target: Path) -> Path:
    if not target.is_file():
        clean_copy(*source, target)
    return target


def _films(
    title: str, name: str, works: Mapping[str, Path], fillers: Mapping[str, Path], seed: int, kept: Path | None
) -> Bars:
    def make(folder: Path) -> None:
        make_video_uploads(works, list(fillers.values()), folder, shares=SHARES, seed=seed)

    with labelled(name, kept, works, make) as folder:
        store = FingerprintStore()
        engine = VideoEngine(store=store)
        (hashing,) = load_engines(("exact-hash",))
        found, hashed = evaluate(engine, folder), evaluate(hashing, folder)
        hours = float(sum(amount_of(work.file).seconds or 0 for work in folder.works)) / 3600
        held = store.changes_since(engine.info.name, engine.info.config_digest, 0)
        disk = sum(len(change.fingerprint or b"") for change in held) / 1e6 / hours
        bare = plain_pdq_of_films(folder)
    print(f"{title}: {len(works)} works, {hours * 60:.1f} minutes; {found.speed.uploads} uploads")
    print_errors(found, hashed)
    edge = print_edges(found, "video")
    print(f"  {times_real_time(found):.1f} times real time, decoding included")
    print(f"  plain PDQ, 2 frames a second, all: {bare['all']}\n")
    whole = [row for row in found.rows if row.transform not in EDITS]
    sizes = sorted(abs(row.error or 0) for row in whole)
    edited = [row for row in found.rows if row.transform in EDITS]
    yield Bar(f"{title}: encoded again, mean error, points", sum(sizes) / len(sizes), 1.5)
    yield Bar(f"{title}: encoded again, 95 of 100, points", sizes[min(len(sizes) - 1, int(len(sizes) * 0.95))], 3.0)
    yield Bar(f"{title}: starts and ends, 95 of 100, s", edge, 1.0)
    yield Bar(f"{title}: edited, part found", sum(row.found for row in edited) / len(edited), 0.8, is_least=True)
    yield Bar(f"{title}: wrong works with 5 % and more", len(found.false_works), 0)
    yield Bar(f"{title}: index, MB an hour", disk, 8.0)


def _speed(film: Path, height: int, folder: Path) -> float:
    """Return how many times real time a film of so many lines is looked at, against an index that holds it."""
    target = folder / f"speed-{height}.mp4"
    encoding = ("-an", "-c:v", "libx264", "-preset", "medium", "-crf", "23")
    run_decoder(
        [*input_arguments(film, "video/mp4"), "-vf", f"scale=-2:{height}", *encoding, "-t", "20"], output=target
    )
    engine = VideoEngine()
    looked = evaluate(engine, _one_film(target))
    return times_real_time(looked)


def _one_film(path: Path) -> LabelledFolder:
    found = inspect_file(path.name, path, limit_bytes=1 << 30)
    file = FileReference(path, found.name, found.media_type, "video", found.sha256, found.size)
    return LabelledFolder((), {path.name: UploadFile(path.stem, 1, "nobody", file)}, ())


# ------------------------------------------------------------------------------------------------------------ pictures


def pictures_part(media: Path | None, kept: Path | None) -> Bars:
    """Measure whole pictures, and parts of pictures."""
    known = pictures((*PICTURES, PICTURE_FILLERS), media)
    fillers = {name: source for name, source in known.items() if name.startswith("mate-")}
    works = {name: source for name, source in known.items() if name not in fillers}

    def make(folder: Path) -> None:
        make_picture_uploads(works, list(fillers.values())[:_MOST_FILLERS], folder, seed=7)

    with labelled("pictures", kept, {name: path for name, (path, _) in works.items()}, make) as folder:
        (hashing,) = load_engines(("exact-hash",))
        whole, hashed = evaluate(ImageEngine(), folder), evaluate(hashing, folder)
        parts = evaluate(ImageRegionEngine(), folder)
        bare = plain_pdq_of_pictures(folder)
    _print_pictures(len(works), whole, parts, hashed, bare)
    recompressed = [row for row in whole.rows if row.transform in RECOMPRESSED]
    collages = [row for row in parts.rows if row.transform.startswith("collage")]
    errors = [abs(row.error or 0) for row in collages if row.found]
    found = sum(row.found for row in recompressed) / len(recompressed)
    yield Bar("pictures: encoded again and so on, part found", found, 0.95, is_least=True)
    yield Bar("pictures: wrong works, whole pictures", len(whole.false_works), 0)
    yield Bar("pictures: collages, mean error when found, points", sum(errors) / max(1, len(errors)), 1.0)
    yield Bar("pictures: collages, part found", len(errors) / len(collages), 0.56, is_least=True)
    yield Bar("pictures: wrong works, parts", len(parts.false_works), 0)


def _print_pictures(
    works: int, whole: Evaluation, parts: Evaluation, hashed: Evaluation, bare: Mapping[str, tuple[int, int, int]]
) -> None:
    print(f"pictures: {works} works, {whole.speed.uploads} uploads")
    heads = ("uploads", "image-pdq", "regions", "error", "by hash", "plain PDQ", "wrong")
    print(f"  {'found of each':<24}" + "".join(f"{head:>11}" for head in heads))
    by_hash = hashed.by_transform
    for name, one in whole.by_transform.items():
        part = parts.by_transform[name]
        hits, uploads, wrong = bare[name]
        error = math.nan if part.mean_of_found is None else part.mean_of_found
        print(
            f"  {name:<24}{uploads:11}{one.rows - one.missed:11}{part.rows - part.missed:11}{error:11.2f}"
            f"{by_hash[name].rows - by_hash[name].missed:11}{hits:11}{wrong:11}"
        )
    print("  error: of the share of image-regions where found, points; wrong: works that plain PDQ reported wrongly")
    for engine, found in (("image-pdq", whole), ("image-regions", parts)):
        print(f"  {engine}: {found.speed.uploads / max(found.speed.processor_seconds, 1e-9):.1f} uploads/s of one core")
        print_false_works(found)
    print()
