"""What the file says has to be so, against what is so: every difference in words, not only the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from tests.scenarios import records
from tests.scenarios.moments import moment
from tests.scenarios.play import FIRST_CASE, Play
from tests.scenarios.story import Then

Json = dict[str, Any]


def fields(expected: Any, found: Any, place: str) -> Iterator[str]:
    """Differences between expected fields and what is there; only what is expected is looked at."""
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            inside = found.get(key) if isinstance(found, Mapping) else None
            yield from fields(value, inside, f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from fields(one, other, f"{place}[{number}]")
    elif isinstance(expected, str) and _is_moment(expected) and isinstance(found, str):
        if datetime.fromisoformat(found) != moment(expected):
            yield f"{place}: expected {expected} ({moment(expected):%Y-%m-%d %H:%M:%S} UTC), found {found}"
    elif expected == "none" and found is None:
        return
    elif expected != found:
        yield f"{place}: expected {expected!r}, found {found!r}"


def _is_moment(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def answer(then: Then | Any, response: httpx.Response | None) -> Iterator[str]:
    """Whether the step was taken, refused for the named reason, or its body sent back."""
    if response is None:
        if then.refused is not None or then.invalid:
            yield "the step is none that could be refused"
        return
    said = response.text[:1500]
    if getattr(then, "unseen", False):
        if response.status_code != 404:
            yield f"expected that the caller does not see the case (404), found {response.status_code}: {said}"
    elif then.refused is not None:
        code = response.json().get("code")
        if response.status_code not in (403, 409) or then.refused not in ("*", code):
            yield f"expected the refusal {then.refused}, found {response.status_code} {code}: {said}"
    elif then.invalid:
        pointers = [error.get("pointer") for error in response.json().get("errors") or []]
        if response.status_code != 422 or not {*then.invalid} - {"*"} <= {*pointers}:
            yield f"expected faults of {then.invalid}, found {response.status_code} {pointers}: {said}"
    elif response.status_code not in (200, 201):
        yield f"expected that the step is taken, found {response.status_code}: {said}"


def outcome(then: Then, play: Play, before: Sequence[Json], case: str) -> Iterator[str]:
    """Everything that is said of the case after the step."""
    if then.unseen or case not in play.cases:
        return
    if then.case or then.clocks or then.no_clocks:
        state = play.state(case=case)
        yield from fields(then.case, state, "case")
        yield from clocks(then, state)
    if then.events or then.no_events:
        yield from events(then, play.events(case)[len(before) :])
    yield from steps(then, play, case)
    for who, seen in then.sees.items():
        yield from fields(seen, play.state(who, case), f"what the {who} sees")
    for who, words in then.hidden.items():
        text = str(play.state(who, case))
        yield from (f"the {who} can read {word!r}" for word in words if word in text)
    for side, expected in then.ledgers.items():
        yield from fields(expected, records.ledger(play, side), f"ledger of the {side}")
    for name, expected in then.other_cases.items():
        yield from fields(expected, play.state(case=name), f"case {name!r}")


def events(then: Then, new: Sequence[Json]) -> Iterator[str]:
    """The named events in their order, and none of those that must not be."""
    rest = iter(new)
    for wanted in then.events:
        name = wanted if isinstance(wanted, str) else wanted["type"]
        found = next((event for event in rest if event["type"] == name), None)
        if found is None:
            yield f"expected the event {name} (in this order), found {[event['type'] for event in new]}"
            return
        if not isinstance(wanted, str):
            said = {key: value for key, value in wanted.items() if key not in ("type", "by")}
            yield from fields(said, found["data"], name)
            if "by" in wanted and found["by"] != wanted["by"]:
                yield f"{name}: expected by {wanted['by']}, found by {found['by']}"
    yield from (f"the event {event['type']} must not be" for event in new if event["type"] in then.no_events)


def clocks(then: Then, state: Json) -> Iterator[str]:
    """What is due when."""
    running = {clock["kind"]: clock["due_at"] for clock in (state["deadlines"].get("clocks") or [])}
    for kind, due in then.clocks.items():
        if kind not in running:
            yield f"expected the clock {kind}, found {running}"
        else:
            yield from fields(due, running[kind], f"clock {kind}")
    wrong = [kind for kind in then.no_clocks if kind in running]
    yield from (f"the clock {kind} must not run, but does: {running[kind]}" for kind in wrong)


def steps(then: Then, play: Play, case: str) -> Iterator[str]:
    """Who may do what next, and until when."""
    for who in {*then.may, *then.may_not, *then.until}:
        listed = {step["name"]: step["until"] for step in play.state(who, case)["allowed_steps"]}
        for name in then.may.get(who, []):
            if name not in listed:
                yield f"the {who} should be able to take the step {name}; listed are {sorted(listed)}"
        for name in then.may_not.get(who, []):
            if name in listed:
                yield f"the {who} must not be able to take the step {name}"
        for name, end in then.until.get(who, {}).items():
            if name not in listed:
                yield f"the {who} should be able to take the step {name}; listed are {sorted(listed)}"
            else:
                yield from fields(end, listed[name], f"{who}'s window for {name}")


__all__ = ["FIRST_CASE", "answer", "fields", "outcome"]
