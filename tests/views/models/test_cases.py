"""The rows of cases: what the state says, however the log is cut into pages; and the queues that are read from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from casework.database import DatabaseUrl, views_engine
from casework.domain.case.events import (
    DeadlinePassed,
    PanelAssigned,
    ReviewerRecused,
    ReviewerSeated,
    UploadWithdrawn,
)
from casework.domain.case.evolution import fold
from casework.domain.case.notice_events import NoticeAmended, NoticeFoundDeficient, NoticeReceived
from casework.domain.case.state import Procedure
from casework.domain.facts import Event
from casework.domain.standard.standard import Standards
from casework.domain.values import DeadlineKind, ReleaseCause
from casework.domain.work.events import NoBlockReason, WorkNoBlockListed
from casework.eventlog.codec import Codec
from casework.eventlog.store import Append, EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.law import read_law
from casework.views.models import cases as model
from casework.views.models.cases import CasesModel
from casework.views.models.catch_up import Views
from casework.views.models.deadlines import list_of_case
from casework.views.models.queues import (
    ToCheck,
    count_queues,
    count_to_check,
    list_overdue,
    list_prior_reviews,
    list_to_check,
    list_waits,
)
from tests import samples
from tests.jobs.clocked_cases import (
    BEGUN,
    CURE_UNTIL,
    HISTORIES,
    REGIME,
    accepted,
    countered,
    decided,
    noticed,
    waiting,
    write_case,
    write_cases,
)
from tests.reports.histories import STANDARDS, played, write

ALL_STANDARDS = Standards([*STANDARDS.all])


class Place:
    """A log with the read model beside it."""

    def __init__(self, url: DatabaseUrl) -> None:
        self.engine = views_engine(url)
        self.log = EventLog(url, Codec(EVENT_TYPES))
        self.views = self.with_pages_of(1000)

    def with_pages_of(self, size: int) -> Views:
        views = Views(self.engine, self.log, [CasesModel(ALL_STANDARDS, read_law(), self.log.load_many)], page=size)
        views.prepare()
        return views

    @property
    def tables(self) -> Mapping[str, sa.Table]:
        return self.views.tables("cases")

    def more(self, case_id: UUID, *events: Event, hours: float = 1) -> None:
        """What happens to a case later."""
        append = Append(case_id, len(self.log.load(case_id)), events)
        moment = BEGUN + timedelta(hours=hours)
        self.log.append([append], recorded=moment, by=samples.CLOCK, command=uuid4().hex)

    def connect(self) -> Connection:
        """A connection to the read model, which is up to date."""
        self.views.catch_up()
        return self.engine.connect()

    def row(self, case_id: UUID) -> Any:
        with self.connect() as connection:
            return model.find_case(connection, self.tables, case_id)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables; tallies of nothing are left out."""
        with self.engine.connect() as connection:
            found = {
                name: [tuple(row) for row in connection.execute(sa.select(table))]
                for name, table in self.tables.items()
            }
        found["tallies"] = [row for row in found["tallies"] if row[-1]]
        return {name: sorted(rows, key=repr) for name, rows in found.items()}


@pytest.fixture
def place(database_url: DatabaseUrl) -> Iterator[Place]:
    place = Place(database_url)
    yield place
    place.log.close()
    place.engine.dispose()


def cases_of(rows: Sequence[Any]) -> list[UUID]:
    return [row.case_id for row in rows]


@pytest.mark.parametrize("size", [1, 7])
def test_rows_are_the_same_however_the_log_is_cut(place: Place, size: int) -> None:
    """A rebuild is one page. Of these histories 20 have nearly all that 60 have; an event a page takes long."""
    many = 6 if size == 1 else 20
    write(place.log, played(many, 17))
    write_cases(place.log, 16)
    place.with_pages_of(size).catch_up()
    live = place.everything()
    place.views.rebuild()
    assert place.everything() == live
    assert len(live["cases"]) == many + 16
    assert live["assignments"]
    assert live["deadlines"]


