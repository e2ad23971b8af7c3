"""The eleven CSV files of the harmonised templates as data: their names, headers and row keys, to the letter.

Source: Implementing Regulation (EU) 2024/2835, Annex I. Stray spaces in headers and keys are the regulation's own.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

PERIOD_TO_FILL = "YYYY-MM-DD/YYYY-MM-DD"
DAY_TO_FILL = "YYYY-MM-DD"
TEXTS_TO_FILL = ("Text", "Free text", 'Text to detail the "Other" keyword.', DAY_TO_FILL)
REST = ("[...]", "[…]")
"""Stands in a template for all further languages or states."""

PARTS: tuple[str, ...] = (
    "part_1_summary",
    "part_2_categories_names",
    "part_3_member_states_orders",
    "part_4_notices",
    "part_5_own_initiative_illegal",
    "part_6_own_initiative_TC",
    "part_7_appeals_and_recidivism",
    "part_8_automated_means",
    "part_9_human_resources",
    "part_10_AMAR",
    "part_11_qualitative",
)
"""The names of the files, without ``.csv``, in their order."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its name without ``.csv``, its header, its rows."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}.csv"

    def column(self, name: str) -> int:
        """The place of a column. Raises ``ValueError``."""
        return self.header.index(name)

    @property
    def keys(self) -> tuple[int, ...]:
        """The columns whose cells name the row and are not filled in."""
        named = ("Applicability", "Category label", "Category description", "Section", "Indicator", "Scope")
        return tuple(
            place for place, name in enumerate(self.header) if name in named or name.startswith("Category of ")
        )

    @property
    def is_by_category(self) -> bool:
        """Whether there is a row for each category of content, and one for all of them."""
        return self.name in PARTS[2:6]


@cache
def template(name: str) -> Sheet:
    """The template of a part."""
    file = resources.files("casework.reports.dsa") / "templates" / f"{name}.csv"
    return read_sheet(name, file.read_text("utf-8"))


def read_sheet(name: str, text: str) -> Sheet:
    """Read CSV. Raises ``ValueError`` for a file without a header and ``csv.Error`` for one that is no CSV."""
    rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    if not rows:
        raise ValueError("the file is empty")
    return Sheet(name, rows[0], tuple(rows[1:]))


def write_sheet(sheet: Sheet) -> bytes:
    """As RFC 4180 has it: lines end in CR LF, cells are quoted where they must be; UTF-8 without a mark."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(sheet.header)
    writer.writerows(sheet.rows)
    return target.getvalue().encode()


def is_category(code: str) -> bool:
    """Whether a code names a category that keywords divide further."""
    return code.startswith("STATEMENT_CATEGORY_")
