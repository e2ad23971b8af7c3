"""Audit samples drawn again from the public facts of the log alone, and held against what was drawn.

It needs no database and no key: the lines of `GET /api/v1/log/facts` from the first one on are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from casework.domain.sample.drawing import Draw, Plan, Unit, draw
from casework.domain.sample.values import Allocation, BeaconKind, Design, Stratifier, band_of, size_of
from casework.domain.values import Rule
from casework.eventlog.merkle import leaf_hash, node_hash

Fact = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Redrawn:
    """One sample, drawn again; ``faults`` say in what the log differs from it, and are empty where it does not."""

    sample: str
    cases: int
    population: int
    faults: tuple[str, ...]


def redraw(lines: Iterable[bytes]) -> list[Redrawn]:
    """Draw every sample again. ``ValueError`` when the lines are not all facts from the first one on, in order."""
    decisions: list[Fact] = []
    announced: dict[str, Fact] = {}
    found: list[Redrawn] = []
    tree = _Tree()
    roots: dict[int, str] = {}
    for number, line in enumerate(lines):
        fact: Fact = msgspec.json.decode(line)
        if fact["n"] != number:
            raise ValueError(f"fact {number} is missing; the facts have to begin with the first one")
        tree.add(leaf_hash(line))
        if fact["topic"] == "case.filtering_decision_recorded":
            decisions.append(fact)
        elif fact["topic"] == "sample.announced":
            announced[fact["stream"]] = fact
            roots[number + 1] = tree.root().hex()
        elif fact["topic"] == "sample.drawn":
            found.append(_compare(fact, announced.get(fact["stream"]), decisions, roots))
    return found


class _Tree:
    """The root of all leaves so far, from the roots of its complete subtrees (RFC 9162, 2.1)."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """One leaf more; two subtrees of one size become one."""
        size = 1
        while self._parts and self._parts[-1][0] == size:
            _, left = self._parts.pop()
            leaf, size = node_hash(left, leaf), 2 * size
        self._parts.append((size, leaf))

    def root(self) -> bytes:
        """The root now."""
        *before, (_, right) = self._parts
        for _, left in reversed(before):
            right = node_hash(left, right)
        return right


def _compare(drawn: Fact, announced: Fact | None, decisions: Sequence[Fact], roots: Mapping[int, str]) -> Redrawn:
    result = drawn["data"]
    if announced is None:
        return Redrawn(drawn["stream"], len(result["drawn"]), result["population"], ("it was never announced",))
    plan, beacon = announced["data"], result["beacon"]
    population = [_unit(fact, plan) for fact in decisions if _belongs(fact, plan)]
    again = draw(result["seed"], _plan(plan), population)
    told = [(one["case"], one["stratum"], one["chances"], one["out_of"]) for one in result["drawn"]]
    faults = []
    if result["seed"] != f"{plan['seed']}:{beacon['randomness']}":
        faults.append("the seed is not the announced word and the beacon")
    if beacon["kind"] == BeaconKind.CHECKPOINT and (
        beacon.get("size") != announced["n"] + 1 or roots.get(beacon["size"]) != beacon["randomness"]
    ):
        faults.append("the beacon is not the root of the log at the announcement")
    if beacon["kind"] == BeaconKind.PUBLIC and _moment(beacon["published"]) <= _moment(announced["at"]):
        faults.append("the beacon came out before the announcement")
    if len(population) != result["population"]:
        faults.append(f"the population has {len(population)} decisions, not {result['population']}")
    if [tuple(one) for one in again.picked] != told:
        faults.append("other cases are drawn")
    if not _same_strata(again, result["strata"]):
        faults.append("the strata differ")
    return Redrawn(drawn["stream"], len(told), len(population), tuple(faults))


def _same_strata(again: Draw, told: Sequence[Fact]) -> bool:
    return [tuple(part) for part in again.strata] == [
        (one["stratum"], one["population"], one["sampled"]) for one in told
    ]


def _plan(announced: Fact) -> Plan:
    allocation = announced.get("allocation")
    return Plan(Design(announced["design"]), announced["cases"], None if allocation is None else Allocation(allocation))


def _belongs(fact: Fact, plan: Fact) -> bool:
    data = fact["data"]
    return (
        _moment(plan["start"]) <= _moment(data["decided_at"]) < _moment(plan["end"])
        and _moment(fact["at"]) <= _moment(plan["as_of"])
        and data["rule"] != Rule.ORDER
        and (not plan["outcomes"] or data["outcome"] in plan["outcomes"])
    )


def _unit(fact: Fact, plan: Fact) -> Unit:
    data, by = fact["data"], plan.get("stratify_by")
    text = data["evidence"].get("share_of_upload")
    share = None if text is None else Decimal(text)
    strata = {
        Stratifier.OUTCOME: data["outcome"],
        Stratifier.MEDIUM: data["upload"]["medium"],
        Stratifier.SHARE_BAND: band_of(share),
    }
    return Unit(fact["stream"], "" if by is None else strata[Stratifier(by)], size_of(share))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
