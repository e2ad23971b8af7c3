"""The published standards as pages: everything in them, in both languages, with an anchor for each rule."""

from __future__ import annotations

from html import unescape

import pytest

from casework.domain.standard.standard import Standards
from tests.look.leaks import english_leaks
from tests.samples import STANDARD, standard
from tests.web import Site


def test_the_list_names_the_standard_in_force(shared_site: Site) -> None:
    page = unescape(shared_site.browser().get("/standards").text)
    for text in ("China: three bands", "In force", "/standards/cn-2021-1", "in force since", "1 June 2021"):
        assert text in page, text
    assert "noindex" not in page


def test_a_standard_shows_every_limit_rule_and_deadline(shared_site: Site) -> None:
    page = unescape(shared_site.browser().get("/standards/cn-2021-1").text)
    for text in (
        "50\u00a0% of the upload or less",
        "more than 50\u00a0% and less than 90\u00a0%",
        "90\u00a0% of the upload or more",
        "at most 15 seconds of audio or video, 160 characters of text, 125,000 bytes of an image; not commercial",
        "never block",
        "15\u00a0% of the work and 300 words",
        "10\u00a0% of the work and 10 seconds",
        "10\u00a0% of the work and 30 seconds",
        "180 days from being told",
        "72 hours from the appeal",
        "7 days from the appeal",
        "the upload stays blocked",
        "1 May 2021, 00:00 Beijing time",
        STANDARD.source.en,
    ):
        assert text in page, text
    places = [page.index(f'id="{rule.value}"') for rule in STANDARD.rules]
    assert places == sorted(places)


def test_the_pages_link_to_the_same_for_programs(shared_site: Site) -> None:
    browser = shared_site.browser()
    for page, link in (("/standards", "/api/v1/standards"), ("/standards/cn-2021-1", "/api/v1/standards/cn-2021-1")):
        assert f'href="{link}"' in browser.get(page).text
        assert browser.get(link).json()


def test_unknown_standards_are_not_found(shared_site: Site) -> None:
    assert shared_site.browser().get("/standards/none").status_code == 404


@pytest.mark.parametrize("address", ["/standards", "/standards/cn-2021-1", "/d/none"])
def test_chinese_pages_have_no_english(shared_site: Site, address: str) -> None:
    page = shared_site.browser(language="zh").get(address).text
    assert english_leaks(page, {"JSON"}) == []
    if "cn-2021" in address:
        assert STANDARD.title.zh in page


def test_coming_and_replaced_standards_say_so(sqlite_site: Site) -> None:
    """Dates decide: the shipped one is replaced by a second, a third is only published."""
    replacing = standard(id="cn-2026-1", effective_from="2026-06-01T00:00:00+08:00")
    coming = standard(id="cn-2027-1", effective_from="2027-01-01T00:00:00+08:00")
    sqlite_site.parts.casework.standards = Standards([STANDARD, replacing, coming])
    page = sqlite_site.browser().get("/standards").text
    shown = [(one.id, page.index(f'href="/standards/{one.id}"')) for one in (coming, replacing, STANDARD)]
    assert [place for _, place in shown] == sorted(place for _, place in shown)
    for one, state in ((coming, "Published, not yet in force"), (replacing, "In force"), (STANDARD, "Replaced")):
        assert state in page[page.index(f'href="/standards/{one.id}"') :][:600]
