"""What pages and API show of a ledger or record: every fact with its words, for those who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.application import Casework
from casework.domain.facts import Event
from casework.domain.values import VaultReference
from casework.eventlog.codec import Recorded

HIDDEN = frozenset({"party", "side", "work"})
"""Fields that say of whom the ledger is, which the reader knows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact. ``words`` is ``None`` where there are none, or none any more (``erased``).

    ``receipt``: the code of a step of the party itself, for that party alone.
    """

    event: Event
    name: str
    at: datetime
    by: str
    words: str | None
    erased: bool
    receipt: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The fields of the fact as plain data, without its words."""
        hidden = {*HIDDEN, *_words_of(self.event)}
        return self.event.model_dump(mode="json", exclude=hidden, exclude_none=True)


def entries(casework: Casework, history: Sequence[Recorded]) -> tuple[Entry, ...]:
    """The facts in their order; one look into the vault for all of them."""
    references = [reference for one in history for reference in _words_of(one.event).values()]
    opened = casework.vault.open_many(references) if references else {}
    found = []
    for one in history:
        words = [opened.get(reference.id) for reference in _words_of(one.event).values()]
        text = words[0].content.decode("utf-8", "replace") if words and words[0] is not None else None
        name = one.event.TOPIC.partition(".")[2]
        receipt = casework.receipts.of_own(one, one.by.role)
        erased = bool(words) and text is None
        found.append(Entry(one.event, name, one.recorded, one.by.id, text, erased=erased, receipt=receipt))
    return tuple(found)


def _words_of(event: Event) -> dict[str, VaultReference]:
    return {
        name: value for name in type(event).model_fields if isinstance(value := getattr(event, name), VaultReference)
    }
