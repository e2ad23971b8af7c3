"""Personal data outside the log: sealed with a key per person, so that destroying the key erases the person.

Events carry only a reference (id, salted hash). The salt lies inside the ciphertext: after an erasure the hash in the
log can neither be checked nor guessed, yet stays in place, so every hash over the log stays valid. Keys of persons are
wrapped by a key that is derived from the application's secret; without the secret the database alone reveals nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from os import getpid, urandom
from typing import Any, NamedTuple, Protocol, cast

import psycopg
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.sql import SQL, Identifier
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.domain.checked import PutTogether, of_checked
from casework.domain.values import VaultReference
from casework.eventlog.copying import copy_rows

_ID_BYTES = 16
_SALT_BYTES = 16
_NONCE_BYTES = 12
_CHANCE_BYTES = 16  # as many as the longest of these
_KEY_BYTES = 32
_CHANCES_AT_ONCE = 256
_LOOKUP_CHUNK = 500  # parameters of one statement; SQLite allows 32,766

_METADATA = sa.MetaData()
_KEYS = sa.Table(
    "vault_keys",
    _METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False, unique=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
_ITEMS = sa.Table(
    "vault_items",
    _METADATA,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key_id", sa.String(32), nullable=False, index=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
_WITH_KEYS = (
    sa.select(_ITEMS, _KEYS.c.subject, _KEYS.c.wrapped)
    .join(_KEYS, _KEYS.c.id == _ITEMS.c.key_id)
    .where(_ITEMS.c.id.in_(sa.bindparam("identities", expanding=True)))
)
"""Written once, like the next: to write such a statement takes as long as to run it."""
_KEYS_OF = sa.select(_KEYS).where(_KEYS.c.subject.in_(sa.bindparam("subjects", expanding=True)))
_ITEMS_NAME = Identifier("vault_items")


class TamperedItem(Exception):
    """An item or a key in the vault is not what was put there, or the application's secret is another one."""


@dataclass(frozen=True, slots=True)
class VaultItem:
    """Something to keep: whose it is (a pseudonym or another opaque id), its bytes, and what kind of bytes they are."""

    subject: str
    content: bytes
    media_type: str = "text/plain; charset=utf-8"


class Prepared(NamedTuple):
    """Personal data with the identity that it will have in the vault; nothing is stored yet."""

    subject: str
    content: bytes
    media_type: str
    id: str
    salt: bytes

    @property
    def reference(self) -> VaultReference:
        """What goes into the event: the id and the salted hash."""
        return self.reference_by(of_checked)

    def reference_by(self, put_together: PutTogether) -> VaultReference:
        """The same, made in another way."""
        digest = hashlib.sha256(self.salt + self.content).hexdigest()
        return put_together(VaultReference, {"id": self.id, "digest": digest})


@dataclass(frozen=True, slots=True)
class Opened:
    """What was kept."""

    content: bytes
    media_type: str


