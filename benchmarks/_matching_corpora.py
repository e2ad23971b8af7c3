"""Real texts for measuring: read from the packages in `scripts/media.toml`, cut into works and into other texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from matching_adapter.engines.text import TextEngine
from matching_adapter.port import Matched
from matching_adapter.tokens import tokenise
from scripts.media import fetched

MOST_SHARED = 40
"""Tokens that two texts may share; with more, one is left out. Uploads hold passages of up to 1,200 tokens: one that
stands in a second text too would be found there rightly, and could not be counted as a false work."""

_TAG = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CHAPTER = 6_000  # characters of a manual that make one text


@dataclass(frozen=True)
class Corpus:
    """Texts of one language: those that are works, and others that share nothing with them."""

    language: str
    works: Mapping[str, str]
    fillers: Sequence[str]
    left_out: int


@dataclass(frozen=True)
class Poem:
    """A poem with its names."""

    title: str
    author: str
    lines: tuple[str, ...]


def corpora(folder: Path | None) -> Iterator[Corpus]:
    """Yield the Chinese and the English texts; every fourth text is no work."""
    yield _separated("zh", {**_collections(folder), **_manual(folder)})
    yield _separated("en", _essays(folder))


def poems(folder: Path | None) -> Iterator[Poem]:
    """Yield the poems of the Tang and the Song, in traditional characters, with title and author."""
    there = fetched("chinese-poetry", folder)
    for path in sorted(there.rglob("quantangshi/poet.*.json")):
        if path.parent.name == "quantangshi":
            for row in json.loads(path.read_text("utf-8")):
                yield Poem(row.get("title") or "", row.get("author") or "", tuple(row["paragraphs"]))


def manual_text(folder: Path | None) -> str:
    """Return a long Chinese text that names no poem but by chance."""
    (path,) = fetched("debian-reference-zh-cn", folder).rglob("debian-reference.zh-cn.txt")
    return path.read_text("utf-8")


def unrelated_texts(folder: Path | None) -> Iterator[str]:
    """Yield Chinese manuals, which name no poem but by chance, one by one."""
    yield manual_text(folder)
    for path in sorted(fetched("manpages-zh", folder).rglob("*.[1-9]*")):
        if "zh_CN" in path.parts and path.is_file():
            yield path.read_text("utf-8", "replace")


def _collections(folder: Path | None) -> dict[str, str]:
    """Return collections of forty poems each, one from every sixth file."""
    found: dict[str, str] = {}
    batch: list[str] = []
    for number, poem in enumerate(poems(folder)):
        if number % 6_000 < 40:
            batch.append("\n".join(poem.lines))
        elif batch:
            found[f"poems-{number}"] = "\n\n".join(batch)
            batch = []
    return found


def _manual(folder: Path | None) -> dict[str, str]:
    text = manual_text(folder)
    return {f"manual-{begin // _CHAPTER:03}": text[begin : begin + _CHAPTER] for begin in range(0, len(text), _CHAPTER)}


def _essays(folder: Path | None) -> dict[str, str]:
    found = {}
    for path in sorted(fetched("anarchism", folder).rglob("*.html")):
        text = unescape(_TAG.sub(" ", path.read_text("utf-8", "replace")))
        if len(tokenise(text)) >= 1_500:
            found[path.stem] = re.sub(r"[ \t]*\n\s*", "\n", text)
    return found


def _separated(language: str, texts: Mapping[str, str]) -> Corpus:
    """Keep texts that share next to nothing with those before them; every fourth is no work."""
    engine = TextEngine()
    kept: dict[str, str] = {}
    for name, text in texts.items():
        outcome = engine.match_text(text)
        found = outcome.evidence if isinstance(outcome, Matched) else ()
        if all((one.amount.words or 0) <= MOST_SHARED for one in found):
            engine.put_text(name, text)
            kept[name] = text
    names = list(kept)
    fillers = names[::4]
    works = {name: kept[name] for name in names if name not in fillers}
    return Corpus(language, works, [kept[name] for name in fillers], len(texts) - len(kept))
