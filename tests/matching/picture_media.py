"""Pictures and films for tests, drawn by numpy and encoded by ffmpeg: every seed gives another scene."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching_adapter.port import FileReference, Medium, UploadFile, WorkFile
from tests.matching.media_files import grey_png, make, type_of

Plane = NDArray[np.uint8]
RATE = 12
"""Frames a second of the films."""


@lru_cache(maxsize=256)
def scene(seed: int, height: int = 144, width: int = 192) -> Plane:
    """A picture of soft light with many sharp boxes in it."""
    random = np.random.default_rng(seed)
    rough = random.uniform(40, 215, (5, 7))
    down, across = np.linspace(0, 4, height), np.linspace(0, 6, width)
    rows = np.stack([np.interp(down, range(5), column) for column in rough.T], axis=1)
    plane = np.stack([np.interp(across, range(7), row) for row in rows])
    for _ in range(60):
        y, x = int(random.integers(0, height)), int(random.integers(0, width))
        tall, wide = int(random.integers(4, height // 5)), int(random.integers(4, width // 5))
        plane[y : y + tall, x : x + wide] = random.uniform(0, 255)
    drawn = plane.astype(np.uint8)
    drawn.setflags(write=False)
    return drawn


def film(seed: int, seconds: float, *, first: float = 0.0) -> list[Plane]:
    """Frames of a film from a time on: a new scene every two seconds, over which the camera moves."""
    frames = []
    for number in range(round(first * RATE), round((first + seconds) * RATE)):
        cut, within = divmod(number, 2 * RATE)
        wide = scene(1000 * seed + cut, 144, 192 + 2 * RATE)
        frames.append(wide[:, within : within + 192])
    return frames


def write_picture(path: Path, plane: Plane, *arguments: str) -> Path:
    """Encode one picture; `arguments` are ffmpeg's, such as a quality or a filter. A plain PNG needs no ffmpeg."""
    if path.suffix == ".png" and not arguments:
        path.write_bytes(grey_png(plane))
        return path
    plain = path.with_suffix(".pgm")
    plain.write_bytes(f"P5 {plane.shape[1]} {plane.shape[0]} 255\n".encode() + plane.tobytes())
    made = make(path, "-i", str(plain), *arguments, "-frames:v", "1", "-update", "1")
    plain.unlink()
    return made


def write_film(path: Path, frames: Sequence[Plane], *arguments: str) -> Path:
    """Encode a film without sound; `arguments` are ffmpeg's."""
    height, width = frames[0].shape
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(frame.tobytes() for frame in frames))
    form = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{width}x{height}", "-r", str(RATE))
    fast = ("-c:v", "libx264", "-preset", "ultrafast") if path.suffix == ".mp4" else ()
    made = make(path, *form, "-i", str(raw), *arguments, "-pix_fmt", "yuv420p", *fast)
    raw.unlink()
    return made


def reference(path: Path) -> FileReference:
    """What an inspection says about such a file."""
    media_type = type_of(path)
    medium: Medium = "image" if media_type.startswith("image/") else "video"
    content = path.read_bytes()
    return FileReference(path, path.name, media_type, medium, hashlib.sha256(content).hexdigest(), len(content))


def work(path: Path, work_id: str | None = None) -> WorkFile:
    """A reference work, named after its file."""
    return WorkFile(work_id or path.stem, path.stem, "holder", "image", reference(path))


def upload(path: Path) -> UploadFile:
    """An upload, named after its file."""
    return UploadFile(path.stem, 1, "uploader", reference(path))
