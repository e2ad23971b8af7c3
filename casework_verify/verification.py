"""Verifies a report: counts every figure again and checks every tie to the log. ``verify`` is what programs call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from casework_verify.checkpoints import Held, Trust, check_facts, check_previous, read_ties
from casework_verify.comparison import FACT, FORM, check_figures, newer_than_known, read_report
from casework_verify.drawing import OTHER_ROOT
from casework_verify.findings import LEFT_OUT, LEFT_OUT_BEFORE, PDF, Findings
from casework_verify.moments import microseconds
from casework_verify.notes import read_head, read_note
from casework_verify.opening import CannotRead
from casework_verify.pdf import MARK, read_pdf
from casework_verify.receipts import check_receipt
from casework_verify.recounting import frame_of
from casework_verify.tables import check_csv
from casework_verify.tree import Leaves

Progress = Callable[[int, int], None]
"""Told how many facts of how many have been read."""

_TELL_EVERY = 10_000
_MAIN = (
    "decisions.total",
    "filtering.restrictions",
    "filtering.reversed",
    "filtering.error_rate_lower_bound",
    "appeals.uploader.received",
    "appeals.right_holder.received",
    "times.contest.median_h",
)
_LONGEST = timedelta(days=36_600)
_NUMBERED = "says that it is number"
_AT = b'{"at":"'


def verify(
    report: bytes, facts: Iterable[bytes], trust: Trust | None = None, progress: Progress | None = None
) -> Findings:
    """Everything that differs between a report (PDF or its JSON), its facts and the signed log.

    ``facts``: the lines of the facts of the log in their order, without line ends. Give something that can be read
    twice, such as a list: then a fault in a long log is named more closely. Raises ``CannotRead``, and
    ``casework_verify.notes.NoNote`` when a key in ``trust`` is none.
    """
    found = Findings()
    verify_opened(report, open_report(report, found), facts, found, trust, progress)
    return found


def verify_opened(
    report: bytes,
    document: dict[str, Any] | None,
    facts: Iterable[bytes],
    found: Findings,
    trust: Trust | None = None,
    progress: Progress | None = None,
) -> None:
    """The same of a report that ``open_report`` has opened as this document, with what it has ``found``."""
    trust = trust or Trust()
    if document is None:
        _check_signatures(report, trust, found)
        return
    ties = read_ties(document, trust, found)
    leaves = Leaves()
    size = None if ties is None else ties.head.size
    frame = frame_of(document)
    beyond = _Beyond(size, frame.as_of)
    before = _beyond_earlier(trust.previous)
    watched = before.watching(beyond.watching(_told(facts, size, progress)))
    counted = check_figures(document, frame, watched, leaves)
    found.facts = len(leaves)
    found.figures = sum(1 for one in _entries(document.get("figures")))
    if ties is not None:
        held = check_facts(ties, leaves, facts, trust, found)
        if held is Held.ALL:
            for number in beyond.left_out:
                found.differ(LEFT_OUT, f"fact {number}", None, None, number)
            for number in before.left_out:
                found.differ(LEFT_OUT_BEFORE, f"fact {number}", None, None, number)
        elif held is Held.BEGINNING:
            counted = []
        else:
            # All facts behind one that is missing have a wrong number, and all roots behind one that was changed are
            # others; the one that is missing or was changed has been told.
            counted = [one for one in counted if not (one.kind == FACT and _follows(str(one.recomputed)))]
        check_previous(document, ties, leaves, trust, found)
        for receipt in trust.receipts:
            check_receipt(receipt, ties, leaves, found)
    found.differences.extend(counted)


def _check_signatures(report: bytes, trust: Trust, found: Findings) -> None:
    """Of a report that cannot be counted again: whether it is as it was signed can be said all the same.

    So a digit that makes a report unreadable, or one of rules to come, is named by its part.
    """
    try:
        document = read_report(data_of(report))
    except (ValueError, RecursionError):
        return
    if "log" in document:
        read_ties(document, trust, found)


def data_of(report: bytes) -> bytes:
    """The JSON of a report, taken out of a PDF if need be. Raises ``CannotRead``."""
    return read_pdf(report).json if report.startswith(MARK) else report


def open_report(report: bytes, found: Findings) -> dict[str, Any] | None:
    """The report's data, after what can be checked of a PDF was checked. ``None`` when it cannot be read."""
    content, table = report, None
    if report.startswith(MARK):
        opened = read_pdf(report)
        content, table = opened.json, opened.csv
        if opened.fault is not None:
            found.differ(PDF, "PDF", None, opened.fault)
        elif opened.signer is None:
            found.remark("pdf_unsigned")
        else:
            found.remark("pdf_signed", signer=opened.signer[0], fingerprint=opened.signer[1])
    try:
        document = read_report(content)
        if newer := newer_than_known(document):
            found.differences.extend(newer)
            return None
        frame = frame_of(document)
        if not timedelta() < frame.end - frame.start <= _LONGEST:
            raise ValueError("the period is empty or longer than a hundred years")
    except (ValueError, KeyError, TypeError, AttributeError, OSError, ArithmeticError, RecursionError) as error:
        found.differ(FORM, "report", None, f"{type(error).__name__}: {error}")
        return None
    if older := frame.older_rules:
        found.remark("older_rules", rules=", ".join(older))
    if report.startswith(MARK):
        found.remark("pdf_pages", figures=_headlines(document))
    if table is not None:
        check_csv(document, table, "CSV", found)
    return document


