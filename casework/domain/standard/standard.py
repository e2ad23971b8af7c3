"""Filtering standards: versioned, dated, public documents that say which share is handled how (product.md A1 to A4).

A standard is data. The files beside this module are the published ones; the domain only reads what it is handed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.values import Count, Identifier, Moment, Quantity, Rule, Share, Text, Value

Days = Annotated[int, Field(ge=1, le=3650, strict=True)]
Hours = Annotated[int, Field(ge=0, le=8760, strict=True)]
Switch = Annotated[bool, Field(strict=True)]


class Bands(Value):
    """Limits on the share of the upload: ``low`` is still lawful, ``high`` is already infringing (A1)."""

    low: Share
    high: Share

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Bands:
        if not self.low < self.high:
            raise PydanticCustomError("bands_order", "the low limit must lie below the high limit")
        return self


class DeMinimis(Value):
    """The largest amounts of a small use (A2): seconds, characters, bytes of an image."""

    seconds: Quantity
    characters: Count
    bytes: Count


class OverlapLimit(Value):
    """The smaller of a share of the work and an absolute amount (A3)."""

    share_of_work: Share
    seconds: Quantity | None = None
    words: Count | None = None


class OverlapLimits(Value):
    """The option of A3, one pair a kind of work."""

    active: Switch
    text: OverlapLimit
    music: OverlapLimit
    audiovisual: OverlapLimit


class Names(Value):
    """Whether a name alone may decide (rule `name_only`)."""

    decide: Switch


class Procedure(Value):
    """Days and hours of the procedure, as published (Algorithm Recommendation Provisions art. 22)."""

    contest_window_days: Days
    challenge_window_days: Days
    comment_window_hours: Hours
    ruling_due_days: Days
    restore_on_contest: Switch

    @property
    def contest_window(self) -> timedelta:
        """How long the uploader may contest, from being informed."""
        return timedelta(days=self.contest_window_days)

    @property
    def challenge_window(self) -> timedelta:
        """How long the right holder may challenge, from being informed."""
        return timedelta(days=self.challenge_window_days)

    @property
    def comment_window(self) -> timedelta:
        """How long both sides are asked for comments, from the lodging of the appeal."""
        return timedelta(hours=self.comment_window_hours)

    @property
    def ruling_due(self) -> timedelta:
        """How long the ruling may take, from the lodging of the appeal."""
        return timedelta(days=self.ruling_due_days)


class Standard(Value):
    """One published standard: what it is called, from when it counts, and all its limits."""

    id: Identifier
    regime: Literal["CN"]
    published: Moment
    effective_from: Moment
    rules: tuple[Rule, ...]
    title: Text
    source: Text
    bands: Bands
    de_minimis: DeMinimis
    overlap_limits: OverlapLimits
    names: Names
    procedure: Procedure

    @model_validator(mode="after")
    def _is_complete(self) -> Standard:
        if self.published > self.effective_from:
            raise PydanticCustomError("published_late", "a standard is published before it takes effect")
        if len(set(self.rules)) != len(self.rules) or not {Rule.BAND_LOW, Rule.BAND_MIDDLE, Rule.BAND_HIGH} <= set(
            self.rules
        ):
            raise PydanticCustomError("rules_incomplete", "rules must name the three bands, and each rule once")
        before_block = self.rules[: self.rules.index(Rule.BAND_HIGH)]
        if not {Rule.NO_BLOCK, Rule.MARKED} <= set(before_block):
            # product.md B6 and C1 know no exception: no standard may let a machine block these.
            raise PydanticCustomError("rules_unprotected", "no_block and marked must stand before band_high")
        return self


def read_standard(document: str) -> Standard:
    """Read a standard from its TOML text. Raises ``tomllib.TOMLDecodeError`` or a validation error."""
    return Standard.model_validate(tomllib.loads(document, parse_float=Decimal))


class Standards:
    """The published standards, and which of them is in force at a moment."""

    def __init__(self, published: Iterable[Standard]) -> None:
        self.all: tuple[Standard, ...] = tuple(sorted(published, key=lambda standard: standard.effective_from))
        self.by_id = {standard.id: standard for standard in self.all}
        if len(self.by_id) != len(self.all):
            raise ValueError("two published standards have the same id")
        if len({standard.effective_from for standard in self.all}) != len(self.all):
            raise ValueError("two published standards take effect at the same moment")

    def in_force(self, moment: datetime) -> Standard | None:
        """The latest standard that took effect at or before the moment; ``None`` before the first."""
        current: Standard | None = None
        for standard in self.all:
            if standard.effective_from <= moment:
                current = standard
        return current

    def __getitem__(self, identifier: str) -> Standard:
        return self.by_id[identifier]
