"""Stored data back into event objects, quickly: types are checked, the domain's own checks are not run again.

Validators guard what enters the log. What is in it is a fact: a rule tightened later must not make it unreadable, and
running the domain's checks on every replay would take most of its time. So JSON is decoded in one pass into a struct
that mirrors the model (every key known, every type right) and its values are put into the model as they are.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, RootModel
from pydantic_core import PydanticUndefined

Reader = Callable[[bytes | msgspec.Raw], BaseModel]
"""Makes a model of JSON; raises ``ValueError`` (of msgspec or pydantic) for what does not fit."""

_Convert = Callable[[Any], Any]

_SCALARS = (str, int, bool, Decimal, datetime, date, UUID, Enum, types.NoneType)
_PLAIN_DEFAULTS = (str, int, bool, Decimal, Enum, types.NoneType)


class _NotMirrored(Exception):
    """The model has something that only pydantic can read."""


@cache
def reader(model: type[BaseModel]) -> Reader:
    """How to read one model: by its mirror where it has one, else by pydantic with all its validators."""
    try:
        mirror, build = _mirror(model, {})
        decode = msgspec.json.Decoder(mirror).decode
    except (_NotMirrored, TypeError):
        return lambda data: model.model_validate_json(bytes(data))
    return lambda data: build(decode(data))


_Mirrors = dict[type[BaseModel], tuple[type[msgspec.Struct], _Convert]]


def _mirror(model: type[BaseModel], known: _Mirrors) -> tuple[type[msgspec.Struct], _Convert]:
    if model in known:
        return known[model]
    if (
        not model.model_config.get("frozen")
        or issubclass(model, RootModel)
        or model.__private_attributes__
        or model.__pydantic_post_init__
    ):
        raise _NotMirrored(model)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    conversions: list[tuple[str, _Convert]] = []
    for name, field in model.model_fields.items():
        mirrored, convert = _field(field.annotation, known)
        if convert is not None:
            conversions.append((name, convert))
        if field.is_required():
            fields.append((name, mirrored))
        elif field.default is not PydanticUndefined and (
            isinstance(field.default, _PLAIN_DEFAULTS) or field.default == ()
        ):
            fields.append((name, mirrored, field.default))
        else:
            raise _NotMirrored(model)
    struct = msgspec.defstruct(model.__name__, fields, kw_only=True, forbid_unknown_fields=True, gc=False)
    known[model] = struct, _builder(model, tuple(conversions))
    return known[model]


def _builder(model: type[BaseModel], conversions: tuple[tuple[str, _Convert], ...]) -> _Convert:
    # One set for all instances: they are frozen, copies make their own, and a set each is work for the collector.
    names = set(model.model_fields)
    put = object.__setattr__
    as_dict = msgspec.structs.asdict

    def build(struct: msgspec.Struct) -> BaseModel:
        values = as_dict(struct)
        for name, convert in conversions:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        instance = model.__new__(model)
        # As `model_construct` does, without its search for defaults and aliases.
        put(instance, "__dict__", values)
        put(instance, "__pydantic_fields_set__", names)
        put(instance, "__pydantic_extra__", None)
        put(instance, "__pydantic_private__", None)
        return instance

    return build


def _field(annotation: Any, known: _Mirrors) -> tuple[Any, _Convert | None]:
    """The type to decode, and what must be done with the decoded value (``None``: nothing)."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _field(arguments[0], known)
    if annotation is AwareDatetime:
        return datetime, None
    if origin is Literal:
        return annotation, None
    if origin in (Union, types.UnionType):
        return _union(arguments, known)
    if origin in (tuple, list, frozenset):
        return _sequence(origin, arguments, known)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, _ = _field(arguments[0], known)
        value, convert = _field(arguments[1], known)
        if convert is None:
            return dict[key, value], None  # type: ignore[valid-type]
        return dict[key, value], lambda found: {each: convert(found[each]) for each in found}  # type: ignore[valid-type]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _mirror(annotation, known)
    if isinstance(annotation, type) and issubclass(annotation, _SCALARS):
        return annotation, None
    raise _NotMirrored(annotation)


def _union(arguments: tuple[Any, ...], known: _Mirrors) -> tuple[Any, _Convert | None]:
    others = [argument for argument in arguments if argument is not types.NoneType]
    if len(others) != 1:
        raise _NotMirrored(arguments)  # which of them was meant is for pydantic to say
    mirrored, convert = _field(others[0], known)
    if convert is None:
        return mirrored | None, None
    return mirrored | None, lambda value: None if value is None else convert(value)


def _sequence(origin: Any, arguments: tuple[Any, ...], known: _Mirrors) -> tuple[Any, _Convert | None]:
    parts = [_field(argument, known) for argument in arguments if argument is not Ellipsis]
    mirrored = origin[(*(part for part, _convert in parts), *([...] if Ellipsis in arguments else []))]
    converts = [convert for _part, convert in parts]
    if not any(converts):
        return mirrored, None
    if len(converts) > 1:  # a tuple of several models, each at its place
        raise _NotMirrored(arguments)
    convert = cast("_Convert", converts[0])
    return mirrored, lambda values: origin(map(convert, values))
