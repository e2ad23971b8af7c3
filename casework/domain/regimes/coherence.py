"""Whether a published standard keeps to the law of its family: it may be stricter with the platform, never looser."""

from __future__ import annotations

from casework.domain.regimes.regimes import ContestWindow, Regime, Regimes
from casework.domain.standard.standard import Standard

DAYS_OF_LONGEST_MONTH = 31
DAYS_OF_SHORTEST_MONTH = 28


class Conflicting(ValueError):
    """A standard that the law of its family does not allow; ``keys`` are the keys of the standard that are wrong."""

    def __init__(self, standard: str, regime: str, keys: tuple[str, ...]) -> None:
        super().__init__(f"standard {standard} goes beyond what regime {regime} allows: {', '.join(keys)}")
        self.keys = keys


def conflicts(standard: Standard, regime: Regime) -> tuple[str, ...]:
    """The keys of the standard that are looser than the regime; none for a standard that keeps to it."""
    procedure, found = standard.procedure, []
    if standard.share_of is not regime.share.of:
        found.append("share_of")
    if _is_short(procedure.contest_window_days, procedure.contest_window_months, regime.contest_window):
        found.append("procedure.contest_window")
    if _is_short(procedure.challenge_window_days, procedure.challenge_window_months, regime.contest_window):
        found.append("procedure.challenge_window")
    if regime.ruling.most_days is not None and procedure.ruling_due_days > regime.ruling.most_days:
        found.append("procedure.ruling_due_days")
    return tuple(found)


def _is_short(days: int | None, months: int | None, window: ContestWindow) -> bool:
    """Whether a window could end before the law lets it end. Days count as months only where no month is longer."""
    most_months = months or 0
    if window.least_months is not None:
        needed = window.least_months * DAYS_OF_LONGEST_MONTH
        return days < needed if days is not None else most_months < window.least_months
    if window.least_days is not None:
        least_of_months = most_months * DAYS_OF_SHORTEST_MONTH
        return days < window.least_days if days is not None else least_of_months < window.least_days
    return False


def check_standard(standard: Standard, regimes: Regimes) -> None:
    """Refuse a standard of a family without a regime (``ValueError``) and one that is too loose (``Conflicting``)."""
    known = regimes.of_family(standard.regime)
    if not known:
        raise ValueError(f"standard {standard.id} is written for {standard.regime}, which has no regime file")
    for regime in known:
        keys = conflicts(standard, regime)
        if keys:
            raise Conflicting(standard.id, regime.id, keys)
