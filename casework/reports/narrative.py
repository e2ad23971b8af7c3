"""The dated texts beside the figures: which version stood at the end of a period, with its numbers filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from casework.reports.figures.values import Words

TEXTS = Path(__file__).with_name("narrative.toml")


@dataclass(frozen=True, slots=True)
class Passage:
    """One section: its name, from when it stands, its title and its paragraphs by language."""

    section: str
    since: date
    title: Words
    en: tuple[str, ...]
    zh: tuple[str, ...]


def read_passages(path: Path = TEXTS) -> tuple[Passage, ...]:
    """All versions of all sections, in the order of the file. Raises ``KeyError`` or ``TypeError`` for a bad file."""
    document = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        Passage(one["section"], one["from"], Words(**one["title"]), tuple(one["en"]), tuple(one["zh"]))
        for one in document["text"]
    )


def passages_in_force(passages: Sequence[Passage], end: date) -> list[Passage]:
    """Of each section the latest version that stood on the last day before ``end``, or else its first version."""
    last = end - timedelta(days=1)
    chosen: dict[str, Passage] = {}
    for passage in sorted(passages, key=lambda one: one.since):
        if passage.section not in chosen or passage.since <= last:
            chosen[passage.section] = passage
    order = list(dict.fromkeys(one.section for one in passages))
    return [chosen[section] for section in order]


def paragraphs(passage: Passage, language: str, values: Mapping[str, str]) -> list[str]:
    """The text in one language with its placeholders filled in. ``KeyError`` for one that is unknown."""
    return [text.format_map(values) for text in (passage.zh if language == "zh" else passage.en)]
