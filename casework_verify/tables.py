"""Holds the tables beside a report, CSV and workbook, against its data: every number in them must be the data's."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree as ET

from casework_verify.comparison import leaves_of
from casework_verify.findings import FILE, Findings

_COLUMNS = (
    "value", "numerator", "denominator", "interval_low", "interval_high", "unit", "version", "masked",
)  # fmt: skip
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FIGURES, _BREAKDOWNS = {3: "value", 4: "numerator", 5: "denominator", 6: "interval_low", 7: "interval_high"}, {
    5: "value", 6: "denominator", 7: "interval_low", 8: "interval_high"
}  # fmt: skip
_KEYED = {0: _FIGURES, 1: _BREAKDOWNS}
"""By place among the sheets with keys in their first column: what further columns hold."""

_NEAR = Decimal("0.000001")
_LARGEST_SHEET = 200_000_000


def check_csv(document: Mapping[str, Any], content: bytes, name: str, found: Findings) -> None:
    """Every row and number of the CSV."""
    expected = {key: _texts(entry) for key, entry in _entries(document)}
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        found.differ(FILE, name, None, str(error))
        return
    seen: set[str] = set()
    for row in rows:
        key = str(row.get("id")).removeprefix("'")
        wanted = expected.get(key)
        given = {column: row.get(column) for column in _COLUMNS}
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
    except (zipfile.BadZipFile, ET.ParseError, KeyError, ValueError, IndexError) as error:
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
        return Decimal(text)
    except InvalidOperation:
        return None


def _sheets(content: bytes) -> Iterator[list[dict[int, str]]]:
    """Every sheet as rows of cells by column, from 0."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if any(each.file_size > _LARGEST_SHEET for each in book.infolist()):
            raise ValueError("a part of it is too large")
        shared = [
            "".join(part.text or "" for part in each.iter(f"{_SHEET}t"))
            for each in _parsed(book.read("xl/sharedStrings.xml")).iter(f"{_SHEET}si")
        ]
        number = 1
        while f"xl/worksheets/sheet{number}.xml" in book.namelist():
            yield [
                dict(_cell(each, shared) for each in row.iter(f"{_SHEET}c"))
                for row in _parsed(book.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{_SHEET}row")
            ]
            number += 1


def _parsed(content: bytes) -> ET.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("a workbook has no entities of its own")
    return ET.fromstring(content)  # noqa: S314 - entities, the danger of it, are refused above


def _cell(cell: ET.Element, shared: list[str]) -> tuple[int, str]:
    column = 0
    for letter in cell.get("r", ""):
        if letter.isalpha():
            column = column * 26 + ord(letter) - ord("A") + 1
    value = cell.findtext(f"{_SHEET}v") or ""
    return column - 1, shared[int(value)] if cell.get("t") == "s" else value
