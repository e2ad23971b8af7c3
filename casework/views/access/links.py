"""Links that let people in without a password: sign-in links for accounts, and epochs that revoke decision links."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.eventlog.clock import Clock
from casework.links import LATEST_EPOCH
from casework.views.access.tables import LINK_EPOCHS, SIGN_IN_LINKS, digest

_LONGEST_TOKEN = 100
_LOOKUP_CHUNK = 500


class SignInLinks:
    """Makes and redeems links under ``/sign-in/``; only hashes are kept."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, account_id: str, *, valid_for: timedelta, single_use: bool = True) -> str:
        """A token for the link ``/sign-in/<token>``."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        row = {
            "digest": digest(token),
            "account_id": account_id,
            "expires_at": now + valid_for,
            "single_use": single_use,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.delete(SIGN_IN_LINKS).where(SIGN_IN_LINKS.c.expires_at <= now))
            connection.execute(sa.insert(SIGN_IN_LINKS).values(row))
        return token

    def is_valid(self, token: str) -> bool:
        """Whether the link would let somebody in now; looking does not use it up."""
        with self._engine.connect() as connection:
            return connection.execute(sa.select(SIGN_IN_LINKS.c.digest).where(*self._here(token))).first() is not None

    def redeem(self, token: str) -> str | None:
        """The account that the link is for; a link for a single use is used up, by one caller only."""
        here = self._here(token)
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(SIGN_IN_LINKS).where(*here).with_for_update()).one_or_none()
            if row is None:
                return None
            if row.single_use:
                connection.execute(sa.delete(SIGN_IN_LINKS).where(*here))
            return str(row.account_id)

    def _here(self, token: str) -> tuple[sa.ColumnElement[bool], ...]:
        wanted = digest(token) if len(token) <= _LONGEST_TOKEN else ""
        return (SIGN_IN_LINKS.c.digest == wanted, SIGN_IN_LINKS.c.expires_at > self._clock.now())


class LinkEpochs:
    """The present epoch of a case's decision links: raising it revokes all links made before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def present(self, case_id: UUID) -> int:
        """The epoch in which links of this case are valid now; 0 until something was revoked."""
        with self._engine.connect() as connection:
            return self._read(connection, case_id)

    def present_many(self, case_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """The same for many cases at once; those whose links were never revoked are missing."""
        found: dict[UUID, int] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(case_ids), _LOOKUP_CHUNK):
                wanted = [one.hex for one in case_ids[start : start + _LOOKUP_CHUNK]]
                for row in connection.execute(sa.select(LINK_EPOCHS).where(LINK_EPOCHS.c.case_id.in_(wanted))):
                    found[UUID(row.case_id)] = int(row.epoch)
        return found

    def revoke(self, case_id: UUID) -> int:
        """Revoke all links of a case; the new epoch. Raises ``OverflowError`` after 65,535 times."""
        with writing(self._engine) as connection:
            here = LINK_EPOCHS.c.case_id == case_id.hex
            row = connection.execute(sa.select(LINK_EPOCHS).where(here).with_for_update()).one_or_none()
            if row is None:
                connection.execute(sa.insert(LINK_EPOCHS).values(case_id=case_id.hex, epoch=1))
                return 1
            if row.epoch >= LATEST_EPOCH:
                raise OverflowError("the links of this case have been revoked too often")
            connection.execute(sa.update(LINK_EPOCHS).where(here).values(epoch=row.epoch + 1))
            return int(row.epoch) + 1

    @staticmethod
    def _read(connection: sa.Connection, case_id: UUID) -> int:
        found = connection.execute(sa.select(LINK_EPOCHS.c.epoch).where(LINK_EPOCHS.c.case_id == case_id.hex)).scalar()
        return 0 if found is None else int(found)
