"""The text engine against copies whose true share is known: verbatim, disguised, edited, short, repeated, none."""

from __future__ import annotations

import hashlib
import random
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.samples.build import TEXTS
from casework.samples.compose import body
from matching_adapter.engines.text import TextEngine, TextSettings
from matching_adapter.engines.text_alignment import AlignmentSettings, common_subsequence
from matching_adapter.port import Failed, FileReference, Matched, MatchEvidence, NoMatch, UploadFile, WorkFile
from matching_adapter.tokens import tokenise

WORK_LETTERS = [chr(code) for code in range(0x4E00, 0x5200)]
OTHER_LETTERS = [chr(code) for code in range(0x6000, 0x6400)]


def letters(alphabet: list[str], count: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=count))


def own(name: str) -> str:
    return body((TEXTS / f"{name}.txt").read_text("utf-8"))


def engine_with(**works: str) -> TextEngine:
    engine = TextEngine()
    for name, text in works.items():
        engine.put_text(name, text)
    return engine


def only(engine: TextEngine, text: str) -> MatchEvidence:
    outcome = engine.match_text(text)
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


def normal(text: str) -> list[int]:
    return [int(one) for one in tokenise(text).hashes]


@pytest.mark.parametrize(
    ("copied", "own_letters", "share"),
    [(500, 500, "0.5"), (501, 499, "0.501"), (900, 100, "0.9"), (899, 101, "0.899"), (1000, 0, "1"), (300, 700, "0.3")],
)
def test_verbatim_copies_are_measured_exactly(copied: int, own_letters: int, share: str) -> None:
    work = letters(WORK_LETTERS, 2000, 1)
    upload = letters(OTHER_LETTERS, own_letters, 2) + work[200 : 200 + copied]
    evidence = only(engine_with(w=work), upload)
    assert str(evidence.share_of_upload) == share
    assert evidence.share_of_work == Decimal(copied) / 2000
    (segment,) = evidence.segments
    assert (segment.upload_start, segment.upload_end) == (own_letters, 1000)
    assert (segment.work_start, segment.work_end) == (200, 200 + copied)
    assert (evidence.amount.characters, evidence.amount.words) == (copied, copied)
    assert (evidence.method, evidence.confidence) == ("fingerprint", Decimal(1))


def test_one_character_in_ten_million_does_not_lift_a_share_over_a_limit() -> None:
    work = letters(WORK_LETTERS, 9_000, 1)
    almost = only(engine_with(w=work), work[:8_999] + letters(OTHER_LETTERS, 1_001, 2))
    assert almost.share_of_upload == Decimal("0.8999")
    assert only(engine_with(w=work), work + letters(OTHER_LETTERS, 1_000, 2)).share_of_upload == Decimal("0.9")


@given(
    start=st.integers(0, 900),
    length=st.integers(12, 600),
    before=st.integers(0, 300),
    after=st.integers(0, 300),
    seed=st.integers(0, 99),
)
def test_offsets_point_at_the_copied_text(start: int, length: int, before: int, after: int, seed: int) -> None:
    work = letters(WORK_LETTERS, 1500, seed)
    copy = work[start : start + length]
    upload = letters(OTHER_LETTERS, before, seed + 1) + copy + letters(OTHER_LETTERS, after, seed + 2)
    evidence = only(engine_with(w=work, x=letters(WORK_LETTERS, 1500, seed + 1000)), upload)
    (segment,) = evidence.segments
    assert upload[int(segment.upload_start or 0) : int(segment.upload_end or 0)] == copy
    assert work[int(segment.work_start or 0) : int(segment.work_end or 0)] == copy
    assert evidence.amount.characters == length


PADDING = st.sampled_from(["", "", "", "\u200b", "\u00ad", "\ufeff", " ", "\n", "，", "!"])


@given(padding=st.lists(PADDING, min_size=50, max_size=50), seed=st.integers(0, 50))
def test_padding_with_invisible_characters_blanks_and_points_changes_no_share(padding: list[str], seed: int) -> None:
    work, filler = letters(WORK_LETTERS, 400, seed), letters(OTHER_LETTERS, 100, seed + 1)
    plain = work[:300] + filler
    padded = "".join(letter + padding[place % 50] for place, letter in enumerate(plain))
    engine = engine_with(w=work)
    one, other = only(engine, plain), only(engine, padded)
    assert other.share_of_upload == one.share_of_upload == Decimal("0.75")
    assert other.amount == one.amount
    segment = other.segments[0]
    assert normal(padded[int(segment.upload_start or 0) : int(segment.upload_end or 0)]) == normal(work[:300])


