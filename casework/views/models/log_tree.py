"""The read model behind every proof: each event's public fact as a leaf of a Merkle tree, and where receipts lead.

Leaves count from 0 in the order of the log, without holes, whatever holes its positions have. A page of leaves is
hashed in memory and written as whole tiles. A page after which the tree is not the one that was signed is refused:
live, the view then stands still and says so; a rebuild is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, cast
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.sql import Identifier
from sqlalchemy.engine import Connection, Dialect

from casework.eventlog.codec import Recorded
from casework.eventlog.copying import copy_rows, whole_number
from casework.eventlog.merkle import Growth, TileReader, edge_tiles, leaf_hash, root
from casework.eventlog.public_facts import Pseudonyms, fact_of
from casework.eventlog.receipts import RECEIPTED, ReceiptCodes
from casework.eventlog.selecting import Row
from casework.views.models.columns import upsert

NAME = "log_tree"

SEALED = frozenset({"case.panel_assigned", "case.ruling_submitted"})
"""From what on nobody may read on before all rulings of a panel are in (product.md E1), not even in the log.

From the seating, and not only from the first ruling: where the readable part ends must not move when that comes in, or
the other reviewer would see it move.
"""

OPENING = frozenset(
    {
        "case.rulings_opened",
        "case.ruling_issued",
        "case.appeal_withdrawn",
        "case.parties_settled",
        "case.upload_withdrawn",
    }
)
"""What opens the sealed rulings of a case, or ends the review that they were for; nothing else does."""

_WHOLE_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The key of a table whose rows SQLite then keeps by it, without a second index."""

Tables = Mapping[str, sa.Table]
Stored = Callable[[int, int], Sequence[Row]]
"""By position and number, the stored events after it."""


class SignedRoots(Protocol):
    """What is known of the checkpoints that were signed."""

    def latest_within(self, after: int, until: int) -> tuple[int, bytes] | None:
        """Size and root of the largest signed checkpoint whose size lies in (after, until]."""
        ...


