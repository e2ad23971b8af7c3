"""The envelope: canonical, exact, and clear about what it cannot read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from casework.domain.facts import Actor, Event, Role
from casework.eventlog.codec import Codec, CorruptEvent, Recorded
from casework.eventlog.topics import EVENT_TYPES
from tests.eventlog.examples import MATCHER, NOON, TYPES, Counted, Matched, Medium, Segment

CODEC = Codec(TYPES)
STREAM = UUID("00000000-0000-4000-8000-000000000001")


def encode(event: Event, codec: Codec = CODEC, *, cause: str | None = None) -> bytes:
    return codec.encode(event, recorded=NOON, occurred=NOON, by=MATCHER, cause=cause, command="c-1")[1]


def decode(topic: str, state: bytes, codec: Codec = CODEC) -> Recorded:
    return codec.decode(topic, state, stream=STREAM, version=1, position=7)


def test_writes_canonical_json() -> None:
    event = Matched(
        case=STREAM,
        medium=Medium.VIDEO,
        share=Decimal("0.50"),
        decided_at=datetime(2026, 6, 30, 23, 59, 59, 120, tzinfo=timezone(timedelta(hours=8))),
        amount={Medium.VIDEO: Decimal("63.2"), Medium.TEXT: Decimal("1E+3")},
        segments=(Segment(upload=(Decimal(0), Decimal("59.0")), work=(Decimal("610.0"), Decimal(669))),),
        flags=frozenset({Medium.VIDEO, Medium.TEXT}),
        title="标题",
    )
    assert encode(event, cause="policy").decode() == (
        '{"at":"2026-06-30T12:00:00Z","by":{"id":"engine-1","role":"matcher"},"cause":"policy","cmd":"c-1",'
        '"data":{"amount":{"text":"1E+3","video":"63.2"},"case":"00000000-0000-4000-8000-000000000001",'
        '"commercial":false,"decided_at":"2026-06-30T15:59:59.000120Z","flags":["text","video"],"medium":"video",'
        '"seen":[],"segments":[{"upload":["0","59.0"],"work":["610.0","669"]}],"share":"0.50","title":"标题"},'
        '"occurred":"2026-06-30T12:00:00Z","v":1}'
    )


def test_a_mirror_gives_the_same_bytes() -> None:
    values: dict[str, Any] = {
        "case": STREAM,
        "medium": Medium.VIDEO,
        "share": Decimal("0.50"),
        "decided_at": datetime(2026, 6, 30, 23, 59, 59, tzinfo=timezone(timedelta(hours=8))),
        "amount": {Medium.VIDEO: Decimal("63.2")},
        "segments": (Segment(upload=(Decimal(0), Decimal("59.0")), work=(Decimal(1), Decimal(2))),),
        "flags": frozenset({Medium.VIDEO, Medium.TEXT}),
        "seen": (datetime(2026, 6, 30, 23, tzinfo=timezone(timedelta(hours=-3))),),
    }
    mirror = CODEC.mirrored(Matched, dict(values))
    assert encode(mirror) == encode(Matched(**values))
    assert b'"commercial":false' in encode(mirror)
    assert b'"title"' not in encode(mirror)
    assert (mirror.TOPIC, mirror.VERSION, mirror.title) == (Matched.TOPIC, Matched.VERSION, None)


def test_a_mirror_needs_an_event_of_the_list_and_every_required_field() -> None:
    class Unknown(Event):
        TOPIC: ClassVar[str] = "example.counted"

        number: int

    with pytest.raises(TypeError, match="not a registered event type"):
        encode(CODEC.mirrored(Unknown, {"number": 1}))
    with pytest.raises(TypeError, match="number"):
        CODEC.mirrored(Counted, {"note": "a"})


def test_gives_back_what_was_written() -> None:
    event = Counted(number=3, note="a")
    state = encode(event)
    assert decode("example.counted", state) == Recorded(STREAM, 1, 7, event, NOON, NOON, MATCHER, None, "c-1")


_moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3.5))]))
_decimals = st.decimals(allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_categories=["Cs"]))
_segments = st.builds(
    Segment, upload=st.tuples(_decimals, _decimals), work=st.tuples(_decimals, _decimals), score=st.none() | _decimals
)
_matched = st.builds(
    Matched,
    case=st.uuids(),
    medium=st.sampled_from(Medium),
    share=_decimals,
    low=st.none() | _decimals,
    decided_at=_moments.filter(lambda moment: 2 < moment.year < 9998),
    seen=st.lists(_moments.filter(lambda moment: 2 < moment.year < 9998), max_size=3).map(tuple),
    day=st.none() | st.dates(),
    segments=st.lists(_segments, max_size=3).map(tuple),
    amount=st.none() | st.dictionaries(st.sampled_from(Medium), _decimals),
    flags=st.none() | st.frozensets(st.sampled_from(Medium)),
    commercial=st.booleans(),
    title=st.none() | _texts,
)


@given(event=_matched)
def test_any_event_comes_back_equal_and_to_the_same_bytes(event: Matched) -> None:
    state = encode(event)
    back = decode("example.matched", state)
    assert back.event == event
    assert encode(back.event) == state
    assert list(json.loads(state)["data"]) == sorted(json.loads(state)["data"])


def test_keeps_the_written_form_of_decimals() -> None:
    for text in ("0.50", "0.5", "0", "0.000", "1E-9", "100"):
        event = Matched(case=STREAM, medium=Medium.TEXT, share=Decimal(text), decided_at=NOON)
        back = decode("example.matched", encode(event)).event
        assert isinstance(back, Matched)
        assert str(back.share) == text


def test_writes_the_same_bytes_whatever_order_a_mapping_had() -> None:
    forward = {Medium.TEXT: Decimal(1), Medium.VIDEO: Decimal(2)}
    fields: dict[str, Any] = {"case": STREAM, "medium": Medium.TEXT, "share": Decimal(1), "decided_at": NOON}
    assert encode(Matched(amount=forward, **fields)) == encode(
        Matched(amount=dict(reversed(forward.items())), **fields)
    )


def test_refuses_a_topic_given_twice() -> None:
    class Again(Event):
        TOPIC = "example.counted"

    with pytest.raises(ValueError, match=r"example\.counted belongs to Counted and Again"):
        Codec([Counted, Again])


def test_refuses_floats_even_in_nested_models() -> None:
    class Inner(BaseModel):
        seconds: float

    class Outer(Event):
        TOPIC = "example.outer"
        inner: tuple[Inner, ...] | None = None

    with pytest.raises(TypeError, match=r"Inner\.seconds.*never floats"):
        Codec([Outer])


def test_refuses_aliases() -> None:
    class Aliased(Event):
        TOPIC = "example.aliased"
        number: int = Field(alias="n")

    with pytest.raises(TypeError, match="no aliases"):
        Codec([Aliased])


def test_refuses_a_float_where_anything_is_allowed() -> None:
    class Loose(Event):
        TOPIC = "example.loose"
        parameters: dict[str, Any]

    codec = Codec([Loose])
    with pytest.raises(TypeError, match="never floats"):
        encode(Loose(parameters={"a": [1.5]}), codec)
    assert b'"parameters":{"a":["2026-06-30T12:00:00Z"]}' in encode(Loose(parameters={"a": (NOON,)}), codec)


def test_refuses_times_without_a_zone() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        CODEC.encode(Counted(number=1), recorded=naive, occurred=NOON, by=MATCHER, cause=None, command="c")
    unchecked = Matched.model_construct(
        case=STREAM, medium=Medium.TEXT, share=Decimal(1), decided_at=NOON, seen=(naive,)
    )
    with pytest.raises(ValueError, match="time zone"):
        encode(unchecked)


def test_refuses_to_write_a_type_that_is_not_listed() -> None:
    class Stranger(Event):
        TOPIC = "example.stranger"

    with pytest.raises(TypeError, match="Stranger is not a registered event type"):
        encode(Stranger())


GOOD = encode(Counted(number=1))


@pytest.mark.parametrize(
    ("topic", "state", "reason"),
    [
        ("example.unknown", GOOD, "unknown topic"),
        ("example.counted", GOOD.replace(b'"v":1', b'"v":2'), "newer than this build"),
        ("example.counted", GOOD.replace(b'"v":1', b'"v":0'), "no upcaster from version 0"),
        ("example.counted", GOOD.replace(b'"number":1', b'"number":"x"'), "Expected `int`, got `str` - at `$.number`"),
        ("example.counted", GOOD.replace(b'"number":1', b'"other":1'), "unknown field `other`"),
        ("example.counted", GOOD.replace(b'"number":1', b""), "missing required field `number`"),
        ("example.counted", GOOD.replace(b'"role":"matcher"', b'"role":"ghost"'), "ghost"),
        ("example.counted", GOOD.replace(b'"cmd"', b'"dmc"'), "dmc"),
        ("example.counted", GOOD[:-1], "truncated"),
        ("example.counted", b"\xff", "malformed"),
    ],
)
def test_names_position_topic_and_reason_of_an_unreadable_event(topic: str, state: bytes, reason: str) -> None:
    with pytest.raises(CorruptEvent) as caught:
        decode(topic, state)
    assert (caught.value.position, caught.value.topic) == (7, topic)
    assert f"position 7 ({topic}" in str(caught.value)
    assert reason in str(caught.value)


class _Renamed(Event):
    """The third shape of an event: `amount` became `share`, then a list of `shares`."""

    TOPIC: ClassVar[str] = "example.renamed"
    VERSION: ClassVar[int] = 3
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    shares: tuple[Decimal, ...]
    seen: AwareDatetime


def _to_2(data: dict[str, Any]) -> dict[str, Any]:
    return {"share": data["amount"], "seen": data["seen"]}


def _to_3(data: dict[str, Any]) -> dict[str, Any]:
    return {"shares": [data["share"]], "seen": data["seen"]}


def test_brings_old_versions_up_to_date_step_by_step() -> None:
    codec = Codec([_Renamed], {("example.renamed", 1): _to_2, ("example.renamed", 2): _to_3})
    present = _Renamed(shares=(Decimal("0.90"),), seen=NOON)
    state = encode(present, codec)
    second = state.replace(b'"shares":["0.90"]', b'"share":"0.90"').replace(b'"v":3', b'"v":2')
    first = second.replace(b'"share"', b'"amount"').replace(b'"v":2', b'"v":1')
    for version in (state, second, first):
        assert decode("example.renamed", version, codec).event == present
    with pytest.raises(CorruptEvent, match="amount"):
        decode("example.renamed", first.replace(b'"amount"', b'"missing"'), codec)


def test_refuses_missing_and_idle_upcasters() -> None:
    with pytest.raises(ValueError, match="lacks an upcaster from version 1"):
        Codec([_Renamed], {("example.renamed", 2): _to_3})
    with pytest.raises(ValueError, match="unknown topic"):
        Codec([Counted], {("example.renamed", 1): _to_2})
    with pytest.raises(ValueError, match="not below the present one"):
        Codec([Counted], {("example.counted", 1): _to_2})


def test_occurred_and_actor_survive() -> None:
    earlier = NOON - timedelta(days=2)
    actor = Actor(role=Role.REVIEWER, id=uuid4().hex)
    topic, state = CODEC.encode(
        Counted(number=1), recorded=NOON, occurred=earlier, by=actor, cause="case.x:4", command="c-9"
    )
    back = decode(topic, state)
    assert (back.recorded, back.occurred, back.by, back.cause, back.command) == (
        NOON,
        earlier,
        actor,
        "case.x:4",
        "c-9",
    )
    assert CODEC.encode_recorded(back) == (topic, state)


def test_the_real_event_types_can_be_registered() -> None:
    assert len(Codec(EVENT_TYPES).topics) == len(EVENT_TYPES) > 10
