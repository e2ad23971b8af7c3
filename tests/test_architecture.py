"""The rules of the house that a machine can check: who may import what, sizes, names, what must not be in the tree."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 500
LONGEST_DOMAIN_FUNCTION = 40
PACKAGES = ("casework", "casework_verify", "matching_adapter")
CODE_FOLDERS = (*PACKAGES, "tests", "benchmarks", "scripts")


@functools.cache
def listed_files() -> list[Path]:
    """Every file that git keeps or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


@functools.cache
def python_files(*folders: str) -> list[Path]:
    rooms = tuple(f"{ROOT / folder}/" for folder in folders)
    return [path for path in listed_files() if path.suffix == ".py" and str(path).startswith(rooms)]


@functools.cache
def text_of(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content[:8000] else content.decode("utf-8", "replace")


def naming(words: Iterable[str], *folders: str) -> list[Path]:
    """The modules in whose text one of the words stands: to look into the others for a name would take seconds."""
    words = tuple(words)
    return [path for path in python_files(*folders) if any(word in text_of(path) for word in words)]


@dataclass(frozen=True)
class Module:
    """What these rules ask of a module; kept instead of its tree, so that it is read once and takes no memory."""

    imports: frozenset[str]
    named: tuple[tuple[str, int], ...]
    """Names and attributes in use, by line."""
    asked: tuple[tuple[str, int], ...]
    """Methods called, by line."""
    functions: tuple[tuple[str, int], ...]
    """Functions by the number of their lines."""


def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


@functools.cache
def module_at(path: Path) -> Module:
    imports, named, asked, functions = set[str](), [], [], []
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import():
                imports.update(alias.name for alias in node.names)
            case ast.ImportFrom():
                imports.add(_absolute(path, node))
            case ast.Name():
                named.append((node.id, node.lineno))
            case ast.Attribute():
                named.append((node.attr, node.lineno))
            case ast.Call(func=ast.Attribute(attr=name)):
                asked.append((name, node.lineno))
            case ast.FunctionDef():
                functions.append((node.name, (node.end_lineno or node.lineno) - node.lineno + 1))
    return Module(frozenset(imports), tuple(named), tuple(asked), tuple(functions))


USUAL = re.compile(
    r'\s|$|#|@|"""|[)\]}]|(?:import|from|def|class|if|except) |(?:else|try|finally):|[A-Za-z_][\w, ]*(?: =|: )'
)
"""How lines begin at the top level of a module that does nothing but import and define."""


def lines_at_work(path: Path) -> list[int]:
    """Lines at the top level that do something when the module is imported."""
    text = text_of(path)
    after_docstring = text.split('"""', 2)[-1] if text.startswith('"""') else text
    if all(map(USUAL.match, after_docstring.splitlines())):
        return []
    return [
        node.lineno
        for node in tree_of(path).body
        if isinstance(node, ast.For | ast.While | ast.With)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ]


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    package = path.relative_to(ROOT).parent.parts
    base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
    return ".".join(part for part in (base, node.module or "") if part)


def imported_modules(path: Path) -> frozenset[str]:
    """The absolute name of each module that a file imports, wherever in the file the import stands."""
    return module_at(path).imports


def importers_of(library: str, *folders: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in naming([library.partition(".")[0]], *folders)
        if any(name == library or name.startswith(f"{library}.") for name in imported_modules(path))
    }


def relative(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


# Imports


def test_import_contracts_are_kept() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    finished = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    circles = [
        f"{module} <-> {imported}"
        for module in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(module))
        if graph.find_shortest_chain(importer=imported, imported=module)
    ]
    assert circles == []


def test_domain_imports_only_the_standard_library_pydantic_and_itself() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "annotated_types"}
    foreign = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("casework/domain")
        for name in imported_modules(path)
        if name.partition(".")[0] not in allowed and not f"{name}.".startswith("casework.domain.")
    ]
    assert python_files("casework/domain")
    assert foreign == []


