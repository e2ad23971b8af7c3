"""Models of values that were checked before: checking them once more would take longer than deciding on them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


class PutTogether(Protocol):
    """Makes a model, or something that can be read like one, of checked values, as ``of_checked`` does."""

    def __call__(self, model: type[M], values: dict[str, Any], /) -> M:
        """The model. Every required field is given."""
        ...


_put = object.__setattr__


def of_checked(model: type[M], values: dict[str, Any]) -> M:
    """A model of values that nobody need check: they were taken from checked ones, or are our own.

    Every required field must be given, each in its final type. As ``model_construct``, without its search for aliases.
    """
    defaults, names = _shape(model)
    made = model.__new__(model)
    _put(made, "__dict__", {**defaults, **values})
    _put(made, "__pydantic_fields_set__", names)
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made


@lru_cache(maxsize=256)
def _shape(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """All fields in the model's order, with their defaults, and their names, which all its frozen instances share.

    The order counts: a model that was read from the log must look the same to the letter (invariant 9).
    """
    fields = model.model_fields
    return {name: None if field.is_required() else field.default for name, field in fields.items()}, set(fields)
