"""The draw itself: pure functions of a seed and a population, which anybody can repeat from the public facts.

The order of a draw is that of the SHA-256 of the seed, a colon and the case's pseudonym. A simple sample takes the
first cases in that order, a stratified one the first of each stratum. A weighted one goes through the cases in that
order with even steps over their sizes (systematic sampling with probability proportional to size, W. G. Madow 1949);
what is not smaller than a step is taken for certain. Everything is reckoned in whole numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from heapq import nsmallest
from typing import NamedTuple

from casework.domain.sample.values import Allocation, Design

ALL, CERTAIN, BY_SIZE = "all", "certain", "by_size"
"""Names of strata: everything, what is taken for certain in a weighted design, and the rest of it."""

_FIRST = 2
"""Bytes of a rank by which a weighted draw adds up sizes: of a million cases some fifteen share them."""


class Unit(NamedTuple):
    """A case that can be drawn: its pseudonym in the public facts, its stratum, its size."""

    pseudonym: str
    stratum: str
    size: int


class Population(NamedTuple):
    """The cases that can be drawn, column by column: so many of them take little room and time."""

    pseudonyms: Sequence[str]
    strata: Sequence[str]
    sizes: Sequence[int]


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
    units = list(population)
    return draw_from(
        seed,
        plan,
        Population([one.pseudonym for one in units], [one.stratum for one in units], [one.size for one in units]),
    )


def draw_from(seed: str, plan: Plan, population: Population) -> Draw:
    """The same. A population may be a million cases, so nothing is put in order but what comes into question."""
    names = population.pseudonyms
    ranks = [rank(seed, name) for name in names]
    if plan.design is Design.WEIGHTED:
        return _weighted(seed, population, ranks, min(plan.cases, len(names)))
    strata: dict[str, Sequence[int]] = {ALL: range(len(names))} if names else {}
    if plan.design is Design.STRATIFIED:
        strata = _by_stratum(population.strata)
    sizes = {name: len(strata[name]) for name in sorted(strata)}
    taken = allocate(sizes, plan.cases, plan.allocation or Allocation.PROPORTIONAL)
    picked = {
        place: Picked(names[place], name, taken[name], sizes[name])
        for name, places in strata.items()
        for place in nsmallest(taken[name], places, key=ranks.__getitem__)
    }
    parts = tuple(Part(name, size, taken[name]) for name, size in sizes.items())
    return Draw(parts, tuple(picked[place] for place in sorted(picked, key=ranks.__getitem__)))


def _by_stratum(strata: Iterable[str]) -> dict[str, Sequence[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, stratum in enumerate(strata):
        found[stratum].append(place)
    return {**found}


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


def _weighted(seed: str, population: Population, ranks: Sequence[bytes], cases: int) -> Draw:
    """Certain ones first, again and again until no size is as large as a step; then even steps from a random start."""
    names, sizes = population.pseudonyms, population.sizes
    certain = _certain_sizes(Counter(sizes), cases)
    rest = [place for place, size in enumerate(sizes) if size not in certain]
    sure = [place for place, size in enumerate(sizes) if size in certain] if certain else []
    picked = {place: Picked(names[place], CERTAIN, 1, 1) for place in sure}
    left, whole = max(0, cases - len(sure)), sum([sizes[place] for place in rest])
    if left and rest:
        start = int.from_bytes(sha256(f"{seed}:start".encode()).digest()) % whole
        for place in _at_steps(sizes, ranks, rest, start, left, whole):
            picked[place] = Picked(names[place], BY_SIZE, sizes[place] * left, whole)
    parts = (Part(BY_SIZE, len(rest), len(picked) - len(sure)), Part(CERTAIN, len(sure), len(sure)))
    found = tuple(picked[place] for place in sorted(picked, key=ranks.__getitem__))
    return Draw(tuple(part for part in parts if part.population), found)


def _certain_sizes(numbers: Mapping[int, int], cases: int) -> set[int]:
    """The sizes that are taken for certain; ``numbers``: how many units there are of each."""
    certain = set[int]()
    while True:
        rest = {size: number for size, number in numbers.items() if size not in certain}
        left = cases - sum(numbers[size] for size in certain)
        whole = sum(size * number for size, number in rest.items())
        large = {size for size in rest if size * left >= whole}
        if left <= 0 or not large:
            return certain
        certain |= large


def _at_steps(
    sizes: Sequence[int], ranks: Sequence[bytes], rest: Sequence[int], start: int, left: int, whole: int
) -> Iterator[int]:
    """Where the steps end: at ``start`` and every ``whole`` after it, when each size counts ``left`` times.

    All are added up by the first bytes of their rank, and only where a step ends are they put in order one by one.
    """
    beginnings = [ranks[place][:_FIRST] for place in rest]
    sums: defaultdict[bytes, int] = defaultdict(int)
    for beginning, place in zip(beginnings, rest, strict=True):
        sums[beginning] += sizes[place]
    ends, passed = dict[bytes, int](), 0
    for beginning in sorted(sums):
        before, passed = passed, passed + sums[beginning] * left
        if _next_step(before, start, whole) < passed:
            ends[beginning] = before
    near: defaultdict[bytes, list[int]] = defaultdict(list)
    for beginning, place in zip(beginnings, rest, strict=True):
        if beginning in ends:
            near[beginning].append(place)
    for beginning, at in ends.items():
        passed = at
        for place in sorted(near[beginning], key=ranks.__getitem__):
            # A step ends in [before, passed): the size is smaller than a step, so it ends there once at most.
            before, passed = passed, passed + sizes[place] * left
            if _next_step(before, start, whole) < passed:
                yield place


def _next_step(before: int, start: int, whole: int) -> int:
    """The first step that does not end before this."""
    return (before - start + whole - 1) // whole * whole + start
