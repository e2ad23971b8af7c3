"""A frozen dataclass with other values in some of its fields: what folds do for every fact, four times as fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # One signature for both, so that the type checker looks at the names and types of the changes.
    from dataclasses import replace as replace  # noqa: PLC0414 - what the type checker may hand on
else:

    def replace(one: Any, /, **changes: Any) -> Any:
        """``one`` with these changes, as ``dataclasses.replace`` has it.

        For frozen dataclasses with slots and at least two fields, all of them given at the start, that do nothing when
        they are made: nothing is run, values go from slot to slot. ``KeyError`` for a field that is not there.
        """
        kind = type(one)
        read, slots = _slots(kind)
        changed = object.__new__(kind)
        for write, value in zip(slots.values(), read(one), strict=True):
            write(changed, value)
        for name, value in changes.items():
            slots[name](changed, value)
        return changed


@cache
def _slots(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, Callable[[Any, Any], None]]]:
    """What reads all fields at once, and what writes each: frozen classes forbid it only by name."""
    names = [field.name for field in fields(kind)]
    return attrgetter(*names), {name: vars(kind)[name].__set__ for name in names}
