"""Names of works as they are compared: letters and digits only, with the places where their words begin."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from matching_adapter.tokens import squeezed

_NEAR_SCORE = 70  # of 100, below which no name with one wrong character was seen in the matching study
_LONGEST = 400  # letters of a name that are compared


@dataclass(frozen=True, slots=True)
class Name:
    """One name: its normalised letters and digits, and where its tokens begin among them."""

    letters: str
    starts: tuple[int, ...]

    def is_long_enough(self, chinese: int, latin: int) -> bool:
        """Say whether the name has so many Chinese characters, or other letters, or some of both; digits count nothing.

        A number alone ("1984", "300") is a year or an amount far more often than a title.
        """
        wide = sum(letter >= "\u2e80" for letter in self.letters if letter.isalpha())
        narrow = sum(letter < "\u2e80" for letter in self.letters if letter.isalpha())
        return wide * latin + narrow * chinese >= chinese * latin


@dataclass(frozen=True, slots=True)
class Names:
    """All names of one work, each once, and those of its authors."""

    titles: tuple[Name, ...]
    authors: tuple[Name, ...]

    @classmethod
    def of(cls, titles: Sequence[str], authors: Sequence[str]) -> Names:
        """Normalise names; those without a letter or digit are left out."""
        return cls(*(tuple(dict.fromkeys(_named(given))) for given in (titles, authors)))

    def all_letters(self) -> set[str]:
        """Return the letters of all titles and authors."""
        return {name.letters for name in (*self.titles, *self.authors)}

    def to_bytes(self) -> bytes:
        """Return the names as they are stored."""
        rows = [[[name.letters, list(name.starts)] for name in names] for names in (self.titles, self.authors)]
        return json.dumps(rows, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_bytes(cls, stored: bytes) -> Names:
        """Read stored names."""
        titles, authors = json.loads(stored)
        return cls(
            tuple(Name(letters, tuple(starts)) for letters, starts in titles),
            tuple(Name(letters, tuple(starts)) for letters, starts in authors),
        )


def name_of(written: str) -> Name:
    """Return the name as it is compared."""
    letters, starts = squeezed(written)
    return Name(letters, tuple(starts[:-1].tolist()))


def nearly(letters: str, bounds: Collection[int], names: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the names that stand in a text of few letters with one character wrong, missing or too many, and where.

    `bounds` are the places where tokens of the text begin, and its end: a name consists of whole tokens.
    """
    searched = letters[:_LONGEST]
    for name, _, _ in process.extract_iter(searched, names, scorer=fuzz.partial_ratio, score_cutoff=_NEAR_SCORE):
        if len(name) <= len(searched) + 1:
            for start, end in _near_places(name, searched, bounds):
                yield name, start, end


def _near_places(name: str, letters: str, bounds: Collection[int]) -> Iterator[tuple[int, int]]:
    for start in range(max(1, len(letters) - len(name) + 2)):
        for end in range(start + len(name) - 1, start + len(name) + 2) if start in bounds else ():
            in_text = end in bounds and end <= len(letters)
            if in_text and Levenshtein.distance(name, letters[start:end], score_cutoff=1) <= 1:
                yield start, end


def _named(given: Sequence[str]) -> Iterator[Name]:
    for written in given:
        name = name_of(written)
        if name.letters:
            yield name