class RootDiffers(Exception):
    """The log is not the one of which a checkpoint was signed: something in it was changed, left out or put in."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"the first {size} events are not those of which a checkpoint was signed")


class LogTreeModel:
    """The read model ``log_tree``."""

    name = NAME
    version = 2

    def __init__(self, stored: Stored, pseudonyms: Pseudonyms, codes: ReceiptCodes, signed: SignedRoots) -> None:
        self._stored = stored
        self._pseudonyms = pseudonyms
        self._codes = codes
        self._signed = signed

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Tables:
        """``tiles``: hashes of the tree; ``facts``: its leaves; ``receipts``: hash of a code to its leaf.

        ``sealed``: leaves that tell of a ruling which is still sealed.
        """
        return {
            "tiles": sa.Table(
                named("log_tiles"),
                metadata,
                sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
                sa.Column("hashes", sa.LargeBinary, nullable=False),
            ),
            "facts": sa.Table(
                named("log_facts"),
                metadata,
                sa.Column("n", _WHOLE_NUMBER, primary_key=True, autoincrement=False),
                sa.Column("position", sa.BigInteger, nullable=False, unique=True),
                sa.Column("line", sa.LargeBinary, nullable=False),
            ),
            "receipts": sa.Table(
                named("log_receipts"),
                metadata,
                sa.Column("code_hash", sa.LargeBinary(32), primary_key=True),
                sa.Column("n", sa.BigInteger, nullable=False),
            ),
            "sealed": sa.Table(
                named("log_sealed"),
                metadata,
                sa.Column("n", _WHOLE_NUMBER, primary_key=True, autoincrement=False),
                sa.Column("stream", sa.Uuid, nullable=False, index=True),
            ),
        }

    def fold(self, connection: Connection, tables: Tables, events: Sequence[Recorded]) -> None:
        """Add a page of leaves. Raises ``RootDiffers``, and ``UndeclaredFact`` for a topic that is not declared."""
        rows = self._stored(events[0].position - 1, len(events))
        if [row[0] for row in rows] != [one.position for one in events]:
            raise LookupError(f"the log has changed at position {events[0].position}")
        first = tree_size(connection, tables)
        facts: list[tuple[int, int, bytes]] = []
        codes: list[dict[str, Any]] = []
        for n, (position, stream, version, topic, state) in enumerate(rows, first):
            facts.append((n, position, fact_of(stream, version, topic, state, n, self._pseudonyms)))
            if topic in RECEIPTED:
                codes.append({"code_hash": self._codes.digest(stream, version), "n": n})
        add_leaves(connection, tables, first, facts)
        upsert(connection, tables["receipts"], codes)
        _note_sealed(connection, tables["sealed"], first, rows)
        self._compare(connection, tables, first, first + len(facts))

    def _compare(self, connection: Connection, tables: Tables, before: int, size: int) -> None:
        """That of the largest signed size is enough: a root binds everything before it."""
        signed = self._signed.latest_within(before, size)
        if signed is not None and root(signed[0], tile_reader(connection, tables)) != signed[1]:
            raise RootDiffers(signed[0])


def add_leaves(connection: Connection, tables: Tables, first: int, facts: Sequence[tuple[int, int, bytes]]) -> None:
    """Write leaves (number, position, line) behind the ``first`` that are there, and the tiles that this makes."""
    table = tables["tiles"]
    edge = {}
    for level, number in edge_tiles(first):
        place = sa.select(table.c.hashes).where(table.c.level == level, table.c.number == number)
        edge[level] = bytes(connection.execute(place).scalar_one())
    growth = Growth(first, edge)
    growth.append([leaf_hash(line) for _n, _position, line in facts])
    _write_facts(connection, tables["facts"], facts)
    upsert(
        connection,
        table,
        [{"level": level, "number": number, "hashes": tile} for (level, number), tile in growth.tiles.items()],
    )


def _note_sealed(connection: Connection, table: sa.Table, first: int, rows: Sequence[Row]) -> None:
    sealed: dict[int, UUID] = {}
    opened: set[UUID] = set()
    for n, (_position, stream, _version, topic, _state) in enumerate(rows, first):
        if topic in SEALED:
            sealed[n] = stream
        elif topic in OPENING:
            opened.add(stream)
            sealed = {at: of for at, of in sealed.items() if of != stream}
    for stream in opened:
        connection.execute(sa.delete(table).where(table.c.stream == stream))
    if sealed:
        connection.execute(sa.insert(table), [{"n": n, "stream": stream} for n, stream in sealed.items()])


def _write_facts(connection: Connection, table: sa.Table, facts: Sequence[tuple[int, int, bytes]]) -> None:
    if connection.dialect.name != "postgresql":
        statement = _insert_facts(table, type(connection.dialect))  # type: ignore[arg-type]  # it can be hashed
        connection.exec_driver_sql(statement, list(facts))
        return
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor:
        rows = ((whole_number(n), whole_number(position), line) for n, position, line in facts)
        copy_rows(cursor, Identifier(table.name), ("n", "position", "line"), rows)


@lru_cache(maxsize=64)
def _insert_facts(table: sa.Table, kind: type[Dialect]) -> str:
    """Written once: it runs after every step."""
    return str(sa.insert(table).compile(dialect=kind(), column_keys=["n", "position", "line"]))


def tree_size(connection: Connection, tables: Tables) -> int:
    """How many leaves there are."""
    last = connection.execute(_last_leaf(tables["facts"])).scalar()
    return 0 if last is None else int(last) + 1


@lru_cache(maxsize=64)
def _last_leaf(facts: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.max(facts.c.n))


def public_size(connection: Connection, tables: Tables) -> int:
    """How many leaves from the first on the public may read: those before the first panel that still sits."""
    first = connection.execute(sa.select(sa.func.min(tables["sealed"].c.n))).scalar()
    return tree_size(connection, tables) if first is None else int(first)


def size_at(connection: Connection, tables: Tables, position: int) -> int:
    """How many leaves there are up to a position of the log, itself included."""
    facts = tables["facts"]
    before = sa.select(facts.c.n).where(facts.c.position <= position).order_by(facts.c.position.desc()).limit(1)
    last = connection.execute(before).scalar()
    return 0 if last is None else int(last) + 1


def list_facts(connection: Connection, tables: Tables, first: int, end: int) -> list[bytes]:
    """The leaves of [first, end), in order."""
    facts = tables["facts"]
    wanted = sa.select(facts.c.line).where(facts.c.n >= first, facts.c.n < end).order_by(facts.c.n)
    return [bytes(line) for line in connection.execute(wanted).scalars()]


def list_leaves(connection: Connection, tables: Tables, first: int, end: int) -> list[tuple[int, bytes]]:
    """Position of the event and line of the leaves of [first, end), in order."""
    facts = tables["facts"]
    wanted = sa.select(facts.c.position, facts.c.line).where(facts.c.n >= first, facts.c.n < end).order_by(facts.c.n)
    return [(int(row.position), bytes(row.line)) for row in connection.execute(wanted)]


def find_fact(connection: Connection, tables: Tables, n: int) -> bytes | None:
    """One leaf."""
    facts = tables["facts"]
    line = connection.execute(sa.select(facts.c.line).where(facts.c.n == n)).scalar()
    return None if line is None else bytes(line)


def find_receipt(connection: Connection, tables: Tables, digest: bytes) -> int | None:
    """The leaf that the code with this hash leads to."""
    receipts = tables["receipts"]
    found = connection.execute(sa.select(receipts.c.n).where(receipts.c.code_hash == digest)).scalar()
    return None if found is None else int(found)


def tile_reader(connection: Connection, tables: Tables) -> TileReader:
    """Tiles of the live tree; each is read once. ``LookupError`` for one that is not there."""
    table = tables["tiles"]
    kept: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        tile = kept.get((level, number))
        if tile is None:
            place = sa.select(table.c.hashes).where(table.c.level == level, table.c.number == number)
            found = connection.execute(place).scalar()
            if found is None:
                raise LookupError(f"there is no tile {number} of level {level}")
            tile = kept[level, number] = bytes(found)
        return tile

    return read
