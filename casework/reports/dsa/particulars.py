"""What the harmonised templates ask of a platform that no event of a case tells: names, users, staff, texts.

It stands in one TOML file that the platform keeps. What is missing or does not fit is named by its key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator

from casework.domain.values import Value
from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.statements import DEFAULT_LEGAL_GROUND, DEFAULT_TERMS_GROUND, Manner

LONGEST_CELL = 5000
"""Characters of one cell of free text at most (Implementing Regulation (EU) 2024/2835)."""

Cell = Annotated[str, Field(min_length=1, max_length=LONGEST_CELL)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Amount = Annotated[int, Field(ge=0)]
OFFICIAL_LANGUAGES = tuple(
    "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv".split()  # noqa: SIM905
)
MEMBER_STATES = tuple(state for state in words.STATES if state not in ("IS", "LI", "NO"))


class ParticularsWrong(ValueError):
    """The platform's particulars do not fit; each line names a key."""


class Qualitative(Value):
    """The free texts of part 11; the last five are for very large platforms only."""

    summary: Cell
    information: Cell
    automated_means: Cell
    accuracy: Cell
    purposes: Cell
    safeguards: Cell
    governance: Cell | None = None
    qualifications: Cell | None = None
    training: Cell | None = None
    support: Cell | None = None
    methodology: Cell | None = None


class Staff(Value):
    """Part 9, for very large platforms: people who moderate, and those of them with each language (CEFR B2)."""

    internal: Amount
    external: Amount
    linguistic: Amount
    languages: dict[str, Amount] = Field(default_factory=dict)

    @field_validator("languages")
    @classmethod
    def _are_official(cls, value: dict[str, int]) -> dict[str, int]:
        for language in value:
            if language not in OFFICIAL_LANGUAGES:
                raise ValueError(f"{language} is no official language of the Union, in small letters")
        return value


class Recipients(Value):
    """Part 10, for very large platforms: average monthly active recipients, in the Union and by member state."""

    total: Amount
    states: dict[str, Amount] = Field(default_factory=dict)

    @field_validator("states")
    @classmethod
    def _are_members(cls, value: dict[str, int]) -> dict[str, int]:
        for state in value:
            if state not in MEMBER_STATES:
                raise ValueError(f"{state} is no member state, in capitals")
        return value


class Orders(Value):
    """Orders to provide information, which reach the platform outside its cases; left out: the cells stay blank."""

    information: Amount | None = None
    median_receipt_h: Annotated[Decimal, Field(ge=0)] | None = None
    median_effect_h: Annotated[Decimal, Field(ge=0)] | None = None


class Reasons(Value):
    """How statements of reasons are given: the ground of what the filter alone decides, and where they apply."""

    filter_ground: Literal["illegal_content", "incompatible_content"] = "illegal_content"
    legal_ground: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    terms_ground: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    states: tuple[str, ...] = words.STATES

    @field_validator("states")
    @classmethod
    def _are_listed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for state in value:
            if state not in words.STATES:
                raise ValueError(f"{state} is no state of the European Economic Area, in capitals")
        return value


class Particulars(Value):
    """All of them. ``very_large``: a very large online platform (DSA art. 33), which fills in more."""

    provider: Name
    service: Name
    published: date
    previously_published: date | None = None
    very_large: bool = False
    qualitative: Qualitative
    staff: Staff | None = None
    recipients: Recipients | None = None
    orders: Orders = Orders()
    reasons: Reasons = Reasons()


_OF_VERY_LARGE = ("governance", "qualifications", "training", "support", "methodology")


def read_particulars(path: Path) -> Particulars:
    """Read the file. Raises ``ParticularsWrong`` naming every key that is missing or does not fit."""
    given = _table_of(path)
    try:
        found = Particulars.model_validate(given)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise ParticularsWrong("; ".join(lines)) from None
    missing = _missing(found)
    if missing:
        raise ParticularsWrong("; ".join(f"{key}: required of a very large platform" for key in missing))
    return found


def read_reasons(path: Path | None) -> Reasons:
    """The table ``reasons`` alone, for statements; the usual ones without a file. Raises as ``read_particulars``."""
    if path is None:
        return Reasons()
    try:
        return Reasons.model_validate(_table_of(path).get("reasons", {}))
    except ValidationError as error:
        lines = [f"reasons.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise ParticularsWrong("; ".join(lines)) from None


def manner(reasons: Reasons, public_url: str, zone: tzinfo) -> Manner:
    """How statements are given, from the platform's choice and the settings."""
    ground = words.ILLEGAL if reasons.filter_ground == "illegal_content" else words.INCOMPATIBLE
    return Manner(
        public_url=public_url,
        zone=zone,
        filter_ground=ground,
        legal_ground=reasons.legal_ground or DEFAULT_LEGAL_GROUND,
        terms_ground=reasons.terms_ground or DEFAULT_TERMS_GROUND,
        states=reasons.states,
    )


def _table_of(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParticularsWrong(f"{path.name} is not TOML: {error}") from None
    except OSError as error:
        raise ParticularsWrong(f"{path.name} cannot be read: {error.strerror}") from None


def _missing(found: Particulars) -> list[str]:
    if not found.very_large:
        return []
    missing = [name for name in ("staff", "recipients") if getattr(found, name) is None]
    return missing + [f"qualitative.{name}" for name in _OF_VERY_LARGE if getattr(found.qualitative, name) is None]