def test_rows_say_what_the_state_says(place: Place) -> None:
    write(place.log, played(30, 3))
    with place.connect() as connection:
        rows = list(connection.execute(sa.select(place.tables["cases"])))
        tallies = model.count_tallies(connection, place.tables)
    for row in rows:
        case = fold(place.log.load(row.case_id))
        assert case is not None
        assert (row.procedure, row.availability) == (case.procedure.value, case.availability.value)
        assert row.ruling == (case.ruling and case.ruling.outcome.value)
        assert (row.uploader, row.right_holder) == (case.uploader, case.right_holder)
        assert row.appeal_lodged_at == (case.appeal and case.appeal.lodged_at)
    assert tallies["procedure"] == Counter(row.procedure for row in rows)
    assert tallies["availability"] == Counter(row.availability for row in rows)
    assert tallies["outcome"] == Counter(row.outcome for row in rows)


def test_rulings_owed_are_those_that_the_case_awaits(place: Place) -> None:
    write(place.log, played(30, 3))
    with place.connect() as connection:
        seats = list(connection.execute(sa.select(place.tables["assignments"])))
    owed = {(row.case_id, row.reviewer) for row in seats if row.state == "owed"}
    awaited = set()
    for case_id in {row.case_id for row in seats}:
        case = fold(place.log.load(case_id))
        assert case is not None
        awaited |= {(case_id, reviewer) for reviewer in case.awaited_reviewers}
    assert owed == awaited
    assert owed
    assert {row.state for row in seats} == {"owed", "given", "dropped"}


def test_events_of_other_streams_change_nothing(place: Place) -> None:
    write_case(place.log, (decided("0.40", 1),))
    place.views.catch_up()
    before = place.everything()
    listed = WorkNoBlockListed(work="w-1", reason=NoBlockReason.FREELY_LICENSED, grounds=samples.reference("grounds"))
    place.log.append([Append(uuid4(), 0, (listed,))], recorded=BEGUN, by=samples.OFFICER, command="list")
    place.views.catch_up()
    assert place.everything() == before
    assert place.views.status()[0].lag == 0


def test_a_seat_that_somebody_left_is_dropped_and_the_next_one_owes(place: Place) -> None:
    case_id = write_case(place.log, HISTORIES[DeadlineKind.RULING](1))
    assert place.row(case_id).needs_seats
    place.more(case_id, PanelAssigned(reviewers=("r-ann", "r-ben")))
    assert not place.row(case_id).needs_seats
    place.more(case_id, ReviewerRecused(reviewer="r-ben", cause=ReleaseCause.CONFLICT_OF_INTEREST))
    place.more(case_id, ReviewerSeated(reviewer="r-cai"), hours=2)
    with place.connect() as connection:
        seats = {row.reviewer: row.state for row in connection.execute(sa.select(place.tables["assignments"]))}
        assert model.count_owed(connection, place.tables) == {"r-ann": 1, "r-cai": 1}
        assert cases_of(model.list_owed(connection, place.tables, "r-cai")) == [case_id]
    assert seats == {"r-ann": "owed", "r-ben": "dropped", "r-cai": "owed"}


def test_the_intake_desk_sees_trusted_notices_first_then_the_oldest(place: Place) -> None:
    late = write_case(place.log, (decided("0.40", 1), noticed()), at=BEGUN + timedelta(hours=2))
    early = write_case(place.log, (decided("0.40", 2), noticed()), at=BEGUN)
    trusted = write_case(place.log, (decided("0.40", 3), noticed(trusted=True)), at=BEGUN + timedelta(hours=3))
    answered = write_case(
        place.log, (decided("0.40", 4), noticed(), *accepted(), countered()), at=BEGUN + timedelta(hours=1)
    )
    with place.connect() as connection:
        assert cases_of(list_to_check(connection, place.tables)) == [trusted, early, answered, late]
        assert cases_of(list_to_check(connection, place.tables, limit=2)) == [trusted, early]
        assert cases_of(list_to_check(connection, place.tables, subject="counter_notice")) == [answered]
        assert count_to_check(connection, place.tables) == ToCheck(notices=3, counter_notices=1, oldest=BEGUN)


