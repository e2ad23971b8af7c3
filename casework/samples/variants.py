"""More uploads for the demonstration: a few hundred real files at many shares, the same bytes every time.

The named samples show each limit once; these give the report enough cases for its charts to say something.
"""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

from casework.samples import compose
from casework.samples.build import TEXTS, Sample, write_samples

WORKS = (
    ("zh-night-market", "zh"),
    ("zh-ferry", "zh"),
    ("zh-island-letter", "zh"),
    ("zh-clockmaker", "zh"),
    ("zh-tea-hill", "zh"),
    ("en-gull-point", "en"),
    ("en-flour-hours", "en"),
    ("en-unfinished-map", "en"),
)
FILLERS = {"zh": ("zh-balcony-notes", "zh-bus-diary"), "en": ("en-allotment-minutes", "en-slow-train")}
SHARES = tuple(
    Fraction(number, 20) for number in (2, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 18, 19, 19, 20, 20, 20)
)
"""Twentieths of an upload, weighted as filters see them: copies of nearly everything are common."""

MARKS = (
    {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "Review with quotations."},
    {"basis": "licensed", "statement": "With the publisher's permission."},
    {"basis": "own_work", "statement": "I wrote this story myself."},
)
SEED = 20260630
EXACT_EVERY = 4
"""One in so many whole copies is the very file, so that reports have matches by exact hash beside fingerprints."""


def build_variants(directory: Path, number: int) -> Path:
    """Write ``number`` uploads and their list into ``directory`` and return it."""
    chance = random.Random(SEED)  # noqa: S311 - the same files every time, nothing secret
    texts = {file.stem: file.read_text("utf-8") for file in TEXTS.glob("*.txt")}
    bodies = {name: compose.body(text) for name, text in texts.items()}
    samples: list[Sample] = []
    while len(samples) < number:
        work, language = chance.choice(WORKS)
        share = chance.choice(SHARES)
        filler = "\n\n".join(chance.sample([bodies[name] for name in FILLERS[language]], 2))
        try:
            text = _text(bodies[work], filler, share, chance)
        except ValueError:
            # These two texts are too short for this share: draw again.
            continue
        if share == 1 and len(samples) % EXACT_EVERY == 0:
            text = texts[work]
        samples.append(_sample(len(samples), work, language, text, chance))
    write_samples(directory, "upload", samples)
    return directory


def _text(work: str, filler: str, share: Fraction, chance: random.Random) -> str:
    if share == 1:
        return compose.body(f"\n{compose.reworded(work, chance.choice((40, 60, 90)), '某')}")
    return compose.with_share(work, filler, share, chance.randrange(250, 900, 10))


def _sample(number: int, work: str, language: str, text: str, chance: random.Random) -> Sample:
    stem = f"member-{number:04d}"
    fields: dict[str, object] = {
        "id": f"up-{stem}",
        "version": 1,
        "uploader_id": f"u-member-{chance.randrange(90)}",
        "title": f"{work} {number}",
        "url": f"https://platform.example/u/{stem}",
        "language": language,
        "commercial": chance.random() < 0.15,
    }
    if chance.random() < 0.06:
        fields["marks"] = [chance.choice(MARKS)]
    return Sample(f"{stem}.txt", text.encode(), fields)
