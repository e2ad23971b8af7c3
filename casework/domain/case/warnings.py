"""Answers to a warning: the right holder notifies, tolerates or licenses; silence lapses (product.md D2)."""

from __future__ import annotations

from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import WarningAnswered
from casework.domain.case.notices import ReceiveNotice, open_notice, receive_notice
from casework.domain.case.state import Case, Procedure
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.values import VaultReference, WarningAnswer


class AnswerWarning(Command):
    """``licence`` holds the words of a licence and goes with it; ``notice`` goes with ``notify``."""

    answer: WarningAnswer
    licence: VaultReference | None = None
    notice: ReceiveNotice | None = None


def may_answer_warning(case: Case, circumstances: Circumstances) -> None:
    """Only the right holder, only while the warning is open and its time runs. Raises ``Refused``."""
    require_party(case, circumstances.actor, Role.RIGHT_HOLDER)
    if case.procedure is not Procedure.WARNING:
        raise Refused("no_open_warning")
    until = case.informed_at + circumstances.standard.procedure.warning_answer
    if circumstances.now >= until:
        raise Refused("window_closed", until=until.isoformat())


def answer_warning(case: Case, command: AnswerWarning, circumstances: Circumstances) -> tuple[Event, ...]:
    """Close the warning, or open the check of the notice that answers it.

    The same notice again yields no event: it is open already. Any other is no answer to a warning that is not open.
    """
    if command.answer is WarningAnswer.NOTIFY:
        if command.notice is None:
            raise Refused("notice_missing")
        known = open_notice(case)
        if known is None or known.content != command.notice.content:
            may_answer_warning(case, circumstances)
        return receive_notice(case, command.notice, circumstances)
    may_answer_warning(case, circumstances)
    if command.answer is WarningAnswer.LICENSE and command.licence is None:
        raise Refused("licence_missing")
    return (WarningAnswered(answer=command.answer, licence=command.licence),)
