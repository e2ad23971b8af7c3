"""Whose a file is, and who may open what of it.

Erasing a person erases the file of that person's side and all that was made of it.
"""

from __future__ import annotations

from casework.domain.case.media_events import MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Role

SEES_ALL = frozenset({Role.REVIEWER, Role.COMPLIANCE, Role.INTAKE})
"""Who may open both files as they are; the sides of the case may open their own. Oversight reads no words either."""

OWN_SIDE = {Role.UPLOADER: MediaSide.UPLOAD, Role.RIGHT_HOLDER: MediaSide.WORK}


def subject_of(case: Case, side: MediaSide) -> str:
    """The pseudonym of the party whose file it is."""
    return case.uploader if side is MediaSide.UPLOAD else case.right_holder


def may_see(role: Role) -> bool:
    """Whether somebody in this role, who may see the case, may see its previews; whoever sent the files need not."""
    return role in SEES_ALL or role in OWN_SIDE


def may_open_original(role: Role, side: MediaSide) -> bool:
    """Whether somebody in this role may have the file itself. Nobody gets the other side's by a dispute."""
    return role in SEES_ALL or OWN_SIDE.get(role) is side
