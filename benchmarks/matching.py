"""Measures the matching engines on real media that nobody here made, beside exact hash and beside a bare library.

    .venv/bin/python -m benchmarks.matching                  # everything
    .venv/bin/python -m benchmarks.matching sound            # one part: text, titles, sound, video, pictures
    .venv/bin/python -m benchmarks.matching --media DIRECTORY --keep DIRECTORY

Media are fetched by `scripts/media.py`. The uploads are made here, so that the truth about them is known; works and
seeds are not those that the settings were chosen on, or it is said. Ends with 1 when a bar is missed. Times are those
of the processor, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory

import opencc

from benchmarks._matching_bars import Bar, Bars, print_edges, print_errors
from benchmarks._matching_corpora import Corpus, Poem, corpora, poems, unrelated_texts
from benchmarks._matching_pictures import pictures_part, video_part
from benchmarks._matching_sound import sound_part
from matching_adapter.engines.text import TextEngine
from matching_adapter.engines.title_names import name_of
from matching_adapter.engines.titles import TitleEngine, TitleSettings
from matching_adapter.evaluation.evaluation import Evaluation, evaluate
from matching_adapter.evaluation.text_uploads import TextUpload, make_text_uploads, write_folder
from matching_adapter.evaluation.truth import read_folder
from matching_adapter.port import FileReference, WorkFile
from matching_adapter.registry import load_engines

LONGEST_MEAN = {"verbatim": 0.5, "invisible characters": 0.5, "10 % substituted": 3.0}
SLOWEST_TEXT = 500_000
FEWEST_TITLES, FEWEST_NEAR_TITLES = 0.997, 0.95
MOST_CHANCE_HITS = {2: 0.0, 3: 1.0, 4: 0.0}
"""Chance hits in a million characters of unrelated text, by characters of the title; 4: four and more."""

_THREADS = "OPENBLAS_NUM_THREADS"
# The bare library is slow: it is shown the few shortest uploads and works. Shorter blocks agree by chance.
_ORACLE, _LEAST_BLOCK = 4, 4


# ---------------------------------------------------------------------------------------------------------------- text


def text_part(media: Path | None, _: Path | None) -> Bars:
    """Measure copied text, Chinese and English."""
    for corpus in corpora(media):
        uploads = list(make_text_uploads(corpus.works, corpus.fillers, seed=20_261_121, repeats=2))
        uploads += list(_whole_files(corpus))
        with TemporaryDirectory() as folder:
            write_folder(Path(folder), corpus.works, uploads)
            labelled = read_folder(Path(folder))
            (hashing,) = load_engines(("exact-hash",))
            found, hashed = evaluate(TextEngine(), labelled), evaluate(hashing, labelled)
        characters = sum(map(len, corpus.works.values()))
        print(
            f"text, {corpus.language}: {len(corpus.works)} works, {characters / 1e6:.2f} M characters, {len(uploads)} "
            f"uploads ({corpus.left_out} texts that repeat another left out)"
        )
        print_errors(found, hashed)
        print_edges(found, "text")
        print(f"  peak memory {found.speed.peak_memory_bytes / 1e6:.0f} MB")
        yield from _text_bars(corpus, found)
        _print_bare_library(corpus, uploads)
        yield from _speed(corpus)


def _whole_files(corpus: Corpus) -> Iterator[TextUpload]:
    """Yield whole works, as they are and with one character changed: what exact hash can and cannot see."""
    for work, text in sorted(corpus.works.items())[:8]:
        yield TextUpload(f"whole-{work}.txt", text, work, "whole file", Decimal(1))
        changed = f"{text[:-200]}#{text[-200:]}"
        yield TextUpload(f"changed-{work}.txt", changed, work, "one character more", Decimal(1))


def _text_bars(corpus: Corpus, found: Evaluation) -> Bars:
    for name, most in LONGEST_MEAN.items():
        yield Bar(f"text, {corpus.language}, {name}: mean error, points", found.by_transform[name].mean, most)
    yield Bar(f"text, {corpus.language}: wrong works with 5 % and more", len(found.false_works), 0)


def _print_bare_library(corpus: Corpus, uploads: Sequence[TextUpload]) -> None:
    """Print what the standard library's difflib makes of a few uploads, though it is told the right work each time."""
    errors, spent, characters = [], 0.0, 0
    edited = [one for one in uploads if one.transform == "10 % substituted"]
    for upload in sorted(edited, key=lambda one: len(one.text) * len(corpus.works[str(one.work)]))[:_ORACLE]:
        work = corpus.works[str(upload.work)]
        begun = time.process_time()
        blocks = SequenceMatcher(None, work, upload.text, autojunk=False).get_matching_blocks()
        spent += time.process_time() - begun
        characters += len(upload.text)
        copied = sum(block.size for block in blocks if block.size >= _LEAST_BLOCK)
        errors.append(abs(copied / len(upload.text) - float(upload.share)) * 100)
    mean, speed = sum(errors) / len(errors), characters / max(spent, 1e-9)
    print(f"  difflib, told the right work, 10 % substituted: mean error {mean:.1f} points, {speed:,.0f} characters/s")


