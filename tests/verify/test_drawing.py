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
from casework_verify.drawing import OTHER_ROOT, Unit, draw, redraw
from casework_verify.tree import Leaves, leaf_hash, root_of
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


def of_topic(made: Published, topic: str) -> Fact:
    return next(fact for fact in map(json.loads, made.facts) if fact["topic"] == topic)


def checkpoint(data: Fact, announcement: Fact, root: str) -> None:
    """The beacon says that it is a root of the log."""
    data["seed"] = f"{announcement['data']['seed']}:{root}"
    data["beacon"] = {"kind": "checkpoint", "randomness": root, "size": announcement["n"] + 1}


def told_of(made: Published, fact: Fact) -> list[str]:
    lines = [*made.facts[: fact["n"]], json.dumps(fact).encode(), *made.facts[fact["n"] + 1 :]]
    return [str(one) for one in check_report(made.json, lines) if one.kind == "fact_wrong" and one.fact == fact["n"]]


def test_a_beacon_that_is_not_the_root_at_the_announcement_is_told(made: Published) -> None:
    drawn = of_topic(made, "sample.drawn")
    announcement = next(one for one in map(json.loads, made.facts) if one["stream"] == drawn["stream"])
    false = drawn["data"]["beacon"]["randomness"]
    checkpoint(drawn["data"], announcement, false)
    assert told_of(made, drawn) == [f"fact {drawn['n']} {OTHER_ROOT}"], "the same seed draws the same cases"
    true = root_of([leaf_hash(fact) for fact in made.facts[: announcement["n"] + 1]]).hex()
    checkpoint(drawn["data"], announcement, true)
    assert not any(OTHER_ROOT in one for one in told_of(made, drawn))
    drawn["data"]["beacon"]["size"] += 1
    assert any(OTHER_ROOT in one for one in told_of(made, drawn))


def test_a_public_beacon_from_before_the_announcement_is_told(made: Published) -> None:
    drawn = of_topic(made, "sample.drawn")
    announcement = next(one for one in map(json.loads, made.facts) if one["stream"] == drawn["stream"])
    drawn["data"]["beacon"]["published"] = announcement["at"]
    (told,) = told_of(made, drawn)
    assert "came out before the announcement" in told


def test_roots_of_several_sizes_are_those_of_each() -> None:
    leaves = Leaves()
    lines = [str(number).encode() for number in range(70)]
    assert list(leaves.passing(lines)) == lines
    found = leaves.roots(range(80))
    assert found == {size: leaves.root(size) for size in range(1, 71)}
    assert Leaves().roots([1]) == {}


def test_samples_are_drawn_again_without_a_report(made: Published) -> None:
    found = redraw(made.facts)
    assert found
    assert not any(one.faults for one in found)
    assert sum(one.cases for one in found) == sum(
        len(fact["data"]["drawn"]) for fact in map(json.loads, made.facts) if fact["topic"] == "sample.drawn"
    )
    with pytest.raises(ValueError, match="fact 3 says that it is number 4"):
        redraw([*made.facts[:3], *made.facts[4:]])
    spoiled = [fact.replace(b'"chances":', b'"chance":') for fact in made.facts]
    with pytest.raises(ValueError, match="cannot follow"):
        redraw(spoiled)


def test_a_draw_without_announcement_is_told(made: Published) -> None:
    lines = [fact.replace(b'"topic":"sample.announced"', b'"topic":"sample.closed"') for fact in made.facts]
    assert any("never announced" in str(one) for one in check_report(made.json, lines))
