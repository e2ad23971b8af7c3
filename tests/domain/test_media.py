"""The two files that were compared, laid beside the case: once each, by the matcher alone, and nothing follows."""

from __future__ import annotations

import hashlib

import pytest

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.media import DepositMatchedMedia
from casework.domain.case.media_events import MatchedMediaDeposited, MediaSide
from casework.domain.facts import Actor, Event
from casework.domain.values import Evidence
from tests.domain.notice_samples import waiting
from tests.samples import (
    BEFORE_PANEL,
    BLOCKED,
    DECIDED,
    MATCHER,
    OFFICER,
    RIGHT_HOLDER,
    UNDER_CONTEST,
    UPLOADER,
    WARNED,
    Fact,
    case_of,
    file,
)
from tests.spec import given

UPLOAD, WORK = MediaSide.UPLOAD, MediaSide.WORK


def digest_of(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()


def to_deposit(side: MediaSide, the_file: Evidence | None = None, label: str = "film.mp4") -> DepositMatchedMedia:
    return DepositMatchedMedia(side=side, file=the_file or file(label), sha256=digest_of(label))


def deposited(side: MediaSide, label: str = "film.mp4") -> MatchedMediaDeposited:
    return MatchedMediaDeposited(side=side, file=file(label))


def naming(label: str) -> FilteringDecisionRecorded:
    upload = BLOCKED.upload.model_copy(update={"content_sha256": digest_of(label)})
    return BLOCKED.model_copy(update={"upload": upload})


@pytest.mark.parametrize("side", MediaSide)
@pytest.mark.parametrize("facts", [(BLOCKED,), UNDER_CONTEST, BEFORE_PANEL, DECIDED, (WARNED, *waiting())])
def test_the_matcher_lays_a_file_beside_the_case_in_any_state_and_nothing_else_changes(
    facts: tuple[Event | Fact, ...], side: MediaSide
) -> None:
    given(*facts).when(to_deposit(side), by=MATCHER).then(deposited(side))
    before, after = case_of(*facts), case_of(*facts, deposited(side))
    assert after.media_of(side) is not None
    assert (after.procedure, after.availability, after.awaited_reviewers) == (
        before.procedure,
        before.availability,
        before.awaited_reviewers,
    )


def test_each_side_has_one_file_and_the_same_one_again_is_nothing_new() -> None:
    facts = (BLOCKED, deposited(UPLOAD))
    given(*facts).when(to_deposit(UPLOAD), by=MATCHER).nothing()
    given(*facts).when(to_deposit(WORK), by=MATCHER).then(deposited(WORK))


@pytest.mark.parametrize("side", MediaSide)
def test_what_lies_there_is_never_replaced(side: MediaSide) -> None:
    given(BLOCKED, deposited(side)).when(to_deposit(side, label="other.mp4"), by=MATCHER).refuses("media_differs")


def test_the_upload_is_the_one_that_the_decision_was_made_on() -> None:
    given(naming("film.mp4")).when(to_deposit(UPLOAD), by=MATCHER).then(deposited(UPLOAD))
    given(naming("other.mp4")).when(to_deposit(UPLOAD), by=MATCHER).refuses("media_differs")
    given(naming("other.mp4")).when(to_deposit(WORK), by=MATCHER).then(deposited(WORK))


@pytest.mark.parametrize("actor", [UPLOADER, RIGHT_HOLDER, OFFICER])
def test_nobody_else_lays_files_there(actor: Actor) -> None:
    given(BLOCKED).when(to_deposit(UPLOAD), by=actor).refuses("not_your_step")


def test_the_event_knows_its_own_place() -> None:
    kept = case_of(*UNDER_CONTEST, deposited(WORK)).media_of(WORK)
    assert kept is not None
    assert kept.version == len(UNDER_CONTEST) + 1
