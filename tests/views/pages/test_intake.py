"""The intake desk: the queues, the check beside the list of the law, the decision in stages, records, who may look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from casework.domain.case.state import Procedure
from casework.domain.facts import Actor, Refused, Role
from casework.domain.values import Availability, Measure
from tests.look.leaks import english_leaks
from tests.views.pages.intake_stories import (
    COUNTER_LAW,
    LAW,
    NOTICE,
    WHOLE,
    counter,
    decide,
    measured,
    notify,
    officer_of,
    site_under,
)
from tests.views.pages.stories import Story, open_case, seat_reviewers
from tests.web import Browser, Site, form_token

REASONS = "The whole scene is shown without a word of review."


@pytest.fixture
def law_site(_sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    with site_under(LAW, _sqlite_template, tmp_path) as site:
        yield site


@pytest.fixture
def restoring_site(_sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    with site_under(COUNTER_LAW, _sqlite_template, tmp_path) as site:
        yield site


def desk_of(site: Site, language: str = "en") -> Browser:
    return site.browser(site.account(Role.INTAKE), language=language)


def at_desk(story: Story) -> str:
    return f"/intake/cases/{story.id}"


def send(browser: Browser, story: Story, to: str = "", **data: Any) -> Any:
    """Fill in a form of the case page and send it."""
    page = browser.get(at_desk(story)).text
    found = re.search(r'name="start_token" value="(\d+)"', page)
    filled = {"start_token": found.group(1) if found else "", **data}
    return browser.post(at_desk(story) + to, data={"_csrf_token": form_token(page), **filled})


ACCEPTING = {"subject": "notice", "decision": "accept", "measure": "block", "reasons_accept": REASONS}


def test_the_queue_has_trusted_senders_first_then_the_oldest_and_ends(law_site: Site) -> None:
    browser = desk_of(law_site)
    page = browser.get("/intake").text
    assert "The queue is empty" in page
    assert "nothing waits for its check" in page
    assert browser.get("/intake/next").headers["location"] == "/intake"
    stories = []
    for _ in range(22):
        stories.append(notify(open_case(law_site, "0.7")))
        law_site.clock.advance(timedelta(minutes=1))
    page = browser.get("/intake").text
    places = [page.index(f"/intake/cases/{story.id}") for story in stories[:20]]
    assert places == sorted(places)
    assert str(stories[20].id) not in page
    assert "To check (22)" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    rest = browser.get(unescape(following.group(1))).text
    assert all(str(story.id) in rest for story in stories[20:])
    assert str(stories[0].id) not in rest
    assert browser.get("/intake/next").headers["location"] == at_desk(stories[0])
    part = browser.get("/intake", headers={"hx-request": "true"}).text
    assert "<html" not in part


def test_the_list_of_the_law_stands_beside_what_was_sent(law_site: Site) -> None:
    sent = {name: said for name, said in NOTICE.items() if name != "ownership_proof"}
    story = notify(open_case(law_site, "0.7"), sent)
    page = unescape(desk_of(law_site).get(at_desk(story)).text)
    for said in ("Film House Ltd.", "The frames are those of the film.", "The statement was made.", "art. 42"):
        assert said in page, said
    rows = re.findall(r"<tr class.*?</tr>", page[page.index('id="elements"') :], re.DOTALL)
    proof = next(row for row in rows if "Proof of the right" in row)
    assert "Missing" in proof
    assert sum(">Given</strong>" in row for row in rows) == 4
    assert "It cannot be accepted while this is missing: Proof of the right" in page


def test_a_notice_is_accepted_after_a_preview_and_the_next_case_comes(law_site: Site) -> None:
    first = notify(open_case(law_site, "0.7"))
    law_site.clock.advance(timedelta(minutes=1))
    second = notify(open_case(law_site, "0.7"))
    browser = desk_of(law_site)
    preview = send(browser, first, **ACCEPTING, stage="check")
    assert preview.status_code == 200
    assert "Check the decision before it is sent" in preview.text
    assert REASONS in preview.text
    assert preview.text.count("The letter as it will be sent") == 2, "one to each side"
    assert first.casework.case(first.id).procedure is Procedure.NOTICE_CHECK, "nothing is decided by a preview"
    back = send(browser, first, **ACCEPTING, stage="change")
    assert REASONS in back.text
    answer = send(browser, first, **ACCEPTING, stage="next")
    assert answer.headers["location"] == f"{at_desk(second)}?after={first.id}"
    case = first.casework.case(first.id)
    assert case.notice is not None
    assert (case.notice.measure, case.availability) == (Measure.BLOCK, Availability.BLOCKED)
    assert "This is the next case." in browser.get(answer.headers["location"]).text
    assert send(browser, second, **ACCEPTING, stage="next").headers["location"] == "/intake?done=decided"
    assert "The queue is empty now." in browser.get("/intake?done=decided").text


def test_a_second_click_decides_once(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    browser = desk_of(law_site)
    page = browser.get(at_desk(story)).text
    token = re.search(r'name="start_token" value="(\d+)"', page)
    assert token is not None
    data = {"_csrf_token": form_token(page), "start_token": token.group(1), **ACCEPTING, "stage": "send"}
    before = len(story.casework.history(story.id))
    answers = [browser.post(at_desk(story), data=data) for _ in range(2)]
    assert [one.headers["location"] for one in answers] == [f"{at_desk(story)}?done=decided"] * 2
    assert len(story.casework.history(story.id)) == before + 2


def test_what_is_missing_is_asked_for_and_waits_for_its_sender(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    browser = desk_of(law_site)
    asking: dict[str, Any] = {
        "subject": "notice",
        "decision": "deficient",
        "missing": ["location"],
        "remarks": "Which minute?",
    }
    preview = unescape(send(browser, story, **asking, stage="check").text)
    assert "Exact place of the material" in preview
    assert "Which minute?" in preview
    assert send(browser, story, **asking, stage="send").status_code == 303
    notice = story.casework.case(story.id).notice
    assert notice is not None
    assert notice.deficiency is not None
    assert notice.deficiency.missing == ("location",)
    assert str(story.id) not in browser.get("/intake").text
    waiting = browser.get("/intake?queue=cures").text
    assert str(story.id) in waiting
    assert "Waiting for the sender (1)" in waiting
    page = browser.get(at_desk(story)).text
    assert "its sender may complete it until" in page
    assert 'value="deficient"' not in page, "a second letter must not set the clock anew"
    notify(story, {"location": "0:40"})
    assert str(story.id) in browser.get("/intake?queue=notices").text
    assert str(story.id) not in browser.get("/intake?queue=cures").text


def test_a_rejection_needs_reasons_which_go_to_the_sender(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    browser = desk_of(law_site)
    wrong = send(browser, story, subject="notice", decision="reject", reasons_reject="", stage="check")
    assert wrong.status_code == 422
    assert 'href="#reasons_reject"' in wrong.text
    done = send(
        browser, story, subject="notice", decision="reject", reasons_reject="It names another film.", stage="send"
    )
    assert done.status_code == 303
    case = story.casework.case(story.id)
    assert case.procedure is not Procedure.NOTICE_CHECK
    assert case.availability is Availability.PUBLIC


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"subject": "notice"}, "Choose what you decide"),
        ({"subject": "notice", "decision": "postpone"}, "Choose what you decide"),
        ({"subject": "notice", "decision": "accept", "reasons_accept": "x"}, "Choose the measure"),
        (
            {"subject": "notice", "decision": "accept", "measure": "destroy", "reasons_accept": "x"},
            "Choose the measure",
        ),
        ({"subject": "notice", "decision": "accept", "measure": "label"}, "Give your reasons"),
        ({"subject": "notice", "decision": "deficient"}, "Tick what is missing; if nothing is, accept"),
        ({**ACCEPTING, "reasons_accept": "a\x00b"}, "There is a character in the text that cannot be kept"),
        ({**ACCEPTING, "reasons_accept": "a" * 20_001}, "Use at most 20000 characters"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(law_site: Site, data: dict[str, str], said: str) -> None:
    story = notify(open_case(law_site, "0.7"))
    answer = send(desk_of(law_site), story, **data, remarks="Kept words", stage="send")
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "Kept words" in answer.text
    assert story.casework.case(story.id).procedure is Procedure.NOTICE_CHECK


def test_an_incomplete_notice_is_not_accepted_whatever_is_sent(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"), {"identity": "Film House Ltd."})
    answer = send(desk_of(law_site), story, **ACCEPTING, stage="send")
    assert answer.status_code == 422
    assert "lacks what the law asks for" in unescape(answer.text)
    assert REASONS in answer.text


def test_a_use_presumed_lawful_is_not_offered_a_block(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.3"))
    browser = desk_of(law_site)
    assert 'name="measure" type="radio" value="block"' not in browser.get(at_desk(story)).text
    assert send(browser, story, **ACCEPTING, stage="send").status_code == 422


def test_a_stale_tab_is_told_before_anything_is_sent(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    browser = desk_of(law_site)
    page = browser.get(at_desk(story)).text
    token = re.search(r'name="start_token" value="(\d+)"', page)
    assert token is not None
    colleague = officer_of(law_site)
    decide(story, colleague, subject="notice", decision="deficient", missing=["location"])
    data = {"_csrf_token": form_token(page), "start_token": token.group(1), **ACCEPTING, "stage": "send"}
    answer = browser.post(at_desk(story), data=data)
    assert answer.status_code == 422
    assert "This case changed after you opened the form." in answer.text
    assert "Notice incomplete" in answer.text
    assert REASONS in answer.text
    decide(story, colleague, subject="notice", decision="reject", reasons="Another film.")
    late = browser.post(at_desk(story), data=data)
    assert late.status_code == 422
    assert "What you typed, so that you can copy it:" in late.text
    assert REASONS in late.text


def test_a_counter_notice_is_checked_and_its_delivery_recorded(law_site: Site) -> None:
    story = counter(measured(law_site, officer_of(law_site)))
    browser = desk_of(law_site)
    page = unescape(browser.get(at_desk(story)).text)
    assert "The counter-notice beside what the law asks for" in page
    assert "A review that quotes." in page
    assert "15 days from the arrival at the right holder" in page
    assert 'value="reject"' not in page
    accepting = {"subject": "counter_notice", "decision": "accept", "stage": "send"}
    assert send(browser, story, **accepting).status_code == 303
    assert story.casework.case(story.id).procedure is Procedure.WAITING
    assert str(story.id) in browser.get("/intake?queue=deliveries").text
    assert "Record when the counter-notice reached the right holder." in browser.get(at_desk(story)).text
    law_site.clock.advance(timedelta(days=1))
    browser = desk_of(law_site)
    future = send(browser, story, "/deliveries", delivered_at="2031-01-01T10:00")
    assert future.status_code == 422
    assert "cannot be confirmed before it happened" in unescape(future.text)
    assert send(browser, story, "/deliveries", delivered_at="never").status_code == 422
    done = send(browser, story, "/deliveries", delivered_at="2026-07-02T09:00")
    assert done.headers["location"] == f"{at_desk(story)}?done=deliveries"
    notice = story.casework.case(story.id).notice
    assert notice is not None
    assert notice.counter_notice is not None
    assert notice.counter_notice.delivered_at is not None
    assert notice.counter_notice.delivered_at.isoformat() == "2026-07-02T01:00:00+00:00"
    assert str(story.id) not in browser.get("/intake?queue=deliveries").text
    assert send(browser, story, "/deliveries").status_code == 404, "it is recorded once"


def test_a_barred_repeat_is_visible(restoring_site: Site) -> None:
    officer = officer_of(restoring_site)
    story = counter(measured(restoring_site, officer, elements=WHOLE), {**WHOLE, "identity": "A. Critic"})
    decide(story, officer, subject="counter_notice", decision="accept")
    assert story.casework.case(story.id).availability is Availability.PUBLIC
    with pytest.raises(Refused):
        notify(story, {**WHOLE, "identity": "Film House Ltd. again"})
    page = desk_of(restoring_site).get(at_desk(story)).text
    assert "Repeated notices that were refused" in page


def test_orders_and_proceedings_are_recorded_checked_and_lifted(law_site: Site) -> None:
    story = open_case(law_site, "0.3")
    browser = desk_of(law_site)
    order = {
        "forum": "court",
        "interim": "yes",
        "availability": "blocked",
        "until": "",
        "reference": "Order 2026-5",
        "verified": "yes",
    }
    hearsay = send(browser, story, "/orders", **{**order, "verified": ""}, stage="check")
    assert hearsay.status_code == 422
    assert 'href="#orders-verified"' in hearsay.text
    shown = send(browser, story, "/orders", **order, stage="check")
    assert "Check your answers and send" in shown.text
    assert story.casework.case(story.id).availability is Availability.PUBLIC
    assert send(browser, story, "/orders", **order, stage="send").status_code == 303
    assert story.casework.case(story.id).availability is Availability.BLOCKED
    assert "Order 2026-5" in browser.get(at_desk(story)).text
    over = send(browser, story, "/orders", **{**order, "until": "2020-01-01"}, stage="send")
    assert "The order is over already." in unescape(over.text)
    assert send(browser, story, "/order-lifts-1", reference="Order 2026-9", stage="send").status_code == 303
    assert story.casework.case(story.id).availability is Availability.PUBLIC
    assert send(browser, story, "/order-lifts-1", stage="send").status_code == 404
    opening = {"forum": "court", "opened_at": "2026-06-01", "reference": "Case 2026-88"}
    assert send(browser, story, "/outside-proceedings", **opening).status_code == 303
    deciding = {
        "decided_at": "2026-06-20",
        "outcome": "reversed",
        "implemented": "yes",
        "availability": "blocked",
        "words": "No quotation.",
        "verified": "yes",
    }
    wrong = send(browser, story, "/outside-decisions-1", **{**deciding, "decided_at": "2026-05-01"}, stage="send")
    assert "cannot have been decided before it was opened" in unescape(wrong.text)
    assert "No quotation." in wrong.text
    assert send(browser, story, "/outside-decisions-1", **deciding, stage="send").status_code == 303
    (proceeding,) = story.casework.case(story.id).proceedings
    assert proceeding.availability is Availability.BLOCKED


def test_only_officers_who_have_no_other_part_see_the_case(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    for role, status in ((Role.REVIEWER, 403), (Role.RIGHT_HOLDER, 403), (Role.INTAKE, 200), (Role.COMPLIANCE, 200)):
        browser = law_site.browser(law_site.account(role))
        assert browser.get("/intake").status_code == status, role
        assert browser.get(at_desk(story)).status_code == status, role
    assert law_site.browser().get("/intake").status_code in (303, 401)
    both = law_site.browser(law_site.account(Role.INTAKE, Role.RIGHT_HOLDER))
    assert both.get(at_desk(story)).status_code == 404, "nobody checks a notice of one's own"
    assert desk_of(law_site).get(f"/intake/cases/{uuid4()}").status_code == 404
    assert send(desk_of(law_site), story, "/nonsense").status_code == 404


def test_the_officer_at_the_desk_learns_nothing_of_reviewers(law_site: Site) -> None:
    people = seat_reviewers(law_site)
    story = open_case(law_site).contest().seat()
    page = desk_of(law_site).get(at_desk(story)).text
    assert not any(one.id in page or one.name in page for one in people)


def test_anything_pasted_leads_to_the_case(law_site: Site) -> None:
    story = open_case(law_site, "0.7")
    browser = desk_of(law_site)
    assert browser.get(f"/intake?q={story.id}").headers["location"] == at_desk(story)
    assert "No case found" in browser.get("/intake?q=nothing").text


def test_home_leads_to_the_desk_and_the_navigation_names_it(law_site: Site) -> None:
    browser = desk_of(law_site)
    assert browser.get("/").headers["location"] == "/intake"
    assert "Intake desk" in browser.get("/intake").text
    both = law_site.browser(law_site.account(Role.INTAKE, Role.REVIEWER)).get("/").text
    assert 'href="/intake"' in both
    assert 'href="/reviewer"' in both


def test_every_page_is_in_chinese(law_site: Site) -> None:
    officer = officer_of(law_site)
    # What people wrote stands in letters as they wrote it; so does the name of the platform.
    said = " ".join((*(str(one) for one in NOTICE.values()), REASONS, "Example Platform"))
    words = re.findall("[A-Za-z]{4,}", said)
    browser = desk_of(law_site, "zh")
    assert english_leaks(browser.get("/intake").text) == []
    story = notify(open_case(law_site, "0.7"))
    waiting = counter(measured(law_site, officer))
    decide(waiting, officer, subject="counter_notice", decision="accept")
    cured = notify(open_case(law_site, "0.7"), {"identity": "Film House Ltd."})
    decide(cured, officer, subject="notice", decision="deficient")
    pages = [browser.get(at_desk(one)).text for one in (story, waiting, cured)]
    pages += [browser.get(f"/intake?queue={one}").text for one in ("all", "cures", "deliveries")]
    pages.append(send(browser, story, **ACCEPTING, stage="check").text)
    pages.append(send(browser, story, subject="notice", stage="check").text)
    pages.append(send(browser, story, "/orders", forum="court", stage="check").text)
    for page in pages:
        assert english_leaks(page, allowed=words) == [], english_leaks(page, allowed=words)


def test_whoever_is_no_officer_decides_nothing(law_site: Site) -> None:
    story = notify(open_case(law_site, "0.7"))
    with pytest.raises(Refused, match="not_your_step"):
        decide(story, Actor(role=Role.REVIEWER, id="somebody"), subject="notice", decision="reject", reasons="No.")
