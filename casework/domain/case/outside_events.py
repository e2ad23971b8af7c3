"""The facts of courts, authorities and external bodies; they reach a case in every state (E8, invariant 6)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.values import (
    Availability,
    Moment,
    OutsideForum,
    OutsideOutcome,
    StatementOfReasons,
    VaultReference,
)

Number = Annotated[int, Field(ge=1)]


class OutsideProceedingOpened(Event):
    """A court, an authority or an external body took the dispute up; ``words`` hold its reference and parties."""

    TOPIC: ClassVar[str] = "case.outside_proceeding_opened"

    proceeding: Number
    forum: OutsideForum
    opened_at: Moment
    words: VaultReference


class OutsideProceedingDecided(Event):
    """The outside proceeding ended. ``availability`` is what the platform must or will do; it overrides."""

    TOPIC: ClassVar[str] = "case.outside_proceeding_decided"

    proceeding: Number
    decided_at: Moment
    outcome: OutsideOutcome
    implemented: bool
    words: VaultReference
    availability: Availability | None = None
    statement_of_reasons: StatementOfReasons | None = None


class OrderReceived(Event):
    """A binding order of a court or an authority, verified; it overrides all else while it holds.

    ``since``: when it reached the platform, where it came in through another case of the same upload.
    """

    TOPIC: ClassVar[str] = "case.order_received"

    order: Number
    forum: OutsideForum
    interim: bool
    availability: Availability
    until: Moment | None = None
    words: VaultReference
    statement_of_reasons: StatementOfReasons | None = None
    since: Moment | None = None


class OrderLifted(Event):
    """The order no longer holds: lifted by whoever made it, or run out."""

    TOPIC: ClassVar[str] = "case.order_lifted"

    order: Number
    ran_out: bool
    words: VaultReference | None = None
    availability: Availability
    statement_of_reasons: StatementOfReasons | None = None


OUTSIDE_EVENTS: tuple[type[Event], ...] = (
    OutsideProceedingOpened,
    OutsideProceedingDecided,
    OrderReceived,
    OrderLifted,
)
