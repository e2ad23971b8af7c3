"""What people decided about matches, for the engines that found them: the verdicts, and the messages that tell them.

The tables only repeat what the log says, for those who look up a pair or wait for a message. Of several verdicts on a
pair the last one counts, so a reversal that is overridden exempts nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from casework.database import writing
from casework.errors import NotFound
from casework.eventlog.clock import Clock
from casework.views.models.columns import Moment
from matching_adapter.external.verdicts import Outcome, Verdict, takes_no_more

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
"""How long a message that did not arrive is left alone: after the first try, and at most; twice as long each time."""

PARKED_AFTER = timedelta(days=3)
"""How long it is tried (interfaces.md, "Webhooks out"); then somebody has to look."""

WAITING, SENT, PARKED = "waiting", "sent", "parked"

_METADATA = sa.MetaData()
_VERDICTS = sa.Table(
    "verdicts",
    _METADATA,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.Uuid, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("upload_id", sa.String(200), nullable=False),
    sa.Column("work_id", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("outcome", sa.String(30), nullable=False),
    sa.Column("exempt", sa.Boolean, nullable=False),
    sa.Column("share", sa.String(60)),
    sa.Column("decided_at", Moment, nullable=False),
)
_PLACE = sa.Table(
    "verdict_place",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)
_MESSAGES = sa.Table(
    "verdict_messages",
    _METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("engine", sa.String(50), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("problem", sa.String(100)),
)


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """A verdict with the case that it comes from, and where in the log it was decided."""

    case_id: UUID
    position: int
    source: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class VerdictMessage:
    """A message to one engine. ``problem`` is a code, never words of the other side."""

    number: int
    engine: str
    state: str
    attempts: int
    first_at: datetime
    next_at: datetime
    problem: str | None
    case_id: UUID
    verdict: Verdict


class EngineVerdicts:
    """The tables, for the worker, for look-ups and for whoever watches over them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def place(self) -> int:
        """The position up to which the log was looked through."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.max(_PLACE.c.position))).scalar_one() or 0)

    def note(self, found: Sequence[CaseVerdict], *, until: int, targets: Sequence[str]) -> int:
        """Keep verdicts that say something new of their case, with a message to each target; how many are new."""
        now, new = self._clock.now(), 0
        forward = sa.update(_PLACE).where(_PLACE.c.position < until).values(position=until)
        with writing(self._engine) as connection:
            if connection.execute(forward).rowcount != 1:
                return 0  # another worker has been here
            for one in found:
                if self._repeats(connection, one):
                    continue
                new += 1
                insert_one = sa.insert(_VERDICTS).values(_row(one)).returning(_VERDICTS.c.number)
                number = connection.execute(insert_one).scalar_one()
                # An engine is told of what it found itself.
                for target in (name for name in targets if name == one.source):
                    values = {"state": WAITING, "attempts": 0, "first_at": now, "next_at": now}
                    connection.execute(sa.insert(_MESSAGES).values(number=number, engine=target, **values))
        return new

    def exempts(self, upload_id: str, sha256: str | None, work_id: str, share: Decimal | None) -> bool:
        """Whether the last verdict on this file or upload and this work says that it is not to be reported again."""
        of_file = None if sha256 is None else self._last(_VERDICTS.c.sha256 == sha256, work_id)
        if of_file is not None:
            return bool(of_file.exempt)
        of_upload = self._last(_VERDICTS.c.upload_id == upload_id, work_id)
        return of_upload is not None and bool(of_upload.exempt) and takes_no_more(share, of_upload.share)

    def all_since(self, number: int, *, limit: int = 1000) -> list[tuple[int, Verdict]]:
        """The verdicts after a number, in order, with their numbers."""
        asked = sa.select(_VERDICTS).where(_VERDICTS.c.number > number).order_by(_VERDICTS.c.number).limit(limit)
        with self._engine.connect() as connection:
            return [(row.number, _verdict(row)) for row in connection.execute(asked)]

    def waiting_engines(self) -> list[str]:
        """The engines for which there are messages that have not arrived, by name."""
        asked = sa.select(_MESSAGES.c.engine).where(_MESSAGES.c.state == WAITING).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.execute(asked).scalars())

    def due(self, engine: str, *, limit: int = 20) -> list[VerdictMessage]:
        """Messages to an engine whose turn it is, the oldest first.

        A verdict waits until the engine has heard the earlier ones on its pair, or until those are parked: else what
        was undone would be the last that it hears.
        """
        columns, earlier, sooner, this = _MESSAGES.c, _MESSAGES.alias(), _VERDICTS.alias(), _VERDICTS.c
        unheard = sa.exists().where(
            earlier.c.engine == columns.engine,
            earlier.c.state == WAITING,
            earlier.c.number < columns.number,
            sooner.c.number == earlier.c.number,
            sooner.c.upload_id == this.upload_id,
            sooner.c.work_id == this.work_id,
        )
        wanted = (columns.engine == engine, columns.state == WAITING, columns.next_at <= self._clock.now())
        return self._messages(sa.and_(*wanted, ~unheard), limit=limit, oldest=columns.number)

    def parked(self, *, limit: int = 200) -> list[VerdictMessage]:
        """Messages that nobody tries to send any more, the oldest first."""
        return self._messages(_MESSAGES.c.state == PARKED, limit=limit, oldest=_MESSAGES.c.number)

    def sent(self, one: VerdictMessage) -> None:
        """It arrived."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(_MESSAGES).where(*_is(one)).values(state=SENT, problem=None))

    def failed(self, one: VerdictMessage, problem: str) -> None:
        """It did not arrive: later again, and after three days not without a person."""
        now = self._clock.now()
        pause: timedelta = min(FIRST_PAUSE * (1 << min(one.attempts, 20)), LONGEST_PAUSE)
        state = PARKED if now + pause > one.first_at + PARKED_AFTER else WAITING
        values = {"state": state, "attempts": one.attempts + 1, "next_at": now + pause, "problem": problem[:100]}
        with writing(self._engine) as connection:
            connection.execute(sa.update(_MESSAGES).where(*_is(one)).values(values))

    def resend(self, number: int, engine: str) -> None:
        """Try a parked message again, for three days from now. Raises ``NotFound``."""
        now = self._clock.now()
        this = (_MESSAGES.c.number == number, _MESSAGES.c.engine == engine, _MESSAGES.c.state == PARKED)
        values = {"state": WAITING, "attempts": 0, "first_at": now, "next_at": now}
        with writing(self._engine) as connection:
            if connection.execute(sa.update(_MESSAGES).where(*this).values(values)).rowcount != 1:
                raise NotFound("parked message")

    def _repeats(self, connection: Connection, one: CaseVerdict) -> bool:
        """Whether the case's last verdict says the same, or was decided later in the log."""
        asked = sa.select(_VERDICTS).where(_VERDICTS.c.case_id == one.case_id).order_by(_VERDICTS.c.number.desc())
        last = connection.execute(asked.limit(1)).one_or_none()
        if last is None:
            return False
        same = replace(_verdict(last), decided_at=one.verdict.decided_at) == one.verdict
        return bool(last.position >= one.position or same)

    def _last(self, wanted: sa.ColumnElement[bool], work_id: str) -> Row[Any] | None:
        asked = sa.select(_VERDICTS).where(wanted, _VERDICTS.c.work_id == work_id).order_by(_VERDICTS.c.number.desc())
        with self._engine.connect() as connection:
            return connection.execute(asked.limit(1)).one_or_none()

    def _messages(self, wanted: sa.ColumnElement[bool], *, limit: int, oldest: Any) -> list[VerdictMessage]:
        joined = sa.join(_MESSAGES, _VERDICTS, _MESSAGES.c.number == _VERDICTS.c.number)
        columns = [column for column in _VERDICTS.c if column.name != "number"]
        asked = sa.select(_MESSAGES, *columns).select_from(joined).where(wanted).order_by(oldest).limit(limit)
        with self._engine.connect() as connection:
            return [_message(row) for row in connection.execute(asked)]


def _is(one: VerdictMessage) -> tuple[sa.ColumnElement[bool], ...]:
    return (_MESSAGES.c.number == one.number, _MESSAGES.c.engine == one.engine)


def _row(one: CaseVerdict) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "case_id": one.case_id,
        "position": one.position,
        "upload_id": verdict.upload_id,
        "work_id": verdict.work_id,
        "sha256": verdict.upload_sha256,
        "source": one.source,
        "outcome": verdict.outcome,
        "exempt": verdict.exempt,
        "share": None if verdict.share_of_upload is None else format(verdict.share_of_upload, "f"),
        "decided_at": verdict.decided_at,
    }


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        upload_sha256=row.sha256,
        upload_id=row.upload_id,
        work_id=row.work_id,
        outcome=cast("Outcome", row.outcome),
        decided_at=row.decided_at,
        exempt=row.exempt,
        share_of_upload=None if row.share is None else Decimal(row.share),
    )


def _message(row: Row[Any]) -> VerdictMessage:
    names = ("number", "engine", "state", "attempts", "first_at", "next_at", "problem", "case_id")
    return VerdictMessage(**{name: getattr(row, name) for name in names}, verdict=_verdict(row))
