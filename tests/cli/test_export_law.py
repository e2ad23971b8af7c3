"""`casework export` for the register, the European exports and the regulator; and the statements over the API."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from casework.cli.main import casework
from casework.database import parse_database_url
from casework.domain.facts import Role
from casework.reports.dsa.statement_rules import batch_faults, faults
from casework.reports.regulator_pack import black_out, draw
from casework.views.access.tokens import Scope
from tests.api import procedures
from tests.api.conftest import bench_on
from tests.api.deliveries import YEARS
from tests.api.players import RULING, Players, step
from tests.reports.dsa.test_templates import PARTICULARS
from tests.web import environment_for

PERIOD = ("--from", "2026-06-01", "--to", "2026-08-01")
REASONS = {"en": "It quotes more. Ask jane.doe@example.org or +86 10 1234 5678, see https://example.org/v/9."}


class Place:
    """A site with a few cases, and the command line beside it."""

    def __init__(self, players: Players, folder: Path) -> None:
        self.players, self.folder = players, folder
        url = parse_database_url(players.site.parts.settings.database_url)
        self.environment = environment_for(url, folder, {"CASEWORK_REGIME": "cn-civil-code"})

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(casework, ["export", *arguments], env=self.environment)

    def told(self, *arguments: str) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        told: dict[str, Any] = json.loads(result.stdout)
        return told


@pytest.fixture(scope="module")
def place(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("exports")
    shutil.copyfile(_sqlite_template, folder / "casework.db")
    for bench in bench_on(parse_database_url(f"sqlite:///{folder / 'casework.db'}"), "cn-civil-code"):
        players = Players(bench.site, bench.api)
        procedures.measured(players, "x-measured")
        players.open("x-blocked")
        players.open("x-public", "0.2")
        case_id, _, reviewers = players.contested("x-contested")
        for reviewer in reviewers:
            procedures.taken(step(reviewer, case_id, "rulings", {**RULING, "outcome": "reversed", "reasons": REASONS}))
        yield Place(players, folder)


def test_the_register_is_written_line_by_line(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "register.ndjson"
    assert place.told("register", "--out", str(out))["entries"] == 1
    (entry,) = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert entry == place.players.site.api().get("/api/v1/register").json()["entries"][0]
    assert place.told("register", "--out", str(out), "--from", "2026-07-02")["entries"] == 0


def test_statements_are_written_once_with_their_outcomes(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "statements"
    made = place.told("dsa-statements", *PERIOD, "--out", str(out))
    assert made["statements"] == 3
    (batch,) = (Path(one) for one in made["batches"])
    body = json.loads(batch.read_bytes())
    assert list(body) == ["statements"]
    assert batch_faults(body["statements"]) == {}
    rows = [line.split(",") for line in (out / "outcomes.csv").read_text().splitlines()]
    assert rows[0] == ["puid", "outcome", "at", "cause"]
    assert [row[0] for row in rows[1:]] == [one["puid"] for one in body["statements"]]
    assert [row[1] for row in rows[1:]] == ["stands", "stands", "ended"]
    again = place.told("dsa-statements", *PERIOD, "--out", str(out))
    assert (again["batches"], again["statements"]) == ([], 3)
    other = place.run("dsa-statements", "--from", "2026-01-01", "--to", "2026-08-01", "--out", str(out))
    assert other.exit_code != 0
    assert "take another folder" in other.output + other.stderr


def test_a_run_that_was_cut_off_goes_on(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "statements"
    whole = place.told("dsa-statements", *PERIOD, "--out", str(out))
    body = Path(whole["batches"][0]).read_bytes()
    (out / "progress.json").unlink()  # it was cut off before it could note its first batch, in the middle of a line
    (out / "index.csv").write_bytes((out / "index.csv").read_bytes()[:-7])
    again = place.told("dsa-statements", *PERIOD, "--out", str(out))
    assert Path(again["batches"][0]).read_bytes() == body
    assert again["statements"] == 3
    assert len((out / "outcomes.csv").read_text().splitlines()) == 4


def test_the_api_gives_the_same_statements(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "statements"
    made = place.told("dsa-statements", *PERIOD, "--out", str(out))
    wanted = json.loads(Path(made["batches"][0]).read_bytes())["statements"]
    site = place.players.site
    officer = site.api(site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_READ, valid_for=YEARS))
    found: list[dict[str, Any]] = []
    ended: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        query: dict[str, str | int] = {"from": "2026-06-01", "to": "2026-08-01", "cursor": cursor, "limit": 2}
        answer = officer.get("/api/v1/dsa/statements", params=query).json()
        found += answer["statements"]
        ended += [one["outcome"] for one in answer["outcomes"]]
        cursor = answer["next"]
    assert found == wanted
    assert ended == ["stands", "stands", "ended"]
    assert all(not faults(one) for one in found)
    assert officer.get("/api/v1/dsa/statements?from=2026-06-01&to=soon").status_code == 422
    assert officer.get("/api/v1/dsa/statements?from=2026-06-01&to=2026-06-01").status_code == 422
    assert place.players.right_holder.get("/api/v1/dsa/statements?from=2026-06-01&to=2026-07-01").status_code == 403


@pytest.mark.parametrize("content", [b"reasons = ", b"[reasons]\nstates = ['XX']", b"\xff", b"reasons = 3", None])
def test_a_broken_file_of_the_platform_is_named_and_is_no_fault(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    site, file = place.players.site, tmp_path / "dsa.toml"
    if content is not None:
        file.write_bytes(content)
    officer = site.api(site.token(site.account(Role.COMPLIANCE), Scope.REPORTS_READ, valid_for=YEARS))
    monkeypatch.setitem(vars(site.parts.settings), "dsa_particulars", file)
    answer = officer.get("/api/v1/dsa/statements?from=2026-06-01&to=2026-08-01")
    assert (answer.status_code, answer.json()["code"]) == (503, "particulars_wrong")
    assert "dsa.toml" in answer.json()["detail"] or "reasons" in answer.json()["detail"]


def test_templates_are_written_and_checked(place: Place, tmp_path: Path) -> None:
    particulars, out = tmp_path / "dsa.toml", tmp_path / "templates"
    particulars.write_text(PARTICULARS, "utf-8")
    made = place.told("dsa-templates", *PERIOD, "--particulars", str(particulars), "--out", str(out))
    assert len(made["files"]) == 11
    assert place.told("dsa-templates", "--check", str(out)) == {"faults": []}
    (out / "part_10_AMAR.csv").unlink()
    spoilt = (out / "part_4_notices.csv").read_bytes().replace(b"Applicability", b"6", 1)
    (out / "part_4_notices.csv").write_bytes(spoilt)
    found = place.run("dsa-templates", "--check", str(out))
    assert found.exit_code == 1
    assert "part_10_AMAR.csv: is not in the folder [file_missing]" in found.output
    assert "part_4_notices.csv, row 1, column 'Applicability'" in found.output
    assert place.run("dsa-templates", *PERIOD, "--out", str(out)).exit_code != 0
    particulars.write_text("provider = 1", "utf-8")
    wrong = place.run("dsa-templates", *PERIOD, "--particulars", str(particulars), "--out", str(out))
    assert "qualitative: Field required" in wrong.output + wrong.stderr


def test_the_check_looks_at_the_particulars(place: Place, tmp_path: Path) -> None:
    particulars = tmp_path / "dsa.toml"
    environment = {**place.environment, "CASEWORK_DSA_PARTICULARS": str(particulars)}
    found = []
    for text in (PARTICULARS, PARTICULARS.replace('purposes = "Copyright."', "")):
        particulars.write_text(text, "utf-8")
        checks = json.loads(CliRunner().invoke(casework, ["check", "--json"], env=environment).stdout)["checks"]
        found += [(one["ok"], one["detail"]) for one in checks if one["name"] == "particulars"]
    assert [ok for ok, _ in found] == [True, False]
    assert "qualitative.purposes" in found[1][1]


def test_public_facts_are_those_of_the_log(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "facts.ndjson"
    told = place.told("events", "--out", str(out))
    lines = out.read_bytes().splitlines()
    assert len(lines) == told["facts"] == place.players.site.parts.proofs.public_size()
    assert [json.loads(line)["n"] for line in lines] == list(range(len(lines)))


def pack(place: Place, out: Path, *options: str) -> dict[str, bytes]:
    place.told("regulator-pack", *PERIOD, "--seed", "letter of 3 July", "--out", str(out), *options)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_pack_is_the_same_bytes_and_its_manifest_holds(place: Place, tmp_path: Path) -> None:
    files = pack(place, tmp_path / "one.zip", "--cases", "3")
    pack(place, tmp_path / "two.zip", "--cases", "3")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    manifest = json.loads(files["manifest.json"])
    assert [one["name"] for one in manifest["files"]] == sorted(set(files) - {"manifest.json"})
    for one in manifest["files"]:
        assert hashlib.sha256(files[one["name"]]).hexdigest() == one["sha256"]
    assert {"README.en.md", "README.zh.md", "checkpoint.txt", "sample.json"} <= set(files)


def test_the_sample_can_be_drawn_again_and_every_fact_is_proved(place: Place, tmp_path: Path) -> None:
    files = pack(place, tmp_path / "pack.zip", "--cases", "3")
    sample = json.loads(files["sample.json"])
    population = files["population.txt"].decode().split()
    assert sample["cases"] == draw("letter of 3 July", population, 3)
    assert (len(population), sample["population"]) == (4, 4)
    assert draw("another seed", population, 4) != draw("letter of 3 July", population, 4)
    root = base64.b64decode(files["checkpoint.txt"].decode().splitlines()[2])
    for case in sample["cases"]:
        lines = files[f"cases/{case}/facts.ndjson"].splitlines()
        proofs = json.loads(files[f"cases/{case}/proofs.json"])
        assert len(lines) == len(proofs) > 0
        for line, proof in zip(lines, proofs, strict=True):
            assert json.loads(line)["stream"] == case
            assert climbed(line, proof["n"], proof["size"], [base64.b64decode(one) for one in proof["proof"]]) == root


def climbed(line: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162, 2.1.3.2, written down once more."""
    found, last = hashlib.sha256(b"\0" + line).digest(), size - 1
    for one in proof:
        if index % 2 or index == last:
            found = hashlib.sha256(b"\1" + one + found).digest()
            while index and not index % 2:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + one).digest()
        index, last = index >> 1, last >> 1
    return found


