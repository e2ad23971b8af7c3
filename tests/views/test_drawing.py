"""Estimates and arithmetic behind the charts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.views.drawing import axis_number, coordinate, label_lines, legend_places, nice_top, text_width
from casework.views.language import Language, use_language


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("12.50"), "12.5"), (3, "3"), (-0.001, "0"), (1e-9, "0"), (123.456, "123.46")]
)
def test_coordinates(value: Decimal | float, text: str) -> None:
    assert coordinate(value) == text


@given(st.floats(0.1, 1e9))
def test_axes_end_above_the_value_in_four_round_steps(value: float) -> None:
    top = nice_top(value)
    assert value <= top
    assert top % 4 == 0
    assert top <= max(4, 2.5 * value)


@given(st.floats(0.0001, 1))
def test_axes_of_shares_end_at_one_at_most(value: float) -> None:
    assert value <= nice_top(value, share=True) <= 1


def test_nothing_has_no_axis() -> None:
    assert nice_top(0) == 0


def test_axis_numbers_are_short() -> None:
    assert axis_number(1234) == "1,234"
    assert axis_number(12_300) == "12.3K"
    assert axis_number(0.5) == "0.5"
    with use_language(Language.ZH):
        assert axis_number(12_300) == "1.2万"


@given(st.text(max_size=80), st.floats(60, 300))
def test_labels_take_two_lines_at_most_and_fit(text: str, width: float) -> None:
    lines = label_lines(text, width, 12)
    assert 1 <= len(lines) <= 2
    assert all(text_width(line, 12) <= width + 12 for line in lines)


def test_labels_break_between_words() -> None:
    assert label_lines("Held for human review", 100, 12) == ["Held for human", "review"]
    assert label_lines("Held for human review", 95, 12) == ["Held for", "human review"]
    assert label_lines("推定合法使用", 100, 12) == ["推定合法使用"]
    assert label_lines("因体育赛事由人工进行事前审查", 100, 12) == ["因体育赛事由人工", "进行事前审查"]
    assert label_lines("一" * 30, 60, 12) == ["一一一一一", "一一一一…"]


def test_legends_wrap() -> None:
    places = legend_places(["a" * 20, "b" * 20, "c" * 20], 14, 480)
    assert [line for _, _, line in places] == [0, 0, 1]
    assert places[2][1] == 0
