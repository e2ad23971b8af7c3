"""Finds faults in a folder of harmonised templates, ours or anybody's: each with its file, its row and its column.

The rules are those of the regulation and what went wrong in filings that were published: separators in counts, columns
lost or added, files misnamed, parts that exceed their whole, days taken for hours, everything filed under "other".
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.particulars import LONGEST_CELL, MEMBER_STATES, OFFICIAL_LANGUAGES
from casework.reports.dsa.sheets import PARTS, REST, TEXTS_TO_FILL, Sheet, is_category, read_sheet, template

_COUNT = re.compile(r"[0-9]+").fullmatch
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?").fullmatch
_GROUPED = re.compile(r"[0-9]{1,3}([ ,.'’\u00a0\u202f][0-9]{3})+").fullmatch
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})").fullmatch
_CODES = (*MEMBER_STATES, *OFFICIAL_LANGUAGES, *REST, "AT, […], SE")
_OTHER = 'Description of the sub-category "Other"'
_LONG = PARTS[6:10]
LONGEST_DISPUTE_DAYS = 180
"""Days that a dispute before an outside body may last at most (DSA art. 21(4)): a smaller median looks like days."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: ``row`` counts the lines of the table from 1, the header included; 0 is the file."""

    file: str
    row: int
    column: str
    code: str
    detail: str

    def __str__(self) -> str:
        place = self.file if not self.row else f"{self.file}, row {self.row}"
        return f"{place}{f', column {self.column!r}' if self.column else ''}: {self.detail} [{self.code}]"


def check_folder(folder: Path) -> list[Fault]:
    """Everything that is wrong with the CSV files of a folder, in their order. Raises ``OSError``."""
    present = {path.name for path in folder.iterdir() if path.is_file()}
    wanted = {f"{name}.csv" for name in PARTS}
    found = [
        Fault(name, 0, "", "file_unknown", "is no part of the template; names are to the letter")
        for name in sorted(present - wanted)
        if name.lower().endswith(".csv")
    ]
    read: list[Sheet] = []
    for name in PARTS:
        if f"{name}.csv" not in present:
            found.append(Fault(f"{name}.csv", 0, "", "file_missing", "is not in the folder"))
            continue
        sheet = _read(name, (folder / f"{name}.csv").read_bytes(), found)
        if sheet is not None:
            read.append(sheet)
    for sheet in read:
        found += check_sheet(sheet)
    return found + list(_together(read))


def _read(name: str, content: bytes, found: list[Fault]) -> Sheet | None:
    file = f"{name}.csv"
    if content.startswith(b"\xef\xbb\xbf"):
        found.append(Fault(file, 0, "", "byte_order_mark", "begins with a byte order mark"))
        content = content[3:]
    try:
        return read_sheet(name, content.decode())
    except UnicodeDecodeError:
        found.append(Fault(file, 0, "", "encoding", "is not UTF-8"))
    except (csv.Error, ValueError) as error:
        found.append(Fault(file, 0, "", "not_csv", f"is not CSV (RFC 4180): {error}"))
    return None


def check_sheet(sheet: Sheet) -> list[Fault]:
    """What is wrong within one file. Where header or rows are not the template's, nothing further is looked at."""
    found = [*_header(sheet), *_widths(sheet)]
    if found:
        return found
    found = list(_keys(sheet))
    if found:
        return found
    rules: tuple[Callable[[Sheet], Iterator[Fault]], ...] = (_cells, _sums, _others, _medians, _items, _long_format)
    return [fault for rule in rules for fault in rule(sheet)]


def _header(sheet: Sheet) -> Iterator[Fault]:
    wanted = template(sheet.name).header
    if len(sheet.header) != len(wanted):
        added = [name for name in sheet.header if name not in wanted]
        detail = f"has {len(sheet.header)} columns instead of {len(wanted)}"
        yield Fault(sheet.file, 1, added[0] if added else "", "columns", detail)
        return
    for place, (name, want) in enumerate(zip(sheet.header, wanted, strict=True), start=1):
        if name != want:
            detail = f"column {place} must be {want!r}, spaces included, not {name[:80]!r}"
            yield Fault(sheet.file, 1, want, "header", detail)


def _widths(sheet: Sheet) -> Iterator[Fault]:
    for number, row in enumerate(sheet.rows, start=2):
        if len(row) != len(sheet.header):
            yield Fault(
                sheet.file,
                number,
                "",
                "cells",
                f"has {len(row)} cells instead of {len(sheet.header)}; empty ones count",
            )


