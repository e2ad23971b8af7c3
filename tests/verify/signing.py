"""A report with its ties to a log in a database, as `casework report` writes it, from a played history."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from casework.database import DatabaseUrl, main_engine, parse_database_url, views_engine
from casework.domain.standard.standard import Standards
from casework.eventlog.clock import SimulatedClock
from casework.eventlog.codec import Codec
from casework.eventlog.log_keys import LogKeys
from casework.eventlog.receipts import ReceiptCodes
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.log_proofs import LogProofs, SignedCheckpoints
from casework.reports import exports
from casework.reports.log_block import tied
from casework.reports.report import Report, generate_report
from casework.views.models import figures, log_tree
from casework.views.models.catch_up import Views
from tests.reports.histories import FIRST, LAW, SHANGHAI, Habits, Step, played, write
from tests.reports.sampling import PSEUDONYMS

STANDARDS = Standards([FIRST])
HABITS = Habits(days=60, slot=timedelta(days=1), appeals=0.8, standards=STANDARDS)
SECRET = PSEUDONYMS.secret
START, END = date(2026, 1, 1), date(2026, 4, 1)
AS_OF = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass
class Platform:
    """A log with everything that makes reports from it."""

    url: DatabaseUrl
    log: EventLog
    views: Views
    proofs: LogProofs

    def report(self, *, as_of: datetime = AS_OF, previous: Mapping[str, Any] | None = None) -> Report:
        made = generate_report(
            self.log, self.views, STANDARDS, LAW, start=START, end=END, as_of=as_of, zone=SHANGHAI, platform="Platform"
        )
        return tied(made, self.proofs, previous)

    def facts(self) -> list[bytes]:
        return list(self.proofs.facts(0, self.proofs.size()))

    def data(self, report: Report) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(exports.as_json(report))
        return document


def platform_on(url: DatabaseUrl, steps: Sequence[Step]) -> Platform:
    engine, log, clock = main_engine(url), EventLog(url, Codec(EVENT_TYPES)), SimulatedClock(AS_OF)
    signed, codes = SignedCheckpoints(engine), ReceiptCodes(SECRET)
    tree = log_tree.LogTreeModel(log.stored, PSEUDONYMS, codes, signed)
    views = Views(views_engine(url), log, [figures.Figures(STANDARDS, LAW, log.load_many, SHANGHAI), tree])
    views.prepare()
    write(log, steps)
    keys = LogKeys(engine, bytes(32), "log.example/casework", clock)
    return Platform(url, log, views, LogProofs(views=views, signed=signed, keys=keys, codes=codes, clock=clock))


def new_platform(folder: Path, template: Path, cases: int, seed: int) -> Platform:
    path = folder / "casework.db"
    path.write_bytes(template.read_bytes())
    return platform_on(parse_database_url(f"sqlite:///{path}"), played(cases, seed, HABITS))


def as_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
