"""The harmonised templates: filled to the letter, adding up, and sound by checks that find what others got wrong."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.engine import Engine

from casework.database import parse_database_url, views_engine
from casework.domain.case.notice_events import NoticeReceived
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.checking import check_folder
from casework.reports.dsa.filling import filled, write_templates
from casework.reports.dsa.numbers import Numbers, numbers_of
from casework.reports.dsa.particulars import ParticularsWrong, read_particulars, read_reasons
from casework.reports.dsa.restrictions import restrictions
from casework.reports.dsa.sheets import PARTS, Sheet, template, write_sheet
from casework.reports.dsa.statements import Manner
from casework.views.models.catch_up import Views
from casework.views.models.figures import Figures
from tests.reports.histories import LAW, SHANGHAI, STANDARDS, as_recorded, played, write

START, END = date(2026, 1, 1), date(2026, 4, 1)
MANNER = Manner("https://video.example", SHANGHAI)
PARTICULARS = """
provider = "Video Ltd"
service = "Video, the \\"new\\" one"
published = 2026-05-20

[qualitative]
summary = "We compare uploads with registered works."
information = "Line one.\\nLine two."
automated_means = "Fingerprints."
accuracy = "See part 8."
purposes = "Copyright."
safeguards = "Two reviewers."
"""
LARGE = """
governance = "A board."
qualifications = "Lawyers."
training = "Two weeks."
support = "Help."
methodology = "Full-time equivalents."

[staff]
internal = 12
external = 3
linguistic = 9
languages = { de = 3, fr = 2 }

