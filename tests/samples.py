"""Ready-made facts, commands and people for all tests: a film review that quotes a film, and what becomes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from casework.domain.case.adjudication import (
    FileStatement,
    LodgeChallenge,
    LodgeContest,
    SubmitEvidence,
    WithdrawAppeal,
)
from casework.domain.case.events import (
    AppealWithdrawn,
    ChallengeLodged,
    ContestLodged,
    EvidenceSubmitted,
    FilteringDecisionRecorded,
    LawfulUseMarked,
    OpenedRuling,
    PanelAssigned,
    PanelDisagreed,
    ReReviewerAssigned,
    RulingIssued,
    RulingsOpened,
    RulingSubmitted,
    StatementFiled,
)
from casework.domain.case.evolution import fold
from casework.domain.case.intake import (
    NOTHING_KNOWN,
    KnownOfParties,
    Pseudonyms,
    RecordFilteringDecision,
    record_filtering_decision,
)
from casework.domain.case.marks import MarkLawfulUse
from casework.domain.case.panel import AssignPanel, AssignReReviewer, Factors, Reasons, Ruling, SubmitRuling
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Event, Role
from casework.domain.matching import MatchEvidence
from casework.domain.orders import BindingOrder
from casework.domain.standard.standard import Standard, read_standard
from casework.domain.values import (
    Availability,
    ChallengeGround,
    ContestGround,
    Evidence,
    Mark,
    MarkBasis,
    Remedy,
    RulingOutcome,
    StatementOfReasons,
    VaultReference,
)

NOON = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
"""When the decision of every sample case was recorded and the parties were told."""

UPLOADER = Actor(role=Role.UPLOADER, id="p-uploader")
RIGHT_HOLDER = Actor(role=Role.RIGHT_HOLDER, id="p-right-holder")
MATCHER = Actor(role=Role.MATCHER, id="engine-1")
ANN = Actor(role=Role.REVIEWER, id="r-ann")
BEN = Actor(role=Role.REVIEWER, id="r-ben")
CAI = Actor(role=Role.REVIEWER, id="r-cai")
OFFICER = Actor(role=Role.COMPLIANCE, id="c-officer")
CLOCK = Actor(role=Role.CLOCK, id="casework")

PUBLISHED = Path(__file__).parent.parent / "casework" / "domain" / "standard" / "published"
STANDARD = read_standard((PUBLISHED / "cn-2021-1.toml").read_text("utf-8"))


def standard(**changes: Any) -> Standard:
    """The shipped standard with other values, such as ``standard(rules=[...])`` or ``procedure__ruling_due_days=3``."""
    document = STANDARD.model_dump()
    for path, value in changes.items():
        *outer, last = path.split("__")
        target = document
        for name in outer:
            target = target[name]
        target[last] = value
    return Standard.model_validate(document)


RESTORING = standard(procedure__restore_on_contest=True)
"""The shipped standard, but a contest puts the upload back at once."""


def later(**time: float) -> datetime:
    """A moment after the parties were told, such as ``later(days=3)``."""
    return NOON + timedelta(**time)


def reference(label: str) -> VaultReference:
    """A place in the vault; the same label is the same place."""
    digest = hashlib.sha256(label.encode()).hexdigest()
    return VaultReference(id=digest[:32], digest=digest)


def binding(availability: Availability = Availability.BLOCKED, label: str = "order", **changes: Any) -> BindingOrder:
    """A court's interim order that came in a day before the decision of the samples, through another case."""
    terms: dict[str, Any] = {
        "forum": "court",
        "interim": True,
        "availability": availability,
        "received_at": NOON - timedelta(days=1),
        "words": reference(label),
    }
    return BindingOrder(**terms | changes)


# The decision


def evidence(share: str | None = "0.93", **changes: Any) -> MatchEvidence:
    """What the engine found: three minutes of a film, in two stretches."""
    found: dict[str, Any] = {
        "method": "fingerprint",
        "engine": "chromaprint",
        "engine_version": "1.5.1",
        "share_of_upload": share,
        "share_of_work": "0.033",
        "amount": {"seconds": "180"},
        "segments": [{"upload": ["0", "100"], "work": ["600", "700"]}, {"upload": ["110", "190"]}],
    }
    return MatchEvidence.model_validate(found | changes)


def decision_line(share: str | None = "0.93", decision_id: str = "eng-1", **changes: Any) -> dict[str, Any]:
    """One decision as an engine sends it (interfaces.md), as plain data."""
    line: dict[str, Any] = {
        "decision_id": decision_id,
        "source": "video-eu1",
        "decided_at": "2026-06-30T19:59:00+08:00",
        "upload": {
            "id": "up-1",
            "version": 1,
            "uploader_id": "u-77",
            "medium": "video",
            "title": "My review",
            "url": "https://example.org/v/up-1",
            "language": "zh-CN",
            "amount": {"seconds": "194"},
            "commercial": False,
        },
        "work": {
            "id": "w-9",
            "title": "The Film",
            "right_holder_id": "rh-3",
            "kind": "film",
            "amount": {"seconds": "5400"},
        },
        "evidence": evidence(share).model_dump(mode="json", exclude_none=True),
    }
    for path, value in changes.items():
        *outer, last = path.split("__")
        target = line
        for name in outer:
            target = target[name]
        target[last] = value
    return line


