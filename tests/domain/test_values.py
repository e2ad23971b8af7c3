"""Values refuse what cannot be meant: inexact numbers, times without zone, text that no database can carry."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from casework.domain.facts import Actor, Role
from casework.domain.matching import MatchEvidence, Segment
from casework.domain.values import (
    Amount,
    Count,
    Digest,
    Exact,
    Identifier,
    Mark,
    MarkBasis,
    Moment,
    Quantity,
    Sentence,
    Share,
    Value,
    VaultReference,
    Word,
)
from tests.samples import evidence


def refusal(of: Any, value: Any) -> str:
    """The code with which a type refuses a value; an empty string when it takes it."""
    try:
        TypeAdapter(of).validate_python(value)
    except ValidationError as error:
        return error.errors()[0]["type"]
    return ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0.9", Decimal("0.9")),
        ("0.90", Decimal("0.90")),
        (Decimal("0.5000000000000000000000001"), Decimal("0.5000000000000000000000001")),
        (1, Decimal(1)),
        ("1E+3", Decimal("1E+3")),
        ("1E-40", Decimal("1E-40")),
        ("1E+40", Decimal("1E+40")),
        ("9" * 40, Decimal("9" * 40)),
        ("-3", Decimal(-3)),
    ],
)
def test_takes_exact_decimals_as_they_are_written(written: Any, meant: Decimal) -> None:
    read: Decimal = TypeAdapter(Exact).validate_python(written)
    assert read == meant
    assert str(read) == str(meant)


@pytest.mark.parametrize("zero", ["-0", "-0.00", Decimal("-0E-5")])
def test_zero_has_no_sign(zero: str | Decimal) -> None:
    assert not TypeAdapter(Share).validate_python(zero).is_signed()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.9, "decimal_type"),
        (1.0, "decimal_type"),
        (True, "decimal_type"),
        (None, "decimal_type"),
        (["0.9"], "decimal_type"),
        ("", "decimal_parsing"),
        ("much", "decimal_parsing"),
        ("0,9", "decimal_parsing"),
        (" 0.9", "decimal_parsing"),
        ("0.9\n", "decimal_parsing"),
        ("0_9", "decimal_parsing"),
        ("０.９", "decimal_parsing"),
        ("\ud800", "decimal_parsing"),
        ("1e999999999999999999999", "decimal_parsing"),
        ("NaN", "finite_number"),
        ("sNaN", "finite_number"),
        (Decimal("NaN"), "finite_number"),
        ("Infinity", "finite_number"),
        ("-inf", "finite_number"),
        ("9" * 41, "decimal_digits"),
        ("0." + "1" * 41, "decimal_digits"),
        ("1E+41", "decimal_digits"),
        ("1E-41", "decimal_digits"),
        ("1E+999999", "decimal_digits"),
        ("0." + "0" * 1_000_000, "decimal_digits"),
        (10**41, "decimal_digits"),
    ],
)
def test_refuses_numbers_that_are_not_exact_decimals(value: Any, code: str) -> None:
    assert refusal(Exact, value) == code
    assert refusal(Share, value) == code


@pytest.mark.parametrize("value", ["0", "0.00", "1", "1.000", "1E-40", "0.9999999999999999999999999999999999999999"])
def test_a_share_is_between_nothing_and_all(value: str) -> None:
    assert refusal(Share, value) == ""


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.00000000000000000000000000000000000001", "less_than_equal"),
        ("-1E-40", "greater_than_equal"),
        ("90", "less_than_equal"),
    ],
)
def test_a_share_is_never_less_than_nothing_or_more_than_all(value: str, code: str) -> None:
    assert refusal(Share, value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, ""),
        (2**53, ""),
        (2**53 + 1, "less_than_equal"),
        (-1, "greater_than_equal"),
        ("1", "int_type"),
        (1.0, "int_type"),
        (True, "int_type"),
    ],
)
def test_a_count_is_a_whole_number_that_json_can_carry(value: Any, code: str) -> None:
    assert refusal(Count, value) == code


def test_a_quantity_is_never_negative() -> None:
    assert refusal(Quantity, "0.001") == ""
    assert refusal(Quantity, "-0.001") == "greater_than_equal"


@pytest.mark.parametrize(
    "value", ["2026-06-30T23:59:59+08:00", "2026-06-30T15:59:59Z", "2026-06-30t15:59:59z", "2026-06-30 15:59:59-05:00"]
)
def test_a_moment_has_an_offset(value: str) -> None:
    assert refusal(Moment, value) == ""


def test_a_moment_is_kept_in_utc() -> None:
    read = TypeAdapter(Moment).validate_python("2026-06-30T23:59:59+08:00")
    assert repr(read) == repr(datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_refuses_moments_that_utc_has_no_year_for(value: str) -> None:
    assert refusal(Moment, value) == "datetime_range"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-06-30T23:59:59", "timezone_missing"),
        ("2016-12-31T23:59:60Z", "leap_second"),
        ("2026-06-30", "datetime_type"),
        ("1751299199", "datetime_type"),
        ("1751299199.5", "datetime_type"),
        (1751299199, "datetime_type"),
        (Decimal(1751299199), "datetime_type"),
        (None, "datetime_type"),
        ("", "datetime_type"),
        ("yesterday", "datetime_type"),
        ("2026-06-31T00:00:00Z", "datetime_from_date_parsing"),
        ("2026-06-30T24:00:00Z", "datetime_from_date_parsing"),
    ],
)
def test_refuses_moments_that_could_be_read_in_two_ways(value: Any, code: str) -> None:
    assert refusal(Moment, value) == code


@pytest.mark.parametrize("of", [Identifier, Word])
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a" * 200, ""),
        ("片" * 200, ""),
        ("😀" * 200, ""),
        ("a" * 201, "string_too_long"),
        ("", "string_too_short"),
        (7, "string_type"),
        (b"a", "string_type"),
        ("a\x00b", "text_characters"),
    ],
)
def test_an_identifier_has_between_1_and_200_characters(of: Any, value: Any, code: str) -> None:
    assert refusal(of, value) == code


@pytest.mark.parametrize("of", [Identifier, Word, Sentence])
@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", "ok \ud83d"])
def test_refuses_halves_of_characters(of: Any, value: str) -> None:
    assert refusal(of, value) in {"text_characters", "string_unicode"}


def test_a_sentence_may_have_lines_and_20000_characters() -> None:
    assert refusal(Sentence, "first\nsecond\t片" + "a" * 19_000) == ""
    assert refusal(Sentence, "a" * 20_000) == ""
    assert refusal(Sentence, "a" * 20_001) == "string_too_long"


@pytest.mark.parametrize("value", ["a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_a_digest_is_64_lower_case_hexadecimal_digits(value: str) -> None:
    assert refusal(Digest, "0123456789abcdef" * 4) == ""
    assert refusal(Digest, value) == "string_pattern_mismatch"


@pytest.mark.parametrize("side", ["upload", "work"])
def test_a_span_does_not_end_before_it_starts(side: str) -> None:
    spans: dict[str, Any] = {"upload": ["0", "59.0"], "work": ["610.0", "669.0"]}
    assert refusal(Segment, spans) == ""
    assert refusal(Segment, spans | {side: ["10", "10"]}) == ""
    assert refusal(Segment, spans | {side: ["10", "9.999"]}) == "span_order"
    assert refusal(Segment, spans | {side: ["-1", "9"]}) == "greater_than_equal"
    assert refusal(Segment, spans | {side: ["1"]}) == "missing"


def test_where_in_the_work_may_be_unknown() -> None:
    assert Segment.model_validate({"upload": ["0", "1"]}).work is None


def test_an_unknown_amount_is_not_zero() -> None:
    assert Amount().seconds is None
    assert Amount().characters is None


@pytest.mark.parametrize("method", ["keyword", "metadata"])
def test_a_hit_on_a_name_may_come_without_a_share(method: str) -> None:
    hit = evidence(None, method=method)
    assert hit.share_of_upload is None
    assert hit.names_only


@pytest.mark.parametrize("method", ["hash", "fingerprint"])
def test_a_hit_on_content_has_a_share(method: str) -> None:
    assert not evidence("0.4", method=method).names_only
    with pytest.raises(ValidationError, match="may be null only for a keyword or metadata hit"):
        evidence(None, method=method)


@pytest.mark.parametrize(
    ("share", "low", "high", "code"),
    [
        ("0.5", "0.5", "0.5", ""),
        ("0.5", "0.4", "0.6", ""),
        ("0.5", "0.4", None, ""),
        ("0.5", None, "0.6", ""),
        ("0.5", "0.51", "0.6", "interval_order"),
        ("0.5", "0.4", "0.49", "interval_order"),
        ("0.5", "0.51", None, "interval_order"),
        ("0.5", None, "0.49", "interval_order"),
        (None, "0.4", None, "interval_without_share"),
        (None, None, "0.6", "interval_without_share"),
    ],
)
def test_the_share_lies_within_its_interval(share: str | None, low: str | None, high: str | None, code: str) -> None:
    found = {
        "method": "keyword",
        "engine": "names",
        "engine_version": "1",
        "share_of_upload": share,
        "share_of_upload_low": low,
        "share_of_upload_high": high,
    }
    assert refusal(MatchEvidence, found) == code


def test_evidence_has_2000_segments_at_most() -> None:
    stretch = {"upload": ["0", "1"]}
    assert len(evidence(segments=[stretch] * 2000).segments) == 2000
    with pytest.raises(ValidationError, match="at most 2000"):
        evidence(segments=[stretch] * 2001)


@pytest.mark.parametrize("number", range(1, 14))
def test_the_thirteen_provisions_of_article_24_are_known(number: int) -> None:
    assert Mark(basis=MarkBasis.STATUTORY_EXCEPTION, provision=f"CN_ART24_{number:02d}").provision


@pytest.mark.parametrize("provision", [None, "", "CN_ART24_00", "CN_ART24_14", "CN_ART24_1", "cn_art24_01", "US_107"])
def test_a_statutory_exception_names_its_provision(provision: str | None) -> None:
    mark = {"basis": "statutory_exception", "provision": provision}
    assert refusal(Mark, mark) == "provision_unknown"


@pytest.mark.parametrize("basis", ["licensed", "public_domain", "own_work"])
def test_other_bases_name_no_provision(basis: str) -> None:
    assert refusal(Mark, {"basis": basis}) == ""
    assert refusal(Mark, {"basis": basis, "provision": "CN_ART24_02"}) == "provision_superfluous"


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (Amount, {"seconds": "1", "minutes": "1"}),
        (Segment, {"upload": ["0", "1"], "label": "x"}),
        (Mark, {"basis": "own_work", "name": "Li"}),
        (Actor, {"role": "clock", "id": "c", "name": "Li"}),
        (VaultReference, {"id": "a", "digest": "0" * 64, "text": "Li"}),
    ],
)
def test_refuses_unknown_fields(of: type[Value], value: dict[str, Any]) -> None:
    assert refusal(of, value) == "extra_forbidden"


def test_values_never_change() -> None:
    actor, amount = Actor(role=Role.CLOCK, id="c"), Amount(seconds=Decimal(1))
    with pytest.raises(ValidationError, match="frozen"):
        actor.id = "d"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        amount.seconds = None  # type: ignore[misc]