def test_invisible_characters_inside_words_are_not_counted_as_copied() -> None:
    work = own("en-gull-point")
    hidden = "".join(letter + "\u200b" * 3 if letter.isalpha() else letter for letter in work[:1500])
    filler = own("en-slow-train")[:1500]
    engine = engine_with(w=work)
    assert (
        only(engine, hidden + " " + filler).share_of_upload == only(engine, work[:1500] + " " + filler).share_of_upload
    )


@cache
def traditional_writing() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@pytest.mark.parametrize("name", ["zh-ferry", "zh-night-market", "zh-tea-hill", "zh-clockmaker", "zh-island-letter"])
def test_traditional_characters_make_no_difference(name: str) -> None:
    work = own(name)
    traditional = traditional_writing().convert(work)
    assert traditional != work
    assert (only(engine_with(w=work), traditional).share_of_upload or 0) >= Decimal("0.99")
    assert (only(engine_with(w=traditional), work).share_of_upload or 0) >= Decimal("0.99")


def test_full_width_and_upper_case_make_no_difference() -> None:
    work = own("en-flour-hours")
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in work.upper())
    assert only(engine_with(w=work), wide).share_of_upload == 1


@given(cuts=st.lists(st.integers(40, 960), min_size=1, max_size=6, unique=True), seed=st.integers(0, 50))
def test_a_copy_in_scattered_pieces_has_the_same_share(cuts: list[int], seed: int) -> None:
    work = letters(WORK_LETTERS, 1000, seed)
    bounds = [0, *sorted(cuts), 1000]
    parts = [work[first:last] for first, last in pairwise(bounds) if last - first >= 12]
    filler = letters(OTHER_LETTERS, 40, seed + 1)
    random.Random(seed).shuffle(parts)
    upload = filler + filler.join(parts)
    copied = sum(len(part) for part in parts)
    evidence = only(engine_with(w=work), upload)
    assert evidence.amount.characters == copied
    assert evidence.share_of_work == Decimal(copied) / 1000


@given(
    st.permutations(["zh-ferry", "zh-tea-hill", "en-gull-point", "en-flour-hours"]), st.randoms(use_true_random=False)
)
@settings(max_examples=24)
def test_the_order_of_works_makes_no_difference(names: list[str], source: random.Random) -> None:
    upload = own("zh-ferry")[:300] + own("en-gull-point")[:800] + own("zh-tea-hill")[:100]
    one = engine_with(**{name: own(name) for name in names})
    other = engine_with(**{name: own(name) for name in sorted(names)})
    assert one.match_text(upload) == other.match_text(upload)
    shuffled = list(names)
    source.shuffle(shuffled)
    one.remove(shuffled[:2])
    other.remove(shuffled[:2])
    assert one.match_text(upload) == other.match_text(upload)


@given(st.text(max_size=300), st.text(max_size=300))
def test_shares_of_any_texts_lie_in_nought_to_one(work: str, upload: str) -> None:
    outcome = engine_with(w=work, both=f"{work}. {upload}").match_text(upload)
    if len(tokenise(upload)) >= 4:
        assert isinstance(outcome, Matched)
        assert {evidence.work_id for evidence in outcome.evidence} >= {"both"}
        assert outcome.evidence[0].share_of_upload == 1
        for evidence in outcome.evidence:
            assert 0 < (evidence.share_of_upload or 0) <= 1
            assert 0 < (evidence.share_of_work or 0) <= 1
    else:
        assert isinstance(outcome, NoMatch)


@pytest.mark.parametrize("length", range(4, 13))
def test_short_uploads_are_found_where_they_stand_whole(length: int) -> None:
    work = letters(WORK_LETTERS, 500, 3)
    engine = engine_with(w=work)
    evidence = only(engine, work[100 : 100 + length])
    assert evidence.share_of_upload == 1
    assert evidence.segments[0].work_start == 100
    assert isinstance(engine.match_text(work[100 : 100 + length - 1] + OTHER_LETTERS[0]), NoMatch)


@pytest.mark.parametrize("upload", ["", "的", "the", "的 the 灯", "？！……"])
def test_uploads_of_almost_nothing_match_nothing(upload: str) -> None:
    assert isinstance(engine_with(w="的 the 灯 and more of the same 的 the 灯").match_text(upload), NoMatch)


def test_a_stock_phrase_below_twelve_tokens_is_no_copy() -> None:
    work, other = letters(WORK_LETTERS, 300, 1), letters(OTHER_LETTERS, 300, 2)
    engine = engine_with(w=work)
    assert isinstance(engine.match_text(other + work[50:61] + other), NoMatch)
    assert isinstance(engine.match_text(other + work[50:62] + other), Matched)


def test_several_works_are_told_apart_the_largest_share_first() -> None:
    first, second = letters(WORK_LETTERS, 600, 1), letters(WORK_LETTERS, 600, 2)
    outcome = engine_with(a=first, b=second).match_text(first[:300] + second[:500] + letters(OTHER_LETTERS, 200, 3))
    assert isinstance(outcome, Matched)
    shares = [(evidence.work_id, str(evidence.share_of_upload)) for evidence in outcome.evidence]
    assert shares == [("b", "0.5"), ("a", "0.3")]


