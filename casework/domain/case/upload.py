"""What all cases of one upload version come to: the public sees one upload, not its cases (case.md, "One case")."""

from __future__ import annotations

from collections.abc import Iterable

from casework.domain.case.state import Case
from casework.domain.values import Availability

STRICTNESS = (
    Availability.PUBLIC,
    Availability.PUBLIC_LIMITED,
    Availability.HELD,
    Availability.BLOCKED,
    Availability.WITHDRAWN,
)
"""From the mildest to the strictest; what is withdrawn is gone."""


def strictest(found: Iterable[Availability]) -> Availability | None:
    """The most restrictive of some; ``None`` for none."""
    return max(found, key=STRICTNESS.index, default=None)


def order_on(cases: Iterable[Case]) -> Availability | None:
    """What binding orders in force demand of the upload; of several the most restrictive counts. ``None``: no order.

    What an external body decided in one case is no order on the upload: it says nothing of another claimant's case.
    """
    found = ((case.binding_order, case.withdrawn_at) for case in cases)
    return strictest(order for order, withdrawn_at in found if order is not None and withdrawn_at is None)


def seen_by_public(cases: Iterable[Case]) -> Availability:
    """What the public sees of the upload: nothing once it is withdrawn, else as ordered, else as the strictest measure.

    Orders stand on top of every measure, also one that a platform took in another case.
    """
    known = tuple(cases)
    if any(case.withdrawn_at is not None for case in known):
        return Availability.WITHDRAWN
    ordered = order_on(known)
    return ordered or strictest(case.availability for case in known) or Availability.PUBLIC
