"""Films, songs and pictures that were encoded anew, as uploads are: drawn here, encoded by the ffmpeg of the package.

Each upload shows or plays a stretch of a work between something else, so that its share is known: near the limits of
the bands, and clearly beyond them. The same bytes every time, on the same version of ffmpeg.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casework.samples import media
from matching_adapter.media.decoder import run_decoder

FRAMES = 10
"""Frames a second of every film."""

WIDTH, HEIGHT = 256, 144
_SCENE = 3 * FRAMES
"""Frames that a scene lasts, over which the camera moves."""

_PLAIN = ("-map_metadata", "-1", "-fflags", "+bitexact", "-threads", "1")
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "27", "-pix_fmt", "yuv420p", "-flags:v", "+bitexact")
_AAC = ("-c:a", "aac", "-b:a", "32k", "-flags:a", "+bitexact")

Picture = NDArray[np.uint8]


@cache
def _scene(seed: int) -> Picture:
    """A street at dusk, wider than the frame: a sky, houses with windows that are lit, a road."""
    chance = np.random.default_rng(seed)
    wide = WIDTH + 2 * _SCENE
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    top, low = chance.uniform(20, 130, 3), chance.uniform(90, 240, 3)
    picture = np.broadcast_to(top + (low - top) * down, (HEIGHT, wide, 3)).copy()
    x = 0
    while x < wide:
        width, roof = int(chance.integers(14, 46)), int(chance.integers(15, 95))
        picture[roof:120, x : x + width] = chance.uniform(15, 170, 3)
        for y in range(roof + 5, 112, 11):
            for window in range(x + 4, x + width - 5, 9):
                if chance.random() < 0.55:
                    picture[y : y + 6, window : window + 5] = chance.uniform(120, 255, 3)
        x += width + int(chance.integers(0, 8))
    picture[120:] = chance.uniform(30, 90, 3)
    return picture.astype(np.uint8)


def frames(seed: int, first: int, count: int) -> Picture:
    """Frames ``first`` to ``first + count`` of the film of this seed: a new street every three seconds."""
    shown = []
    for number in range(first, first + count):
        cut, within = divmod(number, _SCENE)
        shown.append(_scene(1000 * seed + cut)[:, 2 * within : 2 * within + WIDTH])
    return np.stack(shown)


def film(pictures: Picture, sound: bytes) -> bytes:
    """Return an MP4 of these frames with the sound of a WAV file."""
    form = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES))
    return _encode(
        ".mp4", [(form, pictures.tobytes()), (("-f", "wav"), sound)], *_X264, *_AAC, "-shortest", "-f", "mp4"
    )


def song(sound: bytes) -> bytes:
    """Return an MP3 of a WAV file."""
    return _encode(".mp3", [(("-f", "wav"), sound)], "-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3")


def smaller_picture(png: bytes) -> bytes:
    """Return a JPEG of a PNG picture, three quarters as wide, and a little brighter."""
    change = ("-vf", "scale=iw*3/4:-1,eq=brightness=0.04", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "5")
    return _encode(".jpg", [(("-f", "png_pipe"), png)], *change, "-f", "image2", "-update", "1")


@cache
def study(seed: int, seconds: int) -> NDArray[np.float64]:
    """Return a piece for two voices that does not repeat: notes of a scale, each as loud and long as chance has it."""
    chance = np.random.default_rng(seed)
    whole = np.zeros(seconds * media.RATE)
    scale = (0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24)
    for base in (130.8, 261.6):
        at = 0
        while at < len(whole):
            length = int(chance.choice((0.2, 0.3, 0.45, 0.6)) * media.RATE)
            time = np.arange(min(length, len(whole) - at)) / media.RATE
            hertz = base * 2 ** (int(chance.choice(scale)) / 12)
            tone = sum(np.sin(2 * np.pi * hertz * part * time) / part for part in (1, 2, 3, 4))
            whole[at : at + len(time)] += tone * np.exp(-time * 3) * chance.uniform(0.3, 1)
            at += length
    piece: NDArray[np.float64] = whole / np.abs(whole).max() * 0.8
    piece.flags.writeable = False
    return piece


def _encode(ending: str, inputs: list[tuple[tuple[str, ...], bytes]], *arguments: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="casework-samples-") as folder:
        named: list[str] = []
        for number, (form, content) in enumerate(inputs):
            path = Path(folder) / f"in{number}"
            path.write_bytes(content)
            named += [*form, "-i", f"file:{path}"]
        target = Path(folder) / f"out{ending}"
        run_decoder([*named, *_PLAIN, *arguments], output=target)
        return target.read_bytes()


# What is made of it ---------------------------------------------------------------------------------------------------

FILM_SECONDS, UPLOAD_SECONDS = 40, 30


@cache
def dusk_film() -> bytes:
    """The film that is a work."""
    return film(frames(1, 0, FILM_SECONDS * FRAMES), media.wave_file(study(21, FILM_SECONDS)))


@cache
def film_upload(taken: int) -> bytes:
    """Half a minute with ``taken`` frames of the film from its third second on, then another; own music to both."""
    shown = np.concatenate([frames(1, 3 * FRAMES, taken), frames(2, 0, UPLOAD_SECONDS * FRAMES - taken)])
    return film(shown, media.wave_file(study(100 + taken, UPLOAD_SECONDS)))


@cache
def tide_study() -> bytes:
    """The piece of music that is a work."""
    return song(media.wave_file(study(31, 45)))


@cache
def tide_upload(tenths: int) -> bytes:
    """Half a minute with ``tenths`` tenths of a second of that piece, after something else."""
    length = tenths * media.RATE // 10
    own = study(200 + tenths, UPLOAD_SECONDS)[: UPLOAD_SECONDS * media.RATE - length]
    taken = study(31, 45)[5 * media.RATE : 5 * media.RATE + length]
    return song(media.wave_file(np.concatenate([own, taken])))


@cache
def small_poster() -> bytes:
    """The poster as somebody saved it from a page."""
    return smaller_picture(media.poster())
