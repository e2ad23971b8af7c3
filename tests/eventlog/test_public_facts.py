"""Public facts: every field is declared, nothing that names anybody leaves, the bytes stay as they are for ever."""

from __future__ import annotations

import hashlib
import json
import re
import types
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel

from casework.domain.values import VaultReference
from casework.eventlog import public_facts
from casework.eventlog.codec import Codec
from casework.eventlog.public_facts import PUBLIC_FACTS, Fields, Pseudonyms, UndeclaredFact, fact_line, fact_of
from casework.eventlog.topics import EVENT_TYPES
from scripts import public_facts_reference
from tests.golden import add, add_facts

CODES = {
    "standard", "regime", "engine", "engine_version", "bases", "cause", "provision", "without_block",
    "seed", "randomness", "publisher", "stratum", "code", "item", "currency",
}  # fmt: skip
"""Texts that are public because the rules or the platform's own set-up give them: no person writes them.

Four are of audit samples: plain characters without spaces, by which everybody draws the same cases. The last three are
of fee schedules, which are public documents.
"""

PUBLISHED = {
    "narrative.text_approved.en", "narrative.text_approved.zh", "report.published.changes", "report.published.reasons",
    "report.published.files.digest", "report.published.files.name",
    "fees.schedule_published.items.names.en", "fees.schedule_published.items.names.zh",
}  # fmt: skip
"""Digests of texts and files that are public themselves, the names of these files, the names of fees."""

PSEUDONYM = re.compile(r"[a-z]+(?:_[a-z]+)*_[a-z2-7]{26}").fullmatch
PUBLIC_TYPES = (Enum, bool, int, Decimal, datetime, date)


def leaves(annotation: Any) -> Iterator[Any]:
    if annotation is AwareDatetime:
        yield datetime
    elif get_origin(annotation) is Annotated:
        yield from leaves(get_args(annotation)[0])
    elif get_args(annotation):
        for argument in get_args(annotation):
            yield from leaves(argument)
    elif annotation not in (types.NoneType, Ellipsis):
        yield annotation