def _speed(corpus: Corpus) -> Bars:
    engine = TextEngine()
    begun = time.process_time()
    for name, text in corpus.works.items():
        engine.put_text(name, text)
    engine.match_text("enough words to make it build the index at once, before anything is timed")
    built = sum(map(len, corpus.works.values())) / (time.process_time() - begun)
    chance = random.Random(3)
    copied = "".join(list(corpus.works.values())[:60])[:400_000]
    own = "".join(corpus.fillers)[: len(copied)]
    text = "".join(letter if chance.random() > 0.02 else "某" for letter in copied) + own
    begun = time.process_time()
    engine.match_text(text)
    speed = len(text) / (time.process_time() - begun)
    print(f"  index {built / 1e6:.1f} M characters/s, match {speed / 1e6:.2f} M characters/s ({len(text):,} at once)\n")
    yield Bar(f"text, {corpus.language}: characters a second, one core", speed, SLOWEST_TEXT, is_least=True)


# -------------------------------------------------------------------------------------------------------------- titles


def titles_part(media: Path | None, _: Path | None) -> Bars:
    """Measure names: found under disguises, by chance in other text, and with one wrong character."""
    names = _titles(poems(media))
    engine = TitleEngine(TitleSettings(most_works=1))
    begun = time.process_time()
    engine.put([_work(number, title) for number, title in enumerate(names)])
    engine.find("一个长长的名字", None)
    print(f"titles: {len(names):,} names of poems, put in {time.process_time() - begun:.1f} s")
    chance = random.Random(5)
    wanted = chance.sample([title for title in names if 4 <= len(name_of(title).letters) <= 20], 300)
    numbers = {title: str(number) for number, title in enumerate(names)}
    for disguise, change in _disguises(chance).items():
        found = sum(numbers[title] in engine.find(change(title), None) for title in wanted)
        print(f"  {disguise:<24}{found / len(wanted):8.1%} found of {len(wanted)}")
        fewest = FEWEST_NEAR_TITLES if disguise == "one wrong character" else FEWEST_TITLES
        yield Bar(f"titles, {disguise}: part found", found / len(wanted), fewest, is_least=True)
    yield from _chance_hits(engine, names, list(unrelated_texts(media)))


def _titles(found: Iterator[Poem]) -> list[str]:
    """Return different titles, each once; those with the same letters count as one."""
    titles: dict[str, str] = {}
    for poem in found:
        name = name_of(poem.title)
        if len(name.letters) >= 2:
            titles.setdefault(name.letters, poem.title)
    return list(titles.values())


def _work(number: int, title: str) -> WorkFile:
    nothing = FileReference(Path("none"), "none", "text/plain", "text", "0" * 64, 0)
    return WorkFile(str(number), title, "nobody", "text", nothing)


def _disguises(chance: random.Random) -> Mapping[str, Callable[[str], str]]:
    simplified = opencc.OpenCC("t2s")

    def wrong(title: str) -> str:
        letters = name_of(title).letters
        place = chance.randrange(len(letters))
        return f"【高清】{letters[:place]}龘{letters[place + 1 :]} 完整"

    return {
        "plain": lambda title: title,
        "decorated": lambda title: f"【高清】{title} 完整版",
        "simplified": lambda title: f"看 {simplified.convert(title)}",
        "blanks between": " ".join,
        "points between": "·".join,
        "brackets": lambda title: f"《{title}》朗诵",
        "emoji between": "🔥".join,
        "one wrong character": wrong,
    }


def _chance_hits(engine: TitleEngine, names: Sequence[str], texts: Sequence[str]) -> Bars:
    """Look into manuals: every text that names a poem counts, however often it does."""
    begun, whole = time.process_time(), sum(map(len, texts))
    hits: dict[int, Counter[str]] = {2: Counter(), 3: Counter(), 4: Counter()}
    for text in texts:
        for work_id in engine.find(None, text):
            title = names[int(work_id)]
            hits[min(4, len(name_of(title).letters))][title] += 1
    speed = whole / (time.process_time() - begun)
    for length, titles in hits.items():
        more = " and more" if length == 4 else ""
        print(f"  chance, {length} characters{more}: {titles.total()} in {whole:,} characters {titles.most_common(4)}")
        rate = titles.total() * 1e6 / whole
        yield Bar(f"titles of {length} characters{more}: chance hits in a million", rate, MOST_CHANCE_HITS[length])
    lines = [line.strip() for line in texts[0].splitlines() if 8 <= len(line.strip()) <= 30][:60]
    begun = time.process_time()
    near = sum(bool(engine.find(line, None)) for line in lines)
    each = (time.process_time() - begun) / len(lines)
    print(f"  {near} of {len(lines)} unrelated lines taken for a title; {each * 1000:.0f} ms each with the second step")
    print(f"  text of uploads: {speed / 1e6:.2f} M characters/s\n")


PARTS: Mapping[str, Callable[[Path | None, Path | None], Bars]] = {
    "text": text_part,
    "titles": titles_part,
    "sound": sound_part,
    "video": video_part,
    "pictures": pictures_part,
}


def main() -> int:
    """Run, print, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; nothing: everything")
    parser.add_argument("--media", type=Path, help="folder with the media (see scripts/media.py)")
    parser.add_argument("--keep", type=Path, help="folder in which the uploads that are made stay, for the next time")
    asked = parser.parse_args()
    if os.environ.get(_THREADS) != "1":  # numpy reads it when it is loaded, so it is loaded again
        os.execve(
            sys.executable,
            [sys.executable, *sys.orig_argv[1:]],
            {**os.environ, _THREADS: "1"},
        )
    bars = [bar for name in asked.parts or PARTS for bar in PARTS[name](asked.media, asked.keep)]
    print("\n".join(map(str, bars)))
    missed = sum(not bar.holds for bar in bars)
    print(f"{missed} of {len(bars)} bars missed" if missed else f"all {len(bars)} bars hold")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
