"""Counting a whole report again: from public facts and a frame to every figure."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from casework_verify.drawing import check_draws
from casework_verify.facts import Problem
from casework_verify.figures.of_appeals import appeals
from casework_verify.figures.of_audit import audit
from casework_verify.figures.of_decisions import decisions, filtering, marks
from casework_verify.figures.of_notices import notices, warnings
from casework_verify.figures.of_oversight import abuse, outside, prior_review, review
from casework_verify.figures.of_screening import screening
from casework_verify.figures.of_times import times
from casework_verify.figures.registry import Path
from casework_verify.figures.sheet import Counting, Entry, Sheet
from casework_verify.known import Known
from casework_verify.masking import mask
from casework_verify.moments import Period, microseconds
from casework_verify.rules import Rules
from casework_verify.tree import Leaves


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report says of itself: local days ``[start, end)`` in ``zone``, T in microseconds, what it rests on."""

    start: date
    end: date
    zone: tzinfo
    as_of: int
    masked: bool
    rules: Rules


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure of one report, by where it stands, and what is wrong with the facts that it was counted from.

    ``counted`` is the number of facts that were known at T; ``recorded`` says whether any belong to the period, or
    began something before it.
    """

    entries: Mapping[Path, Entry]
    problems: tuple[Problem, ...]
    counted: int
    recorded: bool = True


def frame_of(document: Mapping[str, Any]) -> Frame:
    """The frame of a report's JSON. Raises ``KeyError``, ``TypeError`` or ``ValueError`` where it is not a report."""
    report = document["report"]
    return Frame(
        start=date.fromisoformat(report["from"]),
        end=date.fromisoformat(report["to"]),
        zone=ZoneInfo(report["time_zone"]),
        as_of=microseconds(report["as_of"]),
        masked=bool(report["masked"]),
        rules=Rules(document["rules"]),
    )


def recount(facts: Iterable[bytes], frame: Frame) -> Figures:
    """Every figure of the frame, from the facts of the whole log in their order."""
    return figures_of(known_of(facts, frame), frame)


def known_of(facts: Iterable[bytes], frame: Frame, leaves: Leaves | None = None) -> Known:
    """What is known at the frame's T. Several periods as of one T can be counted from it.

    ``leaves`` without any fact so far get those of all.
    """
    known, leaves = Known(frame.rules, frame.as_of), Leaves() if leaves is None else leaves
    # All that is kept is needed to the end: looking for what is not would take a fifth of the time.
    looked = gc.isenabled()
    gc.disable()
    try:
        known.read(leaves.passing(facts))
    finally:
        if looked:
            gc.enable()
    known.problems.extend(check_draws(known, leaves))
    return known


def figures_of(known: Known, frame: Frame) -> Figures:
    """Every figure of a period. The facts must have been read as of the frame's T."""
    counting, sheet = Counting(known, Period(frame.start, frame.end, frame.zone), frame.as_of), Sheet()
    for put in _IN_ORDER:
        put(counting, sheet)
    entries = mask(sheet.entries) if frame.masked else sheet.entries
    return Figures(entries, tuple(known.problems), known.count, counting.recorded)


_IN_ORDER = (
    screening, decisions, appeals, notices, warnings, filtering, marks, prior_review, times, review, abuse, outside,
    audit,
)  # fmt: skip
"""Later ones look at the numbers of earlier ones."""
