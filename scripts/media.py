"""Fetches media that other people made, for tests and benchmarks of the matching engines, and unpacks it safely.

    .venv/bin/python scripts/media.py                      # the small set, for tests
    .venv/bin/python scripts/media.py --set benchmark      # everything
    .venv/bin/python scripts/media.py anarchism gradio     # these packages only
    .venv/bin/python scripts/media.py --list               # what is there; fetches nothing

Packages come through the machine's own apt, pip and npm, as configured there, and are named in `scripts/media.toml`.
The folder is --folder, else the one that CASEWORK_MEDIA_DIR names, else `.media` in the project; nothing is fetched
twice.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, Literal

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "scripts" / "media.toml"
MOST_FILES = 100_000
MOST_BYTES = 2 << 30
_LONGEST_NAME = 200
_CHUNK = 1 << 20

Kind = Literal["deb", "pypi", "npm"]


class MediaProblem(Exception):
    """A package cannot be fetched, is not the one that is expected, or cannot be unpacked safely."""


@dataclass(frozen=True)
class Package:
    """One row of the table."""

    name: str
    kind: Kind
    version: str
    sha256: str
    bytes: int
    holds: str
    licence: str
    set: Literal["test", "benchmark"]
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """A file inside a package: its path there and how to read it."""

    path: str
    content: IO[bytes]


def packages() -> dict[str, Package]:
    """Return the table by name."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["package"]
    return {row["name"]: Package(**{**row, "keep": tuple(row["keep"])}) for row in rows}


def media_folder(given: Path | None = None) -> Path:
    """Return the folder that media are kept in."""
    return given or Path(os.environ.get("CASEWORK_MEDIA_DIR") or ROOT / ".media")


def fetched(name: str, folder: Path | None = None) -> Path:
    """Return the folder with a package's files; fetch and unpack it first if need be.

    Raises:
        MediaProblem: when it is not in the table, cannot be fetched, is not the one expected, or is not safe to unpack.

    """
    package = packages().get(name)
    if package is None:
        raise MediaProblem(f"{name} is not in scripts/media.toml")
    target = media_folder(folder) / name
    mark = target / ".complete"
    wanted = f"{package.version} {package.sha256} {' '.join(package.keep)}\n"
    if mark.is_file() and mark.read_text("utf-8") == wanted:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.parent / f".{name}.{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    try:
        (work / "download").mkdir(parents=True)
        archive = download(package, work / "download")
        unpack(package, archive, work / "files")
        (work / "files" / ".complete").write_text(wanted, "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        (work / "files").rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def download(package: Package, folder: Path) -> Path:
    """Fetch a package's archive into an empty folder and return it, checked."""
    specific = f"{package.name}=={package.version}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = {
        "deb": ["apt-get", "download", "-qq", package.name],
        "pypi": [*pip, "--only-binary=:all:", "--dest", ".", specific],
        "npm": ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"],
    }[package.kind]
    try:
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise MediaProblem(f"{package.name}: {command[0]} cannot be run: {error.strerror}") from None
    files = sorted(folder.iterdir())
    if done.returncode != 0 or len(files) != 1:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MediaProblem(f"{package.name}: {' '.join(command)} failed{': ' + said[-1] if said else ''}")
    check(package, files[0])
    return files[0]


def check(package: Package, archive: Path) -> None:
    """Compare the archive with the table.

    apt has verified a deb against the signed index already, and another release has another version: only the version
    of the table must have its digest.
    """
    with archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest == package.sha256:
        return
    if package.kind == "deb":
        version = re.sub("%3a", ":", archive.name.split("_")[1], flags=re.IGNORECASE)
        if version != package.version:
            return
    raise MediaProblem(f"{package.name}: {archive.name} is not the file in the table, its SHA-256 is {digest}")


def unpack(package: Package, archive: Path, target: Path) -> int:
    """Write the files that the table keeps, compressed ones unpacked; return how many.

    Links, devices and folders are left out, so that nothing can point outside.

    Raises:
        MediaProblem: for a path that leads outside, or more files or bytes than any package here has.

    """
    target.mkdir(parents=True)
    count = total = 0
    with members(package.kind, archive) as found:
        for member in found:
            if not any(fnmatch(member.path, pattern) for pattern in package.keep):
                continue
            path = target.joinpath(*safe_parts(member.path))
            path.parent.mkdir(parents=True, exist_ok=True)
            total += write(member, path, MOST_BYTES - total)
            count += 1
            if count > MOST_FILES:
                raise MediaProblem(f"{package.name}: more than {MOST_FILES} files")
    return count


