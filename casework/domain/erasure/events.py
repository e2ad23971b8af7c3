"""The facts about erasure: that it was asked for, that it was done, that it was refused. No personal data in any."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event, Role
from casework.domain.screening.events import Day
from casework.domain.values import Count, Identifier

Number = Annotated[int, Field(ge=1, le=10**6, strict=True)]


class RefusalReason(StrEnum):
    """Why personal data must be kept for now (GDPR art. 17(3); PIPL art. 47)."""

    PROCEEDINGS_OPEN = "proceedings_open"
    LEGAL_CLAIMS = "legal_claims"
    LEGAL_DUTY = "legal_duty"
    NOT_THE_PERSON = "not_the_person"


class ErasureRequested(Event):
    """A person asks that what is known of him or her be forgotten; ``request`` counts from 1 for each person."""

    TOPIC: ClassVar[str] = "erasure.requested"

    request: Number
    party: Identifier
    side: Role


class PersonalDataErased(Event):
    """Every item of the person in the vault, the key to it and the accounts of the person are gone.

    ``items`` and ``accounts`` say how many there were. The log, its hashes and all figures stay as they are.
    """

    TOPIC: ClassVar[str] = "erasure.personal_data_erased"

    request: Number
    party: Identifier
    side: Role
    items: Count
    accounts: Count


class ErasureRefused(Event):
    """The request was refused; ``until`` is the day on which the reason ends, where it is known."""

    TOPIC: ClassVar[str] = "erasure.refused"

    request: Number
    party: Identifier
    side: Role
    reason: RefusalReason
    until: Day | None = None


EVENTS: tuple[type[Event], ...] = (ErasureRequested, PersonalDataErased, ErasureRefused)
