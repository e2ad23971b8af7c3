"""The tree over the log: the same however it is caught up, on both databases, and never another than was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import DatabaseUrl, main_engine, views_engine
from casework.domain.case.events import ContestLodged, PanelAssigned, RulingsOpened, RulingSubmitted, UploadWithdrawn
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import ContestGround, VaultReference
from casework.eventlog.clock import SimulatedClock
from casework.eventlog.codec import Codec
from casework.eventlog.log_keys import LogKeys
from casework.eventlog.public_facts import Pseudonyms
from casework.eventlog.receipts import ReceiptCodes, digest_of
from casework.eventlog.store import Append, EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.log_proofs import LogProofs, LogShorter, SignedCheckpoints
from casework.views.models.catch_up import RebuildFailed, Views
from casework.views.models.log_tree import NAME, LogTreeModel, RootDiffers, find_receipt, list_facts
from tests.eventlog.examples import NOON
from tests.eventlog.test_merkle import naive_root

SECRET = b"a secret for the tests of the tree"
UPLOADER = Actor(role=Role.UPLOADER, id="up_1")


def stream(number: int) -> UUID:
    """A stream of its own for each number."""
    return UUID(int=number)


@dataclass
class Bench:
    """A log with its tree and the proofs upon it."""

    url: DatabaseUrl
    engine: Engine
    log: EventLog
    clock: SimulatedClock
    number: int = 0

    def write(self, count: int = 1, event: Event | None = None) -> None:
        """Streams of one event each."""
        numbers = range(self.number + 1, self.number + count + 1)
        batch = [Append(stream(number), 0, (event or UploadWithdrawn(),)) for number in numbers]
        self.log.append(batch, recorded=self.clock.now(), by=UPLOADER, command=f"c{self.number}")
        self.number += count

    def views(self, page: int = 1000) -> Views:
        """The read model alone, caught up by pages of this size."""
        signed = SignedCheckpoints(self.engine)
        model = LogTreeModel(self.log.stored, Pseudonyms(SECRET), ReceiptCodes(SECRET), signed)
        views = Views(views_engine(self.url), self.log, (model,), page=page)
        views.prepare()
        return views

    def proofs(self, views: Views) -> LogProofs:
        keys = LogKeys(self.engine, SECRET[:32], "log.example/casework", self.clock)
        signed = SignedCheckpoints(self.engine)
        return LogProofs(views=views, signed=signed, keys=keys, codes=ReceiptCodes(SECRET), clock=self.clock)

    def tamper(self, position: int) -> None:
        """Change one stored event behind everybody's back."""
        key = "rowid" if self.url.kind == "sqlite" else "notification_id"
        with self.engine.begin() as connection:
            select = sa.text(f"SELECT state FROM stored_events WHERE {key} = :n")
            state = bytes(connection.execute(select, {"n": position}).scalar_one()).replace(b'"up_1"', b'"up_2"')
            update = sa.text(f"UPDATE stored_events SET state = :s WHERE {key} = :n")
            connection.execute(update, {"s": state, "n": position})


@pytest.fixture
def bench(database_url: DatabaseUrl) -> Iterator[Bench]:
    yield from _bench(database_url)


@pytest.fixture
def on_sqlite(sqlite_url: DatabaseUrl) -> Iterator[Bench]:
    yield from _bench(sqlite_url)


def _bench(url: DatabaseUrl) -> Iterator[Bench]:
    engine, log = main_engine(url), EventLog(url, Codec(EVENT_TYPES))
    try:
        yield Bench(url, engine, log, SimulatedClock(NOON))
    finally:
        log.close()
        engine.dispose()


def lines(views: Views, until: int = 10_000) -> list[bytes]:
    with views.engine.connect() as connection:
        return list_facts(connection, views.tables(NAME), 0, until)


def rows(views: Views) -> list[tuple[object, ...]]:
    """Everything that stands in the tables."""
    found: list[tuple[object, ...]] = []
    with views.engine.connect() as connection:
        for name, table in sorted(views.tables(NAME).items()):
            ordered = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            found += [(name, *row) for row in ordered]
    return found


def test_pages_of_any_size_and_a_rebuild_give_the_same_tree(bench: Bench) -> None:
    bench.write(270)
    bench.write(
        1, ContestLodged(appeal=1, ground=ContestGround.OWN_WORK, reasons=VaultReference(id="a" * 32, digest="b" * 64))
    )
    views = bench.views(page=13)  # the last page begins behind the first whole tile
    views.catch_up()
    small = rows(views)
    proofs = bench.proofs(views)
    assert proofs.root(271) == naive_root(lines(views))
    views.rebuild()
    assert rows(views) == small
    with views.engine.connect() as connection:
        code = ReceiptCodes(SECRET).code(stream(271), 1)
        assert find_receipt(connection, views.tables(NAME), digest_of(code)) == 270


