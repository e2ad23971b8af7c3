"""The right-holder desk, through the real application: the inbox, the case, the challenge, and what stays hidden."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from itertools import count
from uuid import uuid4

import pytest

from casework.domain.facts import Role
from casework.domain.values import RulingOutcome
from casework.views.access.accounts import Account
from tests.look.leaks import english_leaks
from tests.views.pages.stories import SECRET_WORDS, Story, a_file, open_case
from tests.views.pages.test_decision import page_of, send
from tests.web import Browser, Site

_studios = count(1)


class Studio:
    """A right holder of its own with its browser, so that tests do not see each other's cases."""

    def __init__(self, site: Site, language: str = "en") -> None:
        self.site = site
        self.outside_id = f"studio-{next(_studios)}"
        self.account: Account = site.account(Role.RIGHT_HOLDER, right_holder_id=self.outside_id)
        self.browser: Browser = site.browser(self.account, language=language)

    def case(self, share: str = "0.40", **changes: object) -> Story:
        return open_case(self.site, share, **{"work__right_holder_id": self.outside_id, **changes})

    def inbox(self, query: str = "") -> str:
        return page_of(self.browser, f"/right-holder{query}")


CHALLENGE = {
    "ground": "no_exception",
    "reasons": "It shows the ending.",
    "exceptions_considered": "Quotation: too long.",
}


def test_the_inbox_lists_every_use_newest_first_with_what_to_do(shared_site: Site) -> None:
    studio = Studio(shared_site)
    first = studio.case("0.40", work__title="The Older Film")
    second = studio.case("0.70", work__title="The Newer Film")
    page = studio.inbox()
    assert page.index("The Newer Film") < page.index("The Older Film")
    assert "If this use is not lawful, challenge it by 28 December 2026, 16:00 Beijing time (180 days left)." in page
    assert "Infringement warning" in page
    assert f"/right-holder/cases/{first.id}" in page
    assert f"/right-holder/cases/{second.id}" in page


def test_an_empty_inbox_says_so(shared_site: Site) -> None:
    assert "No uses yet" in Studio(shared_site).inbox()
    assert "Nothing fits" in Studio(shared_site).inbox("?state=rulings")


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?state=lawful", {"lawful"}),
        ("?state=warnings", {"warning"}),
        ("?state=appeals", {"challenged"}),
        ("?state=blocked", {"blocked"}),
        ("?medium=text", {"text"}),
        ("?work=w-text", {"text"}),
        ("?state=nonsense&medium=nonsense&before=nonsense", {"lawful", "warning", "challenged", "blocked", "text"}),
    ],
)
def test_filters_narrow_the_inbox(shared_site: Site, query: str, seen: set[str]) -> None:
    studio = Studio(shared_site)
    cases = {
        "lawful": studio.case("0.40"),
        "warning": studio.case("0.70"),
        "challenged": studio.case("0.41").challenge(),
        "blocked": studio.case("0.95"),
        "text": studio.case(
            "0.96", upload__medium="text", work__id="w-text", evidence__segments=[], evidence__amount=None
        ).mark(),
    }
    page = studio.inbox(query)
    assert {name for name, story in cases.items() if str(story.id) in page} == seen


def test_pages_of_the_inbox_follow_one_another(shared_site: Site) -> None:
    studio = Studio(shared_site)
    cases = [studio.case() for _ in range(27)]
    first = studio.inbox()
    following = first.partition('rel="next" href="')[2].partition('"')[0]
    second = page_of(studio.browser, following)
    listed = [story for story in cases if str(story.id) in first]
    assert listed == cases[2:]
    # The address of the page names the last case of the one before, and some links of the page repeat it.
    assert [story for story in cases if str(story.id) in second.replace(following, "")] == cases[:2]
    assert 'rel="next"' not in second
    assert 'rel="prev" href="/right-holder"' in second


