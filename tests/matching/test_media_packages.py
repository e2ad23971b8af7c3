"""Packages of media: the table is whole, archives are checked, and nothing in one can write outside its folder."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scripts import media
from scripts.media import MediaProblem, Package

WANTED = Package("sample", "npm", "1.0", "0" * 64, 9, "texts", "MIT", "test", ("*.txt", "*.gz", "*"))


def packed(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "sample-1.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_the_table_names_every_package_once_with_its_digest() -> None:
    table = media.packages()
    assert len(table) == media.TABLE.read_text("utf-8").count("[[package]]")
    assert all(len(package.sha256) == 64 and package.keep for package in table.values())
    small = [package for package in table.values() if package.set == "test"]
    assert 0 < sum(package.bytes for package in small) <= 15_000_000


def test_files_are_unpacked_where_they_belong(tmp_path: Path) -> None:
    archive = packed(tmp_path, {"package/a.txt": b"one", "./b.txt.gz": gzip.compress(b"two"), "c.exe": b"three"})
    package = replace(WANTED, keep=("*.txt", "*.gz"))
    assert media.unpack(package, archive, tmp_path / "out") == 2
    found = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*.*")}
    assert {name: path.read_bytes() for name, path in found.items()} == {"package/a.txt": b"one", "b.txt": b"two"}


@pytest.mark.parametrize("name", ["../out.txt", "a/../../out.txt", "/out.txt", "a\\..\\out.txt", "x" * 201 + ".txt"])
def test_paths_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaProblem, match="not safe"):
        media.unpack(WANTED, packed(tmp_path, {name: b"x"}), tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("out.txt"))


def test_a_wheel_with_a_path_that_leads_outside_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "sample.whl", "w") as wheel:
        wheel.writestr("../out.txt", "x")
    with pytest.raises(MediaProblem, match="not safe"):
        media.unpack(replace(WANTED, kind="pypi"), tmp_path / "sample.whl", tmp_path / "deep" / "out")


def test_links_are_left_out(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "links.tgz", "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"link{kind.decode()}.txt")
            entry.type, entry.linkname = kind, "/etc/hostname"
            archive.addfile(entry)
    assert media.unpack(WANTED, tmp_path / "links.tgz", tmp_path / "out") == 0


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_BYTES", 1_000_000)
    bomb = packed(tmp_path, {"a.txt": b"x" * 500_000, "b.gz": gzip.compress(bytes(600_000))})
    with pytest.raises(MediaProblem, match="more than"):
        media.unpack(WANTED, bomb, tmp_path / "out")
    monkeypatch.setattr(media, "MOST_FILES", 1)
    with pytest.raises(MediaProblem, match="more than 1 files"):
        media.unpack(WANTED, packed(tmp_path, {"a": b"", "b": b""}), tmp_path / "other")


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no archive", mtime=0)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sample.tgz").write_bytes(content)
    with pytest.raises(MediaProblem, match="cannot be unpacked"):
        media.unpack(WANTED, tmp_path / "sample.tgz", tmp_path / "out")


def test_another_file_than_the_table_names_is_refused_unless_apt_gave_another_version(tmp_path: Path) -> None:
    content = b"package"
    right = replace(WANTED, sha256=hashlib.sha256(content).hexdigest(), version="1:1.0-1")
    same, other = tmp_path / "sample_1%3a1.0-1_all.deb", tmp_path / "sample_1%3A1.1-1_all.deb"
    for path in (same, other):
        path.write_bytes(content)
        media.check(right, path)
    wrong = replace(right, sha256="1" * 64)
    with pytest.raises(MediaProblem, match="is not the file in the table"):
        media.check(wrong, same)
    with pytest.raises(MediaProblem, match="is not the file in the table"):
        media.check(replace(wrong, kind="deb"), same)
    media.check(replace(wrong, kind="deb"), other)


def test_what_is_there_already_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no program could be found
    package = media.packages()["anarchism"]
    (tmp_path / "anarchism").mkdir()
    mark = tmp_path / "anarchism" / ".complete"
    mark.write_text(f"{package.version} {package.sha256} {' '.join(package.keep)}\n")
    assert media.fetched("anarchism", tmp_path) == tmp_path / "anarchism"
    mark.write_text("another version\n")
    with pytest.raises(MediaProblem, match="cannot be run"):
        media.fetched("anarchism", tmp_path)
    with pytest.raises(MediaProblem, match=r"is not in scripts/media\.toml"):
        media.fetched("nothing-like-it", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["anarchism"]
