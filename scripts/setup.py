"""Set Casework up on a fresh machine, or find within a second that nothing is left to do.

Needs nothing but Python's standard library. It runs these steps, each only when what it rests on has changed:
system packages (apt, on Debian and Ubuntu), the environment in ``.venv``, the Python packages of the hashed lock,
Casework itself, the style sheets and scripts of the pages, the message catalogues.

``--for run`` prepares what ``make demo`` and ``make serve`` need, ``--for development`` (the default) what the tests
and checks need too. The file keeps to the syntax of Python 3.7, so that an old Python can say what is missing.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
RUN, DEVELOPMENT = "run", "development"

# Text layout and Chinese fonts for the PDF reports.
RUN_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig", "fonts-noto-cjk")
# Tools that open the PDF reports, for the tests.
DEVELOPMENT_PACKAGES = ("poppler-utils", "qpdf")
# A browser for the tests: any of these. The first one costs a test half as much as the others.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Unable(Exception):
    """Set-up cannot go on; the message says what to do."""


def say(line: str) -> None:
    """Print one line of progress."""
    print("setup: " + line, flush=True)


def run(command: list[str], **environment: str) -> None:
    """Run a program in the project's root; Unable if it fails."""
    finished = subprocess.run(
        command, check=False, cwd=ROOT, env=dict(os.environ, **environment), stdin=subprocess.DEVNULL
    )
    if finished.returncode != 0:
        raise Unable("this command failed (exit {}):\n    {}".format(finished.returncode, " ".join(command)))


