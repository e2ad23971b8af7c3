"""Media files for tests, made by ffmpeg itself from its generators."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

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
    command = [program(), "-nostdin", "-loglevel", "error", "-y", *arguments, "-threads", "1", f"file:{path}"]
    subprocess.run(command, check=True)
    return path


def source(description: str) -> tuple[str, ...]:
    """The arguments of one generator, such as `sine=frequency=440:duration=2`."""
    return "-f", "lavfi", "-i", description


def type_of(path: Path) -> str:
    """The media type of a test file, by its ending."""
    return TYPES[path.suffix]


def huge_picture(width: int, height: int, rows: int = 0) -> bytes:
    """A PNG of a few bytes that claims this size; `rows` of it, all black, are really there."""
    row = bytes(1 + (width + 7) // 8)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(row) for _ in range(rows)) + packer.flush()
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
