"""The exact engine: identical files and nothing else, with what can be measured of them."""

from __future__ import annotations

import hashlib
import wave
from decimal import Decimal
from pathlib import Path

import pytest

from casework.samples.media import melody, poster
from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.measuring import wave_seconds
from matching_adapter.port import (
    Amount,
    Failed,
    FileReference,
    Matched,
    Medium,
    NoMatch,
    Segment,
    UploadFile,
    WorkFile,
)

TEXT = "夜市的灯\r\nThe lamp at the ferry."


def file(path: Path, content: bytes, media_type: str, medium: Medium) -> FileReference:
    path.write_bytes(content)
    return FileReference(path, path.name, media_type, medium, hashlib.sha256(content).hexdigest(), len(content))


def matched(tmp_path: Path, content: bytes, media_type: str, medium: Medium) -> tuple[Amount, tuple[Segment, ...]]:
    engine = ExactHashEngine()
    engine.put([WorkFile("w", "W", "rh", "text", file(tmp_path / "work", content, media_type, medium))])
    outcome = engine.match([UploadFile("u", 1, "p", file(tmp_path / "upload", content, media_type, medium))])[0]
    assert isinstance(outcome, Matched)
    (evidence,) = outcome.evidence
    assert evidence.method == "hash"
    assert evidence.share_of_upload == evidence.share_of_work == 1
    assert evidence.index_snapshot == engine.snapshot()
    return evidence.amount, evidence.segments


def whole(length: int | Decimal) -> tuple[Segment, ...]:
    return (Segment(0, length, 0, length, Decimal(1)),)


def test_text_has_characters_words_bytes_and_the_whole_text_as_segment(tmp_path: Path) -> None:
    amount, segments = matched(tmp_path, TEXT.encode("utf-16"), "text/plain", "text")
    assert amount == Amount(characters=4 + 17, words=4 + 5, bytes=len(TEXT.encode("utf-16")))
    assert segments == whole(len(TEXT))


def test_sound_has_seconds_where_they_can_be_told(tmp_path: Path) -> None:
    content = melody((0, 7), 3)
    assert matched(tmp_path, content, "audio/wav", "audio") == (
        Amount(seconds=Decimal(3), bytes=len(content)),
        whole(3),
    )
    other = (Path(__file__).parent / "media" / "tone.mp3").read_bytes()
    length = Decimal("0.504")
    assert matched(tmp_path, other, "audio/mpeg", "audio") == (Amount(seconds=length, bytes=len(other)), whole(length))
    assert matched(tmp_path, b"no sound", "audio/mpeg", "audio") == (Amount(bytes=8), ())


def test_pictures_and_documents_have_bytes(tmp_path: Path) -> None:
    content = poster()
    assert matched(tmp_path, content, "image/png", "image") == (Amount(bytes=len(content)), whole(len(content)))
    assert matched(tmp_path, b"%PDF-", "application/pdf", "text") == (Amount(bytes=5), ())


def test_one_byte_makes_another_file_and_failures_are_no_answers(tmp_path: Path) -> None:
    engine = ExactHashEngine()
    works = [
        WorkFile(name, name, "rh", "text", file(tmp_path / name, b"content", "text/plain", "text")) for name in "ba"
    ]
    engine.put(works)
    same = UploadFile("same", 1, "p", file(tmp_path / "same", b"content", "text/plain", "text"))
    other = UploadFile("other", 1, "p", file(tmp_path / "other", b"content.", "text/plain", "text"))
    gone = UploadFile("gone", 1, "p", file(tmp_path / "gone", b"content", "text/plain", "text"))
    changed = UploadFile("changed", 1, "p", file(tmp_path / "changed", b"content", "text/plain", "text"))
    (tmp_path / "gone").unlink()
    (tmp_path / "changed").write_bytes(b"other")
    outcomes = engine.match([same, gone, other, changed])
    assert isinstance(outcomes[0], Matched)
    assert [evidence.work_id for evidence in outcomes[0].evidence] == ["a", "b"]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Failed)] == ["unreadable", "changed"]
    assert isinstance(outcomes[2], NoMatch)
    engine.remove(["a", "b", "unknown"])
    assert isinstance(engine.match([same])[0], NoMatch)
    assert engine.put([WorkFile("x", "x", "rh", "text", gone.file)])[0].code == "unreadable"


def test_seconds_are_cut_to_milliseconds_and_not_believed_beyond_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44_100)
        sound.writeframes(bytes(4 * 10_000))
    assert wave_seconds(path) == Decimal("0.226")
    content = bytearray(path.read_bytes())
    content[40:44] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    assert wave_seconds(path) == Decimal("0.227")


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\x04\x00\x00\x00WAVE", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_broken_sound_has_no_length(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert wave_seconds(path) is None
