"""Shares, amounts, segments and evidence: exact, checked, and written as the decision format wants them."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.port import Amount, MatchEvidence, Region, Segment, exact_share, json_number, snapshot_of


def evidence(**changes: object) -> MatchEvidence:
    fields: dict[str, object] = {
        "work_id": "w-1",
        "method": "fingerprint",
        "engine": "text-winnowing",
        "engine_version": "1.0.0",
        "config_digest": "c",
        "index_snapshot": "s",
        "share_of_upload": Decimal("0.9"),
        "share_of_work": Decimal("0.25"),
    }
    return MatchEvidence(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (1, 2, "0.5"),
        (9, 10, "0.9"),
        (900_000_001, 1_000_000_000, "0.9"),
        (899_999_999, 1_000_000_000, "0.899999"),
        (8_999_999, 10_000_000, "0.899999"),
        (500_001, 1_000_000, "0.500001"),
        (1, 3, "0.333333"),
        (2, 3, "0.666666"),
        (0, 7, "0"),
        (7, 7, "1"),
    ],
)
def test_cuts_shares_to_six_digits_and_never_lifts_one_over_a_limit(part: int, whole: int, share: str) -> None:
    assert str(exact_share(part, whole)) == share


@given(st.integers(1, 10**9), st.data())
def test_a_share_is_never_more_than_the_truth_nor_a_millionth_less(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    difference = Fraction(part, whole) - Fraction(exact_share(part, whole))
    assert 0 <= difference < Fraction(1, 10**6)


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (-1, 2), (3, 2), (0, -1)])
def test_refuses_shares_of_nothing_or_more_than_all(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        exact_share(part, whole)


def test_writes_evidence_with_exactly_the_fields_of_the_decision_format() -> None:
    written = evidence(
        amount=Amount(seconds=Decimal("59.0"), characters=12),
        segments=(Segment(0, Decimal("59.0"), 610, Decimal("669.25"), Decimal("0.98")), Segment(70, 71)),
        confidence=Decimal("0.998"),
        share_of_upload_low=Decimal("0.89"),
        share_of_upload_high=Decimal("0.91"),
    ).to_decision_evidence()
    assert json.loads(json.dumps(written)) == {
        "method": "fingerprint",
        "engine": "text-winnowing",
        "engine_version": "1.0.0",
        "share_of_upload": "0.9",
        "share_of_work": "0.25",
        "share_of_upload_low": "0.89",
        "share_of_upload_high": "0.91",
        "amount": {"seconds": 59, "characters": 12},
        "segments": [{"upload": [0, 59], "work": [610, "669.25"], "score": "0.98"}, {"upload": [70, 71]}],
        "confidence": "0.998",
        "config_digest": "c",
        "index_snapshot": "s",
    }


def test_a_name_hit_has_a_null_share() -> None:
    written = evidence(method="keyword", share_of_upload=None, share_of_work=None).to_decision_evidence()
    assert written["share_of_upload"] is None
    assert "share_of_upload_low" not in written


@pytest.mark.parametrize("share", [Decimal("-0.01"), Decimal("1.000001"), Decimal("NaN"), Decimal("Infinity")])
@pytest.mark.parametrize("name", ["share_of_upload", "share_of_work", "confidence", "share_of_upload_high"])
def test_refuses_shares_outside_nought_to_one(name: str, share: Decimal) -> None:
    with pytest.raises(ValueError, match=name):
        evidence(**{name: share})


def test_refuses_binary_floats_as_shares() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        evidence(share_of_upload=0.9)


@pytest.mark.parametrize(("low", "high"), [("0.91", None), (None, "0.89"), ("0.91", "0.95")])
def test_refuses_an_interval_that_leaves_its_share_out(low: str | None, high: str | None) -> None:
    with pytest.raises(ValueError, match="interval"):
        evidence(share_of_upload_low=low and Decimal(low), share_of_upload_high=high and Decimal(high))


def test_refuses_an_interval_without_a_share() -> None:
    with pytest.raises(ValueError, match="interval"):
        evidence(share_of_upload=None, share_of_upload_low=Decimal("0.1"))


Places: TypeAlias = tuple[int | None, int | None, int | None, int | None]
NO_SEGMENTS: list[Places] = [
    (5, 5, None, None),
    (6, 5, None, None),
    (-1, 5, None, None),
    (0, 5, 3, 3),
    (0, 5, 3, None),
    (0, 5, None, 3),
]


@pytest.mark.parametrize("places", NO_SEGMENTS)
def test_refuses_segments_that_are_empty_negative_or_half_known(places: Places) -> None:
    with pytest.raises(ValueError, match="segment"):
        Segment(*places)


def test_refuses_negative_amounts() -> None:
    with pytest.raises(ValueError, match="characters"):
        Amount(characters=-1)


def test_numbers_stay_exact_in_json() -> None:
    assert [json_number(3), json_number(Decimal("3.000")), json_number(Decimal("0.10"))] == [3, 3, "0.1"]


def test_a_snapshot_depends_on_the_references_and_not_on_their_order() -> None:
    one = snapshot_of({"a": "1", "b": "2"})
    assert one == snapshot_of({"b": "2", "a": "1"})
    assert len({one, snapshot_of({"a": "2", "b": "1"}), snapshot_of({"a": "1"}), snapshot_of({"a": "1=2\n1:b"})}) == 4


HALF = Region(Decimal(0), Decimal("0.25"), Decimal("0.5"), Decimal(1))


def test_a_segment_of_a_picture_has_regions_in_place_of_positions() -> None:
    written = evidence(track="image", segments=(Segment(upload_region=HALF, score=Decimal("0.9")),))
    assert written.to_decision_evidence()["segments"] == [{"upload_region": [0, "0.25", "0.5", 1], "score": "0.9"}]
    assert written.to_decision_evidence()["track"] == "image"
    both = Segment(0, 1, 2, 3, upload_region=HALF, work_region=HALF).to_json()
    assert list(both) == ["upload", "work", "upload_region", "work_region"]


NO_PLACES: list[Places] = [(None, None, None, None), (1, None, None, None), (None, 1, None, None), (0, 1, 1, None)]


@pytest.mark.parametrize("places", NO_PLACES)
def test_refuses_segments_without_a_place_or_with_one_end(places: Places) -> None:
    with pytest.raises(ValueError, match=r"needs (both|a place)"):
        Segment(*places)
    with pytest.raises(ValueError, match=r"needs (both|a place)"):
        Segment(*places, None, None, HALF)


@pytest.mark.parametrize("sides", [("0", "0", "0", "1"), ("0.5", "0", "0.4", "1"), ("0", "0", "1.1", "1")])
def test_refuses_regions_that_are_empty_or_leave_the_picture(sides: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"region|must lie in"):
        Region(*(Decimal(side) for side in sides))
