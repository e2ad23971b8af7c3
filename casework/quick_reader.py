"""One line of JSON, checked in one pass where it is plain; what is not plain is left to the careful way.

What comes out is a mirror of the model: a struct with the same names, values and properties, which is cheap to make and
becomes JSON without a look at its fields in Python. What fits is read from the models themselves: types, lengths and
bounds are checked by the decoder, their checks of several fields are called as they are, and what is not known here is
given to pydantic. Nothing is accepted that pydantic would refuse; what is not accepted may still be right.
"""

from __future__ import annotations

import re
import types
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, inspect
from pydantic import AfterValidator, BaseModel, BeforeValidator, StringConstraints, TypeAdapter
from pydantic.fields import FieldInfo

from casework.domain.values import exact_decimal, only_text, storable, zoned

M = TypeVar("M", bound=BaseModel)

_CHARACTERS = 20
"""Characters that no plain number reaches: far within what ``exact_decimal`` leaves as it is."""

_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"

# Quotation marks that are none, and NUL, which no database can carry.
_odd_escape = re.compile(rb'\\(?:"|u0022|u0000)').search
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_TOO_LONG = b"0" * _CHARACTERS
_negative = re.compile(rb"-(?<=[:,\[]-)").search
_LEAVES = (
    inspect.BoolType,
    inspect.DecimalType,
    inspect.EnumType,
    inspect.IntType,
    inspect.NoneType,
    inspect.StrType,
)


class NotPlain(ValueError):
    """Not for the quick reader to judge."""


class QuickReader(Generic[M]):
    """Reads one model. Make it once: it looks at the whole model."""

    def __init__(self, model: type[M]) -> None:
        struct, finish = _mirror(model)
        self._decode = msgspec.json.Decoder(struct).decode
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        self._finish = finish
        self._filled_in = _filled_in(struct)

    def read(self, line: bytes) -> M | None:
        """The mirror of the model that a line holds; ``None`` for a line that is not plain, right or wrong."""
        try:
            if _odd_escape(line):
                return None
            found = self._decode(line)
            if not self._is_plain(line, self._encode(found)):
                return None
            if self._finish is not None:
                self._finish(found)
            return found  # type: ignore[no-any-return]  # a mirror: whoever only reads it cannot tell
        except (ValueError, ArithmeticError, RecursionError):
            return None  # the careful way puts it into words

    def _is_plain(self, line: bytes, mirrored: bytes) -> bool:
        """Whether a line says nothing twice, no number as text, and has plain numbers only.

        Mostly its mirror shows that: it never has more quotation marks than the line, but for names that were filled
        in, and fewer where a name was given twice, a number as text, or ``null``. Then the line is looked at as it is.
        """
        filled = self._filled_in
        if (
            filled is not None
            and mirrored.count(b'"') - 2 * sum([name not in line for name in filled]) == line.count(b'"')
            and not _negative(mirrored)
        ):
            digits = mirrored.translate(_DIGITS)
            # What an exponent was, or should be one, is spelled with a sign by a decimal.
            if _TOO_LONG not in digits and b"0E-" not in digits and b"0E+" not in digits:
                return True
        again = self._plain_again(line)
        # A number given as text may be spelled as JSON cannot: then the line has more texts than its mirror.
        return again is not None and _texts(again) == _texts(mirrored)

    def _plain_again(self, line: bytes) -> bytes | None:
        """The line in its shortest form, its numbers with a point left out; ``None`` for one that is not plain.

        Plain is what gives no name twice and has only numbers that need no second look: short, not negative, without
        an exponent. A decoder keeps the last of two values of one name, so that what it has read has fewer quotation
        marks than the line. The texts of numbers with a point are collected on the way.
        """
        numbers: list[str] = []
        again = self._encode(msgspec.json.Decoder(float_hook=numbers.append).decode(line))
        if again.count(b'"') != line.count(b'"') or _negative(again) or _TOO_LONG in again.translate(_DIGITS):
            return None
        together = "".join(numbers)
        if "e" in together or "E" in together or "-" in together:
            return None
        return again if not numbers or len(max(numbers, key=len)) < _CHARACTERS else None


def _texts(encoded: bytes) -> int:
    """How many texts stand as values in JSON without spaces and without escaped quotation marks."""
    return encoded.count(b'"') // 2 - encoded.count(b'":')


