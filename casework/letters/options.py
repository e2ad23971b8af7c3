"""What the reader of a letter can do, and until when: from the case as it stood when the letter was written.

Everything is computed from case, standard and regime; nothing is looked up. Suspensions are left out: a letter speaks
of the case, and who is suspended was told by the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from casework.domain.case.adjudication import is_challengeable, is_contestable
from casework.domain.case.further import further_review_until, has_level_left, took_back
from casework.domain.case.marks import MARKABLE
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import Terms, challenge_until, comments_until, contest_until, is_in_grace, wait_until
from casework.domain.facts import Role
from casework.domain.regimes.regimes import WaitStart
from casework.domain.values import Remedy
from casework.views.language import gettext
from casework.views.regime_labels import outside_label

OUTSIDE = (Remedy.AUTHORITY, Remedy.COURT)
"""Open everywhere, also where no regime is chosen yet."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way that is open. ``until`` is its end (exclusive), ``None`` where there is none."""

    code: str
    text: str
    until: datetime | None = None


def options(case: Case, terms: Terms, side: Role, moment: datetime) -> tuple[Option, ...]:
    """What this side may do at ``moment``, inside the platform first; the way outside is always open."""
    own = _of_uploader(case, terms) if side is Role.UPLOADER else _of_right_holder(case, terms)
    found = [*own, *_of_both(case, terms, side), *_outside(terms)]
    return tuple(one for one in found if one.until is None or moment < one.until)


def _of_uploader(case: Case, terms: Terms) -> Iterator[Option]:
    notice = case.notice
    if case.withdrawn_at is None and case.procedure in MARKABLE:
        until = case.decision.grace_until if is_in_grace(case) else None
        yield Option("mark", gettext("Mark the use as lawful"), until)
    if not case.under_appeal and is_contestable(case):
        yield Option("contest", gettext("Contest the decision: people look at it"), contest_until(case, terms.standard))
    countered = terms.regime is not None and terms.regime.counter_notice is not None
    if notice is not None and notice.stage is Procedure.MEASURE_TAKEN and countered and case.withdrawn_at is None:
        yield Option("counter_notice", gettext("Answer with a counter-notice (declare that nothing is infringed)"))
    counter = None if notice is None else notice.counter_notice
    if counter is not None and counter.deficiency is not None and counter.lapsed_at is None:
        yield Option("counter_notice", gettext("Complete the counter-notice"), counter.deficiency.cure_until)
    if case.withdrawn_at is None:
        yield Option("upload_withdrawal", gettext("Withdraw the upload"))


def _of_right_holder(case: Case, terms: Terms) -> Iterator[Option]:
    notice, standard = case.notice, terms.standard
    if case.procedure is Procedure.WARNING:
        until = case.informed_at + standard.procedure.warning_answer
        yield Option(
            "warning_answer", gettext("Answer the warning: give notice, tolerate the use, or license it"), until
        )
    if not case.under_appeal and is_challengeable(case):
        yield Option("challenge", gettext("Challenge the use: people look at it"), challenge_until(case, standard))
    if notice is None or notice.ended_at is not None:
        return
    if notice.stage is Procedure.NOTICE_CHECK and notice.deficiency is not None:
        yield Option("notice", gettext("Complete the notice"), notice.deficiency.cure_until)
    if notice.stage is Procedure.WAITING and notice.counter_notice is not None:
        starts = None if terms.regime is None else terms.regime.wait.starts
        if starts is WaitStart.DELIVERY and notice.counter_notice.delivered_at is None:
            yield Option("delivery", gettext("Confirm that the counter-notice has reached you: the wait begins then"))
        until_wait = wait_until(case, terms)
        yield Option("legal_action", gettext("Go to court or to the authority, and report it here"), until_wait)
    yield Option("withdrawal", gettext("Withdraw the notice"))


def _of_both(case: Case, terms: Terms, side: Role) -> Iterator[Option]:
    appeal = case.appeal
    if appeal is not None and case.review is Procedure.ADJUDICATION:
        until = comments_until(appeal, terms.standard)
        yield Option("statement", gettext("Add statements and files for the reviewers"), until)
    may_ask = has_level_left(case, terms.standard) and side not in took_back(case) and not case.under_appeal
    again = further_review_until(case, terms.standard) if may_ask else None
    if again is not None:
        yield Option("further_review", gettext("Ask for a further review by new reviewers"), again)


def _outside(terms: Terms) -> Iterator[Option]:
    remedies = OUTSIDE if terms.regime is None else terms.regime.remedies.outside
    for remedy in remedies:
        yield Option(remedy.value, outside_label(remedy))
