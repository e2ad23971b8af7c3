"""The rows of ledgers and records: what the log says, however it is cut into pages; and the lists read from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from casework.database import DatabaseUrl, views_engine
from casework.domain.facts import Event, Role
from casework.domain.party.events import TrustEnded
from casework.domain.party.state import party_stream
from casework.domain.party.values import SanctionAppealOutcome, Trust
from casework.domain.values import WorkFlag
from casework.domain.work.events import (
    LicenceRecorded,
    NoBlockReason,
    OwnershipConfirmed,
    OwnershipFoundFalse,
    PriorReviewAccepted,
    PriorReviewRequested,
    ReferenceReinstated,
    ReferenceWithdrawn,
    WorkNoBlockDelisted,
    WorkNoBlockListed,
)
from casework.domain.work.state import work_stream
from casework.eventlog.codec import Codec
from casework.eventlog.store import Append, EventLog
from casework.eventlog.topics import EVENT_TYPES
from casework.views.models.catch_up import Views
from casework.views.models.ledgers import (
    LedgersModel,
    find_party,
    list_open_sanction_appeals,
    list_parties,
    list_prior_reviews,
    list_running,
    list_works,
)
from tests.domain.ledger_spec import WORDS
from tests.domain.party_samples import HOLDER, SUSPENDED, appealed, decided, flagger, good_faith, lifted, warned
from tests.domain.party_samples import ONE as CASE
from tests.samples import BLOCKED, NOON, OFFICER, later


def requested(work: str, number: int, **changes: Any) -> PriorReviewRequested:
    fields: dict[str, Any] = {"ground": WorkFlag.HIGH_LOSS, "starts": NOON, "ends": later(days=3)}
    return PriorReviewRequested(
        **{"work": work, "request": number, "right_holder": "rh_1", "justification": WORDS, **fields, **changes}
    )


PARTIES: dict[str, tuple[Event, ...]] = {
    "rh_lifted": (*SUSPENDED, lifted()),
    "rh_appealed": (*SUSPENDED, appealed(), good_faith(CASE)),
    "rh_upheld": (*SUSPENDED, appealed(), decided(SanctionAppealOutcome.UPHELD)),
    "rh_freed": (*SUSPENDED, appealed(), decided(SanctionAppealOutcome.LIFTED)),
    "rh_both": (*SUSPENDED, appealed(), lifted(), decided(SanctionAppealOutcome.LIFTED)),
    "rh_flagger": (flagger(),),
    "rh_once": (
        flagger(),
        TrustEnded(**HOLDER, trust=Trust.FLAGGER, authority="Coordinator", grounds=WORDS),
        warned(),
    ),
}
WORKS: dict[str, tuple[Event, ...]] = {
    "w-free": (WorkNoBlockListed(work="w-free", reason=NoBlockReason.FREELY_LICENSED, grounds=WORDS),),
    "w-back": (
        WorkNoBlockListed(work="w-back", reason=NoBlockReason.PUBLIC_DOMAIN, grounds=WORDS),
        WorkNoBlockDelisted(work="w-back", grounds=WORDS),
        ReferenceWithdrawn(work="w-back", grounds=WORDS),
        ReferenceReinstated(work="w-back", grounds=WORDS),
        LicenceRecorded(work="w-back", licence=1, starts=NOON, grounds=WORDS),
    ),
    "w-false": (
        OwnershipFoundFalse(work="w-false", claimant="rh_1", finding=WORDS),
        OwnershipFoundFalse(work="w-false", claimant="rh_2", finding=WORDS),
        OwnershipConfirmed(work="w-false", claimant="rh_1", finding=WORDS),
        ReferenceWithdrawn(work="w-false", grounds=WORDS),
    ),
    "w-film": (
        requested("w-film", 1),
        PriorReviewAccepted(work="w-film", request=1),
        requested("w-film", 2, right_holder="rh_2"),
        requested("w-film", 3, right_holder="rh_3", ends=later(days=1)),
    ),
}


@pytest.fixture(params=[1, 3, 1000], ids=["one by one", "three", "all at once"])
def views(request: pytest.FixtureRequest, database_url: DatabaseUrl) -> Iterator[Views]:
    """The rows after these histories, in the middle of which a case is opened, folded by pages of this size."""
    log = EventLog(database_url, Codec(EVENT_TYPES))
    for party, events in PARTIES.items():
        own = tuple(event.model_copy(update={"party": party}) for event in events)
        _write(log, Append(party_stream(Role.RIGHT_HOLDER, party), 0, own))
    _write(log, Append(party_stream(Role.UPLOADER, "up_case"), 0, (BLOCKED,)))
    for work, events in WORKS.items():
        _write(log, Append(work_stream(work), 0, events))
    engine = views_engine(database_url)
    found = Views(engine, log, [LedgersModel()], page=request.param)
    found.prepare()
    found.catch_up()
    yield found
    engine.dispose()
    log.close()


def _write(log: EventLog, append: Append) -> None:
    log.append([append], recorded=NOON, by=OFFICER, command=str(append.stream))


def test_every_party_has_its_row_and_its_suspensions(views: Views) -> None:
    tables = views.tables("ledgers")
    with views.engine.connect() as connection:
        rows = {row.party: row for row in list_parties(connection, tables)}
        assert list(rows) == list(reversed(PARTIES))
        assert [row.party for row in list_parties(connection, tables, before="rh_freed", limit=2)] == [
            "rh_upheld",
            "rh_appealed",
        ]
        assert list_parties(connection, tables, side=Role.UPLOADER) == []
        found = find_party(connection, tables, "rh_upheld")
        assert found is not None
        assert (found.warnings, found.assessments, found.suspensions, found.reports) == (1, 1, 1, 0)
        assert find_party(connection, tables, "rh_nobody") is None
        assert rows["rh_flagger"].flagger
        assert not rows["rh_flagger"].trusted
        assert not rows["rh_once"].flagger
        running = list_running(connection, tables, list(PARTIES), NOON)
        assert set(running) == {"rh_appealed", "rh_upheld"}
        assert running["rh_upheld"][0].appeal == "upheld"
        assert list_running(connection, tables, list(PARTIES), later(days=30)) == {}
        assert [row.party for row in list_open_sanction_appeals(connection, tables)] == ["rh_appealed"]


def test_every_work_has_its_row_and_its_requests(views: Views) -> None:
    tables = views.tables("ledgers")
    with views.engine.connect() as connection:
        rows = {row.work: row for row in list_works(connection, tables)}
        assert list(rows) == list(reversed(WORKS))
        assert [row.work for row in list_works(connection, tables, before="w-false")] == ["w-back", "w-free"]
        assert rows["w-free"].no_block == "freely_licensed"
        assert (rows["w-back"].no_block, rows["w-back"].licences, rows["w-back"].reference_withdrawn) == (
            None,
            1,
            False,
        )
        assert (rows["w-false"].false_claims, rows["w-false"].reference_withdrawn) == (1, True)
        waiting = list_prior_reviews(connection, tables, waiting_at=NOON)
        assert [(row.number, row.right_holder) for row in waiting] == [(3, "rh_3"), (2, "rh_2")]
        assert [row.number for row in list_prior_reviews(connection, tables, waiting_at=later(days=1))] == [2]
        own = list_prior_reviews(connection, tables, right_holder="rh_1")
        assert [(row.number, row.answer) for row in own] == [(1, "accepted")]


def test_a_rebuild_gives_the_same_rows(views: Views) -> None:
    before = _everything(views)
    views.rebuild()
    assert _everything(views) == before
    assert all(before.values())


def _everything(views: Views) -> dict[str, list[Any]]:
    with views.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=str)
            for name, table in views.tables("ledgers").items()
        }
