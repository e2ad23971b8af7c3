"""Runs an engine of another package in a process of its own, under limits of time and memory for each file.

Such an engine may wait forever, eat all memory or bring its process down: that costs the file it was at, and the engine
begins anew with the next one. What it holds comes from the store that it was given; where nobody else sees that store,
the works are put in again. This guards against faults, not against malice: the process sees what its starter saw.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from matching_adapter.port import (
    EmbeddedEngine,
    EngineInfo,
    Failed,
    IndexReceipt,
    MatchOutcome,
    UploadFile,
    WorkFile,
)
from matching_adapter.store import StoreProblem

FAULT = "engine_fault"
"""Code of a file at which an engine failed by its own fault."""

_LARGEST_ANSWER = 64 << 20
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LOOK_SECONDS = 0.2
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What an engine may take for one file, upload or work: `seconds` by the clock, and `memory_bytes` of its own.

    Memory counts from what the process has at its start; it is private memory that can be written to, so neither
    mapped files nor address space that is only reserved count.
    """

    seconds: int = 600
    memory_bytes: int = 4 << 30

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.memory_bytes < 1:
            raise ValueError("seconds and memory_bytes must be 1 or more")


def shortened(text: str) -> str:
    """Return the words of an engine as they may be told: one line of a bearable length, whatever it says."""
    cut = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    return "".join(sign if sign.isprintable() else " " for sign in cut)


class CannotBeMade(ValueError):
    """The engine could not be made, or does not describe itself; the message is for the operator."""


