"""The public register of notices, counter-notices and outcomes (F4): its list with a search, each entry, two feeds."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Annotated, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy.engine import Row

from casework.application import Casework
from casework.domain.values import Medium
from casework.errors import Invalid
from casework.register import is_open
from casework.settings import Settings
from casework.views import register_labels as words
from casework.views.access.guard import PUBLIC
from casework.views.frame import frame_of
from casework.views.labels import availability_label, medium_label, work_kind_label
from casework.views.language import current_language, gettext, use_language
from casework.views.models.register import OUTCOMES
from casework.views.register_search import (
    FILTERS,
    entry_of,
    latest,
    listed,
    read_search,
    require_open,
    steps_of,
)
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]
PAGE = 25
_ATOM = "http://www.w3.org/2005/Atom"


@get("/register", opt=PUBLIC, sync_to_thread=True)
def show_register(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    before: Annotated[str | None, QueryParameter(name="before")] = None,
) -> Response[str]:
    """The list, narrowed down by what was typed; or a word on why there is none."""
    if not is_open(settings.public_register, casework.law):
        return render_page(request, "pages/register.html", {"open": False})
    typed = {name: request.query_params.get(name, "") for name in FILTERS}
    wrong: dict[str, str] = {}
    rows: list[Row[Any]] = []
    try:
        rows = listed(casework, read_search(typed, casework), before=before or None, limit=PAGE + 1)
    except Invalid as invalid:
        wrong = {one.pointer.lstrip("/"): _fault(one.pointer.lstrip("/")) for one in invalid.errors}
    query = [(name, value) for name, value in typed.items() if value]
    following = ""
    if len(rows) > PAGE:
        following = f"/register?{urlencode([*query, ('before', rows[PAGE - 1].entry)])}"
    context = {
        "open": True,
        "wide": True,
        "typed": typed,
        "searched": bool(query),
        "wrong": wrong,
        "errors": [{"href": f"#{name}", "text": text} for name, text in wrong.items()],
        "filters": _filters(casework),
        "rows": [_line(row, casework) for row in rows[:PAGE]],
        "previous": f"/register?{urlencode(query)}" if before else "",
        "following": following,
    }
    return render_page(request, "pages/register.html", context, status_code=422 if wrong else 200)


def _fault(name: str) -> str:
    if name in ("from", "to"):
        return gettext("Enter days that exist, the last one not before the first")
    return gettext("Choose one of the list")


def _filters(casework: Casework) -> list[tuple[str, str, list[tuple[str, str]]]]:
    answered = [("no", gettext("Notice without a counter-notice")), ("yes", gettext("Notice with a counter-notice"))]
    return [
        ("outcome", gettext("Outcome"), [(one, words.register_outcome(one)) for one in OUTCOMES]),
        ("answered", gettext("Kind"), answered),
        ("medium", gettext("Kind of upload"), [(one.value, medium_label(one.value)) for one in Medium]),
        ("regime", gettext("Legal regime"), [(one, _regime(casework, one)) for one in casework.law.regimes.by_id]),
    ]


def _regime(casework: Casework, code: str) -> str:
    return words.regime_label(casework.law, code)


def _line(row: Row[Any], casework: Casework) -> dict[str, Any]:
    return {
        "entry": row.entry,
        "received": words.local_day(row.received_on),
        "changed": words.local_day(row.changed_on),
        "medium": medium_label(row.medium),
        "work_kind": work_kind_label(row.work_kind),
        "outcome": words.register_outcome(row.outcome),
        "kind": words.register_outcome_kind(row.outcome),
        "answered": row.answered,
        "regime": _regime(casework, row.regime),
        "items": row.items,
        "trusted": row.trusted,
        "availability": availability_label(row.availability),
    }


@get("/register/{number:str}", opt=PUBLIC, sync_to_thread=True)
def show_register_entry(
    request: AnyRequest,
    casework: NamedDependency[Casework],
    settings: NamedDependency[Settings],
    number: FromPath[str],
) -> Response[str]:
    """One entry with everything that happened. Raises ``NotFound``."""
    require_open(casework, settings)
    row = entry_of(casework, number)
    steps = [
        {
            "title": words.register_step(step["step"]),
            "on": words.local_day(step["on"]),
            "text": words.step_details(step),
        }
        for step in steps_of(row)
    ]
    return render_page(request, "pages/register_entry.html", {"entry": _line(row, casework), "steps": steps})


@get("/register.atom", opt=PUBLIC, sync_to_thread=True)
def show_register_atom(
    request: AnyRequest, casework: NamedDependency[Casework], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """The entries changed last as an Atom feed (RFC 4287), in the language asked for."""
    require_open(casework, settings)
    with use_language(frame_of(request.scope).language):
        content = _atom(latest(casework), casework, settings)
    return Response(content, media_type="application/atom+xml; charset=utf-8")


@get("/register.json", opt=PUBLIC, sync_to_thread=True)
def show_register_feed(
    request: AnyRequest, casework: NamedDependency[Casework], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """The same as a JSON feed (version 1.1)."""
    require_open(casework, settings)
    with use_language(frame_of(request.scope).language):
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _feed_title(settings),
            "home_page_url": _address(settings, "/register"),
            "feed_url": _address(settings, "/register.json"),
            "language": current_language().html_lang,
            "items": [
                {
                    "id": _address(settings, f"/register/{row.entry}"),
                    "url": _address(settings, f"/register/{row.entry}"),
                    "title": _title(row),
                    "content_text": _told(row),
                    "date_published": _moment(row.received_on, settings.zone),
                    "date_modified": _moment(row.changed_on, settings.zone),
                }
                for row in latest(casework)
            ],
        }
    return Response(json.dumps(feed, ensure_ascii=False).encode(), media_type="application/feed+json; charset=utf-8")


def _atom(rows: list[Row[Any]], casework: Casework, settings: Settings) -> bytes:
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed", {"xml:lang": current_language().html_lang})
    _child(feed, "id", _address(settings, "/register"))
    _child(feed, "title", _feed_title(settings))
    newest = max((row.changed_on for row in rows), default="2020-01-01")
    _child(feed, "updated", _moment(newest, settings.zone))
    _child(feed, "link", rel="self", href=_address(settings, "/register.atom"))
    _child(feed, "link", rel="alternate", href=_address(settings, "/register"))
    _child(_child(feed, "author"), "name", settings.platform_name)
    for row in rows:
        entry = _child(feed, "entry")
        _child(entry, "id", _address(settings, f"/register/{row.entry}"))
        _child(entry, "title", _title(row))
        _child(entry, "published", _moment(row.received_on, settings.zone))
        _child(entry, "updated", _moment(row.changed_on, settings.zone))
        _child(entry, "link", rel="alternate", href=_address(settings, f"/register/{row.entry}"))
        _child(entry, "summary", _told(row))
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _child(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = text
    return made


def _feed_title(settings: Settings) -> str:
    return gettext("Public register of notices: %(platform)s") % {"platform": settings.platform_name}


def _title(row: Row[Any]) -> str:
    return f"{words.register_outcome(row.outcome)} ({row.entry})"


def _told(row: Row[Any]) -> str:
    """What happened last, in a line."""
    step = steps_of(row)[-1]
    details = words.step_details(step)
    name = words.register_step(step["step"])
    return f"{step['on']}{gettext(': ')}{name}" + (f" ({details})" if details else "")


def _address(settings: Settings, path: str) -> str:
    return f"{settings.public_url.rstrip('/')}{path}"


def _moment(day: str, zone: ZoneInfo) -> str:
    """The beginning of a local day, as feeds write it: the register tells days only."""
    return datetime.combine(date.fromisoformat(day), time(), zone).isoformat()


HANDLERS = (show_register, show_register_entry, show_register_atom, show_register_feed)
