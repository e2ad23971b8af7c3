"""Several processes at once, and processes that are killed: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, is_current, main_engine, parse_database_url, views_engine
from casework.eventlog.store import LARGEST_INSERT
from tests.eventlog.example_views import Seen
from tests.eventlog.examples import Counted, new_streams, open_log, write
from tests.faults.processes import open_views

Starter = Callable[..., subprocess.Popen[str]]


def address(url: DatabaseUrl) -> str:
    return url.url.render_as_string(hide_password=False)


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Starter]:
    """Starts a process and waits until it is ready; kills what is left of it at the end."""
    running: list[subprocess.Popen[str]] = []

    def start(mode: str, url: DatabaseUrl, *numbers: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.processes", mode, address(url), *map(str, numbers)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def go(*processes: subprocess.Popen[str]) -> None:
    """Let processes go on together once all of them are ready."""
    for process in processes:
        assert pipe(process.stdout).readline() == "ready\n"
    for process in processes:
        tell(process)


def tell(process: subprocess.Popen[str]) -> None:
    pipe(process.stdin).write("go\n")
    pipe(process.stdin).flush()


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
    assert [process.wait(30) for process in processes] == [0] * 4
    assert is_current(url)


def test_four_processes_fold_each_event_exactly_once(database_url: DatabaseUrl, start: Starter) -> None:
    log = open_log(database_url)
    write(log, new_streams(400))
    followers = [start("follow", database_url, 600) for _ in range(4)]
    go(*followers)
    for batch in range(20):
        write(log, new_streams(10, first=400 + 10 * batch), f"command-{batch}")
    assert [process.wait(40) for process in followers] == [0] * 4
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
    while True:
        over = large.poll() is not None and small.poll() is not None
        page = log.read(followed[-1] if followed else 0, 500)
        followed += [each.position for each in page]
        if over and not page:
            break
    assert (large.returncode, small.returncode) == (0, 0)
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
        assert pipe(process.stdout).readline() == f"{number}\n"
        if number < rounds_until_killed:
            tell(process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(folded(database_url)) == 2 * (rounds_until_killed - 1)
    assert_all_there_once(database_url, acknowledged=rounds_until_killed, at_most=rounds_until_killed)


def test_killed_at_any_moment(database_url: DatabaseUrl, start: Starter) -> None:
    process = start("work", database_url, 1)
    go(process)
    acknowledged = 0
    while acknowledged < 40:
        acknowledged = int(pipe(process.stdout).readline())
    process.send_signal(signal.SIGKILL)
    for line in pipe(process.stdout):
        acknowledged = int(line)
    process.wait()
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
