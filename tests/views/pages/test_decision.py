"""The decision page, through the real application: what it shows in every state, and each step of an uploader."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from casework.domain.facts import Actor, Role
from casework.domain.values import Availability, RulingOutcome
from tests.look.leaks import english_leaks
from tests.views.pages.stories import SECRET_WORDS, Story, a_file, open_case, seat_reviewers
from tests.web import Browser, Site, form_token

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def page_of(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text[-2000:]
    return unescape(answer.text)


def start_token(page: str) -> str:
    return page.partition('name="start_token" value="')[2].partition('"')[0]


def send(
    browser: Browser,
    story: Story,
    step: str,
    fields: dict[str, Any],
    *,
    files: list[tuple[str, bytes]] | None = None,
    opened: str | None = None,
    htmx: bool = False,
    base: str | None = None,
) -> httpx.Response:
    """Open the page and send a form of it; ``opened`` is an older page that the form stands on."""
    address = base or story.page
    page = opened or page_of(browser, address)
    data = {"_csrf_token": form_token(page), "start_token": start_token(page), **fields}
    parts = None if files is None else [("files", (name, content, "")) for name, content in files]
    headers = {"hx-request": "true"} if htmx else {}
    return browser.post(f"{address}/{step}", data=data, files=parts, headers=headers)


CONTEST = {"ground": "statutory_exception", "reasons": "It is a review.\r\n\r\nSecond line.", "segments": ["2"]}
MARK = {"basis": "statutory_exception", "provision": "CN_ART24_02", "truthful": "yes", "statement": "A review."}


def test_says_what_was_decided_and_why(shared_site: Site) -> None:
    story = open_case(shared_site)
    page = page_of(shared_site.browser(), story.page)
    for text in (
        "Your upload is blocked",
        "My review",
        "The Film",
        "93.0\u00a0% of your upload comes from that work",
        "/standards/cn-2021-1#band_high",
        "90\u00a0% of the upload or more comes from the work: blocked",
        "chromaprint 1.5.1",
        "180 seconds",
        "3.3\u00a0%",
        "10:00–11:40",
        "Statement of reasons",
        "you may sue at any time",
        "28 December 2026, 16:00 Beijing time (180 days left)",
    ):
        assert text in page, text
    assert story.right_holder.id not in page
    assert story.uploader.id not in page
    assert "rh-3" not in page


@pytest.mark.parametrize(
    ("share", "heading", "word"),
    [("0.40", "Your upload is public", "Presumed lawful"), ("0.70", "Your upload is public", "Infringement warning")],
)
def test_what_is_published_says_so(shared_site: Site, share: str, heading: str, word: str) -> None:
    page = page_of(shared_site.browser(), open_case(shared_site, share).page)
    assert heading in page
    assert word in page
    assert "no block or other measure can be contested" in page
    assert "Statement of reasons" not in page


def test_a_share_beside_a_limit_is_never_rounded_across_it(shared_site: Site) -> None:
    page = page_of(shared_site.browser(), open_case(shared_site, "0.89996").page)
    assert "89.996\u00a0%" in page
    assert "90.0\u00a0%" not in page


def test_doubt_is_explained(shared_site: Site) -> None:
    story = open_case(shared_site, "0.91", evidence__share_of_upload_low="0.88", evidence__share_of_upload_high="0.94")
    page = page_of(shared_site.browser(), story.page)
    assert "Doubt counts in your favour" in page
    assert "Measured between 88.0\u00a0% and 94.0\u00a0%" in page


def test_false_and_revoked_links_get_the_same_friendly_answer(shared_site: Site) -> None:
    story = open_case(shared_site)
    browser = shared_site.browser()
    false = browser.get("/d/" + "A" * 47)
    shared_site.parts.epochs.revoke(story.id)
    revoked = browser.get(story.page)
    assert (false.status_code, revoked.status_code) == (404, 404)
    assert "This link does not work" in revoked.text
    assert _without_nonce(false.text).replace("/d/" + "A" * 47, story.page) == _without_nonce(revoked.text)
    assert browser.get(f"{story.page}/evidence/ev_1").status_code == 404


def _without_nonce(page: str) -> str:
    return "".join(part.partition('"')[2] if number else part for number, part in enumerate(page.split('nonce="')))


def test_marks_a_lawful_use(shared_site: Site) -> None:
    story = open_case(shared_site)
    browser = shared_site.browser()
    answer = send(browser, story, "marks", MARK)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{story.page}?done=marks")
    page = page_of(browser, answer.headers["location"])
    assert "Your mark was received" in page
    assert "Your upload is public" in page
    assert "Quoting to introduce, review or explain (Copyright Law, art. 24, no. 2)" in page
    assert story.casework.case(story.id).availability is Availability.PUBLIC


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"basis": ""}, "Choose why the use is lawful"),
        ({"provision": "CN_ART24_99"}, "Choose which lawful use of the Copyright Law applies"),
        ({"truthful": ""}, "Confirm that what you say is true"),
        ({"statement": "x" * 20_001}, "Use at most 20000 characters"),
    ],
)
def test_a_faulty_mark_comes_back_with_what_was_typed(shared_site: Site, changes: dict[str, str], error: str) -> None:
    story = open_case(shared_site)
    answer = send(shared_site.browser(), story, "marks", {**MARK, "statement": "Keep me", **changes})
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "There is a problem" in page
    assert page.count(error) >= 2  # in the summary and beside the field
    assert "<title>Error:" in page
    if "statement" not in changes:
        assert "Keep me" in page
    assert story.casework.case(story.id).version == 1


def test_a_licence_needs_no_provision(shared_site: Site) -> None:
    story = open_case(shared_site)
    answer = send(shared_site.browser(), story, "marks", {**MARK, "basis": "licensed", "provision": "CN_ART24_02"})
    assert answer.status_code == 303
    assert story.casework.case(story.id).marks[-1].provision is None


def test_contest_is_checked_first_and_then_sent_with_files(shared_site: Site) -> None:
    story = open_case(shared_site)
    browser = shared_site.browser()
    opened = page_of(browser, story.page)
    check = send(browser, story, "contests", {**CONTEST, "stage": "check"}, opened=opened)
    assert check.status_code == 200
    assert "Check your answers" in check.text
    assert (
        '<textarea name="reasons" hidden aria-hidden="true">\nIt is a review.\n\nSecond line.</textarea>' in check.text
    )
    assert story.casework.case(story.id).version == 1
    answer = send(
        browser, story, "contests", {**CONTEST, "stage": "send"}, opened=check.text, files=[("licence.pdf", PDF)]
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{story.page}?done=contests")
    page = page_of(browser, answer.headers["location"])
    for text in (
        "Your contest was received",
        "Files received: 1.",
        str(story.id),
        "The ruling is due by 8 July 2026, 16:00 Beijing time",
        "It is a review.\n\nSecond line.",
        "licence.pdf",
        "Both sides may comment until 4 July 2026, 16:00 Beijing time (3 days left)",
    ):
        assert text in page, text
    appeal = story.casework.case(story.id).appeal
    assert appeal is not None
    assert appeal.segments == (1,)


def test_going_back_from_the_check_keeps_every_answer(shared_site: Site) -> None:
    story = open_case(shared_site)
    page = send(shared_site.browser(), story, "contests", {**CONTEST, "stage": "edit"}).text
    assert "It is a review.\n\nSecond line.</textarea>" in page
    assert 'value="statutory_exception" checked' in page
    assert 'name="segments" type="checkbox" value="2" checked' in page


def test_typed_segment_numbers_are_read(shared_site: Site) -> None:
    segments = [{"upload": [number * 10, number * 10 + 5], "work": None} for number in range(15)]
    story = open_case(shared_site, evidence__segments=segments)
    browser = shared_site.browser()
    assert 'name="segment_numbers"' in page_of(browser, story.page)
    fields = {"ground": "wrong_share", "reasons": "Too many.", "segment_numbers": "1, 3-5，15"}
    assert "1, 3, 4, 5, 15" in send(browser, story, "contests", {**fields, "stage": "check"}).text
    for wrong in ("0", "16", "a", "5-", "²", "9" * 30):
        answer = send(browser, story, "contests", {**fields, "segment_numbers": wrong, "stage": "check"})
        assert answer.status_code == 422
        assert "Give segments by their numbers" in answer.text
    answer = send(browser, story, "contests", {**fields, "stage": "send"})
    assert answer.status_code == 303
    appeal = story.casework.case(story.id).appeal
    assert appeal is not None
    assert appeal.segments == (0, 2, 3, 4, 14)


@pytest.mark.parametrize(("stage", "blank"), [("check", "  "), ("send", "  "), ("check", "\u200b \u2060\ufeff\n")])
def test_a_contest_without_ground_or_reasons_is_refused(shared_site: Site, stage: str, blank: str) -> None:
    story = open_case(shared_site)
    answer = send(shared_site.browser(), story, "contests", {"ground": "", "reasons": blank, "stage": stage})
    assert answer.status_code == 422
    assert 'href="#contests-ground"' in answer.text
    assert 'href="#contests-reasons"' in answer.text
    assert story.casework.case(story.id).version == 1


def test_each_refused_file_says_why_and_the_text_is_kept(shared_site: Site) -> None:
    story = open_case(shared_site)
    files = [("empty.txt", b""), ("page.html", b"<html><script>alert(1)</script>"), ("fine.txt", b"text")]
    answer = send(shared_site.browser(), story, "contests", {**CONTEST, "stage": "send"}, files=files)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "“empty.txt” is empty" in page
    assert "“page.html”" in page
    assert "“fine.txt”" not in page
    assert "It is a review.\n\nSecond line.</textarea>" in page
    assert "Send the contest" in page
    assert story.casework.case(story.id).version == 1


def test_too_many_files_are_refused(shared_site: Site) -> None:
    story = open_case(shared_site)
    files = [(f"{number}.txt", b"%d" % number) for number in range(11)]
    answer = send(shared_site.browser(), story, "contests", {**CONTEST, "stage": "send"}, files=files)
    assert answer.status_code == 422
    assert "Send at most 10 files at once" in answer.text


def test_a_contest_sent_twice_is_one_contest(shared_site: Site) -> None:
    story = open_case(shared_site)
    browser = shared_site.browser()
    opened = page_of(browser, story.page)
    first = send(browser, story, "contests", {**CONTEST, "stage": "send"}, opened=opened)
    second = send(browser, story, "contests", {**CONTEST, "stage": "send"}, opened=opened)
    assert first.status_code == 303
    assert second.headers["location"] == first.headers["location"], "who clicks twice sees the receipt, not an error"
    assert len(story.casework.case(story.id).appeals) == 1
    other = send(browser, story, "contests", {**CONTEST, "reasons": "Another thought.", "stage": "send"}, opened=opened)
    assert other.status_code == 422
    assert "An appeal in this case is already open." in other.text
    assert "Another thought." in other.text


def test_a_stale_form_is_told_what_changed_and_may_go_on(shared_site: Site) -> None:
    story = open_case(shared_site).contest()
    browser = shared_site.browser()
    opened = page_of(browser, story.page)
    story.say(story.right_holder, "The other side was quicker.")
    answer = send(browser, story, "statements", {"statement": "My careful answer"}, opened=opened)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "This case changed after you opened the form" in page
    assert "My careful answer</textarea>" in page
    assert [one.side for one in story.casework.case(story.id).statements] == [Role.RIGHT_HOLDER]
    again = send(browser, story, "statements", {"statement": "My careful answer"}, opened=answer.text)
    assert again.headers["location"] == f"{story.page}?done=statements"
    assert len(story.casework.case(story.id).statements) == 2


def test_a_stale_form_whose_step_is_gone_gives_the_text_back(shared_site: Site) -> None:
    story = open_case(shared_site).contest()
    browser = shared_site.browser()
    opened = page_of(browser, story.page)
    story.withdraw(story.uploader)
    answer = send(browser, story, "statements", {"statement": "Hours of work"}, opened=opened)
    assert answer.status_code == 422
    assert "There is no open appeal in this case." in answer.text
    assert "Hours of work" in answer.text


def test_the_page_and_its_start_token_hide_a_sealed_ruling(shared_site: Site) -> None:
    """Not one letter of the page tells that a first ruling is in."""
    story = open_case(shared_site).contest().seat()
    browser = shared_site.browser()
    address = f"{story.page}?confirm=withdrawals"
    before = page_of(browser, address)
    story.rule(RulingOutcome.UPHELD)
    after = page_of(browser, address)
    assert start_token(before) == "3"
    assert _without_nonce(before) == _without_nonce(after)
    story.rule(RulingOutcome.UPHELD)
    decided = page_of(browser, story.page)
    assert SECRET_WORDS[0] in decided
    assert "the upload is not blocked" not in decided, "it is, and the ruling says so"


def test_the_ruling_comes_with_reasons_and_without_names(shared_site: Site) -> None:
    story = open_case(shared_site).contest().rule(RulingOutcome.UPHELD, RulingOutcome.REVERSED, RulingOutcome.REVERSED)
    page = page_of(shared_site.browser(), story.page)
    for text in ("The block was wrong. The upload is public again.", SECRET_WORDS[0], "Third reviewer", "criticism"):
        assert text in page, text
    assert page.count("This opinion differed and did not decide.") == 1
    for account in shared_site.parts.accounts.list_all():
        assert account.id not in page
        assert account.name not in page
    assert "you may sue at any time" in page


def test_withdrawal_is_asked_about_once_more(shared_site: Site) -> None:
    story = open_case(shared_site).contest()
    browser = shared_site.browser()
    assert "Yes, withdraw the appeal" not in page_of(browser, story.page)
    opened = page_of(browser, f"{story.page}?confirm=withdrawals")
    assert "Yes, withdraw the appeal" in opened
    answer = send(browser, story, "withdrawals", {}, opened=opened)
    page = page_of(browser, answer.headers["location"])
    assert "Your appeal was withdrawn" in page
    assert "the appeal was withdrawn and the case is closed" in page


def test_files_are_added_and_downloaded_by_their_side(shared_site: Site) -> None:
    story = open_case(shared_site).contest()
    browser = shared_site.browser()
    assert send(browser, story, "evidence", {}, files=[]).status_code == 422
    answer = send(browser, story, "evidence", {}, files=[("授权书 1.txt", b"You may.")])
    assert answer.headers["location"] == f"{story.page}?done=evidence"
    page = page_of(browser, answer.headers["location"])
    assert "Files received: 1." in page
    (exhibit,) = story.casework.case(story.id).exhibits
    file = browser.get(f"{story.page}/evidence/{exhibit.evidence.id}")
    assert (file.status_code, file.content) == (200, b"You may.")
    assert file.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E6%8E%88%E6%9D%83%E4%B9%A6%201.txt" in file.headers["content-disposition"]
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    other = open_case(shared_site)
    assert browser.get(f"{other.page}/evidence/{exhibit.evidence.id}").status_code == 404


def test_the_challenged_uploader_reads_everything_and_answers(shared_site: Site) -> None:
    story = open_case(shared_site, "0.40").challenge()
    page = page_of(shared_site.browser(), story.page)
    assert "The right holder challenges your use. Answer by 4 July 2026, 16:00 Beijing time" in page
    assert "It shows the ending." in page
    assert "Exceptions considered" in page
    assert (
        "Only the side that lodged the appeal" not in page.partition("All your remedies")[0].partition("<h1")[2][:2000]
    )
    assert "Yes, withdraw" not in page_of(shared_site.browser(), f"{story.page}?confirm=withdrawals")


def test_a_late_contest_is_told_that_time_is_over(sqlite_site: Site) -> None:
    story = open_case(sqlite_site)
    sqlite_site.clock.advance(timedelta(days=181))
    browser = sqlite_site.browser()
    page = page_of(browser, story.page)
    assert "The time to contest the block has ended." in page
    assert "The time for this step has ended." in page
    assert "Go on to check your answers" not in page


def test_words_that_were_erased_say_so(sqlite_site: Site) -> None:
    story = open_case(sqlite_site).contest(a_file())
    sqlite_site.parts.casework.vault.erase(story.uploader.id)
    browser = sqlite_site.browser()
    page = page_of(browser, story.page)
    assert "(deleted on request)" in page
    assert "My review" not in page
    (exhibit,) = story.casework.case(story.id).exhibits
    assert browser.get(f"{story.page}/evidence/{exhibit.evidence.id}").status_code == 404


def test_htmx_gets_the_block_alone(shared_site: Site) -> None:
    story = open_case(shared_site)
    browser = shared_site.browser()
    faulty = send(browser, story, "marks", {"basis": ""}, htmx=True)
    assert faulty.status_code == 422
    assert "<html" not in faulty.text
    assert "There is a problem" in faulty.text
    done = send(browser, story, "marks", MARK, htmx=True)
    assert done.status_code == 200
    assert "<html" not in done.text
    assert "Your mark was received" in done.text


def test_a_receipt_is_never_made_up(shared_site: Site) -> None:
    story = open_case(shared_site)
    for address in ("?done=contests", "?done=%3Cscript%3E", "?done=rulings"):
        assert "was received" not in page_of(shared_site.browser(), story.page + address)


def test_forms_need_their_token_and_steps_their_side(shared_site: Site) -> None:
    story = open_case(shared_site, "0.40")
    browser = shared_site.browser()
    assert browser.post(f"{story.page}/marks", data=MARK).status_code == 403
    opened = page_of(browser, "/sign-in")
    data = {"_csrf_token": form_token(opened), "ground": "other", "reasons": "r", "exceptions_considered": "e"}
    assert browser.post(f"{story.page}/challenges", data=data).status_code == 404
    assert browser.post(f"{story.page}/rulings", data=data).status_code == 404
    assert story.casework.case(story.id).version == 1


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_what_people_write_stays_text(shared_site: Site, nasty: str) -> None:
    story = open_case(shared_site, upload__title=nasty, upload__url="javascript:alert(1)", work__title=nasty[:200])
    browser = shared_site.browser()
    answer = send(browser, story, "contests", {**CONTEST, "reasons": nasty, "stage": "send"}, files=[("a.txt", b"a")])
    page = browser.get(answer.headers["location"]).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "javascript:" not in page
    assert "49" not in page.partition("<h1")[2].partition("</h1>")[0]


def test_nul_and_surrogates_in_a_form_are_no_fault(shared_site: Site) -> None:
    story = open_case(shared_site)
    for text in ("a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")):
        answer = send(shared_site.browser(), story, "contests", {**CONTEST, "reasons": text, "stage": "send"})
        assert answer.status_code in (303, 422)


@pytest.mark.parametrize(
    "state", ["blocked", "warning", "lawful", "marked", "contested", "decided", "withdrawn", "name"]
)
def test_chinese_pages_have_no_english(shared_site: Site, state: str) -> None:
    story = play(shared_site, state)
    browser = shared_site.browser(language="zh")
    page = browser.get(f"{story.page}?confirm=withdrawals")
    assert page.status_code == 200
    assert english_leaks(page.text, {"JSON"}) == []
    if state == "blocked":
        for step, fields in (
            ("marks", {}),
            ("contests", {"stage": "check"}),
            ("contests", {**CONTEST, "reasons": "这是一篇评论。", "stage": "check"}),
        ):
            assert english_leaks(send(browser, story, step, fields).text) == []


def play(site: Site, state: str) -> Story:
    """A case in this state."""
    if state == "name":
        return open_case(site, evidence__method="keyword", evidence__share_of_upload=None, evidence__segments=[])
    story = open_case(site, {"warning": "0.7", "lawful": "0.4"}.get(state, "0.93"))
    if state == "marked":
        return story.mark()
    if state in ("contested", "decided", "withdrawn"):
        story.contest(a_file())
        story.say(Actor(role=Role.RIGHT_HOLDER, id=story.right_holder.id), "No.")
    if state == "decided":
        story.rule(RulingOutcome.PARTIALLY_REVERSED, RulingOutcome.PARTIALLY_REVERSED)
    return story.withdraw(story.uploader) if state == "withdrawn" else story


def test_a_file_above_the_limit_is_refused_with_the_limit_and_the_text_is_kept(shared_site: Site) -> None:
    story = open_case(shared_site)
    large = b"a" * (shared_site.parts.settings.most_file_bytes + 1)
    answer = send(shared_site.browser(), story, "contests", {**CONTEST, "stage": "send"}, files=[("large.txt", large)])
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "“large.txt” is larger than 20 MB" in page
    assert "It is a review.\n\nSecond line.</textarea>" in page


def test_who_contests_reads_when_comments_end_and_who_comes_next(sqlite_site: Site) -> None:
    """Comments end with the seating of the panel, which may come before the moment that is named (decision 13)."""
    seat_reviewers(sqlite_site, 2)
    story = open_case(sqlite_site).contest()
    browser = sqlite_site.browser()
    page = page_of(browser, f"{story.page}?done=contests")
    assert "Both sides may comment</strong>" in page
    assert "Then two reviewers are chosen, who decide apart from one another." in page
    assert "(3 days left) at the latest; then two reviewers are chosen." in page
    assert "or until the reviewers are chosen if that is sooner" in page
    assert "Last moment for comments of both sides; then two reviewers are chosen" in page
    sqlite_site.clock.advance(timedelta(days=3))
    page = page_of(browser, story.page)
    assert "Two reviewers are being chosen." in page
    assert "You can add to it until the reviewers are chosen." in page
    assert "4 July 2026, 16:00" not in page
    story.seat()
    page = page_of(browser, story.page)
    assert "The reviewers are chosen; nothing more can be added." in page
    assert 'name="statement"' not in page
