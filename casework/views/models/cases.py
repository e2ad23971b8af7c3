"""The cases as desks and the API list them: one row a case, the rulings that are owed, and tallies for the overview.

A page about one case reads the case itself from the log; these rows serve lists, queues and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.case.state import Procedure
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Recorded
from casework.law import Law
from casework.views.models.case_rows import CaseRows, TermsOfCases, rows_of
from casework.views.models.columns import Moment, insert_into, upsert
from casework.views.models.deadlines import LARGEST_LIST, deadlines_table, replace_deadlines
from casework.views.models.queues import queue_indexes

OPEN_APPEAL = (Procedure.ADJUDICATION.value, Procedure.PANEL.value, Procedure.RE_REVIEW.value)
CASE_TOPICS = "case."
COUNTED = ("outcome", "procedure", "availability")
"""What the tallies count."""


class Histories(Protocol):
    """Loads what several cases have been through: ``EventLog.load_many``."""

    def __call__(self, streams: Sequence[UUID], *, until: int | None = None) -> Mapping[UUID, Sequence[Recorded]]:
        """The events of each stream, in order, up to a position of the log (inclusive)."""
        ...


class CasesModel:
    """The read model. ``standards`` and ``law`` give the deadlines, ``histories`` what happened to a case before.

    The first event of a case, of which there are by far the most, is all that its rows need. For any later event the
    case is folded anew from its history, once a page. So the rules stand in the domain alone, and what is computed
    again gives the same. After a change of the chosen regime, or of the tables of working days, rebuild the view.
    """

    name = "cases"
    version = 6

    def __init__(self, standards: Standards, law: Law, histories: Histories) -> None:
        self._terms_of = TermsOfCases(standards, law)
        self._histories = histories

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        """One row a case, one row a seat, one row an open deadline, one row a tally."""
        tallies = sa.Table(
            named("tallies"),
            metadata,
            sa.Column("kind", sa.Text, primary_key=True),
            sa.Column("value", sa.Text, primary_key=True),
            sa.Column("number", sa.BigInteger, nullable=False),
        )
        return {
            "cases": _cases_table(metadata, named),
            "assignments": _assignments_table(metadata, named),
            "deadlines": deadlines_table(metadata, named),
            "tallies": tallies,
        }

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        """Apply a page: each case that it touches is folded once, and its rows are replaced in bulk."""
        touched: dict[UUID, list[Recorded]] = {}
        for recorded in events:
            if recorded.event.TOPIC.startswith(CASE_TOPICS):
                touched.setdefault(recorded.stream, []).append(recorded)
        gone_on = [stream for stream, happened in touched.items() if happened[0].version > 1]
        histories: dict[UUID, Sequence[Recorded]] = dict(touched)
        if gone_on:
            histories |= self._histories(gone_on, until=events[-1].position)
        rows = [rows_of(history, self._terms_of) for history in histories.values()]
        before = _counted_before(connection, tables["cases"], gone_on)
        upsert(connection, tables["cases"], [one.case for one in rows])
        upsert(connection, tables["assignments"], [seat for one in rows for seat in one.assignments])
        replace_deadlines(connection, tables["deadlines"], gone_on, [due for one in rows for due in one.deadlines])
        _count(connection, tables["tallies"], before, rows)


def _cases_table(metadata: sa.MetaData, named: Callable[[str], str]) -> sa.Table:
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
        sa.Column("work_id", sa.Text, nullable=False),
        sa.Column("work_title", sa.Text, nullable=False),
        sa.Column("right_holder", sa.Text, nullable=False),
        sa.Column("medium", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("share", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("standard", sa.Text, nullable=False),
        sa.Column("regime", sa.Text),
        sa.Column("procedure", sa.Text, nullable=False),
        sa.Column("availability", sa.Text, nullable=False),
        sa.Column("marked_at", Moment),
        sa.Column("appeal_kind", sa.Text),
        sa.Column("appeal_ground", sa.Text),
        sa.Column("appeal_lodged_at", Moment),
        sa.Column("comments_until", Moment),
        sa.Column("ruling_due", Moment),
        sa.Column("needs_seats", sa.Boolean, nullable=False),
        sa.Column("prior_review", sa.Boolean, nullable=False),
        sa.Column("ruling", sa.Text),
        sa.Column("ruled_at", Moment),
        sa.Column("overdue", sa.Boolean, nullable=False),
        sa.Column("next_deadline_kind", sa.Text),
        sa.Column("next_deadline_at", Moment),
        sa.Column("notice_stage", sa.Text),
        sa.Column("notice_received_at", Moment),
        sa.Column("notice_trusted", sa.Boolean, nullable=False),
        sa.Column("to_check", sa.Text),
        sa.Column("to_check_since", Moment),
        sa.Column("waits", sa.Boolean, nullable=False),
        sa.Column("wait_until", Moment),
    )
    sa.Index(None, cases.c.right_holder, cases.c.procedure, cases.c.opened)
    sa.Index(None, cases.c.procedure, cases.c.ruling_due, cases.c.case_id)
    sa.Index(None, cases.c.upload_id, cases.c.upload_version)
    sa.Index(None, cases.c.work_id, cases.c.opened)
    queue_indexes(cases)
    return cases


def _assignments_table(metadata: sa.MetaData, named: Callable[[str], str]) -> sa.Table:
    assignments = sa.Table(
        named("assignments"),
        metadata,
        sa.Column("case_id", sa.Uuid, primary_key=True),
        sa.Column("reviewer", sa.Text, primary_key=True),
        sa.Column("seat", sa.Text, nullable=False),
        sa.Column("appealed", sa.Boolean, nullable=False),
        sa.Column("assigned_at", Moment, nullable=False),
        sa.Column("due", Moment, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("ruled_at", Moment),
    )
    # Each serves one list in its order to the last column, so that no list costs more the longer it grows.
    state, reviewer = assignments.c.state, assignments.c.reviewer
    sa.Index(None, state, reviewer, assignments.c.appealed, assignments.c.due, assignments.c.case_id)
    sa.Index(None, reviewer, state, assignments.c.ruled_at, assignments.c.case_id)
    sa.Index(None, state, assignments.c.ruled_at)
    return assignments


def _counted_before(connection: Connection, cases: sa.Table, streams: Collection[UUID]) -> Mapping[UUID, Row[Any]]:
    """What the tallies count of these cases now."""
    ordered = sorted(streams)
    found: dict[UUID, Row[Any]] = {}
    for start in range(0, len(ordered), LARGEST_LIST):
        some = {"wanted": ordered[start : start + LARGEST_LIST]}
        found |= {row.case_id: row for row in connection.execute(_counted(cases), some)}
    return found


@lru_cache(maxsize=64)
def _counted(cases: sa.Table) -> sa.Select[Any]:
    """Written once, as it runs after every step: to write it takes as long as to run it."""
    wanted = cases.c.case_id.in_(sa.bindparam("wanted", expanding=True))
    return sa.select(cases.c.case_id, *(cases.c[name] for name in COUNTED)).where(wanted)


def _count(
    connection: Connection, tallies: sa.Table, before: Mapping[UUID, Row[Any]], rows: Sequence[CaseRows]
) -> None:
    changes: dict[tuple[str, str], int] = {}
    for one in rows:
        old = before.get(one.case["case_id"])
        for name in COUNTED:
            new = one.case[name]
            if old is not None and old._mapping[name] == new:
                continue
            changes[name, new] = changes.get((name, new), 0) + 1
            if old is not None:
                gone = (name, old._mapping[name])
                changes[gone] = changes.get(gone, 0) - 1
    counted = [{"kind": kind, "value": value, "number": n} for (kind, value), n in changes.items() if n]
    if counted:
        insert = insert_into(connection, tallies)
        added = tallies.c.number + insert.excluded.number
        connection.execute(
            insert.on_conflict_do_update(index_elements=["kind", "value"], set_={"number": added}), counted
        )


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
    """The rulings that a reviewer owes, each with the row of its case: reviews before publication, then by deadline."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.seat, assignments.c.assigned_at, assignments.c.due, cases)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(assignments.c.reviewer == reviewer, assignments.c.state == "owed")
        .order_by(assignments.c.appealed, assignments.c.due, assignments.c.case_id)
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


