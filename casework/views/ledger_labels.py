"""What the codes of sanction ledgers, records of works and the platform's profile say to people."""

from __future__ import annotations

from casework.views.language import gettext


def right_label(code: str) -> str:
    """A right that may be suspended."""
    return {
        "marking": gettext("Setting lawful-use marks"),
        "notices": gettext("Sending notices"),
        "urgent_measures": gettext("Urgent blocks and prior review"),
        "appeals": gettext("Contests and challenges"),
        "manual_claims": gettext("Manual claims"),
        "automatic_blocking": gettext("Automatic blocking"),
    }.get(code, code)


def conduct_label(code: str) -> str:
    """What a party is warned of."""
    return {
        "wrong_marks": gettext("Wrong lawful-use marks"),
        "false_ownership": gettext("Claiming works of others, or works that are free"),
        "unfounded_notices": gettext("Unfounded notices"),
        "unfounded_appeals": gettext("Unfounded contests or challenges"),
        "wrong_urgent_measures": gettext("Wrong urgent blocks or requests for prior review"),
        "wrong_manual_claims": gettext("Wrong manual claims"),
        "wrong_automatic_blocks": gettext("Wrong automatic blocks of lawful uses"),
    }.get(code, code)


def gravity_label(code: str) -> str:
    """How heavy the conduct was."""
    return {
        "slight": gettext("Slight"),
        "considerable": gettext("Considerable"),
        "serious": gettext("Serious"),
    }.get(code, code)


def intention_label(code: str) -> str:
    """What was found of the intention."""
    return {
        "not_identifiable": gettext("Cannot be known"),
        "negligent": gettext("Negligent"),
        "intentional": gettext("Intentional"),
    }.get(code, code)


def stage_label(code: str) -> str:
    """Where a ledger stands for one kind of conduct."""
    return {
        "clean": gettext("Nothing recorded"),
        "warned": gettext("Warned"),
        "assessed": gettext("Assessed"),
        "suspended": gettext("Suspended"),
    }.get(code, code)


def stage_kind(code: str) -> str:
    """The kind of its status tag."""
    return {"warned": "warning", "assessed": "open", "suspended": "infringing"}.get(code, "closed")


def trust_label(code: str) -> str:
    """In what a right holder is trusted."""
    return {
        "right_holder": gettext("Trusted right holder (may declare urgent blocks)"),
        "flagger": gettext("Trusted flagger (status awarded by an authority)"),
    }.get(code, code)


def appeal_outcome_label(code: str) -> str:
    """What became of an appeal against a suspension."""
    return {
        "open": gettext("Appeal not decided yet"),
        "upheld": gettext("Suspension upheld"),
        "lifted": gettext("Suspension lifted"),
    }.get(code, code)


def no_block_label(code: str) -> str:
    """Why a work is on the no-block list."""
    return {
        "public_domain": gettext("Public domain"),
        "freely_licensed": gettext("Under a free licence"),
    }.get(code, code)


def flag_label(code: str) -> str:
    """Why a right holder asks for prior review."""
    return {
        "time_sensitive": gettext("Time-sensitive, such as live sport"),
        "high_loss": gettext("High loss, such as a film in its first weeks"),
    }.get(code, code)


def request_label(code: str) -> str:
    """What became of a request for prior review."""
    return {
        "requested": gettext("Waits for an answer"),
        "accepted": gettext("Accepted"),
        "refused": gettext("Refused"),
        "withdrawn": gettext("Withdrawn"),
        "lapsed": gettext("Lapsed"),
    }.get(code, code)


def service_label(code: str) -> str:
    """What kind of service the platform is."""
    return {
        "sharing": gettext("Sharing of content by users"),
        "non_profit_encyclopaedia": gettext("Non-profit encyclopaedia"),
        "search_or_location": gettext("Search or location service"),
        "education_or_science": gettext("Educational or scientific repository"),
        "open_source_forge": gettext("Open-source forge"),
        "messaging": gettext("Messaging"),
        "marketplace": gettext("Online marketplace"),
        "cloud": gettext("Cloud storage"),
    }.get(code, code)


def event_label(name: str) -> str:
    """A fact of a ledger or a record in its history."""
    return {
        "conduct_warned": gettext("Warning"),
        "good_faith_defence_accepted": gettext("Good-faith defence accepted"),
        "bad_faith_found": gettext("Bad faith found"),
        "conduct_assessed": gettext("Conduct assessed"),
        "right_suspended": gettext("Right suspended"),
        "suspension_lifted": gettext("Suspension lifted early"),
        "sanction_appeal_lodged": gettext("Appeal against the suspension"),
        "sanction_appeal_decided": gettext("Appeal against the suspension decided"),
        "trust_granted": gettext("Trust granted"),
        "trust_ended": gettext("Trust ended"),
        "trusted_flagger_reported": gettext("Trusted flagger reported to its authority"),
        "no_block_listed": gettext("Put on the no-block list"),
        "no_block_delisted": gettext("Taken from the no-block list"),
        "licence_recorded": gettext("Licence recorded"),
        "licence_ended": gettext("Licence ended"),
        "prior_review_requested": gettext("Prior review requested"),
        "prior_review_accepted": gettext("Prior review accepted"),
        "prior_review_refused": gettext("Prior review refused"),
        "prior_review_withdrawn": gettext("Request for prior review withdrawn"),
        "reference_withdrawn": gettext("Reference withdrawn"),
        "reference_reinstated": gettext("Reference reinstated"),
        "ownership_found_false": gettext("Ownership found false"),
        "ownership_confirmed": gettext("Ownership confirmed"),
    }.get(name, name)
