"""Deliveries cut into documents: any array is cut where a JSON reader would cut it, and limits hold without memory."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.delivery import TooLarge, Unreadable, begins_with, check_line_count, elements, lines, unpack, whole

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def cut(body: bytes, most: int = 1000, most_bytes: int = 1_000_000) -> list[Any]:
    start, first = begins_with(body)
    assert first == b"["
    return elements(body, start, most=most, most_bytes=most_bytes)


@given(st.lists(json_values, max_size=6), st.booleans(), st.sampled_from(["", " ", "\n\t "]))
def test_an_array_is_cut_where_a_reader_would_cut_it(values: list[Any], ascii_only: bool, blank: str) -> None:
    inside = f"{blank},{blank}".join(json.dumps(value, ensure_ascii=ascii_only) for value in values)
    body = f"{blank}[{blank}{inside}{blank}]{blank}".encode()
    assert [json.loads(one) for one in cut(body)] == values


@given(st.binary(max_size=60))
def test_rubbish_is_either_cut_or_refused(rubbish: bytes) -> None:
    try:
        found = cut(b"[" + rubbish)
    except Unreadable:
        return
    assert all(isinstance(one, bytes) and one for one in found)


@given(st.lists(json_values, min_size=1, max_size=3), st.data())
def test_no_array_cut_short_is_taken(values: list[Any], data: st.DataObject) -> None:
    body = json.dumps(values).encode()
    end = data.draw(st.integers(1, len(body) - 1))
    with pytest.raises(Unreadable):
        cut(body[:end])


def test_elements_are_counted_and_weighed() -> None:
    assert len(cut(b"[1,2,3]", most=3)) == 3
    with pytest.raises(TooLarge):
        cut(b"[1,2,3]", most=2)
    heavy = cut(b'[1,"' + b"x" * 100 + b'",3]', most_bytes=50)
    assert [isinstance(one, ValueError) for one in heavy] == [False, True, False]


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \t"])
def test_nothing_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        begins_with(body)


def test_large_bodies_are_looked_at_in_place(tmp_path: Any) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"[" + b"1," * 3_000_000 + b"1]")
    with path.open("rb") as file:
        body = whole(file)
        assert not isinstance(body, bytes)
        with pytest.raises(TooLarge):
            elements(body, 0, most=1000, most_bytes=100)


@given(st.lists(st.binary(max_size=12).filter(lambda one: b"\n" not in one), max_size=8), st.booleans())
def test_lines_are_those_of_the_file_without_blank_ones(found: list[bytes], ended: bool) -> None:
    content = b"\n".join(found) + (b"\n" if ended else b"")
    expected = [one.strip(b" \t\r\n") for one in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    assert list(lines(io.BytesIO(content), most_line_bytes=100)) == [one for one in expected if one]


@given(st.lists(st.integers(0, 30), max_size=8))
def test_only_lines_over_the_limit_are_refused(lengths: list[int]) -> None:
    content = b"\n".join(b"x" * length for length in lengths)
    found = list(lines(io.BytesIO(content), most_line_bytes=10))
    assert [len(one) if isinstance(one, bytes) else None for one in found] == [
        length if length <= 10 else None for length in lengths if length
    ]


def test_counting_leaves_the_place_as_it_was() -> None:
    file = io.BytesIO(b"a\nb\n\nc\n")
    file.readline()
    check_line_count(file, most_lines=2, most_line_bytes=10)
    assert file.read() == b"b\n\nc\n"
    file.seek(0)
    with pytest.raises(TooLarge):
        check_line_count(file, most_lines=2, most_line_bytes=10)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_gzip_in_parts_is_one_content(contents: list[bytes]) -> None:
    packed = io.BytesIO(b"".join(gzip.compress(one) for one in contents))
    with unpack(packed, most_bytes=1000) as unpacked:
        unpacked.seek(0)
        assert unpacked.read() == b"".join(contents)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_gzip_cut_short_or_broken_is_unreadable(content: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(content)
    end = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(Unreadable):
        unpack(io.BytesIO(packed[:end]), most_bytes=1000)


def test_gzip_stops_at_the_limit() -> None:
    with pytest.raises(TooLarge):
        unpack(io.BytesIO(gzip.compress(b"x" * 1001)), most_bytes=1000)
