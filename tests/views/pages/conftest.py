"""One site for all tests of a module: compiling the templates takes longer than most of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.views.pages.intake_stories import site_under
from tests.views.pages.stories import seat_reviewers
from tests.web import Site


@pytest.fixture(scope="module")
def shared_site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with reviewers, whose clock no test moves; each test opens its own cases."""
    yield from _site(_sqlite_template, tmp_path_factory)


LawSites = Callable[[str], Site]


@pytest.fixture(scope="module")
def law_sites(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LawSites]:
    """Sites under a chosen regime, made when first asked for; a test that moves the clock takes cases of its own."""
    made: dict[str, Site] = {}
    with ExitStack() as stack:

        def find(regime: str) -> Site:
            if regime not in made:
                made[regime] = stack.enter_context(contextmanager(_site)(_sqlite_template, tmp_path_factory, regime))
            return made[regime]

        yield find


def _site(template: Path, folders: pytest.TempPathFactory, regime: str | None = None) -> Iterator[Site]:
    with site_under(regime, template, folders.mktemp("site")) as site:
        seat_reviewers(site)
        yield site
