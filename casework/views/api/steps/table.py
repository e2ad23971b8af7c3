"""The steps with a JSON body, one line each: address, forms, who takes them how, what the description says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework import steps
from casework.application import Handled
from casework.views.access.tokens import Scope


@dataclass(frozen=True, slots=True)
class Route:
    """One step: ``take`` is its function of ``casework.steps``, ``forms`` what it takes, ``examples`` one for each.

    Where there are several forms, the field ``CHOSEN_BY`` tells them apart. ``leaves``: whoever takes the step does not
    see the case afterwards.
    """

    path: str
    take: Callable[..., Handled]
    forms: Sequence[type[steps.Form]]
    examples: Sequence[Mapping[str, Any]]
    description: str
    scope: Scope = Scope.CASES_ACT
    optional_body: bool = False
    leaves: bool = False


REASONS = "It shows the whole plot."
ELEMENTS = {"identity": "The Studio Ltd.", "prima_facie_evidence": "Minutes 3 to 6 are scenes 12 to 15 of the film."}

REVIEW: tuple[Route, ...] = (
    Route(
        "marks",
        steps.mark,
        [steps.MarkForm],
        [{"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "A review.", "truthful": True}],
        "The uploader marks the use as lawful; the upload is public from then on.",
    ),
    Route(
        "contests",
        steps.contest,
        [steps.ContestForm],
        [{"ground": "statutory_exception", "reasons": "It is a review of the film."}],
        "The uploader contests the block; two reviewers will decide.",
    ),
    Route(
        "challenges",
        steps.challenge,
        [steps.ChallengeForm],
        [{"ground": "no_exception", "reasons": REASONS, "exceptions_considered": "Quotation: it is too long."}],
        "The right holder challenges a lawful use; the upload stays public until a ruling.",
    ),
    Route(
        "urgent-blocks",
        steps.block_urgently,
        [steps.UrgentBlockForm],
        [{"check": "Our editor watched all of it: the whole film.", "harm": "It opens today.", "human_check": True}],
        "A trusted right holder has the upload blocked until the ruling, where the law knows it (UrhDaG s. 14(4)).",
    ),
    Route(
        "statements",
        steps.statement,
        [steps.StatementForm],
        [{"statement": "The review needs these scenes."}],
        "Either side comments on the open appeal.",
    ),
    Route(
        "withdrawals",
        steps.withdraw,
        [steps.WithdrawalForm],
        [{"subject": "appeal"}],
        "Who lodged the open appeal takes it back; a right holder its notice.\n\n"
        "Without `subject`: the caller's own open appeal, and where a right holder has none, its open notice.",
        optional_body=True,
    ),
    Route(
        "settlements",
        steps.settle,
        [steps.SettlementForm],
        [{"availability": "public", "terms": "The film is named in the description."}],
        "Either side offers to settle; the other side's offer of the same `availability` closes the appeal.",
    ),
    Route(
        "further-reviews",
        steps.review_further,
        [steps.FurtherReviewForm],
        [{"reasons": "The ruling does not look at the second segment."}],
        "Either side asks for the next level of review, by new reviewers, where the standard has one left.",
    ),
    Route(
        "upload-withdrawals",
        steps.withdraw_upload,
        [steps.UploadWithdrawalForm],
        [{}],
        "The uploader takes the upload away; the case is closed as moot.",
        optional_body=True,
    ),
)

PEOPLE: tuple[Route, ...] = (
    Route(
        "panels",
        steps.seat,
        [steps.PanelForm],
        [{}],
        "Compliance has the panel, or after a disagreement the third reviewer, chosen and seated now.\n\n"
        "Casework does so by itself as soon as enough reviewers are able; 409 `too_few_reviewers` until then.",
        optional_body=True,
    ),
    Route(
        "rulings",
        steps.ruling,
        [steps.RulingForm],
        [
            {
                "outcome": "upheld",
                "bases": ["CN_ART24_02"],
                "factors": {"purpose": "criticism", "nature": "fiction", "amount": "three minutes", "market": "none"},
                "reasons": {"en": "It quotes more than the review needs."},
            }
        ],
        "A reviewer of the panel rules, apart from the other; the ruling stays sealed until all are in.",
    ),
    Route(
        "recusals",
        steps.recuse,
        [steps.RecusalForm],
        [{"cause": "conflict_of_interest"}],
        "A reviewer steps back; Casework seats another. The answer is the last that the reviewer sees of the case.",
        leaves=True,
    ),
    Route(
        "reassignments",
        steps.reassign,
        [steps.ReassignmentForm],
        [{"reviewer_id": "ac_7f3a", "cause": "absence"}],
        "Compliance takes a reviewer who has not ruled off the case; Casework seats another.",
    ),
    Route(
        "reopenings",
        steps.reopen,
        [steps.ReopeningForm],
        [{"cause": "new_evidence", "reasons": "A licence has turned up."}],
        "Compliance has a closed case decided again; earlier events stay. Both sides read the reasons.",
    ),
)

NOTICES: tuple[Route, ...] = (
    Route(
        "warning-answers",
        steps.answer_warning,
        [steps.WarningAnswerForm],
        [{"answer": "notify", "notice": {"elements": ELEMENTS}}],
        "The right holder answers a warning: notify, tolerate or license. Silence lets the warning lapse.",
    ),
    Route(
        "notices",
        steps.notify,
        [steps.NoticeForm],
        [{"elements": ELEMENTS, "measure_sought": "block"}],
        "The right holder gives notice, with the elements that the regime asks for.\n\n"
        "Sent again while the notice is deficient, what is given is added to what was there. Other elements than those"
        " of the regime are 422, with the list of them.",
    ),
    Route(
        "counter-notices",
        steps.counter,
        [steps.CounterNoticeForm],
        [{"elements": {**ELEMENTS, "identity": "A. Writer", "prima_facie_evidence": "A review, article 24 number 2."}}],
        "The uploader declares that the measure taken upon a notice is wrong; completed like a notice.",
    ),
    Route(
        "intake-decisions",
        steps.decide_intake,
        [steps.IntakeDecisionForm],
        [{"subject": "notice", "decision": "accept", "measure": "label", "reasons": "It is named as the law asks."}],
        "Intake (or compliance) accepts a notice with a proportionate measure, finds it deficient or rejects it.\n\n"
        "A counter-notice is accepted or found deficient. An accepted one is forwarded at once.",
        scope=Scope.INTAKE,
    ),
    Route(
        "deliveries",
        steps.confirm_delivery,
        [steps.DeliveryForm],
        [{"delivered_at": "2026-07-02T09:00:00+08:00"}],
        "Intake, compliance or the right holder confirms when the counter-notice reached the right holder.\n\n"
        "The Chinese wait runs from then. Left out, it is now; it cannot lie before the acceptance or in the future.",
        optional_body=True,
    ),
    Route(
        "wait-pauses",
        steps.pause_wait,
        [steps.WaitPauseForm],
        [{"cause": "notarisation", "working_days": 5, "proof": "Notary's receipt 2026-117."}],
        "The right holder has working days of notarisation or authentication left out of the wait.",
    ),
    Route(
        "legal-actions",
        steps.report_legal_action,
        [steps.LegalActionForm],
        [{"forum": "court", "proof": "Case 2026-88, filed.", "names_uploader": True, "names_item": True}],
        "The right holder reports a suit or complaint, in any state; it stays the wait if it names uploader and item.",
    ),
)

OUTSIDE: tuple[Route, ...] = (
    Route(
        "outside-proceedings",
        steps.proceed,
        [steps.ProceedingForm, steps.ProceedingDecidedForm],
        [
            {"forum": "court", "opened_at": "2026-07-02T09:00:00+08:00", "reference": "Case 2026-88"},
            {
                "proceeding": 1,
                "decided_at": "2026-09-02T09:00:00+08:00",
                "outcome": "reversed",
                "implemented": True,
                "availability": "public",
                "words": "The use is a quotation.",
                "verified": True,
            },
        ],
        "Either side, intake or compliance records that an outside proceeding was opened; staff record how it ended.",
    ),
    Route(
        "orders",
        steps.order,
        [steps.OrderForm, steps.OrderLiftedForm],
        [
            {
                "forum": "court",
                "interim": True,
                "availability": "blocked",
                "until": "2026-12-31T00:00:00+08:00",
                "reference": "Interim order 2026-5",
                "verified": True,
            },
            {"lift": 1, "reference": "Lifted by order 2026-9"},
        ],
        "Intake or compliance records a verified binding order, or that it was lifted. An order overrides all else.",
        scope=Scope.INTAKE,
    ),
)

ROUTES: tuple[Route, ...] = (*REVIEW, *PEOPLE, *NOTICES, *OUTSIDE)
