"""Forks a `casework worker` for each line that it reads, and says its id; each is spared the seconds of our imports.

`python -m tests.faults.workers` runs in the environment and the folder that the workers shall have; what they say goes
where it says its own faults.
"""

from __future__ import annotations

import os
import signal
import sys

# What the worker imports, once here instead of in every process.
import casework.app
import casework.jobs.report_worker
import casework.jobs.worker  # noqa: F401
from casework.cli.main import casework as command
from casework.law import read_law, read_standards
from casework.working_days import calendars


def main() -> None:
    # Either takes as long as a worker's whole work here, and is kept.
    calendars()
    read_standards(read_law())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            command(["worker"])
        print(child, flush=True)
    os._exit(0)  # without taking everything apart, which takes seconds on a busy machine


if __name__ == "__main__":
    main()
