"""Deliveries of external engines, each once, and what of them waits for a person instead of becoming a case.

A message whose upload or work nobody knows opens no case: it waits here, sealed in the vault, until an officer lets it
in or throws it away. What waits for nobody any more is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from casework.database import writing
from casework.domain.values import VaultReference
from casework.errors import NotFound
from casework.eventlog.clock import Clock
from casework.eventlog.vault import Vault
from casework.views.models.columns import Moment, insert_into

WAITING, RELEASED, DISCARDED = "waiting", "released", "discarded"

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
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of one message waits: ``upload`` and ``work`` are the engine's references, ``reason`` a stable code."""

    item: UUID
    engine: str
    message_id: str
    upload: str
    work: str
    reason: str
    received_at: datetime


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

    def find(self, item: UUID) -> tuple[Waiting, bytes]:
        """What waits under this id, and the message that it came in. Raises ``NotFound``."""
        asked = sa.select(_QUARANTINE).where(_QUARANTINE.c.item == item, _QUARANTINE.c.state == WAITING)
        with self._engine.connect() as connection:
            row = connection.execute(asked).one_or_none()
            if row is None:
                raise NotFound("quarantined result")
            kept = connection.execute(
                sa.select(_DELIVERIES.c.content).where(*_is(_DELIVERIES, row.engine, row.message_id))
            ).scalar_one()
        body = self._vault.open(VaultReference.model_validate(kept))
        if body is None:
            raise NotFound("quarantined result")
        return _waiting(row), body

    def still(self, item: UUID, reason: str) -> None:
        """It could not be let in: why now."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(_QUARANTINE).where(_QUARANTINE.c.item == item).values(reason=reason[:100]))

    def settle(self, one: Waiting, state: str, by: str) -> bool:
        """It was let in or thrown away; ``False`` when somebody else was quicker. Erases what nobody waits for."""
        this = (_QUARANTINE.c.item == one.item, _QUARANTINE.c.state == WAITING)
        settled = {"state": state, "settled_at": self._clock.now(), "settled_by": by}
        with writing(self._engine) as connection:
            if connection.execute(sa.update(_QUARANTINE).where(*this).values(settled)).rowcount != 1:
                return False
            others = (*_is(_QUARANTINE, one.engine, one.message_id), _QUARANTINE.c.state == WAITING)
            left = connection.execute(sa.select(sa.func.count()).select_from(_QUARANTINE).where(*others)).scalar_one()
            subject = connection.execute(
                sa.select(_DELIVERIES.c.subject).where(*_is(_DELIVERIES, one.engine, one.message_id))
            ).scalar_one()
        if not left and subject is not None:
            self._vault.erase(subject)
        return True


def _is(table: sa.Table, engine: str, message_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.engine == engine, table.c.message_id == message_id)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(row.item, row.engine, row.message_id, row.upload, row.work, row.reason, row.received_at)
