"""Cases that lead to every kind of letter, played over the API; each story ends with the case and its uploader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from casework.domain.facts import Role
from casework.jobs.deadlines import expire_due
from casework.jobs.reopening import follow
from casework.letters.writing import Correspondence
from tests.api.players import CHALLENGE, MARK, RULING, Players, step
from tests.api.procedures import (
    COUNTER_NOTICES,
    LEGAL_ACTION,
    NOTICES,
    ORDER,
    PROCEEDING,
    countered,
    measured,
    noticed,
    taken,
    trust,
    waiting,
    warned,
)
from tests.web import Browser

CIVIL = "cn-civil-code"
REGULATION = "cn-network-rights"
GERMANY = "de-urhdag"
USA = "us-dmca"

QUOTATION = {"basis": "statutory_exception", "provision": "DE_QUOTATION"}

Case = tuple[str, Browser]


class Story(NamedTuple):
    """What is played under which regime, and the letters to each side that it must lead to."""

    regime: str
    play: Callable[[Players], Case]
    uploader: list[str]
    right_holder: list[str]


def posts(players: Players, case_id: str) -> Correspondence:
    """The letters of a case as they stand in the log."""
    parts = players.site.parts
    identifier = UUID(case_id)
    return Correspondence(parts.casework, identifier, parts.casework.history(identifier), parts.settings.zone)


def kinds(players: Players, case_id: str, side: Role) -> list[str]:
    """The kinds of letters to one side, the oldest first."""
    return [heading.kind.value for heading in posts(players, case_id).headings(side)]


def later(players: Players, **by: int) -> None:
    """Let time pass and the worker look at what is due."""
    players.site.clock.advance(timedelta(**by))
    expire_due(players.site.parts.casework, players.site.parts.deadline_failures)


def blocked(players: Players) -> Case:
    return players.open("blocked")


def lawful(players: Players) -> Case:
    return players.open("lawful", "0.3")


def marked(players: Players) -> Case:
    case_id, uploader = players.open("marked")
    taken(step(uploader, case_id, "marks", MARK))
    taken(step(players.right_holder, case_id, "challenges", CHALLENGE))
    return case_id, uploader


def tolerated(players: Players) -> Case:
    case_id, uploader = warned(players, "tolerated")
    taken(step(players.right_holder, case_id, "warning-answers", {"answer": "tolerate"}))
    return case_id, uploader


def unanswered(players: Players) -> Case:
    case_id, uploader = warned(players, "unanswered")
    later(players, days=31)
    return case_id, uploader


def deficient(players: Players) -> Case:
    case_id, uploader = warned(players, "deficient")
    taken(step(players.right_holder, case_id, "notices", {"elements": {"identity": "The Studio Ltd."}}))
    found = {"subject": "notice", "decision": "deficient", "remarks": "Which scenes are meant?"}
    taken(step(players.intake, case_id, "intake-decisions", found))
    later(players, days=6)
    return case_id, uploader


def rejected(players: Players) -> Case:
    case_id, uploader = noticed(players, "rejected")
    wrong = {"subject": "notice", "decision": "reject", "reasons": "It is another film."}
    taken(step(players.intake, case_id, "intake-decisions", wrong))
    return case_id, uploader


def taken_back(players: Players) -> Case:
    case_id, uploader = measured(players, "taken-back")
    taken(step(players.right_holder, case_id, "withdrawals", {"subject": "notice"}))
    return case_id, uploader


def counter_lapsed(players: Players) -> Case:
    case_id, uploader = measured(players, "counter-lapsed")
    taken(step(uploader, case_id, "counter-notices", {"elements": {"identity": "A. Writer"}}))
    found = {"subject": "counter_notice", "decision": "deficient", "remarks": "Say why it is lawful."}
    taken(step(players.intake, case_id, "intake-decisions", found))
    later(players, days=6)
    return case_id, uploader


def waited(players: Players) -> Case:
    case_id, uploader = waiting(players, "waited")
    taken(step(players.right_holder, case_id, "deliveries", {}))
    pause = {"cause": "notarisation", "working_days": 3, "proof": "Notary office, no. 7."}
    taken(step(players.right_holder, case_id, "wait-pauses", pause))
    later(players, days=40)
    return case_id, uploader


def sued(players: Players) -> Case:
    case_id, uploader = waiting(players, "sued")
    taken(step(players.right_holder, case_id, "legal-actions", LEGAL_ACTION))
    return case_id, uploader


def barred(players: Players) -> Case:
    case_id, uploader = countered(players, "barred", REGULATION)
    accept = {"subject": "counter_notice", "decision": "accept"}
    taken(step(players.intake, case_id, "intake-decisions", accept))
    refused = step(players.right_holder, case_id, "notices", {"elements": NOTICES[REGULATION]})
    assert refused.status_code == 409, refused.text
    return case_id, uploader


def american(players: Players) -> Case:
    case_id, uploader = measured(players, "american", USA)
    taken(step(uploader, case_id, "counter-notices", {"elements": COUNTER_NOTICES[USA]}))
    taken(step(players.intake, case_id, "intake-decisions", {"subject": "counter_notice", "decision": "accept"}))
    return case_id, uploader


def ruled(players: Players) -> Case:
    case_id, uploader, panel = players.contested("ruled")
    for reviewer in panel:
        taken(step(reviewer, case_id, "rulings", RULING))
    taken(step(uploader, case_id, "further-reviews", {"reasons": "Look at segment two."}))
    return case_id, uploader


def late(players: Players) -> Case:
    case_id, uploader, _panel = players.contested("late")
    later(players, days=40)
    return case_id, uploader


def settled(players: Players) -> Case:
    case_id, uploader = players.heard("settled")
    offer = {"availability": "public", "terms": "The film is named."}
    taken(step(uploader, case_id, "settlements", offer))
    taken(step(players.right_holder, case_id, "settlements", offer))
    return case_id, uploader


def reopened(players: Players) -> Case:
    case_id, uploader = players.heard("reopened")
    taken(step(uploader, case_id, "withdrawals"))
    again = {"cause": "new_evidence", "reasons": "A licence has turned up."}
    taken(step(players.compliance, case_id, "reopenings", again))
    return case_id, uploader


def unclaimed(players: Players) -> Case:
    case_id, uploader = players.heard("unclaimed")
    parts = players.site.parts
    claimant = parts.casework.case(UUID(case_id)).right_holder
    body = {"claimant": claimant, "cases": [case_id], "finding": "The film is another studio's."}
    found = players.compliance.post("/api/v1/works/w-9/ownership-findings", json=body)
    assert found.status_code == 200, found.text
    follow(parts.casework, parts.follow_ups)
    return case_id, uploader


def ungrounded(players: Players) -> Case:
    case_id, uploader = players.heard("ungrounded")
    withdrawn = players.compliance.post("/api/v1/works/w-9/withdrawals", json={"grounds": "A wrong file."})
    assert withdrawn.status_code == 200, withdrawn.text
    follow(players.site.parts.casework, players.site.parts.follow_ups)
    return case_id, uploader


def ordered(players: Players) -> Case:
    case_id, uploader = players.open("ordered", "0.3")
    taken(step(uploader, case_id, "outside-proceedings", PROCEEDING))
    decided = {
        "proceeding": 1,
        "decided_at": "2026-07-01T10:00:00+08:00",
        "outcome": "upheld",
        "implemented": False,
        "words": "The use is a quotation.",
        "verified": True,
    }
    taken(step(players.intake, case_id, "outside-proceedings", decided))
    taken(step(players.intake, case_id, "orders", ORDER))
    taken(step(players.intake, case_id, "orders", {"lift": 1}))
    taken(step(uploader, case_id, "upload-withdrawals", {}))
    return case_id, uploader


def urgent(players: Players) -> Case:
    trust(players)
    case_id, uploader = players.open("urgent", "0.3", evidence__share_of_work="0.05", marks=[QUOTATION])
    check = {"check": "Ms Vogel watched all of it.", "harm": "It opens today.", "human_check": True}
    taken(step(players.right_holder, case_id, "urgent-blocks", check))
    return case_id, uploader


def graced(players: Players) -> Case:
    case_id, uploader = players.open(
        "graced", "0.97", evidence__share_of_work="0.97", upload__public_since="2026-06-01T08:00:00+02:00"
    )
    later(players, hours=49)
    return case_id, uploader


def reviewed_before(players: Players) -> Case:
    body = {
        "ground": "high_loss",
        "justification": "It opens next week.",
        "starts": "2026-06-30T00:00:00+08:00",
        "ends": "2026-08-01T00:00:00+08:00",
    }
    asked = players.right_holder.post("/api/v1/works/w-9/prior-reviews", json=body)
    assert asked.status_code == 200, asked.text
    accepted = players.compliance.post("/api/v1/works/w-9/prior-review-acceptances", json={"request": 1})
    assert accepted.status_code == 200, accepted.text
    case_id, uploader = players.open("held", work__flags=["high_loss"])
    later(players, days=2)
    return case_id, uploader


STORIES: Mapping[str, Story] = {
    "blocked": Story(CIVIL, blocked, ["block"], ["block"]),
    "lawful": Story(CIVIL, lawful, [], ["presumed_lawful"]),
    "marked": Story(CIVIL, marked, ["block", "mark", "challenge"], ["block", "mark", "challenge"]),
    "tolerated": Story(CIVIL, tolerated, ["warning", "warning_answered"], ["warning", "warning_answered"]),
    "unanswered": Story(CIVIL, unanswered, ["warning", "warning_lapsed"], ["warning", "warning_lapsed"]),
    "deficient": Story(
        CIVIL, deficient, ["warning"], ["warning", "notice_received", "notice_deficient", "notice_lapsed"]
    ),
    "rejected": Story(CIVIL, rejected, ["warning"], ["warning", "notice_received", "notice_rejected"]),
    "taken back": Story(
        CIVIL,
        taken_back,
        ["warning", "notice_forwarded", "notice_withdrawn"],
        ["warning", "notice_received", "notice_accepted", "notice_withdrawn"],
    ),
    "counter-notice lapsed": Story(
        CIVIL,
        counter_lapsed,
        [
            "warning",
            "notice_forwarded",
            "counter_notice_received",
            "counter_notice_deficient",
            "counter_notice_lapsed",
        ],
        ["warning", "notice_received", "notice_accepted"],
    ),
    "waited": Story(
        CIVIL,
        waited,
        [
            "warning",
            "notice_forwarded",
            "counter_notice_received",
            "counter_notice_accepted",
            "wait_begun",
            "wait_paused",
            "restored",
        ],
        [
            "warning",
            "notice_received",
            "notice_accepted",
            "counter_notice_forwarded",
            "wait_begun",
            "wait_paused",
            "restored",
        ],
    ),
    "sued": Story(
        CIVIL,
        sued,
        ["warning", "notice_forwarded", "counter_notice_received", "counter_notice_accepted", "legal_action"],
        ["warning", "notice_received", "notice_accepted", "counter_notice_forwarded", "legal_action"],
    ),
    "barred": Story(
        REGULATION,
        barred,
        ["warning", "notice_forwarded", "counter_notice_received", "counter_notice_accepted"],
        ["warning", "notice_received", "notice_accepted", "counter_notice_forwarded", "notice_barred"],
    ),
    "american": Story(
        USA,
        american,
        ["warning", "notice_forwarded", "counter_notice_received", "counter_notice_accepted"],
        ["warning", "notice_received", "notice_accepted", "counter_notice_forwarded"],
    ),
    "ruled": Story(
        CIVIL, ruled, ["block", "contest", "ruling", "further_review"], ["block", "contest", "ruling", "further_review"]
    ),
    "late": Story(CIVIL, late, ["block", "contest", "overdue"], ["block", "contest", "overdue"]),
    "settled": Story(
        CIVIL,
        settled,
        ["block", "contest", "settlement_offered", "settled"],
        ["block", "contest", "settlement_offered", "settled"],
    ),
    "reopened": Story(
        CIVIL,
        reopened,
        ["block", "contest", "appeal_withdrawn", "reopened"],
        ["block", "contest", "appeal_withdrawn", "reopened"],
    ),
    "unclaimed": Story(
        CIVIL, unclaimed, ["block", "contest", "measure_suspended"], ["block", "contest", "measure_suspended"]
    ),
    "ungrounded": Story(
        CIVIL, ungrounded, ["block", "contest", "measure_suspended"], ["block", "contest", "measure_suspended"]
    ),
    "ordered": Story(
        CIVIL,
        ordered,
        ["proceeding_opened", "proceeding_decided", "order", "order_lifted", "upload_withdrawn"],
        ["presumed_lawful", "proceeding_opened", "proceeding_decided", "order", "order_lifted", "upload_withdrawn"],
    ),
    "urgent": Story(GERMANY, urgent, ["urgent_block"], ["presumed_lawful", "urgent_block"]),
    "graced": Story(GERMANY, graced, ["block", "grace_expired"], ["block", "grace_expired"]),
    "reviewed before": Story(
        CIVIL,
        reviewed_before,
        ["prior_review", "prior_review_expired"],
        ["prior_review", "prior_review_expired"],
    ),
}
