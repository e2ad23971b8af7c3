"""Turns what a vendor's engine sends into findings in our own words, by a checked mapping file; pure, no look-ups.

Shares are counted again from the stretches that an engine sends: its own number is kept beside, and a difference of
more than two points is flagged. Sound and picture stay apart. What the engine does not say stays unknown.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from matching_adapter.external.mapping_file import MappingFile, Place
from matching_adapter.external.pointers import MISSING, value_at
from matching_adapter.port import Json, exact_share, json_number, shortest

MOST_MATCHES = 500
MOST_SEGMENTS = 2000
LONGEST_REFERENCE = 200
TWO_POINTS = Decimal("0.02")

_SCALE = {"seconds": 1, "milliseconds": 1000, "characters": 1, "fraction": 1, "percent": 100}
_LARGEST = Decimal(10) ** 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unfit(ValueError):
    """A delivery that the mapping does not fit: the JSON pointer of the place, and what is wrong there."""

    def __init__(self, pointer: str, detail: str) -> None:
        """Name the place; what stands there is not repeated."""
        self.pointer = pointer
        self.detail = detail
        super().__init__(f"{pointer or 'the document'}: {detail}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One matched stretch in seconds or characters; the work's is None where the engine does not say."""

    upload: tuple[Decimal, Decimal]
    work: tuple[Decimal, Decimal] | None
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the engine says of the upload and one work, of one track. Shares are its own numbers."""

    work: str
    method: str
    track: str | None
    share_of_upload: Decimal | None
    share_of_work: Decimal | None
    confidence: Decimal | None
    amount: Decimal | None
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, read.

    `upload` and each finding's `work` are the engine's own references. `unit` is that of stretches, amounts and
    `length`, which is the upload's where the engine says it.
    """

    upload: str
    completed_at: datetime | None
    engine_version: str | None
    length: Decimal | None
    unit: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A finding with its shares counted: `evidence` is that of the decision format."""

    evidence: Mapping[str, Json]
    share: Decimal | None
    differs: bool


def read_document(body: bytes) -> Any:
    """Return the JSON of a message with exact numbers. Raises `Unfit`, also where one object has a name twice."""
    try:
        return json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object
        )
    except Unfit:
        raise
    except (ValueError, RecursionError):
        raise Unfit("", "is not JSON in UTF-8") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise Unfit("", f"gives {twice[:100]!r} twice in one object")
    return found


def read_delivery(mapping: MappingFile, document: Any) -> Delivery:
    """Return what a message says. Raises `Unfit` for the first place that does not fit."""
    delivery = mapping.delivery
    found = [document] if mapping.matches is None else _list_at(document, mapping.matches, "", MOST_MATCHES)
    where = "" if mapping.matches is None else mapping.matches
    findings: list[Finding] = []
    for number, match in enumerate(found):
        place = where if mapping.matches is None else f"{where}/{number}"
        findings += _findings(mapping, match, place)
    upload = _text(delivery["upload"], document, "")
    if upload is None:
        raise Unfit(delivery["upload"].pointer or "", "is missing")
    return Delivery(
        upload=upload,
        completed_at=_time(delivery.get("completed_at"), document),
        engine_version=_text(delivery.get("engine_version"), document, ""),
        length=_number(delivery.get("length"), document, ""),
        unit=_unit(mapping),
        findings=tuple(_joined(findings)),
    )


def measured(
    finding: Finding,
    *,
    engine: str,
    engine_version: str,
    config_digest: str,
    unit: str,
    upload_length: Decimal | None,
    work_length: Decimal | None,
) -> Measured:
    """Return a finding as evidence; lengths in `unit`, None where nobody knows them.

    The share of the upload is that of the union of its stretches; without any it is the engine's own number, else the
    amount that it says, of the upload's length.
    """
    covered = union([one.upload for one in finding.stretches])
    share, own = _share(covered, upload_length), finding.share_of_upload
    works = [one.work for one in finding.stretches if one.work is not None]
    of_work = _share(union(works), work_length) if len(works) == len(finding.stretches) else None
    if share is None:
        share, engine_share = own, None
    else:
        engine_share = own
    if share is None and finding.amount is not None:
        share = _share(finding.amount, upload_length)
    amount = covered if finding.stretches else finding.amount
    evidence: dict[str, Json] = {
        "method": finding.method,
        "engine": engine,
        "engine_version": engine_version,
        "share_of_upload": _written(share),
        "share_of_work": _written(finding.share_of_work if of_work is None else of_work),
        "amount": {} if amount is None else {unit: json_number(shortest(amount))},
        "segments": [_segment(one) for one in finding.stretches],
        "config_digest": config_digest,
    }
    optional = {"confidence": finding.confidence, "engine_share": engine_share}
    evidence |= {name: _written(value) for name, value in optional.items() if value is not None}
    if finding.track is not None:
        evidence["track"] = finding.track
    differs = engine_share is not None and share is not None and abs(engine_share - share) > TWO_POINTS
    return Measured(evidence, share, differs)


def union(stretches: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return how much some half-open stretches cover together; what is covered twice counts once."""
    total, reached = Decimal(0), Decimal(0)
    for start, end in sorted(stretches):
        total += max(Decimal(0), end - max(start, reached))
        reached = max(reached, end)
    return total


