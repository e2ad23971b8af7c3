"""The fact that a file which was compared lies beside its case, so that people can look and listen for themselves."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from casework.domain.facts import Event
from casework.domain.values import Evidence


class MediaSide(StrEnum):
    """Whose file it is: that of the upload, or that of the work."""

    UPLOAD = "upload"
    WORK = "work"


class MatchedMediaDeposited(Event):
    """The matcher laid one of the two files that it had compared beside the case. Nothing follows from it."""

    TOPIC: ClassVar[str] = "case.matched_media_deposited"

    side: MediaSide
    file: Evidence


MEDIA_EVENTS: tuple[type[Event], ...] = (MatchedMediaDeposited,)