def decision_command(share: str | None = "0.93", decision_id: str = "eng-1", **changes: Any) -> RecordFilteringDecision:
    """The same as a command."""
    return RecordFilteringDecision.model_validate(decision_line(share, decision_id, **changes))


def recorded(
    share: str | None = "0.93",
    decision_id: str = "eng-1",
    *,
    known: KnownOfParties = NOTHING_KNOWN,
    under: Standard = STANDARD,
    **changes: Any,
) -> FilteringDecisionRecorded:
    """The recorded decision on it."""
    command = decision_command(share, decision_id, **changes)
    pseudonyms = Pseudonyms(
        uploader=UPLOADER.id,
        right_holder=RIGHT_HOLDER.id,
        description=reference("title and address"),
        statements=tuple(None if mark.statement is None else reference(mark.statement) for mark in command.marks),
    )
    return record_filtering_decision(command, pseudonyms, known, under, NOON)


REVIEW_MARK = {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "It is a review."}

BLOCKED = recorded("0.93")
WARNED = recorded("0.70")
LAWFUL = recorded("0.40")
MARKED_BEFORE = recorded("0.93", marks=[REVIEW_MARK])
CLEARED = recorded("0.93", known=KnownOfParties(no_block=True))

# What the parties do


def mark(basis: MarkBasis = MarkBasis.STATUTORY_EXCEPTION, provision: str | None = "CN_ART24_02") -> Mark:
    """A review quotes what it reviews (Copyright Law art. 24(1) no. 2)."""
    return Mark(basis=basis, provision=provision)


OWN_WORK = mark(MarkBasis.OWN_WORK, None)


def to_mark(the_mark: Mark | None = None, *, truthful: bool = True) -> MarkLawfulUse:
    return MarkLawfulUse(mark=the_mark or mark(), truthful=truthful)


def marked(the_mark: Mark | None = None) -> LawfulUseMarked:
    return LawfulUseMarked(mark=the_mark or mark())


def file(label: str = "licence", *, content: str | None = None) -> Evidence:
    """A file of that name; the same ``content`` is the same file under another name."""
    return Evidence(
        id=f"file-{label}",
        file=reference(f"bytes of {label}"),
        name=reference(f"name of {label}"),
        media_type="application/pdf",
        size=1024,
        fingerprint=hashlib.sha256((content or label).encode()).hexdigest(),
    )


def to_contest(
    *files: Evidence, segments: tuple[int, ...] = (), reasons: str = "reasons of the contest"
) -> LodgeContest:
    return LodgeContest(
        ground=ContestGround.STATUTORY_EXCEPTION, reasons=reference(reasons), segments=segments, evidence=files
    )


def contested(*, segments: tuple[int, ...] = (), restored: bool = False) -> ContestLodged:
    return ContestLodged(
        appeal=1,
        ground=ContestGround.STATUTORY_EXCEPTION,
        reasons=reference("reasons of the contest"),
        segments=segments,
        restored=restored,
    )


def to_challenge(*files: Evidence, reasons: str = "reasons of the challenge") -> LodgeChallenge:
    return LodgeChallenge(
        ground=ChallengeGround.NO_EXCEPTION,
        reasons=reference(reasons),
        exceptions_considered=reference("exceptions considered"),
        evidence=files,
    )


def challenged() -> ChallengeLodged:
    return ChallengeLodged(
        appeal=1,
        ground=ChallengeGround.NO_EXCEPTION,
        reasons=reference("reasons of the challenge"),
        exceptions_considered=reference("exceptions considered"),
    )


def to_state(label: str = "my comment") -> FileStatement:
    return FileStatement(statement=reference(label))


def stated(side: Role, label: str = "my comment") -> StatementFiled:
    return StatementFiled(side=side, statement=reference(label))


def to_submit(*files: Evidence) -> SubmitEvidence:
    return SubmitEvidence(evidence=files or (file(),))


def submitted(side: Role, the_file: Evidence | None = None) -> EvidenceSubmitted:
    return EvidenceSubmitted(side=side, evidence=the_file or file())


TO_WITHDRAW = WithdrawAppeal()


def withdrawn(side: Role, availability: Availability, reasons: StatementOfReasons | None = None) -> AppealWithdrawn:
    return AppealWithdrawn(appeal=1, side=side, availability=availability, statement_of_reasons=reasons)


# What the reviewers do

UPHELD, PARTLY, REVERSED = RulingOutcome.UPHELD, RulingOutcome.PARTIALLY_REVERSED, RulingOutcome.REVERSED


