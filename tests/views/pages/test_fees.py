"""Fees on pages: everybody reads schedules, compliance publishes, charges and waives, a right holder sees its own."""

from __future__ import annotations

import re
from datetime import timedelta

from casework.domain.facts import Role
from tests.web import Site, post_form

DESK = "/compliance/fees"
LINE = "prior-review | prior_review | case | 12.345 | CNY | A look by people | 人工查看"


def test_a_schedule_is_typed_line_by_line_and_read_by_everybody(sqlite_site: Site) -> None:
    visitor, officer = sqlite_site.browser(), sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE))
    assert "No fee schedule was published" in visitor.get("/fees").text
    publish = f"{DESK}/schedules"
    lines = f"{LINE}\nreference | filter_request | work | abc | CNY | Reference | 参考文件"
    again = post_form(officer, DESK, {"effective": "2026-07-02", "lines": lines}, to=publish)
    assert again.status_code == 422
    assert "Line 2 does not fit: amount" in again.text
    assert lines.splitlines()[1] in again.text, "what was typed is lost"
    for wrong, said in (
        ("prior-review | too few", "Line 1 does not fit: code"),
        (f"{LINE}\n{LINE}", "Each code must stand on one line only"),
    ):
        assert said in post_form(officer, DESK, {"effective": "2026-07-02", "lines": wrong}, to=publish).text
    late = post_form(officer, DESK, {"effective": "2026-07-01", "lines": LINE}, to=publish)
    assert "published before they apply" in late.text
    done = post_form(officer, DESK, {"effective": "2026-07-02", "lines": LINE}, to=publish)
    assert (done.status_code, done.headers["location"]) == (303, f"{DESK}?done=schedules")
    page = visitor.get("/fees").text
    assert "A look by people" in page
    assert "12.345 CNY" in page
    assert "not yet in force" in page
    assert "人工查看" in sqlite_site.browser(language="zh").get("/fees").text
    desk = officer.get(DESK).text
    assert LINE in desk, "the next schedule begins with the items of the last"
    assert "govuk-error-message" not in desk
    assert visitor.get(DESK).status_code != 200


def test_a_party_is_charged_and_pays_less(sqlite_site: Site) -> None:
    officer, account = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE)), sqlite_site.account(Role.RIGHT_HOLDER)
    holder = sqlite_site.browser(account)
    assert "You were not charged anything" in holder.get("/right-holder/fees").text
    post_form(officer, DESK, {"effective": "2026-07-02", "lines": LINE}, to=f"{DESK}/schedules")
    sqlite_site.clock.advance(timedelta(days=2))
    officer, holder = sqlite_site.browser(sqlite_site.account(Role.COMPLIANCE)), sqlite_site.browser(account)
    charge = {"party": account.party, "item": "prior-review", "quantity": "3"}
    wrong = post_form(officer, DESK, {**charge, "party": "Anna"}, to=f"{DESK}/charges")
    assert wrong.status_code == 422
    done = post_form(officer, DESK, charge, to=f"{DESK}/charges")
    assert done.status_code == 303, done.text
    one = f"{DESK}/of/{account.party}"
    assert one in officer.get(DESK).text
    assert "37.035 CNY" in officer.get(one).text
    more = post_form(officer, one, {"charge": "1", "amount": "40", "reason": "hardship"}, to=f"{one}/waivers")
    assert "More cannot be waived" in more.text
    waived = post_form(officer, one, {"charge": "1", "amount": "7.035", "reason": "hardship"}, to=f"{one}/waivers")
    assert waived.status_code == 303, waived.text
    seen = holder.get("/right-holder/fees").text
    assert "7.035 CNY: Hardship" in seen
    assert "30.00 CNY" in seen
    post_form(officer, one, {"charge": "1", "reason": "goodwill"}, to=f"{one}/waivers")
    assert "waivers" not in officer.get(one).text, "nothing is left to waive"
    assert holder.get(one).status_code == 403


def test_a_second_click_charges_once_and_a_new_form_once_more(sqlite_site: Site) -> None:
    officer, party = sqlite_site.account(Role.COMPLIANCE), sqlite_site.account(Role.RIGHT_HOLDER).party
    browser = sqlite_site.browser(officer)
    post_form(browser, DESK, {"effective": "2026-07-02", "lines": LINE}, to=f"{DESK}/schedules")
    sqlite_site.clock.advance(timedelta(days=2))
    browser = sqlite_site.browser(officer)
    charge = {"party": party, "item": "prior-review"}
    for charged in ("1", "2"):
        opened = re.search(r'name="start_token" value="([0-9]+)"', browser.get(DESK).text)
        assert opened is not None
        for _click in range(2):
            done = post_form(browser, DESK, {**charge, "start_token": opened[1]}, to=f"{DESK}/charges")
            assert done.status_code == 303, done.text
        numbers = re.findall(r'<td[^>]*data-label="Charges"[^>]*><span>([0-9]+)</span>', browser.get(DESK).text)
        assert numbers == [charged]
