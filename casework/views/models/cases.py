"""The cases as desks and the API list them: one row a case, the rulings that are owed, and tallies for the overview.

A page about one case reads the case itself from the log; these rows serve lists, queues and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    RulingIssued,
    RulingSubmitted,
)
from casework.domain.case.state import AppealKind, Procedure
from casework.domain.decision import ACTIONS, AVAILABILITIES
from casework.domain.facts import Event
from casework.domain.standard.standard import Standards
from casework.domain.values import Availability
from casework.eventlog.codec import Recorded
from casework.views.models.columns import Moment, insert_into, upsert

OPEN_APPEAL = (Procedure.ADJUDICATION.value, Procedure.PANEL.value, Procedure.RE_REVIEW.value)


class CasesModel:
    """The read model; ``standards`` give the day on which a ruling is due."""

    name = "cases"
    version = 1

    def __init__(self, standards: Standards) -> None:
        self._standards = standards

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        """One row a case, one row a ruling owed or given, one row a tally."""
        cases = sa.Table(
            named("cases"),
            metadata,
            sa.Column("case_id", sa.Uuid, primary_key=True),
            sa.Column("opened", sa.BigInteger, nullable=False, unique=True),
            sa.Column("changed", sa.BigInteger, nullable=False),
            sa.Column("source", sa.Text, nullable=False),
            sa.Column("decision_id", sa.Text, nullable=False, index=True),
            sa.Column("decided_at", Moment, nullable=False),
            sa.Column("informed_at", Moment, nullable=False),
            sa.Column("upload_id", sa.Text, nullable=False),
            sa.Column("upload_version", sa.BigInteger, nullable=False),
            sa.Column("uploader", sa.Text, nullable=False, index=True),
            sa.Column("work_id", sa.Text, nullable=False, index=True),
            sa.Column("work_title", sa.Text, nullable=False),
            sa.Column("right_holder", sa.Text, nullable=False),
            sa.Column("medium", sa.Text, nullable=False),
            sa.Column("language", sa.Text),
            sa.Column("share", sa.Text),
            sa.Column("outcome", sa.Text, nullable=False),
            sa.Column("rule", sa.Text, nullable=False),
            sa.Column("standard", sa.Text, nullable=False),
            sa.Column("procedure", sa.Text, nullable=False),
            sa.Column("availability", sa.Text, nullable=False),
            sa.Column("marked_at", Moment),
            sa.Column("appeal_kind", sa.Text),
            sa.Column("appeal_ground", sa.Text),
            sa.Column("appeal_lodged_at", Moment),
            sa.Column("comments_until", Moment),
            sa.Column("ruling_due", Moment),
            sa.Column("seated", sa.Boolean, nullable=False),
            sa.Column("ruling", sa.Text),
            sa.Column("ruled_at", Moment),
        )
        sa.Index(None, cases.c.right_holder, cases.c.procedure, cases.c.opened)
        sa.Index(None, cases.c.procedure, cases.c.ruling_due, cases.c.case_id)
        sa.Index(None, cases.c.upload_id, cases.c.upload_version)
        assignments = sa.Table(
            named("assignments"),
            metadata,
            sa.Column("case_id", sa.Uuid, primary_key=True),
            sa.Column("reviewer", sa.Text, primary_key=True),
            sa.Column("seat", sa.Text, nullable=False),
            sa.Column("appeal_kind", sa.Text, nullable=False),
            sa.Column("assigned_at", Moment, nullable=False),
            sa.Column("due", Moment, nullable=False),
            sa.Column("state", sa.Text, nullable=False),
            sa.Column("ruled_at", Moment),
        )
        # Each serves one list in its order to the last column, so that no list costs more the longer it grows.
        sa.Index(None, assignments.c.reviewer, assignments.c.state, assignments.c.due, assignments.c.case_id)
        sa.Index(None, assignments.c.reviewer, assignments.c.state, assignments.c.ruled_at, assignments.c.case_id)
        tallies = sa.Table(
            named("tallies"),
            metadata,
            sa.Column("kind", sa.Text, primary_key=True),
            sa.Column("value", sa.Text, primary_key=True),
            sa.Column("number", sa.BigInteger, nullable=False),
        )
        return {"cases": cases, "assignments": assignments, "tallies": tallies}

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        """Apply a page: rows are read once, changed in memory and written back in bulk."""
        page = _Page(self._standards)
        page.load(connection, tables, {recorded.stream for recorded in events})
        for recorded in events:
            page.apply(recorded)
        page.save(connection, tables)


CaseRow = dict[str, Any]


class _Page:
    """The rows that one page of events touches."""

    def __init__(self, standards: Standards) -> None:
        self._standards = standards
        self._cases: dict[UUID, CaseRow] = {}
        self._assignments: dict[tuple[UUID, str], CaseRow] = {}
        self._tallies: dict[tuple[str, str], int] = {}

    def load(self, connection: Connection, tables: Mapping[str, sa.Table], streams: set[UUID]) -> None:
        """Read what is there of these cases."""
        ordered = sorted(streams)
        for start in range(0, len(ordered), 500):
            some = ordered[start : start + 500]
            cases, assignments = tables["cases"], tables["assignments"]
            for row in connection.execute(sa.select(cases).where(cases.c.case_id.in_(some))):
                self._cases[row.case_id] = dict(row._mapping)
            for row in connection.execute(sa.select(assignments).where(assignments.c.case_id.in_(some))):
                self._assignments[row.case_id, row.reviewer] = dict(row._mapping)

    def apply(self, recorded: Recorded) -> None:
        """Change the rows as one event says; events that no list shows only move the row forward."""
        event = recorded.event
        if isinstance(event, FilteringDecisionRecorded):
            self._open(event, recorded)
            return
        row = self._cases.get(recorded.stream)
        if row is None:
            return
        before = (row["procedure"], row["availability"])
        row["changed"] = recorded.position
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, row, event, recorded)
        after = (row["procedure"], row["availability"])
        for kind, old, new in zip(("procedure", "availability"), before, after, strict=True):
            if old != new:
                self._count(kind, old, -1)
                self._count(kind, new, 1)

    def _count(self, kind: str, value: str, number: int) -> None:
        self._tallies[kind, value] = self._tallies.get((kind, value), 0) + number

    def _open(self, event: FilteringDecisionRecorded, recorded: Recorded) -> None:
        share = event.evidence.share_of_upload
        self._cases[recorded.stream] = {
            "case_id": recorded.stream,
            "opened": recorded.position,
            "changed": recorded.position,
            "source": event.source,
            "decision_id": event.decision_id,
            "decided_at": event.decided_at,
            "informed_at": recorded.recorded,
            "upload_id": event.upload.id,
            "upload_version": event.upload.version,
            "uploader": event.upload.uploader,
            "work_id": event.work.id,
            "work_title": event.work.title,
            "right_holder": event.work.right_holder,
            "medium": event.upload.medium.value,
            "language": event.upload.language,
            "share": None if share is None else str(share),
            "outcome": event.outcome.value,
            "rule": event.rule.value,
            "standard": event.standard,
            "procedure": event.outcome.value,
            "availability": AVAILABILITIES[ACTIONS[event.outcome]].value,
            "marked_at": None,
            "appeal_kind": None,
            "appeal_ground": None,
            "appeal_lodged_at": None,
            "comments_until": None,
            "ruling_due": None,
            "seated": False,
            "ruling": None,
            "ruled_at": None,
        }
        self._count("outcome", event.outcome.value, 1)
        self._count("procedure", event.outcome.value, 1)
        self._count("availability", AVAILABILITIES[ACTIONS[event.outcome]].value, 1)

    def mark(self, row: CaseRow, event: LawfulUseMarked, recorded: Recorded) -> None:
        """The upload is public on the uploader's word."""
        row.update(
            procedure=Procedure.MARKED_LAWFUL.value,
            availability=Availability.PUBLIC.value,
            marked_at=recorded.recorded,
        )

    def appeal(self, row: CaseRow, event: ContestLodged | ChallengeLodged, recorded: Recorded) -> None:
        """The clock of the ruling runs from lodging."""
        contest = isinstance(event, ContestLodged)
        clocks = self._standards[row["standard"]].procedure
        row.update(
            procedure=Procedure.ADJUDICATION.value,
            appeal_kind=(AppealKind.CONTEST if contest else AppealKind.CHALLENGE).value,
            appeal_ground=event.ground.value,
            appeal_lodged_at=recorded.occurred,
            comments_until=recorded.occurred + clocks.comment_window,
            ruling_due=recorded.occurred + clocks.ruling_due,
            seated=False,
        )
        if isinstance(event, ContestLodged) and event.restored:
            row["availability"] = Availability.PUBLIC.value

    def seat(self, row: CaseRow, event: PanelAssigned, recorded: Recorded) -> None:
        """Two rulings are owed."""
        row.update(procedure=Procedure.PANEL.value, seated=True)
        for reviewer in event.reviewers:
            self._owe(row, reviewer, "panel", recorded)

    def seat_third(self, row: CaseRow, event: ReReviewerAssigned, recorded: Recorded) -> None:
        """A third ruling is owed."""
        row["seated"] = True
        self._owe(row, event.reviewer, "re_review", recorded)

    def _owe(self, row: CaseRow, reviewer: str, seat: str, recorded: Recorded) -> None:
        self._assignments[row["case_id"], reviewer] = {
            "case_id": row["case_id"],
            "reviewer": reviewer,
            "seat": seat,
            "appeal_kind": row["appeal_kind"],
            "assigned_at": recorded.occurred,
            "due": row["ruling_due"],
            "state": "owed",
            "ruled_at": None,
        }

    def rule(self, row: CaseRow, event: RulingSubmitted, recorded: Recorded) -> None:
        """One ruling less is owed."""
        owed = self._assignments[row["case_id"], event.reviewer]
        owed.update(state="given", ruled_at=recorded.occurred)

    def disagree(self, row: CaseRow, event: PanelDisagreed, recorded: Recorded) -> None:
        """A third person is needed."""
        row.update(procedure=Procedure.RE_REVIEW.value, seated=False)

    def issue(self, row: CaseRow, event: RulingIssued, recorded: Recorded) -> None:
        """The appeal is decided."""
        row.update(
            procedure=Procedure.DECIDED.value,
            availability=event.availability.value,
            ruling=event.outcome.value,
            ruled_at=recorded.occurred,
        )

    def withdraw(self, row: CaseRow, event: AppealWithdrawn, recorded: Recorded) -> None:
        """Nothing is owed any more."""
        row.update(procedure=Procedure.CLOSED.value, availability=event.availability.value)
        for (case_id, _), owed in self._assignments.items():
            if case_id == row["case_id"] and owed["state"] == "owed":
                owed["state"] = "dropped"

    def save(self, connection: Connection, tables: Mapping[str, sa.Table]) -> None:
        """Write all rows back, one statement a table."""
        upsert(connection, tables["cases"], list(self._cases.values()))
        upsert(connection, tables["assignments"], list(self._assignments.values()))
        tallies = tables["tallies"]
        rows = [{"kind": kind, "value": value, "number": n} for (kind, value), n in self._tallies.items() if n]
        if rows:
            insert = insert_into(connection, tallies)
            added = tallies.c.number + insert.excluded.number
            connection.execute(
                insert.on_conflict_do_update(index_elements=["kind", "value"], set_={"number": added}), rows
            )