class EngineRaised(Exception):
    """The engine raised; `kind` is the name of what it raised."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class EngineEnded(EngineRaised):
    """The process of the engine was ended or has ended. `code` is stable and for machines, `detail` is for people.

    `timeout`, `too_much_memory`: beyond its limits; `crashed`: by itself.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class ConfinedEngine:
    """Stands for an engine that lives in another process.

    Processes that are forked from this one start engines of their own when they first need one.
    """

    def __init__(
        self, name: str, make: Callable[[], EmbeddedEngine], limits: EngineLimits, *, keeps_works: bool
    ) -> None:
        """Start the engine; `keeps_works`: the store it is made with is one that outlives its process.

        Raises:
            CannotBeMade: when it cannot be made.

        """
        self._name, self._make, self._limits = name, make, limits
        self._keeps_works = keeps_works
        self._works: dict[str, WorkFile] = {}
        self._is_lost = False
        self._child: _Child | None = None
        self._info = self._started()

    @property
    def info(self) -> EngineInfo:
        """What the engine said of itself when it was started."""
        return self._info

    @property
    def processor_seconds(self) -> float:
        """Processor time of the engine's process since its start."""
        return 0.0 if self._child is None else self._child.processor_seconds

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Put works in, one by one, each under the limits."""
        return [self._put(work) for work in batch]

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works. Raises `EngineRaised`."""
        self._asked("remove", list(work_ids))
        for work_id in work_ids:
            self._works.pop(work_id, None)

    def snapshot(self) -> str:
        """Return the engine's id of its references. Raises `EngineRaised`."""
        found: str = self._asked("snapshot")
        return found

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Look at uploads, one by one, each under the limits."""
        return [self._look(upload) for upload in batch]

    def _look(self, upload: UploadFile) -> MatchOutcome:
        name = upload.file.name
        try:
            (outcome,) = self._asked("match", [upload])
        except EngineEnded as ended:
            # With other limits, or on another day, it may come to its end.
            return Failed(self._name, ended.code, f"{name}: {ended.detail}", retryable=True)
        except EngineRaised as raised:
            return Failed(self._name, FAULT, f"{name}: {raised.kind}", retryable=False)
        answered: MatchOutcome = outcome
        return answered

    def _put(self, work: WorkFile) -> IndexReceipt:
        try:
            (receipt,) = self._asked("put", [work])
        except EngineEnded as ended:
            return IndexReceipt(work.work_id, ended.code, f"{work.file.name}: {ended.detail}")
        except EngineRaised as raised:
            return IndexReceipt(work.work_id, FAULT, f"{work.file.name}: {raised.kind}")
        answered: IndexReceipt = receipt
        if not self._keeps_works and answered.code is None:
            self._works[work.work_id] = work
        return answered

    def _asked(self, *call: object) -> Any:
        """Return what the engine answers; it is started where it does not run."""
        if self._is_lost:
            raise EngineRaised(f"the engine {self._name!r} has lost its works")
        if self._child is None or not self._child.is_ours:
            self._started()
            self._restore()
        return self._answer(call)

    def _started(self) -> EngineInfo:
        self._child = _Child(self._make, self._limits)
        weakref.finalize(self, self._child.end)
        try:
            info = self._answer(None)
        except EngineEnded as ended:
            raise CannotBeMade(ended.detail) from None
        if not isinstance(info, EngineInfo):
            raise CannotBeMade(f"the engine {self._name!r} does not describe itself: {type(info).__name__}")
        return info

    def _restore(self) -> None:
        """Put in again what an engine held that has ended; it must not answer about fewer works than it had."""
        for work in self._works.values():
            try:
                (receipt,) = self._answer(("put", [work]))
                self._is_lost = receipt.code is not None
            except (EngineRaised, TypeError, ValueError, AttributeError):
                self._is_lost = True
            if self._is_lost:
                self._end()
                raise EngineRaised(f"the engine {self._name!r} has lost its works")

    def _answer(self, call: tuple[object, ...] | None) -> Any:
        child = self._child
        if child is None:
            raise EngineEnded("crashed", f"the engine {self._name!r} does not run")
        try:
            if call is not None:
                child.send(call)
            if not child.answers_within(self._limits.seconds):
                self._end()
                waited = f"was not done after {self._limits.seconds} s, and was ended"
                raise EngineEnded("timeout", f"the engine {self._name!r} {waited}")
            kind, value = child.receive()
        except (EOFError, OSError):
            how = self._end()
            raise EngineEnded("crashed", f"the engine {self._name!r} has ended by itself ({how})") from None
        if kind == "answered":
            return value
        raise self._trouble(kind, value)

    def _trouble(self, kind: str, value: str) -> Exception:
        if kind == "store":
            return StoreProblem(value)
        if kind == "unmade":
            self._end()
            return CannotBeMade(shortened(value))
        if value == MemoryError.__name__:
            self._end()
            most = f"{self._limits.memory_bytes >> 20:,} MiB of memory"
            return EngineEnded("too_much_memory", f"the engine {self._name!r} wanted more than {most}, and was ended")
        return EngineRaised(shortened(value))

    def _end(self) -> str:
        child, self._child = self._child, None
        return "" if child is None else child.end()


class _Child:
    """The process of an engine, and the way to it."""

    def __init__(self, make: Callable[[], EmbeddedEngine], limits: EngineLimits) -> None:
        self.connection, theirs = Pipe()
        self._parent = os.getpid()
        with warnings.catch_warnings():
            # The child goes on in this thread alone and waits for nothing that another one might hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            try:
                self.connection.close()
                _confine(limits, self._parent)
                _serve(theirs, make)
            finally:
                os._exit(1)
        theirs.close()
        with suppress(OSError):  # so that whatever it starts can be ended with it
            os.setpgid(self._pid, self._pid)

    @property
    def is_ours(self) -> bool:
        """Whether this process has started it, and is not a copy of the one that did."""
        return self._parent == os.getpid()

    @property
    def processor_seconds(self) -> float:
        with suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{self._pid}/stat").read_bytes().rpartition(b") ")[2].split()
            return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def send(self, call: tuple[object, ...]) -> None:
        self.connection.send_bytes(pickle.dumps(call))

    def answers_within(self, seconds: float) -> bool:
        """Wait for an answer. Raises `EOFError` when the process ends without one.

        What it has started may outlive it and hold the other end of the connection, so that alone tells nothing.
        """
        ends = time.monotonic() + seconds
        while not self.connection.poll(min(_LOOK_SECONDS, max(0.0, ends - time.monotonic()))):
            if time.monotonic() >= ends:
                return False
            has_ended = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            if has_ended and not self.connection.poll():
                raise EOFError
        return True

    def receive(self) -> tuple[str, Any]:
        """Return the kind of the answer and the answer; `raised` where it is none."""
        written = self.connection.recv_bytes(_LARGEST_ANSWER)
        try:
            kind, value = pickle.loads(written)  # noqa: S301 the engine runs with our rights anyhow
        except Exception as error:  # noqa: BLE001 whatever an engine sends
            return "raised", f"an answer that cannot be read: {type(error).__name__}"
        return kind, value

    def end(self) -> str:
        """Kill it and whatever it has started; return how it ended."""
        if not self.is_ours or self.connection.closed:
            return ""
        self.connection.close()
        for kill in (os.killpg, os.kill):
            with suppress(OSError):
                kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"signal {-code}" if code < 0 else f"code {code}"


def _confine(limits: EngineLimits, parent: int) -> None:
    """Prepare the new process: it ends with its parent, says nothing in its place and takes so much memory at most."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    most = int(held.split()[1]) * 1024 + limits.memory_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _serve(connection: Connection, make: Callable[[], EmbeddedEngine]) -> None:
    """Make the engine, say what it is, and answer until nobody asks any more."""
    try:
        engine = make()
        info = engine.info
        if isinstance(info, EngineInfo):
            info = replace(info, parameters=dict(info.parameters))
        connection.send_bytes(pickle.dumps(("answered", info)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 whatever it is, it is the engine's
        connection.send_bytes(pickle.dumps(("unmade", str(error))))
        return
    while True:
        try:
            name, *arguments = pickle.loads(connection.recv_bytes())  # noqa: S301 from the process that started this one
        except EOFError:
            return
        connection.send_bytes(_answered(engine, name, arguments))


def _answered(engine: EmbeddedEngine, name: str, arguments: Sequence[object]) -> bytes:
    try:
        return pickle.dumps(("answered", getattr(engine, name)(*arguments)))
    except StoreProblem as problem:
        return pickle.dumps(("store", str(problem)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 as above
        return pickle.dumps(("raised", type(error).__name__))
