"""Turns the bytes of a text file into text, one way for every engine, so that positions mean the same everywhere."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MOST_CONTROLS = 0.001  # of the characters; more means that bytes of another kind happened to decode


class Undecodable(ValueError):
    """The bytes are no text in any encoding that is accepted."""


def decode_text(content: bytes) -> str:
    """Return the text: UTF-8, UTF-16 with a byte order mark, otherwise GB18030; the mark itself is left out.

    Line ends and everything else stay as they are, because segments count code points of exactly this text.

    Raises:
        Undecodable: when no encoding fits, or the result is full of control characters, as binary data would be.

    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _checked(_decoded(content[len(mark) :], encoding))
    try:
        return _checked(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_decoded(content, "gb18030"))


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(f"not valid {encoding} at byte {error.start}") from None


def _checked(text: str) -> str:
    if "\x00" in text or sum(1 for _ in _CONTROL.finditer(text)) > len(text) * _MOST_CONTROLS:
        raise Undecodable("it contains control characters, so it is not plain text")
    return text
