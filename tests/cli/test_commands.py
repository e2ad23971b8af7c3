"""The commands of whoever runs the service: what they print, what they change, how they end."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from casework.cli.main import COMMANDS, casework
from casework.database import DatabaseUrl, main_engine, parse_database_url
from casework.domain.facts import Role
from casework.parts import build_parts
from casework.views.access.tables import ACCOUNTS
from tests import samples
from tests.domain.test_regimes import made_up
from tests.web import SECRET, environment_for, settings_for


class Terminal:
    """Runs commands in this process, on one database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(casework, list(arguments), input=given, env=self.environment)

    def json(self, *arguments: str, given: str | None = None) -> Any:
        result = self(*arguments, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def terminal(sqlite_url: DatabaseUrl, tmp_path: Path) -> Terminal:
    return Terminal(environment_for(sqlite_url, tmp_path, {}))


@pytest.fixture
def each_terminal(database_url: DatabaseUrl, tmp_path: Path) -> Terminal:
    """On both databases, for commands that ask the database more than the application does."""
    return Terminal(environment_for(database_url, tmp_path, {}))


@pytest.fixture
def with_decisions(sqlite_url: DatabaseUrl) -> int:
    """Some events in the log; how many."""
    return decisions_in(sqlite_url)


@pytest.fixture
def each_with_decisions(database_url: DatabaseUrl) -> int:
    """Some events in the log of each database; how many."""
    return decisions_in(database_url)


def decisions_in(url: DatabaseUrl) -> int:
    parts = build_parts(settings_for(url))
    try:
        lines = [samples.decision_line(decision_id=f"eng-{number}") for number in range(5)]
        assert [answer.status for answer in parts.intake.take(lines, samples.MATCHER)] == ["created"] * 5
        return parts.casework.log.head()
    finally:
        parts.close()


def test_every_command_has_a_help_with_an_example() -> None:
    runner = CliRunner()
    groups: list[tuple[str, ...]] = [()]
    seen = 0
    while groups:
        path = groups.pop()
        command: Any = casework
        for name in path:
            command = command.get_command(None, name)
        for name in command.list_commands(None):
            child = command.get_command(None, name)
            result = runner.invoke(casework, [*path, name, "--help"])
            assert result.exit_code == 0
            assert f"casework {name}" in result.output if not path else "Example" in result.output
            assert "Example" in result.output, (*path, name)
            seen += 1
            if hasattr(child, "list_commands"):
                groups.append((*path, name))
    assert seen > len(COMMANDS)


def test_help_imports_neither_the_web_nor_the_database() -> None:
    code = (
        "import sys; from casework.cli.main import casework\n"
        "try: casework(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('litestar', 'sqlalchemy', 'jinja2', 'granian') if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == "[]"


def test_people_are_made_listed_and_shut_out(each_terminal: Terminal) -> None:
    made = each_terminal.json(
        "user", "add", "Ann@example.org", "--name", "Ann", "--role", "reviewer", "--language", "zh", "--link"
    )
    assert made["roles"] == ["reviewer"]
    assert made["link"].startswith("http://127.0.0.1:8000/sign-in/")
    studio = each_terminal.json(
        "user", "add", "studio@example.org", "--name", "S", "--role", "right_holder", "--right-holder", "rh-3"
    )
    assert studio["party"].startswith("rh_")
    conflict = each_terminal.json("user", "conflict", "ann@example.org", "--right-holder", "rh-3")
    assert conflict == {"account": made["id"], "party": studio["party"]}
    assert "/sign-in/" in each_terminal.json("user", "link", made["id"], "--hours", "2")["link"]
    assert each_terminal("user", "deactivate", "ann@example.org").exit_code == 0
    assert [row["active"] for row in each_terminal.json("user", "list")] == [False, True]
    assert each_terminal("user", "link", "ann@example.org").exit_code == 1


def test_a_password_is_read_from_standard_input_and_kept_hashed(terminal: Terminal) -> None:
    terminal.json("user", "add", "a@b.c", "--name", "A", "--role", "intake")
    result = terminal("user", "password", "a@b.c", "--password-stdin", given="a very plain password\n")
    assert result.exit_code == 0, result.output
    engine = main_engine(parse_database_url(terminal.environment["CASEWORK_DATABASE_URL"]))
    with engine.connect() as connection:
        kept = connection.execute(sa.select(ACCOUNTS.c.password_hash)).scalar_one()
    engine.dispose()
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("user", "add", "nobody", "--name", "A", "--role", "intake"), "email: "),
        (("user", "deactivate", "nobody@example.org"), "no such account"),
        (("token", "create", "nobody@example.org", "--name", "x", "--scope", "admin"), "no such account"),
        (("token", "revoke", "none"), "no such token"),
        (("rebuild", "nothing"), "no projection nothing"),
        (("user", "conflict", "nobody@example.org"), "give either"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(terminal: Terminal, arguments: tuple[str, ...], sentence: str) -> None:
    result = terminal(*arguments)
    assert result.exit_code in (1, 2)
    assert sentence in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", "-", "--format", "ndjson"),
        ("user", "password", "a@b.c", "--password-stdin"),
        ("user", "password", "a@b.c"),
        ("keys", "export", "keys.sealed"),
        ("erase", "uploader:u-1"),
    ],
    ids=" ".join,
)
def test_a_closed_standard_input_is_said_in_a_sentence(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    assert terminal("user", "add", "a@b.c", "--name", "A", "--role", "reviewer").exit_code == 0
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", None)  # what Python makes of `<&-`
    code = casework.main(list(arguments), standalone_mode=False)
    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (1, 1), said
    assert said.startswith("casework: standard input is closed" if arguments[0] != "erase" else "casework: erasing")


def test_tokens_are_shown_once_listed_and_revoked(terminal: Terminal) -> None:
    terminal.json("user", "add", "e@b.c", "--name", "E", "--role", "engineer")
    made = terminal.json("token", "create", "e@b.c", "--name", "engine", "--scope", "decisions:write", "--days", "3")
    listed = terminal("token", "list", "e@b.c", "--json")
    assert made["token"] not in listed.output
    assert [row["prefix"] for row in json.loads(listed.stdout)] == [made["prefix"]]
    assert terminal("token", "revoke", made["prefix"]).exit_code == 0
    assert terminal.json("token", "list")[0]["revoked_at"] is not None
    refused = terminal("token", "create", "e@b.c", "--name", "x", "--scope", "reports:write")
    assert refused.exit_code == 1
    assert "needs one of the roles compliance" in refused.stderr


def test_a_sound_installation_passes_the_check(each_terminal: Terminal, each_with_decisions: int) -> None:
    report = each_terminal.json("check")
    assert report["ok"]
    names = [finding["name"] for finding in report["checks"]]
    before = ["configuration", "disk", "database", "migrations", "keys"]
    assert names == [*before, "regime", "clock", "events", "views", "log"]
    assert f"{each_with_decisions} events" in next(one["detail"] for one in report["checks"] if one["name"] == "events")


@pytest.mark.parametrize(
    ("regime", "said"),
    [
        (None, "NOT CHOSEN, so no counter-notice on a CN case is accepted"),
        ("cn-e-commerce", "cn-e-commerce"),
        ("de-urhdag", "de-urhdag"),
    ],
)
def test_check_says_which_regime_governs(terminal: Terminal, regime: str | None, said: str) -> None:
    if regime is not None:
        terminal.environment["CASEWORK_REGIME"] = regime
    found = {one["name"]: one for one in terminal.json("check")["checks"]}
    assert found["regime"]["ok"]
    assert found["regime"]["detail"].startswith(said)


def test_check_finds_a_regime_that_is_not_known(terminal: Terminal) -> None:
    terminal.environment["CASEWORK_REGIME"] = "cn-ecommerce"
    result = terminal("check", "--json")
    assert result.exit_code == 1
    failed = [one["detail"] for one in json.loads(result.stdout)["checks"] if not one["ok"]]
    assert len(failed) == 1
    assert "'cn-ecommerce' is not known; choose one of cn-civil-code, cn-e-commerce" in failed[0]


def test_a_regime_and_its_standard_are_added_by_two_folders(terminal: Terminal, tmp_path: Path) -> None:
    regimes, standards = made_up(tmp_path)
    terminal.environment |= {
        "CASEWORK_REGIME": "ut-islands",
        "CASEWORK_REGIMES_DIRECTORY": str(regimes),
        "CASEWORK_STANDARDS_DIRECTORY": str(standards),
    }
    found = {one["name"]: one for one in terminal.json("check")["checks"]}
    assert found["regime"] == {"name": "regime", "ok": True, "detail": "ut-islands"}


def test_check_finds_another_secret(terminal: Terminal, with_decisions: int) -> None:
    terminal.environment["CASEWORK_SECRET"] = SECRET[::-1]
    result = terminal("check", "--json")
    assert result.exit_code == 1
    failed = [finding["name"] for finding in json.loads(result.stdout)["checks"] if not finding["ok"]]
    assert failed == ["keys"]
    started = terminal("serve", "--port", "1")
    assert started.exit_code == 1
    assert "secret is not the one" in started.stderr


def test_check_finds_an_event_that_cannot_be_read(each_terminal: Terminal, each_with_decisions: int) -> None:
    engine = main_engine(parse_database_url(each_terminal.environment["CASEWORK_DATABASE_URL"]))
    with engine.begin() as connection:
        key = "rowid" if engine.dialect.name == "sqlite" else "notification_id"
        connection.execute(sa.text(f"UPDATE stored_events SET topic = 'case.unheard_of' WHERE {key} = 3"))
    engine.dispose()
    result = each_terminal("check", "--json")
    assert result.exit_code == 1
    (failed,) = [one for one in json.loads(result.stdout)["checks"] if not one["ok"] and one["name"] == "events"]
    assert "unheard_of" in failed["detail"]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "mysql://x/y", "postgresql://127.0.0.1:1/none", "x"])
