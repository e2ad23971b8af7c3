"""Words of the parties, opened from the vault once for a whole answer, for those alone who may read them."""

from __future__ import annotations

from collections.abc import Iterable

from casework.application import Casework
from casework.domain.facts import Role
from casework.domain.values import VaultReference

SEES_WORDS = (Role.UPLOADER, Role.RIGHT_HOLDER, Role.REVIEWER, Role.INTAKE, Role.COMPLIANCE)
"""Who reads what the parties wrote: they themselves, and the staff that decides. Not engineers, not oversight."""


class Words:
    """Opened words by reference; nothing is opened for who may not read them."""

    def __init__(self, casework: Casework, references: Iterable[VaultReference], *, allowed: bool) -> None:
        self._opened = casework.vault.open_many(references) if allowed else {}

    def content(self, reference: VaultReference | None) -> bytes | None:
        """The bytes; ``None`` when there are none, or no longer, or not for this caller."""
        opened = None if reference is None else self._opened.get(reference.id)
        return None if opened is None else opened.content

    def text(self, reference: VaultReference | None) -> str | None:
        """The same as text."""
        content = self.content(reference)
        return None if content is None else content.decode()
