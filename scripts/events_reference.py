"""Write docs/reference/events.md from the event classes; a test compares the two."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from casework.domain.values import VaultReference
from casework.eventlog.topics import EVENT_TYPES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "events.md"
HEAD = """# Events

This page is made from the event classes by `python -m scripts.events_reference`.

Every event stands in the log in one envelope of canonical JSON: keys sorted, times in UTC with `Z`, decimals as strings
in the form in which they were written, absent optional fields left out.

| key | holds |
|---|---|
| `v` | the version of the data's shape, listed with each event below |
| `at` | when the event was recorded |
| `occurred` | when it happened; for a filtering decision its `decided_at` |
| `by` | `role` and opaque `id` of whoever caused it |
| `cause` | what led to it, where it was not a person; mostly absent |
| `cmd` | the id of the command; the same for all events of one command |
| `data` | the fields below |

Beside the envelope stand the stream (the id of the case; for a party, a work and the platform an id of its own), the
event's number in it, its position in the whole log, and the topic. A topic is never used again for something else. An
*item of the vault* is an id and a salted hash: the words or bytes lie in the vault and not in the log.
"""


def page() -> str:
    """The whole page."""
    values: list[type[BaseModel]] = []
    for event in EVENT_TYPES:
        _collect(event, values)
    parts = [HEAD, "## Topics\n"]
    for event in EVENT_TYPES:
        parts += [f"### `{event.TOPIC}`\n", f"{_summary(event)} Version {event.VERSION}.\n", _table(event)]
    parts.append("## Values in them\n")
    for value in values:
        parts += [f"### {_title(value)}\n", f"{_summary(value)}\n", _table(value)]
    return "\n".join(parts)


def _collect(model: type[BaseModel], found: list[type[BaseModel]]) -> None:
    for field in model.model_fields.values():
        for leaf in _leaves(field.annotation):
            if isinstance(leaf, type) and issubclass(leaf, BaseModel) and leaf not in found:
                if leaf is not VaultReference:
                    found.append(leaf)
                _collect(leaf, found)


def _leaves(annotation: Any) -> Iterator[Any]:
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        arguments = arguments[:1]
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _leaves(argument)


def _table(model: type[BaseModel]) -> str:
    rows = ["| field | holds | presence |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        rows.append(f"| `{name}` | {_holds(field.annotation)} | {_presence(field)} |")
    return "\n".join([*rows, ""])


def _presence(field: FieldInfo) -> str:
    if field.is_required():
        return "always"
    return "optional" if field.default in (None, (), PydanticUndefined) else f"`{str(field.default).lower()}` if absent"


def _holds(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _holds(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_holds(one) for one in arguments if one is not types.NoneType)
    if origin is tuple and arguments[-1] is Ellipsis:
        return f"list: {_holds(arguments[0])}"
    if origin is tuple:
        return " and ".join(_holds(one) for one in arguments)
    if annotation is VaultReference:
        return "item of the vault"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{_title(annotation).lower()}](#{_title(annotation).lower().replace(' ', '-')})"
    return _PLAIN[annotation.__name__]


_PLAIN = {
    "str": "text",
    "int": "whole number",
    "bool": "true or false",
    "Decimal": "exact decimal",
    "date": "day",
    "datetime": "time",
    "UUID": "id of a case",
}


def _title(model: type[BaseModel]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).capitalize()


def _summary(model: type[BaseModel]) -> str:
    """The class's own words, without Python's marks for code and without its pointers into the specification."""
    words = " ".join((model.__doc__ or "").split()).replace("``", "`")
    return re.sub(r" \((?:[A-H]\d|interfaces\.md|design\.md|case\.md|product\.md)[^)]*\)", "", words)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
