"""Several processes at once, and processes that are killed: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, is_current, main_engine, parse_database_url, views_engine
from casework.eventlog.store import LARGEST_INSERT
from tests.eventlog.example_views import Seen
from tests.eventlog.examples import Counted, new_streams, open_log, write
from tests.faults.processes import open_views


class Process:
    """One process that the nursery has forked for us."""

    def __init__(self, nursery: Path, mode: str, url: DatabaseUrl, numbers: tuple[int, ...]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(nursery))
        self._lines = self._socket.makefile("r")
        self.pid = int(self._lines.readline())
        self.tell(" ".join([mode, address(url), *map(str, numbers)]))

    def tell(self, line: str = "go") -> None:
        self._socket.sendall(f"{line}\n".encode())

    def hears(self) -> str:
        """The next thing it says; nothing when it has ended."""
        return self._lines.readline().strip()

    def has_ended(self) -> bool:
        """Whether it has said that it is done, or died."""
        return bool(select.select([self._socket], [], [], 0)[0]) and self.hears() in ("done", "")

    def kill(self) -> list[str]:
        """End it as a power cut would; what it had said before that nobody has read yet."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ConnectionResetError):
            return self._lines.read().split()
        return []

    def close(self) -> None:
        self.kill()
        self._lines.close()
        self._socket.close()


Starter = Callable[..., Process]


def address(url: DatabaseUrl) -> str:
    return url.url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="casework-nursery-"))
    path = folder / "socket"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.processes", str(path)],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield path
        process.kill()
    shutil.rmtree(folder)


@pytest.fixture
def start(nursery: Path) -> Iterator[Starter]:
    """Starts processes and kills what is left of them at the end."""
    started: list[Process] = []

    def start(mode: str, url: DatabaseUrl, *numbers: int) -> Process:
        started.append(Process(nursery, mode, url, numbers))
        return started[-1]

    yield start
    for process in started:
        process.close()


def go(*processes: Process) -> None:
    """Let processes go on together once all of them are ready."""
    assert [process.hears() for process in processes] == ["ready"] * len(processes)
    for process in processes:
        process.tell()


def folded(url: DatabaseUrl) -> list[tuple[int, int, int]]:
    engine = views_engine(url)
    table = Seen().tables(sa.MetaData(), lambda plain: f"{plain}__v1")["seen_events"]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.position)).all()
    engine.dispose()
    return [(row.position, row.number, row.folded) for row in rows]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_many_first_starts_at_once(kind: str, request: pytest.FixtureRequest, start: Starter) -> None:
    if kind == "sqlite":
        url = parse_database_url(f"sqlite:///{request.getfixturevalue('tmp_path')}/new.db")
    else:
        url = request.getfixturevalue("empty_postgresql_url")
    processes = [start("migrate", url) for _ in range(4)]
    go(*processes)
    assert [process.hears() for process in processes] == ["done"] * 4
    assert is_current(url)


def test_four_processes_fold_each_event_exactly_once(database_url: DatabaseUrl, start: Starter) -> None:
    log = open_log(database_url)
    write(log, new_streams(400))
    followers = [start("follow", database_url, 600) for _ in range(4)]
    go(*followers)
    for batch in range(20):
        write(log, new_streams(10, first=400 + 10 * batch), f"command-{batch}")
    assert [process.hears() for process in followers] == ["done"] * 4
    assert folded(database_url) == [(number + 1, number, 1) for number in range(600)]
    log.close()


@pytest.mark.postgresql
def test_a_reader_following_the_log_loses_nothing_while_others_write(
    postgresql_url: DatabaseUrl, start: Starter
) -> None:
    """One writes large batches, one single events; what a tail passes over is never filled in later."""
    log = open_log(postgresql_url)
    large, small = start("write", postgresql_url, 40, LARGEST_INSERT * 3), start("write", postgresql_url, 600, 1)
    go(large, small)
    followed: list[int] = []
    running = [large, small]
    while True:
        running = [process for process in running if not process.has_ended()]
        page = log.read(followed[-1] if followed else 0, 500)
        followed += [each.position for each in page]
        if not running and not page:
            break
    engine = main_engine(postgresql_url)
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT notification_id FROM stored_events ORDER BY 1")).scalars().all()
    engine.dispose()
    assert len(stored) == 40 * LARGEST_INSERT * 3 + 600
    assert followed == list(stored)
    assert followed == list(range(1, len(stored) + 1))
    log.close()


@pytest.mark.parametrize("rounds_until_killed", [1, 5])
def test_killed_between_append_and_view(database_url: DatabaseUrl, start: Starter, rounds_until_killed: int) -> None:
    """After each acknowledgement the process waits in front of its views; killed there, they are behind, not wrong."""
    process = start("work", database_url, 0)
    go(process)
    for number in range(1, rounds_until_killed + 1):
        assert process.hears() == str(number)
        if number < rounds_until_killed:
            process.tell()
    process.kill()
    assert len(folded(database_url)) == 2 * (rounds_until_killed - 1)
    assert_all_there_once(database_url, acknowledged=rounds_until_killed, at_most=rounds_until_killed)


def test_killed_at_any_moment(database_url: DatabaseUrl, start: Starter) -> None:
    process = start("work", database_url, 1)
    go(process)
    acknowledged = 0
    while acknowledged < 40:
        acknowledged = int(process.hears())
    acknowledged = int([str(acknowledged), *process.kill()][-1])
    # One more may have been written without the answer having come.
    assert_all_there_once(database_url, acknowledged=acknowledged, at_most=acknowledged + 1)


def assert_all_there_once(url: DatabaseUrl, *, acknowledged: int, at_most: int) -> None:
    """After a restart: every acknowledged event is in the log, whole commands only, and each is in the view once."""
    log = open_log(url)
    numbers = [each.event.number for each in log.read(0, 10_000) if isinstance(each.event, Counted)]
    last = numbers[-1]
    assert acknowledged <= last <= at_most
    assert numbers == [number for number in range(1, last + 1) for _ in range(2)]
    views = open_views(address(url), log)
    views.catch_up()
    assert [(number, times) for _position, number, times in folded(url)] == [(number, 1) for number in numbers]
    write(log, new_streams(1, first=-5), "after")
    views.catch_up()
    assert len(folded(url)) == len(numbers) + 1
    log.close()
