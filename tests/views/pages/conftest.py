"""One site for all tests of a module: compiling the templates takes longer than most of these tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.app import build_parts, create_app
from casework.database import parse_database_url
from casework.eventlog.clock import SimulatedClock
from tests.views.pages.stories import seat_reviewers
from tests.web import START, Site, settings_for


@pytest.fixture(scope="module")
def shared_site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with reviewers, whose clock no test moves; each test opens its own cases."""
    path = tmp_path_factory.mktemp("site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    clock = SimulatedClock(START)
    parts = build_parts(settings_for(parse_database_url(f"sqlite:///{path}")), clock=clock)
    site = Site(create_app(parts=parts), parts, clock)
    seat_reviewers(site)
    yield site
    parts.close()
