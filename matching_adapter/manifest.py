"""Reads the lists that may lie beside the files: `works.toml` and `uploads.toml`, one table per file, plus defaults.

    [defaults]
    right_holder_id = "rh-1"

    [[work]]                      # in uploads.toml: [[upload]]
    file = "night-market.txt"
    id = "w-night-market"

A field that the table lacks comes from `[defaults]`, then from the file: the id is its name without the ending, or the
whole name where two files would have one id. Every problem of a list is reported at once, naming file and field.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from matching_adapter.port import FileReference, Mark, MarkBasis, UploadFile, WorkFile, WorkKind
from matching_adapter.signals import Signal, signals_of

Role: TypeAlias = Literal["work", "upload"]

LONGEST_ID = 200
"""Characters of an id at most, as the decision format allows."""

_NAMES: dict[Role, str] = {"work": "works.toml", "upload": "uploads.toml"}
_SIGNAL_FIELDS = ("advertising", "monetised", "uploader_domain")
_FIELDS: dict[Role, frozenset[str]] = {
    "work": frozenset(("file", "id", "title", "titles", "authors", "right_holder_id", "kind", "flags")),
    "upload": frozenset(
        ("file", "id", "version", "uploader_id", "title", "url", "language", "commercial", "marks", *_SIGNAL_FIELDS)
    ),
}
_FLAGS = ("time_sensitive", "high_loss")
_KIND_OF_MEDIUM: dict[str, WorkKind] = {"text": "text", "audio": "music", "image": "image", "video": "film"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")


class ManifestError(ValueError):
    """A list of works or uploads cannot be used. `problems` names file and field of each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Manifest:
    """What a list says, by file name; `entries` are merged with the defaults already."""

    name: str
    entries: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Any]


def manifest_name(role: Role) -> str:
    """Return the file name of the list of works or uploads."""
    return _NAMES[role]


def read_manifest(folder: Path, role: Role) -> Manifest:
    """Read the list in a folder; a folder without one has an empty list.

    Raises:
        ManifestError: when it is not valid TOML, has unknown fields, or names a file twice or not at all.

    """
    name = _NAMES[role]
    path = folder / name
    if not path.exists():
        return Manifest(name, {}, {})
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ManifestError([f"{name}: not valid TOML: {error}"]) from None
    problems = [f"{name}: unknown table {table!r}" for table in document if table not in ("defaults", role)]
    defaults, rows = document.get("defaults", {}), document.get(role, [])
    if not isinstance(defaults, dict) or not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise ManifestError([f"{name}: write [defaults] once and one [[{role}]] for each file"])
    problems += [f"{name}: [defaults]: unknown field {key!r}" for key in defaults if key not in _FIELDS[role]]
    entries: dict[str, dict[str, Any]] = {}
    for row in rows:
        file = row.get("file")
        if not isinstance(file, str) or not file:
            problems.append(f"{name}: a [[{role}]] has no file")
            continue
        problems += [f"{name}: {file}: unknown field {key!r}" for key in row if key not in _FIELDS[role]]
        if file in entries:
            problems.append(f"{name}: {file}: listed twice")
        entries[file] = {**defaults, **row}
    if problems:
        raise ManifestError(problems)
    return Manifest(name, entries, defaults)


