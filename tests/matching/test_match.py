"""Folders of real files: lists beside them, one result for each file, decisions that can be repeated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from casework.domain.case.intake import RecordFilteringDecision
from casework.samples.build import TEXTS
from casework.samples.media import encrypted_zip, melody, poster
from matching_adapter.manifest import ManifestError
from matching_adapter.match import (
    FailedFile,
    MatchedUpload,
    MatchResult,
    RefusedFile,
    UnmatchedUpload,
    decision_json,
    match_folders,
)
from matching_adapter.registry import load_engines
from tests.matching.media_files import make, source

MEDIA = Path(__file__).parent / "media"
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
GULL = (TEXTS / "en-gull-point.txt").read_text("utf-8")
FERRY = (TEXTS / "zh-ferry.txt").read_text("utf-8")
BUS = (TEXTS / "zh-bus-diary.txt").read_text("utf-8")
HOLDER = '[defaults]\nright_holder_id = "rh-1"\n'


class Folders:
    def __init__(self, root: Path) -> None:
        self.works, self.uploads = root / "works", root / "uploads"
        self.works.mkdir()
        self.uploads.mkdir()
        self.list_works(HOLDER)

    def list_works(self, toml: str) -> None:
        (self.works / "works.toml").write_text(toml, "utf-8")

    def list_uploads(self, toml: str) -> None:
        (self.uploads / "uploads.toml").write_text(toml, "utf-8")

    def work(self, name: str, content: str | bytes) -> None:
        (self.works / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def upload(self, name: str, content: str | bytes) -> None:
        (self.uploads / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def results(self, **options: Decimal | int) -> list[MatchResult]:
        return list(match_folders(self.works, self.uploads, engines=load_engines(), **options))  # type: ignore[arg-type]

    def problems(self) -> list[str]:
        with pytest.raises(ManifestError) as error:
            self.results()
        return list(error.value.problems)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def matches(results: list[MatchResult]) -> list[MatchedUpload]:
    return [result for result in results if isinstance(result, MatchedUpload)]


def test_writes_the_decision_of_the_interface(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.list_works(
        '[[work]]\nfile = "gull.txt"\nid = "w-9"\ntitle = "The Lamp"\nright_holder_id = "rh-3"\nkind = "text"\n'
        'flags = ["high_loss"]\n'
    )
    folders.upload("mine.txt", GULL)
    folders.list_uploads(
        '[[upload]]\nfile = "mine.txt"\nid = "up-1"\nversion = 2\nuploader_id = "u-77"\ntitle = "我的书评"\n'
        'url = "https://platform.example/1"\nlanguage = "zh-Hans"\ncommercial = true\n'
        'marks = [{basis = "statutory_exception", provision = "CN_ART24_02", statement = "评论"}, '
        '{basis = "own_work"}]\n'
    )
    (result,) = matches(folders.results())
    written = json.loads(json.dumps(decision_json(result, source="folder", decided_at=NOW)))
    size = {"characters": 2530, "words": 629, "bytes": len(GULL.encode())}
    evidence = written.pop("evidence")
    assert written == {
        "decision_id": result.decision_id,
        "source": "folder",
        "decided_at": "2026-06-30T12:00:00+00:00",
        "upload": {
            "id": "up-1",
            "version": 2,
            "uploader_id": "u-77",
            "medium": "text",
            "title": "我的书评",
            "url": "https://platform.example/1",
            "language": "zh-Hans",
            "amount": size,
            "commercial": True,
            "content_sha256": result.upload.file.sha256,
        },
        "work": {
            "id": "w-9",
            "title": "The Lamp",
            "right_holder_id": "rh-3",
            "kind": "text",
            "flags": ["high_loss"],
            "amount": size,
        },
        "marks": [
            {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "评论"},
            {"basis": "own_work"},
        ],
    }
    assert (evidence["method"], evidence["engine"], evidence["share_of_upload"]) == ("hash", "exact-hash", "1")
    assert evidence["segments"] == [{"upload": [0, len(GULL)], "work": [0, len(GULL)], "score": "1"}]


def test_a_decision_needs_a_time_with_a_zone(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.upload("copy.txt", GULL)
    (result,) = matches(folders.results())
    with pytest.raises(ValueError, match="time zone"):
        decision_json(result, source="folder", decided_at=NOW.replace(tzinfo=None))


def test_files_that_are_not_listed_get_their_ids_from_their_names(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.work("river.wav", melody((0, 3), 2))
    folders.work("poster.png", poster())
    folders.upload("copy.txt", GULL)
    folders.upload("copy.wav", melody((0, 3), 2))
    folders.list_uploads('[[upload]]\nfile = "copy.wav"\nid = "song"\n')
    folders.upload("print.png", poster())
    found = matches(folders.results())
    assert [(one.upload.upload_id, one.work.work_id, one.work.kind) for one in found] == [
        ("copy", "gull", "text"),
        ("song", "river", "music"),
        ("print", "poster", "image"),
    ]
    assert found[0].upload.uploader_id == "uploader-of-copy"
    assert found[1].upload_amount.seconds == found[1].evidence.amount.seconds == 2
    assert decision_json(found[1], source="s", decided_at=NOW)["upload"] == {
        "id": "song",
        "version": 1,
        "uploader_id": "uploader-of-song",
        "medium": "audio",
        "amount": {"seconds": 2, "bytes": len(melody((0, 3), 2))},
        "commercial": False,
        "content_sha256": found[1].upload.file.sha256,
    }


def test_names_that_are_too_long_for_an_id_stop_nothing_and_stay_apart(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    for length in (195, 245):
        for end in "ab":
            folders.upload(f"{'n' * length}{end}.txt", GULL)
    found = [one.upload for one in matches(folders.results())]
    assert [len(one.upload_id) for one in found] == [196, 196, 200, 200]
    assert len({one.upload_id for one in found}) == len({one.uploader_id for one in found}) == 4
    assert {len(one.uploader_id) for one in found} == {200}


def test_a_missing_right_holder_is_named_with_its_file(folders: Folders) -> None:
    folders.list_works('[[work]]\nfile = "b.txt"\nid = "b"\n')
    folders.work("a.txt", GULL)
    folders.work("b.txt", FERRY)
    assert folders.problems() == [
        "works.toml: a.txt: right_holder_id is missing",
        "works.toml: b.txt: right_holder_id is missing",
    ]


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("nonsense", "not valid TOML"),
        ('[[works]]\nfile = "a.txt"', "unknown table 'works'"),
        ("[work]\n", "write [defaults] once and one [[work]] for each file"),
        ("defaults = 3\n", "write [defaults] once"),
        ("[[work]]\nid = 'x'", "has no file"),
        ('[[work]]\nfile = "a.txt"\ncolour = "red"', "a.txt: unknown field 'colour'"),
        ('[defaults]\ncolour = "red"', "[defaults]: unknown field 'colour'"),
        ('[[work]]\nfile = "a.txt"\n[[work]]\nfile = "a.txt"', "a.txt: listed twice"),
        (HOLDER + '[[work]]\nfile = "a.txt"\nkind = "poem"', "a.txt: kind must be one of"),
        (HOLDER + '[[work]]\nfile = "a.txt"\nflags = ["loud"]', "a.txt: flags may hold"),
        (HOLDER + '[[work]]\nfile = "a.txt"\nflags = "loud"', "a.txt: flags must be a list"),
        (HOLDER + '[[work]]\nfile = "a.txt"\nid = 7', "a.txt: id must be a text"),
        (HOLDER + f'[[work]]\nfile = "a.txt"\nid = "{"x" * 201}"', "a.txt: id must be a text of 1 to 200"),
        (HOLDER + '[[work]]\nfile = "a.txt"\nid = "b"', "b.txt: id b is that of a.txt too"),
    ],
)
def test_a_wrong_list_of_works_is_refused_as_a_whole(folders: Folders, toml: str, problem: str) -> None:
    folders.work("a.txt", GULL)
    folders.work("b.txt", FERRY)
    folders.list_works(toml)
    assert any(problem in one for one in folders.problems()), folders.problems()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("version = 0", "version must be a whole number"),
        ("version = true", "version must be a whole number"),
        ('commercial = "yes"', "commercial must be true or false"),
        ('language = "中文"', "language must be a language tag"),
        ('marks = ["own_work"]', "marks must be tables"),
        ('marks = [{basis = "because"}]', "marks basis must be one of"),
        ('marks = [{basis = "licensed", statement = 3}]', "provision and statement must be texts"),
        ('marks = [{basis = "licensed", because = "x"}]', "marks must be tables"),
        ('uploader_id = ""', "uploader_id must be a text"),
    ],
)
def test_wrong_fields_of_an_upload_are_named(folders: Folders, fields: str, problem: str) -> None:
    folders.upload("a.txt", GULL)
    folders.list_uploads(f'[[upload]]\nfile = "a.txt"\n{fields}\n')
    assert folders.problems() == [one for one in folders.problems() if one.startswith("uploads.toml: a.txt: ")]
    assert any(problem in one for one in folders.problems()), folders.problems()


def test_two_versions_of_an_upload_are_two_uploads_but_one_version_is_one(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.upload("a.txt", GULL)
    folders.upload("b.txt", GULL + " More.")
    two = '[[upload]]\nfile = "a.txt"\nid = "u"\n[[upload]]\nfile = "b.txt"\nid = "u"\nversion = '
    folders.list_uploads(two + "2")
    assert len({one.decision_id for one in matches(folders.results())}) == 2
    folders.list_uploads(two + "1")
    assert folders.problems() == ["uploads.toml: b.txt: id u version 1 is that of a.txt too"]


def test_files_that_differ_in_their_ending_alone_have_their_whole_names_for_ids(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.work("gull.md", FERRY)
    folders.upload("a.txt", GULL)
    folders.upload("a.md", GULL + " More.")
    folders.upload("b.txt", FERRY)
    first = matches(folders.results())
    assert [(one.upload.upload_id, one.upload.uploader_id, one.work.work_id, one.work.title) for one in first] == [
        ("a.md", "uploader-of-a.md", "gull.txt", "gull"),
        ("a.txt", "uploader-of-a.txt", "gull.txt", "gull"),
        ("b", "uploader-of-b", "gull.md", "gull"),
    ]
    folders.upload("c.txt", BUS)
    assert [one.decision_id for one in matches(folders.results())] == [one.decision_id for one in first]
    folders.list_uploads('[[upload]]\nfile = "a.md"\nversion = 2\n')
    versions = [(one.upload.upload_id, one.upload.version) for one in matches(folders.results())]
    assert versions == [("a", 2), ("a", 1), ("b", 1)]


def test_refused_files_are_results_and_the_rest_goes_on(folders: Folders) -> None:
    folders.work("broken.png", b"no picture")
    folders.work("gull.txt", GULL)
    folders.upload("a-copy.txt", GULL)
    folders.upload("b-empty.txt", b"")
    folders.upload("c-own.txt", BUS)
    folders.upload("d-secret.zip", encrypted_zip("a", b"b", b"c"))
    folders.upload(".hidden.txt", GULL)
    (folders.uploads / "folder").mkdir()
    folders.list_uploads('[[upload]]\nfile = "absent.txt"\n')
    seen = [
        (type(one).__name__, one.code, one.name)
        if isinstance(one, RefusedFile | FailedFile)
        else (type(one).__name__, one.upload.file.name)
        for one in folders.results()
    ]
    assert seen == [
        ("RefusedFile", "wrong_type", "broken.png"),
        ("RefusedFile", "unsafe_name", ".hidden.txt"),
        ("MatchedUpload", "a-copy.txt"),
        ("RefusedFile", "missing", "absent.txt"),
        ("RefusedFile", "empty", "b-empty.txt"),
        ("UnmatchedUpload", "c-own.txt"),
        ("RefusedFile", "encrypted", "d-secret.zip"),
        ("RefusedFile", "unsupported", "folder"),
    ]


def test_too_large_files_are_refused(folders: Folders) -> None:
    folders.upload("a.txt", "a" * 11)
    (result,) = folders.results(limit_bytes=10)
    assert isinstance(result, RefusedFile)
    assert (result.role, result.code) == ("upload", "too_large")


def test_what_an_engine_cannot_read_fails_there_and_is_still_looked_at_by_the_others(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.upload("copy.txt", GULL)
    engines = load_engines(config={"text-winnowing": {"longest_text": 100}})
    results = list(match_folders(folders.works, folders.uploads, engines=engines))
    failures = [one for one in results if isinstance(one, FailedFile)]
    assert [(one.role, one.engine, one.code) for one in failures] == [
        ("work", "text-winnowing", "too_large"),
        ("upload", "text-winnowing", "too_large"),
    ]
    assert [one.evidence.method for one in matches(results)] == ["hash"]


def test_an_upload_that_no_engine_could_look_at_is_not_called_unmatched(folders: Folders) -> None:
    folders.upload("copy.txt", GULL)
    engines = load_engines(["text-winnowing"], {"text-winnowing": {"longest_text": 100}})
    (result,) = match_folders(folders.works, folders.uploads, engines=engines)
    assert isinstance(result, FailedFile)


def test_files_that_vanish_meanwhile_are_failures_and_the_rest_goes_on(folders: Folders) -> None:
    folders.work("ferry.txt", FERRY)
    folders.work("gull.txt", GULL)
    folders.upload("a.txt", GULL)
    folders.upload("b.txt", GULL)
    results = match_folders(folders.works, folders.uploads, engines=load_engines())
    (folders.works / "ferry.txt").unlink()
    (folders.uploads / "a.txt").unlink()
    seen = [
        (one.name, one.code, one.retryable) if isinstance(one, FailedFile) else type(one).__name__ for one in results
    ]
    gone = ("a.txt", "unreadable", True)
    assert seen == [("ferry.txt", "unreadable", True), gone, gone, "MatchedUpload"]


def test_an_identical_file_goes_before_copied_parts(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.work("reprint.txt", GULL + "\n")
    folders.upload("copy.txt", GULL)
    found = matches(folders.results())
    assert [(one.work.work_id, one.evidence.method) for one in found] == [("gull", "hash"), ("reprint", "fingerprint")]


def test_an_upload_that_takes_from_several_works_gives_a_decision_for_each(folders: Folders) -> None:
    folders.work("ferry.txt", FERRY)
    folders.work("gull.txt", GULL)
    folders.upload("both.txt", FERRY[:600] + GULL[:400] + BUS[:100])
    found = matches(folders.results())
    assert [one.work.work_id for one in found] == ["ferry", "gull"]
    assert len({one.decision_id for one in found}) == 2
    assert sum(one.evidence.share_of_upload or 0 for one in found) < 1


def test_shares_below_the_minimum_open_no_case(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.upload("quote.txt", FERRY + GULL[:100] + BUS)
    (below,) = folders.results()
    assert isinstance(below, UnmatchedUpload)
    assert below.engines == ("exact-hash", "text-winnowing")
    (above,) = folders.results(minimum_share=Decimal("0.01"))
    assert isinstance(above, MatchedUpload)
    share = above.evidence.share_of_upload
    assert share is not None
    assert len(matches(folders.results(minimum_share=share))) == 1
    assert matches(folders.results(minimum_share=share + Decimal("0.000001"))) == []


def test_a_repeat_gives_the_same_decisions_and_another_work_leaves_their_ids_alone(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    folders.upload("a.txt", GULL)
    folders.upload("b.txt", GULL[:1000] + BUS)
    first = folders.results()
    assert folders.results() == first
    folders.work("ferry.txt", FERRY)
    again = matches(folders.results())
    assert [one.decision_id for one in again] == [one.decision_id for one in matches(first)]
    folders.upload("a.txt", GULL + "x")
    assert matches(folders.results())[0].decision_id != again[0].decision_id


def test_a_folder_that_is_none_is_an_error_at_once(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="absent"):
        match_folders(folders.works, tmp_path / "absent", engines=load_engines())


def test_more_uploads_than_one_batch_keep_their_order(folders: Folders) -> None:
    folders.work("gull.txt", GULL)
    for number in range(40):
        folders.upload(f"{number:02}.txt", b"" if number % 7 == 3 else GULL + str(number))
    names = [one.name if isinstance(one, RefusedFile) else one.upload.file.name for one in folders.results()]  # type: ignore[union-attr]
    assert names == sorted(names)
    assert len(names) == 40


# ------------------------------------------------------------------------------------------------ sound and pictures

SCENE = (
    "mandelbrot=s=192x144:r=8:start_scale=0.4,trim=duration=8",
    "anoisesrc=seed=4:d=8:c=pink:a=0.5,tremolo=f=5:d=0.9",
)


def test_sound_and_picture_of_one_film_are_two_findings_and_the_larger_decides(folders: Folders) -> None:
    picture, noise = SCENE
    work = make(folders.works / "scene.mkv", *source(picture), *source(noise), "-c:v", "mjpeg", "-c:a", "flac")
    # All of the picture; the second half of the sound is another.
    other = "anoisesrc=seed=99:d=8:c=pink:a=0.5,tremolo=f=7:d=0.9,atrim=end=4"
    mixed = (
        "-filter_complex",
        f"{other}[n];[0:a]atrim=end=4.5[a];[a][n]concat=n=2:v=0:a=1[s]",
        "-map",
        "0:v",
        "-map",
        "[s]",
    )
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "libmp3lame", "-t", "8")
    make(folders.uploads / "mine.mp4", "-i", str(work), *mixed, *codecs)
    (result,) = matches(folders.results())
    assert (result.evidence.engine, result.evidence.track) == ("video-pdq", "picture")
    (sound,) = result.also_found
    assert (sound.engine, sound.track) == ("audio-bands", "sound")
    assert sound.share_of_upload is not None
    assert Decimal("0.4") < sound.share_of_upload < Decimal("0.7")
    assert result.evidence.share_of_upload is not None
    assert result.evidence.share_of_upload > Decimal("0.95")
    assert result.upload_amount.seconds is not None
    assert abs(result.upload_amount.seconds - 8) < Decimal("0.2")
    written = json.loads(json.dumps(decision_json(result, source="s", decided_at=NOW)))
    (also,) = written["evidence"]["also_found"]
    assert also == {
        "method": "fingerprint",
        "engine": "audio-bands",
        "engine_version": sound.engine_version,
        "track": "sound",
        "share_of_upload": format(sound.share_of_upload, "f"),
        "share_of_work": format(sound.share_of_work or 0, "f"),
    }
    assert RecordFilteringDecision.model_validate(written).evidence.also_found


def test_what_an_engine_does_not_find_in_a_file_is_no_failure_as_long_as_another_has_looked(folders: Folders) -> None:
    # A film without sound, without a title and without text.
    folders.upload("silent.mp4", (MEDIA / "picture.mp4").read_bytes())
    (both,) = match_folders(folders.works, folders.uploads, engines=load_engines(["titles", "video-pdq"]))
    assert isinstance(both, UnmatchedUpload)
    assert both.engines == ("video-pdq",)
    (alone,) = match_folders(folders.works, folders.uploads, engines=load_engines(["titles"]))
    assert isinstance(alone, FailedFile)
    assert alone.code == "no_name"


def test_a_broken_film_is_named_and_the_rest_goes_on(folders: Folders) -> None:
    film = (MEDIA / "picture.mp4").read_bytes()
    folders.upload("a.mp4", film.replace(b"avc1", b"xxxx").replace(b"mdat", b"free", 1))
    folders.upload("b.txt", BUS)
    results = folders.results()
    failed = [(one.name, one.engine, one.code) for one in results if isinstance(one, FailedFile)]
    assert ("a.mp4", "video-pdq", "undecodable") in failed
    assert isinstance(results[-1], UnmatchedUpload)
