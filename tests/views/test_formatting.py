"""Dates, times left, shares and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.views import formatting
from casework.views.formatting import (
    BAND_LIMITS,
    format_amount,
    format_date,
    format_datetime,
    format_decimal_number,
    format_duration,
    format_hours,
    format_iso,
    format_number,
    format_percent,
    format_position,
    format_time_left,
)
from casework.views.language import Language, use_language

MOMENT = datetime(2026, 11, 22, 8, 29, 59, tzinfo=UTC)


@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"), UTC])
@pytest.mark.parametrize("edge", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
def test_no_moment_is_too_early_or_too_late_to_be_shown(edge: datetime, zone: tzinfo) -> None:
    """An order that holds "for ever" comes as the last moment of the calendar."""
    assert str(edge.year) in format_datetime(edge, zone, zone=True)
    assert str(edge.year) in format_date(edge, zone)


def test_moments() -> None:
    assert format_datetime(MOMENT) == "22 November 2026, 16:29"
    assert format_datetime(MOMENT, zone=True) == "22 November 2026, 16:29 Beijing time"
    assert format_datetime(MOMENT, ZoneInfo("Europe/Berlin"), zone=True) == "22 November 2026, 09:29 UTC+01:00"
    assert format_datetime(MOMENT, UTC, zone=True) == "22 November 2026, 08:29 UTC"
    assert format_iso(MOMENT) == "2026-11-22T08:29:59Z"
    with use_language(Language.ZH):
        assert format_datetime(MOMENT) == "2026年11月22日 16:29"
        assert format_datetime(MOMENT, zone=True) == "2026年11月22日 16:29（北京时间）"


def test_the_day_is_that_of_the_display_zone() -> None:
    assert format_date(datetime(2026, 11, 22, 20, 0, tzinfo=UTC)) == "23 November 2026"
    assert format_date(date(2026, 11, 22)) == "22 November 2026"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        format_datetime(datetime(2026, 11, 22))  # noqa: DTZ001 on purpose


@pytest.mark.parametrize(
    ("delta", "english", "chinese"),
    [
        (timedelta(days=3, hours=20), "3 days", "3天"),
        (timedelta(hours=71, minutes=59), "71 hours", "71小时"),
        (timedelta(days=40), "40 days", "40天"),
        (timedelta(minutes=179), "179 minutes", "179分钟"),
        (timedelta(minutes=1), "1 minute", "1分钟"),
        (timedelta(seconds=59), "less than a minute", "不足1分钟"),
    ],
)
def test_durations_are_rounded_down(delta: timedelta, english: str, chinese: str) -> None:
    assert format_duration(delta) == english
    with use_language(Language.ZH):
        assert format_duration(delta) == chinese


def test_time_left() -> None:
    assert format_time_left(MOMENT + timedelta(days=4), MOMENT) == "4 days left"
    assert format_time_left(MOMENT - timedelta(hours=5), MOMENT) == "5 hours overdue"
    # The end of a period does not belong to it.
    assert "overdue" in format_time_left(MOMENT, MOMENT)
    assert format_time_left(None, MOMENT) == "no deadline"


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        ("0.9336", "93.4"),
        ("0.93351", "93.4"),
        ("0.93349", "93.3"),
        ("0.0005", "0.1"),
        ("0.00049", "0.0"),
        ("0.89996", "89.996"),
        ("0.8999999", "89.99999"),
        ("0.90001", "90.001"),
        ("0.9", "90.0"),
        ("0.5", "50.0"),
        ("0.50004", "50.004"),
        ("0.49996", "49.996"),
        ("1", "100.0"),
        ("0", "0.0"),
    ],
)
def test_percentages(share: str, shown: str) -> None:
    assert format_percent(Decimal(share)) == f"{shown}\u00a0%"
    with use_language(Language.ZH):
        assert format_percent(Decimal(share)) == f"{shown}%"


def test_percentages_of_limits_drop_zeros() -> None:
    assert format_percent(Decimal("0.9"), trim=True) == "90\u00a0%"
    assert format_percent(Decimal("0.125"), trim=True) == "12.5\u00a0%"


def test_other_limits_can_be_given() -> None:
    assert format_percent(Decimal("0.14996"), limits=(Decimal("0.15"),)) == "14.996\u00a0%"


@given(st.decimals(0, 1, places=12))
def test_a_percentage_never_crosses_a_limit(share: Decimal) -> None:
    shown = Decimal(format_percent(share).removesuffix("\u00a0%")) / 100
    for limit in BAND_LIMITS:
        assert (share > limit, share < limit) == (shown > limit, shown < limit)
    assert abs(shown - share) <= Decimal("0.0005")


def test_absent_values_are_not_zero() -> None:
    for written in (
        format_percent(None),
        format_number(None),
        format_decimal_number(None),
        format_datetime(None),
        format_date(None),
        format_duration(None),
        format_hours(None),
    ):
        assert written == "n/a"


def test_numbers() -> None:
    assert format_number(1234567) == "1,234,567"
    assert format_decimal_number(Decimal("0.125")) == "0.13"
    assert format_decimal_number(Decimal("-0.125")) == "-0.13"
    assert format_hours(Decimal("12.45")) == "12.5 hours"


def test_amounts_and_positions() -> None:
    assert format_amount(Decimal("59.50"), "seconds") == "59.5 seconds"
    assert format_amount(1, "seconds") == "1 second"
    assert format_amount(1200, "characters") == "1,200 characters"
    assert format_amount(3, "frames") == "3 frames"
    assert format_position(Decimal("3723.5"), "seconds") == "1:02:03.5"
    assert format_position(Decimal("59.96"), "seconds") == "1:00"
    assert format_position(0, "seconds") == "0:00"
    assert format_position(12000, "characters") == "12,000"


@pytest.mark.parametrize("number", [Decimal("9" * 40), Decimal("1e79"), Decimal("1" * 30 + "." + "4" * 10)])
def test_numbers_of_any_length_are_written(number: Decimal) -> None:
    digits = str(int(number))
    for text in (
        formatting.format_number(number),
        formatting.format_decimal_number(number, 1),
        formatting.format_money(number),
        formatting.format_amount(number, "seconds"),
        formatting.format_position(number, "characters"),
        formatting.format_hours(number),
    ):
        assert digits in text.replace(",", ""), text
    assert formatting.format_percent(number).endswith("%")
    assert ":" in formatting.format_position(number, "seconds")
