"""Marks after the decision: the uploader says that the use is lawful, and the upload is public again (C1)."""

from __future__ import annotations

from casework.domain.case.circumstances import Circumstances, require_party
from casework.domain.case.events import LawfulUseMarked
from casework.domain.case.state import Case, Procedure
from casework.domain.decision import mark_counts
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.party.values import Right
from casework.domain.values import Mark

MARKABLE = (Procedure.PRESUMED_INFRINGING, Procedure.WARNING, Procedure.RESTRICTED)


class MarkLawfulUse(Command):
    """``truthful``: the uploader stated that the mark is true (case.md, guard "statement of truth")."""

    mark: Mark
    truthful: bool


def may_mark(case: Case, circumstances: Circumstances) -> None:
    """Only the uploader marks, only before an appeal, and not while suspended from it. Raises ``Refused``.

    A notice that is being checked does not stop it: within a grace there is no time to wait for that.
    """
    require_party(case, circumstances.actor, Role.UPLOADER)
    stands = _stands(case)
    if stands is Procedure.MARKED_LAWFUL:
        raise Refused("already_marked")
    if stands not in MARKABLE:
        raise Refused("nothing_to_mark")
    if circumstances.is_suspended(Role.UPLOADER, Right.MARKING):
        raise Refused("marking_suspended")


def _stands(case: Case) -> Procedure:
    """Where the line of the decision stands, whatever becomes of a notice beside it."""
    return case.procedure if case.review is not None or case.withdrawn_at is not None else case.rests


def mark_lawful_use(case: Case, command: MarkLawfulUse, circumstances: Circumstances) -> tuple[Event, ...]:
    """Set the mark. The same mark again yields no event; an untrue statement of truth is refused.

    So is a lawful use that the law which governs does not know, or that is too much of the work there (UrhDaG s. 9(2)).
    """
    if _stands(case) is Procedure.MARKED_LAWFUL and any(_same(mark, command.mark) for mark in case.marks):
        require_party(case, circumstances.actor, Role.UPLOADER)
        return ()
    may_mark(case, circumstances)
    if not command.truthful:
        raise Refused("truth_not_stated")
    decision, standard, regime = case.decision, circumstances.standard, circumstances.regime
    if not mark_counts(command.mark, decision.upload.medium, decision.evidence, standard, regime):
        raise Refused("mark_does_not_count")
    return (LawfulUseMarked(mark=command.mark),)


def _same(one: Mark, other: Mark) -> bool:
    return one.basis is other.basis and one.provision == other.provision
