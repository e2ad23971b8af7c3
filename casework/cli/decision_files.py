"""Files of decisions for `casework ingest`: NDJSON, CSV with flattened column names, and Parquet.

A column of CSV is a field of the decision with dots, such as `upload.amount.seconds`. An empty cell is a field that is
left out. `work.flags` holds words parted by semicolons, lists of objects hold JSON. Parquet columns are named in the
same way or nested as in JSON; binary floats in them are read as the shortest decimal that they stand for.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from casework.cli.terminal import standard_input
from casework.delivery import all_lines
from casework.intake import parse_line

Format: TypeAlias = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "parquet")
STANDARD_INPUT = "-"

_TEXTS = (
    "decision_id",
    "source",
    "decided_at",
    *(f"upload.{name}" for name in ("id", "uploader_id", "medium", "title", "url", "language", "content_sha256")),
    "upload.public_since",
    "upload.amount.seconds",
    *(f"work.{name}" for name in ("id", "title", "right_holder_id", "kind", "amount.seconds")),
    *(
        f"evidence.{name}"
        for name in ("method", "engine", "engine_version", "config_digest", "index_snapshot", "track")
    ),
    *(f"evidence.{name}" for name in ("share_of_upload", "share_of_upload_low", "share_of_upload_high")),
    *(f"evidence.{name}" for name in ("share_of_work", "engine_share", "confidence", "amount.seconds")),
)
_COUNTS = (
    "upload.version",
    *(f"{part}.amount.{unit}" for part in ("upload", "work", "evidence") for unit in ("characters", "words", "bytes")),
)


class UnreadableFile(Exception):
    """A file cannot be read as what it should be; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of a file: its line (or row) number from 1, what goes to the intake, and its text for the record."""

    number: int
    document: Any
    text: str | None


def _count(cell: str) -> Any:
    return int(cell) if cell.isascii() and cell.isdecimal() else cell


def _truth(cell: str) -> Any:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _words(cell: str) -> Any:
    return [word.strip() for word in cell.split(";") if word.strip()]


def _json(cell: str) -> Any:
    try:
        return parse_line(cell.encode())
    except ValueError:
        return cell


COLUMNS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_COUNTS, _count),
    "upload.commercial": _truth,
    "work.flags": _words,
    **dict.fromkeys(("evidence.segments", "evidence.also_found", "marks", "signals"), _json),
}
"""Every column of CSV. What cannot be converted stays as it is and is refused by name later."""

TALLY_COLUMNS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("date", "medium", "source"), str),
    **dict.fromkeys(("screened", "matched"), _count),
}
"""Every column of CSV with daily tallies of screening."""


def format_of(name: str) -> Format:
    """The format by the ending of a file name, `.gz` aside. Raises ``UnreadableFile``."""
    ending = Path(name.removesuffix(".gz")).suffix.lower()
    if name == STANDARD_INPUT or ending in (".ndjson", ".jsonl"):
        return "ndjson"
    if ending == ".csv":
        return "csv"
    if ending in (".parquet", ".pq"):
        return "parquet"
    raise UnreadableFile(f"{name}: the format cannot be told from the name; say --format ndjson, csv or parquet")


Position = Callable[[], int]
"""How many bytes of the file have been read."""


@contextmanager
def entries(
    name: str, kind: Format, most_line_bytes: int, columns: Mapping[str, Callable[[str], Any]] = COLUMNS
) -> Iterator[tuple[Iterator[Entry], Position]]:
    """The decisions of a file one by one, and how far it has been read; ``columns`` of CSV.

    Raises ``UnreadableFile`` and ``OSError``.
    """
    if kind == "parquet":
        with Path(name).open("rb") as file:
            yield _parquet(name, file), file.tell
        return
    with _opened(name) as raw:
        # Standard input cannot say how far it is.
        position: Position = raw.tell if raw.seekable() else lambda: 0
        content: IO[bytes] = gzip.GzipFile(fileobj=raw) if name.endswith(".gz") else raw  # type: ignore[assignment]
        found = _ndjson(content, most_line_bytes) if kind == "ndjson" else _csv(name, content, most_line_bytes, columns)
        yield _unpacking(name, found), position


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == STANDARD_INPUT:
        yield standard_input().buffer
    else:
        with Path(name).open("rb") as file:
            yield file


def _unpacking(name: str, found: Iterator[Entry]) -> Iterator[Entry]:
    try:
        yield from found
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(f"{name}: not whole gzip data: {error}") from None


def _ndjson(file: IO[bytes], most_line_bytes: int) -> Iterator[Entry]:
    for number, line in enumerate(all_lines(file, most_line_bytes), start=1):
        if line is not None:
            yield Entry(number, line, line.decode("utf-8", "replace") if isinstance(line, bytes) else None)


def _csv(
    name: str, file: IO[bytes], most_line_bytes: int, columns: Mapping[str, Callable[[str], Any]]
) -> Iterator[Entry]:
    csv.field_size_limit(most_line_bytes)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="strict", newline="")
    try:
        rows = csv.DictReader(text, strict=True)
        unknown = [column for column in rows.fieldnames or () if column not in columns]
        if unknown or not rows.fieldnames:
            raise UnreadableFile(f"{name}: unknown columns: {', '.join(unknown) or 'there is no heading'}")
        if len(set(rows.fieldnames)) < len(rows.fieldnames):
            raise UnreadableFile(f"{name}: a column is there twice")
        for number, row in enumerate(rows, start=1):
            yield Entry(number, _document(row, columns), json.dumps(row, ensure_ascii=False))
    except UnicodeDecodeError:
        raise UnreadableFile(f"{name}: not valid UTF-8") from None
    except csv.Error as error:
        raise UnreadableFile(f"{name}: not valid CSV: {error}") from None


def _document(row: Mapping[str, Any], columns: Mapping[str, Callable[[str], Any]]) -> Any:
    """The nested object of a CSV row."""
    if None in row or None in row.values():
        return ValueError("the row has more or fewer cells than the heading")
    return _nested({column: columns[column](cell) for column, cell in row.items() if cell.strip()})


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, value in flat.items():
        *outer, last = column.split(".")
        place = found
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return found


def _parquet(name: str, file: IO[bytes]) -> Iterator[Entry]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        table = ParquetFile(file)
        number = 0
        for batch in table.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                plain = _exact(row)
                document = _nested(plain) if any("." in column for column in plain) else plain
                yield Entry(number, document, json.dumps(document, ensure_ascii=False, default=str))
    except ArrowException as error:
        raise UnreadableFile(f"{name}: not valid Parquet: {error}") from None


def _exact(value: Any) -> Any:
    """Plain data without absent fields, numbers exact, times as text."""
    if isinstance(value, dict):
        return {key: _exact(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_exact(one) for one in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
