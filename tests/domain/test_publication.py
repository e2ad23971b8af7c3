"""The rules of publishing: two officers for everything, corrections of the latest only, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from casework.domain.facts import Actor, Event, Refused, Role
from casework.domain.publication import decisions
from casework.domain.publication.state import (
    PeriodReports,
    Stage,
    Texts,
    evolve_reports,
    evolve_texts,
    fold_reports,
    fold_texts,
)
from casework.domain.publication.values import PublishedFile, TextSection, edition_id, period_stream, text_stream
from casework.domain.values import VaultReference

NOW = datetime(2026, 7, 10, 9, tzinfo=UTC)
FIRST, SECOND = (Actor(role=Role.COMPLIANCE, id=name) for name in ("first", "second"))
OVERSIGHT = Actor(role=Role.OVERSIGHT, id="regulator")
A, B, C = ("a" * 64, "b" * 64, "c" * 64)
REASONS = VaultReference(id="0" * 32, digest="0" * 64)
FILES = (PublishedFile(name="report.json", digest=A, size=10), PublishedFile(name="report.en.html", digest=B, size=20))
NAMES = tuple(one.name for one in FILES)


@dataclass(frozen=True)
class Told:
    event: Event
    by: Actor
    recorded: datetime = NOW
    occurred: datetime = NOW


def texts_after(texts: Texts, events: Sequence[Event], by: Actor) -> Texts:
    for event in events:
        texts = evolve_texts(texts, Told(event, by))
    return texts


def reports_after(reports: PeriodReports, events: Sequence[Event], by: Actor) -> PeriodReports:
    for event in events:
        reports = evolve_reports(reports, Told(event, by))
    return reports


def proposal(**changes: Any) -> decisions.ProposeReport:
    fields: dict[str, Any] = {
        "run": "rr_1",
        "start": date(2026, 1, 1),
        "end": date(2026, 7, 1),
        "as_of": NOW,
        "files": FILES,
    }
    return decisions.ProposeReport(**{**fields, **changes})


def propose(reports: PeriodReports, by: Actor = FIRST, **changes: Any) -> PeriodReports:
    return reports_after(reports, decisions.propose_report(reports, proposal(**changes), by, NOW), by)


def publish(reports: PeriodReports, by: Actor = SECOND) -> PeriodReports:
    waiting = reports.open
    assert waiting is not None
    command = decisions.PublishReport(proposal=waiting.number, kept=NAMES)
    return reports_after(reports, decisions.publish_report(reports, command, by), by)


def refused(code: str, step: Any, *given: Any) -> None:
    with pytest.raises(Refused) as caught:
        step(*given)
    assert caught.value.code == code


def test_a_text_needs_both_languages_and_a_second_officer() -> None:
    none = Texts(TextSection.FEES)
    half = decisions.DraftText(since=date(2026, 1, 1), en=A)
    refused("not_your_step", decisions.draft_text, none, half, OVERSIGHT)
    refused("text_empty", decisions.draft_text, none, decisions.DraftText(since=date(2026, 1, 1)), FIRST)
    texts = texts_after(none, decisions.draft_text(none, half, FIRST), FIRST)
    assert decisions.draft_text(texts, half, FIRST) == ()
    refused("draft_open", decisions.draft_text, texts, half, SECOND)
    refused("narrative_language_missing", decisions.approve_text, texts, decisions.ApproveText(draft=1), SECOND)
    whole = decisions.DraftText(since=date(2026, 1, 1), en=A, zh=B)
    texts = texts_after(texts, decisions.draft_text(texts, whole, FIRST), FIRST)
    assert [one.stage for one in texts.drafts] == [Stage.WITHDRAWN, Stage.OPEN]
    refused("second_officer_needed", decisions.approve_text, texts, decisions.ApproveText(draft=2), FIRST)
    refused("draft_unknown", decisions.approve_text, texts, decisions.ApproveText(draft=1), SECOND)
    texts = texts_after(texts, decisions.approve_text(texts, decisions.ApproveText(draft=2), SECOND), SECOND)
    assert (texts.open, texts.approved[-1].zh, texts.approved[-1].decided_by) == (None, B, "second")
    refused("draft_unknown", decisions.decline_text, texts, decisions.DeclineText(draft=2, reasons=REASONS), SECOND)


def test_the_version_in_force_is_the_latest_by_its_day_and_then_by_its_approval() -> None:
    texts = Texts(TextSection.FEES)
    for since, en in ((date(2026, 1, 1), A), (date(2026, 6, 1), B), (date(2026, 1, 1), C)):
        texts = texts_after(
            texts, decisions.draft_text(texts, decisions.DraftText(since=since, en=en, zh=A), FIRST), FIRST
        )
        number = decisions.ApproveText(draft=len(texts.drafts))
        texts = texts_after(texts, decisions.approve_text(texts, number, SECOND), SECOND)
    found = {end: texts.in_force(end) for end in (date(2025, 1, 1), date(2026, 6, 1), date(2026, 6, 2))}
    assert [None if one is None else one.en for one in found.values()] == [A, C, B]


def test_nobody_publishes_what_they_proposed() -> None:
    reports = propose(PeriodReports())
    assert decisions.propose_report(reports, proposal(), FIRST, NOW) == ()
    refused("proposal_open", decisions.propose_report, reports, proposal(run="rr_2"), SECOND, NOW)
    agree = decisions.PublishReport(proposal=1, kept=NAMES)
    refused("second_officer_needed", decisions.publish_report, reports, agree, FIRST)
    refused("not_your_step", decisions.publish_report, reports, agree, OVERSIGHT)
    refused(
        "report_file_changed",
        decisions.publish_report,
        reports,
        decisions.PublishReport(proposal=1, kept=NAMES[:1]),
        SECOND,
    )
    refused(
        "proposal_unknown", decisions.publish_report, reports, decisions.PublishReport(proposal=2, kept=NAMES), SECOND
    )
    published = publish(reports)
    assert published.latest is not None
    assert (published.latest.id, published.latest.by, published.latest.proposed_by) == (
        "2026-01-01.2026-07-01.1", "second", "first",
    )  # fmt: skip
    assert decisions.publish_report(published, agree, SECOND) == ()


def test_a_proposal_is_withdrawn_by_its_author_and_declined_by_others() -> None:
    reports, end = propose(PeriodReports()), decisions.EndProposal(proposal=1, reasons=REASONS)
    refused("not_your_proposal", decisions.withdraw_proposal, reports, end, SECOND)
    refused("second_officer_needed", decisions.decline_proposal, reports, end, FIRST)
    withdrawn = reports_after(reports, decisions.withdraw_proposal(reports, end, FIRST), FIRST)
    declined = reports_after(reports, decisions.decline_proposal(reports, end, SECOND), SECOND)
    assert (withdrawn.proposals[1].stage, declined.proposals[1].stage) == (Stage.WITHDRAWN, Stage.DECLINED)
    again = propose(declined)
    assert again.open is not None
    assert again.open.number == 2


def test_what_cannot_be_trusted_is_not_proposed() -> None:
    none = PeriodReports()
    for code, changes in (
        ("report_broken", {"broken": "identities"}),
        ("report_broken", {"broken": "projection"}),
        ("narrative_language_missing", {"missing": ("fees",)}),
        ("in_the_future", {"as_of": NOW + timedelta(seconds=1)}),
        ("edition_not_latest", {"corrects": 1}),
    ):
        refused(code, decisions.propose_report, none, proposal(**changes), FIRST, NOW)
    refused("not_your_step", decisions.propose_report, none, proposal(), OVERSIGHT, NOW)


def test_a_correction_cites_the_latest_with_a_later_moment_and_reasons() -> None:
    reports = publish(propose(PeriodReports(), as_of=NOW - timedelta(days=2)))
    why: dict[str, Any] = {"reasons": A, "changes": B}
    for code, changes in (
        ("already_published", {}),
        ("edition_not_latest", {"corrects": 2, **why}),
        ("correction_not_later", {"corrects": 1, "as_of": NOW - timedelta(days=2), **why}),
        ("report_changes_missing", {"corrects": 1, "reasons": A}),
        ("correction_reasons_missing", {"corrects": 1, "changes": B}),
    ):
        refused(code, decisions.propose_report, reports, proposal(**changes), FIRST, NOW)
    corrected = publish(propose(reports, corrects=1, as_of=NOW - timedelta(days=1), **why))
    assert [(one.number, one.corrected_by) for one in corrected.editions] == [(1, 2), (2, None)]
    refused("edition_not_latest", decisions.propose_report, corrected, proposal(corrects=1, **why), FIRST, NOW)
    assert publish(propose(corrected, corrects=2, **why)).editions[1].corrected_by == 3


def test_streams_and_names_never_change() -> None:
    assert str(text_stream(TextSection.FEES)) == str(text_stream(TextSection("fees")))
    assert len({text_stream(one) for one in TextSection}) == len(TextSection)
    assert period_stream(date(2026, 1, 1), date(2026, 7, 1)) != period_stream(date(2026, 1, 1), date(2026, 7, 2))
    assert edition_id(date(2026, 1, 1), date(2026, 7, 1), 3) == "2026-01-01.2026-07-01.3"
    with pytest.raises(ValueError, match="cannot go on"):
        evolve_texts(Texts(TextSection.FEES), Told(proposed_event(), FIRST))
    draft = decisions.DraftText(since=date(2026, 1, 1), en=A)
    (drafted,) = decisions.draft_text(Texts(TextSection.FEES), draft, FIRST)
    with pytest.raises(ValueError, match="cannot go on"):
        evolve_reports(PeriodReports(), Told(drafted, FIRST))


def proposed_event() -> Event:
    (event,) = decisions.propose_report(PeriodReports(), proposal(), FIRST, NOW)
    return event


def test_a_declined_text_leaves_room_for_another_and_a_history_folds_to_its_state() -> None:
    none = Texts(TextSection.FEES)
    drafted = decisions.draft_text(none, decisions.DraftText(since=date(2026, 1, 1), en=A), FIRST)
    waiting = texts_after(none, drafted, FIRST)
    declined = decisions.decline_text(waiting, decisions.DeclineText(draft=1, reasons=REASONS), SECOND)
    history = [Told(drafted[0], FIRST), Told(declined[0], SECOND)]
    folded = fold_texts(TextSection.FEES, history)
    assert folded == texts_after(waiting, declined, SECOND)
    assert (folded.open, folded.drafts[0].stage, folded.drafts[0].reasons) == (None, Stage.DECLINED, REASONS)


def test_an_edition_knows_its_files() -> None:
    proposed = decisions.propose_report(PeriodReports(), proposal(), FIRST, NOW)
    history = [Told(one, FIRST) for one in proposed]
    agreed = decisions.publish_report(fold_reports(history), decisions.PublishReport(proposal=1, kept=NAMES), SECOND)
    edition = fold_reports([*history, *(Told(one, SECOND) for one in agreed)]).latest
    assert edition is not None
    assert edition.file("report.json") == FILES[0]
    assert edition.file("another.json") is None
