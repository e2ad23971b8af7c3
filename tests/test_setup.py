"""Set-up, locks, assets, catalogues, documentation and the wheel: what a fresh machine and a release rest on."""

from __future__ import annotations

import ast
import gettext
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts import assets, catalogues, setup

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run", "development", "installer", "node")
VENDOR = ROOT / "casework" / "static" / "vendor"


def pyproject() -> dict[str, dict[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return content


def entries(lock: str) -> Iterator[tuple[str, str, str]]:
    """Name, version and the rest of each package in a lock."""
    text = (ROOT / "locks" / f"{lock}.txt").read_text("utf-8")
    for block in re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("==")
        yield name, rest.split()[0], rest


# Locks


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_source(lock: str) -> None:
    packages = list(entries(lock))
    assert packages
    assert [name for name, _, rest in packages if "--hash=sha256:" not in rest] == []
    text = (ROOT / "locks" / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"://|^-|^\s+-(?!-hash=sha256:)| @ ", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("run", pyproject()["project"]["dependencies"] + pyproject()["dependency-groups"]["build"]),
        ("development", pyproject()["dependency-groups"]["development"]),
        ("installer", pyproject()["dependency-groups"]["installer"]),
        ("node", pyproject()["dependency-groups"]["node"]),
    ],
)
def test_locks_agree_with_the_ranges(lock: str, requirements: list[str]) -> None:
    locked: dict[str, set[Version]] = {}
    for name, version, _ in entries(lock):
        locked.setdefault(name, set()).add(Version(version))
    for requirement in map(Requirement, requirements):
        assert requirement.name in locked, f"run make lock: {requirement} is not in locks/{lock}.txt"
        assert all(version in requirement.specifier for version in locked[requirement.name]), requirement


def test_development_holds_the_very_packages_of_run() -> None:
    assert {entry[:2] for entry in entries("run")} <= {entry[:2] for entry in entries("development")}


def test_node_packages_have_exact_versions_integrity_and_no_source() -> None:
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    for version in [*manifest["dependencies"].values(), *manifest["devDependencies"].values()]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages.pop("")["dependencies"] == manifest["dependencies"]
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


# Set-up


class Machine:
    """A copy of the set-up in a folder of its own, with programs of ours in front of the machine's."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.programs, self.calls = folder / "tree", folder / "programs", folder / "calls"
        (self.tree / "scripts").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "scripts" / "setup.py", self.tree / "scripts")

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f'#!/bin/sh\necho "{name} [$DEBIAN_FRONTEND] $*" >> {self.calls}\n{script}\n', "utf-8")
        path.chmod(0o755)

    def set_up(self, level: str = "run") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}
        for name in ("CASEWORK_SYSTEM_PACKAGES", "DEBIAN_FRONTEND"):
            environment.pop(name, None)
        command = [sys.executable, "scripts/setup.py", "--for", level]
        return subprocess.run(
            command, cwd=self.tree, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def called(self, program: str) -> list[str]:
        calls = self.calls.read_text("utf-8").splitlines() if self.calls.exists() else []
        return [call for call in calls if call.startswith(f"{program} ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian machine on which fontconfig and Pango are missing, and apt finds nothing."""
    machine = Machine(tmp_path)
    present = [name for name in setup.RUN_PACKAGES if name not in {"fontconfig", "libpango-1.0-0"}]
    listing = "\n".join(f"echo '{name} installed'" for name in [*present, *setup.DEVELOPMENT_PACKAGES])
    machine.program("dpkg-query", f"{listing}\necho 'libpango-1.0-0 not-installed'\nexit 1")
    machine.program("apt-get", 'case "$*" in *install*) exit 100;; esac')
    return machine


def test_without_root_one_message_names_what_to_install(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.program("sudo", "exit 1")
    finished = machine.set_up()
    assert finished.returncode == 1
    assert finished.stdout == ""
    lines = [line.strip() for line in finished.stderr.splitlines()]
    wanted = "apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 fontconfig"
    assert lines[-1] == wanted
    assert "neither root nor sudo" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert machine.called("apt-get") == []
    assert not (machine.tree / ".venv").exists()


def test_root_installs_what_is_missing_and_stops_when_that_fails(machine: Machine) -> None:
    machine.program("id", "echo 0")
    finished = machine.set_up()
    assert finished.returncode == 1
    assert "exit 100" in finished.stderr
    assert machine.called("apt-get") == [
        "apt-get [noninteractive] -qq update",
        "apt-get [noninteractive] -qq install -y --no-install-recommends libpango-1.0-0 fontconfig",
    ]
    assert not (machine.tree / ".venv").exists()


def test_sudo_is_used_when_it_asks_for_no_password(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.program("sudo", 'if [ "$1" != -n ]; then exec "$@"; fi')
    assert machine.set_up().returncode == 1
    assert len(machine.called("sudo")) == 3
    assert [call.split()[1:4] for call in machine.called("apt-get")] == [
        ["[noninteractive]", "-qq", "update"],
        ["[noninteractive]", "-qq", "install"],
    ]


def test_tests_need_a_browser_and_pdf_tools_too() -> None:
    assert {"poppler-utils", "qpdf"} <= set(setup.DEVELOPMENT_PACKAGES)
    assert any(shutil.which(browser) for browser in setup.BROWSERS)


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', True),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('NAME="Fedora Linux"\nID=fedora\nHOME="about debian"\n', False),
        ("", False),
    ],
)
def test_knows_where_apt_is_the_way(release: str, *, expected: bool) -> None:
    assert setup.is_debian_like(release) is expected


def test_an_old_python_is_told_so(machine: Machine) -> None:
    script = machine.tree / "scripts" / "setup.py"
    script.write_text(script.read_text("utf-8").replace("OLDEST_PYTHON = (3, 11)", "OLDEST_PYTHON = (9, 0)"), "utf-8")
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        # A Python answers with its path when it is new enough, and with nothing otherwise.
        machine.program(name, "exit 0")
    finished = machine.set_up()
    assert finished.returncode == 1
    assert "needs Python 3.11 or later" in finished.stderr
    assert len(machine.called("python3.11")) == 1
    assert "Traceback" not in finished.stderr


def test_a_machine_without_python_is_told_so(tmp_path: Path) -> None:
    for program in ("bash", "sh"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    program = shutil.which("make") or "make"
    environment = {"PATH": str(tmp_path)}
    finished = subprocess.run(
        [program, "setup"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode != 0
    assert "apt-get install python3 python3-venv" in finished.stderr


def test_the_set_up_can_be_read_by_python_3_7() -> None:
    ast.parse((ROOT / "scripts" / "setup.py").read_text("utf-8"), feature_version=(3, 7))


def test_a_python_that_cannot_make_environments_gets_its_package(tmp_path: Path) -> None:
    python = tmp_path / "python3.11"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *) echo 3.11;; esac\n', "utf-8")
    python.chmod(0o755)
    assert setup.environment_package(str(python)) == ["python3.11-venv"]
    assert setup.environment_package(sys.executable) == []


def test_a_second_run_does_nothing_and_takes_seconds(tmp_path: Path) -> None:
    for name in ("apt-get", "npm", "sudo"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([sys.executable, "scripts/setup.py"], cwd=ROOT, check=True, capture_output=True)
    begin = time.monotonic()
    second = subprocess.run(
        [sys.executable, "scripts/setup.py"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert time.monotonic() - begin < 10
    assert second.stdout + second.stderr == ""
    assert not (tmp_path / "called").exists()


def test_the_command_is_where_the_contract_says() -> None:
    assert os.access(ROOT / ".venv" / "bin" / "casework", os.X_OK)


# Make


def make(*arguments: str) -> str:
    return subprocess.run(["make", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_make_alone_lists_the_targets() -> None:
    listed = re.findall(r"^make ([a-z]+) ", make(), re.MULTILINE)
    assert {"setup", "demo", "serve", "test", "lint", "bench", "docs"} <= set(listed)
    assert make("help") == make()


def test_lint_checks_style_types_and_imports_before_the_tests() -> None:
    steps = make("--dry-run", "test")
    wanted = ["scripts/setup.py", "ruff check", "ruff format --check", "bin/mypy", "lint-imports", "pytest -n"]
    positions = [steps.index(step) for step in wanted]
    assert positions == sorted(positions)
    assert "--cov=casework.domain" in steps
    assert "--cov-fail-under=100" in steps


def test_continuous_integration_runs_the_tests_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    lines = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]


# Assets


def test_built_files_carry_their_hash_and_the_manifest_names_them_all() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    assert {"app.css", "htmx.min.js", "govuk-frontend.min.js"} <= set(manifest)
    for name, hashed in manifest.items():
        digest = hashlib.sha256((VENDOR / hashed).read_bytes()).hexdigest()
        stem, _, ending = name.rpartition(".")
        assert hashed == f"{stem}.{digest[:12]}.{ending}"
    notes = {"manifest.json", "licences.txt", "sources.sha256"}
    assert {path.name for path in VENDOR.iterdir()} == set(manifest.values()) | notes


def test_the_style_sheet_loads_nothing_and_leaves_the_reserved_font_out() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    sheet = (VENDOR / manifest["app.css"]).read_text("utf-8")
    assert "GDS Transport" not in sheet
    assert "@font-face" not in sheet
    assert "@import" not in sheet
    assert not re.search(r"url\([\"']?(?:https?:)?//", sheet)


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    for name in ("package-lock.json", "scripts/assets.py", assets.LICENCES, "casework/scss/app.scss"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    before = assets.fingerprint(tmp_path)
    assert assets.fingerprint(tmp_path) == before
    assert not assets.is_current(tmp_path)
    (tmp_path / "casework" / "scss" / "_new.scss").write_text("a { color: red }", "utf-8")
    assert assets.fingerprint(tmp_path) != before


def test_our_scripts_import_others_by_their_hashed_names() -> None:
    manifest = {"govuk-frontend.min.js": "govuk-frontend.min.123.js"}
    script = b"""import { initAll } from "./govuk-frontend.min.js"; import('./other.js')"""
    assert assets.with_hashed_imports(script, manifest) == (
        b"""import { initAll } from "./govuk-frontend.min.123.js"; import('./other.js')"""
    )


# Catalogues


@pytest.fixture
def translated_tree(tmp_path: Path) -> Path:
    """A tree with one template, one module, and a Chinese catalogue with one of their three texts."""
    shutil.copy(ROOT / "babel.cfg", tmp_path)
    (tmp_path / "casework" / "templates" / "pages").mkdir(parents=True)
    template = '{{ _("Contest") }} {{ ngettext("%(num)d case", "%(num)d cases", n) }}'
    (tmp_path / "casework" / "templates" / "pages" / "case.html").write_text(template, "utf-8")
    (tmp_path / "casework" / "words.py").write_text('from gettext import gettext as _\nWORD = _("Ruling")\n', "utf-8")
    path = catalogues.catalogue_path(tmp_path, "zh_CN")
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n\nmsgid "Contest"\nmsgstr "申诉"\n', "utf-8")
    return tmp_path


def test_texts_of_templates_and_code_are_found(translated_tree: Path) -> None:
    found = {message.id for message in catalogues.extract(translated_tree) if message.id}
    assert found == {"Contest", "Ruling", ("%(num)d case", "%(num)d cases")}
    assert set(catalogues.untranslated(translated_tree, "zh_CN")) == {"%(num)d case", "Ruling"}


def test_an_update_keeps_translations_and_adds_what_is_new(translated_tree: Path) -> None:
    catalogues.update(translated_tree)
    text = catalogues.catalogue_path(translated_tree, "zh_CN").read_text("utf-8")
    assert 'msgid "Contest"\nmsgstr "申诉"' in text
    assert 'msgid "Ruling"\nmsgstr ""' in text
    assert "#: casework/templates/pages/case.html\n" in text
    catalogues.update(translated_tree)
    assert catalogues.catalogue_path(translated_tree, "zh_CN").read_text("utf-8") == text


def test_a_template_with_an_error_is_not_passed_over(translated_tree: Path) -> None:
    (translated_tree / "casework" / "templates" / "pages" / "broken.html").write_text(
        '{% if %}{{ _("Lost") }}', "utf-8"
    )
    with pytest.raises(Exception, match="Expected an expression"):
        catalogues.extract(translated_tree)


def test_a_compiled_catalogue_translates(translated_tree: Path) -> None:
    catalogues.compile_all(translated_tree)
    folder = translated_tree / "casework" / "locale"
    assert gettext.translation("casework", folder, ["zh_CN"]).gettext("Contest") == "申诉"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_text_in_use_is_translated(language: str) -> None:
    assert catalogues.untranslated(ROOT, language) == []


# Documentation


def test_the_documentation_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert {"index.html", "tutorial.html", "map.html"} <= {page.name for page in pages}
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"(?:https?:)?//|<link[^>]*rel=\"stylesheet\"[^>]*\"(?:https?:)?//"
    )
    assert [page.name for page in pages if loads.search(page.read_text("utf-8"))] == []


# Wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_all_that_runs(wheel: zipfile.ZipFile) -> None:
    carried = {".py", ".html", ".txt", ".svg", ".toml", ".css", ".js", ".mo", ".json", ".mako"}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("casework", "casework_verify", "matching_adapter")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in carried and "__pycache__" not in path.parts
    }
    assert wanted - set(wheel.namelist()) == set()
    manifest = json.loads(wheel.read("casework/static/vendor/manifest.json"))
    assert all(f"casework/static/vendor/{hashed}" in wheel.namelist() for hashed in manifest.values())
    for part in (r"locale/zh_CN/LC_MESSAGES/casework\.mo", r"domain/.*\.toml", r"migrations/versions/.*\.py"):
        assert any(re.fullmatch(f"casework/{part}", name) for name in wheel.namelist()), part


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    rooms = {name.partition("/")[0] for name in wheel.namelist()}
    metadata = next(room for room in rooms if room.endswith(".dist-info"))
    assert rooms == {"casework", "casework_verify", "matching_adapter", metadata}
    assert [name for name in wheel.namelist() if name.endswith((".scss", ".po", ".pyc", ".db"))] == []


def test_the_wheel_names_licence_command_and_python(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(metadata).decode()
    assert "License-Expression: Apache-2.0" in text
    assert "Requires-Python: >=3.11" in text
    (commands,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "casework = casework.cli.main:main" in wheel.read(commands).decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
