"""What finding out costs what a correction changes: one report of a log, and another as of a later moment.

`python -m benchmarks.corrections [CASES ...] [--late 0.01]`. ``--late`` is the part of the log that was recorded
between the two moments. Seconds of the processor; the run of a report spends them in the background.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks._stock import STANDARDS, written
from casework.database import migrate, parse_database_url
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports import corrections, exports
from casework.reports.figures.registry import compute
from casework.reports.generation import Report
from casework.views.models.figures import extracts_as_known
from tests.reports.histories import LAW, SHANGHAI

HALF_YEAR = (date(2026, 1, 1), date(2026, 7, 1))


def measure(folder: Path, cases: int, late: float) -> None:
    """One correction of a log of this many cases."""
    url = parse_database_url(f"sqlite:///{folder / f'{cases}.db'}")
    migrate(url)
    log = EventLog(url, Codec(EVENT_TYPES))
    written(log, cases)
    head = log.head()
    cut = log.read(int(head * (1 - late)), 1)[0]
    last = log.read(head - 1, 1)[0]
    reports = []
    for moment in (cut.recorded, last.recorded):
        (extract,) = extracts_as_known(log, STANDARDS, LAW, SHANGHAI, [HALF_YEAR], moment)
        figures = compute(extract, moment, SHANGHAI)
        made = Report(*HALF_YEAR, moment, SHANGHAI, "P", extract.position, figures, False, STANDARDS.of_family("cn"))
        reports.append(json.loads(exports.as_json(made)))
    begin = time.process_time()
    changes = corrections.changes_between(*reports)
    places = [one["report"]["log_position"] for one in reports]
    between = corrections.Between(*HALF_YEAR, places[0], places[1], last.recorded)
    causes = corrections.causes_of(changes, log, STANDARDS, LAW, SHANGHAI, between)
    seconds = time.process_time() - begin
    named = sum(map(len, causes.values()))
    size = len(json.dumps(corrections.document(changes, causes, {})))
    print(
        f"{cases:,} cases, {head:,} events, {places[1] - places[0]:,} between: {seconds:.1f} s; {len(changes)} figures "
        f"changed, {named:,} causes named, {size:,} bytes without them",
        flush=True,
    )


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--late", type=float, default=0.01)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for cases in given.cases:
            measure(Path(folder), cases, given.late)


if __name__ == "__main__":
    main()
