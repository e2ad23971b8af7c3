"""Every scenario file is played on SQLite, and a sample on PostgreSQL; a failure prints what was found otherwise.

A scenario is about a rule, and rules know nothing of databases. What reads and writes them is which step somebody
takes, which events it leaves and what is looked at afterwards: the sample has each of these at least once. All of them
are played on PostgreSQL with ``SCENARIOS_ON_POSTGRESQL=all`` in the environment.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.scenarios import compare
from tests.scenarios.conftest import Stages
from tests.scenarios.play import Play
from tests.scenarios.sample import sample
from tests.scenarios.story import Told, read_all
from tests.scenarios.telling import tell

SCENARIOS = read_all()
ON_POSTGRESQL = SCENARIOS if os.environ.get("SCENARIOS_ON_POSTGRESQL") == "all" else sample(SCENARIOS)
PLAYED = [
    *(pytest.param(told, "sqlite", id=f"{told.name}-sqlite") for told in SCENARIOS),
    *(
        pytest.param(told, "postgresql", id=f"{told.name}-postgresql", marks=pytest.mark.postgresql)
        for told in ON_POSTGRESQL
    ),
]


@pytest.mark.parametrize(("told", "database"), PLAYED)
def test_scenario(told: Told, database: str, stages: Stages) -> None:
    play = Play(stages(database, told.scenario), told.scenario, secrets.token_hex(5))
    differences = list(_played(play))
    if differences:
        found = "\n".join(f"- {one}" for one in differences)
        pytest.fail(f"{told.path}\n\n{tell(told.scenario)}\n\nbut:\n{found}", pytrace=False)


def _played(play: Play) -> Iterator[str]:
    scenario = play.scenario
    play.set_scene()
    for number, step in enumerate(scenario.earlier, start=1):
        wrong = list(compare.answer(step, play.take(step)))
        if not wrong and step.leaves:
            wrong = list(compare.fields(step.leaves, play.state(case=step.case), "case"))
        if wrong:
            yield from (f"already in step {number} ({step.step} by {step.by}): {one}" for one in wrong)
            return
    case = scenario.when.case
    before = play.events(case) if scenario.then.events or scenario.then.no_events else []
    wrong = list(compare.answer(scenario.then, play.take(scenario.when)))
    yield from wrong
    if not wrong:
        yield from compare.outcome(scenario.then, play, before, case)
