"""The command ``casework-verify``, and what it shares with ``casework verify``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework_verify.checkpoints import Trust
from casework_verify.comparison import FORM, read_report
from casework_verify.findings import FILE, UNREADABLE, Findings
from casework_verify.notes import NoNote, read_key, read_note
from casework_verify.opening import CannotRead, Facts, Limits, SiteFacts, facts_beside, read_file
from casework_verify.pdf import MARK
from casework_verify.tables import check_csv, check_workbook
from casework_verify.verification import data_of, open_report, verify_opened, with_previous
from casework_verify.words import LANGUAGES, say

DATABASES = ("sqlite:", "postgresql:", "postgres:")
_TELL_SECONDS = 0.2

_HELP = """\
Check a transparency report against the public facts of the log: count every figure again, check signatures, root and
the growth of the log since an earlier report. Nothing is asked over the network unless --log is an address.
Ends with 0 when all matches, with 5 when something differs and names it, with 2 when something cannot be read.
"""
_EXAMPLE = (
    "Example: casework-verify report.zh.pdf --log facts.ndjson.gz --key casework.example.org/casework+1a2b3c4d+Ab..."
)


@dataclass(frozen=True)
class Asked:
    """What somebody asks to be verified. ``facts`` are given by the size of the checkpoint."""

    report: Path
    facts: Callable[[int], Iterable[bytes]]
    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    checkpoint: Path | None = None
    previous: Path | None = None
    hashes: Path | None = None
    receipts: tuple[Path, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    given = _parser().parse_args(arguments)
    asked = Asked(
        report=given.report,
        facts=facts_of(given.report, given.log, Limits(given.most_seconds, given.most_megabytes)),
        keys=tuple(given.key),
        witnesses=tuple(given.witness),
        checkpoint=given.checkpoint,
        previous=given.previous,
        hashes=given.hashes,
        receipts=tuple(given.receipt),
    )
    try:
        found = run(asked)
    except (CannotRead, NoNote) as error:
        return tell_unreadable(str(error), as_json=given.json)
    return tell(found, given.lang, as_json=given.json)


def run_command() -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(main())


def run(asked: Asked) -> Findings:
    """Verify. Raises ``CannotRead`` and ``NoNote``."""
    report = read_file(asked.report)
    trust = _trust(asked)
    found, with_bar = Findings(), _Bar()
    document = open_report(report, found)
    facts = () if document is None else asked.facts(_size(document))
    verify_opened(report, document, facts, found, trust, with_bar)
    with_bar.end()
    if document is not None:
        _check_beside(asked.report, report, document, found)
    return found


def facts_of(report: Path, log: str | None, limits: Limits | None = None) -> Callable[[int], Iterable[bytes]]:
    """By the size of the checkpoint the facts that ``--log`` names, or those beside the report.

    ``limits`` are those of a site.
    """

    def facts(size: int) -> Iterable[bytes]:
        if log is None:
            beside = facts_beside(report)
            if beside is None:
                raise CannotRead("there is no facts.ndjson.gz beside the report: name the facts with --log")
            return beside
        if log.startswith(DATABASES):
            raise CannotRead("a database is read by the platform's own program: casework verify --log DATABASE")
        return SiteFacts(log, size, limits) if log.startswith(("http://", "https://")) else Facts(Path(log))

    return facts


def tell(found: Findings, language: str, *, as_json: bool) -> int:
    """Print what was found; the exit code."""
    if as_json:
        text = json.dumps(found.document(), ensure_ascii=False, indent=2)
        # Facts may have halves of characters in them, which no encoding has a place for.
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in say(found, language))
    return found.exit_code


def tell_unreadable(why: str, *, as_json: bool) -> int:
    """Say that something cannot be read; the exit code."""
    if as_json:
        difference: dict[str, Any] = {
            "kind": FORM,
            "where": "report",
            "reported": None,
            "recomputed": why,
            "fact": None,
        }
        document = {"match": False, "facts": 0, "figures": 0, "differences": [difference], "remarks": []}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stderr.write(f"casework-verify: {why}\n")
    return UNREADABLE


def _trust(asked: Asked) -> Trust:
    for key in (*asked.keys, *asked.witnesses):
        read_key(key)
    checkpoint = None if asked.checkpoint is None else _text_of(asked.checkpoint)
    if checkpoint is not None:
        read_note(checkpoint)
    hashes = asked.hashes or asked.report.with_name("facts.hashes")
    trust = Trust(
        keys=asked.keys,
        witnesses=asked.witnesses,
        checkpoint=checkpoint,
        hashes=read_file(hashes) if asked.hashes is not None or hashes.is_file() else None,
        receipts=tuple(_receipt(path) for path in asked.receipts),
    )
    return trust if asked.previous is None else with_previous(trust, read_file(asked.previous))


def _text_of(path: Path) -> str:
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise CannotRead(f"{path}: {error}") from None


def _receipt(path: Path) -> dict[str, Any]:
    try:
        return read_report(read_file(path))
    except (ValueError, RecursionError) as error:
        raise CannotRead(f"{path}: {error}") from None


def _size(document: dict[str, Any]) -> int:
    block = document.get("log")
    size = block.get("size") if isinstance(block, dict) else None
    return size if type(size) is int and size >= 0 else 0


def _check_beside(path: Path, report: bytes, document: dict[str, Any], found: Findings) -> None:
    """The tables that lie beside the report, and its JSON beside its PDF."""
    stem = path.name.removesuffix(".gz").removesuffix(".json")
    if report.startswith(MARK):
        stem = path.name.removesuffix(".pdf").removesuffix(".zh").removesuffix(".en")
        data = path.with_name(f"{stem}.json")
        if data.is_file() and read_file(data) != data_of(report):
            found.differ(FILE, data.name, None, "other data are attached to the PDF")
    for suffix, check in ((".csv", check_csv), (".xlsx", check_workbook)):
        table = path.with_name(f"{stem}{suffix}")
        if table != path and table.is_file():
            check(document, read_file(table), table.name, found)


class _Bar:
    """How far the reading of facts is, on a terminal only, and only when it takes a while."""

    def __init__(self) -> None:
        self._shown = False
        self._last = time.monotonic()

    def __call__(self, done: int, whole: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._last >= _TELL_SECONDS:
            filled = 30 * done // max(whole, 1)
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done:,} / {whole:,}")
            sys.stderr.flush()
            self._shown, self._last = True, now

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")


def _positive(written: str) -> int:
    """A whole number from 1 on."""
    number = int(written)
    if number < 1:
        raise ValueError(written)
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("casework-verify", description=_HELP, epilog=_EXAMPLE)
    parser.add_argument("report", type=Path, metavar="REPORT", help="the report: its PDF, or its JSON file")
    parser.add_argument("--log", metavar="FILE|URL", help="facts (.ndjson, .ndjson.gz) or the site; by default beside")
    parser.add_argument("--key", action="append", default=[], help="key of the log that you trust; may be repeated")
    parser.add_argument("--previous", type=Path, metavar="REPORT", help="an earlier report that you have kept")
    parser.add_argument("--witness", action="append", default=[], metavar="KEY", help="a witness that must have signed")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="the checkpoint with signatures of witnesses")
    parser.add_argument("--receipt", type=Path, action="append", default=[], metavar="FILE", help="a receipt's proof")
    parser.add_argument("--hashes", type=Path, metavar="FILE", help="hashes of all facts, to name a fault exactly")
    parser.add_argument(
        "--most-seconds",
        type=_positive,
        default=Limits.seconds,
        metavar="N",
        help="how long a site given by --log is waited for in all (default: %(default)s)",
    )
    parser.add_argument(
        "--most-megabytes",
        type=_positive,
        metavar="N",
        help="how much a site may send (default: what facts of the checkpoint's number may take)",
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of what is printed")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser
