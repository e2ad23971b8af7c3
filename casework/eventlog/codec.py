"""Events as bytes and back: one canonical JSON envelope, versions with upcasters, clear errors for what is unreadable.

The envelope has the keys ``v`` (shape of the data), ``at`` (recorded), ``occurred``, ``by`` (role, opaque id),
``cause``, ``cmd`` (command id) and ``data``. Canonical means: keys sorted, no spaces, UTF-8, times in UTC with ``Z``,
decimals as strings in their exact written form, absent optional fields left out. Encoding what was decoded gives the
same bytes again, which is what hashes and golden files rest on.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, RootModel, ValidationError

from casework.domain.facts import Actor, Event, Role
from casework.eventlog.reading import Reader, reader

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the data of one version of a topic into that of the next version."""

_Converter = Callable[[Any], Any]
M = TypeVar("M", bound=BaseModel)

_ENCODED_AS_THEY_ARE = (str, int, bool, Decimal, Enum, UUID, date, BaseModel, types.NoneType)
_NO_CONTAINER = (None, Union, types.UnionType)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log.

    ``version`` counts from 1 within the stream; ``position`` from 1 in the whole log (0: not stored yet; positions
    grow but may have holes on PostgreSQL). ``recorded`` is when it was written, ``occurred`` when it happened, both
    UTC. ``cause`` is what led to the command, if it was not a person; ``command`` the id of the command.
    """

    stream: UUID
    version: int
    position: int
    event: Event
    recorded: datetime
    occurred: datetime
    by: Actor
    cause: str | None
    command: str


class CorruptEvent(Exception):
    """A stored event cannot be read: unknown topic, unknown version, or data that do not fit."""

    def __init__(self, topic: str, position: int, stream: UUID | None, version: int, reason: str) -> None:
        self.topic = topic
        self.position = position
        self.stream = stream
        self.version = version
        self.reason = reason
        super().__init__(f"event at position {position} ({topic}, stream {stream}, version {version}): {reason}")


class _By(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    role: Role


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    v: int
    at: datetime
    occurred: datetime
    by: _By
    cmd: str
    data: msgspec.Raw
    cause: str | None = None


class Codec:
    """Translates between event objects and stored bytes for a fixed list of event types."""

    def __init__(
        self, event_types: Sequence[type[Event]], upcasters: Mapping[tuple[str, int], Upcaster] | None = None
    ) -> None:
        """``upcasters`` maps (topic, version) to the step from that version to the next.

        Raises ``ValueError`` for a topic given twice, an upcaster for an unknown topic and a gap between an old
        version and the present one; ``TypeError`` for a field that could not come back unchanged (floats, aliases).
        """
        self._types: dict[str, type[Event]] = {}
        self._readers: dict[str, Reader] = {}
        self._upcasters = dict(upcasters or {})
        self._conversions: dict[type[BaseModel], tuple[tuple[str, _Converter], ...]] = {}
        self._mirrors: dict[type[BaseModel], tuple[Callable[..., Any], tuple[tuple[str, _Converter], ...]]] = {}
        self._encoder = msgspec.json.Encoder(order="sorted", enc_hook=self._without_absent_fields)
        self._envelopes = msgspec.json.Decoder(_Envelope)
        for event_type in event_types:
            self._register(event_type)
        self._check_upcasters()

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics, in the order in which the types were given."""
        return tuple(self._types)

    def event_type(self, topic: str) -> type[Event]:
        """The class behind a topic; ``KeyError`` when there is none."""
        return self._types[topic]

    def encode(
        self, event: Event, *, recorded: datetime, occurred: datetime, by: Actor, cause: str | None, command: str
    ) -> tuple[str, bytes]:
        """Topic and canonical bytes of one event.

        Raises ``ValueError`` for a naive time, ``TypeError`` for an event whose class is not in this codec's list.
        """
        topic = event.TOPIC
        if self._types.get(topic) is not getattr(event, "MIRRORED", type(event)):
            raise TypeError(f"{type(event).__name__} is not a registered event type")
        envelope: dict[str, Any] = {
            "at": _in_utc(recorded),
            "by": {"id": by.id, "role": by.role},
            "cmd": command,
            "data": event,
            "occurred": _in_utc(occurred),
            "v": event.VERSION,
        }
        if cause is not None:
            envelope["cause"] = cause
        return topic, self._encoder.encode(envelope)

    def mirrored(self, model: type[M], values: dict[str, Any]) -> M:
        """An event, or a part of one, of checked values: a struct that can be read and encoded, not compared.

        It has the names, values and properties of the model and gives the same bytes, and Python need not look at each
        of its fields to encode it. As for ``of_checked`` every required field must be given, in its final type.
        """
        found = self._mirrors.get(model)
        if found is None:
            self._examine(model)
            found = self._mirrors[model] = _struct(model), self._conversions[model]
        struct, conversions = found
        for name, convert in conversions:
            value = values.get(name)
            if value is not None:
                values[name] = convert(value)
        return cast("M", struct(**values))

    def encode_recorded(self, recorded: Recorded) -> tuple[str, bytes]:
        """The same for an event that has been read before."""
        return self.encode(
            recorded.event,
            recorded=recorded.recorded,
            occurred=recorded.occurred,
            by=recorded.by,
            cause=recorded.cause,
            command=recorded.command,
        )

    def decode(self, topic: str, state: bytes, *, stream: UUID, version: int, position: int = 0) -> Recorded:
        """Read one stored event, brought up to the present version of its topic. Raises ``CorruptEvent``."""
        try:
            envelope = self._envelopes.decode(state)
            event = self._event(topic, envelope)
        except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise CorruptEvent(topic, position, stream, version, _reason(error)) from error
        return Recorded(
            stream,
            version,
            position,
            event,
            envelope.at,
            envelope.occurred,
            _actor(envelope.by.role, envelope.by.id),
            envelope.cause,
            envelope.cmd,
        )

    def _event(self, topic: str, envelope: _Envelope) -> Event:
        event_type = self._types.get(topic)
        if event_type is None:
            raise LookupError("unknown topic")
        read = self._readers[topic]
        if envelope.v == event_type.VERSION:
            return cast("Event", read(envelope.data))
        data = msgspec.json.decode(envelope.data)
        for version in range(envelope.v, event_type.VERSION):
            step = self._upcasters.get((topic, version))
            if step is None:
                raise LookupError(f"no upcaster from version {version}")
            data = step(data)
        if envelope.v > event_type.VERSION:
            raise LookupError(f"version {envelope.v} is newer than this build's {event_type.VERSION}")
        return cast("Event", read(msgspec.json.encode(data)))

    def _register(self, event_type: type[Event]) -> None:
        topic = event_type.TOPIC
        if topic in self._types:
            raise ValueError(f"topic {topic} belongs to {self._types[topic].__name__} and {event_type.__name__}")
        self._types[topic] = event_type
        self._readers[topic] = reader(event_type)
        self._examine(event_type)

    def _check_upcasters(self) -> None:
        for topic, version in self._upcasters:
            event_type = self._types.get(topic)
            if event_type is None:
                raise ValueError(f"upcaster for unknown topic {topic}")
            if not 1 <= version < event_type.VERSION:
                raise ValueError(f"upcaster for {topic} from version {version}, which is not below the present one")
        for topic, event_type in self._types.items():
            for version in range(1, event_type.VERSION):
                if (topic, version) not in self._upcasters:
                    raise ValueError(f"{topic} lacks an upcaster from version {version}")

    def _examine(self, model: type[BaseModel]) -> None:
        """Note which fields of a model, and of the models in it, need more than the encoder knows by itself."""
        if model in self._conversions or issubclass(model, RootModel):
            return
        conversions: list[tuple[str, _Converter]] = []
        self._conversions[model] = ()
        for name, field in model.model_fields.items():
            if field.alias is not None or field.validation_alias is not None:
                raise TypeError(f"{model.__name__}.{name}: events have no aliases")
            leaves = _leaves(field.annotation)
            if float in leaves:
                raise TypeError(f"{model.__name__}.{name}: numbers in events are whole or exact decimals, never floats")
            for leaf in leaves:
                if isinstance(leaf, type) and issubclass(leaf, BaseModel):
                    self._examine(leaf)
            if leaves - {types.NoneType} == {datetime} and get_origin(field.annotation) in _NO_CONTAINER:
                conversions.append((name, _in_utc))
            elif not all(_encoded_as_it_is(leaf) for leaf in leaves):
                conversions.append((name, _with_times_in_utc))
        self._conversions[model] = tuple(conversions)

    def _without_absent_fields(self, value: object) -> object:
        """What the encoder asks for a model: its fields that are there, times in UTC."""
        conversions = self._conversions.get(cast("type[BaseModel]", type(value)))
        if conversions is None:
            if isinstance(value, RootModel):
                return value.root
            if not isinstance(value, BaseModel):
                raise TypeError(f"an event cannot hold a {type(value).__name__}")
            self._examine(type(value))
            conversions = self._conversions[type(value)]
        present = {name: each for name, each in value.__dict__.items() if each is not None}
        for name, convert in conversions:
            if name in present:
                present[name] = convert(present[name])
        return present


