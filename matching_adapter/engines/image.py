"""The embedded engine for whole pictures: an upload that is a work, encoded again, resized, in grey, or mirrored.

It tells that two pictures are the same, and nothing about parts: the share is 1, and what is uncertain is whether they
are the same. A mirrored picture is given as two segments: the left half of the upload is the right half of the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.hamming_search import HammingIndex, SearchSettings
from matching_adapter.engines.pdq import UNRELATED, Hashes, hash_picture
from matching_adapter.engines.picture_regions import segments_between, whole_picture
from matching_adapter.engines.stored_references import StoredEngine
from matching_adapter.media.decoder import DecodingFailed, luma_picture
from matching_adapter.port import (
    Failed,
    FileReference,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    UploadFile,
    exact_share,
    rounded_down,
)
from matching_adapter.store import FingerprintStore

NAME = "image-pdq"
VERSION = "1.0.0"
LIMITS = (
    "Only whole pictures are compared: crops, collages, bars and rotated pictures are not found.",
    "A large logo or a crop of 5 % hides one picture in eight and more.",
    "Pictures of one colour have no fingerprint.",
    "Pictures that were altered on purpose so as to escape are not found.",
)

_SCORE_STEP = Decimal("0.0001")
_MANY_REMOVED = 10_000


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """Settings of the engine, as whole numbers.

    `longest_side` in pixels to which pictures are made smaller. Up to `sure_distance` bits two pictures are the same;
    up to `probable_distance` they probably are, if the quality of both hashes is `probable_quality`. Pictures with a
    contrast below `flat_contrast` steps of luma count as of one colour. Below `direct_below` works all are compared.
    """

    longest_side: int = 512
    sure_distance: int = 31
    probable_distance: int = 56
    probable_quality: int = 50
    flat_contrast: int = 2
    direct_below: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse distances with which unrelated pictures would match."""
        if not 0 <= self.sure_distance <= self.probable_distance < UNRELATED // 2 + 1:
            raise ValueError("0 <= sure_distance <= probable_distance <= 64 must hold")


@dataclass(frozen=True, slots=True)
class _Hashed:
    words: Hashes
    mirrored: Hashes
    quality: int
    flat: bool


class ImageEngine(StoredEngine):
    """Finds whole pictures by their PDQ hash; its references live in a fingerprint store."""

    def __init__(self, settings: ImageSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Start with the references of the store, or with none."""
        self._settings = settings or ImageSettings()
        super().__init__(NAME, VERSION, "image", asdict(self._settings), LIMITS, store)
        self._index = HammingIndex(SearchSettings(direct_below=self._settings.direct_below, flips=2))
        self._owners: list[str] = []
        self._qualities: list[int] = []
        self._numbers: dict[str, int] = {}

    def put_picture(self, work_id: str, luma: NDArray[np.uint8]) -> None:
        """Add a work, or replace it, from a luma plane in memory."""
        digest = hashlib.sha256(luma.tobytes()).hexdigest()
        self._references.put_fingerprint(work_id, digest, _written(self._hashed(luma)))

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        outcomes: list[MatchOutcome] = []
        for upload in batch:
            read = self._read(upload.file)
            outcomes.append(read if isinstance(read, Failed) else self._matched(read))
        return outcomes

    def match_picture(self, luma: NDArray[np.uint8]) -> Matched | NoMatch:
        """Look at a picture in memory, a luma plane: one evidence per work, the surest first."""
        return self._matched(self._hashed(luma))

    def _matched(self, upload: _Hashed) -> Matched | NoMatch:
        snapshot = self._references.catch_up()
        found: dict[str, tuple[int, bool]] = {}
        if not upload.flat:
            queries = np.stack([upload.words, upload.mirrored])
            rows, numbers, bits = self._index.near(queries, self._settings.probable_distance)
            for row, number, distance in zip(rows.tolist(), numbers.tolist(), bits.tolist(), strict=True):
                owner = self._owners[number]
                if self._counts(distance, min(upload.quality, self._qualities[number])):
                    found[owner] = min(found.get(owner, (distance, row == 1)), (distance, row == 1))
        if not found:
            return NoMatch(NAME, VERSION, snapshot)
        surest = sorted(found.items(), key=lambda item: (item[1], item[0]))
        return Matched(tuple(self._evidence(owner, *how, snapshot) for owner, how in surest))

    def _counts(self, distance: int, quality: int) -> bool:
        sure = distance <= self._settings.sure_distance
        return sure or quality >= self._settings.probable_quality

    def _evidence(self, work_id: str, distance: int, mirrored: bool, snapshot: str) -> MatchEvidence:
        """Return what is known: the whole upload is the work, or, the farther the hashes are apart, maybe nothing."""
        doubt = max(0, distance - self._settings.sure_distance)
        most = self._settings.probable_distance + 1 - self._settings.sure_distance
        score = rounded_down(1 - Decimal(distance) / UNRELATED, _SCORE_STEP)
        return MatchEvidence(
            work_id=work_id,
            method="fingerprint",
            engine=NAME,
            engine_version=VERSION,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=Decimal(1),
            share_of_work=Decimal(1),
            segments=segments_between(whole_picture(), whole_picture(), mirrored=mirrored, score=score),
            confidence=score,
            share_of_upload_low=exact_share(most - doubt, most),
            share_of_upload_high=Decimal(1),
            track="image",
        )

    def _take(self, work_id: str, fingerprint: bytes) -> None:
        self._drop(work_id)
        words = np.frombuffer(fingerprint, "<u8", 4).astype(np.uint64)
        self._numbers[work_id] = self._index.add(words[None])
        self._owners.append(work_id)
        self._qualities.append(fingerprint[32])

    def _drop(self, work_id: str) -> None:
        number = self._numbers.pop(work_id, None)
        if number is None:
            return
        self._index.remove(number, 1)
        if len(self._index) - len(self._numbers) > max(_MANY_REMOVED, len(self._numbers)):
            self._compact()

    def _compact(self) -> None:
        """Make the index anew, without what was removed."""
        kept = sorted(self._numbers.items(), key=lambda item: item[1])
        numbers = [number for _, number in kept]
        words = self._index.words[numbers].copy()
        self._index = HammingIndex(SearchSettings(direct_below=self._settings.direct_below, flips=2))
        self._index.add(words)
        self._owners = [work_id for work_id, _ in kept]
        self._qualities = [self._qualities[number] for number in numbers]
        self._numbers = {work_id: place for place, work_id in enumerate(self._owners)}

    def _extract(self, file: FileReference) -> bytes | Failed:
        read = self._read(file)
        if isinstance(read, Failed):
            return read
        if read.flat:
            return Failed(NAME, "too_flat", f"{file.name}: a picture of one colour", retryable=False)
        return _written(read)

    def _read(self, file: FileReference) -> _Hashed | Failed:
        if not self.info.accepts(file):
            return Failed(NAME, "unsupported", f"{file.name}: {file.media_type} is no picture", retryable=False)
        try:
            return self._hashed(luma_picture(file.path, file.media_type, longest=self._settings.longest_side))
        except DecodingFailed as failure:
            return Failed(NAME, failure.code, f"{file.name}: {failure.detail}", failure.retryable)

    def _hashed(self, luma: NDArray[np.uint8]) -> _Hashed:
        words, quality, contrast = hash_picture(luma)
        mirrored, _, _ = hash_picture(luma[:, ::-1])
        return _Hashed(words, mirrored, quality, contrast < self._settings.flat_contrast)


def _written(hashed: _Hashed) -> bytes:
    return hashed.words.astype("<u8").tobytes() + bytes([hashed.quality])