def test_search_finds_by_anything_pasted(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case(work__id="w-sole", upload__id="up-sole")
    for pasted in (str(story.id), f"https://example.org/right-holder/cases/{story.id}?x", "up-sole", " w-sole "):
        answer = studio.browser.get("/right-holder", params={"q": pasted})
        assert (answer.status_code, answer.headers["location"]) == (303, story.desk), pasted
    assert "Nothing fits" in studio.inbox("?q=nothing-of-mine")


def test_nothing_of_other_right_holders_is_found(shared_site: Site) -> None:
    studio, other = Studio(shared_site), Studio(shared_site)
    story = other.case(upload__id="up-theirs")
    assert str(story.id) not in studio.inbox()
    for query in (f"?q={story.id}", "?q=up-theirs", "?work=w-9"):
        assert story.desk not in studio.inbox(query)
    for address in (
        story.desk,
        f"{story.desk}/evidence/ev_1",
        f"/right-holder/cases/{uuid4()}",
        "/right-holder/cases/x",
    ):
        assert studio.browser.get(address).status_code == 404
    own = studio.case()
    answer = send(studio.browser, own, "challenges", CHALLENGE, base=own.desk)
    assert answer.status_code == 303
    opened = page_of(studio.browser, own.desk)
    token = opened.partition('name="_csrf_token" value="')[2].partition('"')[0]
    assert studio.browser.post(f"{story.desk}/challenges", data={"_csrf_token": token, **CHALLENGE}).status_code == 404
    assert story.casework.case(story.id).version == 1


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.COMPLIANCE])
def test_the_desk_is_for_right_holders_alone(shared_site: Site, role: Role | None) -> None:
    story = Studio(shared_site).case()
    browser = shared_site.browser(None if role is None else shared_site.account(role))
    expected = 303 if role is None else 403
    assert browser.get("/right-holder").status_code == expected
    assert browser.get(story.desk).status_code == expected


def test_the_uploader_stays_hidden_and_a_blocked_upload_is_not_named(shared_site: Site) -> None:
    studio = Studio(shared_site)
    public, blocked = studio.case("0.40"), studio.case("0.95")
    page = page_of(studio.browser, public.desk)
    assert 'href="https://example.org/v/up-1"' in page
    assert "My review" in page
    for story in (public, blocked):
        shown = page_of(studio.browser, story.desk)
        assert story.uploader.id not in shown
        assert "u-77" not in shown
        assert story.page not in shown
    hidden = page_of(studio.browser, blocked.desk)
    assert "My review" not in hidden
    assert "example.org" not in hidden
    assert "Title and address are shown while the upload is public." in hidden


