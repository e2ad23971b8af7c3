"""Filtering standards: versioned, dated, public documents that say which share is handled how (product.md A1 to A4).

A standard is data. The files beside this module are the published ones; the domain only reads what it is handed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.calendars import add_months
from casework.domain.regimes.regimes import Days, Family, ShareOf, Switch
from casework.domain.values import (
    Count,
    Identifier,
    Moment,
    Quantity,
    Rule,
    Share,
    Text,
    Value,
    WorkFlag,
    WorkKind,
)

Months = Annotated[int, Field(ge=1, le=120, strict=True)]
Hours = Annotated[int, Field(ge=0, le=8760, strict=True)]
Minutes = Annotated[int, Field(ge=1, le=525_600, strict=True)]


def known_zone(value: str) -> str:
    """Refuse a name that is no time zone. Raises a validation error."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        raise PydanticCustomError("zone_unknown", "must be the name of a time zone, such as Asia/Shanghai") from None
    return value


DEFAULT_FAMILY = "CN"
"""The family that counts while the platform has chosen no regime."""

TimeZone = Annotated[str, Field(strict=True), AfterValidator(known_zone)]


class Bands(Value):
    """Limits on the share that the standard measures: ``low`` is still lawful, ``high`` already infringing (A1)."""

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


class Presumption(Value):
    """The further conditions of a presumption that measures the work (UrhDaG s. 9(2)).

    A small or marked use is presumed lawful only where it takes less than ``less_than`` of the work and, with
    ``combined``, where the upload holds something else too. With ``images_whole`` an image may be taken whole.
    """

    less_than: Share
    combined: Switch
    images_whole: Switch


class Procedure(Value):
    """Days and hours of the procedure, as published (Algorithm Recommendation Provisions art. 22).

    A window is stated in days of 24 hours or in calendar months, never both. ``time_zone`` is where calendar months and
    working days are counted.
    """

    time_zone: TimeZone
    contest_window_days: Days | None = None
    contest_window_months: Months | None = None
    challenge_window_days: Days | None = None
    challenge_window_months: Months | None = None
    comment_window_hours: Hours
    ruling_due_days: Days
    restore_on_contest: Switch
    review_levels: Annotated[int, Field(ge=1, le=5, strict=True)]
    further_review_window_days: Days
    warning_answer_days: Days
    cure_days: Days
    wait_days: Days
    overdue_restores: Switch

    @model_validator(mode="after")
    def _states_each_window_once(self) -> Procedure:
        for days, months in (
            (self.contest_window_days, self.contest_window_months),
            (self.challenge_window_days, self.challenge_window_months),
        ):
            if (days is None) == (months is None):
                raise PydanticCustomError("window_unclear", "a window is stated in days or in months")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Where calendar months and working days are counted."""
        return ZoneInfo(self.time_zone)

    def contest_until(self, told: datetime) -> datetime:
        """End (exclusive) of the uploader's window, counted from being informed."""
        return self._window_end(told, self.contest_window_days, self.contest_window_months)

    def challenge_until(self, told: datetime) -> datetime:
        """End (exclusive) of the right holder's window, counted from being informed."""
        return self._window_end(told, self.challenge_window_days, self.challenge_window_months)

    def _window_end(self, told: datetime, days: int | None, months: int | None) -> datetime:
        if days is not None:
            return told + timedelta(days=days)
        return add_months(told, months or 0, self.zone)

    @property
    def comment_window(self) -> timedelta:
        """How long both sides are asked for comments, from the lodging of the appeal."""
        return timedelta(hours=self.comment_window_hours)

    @property
    def ruling_due(self) -> timedelta:
        """How long the ruling may take, from the lodging of the appeal."""
        return timedelta(days=self.ruling_due_days)

    @property
    def further_review_window(self) -> timedelta:
        """How long a further review may be asked for, from the ruling."""
        return timedelta(days=self.further_review_window_days)

    @property
    def warning_answer(self) -> timedelta:
        """How long the right holder may answer a warning, from being informed; then it lapses."""
        return timedelta(days=self.warning_answer_days)

    @property
    def cure(self) -> timedelta:
        """How long a deficient notice or counter-notice may be completed, from the letter that says what is missing."""
        return timedelta(days=self.cure_days)


class OnExpiry(StrEnum):
    """What happens with a held upload when the clock of its prior review runs out."""

    PUBLISH = "publish"
    HOLD = "hold"


class PriorReview(Value):
    """The fast clock of prior review, in minutes from the decision (product.md A5; case.md, row `prior_review`)."""

    due_minutes: Minutes
    due_minutes_time_sensitive: Minutes
    on_expiry: OnExpiry
    on_expiry_sports_event: OnExpiry

    def due(self, flags: Collection[WorkFlag]) -> timedelta:
        """How long the review may take: less for a time-sensitive work."""
        fast = WorkFlag.TIME_SENSITIVE in flags
        return timedelta(minutes=self.due_minutes_time_sensitive if fast else self.due_minutes)

    def after(self, kind: WorkKind) -> OnExpiry:
        """What the end of the clock leads to for a work of this kind."""
        return self.on_expiry_sports_event if kind is WorkKind.SPORTS_EVENT else self.on_expiry


class Standard(Value):
    """One published standard: what it is called, from when it counts, and all its limits.

    ``regime`` is the family of legal regimes that it is written for; ``share_of`` is what the bands measure.
    """

    id: Identifier
    regime: Family
    published: Moment
    effective_from: Moment
    share_of: ShareOf
    rules: tuple[Rule, ...]
    title: Text
    source: Text
    bands: Bands
    de_minimis: DeMinimis
    overlap_limits: OverlapLimits
    names: Names
    presumption: Presumption | None = None
    procedure: Procedure
    prior_review: PriorReview

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
    """The published standards, and which of them is in force at a moment.

    Standards of several families of regimes may stand side by side. The platform works under one family at a time:
    that of the regime that it chose, China's until then.
    """

    def __init__(self, published: Iterable[Standard], family: str = DEFAULT_FAMILY) -> None:
        self.all: tuple[Standard, ...] = tuple(
            sorted(published, key=lambda standard: (standard.effective_from, standard.id))
        )
        self.family = family
        self.by_id = {standard.id: standard for standard in self.all}
        if len(self.by_id) != len(self.all):
            raise ValueError("two published standards have the same id")
        if len({(standard.regime, standard.effective_from) for standard in self.all}) != len(self.all):
            raise ValueError("two published standards of one family take effect at the same moment")
        self._of_family: dict[str, tuple[Standard, ...]] = {
            one.regime: tuple(each for each in self.all if each.regime == one.regime) for one in self.all
        }

    def in_force(self, moment: datetime, family: str | None = None) -> Standard | None:
        """The latest standard of the family that took effect at or before the moment; ``None`` before the first.

        Without a family that of the platform counts.
        """
        current: Standard | None = None
        for standard in self.of_family(family or self.family):
            if standard.effective_from <= moment:
                current = standard
        return current

    def of_family(self, family: str) -> tuple[Standard, ...]:
        """The standards of a family, the earliest first."""
        return self._of_family.get(family, ())

    def __getitem__(self, identifier: str) -> Standard:
        return self.by_id[identifier]