def _share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    if whole is None or whole <= 0 or part <= 0:
        return None
    ratio = min(Fraction(1), Fraction(part) / Fraction(whole))
    return exact_share(ratio.numerator, ratio.denominator)


def _unit(mapping: MappingFile) -> str:
    """The unit of stretches; milliseconds become seconds while they are read."""
    units = {place.unit for place in (*mapping.segments.values(), mapping.match.get("amount")) if place is not None}
    return "characters" if "characters" in units else "seconds"


def _findings(mapping: MappingFile, match: Any, where: str) -> list[Finding]:
    """The finding of one match, or one for each track that its stretches name."""
    places = mapping.match
    work = _text(places["work"], match, where)
    if work is None:
        raise Unfit(where + (places["work"].pointer or ""), "is missing")
    method = _words(places["method"], match, where)
    if not method:
        raise Unfit(where + (places["method"].pointer or ""), "is missing")
    tracks = _words(places.get("track"), match, where)
    stretches = _stretches(mapping, match, where)
    named = {track for _stretch, several in stretches for track in several}
    found = []
    for track in sorted(named) or tracks or (None,):
        own = [stretch for stretch, several in stretches if track is None or not several or track in several]
        found.append(
            Finding(
                work=work,
                method=method[0],
                track=track,
                share_of_upload=_number(places.get("share_of_upload"), match, where),
                share_of_work=_number(places.get("share_of_work"), match, where),
                confidence=_number(places.get("confidence"), match, where),
                amount=_number(places.get("amount"), match, where),
                stretches=tuple(own),
            )
        )
    return found


def _stretches(mapping: MappingFile, match: Any, where: str) -> list[tuple[Stretch, tuple[str, ...]]]:
    """The stretches of a match, each with the tracks that it is of."""
    places = mapping.segments
    if not places:
        return []
    if mapping.segments_list is None:
        several, prefix = [match], None
    else:
        several, prefix = _list_at(match, mapping.segments_list, where, MOST_SEGMENTS), where + mapping.segments_list
    found = []
    for number, one in enumerate(several):
        place = where if prefix is None else f"{prefix}/{number}"
        upload = _span(places, "upload", one, place)
        if upload is None:
            continue
        stretch = Stretch(upload, _span(places, "work", one, place), _number(places.get("score"), one, place))
        found.append((stretch, _words(places.get("track"), one, place)))
    return found


def _span(places: Mapping[str, Place], side: str, segment: Any, where: str) -> tuple[Decimal, Decimal] | None:
    start = _number(places.get(f"{side}_start"), segment, where)
    end = _number(places.get(f"{side}_end"), segment, where)
    length = _number(places.get(f"{side}_length"), segment, where)
    if start is None or (end is None and length is None):
        return None
    end = start + length if end is None and length is not None else end
    if end is None or end <= start:
        raise Unfit(where + (places[f"{side}_start"].pointer or ""), "the stretch is empty or turned round")
    return start, end


