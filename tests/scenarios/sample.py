"""Which scenarios are played on PostgreSQL too: few, in which everything that reads or writes a database happens."""

from __future__ import annotations

from collections.abc import Sequence

from tests.scenarios.story import Scenario, Told

Mark = tuple[str, ...]


def sample(all_told: Sequence[Told]) -> list[Told]:
    """Some of the scenarios that have every mark between them, in the order given.

    The one with the most marks that are missing comes first; of equal ones the earlier, so it is always the same.
    """
    marks = {told.name: marks_of(told.scenario) for told in all_told}
    missing = set().union(*marks.values())
    chosen: set[str] = set()
    while missing:
        best = max(marks, key=lambda name: len(marks[name] & missing))
        chosen.add(best)
        missing -= marks[best]
    return [told for told in all_told if told.name in chosen]


def marks_of(scenario: Scenario) -> set[Mark]:
    """What a scenario does that concerns storage: its settings and records, steps, events, and what it looks at.

    Of what is refused no more than that it is: a refusal writes nothing, but for the events of some, which are told.
    """
    given, then = scenario.given, scenario.then
    steps = (*scenario.earlier, scenario.when)
    return {
        ("regime", scenario.regime),
        ("platform", scenario.platform),
        ("standard changed", str(bool(scenario.standard))),
        ("medium", given.medium),
        *(("of the work", name) for name in given.work.model_dump(exclude_defaults=True)),
        *(("of the uploader", name) for name in given.uploader.model_dump(exclude_defaults=True)),
        *(("of the right holder", name) for name in given.right_holder.model_dump(exclude_defaults=True)),
        *(("further case", name) for case in given.also.values() for name in case),
        *(("step", step.step, step.by) for step in steps),
        ("ends with", "a refusal" if then.refused or then.invalid or then.unseen else scenario.when.step),
        *(("event", event if isinstance(event, str) else str(event["type"])) for event in then.events),
        *(("expects", name) for name in then.model_dump(exclude_defaults=True)),
    }
