"""The declared profiles of the platform, and what the one in force means for the duty to filter (A6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from casework.domain.facts import Happened
from casework.domain.platform.events import PlatformProfileDeclared, ServiceKind

PLATFORM_STREAM = UUID("7b0d6a5e-8a1f-5c2d-9e63-706c6174666f")
"""The one stream of the platform."""

EXEMPT_KINDS = frozenset({ServiceKind.NON_PROFIT_ENCYCLOPAEDIA, ServiceKind.SEARCH_OR_LOCATION})
"""Kinds of service without a duty to filter, however large (product.md A6)."""

SMALL_USERS = 50_000_000
"""Yearly active users: a small platform has fewer (product.md A6)."""

SMALL_VALUE_CNY = Decimal(100_000_000_000)
"""Market value in CNY: a small platform is worth at most this (product.md A6)."""

START_UP_TURNOVER_EUR = Decimal(10_000_000)
START_UP_YEARS = 3
START_UP_VISITORS = 5_000_000
SMALL_PROVIDER_TURNOVER_EUR = Decimal(1_000_000)


def filtering_duty_applies(profile: PlatformProfileDeclared | None) -> bool:
    """Whether the platform must filter (product.md A6). One that has declared nothing has to.

    Exempt are platforms with under 50 million yearly active users and a market value of at most CNY 100 billion (both),
    non-profit encyclopaedias, and search and location services: they only run notice and measures.
    """
    if profile is None:
        return True
    small = profile.yearly_active_users < SMALL_USERS and profile.market_value_cny <= SMALL_VALUE_CNY
    return not small and profile.service not in EXEMPT_KINDS


def is_german_start_up(profile: PlatformProfileDeclared, now: datetime) -> bool | None:
    """Whether this is a start-up relieved of qualified blocking (UrhDaG sections 2(2), 7(4)); ``None``: not known.

    Turnover in the EU of at most EUR 10 million, on the market for less than three years, at most 5 million visitors.
    """
    turnover, visitors, since = profile.turnover_eur, profile.monthly_visitors, profile.on_market_since
    if turnover is None or visitors is None or since is None:
        return None
    # The day three years later; 29 February gives 1 March.
    day = (since.year + START_UP_YEARS, since.month, since.day)
    young = (now.year, now.month, now.day) < day
    return young and turnover <= START_UP_TURNOVER_EUR and visitors <= START_UP_VISITORS


def is_german_small_provider(profile: PlatformProfileDeclared) -> bool | None:
    """Whether qualified blocking is presumed not to be owed (UrhDaG sections 2(3), 7(5)); ``None``: not known."""
    return None if profile.turnover_eur is None else profile.turnover_eur <= SMALL_PROVIDER_TURNOVER_EUR


@dataclass(frozen=True, slots=True)
class Platform:
    """All profiles in the order of their declaration. ``version`` counts the events."""

    version: int = 0
    profiles: tuple[PlatformProfileDeclared, ...] = ()

    def profile(self, moment: datetime) -> PlatformProfileDeclared | None:
        """The profile in force at a moment: the one that took effect last, and of two at once the later declared."""
        in_force = [profile for profile in self.profiles if profile.effective <= moment]
        # The last of equals: what is declared again for the same time corrects what was declared before.
        return max(reversed(in_force), key=lambda profile: profile.effective, default=None)


def evolve(platform: Platform, happened: Happened) -> Platform:
    """Apply one fact. Raises ``ValueError`` for a fact of something else."""
    event = happened.event
    if not isinstance(event, PlatformProfileDeclared):
        raise ValueError(f"the platform cannot go on with {event.TOPIC}")
    return replace(platform, version=platform.version + 1, profiles=(*platform.profiles, event))


def fold(history: Iterable[Happened]) -> Platform:
    """The platform after its whole history."""
    platform = Platform()
    for happened in history:
        platform = evolve(platform, happened)
    return platform
