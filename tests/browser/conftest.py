"""One site for all tests of a module, as a browser finds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import serve
from tests.views.pages.intake_stories import site_under
from tests.views.pages.stories import seat_reviewers
from tests.web import Site


@pytest.fixture(scope="module")
def regime() -> str | None:
    """The legal regime of the site; a module may name another."""
    return None


@pytest.fixture(scope="module")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, regime: str | None) -> Iterator[Site]:
    """A site with reviewers on SQLite."""
    with site_under(regime, _sqlite_template, tmp_path_factory.mktemp("site")) as site:
        seat_reviewers(site)
        yield site


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Where the site is served."""
    with serve(site.app) as served:
        yield served
