"""Real `casework` processes without the seconds of their imports: forked from one that has imported everything."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.web import Server, free_port, ready


@dataclass(frozen=True)
class Forked:
    """A process that is no child of ours: nobody keeps its exit code, and it leaves nothing behind when it ends."""

    pid: int

    def poll(self) -> int | None:
        """``None`` as long as it runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, timeout: float | None = 60) -> int:
        """Wait until it has ended. Raises ``TimeoutExpired``."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("casework", timeout or 0)
            time.sleep(0.001)
        return 0

    def kill(self) -> None:
        """End it as a power cut would."""
        self._tell(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self._tell(signal.SIGTERM)

    def _tell(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def fork(environment: Mapping[str, str], folder: Path, log: Path, *command: str) -> Forked:
    """Start a `casework` command in this folder; what it says goes into ``log``."""
    told = {"environment": dict(environment), "folder": str(folder), "log": str(log), "command": command}
    nursery = _nursery(environment["PYTHONPATH"])
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(json.dumps(told).encode() + b"\n")
    nursery.stdin.flush()
    return Forked(int(nursery.stdout.readline()))


@cache
def _nursery(path: str) -> subprocess.Popen[bytes]:
    """Where all commands of this process are forked: to import what they need takes as long as a test. Ends with it."""
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "tests.faults.workers"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@contextlib.contextmanager
def serving_forked(environment: Mapping[str, str], folder: Path, *options: str) -> Iterator[Server]:
    """Like ``tests.web.serving``, where it is no matter how `casework serve` starts."""
    port = free_port()
    log = folder / "serve.log"
    log.touch()
    process = fork(environment, folder, log, "serve", "--port", str(port), *options)
    with ready(Server(f"http://127.0.0.1:{port}", process, dict(environment), log)) as running:
        yield running
