"""``/dsa/statements``: statements of reasons for the Commission's database (DSA art. 24(5)), with later outcomes."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from casework.application import Casework
from casework.errors import FieldError, Invalid
from casework.reports.dsa.particulars import manner, read_reasons
from casework.reports.dsa.statement_rules import MOST_STATEMENTS
from casework.reports.dsa.statements import Placed, later_outcomes, placed_restrictions, puid_of, statement_of
from casework.settings import Settings
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented

Json = dict[str, Any]
MOST_POSITIONS = 20_000
"""Positions of the log that one request looks through; a page may so be short, or empty, and still have a next one."""


@get(
    "/dsa/statements",
    opt=for_scopes(Scope.REPORTS_READ),
    sync_to_thread=True,
    operation_class=documented(problems=(422,)),
)
def get_dsa_statements(
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    first: Annotated[str, QueryParameter(name="from", max_length=10)],
    last: Annotated[str, QueryParameter(name="to", max_length=10)],
    cursor: Annotated[int, QueryParameter(name="cursor", ge=0)] = 0,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=MOST_STATEMENTS)] = MOST_STATEMENTS,
) -> Json:
    """Statements on restrictions that took effect in the local days from ``from`` until before ``to``, in log order.

    ``statements`` is a body for the database as it is; ``outcomes`` says of each ``puid`` what became of the
    restriction, for the platform's own records. ``next`` is the cursor to go on from, null at the end of the log.
    """
    start, end = _day("from", first), _day("to", last)
    if start >= end:
        raise Invalid((FieldError("/to", "period_empty", "must lie after from"),))
    how = manner(read_reasons(settings.dsa_particulars), settings.public_url, settings.zone)
    stop, head = cursor + MOST_POSITIONS, casework.log.head()
    found: list[Placed] = []
    begin = datetime.combine(start, time(), settings.zone)
    for one in placed_restrictions(casework.log, after=cursor, since=begin, stop=stop):
        if start <= one.restriction.applied_at.astimezone(settings.zone).date() < end:
            found.append(one)
            if len(found) == limit:
                break
    pseudonym = casework.vault.pseudonym
    following = found[-1].position if len(found) == limit else stop
    kept = later_outcomes(casework.log, [(one.stream, one.restriction.number) for one in found], pseudonym)
    return {
        "statements": [
            statement_of(one.restriction, puid_of(pseudonym, one.stream, one.restriction.number), how) for one in found
        ],
        "outcomes": [
            {"puid": one.puid, "outcome": one.outcome or "stands", "at": one.at, "cause": one.cause} for one in kept
        ],
        "next": following if following < head else None,
    }


def _day(name: str, text: str) -> date:
    try:
        if len(text) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid((FieldError(f"/{name}", "date_format", "must be a day as 2026-01-31"),)) from None


HANDLERS = (get_dsa_statements,)
