"""Cuts text into comparable tokens that remember where they stood: the ground on which text is matched and counted.

A token is one character of a script written without blanks (Chinese, kana, Hangul, Thai ...) or one run of other
letters and digits. Compatibility forms, case, accents, full width, traditional characters and invisible characters make
no difference; punctuation and blanks only separate. Every token keeps its place in the original text, in code points,
and its width in *normalised* characters, so that padding with invisible characters changes no share.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import opencc

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_SEPARATOR, _WORD, _SINGLE = 0, 1, 2
_CODE_POINTS = 0x110000
# Scripts written without blanks between words: every character is a token.
_SINGLE_RANGES = (
    (0x0E00, 0x0F00),  # Thai, Lao
    (0x1000, 0x10A0),  # Myanmar
    (0x1780, 0x1800),  # Khmer
    (0x2E80, 0x2FE0),  # CJK radicals
    (0x3005, 0x3008),  # iteration mark, closing mark, zero
    (0x3040, 0x3130),  # kana, bopomofo
    (0x31A0, 0x31C0),  # bopomofo extended
    (0x31F0, 0x3200),  # kana extension
    (0x3400, 0xA4D0),  # ideographs, Yi
    (0xAC00, 0xD7A4),  # Hangul syllables
    (0xF900, 0xFB00),  # compatibility ideographs
    (0x20000, 0x323B0),  # further ideographs
)
_SINGLE_BOUNDS = tuple(bound for bounds in _SINGLE_RANGES for bound in bounds)
# Blocks whose characters are their own normal form; filled in one stroke because they are large.
_PLAIN_RANGES = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2F800), (0x30000, 0x323B0))
_IDEOGRAPH_RANGES = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2F800))
# Where any other assigned character can be; the private and unassigned planes are left out.
_OTHER_RANGES = ((0, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE1000))
_FILLERS = frozenset((0x115F, 0x1160, 0x3164, 0xFFA0))  # letters by category, invisible on the screen
# Not assigned yet, but promised by Unicode to be invisible whatever they become (Default_Ignorable_Code_Point).
_RESERVED_INVISIBLE = frozenset((0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
_LINE_CONTROLS = frozenset("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85")

_BASE = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xFF51AFD7ED558CCD)


@dataclass(frozen=True)
class Tokens:
    """The tokens of one text, as parallel arrays.

    `hashes` stand for the normalised tokens; `starts` and `ends` are half-open places in the original text, in code
    points; `widths` are the normalised characters of each token.
    """

    hashes: Hashes
    starts: Integers
    ends: Integers
    widths: Integers

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def characters(self) -> int:
        """Normalised characters in all tokens: the whole that shares are measured against."""
        return int(self.widths.sum())


def tokenise(text: str) -> Tokens:
    """Return the tokens of a text; an empty text, or one of punctuation only, has none."""
    values, kinds, source = _normalised(text)
    begins, stops = _bounds(kinds)
    hashes = _hash_tokens(values, kinds, begins, stops)
    if source is None:
        return Tokens(hashes, begins, stops, stops - begins)
    return Tokens(hashes, source[begins], source[stops - 1] + 1, stops - begins)


def squeezed(text: str) -> tuple[str, Integers]:
    """Return the normalised letters and digits of a text with nothing between them, and where its tokens begin.

    Places count characters of the squeezed text, and its end is the last of them, so that a stretch consists of whole
    tokens exactly when both its ends are among the places.
    """
    values, kinds, _ = _normalised(text)
    begins, _ = _bounds(kinds)
    inside = kinds != _SEPARATOR
    before = np.concatenate([[0], np.cumsum(inside, dtype=np.int64)])
    letters = values[inside].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return letters, np.append(before[begins], len(letters))


def seams(text: str) -> frozenset[int]:
    """Return the places of the squeezed text at which something between letters was left out, and its two ends."""
    _, kinds, _ = _normalised(text)
    inside = kinds != _SEPARATOR
    before = np.cumsum(inside, dtype=np.int64)
    return frozenset([0, int(inside.sum()), *before[~inside].tolist()])


@lru_cache(maxsize=1)
def table_digest() -> str:
    """Return the SHA-256 of the table of characters: it follows the Unicode and OpenCC versions that are installed."""
    table = _table()
    digest = hashlib.sha256()
    for column in (table.counts, table.firsts, table.values, table.kinds):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _normalised(text: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8], Integers | None]:
    """Return value and kind of each normalised character and its place in the text; None: the same place."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))
    table = _table()
    counts = table.counts[codes]
    if len(codes) == 0 or (counts == 1).all():
        source: Integers | None = None
        places = table.firsts[codes]
    else:
        # Invisible characters vanish here (count 0), ligatures and the like spread out (count 2 and more).
        source = np.repeat(np.arange(len(codes), dtype=np.int64), counts)
        before = np.cumsum(counts, dtype=np.int64) - counts
        places = table.firsts[codes][source] + (np.arange(len(source), dtype=np.int64) - before[source])
    return table.values[places], table.kinds[places], source


