"""Masking of small counts in what the public sees: 1 to 4 in a breakdown, and whatever would give them away.

Totals stay. Every published sum (parents of breakdowns, identities, numerators of shares) is an equation; a masked
cell that is alone in one could be worked out, so a second cell of it is masked too, the smallest first. So is another
one when the masked cells of a sum could only be all ones or all fours. So it is with the difference of two sums.

The rule has a version, which a report names: an old report can be made again as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from casework.reports.figures.identities import IDENTITIES, keys_by_name, with_parents
from casework.reports.figures.registry import REGISTRY, Figures
from casework.reports.figures.values import Row, Unit, Value

VERSION = 3
"""Of the rule. Version 1 looked neither at what outcomes follow from which rules nor at differences of sums; version 2
showed the only cell of a breakdown also where it equals a cell of another, as a week's course of decisions does."""

SMALLEST_SHOWN = 5
"""Counts in breakdowns from 1 to one below this are masked."""


_TIES: tuple[tuple[str, ...], ...] = (
    ("decisions.by_outcome.marked_lawful", "decisions.by_rule.marked"),
    (
        "decisions.by_outcome.presumed_lawful",
        "decisions.by_rule.de_minimis",
        "decisions.by_rule.overlap_limit",
        "decisions.by_rule.band_low",
    ),
    ("decisions.by_outcome.cleared", "decisions.by_rule.no_block", "decisions.by_rule.order"),
    ("decisions.by_outcome.warning", "decisions.by_rule.name_only", "decisions.by_rule.band_middle"),
    ("decisions.by_outcome.prior_review", "decisions.by_rule.prior_review"),
    ("decisions.by_outcome.presumed_infringing", "decisions.by_rule.band_high"),
    ("filtering.restrictions", "decisions.by_outcome.prior_review", "decisions.by_outcome.presumed_infringing"),
    (
        "filtering.passed",
        "decisions.by_outcome.cleared",
        "decisions.by_outcome.marked_lawful",
        "decisions.by_outcome.presumed_lawful",
        "decisions.by_outcome.warning",
    ),
)
"""What follows from the rules themselves: which rule leads to which outcome (``OUTCOMES`` of the decision).

The first two hold always, those with orders and with platforms that must not block where there are none of them, which
a reader sees. They come first, so that a small rule is hidden behind another rule and not behind an outcome.
"""


SAME: Mapping[str, str] = {
    "filter_requests.cases_reopened": "appeals.reopenings.by_cause.ownership_false",
}
"""Totals that are one cell of a breakdown elsewhere: they are masked with it."""


@dataclass(frozen=True, slots=True)
class _Equation:
    """Published numbers that are tied by one sum; ``share`` is the figure that publishes it, if it is a share."""

    keys: tuple[str, ...]
    share: str | None = None


def mask(figures: Figures, version: int = VERSION) -> Figures:
    """The figures as the public sees them, by a version of the rule. Raises ``ValueError`` for one that never was."""
    if not 1 <= version <= VERSION:
        raise ValueError(f"there is no version {version} of the rule of masking")
    rows = figures.rows
    sizes = Counter(row.figure.id for row in rows.values())
    cells = {
        key: int(row.value.number or 0)
        for key, row in rows.items()
        if _is_cell(row) and (sizes[row.figure.id] > 1 or (version > 2 and _equals_a_cell(row, rows)))
    }
    hidden = {key for key, count in cells.items() if 0 < count < SMALLEST_SHOWN}
    equations = _equations(rows) if version == 1 else _with_rests(_equations(rows, _TIES), cells)
    changed = True
    while changed:
        changed = False
        for equation in equations:
            if equation.share in hidden or not _reveals(equation, cells, hidden):
                continue
            others = [key for key in equation.keys if key in cells and key not in hidden]
            if others:
                # A zero gives least away, but hides least as well: the smallest count that is there comes first.
                hidden.add(min(others, key=lambda key: (cells[key] == 0, cells[key], key)))
                changed = True
            elif equation.share is not None:
                hidden.add(equation.share)
                changed = True
    return Figures({key: _hide(row) if key in hidden else row for key, row in rows.items()})


def _is_cell(row: Row) -> bool:
    return row.cell is not None and row.figure.unit is Unit.COUNT


def _equals_a_cell(row: Row, rows: Mapping[str, Row]) -> bool:
    """Whether the total of a breakdown is itself a cell; another total stays, and with it the only cell of it."""
    parent = None if row.figure.parent is None else rows.get(row.figure.parent)
    return parent is not None and _is_cell(parent)


def _hide(row: Row) -> Row:
    return replace(row, value=Value(None, masked=True))


def _equations(rows: Mapping[str, Row], tied: Sequence[tuple[str, ...]] = ()) -> list[_Equation]:
    places = {key: place for place, key in enumerate(rows)}
    named = keys_by_name(rows)

    def expanded(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({key for name in names for key in named.get(name, ())}, key=places.__getitem__))

    ties = [_Equation(expanded(names)) for names in tied]
    sums = [_Equation(expanded((*one.left, *one.right))) for one in with_parents(REGISTRY, IDENTITIES)]
    shares = [
        _Equation(expanded(figure.parts), figure.id) for figure in REGISTRY if figure.parts and figure.dimension is None
    ]
    same = [_Equation(expanded((cell,)), total) for total, cell in SAME.items() if total in rows]
    return ties + sums + shares + same + [one for row in rows.values() for one in _of_shared_cell(row)]


def _with_rests(equations: list[_Equation], cells: Mapping[str, int]) -> list[_Equation]:
    """Where one sum lies within another, their difference is a sum as well, which whoever subtracts them knows."""
    plain = list(
        dict.fromkeys(frozenset(key for key in one.keys if key in cells) for one in equations if one.share is None)
    )
    rests = dict.fromkeys(whole - part for whole in plain for part in plain if part and part < whole)
    return equations + [_Equation(tuple(sorted(rest))) for rest in rests if rest not in plain]


def _of_shared_cell(row: Row) -> list[_Equation]:
    """The cell of a breakdown into shares tells its numerator and denominator, each a cell of another breakdown."""
    figure = row.figure
    if row.cell is None or figure.whole is None:
        return []
    placeholder = f"{{{figure.dimension}}}"
    return [_Equation((name.replace(placeholder, row.cell),), row.key) for name in (*figure.parts, figure.whole)]


def _reveals(equation: _Equation, cells: Mapping[str, int], hidden: set[str]) -> bool:
    masked = [cells[key] for key in equation.keys if key in hidden and key in cells]
    if len(masked) == 1:
        return True
    small = all(0 < count < SMALLEST_SHOWN for count in masked)
    return bool(masked) and small and sum(masked) in (len(masked), (SMALLEST_SHOWN - 1) * len(masked))
