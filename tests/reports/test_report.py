"""Reports from end to end: from the log to HTML, PDF, JSON and CSV on disk, and the command that makes them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from casework.cli.main import casework as command_line
from casework.database import DatabaseUrl, parse_database_url, views_engine, writing
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports import render
from casework.reports.report import ProjectionBehind, Report, generate_report, write_report
from casework.views.language import Language
from casework.views.models import figures
from casework.views.models.catch_up import Views
from tests.reports.histories import FIRST, LAW, SHANGHAI, Habits, played, write

STANDARDS = Standards([FIRST])
HABITS = Habits(days=60, slot=timedelta(days=1), appeals=0.8, standards=STANDARDS)
START, END = date(2026, 1, 1), date(2026, 4, 1)
AS_OF = datetime(2026, 9, 1, tzinfo=UTC)
VOID = {"meta", "link", "br", "line", "rect", "path", "img", "input", "hr"}


def opened(url: DatabaseUrl) -> tuple[EventLog, Views]:
    log = EventLog(url, Codec(EVENT_TYPES))
    views = Views(views_engine(url), log, [figures.Figures(STANDARDS, LAW, log.load_many, SHANGHAI)])
    views.prepare()
    return log, views


def generated(log: EventLog, views: Views, *, as_of: datetime = AS_OF, masked: bool = True) -> Report:
    return generate_report(
        log, views, STANDARDS, LAW, start=START, end=END, as_of=as_of, zone=SHANGHAI, platform="Näive & Söhne 平台",
        masked=masked,
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Report:
    path = tmp_path_factory.mktemp("report") / "casework.db"
    path.write_bytes(_sqlite_template.read_bytes())
    log, views = opened(parse_database_url(f"sqlite:///{path}"))
    write(log, played(50, 11, HABITS))
    made = generated(log, views)
    log.close()
    return made


class _Balance(HTMLParser):
    """Checks that tags close in order, and gathers ids and links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert "style" not in given
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if str(given.get("href") or "").startswith("#"):
            self.links.append(str(given["href"])[1:])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if dict(attrs).get("id"):
            self.ids.append(str(dict(attrs)["id"]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("language", list(Language))
def test_html_is_whole_and_needs_nothing_else(report: Report, language: Language) -> None:
    html = render.standalone_html(report, language)
    parsed = _Balance()
    parsed.feed(html)
    assert parsed.open == []
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert parsed.links
    assert set(parsed.links) <= set(parsed.ids)
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "Näive &amp; Söhne 平台" in html
    assert "遮蔽" in html if language is Language.ZH else "masked" in html


@pytest.mark.parametrize("language", list(Language))
def test_every_chart_has_alternative_text_and_a_table(report: Report, language: Language) -> None:
    html = render.partial_html(report, language)
    assert html.count("<svg") == html.count("<title id=") == html.count('<div class="report-pair')
    for part in html.split('<div class="report-pair')[1:]:
        assert "<table" in part


def test_chinese_report_speaks_chinese(report: Report) -> None:
    html = render.partial_html(report, Language.ZH)
    for english in ("Totals", "Figure", "Contests", "Presumed lawful", "Number"):
        assert f">{english}<" not in html


def test_files_are_written_whole_and_twice_the_same(report: Report, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    # Without the comparison, a quarter of the pages.
    report = replace(report, earlier=())
    paths = write_report(report, tmp_path / "a", [Language.ZH], progress=lambda *told: seen.append(told))
    stem = "report-2026-01-01-2026-04-01"
    assert [path.name for path in paths] == [
        f"{stem}.json", f"{stem}.csv", f"{stem}.xlsx", f"{stem}.zh.html", f"{stem}.zh.pdf",
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(path.name for path in paths)
    assert seen
    again = write_report(report, tmp_path / "a", [Language.ZH], ["html", "json", "csv", "xlsx"])
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in paths if path.suffix != ".pdf"]
    with pikepdf.open(paths[4]) as pdf:
        assert set(pdf.attachments) == {f"{stem}.json", f"{stem}.csv"}
        assert pdf.attachments[f"{stem}.json"].get_file().read_bytes() == paths[0].read_bytes()
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root][:1] == ["版权过滤透明度报告"]


def test_a_failed_write_leaves_nothing_behind(report: Report, tmp_path: Path) -> None:
    (tmp_path / f"{report.name}.json").mkdir()
    with pytest.raises(OSError, match=report.name):
        write_report(report, tmp_path, [], ["json"])
    assert [path.name for path in tmp_path.iterdir()] == [f"{report.name}.json"]


def test_a_past_report_can_be_made_again_later(sqlite_url: DatabaseUrl) -> None:
    steps = played(50, 11, HABITS)
    cut = len(steps) // 2
    as_of = steps[cut - 1].recorded
    while steps[cut].recorded == as_of:
        cut += 1
    log, views = opened(sqlite_url)
    write(log, steps[:cut])
    then = generated(log, views, as_of=as_of)
    write(log, steps[cut:], after=steps[:cut])
    now = generated(log, views, as_of=as_of)
    assert now == then
    assert generated(log, views).figures != then.figures
    log.close()


def test_refuses_an_empty_period_and_a_moment_without_zone(sqlite_url: DatabaseUrl) -> None:
    log, views = opened(sqlite_url)
    given = {"zone": SHANGHAI, "platform": "P"}
    with pytest.raises(ValueError, match="ends after"):
        generate_report(log, views, STANDARDS, LAW, start=START, end=START, as_of=AS_OF, **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        generated(log, views, as_of=datetime(2026, 9, 1))  # noqa: DTZ001
    log.close()


def test_says_when_the_projection_is_stuck(sqlite_url: DatabaseUrl) -> None:
    log, views = opened(sqlite_url)
    write(log, played(20, 14, HABITS))
    unknowing = Views(views.engine, log, [figures.Figures(Standards([]), LAW, log.load_many, SHANGHAI)])
    with pytest.raises(ProjectionBehind, match="cn-2021-1"):
        generate_report(log, unknowing, STANDARDS, LAW, start=START, end=END, as_of=AS_OF, zone=SHANGHAI, platform="P")
    log.close()


# The command


@pytest.fixture
def environment_of_command(sqlite_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatabaseUrl:
    monkeypatch.setenv("CASEWORK_DATABASE_URL", f"sqlite:///{sqlite_url.path}")
    monkeypatch.setenv("CASEWORK_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.chdir(tmp_path)
    return sqlite_url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, ["report", *arguments], catch_exceptions=False)


def test_command_writes_the_files_and_says_which(environment_of_command: DatabaseUrl, tmp_path: Path) -> None:
    log, _views = opened(environment_of_command)
    write(log, played(20, 14, HABITS))
    log.close()
    result = run("--from", "2026-01-01", "--to", "2026-04-01", "--formats", "json,csv", "--out", "made", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    # Beside them are the public facts and their hashes.
    assert [Path(name).suffix for name in answer["files"]] == [".json", ".csv", ".gz", ".hashes"]
    assert answer["log_position"] > 0
    document = json.loads((tmp_path / "made" / "report-2026-01-01-2026-04-01.json").read_text("utf-8"))
    assert document["report"]["masked"] is True


def test_command_ends_with_4_when_figures_do_not_add_up(environment_of_command: DatabaseUrl, tmp_path: Path) -> None:
    log, _views = opened(environment_of_command)
    write(log, played(20, 14, HABITS))
    log.close()
    assert run("--from", "2026-01-01", "--to", "2026-04-01", "--formats", "html", "--out", "first").exit_code == 0
    engine = views_engine(environment_of_command)
    table = _live_counts(engine)
    with writing(engine) as connection:
        connection.execute(sa.update(table).where(table.c.name == "decisions.total").values(amount=table.c.amount + 1))
    result = run("--from", "2026-01-01", "--to", "2026-04-01", "--formats", "html", "--out", "second")
    assert result.exit_code == 4
    assert "decisions: restrictions + passed = total" in result.output
    assert not (tmp_path / "second").exists()


def _live_counts(engine: sa.Engine) -> sa.Table:
    model = figures.Figures(STANDARDS, LAW, lambda streams, until=None: {}, SHANGHAI)
    return model.tables(sa.MetaData(), lambda plain: f"{plain}__v{model.version}")["counts"]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--from", "2026-01-01", "--to", "2026-01-01"), "--to"),
        (("--from", "2026-02-30", "--to", "2026-04-01"), "--from"),
        (("--from", "20260101", "--to", "2026-04-01"), "--from"),
        (("--from", "2026-01-01", "--to", "soon"), "--to"),
        (("--from", "2026-01-01", "--to", "2026-04-01", "--as-of", "2026-05-01"), "--as-of"),
        (("--from", "2026-01-01", "--to", "2026-04-01", "--as-of", "2999-05-01T00:00:00Z"), "--as-of"),
        (("--from", "2026-01-01", "--to", "2026-04-01", "--lang", "fr"), "--lang"),
        (("--from", "2026-01-01", "--to", "2026-04-01", "--formats", "docx"), "--formats"),
        (
            (
                "--to",
                "2026-04-01",
            ),
            "--from",
        ),
    ],
)
def test_command_names_the_option_that_is_wrong(
    environment_of_command: DatabaseUrl, arguments: tuple[str, ...], names: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert names in result.output
