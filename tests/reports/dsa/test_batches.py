"""Statements in batches: nothing twice, nothing missing, however often a run is made."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from casework.database import DatabaseUrl
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.dsa.batches import OtherExport, write_statements
from casework.reports.dsa.restrictions import outcomes, restrictions
from casework.reports.dsa.statement_rules import batch_faults
from casework.reports.dsa.statements import puid_of
from tests.reports.dsa.test_statements import MANNER, keyed
from tests.reports.histories import SHANGHAI, Step, as_recorded, played, write

PERIOD = (date(2026, 1, 10), date(2026, 6, 1))


def puids_in(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.glob("statements-*.json")):
        statements = json.loads(path.read_bytes())["statements"]
        assert batch_faults(statements) == {}
        found += [one["puid"] for one in statements]
    return found


def expected(steps: list[Step]) -> dict[str, str]:
    """Every statement of the period with what became of it, counted without any batch."""
    cases: dict[object, list[Recorded]] = {}
    for one in as_recorded(steps):
        if one.event.TOPIC.startswith("case."):
            cases.setdefault(one.stream, []).append(one)
    found = {}
    for history in cases.values():
        ended = {one.number: one.outcome for one in outcomes(history)}
        for each in restrictions(history):
            if PERIOD[0] <= each.applied_at.astimezone(SHANGHAI).date() < PERIOD[1]:
                found[puid_of(keyed, history[0].stream, each.number)] = ended.get(each.number, "stands")
    return found


def test_runs_go_on_where_the_last_one_stopped(sqlite_url: DatabaseUrl, tmp_path: Path) -> None:
    log = EventLog(sqlite_url, Codec(EVENT_TYPES))
    steps = played(80, seed=83)
    half = len(steps) // 2
    write(log, steps[:half])
    first = write_statements(log, keyed, MANNER, *PERIOD, tmp_path, most=15)
    sent = {path: path.read_bytes() for path in first.batches}
    assert write_statements(log, keyed, MANNER, *PERIOD, tmp_path, most=15).batches == ()
    write(log, steps[half:], after=steps[:half])
    second = write_statements(log, keyed, MANNER, *PERIOD, tmp_path, most=15)
    assert {path: path.read_bytes() for path in sent} == sent, "what may have been sent is never written again"
    found, wanted = puids_in(tmp_path), expected(steps)
    assert len(found) == len(set(found)) == second.statements > 30
    assert set(found) == set(wanted)
    assert len(first.batches) + len(second.batches) == len(list(tmp_path.glob("statements-*.json"))) > 2
    with (tmp_path / "outcomes.csv").open(newline="") as file:
        rows = {row["puid"]: row["outcome"] for row in csv.DictReader(file)}
    assert rows == wanted
    log.close()


def test_a_folder_holds_one_period(sqlite_url: DatabaseUrl, tmp_path: Path) -> None:
    log = EventLog(sqlite_url, Codec(EVENT_TYPES))
    assert write_statements(log, keyed, MANNER, *PERIOD, tmp_path).statements == 0
    with pytest.raises(OtherExport, match="another folder"):
        write_statements(log, keyed, MANNER, PERIOD[0], date(2026, 7, 1), tmp_path)
    log.close()
