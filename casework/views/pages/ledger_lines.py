"""What pages show of ledgers and records: each fact in words, each suspension with its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from casework.domain.party.state import Ledger
from casework.views import ledger_labels as labels
from casework.views.formatting import format_datetime, format_number
from casework.views.language import gettext
from casework.views.ledger_view import Entry

_CODES = frozenset({"cases", "case", "authority", "licensee", "right_holder", "claimant"})
"""Fields that hold ids or names, which are no words of the page's language."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of a history. ``by`` is for staff alone."""

    title: str
    at: datetime
    by: str
    facts: Sequence[Mapping[str, str]]
    words: str | None
    erased: bool


@dataclass(frozen=True, slots=True)
class SuspensionLine:
    """One suspension in a table."""

    number: int
    right: str
    conduct: str
    starts: datetime
    ends: datetime
    state: str
    kind: str
    appealed: bool
    over: bool


def history_lines(found: Sequence[Entry], zone: tzinfo, *, staff: bool) -> list[Line]:
    """The history in words; who acted is shown to staff alone."""
    return [
        Line(
            title=labels.event_label(one.name),
            at=one.at,
            by=one.by if staff else "",
            facts=[*_facts(one, zone), *([] if staff else _receipt(one))],
            words=one.words,
            erased=one.erased,
        )
        for one in found
    ]


def suspension_lines(ledger: Ledger, now: datetime) -> list[SuspensionLine]:
    """All suspensions, the newest first."""
    lines = []
    for one in reversed(ledger.suspensions):
        state, kind = _state(one.is_running(now), one.is_over(now), lifted=one.lifted_at is not None)
        if one.appeal is not None:
            code = "open" if one.appeal.decided is None else one.appeal.decided.outcome.value
            state = gettext("%(state)s; %(appeal)s") % {"state": state, "appeal": labels.appeal_outcome_label(code)}
        lines.append(
            SuspensionLine(
                number=one.event.suspension,
                right=labels.right_label(one.event.right.value),
                conduct=labels.conduct_label(one.event.conduct.value),
                starts=one.event.starts,
                ends=one.event.ends if one.lifted_at is None else one.lifted_at,
                state=state,
                kind=kind,
                appealed=one.appeal is not None,
                over=one.is_over(now),
            )
        )
    return lines


def _state(running: bool, over: bool, *, lifted: bool) -> tuple[str, str]:
    if lifted:
        return gettext("Lifted"), "closed"
    if over:
        return gettext("Over"), "closed"
    return (gettext("Suspended now"), "infringing") if running else (gettext("Still to begin"), "waiting")


def _facts(entry: Entry, zone: tzinfo) -> list[dict[str, str]]:
    """The fields of a fact, each with its name, in the order of the event."""
    names = _names()
    found = []
    for name, value in entry.data.items():
        if name in names:
            key, show = names[name]
            moment = getattr(entry.event, name)
            shown = show(_local(moment, zone) if isinstance(moment, datetime) else value)
            found.append({"key": key, "value": shown, "code": "code" if name in _CODES else ""})
    return found


def _receipt(entry: Entry) -> list[dict[str, str]]:
    if entry.receipt is None:
        return []
    return [{"key": gettext("Code of your step in the public log"), "value": entry.receipt, "code": "code"}]


def _local(moment: datetime, zone: tzinfo) -> str:
    return format_datetime(moment, zone)


def _names() -> dict[str, tuple[str, Callable[[Any], str]]]:
    return {
        "conduct": (gettext("Conduct"), labels.conduct_label),
        "right": (gettext("Right"), labels.right_label),
        "cases": (gettext("Cases"), lambda cases: gettext(", ").join(cases)),
        "case": (gettext("Case"), str),
        "acts": (gettext("All acts of the kind in this time"), format_number),
        "since": (gettext("From"), str),
        "until": (gettext("Until"), str),
        "gravity": (gettext("Gravity"), labels.gravity_label),
        "intention": (gettext("Intention"), labels.intention_label),
        "suspension": (gettext("Number of the suspension"), str),
        "starts": (gettext("From"), str),
        "ends": (gettext("Until"), str),
        "outcome": (gettext("Outcome"), labels.appeal_outcome_label),
        "trust": (gettext("Trust"), labels.trust_label),
        "authority": (gettext("Authority"), str),
        "reason": (gettext("Reason"), labels.no_block_label),
        "licence": (gettext("Number of the licence"), str),
        "licensee": (gettext("Licensee"), str),
        "request": (gettext("Number of the request"), str),
        "right_holder": (gettext("Right holder"), str),
        "ground": (gettext("Ground"), labels.flag_label),
        "claimant": (gettext("Claimant"), str),
    }