@pytest.mark.parametrize("every", [10, 20])
@pytest.mark.parametrize("name", ["zh-ferry", "en-unfinished-map"])
def test_edited_copies_are_measured_within_three_points(name: str, every: int) -> None:
    work = own(name)
    tokens = tokenise(work)
    changed, position, lost = [], 0, 0
    for token in range(every // 2, len(tokens), every):
        changed += [work[position : int(tokens.starts[token])], "某"]
        position, lost = int(tokens.ends[token]), lost + int(tokens.widths[token])
    upload = "".join([*changed, work[position:]])
    truth = Decimal(tokens.characters - lost) / tokenise(upload).characters
    assert abs((only(engine_with(w=work), upload).share_of_upload or 0) - truth) <= Decimal("0.03")


def test_a_foreign_sentence_in_between_is_not_counted() -> None:
    work, other = letters(WORK_LETTERS, 600, 1), letters(OTHER_LETTERS, 20, 2)
    evidence = only(engine_with(w=work), work[:300] + other + work[300:])
    assert (evidence.amount.characters, len(evidence.segments)) == (600, 1)
    assert evidence.segments[0].score == Decimal("0.9677")


def test_a_passage_used_twice_counts_twice_of_the_upload_and_once_of_the_work() -> None:
    work = letters(WORK_LETTERS, 1000, 1)
    evidence = only(engine_with(w=work), work[:200] + letters(OTHER_LETTERS, 100, 2) + work[:200])
    assert (evidence.share_of_upload, evidence.share_of_work) == (Decimal("0.8"), Decimal("0.2"))


@pytest.mark.parametrize("times", [1, 3, 20, 35])
def test_a_refrain_is_found_however_often_the_work_repeats_it(times: int) -> None:
    refrain, other = letters(WORK_LETTERS, 150, 1), letters(OTHER_LETTERS, 150 * times, 2)
    engine = engine_with(w=refrain * 40)
    evidence = only(engine, other[: 75 * times] + refrain * times + other[75 * times :])
    assert evidence.share_of_upload == Decimal("0.5")
    assert evidence.share_of_work == Decimal(times) / 40


def test_endless_repetition_is_answered_and_bounded() -> None:
    engine = engine_with(w="la " * 20_000, v=letters(WORK_LETTERS, 100, 1))
    evidence = only(engine, "la " * 30_000)
    assert evidence.share_of_upload == 1


def test_own_texts_share_nothing_with_one_another() -> None:
    names = sorted(path.stem for path in TEXTS.iterdir())
    engine = engine_with(**{name: own(name) for name in names})
    for name in names:
        assert only(engine, own(name)).work_id == name


def test_lists_the_longest_segments_only_but_counts_all() -> None:
    work, filler = letters(WORK_LETTERS, 600, 1), letters(OTHER_LETTERS, 50, 2)
    engine = TextEngine(TextSettings(most_segments=2))
    engine.put_text("w", work)
    evidence = only(engine, work[:100] + filler + work[300:340] + filler + work[450:550])
    assert [(one.work_start, one.work_end) for one in evidence.segments] == [(0, 100), (450, 550)]
    assert evidence.amount.characters == 240


def test_the_same_settings_have_the_same_digest_and_others_another() -> None:
    work = letters(WORK_LETTERS, 100, 1)
    digests = set()
    for chosen in (TextSettings(), TextSettings(), TextSettings(AlignmentSettings(widest_gap=8))):
        engine = TextEngine(chosen)
        engine.put_text("w", work)
        digests.add(only(engine, work).config_digest)
    assert len(digests) == 2


def test_a_longest_common_subsequence_is_common_and_ascending() -> None:
    assert common_subsequence([1, 2, 3, 4], [2, 9, 4, 1]) == [(1, 0), (3, 2)]
    assert common_subsequence([5], [4, 5]) == [(0, 1)]
    assert common_subsequence([4, 5], [5]) == [(1, 0)]
    assert common_subsequence([1, 2], [3, 4]) == []


@given(st.lists(st.integers(0, 4), max_size=8), st.lists(st.integers(0, 4), max_size=8))
def test_a_longest_common_subsequence_is_longest(ours: list[int], theirs: list[int]) -> None:
    pairs = common_subsequence(ours, theirs)
    assert all(ours[mine] == theirs[other] for mine, other in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))
    assert len(pairs) == longest(ours, theirs)


def longest(ours: list[int], theirs: list[int]) -> int:
    best = 0
    for subset in range(1 << len(ours)):
        wanted = [value for place, value in enumerate(ours) if subset >> place & 1]
        rest = iter(theirs)
        if len(wanted) > best and all(value in rest for value in wanted):
            best = len(wanted)
    return best


