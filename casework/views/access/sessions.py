"""Sign-ins of people at a browser: a random id in a cookie, only its hash at rest, nothing for anonymous visitors.

The id is made at sign-in and never taken from the browser, so nobody can be signed in under an id prepared by another.
A session ends when unused for a while, at the latest after its absolute lifetime, and with the account's password.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.eventlog.clock import Clock
from casework.views.access.tables import SESSIONS, digest

IDLE = timedelta(hours=4)
"""How long a session lasts unused; long, because a reviewer may study a film before going on."""

TOUCH_EVERY = timedelta(minutes=5)
"""Use is written down this often at most, so that reading pages does not write."""

_LONGEST_ID = 100


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, engine: Engine, clock: Clock, lifetime: timedelta) -> None:
        """``lifetime`` is absolute: it counts from the sign-in and nothing makes it longer."""
        self._engine = engine
        self._clock = clock
        self.lifetime = lifetime

    def open(self, account_id: str, *, instead_of: str | None = None) -> str:
        """A new session; its id for the cookie. The browser's session before it, if any, ends."""
        session_id = secrets.token_urlsafe(32)
        now = self._clock.now()
        row = {
            "digest": digest(session_id),
            "account_id": account_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": now + self.lifetime,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
            if instead_of:
                connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest(instead_of)))
            connection.execute(sa.insert(SESSIONS).values(row))
        return session_id

    def find(self, session_id: str) -> str | None:
        """The account of a session that has not ended; notes its use now and then."""
        if not 0 < len(session_id) <= _LONGEST_ID:
            return None
        here = SESSIONS.c.digest == digest(session_id)
        now = self._clock.now()
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(SESSIONS).where(here)).one_or_none()
        if row is None or row.expires_at <= now or row.seen_at + IDLE <= now:
            return None
        if row.seen_at + TOUCH_EVERY <= now:
            with writing(self._engine) as connection:
                connection.execute(sa.update(SESSIONS).where(here).values(seen_at=now))
        return str(row.account_id)

    def close(self, session_id: str) -> None:
        """End one session."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest(session_id)))

    def close_all(self, account_id: str) -> int:
        """End all sessions of an account; how many there were."""
        with writing(self._engine) as connection:
            return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id)).rowcount
