"""What follows for an upload from the orders of its cases; repeated, it yields nothing."""

from __future__ import annotations

from uuid import UUID

from casework.domain.facts import Command, Event
from casework.domain.orders import BindingOrder
from casework.domain.upload.events import UploadOrdered, UploadOrderLifted
from casework.domain.upload.state import Upload


class BindUpload(Command):
    """An order was recorded in ``case``: it covers the whole upload (case.md, rule 1)."""

    case: UUID
    terms: BindingOrder


class ReleaseUpload(Command):
    """The order with these terms was lifted in ``case``, or ran out there."""

    case: UUID
    terms: BindingOrder
    ran_out: bool


UploadCommand = BindUpload | ReleaseUpload


def bind_upload(upload: Upload, command: BindUpload) -> tuple[Event, ...]:
    """The order counts from now on. One that stands already, as from another case, yields no event."""
    if upload.standing(command.terms) is not None:
        return ()
    return (
        UploadOrdered(
            upload=upload.id,
            upload_version=upload.upload_version,
            order=len(upload.orders) + 1,
            case=command.case,
            terms=command.terms,
        ),
    )


def release_upload(upload: Upload, command: ReleaseUpload) -> tuple[Event, ...]:
    """The order counts no more, in no case. One that is unknown, or lifted already, yields no event."""
    order = upload.standing(command.terms)
    if order is None:
        return ()
    return (
        UploadOrderLifted(
            upload=upload.id,
            upload_version=upload.upload_version,
            order=order.number,
            case=command.case,
            ran_out=command.ran_out,
        ),
    )


def decide(upload: Upload, command: UploadCommand) -> tuple[Event, ...]:
    """What the command leads to."""
    return bind_upload(upload, command) if isinstance(command, BindUpload) else release_upload(upload, command)