def reference(path: Path, media_type: str = "text/plain") -> FileReference:
    content = path.read_bytes() if path.exists() else b"gone"
    return FileReference(path, path.name, media_type, "text", hashlib.sha256(content).hexdigest(), len(content))


def test_files_are_read_and_failures_are_told_apart_from_no_match(tmp_path: Path) -> None:
    work = letters(WORK_LETTERS, 200, 1)
    (tmp_path / "work.txt").write_bytes(work.encode("gb18030"))
    (tmp_path / "copy.txt").write_bytes(work.encode("utf-16"))
    (tmp_path / "other.txt").write_text(letters(OTHER_LETTERS, 200, 2))
    (tmp_path / "noise.txt").write_bytes(bytes(range(256)))
    engine = TextEngine(TextSettings(longest_text=1000))
    work_file = WorkFile("w", "Work", "rh-1", "text", reference(tmp_path / "work.txt"))
    noise = WorkFile("n", "Noise", "rh-1", "text", reference(tmp_path / "noise.txt"))
    assert [receipt.code for receipt in engine.put([work_file, noise])] == [None, "undecodable"]
    (tmp_path / "long.txt").write_text("a" * 1001)
    names = ["copy.txt", "noise.txt", "other.txt", "gone.txt", "long.txt"]
    uploads = [UploadFile(name, 1, "u", reference(tmp_path / name)) for name in names]
    pdf = UploadFile("pdf", 1, "u", reference(tmp_path / "copy.txt", "application/pdf"))
    outcomes = engine.match([*uploads, pdf])
    assert isinstance(outcomes[0], Matched)
    assert outcomes[0].evidence[0].share_of_upload == 1
    assert isinstance(outcomes[2], NoMatch)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    assert [failure.code for failure in failures] == ["undecodable", "unreadable", "too_large", "unsupported"]
    assert [failure.retryable for failure in failures] == [False, True, False, False]


@pytest.mark.parametrize("wrong", [{"gram": 1}, {"window": 7}, {"shortest_chain": 5}, {"widest_gap": -1}])
def test_refuses_settings_that_cannot_work(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"need|must"):
        AlignmentSettings(**wrong)


ENGLISH = own("en-gull-point")[:900]
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u2065\ufe0f\u180e\U000e0101\u115f"
COMBINING = "\u0301\u0308\u0323\u0335\u20dd"
BETWEEN = ".,;:!?…—–-()[]《》“”'\u3000\t\n·🔥"


def disguised(text: str, choices: list[int]) -> str:
    """Put something that is no letter behind every letter, and points where blanks are; widen some letters."""
    made = []
    for place, letter in enumerate(text):
        choice = choices[place % len(choices)]
        if not letter.isalnum():
            made.append(letter + BETWEEN[choice % len(BETWEEN)])
            continue
        wide = chr(ord(letter) + 0xFEE0) if choice % 3 == 1 and "!" <= letter <= "~" else letter
        more = (INVISIBLE + COMBINING)[choice % 16] * (choice % 4)
        made.append(wide + more)
    return "".join(made)


@given(st.lists(st.integers(0, 10_000), min_size=7, max_size=60), st.integers(0, 400))
def test_no_disguise_of_latin_words_changes_a_share(choices: list[int], own_letters: int) -> None:
    engine = engine_with(w=ENGLISH)
    filler = own("en-slow-train")[:own_letters]
    plain = only(engine, f"{ENGLISH[100:700]} {filler}")
    upload = disguised(f"{ENGLISH[100:700]} {filler}", choices)
    evidence = only(engine, upload)
    assert evidence.share_of_upload == plain.share_of_upload
    assert evidence.share_of_work == plain.share_of_work
    assert evidence.amount == plain.amount
    assert all(int(segment.upload_end or 0) <= len(upload) for segment in evidence.segments)


def test_the_engine_tells_its_settings_and_limits() -> None:
    engine = TextEngine(TextSettings(most_segments=7))
    engine.put_text("w", ENGLISH)
    info, evidence = engine.info, only(engine, ENGLISH)
    assert info.parameters["most_segments"] == 7
    assert (info.config_digest, info.version, "text") == (
        evidence.config_digest,
        evidence.engine_version,
        evidence.track,
    )
    assert any("Paraphrase" in limit for limit in info.limits)


def test_a_file_that_changed_after_it_was_inspected_is_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "work.txt"
    path.write_text(ENGLISH)
    file = reference(path)
    path.write_text(ENGLISH.upper())
    engine = TextEngine()
    (receipt,) = engine.put([WorkFile("w", "Work", "rh-1", "text", file)])
    (outcome,) = engine.match([UploadFile("u", 1, "uploader", file)])
    assert receipt.code == "changed"
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("changed", True)
