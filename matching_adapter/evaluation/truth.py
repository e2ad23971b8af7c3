"""Reads a labelled folder: works, uploads, and `truth.json`, which says what of each upload comes from which work.

`truth.json` is a list; each row is one upload and one work, or an upload that takes from no work (`work` null):

    [{"upload": "a.txt", "work": "w-1", "share_of_upload": "0.49", "transform": "mp3 64k",
      "segments": [{"upload": [0, 1200], "work": [300, 1500]}]}]

Shares are decimals in [0, 1]; positions are code points of text or seconds, as in the decision format. `share` may be
written for `share_of_upload`, and one stretch as `upload_stretch` and `work_stretch`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeAlias, cast

from matching_adapter.files import FileRefused, inspect_file
from matching_adapter.manifest import (
    Manifest,
    ManifestError,
    Role,
    manifest_name,
    read_manifest,
    uploads_from,
    works_from,
)
from matching_adapter.port import FileReference, Medium, UploadFile, WorkFile

TRUTH = "truth.json"
LARGEST_FILE = 4 << 30
"""Bytes of a file that are accepted; whoever labels a folder knows what is in it."""

Stretch: TypeAlias = tuple[Decimal, Decimal]

_KNOWN = {"upload", "work", "share_of_upload", "share", "segments", "upload_stretch", "work_stretch", "transform"}
_BESIDE = {"media_type", "seconds", "composition"}  # what generators note for people
_MOST_PROBLEMS = 20
_MOST_DIGITS = 30  # before the point, and behind it
_LONGEST_TRANSFORM = 200


class TruthProblem(ValueError):
    """A labelled folder cannot be used. `problems` names file, row and field of each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TrueMatch:
    """What one upload has from one work; `share` None: it is not known how much; `work` None: nothing from any."""

    upload: str
    work: str | None
    share: Decimal | None
    stretches: tuple[Stretch, ...]
    transform: str


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """Everything in a labelled folder; uploads by the name of their file."""

    works: tuple[WorkFile, ...]
    uploads: Mapping[str, UploadFile]
    truth: tuple[TrueMatch, ...]


