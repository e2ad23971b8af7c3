"""The facts about the platform itself: what it declared to be, from when."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.values import Count, Moment, Quantity


class ServiceKind(StrEnum):
    """What kind of service the platform is (product.md A6; UrhDaG section 3)."""

    SHARING = "sharing"
    NON_PROFIT_ENCYCLOPAEDIA = "non_profit_encyclopaedia"
    SEARCH_OR_LOCATION = "search_or_location"
    EDUCATION_OR_SCIENCE = "education_or_science"
    OPEN_SOURCE_FORGE = "open_source_forge"
    MESSAGING = "messaging"
    MARKETPLACE = "marketplace"
    CLOUD = "cloud"


class PlatformProfileDeclared(Event):
    """What the platform is from ``effective`` on: its kind, its users, its size.

    ``yearly_active_users`` and ``market_value_cny`` decide in China; turnover (EUR), visitors a month and the start on
    the market are for Germany.
    """

    TOPIC: ClassVar[str] = "platform.profile_declared"

    service: ServiceKind
    effective: Moment
    yearly_active_users: Count
    market_value_cny: Quantity
    turnover_eur: Annotated[Decimal, Field(ge=0)] | None = None
    monthly_visitors: Count | None = None
    on_market_since: Moment | None = None


EVENTS: tuple[type[Event], ...] = (PlatformProfileDeclared,)
