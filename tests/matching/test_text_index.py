"""The index of texts: it grows and shrinks work by work and always answers as one that was built at once."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matching_adapter.engines import text_alignment
from matching_adapter.engines.blocks import Blocks
from matching_adapter.engines.text import TextEngine, TextSettings
from matching_adapter.engines.text_alignment import AlignmentSettings
from matching_adapter.engines.text_index import IndexedText, TextIndex, WrongFingerprint
from matching_adapter.port import FileReference, Matched, NoMatch, WorkFile
from matching_adapter.store import FingerprintStore
from matching_adapter.tokens import tokenise

LETTERS = [chr(code) for code in range(0x4E00, 0x5200)]


def passage(seed: int, count: int = 60) -> str:
    return "".join(random.Random(seed).choices(LETTERS, k=count))


PASSAGES = [passage(seed) for seed in range(6)]


class GrowingAndShrinking(RuleBasedStateMachine):
    """An engine that was changed step by step, beside one that is built from what is held."""

    upload: ClassVar[str] = "，".join(PASSAGES)

    def __init__(self) -> None:
        super().__init__()
        self.engine = TextEngine()
        self.held: dict[str, str] = {}

    @rule(name=st.sampled_from("abcdefgh"), parts=st.lists(st.sampled_from(PASSAGES), max_size=4))
    def put(self, name: str, parts: list[str]) -> None:
        self.held[name] = "".join(parts)
        self.engine.put_text(name, self.held[name])

    @rule(name=st.sampled_from("abcdefgh"))
    def remove(self, name: str) -> None:
        self.held.pop(name, None)
        self.engine.remove([name])

    @rule()
    def match(self) -> None:
        self.engine.match_text(self.upload)

    @invariant()
    def answers_as_if_built_at_once(self) -> None:
        at_once = TextEngine()
        for name, text in self.held.items():
            at_once.put_text(name, text)
        assert self.engine.snapshot() == at_once.snapshot()
        assert self.engine.match_text(self.upload) == at_once.match_text(self.upload)


TestGrowingAndShrinking = GrowingAndShrinking.TestCase
TestGrowingAndShrinking.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


def test_additions_to_a_large_index_build_little_anew() -> None:
    built: list[int] = []

    def build(entries: dict[str, int]) -> frozenset[str]:
        built.append(len(entries))
        return frozenset(entries)

    blocks: Blocks[int, frozenset[str]] = Blocks(build)
    for number in range(1000):
        blocks.put(str(number), number)
        assert sum(len(held) for _, held in blocks.structures()) == number + 1
    assert sum(built) < 12_000  # each entry about log2(1000) times; all of them anew each time would be 500,500
    assert len(list(blocks.structures())) <= 10
    assert blocks["7"] == 7


def test_what_was_removed_is_masked_and_in_the_end_dropped() -> None:
    blocks: Blocks[int, frozenset[str]] = Blocks(frozenset)
    for number in range(10):
        blocks.put(str(number), number)
    list(blocks.structures())
    for number in range(4):
        blocks.remove(str(number))
    ((structure, held),) = blocks.structures()
    assert (len(structure), len(held)) == (10, 6)
    assert not blocks.is_clean
    blocks.remove("4")
    ((structure, held),) = blocks.structures()
    assert (len(structure), len(held)) == (5, 5)
    assert blocks.is_clean


def test_limits_on_places_cut_the_same_whatever_order_works_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_alignment, "_HITS_PER_GRAM", 3)
    names = [f"w{number}" for number in range(6)]
    answers = set()
    for order in (names, names[::-1], [names[3], *names[:3], *names[4:]]):
        engine = TextEngine()
        for name in order:
            engine.put_text(name, PASSAGES[0] + PASSAGES[1])
            engine.match_text(PASSAGES[1])
        outcome = engine.match_text(PASSAGES[0])
        assert isinstance(outcome, Matched)
        answers.add(tuple(evidence.work_id for evidence in outcome.evidence))
    assert answers == {("w0", "w1", "w2")}


@given(st.text(max_size=200))
def test_a_stored_text_is_read_back_as_it_was(text: str) -> None:
    tokens = tokenise(text)
    again = IndexedText.from_bytes(IndexedText.of(tokens).to_bytes()).tokens()
    for name in ("hashes", "starts", "ends", "widths"):
        assert np.array_equal(getattr(again, name), getattr(tokens, name))


def test_a_stored_text_is_small() -> None:
    text = passage(1, 20_000)
    assert len(IndexedText.of(tokenise(text)).to_bytes()) < 3 * len(text)


def damaged(stored: bytes) -> Iterator[bytes]:
    yield b""
    yield b"XXXX" + stored[4:]
    yield stored[:40]
    yield stored[: len(stored) // 2]
    yield stored[:100] + bytes(200)


def test_damaged_fingerprints_are_refused_and_not_used() -> None:
    stored = IndexedText.of(tokenise(passage(1))).to_bytes()
    for bad in damaged(stored):
        with pytest.raises(WrongFingerprint):
            IndexedText.from_bytes(bad).tokens()


def test_an_index_answers_for_what_it_holds() -> None:
    index = TextIndex(AlignmentSettings())
    upload = tokenise(PASSAGES[0]).hashes
    assert list(index.align(upload)) == []
    index.put("w", IndexedText.of(tokenise(PASSAGES[0])))
    assert [found.work_id for found in index.align(upload)] == ["w"]
    assert index.tokens("w").characters == 60
    index.put("w", IndexedText.of(tokenise(PASSAGES[1])))
    assert list(index.align(upload)) == []
    index.remove("w")
    index.remove("w")
    assert list(index.align(tokenise(PASSAGES[1]).hashes)) == []


def text_work(folder: Path, work_id: str, text: str) -> WorkFile:
    path = folder / f"{work_id}.txt"
    path.write_text(text, "utf-8")
    content = path.read_bytes()
    file = FileReference(path, path.name, "text/plain", "text", hashlib.sha256(content).hexdigest(), len(content))
    return WorkFile(work_id, work_id, "rh-1", "text", file)


def test_two_engines_on_one_store_see_each_others_works(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    one, other = TextEngine(store=FingerprintStore(url)), TextEngine(store=FingerprintStore(url))
    one.put([text_work(tmp_path, f"w{number}", passage) for number, passage in enumerate(PASSAGES)])
    alone = TextEngine()
    alone.put([text_work(tmp_path, f"w{number}", passage) for number, passage in enumerate(PASSAGES)])
    upload = "，".join(PASSAGES)
    assert other.match_text(upload) == one.match_text(upload) == alone.match_text(upload)
    other.remove(["w0", "w1", "nobody"])
    alone.remove(["w0", "w1"])
    assert one.match_text(upload) == alone.match_text(upload)
    late = TextEngine(store=FingerprintStore(url))
    assert late.match_text(upload) == alone.match_text(upload)
    assert late.snapshot() == alone.snapshot()


def test_a_work_that_is_held_is_not_read_again_and_another_file_replaces_it(tmp_path: Path) -> None:
    store = FingerprintStore()
    work = text_work(tmp_path, "w", PASSAGES[0])
    TextEngine(store=store).put([work])
    work.file.path.unlink()
    engine = TextEngine(store=store)
    assert [receipt.code for receipt in engine.put([work])] == [None]
    assert isinstance(engine.match_text(PASSAGES[0]), Matched)
    engine.put([text_work(tmp_path, "w", PASSAGES[1])])
    assert isinstance(engine.match_text(PASSAGES[0]), NoMatch)
    other_settings = TextEngine(TextSettings(AlignmentSettings(widest_gap=8)), store=store)
    assert isinstance(other_settings.match_text(PASSAGES[1]), NoMatch)
