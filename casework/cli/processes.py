"""Processes that belong together: the worker beside the web server, and children that end with their parent."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import structlog

logger = structlog.get_logger()

STOP_SECONDS = 3.0
"""How long a process may take to finish what it is doing before it is ended."""

_LONGEST_WAIT_SECONDS = 30.0


class WorkerProcess:
    """Keeps one `casework worker` running: when it dies, another one is started."""

    def __init__(self) -> None:
        self._command = [sys.executable, "-m", "casework.cli.main", "worker", "--with-parent", str(os.getpid())]
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="worker process", daemon=True)

    def start(self) -> None:
        """Start the worker and watch over it."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker; it finishes what it is doing if that does not take long."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            begun = time.monotonic()
            # A session of its own: Ctrl-C in the terminal reaches the parent, which then stops this child in order.
            self._process = subprocess.Popen(self._command, start_new_session=True)
            if self._stopping.is_set():
                self._process.terminate()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            pause = 1.0 if time.monotonic() - begun > _LONGEST_WAIT_SECONDS else min(pause * 2, _LONGEST_WAIT_SECONDS)
            logger.error("worker_ended", code=code, again_in_seconds=pause)
            self._stopping.wait(pause)


def prepare_interpreter() -> None:
    """Suit Python to a process that serves pages and takes deliveries in at the same time, in several threads.

    It looks for garbage rarely, and not at all in what has been built so far: a page of a delivery is some 100,000
    objects that live shortly and refer to one another in no circles, and looking through them again and again took a
    third of its time. Threads take turns every millisecond, so that one that has waited for the database, or answers a
    page, need not wait for five while another one computes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(400_000, 20, 20)
    sys.setswitchinterval(0.001)


def end_with_parent(parent: int) -> None:
    """End this process soon after the parent with this id is gone, even when it was killed without a word.

    The id must come from the parent itself: asked for here, it might already be that of whoever adopted this process.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
