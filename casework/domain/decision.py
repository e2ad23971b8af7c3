"""The filtering decision: the rule chain of case.md over exact decimals; evidence, standard and facts in, rule out.

The first rule of the standard's order that applies decides. Doubt goes to the uploader: where the engine states an
interval, a limit that brings the heavier handling must be met by its low end (case.md, "Doubt goes to the uploader").
What only the regime knows (grace, which works may be reviewed before publication, which lawful uses a mark may name)
comes from the regime, where one governs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from casework.domain.checked import of_checked
from casework.domain.matching import MatchEvidence
from casework.domain.regimes.regimes import Regime, ShareOf
from casework.domain.standard.standard import OverlapLimit, Standard
from casework.domain.values import (
    Action,
    Amount,
    Availability,
    Mark,
    MarkBasis,
    Medium,
    Outcome,
    Rule,
    Value,
    WorkFlag,
    WorkKind,
)

AUDIOVISUAL = frozenset({WorkKind.FILM, WorkKind.SERIES, WorkKind.SPORTS_EVENT, WorkKind.OTHER_AUDIOVISUAL})
"""Films and moving images."""


class WithoutBlock(StrEnum):
    """Why nothing is held or blocked by machine, whatever the rules say; the case goes on as a warning."""

    PLATFORM_EXEMPT = "platform_exempt"
    """The platform has no duty to filter and only runs notice and measures (product.md A6)."""

    AUTOMATIC_BLOCKING_SUSPENDED = "automatic_blocking_suspended"
    """The right holder has lost the right to automatic blocking for now (UrhDaG s. 18(1))."""

    OWNERSHIP_FALSE = "ownership_false"
    """The work was found not to belong to the right holder (product.md B3)."""

    REFERENCE_WITHDRAWN = "reference_withdrawn"
    """The reference that matched was withdrawn."""


class Situation(Value):
    """All that the rules look at: the upload, the match, the marks, and what is known of work and parties.

    ``no_block``: the work is on the no-block list. ``licensed``: a recorded licence covers the use.
    ``marking_suspended``: the uploader has lost the right to mark for now. ``order``: what a binding order says.
    ``prior_review_requested``: the right holder's request for prior review is active; ``urgent_suspended``: it has lost
    the right to it for now. ``without_block``: why no machine may hold or block here. ``public_already``: the upload is
    public at the time of the decision.
    """

    medium: Medium
    commercial: bool
    upload_amount: Amount | None = None
    work_kind: WorkKind
    work_flags: tuple[WorkFlag, ...] = ()
    evidence: MatchEvidence
    marks: tuple[Mark, ...] = ()
    no_block: bool = False
    licensed: bool = False
    marking_suspended: bool = False
    order: Availability | None = None
    prior_review_requested: bool = False
    urgent_suspended: bool = False
    without_block: WithoutBlock | None = None
    public_already: bool = False


class Decision(Value):
    """Which rule decided and what follows; ``doubt`` names the rule that the bare point value would have chosen.

    ``without_block``: why a rule that holds or blocks led to a warning only. ``grace``: how long what is public already
    stays so before the block.
    """

    rule: Rule
    outcome: Outcome
    doubt: Rule | None = None
    without_block: WithoutBlock | None = None
    grace: timedelta | None = None


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

ORDERED: Mapping[Availability, Outcome] = {
    Availability.PUBLIC: Outcome.CLEARED,
    Availability.PUBLIC_LIMITED: Outcome.WARNING,
    Availability.HELD: Outcome.PRIOR_REVIEW,
    Availability.BLOCKED: Outcome.PRESUMED_INFRINGING,
    Availability.WITHDRAWN: Outcome.PRESUMED_INFRINGING,
}
"""The outcome that comes nearest to an order, so that the same remedies stay open; rule and order say the rest."""

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


def _order(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return situation.order is not None


def _no_block(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return situation.no_block or situation.licensed


def _prior_review(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    """A flagged work whose right holder asked for it and may ask (product.md A5).

    Germany allows it for films and moving images only (UrhDaG s. 7(2) sentence 3), the United States not at all.
    """
    if not situation.work_flags or not situation.prior_review_requested or situation.urgent_suspended:
        return False
    if regime is None:
        return True
    kinds = regime.prior_review
    return kinds.available and (situation.work_kind in AUDIOVISUAL or not kinds.audiovisual_only)


def _marked(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return not situation.marking_suspended and any(
        mark_counts(mark, situation.medium, situation.evidence, standard, regime) for mark in situation.marks
    )


def mark_counts(
    mark: Mark, medium: Medium, evidence: MatchEvidence, standard: Standard, regime: Regime | None = None
) -> bool:
    """Whether a mark is valid under this standard and regime.

    A statutory exception has to be one of the regime's list. Where the standard presumes lawfulness by the share of the
    work, it makes the use lawful only within that share (UrhDaG ss. 9(2), 11); a licence, the public domain and one's
    own work are no matter of shares.
    """
    if mark.basis is not MarkBasis.STATUTORY_EXCEPTION:
        return True
    if regime is not None and mark.provision not in regime.provisions:
        return False
    return may_be_presumed(medium, evidence, standard)


def may_be_presumed(medium: Medium, evidence: MatchEvidence, standard: Standard) -> bool:
    """Whether the use is one that may be presumed lawful at all, once it is small or marked (UrhDaG s. 9(2)).

    It takes less than half of the work, unless it is an image, and the upload holds something else too. What the engine
    does not state speaks for the uploader; so does the low end of its interval. Without a presumption on the work: yes.
    """
    presumption = standard.presumption
    if presumption is None:
        return True
    whole = presumption.images_whole and medium is Medium.IMAGE
    taken, filled = evidence.share_of_work, _low_end(evidence)
    if not whole and taken is not None and taken >= presumption.less_than:
        return False
    return not presumption.combined or filled is None or filled < 1


def _low_end(evidence: MatchEvidence) -> Decimal | None:
    return evidence.share_of_upload if evidence.share_of_upload_low is None else evidence.share_of_upload_low


def _de_minimis(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    """At most 15 s, 160 characters or 125 kB, not commercial (product.md A2; UrhDaG s. 10).

    Where the engine gives no amount, the size of the whole upload serves as its upper bound.
    """
    if situation.commercial or not may_be_presumed(situation.medium, situation.evidence, standard):
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


def _overlap_limit(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
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


def _name_only(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return situation.evidence.names_only and (share is None or not standard.names.decide)


def _band_low(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return share is not None and share <= standard.bands.low


def _band_middle(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return share is not None and standard.bands.low < share < standard.bands.high


def _band_high(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> bool:
    return share is not None and share >= standard.bands.high


RULES: Mapping[Rule, Callable[[Situation, Standard, Decimal | None, Regime | None], bool]] = {
    Rule.ORDER: _order,
    Rule.NO_BLOCK: _no_block,
    Rule.PRIOR_REVIEW: _prior_review,
    Rule.MARKED: _marked,
    Rule.DE_MINIMIS: _de_minimis,
    Rule.OVERLAP_LIMIT: _overlap_limit,
    Rule.NAME_ONLY: _name_only,
    Rule.BAND_LOW: _band_low,
    Rule.BAND_MIDDLE: _band_middle,
    Rule.BAND_HIGH: _band_high,
}


def _first_rule(situation: Situation, standard: Standard, share: Decimal | None, regime: Regime | None) -> Rule:
    # No standard can leave out a binding order.
    for rule in (Rule.ORDER, *standard.rules):
        if RULES[rule](situation, standard, share, regime):
            return rule
    # Only a hit without a share can pass all bands, and a name without a share never restricts (row 7).
    return Rule.NAME_ONLY


def measured_share(evidence: MatchEvidence, standard: Standard) -> Decimal | None:
    """The share that the bands of the standard look at, of the upload or of the work (case.md, regime parameters).

    Of the upload it is the low end of the engine's interval, where there is one.
    """
    return evidence.share_of_work if standard.share_of is ShareOf.WORK else _low_end(evidence)


def decide(situation: Situation, standard: Standard, regime: Regime | None = None) -> Decision:
    """Apply the standard's rules in their order (case.md, "The decision"). ``regime``: the one that governs, if any.

    Shares count as the low end of the engine's interval where there is one. ``doubt`` is set when the point value
    would have chosen another rule; such a case is marked for audit.
    """
    evidence = situation.evidence
    rule = _first_rule(situation, standard, measured_share(evidence, standard), regime)
    doubt: Rule | None = None
    if evidence.share_of_upload_low is not None and evidence.share_of_upload_low != evidence.share_of_upload:
        point = evidence.model_copy(update={"share_of_upload_low": None})
        without_doubt = situation.model_copy(update={"evidence": point})
        by_point = _first_rule(without_doubt, standard, measured_share(point, standard), regime)
        doubt = by_point if by_point is not rule else None
    return _what_follows(situation, rule, doubt, regime)


def _what_follows(situation: Situation, rule: Rule, doubt: Rule | None, regime: Regime | None) -> Decision:
    if rule is Rule.ORDER and situation.order is not None:
        return of_checked(Decision, {"rule": rule, "outcome": ORDERED[situation.order], "doubt": doubt})
    outcome = OUTCOMES[rule]
    if ACTIONS[outcome] is Action.PUBLISH:
        return of_checked(Decision, {"rule": rule, "outcome": outcome, "doubt": doubt})
    if situation.without_block is not None:
        return Decision(rule=rule, outcome=Outcome.WARNING, doubt=doubt, without_block=situation.without_block)
    hours = regime.grace.hours if regime is not None and situation.public_already else 0
    grace = timedelta(hours=hours) if hours and ACTIONS[outcome] is Action.BLOCK else None
    return Decision(rule=rule, outcome=outcome, doubt=doubt, grace=grace)
