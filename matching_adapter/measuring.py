"""Measures files: characters and words of text, seconds of sound, bytes of everything: a use in numbers."""

from __future__ import annotations

import wave
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.media.decoder import DecodingFailed, probe
from matching_adapter.opening import opened
from matching_adapter.port import Amount, FileReference, rounded_down
from matching_adapter.tokens import tokenise

_MILLISECOND = Decimal("0.001")
_LONGEST_TEXT = 64 * 1024 * 1024


def amount_of(file: FileReference) -> Amount:
    """Return what can be measured of a whole file; bytes always.

    Text adds characters and words as the text engine counts them, sound and video add seconds. What cannot be measured
    is left out: broken sound is a matter for the engines, which say so.

    Raises:
        OSError: when the file cannot be read.

    """
    if file.media_type == "text/plain" and file.size <= _LONGEST_TEXT:
        text = text_of(file.path)
        if text is not None:
            tokens = tokenise(text)
            return Amount(characters=tokens.characters, words=len(tokens), bytes=file.size)
    if file.medium in ("audio", "video"):
        return Amount(seconds=seconds_of(file), bytes=file.size)
    return Amount(bytes=file.size)


def seconds_of(file: FileReference) -> Decimal | None:
    """Return the length of sound or video in seconds, to the millisecond; None when it cannot be told.

    Raises:
        OSError: when the file cannot be read.

    """
    if file.media_type == "audio/wav":
        seconds = wave_seconds(file.path)
        if seconds is not None:
            return seconds
    status = file.path.stat()
    return _probed(file.path, file.media_type, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=4096)
def _probed(path: Path, media_type: str, _state: tuple[int, int]) -> Decimal | None:
    """Several engines and the decision ask for the same file; the state makes a changed file another one."""
    try:
        return probe(path, media_type).seconds
    except DecodingFailed:
        return None


def text_of(path: Path) -> str | None:
    """Return the text of a file, or None when it is no text."""
    try:
        with opened(path) as stream:
            return decode_text(stream.read())
    except Undecodable:
        return None


def wave_seconds(path: Path) -> Decimal | None:
    """Return the length of an uncompressed WAV file in seconds, to the millisecond; None when it cannot be told.

    The header's own count is not believed beyond the bytes that are there.
    """
    try:
        with opened(path) as stream, wave.open(stream, "rb") as sound:
            frame, rate = sound.getnchannels() * sound.getsampwidth(), sound.getframerate()
            frames = min(sound.getnframes(), path.stat().st_size // max(1, frame))
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError):
        return None
    return rounded_down(Decimal(frames) / Decimal(rate), _MILLISECOND) if rate > 0 else None
