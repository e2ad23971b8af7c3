"""The platform's profile and whether it must filter (A6), with every border tested."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from casework.domain.facts import Actor, Role
from casework.domain.platform.decisions import DeclareProfile
from casework.domain.platform.events import PlatformProfileDeclared, ServiceKind
from casework.domain.platform.state import (
    filtering_duty_applies,
    is_german_small_provider,
    is_german_start_up,
)
from tests.domain.ledger_spec import given_platform, platform_of
from tests.domain.party_samples import warned
from tests.samples import NOON, later


def profile(**changes: Any) -> PlatformProfileDeclared:
    fields: dict[str, Any] = {
        "service": ServiceKind.SHARING,
        "effective": NOON,
        "yearly_active_users": 49_999_999,
        "market_value_cny": "100000000000",
    }
    return PlatformProfileDeclared(**{**fields, **changes})


@pytest.mark.parametrize(
    ("users", "value", "applies"),
    [
        (49_999_999, "100000000000", False),
        (50_000_000, "100000000000", True),
        (49_999_999, "100000000000.01", True),
        (50_000_000, "0", True),
        (0, "100000000000.01", True),
    ],
)
def test_small_means_few_users_and_a_low_value(users: int, value: str, applies: bool) -> None:
    assert filtering_duty_applies(profile(yearly_active_users=users, market_value_cny=value)) is applies


@pytest.mark.parametrize("kind", list(ServiceKind))
def test_two_kinds_of_service_are_exempt_however_large(kind: ServiceKind) -> None:
    large = profile(service=kind, yearly_active_users=900_000_000, market_value_cny="5000000000000")
    exempt = kind in (ServiceKind.NON_PROFIT_ENCYCLOPAEDIA, ServiceKind.SEARCH_OR_LOCATION)
    assert filtering_duty_applies(large) is not exempt


def test_who_has_declared_nothing_must_filter() -> None:
    assert filtering_duty_applies(None)
    assert platform_of().profile(NOON) is None


def test_the_profile_in_force_is_the_last_that_took_effect() -> None:
    first, corrected = profile(), profile(yearly_active_users=60_000_000)
    coming = profile(effective=later(days=10), service=ServiceKind.SEARCH_OR_LOCATION)
    platform = platform_of(first, coming, corrected)
    assert platform.profile(later(seconds=-1)) is None
    assert platform.profile(NOON) == corrected
    assert platform.profile(later(days=10)) == coming
    assert platform.version == 3


def test_compliance_declares_it_and_never_back_in_time() -> None:
    given_platform().when(DeclareProfile(profile=profile())).then(profile())
    early = profile(effective=later(days=-300))
    given_platform().when(DeclareProfile(profile=early)).then(early)
    given_platform(profile()).when(DeclareProfile(profile=profile()), at=later(days=1)).nothing()
    given_platform(profile()).when(DeclareProfile(profile=early)).refuses("effective_in_the_past")
    now = profile(effective=later(days=1))
    given_platform(profile()).when(DeclareProfile(profile=now), at=later(days=1)).then(now)
    reader = Actor(role=Role.OVERSIGHT, id="o-1")
    given_platform().when(DeclareProfile(profile=profile()), by=reader).refuses("not_your_step")


GERMAN: dict[str, Any] = {
    "turnover_eur": Decimal(10_000_000),
    "monthly_visitors": 5_000_000,
    "on_market_since": datetime(2024, 2, 29, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, datetime(2027, 2, 28, 23, tzinfo=UTC), True),
        ({}, datetime(2027, 3, 1, tzinfo=UTC), False),
        ({"on_market_since": datetime(2024, 6, 30, tzinfo=UTC)}, datetime(2027, 6, 29, 23, tzinfo=UTC), True),
        ({"on_market_since": datetime(2024, 6, 30, tzinfo=UTC)}, datetime(2027, 6, 30, tzinfo=UTC), False),
        ({"turnover_eur": Decimal("10000000.01")}, NOON, False),
        ({"monthly_visitors": 5_000_001}, NOON, False),
        ({"turnover_eur": None}, NOON, None),
        ({"monthly_visitors": None}, NOON, None),
        ({"on_market_since": None}, NOON, None),
    ],
)
def test_a_german_start_up(changes: dict[str, Any], now: datetime, expected: bool | None) -> None:
    assert is_german_start_up(profile(**{**GERMAN, **changes}), now) is expected


@pytest.mark.parametrize(
    ("turnover", "expected"), [(None, None), (Decimal(1_000_000), True), (Decimal("1000000.01"), False)]
)
def test_a_german_small_provider(turnover: Decimal | None, expected: bool | None) -> None:
    assert is_german_small_provider(profile(turnover_eur=turnover)) is expected


def test_the_fold_takes_its_own_events_only() -> None:
    with pytest.raises(ValueError, match="cannot go on"):
        platform_of(warned())
