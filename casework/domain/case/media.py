"""The two files that were compared, laid beside the case by whoever compared them (product.md, evidence bench).

The decision stands without them, and nothing follows from them: no clock runs and no step opens. They can come late,
or never. What was laid down is never replaced, because people may have looked at it when they decided.
"""

from __future__ import annotations

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.media_events import MatchedMediaDeposited, MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Command, Event, Refused, Role
from casework.domain.values import Digest, Evidence


class DepositMatchedMedia(Command):
    """The file of one side, as it was compared. ``sha256`` is of its bytes, to hold it against the decision."""

    side: MediaSide
    file: Evidence
    sha256: Digest


def may_deposit_media(case: Case, circumstances: Circumstances) -> None:
    """Only the matcher, in every state. Raises ``Refused``."""
    if circumstances.actor.role is not Role.MATCHER:
        raise Refused("not_your_step")


def deposit_matched_media(case: Case, command: DepositMatchedMedia, circumstances: Circumstances) -> tuple[Event, ...]:
    """Lay the file down; the same file again yields no event.

    Raises ``Refused("media_differs")`` for another file than the one that lies there, and for an upload that is not
    the one the decision was made on, where that names its content.
    """
    may_deposit_media(case, circumstances)
    recorded = case.decision.upload.content_sha256
    if command.side is MediaSide.UPLOAD and recorded is not None and recorded != command.sha256:
        raise Refused("media_differs", side=command.side.value)
    there = case.media_of(command.side)
    if there is None:
        return (MatchedMediaDeposited(side=command.side, file=command.file),)
    if there.file.fingerprint != command.file.fingerprint:
        raise Refused("media_differs", side=command.side.value)
    return ()
