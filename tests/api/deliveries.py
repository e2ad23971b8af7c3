"""How the tests of the API send decisions, and how they look at what went in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from tests.samples import decision_line
from tests.web import Browser, Site

JSON = "application/json"
NDJSON = "application/x-ndjson"
YEARS = timedelta(days=3000)
"""Tokens of shared sites outlast the clock, which tests move on."""

ANSWER_FIELDS = {
    "decision_id",
    "case_id",
    "status",
    "outcome",
    "rule",
    "standard",
    "action",
    "decision_page",
    "errors",
}


def line(decision_id: str = "eng-1", share: str | None = "0.93", **changes: Any) -> bytes:
    """One decision as a line of NDJSON."""
    return json.dumps(decision_line(share, decision_id, **changes)).encode()


def send(api: Browser, body: bytes, media_type: str = JSON, **headers: str) -> httpx.Response:
    """Deliver a body as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post("/api/v1/decisions", content=body, headers={"content-type": media_type, **named})


def send_lines(api: Browser, lines: Sequence[bytes]) -> httpx.Response:
    """Deliver NDJSON."""
    return send(api, b"\n".join(lines) + b"\n", NDJSON)


def answers(response: httpx.Response) -> list[dict[str, Any]]:
    """The answers of NDJSON."""
    assert response.headers["content-type"].startswith(NDJSON)
    return [json.loads(one) for one in response.text.splitlines()]


def statuses(response: httpx.Response) -> list[str]:
    """How each line fared."""
    return [answer["status"] for answer in answers(response)]


def events_in(site: Site) -> int:
    """How many events the log holds: counted by the database, as to decode them takes longer than most tests."""
    with site.parts.engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM stored_events")).scalar_one())


@dataclass(frozen=True)
class Bench:
    """A site that several tests share, and an engine that delivers to it."""

    site: Site
    api: Browser

    def events(self) -> int:
        """How many events the log holds now."""
        return events_in(self.site)
