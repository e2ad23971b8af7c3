"""Filter requests on the pages: filed by kind, completed, checked at the intake desk, ended by compliance."""

from __future__ import annotations

from html import unescape

from casework.domain.facts import Role
from tests.web import Site, post_form

DESK, INTAKE = "/right-holder/filter-requests", "/intake/filter-requests"
LETTER = {"kind": "text", "work": "w-book", "title": "红楼别梦 & Co.", "release_date": "2026-05-01"}


def test_a_request_is_filed_completed_accepted_and_found_false(shared_site: Site) -> None:
    owner = shared_site.browser(shared_site.account(Role.RIGHT_HOLDER))
    assert "You have filed no filter request" in owner.get(DESK).text
    assert "sample" not in owner.get(f"{DESK}/new").text
    new = f"{DESK}/new?kind=text"
    form = owner.get(new).text
    assert 'name="publication_record"' in form
    assert 'name="recording_number"' not in form
    wrong = post_form(owner, new, {**LETTER, "title": "", "sample": "kept words"}, to=f"{DESK}/new")
    assert wrong.status_code == 422
    assert "Fill in: Full title" in wrong.text
    assert "kept words" in wrong.text
    filed = post_form(owner, new, {**LETTER, "sample": "Digest.", "frame_share": "0.5"}, to=f"{DESK}/new")
    assert filed.status_code == 303, filed.text
    page = filed.headers["location"].partition("?")[0]
    shown = unescape(owner.get(page).text)
    for text in (
        "Supply what is missing",
        "红楼别梦 & Co.",
        "Credit of the author",
        "Share of the picture: 0.5",
    ):
        assert text in shown, text
    more = {"authorship_credit": "Cover.", "publication_record": "ISBN 1.", "aliases": "Red\nDream"}
    assert post_form(owner, page, more, to=f"{page}/completions").status_code == 303
    assert "An intake officer checks the request next." in owner.get(page).text
    assert "Red, Dream" in owner.get(page).text
    stranger = shared_site.browser(shared_site.account(Role.RIGHT_HOLDER, right_holder_id="rh-other"))
    assert stranger.get(page).status_code == 404

    intake = shared_site.browser(shared_site.account(Role.INTAKE))
    assert "Filter requests</a> (1)" in intake.get("/intake").text
    assert "w-book" in intake.get(INTAKE).text
    check = f"{INTAKE}/{page.rpartition('/')[2]}"
    asked = {"missing": ["sample", "other_names"], "remarks": "The digest is of nothing."}
    assert post_form(intake, check, {"remarks": "why"}, to=f"{check}/deficiencies").status_code == 422
    assert post_form(intake, check, asked, to=f"{check}/deficiencies").status_code == 303
    assert "The digest is of nothing." in owner.get(page).text
    assert post_form(owner, page, {"sample": "A."}, to=f"{page}/completions").status_code == 303
    assert post_form(owner, page, {"short_forms": "RD"}, to=f"{page}/completions").status_code == 303
    assert post_form(intake, check, to=f"{check}/acceptances").status_code == 303
    assert "The request is active" in owner.get(page).text
    assert intake.post(f"{check}/ownership-findings").status_code in (403, 404)

    officer = shared_site.browser(shared_site.account(Role.COMPLIANCE))
    finding = {"finding": "It is by another author.", "cases": ""}
    assert post_form(officer, check, finding, to=f"{check}/ownership-findings").status_code == 303
    assert "The work was found to belong to somebody else" in owner.get(page).text
    record = officer.get("/compliance/works/one", params={"id": "w-book"}).text
    assert "Ownership found false" in record


def test_a_bare_letter_is_told_why_it_filters_nothing(shared_site: Site) -> None:
    account = shared_site.account(Role.RIGHT_HOLDER, right_holder_id="rh-letter")
    owner = shared_site.browser(account, language="zh")
    filed = post_form(owner, f"{DESK}/new?kind=text", LETTER, to=f"{DESK}/new")
    shown = owner.get(filed.headers["location"]).text
    assert "按名称过滤会连同评论和新闻一并拦下" in shown
    assert "已驳回" in shown
    assert 'action="' + DESK not in shown
    assert "w-book" in owner.get(DESK).text
