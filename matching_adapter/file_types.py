"""Tells what a file is from its bytes alone: media type, or why it is none that can be used.

Only the structure is read that a viewer would read first (magic numbers, headers, the walk over blocks); nothing is
decoded. Everything works on a read-only view, so that a large file on disk is not loaded into memory.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Callable
from typing import TypeAlias

View: TypeAlias = bytes | mmap.mmap

TEXT = "text/plain"
ENCRYPTED = "encrypted"
UNSUPPORTED = "unsupported"
UNDECODABLE = "undecodable"

_ENCRYPT_ENTRY = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP_ENTRY = re.compile(rb"PK\x01\x02.{4}(?=.)", re.DOTALL)
_HEAD = 4096
_PACKETS = 200  # of a transport stream that are looked at; its table comes ten times a second


class BadContent(ValueError):
    """The bytes begin like a known type but cannot be used. `code` is a stable reason, the message is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def media_type_of(view: View) -> str | None:
    """Return the media type that the bytes have, or None when they have no known signature (text has none).

    Raises:
        BadContent: for a known type that is encrypted, broken, or not accepted.

    """
    for signature, offset, detect in _SIGNATURES:
        if view[offset : offset + len(signature)] == signature:
            found = detect(view)
            if found is not None:
                return found
    start = _after_id3(view)
    if _mp3_frames(view, start):
        return "audio/mpeg"
    if _aac_frames(view, start):
        return "audio/aac"
    if _transport_stream(view):
        return "video/mp2t"
    return None


def _png(view: View) -> str:
    position, first = 8, True
    while position + 12 <= len(view):
        length, kind = struct.unpack(">I4s", view[position : position + 8])
        if first and (kind, length) != (b"IHDR", 13):
            break
        if kind == b"IEND":
            return "image/png"
        position, first = position + 12 + length, False
    raise BadContent(UNDECODABLE, "the PNG picture is broken or cut off")


