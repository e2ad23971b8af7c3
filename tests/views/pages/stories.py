"""Cases in every state for the tests of pages, played through the real application by the people of the case."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from casework import steps
from casework.application import Casework
from casework.domain.case.panel import Factors, Reasons, Ruling
from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Role
from casework.domain.values import ChallengeGround, ContestGround, MarkBasis, RulingOutcome
from casework.steps import AcceptedFile
from casework.views.access.accounts import Account
from tests.samples import MATCHER, OFFICER, decision_line
from tests.web import Site

SECRET_WORDS = ("The first opinion, still sealed", "尚未开封的意见")


@dataclass
class Story:
    """One case on a site, and its steps as methods; each goes through the door that pages and API use."""

    site: Site
    id: UUID
    page: str
    uploader: Actor
    right_holder: Actor

    @property
    def casework(self) -> Casework:
        return self.site.parts.casework

    @property
    def desk(self) -> str:
        return f"/right-holder/cases/{self.id}"

    def mark(self) -> Story:
        form = steps.MarkForm(
            basis=MarkBasis.STATUTORY_EXCEPTION, provision="CN_ART24_02", statement="It is a review.", truthful=True
        )
        steps.mark(self.casework, self.id, self.uploader, form)
        return self

    def contest(self, *files: AcceptedFile) -> Story:
        form = steps.ContestForm(
            ground=ContestGround.STATUTORY_EXCEPTION, reasons="I quote it to review it.\n\nNothing more.", segments=(1,)
        )
        steps.contest(self.casework, self.id, self.uploader, form, files=files)
        return self

    def challenge(self) -> Story:
        form = steps.ChallengeForm(
            ground=ChallengeGround.NO_EXCEPTION, reasons="It shows the ending.", exceptions_considered="Quotation."
        )
        steps.challenge(self.casework, self.id, self.right_holder, form)
        return self

    def say(self, side: Actor, text: str) -> Story:
        steps.statement(self.casework, self.id, side, steps.StatementForm(statement=text))
        return self

    def withdraw(self, side: Actor) -> Story:
        steps.withdraw(self.casework, self.id, side)
        return self

    def seat(self) -> Story:
        """Compliance seats the panel before the time for comments is over."""
        if self.casework.case(self.id).procedure is Procedure.ADJUDICATION:
            assert self.casework.seat(self.id, OFFICER) is not None, "there are too few reviewers"
        return self

    def rule(self, *outcomes: RulingOutcome) -> Story:
        """The next reviewers that are awaited rule, in order; the panel is seated first if it is not."""
        self.seat()
        for outcome in outcomes:
            reviewer = self.casework.case(self.id).awaited_reviewers[0]
            self.casework.submit_ruling(self.id, ruling(outcome), Actor(role=Role.REVIEWER, id=reviewer))
        return self


def ruling(outcome: RulingOutcome) -> Ruling:
    """A ruling in both languages."""
    return Ruling(
        outcome=outcome,
        bases=("CN_ART24_02",),
        factors=Factors(purpose="criticism", nature="fiction", amount="three minutes", market="none lost"),
        reasons=Reasons(en=SECRET_WORDS[0], zh=SECRET_WORDS[1]),
    )


_numbers = count(1)


def open_case(site: Site, share: str = "0.93", **changes: Any) -> Story:
    """A decision comes in, on an upload of its own; the case is open and its link is out."""
    number = next(_numbers)
    line = decision_line(share, f"story-{number}", **{"upload__id": f"up-{number}", **changes})
    (answer,) = site.parts.intake.take([line], MATCHER)
    assert answer.case_id is not None, answer.errors
    assert answer.page is not None
    case = site.parts.casework.case(answer.case_id)
    site.parts.casework.views.catch_up()
    return Story(
        site,
        answer.case_id,
        answer.page,
        Actor(role=Role.UPLOADER, id=case.uploader),
        Actor(role=Role.RIGHT_HOLDER, id=case.right_holder),
    )


def seat_reviewers(site: Site, number: int = 3) -> list[Account]:
    """People who can sit on any case."""
    languages, media = ("zh", "en"), ("text", "audio", "image", "video")
    return [site.account(Role.REVIEWER, languages=languages, media=media) for _ in range(number)]


def a_file(name: str = "licence.txt", content: bytes = b"You may use it.") -> AcceptedFile:
    """A file that was accepted."""
    return steps.accept_files([(name, content)], limit_bytes=1_000_000)[0]