@pytest.mark.parametrize("name", ["sqlite3", "os", "random", "secrets", "subprocess", "socket", "threading", "time"])
def test_domain_reads_no_clock_chance_file_or_environment(name: str) -> None:
    assert importers_of(name, "casework/domain") == set()


def test_domain_never_asks_what_time_it_is() -> None:
    asking = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files("casework/domain")
        for name, line in module_at(path).asked
        if name in {"now", "utcnow", "today"}
    ]
    assert asking == []


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("eventsourcing", {"casework/eventlog/store.py"}),
        ("weasyprint", {"casework/reports/pdf.py"}),
        ("sqlalchemy.orm", set()),
        ("sqlalchemy.ext.asyncio", set()),
    ],
)
def test_a_library_is_imported_in_its_one_place_only(library: str, allowed: set[str]) -> None:
    assert importers_of(library, *PACKAGES, "benchmarks") <= allowed


def test_matching_adapter_imports_nothing_of_casework() -> None:
    assert importers_of("casework", "matching_adapter") == set()


def test_verification_imports_nothing_of_casework_and_no_web() -> None:
    allowed = {*sys.stdlib_module_names, "casework_verify", "cryptography", "pikepdf"}
    foreign = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("casework_verify")
        for name in imported_modules(path)
        if name.partition(".")[0] not in allowed
    ]
    assert python_files("casework_verify")
    assert foreign == []


def test_nothing_is_discovered_at_run_time() -> None:
    finders = {"iter_modules", "walk_packages", "import_module", "entry_points", "__import__"}
    discovered = {
        f"{path.relative_to(ROOT)} {name}"
        for path in naming(finders, *PACKAGES)
        for name, _ in module_at(path).named
        if name in finders
    }
    # Engines of other packages, and of those the ones on the operator's list only.
    assert discovered <= {"matching_adapter/registry.py entry_points"}


def test_importing_a_module_does_no_work() -> None:
    """Alembic runs the files in migrations, so what stands at their top level is their work."""
    working = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files(*PACKAGES)
        if not path.is_relative_to(ROOT / "casework" / "migrations")
        for line in lines_at_work(path)
    ]
    assert working == []


def test_our_own_code_is_not_mocked_and_no_test_is_skipped() -> None:
    assert importers_of("unittest.mock", "tests") | importers_of("mock", "tests") == set()
    marks = {"skip", "skipif", "xfail", "importorskip"}
    skipping = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in naming(marks, "tests")
        for name, line in module_at(path).named
        if name in marks
    ]
    assert skipping == []


# Sizes and names


def test_no_file_is_too_long_to_read() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in listed_files()
        if path.suffix in {".py", ".html", ".scss", ".js"} and (lines := len(text_of(path).splitlines())) > LONGEST_FILE
    ]
    assert long == []


def test_no_rule_is_too_long_to_read() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files("casework/domain")
        for name, lines in module_at(path).functions
        if lines > LONGEST_DOMAIN_FUNCTION
    ]
    assert long == []


def test_every_module_opens_by_saying_what_it_is_for() -> None:
    opening = re.compile(r'"""\S')
    silent = [
        path
        for path in python_files(*CODE_FOLDERS)
        if path.stat().st_size and not opening.match(text_of(path)) and not ast.get_docstring(tree_of(path))
    ]
    assert relative(silent) == []


def test_names_say_what_a_thing_is() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|stuff)($|_)")
    badly_named = [
        path for path in listed_files() if any(vague.search(part.partition(".")[0]) for part in path.parts[-3:])
    ]
    assert relative(badly_named) == []


def test_tests_mirror_the_package() -> None:
    """A folder of tests is named for a room of the package, or for a kind of test that crosses rooms."""
    rooms = {path.name for path in (ROOT / "casework").iterdir() if path.is_dir()}
    crossing = {"api", "browser", "faults", "golden", "look", "matching", "scenarios", "verify"}
    folders = {
        path.relative_to(ROOT / "tests").parts[0] for path in listed_files() if path.parent.parent == ROOT / "tests"
    }
    assert folders - rooms - crossing == set()


