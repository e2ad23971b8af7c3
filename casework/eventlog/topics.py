"""Every event type that may stand in the log, listed by hand: nothing is discovered or registered by an import."""

from __future__ import annotations

from casework.domain.case.events import EVENTS as CASE_EVENTS
from casework.domain.facts import Event

EVENT_TYPES: tuple[type[Event], ...] = (*CASE_EVENTS,)
