"""Tokens: what counts as the same, what counts at all, and where it stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.tokens import tokenise


def pieces(text: str) -> list[str]:
    tokens = tokenise(text)
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


def test_a_token_is_a_character_of_chinese_or_a_word_of_another_script() -> None:
    assert pieces("Hello, 世界! It's 2026。") == ["Hello", "世", "界", "It", "s", "2026"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｈｅｌｌｏ　ＷＯＲＬＤ１２", "hello world12"),
        ("Straße Élan naïve", "STRASSE elan naive"),
        ("e\u0301lan", "élan"),
        ("ﬁne oﬃce", "fine office"),
        ("漢語處理與檢索", "汉语处理与检索"),
        ("夜\u200b市\ufeff的\u00ad灯", "夜市的灯"),
        ("copy\u200bright\u2060ed", "copyrighted"),
        ("夜市，的——灯！", "夜 市\n的 灯"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("㍿", "株式会社"),
        ("wo\x00rd\x07", "word"),
    ],
)
def test_disguises_make_no_difference(one: str, other: str) -> None:
    first, second = tokenise(one), tokenise(other)
    assert first.hashes.tolist() == second.hashes.tolist()
    assert first.widths.tolist() == second.widths.tolist()


@pytest.mark.parametrize(("one", "other"), [("灯", "登"), ("ab", "ba"), ("a b", "ab"), ("1", "l"), ("干", "千")])
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert tokenise(one).hashes.tolist() != tokenise(other).hashes.tolist()


def test_invisible_characters_count_nothing_and_long_forms_count_as_written_out() -> None:
    assert tokenise("wo\u200b\u200b\u200brd").characters == 4
    assert tokenise("㎏").characters == 2


@pytest.mark.parametrize("text", ["", "。，！—— …", "\u200b\u200b", "\n\t ", "\U0001f600"])
def test_a_text_without_letters_has_no_tokens(text: str) -> None:
    assert len(tokenise(text)) == 0
    assert tokenise(text).characters == 0


@given(st.text(max_size=200))
def test_tokens_stand_in_order_inside_the_text(text: str) -> None:
    tokens = tokenise(text)
    starts, ends = tokens.starts.tolist(), tokens.ends.tolist()
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert starts == sorted(starts)
    assert (tokens.widths > 0).all()


@given(st.text(max_size=100), st.text(max_size=100))
def test_texts_can_be_cut_at_a_blank(first: str, second: str) -> None:
    together = tokenise(f"{first} {second}")
    apart = tokenise(first).hashes.tolist() + tokenise(second).hashes.tolist()
    assert together.hashes.tolist() == apart
