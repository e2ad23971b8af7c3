"""Where the nodes and ribbons of a flow chart lie: cases from left to right, as thick as they are many.

The layout is plain arithmetic on the counts of the ways of cases; the macro ``flow_chart`` only draws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 480
NODE = 10
"""How wide the bar of a node is."""

_ROOM = 190.0
"""Units of height that all cases together take."""

_SLOT = 40.0
"""The least room of a node from its top to the next one, so that two lines of text fit beside it."""

_LEAST = 1.5
"""How thick something is at least that is there at all, also when its number is masked."""

_LEFT = (0.0, 110.0, 232.0, 348.0)


@dataclass(frozen=True, slots=True)
class Node:
    """One stage of cases. ``amount`` is ``None`` when all of it is masked; ``at_least``: when part of it is."""

    key: str
    column: int
    series: int
    amount: int | None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A node on its place; ``room`` is the width that its text has."""

    node: Node
    x: float
    y: float
    height: float
    room: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """From one node to another: the path of its outline and the series of its colour."""

    path: str
    series: int


def lay_out(
    nodes: Sequence[Node], links: Mapping[tuple[str, str], int | None]
) -> tuple[list[Placed], list[Ribbon], float]:
    """Place the nodes, given from top to bottom in each column, and the links between them; and the height of all.

    Links come in the order in which they leave and reach their nodes. A link of ``None`` is masked and is drawn thin;
    one of 0 is not drawn.
    """
    whole = max((node.amount or 0 for node in nodes), default=0) or 1
    scale = _ROOM / whole

    def thickness(amount: int | None) -> float:
        return 0.0 if amount == 0 else max(_LEAST, (amount or 0) * scale)

    placed: dict[str, Placed] = {}
    bottoms = dict.fromkeys({node.column for node in nodes}, 0.0)
    for node in nodes:
        out = sum(thickness(amount) for (source, _), amount in links.items() if source == node.key)
        into = sum(thickness(amount) for (_, target), amount in links.items() if target == node.key)
        height = max(out, into, thickness(node.amount))
        end = _LEFT[node.column + 1] if node.column + 1 < len(_LEFT) else WIDTH
        room = end - _LEFT[node.column] - NODE - 7
        placed[node.key] = Placed(node, _LEFT[node.column], bottoms[node.column], height, room)
        bottoms[node.column] += max(height + 10, _SLOT)
    leaving = {key: one.y for key, one in placed.items()}
    arriving = dict(leaving)
    ribbons = []
    for (source, target), amount in links.items():
        thick = thickness(amount)
        if thick:
            ribbons.append(_ribbon(placed[source], placed[target], leaving[source], arriving[target], thick))
            leaving[source] += thick
            arriving[target] += thick
    return list(placed.values()), ribbons, max(bottoms.values(), default=0.0)


def _ribbon(start: Placed, end: Placed, top: float, into: float, thick: float) -> Ribbon:
    left, right = start.x + NODE, end.x
    middle = (left + right) / 2
    path = (
        f"M{left:.1f} {top:.1f}C{middle:.1f} {top:.1f} {middle:.1f} {into:.1f} {right:.1f} {into:.1f}"
        f"V{into + thick:.1f}"
        f"C{middle:.1f} {into + thick:.1f} {middle:.1f} {top + thick:.1f} {left:.1f} {top + thick:.1f}Z"
    )
    return Ribbon(path, end.node.series)
