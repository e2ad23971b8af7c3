"""A site that the tests of one module share: building one takes longer than most of these tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.app import build_parts, create_app
from casework.database import parse_database_url
from casework.eventlog.clock import SimulatedClock
from casework.views.access.passwords import Passwords
from tests.api.deliveries import Bench
from tests.web import START, Site, settings_for


@pytest.fixture(scope="module")
def bench(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A site on SQLite with an engine that delivers to it; each test uses ids of its own."""
    path = tmp_path_factory.mktemp("shared-site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    clock = SimulatedClock(START)
    url = parse_database_url(f"sqlite:///{path}")
    parts = build_parts(settings_for(url), clock=clock, passwords=Passwords(rounds=1, kibibytes=64))
    site = Site(create_app(parts=parts), parts, clock)
    try:
        yield Bench(site, site.engine_api())
    finally:
        parts.close()
