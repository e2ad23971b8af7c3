"""Recording a daily tally of screened and matched uploads: once, by an engine, never for a day to come."""

from __future__ import annotations

from datetime import date

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.screening.events import Day, ScreeningTallyRecorded, Uploads
from casework.domain.screening.state import Screening
from casework.domain.values import Identifier, Medium


class RecordTally(Command):
    """One tally as delivered (interfaces.md, `POST /screenings`)."""

    source: Identifier
    date: Day
    medium: Medium
    screened: Uploads
    matched: Uploads

    @field_validator("matched")
    @classmethod
    def _no_more_than_screened(cls, value: int, info: ValidationInfo) -> int:
        screened = info.data.get("screened")
        if screened is not None and value > screened:
            raise PydanticCustomError("matched_above_screened", "matched must not be more than screened")
        return value


def differences(earlier: ScreeningTallyRecorded, command: RecordTally) -> tuple[str, ...]:
    """The fields in which a tally differs from the one that was recorded first."""
    return tuple(name for name in ("screened", "matched") if getattr(earlier, name) != getattr(command, name))


def record_tally(screening: Screening, command: RecordTally, actor: Actor, today: date) -> tuple[Event, ...]:
    """Record it. The very same tally again changes nothing.

    ``today`` is the day now in the time zone of the reports. Raises ``Refused``: ``tally_in_future`` for a day that has
    not begun there; ``tally_differs`` where another number was recorded before. A tally is what a report was made from:
    it is not overwritten.
    """
    if actor.role is not Role.MATCHER:
        raise Refused("not_your_step")
    if screening.tally is not None:
        if differences(screening.tally, command):
            raise Refused("tally_differs")
        return ()
    if command.date > today:
        raise Refused("tally_in_future")
    return (ScreeningTallyRecorded(**command.model_dump()),)
