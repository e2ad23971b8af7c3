"""A small server that speaks Hasher-Matcher-Actioner's JSON over real HTTP, and can be made to misbehave.

Pictures are hashed as HMA does it (PDQ), films by MD5; what is in a bank is found once the index was built.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

from matching_adapter.engines.pdq import distances, from_hex, hash_picture, to_hex
from matching_adapter.media.decoder import DecodingFailed, luma_picture

NEAR = 31


_PLAIN: dict[str, tuple[int, dict[str, str], bytes]] = {
    "redirect": (307, {"location": "http://192.0.2.1/elsewhere", "content-length": "0"}, b""),
    "cut": (200, {"content-length": "1000"}, b'{"pdq"'),
    "packed": (200, {"content-encoding": "gzip", "content-length": "2"}, b"{}"),
}


@dataclass
class Content:
    """Something in a bank."""

    bank: str
    signals: dict[str, str]
    metadata: dict[str, Any]


@dataclass
class Hma:
    """The state of the server. `misbehaviour` takes the place of the next answers to look-ups."""

    address: str = ""
    contents: dict[int, Content] = field(default_factory=dict)
    indexed: dict[int, Content] = field(default_factory=dict)
    built_to: int = 0
    builds_at_once: bool = True
    keeps_metadata: bool = True
    ready: bool = True
    hasher: bool = True
    disabled_ratio: float = 1.0
    misbehaviour: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    names_sent: list[str] = field(default_factory=list)
    files_sent: int = 0
    next_id: int = 1001

    def build(self, now: int | None = None) -> None:
        """Take what is in the banks into the index, as HMA does now and then."""
        self.indexed = dict(self.contents)
        self.built_to = int(time.time()) if now is None else now

    def lookup(self, signal_type: str, signal: str, query: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
        """By bank, what resembles the signal; banks may be left out by chance unless that is bypassed."""
        wanted = query["banks"].split(",") if query.get("banks") else None
        found: dict[str, list[dict[str, Any]]] = {}
        for number, content in self.indexed.items():
            distance = _distance(signal_type, content.signals.get(signal_type), signal)
            chosen = wanted is None or content.bank in wanted
            if distance is not None and chosen and query.get("bypass_coinflip") == "true":
                found.setdefault(content.bank, []).append({"bank_content_id": number, "distance": distance})
        return found


def _distance(signal_type: str, one: str | None, other: str) -> str | None:
    if one is None:
        return None
    if signal_type == "pdq":
        bits = int(distances(from_hex(one)[None], from_hex(other)).ravel()[0])
        return str(bits) if bits <= NEAR else None
    return "-" if one == other else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hma: Hma

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path, query = self._asked()
        if path == "/m/index/status":
            state = {"built_to": self.hma.built_to, "present": True, "size": len(self.hma.indexed)}
            self._answer(200, {"pdq": state, "video_md5": state})
        elif path in ("/m/lookup", "/m/raw_lookup"):
            self._lookup_signal(path, query)
        else:
            content = self.hma.contents.get(int(path.rpartition("/")[2]))
            if content is None:
                self._answer(404, {"message": "Not found", "details": "content not found"})
                return
            body: dict[str, Any] = {"id": int(path.rpartition("/")[2]), "bank": {"name": content.bank}}
            if self.hma.keeps_metadata:
                body["metadata"] = content.metadata
            self._answer(200, body)

    def do_DELETE(self) -> None:
        path, _query = self._asked()
        there = self.hma.contents.pop(int(path.rpartition("/")[2]), None)
        self.hma.build(self.hma.built_to)
        self._answer(200, {"deleted": int(there is not None)})

    def do_POST(self) -> None:
        path, query = self._asked()
        kind, content = self._file()
        if not self.hma.hasher:
            self._answer(403, {"message": "Forbidden", "details": "Hashing is disabled, missing role"})
            return
        try:
            signals = _signals(kind, content)
        except DecodingFailed:
            self._answer(400, {"message": "Bad Request", "details": "cannot be hashed"})
            return
        if path == "/m/lookup":
            if self._misbehaves():
                return
            if not self.hma.ready:
                self._answer(503, {"message": "Service Unavailable", "details": "index not yet ready"})
                return
            self._answer(200, {name: self.hma.lookup(name, signal, query) for name, signal in signals.items()})
            return
        number = self.hma.next_id
        self.hma.next_id += 1
        metadata = json.loads(query.get("metadata", "{}"))
        self.hma.contents[number] = Content(path.split("/")[3], signals, metadata)
        if self.hma.builds_at_once:
            self.hma.build()
        self._answer(201, {"id": number, "signals": signals})

    def _lookup_signal(self, path: str, query: dict[str, str]) -> None:
        if self._misbehaves():
            return
        found = self.hma.lookup(query["signal_type"], query["signal"], {**query, "bypass_coinflip": "true"})
        if path == "/m/lookup":
            self._answer(200, found)
        else:
            self._answer(200, {"matches": [one for bank in found.values() for one in bank]})

    def _misbehaves(self) -> bool:
        how = self.hma.misbehaviour
        if not how:
            return False
        if how in ("slow", "huge"):
            self._go_on(b" " if how == "slow" else b"[" * (1 << 16), pause=0.05 if how == "slow" else 0.0)
        elif how == "silent":
            time.sleep(1.0)
            self.close_connection = True
        elif how in _PLAIN:
            self._plainly(*_PLAIN[how])
        else:
            status, _, body = how.partition(" ")
            self._answer(int(status), body.encode())
        return True

    def _go_on(self, piece: bytes, pause: float) -> None:
        """Send one piece after the other, until the other side has had enough."""
        self._head(200, {"content-length": "100000000"})
        self.close_connection = True
        for _ in range(100):
            try:
                self.wfile.write(piece)
            except OSError:
                return
            time.sleep(pause)

    def _plainly(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._head(status, headers)
        self.wfile.write(body)
        self.close_connection = True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _file(self) -> tuple[str, bytes]:
        if self.headers.get("transfer-encoding") == "chunked":
            raise AssertionError("the length of a file must be told")
        body = self.rfile.read(int(self.headers["content-length"]))
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        (part,) = message.iter_parts()
        self.hma.names_sent.append(str(part.get_filename()))
        self.hma.files_sent += 1
        return str(part.get_param("name", header="content-disposition")), bytes(part.get_content())

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        self.hma.calls.append((self.command, parts.path))
        return parts.path, {name: values[-1] for name, values in parse_qs(parts.query).items()}

    def _answer(self, status: int, body: Any) -> None:
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


def _signals(kind: str, content: bytes) -> dict[str, str]:
    if kind == "video":
        return {"video_md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
    return {"pdq": _picture_hash(content)}


@cache
def _picture_hash(content: bytes) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        media_type = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
        words, _quality, _contrast = hash_picture(luma_picture(path, media_type, longest=512))
        return to_hex(words)


@contextmanager
def serving_hma() -> Iterator[Hma]:
    """Run the server until the end of the block."""
    hma = Hma()
    handler = type("Handler", (_Handler,), {"hma": hma})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hma.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hma
    finally:
        server.shutdown()
        server.server_close()
