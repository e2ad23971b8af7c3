"""Reports over the API: asked for, made by the worker, fetched in each format; keys, and what does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from casework.database import DatabaseUrl
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.jobs.report_worker import ReportMaker
from casework.views.access.tokens import Scope
from tests.api.deliveries import line, send
from tests.api.players import Players
from tests.web import Browser, Site, running, settings_for

PERIOD = {"from": "2026-06-01", "to": "2026-08-01"}


def officer(site: Site) -> Browser:
    account = site.account(Role.COMPLIANCE)
    return site.api(site.token(account, Scope.REPORTS_READ, Scope.REPORTS_WRITE, valid_for=timedelta(days=3000)))


def ask(client: Browser, body: Any = PERIOD, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/v1/reports", json=body, headers=headers)


@pytest.fixture
def here(sqlite_url: DatabaseUrl, clock: SimulatedClock, tmp_path: Path) -> Iterator[Site]:
    """A site with a folder of its own for reports. What they are counted from is for both databases elsewhere."""
    with running(settings_for(sqlite_url, reports_directory=tmp_path), clock) as site:
        yield site


def test_a_report_is_asked_for_made_and_fetched(here: Site, tmp_path: Path) -> None:
    parts = here.parts
    send(here.engine_api(), line())
    here.clock.advance(timedelta(days=40))
    client = officer(here)
    response = ask(client)
    assert response.status_code == 202
    run = response.json()
    assert response.headers["location"] == run["links"]["self"]
    assert (run["state"], run["from"], run["to"]) == ("waiting", "2026-06-01", "2026-08-01")
    assert client.get(f"{run['links']['self']}.json").status_code == 404, "it is not made yet"
    maker = ReportMaker(
        parts.casework,
        parts.report_runs,
        tmp_path,
        zone=parts.settings.zone,
        platform="Here",
        formats=("html", "json", "csv", "xlsx"),
    )
    assert maker.make_one()
    done = client.get(run["links"]["self"]).json()
    assert done["state"] == "done"
    assert done["problem"] is None
    assert set(done["links"]) == {"self", "html", "json", "csv", "xlsx"}
    document = client.get(done["links"]["json"])
    assert document.headers["content-type"].startswith("application/json")
    assert json.loads(document.content)
    workbook = client.get(done["links"]["xlsx"])
    assert workbook.headers["content-type"].endswith("spreadsheetml.sheet")
    assert workbook.content[:2] == b"PK"
    assert client.get(done["links"]["csv"]).headers["content-type"] == "text/csv; charset=utf-8"
    assert client.get(done["links"]["html"]).headers["content-type"] == "text/html; charset=utf-8"
    chinese, english = (client.get(done["links"]["html"], params={"lang": code}).text for code in ("zh", "en"))
    assert 'lang="zh' in chinese[:300]
    assert 'lang="en' in english[:300]
    assert client.get(f"{run['links']['self']}.pdf").status_code == 404, "this worker made none"
    assert [one["id"] for one in client.get("/api/v1/reports").json()["reports"]] == [run["id"]]


def test_the_same_key_asks_once(players: Players) -> None:
    client = officer(players.site)
    first = ask(client, key="k")
    assert ask(client, key="k").json() == first.json()
    assert ask(client, {**PERIOD, "to": "2026-07-02"}, key="k").json()["refusal"] == "idempotency_key_reused"
    assert ask(client).json()["id"] != first.json()["id"]
    assert ask(officer(players.site), key="k").json()["id"] != first.json()["id"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"from": "2026-06-01T00:00:00Z"}, "/from"),
        ({"from": 1782820740}, "/from"),
        ({"from": "2026-02-30"}, "/from"),
        ({"to": None}, "/to"),
        ({"to": "2026-06-01"}, ""),
        ({"to": "9999-01-01"}, ""),
        ({"from": "0001-01-01"}, ""),
        ({"as_of": "2026-06-01T00:00:00"}, "/as_of"),
        ({"as_of": "2999-01-01T00:00:00Z"}, "/as_of"),
        ({"lang": "zh"}, "/lang"),
    ],
)
def test_what_does_not_fit_is_named(quick: Players, change: dict[str, Any], pointer: str) -> None:
    client = officer(quick.site)
    there = len(client.get("/api/v1/reports").json()["reports"])
    response = ask(client, {**PERIOD, **change})
    assert response.status_code == 422, response.text
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert len(client.get("/api/v1/reports").json()["reports"]) == there


@pytest.mark.parametrize("name", ["rr_none", "rr_none.pdf", ".pdf", "..", "rr_none.exe", "x" * 3000, "%00", "a.b.c"])
def test_reports_that_are_not_there_are_not_found(quick: Players, name: str) -> None:
    assert officer(quick.site).get(f"/api/v1/reports/{name}").status_code == 404


def test_reading_is_not_asking(quick: Players) -> None:
    reader = quick.site.api(quick.site.token(quick.site.account(Role.OVERSIGHT), Scope.REPORTS_READ))
    assert reader.get("/api/v1/reports").status_code == 200
    assert ask(reader).status_code == 403
    assert quick.right_holder.get("/api/v1/reports").status_code == 403
