"""What the codes of notices, waits, outside proceedings, reopenings and free seats say to people."""

from __future__ import annotations

from casework.views.language import gettext


def warning_answer_label(code: str) -> str:
    """What a right holder says to a warning."""
    return {
        "notify": gettext("Send a notice"),
        "tolerate": gettext("Tolerate the use"),
        "license": gettext("License the use"),
    }.get(code, code)


def pause_label(code: str) -> str:
    """Why a wait stands still."""
    return {
        "notarisation": gettext("Evidence is being notarised"),
        "authentication": gettext("Evidence is being authenticated abroad"),
    }.get(code, code)


def forum_label(code: str) -> str:
    """Who decides outside the platform."""
    return {
        "court": gettext("Court"),
        "authority": gettext("Copyright authority"),
        "external_body": gettext("Out-of-court body"),
    }.get(code, code)


def outside_outcome_label(code: str) -> str:
    """How an outside proceeding ended, for the platform's first decision."""
    return {
        "upheld": gettext("the first decision was upheld"),
        "partially_reversed": gettext("the first decision was partially reversed"),
        "reversed": gettext("the first decision was reversed"),
        "default": gettext("ended without a look at the merits"),
        "omitted": gettext("ended without a decision"),
    }.get(code, code)


def reopening_label(code: str) -> str:
    """Why a case is decided again."""
    return {
        "new_evidence": gettext("new evidence"),
        "reference_withdrawn": gettext("the reference was withdrawn"),
        "ownership_false": gettext("the work is not the claimant's"),
        "audit_disagreement": gettext("an audit came to another result"),
    }.get(code, code)


def release_label(code: str) -> str:
    """Why a seat on a panel became free."""
    return {
        "conflict_of_interest": gettext("conflict of interest"),
        "earlier_part": gettext("took part earlier"),
        "bias": gettext("fear of bias"),
        "absence": gettext("absence"),
        "deactivated": gettext("account no longer active"),
    }.get(code, code)
