"""What a report says beside what its facts say: every number, every definition, every fact that cannot be right.

Nothing is passed over: a figure that this program does not know, one that is missing, one of another version and an
entry with more or less in it than it should have are all told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from casework_verify.earlier import comparison_of, periods_before
from casework_verify.figures.registry import BY_ID, REGISTRY, Definition, Path
from casework_verify.figures.sheet import Entry
from casework_verify.masking import VERSION as MASKING
from casework_verify.moments import Border
from casework_verify.recounting import Figures, Frame, figures_of, frame_of, known_of
from casework_verify.tree import Leaves

DIFFERS, UNKNOWN, MISSING = "figure_differs", "figure_unknown", "figure_missing"
DEFINITION, EARLIER, FACT, FORM = "definition_differs", "comparison_differs", "fact_wrong", "report_unreadable"
NEWER = "newer_report"
_FORMAT = 1
_VERSIONS = {"masking": MASKING, "registry": REGISTRY}


class Difference(NamedTuple):
    """One thing that does not match. ``kind`` is one of the words above; ``where`` the id of the figure, with its cell.

    ``fact`` is the place (from 0) of the fact that cannot be right, where one is to blame.
    """

    kind: str
    where: str
    reported: Any
    recomputed: Any
    fact: int | None = None

    def __str__(self) -> str:
        if self.kind == FACT:
            return f"fact {self.fact} {self.recomputed}"
        if self.kind == FORM:
            return f"the report cannot be read: {self.recomputed}"
        return f"{self.where}: reported {shown(self.reported)}, recomputed {shown(self.recomputed)}"


class RepeatedKey(ValueError):
    """A JSON object has a key twice, so that two readers may see two different reports."""


def read_report(report: bytes) -> dict[str, Any]:
    """The report's JSON. Raises ``ValueError`` for what is none, has a key twice or text that is no Unicode."""
    text = report.decode(json.detect_encoding(report), "surrogatepass")
    document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(document, dict):
        raise ValueError("the report is no JSON object")
    # Half a character can be written in JSON, as itself or in its digits, but neither hashed nor printed.
    (json.dumps(document, ensure_ascii=False) if "\\u" in text else text).encode()
    return document


def check_report(report: bytes, facts: Iterable[bytes], leaves: Leaves | None = None) -> list[Difference]:
    """Count the whole report again, the earlier periods that it compares itself with too, and tell all differences.

    ``leaves`` without any fact so far get those of all.
    """
    try:
        document = read_report(report)
        if newer := newer_than_known(document):
            return newer
        frame = frame_of(document)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, ArithmeticError, RecursionError) as error:
        return [Difference(FORM, "report", None, f"{type(error).__name__}: {error}")]
    return check_figures(document, frame, facts, leaves)


def check_figures(
    document: Mapping[str, Any], frame: Frame, facts: Iterable[bytes], leaves: Leaves | None = None
) -> list[Difference]:
    """The same of a report that has been read; ``frame`` is its own."""
    found_of_frame = _of_frame(document["report"], frame)
    known = known_of(facts, frame, leaves)
    figures = figures_of(known, frame)
    found = [*found_of_frame, *compare(document, figures)]
    if "comparison" in document:
        periods = periods_before(frame)
        earlier = [(start, end, figures_of(known, replace(frame, start=start, end=end))) for start, end in periods]
        found.extend(_compared(document["comparison"], comparison_of(figures, earlier)))
    return found


def newer_than_known(report: Mapping[str, Any]) -> list[Difference]:
    """What a report was made by that came after this program: then nothing about it can be said."""
    frame, definitions = report.get("report"), report.get("definitions")
    asked: list[tuple[str, object, int]] = [("format", report.get("format"), _FORMAT)]
    if isinstance(frame, dict):
        asked += [(f"report.{name}", frame.get(name), known) for name, known in _VERSIONS.items()]
    if isinstance(definitions, dict):
        asked += [
            (f"definitions.{name}", one.get("version"), BY_ID[name].version)
            for name, one in definitions.items()
            if name in BY_ID and isinstance(one, dict)
        ]
    return [
        Difference(NEWER, where, version, known)
        for where, version, known in asked
        if type(version) is int and version > known
    ]


