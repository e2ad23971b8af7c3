"""Findings of very many segments: merged so that nothing is claimed that nobody found, or refused."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from casework.domain.matching import MatchEvidence as DecisionEvidence
from matching_adapter.merging import MOST_SEGMENTS, TooManySegments, fitted
from matching_adapter.port import Amount, MatchEvidence, Region, Segment

FOUND = MatchEvidence("w", "fingerprint", "e", "1", "c", "s", Decimal("0.4"), Decimal("0.2"), Amount(characters=7))


def found(*segments: Segment) -> MatchEvidence:
    return replace(FOUND, segments=segments)


def merged(segments: Sequence[Segment], most: int) -> tuple[Segment, ...]:
    return fitted(found(*segments), most).segments


def test_few_segments_stay_what_they_are() -> None:
    evidence = found(Segment(5, 9), Segment(0, 3))
    assert fitted(evidence, 2) is evidence


def test_those_with_the_least_between_them_become_one_and_the_score_says_how_much_of_it() -> None:
    parts = [Segment(0, 10, 100, 110), Segment(12, 20, 112, 120), Segment(40, 50, 5, 15, Decimal("0.5"))]
    assert merged(parts[::-1], 2) == (Segment(0, 20, 100, 120, Decimal("0.9")), parts[2])
    assert merged(parts, 1) == (Segment(0, 50, None, None, Decimal("0.46")),)  # 23 of 28 agree, 28 of 50 were found


def test_a_stretch_of_the_work_is_told_only_where_the_parts_follow_one_another_there() -> None:
    jump = [Segment(0, 10, 0, 10), Segment(11, 20, 500, 509)]
    back = [Segment(0, 10, 10, 20), Segment(11, 20, 0, 9)]
    silent = [Segment(0, 10, 0, 10), Segment(11, 20)]
    for parts in (jump, back, silent):
        assert merged(parts, 1) == (Segment(0, 20, None, None, Decimal("0.95")),)


def test_what_overlaps_counts_once_and_without_a_gap_nothing_new_is_said() -> None:
    assert merged([Segment(0, 10), Segment(4, 6), Segment(8, 20)], 1) == (Segment(0, 20),)
    assert merged([Segment(0, 10), Segment(5, 15, score=Decimal("0.8"))], 1) == (Segment(0, 15, score=Decimal("0.9")),)


def test_any_number_fits_into_a_decision_and_what_agrees_never_grows() -> None:
    chance, place, parts = random.Random(3), Decimal(0), []
    for _ in range(MOST_SEGMENTS * 3):
        place += Decimal(chance.randrange(1, 2000)) / 1000
        length = Decimal(chance.randrange(1, 3000)) / 1000
        parts.append(Segment(place, place + length, score=Decimal(chance.randrange(10_001)) / 10_000))
        place += length
    chance.shuffle(parts)
    result = fitted(found(*parts))
    assert len(DecisionEvidence.model_validate(result.to_decision_evidence()).segments) == MOST_SEGMENTS
    assert replace(result, segments=()) == FOUND
    assert Decimal("0.99") * agreeing(parts) < agreeing(result.segments) <= agreeing(parts)


def agreeing(segments: Sequence[Segment]) -> Decimal:
    return sum(
        (
            (Decimal(one.upload_end or 0) - Decimal(one.upload_start or 0)) * (1 if one.score is None else one.score)
            for one in segments
        ),
        Decimal(0),
    )


def test_regions_are_not_merged() -> None:
    region = Region(Decimal(0), Decimal(0), Decimal("0.5"), Decimal(1))
    with pytest.raises(TooManySegments, match="3 regions; a decision has 2 at most"):
        merged([Segment(upload_region=region)] * 3, 2)
