"""The title engine: uploads that name a work, in their own title or in their text; it can tell no share.

Titles, aliases, short forms, code names and authors of all works are looked for in one pass (Aho-Corasick), with
everything that is no letter or digit left out on both sides: case, full width, traditional characters, blanks, points,
brackets and emoji between letters make no difference. A short name, or one that many works have, counts only where
something else close by names the same work. A title with one wrong character is looked for in a second, weaker step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Literal

import ahocorasick

from matching_adapter.engines.blocks import Blocks
from matching_adapter.engines.title_names import Name, Names, nearly
from matching_adapter.opening import read_text
from matching_adapter.port import (
    EngineInfo,
    Failed,
    IndexReceipt,
    Json,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    UploadFile,
    WorkFile,
    config_digest,
    rounded_down,
    snapshot_of,
)
from matching_adapter.store import FingerprintStore, StoredFingerprint
from matching_adapter.tokens import seams, squeezed, table_digest

NAME = "titles"
VERSION = "1.0.0"
LIMITS = (
    "A name says nothing about how much was used: there is no share and no segment.",
    "Works without a listed title, in another language or under a nickname that nobody listed are not found.",
    "In running text, a name of three Chinese characters counts only in brackets, between points, or with support.",
    "Two and more wrong characters, and wrong characters in the text of an upload, are not seen.",
    "The confidence ranks findings of this engine; it is no probability.",
)

Where = Literal["metadata", "keyword"]
_MOST_PLACES = 200  # places of one name that are looked at in one text
_WHOLE, _PART, _IN_TEXT, _NEAR = Decimal("0.95"), Decimal("0.8"), Decimal("0.6"), Decimal("0.4")
_LESS = Decimal("0.1")  # for a short name with support, and for letters that were cut into other words
_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TitleSettings:
    """Settings of the title engine.

    Names of fewer than `shortest_chinese` Chinese characters or `shortest_latin` other letters (mixed names: in
    proportion), and those of more than `most_works` works, need support within `neighbourhood` characters.
    `shortest_in_text`: Chinese characters that a name needs to count in the midst of a sentence; shorter ones must
    stand apart there, between brackets, points or blanks. `shortest_respaced`: letters that a name needs to be known
    where blanks cut it into other words. `shortest_near`: Chinese characters (twice as many other letters) of a name
    that may have one wrong character; 0 turns that step off. `longest_text`: bytes of a text that are still read.
    """

    shortest_chinese: int = 3
    shortest_latin: int = 4
    most_works: int = 3
    neighbourhood: int = 200
    shortest_in_text: int = 4
    shortest_respaced: int = 8
    shortest_near: int = 4
    longest_text: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        if min(self.shortest_chinese, self.shortest_latin, self.most_works, self.shortest_respaced) < 1:
            raise ValueError("the shortest names and most_works must be 1 or more")
        if min(self.neighbourhood, self.shortest_near, self.longest_text) < 0:
            raise ValueError("neighbourhood, shortest_near and longest_text must not be negative")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name stands among the squeezed letters, half-open; `same_words`: cut into words as the name is."""

    letters: str
    start: int
    end: int
    starts: tuple[int, ...]

    def holds(self, other: _Place) -> bool:
        return self.start <= other.start and other.end <= self.end and len(other.letters) < len(self.letters)

    def beside(self, other: _Place, distance: int) -> bool:
        apart = max(self.start, other.start) - min(self.end, other.end)
        return self.letters != other.letters and 0 <= apart <= distance


