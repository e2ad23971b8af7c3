"""Personal data: sealed, bound to its person, erased for good; and pseudonyms."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, main_engine, writing
from casework.eventlog.vault import Opened, TamperedItem, Vault, VaultItem, pseudonym

SECRET = b"a secret of the application, long enough"


@pytest.fixture
def engine(database_url: DatabaseUrl) -> Iterator[sa.Engine]:
    engine = main_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def vault(engine: sa.Engine) -> Vault:
    return Vault(engine, SECRET)


def text_of(subject: str, text: str) -> VaultItem:
    return VaultItem(subject, text.encode())


def test_gives_back_what_was_put_in(vault: Vault) -> None:
    items = [text_of("up_a", "我的陈述"), VaultItem("up_b", b"\x89PNG", "image/png"), text_of("up_a", "")]
    references = vault.put(items)
    assert [vault.open(reference) for reference in references] == [item.content for item in items]
    assert vault.open_many(references) == {
        reference.id: Opened(item.content, item.media_type) for reference, item in zip(references, items, strict=True)
    }
    assert vault.put([]) == []
    assert vault.open_many([]) == {}


def test_nothing_readable_is_stored(vault: Vault, engine: sa.Engine) -> None:
    (reference,) = vault.put([text_of("up_a", "a very personal statement")])
    with engine.connect() as connection:
        stored = repr(connection.execute(sa.text("SELECT sealed FROM vault_items")).all())
    assert "personal" not in stored
    assert reference.digest != hashlib.sha256(b"a very personal statement").hexdigest()


def test_the_same_content_has_another_digest_each_time(vault: Vault) -> None:
    first, second = vault.put([text_of("up_a", "x"), text_of("up_a", "x")])
    assert first.digest != second.digest
    assert first.id != second.id


def test_a_forked_process_draws_other_chances(vault: Vault) -> None:
    vault.prepare("up_1", b"one draws many at once")
    reading, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing_end, vault.prepare("up_1", b"x").id.encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_child = os.read(reading, 100).decode()
    of_parent = [vault.prepare("up_1", b"x").id for _ in range(1000)]
    assert len(of_child) == 32
    assert of_child not in of_parent
    assert len(set(of_parent)) == 1000


def test_hundreds_of_items_go_in_by_few_statements(vault: Vault, engine: sa.Engine) -> None:
    statements: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: statements.append(statement))
    items = [text_of(f"up_{number % 300}", str(number)) for number in range(900)]
    references = vault.put(items)
    assert len(statements) <= 8
    opened = vault.open_many(references)
    assert [opened[reference.id].content for reference in references] == [item.content for item in items]


def test_erasing_one_person_leaves_the_others(vault: Vault, engine: sa.Engine) -> None:
    mine, also_mine, theirs = vault.put([text_of("up_a", "1"), text_of("up_a", "2"), text_of("up_b", "3")])
    assert vault.erase("up_a") == 2
    assert vault.erase("up_a") == 0
    assert vault.erase("up_nobody") == 0
    assert (vault.open(mine), vault.open(also_mine), vault.open(theirs)) == (None, None, b"3")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT subject FROM vault_keys")).scalars().all() == ["up_b"]
    (again,) = vault.put([text_of("up_a", "4")])
    assert (vault.open(again), vault.open(mine)) == (b"4", None)


def test_an_item_whose_key_was_destroyed_is_gone_even_if_its_row_came_back(vault: Vault, engine: sa.Engine) -> None:
    """As from a backup of the items, which must not bring a person back."""
    (reference,) = vault.put([text_of("up_a", "1")])
    with engine.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM vault_items")).one()
    vault.erase("up_a")
    vault.put([text_of("up_a", "new key")])
    with writing(engine) as connection:
        connection.execute(
            sa.text("INSERT INTO vault_items VALUES (:id, :key_id, :media_type, :sealed)"), dict(row._mapping)
        )
    assert vault.open(reference) is None


def test_erased_bytes_are_not_in_the_sqlite_files(sqlite_url: DatabaseUrl) -> None:
    engine = main_engine(sqlite_url)
    vault = Vault(engine, SECRET)
    vault.put([text_of("up_a", "1" * 100), text_of("up_b", "2")])
    with engine.connect() as connection:
        wrapped = connection.execute(sa.text("SELECT wrapped FROM vault_keys WHERE subject = 'up_a'")).scalar_one()
    assert sqlite_url.path is not None
    files = [sqlite_url.path, sqlite_url.path.with_name("casework.db-wal")]
    assert any(wrapped in path.read_bytes() for path in files)
    vault.erase("up_a")
    assert not any(wrapped in path.read_bytes() for path in files if path.exists())
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vault_items SET media_type = 'text/html'",
        "UPDATE vault_items SET sealed = (SELECT sealed FROM vault_items AS o WHERE o.id <> vault_items.id)",
        "UPDATE vault_keys SET subject = 'up_z'",
        "UPDATE vault_keys SET wrapped = (SELECT sealed FROM vault_items LIMIT 1)",
    ],
)
def test_notices_what_was_changed(vault: Vault, engine: sa.Engine, change: str) -> None:
    reference, _other = vault.put([text_of("up_a", "1"), text_of("up_a", "2")])
    with writing(engine) as connection:
        connection.execute(sa.text(change))
    with pytest.raises(TamperedItem):
        vault.open(reference)


def test_notices_a_reference_with_another_digest(vault: Vault) -> None:
    (reference,) = vault.put([text_of("up_a", "1")])
    with pytest.raises(TamperedItem, match="digest"):
        vault.open(reference.model_copy(update={"digest": "0" * 64}))


def test_opens_nothing_with_another_secret(vault: Vault, engine: sa.Engine) -> None:
    (reference,) = vault.put([text_of("up_a", "1")])
    with pytest.raises(TamperedItem):
        Vault(engine, SECRET + b".").open(reference)
    with pytest.raises(ValueError, match="at least 16"):
        Vault(engine, b"short")


def test_many_at_once_share_one_key(vault: Vault, engine: sa.Engine) -> None:
    threads = [threading.Thread(target=lambda: vault.put([text_of("up_a", "1")])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM vault_keys")).scalar_one() == 1
        assert connection.execute(sa.text("SELECT count(*) FROM vault_items")).scalar_one() == 8
    assert vault.erase("up_a") == 8


@pytest.fixture
def postgresql_vault(postgresql_url: DatabaseUrl) -> Iterator[Vault]:
    engine = main_engine(postgresql_url)
    yield Vault(engine, SECRET)
    engine.dispose()


def test_nobody_waits_for_items_of_others_to_make_a_key(postgresql_vault: Vault, postgresql_url: DatabaseUrl) -> None:
    """The first writer of a person cannot put its items in yet; the key is there for others all the same."""
    engine = main_engine(postgresql_url)
    writer = threading.Thread(target=postgresql_vault.put, args=([text_of("up_a", "1")],))
    with engine.begin() as holding:
        holding.execute(sa.text("LOCK TABLE vault_items IN SHARE MODE"))
        writer.start()
        with engine.connect() as other:
            seen = sa.text("SELECT count(*) FROM vault_keys WHERE subject = 'up_a'")
            deadline = time.monotonic() + 20
            while not (made := other.execute(seen).scalar_one()) and time.monotonic() < deadline:
                other.rollback()
                time.sleep(0.01)
        assert made == 1
        assert writer.is_alive()
    writer.join(20)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM vault_items")).scalar_one() == 1
    engine.dispose()


def test_who_was_erased_since_the_key_was_made_gets_another(postgresql_vault: Vault) -> None:
    vault, item = postgresql_vault, Vault.prepare("up_a", b"1")
    keys = vault._keys_ahead({"up_a"})
    vault.erase("up_a")
    assert not vault._store_under(keys, [item])
    assert vault.open(item.reference) is None
    vault.store([item])
    assert vault.open(item.reference) == b"1"


def test_pseudonyms_are_stable_and_tell_nothing() -> None:
    name = pseudonym(SECRET, "up", "u-77")
    assert name == pseudonym(SECRET, "up", "u-77") == "up_olzzbu7fahzir3w4j72ikkk4vk"
    assert len(name) == 3 + 26
    others = {pseudonym(SECRET, "rh", "u-77"), pseudonym(SECRET, "up", "u-78"), pseudonym(SECRET + b".", "up", "u-77")}
    assert len({each.split("_")[1] for each in others | {name}}) == 4


def test_the_vault_gives_the_pseudonyms_of_its_secret(vault: Vault) -> None:
    assert vault.pseudonym("rh", "rh-3") == pseudonym(SECRET, "rh", "rh-3")
