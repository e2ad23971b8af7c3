"""Counting a whole report again: from public facts and a frame to every figure."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from casework_verify.drawing import check_draws
from casework_verify.facts import Problem
from casework_verify.figures.of_appeals import appeals
from casework_verify.figures.of_audit import audit
from casework_verify.figures.of_decisions import decisions, filtering, marks
from casework_verify.figures.of_fees import fees, personal_data
from casework_verify.figures.of_filter_requests import filter_requests
from casework_verify.figures.of_notices import notices, warnings
from casework_verify.figures.of_oversight import abuse, outside, prior_review, review
from casework_verify.figures.of_screening import screening
from casework_verify.figures.of_times import times
from casework_verify.figures.older import OLDER, Older
from casework_verify.figures.registry import FIGURES, REGISTRY, Definition, Path
from casework_verify.figures.sheet import Counting, Entry, Sheet
from casework_verify.known import Known
from casework_verify.masking import VERSION as MASKING
from casework_verify.masking import mask
from casework_verify.moments import Period, microseconds
from casework_verify.rules import Rules
from casework_verify.tree import Leaves


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report says of itself: local days ``[start, end)`` in ``zone``, T in microseconds, what it rests on.

    ``masking``: the version of the rule of masking. ``definitions``: the figures that it has to have, each in the
    version that it names; ``older`` are those of them that are counted in another way today. ``registry`` says
    which figures there have to be.
    """

    start: date
    end: date
    zone: tzinfo
    as_of: int
    masked: bool
    masking: int
    rules: Rules
    definitions: Mapping[str, Definition]
    older: tuple[Older, ...] = ()
    registry: int = REGISTRY

    @property
    def older_rules(self) -> list[str]:
        """What the report was made by that is no longer what reports are made by."""
        told = [f"registry {self.registry}"] if self.registry < REGISTRY else []
        if self.masked and self.masking < MASKING:
            told.append(f"masking {self.masking}")
        return [*told, *(f"{one.definition.id} {one.definition.version}" for one in self.older)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure of one report, by where it stands, and what is wrong with the facts that it was counted from.

    ``counted`` is the number of facts that were known at T; ``recorded`` says whether any belong to the period, or
    began something before it. ``definitions`` are those of the frame.
    """

    entries: Mapping[Path, Entry]
    problems: tuple[Problem, ...]
    counted: int
    recorded: bool
    definitions: Mapping[str, Definition]


def frame_of(
    document: Mapping[str, Any], figures: Sequence[Definition] = FIGURES, older: Sequence[Older] = OLDER
) -> Frame:
    """The frame of a report's JSON. Raises ``KeyError``, ``TypeError`` or ``ValueError`` where it is not a report.

    ``figures`` are those known today, ``older`` what is kept of their earlier versions.
    """
    report = document["report"]
    registry = _version(report, "registry", REGISTRY)
    named = [one for one in older if _named(document, one.definition.id) == one.definition.version]
    today = {one.id: one for one in figures if one.since <= registry}
    return Frame(
        start=date.fromisoformat(report["from"]),
        end=date.fromisoformat(report["to"]),
        zone=ZoneInfo(report["time_zone"]),
        as_of=microseconds(report["as_of"]),
        masked=bool(report["masked"]),
        masking=_version(report, "masking", MASKING),
        rules=Rules(document["rules"]),
        definitions=today | {one.definition.id: one.definition for one in named},
        older=tuple(named),
        registry=registry,
    )


def _version(report: Mapping[str, Any], name: str, newest: int) -> int:
    """Which version of something a report was made by. The first reports did not say: theirs is 1."""
    version = report.get(name, 1)
    if type(version) is not int or not 1 <= version <= newest:
        raise ValueError(f"{name} {version!r} is no version")
    return version


def _named(document: Mapping[str, Any], identifier: str) -> object:
    """The version of a figure that the report names."""
    definition = document["definitions"].get(identifier)
    return definition.get("version") if isinstance(definition, dict) else None


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
    for older in frame.older:
        before = sheet.entries
        sheet.entries = {path: entry for path, entry in before.items() if entry.figure != older.definition.id}
        older.put(counting, sheet)
    entries = {path: entry for path, entry in sheet.entries.items() if entry.figure in frame.definitions}
    if frame.masked:
        entries = mask(entries, frame.masking)
    return Figures(entries, tuple(known.problems), known.count, counting.recorded, frame.definitions)


_IN_ORDER = (
    screening, decisions, appeals, notices, warnings, filtering, marks, prior_review, times, review, abuse, outside,
    audit, fees, personal_data, filter_requests,
)  # fmt: skip
"""Later ones look at the numbers of earlier ones."""
