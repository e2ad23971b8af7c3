"""Public words and files by their digest: what events name by SHA-256, kept for good and the same for everybody.

Nothing of persons lies here: words of parties and of officers about one another are in the vault, where they can be
erased. What lies here is checked against its name whenever it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.views.models.columns import insert_into

_METADATA = sa.MetaData()
_CONTENTS = sa.Table(
    "contents",
    _METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


class DamagedContent(Exception):
    """What is kept under a digest is not what was put there."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"the content {digest} is not what was kept")


def digest_of(content: bytes) -> str:
    """The name of a content: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class Contents:
    """The table of contents."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Keep all of these, durably; their digests in the same order. What is there already stays as it is."""
        digests = [digest_of(content) for content in contents]
        with writing(self._engine) as connection:
            for digest, content in dict(zip(digests, contents, strict=True)).items():
                row = {"digest": digest, "content": content}
                connection.execute(insert_into(connection, _CONTENTS).values(row).on_conflict_do_nothing())
        return digests

    def get(self, digest: str) -> bytes | None:
        """The content of this name, if it is here. Raises ``DamagedContent``."""
        return self.get_many([digest]).get(digest)

    def get_many(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by digest; what is not here is missing. Raises ``DamagedContent``."""
        wanted = sa.select(_CONTENTS).where(_CONTENTS.c.digest.in_(sorted(set(digests))))
        with self._engine.connect() as connection:
            found = {row.digest: bytes(row.content) for row in connection.execute(wanted)}
        for digest, content in found.items():
            if digest_of(content) != digest:
                raise DamagedContent(digest)
        return found
