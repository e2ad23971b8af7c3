"""The two compared files side by side, as every page that shows them draws them: stretches to jump to, the overlay.

Pictures are blurred for those who judge and look after cases until they ask to see them; the browser keeps that choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from casework.application import Casework
from casework.domain.case.media_events import MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.domain.matching import Segment, Span
from casework.previews.kept import Previews
from casework.previews.reading import CaseMedia, MediaState, Passage, SideMedia, previews_of
from casework.views.language import gettext
from casework.views.responses import AnyRequest

PICTURES_COOKIE = "casework_pictures"
SHOWN = "shown"
"""The value of the cookie of somebody who wants to see pictures as they are."""

MOST_QUESTIONS = 150
"""How often an open page asks by itself whether previews are ready: every four seconds, so for ten minutes."""

_UNSCROLLED = 700
"""Characters of a passage that surely fit into its frame: longer ones take the focus, so that keys scroll them."""

PLAYED = frozenset({"audio", "video"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A matched stretch of one side: seconds of its excerpt, and the same in seconds of its whole file."""

    start: Decimal
    end: Decimal
    file_start: Decimal
    file_end: Decimal


@dataclass(frozen=True, slots=True)
class BenchSegment:
    """A matched segment that at least one player can go to; ``number`` counts from 1, as people do."""

    number: int
    upload: Stretch | None
    work: Stretch | None


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where the picture of the work lies over that of the upload, in fractions of the upload's picture."""

    left: Decimal
    top: Decimal
    width: Decimal
    height: Decimal


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A matched passage: its ``parts`` in order, each with whether it is shared and if its own segment begins there.

    ``start``: the place of the segment's first character in the whole text. ``cut``: it goes on. ``long``: it is
    scrolled inside its frame.
    """

    start: int
    parts: tuple[tuple[str, bool, bool], ...]
    cut: bool
    long: bool


@dataclass(frozen=True, slots=True)
class PassagePair:
    """One matched segment of two texts; ``number`` counts from 1."""

    number: int
    upload: ShownPassage | None
    work: ShownPassage | None


@dataclass(frozen=True, slots=True)
class MediaBench:
    """All that the template draws. ``base``: the address below which the files are fetched.

    ``asked``: how often this page has asked already whether they are ready. ``chooses``: whether whoever looks has the
    choice between blurred pictures and clear ones. ``keys``: whether keys of the page move the players.
    """

    base: str
    media: CaseMedia
    segments: tuple[BenchSegment, ...]
    overlay: Overlay | None
    passages: tuple[PassagePair, ...]
    chooses: bool
    blurred: bool
    keys: bool
    asked: int

    @property
    def sides(self) -> tuple[SideMedia, SideMedia]:
        """The upload, then the work."""
        return (self.media.upload, self.media.work)

    @property
    def waiting(self) -> bool:
        """Whether a preview is still being prepared, and the page has not asked too often."""
        return self.asked < MOST_QUESTIONS and any(one.state is MediaState.WAITING for one in self.sides)

    @property
    def played(self) -> bool:
        """Whether there is something to play."""
        return any(is_played(one) for one in self.sides)

    @property
    def both_played(self) -> bool:
        """Whether there are two players, so that one has to be chosen to be heard."""
        return all(is_played(one) for one in self.sides)

    @property
    def pictured(self) -> bool:
        """Whether there is something to see that may be blurred."""
        return any(one.image is not None or one.strip is not None for one in self.sides)


def is_played(media: SideMedia) -> bool:
    """Whether this side has an excerpt that a player can play."""
    return media.state is MediaState.READY and media.excerpt is not None and media.kind in PLAYED


def media_bench(
    request: AnyRequest, casework: Casework, case_id: UUID, case: Case, role: Role, base: str, *, asked: int = 0
) -> MediaBench:
    """Both files as somebody in this role, who may see the case, sees them; takes a few milliseconds."""
    kept: Previews = request.app.state.parts.previews
    media = previews_of(casework, kept, case_id, case, role, base)
    chooses = role not in (Role.UPLOADER, Role.RIGHT_HOLDER)
    return MediaBench(
        base=base,
        media=media,
        segments=bench_segments(media),
        overlay=overlay_of(media),
        passages=passage_pairs(media, case.decision.evidence.segments),
        chooses=chooses,
        blurred=chooses and request.cookies.get(PICTURES_COOKIE) != SHOWN,
        keys=chooses,
        asked=asked,
    )


def blind_bench(
    request: AnyRequest, casework: Casework, case_id: UUID, case: Case, base: str, *, asked: int = 0
) -> MediaBench:
    """The same for whoever labels a case blind: what reviewers see, but not the files themselves."""
    bench = media_bench(request, casework, case_id, case, Role.REVIEWER, base, asked=asked)
    media = replace(
        bench.media, upload=replace(bench.media.upload, original=None), work=replace(bench.media.work, original=None)
    )
    return replace(bench, media=media)


def bench_segments(media: CaseMedia) -> tuple[BenchSegment, ...]:
    """The segments in their order; one that was cut in two is entered where it begins."""
    ours, theirs = _stretches(media.upload), _stretches(media.work)
    return tuple(BenchSegment(number + 1, ours.get(number), theirs.get(number)) for number in sorted({*ours, *theirs}))


def _stretches(media: SideMedia) -> dict[int, Stretch]:
    found: dict[int, Stretch] = {}
    if not is_played(media):
        return found
    for mark in media.marks:
        piece = next((one for one in reversed(media.pieces) if one.at <= mark.start), None)
        shift = Decimal(0) if piece is None else piece.start - piece.at
        found.setdefault(mark.segment, Stretch(mark.start, mark.end, mark.start + shift, mark.end + shift))
    return found


def overlay_of(media: CaseMedia) -> Overlay | None:
    """Where the work's picture has to lie so that what matches covers itself; ``None`` without two pictures.

    By the largest region that both have; without regions both pictures are whole and match as a whole.
    """
    if media.upload.image is None or media.work.image is None:
        return None
    theirs = {one.segment: one for one in media.work.regions}
    pairs = [(one, theirs[one.segment]) for one in media.upload.regions if one.segment in theirs]
    if not pairs:
        whole = media.upload.whole and media.work.whole
        return Overlay(Decimal(0), Decimal(0), Decimal(1), Decimal(1)) if whole else None
    on, of = max(pairs, key=lambda pair: (pair[0].right - pair[0].left) * (pair[0].bottom - pair[0].top))
    width, height = of.right - of.left, of.bottom - of.top
    if not width or not height:
        return None
    across, down = (on.right - on.left) / width, (on.bottom - on.top) / height
    return Overlay(on.left - of.left * across, on.top - of.top * down, across, down)


def passage_pairs(media: CaseMedia, segments: Sequence[Segment]) -> tuple[PassagePair, ...]:
    """The matched passages of two texts beside one another, in the order of the evidence's segments."""
    return tuple(
        PassagePair(
            number + 1,
            _shown(pair[0], None if number >= len(segments) else segments[number].upload),
            _shown(pair[1], None if number >= len(segments) else segments[number].work),
        )
        for number, pair in media.by_segment.items()
    )


