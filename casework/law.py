"""The law that this installation works under: the regimes it knows, the one that the platform chose, the calendars.

Built once from the settings and handed to whoever needs it. The choice has no default: China's three rules on the wait
after a counter-notice conflict, so that nothing may choose in silence (case.md, "Regime parameters").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

from casework.domain.calendars import Calendar
from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.regimes.coherence import check_standard
from casework.domain.regimes.regimes import CalendarName, Regime, Regimes, read_regime
from casework.domain.standard.standard import DEFAULT_FAMILY, Standard, Standards, read_standard
from casework.working_days import calendars


class RegimeUnknown(ValueError):
    """The chosen regime is none of the known ones."""

    def __init__(self, identifier: str, known: Iterable[str]) -> None:
        super().__init__(f"the regime {identifier!r} is not known; choose one of {', '.join(sorted(known))}")


@dataclass(frozen=True, slots=True)
class Law:
    """``chosen``: the id of the regime that the platform chose, or ``None`` while it has not."""

    regimes: Regimes
    chosen: str | None = None
    calendars: Mapping[CalendarName, Calendar] = field(default_factory=calendars)

    def __post_init__(self) -> None:
        if self.chosen is not None and self.chosen not in self.regimes.by_id:
            raise RegimeUnknown(self.chosen, self.regimes.by_id)

    @property
    def family(self) -> str:
        """The family whose standards count: that of the chosen regime, China's while none is chosen."""
        return DEFAULT_FAMILY if self.chosen is None else self.regimes.family_of(self.chosen)

    @property
    def is_open(self) -> bool:
        """Whether a choice is still due: nothing is chosen and the family that counts has several regimes."""
        return self.chosen is None and len(self.regimes.of_family(self.family)) != 1

    def regime_of(self, standard: Standard) -> Regime | None:
        """The regime of a case decided under the standard; ``None`` where the choice is still due."""
        return self.regimes.of(standard, self.chosen)

    def calendar_of(self, regime: Regime) -> Calendar:
        """The days that count as working days under the regime."""
        return self.calendars[regime.calendar]

    def regime_of_case(self, case: Case, standard: Standard) -> Regime | None:
        """The regime that governs the case: an open notice ends under the one that it, or its answer, began under.

        Otherwise the platform's present one, ``None`` where its choice is still due.
        """
        notice = case.notice
        if notice is not None and notice.ended_at is None:
            begun = notice.regime if notice.counter_notice is None else notice.counter_notice.regime
            if begun in self.regimes.by_id:
                return self.regimes.by_id[begun]
        return self.regime_of(standard)

    def terms_of(self, case: Case, standard: Standard) -> Terms:
        """What the clocks of the case are computed from."""
        regime = self.regime_of_case(case, standard)
        if regime is None:
            return Terms(standard)
        return Terms(standard, regime, self.calendar_of(regime))


# The parts of one process read the same texts again: the worker five times, the tests thousands of times.
_regime = lru_cache(maxsize=64)(read_regime)
_standard = lru_cache(maxsize=64)(read_standard)


def read_law(chosen: str | None = None, directory: Path | None = None) -> Law:
    """The shipped regimes and those of the platform. Raises ``ValueError`` or ``OSError`` for one that is wrong."""
    shipped = resources.files("casework.domain.regimes") / "published"
    documents = [file.read_text("utf-8") for file in shipped.iterdir() if file.name.endswith(".toml")]
    if directory is not None:
        documents += [file.read_text("utf-8") for file in sorted(directory.glob("*.toml"))]
    return Law(Regimes(_regime(document) for document in documents), chosen)


def read_standards(law: Law, directory: Path | None = None) -> Standards:
    """The shipped standards and those of the platform, each checked against the regimes of its family.

    Raises ``ValueError`` or ``OSError`` for one that is wrong or looser than the law.
    """
    shipped = resources.files("casework.domain.standard") / "published"
    documents = [file.read_text("utf-8") for file in shipped.iterdir() if file.name.endswith(".toml")]
    if directory is not None:
        documents += [file.read_text("utf-8") for file in sorted(directory.glob("*.toml"))]
    published = [_standard(document) for document in documents]
    for standard in published:
        check_standard(standard, law.regimes)
    standards = Standards(published, law.family)
    if not standards.of_family(law.family):
        raise ValueError(f"no standard is published for {law.family}, the family of the chosen regime")
    return standards
