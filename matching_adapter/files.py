"""Looks at a file that somebody sent before anybody else opens it: its name, its size, and what its bytes really are.

`inspect_file` either says what the file is or refuses it with a stable reason. What is accepted can be shown again
later, so content that a browser would run or interpret (HTML, SVG, XML, scripts) is refused whatever its name.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import unquote

from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.file_types import ENCRYPTED, TEXT, UNDECODABLE, UNSUPPORTED, BadContent, View, media_type_of

Kind: TypeAlias = Literal["text", "pdf", "image", "audio", "video"]
RefusalCode: TypeAlias = Literal[
    "empty", "wrong_type", "encrypted", "unsafe_name", "too_large", "undecodable", "unsupported", "unreadable"
]

LONGEST_NAME = 255
"""Bytes of a file name at most, in UTF-8: what common file systems can store."""

KINDS: dict[str, Kind] = {
    TEXT: "text",
    "application/pdf": "pdf",
    "image/png": "image",
    "image/jpeg": "image",
    "image/webp": "image",
    "image/gif": "image",
    "audio/mpeg": "audio",
    "audio/wav": "audio",
    "audio/ogg": "audio",
    "audio/flac": "audio",
    "audio/mp4": "audio",
    "audio/aac": "audio",
    "video/mp4": "video",
    "video/webm": "video",
    "video/x-matroska": "video",
    "video/quicktime": "video",
    "video/x-msvideo": "video",
    "video/mpeg": "video",
    "video/mp2t": "video",
    "video/ogg": "video",
}
"""The media types that are accepted, and the kind of each."""

_EXTENSIONS: dict[str, frozenset[str]] = {
    **dict.fromkeys((".txt", ".text", ".md", ".csv", ".log", ".srt", ".vtt"), frozenset({TEXT})),
    ".pdf": frozenset({"application/pdf"}),
    ".png": frozenset({"image/png"}),
    **dict.fromkeys((".jpg", ".jpeg", ".jpe"), frozenset({"image/jpeg"})),
    ".webp": frozenset({"image/webp"}),
    ".gif": frozenset({"image/gif"}),
    ".mp3": frozenset({"audio/mpeg"}),
    ".wav": frozenset({"audio/wav"}),
    **dict.fromkeys((".oga", ".opus"), frozenset({"audio/ogg"})),
    ".ogg": frozenset({"audio/ogg", "video/ogg"}),
    ".ogv": frozenset({"video/ogg"}),
    ".flac": frozenset({"audio/flac"}),
    ".m4a": frozenset({"audio/mp4"}),
    ".aac": frozenset({"audio/aac"}),
    # The same container: many programs write the general brand into sound files and the other way round.
    **dict.fromkeys((".mp4", ".m4v", ".3gp"), frozenset({"video/mp4", "audio/mp4"})),
    ".mov": frozenset({"video/quicktime", "video/mp4"}),
    ".avi": frozenset({"video/x-msvideo"}),
    **dict.fromkeys((".mpg", ".mpeg", ".vob"), frozenset({"video/mpeg"})),
    **dict.fromkeys((".ts", ".mts", ".m2ts"), frozenset({"video/mp2t"})),
    ".webm": frozenset({"video/webm"}),
    ".mkv": frozenset({"video/x-matroska", "video/webm"}),
}
# Endings of containers that hold accepted and other content alike.
_CONTAINERS = frozenset((".ogg", ".oga", ".ogv", ".mp4", ".m4v", ".m4a", ".3gp", ".mov", ".wav", ".webp", ".avi"))
_M4A = frozenset({"audio/mp4", "video/mp4"})
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?\Z")
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|\?php|html|head|body|script|svg|iframe|h1|div|font|table|a|style|title|b|br|p|math|link|meta)"
    r"(?:[\s>/]|--)",
    re.IGNORECASE,
)
_MARKUP_ANYWHERE = re.compile(r"<(?:script|svg|iframe|html|!doctype\s+html)[\s>/]", re.IGNORECASE)
_SCRIPT = re.compile(
    r"\s*(?:(?:/\*(?:(?!\*/).)*\*/|//[^\n]*\n)\s*)*"
    r"(?:[\"']use strict[\"']|import\s[^\n]{1,200}\sfrom\s+[\"']|import\s*\{"
    r"|export\s+(?:default|const|function|class)\b|(?:async\s+)?function\b[^\n(]{0,80}\(|(?:const|let|var)\s+[\w${\[][^\n=]{0,200}="
    r"|[(!;]\s*(?:async\s*)?(?:function\b|\([^)\n]{0,80}\)\s*=>)"
    r"|(?:window|document|globalThis|module\.exports|self)\s*(?:\.\s*\w+\s*)?[.=(\[]|alert\s*\(|eval\s*\()",
    re.DOTALL,
)
_SNIFFED = 4096


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file that is safe to keep and show: its name, what it is by content, SHA-256 in hexadecimal, size in bytes."""

    name: str
    media_type: str
    kind: Kind
    sha256: str
    size: int


class FileRefused(Exception):
    """The file is not taken. `code` is stable and for machines, `detail` says why in words."""

    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: RefusalCode = code
        self.detail = detail


