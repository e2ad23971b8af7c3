"""The fees of the demonstration: a schedule, three charges, a waiver; and an author who asks to be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from casework import charging
from casework.demo.filtering import Plan
from casework.demo.people import Cast
from casework.domain.facts import Actor, Role
from casework.domain.fees.values import FeeItem, FeeService, FeeUnit, Names, WaiverReason
from casework.parts import Parts

_ITEMS = (
    FeeItem(
        code="filter-request",
        names=Names(en="Taking in a work for filtering", zh="作品纳入过滤"),
        service=FeeService.FILTER_REQUEST,
        amount=Decimal("60.00"),
        currency="CNY",
        unit=FeeUnit.WORK,
    ),
    FeeItem(
        code="prior-review",
        names=Names(en="Review by people before publication", zh="发布前的人工审查"),
        service=FeeService.PRIOR_REVIEW,
        amount=Decimal("250.00"),
        currency="CNY",
        unit=FeeUnit.CASE,
    ),
    FeeItem(
        code="contest",
        names=Names(en="Contest of an uploader", zh="上传用户的申诉"),
        service=FeeService.CONTEST,
        amount=Decimal(0),
        currency="CNY",
        unit=FeeUnit.CASE,
    ),
)


def plan_fees_and_erasure(parts: Parts, plan: Plan, cast: Cast, end: datetime) -> None:
    """Plan the schedule, the charges and waiver that go with the filter requests, and a request for erasure."""
    casework, zone = parts.casework, parts.settings.zone
    officer = Actor(role=Role.COMPLIANCE, id=cast.compliance[0].id)
    parties = {name: account.party or "" for name, account in cast.right_holders.items()}

    def publish() -> None:
        tomorrow = (casework.clock.now().astimezone(zone) + timedelta(days=1)).date()
        charging.publish(casework, officer, charging.ScheduleForm(effective=tomorrow, items=_ITEMS), zone)

    def charge(holder: str, item: str = "filter-request") -> None:
        form = charging.ChargeForm(party=parties[holder], item=item)
        charging.charge(casework, officer, form, zone)

    def waive() -> None:
        form = charging.WaiverForm(party=parties["rh-river-sound"], charge=1, reason=WaiverReason.HARDSHIP)
        charging.waive(casework, officer, form)

    def ask() -> None:
        parts.erasing.request(parties["rh-cartwright"], officer)

    for days_ago, act in (
        (145.0, publish),
        (129.5, partial(charge, "rh-harbour-stage")),
        (112.7, partial(charge, "rh-river-sound")),
        (110.0, waive),
        (96.3, partial(charge, "rh-harbour-stage", "prior-review")),
        (9.0, ask),
    ):
        plan(end - timedelta(days=days_ago), act)
