"""The compliance desk: numbers, lists, search, cases with sealed rulings, seating, links and people."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from casework.domain.case.panel import Ruling
from casework.domain.facts import Actor, Role
from casework.domain.values import DeadlineKind
from casework.views.models.deadlines import Due
from tests.jobs.clocked_cases import write_cases
from tests.look.leaks import english_leaks
from tests.samples import MATCHER, REVERSED, UPHELD, decision_line
from tests.views.pages.stories import SECRET_WORDS, Story, a_file, open_case, ruling, seat_reviewers
from tests.web import Browser, Site, on_sqlite, post_form


def officer(site: Site, *more: Role, language: str = "en") -> Browser:
    return site.browser(site.account(Role.COMPLIANCE, *more), language=language)


def at_desk(story: Story) -> str:
    return f"/compliance/cases/{story.id}"


def figure(page: str, label: str) -> str:
    found = re.search(rf'figures__value">([^<]*)</span>\s*<span class="casework-figures__label">{label}<', page)
    assert found is not None, label
    return found.group(1)


# Overview


def test_overview_counts_what_is_open_late_and_soon_due(site: Site) -> None:
    seat_reviewers(site, 2)
    browser = officer(site)
    assert "There are no cases yet" in browser.get("/compliance").text
    open_case(site, "0.3")
    late = open_case(site).contest().seat()
    site.clock.advance(timedelta(days=6))
    open_case(site).contest()
    browser = officer(site)
    page = browser.get("/compliance").text
    assert (figure(page, "Open appeals"), figure(page, "Overdue"), figure(page, "Due within 48 hours")) == (
        "2",
        "0",
        "1",
    )
    assert "Nothing is late" in page
    site.clock.advance(timedelta(days=2))
    page = officer(site).get("/compliance").text
    assert (figure(page, "Overdue"), figure(page, "Due within 48 hours")) == ("1", "0")
    assert "1 ruling is late." in page
    assert page.index(str(late.id)) > 0
    assert "3 cases in all" in page
    assert "Current" in page


@on_sqlite
def test_waiting_cases_say_why_and_are_seated_at_a_press(site: Site) -> None:
    (alone,) = seat_reviewers(site, 1)
    story = open_case(site).contest()
    browser = officer(site)
    page = browser.get("/compliance").text
    assert "Both sides may comment until" in page
    assert "1 case waits for reviewers." not in page
    assert "To choose reviewers now ends that for both." in browser.get(at_desk(story)).text
    site.clock.advance(timedelta(days=4))
    browser = officer(site)
    assert "To choose reviewers now ends that for both." not in browser.get(at_desk(story)).text
    page = browser.get("/compliance").text
    assert "1 case waits for reviewers." in page
    assert "Needs 2, but only 1 may sit on it" in page
    refused = post_form(browser, "/compliance", {"from": "overview"}, to=f"{at_desk(story)}/seat")
    assert refused.status_code == 422
    assert "There are too few reviewers who may sit on this case." in refused.text
    site.parts.accounts.declare_conflict(alone.id, kind="rh", outside_id="rh-3")
    seat_reviewers(site, 2)
    page = browser.get(at_desk(story)).text
    assert "Needed: 2. Able: 2." in page
    assert "Barred by a conflict of interest: 1." in page
    assert "The system will choose within a minute" in browser.get("/compliance").text
    done = post_form(browser, "/compliance", {"from": "overview"}, to=f"{at_desk(story)}/seat")
    assert done.headers["location"] == "/compliance?done=seat"
    assert alone.id not in story.casework.case(story.id).panel
    assert "No case waits for reviewers" in browser.get("/compliance?done=seat").text
    assert post_form(browser, at_desk(story), to=f"{at_desk(story)}/seat").status_code == 422


# List and search


def test_list_is_narrowed_and_paged(site: Site) -> None:
    lines = [decision_line("0.93", f"many-{number}", upload__id=f"many-{number}") for number in range(52)]
    blocked = [answer.case_id for answer in site.parts.intake.take(lines, MATCHER)]
    lawful = open_case(site, "0.3")
    browser = officer(site)
    first = browser.get("/compliance/cases").text
    assert str(lawful.id) in first
    assert str(blocked[0]) not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = browser.get(following.group(1).replace("&amp;", "&")).text
    assert str(blocked[0]) in second
    assert str(lawful.id) not in second
    narrowed = browser.get("/compliance/cases?outcome=presumed_lawful&medium=video&procedure=&ruling=nonsense").text
    assert narrowed.count("/compliance/cases/0") + narrowed.count(str(lawful.id)) >= 1
    assert not any(str(case_id) in narrowed for case_id in blocked)
    part = browser.get("/compliance/cases?ruling=reversed", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "No case found" in part


def test_anything_pasted_finds_the_case(site: Site) -> None:
    story = open_case(site, upload__id="up-wanted", work__id="w-wanted")
    other = open_case(site)
    browser = officer(site)
    token = story.page.removeprefix("/d/")
    for pasted in (
        str(story.id),
        f"  https://example.org/reviewer/cases/{story.id}?x=1 ",
        story.page,
        token,
        f"https://example.org{story.page}?lang=zh",
    ):
        answer = browser.get("/compliance/cases", params={"q": pasted})
        assert answer.headers.get("location") == at_desk(story), pasted
    decision = story.casework.case(story.id).decision.decision_id
    for pasted in ("up-wanted", "w-wanted", decision):
        page = browser.get("/compliance/cases", params={"q": pasted}).text
        assert str(story.id) in page
        assert str(other.id) not in page
    for pasted in (str(uuid4()), "up-wante", "'; drop table cases", "A" * 46, "up-\x00", "。"):
        assert "No case found" in browser.get("/compliance/cases", params={"q": pasted}).text


# One case


def test_history_is_whole_and_sealed_rulings_stay_sealed(sqlite_site: Site) -> None:
    first, *_ = seat_reviewers(sqlite_site, 3)
    story = open_case(sqlite_site).contest(a_file()).rule(UPHELD)
    browser = officer(sqlite_site)
    page = browser.get(at_desk(story)).text
    assert "A reviewer&#39;s ruling came in, sealed" in page
    assert "Ruling is in" in page
    assert "Awaited" in page
    assert first.name in page or story.casework.case(story.id).panel.count(first.id) == 0
    for words in SECRET_WORDS:
        assert words not in page
    story.rule(REVERSED)
    page = browser.get(at_desk(story)).text
    assert SECRET_WORDS[0] not in page
    story.rule(REVERSED)
    page = browser.get(at_desk(story)).text
    assert SECRET_WORDS[0] in page
    assert "Ruling of the third reviewer" in page
    (exhibit,) = story.casework.case(story.id).exhibits
    assert browser.get(f"{at_desk(story)}/evidence/{exhibit.evidence.id}").content == b"You may use it."


def test_an_officer_who_sits_learns_no_more_than_on_the_bench(sqlite_site: Site) -> None:
    both = [sqlite_site.account(Role.REVIEWER, Role.COMPLIANCE) for _ in range(2)]
    story = open_case(sqlite_site).contest().seat()
    me, other = both
    browser = sqlite_site.browser(me)
    before = _without_tokens(browser.get(at_desk(story)).text)
    said: Ruling = ruling(UPHELD)
    story.casework.submit_ruling(story.id, said, Actor(role=Role.REVIEWER, id=other.id))
    assert _without_tokens(browser.get(at_desk(story)).text) == before
    assert other.name not in before


def _without_tokens(page: str) -> str:
    page = re.sub(r'nonce="[^"]+"|name="_csrf_token" value="[0-9a-f]+"', "", page)
    return re.sub(r"x-csrftoken[^']*'", "", page)


def test_link_is_shown_revoked_and_renewed(sqlite_site: Site) -> None:
    story = open_case(sqlite_site)
    browser = officer(sqlite_site)
    assert story.page in browser.get(at_desk(story)).text
    answer = post_form(browser, at_desk(story), to=f"{at_desk(story)}/link")
    assert answer.headers["location"] == f"{at_desk(story)}?done=link"
    page = browser.get(answer.headers["location"]).text
    renewed = re.search(r'value="http://127\.0\.0\.1:8000(/d/[\w-]+)"', page)
    assert renewed is not None
    assert renewed.group(1) != story.page
    visitor = sqlite_site.browser()
    assert visitor.get(story.page).status_code == 404
    assert visitor.get(renewed.group(1)).status_code == 200


@pytest.mark.parametrize("page", ["", "/cases", "/people", "/reports", "/cases/0b7d0a52-0000-5e4f-9712-3b1fcd0ac46c"])
def test_the_desk_is_for_officers_alone(sqlite_site: Site, page: str) -> None:
    assert sqlite_site.browser().get(f"/compliance{page}").status_code == 303
    assert sqlite_site.browser(sqlite_site.account(Role.REVIEWER)).get(f"/compliance{page}").status_code == 403
    if "-" in page:
        assert officer(sqlite_site).get(f"/compliance{page}").status_code == 404


def test_people_are_listed_with_what_they_owe(sqlite_site: Site) -> None:
    seat_reviewers(sqlite_site, 2)
    gone = sqlite_site.account(Role.REVIEWER, name="Gone Person")
    sqlite_site.parts.accounts.deactivate(gone.id)
    open_case(sqlite_site).contest().seat()
    page = officer(sqlite_site).get("/compliance/people").text
    assert re.findall(r"Rulings owed\"><span>([^<]*)<", page) == ["1", "1", "n/a"]
    assert "Shut out" in page


def test_no_english_on_chinese_pages(sqlite_site: Site) -> None:
    browser = officer(sqlite_site, language="zh")
    empty = [browser.get(f"/compliance{page}").text for page in ("", "/cases", "/people", "/reports")]
    seat_reviewers(sqlite_site, 1)
    waiting = open_case(sqlite_site).contest()
    pages = [browser.get("/compliance").text, browser.get(at_desk(waiting)).text]
    pages.append(post_form(browser, at_desk(waiting), to=f"{at_desk(waiting)}/seat").text)
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest(a_file()).rule(UPHELD, REVERSED, REVERSED)
    pages += [browser.get(at_desk(story)).text, browser.get("/compliance/cases").text]
    pages += [browser.get("/compliance/people").text, browser.get("/compliance/cases?q=none").text]
    assert [english_leaks(page, {"Person", "JSON"}) for page in empty + pages] == [[] for _ in empty + pages]


# Deadlines


@on_sqlite
def test_overview_lists_deadlines_that_fail(site: Site) -> None:
    case = open_case(site, "0.7")
    browser = officer(site)
    assert "Deadlines that could not be carried out" not in browser.get("/compliance").text
    due = Due(case.id, DeadlineKind.WARNING_ANSWER, site.clock.now())
    site.parts.deadline_failures.failed(due, "calendar_unknown")
    page = browser.get("/compliance").text
    assert "Deadlines that could not be carried out" in page
    assert f"/compliance/cases/{case.id}" in page
    assert "Answer to the warning" in page
    assert "calendar_unknown" in page
    assert "Time is simulated here" not in page
    chinese = officer(site, language="zh").get("/compliance").text
    assert "未能执行的期限" in chinese
    assert "对预警的答复" in chinese


def test_overview_counts_what_waits_at_the_desks(site: Site) -> None:
    write_cases(site.parts.casework.log, 16)
    site.parts.casework.views.catch_up()
    page = officer(site).get("/compliance").text
    assert figure(page, "Notices to check") == "0"
    assert figure(page, "Waits running") == "2"
    assert figure(page, "Held for prior review") == "2"
