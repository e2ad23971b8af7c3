"""Slows down guessing of passwords: a token bucket per account and per address, in SQL, shared by all processes."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.eventlog.clock import Clock
from casework.views.access.tables import SIGN_IN_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Bucket:
    """``size`` attempts at once, then one every ``refill``."""

    size: int
    refill: timedelta


PER_ACCOUNT = Bucket(10, timedelta(minutes=1))
PER_ADDRESS = Bucket(50, timedelta(seconds=10))


class TooManyAttempts(Exception):
    """Try again after ``retry_after``."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many attempts")
        self.retry_after = retry_after


class SignInThrottle:
    """Counts attempts. Keys are MACs: the table names neither accounts nor addresses."""

    def __init__(self, engine: Engine, clock: Clock, secret: bytes) -> None:
        self._engine = engine
        self._clock = clock
        self._secret = secret

    def attempt(self, *, address: str, email: str | None = None) -> None:
        """Count one attempt, for the address and, if one is named, for the account. Raises ``TooManyAttempts``."""
        now = self._clock.now()
        wanted = [(self._key("address", address), PER_ADDRESS)]
        if email is not None:
            wanted.append((self._key("account", email.strip().lower()), PER_ACCOUNT))
        wait = timedelta(0)
        with writing(self._engine) as connection:
            self._forget_full(connection, now)
            for key, bucket in sorted(wanted, key=lambda pair: pair[0]):
                wait = max(wait, _take(connection, key, bucket, now))
        if wait > timedelta(0):
            raise TooManyAttempts(wait)

    def _key(self, kind: str, value: str) -> str:
        return hmac.digest(self._secret, f"sign-in {kind}\0{value}".encode("utf-8", "replace"), "sha256").hex()

    @staticmethod
    def _forget_full(connection: Connection, now: datetime) -> None:
        """A bucket that has long been full again says nothing any more."""
        longest = max(bucket.size * bucket.refill for bucket in (PER_ACCOUNT, PER_ADDRESS))
        connection.execute(sa.delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.updated_at < now - longest))


def _take(connection: Connection, key: str, bucket: Bucket, now: datetime) -> timedelta:
    """Take one token; how long to wait when there is none."""
    here = SIGN_IN_ATTEMPTS.c.key == key
    row = connection.execute(sa.select(SIGN_IN_ATTEMPTS).where(here).with_for_update()).one_or_none()
    if row is None:
        values = {"key": key, "tokens": float(bucket.size - 1), "updated_at": now}
        connection.execute(sa.insert(SIGN_IN_ATTEMPTS).values(values))
        return timedelta(0)
    passed = max(now - row.updated_at, timedelta(0))
    tokens = min(float(bucket.size), row.tokens + passed / bucket.refill)
    allowed = tokens >= 1
    left = tokens - 1 if allowed else tokens
    connection.execute(sa.update(SIGN_IN_ATTEMPTS).where(here).values(tokens=left, updated_at=now))
    return timedelta(0) if allowed else (1 - tokens) * bucket.refill
