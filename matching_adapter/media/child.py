"""Runs one ffmpeg as a child process under limits of time, memory and output: nothing else here starts a program.

The child gets no terminal, no environment and no files but those it is told of. It is killed when the time is over,
when it writes more than allowed, when the caller stops reading, and by the kernel when the caller itself is killed.
"""

from __future__ import annotations

import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

FailureCode: TypeAlias = Literal[
    "undecodable",
    "too_long",
    "too_large",
    "timeout",
    "too_much_memory",
    "no_sound",
    "no_picture",
    "decoder_missing",
]

_CHUNK = 1 << 20
_TOLD = 8192  # bytes of what the child said about its trouble that are kept
_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What one decoding may take; beyond it the child is killed.

    `cpu_seconds` of all its threads, `wall_seconds` by the clock, `memory_bytes` of address space, `output_bytes` that
    it may write. `longest_seconds` is the longest sound or picture that is taken at all, `most_pixels` the largest
    single picture (width times height).
    """

    cpu_seconds: int = 300
    wall_seconds: int = 600
    memory_bytes: int = 2 << 30
    output_bytes: int = 2 << 30
    longest_seconds: int = 6 * 3600
    most_pixels: int = 100_000_000

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more")


class DecodingFailed(Exception):
    """The file could not be decoded. `code` is stable and for machines, `detail` is for people.

    `undecodable`: broken, cut off before anything could be read, or of another type than said. `too_long`,
    `too_large`: beyond `Limits.longest_seconds`, `most_pixels` or `output_bytes`. `timeout`: beyond the time;
    `too_much_memory`: beyond the memory. `no_sound`, `no_picture`: the file has none. `decoder_missing`: no ffmpeg, or
    one that cannot do this. `retryable` says whether the same file could do better another time or on another machine.
    """

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: FailureCode = code
        self.detail = detail
        self.retryable = code in ("timeout", "decoder_missing")


@cache
def program() -> str:
    """Return the path of the ffmpeg that comes with imageio-ffmpeg, or of the one in IMAGEIO_FFMPEG_EXE.

    Raises:
        DecodingFailed: `decoder_missing`.

    """
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return str(get_ffmpeg_exe())
    except RuntimeError as error:
        raise DecodingFailed("decoder_missing", str(error)) from None


def output_of(arguments: Sequence[str], limits: Limits, *, writes_files: bool = False) -> Iterator[bytes]:
    """Start the child and yield what it writes to its output, piece by piece, as it comes.

    Raises:
        DecodingFailed: when it could not be started, failed, or went beyond a limit; pieces may have come before.

    """
    deadline = time.monotonic() + limits.wall_seconds
    process = _started(arguments, limits, writes_files=writes_files)
    told = bytearray()
    try:
        yield from _read(process, limits, deadline, told)
        try:
            seconds = _cpu_seconds_at_end(process, deadline)
        except TimeoutError:
            raise DecodingFailed("timeout", f"not done after {limits.wall_seconds} s") from None
        process.wait()
        if process.returncode != 0 or _too_large(told):
            raise _failure(process.returncode, seconds, bytes(told), limits)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


# PR_SET_PDEATHSIG is 1, SIGKILL is 9.
_TIE = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execv(sys.argv[1], sys.argv[1:])"


@cache
def _tied() -> tuple[str, ...]:
    """Return how a command begins whose program the kernel kills with the thread that started it.

    The wish must be said by the child itself, but no code of ours may run between fork and exec (see below). So a small
    program says it and turns into the one that is meant: `setpriv` of util-linux in a millisecond, otherwise Python.
    """
    found = shutil.which("setpriv")
    if found is not None:
        tried = subprocess.run(
            [found, "--pdeathsig", "KILL", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if tried.returncode == 0:
            return found, "--pdeathsig", "KILL"
    return sys.executable, "-I", "-S", "-c", _TIE


def _started(arguments: Sequence[str], limits: Limits, *, writes_files: bool) -> subprocess.Popen[bytes]:
    path = program()
    if not os.access(path, os.X_OK):
        raise DecodingFailed("decoder_missing", "ffmpeg cannot be started: there is no program at its place")
    command = [*_tied(), path, "-nostdin", "-hide_banner", "-loglevel", "error", *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
            bufsize=0,
        )
    except OSError as error:
        raise DecodingFailed("decoder_missing", f"ffmpeg cannot be started: {error.strerror}") from None
    # Set from outside, a moment after the start: code between fork and exec is not safe in a process with threads, and
    # forking copies the page tables of a large index. The number of processes is not limited, because that limit counts
    # all threads of the user, and ffmpeg always starts a few; it starts no programs.
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.output_bytes if writes_files else 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.prlimit(process.pid, kind, (most, most))
        except ProcessLookupError:
            break  # it has ended already
        except (ValueError, PermissionError):
            # A lower limit that this process has itself, and that its child has too, holds.
            continue
    return process


def _read(process: subprocess.Popen[bytes], limits: Limits, deadline: float, told: bytearray) -> Iterator[bytes]:
    written = 0
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                raise DecodingFailed("timeout", f"not done after {limits.wall_seconds} s")
            for key, _ in ready:
                piece = os.read(key.fd, _CHUNK)
                if not piece:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    told += piece
                    del told[:-_TOLD]
                else:
                    written += len(piece)
                    if written > limits.output_bytes:
                        raise DecodingFailed("too_large", f"more than {limits.output_bytes} bytes come out of it")
                    yield piece


def _cpu_seconds_at_end(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Wait for the end without collecting the child, so that its record can still be read; 0 where there is none."""
    while True:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.001)
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0


