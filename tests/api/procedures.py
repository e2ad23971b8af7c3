"""Notices and what follows them, played over the API up to each stage, for the tests of the steps."""

from __future__ import annotations

from typing import Any

import httpx

from casework.domain.facts import Actor, Role
from casework.domain.party.decisions import GrantTrust
from casework.domain.party.values import Trust
from casework.eventlog.vault import VaultItem
from tests.api.players import Players, step
from tests.web import Browser

SECRET_ADDRESS = "12 Hidden Lane, Springfield"
SECRET_CONTACT = "studio@hidden.example"
WRITER_ADDRESS = "7 Quiet Street, Oldtown"
WRITER_CONTACT = "writer@quiet.example"
NOTICES: dict[str, dict[str, Any]] = {
    "cn-civil-code": {"identity": "The Studio Ltd.", "prima_facie_evidence": "Scenes 12 to 15."},
    "cn-network-rights": {
        "identity": "The Studio Ltd.",
        "contact": SECRET_CONTACT,
        "address": SECRET_ADDRESS,
        "work_identified": "The Film",
        "location": "https://example.org/v/up-1",
        "prima_facie_evidence": "Scenes 12 to 15.",
        "truthfulness_guarantee": True,
    },
    "us-dmca": {
        "signature": "/A. Lawyer/",
        "work_identified": "The Film",
        "location": "https://example.org/v/up-1",
        "contact": SECRET_CONTACT,
        "good_faith_statement": True,
        "accuracy_statement": True,
        "authority_under_perjury": "Under penalty of perjury, we act for the owner.",
    },
    "de-urhdag": {"reasoned_explanation": "It is the whole film."},
}
COUNTER_NOTICES: dict[str, dict[str, Any]] = {
    "cn-civil-code": {"identity": "A. Writer", "prima_facie_evidence": "It is a review, article 24 number 2."},
    "cn-network-rights": {
        **NOTICES["cn-network-rights"],
        "identity": "A. Writer",
        "contact": WRITER_CONTACT,
        "address": WRITER_ADDRESS,
    },
    "us-dmca": {
        "signature": "/A. Writer/",
        "location": "https://example.org/v/up-1",
        "mistake_statement_under_perjury": True,
        "identity": "A. Writer",
        "address": WRITER_ADDRESS,
        "contact": WRITER_CONTACT,
        "jurisdiction_consent": True,
    },
}
ACCEPT = {"subject": "notice", "decision": "accept", "measure": "block", "reasons": "It is the film, unchanged."}
ACCEPT_COUNTER = {"subject": "counter_notice", "decision": "accept"}
LEGAL_ACTION = {"forum": "court", "proof": "Filed as 2026-88.", "names_uploader": True, "names_item": True}
PROCEEDING = {"forum": "court", "opened_at": "2026-07-01T09:00:00+08:00", "reference": "Case 2026-88"}
ORDER = {
    "forum": "court",
    "interim": True,
    "availability": "blocked",
    "reference": "Interim order 2026-5",
    "verified": True,
}


def taken(response: httpx.Response) -> dict[str, Any]:
    """The case after a step that went well."""
    assert response.status_code == 200, response.text
    case: dict[str, Any] = response.json()
    return case


def warned(players: Players, name: str, **changes: Any) -> tuple[str, Browser]:
    """A case between the limits: public, with a warning to the right holder."""
    return players.open(name, "0.7", **changes)


def noticed(players: Players, name: str, regime: str = "cn-civil-code", **changes: Any) -> tuple[str, Browser]:
    """A case with a complete notice that waits for its check."""
    case_id, uploader = warned(players, name, **changes)
    case = taken(step(players.right_holder, case_id, "notices", {"elements": NOTICES[regime]}))
    assert case["procedure"] == "notice_check"
    return case_id, uploader


def measured(players: Players, name: str, regime: str = "cn-civil-code") -> tuple[str, Browser]:
    """A case blocked upon a notice."""
    case_id, uploader = noticed(players, name, regime)
    case = taken(step(players.intake, case_id, "intake-decisions", ACCEPT))
    assert (case["procedure"], case["availability"]) == ("measure_taken", "blocked")
    return case_id, uploader


def countered(players: Players, name: str, regime: str = "cn-civil-code") -> tuple[str, Browser]:
    """The same with a complete counter-notice that waits for its check."""
    case_id, uploader = measured(players, name, regime)
    case = taken(step(uploader, case_id, "counter-notices", {"elements": COUNTER_NOTICES[regime]}))
    assert (case["procedure"], case["availability"]) == ("counter_check", "blocked")
    return case_id, uploader


def waiting(players: Players, name: str, regime: str = "cn-civil-code") -> tuple[str, Browser]:
    """The same with the counter-notice accepted, under a regime that waits."""
    case_id, uploader = countered(players, name, regime)
    case = taken(step(players.intake, case_id, "intake-decisions", ACCEPT_COUNTER))
    assert (case["procedure"], case["availability"]) == ("waiting", "blocked")
    return case_id, uploader


def trust(players: Players) -> None:
    """Make the right holder ``rh-3`` a trusted one."""
    casework = players.site.parts.casework
    party = casework.vault.pseudonym("rh", "rh-3")
    (grounds,) = casework.vault.put([VaultItem(party, b"Years of careful notices.")])
    officer = Actor(role=Role.COMPLIANCE, id="c-officer")
    casework.ledgers.handle_party(
        Role.RIGHT_HOLDER, party, GrantTrust(trust=Trust.RIGHT_HOLDER, grounds=grounds), officer
    )


def read(client: Browser, case_id: str) -> dict[str, Any]:
    """The case as this caller sees it."""
    return taken(client.get(f"/api/v1/cases/{case_id}"))


def event_types(client: Browser, case_id: str) -> list[str]:
    """The events that this caller may know of."""
    events = client.get(f"/api/v1/cases/{case_id}/events").json()["events"]
    return [event["type"] for event in events]
