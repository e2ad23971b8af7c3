"""Write docs/reference/scenarios.md from the conformance suite; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.scenarios.story import RuleRow, Told, read_all, read_rules
from tests.scenarios.telling import tell

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "scenarios.md"
HEAD = """# Scenarios of the procedure

This page is made from the files under `tests/scenarios/` by `python -m scripts.scenarios_reference`.

The test suite plays each of the {number} scenarios through the HTTP API, a sample on PostgreSQL too, and looks whether
the system does what the scenario says. The tables list the rows and guards of the procedure and the rules of law with
the scenarios that show them; below stands every scenario in full: what is **given**, **when** somebody does something,
what **then** has to be so. Without another word a scenario is about three minutes of a film, found by fingerprint in 93
per cent of a non-commercial video. "Refused" is followed by the [stable code](refusals.md). "End of" a day is the
midnight after it.
"""
SECTIONS = {
    "decision": "The filtering decision",
    "procedure": "The procedure, row by row",
    "guard": "What is refused",
    "invariant": "What always holds",
    "china": "China: contents and deadlines",
    "germany": "Germany: UrhDaG",
    "eu": "European Union: DSA",
    "usa": "United States: DMCA",
    "sanctions": "The sanction ledger",
    "upload": "Several cases on one upload",
}


def page() -> str:
    """The whole page."""
    told = read_all()
    return "\n".join([HEAD.format(number=len(told)), *_rules(told), *_stories(told)])


def _rules(told: Sequence[Told]) -> Iterator[str]:
    yield "## Rules and their scenarios\n"
    for section, rules in read_rules().items():
        yield f"### {SECTIONS[section]}: rules\n"
        yield "| rule | source | scenarios |"
        yield "|---|---|---|"
        yield from (_row(rule, told) for rule in rules)
        yield ""


def _row(rule: RuleRow, told: Sequence[Told]) -> str:
    links = [f"[{one.name}](#{_anchor(one)})" for one in told if rule.id in one.scenario.rule]
    return f"| {rule.says} | {rule.source} | {', '.join(links)} |"


def _anchor(told: Told) -> str:
    return told.name.replace("/", "-")


def _stories(told: Sequence[Told]) -> Iterator[str]:
    for section, title in SECTIONS.items():
        yield f"## {title}\n"
        for one in told:
            if one.path.parent.name != section:
                continue
            yield f"### {one.name} {{ #{_anchor(one)} }}\n"
            if one.scenario.source is not None:
                yield f"Source: {one.scenario.source}.\n"
            yield f"```text\n{tell(one.scenario)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
