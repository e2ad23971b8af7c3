"""The people: accounts with roles, reviewers' languages, media and conflicts, and the roster that panels come from."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.domain.case.seating import Candidate
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.domain.values import Medium
from casework.errors import FieldError, Invalid, NotFound
from casework.eventlog.clock import Clock
from casework.eventlog.vault import Vault
from casework.views.access.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, Passwords
from casework.views.access.tables import ACCOUNTS, API_TOKENS, CONFLICTS, SESSIONS, SIGN_IN_LINKS

ROLES = (Role.RIGHT_HOLDER, Role.INTAKE, Role.REVIEWER, Role.COMPLIANCE, Role.OVERSIGHT, Role.ENGINEER)
"""The roles that an account may have; the other actors of case.md have no account."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person or program. ``party`` is the pseudonym of the right holder that the account acts for."""

    id: str
    email: str
    name: str
    roles: frozenset[Role]
    party: str | None
    languages: frozenset[str]
    media: frozenset[str]
    active: bool


class Workload(Protocol):
    """What the accounts need to know of the cases to seat a panel."""

    def owed(self, reviewers: Sequence[str]) -> Mapping[str, int]:
        """How many rulings each of these reviewers owes now; who owes none may be missing."""
        ...

    def took_part(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of the same upload and work."""
        ...

    def sits_elsewhere(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who owe a ruling on another case of the same upload and work."""
        ...

    def heard_party(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of one of its parties within the time that the platform set."""
        ...


class Accounts:
    """Keeps the accounts and answers as the roster of reviewers."""

    def __init__(self, engine: Engine, vault: Vault, clock: Clock, workload: Workload, passwords: Passwords) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._workload = workload
        self._passwords = passwords

    # People ----------------------------------------------------------------------------------------------------------

    def add(
        self,
        email: str,
        name: str,
        roles: Iterable[Role],
        *,
        right_holder_id: str | None = None,
        languages: Iterable[str] = (),
        media: Iterable[str] = (),
        password: str | None = None,
    ) -> Account:
        """Make an account. ``right_holder_id`` is the outside id of the right holder that it acts for.

        Without a password it is entered by a sign-in link. Raises ``Invalid`` naming each field.
        """
        account = Account(
            id=f"ac_{secrets.token_hex(12)}",
            email=email.strip().lower(),
            name=name.strip(),
            roles=frozenset(roles),
            party=None if right_holder_id is None else self._vault.pseudonym("rh", right_holder_id),
            languages=frozenset(one.strip().lower() for one in languages),
            media=frozenset(media),
            active=True,
        )
        errors = [*_faults(account), *(() if password is None else _password_faults(password))]
        if errors:
            raise Invalid(tuple(errors))
        hashed = None if password is None else self._passwords.hash(password)
        row = {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "password_hash": hashed,
            "roles": sorted(account.roles),
            "party": account.party,
            "languages": sorted(account.languages),
            "media": sorted(account.media),
            "active": True,
            "created_at": self._clock.now(),
        }
        try:
            with writing(self._engine) as connection:
                connection.execute(sa.insert(ACCOUNTS).values(row))
        except sa.exc.IntegrityError:
            error = FieldError("/email", "already_taken", "there is an account with this e-mail address")
            raise Invalid((error,)) from None
        return account

    def list_all(self) -> list[Account]:
        """All accounts, by e-mail address."""
        with self._engine.connect() as connection:
            return [_account(row) for row in connection.execute(sa.select(ACCOUNTS).order_by(ACCOUNTS.c.email))]

    def get(self, account_id: str) -> Account | None:
        """The active account with this id."""
        with self._engine.connect() as connection:
            return active_account(connection, account_id)

    def find(self, email_or_id: str) -> Account:
        """An account, active or not, by e-mail address or id. Raises ``NotFound``."""
        wanted = email_or_id.strip()
        here = sa.or_(ACCOUNTS.c.email == wanted.lower(), ACCOUNTS.c.id == wanted)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(ACCOUNTS).where(here)).one_or_none()
        if row is None:
            raise NotFound("account")
        return _account(row)

    def check_password(self, email: str, password: str) -> Account | None:
        """The active account that both fit; as slow for an unknown address as for a known one."""
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(ACCOUNTS).where(ACCOUNTS.c.email == email.strip().lower(), ACCOUNTS.c.active)
            ).one_or_none()
        fits = self._passwords.verify(password, None if row is None else row.password_hash)
        return _account(row) if fits and row is not None else None

    def set_password(self, account_id: str, password: str) -> None:
        """Change a password and end all sessions of the account. Raises ``Invalid`` for one that is too short."""
        errors = _password_faults(password)
        if errors:
            raise Invalid(tuple(errors))
        hashed = self._passwords.hash(password)
        with writing(self._engine) as connection:
            connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(password_hash=hashed))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id))

    def deactivate(self, account_id: str) -> None:
        """Shut an account out at once: its sessions, sign-in links and API tokens end."""
        with writing(self._engine) as connection:
            connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(active=False))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id))
            connection.execute(sa.delete(SIGN_IN_LINKS).where(SIGN_IN_LINKS.c.account_id == account_id))
            open_tokens = (API_TOKENS.c.account_id == account_id, API_TOKENS.c.revoked_at.is_(None))
            connection.execute(sa.update(API_TOKENS).where(*open_tokens).values(revoked_at=self._clock.now()))

    def held_of(self, party: str) -> int:
        """How many accounts act for a right holder, by its pseudonym."""
        query = sa.select(sa.func.count()).select_from(ACCOUNTS).where(ACCOUNTS.c.party == party)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def forget(self, party: str) -> int:
        """Erase the accounts that act for a right holder, with all that lets them in; how many there were.

        An account with other roles as well loses that of right holder and stays: it is a colleague's.
        """
        with writing(self._engine) as connection:
            found = connection.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.party == party)).all()
            for row in found:
                here, roles = ACCOUNTS.c.id == row.id, [one for one in row.roles if one != Role.RIGHT_HOLDER.value]
                if roles:
                    connection.execute(sa.update(ACCOUNTS).where(here).values(party=None, roles=roles))
                    continue
                for table in (SESSIONS, SIGN_IN_LINKS, API_TOKENS, CONFLICTS):
                    connection.execute(sa.delete(table).where(table.c.account_id == row.id))
                connection.execute(sa.delete(ACCOUNTS).where(here))
        return len(found)

    # Reviewers -------------------------------------------------------------------------------------------------------

    def declare_conflict(self, account_id: str, *, kind: str, outside_id: str) -> str:
        """Bar a reviewer from a party's cases (``kind``: ``up`` uploader, ``rh`` right holder); its pseudonym."""
        if kind not in ("up", "rh"):
            raise ValueError("a party is an uploader (up) or a right holder (rh)")
        party = self._vault.pseudonym(kind, outside_id)
        here = (CONFLICTS.c.account_id == account_id, CONFLICTS.c.party == party)
        with writing(self._engine) as connection:
            if connection.execute(sa.select(CONFLICTS).where(*here)).one_or_none() is None:
                row = {"account_id": account_id, "party": party, "declared_at": self._clock.now()}
                connection.execute(sa.insert(CONFLICTS).values(row))
        return party

    def candidates(self) -> Sequence[Candidate]:
        """All active reviewers; whoever acts for a right holder has a conflict with it without declaring it."""
        conflicts: dict[str, set[str]] = {}
        with self._engine.connect() as connection:
            accounts = [_account(row) for row in connection.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.active))]
            for row in connection.execute(sa.select(CONFLICTS)):
                conflicts.setdefault(row.account_id, set()).add(row.party)
        reviewers = [account for account in accounts if Role.REVIEWER in account.roles]
        owed = self._workload.owed([account.id for account in reviewers])
        return [
            Candidate(
                id=account.id,
                languages=account.languages,
                media=account.media,
                load=owed.get(account.id, 0),
                conflicts=frozenset(conflicts.get(account.id, set()) | ({account.party} if account.party else set())),
            )
            for account in reviewers
        ]

    def took_part(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of the same upload and work."""
        return self._workload.took_part(case_id, case)

    def sits_elsewhere(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who owe a ruling on another case of the same upload and work."""
        return self._workload.sits_elsewhere(case_id, case)

    def heard_party(self, case_id: UUID, case: Case) -> Sequence[str]:
        """Reviewers who ruled on another case of one of its parties within the time that the platform set."""
        return self._workload.heard_party(case_id, case)


_ACTIVE = sa.select(ACCOUNTS).where(ACCOUNTS.c.id == sa.bindparam("wanted"), ACCOUNTS.c.active)
"""Runs at every request that says who calls."""


def active_account(connection: Connection, account_id: str) -> Account | None:
    """The active account with this id."""
    row = connection.execute(_ACTIVE, {"wanted": account_id}).one_or_none()
    return None if row is None else _account(row)


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        party=row.party,
        languages=frozenset(row.languages),
        media=frozenset(row.media),
        active=row.active,
    )


