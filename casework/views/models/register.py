"""The public register: every notice with its counter-notices and outcome, as the public may see it.

Source: E-Commerce Law art. 44. A row is made of codes, numbers and days alone. There is no name, no word of a party, no
title, no address, no id of an upload, a work or a party: nobody's erasure leaves anything to remove here. The number of
an entry is the keyed pseudonym under which the public log knows the case, so that entries and proofs can be laid side
by side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.case import outside_events as outside
from casework.domain.case.evolution import evolve
from casework.domain.case.state import Case, Notice, Procedure
from casework.domain.facts import Event
from casework.domain.values import Measure
from casework.eventlog.codec import Recorded
from casework.views.models.cases import CASE_TOPICS, Histories
from casework.views.models.columns import upsert

NAME = "register"
Tables = Mapping[str, sa.Table]
LONGEST_PAGE = 200
_CHUNK = 500

ENDS: Mapping[type[Event], str] = {
    notices.NoticeRejected: "rejected",
    notices.NoticeLapsed: "lapsed",
    notices.NoticeWithdrawn: "withdrawn",
    facts.PartiesSettled: "settled",
    facts.RulingIssued: "ended_by_ruling",
    facts.UploadWithdrawn: "upload_withdrawn",
}
OUTCOMES: tuple[str, ...] = (
    "in_check", "no_measure", "measure_stands", "counter_check", "waiting", "stayed", "restored_at_once",
    "restored_after_wait", *ENDS.values(), "closed",
)  # fmt: skip
"""What has become of a notice; the first and those up to ``stayed`` may still change."""

_STAGES = {
    Procedure.NOTICE_CHECK: "in_check",
    Procedure.COUNTER_CHECK: "counter_check",
    Procedure.WAITING: "waiting",
    Procedure.STAYED: "stayed",
}
_OF_NOTICES: tuple[type[Event], ...] = tuple(one for one in notices.NOTICE_EVENTS if one is not notices.WaitPaused)
_OF_ALL: tuple[type[Event], ...] = (
    facts.RulingIssued,
    facts.PartiesSettled,
    facts.UploadWithdrawn,
    facts.CaseReopened,
    outside.OrderReceived,
    outside.OrderLifted,
    outside.OutsideProceedingDecided,
)
"""What bears on a notice of the case, if there is one."""

_PUBLIC = ("measure", "availability", "outcome", "waits", "forum", "interim", "elements", "missing", "cause")
"""The fields of these events that are told: codes of closed lists, all of them."""


@dataclass(slots=True)
class _Entry:
    number: int
    opened: int
    changed: int
    steps: list[dict[str, Any]] = field(default_factory=list)
    ended_by: str | None = None


class RegisterModel:
    """The read model. ``pseudonym`` is that of the vault, ``zone`` the one whose days are told.

    A change of either needs a rebuild.
    """

    name = NAME
    version = 1

    def __init__(self, histories: Histories, pseudonym: Callable[[str, str], str], zone: tzinfo) -> None:
        self._histories = histories
        self._pseudonym = pseudonym
        self._zone = zone

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """One row a notice; ``opened`` is the place in the log of its receipt, which orders them for ever."""
        entries = sa.Table(
            named("register_entries"),
            metadata,
            sa.Column("entry", sa.String(60), primary_key=True),
            sa.Column("case_key", sa.String(50), nullable=False, index=True),
            sa.Column("number", sa.Integer, nullable=False),
            sa.Column("opened", sa.BigInteger, nullable=False, unique=True),
            sa.Column("changed", sa.BigInteger, nullable=False, index=True),
            sa.Column("received_on", sa.String(10), nullable=False),
            sa.Column("changed_on", sa.String(10), nullable=False),
            sa.Column("regime", sa.String(60), nullable=False),
            sa.Column("medium", sa.String(20), nullable=False),
            sa.Column("work_kind", sa.String(30), nullable=False),
            sa.Column("items", sa.Integer, nullable=False),
            sa.Column("trusted", sa.Boolean, nullable=False),
            sa.Column("answered", sa.Boolean, nullable=False),
            sa.Column("outcome", sa.String(30), nullable=False),
            sa.Column("availability", sa.String(20), nullable=False),
            sa.Column("steps", sa.Text, nullable=False),
        )
        sa.Index(None, entries.c.outcome, entries.c.opened)
        sa.Index(None, entries.c.received_on, entries.c.opened)
        return {"entries": entries}

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Apply a page: the entries of each case that it touches are made anew from the case's history."""
        noticed = {one.stream for one in events if isinstance(one.event, _OF_NOTICES)}
        # Whatever goes on in a case with an entry may change what the public sees of the upload.
        others = {one.stream for one in events if one.version > 1 and one.event.TOPIC.startswith(CASE_TOPICS)} - noticed
        touched = noticed | set(self._listed(connection, tables["entries"], others))
        if not touched:
            return
        histories = self._histories(sorted(touched), until=events[-1].position)
        rows = [row for stream, history in histories.items() for row in self.entries(stream, history)]
        upsert(connection, tables["entries"], rows)

    def _listed(self, connection: Connection, entries: sa.Table, streams: set[UUID]) -> Iterator[UUID]:
        """Those of these cases that have an entry already."""
        keys = {self._pseudonym("case", str(stream)): stream for stream in streams}
        ordered = sorted(keys)
        for start in range(0, len(ordered), _CHUNK):
            some = ordered[start : start + _CHUNK]
            query = sa.select(entries.c.case_key).where(entries.c.case_key.in_(some)).distinct()
            yield from (keys[key] for key in connection.execute(query).scalars())

    def entries(self, stream: UUID, history: Sequence[Recorded]) -> list[dict[str, Any]]:
        """The rows of one case after its history: one a notice."""
        case: Case | None = None
        entries: list[_Entry] = []
        for recorded in history:
            case = evolve(case, recorded)
            if not isinstance(recorded.event, (*_OF_NOTICES, *_OF_ALL)):
                continue
            if isinstance(recorded.event, notices.NoticeReceived):
                entries.append(_Entry(recorded.event.notice, recorded.position, recorded.position))
            if entries:
                entries[-1].changed = recorded.position
                entries[-1].steps.append(self._step(recorded))
                _note_end(entries[-1], case, recorded.event)
        if case is None:
            return []
        key = self._pseudonym("case", str(stream))
        return [self._row(key, case, entry) for entry in entries]

    def _step(self, recorded: Recorded) -> dict[str, Any]:
        event = recorded.event
        data = event.model_dump(mode="json", exclude_none=True)
        told = {name: data[name] for name in _PUBLIC if name in data}
        return {"step": event.TOPIC.partition(".")[2], "on": self._day(recorded), **told}

    def _day(self, recorded: Recorded) -> str:
        return recorded.occurred.astimezone(self._zone).date().isoformat()

    def _row(self, key: str, case: Case, entry: _Entry) -> dict[str, Any]:
        notice = case.notices[entry.number - 1]
        return {
            "entry": f"{key}-{entry.number}",
            "case_key": key,
            "number": entry.number,
            "opened": entry.opened,
            "changed": entry.changed,
            "received_on": entry.steps[0]["on"],
            "changed_on": entry.steps[-1]["on"],
            "regime": notice.regime,
            "medium": case.decision.upload.medium.value,
            "work_kind": case.decision.work.kind.value,
            "items": notice.items,
            "trusted": notice.trusted,
            "answered": bool(notice.counter_notices),
            "outcome": _outcome(notice, entry),
            "availability": case.availability.value,
            "steps": json.dumps(entry.steps, sort_keys=True),
        }


