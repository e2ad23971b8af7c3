"""Makes uploads of text whose truth is known: passages of real works are edited and put between other text.

Each upload is composed token by token, so that the true share and the true places are counted, not estimated. The same
seed and the same texts give the same uploads. `write_folder` writes what `casework evaluate` reads.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import opencc

from matching_adapter.port import Json, exact_share
from matching_adapter.tokens import tokenise

SHARES: tuple[int, ...] = (10, 30, 49, 55, 75, 90, 100)
"""Percent of the upload that come from the work, before it is edited."""

Piece: TypeAlias = tuple[str, bool]
"""A token with what follows it, and whether it comes from the work."""
Edit: TypeAlias = Callable[[list[str], Sequence[str], random.Random], list[Piece]]

_INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad"


@dataclass(frozen=True, slots=True)
class TextUpload:
    """One made upload and the truth about it; places are half-open, in code points; `work` None: from no work."""

    name: str
    text: str
    work: str | None
    transform: str
    share: Decimal
    upload_stretch: tuple[int, int] | None = None
    work_stretch: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the row of `truth.json`."""
        segments: list[Json] = []
        if self.upload_stretch is not None and self.work_stretch is not None:
            segments.append({"upload": list(self.upload_stretch), "work": list(self.work_stretch)})
        return {
            "upload": self.name,
            "work": self.work,
            "share_of_upload": format(self.share, "f"),
            "segments": segments,
            "transform": self.transform,
        }


def pieces(text: str) -> list[str]:
    """Cut a text into its tokens, each with the blanks and points that follow it."""
    starts = tokenise(text).starts.tolist()
    return [text[first:last] for first, last in zip(starts, [*starts[1:], len(text)], strict=True)]


def verbatim(copied: list[str], _: Sequence[str], __: random.Random) -> list[Piece]:
    """Leave everything as it is."""
    return [(piece, True) for piece in copied]


def invisible(copied: list[str], _: Sequence[str], chance: random.Random) -> list[Piece]:
    """Put invisible characters into half of the words."""
    return [(chance.choice(_INVISIBLE).join(piece) if chance.random() < 0.5 else piece, True) for piece in copied]


def other_points(copied: list[str], _: Sequence[str], chance: random.Random) -> list[Piece]:
    """Put other points and blanks between the words."""
    return [(_word(piece) + chance.choice([" ", ", ", "。", " — ", "!\n"]), True) for piece in copied]


def wide_capitals(copied: list[str], _: Sequence[str], __: random.Random) -> list[Piece]:
    """Write in capitals and in full width."""
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    return [(piece.upper().translate(wide), True) for piece in copied]


def traditional(copied: list[str], _: Sequence[str], __: random.Random) -> list[Piece]:
    """Write simplified characters in their traditional form."""
    return [(_to_traditional(piece), True) for piece in copied]


def substituted(part: float) -> Edit:
    """Put other words in the place of some."""

    def edit(copied: list[str], others: Sequence[str], chance: random.Random) -> list[Piece]:
        return [(chance.choice(others), False) if chance.random() < part else (piece, True) for piece in copied]

    return edit


def deleted(part: float) -> Edit:
    """Leave some words out."""
    return lambda copied, _, chance: [(piece, True) for piece in copied if chance.random() >= part]


def inserted(part: float) -> Edit:
    """Put other words between some."""

    def edit(copied: list[str], others: Sequence[str], chance: random.Random) -> list[Piece]:
        edited: list[Piece] = []
        for piece in copied:
            edited += [(chance.choice(others), False)] * (chance.random() < part)
            edited.append((piece, True))
        return edited

    return edit


def interrupted(copied: list[str], others: Sequence[str], chance: random.Random) -> list[Piece]:
    """Put fifteen words in a row from elsewhere after every sixty."""
    edited: list[Piece] = []
    for place, piece in enumerate(copied, start=1):
        edited.append((piece, True))
        if place % 60 == 0:
            begin = chance.randrange(max(1, len(others) - 15))
            edited += [(other, False) for other in others[begin : begin + 15]]
    return edited


def shuffled(copied: list[str], _: Sequence[str], chance: random.Random) -> list[Piece]:
    """Shuffle blocks of forty words."""
    blocks = [copied[begin : begin + 40] for begin in range(0, len(copied), 40)]
    chance.shuffle(blocks)
    return [(piece, True) for block in blocks for piece in block]