def test_a_challenge_is_checked_and_sent_with_files(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case()
    check = send(studio.browser, story, "challenges", {**CHALLENGE, "stage": "check"}, base=story.desk)
    assert check.status_code == 200
    assert "Check your answers" in check.text
    assert story.casework.case(story.id).version == 1
    fields = {**CHALLENGE, "stage": "send"}
    files = [("proof.txt", b"No licence was given.")]
    answer = send(studio.browser, story, "challenges", fields, files=files, opened=check.text, base=story.desk)
    page = page_of(studio.browser, answer.headers["location"])
    for text in (
        "Your challenge was received",
        "Files received: 1.",
        "proof.txt",
        "The ruling is due by 8 July 2026, 16:00 Beijing time",
        "Quotation: too long.",
        "The upload stays public until the ruling.",
    ):
        assert text in page, text
    assert story.casework.case(story.id).availability.value == "public"


@pytest.mark.parametrize("missing", ["ground", "reasons", "exceptions_considered"])
def test_a_challenge_must_be_complete(shared_site: Site, missing: str) -> None:
    studio = Studio(shared_site)
    story = studio.case()
    answer = send(studio.browser, story, "challenges", {**CHALLENGE, missing: " ", "stage": "send"}, base=story.desk)
    assert answer.status_code == 422
    assert f'href="#challenges-{missing}"' in answer.text
    assert story.casework.case(story.id).version == 1


def test_a_mark_can_be_challenged_and_is_shown(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case("0.95").mark()
    page = page_of(studio.browser, story.desk)
    assert "It is a review." in page
    assert "Go on to check your answers" in page


def test_both_sides_read_and_download_the_same(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case("0.95").contest(a_file())
    page = page_of(studio.browser, story.desk)
    assert "The uploader contests the block. Answer by 4 July 2026, 16:00 Beijing time" in page
    assert "I quote it to review it." in page
    (exhibit,) = story.casework.case(story.id).exhibits
    file = studio.browser.get(f"{story.desk}/evidence/{exhibit.evidence.id}")
    assert (file.status_code, file.content) == (200, b"You may use it.")
    send(studio.browser, story, "statements", {"statement": "It is the whole ending."}, base=story.desk)
    send(studio.browser, story, "evidence", {}, files=[("scene.txt", b"scene")], base=story.desk)
    other_side = page_of(shared_site.browser(), story.page)
    assert "It is the whole ending." in other_side
    assert "scene.txt" in other_side
    assert "You need do nothing now." in page_of(studio.browser, story.desk)


def test_the_ruling_reaches_the_desk(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case().challenge()
    story.rule(RulingOutcome.REVERSED)
    assert SECRET_WORDS[0] not in page_of(studio.browser, story.desk)
    story.rule(RulingOutcome.REVERSED)
    page = page_of(studio.browser, story.desk)
    assert "The use is not lawful. The upload is blocked." in page
    assert SECRET_WORDS[0] in page
    assert str(story.id) in studio.inbox("?state=rulings")
    assert "The case is decided." in studio.inbox()


def test_the_desk_withdraws_its_challenge(shared_site: Site) -> None:
    studio = Studio(shared_site)
    story = studio.case().challenge()
    opened = page_of(studio.browser, f"{story.desk}?confirm=withdrawals")
    answer = send(studio.browser, story, "withdrawals", {}, opened=opened, base=story.desk)
    assert "Your appeal was withdrawn" in page_of(studio.browser, answer.headers["location"])
    assert story.casework.case(story.id).procedure.value == "closed"


def test_a_late_ruling_and_a_late_challenge_are_said(sqlite_site: Site) -> None:
    studio = Studio(sqlite_site)
    lawful, challenged = studio.case(), studio.case().challenge()
    sqlite_site.clock.advance(timedelta(days=181))
    browser = sqlite_site.browser(studio.account)
    assert "the time to challenge this use has ended" in page_of(browser, lawful.desk)
    late = page_of(browser, challenged.desk)
    assert "The ruling is late: it was due by 8 July 2026, 16:00 Beijing time (174 days overdue)." in late


def test_htmx_gets_the_rows_alone(shared_site: Site) -> None:
    studio = Studio(shared_site)
    studio.case(work__title="The Only Film")
    answer = studio.browser.get("/right-holder?state=lawful", headers={"hx-request": "true"})
    assert "The Only Film" in answer.text
    assert "<html" not in answer.text
    assert "<form" not in answer.text


def test_chinese_pages_have_no_english(shared_site: Site) -> None:
    studio = Studio(shared_site, "zh")
    stories = [
        studio.case(),
        studio.case("0.7"),
        studio.case("0.95"),
        studio.case("0.95").mark(),
        studio.case("0.95").contest(a_file()),
        studio.case().challenge().rule(RulingOutcome.UPHELD, RulingOutcome.UPHELD),
    ]
    for address in ["/right-holder", "/right-holder?state=closed", *(story.desk for story in stories)]:
        page = studio.browser.get(address)
        assert page.status_code == 200
        assert english_leaks(page.text, {"Person"}) == [], address
    filled = {"ground": "no_exception", "reasons": "展示了结局。", "exceptions_considered": "引用过长。"}
    for fields in ({"stage": "check"}, {**filled, "stage": "check"}):
        page = send(studio.browser, stories[0], "challenges", fields, base=stories[0].desk)
        assert english_leaks(unescape(page.text), {"Person"}) == []