class Vault:
    """Seals, opens and erases personal data in the main database."""

    def __init__(self, engine: Engine, secret: bytes) -> None:
        """``secret`` is the application's secret; ``ValueError`` when it is shorter than 16 bytes."""
        if len(secret) < 16:
            raise ValueError("the secret must have at least 16 bytes")
        self._engine = engine
        self._secret = secret
        self._master = AESGCM(_derived(secret, b"casework vault master key 1"))

    @staticmethod
    def prepare(subject: str, content: bytes, media_type: str = "text/plain; charset=utf-8") -> Prepared:
        """Give personal data a reference without storing anything yet: a command may still be refused."""
        return Prepared(subject, content, media_type, _chance().hex(), _chance())

    def store(self, prepared: Sequence[Prepared]) -> None:
        """Seal and store all items in one transaction, durably."""
        if not prepared:
            return
        if self._engine.dialect.name == "postgresql":
            while not self._store_under(self._keys_ahead({item.subject for item in prepared}), prepared):
                pass  # somebody was erased meanwhile, and gets a new key
            return
        with writing(self._engine) as connection:
            self._seal_into(connection, prepared)

    def _keys_ahead(self, subjects: set[str]) -> _Keys:
        """Make the keys that are missing in a short transaction of their own.

        Whoever makes the key of the same person waits until that transaction ends: here a moment, otherwise until a
        thousand items of somebody else are on disk. No power cut takes a key from an item: it was written before it.
        """
        with self._engine.begin() as connection:
            return self._keys_for(_PostgresqlTables(connection, ahead=True), subjects)

    def _store_under(self, keys: _Keys, prepared: Sequence[Prepared]) -> bool:
        rows = self._sealed(keys, prepared)
        with writing(self._engine) as connection:
            tables = _PostgresqlTables(connection)
            if not tables.keep_keys([identity for identity, _key in keys.values()]):
                return False
            tables.insert_items(rows)
        return True

    def _new_key(self, subject: str) -> tuple[_KeyRow, AESGCM]:
        chance = urandom(_KEY_BYTES + _ID_BYTES)
        key, identity = chance[:_KEY_BYTES], chance[_KEY_BYTES:].hex()
        return (identity, subject, _seal(self._master, key, _key_bound_to(subject))), AESGCM(key)

    def _seal_into(self, connection: Connection, prepared: Sequence[Prepared]) -> None:
        tables = _tables(connection)
        tables.insert_items(self._sealed(self._keys_for(tables, {item.subject for item in prepared}), prepared))

    @staticmethod
    def _sealed(keys: _Keys, prepared: Sequence[Prepared]) -> list[_ItemRow]:
        rows = []
        for item in prepared:
            key_id, key = keys[item.subject]
            sealed = _seal(key, item.salt + item.content, _bound_to(item.id, item.subject, item.media_type))
            rows.append((item.id, key_id, item.media_type, sealed))
        return rows

    def exchange(
        self,
        prepared: Sequence[Prepared],
        *,
        discard: Sequence[str],
        beside: str,
        also: Callable[[Connection], bool],
    ) -> bool:
        """Store what was derived from the item ``beside``, take the items ``discard`` away, and do ``also``, as one.

        ``False``, and nothing is done, when that item was erased meanwhile, so that nothing derived from it comes after
        its erasure, or when ``also``, which is given the connection, says so.
        """
        with self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin() as transaction:
                self._seal_into(connection, prepared)
                there = connection.execute(sa.select(_ITEMS.c.id).where(_ITEMS.c.id == beside)).one_or_none()
                if there is None or not also(connection):
                    transaction.rollback()
                    return False
                connection.execute(sa.delete(_ITEMS).where(_ITEMS.c.id.in_(discard)))
        return True

    def put(self, items: Sequence[VaultItem]) -> list[VaultReference]:
        """Prepare and store all items in one transaction; one reference per item, in the same order."""
        prepared = [self.prepare(item.subject, item.content, item.media_type) for item in items]
        self.store(prepared)
        return [item.reference for item in prepared]

    def open(self, reference: VaultReference) -> bytes | None:
        """The content behind a reference; ``None`` when it has been erased. Raises ``TamperedItem``."""
        opened = self.open_many([reference]).get(reference.id)
        return None if opened is None else opened.content

    def open_many(self, references: Iterable[VaultReference]) -> dict[str, Opened]:
        """Contents by reference id; what has been erased is missing. Raises ``TamperedItem`` for a broken one."""
        digests = {reference.id: reference.digest for reference in references}
        identities = list(digests)
        opened: dict[str, Opened] = {}
        keys: dict[str, AESGCM] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(identities), _LOOKUP_CHUNK):
                wanted = {"identities": identities[start : start + _LOOKUP_CHUNK]}
                for row in connection.execute(_WITH_KEYS, wanted):
                    key = keys.get(row.key_id) or self._unwrapped(row.subject, row.wrapped)
                    keys[row.key_id] = key
                    salted = _unseal(key, row.sealed, _bound_to(row.id, row.subject, row.media_type))
                    if not hmac.compare_digest(hashlib.sha256(salted).hexdigest(), digests[row.id]):
                        raise TamperedItem(f"vault item {row.id} does not match the digest in its reference")
                    opened[row.id] = Opened(salted[_SALT_BYTES:], row.media_type)
        return opened

    def held(self, references: Iterable[VaultReference]) -> frozenset[str]:
        """The ids of those that have not been erased; nothing is opened."""
        identities = [reference.id for reference in references]
        found: set[str] = set()
        with self._engine.connect() as connection:
            for start in range(0, len(identities), _LOOKUP_CHUNK):
                query = sa.select(_ITEMS.c.id).where(_ITEMS.c.id.in_(identities[start : start + _LOOKUP_CHUNK]))
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    def items_of(self, subject: str) -> frozenset[str]:
        """The ids of everything that is kept of one person."""
        query = sa.select(_ITEMS.c.id).join(_KEYS, _KEYS.c.id == _ITEMS.c.key_id).where(_KEYS.c.subject == subject)
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def count_of(self, subject: str) -> int:
        """How many items are kept of one person."""
        query = sa.select(sa.func.count(_ITEMS.c.id)).join(_KEYS, _KEYS.c.id == _ITEMS.c.key_id)
        with self._engine.connect() as connection:
            return int(connection.execute(query.where(_KEYS.c.subject == subject)).scalar_one())

    def erase(self, subject: str) -> int:
        """Destroy the key and every item of one person; how many items there were. Doing it twice is harmless."""
        with writing(self._engine) as connection:
            key_id = connection.execute(
                sa.select(_KEYS.c.id).where(_KEYS.c.subject == subject).with_for_update()
            ).scalar_one_or_none()
            erased = 0
            if key_id is not None:
                erased = connection.execute(sa.delete(_ITEMS).where(_ITEMS.c.key_id == key_id)).rowcount
                connection.execute(sa.delete(_KEYS).where(_KEYS.c.id == key_id))
        if self._engine.dialect.name == "sqlite":
            # The old pages are still in the write-ahead log until it is copied back and cut.
            with self._engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    def pseudonym(self, kind: str, outside_id: str) -> str:
        """``pseudonym`` with this vault's secret."""
        return pseudonym(self._secret, kind, outside_id)

    def fingerprint(self, content: bytes) -> str:
        """64 hexadecimal digits, the same for the same bytes: a MAC, which nobody can guess contents by."""
        return hmac.digest(_fingerprint_key(self._secret), content, "sha256").hex()

    def _keys_for(self, tables: _Tables, subjects: set[str]) -> _Keys:
        keys = self._stored_keys(tables, subjects)
        missing = sorted(subjects - keys.keys())
        if not missing:
            return keys
        made = [self._new_key(subject) for subject in missing]
        if tables.insert_keys([row for row, _key in made]) == len(made):
            return keys | {subject: (identity, key) for (identity, subject, _wrapped), key in made}
        # Another process has made one of them first: what counts is what is there.
        return keys | self._stored_keys(tables, set(missing))

    def _stored_keys(self, tables: _Tables, subjects: set[str]) -> _Keys:
        found = tables.keys_of(sorted(subjects))
        return {subject: (identity, self._unwrapped(subject, wrapped)) for identity, subject, wrapped in found}

    def _unwrapped(self, subject: str, wrapped: bytes) -> AESGCM:
        return AESGCM(_unseal(self._master, wrapped, _key_bound_to(subject)))


