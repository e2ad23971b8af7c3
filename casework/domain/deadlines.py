"""When windows close and rulings fall due: computed from state and standard, stored nowhere (invariant 5)."""

from __future__ import annotations

from datetime import datetime

from casework.domain.case.state import Appeal, Case
from casework.domain.standard.standard import Standard


def contest_until(case: Case, standard: Standard) -> datetime:
    """End (exclusive) of the uploader's window, counted from the information of the person."""
    return standard.procedure.contest_until(case.informed_at)


def challenge_until(case: Case, standard: Standard) -> datetime:
    """End (exclusive) of the right holder's window, counted from being told of the use or of its latest mark."""
    told = case.informed_at if case.marked_at is None else case.marked_at
    return standard.procedure.challenge_until(told)


def comments_until(appeal: Appeal, standard: Standard) -> datetime:
    """Until when both sides are asked for comments; the same for both (invariant 7). Then the panel is seated."""
    return appeal.lodged_at + standard.procedure.comment_window


def ruling_due(appeal: Appeal, standard: Standard) -> datetime:
    """When the ruling is due, counted from lodging."""
    return appeal.lodged_at + standard.procedure.ruling_due
