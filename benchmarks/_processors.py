"""Processor time of everybody who takes part: this process, others, and PostgreSQL with all its processes.

On a busy machine the clock tells how busy it is; processor time tells what the work costs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from casework.database import DatabaseUrl


def processors_of(url: DatabaseUrl) -> Callable[[], float]:
    """A clock of the seconds that this process and the PostgreSQL behind the address have used so far."""
    if url.kind == "sqlite":
        return time.process_time
    server = database_process(url.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    return lambda: time.process_time() + processor_seconds(server)


def database_process(address: str) -> int:
    """The id of the process that all others of PostgreSQL come from."""
    with psycopg.connect(address) as connection:
        return int(process_times()[connection.info.backend_pid][0])


def process_times() -> dict[int, tuple[int, float, float]]:
    """Of every process its parent, the seconds it has used, and those of its children that have ended (proc(5))."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            used, ended = sum(map(int, fields[11:13])) / tick, sum(map(int, fields[13:15])) / tick
            found[int(folder.name)] = int(fields[1]), used, ended
    return found


def processor_seconds(root: int) -> float:
    """What a process and all that came from it have used so far."""
    times = process_times()
    family, total = {root}, times[root][1] + times[root][2]
    while True:
        born = {process for process, (parent, _, _) in times.items() if parent in family} - family
        if not born:
            return total
        total += sum(times[process][1] + times[process][2] for process in born)
        family |= born
