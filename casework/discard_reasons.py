"""Why results of engines are thrown away: apart from their tables, so that the help of commands needs no database."""

from __future__ import annotations

from enum import StrEnum


class DiscardReason(StrEnum):
    """Why somebody threw a result away; a code and no words, as words could name a person."""

    NOT_OURS = "not_ours"
    ENGINE_WRONG = "engine_wrong"
    KNOWN = "known"
    TRIAL = "trial"
    OTHER = "other"
