"""Every event that was ever written must be readable by this build, and be written back to the same bytes."""

from __future__ import annotations

import re
from uuid import UUID

import msgspec

from casework.domain.facts import Event
from casework.eventlog.codec import Codec
from casework.eventlog.topics import EVENT_TYPES
from tests.golden import add

CODEC = Codec(EVENT_TYPES)
STREAM = UUID("00000000-0000-4000-8000-000000000003")
FILES = sorted(add.EVENTS.glob("*/*.json"))


def test_reads_each_and_writes_the_same_bytes() -> None:
    """All in one go: a test for each takes longer to set up than to run."""
    assert len(FILES) > 200
    for path in FILES:
        topic, state = path.parent.name, path.read_bytes()
        recorded = CODEC.decode(topic, state, stream=STREAM, version=1)
        version = int(re.match(r"v(\d+)-", path.stem)[1])  # type: ignore[index]
        assert msgspec.json.decode(state)["v"] == version, path
        if version == CODEC.event_type(topic).VERSION:
            assert CODEC.encode_recorded(recorded) == (topic, state), path
        else:
            again = CODEC.decode(*CODEC.encode_recorded(recorded), stream=STREAM, version=1)
            assert again == recorded, path


def test_every_event_type_has_its_golden_files() -> None:
    lacking = [str(path.relative_to(add.EVENTS)) for _type, _kind, path in add.missing()]
    assert lacking == [], "write them with: python -m tests.golden.add"


def test_every_version_that_ever_was_has_its_golden_files() -> None:
    for event_type in EVENT_TYPES:
        for version in range(1, event_type.VERSION + 1):
            for kind in add.KINDS:
                assert (add.EVENTS / event_type.TOPIC / f"v{version}-{kind}.json").exists()


def test_the_latest_full_file_has_every_field_and_the_latest_minimal_one_only_the_needed() -> None:
    for event_type in EVENT_TYPES:
        for kind in add.KINDS:
            assert add.fields_in(add.files_of(event_type, kind)[-1]) == add.fields_of(event_type, kind)


def test_a_new_event_type_without_files_is_noticed_and_never_overwrites() -> None:
    class Lacking(Event):
        TOPIC = "example.lacking"
        number: int

    assert [path.name for _type, _kind, path in add.missing((Lacking,))] == ["v1-full.json", "v1-minimal.json"]
    assert b'"data":{"number":3}' in add.golden_bytes(Lacking, "minimal")
    assert add.missing() == []
