"""What a verification found: differences, each with its kind and place, and remarks on what was and was not checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from casework_verify.comparison import FORM, NEWER, Difference

LOG, CHECKPOINT, SIGNATURE, STATEMENT, ROOT, PARTS = (
    "log_missing", "checkpoint_differs", "signature_wrong", "report_changed", "root_differs", "parts_differ",
)  # fmt: skip
SHORT, LEFT_OUT, PREVIOUS, WITNESS, RECEIPT = (
    "facts_missing", "fact_left_out", "consistency_differs", "witness_missing", "receipt_differs",
)  # fmt: skip
LEFT_OUT_BEFORE = "fact_left_out_before"
BEGINNING = "facts_end_early"
PDF, FILE, EVENT = "pdf_signature_wrong", "file_differs", "event_differs"

MATCH, UNREADABLE, DIFFERS = 0, 2, 5
"""Exit codes."""


class Remark(NamedTuple):
    """Something that a reader should know and that is no difference, such as a key that was taken on trust."""

    kind: str
    values: dict[str, Any]


@dataclass
class Findings:
    """Everything that was found. ``facts`` and ``figures`` say how many were counted again."""

    differences: list[Difference] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    facts: int = 0
    figures: int = 0

    @property
    def exit_code(self) -> int:
        """0 when all matches, 5 when something differs, 2 when the report cannot be read or is of later rules."""
        kinds = {one.kind for one in self.differences}
        if FORM in kinds or kinds == {NEWER}:
            return UNREADABLE
        return DIFFERS if self.differences else MATCH

    def differ(
        self, kind: str, where: str, reported: Any = None, recomputed: Any = None, fact: int | None = None
    ) -> None:
        """Note a difference."""
        self.differences.append(Difference(kind, where, reported, recomputed, fact))

    def remark(self, kind: str, **values: Any) -> None:
        """Note a remark."""
        self.remarks.append(Remark(kind, values))

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "match": not self.differences,
            "facts": self.facts,
            "figures": self.figures,
            "differences": [one._asdict() for one in self.differences],
            "remarks": [{"kind": one.kind, **one.values} for one in self.remarks],
        }
