"""When an out-of-court body has to decide: the usual day and, in highly complex disputes, the last (DSA art. 21(4)).

The clock of the case counts the usual days; the longer time has no effect of its own, so it is computed for readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from casework.domain.calendars import add_days
from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.values import OutsideForum


@dataclass(frozen=True, slots=True)
class BodyDays:
    """Ends (exclusive, UTC) of the times that the law gives the body; ``latest`` where it may take longer."""

    usual: datetime
    latest: datetime | None


def body_days(forum: OutsideForum, opened_at: datetime, terms: Terms) -> BodyDays | None:
    """The days of a proceeding opened at ``opened_at``; ``None`` for a forum, or under a law, that has none."""
    body = None if terms.regime is None else terms.regime.external_body
    if forum is not OutsideForum.EXTERNAL_BODY or body is None or body.days is None:
        return None
    zone = terms.standard.procedure.zone
    latest = None if body.most_days is None else add_days(opened_at, body.most_days, zone)
    return BodyDays(add_days(opened_at, body.days, zone), latest)


def open_body_days(case: Case, terms: Terms) -> Iterator[BodyDays]:
    """The days of each body that has not decided yet."""
    for one in case.proceedings:
        found = None if one.decided_at is not None else body_days(one.forum, one.opened_at, terms)
        if found is not None:
            yield found
