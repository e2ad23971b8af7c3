"""Whether a statement of reasons is one that the Commission's database takes: types, conditions, lists, lengths, dates.

It knows nothing of how ours are made, so that it can refuse them. Keywords are checked against those of the category of
intellectual property, because a copyright filter has no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from casework.reports.dsa import vocabulary as words

MOST_STATEMENTS = 100
"""Statements of one batch at most; a batch is taken as a whole or not at all."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch
_PUID = re.compile(r"[A-Za-z0-9_-]{1,500}").fullmatch
_EAN = re.compile(r"[0-9]{13}").fullmatch
_FIRST_CONTENT, _LAST_CONTENT = date(2000, 1, 1), date(2038, 1, 1)
_FIRST_APPLICATION = date(2020, 1, 1)
_LAST_RESTRICTION = date(2038, 1, 1)
_OTHER_VISIBILITY, _OTHER_MONETARY = "DECISION_VISIBILITY_OTHER", "DECISION_MONETARY_OTHER"
DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
_ENDS = {
    "end_date_visibility_restriction": "decision_visibility",
    "end_date_monetary_restriction": "decision_monetary",
    "end_date_service_restriction": "decision_provision",
    "end_date_account_restriction": "decision_account",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field. ``code`` is stable; ``detail`` says it for people."""

    field: str
    code: str
    detail: str


Statement = Mapping[str, Any]
_Check = Callable[[Any], "tuple[str, str] | None"]


def _text(most: int) -> _Check:
    def check(value: Any) -> tuple[str, str] | None:
        if not isinstance(value, str):
            return "type", "must be text"
        if not value.strip():
            return "empty", "must not be empty"
        return ("too_long", f"has more than {most} characters") if len(value) > most else None

    return check


def _one_of(allowed: Sequence[str] | frozenset[str]) -> _Check:
    def check(value: Any) -> tuple[str, str] | None:
        if not isinstance(value, str):
            return "type", "must be text"
        return None if value in allowed else ("not_listed", f"{value[:60]} is not on the list")

    return check


def _several(allowed: Sequence[str]) -> _Check:
    one = _one_of(allowed)

    def check(value: Any) -> tuple[str, str] | None:
        if not isinstance(value, list) or not value:
            return "type", "must be a list of at least one"
        wrong = next((found for each in value if (found := one(each)) is not None), None)
        if wrong is not None:
            return wrong
        return ("repeated", "names something twice") if len(set(value)) != len(value) else None

    return check


def _day(first: date, last: date | None = None) -> _Check:
    def check(value: Any) -> tuple[str, str] | None:
        if not isinstance(value, str) or not _DAY(value):
            return "type", "must be a day as 2026-01-31"
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return "type", "is no day of the calendar"
        if day < first or (last is not None and day > last):
            return "out_of_range", f"must not lie before {first} or after {last or 'the end of time'}"
        return None

    return check


def _address(value: Any) -> tuple[str, str] | None:
    wrong = _text(500)(value)
    if wrong is not None:
        return wrong
    parts = urlsplit(value)
    return None if parts.scheme in ("http", "https") and parts.netloc else ("not_a_url", "must be an http(s) address")


def _puid(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "type", "must be text"
    return None if _PUID(value) else ("characters", "must be 1 to 500 of A-Z a-z 0-9 - _")


def _content_id(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return "type", "must be an object"
    if set(value) != {"EAN-13"}:
        return "not_listed", "may have the key EAN-13 alone"
    number = value["EAN-13"]
    return None if isinstance(number, str) and _EAN(number) else ("characters", "EAN-13 has 13 digits")


_CHECKS: Mapping[str, _Check] = {
    "decision_visibility": _several(words.VISIBILITY),
    "decision_visibility_other": _text(500),
    "end_date_visibility_restriction": _day(_FIRST_APPLICATION, _LAST_RESTRICTION),
    "decision_monetary": _one_of(words.MONETARY),
    "decision_monetary_other": _text(500),
    "end_date_monetary_restriction": _day(_FIRST_APPLICATION, _LAST_RESTRICTION),
    "decision_provision": _one_of(words.PROVISION),
    "end_date_service_restriction": _day(_FIRST_APPLICATION, _LAST_RESTRICTION),
    "decision_account": _one_of(words.ACCOUNT),
    "end_date_account_restriction": _day(_FIRST_APPLICATION, _LAST_RESTRICTION),
    "account_type": _one_of(words.ACCOUNT_TYPES),
    "decision_ground": _one_of(words.GROUNDS),
    "decision_ground_reference_url": _address,
    "illegal_content_legal_ground": _text(500),
    "illegal_content_explanation": _text(2000),
    "incompatible_content_ground": _text(500),
    "incompatible_content_explanation": _text(2000),
    "incompatible_content_illegal": _one_of(("Yes", "No")),
    "category": _one_of(words.CATEGORIES),
    "category_addition": _several(words.CATEGORIES),
    "category_specification": _several(words.COPYRIGHT_KEYWORDS),
    "category_specification_other": _text(500),
    "content_type": _several(words.CONTENT_TYPES),
    "content_type_other": _text(500),
    "content_language": _one_of(words.LANGUAGES),
    "content_date": _day(_FIRST_CONTENT, _LAST_CONTENT),
    "content_id": _content_id,
    "territorial_scope": _several(words.STATES),
    "application_date": _day(_FIRST_APPLICATION),
    "decision_facts": _text(5000),
    "source_type": _one_of(words.SOURCES),
    "source_identity": _text(500),
    "automated_detection": _one_of(("Yes", "No")),
    "automated_decision": _one_of(words.AUTOMATION),
    "puid": _puid,
}
_REQUIRED = (
    "decision_ground",
    "category",
    "content_type",
    "content_date",
    "territorial_scope",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
)


def faults(statement: Statement) -> list[Fault]:
    """Everything that is wrong with one statement, in the order of its fields; empty for one that is valid."""
    found = [Fault(name, "unknown_field", "is no field of a statement") for name in statement if name not in _CHECKS]
    found += [Fault(name, "missing", "is required") for name in _REQUIRED if name not in statement]
    for name, check in _CHECKS.items():
        if name in statement:
            wrong = check(statement[name])
            if wrong is not None:
                found.append(Fault(name, *wrong))
    if not any(statement.get(name) for name in DECISIONS):
        found.append(Fault("decision_visibility", "no_decision", "one of the four decisions must be there"))
    return [*found, *_conditional(statement)]


def _conditional(statement: Statement) -> list[Fault]:
    """Fields that belong to a value of another field, there and nowhere else."""
    ground = statement.get("decision_ground")
    found = [
        *_belongs(statement, "decision_visibility_other", _names(statement, "decision_visibility", _OTHER_VISIBILITY)),
        *_belongs(statement, "decision_monetary_other", _names(statement, "decision_monetary", _OTHER_MONETARY)),
        *_belongs(statement, "illegal_content_legal_ground", ground == words.ILLEGAL),
        *_belongs(statement, "illegal_content_explanation", ground == words.ILLEGAL),
        *_belongs(statement, "incompatible_content_ground", ground == words.INCOMPATIBLE),
        *_belongs(statement, "incompatible_content_explanation", ground == words.INCOMPATIBLE),
        *_belongs(
            statement,
            "category_specification_other",
            _names(statement, "category_specification", words.OTHER_KEYWORD),
        ),
        *_belongs(statement, "content_type_other", _names(statement, "content_type", "CONTENT_TYPE_OTHER")),
    ]
    if "incompatible_content_illegal" in statement and ground != words.INCOMPATIBLE:
        found.append(Fault("incompatible_content_illegal", "superfluous", "belongs to incompatible content"))
    if "source_identity" in statement and statement.get("source_type") == words.VOLUNTARY:
        found.append(Fault("source_identity", "superfluous", "an investigation of one's own has no source"))
    for end, decision in _ENDS.items():
        if end not in statement:
            continue
        start, last = statement.get("application_date"), statement[end]
        if decision not in statement:
            found.append(Fault(end, "superfluous", f"belongs to {decision}"))
        elif isinstance(start, str) and isinstance(last, str) and last < start:
            found.append(Fault(end, "out_of_range", "lies before application_date"))
    return found


def _names(statement: Statement, field: str, value: str) -> bool:
    given = statement.get(field)
    return value in given if isinstance(given, list) else given == value


def _belongs(statement: Statement, field: str, needed: bool) -> list[Fault]:
    if needed and field not in statement:
        return [Fault(field, "missing", "is required here")]
    if not needed and field in statement:
        return [Fault(field, "superfluous", "does not belong here")]
    return []


def batch_faults(statements: Sequence[Statement]) -> dict[int, list[Fault]]:
    """What is wrong with a batch, by the index of the statement; -1 stands for the batch itself."""
    found: dict[int, list[Fault]] = {}
    if not 1 <= len(statements) <= MOST_STATEMENTS:
        found[-1] = [Fault("statements", "number", f"must be 1 to {MOST_STATEMENTS}")]
    seen: dict[str, int] = {}
    for index, statement in enumerate(statements):
        wrong = faults(statement)
        puid = statement.get("puid")
        if isinstance(puid, str):
            if puid in seen:
                wrong.append(Fault("puid", "repeated", f"is that of statement {seen[puid]}"))
            seen.setdefault(puid, index)
        if wrong:
            found[index] = wrong
    return found
