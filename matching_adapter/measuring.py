"""Measures files: characters and words of text, seconds of sound, bytes of everything: a use in numbers."""

from __future__ import annotations

import wave
from decimal import Decimal
from pathlib import Path

from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.port import Amount, FileReference, rounded_down
from matching_adapter.tokens import tokenise

_MILLISECOND = Decimal("0.001")
_LONGEST_TEXT = 64 * 1024 * 1024


def amount_of(file: FileReference) -> Amount:
    """Return what can be measured of a whole file; bytes always.

    Text adds characters and words as the text engine counts them, uncompressed WAV adds seconds; the length of other
    sound and of video is not known without decoding it.
    """
    if file.media_type == "text/plain" and file.size <= _LONGEST_TEXT:
        text = text_of(file.path)
        if text is not None:
            tokens = tokenise(text)
            return Amount(characters=tokens.characters, words=len(tokens), bytes=file.size)
    if file.media_type == "audio/wav":
        return Amount(seconds=wave_seconds(file.path), bytes=file.size)
    return Amount(bytes=file.size)


def text_of(path: Path) -> str | None:
    """Return the text of a file, or None when it is no text."""
    try:
        return decode_text(path.read_bytes())
    except Undecodable:
        return None


def wave_seconds(path: Path) -> Decimal | None:
    """Return the length of an uncompressed WAV file in seconds, to the millisecond; None when it cannot be told.

    The header's own count is not believed beyond the bytes that are there.
    """
    try:
        with wave.open(str(path), "rb") as sound:
            frame, rate = sound.getnchannels() * sound.getsampwidth(), sound.getframerate()
            frames = min(sound.getnframes(), path.stat().st_size // max(1, frame))
    except (wave.Error, EOFError, RuntimeError, ZeroDivisionError):
        return None
    return rounded_down(Decimal(frames) / Decimal(rate), _MILLISECOND) if rate > 0 else None
