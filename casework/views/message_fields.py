"""A message that somebody else wrote, as lines that can be shown: where each value stands, and the value as plain text.

Nothing of it is taken for markup or for a link, and signs that cannot be seen, or that turn the line round, are named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_FIELDS = 200
LONGEST_SHOWN = 300
"""Signs of a name or a value that are shown."""


@dataclass(frozen=True, slots=True)
class MessageField:
    """One value: its JSON pointer, its text, and whether that is cut."""

    pointer: str
    text: str
    cut: bool


@dataclass(frozen=True, slots=True)
class MessageFields:
    """The first fields of a message; ``more``: whether there are others. ``readable``: whether it is JSON at all."""

    fields: tuple[MessageField, ...] = ()
    more: bool = False
    readable: bool = True


def message_fields(body: bytes) -> MessageFields:
    """The fields of a message in their order."""
    try:
        document = json.loads(body.decode("utf-8"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return MessageFields(readable=False)
    found: list[MessageField] = []
    for pointer, value in _values(document):
        if len(found) == MOST_FIELDS:
            return MessageFields(tuple(found), more=True)
        text = _visible(value)
        found.append(MessageField(_visible(pointer)[0], *text))
    return MessageFields(tuple(found))


def _values(document: Any) -> Iterator[tuple[str, str]]:
    """Every value with its pointer; on a stack of our own, as somebody else decides how deep a message is."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict) and value:
            inside = [(f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", one) for name, one in value.items()]
        elif isinstance(value, list) and value:
            inside = [(f"{pointer}/{number}", one) for number, one in enumerate(value)]
        else:
            yield pointer or "/", value if isinstance(value, str) else json.dumps(value)
            continue
        waiting += reversed(inside)


def _visible(text: str) -> tuple[str, bool]:
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:LONGEST_SHOWN])
    return shown, len(text) > LONGEST_SHOWN
