"""Who tries what, how often, in the random histories of a case (``test_histories.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from hypothesis import strategies as st

from casework.domain.case.events import (
    CaseReopened,
    ChallengeLodged,
    ContestLodged,
    FurtherReviewRequested,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    ReviewerRecused,
    ReviewerReleased,
    ReviewerSeated,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
)
from casework.domain.case.panel import Ruling
from casework.domain.facts import Actor, Event, Role
from casework.domain.values import (
    Availability,
    MarkBasis,
    RulingOutcome,
)
from casework.eventlog.codec import Codec
from casework.eventlog.topics import EVENT_TYPES
from tests.samples import (
    CLOCK,
    OFFICER,
    RIGHT_HOLDER,
    UPLOADER,
    mark,
)

CODEC = Codec(EVENT_TYPES)
REVIEWERS = [Actor(role=Role.REVIEWER, id=f"r-{number}") for number in range(9)]
STRANGERS = [Actor(role=Role.UPLOADER, id="p-stranger"), Actor(role=Role.RIGHT_HOLDER, id="p-stranger")]
PARTIES = [UPLOADER, RIGHT_HOLDER]
RESTRICTED = {Availability.HELD, Availability.PUBLIC_LIMITED, Availability.BLOCKED}
SYSTEM_STEPS = {"panels", "reassignments", "reopenings"}
NOTHING_TO_SEAT = {"no_panel_due", "no_re_reviewer_due", "no_seat_free"}
ROUNDS = (ContestLodged, ChallengeLodged, FurtherReviewRequested, CaseReopened)
ENOUGH = {"too_many_statements", "too_many_files"}

EVERYONE = [*PARTIES, *STRANGERS, *REVIEWERS, OFFICER, CLOCK]
# Mostly whoever may take the step, sometimes anybody: otherwise most histories would never get to a ruling.
uploaders = st.sampled_from([UPLOADER] * 20 + EVERYONE)
right_holders = st.sampled_from([RIGHT_HOLDER] * 20 + EVERYONE)
parties = st.sampled_from(PARTIES * 8 + EVERYONE)
officers = st.sampled_from([OFFICER, CLOCK] * 8 + EVERYONE)
reviewers = st.sampled_from(REVIEWERS)
seats = st.sampled_from([each.id for each in REVIEWERS]) | st.sampled_from([UPLOADER.id, RIGHT_HOLDER.id])
shares = st.sampled_from(["0.93", "0.95", "0.90", "0.40", "0.10", "0.70"])
rarely = st.sampled_from([False] * 9 + [True])
lawful_uses = st.sampled_from([mark(), mark(provision="CN_ART24_06"), mark(MarkBasis.OWN_WORK, None)])
markings = st.sampled_from([0, 0, 0, 1, 2]).flatmap(lambda count: st.lists(lawful_uses, min_size=count, max_size=count))
outcomes = st.sampled_from([RulingOutcome.UPHELD, *RulingOutcome, RulingOutcome.REVERSED])
LIKELY = {"contests": 8, "challenges": 8, "panels": 16, "rulings": 16, "further-reviews": 8}
"""How often an offered step is taken, beside the others: more often than not the case should go on."""
TAKEN = {
    "marks",
    "contests",
    "challenges",
    "statements",
    "evidence",
    "withdrawals",
    "panels",
    "rulings",
    "recusals",
    "reassignments",
    "further-reviews",
}
"""Steps that these histories take: the way from the decision to the rulings, over all levels of review."""

waits = st.sampled_from([timedelta(0), timedelta(hours=5), timedelta(days=3), timedelta(days=60), timedelta(days=180)])


def check_round(events: Sequence[Event], sealed: Mapping[str, Ruling]) -> None:
    """Invariant 3 for one round: two rulings that agree, or a third person's."""
    issued = [event for event in events if isinstance(event, RulingIssued)]
    assert len(issued) <= 1
    if not issued:
        return
    opened = [each for event in events if isinstance(event, RulingsOpened) for each in event.rulings]
    for each in opened:
        assert sealed[each.content.id].outcome is each.outcome
    if any(isinstance(event, PanelDisagreed) for event in events):
        assert len({each.reviewer for each in opened}) == 3
        assert opened[0].outcome is not opened[1].outcome
    else:
        assert len({each.reviewer for each in opened}) == 2
        assert opened[0].outcome is opened[1].outcome
    assert opened[-1].outcome is issued[0].outcome


def check_seats(events: Sequence[Event], unable: set[str]) -> None:
    """Invariant 4: nobody rules twice, or in a conflict, or comes back."""
    seated: set[str] = set()
    gone: set[str] = set()
    for event in events:
        if isinstance(event, ROUNDS):
            seated = set()
        elif isinstance(event, PanelAssigned):
            assert len(set(event.reviewers)) == 2
            assert not (seated | gone | unable) & set(event.reviewers)
            seated |= set(event.reviewers)
        elif isinstance(event, ReReviewerAssigned | ReviewerSeated):
            assert event.reviewer not in seated | gone | unable
            seated.add(event.reviewer)
        elif isinstance(event, ReviewerRecused | ReviewerReleased | RulingSubmitted):
            assert event.reviewer in seated - gone
            gone.add(event.reviewer)
