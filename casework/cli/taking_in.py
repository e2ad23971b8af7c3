"""What `casework ingest` and `casework match` share: decisions into the database, answers out, refusals on record."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import rich_click as click

from casework.application import Casework
from casework.cli.decision_files import Entry
from casework.cli.terminal import Fault
from casework.domain.facts import Actor, Role
from casework.intake import Answer, parse_line
from casework.screenings import TallyAnswer, take_tallies

ACTOR = Actor(role=Role.MATCHER, id="command-line")
"""Who the log says delivered the decisions."""

REFUSED_EXIT = 3
REPORT_EVERY = 500
TALLIES_AT_ONCE = 500


class Takes(Protocol):
    """Records documents one after the other, and answers each in order."""

    def take(self, documents: Iterable[Any], actor: Actor) -> Iterable[Answer | TallyAnswer]:
        """Record the documents; each answer is durable."""
        ...


class TallyIntake:
    """Takes daily tallies of screening; days are those of ``zone``, the time zone of the reports."""

    def __init__(self, casework: Casework, zone: tzinfo) -> None:
        self._casework = casework
        self._zone = zone

    def take(self, documents: Iterable[Any], actor: Actor) -> Iterator[TallyAnswer]:
        """Record tallies, some at once, and answer each in order."""
        left = map(_parsed, documents)
        while batch := list(islice(left, TALLIES_AT_ONCE)):
            yield from take_tallies(self._casework, batch, actor, self._zone)


class TakingIn:
    """Takes entries in, prints or counts the answers, and writes refused ones to a file."""

    def __init__(self, intake: Takes, *, as_json: bool) -> None:
        self._intake = intake
        self._as_json = as_json
        self.counts: Counter[str] = Counter()

    def take(
        self,
        entries: Iterable[Entry],
        refused: Path,
        report: Callable[[], None] = lambda: None,
        answered: Callable[[Entry, Any], None] = lambda _entry, _answer: None,
    ) -> int:
        """Take all entries in, in order; how many of them were refused. ``refused`` is made when the first one is.

        One of an earlier run is removed when none is; ``Fault`` when it cannot be written. ``report`` is called now and
        then, ``answered`` for each entry once it is in or refused.
        """
        waiting: deque[Entry] = deque()

        def documents() -> Iterator[Any]:
            for entry in entries:
                waiting.append(entry)
                yield entry.document

        record = _Record(refused)
        try:
            for answer in self._intake.take(documents(), ACTOR):
                entry = waiting.popleft()
                self.counts[answer.status] += 1
                answered(entry, answer)
                if self._as_json:
                    click.echo(json.dumps(answer.as_json(), ensure_ascii=False))
                if answer.status == "refused":
                    self._keep(record, entry, answer)
                if sum(self.counts.values()) % REPORT_EVERY == 0:
                    report()
        finally:
            record.close()
        if not record.number:
            with suppress(OSError):  # of an earlier run, whose lines are not refused any more
                refused.unlink()
        return record.number

    def _keep(self, record: _Record, entry: Entry, answer: Any) -> None:
        try:
            record.write(entry, answer)
        except OSError as error:
            raise Fault(
                f"refused lines cannot be written: {error}; up to line {entry.number}: {self._told()}. It is safe to"
                " repeat, with --refused for another file"
            ) from None

    def summary(self) -> dict[str, int]:
        """How many were created, duplicates and refused."""
        return {status: self.counts[status] for status in ("created", "duplicate", "refused")}

    def _told(self) -> str:
        return ", ".join(f"{number:,} {status}" for status, number in self.summary().items())

    def finish(self, refused: Iterable[Path]) -> None:
        """Say what happened; with refusals end with exit code 3."""
        if not self._as_json:
            click.echo(self._told())
        if self.counts["refused"]:
            files = ", ".join(str(path) for path in refused)
            raise Fault(f"{self.counts['refused']:,} refused, with reasons in {files}", REFUSED_EXIT)


class _Record:
    """The file of refused lines: number, what it was, and why; written when there is something to write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self.number = 0

    def write(self, entry: Entry, answer: Answer | TallyAnswer) -> None:
        if self._file is None:
            # What was refused can name people: for the eyes of whoever ran the command.
            self._path.unlink(missing_ok=True)
            self._path.touch(mode=0o600)
            self._file = self._path.open("w", encoding="utf-8")
        self.number += 1
        errors = [error.as_json() for error in answer.errors]
        row = {"line": entry.number, **_named(answer), "errors": errors, "content": entry.text}
        self._file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _parsed(document: Any) -> Any:
    """The object of a line; a line that is none is refused as what it is."""
    try:
        return parse_line(document) if isinstance(document, bytes) else document
    except ValueError as error:
        return error


def _named(answer: Answer | TallyAnswer) -> dict[str, str | None]:
    """What the refused line called itself."""
    if isinstance(answer, TallyAnswer):
        return {"date": answer.date, "medium": answer.medium, "source": answer.source}
    return {"decision_id": answer.decision_id}
