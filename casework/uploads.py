"""Cases that are about the same upload: what the public sees of it, and what orders say of it.

The read model says where to look; what counts is read from the log of each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.domain.case.circumstances import RestoredNotice
from casework.domain.case.evolution import fold
from casework.domain.case.intake import case_id
from casework.domain.case.state import Case, Procedure
from casework.domain.case.upload import order_on, seen_by_public
from casework.domain.deadlines import Deadline, Terms, deadlines
from casework.domain.values import Availability
from casework.eventlog.store import EventLog
from casework.views.models.cases import list_linked, list_on_upload
from casework.views.models.catch_up import Views


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """One case about an upload. ``decisive``: it makes the upload what the public sees."""

    id: UUID
    case: Case
    decisive: bool


@dataclass(frozen=True, slots=True)
class UploadView:
    """What the public sees of one version of an upload, and the cases about it in the order of their opening."""

    id: str
    version: int
    availability: Availability
    ordered: Availability | None
    cases: tuple[LinkedCase, ...]


class Uploads:
    """Answers for one application."""

    def __init__(self, log: EventLog, views: Views) -> None:
        self._log = log
        self._views = views

    def seen_by_public(self, this: UUID, case: Case) -> Availability:
        """What the public sees of the upload of this case, all cases about it taken together."""
        upload = case.decision.upload
        with self._views.engine.connect() as connection:
            rows = list_linked(connection, self._views.tables("cases"), upload.id, upload.version, this)
        return seen_by_public((case, *self._cases([row.case_id for row in rows])))

    def view(self, upload_id: str, version: int | None = None) -> UploadView | None:
        """The whole upload, by default its latest version; ``None`` where no case is about it."""
        with self._views.engine.connect() as connection:
            found = list_on_upload(connection, self._views.tables("cases"), upload_id, version)
        if not found:
            return None
        histories = self._log.load_many([row.case_id for row in found])
        cases = [(row.case_id, case) for row in found if (case := fold(histories[row.case_id])) is not None]
        seen, ordered = seen_by_public(case for _id, case in cases), order_on(case for _id, case in cases)
        linked = tuple(LinkedCase(one, case, case.availability is seen) for one, case in cases)
        return UploadView(upload_id, found[0].upload_version, seen, ordered, linked)

    def next_clock(self, case: Case, terms: Terms) -> Deadline | None:
        """The next clock of a case."""
        return next(iter(deadlines(case, terms)), None)

    def restored_notices(self, case: Case) -> tuple[RestoredNotice, ...]:
        """Notices of the same right holder, in other cases of this upload, that counter-notices ended at once."""
        upload, this = case.decision.upload, case_id(case.decision.source, case.decision.decision_id)
        with self._views.engine.connect() as connection:
            rows = list_linked(connection, self._views.tables("cases"), upload.id, upload.version, this)
        restored = Procedure.RESTORED.value
        linked = [one.case_id for one in rows if (one.right_holder, one.notice_stage) == (case.right_holder, restored)]
        found = self._log.load_many(linked) if linked else {}
        return tuple(
            RestoredNotice(stream, notice.number, notice.counter_notices[-1].regime)
            for stream, history in found.items()
            if (other := fold(history)) is not None
            for notice in other.notices
            if notice.restored_at_once
        )

    def _cases(self, streams: Sequence[UUID]) -> Sequence[Case]:
        if not streams:
            return ()
        folded = (fold(history) for history in self._log.load_many(list(streams)).values())
        return [case for case in folded if case is not None]
