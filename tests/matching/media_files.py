"""Media files for tests, made by ffmpeg itself from its generators."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching_adapter.media.child import program

TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".aac": "audio/aac",
    ".m4a": "audio/mp4",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".mpg": "video/mpeg",
    ".ts": "video/mp2t",
    ".ogv": "video/ogg",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""Media type by the ending of a test file."""


def make(path: Path, *arguments: str) -> Path:
    """Write a media file by ffmpeg's arguments; without `lavfi` sources nothing is read but what they name."""
    make_all({path: ()}, *arguments)
    return path


def make_all(files: Mapping[Path, tuple[str, ...]], *inputs: str) -> None:
    """Write several media files of the same inputs, each with its arguments: to start ffmpeg takes longer than most."""
    command = [program(), "-nostdin", "-loglevel", "error", "-y", *inputs]
    for path, arguments in files.items():
        command += [*arguments, "-threads", "1", f"file:{path}"]
    subprocess.run(command, check=True)


def source(description: str) -> tuple[str, ...]:
    """The arguments of one generator, such as `sine=frequency=440:duration=2`."""
    return "-f", "lavfi", "-i", description


def type_of(path: Path) -> str:
    """The media type of a test file, by its ending."""
    return TYPES[path.suffix]


def huge_picture(width: int, height: int, rows: int = 0) -> bytes:
    """A PNG of a few bytes that claims this size; `rows` of it, all black, are really there."""
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
    return _png(width, height, 1, packed)


def grey_png(plane: NDArray[np.uint8]) -> bytes:
    """A PNG of luma."""
    height, width = plane.shape
    rows = np.pad(plane, ((0, 0), (1, 0)))  # each row begins with how it is filtered: not at all
    return _png(width, height, 8, zlib.compress(rows.tobytes(), 1))


def _png(width: int, height: int, bits: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def endless_silence(path: Path, seconds: int) -> Path:
    """A WAV file of silence at 8 kHz that takes no room on the disk, however long."""
    size = 8000 * seconds
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    with path.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size))
        file.write(b"\x80" * 16)
        file.truncate(44 + size)
    return path
