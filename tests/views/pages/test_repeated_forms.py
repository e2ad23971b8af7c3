"""Forms sent twice, by two clicks or from a tab that went back, and answers that only the step itself can refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from casework import steps
from casework.domain.facts import Role
from casework.domain.values import Availability
from tests.views.pages.conftest import LawSites
from tests.views.pages.notice_stories import accept, accept_counter, counter, notify
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_decision import page_of, send, start_token
from tests.web import Browser, Site, form_token

CANNOT_KEEP = "There is a character in the text that cannot be kept"


@pytest.fixture
def civil(law_sites: LawSites) -> Site:
    """The site under the Civil Code, which waits."""
    return law_sites("cn-civil-code")


@pytest.fixture
def waiting(civil: Site) -> Story:
    """A case that waits for the arrival of a counter-notice."""
    return accept_counter(counter(accept(notify(open_case(civil, "0.7")))))


def at_desk(desk: str, browser: Browser, step: str, fields: dict[str, Any], opened: str) -> httpx.Response:
    data = {"_csrf_token": form_token(opened), "start_token": start_token(opened), "stage": "send", **fields}
    return browser.post(f"{desk}/{step}", data=data)


@pytest.mark.parametrize(
    ("step", "fields", "sentence"),
    [
        ("wait-pauses", {"cause": "notarisation", "working_days": "400", "proof": "x"}, "Give a smaller number"),
        ("wait-pauses", {"cause": "notarisation", "working_days": "999999", "proof": "x"}, "Give a smaller number"),
        ("deliveries", {"delivered_at": "0001-01-01"}, "Give a day, such as 2026-07-01"),
        ("outside-proceedings", {"forum": "court", "opened_at": "0001-01-01", "reference": "x"}, "Give a day, such as"),
    ],
)
def test_what_only_the_step_can_refuse_is_named_beside_its_field(
    civil: Site, waiting: Story, step: str, fields: dict[str, str], sentence: str
) -> None:
    browser = civil.browser(civil.account(Role.RIGHT_HOLDER))
    answer = send(browser, waiting, step, fields, base=waiting.desk)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert CANNOT_KEEP not in answer.text


def test_officers_are_told_of_a_day_that_no_calendar_knows(civil: Site, waiting: Story) -> None:
    browser = civil.browser(civil.account(Role.INTAKE))
    desk = f"/intake/cases/{waiting.id}"
    fields = {"forum": "court", "interim": "yes", "availability": "blocked", "until": "0001-01-01"}
    answer = at_desk(
        desk, browser, "orders", {**fields, "reference": "No. 5", "verified": "yes"}, page_of(browser, desk)
    )
    assert answer.status_code == 422
    assert "Give a day, such as 2026-07-01" in answer.text
    assert CANNOT_KEEP not in answer.text


@pytest.mark.parametrize("role", [Role.INTAKE, Role.COMPLIANCE])
def test_two_clicks_of_an_officer_record_once_though_the_form_is_gone(civil: Site, waiting: Story, role: Role) -> None:
    browser = civil.browser(civil.account(role))
    desk = f"/{role.value}/cases/{waiting.id}"
    opened = page_of(browser, desk)
    answers = [at_desk(desk, browser, "deliveries", {"delivered_at": ""}, opened) for _ in range(2)]
    assert [one.headers.get("location") for one in answers] == [f"{desk}?done=deliveries"] * 2
    history = waiting.casework.history(waiting.id)
    assert sum(one.event.TOPIC == "case.counter_notice_delivered" for one in history) == 1


def test_two_clicks_of_a_right_holder_are_one_notice_and_one_receipt(civil: Site) -> None:
    story, browser = open_case(civil, "0.7"), civil.browser(civil.account(Role.RIGHT_HOLDER))
    opened = page_of(browser, story.desk)
    said = {"identity": "The Studio", "prima_facie_evidence": "Scenes.", "measure_sought": "block", "items": "1"}
    answers = [
        send(browser, story, "notices", {**said, "stage": "send"}, opened=opened, base=story.desk) for _ in range(2)
    ]
    assert [one.headers.get("location") for one in answers] == [f"{story.desk}?done=notices"] * 2
    assert len(story.casework.case(story.id).notices) == 1


def test_every_form_sent_twice_shows_the_receipt_twice(shared_site: Site) -> None:
    story, browser = open_case(shared_site).contest(), shared_site.browser()
    offer = {"availability": "public", "terms": "With a credit."}
    files = [("licence.txt", b"You may.")]
    for step, fields, sent in (("statements", {"statement": "Once"}, None), ("settlements", offer, None)):
        opened = page_of(browser, story.page)
        answers = [send(browser, story, step, fields, files=sent, opened=opened) for _ in range(2)]
        assert [one.headers.get("location") for one in answers] == [f"{story.page}?done={step}"] * 2
    opened = page_of(browser, story.page)
    answers = [send(browser, story, "evidence", {}, files=files, opened=opened) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    other = send(browser, story, "evidence", {}, files=[("other.txt", b"Another file.")], opened=opened)
    assert other.status_code == 422, "another file is another step, and the page has changed since"
    opened = page_of(browser, story.page)
    answers = [send(browser, story, "withdrawals", {}, opened=opened) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    case = story.casework.case(story.id)
    assert (len(case.statements), len(case.exhibits), len(case.appeals)) == (1, 1, 1)


def test_two_clicks_on_agree_settle_once_and_say_so(shared_site: Site) -> None:
    story, browser = open_case(shared_site).contest(), shared_site.browser()
    form = steps.parse(steps.SettlementForm, {"availability": "public", "terms": "With a credit."})
    steps.settle(story.casework, story.id, story.right_holder, form)
    opened = page_of(browser, story.page)
    answers = [send(browser, story, "settlements", {"accept": "yes"}, opened=opened) for _ in range(2)]
    assert [one.headers.get("location") for one in answers] == [f"{story.page}?done=settlements"] * 2
    assert story.casework.case(story.id).availability is Availability.PUBLIC
