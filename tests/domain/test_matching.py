"""What engines deliver beside the share: track, regions, other findings, signals; and that none of it decides."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import RecordFilteringDecision
from casework.domain.matching import AlsoFound, Segment, Signal, Track
from casework.duplicates import differences
from tests.samples import decision_command, decision_line, recorded

HALF = ["0", "0", "0.5", "1"]
OTHER = {"method": "hash", "engine": "exact-hash", "engine_version": "1"}
SIGNAL = {"kind": "advertising", "value": "before the film", "provenance": "player of the page"}


def refusals(of: Any, value: dict[str, Any]) -> dict[str, str]:
    """Code by place; nothing for a value that fits."""
    try:
        of.model_validate(value)
    except ValidationError as error:
        return {".".join(map(str, one["loc"])): one["type"] for one in error.errors()}
    return {}


@pytest.mark.parametrize(
    ("segment", "place", "code"),
    [
        ({}, "", "segment_nowhere"),
        ({"work_region": HALF}, "", "segment_nowhere"),
        ({"upload_region": ["0.5", "0", "0.5", "1"]}, "", "region_order"),
        ({"upload_region": ["0", "0.6", "0.5", "0.5"]}, "", "region_order"),
        ({"upload_region": HALF, "work_region": ["0.6", "0", "0.5", "1"]}, "", "region_order"),
        ({"upload_region": ["0", "0", "0.5", "1.01"]}, "upload_region.3", "less_than_equal"),
        ({"upload_region": ["-0.1", "0", "0.5", "1"]}, "upload_region.0", "greater_than_equal"),
        ({"upload_region": ["0", "0", "1"]}, "upload_region.3", "missing"),
        ({"upload_region": [*HALF, "1"]}, "upload_region", "too_long"),
    ],
)
def test_a_segment_lies_somewhere_within_the_picture(segment: dict[str, Any], place: str, code: str) -> None:
    assert refusals(Segment, {"upload_region": HALF}) == {}
    assert refusals(Segment, {"upload_region": HALF, "work_region": HALF, "upload": ["0", "1"]}) == {}
    assert refusals(Segment, segment) == {place: code}


def test_only_an_image_matches_without_stretches() -> None:
    regions: dict[str, Any] = {"evidence__segments": [{"upload_region": HALF, "work_region": HALF}]}
    image = decision_command(upload__medium="image", **regions)
    assert image.evidence.segments[0].upload_region == (Decimal(0), Decimal(0), Decimal("0.5"), Decimal(1))
    for medium in ("text", "audio", "video"):
        line = decision_line(upload__medium=medium, **regions)
        assert refusals(RecordFilteringDecision, line) == {"": "segment_without_stretch"}


@pytest.mark.parametrize(
    ("signal", "place", "code"),
    [
        ({"kind": "popularity"}, "kind", "enum"),
        ({"value": ""}, "value", "string_too_short"),
        ({"value": "a" * 101}, "value", "string_too_long"),
        ({"provenance": ""}, "provenance", "string_too_short"),
        ({"provenance": "a" * 201}, "provenance", "string_too_long"),
        ({"provenance": "https://example.org/li-lei"}, "", "signal_address"),
        ({"value": "li.lei@example.org"}, "", "signal_address"),
        ({"observed_at": "2026-06-30"}, "observed_at", "datetime_type"),
        ({"weight": "1"}, "weight", "extra_forbidden"),
    ],
)
def test_a_signal_says_what_was_seen_where_and_names_nobody(signal: dict[str, Any], place: str, code: str) -> None:
    assert refusals(Signal, SIGNAL | {"observed_at": "2026-06-30T10:00:00+08:00"}) == {}
    assert refusals(Signal, SIGNAL | signal) == {place: code}


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"evidence__track": "smell"}, "evidence.track", "enum"),
        ({"evidence__also_found": [OTHER] * 9}, "evidence.also_found", "too_long"),
        ({"evidence__also_found": [{**OTHER, "share_of_work": "2"}]}, "evidence.also_found.0.share_of_work",
         "less_than_equal"),
        ({"evidence__also_found": [{"method": "hash"}]}, "evidence.also_found.0.engine", "missing"),
        ({"signals": [SIGNAL] * 17}, "signals", "too_long"),
        ({"signals": [{**SIGNAL, "kind": None}]}, "signals.0.kind", "enum"),
    ],
)  # fmt: skip
def test_a_decision_names_the_field_that_does_not_fit(changes: dict[str, Any], place: str, code: str) -> None:
    assert refusals(RecordFilteringDecision, decision_line(**changes))[place] == code


def test_the_event_keeps_what_was_delivered() -> None:
    event = recorded(
        "0.93",
        evidence__track="sound",
        evidence__also_found=[{**OTHER, "track": "file", "share_of_upload": "0"}],
        signals=[SIGNAL | {"observed_at": "2026-06-30T10:00:00+08:00"}],
    )
    assert event.evidence.track is Track.SOUND
    assert event.evidence.also_found == (AlsoFound(**OTHER, track=Track.FILE, share_of_upload="0"),)  # type: ignore[arg-type]
    assert event.signals is not None
    assert event.signals[0].observed_at == datetime(2026, 6, 30, 2, 0, tzinfo=UTC)


def test_an_empty_list_says_no_more_than_none() -> None:
    empty: dict[str, Any] = {"evidence__also_found": [], "signals": []}
    assert recorded(**empty) == recorded()
    assert differences(decision_command(**empty), decision_command()) == []
    assert differences(decision_command(signals=[SIGNAL]), decision_command(**empty)) == ["/signals"]
    assert differences(decision_command(evidence__also_found=[OTHER]), decision_command()) == ["/evidence"]


words = st.text(st.characters(codec="utf-8", exclude_characters="@:\0"), min_size=1, max_size=40)
shares = st.none() | st.decimals(0, 1, places=4).map(str)
findings = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["hash", "fingerprint", "keyword", "metadata"]),
        "engine": words,
        "engine_version": words,
    },
    optional={"track": st.sampled_from([track.value for track in Track]), "share_of_upload": shares},
)
signals = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["advertising", "monetisation", "uploader_type"]),
        "value": words,
        "provenance": words,
    }
)
NEW = ("signals", "evidence")


@settings(max_examples=60)
@given(
    st.sampled_from([None, "0", "0.3", "0.5", "0.7", "0.9", "1"]),
    st.booleans(),
    st.booleans(),
    st.lists(findings, max_size=8),
    st.lists(signals, max_size=16),
    st.none() | st.sampled_from([track.value for track in Track]),
)
def test_signals_and_other_findings_never_decide(
    share: str | None, commercial: bool, marked: bool, also_found: list[Any], seen: list[Any], track: str | None
) -> None:
    changes: dict[str, Any] = {"upload__commercial": commercial, "evidence__share_of_upload": share}
    if share is None:
        changes["evidence__method"] = "keyword"
    if marked:
        changes["marks"] = [{"basis": "own_work"}]
    with_all: dict[str, Any] = {"evidence__also_found": also_found, "evidence__track": track, "signals": seen}
    assert decided(recorded(**changes, **with_all)) == decided(recorded(**changes))


def decided(event: FilteringDecisionRecorded) -> dict[str, Any]:
    """All that was decided: everything but what was delivered."""
    return event.model_dump(exclude=set(NEW))
