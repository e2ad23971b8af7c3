"""The right-holder desk around notices and waits: answers to warnings one by one and in bulk, notices, deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.state import Procedure
from casework.domain.facts import Role
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Availability
from tests.look.leaks import english_leaks
from tests.views.pages import notice_stories as play
from tests.views.pages.conftest import LawSites
from tests.views.pages.stories import open_case
from tests.views.pages.test_decision import page_of, send
from tests.views.pages.test_right_holder import Studio
from tests.web import Site, form_token

NOTICE = {"identity": "Studio One", "prima_facie_evidence": "The contract of 1 May.", "measure_sought": "block"}


@pytest.fixture
def civil(law_sites: LawSites) -> Site:
    return law_sites("cn-civil-code")


def test_a_warning_says_by_when_it_is_to_be_answered(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    sentence = "Answer the warning by 31 July 2026, 16:00 Beijing time (30 days left): send a notice"
    assert sentence in studio.inbox("?state=warnings")
    page = page_of(studio.browser, story.desk)
    assert sentence in page
    assert "Go to the answer" in page


def test_tolerates_a_use(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    answer = send(studio.browser, story, "warning-answers", {"answer": "tolerate"}, base=story.desk)
    assert answer.status_code == 303
    page = page_of(studio.browser, answer.headers["location"])
    assert "Your answer was received" in page
    assert "the right holder answered the warning and lets the use stand" in page
    again = send(studio.browser, story, "warning-answers", {"answer": "tolerate"}, base=story.desk)
    assert again.status_code == 422
    assert "There is no open warning in this case." in again.text


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"answer": ""}, "Choose an answer"),
        ({"answer": "notify"}, "Choose one of the answers"),
        ({"answer": "license"}, "State the licence that you grant"),
        ({"answer": "license", "licence": "x" * 20_001}, "Use at most 20000 characters"),
    ],
)
def test_a_bad_answer_is_named(civil: Site, fields: dict[str, str], error: str) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    answer = send(studio.browser, story, "warning-answers", fields, base=story.desk)
    assert answer.status_code == 422
    assert error in answer.text
    assert story.casework.case(story.id).procedure is Procedure.WARNING


def test_the_uploader_sees_what_became_of_the_warning(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    send(studio.browser, story, "warning-answers", {"answer": "license", "licence": "Free."}, base=story.desk)
    page = page_of(civil.browser(), story.page)
    assert "Warning answered: License the use" in page


def test_several_warnings_are_answered_at_once_and_each_result_is_told(civil: Site) -> None:
    studio = Studio(civil)
    stories = [studio.case("0.70", work__title=f"Film {number}") for number in range(3)]
    strange = Studio(civil).case("0.70", work__title="Somebody else's")
    inbox = studio.inbox("?state=warnings")
    assert inbox.count('form="bulk"') == 3
    token = form_token(inbox.partition('id="bulk"')[2])
    cases = [str(one.id) for one in (*stories, strange)]
    chosen = studio.browser.post("/right-holder/warnings", data={"_csrf_token": token, "case": cases})
    assert chosen.status_code == 200
    assert "Answer 3 warnings" in chosen.text
    assert ">Note<" not in chosen.text, "there is nothing to note while all are open"
    assert "cannot be taken back" in chosen.text
    assert "Somebody else" not in chosen.text
    send(studio.browser, stories[0], "warning-answers", {"answer": "tolerate"}, base=stories[0].desk)
    fields = {"_csrf_token": token, "case": cases, "stage": "send", "answer": "license", "licence": "Free for a year."}
    unsure = studio.browser.post("/right-holder/warnings", data=fields)
    assert unsure.status_code == 422
    assert "Confirm: Are you sure?" in unsure.text
    told = studio.browser.post("/right-holder/warnings", data={**fields, "sure": "yes"})
    assert told.status_code == 200
    assert "2 warnings were answered." in told.text
    assert "1 was not: see why below." in told.text
    assert "There is no open warning in this case." in told.text
    states = [one.casework.case(one.id).procedure for one in (*stories, strange)]
    assert states == [Procedure.CLOSED] * 3 + [Procedure.WARNING]
    assert len(list(stories[1].casework.history(stories[1].id))) == 2
    twice = studio.browser.post("/right-holder/warnings", data={**fields, "sure": "yes"})
    assert "2 warnings were answered." in twice.text
    assert len(list(stories[1].casework.history(stories[1].id))) == 2


def test_the_chinese_page_of_several_answers_has_no_english(civil: Site) -> None:
    studio = Studio(civil, language="zh")
    cases = [str(studio.case("0.70").id) for _ in range(2)]
    token = form_token(studio.inbox().partition('id="bulk"')[2])
    fields = {"_csrf_token": token, "case": cases}
    for more in ({}, {"stage": "send"}, {"stage": "send", "answer": "tolerate", "sure": "yes"}):
        answer = studio.browser.post("/right-holder/warnings", data={**fields, **more})
        assert english_leaks(answer.text, {"JSON"}) == []


def test_answering_nothing_says_so(civil: Site) -> None:
    studio = Studio(civil)
    studio.case("0.70")
    token = form_token(studio.inbox().partition('id="bulk"')[2])
    answer = studio.browser.post("/right-holder/warnings", data={"_csrf_token": token, "case": ["nonsense"]})
    assert answer.status_code == 200
    assert "Nothing was chosen" in answer.text
    uploader = civil.browser()
    assert uploader.post("/right-holder/warnings", data={"case": ["x"]}).status_code in (303, 401, 403)


def test_a_notice_is_checked_and_then_sent(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    check = send(studio.browser, story, "notices", {**NOTICE, "stage": "check"}, base=story.desk)
    assert check.status_code == 200
    assert "The contract of 1 May." in check.text
    answer = send(studio.browser, story, "notices", {**NOTICE, "items": "2", "stage": "send"}, base=story.desk)
    assert answer.status_code == 303
    page = page_of(studio.browser, answer.headers["location"])
    assert "Your notice was received" in page
    notice = story.casework.case(story.id).notices[-1]
    assert (notice.items, notice.measure_sought) == (2, "block")
    assert play.words_of(story.casework.vault, notice.content)["identity"] == "Studio One"


def test_a_notice_without_what_the_law_asks_for_is_not_sent(civil: Site) -> None:
    studio = Studio(civil)
    story = studio.case("0.70")
    fields = {**NOTICE, "identity": "", "items": "many", "stage": "check"}
    answer = send(studio.browser, story, "notices", fields, base=story.desk)
    assert answer.status_code == 422
    assert "Fill in: True name" in answer.text
    assert "Give a whole number, such as 12" in answer.text
    assert not story.casework.case(story.id).notices


def test_a_deficient_notice_is_completed(civil: Site) -> None:
    studio = Studio(civil)
    story = play.find_deficient(play.notify(studio.case("0.70")), "notice", NoticeElement.IDENTITY)
    page = page_of(studio.browser, story.desk)
    assert "Your notice is incomplete. Complete it by" in page
    assert "Something is missing. Complete the notice until" in page
    answer = send(studio.browser, story, "notices", {"identity": "Studio One", "stage": "send"}, base=story.desk)
    assert answer.status_code == 303
    notice = story.casework.case(story.id).notices[-1]
    assert notice.deficiency is None
    assert "incomplete" not in page_of(civil.browser(), story.page)


def test_a_notice_is_withdrawn_after_being_asked_once_more(civil: Site) -> None:
    studio = Studio(civil)
    story = play.accept(play.notify(studio.case("0.70")))
    assert "Yes, withdraw the notice" not in page_of(studio.browser, story.desk)
    asked = page_of(studio.browser, f"{story.desk}?confirm=notice")
    assert "Yes, withdraw the notice" in asked
    answer = send(studio.browser, story, "withdrawals", {"subject": "notice"}, base=story.desk)
    assert answer.status_code == 303
    assert "Your notice was withdrawn" in page_of(studio.browser, answer.headers["location"])
    assert story.casework.case(story.id).availability is Availability.PUBLIC


def test_the_counter_notice_is_read_once_it_was_forwarded(civil: Site) -> None:
    studio = Studio(civil)
    story = play.counter(play.accept(play.notify(studio.case("0.70"))))
    assert "Words on identity" not in page_of(studio.browser, story.desk).partition("The uploader's counter-notice")[2]
    play.accept_counter(story)
    assert "Words on identity" in page_of(studio.browser, story.desk).partition("The uploader's counter-notice")[2]


def test_the_address_of_the_uploader_goes_along_in_the_united_states_alone(law_sites: LawSites) -> None:
    for regime, shown in (("us-dmca", True), ("cn-network-rights", False)):
        studio = Studio(law_sites(regime))
        story = play.accept_counter(play.counter(play.accept(play.notify(studio.case("0.70")))))
        told = page_of(studio.browser, story.desk).partition("The uploader's counter-notice")[2]
        assert ("Words on address" in told) is shown


def test_arrival_pause_and_legal_action(civil: Site) -> None:
    studio = Studio(civil)
    story = play.accept_counter(play.counter(play.accept(play.notify(studio.case("0.70")))))
    assert "Confirm that it has reached you" in page_of(studio.browser, story.desk)
    early = send(studio.browser, story, "deliveries", {"delivered_at": "2026-06-01T10:00"}, base=story.desk)
    assert early.status_code == 422
    assert "cannot have arrived before it was accepted" in early.text
    wrong = send(studio.browser, story, "deliveries", {"delivered_at": "soon"}, base=story.desk)
    assert wrong.status_code == 422
    assert send(studio.browser, story, "deliveries", {"delivered_at": ""}, base=story.desk).status_code == 303
    page = page_of(studio.browser, story.desk)
    assert "report it here by 17 July 2026, 00:00 Beijing time (15 days left), or the measure ends" in page
    assert "20 working days are left." in page
    pause = {"cause": "notarisation", "working_days": "21", "proof": "Notary, no. 7"}
    long = send(studio.browser, story, "wait-pauses", pause, base=story.desk)
    assert long.status_code == 422
    assert "The wait may not stand still for so many working days" in long.text
    assert "Notary, no. 7" in long.text
    paused = send(studio.browser, story, "wait-pauses", {**pause, "working_days": "5"}, base=story.desk)
    assert paused.status_code == 303
    assert "15 working days are left." in page_of(studio.browser, story.desk)
    action = {"forum": "court", "proof": "No. 12", "names_uploader": "yes", "stage": "send"}
    half = send(studio.browser, story, "legal-actions", action, base=story.desk)
    assert half.status_code == 303
    assert "the papers must name both" in page_of(studio.browser, half.headers["location"])
    whole = send(
        studio.browser, story, "legal-actions", {**action, "proof": "No. 13", "names_item": "yes"}, base=story.desk
    )
    assert "The measure stays until a court" in page_of(studio.browser, whole.headers["location"])
    assert story.casework.case(story.id).procedure is Procedure.STAYED


@pytest.mark.parametrize(
    ("query", "seen"),
    [("notices", "noticed"), ("counter_notices", "countered"), ("waits", "waiting"), ("warnings", "warned")],
)
def test_filters_of_the_notice_line(civil: Site, query: str, seen: str) -> None:
    studio = Studio(civil)
    cases = {
        "noticed": play.notify(studio.case("0.70", work__title="noticed film")),
        "countered": play.counter(play.accept(play.notify(studio.case("0.70", work__title="countered film")))),
        "waiting": play.accept_counter(
            play.counter(play.accept(play.notify(studio.case("0.70", work__title="waiting film"))))
        ),
        "warned": studio.case("0.70", work__title="warned film"),
    }
    civil.parts.casework.views.catch_up()
    page = studio.inbox(f"?state={query}")
    assert {name for name in cases if f"{name} film" in page} == {seen}


def test_an_urgent_block_needs_trust_and_a_person_who_looked(law_sites: LawSites) -> None:
    site = law_sites("de-urhdag")
    studio = Studio(site)
    story = studio.case("0.30")
    page = page_of(studio.browser, story.desk)
    assert "Only a trusted right holder can take this step." in page
    fields = {"check": "Anna looked.", "harm": "The premiere.", "human_check": "yes", "stage": "send"}
    answer = send(studio.browser, story, "urgent-blocks", fields, base=story.desk)
    assert answer.status_code == 422
    assert "Only a trusted right holder can take this step." in answer.text
    assert "The premiere." in answer.text


@pytest.mark.parametrize("state", ["warning", "checked", "cure", "waiting", "paused", "stayed"])
def test_chinese_desks_have_no_english(civil: Site, state: str) -> None:
    studio = Studio(civil, language="zh")
    story = studio.case("0.70")
    if state != "warning":
        play.notify(story)
    if state == "cure":
        play.find_deficient(story, "notice", NoticeElement.IDENTITY)
    if state in ("waiting", "paused", "stayed"):
        play.accept_counter(play.counter(play.accept(story)))
    if state in ("paused", "stayed"):
        play.pause(play.deliver(story), 3)
    if state == "stayed":
        play.sue(story)
    for address in (story.desk, "/right-holder", f"{story.desk}?confirm=notice"):
        assert english_leaks(studio.browser.get(address).text, {"JSON"}) == []


def test_after_the_time_a_warning_can_no_longer_be_answered(law_sites: LawSites) -> None:
    site = law_sites("cn-e-commerce")
    studio = Studio(site)
    story = studio.case("0.70")
    site.clock.advance(timedelta(days=31))
    studio.browser = site.browser(studio.account)
    page = page_of(studio.browser, story.desk)
    assert "The time to answer this warning has ended." in page
    assert 'form="bulk"' not in studio.inbox()


def test_roles(civil: Site) -> None:
    story = open_case(civil, "0.70")
    reviewer = civil.browser(civil.account(Role.REVIEWER))
    token = form_token(page_of(civil.browser(), story.page))
    answer = reviewer.post(f"{story.desk}/warning-answers", data={"_csrf_token": token, "answer": "tolerate"})
    assert answer.status_code in (403, 404)
    other = Studio(civil)
    assert other.browser.get(story.desk).status_code == 404
