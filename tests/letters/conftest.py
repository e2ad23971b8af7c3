"""A site of its own for each test of letters, under the regime that the test names."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from casework.database import parse_database_url
from tests.api.conftest import bench_on
from tests.api.players import Players

At = Callable[[str], Players]
"""People around a new site that works under a regime."""


@pytest.fixture
def at(_sqlite_template: Path, tmp_path: Path) -> Iterator[At]:
    """New sites, each with a clock of its own."""
    with contextlib.ExitStack() as stack:

        def players(regime: str) -> Players:
            path = tmp_path / f"{regime}.db"
            shutil.copyfile(_sqlite_template, path)
            url = parse_database_url(f"sqlite:///{path}")
            found = stack.enter_context(contextlib.contextmanager(bench_on)(url, regime))
            return Players(found.site, found.api)

        yield players
