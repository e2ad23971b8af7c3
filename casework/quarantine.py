"""Deliveries of external engines, each once, and what of them waits for a person instead of becoming a case.

A message whose upload or work nobody knows opens no case: it waits here, sealed in the vault, until an officer lets it
in or throws it away. What was thrown away can be taken back for a week; what nobody needs any more is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from casework.database import writing
from casework.discard_reasons import DiscardReason
from casework.domain.values import VaultReference
from casework.errors import NotFound
from casework.eventlog.clock import Clock
from casework.eventlog.vault import Vault
from casework.views.models.columns import Moment, insert_into

WAITING, RELEASED, DISCARDED = "waiting", "released", "discarded"

KEPT_AFTER_DISCARD = timedelta(days=7)
"""How long what was thrown away can be taken back; its message is erased then."""

_METADATA = sa.MetaData()
_DELIVERIES = sa.Table(
    "engine_deliveries",
    _METADATA,
    sa.Column("engine", sa.String(50), primary_key=True),
    sa.Column("message_id", sa.String(100), primary_key=True),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("subject", sa.String(100)),
    sa.Column("content", sa.JSON(none_as_null=True)),
    sa.Column("results", sa.JSON, nullable=False),
)
_QUARANTINE = sa.Table(
    "engine_quarantine",
    _METADATA,
    sa.Column("engine", sa.String(50), primary_key=True),
    sa.Column("message_id", sa.String(100), primary_key=True),
    sa.Column("work", sa.String(200), primary_key=True),
    sa.Column("item", sa.Uuid, nullable=False, unique=True),
    sa.Column("upload", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(100), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    sa.Column("settled_by", sa.String(200)),
    sa.Column("discard_reason", sa.String(20)),
    sa.Column("case_id", sa.Uuid),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of one message waits or waited: ``upload`` and ``work`` are the engine's references, ``reason`` a code.

    ``state``: waiting, released (``case_id``, where it has a case) or discarded (``discard_reason``).
    """

    item: UUID
    engine: str
    message_id: str
    upload: str
    work: str
    reason: str
    received_at: datetime
    state: str = WAITING
    settled_at: datetime | None = None
    settled_by: str | None = None
    discard_reason: str | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry with the message that it came in; ``body`` is ``None`` once that was erased."""

    one: Waiting
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Held:
    """A work of a message that is to wait, and why."""

    work: str
    reason: str


class Quarantine:
    """The tables of deliveries and of what waits."""

    def __init__(self, engine: Engine, vault: Vault, clock: Clock) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock

    def known(self, engine: str, message_id: str) -> list[dict[str, Any]] | None:
        """What a message was answered when it came first; ``None`` when it has not come yet."""
        asked = sa.select(_DELIVERIES.c.results).where(*_is(_DELIVERIES, engine, message_id))
        with self._engine.connect() as connection:
            found: list[dict[str, Any]] | None = connection.execute(asked).scalar_one_or_none()
        return found

    def record(
        self,
        engine: str,
        message_id: str,
        body: bytes,
        upload: str,
        held: Sequence[Held],
        results: Sequence[dict[str, Any]],
    ) -> bool:
        """Remember a message with its answer and what of it waits; ``False`` when another process was quicker."""
        now, prepared = self._clock.now(), None
        if held:
            # A key of its own: nobody knows yet whom it is about.
            subject = self._vault.pseudonym("delivery", f"{engine} {message_id}")
            prepared = self._vault.prepare(subject, body, "application/json")
            self._vault.store([prepared])
        row = {
            "engine": engine,
            "message_id": message_id,
            "received_at": now,
            "subject": None if prepared is None else prepared.subject,
            "content": None if prepared is None else prepared.reference.model_dump(),
            "results": list(results),
        }
        with writing(self._engine) as connection:
            insert = insert_into(connection, _DELIVERIES).values(row).on_conflict_do_nothing()
            if connection.execute(insert.returning(_DELIVERIES.c.message_id)).one_or_none() is None:
                return False
            for one in held:
                keys = {"engine": engine, "message_id": message_id, "work": one.work}
                values = {"item": uuid4(), "upload": upload, "reason": one.reason[:100], "state": WAITING}
                waiting = insert_into(connection, _QUARANTINE).values(**keys, **values, received_at=now)
                connection.execute(waiting.on_conflict_do_nothing())
        return True

    def waiting(self, *, limit: int = 200) -> list[Waiting]:
        """What waits, the oldest first."""
        columns = _QUARANTINE.c
        asked = sa.select(_QUARANTINE).where(columns.state == WAITING)
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(columns.received_at, columns.item).limit(limit))
            return [_waiting(row) for row in rows]

    def count(self) -> int:
        """How many wait."""
        asked = sa.select(sa.func.count()).select_from(_QUARANTINE).where(_QUARANTINE.c.state == WAITING)
        with self._engine.connect() as connection:
            return int(connection.execute(asked).scalar_one())

    def list_page(
        self, *, settled: bool = False, words: str = "", after: UUID | None = None, limit: int = 50
    ) -> list[Waiting]:
        """What waits, the oldest first; or what is settled, the latest first. ``after``: the last entry before these.

        ``words`` are looked for in the names of engine, message, upload and work.
        """
        columns = _QUARANTINE.c
        moment = columns.settled_at if settled else columns.received_at
        asked = sa.select(_QUARANTINE).where((columns.state != WAITING) if settled else (columns.state == WAITING))
        if words:
            named = (columns.engine, columns.message_id, columns.upload, columns.work)
            asked = asked.where(sa.or_(*(one.icontains(words, autoescape=True) for one in named)))
        if after is not None:
            last = sa.select(moment).where(columns.item == after).scalar_subquery()
            further = moment < last if settled else moment > last
            asked = asked.where(sa.or_(further, sa.and_(moment == last, columns.item > after)))
        with self._engine.connect() as connection:
            rows = connection.execute(asked.order_by(moment.desc() if settled else moment, columns.item).limit(limit))
            return [_waiting(row) for row in rows]

    def look(self, item: UUID) -> Kept:
        """An entry in whatever state, with its message where that is still kept. Raises ``NotFound``."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_QUARANTINE).where(_QUARANTINE.c.item == item)).one_or_none()
            if row is None:
                raise NotFound("quarantined result")
            asked = sa.select(_DELIVERIES.c.content).where(*_is(_DELIVERIES, row.engine, row.message_id))
            kept = connection.execute(asked).scalar_one()
        return Kept(_waiting(row), None if kept is None else self._vault.open(VaultReference.model_validate(kept)))

    def find(self, item: UUID) -> tuple[Waiting, bytes]:
        """What waits under this id, and the message that it came in. Raises ``NotFound``."""
        kept = self.look(item)
        if kept.one.state != WAITING or kept.body is None:
            raise NotFound("quarantined result")
        return kept.one, kept.body

    def still(self, item: UUID, reason: str) -> None:
        """It could not be let in: why now."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(_QUARANTINE).where(_QUARANTINE.c.item == item).values(reason=reason[:100]))

    def release(self, one: Waiting, by: str, case_id: UUID | None) -> bool:
        """It was let in; ``False`` when somebody else was quicker. The message is erased if nothing else needs it.

        Also where somebody threw it away meanwhile: its case is there, and the list must not say that there is none.
        """
        return self._settle(one, by, (WAITING, DISCARDED), state=RELEASED, case_id=case_id, discard_reason=None)

    def discard(self, one: Waiting, by: str, reason: DiscardReason | None) -> bool:
        """It was thrown away; ``False`` when somebody else was quicker. Its message is kept for a while."""
        why = None if reason is None else reason.value
        return self._settle(one, by, (WAITING,), state=DISCARDED, discard_reason=why)

    def _settle(self, one: Waiting, by: str, states: Sequence[str], **values: Any) -> bool:
        this = (_QUARANTINE.c.item == one.item, _QUARANTINE.c.state.in_(states))
        settled = {**values, "settled_at": self._clock.now(), "settled_by": by}
        with writing(self._engine) as connection:
            if connection.execute(sa.update(_QUARANTINE).where(*this).values(settled)).rowcount != 1:
                return False
        self._forget(one.engine, one.message_id)
        return True

    def restore(self, one: Waiting) -> bool:
        """Let what was thrown away wait again; ``False`` when its message is gone or somebody else was quicker."""
        this = (_QUARANTINE.c.item == one.item, _QUARANTINE.c.state == DISCARDED)
        back = {"state": WAITING, "settled_at": None, "settled_by": None, "discard_reason": None}
        with writing(self._engine) as connection:
            if connection.execute(_locked(one.engine, one.message_id)).scalar_one() is None:
                return False
            return connection.execute(sa.update(_QUARANTINE).where(*this).values(back)).rowcount == 1

    def forget(self, *, limit: int = 100) -> int:
        """Erase messages that nothing waits for, whose time to be taken back is over; how many."""
        columns = _DELIVERIES.c
        asked = sa.select(columns.engine, columns.message_id).where(columns.subject.is_not(None), ~self._needed())
        with self._engine.connect() as connection:
            found = connection.execute(asked.order_by(columns.received_at).limit(limit)).all()
        return sum(self._forget(row.engine, row.message_id) for row in found)

    def forget_uploads(self, engine: str, uploads: Sequence[str]) -> None:
        """Throw away for good what of these uploads waits, and erase its messages: their uploader is being erased."""
        columns, names = _QUARANTINE.c, sorted(set(uploads))
        gone = {"state": DISCARDED, "settled_at": self._clock.now() - KEPT_AFTER_DISCARD, "settled_by": "erasure"}
        for start in range(0, len(names), 500):
            here = (columns.engine == engine, columns.upload.in_(names[start : start + 500]))
            unsettled = columns.state.in_((WAITING, DISCARDED))
            with writing(self._engine) as connection:
                found = connection.execute(sa.select(columns.message_id).where(*here, unsettled)).scalars().all()
                connection.execute(sa.update(_QUARANTINE).where(*here, unsettled).values(gone))
            for message_id in dict.fromkeys(found):
                self._forget(engine, message_id)

    def _forget(self, engine: str, message_id: str) -> bool:
        """Erase a message if nothing needs it: first nobody can open it, then it is destroyed, then that is noted.

        A process that dies in between leaves the rest to ``forget``.
        """
        here = _is(_DELIVERIES, engine, message_id)
        with writing(self._engine) as connection:
            # Whoever takes something of it back holds the same row, and is seen by the statement after this one.
            connection.execute(_locked(engine, message_id))
            unneeded = sa.update(_DELIVERIES).where(*here, ~self._needed()).values(content=None)
            subject = connection.execute(unneeded.returning(_DELIVERIES.c.subject)).scalar_one_or_none()
        if subject is None:
            return False
        self._vault.erase(subject)
        with writing(self._engine) as connection:
            connection.execute(sa.update(_DELIVERIES).where(*here).values(subject=None))
        return True

    def _needed(self) -> sa.ColumnElement[bool]:
        """Whether something of a message waits, or may still be taken back."""
        columns = _QUARANTINE.c
        fresh = sa.and_(columns.state == DISCARDED, columns.settled_at > self._clock.now() - KEPT_AFTER_DISCARD)
        return sa.exists().where(
            columns.engine == _DELIVERIES.c.engine,
            columns.message_id == _DELIVERIES.c.message_id,
            sa.or_(columns.state == WAITING, fresh),
        )


def _is(table: sa.Table, engine: str, message_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.engine == engine, table.c.message_id == message_id)


def _locked(engine: str, message_id: str) -> sa.Select[tuple[Any]]:
    return sa.select(_DELIVERIES.c.content).where(*_is(_DELIVERIES, engine, message_id)).with_for_update()


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        item=row.item,
        engine=row.engine,
        message_id=row.message_id,
        upload=row.upload,
        work=row.work,
        reason=row.reason,
        received_at=row.received_at,
        state=row.state,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        discard_reason=row.discard_reason,
        case_id=row.case_id,
    )
