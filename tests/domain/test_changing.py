"""Changed copies of frozen dataclasses: equal to those of the standard library, and nothing else is touched."""

from __future__ import annotations

import dataclasses

import pytest

from casework.domain.changing import replace


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int
    name: str = "origin"


def test_a_changed_copy_is_that_of_the_standard_library() -> None:
    point = Point(1, 2)
    for changes in ({}, {"x": 3}, {"y": 4, "name": "corner"}):
        changed = replace(point, **changes)
        assert changed == dataclasses.replace(point, **changes)
        assert changed is not point
    assert point == Point(1, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.x = 5  # type: ignore[misc]


def test_there_is_no_field_but_those_of_the_class() -> None:
    with pytest.raises(KeyError, match="z"):
        replace(Point(1, 2), z=3)  # type: ignore[call-arg]
