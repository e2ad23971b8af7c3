"""Addresses of databases, clear words for what cannot work, and transactions that wait for each other."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.database import (
    DatabaseUnavailable,
    DatabaseUrl,
    check_reachable,
    is_current,
    main_engine,
    migrate,
    parse_database_url,
    views_engine,
    writing,
)


def test_reads_sqlite_addresses() -> None:
    relative = parse_database_url("sqlite:///casework.db")
    assert (relative.kind, relative.path, relative.views_path) == (
        "sqlite",
        Path.cwd() / "casework.db",
        Path.cwd() / "casework.views.db",
    )
    assert parse_database_url("sqlite:////var/lib/a b%/c").views_path == Path("/var/lib/a b%/c.views.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_reads_postgresql_addresses_and_never_shows_the_password(scheme: str) -> None:
    url = parse_database_url(f"{scheme}://me:s3cret@db.example/casework?sslmode=require")
    assert (url.kind, url.url.drivername, url.views_path) == ("postgresql", "postgresql+psycopg", None)
    assert "s3cret" not in str(url)
    assert "s3cret" not in repr(url)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("casework.db", "cannot be read"),
        ("mysql://me@host/name", "'mysql' is not a database that Casework knows"),
        ("postgresql://host", "names no database"),
        ("postgresql://host:port/name", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:///file:x?mode=ro", "needs a file"),
        ("sqlite://casework.db/x", "one slash too few"),
        ("sqlite:///x.db?mode=ro", "options"),
    ],
)
def test_refuses_other_addresses_in_plain_words(text: str, reason: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        parse_database_url(text)
    assert reason in caught.value.detail


def test_says_why_a_path_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, but it is long enough to be taken for one " * 20)
    for name, reason in [
        ("missing/casework.db", "does not exist"),
        (".", "is a folder"),
        ("text.db", "file is not a database"),
    ]:
        for use in (check_reachable, migrate):
            with pytest.raises(DatabaseUnavailable, match=reason):
                use(parse_database_url(f"sqlite:///{tmp_path}/{name}"))


def test_says_that_a_folder_or_file_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may write everywhere, so the answer of the system is given by hand.
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(DatabaseUnavailable, match="cannot be written"):
        check_reachable(parse_database_url(f"sqlite:///{tmp_path}/casework.db"))


def test_says_that_a_server_cannot_be_reached_without_the_password() -> None:
    for use in (check_reachable, migrate, is_current):
        with pytest.raises(DatabaseUnavailable, match="cannot connect") as caught:
            use(parse_database_url("postgresql://me:s3cret@127.0.0.1:1/name"))
        assert "s3cret" not in caught.value.detail


@pytest.mark.postgresql
def test_says_that_a_database_does_not_exist(postgresql_url: DatabaseUrl) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        check_reachable(DatabaseUrl("postgresql", postgresql_url.url.set(database="nowhere")))


def test_knows_whether_it_is_migrated(database_url: DatabaseUrl) -> None:
    assert is_current(database_url)
    migrate(database_url)
    engine = main_engine(database_url)
    with writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    assert not is_current(database_url)


def test_a_new_database_is_not_current(tmp_path: Path) -> None:
    url = parse_database_url(f"sqlite:///{tmp_path}/new.db")
    assert not is_current(url)
    assert not (tmp_path / "new.db").exists()
    migrate(url)
    assert is_current(url)


@pytest.mark.postgresql
def test_an_empty_server_database_is_not_current(empty_postgresql_url: DatabaseUrl) -> None:
    assert not is_current(empty_postgresql_url)


def test_views_live_apart_from_the_rest(database_url: DatabaseUrl) -> None:
    main, views = main_engine(database_url), views_engine(database_url)
    with writing(views) as connection:
        connection.execute(sa.text("CREATE TABLE only_here (a INTEGER)"))
    assert sa.inspect(views).get_table_names() == ["only_here"]
    assert "only_here" not in sa.inspect(main).get_table_names()
    main.dispose()
    views.dispose()


def test_read_then_write_transactions_wait_for_each_other(database_url: DatabaseUrl) -> None:
    """What fails at once on SQLite with plain transactions."""
    engine = main_engine(database_url)
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE counter (value INTEGER)"))
        connection.execute(sa.text("INSERT INTO counter VALUES (0)"))
    lock = "" if database_url.kind == "sqlite" else " FOR UPDATE"

    def count() -> None:
        for _ in range(10):
            with writing(engine) as connection:
                value = connection.execute(sa.text(f"SELECT value FROM counter{lock}")).scalar_one()
                connection.execute(sa.text("UPDATE counter SET value = :value"), {"value": value + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT value FROM counter")).scalar_one() == 40
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(database_url: DatabaseUrl) -> None:
    engine = main_engine(database_url)
    with pytest.raises(sa.exc.DBAPIError), writing(engine) as connection:  # noqa: PT012  (the first is what is undone)
        connection.execute(sa.text("INSERT INTO vault_keys VALUES ('a', 'b', 'c')"))
        connection.execute(sa.text("INSERT INTO no_such_table VALUES (1)"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM vault_keys")).scalar_one() == 0
    engine.dispose()


def test_sqlite_keeps_what_was_committed_on_the_disk(sqlite_url: DatabaseUrl) -> None:
    for engine, synchronous in [(main_engine(sqlite_url), 2), (views_engine(sqlite_url), 1)]:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == synchronous
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        engine.dispose()
