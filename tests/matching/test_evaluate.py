"""Evaluation against engines whose mistakes are known, bad labelled folders, and the command over a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casework.cli.main import casework
from casework.samples.build import TEXTS
from matching_adapter.engines.text import TextEngine
from matching_adapter.evaluation.evaluation import Evaluation, evaluate
from matching_adapter.evaluation.page import page_of
from matching_adapter.evaluation.text_uploads import EDITS, make_text_uploads, pieces, write_folder
from matching_adapter.evaluation.truth import TruthProblem, read_folder
from matching_adapter.port import (
    EngineInfo,
    Failed,
    IndexReceipt,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Segment,
    UploadFile,
    WorkFile,
    exact_share,
)
from matching_adapter.tokens import tokenise

Said = Mapping[str, Sequence[tuple[str, str | None, str | None, str | None]]]


class ToldEngine:
    """Says of each upload what it was told to say: work, share, low and high end; nothing told: it fails."""

    def __init__(self, said: Said) -> None:
        self.said = said

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "told", "1", frozenset({"text"}), frozenset({"fingerprint"}), True, True, limits=("Sees <nothing>.",)
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        return [IndexReceipt(work.work_id) for work in batch]

    def remove(self, work_ids: Sequence[str]) -> None:
        raise AssertionError(work_ids)

    def snapshot(self) -> str:
        return "s" * 64

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        return [self._outcome(upload.file.name) for upload in batch]

    def _outcome(self, name: str) -> MatchOutcome:
        if name not in self.said:
            return Failed("told", "broken", f"{name} is <broken>", retryable=False)
        found = tuple(self._evidence(*row) for row in self.said[name])
        return Matched(found) if found else NoMatch("told", "1", self.snapshot())

    def _evidence(self, work: str, share: str | None, low: str | None, high: str | None) -> MatchEvidence:
        number = None if share is None else Decimal(share)
        return MatchEvidence(
            work_id=work,
            method="fingerprint",
            engine="told",
            engine_version="1",
            config_digest="d" * 64,
            index_snapshot=self.snapshot(),
            share_of_upload=number,
            share_of_work=None,
            segments=(Segment(12, 48), Segment(60, 90)) if number else (),
            share_of_upload_low=None if low is None else Decimal(low),
            share_of_upload_high=None if high is None else Decimal(high),
        )


def labelled(folder: Path, truth: object, uploads: Sequence[str] = ("a", "b", "c", "d", "e")) -> Path:
    for inner, names in (("works", ("w1", "w2")), ("uploads", uploads)):
        (folder / inner).mkdir()
        for name in names:
            (folder / inner / f"{name}.txt").write_text(f"{inner} {name} 一二三四五六七八九十" * 9, "utf-8")
    (folder / "truth.json").write_text(truth if isinstance(truth, str) else json.dumps(truth), "utf-8")
    return folder


TRUTH: list[dict[str, Any]] = [
    {"upload": "a.txt", "work": "w1", "share_of_upload": "0.5", "segments": [{"upload": [10, 50], "work": [0, 40]}]},
    {"upload": "a.txt", "work": "w2", "share_of_upload": "0.3", "transform": "cut"},
    {"upload": "b.txt", "work": "w1", "share_of_upload": "0.89", "transform": "cut"},
    {"upload": "c.txt", "work": "w1", "share_of_upload": 0.2, "transform": "cut"},
    {"upload": "d.txt", "work": None, "transform": "unrelated"},
    {"upload": "e.txt", "work": "w1", "share_of_upload": 1},
]
SAID: Said = {
    "a.txt": [("w1", "0.51", "0.5", "0.52"), ("w2", "0.29", "0.28", "0.295")],
    "b.txt": [("w1", "0.91", "0.88", "0.93")],
    "c.txt": [],
    "d.txt": [("w2", "0.06", None, None), ("w1", "0.04", None, None)],
}


@pytest.fixture
def told(tmp_path: Path) -> Evaluation:
    return evaluate(ToldEngine(SAID), read_folder(labelled(tmp_path, TRUTH)))


def test_errors_of_the_share_are_counted_misses_with_their_whole_share(told: Evaluation) -> None:
    assert told.all is not None
    assert (told.all.rows, told.all.missed) == (4, 1)
    assert [row.error for row in told.rows] == [1.0, -1.0, 2.0, -20.0]
    assert (told.all.mean, told.all.mean_of_found, told.all.bias) == (6.0, 1.333, -4.5)
    assert (told.all.largest, told.all.within_1, told.all.within_2) == (20.0, 0.5, 0.75)
    assert {name: errors.mean for name, errors in told.by_transform.items()} == {"as it is": 1.0, "cut": 7.667}
    assert set(told.by_medium) == {"text"}


def test_false_works_are_those_of_which_the_upload_has_nothing(told: Evaluation) -> None:
    assert [(one.upload, one.work, one.share) for one in told.false_works] == [("d.txt", "w2", "0.06")]
    assert told.uploads_without_work == 1


def test_intervals_and_limits_are_held_against_the_truth(told: Evaluation) -> None:
    assert (told.intervals, told.inside_interval) == (3, 0.6667)
    half, nine = told.band_limits
    assert (half.limit, half.wrong_by_share, half.against_uploader_by_share) == ("more than 0.5", 1, 1)
    assert (half.wrong_by_low_end, half.near) == (0, 1)
    assert (nine.limit, nine.wrong_by_share, nine.wrong_by_low_end, nine.near) == ("at least 0.9", 1, 0, 1)


def test_boundaries_are_those_of_the_nearest_segment(told: Evaluation) -> None:
    found = told.boundaries["text"]
    assert (found.unit, found.segments, found.start_median, found.end_median) == ("code points", 1, 2.0, 2.0)


def test_what_could_not_be_looked_at_is_listed_and_not_counted(told: Evaluation) -> None:
    assert told.failures == ("upload e.txt: broken: e.txt is <broken>",)
    assert all(row.upload != "e.txt" for row in told.rows)


def test_speed_and_memory_are_measured(told: Evaluation) -> None:
    assert (told.speed.works, told.speed.uploads) == (2, 5)
    assert told.speed.characters_per_second is not None
    assert told.speed.characters_per_second > 0
    assert told.speed.times_real_time is None
    assert told.speed.peak_memory_bytes > 10_000_000


def test_the_page_escapes_and_needs_nothing_else(told: Evaluation) -> None:
    page = page_of(told)
    assert "e.txt is &lt;broken&gt;" in page
    assert "<broken>" not in page
    assert "<script" not in page
    assert "://" not in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("<circle") == 4


def test_a_name_without_a_share_is_found_and_has_no_error(tmp_path: Path) -> None:
    said: Said = {"a.txt": [("w1", None, None, None)]}
    truth = [{"upload": "a.txt", "work": "w1", "share_of_upload": "0.5"}]
    found = evaluate(ToldEngine(said), read_folder(labelled(tmp_path, truth)))
    assert (found.named, found.found, found.all, found.band_limits) == (1, 1, None, ())
    assert "Error of the share" not in page_of(found)


def test_rows_of_the_generators_of_sound_and_film_can_be_read(tmp_path: Path) -> None:
    truth = [
        {"upload": "a.txt", "work": "w1", "share": 0.5, "transform": "mp3", "upload_stretch": [1.5, 4], "seconds": 9},
        {"upload": "b.txt", "work": "w1", "share": "0.25", "media_type": "audio/mpeg", "composition": "whole"},
        {"upload": "c.txt", "work": None, "share": 0.0, "upload_stretch": None, "work_stretch": None},
    ]
    found = read_folder(labelled(tmp_path, truth)).truth
    assert [row.share for row in found] == [Decimal("0.5"), Decimal("0.25"), 0]
    assert found[0].stretches == ((Decimal("1.5"), Decimal(4)),)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"work": "w1"}, "row 1: upload must be"),
        ({"upload": "z.txt", "work": "w1"}, "row 1: upload 'z.txt' is not in uploads/"),
        ({"upload": "a.txt"}, "row 1: work must be the id of a work, or null"),
        ({"upload": "a.txt", "work": "w9"}, "row 1: work 'w9' is not in works/"),
        ({"upload": "a.txt", "work": "w1", "share_of_upload": "1.01"}, "row 1: share_of_upload must be a decimal"),
        ({"upload": "a.txt", "work": "w1", "share_of_upload": "NaN"}, "row 1: share_of_upload must be a decimal"),
        ({"upload": "a.txt", "work": "w1", "share_of_upload": "1e-999999"}, "row 1: share_of_upload must be a decimal"),
        ({"upload": "a.txt", "work": "w1", "share": True}, "row 1: share must be a decimal"),
        ({"upload": "a.txt", "work": None, "share": "0.1"}, "row 1: share must be 0 where work is null"),
        ({"upload": "a.txt", "work": "w1", "segments": [{"upload": [5, 5]}]}, "row 1: segments: 1: upload must be"),
        (
            {"upload": "a.txt", "work": "w1", "segments": [{"upload": [0, "1e31"]}]},
            "row 1: segments: 1: upload must be",
        ),
        ({"upload": "a.txt", "work": "w1", "segments": [7]}, "row 1: segments: 1: upload must be"),
        ({"upload": "a.txt", "work": "w1", "segments": {}}, "row 1: segments must be a list"),
        ({"upload": "a.txt", "work": "w1", "upload_stretch": [1]}, "row 1: segments: 1: upload must be"),
        ({"upload": "a.txt", "work": "w1", "transform": ""}, "row 1: transform must be a text"),
        ({"upload": "a.txt", "work": "w1", "transform": "\ud800"}, "row 1: transform must be a text"),
        ({"upload": "a.txt", "work": "w1", "transform": "x" * 201}, "row 1: transform must be a text"),
        ({"upload": "a.txt", "work": "w1", "wrok": 1}, "row 1: unknown field 'wrok'"),
        (7, "row 1: must be an object"),
    ],
)
def test_wrong_rows_are_named_by_field(tmp_path: Path, row: object, problem: str) -> None:
    with pytest.raises(TruthProblem) as raised:
        read_folder(labelled(tmp_path, [row]))
    assert any(one.startswith(f"truth.json: {problem}") for one in raised.value.problems), raised.value.problems


@pytest.mark.parametrize(
    ("truth", "problem"),
    [
        ("{", "not valid JSON"),
        ("{}", "must be a list"),
        ("[]", "has no rows"),
        ("[" * 100_000, "not valid JSON"),
        ("9" * 5000, "not valid JSON"),
    ],
)
def test_what_is_no_list_of_rows_is_refused(tmp_path: Path, truth: str, problem: str) -> None:
    with pytest.raises(TruthProblem, match=problem):
        read_folder(labelled(tmp_path, truth))


def test_a_pair_that_is_in_the_list_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TruthProblem, match=r"upload 'a\.txt' and work 'w1' are in it twice"):
        read_folder(labelled(tmp_path, [TRUTH[0], TRUTH[0]]))


def test_a_folder_without_its_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TruthProblem) as raised:
        read_folder(tmp_path)
    assert raised.value.problems == ("works/ is missing", "uploads/ is missing", "truth.json is missing")


def test_files_that_are_no_media_are_named(tmp_path: Path) -> None:
    folder = labelled(tmp_path, TRUTH)
    (folder / "uploads" / "x.txt").write_bytes(b"")
    with pytest.raises(TruthProblem, match=r"uploads/x\.txt: empty"):
        read_folder(folder)


def own(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text("utf-8")


WORKS = {name: own(name) for name in ("zh-ferry", "en-gull-point", "zh-tea-hill")}
FILLERS = [own("zh-night-market"), own("en-slow-train")]


def test_made_uploads_have_the_share_and_the_places_that_they_say() -> None:
    made = list(make_text_uploads(WORKS, FILLERS, edits=("verbatim", "blocks shuffled"), shares=(30, 75)))
    assert len(made) == 6
    for upload in made[:4]:
        assert upload.upload_stretch is not None
        assert upload.work_stretch is not None
        copied = upload.text[slice(*upload.upload_stretch)]
        assert upload.share == exact_share(tokenise(copied).characters, tokenise(upload.text).characters)
        if upload.transform == "verbatim":
            original = WORKS[str(upload.work)][slice(*upload.work_stretch)]
            assert tokenise(copied).hashes.tolist() == tokenise(original).hashes.tolist()
    assert [upload.work for upload in made[4:]] == [None, None]
    assert list(make_text_uploads(WORKS, FILLERS, edits=("verbatim",))) == list(
        make_text_uploads(WORKS, FILLERS, edits=("verbatim",))
    )


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_every_edit_keeps_the_words_that_it_says_come_from_the_work(edit: str) -> None:
    for upload in make_text_uploads(WORKS, FILLERS[:1], edits=(edit,), shares=(55,)):
        if upload.work is not None:
            engine = TextEngine()
            engine.put_text("w", WORKS[upload.work])
            outcome = engine.match_text(upload.text)
            assert isinstance(outcome, Matched)
            assert abs((outcome.evidence[0].share_of_upload or 0) - upload.share) < Decimal("0.05")


def test_pieces_are_the_whole_text() -> None:
    assert "".join(pieces("一，two! 三")) == "一，two! 三"
    with pytest.raises(ValueError, match="both are needed"):
        list(make_text_uploads({}, FILLERS))


def test_the_command_measures_prints_and_writes(tmp_path: Path) -> None:
    uploads = list(make_text_uploads(WORKS, FILLERS, edits=("verbatim", "10 % substituted"), shares=(49, 90)))
    write_folder(tmp_path / "labelled", WORKS, uploads)
    arguments = ["evaluate", "--engine", "text-winnowing", "--folder", str(tmp_path / "labelled")]
    told = CliRunner().invoke(casework, [*arguments, "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert "found 4 of 4; false works: 0" in told.output
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text("utf-8"))
    assert written["by_transform"]["verbatim"]["mean"] <= 0.5
    assert written["engine"] == "text-winnowing"
    assert "by what was done" in (tmp_path / "out" / "evaluation.html").read_text("utf-8").lower()
    printed = CliRunner().invoke(casework, [*arguments, "--json"])
    assert json.loads(printed.stdout)["all"]["rows"] == 4


def test_several_engines_go_over_one_folder_and_are_compared_on_one_page(tmp_path: Path) -> None:
    uploads = list(make_text_uploads(WORKS, FILLERS, edits=("verbatim",), shares=(49, 90)))
    write_folder(tmp_path / "labelled", WORKS, uploads)
    arguments = ["evaluate", "--folder", str(tmp_path / "labelled"), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(casework, [*arguments, "--engine", "text-winnowing", "--engine", "exact-hash"])
    assert told.exit_code == 0, told.output
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text("utf-8"))
    assert [(one["engine"], one["found"]) for one in written["evaluations"]] == [
        ("text-winnowing", 2),
        ("exact-hash", 0),
    ]
    page = (tmp_path / "out" / "evaluation.html").read_text("utf-8")
    assert page.count("<h1>") == 1
    assert page.count("<section") == 2
    everything = CliRunner().invoke(casework, [*arguments, "--json"])
    engines = {one["engine"]: one["speed"]["uploads"] for one in json.loads(everything.stdout)["evaluations"]}
    assert engines["text-winnowing"] == engines["exact-hash"] == len(uploads)
    assert engines["video-pdq"] == engines["audio-bands"] == engines["image-pdq"] == 0


def test_wrong_works_below_what_opens_a_case_are_listed_apart(tmp_path: Path) -> None:
    said: Said = {"a.txt": [("w1", "0.5", None, None), ("w2", "0.04", None, None)]}
    truth = [{"upload": "a.txt", "work": "w1", "share_of_upload": "0.5"}]
    found = evaluate(ToldEngine(said), read_folder(labelled(tmp_path, truth)))
    assert found.false_works == ()
    assert [(one.work, one.share) for one in found.small_false_works] == [("w2", "0.04")]
    assert "1 work more" in page_of(found)


@pytest.mark.parametrize(
    ("engine", "truth", "said"),
    [("nobody", TRUTH, "no engine is called 'nobody'"), ("exact-hash", [{"upload": "a.txt"}], "row 1: work must be")],
)
def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path, engine: str, truth: object, said: str) -> None:
    folder = labelled(tmp_path, truth)
    told = CliRunner().invoke(casework, ["evaluate", "--engine", engine, "--folder", str(folder)])
    assert told.exit_code == 1
    assert said in told.stderr
    assert "Traceback" not in told.stderr
