"""Composes uploads that take an exact share of their characters from a work, counted as the text engine counts them.

The copied stretch stands between two stretches of another own text. Where they meet, the next characters differ from
those that the work goes on with, so that nothing is copied by chance and the measured share is the intended one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from matching_adapter.tokens import Tokens, tokenise

Side: TypeAlias = Literal["exactly", "just_above", "just_below"]

_SENTENCE_ENDS = frozenset("。！？.!?\n")


@dataclass(frozen=True)
class Passage:
    """A text with its tokens and the running count of its normalised characters."""

    text: str
    tokens: Tokens
    counts: tuple[int, ...]

    def between(self, first: int, last: int) -> str:
        """Return the original text of tokens [first, last) with the punctuation that follows them."""
        begin = int(self.tokens.starts[first]) if first < len(self.tokens) else len(self.text)
        end = int(self.tokens.starts[last]) if last < len(self.tokens) else len(self.text)
        return self.text[begin:end].strip()

    def ends_sentence(self, last: int) -> bool:
        """Say whether a sentence ends right before token `last`."""
        return last == len(self.tokens) or bool(
            _SENTENCE_ENDS & set(self.text[int(self.tokens.ends[last - 1]) : int(self.tokens.starts[last])])
        )


def passage(text: str) -> Passage:
    """Prepare a text for cutting."""
    tokens = tokenise(text)
    return Passage(text, tokens, (0, *np.cumsum(tokens.widths).tolist()))


def body(text: str) -> str:
    """Return a text without its title, which is its first line."""
    return text.split("\n", 1)[1].strip()


def with_share(work: str, filler: str, share: Fraction, copied: int, side: Side = "exactly") -> str:
    """Return a text of which `share` comes from the beginning of `work`, with about `copied` characters of it.

    `just_above` and `just_below` miss the share by as little as the size allows: one character of filler.

    Raises:
        ValueError: when the texts are too short for it, with half as much or half as much again copied at most.

    """
    source, other = passage(work), passage(filler)
    for last in _by_preference(source, copied):
        if abs(source.counts[last] - copied) * 2 > copied:
            continue
        needed = _filler_characters(source.counts[last], share, side)
        if needed is None or needed not in other.counts:
            continue
        end = other.counts.index(needed)
        middle = _meeting_place(source, last, other, end)
        if middle is not None:
            parts = (other.between(0, middle), source.between(0, last), other.between(middle, end))
            return "\n\n".join(part for part in parts if part) + "\n"
    raise ValueError(f"the texts are too short for a share of {share} with {copied} characters")


def excerpt(work: str, characters: int) -> str:
    """Return the first sentences of a work, as many as fit into `characters` characters (at least one token)."""
    source = passage(work)
    fitting = [last for last in range(1, len(source.counts)) if source.counts[last] <= characters]
    ends = [last for last in fitting if source.ends_sentence(last)]
    return source.between(0, (ends or fitting)[-1]) + "\n"


def from_two(first: str, second: str, filler: str, unit: int) -> str:
    """Return a text of which 5/10 come from one work, 3/10 from another and 2/10 from neither.

    `unit` is a tenth, in characters; the texts must be of a script in which every character is a token.
    """
    one, two, other = passage(first), passage(second), passage(filler)
    parts = (
        other.between(0, unit),
        one.between(0, 5 * unit),
        other.between(unit, 2 * unit - unit // 2),
        two.between(0, 3 * unit),
        other.between(2 * unit - unit // 2, 2 * unit),
    )
    return "\n\n".join(parts) + "\n"


def reworded(work: str, every: int, replacement: str) -> str:
    """Return a work with every so many-th token replaced, as a careless disguise would do it."""
    source = passage(work)
    pieces, position = [], 0
    for token in range(every - 1, len(source.tokens), every):
        pieces += [work[position : int(source.tokens.starts[token])], replacement]
        position = int(source.tokens.ends[token])
    return "".join([*pieces, work[position:]]) + "\n"


def _by_preference(source: Passage, copied: int) -> Iterator[int]:
    """Yield places to stop copying: ends of sentences within a quarter first, each group from the nearest on."""

    def rank(last: int) -> tuple[bool, int]:
        distance = abs(source.counts[last] - copied)
        return distance * 4 > copied or not source.ends_sentence(last), distance

    yield from sorted(range(1, len(source.counts)), key=rank)


def _filler_characters(copied: int, share: Fraction, side: Side) -> int | None:
    exact = copied * (1 - share) / share
    if side == "just_above":
        return math.ceil(exact) - 1
    if side == "just_below":
        return math.floor(exact) + 1
    return int(exact) if exact.denominator == 1 else None


def _meeting_place(source: Passage, last: int, other: Passage, end: int) -> int | None:
    """Return where to part the filler: near its middle, at a sentence, not at the token that the work goes on with."""
    following = int(source.tokens.hashes[last]) if last < len(source.tokens) else None
    places = [place for place in range(end) if place == 0 or other.ends_sentence(place)]
    for place in sorted(places, key=lambda place: abs(place - end // 2)):
        if int(other.tokens.hashes[place]) != following:
            return place
    return 0 if end == 0 else None