def _faults(account: Account) -> list[FieldError]:
    found = []
    local, at, domain = account.email.partition("@")
    if not (local and at and domain) or len(account.email) > 320 or any(c.isspace() for c in account.email):
        found.append(FieldError("/email", "not_an_address", "an e-mail address has one @ and no spaces"))
    if not 0 < len(account.name) <= 200:
        found.append(FieldError("/name", "wrong_length", "a name has 1 to 200 characters"))
    if not account.roles or not account.roles <= set(ROLES):
        found.append(FieldError("/roles", "unknown_role", f"give at least one of {', '.join(ROLES)}"))
    if (Role.RIGHT_HOLDER in account.roles) != (account.party is not None):
        found.append(
            FieldError("/right_holder_id", "missing_or_needless", "a right holder's id goes with the role right_holder")
        )
    if not account.media <= {medium.value for medium in Medium}:
        found.append(FieldError("/media", "unknown_medium", f"media are {', '.join(Medium)}"))
    if any(not 2 <= len(one) <= 8 or not one.isalnum() for one in account.languages):
        found.append(FieldError("/languages", "not_a_language", "languages are codes such as zh and en"))
    return found


def _password_faults(password: str) -> list[FieldError]:
    if LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        return []
    detail = f"a password has at least {LEAST_CHARACTERS} and at most {MOST_CHARACTERS} characters"
    return [FieldError("/password", "wrong_length", detail)]
