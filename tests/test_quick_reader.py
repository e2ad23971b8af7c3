"""The quick reader takes no line that the models refuse, makes the same of the others, and leaves odd ones alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from casework.domain.case.intake import (
    NOTHING_KNOWN,
    Pseudonyms,
    RecordFilteringDecision,
    record_filtering_decision,
)
from casework.domain.checked import PutTogether, of_checked
from casework.domain.values import Value
from casework.eventlog.codec import Codec
from casework.eventlog.topics import EVENT_TYPES
from casework.intake import parse_line
from casework.quick_reader import QuickReader
from tests.samples import NOON, STANDARD, UPLOADER, decision_line, reference

READER = QuickReader(RecordFilteringDecision)
CODEC = Codec(EVENT_TYPES)
PEOPLE = Pseudonyms(uploader=UPLOADER.id, right_holder="rh_1", description=reference("title and address"))
FULL: dict[str, Any] = {
    **decision_line("0.9340"),
    "marks": [{"basis": "statutory_exception", "provision": "CN_ART24_02"}],
}


def line_of(document: Any) -> bytes:
    """The document with its numbers as numbers, as engines send them."""
    return re.sub(rb'"([0-9]+(?:\.[0-9]+)?)"', rb"\1", json.dumps(document).encode())


def carefully(line: bytes) -> RecordFilteringDecision | None:
    try:
        return RecordFilteringDecision.model_validate(parse_line(line))
    except ValueError:
        return None


def event_bytes(command: RecordFilteringDecision, put_together: PutTogether = of_checked) -> bytes:
    people = PEOPLE.model_copy(update={"statements": tuple(None for _ in command.marks)})
    event = record_filtering_decision(command, people, NOTHING_KNOWN, STANDARD, NOON, put_together=put_together)
    _topic, state = CODEC.encode(
        event, recorded=NOON, occurred=command.decided_at, by=UPLOADER, cause=None, command="c"
    )
    return state


def agrees(line: bytes) -> bool:
    """Whether the line was read quickly; what was read then must be what the models make of it, to the byte."""
    quickly, right = READER.read(line), carefully(line)
    if quickly is None:
        return False
    assert right is not None
    assert event_bytes(quickly) == event_bytes(right)
    assert event_bytes(quickly, CODEC.mirrored) == event_bytes(right)
    assert event_bytes(right, CODEC.mirrored) == event_bytes(right)
    for part in ("decision_id", "source", "decided_at"):
        assert getattr(quickly, part) == getattr(right, part)
    for part in ("uploader_id", "title", "url"):
        assert getattr(quickly.upload, part) == getattr(right.upload, part)
    assert quickly.evidence.names_only == right.evidence.names_only
    return True


def with_value(path: str, text: str) -> bytes:
    """The full line with a piece of JSON at a place."""
    document = json.loads(json.dumps(FULL))
    *parents, last = path.split("/")
    place = document
    for parent in parents:
        place = place[int(parent) if isinstance(place, list) else parent]
    place[last] = "PUT HERE"
    return line_of(document).replace(b'"PUT HERE"', text.encode())


PLAIN = [
    ("upload/title", "null"),
    ("upload/title", '"\\u7b2c\\ud83d\\ude00 and \u7b2c"'),
    ("upload/language", "null"),
    ("upload/commercial", "true"),
    ("upload/amount", '{"seconds": 0, "bytes": 12}'),
    ("work/flags", '["high_loss"]'),
    ("evidence/share_of_upload", "1"),
    ("evidence/share_of_upload", "0.10000000000000000"),
    ("evidence/segments", '[{"upload": [0, 1.50], "work": null, "score": 0.5}]'),
    ("evidence/segments", "[]"),
    ("decided_at", '"2026-06-30T23:59:59.123456Z"'),
    ("marks", "[]"),
    ("evidence/track", '"picture"'),
    ("evidence/segments", '[{"upload": [0, 1], "upload_region": [0, 0.25, 0.5, 1], "work_region": [0, 0, 1, 1]}]'),
    ("evidence/also_found", '[{"method": "hash", "engine": "e", "engine_version": "1", "share_of_upload": 0.5}]'),
    ("evidence/also_found", "[]"),
    (
        "signals",
        '[{"kind": "advertising", "value": "v", "provenance": "p", "observed_at": "2026-06-30T10:00:00+08:00"}]',
    ),
    ("signals", "[]"),
    ("signals", "null"),
]
"""Values that are read quickly."""

ODD = [
    ("evidence/share_of_upload", '"0.9"'),
    ("evidence/share_of_upload", "9e-1"),
    ("evidence/share_of_upload", "-0.0"),
    ("evidence/share_of_upload", "0." + "1" * 30),
    ("decided_at", '"2026-06-30t23:59:59+08:00"'),
    ("decided_at", '"2026-06-30T23:59:59.1234567Z"'),
    ("upload/title", '"so \\"called\\""'),
    ("upload/version", "9007199254740992"),
]
"""Values that fit, most of which are left to the careful way."""

WRONG = [
    ("evidence/share_of_upload", '"Infinity"'),
    ("evidence/share_of_upload", '"1_0"'),
    ("evidence/share_of_upload", '" 0.9"'),
    ("evidence/share_of_upload", "1.0001"),
    ("evidence/share_of_upload", "-0.1"),
    ("evidence/share_of_upload", "1e400"),
    ("evidence/share_of_upload", "NaN"),
    ("evidence/share_of_upload", "true"),
    ("evidence/share_of_upload", "null"),
    ("evidence/share_of_upload_low", "0.95"),
    ("evidence/confidence", "2"),
    ("evidence/amount", '{"seconds": -5}'),
    ("evidence/amount", '{"seconds": ' + "9" * 41 + "}"),
    ("evidence/amount", '{"seconds": "12 "}'),
    ("evidence/segments", '[{"upload": [2, 1]}]'),
    ("evidence/segments", '[{"upload": [1, 2], "score": 1.5}]'),
    ("evidence/segments", '[{"upload": [1, "\uff12"]}]'),
    ("evidence/segments", '[{"upload": [1]}]'),
    ("evidence/segments", '[{"upload": [0, 1], "upload_region": [0, 0, 1.5, 1]}]'),
    ("evidence/segments", '[{"upload": [0, 1], "upload_region": [0, 0, 0, 1]}]'),
    ("evidence/segments", '[{"upload": [0, 1], "upload_region": [0, 0, 1]}]'),
    ("evidence/segments", '[{"upload_region": [0, 0, 1, 1]}]'),
    ("evidence/also_found", '[{"method": "hash", "engine": "e", "engine_version": "1", "share_of_upload": 1.5}]'),
    ("evidence/also_found", '[{"method": "hash", "engine": "e"}]'),
    ("evidence/track", '"Sound"'),
    ("signals", '[{"kind": "advertising", "value": "v", "provenance": "https://example.org/"}]'),
    ("signals", '[{"kind": "advertising", "value": "v", "provenance": "p", "observed_at": "2026-06-30"}]'),
    ("evidence/engine", '""'),
    ("upload/id", '"' + "x" * 201 + '"'),
    ("upload/version", "1.0"),
    ("upload/version", "-1"),
    ("upload/version", "9007199254740993"),
    ("upload/commercial", "1"),
    ("upload/commercial", "null"),
    ("upload/title", '"NUL \\u0000"'),
    ("upload/title", '"\\ud800"'),
    ("upload/content_sha256", '"' + "a" * 64 + '\\n"'),
    ("upload/content_sha256", '"' + "A" * 64 + '"'),
    ("upload/medium", '"Video"'),
    ("work/flags", '["high_loss", "high_loss", "time_sensitive"]'),
    ("marks", '[{"basis": "statutory_exception", "provision": "CN_ART24_14"}]'),
    ("marks", '[{"basis": "own_work", "provision": "CN_ART24_01"}]'),
    ("decided_at", '"2026-06-30T23:59:59"'),
    ("decided_at", '"1989-06-30T23:59:59Z"'),
    ("decided_at", '"2026-02-30T23:59:59Z"'),
    ("decided_at", "1782835199"),
    ("surprise", "1"),
    ("upload/surprise", "1"),
]
"""Values that do not fit."""


def test_an_ordinary_line_is_read_quickly() -> None:
    assert agrees(line_of(FULL))
    found = READER.read(line_of(FULL))
    assert found is not None
    assert str(found.evidence.share_of_upload) == "0.9340"
    assert found.decided_at.tzinfo is UTC


@pytest.mark.parametrize(("path", "text"), PLAIN)
def test_plain_values_are_read_quickly(path: str, text: str) -> None:
    assert agrees(with_value(path, text))


@pytest.mark.parametrize(("path", "text"), ODD)
def test_what_fits_is_read_alike(path: str, text: str) -> None:
    assert carefully(with_value(path, text)) is not None
    agrees(with_value(path, text))


@pytest.mark.parametrize(("path", "text"), WRONG)
def test_what_does_not_fit_is_left_to_the_careful_way(path: str, text: str) -> None:
    assert READER.read(with_value(path, text)) is None
    assert carefully(with_value(path, text)) is None


@pytest.mark.parametrize(
    "again",
    [b'"source": "another", ', b'"marks": [], ', b'"decided_at" : null, ', b'"\\u0073ource": "x", '],
)
def test_a_name_given_twice_is_left_to_the_careful_way(again: bytes) -> None:
    line = line_of(FULL)
    assert READER.read(line[:1] + again + line[1:]) is None


def test_names_given_twice_within_are_noticed_beside_what_is_left_out() -> None:
    # Where something with a default is missing, a count of what is there must not make up for the second name.
    twice = line_of(FULL).replace(b'"commercial"', b'"version": 1, "version"', 1)
    assert b'"version": 1, "version"' in twice
    assert READER.read(twice) is None


@pytest.mark.parametrize(
    "said", [b'"flags" : [], ', b'"fl\\u0061gs": [], ', b'"flags": [], ', b'"amount": null, "flags":[], ', b""]
)
def test_a_name_with_a_default_does_not_hide_another_one_given_twice(said: bytes) -> None:
    line = line_of({**FULL, "work": {"id": "w-1", "title": "flags", "right_holder_id": "rh-1", "kind": "film"}})
    once = line.replace(b'"work": {', b'"work": {' + said)
    assert carefully(once) is not None
    assert agrees(once)
    twice = once.replace(b'"right_holder_id":', b'"id": "w-1", "right_holder_id":')
    assert READER.read(twice) is None


class InList(Value):
    """One of a list, with a default of its own."""

    odd: bool = False
    number: int


class OfLists(Value):
    """A model whose mirror may say more than its line, and more often than once."""

    several: tuple[InList, ...]


def test_defaults_in_lists_hide_nothing_either() -> None:
    reader = QuickReader(OfLists)
    assert reader.read(b'{"several":[{"number":1},{"odd":true,"number":2}]}') is not None
    assert reader.read(b'{"several":[{"number":1},{"odd":true,"number":2,"number":2}]}') is None
    assert reader.read(b'{"several":[{"number":1,"number":1}]}') is None


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b"\xff", b'{"decision_id": "\xc3"}', b"[" * 100_000])
def test_what_is_no_decision_is_left_to_the_careful_way(line: bytes) -> None:
    assert READER.read(line) is None


numbers = st.one_of(
    st.integers(-3, 2**70).map(str),
    st.decimals(-1, 2, allow_nan=False).map(str),
    st.sampled_from(["0.0", "-0", "1E-3", "0.30", '"0.30"', '"1e5"', "null"]),
)


@given(numbers, st.sampled_from(["share_of_upload", "share_of_work", "confidence", "engine_share"]))
def test_numbers_are_read_alike(text: str, name: str) -> None:
    agrees(with_value(f"evidence/{name}", text))


@given(st.text(max_size=210), st.sampled_from(["upload/id", "upload/title", "work/title", "decision_id"]))
def test_texts_are_read_alike(text: str, path: str) -> None:
    agrees(with_value(path, json.dumps(text)))


@given(st.datetimes(), st.sampled_from(["Z", "+08:00", "-23:59", "+24:00", "", "+0800"]))
def test_times_are_read_alike(moment: datetime, offset: str) -> None:
    agrees(with_value("decided_at", json.dumps(moment.isoformat() + offset)))


class Strange(Value):
    """A model with what the reader does not know by itself."""

    odd: Annotated[int, Field(multiple_of=2)]
    either: int | str
    many: Annotated[tuple[Decimal, ...], Field(min_length=1)]


def test_what_the_reader_does_not_know_is_checked_by_pydantic() -> None:
    reader = QuickReader(Strange)
    found = reader.read(b'{"odd":4,"either":"x","many":[1]}')
    assert found is not None
    assert (found.odd, found.either, found.many) == (4, "x", (Decimal(1),))
    for wrong in (b'{"odd":3,"either":1,"many":[1]}', b'{"odd":4,"either":[],"many":[1]}'):
        assert reader.read(wrong) is None
        with pytest.raises(ValidationError):
            Strange.model_validate(msgspec.json.decode(wrong))
    assert reader.read(b'{"odd":4,"either":1,"many":[]}') is None
