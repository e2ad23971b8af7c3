"""Writes what an engine said of an upload as JSON and reads it back, exactly, so that nobody has to look again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from matching_adapter.port import (
    Amount,
    EngineInfo,
    Failed,
    Json,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Region,
    Segment,
    UploadFile,
)

FORMAT = 1
"""Version of the format; outcomes of another one are not found, because it is part of their key."""

_SHARES = ("share_of_upload", "share_of_work", "confidence", "share_of_upload_low", "share_of_upload_high")
_WORDS = ("work_id", "method", "engine", "engine_version", "config_digest", "index_snapshot", "track")
_PLACES = ("upload_start", "upload_end", "work_start", "work_end")


def engine_key(info: EngineInfo) -> str:
    """Return a digest of everything about an engine that its answers depend on."""
    return _digest([FORMAT, info.name, info.version, info.config_digest])


def upload_key(upload: UploadFile) -> str:
    """Return a digest of everything about an upload that an engine may look at: the file, its name and its title."""
    file = upload.file
    return _digest([file.sha256, file.media_type, file.name, upload.title, upload.language])


def outcome_text(outcome: MatchOutcome) -> str:
    """Return an outcome as JSON text; equal outcomes give equal texts."""
    return json.dumps(_written(outcome), ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def outcome_from(text: str) -> MatchOutcome:
    """Return the outcome that `outcome_text` wrote.

    Raises:
        ValueError: for anything else.

    """
    try:
        return _read(json.loads(text))
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"no outcome: {error}") from None


def _digest(parts: list[Json]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _written(outcome: MatchOutcome) -> dict[str, Any]:
    if isinstance(outcome, Matched):
        return {"matched": [_evidence_json(one) for one in outcome.evidence]}
    if isinstance(outcome, NoMatch):
        return {"nothing": [outcome.engine, outcome.engine_version, outcome.index_snapshot]}
    return {"failed": [outcome.engine, outcome.code, outcome.detail, outcome.retryable]}


def _read(written: Mapping[str, Any]) -> MatchOutcome:
    if "matched" in written:
        return Matched(tuple(_evidence(one) for one in written["matched"]))
    if "nothing" in written:
        return NoMatch(*written["nothing"])
    return Failed(*written["failed"])


def _evidence_json(evidence: MatchEvidence) -> dict[str, Any]:
    amount = evidence.amount
    return {
        **{name: getattr(evidence, name) for name in _WORDS},
        **{name: _number(getattr(evidence, name)) for name in _SHARES},
        "amount": [_number(amount.seconds), amount.characters, amount.words, amount.bytes],
        "segments": [_segment_json(one) for one in evidence.segments],
    }


def _evidence(written: Mapping[str, Any]) -> MatchEvidence:
    seconds, *counts = written["amount"]
    return MatchEvidence(
        **{name: written[name] for name in _WORDS},
        **{name: _value(written[name]) for name in _SHARES},
        amount=Amount(_value(seconds), *counts),
        segments=tuple(_segment(one) for one in written["segments"]),
    )


def _segment_json(segment: Segment) -> list[Any]:
    places = [_number(getattr(segment, name)) for name in _PLACES]
    regions = [_region_json(segment.upload_region), _region_json(segment.work_region)]
    return [*places, _number(segment.score), *regions]


def _segment(written: list[Any]) -> Segment:
    start, end, work_start, work_end, score = (_value(place) for place in written[:5])
    upload, work = written[5:]
    return Segment(start, end, work_start, work_end, score, _region(upload), _region(work))


def _region_json(region: Region | None) -> list[Any] | None:
    return None if region is None else [_number(side) for side in (region.x0, region.y0, region.x1, region.y1)]


def _region(written: list[Any] | None) -> Region | None:
    return None if written is None else Region(*(_value(side) for side in written))


def _number(value: int | Decimal | None) -> int | str | None:
    """Return a decimal as text and an integer as it is, so that each comes back as what it was."""
    return format(value, "f") if isinstance(value, Decimal) else value


def _value(written: Any) -> Any:
    return Decimal(written) if isinstance(written, str) else written
