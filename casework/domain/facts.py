"""What every fact of the log has in common: a frozen class with a stable topic and a version, and who caused it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact that happened, in the past tense.

    ``TOPIC`` is its name in the log, never reused and never a module path; ``VERSION`` counts the shapes
    that the data has had. Within one version only optional fields whose default is ``None`` are added:
    the codec leaves ``None`` out, so old facts encode to the same bytes for ever.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[str]
    VERSION: ClassVar[int] = 1


class Command(BaseModel):
    """A wish, in the imperative; a decision function turns it into events or refuses it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(StrEnum):
    """Who acts (the actors of case.md; `compliance`, `oversight` and `engineer` never act within a case)."""

    MATCHER = "matcher"
    UPLOADER = "uploader"
    RIGHT_HOLDER = "right_holder"
    INTAKE = "intake"
    REVIEWER = "reviewer"
    COMPLIANCE = "compliance"
    OVERSIGHT = "oversight"
    ENGINEER = "engineer"
    CLOCK = "clock"


class Actor(BaseModel):
    """Role and opaque id of whoever caused an event; never a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    id: str


class Happened(Protocol):
    """An event with its circumstances, as the log hands it back.

    ``occurred`` and ``recorded`` differ for a late or back-dated delivery (figures.md); both are aware UTC times.
    """

    @property
    def event(self) -> Event:
        """What happened."""

    @property
    def occurred(self) -> datetime:
        """When it happened."""

    @property
    def recorded(self) -> datetime:
        """When it was written down."""

    @property
    def by(self) -> Actor:
        """Who caused it."""


class Refused(Exception):
    """A step that the rules do not allow, by a stable code; the words for people live in the templates.

    ``details`` are plain facts that the words may use, such as a date; never personal data. ``record`` is the fact
    that this was tried, where the rules want a trace of it (case.md, invariants 4 and 8).
    """

    def __init__(self, code: str, *, record: Event | None = None, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.record = record