def read_folder(folder: Path) -> LabelledFolder:
    """Read works, uploads and truth.

    Raises:
        TruthProblem: when a folder, a file or a field is missing or wrong; all problems at once.

    """
    missing = [f"{name}/ is missing" for name in ("works", "uploads") if not (folder / name).is_dir()]
    if not (folder / TRUTH).is_file():
        missing.append(f"{TRUTH} is missing")
    if missing:
        raise TruthProblem(missing)
    problems: list[str] = []
    works = _works(folder / "works", problems)
    uploads = _uploads(folder / "uploads", problems)
    truth = _truth(folder / TRUTH, problems)
    held = {work.work_id for work in works}
    for number, row in enumerate(truth, start=1):
        if row.upload not in uploads:
            problems.append(f"{TRUTH}: row {number}: upload {row.upload!r} is not in uploads/")
        if row.work is not None and row.work not in held:
            problems.append(f"{TRUTH}: row {number}: work {row.work!r} is not in works/")
    pairs = [(row.upload, row.work) for row in truth]
    problems += [f"{TRUTH}: upload {one!r} and work {two!r} are in it twice" for one, two in sorted(_twice(pairs))]
    if not truth and not problems:
        problems.append(f"{TRUTH} has no rows")
    if problems:
        more = [f"and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
        raise TruthProblem([*problems[:_MOST_PROBLEMS], *more])
    return LabelledFolder(
        tuple(works), {name: uploads[name] for name in dict.fromkeys(row.upload for row in truth)}, truth
    )


def _twice(pairs: Sequence[tuple[str, str | None]]) -> set[tuple[str, str]]:
    seen: set[tuple[str, str | None]] = set()
    found = set()
    for pair in pairs:
        if pair in seen:
            found.add((pair[0], str(pair[1])))
        seen.add(pair)
    return found


def _works(folder: Path, problems: list[str]) -> list[WorkFile]:
    # Nobody's rights are looked at here, so the list needs no right holders.
    manifest = _list(folder, "work", problems)
    files = _inspected(folder, "work", problems)
    works = works_from(_with_holder(manifest), files, problems)
    problems += [f"works/: id {one!r} is used twice" for one, _ in sorted(_twice([(w.work_id, "") for w in works]))]
    return works


def _uploads(folder: Path, problems: list[str]) -> dict[str, UploadFile]:
    manifest = _list(folder, "upload", problems)
    files = _inspected(folder, "upload", problems)
    return {upload.file.name: upload for upload in uploads_from(manifest, files, problems)}


def _list(folder: Path, role: Role, problems: list[str]) -> Manifest:
    try:
        return read_manifest(folder, role)
    except ManifestError as error:
        problems += error.problems
        return Manifest(manifest_name(role), {}, {})


def _with_holder(manifest: Manifest) -> Manifest:
    holder = {"right_holder_id": "not looked at"}
    entries = {file: {**holder, **entry} for file, entry in manifest.entries.items()}
    return replace(manifest, entries=entries, defaults={**holder, **manifest.defaults})


def _inspected(folder: Path, role: Role, problems: list[str]) -> list[FileReference]:
    files = []
    for path in sorted(folder.iterdir()):
        if path.name == manifest_name(role) or path.name == TRUTH:
            continue
        try:
            found = inspect_file(path.name, path, limit_bytes=LARGEST_FILE)
        except FileRefused as refusal:
            problems.append(f"{folder.name}/{path.name}: {refusal.code}: {refusal.detail}")
            continue
        medium: Medium = "text" if found.kind == "pdf" else found.kind
        files.append(FileReference(path, found.name, found.media_type, medium, found.sha256, found.size))
    return files


def _truth(path: Path, problems: list[str]) -> tuple[TrueMatch, ...]:
    try:
        rows = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        problems.append(f"{TRUTH}: not valid JSON: {error}")
        return ()
    if not isinstance(rows, list):
        problems.append(f"{TRUTH}: must be a list of rows")
        return ()
    found = [_Row(number, row, problems).read() for number, row in enumerate(rows, start=1)]
    return tuple(row for row in found if row is not None)


class _Row:
    """One row, with every problem noted rather than raised."""

    def __init__(self, number: int, fields: object, problems: list[str]) -> None:
        self._where = f"{TRUTH}: row {number}"
        self._fields = fields
        self._problems = problems

    def read(self) -> TrueMatch | None:
        if not isinstance(self._fields, dict):
            self._problem("must be an object")
            return None
        before = len(self._problems)
        fields: dict[str, Any] = self._fields
        for name in fields:
            if name not in _KNOWN | _BESIDE:
                self._problem(f"unknown field {name!r}")
        upload, work, transform = fields.get("upload"), fields.get("work"), fields.get("transform", "as it is")
        if not isinstance(upload, str) or not upload:
            self._problem("upload must be the name of a file in uploads/")
        if not (work is None or isinstance(work, str)) or "work" not in fields:
            self._problem("work must be the id of a work, or null")
        if (
            not isinstance(transform, str)
            or not transform.isprintable()
            or not 0 < len(transform) <= _LONGEST_TRANSFORM
        ):
            self._problem(f"transform must be a text of at most {_LONGEST_TRANSFORM} printable characters")
        share = self._share(fields, work)
        stretches = self._stretches(fields)
        if len(self._problems) > before:
            return None
        return TrueMatch(cast(str, upload), cast("str | None", work), share, stretches, cast(str, transform))

    def _problem(self, text: str) -> None:
        self._problems.append(f"{self._where}: {text}")

    def _share(self, fields: Mapping[str, Any], work: object) -> Decimal | None:
        name = "share" if "share" in fields and "share_of_upload" not in fields else "share_of_upload"
        if fields.get(name) is None:
            return None
        share = _decimal(fields[name])
        if share is None or not 0 <= share <= 1:
            self._problem(f"{name} must be a decimal in [0, 1], or null where it is not known")
        elif work is None and share != 0:
            self._problem(f"{name} must be 0 where work is null")
        return share

    def _stretches(self, fields: Mapping[str, Any]) -> tuple[Stretch, ...]:
        rows = fields.get("segments")
        if rows is None:
            stretch = fields.get("upload_stretch")
            rows = [] if stretch is None else [{"upload": stretch}]
        if not isinstance(rows, list):
            self._problem("segments must be a list")
            return ()
        found = []
        for number, row in enumerate(rows, start=1):
            ends = row.get("upload") if isinstance(row, dict) else None
            places = [_decimal(place) for place in ends] if isinstance(ends, list) else []
            if len(places) != 2 or places[0] is None or places[1] is None or not 0 <= places[0] < places[1]:
                self._problem(f"segments: {number}: upload must be [start, end) with 0 <= start < end")
                continue
            found.append((places[0], places[1]))
        return tuple(found)


def _decimal(value: object) -> Decimal | None:
    """Return a number that a page can show and JSON can carry; None for what is none, or has very many digits."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    bearable = (
        number.is_finite()
        and number.adjusted() < _MOST_DIGITS
        and cast(int, number.as_tuple().exponent) > -_MOST_DIGITS
    )
    return number if bearable else None
