"""The reviewer desk: queue, bench, ruling in stages, and that nothing tells of the other ruling before it is issued."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from casework.domain.facts import Role
from casework.domain.values import RulingOutcome
from casework.views.access.accounts import Account
from tests.look.leaks import english_leaks
from tests.samples import PARTLY, REVERSED, UPHELD
from tests.views.pages.stories import SECRET_WORDS, Story, a_file, open_case, seat_reviewers
from tests.web import Browser, Site, form_token, on_sqlite

REASONS = "The review quotes no more than it needs."
ANSWERS: dict[str, Any] = {
    "outcome": "reversed",
    "bases": ["CN_ART24_02", "LICENSED"],
    "purpose-weight": "favours_use",
    "purpose-words": "It reviews the film.",
    "nature-weight": "neutral",
    "amount-weight": "favours_use",
    "market-weight": "against_use",
    "reasons_en": REASONS,
}


def seated(site: Site, story: Story) -> tuple[Account, Account]:
    """The two who sit, in the order of the panel; both sides have been heard."""
    story.seat()
    first, second = story.casework.case(story.id).panel
    accounts = site.parts.accounts
    return accounts.find(first), accounts.find(second)


def bench_of(story: Story) -> str:
    return f"/reviewer/cases/{story.id}"


def send(browser: Browser, story: Story, stage: str, *, htmx: bool = False, **changes: Any) -> Any:
    """Open the bench and send the form from there."""
    page = browser.get(bench_of(story)).text
    found = re.search(r'name="start_token" value="(\d+)"', page)
    data = {**ANSWERS, "stage": stage, "start_token": found.group(1) if found else "", **changes}
    headers = {"hx-request": "true"} if htmx else {}
    token = form_token(page)
    return browser.post(bench_of(story), data={"_csrf_token": token, **data}, headers=headers)


def told(page: str) -> str:
    """A page without what differs by request: the script nonce and the form token."""
    page = re.sub(r'nonce="[^"]+"', "", page)
    page = re.sub(r'name="_csrf_token" value="[0-9a-f]+"', "", page)
    return re.sub(r"x-csrftoken[^']*'", "", page)


# The queue


@on_sqlite
def test_queue_lists_what_is_owed_by_deadline_and_ends(site: Site) -> None:
    seat_reviewers(site, 2)
    stories = []
    for number in range(11):
        stories.append(open_case(site, work__title=f"Film {number}").contest().seat())
        site.clock.advance(timedelta(hours=1))
    reviewer, _other = seated(site, stories[0])
    page = site.browser(reviewer).get("/reviewer").text
    places = [page.index(f"/reviewer/cases/{story.id}") for story in stories[:10]]
    assert places == sorted(places)
    assert all(str(story.id) not in page for story in stories[10:])
    assert "10 most urgent" in page
    assert "Rule on “Film 0” by" in page
    assert site.browser(reviewer).get("/reviewer/next").headers["location"] == bench_of(stories[0])


def test_empty_desk_says_so_and_next_leads_back(sqlite_site: Site) -> None:
    reviewer = sqlite_site.account(Role.REVIEWER)
    browser = sqlite_site.browser(reviewer)
    assert "Your queue is empty" in browser.get("/reviewer").text
    assert browser.get("/reviewer/next").headers["location"] == "/reviewer"


def test_late_rulings_are_flagged(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    reviewer, _ = seated(sqlite_site, story)
    browser = sqlite_site.browser(reviewer)
    assert "Overdue" not in browser.get("/reviewer").text
    sqlite_site.clock.advance(timedelta(days=7))
    browser = sqlite_site.browser(reviewer)  # the session has ended meanwhile
    page = browser.get("/reviewer").text
    assert "A ruling of yours is late" in page
    assert "Overdue" in page
    assert "Your ruling is late" in browser.get(bench_of(story)).text


def test_queue_alone_for_htmx(sqlite_site: Site) -> None:
    reviewer = sqlite_site.account(Role.REVIEWER)
    part = sqlite_site.browser(reviewer).get("/reviewer", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "Your queue is empty" in part


# Who may look


def test_only_the_two_who_sit_see_the_case(sqlite_site: Site) -> None:
    people = seat_reviewers(sqlite_site, 4)
    story = open_case(sqlite_site).contest(a_file())
    panel = {one.id for one in seated(sqlite_site, story)}
    (exhibit,) = story.casework.case(story.id).exhibits
    for person in people:
        browser = sqlite_site.browser(person)
        expected = 200 if person.id in panel else 404
        assert browser.get(bench_of(story)).status_code == expected
        assert browser.get(f"{bench_of(story)}/evidence/{exhibit.evidence.id}").status_code == expected
    both_roles = sqlite_site.account(Role.REVIEWER, Role.COMPLIANCE)
    assert sqlite_site.browser(both_roles).get(bench_of(story)).status_code == 404
    officer = sqlite_site.account(Role.COMPLIANCE)
    assert sqlite_site.browser(officer).get(bench_of(story)).status_code == 403
    assert sqlite_site.browser().get(bench_of(story)).status_code == 303
    assert sqlite_site.browser(people[0]).get(f"/reviewer/cases/{uuid4()}").status_code == 404


def test_files_are_saved_never_shown(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest(a_file("许可.txt", b"You may use it."))
    reviewer, _ = seated(sqlite_site, story)
    (exhibit,) = story.casework.case(story.id).exhibits
    answer = sqlite_site.browser(reviewer).get(f"{bench_of(story)}/evidence/{exhibit.evidence.id}")
    assert answer.content == b"You may use it."
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_bench_shows_decision_evidence_and_both_sides(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest(a_file())
    story.say(story.right_holder, "It is the whole film.")
    reviewer, _ = seated(sqlite_site, story)
    page = sqlite_site.browser(reviewer).get(bench_of(story)).text
    for said in ("I quote it to review it.", "It is the whole film.", "licence.txt", "The Film", "Upper band", "93"):
        assert said in page
    assert "Both sides could comment until the reviewers were chosen." in page
    assert "The block was wrong. The upload is public again." in page


# Ruling


def test_rule_in_three_stages(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest(a_file())
    reviewer, _ = seated(sqlite_site, story)
    browser = sqlite_site.browser(reviewer)
    (exhibit,) = story.casework.case(story.id).exhibits
    preview = send(browser, story, "check", evidence=exhibit.evidence.id)
    assert preview.status_code == 200
    for said in (REASONS, "The block was wrong. The upload is public again.", "Licence", "licence.txt"):
        assert said in preview.text
    assert story.casework.case(story.id).submitted == ()
    answer = send(browser, story, "submit", evidence=exhibit.evidence.id)
    assert (answer.status_code, answer.headers["location"]) == (303, bench_of(story))
    (submission,) = story.casework.case(story.id).submitted
    ruling = story.casework.ruling(submission.sealed)
    assert submission.reviewer == reviewer.id
    assert (ruling.outcome, ruling.bases) == (RulingOutcome.REVERSED, ("CN_ART24_02", "LICENSED"))
    assert ruling.factors.purpose == "favours_use: It reviews the film."
    assert ruling.factors.market == "against_use"
    assert (ruling.reasons.en, ruling.reasons.zh) == (REASONS, None)
    assert ruling.evidence_ids == (exhibit.evidence.id,)
    afterwards = browser.get(bench_of(story)).text
    assert "Your ruling is in and sealed." in afterwards
    assert REASONS in afterwards


def test_submit_and_next_goes_on(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    one, two = (open_case(sqlite_site).contest().seat() for _ in range(2))
    reviewer, _ = seated(sqlite_site, one)
    browser = sqlite_site.browser(reviewer)
    following = browser.get("/reviewer/next").headers["location"]
    first, second = (one, two) if str(one.id) in following else (two, one)
    answer = send(browser, first, "next")
    assert answer.headers["location"] == f"{bench_of(second)}?after={first.id}"
    assert "Your ruling is in and sealed. This is the next case." in browser.get(answer.headers["location"]).text
    assert send(browser, second, "next").headers["location"] == f"/reviewer?after={second.id}"


def test_two_clicks_are_one_ruling(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    browser = sqlite_site.browser(seated(sqlite_site, story)[0])
    page = browser.get(bench_of(story)).text
    token = re.search(r'name="start_token" value="(\d+)"', page)
    assert token is not None
    data = {**ANSWERS, "stage": "submit", "start_token": token.group(1), "_csrf_token": form_token(page)}
    answers = [browser.post(bench_of(story), data=data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    different = browser.post(bench_of(story), data={**data, "outcome": "upheld", "reasons_en": "Something else"})
    assert different.status_code == 422
    assert "You have already submitted your ruling" in different.text
    assert "Something else" in different.text
    assert len(story.casework.case(story.id).submitted) == 1


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"outcome": ""}, "Choose an outcome"),
    ({"outcome": "destroyed"}, "Choose an outcome"),
    ({"bases": []}, "Choose at least one statutory basis"),
    ({"bases": ["MAGIC"]}, "Choose at least one statutory basis"),
    ({"nature-weight": ""}, "Weigh this factor: Nature of the work"),
    ({"market-weight": "much"}, "Weigh this factor: Effect on the market"),
    ({"reasons_en": " \n "}, "Give reasons in Chinese, in English, or in both"),
    ({"reasons_zh": "字" * 20_001}, "Use at most 20000 characters"),
    ({"nature-words": "x" * 2_001}, "Use at most 2000 characters"),
    ({"reasons_zh": "nul\x00"}, "a character in the text that cannot be kept"),
]


def test_what_is_missing_is_named_and_what_was_typed_is_kept(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    browser = sqlite_site.browser(seated(sqlite_site, story)[0])
    for changes, error in FAULTS:
        for stage in ("check", "submit"):
            answer = send(browser, story, stage, **changes)
            assert answer.status_code == 422, changes
            assert error in answer.text
            assert "It reviews the film." in answer.text
    assert story.casework.case(story.id).submitted == ()


def test_change_goes_back_with_everything_typed(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    browser = sqlite_site.browser(seated(sqlite_site, story)[0])
    page = send(browser, story, "change").text
    assert REASONS in page
    assert re.search(r'value="reversed" checked', page)
    assert len(re.findall(r'value="(?:CN_ART24_02|LICENSED)" checked', page)) == 2
    part = send(browser, story, "check", htmx=True).text
    assert "<html" not in part
    assert REASONS in part


def test_a_stale_tab_hears_what_changed_and_may_go_on(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    before = len(story.casework.history(story.id))
    story.say(story.right_holder, "One more thing.")
    browser = sqlite_site.browser(seated(sqlite_site, story)[0])
    answer = send(browser, story, "submit", start_token=str(before))
    assert answer.status_code == 422
    assert "This case changed after you opened the form" in answer.text
    assert "Statement added" in answer.text
    assert REASONS in answer.text
    assert story.casework.case(story.id).submitted == ()
    assert send(browser, story, "submit").status_code == 303


def test_a_withdrawn_appeal_needs_no_ruling_and_keeps_the_text(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    browser = sqlite_site.browser(seated(sqlite_site, story)[0])
    page = browser.get(bench_of(story)).text
    story.withdraw(story.uploader)
    data = {**ANSWERS, "stage": "submit", "start_token": "3", "_csrf_token": form_token(page)}
    answer = browser.post(bench_of(story), data=data)
    assert answer.status_code == 422
    assert "No ruling is awaited in this case." in answer.text
    assert REASONS in answer.text
    assert "The case ended without a ruling" in browser.get(bench_of(story)).text
    assert "Your queue is empty" in browser.get("/reviewer").text


# Blindness (product.md E1)


@pytest.mark.parametrize("mine", ["awaited", "given"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_changes_when_the_other_rules(sqlite_site: Site, mine: str, language: str) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest(a_file())
    story.say(story.right_holder, "No.")
    first, second = seated(sqlite_site, story)
    me, other = (second, first) if mine == "awaited" else (first, second)
    browser = sqlite_site.browser(me, language=language)
    if mine == "given":
        assert send(browser, story, "submit", outcome="upheld").status_code == 303
    pages = ("/reviewer", bench_of(story), "/api/none")
    before = [told(browser.get(page).text) for page in pages]
    assert send(sqlite_site.browser(other), story, "submit", reasons_en=SECRET_WORDS[0]).status_code == 303
    after = [told(browser.get(page).text) for page in pages]
    assert before == after
    assert SECRET_WORDS[0] not in "".join(after)
    assert other.id not in "".join(after)
    assert other.name not in "".join(after)


def test_a_form_opened_before_the_other_ruled_is_not_stale(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    first, second = seated(sqlite_site, story)
    browser = sqlite_site.browser(second)
    old = re.search(r'name="start_token" value="(\d+)"', browser.get(bench_of(story)).text)
    assert old is not None
    send(sqlite_site.browser(first), story, "submit")
    preview = send(browser, story, "check", start_token=old.group(1))
    assert preview.status_code == 200
    assert "This case changed" not in preview.text
    assert send(browser, story, "submit", start_token=old.group(1)).status_code == 303


def test_whoever_ruled_first_learns_of_a_disagreement_only_with_the_ruling(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest()
    first, second = seated(sqlite_site, story)
    browser = sqlite_site.browser(first)
    send(browser, story, "submit", outcome="upheld", reasons_en="The block was right.")
    send(sqlite_site.browser(second), story, "submit")
    assert "Waiting for the outcome" in browser.get("/reviewer").text
    page = browser.get(bench_of(story)).text
    assert REASONS not in page
    assert "third" not in page.lower()
    story.rule(PARTLY)
    page = browser.get(bench_of(story)).text
    assert "The ruling was issued: Partially reversed." in page
    assert "a third one decided" in page
    assert "Partially reversed" in browser.get("/reviewer").text


# The third reviewer, and the result


@on_sqlite
def test_third_reviewer_reads_both_reasons_without_names(site: Site) -> None:
    people = seat_reviewers(site, 3)
    story = open_case(site).contest()
    first, second = seated(site, story)
    send(site.browser(first), story, "submit", outcome="upheld", reasons_en="The block was right.")
    send(site.browser(second), story, "submit")
    (third,) = (one for one in people if one.id not in (first.id, second.id))
    browser = site.browser(third)
    assert "Third ruling (re-review)" in browser.get("/reviewer").text
    page = browser.get(bench_of(story)).text
    for said in ("The block was right.", REASONS, "Ruling A", "Ruling B", "Differ", "Agree"):
        assert said in page
    for person in (first, second):
        assert person.name not in page
        assert person.id not in page
    assert send(browser, story, "submit", reasons_en="Third opinion.").status_code == 303
    result = browser.get(bench_of(story)).text
    assert "The ruling was issued: Reversed." in result
    assert "Third opinion." in result


def test_the_order_of_the_two_is_that_of_a_hash_not_of_time(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    for _ in range(4):
        story = open_case(sqlite_site).contest().rule(UPHELD, REVERSED)
        case = story.casework.case(story.id)
        upheld, reversed_ = (
            hashlib.sha256(f"{story.id}:{opened.content.digest}".encode()).digest() for opened in case.opened
        )
        assert case.re_reviewer is not None
        page = sqlite_site.browser(sqlite_site.parts.accounts.find(case.re_reviewer)).get(bench_of(story)).text
        place = page.index('id="opinion-1"')
        shown_first = page.index("The block was right", place) < page.index("The block was wrong", place)
        assert shown_first == (upheld < reversed_)


def test_result_of_an_agreeing_panel(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    first, second = seated(sqlite_site, story)
    for person, reasons in ((first, "One."), (second, "Two.")):
        send(sqlite_site.browser(person), story, "submit", reasons_en=reasons)
    page = sqlite_site.browser(first).get(bench_of(story)).text
    for said in (
        "The ruling was issued: Reversed.",
        "Both reviewers came to the same outcome",
        "One.",
        "Two.",
        "(yours)",
    ):
        assert said in page
    assert second.name not in page


# Languages


def test_no_english_on_chinese_pages(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest(a_file())
    first, second = seated(sqlite_site, story)
    one, two = (sqlite_site.browser(person, language="zh") for person in (first, second))
    pages = [one.get("/reviewer").text, one.get(bench_of(story)).text]
    words: dict[str, Any] = {"purpose-words": "评论影片", "reasons_zh": "引用适度。"}
    pages += [send(one, story, "check", outcome="", **words).text, send(one, story, "check", **words).text]
    send(one, story, "submit", outcome="upheld")
    pages += [one.get(bench_of(story)).text, one.get("/reviewer").text]
    send(two, story, "submit")
    third_id = story.casework.case(story.id).re_reviewer
    assert third_id is not None
    three = sqlite_site.browser(sqlite_site.parts.accounts.find(third_id), language="zh")
    pages.append(three.get(bench_of(story)).text)
    send(three, story, "submit")
    pages += [three.get(bench_of(story)).text, one.get("/reviewer").text]
    allowed = {"Person", "Film"}
    assert [english_leaks(page, allowed) for page in pages] == [[] for _ in pages]
