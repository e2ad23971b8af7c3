"""`casework export bundle` writes what the API sends, for the side that is named."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from click.testing import CliRunner

from casework.cli.main import casework
from casework.database import parse_database_url
from tests.letters.conftest import At
from tests.web import environment_for


def test_the_command_writes_pdf_and_zip(at: At, tmp_path: Path) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.open("exported")
    url = parse_database_url(players.site.parts.settings.database_url)
    environment = environment_for(url, tmp_path, {"CASEWORK_REGIME": "cn-civil-code"})
    out = tmp_path / "bundles"
    arguments = ["export", "bundle", case_id, "--out", str(out), "--side", "right-holder", "--lang", "en", "--json"]
    result = CliRunner().invoke(casework, arguments, env=environment)
    assert result.exit_code == 0, result.output
    document, archive = (Path(one) for one in json.loads(result.stdout)["files"])
    assert sorted(out.iterdir()) == [document, archive]
    with zipfile.ZipFile(archive) as opened:
        assert opened.read("bundle.pdf") == document.read_bytes()
        assert json.loads(opened.read("manifest.json"))["reader"] == "right-holder"


def test_an_unknown_case_ends_in_a_sentence(at: At, tmp_path: Path) -> None:
    players = at("cn-civil-code")
    url = parse_database_url(players.site.parts.settings.database_url)
    unknown = "00000000-0000-4000-8000-000000000000"
    arguments = ["export", "bundle", unknown, "--out", str(tmp_path / "none")]
    result = CliRunner().invoke(casework, arguments, env=environment_for(url, tmp_path, {}))
    assert result.exit_code != 0
    assert "there is no such case" in result.output + result.stderr
    assert not (tmp_path / "none").exists()
