"""What HMA answers is read exactly, with values that the library `threatexchange` prints; the rest is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from matching_adapter.external.hma_answers import (
    Hit,
    read_added,
    read_lookup,
    read_raw_lookup,
    read_signal_lookup,
    read_status,
    read_work_id,
    reading_of,
)
from matching_adapter.external.http_calls import CallFailed

ONE = Decimal(1)
VALUES = json.loads((Path(__file__).parent / "threatexchange_values.json").read_text("utf-8"))


def hits_of(signal: str, distance: Any) -> tuple[Hit, ...]:
    body = {signal: {"BANK_A": [{"bank_content_id": 1001, "distance": distance}]}}
    return read_lookup(json.dumps(body).encode())


@pytest.mark.parametrize("asked", [one for one in VALUES["pdq"]["asked"] if one["distance"] is not None])
def test_a_picture_says_how_alike_and_nothing_of_shares(asked: dict[str, str]) -> None:
    (hit,) = hits_of("pdq", asked["distance"])
    bits = (int(asked["signal"], 16) ^ int(VALUES["pdq"]["banked"], 16)).bit_count()
    reading = reading_of(hit)
    assert reading.confidence == 1 - Decimal(bits) / 128
    assert (reading.method, reading.share_of_upload, reading.share_of_work) == ("fingerprint", None, None)


def test_the_same_film_is_all_of_it() -> None:
    (asked, _other) = VALUES["video_md5"]["asked"]
    reading = reading_of(*hits_of("video_md5", asked["distance"]))
    assert (reading.method, reading.share_of_upload, reading.share_of_work) == ("hash", ONE, ONE)
    assert reading.confidence == 1


@pytest.mark.parametrize("asked", [one for one in VALUES["vpdq"] if one["distance"] is not None])
def test_shares_of_films_lie_within_the_rounding(asked: dict[str, Any]) -> None:
    reading = reading_of(*hits_of("vpdq", asked["distance"]))
    true = Decimal(asked["of_work"]) / asked["frames_of_upload"]
    assert reading.share_of_upload_low is not None
    assert reading.share_of_upload_high is not None
    assert reading.share_of_upload_low <= true <= reading.share_of_upload_high
    assert reading.share_of_work is not None
    assert abs(reading.share_of_work - Decimal(asked["of_work"]) / asked["work_frames"]) <= Decimal("0.005")
    assert reading.confidence is None


def test_an_unknown_kind_of_signal_says_only_that_there_is_a_likeness() -> None:
    reading = reading_of(*hits_of("tmk_future", "0.93"))
    assert (reading.share_of_upload, reading.share_of_work, reading.confidence) == (None, None, None)


@pytest.mark.parametrize(
    ("signal", "distance"),
    [("pdq", "-"), ("pdq", "-4"), ("pdq", "4.0"), ("pdq", "257"), ("pdq", ""), ("pdq", "٤" * 4)]
    + [("vpdq", one) for one in ("75%", "101%[3%]", "75%[3%] ", "-5%[3%]", "5", "80%[1000%]")],
)
def test_a_distance_that_is_none_is_no_measurement(signal: str, distance: str) -> None:
    (hit,) = hits_of(signal, distance)
    with pytest.raises(CallFailed, match="distance"):
        reading_of(hit)


def test_numbers_in_place_of_text_say_the_same() -> None:
    assert hits_of("pdq", 16) == hits_of("pdq", "16")


WRONG: tuple[Any, ...] = (
    [],
    {"pdq": []},
    {"pdq": {"A": {}}},
    {"pdq": {"A": [7]}},
    {"pdq": {"A": [{"bank_content_id": "1", "distance": "1"}]}},
    {"pdq": {"A": [{"bank_content_id": True, "distance": "1"}]}},
    {"pdq": {"A": [{"bank_content_id": -1, "distance": "1"}]}},
    {"pdq": {"A": [{"bank_content_id": 1, "distance": None}]}},
    {"pdq": {"A": [{"bank_content_id": 1, "distance": True}]}},
    {"pdq": {"A": [{"bank_content_id": 1, "distance": 1.5}]}},
    {"pdq": {"A": [{"bank_content_id": 1}]}},
)


@pytest.mark.parametrize("body", WRONG)
def test_answers_of_other_shapes_are_refused(body: Any) -> None:
    with pytest.raises(CallFailed) as caught:
        read_lookup(json.dumps(body).encode())
    assert (caught.value.code, caught.value.retryable) == ("unexpected_answer", False)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b'{"pdq": NaN'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(CallFailed, match="unexpected_answer"):
        read_lookup(body)


def test_the_other_answers() -> None:
    inner = b'{"BANK_A": [{"bank_content_id": 4, "distance": "16"}]}'
    assert read_signal_lookup(inner, "pdq") == (Hit("pdq", "BANK_A", 4, "16"),)
    raw = b'{"matches": [{"bank_content_id": 1, "distance": "16"}]}'
    assert read_raw_lookup(raw, "pdq") == (Hit("pdq", "", 1, "16"),)
    assert read_work_id(b'{"id": 1, "metadata": {"content_id": "w-9"}}') == "w-9"
    assert read_work_id(b'{"id": 1}') is None
    assert read_work_id(b'{"id": 1, "metadata": null}') is None
    with pytest.raises(CallFailed):
        read_work_id(b'{"metadata": {"content_id": 9}}')
    assert read_added(b'{"id": 1234, "signals": {}}') == 1234
    states = read_status(b'{"pdq": {"built_to": -1, "present": false, "size": 0}}')
    assert (states["pdq"].present, states["pdq"].built_to, states["pdq"].size) == (False, -1, 0)
    with pytest.raises(CallFailed):
        read_status(b'{"pdq": {"built_to": "now", "present": true, "size": 0}}')
