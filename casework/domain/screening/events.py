"""The facts about screening: one tally for each source, day and medium."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from casework.domain.facts import Event
from casework.domain.values import Identifier, Medium

_is_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def only_a_day(value: Any) -> Any:
    """Refuse times and numbers where a day is due: seconds since 1970 are no day."""
    if type(value) is date or (isinstance(value, str) and _is_day(value)):
        return value
    raise PydanticCustomError("date_type", "must be a day such as 2026-06-30")


Day = Annotated[date, BeforeValidator(only_a_day)]
"""A calendar day, in the time zone of the platform's reports."""

Uploads = Annotated[int, Field(ge=0, le=10**12, strict=True)]
"""A number of uploads in one day: no platform has a million millions."""


class ScreeningTallyRecorded(Event):
    """On ``date``, ``source`` looked at ``screened`` uploads of a medium; for ``matched`` of them it found a work.

    Uploads in which nothing was found leave no case, so this tally alone says how many there were (figures.md,
    screening).
    """

    TOPIC: ClassVar[str] = "screening.tally_recorded"

    source: Identifier
    date: Day
    medium: Medium
    screened: Uploads
    matched: Uploads


EVENTS: tuple[type[Event], ...] = (ScreeningTallyRecorded,)
