"""Every scenario file is played on SQLite, which takes least; a failure prints what was found otherwise."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Stages
from tests.scenarios.playing import assert_as_told
from tests.scenarios.story import Told, read_all


@pytest.mark.parametrize("told", [pytest.param(told, id=told.name) for told in read_all()])
def test_scenario(told: Told, stages: Stages) -> None:
    assert_as_told(told, stages("sqlite", told.scenario))
