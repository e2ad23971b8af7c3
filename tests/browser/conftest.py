"""One site for all tests of a module, as a browser finds it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.database import parse_database_url
from casework.eventlog.clock import SimulatedClock
from tests.browser.serving import serve
from tests.views.pages.stories import seat_reviewers
from tests.web import START, Site, running, settings_for


@pytest.fixture(scope="module")
def regime() -> str | None:
    """The legal regime of the site; a module may name another."""
    return None


@pytest.fixture(scope="module")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, regime: str | None) -> Iterator[Site]:
    """A site with reviewers on SQLite."""
    path = tmp_path_factory.mktemp("site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    settings = settings_for(parse_database_url(f"sqlite:///{path}"), regime=regime)
    with running(settings, SimulatedClock(START)) as site:
        seat_reviewers(site)
        yield site


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Where the site is served."""
    with serve(site.app) as served:
        yield served
