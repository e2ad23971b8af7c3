"""What the fault tests run in processes of their own: `python -m tests.faults.processes MODE URL [NUMBER...]`.

Each prints a line when it is ready and then waits for a line on its standard input, so that all start together.
"""

from __future__ import annotations

import sys
from uuid import uuid4

from casework.database import migrate, parse_database_url, views_engine
from casework.eventlog.store import EventLog
from casework.views.models.catch_up import Views
from tests.eventlog.example_views import Seen
from tests.eventlog.examples import new_streams, open_log, write


def main() -> None:
    mode, address, *numbers = sys.argv[1:]
    url = parse_database_url(address)
    if mode == "migrate":
        _ready()
        migrate(url)
        open_views(address, open_log(url))
        return
    log = open_log(url)
    if mode == "follow":
        _follow(open_views(address, log), int(numbers[0]))
    elif mode == "write":
        _write(log, *map(int, numbers))
    elif mode == "work":
        _work(log, open_views(address, log), pause=numbers == ["0"])
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
