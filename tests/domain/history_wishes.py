"""What people may wish in a random history: for each step one command that nothing but its guard can refuse, and more.

The first wish for a step is *sound*: where the step is offered, it must be taken. The others try what may be refused
for reasons of their own: wrong measures, wrong files, wrong people to be seated, untrue statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from casework.domain.case.adjudication import FileStatement, WithdrawAppeal
from casework.domain.case.counter_notices import (
    AcceptCounterNotice,
    ConfirmDelivery,
    FindCounterNoticeDeficient,
    PauseWait,
    ReceiveCounterNotice,
    ReportLegalAction,
)
from casework.domain.case.further import ReopenCase, RequestFurtherReview, SuspendMeasure
from casework.domain.case.notices import (
    AcceptNotice,
    FindNoticeDeficient,
    ReceiveNotice,
    RejectNotice,
    WithdrawNotice,
    is_presumed_lawful,
    lacking,
)
from casework.domain.case.outside import (
    DecideOutsideProceeding,
    Demanded,
    LiftOrder,
    OpenOutsideProceeding,
    ReceiveOrder,
)
from casework.domain.case.panel import AssignPanel, AssignReReviewer, Ruling, SubmitRuling, cause_of_bar
from casework.domain.case.seats import Recuse, ReleaseReviewer, SeatReviewer
from casework.domain.case.settlement import Settle, WithdrawUpload
from casework.domain.case.state import Case, Procedure
from casework.domain.case.urgent import DeclareUrgentBlock
from casework.domain.case.warnings import AnswerWarning
from casework.domain.facts import Actor, Command, Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import Contents, Regime
from casework.domain.values import (
    Availability,
    MarkBasis,
    Measure,
    OutsideForum,
    OutsideOutcome,
    PauseCause,
    ReleaseCause,
    ReopeningCause,
    RulingOutcome,
    VaultReference,
    WarningAnswer,
)
from tests.domain.history_openings import CONFLICTED, REVIEWERS
from tests.samples import (
    OWN_WORK,
    RIGHT_HOLDER,
    UPLOADER,
    file,
    mark,
    reference,
    ruling,
    to_challenge,
    to_contest,
    to_mark,
    to_submit,
)

GroundGone = Literal[ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN]
DEMANDED: tuple[Demanded, ...] = (Availability.PUBLIC, Availability.PUBLIC_LIMITED, Availability.BLOCKED)
GROUND_GONE: tuple[GroundGone, ...] = (ReopeningCause.OWNERSHIP_FALSE, ReopeningCause.REFERENCE_WITHDRAWN)
FORUMS = (OutsideForum.COURT, OutsideForum.AUTHORITY, OutsideForum.EXTERNAL_BODY)


@dataclass
class Wishes:
    """Builds wishes for a case as it stands. ``sealed`` keeps the rulings whose content the log only points at."""

    random: Random
    personal: list[str] = field(default_factory=list)
    sealed: dict[str, Ruling] = field(default_factory=dict)

    def words(self, what: str) -> VaultReference:
        """Words that must never reach the log, and their place in the vault."""
        self.personal.append(f"{what} 李雷 No. {len(self.personal)} {self.random.random()}!")
        return reference(self.personal[-1])

    def of(self, step: str, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        """Commands for the step, the sound one first; none where the caller can have none."""
        build: Callable[..., Sequence[Command]] = getattr(self, f"_{step.replace('-', '_')}")
        return build(case, by, now, regime)

    # The parties

    def _marks(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (to_mark(OWN_WORK), to_mark(mark(provision="CN_ART24_02")), to_mark(OWN_WORK, truthful=False))

    def _contests(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        reasons = self.words("reasons").digest
        return (
            to_contest(self._file(), reasons=reasons),
            to_contest(reasons=reasons, segments=(self.random.randint(0, 3),)),
        )

    def _challenges(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (to_challenge(self._file(), reasons=self.words("reasons").digest),)

    def _urgent_blocks(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (DeclareUrgentBlock(check=self.words("check"), harm=self.words("harm")),)

    def _statements(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (FileStatement(statement=self.words("comment")),)

    def _evidence(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (to_submit(self._file()), to_submit(*(self._file() for _ in range(self.random.randint(1, 10)))))

    def _file(self) -> Any:
        return file(self.words("file").digest)

    def _settlements(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        offer = case.settlement
        known = case.order if offer is None or case.order is not None else offer.availability
        wanted: Any = self.random.choice(DEMANDED) if known is None else known
        terms = self.words("terms")
        agreed = terms if offer is None or offer.side is by.role else offer.terms
        return (
            Settle(availability=wanted, terms=agreed),
            Settle(availability=self.random.choice(DEMANDED), terms=terms),
        )

    def _withdrawals(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        own = case.appeal is not None and case.under_appeal and case.appeal.lodged_by is by.role
        if own or by.role is not Role.RIGHT_HOLDER:
            return (WithdrawAppeal(), *((WithdrawNotice(),) if by.role is Role.RIGHT_HOLDER else ()))
        return (WithdrawNotice(), WithdrawAppeal())

    def _further_reviews(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (RequestFurtherReview(reasons=self.words("reasons")),)

    def _upload_withdrawals(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (WithdrawUpload(),)

    def _warning_answers(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        (notice, *_) = self._notices(case, by, now, regime)
        assert isinstance(notice, ReceiveNotice)
        return (
            AnswerWarning(answer=WarningAnswer.TOLERATE),
            AnswerWarning(answer=WarningAnswer.LICENSE, licence=self.words("licence")),
            *(AnswerWarning(answer=WarningAnswer.NOTIFY, notice=notice),) * 3,
            AnswerWarning(answer=WarningAnswer.NOTIFY),
            AnswerWarning(answer=WarningAnswer.LICENSE),
        )

    def _notices(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        ids = tuple(NoticeElement) if regime is None else regime.notice.ids
        sought = self.random.choice([None, *Measure])
        whole = ReceiveNotice(elements=ids, content=self.words("notice"), measure_sought=sought)
        return (whole, whole, ReceiveNotice(elements=self._some(ids), content=self.words("notice"), items=3))

    def _counter_notices(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        contents = None if regime is None else regime.counter_notice
        ids = tuple(NoticeElement) if contents is None else contents.ids
        whole = ReceiveCounterNotice(elements=ids, content=self.words("counter-notice"))
        return (whole, whole, ReceiveCounterNotice(elements=self._some(ids), content=self.words("counter-notice")))

    def _some(self, ids: Sequence[NoticeElement]) -> tuple[NoticeElement, ...]:
        return tuple(self.random.sample(ids, self.random.randint(0, len(ids) - 1)))

    def _deliveries(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        back = timedelta(days=self.random.randint(-1, 3))
        return (ConfirmDelivery(delivered_at=now), ConfirmDelivery(delivered_at=now - back))

    def _wait_pauses(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return tuple(
            PauseWait(cause=PauseCause.NOTARISATION, working_days=days, proof=self.words("proof"))
            for days in (1, self.random.randint(1, 30))
        )

    def _legal_actions(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return tuple(
            ReportLegalAction(
                forum=self.random.choice(FORUMS),
                proof=self.words("proof"),
                names_uploader=self.random.random() < 0.8,
                names_item=self.random.random() < 0.8,
            )
            for _ in range(2)
        )

    # Staff

    def _intake_decisions(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        notice = case.notice
        if notice is not None and notice.stage is Procedure.COUNTER_CHECK:
            return self._on_counter_notice(case, regime)
        allowed = list(Measure) if regime is None else self._measures(case, regime)
        accept = AcceptNotice(measure=self.random.choice(allowed), reasons=self.words("reasons"))
        reject = RejectNotice(reasons=self.words("reasons"))
        letter = FindNoticeDeficient(missing=self._named(None if regime is None else regime.notice))
        wrong = AcceptNotice(measure=self.random.choice(list(Measure)), reasons=self.words("reasons"))
        whole = notice is not None and regime is not None
        whole = whole and not lacking(regime.notice, notice.elements, notice.deficiency)  # type: ignore[union-attr]
        return (reject, *((accept,) * 4 if whole else (letter,) * 2), accept, letter, wrong)

    def _measures(self, case: Case, regime: Regime) -> list[Measure]:
        lawful = [one for one in regime.measures.lawful if one is not Measure.BLOCK or not is_presumed_lawful(case)]
        return lawful or [Measure.NONE]

    def _on_counter_notice(self, case: Case, regime: Regime | None) -> Sequence[Command]:
        contents = None if regime is None else regime.counter_notice
        letter = FindCounterNoticeDeficient(missing=self._named(contents), remarks=self.words("remarks"))
        counter = None if case.notice is None else case.notice.counter_notice
        if contents is None or counter is None or lacking(contents, counter.elements, counter.deficiency):
            return (letter, AcceptCounterNotice())
        return (AcceptCounterNotice(), AcceptCounterNotice(), letter)

    def _named(self, contents: Contents | None) -> tuple[NoticeElement, ...]:
        return () if contents is None else tuple(self.random.sample(contents.ids, 1))

    def _outside_proceedings(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        back = timedelta(minutes=self.random.randint(0, 100_000))
        fresh = OpenOutsideProceeding(
            forum=self.random.choice(FORUMS), opened_at=now - back, words=self.words("reference")
        )
        if not case.proceedings:
            return (fresh,)
        known = self.random.choice(case.proceedings)
        end = DecideOutsideProceeding(
            proceeding=known.number,
            decided_at=max(known.opened_at, now - timedelta(minutes=self.random.randint(0, 5000))),
            outcome=self.random.choice(list(OutsideOutcome)),
            implemented=self.random.random() < 0.7,
            words=self.words("judgment"),
            availability=self.random.choice([None, *DEMANDED]),
        )
        return (fresh, end, end, end.model_copy(update={"proceeding": 99}))

    def _orders(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        until = self.random.choice([None, now + timedelta(days=2), now + timedelta(days=30)])
        fresh = ReceiveOrder(
            forum=self.random.choice([OutsideForum.COURT, OutsideForum.AUTHORITY]),
            interim=until is not None,
            availability=self.random.choice(DEMANDED),
            words=self.words("order"),
            until=until,
        )
        over = fresh.model_copy(update={"until": now, "words": self.words("order")})
        lifts = tuple(LiftOrder(order=order.number, words=self.words("order")) for order in case.orders)
        return (fresh, *lifts, *lifts, over, LiftOrder(order=99))

    def _reopenings(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (ReopenCase(cause=self.random.choice(list(ReopeningCause)), reasons=self.words("reasons")),)

    def _measure_suspensions(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return tuple(SuspendMeasure(cause=cause) for cause in self.random.sample(GROUND_GONE, len(GROUND_GONE)))

    # Seats and rulings

    def _able(self, case: Case) -> list[str]:
        sits = {*case.panel, case.re_reviewer}
        able = [
            each.id
            for each in REVIEWERS
            if each.id not in CONFLICTED and each.id not in sits and cause_of_bar(case, each.id) is None
        ]
        return self.random.sample(able, 3)

    def _panels(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        one, two, three = self._able(case)
        anybody = self.random.choice([*(each.id for each in REVIEWERS[:8]), UPLOADER.id, RIGHT_HOLDER.id, *case.panel])
        panel = AssignPanel(reviewers=(one, two), barred=CONFLICTED)
        third = AssignReReviewer(reviewer=three, barred=CONFLICTED)
        another = SeatReviewer(reviewer=one, barred=CONFLICTED)
        sound: Command = panel
        if case.procedure is Procedure.RE_REVIEW:
            sound = self.random.choice([third, another])
        elif case.procedure is Procedure.PANEL:
            sound = another
        wrong = (
            AssignPanel(reviewers=(one, anybody), barred=CONFLICTED),
            AssignPanel(reviewers=(one, one), barred=CONFLICTED),
            AssignReReviewer(reviewer=anybody, barred=CONFLICTED),
            SeatReviewer(reviewer=anybody, barred=CONFLICTED),
        )
        return (sound, sound, sound, panel, third, another, *wrong)

    def _reassignments(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        seated = (*case.awaited_reviewers, *case.panel, REVIEWERS[0].id)
        return tuple(ReleaseReviewer(reviewer=one, cause=ReleaseCause.ABSENCE) for one in seated)

    def _recusals(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        return (Recuse(cause=self.random.choice([ReleaseCause.BIAS, ReleaseCause.CONFLICT_OF_INTEREST])),)

    def _rulings(self, case: Case, by: Actor, now: datetime, regime: Regime | None) -> Sequence[Command]:
        outcome = self.random.choice([*RulingOutcome, RulingOutcome.UPHELD, RulingOutcome.REVERSED])
        relied = tuple(each.evidence.id for each in case.exhibits)[:5]
        barred = {by.id: "conflict_of_interest"} if self.random.random() < 0.1 else {}
        return (
            self._ruling(case, ruling(outcome, relied_on=relied)),
            self._ruling(case, ruling(outcome, relied_on=("file-unknown",))),
            self._ruling(case, ruling(outcome)).model_copy(update={"barred": barred}),
        )

    def _ruling(self, case: Case, content: Ruling) -> SubmitRuling:
        """The first ruling of the panel is opened for whoever rules second, as the application does."""
        sealed = self.words("ruling")
        self.sealed[sealed.digest] = content
        other = self.sealed[case.submitted[0].sealed.digest] if case.submitted else None
        return SubmitRuling(ruling=content, sealed=sealed, other=other)


LAWFUL_BASES = (MarkBasis.LICENSED, MarkBasis.PUBLIC_DOMAIN, MarkBasis.OWN_WORK)
"""Marks that are no matter of shares or provisions: they count under every law."""
