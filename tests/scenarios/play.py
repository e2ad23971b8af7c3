"""Plays one scenario on a stage: the decision, the earlier steps, the step in question, all over the HTTP API.

Only what no program may do there is done beside it: the worker's pass over what has fallen due, a reviewer's
declaration of a conflict of interest, and the closing of an account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from casework.domain.facts import Role
from casework.jobs.deadline_failures import DeadlineFailures
from casework.jobs.deadlines import expire_due
from casework.jobs.worker import seat_waiting
from tests.api.players import PNG
from tests.scenarios import records
from tests.scenarios.bodies import body, decision
from tests.scenarios.moments import moment
from tests.scenarios.stage import Stage
from tests.scenarios.story import Scenario, Step

Json = dict[str, Any]

LEFT = ("reviewer_recused", "reviewer_released")
NEW_ROUND = (
    "contest_lodged",
    "challenge_lodged",
    "urgent_block_declared",
    "further_review_requested",
    "case_reopened",
)
FIRST_CASE = "the case"


@dataclass
class Played:
    """One case of the scenario: its id, the uploader's link, the ids and the line of the engine."""

    case_id: str
    uploader: str
    ids: Mapping[str, str]
    line: Json


@dataclass
class Play:
    """One scenario under way. ``name`` makes all ids of this scenario its own."""

    stage: Stage
    scenario: Scenario
    name: str
    now: datetime = field(init=False)
    cases: dict[str, Played] = field(default_factory=dict)
    earlier_cases: dict[str, list[str]] = field(default_factory=dict)
    _holders: dict[str, str] = field(default_factory=dict)
    _told: dict[str, list[Json]] = field(default_factory=dict)
    """The events of cases as they were read since the last step."""

    def __post_init__(self) -> None:
        self.now = moment(self.scenario.given.at)

    def set_scene(self) -> None:
        """Everything that is given: records first, then the decisions that nobody makes later."""
        self._move(self.now)
        records.put(self, self.scenario.given)
        later = {
            step.case for step in (*self.scenario.earlier, self.scenario.when) if step.step == "the filter decides"
        }
        for case in (FIRST_CASE, *self.scenario.given.also):
            if case not in later:
                self._decide(case)

    def take(self, step: Step) -> httpx.Response | None:
        """Take one step at its moment; the answer, where there was a request."""
        try:
            return self._take(step)
        finally:
            self._told.clear()

    def _take(self, step: Step) -> httpx.Response | None:
        if step.at is not None:
            self._move(moment(step.at, self.now))
        special = self._specials().get(step.step)
        if special is not None:
            return special(step)
        sent = body(step, self.scenario.regime, self.now)
        named = str(sent.get("reviewer_id", "")).removeprefix("the ")
        if named in ("first reviewer", "second reviewer", "third reviewer"):
            sent["reviewer_id"] = self.reviewer(named, step.case)
        return self._post(step.case, step.step, self.token(step.by, step.case), sent)

    def state(self, who: str = "compliance officer", case: str = FIRST_CASE) -> Json:
        """The case as somebody sees it now."""
        answer = self.stage.call("GET", f"/cases/{self.cases[case].case_id}", self.token(who, case))
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def events(self, case: str = FIRST_CASE) -> list[Json]:
        """All events as compliance sees them; none before the decision."""
        if case not in self.cases:
            return []
        if case not in self._told:
            answer = self.stage.call("GET", f"/cases/{self.cases[case].case_id}/events", self.stage.compliance)
            assert answer.status_code == 200, answer.text
            self._told[case] = answer.json()["events"]
        return self._told[case]

    def token(self, who: str, case: str) -> str:
        """The bearer token of somebody."""
        if who == "uploader":
            return self.cases[case].uploader
        if who == "right holder":
            return self.holder(self.ids(case)["right holder"])
        if who == "another right holder":
            return self.holder(f"{self.name}-stranger")
        staff = {
            "intake officer": self.stage.intake,
            "compliance officer": self.stage.compliance,
            "oversight": self.stage.oversight,
            "matching engine": self.stage.engine,
        }
        return staff[who] if who in staff else self.stage.reviewers[self.reviewer(who, case)]

    def reviewer(self, who: str, case: str = FIRST_CASE) -> str:
        """The account of a reviewer named by the seat."""
        panel, third, ruled = self._seats(case)
        if who == "first reviewer":
            return panel[0]
        if who == "second reviewer":
            return panel[1]
        if who == "third reviewer":
            assert third is not None, "there is no third reviewer"
            return third
        sitting = {*panel, third}
        if who == "a reviewer of an earlier panel":
            return next(one for one in ruled if one not in sitting)
        return next(one for one in self.stage.reviewers if one not in sitting and one not in ruled)

    def ids(self, case: str) -> dict[str, str]:
        """Ids that no other scenario uses; further cases share upload and uploader and have a work of their own."""
        own = self.name if case == FIRST_CASE else f"{self.name}-{case.replace(' ', '-')}"
        shared = self.scenario.given.also.get(case, {})
        return {
            "decision": own,
            "upload": f"up-{own if shared.get('own_upload') else self.name}",
            "uploader": f"u-{self.name}",
            "work": f"w-{self.name if shared.get('same_work') else own}",
            "right holder": f"rh-{self.name if shared.get('same_right_holder') else own}",
        }

    # How a step is taken ---------------------------------------------------------------------------------------------

    def _specials(self) -> Mapping[str, Callable[[Step], httpx.Response | None]]:
        """Steps that are no single request of one person."""
        return {
            "the filter decides": lambda step: self._decide(step.case),
            "the same decision is delivered again": self._deliver_again,
            "time passes": self._time_passes,
            "the panel rules": self._panel_rules,
            "evidence": self._evidence,
            "media": self._media,
            "looks at the case": lambda step: self.stage.call(
                "GET", f"/cases/{self.cases[step.case].case_id}", self.token(step.by, step.case)
            ),
            "declares a conflict": self._conflict,
            "leaves the platform": self._leaves,
            **{name: self._record(name) for name in records.STEPS},
        }

    def _own(self) -> list[UUID]:
        """Every case of this scenario."""
        earlier = (case_id for cases in self.earlier_cases.values() for case_id in cases)
        return [UUID(case_id) for case_id in (*(played.case_id for played in self.cases.values()), *earlier)]

    def _move(self, to: datetime) -> None:
        self.now = to
        self.stage.clock.moment = to

    def _post(self, case: str, step: str, token: str, sent: Json | None) -> httpx.Response:
        self._told.clear()
        return self.stage.call("POST", f"/cases/{self.cases[case].case_id}/{step}", token, json=sent)

    def _decide(self, case: str) -> httpx.Response:
        ids = self.ids(case)
        changes = {
            key: value
            for key, value in self.scenario.given.also.get(case, {}).items()
            if key not in ("own_upload", "same_work", "same_right_holder")
        }
        line = decision(self.scenario.given, changes, ids=ids, at=self.now)
        response = self.stage.call("POST", "/decisions", self.stage.engine, json=line)
        answer: Json = response.json()
        assert answer["status"] == "created", answer
        link = answer["decision_page"].removeprefix("/d/")
        self.cases[case] = Played(answer["case_id"], link, ids, line)
        return response

    def _deliver_again(self, step: Step) -> httpx.Response:
        case = self.cases[step.case]
        response = self.stage.call("POST", "/decisions", self.stage.engine, json=case.line)
        answer: Json = response.json()
        assert (answer["status"], answer["case_id"]) == ("duplicate", case.case_id), answer
        return response

    def holder(self, right_holder_id: str) -> str:
        """The token of whoever acts for a right holder."""
        if right_holder_id not in self._holders:
            _, token = self.stage.employ(Role.RIGHT_HOLDER, right_holder_id=right_holder_id)
            self._holders[right_holder_id] = token
        return self._holders[right_holder_id]

    def _time_passes(self, step: Step) -> None:
        """The worker's pass over everything that has fallen due, and over panels that wait."""
        self.stage.look_only_at(self._own())
        fire_due(self.stage)
        seat_waiting(self.stage.site.parts.casework)

    def _panel_rules(self, step: Step) -> httpx.Response | None:
        """Both reviewers rule, and a third one where they differ; the panel is seated first where it is not."""
        state = self.state(case=step.case)
        if state["procedure"] in ("adjudication", "prior_review"):
            self._seat(step.case)
        both: str = step.body.get("both", "upheld")
        first: str = step.body.get("first", both)
        second: str = step.body.get("second", both)
        self._rule("first reviewer", step.case, first)
        last = self._rule("second reviewer", step.case, second)
        if first != second and "third" in step.body:
            if self._seats(step.case)[1] is None:
                self._seat(step.case)
            last = self._rule("third reviewer", step.case, step.body["third"])
        return last

    def _seat(self, case: str) -> None:
        if len(self._seats(case)[0]) < 2 or self.state(case=case)["procedure"] == "re_review":
            response = self._post(case, "panels", self.stage.compliance, {})
            assert response.status_code == 200, response.text

    def _rule(self, who: str, case: str, outcome: str) -> httpx.Response:
        ruling = Step.model_validate({"step": "rulings", "by": who, "with": {"outcome": outcome}})
        response = self._post(case, "rulings", self.token(who, case), body(ruling, self.scenario.regime, self.now))
        assert response.status_code == 200, response.text
        return response

    def _evidence(self, step: Step) -> httpx.Response:
        files = [("files", (step.body.get("name", "scene.png"), PNG, "image/png"))]
        token = self.token(step.by, step.case)
        return self.stage.call("POST", f"/cases/{self.cases[step.case].case_id}/evidence", token, files=files)

    def _media(self, step: Step) -> httpx.Response:
        """A file that was compared, sent by whoever delivers decisions; ``file`` is what stands in it."""
        content = str(step.body.get("file", "The keeper of the lamp saw the ferry go.")).encode()
        return self.stage.call(
            "POST",
            f"/cases/{self.cases[step.case].case_id}/media",
            self.token(step.by, step.case),
            files=[("side", (None, step.body["side"])), ("file", ("work.txt", content, "text/plain"))],
        )

    def _conflict(self, step: Step) -> None:
        """A reviewer declares a conflict of interest with the right holder or the uploader of the case."""
        side = step.body.get("with_side", "right holder")
        kind = "rh" if side == "right holder" else "up"
        outside = self.cases[step.case].ids[side]
        account = self.reviewer(step.by, step.case)
        self.stage.site.parts.accounts.declare_conflict(account, kind=kind, outside_id=outside)

    def _leaves(self, step: Step) -> None:
        """A reviewer's account is closed; another one is hired for the scenarios to come."""
        account = self.reviewer(step.by, step.case)
        self.stage.site.parts.accounts.deactivate(account)
        self.stage.hire()

    def _record(self, name: str) -> Callable[[Step], httpx.Response | None]:
        return lambda step: records.take(self, name, step.case, step.body)

    def _seats(self, case: str) -> tuple[list[str], str | None, list[str]]:
        """Who sits on the panel, who is the third reviewer, and who ruled in the rounds before, by the events."""
        panel: list[str] = []
        third: str | None = None
        ruled: list[str] = []
        for event in self.events(case):
            data = event["data"]
            if event["type"] in NEW_ROUND:
                panel, third = [], None
            elif event["type"] == "panel_assigned":
                panel, third = list(data["reviewers"]), None
            elif event["type"] == "reviewer_seated":
                panel = [*panel, data["reviewer"]]
            elif event["type"] == "re_reviewer_assigned":
                third = data["reviewer"]
            elif event["type"] in LEFT:
                panel = [one for one in panel if one != data["reviewer"]]
                third = None if third == data["reviewer"] else third
            elif event["type"] == "ruling_submitted":
                ruled.append(data["reviewer"])
        return panel, third, ruled


def fire_due(stage: Stage) -> None:
    """Everything that has fallen due by the stage's clock takes effect, as in a pass of the worker."""
    parts = stage.site.parts
    expire_due(parts.casework, DeadlineFailures(parts.engine, stage.clock))