class _Entry:
    """One file's fields, with every problem noted rather than raised."""

    def __init__(self, manifest: Manifest, file: str, problems: list[str]) -> None:
        self._where = f"{manifest.name}: {file}"
        self._fields = manifest.entries.get(file, manifest.defaults)
        self._problems = problems

    def problem(self, field: str, text: str) -> None:
        self._problems.append(f"{self._where}: {field} {text}")

    def text(self, field: str, default: str | None, longest: int = 20_000) -> str | None:
        value = self._fields.get(field, default)
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= longest and "\x00" not in value):
            self.problem(field, f"must be a text of 1 to {longest} characters")
            return default
        return value

    def needed(self, field: str, default: str | None, longest: int = LONGEST_ID) -> str:
        value = self.text(field, default, longest)
        if value is None:
            if self._fields.get(field) is None:
                self.problem(field, "is missing")
            return ""
        return value

    def number(self, field: str, default: int) -> int:
        value = self._fields.get(field, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.problem(field, "must be a whole number of 1 or more")
            return default
        return value

    def truth(self, field: str) -> bool:
        value = self._fields.get(field, False)
        if not isinstance(value, bool):
            self.problem(field, "must be true or false")
        return value is True

    def stated(self, field: str) -> bool | None:
        """True, false, or None where nobody says."""
        return self.truth(field) if field in self._fields else None

    def names(self, field: str) -> tuple[str, ...]:
        rows = self.rows(field)
        if not all(isinstance(row, str) and 0 < len(row) <= LONGEST_ID and "\x00" not in row for row in rows):
            self.problem(field, f"must be texts of 1 to {LONGEST_ID} characters")
            return ()
        return tuple(rows)

    def rows(self, field: str) -> list[Any]:
        value = self._fields.get(field, [])
        if not isinstance(value, list):
            self.problem(field, "must be a list")
            return []
        return value


def _as_id(text: str) -> str:
    """Return a text that may be an id: of one that is too long, the beginning and a digest of all of it."""
    if len(text) <= LONGEST_ID:
        return text
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
    return f"{text[: LONGEST_ID - len(digest) - 1]}-{digest}"


def works_from(manifest: Manifest, files: Sequence[FileReference], problems: list[str]) -> list[WorkFile]:
    """Return the works that files are; what is wrong or missing is added to `problems`."""
    ids = _ids_of(manifest, files)
    return [_work_from(manifest, file, ids[file.name], problems) for file in files]


def uploads_from(manifest: Manifest, files: Sequence[FileReference], problems: list[str]) -> list[UploadFile]:
    """Return the uploads that files are; what is wrong is added to `problems`.

    A file without a listed uploader gets one of its own (`uploader-of-<id>`), so that strangers are never lumped
    together.
    """
    ids = _ids_of(manifest, files)
    return [_upload_from(manifest, file, ids[file.name], problems) for file in files]


def _ids_of(manifest: Manifest, files: Sequence[FileReference]) -> dict[str, str]:
    """Return the id of each file that has none in the list: its name without the ending, all of it where that clashes.

    What clashes depends on the names and on nothing else: neither on their order nor on what was seen before. An id
    that clashes with one of the list stays as it is, because it is the list that is wrong then.
    """
    entries = {file.name: manifest.entries.get(file.name, manifest.defaults) for file in files}
    versions = {name: str(entry.get("version", 1)) for name, entry in entries.items() if "id" not in entry}
    used = Counter((_stem(name), version) for name, version in versions.items())
    clashing = {name for name, version in versions.items() if used[_stem(name), version] > 1}
    return {file.name: _as_id(file.name) if file.name in clashing else _stem(file.name) for file in files}


def _stem(name: str) -> str:
    return _as_id(Path(name).stem)


def _work_from(manifest: Manifest, file: FileReference, own_id: str, problems: list[str]) -> WorkFile:
    entry = _Entry(manifest, file.name, problems)
    kind = entry.needed("kind", _KIND_OF_MEDIUM[file.medium])
    if kind not in get_args(WorkKind):
        entry.problem("kind", f"must be one of {', '.join(get_args(WorkKind))}")
    flags = entry.rows("flags")
    if any(flag not in _FLAGS for flag in flags):
        entry.problem("flags", f"may hold {' and '.join(_FLAGS)} only")
    return WorkFile(
        work_id=entry.needed("id", own_id),
        title=entry.needed("title", _stem(file.name)),
        right_holder_id=entry.needed("right_holder_id", None),
        kind=cast(WorkKind, kind),
        file=file,
        flags=tuple(flags),
        titles=entry.names("titles"),
        authors=entry.names("authors"),
    )


def _upload_from(manifest: Manifest, file: FileReference, own_id: str, problems: list[str]) -> UploadFile:
    entry = _Entry(manifest, file.name, problems)
    upload_id = entry.needed("id", own_id)
    language = entry.text("language", None)
    if language is not None and not _LANGUAGE.match(language):
        entry.problem("language", "must be a language tag such as zh or en")
    return UploadFile(
        upload_id=upload_id,
        version=entry.number("version", 1),
        uploader_id=entry.needed("uploader_id", _as_id(f"uploader-of-{upload_id}")),
        file=file,
        title=entry.text("title", None, LONGEST_ID),
        url=entry.text("url", None, 2_000),
        language=language,
        commercial=entry.truth("commercial"),
        marks=tuple(_marks(entry)),
        signals=tuple(_signals(entry, manifest.name)),
    )


def _signals(entry: _Entry, listed_in: str) -> list[Signal]:
    advertising, monetised = entry.stated("advertising"), entry.stated("monetised")
    given_by = f"the platform, in {listed_in}"
    try:
        domain = entry.text("uploader_domain", None, 253)
        found = signals_of(advertising=advertising, monetised=monetised, uploader_domain=domain, given_by=given_by)
        return list(found)
    except ValueError as error:
        entry.problem("uploader_domain", str(error))
        return []


def _marks(entry: _Entry) -> list[Mark]:
    marks: list[Mark] = []
    for row in entry.rows("marks"):
        if not isinstance(row, dict) or set(row) - {"basis", "provision", "statement"}:
            entry.problem("marks", "must be tables with basis, provision and statement")
        elif row.get("basis") not in get_args(MarkBasis):
            entry.problem("marks", f"basis must be one of {', '.join(get_args(MarkBasis))}")
        elif not all(isinstance(value, str) for value in row.values()):
            entry.problem("marks", "provision and statement must be texts")
        else:
            marks.append(Mark(row["basis"], row.get("provision"), row.get("statement")))
    return marks
