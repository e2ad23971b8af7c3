"""How commands talk: JSON or lines, a progress bar on a terminal and plain lines elsewhere, faults in one sentence."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

import rich_click as click

PLAIN_SECONDS = 5.0
"""How often progress is told where there is no terminal."""


class Fault(Exception):
    """Ends a command with a sentence on standard error and an exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Report(Protocol):
    """Told how much is done of how much."""

    def __call__(self, done: int, whole: int) -> None:
        """``done`` of ``whole``, both counted in the same thing."""
        ...


def standard_input() -> TextIO:
    """Standard input. Raises ``Fault`` where whoever started the command closed it, as ``<&-`` does."""
    if sys.stdin is None:
        raise Fault("standard input is closed")
    return sys.stdin


def print_json(value: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str, indent=2))


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as aligned columns with a heading; nothing but a word when there are none."""
    if not rows:
        click.echo("none")
        return
    cells = [[column.replace("_", " ").upper() for column in columns]]
    cells += [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    for line in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def on_one_line(text: str) -> str:
    """The text with a sign in place of what moves a cursor or changes colours: names of files may hold it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Tell how far something is, on standard error, so that standard output holds the data alone."""
    if sys.stderr.isatty():
        with _bar(label) as report:
            yield report
    else:
        yield _plain(label)


def _plain(label: str) -> Report:
    told = [time.monotonic()]

    def report(done: int, whole: int) -> None:
        if done >= whole or time.monotonic() - told[0] >= PLAIN_SECONDS:
            told[0] = time.monotonic()
            click.echo(f"{label}: {done:,} of {whole:,}", err=True)

    return report


@contextmanager
def _bar(label: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)

        def report(done: int, whole: int) -> None:
            bar.update(task, completed=done, total=whole)

        yield report


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple | frozenset | set):
        return ", ".join(sorted(str(one) for one in value)) or "-"
    return str(value)
