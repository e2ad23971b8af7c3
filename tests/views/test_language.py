"""Negotiation of the language, catalogues, and the language of a context."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from casework.views.language import (
    CatalogueMissing,
    Language,
    catalogue,
    current_language,
    gettext,
    negotiate,
    ngettext,
    use_language,
)


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        ("zh", "en", "en", Language.ZH),
        ("en", "zh", "zh", Language.EN),
        (None, "zh", "en", Language.ZH),
        ("fr", "zh", "en", Language.ZH),
        (None, "garbage", "zh-TW", Language.ZH),
        (None, None, "zh-Hans-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", Language.EN),
        (None, None, "fr, zh;q=0.5, en;q=0.4", Language.ZH),
        (None, None, "en;q=0.2, zh_CN;q=0.3", Language.ZH),
        (None, None, "zh;q=0, en", Language.EN),
        (None, None, "zh;q=0", Language.EN),
        (None, None, "zh;q=nan", Language.EN),
        (None, None, "zh;q=2, de", Language.EN),
        (None, None, "ZH-hk", Language.ZH),
        (None, None, "zha, de", Language.EN),
        (None, None, "*", Language.EN),
        (None, None, "", Language.EN),
        (None, None, None, Language.EN),
        (None, None, ";;;,,,=;q", Language.EN),
    ],
)
def test_negotiation(query: str | None, cookie: str | None, header: str | None, expected: Language) -> None:
    assert negotiate(query, cookie, header) is expected


def test_between_equals_the_first_wins() -> None:
    assert negotiate(None, None, "zh;q=0.5, en;q=0.5") is Language.ZH
    assert negotiate(None, None, "en;q=0.5, zh;q=0.5") is Language.EN


def test_language_of_a_context_ends_with_it() -> None:
    assert current_language() is Language.EN
    with use_language(Language.ZH):
        assert current_language() is Language.ZH
        with use_language(Language.EN):
            assert current_language() is Language.EN
        assert current_language() is Language.ZH
    assert current_language() is Language.EN


def test_another_thread_has_a_language_of_its_own() -> None:
    seen: list[Language] = []
    with use_language(Language.ZH):
        thread = Thread(target=lambda: seen.append(current_language()))
        thread.start()
        thread.join()
    assert seen == [Language.EN]


def test_texts_are_translated() -> None:
    assert gettext("Beijing time") == "Beijing time"
    with use_language(Language.ZH):
        assert gettext("Beijing time") == "北京时间"
        assert ngettext("%(number)s second", "%(number)s seconds", 2) % {"number": "2"} == "2秒"


def test_missing_catalogue_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CatalogueMissing, match="make setup"):
        catalogue(Language.ZH, tmp_path)


def test_locales_are_parsed_once() -> None:
    assert Language.ZH.locale is Language.ZH.locale
    assert Language.ZH.html_lang == "zh-Hans-CN"


@pytest.mark.parametrize(
    ("english", "chinese", "never"),
    [("block", "拦截", "屏蔽"), ("trusted right holder", "可信权利人", "受信任的权利人")],
)
def test_a_term_has_one_name_in_chinese(english: str, chinese: str, never: str) -> None:
    catalogues = sorted((Path(__file__).parents[2] / "casework" / "locale").rglob("*.po"))
    lines = [line for path in catalogues for line in path.read_text("utf-8").splitlines()]
    assert any(english in line.lower() for line in lines)
    assert any(chinese in line for line in lines)
    assert [line for line in lines if never in line] == []
