"""What the fault tests run in processes of their own.

`python -m tests.faults.processes SOCKET` forks a process for each connection to that socket, which saves each of them
the second that our imports take. A process says its id, reads `MODE URL [NUMBER...]`, says `ready` and waits for a
line, so that several start together; it says `done` at its end, unless it fails or is killed.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from uuid import uuid4

import alembic.command  # noqa: F401  (once here instead of in every process)

from casework.database import migrate, parse_database_url, views_engine
from casework.eventlog.store import EventLog
from casework.views.models.catch_up import Views
from tests.eventlog.example_views import Seen
from tests.eventlog.examples import new_streams, open_log, write


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(16)
        print("listening", flush=True)
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                _serve(connection)
                # Without the parent's clean-up; an exception has ended the process with its traceback before.
                os._exit(0)
            connection.close()


def _serve(connection: socket.socket) -> None:
    sys.stdin = connection.makefile("r")
    sys.stdout = connection.makefile("w")
    print(os.getpid(), flush=True)
    mode, address, *numbers = sys.stdin.readline().split()
    try:
        _run(mode, address, [int(number) for number in numbers])
        print("done", flush=True)
    except BaseException:  # noqa: BLE001  (nothing may go on into the parent's loop)
        traceback.print_exc()
        os._exit(1)


def _run(mode: str, address: str, numbers: list[int]) -> None:
    url = parse_database_url(address)
    if mode == "migrate":
        _ready()
        migrate(url)
        open_views(address, open_log(url))
        return
    log = open_log(url)
    if mode == "follow":
        _follow(open_views(address, log), numbers[0])
    elif mode == "write":
        _write(log, *numbers)
    elif mode == "work":
        _work(log, open_views(address, log), pause=numbers == [0])
    log.close()


def open_views(address: str, log: EventLog) -> Views:
    views = Views(views_engine(parse_database_url(address)), log, [Seen()], page=7)
    views.prepare()
    return views


def _follow(views: Views, last: int) -> None:
    """Catch up until the view is at the last position, in a race with others."""
    _ready()
    while views.status()[0].position < last:
        views.catch_up()


def _write(log: EventLog, batches: int, size: int) -> None:
    _ready()
    for batch in range(batches):
        write(log, new_streams(size), f"command-{batch}-{uuid4()}")


def _work(log: EventLog, views: Views, *, pause: bool) -> None:
    """Append pairs and catch up until killed, saying each number only when its pair is safely in the log."""
    _ready()
    number = 0
    while True:
        number += 1
        write(log, [*new_streams(1, first=number), *new_streams(1, first=number)], f"command-{number}")
        print(number, flush=True)
        if pause:
            sys.stdin.readline()
        views.catch_up()


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
