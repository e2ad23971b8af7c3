"""The sites for scenarios: one for each database, regime, standard and profile, kept for the session."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from casework.database import DatabaseUrl, parse_database_url
from tests.scenarios.stage import Stage, Theatre, stage
from tests.scenarios.story import Scenario

_COPY = SQL("CREATE DATABASE {} TEMPLATE casework_template STRATEGY FILE_COPY")
Stages = Callable[[str, Scenario], Stage]


@pytest.fixture(scope="session")
def stages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    """A stage for a scenario on a database."""
    built: dict[str, Stage] = {}
    folder = tmp_path_factory.mktemp("stages")
    with ExitStack() as stack:
        theatre = Theatre(stack)

        def find(database: str, scenario: Scenario) -> Stage:
            own = json.dumps(scenario.standard, sort_keys=True)
            key = f"{database} {scenario.regime} {scenario.platform} {own}"
            if key not in built:
                url = _sqlite(request, folder) if database == "sqlite" else _postgresql(request)
                built[key] = stack.enter_context(stage(url, scenario, folder, theatre))
            theatre.put_on(built[key].site.parts)
            return built[key]

        yield find


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> DatabaseUrl:
    path = folder / f"{secrets.token_hex(6)}.db"
    shutil.copyfile(request.getfixturevalue("_sqlite_template"), path)
    return parse_database_url(f"sqlite:///{path}")


def _postgresql(request: pytest.FixtureRequest) -> DatabaseUrl:
    """A database that goes away with its server: by then the server may be gone, as it is started on first use."""
    server = request.getfixturevalue("_postgresql_template")
    name = f"stage_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(_COPY.format(Identifier(name)))
    return parse_database_url(server.get_uri(name))
