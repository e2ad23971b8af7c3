"""What the codes of audit samples say to people: designs, strata, sides, stages, truths, disagreements."""

from __future__ import annotations

from casework.domain.sample.values import SHARE_BANDS
from casework.views.labels import medium_label, outcome_label
from casework.views.language import gettext


def design_label(code: str) -> str:
    """How cases are drawn."""
    return {
        "simple": gettext("Simple"),
        "stratified": gettext("Stratified"),
        "weighted": gettext("Weighted by the share band"),
    }.get(code, code)


def stage_label(code: str) -> str:
    """How far a sample is."""
    return {
        "announced": gettext("Announced"),
        "drawn": gettext("Being labelled"),
        "closed": gettext("Closed"),
    }.get(code, code)


def stage_kind(code: str) -> str:
    """The colour of its tag."""
    return {"announced": "waiting", "drawn": "open"}.get(code, "closed")


def side_label(code: str) -> str:
    """Who labels."""
    return {"platform": gettext("The platform"), "regulator": gettext("The regulator")}.get(code, code)


def truth_label(code: str) -> str:
    """What a person found."""
    return {
        "infringing": gettext("The use infringes"),
        "lawful": gettext("The use is lawful"),
        "cannot_tell": gettext("It cannot be told"),
    }.get(code, code)


def acted_label(code: str) -> str:
    """What the decision did."""
    return {"restricted": gettext("Held or blocked"), "passed": gettext("Let pass")}.get(code, code)


def disagreement_label(code: str) -> str:
    """How the truth differs from the decision."""
    return {
        "false_block": gettext("False block"),
        "missed_infringement": gettext("Missed infringement"),
    }.get(code, code)


def estimate_label(name: str) -> str:
    """The short name of an estimate."""
    return {
        "false_block_rate": gettext("False blocks"),
        "missed_infringement_rate": gettext("Missed infringements"),
        "precision": gettext("Precision"),
        "recall": gettext("Recall"),
        "accuracy": gettext("Accuracy"),
    }.get(name, name)


def estimate_meanings() -> dict[str, str]:
    """What each estimate is a share of."""
    return {
        "false_block_rate": gettext("Of what was held or blocked, the share that was lawful."),
        "missed_infringement_rate": gettext("Of what was let pass, the share that infringed."),
        "precision": gettext("Of what was held or blocked, the share that infringed."),
        "recall": gettext("Of what infringed, the share that was held or blocked."),
        "accuracy": gettext("Of all decisions, the share that was right."),
    }


def stratum_label(name: str) -> str:
    """A part of the population."""
    own = {
        "all": gettext("All"),
        "certain": gettext("Taken for certain"),
        "by_size": gettext("Drawn by size"),
        "unknown": gettext("Share not known"),
    }
    if name in own:
        return own[name]
    if name in SHARE_BANDS:
        low, high = name.split("_")
        return f"{int(low)}–{high} %"
    medium = medium_label(name)
    return outcome_label(name) if medium == name else medium
