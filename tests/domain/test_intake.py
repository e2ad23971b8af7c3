"""What a matching engine delivers becomes a recorded decision; people become pseudonyms (case.md, first row)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import (
    NOTHING_KNOWN,
    KnownOfParties,
    Pseudonyms,
    RecordFilteringDecision,
    case_id,
    record_filtering_decision,
)
from casework.domain.case.state import Procedure
from casework.domain.decision import WithoutBlock
from casework.domain.standard.standard import read_standard
from casework.domain.values import Availability, Outcome, Remedy, Rule
from casework.law import read_law
from tests.samples import (
    BLOCKED,
    CLEARED,
    LAWFUL,
    MARKED_BEFORE,
    NOON,
    PUBLISHED,
    RESTORING,
    REVIEW_MARK,
    RIGHT_HOLDER,
    STANDARD,
    UPLOADER,
    WARNED,
    binding,
    case_of,
    decision_command,
    decision_line,
    mark,
    recorded,
    reference,
)

REGIMES = read_law().regimes
PEOPLE = Pseudonyms(uploader=UPLOADER.id, right_holder=RIGHT_HOLDER.id)


def refusals(**changes: Any) -> dict[str, str]:
    try:
        decision_command(**changes)
    except ValidationError as error:
        return {".".join(map(str, each["loc"])): each["type"] for each in error.errors()}
    return {}


@pytest.mark.parametrize(
    ("decision", "outcome", "availability"),
    [
        (BLOCKED, Outcome.PRESUMED_INFRINGING, Availability.BLOCKED),
        (WARNED, Outcome.WARNING, Availability.PUBLIC),
        (LAWFUL, Outcome.PRESUMED_LAWFUL, Availability.PUBLIC),
        (MARKED_BEFORE, Outcome.MARKED_LAWFUL, Availability.PUBLIC),
        (CLEARED, Outcome.CLEARED, Availability.PUBLIC),
    ],
)
def test_the_outcome_opens_the_case(decision: Any, outcome: Outcome, availability: Availability) -> None:
    case = case_of(decision)
    assert decision.outcome is outcome
    assert case.procedure is Procedure(outcome.value)
    assert case.availability is availability
    assert (case.uploader, case.right_holder) == (UPLOADER.id, RIGHT_HOLDER.id)
    assert (case.version, case.informed_at, case.appeal, case.under_appeal) == (1, NOON, None, False)
    assert (decision.statement_of_reasons is None) is (availability is Availability.PUBLIC)


def test_a_block_carries_its_statement_of_reasons() -> None:
    reasons = BLOCKED.statement_of_reasons
    assert reasons is not None
    assert reasons.measure is Availability.BLOCKED
    assert reasons.standard == BLOCKED.standard == STANDARD.id
    assert reasons.rule is BLOCKED.rule is Rule.BAND_HIGH
    assert reasons.remedies == (Remedy.MARK, Remedy.CONTEST, Remedy.AUTHORITY, Remedy.COURT)
    assert reasons.contest_until == NOON + timedelta(days=180)


def test_the_decision_keeps_what_was_matched_exactly() -> None:
    command = decision_command("0.9340")
    event = recorded("0.9340")
    assert event.evidence == command.evidence
    assert str(event.evidence.share_of_upload) == "0.9340"
    assert event.upload.amount is not None
    assert event.upload.amount.seconds == Decimal(194)
    assert (event.source, event.decision_id, event.decided_at) == ("video-eu1", "eng-1", command.decided_at)
    assert (event.work.title, event.work.kind.value) == ("The Film", "film")


def test_doubt_is_recorded() -> None:
    doubted = recorded("0.95", evidence__share_of_upload_low="0.85")
    assert (doubted.rule, doubted.doubt) == (Rule.BAND_MIDDLE, Rule.BAND_HIGH)
    assert BLOCKED.doubt is None


def test_people_and_their_words_are_not_in_the_event() -> None:
    event = recorded("0.93", marks=[REVIEW_MARK, {"basis": "own_work"}])
    text = event.model_dump_json()
    for personal in ("u-77", "rh-3", "My review", "example.org", "It is a review."):
        assert personal not in text
    assert event.upload.description == reference("title and address")
    assert [each.statement for each in event.marks] == [reference("It is a review."), None]
    assert event.marks[0].model_copy(update={"statement": None}) == mark()


@pytest.mark.parametrize("share", ["0.2", "0.7", "0.95"])
def test_what_is_put_together_without_checks_passes_all_of_them(share: str) -> None:
    event = recorded(share, marks=[] if share == "0.95" else [REVIEW_MARK], work__flags=["high_loss"])
    assert FilteringDecisionRecorded.model_validate(event.model_dump()) == event
    assert event.model_fields_set == set(FilteringDecisionRecorded.model_fields)


def test_every_mark_needs_its_place_in_the_vault() -> None:
    with pytest.raises(ValueError, match="argument"):
        record_filtering_decision(decision_command(marks=[REVIEW_MARK]), PEOPLE, NOTHING_KNOWN, STANDARD, NOON)


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        (KnownOfParties(no_block=True), Rule.NO_BLOCK),
        (KnownOfParties(licensed=True), Rule.NO_BLOCK),
        (KnownOfParties(marking_suspended=True), Rule.BAND_HIGH),
        (NOTHING_KNOWN, Rule.MARKED),
    ],
)
def test_what_is_known_of_work_and_parties_counts(known: KnownOfParties, rule: Rule) -> None:
    assert recorded("0.93", known=known, marks=[REVIEW_MARK]).rule is rule


# The regime


def under(regime: str, standard: str = "cn-2021-1", **changes: Any) -> FilteringDecisionRecorded:
    """The sample decision under a regime and a standard."""
    governing = read_standard((PUBLISHED / f"{standard}.toml").read_text("utf-8"))
    command = decision_command("0.93", **changes)
    return record_filtering_decision(command, PEOPLE, NOTHING_KNOWN, governing, NOON, REGIMES.by_id[regime])


def test_the_decision_names_the_regime_that_governs() -> None:
    assert under("cn-e-commerce").regime == "cn-e-commerce"
    assert BLOCKED.regime is None


@pytest.mark.parametrize(
    ("regime", "outside"),
    [
        ("cn-civil-code", (Remedy.AUTHORITY, Remedy.COURT)),
        ("de-urhdag", (Remedy.EXTERNAL_BODY, Remedy.COURT)),
        ("eu-dsa", (Remedy.EXTERNAL_BODY, Remedy.COURT)),
        ("us-dmca", (Remedy.COURT,)),
    ],
)
def test_the_regime_names_the_remedies_outside(regime: str, outside: tuple[Remedy, ...]) -> None:
    reasons = under(regime).statement_of_reasons
    assert reasons is not None
    assert reasons.remedies == (Remedy.MARK, Remedy.CONTEST, *outside)


def test_the_european_window_stands_in_the_statement_of_reasons() -> None:
    reasons = under("eu-dsa", "eu-2024-1").statement_of_reasons
    assert reasons is not None
    assert reasons.contest_until == datetime(2026, 12, 30, 23, 0, tzinfo=UTC)


def test_what_is_public_already_stays_so_for_48_hours_in_germany() -> None:
    about = {"evidence__share_of_work": "0.4", "upload__public_since": "2026-06-30T12:00:00+02:00"}
    event = under("de-urhdag", "de-2021-1", **about)
    assert event.outcome is Outcome.PRESUMED_INFRINGING
    assert event.grace_until == NOON + timedelta(hours=48)
    assert event.statement_of_reasons is not None
    assert case_of(event).availability is Availability.PUBLIC
    new = under("de-urhdag", "de-2021-1", evidence__share_of_work="0.4")
    assert new.grace_until is None
    assert case_of(new).availability is Availability.BLOCKED
    assert under("cn-civil-code", **about).grace_until is None


def test_the_upload_cannot_be_public_since_later_than_the_decision() -> None:
    assert refusals(upload__public_since="2026-06-30T19:59:00+08:00") == {}
    assert refusals(upload__public_since="2026-06-30T19:59:01+08:00") == {"": "public_since_late"}


@pytest.mark.parametrize("ordered", list(Availability))
def test_an_order_decides_and_a_restriction_carries_its_reasons(ordered: Availability) -> None:
    event = recorded("0.1", known=KnownOfParties(order=binding(ordered)))
    assert (event.rule, event.ordered, event.order) == (Rule.ORDER, ordered, binding(ordered))
    assert case_of(event).availability is ordered
    reasons = event.statement_of_reasons
    assert (None if reasons is None else reasons.measure) is (None if ordered is Availability.PUBLIC else ordered)


def test_prior_review_holds_the_upload() -> None:
    event = recorded("0.2", known=KnownOfParties(prior_review_requested=True), work__flags=["time_sensitive"])
    assert (event.rule, event.outcome) == (Rule.PRIOR_REVIEW, Outcome.PRIOR_REVIEW)
    assert case_of(event).availability is Availability.HELD
    assert recorded("0.2", known=KnownOfParties(prior_review_requested=True)).rule is Rule.BAND_LOW


def test_where_no_machine_may_block_the_event_says_why() -> None:
    event = recorded("0.93", known=KnownOfParties(without_block=WithoutBlock.PLATFORM_EXEMPT))
    assert (event.outcome, event.without_block) == (Outcome.WARNING, "platform_exempt")
    assert case_of(event).availability is Availability.PUBLIC
    assert event.statement_of_reasons is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"upload__commercial": True, "evidence__amount": {"seconds": "9"}}, Rule.BAND_HIGH),
        ({"evidence__amount": {"seconds": "9"}}, Rule.DE_MINIMIS),
        ({"evidence__amount": None, "upload__amount": {"seconds": "9"}}, Rule.DE_MINIMIS),
        ({"evidence__method": "keyword"}, Rule.NAME_ONLY),
    ],
)
def test_upload_and_evidence_count(changes: dict[str, Any], rule: Rule) -> None:
    assert recorded("0.93", **changes).rule is rule


def test_the_standard_handed_in_is_named() -> None:
    other = RESTORING.model_copy(update={"id": "cn-2030-1"})
    event = recorded("0.93", under=other)
    assert event.standard == "cn-2030-1"
    assert event.statement_of_reasons is not None
    assert event.statement_of_reasons.standard == "cn-2030-1"


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"decision_id": ""}, "decision_id", "string_too_short"),
        ({"decision_id": "a" * 201}, "decision_id", "string_too_long"),
        ({"source": "a" * 10_000}, "source", "string_too_long"),
        ({"decided_at": "2026-06-30T19:59:00"}, "decided_at", "timezone_missing"),
        ({"decided_at": "1989-12-31T23:59:59Z"}, "", "decided_at_range"),
        ({"decided_at": "9001-01-01T00:00:00Z"}, "", "decided_at_range"),
        ({"evidence__share_of_upload": "NaN"}, "evidence.share_of_upload", "finite_number"),
        ({"evidence__share_of_upload": 0.93}, "evidence.share_of_upload", "decimal_type"),
        ({"evidence__share_of_upload": "1.1"}, "evidence.share_of_upload", "less_than_equal"),
        ({"evidence__sure": True}, "evidence.sure", "extra_forbidden"),
        ({"upload__uploader_name": "Li"}, "upload.uploader_name", "extra_forbidden"),
        ({"upload__version": "1"}, "upload.version", "int_type"),
        ({"upload__version": -1}, "upload.version", "greater_than_equal"),
        ({"upload__commercial": "no"}, "upload.commercial", "bool_type"),
        ({"upload__medium": "hologram"}, "upload.medium", "enum"),
        ({"upload__title": "a" * 1001}, "upload.title", "string_too_long"),
        ({"upload__title": "a\x00"}, "upload.title", "text_characters"),
        ({"upload__title": 7}, "upload.title", "string_type"),
        ({"upload__url": "a" * 4001}, "upload.url", "string_too_long"),
        ({"upload__url": "https://example.org/\x00"}, "upload.url", "text_characters"),
        ({"upload__content_sha256": "abc"}, "upload.content_sha256", "string_pattern_mismatch"),
        ({"work__flags": ["high_loss"] * 3}, "work.flags", "too_long"),
        ({"work__kind": "poem"}, "work.kind", "enum"),
        ({"marks": [{"basis": "own_work"}] * 21}, "marks", "too_long"),
        ({"upload__public_since": "2026-06-30"}, "upload.public_since", "datetime_type"),
        ({"marks": [{"basis": "statutory_exception"}]}, "marks.0", "provision_unknown"),
        ({"marks": [{"basis": "own_work", "statement": "a\x00"}]}, "marks.0.statement", "text_characters"),
        ({"standard": "cn-2021-1"}, "standard", "extra_forbidden"),
    ],
)
def test_refuses_what_does_not_fit_and_says_where(changes: dict[str, Any], place: str, code: str) -> None:
    assert refusals(**changes) == {place: code}


@pytest.mark.parametrize("field", ["title", "url"])
def test_refuses_halves_of_characters_in_personal_texts(field: str) -> None:
    assert set(refusals(**{f"upload__{field}": "a\ud83d"})) == {f"upload.{field}"}


@pytest.mark.parametrize("missing", ["decision_id", "source", "decided_at", "upload", "work", "evidence"])
def test_refuses_a_decision_that_lacks_something(missing: str) -> None:
    line = decision_line()
    del line[missing]
    with pytest.raises(ValidationError, match="Field required"):
        RecordFilteringDecision.model_validate(line)


def test_decisions_of_the_whole_plausible_range_are_taken() -> None:
    assert refusals(decided_at="1990-01-01T08:00:00+08:00") == {}
    assert refusals(decided_at="9000-12-31T23:59:59Z") == {}


def test_a_case_is_named_by_its_decision() -> None:
    assert case_id("video-eu1", "eng-1") == UUID("0bbddb52-860f-5e4f-9712-3b1fcd0ac46c")
    assert case_id("video-eu1", "eng-1").version == 5
    assert case_id("video-eu1", "eng-1") != case_id("video-eu", "1eng-1")


_ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)


@given(_ids, _ids, _ids, _ids)
def test_two_cases_have_the_same_name_only_if_they_are_the_same_decision(
    source: str, decision: str, other_source: str, other_decision: str
) -> None:
    same = (source, decision) == (other_source, other_decision)
    assert (case_id(source, decision) == case_id(other_source, other_decision)) is same


@given(st.text("0123456789:ab", min_size=2, max_size=8), st.data())
def test_the_border_between_source_and_decision_is_part_of_the_name(text: str, data: st.DataObject) -> None:
    borders = st.integers(1, len(text) - 1)
    one, other = data.draw(borders), data.draw(borders)
    assert (case_id(text[:one], text[one:]) == case_id(text[:other], text[other:])) is (one == other)
