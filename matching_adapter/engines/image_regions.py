"""The embedded engine for parts of pictures: crops and collages, by points of interest (ORB) and their arrangement.

Points of the upload that look like points of a work propose that work; if enough of them keep their arrangement under
one similarity (shift, turn, scale) or a moderate stretch, the corners of the work, carried over by it, enclose what was
taken. Share of the upload = area inside those corners / area of the upload; share of the work likewise. OpenCV, an
extra, computes this on decoded arrays only; it never opens a file.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.hamming_search import HammingIndex, SearchSettings
from matching_adapter.engines.intervals import error_interval
from matching_adapter.engines.picture_regions import region_of_pixels, segments_between
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

NAME = "image-regions"
VERSION = "1.0.0"
LIMITS = (
    "Smooth, abstract and out-of-focus pictures have too few points of interest and are not found.",
    "Crops to a quarter of a work are found half of the time, collages with a tenth two times in three.",
    "Bars that were added count as not taken; a frame that belongs to the work counts as taken.",
    "Strong distortion, perspective and drawings after a picture are not found.",
)

_SCORE_STEP = Decimal("0.0001")
_HEADER = struct.Struct("<4sHHI")
_MAGIC = b"ORBP"
_LEVELS, _SCALE, _THRESHOLD = 8, 1.3, 10


class OpenCvMissing(ImportError):
    """OpenCV, which this engine needs, is not installed."""


@dataclass(frozen=True, slots=True)
class ImageRegionSettings:
    """Settings of the engine, as whole numbers.

    `longest_side` in pixels to which pictures are made smaller. `points_of_work`, `points_of_upload`: how many points
    of interest are kept. `vote_distance`: bits in which points that propose a work may differ; `pair_distance`: bits in
    which points of that work may. A work needs `least_points` that agree on the arrangement, and they must be
    `least_percent` of those compared; `most_works` are looked at for one upload. Below `direct_below` points of works
    all are compared when works are proposed; above, points that are almost sure to be found.
    """

    longest_side: int = 640
    points_of_work: int = 500
    points_of_upload: int = 1000
    vote_distance: int = 50
    pair_distance: int = 64
    least_points: int = 15
    least_percent: int = 30
    most_works: int = 8
    direct_below: int = 2_000

    def __post_init__(self) -> None:
        """Refuse values with which chance would be taken for a match."""
        if self.least_points < 8 or not 0 < self.least_percent <= 100:
            raise ValueError("least_points must be 8 or more, least_percent from 1 to 100")


@dataclass(frozen=True, slots=True)
class _Points:
    """Points of interest of a picture: places (n, 2) in pixels, descriptions as hashes (n, 4)."""

    width: int
    height: int
    places: NDArray[np.float32]
    words: NDArray[np.uint64]

    def to_bytes(self) -> bytes:
        header = _HEADER.pack(_MAGIC, self.width, self.height, len(self.places))
        return header + self.places.astype("<f4").tobytes() + self.words.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> _Points:
        magic, width, height, count = _HEADER.unpack_from(raw)
        if magic != _MAGIC or len(raw) != _HEADER.size + 40 * count:
            raise ValueError("no points of a picture")
        places = np.frombuffer(raw, "<f4", 2 * count, _HEADER.size).reshape(count, 2).astype(np.float32)
        words = np.frombuffer(raw, "<u8", 4 * count, _HEADER.size + 8 * count).reshape(count, 4).astype(np.uint64)
        return cls(width, height, places, words)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a work lies in an upload: areas in thousandths of square pixels, boxes in pixels, points that agree."""

    area: int
    work_area: int
    upload_box: tuple[int, int, int, int]
    work_box: tuple[int, int, int, int]
    agreeing: int
    compared: int