EDITS: Mapping[str, Edit] = MappingProxyType(
    {
        "verbatim": verbatim,
        "invisible characters": invisible,
        "other points": other_points,
        "full width, capitals": wide_capitals,
        "traditional characters": traditional,
        "5 % substituted": substituted(0.05),
        "10 % substituted": substituted(0.10),
        "5 % deleted": deleted(0.05),
        "5 % inserted": inserted(0.05),
        "foreign sentences": interrupted,
        "blocks shuffled": shuffled,
    }
)
"""What can be done to a passage, by name."""


def make_text_uploads(
    works: Mapping[str, str],
    fillers: Sequence[str],
    *,
    seed: int = 1,
    shares: Sequence[int] = SHARES,
    edits: Sequence[str] = tuple(EDITS),
    repeats: int = 1,
    longest_passage: int = 1200,
) -> Iterator[TextUpload]:
    """Yield one upload for each edit, share and repeat, and then every filler as it is, which comes from no work.

    `fillers` must have nothing from the works. `longest_passage` in tokens.

    Raises:
        ValueError: when there are no works or no fillers.

    """
    if not works or not fillers:
        raise ValueError("uploads are made of works and of other texts: both are needed")
    chance = random.Random(seed)  # noqa: S311 -- passages that can be repeated, nothing secret
    names, others = sorted(works), [pieces(text) for text in fillers]
    for edit in edits:
        for number, share in enumerate(list(shares) * repeats):
            work = chance.choice(names)
            made = _composed(works[work], chance.choice(others), share, EDITS[edit], chance, longest_passage)
            if made is not None:
                name = f"{edit.replace(' %', '').replace(',', '').replace(' ', '-')}-{number:03}.txt"
                yield TextUpload(name, made.text, work, edit, made.share, made.upload_stretch, made.work_stretch)
    for number, text in enumerate(fillers):
        yield TextUpload(f"unrelated-{number:03}.txt", text, None, "unrelated", Decimal(0))


def write_folder(folder: Path, works: Mapping[str, str], uploads: Sequence[TextUpload]) -> None:
    """Write works, uploads and `truth.json` into a folder."""
    for inner in ("works", "uploads"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    for work, text in works.items():
        (folder / "works" / f"{work}.txt").write_text(text, "utf-8", newline="")
    for upload in uploads:
        (folder / "uploads" / upload.name).write_text(upload.text, "utf-8", newline="")
    rows = [upload.to_json() for upload in uploads]
    (folder / "truth.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class _Composed:
    text: str
    share: Decimal
    upload_stretch: tuple[int, int]
    work_stretch: tuple[int, int]


def _composed(
    work: str, other: Sequence[str], share: int, edit: Edit, chance: random.Random, longest: int
) -> _Composed | None:
    """Return an upload, or None where the edit left nothing of the passage."""
    starts = tokenise(work).starts.tolist()
    cut = [work[first:last] for first, last in zip(starts, [*starts[1:], len(work)], strict=True)]
    size = min(len(cut), longest)
    begin = chance.randrange(len(cut) - size + 1)
    edited = edit(cut[begin : begin + size], other, chance)
    counts = [0, 0]
    for piece, of_work in edited:
        counts[of_work] += _width(piece)
    wanted = sum(counts) * (100 - share) // share
    own: list[Piece] = []
    while wanted > 0 and len(own) < len(other):
        own.append((other[len(own)], False))
        wanted -= _width(own[-1][0])
    place = chance.randrange(len(own) + 1)
    head, middle, tail = _joined(own[:place]), _joined(edited), _joined(own[place:])
    whole = tokenise(head + middle + tail).characters
    if counts[True] == 0:
        return None
    end = starts[begin + size] if begin + size < len(starts) else len(work)
    stretch = (len(head), len(head) + len(middle))
    return _Composed(head + middle + tail, exact_share(counts[True], whole), stretch, (starts[begin], end))


def _joined(cut: Sequence[Piece]) -> str:
    """Join tokens; a word may not run into the next one where the points between them were cut off."""
    return "".join(piece if piece[-1:].isspace() or not piece[-1:].isalnum() else f"{piece} " for piece, _ in cut)


@lru_cache(maxsize=65_536)
def _width(piece: str) -> int:
    return tokenise(piece).characters


@lru_cache(maxsize=65_536)
def _word(piece: str) -> str:
    tokens = tokenise(piece)
    return piece[: int(tokens.ends[-1])] if len(tokens) else piece


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def _to_traditional(piece: str) -> str:
    converted: str = _converter().convert(piece)
    return converted