_CHANGES: Mapping[type[Event], Callable[[_Page, CaseRow, Any, Recorded], None]] = {
    LawfulUseMarked: _Page.mark,
    ContestLodged: _Page.appeal,
    ChallengeLodged: _Page.appeal,
    PanelAssigned: _Page.seat,
    ReReviewerAssigned: _Page.seat_third,
    RulingSubmitted: _Page.rule,
    PanelDisagreed: _Page.disagree,
    RulingIssued: _Page.issue,
    AppealWithdrawn: _Page.withdraw,
}


# Queries. Each takes the live tables of the view (``Views.tables("cases")``) and reads by an index.


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of cases is narrowed to; ``None`` means everything. ``reviewer``: who sits or sat on the case."""

    procedures: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] | None = None
    right_holder: str | None = None
    uploader: str | None = None
    upload_id: str | None = None
    work_id: str | None = None
    decision_id: str | None = None
    medium: str | None = None
    ruling: str | None = None
    reviewer: str | None = None


def list_cases(
    connection: Connection,
    tables: Mapping[str, sa.Table],
    filters: Filters,
    *,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Newest first, at most ``limit``; ``before`` is the last case of the page before.

    Not its place in the log: by that, who turns pages could count what happened in between, sealed rulings too (E1).
    """
    cases = tables["cases"]
    query = sa.select(cases).order_by(cases.c.opened.desc()).limit(limit)
    if before is not None:
        last = cases.alias()
        place = sa.select(last.c.opened).where(last.c.case_id == before)
        if filters.right_holder is not None:  # somebody else's case would tell that there is such a case, and from when
            place = place.where(last.c.right_holder == filters.right_holder)
        query = query.where(cases.c.opened < place.scalar_subquery())
    if filters.procedures is not None:
        query = query.where(cases.c.procedure.in_(filters.procedures))
    if filters.outcomes is not None:
        query = query.where(cases.c.outcome.in_(filters.outcomes))
    for name in ("right_holder", "uploader", "upload_id", "work_id", "decision_id", "medium", "ruling"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(cases.c[name] == value)
    if filters.reviewer is not None:
        seats = tables["assignments"]
        seated = sa.select(seats.c.case_id).where(seats.c.reviewer == filters.reviewer)
        query = query.where(cases.c.case_id.in_(seated))
    return list(connection.execute(query))


def find_case(connection: Connection, tables: Mapping[str, sa.Table], case_id: UUID) -> Row[Any] | None:
    """The row of one case."""
    cases = tables["cases"]
    return connection.execute(sa.select(cases).where(cases.c.case_id == case_id)).one_or_none()


def list_owed(
    connection: Connection, tables: Mapping[str, sa.Table], reviewer: str, *, limit: int = 50
) -> list[Row[Any]]:
    """The rulings that a reviewer owes, by legal deadline, each with the row of its case."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.seat, assignments.c.assigned_at, assignments.c.due, cases)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(assignments.c.reviewer == reviewer, assignments.c.state == "owed")
        .order_by(assignments.c.due, assignments.c.case_id)
        .limit(limit)
    )
    return list(connection.execute(query))


def list_given(
    connection: Connection, tables: Mapping[str, sa.Table], reviewer: str, *, limit: int = 20
) -> list[Row[Any]]:
    """The rulings that a reviewer has given, latest first, each with the row of its case."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.seat, assignments.c.ruled_at.label("given_at"), cases)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(assignments.c.reviewer == reviewer, assignments.c.state == "given")
        .order_by(assignments.c.ruled_at.desc(), assignments.c.case_id.desc())
        .limit(limit)
    )
    return list(connection.execute(query))


