"""The matched passages of a text, each with a little of what stands before and after, and where the shared parts lie.

Of the work no more than that is ever shown, because the uploader sees it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casework.domain.case.media_events import MediaSide
from casework.domain.matching import MatchEvidence
from casework.previews.plan import span_of

CONTEXT = 160
"""Characters before and after a matched passage."""

MOST_PASSAGES = 60
LONGEST_PASSAGE = 4000
"""Characters of one passage that are shown; the rest of a longer one is left out, and it says so."""

MOST_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the text for one segment. ``start`` is its first character's place in the whole text.

    ``marks``: [from, to) within ``text`` of what is shared, its own segment's and those of others that lie in it.
    ``cut``: the passage goes on, but is too long to be shown.
    """

    segment: int
    start: int
    text: str
    marks: tuple[tuple[int, int], ...]
    cut: bool


def passages(text: str, evidence: MatchEvidence, side: MediaSide) -> tuple[Passage, ...]:
    """The passages in the order of the evidence's segments; a segment that does not lie in the text has none."""
    spans = {
        number: (int(span[0]), min(int(span[1]), len(text)))
        for number, segment in enumerate(evidence.segments)
        if (span := span_of(segment, side)) is not None and int(span[0]) < min(int(span[1]), len(text))
    }
    shared = _joined(list(spans.values()))
    found: list[Passage] = []
    room = MOST_CHARACTERS
    for number, (start, end) in list(spans.items())[:MOST_PASSAGES]:
        shown = min(end, start + LONGEST_PASSAGE)
        first, last = max(start - CONTEXT, 0), min(shown + CONTEXT, len(text)) if shown == end else shown
        if last - first > room:
            break
        room -= last - first
        marks = tuple(
            (max(one, first) - first, min(other, last) - first) for one, other in shared if one < last and other > first
        )
        found.append(Passage(number, first, text[first:last], marks, shown < end))
    return tuple(found)


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
