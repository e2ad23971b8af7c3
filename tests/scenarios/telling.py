"""A scenario in words, for the reference page and for the message of a failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.scenarios.bodies import DROPPED
from tests.scenarios.story import Given, RecordOfWork, Scenario, Side, Step, Then

REGIMES = {
    "cn-civil-code": "China, Civil Code",
    "cn-e-commerce": "China, E-Commerce Law",
    "cn-network-rights": "China, network-rights regulation",
    "de-urhdag": "Germany, UrhDaG",
    "eu-dsa": "European Union, DSA",
    "us-dmca": "United States, DMCA",
    "none": "China, no regime chosen",
}
STEPS = {
    "marks": "marks the use as lawful",
    "contests": "contests",
    "challenges": "challenges the use",
    "statements": "comments",
    "evidence": "puts a file forward",
    "media": "lays a compared file beside the case",
    "withdrawals": "withdraws",
    "warning-answers": "answers the warning",
    "notices": "gives notice",
    "counter-notices": "sends a counter-notice",
    "intake-decisions": "decides on what came in",
    "deliveries": "confirms that the counter-notice was delivered",
    "wait-pauses": "asks that days of the wait do not count",
    "legal-actions": "reports legal action",
    "urgent-blocks": "declares an urgent block",
    "settlements": "offers to settle, or agrees",
    "upload-withdrawals": "withdraws the upload",
    "further-reviews": "asks for a further review",
    "reopenings": "reopens the case",
    "recusals": "steps back from the case",
    "reassignments": "has a reviewer replaced",
    "panels": "has the panel seated",
    "rulings": "rules",
    "outside-proceedings": "records a proceeding outside",
    "orders": "records an order",
    "the filter decides": "the filtering decision is recorded",
    "time passes": "time passes, and what has fallen due takes effect",
    "the panel rules": "the panel rules",
}
DECISIONS = {"accept": "accepts {}", "deficient": "finds {} deficient", "reject": "rejects {}"}
UNITS = ("seconds", "characters", "words", "bytes")


def tell(scenario: Scenario) -> str:
    """Given, when and then, one fact a line."""
    lines = [f"{scenario.title} ({REGIMES[scenario.regime]})"]
    lines += _block("Given", [*_setting(scenario), *map(_step, scenario.earlier)])
    lines += _block("When", [_step(scenario.when)])
    lines += _block("Then", [*_then(scenario.then)])
    return "\n".join(lines)


def _block(word: str, facts: list[str]) -> list[str]:
    return [f"{word if number == 0 else 'and':>5} {fact}" for number, fact in enumerate(facts)]


def _setting(scenario: Scenario) -> Iterator[str]:
    if scenario.platform == "exempt":
        yield "the platform is too small for the duty to filter"
    for key, value in scenario.standard.items():
        yield f"the platform's standard says {key} = {_value(value)}"
    given = scenario.given
    yield from _records(given)
    yield f"{given.at}: {_decision(given)}"
    for name, changes in given.also.items():
        yield f"a further case, {name!r}: {_said(changes) or 'the same against another work'}"


def _decision(given: Given) -> str:
    share = "a match of unknown share" if given.share is None else f"{given.share} of the upload"
    if given.share_low is not None or given.share_high is not None:
        share += f" (measured between {given.share_low or given.share} and {given.share_high or given.share})"
    parts = [f"an upload ({given.medium}) is matched with a work ({given.kind}): {share}"]
    if given.share_of_work not in (None, "0.033"):
        parts.append(f"{given.share_of_work} of the work")
    parts += [f"{getattr(given, unit)} {unit} used" for unit in UNITS if getattr(given, unit) is not None]
    if given.commercial:
        parts.append("commercial")
    if given.method != "fingerprint":
        parts.append(f"found by {given.method}")
    parts += [f"work is {flag.replace('_', ' ')}" for flag in given.flags]
    parts += [f"marked before as {_said(mark)}" for mark in given.marks]
    if given.public_already:
        parts.append("public already")
    return ", ".join(parts)


def _records(given: Given) -> Iterator[str]:
    for name, side in (("uploader", given.uploader), ("right holder", given.right_holder)):
        yield from _standing(name, side)
    usual = RecordOfWork()
    record = {key: value for key, value in given.work if value != getattr(usual, key)}
    if record:
        yield f"recorded of the work: {_said(record)}"


def _standing(name: str, side: Side) -> Iterator[str]:
    for right in side.suspended:
        yield f"the {name}'s right of {right.replace('_', ' ')} is suspended for {side.suspended_days} days"
    if side.trusted is not None:
        yield f"the {name} is a trusted {side.trusted.replace('_', ' ')}"


def _step(step: Step) -> str:
    time = "" if step.at is None else f"{step.at[1:]} later: " if step.at[0] == "+" else f"{step.at}: "
    who = "" if step.by == "the clock" else (step.by if step.by.startswith("a") else f"the {step.by}") + " "
    does, body = _does(step)
    case = "" if step.case == "the case" else f" in the case {step.case!r}"
    said = f" ({_said(body)})" if body else ""
    lacks = f" without {', '.join(step.lacks).replace('_', ' ')}" if step.lacks else ""
    refused = f"; this is refused: {step.refused}" if step.refused else ""
    leaves = f"; the case then says {_said(step.leaves)}" if step.leaves else ""
    return f"{time}{who}{does}{lacks}{said}{case}{refused}{leaves}"


def _does(step: Step) -> tuple[str, Mapping[str, Any]]:
    """What is done, in words, and what else is said in the body."""
    body = {key: value for key, value in step.body.items() if value != DROPPED}
    if step.step == "intake-decisions":
        subject = body.pop("subject", "notice").replace("_", "-")
        verb = DECISIONS[body.pop("decision", "accept")]
        return verb.format(f"the {subject}"), body
    if step.step == "orders" and "lift" in body:
        return "records that an order was lifted", body
    if step.step == "outside-proceedings" and "proceeding" in body:
        return "records how the proceeding outside ended", body
    if step.step == "the panel rules" and "both" in body:
        return f"both reviewers rule: {body['both'].replace('_', ' ')}", {}
    return STEPS.get(step.step, step.step), body


def _then(then: Then) -> Iterator[str]:
    if then.unseen:
        yield "the caller does not see the case"
    if then.refused is not None:
        yield f"this is refused: {then.refused}"
    if then.invalid:
        yield f"the request is sent back for {', '.join(then.invalid)}"
    if then.case:
        yield f"the case says {_said(then.case)}"
    if then.events:
        yield f"these events are recorded: {', '.join(map(_event, then.events))}"
    if then.no_events:
        yield f"none of these is recorded: {', '.join(then.no_events)}"
    yield from _next(then)
    yield from _elsewhere(then)


def _next(then: Then) -> Iterator[str]:
    """Clocks, steps and windows."""
    for kind, due in then.clocks.items():
        yield f"the clock {kind.replace('_', ' ')} ends {due}"
    yield from (f"no clock {kind.replace('_', ' ')} runs" for kind in then.no_clocks)
    for who, steps in then.may.items():
        yield f"the {who} may now: {', '.join(steps)}"
    for who, steps in then.may_not.items():
        yield f"the {who} may not now: {', '.join(steps)}"
    for who, ends in then.until.items():
        yield from (f"the {who} may take the step {name} until {end}" for name, end in ends.items())


def _elsewhere(then: Then) -> Iterator[str]:
    """What others see, and what stands in ledgers and other cases."""
    for who, seen in then.sees.items():
        yield f"the {who} sees {_said(seen)}"
    for who, words in then.hidden.items():
        yield f"the {who} cannot read {', '.join(map(repr, words))}"
    for side, ledger in then.ledgers.items():
        yield f"the ledger of the {side} says {_said(ledger)}"
    for name, seen in then.other_cases.items():
        yield f"the case {name!r} says {_said(seen)}"


def _event(event: str | Mapping[str, Any]) -> str:
    if isinstance(event, str):
        return event
    return f"{event['type']} ({_said({key: value for key, value in event.items() if key != 'type'})})"


def _said(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{key.replace('_', ' ')}: {_value(value)}" for key, value in fields.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({_said(value)})"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
