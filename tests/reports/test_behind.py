"""The cases behind a number: as many as it counts, found in steps, and none where it does not count cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa

from casework.database import parse_database_url, views_engine
from casework.domain.case.events import ContestLodged, FilteringDecisionRecorded
from casework.eventlog.codec import Codec
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.behind import AsNeeded, Behind, NotOfCases, cases_behind, figure_of
from casework.reports.figures.registry import REGISTRY, measured
from casework.reports.figures.values import Inputs, Unit
from casework.reports.generation import Report, generate_report
from casework.views.models import figures
from casework.views.models.cases import CasesModel
from casework.views.models.catch_up import ReadModel, Views
from casework.views.models.figures_facts import Calendar
from casework.views.models.figures_ledger import Ledger
from casework.views.models.figures_path import Grounds
from tests.reports.histories import LAW, SHANGHAI, Habits, played, write
from tests.reports.test_report import STANDARDS

PERIOD = date(2026, 1, 5), date(2026, 2, 5)
AS_OF = datetime(2026, 9, 1, tzinfo=UTC)


class Made(NamedTuple):
    log: EventLog
    views: Views
    report: Report

    def behind(self, key: str, **named: int | float) -> Behind:
        return cases_behind(
            self.log, self.views, STANDARDS, LAW, key, start=PERIOD[0], end=PERIOD[1], as_of=AS_OF, zone=SHANGHAI,
            **named,  # type: ignore[arg-type]
        )  # fmt: skip

    def all(self, key: str) -> list[UUID]:
        found = self.behind(key, seconds=60)
        assert found.after is None
        return list(found.cases)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[Made]:
    path = tmp_path_factory.mktemp("behind") / "casework.db"
    path.write_bytes(_sqlite_template.read_bytes())
    url = parse_database_url(f"sqlite:///{path}")
    log = EventLog(url, Codec(EVENT_TYPES))
    models: list[ReadModel] = [
        figures.Figures(STANDARDS, LAW, log.load_many, SHANGHAI),
        CasesModel(STANDARDS, LAW, log.load_many),
    ]
    views = Views(views_engine(url), log, models)
    views.prepare()
    write(log, played(30, 21, Habits(days=45, slot=timedelta(days=1), appeals=0.8, standards=STANDARDS)))
    views.catch_up()
    report = generate_report(
        log, views, STANDARDS, LAW, start=PERIOD[0], end=PERIOD[1], as_of=AS_OF, zone=SHANGHAI, platform="P",
        masked=False,
    )  # fmt: skip
    yield Made(log, views, report)
    log.close()


def test_as_many_cases_as_the_number_of_the_cohort(made: Made) -> None:
    rows = [
        row
        for key, row in made.report.figures.rows.items()
        if key.startswith(("decisions.", "filtering."))
        and row.figure.unit is Unit.COUNT
        and row.figure.id not in ("filtering.not_automated", "filtering.repeat_block_after_reversal")
        and row.value.number
    ]
    assert len(rows) > 30
    # All cells of a figure are looked for in the same way.
    for row in [row for _, cells in groupby(rows, lambda row: row.figure.id) for row in list(cells)[:2]]:
        assert len(set(made.all(row.key))) == row.value.number, row.key


@pytest.mark.parametrize(
    "key", ["appeals.uploader.received", "appeals.uploader.open_at_end", "times.contest.median_h", "review.panels"]
)
def test_flows_and_times_lead_to_the_cases_that_count_in_them(made: Made, key: str) -> None:
    value = made.report.figures[key]
    found = made.all(key)
    counted = value.denominator if value.denominator is not None else value.number
    assert bool(found) == bool(counted)
    assert len(found) <= int(counted or 0)
    if key == "appeals.uploader.received":
        histories = made.log.load_many(found)
        assert all(any(isinstance(one.event, ContestLodged) for one in histories[case]) for case in found)


def test_a_search_goes_on_where_it_stopped(made: Made) -> None:
    whole = made.all("decisions.total")
    pieces: list[UUID] = []
    after: int | None = 0
    seen = []
    while after is not None:
        piece = made.behind("decisions.total", after=after, most=7)
        assert len(piece.cases) <= 7
        pieces += piece.cases
        seen.append(piece.looked)
        after = piece.after
    assert pieces == whole
    assert seen == sorted(seen)
    assert seen[-1] == piece.whole


def test_looks_only_at_cases_that_went_on_where_a_decision_alone_does_not_count(made: Made) -> None:
    cases = made.all("decisions.total")
    alone = [case for case, history in made.log.load_many(cases).items() if len(history) == 1]
    assert alone
    sought = made.behind("appeals.uploader.received", seconds=60)
    with made.views.engine.connect() as connection:
        whole = connection.execute(sa.select(sa.func.count()).select_from(made.views.tables("cases")["cases"])).scalar()
    assert whole is not None
    assert len(cases) - len(alone) <= sought.whole <= whole - len(alone)


def test_a_decision_alone_counts_in_no_figure_that_does_not_read_decisions(made: Made) -> None:
    """Else cases would be missing behind the number."""
    cases = made.all("decisions.total")
    alone = [history[0] for history in made.log.load_many(cases).values() if len(history) == 1]
    ledger = Ledger(Calendar(SHANGHAI), Grounds(STANDARDS, LAW))
    ledger.fold(alone, lambda streams, *, until=None: {})
    values = AsNeeded()
    values.inputs = Inputs(ledger.extract(*PERIOD), AS_OF, SHANGHAI, values)
    for figure in REGISTRY:
        if FilteringDecisionRecorded not in figure.reads:
            found = measured(figure, values.inputs).values()
            assert not any(one.number if figure.unit is Unit.COUNT else one.denominator for one in found), figure.id


def test_time_ends_a_search_and_says_how_far_it_came(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.reports.behind._CHUNK", 10)
    piece = made.behind("decisions.total", seconds=0)
    assert piece.looked == 10
    assert piece.after is not None
    assert piece.whole > 10


@pytest.mark.parametrize("key", ["abuse.warnings", "filtering.repeat_block_after_reversal"])
def test_says_what_is_not_counted_by_cases(made: Made, key: str) -> None:
    with pytest.raises(NotOfCases):
        made.behind(key)


@pytest.mark.parametrize("key", ["", "decisions", "decisions.none", "decisions.by_rule.", "decisions.by_rule.none"])
def test_unknown_keys_are_no_figures(key: str) -> None:
    with pytest.raises(KeyError):
        figure_of(key)


def test_every_key_of_a_report_is_found_again(made: Made) -> None:
    for key, row in made.report.figures.rows.items():
        assert figure_of(key) == (row.figure, row.cell)