def _headlines(document: dict[str, Any]) -> str:
    """The main figures, for whoever holds them against the pages."""
    told = []
    for path in _MAIN:
        entry: Any = document.get("figures")
        for name in path.split("."):
            entry = entry.get(name) if isinstance(entry, dict) else None
        told.append(f"{path} = {entry.get('value') if isinstance(entry, dict) else None}")
    return ", ".join(told)


def with_previous(trust: Trust, report: bytes) -> Trust:
    """``trust`` with an earlier report, PDF or JSON. Raises ``CannotRead``."""
    try:
        return replace(trust, previous=read_report(data_of(report)))
    except (ValueError, RecursionError) as error:
        raise CannotRead(f"the earlier report cannot be read: {error}") from None


def _follows(what: str) -> bool:
    return _NUMBERED in what or what == OTHER_ROOT


class _Beyond:
    """Watches for facts that were known at T and that the checkpoint leaves out all the same."""

    def __init__(self, size: int | None, as_of: int) -> None:
        self._size, self._as_of = size, as_of
        self.left_out: list[int] = []

    def watching(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        if self._size is None:
            yield from lines
            return
        for number, line in enumerate(lines):
            if number >= self._size and self._was_known(line):
                self.left_out.append(number)
            yield line

    def _was_known(self, line: bytes) -> bool:
        """Also of a line that cannot be read: better one fault too many than one passed over."""
        try:
            moment = line[len(_AT) : line.index(b'"', len(_AT))].decode()
            return not line.startswith(_AT) or microseconds(moment) <= self._as_of
        except ValueError:
            return True


def _beyond_earlier(previous: Mapping[str, Any] | None) -> _Beyond:
    """The same for an earlier report: what had been recorded by its T must have been in its checkpoint."""
    try:
        ties = None if previous is None else previous["log"]["checkpoint"]
        size = None if ties is None else read_head(read_note(ties).text).size
        return _Beyond(size, 0 if previous is None else microseconds(previous["report"]["as_of"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        # That it cannot be read is told where it is compared.
        return _Beyond(None, 0)


def _told(facts: Iterable[bytes], size: int | None, progress: Progress | None) -> Iterator[bytes]:
    number = 0
    for number, line in enumerate(facts, 1):
        if progress is not None and number % _TELL_EVERY == 0:
            progress(number, max(number, size or 0))
        yield line
    if progress is not None:
        progress(number, number)


def _entries(figures: Any) -> Iterator[Any]:
    if isinstance(figures, dict):
        if "unit" in figures:
            yield figures
        else:
            for each in figures.values():
                yield from _entries(each)
