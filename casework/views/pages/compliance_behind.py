"""The cases behind a number of the figures page, a page at a time, with how far the search has come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from casework.application import Casework
from casework.errors import NotFound
from casework.reports.behind import Behind, NotOfCases, cases_behind, figure_of
from casework.reports.figures.labels import label_of
from casework.reports.figures.values import Figure, Words
from casework.settings import Settings
from casework.views import labels
from casework.views.frame import frame_of
from casework.views.language import Language
from casework.views.models.cases import find_case
from casework.views.pages.compliance import OFFICERS
from casework.views.periods import read_period
from casework.views.responses import render_page

ADDRESS = "/compliance/reports/figures/cases"
AnyRequest = Request[Any, Any, Any]


def address_of(key: str, start: date, end: date, after: int | None = None) -> str:
    """Where the cases behind a figure or cell of the period ``[start, end)`` are listed."""
    more = {} if after is None else {"after": str(after)}
    return f"{ADDRESS}?{urlencode({'key': key, 'from': start.isoformat(), 'to': end.isoformat(), **more})}"


@get(ADDRESS, opt=OFFICERS, sync_to_thread=True)
def show_cases_behind(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    key: Annotated[str, QueryParameter(max_length=500)],
    first: Annotated[str, QueryParameter(name="from")] = "",
    last: Annotated[str, QueryParameter(name="to")] = "",
    after: Annotated[int, QueryParameter(ge=0, le=2**62)] = 0,
) -> Response[str]:
    """Cases that count in one figure or cell, as things stand now."""
    period, _ = read_period(first, last)
    try:
        figure, cell = figure_of(key)
    except KeyError:
        raise NotFound("figure") from None
    if period is None:
        raise NotFound("period")
    casework.views.catch_up()
    found: Behind | None = None
    try:
        found = cases_behind(
            casework.log,
            casework.views,
            casework.standards,
            casework.law,
            key,
            start=period[0],
            end=period[1],
            as_of=casework.clock.now(),
            zone=settings.zone,
            after=after,
        )
    except NotOfCases:
        found = None
    rows = []
    if found is not None:
        tables = casework.views.tables("cases")
        with casework.views.engine.connect() as connection:
            rows = [row for case in found.cases if (row := find_case(connection, tables, case)) is not None]
    language = frame_of(request.scope).language
    following = "" if found is None or found.after is None else address_of(key, *period, found.after)
    context = {
        "wide": True,
        "here": "reports",
        "title": _name(figure, cell, language),
        "definition": _said(figure.definition, language),
        "start": period[0],
        "last": period[1] - timedelta(days=1),
        "found": found,
        "rows": rows,
        "labels": labels,
        "following": following,
        "back": f"/compliance/reports/figures?{urlencode({'from': first, 'to': last})}",
    }
    return render_page(request, "pages/compliance_behind.html", context)


def _name(figure: Figure, cell: str | None, language: Language) -> str:
    name = _said(figure.label, language)
    return name if cell is None else f"{name} · {_said(label_of(figure.dimension, cell), language)}"


def _said(words: Words, language: Language) -> str:
    return words.zh if language is Language.ZH else words.en


HANDLERS = (show_cases_behind,)
