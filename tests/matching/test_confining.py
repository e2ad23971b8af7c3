"""Engines of other packages in processes of their own: what hangs, eats memory or dies costs one file."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from casework.samples.build import TEXTS
from matching_adapter.confining import CannotBeMade, ConfinedEngine, EngineLimits, EngineRaised
from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.match import FailedFile, MatchedUpload, MatchResult, match_folders
from matching_adapter.port import EmbeddedEngine, EngineInfo, IndexReceipt, MatchOutcome, UploadFile, WorkFile
from matching_adapter.store import FingerprintStore, StoreProblem

GULL = (TEXTS / "en-gull-point.txt").read_text("utf-8")
LIMITS = EngineLimits(seconds=1, memory_bytes=64 << 20)


class Naughty(ExactHashEngine):
    """Does what the name of a file says, and otherwise compares files."""

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        for work in batch:
            misbehave(work.file.name)
        return super().put(batch)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        for upload in batch:
            misbehave(upload.file.name)
        return super().match(batch)


def misbehave(name: str) -> None:
    deeds: dict[str, Callable[[], object]] = {
        "sleep.txt": lambda: time.sleep(60),
        "eat.txt": lambda: [bytearray(1 << 20) for _ in range(1000)],
        "kill.txt": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "exit.txt": lambda: sys.exit(3),
        "leave.txt": lambda: os._exit(3),
        "leave others.txt": leave_others,
        "raise.txt": lambda: 1 / 0,
        "store.txt": no_store,
        "print.txt": lambda: print("who asked for this?"),
    }
    if name in deeds:
        deeds[name]()


def leave_others() -> None:
    """Start processes that keep everything open, and go."""
    for _ in range(5):
        if os.fork() == 0:
            time.sleep(60)
    os._exit(4)


def no_store() -> None:
    raise StoreProblem("the index failed: disk full")


class Folders:
    def __init__(self, root: Path) -> None:
        self.works, self.uploads, self.url = root / "works", root / "uploads", f"sqlite:///{root}/index.db"
        self.works.mkdir()
        self.uploads.mkdir()
        (self.works / "works.toml").write_text('[defaults]\nright_holder_id = "rh-1"\n', "utf-8")
        self.put(self.works, "gull.txt")

    def put(self, folder: Path, *names: str) -> None:
        for name in names:
            (folder / name).write_text(GULL, "utf-8")

    def run(self, store: FingerprintStore | None = None, processes: int = 1) -> list[MatchResult]:
        engine = confined(store)
        return list(match_folders(self.works, self.uploads, engines=[engine], store=store, processes=processes))


def confined(store: FingerprintStore | None = None) -> ConfinedEngine:
    def make() -> EmbeddedEngine:
        return Naughty(store=store)

    return ConfinedEngine("exact-hash", make, LIMITS, keeps_works=store is not None and store.shared)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture(autouse=True)
def _leaves_nobody_behind() -> Iterator[None]:
    before = children()  # the browser of other tests may run beside
    yield
    assert set(children()) <= set(before)


def children() -> list[int]:
    """The processes that this one has started and that still run."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(number) for number in found]


def failures(results: Sequence[MatchResult]) -> list[tuple[str, str, bool]]:
    return [(one.name, one.code, one.retryable) for one in results if isinstance(one, FailedFile)]


DEEDS = [
    ("eat.txt", "too_much_memory", True),
    ("exit.txt", "engine_fault", False),
    ("kill.txt", "crashed", True),
    ("leave others.txt", "crashed", True),
    ("leave.txt", "crashed", True),
    ("raise.txt", "engine_fault", False),
    ("sleep.txt", "timeout", True),
]


