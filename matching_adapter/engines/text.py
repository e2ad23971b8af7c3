"""The embedded text engine: how much of an upload was copied from which text, where, and how much of that text it is.

Share of the upload = normalised characters really copied / normalised characters of the upload (letters and digits,
without punctuation, blanks and invisible characters); the share of the work likewise. Paraphrase and translation are
not detected. The share is a count and has no error interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal

import numpy as np

from matching_adapter.engines.text_alignment import Alignment, AlignmentSettings, Chain
from matching_adapter.engines.text_index import IndexedText, TextIndex
from matching_adapter.opening import read_text
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
from matching_adapter.tokens import Tokens, table_digest, tokenise

NAME = "text-winnowing"
VERSION = "1.0.0"
LIMITS = (
    "Paraphrase and translation are not seen.",
    "Fewer than twelve equal tokens close together do not count as copied.",
    "An upload of fewer than four tokens is never matched, one of fewer than nine only where all of it is in a work.",
    "Letters of another script that look alike, and text inside pictures or PDF files, are not seen.",
    "Stock phrases of a field agree by chance: up to 3 % of unrelated texts.",
    "Beyond about 200 million characters of works the index wants more memory than it should: use an external engine.",
)
_SCORE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class TextSettings:
    """Settings of the text engine.

    `alignment`: see there. `longest_text`: bytes of a file that are still read. `most_segments`: the longest segments
    that are listed; shares and amounts always count all of them.
    """

    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    longest_text: int = 64 * 1024 * 1024
    most_segments: int = 1000


class TextEngine:
    """Finds copied text by winnowed fingerprints and exact alignment.

    Without a store the references live in memory alone. With one, they are kept there, and what other processes add or
    remove is seen before each match.
    """

    def __init__(self, settings: TextSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Start with what the store holds for these settings."""
        self._settings = settings or TextSettings()
        self._parameters: dict[str, Json] = asdict(self._settings)
        self._digest = config_digest(self._parameters)
        self._index = TextIndex(self._settings.alignment)
        self._files: dict[str, str] = {}
        self._store = store
        self._stored_as = ""
        self._seen = 0
        if store is not None:
            # Fingerprints made with another table of characters would not meet: another name, so they are made anew.
            named: dict[str, Json] = {**self._parameters, "version": VERSION, "characters": table_digest()}
            self._stored_as = config_digest(named)

    @property
    def info(self) -> EngineInfo:
        """Name, version, abilities and known limits."""
        return EngineInfo(
            name=NAME,
            version=VERSION,
            media=frozenset({"text"}),
            methods=frozenset({"fingerprint"}),
            gives_share=True,
            gives_segments=True,
            media_types=frozenset({"text/plain"}),
            parameters=self._parameters,
            config_digest=self._digest,
            limits=LIMITS,
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a file that cannot be read is answered with a reason and not added.

        A work whose very file is held already is not read again.
        """
        self._catch_up()
        receipts = []
        for work in batch:
            if self._files.get(work.work_id) != work.file.sha256:
                read = self._read(work.file)
                if isinstance(read, Failed):
                    receipts.append(IndexReceipt(work.work_id, read.code, read.detail))
                    continue
                self._hold(work.work_id, work.file.sha256, IndexedText.of(tokenise(read)))
            receipts.append(IndexReceipt(work.work_id))
        return receipts

    def put_text(self, work_id: str, text: str) -> None:
        """Add a work, or replace it, from text in memory."""
        self._catch_up()
        self._hold(work_id, config_digest({"text": text}), IndexedText.of(tokenise(text)))

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        self._catch_up()
        held = [work_id for work_id in work_ids if work_id in self._files]
        if self._store is not None:
            self._store.remove(NAME, self._stored_as, held)
            self._catch_up()
            return
        for work_id in held:
            self._forget(work_id)

    def snapshot(self) -> str:
        """Return an id of exactly these references."""
        self._catch_up()
        return snapshot_of(self._files)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        outcomes: list[MatchOutcome] = []
        for upload in batch:
            read = self._read(upload.file)
            outcomes.append(read if isinstance(read, Failed) else self.match_text(read))
        return outcomes

    def match_text(self, text: str) -> Matched | NoMatch:
        """Look at text in memory: one evidence per work, the largest share of the upload first."""
        upload, snapshot = tokenise(text), self.snapshot()
        found = [self._evidence(upload, alignment, snapshot) for alignment in self._index.align(upload.hashes)]
        if not found:
            return NoMatch(NAME, VERSION, snapshot)
        return Matched(tuple(sorted(found, key=lambda one: (-(one.share_of_upload or 0), one.work_id))))

    def _hold(self, work_id: str, sha256: str, text: IndexedText) -> None:
        if self._store is not None:
            self._store.put(NAME, self._stored_as, [StoredFingerprint(work_id, sha256, text.to_bytes())])
            self._catch_up()
            return
        self._index.put(work_id, text)
        self._files[work_id] = sha256

    def _forget(self, work_id: str) -> None:
        self._index.remove(work_id)
        self._files.pop(work_id, None)

    def _catch_up(self) -> None:
        """Take in what was put into the store, or removed from it, since the last look."""
        if self._store is None:
            return
        for change in self._store.changes_since(NAME, self._stored_as, self._seen):
            if change.fingerprint is None:
                self._forget(change.work_id)
            else:
                self._index.put(change.work_id, IndexedText.from_bytes(change.fingerprint))
                self._files[change.work_id] = change.sha256
            self._seen = change.number

    def _evidence(self, upload: Tokens, alignment: Alignment, snapshot: str) -> MatchEvidence:
        work = self._index.tokens(alignment.work_id)
        covered = alignment.covered_upload(len(upload))
        used = alignment.covered_work(len(work))
        copied = int(np.dot(covered, upload.widths))
        span = sum(chain.upload[1] - chain.upload[0] for chain in alignment.chains)
        equal = sum(chain.equal for chain in alignment.chains)
        return MatchEvidence(
            work_id=alignment.work_id,
            method="fingerprint",
            engine=NAME,
            engine_version=VERSION,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=exact_share(copied, upload.characters),
            share_of_work=exact_share(int(np.dot(used, work.widths)), work.characters),
            amount=Amount(characters=copied, words=int(covered.sum())),
            segments=tuple(self._segments(upload, work, alignment.chains)),
            confidence=rounded_down(Decimal(equal) / Decimal(span), _SCORE_STEP),
            track="text",
        )

    def _segments(self, upload: Tokens, work: Tokens, chains: Sequence[Chain]) -> Iterator[Segment]:
        longest = sorted(chains, key=lambda chain: (chain.upload[0] - chain.upload[1], chain.upload))
        for chain in sorted(longest[: self._settings.most_segments], key=lambda chain: (chain.upload, chain.work)):
            (start, end), (work_start, work_end) = chain.upload, chain.work
            yield Segment(
                upload_start=int(upload.starts[start]),
                upload_end=int(upload.ends[end - 1]),
                work_start=int(work.starts[work_start]),
                work_end=int(work.ends[work_end - 1]),
                score=rounded_down(Decimal(chain.equal) / Decimal(end - start), _SCORE_STEP),
            )

    def _read(self, file: FileReference) -> str | Failed:
        if not self.info.accepts(file):
            return Failed(NAME, "unsupported", f"{file.name}: {file.media_type} is not text", retryable=False)
        if file.size > self._settings.longest_text:
            return Failed(NAME, "too_large", f"{file.name}: {file.size} bytes of text", retryable=False)
        return read_text(NAME, file)