class _Kind(NamedTuple):
    """How to read one value: the type to decode, what must be checked, and what is made of what was decoded."""

    decoded: Any
    check: Callable[[Any], None] | None = None
    convert: Callable[[Any], Any] | None = None


def _mirror(model: type[BaseModel]) -> tuple[Any, Callable[[Any], None] | None]:
    """The struct that mirrors a model, and what is still to be done with one that has been decoded."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    kinds: dict[str, _Kind] = {}
    for name, field in model.model_fields.items():
        kinds[name] = kind = _kind(field.annotation, field.metadata)
        if field.is_required():
            fields.append((name, kind.decoded))
        elif field.default is None:
            fields.append((name, kind.decoded, None))
        else:
            # By a factory, because defaults by value are left out of JSON, and a model leaves out only ``None``.
            fields.append((name, kind.decoded, msgspec.field(default_factory=_constant(field.default))))
    struct = msgspec.defstruct(
        model.__name__,
        fields,
        namespace={
            "model_copy": _copy,
            **{name: each for name, each in vars(model).items() if isinstance(each, property)},
        },
        kw_only=True,
        omit_defaults=True,
        forbid_unknown_fields=True,
        gc=False,
    )
    checks = tuple(each.func for each in model.__pydantic_decorators__.model_validators.values())
    return struct, _finisher(kinds, checks)


def _filled_in(struct: Any) -> tuple[bytes, ...] | None:
    """The names that a mirror has although its line may not say them, as they begin in a line.

    ``None`` where finding such a name would not tell that it was said in its place: in lists, beside a field of the
    same name, or where anything may stand.
    """
    names: Counter[str] = Counter()
    filled: list[str] = []

    def tells(kind: inspect.Type, *, once: bool = True) -> bool:
        if isinstance(kind, inspect.StructType):
            for field in kind.fields:
                names[field.encode_name] += 1
                if field.default_factory is not msgspec.NODEFAULT:
                    filled.append(field.encode_name)
                    if not once or b'"' in msgspec.json.encode(field.default_factory()):
                        return False
            return all(tells(field.type, once=once) for field in kind.fields)
        if isinstance(kind, inspect.UnionType):
            return all(tells(each, once=once) for each in kind.types)
        if isinstance(kind, inspect.VarTupleType):
            return tells(kind.item_type, once=False)
        if isinstance(kind, inspect.TupleType):
            return all(tells(each, once=False) for each in kind.item_types)
        return isinstance(kind, _LEAVES)

    if not tells(inspect.type_info(struct)) or any(names[name] > 1 for name in filled):
        return None
    return tuple(f'"{name}":'.encode() for name in filled)


def _copy(struct: Any, *, update: dict[str, Any]) -> Any:
    return msgspec.structs.replace(struct, **update)


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _finisher(kinds: dict[str, _Kind], checks: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], None] | None:
    checked = tuple((name, kind.check) for name, kind in kinds.items() if kind.check is not None)
    converted = tuple((name, kind.convert) for name, kind in kinds.items() if kind.convert is not None)
    if not (checked or converted or checks):
        return None

    def finish(struct: Any) -> None:
        for name, check in checked:
            value = getattr(struct, name)
            if value is not None:
                check(value)
        for name, convert in converted:
            value = getattr(struct, name)
            if value is not None:
                setattr(struct, name, convert(value))
        for check in checks:
            check(struct)

    return finish


def _kind(annotation: Any, metadata: Iterable[Any] = ()) -> _Kind:
    """How to read one field. What is not known here is decoded as it is and given to pydantic."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _kind(inner, [*more, *metadata])
    limits, calls = _rules(metadata)
    for known in (_optional, _text, _whole, _decimal, _moment, _several, _nested):
        found = known(annotation, limits, calls)
        if found is not None:
            return found
    whole: Any = Annotated[(annotation, *metadata)] if metadata else annotation
    return _Kind(Any, None, TypeAdapter(whole).validate_python)


_Limits = dict[str, Any]
_Calls = frozenset[Any]


def _rules(metadata: Iterable[Any]) -> tuple[_Limits, _Calls]:
    """What the metadata of pydantic ask: limits by name, and functions to call. The decoder is always strict."""
    limits: _Limits = {}
    calls: set[Any] = set()
    for each in metadata:
        if isinstance(each, AfterValidator | BeforeValidator):
            calls.add(each.func)
        elif isinstance(each, FieldInfo):
            inner, inner_calls = _rules(each.metadata)
            limits.update(inner)
            calls |= inner_calls
        elif isinstance(each, StringConstraints):
            limits.update(vars(each))
        else:
            # Each is a class of one field or more, such as Ge(ge=0); names that nobody knows are for pydantic.
            names = getattr(each, "__dict__", None) or {name: getattr(each, name) for name in _slots(each)}
            limits.update(names or {type(each).__name__: True})
    plain = {name: value for name, value in limits.items() if value is not None and name != "strict"}
    return plain, frozenset(calls)


