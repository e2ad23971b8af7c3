"""``/register``: the public register of notices, counter-notices and outcomes (E-Commerce Law art. 44)."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from casework.application import Casework
from casework.settings import Settings
from casework.views.access.guard import PUBLIC
from casework.views.api.documents import documented
from casework.views.models.register import LONGEST_PAGE
from casework.views.register_search import entry_of, listed, public_entry, read_search, require_open

Json = dict[str, Any]


@get("/register", opt=PUBLIC, sync_to_thread=True, operation_class=documented(problems=(422,), public=True))
def get_register(
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    number: Annotated[str, QueryParameter(name="number", max_length=100)] = "",
    answered: Annotated[str, QueryParameter(name="answered", max_length=3)] = "",
    outcome: Annotated[str, QueryParameter(name="outcome", max_length=40)] = "",
    regime: Annotated[str, QueryParameter(name="regime", max_length=60)] = "",
    medium: Annotated[str, QueryParameter(name="medium", max_length=20)] = "",
    first: Annotated[str, QueryParameter(name="from", max_length=10)] = "",
    last: Annotated[str, QueryParameter(name="to", max_length=10)] = "",
    cursor: Annotated[str | None, QueryParameter(name="cursor", max_length=60)] = None,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=LONGEST_PAGE)] = 50,
) -> Json:
    """Entries by the day of receipt of the notice, newest first; filters add up. 404 where no register is kept.

    ``answered`` is ``yes`` for notices with a counter-notice; ``from`` and ``to`` are days of receipt, both included.
    """
    require_open(casework, settings)
    given = {
        "number": number, "answered": answered, "outcome": outcome, "regime": regime, "medium": medium, "from": first,
        "to": last,
    }  # fmt: skip
    rows = listed(casework, read_search(given, casework), before=cursor, limit=limit + 1)
    following = None
    if len(rows) > limit:
        chosen = [(name, value) for name, value in given.items() if value]
        following = f"/api/v1/register?{urlencode([*chosen, ('limit', limit), ('cursor', rows[limit - 1].entry)])}"
    return {"entries": [public_entry(row) for row in rows[:limit]], "next": following}


@get("/register/{number:str}", opt=PUBLIC, sync_to_thread=True, operation_class=documented(public=True))
def get_register_entry(
    casework: NamedDependency[Casework], settings: NamedDependency[Settings], number: FromPath[str]
) -> Json:
    """One entry by its number."""
    require_open(casework, settings)
    return public_entry(entry_of(casework, number))


HANDLERS = (get_register, get_register_entry)
