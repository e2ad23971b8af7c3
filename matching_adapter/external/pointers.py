"""JSON pointers (RFC 6901): checked when they are written down, followed in what strangers send."""

from __future__ import annotations

import re
from typing import Any

MISSING: Any = object()
"""What stands at a place that is not there; JSON's null is there."""

_index = re.compile(r"0|[1-9][0-9]{0,8}").fullmatch


def pointer_parts(pointer: object) -> tuple[str, ...]:
    """Return the names that a pointer leads through; the empty pointer means the whole document.

    Raises:
        ValueError: when it is no pointer.

    """
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")) or len(pointer) > 500:
        raise ValueError("must be a JSON pointer such as /result/score")
    parts = tuple(pointer.split("/")[1:])
    if any(re.search(r"~(?![01])", part) for part in parts):
        raise ValueError("in a JSON pointer ~ is followed by 0 or 1")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def value_at(document: Any, pointer: str) -> Any:
    """Return what stands there, or `MISSING`."""
    for part in pointer_parts(pointer):
        if isinstance(document, dict):
            document = document.get(part, MISSING)
        elif isinstance(document, list) and _index(part) is not None and int(part) < len(document):
            document = document[int(part)]
        else:
            return MISSING
        if document is MISSING:
            return MISSING
    return document