def count_owed(
    connection: Connection, tables: Mapping[str, sa.Table], reviewers: Sequence[str] | None = None
) -> dict[str, int]:
    """How many rulings each reviewer owes; those who owe none are missing."""
    assignments = tables["assignments"]
    query = (
        sa.select(assignments.c.reviewer, sa.func.count())
        .where(assignments.c.state == "owed")
        .group_by(assignments.c.reviewer)
    )
    if reviewers is not None:
        query = query.where(assignments.c.reviewer.in_(reviewers))
    return {row[0]: row[1] for row in connection.execute(query)}


def list_on_linked(
    connection: Connection,
    tables: Mapping[str, sa.Table],
    upload_id: str,
    work_id: str,
    besides: UUID,
    states: Sequence[str] = ("given", "owed"),
) -> list[str]:
    """Reviewers who gave or owe a ruling on another case of the same upload and work (invariant 4)."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.reviewer)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(cases.c.upload_id == upload_id, cases.c.work_id == work_id, cases.c.case_id != besides)
        .where(assignments.c.state.in_(states))
        .distinct()
    )
    return [row[0] for row in connection.execute(query)]


def list_waiting_for_seats(
    connection: Connection, tables: Mapping[str, sa.Table], *, now: datetime | None = None, limit: int = 500
) -> list[Row[Any]]:
    """Open appeals without a panel or third reviewer, by deadline; with ``now``, only where one is due by then."""
    cases = tables["cases"]
    query = (
        sa.select(cases)
        .where(
            cases.c.procedure.in_([Procedure.ADJUDICATION.value, Procedure.RE_REVIEW.value]),
            cases.c.seated.is_(False),
        )
        .order_by(cases.c.ruling_due, cases.c.case_id)
        .limit(limit)
    )
    if now is not None:
        heard = cases.c.comments_until <= now
        query = query.where(sa.or_(cases.c.procedure == Procedure.RE_REVIEW.value, heard))
    return list(connection.execute(query))


def list_open_appeals(connection: Connection, tables: Mapping[str, sa.Table], *, limit: int = 50) -> list[Row[Any]]:
    """Open appeals by deadline, the overdue ones first."""
    cases = tables["cases"]
    in_order = sa.select(cases).order_by(cases.c.ruling_due, cases.c.case_id).limit(limit)
    found: list[Row[Any]] = []
    # One state at a time is read in the order of an index; all at once would be sorted whole.
    for procedure in OPEN_APPEAL:
        found += connection.execute(in_order.where(cases.c.procedure == procedure))
    return sorted(found, key=lambda row: (row.ruling_due, row.case_id))[:limit]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Open appeals by how close their deadline is."""

    open: int
    overdue: int
    due_soon: int