def test_a_deficient_notice_leaves_the_intake_desk_until_it_is_amended(place: Place) -> None:
    case_id = write_case(place.log, (decided("0.40", 1), noticed()))
    place.more(case_id, NoticeFoundDeficient(notice=1, missing=("ownership_proof",), cure_until=CURE_UNTIL))
    row = place.row(case_id)
    assert (row.to_check, row.next_deadline_kind, row.next_deadline_at) == (None, "notice_cure", CURE_UNTIL)
    amended = NoticeAmended(notice=1, elements=("identity", "ownership_proof"), content=samples.reference("more words"))
    place.more(case_id, amended, hours=5)
    row = place.row(case_id)
    assert (row.to_check, row.to_check_since) == ("notice", BEGUN + timedelta(hours=5))
    assert row.next_deadline_at is None
    place.more(case_id, UploadWithdrawn())
    row = place.row(case_id)
    assert (row.to_check, row.procedure, row.availability) == (None, "closed", "withdrawn")


def test_waits_are_listed_by_their_end_and_those_without_an_end_last(place: Place) -> None:
    before = (noticed(), *accepted(), countered())
    undelivered = write_case(place.log, (decided("0.40", 1), *before, *waiting()[:2]))
    later = write_case(place.log, (decided("0.40", 2), *before, *waiting(BEGUN + timedelta(days=3))))
    sooner = write_case(place.log, (decided("0.40", 3), *before, *waiting(BEGUN)))
    with place.connect() as connection:
        waits = list_waits(connection, place.tables)
        assert cases_of(waits) == [sooner, later, undelivered]
        assert [row.wait_until is None for row in waits] == [False, False, True]
        assert {row.regime for row in waits} == {REGIME}
        assert cases_of(list_waits(connection, place.tables, limit=1)) == [sooner]
        assert count_queues(connection, place.tables).waits == 3
        (due,) = list_of_case(connection, place.tables, sooner)
        assert (due.kind, due.due_at) == (DeadlineKind.WAIT, waits[0].wait_until)


def test_overdue_reviews_are_flagged_until_they_end(place: Place) -> None:
    case_id = write_case(place.log, HISTORIES[DeadlineKind.RULING](1))
    due_at = BEGUN + timedelta(days=7)
    assert (place.row(case_id).overdue, place.row(case_id).next_deadline_at) == (False, due_at)
    place.more(case_id, DeadlinePassed(kind=DeadlineKind.RULING, due_at=due_at))
    row = place.row(case_id)
    assert (row.overdue, row.next_deadline_kind) == (True, None)
    with place.connect() as connection:
        assert cases_of(list_overdue(connection, place.tables)) == [case_id]
    place.more(case_id, UploadWithdrawn())
    with place.connect() as connection:
        assert list_overdue(connection, place.tables) == []
        assert count_queues(connection, place.tables).overdue == 0


def test_held_uploads_are_a_queue_of_their_own_and_no_appeal(place: Place) -> None:
    held = write_case(place.log, HISTORIES[DeadlineKind.PRIOR_REVIEW](1))
    write_case(place.log, HISTORIES[DeadlineKind.RULING](2))
    place.more(held, PanelAssigned(reviewers=("r-ann", "r-ben")))
    with place.connect() as connection:
        (row,) = list_prior_reviews(connection, place.tables)
        assert (row.case_id, row.procedure) == (held, Procedure.PANEL.value)
        assert row.ruling_due == BEGUN + timedelta(hours=1)
        assert held not in cases_of(model.list_open_appeals(connection, place.tables))
        assert model.count_backlog(connection, place.tables, BEGUN).open == 1
        assert [one.due for one in model.list_owed(connection, place.tables, "r-ann")] == [row.ruling_due]


def test_a_notice_under_a_regime_that_nobody_knows_any_more_stops_no_view(place: Place) -> None:
    gone = NoticeReceived(notice=1, regime="gone", elements=(), content=samples.reference("notice"))
    case_id = write_case(place.log, (decided("0.40", 1), gone))
    assert place.row(case_id).regime == "gone"


@pytest.mark.parametrize("read", [model.list_owed, model.list_given])
def test_the_lists_of_a_reviewer_are_read_in_the_order_of_an_index(
    sqlite_url: DatabaseUrl, read: Callable[..., object]
) -> None:
    """However long a list is, what is not shown is not read."""
    place = Place(sqlite_url)
    asked: list[tuple[str, Any]] = []
    with place.connect() as connection:
        sa.event.listen(
            connection, "before_cursor_execute", lambda _one, _cursor, text, values, *_: asked.append((text, values))
        )
        read(connection, place.tables, "r-ann", limit=11)
        text, values = asked[-1]
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values))
    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan
