"""``/transparency/receipt``: anybody who holds a receipt code sees that the step is in the log, with the proof."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_422_UNPROCESSABLE_ENTITY

from casework.eventlog.receipts import read_code
from casework.log_proofs import Lodged, LogProofs
from casework.publishing import Publishing
from casework.views.access.guard import PUBLIC
from casework.views.api.log import answer_receipt
from casework.views.language import gettext
from casework.views.responses import render_page

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class NamedReport:
    """A published report that was computed from a log with the step in it; ``last`` is the last day of its period."""

    href: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """What stands in the log under a code; ``title`` says what kind of step it was, and nothing of whose."""

    code: str
    title: str
    at: datetime
    index: int
    size: int
    fact: str
    proof: list[str]
    checkpoint: str
    reports: list[NamedReport]


@get("/transparency/receipt", opt=PUBLIC, sync_to_thread=True)
def show_receipt(
    request: AnyRequest,
    proofs: NamedDependency[LogProofs],
    publishing: NamedDependency[Publishing],
    code: Annotated[str | None, QueryParameter(max_length=200)] = None,
) -> Response[str]:
    """The form; with a code, what it leads to, or that it leads nowhere."""
    typed = (code or "").strip()
    found: FoundReceipt | None = None
    problem, status = "", HTTP_200_OK
    if code is not None:
        read = read_code(typed)
        lodged = None if read is None else proofs.receipt(read)
        if read is None:
            problem = gettext("This is no receipt code: it has four groups of five letters and digits.")
            status = HTTP_422_UNPROCESSABLE_ENTITY
        elif lodged is None:
            problem = gettext("There is no step with this code in the log. Compare it with your receipt once more.")
            status = HTTP_404_NOT_FOUND
        else:
            found = _found(read, lodged, publishing)
    errors = [{"href": "#code", "text": problem}] if problem else []
    context = {"typed": typed, "found": found, "errors": errors}
    return render_page(request, "pages/receipt.html", context, status_code=status)


def _found(code: str, lodged: Lodged, publishing: Publishing) -> FoundReceipt:
    fact = json.loads(lodged.fact)
    answer = answer_receipt(lodged)
    return FoundReceipt(
        code=code,
        title=step_title(fact["topic"]),
        at=datetime.fromisoformat(fact["at"]),
        index=lodged.index,
        size=answer.size,
        fact=answer.fact,
        proof=answer.proof,
        checkpoint=answer.checkpoint,
        reports=[
            NamedReport(f"/transparency/{one.id}", one.published.start, one.published.end - timedelta(days=1))
            for one in publishing.counting(lodged.index)
        ],
    )


def step_title(topic: str) -> str:
    """What was lodged, by the topic of its event. Raises ``KeyError`` for a topic that has no receipts."""
    return {
        "case.lawful_use_marked": gettext("A lawful-use mark"),
        "case.contest_lodged": gettext("A contest"),
        "case.challenge_lodged": gettext("A challenge"),
        "case.statement_filed": gettext("A statement"),
        "case.evidence_submitted": gettext("A file as evidence"),
        "case.appeal_withdrawn": gettext("The withdrawal of an appeal"),
        "case.warning_answered": gettext("The answer to a warning"),
        "case.urgent_block_declared": gettext("An urgent block"),
        "case.settlement_proposed": gettext("An offer to settle"),
        "case.parties_settled": gettext("A settlement"),
        "case.further_review_requested": gettext("A request for a further review"),
        "case.upload_withdrawn": gettext("The withdrawal of an upload"),
        "case.notice_received": gettext("A notice"),
        "case.notice_amended": gettext("What was missing in a notice"),
        "case.notice_withdrawn": gettext("The withdrawal of a notice"),
        "case.counter_notice_received": gettext("A counter-notice"),
        "case.counter_notice_amended": gettext("What was missing in a counter-notice"),
        "case.legal_action_reported": gettext("A report of legal action"),
        "case.outside_proceeding_opened": gettext("A report of an outside proceeding"),
        "party.sanction_appeal_lodged": gettext("An appeal against a suspension"),
        "work.prior_review_requested": gettext("A request for review before publication"),
    }[topic]


HANDLERS = (show_receipt,)
