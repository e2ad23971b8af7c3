"""Sanction ledgers and records of works as desks list them: a row a party, a suspension, a work, a request for review.

A page about one party or work reads the stream itself; these rows serve lists and their search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.facts import Event, Role
from casework.domain.party.events import (
    ConductAssessed,
    ConductWarned,
    PartyEvent,
    RightSuspended,
    SanctionAppealDecided,
    SanctionAppealLodged,
    SuspensionLifted,
    TrustedFlaggerReported,
    TrustEnded,
    TrustGranted,
)
from casework.domain.party.values import SanctionAppealOutcome, Trust
from casework.domain.work.events import (
    LicenceRecorded,
    OwnershipConfirmed,
    OwnershipFoundFalse,
    PriorReviewAccepted,
    PriorReviewRefused,
    PriorReviewRequested,
    PriorReviewWithdrawn,
    ReferenceReinstated,
    ReferenceWithdrawn,
    WorkEvent,
    WorkNoBlockDelisted,
    WorkNoBlockListed,
)
from casework.domain.work.state import RequestState
from casework.eventlog.codec import Recorded
from casework.views.models.columns import Moment, upsert

Tables = Mapping[str, sa.Table]
LedgerRow = dict[str, Any]


class LedgersModel:
    """The read model."""

    name = "ledgers"
    version = 1

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """Parties with their suspensions, works with their requests for prior review."""
        parties = sa.Table(
            named("parties"),
            metadata,
            sa.Column("party", sa.Text, primary_key=True),
            sa.Column("side", sa.Text, nullable=False),
            sa.Column("changed", sa.BigInteger, nullable=False, index=True),
            sa.Column("changed_at", Moment, nullable=False),
            sa.Column("warnings", sa.Integer, nullable=False),
            sa.Column("assessments", sa.Integer, nullable=False),
            sa.Column("suspensions", sa.Integer, nullable=False),
            sa.Column("reports", sa.Integer, nullable=False),
            sa.Column("trusted", sa.Boolean, nullable=False),
            sa.Column("flagger", sa.Boolean, nullable=False),
        )
        suspensions = sa.Table(
            named("suspensions"),
            metadata,
            sa.Column("party", sa.Text, primary_key=True),
            sa.Column("number", sa.Integer, primary_key=True),
            sa.Column("conduct", sa.Text, nullable=False),
            sa.Column("right", sa.Text, nullable=False),
            sa.Column("starts", Moment, nullable=False),
            sa.Column("ends", Moment, nullable=False),
            sa.Column("lifted_at", Moment),
            sa.Column("appeal", sa.Text),
            sa.Column("appealed_at", Moment, index=True),
        )
        works = sa.Table(
            named("works"),
            metadata,
            sa.Column("work", sa.Text, primary_key=True),
            sa.Column("changed", sa.BigInteger, nullable=False, index=True),
            sa.Column("changed_at", Moment, nullable=False),
            sa.Column("no_block", sa.Text),
            sa.Column("licences", sa.Integer, nullable=False),
            sa.Column("reference_withdrawn", sa.Boolean, nullable=False),
            sa.Column("false_claims", sa.Integer, nullable=False),
        )
        requests = sa.Table(
            named("prior_reviews"),
            metadata,
            sa.Column("work", sa.Text, primary_key=True),
            sa.Column("number", sa.Integer, primary_key=True),
            sa.Column("right_holder", sa.Text, nullable=False),
            sa.Column("ground", sa.Text, nullable=False),
            sa.Column("requested", sa.BigInteger, nullable=False),
            sa.Column("requested_at", Moment, nullable=False),
            sa.Column("starts", Moment, nullable=False),
            sa.Column("ends", Moment, nullable=False),
            sa.Column("answer", sa.Text, nullable=False),
        )
        sa.Index(None, requests.c.right_holder, requests.c.requested)
        sa.Index(None, requests.c.answer, requests.c.ends)
        return {"parties": parties, "suspensions": suspensions, "works": works, "prior_reviews": requests}

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Apply a page: the rows that it touches are read once, changed in memory and written back in bulk."""
        ours = [one for one in events if isinstance(one.event, PartyEvent | WorkEvent)]
        if not ours:
            return
        page = _Page()
        page.load(connection, tables, ours)
        for recorded in ours:
            page.apply(recorded)
        page.save(connection, tables)