def test_a_log_that_was_changed_is_not_rebuilt_and_nothing_more_is_signed(bench: Bench) -> None:
    bench.write(20)
    views = bench.views()
    proofs = bench.proofs(views)
    checkpoint = proofs.latest()
    before = rows(views)
    bench.tamper(5)
    with pytest.raises(RebuildFailed, match="first 20 events are not those"):
        views.rebuild()
    assert rows(views) == before
    bench.write(3)
    bench.clock.advance(timedelta(minutes=1))
    assert proofs.latest().size == 23, "the live tree is still the one that was signed"
    assert proofs.checkpoint(20) == checkpoint


def test_a_tree_filled_anew_from_a_changed_log_stands_still_and_says_so(on_sqlite: Bench) -> None:
    bench = on_sqlite
    bench.write(20)
    views = bench.views()
    bench.proofs(views).latest()
    bench.tamper(5)
    assert bench.url.views_path is not None
    views.engine.dispose()
    for path in bench.url.views_path.parent.glob(f"{bench.url.views_path.name}*"):
        path.unlink()
    anew = bench.views()
    anew.catch_up()
    (status,) = anew.status()
    assert (status.stuck_at, status.position) == (20, 19)
    assert status.error is not None
    assert "RootDiffers" in status.error
    with pytest.raises(LogShorter):
        bench.proofs(anew).checkpoint(19)
    with pytest.raises(RootDiffers):
        bench.proofs(anew).latest()


def test_what_is_in_the_tree_is_compared_before_anything_is_signed(on_sqlite: Bench) -> None:
    bench = on_sqlite
    bench.write(5)
    views = bench.views()
    proofs = bench.proofs(views)
    proofs.latest()
    with bench.engine.begin() as connection:
        connection.execute(sa.text("UPDATE signed_checkpoints SET root = :r"), {"r": bytes(32)})
    bench.write(1)
    bench.clock.advance(timedelta(minutes=1))
    with pytest.raises(RootDiffers):
        proofs.latest()
    with pytest.raises(RootDiffers):
        proofs.check()


def test_a_size_never_gets_a_second_root(on_sqlite: Bench) -> None:
    signed = SignedCheckpoints(on_sqlite.engine)
    signed.keep(3, bytes(32), "one", NOON)
    assert signed.keep(3, bytes(32), "the same by another process", NOON).note == "one"
    with pytest.raises(RootDiffers):
        signed.keep(3, b"x" * 32, "other", NOON)


def test_a_checkpoint_of_a_position_counts_what_stands_up_to_there(bench: Bench) -> None:
    bench.write(4)
    proofs = bench.proofs(bench.views())
    head = bench.log.head()
    bench.write(3)
    assert proofs.checkpoint_at(head).size == 4
    assert proofs.checkpoint_at(bench.log.head()).size == 7
    assert proofs.checkpoint_at(0).size == 0
    with pytest.raises(ValueError, match="7 events"):
        proofs.checkpoint(8)


def test_the_check_tells_of_a_log_that_lost_events(on_sqlite: Bench) -> None:
    on_sqlite.write(4)
    proofs = on_sqlite.proofs(on_sqlite.views())
    assert proofs.check() == "0 keys, no checkpoint was signed yet"
    proofs.latest()
    assert proofs.check() == "1 keys, the log still begins with the 4 events last signed"
    SignedCheckpoints(on_sqlite.engine).keep(9, bytes(32), proofs.latest().note, NOON)
    with pytest.raises(RootDiffers):
        proofs.check()


def test_facts_end_before_the_first_sealed_ruling(on_sqlite: Bench) -> None:
    bench = on_sqlite
    bench.write(3)
    sealed = RulingSubmitted(reviewer="rev_1", sealed=VaultReference(id="a" * 32, digest="b" * 64))
    for page in (1000, 1):
        bench.write(1, sealed)
        case = stream(bench.number)
        hidden = bench.number - 1
        bench.write(2)
        views = bench.views(page)
        proofs = bench.proofs(views)
        assert (proofs.size(), proofs.public_size()) == (bench.number, hidden)
        assert proofs.held_back_since() == bench.log.read(hidden, 1)[0].recorded
        batch = [Append(case, 1, (RulingsOpened(rulings=()),))]
        bench.log.append(batch, recorded=NOON, by=UPLOADER, command=f"open {page}")
        bench.number += 1
        assert proofs.public_size() == proofs.size() == bench.number
        assert proofs.held_back_since() is None


def test_where_the_facts_end_does_not_move_when_a_ruling_comes_in(on_sqlite: Bench) -> None:
    bench = on_sqlite
    bench.write(1, PanelAssigned(reviewers=("rev_1", "rev_2")))
    case = stream(bench.number)
    proofs = bench.proofs(bench.views())
    assert proofs.public_size() == 0
    sealed = RulingSubmitted(reviewer="rev_1", sealed=VaultReference(id="a" * 32, digest="b" * 64))
    for version, event in ((1, sealed), (2, RulingsOpened(rulings=()))):
        assert proofs.public_size() == 0
        bench.log.append([Append(case, version, (event,))], recorded=NOON, by=UPLOADER, command=f"step {version}")
    assert proofs.public_size() == 3
