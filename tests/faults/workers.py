"""Forks a `casework` command for each line that it reads, and says its id; each is spared the seconds of our imports.

A line is JSON: the command, the environment and the folder that it shall have, and the file for what it says. Tests ask
for one by ``tests.faults.nursery``.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys

# What the commands import, once here instead of in every process.
import alembic.command  # noqa: F401
import granian  # noqa: F401

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
    gc.freeze()  # what is here stays, and need not be copied for each process because somebody looked at it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.clear()
            os.environ.update(told["environment"])
            os.chdir(told["folder"])
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
            os.dup2(2, 1)
            command(told["command"])
        print(child, flush=True)
    os._exit(0)  # without taking everything apart, which takes seconds on a busy machine


if __name__ == "__main__":
    main()
