"""Who sits on a panel: chosen by the system from load, language and speciality, never with a conflict (E1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from casework.domain.case.panel import awaits_panel
from casework.domain.case.state import Case, Procedure
from casework.domain.deadlines import comments_until
from casework.domain.facts import Refused
from casework.domain.standard.standard import Standard
from casework.domain.values import ReleaseCause


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reviewer who could sit. ``load`` counts the rulings that this person owes now.

    ``conflicts`` are the pseudonyms of parties with whom the reviewer has declared a conflict of interest.
    """

    id: str
    languages: frozenset[str]
    media: frozenset[str]
    load: int
    conflicts: frozenset[str] = frozenset()


def needs_seats(case: Case) -> bool:
    """Whether the case waits for a panel, for one of its two seats to be filled again, or for a third reviewer."""
    return free_seats(case) > 0


def free_seats(case: Case) -> int:
    """How many people are to be seated: two on a new panel, one on each seat that was left, one as the third."""
    if awaits_panel(case):
        return PANEL_SEATS
    if case.procedure is Procedure.PANEL:
        return PANEL_SEATS - len(case.panel)
    return int(case.procedure is Procedure.RE_REVIEW and case.re_reviewer is None)


PANEL_SEATS = 2


def seats_due(case: Case, standard: Standard, now: datetime) -> bool:
    """Whether they are seated by now: a panel when the time for comments is over, all others at once.

    Seating the panel ends the comments of both sides at the same moment (invariant 7). Nobody comments on a prior
    review, whose clock is fast.
    """
    if case.procedure is Procedure.ADJUDICATION:
        return now >= comments_until(case.appeals[-1], standard)
    return needs_seats(case)


def barred(case: Case, candidates: Iterable[Candidate], took_part: Iterable[str] = ()) -> Mapping[str, str]:
    """Who may not sit on this case, with the cause (invariant 4).

    ``took_part`` are reviewers who ruled on another case of the same upload and work. Who accepted a notice took part
    in the measure that is contested; who left a seat does not come back.
    """
    parties = {case.uploader, case.right_holder}
    deciders = [notice.decided_by for notice in case.notices if notice.decided_by is not None]
    ruled = [submission.reviewer for submission in case.submitted]
    causes = dict.fromkeys(deciders, "earlier_part")
    causes.update(dict.fromkeys(case.recused, "recused"))
    causes.update(dict.fromkeys((*took_part, *case.took_part, *ruled), "earlier_ruling"))
    causes.update({one.id: "conflict_of_interest" for one in candidates if one.conflicts & parties})
    return causes


def unavailable(
    case: Case, candidates: Iterable[Candidate], took_part: Iterable[str] = ()
) -> Mapping[str, ReleaseCause]:
    """Seated reviewers who have not ruled and cannot, since they were seated: with the cause of their release (E3).

    Who has ruled stays: a ruling that is in is kept.
    """
    able = {one.id: one for one in candidates}
    parties, ruled_elsewhere = {case.uploader, case.right_holder}, set(took_part)
    found: dict[str, ReleaseCause] = {}
    for reviewer in case.awaited_reviewers:
        if reviewer not in able:
            found[reviewer] = ReleaseCause.DEACTIVATED
        elif able[reviewer].conflicts & parties:
            found[reviewer] = ReleaseCause.CONFLICT_OF_INTEREST
        elif reviewer in ruled_elsewhere:
            found[reviewer] = ReleaseCause.EARLIER_PART
    return found


def choose_reviewers(
    case: Case, case_id: str, candidates: Sequence[Candidate], not_these: Mapping[str, str], count: int
) -> tuple[str, ...]:
    """The ``count`` best candidates: language of the upload first, then speciality, then the smallest load.

    Ties are broken by a hash of case and reviewer, so that the choice is even and can be done again by anyone.
    Raises ``Refused("too_few_reviewers")``.
    """
    able = [one for one in candidates if one.id not in not_these]
    if len(able) < count:
        raise Refused("too_few_reviewers", needed=str(count), able=str(len(able)))
    upload = case.decision.upload
    language = (upload.language or "").split("-")[0].lower()

    def rank(one: Candidate) -> tuple[bool, bool, int, bytes]:
        speaks = not language or language in one.languages
        knows = not one.media or upload.medium.value in one.media
        return (not speaks, not knows, one.load, hashlib.sha256(f"{case_id}:{one.id}".encode()).digest())

    return tuple(one.id for one in sorted(able, key=rank)[:count])
