"""People who use the API in the tests: both sides of a case, three reviewers, compliance, and an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from casework.domain.facts import Role
from casework.views.access.tokens import Scope
from tests.api.deliveries import YEARS, line, send
from tests.web import Browser, Site

RULING: dict[str, Any] = {
    "outcome": "upheld",
    "bases": ["CN_ART24_02"],
    "factors": {"purpose": "criticism", "nature": "fiction", "amount": "three minutes", "market": "none lost"},
    "reasons": {"en": "It quotes more than the review needs."},
}
CONTEST = {"ground": "statutory_exception", "reasons": "It is a review of the film."}
CHALLENGE = {
    "ground": "no_exception",
    "reasons": "It shows the whole plot.",
    "exceptions_considered": "Quotation, article 24 number 2: too long.",
}
MARK = {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "A review.", "truthful": True}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def step(client: Browser, case_id: str, name: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
    """Take a step on a case."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/api/v1/cases/{case_id}/{name}", json=body, headers=headers)


ALWAYS = ("legal-actions", "outside-proceedings", "orders", "upload-withdrawals")
"""Steps that are possible in every state: nothing bars the way to court, and nobody has to leave an upload up."""


def offered(answer: dict[str, Any]) -> list[str]:
    """The steps that an answer lists, without those that are possible in every state."""
    return [one["name"] for one in answer["allowed_steps"] if one["name"] not in ALWAYS]


@dataclass
class Players:
    """Everybody around the cases of one site. The right holder acts for ``rh-3``, the other one for ``rh-9``."""

    site: Site
    engine: Browser
    right_holder: Browser = field(init=False)
    other_right_holder: Browser = field(init=False)
    intake: Browser = field(init=False)
    compliance: Browser = field(init=False)
    oversight: Browser = field(init=False)
    reviewers: dict[str, Browser] = field(init=False)

    def __post_init__(self) -> None:
        self.right_holder = self._client(Role.RIGHT_HOLDER)
        self.other_right_holder = self._client(Role.RIGHT_HOLDER, right_holder_id="rh-9")
        self.intake = self._client(Role.INTAKE, Scope.INTAKE)
        self.compliance = self._client(Role.COMPLIANCE, Scope.INTAKE)
        self.oversight = self._client(Role.OVERSIGHT, act=False)
        self.reviewers = {}

    def _client(self, role: Role, *further: Scope, act: bool = True, **more: Any) -> Browser:
        account = self.site.account(role, **more)
        scopes = (Scope.CASES_READ, Scope.CASES_ACT, *further) if act else (Scope.CASES_READ,)
        return self.site.api(self.site.token(account, *scopes, valid_for=YEARS))

    def hire(self, number: int = 3) -> None:
        """Give the site reviewers until there are so many."""
        while len(self.reviewers) < number:
            account = self.site.account(Role.REVIEWER, languages=["zh", "en"])
            token = self.site.token(account, Scope.CASES_READ, Scope.CASES_ACT, valid_for=YEARS)
            self.reviewers[account.id] = self.site.api(token)

    def open(self, decision_id: str, share: str = "0.93", **changes: Any) -> tuple[str, Browser]:
        """A new case; its id, and the uploader with the link of the notice."""
        # Who ruled on an upload and a work is barred from other cases of the same two.
        changes.setdefault("upload__id", decision_id)
        answer = send(self.engine, line(decision_id, share, **changes)).json()
        assert answer["status"] == "created", answer
        return answer["case_id"], self.site.api(answer["decision_page"].removeprefix("/d/"))

    def panel(self, case_id: str) -> list[Browser]:
        """The reviewers whose rulings are due, as compliance sees them."""
        events = self.compliance.get(f"/api/v1/cases/{case_id}/events").json()["events"]
        seated = [event["data"].get("reviewers") or [event["data"]["reviewer"]] for event in events if _seats(event)]
        return [self.reviewers[reviewer] for reviewer in seated[-1]]

    def heard(self, decision_id: str, **changes: Any) -> tuple[str, Browser]:
        """A case under contest while both sides may still comment."""
        self.hire()
        case_id, uploader = self.open(decision_id, **changes)
        response = step(uploader, case_id, "contests", CONTEST)
        assert response.status_code == 200, response.text
        return case_id, uploader

    def seat(self, case_id: str) -> list[Browser]:
        """Compliance has the panel seated before the time for comments is over; the reviewers."""
        response = step(self.compliance, case_id, "panels", {})
        assert response.status_code == 200, response.text
        return self.panel(case_id)

    def contested(self, decision_id: str, **changes: Any) -> tuple[str, Browser, list[Browser]]:
        """A case under contest with its panel."""
        case_id, uploader = self.heard(decision_id, **changes)
        return case_id, uploader, self.seat(case_id)


def _seats(event: dict[str, Any]) -> bool:
    return event["type"] in ("panel_assigned", "re_reviewer_assigned")
