"""What external engines call the platform's uploads and works: told by the platform, looked up when a result comes in.

An engine names things in its own way and knows no uploader and no right holder. What belongs to a reference lies in the
vault under the person it is about, and is forgotten together with that person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.domain.case.intake import SubmittedUpload, SubmittedWork
from casework.domain.values import VaultReference
from casework.eventlog.clock import Clock
from casework.eventlog.vault import Vault
from casework.views.models.columns import Moment, insert_into

_CHUNK = 500
"""Ids looked up by one statement."""

_METADATA = sa.MetaData()
_REFERENCES = sa.Table(
    "engine_references",
    _METADATA,
    sa.Column("engine", sa.String(50), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("reference", sa.String(200), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)


class ReferenceKind(StrEnum):
    """What a reference is for."""

    UPLOAD = "upload"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Reference:
    """The engine's name for an upload or a work, and what the decision format says of it."""

    name: str
    content: SubmittedUpload | SubmittedWork

    @property
    def kind(self) -> ReferenceKind:
        """What it is for."""
        return ReferenceKind.UPLOAD if isinstance(self.content, SubmittedUpload) else ReferenceKind.WORK


class EngineReferences:
    """The table of references."""

    def __init__(self, engine: Engine, vault: Vault, clock: Clock) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock

    def put(self, engine: str, references: Sequence[Reference]) -> None:
        """Keep these, durably; the last word on a reference counts."""
        if not references:
            return
        prepared = [self._vault.prepare(self._subject(one), _written(one), "application/json") for one in references]
        self._vault.store(prepared)
        now = self._clock.now()
        with writing(self._engine) as connection:
            for one, kept in zip(references, prepared, strict=True):
                content = kept.reference.model_dump()
                keys = {"engine": engine, "kind": one.kind.value, "reference": one.name}
                insert = insert_into(connection, _REFERENCES).values(**keys, content=content, changed_at=now)
                changed = {"content": content, "changed_at": now}
                connection.execute(insert.on_conflict_do_update(index_elements=list(keys), set_=changed))

    def upload(self, engine: str, name: str) -> SubmittedUpload | None:
        """The upload of this name; ``None`` where nobody has told of it, or its uploader was erased."""
        found = self._find(engine, ReferenceKind.UPLOAD, [name]).get(name)
        return None if found is None else SubmittedUpload.model_validate_json(found)

    def works(self, engine: str, names: Sequence[str]) -> Mapping[str, SubmittedWork]:
        """The works of these names; unknown ones are missing."""
        found = self._find(engine, ReferenceKind.WORK, names)
        return {name: SubmittedWork.model_validate_json(content) for name, content in found.items()}

    def uploads_of(self, party: str) -> Mapping[str, Sequence[str]]:
        """By engine, what it calls the uploads of a person who is still known."""
        found: dict[str, list[str]] = {}
        for row in self._rows_of(party):
            if row.kind == ReferenceKind.UPLOAD.value:
                found.setdefault(row.engine, []).append(row.reference)
        return found

    def forget(self, party: str) -> None:
        """Take away what engines call the uploads and works of a person; before what it points at is erased."""
        columns = _REFERENCES.c
        rows = self._rows_of(party)
        with writing(self._engine) as connection:
            for row in rows:
                here = (columns.engine == row.engine, columns.kind == row.kind, columns.reference == row.reference)
                connection.execute(sa.delete(_REFERENCES).where(*here))

    def _rows_of(self, party: str) -> Sequence[Any]:
        columns, kept = _REFERENCES.c, sorted(self._vault.items_of(party))
        found: list[Any] = []
        with self._engine.connect() as connection:
            for start in range(0, len(kept), _CHUNK):
                mine = columns.content["id"].as_string().in_(kept[start : start + _CHUNK])
                asked = sa.select(columns.engine, columns.kind, columns.reference).where(mine)
                found += connection.execute(asked).all()
        return found

    def _find(self, engine: str, kind: ReferenceKind, names: Sequence[str]) -> dict[str, bytes]:
        columns = _REFERENCES.c
        asked = sa.select(columns.reference, columns.content).where(
            columns.engine == engine, columns.kind == kind.value, columns.reference.in_(sorted(set(names)))
        )
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        kept = {row.reference: VaultReference.model_validate(row.content) for row in rows}
        opened = self._vault.open_many(kept.values())
        return {name: opened[one.id].content for name, one in kept.items() if one.id in opened}

    def _subject(self, one: Reference) -> str:
        if isinstance(one.content, SubmittedUpload):
            return self._vault.pseudonym("up", one.content.uploader_id)
        return self._vault.pseudonym("rh", one.content.right_holder_id)


def _written(one: Reference) -> bytes:
    return one.content.model_dump_json(exclude_none=True).encode()
