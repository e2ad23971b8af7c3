"""Builds the table of characters once before any example is timed."""

from __future__ import annotations

import pytest

from matching_adapter.tokens import tokenise


@pytest.fixture(scope="session", autouse=True)
def _table_of_characters() -> None:
    tokenise("table")
