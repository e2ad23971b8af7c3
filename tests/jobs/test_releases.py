"""Reviewers who cannot rule any more lose their seat, others take it, and a ruling that is in stays (E3)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from casework.domain.case.events import BarredReviewerRefused, RulingSubmitted
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import ReleaseCause
from casework.jobs.worker import seat_waiting, when_reviewer_unavailable_release
from tests import samples
from tests.web import Site, on_sqlite


def seated_case(site: Site, reviewers: int = 3) -> tuple[UUID, tuple[str, ...]]:
    """A contested case with its panel, and everybody who could sit on it."""
    casework = site.parts.casework
    (answer,) = site.parts.intake.take(
        [samples.decision_line(decided_at=site.clock.now().isoformat())], samples.MATCHER
    )
    assert answer.case_id is not None
    uploader = Actor(role=Role.UPLOADER, id=casework.case(answer.case_id).uploader)
    casework.handle(answer.case_id, samples.to_contest(), uploader)
    accounts = tuple(site.account(Role.REVIEWER).id for _ in range(reviewers))
    site.clock.advance(timedelta(hours=72))
    assert seat_waiting(casework) == 1
    assert when_reviewer_unavailable_release(casework) == 0
    return answer.case_id, accounts


def rule(site: Site, case_id: UUID, reviewer: str) -> None:
    actor = Actor(role=Role.REVIEWER, id=reviewer)
    site.parts.casework.submit_ruling(case_id, samples.ruling(samples.UPHELD), actor)


@on_sqlite
@pytest.mark.parametrize("cause", [ReleaseCause.DEACTIVATED, ReleaseCause.CONFLICT_OF_INTEREST])
def test_the_seat_of_who_cannot_rule_any_more_is_filled_again(site: Site, cause: ReleaseCause) -> None:
    case_id, everybody = seated_case(site)
    casework, accounts = site.parts.casework, site.parts.accounts
    leaving, staying = casework.case(case_id).panel
    (spare,) = set(everybody) - {leaving, staying}
    if cause is ReleaseCause.DEACTIVATED:
        accounts.deactivate(leaving)
    else:
        accounts.declare_conflict(leaving, kind="up", outside_id="u-77")
    assert when_reviewer_unavailable_release(casework) == 1
    case = casework.case(case_id)
    assert set(case.panel) == {staying, spare}
    assert case.recused == (leaving,)
    assert when_reviewer_unavailable_release(casework) == 0


def test_a_first_ruling_stays_sealed_while_the_other_seat_changes_hands(site: Site) -> None:
    case_id, everybody = seated_case(site)
    casework = site.parts.casework
    first, leaving = casework.case(case_id).panel
    (spare,) = set(everybody) - {first, leaving}
    rule(site, case_id, first)
    site.parts.accounts.deactivate(leaving)
    site.parts.accounts.deactivate(first)
    assert when_reviewer_unavailable_release(casework) == 1
    case = casework.case(case_id)
    assert case.awaited_reviewers == (spare,)
    assert [one.reviewer for one in case.submitted] == [first]
    assert case.opened == ()
    rule(site, case_id, spare)
    assert casework.case(case_id).procedure is Procedure.DECIDED


@on_sqlite
def test_a_seat_stays_free_until_somebody_is_able(site: Site) -> None:
    case_id, _ = seated_case(site, reviewers=2)
    casework = site.parts.casework
    leaving, staying = casework.case(case_id).panel
    site.parts.accounts.deactivate(leaving)
    assert when_reviewer_unavailable_release(casework) == 1
    assert casework.case(case_id).panel == (staying,)
    assert seat_waiting(casework) == 0
    newcomer = site.account(Role.REVIEWER).id
    assert seat_waiting(casework) == 1
    assert casework.case(case_id).panel == (staying, newcomer)


@on_sqlite
def test_a_conflict_with_somebody_else_costs_no_seat(site: Site) -> None:
    case_id, _ = seated_case(site)
    panel = site.parts.casework.case(case_id).panel
    site.parts.accounts.declare_conflict(panel[0], kind="rh", outside_id="rh-of-another-case")
    assert when_reviewer_unavailable_release(site.parts.casework) == 0
    assert site.parts.casework.case(case_id).panel == panel


@on_sqlite
@pytest.mark.parametrize("cause", ["deactivated", "conflict_of_interest"])
def test_a_barred_attempt_to_rule_is_refused_and_seen(site: Site, cause: str) -> None:
    case_id, _ = seated_case(site)
    casework = site.parts.casework
    barred = casework.case(case_id).panel[0]
    if cause == "deactivated":
        site.parts.accounts.deactivate(barred)
    else:
        site.parts.accounts.declare_conflict(barred, kind="up", outside_id="u-77")
    with pytest.raises(Refused, match="reviewer_barred"):
        rule(site, case_id, barred)
    events = [recorded.event for recorded in casework.history(case_id)]
    assert events[-1] == BarredReviewerRefused(reviewer=barred, cause=cause)
    assert not [event for event in events if isinstance(event, RulingSubmitted)]
