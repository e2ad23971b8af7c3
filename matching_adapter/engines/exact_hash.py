"""The exact engine: an upload that is, byte for byte, a reference file. It can tell nothing less."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from matching_adapter.engines.stored_references import StoredReferences
from matching_adapter.measuring import amount_of, text_of
from matching_adapter.opening import opened
from matching_adapter.port import (
    Amount,
    EngineInfo,
    Failed,
    FileReference,
    IndexReceipt,
    Json,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Segment,
    UploadFile,
    WorkFile,
    config_digest,
)
from matching_adapter.store import FingerprintStore

NAME = "exact-hash"
VERSION = "1.0.0"
LIMITS = ("One changed byte, another encoding or a new title in the metadata makes another file.",)

_PARAMETERS: dict[str, Json] = {"algorithm": "sha-256"}
_DIGEST = config_digest(_PARAMETERS)
_STORED_AS = config_digest({**_PARAMETERS, "version": VERSION})
_CHUNK = 1 << 20


class ExactHashEngine:
    """Finds whole files by SHA-256, of every medium; holds only the digests of its references."""

    def __init__(self, *, store: FingerprintStore | None = None) -> None:
        """Start with the references of the store, or with none."""
        self._works: dict[str, list[str]] = {}
        self._digests: dict[str, str] = {}
        self._references = StoredReferences(NAME, _STORED_AS, store, take=self._take, drop=self._drop)

    @property
    def info(self) -> EngineInfo:
        """Name, version and abilities."""
        return EngineInfo(
            name=NAME,
            version=VERSION,
            media=frozenset({"text", "audio", "image", "video"}),
            methods=frozenset({"hash"}),
            gives_share=True,
            gives_segments=True,
            parameters=_PARAMETERS,
            config_digest=_DIGEST,
            limits=LIMITS,
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a file that cannot be read is answered with a reason and not added."""
        return self._references.put(batch, _fingerprint_of)

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        self._references.remove(work_ids)

    def snapshot(self) -> str:
        """Return an id of exactly these references."""
        return self._references.catch_up()

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        snapshot = self.snapshot()
        return [self._outcome(upload, snapshot) for upload in batch]

    def _take(self, work_id: str, fingerprint: bytes) -> None:
        self._drop(work_id)
        digest = fingerprint.hex()
        self._digests[work_id] = digest
        self._works.setdefault(digest, []).append(work_id)

    def _drop(self, work_id: str) -> None:
        digest = self._digests.pop(work_id, None)
        if digest is not None:
            self._works[digest].remove(work_id)
            if not self._works[digest]:
                del self._works[digest]

    def _outcome(self, upload: UploadFile, snapshot: str) -> MatchOutcome:
        digest = _digest_of(upload.file)
        if isinstance(digest, Failed):
            return digest
        works = sorted(self._works.get(digest, ()))
        if not works:
            return NoMatch(NAME, VERSION, snapshot)
        try:
            amount, segments = amount_of(upload.file), _whole_file(upload.file)
        except OSError as error:
            return Failed(NAME, "unreadable", f"{upload.file.name}: {error.strerror}", retryable=True)
        return Matched(tuple(_evidence(work_id, snapshot, amount, segments) for work_id in works))


def _evidence(work_id: str, snapshot: str, amount: Amount, segments: tuple[Segment, ...]) -> MatchEvidence:
    return MatchEvidence(
        work_id=work_id,
        method="hash",
        engine=NAME,
        engine_version=VERSION,
        config_digest=_DIGEST,
        index_snapshot=snapshot,
        share_of_upload=Decimal(1),
        share_of_work=Decimal(1),
        amount=amount,
        segments=segments,
        confidence=Decimal(1),
        track="file",
    )


def _whole_file(file: FileReference) -> tuple[Segment, ...]:
    """Return the whole file as one segment, in the unit of its medium; none where its length is not known."""
    length: int | Decimal | None = None
    if file.media_type == "text/plain":
        length = len(text_of(file.path) or "")
    elif file.medium == "image":
        length = file.size
    elif file.medium in ("audio", "video"):
        length = amount_of(file).seconds
    return (Segment(0, length, 0, length, Decimal(1)),) if length else ()


def _fingerprint_of(file: FileReference) -> bytes | Failed:
    digest = _digest_of(file)
    return digest if isinstance(digest, Failed) else bytes.fromhex(digest)


def _digest_of(file: FileReference) -> str | Failed:
    """Hash the file as it is now; what was inspected earlier may have been changed since."""
    digest = hashlib.sha256()
    try:
        with opened(file.path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        return Failed(NAME, "unreadable", f"{file.name}: {error.strerror}", retryable=True)
    if digest.hexdigest() != file.sha256:
        return Failed(NAME, "changed", f"{file.name} was changed after it was inspected", retryable=True)
    return digest.hexdigest()
