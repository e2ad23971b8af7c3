"""Measures the text engine: error of the share by kind of edit, false works, and speed against plain Python.

    .venv/bin/python -m benchmarks.matching_text                     # texts made up from the sample texts
    .venv/bin/python -m benchmarks.matching_text --corpus DIRECTORY  # real texts: DIRECTORY/<language>/*.txt

The true share of every upload is known, because it is composed here. Made-up texts follow the sample texts from word to
word and so share their phrases with one another, as texts of one field do. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from casework.samples.build import TEXTS
from matching_adapter.engines.text import TextEngine
from matching_adapter.port import Matched
from matching_adapter.tokens import tokenise

Edit: TypeAlias = Callable[[list[str], Sequence[str], random.Random], list[tuple[str, bool]]]

SHARES = (0.1, 0.3, 0.5, 0.55, 0.75, 0.9, 1.0)
LONGEST_ERROR = {"verbatim": 0.5, "invisible": 0.5, "substituted 10 %": 3.0}
SLOWEST = 500_000
FALSE_SHARE = 0.05


@dataclass
class Findings:
    """What was measured for one language."""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong_first: int = 0
    false_works: int = 0
    highest_false: float = 0.0
    uploads: int = 0


def pieces(text: str) -> list[str]:
    """Cut a text into its tokens, each with the blanks and points that follow it."""
    starts = tokenise(text).starts.tolist()
    return [text[first:last] for first, last in zip(starts, [*starts[1:], len(text)], strict=True)]


def verbatim(copied: list[str], _: Sequence[str], __: random.Random) -> list[tuple[str, bool]]:
    """Leave everything as it is."""
    return [(piece, True) for piece in copied]


def invisible(copied: list[str], _: Sequence[str], source: random.Random) -> list[tuple[str, bool]]:
    """Put invisible characters into the words."""
    return [("\u200b".join(piece) if source.random() < 0.5 else piece, True) for piece in copied]


def substituted(part: float) -> Edit:
    """Put other words in the place of some."""

    def edit(copied: list[str], others: Sequence[str], source: random.Random) -> list[tuple[str, bool]]:
        return [(source.choice(others), False) if source.random() < part else (piece, True) for piece in copied]

    return edit


def deleted(part: float) -> Edit:
    """Leave some words out."""
    return lambda copied, _, source: [(piece, True) for piece in copied if source.random() >= part]


def inserted(part: float) -> Edit:
    """Put other words between some."""

    def edit(copied: list[str], others: Sequence[str], source: random.Random) -> list[tuple[str, bool]]:
        edited: list[tuple[str, bool]] = []
        for piece in copied:
            edited += [(source.choice(others), False)] * (source.random() < part)
            edited.append((piece, True))
        return edited

    return edit


EDITS: Mapping[str, Edit] = {
    "verbatim": verbatim,
    "invisible": invisible,
    "substituted 5 %": substituted(0.05),
    "substituted 10 %": substituted(0.10),
    "deleted 5 %": deleted(0.05),
    "inserted 5 %": inserted(0.05),
}


def made_up(language: str, count: int, length: int, source: random.Random) -> list[str]:
    """Make texts in which each word follows the one before as it does somewhere in the sample texts, or anywhere."""
    words = [piece for path in sorted(TEXTS.glob(f"{language}-*.txt")) for piece in pieces(path.read_text("utf-8"))]
    following: dict[str, list[str]] = defaultdict(list)
    for word, after in pairwise(words):
        following[word].append(after)
    texts = []
    for _ in range(count):
        text = [source.choice(words)]
        while len(text) < length:
            text.append(source.choice(following[text[-1]] or words) if source.random() < 0.7 else source.choice(words))
        texts.append("".join(text))
    return texts


def composed(
    work: list[str], filler: list[str], share: float, edit: Edit, source: random.Random
) -> tuple[str, float] | None:
    """Return an upload and the share of its characters that really come from the work."""
    size = min(len(work), 1200)
    begin = source.randrange(len(work) - size + 1)
    copied = edit(work[begin : begin + size], filler, source)
    own = [(piece, False) for piece in filler[: round(len(copied) * (1 - share) / share)]]
    place = source.randrange(len(own) + 1)
    upload = own[:place] + copied + own[place:]
    counts = {True: 0, False: 0}
    for piece, taken in upload:
        counts[taken] += tokenise(piece).characters
    # A word may not run into the next one where the points between them were cut off.
    text = "".join(piece if piece[-1:].isspace() or not piece.isascii() else f"{piece} " for piece, _ in upload)
    return (text, counts[True] / (counts[True] + counts[False])) if counts[True] else None


def measure(engine: TextEngine, works: Mapping[str, str], fillers: Sequence[str], source: random.Random) -> Findings:
    """Look at one upload per edit and share, and at every filler on its own."""
    findings = Findings()
    cut = {name: pieces(text) for name, text in works.items()}
    names = sorted(cut)
    for edit_name, edit in EDITS.items():
        for share in SHARES * 4:
            name = source.choice(names)
            upload = composed(cut[name], pieces(source.choice(fillers)), share, edit, source)
            if upload is None:
                continue
            found = shares_of(engine, upload[0])
            findings.uploads += 1
            findings.errors[edit_name].append(abs(found.get(name, 0.0) - upload[1]) * 100)
            findings.wrong_first += next(iter(found), name) != name
            count_false(findings, {work: value for work, value in found.items() if work != name})
    for filler in fillers:
        findings.uploads += 1
        count_false(findings, shares_of(engine, filler))
    return findings


def shares_of(engine: TextEngine, text: str) -> dict[str, float]:
    """Return the share from each work, the largest first."""
    outcome = engine.match_text(text)
    found = outcome.evidence if isinstance(outcome, Matched) else ()
    return {evidence.work_id: float(evidence.share_of_upload or 0) for evidence in found}


def count_false(findings: Findings, found: Mapping[str, float]) -> None:
    """Note works that were found though nothing was taken from them."""
    findings.false_works += sum(share >= FALSE_SHARE for share in found.values())
    findings.highest_false = max([findings.highest_false, *found.values()])


def timed(action: Callable[[], object], least: float = 0.5) -> float:
    """Return the CPU seconds that an action takes, at best of several runs."""
    best, spent = float("inf"), 0.0
    while spent < least:
        begun = time.process_time()
        action()
        took = time.process_time() - begun
        best, spent = min(best, took), spent + took
    return best


def speeds(engine: TextEngine, works: Mapping[str, str], fillers: Sequence[str]) -> float:
    """Print characters a second and return the slowest; half of the text is copied, one word in ten replaced."""
    source = random.Random(7)
    half = [piece for text in list(works.values())[:40] for piece in pieces(text)][:120_000]
    others = pieces("".join(fillers))[: len(half)]
    text = "".join(piece for piece, _ in substituted(0.1)(half, others, source)) + "".join(others)
    content = text.encode()
    engine.match_text(text[:1000])
    base = {"sha256": timed(lambda: hashlib.sha256(content).digest()), "str.split": timed(text.split)}
    whole = timed(lambda: engine.match_text(text))
    parts = {"tokenise": timed(lambda: tokenise(text)), "match (all)": whole}
    for name, seconds in parts.items():
        ratios = ", ".join(f"{seconds / other:.1f} x {label}" for label, other in base.items())
        print(f"  {name:<18}{len(text) / seconds / 1e6:8.2f} M characters/s   {ratios}")

    def build() -> None:
        fresh = TextEngine()
        for name, work in works.items():
            fresh.put_text(name, work)
        fresh.match_text("just enough words to make it build the index now")

    print(f"  {'index':<18}{sum(map(len, works.values())) / timed(build) / 1e6:8.2f} M characters/s")
    return len(text) / whole


def report(language: str, works: Mapping[str, str], fillers: Sequence[str]) -> Iterator[str]:
    """Print the figures of one language and yield every bar that was missed."""
    engine = TextEngine()
    for name, text in works.items():
        engine.put_text(name, text)
    findings = measure(engine, works, fillers, random.Random(20_261_121))
    size = sum(map(len, works.values()))
    print(f"{language}: {len(works)} works, {size / 1e6:.2f} M characters, {findings.uploads} uploads")
    print(f"  {'edit':<18}{'mean':>8}{'p95':>8}{'max':>8}   error of the share, points")
    for name, errors in findings.errors.items():
        ordered = sorted(errors)
        mean, high = sum(ordered) / len(ordered), ordered[int(len(ordered) * 0.95)]
        print(f"  {name:<18}{mean:8.2f}{high:8.2f}{ordered[-1]:8.2f}")
        if mean > LONGEST_ERROR.get(name, float("inf")):
            yield f"{language}: {name}: mean error {mean:.2f} points, at most {LONGEST_ERROR[name]}"
    print(f"  false works of 5 % and more: {findings.false_works}; highest false share {findings.highest_false:.1%}")
    print(f"  another work first: {findings.wrong_first}")
    if findings.false_works:
        yield f"{language}: {findings.false_works} false works"
    speed = speeds(engine, works, fillers)
    if speed < SLOWEST:
        yield f"{language}: {speed:,.0f} characters a second, at least {SLOWEST:,}"


def corpora(folder: Path | None) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Yield language, works and texts that are no works; every fourth text of a folder is none."""
    source = random.Random(1)
    if folder is None:
        for language in ("zh", "en"):
            works = {path.stem: path.read_text("utf-8") for path in sorted(TEXTS.glob(f"{language}-*.txt"))}
            works |= {f"made-{one}": text for one, text in enumerate(made_up(language, 60, 4000, source))}
            yield language, works, made_up(language, 12, 12_000, source)
        return
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        texts = {path.name: path.read_text("utf-8") for path in sorted(inner.glob("*.txt"))}
        names = sorted(name for name, text in texts.items() if len(tokenise(text)) >= 600)
        fillers = [texts[name] for name in names[::4]]
        yield inner.name, {name: texts[name] for name in names if name not in names[::4]}, fillers


def main() -> int:
    """Run, print, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="folder with one folder of .txt files per language")
    missed = [bar for corpus in corpora(parser.parse_args().corpus) for bar in report(*corpus)]
    print("\n".join(["missed:", *missed]) if missed else "all bars met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
