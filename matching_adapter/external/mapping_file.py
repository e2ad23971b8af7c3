"""Reads the file that says where in a vendor's JSON each value stands, and finds everything that is wrong with it.

A mapping is data, not a program: JSON pointers (RFC 6901), units, constants, tables of words. It is checked as a whole
when a process starts, and each problem names the file and the field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from matching_adapter.external.pointers import pointer_parts

FORMAT = 1
SHIPPED = Path(__file__).parent / "mappings"

Kind: TypeAlias = Literal["text", "number", "share", "time", "method", "track"]

UNITS: Mapping[Kind, tuple[str, ...]] = {
    "text": (),
    "number": ("seconds", "milliseconds", "characters"),
    "share": ("fraction", "percent"),
    "time": ("rfc3339", "utc", "unix_seconds", "unix_milliseconds"),
    "method": (),
    "track": (),
}
WORDS: Mapping[Kind, tuple[str, ...]] = {
    "method": ("hash", "metadata", "keyword", "fingerprint"),
    "track": ("text", "sound", "picture", "image", "file", "title"),
}

_DELIVERY: Mapping[str, Kind] = {"upload": "text", "completed_at": "time", "engine_version": "text", "length": "number"}
_MATCH: Mapping[str, Kind] = {
    "work": "text",
    "method": "method",
    "track": "track",
    "share_of_upload": "share",
    "share_of_work": "share",
    "confidence": "share",
    "amount": "number",
}
_SEGMENT: Mapping[str, Kind] = {
    "upload_start": "number",
    "upload_end": "number",
    "upload_length": "number",
    "work_start": "number",
    "work_end": "number",
    "work_length": "number",
    "track": "track",
    "score": "share",
}
_SECTIONS: Mapping[str, Mapping[str, Kind]] = {"delivery": _DELIVERY, "match": _MATCH, "segments": _SEGMENT}
_LISTS = {"delivery": "matches", "segments": "list"}
_NEEDED = {"delivery": ("upload",), "match": ("work", "method"), "segments": ("upload_start",)}


class MappingProblem(ValueError):
    """A mapping file that cannot be used; `problems` are sentences that name the file and the field."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem, not only the first."""
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands, or what it always is. `values` turn the vendor's words into ours, several at a time."""

    kind: Kind
    pointer: str | None = None
    constant: str | None = None
    unit: str | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A checked mapping.

    `matches` points to the list of matches, None where the delivery is one match itself; `segments_list` from a match
    to the list of its stretches, None where the match is one stretch itself.
    """

    name: str
    delivery: Mapping[str, Place]
    matches: str | None
    match: Mapping[str, Place]
    segments: Mapping[str, Place]
    segments_list: str | None


def read_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises:
        MappingProblem: when it cannot be read, or says what is not known or too little.

    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MappingProblem([f"{path.name}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingProblem([f"{path.name}: no TOML: {error}"]) from None
    return mapping_from(path.name, document)


def shipped_mapping(name: str) -> Path | None:
    """Return the file of a mapping that comes with the package; None where there is none of this name."""
    known = {path.stem: path for path in SHIPPED.glob("*.toml")}
    return known.get(name)


def mapping_from(name: str, document: Mapping[str, Any]) -> MappingFile:
    """Check a mapping that was read. Raises `MappingProblem`."""
    checking = _Checking(name)
    if document.get("format") != FORMAT:
        checking.note("format", f"must be {FORMAT}")
    for key in sorted(set(document) - {"format", "about", *_SECTIONS}):
        checking.note(key, "is not known")
    places = {section: checking.section(section, document) for section in _SECTIONS}
    lists = {section: checking.list_of(section, document) for section in _LISTS}
    segments = places["segments"]
    for side in ("upload", "work") if segments else ():
        both = f"{side}_end" in segments and f"{side}_length" in segments
        neither = f"{side}_end" not in segments and f"{side}_length" not in segments
        if both or (neither and f"{side}_start" in segments):
            checking.note(f"segments.{side}_end", f"give either {side}_end or {side}_length")
    if checking.problems:
        raise MappingProblem(checking.problems)
    return MappingFile(name, places["delivery"], lists["delivery"], places["match"], segments, lists["segments"])


class _Checking:
    """Collects what is wrong with one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.problems: list[str] = []

    def note(self, where: str, what: str) -> None:
        self.problems.append(f"{self._name}: {where}: {what}")

    def section(self, section: str, document: Mapping[str, Any]) -> dict[str, Place]:
        """Every place of a section; `segments` alone may be missing."""
        found = document.get(section)
        if found is None and section == "segments":
            return {}
        if not isinstance(found, dict):
            self.note(section, "is missing" if found is None else "must be a table")
            return {}
        known = _SECTIONS[section]
        places: dict[str, Place] = {}
        for key, value in found.items():
            if key == _LISTS.get(section):
                continue
            if key not in known:
                self.note(f"{section}.{key}", f"is not known; known are: {', '.join(known)}")
                continue
            place = self._place(f"{section}.{key}", known[key], value)
            if place is not None:
                places[key] = place
        for key in _NEEDED[section]:
            if key not in found:
                self.note(f"{section}.{key}", "is missing")
        return places

    def list_of(self, section: str, document: Mapping[str, Any]) -> str | None:
        """The pointer to a list."""
        found = document.get(section)
        value = found.get(_LISTS[section]) if isinstance(found, dict) else None
        if value is None:
            return None
        return value if self._is_pointer(f"{section}.{_LISTS[section]}", value) else None

    def _is_pointer(self, where: str, value: Any) -> bool:
        try:
            pointer_parts(value)
        except ValueError as error:
            self.note(where, str(error))
            return False
        return True

    def _place(self, where: str, kind: Kind, value: Any) -> Place | None:
        if not isinstance(value, dict):
            self.note(where, "must be a table with pointer or constant")
            return None
        before = len(self.problems)
        for key in sorted(set(value) - {"pointer", "constant", "unit", "values", "optional"}):
            self.note(f"{where}.{key}", "is not known; known are: pointer, constant, unit, values, optional")
        if ("pointer" in value) == ("constant" in value):
            self.note(where, "give either pointer or constant")
        elif "pointer" in value:
            self._is_pointer(f"{where}.pointer", value["pointer"])
        if not isinstance(value.get("optional", False), bool):
            self.note(f"{where}.optional", "must be true or false")
        self._check_unit(where, kind, value)
        values = self._values(where, kind, value.get("values", {}))
        if len(self.problems) > before:
            return None
        return Place(
            kind, value.get("pointer"), value.get("constant"), value.get("unit"), values, value.get("optional", False)
        )

    def _check_unit(self, where: str, kind: Kind, value: Mapping[str, Any]) -> None:
        units, unit = UNITS[kind], value.get("unit")
        if "constant" in value:
            if kind not in ("text", "method", "track"):
                self.note(f"{where}.constant", "only words may be constant, a measurement never is")
            elif not isinstance(value["constant"], str) or value["constant"] not in WORDS.get(
                kind, (value["constant"],)
            ):
                self.note(f"{where}.constant", f"must be one of: {', '.join(WORDS.get(kind, ('text',)))}")
            if unit is not None:
                self.note(f"{where}.unit", "a constant has no unit")
        elif units and unit not in units:
            self.note(f"{where}.unit", f"must be one of: {', '.join(units)}")
        elif not units and unit is not None:
            self.note(f"{where}.unit", "has none")

    def _values(self, where: str, kind: Kind, values: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(values, dict):
            self.note(f"{where}.values", "must be a table of words")
            return {}
        if values and kind not in WORDS:
            self.note(f"{where}.values", f"only {' and '.join(WORDS)} have words")
        found: dict[str, tuple[str, ...]] = {}
        for word, ours in values.items():
            several = ours if isinstance(ours, list) and kind == "track" else [ours]
            if not several or any(not isinstance(one, str) or one not in WORDS.get(kind, ()) for one in several):
                self.note(f"{where}.values.{word}", f"must be one of: {', '.join(WORDS.get(kind, ()))}")
            else:
                found[word] = tuple(several)
        return found
