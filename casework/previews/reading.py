"""What a page or a program shows of the two files that were compared: states, addresses, and what was made of them.

Nothing is decoded here and nothing is waited for. Previews that are missing are asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from casework.application import Casework
from casework.domain.case.media_events import MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.eventlog.vault import TamperedItem
from casework.previews.kept import KeptPreview, Previews, PreviewState
from casework.previews.parts import EXCERPT, FACTS, PICTURE, SHOWN, STRIP
from casework.previews.subjects import may_open_original, may_see
from matching_adapter.files import KINDS

ORIGINAL = "original"
"""The name under which the file itself is fetched."""


class MediaState(StrEnum):
    """``none``: no file came, or it was erased; ``failed``: there is a reason, ``problem``, and no preview."""

    NONE = "none"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the file, in seconds, and where it begins in the excerpt."""

    start: Decimal
    end: Decimal
    at: Decimal


@dataclass(frozen=True, slots=True)
class PlayedMark:
    """A matched stretch in seconds of the excerpt; ``segment`` counts from 0, as the evidence does."""

    start: Decimal
    end: Decimal
    segment: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A matched passage of a text: ``parts`` are its text in order, each with whether it is shared with the other side.

    ``start``: the place of its first character in the whole text. ``cut``: it goes on, too long to be shown.
    """

    segment: int
    start: int
    parts: tuple[tuple[str, bool], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class PictureRegion:
    """A matched region in fractions of the picture as it is shown: left, top, right, bottom."""

    segment: int
    left: Decimal
    top: Decimal
    right: Decimal
    bottom: Decimal


@dataclass(frozen=True, slots=True)
class SideMedia:
    """The file of one side. Addresses are ``None`` where there is nothing, or not for whoever looks.

    ``kind``: text, pdf, image, audio or video. ``seconds``: length of the whole file, ``length``: of the excerpt.
    ``whole``: the excerpt, or the picture, is the whole file. ``peaks``: loudness from 0 to 100 along the excerpt.
    ``frames``: second of the excerpt for each frame of the strip (160 by 90 pixels each, side by side).
    """

    side: MediaSide
    state: MediaState
    problem: str | None = None
    kind: str = ""
    media_type: str = ""
    size: int = 0
    original: str | None = None
    excerpt: str | None = None
    excerpt_type: str = ""
    strip: str | None = None
    image: str | None = None
    seconds: Decimal | None = None
    length: Decimal | None = None
    whole: bool = False
    pieces: tuple[Piece, ...] = ()
    marks: tuple[PlayedMark, ...] = ()
    peaks: tuple[int, ...] = ()
    frames: tuple[Decimal, ...] = ()
    passages: tuple[Passage, ...] = ()
    regions: tuple[PictureRegion, ...] = ()

    def excerpt_second(self, second: Decimal) -> Decimal | None:
        """Where a second of the file lies in the excerpt; ``None`` where it is not in it."""
        for piece in self.pieces:
            if piece.start <= second < piece.end:
                return piece.at + second - piece.start
        return None


@dataclass(frozen=True, slots=True)
class CaseMedia:
    """Both files of a case."""

    upload: SideMedia
    work: SideMedia
    by_segment: Mapping[int, tuple[Passage | None, Passage | None]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there is anything to show or to say."""
        return self.upload.state is not MediaState.NONE or self.work.state is not MediaState.NONE


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a case, and the address of the case for them: files are below it."""

    role: Role
    base: str

    def address(self, side: MediaSide, part: str) -> str:
        """Where a part is fetched."""
        return f"{self.base}/media/{side.value}/{part}"


def previews_of(casework: Casework, previews: Previews, case_id: UUID, case: Case, role: Role, base: str) -> CaseMedia:
    """Both files as somebody in this role, who may see the case, may see them. ``base`` is the address of the case.

    Takes a few milliseconds; what is not ready is told by its state, and what is missing is asked for.
    """
    rows = previews.of_case(case_id) if case.media else {}
    viewer = Viewer(role, base)
    by_side = {one.side: rows.get(one.version) for one in case.media}
    upload, work = (
        _side(casework, previews, case_id, case, side, by_side.get(side), viewer)
        for side in (MediaSide.UPLOAD, MediaSide.WORK)
    )
    return CaseMedia(upload, work, _by_segment(upload, work))


def _by_segment(upload: SideMedia, work: SideMedia) -> dict[int, tuple[Passage | None, Passage | None]]:
    ours = {one.segment: one for one in upload.passages}
    theirs = {one.segment: one for one in work.passages}
    return {number: (ours.get(number), theirs.get(number)) for number in sorted({*ours, *theirs})}


def _side(
    casework: Casework,
    previews: Previews,
    case_id: UUID,
    case: Case,
    side: MediaSide,
    row: KeptPreview | None,
    viewer: Viewer,
) -> SideMedia:
    deposited = case.media_of(side)
    if deposited is None:
        return SideMedia(side, MediaState.NONE)
    parts = () if row is None else row.parts
    there = casework.vault.held([deposited.file.file, *(part.reference for part in parts)])
    if deposited.file.file.id not in there:
        return SideMedia(side, MediaState.NONE)
    known = SideMedia(
        side,
        MediaState.WAITING,
        problem=None if row is None else row.problem,
        kind=KINDS.get(deposited.file.media_type, ""),
        media_type=deposited.file.media_type,
        size=deposited.file.size,
        original=viewer.address(side, ORIGINAL) if may_open_original(viewer.role, side) else None,
    )
    if row is None:
        previews.want(case_id, deposited.version, side)
        return known
    if row.state is PreviewState.FAILED:
        return replace(known, state=MediaState.FAILED)
    if row.state is not PreviewState.READY:
        return known
    if any(part.reference.id not in there for part in parts):
        previews.want_again(row)
        return known
    if not may_see(viewer.role):
        return replace(known, state=MediaState.READY)
    return _ready(casework, known, row, viewer)


def _ready(casework: Casework, known: SideMedia, row: KeptPreview, viewer: Viewer) -> SideMedia:
    facts_part = row.part(FACTS)
    try:
        content = None if facts_part is None else casework.vault.open(facts_part.reference)
    except TamperedItem:
        return replace(known, state=MediaState.FAILED, problem="tampered")
    if content is None:
        return known
    facts: dict[str, Any] = msgspec.json.decode(content)
    excerpt = row.part(EXCERPT)
    addresses = {name: viewer.address(known.side, name) for name in SHOWN if row.part(name) is not None}
    pieces = tuple(
        Piece(Decimal(one["start"]), Decimal(one["end"]), Decimal(one["at"])) for one in facts.get("pieces", ())
    )
    seconds = _decimal(facts.get("seconds"))
    return replace(
        known,
        state=MediaState.READY,
        problem=None,
        kind=facts["kind"],
        excerpt=addresses.get(EXCERPT),
        excerpt_type="" if excerpt is None else excerpt.media_type,
        strip=addresses.get(STRIP),
        image=addresses.get(PICTURE),
        seconds=seconds,
        length=_decimal(facts.get("length")),
        whole=facts.get("crop", "") is None or [(one.start, one.end) for one in pieces] == [(Decimal(0), seconds)],
        pieces=pieces,
        marks=tuple(
            PlayedMark(Decimal(one["start"]), Decimal(one["end"]), one["segment"]) for one in facts.get("marks", ())
        ),
        peaks=tuple(facts.get("peaks", ())),
        frames=tuple(Decimal(one) for one in facts.get("frames", ())),
        passages=tuple(_passage(one) for one in facts.get("passages", ())),
        regions=tuple(
            PictureRegion(one["segment"], *(Decimal(place) for place in one["region"]))
            for one in facts.get("regions", ())
        ),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _passage(facts: Mapping[str, Any]) -> Passage:
    text, at = str(facts["text"]), 0
    parts: list[tuple[str, bool]] = []
    for start, end in facts["marks"]:
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    parts.append((text[at:], False))
    return Passage(facts["segment"], facts["start"], tuple(part for part in parts if part[0]), facts["cut"])


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """Something to send. ``name``: that of the file itself, else none; ``tag`` is the same for the same content."""

    content: bytes
    media_type: str
    tag: str
    name: str | None = None


def open_part(
    casework: Casework, previews: Previews, case_id: UUID, case: Case, role: Role, side: str, name: str
) -> OpenedPart:
    """A file, or a part of its previews, for somebody in this role who may see the case. Raises ``NotFound``.

    What is not for this role, what is not there yet, and what there never was are not told apart.
    """
    deposited = case.media_of(MediaSide(side)) if side in tuple(MediaSide) else None
    if deposited is None or not may_see(role):
        raise NotFound("media")
    vault = casework.vault
    if name == ORIGINAL:
        if not may_open_original(role, deposited.side):
            raise NotFound("media")
        content, own_name = vault.open(deposited.file.file), vault.open(deposited.file.name)
        if content is None or own_name is None:
            raise NotFound("media")
        reference = deposited.file.file
        return OpenedPart(content, deposited.file.media_type, reference.digest, own_name.decode("utf-8", "replace"))
    row = previews.of_case(case_id).get(deposited.version)
    part = None if row is None or name not in SHOWN else row.part(name)
    content = None if part is None else vault.open(part.reference)
    if part is None or content is None:
        raise NotFound("media")
    return OpenedPart(content, part.media_type, part.reference.digest)
