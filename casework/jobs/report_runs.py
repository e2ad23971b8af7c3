"""Reports and packs that people ask for: kept in a table until a worker has made them, so that no restart loses one.

A worker takes a run for the time of a lease and renews it with every step. When the worker dies, the lease runs out and
another one begins anew; files are written at once or not at all, so a run made twice gives the same files.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.domain.facts import Refused
from casework.errors import NotFound
from casework.eventlog.clock import Clock
from casework.views.models.columns import Moment

LEASE = timedelta(minutes=5)
"""How long a worker may be silent before another one takes over; the slowest single step takes under a minute."""

MOST_ATTEMPTS = 3

_METADATA = sa.MetaData()
_RUNS = sa.Table(
    "report_runs",
    _METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_at", Moment, nullable=False),
    sa.Column("start", sa.String(10), nullable=False),
    sa.Column("end", sa.String(10), nullable=False),
    sa.Column("as_of", Moment, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("holder", sa.String(40)),
    sa.Column("lease_until", Moment),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("whole", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("asked", sa.JSON),
    sa.Column("digests", sa.JSON),
    sa.Column("corrects", sa.Integer),
    sa.Column("changes", sa.String(64)),
)


class RunKind(StrEnum):
    """What is made."""

    REPORT = "report"
    PACK = "pack"


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReportRun:
    """A report or pack that was asked for. ``end``: the first day after the period; ``done`` of ``whole`` steps.

    ``problem`` is a stable code: ``identities``, ``projection``, ``fonts``, ``signing``, ``log_size``, ``folder`` or
    ``fault``; ``files`` are names, ``digests`` the SHA-256 of each when it was made. ``asked``: what a pack is made of.
    ``changes``: the digest of what differs from the published report of the period whose edition is ``corrects``.
    """

    id: str
    requested_by: str
    requested_at: datetime
    start: date
    end: date
    as_of: datetime
    state: RunState
    done: int
    whole: int
    problem: str | None
    files: tuple[str, ...]
    finished_at: datetime | None
    holder: str | None = None
    kind: RunKind = RunKind.REPORT
    asked: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    corrects: int | None = None
    changes: str | None = None

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.end - timedelta(days=1)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (RunState.DONE, RunState.FAILED)


class ReportRuns:
    """The table of runs, for those who ask and for the workers."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def request(
        self, start: date, end: date, requested_by: str, *, as_of: datetime | None = None, key: str | None = None
    ) -> ReportRun:
        """Ask for a report of the local days ``[start, end)``. Raises ``ValueError`` for an empty period.

        With the same ``key`` by the same person a second time, the first run is returned; for another report that
        raises ``Refused("idempotency_key_reused")``.
        """
        return self._request(RunKind.REPORT, start, end, requested_by, as_of, key, None)

    def request_pack(
        self, start: date, end: date, requested_by: str, asked: Mapping[str, Any], *, key: str | None = None
    ) -> ReportRun:
        """Ask for a pack for the regulator, made of what is ``asked`` for. Raises as ``request``."""
        return self._request(RunKind.PACK, start, end, requested_by, None, key, asked)

    def _request(
        self,
        kind: RunKind,
        start: date,
        end: date,
        requested_by: str,
        as_of: datetime | None,
        key: str | None,
        asked: Mapping[str, Any] | None,
    ) -> ReportRun:
        if start >= end:
            raise ValueError("a period ends after it begins")
        now = self._clock.now()
        name = secrets.token_hex(12)
        if key is not None:
            name = hashlib.sha256(f"{requested_by}:{key}".encode()).hexdigest()[:24]
        row = {
            "id": f"{_PREFIXES[kind]}_{name}",
            "requested_by": requested_by,
            "requested_at": now,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "as_of": as_of or now,
            "state": RunState.WAITING.value,
            "attempts": 0,
            "holder": None,
            "lease_until": None,
            "done": 0,
            "whole": 0,
            "problem": None,
            "files": [],
            "finished_at": None,
            "kind": kind.value,
            "asked": None if asked is None else dict(asked),
        }
        try:
            with writing(self._engine) as connection:
                connection.execute(sa.insert(_RUNS).values(row))
        except sa.exc.IntegrityError:
            run = self.get(str(row["id"]), kind)
            other = (run.start, run.end, run.asked) != (start, end, asked or {})
            if other or as_of not in (None, run.as_of):
                raise Refused("idempotency_key_reused") from None
            return run
        return self.get(str(row["id"]), kind)

    def now(self) -> datetime:
        """The moment that a report asked for now is as of."""
        return self._clock.now()

    def get(self, run_id: str, kind: RunKind = RunKind.REPORT) -> ReportRun:
        """A run by its id. Raises ``NotFound``."""
        wanted = sa.select(_RUNS).where(_RUNS.c.id == run_id[:40], _RUNS.c.kind == kind.value)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFound("report")
        return _run(row)

    def latest(self, limit: int = 20, kind: RunKind = RunKind.REPORT) -> list[ReportRun]:
        """Runs, the newest first."""
        query = sa.select(_RUNS).where(_RUNS.c.kind == kind.value)
        query = query.order_by(_RUNS.c.requested_at.desc(), _RUNS.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(query)]

    def take(self, holder: str) -> ReportRun | None:
        """Take the oldest run that waits or whose worker fell silent; ``None`` when there is none.

        One that fell silent too often is given up: whatever it is about kills workers.
        """
        now = self._clock.now()
        silent = sa.and_(_RUNS.c.state == RunState.RUNNING.value, _RUNS.c.lease_until <= now)
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(_RUNS)
                .where(silent, _RUNS.c.attempts >= MOST_ATTEMPTS)
                .values(state=RunState.FAILED.value, problem="fault", finished_at=now)
            )
            row = connection.execute(
                sa.select(_RUNS)
                .where(sa.or_(_RUNS.c.state == RunState.WAITING.value, silent))
                .order_by(_RUNS.c.requested_at, _RUNS.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            taken = {
                "state": RunState.RUNNING.value,
                "holder": holder,
                "lease_until": now + LEASE,
                "attempts": row.attempts + 1,
                "done": 0,
            }
            connection.execute(sa.update(_RUNS).where(_RUNS.c.id == row.id).values(taken))
        return self.get(row.id, RunKind(row.kind))

    def progress(self, run: ReportRun, done: int, whole: int) -> bool:
        """Renew the lease and say how far it is; ``False`` when another worker has taken over."""
        return self._change(run, {"done": done, "whole": whole, "lease_until": self._clock.now() + LEASE})

    def finish(
        self, run: ReportRun, files: Mapping[str, str], *, corrects: int | None = None, changes: str | None = None
    ) -> bool:
        """The files are there; ``files`` has the SHA-256 of each by its name."""
        values = {
            "state": RunState.DONE.value,
            "files": list(files),
            "digests": dict(files),
            "corrects": corrects,
            "changes": changes,
            "finished_at": self._clock.now(),
        }
        return self._change(run, values)

    def fail(self, run: ReportRun, problem: str) -> bool:
        """It cannot be made, and trying again would not help."""
        values = {"state": RunState.FAILED.value, "problem": problem, "finished_at": self._clock.now()}
        return self._change(run, values)

    def release(self, run: ReportRun) -> bool:
        """Give it back unfinished, so that another worker begins at once."""
        return self._change(run, {"state": RunState.WAITING.value, "holder": None, "lease_until": None})

    def _change(self, run: ReportRun, values: dict[str, Any]) -> bool:
        here = (_RUNS.c.id == run.id, _RUNS.c.holder == run.holder, _RUNS.c.state == RunState.RUNNING.value)
        with writing(self._engine) as connection:
            return bool(connection.execute(sa.update(_RUNS).where(*here).values(values)).rowcount)


_PREFIXES: Mapping[RunKind, str] = {RunKind.REPORT: "rr", RunKind.PACK: "rp"}


def _run(row: Any) -> ReportRun:
    return ReportRun(
        id=row.id,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        start=date.fromisoformat(row.start),
        end=date.fromisoformat(row.end),
        as_of=row.as_of,
        state=RunState(row.state),
        done=row.done,
        whole=row.whole,
        problem=row.problem,
        files=tuple(row.files),
        finished_at=row.finished_at,
        holder=row.holder,
        kind=RunKind(row.kind),
        asked=row.asked or {},
        digests=row.digests or {},
        corrects=row.corrects,
        changes=row.changes,
    )
