"""Cases that are about the same upload: what the public sees of it, and what orders say of it.

The read model says where to look; what counts is read from the log of each case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from casework.domain.case.evolution import fold
from casework.domain.case.state import Case
from casework.domain.case.upload import order_on, seen_by_public
from casework.domain.values import Availability
from casework.eventlog.store import EventLog
from casework.views.models.cases import list_linked, list_ordered
from casework.views.models.catch_up import Views


class UploadVersion(NamedTuple):
    """One version of an upload, as engines name it."""

    id: str
    version: int


OrdersOn = Callable[[Sequence[UploadVersion]], Mapping[UploadVersion, Availability]]
"""What binding orders say of some uploads; those without an order are missing."""


def nothing_ordered(uploads: Sequence[UploadVersion]) -> Mapping[UploadVersion, Availability]:
    """Where no order is on record."""
    return {}


class Uploads:
    """Answers for one application."""

    def __init__(self, log: EventLog, views: Views) -> None:
        self._log = log
        self._views = views

    def orders_on(self, uploads: Sequence[UploadVersion]) -> Mapping[UploadVersion, Availability]:
        """What binding orders in force say of these uploads, by one query where there are none."""
        if not uploads:
            return {}
        wanted = set(uploads)
        with self._views.engine.connect() as connection:
            rows = list_ordered(connection, self._views.tables("cases"), sorted({upload.id for upload in wanted}))
        found: dict[UploadVersion, list[UUID]] = {}
        for row in rows:
            upload = UploadVersion(row.upload_id, row.upload_version)
            if upload in wanted:
                found.setdefault(upload, []).append(row.case_id)
        ordered = {upload: order_on(self._cases(streams)) for upload, streams in found.items()}
        return {upload: order for upload, order in ordered.items() if order is not None}

    def seen_by_public(self, case_id: UUID, case: Case) -> Availability:
        """What the public sees of the upload of this case, all cases about it taken together."""
        upload = case.decision.upload
        with self._views.engine.connect() as connection:
            rows = list_linked(connection, self._views.tables("cases"), upload.id, upload.version, case_id)
        return seen_by_public((case, *self._cases([row.case_id for row in rows])))

    def _cases(self, streams: Sequence[UUID]) -> Sequence[Case]:
        if not streams:
            return ()
        folded = (fold(history) for history in self._log.load_many(list(streams)).values())
        return [case for case in folded if case is not None]