def write(member: Member, path: Path, most: int) -> int:
    """Write one file, unpacked when it is compressed by itself; return its bytes.

    Raises:
        MediaProblem: when there are more than `most`, whatever the archive says.

    """
    total = 0
    with ExitStack() as open_files:
        content: IO[bytes] | gzip.GzipFile = member.content
        if path.suffix == ".gz":
            path, content = path.with_suffix(""), open_files.enter_context(gzip.GzipFile(fileobj=member.content))
        written = open_files.enter_context(path.open("wb"))
        while chunk := content.read(_CHUNK):
            total += len(chunk)
            if total > most:
                raise MediaProblem(f"{member.path}: the package unpacks to more than {MOST_BYTES} bytes")
            written.write(chunk)
    return total


def safe_parts(path: str) -> Sequence[str]:
    """Return the parts of a path inside an archive.

    Raises:
        MediaProblem: when it is absolute, leads outside, or has names that no file may have.

    """
    parts = [part for part in PurePosixPath(path).parts if part != "."]
    bad = not parts or path.startswith("/") or "\\" in path or "\x00" in path
    if bad or any(part == ".." or len(part) > _LONGEST_NAME for part in parts):
        raise MediaProblem(f"a path in the archive is not safe: {path!r}")
    return parts


@contextmanager
def members(kind: Kind, archive: Path) -> Iterator[Iterator[Member]]:
    """Open an archive of any kind and yield its regular files one after the other."""
    try:
        if kind == "pypi":
            with zipfile.ZipFile(archive) as wheel:
                yield _zipped(wheel)
        elif kind == "npm":
            with tarfile.open(archive) as packed:
                yield _tarred(packed)
        else:
            with _deb_contents(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as packed:
                yield _tarred(packed)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError) as error:
        raise MediaProblem(f"{archive.name} cannot be unpacked: {error}") from None


@contextmanager
def _deb_contents(archive: Path) -> Iterator[IO[bytes]]:
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if process.stdout is None:
            raise MediaProblem(f"{archive.name}: dpkg-deb gives nothing")
        try:
            yield process.stdout
        finally:
            process.kill()


def _zipped(wheel: zipfile.ZipFile) -> Iterator[Member]:
    for entry in wheel.infolist():
        if not entry.is_dir():
            with wheel.open(entry) as content:
                yield Member(entry.filename, content)


def _tarred(packed: tarfile.TarFile) -> Iterator[Member]:
    for entry in packed:
        content = packed.extractfile(entry) if entry.isreg() else None
        if content is not None:
            yield Member(entry.name, content)


def listing(folder: Path) -> Iterator[str]:
    """Yield a line for every package of the table: whether it is there, and what it holds."""
    for package in packages().values():
        there = folder / package.name
        files = [path for path in there.rglob("*") if path.is_file() and path.name != ".complete"]
        size = sum(path.stat().st_size for path in files)
        state = (
            f"{len(files):5} files {size / 1e6:7.1f} MB"
            if files
            else f"{package.bytes / 1e6:7.1f} MB to fetch".rjust(22)
        )
        yield f"{package.name:<28}{package.kind:<5}{package.set:<10}{state}  {package.holds} ({package.licence})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch what is asked for, or list what is there; 1 when something could not be fetched."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="packages of the table; none: the whole set")
    parser.add_argument("--set", choices=("test", "benchmark"), default="test", help="benchmark includes test")
    parser.add_argument("--folder", type=Path, help="where to keep it")
    parser.add_argument("--list", action="store_true", help="only say what is there")
    asked = parser.parse_args(arguments)
    folder = media_folder(asked.folder)
    if asked.list:
        print("\n".join(listing(folder)))
        return 0
    known = packages()
    names = asked.names or [name for name, one in known.items() if asked.set == "benchmark" or one.set == "test"]
    failed = False
    for number, name in enumerate(names, start=1):
        try:
            if not (folder / name / ".complete").is_file():
                print(f"media: {number} of {len(names)}: {name}", file=sys.stderr)
            fetched(name, folder)
        except MediaProblem as problem:
            print(f"media: {problem}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
