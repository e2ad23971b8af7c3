"""What every refusal of the rules says to people, by its stable code, in the language of the page."""

from __future__ import annotations

from casework.domain.facts import Refused
from casework.views.language import gettext


def refusal_text(refused: Refused) -> str:
    """A sentence for a person; a code without a text of its own gets a general one."""
    return _texts().get(refused.code) or gettext("This step is not possible now.")


def refusal_codes() -> frozenset[str]:
    """The codes that have a text."""
    return frozenset(_texts())


def _texts() -> dict[str, str]:
    return {
        "already_marked": gettext("This lawful-use mark is already set."),
        "already_ruled": gettext("You have already submitted your ruling in this case."),
        "already_under_appeal": gettext("An appeal in this case is already open."),
        "comments_closed": gettext("The reviewers are chosen; nothing more can be added."),
        "evidence_unknown": gettext("The ruling relies on evidence that is not part of this case."),
        "idempotency_key_reused": gettext("This Idempotency-Key was already used for a different request."),
        "marking_suspended": gettext("You may not set lawful-use marks at present."),
        "no_open_appeal": gettext("There is no open appeal in this case."),
        "no_panel_due": gettext("This case does not wait for a panel."),
        "no_re_reviewer_due": gettext("This case does not wait for a third reviewer."),
        "no_ruling_due": gettext("No ruling is awaited in this case."),
        "not_assigned": gettext("You are not assigned to this case."),
        "not_your_appeal": gettext("Only the side that lodged the appeal can withdraw it."),
        "not_your_step": gettext("This step belongs to another party of the case."),
        "nothing_to_challenge": gettext(
            "There is no lawful use to challenge: the upload is not public on that ground."
        ),
        "nothing_to_contest": gettext("There is no block to contest: the upload is not blocked."),
        "nothing_to_mark": gettext("A lawful-use mark cannot be set in the present state of the case."),
        "reasons_missing": gettext("A ruling needs reasons."),
        "reviewer_barred": gettext("A conflict of interest or an earlier ruling bars this reviewer from the case."),
        "reviewers_not_distinct": gettext("A panel needs different reviewers."),
        "segment_unknown": gettext("The appeal names a segment that the evidence does not have."),
        "too_few_reviewers": gettext("There are too few reviewers who may sit on this case."),
        "too_many_files": gettext("No more files can be added."),
        "too_many_statements": gettext("No more statements can be added."),
        "truth_not_stated": gettext("You must state that what you say is true."),
        "window_closed": gettext("The time for this step has ended."),
    }