def models_in(annotation: Any) -> list[type[BaseModel]]:
    return [each for each in leaves(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def faults(model: type[BaseModel], declared: Fields, where: str) -> Iterator[str]:
    """What is not declared, declared though it is not there, or declared public though nobody may see it."""
    for name in sorted(set(model.model_fields) ^ declared.names):
        yield f"{where}.{name}: {'not declared' if name in model.model_fields else 'no such field'}"
    for name in declared.public:
        kinds = set(leaves(model.model_fields[name].annotation))
        if any(issubclass(kind, VaultReference | UUID | BaseModel) for kind in kinds):
            yield f"{where}.{name}: a reference, an id or a value is not public as a whole"
        elif str in kinds and name not in CODES and f"{where}.{name}" not in PUBLISHED:
            yield f"{where}.{name}: a text is not public"
        elif not all(kind is str or issubclass(kind, PUBLIC_TYPES) for kind in kinds):
            yield f"{where}.{name}: {kinds}"
    for name in declared.pseudonyms:
        if not set(leaves(model.model_fields[name].annotation)) <= {str, UUID}:
            yield f"{where}.{name}: only ids have pseudonyms"
    for name, inner in declared.parts.items():
        (part,) = models_in(model.model_fields[name].annotation)
        yield from faults(part, inner, f"{where}.{name}")


def test_every_field_of_every_event_is_declared_and_nothing_personal_is_public() -> None:
    assert len(EVENT_TYPES) > 100
    found = [
        fault for each in EVENT_TYPES for fault in faults(each, PUBLIC_FACTS[each.TOPIC, each.VERSION], each.TOPIC)
    ]
    assert found == []


def test_every_version_that_ever_was_is_declared_and_no_other() -> None:
    versions = {(each.TOPIC, number) for each in EVENT_TYPES for number in range(1, each.VERSION + 1)}
    assert set(PUBLIC_FACTS) == versions


def test_the_walk_finds_what_is_wrong() -> None:
    class Part(BaseModel):
        title: str

    class Wrong(BaseModel):
        reasons: VaultReference
        words: str
        case: UUID
        part: Part
        forgotten: int

    declared = Fields(public=("reasons", "words", "case", "part"), private=("gone",))
    assert len(list(faults(Wrong, declared, "wrong"))) == 6


@pytest.fixture(scope="module")
def lines() -> dict[Path, bytes]:
    """The line of every golden event; in one go, as a test for each takes longer to set up than to run."""
    return {event: add_facts.line_of(event) for event in add_facts.event_files()}


def test_the_line_of_every_golden_event_stays_as_it_is(lines: dict[Path, bytes]) -> None:
    kept = {event: add_facts.path_of(event) for event in lines}
    assert [path for path in kept.values() if not path.exists()] == [], "python -m tests.golden.add_facts"
    assert [path for event, path in kept.items() if lines[event] != path.read_bytes()] == []


def test_a_line_is_canonical_and_tells_nothing_that_was_hidden(lines: dict[Path, bytes]) -> None:
    assert len(lines) > 200
    for event, line in lines.items():
        stored = event.read_bytes()
        fact, whole = json.loads(line), json.loads(stored)
        # RFC 8785 of values without floats: sorted keys, no spaces, nothing escaped that need not be.
        canonical = json.dumps(fact, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert line == canonical, event
        assert b"\n" not in line, event
        assert fact["by"] == whole["by"]["role"], event
        assert (fact["n"], fact["version"], fact["v"]) == (17, 7, whole["v"]), event
        rest = hashlib.sha256(add_facts.PSEUDONYMS.salt(add_facts.STREAM, 7) + stored).hexdigest()
        assert fact["rest"] == rest, event
        assert PSEUDONYM(fact["stream"]), event
        hidden = {whole["cmd"], str(add_facts.STREAM), *secrets(whole["data"], where=event.parent.name)}
        assert [each for each in hidden if each.encode() in line.replace(rest.encode(), b"")] == [], event


def secrets(value: Any, name: str = "", where: str = "") -> Iterator[str]:
    """The digests, the ids of cases, and the texts that the sampler made from names of fields that are no codes."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from secrets(each, key, f"{where}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from secrets(each, name, where)
    elif isinstance(value, str) and name not in CODES and where not in PUBLISHED:
        sampled = re.fullmatch(rf"{name}-\d+", value)
        if sampled or re.fullmatch(r"[0-9a-f]{64}|[0-9a-f-]{36}", value):
            # Short names such as "id-1" may stand inside a pseudonym's text by no chance: it has no hyphen.
            yield value


def test_equal_ids_get_equal_pseudonyms_of_their_kind_only() -> None:
    names = Pseudonyms(b"0123456789abcdef")
    assert names.of("work", "w-1") == names.of("work", "w-1")
    different = {names.of("work", "w-1"), names.of("work", "w-2"), names.of("upload", "w-1")}
    assert len(different | {Pseudonyms(b"another secret 1").of("work", "w-1")}) == 4


def test_salts_belong_to_one_event_and_one_secret() -> None:
    one, other = UUID(int=1), UUID(int=2)
    names = Pseudonyms(b"0123456789abcdef")
    salts = {names.salt(one, 1), names.salt(one, 2), names.salt(other, 1), Pseudonyms(b"another secret 1").salt(one, 1)}
    assert {len(salt) for salt in salts} == {32}
    assert len(salts) == 4


def test_a_recorded_event_gives_the_same_line_as_its_bytes() -> None:
    event = add.path_of(EVENT_TYPES[0], "full")
    codec, topic = Codec(EVENT_TYPES), event.parent.name
    recorded = codec.decode(topic, event.read_bytes(), stream=add_facts.STREAM, version=7, position=40)
    assert fact_line(recorded, event.read_bytes(), 17, add_facts.PSEUDONYMS) == add_facts.line_of(event)


def test_what_nobody_declared_gives_no_line() -> None:
    stored = add.path_of(EVENT_TYPES[0], "full").read_bytes()
    with pytest.raises(UndeclaredFact, match=r"case\.never_heard_of, version 1"):
        fact_of(add_facts.STREAM, 1, "case.never_heard_of", stored, 0, add_facts.PSEUDONYMS)


def test_a_field_that_nobody_declared_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(public_facts.PUBLIC_FACTS, ("case.contest_lodged", 1), Fields(public=("appeal",)))
    stored = (add.EVENTS / "case.contest_lodged" / "v1-full.json").read_bytes()
    fact = json.loads(fact_of(add_facts.STREAM, 1, "case.contest_lodged", stored, 0, add_facts.PSEUDONYMS))
    assert fact["data"] == {"appeal": 3}


def test_reference_page_is_made_from_the_table() -> None:
    page = public_facts_reference.PAGE.read_text("utf-8")
    assert page == public_facts_reference.page(), "python -m scripts.public_facts_reference"