def _joined(findings: Sequence[Finding]) -> list[Finding]:
    """One finding per work, track and method: a vendor lists the same work several times. Numbers are not added up."""
    groups: dict[tuple[str, str | None, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.work, one.track, one.method), []).append(one)
    joined = []
    for (work, track, method), several in groups.items():
        if len(several) == 1:
            joined.append(several[0])
            continue
        stretches = tuple(stretch for one in several for stretch in one.stretches)
        if len(stretches) > MOST_SEGMENTS:
            raise Unfit("", f"a work with more than {MOST_SEGMENTS} stretches")
        shares = [one.share_of_upload for one in several if one.share_of_upload is not None]
        surest = max((one.confidence for one in several if one.confidence is not None), default=None)
        # The largest of several shares is certain, their sum is not: they may overlap.
        largest = None if stretches else max(shares, default=None)
        joined.append(Finding(work, method, track, largest, None, surest, None, stretches))
    return joined


def _list_at(document: Any, pointer: str, where: str, most: int) -> list[Any]:
    found = value_at(document, pointer)
    if found is MISSING or found is None:
        return []
    if not isinstance(found, list):
        raise Unfit(where + pointer, "must be a list")
    if len(found) > most:
        raise Unfit(where + pointer, f"has more than {most} entries")
    return found


def _value(place: Place | None, document: Any, where: str) -> Any:
    """What stands at a place; None where it may be missing. Raises `Unfit` where it may not."""
    if place is None:
        return None
    if place.constant is not None:
        return place.constant
    found = value_at(document, place.pointer or "")
    if found is MISSING or found is None:
        if place.optional:
            return None
        raise Unfit(where + (place.pointer or ""), "is missing")
    return found


def _text(place: Place | None, document: Any, where: str) -> str | None:
    found = _value(place, document, where)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63:
        found = str(found)
    if found is None:
        return None
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_REFERENCE or not found.isprintable():
        raise Unfit(where + ((place.pointer if place else None) or ""), "must be a short text")
    return found


def _words(place: Place | None, document: Any, where: str) -> tuple[str, ...]:
    found = _value(place, document, where)
    if found is None or place is None:
        return ()
    if place.constant is not None:
        return (place.constant,)
    ours = place.values.get(found) if isinstance(found, str) else None
    if ours is None:
        raise Unfit(where + (place.pointer or ""), "is a word that the mapping does not know")
    return ours


def _number(place: Place | None, document: Any, where: str) -> Decimal | None:
    found = _value(place, document, where)
    if found is None or place is None:
        return None
    pointer = where + (place.pointer or "")
    if isinstance(found, bool) or not isinstance(found, int | str | Decimal) or len(str(found)) > 40:
        raise Unfit(pointer, "must be a number")
    try:
        number = Decimal(found)
    except InvalidOperation:
        raise Unfit(pointer, "must be a number") from None
    if not number.is_finite() or not 0 <= number < _LARGEST:
        raise Unfit(pointer, "must be a number of zero or more")
    number = shortest(number / _SCALE[place.unit or "seconds"])
    if place.kind == "share" and number > 1:
        raise Unfit(pointer, "is more than the whole")
    return number


def _time(place: Place | None, document: Any) -> datetime | None:
    found = _value(place, document, "")
    if found is None or place is None:
        return None
    try:
        if place.unit == "utc":
            return datetime.strptime(str(found), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        if place.unit == "rfc3339":
            moment = datetime.fromisoformat(str(found))
            if moment.utcoffset() is None:
                raise ValueError("no zone")
            return moment.astimezone(UTC)
        seconds = Decimal(found) / (1000 if place.unit == "unix_milliseconds" else 1)
        return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    except (ValueError, TypeError, ArithmeticError):
        raise Unfit(place.pointer or "", f"must be a time ({place.unit})") from None


def _segment(one: Stretch) -> dict[str, Json]:
    written: dict[str, Json] = {"upload": [json_number(end) for end in one.upload]}
    if one.work is not None:
        written["work"] = [json_number(end) for end in one.work]
    if one.score is not None:
        written["score"] = _written(one.score)
    return written


def _written(value: Decimal | None) -> str | None:
    return None if value is None else format(shortest(value), "f")


def _no_number(word: str) -> Any:
    raise ValueError(word)
