"""Holds the tables beside a report, CSV and workbook, against its data: every number in them must be the data's."""

from __future__ import annotations

import csv
import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree as ET

from casework_verify.comparison import leaves_of
from casework_verify.findings import FILE, Findings

_COLUMNS = (
    "value", "numerator", "denominator", "interval_low", "interval_high", "unit", "version", "masked",
)  # fmt: skip
_HEADER = (
    "id", "value", "numerator", "denominator", "interval_low", "interval_high", "unit", "scope", "version", "masked",
    "label_en", "label_zh", "dimension", "cell",
)  # fmt: skip
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FIGURES, _BREAKDOWNS = {3: "value", 4: "numerator", 5: "denominator", 6: "interval_low", 7: "interval_high"}, {
    5: "value", 6: "denominator", 7: "interval_low", 8: "interval_high"
}  # fmt: skip
_KEYED = {0: _FIGURES, 1: _BREAKDOWNS}
"""By place among the sheets with keys in their first column: what further columns hold."""

_UNFIT = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ET.ParseError, KeyError, ValueError, IndexError,
    EOFError, OSError, OverflowError, RuntimeError, MemoryError, TypeError,
)  # fmt: skip
"""What reading a workbook raises that is none."""

_NEAR = Decimal("0.000001")
_LARGEST_BOOK = 100_000_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TARGET = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def check_csv(document: Mapping[str, Any], content: bytes, name: str, found: Findings) -> None:
    """Every row and number of the CSV."""
    expected = {key: _texts(entry) for key, entry in _entries(document)}
    try:
        reader = csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        found.differ(FILE, name, None, str(error))
        return
    if (header := tuple(reader.fieldnames or ())) != _HEADER:
        found.differ(FILE, name, list(header), list(_HEADER))
        return
    seen: set[str] = set()
    for row in rows:
        key = str(row.get("id")).removeprefix("'")
        wanted = expected.get(key)
        given = {column: row.get(column) for column in _COLUMNS}
        if None in row or None in row.values():
            found.differ(FILE, f"{name} {key}", None, f"it has not {len(_HEADER)} cells")
        if wanted is None or key in seen:
            found.differ(FILE, f"{name} {key}", given, None)
        elif given != wanted:
            odd = [column for column in _COLUMNS if given[column] != wanted[column]]
            found.differ(
                FILE, f"{name} {key}", {each: given[each] for each in odd}, {each: wanted[each] for each in odd}
            )
        seen.add(key)
    for key in expected.keys() - seen:
        found.differ(FILE, f"{name} {key}", None, expected[key])


def check_workbook(document: Mapping[str, Any], content: bytes, name: str, found: Findings) -> None:
    """The numbers on the sheets of figures and of breakdowns; spreadsheets round, the last digit is let pass."""
    expected = {key: _texts(entry) for key, entry in _entries(document)}
    try:
        sheets = list(_sheets(content))
    except _UNFIT as error:
        found.differ(FILE, name, None, f"{type(error).__name__}: {error}")
        return
    seen: set[str] = set()
    for place, rows in enumerate(sheets[1:3]):
        for cells in rows[1:]:
            key = str(cells.get(0))
            seen.add(key)
            for column, meaning in _KEYED[place].items():
                wanted, given = expected.get(key, {}).get(meaning), cells.get(column)
                if wanted is None or not _alike(wanted, given, masked=expected[key]["masked"] == "yes"):
                    found.differ(FILE, f"{name} {key} {meaning}", given, wanted)
    for key in expected.keys() - seen:
        found.differ(FILE, f"{name} {key}", None, expected[key]["value"])


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, entry in leaves_of(document.get("figures", {}), ()):
        if isinstance(entry, Mapping):
            yield ".".join(path), entry


def _texts(entry: Mapping[str, Any]) -> dict[str, str]:
    """The entry as the columns of the CSV hold it."""
    interval = entry.get("interval")
    low, high = (interval.get("low"), interval.get("high")) if isinstance(interval, Mapping) else (None, None)
    values = (
        entry.get("value"), entry.get("numerator"), entry.get("denominator"), low, high, entry.get("unit"),
        entry.get("version"),
    )  # fmt: skip
    texts = ["" if value is None else str(value) for value in values]
    return dict(zip(_COLUMNS, (*texts, "yes" if entry.get("masked") else "no"), strict=True))


def _alike(wanted: str, given: str | None, *, masked: bool) -> bool:
    if wanted == "":
        # Words stand where there is no number: masked, or not applicable.
        return given is None or (_number(given) is None and given.startswith("masked" if masked else "n/a"))
    one, other = _number(wanted), None if given is None else _number(given)
    return one is not None and other is not None and abs(one - other) <= (_NEAR if "." in wanted else 0)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # Not a number, or infinite: nothing that can be subtracted.
    return number if number.is_finite() else None


def _sheets(content: bytes) -> Iterator[list[dict[int, str]]]:
    """Every sheet as rows of cells by column, from 0."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if sum(each.file_size for each in book.infolist()) > _LARGEST_BOOK:
            raise ValueError("it is too large")
        if len(set(book.namelist())) != len(book.namelist()):
            raise ValueError("a part stands twice in it")
        shared = [
            "".join(part.text or "" for part in each.iter(f"{_SHEET}t"))
            for each in _parsed(book.read("xl/sharedStrings.xml")).iter(f"{_SHEET}si")
        ]
        for path in _in_order(book):
            yield [
                dict(_cell(each, shared) for each in row.iter(f"{_SHEET}c"))
                for row in _parsed(book.read(path)).iter(f"{_SHEET}row")
            ]


def _in_order(book: zipfile.ZipFile) -> list[str]:
    """Where the sheets lie that a spreadsheet shows, from the first tab on."""
    targets = {
        each.get("Id"): each.get("Target", "")
        for each in _parsed(book.read("xl/_rels/workbook.xml.rels")).iter(_TARGET)
    }
    sheets = _parsed(book.read("xl/workbook.xml")).iter(f"{_SHEET}sheet")
    return [posixpath.join("xl", targets[each.get(_RELATION)]).removeprefix("/") for each in sheets]


def _parsed(content: bytes) -> ET.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("a workbook has no entities of its own")
    return ET.fromstring(content)  # noqa: S314 - entities, the danger of it, are refused above


def _cell(cell: ET.Element, shared: list[str]) -> tuple[int, str]:
    column = 0
    for letter in cell.get("r", ""):
        if letter.isalpha():
            column = column * 26 + ord(letter) - ord("A") + 1
    if cell.find(f"{_SHEET}f") is not None:
        raise ValueError(f"there is a formula in cell {cell.get('r')}")
    value = cell.findtext(f"{_SHEET}v") or ""
    return column - 1, shared[int(value)] if cell.get("t") == "s" else value
