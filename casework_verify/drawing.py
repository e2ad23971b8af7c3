"""Drawing audit samples again: the seed that a fact tells must select the cases that it tells, and no others.

The part of the seed that nobody could know before must be what it says: the root of the log at the announcement, or a
value that came out after it. Cases are taken in the order of the SHA-256 of the seed, a colon and their pseudonym. A
simple sample takes the first, a stratified one the first of each stratum. A weighted one takes for certain what is as
large as a step, and makes even steps over the sizes of the others (Madow 1949).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from casework_verify.course import RESTRICTIVE, Shape
from casework_verify.facts import Fact, Problem, read_facts
from casework_verify.known import BANDS, DECISION, UNKNOWN_BAND, Announced, Drawing, Known
from casework_verify.moments import microseconds
from casework_verify.rules import Rules
from casework_verify.tree import Leaves

OTHER_ROOT = "names a beacon that is not the root of the log at the announcement"

_LEAST_OF_EACH = 2
_OF_SAMPLES = ("sample.announced", "sample.drawn")


class Unit(NamedTuple):
    """A case that can be drawn."""

    case: str
    stratum: str
    size: int
    acted: str


Drawn = tuple[str, str, int, int]
"""Case, stratum, and its probability as a fraction."""


class Redrawn(NamedTuple):
    """A sample that was drawn again: how many cases of how many, and what is wrong with its draw."""

    sample: str
    cases: int
    population: int
    faults: tuple[str, ...]


def redraw(lines: Iterable[bytes]) -> list[Redrawn]:
    """Draw every sample again, from the facts of the log in their order and nothing else.

    Raises ``ValueError`` when the lines are not all facts from the first one on.
    """
    unread: list[Problem] = []
    leaves, known = Leaves(), Known(Rules({"calendars": {}, "standards": {}, "regimes": {}}))
    of_samples = set()

    def needed() -> Iterator[tuple[Fact, int]]:
        for fact, recorded in read_facts(leaves.passing(lines), unread):
            if fact["topic"] in _OF_SAMPLES:
                of_samples.add(fact["n"])
            if fact["topic"] in (DECISION, *_OF_SAMPLES):
                yield fact, recorded

    known.take(needed())
    # What goes on in a case needs rules, which are not here: of cases only the decisions count, which are taken in.
    for problem in (*unread, *(one for one in known.problems if one.fact in of_samples)):
        raise ValueError(f"fact {problem.fact} {problem.what}")
    problems = list(check_draws(known, leaves))
    return [
        Redrawn(
            one.stream,
            len(one.data["drawn"]),
            one.data["population"],
            tuple(each.what for each in problems if each.fact == one.n),
        )
        for one in known.drawings
    ]


def check_draws(known: Known, leaves: Leaves) -> Iterator[Problem]:
    """What is wrong with the draws that are known; ``leaves`` are those of all facts."""
    roots = leaves.roots(one.n + 1 for one in known.announced.values())
    for drawing in known.drawings:
        announced = known.announced.get(drawing.stream)
        try:
            if announced is None:
                yield Problem(drawing.n, "draws a sample that was never announced")
                continue
            yield from (Problem(drawing.n, what) for what in _wrong_seed(announced, drawing, roots))
            yield from (Problem(drawing.n, what) for what in _wrong(known, announced.plan, drawing))
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            yield Problem(drawing.n, f"cannot be drawn again ({type(error).__name__}: {error})")


def _wrong_seed(announced: Announced, drawing: Drawing, roots: Mapping[int, bytes]) -> Iterator[str]:
    beacon, named = drawing.data["beacon"], drawing.data["seed"]
    seed = f"{announced.plan['seed']}:{beacon['randomness']}"
    if named != seed:
        yield f"names the seed {named}, but announcement and beacon make {seed}"
    if beacon["kind"] == "public":
        if microseconds(beacon["published"]) <= announced.recorded:
            yield "names a beacon that came out before the announcement"
    elif beacon["kind"] != "checkpoint":
        yield f"names a beacon of the kind {beacon['kind']}"
    elif beacon["size"] != announced.n + 1 or beacon["randomness"] != roots[announced.n + 1].hex():
        yield OTHER_ROOT


def _wrong(known: Known, plan: Mapping[str, Any], drawing: Drawing) -> Iterator[str]:
    data = drawing.data
    seed = f"{plan['seed']}:{data['beacon']['randomness']}"
    if data["design"] != plan["design"]:
        yield f"has the design {data['design']}, but {plan['design']} was announced"
    population = _population(known, plan, drawing.n)
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


def _population(known: Known, plan: Mapping[str, Any], drawn: int) -> list[Unit]:
    """The decisions of the announced time and kind that were recorded by the announced moment, without ordered ones.

    Those behind the draw, ``drawn``, were not there yet, though they may bear the same moment.
    """
    start, end, by = (microseconds(plan[name]) for name in ("start", "end", "as_of"))
    outcomes, divided = plan.get("outcomes", ()), plan.get("stratify_by")
    found = []
    for case, one in known.cases.items():
        shape = one.shape
        if not start <= one.decided < end or one.informed > by or one.n > drawn or shape.rule == "order":
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
