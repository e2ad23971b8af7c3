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

from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.engines.text_alignment import Alignment, AlignmentSettings, Chain, FingerprintIndex
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
from matching_adapter.tokens import Tokens, tokenise

NAME = "text-winnowing"
VERSION = "1.0.0"
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
    """Finds copied text by winnowed fingerprints and exact alignment; holds its own references."""

    def __init__(self, settings: TextSettings | None = None) -> None:
        """Start with no references."""
        self._settings = settings or TextSettings()
        parameters: dict[str, Json] = asdict(self._settings)
        self._digest = config_digest(parameters)
        self._works: dict[str, Tokens] = {}
        self._files: dict[str, str] = {}
        self._index: FingerprintIndex | None = None

    @property
    def info(self) -> EngineInfo:
        """Name, version and abilities."""
        return EngineInfo(
            name=NAME,
            version=VERSION,
            media=frozenset({"text"}),
            methods=frozenset({"fingerprint"}),
            gives_share=True,
            gives_segments=True,
            media_types=frozenset({"text/plain"}),
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a file that cannot be read is answered with a reason and not added."""
        receipts = []
        for work in batch:
            read = self._read(work.file)
            if isinstance(read, Failed):
                receipts.append(IndexReceipt(work.work_id, read.code, read.detail))
                continue
            self._works[work.work_id] = tokenise(read)
            self._files[work.work_id] = work.file.sha256
            self._index = None
            receipts.append(IndexReceipt(work.work_id))
        return receipts

    def put_text(self, work_id: str, text: str) -> None:
        """Add a work, or replace it, from text in memory."""
        self._works[work_id] = tokenise(text)
        self._files[work_id] = config_digest({"text": text})
        self._index = None

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        for work_id in work_ids:
            if self._works.pop(work_id, None) is not None:
                del self._files[work_id]
                self._index = None

    def snapshot(self) -> str:
        """Return an id of exactly these references."""
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
        if self._index is None:
            self._index = FingerprintIndex(self._works, self._settings.alignment)
        upload, snapshot = tokenise(text), self.snapshot()
        found = [self._evidence(upload, alignment, snapshot) for alignment in self._index.align(upload.hashes)]
        if not found:
            return NoMatch(NAME, VERSION, snapshot)
        return Matched(tuple(sorted(found, key=lambda one: (-(one.share_of_upload or 0), one.work_id))))

    def _evidence(self, upload: Tokens, alignment: Alignment, snapshot: str) -> MatchEvidence:
        work = self._works[alignment.work_id]
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
        try:
            return decode_text(file.path.read_bytes())
        except Undecodable as error:
            return Failed(NAME, "undecodable", f"{file.name}: {error}", retryable=False)
        except OSError as error:
            return Failed(NAME, "unreadable", f"{file.name}: {error.strerror}", retryable=True)