def _shown(passage: Passage | None, span: Span | None) -> ShownPassage | None:
    """A passage with the place where its own segment begins: others' may be shared before it, or right up to it."""
    if passage is None:
        return None
    start = passage.start if span is None else max(int(span[0]), passage.start)
    parts: list[tuple[str, bool, bool]] = []
    at = passage.start
    for text, shared in passage.parts:
        before = start - at
        if 0 < before < len(text):
            parts += [(text[:before], shared, False), (text[before:], shared, True)]
        else:
            parts.append((text, shared, before == 0))
        at += len(text)
    return ShownPassage(start, tuple(parts), passage.cut, at - passage.start > _UNSCROLLED)


def segment_track(media: SideMedia) -> str:
    """The matched stretches of an excerpt as WebVTT, so that a player names them while it plays, without a script."""
    cues = [
        f"{_clock(mark.start)} --> {_clock(mark.end)}\n{gettext('Segment %(number)d') % {'number': mark.segment + 1}}\n"
        for mark in media.marks
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _clock(second: Decimal) -> str:
    thousandths = int(second * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def side_named(bench: MediaBench, side: str) -> SideMedia | None:
    """The side of this name; ``None`` for a name that is none."""
    return {MediaSide.UPLOAD.value: bench.media.upload, MediaSide.WORK.value: bench.media.work}.get(side)
