"""The decision page beside notices: settling, further review, leaving, courts, orders, grace, prior review, delay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework import steps
from casework.domain.case.state import Procedure
from casework.domain.values import Availability, RulingOutcome
from tests.look.leaks import english_leaks
from tests.samples import OFFICER
from tests.views.pages import notice_stories as play
from tests.views.pages.conftest import LawSites
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_decision import page_of, send
from tests.views.pages.test_right_holder import Studio
from tests.web import Site


@pytest.fixture
def civil(law_sites: LawSites) -> Site:
    return law_sites("cn-civil-code")


def test_an_offer_is_made_and_agreed_to(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.93").contest()
    browser = civil.browser()
    bad = send(browser, story, "settlements", {"availability": "held", "terms": ""})
    assert bad.status_code == 422
    assert "Fill in: On which terms?" in bad.text
    assert "Choose one of the answers" in bad.text
    offer = {"availability": "public_limited", "terms": "With a credit line."}
    answer = send(browser, story, "settlements", offer)
    assert answer.status_code == 303
    assert "Your offer was received" in page_of(browser, answer.headers["location"])
    assert "The other side has not agreed yet." in page_of(browser, story.page)
    theirs = page_of(studio.browser, story.desk)
    assert "The other side offers to settle" in theirs
    assert "With a credit line." in theirs
    agreed = send(studio.browser, story, "settlements", {"accept": "yes"}, base=story.desk)
    assert agreed.status_code == 303
    assert "You have settled" in page_of(studio.browser, agreed.headers["location"])
    case = story.casework.case(story.id)
    assert (case.procedure, case.availability) == (Procedure.CLOSED, Availability.PUBLIC_LIMITED)
    page = page_of(browser, story.page)
    assert "Nothing to do: both sides settled and the case is closed." in page
    late = send(studio.browser, story, "settlements", offer, base=story.desk)
    assert late.status_code == 422
    assert "There is no open appeal in this case." in late.text


def test_an_offer_that_changed_meanwhile_is_not_agreed_to_unseen(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.93").contest()
    play.settle(story, story.right_holder)
    browser = civil.browser()
    opened = page_of(browser, story.page)
    play.settle(story, story.right_holder, Availability.BLOCKED)
    answer = send(browser, story, "settlements", {"accept": "yes"}, opened=opened)
    assert answer.status_code == 422
    assert "This case changed after you opened the form" in answer.text
    assert story.casework.case(story.id).under_appeal


def test_a_further_review_is_asked_for_after_the_ruling(civil: Site) -> None:
    story = open_case(civil).contest().rule(RulingOutcome.UPHELD, RulingOutcome.UPHELD)
    browser = civil.browser()
    page = page_of(browser, story.page)
    assert "you may ask for a further review until 16 July 2026, 16:00 Beijing time" in page
    assert "The block was right." in page
    empty = send(browser, story, "further-reviews", {"reasons": "", "stage": "check"})
    assert empty.status_code == 422
    assert "Fill in: Why is the ruling wrong?" in empty.text
    answer = send(browser, story, "further-reviews", {"reasons": "The law changed.", "stage": "send"})
    assert answer.status_code == 303
    page = page_of(browser, answer.headers["location"])
    assert "Your request for a further review was received" in page
    assert "Further review, level 2" in page
    assert "The law changed." in page
    # The ruling that is reviewed still stands there with its reasons.
    assert "The first opinion, still sealed" in page


def test_a_proceeding_outside_is_reported_in_every_state(civil: Site) -> None:
    story = open_case(civil, "0.40")
    browser = civil.browser()
    wrong = send(browser, story, "outside-proceedings", {"forum": "court", "opened_at": "yesterday", "reference": "7"})
    assert wrong.status_code == 422
    assert "Give a day, such as 2026-07-01" in wrong.text
    future = {"forum": "court", "opened_at": "2027-01-01", "reference": "No. 7"}
    assert "This time lies in the future." in send(browser, story, "outside-proceedings", future).text
    answer = send(browser, story, "outside-proceedings", {**future, "opened_at": "2026-06-30"})
    assert answer.status_code == 303
    page = page_of(browser, answer.headers["location"])
    assert "Proceeding 1: Court" in page
    assert "No. 7" in page


def test_the_upload_is_withdrawn_once_that_is_confirmed(civil: Site) -> None:
    story = open_case(civil)
    browser = civil.browser()
    unsure = send(browser, story, "upload-withdrawals", {})
    assert unsure.status_code == 422
    assert "Confirm: Are you sure?" in unsure.text
    assert story.casework.case(story.id).withdrawn_at is None
    answer = send(browser, story, "upload-withdrawals", {"sure": "yes"})
    assert answer.status_code == 303
    page = page_of(browser, answer.headers["location"])
    assert "Your upload was withdrawn" in page
    assert "The upload was withdrawn; nothing more is decided about it." in page


def test_an_order_in_force_is_shown_over_everything(civil: Site) -> None:
    story = play.order(open_case(civil, "0.40"))
    page = page_of(civil.browser(), story.page)
    assert "Your upload is blocked" in page
    assert "A binding order from outside decides what the public sees" in page
    assert "Order no. 5" in page
    assert "A court or an authority, by an order that binds the platform." in page
    assert play.INTAKE.id not in page


def test_several_cases_on_one_upload_show_what_holds_for_the_whole(civil: Site) -> None:
    first = open_case(civil, "0.40", upload__id="up-twice", work__title="Song")
    open_case(civil, "0.95", upload__id="up-twice", work__id="w-10", work__title="Film of another")
    stranger = open_case(civil, "0.40", upload__id="up-twice", upload__uploader_id="u-99", work__title="Third")
    page = page_of(civil.browser(), first.page)
    assert "The most restrictive one holds, so it is now: Blocked." in page
    assert "Film of another" in page
    assert "Third" not in page
    assert "The most restrictive one holds" not in page_of(civil.browser(), stranger.page)


def test_a_reopened_case_says_why_and_asks_to_be_heard(civil: Site) -> None:
    story = open_case(civil).contest().rule(RulingOutcome.UPHELD, RulingOutcome.UPHELD)
    form = steps.parse(steps.ReopeningForm, {"cause": "new_evidence", "reasons": "A licence was found."})
    steps.reopen(story.casework, story.id, OFFICER, form)
    page = page_of(civil.browser(), story.page)
    assert "The case was reopened. Say by" in page
    assert "Reopened case" in page
    assert "new evidence" in page
    assert "A licence was found." in page


def test_what_was_public_has_time_to_be_marked_in_germany(law_sites: LawSites) -> None:
    site = law_sites("de-urhdag")
    story = in_grace(site)
    browser = site.browser()
    page = page_of(browser, story.page)
    assert "so it stays public until 3 July 2026, 16:00" in page
    assert "2 days left" in page or "48 hours left" in page
    assert "Quotation (UrhG s. 51)" in page
    assert "Copyright Law, art. 24" not in page
    wrong = {"basis": "statutory_exception", "provision": "CN_ART24_02", "truthful": "yes"}
    assert "Choose which lawful use" in send(browser, story, "marks", wrong).text
    play.let_time_pass(story, timedelta(hours=49))
    page = page_of(browser, story.page)
    assert "Your upload is blocked" in page
    assert "The time to mark the upload ended" in page


def in_grace(site: Site) -> Story:
    return open_case(
        site,
        "0.95",
        evidence__share_of_work="0.95",
        upload__public_since="2026-06-01T00:00:00+08:00",
        upload__commercial=True,
    )


def test_a_late_ruling_is_told(law_sites: LawSites) -> None:
    site = law_sites("cn-network-rights")
    story = open_case(site).contest()
    play.let_time_pass(story, timedelta(days=60))
    page = page_of(site.browser(), story.page)
    assert "The ruling is late: it was due by" in page
    assert "The delay was escalated inside the platform." in page
    assert "Deadline passed: Ruling" in page


@pytest.mark.parametrize("state", ["settling", "further", "outside", "order", "whole", "reopened", "gone", "grace"])
def test_chinese_pages_have_no_english(law_sites: LawSites, state: str) -> None:
    site = law_sites("de-urhdag" if state == "grace" else "cn-civil-code")
    story = in_grace(site) if state == "grace" else open_case(site, "0.93", upload__id=f"up-zh-{state}")
    if state == "settling":
        play.settle(story.contest(), story.right_holder)
    elif state in ("further", "reopened"):
        story.contest().rule(RulingOutcome.UPHELD, RulingOutcome.UPHELD)
    if state == "further":
        form = steps.FurtherReviewForm(reasons="新法。")
        steps.review_further(story.casework, story.id, story.uploader, form)
    elif state == "reopened":
        reopening = steps.parse(steps.ReopeningForm, {"cause": "audit_disagreement", "reasons": "抽样。"})
        steps.reopen(story.casework, story.id, OFFICER, reopening)
    elif state == "outside":
        fields = {"forum": "authority", "opened_at": "2026-06-30T00:00:00Z", "reference": "7"}
        steps.proceed(story.casework, story.id, story.uploader, steps.parse(steps.ProceedingForm, fields))
    elif state == "order":
        play.order(story)
    elif state == "whole":
        open_case(site, "0.40", upload__id=f"up-zh-{state}", work__id="w-11", work__title="歌")
    elif state == "gone":
        steps.withdraw_upload(story.casework, story.id, story.uploader)
    page = site.browser(language="zh").get(story.page)
    assert page.status_code == 200
    assert english_leaks(page.text, {"JSON"}) == []
