"""The keys that checkpoints of the log are signed with: made on first use, rotated, backed up under a passphrase.

The private part lies in the main database, sealed by a key that is derived from the application's secret. A new key is
announced by a note that the old one signs, so that whoever trusts the old key can come to trust the new one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from os import urandom
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.eventlog.clock import Clock
from casework.eventlog.notes import ED25519, CheckpointBody, Note, Signature, Verifier, require_name, sign

LEAST_PASSPHRASE = 12
"""Characters of a passphrase for a backup at least."""

ROTATION = "casework log key rotation"
"""The first line of the note that announces a new key. No checkpoint looks like it: its second line is no size."""

_FORMAT = "casework log keys 1"
_SCRYPT = {"length": 32, "n": 2**17, "r": 8, "p": 1}
_NONCE_BYTES = 12
_SALT_BYTES = 16
_MOST_BACKUP_BYTES = 1_000_000

_METADATA = sa.MetaData()
_KEYS = sa.Table(
    "log_keys",
    _METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.String(8), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("public", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),
    sa.Column("retired_at", sa.Text),
    sa.Column("announcement", sa.Text),
)


class BrokenKey(Exception):
    """A key of the log cannot be opened, or is not the one that it says it is."""


class BackupRefused(Exception):
    """A backup of keys cannot be read, or does not belong to this database; the message says which."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """The public side of one key. ``announcement`` is the note by which the key before it announced it."""

    number: int
    verifier: Verifier
    made_at: datetime
    retired_at: datetime | None
    announcement: str | None

    @property
    def active(self) -> bool:
        """Whether new checkpoints are signed with it."""
        return self.retired_at is None


class LogKeys:
    """The table of keys. The name of all of them is the origin of the log, which the first one fixes for good."""

    def __init__(self, engine: Engine, sealing_key: bytes, origin: str, clock: Clock) -> None:
        """``sealing_key`` has 32 bytes; ``origin`` is what a first key will be named. Raises ``MalformedNote``."""
        self._engine = engine
        self._sealing = AESGCM(sealing_key)
        self._origin = require_name(origin)
        self._clock = clock

    @property
    def origin(self) -> str:
        """The name of the log: that of its first key; before there is one, what the settings say."""
        rows = self._rows()
        return str(rows[0].name) if rows else self._origin

    def listed(self) -> tuple[LogKey, ...]:
        """All keys, the oldest first."""
        return tuple(_public(row) for row in self._rows())

    def active(self) -> LogKey:
        """The key that signs now; made when there is none yet."""
        return _public(self._active_row())

    def sign(self, text: str) -> Signature:
        """Sign the text of a note with the active key. Raises ``BrokenKey``."""
        row = self._active_row()
        return sign(text, row.name, self._private(row))

    def checkpoint(self, size: int, root: bytes) -> Note:
        """The checkpoint of this size and root under the name of the log, signed. Raises ``BrokenKey``."""
        row = self._active_row()
        text = CheckpointBody(row.name, size, root).text
        return Note(text, (sign(text, row.name, self._private(row)),))

    def rotate(self) -> LogKey:
        """Retire the active key and put a new one in its place, announced by a note that both sign."""
        self._active_row()
        with writing(self._engine) as connection:
            row = self._locked_active(connection)
            old = self._private(row)
            new = Ed25519PrivateKey.generate()
            now = self._clock.now()
            verifier = Verifier(row.name, ED25519, new.public_key().public_bytes_raw())
            text = f"{ROTATION}\n{row.name}\n{verifier.text}\n{now.isoformat()}\n"
            note = Note(text, (sign(text, row.name, old), sign(text, row.name, new)))
            retire = sa.update(_KEYS).where(_KEYS.c.number == row.number).values(retired_at=now.isoformat())
            connection.execute(retire)
            made = self._new_row(row.number + 1, verifier, new, now)
            connection.execute(sa.insert(_KEYS).values(**made, announcement=str(note)))
        return self.active()

    def check(self) -> int:
        """Open every key; how many there are. Raises ``BrokenKey``."""
        rows = self._rows()
        for row in rows:
            self._private(row)
        if rows and sum(row.retired_at is None for row in rows) != 1:
            raise BrokenKey("there must be one active key of the log")
        return len(rows)

    def export(self, passphrase: str) -> bytes:
        """All keys, private parts too, sealed under a passphrase. ``ValueError`` for one that is too short."""
        if len(passphrase) < LEAST_PASSPHRASE:
            raise ValueError(f"the passphrase must have at least {LEAST_PASSPHRASE} characters")
        self._active_row()
        kept = [
            {
                "number": row.number,
                "name": row.name,
                "private": _text(self._private(row).private_bytes_raw()),
                "made_at": row.made_at,
                "retired_at": row.retired_at,
                "announcement": row.announcement,
            }
            for row in self._rows()
        ]
        salt, nonce = urandom(_SALT_BYTES), urandom(_NONCE_BYTES)
        sealed = nonce + _passphrase_key(passphrase, salt).encrypt(nonce, json.dumps(kept).encode(), _FORMAT.encode())
        document = {"format": _FORMAT, "salt": _text(salt), "sealed": _text(sealed)}
        return (json.dumps(document, indent=2) + "\n").encode()

    def restore(self, backup: bytes, passphrase: str) -> int:
        """Put the keys of a backup in; how many were not there. Doing it twice is harmless.

        Raises ``BackupRefused`` when it cannot be opened or the database has a key of its own that it lacks: a log
        with two unrelated keys would be believed by nobody.
        """
        found = [self._row_of(each) for each in _opened(backup, passphrase)]
        if sum(row["retired_at"] is None for row in found) != 1:
            raise BackupRefused("the backup must have one active key")
        with writing(self._engine) as connection:
            there = {row.key_id for row in connection.execute(sa.select(_KEYS).with_for_update())}
            if there - {row["key_id"] for row in found}:
                raise BackupRefused("this database has a key of its own that is not in the backup")
            connection.execute(sa.delete(_KEYS))
            connection.execute(sa.insert(_KEYS), found)
        return len(found) - len(there)

    def _row_of(self, kept: Any) -> dict[str, Any]:
        try:
            key = Ed25519PrivateKey.from_private_bytes(_raw(kept["private"]))
            verifier = Verifier(require_name(kept["name"]), ED25519, key.public_key().public_bytes_raw())
            made = datetime.fromisoformat(kept["made_at"])
            row = self._new_row(int(kept["number"]), verifier, key, made)
            return {**row, "retired_at": kept["retired_at"], "announcement": kept["announcement"]}
        except (KeyError, TypeError, ValueError) as error:
            raise BackupRefused("the backup is damaged") from error

    def _rows(self) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(sa.select(_KEYS).order_by(_KEYS.c.number)).all()

    def _active_row(self) -> Any:
        found = next((row for row in self._rows() if row.retired_at is None), None)
        if found is not None:
            return found
        key = Ed25519PrivateKey.generate()
        verifier = Verifier(self._origin, ED25519, key.public_key().public_bytes_raw())
        try:
            with writing(self._engine) as connection:
                row = self._new_row(1, verifier, key, self._clock.now())
                connection.execute(sa.insert(_KEYS).values(**row, announcement=None))
        except sa.exc.IntegrityError:
            pass  # another process was first: its key counts
        return next(row for row in self._rows() if row.retired_at is None)

    @staticmethod
    def _locked_active(connection: Connection) -> Any:
        active = sa.select(_KEYS).where(_KEYS.c.retired_at.is_(None)).with_for_update()
        return connection.execute(active).one()

    def _new_row(self, number: int, verifier: Verifier, key: Ed25519PrivateKey, made: datetime) -> dict[str, Any]:
        nonce = urandom(_NONCE_BYTES)
        return {
            "number": number,
            "key_id": verifier.key_id.hex(),
            "name": verifier.name,
            "public": verifier.public,
            "sealed": nonce + self._sealing.encrypt(nonce, key.private_bytes_raw(), _bound_to(verifier)),
            "made_at": made.isoformat(),
            "retired_at": None,
        }

    def _private(self, row: Any) -> Ed25519PrivateKey:
        verifier = Verifier(row.name, ED25519, bytes(row.public))
        sealed = bytes(row.sealed)
        try:
            raw = self._sealing.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(verifier))
        except InvalidTag:
            raise BrokenKey(f"the key {row.key_id} of the log cannot be opened") from None
        key = Ed25519PrivateKey.from_private_bytes(raw)
        if key.public_key().public_bytes_raw() != verifier.public or verifier.key_id.hex() != row.key_id:
            raise BrokenKey(f"the key {row.key_id} of the log is not the one that it says it is")
        return key


def _public(row: Any) -> LogKey:
    retired = None if row.retired_at is None else datetime.fromisoformat(row.retired_at)
    verifier = Verifier(row.name, ED25519, bytes(row.public))
    return LogKey(row.number, verifier, datetime.fromisoformat(row.made_at), retired, row.announcement)


def _bound_to(verifier: Verifier) -> bytes:
    return f"log key\0{verifier.text}".encode()


def _passphrase_key(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, **_SCRYPT).derive(passphrase.encode()))


def _opened(backup: bytes, passphrase: str) -> list[Any]:
    try:
        document = json.loads(backup) if len(backup) <= _MOST_BACKUP_BYTES else None
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise BackupRefused("this is not a backup of the keys of the log")
        salt, sealed = _raw(document["salt"]), _raw(document["sealed"])
        key = _passphrase_key(passphrase, salt)
        opened = json.loads(key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _FORMAT.encode()))
    except InvalidTag:
        raise BackupRefused("the passphrase is wrong, or the backup is damaged") from None
    except (KeyError, TypeError, ValueError) as error:
        raise BackupRefused("this is not a backup of the keys of the log") from error
    if not isinstance(opened, list) or not opened:
        raise BackupRefused("the backup has no keys")
    return opened


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error
