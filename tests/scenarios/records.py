"""What stands in the records beside cases when a scenario begins, or is entered while it goes on, over the HTTP API.

Sanctions are entered as the ledger demands: a warning that names the conduct, a weighing of the four factors, then one
right for a time. What is held against a party are earlier cases of its own, which are delivered for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from tests.scenarios.bodies import decision
from tests.scenarios.story import Given, RecordOfWork, Side

if TYPE_CHECKING:
    from tests.scenarios.play import Play

Json = dict[str, Any]

CONDUCT = {
    ("uploader", "marking"): "wrong_marks",
    ("uploader", "appeals"): "unfounded_appeals",
    ("right holder", "notices"): "unfounded_notices",
    ("right holder", "appeals"): "unfounded_appeals",
    ("right holder", "urgent_measures"): "wrong_urgent_measures",
    ("right holder", "manual_claims"): "wrong_manual_claims",
    ("right holder", "automatic_blocking"): "wrong_automatic_blocks",
}
KINDS = {"uploader": "up", "right holder": "rh"}
ENTRIES = {
    "a warning is given": "warnings",
    "the conduct is weighed": "assessments",
    "the right is suspended": "suspensions",
    "a defence of good faith is accepted": "good-faith",
    "bad faith is found": "bad-faith",
    "an appeal against the suspension": "appeals",
    "the appeal against the suspension is decided": "appeal-decisions",
    "the suspension is lifted": "lifts",
    "the flagger is reported": "reports",
    "trust is granted": "trust",
}
"""Single entries in a party's ledger."""

WHOLE_WAY = "a right is suspended"
OF_THE_WORK = "the record of the work changes"
STEPS = (*ENTRIES, WHOLE_WAY, OF_THE_WORK)
BEFORE = timedelta(minutes=1)


def put(play: Play, given: Given) -> None:
    """Enter what is given of both sides and the work."""
    for name, side in (("uploader", given.uploader), ("right holder", given.right_holder)):
        _put_side(play, name, side)
    _put_work(play, given.work, "the case")


def take(play: Play, name: str, case: str, said: Mapping[str, Any]) -> httpx.Response | None:
    """Enter something while the scenario goes on; the answer to a single entry."""
    if name == WHOLE_WAY:
        _suspend(play, said["side"], said["right"], said.get("days", 30))
        return None
    if name == OF_THE_WORK:
        _put_work(play, RecordOfWork.model_validate(said), case)
        return None
    return _entry(play, name, said)


def ledger(play: Play, side: str) -> Json:
    """The sanction ledger of a side, as compliance reads it."""
    answer = play.stage.call("GET", f"/sanctions/{party(play, side)}", play.stage.compliance)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def party(play: Play, side: str) -> str:
    """The pseudonym under which the ledger of a side is kept."""
    return play.stage.site.parts.casework.vault.pseudonym(KINDS[side], play.ids("the case")[side])


def _put_side(play: Play, name: str, side: Side) -> None:
    for right in side.suspended:
        _suspend(play, name, right, side.suspended_days)
    if side.trusted is not None:
        wish = {"side": name, "trust": side.trusted}
        if side.trusted == "flagger":
            wish["authority"] = "The national coordinator"
        _taken(_entry(play, "trust is granted", wish))


def _suspend(play: Play, side: str, right: str, days: int) -> None:
    wish = {"side": side, "conduct": CONDUCT[side, right]}
    _taken(_entry(play, "a warning is given", {**wish, "cases": 1}))
    _taken(_entry(play, "the conduct is weighed", {**wish, "cases": 3}))
    _taken(_entry(play, "the right is suspended", {**wish, "right": right, "days": days}))


def _entry(play: Play, name: str, said: Mapping[str, Any]) -> httpx.Response:
    step = ENTRIES[name]
    side = said["side"]
    body = {**_usual(play, step, said)}
    token = play.token("right holder", "the case") if step == "appeals" else play.stage.compliance
    return play.stage.call("POST", f"/sanctions/{party(play, side)}/{step}", token, json=body)