class _Page:
    """The rows that one page of events touches."""

    def __init__(self) -> None:
        self._parties: dict[str, LedgerRow] = {}
        self._suspensions: dict[tuple[str, int], LedgerRow] = {}
        self._works: dict[str, LedgerRow] = {}
        self._requests: dict[tuple[str, int], LedgerRow] = {}

    def load(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Read what is there of these parties and works."""
        parties = sorted({one.event.party for one in events if isinstance(one.event, PartyEvent)})
        works = sorted({one.event.work for one in events if isinstance(one.event, WorkEvent)})
        for row in _chunked(connection, tables["parties"], "party", parties):
            self._parties[row["party"]] = row
        for row in _chunked(connection, tables["suspensions"], "party", parties):
            self._suspensions[row["party"], row["number"]] = row
        for row in _chunked(connection, tables["works"], "work", works):
            self._works[row["work"]] = row
        for row in _chunked(connection, tables["prior_reviews"], "work", works):
            self._requests[row["work"], row["number"]] = row

    def apply(self, recorded: Recorded) -> None:
        """Change the rows as one event says; events that no list shows only move the row forward."""
        event = recorded.event
        row = self._party(event) if isinstance(event, PartyEvent) else self._work(event)
        row["changed"], row["changed_at"] = recorded.position, recorded.recorded
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, row, event, recorded)

    def _party(self, event: PartyEvent) -> LedgerRow:
        if event.party not in self._parties:
            counts = dict.fromkeys(("warnings", "assessments", "suspensions", "reports"), 0)
            trust = {"trusted": False, "flagger": False}
            self._parties[event.party] = {"party": event.party, "side": event.side.value, **counts, **trust}
        return self._parties[event.party]

    def _work(self, event: Any) -> LedgerRow:
        if event.work not in self._works:
            nothing = {"no_block": None, "licences": 0, "reference_withdrawn": False, "false_claims": 0}
            self._works[event.work] = {"work": event.work, **nothing}
        return self._works[event.work]

    def suspend(self, row: LedgerRow, event: RightSuspended, recorded: Recorded) -> None:
        """One right more is suspended."""
        row["suspensions"] += 1
        self._suspensions[event.party, event.suspension] = {
            "party": event.party,
            "number": event.suspension,
            "conduct": event.conduct.value,
            "right": event.right.value,
            "starts": event.starts,
            "ends": event.ends,
            "lifted_at": None,
            "appeal": None,
            "appealed_at": None,
        }

    def lift(self, row: LedgerRow, event: SuspensionLifted, recorded: Recorded) -> None:
        """It ended early."""
        self._suspensions[event.party, event.suspension]["lifted_at"] = recorded.recorded

    def appeal(self, row: LedgerRow, event: SanctionAppealLodged, recorded: Recorded) -> None:
        """An appeal waits for an officer."""
        self._suspensions[event.party, event.suspension].update(appeal="open", appealed_at=recorded.recorded)

    def decide(self, row: LedgerRow, event: SanctionAppealDecided, recorded: Recorded) -> None:
        """It waits no more."""
        suspension = self._suspensions[event.party, event.suspension]
        suspension["appeal"] = event.outcome.value
        if event.outcome is SanctionAppealOutcome.LIFTED and suspension["lifted_at"] is None:
            suspension["lifted_at"] = recorded.recorded

    def trust(self, row: LedgerRow, event: TrustGranted | TrustEnded, recorded: Recorded) -> None:
        """Trusted, or no more."""
        name = "trusted" if event.trust is Trust.RIGHT_HOLDER else "flagger"
        row[name] = isinstance(event, TrustGranted)

    def request(self, row: LedgerRow, event: PriorReviewRequested, recorded: Recorded) -> None:
        """A request waits for an answer."""
        self._requests[event.work, event.request] = {
            "work": event.work,
            "number": event.request,
            "right_holder": event.right_holder,
            "ground": event.ground.value,
            "requested": recorded.position,
            "requested_at": recorded.recorded,
            "starts": event.starts,
            "ends": event.ends,
            "answer": RequestState.REQUESTED.value,
        }

    def answer(
        self,
        row: LedgerRow,
        event: PriorReviewAccepted | PriorReviewRefused | PriorReviewWithdrawn,
        recorded: Recorded,
    ) -> None:
        """It waits no more."""
        self._requests[event.work, event.request]["answer"] = _ANSWERS[type(event)].value

    def save(self, connection: Connection, tables: Tables) -> None:
        """Write all rows back, one statement a table."""
        upsert(connection, tables["parties"], list(self._parties.values()))
        upsert(connection, tables["suspensions"], list(self._suspensions.values()))
        upsert(connection, tables["works"], list(self._works.values()))
        upsert(connection, tables["prior_reviews"], list(self._requests.values()))


def _chunked(connection: Connection, table: sa.Table, column: str, wanted: Sequence[str]) -> list[LedgerRow]:
    found: list[LedgerRow] = []
    for start in range(0, len(wanted), 500):
        rows = connection.execute(sa.select(table).where(table.c[column].in_(wanted[start : start + 500])))
        found += [dict(row._mapping) for row in rows]
    return found


def _counting(name: str, step: int = 1) -> Callable[[_Page, LedgerRow, Any, Recorded], None]:
    def count(page: _Page, row: LedgerRow, event: Any, recorded: Recorded) -> None:
        row[name] += step

    return count


def _setting(name: str, value: Callable[[Any], Any]) -> Callable[[_Page, LedgerRow, Any, Recorded], None]:
    def put(page: _Page, row: LedgerRow, event: Any, recorded: Recorded) -> None:
        row[name] = value(event)

    return put


_ANSWERS: Mapping[type[Event], RequestState] = {
    PriorReviewAccepted: RequestState.ACCEPTED,
    PriorReviewRefused: RequestState.REFUSED,
    PriorReviewWithdrawn: RequestState.WITHDRAWN,
}

_CHANGES: Mapping[type[Event], Callable[[_Page, LedgerRow, Any, Recorded], None]] = {
    ConductWarned: _counting("warnings"),
    ConductAssessed: _counting("assessments"),
    RightSuspended: _Page.suspend,
    SuspensionLifted: _Page.lift,
    SanctionAppealLodged: _Page.appeal,
    SanctionAppealDecided: _Page.decide,
    TrustGranted: _Page.trust,
    TrustEnded: _Page.trust,
    TrustedFlaggerReported: _counting("reports"),
    WorkNoBlockListed: _setting("no_block", lambda event: event.reason.value),
    WorkNoBlockDelisted: _setting("no_block", lambda event: None),
    LicenceRecorded: _counting("licences"),
    PriorReviewRequested: _Page.request,
    PriorReviewAccepted: _Page.answer,
    PriorReviewRefused: _Page.answer,
    PriorReviewWithdrawn: _Page.answer,
    ReferenceWithdrawn: _setting("reference_withdrawn", lambda event: True),
    ReferenceReinstated: _setting("reference_withdrawn", lambda event: False),
    OwnershipFoundFalse: _counting("false_claims"),
    OwnershipConfirmed: _counting("false_claims", -1),
}


# Queries. Each takes the live tables of the view (``Views.tables("ledgers")``).


def list_parties(
    connection: Connection,
    tables: Tables,
    *,
    side: Role | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Parties with a ledger, the latest change first; ``before`` is the last party of the page before."""
    parties = tables["parties"]
    query = sa.select(parties).order_by(parties.c.changed.desc()).limit(limit)
    if side is not None:
        query = query.where(parties.c.side == side.value)
    if before is not None:
        last = parties.alias()
        query = query.where(
            parties.c.changed < sa.select(last.c.changed).where(last.c.party == before).scalar_subquery()
        )
    return list(connection.execute(query))


def find_party(connection: Connection, tables: Tables, party: str) -> Row[Any] | None:
    """The row of one party."""
    parties = tables["parties"]
    return connection.execute(sa.select(parties).where(parties.c.party == party)).one_or_none()


def list_running(
    connection: Connection, tables: Tables, parties: Sequence[str], now: datetime
) -> dict[str, list[Row[Any]]]:
    """The suspensions of these parties that are not over, by party."""
    suspensions = tables["suspensions"]
    query = (
        sa.select(suspensions)
        .where(
            suspensions.c.party.in_(parties),
            suspensions.c.lifted_at.is_(None),
            suspensions.c.ends > now,
        )
        .order_by(suspensions.c.party, suspensions.c.number)
    )
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.party, []).append(row)
    return found


