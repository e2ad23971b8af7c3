"""Writes the golden files that event types still lack; never touches one that is there.

`python -m tests.golden.add`. A golden file says for ever what a build must be able to read: once released, it is not
edited. A changed shape gets a new version, an upcaster and files of its own.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from casework.domain.facts import Actor, Event, Role
from casework.eventlog.codec import Codec
from casework.eventlog.topics import EVENT_TYPES

EVENTS = Path(__file__).parent / "events"
KINDS = ("full", "minimal")

RECORDED = datetime(2026, 6, 30, 15, 59, 59, 123456, tzinfo=UTC)

OVERRIDES: dict[tuple[str, str], dict[str, Any]] = {
    # What one field demands of another, which the types do not say.
    **{
        (name, kind): {"code" if name == "FeeItem" else "item": "prior-review", "currency": "CNY"}
        for name in ("FeeItem", "FeeCharged", "FeeWaived")
        for kind in KINDS
    },
    ("Mark", "full"): {"basis": "statutory_exception", "provision": "CN_ART24_02"},
    ("Mark", "minimal"): {"basis": "licensed"},
    ("MatchEvidence", "full"): {"method": "fingerprint"},
    ("MatchEvidence", "minimal"): {"method": "keyword"},
    ("Segment", "full"): {
        "upload_region": ["0.1", "0.2", "0.5", "0.75"],
        "work_region": ["0", "0.25", "0.625", "1"],
    },
    ("Segment", "minimal"): {"upload": ["12.50", "13.50"]},
}
"""Values by class name and kind for fields that the sampler cannot guess."""


def missing(event_types: tuple[type[Event], ...] = EVENT_TYPES) -> list[tuple[type[Event], str, Path]]:
    """Every event type and kind without a golden file that fits the present shape of the version.

    A field that was added later, or is no longer needed, gets a file of its own beside those that are there.
    """
    lacking = []
    for event_type in event_types:
        for kind in KINDS:
            files = files_of(event_type, kind)
            if not files:
                lacking.append((event_type, kind, path_of(event_type, kind)))
            elif fields_in(files[-1]) != fields_of(event_type, kind):
                lacking.append((event_type, kind, files[0].with_name(f"{files[0].stem}-{len(files) + 1}.json")))
    return lacking


def path_of(event_type: type[Event], kind: str) -> Path:
    return EVENTS / event_type.TOPIC / f"v{event_type.VERSION}-{kind}.json"


def files_of(event_type: type[Event], kind: str) -> list[Path]:
    """The files of the present version, the latest last."""
    first = path_of(event_type, kind)
    return sorted(first.parent.glob(f"{first.stem}*.json"), key=lambda path: (len(path.stem), path.stem))


def fields_in(path: Path) -> set[str]:
    """The fields of the event in a file."""
    return set(msgspec.json.decode(path.read_bytes())["data"])


def fields_of(event_type: type[Event], kind: str) -> set[str]:
    """All fields of the type, or those that a stored event always has."""
    optional = {name for name, field in event_type.model_fields.items() if field.default is None}
    return set(event_type.model_fields) - (optional if kind == "minimal" else set())


def golden_bytes(event_type: type[Event], kind: str) -> bytes:
    """One event of the type with every field, or only with those it must have, as it would be stored."""
    event = event_type.model_validate_json(msgspec.json.encode(_sample_model(event_type, kind)))
    full = kind == "full"
    _topic, state = Codec([event_type], _bridges(event_type)).encode(
        event,
        recorded=RECORDED,
        occurred=RECORDED - timedelta(hours=1) if full else RECORDED,
        by=Actor(role=Role.MATCHER, id="engine-1"),
        cause="policy:1" if full else None,
        command="00000000-0000-4000-8000-000000000001",
    )
    return state


def _bridges(event_type: type[Event]) -> dict[tuple[str, int], Any]:
    """A codec for one type alone wants its upcasters, but writing needs none."""
    return {(event_type.TOPIC, version): lambda data: data for version in range(1, event_type.VERSION)}


def _sample_model(model: type[BaseModel], kind: str) -> dict[str, Any]:
    override = OVERRIDES.get((model.__name__, kind), {})
    sample = {
        name: _sample(name, field.annotation, _metadata(field), kind)
        for name, field in model.model_fields.items()
        if name not in override and (kind == "full" or field.is_required())
    }
    return sample | override


def _metadata(field: FieldInfo) -> list[Any]:
    return list(_flat(field.metadata))


def _flat(metadata: Any) -> Iterator[Any]:
    for each in metadata:
        yield each
        yield from _flat(getattr(each, "metadata", ()))


def _sample(name: str, annotation: Any, metadata: list[Any], kind: str, index: int = 0) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _sample(name, arguments[0], [*metadata, *_flat(arguments[1:])], kind, index)
    if origin in (Union, types.UnionType):
        return _sample(name, next(each for each in arguments if each is not types.NoneType), metadata, kind, index)
    if origin is Literal:
        return arguments[0]
    if origin in (tuple, list, frozenset, set):
        parts = arguments[:1] if Ellipsis in arguments or origin is not tuple else arguments
        return [_sample(name, part, [], kind, number) for number, part in enumerate(parts)]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {_sample(name, arguments[0], [], kind): _sample(name, arguments[1], [], kind)}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _sample_model(annotation, kind)
    return _sample_scalar(name, annotation, metadata, index)


def _sample_scalar(name: str, annotation: Any, metadata: list[Any], index: int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        members = list(annotation)
        return members[index % len(members)].value
    highest = next((each.le for each in metadata if getattr(each, "le", None) is not None), None)
    samples: dict[Any, Any] = {
        str: _sample_text(name, metadata, index),
        bool: True,
        int: 3 + index,
        Decimal: Decimal("0.50") if highest == 1 else Decimal("12.50") + index,
        datetime: RECORDED + timedelta(days=index),
        date: date(2026, 6, 30),
        UUID: UUID("00000000-0000-4000-8000-000000000002"),
    }
    if annotation not in samples:
        raise TypeError(f"no sample for {name}: {annotation}; teach the sampler or write the file by hand")
    return samples[annotation]


def _sample_text(name: str, metadata: list[Any], index: int) -> str:
    patterns = [str(getattr(each, "pattern", None)) for each in metadata]
    if any("{64}" in pattern for pattern in patterns):
        return "0123456789abcdef" * 4
    return f"{name}-{index + 1}"


def main() -> int:
    """Write what is missing; 1 if some files must be written by hand."""
    by_hand = 0
    for event_type, kind, path in missing():
        try:
            state = golden_bytes(event_type, kind)
        except (ValidationError, TypeError) as error:
            print(f"{path.relative_to(EVENTS)}: {error}", file=sys.stderr)
            by_hand += 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(state)
        print(path.relative_to(EVENTS))
    return 1 if by_hand else 0


if __name__ == "__main__":
    sys.exit(main())
