"""An external engine in tests: its messages, signed as a site takes them, and a site that knows its keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from casework.database import DatabaseUrl
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.views.access.tokens import Scope
from matching_adapter.external.webhook import Keys, signed
from tests.web import START, Site, running, settings_for

KEYS = [f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in range(3)]
UPLOAD = {
    "id": "up-1",
    "version": 1,
    "uploader_id": "u-7",
    "medium": "audio",
    "title": "Anna's birthday",
    "amount": {"seconds": 200},
    "content_sha256": "a" * 64,
}
WORK = {"id": "w-9", "title": "The Song", "right_holder_id": "rh-3", "kind": "music", "amount": {"seconds": 240}}


class Engine:
    """An engine that sends messages to a site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = site.api()
        engineer = site.account(Role.ENGINEER)
        self.platform = site.api(site.token(engineer, Scope.DECISIONS_WRITE, Scope.ADMIN))
        self.officer = site.api(site.token(site.account(Role.COMPLIANCE), Scope.INTAKE))

    def knows(self, uploads: dict[str, Any] | None = None, works: dict[str, Any] | None = None) -> None:
        """Tell the site what the engine calls things."""
        body = {
            "uploads": [{"reference": name, "upload": one} for name, one in (uploads or {}).items()],
            "works": [{"reference": name, "work": one} for name, one in (works or {}).items()],
        }
        response = self.platform.put("/api/v1/match-results/own/references", json=body)
        assert response.status_code == 200, response.text

    def send(
        self,
        message: Any,
        message_id: str = "m-1",
        *,
        key: str = KEYS[0],
        skew: int = 0,
        engine: str = "own",
        **headers: str,
    ) -> httpx.Response:
        """Send one message."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        now = int(self.site.clock.now().timestamp()) + skew
        made = {
            **signed(Keys((key,)), message_id, now, body),
            **{name.replace("_", "-"): v for name, v in headers.items()},
        }
        return self.client.post(f"/api/v1/match-results/{engine}", content=body, headers=made)

    def results(self, message: Any, message_id: str = "m-1") -> list[dict[str, Any]]:
        """Send one message that is taken; what became of its works."""
        response = self.send(message, message_id)
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["results"]
        return found

    def waiting(self) -> list[dict[str, Any]]:
        """What waits for an officer."""
        found: list[dict[str, Any]] = self.officer.get("/api/v1/match-results/quarantine").json()["results"]
        return found


def message(*matches: dict[str, Any], upload: str = "job-1", **more: Any) -> dict[str, Any]:
    return {"upload": upload, "completed_at": "2026-07-01T07:00:00Z", "matches": list(matches), **more}


def match(work: str = "ref-9", segments: Any = ((0, 100), (50, 186)), **more: Any) -> dict[str, Any]:
    found = [{"upload": list(one), "work": list(one)} for one in segments]
    return {"work": work, "method": "fingerprint", "track": "sound", "segments": found, **more}


@contextmanager
def site_with(url: DatabaseUrl, folder: Path, more: str = "") -> Iterator[Engine]:
    for number, key in enumerate(KEYS):
        (folder / f"{number}.txt").write_text(key + "\n")
    text = '[engines.own]\nkind = "webhook"\nmapping = "plain"\nkey_files = ["0.txt", "1.txt"]\nversion = "3"\n'
    (folder / "engines.toml").write_text(text + more)
    settings = settings_for(url, external_engines=folder / "engines.toml")
    with running(settings, SimulatedClock(START)) as site:
        yield Engine(site)
