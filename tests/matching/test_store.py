"""The store of fingerprints on both databases: whole or not at all, in order, and shared between processes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl
from matching_adapter.store import Change, FingerprintStore, StoredFingerprint, StoreProblem, _metadata

ASKED = sa.text("SELECT name, sql FROM sqlite_master")
ROWS = [StoredFingerprint("w-1", "aa", b"one"), StoredFingerprint("w-2", "bb", b"\x00two\xff")]


def address_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder}/index.db"
    address: DatabaseUrl = request.getfixturevalue("empty_postgresql_url")
    return address.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "sqlite://" if request.param == "memory" else address_of(request.param, request, tmp_path)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return address_of(request.param, request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[FingerprintStore]:
    opened = FingerprintStore(url)
    yield opened
    opened.close()


def test_a_new_file_has_all_tables_and_indexes(tmp_path: Path) -> None:
    FingerprintStore(f"sqlite:///{tmp_path}/made.db").close()
    _metadata.create_all(sa.create_engine(f"sqlite:///{tmp_path}/described.db"))
    made, described = (
        {(one.name, one.sql and " ".join(one.sql.split())) for one in connection.execute(ASKED)}
        for name in ("made", "described")
        for connection in [sa.create_engine(f"sqlite:///{tmp_path}/{name}.db").connect()]
    )
    assert made == described
    assert "matching_fingerprint_number" in {name for name, _ in made}


def changes(store: FingerprintStore, number: int = 0) -> list[Change]:
    return list(store.changes_since("e", "d", number))


def in_child(url: str, rows: Sequence[StoredFingerprint]) -> int:
    """Put rows in another process; its exit status."""
    child = os.fork()
    if child == 0:
        try:
            FingerprintStore(url).put("e", "d", rows)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_gives_back_what_was_put_in_the_order_of_the_changes(store: FingerprintStore) -> None:
    assert changes(store) == []
    store.put("e", "d", ROWS)
    assert changes(store) == [Change(1, "w-1", "aa", b"one"), Change(2, "w-2", "bb", b"\x00two\xff")]
    assert store.held("e", "d") == {"w-1": "aa", "w-2": "bb"}
    store.put("e", "d", [StoredFingerprint("w-1", "cc", b"newer")])
    assert changes(store, 2) == [Change(3, "w-1", "cc", b"newer")]
    assert [one.work_id for one in changes(store)] == ["w-2", "w-1"]


def test_a_removal_is_a_change_and_unknown_works_are_ignored(store: FingerprintStore) -> None:
    store.put("e", "d", ROWS)
    store.remove("e", "d", ["w-9", "w-1", "w-1"])
    (change,) = changes(store, 2)
    assert (change.work_id, change.fingerprint) == ("w-1", None)
    assert store.held("e", "d") == {"w-2": "bb"}
    store.remove("e", "d", ["w-1"])
    assert changes(store, change.number) == []
    store.put("e", "d", ROWS[:1])
    (again,) = changes(store, change.number)
    assert again.fingerprint == b"one"
    assert store.held("e", "d") == {"w-1": "aa", "w-2": "bb"}


def test_engines_versions_and_settings_do_not_see_one_another(store: FingerprintStore) -> None:
    store.put("e", "d", ROWS)
    store.put("e", "other", ROWS[:1])
    store.put("f", "d", ROWS[1:])
    assert store.held("e", "other") == {"w-1": "aa"}
    assert [one.number for one in store.changes_since("f", "d", 0)] == [1]
    assert store.work_ids("e") == {"w-1", "w-2"}
    store.remove("e", "d", ["w-1", "w-2"])
    assert store.work_ids("e") == {"w-1"}
    assert store.held("f", "d") == {"w-2": "bb"}


def test_many_works_come_piece_by_piece_and_none_is_missed_or_seen_twice(store: FingerprintStore) -> None:
    store.put("e", "d", [StoredFingerprint(f"w-{number}", "s", bytes([number])) for number in range(100)])
    store.put("e", "d", [])
    seen = changes(store)
    assert [one.number for one in seen] == list(range(1, 101))
    assert [one.fingerprint for one in seen] == [bytes([number]) for number in range(100)]


def test_threads_take_turns(store: FingerprintStore) -> None:
    def write(name: str) -> None:
        for number in range(10):
            store.put("e", "d", [StoredFingerprint(f"{name}-{number}", "s", b"x")])

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in changes(store)] == list(range(1, 31))


def test_a_store_that_is_opened_again_holds_the_same(shared_url: str) -> None:
    first = FingerprintStore(shared_url)
    first.put("e", "d", ROWS)
    first.keep_outcome("e", "u", "s", "{}")
    seen = changes(first)
    first.close()
    second = FingerprintStore(shared_url)
    assert changes(second) == seen
    assert second.kept_outcomes("e", "s", ["u"]) == {"u": "{}"}
    second.close()


def test_two_processes_write_and_each_sees_the_other(shared_url: str) -> None:
    mine = FingerprintStore(shared_url)
    mine.put("e", "d", ROWS[:1])
    assert in_child(shared_url, ROWS[1:]) == 0
    assert [one.work_id for one in changes(mine, 1)] == ["w-2"]
    children = []
    for name in "ab":
        child = os.fork()
        if child == 0:
            # The parent's object: after the fork it has connections of its own.
            try:
                for number in range(15):
                    mine.put("e", "d", [StoredFingerprint(f"{name}-{number}", "s", b"x")])
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert [one.number for one in changes(mine)] == list(range(1, 33))
    mine.close()


class Deadly(Sequence[StoredFingerprint]):
    """Ten rows; who asks for the sixth is killed."""

    def __len__(self) -> int:
        return 10

    @overload
    def __getitem__(self, place: int) -> StoredFingerprint: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[StoredFingerprint]: ...
    def __getitem__(self, place: int | slice) -> StoredFingerprint | Sequence[StoredFingerprint]:
        if isinstance(place, slice):
            raise TypeError
        if place == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if place >= 10:
            raise IndexError
        return StoredFingerprint(f"w-{place}", "new", b"new")


def test_a_writer_that_is_killed_in_the_middle_changes_nothing(shared_url: str) -> None:
    store = FingerprintStore(shared_url)
    store.put("e", "d", ROWS)
    before = changes(store)
    assert in_child(shared_url, Deadly()) == -signal.SIGKILL
    assert changes(store) == before
    store.put("e", "d", [StoredFingerprint("w-3", "s", b"x")])
    assert changes(store, 2) == [Change(3, "w-3", "s", b"x")]
    store.close()


def test_a_put_that_fails_changes_nothing(store: FingerprintStore) -> None:
    store.put("e", "d", ROWS)
    broken = [StoredFingerprint("w-3", "s", b"x"), StoredFingerprint("w-4", None, b"x")]  # type: ignore[arg-type]
    with pytest.raises(sa.exc.IntegrityError):
        store.put("e", "d", broken)
    assert len(changes(store)) == 2


def test_outcomes_belong_to_their_engine_upload_and_references(store: FingerprintStore) -> None:
    store.keep_outcome("e", "u-1", "s-1", "first")
    store.keep_outcome("e", "u-2", "s-1", "second")
    store.keep_outcome("f", "u-1", "s-1", "other")
    uploads = ["u-1", "u-2", *(f"u-{number}" for number in range(3, 1200))]
    assert store.kept_outcomes("e", "s-1", uploads) == {"u-1": "first", "u-2": "second"}
    store.keep_outcome("e", "u-1", "s-2", "later")
    assert store.kept_outcomes("e", "s-1", uploads) == {"u-2": "second"}
    assert store.kept_outcomes("e", "s-2", uploads) == {"u-1": "later"}
    assert store.kept_outcomes("e", "s-2", []) == {}


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///", "sqlite:///:memory:", "nonsense", ""])
def test_refuses_addresses_that_it_cannot_use(url: str) -> None:
    with pytest.raises(StoreProblem, match="index"):
        FingerprintStore(url)


def test_says_why_a_file_cannot_be_opened_and_keeps_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match="cannot be opened"):
        FingerprintStore(f"sqlite:///{tmp_path}/gone/index.db")
    with pytest.raises(StoreProblem, match="cannot be opened") as caught:
        FingerprintStore("postgresql://user:s3cret@127.0.0.1:1/index")
    assert "s3cret" not in str(caught.value)


def test_refuses_the_tables_of_another_version(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    FingerprintStore(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE matching_store SET version = 99"))
    engine.dispose()
    with pytest.raises(StoreProblem, match="another version: 99"):
        FingerprintStore(url)
