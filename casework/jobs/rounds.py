"""How a thread of the worker goes round: build what it works with, do what there is, wait, outlive every trouble."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog

LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0

Tools = TypeVar("Tools")

logger = structlog.get_logger()


def go_round(
    build: Callable[[], Tools], work: Callable[[Tools], None], stop: Event, *, look_seconds: float, waits: str
) -> None:
    """Do ``work`` every ``look_seconds`` until ``stop`` is set.

    ``build`` makes what it works with; it is called again and again while the database is away. Nothing that goes wrong
    ends this: it is logged under the name ``waits`` and tried again, at most ``LONGEST_PAUSE_SECONDS`` later.
    """
    tools: Tools | None = None
    pause = look_seconds
    while not stop.is_set():
        try:
            if tools is None:
                tools = build()
            work(tools)
            pause = look_seconds
        except Exception as error:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            logger.error(waits, seconds=pause, exc_info=error)
        stop.wait(pause)
