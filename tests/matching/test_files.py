"""Files as people send them: real ones of every accepted type, and every kind that is refused, with its reason."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zipfile
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from casework.samples.media import encrypted_zip, melody, poster
from matching_adapter.files import KINDS, FileRefused, inspect_file

MEDIA = Path(__file__).parent / "media"
LIMIT = 1_000_000
TEXT = "Ein Text, 一段文字。\n"


@cache
def picture(kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert("RGB").save(target, kind, **options)
    return target.getvalue()


@cache
def pdf(*, password: str | None = None, object_streams: bool = False) -> bytes:
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        mode = pikepdf.ObjectStreamMode.generate if object_streams else pikepdf.ObjectStreamMode.disable
        encryption = pikepdf.Encryption(owner=password, user=password) if password else False
        document.save(target, encryption=encryption, object_stream_mode=mode)
    return target.getvalue()


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(zipfile.ZipInfo("a.txt"), "content")
    return target.getvalue()


def code_of(name: str, content: bytes | Path, limit: int = LIMIT) -> str:
    with pytest.raises(FileRefused) as refusal:
        inspect_file(name, content, limit_bytes=limit)
    assert refusal.value.detail
    return refusal.value.code


ACCEPTED = [
    ("a.txt", TEXT.encode(), "text/plain"),
    ("a.txt", TEXT.encode("utf-8-sig"), "text/plain"),
    ("a.txt", TEXT.encode("utf-16"), "text/plain"),
    ("a.txt", b"\xfe\xff" + TEXT.encode("utf-16-be"), "text/plain"),
    ("a.txt", "渡口的时刻表是用粉笔写的".encode("gb18030"), "text/plain"),
    ("notes.md", b"# Title\n\n5 < 6 and a <b> in passing\n", "text/plain"),
    ("no-ending", TEXT.encode(), "text/plain"),
    ("照片.PNG", picture("PNG"), "image/png"),
    ("poster.png", poster(), "image/png"),
    ("a.jpg", picture("JPEG"), "image/jpeg"),
    ("a.jpeg", picture("JPEG", progressive=True), "image/jpeg"),
    ("a.gif", picture("GIF"), "image/gif"),
    ("a.webp", picture("WEBP"), "image/webp"),
    ("a.webp", picture("WEBP", lossless=True), "image/webp"),
    ("a.pdf", pdf(), "application/pdf"),
    ("a.pdf", pdf(object_streams=True), "application/pdf"),
    ("a.wav", melody((0, 4, 7), 1), "audio/wav"),
]
FROM_DISK = [
    ("tone.wav", "audio/wav"),
    ("tone.mp3", "audio/mpeg"),
    ("tagged.mp3", "audio/mpeg"),
    ("tone.ogg", "audio/ogg"),
    ("tone.opus", "audio/ogg"),
    ("tone.flac", "audio/flac"),
    ("tone.m4a", "audio/mp4"),
    ("picture.mp4", "video/mp4"),
    ("picture.webm", "video/webm"),
    ("picture.mkv", "video/x-matroska"),
    ("picture.mov", "video/quicktime"),
    ("theora.ogg", "video/ogg"),
]


@pytest.mark.parametrize(
    ("name", "content", "media_type"), ACCEPTED, ids=[f"{number}-{one[0]}" for number, one in enumerate(ACCEPTED)]
)
def test_accepts_files_in_memory(name: str, content: bytes, media_type: str, tmp_path: Path) -> None:
    found = inspect_file(name, content, limit_bytes=LIMIT)
    assert (found.name, found.media_type, found.kind) == (name, media_type, KINDS[media_type])
    assert (found.sha256, found.size) == (hashlib.sha256(content).hexdigest(), len(content))
    stored = tmp_path / "stored"
    stored.write_bytes(content)
    assert inspect_file(name, stored, limit_bytes=LIMIT) == found


@pytest.mark.parametrize(("name", "media_type"), FROM_DISK)
def test_accepts_files_on_disk(name: str, media_type: str) -> None:
    found = inspect_file(name, MEDIA / name, limit_bytes=LIMIT)
    assert (found.media_type, found.kind) == (media_type, KINDS[media_type])
    assert inspect_file(Path(name).stem, (MEDIA / name).read_bytes(), limit_bytes=LIMIT).sha256 == found.sha256


@pytest.mark.parametrize(("name", "media_type"), FROM_DISK)
def test_refuses_media_under_a_name_of_another_type(name: str, media_type: str) -> None:
    assert code_of("a.txt", MEDIA / name) == "wrong_type"
    assert code_of("a.png", MEDIA / name) == "wrong_type"


REAL = [content for _, content, _ in ACCEPTED] + [(MEDIA / name).read_bytes() for name, _ in FROM_DISK]
FOR_CONTENT = {"wrong_type", "encrypted", "undecodable", "unsupported"}
REFUSED = [
    ("empty.txt", b"", "empty"),
    ("empty.png", b"", "empty"),
    ("a.txt", picture("PNG"), "wrong_type"),
    ("a.png", picture("JPEG"), "wrong_type"),
    ("a.png", TEXT.encode(), "wrong_type"),
    ("a.jpg", b"\x00\x01\x02\x03" * 40, "wrong_type"),
    ("a.pdf", b"just text", "wrong_type"),
    ("a.mp3", pdf(), "wrong_type"),
    ("a.png", b"MZ\x90\x00" + bytes(100), "wrong_type"),
    ("a.txt", archive(), "wrong_type"),
    ("a.pdf", pdf(password="secret"), "encrypted"),
    ("a.pdf", pdf(password="secret", object_streams=True), "encrypted"),
    ("a.pdf", pdf(password="secret").replace(b"/Encrypt ", b"/#45ncrypt "), "encrypted"),
    ("a.zip", encrypted_zip("a.txt", b"content", b"password"), "encrypted"),
    ("a.txt", encrypted_zip("a.txt", b"content", b"password"), "encrypted"),
    ("a.zip", archive(), "unsupported"),
    ("a", archive(), "unsupported"),
    ("a.docx", archive(), "unsupported"),
    ("a.zip", archive()[:-30], "undecodable"),
    ("a.exe", b"MZ\x90\x00" + bytes(100), "unsupported"),
    ("run.sh", b"#!/bin/sh\necho\n", "unsupported"),
    ("run.txt", b"#!/bin/sh\necho\n", "wrong_type"),
    ("a.bin", bytes(range(256)), "unsupported"),
    ("a.xyz", b"plain words", "unsupported"),
    ("a.txt", bytes(range(256)), "undecodable"),
    ("a.txt", b"caf\xe9 ol\xe9", "undecodable"),
    ("a.txt", "text".encode("utf-16-le"), "undecodable"),
    ("a.txt", b"\xff\xfea", "undecodable"),
    ("a.txt", b"words\x00words", "undecodable"),
    ("a.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x02ab", "undecodable"),
    ("a.png", picture("PNG")[:-20], "undecodable"),
    ("a.jpg", picture("JPEG")[:200], "undecodable"),
    ("a.gif", picture("GIF")[:200], "undecodable"),
    ("a.gif", b"GIF89a=1;alert('no picture at all');//", "undecodable"),
    ("a.webp", picture("WEBP")[:60], "undecodable"),
    ("a.pdf", pdf()[:-200], "undecodable"),
    ("a.wav", b"RIFF\x10\x00\x00\x00WAVEnothing", "undecodable"),
    ("a.mp4", (MEDIA / "picture.mp4").read_bytes()[:60], "undecodable"),
    ("a.oga", (MEDIA / "theora.ogg").read_bytes(), "wrong_type"),
    ("a.ogg", (MEDIA / "theora.ogg").read_bytes().replace(b"theora", b"dirac!"), "unsupported"),
    ("a.ogg", (MEDIA / "theora.ogg").read_bytes()[:20], "undecodable"),
    ("a.heic", (MEDIA / "picture.mov").read_bytes().replace(b"ftypqt  ", b"ftypheic", 1), "unsupported"),
    ("a.ts", b"export const a = 1", "wrong_type"),
    ("a.mpg", b"\x00\x00\x01\xba" + bytes(100), "undecodable"),
    ("a.avi", b"RIFF\x10\x00\x00\x00AVI nothing", "undecodable"),
    ("a.aac", b"\xff\xf1\x50\x40\x20\xff\xfc" + bytes(100), "wrong_type"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported"),
    ("a", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
]


@pytest.mark.parametrize(
    ("name", "content", "code"), REFUSED, ids=[f"{number}-{name}" for number, (name, _, _) in enumerate(REFUSED)]
)
def test_refuses_with_a_reason(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    assert code_of(name, content) == code
    stored = tmp_path / "stored"
    stored.write_bytes(content)
    assert code_of(name, stored) == code


MARKUP = [
    "<!DOCTYPE html><title>x</title>",
    "\n  <html><body>x",
    "<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
    "<?xml version='1.0'?><a/>",
    "<script>x()</script>",
    "A quiet beginning\n<script src=x></script>",
    "text <SVG onload=x()>",
    "'use strict';\nx()",
    "// a comment\n/* another */ function run() { }",
    "export default {}",
    "import x from 'y'",
    "(() => { x() })()",
    "const a = 1",
    "document.cookie = 1",
    "alert(1)",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", MARKUP)
def test_refuses_markup_and_scripts_whatever_their_name(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    assert code_of("essay.txt", content) == "wrong_type"
    assert code_of("essay", content) == "unsupported"
    assert code_of("picture.svg", content) == "unsupported"
    assert code_of("picture.png", content) == "wrong_type"


@pytest.mark.parametrize(
    "text",
    [
        "Document. It was the function of love to import nothing.",
        "I once wrote <b>bold</b> in an essay about 3 < 4.",
        "let us go then, you and I",
        "// a line that begins like a comment\nand goes on as prose",
        "import, export and the price of tea",
        "(in brackets) a beginning",
        "RIFF raff",
        "G" * 2000,
        "ID3 is a tag",
    ],
)
def test_accepts_prose_that_only_looks_like_code(text: str) -> None:
    if text.startswith("RIFF"):
        assert code_of("a.txt", text.encode()) == "wrong_type"
    else:
        assert inspect_file("a.txt", text.encode(), limit_bytes=LIMIT).kind == "text"


def test_hostile_text_takes_no_time() -> None:
    begun = time.process_time()
    for text in ("/* */ " * 2000 + "x", "//\n" * 2000, "const a" * 2000, " " * 100_000 + "<", "(" * 10_000):
        inspect_file("a.txt", text.encode(), limit_bytes=LIMIT)
    assert time.process_time() - begun < 2


UNSAFE = [
    "",
    " ",
    ".",
    "..",
    "../a.txt",
    "a/../../b.txt",
    "/etc/passwd",
    "..\\a.txt",
    "C:\\a.txt",
    "C:a.txt",
    "a/b.txt",
    "..%2fa.txt",
    "%2e%2e%5ca.txt",
    "．．／a.txt",
    "a\x00.txt",
    "a\n.txt",
    "a\x7f.txt",
    "a\x85.txt",
    "a\u2028.txt",
    "gpj.\u202etxt",
    ".hidden",
    "%2ehidden",
    "CON",
    "nul.txt",
    "Lpt1.tar.gz",
    "COM¹.txt",
    "a.txt.",
    "a.txt ",
    " a.txt",
    "a" * 252 + ".txt",
    "灯" * 84 + ".txt",
    "\ud800.txt",
]


@pytest.mark.parametrize("name", UNSAFE)
def test_refuses_unsafe_names(name: str) -> None:
    assert code_of(name, TEXT.encode()) == "unsafe_name"


@pytest.mark.parametrize(
    "name", ["a" * 251 + ".txt", "灯" * 83 + ".txt", "100% (c) [d].txt", "a..b.txt", "…待续.txt", "Q：问.txt"]
)
def test_accepts_unusual_but_harmless_names(name: str) -> None:
    assert inspect_file(name, TEXT.encode(), limit_bytes=LIMIT).name == name


def test_the_limit_is_the_largest_size_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * 11)
    assert inspect_file("a.txt", b"a" * 10, limit_bytes=10).size == 10
    assert code_of("a.txt", b"a" * 11, limit=10) == "too_large"
    assert code_of("a.txt", path, limit=10) == "too_large"


def test_follows_no_links_and_opens_only_regular_files(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text(TEXT)
    (tmp_path / "link.txt").symlink_to(target)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    assert code_of("link.txt", tmp_path / "link.txt") == "unsafe_name"
    assert code_of("pipe.txt", tmp_path / "pipe.txt") == "unsupported"
    assert code_of("folder.txt", tmp_path / "folder.txt") == "unsupported"
    assert code_of("gone.txt", tmp_path / "gone.txt") == "unreadable"


def outcome_of(name: str, content: bytes) -> str:
    try:
        return inspect_file(name, content, limit_bytes=LIMIT).sha256
    except FileRefused as refusal:
        return refusal.code


@given(st.binary(min_size=1, max_size=300), st.sampled_from(sorted({Path(name).suffix for name, _, _ in ACCEPTED})))
def test_any_bytes_are_accepted_or_refused_for_their_content(content: bytes, ending: str) -> None:
    assert outcome_of(f"a{ending}", content) in FOR_CONTENT | {hashlib.sha256(content).hexdigest()}


@given(st.sampled_from(REAL), st.data())
def test_damaged_files_are_accepted_or_refused_for_their_content(content: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(content)))
    place = data.draw(st.integers(0, end - 1))
    damaged = content[:place] + bytes([data.draw(st.integers(0, 255))]) + content[place + 1 : end]
    assert outcome_of("a", damaged) in FOR_CONTENT | {hashlib.sha256(damaged).hexdigest()}
