"""Generates sound, pictures and an encrypted archive from nothing, the same bytes every time."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from collections.abc import Sequence

import numpy as np

RATE = 8_000
"""Samples per second of all generated sound."""


def melody(notes: Sequence[int], seconds: int) -> bytes:
    """Return a WAV file (16 bit, mono) that plays notes, given in semitones above A3, over and over."""
    beat = RATE // 4
    time = np.arange(beat) / RATE
    fading = np.minimum(1.0, np.minimum(time * 60, (time[-1] - time) * 12))
    tones = []
    for place in range(seconds * 4):
        hertz = 220.0 * 2 ** (notes[place % len(notes)] / 12)
        tone = np.sin(2 * np.pi * hertz * time) + 0.4 * np.sin(4 * np.pi * hertz * time)
        tones.append(tone * fading * 0.5)
    return wave_file(np.concatenate(tones))


def harbour(seconds: int) -> bytes:
    """Return a WAV file with a small scene for the ear: swell, a buoy's bell, and a horn that comes nearer."""
    time = np.arange(seconds * RATE) / RATE
    noise = np.random.default_rng(20261).standard_normal(len(time))
    swell = np.convolve(noise, np.ones(24) / 24, "same") * (0.5 + 0.4 * np.sin(2 * np.pi * time / 5))
    bell = np.sin(2 * np.pi * 932 * time) * np.exp(-(time % 3.7) * 3)
    horn = np.sin(2 * np.pi * 139 * time) * (time % 8 > 6) * time / seconds
    return wave_file((swell + 0.4 * bell + 0.5 * horn) / 2)


def poster() -> bytes:
    """Return a PNG picture, 256 by 256 points, of a sun over waves; stored without compression."""
    down, across = np.mgrid[0:256, 0:256]
    waves = np.sin(across / 9 + np.sin(down / 13) * 2) * 24
    sun = (across - 176) ** 2 + (down - 80) ** 2 < 40**2
    sea = down + waves > 150
    red = np.where(sun & ~sea, 246, np.where(sea, 18 + waves, 252 - down / 3))
    green = np.where(sun & ~sea, 173, np.where(sea, 88 + waves * 2, 226 - down / 2))
    blue = np.where(sun & ~sea, 66, np.where(sea, 132 + waves, 190))
    picture = np.clip(np.stack([red, green, blue], axis=2), 0, 255).astype(np.uint8)
    rows = b"".join(b"\x00" + row.tobytes() for row in picture)
    header = struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 0)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def encrypted_zip(name: str, content: bytes, password: bytes) -> bytes:
    """Return a ZIP archive with one stored member under the traditional encryption of the format."""
    check = zlib.crc32(content)
    header = bytes(range(11)) + bytes([check >> 24])
    hidden = _hidden(header + content, password)
    encoded = name.encode("utf-8")
    fields = struct.pack("<HHHHHIIIHH", 20, 0x801, 0, 0, 0x5C21, check, len(hidden), len(content), len(encoded), 0)
    local = b"PK\x03\x04" + fields + encoded + hidden
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + encoded
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def wave_file(sound: np.typing.NDArray[np.float64]) -> bytes:
    """Return a WAV file (16 bit, mono) of samples from -1 to 1."""
    samples = np.clip(np.round(sound * 30_000), -32_768, 32_767).astype("<i2")
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return target.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _hidden(content: bytes, password: bytes) -> bytes:
    """Encrypt with the stream cipher of the ZIP specification (APPNOTE 6.1), which is weak and only shows the flag."""
    table = [zlib.crc32(bytes([value]), 0xFFFFFFFF) ^ 0xFFFFFFFF for value in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    hidden = bytearray()
    for byte in content:
        word = (keys[2] | 2) & 0xFFFF
        hidden.append(byte ^ (word * (word ^ 1) >> 8) & 0xFF)
        update(byte)
    return bytes(hidden)