def mix(values: Hashes) -> Hashes:
    """Spread the bits of 64-bit values, so that neighbouring code points do not give neighbouring hashes."""
    values = values ^ (values >> np.uint64(33))
    values = values * _FACTOR
    return values ^ (values >> np.uint64(29))


def gram_hashes(hashes: Hashes, length: int) -> Hashes:
    """Return the hash of every run of `length` tokens; empty when there are fewer tokens."""
    count = len(hashes) - length + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    grams = np.zeros(count, np.uint64)
    for place in range(length):
        grams = grams * _BASE + hashes[place : place + count]
    return mix(grams)


@dataclass(frozen=True)
class _Table:
    """Per code point: how many normalised characters it becomes, and where in `values` and `kinds` they begin."""

    counts: npt.NDArray[np.uint8]
    firsts: Integers
    values: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]


@lru_cache(maxsize=1)
def _table() -> _Table:
    # The first 0x110000 places belong to the code points themselves, longer forms are appended behind them.
    counts = np.ones(_CODE_POINTS, np.uint8)
    firsts = np.arange(_CODE_POINTS, dtype=np.int64)
    values = np.zeros(_CODE_POINTS, np.uint32)
    kinds = np.zeros(_CODE_POINTS, np.uint8)
    more_values: list[int] = []
    more_kinds: list[int] = []
    simplified = _simplified()
    for first, last in _PLAIN_RANGES:
        values[first:last] = np.arange(first, last)
        kinds[first:last] = _SINGLE
    for traditional, simple in simplified.items():
        values[traditional] = simple
    for code in _other_codes():
        form = _normal_form(chr(code), simplified)
        counts[code] = len(form)
        if len(form) == 1:
            values[code], kinds[code] = form[0]
        elif form:
            firsts[code] = _CODE_POINTS + len(more_values)
            more_values.extend(value for value, _ in form)
            more_kinds.extend(kind for _, kind in form)
    return _Table(
        counts,
        firsts,
        np.concatenate([values, np.array(more_values, np.uint32)]),
        np.concatenate([kinds, np.array(more_kinds, np.uint8)]),
    )


def _other_codes() -> list[int]:
    """Return what is assigned or promised outside the plain ranges; the rest only separates, as the table begins."""
    codes = {code for first, last in _OTHER_RANGES for code in range(first, last)}
    for first, last in (*_PLAIN_RANGES, (0xD800, 0xF900)):  # surrogates and private use stand for nothing
        codes.difference_update(range(first, last))
    return [code for code in sorted(codes) if unicodedata.category(chr(code)) != "Cn" or code in _RESERVED_INVISIBLE]


def _normal_form(character: str, simplified: dict[int, int]) -> list[tuple[int, int]]:
    """Return (value, kind) of each normalised character; an invisible character has none."""
    if _is_invisible(character):
        return []
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    bare = "".join(part for part in unicodedata.normalize("NFD", folded) if not _is_invisible(part))
    form: list[tuple[int, int]] = []
    for part in unicodedata.normalize("NFC", bare):
        kind = _kind(part)
        form.append((simplified.get(ord(part), ord(part)) if kind else 0, kind))
    return form


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cc":
        return character not in _LINE_CONTROLS
    code = ord(character)
    return category in ("Cf", "Mn", "Me") or code in _FILLERS or code in _RESERVED_INVISIBLE


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if category[0] not in "LN" and category != "Mc":
        return _SEPARATOR
    # An odd number of bounds up to here: inside one of the ranges.
    return _SINGLE if bisect_right(_SINGLE_BOUNDS, ord(character)) % 2 else _WORD


def _simplified() -> dict[int, int]:
    """Return traditional -> simplified code points, for single characters (no phrases: a token is one character)."""
    characters = [chr(code) for first, last in _IDEOGRAPH_RANGES for code in range(first, last)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {ord(before): ord(after) for before, after in pairs if before != after and len(after) == 1}


def _bounds(kinds: npt.NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Return half-open bounds of the tokens in the normalised characters."""
    if len(kinds) == 0:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing
    single, word = kinds == _SINGLE, kinds == _WORD
    begins, stops = single.copy(), single.copy()
    begins |= word & np.concatenate([[True], ~word[:-1]])
    stops |= word & np.concatenate([~word[1:], [True]])
    return np.flatnonzero(begins), np.flatnonzero(stops) + 1


def _hash_tokens(
    values: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], begins: Integers, stops: Integers
) -> Hashes:
    if len(begins) == 0:
        return np.zeros(0, np.uint64)
    lengths = stops - begins
    spread = mix(values.astype(np.uint64) + np.uint64(77))
    if (lengths == 1).all():
        return mix(spread[begins])
    powers = np.full(int(lengths.max()), _BASE, np.uint64)
    powers[0] = 1
    powers = np.cumprod(powers, dtype=np.uint64)
    inside = np.flatnonzero(kinds != _SEPARATOR)
    token_starts = np.cumsum(lengths) - lengths
    place = np.arange(len(inside), dtype=np.int64) - np.repeat(token_starts, lengths)
    sums: Hashes = np.add.reduceat(spread[inside] * powers[place], token_starts)
    return mix(sums)
