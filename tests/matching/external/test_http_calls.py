"""One call to a service that takes its time, over real sockets: it ends when its time is over, whatever still comes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from matching_adapter.external.http_calls import CallFailed, Service

SECONDS = 0.3
HANGING = 4.0

TRICKLES = {
    "headers": (b"HTTP/1.1 200 OK\r\nx-a: ", b"a"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "length of a chunk": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"0"),
    "body without end": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
}


@pytest.fixture
def trickling() -> Iterator[Callable[[bytes, bytes], str]]:
    """Starts a server that answers the first call with a beginning, and then the same few bytes again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    started: list[threading.Thread] = []

    def answer(first: bytes, again: bytes) -> None:
        connection, _ = listener.accept()
        ends = time.monotonic() + HANGING
        with connection:
            try:
                connection.recv(1 << 16)
                connection.sendall(first)
                while time.monotonic() < ends:
                    connection.sendall(again)
                    time.sleep(0.02)
            except OSError:
                return  # the other side has had enough

    def start(first: bytes, again: bytes) -> str:
        thread = threading.Thread(target=answer, args=(first, again), daemon=True)
        thread.start()
        started.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for thread in started:
        thread.join()
    listener.close()


@pytest.mark.parametrize("where", TRICKLES)
def test_a_call_is_over_in_time_whatever_trickles_in(trickling: Callable[[bytes, bytes], str], where: str) -> None:
    service = Service(trickling(*TRICKLES[where]), seconds=SECONDS)
    began = time.monotonic()
    with pytest.raises(CallFailed) as caught:
        service.call("POST", content=b"{}")
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)
    assert time.monotonic() - began < HANGING / 2
