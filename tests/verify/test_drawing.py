"""Samples are drawn again as they were drawn, and a draw that was not by its seed is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from casework.domain.sample import drawing as drawn_first
from casework.domain.sample.values import Allocation, Design
from casework_verify.comparison import check_report
from casework_verify.drawing import Unit, draw
from tests.reports.histories import Habits
from tests.verify.published import Published, published

Fact = dict[str, Any]


@pytest.mark.parametrize("design", list(Design))
@pytest.mark.parametrize("allocation", [None, *Allocation])
def test_both_draw_the_same_cases(design: Design, allocation: Allocation | None) -> None:
    random = Random(f"{design} {allocation}")
    for number in range(60):
        strata = random.choices("abcd", weights=(50, 10, 3, 1), k=random.choice((1, 3, 17, 60)))
        units = [(f"case_{place}", name, random.choice((1, 1, 2, 10))) for place, name in enumerate(strata)]
        cases = random.choice((1, 2, 5, 20, 70))
        first = drawn_first.draw(
            f"seed:{number}",
            drawn_first.Plan(design, cases, allocation),
            [drawn_first.Unit(*unit) for unit in units],
        )
        plan: Fact = {"design": design.value, "cases": cases}
        if allocation is not None:
            plan["allocation"] = allocation.value
        strata_again, again = draw(f"seed:{number}", plan, [Unit(*unit, "passed") for unit in units])
        assert again == list(first.picked)
        assert strata_again == {part.name: (part.population, part.sampled) for part in first.strata}


@pytest.fixture(scope="module")
def made() -> Published:
    """A report with at least one sample."""
    habits = Habits(days=50, wild=0.5)
    found = (published(30, seed, habits=habits) for seed in range(60, 80))
    return next(each for each in found if any(b'"topic":"sample.drawn"' in fact for fact in each.facts))


def another_case(data: Fact) -> None:
    data["drawn"][0]["case"] = "case_" + "a" * 26


CHANGES: dict[str, tuple[Callable[[Fact], Any], str]] = {
    "case": (another_case, "draws other cases"),
    "order": (lambda data: data["drawn"].reverse(), "draws other cases"),
    "one left out": (lambda data: data["drawn"].pop(), "draws other cases"),
    "probability": (lambda data: data["drawn"][0].update(out_of=999), "draws other cases"),
    "what was done": (
        lambda data: [one.update(acted={"passed": "restricted", "restricted": "passed"}[one["acted"]])
                      for one in data["drawn"]],
        "says that the decision of",
    ),
    "seed": (lambda data: data.update(seed="mine:1"), "names the seed"),
    "beacon": (lambda data: data["beacon"].update(randomness="mine"), "names the seed"),
    "population": (lambda data: data.update(population=1), "tells of other cases to draw from"),
    "strata": (lambda data: data["strata"][0].update(population=9999), "tells of other cases to draw from"),
    "design": (lambda data: data.update(design="none"), "has the design none"),
    "nothing": (lambda data: data.pop("beacon"), "cannot be drawn again"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_draw_that_is_not_by_its_seed_is_told(made: Published, what: str) -> None:
    change, expected = CHANGES[what]
    n = next(n for n, fact in enumerate(made.facts) if b'"topic":"sample.drawn"' in fact)
    fact = json.loads(made.facts[n])
    change(fact["data"])
    lines = [*made.facts[:n], json.dumps(fact).encode(), *made.facts[n + 1 :]]
    told = [one for one in check_report(made.json, lines) if one.kind == "fact_wrong" and one.fact == n]
    assert any(expected in str(one) for one in told), told


def test_a_draw_without_announcement_is_told(made: Published) -> None:
    lines = [fact.replace(b'"topic":"sample.announced"', b'"topic":"sample.closed"') for fact in made.facts]
    assert any("never announced" in str(one) for one in check_report(made.json, lines))
