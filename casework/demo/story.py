"""What happens in the demonstration, and when: decisions, appeals, statements and rulings along a simulated clock.

The named samples tell one story each (a contest upheld, one reversed, a disagreement decided by re-review, a challenge,
some still open); members of the platform fill the months around them, so that the report has something to count.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from casework import steps
from casework.demo import words
from casework.demo.people import Cast
from casework.demo.screening import DailyTallies
from casework.domain.case.media_events import MediaSide
from casework.domain.case.seating import needs_seats
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import comments_until
from casework.domain.facts import Actor, Role
from casework.domain.values import ChallengeGround, ContestGround, Outcome, RulingOutcome
from casework.eventlog.clock import SimulatedClock
from casework.intake import Answer
from casework.jobs.deadlines import expire_due
from casework.parts import Parts
from casework.screenings import TallyAnswer
from casework.steps.media import deposit
from casework.views.models.deadlines import next_due_at

MONTHS = timedelta(days=150)
"""How long before today the story begins."""

SEED = 7

UPHELD, PARTLY, REVERSED = RulingOutcome.UPHELD, RulingOutcome.PARTIALLY_REVERSED, RulingOutcome.REVERSED


@dataclass(frozen=True, slots=True)
class Appealed:
    """What becomes of one named upload: who appeals when, with which files, and how the reviewers rule.

    Days count from the decision. ``rulings`` are (days after lodging, outcome); fewer than needed leave it open.
    """

    days_ago: float
    lodged_after: float | None = None
    ground: ContestGround | ChallengeGround | None = None
    files: tuple[str, ...] = ()
    answered: bool = False
    rulings: tuple[tuple[float, RulingOutcome], ...] = ()


SCENES: dict[str, Appealed] = {
    "up-market-whole": Appealed(
        62, 1.2, ContestGround.STATUTORY_EXCEPTION, answered=True, rulings=((3.4, UPHELD), (4.5, UPHELD))
    ),
    "up-ferry-traditional": Appealed(
        55, 0.5, ContestGround.LICENSED, ("permission.txt",), True, ((3.2, REVERSED), (4, REVERSED))
    ),
    "up-clock-nine-tenths": Appealed(
        41, 2, ContestGround.OWN_WORK, ("draft.txt",), True, ((3.5, REVERSED), (4, UPHELD), (5.5, PARTLY))
    ),
    "up-ferry-review": Appealed(36, 3, ChallengeGround.NO_EXCEPTION, (), True, ((3.3, UPHELD), (3.9, UPHELD))),
    "up-map-nine-tenths": Appealed(12, 0.4, ContestGround.MISIDENTIFICATION, rulings=((6, REVERSED),)),
    "up-tea-reworded": Appealed(6, 1.5, ContestGround.STATUTORY_EXCEPTION, ("notes.txt",), True),
    "up-ferry-half": Appealed(5, 3.5, ChallengeGround.WRONG_SHARE),
    "up-gull-whole": Appealed(2),
    "up-dusk-most": Appealed(6, 1, ContestGround.STATUTORY_EXCEPTION, answered=True),
    "up-tide-most": Appealed(16, 2, ContestGround.LICENSED, answered=True, rulings=((3.3, UPHELD), (4.2, UPHELD))),
    "up-poster-small": Appealed(4),
}


@dataclass(order=True)
class _Due:
    moment: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Story:
    """Plays the story: what is due next moves the clock and acts, until the present is reached."""

    def __init__(self, parts: Parts, clock: SimulatedClock, cast: Cast, end: datetime) -> None:
        self._parts = parts
        self._casework = parts.casework
        self._clock = clock
        self._cast = cast
        self._end = end
        self._due: list[_Due] = []
        self._numbers = itertools.count()
        self._chance = random.Random(SEED)  # noqa: S311 - the same story every time, nothing secret
        engine = Actor(role=Role.MATCHER, id=cast.engineer.id)
        self._tallies = DailyTallies(parts.casework, engine, parts.settings.zone)
        self.pages: dict[str, tuple[str, UUID]] = {}
        self.cases = 0
        self.refused: list[Answer | TallyAnswer] = []

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        """Plan an act; what lies after the end never happens."""
        if moment < self._end:
            heapq.heappush(self._due, _Due(max(moment, self._clock.now()), next(self._numbers), act))

    def plan(self, decision: dict[str, Any], files: Mapping[MediaSide, Path]) -> None:
        """Plan the delivery of one decision with the files compared and, for a named upload, what follows from it."""
        upload = str(decision["upload"]["id"])
        scene = SCENES.get(upload)
        if scene is not None:
            moment = self._end - timedelta(days=scene.days_ago)
        elif upload.startswith("up-member-"):
            moment = self._end - MONTHS * self._chance.random()
        else:
            moment = self._end - timedelta(days=self._chance.uniform(1, 75))
        self._tallies.expect(decision)
        self.at(moment, lambda: self._decide(decision, files, upload, scene))

    def plan_tallies(self) -> None:
        """Plan the daily tallies of screening, from now to the end."""
        for day, over in self._tallies.days(self._clock.now(), self._end):
            self.at(over, partial(self._tell_screened, day))

    def _tell_screened(self, day: date) -> None:
        self.refused += self._tallies.deliver(day)

    def play(self, progress: Callable[[int, int], None]) -> int:
        """Act everything out in order; how many acts there were."""
        done = 0
        while self._due:
            due = heapq.heappop(self._due)
            self._pass_time_to(due.moment)
            due.act()
            done += 1
            progress(done, done + len(self._due))
        self._pass_time_to(self._end)
        return done

    def _pass_time_to(self, moment: datetime) -> None:
        """Let time pass; what falls due on the way happens at its own moment, as with a worker that looks all day."""
        views = self._casework.views
        fired = True
        while fired:
            views.catch_up(["cases"])
            with views.engine.connect() as connection:
                due = next_due_at(connection, views.tables("cases"))
            if due is None or due > moment:
                break
            self._clock.advance_to(max(due, self._clock.now()))
            fired = expire_due(self._casework, self._parts.deadline_failures).fired > 0
        self._clock.advance_to(max(moment, self._clock.now()))

    def _decide(
        self, decision: dict[str, Any], files: Mapping[MediaSide, Path], upload: str, scene: Appealed | None
    ) -> None:
        decided = {**decision, "decided_at": self._clock.now().isoformat()}
        actor = Actor(role=Role.MATCHER, id=self._cast.engineer.id)
        (answer,) = self._parts.intake.take([decided], actor)
        if answer.case_id is None or answer.outcome is None or answer.page is None:
            self.refused.append(answer)
            return
        self._tallies.count(decision, self._clock.now())
        self.pages[upload] = (answer.page, answer.case_id)
        self.cases += 1
        most = self._parts.settings.most_media_bytes
        for side, path in files.items():
            deposit(self._casework, self._parts.previews, answer.case_id, actor, side, path, limit_bytes=most)
        if scene is None and upload.startswith("up-member-"):
            scene = self._chosen_by_chance(answer.outcome)
        if scene is not None and scene.lodged_after is not None:
            lodged = self._clock.now() + timedelta(days=scene.lodged_after)
            case_id, chosen = answer.case_id, scene
            self.at(lodged, lambda: self._appeal(case_id, chosen))

    def _chosen_by_chance(self, outcome: Outcome) -> Appealed | None:
        chance = self._chance
        if outcome is Outcome.PRESUMED_INFRINGING and chance.random() < 0.45:
            ground: ContestGround | ChallengeGround = chance.choice(list(ContestGround))
        elif outcome in (Outcome.PRESUMED_LAWFUL, Outcome.MARKED_LAWFUL) and chance.random() < 0.2:
            ground = chance.choice(list(ChallengeGround))
        else:
            return None
        first = chance.choices((UPHELD, PARTLY, REVERSED), (11, 3, 6))[0]
        second = first if chance.random() < 0.8 else chance.choice((UPHELD, PARTLY, REVERSED))
        days = chance.uniform(3.05, 5.5)
        later = days + chance.expovariate(1 / 1.6)
        third = (later + chance.uniform(0.3, 2.5), chance.choice((first, second)))
        return Appealed(
            0, chance.uniform(0.1, 9), ground, (), chance.random() < 0.5, ((days, first), (later, second), third)
        )

    def _appeal(self, case_id: UUID, scene: Appealed) -> None:
        case = self._casework.case(case_id)
        language = (case.decision.upload.language or "zh")[:2]
        files = steps.accept_files(
            [(name, words.file_content(name, language)) for name in scene.files],
            limit_bytes=self._parts.settings.most_file_bytes,
        )
        if isinstance(scene.ground, ContestGround):
            contest = steps.ContestForm(ground=scene.ground, reasons=words.contest(scene.ground, language))
            steps.contest(self._casework, case_id, _uploader(case), contest, files=files)
        else:
            ground = scene.ground or ChallengeGround.OTHER
            challenge = steps.ChallengeForm(
                ground=ground,
                reasons=words.challenge(ground, language),
                exceptions_considered=words.exceptions_considered(language),
            )
            steps.challenge(self._casework, case_id, _right_holder(case), challenge, files=files)
        now = self._clock.now()
        case = self._casework.case(case_id)
        heard = comments_until(case.appeals[-1], self._casework.standard_of(case))
        self.at(heard, lambda: self._seat(case_id))
        if scene.answered:
            self.at(now + timedelta(hours=14), lambda: self._answer(case_id, language))
        for days, outcome in scene.rulings:
            self.at(now + timedelta(days=days), _bound(self._rule, case_id, outcome, language))

    def _answer(self, case_id: UUID, language: str) -> None:
        case = self._casework.case(case_id)
        if case.appeal is None or case.procedure is not Procedure.ADJUDICATION:
            return
        other = _right_holder(case) if case.appeal.other_side is Role.RIGHT_HOLDER else _uploader(case)
        form = steps.StatementForm(statement=words.answer(other.role, language))
        steps.statement(self._casework, case_id, other, form)

    def _seat(self, case_id: UUID) -> None:
        """What the worker does when the time for comments is over."""
        if needs_seats(self._casework.case(case_id)):
            self._casework.seat(case_id)

    def _rule(self, case_id: UUID, outcome: RulingOutcome, language: str) -> None:
        case = self._casework.case(case_id)
        awaited = case.awaited_reviewers
        if not awaited:
            return
        form = words.ruling(case, outcome, language)
        steps.ruling(self._casework, case_id, Actor(role=Role.REVIEWER, id=awaited[0]), form)


def _bound(act: Callable[[UUID, RulingOutcome, str], None], *arguments: Any) -> Callable[[], None]:
    return lambda: act(*arguments)


def _uploader(case: Case) -> Actor:
    return Actor(role=Role.UPLOADER, id=case.uploader)


def _right_holder(case: Case) -> Actor:
    return Actor(role=Role.RIGHT_HOLDER, id=case.right_holder)
