"""Build the style sheet and gather the scripts of the pages into casework/static/vendor.

Nothing third-party is kept in git: npm fetches the exact packages of package-lock.json, Sass compiles
casework/scss/app.scss, and each result gets the hash of its content in its name, so that browsers may keep it for
ever. ``manifest.json`` beside them maps the plain name to the hashed one. Called by the set-up and by hatch_build.py,
so that a wheel carries the results and its users need no Node.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_NODE = 20
THIRD_PARTY = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "govuk-frontend.min.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
}
LICENCES = "scripts/third_party_licences.txt"
STYLE_SHEET = "app.css"


def sources(root: Path) -> list[Path]:
    """List every file that the results depend on."""
    static = root / "casework" / "static"
    own = [path for path in static.glob("*") if path.is_file()]
    sheets = (root / "casework" / "scss").rglob("*.scss")
    return sorted([root / "package-lock.json", root / "scripts" / "assets.py", root / LICENCES, *sheets, *own])


def fingerprint(root: Path) -> str:
    """Hash the names and contents of all sources."""
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def output_folder(root: Path) -> Path:
    """Return where the results go."""
    return root / "casework" / "static" / "vendor"


def is_current(root: Path) -> bool:
    """Tell whether the results were built from the sources as they are now."""
    noted = output_folder(root) / "sources.sha256"
    return noted.is_file() and noted.read_text("utf-8").strip() == fingerprint(root)


def node_environment() -> dict[str, str]:
    """Return an environment whose PATH finds Node 20 or later: the machine's own, or the one beside this Python."""
    beside_python = str(Path(sys.executable).parent)
    for path in (os.environ.get("PATH", ""), beside_python + os.pathsep + os.environ.get("PATH", "")):
        node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
        if node and npm:
            version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
            number = re.match(r"v(\d+)", version)
            if number and int(number.group(1)) >= OLDEST_NODE:
                return {**os.environ, "PATH": path, "npm_config_update_notifier": "false", "NO_UPDATE_NOTIFIER": "1"}
    raise SystemExit(f"assets: Node {OLDEST_NODE} or later with npm is needed to build the style sheet")


def install_node_packages(root: Path, environment: dict[str, str]) -> None:
    """Fetch the locked packages into node_modules, unless they are there; none of their scripts is run."""
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    noted = root / "node_modules" / ".lock.sha256"
    if noted.is_file() and noted.read_text("utf-8") == lock:
        return
    command = ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    subprocess.run([program, *command[1:]], cwd=root, env=environment, check=True, stdout=subprocess.DEVNULL)
    noted.write_text(lock, "utf-8")


def compile_style_sheet(root: Path, environment: dict[str, str]) -> bytes:
    """Compile casework/scss/app.scss with Sass and return the compressed CSS."""
    program = shutil.which("node", path=environment["PATH"]) or "node"
    options = ["--no-source-map", "--style=compressed", "--quiet-deps", "--load-path=node_modules"]
    command = [program, "node_modules/sass/sass.js", *options, "casework/scss/app.scss"]
    return subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE).stdout


def hashed_name(name: str, content: bytes) -> str:
    """Put the hash of the content into the name: app.css -> app.1a2b3c4d5e6f.css."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


def with_hashed_imports(script: bytes, manifest: dict[str, str]) -> bytes:
    """Let one of our scripts import others by their plain names: "./govuk-frontend.min.js"."""
    for name, hashed in manifest.items():
        for quote in (b'"', b"'"):
            script = script.replace(quote + b"./" + name.encode() + quote, quote + b"./" + hashed.encode() + quote)
    return script


def gather(root: Path, style_sheet: bytes) -> dict[str, bytes]:
    """Return every result under its hashed name, the manifest and the licences included."""
    results: dict[str, bytes] = {}
    manifest: dict[str, str] = {}

    def add(name: str, content: bytes) -> None:
        manifest[name] = hashed_name(name, content)
        results[manifest[name]] = content

    add(STYLE_SHEET, style_sheet)
    modules = root / "node_modules"
    for name, source in THIRD_PARTY.items():
        add(name, re.sub(rb"\n?//# sourceMappingURL=.*", b"", (modules / source).read_bytes()))
    for path in sorted((root / "casework" / "static").glob("*")):
        if path.is_file():
            content = path.read_bytes()
            add(path.name, with_hashed_imports(content, manifest) if path.suffix == ".js" else content)
    results["licences.txt"] = (root / LICENCES).read_bytes()
    results["manifest.json"] = (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()
    return results


def build(root: Path) -> None:
    """Bring casework/static/vendor up to date with its sources; the manifest changes last."""
    if is_current(root):
        return
    now = fingerprint(root)
    environment = node_environment()
    install_node_packages(root, environment)
    results = gather(root, compile_style_sheet(root, environment))
    folder = output_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in results.items():
        fresh = folder / f"{name}.new"
        fresh.write_bytes(content)
        fresh.replace(folder / name)
    for path in folder.iterdir():
        if path.name not in results:
            path.unlink()
    (folder / "sources.sha256").write_text(now + "\n", "utf-8")


if __name__ == "__main__":
    build(Path(__file__).resolve().parent.parent)
