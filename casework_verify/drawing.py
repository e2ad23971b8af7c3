"""Drawing audit samples again: the seed that a fact tells must select the cases that it tells, and no others.

Cases are taken in the order of the SHA-256 of the seed, a colon and their pseudonym. A simple sample takes the first, a
stratified one the first of each stratum. A weighted one takes for certain what is as large as a step, and makes
even steps over the sizes of the others (Madow 1949).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from casework_verify.course import RESTRICTIVE, Shape
from casework_verify.facts import Problem
from casework_verify.known import BANDS, UNKNOWN_BAND, Drawing, Known
from casework_verify.moments import microseconds

_LEAST_OF_EACH = 2


class Unit(NamedTuple):
    """A case that can be drawn."""

    case: str
    stratum: str
    size: int
    acted: str


Drawn = tuple[str, str, int, int]
"""Case, stratum, and its probability as a fraction."""


def check_draws(known: Known) -> Iterator[Problem]:
    """What is wrong with the draws that are known."""
    for drawing in known.drawings:
        plan = known.announced.get(drawing.stream)
        try:
            if plan is None:
                yield Problem(drawing.n, "draws a sample that was never announced")
            else:
                yield from (Problem(drawing.n, what) for what in _wrong(known, plan, drawing))
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            yield Problem(drawing.n, f"cannot be drawn again ({type(error).__name__}: {error})")


def _wrong(known: Known, plan: Mapping[str, Any], drawing: Drawing) -> Iterator[str]:
    data = drawing.data
    seed = f"{plan['seed']}:{data['beacon']['randomness']}"
    if data["seed"] != seed:
        yield f"names the seed {data['seed']}, but announcement and beacon make {seed}"
    if data["design"] != plan["design"]:
        yield f"has the design {data['design']}, but {plan['design']} was announced"
    population = _population(known, plan)
    strata, drawn = draw(seed, plan, population)
    told = {one["stratum"]: (one["population"], one["sampled"]) for one in data["strata"]}
    if data["population"] != len(population) or told != strata:
        yield f"tells of other cases to draw from than the {len(population)} that were announced"
    if [(one["case"], one["stratum"], one["chances"], one["out_of"]) for one in data["drawn"]] != drawn:
        yield "draws other cases, or with other probabilities, than its seed selects"
    acted = {unit.case: unit.acted for unit in population}
    for one in data["drawn"]:
        if one["case"] in acted and one["acted"] != acted[one["case"]]:
            yield f"says that the decision of {one['case']} was {one['acted']}, but it was {acted[one['case']]}"


def _population(known: Known, plan: Mapping[str, Any]) -> list[Unit]:
    """The decisions of the announced time and kind that were recorded by the announced moment, without ordered ones."""
    start, end, by = (microseconds(plan[name]) for name in ("start", "end", "as_of"))
    outcomes, divided = plan.get("outcomes", ()), plan.get("stratify_by")
    found = []
    for case, one in known.cases.items():
        shape = one.shape
        if not start <= one.decided < end or one.informed > by or shape.rule == "order":
            continue
        if not outcomes or shape.outcome in outcomes:
            found.append(_unit(case, shape, divided))
    return found


def _unit(case: str, shape: Shape, divided: str | None) -> Unit:
    strata = {"outcome": shape.outcome, "medium": shape.medium, "share_band": shape.band}
    size = 1 if shape.band == UNKNOWN_BAND else BANDS.index(shape.band) + 1
    acted = "restricted" if shape.outcome in RESTRICTIVE else "passed"
    return Unit(case, "" if divided is None else strata[divided], size, acted)


def draw(
    seed: str, plan: Mapping[str, Any], population: Sequence[Unit]
) -> tuple[dict[str, tuple[int, int]], list[Drawn]]:
    """The strata with how many they have and how many were taken, and the drawn cases in their order."""
    units = sorted(population, key=lambda unit: sha256(f"{seed}:{unit.case}".encode()).digest())
    cases = min(plan["cases"], len(units))
    if plan["design"] == "weighted":
        return _by_size(seed, units, cases)
    names = [unit.stratum if plan["design"] == "stratified" else "all" for unit in units]
    sizes = {name: names.count(name) for name in sorted(set(names))}
    taken = _allocated(sizes, cases, equal=plan.get("allocation") == "equal")
    left, drawn = dict(taken), []
    for unit, name in zip(units, names, strict=True):
        if left[name]:
            left[name] -= 1
            drawn.append((unit.case, name, taken[name], sizes[name]))
    return {name: (size, taken[name]) for name, size in sizes.items()}, drawn


def _allocated(sizes: Mapping[str, int], cases: int, *, equal: bool) -> dict[str, int]:
    """How many of each stratum: two of each first, then evenly, or to whichever is furthest below its share."""
    taken = dict.fromkeys(sizes, 0)
    whole = sum(sizes.values())
    for _ in range(cases):
        least = [name for name in sizes if taken[name] < min(sizes[name], _LEAST_OF_EACH)]
        some = [name for name in sizes if taken[name] < sizes[name]]
        if least:
            # One of each before the second of any.
            chosen = min(least, key=lambda name: taken[name])
        elif equal:
            chosen = min(some, key=lambda name: taken[name])
        else:
            chosen = max(some, key=lambda name: sizes[name] * cases - taken[name] * whole)
        taken[chosen] += 1
    return taken


def _by_size(seed: str, units: Sequence[Unit], cases: int) -> tuple[dict[str, tuple[int, int]], list[Drawn]]:
    certain: set[str] = set()
    while True:
        rest = [unit for unit in units if unit.case not in certain]
        left, whole = cases - len(certain), sum(unit.size for unit in rest)
        large = {unit.case for unit in rest if left > 0 and unit.size * left >= whole}
        if not large:
            break
        certain |= large
    stepped: dict[str, Drawn] = {}
    if left > 0 and rest:
        # On a line on which each case is `left` times its size long, the steps end every `whole` from `place` on.
        place, passed = int.from_bytes(sha256(f"{seed}:start".encode()).digest(), "big") % whole, 0
        for unit in rest:
            passed += unit.size * left
            if place < passed:
                stepped[unit.case] = (unit.case, "by_size", unit.size * left, whole)
                place += whole
    drawn = [
        (unit.case, "certain", 1, 1) if unit.case in certain else stepped[unit.case]
        for unit in units
        if unit.case in certain or unit.case in stepped
    ]
    strata = {"by_size": (len(rest), len(stepped)), "certain": (len(certain), len(certain))}
    return {name: numbers for name, numbers in strata.items() if numbers[0]}, drawn
