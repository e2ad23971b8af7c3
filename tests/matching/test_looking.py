"""Many processes, answers kept, runs that were cut short: the same results, and nothing done twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from casework.samples.build import TEXTS
from casework.samples.media import melody
from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.guarding import EngineFault
from matching_adapter.looking import Workshop
from matching_adapter.match import FailedFile, MatchedUpload, MatchResult, UnmatchedUpload, match_folders
from matching_adapter.outcomes import engine_key, outcome_from, outcome_text, upload_key
from matching_adapter.port import (
    Amount,
    EmbeddedEngine,
    EngineInfo,
    Failed,
    IndexReceipt,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Region,
    Segment,
    UploadFile,
    WorkFile,
)
from matching_adapter.registry import load_engines
from matching_adapter.spreading import Died, Spreading
from matching_adapter.store import FingerprintStore, StoreProblem

GULL = (TEXTS / "en-gull-point.txt").read_text("utf-8")
FERRY = (TEXTS / "zh-ferry.txt").read_text("utf-8")
BUS = (TEXTS / "zh-bus-diary.txt").read_text("utf-8")
NAMES = ("exact-hash", "text-winnowing")


class Watched:
    """An engine that notes in a file, which all processes share, what it is asked to do."""

    def __init__(self, engine: EmbeddedEngine, notes: Path) -> None:
        self._engine, self._notes = engine, notes

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def note(self, word: str) -> None:
        with self._notes.open("a") as file:
            file.write(f"{word}\n")

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        return self._engine.put(batch)

    def remove(self, work_ids: Sequence[str]) -> None:
        self._engine.remove(work_ids)

    def snapshot(self) -> str:
        return self._engine.snapshot()

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        for upload in batch:
            self.note(upload.file.name)
            if upload.file.name.startswith("kill"):
                os.kill(os.getpid(), signal.SIGKILL)
            if upload.file.name.startswith("fault"):
                raise ZeroDivisionError
        return self._engine.match(batch)


class Place:
    def __init__(self, root: Path) -> None:
        self.works, self.uploads, self.notes = root / "works", root / "uploads", root / "notes"
        self.url = f"sqlite:///{root}/index.db"
        self.works.mkdir()
        self.uploads.mkdir()
        (self.works / "works.toml").write_text('[defaults]\nright_holder_id = "rh-1"\n', "utf-8")
        (self.works / "gull.txt").write_text(GULL, "utf-8")
        (self.works / "ferry.txt").write_text(FERRY, "utf-8")
        for number in range(6):
            (self.uploads / f"{number}.txt").write_text(GULL[number * 100 :] + BUS, "utf-8")

    def run(self, processes: int = 1, *, watch: bool = True) -> list[MatchResult]:
        store = FingerprintStore(self.url)
        engines = load_engines(NAMES, store=store)
        watched = [Watched(engine, self.notes) for engine in engines] if watch else engines
        results = match_folders(self.works, self.uploads, engines=watched, store=store, processes=processes)
        found = list(results)
        store.close()
        return found

    def looked(self) -> list[str]:
        """What was looked at since the last time this was asked."""
        notes = self.notes.read_text().split() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return sorted(notes)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


TWICE = sorted(f"{number}.txt" for number in range(6) for _ in NAMES)


def test_many_processes_give_the_same_results_in_the_same_order(place: Place) -> None:
    plain = list(match_folders(place.works, place.uploads, engines=load_engines(NAMES)))
    assert len(plain) == 6
    assert place.run(3) == plain
    assert set(place.looked()) - {"ferry.txt", "gull.txt"} == set(TWICE)
    assert place.run(2) == plain
    assert place.looked() == []


def test_what_was_looked_at_is_not_looked_at_again(place: Place) -> None:
    first = place.run()
    assert place.looked() == TWICE
    assert place.run() == first
    assert place.looked() == []
    (place.uploads / "7.txt").write_text(FERRY, "utf-8")
    assert place.run()[:6] == first
    assert place.looked() == ["7.txt", "7.txt"]


def test_another_set_of_works_is_looked_for_in_every_upload(place: Place) -> None:
    place.run()
    place.looked()
    (place.works / "bus.txt").write_text(BUS, "utf-8")
    works = {one.work.work_id for one in place.run() if isinstance(one, MatchedUpload)}
    assert works == {"gull", "bus"}
    assert place.looked() == TWICE


def test_works_that_have_gone_are_not_found_any_more(place: Place) -> None:
    place.run()
    (place.works / "gull.txt").unlink()
    assert all(isinstance(one, UnmatchedUpload) for one in place.run(2))


def test_a_run_that_is_killed_goes_on_where_it_was(place: Place) -> None:
    child = os.fork()
    if child == 0:
        (place.uploads / "4-kill.txt").write_text(GULL, "utf-8")
        (place.uploads / "4-kill.txt").rename(place.uploads / "kill.txt")
        (place.uploads / "5.txt").rename(place.uploads / "z.txt")
        place.run()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert len(place.looked()) == 2 * 5 + 1
    (place.uploads / "kill.txt").unlink()
    assert len(place.run()) == 6
    assert place.looked() == ["z.txt", "z.txt"]


def test_an_upload_that_kills_its_process_is_named_and_the_rest_goes_on(place: Place) -> None:
    (place.uploads / "kill.txt").write_text(GULL + BUS, "utf-8")
    results = place.run(2)
    failed = [one for one in results if isinstance(one, FailedFile)]
    assert [(one.name, one.engine, one.code, one.retryable) for one in failed] == [
        ("kill.txt", name, "crashed", True) for name in NAMES
    ]
    assert sum(isinstance(one, MatchedUpload) for one in results) == 6


def test_a_fault_in_an_engine_is_named_and_the_rest_goes_on(place: Place) -> None:
    (place.uploads / "fault.txt").write_text(GULL, "utf-8")
    results = place.run()
    assert [one.code for one in results if isinstance(one, FailedFile)] == ["engine_fault", "engine_fault"]
    assert sum(isinstance(one, MatchedUpload) for one in results) == 6


class Foreign:
    """An engine of somebody else, with one fault."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("foreign", "1", frozenset({"text"}), frozenset({"fingerprint"}), True, True)

    def put(self, batch: Sequence[WorkFile]) -> Any:
        if self._fault == "others":
            return [IndexReceipt("another", "broken") for _ in batch]
        code: Any = 5 if self._fault == "no code" else None
        return None if self._fault == "no receipts" else [IndexReceipt(work.work_id, code) for work in batch]

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget nothing: it holds nothing."""

    def snapshot(self) -> Any:
        return None if self._fault == "no snapshot" else "mine"

    def match(self, batch: Sequence[UploadFile]) -> Any:
        evidence = MatchEvidence("gull", "fingerprint", "foreign", "1", "", "mine", Decimal("0.4"), None)
        print("who asked for this?")
        if self._fault == "exit":
            sys.exit(7)
        segments = [Segment(2 * place, 2 * place + 1) for place in range(3000)]
        regions = [Segment(upload_region=Region(Decimal(0), Decimal(0), Decimal(1), Decimal(1)))] * 3000
        answers: dict[str, Any] = {
            "many segments": Matched((replace(evidence, segments=tuple(segments)),)),
            "many regions": Matched((replace(evidence, segments=tuple(regions)),)),
            "nothing": None,
            "number": 5,
            "other name": Matched((replace(evidence, engine="exact-hash"),)),
            "other method": Matched((replace(evidence, method="hash"),)),
            "no method": Matched((replace(evidence, method="telepathy"),)),  # type: ignore[arg-type]
            "no evidence": Matched(("gull",)),  # type: ignore[arg-type]
            "no references": NoMatch("foreign", "1", None),  # type: ignore[arg-type]
            "no words": Failed("foreign", "broken", object, retryable=False),  # type: ignore[arg-type]
            "no code": Failed("foreign", "what\never", "broken", retryable=False),
            "of another": Failed("text-winnowing", "broken", "broken", retryable=False),
            "many words": Failed("foreign", "broken", "\ud800 broken\n" * 100_000, retryable=False),
        }
        return [answers.get(self._fault, Matched((evidence,))) for _ in batch]


UNFIT = (
    *("exit", "nothing", "number", "other name", "other method", "no method", "no evidence", "no references"),
    *("no words", "no code", "of another"),
)


@pytest.mark.parametrize("fault", UNFIT)
def test_an_answer_that_does_not_fit_is_no_answer_and_the_others_stand(
    place: Place, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = [Foreign(fault), *load_engines(["text-winnowing"])]
    results = list(match_folders(place.works, place.uploads, engines=engines))
    failed = [one for one in results if isinstance(one, FailedFile) and one.role == "upload"]
    assert {(one.engine, one.code) for one in failed} == {("foreign", "engine_fault")}
    found = [one for one in results if isinstance(one, MatchedUpload)]
    assert len(failed) == len({one.upload.upload_id for one in found}) == 6
    assert {one.evidence.engine for one in found} == {"text-winnowing"}
    assert capsys.readouterr().out == ""


def test_an_engine_that_says_too_much_is_cut_short(place: Place) -> None:
    results = list(match_folders(place.works, place.uploads, engines=[Foreign("many words")]))
    details = [one.detail for one in results if isinstance(one, FailedFile)]
    assert len(details) == 6
    assert all(len(one) <= 501 and one.startswith("  broken   broken") for one in details)


@pytest.mark.parametrize("fault", ["others", "no receipts", "no code"])
def test_receipts_that_do_not_fit_are_told_of_each_work(place: Place, fault: str) -> None:
    results = list(match_folders(place.works, place.uploads, engines=[Foreign(fault)]))
    failed = [(one.name, one.code) for one in results if isinstance(one, FailedFile) and one.role == "work"]
    assert failed == [("ferry.txt", "engine_fault"), ("gull.txt", "engine_fault")]


def test_files_that_have_become_something_else_hold_nobody_up(place: Place) -> None:
    pipe, device = place.uploads / "0.txt", place.uploads / "1.txt"
    engines = load_engines(["exact-hash", "text-winnowing", "titles"])
    results = match_folders(place.works, place.uploads, engines=engines)
    for path in (pipe, device):
        path.unlink()
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    failed = [one for one in results if isinstance(one, FailedFile)]
    assert {(one.name, one.code) for one in failed} == {("0.txt", "unreadable"), ("1.txt", "unreadable")}
    assert len(failed) == 6


def test_an_engine_that_cannot_name_its_works_ends_the_run(place: Place) -> None:
    with pytest.raises(EngineFault, match="'foreign' cannot name its works"):
        list(match_folders(place.works, place.uploads, engines=[Foreign("no snapshot")]))


def test_what_an_engine_leaves_open_is_left_out_of_the_decision(place: Place) -> None:
    (first, *_) = match_folders(place.works, place.uploads, engines=[Foreign("")])
    assert isinstance(first, MatchedUpload)
    written = first.evidence.to_decision_evidence()
    assert "config_digest" not in written
    assert written["index_snapshot"] == "mine"


def test_more_segments_than_a_decision_has_room_for_are_merged_or_the_file_is_named(place: Place) -> None:
    results = list(match_folders(place.works, place.uploads, engines=[Foreign("many segments")]))
    assert [len(one.evidence.segments) for one in results if isinstance(one, MatchedUpload)] == [2000] * 6
    results = list(match_folders(place.works, place.uploads, engines=[Foreign("many regions")]))
    (first, *_) = failed = [one for one in results if isinstance(one, FailedFile)]
    assert len(failed) == len(results) == 6
    assert (first.engine, first.code) == ("foreign", "too_many_segments")
    assert first.detail == "0.txt: foreign found gull in 3,000 regions; a decision has 2,000 at most"


def test_an_index_that_fails_ends_the_run_in_words_and_is_no_fault_of_an_engine(place: Place) -> None:
    store = FingerprintStore(place.url)
    engines = load_engines(NAMES, store=store)
    tables = sqlite3.connect(place.url.removeprefix("sqlite:///"), isolation_level=None)
    for name in ("fingerprint", "outcome"):
        tables.execute(f"ALTER TABLE matching_{name} RENAME TO away")
        with pytest.raises(StoreProblem, match="the index failed: no such table"):
            list(match_folders(place.works, place.uploads, engines=engines, store=store))
        tables.execute(f"ALTER TABLE away RENAME TO matching_{name}")
    tables.close()
    store.close()
    assert len([one for one in place.run() if isinstance(one, MatchedUpload)]) == 6


def test_tells_how_far_it_is(place: Place) -> None:
    told: list[tuple[str, int, int]] = []
    store = FingerprintStore(place.url)
    results = match_folders(
        place.works,
        place.uploads,
        engines=load_engines(NAMES, store=store),
        store=store,
        processes=2,
        report=lambda stage, done, whole: told.append((stage, done, whole)),
    )
    list(results)
    store.close()
    assert told == [("works", done, 2) for done in range(3)] + [("uploads", done, 6) for done in range(7)]


def test_sound_is_fingerprinted_once_and_other_processes_find_it_in_the_store(place: Place) -> None:
    for path in place.uploads.iterdir():
        path.unlink()
    (place.works / "song.wav").write_bytes(melody((0, 4, 7), 12))
    (place.uploads / "song.wav").write_bytes(melody((0, 4, 7), 12))
    store = FingerprintStore(place.url)
    engines = load_engines(store=store)
    (found,) = match_folders(place.works, place.uploads, engines=engines, store=store, processes=2)
    assert isinstance(found, MatchedUpload)
    assert (found.evidence.method, found.evidence.track) == ("hash", "file")
    assert store.work_ids("audio-bands") == {"song"}
    store.close()


# --------------------------------------------------------------------------------------------------------- spreading


def test_results_come_in_order_whatever_takes_longer() -> None:
    def slow(number: int) -> int:
        time.sleep(0.005 * (number % 2))
        return number

    assert [found for _, found in Spreading(slow, 3).results(range(20))] == list(range(20))


def test_a_process_that_dies_costs_one_item() -> None:
    def deadly(number: int) -> int:
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    found = [result for _, result in Spreading(deadly, 3).results(range(30))]
    assert isinstance(found.pop(5), Died)
    assert found == [number * number for number in range(30) if number != 5]


# ---------------------------------------------------------------------------------------------------------- outcomes

EVIDENCE = MatchEvidence(
    work_id="w",
    method="fingerprint",
    engine="e",
    engine_version="1",
    config_digest="c",
    index_snapshot="s",
    share_of_upload=Decimal("0.5"),
    share_of_work=None,
    amount=Amount(seconds=Decimal("59.0"), words=3),
    segments=(
        Segment(0, Decimal("1.50"), 3, Decimal(4), Decimal("0.9")),
        Segment(upload_region=Region(Decimal(0), Decimal(0), Decimal("0.5"), Decimal(1))),
    ),
    confidence=Decimal("0.99"),
    share_of_upload_low=Decimal("0.49"),
    track="sound",
)


@pytest.mark.parametrize(
    "outcome",
    [
        Matched((EVIDENCE, replace(EVIDENCE, work_id="灯", track=None, segments=(), share_of_work=Decimal(1)))),
        NoMatch("e", "1", "s"),
        Failed("e", "undecodable", 'broken "file" 灯', retryable=False),
    ],
)
def test_an_outcome_comes_back_exactly(outcome: MatchOutcome) -> None:
    again = outcome_from(outcome_text(outcome))
    assert again == outcome
    assert repr(again) == repr(outcome)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"matched": [{}]}', '{"nothing": [1]}', "null"])
def test_refuses_what_is_no_outcome(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        outcome_from(text)


def test_the_keys_name_all_that_an_answer_depends_on(place: Place) -> None:
    info = ExactHashEngine().info
    assert len({engine_key(one) for one in (info, replace(info, version="2"), replace(info, config_digest="x"))}) == 3
    store = FingerprintStore()
    seen: list[UploadFile] = []
    for result in match_folders(place.works, place.uploads, engines=load_engines(NAMES)):
        assert isinstance(result, MatchedUpload)
        seen.append(result.upload)
    one = seen[0]
    others = (replace(one, title="t"), replace(one, language="en"), replace(one, file=replace(one.file, sha256="x")))
    assert len({upload_key(other) for other in (one, *others, *seen)}) == len(others) + len(seen)
    assert upload_key(replace(one, upload_id="u", version=9, uploader_id="p")) == upload_key(one)
    assert list(Workshop(load_engines(NAMES), store).look([])) == []
