"""Opens what is to be verified: reports as JSON or PDF, facts from files, packed files and, when asked to, a site."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

BESIDE = ("facts.ndjson.gz", "facts.ndjson")
"""Where facts lie when nobody says where: beside the report."""

LONGEST_LINE = 16_000_000
LARGEST_FILE = 1_000_000_000
"""Bytes of a file that is read as a whole, also when it is unpacked: the hashes of 30 million facts."""

MOST_UNPACKED = 200
"""Times the size of a packed file: facts are full of hashes and pack to a fifth, a trap to a thousandth."""
_SHORTEST_FACT = 200
"""Bytes; empty lines without end would fill memory with what is wrong about each."""

_PACKED = b"\x1f\x8b"
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_SECONDS = 60


class CannotRead(Exception):
    """Something to be verified cannot be read; the message says what and why."""


class Facts:
    """The facts of a file, line by line, as often as they are wanted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end. Raises ``CannotRead``."""
        try:
            with self.path.open("rb") as plain:
                packed = plain.read(2) == _PACKED
            most = MOST_UNPACKED * self.path.stat().st_size + LONGEST_LINE // 4
            with gzip.open(self.path) if packed else self.path.open("rb") as file:
                while line := file.readline(LONGEST_LINE):
                    most -= max(len(line), _SHORTEST_FACT)
                    if most < 0:
                        raise CannotRead(f"{self.path} unpacks to more than facts do")
                    yield line[:-1] if line.endswith(b"\n") else line
        except (OSError, EOFError, zlib.error) as error:
            raise CannotRead(f"{self.path}: {error}") from None


class SiteFacts:
    """The facts of a log as its site serves them, in pages."""

    def __init__(self, address: str, size: int) -> None:
        """``address`` of the site, such as ``https://casework.example.org``."""
        try:
            parts = urlsplit(address)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and address.isascii()
        except ValueError:
            known = False
        if not known:
            raise CannotRead(f"{address} is no address of a site")
        facts = f"{address.rstrip('/')}/api/v1/log/facts?from="
        self._first, self._behind = f"{facts}0&to={size}", f"{facts}{size}"

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end, and a page of those behind the checkpoint. Raises ``CannotRead``."""
        yield from self._pages()
        # What was known at T and left out of the checkpoint can only be seen in what follows it, if that is public yet.
        try:
            with self._opened(self._behind) as page:
                behind = [line.removesuffix(b"\n") for line in iter(lambda: page.readline(LONGEST_LINE), b"")]
        except (OSError, HTTPException, ValueError):
            return
        yield from behind

    def _pages(self) -> Iterator[bytes]:
        address: str | None = self._first
        while address is not None:
            read = 0
            try:
                with self._opened(address) as page:
                    while line := page.readline(LONGEST_LINE):
                        read += 1
                        yield line[:-1] if line.endswith(b"\n") else line
                    following = self._following(page.headers.get("Link"))
            except (OSError, HTTPException, ValueError) as error:
                raise CannotRead(f"{address}: {error}") from None
            if following is not None and not read:
                raise CannotRead(f"{address}: the site sends on without a single fact")
            address = following

    def _opened(self, address: str) -> Any:
        try:
            # Only http and https, checked above; pages stay on the same site.
            return urlopen(Request(address, headers={"Accept": "application/x-ndjson"}), timeout=_SECONDS)  # noqa: S310
        except HTTPError as refused:
            if refused.code != HTTPStatus.CONFLICT or address != self._first:
                raise
            # Some facts are held back for sealed rulings: take those that there are.
            return self._opened(self._first.partition("&to=")[0])

    def _following(self, link: str | None) -> str | None:
        found = _NEXT.search(link or "")
        if found is None:
            return None
        address = urljoin(self._first, str(found.group(1)))
        if urlsplit(address)[:2] != urlsplit(self._first)[:2]:
            raise CannotRead(f"the site sends on to another one: {address}")
        return address


def read_file(path: Path) -> bytes:
    """A whole file, unpacked if need be. Raises ``CannotRead``."""
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == _PACKED
        with gzip.open(path) if packed else path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise CannotRead(f"{path}: {error}") from None
    if len(content) > LARGEST_FILE:
        raise CannotRead(f"{path} is larger than {LARGEST_FILE:,} bytes")
    return content


def facts_beside(report: Path) -> Facts | None:
    """The facts in the folder of the report, if they lie there."""
    found = next((report.with_name(name) for name in BESIDE if report.with_name(name).is_file()), None)
    return None if found is None else Facts(found)
