"""What a legal regime says, read from its file: the share that counts, contents of notices, waits, windows, remedies.

A regime is data, like a standard, but it is law and no platform chooses its figures; a standard may be stricter with
the platform, never looser (see ``coherence.py``). Each figure names its source of law in both languages. The files
beside this module are the shipped ones; the domain only reads what it is handed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Identifier, Measure, Remedy, Text, Value

Days = Annotated[int, Field(ge=1, le=3650, strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Family = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]{1,19}$", strict=True)]
"""The place whose law it is: ``CN``, ``DE``, ``EU``, ``US``, or whatever a further file says."""


class ShareOf(StrEnum):
    """What the matched part is measured against."""

    UPLOAD = "upload"
    WORK = "work"


class WaitKind(StrEnum):
    """How long the measure stays after an accepted counter-notice."""

    NONE = "none"
    """The law knows no wait."""

    REASONABLE = "reasonable"
    """A reasonable period, which the standard states in days."""

    DAYS = "days"
    """Calendar days."""

    BUSINESS_DAYS = "business_days"
    """Working days of the regime's calendar."""


class WaitStart(StrEnum):
    """On which event the wait begins (case.md, invariant 5)."""

    DELIVERY = "delivery"
    """The counter-notice reached the right holder."""

    RECEIPT = "receipt"
    """The platform received the counter-notice."""


class Silence(StrEnum):
    """What follows when the right holder reports no legal action until the end of the wait."""

    NOTHING = "nothing"
    ENDS_MEASURE = "ends_measure"
    RESTORES = "restores"


class PublicRegister(StrEnum):
    """Which single cases the law wants in public."""

    NONE = "none"
    EVERY_NOTICE = "every_notice"
    """Every notice, declaration and outcome."""

    UNREACHABLE_UPLOADER = "unreachable_uploader"
    """The notice, where the uploader cannot be reached."""


class CalendarName(StrEnum):
    """Which days count where the law speaks of working days."""

    CALENDAR_DAYS = "calendar-days"
    CHINA = "cn-statutory"
    UNITED_STATES = "us-federal"


class Share(Value):
    """What the share is measured on."""

    of: ShareOf
    source: Text


class Wait(Value):
    """The wait between an accepted counter-notice and the return of the upload.

    ``length`` and ``latest`` are days of ``kind``; ``latest`` is the last day on which the upload has to be back.
    """

    kind: WaitKind
    length: Days | None = None
    latest: Days | None = None
    starts: WaitStart | None = None
    source: Text

    @model_validator(mode="after")
    def _is_coherent(self) -> Wait:
        counted = self.kind in (WaitKind.DAYS, WaitKind.BUSINESS_DAYS)
        if counted != (self.length is not None) or (self.kind is WaitKind.NONE) != (self.starts is None):
            raise PydanticCustomError("wait_incomplete", "a wait needs its start and, where counted, its length")
        if self.latest is not None and (self.length is None or self.latest < self.length):
            raise PydanticCustomError("wait_order", "latest must not come before the length of the wait")
        return self

    def days(self, standard_days: int) -> int:
        """Days to wait: those of the law, or ``standard_days`` where the law says "reasonable". Zero without a wait."""
        if self.kind is WaitKind.NONE:
            return 0
        return standard_days if self.length is None else self.length


class Pause(Value):
    """How many working days the wait may stand still in all (evidence being notarised or authenticated); 0: never."""

    most_working_days: Annotated[int, Field(ge=0, le=366, strict=True)]
    source: Text


class Element(Value):
    """One thing that the law wants in a notice, and the article that wants it."""

    id: NoticeElement
    article: Text


class Contents(Value):
    """Everything that a notice or a counter-notice must hold under one regime: a closed list."""

    elements: Annotated[tuple[Element, ...], Field(min_length=1)]
    source: Text

    @model_validator(mode="after")
    def _names_each_element_once(self) -> Contents:
        if len(set(self.ids)) != len(self.ids):
            raise PydanticCustomError("elements_repeated", "each element is named once")
        return self

    @property
    def ids(self) -> tuple[NoticeElement, ...]:
        """The elements in the order of the law."""
        return tuple(element.id for element in self.elements)

    def missing(self, given: Collection[NoticeElement]) -> tuple[NoticeElement, ...]:
        """What is not among the given elements, in the order of the law."""
        return tuple(element for element in self.ids if element not in given)


class Measures(Value):
    """What may follow an accepted notice, from the mildest to the strongest."""

    lawful: Annotated[tuple[Measure, ...], Field(min_length=1)]
    source: Text


class Restoration(Value):
    """What an accepted counter-notice does (case.md, invariant 8).

    ``at_once``: it brings the upload back immediately. ``bars_repeats``: the same right holder may then not notify the
    same item again.
    """

    at_once: Switch
    bars_repeats: Switch
    source: Text


class AfterSilence(Value):
    """What the right holder's silence after a counter-notice leads to."""

    effect: Silence
    source: Text


class Grace(Value):
    """Hours for which something that is public already stays so before a machine may block it; 0: none."""

    hours: Annotated[int, Field(ge=0, le=8760, strict=True)]
    source: Text