def to_seat(*reviewers: Actor, barred: Mapping[str, str] | None = None) -> AssignPanel:
    """Ann and Ben, unless others are named."""
    one, two = reviewers or (ANN, BEN)
    return AssignPanel(reviewers=(one.id, two.id), barred=barred or {})


def seated(*reviewers: Actor) -> PanelAssigned:
    one, two = reviewers or (ANN, BEN)
    return PanelAssigned(reviewers=(one.id, two.id))


def to_seat_third(reviewer: Actor = CAI, barred: Mapping[str, str] | None = None) -> AssignReReviewer:
    return AssignReReviewer(reviewer=reviewer.id, barred=barred or {})


def seated_third(reviewer: Actor = CAI) -> ReReviewerAssigned:
    return ReReviewerAssigned(reviewer=reviewer.id)


def ruling(outcome: RulingOutcome = UPHELD, *bases: str, relied_on: tuple[str, ...] = ()) -> Ruling:
    return Ruling(
        outcome=outcome,
        bases=bases or ("CN_ART24_02",),
        factors=Factors(purpose="criticism", nature="fiction", amount="three minutes", market="none lost"),
        evidence_ids=relied_on,
        reasons=Reasons(en="It quotes no more than the review needs."),
    )


def to_rule(
    by: Actor,
    outcome: RulingOutcome = UPHELD,
    *bases: str,
    other: Ruling | None = None,
    relied_on: tuple[str, ...] = (),
    barred: Mapping[str, str] | None = None,
) -> SubmitRuling:
    """``other`` is the first ruling, which the application opens for the second."""
    return SubmitRuling(
        ruling=ruling(outcome, *bases, relied_on=relied_on), sealed=sealed(by), other=other, barred=barred or {}
    )


def sealed(by: Actor) -> VaultReference:
    """Where this reviewer's ruling lies."""
    return reference(f"ruling of {by.id}")


def ruled(by: Actor) -> RulingSubmitted:
    return RulingSubmitted(reviewer=by.id, sealed=sealed(by))


def opened(*rulings: tuple[Actor, RulingOutcome]) -> RulingsOpened:
    return RulingsOpened(
        rulings=tuple(
            OpenedRuling(reviewer=by.id, outcome=outcome, bases=("CN_ART24_02",), content=sealed(by))
            for by, outcome in rulings
        )
    )


def disagreed(first: RulingOutcome, second: RulingOutcome) -> PanelDisagreed:
    return PanelDisagreed(outcomes=(first, second))


def issued(outcome: RulingOutcome, availability: Availability, *bases: str) -> RulingIssued:
    """The ruling that went out, with reasons and remedies where it restricts the upload."""
    return RulingIssued(
        appeal=1,
        outcome=outcome,
        availability=availability,
        statement_of_reasons=None if availability is Availability.PUBLIC else reasons_for(availability, *bases),
    )


def reasons_for(availability: Availability, *bases: str) -> StatementOfReasons:
    """The statement of reasons of a first ruling: there is a further level of review."""
    return StatementOfReasons(
        measure=availability,
        standard=STANDARD.id,
        bases=bases or ("CN_ART24_02",),
        remedies=(Remedy.FURTHER_REVIEW, Remedy.AUTHORITY, Remedy.COURT),
    )


# Histories


@dataclass(frozen=True, slots=True)
class Fact:
    """An event with its circumstances."""

    event: Event
    occurred: datetime = NOON
    recorded: datetime = NOON
    by: Actor = CLOCK


def on(moment: datetime, event: Event, by: Actor = CLOCK) -> Fact:
    """The event at that moment; events without a moment happen at ``NOON``."""
    return Fact(event, moment, moment, by)


def history(*facts: Event | Fact) -> tuple[Fact, ...]:
    return tuple(fact if isinstance(fact, Fact) else Fact(fact) for fact in facts)


def case_of(*facts: Event | Fact | Iterable[Event | Fact]) -> Case:
    """The case after these facts."""
    flat: list[Event | Fact] = []
    for fact in facts:
        flat.extend([fact] if isinstance(fact, Event | Fact) else fact)
    case = fold(history(*flat))
    assert case is not None
    return case


UNDER_CONTEST = (BLOCKED, contested())
UNDER_CHALLENGE = (LAWFUL, challenged())
BEFORE_PANEL = (*UNDER_CONTEST, seated())
AFTER_FIRST_RULING = (*BEFORE_PANEL, ruled(ANN))
AFTER_DISAGREEMENT = (
    *AFTER_FIRST_RULING,
    ruled(BEN),
    opened((ANN, UPHELD), (BEN, REVERSED)),
    disagreed(UPHELD, REVERSED),
)
BEFORE_RE_REVIEW = (*AFTER_DISAGREEMENT, seated_third())
DECIDED = (
    *AFTER_FIRST_RULING,
    ruled(BEN),
    opened((ANN, REVERSED), (BEN, REVERSED)),
    issued(REVERSED, Availability.PUBLIC),
)
