"""A sample of the scenarios is played on PostgreSQL too.

A scenario is about a rule, and rules know nothing of databases. What reads and writes them is which step somebody
takes, which events it leaves and what is looked at afterwards: the sample has each of these at least once. All of them
are played with ``SCENARIOS_ON_POSTGRESQL=all`` in the environment.
"""

from __future__ import annotations

import os

import pytest

from tests.scenarios.conftest import Stages
from tests.scenarios.playing import assert_as_told
from tests.scenarios.sample import sample
from tests.scenarios.story import Told, read_all

SCENARIOS = read_all()
PLAYED = SCENARIOS if os.environ.get("SCENARIOS_ON_POSTGRESQL") == "all" else sample(SCENARIOS)

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize("told", [pytest.param(told, id=told.name) for told in PLAYED])
def test_scenario(told: Told, stages: Stages) -> None:
    assert_as_told(told, stages("postgresql", told.scenario))
