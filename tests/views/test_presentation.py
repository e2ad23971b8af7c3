"""The sentence on what to do next, where a whole case would be a long story: prior review, and rows without details."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casework.domain.case.events import EVENTS, EvidenceSubmitted
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.facts import Role
from casework.domain.values import Availability
from casework.views.presentation import Standing, required_action
from casework.views.presentation.standing import NoticeStanding
from casework.views.presentation.told import _TOLD

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
HELD = Standing(
    procedure=Procedure.PRIOR_REVIEW,
    availability=Availability.HELD,
    contest_until=NOW + timedelta(days=180),
    challenge_until=NOW + timedelta(days=180),
    review_due=NOW + timedelta(hours=1),
)


def sentence(standing: Standing, role: Role = Role.UPLOADER, now: datetime = NOW) -> tuple[str, str, str]:
    found = required_action(standing, role, now, UTC)
    return found.sentence, found.detail, found.kind


@pytest.mark.parametrize("stage", [Procedure.PRIOR_REVIEW, Procedure.PANEL, Procedure.RE_REVIEW])
def test_a_prior_review_says_until_when_people_look(stage: Procedure) -> None:
    text, detail, kind = sentence(replace(HELD, procedure=stage))
    assert text == "You need do nothing now: people look at your upload before it is published."
    assert detail == "They have until 1 July 2026, 09:00 UTC (60 minutes left)."
    assert kind == "other"


def test_a_late_prior_review_is_called_late() -> None:
    text, _, kind = sentence(HELD, now=NOW + timedelta(hours=2))
    assert text.startswith("The review before publication is late: it was due by 1 July 2026, 09:00 UTC")
    assert kind == "overdue"


def test_an_upload_published_meanwhile_is_not_called_held() -> None:
    published = replace(HELD, availability=Availability.PUBLIC)
    assert sentence(published)[0] == "People still look at the upload, which was published meanwhile."
    assert "before it is published" not in sentence(published, Role.RIGHT_HOLDER)[0]


def test_a_running_cure_comes_before_an_open_review_for_who_has_to_cure() -> None:
    until = NOW + timedelta(days=5)
    notice = NoticeStanding(Procedure.COUNTER_CHECK, ended=False, counter_cure_until=until)
    both = replace(HELD, procedure=Procedure.PANEL, appeal=AppealKind.CONTEST, ruling_due=until, notice=notice)
    assert sentence(both)[0].startswith("Your counter-notice is incomplete.")
    assert sentence(both, Role.RIGHT_HOLDER)[0].startswith("Two reviewers decide")
    assert sentence(both, now=until)[0].startswith("The ruling is late")


def test_an_order_is_told_beside_whatever_is_next() -> None:
    _, detail, _ = sentence(replace(HELD, ordered=Availability.BLOCKED))
    assert "A binding order from outside decides what the public sees" in detail


@pytest.mark.parametrize("procedure", list(Procedure))
@pytest.mark.parametrize("role", [Role.UPLOADER, Role.RIGHT_HOLDER, Role.REVIEWER, Role.COMPLIANCE])
def test_every_state_has_a_sentence_for_everybody(procedure: Procedure, role: Role) -> None:
    notice = NoticeStanding(procedure, ended=False)
    text, _, kind = sentence(replace(HELD, procedure=procedure, notice=notice), role)
    assert text.strip().endswith(".")
    assert kind in ("mine", "other", "done", "overdue")


def test_every_event_has_its_line_on_the_timeline() -> None:
    assert set(EVENTS) - {EvidenceSubmitted} == set(_TOLD)
