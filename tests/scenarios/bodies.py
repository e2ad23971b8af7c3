"""What people send where a scenario does not say otherwise: a complete notice, a reasoned contest, a ruling.

The elements of notices and counter-notices are listed here from the statutes (law.md 1.3, 3.1, 4.1 and 5), not read
from the regime files: this suite is to find out when those leave something out.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.samples import decision_line
from tests.scenarios.story import Given, Step

Json = dict[str, Any]

DROPPED = "drop"
"""A field of the usual body that is left out."""

NOTICE: Mapping[str, tuple[str, ...]] = {
    "cn-civil-code": ("identity", "prima_facie_evidence"),
    "cn-e-commerce": (
        "identity",
        "ownership_proof",
        "location",
        "prima_facie_evidence",
        "truthfulness_guarantee",
    ),
    "cn-network-rights": (
        "identity",
        "contact",
        "address",
        "work_identified",
        "location",
        "prima_facie_evidence",
        "truthfulness_guarantee",
    ),
    "de-urhdag": ("reasoned_explanation",),
    "eu-dsa": ("reasoned_explanation", "location", "identity", "contact", "good_faith_statement"),
    "us-dmca": (
        "signature",
        "work_identified",
        "location",
        "contact",
        "good_faith_statement",
        "accuracy_statement",
        "authority_under_perjury",
    ),
    "none": ("identity", "prima_facie_evidence"),
}
COUNTER_NOTICE: Mapping[str, tuple[str, ...]] = {
    "cn-civil-code": ("identity", "prima_facie_evidence"),
    "cn-e-commerce": ("identity", "location", "prima_facie_evidence", "truthfulness_guarantee"),
    "cn-network-rights": (
        "identity",
        "contact",
        "address",
        "work_identified",
        "location",
        "prima_facie_evidence",
        "truthfulness_guarantee",
    ),
    "us-dmca": (
        "signature",
        "location",
        "mistake_statement_under_perjury",
        "identity",
        "address",
        "contact",
        "jurisdiction_consent",
    ),
    "none": ("identity", "prima_facie_evidence"),
}
STATEMENTS = ("good_faith_statement", "accuracy_statement", "authority_under_perjury", "truthfulness_guarantee")
"""Elements that are a declaration: true or not, and no words."""

LAWFUL_USE = {
    "cn": "CN_ART24_02",
    "no": "CN_ART24_02",
    "de": "DE_QUOTATION",
    "eu": "EU_QUOTATION_CRITICISM_REVIEW",
    "us": "US_FAIR_USE",
}
"""A quotation in a review, under the law of each place, by the first letters of the regime."""

AMOUNTS: Mapping[str, Json] = {
    "video": {"seconds": "180"},
    "audio": {"seconds": "180"},
    "text": {"characters": 6000, "words": 4000},
    "image": {"bytes": 900_000},
}
KINDS = {"text": "text", "audio": "music", "image": "image", "video": "film"}


def decision(given: Given, changes: Mapping[str, Any], *, ids: Mapping[str, str], at: datetime) -> Json:
    """The engine's line for a decision in short form; ``changes`` are those of a further case on the same upload."""
    given = Given.model_validate({**given.model_dump(exclude={"also"}), **changes})
    line = decision_line("0.5", ids["decision"])
    line["evidence"]["share_of_upload"] = None if given.share == "none" else given.share
    line["decided_at"] = at.isoformat()
    line["upload"].update(
        id=ids["upload"], uploader_id=ids["uploader"], medium=given.medium, commercial=given.commercial
    )
    kind = given.kind if given.medium == "video" or given.kind != "film" else KINDS[given.medium]
    line["work"].update(id=ids["work"], right_holder_id=ids["right holder"], kind=kind, flags=given.flags)
    line["marks"] = given.marks
    evidence = line["evidence"]
    amount = {
        **AMOUNTS[given.medium],
        **{
            unit: getattr(given, unit)
            for unit in ("seconds", "characters", "words", "bytes")
            if getattr(given, unit) is not None
        },
    }
    evidence.update(method=given.method, amount=amount, share_of_work=given.share_of_work)
    evidence.update(share_of_upload_low=given.share_low, share_of_upload_high=given.share_high)
    if given.medium not in ("video", "audio"):
        evidence["segments"] = []
    line["evidence"] = {key: value for key, value in evidence.items() if value is not None}
    line["upload"]["amount"] = amount if given.medium != "video" else {"seconds": "194"}
    if given.public_already:
        line["upload"]["public_since"] = (at - timedelta(days=1)).isoformat()
    return line