def test_what_hangs_eats_or_dies_is_named_and_the_next_file_is_looked_at(
    folders: Folders, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [name for name, *_ in DEEDS]
    folders.put(folders.uploads, *names, "print.txt", "z.txt")
    results = folders.run()
    assert failures(results) == DEEDS
    details = {one.name: one.detail for one in results if isinstance(one, FailedFile)}
    assert details["sleep.txt"] == "sleep.txt: the engine 'exact-hash' was not done after 1 s, and was ended"
    assert details["eat.txt"].endswith("the engine 'exact-hash' wanted more than 64 MiB of memory, and was ended")
    assert details["kill.txt"] == "kill.txt: the engine 'exact-hash' has ended by itself (signal 9)"
    found = [one.upload.file.name for one in results if isinstance(one, MatchedUpload)]
    assert found == ["print.txt", "z.txt"]
    assert capfd.readouterr().out == ""


def test_a_work_that_hangs_is_named_and_the_others_are_found(folders: Folders) -> None:
    folders.put(folders.works, "sleep.txt", "raise.txt")
    folders.put(folders.uploads, "a.txt")
    results = folders.run()
    assert failures(results) == [("raise.txt", "engine_fault", False), ("sleep.txt", "timeout", False)]
    assert [one.work.work_id for one in results if isinstance(one, MatchedUpload)] == ["gull"]


def test_many_processes_have_engines_of_their_own(folders: Folders) -> None:
    folders.put(folders.uploads, "a.txt", "kill.txt", "z.txt")
    store = FingerprintStore(folders.url)
    results = folders.run(store, processes=2)
    store.close()
    assert failures(results) == [("kill.txt", "crashed", True)]
    assert [one.upload.file.name for one in results if isinstance(one, MatchedUpload)] == ["a.txt", "z.txt"]


def test_a_fault_of_the_store_stays_one(folders: Folders) -> None:
    folders.put(folders.uploads, "store.txt")
    with pytest.raises(StoreProblem, match="disk full"):
        folders.run()


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    note = tmp_path / "note"
    starter = os.fork()
    if starter == 0:
        try:
            engine = confined()
            (number,) = children()
            (tmp_path / "new").write_text(str(number))
            (tmp_path / "new").rename(note)
            time.sleep(30)
            engine.snapshot()
        finally:
            os._exit(1)
    until(note.exists)
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    until(lambda: not runs(int(note.read_text())))


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


class Nameless(ExactHashEngine):
    @property
    def info(self) -> EngineInfo:
        return "who knows"  # type: ignore[return-value]


class Fickle(ExactHashEngine):
    """Takes each work once, as if it were no longer there the next time."""

    def __init__(self, note: Path) -> None:
        super().__init__()
        self._note = note

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        if self._note.exists():
            return [IndexReceipt(work.work_id, "unreadable") for work in batch]
        self._note.touch()
        return super().put(batch)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        for upload in batch:
            misbehave(upload.file.name)
        return super().match(batch)


def test_an_engine_that_does_not_get_its_works_back_says_nothing_more(folders: Folders, tmp_path: Path) -> None:
    folders.put(folders.uploads, "kill.txt", "z.txt", "zz.txt")
    engine = ConfinedEngine("exact-hash", lambda: Fickle(tmp_path / "note"), LIMITS, keeps_works=False)
    results = list(match_folders(folders.works, folders.uploads, engines=[engine]))
    assert failures(results) == [
        ("kill.txt", "crashed", True),
        ("z.txt", "engine_fault", False),
        ("zz.txt", "engine_fault", False),
    ]
    with pytest.raises(EngineRaised, match="has lost its works"):
        engine.snapshot()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: time.sleep(60), "'foreign' was not done after 1 s"),
        (lambda: os._exit(0), r"has ended by itself \(code 0\)"),
        (lambda: sys.exit("no licence"), "no licence"),
        (lambda: sys.exit("no licence, " * 100_000), r"^(no licence, ){41}no licen…$"),
        (Nameless, "does not describe itself"),
    ],
)
def test_an_engine_that_cannot_be_made_is_refused(make: Callable[[], EmbeddedEngine], words: str) -> None:
    with pytest.raises(CannotBeMade, match=words):
        ConfinedEngine("foreign", make, LIMITS, keeps_works=True)


def test_limits_of_nothing_are_refused() -> None:
    for name in ("seconds", "memory_bytes"):
        with pytest.raises(ValueError, match="must be 1 or more"):
            replace(LIMITS, **{name: 0})
