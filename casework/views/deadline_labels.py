"""The names of deadlines as people read them, in the language of the page."""

from __future__ import annotations

from casework.domain.values import DeadlineKind
from casework.views.language import gettext


def deadline_label(kind: str) -> str:
    """What falls due; a kind that is not known stands as it is."""
    return {
        DeadlineKind.GRACE.value: gettext("End of the time to mark the upload"),
        DeadlineKind.PRIOR_REVIEW.value: gettext("Review before publication"),
        DeadlineKind.WARNING_ANSWER.value: gettext("Answer to the warning"),
        DeadlineKind.NOTICE_CURE.value: gettext("Completion of the notice"),
        DeadlineKind.COUNTER_NOTICE_CURE.value: gettext("Completion of the counter-notice"),
        DeadlineKind.WAIT.value: gettext("End of the wait for legal action"),
        DeadlineKind.RULING.value: gettext("Ruling"),
        DeadlineKind.ORDER.value: gettext("End of the order"),
        DeadlineKind.EXTERNAL_BODY.value: gettext("Decision of the external body"),
    }.get(kind, kind)