def _jpeg(view: View) -> str:
    position = 2
    while position + 4 <= len(view) and view[position] == 0xFF:
        marker = view[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == 0xDA:
            if view.rfind(b"\xff\xd9") > position:
                return "image/jpeg"
            break
        (length,) = struct.unpack(">H", view[position + 2 : position + 4])
        if length < 2:
            break
        position += 2 + length
    raise BadContent(UNDECODABLE, "the JPEG picture is broken or cut off")


def _gif(view: View) -> str:
    position = 13 + _gif_colours(view[10]) if len(view) > 13 else len(view)
    pictures = 0
    while position < len(view):
        block = view[position]
        if block == 0x3B and pictures:
            return "image/gif"
        if block == 0x21:
            position += 2
        elif block == 0x2C and position + 10 < len(view):
            position += 11 + _gif_colours(view[position + 9])
            pictures += 1
        else:
            break
        while position < len(view) and view[position]:
            position += 1 + view[position]
        position += 1
    raise BadContent(UNDECODABLE, "the GIF picture is broken or cut off")


def _gif_colours(flags: int) -> int:
    """Return the bytes of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _riff(view: View) -> str:
    (size,) = struct.unpack("<I", view[4:8]) if len(view) >= 12 else (0,)
    kind = view[8:12]
    if kind == b"WEBP" and view[12:15] == b"VP8" and size + 8 <= len(view):
        return "image/webp"
    if kind == b"WAVE" and view.find(b"fmt ", 12, _HEAD) > 0 and view.find(b"data", 12) > 0:
        return "audio/wav"
    if kind == b"AVI " and view.find(b"hdrlavih", 12, _HEAD) > 0 and view.find(b"movi", 12) > 0:
        return "video/x-msvideo"
    if kind in (b"WEBP", b"WAVE", b"AVI "):
        raise BadContent(UNDECODABLE, "the file is broken or cut off")
    raise BadContent(UNSUPPORTED, "this kind of RIFF file is not accepted")


def _ogg(view: View) -> str:
    """Look at the first packet of every stream: all of them stand at the beginning."""
    position, kinds = 0, set()
    while view[position : position + 4] == b"OggS" and len(view) >= position + 28 and view[position + 5] & 2:
        begin = position + 27 + view[position + 26]
        packet = view[begin : begin + 16]
        if packet.startswith(b"\x80theora"):
            kinds.add("video/ogg")
        elif packet.startswith((b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")):
            kinds.add("audio/ogg")
        position = begin + sum(view[position + 27 : begin])
    if position == 0:
        raise BadContent(UNDECODABLE, "the Ogg file is broken or cut off")
    if not kinds:
        raise BadContent(UNSUPPORTED, "this kind of Ogg file is not accepted")
    return max(kinds)


def _flac(view: View) -> str:
    if len(view) >= 42 and view[4] & 0x7F == 0 and view[5:8] == b"\x00\x00\x22":
        return "audio/flac"
    raise BadContent(UNDECODABLE, "the FLAC file is broken or cut off")


_MP4_AUDIO = frozenset((b"M4A ", b"M4B "))
_MP4_VIDEO = frozenset(b"isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 dash MSNV 3gp4 3gp5 3gp6".split()) | {b"M4V "}
_QUICKTIME = b"qt  "


def _mp4(view: View) -> str:
    (size,) = struct.unpack(">I", view[:4])
    brand = view[8:12]
    if 16 <= size <= len(view) and view.find(b"moov", size) < 0 and view.find(b"moof", size) < 0:
        raise BadContent(UNDECODABLE, "the MP4 file is broken or cut off")
    if brand in _MP4_AUDIO:
        return "audio/mp4"
    if brand in _MP4_VIDEO:
        return "video/mp4"
    if brand == _QUICKTIME:
        return "video/quicktime"
    raise BadContent(UNSUPPORTED, "this kind of MP4 or HEIF file is not accepted")


def _program_stream(view: View) -> str:
    """MPEG-1 or MPEG-2 packs: behind the header of the first stands another start code."""
    first = view[4] if len(view) > 16 else 0
    behind = 14 + (view[13] & 7) if first >> 6 == 1 else 12
    known = first >> 6 == 1 or first >> 4 == 2
    if known and view[behind : behind + 3] == b"\x00\x00\x01" and view[behind + 3] >= 0xB9:
        return "video/mpeg"
    raise BadContent(UNDECODABLE, "the MPEG file is broken or cut off")


def _transport_stream(view: View) -> bool:
    """Say whether packets of 188 bytes, or of 192 as cameras write them, follow one another with a table among them."""
    for size, offset in ((188, 0), (192, 4)):
        packets = min(_PACKETS, (len(view) - offset) // size)
        starts = [offset + number * size for number in range(packets)]
        if packets < 3 or any(view[start] != 0x47 for start in starts):
            continue
        if any(view[start + 1] & 0x5F == 0x40 and view[start + 2] == 0 for start in starts):
            return True
    return False


def _matroska(view: View) -> str:
    head = view[:256]
    if b"\x42\x82" in head and b"webm" in head:
        return "video/webm"
    if b"\x42\x82" in head and b"matroska" in head:
        return "video/x-matroska"
    raise BadContent(UNDECODABLE, "the Matroska file is broken or cut off")


def _pdf(view: View) -> str:
    if view.find(b"%%EOF", max(0, len(view) - 2048)) < 0:
        raise BadContent(UNDECODABLE, "the PDF document is cut off")
    if _ENCRYPT_ENTRY.search(view) or b"/Encr#" in view[-_HEAD:] or re.search(rb"/#45ncrypt|/E#6[eE]crypt", view):
        raise BadContent(ENCRYPTED, "the PDF document is encrypted")
    return "application/pdf"


def _zip(view: View) -> str:
    # Bit 0 of the flags says "encrypted": at 6 in each local header, at 8 in each entry of the directory.
    local = len(view) > 6 and view[:4] == b"PK\x03\x04" and view[6] & 1
    if local or any(view[entry.end()] & 1 for entry in _ZIP_ENTRY.finditer(view)):
        raise BadContent(ENCRYPTED, "the ZIP archive is encrypted")
    if view.rfind(b"PK\x05\x06") < 0:
        raise BadContent(UNDECODABLE, "the ZIP archive is broken or cut off")
    raise BadContent(UNSUPPORTED, "archives are not accepted; send the files one by one")


def _ole(view: View) -> str:
    if view.find(_OLE_ENCRYPTED) >= 0:
        raise BadContent(ENCRYPTED, "the office document is encrypted")
    raise BadContent(UNSUPPORTED, "office documents are not accepted; send a PDF")


def _refused(name: str) -> Callable[[View], str]:
    def refuse(view: View) -> str:
        raise BadContent(UNSUPPORTED, f"{name} files are not accepted")

    return refuse


def _id3(view: View) -> str | None:
    if view[3:4] >= b"\x10":
        return None  # a text that begins with these letters; tags have a small version number here
    start = _after_id3(view)
    if _mp3_frames(view, start):
        return "audio/mpeg"
    if _aac_frames(view, start):
        return "audio/aac"
    raise BadContent(UNDECODABLE, "the MP3 file holds no sound after its tags")


def _after_id3(view: View) -> int:
    """Return where the sound begins: behind the ID3v2 tag, whose size is written in seven-bit bytes."""
    if view[:3] != b"ID3" or len(view) < 10:
        return 0
    size = 0
    for byte in view[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


_MP3_RATES = (44100, 48000, 32000)
_MP3_BITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _mp3_frames(view: View, position: int) -> bool:
    """Say whether two layer III frames follow one another at the place; one header alone happens by chance."""
    for _ in range(2):
        length = _mp3_frame_length(view[position : position + 4])
        if length == 0:
            return False
        position += length
    return position <= len(view)


def _mp3_frame_length(header: bytes) -> int:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or rate == 3 or bits in (0, 15):
        return 0
    table = _MP3_BITS[3 if version == 3 else 2]
    hertz = _MP3_RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if version == 3 else 72) * table[bits] * 1000 // hertz + (header[2] >> 1 & 1)


_AAC_RATES = 13


def _aac_frames(view: View, position: int) -> bool:
    """Say whether three ADTS frames of one kind follow one another at the place."""
    first = view[position : position + 4]
    for _ in range(3):
        header = view[position : position + 7]
        if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 >= _AAC_RATES:
            return False
        if header[1:3] != first[1:3]:
            return False
        position += (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return position <= len(view)


_SIGNATURES: tuple[tuple[bytes, int, Callable[[View], str | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"GIF87a", 0, _gif),
    (b"GIF89a", 0, _gif),
    (b"RIFF", 0, _riff),
    (b"OggS", 0, _ogg),
    (b"fLaC", 0, _flac),
    (b"ID3", 0, _id3),
    (b"ftyp", 4, _mp4),
    (b"\x1aE\xdf\xa3", 0, _matroska),
    (b"\x00\x00\x01\xba", 0, _program_stream),
    (b"%PDF-", 0, _pdf),
    (b"PK\x03\x04", 0, _zip),
    (b"PK\x05\x06", 0, _zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, _ole),
    (b"7z\xbc\xaf\x27\x1c", 0, _refused("7z")),
    (b"Rar!\x1a\x07", 0, _refused("RAR")),
    (b"\x1f\x8b\x08", 0, _refused("gzip")),
    (b"\x7fELF", 0, _refused("program")),
    (b"MZ\x90\x00", 0, _refused("program")),
    (b"#!", 0, _refused("script")),
)