[recipients]
total = 46000000
states = { DE = 8000000 }
"""


@dataclass(frozen=True)
class Made:
    numbers: Numbers
    folder: Path
    sheets: tuple[Sheet, ...]
    restricted: list[tuple[str, date]]
    notices: list[tuple[NoticeReceived, date]]


@pytest.fixture(scope="module")
def made(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("templates")
    shutil.copyfile(_sqlite_template, folder / "casework.db")
    url = parse_database_url(f"sqlite:///{folder / 'casework.db'}")
    log, engine = EventLog(url, Codec(EVENT_TYPES)), views_engine(url)
    steps = played(80, seed=83)
    write(log, steps)
    yield _made(log, engine, folder, datetime(2027, 1, 1, tzinfo=UTC))
    log.close()
    engine.dispose()


def _made(log: EventLog, engine: Engine, folder: Path, as_of: datetime) -> Made:
    views = Views(engine, log, [Figures(STANDARDS, LAW, log.load_many, SHANGHAI)])
    views.prepare()
    sources = SimpleNamespace(log=log, views=views, standards=STANDARDS, law=LAW)
    numbers = numbers_of(sources, START, END, as_of, SHANGHAI, MANNER)
    (folder / "dsa.toml").write_text(PARTICULARS, "utf-8")
    sheets = filled(numbers, read_particulars(folder / "dsa.toml"))
    write_templates(sheets, folder / "out")
    cases: dict[object, list[object]] = {}
    events = as_recorded(played(80, seed=83))
    for one in events:
        if one.event.TOPIC.startswith("case."):
            cases.setdefault(one.stream, []).append(one)
    restricted = [
        (one.source, one.applied_at.astimezone(SHANGHAI).date())
        for history in cases.values()
        for one in restrictions(history)  # type: ignore[arg-type]
    ]
    notices = [
        (one.event, one.occurred.astimezone(SHANGHAI).date()) for one in events if isinstance(one.event, NoticeReceived)
    ]
    return Made(numbers, folder / "out", sheets, restricted, notices)


def cells(made: Made, part: int) -> list[dict[str, str]]:
    text = (made.folder / f"{PARTS[part - 1]}.csv").read_bytes().decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return [dict(zip(header, row, strict=True)) for row in rows]


def row_of(made: Made, part: int, code: str) -> dict[str, str]:
    return next(row for row in cells(made, part) if code in row.values())


def test_eleven_files_with_headers_and_keys_to_the_letter(made: Made) -> None:
    assert sorted(path.name for path in made.folder.iterdir()) == sorted(f"{name}.csv" for name in PARTS)
    for sheet in made.sheets:
        content = (made.folder / sheet.file).read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert content.count(b"\n") - content.count(b"\r\n") == (1 if sheet.name == PARTS[10] else 0)
        wanted = template(sheet.name)
        assert sheet.header == wanted.header
        assert [[row[place] for place in wanted.keys] for row in sheet.rows] == [
            [row[place] for place in wanted.keys] for row in wanted.rows
        ]
    assert "Number of notices received " in template(PARTS[3]).header
    assert b"YYYY" not in b"".join(path.read_bytes() for path in made.folder.iterdir())


def test_our_files_pass_our_checks(made: Made) -> None:
    assert check_folder(made.folder) == []


def test_measures_are_restrictions_with_a_statement(made: Made) -> None:
    own = [day for source, day in made.restricted if source == words.VOLUNTARY and START <= day < END]
    row = row_of(made, 5, words.COPYRIGHT_KEYWORD)
    whole = int(row["Number of measures taken at the provider's own initiative "])
    assert whole == len(own) > 20
    assert whole == sum(int(row[name]) for name in row if name.startswith("Visibility restriction"))
    assert row["Monetary restriction Suspension"] == ""
    assert row_of(made, 5, "TOTAL") == {**row, "Category of illegal content": "TOTAL"}
    assert row_of(made, 6, "TOTAL")["Number of measures taken at the provider's own initiative "] == "0"
    assert row_of(made, 5, "KEYWORD_ANIMAL_HARM")["Visibility restriction Disable"] == ""


def test_notices_are_those_of_the_registry(made: Made) -> None:
    within = [event for event, day in made.notices if START <= day < END]
    row = row_of(made, 4, words.COPYRIGHT_KEYWORD)
    assert row["Number of notices received "] == str(len(within))
    items = "Number of specific items of information included in the total number of notices"
    assert row[items] == str(sum(event.items for event in within))
    trusted = [event for event in within if event.trusted]
    assert row["Number of notices received from Trusted flaggers"] == str(len(trusted))
    flagged = f"{items} by Trusted Flaggers (Trusted Flagger notices)"
    assert row[flagged] == str(sum(event.items for event in trusted))
    assert row["Number of actions taken on the basis of the terms and conditions of the service"] == "0"
    assert float(row["Median time to take action"]) > 0


def test_appeals_are_those_of_the_registry(made: Made) -> None:
    found = {(row["Indicator"], row["Scope"]): row["Value"] for row in cells(made, 7)}
    complaints = "Number of complaints submitted to the internal-complaints mechanism"
    numbers = made.numbers
    assert found[complaints, "Total number"] == str(
        numbers.count("appeals.uploader.received", "appeals.right_holder.received")
    )
    types = [
        value for (name, scope), value in found.items() if name.startswith("Complaint") and scope == "Total number"
    ]
    assert sum(int(one or 0) for one in types) == int(found[complaints, "Total number"])
    assert float(found[complaints, "Median time"]) > 0
    share = found[
        "Number of disputes submitted to out-of-court dispute settlement bodies", "Percentage of outcomes implemented"
    ]
    assert share == "" or 0 <= float(share) <= 1


def test_texts_names_and_days_come_from_the_platform(made: Made) -> None:
    summary = {row["Indicator"]: row["Value"] for row in cells(made, 1)}
    assert summary["Name of the service provider"] == "Video Ltd"
    assert summary["Ending date of reporting period"] == "2026-03-31"
    assert summary["Date of the publication of the latest previous report"] == ""
    assert {row["Service"] for row in cells(made, 4)} == {'Video, the "new" one'}
    assert {row["Reporting period"] for row in cells(made, 4)} == {"2026-01-01/2026-03-31"}
    texts = [row["Value"] for row in cells(made, 11)]
    assert texts[1] == "Line one.\nLine two."
    assert texts[6:] == [""] * 5
    assert {row["Value"] for row in cells(made, 10)} == {""}


def test_very_large_platforms_fill_in_more(made: Made, tmp_path: Path) -> None:
    (tmp_path / "dsa.toml").write_text("very_large = true\n" + PARTICULARS + LARGE, "utf-8")
    sheets = filled(made.numbers, read_particulars(tmp_path / "dsa.toml"))
    write_templates(sheets, tmp_path / "out")
    assert check_folder(tmp_path / "out") == []
    staff = {row[5]: row[6] for row in sheets[8].rows}
    assert (staff["de"], staff["mt"], staff["Total number"], len(sheets[8].rows)) == ("3", "0", "9", 27)
    users = {row[5]: row[6] for row in sheets[9].rows}
    assert (users["TOTAL"], users["DE"], users["AT"], len(users)) == ("46000000", "8000000", "0", 28)
    assert sheets[10].rows[-1][-1] == "Full-time equivalents."


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["provider", "service", "published", "qualitative"]),
        (PARTICULARS.replace('accuracy = "See part 8."\n', ""), ["qualitative.accuracy"]),
        (PARTICULARS.replace("2026-05-20", '"soon"'), ["published"]),
        (
            "very_large = true\n" + PARTICULARS,
            ["staff", "recipients", "qualitative.governance", "qualitative.methodology"],
        ),
        (PARTICULARS + LARGE.replace("DE =", "de ="), ["recipients.states"]),
        (PARTICULARS + LARGE.replace("fr =", "FR ="), ["staff.languages"]),
        (PARTICULARS + "sumary = 1", ["qualitative.sumary"]),
        ("provider =", ["is not TOML"]),
    ],
)
def test_what_is_missing_or_wrong_is_named(text: str, keys: list[str], tmp_path: Path) -> None:
    (tmp_path / "dsa.toml").write_text(text, "utf-8")
    with pytest.raises(ParticularsWrong) as raised:
        read_particulars(tmp_path / "dsa.toml")
    for key in keys:
        assert key in str(raised.value)


def test_the_reasons_alone_need_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "dsa.toml").write_text('[reasons]\nfilter_ground = "incompatible_content"\nstates = ["DE"]\n', "utf-8")
    assert read_reasons(tmp_path / "dsa.toml").states == ("DE",)
    (tmp_path / "dsa.toml").write_text('[reasons]\nstates = ["UK"]\n', "utf-8")
    with pytest.raises(ParticularsWrong, match=r"reasons.states"):
        read_reasons(tmp_path / "dsa.toml")


Spoil = Callable[[list[list[str]]], object]


def put(row: int, column: str, value: str) -> Spoil:
    def change(table: list[list[str]]) -> None:
        table[row][table[0].index(column)] = value

    return change


def at(code: str, column: str, value: str) -> Spoil:
    def change(table: list[list[str]]) -> None:
        next(row for row in table if code in row)[table[0].index(column)] = value

    return change


def all_of(*changes: Spoil) -> Spoil:
    return lambda table: [change(table) for change in changes]


def insert_column(table: list[list[str]]) -> None:
    for row in table:
        row.insert(3, "Category label")


COUNT = "Number of notices received "
ITEMS = "Number of specific items of information included in the total number of notices"
MEASURES = "Number of measures taken at the provider's own initiative "
SPOILT: dict[str, tuple[int, Spoil, str, str]] = {
    "thousands separators": (4, at("TOTAL", COUNT, "6,706"), "separators", COUNT),
    "floats for counts": (4, at("TOTAL", COUNT, "395348.0"), "float", COUNT),
    "words for counts": (4, at("TOTAL", COUNT, "many"), "count", COUNT),
    "empty columns dropped": (4, lambda table: table[5].pop(), "cells", ""),
    "header overwritten": (9, lambda table: table[0].__setitem__(0, "6"), "header", "Applicability"),
    "header without its space": (4, lambda table: table[0].__setitem__(5, COUNT.strip()), "header", COUNT),
    "extra column": (4, insert_column, "columns", "Category label"),
    "rows shifted": (4, lambda table: table.insert(3, table.pop(9)), "row_key", "Category of illegal content"),
    "a language twice": (8, lambda table: table.append(table[-1]), "row_twice", "Scope"),
    "a state twice": (3, lambda table: table.append(table[-1]), "row_twice", "Scope"),
    "row missing": (5, lambda table: table.pop(), "rows", ""),
    "types overlap": (7, put(8, "Value", "664045"), "overlap", "Value"),
    "outcomes unexplained": (7, all_of(put(1, "Contextual Information", ""), put(1, "Value", "365511")),
                             "unexplained", "Contextual Information"),
    "days for hours": (7, all_of(put(42, "Value", "43"), put(42, "Contextual Information", "")),
                       "days_suspected", "Value"),
    "sub-rows do not add up": (4, at(words.COPYRIGHT_KEYWORD, COUNT, "999999"), "sum", COUNT),
    "categories do not add up": (5, at("TOTAL", MEASURES, "1"), "sum", MEASURES),
    "more by machine than at all": (
        5, at("TOTAL", "Number of measures taken after detection with solely automated means ", "999999"), "exceeds",
        "Number of measures taken after detection with solely automated means ",
    ),
    "items deduplicated": (4, at("TOTAL", ITEMS, "1"), "items_deduplicated", ITEMS),
    "median of the category missing": (
        4, at(words.COPYRIGHT_CATEGORY, "Median time to take action", ""), "median_missing",
        "Median time to take action",
    ),
    "other without words": (4, put(5, COUNT, "7"), "other_undescribed", 'Description of the sub-category "Other"'),
    "all in other": (
        4, all_of(put(2, COUNT, "7"), put(5, COUNT, "7"), put(5, 'Description of the sub-category "Other"', "dogs")),
        "all_in_other", COUNT,
    ),
    "percent for a fraction": (8, put(3, "Value", "97.5"), "fraction", "Value"),
    "placeholder left": (11, put(2, "Value", "Free text"), "placeholder", "Value"),
    "cell too long": (11, put(2, "Value", "a" * 5001), "too_long", "Value"),
    "no such day": (1, put(2, "Value", "31.12.2026"), "day", "Value"),
    "no such period": (4, put(3, "Reporting period", "2026-06-30/2026-01-01"), "period", "Reporting period"),
    "another service": (5, put(3, "Service", "Another"), "differs", "Service"),
    "median in words": (4, at("TOTAL", "Median time to take action", "2 days"), "hours", "Median time to take action"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SPOILT))
def test_faults_of_real_filings_are_found(made: Made, name: str, tmp_path: Path) -> None:
    part, spoil, code, column = SPOILT[name]
    folder = shutil.copytree(made.folder, tmp_path / "out")
    path = folder / f"{PARTS[part - 1]}.csv"
    table = [list(row) for row in csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))]
    spoil(table)
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerows(table)
    path.write_bytes(target.getvalue().encode())
    found = check_folder(folder)
    assert (path.name, code, column) in {(one.file, one.code, one.column) for one in found}, found
    assert path.name in str(found[0])


def test_files_are_named_to_the_letter(made: Made, tmp_path: Path) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "out")
    (folder / "part_9_human_resources.csv").rename(folder / "9_human resources.csv")
    (folder / "part_4_notices.csv").write_bytes(b"\xef\xbb\xbf" + (folder / "part_4_notices.csv").read_bytes())
    (folder / "part_10_AMAR.csv").write_bytes("Anwendung für".encode("latin-1"))
    assert {(one.file, one.code) for one in check_folder(folder)} == {
        ("9_human resources.csv", "file_unknown"),
        ("part_9_human_resources.csv", "file_missing"),
        ("part_4_notices.csv", "byte_order_mark"),
        ("part_10_AMAR.csv", "encoding"),
    }


def test_a_past_moment_counts_what_was_recorded_by_then(made: Made, tmp_path: Path) -> None:
    folder = made.folder.parent
    url = parse_database_url(f"sqlite:///{folder / 'casework.db'}")
    log, engine = EventLog(url, Codec(EVENT_TYPES)), views_engine(url)
    early = _made(log, engine, tmp_path, datetime(2026, 2, 1, tzinfo=UTC))
    name = "Number of measures taken at the provider's own initiative "
    assert 0 < int(row_of(early, 5, "TOTAL")[name]) < int(row_of(made, 5, "TOTAL")[name])
    assert check_folder(early.folder) == []
    log.close()
    engine.dispose()


def test_files_are_the_same_bytes_every_time(made: Made) -> None:
    for sheet in made.sheets:
        assert write_sheet(sheet) == (made.folder / sheet.file).read_bytes()
    assert timedelta(days=90) == END - START
