"""Which facts were changed, dropped, put in or moved, once the root shows that some were.

What is needed beside the facts is a list of hashes that leads to the signed root and so cannot be wrong itself: the
hash of every fact, or the roots of equal parts of the log. With the first each fault is named by the number of its
fact, with the second by its part, unless the numbers in the facts themselves tell more.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from casework_verify.tree import parts_of

CHANGED, DROPPED, ADDED, MOVED, SOMEWHERE = (
    "fact_changed", "fact_dropped", "fact_added", "fact_moved", "facts_differ",
)  # fmt: skip


_MOST_MISSING = 10_000
"""Facts at the end of a log that are told to be missing, each by its number."""


class Fault(NamedTuple):
    """One fault. ``first`` is the number of the fact in the signed log; for one put in its place in the file.

    ``last``: of a part of the log the last fact; for one that was moved its place in the file.
    """

    kind: str
    first: int
    last: int | None = None


def faults_by_hash(signed: Sequence[bytes], given: Sequence[bytes]) -> list[Fault]:
    """Every fault, from the hashes of all facts as they were signed and as they were given."""
    numbers = {each: number for number, each in enumerate(signed)}
    found = [numbers.get(each) for each in given]
    return sorted(_by_number(found, len(signed)), key=lambda fault: (fault.first, fault.kind))


def _by_number(found: Sequence[int | None], size: int) -> Iterator[Fault]:
    missing = set(range(size)).difference(number for number in found if number is not None)
    seen: set[int] = set()
    known: list[tuple[int, int]] = []
    expected = 0
    for place, number in enumerate(found):
        if number is not None and number not in seen:
            seen.add(number)
            known.append((place, number))
            expected = number + 1
            continue
        if number is None and expected in missing:
            missing.remove(expected)
            yield Fault(CHANGED, expected)
            expected += 1
        else:
            yield Fault(ADDED, place)
    yield from (Fault(DROPPED, number) for number in missing)
    yield from _moved(known)


def _moved(known: Sequence[tuple[int, int]]) -> Iterator[Fault]:
    """All that are not in the longest run of facts which are in order."""
    ends: list[int] = []
    lengths: list[int] = []
    for _place, number in known:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        lengths.append(at + 1)
    wanted, following = len(ends), float("inf")
    for (place, number), length in zip(reversed(known), reversed(lengths), strict=True):
        if length == wanted and number < following:
            wanted, following = wanted - 1, number
        else:
            yield Fault(MOVED, number, place)


def faults_by_part(parts: Sequence[bytes], height: int, size: int, given: Sequence[bytes]) -> list[Fault]:
    """The parts of 2^height facts in which something is wrong; those that follow a gap are not all named."""
    width = 1 << height
    here = parts_of(given[:size], height)
    differ = [number for number, part in enumerate(parts) if number >= len(here) or here[number] != part]
    if len(given) != size:
        differ = differ[:1]  # what follows stands in other places
    return [Fault(SOMEWHERE, number * width, min(size, (number + 1) * width) - 1) for number in differ]


def faults_by_own_number(lines: Iterable[bytes], size: int) -> list[Fault]:
    """What the numbers in the facts tell: which are missing, come twice or stand elsewhere.

    Of a long end that is missing, as when a forged checkpoint names a log of any length, the beginning is enough.
    """
    numbers = [_number(line, size) for line in lines]
    end = min(size, len(numbers) + _MOST_MISSING)
    within = [number if number is None or number < end else None for number in numbers]
    return [fault for fault in _by_number(within, end) if fault.kind != CHANGED]


def _number(line: bytes, size: int) -> int | None:
    try:
        number = json.loads(line)["n"]
    except (ValueError, KeyError, TypeError):
        return None
    return number if type(number) is int and 0 <= number < size else None
