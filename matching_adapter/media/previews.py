"""Small copies of media files for people to look at: an excerpt that browsers play, a strip of frames, a picture.

Everything is decoded and encoded anew in the sandbox of `decoder`, without the metadata of the file, so that what
leaves here is ours: MP4 with H.264 and AAC, which every common browser plays, and JPEG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching_adapter.media.decoder import DecodingFailed, Limits, input_arguments, run_decoder

Stretch: TypeAlias = tuple[Decimal, Decimal]
"""Half-open interval of a file in seconds."""

MOST_STRETCHES = 12
"""Stretches that one excerpt is put together from at most: the file is opened once for each."""

EXCERPT_LIMITS = Limits(cpu_seconds=240, wall_seconds=480, output_bytes=96 << 20)
STRIP_LIMITS = Limits(cpu_seconds=60, wall_seconds=120, output_bytes=8 << 20)

FRAME_WIDTH, FRAME_HEIGHT = 160, 90
LONGEST_SIDE = 1600
_LARGEST_PLAYED = (854, 480)
_FASTEST = 25
_FIT = "force_original_aspect_ratio=decrease"
_FULL_SCALE = 32768
_CLEAN = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")
_SOUND = ("-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-ac", "2", "-flags:a", "+bitexact")
_PICTURE = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "29", "-maxrate", "450k", "-bufsize", "900k"),
    *("-profile:v", "main", "-pix_fmt", "yuv420p", "-fpsmax", str(_FASTEST), "-g", "50"),
)


@dataclass(frozen=True, slots=True)
class Strip:
    """Frames side by side in one JPEG, and the second of the file at which each is seen."""

    jpeg: bytes
    times: tuple[Decimal, ...]


def write_excerpt(
    path: Path,
    media_type: str,
    stretches: Sequence[Stretch],
    target: Path,
    *,
    sound: bool,
    picture: bool,
    limits: Limits = EXCERPT_LIMITS,
) -> None:
    """Write these stretches, one after the other, as an MP4 that can be played while it is loaded.

    `sound` and `picture` say what the file has. Raises `DecodingFailed`, also `undecodable` where nothing came out,
    and `ValueError` for no stretch, too many, or neither sound nor picture.
    """
    if not 0 < len(stretches) <= MOST_STRETCHES or not (sound or picture):
        raise ValueError("an excerpt needs sound or a picture, and one to twelve stretches")
    arguments: list[str] = []
    for start, end in stretches:
        arguments += ["-ss", str(start), "-t", str(end - start), *input_arguments(path, media_type, limits)]
    arguments += ["-filter_complex", _joined(len(stretches), sound=sound, picture=picture)]
    arguments += (["-map", "[v]", *_PICTURE] if picture else []) + (["-map", "[a]", *_SOUND] if sound else [])
    arguments += [*_CLEAN, "-threads", "1", "-movflags", "+faststart", "-f", "mp4"]
    run_decoder(arguments, limits=limits, output=target)
    if not target.exists() or target.stat().st_size == 0:
        raise DecodingFailed("undecodable", "nothing of the stretch could be decoded")


def _joined(count: int, *, sound: bool, picture: bool) -> str:
    """The filters that bring every stretch into one shape and put them one after the other."""
    width, height = _LARGEST_PLAYED
    shape = f"scale=w='min(iw,{width})':h='min(ih,{height})':{_FIT}:force_divisible_by=2:threads=1"
    chains, joints = [], ""
    for number in range(count):
        if picture:
            chains.append(f"[{number}:V:0]{shape},setsar=1,setpts=PTS-STARTPTS[v{number}]")
            joints += f"[v{number}]"
        if sound:
            chains.append(
                f"[{number}:a:0]aresample=44100:async=1:first_pts=0,aformat=channel_layouts=stereo[a{number}]"
            )
            joints += f"[a{number}]"
    outputs = ("[v]" if picture else "") + ("[a]" if sound else "")
    chains.append(f"{joints}concat=n={count}:v={int(picture)}:a={int(sound)}{outputs}")
    return ";".join(chains)


def frame_strip(path: Path, media_type: str, *, seconds: Decimal, frames: int, limits: Limits = STRIP_LIMITS) -> Strip:
    """Take `frames` frames at equal distances out of `seconds` of a moving picture; raises `DecodingFailed`.

    Each is seen in the middle of its share of the time. A frame that could not be decoded is black.
    """
    if frames < 1 or seconds <= 0:
        raise ValueError("a strip needs a frame and some time")
    step = seconds / frames
    milliseconds = max(int(seconds * 1000), 1)
    cell = (
        f"scale=w={FRAME_WIDTH}:h={FRAME_HEIGHT}:{_FIT}:threads=1,pad={FRAME_WIDTH}:{FRAME_HEIGHT}:(ow-iw)/2:(oh-ih)/2"
    )
    rate = f"fps=fps={frames * 1000}/{milliseconds}:round=up:start_time=0"
    arguments = ["-ss", f"{step / 2:.3f}", *input_arguments(path, media_type, limits), "-map", "0:V:0"]
    arguments += ["-vf", f"{rate},{cell},setsar=1,tile={frames}x1", "-frames:v", "1"]
    jpeg = run_decoder([*arguments, *_JPEG, "pipe:1"], limits=limits)
    _require_jpeg(jpeg)
    times = tuple((step * number + step / 2).quantize(Decimal("0.001")) for number in range(frames))
    return Strip(jpeg, times)


_JPEG = (
    "-pix_fmt",
    "yuvj420p",
    "-c:v",
    "mjpeg",
    "-q:v",
    "4",
    "-map_metadata",
    "-1",
    "-threads",
    "1",
    "-f",
    "image2pipe",
)


def small_picture(
    path: Path,
    media_type: str,
    *,
    crop: tuple[Decimal, Decimal, Decimal, Decimal] | None = None,
    longest: int = LONGEST_SIDE,
    limits: Limits = STRIP_LIMITS,
) -> bytes:
    """Return a picture, or the part of it in `crop` (fractions: x0, y0, x1, y1), as a JPEG; raises `DecodingFailed`.

    Its longer side has at most `longest` pixels. Of a moving picture the first frame is taken; what is transparent
    becomes as the decoder fills it.
    """
    filters = ""
    if crop is not None:
        x0, y0, x1, y1 = crop
        filters = f"crop=w=max(2\\,iw*{x1 - x0:f}):h=max(2\\,ih*{y1 - y0:f}):x=iw*{x0:f}:y=ih*{y0:f},"
    filters += f"scale=w='min(iw,{longest})':h='min(ih,{longest})':{_FIT}:threads=1"
    arguments = [*input_arguments(path, media_type, limits), "-map", "0:V:0", "-vf", filters, "-frames:v", "1"]
    jpeg = run_decoder([*arguments, *_JPEG, "pipe:1"], limits=limits)
    _require_jpeg(jpeg)
    return jpeg


def _require_jpeg(content: bytes) -> None:
    if not content.startswith(b"\xff\xd8"):
        raise DecodingFailed("undecodable", "no picture could be decoded")


def peaks(samples: NDArray[np.int16], count: int) -> list[int]:
    """Return how loud each of `count` equal parts of the sound is at its loudest, from 0 to 100.

    Fewer parts where there are fewer samples.
    """
    count = min(count, len(samples))
    if count == 0:
        return []
    starts = np.arange(count, dtype=np.int64) * len(samples) // count
    loudest = np.maximum.reduceat(np.abs(samples.astype(np.int32)), starts)
    return [int(value) for value in (loudest * 100 + _FULL_SCALE - 1) // _FULL_SCALE]
