"""Write docs/reference/figures.md from the registry of figures; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from casework.reports.figures.identities import IDENTITIES
from casework.reports.figures.labels import LABELS
from casework.reports.figures.registry import REGISTRY
from casework.reports.figures.values import Figure

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "figures.md"
HEAD = """# Figures of the transparency report

This page is made from the registry in `casework/reports/figures/` by `python -m scripts.figures_reference`.

Counts are whole numbers. Shares, hours, coefficients and amounts of money are computed exactly and rounded half up to
six places; in the JSON and CSV files they are decimal strings. *Flow* figures count what occurred in the period,
*cohort* figures follow the period's decisions or appeals to what had become of them by T, *state* figures say what
stands at a moment. A part of a key in braces stands for a cell.
"""

IDENTITIES_HEAD = """## Identities

Checked at every generation; a breach refuses the report. Beside these, the cells of each breakdown add up to the figure
named with it, no count is negative and no share has more parts than its whole.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    group = ""
    for figure in REGISTRY:
        if figure.id.split(".")[0] != group:
            group = figure.id.split(".")[0]
            parts.append(f"## {group}\n")
        parts.append(_entry(figure))
    parts.append(IDENTITIES_HEAD)
    parts.append("\n".join(f"- {identity.name}" for identity in IDENTITIES) + "\n")
    return "\n".join(parts)


def _entry(figure: Figure) -> str:
    events = ", ".join(f"`{event.TOPIC}`" for event in figure.reads)
    facts = [f"{figure.scope.value}, {figure.unit.value}, version {figure.version}", f"reads {events}"]
    if figure.whole is not None:
        parts = " + ".join(f"`{part}`" for part in figure.parts)
        facts.append(f"{parts} divided by `{figure.whole}`" if parts else f"masked where `{figure.whole}` is")
    if figure.interval is not None:
        facts.append(f"interval: {figure.interval}")
    if figure.parent is not None:
        facts.append(f"adds up to `{figure.parent}`")
    if figure.dimension in LABELS:
        facts.append("cells: " + ", ".join(f"`{cell}`" for cell in figure.cells))
    lines = [f"### `{figure.id}`", "", f"{figure.label.en} · {figure.label.zh}", "", figure.definition.en, ""]
    return "\n".join([*lines, figure.definition.zh, "", *(f"- {fact}" for fact in facts), ""])


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
