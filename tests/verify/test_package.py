"""`casework-verify` as a package of its own: built, and run where nothing else of Casework can be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from casework.reports import exports
from tests.verify.signing import new_platform

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALL = "CASEWORK_TEST_INSTALL"
"""Set it to install the package into an environment of its own too, which asks the package index."""

WITHOUT = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"casework", "matching_adapter", "litestar", "sqlalchemy", "pydantic", "msgspec"}:
            raise ImportError(name)

sys.meta_path.insert(0, Nothing())
sys.path.insert(0, sys.argv.pop(1))
import casework_verify.command
assert sys.path[0] in casework_verify.command.__file__
sys.exit(casework_verify.command.main())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    program = Path(sys.executable).parent / "hatchling"
    subprocess.run(
        [program, "build", "-t", "wheel", "-d", folder],
        cwd=ROOT / "packaging" / "casework-verify",
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Path:
    folder = tmp_path_factory.mktemp("package")
    platform = new_platform(folder, _sqlite_template, 12, 3)
    path = folder / "report.json"
    path.write_bytes(exports.as_json(platform.report()))
    (folder / "facts.ndjson").write_bytes(b"".join(line + b"\n" for line in platform.facts()))
    return path


def check(program: list[str | Path], report: Path) -> None:
    """An honest report matches, one with another number does not."""
    honest = subprocess.run([*program, report, "--json"], capture_output=True, text=True, check=False)
    assert (honest.returncode, honest.stderr) == (0, "")
    assert json.loads(honest.stdout)["match"]
    document = json.loads(report.read_text())
    document["figures"]["decisions"]["total"]["value"] += 1
    other = report.with_name("other.json")
    other.write_text(json.dumps(document))
    faulty = subprocess.run([*program, other, "--lang", "zh"], capture_output=True, text=True, check=False)
    assert faulty.returncode == 5
    assert "decisions.total：报告为" in faulty.stdout


def test_it_runs_without_anything_of_casework(wheel: Path, report: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path)
        assert not [name for name in packed.namelist() if not name.startswith("casework_verify")]
    script = tmp_path / "without.py"
    script.write_text(WITHOUT)
    check([sys.executable, "-I", script, tmp_path], report)


if os.environ.get(INSTALL):

    def test_it_is_installed_and_runs_in_an_environment_of_its_own(wheel: Path, report: Path, tmp_path: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", tmp_path / "alone"], check=True)
        programs = tmp_path / "alone" / "bin"
        subprocess.run([programs / "pip", "install", "--quiet", wheel], check=True)
        check([programs / "casework-verify"], report)
        listed = subprocess.run([programs / "pip", "list"], capture_output=True, text=True, check=True).stdout
        assert "litestar" not in listed