def test_nobody_is_named_and_reasons_come_only_when_asked_for(place: Place, tmp_path: Path) -> None:
    plain, told = pack(place, tmp_path / "a.zip"), pack(place, tmp_path / "b.zip", "--with-reasons")
    secrets = ["The Studio Ltd.", "rh-3", "jane.doe", "example.org/v/9", "1234 5678", "The Film"]
    secrets += [str(one) for one in place.players.reviewers]
    for files in (plain, told):
        text = b"".join(files.values()).decode()
        for secret in secrets:
            assert secret not in text, secret
    rulings = [name for name in plain if name.endswith("rulings.json") and json.loads(plain[name])]
    assert len(rulings) == 1
    assert "words" not in json.loads(plain[rulings[0]])[0]
    words = json.loads(told[rulings[0]])[0]["words"]
    assert words["reasons"]["en"] == "It quotes more. Ask [█] or [█], see [█]"
    assert words["factors"]["purpose"] == "criticism"


def test_only_links_and_contact_data_are_blacked_out() -> None:
    kept = "Articles 24 and 52, 3 minutes 20 seconds of 95, on 2026-07-01."
    assert black_out("It is 93.5 % of 12,000 words (CN_ART24_02).") == "It is 93.5 % of 12,000 words (CN_ART24_02)."
    assert black_out("www.example.org") == "[█]"
    assert black_out(kept) == kept
    assert black_out("Call (010) 1234-5678.").count("[█]") == 1


def test_a_size_that_the_log_does_not_have_is_refused(place: Place, tmp_path: Path) -> None:
    arguments = ("regulator-pack", *PERIOD, "--seed", "s", "--out", str(tmp_path / "p.zip"), "--size", "99999")
    refused = place.run(*arguments)
    assert refused.exit_code != 0
    assert "the public log has" in refused.output + refused.stderr
