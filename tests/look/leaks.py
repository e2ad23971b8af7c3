"""Find English that leaked onto a Chinese page: any word of four Latin letters or more outside what is marked as other.

Left out are elements whose `lang` is not Chinese, elements with `translate="no"` (names, ids, file names), scripts,
styles and code. Looked at are texts and the attributes that people hear or see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

WORD = re.compile(r"[A-Za-z]{4,}")
SPOKEN_ATTRIBUTES = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title", "label", "data-label"})
SKIPPED_ELEMENTS = frozenset({"script", "style", "code", "kbd", "samp", "template"})
VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


class _LeakFinder(HTMLParser):
    def __init__(self, allowed: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.leaks: list[str] = []
        self._skipping: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        skips = self._skips() or tag in SKIPPED_ELEMENTS or named.get("translate") == "no"
        if "lang" in named and tag not in SKIPPED_ELEMENTS and named.get("translate") != "no":
            skips = not named["lang"].lower().startswith("zh")
        if not skips:
            self._look_at_attributes(tag, named)
        if tag not in VOID_ELEMENTS:
            self._skipping.append((tag, skips))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID_ELEMENTS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._skipping) - 1, -1, -1):
            if self._skipping[depth][0] == tag:
                del self._skipping[depth:]
                return

    def handle_data(self, data: str) -> None:
        if not self._skips():
            self._look_at("text", data)

    def _skips(self) -> bool:
        return bool(self._skipping) and self._skipping[-1][1]

    def _look_at_attributes(self, tag: str, named: dict[str, str]) -> None:
        for name, value in named.items():
            if name in SPOKEN_ATTRIBUTES or name.startswith("data-i18n"):
                # %{count} is a place for a number, not a text.
                self._look_at(f"{tag}[{name}]", re.sub(r"%\{\w+\}", "", value))
        if tag == "input" and named.get("type") in ("submit", "button", "reset"):
            self._look_at("input[value]", named.get("value", ""))

    def _look_at(self, where: str, text: str) -> None:
        for word in WORD.findall(text):
            if word not in self.allowed:
                self.leaks.append(f"{where}: {word!r} in {text.strip()[:80]!r}")


def english_leaks(html: str, allowed: Iterable[str] = ()) -> list[str]:
    """Every English word on the Chinese page `html`, with the place and the text around it; empty when it is clean.

    `allowed` are words that belong there, such as the names of file formats.
    """
    finder = _LeakFinder(frozenset(allowed))
    finder.feed(html)
    finder.close()
    return finder.leaks
