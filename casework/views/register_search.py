"""What both the page and the API of the public register do: see whether it is open, read a search, fetch entries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row

from casework.application import Casework
from casework.domain.values import Medium
from casework.errors import FieldError, Invalid, NotFound
from casework.register import is_open
from casework.settings import Settings
from casework.views.models import register
from casework.views.models.register import OUTCOMES, Search

_ENTRY = re.compile(r"case_[a-z2-7]{26}(?:-[0-9]{1,6})?").fullmatch
ANSWERED = {"yes": True, "no": False}
FILTERS = ("number", "answered", "outcome", "regime", "medium", "from", "to")


def require_open(casework: Casework, settings: Settings) -> None:
    """Raise ``NotFound`` where the platform keeps no public register."""
    if not is_open(settings.public_register, casework.law):
        raise NotFound("register")


def read_search(given: Mapping[str, str], casework: Casework) -> Search:
    """The search that somebody typed; empty fields are left out. Raises ``Invalid`` naming every field that is wrong.

    ``number`` may be that of an entry, of a case as the register names it, or the id of a case that a party knows.
    """
    wrong: list[FieldError] = []
    typed = {name: given.get(name, "").strip() for name in FILTERS}
    listed = {
        "answered": tuple(ANSWERED),
        "outcome": OUTCOMES,
        "medium": tuple(one.value for one in Medium),
        "regime": tuple(casework.law.regimes.by_id),
    }
    for name, choices in listed.items():
        if typed[name] and typed[name] not in choices:
            wrong.append(FieldError(f"/{name}", "enum", f"must be one of {', '.join(choices)}"))
    wrong += [
        FieldError(f"/{name}", "date_format", "must be a day as 2026-01-31")
        for name in ("from", "to")
        if typed[name] and not _is_day(typed[name])
    ]
    if typed["from"] and typed["to"] and not wrong and typed["to"] < typed["from"]:
        wrong.append(FieldError("/to", "period_empty", "must not lie before from"))
    if wrong:
        raise Invalid(tuple(wrong))
    return Search(
        number=_number(typed["number"], casework) if typed["number"] else None,
        answered=ANSWERED.get(typed["answered"]),
        outcome=typed["outcome"] or None,
        regime=typed["regime"] or None,
        medium=typed["medium"] or None,
        first=typed["from"] or None,
        last=typed["to"] or None,
    )


def _number(text: str, casework: Casework) -> str:
    """As the rows have it; what is no number finds nothing."""
    if _ENTRY(text.lower()):
        return text.lower()
    try:
        return casework.vault.pseudonym("case", str(UUID(text)))
    except ValueError:
        return "none"


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("2026-01-31") and date.fromisoformat(text) is not None
    except ValueError:
        return False


def entry_of(casework: Casework, number: str) -> Row[Any]:
    """One entry. Raises ``NotFound``."""
    row = None
    if _ENTRY(number):
        with casework.views.engine.connect() as connection:
            row = register.find_entry(connection, casework.views.tables(register.NAME), number)
    if row is None:
        raise NotFound("entry")
    return row


def listed(casework: Casework, search: Search, *, before: str | None, limit: int) -> list[Row[Any]]:
    """A page of entries, newest first. Raises ``Invalid`` for a cursor that is none."""
    if before is not None:
        try:
            entry_of(casework, before)
        except NotFound:
            wrong = FieldError("/cursor", "unknown_cursor", "take the cursor from the answer before")
            raise Invalid((wrong,)) from None
    with casework.views.engine.connect() as connection:
        tables = casework.views.tables(register.NAME)
        return register.list_entries(connection, tables, search, before=before, limit=limit)


def latest(casework: Casework) -> list[Row[Any]]:
    """What feeds tell: the entries changed last."""
    with casework.views.engine.connect() as connection:
        return register.latest_changes(connection, casework.views.tables(register.NAME))


def steps_of(row: Any) -> list[dict[str, Any]]:
    """What happened, in order."""
    steps: list[dict[str, Any]] = json.loads(row.steps)
    return steps


def public_entry(row: Any) -> dict[str, Any]:
    """An entry as programs get it."""
    return {
        "entry": row.entry,
        "case": row.case_key,
        "notice": row.number,
        "received_on": row.received_on,
        "changed_on": row.changed_on,
        "regime": row.regime,
        "medium": row.medium,
        "work_kind": row.work_kind,
        "items": row.items,
        "trusted_sender": row.trusted,
        "answered": row.answered,
        "outcome": row.outcome,
        "availability": row.availability,
        "steps": steps_of(row),
        "links": {"self": f"/api/v1/register/{row.entry}", "page": f"/register/{row.entry}"},
    }
