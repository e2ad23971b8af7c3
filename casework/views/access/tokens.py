"""API tokens: 32 random bytes behind a prefix for the look-up, a hash at rest, scopes, an end, and revocation."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.domain.facts import Role
from casework.errors import FieldError, Invalid, NotFound
from casework.eventlog.clock import Clock
from casework.views.access.accounts import Account, active_account
from casework.views.access.tables import API_TOKENS, digest

MARK = "cw_"
"""How every API token begins, so that it is told from a decision link and found by scanners of leaked secrets."""

LONGEST_LIFE = timedelta(days=3660)


class Scope(StrEnum):
    """What a token may be used for."""

    DECISIONS_WRITE = "decisions:write"
    CASES_READ = "cases:read"
    CASES_ACT = "cases:act"
    INTAKE = "intake"
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    SAMPLES = "samples"
    ADMIN = "admin"


_EVERY_ROLE = frozenset({Role.RIGHT_HOLDER, Role.INTAKE, Role.REVIEWER, Role.COMPLIANCE, Role.OVERSIGHT, Role.ENGINEER})
SCOPE_ROLES: dict[Scope, frozenset[Role]] = {
    Scope.DECISIONS_WRITE: frozenset({Role.ENGINEER}),
    Scope.CASES_READ: _EVERY_ROLE,
    Scope.CASES_ACT: frozenset({Role.RIGHT_HOLDER, Role.INTAKE, Role.REVIEWER, Role.COMPLIANCE}),
    Scope.INTAKE: frozenset({Role.INTAKE, Role.COMPLIANCE}),
    Scope.REPORTS_READ: frozenset({Role.COMPLIANCE, Role.OVERSIGHT, Role.ENGINEER}),
    Scope.REPORTS_WRITE: frozenset({Role.COMPLIANCE}),
    Scope.SAMPLES: frozenset({Role.COMPLIANCE, Role.OVERSIGHT}),
    Scope.ADMIN: frozenset({Role.COMPLIANCE, Role.ENGINEER}),
}
"""Roles that may hold a scope: a token never does more than its owner may, now and not only when it was made."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is known of a token; never the token itself."""

    prefix: str
    account_id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def scopes_of(token: ApiToken, account: Account) -> frozenset[Scope]:
    """The scopes that count now."""
    return frozenset(scope for scope in token.scopes if SCOPE_ROLES[scope] & account.roles)


class ApiTokens:
    """Makes, finds, lists and revokes API tokens."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(
        self, account: Account, name: str, scopes: Iterable[Scope], *, valid_for: timedelta
    ) -> tuple[str, ApiToken]:
        """Make a token; the text is shown once and never again. Raises ``Invalid`` naming each field."""
        wanted = frozenset(scopes)
        errors = []
        if not 0 < len(name.strip()) <= 200:
            errors.append(FieldError("/name", "wrong_length", "a name has 1 to 200 characters"))
        if not wanted:
            errors.append(FieldError("/scopes", "missing", f"give at least one of {', '.join(Scope)}"))
        for scope in sorted(wanted):
            if not SCOPE_ROLES[scope] & account.roles:
                needed = ", ".join(sorted(SCOPE_ROLES[scope]))
                errors.append(FieldError("/scopes", "role_missing", f"{scope} needs one of the roles {needed}"))
        if not timedelta(0) < valid_for <= LONGEST_LIFE:
            errors.append(FieldError("/valid_for", "out_of_range", "a token is valid for at most ten years"))
        if errors:
            raise Invalid(tuple(errors))
        now = self._clock.now()
        prefix = secrets.token_hex(6)
        text = f"{MARK}{prefix}_{secrets.token_urlsafe(32)}"
        token = ApiToken(prefix, account.id, name.strip(), wanted, now, now + valid_for, None)
        row = {
            "prefix": prefix,
            "digest": digest(text),
            "account_id": account.id,
            "name": token.name,
            "scopes": sorted(wanted),
            "created_at": now,
            "expires_at": token.expires_at,
            "revoked_at": None,
        }
        with writing(self._engine) as connection:
            connection.execute(sa.insert(API_TOKENS).values(row))
        return text, token

    def find(self, text: str) -> tuple[ApiToken, Account] | None:
        """The valid token that this text is, and the active account that it belongs to."""
        prefix, _, rest = text.removeprefix(MARK).partition("_")
        if not text.startswith(MARK) or not rest or len(text) > 200:
            return None
        with self._engine.connect() as connection:
            row = connection.execute(_BY_PREFIX, {"wanted": prefix}).one_or_none()
            if row is None or not hmac.compare_digest(row.digest, digest(text)):
                return None
            if row.revoked_at is not None or row.expires_at <= self._clock.now():
                return None
            account = active_account(connection, row.account_id)
        return None if account is None else (_token(row), account)

    def list_all(self, account_id: str | None = None) -> list[ApiToken]:
        """All tokens, or those of one account, oldest first."""
        query = sa.select(API_TOKENS).order_by(API_TOKENS.c.created_at, API_TOKENS.c.prefix)
        if account_id is not None:
            query = query.where(API_TOKENS.c.account_id == account_id)
        with self._engine.connect() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, prefix: str) -> None:
        """End a token at once; doing it twice is harmless. Raises ``NotFound``."""
        here = API_TOKENS.c.prefix == prefix.removeprefix(MARK).partition("_")[0]
        with writing(self._engine) as connection:
            if connection.execute(sa.select(API_TOKENS.c.prefix).where(here)).one_or_none() is None:
                raise NotFound("token")
            still_open = (here, API_TOKENS.c.revoked_at.is_(None))
            connection.execute(sa.update(API_TOKENS).where(*still_open).values(revoked_at=self._clock.now()))


_BY_PREFIX = sa.select(API_TOKENS).where(API_TOKENS.c.prefix == sa.bindparam("wanted"))


def _token(row: Any) -> ApiToken:
    return ApiToken(
        prefix=row.prefix,
        account_id=row.account_id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