def test_check_finds_a_database_that_cannot_be_used(url: str) -> None:
    result = CliRunner().invoke(
        casework, ["check", "--json"], env={"CASEWORK_DATABASE_URL": url, "CASEWORK_SECRET": SECRET}
    )
    assert result.exit_code == 1
    assert not json.loads(result.stdout)["ok"]
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "environment", [{"CASEWORK_PORT": "many"}, {"CASEWORK_SECRET": "short"}, {"CASEWORK_SETTINGS": "/nowhere.toml"}]
)
def test_wrong_settings_are_named_without_their_values(terminal: Terminal, environment: dict[str, str]) -> None:
    terminal.environment |= environment
    checked, served = terminal("check", "--json"), terminal("serve")
    assert (checked.exit_code, served.exit_code) == (1, 1)
    assert json.loads(checked.stdout)["checks"][0]["ok"] is False
    assert served.stderr.startswith("casework: ")
    assert "short" not in served.stderr.replace("shorter", "")


@pytest.mark.parametrize("content", [b"port = many = 1", b"\xff\xfe"], ids=["no TOML", "no UTF-8"])
def test_settings_that_cannot_be_read_are_named(terminal: Terminal, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "casework.toml"
    file.write_bytes(content)
    terminal.environment |= {"CASEWORK_SETTINGS": str(file)}
    checked, served = terminal("check", "--json"), terminal("serve")
    assert (checked.exit_code, served.exit_code) == (1, 1)
    assert json.loads(checked.stdout)["checks"][0]["ok"] is False
    assert f"{file}, which cannot be read as TOML" in served.stderr


def test_a_reader_that_has_had_enough_is_no_fault(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    reader, writer = os.pipe()
    os.close(reader)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as nobody, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", nobody)
        with pytest.raises(SystemExit) as ended:
            casework.main(["check"], prog_name="casework")
    assert ended.value.code == 1
    assert capsys.readouterr().err == ""


def test_migrating_is_harmless_twice(empty_postgresql_url: DatabaseUrl, tmp_path: Path) -> None:
    terminal = Terminal(environment_for(empty_postgresql_url, tmp_path, {}))
    served = terminal("serve", "--port", "1")
    assert served.exit_code == 1
    assert "casework migrate" in served.stderr
    assert terminal.json("migrate")["migrated"] is True
    assert terminal.json("migrate")["migrated"] is False


def test_rebuilding_fills_the_views_again(each_terminal: Terminal, each_with_decisions: int) -> None:
    assert "cases" in each_terminal.json("rebuild")["rebuilt"]
    assert each_terminal.json("rebuild", "cases", "cases") == {"rebuilt": ["cases"]}
    result = each_terminal("rebuild", "cases")
    assert result.stdout == "rebuilt: cases\n"
    assert f"events: {each_with_decisions} of {each_with_decisions}" in result.stderr
    checked = each_terminal.json("check")
    assert "cases 0 behind" in next(one["detail"] for one in checked["checks"] if one["name"] == "views")


def test_accounts_are_the_roster(terminal: Terminal, sqlite_url: DatabaseUrl) -> None:
    terminal.json("user", "add", "a@b.c", "--name", "A", "--role", "reviewer", "--medium", "video")
    parts = build_parts(settings_for(sqlite_url))
    (account,) = parts.accounts.list_all()
    assert account.roles == {Role.REVIEWER}
    assert [one.id for one in parts.casework.roster.candidates()] == [account.id]
    parts.close()


def test_help_is_quick() -> None:
    begun = time.process_time()
    CliRunner().invoke(casework, ["--help"])
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--from", "2026-01-01", "--to", "2026-07-01"),
        ("rebuild",),
        ("user", "list"),
        ("ingest", "-"),
        ("worker",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_database_of_another_build_is_refused_in_one_sentence(
    terminal: Terminal, sqlite_url: DatabaseUrl, arguments: tuple[str, ...]
) -> None:
    engine = main_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    result = terminal(*arguments, given="")
    assert result.exit_code == 1
    assert "run `casework migrate`" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_secret_file_is_not_made_anew_beside_an_existing_database(
    sqlite_url: DatabaseUrl, tmp_path: Path
) -> None:
    kept, lost = tmp_path / "kept.secret", tmp_path / "lost.secret"
    url = sqlite_url.url.render_as_string(hide_password=False)
    assert Terminal({"CASEWORK_DATABASE_URL": url, "CASEWORK_SECRET_FILE": str(kept)})("user", "list").exit_code == 0
    assert kept.stat().st_mode & 0o777 == 0o600
    result = Terminal({"CASEWORK_DATABASE_URL": url, "CASEWORK_SECRET_FILE": str(lost)})("user", "list")
    assert result.exit_code == 1
    assert "put it back" in result.stderr
    assert not lost.exists()


def test_check_names_a_standard_that_is_no_longer_there(
    terminal: Terminal, sqlite_url: DatabaseUrl, tmp_path: Path
) -> None:
    own = tmp_path / "standards"
    own.mkdir()
    shipped = (resources.files("casework.domain.standard") / "published" / "cn-2021-1.toml").read_text("utf-8")
    document = shipped.replace("cn-2021-1", "own-1").replace("2021-06-01", "2022-06-01")
    (own / "own.toml").write_text(document, "utf-8")
    terminal.environment["CASEWORK_STANDARDS_DIRECTORY"] = str(own)
    line = json.dumps(samples.decision_line(), default=str)
    assert terminal("ingest", "-", given=line).exit_code == 0
    assert terminal("check").exit_code == 0
    del terminal.environment["CASEWORK_STANDARDS_DIRECTORY"]
    result = terminal("check")
    assert result.exit_code == 1
    assert "no longer there: own-1" in result.output


def test_lets_time_pass_where_it_is_simulated(sqlite_url: DatabaseUrl, tmp_path: Path) -> None:
    terminal = Terminal({**environment_for(sqlite_url, tmp_path, {}), "CASEWORK_CLOCK": "2026-06-30T12:00:00+08:00"})
    begun = terminal.json("clock")
    assert begun["simulated"] is True
    assert begun["now"].startswith("2026-06-30T04:0")
    assert terminal.json("clock", "--forward", "15d")["now"].startswith("2026-07-15T04:0")
    assert "(simulated time)" in terminal("clock", "--forward", "90m").stdout
    assert terminal("clock", "--forward", "soon").exit_code == 2
    assert terminal.json("check")["ok"] is True


def test_real_time_is_not_moved(terminal: Terminal, with_decisions: int) -> None:
    assert with_decisions
    assert terminal.json("clock")["simulated"] is False
    refused = terminal("clock", "--forward", "1d")
    assert (refused.exit_code, refused.stderr) == (1, "casework: this database keeps real time, which nobody moves\n")
    terminal.environment["CASEWORK_CLOCK"] = "2026-06-30T12:00:00+08:00"
    refused = terminal("clock")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("casework: this database keeps real time")
