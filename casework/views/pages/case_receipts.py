"""What somebody is told once after a step: that it was received, when, and what it means; taken from the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.domain.case import events as facts
from casework.domain.case import notice_events as notices
from casework.domain.case.outside_events import OutsideProceedingOpened
from casework.domain.facts import Event
from casework.eventlog.codec import Recorded
from casework.eventlog.receipts import ReceiptCodes
from casework.views.language import gettext
from casework.views.pages.case_view import CaseView
from casework.views.pages.receipt import step_title
from casework.views.presentation.required import joined

_EVENTS: Mapping[str, tuple[type[Event], ...]] = {
    "marks": (facts.LawfulUseMarked,),
    "contests": (facts.ContestLodged,),
    "challenges": (facts.ChallengeLodged,),
    "statements": (facts.StatementFiled,),
    "evidence": (facts.EvidenceSubmitted,),
    "withdrawals": (facts.AppealWithdrawn, notices.NoticeWithdrawn),
    "counter-notices": (notices.CounterNoticeReceived, notices.CounterNoticeAmended),
    "notices": (notices.NoticeReceived, notices.NoticeAmended),
    "warning-answers": (facts.WarningAnswered,),
    "deliveries": (notices.CounterNoticeDelivered,),
    "wait-pauses": (notices.WaitPaused,),
    "legal-actions": (notices.LegalActionReported,),
    "urgent-blocks": (facts.UrgentBlockDeclared,),
    "settlements": (facts.SettlementProposed, facts.PartiesSettled),
    "further-reviews": (facts.FurtherReviewRequested,),
    "outside-proceedings": (OutsideProceedingOpened,),
    "upload-withdrawals": (facts.UploadWithdrawn,),
}
"""By the step, the events that it leads to."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was received, shown once after a step; taken from the log, never from the address."""

    title: str
    text: str
    at: datetime
    code: str | None


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """The receipt code of one step of this side, to be found again at any time."""

    title: str
    at: datetime
    code: str


def kept_receipts(view: CaseView, codes: ReceiptCodes) -> list[KeptReceipt]:
    """The codes of all that this side has lodged, the latest first."""
    return [
        KeptReceipt(step_title(one.event.TOPIC), one.occurred, code)
        for one in reversed(view.history)
        if (code := codes.of_own(one, view.role)) is not None
    ]


def receipt(view: CaseView, step: str, codes: ReceiptCodes) -> Receipt | None:
    """The receipt of this side's latest step of that name; ``None`` when there was none."""
    kinds = _EVENTS.get(step)
    if kinds is None or step not in view.steps:
        return None
    taken = [one for one in view.history if isinstance(one.event, kinds) and one.by.role is view.role]
    if not taken:
        return None
    words = _on_notices(step, taken[-1].event, view) or _on_appeals(step, taken, view) or _on_the_rest(step, taken[-1])
    if words is None:
        return None
    return Receipt(*words, taken[-1].occurred, codes.of_own(taken[-1], view.role))


def _on_appeals(step: str, taken: list[Recorded], view: CaseView) -> tuple[str, str] | None:
    files = sum(
        isinstance(one.event, facts.EvidenceSubmitted) and one.command == taken[-1].command for one in view.history
    )
    with_files = gettext("Files received: %(count)s.") % {"count": files}
    heard = gettext(
        "The other side can now read it and answer. Then two reviewers are chosen, who decide apart from one another."
    )
    return {
        "marks": (
            gettext("Your mark was received"),
            gettext("Your upload is public. The right holder can see your mark and may challenge it."),
        ),
        "contests": (gettext("Your contest was received"), joined(heard, with_files)),
        "challenges": (gettext("Your challenge was received"), joined(heard, with_files)),
        "statements": (
            gettext("Your statement was received"),
            gettext("The other side and the reviewers can read it."),
        ),
        "evidence": (
            gettext("Your files were received"),
            joined(with_files, gettext("The other side and the reviewers can open them.")),
        ),
        "further-reviews": (gettext("Your request for a further review was received"), heard),
        "urgent-blocks": (
            gettext("The upload is blocked until the ruling"),
            gettext("The uploader is told and heard. If the block was wrong, it can cost you this right."),
        ),
    }.get(step)


def _on_notices(step: str, event: Event, view: CaseView) -> tuple[str, str] | None:
    checked = gettext("A person checks whether it has all that the law asks for. You are told the result here.")
    if isinstance(event, notices.CounterNoticeReceived):
        return gettext("Your counter-notice was received"), checked
    if isinstance(event, notices.NoticeReceived):
        return gettext("Your notice was received"), checked
    if isinstance(event, notices.CounterNoticeAmended | notices.NoticeAmended):
        return gettext("What was missing was received"), checked
    if isinstance(event, notices.NoticeWithdrawn):
        told = gettext("The measure upon it ends, unless a ruling has taken its place. You may still go to court.")
        return gettext("Your notice was withdrawn"), told
    if isinstance(event, notices.CounterNoticeDelivered):
        return gettext("The arrival was recorded"), gettext("The wait for legal action runs; its end stands below.")
    if isinstance(event, notices.WaitPaused):
        return gettext("The wait stands still for these days"), gettext("Its new end stands below.")
    if isinstance(event, notices.LegalActionReported):
        stays = gettext("The measure stays until a court or an authority has decided.")
        goes_on = gettext("It does not keep the measure: the papers must name both the uploader and this upload.")
        recorded = gettext("It was recorded.")
        waiting = view.lines.notice is not None and view.lines.notice.ended_at is None
        return gettext("Your report was received"), stays if event.stays else goes_on if waiting else recorded
    return None


def _on_the_rest(step: str, taken: Recorded) -> tuple[str, str] | None:
    event = taken.event
    if isinstance(event, facts.PartiesSettled):
        return gettext("You have settled"), gettext("The case is closed without a ruling.")
    if isinstance(event, facts.WarningAnswered):
        return gettext("Your answer was received"), gettext("The warning is closed, and the upload stays public.")
    return {
        "withdrawals": (
            gettext("Your appeal was withdrawn"),
            gettext("No ruling will be given. You may still go to court or to the copyright authority."),
        ),
        "settlements": (
            gettext("Your offer was received"),
            gettext("The other side can read it. If it agrees, the case ends without a ruling."),
        ),
        "outside-proceedings": (
            gettext("Your report was received"),
            gettext("Both sides see it. A decision or an order overrides what is decided here."),
        ),
        "upload-withdrawals": (
            gettext("Your upload was withdrawn"),
            gettext("Nothing more is decided about it here."),
        ),
    }.get(step)
