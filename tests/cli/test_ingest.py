"""`casework ingest` and `casework match` as people run them: formats, answers, refusals on record, repetition."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import stat
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow.parquet import write_table

from casework.cli.main import casework
from casework.database import DatabaseUrl
from casework.domain.case.events import FilteringDecisionRecorded
from casework.parts import build_parts
from casework.samples import compose, media
from casework.samples.build import TEXTS, Sample, SampleFolders, write_samples
from tests.samples import REVIEW_MARK, decision_line
from tests.web import SECRET, settings_for


@dataclass
class Terminal:
    """Runs commands on one database, in one folder."""

    url: DatabaseUrl
    folder: Path
    runner: CliRunner = field(default_factory=CliRunner)

    def run(self, *arguments: str | Path, stdin: bytes | None = None) -> Result:
        environment = {"CASEWORK_DATABASE_URL": settings_for(self.url).database_url, "CASEWORK_SECRET": SECRET}
        return self.runner.invoke(casework, [str(one) for one in arguments], env=environment, input=stdin)

    def events(self) -> list[FilteringDecisionRecorded]:
        parts = build_parts(settings_for(self.url))
        try:
            recorded = parts.casework.log.read(0, 10_000)
            return [one.event for one in recorded if isinstance(one.event, FilteringDecisionRecorded)]
        finally:
            parts.close()


@pytest.fixture
def terminal(sqlite_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(sqlite_url, tmp_path)


def ndjson(*lines: Any) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)


def few_samples(folder: Path) -> SampleFolders:
    """A text and a sound, and uploads of every band: enough for the command; `tests/matching` looks at all samples."""
    tea, balcony, bus = (
        compose.body((TEXTS / f"{name}.txt").read_text("utf-8"))
        for name in ("zh-tea-hill", "zh-balcony-notes", "zh-bus-diary")
    )
    own = f"{bus}\n\n{balcony}"
    bell = media.melody((12, 16, 19, 24), 4)
    more = {"right_holder_id": "rh-1", "title": "雨前的山"}
    works = [
        Sample("tea.txt", tea.encode(), {"kind": "text", **more}),
        Sample("bell.wav", bell, {"kind": "music", **more}),
    ]
    review = {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "书评，逐段引用并评论原文。"}
    uploads = [
        Sample("whole.txt", tea.encode()),
        Sample("most.txt", compose.with_share(tea, own, Fraction(7, 10), 280).encode()),
        Sample("few.txt", compose.with_share(tea, own, Fraction(3, 10), 300).encode()),
        Sample("review.txt", compose.with_share(tea, own, Fraction(9, 10), 360).encode(), {"marks": [review]}),
        Sample("copy.wav", bell),
        Sample("empty.txt", b""),
    ]
    folders = SampleFolders(folder / "works", folder / "uploads")
    write_samples(folders.works, "work", works)
    write_samples(folders.uploads, "upload", uploads)
    return folders


def record(path: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in path.read_text("utf-8").splitlines()]


def test_good_lines_go_in_and_bad_ones_are_on_record(terminal: Terminal) -> None:
    file = terminal.folder / "day.ndjson"
    bad = decision_line("0.5", "bad", evidence__share_of_upload="1.5")
    file.write_bytes(ndjson(decision_line("0.3", "a"), b"", b"{broken", bad, decision_line("0.95", "b")))
    result = terminal.run("ingest", file)
    assert result.exit_code == 3
    assert "2 created, 0 duplicate, 2 refused" in result.output
    refused = terminal.folder / "day.ndjson.refused.ndjson"
    rows = record(refused)
    assert [(row["line"], row["decision_id"]) for row in rows] == [(3, None), (4, "bad")]
    assert rows[1]["errors"][0]["pointer"] == "/evidence/share_of_upload"
    assert json.loads(rows[1]["content"]) == bad
    assert stat.S_IMODE(refused.stat().st_mode) == 0o600
    assert [event.decision_id for event in terminal.events()] == ["a", "b"]


def test_what_was_refused_before_is_not_on_record_once_it_is_in(terminal: Terminal) -> None:
    file, refused = terminal.folder / "day.ndjson", terminal.folder / "day.ndjson.refused.ndjson"
    file.write_bytes(ndjson(b"{broken"))
    assert terminal.run("ingest", file).exit_code == 3
    assert refused.exists()
    file.write_bytes(ndjson(decision_line("0.3", "a")))
    assert terminal.run("ingest", file).exit_code == 0
    assert not refused.exists()


def test_where_refused_lines_cannot_be_written_it_says_what_went_in(terminal: Terminal) -> None:
    file = terminal.folder / "day.ndjson"
    file.write_bytes(ndjson(decision_line("0.3", "a"), b"{broken"))
    result = terminal.run("ingest", file, "--refused", terminal.folder / "nowhere" / "refused.ndjson")
    assert result.exit_code == 1
    assert "refused lines cannot be written" in result.stderr
    assert "up to line 2: 1 created, 0 duplicate, 1 refused" in result.stderr
    assert [event.decision_id for event in terminal.events()] == ["a"]


def test_repeating_changes_nothing(terminal: Terminal) -> None:
    file = terminal.folder / "day.ndjson"
    file.write_bytes(ndjson(*(decision_line("0.3", f"d{number}") for number in range(5))))
    assert terminal.run("ingest", file).exit_code == 0
    result = terminal.run("ingest", file)
    assert (result.exit_code, "0 created, 5 duplicate" in result.output) == (0, True)
    assert not (terminal.folder / "day.ndjson.refused.ndjson").exists()
    assert len(terminal.events()) == 5


def test_json_prints_the_answers_in_order(terminal: Terminal) -> None:
    content = ndjson(decision_line("0.3", "a"), b"[]", decision_line("0.95", "b"))
    result = terminal.run("ingest", "-", "--json", "--refused", terminal.folder / "no.ndjson", stdin=content)
    assert result.exit_code == 3
    answers = [json.loads(one) for one in result.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["created", "refused", "created"]
    assert [answer["decision_id"] for answer in answers] == ["a", None, "b"]
    assert answers[2]["action"] == "block"
    assert record(terminal.folder / "no.ndjson")[0]["content"] == "[]"


COLUMNS = [
    "decision_id",
    "source",
    "decided_at",
    "upload.id",
    "upload.version",
    "upload.uploader_id",
    "upload.medium",
    "upload.title",
    "upload.commercial",
    "upload.amount.seconds",
    "work.id",
    "work.title",
    "work.right_holder_id",
    "work.kind",
    "work.flags",
    "evidence.method",
    "evidence.engine",
    "evidence.engine_version",
    "evidence.share_of_upload",
    "evidence.amount.characters",
    "evidence.segments",
    "marks",
]


def row(**changes: str) -> list[str]:
    values = {
        **dict.fromkeys(COLUMNS, ""),
        "decision_id": "c1",
        "source": "csv",
        "decided_at": "2026-06-30T19:59:00+08:00",
        "upload.id": "up-1",
        "upload.version": "2",
        "upload.uploader_id": "u-1",
        "upload.medium": "video",
        "upload.title": '逗号, 引号 " 和\n换行',
        "upload.commercial": "FALSE",
        "upload.amount.seconds": "63.20",
        "work.id": "w-1",
        "work.title": "The Film",
        "work.right_holder_id": "rh-3",
        "work.kind": "film",
        "work.flags": "high_loss; time_sensitive",
        "evidence.method": "fingerprint",
        "evidence.engine": "e",
        "evidence.engine_version": "1",
        "evidence.share_of_upload": "0.8999999999999999999999",
        "evidence.segments": '[{"upload": [0, 1.50], "score": 0.98}]',
        "marks": json.dumps([REVIEW_MARK]),
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    return [values[name] for name in COLUMNS]


def write_csv(path: Path, *rows: list[str], heading: list[str] = COLUMNS) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])


def test_csv_is_read_exactly(terminal: Terminal) -> None:
    file = terminal.folder / "day.csv"
    write_csv(
        file,
        row(),
        row(decision_id="c2", upload__version="two"),
        row(decision_id="c3", upload__commercial="perhaps"),
        row(decision_id="c4", evidence__segments="[broken"),
        row(decision_id="c5")[:-1],
        row(decision_id="c6", marks="", upload__title=""),
    )
    result = terminal.run("ingest", file)
    assert (result.exit_code, "2 created, 0 duplicate, 4 refused" in result.output) == (3, True)
    first, last = terminal.events()
    assert str(first.evidence.share_of_upload) == "0.8999999999999999999999"
    assert str(first.upload.amount.seconds if first.upload.amount else None) == "63.20"
    assert [flag.value for flag in first.work.flags] == ["high_loss", "time_sensitive"]
    assert (first.rule.value, last.rule.value) == ("marked", "band_middle")
    assert last.upload.description is None
    found = {one["line"]: one["errors"][0]["pointer"] for one in record(terminal.folder / "day.csv.refused.ndjson")}
    assert found == {2: "/upload/version", 3: "/upload/commercial", 4: "/evidence/segments", 5: ""}


def test_csv_and_parquet_hold_other_findings_and_signals(terminal: Terminal) -> None:
    found = [{"method": "hash", "engine": "exact-hash", "engine_version": "1", "share_of_upload": "0"}]
    seen = [{"kind": "monetisation", "value": "channel", "provenance": "terms of the platform"}]
    added = ["picture", json.dumps(found), json.dumps(seen)]
    heading = [*COLUMNS, "evidence.track", "evidence.also_found", "signals"]
    write_csv(
        terminal.folder / "day.csv",
        [*row(), *added],
        [*row(decision_id="c2"), "smell", "", ""],
        [*row(decision_id="c3"), "", "", '[{"kind": "fame"}]'],
        heading=heading,
    )
    assert terminal.run("ingest", terminal.folder / "day.csv").exit_code == 3
    refused = {one["line"]: one["errors"][0]["pointer"] for one in record(terminal.folder / "day.csv.refused.ndjson")}
    assert refused == {2: "/evidence/track", 3: "/signals/0/kind"}
    line = decision_line("0.3", "p1", evidence__track="picture", evidence__also_found=found, signals=seen)
    write_table(pa.Table.from_pylist([line]), terminal.folder / "day.parquet")
    assert terminal.run("ingest", terminal.folder / "day.parquet").exit_code == 0
    for event in terminal.events():
        assert (event.evidence.track, event.signals and event.signals[0].kind) == ("picture", "monetisation")
        assert [str(one.share_of_upload) for one in event.evidence.also_found or ()] == ["0"]
    # As JSON it is the same decision, and another signal is not.
    (terminal.folder / "again.ndjson").write_bytes(ndjson(line, line | {"signals": []}))
    assert "1 duplicate, 1 refused" in terminal.run("ingest", terminal.folder / "again.ndjson").output
    (row_of_refused,) = record(terminal.folder / "again.ndjson.refused.ndjson")
    assert [error["pointer"] for error in row_of_refused["errors"]] == ["/signals"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"decision_id,colour\n1,red\n", "unknown columns: colour"),
        (b"", "there is no heading"),
        (b"source,source\na,b\n", "twice"),
        (b"source\n\xff\n", "not valid UTF-8"),
        (b'source\n"a\n', "not valid CSV"),
    ],
)
def test_files_that_are_no_csv_end_with_a_sentence(terminal: Terminal, content: bytes, told: str) -> None:
    file = terminal.folder / "day.csv"
    file.write_bytes(content)
    result = terminal.run("ingest", file)
    assert result.exit_code == 1
    assert told in result.output
    assert terminal.events() == []


def test_parquet_nested_and_flat(terminal: Terminal) -> None:
    nested = [decision_line("0.3", "p1"), decision_line("0.3", "p2")]
    nested[0]["evidence"]["share_of_upload"] = 0.9
    nested[1]["evidence"]["share_of_upload"] = float("nan")
    write_table(pa.Table.from_pylist(nested), terminal.folder / "nested.parquet")
    assert terminal.run("ingest", terminal.folder / "nested.parquet").exit_code == 3
    flat = dict(zip(COLUMNS, row(decision_id="p3"), strict=True))
    kept = {
        name: value
        for name, value in flat.items()
        if value and name not in ("evidence.segments", "marks", "work.flags")
    }
    typed: dict[str, Any] = {**kept, "upload.version": 2, "upload.commercial": False, "upload.amount.seconds": 63.2}
    write_table(pa.Table.from_pylist([typed]), terminal.folder / "flat.parquet")
    assert terminal.run("ingest", terminal.folder / "flat.parquet").exit_code == 0
    one, two = terminal.events()
    assert (one.decision_id, str(one.evidence.share_of_upload), one.rule.value) == ("p1", "0.9", "band_high")
    assert (two.decision_id, str(two.upload.amount.seconds if two.upload.amount else None)) == ("p3", "63.2")
    (terminal.folder / "broken.parquet").write_bytes(b"PAR1 rubbish PAR1")
    result = terminal.run("ingest", terminal.folder / "broken.parquet")
    assert (result.exit_code, "not valid Parquet" in result.output) == (1, True)


def test_gzip_whole_and_truncated(terminal: Terminal) -> None:
    packed = gzip.compress(ndjson(*(decision_line("0.3", f"g{number}") for number in range(40))))
    (terminal.folder / "day.ndjson.gz").write_bytes(packed)
    (terminal.folder / "half.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    assert terminal.run("ingest", terminal.folder / "day.ndjson.gz").exit_code == 0
    result = terminal.run("ingest", terminal.folder / "half.ndjson.gz")
    assert (result.exit_code, "not whole gzip data" in result.output) == (1, True)
    assert len(terminal.events()) == 40


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["missing.ndjson"], 1),
        (["day.txt"], 1),
        (["a.ndjson", "b.ndjson", "--refused", "x"], 2),
        (["a.ndjson", "--refused", "./a.ndjson"], 2),
        (["a.ndjson", "a.ndjson.refused.ndjson"], 2),
        ([], 2),
        (["day.txt", "--format", "xml"], 2),
    ],
)
def test_wrong_use_is_told(terminal: Terminal, arguments: list[str], code: int) -> None:
    (terminal.folder / "day.txt").write_bytes(b"")
    result = terminal.run("ingest", *arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_a_folder_is_matched_once_however_often_it_is_looked_at(terminal: Terminal) -> None:
    folders = few_samples(terminal.folder / "media")
    where = ["--works", str(folders.works), "--uploads", str(folders.uploads), "--processes", "1"]
    dry = terminal.run("match", *where, "--dry-run", "--json")
    expected = json.loads(dry.stdout)
    assert terminal.events() == []
    result = terminal.run("match", *where, "--no-media")
    assert result.exit_code == 0, result.output
    assert f"{len(expected)} created, 0 duplicate, 0 refused" in result.output
    assert "empty.txt: empty" in result.output
    assert f"{2 * len(expected)} files laid beside their cases" in terminal.run("match", *where).output
    again = terminal.run("match", *where, "--json")
    assert again.exit_code == 0
    assert {json.loads(one)["status"] for one in again.stdout.splitlines()} == {"duplicate"}
    found = terminal.events()
    assert {event.decision_id for event in found} == {decision["decision_id"] for decision in expected}
    assert {"band_low", "band_middle", "band_high", "marked"} <= {event.rule.value for event in found}


def test_what_depends_on_other_works_and_engines_does_not_refuse_a_decision_on_record(terminal: Terminal) -> None:
    works, uploads = terminal.folder / "works", terminal.folder / "uploads"
    for folder, name, text in (
        (works, "a.txt", "a market at night, rain on tin roofs, and nobody who buys"),
        (uploads, "same.txt", "a market at night, rain on tin roofs, and nobody who buys"),
        (uploads, "named.txt", "nothing in common but what it is called"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    listed = '[defaults]\nright_holder_id = "rh-1"\n[[work]]\nfile = "a.txt"\ntitle = "Night Market Waltz"\n'
    (works / "works.toml").write_text(listed)
    (uploads / "uploads.toml").write_text(
        '[[upload]]\nfile = "same.txt"\n[[upload]]\nfile = "named.txt"\ntitle = "My Night Market Waltz"\n'
    )
    where = ["--works", str(works), "--uploads", str(uploads), "--processes", "1", "--no-media"]
    assert "2 created, 0 duplicate, 0 refused" in terminal.run("match", *where).output
    assert "0 created, 1 duplicate, 0 refused" in terminal.run("match", *where, "--engine", "exact-hash").output
    (works / "b.txt").write_text("another work of that name")
    (works / "works.toml").write_text(f'{listed}[[work]]\nfile = "b.txt"\ntitle = "Night Market Waltz"\n')
    assert "1 created, 2 duplicate, 0 refused" in terminal.run("match", *where).output


def test_names_of_files_cannot_write_on_the_terminal(terminal: Terminal) -> None:
    for name in ("works", "uploads"):
        (terminal.folder / name).mkdir()
    (terminal.folder / "uploads" / "a\nupload b.txt: fine\x1b[2J.txt").write_text("a")
    result = terminal.run("match", "--works", terminal.folder / "works", "--uploads", terminal.folder / "uploads")
    (line,) = [one for one in result.stderr.splitlines() if "unsafe_name" in one]
    assert line.startswith(
        "upload a\N{REPLACEMENT CHARACTER}upload b.txt: fine\N{REPLACEMENT CHARACTER}[2J.txt: unsafe_name"
    )


def test_a_wrong_list_beside_the_files_is_told(terminal: Terminal) -> None:
    folders = few_samples(terminal.folder / "media")
    (folders.works / "works.toml").write_text("[[work]]\ncolour = 1\n")
    result = terminal.run("match", "--works", str(folders.works), "--uploads", str(folders.uploads))
    assert (result.exit_code, "works.toml" in result.output) == (1, True)
    assert terminal.events() == []


def test_an_index_that_fails_before_anything_is_looked_at_is_one_sentence(terminal: Terminal) -> None:
    folders = few_samples(terminal.folder / "media")
    with closing(sqlite3.connect(terminal.folder / "index.db")) as tables:
        tables.execute("CREATE TABLE matching_verdict (of_another TEXT)")
    where = ["--works", str(folders.works), "--uploads", str(folders.uploads), "--dry-run"]
    result = terminal.run("match", *where, "--index", f"sqlite:///{terminal.folder}/index.db")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("casework: the index failed: no such column")


def test_an_index_is_kept_and_serves_again(terminal: Terminal) -> None:
    folders = few_samples(terminal.folder / "media")
    where = ["--works", str(folders.works), "--uploads", str(folders.uploads), "--dry-run", "--json"]
    plain = terminal.run("match", *where, "--processes", "1")
    kept = ["--index", f"sqlite:///{terminal.folder}/index.db", "--processes", "2"]
    first, second = terminal.run("match", *where, *kept), terminal.run("match", *where, *kept)

    def found(result: Result) -> list[dict[str, Any]]:
        return [{**one, "decided_at": None} for one in json.loads(result.stdout)]

    assert found(first) == found(second) == found(plain)
    assert "works:" in first.stderr
    assert "uploads:" in first.stderr
    only = terminal.run("match", *where, "--engine", "exact-hash")
    assert {one["evidence"]["method"] for one in json.loads(only.stdout)} == {"hash"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--engine", "absent"], "no engine is called 'absent'"),
        (["--engine", "titles", "--engine", "titles"], "named twice"),
        (["--index", "mysql://host/name"], "the index must be"),
    ],
)
def test_engines_and_indexes_that_are_none_are_told(terminal: Terminal, options: list[str], words: str) -> None:
    folders = few_samples(terminal.folder / "media")
    result = terminal.run("match", "--works", str(folders.works), "--uploads", str(folders.uploads), *options)
    assert (result.exit_code, words in result.output) == (1, True), result.output


def test_daily_tallies_of_screening_go_in_from_csv_and_ndjson(terminal: Terminal) -> None:
    table = terminal.folder / "tallies.csv"
    table.write_text(
        "date,medium,screened,matched\n2026-06-29,video,900,12\n2026-06-29,audio,80,81\n2026-06-29,text,x,1\n"
    )
    result = terminal.run("ingest", "--screenings", table)
    assert (result.exit_code, "1 created, 0 duplicate, 2 refused" in result.output) == (3, True)
    rows = record(terminal.folder / "tallies.csv.refused.ndjson")
    assert [(row["line"], row["medium"], row["errors"][0]["pointer"]) for row in rows] == [
        (2, "audio", "/matched"),
        (3, "text", "/screened"),
    ]
    lines = terminal.folder / "tallies.ndjson"
    same = {"date": "2026-06-29", "medium": "video", "screened": 900, "matched": 12, "source": "command-line"}
    other = {**same, "matched": 13}
    lines.write_bytes(ndjson(same, other, b"{broken", {**same, "source": "engine-2"}))
    result = terminal.run("ingest", "--screenings", "--json", lines)
    answers = [json.loads(one) for one in result.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["duplicate", "refused", "refused", "created"]
    assert answers[1]["errors"][0]["pointer"] == "/matched"


def test_columns_of_decisions_are_none_of_tallies(terminal: Terminal) -> None:
    table = terminal.folder / "tallies.csv"
    table.write_text("date,medium,decision_id\n2026-06-29,video,d1\n")
    result = terminal.run("ingest", "--screenings", table)
    assert (result.exit_code, "unknown columns: decision_id" in result.output) == (1, True)
