"""Results of external engines that wait for a person, on pages: found, read, taken in, thrown away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from casework.database import parse_database_url
from casework.domain.facts import Role
from casework.quarantine import KEPT_AFTER_DISCARD, Held
from casework.views.message_fields import LONGEST_SHOWN, MOST_FIELDS, message_fields
from casework.views.pages.compliance_quarantine import PAGE
from tests.api.engine_messages import UPLOAD, WORK, Engine, match, message, site_with
from tests.look.leaks import english_leaks
from tests.web import Browser, form_token

DESK = "/compliance/quarantine"
ITEM = re.compile(rf'href="({DESK}/[0-9a-f-]{{36}})"')


@pytest.fixture(scope="module")
def engine(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A site with an engine; each test has messages of its own."""
    folder = tmp_path_factory.mktemp("engine")
    path = folder / "casework.db"
    path.write_bytes(_sqlite_template.read_bytes())
    with site_with(parse_database_url(f"sqlite:///{path}"), folder) as made:
        yield made


def officer(engine: Engine, *roles: Role, language: str = "en") -> Browser:
    return engine.site.browser(engine.site.account(*(roles or (Role.COMPLIANCE,))), language=language)


def press(browser: Browser, page: str, step: str, **data: Any) -> httpx.Response:
    token = form_token(browser.get(page).text)
    return browser.post(f"{page}/{step}", data={"_csrf_token": token, **data})


def found(browser: Browser, words: str, **more: str) -> list[str]:
    """The addresses of what a search finds."""
    page = browser.get(DESK, params={"q": words, **more})
    assert page.status_code == 200
    return ITEM.findall(page.text)


def test_an_officer_reads_mends_and_takes_it_in_again(engine: Engine) -> None:
    engine.results(message(match("song-1"), upload="mend-1", remark="<b>loud</b>\u202e"), "mend")
    browser = officer(engine)
    (page,) = found(browser, "mend-1")
    text = browser.get(page).text
    for said in ("mend-1", "song-1", "0:00", "3:06", "/matches/0/work", "&lt;b&gt;loud&lt;/b&gt;", r"\u202e"):
        assert said in text, said
    assert "<b>loud" not in text
    assert "\u202e" not in text
    again = press(browser, page, "releases")
    assert (again.status_code, "Nobody has said" in again.text) == (422, True)
    engine.knows({"mend-1": {**UPLOAD, "id": "up-mend"}})
    assert "which work" in press(browser, page, "releases").text
    engine.knows(works={"song-1": WORK})
    done = press(browser, page, "releases")
    assert (done.status_code, done.headers["location"]) == (303, f"{page}?done=releases")
    text = browser.get(f"{page}?done=releases").text
    case = re.search(r'href="(/compliance/cases/[0-9a-f-]{36})"', text)
    assert case is not None
    assert browser.get(case[1]).status_code == 200
    assert found(browser, "mend-1") == []
    assert found(browser, "mend-1", state="settled") == [page]
    assert form_token_missing(text), "what was taken in is settled"


def form_token_missing(text: str) -> bool:
    return f"{DESK}/" not in "".join(re.findall(r'action="([^"]+)"', text))


def test_what_was_discarded_says_why_and_can_be_taken_back(engine: Engine) -> None:
    engine.results(message(match("song-2"), upload="gone-1"), "gone")
    browser = officer(engine)
    (page,) = found(browser, "song-2")
    without = press(browser, page, "discards")
    assert (without.status_code, "Choose one of the answers" in without.text or "Fill in" in without.text) == (
        422,
        True,
    )
    done = press(browser, page, "discards", reason="not_ours")
    assert done.status_code == 303
    assert found(browser, "gone-1") == []
    listed = browser.get(DESK, params={"state": "settled", "q": "gone-1"}).text
    assert "is not ours" in listed
    assert press(browser, page, "restorations").status_code == 303
    assert found(browser, "gone-1") == [page]
    press(browser, page, "discards", reason="trial")
    engine.site.clock.advance(KEPT_AFTER_DISCARD)
    engine.site.parts.match_results.quarantine.forget()
    browser = officer(engine)
    text = browser.get(page).text
    assert "was erased" in text
    assert "Take it back" not in text
    assert browser.get(f"{page}/message").status_code == 404


