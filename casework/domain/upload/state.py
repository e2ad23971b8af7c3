"""Which orders lie on an upload version, as a fold of its events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from casework.domain.facts import Event, Happened
from casework.domain.orders import BindingOrder
from casework.domain.upload.events import UploadEvent, UploadOrdered, UploadOrderLifted


@dataclass(frozen=True, slots=True)
class UploadOrder:
    """One order on the upload; ``case`` is the one in which it was recorded first."""

    number: int
    case: UUID
    terms: BindingOrder
    lifted_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force: not lifted, and its own time is not over."""
        return self.lifted_at is None and (self.terms.until is None or now < self.terms.until)


@dataclass(frozen=True, slots=True)
class Upload:
    """All orders on one version of an upload. ``version`` counts the events of the record."""

    id: str
    upload_version: int
    version: int = 0
    orders: tuple[UploadOrder, ...] = ()

    def order(self, now: datetime) -> BindingOrder | None:
        """What binds the upload at this moment; of several orders the latest counts, as in a case."""
        found = [one.terms for one in self.orders if one.holds(now)]
        return max(found, key=lambda terms: terms.received_at) if found else None

    def standing(self, terms: BindingOrder) -> UploadOrder | None:
        """The order with these terms, unless it was lifted: so the cases of the upload know that theirs is the same."""
        found = (one for one in self.orders if one.lifted_at is None and one.terms == terms)
        return next(found, None)


@lru_cache(maxsize=10_000)
def upload_stream(upload: str, upload_version: int) -> UUID:
    """The stream of an upload version: derived from its names, so that nothing needs to be looked up."""
    return UUID(bytes=hashlib.sha256(f"upload:{upload_version}:{upload}".encode()).digest()[:16], version=5)


def _ordered(upload: Upload, event: UploadOrdered, happened: Happened) -> Upload:
    return replace(upload, orders=(*upload.orders, UploadOrder(event.order, event.case, event.terms)))


def _lifted(upload: Upload, event: UploadOrderLifted, happened: Happened) -> Upload:
    orders = list(upload.orders)
    orders[event.order - 1] = replace(orders[event.order - 1], lifted_at=happened.occurred)
    return replace(upload, orders=tuple(orders))


EVOLUTIONS: Mapping[type[Event], Callable[[Upload, Any, Happened], Upload]] = {
    UploadOrdered: _ordered,
    UploadOrderLifted: _lifted,
}


def evolve(upload: Upload, happened: Happened) -> Upload:
    """Apply one fact. Raises ``ValueError`` for a fact of something else."""
    event = happened.event
    names = (upload.id, upload.upload_version)
    if not isinstance(event, UploadEvent) or (event.upload, event.upload_version) != names:
        raise ValueError(f"the record of {upload.id} cannot go on with {event.TOPIC}")
    return replace(EVOLUTIONS[type(event)](upload, event, happened), version=upload.version + 1)


def fold(upload_id: str, upload_version: int, history: Iterable[Happened]) -> Upload:
    """The record after its whole history; an empty one for an empty history."""
    upload = Upload(upload_id, upload_version)
    for happened in history:
        upload = evolve(upload, happened)
    return upload
