"""What the public sees of an upload that several cases are about."""

from __future__ import annotations

from itertools import permutations
from uuid import uuid4

import pytest

from casework.domain.case.events import UploadWithdrawn
from casework.domain.case.outside_events import OutsideProceedingDecided, OutsideProceedingOpened
from casework.domain.case.state import Case
from casework.domain.case.upload import STRICTNESS, order_on, seen_by_public
from casework.domain.upload.events import UploadOrdered
from casework.domain.upload.state import fold
from casework.domain.values import Availability, OutsideForum, OutsideOutcome
from tests.domain.notice_samples import ordered
from tests.samples import BLOCKED, LAWFUL, NOON, WARNED, Fact, binding, case_of, reference

PUBLIC = case_of(LAWFUL)
STRICT = case_of(BLOCKED)
KEPT = case_of(BLOCKED, ordered(availability=Availability.PUBLIC))
BARRED = case_of(LAWFUL, ordered(availability=Availability.BLOCKED))
GONE = case_of(WARNED, UploadWithdrawn())


def test_every_availability_has_its_strictness() -> None:
    assert set(STRICTNESS) == set(Availability)


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ((PUBLIC,), Availability.PUBLIC),
        ((PUBLIC, STRICT), Availability.BLOCKED),
        ((PUBLIC, PUBLIC), Availability.PUBLIC),
        ((KEPT, STRICT), Availability.PUBLIC),
        ((KEPT, BARRED, STRICT), Availability.BLOCKED),
        ((KEPT, GONE, STRICT), Availability.WITHDRAWN),
        ((), Availability.PUBLIC),
    ],
    ids=["one", "the stricter", "both public", "an order on top", "the stricter order", "withdrawn", "none"],
)
def test_the_public_sees_one_upload(cases: tuple[Case, ...], expected: Availability) -> None:
    for some in permutations(cases):
        assert seen_by_public(some) is expected


def test_an_external_body_decides_one_dispute_and_not_what_others_claim() -> None:
    words = reference("file 1")
    body = OutsideProceedingOpened(proceeding=1, forum=OutsideForum.EXTERNAL_BODY, opened_at=NOON, words=words)
    implemented = OutsideProceedingDecided(
        proceeding=1,
        decided_at=NOON,
        outcome=OutsideOutcome.REVERSED,
        implemented=True,
        words=words,
        availability=Availability.PUBLIC,
    )
    freed = case_of(BLOCKED, body, implemented)
    assert freed.availability is Availability.PUBLIC
    for some in permutations((freed, STRICT)):
        assert order_on(some) is None
        assert seen_by_public(some) is Availability.BLOCKED
    assert seen_by_public((freed, PUBLIC)) is Availability.PUBLIC


def test_an_order_counts_while_the_upload_is_there() -> None:
    assert order_on((PUBLIC, STRICT)) is None
    assert order_on((PUBLIC, KEPT)) is Availability.PUBLIC
    withdrawn = case_of(LAWFUL, ordered(availability=Availability.BLOCKED), UploadWithdrawn())
    assert order_on((withdrawn,)) is None


def test_the_record_of_an_upload_takes_no_facts_of_another() -> None:
    event = UploadOrdered(upload="up-2", upload_version=1, order=1, case=uuid4(), terms=binding())
    with pytest.raises(ValueError, match="up-1"):
        fold("up-1", 1, [Fact(event)])
    assert fold("up-2", 1, [Fact(event)]).version == 1