def inspect_file(name: str, content: bytes | Path, *, limit_bytes: int) -> InspectedFile:
    """Say what a file is, from its name as sent and its bytes (in memory, or in a regular file on disk).

    Codes of refusal: `unsafe_name` (see `check_name`; also links and things that are no regular file), `empty`,
    `too_large` (more than `limit_bytes`), `encrypted`, `wrong_type` (the ending of the name contradicts the bytes, or
    text is really markup or a script), `undecodable` (text in no known encoding, or a broken file), `unsupported`
    (a type that is not accepted), `unreadable` (the file system refused).

    Raises:
        FileRefused: with one of these codes.

    """
    check_name(name)
    with _opened(name, content, limit_bytes) as view:
        media_type = _checked_type(name, view)
        digest = hashlib.sha256()
        for start in range(0, len(view), 1 << 20):
            digest.update(view[start : start + (1 << 20)])
        return InspectedFile(name, media_type, KINDS[media_type], digest.hexdigest(), len(view))


def check_name(name: str) -> None:
    """Refuse a name that could leave its folder, hide, mislead the eye, or not be stored everywhere.

    Raises:
        FileRefused: `unsafe_name`, for paths (also percent-encoded), control and direction characters, names reserved
            by an operating system, hidden names, names that end in a dot or blank, names over 255 bytes.

    """
    problem = _name_problem(name)
    if problem is not None:
        raise FileRefused("unsafe_name", problem)


def _name_problem(name: str) -> str | None:
    try:
        length = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "the file name is not valid text"
    if not name.strip() or length > LONGEST_NAME:
        return f"the file name must have between 1 and {LONGEST_NAME} bytes"
    if any(sign in unicodedata.normalize("NFKC", name) for sign in "/\\"):
        return "the file name must not contain a path, not even in full-width characters"
    for form in (name, unquote(name)):
        if "/" in form or "\\" in form or re.match(r"[A-Za-z]:", form):
            return "the file name must not contain a path"
        if form.startswith("."):
            return "the file name must not begin with a dot"
        if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") or letter in _TURNING for letter in form):
            return "the file name must not contain control or direction characters"
    if name != name.strip() or name.endswith("."):
        return "the file name must not begin or end with a blank, or end with a dot"
    if _RESERVED.match(name):
        return "the file name is reserved by an operating system"
    return None


@contextmanager
def _opened(name: str, content: bytes | Path, limit_bytes: int) -> Iterator[View]:
    if isinstance(content, bytes):
        _check_size(name, len(content), limit_bytes)
        yield content
        return
    try:
        # No link is followed: it could lead out of the folder.
        descriptor = os.open(content, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if content.is_symlink():
            raise FileRefused("unsafe_name", f"{name} is a link, not a file") from None
        raise FileRefused("unreadable", f"{name}: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused("unsupported", f"{name} is not a regular file")
        _check_size(name, status.st_size, limit_bytes)
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as view:
            yield view
    finally:
        os.close(descriptor)


def _check_size(name: str, size: int, limit_bytes: int) -> None:
    if size == 0:
        raise FileRefused("empty", f"{name} has 0 bytes")
    if size > limit_bytes:
        raise FileRefused("too_large", f"{name} has {size} bytes, at most {limit_bytes} are accepted")


def _checked_type(name: str, view: View) -> str:
    ending = Path(name).suffix.lower()
    expected = _M4A if ending == ".m4a" else _EXTENSIONS.get(ending)
    try:
        media_type = media_type_of(view)
    except BadContent as error:
        raise FileRefused(_code(error.code, ending, expected), f"{name}: {error}") from None
    if media_type is None:
        media_type = _text_type(name, view, expected)
    if ending and expected is None:
        raise FileRefused("unsupported", f"{name}: files ending in {ending} are not accepted")
    if expected is not None and media_type not in expected:
        raise FileRefused("wrong_type", f"{name} is really {media_type}")
    # An .m4a file with the general brand is sound by its name, since the containers are the same.
    return "audio/mp4" if ending == ".m4a" else media_type


def _text_type(name: str, view: View, expected: frozenset[str] | None) -> str:
    ending = Path(name).suffix.lower()
    try:
        text = decode_text(view[:])
    except Undecodable as error:
        if expected is not None and TEXT not in expected:
            raise FileRefused("wrong_type", f"{name} does not hold what its ending {ending} says") from None
        code: RefusalCode = "unsupported" if expected is None else "undecodable"
        raise FileRefused(code, f"{name}: {error}") from None
    head = text[:_SNIFFED].lstrip("\ufeff")
    if _MARKUP.match(head) or _MARKUP_ANYWHERE.search(head) or _SCRIPT.match(head):
        code = "unsupported" if expected is None else "wrong_type"
        raise FileRefused(code, f"{name} holds markup or a script, which is not accepted")
    return TEXT


def _code(found: str, ending: str, expected: frozenset[str] | None) -> RefusalCode:
    """Return the reason for bad content: a name that promised something else comes first, except over encryption."""
    if found == ENCRYPTED:
        return "encrypted"
    if expected is not None and (TEXT in expected or (found == UNSUPPORTED and ending not in _CONTAINERS)):
        return "wrong_type"
    return "undecodable" if found == UNDECODABLE else "unsupported"
