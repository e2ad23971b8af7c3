"""Checks that what a receipt stands for is in the log that a report was computed from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casework_verify.checkpoints import Ties
from casework_verify.findings import RECEIPT, Findings
from casework_verify.notes import NoNote, decoded, read_head, read_note
from casework_verify.tree import Leaves, includes, leaf_hash


def check_receipt(receipt: Mapping[str, Any], ties: Ties, leaves: Leaves, found: Findings) -> None:
    """``receipt``: the answer of ``/api/v1/log/receipt/CODE``. Which fact a code belongs to only the platform knows."""
    try:
        fact, index, proof = str(receipt["fact"]).encode(), receipt["index"], receipt["proof"]
        note = read_note(receipt["checkpoint"])
        head = read_head(note.text)
        steps = [decoded(step) for step in proof]
        number = int(index)
        if number < 0:
            raise ValueError("no fact has a number below 0")
    except (NoNote, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        found.differ(RECEIPT, "receipt", None, f"{type(error).__name__}: {error}")
        return
    where, leaf = f"receipt of fact {number}", leaf_hash(fact)
    if head.origin != ties.head.origin or not any(note.by(key) for key in ties.trusted):
        found.differ(RECEIPT, where, None, "its checkpoint is not signed by the key of this log")
    if None in steps or not includes(leaf, number, head.size, [step for step in steps if step is not None], head.root):
        found.differ(RECEIPT, where, None, "its proof does not lead to its checkpoint")
    if number >= ties.head.size:
        found.remark("receipt_later", fact=number, size=ties.head.size)
        return
    hashes = leaves.hashes(number + 1)
    if len(hashes) <= number or hashes[number] != leaf:
        found.differ(RECEIPT, where, None, "the facts have something else in its place", number)
    else:
        found.remark("receipt_counted", fact=number)