def _of_frame(report: Mapping[str, Any], frame: Frame) -> Iterator[Difference]:
    """Whether the report says rightly that its period was over at T; the first reports did not say."""
    over = not Border(frame.end, frame.zone).follows(frame.as_of)
    if "period_over" in report and not same(report["period_over"], over):
        yield Difference(DIFFERS, "report.period_over", report["period_over"], over)


def compare(report: Mapping[str, Any], figures: Figures) -> list[Difference]:
    """What the report says of the period itself, beside the figures counted again."""
    found = [Difference(FACT, f"fact {one.fact}", None, one.what, one.fact) for one in figures.problems]
    try:
        reported = dict(leaves_of(report["figures"], ()))
        definitions = dict(report["definitions"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [*found, Difference(FORM, "report", None, f"{type(error).__name__}: {error}")]
    for path in {**figures.entries, **reported}:
        found.extend(_of_entry(path, reported.get(path), figures.entries.get(path), figures.definitions))
    found.extend(_of_definitions(definitions, figures.definitions))
    return found


def written(entry: Entry, definition: Definition) -> dict[str, Any]:
    """An entry as the report's JSON holds it."""
    document: dict[str, Any] = {"value": entry.value, "unit": definition.unit, "version": definition.version}
    if entry.numbers is not None:
        document |= {"numerator": entry.numerator, "denominator": entry.numbers}
    if entry.interval is not None:
        low, high = entry.interval
        document["interval"] = {"low": low, "high": high, "method": definition.interval}
    if entry.masked:
        document["masked"] = True
    return document


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RepeatedKey("a key stands twice in one object")
    return found


def leaves_of(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every entry of the nested figures: whatever has a value, and whatever is no group of others."""
    if isinstance(value, dict) and value and isinstance(value.get("value", value), dict):
        for name, each in value.items():
            yield from leaves_of(each, (*path, name))
    else:
        yield path, value


def _of_entry(
    path: Path, reported: Any, entry: Entry | None, definitions: Mapping[str, Definition]
) -> Iterator[Difference]:
    where = ".".join(path)
    if entry is None:
        yield Difference(UNKNOWN, where, reported, None)
        return
    expected = written(entry, definitions[entry.figure])
    if reported is None:
        yield Difference(MISSING, where, None, expected)
    elif not same(reported, expected):
        yield Difference(DIFFERS, where, reported, expected)


def same(one: Any, other: Any) -> bool:
    """Equal in kind too: 1, 1.0 and true are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _of_definitions(reported: Mapping[str, Any], definitions: Mapping[str, Definition]) -> Iterator[Difference]:
    for definition in definitions.values():
        expected = {
            "unit": definition.unit,
            "version": definition.version,
            "numerator": list(definition.parts) or None,
            "denominator": definition.whole,
            "adds_up_to": definition.parent,
        }
        given = reported.get(definition.id)
        told = {name: given.get(name) for name in expected} if isinstance(given, dict) else None
        if not same(told, expected):
            yield Difference(DEFINITION, definition.id, told, expected)
    for identifier in reported:
        if identifier not in definitions:
            yield Difference(DEFINITION, identifier, reported[identifier], None)


def _compared(reported: Any, expected: Mapping[str, Any]) -> Iterator[Difference]:
    given = reported if isinstance(reported, dict) else {}
    if not same(given.get("periods"), expected["periods"]):
        yield Difference(EARLIER, "comparison.periods", given.get("periods"), expected["periods"])
    told = given.get("figures")
    told = told if isinstance(told, dict) else {}
    for identifier in {**expected["figures"], **told}:
        ours, theirs = expected["figures"].get(identifier), told.get(identifier)
        if not same(theirs, ours):
            yield Difference(EARLIER, f"comparison.{identifier}", theirs, ours)


def shown(value: Any) -> str:
    """An entry in short: only what is in it, without what says the same every time."""
    if value is None:
        return "nothing"
    if not isinstance(value, dict) or "value" not in value:
        return json.dumps(value, ensure_ascii=False)
    if value.get("masked"):
        return "masked"
    more = {name: value[name] for name in ("numerator", "denominator", "interval", "version") if name in value}
    return f"{json.dumps(value['value'])} {json.dumps(more, ensure_ascii=False)}"
