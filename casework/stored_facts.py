"""Holds the stored events against the public facts that were hashed: whether the log still is what was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from casework.eventlog.public_facts import Pseudonyms, UndeclaredFact, fact_of
from casework.eventlog.selecting import Row
from casework.eventlog.store import EventLog
from casework.views.models import log_tree
from casework.views.models.catch_up import Views

PAGE = 1_000


class EventDiffers(NamedTuple):
    """An event that is not the one of its leaf. ``n``: the leaf, or where one would stand that has none."""

    n: int
    position: int
    what: str


def compare_events(
    log: EventLog, views: Views, pseudonyms: Pseudonyms, size: int, told: Callable[[int, int], None] | None = None
) -> Iterator[EventDiffers]:
    """Every stored event that was changed, dropped or put in since the first ``size`` leaves were made."""
    position = 0
    for first in range(0, size, PAGE):
        with views.engine.connect() as connection:
            leaves = log_tree.list_leaves(connection, views.tables(log_tree.NAME), first, min(size, first + PAGE))
        if not leaves:
            return
        stored = {row[0]: row for row in _until(log, position, leaves[-1][0])}
        position = leaves[-1][0]
        for n, (at, line) in enumerate(leaves, first):
            row = stored.pop(at, None)
            if row is None:
                yield EventDiffers(n, at, "is missing")
                continue
            _, stream, version, topic, state = row
            try:
                here = fact_of(stream, version, topic, state, n, pseudonyms)
            except (UndeclaredFact, ValueError) as error:
                yield EventDiffers(n, at, f"cannot be read: {error}")
                continue
            if here != line:
                yield EventDiffers(n, at, "was changed")
        for at in sorted(stored):
            yield EventDiffers(first + sum(other < at for other, _line in leaves), at, "was put in")
        if told is not None:
            told(first + len(leaves), size)


def _until(log: EventLog, after: int, last: int) -> Iterator[Row]:
    while after < last and (page := log.stored(after, PAGE)):
        for row in page:
            if row[0] > last:
                return
            yield row
        after = page[-1][0]
