"""What the seating of panels needs to know of the cases, from their read model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from casework.domain.case.state import Case
from casework.eventlog.clock import Clock
from casework.views.models.cases import count_owed, list_on_linked, list_ruled_for_party
from casework.views.models.catch_up import Views


class CasesWorkload:
    """Reads rulings owed and given. ``same_party``: how long a ruling keeps from other cases of its parties."""

    def __init__(self, views: Views, clock: Clock, same_party: timedelta = timedelta(0)) -> None:
        self._views = views
        self._clock = clock
        self._same_party = same_party

    def owed(self, reviewers: Sequence[str]) -> Mapping[str, int]:
        """How many rulings each of these reviewers owes now; a moment's lag only makes the choice less even."""
        with self._views.engine.connect() as connection:
            return count_owed(connection, self._views.tables("cases"), reviewers)

    def took_part(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of the same upload and work; brought up to date first (invariant 4)."""
        return self._on_linked(case_id, case, "given")

    def sits_elsewhere(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who owe a ruling on another case of the same upload and work; brought up to date first."""
        return self._on_linked(case_id, case, "owed")

    def heard_party(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled lately on another case of one of its parties; brought up to date first."""
        if not self._same_party:
            return ()
        self._views.catch_up(["cases"])
        since = self._clock.now() - self._same_party
        with self._views.engine.connect() as connection:
            tables = self._views.tables("cases")
            return list_ruled_for_party(connection, tables, (case.uploader, case.right_holder), case_id, since)

    def _on_linked(self, case_id: UUID, case: Case, state: str) -> Sequence[str]:
        self._views.catch_up(["cases"])
        decision = case.decision
        with self._views.engine.connect() as connection:
            tables = self._views.tables("cases")
            return list_on_linked(connection, tables, decision.upload.id, decision.work.id, case_id, (state,))
