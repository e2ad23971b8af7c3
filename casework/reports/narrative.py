"""The dated texts beside the figures: which version stood at the end of a period, with its numbers filled in."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Protocol

from casework.reports.figures.values import Words

TEXTS = Path(__file__).with_name("narrative.toml")
PLACEHOLDERS = frozenset(
    {
        "platform", "standards", "engines", "contest_window", "challenge_window", "comment_hours", "ruling_days",
        "low", "high",
    }
)  # fmt: skip
"""What a text may leave to be filled in by the report."""

_JOINED = re.compile(r"(\S)[ \t]*\n[ \t]*(?=(\S))")
_CHINESE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Passage:
    """One section: its name, from when it stands, its title and its paragraphs by language.

    ``approved_at`` is when a second officer agreed to it; ``None`` for a draft that comes with the product.
    """

    section: str
    since: date
    title: Words
    en: tuple[str, ...]
    zh: tuple[str, ...]
    approved_at: datetime | None = None

    def written(self, language: str) -> str:
        """The text as it is kept: paragraphs with an empty line between them."""
        return "\n\n".join(self.zh if language == "zh" else self.en)

    def digest(self, language: str) -> str:
        """SHA-256 of the text as it is kept, before numbers are filled in: what the log names."""
        return hashlib.sha256(self.written(language).encode()).hexdigest()


class TextSource(Protocol):
    """Who knows which texts were approved."""

    def passages(self, as_of: datetime, end: date) -> Sequence[Passage]:
        """Every section as a report of a period before ``end`` carries it, as known at ``as_of``."""
        ...


def split(written: str) -> tuple[str, ...]:
    """The paragraphs of a text; a line break within one is a space, and nothing between two Chinese signs."""
    found = (part.strip() for part in re.split(r"\n[ \t]*\n", written.replace("\r\n", "\n")))
    return tuple(_JOINED.sub(_join, part) for part in found if part)


def unknown_placeholders(written: str) -> list[str]:
    """What stands between braces and is not known, so that the text could not be filled in; ``{`` for a lone brace."""
    try:
        parts = list(Formatter().parse(written))
    except ValueError:
        return ["{"]
    return [
        name or "{}"
        for _text, name, form, conversion in parts
        if name is not None and (name not in PLACEHOLDERS or form or conversion)
    ]


def document(passages: Iterable[Passage]) -> list[dict[str, object]]:
    """The texts as the data of a report names them: dates, approval, digests."""
    return [
        {
            "section": one.section,
            "since": one.since.isoformat(),
            "approved": one.approved_at is not None,
            "digests": {language: one.digest(language) for language in ("en", "zh")},
        }
        for one in passages
    ]


def _join(gap: re.Match[str]) -> str:
    return gap.group(1) + ("" if _CHINESE.match(gap.group(1)) and _CHINESE.match(gap.group(2)) else " ")


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