def _slots(instance: object) -> tuple[str, ...]:
    return tuple(getattr(type(instance), "__slots__", ()))


def _optional(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if get_origin(annotation) not in (Union, types.UnionType) or limits or calls:
        return None
    others = [each for each in get_args(annotation) if each is not types.NoneType]
    if len(others) != 1 or len(get_args(annotation)) != 2:
        return None
    kind = _kind(others[0])
    return kind._replace(decoded=Union[kind.decoded, None])  # noqa: UP007 - of a type that is known only now


def _text(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return None if limits or calls else _Kind(annotation)
    # What is not storable is not plain: NUL by its escape, lone surrogates by the decoder.
    if annotation is not str or not calls <= {storable} or not limits.keys() <= {"min_length", "max_length", "pattern"}:
        return None
    if "pattern" in limits:
        # Python's sign for the end matches before a last line break as well.
        limits["pattern"] = re.sub(r"\$$", r"\\Z", str(limits["pattern"]))
    return _Kind(Annotated[str, Meta(**limits)] if limits else str)


def _whole(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if annotation not in (int, bool) or calls or not limits.keys() <= {"ge", "le"}:
        return None
    return _Kind(Annotated[annotation, Meta(**limits)] if limits else annotation)


def _decimal(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    # No negative number is plain, so one bound holds already.
    if annotation is not Decimal or calls != {exact_decimal} or limits.get("ge", 0) != 0:
        return None
    if not limits.keys() <= {"ge", "le"}:
        return None
    return _Kind(Decimal, None if "le" not in limits else _at_most(Decimal(limits["le"])))


def _at_most(most: Decimal) -> Callable[[Decimal], None]:
    def check(value: Decimal) -> None:
        if value > most:
            raise NotPlain

    return check


def _moment(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if annotation is not datetime or limits or calls != {only_text, zoned}:
        return None
    return _Kind(Annotated[str, Meta(pattern=_MOMENT)], None, _utc)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _several(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if get_origin(annotation) is not tuple or calls or not limits.keys() <= {"min_length", "max_length"}:
        return None
    arguments = get_args(annotation)
    kinds = [_kind(each) for each in arguments if each is not Ellipsis]
    if any(kind.convert is not None for kind in kinds):
        return None
    if Ellipsis in arguments:
        check = kinds[0].check
        several: Any = types.GenericAlias(tuple, (kinds[0].decoded, ...))
        return _Kind(Annotated[several, Meta(**limits)] if limits else several, check and _each(check))
    if limits:
        return None
    decoded: Any = types.GenericAlias(tuple, tuple(kind.decoded for kind in kinds))
    checks = [(place, kind.check) for place, kind in enumerate(kinds) if kind.check is not None]
    return _Kind(decoded, _each_in_its_place(checks) if checks else None)


def _each(check: Callable[[Any], None]) -> Callable[[Any], None]:
    def check_each(values: Iterable[Any]) -> None:
        for value in values:
            check(value)

    return check_each


def _each_in_its_place(checks: Sequence[tuple[int, Callable[[Any], None]]]) -> Callable[[Any], None]:
    def check_all(values: Sequence[Any]) -> None:
        for place, check in checks:
            value = values[place]
            if value is not None:
                check(value)

    return check_all


def _nested(annotation: Any, limits: _Limits, calls: _Calls) -> _Kind | None:
    if limits or calls or not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    return _Kind(*_mirror(annotation)) if _has_mirror(annotation) else None


def _has_mirror(model: type[BaseModel]) -> bool:
    """Whether nothing but the types of its fields and checks of the finished model decides what fits."""
    decorators = model.__pydantic_decorators__
    return (
        model.model_config.get("extra") == "forbid"
        and not (decorators.field_validators or decorators.root_validators or decorators.validators)
        and all(each.info.mode == "after" for each in decorators.model_validators.values())
        and not model.__private_attributes__
        and all(field.default_factory is None and field.alias is None for field in model.model_fields.values())
    )
