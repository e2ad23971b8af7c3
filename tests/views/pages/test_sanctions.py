"""Sanctions, works and the platform's profile on pages: at the compliance desk, for right holders, for uploaders."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from casework.domain.facts import Role
from casework.views.access.accounts import Account
from tests.api.deliveries import line, send
from tests.look.leaks import english_leaks
from tests.web import Browser, Site, form_token, on_sqlite

WARNING = "Nothing in these uploads is a quotation."


def officer(site: Site, language: str = "en") -> Browser:
    return site.browser(site.account(Role.COMPLIANCE), language=language)


def submit(browser: Browser, page: str, to: str, data: dict[str, Any]) -> Any:
    token = form_token(browser.get(page).text)
    return browser.post(to, data={"_csrf_token": token, **data})


def deliver(site: Site, name: str, **changes: Any) -> dict[str, Any]:
    changes.setdefault("upload__id", name)
    answer: dict[str, Any] = send(site.engine_api(), line(name, **changes)).json()
    assert answer["status"] == "created", answer
    return answer


def suspend(site: Site, browser: Browser, party: str, cases: list[str], *, conduct: str, right: str) -> None:
    """The whole way through the forms of the desk."""
    page = f"/compliance/sanctions/{party}"
    today = site.clock.now().date()
    sent = [
        ("warnings", {"conduct": conduct, "cases": cases[0], "warning": WARNING}),
        (
            "assessments",
            {
                "conduct": conduct,
                "cases": "\n".join(f"https://example.org/compliance/cases/{one}" for one in cases),
                "acts": "12",
                "since": str(today - timedelta(days=90)),
                "until": str(today),
                "gravity": "serious",
                "intention": "negligent",
                "assessment": "Most of them are wrong.",
            },
        ),
        (
            "suspensions",
            {"conduct": conduct, "right": right, "ends": str(today + timedelta(days=30)), "reasons": "It went on."},
        ),
    ]
    for step, data in sent:
        answer = submit(browser, page, f"{page}/{step}", data)
        assert answer.status_code == 303, unescape(answer.text)
        assert answer.headers["location"] == f"{page}?done={step}"


def test_the_desk_goes_from_a_warning_to_a_suspension_and_an_uploader_appeals(site: Site) -> None:
    decisions = [deliver(site, f"eng-{number}") for number in range(2)]
    party = site.parts.casework.vault.pseudonym("up", "u-77")
    browser = officer(site)
    empty = browser.get(f"/compliance/sanctions/{party}").text
    assert "Nothing is recorded of this party" in empty
    assert 'action="/compliance/sanctions/' + party + "/suspensions" not in empty
    own_page = decisions[0]["decision_page"]
    visitor = site.browser()
    assert 'id="standing"' not in visitor.get(own_page).text
    suspend(site, browser, party, [one["case_id"] for one in decisions], conduct="wrong_marks", right="marking")
    ledger = browser.get(f"/compliance/sanctions/{party}?done=suspensions").text
    for said in ("Suspended now", "Wrong lawful-use marks", WARNING, "It went on.", "This was recorded."):
        assert said in ledger, said
    decision = visitor.get(own_page).text
    assert "Your record with the platform" in decision
    assert "You may not set lawful-use marks at present." in decision
    reasons = submit(visitor, own_page, f"{own_page}/sanction-appeals", {"suspension": "1", "reasons": ""})
    assert reasons.status_code == 422
    assert "Fill in: Your reasons" in unescape(reasons.text)
    lodged = submit(visitor, own_page, f"{own_page}/sanction-appeals", {"suspension": "1", "reasons": "They are mine."})
    assert lodged.status_code == 303
    assert "Appeal not decided yet" in visitor.get(own_page).text
    assert visitor.get(own_page).text.count("Code of your step in the public log") == 1
    again = submit(visitor, own_page, f"{own_page}/sanction-appeals", {"suspension": "1", "reasons": "Again."})
    assert again.status_code == 404
    assert "1 appeal against a suspension waits." in browser.get("/compliance/sanctions").text
    page = f"/compliance/sanctions/{party}"
    lifting = {"suspension": "1", "outcome": "lifted", "reasons": "He was right."}
    assert "Code of your step" not in browser.get(page).text, "a receipt is for the party alone"
    refused = submit(browser, page, f"{page}/appeal-decisions", lifting)
    assert refused.status_code == 422
    assert "Somebody else must decide" in unescape(refused.text)
    assert "He was right." in refused.text, "what was typed is kept"
    assert submit(officer(site), page, f"{page}/appeal-decisions", lifting).status_code == 303
    assert "You may not set lawful-use marks" not in visitor.get(own_page).text


def test_wrong_fields_are_named_and_nothing_typed_is_lost(sqlite_site: Site) -> None:
    party = sqlite_site.parts.casework.vault.pseudonym("up", "u-77")
    page = f"/compliance/sanctions/{party}"
    browser = officer(sqlite_site)
    answer = submit(browser, page, f"{page}/warnings", {"conduct": "", "cases": "not an id", "warning": "Words & more"})
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "Fill in: Conduct" in text
    assert "Give the ids of cases, one on each line" in text
    assert "Words & more" in text
    assert re.search(r'<details[^>]*id="warnings" open', text)
    foreign = deliver(sqlite_site, "eng-x", upload__uploader_id="u-other")["case_id"]
    data = {"conduct": "wrong_marks", "cases": foreign, "warning": WARNING}
    assert "only cases of this very party" in unescape(submit(browser, page, f"{page}/warnings", data).text)
    assert submit(browser, page, f"{page}/suspensions", {}).status_code == 404, "nothing is assessed yet"
    assert submit(browser, page, f"{page}/nonsense", {}).status_code == 404


def test_a_refusal_of_the_rules_is_shown_in_the_form(sqlite_site: Site) -> None:
    case_id = deliver(sqlite_site, "eng-1")["case_id"]
    party = sqlite_site.parts.casework.vault.pseudonym("up", "u-77")
    page, browser = f"/compliance/sanctions/{party}", officer(sqlite_site)
    submit(browser, page, f"{page}/warnings", {"conduct": "wrong_marks", "cases": case_id, "warning": WARNING})
    data = {
        "conduct": "wrong_marks",
        "cases": case_id,
        "acts": "1",
        "since": "2026-06-01",
        "until": "2026-06-30",
        "gravity": "slight",
        "intention": "not_identifiable",
        "assessment": "One.",
    }
    answer = submit(browser, page, f"{page}/assessments", data)
    assert answer.status_code == 422
    assert "A lost case alone is never abuse" in unescape(answer.text)


def test_the_list_finds_parties_and_pages(sqlite_site: Site) -> None:
    browser = officer(sqlite_site)
    assert "Nothing is recorded of any party" in browser.get("/compliance/sanctions").text
    case_id = deliver(sqlite_site, "eng-1")["case_id"]
    party = sqlite_site.parts.casework.vault.pseudonym("up", "u-77")
    page = f"/compliance/sanctions/{party}"
    submit(browser, page, f"{page}/warnings", {"conduct": "wrong_marks", "cases": case_id, "warning": WARNING})
    assert party in browser.get("/compliance/sanctions").text
    assert browser.get(f"/compliance/sanctions?q={party}").headers["location"] == page
    assert "No party found" in browser.get("/compliance/sanctions?q=nobody").text
    assert f'href="{page}"' not in browser.get(f"/compliance/sanctions?before={party}").text
    assert browser.get("/compliance/sanctions/nobody").status_code == 404


def holder(site: Site) -> Account:
    return site.account(Role.RIGHT_HOLDER)


@on_sqlite
def test_a_right_holder_sees_its_record_and_appeals(site: Site) -> None:
    cases = [deliver(site, f"eng-{number}")["case_id"] for number in range(2)]
    party = site.parts.casework.vault.pseudonym("rh", "rh-3")
    browser = site.browser(holder(site))
    page = "/right-holder/standing"
    assert "Nothing is recorded of you" in browser.get(page).text
    desk = officer(site)
    suspend(site, desk, party, cases, conduct="unfounded_notices", right="notices")
    text = browser.get(page).text
    assert "Sending notices" in text
    assert WARNING in text
    officers = {one.by.id for one in site.parts.casework.ledgers.party_history(Role.RIGHT_HOLDER, party)}
    assert not any(officer_id in text for officer_id in officers), "officers are not named to the party"
    answer = submit(browser, page, f"{page}/sanction-appeals", {"suspension": "1", "reasons": "Both were right."})
    assert answer.headers["location"] == f"{page}?done=sanction-appeals"
    assert "Appeal not decided yet" in browser.get(page).text
    assert submit(browser, page, f"{page}/nonsense", {}).status_code == 404


def test_a_right_holder_asks_for_prior_review_and_compliance_answers(site: Site) -> None:
    browser, desk = site.browser(holder(site)), officer(site)
    page, today = "/right-holder/standing", site.clock.now().date()
    wish = {
        "work": "w/9 ü",
        "ground": "high_loss",
        "starts": str(today),
        "ends": str(today + timedelta(days=9)),
        "justification": "It opens on Friday.",
    }
    missing = submit(browser, page, f"{page}/prior-reviews", {**wish, "work": ""})
    assert missing.status_code == 422
    assert "It opens on Friday." in missing.text
    assert "Fill in: Work" in unescape(missing.text)
    wrong = submit(browser, page, f"{page}/prior-reviews", {**wish, "ends": "soon"})
    assert "Give a day, such as" in unescape(wrong.text)
    assert submit(browser, page, f"{page}/prior-reviews", wish).status_code == 303
    assert "Waits for an answer" in browser.get(page).text
    assert "w/9 ü" in desk.get("/compliance/works").text
    record = "/compliance/works/one?id=w%2F9+%C3%BC"
    assert "It opens on Friday." in desk.get(record).text
    accepting = {"work": "w/9 ü", "request": "1"}
    answer = submit(desk, record, "/compliance/works/prior-review-acceptances", accepting)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"{record}&done=prior-review-acceptances"
    assert "Accepted" in browser.get(page).text
    back = submit(browser, page, f"{page}/prior-review-withdrawals", {"work": "w/9 ü", "request": "1"})
    assert back.status_code == 303
    assert "Withdrawn" in browser.get(page).text


@on_sqlite
def test_the_desk_keeps_the_record_of_a_work(site: Site) -> None:
    case_id = deliver(site, "eng-1")["case_id"]
    claimant = site.parts.casework.vault.pseudonym("rh", "rh-3")
    desk, record = officer(site), "/compliance/works/one?id=w-9"
    assert "Nothing is recorded of this work" in desk.get(record).text
    steps: list[tuple[str, dict[str, str], str]] = [
        ("no-block", {"reason": "public_domain", "grounds": "He died in 1920."}, "Public domain"),
        ("no-block-ends", {"grounds": "Another author."}, "Not on it"),
        ("licences", {"licensee_id": "u-5", "starts": "2026-01-01", "grounds": "Contract."}, "no end"),
        ("licence-ends", {"licence": "1", "grounds": "Over."}, "Licence ended"),
        ("withdrawals", {"grounds": "Wrong file."}, "Reference withdrawn"),
        ("reinstatements", {"grounds": "Right file."}, "It counts"),
        ("ownership-findings", {"claimant": claimant, "cases": case_id, "finding": "Not theirs."}, claimant),
        ("ownership-confirmations", {"claimant": claimant, "finding": "Theirs."}, "Of nobody"),
    ]
    for step, data, said in steps:
        answer = submit(desk, record, f"/compliance/works/{step}", {"work": "w-9", **data})
        assert answer.status_code == 303, (step, unescape(answer.text))
        assert said in desk.get(record).text, step
    wrong = submit(desk, record, "/compliance/works/no-block", {"work": "w-9", "reason": "", "grounds": "Kept."})
    assert wrong.status_code == 422
    assert "Kept." in wrong.text
    assert submit(desk, record, "/compliance/works/no-block-ends", {"work": "w-9"}).status_code == 404
    assert desk.get("/compliance/works/one?id=").headers["location"] == "/compliance/works"
    assert claimant in desk.get(f"/compliance/sanctions?q={claimant}").headers["location"]
    assert "Claiming works of others" in desk.get(f"/compliance/sanctions/{claimant}").text


@on_sqlite
def test_the_desk_declares_the_platform(site: Site) -> None:
    desk, page = officer(site), "/compliance/platform"
    assert "No profile is in force" in desk.get(page).text
    wrong = submit(desk, page, f"{page}/profiles", {"service": "", "yearly_active_users": "many"})
    assert wrong.status_code == 422
    assert "Give a whole number" in unescape(wrong.text)
    small = {"service": "sharing", "yearly_active_users": "49,999,999", "market_value_cny": "100000000000"}
    assert submit(desk, page, f"{page}/profiles", small).status_code == 303
    assert "The platform is exempt" in desk.get(page).text
    site.clock.advance(timedelta(seconds=1))
    large = {**small, "yearly_active_users": "50000000", "turnover_eur": "900000", "monthly_visitors": "1000"}
    assert submit(desk, page, f"{page}/profiles", {**large, "on_market_since": "2025-01-01"}).status_code == 303
    text = desk.get(page).text
    assert "The duty to filter applies." in text
    assert "Yes" in text
    past = submit(desk, page, f"{page}/profiles", {**large, "effective": "2020-01-01"})
    assert past.status_code == 422


@pytest.mark.parametrize("page", ["/compliance/sanctions", "/compliance/works", "/compliance/platform"])
def test_only_compliance_opens_these_pages(sqlite_site: Site, page: str) -> None:
    assert sqlite_site.browser(holder(sqlite_site)).get(page).status_code == 403
    assert sqlite_site.browser(sqlite_site.account(Role.REVIEWER)).get(page).status_code == 403
    assert sqlite_site.browser().get(page).status_code in (303, 401)


def test_every_page_is_in_chinese(sqlite_site: Site) -> None:
    cases = [deliver(sqlite_site, f"eng-{number}")["case_id"] for number in range(2)]
    party = sqlite_site.parts.casework.vault.pseudonym("rh", "rh-3")
    english = officer(sqlite_site)
    suspend(sqlite_site, english, party, cases, conduct="unfounded_notices", right="notices")
    submit(english, "/compliance/works/one?id=w-9", "/compliance/works/withdrawals", {"work": "w-9", "grounds": "x"})
    small = {"service": "sharing", "yearly_active_users": "1", "market_value_cny": "1"}
    submit(english, "/compliance/platform", "/compliance/platform/profiles", small)
    desk = officer(sqlite_site, "zh")
    own = sqlite_site.browser(holder(sqlite_site), language="zh")
    for browser, page in (
        (desk, "/compliance/sanctions"),
        (desk, f"/compliance/sanctions/{party}"),
        (desk, "/compliance/works"),
        (desk, "/compliance/works/one?id=w-9"),
        (desk, "/compliance/platform"),
        (own, "/right-holder/standing"),
    ):
        text = browser.get(page).text
        assert english_leaks(text, allowed=(WARNING, "It went on.", "Most of them are wrong.", "x")) == [], page