class ImageRegionEngine(StoredEngine):
    """Finds parts of pictures; its references live in a fingerprint store."""

    def __init__(self, settings: ImageRegionSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Start with the references of the store, or with none.

        Raises:
            OpenCvMissing: without OpenCV.

        """
        self._cv = _opencv()
        self._settings = settings or ImageRegionSettings()
        # Other releases of OpenCV may find other points.
        parameters = {**asdict(self._settings), "opencv": str(self._cv.__version__)}
        super().__init__(NAME, VERSION, "image", parameters, LIMITS, store)
        self._works: dict[str, tuple[_Points, int]] = {}
        self._owners: list[str] = []
        self._firsts: list[int] = []
        self._index = self._fresh_index()

    def put_picture(self, work_id: str, luma: NDArray[np.uint8]) -> None:
        """Add a work, or replace it, from a luma plane in memory."""
        points = self._points(luma, self._settings.points_of_work)
        digest = hashlib.sha256(luma.tobytes()).hexdigest()
        self._references.put_fingerprint(work_id, digest, points.to_bytes())

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given."""
        outcomes: list[MatchOutcome] = []
        for upload in batch:
            luma = self._read(upload.file)
            outcomes.append(luma if isinstance(luma, Failed) else self.match_picture(luma))
        return outcomes

    def match_picture(self, luma: NDArray[np.uint8]) -> Matched | NoMatch:
        """Look at a luma plane in memory, as it is and mirrored: one evidence per work, the largest share first."""
        snapshot = self._references.catch_up()
        found: dict[str, tuple[_Placed, bool]] = {}
        for mirrored in (False, True):
            points = self._points(luma[:, ::-1] if mirrored else luma, self._settings.points_of_upload)
            for work_id in self._proposed(points):
                placed = self._place(points, self._works[work_id][0])
                if placed is not None and (work_id not in found or placed.agreeing > found[work_id][0].agreeing):
                    found[work_id] = placed, mirrored
        if not found:
            return NoMatch(NAME, VERSION, snapshot)
        evidence = [self._evidence(work_id, *how, luma.shape, snapshot) for work_id, how in found.items()]
        return Matched(tuple(sorted(evidence, key=lambda one: (-(one.share_of_upload or 0), one.work_id))))

    def _proposed(self, upload: _Points) -> list[str]:
        """Return the works that most points of the upload look like; a point speaks for its likest work only."""
        rows, numbers, bits = self._index.near(upload.words, self._settings.vote_distance)
        if not len(rows):
            return []
        order = np.lexsort((bits, rows))
        first = np.concatenate([[True], np.diff(rows[order]) != 0])
        owners = np.searchsorted(np.array(self._firsts), numbers[order][first], "right") - 1
        votes: dict[str, int] = {}
        for owner in owners.tolist():
            votes[self._owners[owner]] = votes.get(self._owners[owner], 0) + 1
        likely = sorted((-count, work_id) for work_id, count in votes.items() if count >= _LEAST_VOTES)
        return [work_id for _, work_id in likely[: self._settings.most_works]]

    def _place(self, upload: _Points, work: _Points) -> _Placed | None:
        """Find what carries most points of the work onto those of the upload, if it carries enough."""
        settings = self._settings
        if len(work.places) < settings.least_points or len(upload.places) < settings.least_points:
            return None
        ours, theirs = (np.ascontiguousarray(one.words).view(np.uint8) for one in (upload, work))
        pairs = self._cv.BFMatcher(self._cv.NORM_HAMMING).knnMatch(ours, theirs, 2)
        good = [
            pair[0]
            for pair in pairs
            if len(pair) == _NEIGHBOURS
            and pair[0].distance <= settings.pair_distance
            and pair[0].distance < _DISTINCT * pair[1].distance
        ]
        if len(good) < settings.least_points:
            return None
        theirs_at = work.places[[one.trainIdx for one in good]]
        ours_at = upload.places[[one.queryIdx for one in good]]
        moved, agreeing = self._carried(theirs_at, ours_at)
        if moved is None or agreeing < settings.least_points or agreeing * 100 < settings.least_percent * len(good):
            return None
        return self._covered(upload, work, moved, agreeing, len(good))

    def _carried(
        self, theirs: NDArray[np.float32], ours: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64] | None, int]:
        """Return what carries most points onto their partners, and how many; a stretch only where it explains more."""
        self._cv.setRNGSeed(1)  # the same answer every time
        rules = {"method": self._cv.RANSAC, "ransacReprojThreshold": 4.0, "maxIters": 4000, "confidence": 0.999}
        plain, inside = self._cv.estimateAffinePartial2D(theirs, ours, **rules)
        moved, agreeing = (None, 0) if plain is None else (np.asarray(plain, np.float64), int(inside.sum()))
        stretched, inside = self._cv.estimateAffine2D(theirs, ours, **rules)
        if stretched is not None and int(inside.sum()) * 10 > agreeing * 11 + 30:
            longer, shorter = np.linalg.svd(stretched[:, :2], compute_uv=False)
            if longer < _MOST_STRETCHED * shorter:
                moved, agreeing = np.asarray(stretched, np.float64), int(inside.sum())
        return moved, agreeing

    def _covered(
        self, upload: _Points, work: _Points, moved: NDArray[np.float64], agreeing: int, compared: int
    ) -> _Placed | None:
        turn, shift = moved[:, :2], moved[:, 2]
        scale = abs(float(np.linalg.det(turn)))
        area, shown = self._overlap(_corners(work) @ turn.T + shift, _corners(upload))
        if scale < _SMALLEST_SCALE or area <= 0:
            return None
        back = (shown - shift) @ np.linalg.inv(turn).T
        return _Placed(
            min(round(area * 1000), upload.width * upload.height * 1000),
            min(round(area / scale * 1000), work.width * work.height * 1000),
            _box(shown),
            _box(back),
            agreeing,
            compared,
        )

    def _overlap(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the area and the corners of what two convex figures have in common."""
        area, shape = self._cv.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
        return float(area), np.zeros((0, 2)) if shape is None else np.asarray(shape, np.float64).reshape(-1, 2)

    def _evidence(
        self, work_id: str, placed: _Placed, mirrored: bool, shape: tuple[int, ...], snapshot: str
    ) -> MatchEvidence:
        height, width = shape
        work = self._works[work_id][0]
        left, top, right, bottom = placed.upload_box
        ours = (width - right, top, width - left, bottom) if mirrored else placed.upload_box
        region = region_of_pixels(ours, width, height)
        score = rounded_down(Decimal(placed.agreeing) / Decimal(placed.compared), _SCORE_STEP)
        share = exact_share(placed.area, width * height * 1000)
        low, high = error_interval(share, points=1)
        their = region_of_pixels(placed.work_box, work.width, work.height)
        return MatchEvidence(
            work_id=work_id,
            method="fingerprint",
            engine=NAME,
            engine_version=VERSION,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=share,
            share_of_work=exact_share(placed.work_area, work.width * work.height * 1000),
            segments=() if region is None else segments_between(region, their, mirrored=mirrored, score=score),
            confidence=score,
            share_of_upload_low=low,
            share_of_upload_high=high,
            track="image",
        )

    def _take(self, work_id: str, fingerprint: bytes) -> None:
        self._drop(work_id)
        points = _Points.from_bytes(fingerprint)
        first = self._index.add(points.words)
        self._works[work_id] = points, first
        self._owners.append(work_id)
        self._firsts.append(first)

    def _drop(self, work_id: str) -> None:
        held = self._works.pop(work_id, None)
        if held is None:
            return
        self._index.remove(held[1], len(held[0].places))
        alive = sum(len(points.places) for points, _ in self._works.values())
        if len(self._index) - alive > max(_MANY_REMOVED, alive):
            kept = [(one, points.to_bytes()) for one, (points, _) in self._works.items()]
            self._works, self._owners, self._firsts, self._index = {}, [], [], self._fresh_index()
            for one, raw in kept:
                self._take(one, raw)

    def _fresh_index(self) -> HammingIndex:
        return HammingIndex(SearchSettings(direct_below=self._settings.direct_below, flips=0))

    def _extract(self, file: FileReference) -> bytes | Failed:
        luma = self._read(file)
        if isinstance(luma, Failed):
            return luma
        points = self._points(luma, self._settings.points_of_work)
        if len(points.places) < self._settings.least_points:
            found = f"{len(points.places)} points of interest, {self._settings.least_points} are needed"
            return Failed(NAME, "too_flat", f"{file.name}: {found}", retryable=False)
        return points.to_bytes()

    def _points(self, luma: NDArray[np.uint8], most: int) -> _Points:
        finder = self._cv.ORB_create(nfeatures=most, scaleFactor=_SCALE, nlevels=_LEVELS, fastThreshold=_THRESHOLD)
        found, described = finder.detectAndCompute(np.ascontiguousarray(luma), None)
        height, width = luma.shape
        if described is None:
            return _Points(width, height, np.zeros((0, 2), np.float32), np.zeros((0, 4), np.uint64))
        words = np.ascontiguousarray(described).view("<u8").astype(np.uint64)
        return _Points(width, height, np.array([one.pt for one in found], np.float32), words)

    def _read(self, file: FileReference) -> NDArray[np.uint8] | Failed:
        if not self.info.accepts(file):
            return Failed(NAME, "unsupported", f"{file.name}: {file.media_type} is no picture", retryable=False)
        try:
            return luma_picture(file.path, file.media_type, longest=self._settings.longest_side)
        except DecodingFailed as failure:
            return Failed(NAME, failure.code, f"{file.name}: {failure.detail}", failure.retryable)


_LEAST_VOTES = 8
_MANY_REMOVED = 100_000
_NEIGHBOURS = 2
_DISTINCT = 0.8  # a point must be clearly nearer to one point of the work than to the next
_MOST_STRETCHED = 1.6  # times as long as wide, where the work is not
_SMALLEST_SCALE = 0.0004  # a fiftieth of the length: below, everything lies on one point


def _opencv() -> Any:
    """Import OpenCV only here, when it is needed."""
    try:
        import cv2
    except ImportError:
        raise OpenCvMissing("image-regions needs OpenCV: install casework[image-regions]") from None
    return cv2


def _corners(points: _Points) -> NDArray[np.float64]:
    width, height = points.width, points.height
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _box(corners: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """Return the whole pixels around corners: left, top, right, bottom."""
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return int(left), int(top), int(right), int(bottom)