def test_many_are_tried_again_at_once_page_by_page(engine: Engine) -> None:
    works = [f"many-{number:02d}" for number in range(PAGE + 2)]
    engine.results(message(*(match(one) for one in works), upload="many"), "many")
    browser = officer(engine)
    first = browser.get(DESK, params={"q": "many"})
    shown = ITEM.findall(first.text)
    assert len(shown) == PAGE
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    rest = ITEM.findall(browser.get(following[1].replace("&amp;", "&")).text)
    assert len({*shown, *rest}) == PAGE + 2
    known = sorted(set(re.findall(r">(many-[0-9]{2})<", first.text)))[:3]
    engine.knows({"many": {**UPLOAD, "id": "up-many"}}, {one: {**WORK, "id": one} for one in known})
    data = {"_csrf_token": form_token(first.text), "q": "many", "item": [one.rpartition("/")[2] for one in shown]}
    sent = browser.post(f"{DESK}/releases", data=data)
    assert sent.status_code == 303
    after = browser.get(sent.headers["location"]).text
    assert "3 results were taken in" in after
    assert len(found(browser, "many", state="settled")) == 3


def test_a_message_that_the_mapping_no_longer_fits_says_where(engine: Engine) -> None:
    body = b'{"upload": "odd", "matches": [{"work": "song-4", "method": "magic"}], "empty": {}}'
    quarantine = engine.site.parts.match_results.quarantine
    quarantine.record("own", "odd", body, "odd", [Held("song-4", "unknown_work")], [])
    browser = officer(engine, Role.INTAKE)
    (page,) = found(browser, "odd")
    text = browser.get(page).text
    assert "/matches/0/method" in re.sub(r"<[^>]+>", "", text.partition('id="message"')[0])
    assert "does not fit the message" in press(browser, page, "releases").text
    saved = browser.get(f"{page}/message")
    assert (saved.headers["content-disposition"].split(";")[0], saved.content) == ("attachment", body)


def test_fields_of_a_message_are_plain_and_of_a_bearable_size() -> None:
    deep = b'{"a/b": ' + b"[" * 900 + b"1.50" + b"]" * 900 + b', "long": "' + b"x" * 400 + b'", "none": null}'
    first, long, none = message_fields(deep).fields
    assert (first.pointer[:8], first.text) == ("/a~1b/0/", "1.50")
    assert (len(long.text), long.cut, none.text) == (LONGEST_SHOWN, True, "null")
    many = message_fields(json.dumps(list(range(MOST_FIELDS + 1))).encode())
    assert (len(many.fields), many.more) == (MOST_FIELDS, True)
    assert not message_fields(b"{").readable


def test_who_may_look_and_what_is_said_where_nothing_waits(engine: Engine) -> None:
    assert officer(engine, Role.REVIEWER).get(DESK).status_code == 403
    assert engine.site.browser().get(DESK).status_code in (302, 303, 401)
    browser = officer(engine)
    assert "Nothing is found" in browser.get(DESK, params={"q": "no such thing"}).text
    assert browser.get(f"{DESK}/0190d2f4-8d6b-7c3e-9f00-5a1f0e6d7c21").status_code == 404
    engine.results(message(match("song-5"), upload="last"), "last")
    (page,) = found(browser, "song-5")
    chinese = officer(engine, language="zh")
    for address in (DESK, f"{DESK}?state=settled", f"{DESK}?q=none", page):
        assert english_leaks(chinese.get(address).text) == [], address
    for one in engine.site.parts.match_results.quarantine.waiting():
        engine.site.parts.match_results.discard(one, "test", None)
    assert "No result waits" in browser.get(DESK).text
