"""The table of previews: which are wanted, how far they are, why some could not be made, and where the others lie.

One row for each file that was laid beside a case, known by the place of its event. A row is wanted when the file comes,
and again by whoever looks at the case, so a row that was lost comes back. Workers take rows for a while: when one dies,
another begins anew; what it made is stored together with the row, so there is never half of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.domain.case.media_events import MediaSide
from casework.domain.values import VaultReference
from casework.eventlog.clock import Clock
from casework.eventlog.vault import Prepared, Vault
from casework.previews.parts import RECIPE, Part
from casework.views.models.columns import Moment, insert_into

LEASE = timedelta(minutes=2)
"""How long a worker may be silent before another one takes over; one at work says so every few seconds."""

MOST_ATTEMPTS = 4
FIRST_PAUSE = timedelta(minutes=1)
"""How long a file that failed is left alone after the first time; four times as long each time."""

_METADATA = sa.MetaData()
_PREVIEWS = sa.Table(
    "media_previews",
    _METADATA,
    sa.Column("case_id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("holder", sa.String(40)),
    sa.Column("next_at", Moment),
    sa.Column("problem", sa.String(40)),
    sa.Column("recipe", sa.Integer, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)


class PreviewState(StrEnum):
    """How far the previews of a file are."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class KeptPart:
    """One thing that was made, and where it lies in the vault."""

    name: str
    media_type: str
    size: int
    reference: VaultReference


@dataclass(frozen=True, slots=True)
class KeptPreview:
    """The previews of one file; ``version`` is the place of its event in the case.

    ``next_at``: until when it is not looked at again, or until when a worker has it. ``problem``: a stable code, of the
    latest failure, which is not the end while the state is ``waiting``.
    """

    case_id: UUID
    version: int
    side: MediaSide
    state: PreviewState
    attempts: int
    holder: str | None
    next_at: datetime | None
    problem: str | None
    parts: tuple[KeptPart, ...]

    def part(self, name: str) -> KeptPart | None:
        """The part of this name."""
        return next((one for one in self.parts if one.name == name), None)


