"""Letters about the sanction ledger: every fact makes one, in each form and language, to the party alone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casework.domain.facts import Role
from casework.domain.party.events import EVENTS
from casework.letters.ledger import LedgerCorrespondence, LedgerLetter, ledger_letter_title
from casework.letters.ledger_render import LEDGER_FORMS, ledger_data, ledger_fragment
from casework.views.access.tokens import Scope
from casework.views.language import Language, use_language
from casework.views.templating import environment_in
from tests.api.players import Players
from tests.api.test_sanctions import assessment, cases_of, moment, record, suspend, uploader_of
from tests.letters.conftest import At
from tests.web import Browser

TEMPLATES = Path(__file__).parent.parent.parent / "casework" / "templates" / "letters" / "ledger"
KINDS = {event.TOPIC.partition(".")[2] for event in EVENTS}


def posts(players: Players, party: str, side: Role = Role.UPLOADER) -> LedgerCorrespondence:
    parts = players.site.parts
    return LedgerCorrespondence(parts.casework, side, party, parts.settings.zone)


def text_of(letter: LedgerLetter, players: Players) -> str:
    fragment = ledger_fragment(letter, environment_in(players.site.parts.settings.zone), "Example Platform")
    return " ".join(fragment.striptags().split())


def written(players: Players, party: str, kind: str, side: Role = Role.UPLOADER) -> str:
    """The latest letter of a kind, as text."""
    found = posts(players, party, side)
    number = next(one.number for one in reversed(found.headings()) if one.kind == kind)
    return text_of(found.letter(number), players)


def accepted(client: Browser, party: str, name: str, body: dict[str, Any]) -> None:
    answer = record(client, party, name, body)
    assert answer.status_code == 200, answer.text


def uploaders_way(players: Players) -> tuple[str, str]:
    """From the warning to a lifted suspension; the party and the token of its decision page."""
    (first, _), (second, uploader) = cases_of(players, "marker", 2)
    party, officer = uploader_of(players, "marker"), players.compliance
    assert suspend(players, party, "wrong_marks", "marking", [first, second]).status_code == 200
    accepted(officer, party, "lifts", {"suspension": 1, "reasons": "Served its end."})
    excused = {"conduct": "unfounded_appeals", "case": first, "defence": "A lawyer had said so."}
    accepted(officer, party, "good-faith", excused)
    return party, uploader.headers["authorization"].removeprefix("Bearer ")


def holders_way(players: Players) -> str:
    """A right holder who is suspended, appeals in vain, and is trusted, reported and no longer trusted."""
    cases = [case_id for case_id, _ in cases_of(players, "held", 2)]
    party, officer = players.site.parts.casework.vault.pseudonym("rh", "rh-3"), players.compliance
    known = {"conduct": "unfounded_notices", "case": cases[1], "finding": "It is another film."}
    accepted(officer, party, "bad-faith", known)
    assert suspend(players, party, "unfounded_notices", "notices", cases).status_code == 200
    accepted(players.right_holder, party, "appeals", {"suspension": 1, "reasons": "They were right."})
    other = players.site.api(
        players.site.token(players.site.account(Role.COMPLIANCE), Scope.CASES_READ, Scope.CASES_ACT)
    )
    upheld = {"suspension": 1, "outcome": "upheld", "reasons": "They were not."}
    accepted(other, party, "appeal-decisions", upheld)
    flagger = {"trust": "flagger", "authority": "Coordinator", "grounds": "Award 7."}
    accepted(officer, party, "trust", flagger)
    accepted(officer, party, "reports", {"cases": cases, "report": "Two wrong notices."})
    accepted(officer, party, "trust-ends", flagger)
    return party


def test_each_fact_has_a_template_and_a_title_in_both_languages() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.html")} - {"letter"} == KINDS
    for language in Language:
        with use_language(language):
            titles = {ledger_letter_title(kind) for kind in KINDS}
            assert len(titles) == len(KINDS)
            assert all(bool(re.search(r"[\u4e00-\u9fff]", one)) is (language is Language.ZH) for one in titles)


def test_every_fact_makes_a_letter_in_every_form_and_language(at: At) -> None:
    players = at("cn-civil-code")
    uploader, _ = uploaders_way(players)
    holder = holders_way(players)
    environment = environment_in(players.site.parts.settings.zone)
    seen, receipts = set(), set()
    for side, party in ((Role.UPLOADER, uploader), (Role.RIGHT_HOLDER, holder)):
        found = posts(players, party, side)
        for language in Language:
            with use_language(language):
                for heading in found.headings():
                    letter = found.letter(heading.number)
                    data = ledger_data(letter, environment, "Example Platform")
                    assert len(data["paragraphs"]) >= 2
                    assert data["options"][-1]["code"] == "court"
                    assert data["quotations"], "the words of the platform stand in it"
                    if language is Language.ZH:
                        assert all(re.search(r"[\u4e00-\u9fff]", said) for said in data["paragraphs"]), data
                    html = LEDGER_FORMS["html"][0](letter, environment, "Example Platform").decode()
                    assert f'<html lang="{language.html_lang}">' in html
                    assert "None" not in html
                    seen.add(heading.kind)
                    receipts.add((party, heading.number, heading.receipt))
    assert seen == KINDS
    assert len({code for _, _, code in receipts}) == len(receipts)


def test_a_suspension_says_right_times_and_how_to_appeal(at: At) -> None:
    players = at("cn-civil-code")
    (first, _), (second, _) = cases_of(players, "marker", 2)
    party = uploader_of(players, "marker")
    suspend(players, party, "wrong_marks", "marking", [first, second])
    said = written(players, party, "right_suspended")
    start, end = "1 July 2026, 16:00 Beijing time", "31 July 2026, 16:00 Beijing time"
    now = players.site.clock.now()
    assert posts(players, party).letter(3).suspension is not None
    assert "Setting lawful-use marks" in said
    assert said.count("Beijing time") >= 5
    assert "An officer who did not suspend you decides" in said
    (appeal, court) = posts(players, party).letter(3).options
    assert (appeal.code, court.code) == ("sanction_appeal", "court")
    assert appeal.until == now + timedelta(days=30)
    assert "Again and again." in said
    assert start in said
    assert end in said
    warned = posts(players, party).letter(1)
    assert [one.code for one in warned.options] == ["court"], "there is nothing to appeal against yet"


def test_an_assessment_names_the_four_factors(at: At) -> None:
    players = at("cn-civil-code")
    cases = [case_id for case_id, _ in cases_of(players, "marker", 2)]
    party = uploader_of(players, "marker")
    warning = {"conduct": "wrong_marks", "cases": cases[:1], "warning": "x"}
    accepted(players.compliance, party, "warnings", warning)
    accepted(players.compliance, party, "assessments", assessment(players, "wrong_marks", cases))
    said = written(players, party, "conduct_assessed")
    for factor in (
        "Number of such cases 2",
        "Proportion 20.0 % of 10 acts",
        "Gravity",
        "Considerable",
        "Negligent",
    ):
        assert factor in said, factor


@pytest.mark.parametrize(
    ("regime", "article"),
    [("de-urhdag", "UrhDaG s. 18(5)"), ("eu-dsa", "DSA art. 23"), ("us-dmca", None), ("cn-civil-code", None)],
)
def test_the_law_of_the_place_stands_behind_a_letter(at: At, regime: str, article: str | None) -> None:
    players = at(regime)
    changes = {"share": "0.95", "evidence__share_of_work": "0.95"}
    (first, _), (second, _) = cases_of(players, "marker", 2, **changes)
    party = uploader_of(players, "marker")
    suspend(players, party, "wrong_marks", "marking", [first, second])
    law = posts(players, party).letter(3).law
    assert law[0].startswith("The platform's rule")
    assert [one for one in law if "UrhDaG s." in one or "DSA art." in one] == [
        one for one in law if article is not None and article in one
    ]
    assert (article is None) or any(article in one for one in law)


def test_letters_are_for_the_party_and_compliance_alone(at: At) -> None:
    players = at("cn-civil-code")
    party, token = uploaders_way(players)
    address = f"/api/v1/sanctions/{party}/letters"
    listed = players.compliance.get(address).json()["letters"]
    assert [one["kind"] for one in listed] == [
        "conduct_warned",
        "conduct_assessed",
        "right_suspended",
        "suspension_lifted",
        "good_faith_defence_accepted",
    ]
    own, below = players.site.browser(language="zh"), f"/d/{token}/standing-letters"
    letter = own.get(f"{below}/3.json").json()
    assert (letter["kind"], letter["language"]) == ("right_suspended", "zh")
    pdf = players.compliance.get(f"{address}/3.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert own.get(f"{below}/99").status_code == 404
    assert players.compliance.get(f"{address}/99").status_code == 404
    assert players.right_holder.get(address).status_code == 403
    assert players.right_holder.get(f"{address}/1").status_code == 403
    _, stranger = players.open("stranger", upload__uploader_id="somebody")
    assert stranger.get(address).status_code == 403
    holder = holders_way(players)
    own_address = f"/api/v1/sanctions/{holder}/letters"
    assert players.right_holder.get(own_address).json()["letters"][0]["kind"] == "bad_faith_found"
    assert players.right_holder.get(f"{own_address}/1").json()["title"] == "Finding of bad faith"


def test_pages_list_and_show_the_letters(at: At) -> None:
    players = at("cn-civil-code")
    party, token = uploaders_way(players)
    site = players.site
    visitor, officer = site.browser(), site.browser(site.account(Role.COMPLIANCE), language="zh")
    assert f'href="/d/{token}/standing-letters/3"' in visitor.get(f"/d/{token}").text
    page = visitor.get(f"/d/{token}/standing-letters/3")
    assert page.status_code == 200
    assert "One of your rights was suspended" in page.text
    html = visitor.get(f"/d/{token}/standing-letters/3.html")
    assert html.headers["content-disposition"].startswith('attachment; filename="record-003-right-suspended.html"')
    assert visitor.get("/d/none/standing-letters/3").status_code == 404
    assert f'href="/compliance/sanctions/{party}/letters/3"' in officer.get(f"/compliance/sanctions/{party}").text
    assert "您的一项权利已被暂停" in officer.get(f"/compliance/sanctions/{party}/letters/3").text
    holder = holders_way(players)
    desk = site.browser(site.account(Role.RIGHT_HOLDER))
    assert 'href="/right-holder/standing/letters/1"' in desk.get("/right-holder/standing").text
    assert "Finding of bad faith" in desk.get("/right-holder/standing/letters/1").text
    assert desk.get(f"/compliance/sanctions/{holder}/letters/1").status_code in (403, 404)


def test_a_decided_appeal_says_who_decided_and_what(at: At) -> None:
    players = at("cn-civil-code")
    party = holders_way(players)
    said = written(players, party, "sanction_appeal_decided", Role.RIGHT_HOLDER)
    assert "Your appeal did not succeed" in said
    assert "Somebody other than whoever suspended the right decided this." in said
    receipt = written(players, party, "sanction_appeal_lodged", Role.RIGHT_HOLDER)
    assert "Your reasons" in receipt
    assert "They were right." in receipt
    assert moment(players)[:4] in receipt