def _usual(play: Play, step: str, said: Mapping[str, Any]) -> Json:
    """The body of an entry: what the scenario says, completed."""
    wish = {key: value for key, value in said.items() if key not in ("side", "cases", "case", "days")}
    now = play.now
    if "cases" in said:
        wish["cases"] = _earlier_cases(play, said["side"], said["cases"])
    if "case" in said:
        wish["case"] = _earlier_cases(play, said["side"], said["case"])[-1]
    usual: Mapping[str, Json] = {
        "warnings": {"warning": "Do not go on like this."},
        "assessments": {
            "acts": 4,
            "since": (now - timedelta(days=90)).isoformat(),
            "until": now.isoformat(),
            "gravity": "considerable",
            "intention": "negligent",
            "assessment": "Most of what was done in three months.",
        },
        "suspensions": {
            "ends": (now + timedelta(days=said.get("days", 30))).isoformat(),
            "reasons": "It went on after the warning.",
        },
        "good-faith": {"defence": "The licence looked genuine."},
        "bad-faith": {"finding": "The proof was forged."},
        "appeals": {"suspension": 1, "reasons": "The cases were won on appeal."},
        "appeal-decisions": {"suspension": 1, "outcome": "lifted", "reasons": "Two of the cases do not count."},
        "lifts": {"suspension": 1, "reasons": "It has served its purpose."},
        "reports": {"report": "Many inaccurate notices."},
        "trust": {"trust": "right_holder", "grounds": "Years of accurate notices."},
    }
    return {**usual[step], **wish}


def _earlier_cases(play: Play, side: str, number: int) -> Sequence[str]:
    """The first so many earlier cases of a party, delivered when they are named first."""
    known = play.earlier_cases.setdefault(side, [])
    while len(known) < number:
        own = f"{play.name}-{KINDS[side]}-{len(known) + 1}"
        ids = {"decision": own, "upload": f"up-{own}", "uploader": f"u-{own}", "work": f"w-{own}"}
        ids["right holder"] = f"rh-{own}"
        ids[side] = play.ids("the case")[side]
        line = decision(Given(at=play.scenario.given.at, share="0.7"), {}, ids=ids, at=play.now)
        answer = play.stage.call("POST", "/decisions", play.stage.engine, json=line).json()
        assert answer["status"] == "created", answer
        known.append(answer["case_id"])
    return known[:number]


def _put_work(play: Play, record: RecordOfWork, case: str) -> None:
    ids = play.ids(case)
    claimant = party(play, "right holder")
    grounds = {"grounds": "Proven by documents."}
    entries: list[tuple[str, Json]] = []
    if record.no_block is not None:
        entries.append(("no-block", {"reason": record.no_block, **grounds}))
    if record.licensed_to is not None:
        licensee = {"uploader": ids["uploader"], "somebody else": f"{ids['uploader']}-else"}.get(record.licensed_to)
        whose = {} if licensee is None else {"licensee_id": licensee}
        entries.append(("licences", {"starts": (play.now - timedelta(days=30)).isoformat(), **whose, **grounds}))
    if record.licence_ended:
        entries.append(("licence-ends", {"licence": 1, **grounds}))
    if record.prior_review is not None:
        asked = {
            "ground": record.prior_review,
            "starts": (play.now - BEFORE).isoformat(),
            "ends": (play.now + timedelta(days=record.prior_review_days)).isoformat(),
            "justification": "Most is earned in the first days.",
        }
        entries.append(("prior-reviews", asked))
        if record.prior_review_accepted:
            entries.append(("prior-review-acceptances", {"request": 1}))
    if record.ownership_false:
        cases = list(_earlier_cases(play, "right holder", 1))
        finding = {"claimant": claimant, "finding": "It belongs to somebody else.", "cases": cases}
        entries.append(("ownership-findings", finding))
    if record.reference_withdrawn:
        entries.append(("withdrawals", grounds))
    for name, body in entries:
        holder = play.holder(ids["right holder"])
        token = holder if name == "prior-reviews" else play.stage.compliance
        _taken(play.stage.call("POST", f"/works/{quote(ids['work'])}/{name}", token, json=body))


def _taken(answer: httpx.Response) -> None:
    assert answer.status_code == 200, f"{answer.request.url}: {answer.text}"
