"""Opens what is to be verified: reports as JSON or PDF, facts from files, packed files and, when asked to, a site."""

from __future__ import annotations

import gzip
import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
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
_MEGABYTE = 1_000_000
_CHUNK = 65_536
_WAITING = 8
"""Chunks of lines that are fetched ahead."""
_STOP_SECONDS = 0.2


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


@dataclass(frozen=True)
class Limits:
    """How long a site may be waited for in all, and how much it may send, so that none can hold a reader for ever.

    Without ``megabytes`` as much as facts of the checkpoint's number could have.
    """

    seconds: int = 1_800
    megabytes: int | None = None

    def most_bytes(self, size: int) -> int:
        """Of the facts of a log of this size. One takes half a kilobyte; those of a large draw some megabytes."""
        return self.megabytes * _MEGABYTE if self.megabytes is not None else 4_000 * size + 64 * _MEGABYTE


class SiteFacts:
    """The facts of a log as its site serves them, in pages, as often as they are wanted.

    They are fetched by a thread of its own: a site that sends a byte now and then keeps no read waiting for too long,
    but all of them together.
    """

    def __init__(self, address: str, size: int, limits: Limits | None = None) -> None:
        """``address`` of the site, such as ``https://casework.example.org``."""
        self._limits = limits or Limits()
        self._most, self._waited, self._site = self._limits.most_bytes(size), 0.0, address
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
        batches: Queue[list[bytes] | CannotRead | None] = Queue(_WAITING)
        stop = Event()
        Thread(target=self._fetch, args=(batches, stop), daemon=True).start()
        try:
            while (batch := self._next(batches)) is not None:
                yield from batch
        finally:
            stop.set()

    def _next(self, batches: Queue[list[bytes] | CannotRead | None]) -> list[bytes] | None:
        """What comes next; only the time that it is waited for counts."""
        begin = time.monotonic()
        try:
            found = batches.get(timeout=max(0.0, self._limits.seconds - self._waited))
        except Empty:
            seconds = f"{self._limits.seconds:,} second{'s' if self._limits.seconds != 1 else ''}"
            raise CannotRead(f"{self._site} took more than {seconds}; give it more by --most-seconds") from None
        self._waited += time.monotonic() - begin
        if isinstance(found, CannotRead):
            raise found
        return found

    def _fetch(self, batches: Queue[list[bytes] | CannotRead | None], stop: Event) -> None:
        """Everything that the site sends, until nobody wants it any more."""
        try:
            for batch in self._batches():
                if not _put(batches, batch, stop):
                    return
            _put(batches, None, stop)
        except CannotRead as error:
            _put(batches, error, stop)

    def _batches(self) -> Iterator[list[bytes]]:
        self._left = self._most
        yield from self._pages()
        # What was known at T and left out of the checkpoint can only be seen in what follows it, if that is public yet.
        try:
            with self._opened(self._behind) as page:
                behind = list(self._lines(page))
        except (OSError, HTTPException, ValueError):
            return
        yield from behind

    def _lines(self, page: Any) -> Iterator[list[bytes]]:
        """The lines of a page without their ends, as many at a time as come. Raises ``CannotRead`` beyond the limit."""
        rest: list[bytes] = []
        while chunk := page.read1(_CHUNK):
            first, *others = chunk.split(b"\n")
            rest.append(first)
            # Empty lines without end would fill memory with what is wrong about each.
            self._left -= max(len(chunk), _SHORTEST_FACT * len(others))
            if self._left < 0:
                raise CannotRead(
                    f"{self._site} sends more than {self._most / _MEGABYTE:,.0f} megabytes, which is more than such "
                    "facts take; let it send more by --most-megabytes"
                )
            if others:
                yield [b"".join(rest), *others[:-1]]
                rest = [others[-1]]
        if any(rest):
            yield [b"".join(rest)]

    def _pages(self) -> Iterator[list[bytes]]:
        address: str | None = self._first
        while address is not None:
            read = 0
            try:
                with self._opened(address) as page:
                    for batch in self._lines(page):
                        read += len(batch)
                        yield batch
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


def _put(batches: Queue[list[bytes] | CannotRead | None], what: list[bytes] | CannotRead | None, stop: Event) -> bool:
    """Hand it over when there is room; ``False`` when nobody waits for it any more."""
    while not stop.is_set():
        try:
            batches.put(what, timeout=_STOP_SECONDS)
        except Full:
            continue
        return True
    return False


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
