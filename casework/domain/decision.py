"""The filtering decision: the rule chain of case.md over exact decimals; evidence, standard and facts in, rule out.

The first rule of the standard's order that applies decides. Doubt goes to the uploader: where the engine states an
interval, a limit that brings the heavier handling must be met by its low end (case.md, "Doubt goes to the uploader").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from casework.domain.standard.standard import OverlapLimit, Standard
from casework.domain.values import (
    Action,
    Amount,
    Availability,
    Mark,
    MatchEvidence,
    Medium,
    Outcome,
    Rule,
    Value,
    WorkKind,
)


class Situation(Value):
    """All that the rules look at: the upload, the match, the marks, and what is known of work and parties.

    ``no_block``: the work is on the no-block list. ``licensed``: a recorded licence covers the use.
    ``marking_suspended``: the uploader has lost the right to mark for now.
    """

    medium: Medium
    commercial: bool
    upload_amount: Amount | None = None
    work_kind: WorkKind
    evidence: MatchEvidence
    marks: tuple[Mark, ...] = ()
    no_block: bool = False
    licensed: bool = False
    marking_suspended: bool = False


class Decision(Value):
    """Which rule decided and what follows; ``doubt`` names the rule that the bare point value would have chosen."""

    rule: Rule
    outcome: Outcome
    doubt: Rule | None = None


OUTCOMES: Mapping[Rule, Outcome] = {
    Rule.NO_BLOCK: Outcome.CLEARED,
    Rule.PRIOR_REVIEW: Outcome.PRIOR_REVIEW,
    Rule.MARKED: Outcome.MARKED_LAWFUL,
    Rule.DE_MINIMIS: Outcome.PRESUMED_LAWFUL,
    Rule.OVERLAP_LIMIT: Outcome.PRESUMED_LAWFUL,
    Rule.NAME_ONLY: Outcome.WARNING,
    Rule.BAND_LOW: Outcome.PRESUMED_LAWFUL,
    Rule.BAND_MIDDLE: Outcome.WARNING,
    Rule.BAND_HIGH: Outcome.PRESUMED_INFRINGING,
}

ACTIONS: Mapping[Outcome, Action] = {
    Outcome.CLEARED: Action.PUBLISH,
    Outcome.PRESUMED_LAWFUL: Action.PUBLISH,
    Outcome.MARKED_LAWFUL: Action.PUBLISH,
    Outcome.WARNING: Action.PUBLISH,
    Outcome.PRESUMED_INFRINGING: Action.BLOCK,
    Outcome.PRIOR_REVIEW: Action.HOLD,
}

AVAILABILITIES: Mapping[Action, Availability] = {
    Action.PUBLISH: Availability.PUBLIC,
    Action.HOLD: Availability.HELD,
    Action.BLOCK: Availability.BLOCKED,
}


def _no_block(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return situation.no_block or situation.licensed


def _marked(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return bool(situation.marks) and not situation.marking_suspended


def _de_minimis(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    """At most 15 s, 160 characters or 125 kB, not commercial (product.md A2).

    Where the engine gives no amount, the size of the whole upload serves as its upper bound.
    """
    if situation.commercial:
        return False
    limits = standard.de_minimis
    if situation.medium is Medium.TEXT:
        return _at_most(_amount(situation, "characters"), limits.characters)
    if situation.medium is Medium.IMAGE:
        return _at_most(_amount(situation, "bytes"), limits.bytes)
    return _at_most(_amount(situation, "seconds"), limits.seconds)


def _amount(situation: Situation, unit: str) -> Decimal | int | None:
    for amount in (situation.evidence.amount, situation.upload_amount):
        if amount is not None and getattr(amount, unit) is not None:
            found: Decimal | int = getattr(amount, unit)
            return found
    return None


def _at_most(value: Decimal | int | None, limit: Decimal | int | None) -> bool:
    return value is not None and limit is not None and value <= limit


def _overlap_limit(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    """The smaller of each pair of product.md A3: both its share of the work and its amount must be kept."""
    limits = standard.overlap_limits
    if not limits.active:
        return False
    used = situation.evidence.amount or Amount()
    if situation.medium is Medium.TEXT:
        return _within(situation, limits.text, used.words, limits.text.words)
    if situation.medium is Medium.AUDIO and situation.work_kind is WorkKind.MUSIC:
        return _within(situation, limits.music, used.seconds, limits.music.seconds)
    if situation.medium is Medium.VIDEO:
        return _within(situation, limits.audiovisual, used.seconds, limits.audiovisual.seconds)
    return False


def _within(situation: Situation, limit: OverlapLimit, used: Decimal | int | None, most: Decimal | int | None) -> bool:
    return _at_most(situation.evidence.share_of_work, limit.share_of_work) and _at_most(used, most)


def _name_only(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return situation.evidence.names_only and (share is None or not standard.names.decide)


def _band_low(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return share is not None and share <= standard.bands.low


def _band_middle(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return share is not None and standard.bands.low < share < standard.bands.high


def _band_high(situation: Situation, standard: Standard, share: Decimal | None) -> bool:
    return share is not None and share >= standard.bands.high


RULES: Mapping[Rule, Callable[[Situation, Standard, Decimal | None], bool]] = {
    Rule.NO_BLOCK: _no_block,
    Rule.MARKED: _marked,
    Rule.DE_MINIMIS: _de_minimis,
    Rule.OVERLAP_LIMIT: _overlap_limit,
    Rule.NAME_ONLY: _name_only,
    Rule.BAND_LOW: _band_low,
    Rule.BAND_MIDDLE: _band_middle,
    Rule.BAND_HIGH: _band_high,
}


def _first_rule(situation: Situation, standard: Standard, share: Decimal | None) -> Rule:
    for rule in standard.rules:
        applies = RULES.get(rule)
        if applies is not None and applies(situation, standard, share):
            return rule
    # Only a hit without a share can pass all bands, and a name without a share never restricts (row 7).
    return Rule.NAME_ONLY


def decide(situation: Situation, standard: Standard) -> Decision:
    """Apply the standard's rules in their order (case.md, "The decision", rows 2 and 4 to 10).

    Shares count as the low end of the engine's interval where there is one. ``doubt`` is set when the point value
    would have chosen another rule; such a case is marked for audit.
    """
    evidence = situation.evidence
    low = evidence.share_of_upload if evidence.share_of_upload_low is None else evidence.share_of_upload_low
    rule = _first_rule(situation, standard, low)
    doubt: Rule | None = None
    if low != evidence.share_of_upload:
        by_point = _first_rule(situation, standard, evidence.share_of_upload)
        doubt = by_point if by_point is not rule else None
    return Decision(rule=rule, outcome=OUTCOMES[rule], doubt=doubt)
