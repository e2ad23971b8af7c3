"""The embedded engine for moving pictures: how much of an upload shows which film, where, and how much of that film.

It looks at the picture track only; the sound of the same file is another engine's. Share of the upload = time in which
its picture shows the work / its length. Frames of one colour never count, but gaps of up to two seconds at the same
place of the work are closed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from matching_adapter.engines.intervals import (
    Interval,
    error_interval,
    length_of_union,
    length_with_other_track,
    milliseconds_as_seconds,
)
from matching_adapter.engines.pdq import UNRELATED
from matching_adapter.engines.stored_references import StoredEngine
from matching_adapter.engines.video_alignment import Run, VideoAlignment, VideoAlignmentSettings, VideoIndex
from matching_adapter.engines.video_views import FrameHasher, Side, VideoFingerprint
from matching_adapter.media.decoder import DecodingFailed, Limits, luma_frames, probe
from matching_adapter.port import (
    Amount,
    Failed,
    FileReference,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Segment,
    UploadFile,
    exact_share,
    rounded_down,
)
from matching_adapter.store import FingerprintStore

NAME = "video-pdq"
VERSION = "1.0.0"
LIMITS = (
    "Excerpts under 2 seconds, and films recorded from a screen, are not found.",
    "Pictures within pictures, rotated pictures and crops of more than 10 % are not found.",
    "Dark or smooth pictures with a logo are missed at times.",
    "Frames of one colour never make a match; up to two seconds of them inside or beside a match count with it.",
    "A fixed camera looks the same on another day: footage of one place can match footage of the same place.",
    "In still pictures the place in the work is uncertain; the share is not.",
)

_SCORE_STEP = Decimal("0.0001")
_SIDE = 256
_LENGTH_TOLERANCE = 500  # milliseconds: two samples of an upload


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """Settings of the engine.

    `alignment`: see there. `longest_seconds` of a film that is taken. `skip_unneeded`: leave out frames that no other
    frame needs, which is faster and a little less exact. `most_segments`: the longest segments that are listed; shares
    and amounts always count all of them.
    """

    alignment: VideoAlignmentSettings = field(default_factory=VideoAlignmentSettings)
    longest_seconds: int = 6 * 3600
    skip_unneeded: int = 0
    most_segments: int = 1000


class VideoEngine(StoredEngine):
    """Finds films by the PDQ hashes of their frames; its references live in a fingerprint store."""

    def __init__(self, settings: VideoSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Start with the references of the store, or with none."""
        self._settings = settings or VideoSettings()
        super().__init__(NAME, VERSION, "video", asdict(self._settings), LIMITS, store)
        self._index = VideoIndex(self._settings.alignment)

    def put_fingerprint(self, work_id: str, fingerprint: VideoFingerprint) -> None:
        """Add a work, or replace it, from a fingerprint that was made before."""
        raw = fingerprint.to_bytes()
        self._references.put_fingerprint(work_id, hashlib.sha256(raw).hexdigest(), raw)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        outcomes: list[MatchOutcome] = []
        for upload in batch:
            read = self._read(upload.file, "upload")
            if isinstance(read, Failed):
                outcomes.append(read)
                continue
            fingerprint, seconds = read
            outcomes.append(
                self.match_fingerprint(fingerprint, length_with_other_track(fingerprint.milliseconds, seconds))
            )
        return outcomes

    def match_fingerprint(self, upload: VideoFingerprint, length: int | None = None) -> Matched | NoMatch:
        """Look at an upload whose fingerprint was made before: one evidence per work, the largest share first.

        `length` is that of the whole upload in milliseconds, where it is longer than its picture.
        """
        snapshot, whole = self._references.catch_up(), length or upload.milliseconds
        found = [self._evidence(upload, whole, alignment, snapshot) for alignment in self._index.align(upload)]
        if not found:
            return NoMatch(NAME, VERSION, snapshot)
        return Matched(tuple(sorted(found, key=lambda one: (-(one.share_of_upload or 0), one.work_id))))

    def _take(self, work_id: str, fingerprint: bytes) -> None:
        self._index.add(work_id, VideoFingerprint.from_bytes(fingerprint))

    def _drop(self, work_id: str) -> None:
        self._index.remove(work_id)

    def _extract(self, file: FileReference) -> bytes | Failed:
        read = self._read(file, "work")
        if isinstance(read, Failed):
            return read
        fingerprint, _ = read
        if not fingerprint.qualities.any():
            return Failed(NAME, "too_flat", f"{file.name}: every frame is of one colour", retryable=False)
        return fingerprint.to_bytes()

    def _read(self, file: FileReference, side: Side) -> tuple[VideoFingerprint, Decimal | None] | Failed:
        """Return the hashes of a file's frames, and the seconds of the whole file, which sound may make longer.

        It is decoded frame by frame; only a few seconds of it are in memory at any time.
        """
        if not self.info.accepts(file):
            return Failed(NAME, "unsupported", f"{file.name}: {file.media_type} is no moving picture", retryable=False)
        settings = self._settings
        rate = settings.alignment.frames_per_second * (settings.alignment.density if side == "work" else 1)
        try:
            seconds = probe(file.path, file.media_type, Limits(longest_seconds=settings.longest_seconds)).seconds
            hasher, count = FrameHasher(side, rate), 0
            frames = luma_frames(
                file.path,
                file.media_type,
                frames_per_second=rate,
                size=_SIDE,
                limits=_limits(settings.longest_seconds, seconds, rate),
                skip_unneeded=bool(settings.skip_unneeded),
            )
            for piece in frames:
                hasher.add(piece)
                count += len(piece)
        except DecodingFailed as failure:
            return Failed(NAME, failure.code, f"{file.name}: {failure.detail}", failure.retryable)
        return hasher.finish(_milliseconds(seconds, count, rate)), seconds

    def _evidence(
        self, upload: VideoFingerprint, whole: int, alignment: VideoAlignment, snapshot: str
    ) -> MatchEvidence:
        stretches = [self._stretch(run, upload, alignment) for run in alignment.runs]
        covered = length_of_union([one for one, _ in stretches])
        used = length_of_union([other for _, other in stretches])
        share = exact_share(covered, whole)
        low, high = error_interval(share, points=2, milliseconds=whole)
        frames = sum(run.last - run.first for run in alignment.runs)
        return MatchEvidence(
            work_id=alignment.work_id,
            method="fingerprint",
            engine=NAME,
            engine_version=VERSION,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=share,
            share_of_work=exact_share(used, alignment.work_milliseconds),
            amount=Amount(seconds=milliseconds_as_seconds(covered)),
            segments=self._segments(alignment.runs, stretches),
            confidence=_agreement(sum(run.bits for run in alignment.runs), frames),
            share_of_upload_low=low,
            share_of_upload_high=high,
            track="picture",
        )

    def _stretch(self, run: Run, upload: VideoFingerprint, alignment: VideoAlignment) -> tuple[Interval, Interval]:
        """Return where a run lies in the upload and in the work, in milliseconds.

        The first frame of a run is the first that shows the work, the one before the last that does not: the cut is
        taken to be in the middle between them.
        """
        rate = self._settings.alignment.frames_per_second
        start = 0 if run.first == 0 else (2 * run.first - 1) * 1000 // (2 * rate)
        end = upload.milliseconds if run.last == len(upload) else (2 * run.last - 1) * 1000 // (2 * rate)
        later = run.offset * 1000 // (rate * self._settings.alignment.density)
        length = alignment.work_milliseconds
        return (start, max(start + 1, min(end, upload.milliseconds))), (
            min(max(0, start + later), length - 1),
            min(max(1, end + later), length),
        )

    def _segments(self, runs: Sequence[Run], stretches: Sequence[tuple[Interval, Interval]]) -> tuple[Segment, ...]:
        found = []
        for run, (one, other) in zip(runs, stretches, strict=True):
            edges = [milliseconds_as_seconds(edge) for edge in (*one, *other)]
            found.append(Segment(edges[0], edges[1], edges[2], edges[3], _agreement(run.bits, run.last - run.first)))
        longest = sorted(found, key=lambda one: (one.upload_end or 0) - (one.upload_start or 0), reverse=True)
        return tuple(sorted(longest[: self._settings.most_segments], key=lambda one: one.upload_start or 0))


def _agreement(bits: int, frames: int) -> Decimal:
    """Return 1 for equal frames and 0 for frames that differ as much as unrelated ones, in the mean."""
    return rounded_down(1 - Decimal(bits) / Decimal(UNRELATED * frames), _SCORE_STEP)


def _milliseconds(seconds: Decimal | None, frames: int, rate: int) -> int:
    """Return the length of a film; what its packets say is believed only where it fits the frames that were seen.

    A sound track that goes on after the picture does not make the picture longer.
    """
    seen = frames * 1000 // rate
    told = int((seconds or Decimal(0)) * 1000)
    return max(1, told if abs(told - seen) <= _LENGTH_TOLERANCE else seen)


def _limits(longest_seconds: int, seconds: Decimal | None, rate: int) -> Limits:
    """Return what decoding may take: three times as long as the film takes to watch, and no more frames than it has."""
    length = min(longest_seconds, int(seconds or 0) + 2)
    return Limits(
        cpu_seconds=60 + 3 * length,
        wall_seconds=120 + 4 * length,
        output_bytes=(length + 2) * rate * _SIDE * _SIDE,
        longest_seconds=longest_seconds,
    )
