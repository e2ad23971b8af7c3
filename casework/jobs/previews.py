"""Prepares the previews of files that were laid beside cases, one at a time, beside the other work of the worker.

A file is written to a folder of its own for as long as it is decoded. A worker that is killed loses its file: the row
is taken by another one, and its folder is swept away when the next worker looks.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import sqlalchemy as sa
import structlog

from casework.application import Casework
from casework.database import DatabaseUnavailable
from casework.errors import NotFound
from casework.eventlog.vault import TamperedItem
from casework.jobs.rounds import LOOK_SECONDS, go_round
from casework.previews.kept import KeptPreview, Previews
from casework.previews.making import NotPrepared, make
from casework.previews.subjects import subject_of

RENEW_SECONDS = 20.0
SWEEP_SECONDS = 3600.0
"""Folders of dead workers are swept away when they are older: no decoding takes so long."""

_PREFIX = "casework-previews-"

logger = structlog.get_logger()


class PreviewWorker:
    """Prepares previews until told to stop."""

    def __init__(self, build: Callable[[], PreviewMaker], *, look_seconds: float = LOOK_SECONDS) -> None:
        """``build`` makes the maker; it is called again and again while the database is away."""
        self._build = build
        self._look_seconds = look_seconds

    def run(self, stop: Event) -> None:
        """Look for work until ``stop`` is set. Nothing that goes wrong ends this: it is logged and tried again."""
        sweep()

        def make_all(maker: PreviewMaker) -> None:
            while not stop.is_set() and maker.make_one():
                pass

        go_round(self._build, make_all, stop, look_seconds=self._look_seconds, waits="preview_worker_waits")


class PreviewMaker:
    """Prepares previews for one application."""

    def __init__(self, casework: Casework, previews: Previews) -> None:
        self._casework = casework
        self._previews = previews
        self._name = f"w_{secrets.token_hex(8)}"

    def make_one(self) -> bool:
        """Prepare those of the next file; whether there was one."""
        one = self._previews.take(self._name)
        if one is None:
            return False
        where = {"case": str(one.case_id), "side": one.side.value}
        try:
            with self._held(one):
                made = self._make(one)
        except NotPrepared as reason:
            self._previews.fail(one, reason.code, retryable=reason.retryable)
            logger.info("preview_not_prepared", problem=reason.code, **where)
        except (DatabaseUnavailable, sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the time runs out, and a worker that reaches the database begins anew
        except Exception as error:
            logger.error("preview_failed", exc_info=error, **where)
            self._previews.fail(one, "fault", retryable=True)
        else:
            logger.info("preview_prepared" if made else "preview_superseded", **where)
        return True

    def _make(self, one: KeptPreview) -> bool:
        try:
            case = self._casework.case(one.case_id)
        except NotFound:
            raise NotPrepared("gone") from None
        deposited = case.media_of(one.side)
        if deposited is None or deposited.version != one.version:
            raise NotPrepared("gone")
        try:
            content = self._casework.vault.open(deposited.file.file)
        except TamperedItem:
            raise NotPrepared("tampered") from None
        if content is None:
            raise NotPrepared("gone")
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            path = Path(folder) / "original"
            path.write_bytes(content)
            del content
            parts = make(path, deposited.file.media_type, one.side, case.decision.evidence)
        return self._previews.finish(one, deposited.file.file, subject_of(case, one.side), parts)

    @contextmanager
    def _held(self, one: KeptPreview) -> Iterator[None]:
        """Say every few seconds that this worker is alive."""
        done = Event()

        def renew() -> None:
            while not done.wait(RENEW_SECONDS):
                with suppress(sa.exc.SQLAlchemyError, DatabaseUnavailable):
                    self._previews.go_on(one)

        thread = Thread(target=renew, name="preview alive", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def sweep() -> None:
    """Remove folders that workers left behind when they were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid == os.getuid() and time.time() - status.st_mtime > SWEEP_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