class Previews:
    """The table, for those who look and for the workers."""

    def __init__(self, engine: Engine, vault: Vault, clock: Clock) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock

    def want(self, case_id: UUID, version: int, side: MediaSide) -> None:
        """Have the previews of a file made; harmless when they are wanted already."""
        row = {
            "case_id": case_id,
            "version": version,
            "side": side.value,
            "state": PreviewState.WAITING.value,
            "attempts": 0,
            "holder": None,
            "next_at": None,
            "problem": None,
            "recipe": RECIPE,
            "parts": [],
            "changed_at": self._clock.now(),
        }
        with writing(self._engine) as connection:
            connection.execute(insert_into(connection, _PREVIEWS).values(row).on_conflict_do_nothing())

    def want_again(self, one: KeptPreview) -> None:
        """What was made is not there any more: make it once more."""
        ready = (*_key(one), _PREVIEWS.c.state == PreviewState.READY.value)
        fresh = {"state": PreviewState.WAITING.value, "attempts": 0, "next_at": None, "problem": None}
        with writing(self._engine) as connection:
            connection.execute(sa.update(_PREVIEWS).where(*ready).values(**fresh, changed_at=self._clock.now()))

    def of_case(self, case_id: UUID) -> dict[int, KeptPreview]:
        """The rows of a case by the place of the event."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_PREVIEWS).where(_PREVIEWS.c.case_id == case_id))
            return {row.version: _kept(row) for row in rows}

    def count(self) -> dict[PreviewState, int]:
        """How many there are in each state."""
        query = sa.select(_PREVIEWS.c.state, sa.func.count()).group_by(_PREVIEWS.c.state)
        with self._engine.connect() as connection:
            found = {str(state): int(number) for state, number in connection.execute(query)}
        return {state: found.get(state.value, 0) for state in PreviewState}

    def take(self, holder: str) -> KeptPreview | None:
        """Take a file whose turn it is, the one that waits longest first; ``None`` when there is none.

        Also one whose worker fell silent, and one whose previews are of an earlier recipe. One whose workers fell
        silent too often is given up: whatever it is about kills them.
        """
        now, column = self._clock.now(), _PREVIEWS.c
        silent = sa.and_(column.state == PreviewState.RUNNING.value, column.next_at <= now)
        due = sa.and_(
            column.state == PreviewState.WAITING.value, sa.or_(column.next_at.is_(None), column.next_at <= now)
        )
        old = sa.and_(column.state == PreviewState.READY.value, column.recipe < RECIPE)
        given_up = {"state": PreviewState.FAILED.value, "problem": "fault", "holder": None, "changed_at": now}
        with writing(self._engine) as connection:
            connection.execute(sa.update(_PREVIEWS).where(silent, column.attempts >= MOST_ATTEMPTS).values(given_up))
            row = connection.execute(
                sa.select(_PREVIEWS)
                .where(sa.or_(due, silent, old))
                .order_by(column.changed_at, column.case_id, column.version)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            taken = {
                "state": PreviewState.RUNNING.value,
                "holder": holder,
                "next_at": now + LEASE,
                "attempts": 1 if row.state == PreviewState.READY.value else row.attempts + 1,
                "changed_at": now,
            }
            here = (column.case_id == row.case_id, column.version == row.version)
            connection.execute(sa.update(_PREVIEWS).where(*here).values(taken))
            return _kept(connection.execute(sa.select(_PREVIEWS).where(*here)).one())

    def go_on(self, one: KeptPreview) -> bool:
        """Renew the time; ``False`` when another worker has taken over."""
        with writing(self._engine) as connection:
            return self._change(connection, one, {"next_at": self._clock.now() + LEASE})

    def finish(self, one: KeptPreview, original: VaultReference, subject: str, parts: Sequence[Part]) -> bool:
        """Store what was made, in place of what was made before, and the row with it: all of it or nothing.

        ``False``, and nothing is stored, when another worker has taken over, or when the file was erased meanwhile.
        """
        sealed = [Vault.prepare(subject, part.content, part.media_type) for part in parts]
        values = {
            "state": PreviewState.READY.value,
            "recipe": RECIPE,
            "problem": None,
            "next_at": None,
            "holder": None,
            "parts": [_row(part, item) for part, item in zip(parts, sealed, strict=True)],
        }
        before = [part.reference.id for part in one.parts]
        return self._vault.exchange(
            sealed,
            discard=before,
            beside=original.id,
            also=lambda connection: self._change(connection, one, values),
        )

    def fail(self, one: KeptPreview, problem: str, *, retryable: bool) -> bool:
        """It could not be made: tried again later where that may help, else that is the end of it."""
        again = retryable and one.attempts < MOST_ATTEMPTS
        values = {
            "state": (PreviewState.WAITING if again else PreviewState.FAILED).value,
            "problem": problem[:40],
            "next_at": self._clock.now() + FIRST_PAUSE * 4 ** (one.attempts - 1) if again else None,
            "holder": None,
        }
        with writing(self._engine) as connection:
            return self._change(connection, one, values)

    def release(self, one: KeptPreview) -> bool:
        """Give it back unfinished, so that another worker begins at once."""
        values = {"state": PreviewState.WAITING.value, "holder": None, "next_at": None, "attempts": one.attempts - 1}
        with writing(self._engine) as connection:
            return self._change(connection, one, values)

    def _change(self, connection: Connection, one: KeptPreview, values: dict[str, Any]) -> bool:
        here = (*_key(one), _PREVIEWS.c.holder == one.holder, _PREVIEWS.c.state == PreviewState.RUNNING.value)
        changed = sa.update(_PREVIEWS).where(*here).values(**values, changed_at=self._clock.now())
        return bool(connection.execute(changed).rowcount)


def _key(one: KeptPreview) -> tuple[sa.ColumnElement[bool], ...]:
    return (_PREVIEWS.c.case_id == one.case_id, _PREVIEWS.c.version == one.version)


def _row(part: Part, item: Prepared) -> dict[str, Any]:
    reference = item.reference
    return {
        "name": part.name,
        "media_type": part.media_type,
        "size": len(part.content),
        "id": reference.id,
        "digest": reference.digest,
    }


def _kept(row: Any) -> KeptPreview:
    return KeptPreview(
        case_id=row.case_id,
        version=row.version,
        side=MediaSide(row.side),
        state=PreviewState(row.state),
        attempts=row.attempts,
        holder=row.holder,
        next_at=row.next_at,
        problem=row.problem,
        parts=tuple(
            KeptPart(one["name"], one["media_type"], one["size"], VaultReference(id=one["id"], digest=one["digest"]))
            for one in row.parts
        ),
    )
