"""The facts of one upload version: which binding orders cover it. They follow from those of its cases."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.orders import BindingOrder
from casework.domain.values import Count, Identifier

Number = Annotated[int, Field(ge=1)]
"""Counts the orders on one upload version from 1."""


class UploadEvent(Event):
    """What happened to this version of the upload with this id, as matching engines name it."""

    upload: Identifier
    upload_version: Count


class UploadOrdered(UploadEvent):
    """An order that was recorded in one case binds the upload: it decides later matches and lies over other cases."""

    TOPIC: ClassVar[str] = "upload.ordered"

    order: Number
    case: UUID
    terms: BindingOrder


class UploadOrderLifted(UploadEvent):
    """The order no longer holds, as recorded in ``case``: lifted by whoever made it, or run out."""

    TOPIC: ClassVar[str] = "upload.order_lifted"

    order: Number
    case: UUID
    ran_out: bool


EVENTS: tuple[type[Event], ...] = (UploadOrdered, UploadOrderLifted)
