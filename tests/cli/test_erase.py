"""`casework erase`: asks first, erases once, refuses with a reason, and names somebody of whom nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from casework.cli.main import casework
from casework.database import DatabaseUrl
from casework.parts import build_parts
from tests.samples import MATCHER, decision_line
from tests.web import environment_for, settings_for


def test_a_person_is_erased_once(sqlite_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = build_parts(settings_for(sqlite_url))
    line = decision_line("0.93", "erase", upload__uploader_id="u-77", upload__title="Anna's review")
    (answer,) = parts.intake.take([line], MATCHER)
    party = parts.casework.vault.pseudonym("up", "u-77")
    assert parts.erasing.kept_of(party) == 1
    environment = environment_for(sqlite_url, tmp_path, {})

    def run(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(casework, ["erase", *arguments], input=given, env=environment)

    def told(*arguments: str) -> dict[str, Any]:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    unknown = run("uploader:u-78", "--yes")
    assert (unknown.exit_code, "no such person of whom anything is kept" in unknown.output) == (1, True)
    for wrong in ("Anna", "visitor:u-77", "up_77"):
        assert "there is no such party" in run(wrong, "--yes").output
    assert "repeat the command with --yes" in run(party).output
    assert "--until goes with --refuse" in run(party, "--until", "2027-01-01").output
    asked = told(party, "--request")
    assert (asked["state"], asked["kept"], asked["duplicate"]) == ("open", 1, False)
    refused = told("uploader:u-77", "--refuse", "proceedings_open", "--until", "2099-01-31")
    assert (refused["party"], refused["state"], refused["request"], refused["kept"]) == (party, "refused", 1, 1)
    monkeypatch.setattr("casework.cli.erase._on_terminal", lambda: True)
    assert "nothing was erased" in run(party, given="n\n").output
    assert parts.erasing.kept_of(party) == 1
    done = run(party, given="y\n")
    assert (done.exit_code, "erased 1 items and 0 accounts" in done.output) == (0, True), done.output
    assert parts.erasing.kept_of(party) == 0
    again = told(party, "--yes")
    assert (again["state"], again["duplicate"], again["items"]) == ("erased", True, 1)
    assert "nothing to do" in run(party, "--yes").output
    assert answer.case_id is not None
    assert parts.casework.case(answer.case_id).uploader == party
    parts.close()
