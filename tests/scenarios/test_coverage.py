"""Every row, guard and rule of law has its scenario, every scenario names one, and the reference page says so."""

from __future__ import annotations

from scripts import scenarios_reference
from tests.scenarios.moments import moment
from tests.scenarios.sample import marks_of, sample
from tests.scenarios.story import FOLDER, Told, read_all, read_rules

LEAST = 150

RULES = {rule.id for rules in read_rules().values() for rule in rules}
TOLD = read_all()


def named() -> set[str]:
    return {rule for told in TOLD for rule in told.scenario.rule}


def test_every_rule_is_named_by_a_scenario() -> None:
    assert sorted(RULES - named()) == []


def test_every_scenario_names_rules_of_the_list() -> None:
    assert sorted(named() - RULES) == []


def test_there_are_enough_scenarios_and_each_is_its_own() -> None:
    assert len(TOLD) >= LEAST
    titles = [told.scenario.title for told in TOLD]
    assert sorted({title for title in titles if titles.count(title) > 1}) == []
    stories = [told.scenario.model_dump_json(exclude={"title", "rule", "source"}) for told in TOLD]
    twins = [told.name for told, story in zip(TOLD, stories, strict=True) if stories.count(story) > 1]
    assert twins == []


def test_every_scenario_expects_something_beside_a_refusal_in_general() -> None:
    vague = [told.name for told in TOLD if not says_something(told)]
    assert vague == []


def says_something(told: Told) -> bool:
    then = told.scenario.then
    general = "*" in (then.refused, *then.invalid, *(step.refused for step in told.scenario.earlier))
    return not general and then.model_dump(exclude_defaults=True) != {}


def test_what_concerns_storage_is_all_in_the_sample_for_the_second_database() -> None:
    chosen = sample(TOLD)
    assert set().union(*(marks_of(told.scenario) for told in chosen)) == set().union(
        *(marks_of(told.scenario) for told in TOLD)
    )
    assert len(chosen) < len(TOLD) / 2
    took = {(step.step, step.by) for told in TOLD for step in (*told.scenario.earlier, told.scenario.when)}
    assert took == {(step.step, step.by) for told in chosen for step in (*told.scenario.earlier, told.scenario.when)}


def test_files_are_numbered_within_their_section_without_gaps_or_repeats() -> None:
    for section in sorted({told.path.parent for told in TOLD}):
        numbers = [int(path.name.partition("-")[0]) for path in sorted(section.glob("*.toml"))]
        assert numbers == list(range(1, len(numbers) + 1)), section.relative_to(FOLDER)


def test_every_scenario_begins_at_a_moment() -> None:
    assert all(moment(told.scenario.given.at) for told in TOLD)


def test_the_reference_page_is_current() -> None:
    written = scenarios_reference.PAGE.read_text("utf-8")
    assert written == scenarios_reference.page(), "python -m scripts.scenarios_reference"
