"""`casework keys`, and what `casework check` says of the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from casework.cli.main import casework
from casework.database import DatabaseUrl, main_engine
from casework.eventlog import log_keys
from casework.eventlog.notes import read_note, read_verifier
from casework.parts import build_parts
from tests import samples
from tests.web import environment_for, settings_for

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def environment_here(sqlite_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setitem(log_keys._SCRYPT, "n", 2**4)
    return environment_for(sqlite_url, tmp_path, {})


def run(environment: dict[str, str], *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(casework, list(arguments), input=given, env=environment)


def test_keys_are_rotated_with_an_announcement(environment_here: dict[str, str]) -> None:
    (first,) = json.loads(run(environment_here, "keys", "list", "--json").stdout)
    rotated = json.loads(run(environment_here, "keys", "rotate", "--json").stdout)
    listed = json.loads(run(environment_here, "keys", "list", "--json").stdout)
    assert [key["state"] for key in listed] == ["retired", "active"]
    assert (listed[0]["key"], listed[1]["key"]) == (first["key"], rotated["key"])
    note = read_note(rotated["announcement"])
    assert read_verifier(first["key"]).accepts(note.text, note.signatures[0])
    assert first["key"] in run(environment_here, "keys", "list").stdout


def test_keys_move_to_another_database_under_a_passphrase(
    environment_here: dict[str, str], tmp_path: Path, sqlite_url: DatabaseUrl
) -> None:
    before = run(environment_here, "keys", "list", "--json").stdout
    file, secret = tmp_path / "keys.json", tmp_path / "passphrase"
    secret.write_text(f"{PASSPHRASE}\nsecond line\n")
    assert run(environment_here, "keys", "export", str(file), given="short\nshort\n").exit_code == 1
    assert not file.exists()
    assert run(environment_here, "keys", "export", str(file), "--passphrase-file", str(secret)).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    again = run(environment_here, "keys", "export", str(file), given=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert (again.exit_code, "there already" in again.stderr) == (1, True)
    engine = main_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM log_keys"))
    engine.dispose()
    wrong = run(environment_here, "keys", "import", str(file), given="another passphrase\n")
    assert (wrong.exit_code, "passphrase is wrong" in wrong.stderr) == (1, True)
    put_back = run({**environment_here, "CASEWORK_PASSPHRASE": PASSPHRASE}, "keys", "import", str(file))
    assert "1 keys put back" in put_back.stdout
    assert run(environment_here, "keys", "list", "--json").stdout == before


def test_check_finds_a_log_that_is_not_the_one_that_was_signed(
    environment_here: dict[str, str], sqlite_url: DatabaseUrl
) -> None:
    parts = build_parts(settings_for(sqlite_url))
    list(parts.intake.take([samples.decision_line(decision_id=f"eng-{n}") for n in range(3)], samples.MATCHER))
    parts.proofs.latest()
    parts.close()
    sound = json.loads(run(environment_here, "check", "--json").stdout)
    assert {one["name"]: one["detail"] for one in sound["checks"]}["log"].endswith("the 3 events last signed")
    engine = main_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM stored_events WHERE rowid = 3"))
    engine.dispose()
    assert sqlite_url.views_path is not None
    for path in sqlite_url.views_path.parent.glob(f"{sqlite_url.views_path.name}*"):
        path.unlink()
    result = run(environment_here, "check", "--json")
    assert result.exit_code == 1
    failed = {one["name"]: one["detail"] for one in json.loads(result.stdout)["checks"] if not one["ok"]}
    assert failed == {"log": "the log has 2 events, but a checkpoint of 3 was signed"}


def test_check_finds_an_origin_that_the_first_key_did_not_fix(environment_here: dict[str, str]) -> None:
    assert run(environment_here, "keys", "list").exit_code == 0
    result = run({**environment_here, "CASEWORK_LOG_ORIGIN": "log.example/new"}, "check", "--json")
    failed = {one["name"]: one["detail"] for one in json.loads(result.stdout)["checks"] if not one["ok"]}
    assert "127.0.0.1/casework" in failed["log"]
    refused = run({**environment_here, "CASEWORK_LOG_ORIGIN": "a name with spaces"}, "keys", "list")
    assert (refused.exit_code, "log_origin" in refused.stderr) == (1, True)
