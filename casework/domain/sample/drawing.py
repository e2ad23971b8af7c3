"""The draw itself: pure functions of a seed and a population, which anybody can repeat from the public facts.

The order of a draw is that of the SHA-256 of the seed, a colon and the case's pseudonym. A simple sample takes the
first cases in that order, a stratified one the first of each stratum. A weighted one goes through the cases in that
order with even steps over their sizes (systematic sampling with probability proportional to size, W. G. Madow 1949);
what is not smaller than a step is taken for certain. Everything is reckoned in whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from casework.domain.sample.values import Allocation, Design

ALL, CERTAIN, BY_SIZE = "all", "certain", "by_size"
"""Names of strata: everything, what is taken for certain in a weighted design, and the rest of it."""


class Unit(NamedTuple):
    """A case that can be drawn: its pseudonym in the public facts, its stratum, its size."""

    pseudonym: str
    stratum: str
    size: int


class Picked(NamedTuple):
    """A case that was drawn, with its probability as a fraction."""

    pseudonym: str
    stratum: str
    chances: int
    out_of: int


class Part(NamedTuple):
    """A stratum: how many it has and how many of them were drawn."""

    name: str
    population: int
    sampled: int


class Plan(NamedTuple):
    """What the announcement fixed of the draw."""

    design: Design
    cases: int
    allocation: Allocation | None = None


class Draw(NamedTuple):
    """The strata by name, and the drawn cases in the order of the seed."""

    strata: tuple[Part, ...]
    picked: tuple[Picked, ...]


def rank(seed: str, pseudonym: str) -> bytes:
    """Where a case stands in the order of the draw."""
    return sha256(f"{seed}:{pseudonym}".encode()).digest()


def draw(seed: str, plan: Plan, population: Iterable[Unit]) -> Draw:
    """The sample that this seed selects; the whole population where more is asked for than there is."""
    units = sorted(population, key=lambda unit: rank(seed, unit.pseudonym))
    if plan.design is Design.WEIGHTED:
        return _weighted(seed, units, min(plan.cases, len(units)))
    strata: dict[str, list[Unit]] = {}
    for unit in units:
        strata.setdefault(unit.stratum if plan.design is Design.STRATIFIED else ALL, []).append(unit)
    sizes = {name: len(strata[name]) for name in sorted(strata)}
    taken = allocate(sizes, plan.cases, plan.allocation or Allocation.PROPORTIONAL)
    picked = [
        (unit, Picked(unit.pseudonym, name, taken[name], sizes[name]))
        for name, of_stratum in strata.items()
        for unit in of_stratum[: taken[name]]
    ]
    picked.sort(key=lambda pair: rank(seed, pair[0].pseudonym))
    parts = tuple(Part(name, size, taken[name]) for name, size in sizes.items())
    return Draw(parts, tuple(one for _unit, one in picked))


def allocate(sizes: Mapping[str, int], cases: int, allocation: Allocation) -> dict[str, int]:
    """How many to draw from each stratum: at least two of each while there are enough, never more than it has.

    ``proportional``: the rest one by one to whichever stratum is furthest below its share of the whole, ties by name.
    ``equal``: one after the other, in the order of names, until all are given out.
    """
    cases = min(cases, sum(sizes.values()))
    given = dict.fromkeys(sizes, 0)
    for _round in range(2):
        for name in sizes:
            if sum(given.values()) < cases and given[name] < sizes[name]:
                given[name] += 1
    while sum(given.values()) < cases:
        open_strata = [name for name in sizes if given[name] < sizes[name]]
        if allocation is Allocation.EQUAL:
            least = min(given[name] for name in open_strata)
            given[next(name for name in open_strata if given[name] == least)] += 1
            continue
        # Compared without division.
        whole = sum(sizes.values())
        behind = max(open_strata, key=lambda name: sizes[name] * cases - given[name] * whole)
        given[behind] += 1
    return given


def _weighted(seed: str, units: Sequence[Unit], cases: int) -> Draw:
    """Certain ones first, again and again until no size is as large as a step; then even steps from a random start."""
    rest, certain = list(units), set[str]()
    while rest and cases > len(certain):
        left, whole = cases - len(certain), sum(unit.size for unit in rest)
        large = {unit.pseudonym for unit in rest if unit.size * left >= whole}
        if not large:
            break
        certain |= large
        rest = [unit for unit in rest if unit.pseudonym not in large]
    left, whole = max(0, cases - len(certain)), sum(unit.size for unit in rest)
    chosen: dict[str, Picked] = {}
    if left and rest:
        start = int.from_bytes(sha256(f"{seed}:start".encode()).digest()) % whole
        passed = 0
        for unit in rest:
            before, passed = passed, passed + unit.size * left
            # A step ends in [before, passed): the size is smaller than a step, so it ends there once at most.
            if (before - start + whole - 1) // whole * whole + start < passed:
                chosen[unit.pseudonym] = Picked(unit.pseudonym, BY_SIZE, unit.size * left, whole)
    picked = [
        Picked(unit.pseudonym, CERTAIN, 1, 1) if unit.pseudonym in certain else chosen[unit.pseudonym]
        for unit in units
        if unit.pseudonym in certain or unit.pseudonym in chosen
    ]
    parts = (Part(BY_SIZE, len(rest), len(chosen)), Part(CERTAIN, len(certain), len(certain)))
    return Draw(tuple(part for part in parts if part.population), tuple(picked))
