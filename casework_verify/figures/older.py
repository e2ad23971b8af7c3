"""What is kept of figures whose definition has changed: a report is counted by the versions that it names.

When a definition gets a new version, what it was before moves here, with the way in which it was counted. Nothing here
is ever taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from casework_verify.figures.registry import Definition
from casework_verify.figures.sheet import Counting, Sheet


class Older(NamedTuple):
    """An earlier version of a figure. ``put`` writes its entries on the sheet, on which all of today's stand."""

    definition: Definition
    put: Callable[[Counting, Sheet], None]


OLDER: tuple[Older, ...] = ()
"""No definition has changed yet."""
