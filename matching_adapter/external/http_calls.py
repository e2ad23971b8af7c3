"""One HTTP call to a service of the operator's choice: with limits on time and size, and without following redirects.

The address comes from the configuration only, never from an answer or a file. What a service answers is as untrusted
as any file: it is read up to a limit, and never unpacked.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any, TypeAlias
from urllib.parse import urlsplit

import httpx

CONNECT_SECONDS = 5.0

_Trace: TypeAlias = Callable[[str, Mapping[str, Any]], None]
_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class CallFailed(Exception):
    """A call that brought no answer to work with. `code` is stable; `retryable`: it may go better later."""

    def __init__(self, code: str, detail: str, *, retryable: bool) -> None:
        """Say what went wrong; `detail` holds nothing of what was sent."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer that was read whole."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is, and what a call to it may cost: seconds for the whole of it, bytes of the answer."""

    address: str
    seconds: float = 30.0
    most_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        """Refuse an address that is none, or that hides a password."""
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address must be http://host or https://host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("the address must have no user, password, query or fragment")
        if not (0 < self.seconds <= 3600 and 0 < self.most_bytes <= 1 << 28):
            raise ValueError("seconds must lie in (0, 3600], bytes in (0, 268435456]")

    def call(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, IO[bytes], str]] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call and return the answer, whatever its status below 300 or from 400 on.

        Raises:
            CallFailed: `unreachable`, `timeout`, `redirected`, `answer_too_large`, `unexpected_answer`.

        """
        limit = httpx.Timeout(self.seconds, connect=min(CONNECT_SECONDS, self.seconds))
        sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
        ends = time.monotonic() + self.seconds
        try:
            # Neither proxies nor credentials of the environment have a say in where this goes.
            with (
                httpx.Client(timeout=limit, follow_redirects=False, trust_env=False, verify=_trusted()) as client,
                _cut_after(self.seconds) as trace,
                client.stream(
                    method,
                    self.address.rstrip("/") + path,
                    params=query,
                    files=files,
                    data=form,
                    content=content,
                    headers=sent,
                    extensions={"trace": trace},
                ) as response,
            ):
                return self._read(response, ends)
        except httpx.HTTPError as error:
            if isinstance(error, httpx.TimeoutException) or time.monotonic() >= ends:
                raise CallFailed("timeout", f"no answer within {self.seconds:g} s", retryable=True) from None
            raise CallFailed("unreachable", type(error).__name__, retryable=True) from None

    def _read(self, response: httpx.Response, ends: float) -> Answer:
        if 300 <= response.status_code < 400:
            raise CallFailed("redirected", "the service redirects, which is not followed", retryable=False)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise CallFailed("unexpected_answer", "the answer is packed, which was not asked for", retryable=False)
        pieces: list[bytes] = []
        total = 0
        for piece in response.iter_raw():
            total += len(piece)
            if total > self.most_bytes:
                raise CallFailed(
                    "answer_too_large", f"the answer has more than {self.most_bytes} bytes", retryable=False
                )
            pieces.append(piece)
        if time.monotonic() >= ends:  # cut off, and not at its end
            raise CallFailed("timeout", f"no whole answer within {self.seconds:g} s", retryable=True)
        return Answer(response.status_code, b"".join(pieces))


@contextmanager
def _cut_after(seconds: float) -> Iterator[_Trace]:
    """Cut the connection of a call when its time is over; what is yielded has to be told of the connection.

    The limits of the client begin anew with whatever comes, so a service that sends a byte now and then would hold us
    for as long as it likes.
    """
    connected: list[socket.socket] = []
    over = threading.Event()

    def cut() -> None:
        over.set()
        for one in connected[-1:]:
            with suppress(OSError):
                # Below any encryption, which another thread is busy with.
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    def trace(event: str, told: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            connected.append(told["return_value"].get_extra_info("socket"))
            if over.is_set():
                cut()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return the authorities that are trusted; to read them takes longer than most calls, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


def refusal_of(answer: Answer) -> CallFailed | None:
    """Return what a status other than 2xx means for whoever called; None where it is fine."""
    known: dict[int, tuple[str, bool]] = {
        400: ("refused", False),
        401: ("not_allowed", False),
        403: ("not_allowed", False),
        404: ("not_there", False),
        408: ("timeout", True),
        409: ("refused", True),
        413: ("file_too_large", False),
        415: ("refused", False),
        422: ("refused", False),
        429: ("busy", True),
        503: ("not_ready", True),
    }
    if 200 <= answer.status < 300:
        return None
    code, retryable = known.get(answer.status, ("service_fault", answer.status >= 500))
    return CallFailed(code, f"the service answered {answer.status}", retryable=retryable)
