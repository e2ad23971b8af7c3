"""The files of a bundle's ZIP: what is known of each before it is written, and names that are safe everywhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the ZIP. ``note`` says what it is; ``open`` gives its bytes anew each time."""

    name: str
    size: int
    sha256: str
    note: str
    open: Callable[[], bytes]


def kept(name: str, note: str, content: bytes) -> Entry:
    """A file that stays in memory."""
    return Entry(name, len(content), hashlib.sha256(content).hexdigest(), note, lambda: content)


def safe_name(number: int, name: str) -> str:
    """A safe name of an exhibit; the number keeps names apart and says which exhibit it is."""
    return plain_name(f"{number:03d}", name)


def plain_name(prefix: str, name: str) -> str:
    """A file name without folders, blanks and signs that some system reads as more than a name."""
    stem, dot, ending = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = _UNSAFE.sub("_", stem).strip("._-")[:_LONGEST_NAME]
    ending = _UNSAFE.sub("", ending)[:10]
    parts = [prefix, *([stem] if stem else [])]
    return "-".join(parts) + (f".{ending}" if ending else "")
