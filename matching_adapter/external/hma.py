"""Hasher-Matcher-Actioner (HMA) as an engine: works go into a bank of it, uploads are looked up there.

HMA says which works resemble an upload, and little more: of a picture only how many bits differ, of a film no place.
It serves best as a finder of candidates: where the work's file was at hand, an engine of this package measures share
and segments of exactly the works that HMA named.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from matching_adapter.external.hma_answers import PDQ, VIDEO_MD5, Hit, Reading, reading_of
from matching_adapter.external.hma_client import HmaClient
from matching_adapter.external.http_calls import CallFailed, Service
from matching_adapter.opening import opened
from matching_adapter.port import (
    Amount,
    EmbeddedEngine,
    EngineInfo,
    Failed,
    FileReference,
    IndexReceipt,
    Json,
    Matched,
    MatchEvidence,
    MatchOutcome,
    Medium,
    Method,
    NoMatch,
    UploadFile,
    WorkFile,
    config_digest,
)
from matching_adapter.store import FingerprintStore, StoredFingerprint

LIMITS = (
    "Films are found by vPDQ only where 80 percent of the upload's distinct frames come from one work.",
    "Without an engine that measures, a picture has no share and nothing has segments.",
    "A work that was put in a moment ago may not be found for a minute and a half.",
    "Sound and text are not looked at.",
)
_MEDIA: frozenset[Medium] = frozenset({"image", "video"})
_METHODS: frozenset[Method] = frozenset({"hash", "fingerprint"})
_SURE_BITS = 31
_POLL_SECONDS = 2.0
_CHUNK = 1 << 20
UNREACHABLE = "unreachable"
"""What stands for the state of the index while the service does not say it."""


@dataclass(frozen=True, slots=True)
class HmaSettings:
    """One HMA and how it is used.

    `bank` is where works go, `banks` are looked into. `version` is the operator's word, as no answer says it.
    `keeps_works` off: the banks are filled by others, who put our work ids in as `metadata.content_id`.
    `hash_here`: pictures are hashed here, and only hashes are sent. `whole_pictures`: a picture within 31 bits counts
    as all of the work (a share that HMA does not give). `settle_seconds`: how long to wait for the index to be built
    after works were put in.
    """

    service: Service
    bank: str
    banks: tuple[str, ...] = ()
    name: str = "hma"
    version: str = "unknown"
    keeps_works: bool = True
    hash_here: bool = False
    whole_pictures: bool = False
    settle_seconds: int = 120

    @property
    def all_banks(self) -> tuple[str, ...]:
        """The banks that are looked into."""
        return self.banks or (self.bank,)


class HmaEngine:
    """Looks uploads up in the banks of one HMA. What was put in, and under which number, is kept in the store."""

    def __init__(
        self,
        settings: HmaSettings,
        *,
        store: FingerprintStore | None = None,
        measuring: Sequence[EmbeddedEngine] = (),
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`measuring` engines measure what HMA has found, each the media that it accepts."""
        self._settings = settings
        self._client = HmaClient(settings.service)
        self._store = store or FingerprintStore()
        self._measuring = tuple(measuring)
        self._clock, self._sleep = clock, sleep
        self._parameters: dict[str, Json] = {
            "bank": settings.bank,
            "banks": list(settings.all_banks),
            "hash_here": settings.hash_here,
            "whole_pictures": settings.whole_pictures,
            "measuring": {one.info.name: f"{one.info.version} {one.info.config_digest}" for one in self._measuring},
        }
        self._digest = config_digest(self._parameters)
        # Where a work lies does not depend on how uploads are looked at.
        self._stored_as = config_digest({"address": settings.service.address, "bank": settings.bank})
        self._number = 0
        self._works: dict[int, str] = {}
        self._contents: dict[str, tuple[int, int]] = {}
        self._named: dict[int, str | None] = {}

    @property
    def info(self) -> EngineInfo:
        """Name, version and abilities."""
        return EngineInfo(
            name=self._settings.name,
            version=self._settings.version,
            media=_MEDIA,
            methods=_METHODS,
            gives_share=False,
            gives_segments=False,
            parameters=self._parameters,
            config_digest=self._digest,
            limits=LIMITS,
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Put works into the bank, and into the measuring engines; a work whose file is there already is left alone."""
        receipts = [self._put(work) for work in batch]
        for engine in self._measuring:
            fit = [one.work_id for one in receipts if one.code is None]
            # A work that cannot be measured can still be found.
            engine.put([work for work in batch if work.work_id in fit and engine.info.accepts(work.file)])
        return receipts

    def remove(self, work_ids: Sequence[str]) -> None:
        """Take works out of the bank. One that HMA does not let go stays held here, and is tried again next time."""
        self._catch_up()
        for work_id in work_ids:
            content = self._contents.get(work_id)
            if content is None:
                continue
            try:
                self._client.remove(self._settings.bank, content[0])
            except CallFailed:
                continue
            self._store.remove(self._settings.name, self._stored_as, [work_id])
        for engine in self._measuring:
            engine.remove(work_ids)
        self._catch_up()

    def snapshot(self) -> str:
        """Return how far HMA says that its indexes are built, by kind of signal: seconds of its clock, and size."""
        try:
            states = self._client.status()
        except CallFailed:
            return UNREACHABLE
        text = " ".join(f"{name}={one.built_to}/{one.size}" for name, one in sorted(states.items()) if one.present)
        return (text if len(text) <= 150 else hashlib.sha256(text.encode()).hexdigest()) or "empty"

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given. What HMA cannot do now is `Failed`, and retryable."""
        if not batch:
            return []
        self._catch_up()
        self._settle()
        snapshot = self.snapshot()
        outcomes: list[MatchOutcome] = []
        for upload in batch:
            try:
                outcomes.append(self._look(upload, snapshot))
            except CallFailed as failure:
                detail = f"{upload.file.name}: {failure.detail}"
                outcomes.append(Failed(self._settings.name, failure.code, detail, failure.retryable))
        return outcomes

    def _put(self, work: WorkFile) -> IndexReceipt:
        if not self.info.accepts(work.file):
            return IndexReceipt(work.work_id, "unsupported", f"{work.file.name}: {work.file.media_type}")
        if not self._settings.keeps_works:
            return IndexReceipt(work.work_id)
        name = self._settings.name
        if self._store.held(name, self._stored_as).get(work.work_id) == work.file.sha256:
            return IndexReceipt(work.work_id)
        self._catch_up()
        before = self._contents.get(work.work_id)
        # Of before the call: what HMA built while it answered would otherwise seem too old in the next second.
        asked_at = int(self._clock())
        try:
            _check_unchanged(work.file)
            number = self._client.add(self._settings.bank, work.file, work.work_id)
            if before is not None:
                self._client.remove(self._settings.bank, before[0])
        except CallFailed as failure:
            return IndexReceipt(work.work_id, failure.code, f"{work.file.name}: {failure.detail}")
        written = json.dumps({"content": number, "at": asked_at}).encode()
        self._store.put(name, self._stored_as, [StoredFingerprint(work.work_id, work.file.sha256, written)])
        return IndexReceipt(work.work_id)

    def _catch_up(self) -> None:
        """Learn which works lie in the bank under which number, also those that other processes put in."""
        for change in self._store.changes_since(self._settings.name, self._stored_as, self._number):
            before = self._contents.pop(change.work_id, None)
            if before is not None:
                self._works.pop(before[0], None)
            if change.fingerprint is not None:
                written = json.loads(change.fingerprint)
                self._contents[change.work_id] = (written["content"], written["at"])
                self._works[written["content"]] = change.work_id
            self._number = change.number

    def _settle(self) -> None:
        """Wait until the index holds what was put in last: a work that is not in it yet would look like no match."""
        last = max((at for _content, at in self._contents.values()), default=None)
        while last is not None and self._clock() < last + self._settings.settle_seconds:
            try:
                built = [one.built_to for one in self._client.status().values() if one.present]
            except CallFailed:
                return
            if built and max(built) >= last:
                return
            self._sleep(_POLL_SECONDS)

    def _look(self, upload: UploadFile, snapshot: str) -> MatchOutcome:
        if not self.info.accepts(upload.file):
            raise CallFailed("unsupported", f"{upload.file.media_type} is not looked at", retryable=False)
        _check_unchanged(upload.file)
        best: dict[str, tuple[Hit, Reading]] = {}
        for hit in self._hits(upload.file):
            work_id = self._work_of(hit)
            if work_id is None:
                continue
            reading = reading_of(hit)
            if work_id not in best or _rank(reading) > _rank(best[work_id][1]):
                best[work_id] = (hit, reading)
        if not best:
            return NoMatch(self._settings.name, self._settings.version, snapshot)
        found = {
            work_id: self._evidence(upload, work_id, hit, reading, snapshot) for work_id, (hit, reading) in best.items()
        }
        found |= self._measured(upload, found)
        order = sorted(found.values(), key=lambda one: (-(one.share_of_upload or Decimal(0)), one.work_id))
        return Matched(tuple(order))

    def _hits(self, file: FileReference) -> Sequence[Hit]:
        banks = self._settings.all_banks
        if not self._settings.hash_here:
            return self._client.lookup_file(file, banks)
        if file.medium == "image":
            return self._client.lookup_signal(PDQ, _picture_hash(file), banks)
        return self._client.lookup_signal(VIDEO_MD5, _md5(file), banks)

    def _work_of(self, hit: Hit) -> str | None:
        """Return our id of a content; None for contents of others, of which no decision could be made."""
        known = self._works.get(hit.content_id)
        if known is not None:
            return known
        if hit.content_id not in self._named:
            self._named[hit.content_id] = self._client.work_of(hit.bank or self._settings.bank, hit.content_id)
        return self._named[hit.content_id]

    def _evidence(self, upload: UploadFile, work_id: str, hit: Hit, reading: Reading, snapshot: str) -> MatchEvidence:
        share, low, high = reading.share_of_upload, reading.share_of_upload_low, reading.share_of_upload_high
        if self._settings.whole_pictures and hit.signal == PDQ and int(hit.distance) <= _SURE_BITS:
            share = Decimal(1)
        whole = hit.signal == VIDEO_MD5
        return MatchEvidence(
            work_id=work_id,
            method=reading.method,
            engine=self._settings.name,
            engine_version=self._settings.version,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=share,
            share_of_work=reading.share_of_work,
            amount=Amount(bytes=upload.file.size) if whole else Amount(),
            confidence=reading.confidence,
            share_of_upload_low=low,
            share_of_upload_high=high,
            track="file" if whole else "image" if hit.signal == PDQ else "picture",
        )

    def _measured(self, upload: UploadFile, found: Mapping[str, MatchEvidence]) -> dict[str, MatchEvidence]:
        """Return the evidence of measuring engines for works that HMA has named; equal files need no measuring."""
        measured: dict[str, MatchEvidence] = {}
        wanted = {work_id for work_id, one in found.items() if one.method != "hash"}
        for engine in self._measuring if wanted else ():
            if not engine.info.accepts(upload.file):
                continue
            (outcome,) = engine.match([upload])
            for one in outcome.evidence if isinstance(outcome, Matched) else ():
                if one.work_id in wanted and one.work_id not in measured:
                    named = found[one.work_id]
                    measured[one.work_id] = replace(
                        one,
                        engine=named.engine,
                        engine_version=f"{named.engine_version} + {engine.info.name} {engine.info.version}",
                        config_digest=named.config_digest,
                        index_snapshot=named.index_snapshot,
                    )
        return measured


def _rank(reading: Reading) -> tuple[bool, Decimal, Decimal]:
    return reading.method == "hash", reading.share_of_upload or Decimal(0), reading.confidence or Decimal(0)


def _picture_hash(file: FileReference) -> str:
    """Return the PDQ hash of a picture, made here in the sandbox of the decoder."""
    from matching_adapter.engines.pdq import hash_picture, to_hex
    from matching_adapter.media.decoder import DecodingFailed, luma_picture

    try:
        words, _quality, _contrast = hash_picture(luma_picture(file.path, file.media_type, longest=512))
    except DecodingFailed as failure:
        raise CallFailed(failure.code, failure.detail, retryable=failure.retryable) from None
    return to_hex(words)


def _md5(file: FileReference) -> str:
    return _digested(file, "md5")


def _check_unchanged(file: FileReference) -> None:
    """Refuse a file that is not the one that was inspected: the evidence would speak of another."""
    if _digested(file, "sha256") != file.sha256:
        raise CallFailed("changed", "the file was changed after it was inspected", retryable=True)


def _digested(file: FileReference, algorithm: str) -> str:
    # MD5 is what HMA keeps of films; it protects nothing here.
    digest = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with opened(file.path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise CallFailed("unreadable", str(error.strerror), retryable=True) from None
    return digest.hexdigest()
