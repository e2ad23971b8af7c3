"""Receipts: a code right after a step, on the page of the case and in the letter, and a page where it is checked."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest

from casework.domain.facts import Role
from casework.eventlog.receipts import BITS, RECEIPTED, ReceiptCodes, digest_of, read_code
from casework.eventlog.topics import EVENT_TYPES
from casework.letters.writing import Correspondence
from casework.views.language import Language, use_language
from casework.views.pages.receipt import step_title
from tests.look.leaks import english_leaks
from tests.views.pages.publishing_stories import ADDRESS, agree, approve_all, make_run, propose
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_decision import page_of, send
from tests.views.pages.test_right_holder import Studio
from tests.web import Site

CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}\b")
CHECK = "/transparency/receipt"
CONTEST = {"ground": "statutory_exception", "reasons": "It is a review."}


def contested(site: Site) -> tuple[Story, str]:
    """A case that its uploader contested by the form, and what the page said then."""
    story = open_case(site)
    browser = site.browser()
    answer = send(browser, story, "contests", CONTEST)
    assert answer.status_code == 303, answer.text
    return story, unescape(page_of(browser, answer.headers["location"]))


def test_a_step_gives_a_code_that_the_page_of_the_case_keeps(shared_site: Site) -> None:
    story, told = contested(shared_site)
    (code,) = set(CODE.findall(told))
    assert "Receipt code:" in told
    assert set(CODE.findall(page_of(shared_site.browser(), story.page))) == {code}
    letter = unescape(page_of(shared_site.browser(), f"{story.page}/letters/{_last_letter(story)}"))
    assert code in letter
    page = unescape(page_of(shared_site.browser(), f"{CHECK}?code={code.lower().replace('-', ' ')}"))
    assert "This step is in the log" in page
    assert "A contest" in page
    assert f"/api/v1/log/receipt/{code}" in page
    assert str(story.id) not in page


def test_the_page_names_the_published_reports_that_counted_the_step(sqlite_site: Site, tmp_path: Path) -> None:
    site = sqlite_site
    approve_all(site)
    (early,) = set(CODE.findall(contested(site)[1]))
    first, second = (site.browser(site.account(Role.COMPLIANCE)) for _ in range(2))
    assert "None of the reports published so far" in page_of(site.browser(), f"{CHECK}?code={early}")
    run = make_run(site, first, tmp_path)
    assert propose(first, run).status_code == 303
    assert agree(second, "agreements", 1).status_code == 303
    (late,) = set(CODE.findall(contested(site)[1]))
    assert f'href="/transparency/{ADDRESS}.1"' in page_of(site.browser(), f"{CHECK}?code={early}")
    told = page_of(site.browser(), f"{CHECK}?code={late}")
    assert "None of the reports published so far" in told
    assert f"/transparency/{ADDRESS}.1" not in told


def _last_letter(story: Story) -> int:
    history = story.casework.history(story.id)
    posts = Correspondence(story.casework, story.id, history, story.site.parts.settings.zone)
    return max(heading.number for heading in posts.headings(Role.UPLOADER))


def test_the_other_side_does_not_see_the_code(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case("0.93").contest()
    assert CODE.findall(page_of(studio.browser, story.desk)) == []
    assert len(set(CODE.findall(page_of(shared_site.browser(), story.page)))) == 1


def test_the_page_says_what_is_wrong_with_a_code(shared_site: Site) -> None:
    browser = shared_site.browser()
    form = page_of(browser, CHECK)
    assert "Check a receipt" in form
    assert 'method="get"' in form
    for typed, status, said in (
        ("", 422, "This is no receipt code"),
        ("7ZKQ2", 422, "This is no receipt code"),
        ("UUUUU-UUUUU-UUUUU-UUUUU", 422, "This is no receipt code"),
        ("7ZKQ2-0M4XD-9T1HW-C6RB3", 404, "There is no step with this code in the log"),
        ("<script>", 422, "This is no receipt code"),
    ):
        answer = browser.get(CHECK, params={"code": typed})
        assert (answer.status_code, said in answer.text) == (status, True), typed
        assert "<script>" not in answer.text.split("<main")[1].split("</main")[0]


def test_the_page_is_there_in_chinese(shared_site: Site) -> None:
    story, told = contested(shared_site)
    (code,) = set(CODE.findall(told))
    page = page_of(shared_site.browser(language="zh"), f"{CHECK}?code={code}")
    assert "该步骤已记入日志" in page
    assert english_leaks(page, ["JSON"]) == []
    assert "您的回执" in page_of(shared_site.browser(language="zh"), story.page)


def test_every_step_with_a_receipt_has_a_name_in_both_languages() -> None:
    assert {each.TOPIC for each in EVENT_TYPES} >= RECEIPTED
    for language in Language:
        with use_language(language):
            names = [step_title(topic) for topic in sorted(RECEIPTED)]
        assert len(set(names)) == len(names)
        assert all(name.isascii() == (language is Language.EN) for name in names)


def test_codes_cannot_be_guessed_and_are_read_as_people_type() -> None:
    codes = ReceiptCodes(b"k" * 32)
    made = {codes.code(UUID(int=number), version) for number in range(50) for version in (1, 2)}
    assert len(made) == 100
    assert BITS >= 80
    code = codes.code(UUID(int=1), 1)
    assert CODE.fullmatch(code)
    assert ReceiptCodes(b"l" * 32).code(UUID(int=1), 1) != code
    assert codes.digest(UUID(int=1), 1) == digest_of(code)
    plain = code.replace("-", "")
    for typed in (code, code.lower(), plain, f" {code} ", code.replace("0", "O").replace("1", "l")):
        assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "A", "A" * 19, "A" * 21, "U" * 20, "é" * 20, "A" * 5000])
def test_what_is_no_code_is_not_looked_up(typed: str) -> None:
    assert read_code(typed) is None
