"""What the two sound engines have in common: references from the store, alignment, and evidence in exact numbers.

A work's fingerprint is taken once and kept in the store; what other processes add or remove there is taken over before
each look. Lengths and places are whole milliseconds, so that shares are exact; how far a share may be off is said
beside it. Sound that is too short to be told apart is "could not look", never "found nothing".
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from matching_adapter.engines.audio_alignment import SoundAligner, SoundAlignmentSettings
from matching_adapter.engines.audio_fingerprint import ItemTiming, SoundFingerprint, SoundQuery
from matching_adapter.engines.audio_segments import SoundMatch, SoundSegment
from matching_adapter.engines.intervals import error_interval, length_with_other_track, milliseconds_as_seconds
from matching_adapter.measuring import seconds_of
from matching_adapter.media.decoder import DecodingFailed
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
    exact_share,
    rounded_down,
    snapshot_of,
)
from matching_adapter.store import FingerprintStore, StoredFingerprint

_ITEMS_AT_ONCE = 1 << 20
_SCORE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Kind:
    """Which of the sound engines: name, version, settings as they go into the digest, and known limits.

    `margin_points`: hundredths of an upload by which a share may be off, beside half a second for the edges.
    """

    name: str
    version: str
    parameters: dict[str, Json]
    limits: tuple[str, ...]
    margin_points: int


class SoundEngine(ABC):
    """Finds sound by 32-bit items; what the items are is for the classes below it."""

    def __init__(
        self,
        kind: Kind,
        timing: ItemTiming,
        alignment: SoundAlignmentSettings,
        most_segments: int,
        store: FingerprintStore | None,
    ) -> None:
        self._kind = kind
        self._digest = config_digest(kind.parameters)
        self._kept_under = config_digest({"version": kind.version, **kind.parameters})
        self._alignment = alignment
        self._most_segments = most_segments
        self._store = store if store is not None else FingerprintStore()
        self._aligner = SoundAligner(timing, alignment)
        self._files: dict[str, str] = {}
        self._snapshot: str | None = None
        self._seen = 0

    @abstractmethod
    def _fingerprint(self, file: FileReference) -> SoundFingerprint:
        """Return the fingerprint of a work's file.

        Raises:
            DecodingFailed: when its sound cannot be had.

        """

    @abstractmethod
    def _queries(self, file: FileReference) -> list[SoundQuery]:
        """Return the views of an upload to look for.

        Raises:
            DecodingFailed: when its sound cannot be had.

        """

    @property
    def info(self) -> EngineInfo:
        """Name, version, abilities and known limits."""
        return EngineInfo(
            name=self._kind.name,
            version=self._kind.version,
            media=frozenset({"audio", "video"}),
            methods=frozenset({"fingerprint"}),
            gives_share=True,
            gives_segments=True,
            parameters=self._kind.parameters,
            config_digest=self._digest,
            limits=self._kind.limits,
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a work whose very file is held already is not decoded again.

        A moving picture without sound goes in as a work in which nothing can be heard.
        """
        held = dict(self._store.held(self._kind.name, self._kept_under))
        receipts = []
        for work in batch:
            if held.get(work.work_id) == work.file.sha256:
                receipts.append(IndexReceipt(work.work_id))
                continue
            try:
                fingerprint = self._work_fingerprint(work.file)
            except DecodingFailed as failure:
                receipts.append(IndexReceipt(work.work_id, failure.code, f"{work.file.name}: {failure.detail}"))
                continue
            row = StoredFingerprint(work.work_id, work.file.sha256, fingerprint.to_bytes())
            self._store.put(self._kind.name, self._kept_under, [row])
            held[work.work_id] = work.file.sha256
            receipts.append(IndexReceipt(work.work_id))
        return receipts

    def put_fingerprints(self, works: Sequence[tuple[str, SoundFingerprint]]) -> None:
        """Add works, or replace those with the same id, by fingerprints that were taken elsewhere."""
        rows = []
        for work_id, fingerprint in works:
            content = fingerprint.to_bytes()
            rows.append(StoredFingerprint(work_id, hashlib.sha256(content).hexdigest(), content))
        self._store.put(self._kind.name, self._kept_under, rows)

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        self._store.remove(self._kind.name, self._kept_under, work_ids)

    def snapshot(self) -> str:
        """Return an id of exactly these references, and hold them ready.

        Called before processes are forked, it lets them share the memory of the index.
        """
        self._catch_up()
        if self._snapshot is None:
            self._snapshot = snapshot_of(self._files)
        return self._snapshot

    def _catch_up(self) -> None:
        """Take over what was added and removed since the last look, here or by another process."""
        additions: dict[str, SoundFingerprint] = {}
        removals: set[str] = set()
        waiting = 0
        for change in self._store.changes_since(self._kind.name, self._kept_under, self._seen):
            self._seen, self._snapshot = change.number, None
            self._files.pop(change.work_id, None)
            additions.pop(change.work_id, None)
            if change.fingerprint is None:
                removals.add(change.work_id)
                continue
            additions[change.work_id] = SoundFingerprint.from_bytes(change.fingerprint)
            self._files[change.work_id] = change.sha256
            waiting += len(additions[change.work_id].items)
            if waiting >= _ITEMS_AT_ONCE:
                self._aligner.change(additions, sorted(removals))
                additions, removals, waiting = {}, set(), 0
        if additions or removals:
            self._aligner.change(additions, sorted(removals))

    @property
    def memory(self) -> int:
        """Bytes of memory that the index takes."""
        return self._aligner.index.bytes

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        snapshot = self.snapshot()
        return [self._outcome(upload.file, snapshot) for upload in batch]

    def _outcome(self, file: FileReference, snapshot: str) -> MatchOutcome:
        if not self.info.accepts(file):
            return Failed(self._kind.name, "unsupported", f"{file.name}: {file.media_type} has no sound", False)
        try:
            queries = self._queries(file)
        except DecodingFailed as failure:
            if failure.code == "no_sound" and file.medium == "video":
                return NoMatch(self._kind.name, self._kind.version, snapshot)
            return Failed(self._kind.name, failure.code, f"{file.name}: {failure.detail}", failure.retryable)
        seconds = seconds_of(file) if file.medium == "video" else None
        return self.match_queries(queries, snapshot, file.name, seconds)

    def match_queries(
        self, queries: Sequence[SoundQuery], snapshot: str, name: str, seconds: Decimal | None = None
    ) -> MatchOutcome:
        """Look at fingerprints in memory, the views of one upload: one evidence per work, the largest share first.

        `seconds` is the length of the whole upload, where picture may make it longer than its sound.
        """
        length = max((query.fingerprint.milliseconds for query in queries), default=0)
        if length < self._alignment.shortest:
            detail = f"{name}: {length} ms of sound are too short to be told from chance"
            return Failed(self._kind.name, "too_short", detail, retryable=False)
        length = length_with_other_track(length, seconds)
        found = [self._evidence(length, match, snapshot) for match in self._aligner.align(queries)]
        if not found:
            return NoMatch(self._kind.name, self._kind.version, snapshot)
        return Matched(tuple(sorted(found, key=lambda one: (-(one.share_of_upload or 0), one.work_id))))

    def _work_fingerprint(self, file: FileReference) -> SoundFingerprint:
        """Return the fingerprint of a work, refused where it is too short to be found again."""
        if not self.info.accepts(file):
            raise DecodingFailed("undecodable", f"{file.media_type} has no sound")
        try:
            return self._fingerprint(file)
        except DecodingFailed as failure:
            if failure.code == "no_sound" and file.medium == "video":
                return SoundFingerprint.silent()
            raise

    def _evidence(self, length: int, match: SoundMatch, snapshot: str) -> MatchEvidence:
        copied, work_length = match.of_upload(), self._aligner.length_of(match.work_id)
        share = exact_share(copied, length)
        low, high = error_interval(share, points=self._kind.margin_points, milliseconds=length)
        errors = sum(segment.errors for segment in match.segments)
        bits = sum(segment.bits for segment in match.segments)
        return MatchEvidence(
            work_id=match.work_id,
            method="fingerprint",
            engine=self._kind.name,
            engine_version=self._kind.version,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=share,
            share_of_upload_low=low,
            share_of_upload_high=high,
            share_of_work=exact_share(match.of_work(), work_length),
            amount=Amount(seconds=milliseconds_as_seconds(copied)),
            segments=self._segments(match.segments),
            # Half of all bits agree by chance, so that half is no confidence at all.
            confidence=rounded_down(max(Decimal(0), 1 - 2 * Decimal(errors) / Decimal(bits)), _SCORE_STEP),
            track="sound",
        )

    def _segments(self, segments: Sequence[SoundSegment]) -> tuple[Segment, ...]:
        """Return the longest segments that are listed, in the order of the upload."""
        longest = sorted(segments, key=lambda one: (one.upload[0] - one.upload[1], one.upload))
        return tuple(
            Segment(
                upload_start=milliseconds_as_seconds(one.upload[0]),
                upload_end=milliseconds_as_seconds(one.upload[1]),
                work_start=milliseconds_as_seconds(one.work[0]),
                work_end=milliseconds_as_seconds(one.work[1]),
                score=rounded_down(1 - Decimal(one.errors) / Decimal(one.bits), _SCORE_STEP),
            )
            for one in sorted(longest[: self._most_segments], key=lambda one: (one.upload, one.work))
        )