def list_ruled_for_party(
    connection: Connection, tables: Mapping[str, sa.Table], parties: Sequence[str], besides: UUID, since: datetime
) -> list[str]:
    """Reviewers who ruled since then on another case of one of these parties (product.md E1)."""
    cases, assignments = tables["cases"], tables["assignments"]
    query = (
        sa.select(assignments.c.reviewer)
        .join(cases, cases.c.case_id == assignments.c.case_id)
        .where(assignments.c.state == "given", assignments.c.ruled_at >= since, cases.c.case_id != besides)
        .where(cases.c.uploader.in_(parties) | cases.c.right_holder.in_(parties))
        .distinct()
    )
    return [row[0] for row in connection.execute(query)]


def list_waiting_for_seats(
    connection: Connection, tables: Mapping[str, sa.Table], *, now: datetime | None = None, limit: int = 500
) -> list[Row[Any]]:
    """Reviews with an empty seat, by deadline and so the overdue ones first; with ``now``, only those due by then."""
    cases = tables["cases"]
    query = (
        sa.select(cases)
        .where(cases.c.needs_seats.is_(sa.true()))
        .order_by(cases.c.ruling_due, cases.c.case_id)
        .limit(limit)
    )
    if now is not None:
        heard = cases.c.comments_until <= now
        query = query.where(sa.or_(cases.c.procedure != Procedure.ADJUDICATION.value, heard))
    return list(connection.execute(query))


