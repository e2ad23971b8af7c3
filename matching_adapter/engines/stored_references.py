"""Keeps an engine's references in step with a fingerprint store that other processes write to as well.

`StoredEngine` is what the engines for pictures, parts of pictures and films have in common around that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

from matching_adapter.port import (
    EngineInfo,
    Failed,
    FileReference,
    IndexReceipt,
    Json,
    Medium,
    WorkFile,
    config_digest,
    snapshot_of,
)
from matching_adapter.store import FingerprintStore, StoredFingerprint


class StoredReferences:
    """Fingerprints of works in a store, handed to an engine one by one as they come and go.

    `take` gets the id and the fingerprint of a work that is new or replaced, `drop` the id of one that is gone.
    """

    def __init__(
        self,
        engine: str,
        digest: str,
        store: FingerprintStore | None,
        *,
        take: Callable[[str, bytes], None],
        drop: Callable[[str], None],
    ) -> None:
        """Start before the first change; without a store the references live in memory only."""
        self._engine, self._digest = engine, digest
        self._store = store or FingerprintStore()
        self._take, self._drop = take, drop
        self._files: dict[str, str] = {}
        self._number = 0

    def put(self, batch: Sequence[WorkFile], extract: Callable[[FileReference], bytes | Failed]) -> list[IndexReceipt]:
        """Store the fingerprints of works whose file is not held yet; a work is as good as its last file that went in.

        `extract` answers with the fingerprint, or with the reason why there is none.
        """
        held = dict(self._store.held(self._engine, self._digest))
        receipts = []
        for work in batch:
            if held.get(work.work_id) != work.file.sha256:
                fingerprint = extract(work.file)
                if isinstance(fingerprint, Failed):
                    receipts.append(IndexReceipt(work.work_id, fingerprint.code, fingerprint.detail))
                    continue
                self.put_fingerprint(work.work_id, work.file.sha256, fingerprint)
                held[work.work_id] = work.file.sha256
            receipts.append(IndexReceipt(work.work_id))
        return receipts

    def put_fingerprint(self, work_id: str, sha256: str, fingerprint: bytes) -> None:
        """Store a fingerprint that was made before, of a file with that digest."""
        self._store.put(self._engine, self._digest, [StoredFingerprint(work_id, sha256, fingerprint)])

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works, for every process that uses the store."""
        self._store.remove(self._engine, self._digest, work_ids)

    def catch_up(self) -> str:
        """Hand on what changed in the store since the last time; return the id of exactly these references."""
        for change in self._store.changes_since(self._engine, self._digest, self._number):
            if change.fingerprint is None:
                self._files.pop(change.work_id, None)
                self._drop(change.work_id)
            else:
                self._files[change.work_id] = change.sha256
                self._take(change.work_id, change.fingerprint)
            self._number = change.number
        return snapshot_of(self._files)


class StoredEngine(ABC):
    """What engines have in common that measure shares by fingerprints kept in a store."""

    def __init__(
        self,
        name: str,
        version: str,
        medium: Medium,
        settings: Mapping[str, Json],
        limits: tuple[str, ...],
        store: FingerprintStore | None,
    ) -> None:
        """Start with the references of the store, or with none; the digest covers version and settings."""
        parameters: dict[str, Json] = {**settings, "version": version}
        self._digest = config_digest(parameters)
        self._info = EngineInfo(
            name=name,
            version=version,
            media=frozenset({medium}),
            methods=frozenset({"fingerprint"}),
            gives_share=True,
            gives_segments=True,
            parameters=parameters,
            config_digest=self._digest,
            limits=limits,
        )
        self._references = StoredReferences(name, self._digest, store, take=self._take, drop=self._drop)

    @abstractmethod
    def _extract(self, file: FileReference) -> bytes | Failed:
        """Return the fingerprint of a work's file, or the reason why there is none."""

    @abstractmethod
    def _take(self, work_id: str, fingerprint: bytes) -> None:
        """Hold a work that is new or replaced."""

    @abstractmethod
    def _drop(self, work_id: str) -> None:
        """Let go of a work, if it is held."""

    @property
    def info(self) -> EngineInfo:
        """Name, version, abilities and known limits."""
        return self._info

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a file without a fingerprint is answered with a reason and not added."""
        return self._references.put(batch, self._extract)

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        self._references.remove(work_ids)

    def snapshot(self) -> str:
        """Return an id of exactly these references."""
        return self._references.catch_up()
