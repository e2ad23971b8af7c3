"""Structured logs: one JSON object a line on standard error, without personal data.

The access log names the route's pattern and never the address, because addresses carry tokens and searches; whoever
logs an event gives opaque ids only.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from litestar.types import Message, Scope

logger = structlog.get_logger()

# Without the values of variables, which structlog would add: they are what people wrote, their links and passwords.
_tracebacks = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def set_up_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send our own events and those of libraries (warnings and worse) to one stream."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _tracebacks,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))


@contextmanager
def only_warnings() -> Iterator[None]:
    """For a command whose output is for people or programs: what went as it should is not told beside it."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)


async def log_access(message: Message, scope: Scope) -> None:
    """One line an answer; assets and health checks are left out."""
    # Not above: commands and the worker, which log too, do not load the web.
    from litestar.enums import ScopeType

    from casework.views.frame import frame_of

    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    route = scope.get("path_template") or "-"
    if route.startswith(("/static", "/healthz", "/readyz")):
        return
    milliseconds = round((time.perf_counter() - frame_of(scope).started) * 1000, 1)
    logger.info("request", method=scope["method"], route=route, status=message["status"], milliseconds=milliseconds)
