"""A delivery of decisions as bytes: unpacked under limits and cut into documents, without ever holding it whole.

What is wrong with the delivery itself (packed wrongly, too large, too many) is raised, and then nothing goes in. What
is wrong with one document of it becomes a ``ValueError`` in its place, and the others go in.
"""

from __future__ import annotations

import gzip
import mmap
import re
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, TypeAlias

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a delivery kept in memory; a larger one lies in a temporary file."""

_PIECE = 256 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"

# A string whole (possessive, so that one without an end is looked at once), a quote that begins none, or punctuation.
_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_NOT_BLANK = re.compile(rb"[^ \t\r\n]")

Document: TypeAlias = bytes | ValueError
"""One decision as JSON text, or why it is not one."""


class TooLarge(Exception):
    """The delivery is larger, or holds more decisions, than is taken at once."""


class Unreadable(Exception):
    """The delivery is not what it says it is: broken packing, no JSON, nothing in it."""


def spool() -> IO[bytes]:
    """An empty place for bytes: in memory while they are few, then in a nameless temporary file."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def unpack(packed: IO[bytes], *, most_bytes: int) -> IO[bytes]:
    """What a gzip delivery holds. Stops at ``most_bytes``, so that a small bomb stays small.

    Raises ``TooLarge``, and ``Unreadable`` for what is truncated or not gzip.
    """
    unpacked = spool()
    total = 0
    try:
        packed.seek(0)
        with gzip.GzipFile(fileobj=packed, mode="rb") as file:
            while piece := file.read(_PIECE):
                total += len(piece)
                if total > most_bytes:
                    raise TooLarge(f"the delivery unpacks to more than {most_bytes} bytes")
                unpacked.write(piece)
    except EOFError:
        unpacked.close()
        raise Unreadable("the gzip data end before their end") from None
    except (gzip.BadGzipFile, zlib.error):
        unpacked.close()
        raise Unreadable("the body is not valid gzip data") from None
    except TooLarge:
        unpacked.close()
        raise
    return unpacked


def lines(file: IO[bytes], *, most_line_bytes: int) -> Iterator[Document]:
    """The lines of NDJSON from here on, blank ones left out; a line longer than allowed is refused by itself.

    A byte order mark at the beginning is passed over.
    """
    for line in all_lines(file, most_line_bytes):
        if line is not None:
            yield line


def check_line_count(file: IO[bytes], *, most_lines: int, most_line_bytes: int) -> None:
    """Count the lines from here on and go back. Raises ``TooLarge`` for too many, or for as many blank ones."""
    here = file.tell()
    if _line_breaks(file) < most_lines:
        file.seek(here)
        return
    file.seek(here)
    full = blank = 0
    for line in all_lines(file, most_line_bytes):
        if line is None:
            blank += 1
        else:
            full += 1
        if max(full, blank) > most_lines:
            raise TooLarge(f"the delivery has more than {most_lines} lines")
    file.seek(here)


def _line_breaks(file: IO[bytes]) -> int:
    return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))


def all_lines(file: IO[bytes], most_line_bytes: int) -> Iterator[Document | None]:
    """Every line as it is counted by an editor; ``None`` for a blank one."""
    first = True
    while line := file.readline(most_line_bytes + 2):
        if first:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            first = False
        complete = line.endswith(b"\n")
        content = line.strip(_BLANK)
        if len(content) > most_line_bytes or (not complete and len(line) >= most_line_bytes + 2):
            while not complete and (rest := file.readline(_PIECE)):
                complete = rest.endswith(b"\n")
            yield ValueError(f"longer than {most_line_bytes} bytes")
        else:
            yield content or None


def whole(file: IO[bytes]) -> bytes | mmap.mmap:
    """The content of a file to look at, mapped instead of read where it is large."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size <= IN_MEMORY:
        return file.read()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def begins_with(body: bytes | mmap.mmap) -> tuple[int, bytes]:
    """Where the first character that is not blank stands, and which one it is; raises ``Unreadable`` for none."""
    start = len(_BYTE_ORDER_MARK) if body[: len(_BYTE_ORDER_MARK)] == _BYTE_ORDER_MARK else 0
    found = _NOT_BLANK.search(body, start)
    if found is None:
        raise Unreadable("the body is empty")
    return found.start(), found.group()


def elements(body: bytes | mmap.mmap, start: int, *, most: int, most_bytes: int) -> list[Document]:
    """The elements of the JSON array that begins at ``start``, as JSON text; a too long one is refused by itself.

    Only the array's own brackets, commas and strings are looked at: what an element is worth is seen when it is parsed.
    Raises ``TooLarge`` for more than ``most`` elements, ``Unreadable`` for what is no array.
    """
    found: list[Document] = []
    begin = start + 1
    for end, last in _ends(body, begin):
        # A long element is not copied; blanks around it count, which nobody sends by the megabyte.
        if end - begin > most_bytes:
            found.append(ValueError(f"longer than {most_bytes} bytes"))
        else:
            element = body[begin:end].strip(_BLANK)
            if not element and last and not found:
                return []
            if not element:
                raise Unreadable("the array has an empty place")
            found.append(element)
        if len(found) > most:
            raise TooLarge(f"the array has more than {most} elements")
        begin = end + 1
    return found


def _ends(body: bytes | mmap.mmap, start: int) -> Iterator[tuple[int, bool]]:
    """Where each element of an array ends, and whether it is the last."""
    depth = 0
    for token in _TOKENS.finditer(body, start):
        sign = token.group()
        if len(sign) > 1:
            continue
        if sign in b"[{":
            depth += 1
        elif sign == b",":
            if depth == 0:
                yield token.start(), False
        elif sign == b'"':
            raise Unreadable("a string has no end")
        elif depth > 0:
            depth -= 1
        elif sign == b"]" and _NOT_BLANK.search(body, token.end()) is None:
            yield token.start(), True
            return
        else:
            break
    raise Unreadable("the array has no end, or something follows it")
