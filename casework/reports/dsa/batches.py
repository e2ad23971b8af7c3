"""Statements of reasons as files: request bodies of at most 100, written once, with what became of each beside them.

A folder holds one period. ``progress.json`` says how far the log was read; a run that was cut off, or a later one, goes
on from there, so that no statement is ever in two batches. The outcomes are written anew with every run: the
Commission's database has no field for them, so the platform keeps them by ``puid``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.eventlog.store import EventLog
from casework.reports.dsa.statement_rules import MOST_STATEMENTS, batch_faults
from casework.reports.dsa.statements import (
    Manner,
    Placed,
    Pseudonym,
    later_outcomes,
    placed_restrictions,
    puid_of,
    statement_of,
)

PROGRESS, INDEX, OUTCOMES = "progress.json", "index.csv", "outcomes.csv"


class OtherExport(ValueError):
    """The folder holds the export of another period."""


class NotValid(ValueError):
    """A statement broke a rule of the database: a fault of this program or of its settings, never to be sent."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one run wrote: the new batches, and how many statements the folder holds by now."""

    batches: tuple[Path, ...]
    statements: int
    position: int


@dataclass(frozen=True, slots=True)
class _Progress:
    start: date
    end: date
    position: int = 0
    batches: int = 0

    def as_json(self) -> bytes:
        told = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        return json.dumps({**told, "position": self.position, "batches": self.batches}).encode() + b"\n"


def write_statements(
    log: EventLog,
    pseudonym: Pseudonym,
    manner: Manner,
    start: date,
    end: date,
    folder: Path,
    *,
    most: int = MOST_STATEMENTS,
) -> Written:
    """Write the statements on restrictions that took effect in the local days ``[start, end)`` and are not yet there.

    ``most``: statements of one batch. Costs the events since the last run.

    Raises ``OtherExport``, ``NotValid`` and ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress = _read_progress(folder, start, end)
    head, new = log.head(), []
    for batch in _batches(_placed(log, progress, manner.zone), most):
        statements = [_statement(one, pseudonym, manner) for one in batch]
        wrong = batch_faults(statements)
        if wrong:
            raise NotValid("; ".join(f"{one.field}: {one.detail}" for found in wrong.values() for one in found))
        number = progress.batches + 1
        path = folder / f"statements-{number:05d}.json"
        _put(path, json.dumps({"statements": statements}, ensure_ascii=False, indent=1).encode() + b"\n")
        _append_index(folder / INDEX, batch, pseudonym, number)
        progress = _Progress(start, end, batch[-1].position, number)
        _put(folder / PROGRESS, progress.as_json())
        new.append(path)
    progress = _Progress(start, end, max(head, progress.position), progress.batches)
    _put(folder / PROGRESS, progress.as_json())
    known = _read_index(folder / INDEX, progress.batches)
    _put(folder / OUTCOMES, _outcomes(log, known, pseudonym, manner.zone))
    return Written(tuple(new), len(known), progress.position)


def _placed(log: EventLog, progress: _Progress, zone: ZoneInfo | Any) -> Iterator[Placed]:
    begin = datetime.combine(progress.start, time(), zone)
    for one in placed_restrictions(log, after=progress.position, since=begin):
        if progress.start <= one.restriction.applied_at.astimezone(zone).date() < progress.end:
            yield one


def _batches(placed: Iterator[Placed], most: int) -> Iterator[list[Placed]]:
    batch: list[Placed] = []
    for one in placed:
        batch.append(one)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch


def _statement(one: Placed, pseudonym: Pseudonym, manner: Manner) -> dict[str, Any]:
    return statement_of(one.restriction, puid_of(pseudonym, one.stream, one.restriction.number), manner)


def _read_progress(folder: Path, start: date, end: date) -> _Progress:
    try:
        kept = json.loads((folder / PROGRESS).read_bytes())
    except FileNotFoundError:
        return _Progress(start, end)
    if (kept["from"], kept["to"]) != (start.isoformat(), end.isoformat()):
        raise OtherExport(f"{folder} holds the statements of {kept['from']} to {kept['to']}; take another folder")
    return _Progress(start, end, kept["position"], kept["batches"])


def _append_index(path: Path, batch: list[Placed], pseudonym: Pseudonym, number: int) -> None:
    """Which statement is in which batch. Lines of a batch that was not finished are written again and read once."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    for one in batch:
        puid = puid_of(pseudonym, one.stream, one.restriction.number)
        writer.writerow((puid, str(one.stream), one.restriction.number, number))
    # A run that was cut off may have left half a line.
    torn = path.exists() and not _ends_a_line(path)
    with path.open("ab") as file:
        file.write(b"\r\n" * torn + target.getvalue().encode())


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return True
        file.seek(-1, 2)
        return file.read() == b"\n"


def _read_index(path: Path, batches: int) -> list[tuple[UUID, int]]:
    """Case and event of every statement in a finished batch, each once, in order."""
    if not path.exists():
        return []
    rows = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
    found = {(UUID(row[1]), int(row[2])): None for row in rows if len(row) == 4 and int(row[3]) <= batches}
    return list(found)


def _outcomes(log: EventLog, known: list[tuple[UUID, int]], pseudonym: Pseudonym, zone: Any) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(("puid", "outcome", "at", "cause"))
    for one in later_outcomes(log, known, pseudonym):
        moment = "" if one.at is None else one.at.astimezone(zone).isoformat(timespec="seconds")
        writer.writerow((one.puid, one.outcome or "stands", moment, one.cause or ""))
    return target.getvalue().encode()


def _put(path: Path, content: bytes) -> None:
    """Write a file at once or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