def body(step: Step, regime: str, now: datetime) -> Json:
    """The body of a step: the usual one of this regime with what the scenario says."""
    usual = copy.deepcopy(_usual(step.step, regime, now))
    if step.step == "rulings" and "outcome" in step.body:
        usual["bases"] = _bases(step.body["outcome"])
    sent = _merged(usual, step.body)
    if (sent.get("subject"), sent.get("decision")) == ("notice", "accept"):
        sent = {"measure": "block", "reasons": "It names everything and is well founded.", **sent}
    for element in step.lacks:
        del sent["elements"][element]
    return sent


def _merged(usual: Json, said: Mapping[str, Any]) -> Json:
    merged = dict(usual)
    for key, value in said.items():
        if value == DROPPED:
            merged.pop(key, None)
            continue
        both = isinstance(value, Mapping) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _elements(names: tuple[str, ...]) -> Json:
    return {name: True if name in STATEMENTS else f"Words of the sender on {name.replace('_', ' ')}." for name in names}


def _usual(step: str, regime: str, now: datetime) -> Json:
    notice = {"elements": _elements(NOTICE[regime]), "items": 1}
    bodies: Mapping[str, Json] = {
        "marks": {
            "basis": "statutory_exception",
            "provision": LAWFUL_USE[regime[:2]],
            "statement": "A review that quotes the film.",
            "truthful": True,
        },
        "contests": {"ground": "statutory_exception", "reasons": "It is a review of the film."},
        "challenges": {
            "ground": "no_exception",
            "reasons": "It shows the whole plot.",
            "exceptions_considered": "Quotation was considered: far more is shown than a review needs.",
        },
        "statements": {"statement": "We ask to weigh the length of the quotation."},
        "withdrawals": {},
        "warning-answers": {"answer": "tolerate"},
        "notices": notice,
        "counter-notices": {"elements": _elements(COUNTER_NOTICE.get(regime, ("identity", "prima_facie_evidence")))},
        "intake-decisions": {"subject": "notice", "decision": "accept"},
        "deliveries": {},
        "wait-pauses": {"cause": "notarisation", "working_days": 5, "proof": "The notary's receipt."},
        "legal-actions": {
            "forum": "court",
            "proof": "Statement of claim with the court's stamp.",
            "names_uploader": True,
            "names_item": True,
        },
        "urgent-blocks": {
            "check": "Jo Smith watched both from beginning to end.",
            "harm": "The film opens in cinemas tomorrow.",
            "human_check": True,
        },
        "settlements": {"availability": "public", "terms": "Credit is given to the film."},
        "upload-withdrawals": {},
        "further-reviews": {"reasons": "The ruling overlooks the second half."},
        "reopenings": {"cause": "new_evidence", "reasons": "A licence has turned up."},
        "recusals": {"cause": "conflict_of_interest"},
        "reassignments": {"cause": "absence"},
        "panels": {},
        "outside-proceedings": {
            "forum": "court",
            "opened_at": now.isoformat(),
            "reference": "People's Court, case 12 of this year",
        },
        "orders": {
            "forum": "court",
            "interim": False,
            "availability": "blocked",
            "reference": "Order 7 of this year",
            "verified": True,
        },
        "rulings": {
            "outcome": "upheld",
            "bases": _bases("upheld"),
            "factors": {"purpose": "criticism", "nature": "fiction", "amount": "three minutes", "market": "none lost"},
            "reasons": {"en": "Weighed after seeing both from beginning to end."},
        },
    }
    return bodies.get(step, {})


def _bases(outcome: str) -> list[str]:
    return ["CN_ART24_02"] if outcome == "reversed" else ["CN_ART53_01"]
