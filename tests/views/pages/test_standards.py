"""The published standards as pages: everything in them, in both languages, with an anchor for each rule."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from casework.domain.standard.standard import Standards
from casework.law import read_law, read_standards
from tests.domain.test_regimes import made_up
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


@pytest.mark.parametrize(
    "address",
    [
        "/standards",
        "/standards/cn-2021-1",
        "/standards/de-2021-1",
        "/standards/eu-2024-1",
        "/standards/us-2021-1",
        "/d/none",
    ],
)
def test_chinese_pages_have_no_english(shared_site: Site, address: str) -> None:
    page = shared_site.browser(language="zh").get(address).text
    assert english_leaks(page, {"JSON"}) == []
    if address == "/standards/cn-2021-1":
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


def law_page(site: Site, standard_id: str) -> str:
    return unescape(site.browser().get(f"/standards/{standard_id}").text)


def test_a_choice_that_is_due_is_said(shared_site: Site) -> None:
    page = unescape(shared_site.browser().get("/standards").text)
    assert "has not chosen its legal regime yet" in page
    for title in ("China: Civil Code", "China: E-Commerce Law", "China: Regulation on network communication rights"):
        assert title in page
    page = law_page(shared_site, "cn-2021-1")
    assert page.count("Not chosen yet") == 3
    assert "These laws conflict on what follows a counter-notice." in page


def test_the_chosen_regime_comes_first(sqlite_site: Site) -> None:
    sqlite_site.parts.casework.law = read_law("cn-network-rights")
    browser = sqlite_site.browser()
    assert "This platform works under: China: Regulation on network" in unescape(browser.get("/standards").text)
    page = law_page(sqlite_site, "cn-2021-1")
    assert page.count("Chosen by this platform") == 1
    assert (
        page.index('id="cn-network-rights"') < page.index("Chosen by this platform") < page.index('id="cn-civil-code"')
    )
    assert page.count(">Not chosen<") == 2
    assert "These laws conflict" not in page


@pytest.mark.parametrize(
    ("standard_id", "texts"),
    [
        (
            "cn-2021-1",
            (
                "15 days from the arrival at the right holder",
                "20 working days at most",
                "The upload returns at once, and the same right holder cannot notify it again.",
                "every notice, counter-notice and outcome",
                "Guarantee that it is true (Fa Fa [2020] 32, art. 5)",
                "statutory working days of China, with make-up days",
                "E-Commerce Law art. 43(2): 15 days after",
                "24 hours",
                "1 hour",
                "30 days from being told",
                "Asia/Shanghai",
            ),
        ),
        (
            "de-2021-1",
            (
                "1\u00a0% of the work or more",
                "it takes less than 50\u00a0% of the work",
                "An image may be taken whole.",
                "The upload must hold something else too.",
                "A statutory exception counts only if less than 50\u00a0% of the work is used.",
                "48 hours",
                "7 days at most",
                "films and moving images only",
                "This law knows no counter-notice; the uploader contests.",
                "the upload stays held",
                "The only one here",
                "Germany",
            ),
        ),
        (
            "eu-2024-1",
            (
                "6 calendar months from being told",
                "6 months at least",
                "90 days, 180 at most",
                "Statement of good faith (DSA art. 16(2)(d))",
                "Europe/Brussels",
            ),
        ),
        (
            "us-2021-1",
            (
                "10 to 14 working days from the receipt by the platform",
                "the upload returns",
                "Consent to the court's jurisdiction and to service (s. 512(g)(3)(D))",
                "business days without federal holidays",
            ),
        ),
    ],
)
def test_a_standard_shows_the_law_behind_it(shared_site: Site, standard_id: str, texts: tuple[str, ...]) -> None:
    page = law_page(shared_site, standard_id)
    for text in texts:
        assert text in page, text


def test_standards_of_another_law_say_so(shared_site: Site, sqlite_site: Site) -> None:
    other = "For another legal regime than this platform's"
    assert other in law_page(shared_site, "de-2021-1")
    sqlite_site.parts.casework.law = law = read_law("de-urhdag")
    sqlite_site.parts.casework.standards = read_standards(law)
    page = unescape(sqlite_site.browser().get("/standards").text)
    assert page.index("/standards/de-2021-1") < page.index("/standards/cn-2021-1")
    assert page.count(other) == 3
    assert other not in law_page(sqlite_site, "de-2021-1")
    assert other in law_page(sqlite_site, "cn-2021-1")


def test_a_made_up_regime_shows_by_its_file_alone(sqlite_site: Site, tmp_path: Path) -> None:
    regimes, standards = made_up(tmp_path)
    sqlite_site.parts.casework.law = law = read_law("ut-islands", regimes)
    sqlite_site.parts.casework.standards = read_standards(law, standards)
    page = law_page(sqlite_site, "ut-1")
    for text in (
        "Utopia",
        "In force",
        "Chosen by this platform",
        "3 to 14 working days",
        "70\u00a0% of the upload or more",
    ):
        assert text in page, text
    answer = sqlite_site.browser().get("/api/v1/standards").json()
    assert answer["in_force"] == "ut-1"


def test_programs_learn_which_regime_was_chosen(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    due = browser.get("/api/v1/standards").json()["regime"]
    assert (due["chosen"], due["governing"]) == (None, None)
    assert [one["id"] for one in due["choices"]] == ["cn-civil-code", "cn-e-commerce", "cn-network-rights"]
    assert "regime_not_chosen" in due["meaning"]["en"]
    assert "regime_not_chosen" in due["meaning"]["zh"]
    sqlite_site.parts.casework.law = read_law("cn-e-commerce")
    chosen = browser.get("/api/v1/standards").json()["regime"]
    assert (chosen["chosen"], chosen["governing"]) == ("cn-e-commerce", "cn-e-commerce")
    assert "chose this regime" in chosen["meaning"]["en"]
    assert "has not chosen" not in browser.get("/standards").text
