"""The real site for a real browser: the application behind the server of production, in a thread of the tests."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

_START_SECONDS = 10.0


@contextmanager
def serve(app: Litestar) -> Iterator[str]:
    """Serve ``app`` on a free port of this machine; gives its address without a slash at the end."""
    port = _free_port()
    server: Any = Server(app, "127.0.0.1", port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = Thread(target=_run, args=(loop, server), daemon=True)
    thread.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(timeout=10)


def _run(loop: asyncio.AbstractEventLoop, server: Any) -> None:
    asyncio.set_event_loop(loop)
    loop.run_until_complete(server.serve())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
