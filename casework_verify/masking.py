"""Which small counts a public report hides, by the rule that it states: 1 to 4 in a breakdown, and what reveals them.

Every published sum is looked at. Where its hidden cells could be worked out (one alone, or several that can only be
all ones or all fours), the smallest other cell that is not zero is hidden too, or the share, if no cell is left. So it
is with the difference of two sums one of which lies within the other.

A report says by which version of the rule it was masked, and is held against that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from casework_verify.figures.registry import (
    AMOUNT,
    BY_ID,
    COUNTER_ENDS,
    FIGURES,
    FORUM_ENDS,
    NOTICE_ENDS,
    RULES,
    SHARE_RULES,
    SIDES,
    Path,
)
from casework_verify.figures.sheet import Entry
from casework_verify.statistics import OUTCOMES

LEAST_SHOWN = 5
VERSION = 3
"""Of the rule. Version 1 looked neither at what outcomes follow from which rules nor at differences of sums; version 2
told the only cell of a breakdown even if its total is a cell that is hidden."""


class Sum(NamedTuple):
    """Numbers that are tied together: ids of figures, of cells, or of breakdowns with all their cells."""

    names: tuple[str, ...]
    share: str | None = None


def _under(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names.split())


def _of_sides() -> Iterator[Sum]:
    for party, kind in SIDES.items():
        key = f"appeals.{party}"
        yield Sum(_under(key, "open_at_start received decided_on_merits decided_by_default omitted open_at_end"))
        yield Sum((f"times.{kind}.finished", *_under(key, "decided_on_merits decided_by_default")))
        yield Sum(_under(key, "overturned fate.reversed fate.partially_reversed"))


def _of_flows() -> Iterator[Sum]:
    for key, received, ends in (
        ("appeals.further_reviews", "received", ("decided", "omitted")),
        ("appeals.reopenings", "received", ("decided", "omitted")),
        ("notices", "received", NOTICE_ENDS),
        ("counter_notices", "received", COUNTER_ENDS),
        ("prior_review", "held", ("released", "limited", "blocked", "omitted")),
    ):
        yield Sum(_under(key, f"open_at_start {received} {' '.join(ends)} open_at_end"))
    for forum, fates in FORUM_ENDS.items():
        yield Sum(_under(f"outside.{forum}", f"pending_at_start opened {' '.join(fates)} pending"))


def _of_ways() -> Iterator[Sum]:
    for name, first, last in (
        ("filtering.restrictions", "restricted", ("reversed", "stands")),
        ("filtering.reversed", "restricted", ("reversed",)),
        ("filtering.passed_then_restricted", "public", ("restricted",)),
    ):
        ways = (f"{first}/{middle}/{end}" for middle in ("appealed", "not_appealed") for end in last)
        yield Sum((name, *(f"decisions.paths.{way}" for way in ways)))


def _of_outcomes() -> Iterator[Sum]:
    """Which rule leads to which outcome, and which outcomes restrict."""
    outcome, rule = "decisions.by_outcome", "decisions.by_rule"
    for first, rules in (
        ("marked_lawful", "marked"),
        ("presumed_lawful", "de_minimis overlap_limit band_low"),
        ("cleared", "no_block order"),
        ("warning", "name_only band_middle"),
        ("prior_review", "prior_review"),
        ("presumed_infringing", "band_high"),
    ):
        yield Sum((f"{outcome}.{first}", *_under(rule, rules)))
    yield Sum(("filtering.restrictions", *_under(outcome, "prior_review presumed_infringing")))
    yield Sum(("filtering.passed", *_under(outcome, "cleared marked_lawful presumed_lawful warning")))


_PLAIN: tuple[Sum, ...] = (
    Sum(("filtering.restrictions", "filtering.passed", "decisions.total")),
    Sum(_under("filtering", "solely_automated partly_automated restrictions")),
    Sum(
        (
            "filtering.not_automated",
            *_under("notices.measures", "label demote block"),
            *(f"appeals.{party}.new_restrictions_by.ruling" for party in SIDES),
        )
    ),
    *_of_sides(),
    *_of_flows(),
    Sum(_under("review", "agreed disagreed panels")),
    Sum(("review.agreed", *(f"review.first_rulings.{outcome}/{outcome}" for outcome in OUTCOMES))),
    Sum(("times.notice.finished", "notices.accepted", "notices.rejected")),
    Sum(("times.counter_notice.finished", *_under("counter_notices", "restored_at_once restored_after_wait"))),
    Sum(("times.prior_review.finished", *_under("prior_review", "released limited blocked"))),
    Sum(
        (
            "decisions.over_time.other.{step}",
            *(f"decisions.by_rule.{rule}" for rule in RULES if rule not in SHARE_RULES),
        )
    ),
    *_of_ways(),
    Sum(_under("marks", "before_decision after_decision set")),
    Sum(_under("marks", "found_right found_wrong examined")),
    Sum(("appeals.reopenings.by_cause.ownership_false",), "filter_requests.cases_reopened"),
    *(Sum((one.id, one.parent)) for one in FIGURES if one.parent is not None),
    *(Sum(one.parts, one.id) for one in FIGURES if one.parts and not one.broken_down),
    *(
        Sum((name.replace("{medium}", medium),), one.id.replace("{medium}", medium))
        for one in FIGURES
        if one.parts and one.broken_down
        for medium in one.cells
        for name in (*one.parts, one.whole or "")
    ),
)
"""What a report publishes beside the numbers themselves: which of them add up."""

_WITH_OUTCOMES = (*_of_outcomes(), *_PLAIN)

SUMS: Mapping[int, tuple[Sum, ...]] = {1: _PLAIN, 2: _WITH_OUTCOMES, 3: _WITH_OUTCOMES}
"""By version of the rule."""


def mask(entries: Mapping[Path, Entry], version: int = VERSION) -> dict[Path, Entry]:
    """The entries as the public sees them, by a version of the rule. Raises ``KeyError`` for one that never was."""
    sizes = Counter(entry.figure for entry in entries.values())
    cells = {
        path: int(entry.value or 0)
        for path, entry in entries.items()
        if _counts_parts(entry) and (sizes[entry.figure] > 1 or (version > 2 and _is_part_of_part(entry, entries)))
    }
    hidden = {path for path, number in cells.items() if 0 < number < LEAST_SHOWN}
    named = _named(entries)
    tied: list[tuple[list[Path], Path | None]] = [
        (_paths(named, one.names), None if one.share is None else tuple(one.share.split("."))) for one in SUMS[version]
    ]
    tied += _of_amounts(entries)
    if version > 1:
        tied += _rests(tied, cells)
    again = True
    while again:
        again = False
        for paths, share in tied:
            more = _to_hide(paths, share, cells, hidden)
            if more is not None:
                hidden.add(more)
                again = True
    return {path: Entry(one.figure, None, masked=True) if path in hidden else one for path, one in entries.items()}


def _counts_parts(entry: Entry) -> bool:
    return BY_ID[entry.figure].broken_down and BY_ID[entry.figure].unit == "count"


def _is_part_of_part(entry: Entry, entries: Mapping[Path, Entry]) -> bool:
    """Whether what its breakdown adds up to is a cell; the only cell of another is its total, which is told anyway."""
    parent = BY_ID[entry.figure].parent
    whole = None if parent is None else entries.get(tuple(parent.split(".")))
    return whole is not None and _counts_parts(whole)


def _of_amounts(entries: Mapping[Path, Entry]) -> Iterator[tuple[list[Path], Path | None]]:
    """An amount of money tells how often a known fee was charged: it is hidden where that number is."""
    for path, entry in entries.items():
        whole = BY_ID[entry.figure].whole
        if whole is not None and BY_ID[entry.figure].unit == AMOUNT:
            yield [BY_ID[whole].path(path[-1])], path


def _rests(tied: list[tuple[list[Path], Path | None]], cells: Mapping[Path, int]) -> list[tuple[list[Path], None]]:
    """What a larger sum has more than a smaller one within it: it can be worked out by subtraction."""
    sums = list(
        dict.fromkeys(frozenset(path for path in paths if path in cells) for paths, share in tied if share is None)
    )
    more = dict.fromkeys(large - small for large in sums for small in sums if small and small < large)
    return [(sorted(rest), None) for rest in more if rest not in sums]


def _named(entries: Mapping[Path, Entry]) -> Mapping[str, list[tuple[int, Path]]]:
    """By the name of a figure and by that of each place: where numbers of that name stand, and as the how manieth."""
    named: dict[str, list[tuple[int, Path]]] = {}
    for place, (path, entry) in enumerate(entries.items()):
        for name in {entry.figure, ".".join(path)}:
            named.setdefault(name, []).append((place, path))
    return named


def _paths(named: Mapping[str, list[tuple[int, Path]]], names: tuple[str, ...]) -> list[Path]:
    """What has one of the names, in the order of the entries."""
    return [path for _place, path in sorted({each for name in names for each in named.get(name, ())})]


def _to_hide(paths: list[Path], share: Path | None, cells: Mapping[Path, int], hidden: set[Path]) -> Path | None:
    """What one sum makes it necessary to hide."""
    if share in hidden or not _gives_away([cells[path] for path in paths if path in hidden and path in cells]):
        return None
    shown = [path for path in paths if path in cells and path not in hidden]
    if shown:
        return min(shown, key=lambda path: (cells[path] == 0, cells[path], ".".join(path)))
    return share


def _gives_away(numbers: list[int]) -> bool:
    if len(numbers) == 1:
        return True
    small = all(0 < number < LEAST_SHOWN for number in numbers)
    return bool(numbers) and small and sum(numbers) in (len(numbers), (LEAST_SHOWN - 1) * len(numbers))