class TitleEngine:
    """Finds works by their names; looks at the title of every upload, and at the text of those that are plain text."""

    def __init__(self, settings: TitleSettings | None = None, *, store: FingerprintStore | None = None) -> None:
        """Start with what the store holds for these settings."""
        self._settings = settings or TitleSettings()
        self._parameters: dict[str, Json] = asdict(self._settings)
        self._digest = config_digest(self._parameters)
        self._names: dict[str, Names] = {}
        self._digests: dict[str, str] = {}
        self._titles: dict[str, dict[str, Name]] = {}
        self._authors: dict[str, set[str]] = {}
        self._automata: Blocks[bool, ahocorasick.Automaton] = Blocks(_automaton)
        self._near: list[str] | None = None
        self._store = store
        self._stored_as = ""
        self._seen = 0
        if store is not None:
            named: dict[str, Json] = {**self._parameters, "version": VERSION, "characters": table_digest()}
            self._stored_as = config_digest(named)

    @property
    def info(self) -> EngineInfo:
        """Name, version, abilities and known limits."""
        return EngineInfo(
            name=NAME,
            version=VERSION,
            media=frozenset({"text", "audio", "image", "video"}),
            methods=frozenset({"metadata", "keyword"}),
            gives_share=False,
            gives_segments=False,
            parameters=self._parameters,
            config_digest=self._digest,
            limits=LIMITS,
        )

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works or replace them; a work without a letter in its names is answered with a reason and not added."""
        self._catch_up()
        receipts = []
        rows: list[StoredFingerprint] = []
        for work in batch:
            digest = _names_digest(work)
            if self._digests.get(work.work_id) != digest:
                names = Names.of((work.title, *work.titles), work.authors)
                if not names.titles:
                    receipts.append(IndexReceipt(work.work_id, "no_name", f"{work.work_id}: no letters in its title"))
                    continue
                if self._store is None:
                    self._hold(work.work_id, digest, names)
                else:
                    rows.append(StoredFingerprint(work.work_id, digest, names.to_bytes()))
            receipts.append(IndexReceipt(work.work_id))
        if self._store is not None:
            self._store.put(NAME, self._stored_as, rows)
            self._catch_up()
        return receipts

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        self._catch_up()
        held = [work_id for work_id in work_ids if work_id in self._names]
        if self._store is not None:
            self._store.remove(NAME, self._stored_as, held)
            self._catch_up()
            return
        for work_id in held:
            self._forget(work_id)

    def snapshot(self) -> str:
        """Return an id of exactly these works under exactly these names."""
        self._catch_up()
        return snapshot_of(self._digests)

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given; one with neither title nor text could not be looked at."""
        snapshot = self.snapshot()
        return [self._outcome(upload, snapshot) for upload in batch]

    def find(self, title: str | None, text: str | None) -> dict[str, tuple[Where, Decimal]]:
        """Return by work id how a work is named in a title or a text, and the confidence in that."""
        found: dict[str, tuple[Where, Decimal]] = {}
        where: Where
        for where, written in (("metadata", title), ("keyword", text)):
            if written is None:
                continue
            for work_id, confidence in self._named_in(written, where).items():
                if work_id not in found or found[work_id][1] < confidence:
                    found[work_id] = where, confidence
        return found

    def _outcome(self, upload: UploadFile, snapshot: str) -> MatchOutcome:
        text = self._text(upload)
        if upload.title is None and text is None:
            return Failed(NAME, "no_name", f"{upload.file.name} has neither a title nor a text", retryable=False)
        readable = text if isinstance(text, str) else None
        found = self.find(upload.title, readable)
        if not found:
            return text if isinstance(text, Failed) else NoMatch(NAME, VERSION, snapshot)
        order = sorted(found, key=lambda work_id: (-found[work_id][1], work_id))
        return Matched(tuple(self._evidence(work_id, *found[work_id], snapshot) for work_id in order))

    def _evidence(self, work_id: str, method: Where, confidence: Decimal, snapshot: str) -> MatchEvidence:
        return MatchEvidence(
            work_id=work_id,
            method=method,
            engine=NAME,
            engine_version=VERSION,
            config_digest=self._digest,
            index_snapshot=snapshot,
            share_of_upload=None,
            share_of_work=None,
            confidence=confidence,
            track="title",
        )

    def _text(self, upload: UploadFile) -> str | Failed | None:
        file = upload.file
        if file.media_type != "text/plain":
            return None
        if file.size > self._settings.longest_text:
            return Failed(NAME, "too_large", f"{file.name}: {file.size} bytes of text", retryable=False)
        return read_text(NAME, file)

    # ---------------------------------------------------------------------------------------------------- looking

    def _named_in(self, written: str, where: Where) -> dict[str, Decimal]:
        letters, starts = squeezed(written)
        bounds = set(starts.tolist())
        places = list(self._places(letters, bounds))
        whole = [one for one in places if one.letters in self._titles]
        longest = _outermost(whole)
        by_work: dict[str, list[_Place]] = {}
        for place in places:
            for work_id in {*self._titles.get(place.letters, ()), *self._authors.get(place.letters, ())}:
                by_work.setdefault(work_id, []).append(place)
        found: dict[str, Decimal] = {}
        apart = seams(written) if where == "keyword" and longest else frozenset()
        for place in longest:
            for work_id, name in self._titles[place.letters].items():
                stands_apart = place.start in apart and place.end in apart
                confidence = self._confidence(place, name, by_work[work_id], where, stands_apart, len(letters))
                if confidence is not None and confidence > found.get(work_id, Decimal(0)):
                    found[work_id] = confidence
        if where == "metadata" and self._settings.shortest_near:
            found = self._almost_named_in(letters, bounds, longest) | found
        return found

    def _places(self, letters: str, bounds: set[int]) -> Iterator[_Place]:
        """Yield the names that consist of whole tokens of the text."""
        seen: dict[str, int] = {}
        for automaton, held in self._automata.structures():
            for last, name in automaton.iter(letters):
                start, end = last + 1 - len(name), last + 1
                if start not in bounds or end not in bounds or name not in held:
                    continue
                seen[name] = seen.get(name, 0) + 1
                if seen[name] <= _MOST_PLACES:
                    inside = tuple(place - start for place in range(start, end) if place in bounds)
                    yield _Place(name, start, end, inside)

    def _confidence(
        self, place: _Place, name: Name, of_work: Sequence[_Place], where: Where, stands_apart: bool, length: int
    ) -> Decimal | None:
        """Return how sure it is that the work is meant; None when the name alone says too little."""
        settings = self._settings
        same_words = place.starts == name.starts
        if not same_words and len(name.letters) < settings.shortest_respaced:
            return None
        works = len(self._titles[name.letters])
        supported = any(place.beside(other, settings.neighbourhood) for other in of_work)
        weak = not name.is_long_enough(settings.shortest_chinese, settings.shortest_latin)
        if (weak or works > settings.most_works) and not supported:
            return None
        is_long = name.is_long_enough(settings.shortest_in_text, settings.shortest_latin)
        if where == "keyword" and not (supported or stands_apart or is_long):
            return None
        confidence = _IN_TEXT if where == "keyword" else _WHOLE if len(name.letters) == length else _PART
        confidence -= _LESS * (weak + (not same_words))
        return confidence if supported else rounded_down(confidence / works, _STEP)

    def _almost_named_in(self, letters: str, bounds: set[int], exact: Sequence[_Place]) -> dict[str, Decimal]:
        """Return works one character of whose name is wrong, where more letters agree than those of an exact name.

        A title that is another one with a letter more is not meant where the shorter one stands; but a short name that
        happens to stand inside a longer one with a mistake does not hide that.
        """
        if any(place.end - place.start >= len(letters) for place in exact):
            return {}
        if self._near is None:
            least = self._settings.shortest_near
            names = ((letters, next(iter(works.values()))) for letters, works in self._titles.items())
            self._near = sorted(letters for letters, name in names if name.is_long_enough(least, 2 * least))
        found: dict[str, Decimal] = {}
        for name, start, end in nearly(letters, bounds, self._near):
            works = self._titles[name]
            agreeing = len(name) - (end - start <= len(name))
            is_explained = any(
                place.start < end and start < place.end and place.end - place.start >= agreeing for place in exact
            )
            if len(works) <= self._settings.most_works and not is_explained:
                found |= dict.fromkeys(works, rounded_down(_NEAR / len(works), _STEP))
        return found

    # ---------------------------------------------------------------------------------------------------- holding

    def _hold(self, work_id: str, digest: str, names: Names) -> None:
        self._forget(work_id)
        self._names[work_id], self._digests[work_id], self._near = names, digest, None
        for title in names.titles:
            self._titles.setdefault(title.letters, {})[work_id] = title
        for author in names.authors:
            self._authors.setdefault(author.letters, set()).add(work_id)
        for letters in names.all_letters():
            if letters not in self._automata:
                self._automata.put(letters, True)

    def _forget(self, work_id: str) -> None:
        names = self._names.pop(work_id, None)
        if names is None:
            return
        del self._digests[work_id]
        self._near = None
        for letters in names.all_letters():
            for holders in (self._titles.get(letters), self._authors.get(letters)):
                if isinstance(holders, dict):
                    holders.pop(work_id, None)
                elif holders is not None:
                    holders.discard(work_id)
            if not self._titles.get(letters):
                self._titles.pop(letters, None)
            if not self._authors.get(letters):
                self._authors.pop(letters, None)
            if letters not in self._titles and letters not in self._authors:
                self._automata.remove(letters)

    def _catch_up(self) -> None:
        """Take in what was put into the store, or removed from it, since the last look."""
        if self._store is None:
            return
        for change in self._store.changes_since(NAME, self._stored_as, self._seen):
            if change.fingerprint is None:
                self._forget(change.work_id)
            else:
                self._hold(change.work_id, change.sha256, Names.from_bytes(change.fingerprint))
            self._seen = change.number


def _automaton(names: Mapping[str, bool]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for letters in names:
        automaton.add_word(letters, letters)
    automaton.make_automaton()
    return automaton


def _outermost(places: Sequence[_Place]) -> list[_Place]:
    """Leave out every name that stands inside a longer one: the longer one is what is meant there."""
    kept: list[_Place] = []
    for place in sorted(places, key=lambda one: (one.start, -one.end)):
        if not (kept and kept[-1].holds(place)):
            kept.append(place)
    return kept


def _names_digest(work: WorkFile) -> str:
    names = [work.title, list(work.titles), list(work.authors)]
    return hashlib.sha256(json.dumps(names, ensure_ascii=True).encode("ascii")).hexdigest()
