"""An order without end, written by another system as the last moment of the calendar: the case stays readable."""

from __future__ import annotations

from casework import steps
from casework.domain.facts import Role
from tests.views.pages.conftest import LawSites
from tests.views.pages.notice_stories import INTAKE
from tests.views.pages.stories import open_case


def test_pages_and_letters_show_an_order_until_the_end_of_time(law_sites: LawSites) -> None:
    site = law_sites("cn-civil-code")
    story = open_case(site, "0.7")
    fields = {
        "forum": "court",
        "interim": True,
        "availability": "blocked",
        "until": "9999-12-31T23:59:59Z",
        "reference": "No. 5",
        "verified": True,
    }
    steps.order(story.casework, story.id, INTAKE, steps.parse(steps.OrderForm, fields))
    pages = [(site.browser(), story.page), (site.browser(), f"{story.page}/letters/2")]
    for role in (Role.RIGHT_HOLDER, Role.INTAKE, Role.COMPLIANCE):
        desk = f"/{role.value.replace('_', '-')}/cases/{story.id}"
        pages.append((site.browser(site.account(role)), desk))
    for browser, address in pages:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "9999" in answer.text, address
