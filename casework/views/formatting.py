"""How dates, times left, shares and numbers are written for people, in the current language and the display time zone.

Shares stay exact decimals up to the moment they are written; rounding is half up (figures.md) and never
carries a share across a limit. Absent values are written as "n/a", never as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import wraps
from typing import Literal, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.numbers import format_decimal
from babel.units import format_unit

from casework.views.language import Language, current_language, gettext, ngettext

DEFAULT_DISPLAY_ZONE = ZoneInfo("Asia/Shanghai")

BAND_LIMITS: tuple[Decimal, ...] = (Decimal("0.5"), Decimal("0.9"))
"""The limits of the default standard (product.md A1), beside which a rounded share must not mislead."""

_NO_BREAK_SPACE = "\u00a0"

_DURATION_UNITS: tuple[tuple[timedelta, str, timedelta], ...] = (
    (timedelta(days=1), "duration-day", timedelta(days=3)),
    (timedelta(hours=1), "duration-hour", timedelta(hours=3)),
    (timedelta(minutes=1), "duration-minute", timedelta(minutes=1)),
)

_LONGEST = 200
"""Digits that arithmetic is set to: what comes in has 40 at most, and as many noughts before or after them."""

Given = ParamSpec("Given")
Made = TypeVar("Made")


def _with_room(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function reckon with as many digits as any number has: with 28 longer ones cannot be rounded at all."""

    @wraps(function)
    def roomy(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        with localcontext() as context:
            context.prec = _LONGEST
            return function(*args, **kwargs)

    return roomy


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be shown")
    try:
        return moment.astimezone(zone)
    except OverflowError:
        # "For ever", as other systems say it, is the last moment of the calendar: east of it there is no later one.
        return datetime.max.replace(tzinfo=zone) if moment.year > 1 else datetime.min.replace(tzinfo=zone)


def zone_name(moment: datetime, zone: tzinfo) -> str:
    """The zone as people know it: "Beijing time", "UTC", otherwise the distance to UTC, as "UTC+01:00"."""
    if getattr(zone, "key", "") == "Asia/Shanghai":
        return gettext("Beijing time")
    text = _in_zone(moment, zone).strftime("%z")
    return "UTC" if text == "+0000" else f"UTC{text[:3]}:{text[3:5]}"


def format_datetime(moment: datetime | None, display_zone: tzinfo = DEFAULT_DISPLAY_ZONE, zone: bool = False) -> str:
    """Day and minute: "22 November 2026, 16:29" or "2026年11月22日 16:29"; with `zone`, its name behind it.

    Raises:
        ValueError: `moment` has no time zone.

    """
    if moment is None:
        return gettext("n/a")
    local = _in_zone(moment, display_zone)
    language = current_language()
    day = babel_date(local, "long", locale=language.locale)
    time = babel_time(local, "short", locale=language.locale)
    joined = f"{day} {time}" if language is Language.ZH else f"{day}, {time}"
    if not zone:
        return joined
    name = zone_name(moment, display_zone)
    return f"{joined}（{name}）" if language is Language.ZH else f"{joined} {name}"


def format_date(value: date | datetime | None, display_zone: tzinfo = DEFAULT_DISPLAY_ZONE) -> str:
    """The day, in the display zone when a moment is given: "22 November 2026" or "2026年11月22日"."""
    if value is None:
        return gettext("n/a")
    day = _in_zone(value, display_zone).date() if isinstance(value, datetime) else value
    return babel_date(day, "long", locale=current_language().locale)


def format_iso(moment: datetime) -> str:
    """The moment for `<time datetime>`: ISO 8601 in UTC."""
    return _in_zone(moment, UTC).isoformat().replace("+00:00", "Z")


def format_duration(delta: timedelta | None) -> str:
    """A length of time in one unit, never longer than it is: 71 h 59 min gives "71 hours", 3 days 20 h "3 days".

    Days from three days on, hours from three hours on, minutes below; the sign is dropped.
    """
    if delta is None:
        return gettext("n/a")
    length = abs(delta)
    for unit, name, least in _DURATION_UNITS:
        if length >= least:
            return _with_unit(length // unit, name)
    return gettext("less than a minute")


def format_time_left(due: datetime | None, now: datetime) -> str:
    """What remains until `due`: "2 days left", "71 hours left", or "3 hours overdue".

    Rounded down, so that nobody is promised time that is not there. Always print the absolute time beside it.
    A deadline is a half-open end: at `due` itself it has passed.
    """
    if due is None:
        return gettext("no deadline")
    remaining = due - now
    text = format_duration(remaining)
    if remaining <= timedelta(0):
        return gettext("%(duration)s overdue") % {"duration": text}
    return gettext("%(duration)s left") % {"duration": text}


@_with_room
def format_hours(hours: Decimal | float | int | None, digits: int = 1) -> str:
    """A duration that figures count in hours: "12.5 hours" or "12.5小时"."""
    if hours is None:
        return gettext("n/a")
    return _with_unit(_rounded(_exact(hours), digits), "duration-hour")


@_with_room
def format_percent(
    share: Decimal | float | int | None, digits: int = 1, limits: Sequence[Decimal] = BAND_LIMITS, *, trim: bool = False
) -> str:
    """An exact share from 0 to 1 as a percentage: `Decimal("0.9336")` gives "93.4 %" ("93.4%" in Chinese).

    Half up to `digits` decimals, and as many more as it takes to stay on the true side of each of `limits`:
    0.89996 is below the limit of 90 %, so it is written "89.996 %" and not "90.0 %"; 0.9 itself stays "90.0 %".
    With `trim` zeros at the end are dropped (for limits: "90 %"). The space before the sign does not break.
    """
    if share is None:
        return gettext("n/a")
    value = _exact(share)
    shown = digits
    while not _on_the_true_side(value, shown, limits):
        shown += 1
    number = _rounded(value.scaleb(2), shown)
    text = _grouped(number.normalize() if trim else number, 0 if trim else shown, shown)
    return f"{text}%" if current_language() is Language.ZH else f"{text}{_NO_BREAK_SPACE}%"


@_with_room
def format_number(value: int | Decimal | None) -> str:
    """A count with the grouping of the language: "1,234,567"."""
    if value is None:
        return gettext("n/a")
    return str(format_decimal(value, locale=current_language().locale))


@_with_room
def format_decimal_number(value: Decimal | float | int | None, digits: int = 2) -> str:
    """A decimal number rounded half up to `digits` places: `Decimal("0.125")` gives "0.13"."""
    if value is None:
        return gettext("n/a")
    return _grouped(_rounded(_exact(value), digits), digits, digits)


@_with_room
def format_money(value: Decimal | int) -> str:
    """An exact amount of money without its currency: two places, or as many as it has: `Decimal("0.125")`: "0.125"."""
    exact = Decimal(value).normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return _grouped(exact, places, places)


@_with_room
def format_amount(value: Decimal | float | int, unit: str) -> str:
    """A length of media with its unit ("59.5 seconds", "1,200 characters", "3,000 bytes"); no zeros at the end.

    `unit` is the key of the matching engines' amounts: seconds, characters, words, bytes. Others stand as they are.
    """
    counted = _exact(value)
    whole = int(counted) if counted == counted.to_integral_value() else 2
    number = format_decimal(_rounded(counted, 2), format="#,##0.##", locale=current_language().locale)
    texts = {
        "seconds": ngettext("%(number)s second", "%(number)s seconds", whole),
        "characters": ngettext("%(number)s character", "%(number)s characters", whole),
        "words": ngettext("%(number)s word", "%(number)s words", whole),
        "bytes": ngettext("%(number)s byte", "%(number)s bytes", whole),
    }
    return texts.get(unit, f"%(number)s {unit}") % {"number": number}


@_with_room
def format_position(value: Decimal | float | int, unit: str) -> str:
    """A place inside media: seconds as a clock ("1:02:03.5"), anything else as a grouped number."""
    counted = _rounded(_exact(value), 1)
    if unit != "seconds":
        return str(format_decimal(counted, format="#,##0.#", locale=current_language().locale))
    seconds = counted % 60
    hours, minutes = divmod(int(counted // 60), 60)
    tenths = f"{seconds:04.1f}".removesuffix(".0")
    return f"{hours}:{minutes:02d}:{tenths}" if hours else f"{minutes}:{tenths}"


def _with_unit(value: Decimal | int, unit: str) -> str:
    # Babel's Chinese data has the full words under "short" and nothing under "long".
    length: Literal["short", "long"] = "short" if current_language() is Language.ZH else "long"
    return str(format_unit(value, unit, length=length, locale=current_language().locale))


def _exact(value: Decimal | float | int) -> Decimal:
    """Floats come from axes and engines' scores only; their shortest text is what was meant."""
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _on_the_true_side(share: Decimal, digits: int, limits: Sequence[Decimal]) -> bool:
    shown = _rounded(share, digits + 2)
    return all((share > limit) == (shown > limit) and (share < limit) == (shown < limit) for limit in limits)


def _grouped(value: Decimal, least: int, most: int) -> str:
    pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
    return str(format_decimal(value, format=pattern, locale=current_language().locale, decimal_quantization=False))
