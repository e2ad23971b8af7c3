"""What stands in the body of a step: a frozen form that refuses what it does not know and names each field at fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from casework.domain.values import storable
from casework.errors import FieldError, Invalid
from casework.intake import field_errors


def typed(text: str) -> str:
    """What somebody typed, without blanks around it; nothing where nobody can see anything in it.

    A text of zero-width characters alone looks empty to whoever has to read and answer it, so it counts as empty.
    """
    return text.strip() if any(letter.isprintable() and not letter.isspace() for letter in text) else ""


def _visible(text: str) -> str:
    if not typed(text):
        raise PydanticCustomError("text_invisible", "must hold something that can be seen")
    return text


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000, strict=True),
    AfterValidator(storable),
    AfterValidator(_visible),
]
"""What a person wrote: not blank, at most 20,000 characters."""

Confirmed = Annotated[bool, Field(strict=True)]
"""Something that a person confirms: ``true`` or ``false``, nothing that could be taken for either."""


class Form(BaseModel):
    """The body of a step; unknown fields are refused.

    ``CHOSEN_BY``: where a step takes one of two forms, the field that tells this one from the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    CHOSEN_BY: ClassVar[str | None] = None

    def faults(self) -> Iterable[FieldError]:
        """What does not fit between the fields, each of which fits by itself."""
        return ()


AnyForm = TypeVar("AnyForm", bound=Form)


def parse(form: type[AnyForm], fields: Any) -> AnyForm:
    """The form from plain data (parsed JSON or the fields of an HTML form). Raises ``Invalid`` naming each field."""
    try:
        found = form.model_validate(fields)
    except ValidationError as error:
        raise Invalid(field_errors(error)) from None
    faults = tuple(found.faults())
    if faults:
        raise Invalid(faults)
    return found


def missing(name: str, when: str) -> FieldError:
    """A field that another field makes necessary; ``when`` says in which case."""
    return FieldError(f"/{name}", "missing", f"{name} is needed {when}")


def superfluous(name: str, when: str) -> FieldError:
    """A field that another field leaves no room for; ``when`` says in which case."""
    return FieldError(f"/{name}", "extra_forbidden", f"{name} cannot be given {when}")


def unconfirmed(name: str, what: str) -> FieldError:
    """Something that must be ``true`` for the step to be taken; ``what`` says what that stands for."""
    return FieldError(f"/{name}", "must_be_true", f"{name} must be true: {what}")