class UrgentBlock(Value):
    """Whether a trusted right holder may have a presumed-lawful use blocked until the ruling."""

    available: Switch
    source: Text


class PriorReview(Value):
    """Whether a use may be held before a human looked at it, and for which kinds of upload and work.

    ``audiovisual_only``: for films and moving images only.
    """

    available: Switch
    audiovisual_only: Switch
    source: Text


class ContestWindow(Value):
    """How long a contest or challenge must stay possible at least, from the information of the person."""

    least_months: Annotated[int, Field(ge=1, le=120, strict=True)] | None = None
    least_days: Days | None = None
    source: Text


class RulingDue(Value):
    """How many days after lodging the ruling is due at the latest; ``None``: the law names no number."""

    most_days: Days | None = None
    source: Text


class ExternalBody(Value):
    """The out-of-court body: ``days`` for its decision and ``most_days`` for complex disputes; ``None``: no number."""

    days: Days | None = None
    most_days: Days | None = None
    binding: Switch
    source: Text


class Register(Value):
    """Which single cases must be open to the public."""

    cases: PublicRegister
    source: Text


class Remedies(Value):
    """Where both sides may turn outside this platform, in every state of the case."""

    outside: Annotated[tuple[Remedy, ...], Field(min_length=1)]
    source: Text


class LawfulUse(Value):
    """One entry of the closed list of lawful uses that a mark may name."""

    id: Identifier
    name: Text


class Regime(Value):
    """One legal regime. ``counter_notice`` is ``None`` where the law knows none: the uploader contests there."""

    id: Identifier
    family: Family
    place: Text
    title: Text
    source: Text
    calendar: CalendarName
    share: Share
    wait: Wait
    pause: Pause
    notice: Contents
    counter_notice: Contents | None = None
    measures: Measures
    restoration: Restoration
    silence: AfterSilence
    grace: Grace
    urgent_block: UrgentBlock
    prior_review: PriorReview
    contest_window: ContestWindow
    ruling: RulingDue
    external_body: ExternalBody | None = None
    public_register: Register
    remedies: Remedies
    lawful_uses: Annotated[tuple[LawfulUse, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_coherent(self) -> Regime:
        if self.restoration.at_once and self.wait.kind is not WaitKind.NONE:
            raise PydanticCustomError("wait_superfluous", "a regime restores at once or waits, not both")
        if self.counter_notice is not None and self.wait.kind is WaitKind.NONE and not self.restoration.at_once:
            raise PydanticCustomError("wait_missing", "a regime with counter-notices restores at once or waits")
        if self.counter_notice is None and (self.wait.kind is not WaitKind.NONE or self.restoration.at_once):
            raise PydanticCustomError("counter_notice_missing", "without counter-notices nothing waits or is restored")
        return self

    @property
    def provisions(self) -> frozenset[str]:
        """The ids of the lawful uses that a mark may name."""
        return frozenset(use.id for use in self.lawful_uses)

    @property
    def waits(self) -> bool:
        """Whether an accepted counter-notice starts a wait."""
        return self.wait.kind is not WaitKind.NONE

    @property
    def restores_at_once(self) -> bool:
        """Whether an accepted counter-notice brings the upload back immediately."""
        return self.restoration.at_once

    @property
    def bars_repeats(self) -> bool:
        """Whether the same right holder may not notify the same item again after an immediate restoration."""
        return self.restoration.bars_repeats


class HasFamily(Protocol):
    """What a standard says of the law that it is written for."""

    @property
    def regime(self) -> str:
        """The family of regimes."""


def read_regime(document: str) -> Regime:
    """Read a regime from its TOML text. Raises ``tomllib.TOMLDecodeError`` or a validation error."""
    return Regime.model_validate(tomllib.loads(document))


class Regimes:
    """All regimes known here, and which of them governs a case."""

    def __init__(self, known: Iterable[Regime]) -> None:
        self.all: tuple[Regime, ...] = tuple(sorted(known, key=lambda regime: regime.id))
        self.by_id = {regime.id: regime for regime in self.all}
        if len(self.by_id) != len(self.all):
            raise ValueError("two regimes have the same id")

    @property
    def families(self) -> frozenset[str]:
        """The families that have a regime."""
        return frozenset(regime.family for regime in self.all)

    def of_family(self, family: str) -> tuple[Regime, ...]:
        """All regimes of a family, by their ids."""
        return tuple(regime for regime in self.all if regime.family == family)

    def family_of(self, identifier: str) -> str:
        """The family of a regime. Raises ``KeyError`` for an id that is not known."""
        return self.by_id[identifier].family

    def of(self, standard: HasFamily, chosen: str | None) -> Regime | None:
        """The regime of a case decided under the standard: the family's only one, or the one that the platform chose.

        ``None`` where the family has several and none of them was chosen: China's three rules on the wait conflict,
        and there is no silent default (case.md, "Regime parameters").
        """
        family = self.of_family(standard.regime)
        if len(family) == 1:
            return family[0]
        return next((regime for regime in family if regime.id == chosen), None)
