"""Keys of the log: made once, rotated by an announcement that the old key signs, moved only by a passphrase."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import DatabaseUrl, main_engine
from casework.eventlog import log_keys
from casework.eventlog.clock import SimulatedClock
from casework.eventlog.log_keys import ROTATION, BackupRefused, BrokenKey, LogKeys
from casework.eventlog.notes import MalformedNote, read_checkpoint, read_note, read_verifier
from tests.eventlog.examples import NOON

SEALING = bytes(range(32))
ORIGIN = "log.example/casework"
PASSPHRASE = "a long enough passphrase"


@dataclass
class Safe:
    """A database, and the keys in it by one secret or another."""

    engine: Engine
    clock: SimulatedClock

    def keys(self, sealing: bytes = SEALING, origin: str = ORIGIN) -> LogKeys:
        return LogKeys(self.engine, sealing, origin, self.clock)


@pytest.fixture
def safe(database_url: DatabaseUrl) -> Iterator[Safe]:
    yield from _safe(database_url)


@pytest.fixture
def on_sqlite(sqlite_url: DatabaseUrl) -> Iterator[Safe]:
    yield from _safe(sqlite_url)


def _safe(url: DatabaseUrl) -> Iterator[Safe]:
    engine = main_engine(url)
    try:
        yield Safe(engine, SimulatedClock(NOON))
    finally:
        engine.dispose()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is slow to guess on purpose; not here."""
    monkeypatch.setitem(log_keys._SCRYPT, "n", 2**4)


def test_the_first_use_makes_one_key_however_many_processes_begin(safe: Safe) -> None:
    threads = [Thread(target=lambda: safe.keys().active()) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (key,) = safe.keys().listed()
    assert key.active
    assert key.verifier.name == ORIGIN
    assert safe.keys().check() == 1


def test_a_signature_is_by_the_active_key_and_the_origin_stays(on_sqlite: Safe) -> None:
    keys = on_sqlite.keys()
    signature = keys.sign("text\n")
    assert keys.active().verifier.accepts("text\n", signature)
    renamed = on_sqlite.keys(origin="elsewhere.example/casework")
    assert renamed.origin == ORIGIN
    assert renamed.sign("text\n").name == ORIGIN


def test_a_new_key_is_announced_by_the_old_one(safe: Safe) -> None:
    keys = safe.keys()
    old = keys.active().verifier
    safe.clock.advance(timedelta(days=1))
    made = keys.rotate()
    first, second = keys.listed()
    assert (first.active, second.active) == (False, True)
    assert first.retired_at == second.made_at == NOON + timedelta(days=1)
    assert second == made
    assert made.announcement is not None
    note = read_note(made.announcement)
    assert [old.accepts(note.text, each) for each in note.signatures] == [True, False]
    assert [made.verifier.accepts(note.text, each) for each in note.signatures] == [False, True]
    head, origin, key, _at, _end = note.text.split("\n")
    assert (head, origin, read_verifier(key)) == (ROTATION, ORIGIN, made.verifier)
    with pytest.raises(MalformedNote):
        read_checkpoint(note.text)
    assert made.verifier.accepts("x\n", keys.sign("x\n"))


def test_a_backup_brings_all_keys_into_another_database(
    on_sqlite: Safe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    keys = on_sqlite.keys()
    keys.active()
    keys.rotate()
    before = keys.listed()
    backup = keys.export(PASSPHRASE)
    with on_sqlite.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM log_keys"))
    other = on_sqlite.keys(sealing=bytes(32))
    assert other.restore(backup, PASSPHRASE) == 2
    assert other.listed() == before
    assert other.check() == 2
    assert other.restore(backup, PASSPHRASE) == 0
    other.rotate()
    with pytest.raises(BackupRefused, match="not in the backup"):
        other.restore(backup, PASSPHRASE)


def test_a_backup_tells_nothing_without_its_passphrase(on_sqlite: Safe) -> None:
    keys = on_sqlite.keys()
    backup = keys.export(PASSPHRASE)
    assert keys.active().verifier.name.encode() not in backup
    with pytest.raises(BackupRefused, match="passphrase is wrong"):
        keys.restore(backup, "another passphrase")
    document = json.loads(backup)
    document["sealed"] = document["sealed"][:-8] + "AAAAAAA="
    with pytest.raises(BackupRefused, match="damaged"):
        keys.restore(json.dumps(document).encode(), PASSPHRASE)
    for wrong in (b"", b"{}", b"[1]", b"\xff", b'{"format":"casework log keys 1"}', b" " * 2_000_000):
        with pytest.raises(BackupRefused, match="not a backup"):
            keys.restore(wrong, PASSPHRASE)
    with pytest.raises(ValueError, match="12 characters"):
        keys.export("too short")


def test_the_check_finds_keys_of_another_secret_and_changed_ones(on_sqlite: Safe) -> None:
    on_sqlite.keys().active()
    with pytest.raises(BrokenKey, match="cannot be opened"):
        on_sqlite.keys(sealing=bytes(32)).check()
    with on_sqlite.engine.begin() as connection:
        connection.execute(sa.text("UPDATE log_keys SET retired_at = made_at"))
    with pytest.raises(BrokenKey, match="one active key"):
        on_sqlite.keys().check()
