"""``POST /screenings``: how many uploads were screened and matched on a day, by medium; answered one by one."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import RawBody

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.screening.decisions import RecordTally
from casework.screenings import take_tallies
from casework.settings import Settings
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.decisions import MULTI_STATUS
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps.taking import read_fields

MOST = 1000
"""Tallies in one request at most."""


def _tally_schema() -> dict[str, Any]:
    """The command, but that the source may be left out: then it is the account of the token."""
    schema = dict(schema_of(RecordTally))
    return {**schema, "required": [name for name in schema["required"] if name != "source"]}


_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["date", "medium", "source", "status", "errors"],
    "properties": {
        **{name: {"type": ["string", "null"]} for name in ("date", "medium", "source")},
        "status": {"enum": ["created", "duplicate", "refused"]},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
_ANSWERS = {"application/json": {"type": "array", "items": _ANSWER}}


@post(
    "/screenings",
    opt=for_scopes(Scope.DECISIONS_WRITE),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(
        body={"application/json": {"type": "array", "items": _tally_schema(), "minItems": 1, "maxItems": MOST}},
        answers={
            200: ("all were recorded or were there already", _ANSWERS),
            MULTI_STATUS: ("some were refused; the others were recorded", _ANSWERS),
        },
        problems=(400, 413, 415),
    ),
)
def post_screenings(
    request: Request[Any, Any, Any],
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Record daily tallies of screened and matched uploads.

    One for each source, day and medium. The same again is answered as ``duplicate``; another number for the same is
    ``refused``, because reports may rest on the first one. ``date`` is a day in the time zone of the reports.
    """
    actor = caller.actor_as(Role.MATCHER)
    documents = read_fields(request, body)
    if not isinstance(documents, list) or not 0 < len(documents) <= MOST:
        raise ValidationException(extra=[{"key": "", "message": f"must be an array of 1 to {MOST} tallies"}])
    answers = take_tallies(casework, documents, actor, settings.zone)
    refused = any(answer.status == "refused" for answer in answers)
    return Response([answer.as_json() for answer in answers], status_code=MULTI_STATUS if refused else 200)


HANDLERS = (post_screenings,)
