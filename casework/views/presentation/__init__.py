"""From a case to what a page shows of it: whose turn it is, what happened so far, what was matched, which rule decided.

Everything is computed for the person who looks (ux.md, habits 1 and 9): a party's timeline has nothing of a ruling that
is still sealed, and the token that a form carries counts only the events which that party may see.
"""

from __future__ import annotations

from casework.views.presentation.happened import (
    TimelineEntry,
    events_since,
    start_token,
    timeline,
    upcoming,
    visible_events,
)
from casework.views.presentation.matched import MatchView, RegionView, SegmentView, match_view
from casework.views.presentation.required import RequiredAction, deadline_text, required_action
from casework.views.presentation.standing import PARTIES, Standing, standing_of_case, standing_of_row

__all__ = [
    "PARTIES",
    "MatchView",
    "RegionView",
    "RequiredAction",
    "SegmentView",
    "Standing",
    "TimelineEntry",
    "deadline_text",
    "events_since",
    "match_view",
    "required_action",
    "standing_of_case",
    "standing_of_row",
    "start_token",
    "timeline",
    "upcoming",
    "visible_events",
]
