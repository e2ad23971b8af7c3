"""Courses that played histories hardly take: both counts follow them alike, one event at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.case import outside_events as outside
from casework.domain.facts import Actor, Event, Role
from casework.domain.matching import MatchEvidence
from casework.domain.orders import Beneath, BindingOrder
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    DeadlineKind,
    Measure,
    Medium,
    Method,
    Outcome,
    OutsideForum,
    OutsideOutcome,
    ReopeningCause,
    Rule,
    RulingOutcome,
    StatementOfReasons,
    VaultReference,
    WorkFlag,
    WorkKind,
)
from casework.eventlog.codec import Recorded
from casework_verify.comparison import check_report
from tests.reports.histories import FIRST
from tests.verify.published import facts_of, published_of

WORDS = VaultReference(id="w", digest="0" * 64)
BEGIN = datetime(2026, 2, 1, 4, tzinfo=UTC)
PUBLIC, BLOCKED, HELD = Availability.PUBLIC, Availability.BLOCKED, Availability.HELD
REASONS = StatementOfReasons(measure=BLOCKED, standard=FIRST.id, remedies=())
COURT = BindingOrder(
    forum=OutsideForum.COURT, interim=False, availability=BLOCKED, received_at=BEGIN - timedelta(days=3), words=WORDS
)


def decision(outcome: Outcome, rule: Rule, **more: Any) -> Event:
    upload = facts.RecordedUpload(
        id="u", version=1, uploader="up", medium=Medium.VIDEO, commercial=False, content_sha256="a" * 64
    )
    work = facts.RecordedWork(id="w", title="W", right_holder="rh", kind=WorkKind.FILM, flags=more.pop("flags", ()))
    evidence = MatchEvidence(
        method=Method.FINGERPRINT, engine="e", engine_version="1", share_of_upload=more.pop("share", Decimal("0.95"))
    )
    return facts.FilteringDecisionRecorded(
        source="s", decision_id="d", decided_at=BEGIN, upload=upload, work=work, evidence=evidence,
        standard=FIRST.id, rule=rule, outcome=outcome, **more,
    )  # fmt: skip


def blocked(**more: Any) -> Event:
    return decision(Outcome.PRESUMED_INFRINGING, Rule.BAND_HIGH, **more)


def lawful(**more: Any) -> Event:
    return decision(Outcome.PRESUMED_LAWFUL, Rule.BAND_LOW, **more)


def contest(number: int = 1) -> Event:
    return facts.ContestLodged(appeal=number, ground=ContestGround.LICENSED, reasons=WORDS)


def challenge(number: int = 1) -> Event:
    ground = ChallengeGround.NO_LICENCE
    return facts.ChallengeLodged(appeal=number, ground=ground, reasons=WORDS, exceptions_considered=WORDS)


def ruling(outcome: RulingOutcome, availability: Availability, appeal: int | None = 1) -> Event:
    return facts.RulingIssued(appeal=appeal, outcome=outcome, availability=availability)


def urgent(number: int = 1) -> Event:
    return facts.UrgentBlockDeclared(
        appeal=number, check=WORDS, harm=WORDS, availability=BLOCKED, statement_of_reasons=REASONS
    )


def notice(number: int = 1) -> Event:
    return notices.NoticeReceived(notice=number, regime="us-dmca", elements=(), content=WORDS, items=3, trusted=True)


def accepted(measure: Measure = Measure.BLOCK, availability: Availability = BLOCKED) -> Event:
    return notices.NoticeAccepted(notice=1, measure=measure, reasons=WORDS, availability=availability)


def countered(regime: str = "us-dmca", number: int = 1) -> Event:
    return notices.CounterNoticeReceived(notice=1, counter_notice=number, regime=regime, elements=(), content=WORDS)


def order(availability: Availability = BLOCKED, *, interim: bool = False, number: int = 1) -> Event:
    return outside.OrderReceived(
        order=number, forum=OutsideForum.COURT, interim=interim, availability=availability, words=WORDS
    )


def lifted(availability: Availability, number: int = 1) -> Event:
    return outside.OrderLifted(order=number, ran_out=True, availability=availability)


def opened(forum: OutsideForum = OutsideForum.EXTERNAL_BODY, number: int = 1) -> Event:
    return outside.OutsideProceedingOpened(proceeding=number, forum=forum, opened_at=BEGIN, words=WORDS)


def said(outcome: OutsideOutcome, number: int = 1, days: int = 5, **more: Any) -> Event:
    return outside.OutsideProceedingDecided(
        proceeding=number, decided_at=BEGIN + timedelta(days=days), outcome=outcome, words=WORDS,
        **{"implemented": True, **more},
    )  # fmt: skip


UPHELD, PARTLY, REVERSED = RulingOutcome.UPHELD, RulingOutcome.PARTIALLY_REVERSED, RulingOutcome.REVERSED
SUSPENDED = facts.MeasureSuspended(cause=ReopeningCause.REFERENCE_WITHDRAWN, availability=PUBLIC)
GRACE = {"grace_until": BEGIN + timedelta(days=2)}
GRACE_OVER = facts.GraceExpired(due_at=BEGIN + timedelta(days=2), availability=BLOCKED)
HELD_BACK = decision(Outcome.PRIOR_REVIEW, Rule.PRIOR_REVIEW, flags=(WorkFlag.TIME_SENSITIVE,))
FREED = facts.PriorReviewExpired(due_at=BEGIN + timedelta(hours=1), availability=PUBLIC)
LATE = facts.DeadlinePassed(kind=DeadlineKind.RULING, due_at=BEGIN, availability=PUBLIC)
REOPENED = facts.CaseReopened(appeal=2, cause=ReopeningCause.NEW_EVIDENCE, availability=PUBLIC)
FURTHER = facts.FurtherReviewRequested(appeal=2, side=Role.UPLOADER, reasons=WORDS)
WITHDRAWN = facts.AppealWithdrawn(appeal=1, side=Role.UPLOADER, availability=BLOCKED)
REJECTED = notices.NoticeRejected(notice=1, reasons=WORDS)
WAITS = notices.CounterNoticeAccepted(counter_notice=1, regime="us-dmca", waits=True, availability=BLOCKED)
AT_ONCE = notices.CounterNoticeAccepted(counter_notice=1, regime="eu-dsa", waits=False, availability=PUBLIC)
CURED = notices.CounterNoticeAmended(counter_notice=1, elements=(), content=WORDS)
WAITED = notices.WaitExpired(counter_notice=1, due_at=BEGIN, availability=PUBLIC)
ACTION = notices.LegalActionReported(
    forum=OutsideForum.COURT, proof=WORDS, names_uploader=True, names_item=True, stays=True
)
MARKED = facts.LawfulUseMarked(mark={"basis": "licensed"})  # type: ignore[arg-type]

STORIES: dict[str, Sequence[Event]] = {
    "grace that ran out, then contested": (blocked(**GRACE), GRACE_OVER, contest(), ruling(REVERSED, PUBLIC)),
    "contest within a grace": (blocked(**GRACE), contest(), ruling(UPHELD, BLOCKED)),
    "mark within a grace": (blocked(**GRACE), MARKED, challenge(), ruling(PARTLY, Availability.PUBLIC_LIMITED)),
    "rejected notice within a grace": (blocked(**GRACE), notice(), REJECTED, contest(), ruling(UPHELD, BLOCKED)),
    "measure within a grace": (blocked(**GRACE), notice(), accepted(), contest(), ruling(REVERSED, PUBLIC)),
    "suspended measure": (lawful(), challenge(), urgent(), SUSPENDED),
    "suspended hold": (HELD_BACK, SUSPENDED),
    "suspended block, upheld": (blocked(), contest(), SUSPENDED, ruling(UPHELD, BLOCKED)),
    "urgent block alone": (lawful(), urgent(), ruling(REVERSED, BLOCKED)),
    "ordered decision": (
        decision(Outcome.PRESUMED_INFRINGING, Rule.ORDER, ordered=BLOCKED, order=COURT,
                 beneath=Beneath(rule=Rule.BAND_LOW, outcome=Outcome.PRESUMED_LAWFUL)),
        challenge(),
        lifted(PUBLIC),
    ),
    "ordered decision of old": (
        decision(Outcome.PRESUMED_INFRINGING, Rule.ORDER, ordered=BLOCKED), contest(), ruling(REVERSED, PUBLIC),
    ),
    "ordered before a hold": (
        decision(Outcome.PRESUMED_INFRINGING, Rule.ORDER, ordered=BLOCKED, order=COURT,
                 beneath=Beneath(rule=Rule.PRIOR_REVIEW, outcome=Outcome.PRIOR_REVIEW)),
        ruling(UPHELD, BLOCKED, None),
        lifted(BLOCKED),
    ),
    "hold that nobody looked at": (HELD_BACK, FREED, ruling(REVERSED, PUBLIC, None), challenge()),
    "hold with a notice": (HELD_BACK, notice(), accepted()),
    "hold of a withdrawn upload": (HELD_BACK, facts.UploadWithdrawn()),
    "late ruling restores": (blocked(), contest(), LATE, ruling(REVERSED, PUBLIC)),
    "reopened block": (blocked(), contest(), ruling(UPHELD, BLOCKED), REOPENED, ruling(REVERSED, PUBLIC, 2)),
    "further review": (blocked(), contest(), ruling(UPHELD, BLOCKED), FURTHER, ruling(PARTLY, PUBLIC, 2)),
    "appeal taken back": (blocked(), contest(), WITHDRAWN),
    "final order over a reversal": (blocked(), contest(), ruling(REVERSED, PUBLIC), order(), lifted(PUBLIC)),
    "interim order to publish": (blocked(), order(PUBLIC, interim=True), contest(), ruling(REVERSED, PUBLIC)),
    "two orders": (lawful(), order(), order(PUBLIC, number=2), lifted(BLOCKED, 2), lifted(PUBLIC)),
    "body reverses": (blocked(), opened(), said(OutsideOutcome.REVERSED, availability=PUBLIC)),
    "body is not followed": (blocked(), opened(), said(OutsideOutcome.REVERSED, implemented=False)),
    "court over a body": (
        blocked(),
        opened(),
        opened(OutsideForum.COURT, 2),
        said(OutsideOutcome.UPHELD, 2, 4, availability=BLOCKED),
        said(OutsideOutcome.REVERSED, availability=PUBLIC),
    ),
    "body by default": (blocked(), opened(), said(OutsideOutcome.DEFAULT, implemented=False)),
    "wait that ran out": (lawful(), notice(), accepted(), countered(), WAITS, WAITED),
    "wait after a cure": (lawful(), notice(), accepted(), countered(), CURED, WAITS, WAITED, challenge()),
    "wait that was stayed": (lawful(), notice(), accepted(), countered(), WAITS, ACTION),
    "action before the wait": (lawful(), notice(), accepted(), ACTION, countered(), WAITS),
    "restored at once, twice notified": (
        blocked(), notice(), accepted(), countered("eu-dsa"), AT_ONCE, notices.RepeatNoticeBarred(barred_by=1),
    ),
    "second counter-notice": (
        lawful(), notice(), accepted(Measure.LABEL, Availability.PUBLIC_LIMITED), countered(),
        notices.CounterNoticeLapsed(counter_notice=1, due_at=BEGIN), countered(number=2),
        notices.NoticeWithdrawn(notice=1, availability=PUBLIC),
    ),
    "settled with a notice open": (
        blocked(), contest(), notice(), facts.PartiesSettled(appeal=1, availability=PUBLIC),
    ),
    "warning that lapsed": (
        decision(Outcome.WARNING, Rule.BAND_MIDDLE, share=Decimal("0.6")), facts.WarningLapsed(due_at=BEGIN),
    ),
}  # fmt: skip


def log_of(stories: Sequence[Sequence[Event]]) -> list[Recorded]:
    """Each story as a case of its own, a day and an hour between its events, in the order of time."""
    steps = [
        (BEGIN + timedelta(days=version - 1, hours=version - 1, minutes=number), UUID(int=number + 1), version, event)
        for number, story in enumerate(stories)
        for version, event in enumerate(story, start=1)
    ]
    by = Actor(role=Role.INTAKE, id="desk")
    return [
        Recorded(stream, version, position, event, moment, moment, by, None, "test")
        for position, (moment, stream, version, event) in enumerate(sorted(steps, key=lambda step: step[0]), start=1)
    ]


@pytest.mark.parametrize("length", range(1, max(map(len, STORIES.values())) + 1))
def test_rare_courses_count_alike_after_each_of_their_events(length: int) -> None:
    made = published_of(log_of([story[:length] for story in STORIES.values()]), page=1)
    assert list(map(str, check_report(made.json, made.facts))) == []


def repeated() -> list[Recorded]:
    """A block fell, and the same content was blocked again on account of the same work."""
    log = log_of([STORIES["late ruling restores"]])
    last = log[-1]
    later = last.recorded + timedelta(days=1)
    again = replace(last, stream=UUID(int=99), version=1, position=99, event=blocked(), recorded=later, occurred=later)
    return [*log, again]


def test_a_repeated_block_counts_alike() -> None:
    made = published_of(repeated(), page=1)
    assert made.figures["filtering.repeat_block_after_reversal"].number == 1
    assert list(map(str, check_report(made.json, made.facts))) == []


@pytest.mark.parametrize(("part", "name"), [("upload", "content_sha256"), ("work", "id")])
def test_another_content_or_work_is_no_repeated_block(part: str, name: str) -> None:
    made = published_of(repeated())
    fact = json.loads(made.facts[-1])
    fact["data"][part][name] = "another"
    found = check_report(made.json, [*made.facts[:-1], json.dumps(fact).encode()])
    assert [one.where for one in found if one.kind == "figure_differs"] == ["filtering.repeat_block_after_reversal"]


def test_what_follows_an_unknown_event_of_the_same_case_is_unknown_too() -> None:
    """A clock that was set back must not let a later event count without the one before it."""
    log = log_of([STORIES["late ruling restores"], STORIES["further review"]])
    first = next(n for n, one in enumerate(log) if one.version == 2)
    late = log[-1].recorded + timedelta(days=9)
    cut = [replace(one, recorded=late) if n == first else one for n, one in enumerate(log)]
    stream, as_of = log[first].stream, late - timedelta(days=1)
    known = [one for one in log if one.stream != stream or one.version == 1]
    made = published_of(known, as_of=as_of)
    assert [str(one) for one in check_report(made.json, facts_of(cut)) if one.kind != "fact_wrong"] == []