def _note_end(entry: _Entry, after: Case, event: Event) -> None:
    """Remember what ended the notice, the first time."""
    notice = after.notices[-1]
    ended = notice.ended_at is not None or notice.stage is Procedure.CLOSED or after.withdrawn_at is not None
    if ended and entry.ended_by is None:
        entry.ended_by = ENDS.get(type(event))


def _outcome(notice: Notice, entry: _Entry) -> str:
    if notice.stage is Procedure.RESTORED:
        return "restored_at_once" if notice.restored_at_once else "restored_after_wait"
    if entry.ended_by is not None:
        return entry.ended_by
    if notice.stage is Procedure.MEASURE_TAKEN:
        return "no_measure" if notice.measure is Measure.NONE else "measure_stands"
    return _STAGES.get(notice.stage, "closed")


# Queries, by an index each. ``Views.tables("register")`` gives the tables.


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is narrowed to; ``None`` means everything.

    ``first`` and ``last`` are local days of receipt, both included; ``number`` is that of an entry or of a case.
    """

    number: str | None = None
    answered: bool | None = None
    outcome: str | None = None
    regime: str | None = None
    medium: str | None = None
    first: str | None = None
    last: str | None = None


def list_entries(
    connection: Connection, tables: Tables, search: Search, *, before: str | None = None, limit: int = 25
) -> list[Row[Any]]:
    """Newest first, at most ``limit``; ``before`` is the last entry of the page before. The order never changes."""
    entries = tables["entries"]
    query = sa.select(entries).order_by(entries.c.opened.desc()).limit(limit)
    if before is not None:
        place = sa.select(entries.c.opened).where(entries.c.entry == before).scalar_subquery()
        query = query.where(entries.c.opened < place)
    if search.number is not None:
        query = query.where(sa.or_(entries.c.entry == search.number, entries.c.case_key == search.number))
    for name in ("answered", "outcome", "regime", "medium"):
        wanted = getattr(search, name)
        if wanted is not None:
            query = query.where(entries.c[name] == wanted)
    if search.first is not None:
        query = query.where(entries.c.received_on >= search.first)
    if search.last is not None:
        query = query.where(entries.c.received_on <= search.last)
    return list(connection.execute(query))


def latest_changes(connection: Connection, tables: Tables, *, limit: int = 50) -> list[Row[Any]]:
    """The entries in which something happened last, latest first: what feeds tell."""
    entries = tables["entries"]
    return list(connection.execute(sa.select(entries).order_by(entries.c.changed.desc()).limit(limit)))


def find_entry(connection: Connection, tables: Tables, entry: str) -> Row[Any] | None:
    """One entry by its number."""
    entries = tables["entries"]
    return connection.execute(sa.select(entries).where(entries.c.entry == entry)).one_or_none()


def all_entries(connection: Connection, tables: Tables, search: Search, *, page: int = 1000) -> Iterator[Row[Any]]:
    """Every entry that the search finds, newest first, page by page."""
    before: str | None = None
    while rows := list_entries(connection, tables, search, before=before, limit=page):
        yield from rows
        before = rows[-1].entry