def count_backlog(
    connection: Connection, tables: Mapping[str, sa.Table], now: datetime, soon: timedelta = timedelta(hours=48)
) -> Backlog:
    """Open, overdue, and due within ``soon``."""
    cases = tables["cases"]
    due = cases.c.ruling_due
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(due <= now),
        sa.func.count().filter(due > now, due <= now + soon),
    ).where(cases.c.procedure.in_(OPEN_APPEAL))
    row = connection.execute(query).one()
    return Backlog(open=row[0], overdue=row[1], due_soon=row[2])


def count_tallies(connection: Connection, tables: Mapping[str, sa.Table]) -> dict[str, dict[str, int]]:
    """All cases by outcome, procedure and availability, from tallies that do not grow with the cases."""
    tallies = tables["tallies"]
    counted: dict[str, dict[str, int]] = {"outcome": {}, "procedure": {}, "availability": {}}
    for row in connection.execute(sa.select(tallies).where(tallies.c.number != 0)):
        counted[row.kind][row.value] = row.number
    return counted


def list_linked(
    connection: Connection, tables: Mapping[str, sa.Table], upload_id: str, upload_version: int, besides: UUID
) -> list[Row[Any]]:
    """The other cases of the same upload version: what the public sees is the most restrictive of all."""
    cases = tables["cases"]
    same_upload = (cases.c.upload_id == upload_id, cases.c.upload_version == upload_version)
    query = sa.select(cases).where(*same_upload, cases.c.case_id != besides).order_by(cases.c.opened).limit(100)
    return list(connection.execute(query))