def _struct(model: type[BaseModel]) -> Callable[..., Any]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        if field.is_required():
            fields.append((name, Any))
        elif field.default is None:
            fields.append((name, Any, None))
        else:
            # By a factory, because defaults by value are left out of JSON, and a model leaves out only ``None``.
            fields.append((name, Any, msgspec.field(default_factory=partial(_itself, field.default))))
    own: dict[str, Any] = {name: each for name, each in vars(model).items() if isinstance(each, property)}
    if issubclass(model, Event):
        own.update(TOPIC=model.TOPIC, VERSION=model.VERSION)
    own["MIRRORED"] = model
    return msgspec.defstruct(model.__name__, fields, namespace=own, kw_only=True, omit_defaults=True, gc=False)


def _itself(value: Any) -> Any:
    return value


def _in_utc(moment: datetime) -> datetime:
    zone = moment.tzinfo
    if zone is UTC:
        return moment
    if zone is None:
        raise ValueError("a time in an event needs a time zone")
    return moment.astimezone(UTC)


def _with_times_in_utc(value: Any) -> Any:
    """The same for a container of times or of anything; refuses floats, which the types could not rule out."""
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, float):
        raise TypeError("numbers in events are whole or exact decimals, never floats")
    if isinstance(value, Mapping):
        return {key: _with_times_in_utc(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return {_with_times_in_utc(each) for each in value}
    if isinstance(value, tuple | list):
        return [_with_times_in_utc(each) for each in value]
    return value


def _encoded_as_it_is(leaf: object) -> bool:
    # A datetime is a date to Python, but only a date needs no time zone.
    return isinstance(leaf, type) and issubclass(leaf, _ENCODED_AS_THEY_ARE) and not issubclass(leaf, datetime)


def _leaves(annotation: Any) -> set[Any]:
    """The types an annotation is made of; literals count as the types of their values."""
    arguments = get_args(annotation)
    if annotation is Ellipsis:
        return set()
    if not arguments:
        return {datetime if annotation is AwareDatetime else annotation}
    if get_origin(annotation) is Literal:
        return {type(argument) for argument in arguments}
    if get_origin(annotation) is Annotated:
        return _leaves(arguments[0])
    return set().union(*(_leaves(argument) for argument in arguments))


@lru_cache(maxsize=4096)
def _actor(role: Role, identity: str) -> Actor:
    return Actor(role=role, id=identity)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        # Field and kind only: the values may not be meant for a health page.
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return str(error.args[0]) if error.args else type(error).__name__