def _keys(sheet: Sheet) -> Iterator[Fault]:
    """Rows are named as in the template and stand in its order; only languages and states may be spread out."""
    wanted = template(sheet.name)
    places = wanted.keys
    scope = wanted.header.index("Scope") if "Scope" in wanted.header else None
    fixed = [tuple(row[place] for place in places) for row in wanted.rows if not _is_code(row, scope)]
    given = [(number, row) for number, row in enumerate(sheet.rows, start=2) if not _is_code(row, scope)]
    for want, (number, row) in zip(fixed, given, strict=False):
        for place, key in zip(places, want, strict=True):
            if row[place] != key:
                detail = f"must be {key[:80]!r}, not {row[place][:80]!r}; rows are named and ordered as in the template"
                yield Fault(sheet.file, number, sheet.header[place], "row_key", detail)
                return
    if len(given) != len(fixed):
        yield Fault(sheet.file, 0, "", "rows", f"has {len(given)} fixed rows instead of {len(fixed)}")
    if scope is not None:
        yield from _twice(sheet, wanted, scope)


def _twice(sheet: Sheet, wanted: Sheet, scope: int) -> Iterator[Fault]:
    """A row of one language or state stands no more often than in the template: its numbers would count twice."""
    places = [place for place in wanted.keys if place != scope]

    def named(row: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        return row[scope], tuple(row[place] for place in places)

    most: Counter[tuple[str, ...]] = Counter()
    for (_code, key), times in Counter(named(row) for row in wanted.rows if _is_code(row, scope)).items():
        most[key] = max(most[key], times)
    found: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for number, row in enumerate(sheet.rows, start=2):
        if not _is_code(row, scope):
            continue
        code, key = named(row)
        found[code, key] += 1
        if key in most and found[code, key] == most[key] + 1:
            yield Fault(sheet.file, number, "Scope", "row_twice", f"has {key[-1][:80]!r} once too often for {code!r}")


def _is_code(row: tuple[str, ...], scope: int | None) -> bool:
    """Whether the row is one of those for single languages or states."""
    return scope is not None and row[scope] in _CODES


def _cells(sheet: Sheet) -> Iterator[Fault]:
    keys = frozenset(sheet.keys)
    for number, row in enumerate(sheet.rows, start=2):
        for place, cell in enumerate(row):
            if place in keys or not cell:
                continue
            wrong = _cell(sheet, row, sheet.header[place], cell)
            if wrong is not None:
                yield Fault(sheet.file, number, sheet.header[place], *wrong)


def _cell(sheet: Sheet, row: tuple[str, ...], column: str, cell: str) -> tuple[str, str] | None:
    if len(cell) > LONGEST_CELL:
        return "too_long", f"has more than {LONGEST_CELL} characters"
    if cell in TEXTS_TO_FILL or cell == "YYYY-MM-DD/YYYY-MM-DD":
        return "placeholder", "still holds the template's own text"
    if column == "Reporting period":
        return None if _is_period(cell) else ("period", "must be two days as 2026-01-01/2026-12-31")
    kind = _kind(sheet, row, column)
    if kind == "day":
        return None if _is_day(cell) else ("day", "must be a day as 2026-01-31")
    if kind == "count":
        return _count(cell)
    if kind == "hours" and not _DECIMAL(cell):
        return "hours", "must be a median in hours, digits with a point"
    if kind == "fraction" and not (_DECIMAL(cell) and Decimal(cell) <= 1):
        return "fraction", "must be a fraction from 0 to 1, not a percentage"
    return None


def _count(cell: str) -> tuple[str, str] | None:
    if _COUNT(cell):
        return None
    if _GROUPED(cell):
        return "separators", "has separators of thousands; counts are digits alone"
    if _DECIMAL(cell):
        return "float", "is no whole number; counts are digits alone"
    return "count", "must be a whole number"


def _kind(sheet: Sheet, row: tuple[str, ...], column: str) -> str:
    """What a cell holds: ``count``, ``hours``, ``fraction``, ``day`` or ``text``."""
    if sheet.name == PARTS[0]:
        return "day" if "date" in row[sheet.column("Indicator")].lower() and column == "Value" else "text"
    if sheet.name in _LONG:
        if column != "Value":
            return "text"
        indicator, scope = row[sheet.column("Indicator")], row[sheet.column("Scope")]
        if scope == "Median time":
            return "hours"
        return "fraction" if indicator.startswith("Accuracy") or scope.startswith("Percentage") else "count"
    if column.startswith("Median time"):
        return "hours"
    counts = ("Number of", "Visibility", "Monetary", "Provision", "Account")
    return "count" if sheet.is_by_category and column.startswith(counts) else "text"


def _is_day(cell: str) -> bool:
    try:
        return len(cell) == len("2026-01-31") and bool(date.fromisoformat(cell))
    except ValueError:
        return False


def _is_period(cell: str) -> bool:
    found = _PERIOD(cell)
    return found is not None and all(map(_is_day, found.groups())) and found.group(1) <= found.group(2)


def _value(cell: str) -> int | None:
    return int(cell) if _COUNT(cell) else None


@dataclass(frozen=True, slots=True)
class _Category:
    """A category with its own row and those of its keywords, each with its number in the file."""

    row: tuple[str, ...]
    number: int
    keywords: tuple[tuple[int, tuple[str, ...]], ...]


def _blocks(sheet: Sheet) -> Iterator[tuple[tuple[int, tuple[str, ...]], list[_Category]]]:
    """For each scope: the row of the total, and the categories below it."""
    code = next(place for place, name in enumerate(sheet.header) if name.startswith("Category of "))
    total: tuple[int, tuple[str, ...]] | None = None
    categories: list[_Category] = []
    for number, row in enumerate(sheet.rows, start=2):
        if row[code] == "TOTAL":
            if total is not None:
                yield total, categories
            total, categories = (number, row), []
        elif is_category(row[code]):
            categories.append(_Category(row, number, ()))
        elif categories:
            last = categories[-1]
            categories[-1] = _Category(last.row, last.number, (*last.keywords, (number, row)))
    if total is not None:
        yield total, categories


def _summed(sheet: Sheet) -> list[int]:
    return [place for place, name in enumerate(sheet.header) if _kind(sheet, sheet.rows[0], name) == "count"]


def _sums(sheet: Sheet) -> Iterator[Fault]:
    """Keywords add up to their category, categories to the total."""
    if not sheet.is_by_category:
        return
    for (number, total), categories in _blocks(sheet):
        for place in _summed(sheet):
            parts = [_value(one.row[place]) for one in categories]
            yield from _adds_up(sheet, number, place, total[place], parts)
            for one in categories:
                below = [_value(row[place]) for _, row in one.keywords]
                yield from _adds_up(sheet, one.number, place, one.row[place], below)
        yield from _machine_found(sheet, (number, total))


def _adds_up(sheet: Sheet, number: int, place: int, whole: str, parts: list[int | None]) -> Iterator[Fault]:
    given = [part for part in parts if part is not None]
    if given and _value(whole) != sum(given):
        detail = f"is {whole or 'blank'}, but the rows below it add up to {sum(given)}"
        yield Fault(sheet.file, number, sheet.header[place], "sum", detail)


def _machine_found(sheet: Sheet, total: tuple[int, tuple[str, ...]]) -> Iterator[Fault]:
    name = "Number of measures taken after detection with solely automated means "
    if name not in sheet.header:
        return
    number, row = total
    whole, part = (_value(row[sheet.column(one)]) for one in (_measures(sheet), name))
    if whole is not None and part is not None and part > whole:
        yield Fault(sheet.file, number, name, "exceeds", f"is {part} of {whole} measures")


def _measures(sheet: Sheet) -> str:
    return next(name for name in sheet.header if name.startswith("Number of measures taken at"))


def _others(sheet: Sheet) -> Iterator[Fault]:
    """What is filed under "other" is described, each time in other words, and is not all there is of a category."""
    if not sheet.is_by_category:
        return
    code = next(place for place, name in enumerate(sheet.header) if name.startswith("Category of "))
    places, said = _summed(sheet), sheet.column(_OTHER)
    for _, categories in _blocks(sheet):
        seen: dict[str, int] = {}
        for one in categories:
            for number, row in one.keywords:
                if row[code] != words.OTHER_KEYWORD or not any(_value(row[place]) for place in places):
                    continue
                if not row[said].strip():
                    yield Fault(sheet.file, number, _OTHER, "other_undescribed", "says nothing, though the row is used")
                elif row[said] in seen:
                    detail = f"says the same as row {seen[row[said]]}"
                    yield Fault(sheet.file, number, _OTHER, "other_undescribed", detail)
                seen.setdefault(row[said], number)
                first = places[0]
                whole = _value(one.row[first])
                if whole and _value(row[first]) == whole:
                    detail = "the whole category is filed under other"
                    yield Fault(sheet.file, number, sheet.header[first], "all_in_other", detail)


def _medians(sheet: Sheet) -> Iterator[Fault]:
    """Where a total has a median, each category with cases has one too."""
    if sheet.name != PARTS[3]:
        return
    for (_, total), categories in _blocks(sheet):
        for median, acted in (
            ("Median time to take action", "Number of actions taken on the basis of the law"),
            (
                "Median time to take action (Trusted Flagger notices)",
                "Number of actions taken on the basis of the law (Trusted Flagger notices)",
            ),
        ):
            place, counted = sheet.column(median), sheet.column(acted)
            for one in categories:
                if total[place] and _value(one.row[counted]) and not one.row[place]:
                    detail = "is blank, though the category has actions and the total a median"
                    yield Fault(sheet.file, one.number, median, "median_missing", detail)


def _items(sheet: Sheet) -> Iterator[Fault]:
    """Items are counted in each notice, so that there are no fewer of them than of notices."""
    if sheet.name != PARTS[3]:
        return
    notices = sheet.column("Number of notices received ")
    items = sheet.column("Number of specific items of information included in the total number of notices")
    for number, row in enumerate(sheet.rows, start=2):
        whole, part = _value(row[notices]), _value(row[items])
        if whole is not None and part is not None and part < whole:
            detail = f"is {part}, fewer than the {whole} notices: items count in each notice that names them"
            yield Fault(sheet.file, number, sheet.header[items], "items_deduplicated", detail)


def _long_format(sheet: Sheet) -> Iterator[Fault]:
    """Part 7: types of complaints do not exceed all of them, differences are explained, medians are in hours."""
    if sheet.name != PARTS[6]:
        return
    indicator, scope, value = (sheet.column(name) for name in ("Indicator", "Scope", "Value"))
    context = sheet.column("Contextual Information")
    rows = {(row[indicator], row[scope]): (number, row) for number, row in enumerate(sheet.rows, start=2)}
    complaints = "Number of complaints submitted to the internal-complaints mechanism"
    yield from _types_within(sheet, rows, complaints, value)
    for name in (complaints, "Number of disputes submitted to out-of-court dispute settlement bodies"):
        number, row = rows[name, "Total number"]
        fates = ("Decisions upheld", "Decisions partially reversed", "Decisions reversed", "Decision omitted")
        known = [_value(rows[name, fate][1][value]) for fate in fates]
        ended, whole = sum(one for one in known if one is not None), _value(row[value])
        if whole is not None and any(one is not None for one in known) and ended != whole and not row[context].strip():
            detail = f"is {whole}, the outcomes add up to {ended}, and nothing says why"
            yield Fault(sheet.file, number, "Contextual Information", "unexplained", detail)
    number, row = rows["Number of disputes submitted to out-of-court dispute settlement bodies", "Median time"]
    if _DECIMAL(row[value]) and 0 < Decimal(row[value]) <= LONGEST_DISPUTE_DAYS and not row[context].strip():
        detail = f"{row[value]} looks like days; medians are in hours (say so in the context if it is right)"
        yield Fault(sheet.file, number, "Value", "days_suspected", detail)


def _types_within(
    sheet: Sheet, rows: dict[tuple[str, str], tuple[int, tuple[str, ...]]], whole: str, value: int
) -> Iterator[Fault]:
    for scope in ("Total number", "Decisions upheld", "Decisions partially reversed", "Decisions reversed"):
        number, row = rows[whole, scope]
        types = [_value(one[value]) for (name, each), (_, one) in rows.items() if each == scope and _is_type(name)]
        given, total = sum(one for one in types if one is not None), _value(row[value])
        if total is not None and given > total:
            yield Fault(sheet.file, number, "Value", "overlap", f"is {total}, but its types add up to {given}")


def _is_type(indicator: str) -> bool:
    return indicator.startswith("Complaint regarding")


def _together(sheets: list[Sheet]) -> Iterator[Fault]:
    """All files speak of one service and one period."""
    for column in ("Service", "Reporting period"):
        first: tuple[str, str] | None = None
        for sheet in sheets:
            if column not in sheet.header or check_sheet_shape(sheet):
                continue
            for number, row in enumerate(sheet.rows, start=2):
                cell = row[sheet.column(column)]
                if first is None:
                    first = (sheet.file, cell)
                elif cell != first[1]:
                    yield Fault(sheet.file, number, column, "differs", f"is {cell!r}, but {first[1]!r} in {first[0]}")
                    break


def check_sheet_shape(sheet: Sheet) -> bool:
    """Whether header or widths are not those of the template."""
    return any(True for _ in (*_header(sheet), *_widths(sheet)))