def list_open_appeals(connection: Connection, tables: Mapping[str, sa.Table], *, limit: int = 50) -> list[Row[Any]]:
    """Open appeals by deadline, the overdue ones first."""
    cases = tables["cases"]
    in_order = sa.select(cases).order_by(cases.c.ruling_due, cases.c.case_id).limit(limit)
    found: list[Row[Any]] = []
    # One state at a time is read in the order of an index; all at once would be sorted whole.
    for procedure in OPEN_APPEAL:
        found += connection.execute(in_order.where(cases.c.procedure == procedure, cases.c.appeal_kind.is_not(None)))
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
    ).where(cases.c.procedure.in_(OPEN_APPEAL), cases.c.appeal_kind.is_not(None))
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
    wanted = {"upload": upload_id, "version": upload_version, "besides": besides}
    return list(connection.execute(_linked(tables["cases"]), wanted))


@lru_cache(maxsize=64)
def _linked(cases: sa.Table) -> sa.Select[Any]:
    """Written once: every answer about a case asks for it."""
    wanted = (
        cases.c.upload_id == sa.bindparam("upload"),
        cases.c.upload_version == sa.bindparam("version"),
        cases.c.case_id != sa.bindparam("besides"),
    )
    return sa.select(cases).where(*wanted).order_by(cases.c.opened).limit(100)


@dataclass(frozen=True, slots=True)
class CasesOf:
    """Which cases something concerns: those of a work, of one claimant of it, of an upload version, or one alone."""

    work: str | None = None
    right_holder: str | None = None
    upload: tuple[str, int] | None = None
    case: UUID | None = None

    def where(self, cases: sa.Table) -> list[sa.ColumnElement[bool]]:
        """The conditions; each begins with an index."""
        found = []
        if self.work is not None:
            found.append(cases.c.work_id == self.work)
        if self.right_holder is not None:
            found.append(cases.c.right_holder == self.right_holder)
        if self.upload is not None:
            found += [cases.c.upload_id == self.upload[0], cases.c.upload_version == self.upload[1]]
        if self.case is not None:
            found.append(cases.c.case_id == self.case)
        return found


def list_cases_of(
    connection: Connection, tables: Mapping[str, sa.Table], wanted: CasesOf, *, after: int, limit: int
) -> list[tuple[UUID, int]]:
    """Cases in the order in which they were opened, after place ``after`` of the log; each with its place."""
    cases = tables["cases"]
    query = sa.select(cases.c.case_id, cases.c.opened).where(*wanted.where(cases), cases.c.opened > after)
    return [(row[0], row[1]) for row in connection.execute(query.order_by(cases.c.opened).limit(limit))]


def count_cases_of(connection: Connection, tables: Mapping[str, sa.Table], wanted: CasesOf) -> int:
    """How many cases there are of it."""
    cases = tables["cases"]
    return int(connection.execute(sa.select(sa.func.count()).where(*wanted.where(cases))).scalar_one())


def list_on_upload(
    connection: Connection, tables: Mapping[str, sa.Table], upload_id: str, version: int | None = None
) -> list[Row[Any]]:
    """The cases of one version of an upload, by default the latest, in the order in which they were opened."""
    cases = tables["cases"]
    latest = sa.select(sa.func.max(cases.c.upload_version)).where(cases.c.upload_id == upload_id).scalar_subquery()
    same = (cases.c.upload_id == upload_id, cases.c.upload_version == (latest if version is None else version))
    query = sa.select(cases.c.case_id, cases.c.upload_version).where(*same).order_by(cases.c.opened).limit(100)
    return list(connection.execute(query))
