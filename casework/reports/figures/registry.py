"""The registry: every figure of a report, in the order in which reports show them, and how they are computed.

HTML, PDF, JSON, CSV, the reference page and verification read from here. Figures of procedures that the product does
not have yet are not listed; a figure enters with its procedure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from casework.reports.figures.building import filled
from casework.reports.figures.identities import IDENTITIES, check
from casework.reports.figures.of_appeals import APPEALS
from casework.reports.figures.of_audit import AUDIT
from casework.reports.figures.of_course import COURSE, WAITING
from casework.reports.figures.of_decisions import DECISIONS, FILTERING, MARKS
from casework.reports.figures.of_fees import FEES
from casework.reports.figures.of_filter_requests import FILTER_REQUESTS
from casework.reports.figures.of_notices import COUNTER_NOTICES, NOTICES, WARNINGS
from casework.reports.figures.of_oversight import ABUSE, OUTSIDE, PRIOR_REVIEW
from casework.reports.figures.of_personal_data import PERSONAL_DATA
from casework.reports.figures.of_review import REVIEW
from casework.reports.figures.of_screening import SCREENING
from casework.reports.figures.of_times import TIMES
from casework.reports.figures.values import Figure, Inputs, Row, Value
from casework.views.models.figures_ledger import Extract

REGISTRY: tuple[Figure, ...] = (
    *SCREENING, *DECISIONS, *COURSE, *FILTERING, *WARNINGS, *PRIOR_REVIEW, *NOTICES, *COUNTER_NOTICES, *APPEALS, *TIMES,
    *WAITING, *REVIEW, *MARKS,
    *FILTER_REQUESTS, *FEES, *ABUSE, *OUTSIDE, *PERSONAL_DATA, *AUDIT,
)  # fmt: skip
BY_ID: Mapping[str, Figure] = {figure.id: figure for figure in REGISTRY}
VERSION = max(figure.since for figure in REGISTRY)
"""Of the registry: which figures a report has to have. A figure that is new is ``since`` the next one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one report, by id with the cell filled in, in the order of the registry."""

    rows: Mapping[str, Row]

    def __getitem__(self, key: str) -> Value:
        return self.rows[key].value

    def cells(self, identifier: str) -> Mapping[str, Value]:
        """The values of a breakdown by cell."""
        return {
            row.cell: row.value for row in self.rows.values() if row.figure.id == identifier and row.cell is not None
        }


def compute(extract: Extract, as_of: datetime, zone: tzinfo) -> Figures:
    """Every figure of the period, with all identities checked. Raises ``IdentityBroken``."""
    values: dict[str, Value] = {}
    inputs = Inputs(extract, as_of, zone, values)
    rows: dict[str, Row] = {}
    for figure in REGISTRY:
        for cell, value in measured(figure, inputs).items():
            row = Row(figure, cell, value)
            rows[row.key], values[row.key] = row, value
    figures = Figures(rows)
    check(rows, REGISTRY, IDENTITIES)
    return figures


def measured(figure: Figure, inputs: Inputs) -> Mapping[str | None, Value]:
    """One figure by its cells, or by ``None`` when it has none."""
    if figure.breakdown is not None:
        found = filled(figure.breakdown(inputs), figure.cells)
        return {cell: Value(amount) for cell, amount in found.items()}
    if figure.measures is not None:
        return {str(cell): value for cell, value in figure.measures(inputs).items()}
    if figure.measure is None:
        raise ValueError(f"{figure.id} has no measure")
    return {None: figure.measure(inputs)}
