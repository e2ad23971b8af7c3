"""What comes out when the fingerprints of well-known libraries are compared in the plain way, to measure beside.

Sound: Chromaprint's items, and one offset for each work, where most items have the same 14 upper bits, as AcoustID
compares. Pictures and films: PDQ of the whole picture, two frames a second, the same up to 31 bits, as vPDQ does;
the share is the part of the upload's frames for which a work has one. Order and time play no part there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching_adapter.engines.pdq import Hashes, distances, hash_frames, hash_picture
from matching_adapter.evaluation.truth import LabelledFolder, TrueMatch
from matching_adapter.media.decoder import chromaprint_items, luma_frames, luma_picture
from matching_adapter.port import FileReference

SAME_PICTURE = 31
_SAME_ITEM = 8  # bits of 32
_KEY_BITS = 14
_REPORTED = 0.05
_GOOD_ENOUGH = 50
_FRAMES_A_SECOND = 2


@dataclass(slots=True)
class BareErrors:
    """Errors of the share in points, how many works were missed, and how many reported wrongly with 5 % and more."""

    errors: list[float] = field(default_factory=list)
    missed: int = 0
    wrong: int = 0

    def count(self, true: Sequence[TrueMatch], found: Mapping[str, float]) -> None:
        """Add what was found of one upload."""
        named = {row.work: float(row.share or 0) for row in true if row.work is not None}
        for work, share in named.items():
            self.errors.append(abs(found.get(work, 0.0) - share) * 100)
            self.missed += found.get(work, 0.0) < min(_REPORTED, share)
        self.wrong += sum(share >= _REPORTED for work, share in found.items() if work not in named)

    def __str__(self) -> str:
        """Return mean, 95th percentile, misses and wrong works."""
        ordered = sorted(self.errors)
        mean, p95 = sum(ordered) / len(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return (
            f"mean error {mean:.2f} points, p95 {p95:.2f}, missed {self.missed} of {len(ordered)}, "
            f"wrong works {self.wrong}"
        )


def by_upload(folder: LabelledFolder) -> dict[str, list[TrueMatch]]:
    """Return the rows of the truth by upload."""
    found: dict[str, list[TrueMatch]] = {}
    for row in folder.truth:
        found.setdefault(row.upload, []).append(row)
    return found


def plain_chromaprint(folder: LabelledFolder) -> BareErrors:
    """Compare Chromaprint's items at the one best offset of each work."""
    works = {work.work_id: _items(work.file) for work in folder.works}
    measured = BareErrors()
    for upload, rows in by_upload(folder).items():
        items = _items(folder.uploads[upload].file)
        measured.count(rows, {work: _at_one_offset(items, other) for work, other in works.items()})
    return measured


def _items(file: FileReference) -> NDArray[np.uint32]:
    return chromaprint_items(file.path, file.media_type)


def _at_one_offset(items: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Return the part of the items that agree at the offset that most of them propose."""
    if not len(items) or not len(other):
        return 0.0
    keys, others = items >> np.uint32(32 - _KEY_BITS), other >> np.uint32(32 - _KEY_BITS)
    order = np.argsort(others, kind="stable")
    first, last = (np.searchsorted(others[order], keys, side) for side in ("left", "right"))
    counts = last - first
    rows = np.repeat(np.arange(len(keys)), counts)
    places = order[np.repeat(first, counts) + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)]
    if not len(rows):
        return 0.0
    offset = int(np.bincount(places - rows + len(items)).argmax()) - len(items)
    inside = np.arange(max(0, -offset), min(len(items), len(other) - offset))
    agreeing = np.bitwise_count(items[inside] ^ other[inside + offset]) <= _SAME_ITEM
    return float(agreeing.sum()) / len(items)


def plain_pdq_of_films(folder: LabelledFolder) -> dict[str, BareErrors]:
    """Compare the frames of films as sets of PDQ hashes; errors by what was done to the upload, and of "all"."""
    works = {work.work_id: _frames(work.file) for work in folder.works}
    measured: dict[str, BareErrors] = {}
    for upload, rows in by_upload(folder).items():
        hashes = _frames(folder.uploads[upload].file)
        found = {work: _part_within(hashes, other) for work, other in works.items()}
        for group in (rows[0].transform, "all"):
            measured.setdefault(group, BareErrors()).count(rows, found)
    return measured


def _frames(file: FileReference) -> Hashes:
    kept = [np.zeros((0, 4), np.uint64)]
    for piece in luma_frames(file.path, file.media_type, frames_per_second=_FRAMES_A_SECOND):
        hashes, qualities, _ = hash_frames(piece)
        kept.append(hashes[qualities >= _GOOD_ENOUGH])
    return np.concatenate(kept)


def _part_within(hashes: Hashes, other: Hashes) -> float:
    if not len(hashes) or not len(other):
        return 0.0
    near = distances(hashes[:, None], other[None]).min(axis=1) <= SAME_PICTURE
    return float(near.sum()) / len(hashes)


def plain_pdq_of_pictures(folder: LabelledFolder, most: int = SAME_PICTURE) -> dict[str, tuple[int, int, int]]:
    """Compare whole pictures by PDQ; by what was done: works found, uploads, and works reported wrongly."""
    names = [work.work_id for work in folder.works]
    works = np.stack([_picture(work.file) for work in folder.works])
    counted: dict[str, tuple[int, int, int]] = {}
    for upload, rows in by_upload(folder).items():
        near = distances(works, _picture(folder.uploads[upload].file)) <= most
        found = {name for name, is_near in zip(names, near.tolist(), strict=True) if is_near}
        true = {row.work for row in rows}
        hits, uploads, wrong = counted.get(rows[0].transform, (0, 0, 0))
        counted[rows[0].transform] = (hits + len(found & true), uploads + 1, wrong + len(found - true))
    return counted


def _picture(file: FileReference) -> Hashes:
    return hash_picture(luma_picture(file.path, file.media_type, longest=512))[0]
