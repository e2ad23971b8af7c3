"""The exact engine: an upload that is, byte for byte, a reference file. It can tell nothing less."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from matching_adapter.measuring import amount_of, text_of
from matching_adapter.port import (
    Amount,
    EngineInfo,
    Failed,
    FileReference,
    IndexReceipt,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Segment,
    UploadFile,
    WorkFile,
    config_digest,
    snapshot_of,
)

NAME = "exact-hash"
VERSION = "1.0.0"
_DIGEST = config_digest({"algorithm": "sha-256"})
_CHUNK = 1 << 20


class ExactHashEngine:
    """Finds whole files by SHA-256, of every medium; holds only the digests of its references."""

    def __init__(self) -> None:
        """Start with no references."""
        self._files: dict[str, str] = {}

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
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a file that cannot be read is answered with a reason and not added."""
        receipts = []
        for work in batch:
            digest = _digest_of(work.file)
            if isinstance(digest, Failed):
                receipts.append(IndexReceipt(work.work_id, digest.code, digest.detail))
                continue
            self._files[work.work_id] = digest
            receipts.append(IndexReceipt(work.work_id))
        return receipts

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        for work_id in work_ids:
            self._files.pop(work_id, None)

    def snapshot(self) -> str:
        """Return an id of exactly these references."""
        return snapshot_of(self._files)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        works: dict[str, list[str]] = {}
        for work_id, digest in sorted(self._files.items()):
            works.setdefault(digest, []).append(work_id)
        snapshot = self.snapshot()
        return [self._outcome(upload, works, snapshot) for upload in batch]

    def _outcome(self, upload: UploadFile, works: dict[str, list[str]], snapshot: str) -> MatchOutcome:
        digest = _digest_of(upload.file)
        if isinstance(digest, Failed):
            return digest
        if digest not in works:
            return NoMatch(NAME, VERSION, snapshot)
        try:
            amount, segments = amount_of(upload.file), _whole_file(upload.file)
        except OSError as error:
            return Failed(NAME, "unreadable", f"{upload.file.name}: {error.strerror}", retryable=True)
        return Matched(tuple(_evidence(work_id, snapshot, amount, segments) for work_id in works[digest]))


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


def _digest_of(file: FileReference) -> str | Failed:
    """Hash the file as it is now; what was inspected earlier may have been changed since."""
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        return Failed(NAME, "unreadable", f"{file.name}: {error.strerror}", retryable=True)
    if digest.hexdigest() != file.sha256:
        return Failed(NAME, "changed", f"{file.name} was changed after it was inspected", retryable=True)
    return digest.hexdigest()
