"""One scenario played to its end: whether all is as its file says, or what was found otherwise."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.scenarios import compare
from tests.scenarios.play import Play
from tests.scenarios.stage import Stage
from tests.scenarios.story import Told
from tests.scenarios.telling import tell


def assert_as_told(told: Told, stage: Stage) -> None:
    """Play it on this stage; fail with the whole story where something is not as it says."""
    play = Play(stage, told.scenario, secrets.token_hex(5))
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
