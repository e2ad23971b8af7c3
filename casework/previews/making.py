"""Makes the previews of one file: everything that decodes it runs in the sandbox of the matching adapter.

The work on one file is bounded by the limits of its few decodings, whatever the file is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from casework.domain.case.media_events import MediaSide
from casework.domain.matching import MatchEvidence
from casework.previews import plan
from casework.previews.parts import EXCERPT, FACTS, PICTURE, STRIP, Part
from casework.previews.passages import passages
from matching_adapter.decoding import Undecodable, decode_text
from matching_adapter.files import KINDS
from matching_adapter.media import previews
from matching_adapter.media.decoder import DecodingFailed, Limits, probe, sound

MP4_SOUND, MP4_PICTURE, JPEG, JSON = "audio/mp4", "video/mp4", "image/jpeg", "application/json"
PEAKS = 600
MOST_FRAMES = 20
SECONDS_A_FRAME = 3
_PROBING = Limits(cpu_seconds=60, wall_seconds=120)
_HEARING = Limits(cpu_seconds=60, wall_seconds=120, output_bytes=64 << 20)
_HEARD = 8000


class NotPrepared(Exception):
    """There is no preview. ``code`` is stable; ``retryable``: another time it may work."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable


def make(path: Path, media_type: str, side: MediaSide, evidence: MatchEvidence) -> list[Part]:
    """Make the previews of the file at ``path``, the facts first; another file may be written beside it.

    Raises ``NotPrepared``: codes of ``DecodingFailed``, ``no_preview`` (a type that has none, such as PDF) and
    ``not_located`` (it is not known which part of the work was taken, so nothing of it is shown).
    """
    kind = KINDS.get(media_type)
    try:
        if kind == "text":
            return [_facts(kind, _text(path, side, evidence))]
        if kind == "image":
            return _picture(path, media_type, side, evidence)
        if kind in ("audio", "video"):
            return _played(path, media_type, side, evidence)
    except DecodingFailed as failed:
        raise NotPrepared(failed.code, retryable=failed.retryable) from failed
    raise NotPrepared("no_preview")


def _facts(kind: str, facts: Mapping[str, Any]) -> Part:
    return Part(FACTS, JSON, msgspec.json.encode({"kind": kind, **facts}))


def _text(path: Path, side: MediaSide, evidence: MatchEvidence) -> dict[str, Any]:
    try:
        text = decode_text(path.read_bytes())
    except Undecodable:
        raise NotPrepared("undecodable") from None
    found = passages(text, evidence, side)
    if not found:
        raise NotPrepared("not_located")
    return {"characters": len(text), "passages": [asdict(one) for one in found]}


def _picture(path: Path, media_type: str, side: MediaSide, evidence: MatchEvidence) -> list[Part]:
    shown = plan.crop(evidence, side)
    if shown is None:
        raise NotPrepared("not_located")
    whole = shown == plan.WHOLE
    jpeg = previews.small_picture(path, media_type, crop=None if whole else shown)
    regions = []
    for number, segment in enumerate(evidence.segments):
        region = plan.region_of(segment, side)
        seen = None if region is None else plan.inside(region, shown)
        if seen is not None:
            regions.append({"segment": number, "region": _texts(seen)})
    facts = {"crop": None if whole else _texts(shown), "regions": regions}
    return [_facts("image", facts), Part(PICTURE, JPEG, jpeg)]


def _played(path: Path, media_type: str, side: MediaSide, evidence: MatchEvidence) -> list[Part]:
    info = probe(path, media_type, _PROBING)
    if info.seconds is None or not (info.has_sound or info.has_picture):
        raise NotPrepared("undecodable")
    placed = plan.pieces(evidence, side, info.seconds)
    if not placed:
        raise NotPrepared("not_located")
    target = path.with_name("excerpt.mp4")
    stretches = [(piece.start, piece.end) for piece in placed]
    previews.write_excerpt(path, media_type, stretches, target, sound=info.has_sound, picture=info.has_picture)
    length = placed[-1].at + placed[-1].end - placed[-1].start
    made = MP4_PICTURE if info.has_picture else MP4_SOUND
    facts: dict[str, Any] = {
        "seconds": str(info.seconds),
        "length": str(length),
        "pieces": [{"start": str(one.start), "end": str(one.end), "at": str(one.at)} for one in placed],
        "marks": [
            {"start": str(one.start), "end": str(one.end), "segment": one.segment}
            for one in plan.marks(evidence, side, placed)
        ],
        "peaks": _peaks(target, made) if info.has_sound else [],
    }
    parts = [Part(EXCERPT, made, target.read_bytes())]
    if info.has_picture:
        strip = _strip(target, length)
        facts["frames"] = _texts(strip.times)
        parts.append(Part(STRIP, JPEG, strip.jpeg))
    return [_facts("video" if info.has_picture else "audio", facts), *parts]


def _peaks(excerpt: Path, media_type: str) -> list[int]:
    return previews.peaks(sound(excerpt, media_type, rate=_HEARD, channel="mix", limits=_HEARING), PEAKS)


def _strip(excerpt: Path, length: Decimal) -> previews.Strip:
    frames = min(max(int(length) // SECONDS_A_FRAME, 4), MOST_FRAMES)
    return previews.frame_strip(excerpt, MP4_PICTURE, seconds=length, frames=frames)


def _texts(numbers: Sequence[Decimal]) -> list[str]:
    return [format(number, "f") for number in numbers]
