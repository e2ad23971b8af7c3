"""Decodes sound and pictures of untrusted files, outside this process: the only door between engines and media files.

Every type of file goes to the one demultiplexer that its type names, and only to decoders on a list, so that no file
can pass for a playlist that names other files or addresses. The input is given by its absolute path behind `file:`,
so that no name is taken for an option or a protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matching_adapter.media.child import DecodingFailed, Limits, output_of
from matching_adapter.port import shortest

__all__ = [
    "DEMULTIPLEXERS",
    "DecodingFailed",
    "Limits",
    "MediaInfo",
    "chromaprint",
    "chromaprint_items",
    "input_arguments",
    "luma_frames",
    "luma_picture",
    "probe",
    "run_decoder",
    "sound",
    "sound_blocks",
    "sound_pair",
    "sound_pair_blocks",
]

DEMULTIPLEXERS: dict[str, str] = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/mp4": "mov",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/ogg": "ogg",
    "image/png": "png_pipe",
    "image/jpeg": "jpeg_pipe",
    "image/gif": "gif",
    "image/webp": "webp_pipe",
}
"""The media types that are decoded, and ffmpeg's demultiplexer of each; none of them opens other files."""

_PICTURE_DECODERS = """
png apng mjpeg gif webp h264 hevc vp8 vp9 libdav1d libaom-av1 av1 mpeg1video mpeg2video mpeg4 msmpeg4v1 msmpeg4v2
msmpeg4 h263 flv theora prores dnxhd dvvideo cinepak svq1 svq3 rawvideo huffyuv ffvhuff ffv1 qtrle wmv1 wmv2 wmv3 vc1
indeo3 indeo4 indeo5
"""
_SOUND_DECODERS = """
aac aac_latm mp1 mp1float mp2 mp2float mp3 mp3float vorbis opus flac alac ac3 eac3 dca speex libopencore_amrnb amrnb
amrwb wmav1 wmav2 adpcm_ms adpcm_ima_wav adpcm_ima_qt pcm_s8 pcm_u8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be
pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_alaw pcm_mulaw pcm_dvd pcm_bluray
"""
_DECODERS = ",".join((_PICTURE_DECODERS + _SOUND_DECODERS).split())
_AUDIO, _PICTURE = "0:a:0", "0:V:0"  # V leaves out pictures that are only attached, such as the cover of an album
_STEREO = "aresample=async=1:first_pts=0,aformat=channel_layouts=stereo,pan=stereo|c0=0.5*c0+0.5*c1|c1=c0"
_IN_BLOCKS = ("-flush_packets", "0")  # otherwise every packet is written, and read here, by itself
_FRAMES_AT_ONCE = 64
_MILLISECOND = Decimal("0.001")
_FEW_SECONDS, _PICTURE_SECONDS = 60, 60  # a picture may stand for a minute, and the whole may have one such minute more
_TAIL = 1 << 15  # holds the last packets of either stream, also where they come in another order than they are shown


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a file holds, as counted from its packets and not as its header claims.

    `seconds` is the length of the longest stream to the millisecond, None for single pictures; `width` and `height`
    are pixels before any rotation, `frame_rate` pictures per second on the average; all None without a picture.
    """

    seconds: Decimal | None
    has_sound: bool
    has_picture: bool
    width: int | None
    height: int | None
    frame_rate: Decimal | None


def input_arguments(path: Path, media_type: str, limits: Limits | None = None) -> list[str]:
    """Return ffmpeg's arguments that open this one file and nothing else, up to and with `-i`.

    Raises:
        DecodingFailed: `undecodable`, for a media type that is not decoded here, and for what is no regular file.

    """
    if path.exists() and not path.is_file():
        raise DecodingFailed("undecodable", "it is no regular file")  # a pipe or a device, and would never end
    limits = limits or Limits()
    demultiplexer = DEMULTIPLEXERS.get(media_type)
    if demultiplexer is None:
        raise DecodingFailed("undecodable", f"{media_type} is not decoded here")
    # A whole file name may stand in an argument, but never at its beginning.
    guarded = ["-protocol_whitelist", "file", "-codec_whitelist", _DECODERS, "-max_pixels", str(limits.most_pixels)]
    return ["-threads", "1", *guarded, "-f", demultiplexer, "-i", f"file:{path.absolute()}"]


def run_decoder(arguments: Sequence[str], *, limits: Limits | None = None, output: Path | None = None) -> bytes:
    """Run ffmpeg with these arguments under the limits and return what it writes to its output.

    For files made from files, such as previews. `arguments` must open untrusted files by `input_arguments` only, and
    end with `pipe:1`, or, where the format cannot be written to a pipe, leave the end to `output`, a file that may
    take as many bytes as the limits say.

    Raises:
        DecodingFailed: see there.

    """
    limits = limits or Limits()
    target = [] if output is None else ["-y", f"file:{output.absolute()}"]
    whole = bytearray()
    for piece in output_of(["-filter_threads", "1", *arguments, *target], limits, writes_files=output is not None):
        whole += piece
    return bytes(whole)


def probe(path: Path, media_type: str, limits: Limits | None = None) -> MediaInfo:
    """Say what a file holds and how long it is, by walking over its packets; nothing is decoded.

    A long film with hardly a picture in it is refused as `undecodable`: a few changed bytes make times jump, and every
    second of such a gap would have to be filled with pictures that nobody made.

    Several engines ask for the same file one after another: what was found is kept for as long as it does not change.

    Raises:
        DecodingFailed: `undecodable`, `too_long`, `too_large`, `timeout`, `too_much_memory`, `decoder_missing`.

    """
    try:
        status = path.stat()
    except OSError:
        return _walked(path, media_type, limits or Limits())
    # A file that is written to while it is walked over has another time of change afterwards.
    state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _walked_once(path.absolute(), media_type, limits or Limits(), state)


@lru_cache(maxsize=1024)
def _walked_once(path: Path, media_type: str, limits: Limits, _state: tuple[int, ...]) -> MediaInfo:
    return _walked(path, media_type, limits)


def _walked(path: Path, media_type: str, limits: Limits) -> MediaInfo:
    arguments = input_arguments(path, media_type, limits)
    arguments += ["-map", f"{_PICTURE}?", "-map", f"{_AUDIO}?", "-t", str(limits.longest_seconds + 2)]
    listing = _Listing()
    for piece in output_of([*arguments, "-c", "copy", *_IN_BLOCKS, "-f", "framecrc", "pipe:1"], limits):
        listing.add(piece)
    info = listing.info(single=media_type in _SINGLE)
    if info.seconds is not None and info.seconds > limits.longest_seconds:
        raise DecodingFailed("too_long", f"longer than {limits.longest_seconds} s")
    pictures, last = listing.pictures()
    if info.seconds is not None and last > _FEW_SECONDS + pictures * _PICTURE_SECONDS:
        raise DecodingFailed("undecodable", f"{pictures} pictures cannot fill {last} s: its times jump")
    if info.width is not None and info.height is not None and info.width * info.height > limits.most_pixels:
        raise DecodingFailed("too_large", f"{info.width} x {info.height} pixels")
    return info


_WRAPPED = 1 << 32
_SINGLE = frozenset(media_type for media_type in DEMULTIPLEXERS if media_type.startswith("image/"))


class _Listing:
    """ffmpeg's list of packets, of which only the head, the tail and the number of pictures are kept."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._packets = {b"\n0,": 0, b"\n1,": 0}

    def add(self, piece: bytes) -> None:
        if len(self._head) < _TAIL:
            self._head += piece[:_TAIL]
        seam = bytes(self._tail[-2:]) + piece
        for sign in self._packets:
            self._packets[sign] += seam.count(sign)
        self._tail += piece
        del self._tail[:-_TAIL]

    def pictures(self) -> tuple[int, Decimal]:
        """Return how many pictures there are, and the second at which the last one ends."""
        fields = _fields(bytes(self._head))
        for (name, number), value in fields.items():
            if (name, value) == ("media_type", "video"):
                return self._packets[f"\n{number},".encode()], self._ends(fields)[number]
        return 0, Decimal(0)

    def info(self, *, single: bool) -> MediaInfo:
        fields = _fields(bytes(self._head))
        kinds = {value: number for (name, number), value in fields.items() if name == "media_type"}
        if not kinds or not any(self._packets.values()):
            raise DecodingFailed("undecodable", "the file holds neither sound nor picture")
        width = height = None
        picture = kinds.get("video")
        if picture is not None:
            sides = fields.get(("dimensions", picture), "0x0").split("x")
            width, height = int(sides[0]), int(sides[1])
            if width == 0 or height == 0:
                raise DecodingFailed("undecodable", "the size of the picture cannot be told")
        seconds = None if single else max(self._ends(fields).values())
        rate = None
        if picture is not None and seconds:
            pictures = self._packets[f"\n{picture},".encode()]
            rate = shortest((Decimal(pictures) / seconds).quantize(_MILLISECOND))
        return MediaInfo(seconds, "audio" in kinds, picture is not None, width, height, rate)

    def _ends(self, fields: dict[tuple[str, str], str]) -> dict[str, Decimal]:
        """Return for each stream the end of the packet that ends last, in seconds."""
        last = {number.encode(): 0 for (name, number) in fields if name == "media_type"}
        lines = bytes(self._tail).partition(b"\n")[2].splitlines()
        if len(self._tail) == _TAIL:
            lines += bytes(self._head).splitlines()
        for line in lines:
            columns = line.split(b",")
            if columns[0] not in last or len(columns) < 5:
                continue
            # The time to be shown is missing from some packets of old formats: a very negative number then. Sound that
            # ends before its last packet begins has a length below zero, written as one without a sign.
            length = int(columns[3])
            ticks = max(int(columns[1]), int(columns[2])) + (length - _WRAPPED if length >= _WRAPPED // 2 else length)
            last[columns[0]] = max(last[columns[0]], ticks)
        ends = {}
        for name, ticks in last.items():
            numerator, denominator = fields["tb", name.decode()].split("/") if ticks else (0, 1)
            seconds = Decimal(ticks * int(numerator)) / Decimal(int(denominator))
            ends[name.decode()] = shortest(seconds.quantize(_MILLISECOND, ROUND_HALF_EVEN))
        return ends


def _fields(head: bytes) -> dict[tuple[str, str], str]:
    """Read lines such as `#dimensions 0: 320x240` into {("dimensions", "0"): "320x240"}."""
    found = {}
    for line in head.decode("ascii", "replace").splitlines():
        name, colon, value = line.removeprefix("#").partition(": ")
        if line.startswith("#") and colon and " " in name:
            what, number = name.rsplit(" ", 1)
            found[what, number] = value
    return found


def sound(
    path: Path, media_type: str, *, rate: int, channel: Literal["mix", "left"], limits: Limits | None = None
) -> NDArray[np.int16]:
    """Decode the first sound track to mono at `rate` samples a second: the mean of left and right, or left alone.

    Gaps in the file are silence in the array, so that sample n is at n / rate seconds of the file. All of it is in
    memory at once: see `sound_blocks`.

    Raises:
        DecodingFailed: `no_sound` and every other code.

    """
    return np.concatenate(list(sound_blocks(path, media_type, rate=rate, channel=channel, limits=limits)))


def sound_pair(
    path: Path, media_type: str, *, rate: int, limits: Limits | None = None
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Decode once, and return what `sound` returns for "mix" and for "left".

    Raises:
        DecodingFailed: see `sound`.

    """
    mixes, lefts = zip(*sound_pair_blocks(path, media_type, rate=rate, limits=limits), strict=True)
    return np.concatenate(mixes), np.concatenate(lefts)


def sound_blocks(
    path: Path, media_type: str, *, rate: int, channel: Literal["mix", "left"], limits: Limits | None = None
) -> Iterator[NDArray[np.int16]]:
    """Yield what `sound` returns in pieces, as they are decoded, so that hours of sound take no memory.

    Raises:
        DecodingFailed: see `sound`; pieces may have come before.

    """
    pan = f"{_STEREO},pan=mono|c0={'c0' if channel == 'mix' else 'c1'}"
    for block in _samples(path, media_type, rate, pan, 1, limits or Limits()):
        yield block[:, 0]


def sound_pair_blocks(
    path: Path, media_type: str, *, rate: int, limits: Limits | None = None
) -> Iterator[tuple[NDArray[np.int16], NDArray[np.int16]]]:
    """Yield what `sound_pair` returns in pieces, as they are decoded: "mix" and "left", equally long.

    Raises:
        DecodingFailed: see `sound`; pieces may have come before.

    """
    for block in _samples(path, media_type, rate, _STEREO, 2, limits or Limits()):
        yield np.ascontiguousarray(block[:, 0]), np.ascontiguousarray(block[:, 1])


def _samples(
    path: Path, media_type: str, rate: int, filters: str, channels: int, limits: Limits
) -> Iterator[NDArray[np.int16]]:
    """Yield samples as (n, channels)."""
    arguments = [*input_arguments(path, media_type, limits), "-map", _AUDIO, "-af", filters, "-ar", str(rate)]
    arguments += ["-t", str(limits.longest_seconds + 1), "-c:a", "pcm_s16le", *_IN_BLOCKS]
    arguments += ["-f", "s16le", "pipe:1"]
    width, waiting, seen = 2 * channels, bytearray(), 0
    for piece in output_of(["-filter_threads", "1", *arguments], limits):
        waiting += piece
        seen += len(piece)
        if seen > limits.longest_seconds * rate * width:
            raise DecodingFailed("too_long", f"longer than {limits.longest_seconds} s")
        if whole := len(waiting) // width * width:
            samples = np.frombuffer(bytes(waiting[:whole]), np.dtype("<i2")).astype(np.int16, copy=False)
            del waiting[:whole]
            yield samples.reshape(-1, channels)
    if seen < width:
        raise DecodingFailed("undecodable", "no sound could be decoded")


def luma_frames(
    path: Path,
    media_type: str,
    *,
    frames_per_second: int,
    size: int = 256,
    limits: Limits | None = None,
    skip_unneeded: bool = False,
) -> Iterator[NDArray[np.uint8]]:
    """Yield the brightness of the moving picture in arrays of (n, size, size), at most 64 frames at a time.

    Frame n of all of them is what is seen at n / `frames_per_second` seconds of the file. The picture is squeezed into
    the square; bars stay. `skip_unneeded` leaves out frames that no other frame needs, and the smoothing: half as long
    again in the same time, a little less exact in time.

    Raises:
        DecodingFailed: `no_picture` and every other code; frames may have come before.

    """
    limits = limits or Limits()
    saving = ["-skip_frame", "noref", "-skip_loop_filter", "all"] if skip_unneeded else []
    grid = f"fps=fps={frames_per_second}:round=up:start_time=0"
    filters = f"{grid},scale={size}:{size}:flags=area:threads=1,format=gray"
    arguments = [*saving, *input_arguments(path, media_type, limits), "-map", _PICTURE, "-vf", filters]
    arguments += ["-t", str(limits.longest_seconds + 1), "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"]
    area, most = size * size, limits.longest_seconds * frames_per_second
    waiting, frames = bytearray(), 0
    for piece in output_of(["-filter_threads", "1", *arguments], limits):
        waiting += piece
        if len(waiting) >= _FRAMES_AT_ONCE * area:
            whole = len(waiting) // area
            frames += whole
            _check_frames(frames, most, limits)
            pixels = np.frombuffer(bytes(waiting[: whole * area]), np.uint8).reshape(whole, size, size)
            del waiting[: whole * area]
            for start in range(0, whole, _FRAMES_AT_ONCE):
                yield pixels[start : start + _FRAMES_AT_ONCE]
    if whole := len(waiting) // area:
        frames += whole
        _check_frames(frames, most, limits)
        yield np.frombuffer(bytes(waiting[: whole * area]), np.uint8).reshape(whole, size, size)
    if frames == 0:
        raise DecodingFailed("undecodable", "no picture could be decoded")


def _check_frames(frames: int, most: int, limits: Limits) -> None:
    if frames > most:
        raise DecodingFailed("too_long", f"longer than {limits.longest_seconds} s")


def luma_picture(path: Path, media_type: str, *, longest: int, limits: Limits | None = None) -> NDArray[np.uint8]:
    """Return the brightness of a picture as (height, width), its longer side at most `longest` pixels.

    Smaller pictures keep their size; the first picture of a moving one is taken; turned as its EXIF data say.

    Raises:
        DecodingFailed: `no_picture` and every other code.

    """
    limits = limits or Limits()
    filters = f"scale=w='min(iw,{longest})':h='min(ih,{longest})':force_original_aspect_ratio=decrease:flags=area,"
    arguments = [*input_arguments(path, media_type, limits), "-map", _PICTURE, "-vf", filters + "format=gray"]
    arguments += ["-frames:v", "1", "-c:v", "pgm", "-f", "image2pipe", "pipe:1"]
    written = run_decoder(arguments, limits=limits)
    header = written.split(b"\n", 3)
    if len(header) < 4 or header[0] != b"P5" or header[2] != b"255":
        raise DecodingFailed("undecodable", "no picture could be decoded")
    width, height = (int(side) for side in header[1].split())
    return np.frombuffer(header[3], np.uint8, count=width * height).reshape(height, width)


def chromaprint_items(path: Path, media_type: str, limits: Limits | None = None) -> NDArray[np.uint32]:
    """Return the Chromaprint fingerprint of the whole first sound track: one item for about 0.124 s.

    Sound of less than about three seconds has none: the array is empty.

    Raises:
        DecodingFailed: `no_sound` and every other code; `decoder_missing` for an ffmpeg built without Chromaprint.

    """
    return chromaprint(path, media_type, limits)[0]


def chromaprint(path: Path, media_type: str, limits: Limits | None = None) -> tuple[NDArray[np.uint32], Decimal]:
    """Return what `chromaprint_items` returns, and the seconds of the whole file as `probe` tells them.

    Raises:
        DecodingFailed: see `chromaprint_items`.

    """
    limits = limits or Limits()
    info = probe(path, media_type, limits)
    if not info.has_sound:
        raise DecodingFailed("no_sound", "the file holds no sound")
    arguments = [*input_arguments(path, media_type, limits), "-map", _AUDIO, "-t", str(limits.longest_seconds + 1)]
    written = run_decoder([*arguments, "-f", "chromaprint", "-fp_format", "raw", "pipe:1"], limits=limits)
    items = np.frombuffer(written, np.dtype("<u4"), count=len(written) // 4).astype(np.uint32, copy=False)
    return items, info.seconds or Decimal(0)
