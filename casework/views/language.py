"""Which language a person reads: negotiation, the language of the page at hand, the catalogues of texts.

Two languages are spoken, Simplified Chinese and English. The source texts are English, so English needs no
catalogue; the Chinese one is compiled from `casework/locale/zh_CN/LC_MESSAGES/casework.po` at set-up.
"""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from babel import Locale

CATALOGUE_DOMAIN = "casework"
LOCALE_DIRECTORY = Path(__file__).resolve().parent.parent / "locale"


class Language(StrEnum):
    """A language of the user interface; its value is what stands in `?lang=` and in the cookie."""

    ZH = "zh"
    EN = "en"

    @property
    def html_lang(self) -> str:
        """The BCP 47 tag for `lang` attributes; the script is named so that browsers pick Simplified glyphs."""
        return "zh-Hans-CN" if self is Language.ZH else "en"

    @property
    def locale_code(self) -> str:
        """The folder of the catalogue and the Babel locale: `zh_CN`, or `en_GB` (24-hour clock, day before month)."""
        return "zh_CN" if self is Language.ZH else "en_GB"

    @property
    def locale(self) -> Locale:
        """The Babel locale, parsed once: formatting with a string parses it again each time (13 times slower)."""
        return _parsed_locale(self.locale_code)

    @property
    def own_name(self) -> str:
        """The name of the language in itself, for the language switch."""
        return "中文" if self is Language.ZH else "English"


class CatalogueMissing(RuntimeError):
    """The compiled catalogue of a language is not there: set-up did not run."""


@lru_cache(maxsize=8)
def _parsed_locale(code: str) -> Locale:
    return Locale.parse(code)


_current_language: ContextVar[Language] = ContextVar("casework_language", default=Language.EN)


def current_language() -> Language:
    """The language of the page, letter or report being rendered in this context (English when none was chosen)."""
    return _current_language.get()


@contextmanager
def use_language(language: Language) -> Iterator[Language]:
    """Render everything inside in `language`; the previous choice returns afterwards."""
    token = _current_language.set(language)
    try:
        yield language
    finally:
        _current_language.reset(token)


def set_language(language: Language) -> None:
    """Choose the language for the rest of this context, for a `before_request` hook that cannot wrap the handler.

    The hook must be `async`: a plain one runs in a thread with a context of its own, and the choice would be lost.
    """
    _current_language.set(language)


def negotiate(query_lang: str | None, cookie: str | None, accept_language: str | None) -> Language:
    """The language for a request: `?lang=` first, then the cookie, then `Accept-Language`, then English.

    Every kind of Chinese (`zh`, `zh-TW`, `zh_Hans_CN`) gives Chinese; a query or cookie in a language
    that is not spoken counts as absent, so that a stale link cannot override what the browser asks for.
    """
    for chosen in (query_lang, cookie):
        language = _spoken(chosen or "")
        if language is not None:
            return language
    for tag in _preferred_tags(accept_language or ""):
        language = _spoken(tag)
        if language is not None:
            return language
    return Language.EN


def _spoken(tag: str) -> Language | None:
    primary = tag.strip().replace("_", "-").split("-", 1)[0].lower()
    return {"zh": Language.ZH, "en": Language.EN}.get(primary)


def _preferred_tags(header: str) -> list[str]:
    """The tags of an `Accept-Language` header, best first; refused tags (`q=0`) and malformed weights are left out.

    RFC 9110 section 12.5.4: weights from 0 to 1, 1 when absent; the header's order decides between equals.
    """
    weighted: list[tuple[float, str]] = []
    for part in header[:1000].split(","):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                weight = _weight(value.strip())
        if tag and tag != "*" and 0 < weight <= 1:
            weighted.append((weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0], reverse=True)]


def _weight(text: str) -> float:
    digits = text.replace(".", "", 1)
    return float(text) if digits.isascii() and digits.isdigit() else 0.0


@lru_cache(maxsize=8)
def catalogue(language: Language, directory: Path = LOCALE_DIRECTORY) -> gettext_module.NullTranslations:
    """The translated texts of `language`.

    Raises:
        CatalogueMissing: the compiled `.mo` file is not there.

    """
    if language is Language.EN:
        return gettext_module.NullTranslations()
    path = directory / language.locale_code / "LC_MESSAGES" / f"{CATALOGUE_DOMAIN}.mo"
    if not path.is_file():
        raise CatalogueMissing(
            f"The {language.own_name} texts are not compiled ({path.name} is missing in {path.parent}). "
            "Run the set-up (make setup), or: "
            f"pybabel compile -D {CATALOGUE_DOMAIN} -d casework/locale"
        )
    with path.open("rb") as file:
        return gettext_module.GNUTranslations(file)


def gettext(message: str) -> str:
    """`message` in the current language."""
    return catalogue(current_language()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a counted text for `count` in the current language (Chinese has one form)."""
    return catalogue(current_language()).ngettext(singular, plural, count)


def pgettext(context: str, message: str) -> str:
    """`message` in the current language, told apart from equal English texts by `context`."""
    return catalogue(current_language()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, count: int) -> str:
    """Counted text with a context, in the current language."""
    return catalogue(current_language()).npgettext(context, singular, plural, count)
