"""What one person asked for and what came of it: at most one request is open at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased
from casework.domain.facts import Happened, Role


def erasure_stream(side: Role, party: str) -> UUID:
    """The stream of one person's requests."""
    digest = hashlib.sha256(f"erasure:{side.value}:{party}".encode()).digest()
    return UUID(bytes=digest[:16], version=5)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; open until it is answered in one of two ways."""

    number: int
    at: datetime
    answered_at: datetime | None = None
    erased: PersonalDataErased | None = None
    refused: ErasureRefused | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it."""
        return self.answered_at is None


@dataclass(frozen=True, slots=True)
class Requests:
    """All requests of one person. ``version`` counts the events."""

    party: str
    side: Role
    version: int = 0
    requests: tuple[Request, ...] = ()

    @property
    def latest(self) -> Request | None:
        """The last one, whatever became of it."""
        return self.requests[-1] if self.requests else None

    @property
    def open(self) -> Request | None:
        """The one that waits for an answer."""
        return self.latest if self.latest is not None and self.latest.is_open else None


def fold(party: str, side: Role, history: Sequence[Happened]) -> Requests:
    """The requests after their whole history. Raises ``ValueError`` for a fact of something else."""
    found = Requests(party, side)
    for happened in history:
        event, requests = happened.event, found.requests
        if isinstance(event, ErasureRequested):
            requests = (*requests, Request(event.request, happened.occurred))
        elif isinstance(event, PersonalDataErased):
            requests = (*requests[:-1], replace(requests[-1], answered_at=happened.occurred, erased=event))
        elif isinstance(event, ErasureRefused):
            requests = (*requests[:-1], replace(requests[-1], answered_at=happened.occurred, refused=event))
        else:
            raise ValueError(f"requests for erasure cannot go on with {event.TOPIC}")
        found = replace(found, version=found.version + 1, requests=requests)
    return found