_NOT_STARTED = (126, 127)  # what shells and their like end with when a program cannot be started
_NO_MEMORY = (b"Cannot allocate memory", b"Out of memory", b"malloc of size", b"bad_alloc")
_UNKNOWN = (
    b"failed to execute",
    b"Unknown encoder",
    b"Unknown input format",
    b"is not known",
    b"Unrecognized option",
    b"No such filter",
)


def _failure(status: int, cpu_seconds: float, told: bytes, limits: Limits) -> DecodingFailed:
    words = _words(told)
    if cpu_seconds >= limits.cpu_seconds - 0.5 and status < 0:
        return DecodingFailed("timeout", f"more than {limits.cpu_seconds} s of processor time")
    if _too_large(told):
        return DecodingFailed("too_large", f"a picture of more than {limits.most_pixels} pixels")
    if any(sign in told for sign in _NO_MEMORY):
        return DecodingFailed("too_much_memory", f"more than {limits.memory_bytes} bytes of memory")
    if b"matches no streams" in told:
        return _without_stream(told)
    if status in _NOT_STARTED:
        return DecodingFailed("decoder_missing", "ffmpeg cannot be started: what is at its place is no program")
    if any(sign in told for sign in _UNKNOWN):
        return DecodingFailed("decoder_missing", f"this ffmpeg cannot do it: {words}")
    if status == -signal.SIGXFSZ:
        return DecodingFailed("too_large", f"more than {limits.output_bytes} bytes to write")
    if status < 0:
        # Aborted or killed while far from its time: memory that was refused, or taken back by the system.
        return DecodingFailed(
            "too_much_memory" if status in (-signal.SIGABRT, -signal.SIGKILL) else "undecodable",
            f"ended by signal {-status}",
        )
    return DecodingFailed("undecodable", words or f"ffmpeg ended with {status}")


def _too_large(told: bytes | bytearray) -> bool:
    """Say whether a picture was refused for its size, which need not end the child: it goes on to the next one."""
    return b"exceeds specified max pixel count" in told or b"Picture size" in told


def _without_stream(told: bytes) -> DecodingFailed:
    if b"'0:a" in told:
        return DecodingFailed("no_sound", "the file holds no sound")
    return DecodingFailed("no_picture", "the file holds no picture")


_SPEAKER = re.compile(r"\A(?:\[[^\]]*\] )+")  # which part of ffmpeg it is, and its address: another one each time


def _words(told: bytes) -> str:
    """Return the last line that says something, without the file's path, control characters and places in memory."""
    lines = [line.strip() for line in told.decode("utf-8", "replace").splitlines() if line.strip()]
    line = lines[-1] if lines else ""
    line = _SPEAKER.sub("", line.partition("file:")[0].rstrip() if "file:" in line else line)
    return "".join(letter for letter in line if letter.isprintable())[:200]
