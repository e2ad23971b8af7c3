"""Standards: published documents that are never edited, and which of them counts at a moment (A4)."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from casework.domain.regimes.regimes import ShareOf
from casework.domain.standard.standard import OnExpiry, Standard, Standards, read_standard
from casework.domain.values import Rule, WorkFlag, WorkKind
from tests.samples import PUBLISHED, STANDARD, standard

PUBLISHED_DIGESTS = {
    "cn-2021-1.toml": "34e41187ea3966b3bef3a7eb948a44fe93198cd2f5293f9b58f62830cebe5718",
    "de-2021-1.toml": "a8cae4cb36348caf945f5ccc963afbeae444a63459d568b331aca99e8e9d498c",
    "eu-2024-1.toml": "8bf28a57ab97a384a4cbf238a7fae04f28153ca6efadaf543fe60a80eac1cb42",
    "us-2021-1.toml": "43f931a349b6a84fc355dde4795088b94cd8a192413df27d7b42453772b04be6",
}
"""SHA-256 of each published file. A line is added with a new standard and never changed."""

EARLY = datetime(2021, 5, 31, 16, 0, tzinfo=UTC)
"""Midnight of 1 June 2021 in China."""


def refusal(**changes: Any) -> str:
    try:
        standard(**changes)
    except ValidationError as error:
        return error.errors()[0]["type"]
    return ""


def published(identifier: str) -> Standard:
    return read_standard((PUBLISHED / f"{identifier}.toml").read_text("utf-8"))


def in_effect_from(moment: datetime, identifier: str) -> Standard:
    return standard(id=identifier, effective_from=moment, published=moment)


def test_no_published_standard_was_ever_edited() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in PUBLISHED.glob("*")}
    assert found == PUBLISHED_DIGESTS


def test_every_published_file_is_a_standard_named_like_its_file() -> None:
    for name in PUBLISHED_DIGESTS:
        path = PUBLISHED / name
        assert read_standard(path.read_text("utf-8")).id == path.stem


def test_the_first_standard_has_the_limits_of_the_source_article() -> None:
    assert (STANDARD.bands.low, STANDARD.bands.high) == (Decimal("0.50"), Decimal("0.90"))
    limits = STANDARD.de_minimis
    assert (limits.seconds, limits.characters, limits.bytes) == (Decimal(15), 160, 125_000)
    overlap = STANDARD.overlap_limits
    assert not overlap.active
    assert (overlap.text.share_of_work, overlap.text.words) == (Decimal("0.15"), 300)
    assert (overlap.music.share_of_work, overlap.music.seconds) == (Decimal("0.10"), Decimal(10))
    assert (overlap.audiovisual.share_of_work, overlap.audiovisual.seconds) == (Decimal("0.10"), Decimal(30))
    assert not STANDARD.names.decide
    assert STANDARD.effective_from == EARLY
    assert STANDARD.share_of is ShareOf.UPLOAD
    assert STANDARD.rules == (
        Rule.ORDER,
        Rule.NO_BLOCK,
        Rule.PRIOR_REVIEW,
        Rule.MARKED,
        Rule.DE_MINIMIS,
        Rule.OVERLAP_LIMIT,
        Rule.NAME_ONLY,
        Rule.BAND_LOW,
        Rule.BAND_MIDDLE,
        Rule.BAND_HIGH,
    )


def test_the_first_standard_says_how_long_each_step_may_take() -> None:
    procedure, told = STANDARD.procedure, datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
    assert procedure.contest_until(told) == told + timedelta(days=180)
    assert procedure.challenge_until(told) == told + timedelta(days=180)
    assert procedure.comment_window == timedelta(hours=72)
    assert procedure.ruling_due == timedelta(days=7)
    assert not procedure.restore_on_contest
    assert procedure.review_levels == 2
    assert procedure.further_review_window == timedelta(days=15)
    assert procedure.warning_answer == timedelta(days=30)
    assert procedure.cure == timedelta(days=5)
    assert procedure.wait_days == 15
    assert not procedure.overdue_restores
    assert procedure.zone == ZoneInfo("Asia/Shanghai")


def test_the_clock_of_prior_review_is_faster_for_what_is_time_sensitive() -> None:
    clock = STANDARD.prior_review
    assert clock.due([WorkFlag.HIGH_LOSS]) == clock.due([]) == timedelta(days=1)
    assert clock.due([WorkFlag.TIME_SENSITIVE]) == timedelta(hours=1)
    assert clock.due([WorkFlag.HIGH_LOSS, WorkFlag.TIME_SENSITIVE]) == timedelta(hours=1)


def test_what_is_held_is_published_at_the_end_unless_the_standard_says_otherwise_for_live_sport() -> None:
    assert [STANDARD.prior_review.after(kind) for kind in WorkKind] == [OnExpiry.PUBLISH] * len(WorkKind)
    german = published("de-2021-1").prior_review
    assert german.after(WorkKind.SPORTS_EVENT) is OnExpiry.HOLD
    assert german.after(WorkKind.FILM) is OnExpiry.PUBLISH


def test_the_german_standard_has_the_limits_of_the_act() -> None:
    german = published("de-2021-1")
    assert (german.regime, german.share_of) == ("DE", ShareOf.WORK)
    assert german.presumption is not None
    assert german.presumption.less_than == Decimal("0.5")
    assert german.presumption.combined
    assert german.presumption.images_whole
    limits = german.de_minimis
    assert (limits.seconds, limits.characters, limits.bytes) == (Decimal(15), 160, 125_000)
    assert german.procedure.ruling_due == timedelta(days=7)


@pytest.mark.parametrize(
    ("told", "closes"),
    [
        ("2026-03-10T12:00:00+01:00", "2026-09-11T00:00:00+02:00"),
        ("2026-08-31T23:59:59+02:00", "2027-03-01T00:00:00+01:00"),
        ("2027-08-31T00:00:00+02:00", "2028-03-01T00:00:00+01:00"),
        ("2026-06-30T23:30:00+00:00", "2027-01-02T00:00:00+01:00"),
    ],
)
def test_the_european_windows_are_six_calendar_months(told: str, closes: str) -> None:
    procedure = published("eu-2024-1").procedure
    end = datetime.fromisoformat(closes)
    assert procedure.contest_until(datetime.fromisoformat(told)) == end
    assert procedure.challenge_until(datetime.fromisoformat(told)) == end


def test_limits_are_exact_however_the_file_writes_them() -> None:
    document = (PUBLISHED / "cn-2021-1.toml").read_text("utf-8").replace('high = "0.90"', "high = 0.9")
    assert read_standard(document).bands.high == Decimal("0.9")


@pytest.mark.parametrize("document", ["not toml", 'id = "x" id = "y"'])
def test_a_file_that_is_not_toml_is_refused(document: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_standard(document)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"published": EARLY}, ""),
        ({"published": EARLY + timedelta(microseconds=1)}, "published_late"),
        ({"published": datetime(2021, 1, 1)}, "timezone_missing"),  # noqa: DTZ001 - without a zone on purpose
        ({"bands__low": "0.90"}, "bands_order"),
        ({"bands__low": "0.91"}, "bands_order"),
        ({"bands__high": "1.01"}, "less_than_equal"),
        ({"rules": ["no_block", "marked", "band_low", "band_high"]}, "rules_incomplete"),
        ({"rules": ["no_block", "marked", "band_low", "band_low", "band_middle", "band_high"]}, "rules_incomplete"),
        ({"rules": ["no_block", "marked", "band_low", "band_middle", "band_high"]}, ""),
        ({"rules": ["no_block", "marked", "band_low", "band_middle", "band_high", "by_feeling"]}, "enum"),
        ({"regime": "XX"}, ""),
        ({"regime": "cn"}, "string_pattern_mismatch"),
        ({"regime": ""}, "string_pattern_mismatch"),
        ({"share_of": "half"}, "enum"),
        ({"procedure__time_zone": "Mars/Olympus"}, "zone_unknown"),
        ({"procedure__time_zone": "../etc"}, "zone_unknown"),
        ({"procedure__time_zone": "Europe"}, "zone_unknown"),
        ({"procedure__contest_window_months": 6}, "window_unclear"),
        ({"procedure__contest_window_days": None}, "window_unclear"),
        ({"procedure__challenge_window_months": 6}, "window_unclear"),
        ({"procedure__challenge_window_days": None}, "window_unclear"),
        ({"procedure__contest_window_days": None, "procedure__contest_window_months": 0}, "greater_than_equal"),
        ({"procedure__review_levels": 0}, "greater_than_equal"),
        ({"procedure__wait_days": 0}, "greater_than_equal"),
        ({"prior_review__due_minutes": 0}, "greater_than_equal"),
        ({"prior_review__on_expiry": "block"}, "enum"),
        ({"procedure__contest_window_days": 0}, "greater_than_equal"),
        ({"procedure__contest_window_days": 10**10}, "less_than_equal"),
        ({"procedure__challenge_window_days": True}, "int_type"),
        ({"procedure__ruling_due_days": "7"}, "int_type"),
        ({"procedure__ruling_due_days": 0}, "greater_than_equal"),
        ({"procedure__comment_window_hours": -1}, "greater_than_equal"),
        ({"procedure__restore_on_contest": "yes"}, "bool_type"),
        ({"names__decide": 1}, "bool_type"),
        ({"overlap_limits__active": "off"}, "bool_type"),
        ({"comment": "x"}, "extra_forbidden"),
    ],
)
def test_a_standard_is_complete_and_coherent(changes: dict[str, Any], code: str) -> None:
    assert refusal(**changes) == code


@pytest.mark.parametrize(
    "rules",
    [
        ["band_low", "band_middle", "band_high"],
        ["no_block", "band_low", "band_middle", "band_high"],
        ["no_block", "band_low", "band_middle", "band_high", "marked"],
        ["marked", "band_low", "band_middle", "band_high", "no_block"],
    ],
)
def test_no_standard_lets_a_machine_block_what_is_marked_or_on_the_no_block_list(rules: list[str]) -> None:
    assert refusal(rules=rules) == "rules_unprotected"


def test_a_standard_counts_from_its_moment_on_until_the_next() -> None:
    second = datetime(2026, 1, 1, tzinfo=UTC)
    standards = Standards([in_effect_from(second, "cn-2026-1"), STANDARD])
    instant = timedelta(microseconds=1)
    assert [each.id for each in standards.all] == ["cn-2021-1", "cn-2026-1"]
    assert standards.in_force(EARLY - instant) is None
    assert standards.in_force(EARLY) is STANDARD
    assert standards.in_force(second - instant) is STANDARD
    in_force = standards.in_force(second)
    assert in_force is not None
    assert in_force.id == "cn-2026-1"


def test_what_counts_does_not_depend_on_the_zone_of_the_moment() -> None:
    beijing = timezone(timedelta(hours=8))
    assert Standards([STANDARD]).in_force(datetime(2021, 6, 1, tzinfo=beijing)) is STANDARD
    assert Standards([STANDARD]).in_force(datetime(2021, 5, 31, 23, 59, 59, tzinfo=beijing)) is None


def test_without_standards_nothing_is_in_force() -> None:
    assert Standards([]).in_force(EARLY) is None


def test_a_standard_is_found_by_its_id() -> None:
    standards = Standards([STANDARD])
    assert standards["cn-2021-1"] is STANDARD
    with pytest.raises(KeyError):
        standards["cn-1990-1"]


def test_standards_of_several_families_stand_side_by_side() -> None:
    side_by_side = [published(name.removesuffix(".toml")) for name in PUBLISHED_DIGESTS]
    moment = datetime(2026, 6, 30, tzinfo=UTC)
    standards = Standards(side_by_side, "DE")
    assert [each.id for each in standards.all] == ["cn-2021-1", "us-2021-1", "de-2021-1", "eu-2024-1"]
    ids = {family: standards.in_force(moment, family) for family in (None, "CN", "DE", "EU", "US", "XX")}
    assert {family: each and each.id for family, each in ids.items()} == {
        None: "de-2021-1",
        "CN": "cn-2021-1",
        "DE": "de-2021-1",
        "EU": "eu-2024-1",
        "US": "us-2021-1",
        "XX": None,
    }
    chinese = Standards(side_by_side).in_force(moment)
    assert chinese is not None
    assert chinese.id == "cn-2021-1"
    assert standards.in_force(datetime(2024, 1, 1, tzinfo=UTC), "EU") is None


def test_two_families_may_start_at_the_same_moment() -> None:
    document = STANDARD.model_dump() | {"id": "xx-1", "regime": "XX"}
    standards = Standards([STANDARD, Standard.model_validate(document)])
    assert standards.in_force(EARLY) is STANDARD
    assert [each.id for each in standards.of_family("XX")] == ["xx-1"]


def test_two_standards_never_share_an_id_or_a_moment() -> None:
    with pytest.raises(ValueError, match="same id"):
        Standards([STANDARD, in_effect_from(EARLY + timedelta(days=1), STANDARD.id)])
    with pytest.raises(ValueError, match="same moment"):
        Standards([STANDARD, in_effect_from(EARLY, "cn-2021-2")])
