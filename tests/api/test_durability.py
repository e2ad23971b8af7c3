"""What was acknowledged is there: real servers killed without a word right after, or in the middle of, a delivery."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from casework.app import create_app
from casework.database import DatabaseUrl
from casework.domain.case.events import FilteringDecisionRecorded as Decision
from casework.domain.facts import Role
from casework.parts import Parts, build_parts
from casework.views.access.tokens import Scope
from tests.api.deliveries import NDJSON, YEARS, line
from tests.faults.nursery import serving_forked
from tests.web import Server, environment_for, settings_for

ALONE = "--no-worker"
BOTH = [f"both {number}" for number in range(240)]
CUT = [f"cut {number}" for number in range(1600)]
PAGE = 50
"""Cases in one transaction: small, so that a cut falls between two of them without a long delivery."""


@pytest.fixture
def parts(database_url: DatabaseUrl) -> Iterator[Parts]:
    """The same installation, looked at from this process."""
    made = build_parts(settings_for(database_url))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def token(parts: Parts) -> str:
    """A token of an engine."""
    account = parts.accounts.add("engine@example.org", "Engine", [Role.ENGINEER])
    return parts.tokens.create(account, "test", [Scope.DECISIONS_WRITE, Scope.CASES_READ], valid_for=YEARS)[0]


def deliver(to: httpx.Client, token: str, names: list[str]) -> list[dict[str, Any]]:
    """Deliver NDJSON."""
    response = to.post(
        "/api/v1/decisions",
        content=b"\n".join(line(name) for name in names),
        headers={"authorization": f"Bearer {token}", "content-type": NDJSON},
    )
    assert response.status_code == 200, response.text
    return [json.loads(one) for one in response.text.splitlines()]


def deliver_to(server: Server, token: str, names: list[str]) -> list[dict[str, Any]]:
    """Deliver over a real connection."""
    with httpx.Client(base_url=server.url, timeout=60, verify=False) as client:
        return deliver(client, token, names)


def kill_everything(server: Server) -> None:
    """End the server and all that it started as a power cut would."""
    pids = [server.process.pid, *server.children()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    server.process.wait(10)


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(
    database_url: DatabaseUrl, parts: Parts, token: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    """One story, because starting servers takes long: two at once, a cut in the middle of a delivery, a repetition."""
    settings = environment_for(database_url, tmp_path, environment) | {"CASEWORK_LINES_PER_TRANSACTION": str(PAGE)}
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    log = parts.casework.log
    with serving_forked(settings, folders[0], ALONE) as one, serving_forked(settings, folders[1], ALONE) as two:
        acknowledged = at_once(token, [(one, BOTH[:200]), (two, BOTH[:40:-1])])
        created = [answer["case_id"] for answer in acknowledged if answer["status"] == "created"]
        assert len(created) == len(set(created)) == len(BOTH), "each case was created once and by one of the two"
        assert {str(recorded.stream) for recorded in log.read(0, 10_000)} == set(created)
        failed = cut_off(one, token, log.head(), parts)
        kill_everything(two)
    there = log.read(0, 10_000)
    assert failed
    assert len(BOTH) < len(there) < len(BOTH) + len(CUT)
    assert (len(there) - len(BOTH)) % PAGE == 0, "transactions are in whole or not at all"
    # What comes after the cut asks the database alone, so it need not be another process.
    again = deliver(TestClient(create_app(parts=parts)), token, [*BOTH, *CUT])
    known = {answer["decision_id"]: answer for answer in acknowledged}
    for answer in again[: len(BOTH)]:
        assert answer == {**known[answer["decision_id"]], "status": "duplicate"}
    assert [answer["status"] for answer in again].count("duplicate") == len(there)
    whole = log.read(0, 10_000)
    assert len(whole) == len(BOTH) + len(CUT)
    words = [recorded.event.upload.description for recorded in whole if isinstance(recorded.event, Decision)]
    kept = parts.casework.vault.open_many(reference for reference in words if reference is not None)
    assert len(kept) == len(whole), "no event without the words that it refers to"


def at_once(token: str, deliveries: list[tuple[Server, list[str]]]) -> list[dict[str, Any]]:
    """Send several deliveries at the same time, to a server each; all answers."""
    with ThreadPoolExecutor(len(deliveries)) as pool:
        found = pool.map(lambda one: deliver_to(one[0], token, one[1]), deliveries)
        return [answer for answers in found for answer in answers]


def cut_off(server: Server, token: str, head: int, parts: Parts) -> list[BaseException]:
    """Kill the server while it takes a delivery in, after the first transaction; what the sender was told."""
    failed: list[BaseException] = []

    def send() -> None:
        try:
            deliver_to(server, token, CUT)
        except (httpx.TransportError, AssertionError) as error:
            failed.append(error)

    sending = threading.Thread(target=send)
    sending.start()
    while parts.casework.log.head() == head:
        assert sending.is_alive(), failed
        time.sleep(0.005)
    kill_everything(server)
    sending.join(30)
    return failed
