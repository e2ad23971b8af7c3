"""A letter as a value: everything that stands in it, before it becomes a page, a PDF or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.facts import Event, Role
from casework.letters.kinds import LetterKind
from casework.letters.options import Option
from casework.views.presentation import RequiredAction
from casework.views.presentation.external_body import BodyDays


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of a list of letters. ``number`` counts the letters to this side, from 1.

    ``receipt`` names the letter; ``step`` is the code by which an own step that it confirms is found in the public log.
    """

    number: int
    side: Role
    kind: LetterKind
    title: str
    at: datetime
    receipt: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of facts. ``code``: an id, which is set as such and never translated."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of somebody; ``text`` is ``None`` when they were erased. ``language`` is the tag of theirs, if known."""

    title: str
    text: str | None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One statutory element of a notice or counter-notice: what was said, or that it is missing."""

    code: str
    label: str
    article: str
    said: str | None
    stated: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one side, in the language in which it was written.

    ``case`` is the case as the event left it; ``event`` may be looked at by the template of its kind, which shows
    nothing of it that the side may not know. ``law`` are the sources of law, ``required`` says what comes next;
    ``body`` are the days of the out-of-court body that the letter is about.
    """

    heading: Heading
    case_id: UUID
    case: Case
    event: Event
    by: Role
    terms: Terms
    facts: tuple[Fact, ...]
    elements: tuple[Element, ...]
    quotations: tuple[Quotation, ...]
    rule: tuple[Fact, ...]
    law: tuple[str, ...]
    required: RequiredAction
    options: tuple[Option, ...]
    now_public: str
    body: BodyDays | None = None

    @property
    def to_uploader(self) -> bool:
        """Whether the uploader gets it, else the right holder."""
        return self.heading.side is Role.UPLOADER

    @property
    def own(self) -> bool:
        """Whether it tells the side of a step of its own."""
        return self.by is self.heading.side
