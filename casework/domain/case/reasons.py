"""Statements of reasons for what restricts an upload after the decision: why it holds, and where help is to be had.

Every step into ``held``, ``public_limited`` or ``blocked`` carries one in the same transaction (invariant 2), and no
step is without the doors outside the platform (product.md C6).
"""

from __future__ import annotations

from collections.abc import Sequence

from casework.domain.case.circumstances import Circumstances
from casework.domain.case.state import Case
from casework.domain.values import Availability, Remedy, Rule, StatementOfReasons

RESTRICTED = (Availability.HELD, Availability.PUBLIC_LIMITED, Availability.BLOCKED)
"""What needs reasons; a withdrawal is the uploader's own."""

URGENT_BASIS = "DE_URHDAG_14_4"
"""UrhDaG s. 14(4): the only provision of a shipped regime that knows an urgent block."""


def outside_remedies(circumstances: Circumstances) -> tuple[Remedy, ...]:
    """The doors outside the platform that the regime names; those of China's regimes while none is chosen."""
    regime = circumstances.regime
    return (Remedy.AUTHORITY, Remedy.COURT) if regime is None else regime.remedies.outside


def reasons_by_rule(
    case: Case, availability: Availability, circumstances: Circumstances, remedies: Sequence[Remedy] = ()
) -> StatementOfReasons | None:
    """The reasons of the filtering decision, where they hold again; ``None`` where nothing is restricted."""
    if availability not in RESTRICTED:
        return None
    return StatementOfReasons(
        measure=availability,
        standard=case.decision.standard,
        rule=case.decision.own_rule,
        remedies=(*remedies, *outside_remedies(circumstances)),
    )


def reasons_on_bases(
    case: Case,
    availability: Availability,
    circumstances: Circumstances,
    bases: tuple[str, ...],
    remedies: Sequence[Remedy] = (),
) -> StatementOfReasons | None:
    """Reasons that rest on provisions or grounds by their codes; ``None`` where nothing is restricted."""
    if availability not in RESTRICTED:
        return None
    return StatementOfReasons(
        measure=availability,
        standard=case.decision.standard,
        bases=bases,
        remedies=(*remedies, *outside_remedies(circumstances)),
    )


def reasons_of_order(case: Case, availability: Availability, circumstances: Circumstances) -> StatementOfReasons | None:
    """What a court, an authority or an external body says restricts the upload; ``None`` where it does not."""
    if availability not in RESTRICTED:
        return None
    return StatementOfReasons(
        measure=availability,
        standard=case.decision.standard,
        rule=Rule.ORDER,
        remedies=outside_remedies(circumstances),
    )


def own_reasons(
    case: Case, availability: Availability, circumstances: Circumstances, *, notice_over: bool = False
) -> StatementOfReasons | None:
    """Why the platform itself restricts the upload: an urgent block, a ruling, a notice, or the decision.

    ``notice_over``: the notice, if there is one, ends with this step or was never accepted.
    """
    if availability is Availability.BLOCKED and case.under_appeal and case.appeals[-1].urgent:
        return reasons_on_bases(case, availability, circumstances, (URGENT_BASIS,))
    ruling = case.ruling
    if ruling is not None and ruling.statement_of_reasons is not None and ruling.availability is availability:
        return ruling.statement_of_reasons
    notice = None if notice_over else case.notice
    if notice is not None and notice.accepted_at is not None and notice.ended_at is None:
        return reasons_on_bases(case, availability, circumstances, ())
    return reasons_by_rule(case, availability, circumstances)


def reasons_that_hold(case: Case, circumstances: Circumstances) -> StatementOfReasons | None:
    """Why the case is restricted as it stands: by an order, or by the platform's own measure."""
    if case.order is not None:
        return reasons_of_order(case, case.availability, circumstances)
    return own_reasons(case, case.availability, circumstances)
