"""What Hasher-Matcher-Actioner (HMA) answers, as values: pure functions from bytes, without a call.

Distances come as text, and each kind of signal means another thing by them: PDQ `"16"` bits that differ, MD5 `"-"`,
vPDQ `"75%[30%]"` percent of the distinct frames of the upload and of the work. What an answer does not say stays None.
Sources: the HTTP interface of HMA 1.1.7, and what the library `threatexchange` 1.2.17 prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from matching_adapter.external.http_calls import CallFailed
from matching_adapter.port import shortest

PDQ, VIDEO_MD5, VPDQ = "pdq", "video_md5", "vpdq"
MOST_HITS = 10_000
MOST_DISTANCE = 256
"""Bits of a PDQ hash."""

HALF_STEP = Decimal("0.005")
"""vPDQ percentages are rounded to whole ones."""

_UNRELATED = 128
_percents = re.compile(r"(\d{1,3})%\[(\d{1,3})%\]").fullmatch
_bits = re.compile(r"\d{1,3}").fullmatch


@dataclass(frozen=True, slots=True)
class Hit:
    """One content of a bank that resembles the upload, and how, in HMA's own words."""

    signal: str
    bank: str
    content_id: int
    distance: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a distance says of upload and work, in the words of the port; shares are fractions."""

    method: Literal["hash", "fingerprint"]
    share_of_upload: Decimal | None = None
    share_of_upload_low: Decimal | None = None
    share_of_upload_high: Decimal | None = None
    share_of_work: Decimal | None = None
    confidence: Decimal | None = None


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index of one kind of signal is built: `built_to` is HMA's own time in seconds."""

    present: bool
    built_to: int
    size: int


def read_lookup(body: bytes) -> tuple[Hit, ...]:
    """Return the hits of a look-up of a file: kind of signal, bank, contents.

    Raises:
        CallFailed: `unexpected_answer`, for this and all readers of this module.

    """
    hits: list[Hit] = []
    for signal, banks in _object(_document(body)).items():
        hits += _of_banks(signal, banks)
    return _bounded(hits)


def read_signal_lookup(body: bytes, signal: str) -> tuple[Hit, ...]:
    """Return the hits of a look-up of one signal: bank, contents."""
    return _bounded(_of_banks(signal, _document(body)))


def read_raw_lookup(body: bytes, signal: str) -> tuple[Hit, ...]:
    """Return the hits of a raw look-up with distances, which names no bank and heeds no switch."""
    matches = _list(_object(_document(body)).get("matches"))
    return _bounded([_hit(signal, "", one) for one in matches])


def read_work_id(body: bytes) -> str | None:
    """Return the id of ours that a content carries as `metadata.content_id`; None where it carries none.

    Servers that do not keep the metadata exist: then only whoever put the content in knows what it is.
    """
    metadata = _object(_document(body)).get("metadata")
    work_id = _object(metadata).get("content_id") if metadata is not None else None
    if work_id is not None and not (isinstance(work_id, str) and 0 < len(work_id) <= 200):
        raise _unexpected("metadata.content_id is no id")
    return work_id


def read_added(body: bytes) -> int:
    """Return the number under which a content was put into a bank."""
    return _number(_object(_document(body)).get("id"))


def read_status(body: bytes) -> Mapping[str, IndexState]:
    """Return how far each index is built, by kind of signal."""
    states = {}
    for signal, one in _object(_document(body)).items():
        state = _object(one)
        present = state.get("present")
        if not isinstance(present, bool):
            raise _unexpected("present is not true or false")
        states[signal] = IndexState(present, _number(state.get("built_to"), least=-1), _number(state.get("size")))
    return states


def reading_of(hit: Hit) -> Reading:
    """Say what a hit means: of a kind of signal that is not known, nothing but that there is a likeness."""
    if hit.signal == VIDEO_MD5:
        whole = Decimal(1)
        return Reading("hash", whole, None, None, whole, whole)
    if hit.signal == PDQ:
        if _bits(hit.distance) is None or int(hit.distance) > MOST_DISTANCE:
            raise _unexpected(f"a PDQ distance must be a number of bits, not {hit.distance[:20]!r}")
        likeness = max(Decimal(0), 1 - Decimal(int(hit.distance)) / _UNRELATED)
        return Reading("fingerprint", confidence=shortest(likeness))
    if hit.signal == VPDQ:
        found = _percents(hit.distance)
        shares = [Decimal(one) / 100 for one in found.groups()] if found else []
        if not shares or max(shares) > 1:
            raise _unexpected(f"a vPDQ distance must be two percentages, not {hit.distance[:20]!r}")
        upload, work = shares
        low, high = max(Decimal(0), upload - HALF_STEP), min(Decimal(1), upload + HALF_STEP)
        return Reading("fingerprint", upload, low, high, work)
    return Reading("fingerprint")


def _document(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise _unexpected("the answer is not JSON") from None


def _of_banks(signal: str, banks: Any) -> list[Hit]:
    return [_hit(signal, bank, one) for bank, contents in _object(banks).items() for one in _list(contents)]


def _hit(signal: str, bank: str, content: Any) -> Hit:
    found = _object(content)
    distance = found.get("distance")
    # The description of the interface shows numbers where the server sends text: both say the same.
    if isinstance(distance, int) and not isinstance(distance, bool):
        distance = str(distance)
    if not isinstance(distance, str) or len(distance) > 100:
        raise _unexpected("a distance is not text")
    return Hit(signal, bank, _number(found.get("bank_content_id")), distance)


def _bounded(hits: list[Hit]) -> tuple[Hit, ...]:
    if len(hits) > MOST_HITS:
        raise _unexpected(f"more than {MOST_HITS} hits")
    return tuple(hits)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unexpected("an object was expected")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _unexpected("a list was expected")
    return value


def _number(value: Any, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << 63:
        raise _unexpected("a whole number was expected")
    return value


def _unexpected(detail: str) -> CallFailed:
    return CallFailed("unexpected_answer", detail, retryable=False)