def output_of(command: list[str]) -> str:
    """Return what a program prints, or nothing when it is missing or fails."""
    try:
        finished = subprocess.run(
            command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return ""
    return finished.stdout.decode("utf-8", "replace").strip()


# ------------------------------------------------------------------------------------------------------------- Python


def suitable_python() -> str:
    """Find a Python of at least 3.11: the one that runs this, python3, or a named version."""
    probe = "import sys; print(sys.executable if sys.version_info >= {!r} else '')".format(OLDEST_PYTHON)
    for name in (sys.executable, "python3", "python3.13", "python3.12", "python3.11"):
        found = output_of([name, "-c", probe])
        if found:
            return found
    raise Unable(
        "Casework needs Python 3.11 or later; this machine's python3 is {}.{}.\n"
        "Debian 12 and Ubuntu 24.04 have a new enough one (apt-get install python3 python3-venv).".format(
            *sys.version_info[:2]
        )
    )


def environment_package(python: str) -> list[str]:
    """Name the Debian package without which this Python cannot make environments, if it is missing."""
    if output_of([python, "-c", "import ensurepip, venv; print('present')"]):
        return []
    version = output_of([python, "-c", "import sys; print('{}.{}'.format(*sys.version_info[:2]))"])
    return ["python{}-venv".format(version)]


# ---------------------------------------------------------------------------------------------------- system packages


def missing_packages(wanted: Iterable[str]) -> list[str]:
    """Return those Debian packages that are not installed, asking dpkg and never the network."""
    names = list(wanted)
    listing = output_of(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names])
    installed = {line.split()[0] for line in listing.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def is_debian_like(os_release: str) -> bool:
    """Tell from the text of /etc/os-release whether apt is this system's way to install."""
    families = re.findall(r"^(?:ID|ID_LIKE)=(.*)$", os_release, re.MULTILINE)
    words = " ".join(families).replace('"', " ").replace("'", " ").split()
    return "debian" in words or "ubuntu" in words


def administrator() -> list[str] | None:
    """Return what to put before a command so that it runs as root: nothing, sudo, or None when there is no way."""
    if output_of(["id", "-u"]) == "0":
        return []
    if shutil.which("sudo") is None:
        return None
    if (
        subprocess.run(
            ["sudo", "-n", "true"], check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode
        == 0
    ):
        return ["sudo"]
    return ["sudo"] if sys.stdin.isatty() else None


def wanted_packages(level: str, python: str, ubuntu: bool) -> list[str]:
    """List the system packages that this level needs and that are not there."""
    missing = missing_packages(RUN_PACKAGES + (DEVELOPMENT_PACKAGES if level == DEVELOPMENT else ()))
    if level == DEVELOPMENT and not any(shutil.which(browser) for browser in BROWSERS):
        missing.append("chromium-browser" if ubuntu else "chromium-headless-shell")
    return environment_package(python) + missing


def install_system_packages(level: str, python: str) -> None:
    """Install the missing system packages by apt; Unable, with the exact command, where that is not possible."""
    if os.environ.get("CASEWORK_SYSTEM_PACKAGES") == "installed":
        return
    release = Path("/etc/os-release")
    system = release.read_text("utf-8") if release.is_file() else ""
    if not is_debian_like(system):
        raise Unable(
            "Casework sets itself up on Debian and Ubuntu. On another Linux, install by hand: Pango 1.44 or later,\n"
            "HarfBuzz with its subset library, fontconfig and the Noto CJK fonts{}; then run\n"
            "    CASEWORK_SYSTEM_PACKAGES=installed make setup".format(
                "; for the tests Chromium, poppler-utils and qpdf" if level == DEVELOPMENT else ""
            )
        )
    missing = wanted_packages(level, python, "\nID=ubuntu" in "\n" + system)
    if not missing:
        return
    install = "apt-get install -y --no-install-recommends " + " ".join(missing)
    prefix = administrator()
    if prefix is None:
        raise Unable(
            "these system packages are missing, and neither root nor sudo is at hand to install them.\n"
            "Have an administrator run this once, then run make again:\n"
            "    apt-get update && " + install
        )
    say("installing system packages: " + " ".join(missing))
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    run([*quiet, "apt-get", "-qq", "update"])
    run([*quiet, *install.replace("install", "-qq install", 1).split()])


# -------------------------------------------------------------------------------------------------------- environment


def digest_of(paths: Iterable[Path]) -> str:
    """Hash the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Record:
    """What earlier runs did: a digest for each step, kept inside the environment so that both vanish together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def holds(self, step: str, digest: str) -> bool:
        """Tell whether the step was done with these very sources."""
        return self.steps.get(step) == digest

    def note(self, digest: str, *steps: str) -> None:
        """Keep that the steps were done."""
        self.steps.update(dict.fromkeys(steps, digest))
        self.path.write_text(json.dumps(self.steps, indent=2, sort_keys=True) + "\n", "utf-8")


def make_environment(python: str) -> None:
    """Create .venv, or renew one whose Python is gone or too old."""
    probe = "import sys, pip; print(sys.version_info >= {!r})".format(OLDEST_PYTHON)
    if output_of([str(PYTHON), "-c", probe]) == "True":
        return
    say("creating the environment in .venv")
    run([python, "-m", "venv", "--clear", str(ENVIRONMENT)])


def installer_settings() -> dict[str, str]:
    """Tell uv what the machine's own pip configuration says about its package index and certificates."""
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    settings = {}
    for line in output_of([str(PYTHON), "-m", "pip", "config", "list"]).splitlines():
        key, _, value = line.partition("=")
        name = names.get(key.rpartition(".")[2])
        if name and name not in os.environ:
            settings[name] = value.strip("'\"")
    return settings


def install(arguments: list[str]) -> None:
    """Install packages by uv, which is quick, or by pip where uv does not get through."""
    settings = dict(os.environ, **installer_settings())
    quick = [str(ENVIRONMENT / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON), *arguments]
    if subprocess.run(quick, check=False, cwd=ROOT, env=settings, stdin=subprocess.DEVNULL).returncode != 0:
        say("uv could not install; trying pip")
        run([str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments])


def install_lock(record: Record, level: str) -> None:
    """Install a lock's packages, each checked against its hashes; the development lock holds the run lock's too."""
    installer, lock = ROOT / "locks" / "installer.txt", ROOT / "locks" / (level + ".txt")
    digest = digest_of([installer])
    if not record.holds("installer", digest):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "--require-hashes", "--only-binary=:all:", "-r", str(installer)])
        record.note(digest, "installer")
    digest = digest_of([lock])
    if record.holds("packages for " + level, digest):
        return
    say("installing Python packages from locks/{}.txt".format(level))
    install(["--require-hashes", "--only-binary=:all:", "-r", str(lock)])
    record.note(digest, "packages for " + level)
    if level == DEVELOPMENT:
        record.note(digest_of([ROOT / "locks" / "run.txt"]), "packages for run")


