"""Random people take random steps on a case; the invariants of case.md must hold after each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from casework.domain.case.adjudication import MOST_EXHIBITS, MOST_STATEMENTS, may_comment
from casework.domain.case.circumstances import Circumstances
from casework.domain.case.events import (
    FilteringDecisionRecorded,
    LawfulUseMarked,
    RulingSubmitted,
)
from casework.domain.case.evolution import evolve, fold
from casework.domain.case.further import ReopenCase, RequestFurtherReview
from casework.domain.case.intake import (
    KnownOfParties,
    Pseudonyms,
    RecordFilteringDecision,
    case_id,
    record_filtering_decision,
)
from casework.domain.case.panel import (
    AssignPanel,
    AssignReReviewer,
    Ruling,
    SubmitRuling,
    awaits_panel,
    cause_of_bar,
    sealed_for,
)
from casework.domain.case.seating import Candidate, barred
from casework.domain.case.seats import Recuse, ReleaseReviewer, SeatReviewer
from casework.domain.case.state import Case, Procedure
from casework.domain.case.steps import Step, allowed_steps, steps
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.party.state import Standing
from casework.domain.party.values import Right
from casework.domain.values import (
    Availability,
    Outcome,
    ReleaseCause,
    Remedy,
    ReopeningCause,
    RulingOutcome,
)
from casework.eventlog.codec import Recorded
from tests.domain.history_samples import (
    CODEC,
    ENOUGH,
    LIKELY,
    NOTHING_TO_SEAT,
    PARTIES,
    RESTRICTED,
    REVIEWERS,
    ROUNDS,
    SYSTEM_STEPS,
    TAKEN,
    check_round,
    check_seats,
    lawful_uses,
    markings,
    officers,
    outcomes,
    parties,
    rarely,
    reviewers,
    right_holders,
    seats,
    shares,
    uploaders,
    waits,
)
from tests.samples import (
    CLOCK,
    MATCHER,
    NOON,
    OFFICER,
    RESTORING,
    RIGHT_HOLDER,
    STANDARD,
    TO_WITHDRAW,
    UPLOADER,
    decision_line,
    file,
    reference,
    ruling,
    to_challenge,
    to_contest,
    to_mark,
    to_state,
    to_submit,
)
from tests.spec import Answer, Given


class CaseHistory(RuleBasedStateMachine):
    """One case from its decision on, with everybody trying everything."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.number = 0
        self.facts: list[Recorded] = []
        self.written: list[tuple[str, bytes]] = []
        self.states: list[Case] = []
        self.personal: list[str] = []
        self.sealed: dict[str, Ruling] = {}
        self.last: tuple[Command, Actor] | None = None

    @property
    def case(self) -> Case:
        return self.states[-1]

    @initialize(
        share=shares,
        doubtful=rarely,
        marks=markings,
        known=st.builds(KnownOfParties, no_block=rarely, marking_suspended=rarely),
        standard=st.sampled_from([STANDARD, RESTORING]),
        conflicted=st.sets(reviewers.map(lambda reviewer: reviewer.id), max_size=2),
        suspended=rarely,
    )
    def decide(
        self,
        share: str,
        doubtful: bool,
        marks: Sequence[Any],
        known: KnownOfParties,
        standard: Any,
        conflicted: set[str],
        suspended: bool,
    ) -> None:
        self.standard, self.suspended = standard, suspended
        self.candidates = [
            Candidate(
                id=each.id,
                languages=frozenset({"zh"}),
                media=frozenset(),
                load=0,
                conflicts=frozenset({RIGHT_HOLDER.id} if each.id in conflicted else ()),
            )
            for each in REVIEWERS
        ]
        self.unable = conflicted | {UPLOADER.id, RIGHT_HOLDER.id}
        statements = [self._personal("statement") for _ in marks]
        line = decision_line(
            share,
            upload__title=self._personal("title"),
            upload__url=self._personal("https://example.org/"),
            upload__uploader_id=self._personal("uploader"),
            work__right_holder_id=self._personal("right holder"),
            marks=[
                {"basis": each.basis, "provision": each.provision, "statement": statement}
                for each, statement in zip(marks, statements, strict=True)
            ],
        )
        if doubtful:
            line["evidence"]["share_of_upload_low"] = "0.05"
        self.command, self.known = RecordFilteringDecision.model_validate(line), known
        self.pseudonyms = Pseudonyms(
            uploader=UPLOADER.id,
            right_holder=RIGHT_HOLDER.id,
            description=reference(line["upload"]["title"]),
            statements=tuple(reference(statement) for statement in statements),
        )
        self._append((self._record(),), MATCHER)

    def _record(self) -> FilteringDecisionRecorded:
        return record_filtering_decision(self.command, self.pseudonyms, self.known, self.standard, NOON)

    # What people do

    @rule(data=st.data(), outcome=outcomes, steps_taken=st.integers(1, 8))
    def go_on(self, data: st.DataObject, outcome: RulingOutcome, steps_taken: int) -> None:
        """Take some of the steps that are offered; the other rules try what is not."""
        for _ in range(steps_taken):
            self._go_on(data, outcome)

    def _go_on(self, data: st.DataObject, outcome: RulingOutcome) -> None:
        offers = [
            (step.name, by)
            for by in (UPLOADER, RIGHT_HOLDER, OFFICER, *REVIEWERS)
            for step in allowed_steps(self.case, self._circumstances(by))
            if step.name in TAKEN
            for _ in range(LIKELY.get(step.name, 1))
        ]
        if not offers:
            return
        name, by = data.draw(st.sampled_from(offers))
        able = [each.id for each in REVIEWERS if self._may_sit(each.id) and each.id not in self.case.panel]
        if name == "panels" and len(able) < len(("one", "two")):
            return
        if name == "reassignments" and not self.case.awaited_reviewers:
            return
        commands: dict[str, Callable[[], Command]] = {
            "marks": to_mark,
            "contests": lambda: to_contest(*self._files(1), reasons=self._personal("reasons")),
            "challenges": lambda: to_challenge(*self._files(1), reasons=self._personal("reasons")),
            "statements": lambda: to_state(self._personal("comment")),
            "evidence": lambda: to_submit(*self._files(1)),
            "withdrawals": lambda: TO_WITHDRAW,
            "panels": lambda: self._seating(able),
            "rulings": lambda: self._ruling(by, outcome),
            "recusals": lambda: Recuse(cause=ReleaseCause.BIAS),
            "reassignments": lambda: ReleaseReviewer(
                reviewer=self.case.awaited_reviewers[0], cause=ReleaseCause.ABSENCE
            ),
            "further-reviews": lambda: RequestFurtherReview(reasons=reference(self._personal("reasons"))),
        }
        self._take(name, commands[name](), by)

    def _seating(self, able: Sequence[str]) -> Command:
        if self.case.procedure is Procedure.RE_REVIEW:
            return AssignReReviewer(reviewer=able[0], barred=self._barred())
        if self.case.procedure is Procedure.PANEL:
            return SeatReviewer(reviewer=able[0], barred=self._barred())
        return AssignPanel(reviewers=(able[0], able[1]), barred=self._barred())

    def _may_sit(self, reviewer: str) -> bool:
        return reviewer not in self.unable and cause_of_bar(self.case, reviewer) is None

    @rule(wait=waits)
    def let_time_pass(self, wait: timedelta) -> None:
        self.now += wait

    @rule(by=uploaders, lawful_use=lawful_uses, truthful=st.booleans())
    def mark(self, by: Actor, lawful_use: Any, truthful: bool) -> None:
        known = any(
            (each.basis, each.provision) == (lawful_use.basis, lawful_use.provision) for each in self.case.marks
        )
        self._take("marks", to_mark(lawful_use, truthful=truthful), by, valid=truthful, repeats=known)

    @rule(by=uploaders, segments=st.lists(st.integers(0, 1) | st.integers(0, 3), max_size=2))
    def contest(self, by: Actor, segments: list[int]) -> None:
        command = to_contest(*self._files(1), segments=tuple(segments), reasons=self._personal("reasons"))
        self._take("contests", command, by, valid=all(number < 2 for number in segments))

    @rule(by=right_holders, files=st.integers(0, 2))
    def challenge(self, by: Actor, files: int) -> None:
        self._take("challenges", to_challenge(*self._files(files), reasons=self._personal("reasons")), by)

    @rule(by=parties)
    def comment(self, by: Actor) -> None:
        self._take("statements", to_state(self._personal("comment")), by)

    @rule(by=parties, files=st.integers(1, 10))
    def submit(self, by: Actor, files: int) -> None:
        fits = sum(each.side is by.role for each in self.case.exhibits) + files <= MOST_EXHIBITS
        self._take("evidence", to_submit(*self._files(files)), by, valid=fits)

    @precondition(lambda self: self.facts and not self.case.under_appeal)
    @rule(by=parties)
    def withdraw(self, by: Actor) -> None:
        appeal = self.case.appeal
        closed = self.case.procedure is Procedure.CLOSED
        repeats = closed and appeal is not None and appeal.lodged_by is by.role
        self._take("withdrawals", TO_WITHDRAW, by, repeats=repeats)

    @rule(by=officers, one=seats, two=seats)
    def seat(self, by: Actor, one: str, two: str) -> None:
        command = AssignPanel(reviewers=(one, two), barred=self._barred())
        valid = one != two and self._may_sit(one) and self._may_sit(two) and awaits_panel(self.case)
        self._take("panels", command, by, valid=valid, repeats={one, two} == {*self.case.panel})

    @rule(by=officers, third=seats)
    def seat_third(self, by: Actor, third: str) -> None:
        command = AssignReReviewer(reviewer=third, barred=self._barred())
        valid = self._may_sit(third) and self.case.procedure is Procedure.RE_REVIEW
        self._take("panels", command, by, valid=valid, repeats=third == self.case.re_reviewer)

    @rule(by=officers, another=seats)
    def fill_a_seat(self, by: Actor, another: str) -> None:
        sits = self.case.procedure in (Procedure.PANEL, Procedure.RE_REVIEW)
        command = SeatReviewer(reviewer=another, barred=self._barred())
        valid = self._may_sit(another) and sits
        self._take("panels", command, by, valid=valid, repeats=another in self.case.awaited_reviewers)

    @rule(by=reviewers)
    def step_back(self, by: Actor) -> None:
        self._take("recusals", Recuse(cause=ReleaseCause.BIAS), by, repeats=by.id in self.case.recused)

    @rule(by=officers, reviewer=seats)
    def release(self, by: Actor, reviewer: str) -> None:
        command = ReleaseReviewer(reviewer=reviewer, cause=ReleaseCause.ABSENCE)
        valid = reviewer in self.case.awaited_reviewers
        self._take("reassignments", command, by, valid=valid, repeats=reviewer in self.case.recused)

    @rule(by=parties)
    def ask_for_the_next_level(self, by: Actor) -> None:
        self._take("further-reviews", RequestFurtherReview(reasons=reference(self._personal("reasons"))), by)

    @rule(by=officers, really=rarely)
    def reopen(self, by: Actor, really: bool) -> None:
        if really:
            command = ReopenCase(cause=ReopeningCause.NEW_EVIDENCE, reasons=reference(self._personal("reasons")))
            self._take("reopenings", command, by)

    @rule(by=reviewers, outcome=outcomes)
    def give_a_ruling(self, by: Actor, outcome: RulingOutcome) -> None:
        self._take("rulings", self._ruling(by, outcome), by)

    def _ruling(self, by: Actor, outcome: RulingOutcome) -> SubmitRuling:
        sealed, first = reference(self._personal("ruling")), sealed_for(self.case, by)
        content = ruling(outcome, relied_on=tuple(each.evidence.id for each in self.case.exhibits))
        self.sealed[sealed.id] = content
        other = None if first is None else self.sealed[first.id]
        return SubmitRuling(ruling=content, sealed=sealed, other=other, barred=self._barred())

    def _barred(self) -> Mapping[str, str]:
        return barred(self.case, self.candidates)

    @precondition(lambda self: self.last)
    @rule()
    def take_the_last_step_again(self) -> None:
        assert self.last is not None
        command, by = self.last
        self._answer(command, by).nothing()

    # How a step is taken and written down

    def _personal(self, what: str) -> str:
        """A text that must never reach the log."""
        self.number += 1
        self.personal.append(f"{what} 李雷 No. {self.number}!")
        return self.personal[-1]

    def _files(self, count: int) -> list[Any]:
        labels = [f"{self.number}-{index}" for index in range(count)]
        self.number += 1
        return [file(label) for label in labels]

    def _circumstances(self, by: Actor) -> Circumstances:
        return Circumstances(actor=by, now=self.now, standard=self.standard, standings=self._standings())

    def _standings(self) -> dict[Role, Standing]:
        return {Role.UPLOADER: Standing({Right.MARKING: None})} if self.suspended else {}

    def _offered(self, name: str, by: Actor) -> Step | None:
        asking = OFFICER if by is CLOCK and name in SYSTEM_STEPS else by
        return next((step for step in steps(self.case, self._circumstances(asking)) if step.name == name), None)

    def _take(self, name: str, command: Command, by: Actor, *, valid: bool = True, repeats: bool = False) -> None:
        """Take the step, and see that ``steps`` had said so."""
        step = self._offered(name, by)
        answer = self._answer(command, by)
        if step is None:
            assert answer.refused is not None, f"{name} is no step of {by.role}"
        elif answer.refused is not None:
            assert not (step.allowed and valid), f"{name} was offered and then refused: {answer.refused.code}"
            same = {answer.refused.code, step.refusal} <= NOTHING_TO_SEAT
            left = answer.refused.code == "reviewer_barred" and by.id in self.case.recused
            said = (answer.refused.code, answer.refused.details) == (step.refusal, step.details)
            assert step.allowed or same or left or said
        elif answer.events:
            assert step.allowed, f"{name} was taken although it had been refused: {step.refusal}"
            assert valid
            self.last = (command, by)
            self._append(answer.events, by)
        else:
            assert repeats

    def _answer(self, command: Command, by: Actor) -> Answer:
        given = Given(self.case)
        return given.when(command, by=by, at=self.now, under=self.standard, standings=self._standings())

    def _append(self, events: tuple[Event, ...], by: Actor) -> None:
        before = self.case.availability if self.states else None
        for event in events:
            version = len(self.facts) + 1
            fact = Recorded(case_id("video-eu1", "eng-1"), version, 0, event, self.now, self.now, by, None, "command")
            self.facts.append(fact)
            self.written.append(CODEC.encode_recorded(fact))
            self.states.append(evolve(self.states[-1] if self.states else None, fact))
        if self.case.availability is not before and self.case.availability in RESTRICTED:
            self._reasons_are_given(events)
        if isinstance(events[0], RulingSubmitted) and len(self.case.submitted) == 1:
            assert len(events) == 1, "a first ruling shows nothing but that it is in"

    def _reasons_are_given(self, events: tuple[Event, ...]) -> None:
        """Invariant 2."""
        (reasons,) = [each for event in events if (each := getattr(event, "statement_of_reasons", None))]
        assert reasons.measure is self.case.availability
        assert reasons.standard == self.standard.id
        assert Remedy.COURT in reasons.remedies
        assert reasons.rule is not None or reasons.bases

    def _all(self, kind: type[Any]) -> list[Any]:
        return [fact.event for fact in self.facts if isinstance(fact.event, kind)]

    # What must hold after each step; the numbers are those of case.md

    @invariant()
    def invariant_1_no_machine_blocks_what_is_lawful(self) -> None:
        decision = self.case.decision
        if decision.marks and not self.known.marking_suspended:
            assert decision.outcome in {Outcome.MARKED_LAWFUL, Outcome.CLEARED}
        lawful = decision.outcome is not Outcome.PRESUMED_INFRINGING or self._all(LawfulUseMarked)
        if lawful and self.case.ruling is None:
            assert self.case.availability is Availability.PUBLIC

    @invariant()
    def invariant_3_rulings_are_made_by_two_who_agree_or_by_a_third(self) -> None:
        rounds: list[list[Event]] = [[]]
        for fact in self.facts:
            if isinstance(fact.event, ROUNDS):
                rounds.append([])
            rounds[-1].append(fact.event)
        for events in rounds:
            check_round(events, self.sealed)

    @invariant()
    def invariant_4_nobody_rules_twice_or_in_a_conflict_or_comes_back(self) -> None:
        check_seats([fact.event for fact in self.facts], self.unable)

    @invariant()
    def invariant_7_both_sides_may_speak_alike(self) -> None:
        answers = []
        for side in PARTIES:
            try:
                may_comment(self.case, self._circumstances(side))
            except Refused as refused:
                answers.append(refused.code)
            else:
                answers.append("")
            for name, said, most in (
                ("statements", self.case.statements, MOST_STATEMENTS),
                ("evidence", self.case.exhibits, MOST_EXHIBITS),
            ):
                step = self._offered(name, side)
                assert step is not None
                own = sum(each.side is side.role for each in said)
                assert own <= most
                assert step.refusal in ({answers[-1]} if answers[-1] else ENOUGH if own == most else {None})
        assert answers[0] == answers[1]

    @invariant()
    def invariant_9_every_fact_is_a_version(self) -> None:
        assert self.case.version == len(self.facts)

    @invariant()
    def invariant_11_no_personal_text_is_in_the_log(self) -> None:
        log = b"\n".join(state for _, state in self.written).decode()
        assert "李雷" not in log
        assert not [text for text in self.personal if text in log]

    @invariant()
    def invariant_12_the_same_decision_again_is_the_same_case(self) -> None:
        assert case_id(self.command.source, self.command.decision_id) == self.facts[0].stream
        assert self._record() == self.case.decision

    @invariant()
    def the_clock_never_runs_backwards(self) -> None:
        moments: list[datetime] = [fact.recorded for fact in self.facts]
        assert moments == sorted(moments)

    def _read(self) -> list[Recorded]:
        stream = self.facts[0].stream
        return [
            CODEC.decode(topic, state, stream=stream, version=number)
            for number, (topic, state) in enumerate(self.written, start=1)
        ]

    def teardown(self) -> None:
        """Invariant 9 at every cut of the whole history: once at the end, not after each step from the beginning."""
        read = self._read() if self.facts else []
        assert [CODEC.encode_recorded(fact) for fact in read] == self.written
        told: Case | None = None
        replayed: Case | None = None
        for fact, as_read, state in zip(self.facts, read, self.states, strict=True):
            told = evolve(told, fact)
            replayed = evolve(replayed, as_read)
            assert told == state
            assert replayed == state
            assert repr(replayed) == repr(state)
        assert fold(self.facts) == fold(read) == told


TestCaseHistory = CaseHistory.TestCase
TestCaseHistory.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