_Keys = dict[str, tuple[str, AESGCM]]
"""By subject: the id of the key, and the key."""

_KeyRow = tuple[str, str, bytes]
"""Id, subject, wrapped key."""

_ItemRow = tuple[str, str, str, bytes]
"""Id, id of the key, media type, sealed content."""


class _Tables(Protocol):
    """How many rows at once are read and written; the two databases are quick in different ways."""

    def keys_of(self, subjects: Sequence[str]) -> Sequence[_KeyRow]:
        """The keys of these subjects; unless they are made ahead, kept from erasure until this transaction ends."""
        ...

    def insert_keys(self, rows: Sequence[_KeyRow]) -> int:
        """Put in those whose subject has no key yet; how many these were."""
        ...

    def insert_items(self, rows: Sequence[_ItemRow]) -> None:
        """Put in all items."""
        ...


def _tables(connection: Connection) -> _Tables:
    return _PostgresqlTables(connection) if connection.dialect.name == "postgresql" else _SqliteTables(connection)


class _SqliteTables:
    """By statements with many parameters, and executemany. The transaction holds the write lock already."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keys_of(self, subjects: Sequence[str]) -> Sequence[_KeyRow]:
        found: list[_KeyRow] = []
        for start in range(0, len(subjects), _LOOKUP_CHUNK):
            chunk = subjects[start : start + _LOOKUP_CHUNK]
            rows = self._connection.execute(_KEYS_OF, {"subjects": chunk})
            found += [(row.id, row.subject, row.wrapped) for row in rows]
        return found

    def insert_keys(self, rows: Sequence[_KeyRow]) -> int:
        named = [{"id": row[0], "subject": row[1], "wrapped": row[2]} for row in rows]
        self._connection.execute(sqlite_insert(_KEYS).on_conflict_do_nothing(index_elements=["subject"]), named)
        return len(rows)

    def insert_items(self, rows: Sequence[_ItemRow]) -> None:
        named = [dict(zip(("id", "key_id", "media_type", "sealed"), row, strict=True)) for row in rows]
        self._connection.execute(sa.insert(_ITEMS), named)


class _PostgresqlTables:
    """By arrays and COPY, as the log does: statements with many parameters take most of their time being written."""

    def __init__(self, connection: Connection, *, ahead: bool = False) -> None:
        """``ahead``: only keys are made, for items of a later transaction, which is then waited for."""
        self._ahead = ahead
        self._connection = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)

    def keys_of(self, subjects: Sequence[str]) -> Sequence[_KeyRow]:
        statement = SQL(
            "SELECT id, subject, wrapped FROM vault_keys WHERE subject = ANY(%b) ORDER BY subject{}"
        ).format(SQL("" if self._ahead else " FOR SHARE"))
        with self._connection.cursor(binary=True) as cursor:
            return cast("list[_KeyRow]", cursor.execute(statement, (list(subjects),)).fetchall())

    def keep_keys(self, identities: Sequence[str]) -> bool:
        """Keep an erasure out until the items of this transaction are in, and so erasable; ``False`` if one is gone."""
        statement = "SELECT count(*) FROM (SELECT FROM vault_keys WHERE id = ANY(%b) FOR SHARE) AS kept"
        found = self._connection.execute(statement, (list(identities),)).fetchone()
        return found is not None and found[0] == len(identities)

    def insert_keys(self, rows: Sequence[_KeyRow]) -> int:
        statement = (
            "INSERT INTO vault_keys (id, subject, wrapped) SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[])"
            " ON CONFLICT (subject) DO NOTHING"
        )
        identities, subjects, wrapped = zip(*rows, strict=True)
        with self._connection.cursor() as cursor:
            if self._ahead:
                # It is on disk no later than the next transaction that is waited for.
                cursor.execute("SET LOCAL synchronous_commit = off")
            return cursor.execute(statement, (list(identities), list(subjects), list(wrapped))).rowcount

    def insert_items(self, rows: Sequence[_ItemRow]) -> None:
        columns = ("id", "key_id", "media_type", "sealed")
        encoded = ((row[0].encode(), row[1].encode(), row[2].encode(), row[3]) for row in rows)
        with self._connection.cursor() as cursor:
            copy_rows(cursor, _ITEMS_NAME, columns, encoded)


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TWO_CHARACTERS = [one + other for one in _BASE32 for other in _BASE32]
_PLACES = range(120, -1, -10)


@lru_cache(maxsize=50_000)
def pseudonym(secret: bytes, kind: str, outside_id: str) -> str:
    """The party id that stands in events for an id of the outside: the same for the same id, not to be turned back.

    ``kind`` (``up`` for uploaders, ``rh`` for right holders) is its prefix and part of what is hashed. A keyed MAC,
    because outside ids are few and guessable: a plain hash of them would be no protection.
    """
    keyed = _keyed_pseudonyms(secret).copy()
    keyed.update(f"{kind}\0{outside_id}".encode())
    # 130 bits by ten: the first 26 characters of Base32 in lower case.
    bits = int.from_bytes(keyed.digest()[:17]) >> 6
    return f"{kind}_{''.join([_TWO_CHARACTERS[bits >> place & 1023] for place in _PLACES])}"


@lru_cache(maxsize=4)
def _keyed_pseudonyms(secret: bytes) -> hmac.HMAC:
    return hmac.new(_derived(secret, b"casework pseudonyms 1"), digestmod="sha256")


@lru_cache(maxsize=4)
def _fingerprint_key(secret: bytes) -> bytes:
    return _derived(secret, b"casework fingerprints 1")


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret)


def _bound_to(identity: str, subject: str, media_type: str) -> bytes:
    return f"item\0{identity}\0{subject}\0{media_type}".encode()


def _key_bound_to(subject: str) -> bytes:
    return f"key\0{subject}".encode()


class _Chances:
    """Bytes that nobody can foresee, some at a time, each given out once.

    The system is asked for many at once: while it is asked, another thread takes the interpreter, and a page of a
    delivery would hand it over thousands of times. A process that was forked off begins with none.
    """

    def __init__(self) -> None:
        self._process = 0
        self._left: deque[bytes] = deque()

    def take(self) -> bytes:
        """``_CHANCE_BYTES`` of them."""
        if self._process != getpid():
            self._left = deque()
            self._process = getpid()
        try:
            return self._left.pop()
        except IndexError:
            block = urandom(_CHANCE_BYTES * _CHANCES_AT_ONCE)
            self._left.extend(
                block[start : start + _CHANCE_BYTES] for start in range(_CHANCE_BYTES, len(block), _CHANCE_BYTES)
            )
            return block[:_CHANCE_BYTES]


_chance = _Chances().take


def _seal(key: AESGCM, content: bytes, bound_to: bytes) -> bytes:
    nonce = _chance()[:_NONCE_BYTES]
    return nonce + key.encrypt(nonce, content, bound_to)


def _unseal(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise TamperedItem(
            "something in the vault was changed, or the secret is not the one it was sealed with"
        ) from None
