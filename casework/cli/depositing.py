"""How `casework match` lays the files that it compared beside the cases that it opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from casework.cli.taking_in import ACTOR
from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Refused
from casework.errors import Invalid
from casework.steps.media import deposit

if TYPE_CHECKING:
    from casework.cli.decision_files import Entry
    from casework.intake import Answer
    from casework.parts import Parts

Files = dict[MediaSide, Path]


class Depositing:
    """Remembers the files of each decision until it is answered, then lays them beside its case."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waiting: dict[int, Files] = {}
        self.deposited = 0

    def expect(self, number: int, upload: Path, work: Path) -> None:
        """The files of the entry of this number."""
        self._waiting[number] = {MediaSide.UPLOAD: upload, MediaSide.WORK: work}

    def answered(self, entry: Entry, answer: Answer) -> None:
        """Lay them down, also beside a case that is there already. What cannot be is told; the decision stands."""
        files = self._waiting.pop(entry.number, {})
        if answer.case_id is None or answer.status == "refused":
            return
        parts, most = self._parts, self._parts.settings.most_media_bytes
        for side, path in files.items():
            try:
                handled = deposit(parts.casework, parts.previews, answer.case_id, ACTOR, side, path, limit_bytes=most)
            except Invalid as invalid:
                told = "; ".join(error.detail for error in invalid.errors)
                click.echo(f"{side.value} {path.name}: not laid beside the case: {told}", err=True)
            except Refused as refused:
                click.echo(f"{side.value} {path.name}: not laid beside the case: {refused.code}", err=True)
            else:
                self.deposited += len(handled.events)