def list_open_sanction_appeals(connection: Connection, tables: Tables, *, limit: int = 50) -> list[Row[Any]]:
    """Appeals against suspensions that wait for an officer, the oldest first."""
    suspensions = tables["suspensions"]
    query = sa.select(suspensions).where(suspensions.c.appeal == "open").order_by(suspensions.c.appealed_at)
    return list(connection.execute(query.limit(limit)))


def list_works(connection: Connection, tables: Tables, *, before: str | None = None, limit: int = 50) -> list[Row[Any]]:
    """Works of which anything is recorded, the latest change first; ``before`` is the last work of the page before."""
    works = tables["works"]
    query = sa.select(works).order_by(works.c.changed.desc()).limit(limit)
    if before is not None:
        last = works.alias()
        query = query.where(works.c.changed < sa.select(last.c.changed).where(last.c.work == before).scalar_subquery())
    return list(connection.execute(query))


def list_prior_reviews(
    connection: Connection,
    tables: Tables,
    *,
    right_holder: str | None = None,
    waiting_at: datetime | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Requests for prior review: of one right holder, the newest first, or those that wait for an answer now."""
    requests = tables["prior_reviews"]
    query = sa.select(requests).limit(limit)
    if right_holder is not None:
        query = query.where(requests.c.right_holder == right_holder).order_by(requests.c.requested.desc())
    if waiting_at is not None:
        waiting = requests.c.answer == RequestState.REQUESTED.value
        query = query.where(waiting, requests.c.ends > waiting_at).order_by(requests.c.ends)
    return list(connection.execute(query))
