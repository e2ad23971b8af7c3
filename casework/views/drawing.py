"""The arithmetic that charts and evidence pictures need: widths of texts, ends of axes, coordinates.

Charts are drawn on the server without a browser, so the width of a text is estimated: a full em for Chinese
characters and other wide signs, a little over half for the rest. Estimates err on the wide side.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_compact_decimal, format_decimal

from casework.views.language import current_language

_NARROW_EM = 0.58
_CAPITAL_EM = 0.7


def coordinate(value: Decimal | float | int) -> str:
    """A number for an SVG attribute: at most two decimals, no exponent, no minus zero."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: object, font_size: float) -> float:
    """About how many units `text` takes at `font_size`."""
    return sum(_em(character) for character in str(text)) * font_size


def label_lines(text: object, width: float, font_size: float) -> list[str]:
    """`text` on at most two lines of `width`, broken between words or Chinese characters; "…" ends what is cut."""
    whole = str(text)
    if text_width(whole, font_size) <= width:
        return [whole]
    first = _head(whole, width / font_size)
    rest = whole[len(first) :].lstrip()
    if text_width(rest, font_size) <= width:
        return [first.rstrip(), rest]
    return [first.rstrip(), _fitting(rest, width / font_size - 1).rstrip() + "…"]


def _head(text: str, room: float) -> str:
    fitting = _fitting(text, room)
    space = fitting.rfind(" ")
    breaks_inside_word = fitting[-1:].isascii() and fitting[-1:].isalnum() and text[len(fitting) :][:1].isalnum()
    if breaks_inside_word and space > 0:
        return fitting[: space + 1]
    # What opens a bracket or a quotation belongs to the line of what it holds.
    return fitting.rstrip("（《“(") or fitting


def _fitting(text: str, room: float) -> str:
    for number, character in enumerate(text):
        room -= _em(character)
        if room < 0:
            return text[:number]
    return text


def legend_places(
    names: Sequence[object], font_size: float, width: float, extra: float = 42
) -> list[tuple[str, float, int]]:
    """Where each name of a legend goes: name, x and line, from 0; `extra` is the room for its mark and the gap."""
    places: list[tuple[str, float, int]] = []
    x, line = 0.0, 0
    for name in map(str, names):
        needed = text_width(name, font_size) + extra
        if x and x + needed > width + 12:
            x, line = 0.0, line + 1
        places.append((name, x, line))
        x += needed
    return places


def nice_top(value: float, share: bool = False) -> float:
    """The end of an axis with four steps, at or above `value`: 4, 8, 12, 20, 40, 80 ...; 0.2, 0.4 ... 1 for a share."""
    if value <= 0:
        return 0.0
    if share:
        return next(top for top in (0.04, 0.2, 0.4, 0.6, 0.8, 1.0) if top >= min(value, 1.0))
    power = 10.0 ** max(math.floor(math.log10(value)), 0)
    candidates = (factor * power for factor in (1.2, 2, 4, 8, 12))
    return min(candidate for candidate in candidates if candidate >= max(value, 4) and candidate % 4 == 0)


def waveform_path(peaks: Sequence[int], width: float, height: float) -> str:
    """The outline of a sound, mirrored about the middle, as the path of an SVG; empty without sound.

    `peaks` are from 0 to 100; the loudest fills the height, so that quiet sound is seen too. Silence stays a line.
    """
    if not peaks:
        return ""
    step, middle, loudest = width / len(peaks), height / 2, max(*peaks, 1)
    reach = [max(peak / loudest, 0.02) * middle for peak in peaks]
    above = [f"{coordinate((number + 0.5) * step)} {coordinate(middle - one)}" for number, one in enumerate(reach)]
    below = [f"{coordinate((number + 0.5) * step)} {coordinate(middle + one)}" for number, one in enumerate(reach)]
    return f"M{'L'.join([*above, *reversed(below)])}Z"


def axis_number(value: float) -> str:
    """A number at an axis: short ("12K", "1.2万") from ten thousand on, without needless decimals."""
    locale = current_language().locale
    if value >= 10_000:
        return str(format_compact_decimal(value, locale=locale, fraction_digits=1))
    return str(format_decimal(Decimal(str(round(value, 2))), format="#,##0.##", locale=locale))


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return _CAPITAL_EM if character.isupper() or character in "%@MW" else _NARROW_EM
