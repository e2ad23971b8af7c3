"""``/platform``: what the platform has declared to be, and whether the duty to filter applies to it (A6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, RawBody

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.platform.events import PlatformProfileDeclared
from casework.domain.platform.state import filtering_duty_applies, is_german_small_provider, is_german_start_up
from casework.ledger_steps import ProfileForm, amount, declare_profile
from casework.views.access.callers import Caller
from casework.views.access.guard import for_scopes
from casework.views.access.tokens import Scope
from casework.views.api.documents import documented, schema_of
from casework.views.api.steps import read_form

AnyRequest = Request[Any, Any, Any]


class ProfileAnswer(msgspec.Struct, frozen=True):
    """A declared profile; amounts are exact decimals written as text."""

    service: str
    effective: datetime
    yearly_active_users: int
    market_value_cny: str
    turnover_eur: str | None
    monthly_visitors: int | None
    on_market_since: datetime | None


class PlatformAnswer(msgspec.Struct, frozen=True):
    """The profile in force, all that were declared, and what follows.

    The two last are information for Germany (UrhDaG sections 2 and 7); ``null``: not enough is declared.
    """

    profile: ProfileAnswer | None
    declared: list[ProfileAnswer]
    filtering_duty_applies: bool
    german_start_up: bool | None
    german_small_provider: bool | None
    links: dict[str, str]


@get("/platform", opt=for_scopes(Scope.CASES_READ), sync_to_thread=True, operation_class=documented())
def get_platform(casework: NamedDependency[Casework]) -> PlatformAnswer:
    """The profile in force and what follows from it."""
    return _answer(casework)


@post(
    "/platform",
    opt=for_scopes(Scope.CASES_ACT),
    status_code=200,
    sync_to_thread=True,
    operation_class=documented(body={"application/json": schema_of(ProfileForm)}, problems=(400, 409, 413, 415, 422)),
)
def post_platform(
    request: AnyRequest,
    body: RawBody,
    casework: NamedDependency[Casework],
    caller: NamedDependency[Caller],
    key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> PlatformAnswer:
    """Compliance declares the profile, from now or from a later moment on."""
    actor = caller.actor_as(Role.COMPLIANCE)
    declare_profile(casework, actor, read_form(ProfileForm, request, body), idempotency_key=key)
    return _answer(casework)


def _answer(casework: Casework) -> PlatformAnswer:
    platform, now = casework.ledgers.platform(), casework.clock.now()
    profile = platform.profile(now)
    return PlatformAnswer(
        profile=None if profile is None else _profile(profile),
        declared=[_profile(one) for one in platform.profiles],
        filtering_duty_applies=filtering_duty_applies(profile),
        german_start_up=None if profile is None else is_german_start_up(profile, now),
        german_small_provider=None if profile is None else is_german_small_provider(profile),
        links={"self": "/api/v1/platform"},
    )


def _profile(profile: PlatformProfileDeclared) -> ProfileAnswer:
    return ProfileAnswer(
        service=profile.service.value,
        effective=profile.effective,
        yearly_active_users=profile.yearly_active_users,
        market_value_cny=f"{profile.market_value_cny:f}",
        turnover_eur=amount(profile.turnover_eur),
        monthly_visitors=profile.monthly_visitors,
        on_market_since=profile.on_market_since,
    )


HANDLERS = (get_platform, post_platform)