# What is not in the tree


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        (("/work/", "/root/", "/opt/"), r"(?<![\w.])/(?:work/(?:main|shared)|root/|opt/wheels|opt/pypi)"),
        (("/home/",), r"(?<![\w.])/home/\w"),
        (("pypi.",), r"\b(?:test\.)?pypi\.(?:org|io)\b"),
        (("pythonhosted.",), r"\bpythonhosted\.(?:org)\b"),
        (("npmjs.",), r"\bnpmjs\.(?:org|com)\b"),
        (("deb.debian.",), r"\bdeb\.debian\.(?:org)\b"),
        (("index-url",), r"--(?:extra-)?index-url[ =]\S*//"),
        ((".library",), r"\.library\b"),
    ],
)
def test_no_machine_path_or_registry_host_is_kept(words: tuple[str, ...], pattern: str) -> None:
    """The words are those of which one stands wherever the pattern does: looking for a pattern takes longer."""
    expression = re.compile(pattern)
    here = Path(__file__).resolve()
    found = [
        path
        for path in listed_files()
        if any(word in text_of(path) for word in words) and path != here and expression.search(text_of(path))
    ]
    assert relative(found) == []


def test_nothing_built_or_private_is_kept() -> None:
    endings = (".mo", ".pyc", ".db", ".pem", ".key", ".whl", ".woff", ".woff2", ".ttf", ".otf")
    assert relative([path for path in listed_files() if path.name.endswith(endings)]) == []
    assert relative([path for path in listed_files() if "vendor" in path.parts or "node_modules" in path.parts]) == []


# Documentation


def test_the_map_names_only_what_exists() -> None:
    text = (ROOT / "docs" / "map.md").read_text("utf-8")
    named = [
        name for name in re.findall(r"`([\w./-]+)`", text) if "/" in name or name.endswith((".py", ".md", ".toml"))
    ]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_map_leads_into_every_room() -> None:
    text = (ROOT / "docs" / "map.md").read_text("utf-8")
    modules = [path.relative_to(ROOT) for path in python_files("casework") if path.name != "__init__.py"]
    rooms = {path.parent.as_posix() for path in modules if path.parent.as_posix() != "casework/migrations/versions"}
    assert sorted(room for room in rooms if f"`{room}/" not in text) == []


def test_the_change_log_is_ready_for_the_next_change() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_decision_records_are_numbered_and_of_one_shape() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text("utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name
        assert len(text.split()) <= 450, f"{path.name} is longer than a page"


def test_decision_records_are_all_listed() -> None:
    listing = (ROOT / "docs" / "decisions" / "index.md").read_text("utf-8")
    records = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert re.findall(r"\(([0-9][\w-]+\.md)\)", listing) == records


def test_every_dependency_is_used() -> None:
    """A package in the run-time list that nothing imports is weight that every installation carries."""
    import_names = {
        "python-multipart": "litestar",  # Litestar reads forms with it
        "litestar-htmx": "litestar_htmx",
        "govuk-frontend-jinja": "govuk_frontend_jinja",
        "jinja2-fragments": "jinja2_fragments",
        "pydantic-settings": "pydantic_settings",
        "rich-click": "rich_click",
        "pyahocorasick": "ahocorasick",
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"[\[><=~!]", line)[0] for line in project["dependencies"]]
    code = "\n".join(
        text_of(path) for path in listed_files() if path.suffix in {".py", ".html"} and "tests" not in path.parts
    )
    words = {name: import_names.get(name, name) for name in names}
    # The word first, then what stands before it: to look at the start of every word in the tree takes seconds.
    unused = [name for name, word in words.items() if not re.search(rf"{word}\b(?<!\w{word})", code)]
    assert unused == []