def install_casework(record: Record) -> None:
    """Install the project itself, editable, which also makes the command .venv/bin/casework."""
    digest = digest_of([ROOT / "pyproject.toml", ROOT / "hatch_build.py"])
    if record.holds("casework", digest) and (ENVIRONMENT / "bin" / "casework").exists():
        return
    say("installing Casework")
    install(["--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    record.note(digest, "casework")


# ------------------------------------------------------------------------------------------------ assets, catalogues


def install_node(record: Record) -> None:
    """Install Node into the environment from its lock when the machine has none that is new enough."""
    version = re.match(r"v(\d+)", output_of(["node", "--version"]))
    if version and int(version.group(1)) >= OLDEST_NODE and shutil.which("npm"):
        return
    lock = ROOT / "locks" / "node.txt"
    digest = digest_of([lock])
    if not record.holds("node", digest):
        say("installing Node into the environment")
        install(["--require-hashes", "--only-binary=:all:", "-r", str(lock)])
        record.note(digest, "node")


def build_assets(record: Record) -> None:
    """Build the style sheet and gather the scripts of the pages, unless their sources are as they were."""
    sys.path.insert(0, str(ROOT))
    from scripts import assets

    if not assets.is_current(ROOT):
        install_node(record)
        say("building style sheets and scripts")
        run([str(PYTHON), str(ROOT / "scripts" / "assets.py")])


def compile_catalogues(record: Record) -> None:
    """Compile the translations, unless they are as they were."""
    sources = sorted((ROOT / "casework" / "locale").rglob("*.po"))
    digest = digest_of(sources)
    if record.holds("catalogues", digest) and all(source.with_suffix(".mo").is_file() for source in sources):
        return
    if sources:
        say("compiling message catalogues")
        run([str(PYTHON), str(ROOT / "scripts" / "catalogues.py"), "compile"])
    record.note(digest, "catalogues")


def fetch_media(record: Record) -> None:
    """Fetch the few pieces of sound, pictures and film that tests look at, unless they are there."""
    folder = Path(os.environ.get("CASEWORK_MEDIA_DIR") or ROOT / ".media")
    digest = digest_of([ROOT / "scripts" / "media.toml"])
    if record.holds("media in " + str(folder), digest) and folder.is_dir():
        return
    say("fetching media for tests")
    run([str(PYTHON), str(ROOT / "scripts" / "media.py")])
    record.note(digest, "media in " + str(folder))


def set_up(level: str) -> None:
    """Bring everything that the level needs up to date; one run at a time."""
    python = suitable_python()
    if sys.version_info < OLDEST_PYTHON:
        os.execv(python, [python, *sys.argv])
    install_system_packages(level, python)
    ENVIRONMENT.mkdir(exist_ok=True)
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment(python)
        record = Record(ENVIRONMENT / "setup.json")
        install_lock(record, level)
        install_casework(record)
        steps: list[Callable[[Record], None]] = [build_assets, compile_catalogues]
        if level == DEVELOPMENT:
            steps.append(fetch_media)
        for step in steps:
            step(record)


def main() -> int:
    """Read the command line, set up, and print one clear message when that is not possible."""
    parser = argparse.ArgumentParser(description="Set Casework up.")
    parser.add_argument("--for", dest="level", choices=(RUN, DEVELOPMENT), default=DEVELOPMENT)
    try:
        set_up(parser.parse_args().level)
    except Unable as reason:
        print("setup: {}".format(reason), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
