"""Spreads work over processes that share what this one has loaded, and brings the results back in order.

The processes are forked, so a large index is loaded once. A process that dies, killed for its memory or by a fault in a
library, costs the item it was at and nothing else.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 4  # items per process that wait to be fetched by it
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Died(Exception):
    """The process that was at this item has died, twice."""


class Spreading(Generic[Item, Result]):
    """Runs one function over items; what the function closes over is shared, so it must be ready before."""

    def __init__(self, function: Callable[[Item], Result], processes: int) -> None:
        """Use this many processes; with one, everything happens in this process."""
        self._function = function
        self._processes = processes

    def results(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Died]]:
        """Yield each item with its result, in the order of the items."""
        if self._processes <= 1:
            for item in items:
                yield item, self._function(item)
            return
        waiting = deque(items)
        while waiting:
            yield from self._until_a_process_dies(waiting)

    def _until_a_process_dies(self, waiting: deque[Item]) -> Iterator[tuple[Item, Result | Died]]:
        running: deque[tuple[Item, Future[Result]]] = deque()
        pool = _pool(self._function, min(self._processes, len(waiting)))
        try:
            while waiting or running:
                while waiting and len(running) < _AHEAD * self._processes:
                    running.append((waiting[0], pool.submit(_call, waiting[0])))
                    waiting.popleft()
                item, future = running[0]
                result = future.result()
                running.popleft()
                yield item, result
        except BrokenProcessPool:
            # One of those that were being worked at has killed its process. Each gets a process of its own, once.
            for item, future in running:
                done = future.done() and future.exception() is None
                yield item, future.result() if done else self._alone(item)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _alone(self, item: Item) -> Result | Died:
        with _pool(self._function, 1) as pool:
            try:
                return pool.submit(_call, item).result()
            except BrokenProcessPool:
                return Died()


_function: Callable[..., object] | None = None


def _pool(function: Callable[..., object], processes: int) -> ProcessPoolExecutor:
    # Forked on purpose: the function and everything behind it go over without being copied or written out.
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(function,))


def _begin(function: Callable[..., object]) -> None:
    """Prepare a new process: it ends without a word when the terminal says so, and when its parent has ended."""
    global _function  # noqa: PLW0603 the only way to hand something to a forked process without writing it out
    _function = function
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _call(item: Item) -> Result:  # type: ignore[type-var]
    if _function is None:
        raise RuntimeError("the process was not prepared")
    return _function(item)  # type: ignore[return-value]
