"""Case pages as known at a past moment: what came later is not there, nothing can be done, and whose page it stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape

from casework.domain.facts import Role
from tests.look.leaks import english_leaks
from tests.samples import REVERSED
from tests.views.pages.stories import SECRET_WORDS, Story, open_case, seat_reviewers
from tests.web import Site, on_sqlite

BANNER = "This page shows what was recorded by that moment"


def grown(site: Site) -> tuple[Story, datetime, datetime]:
    """A case that is contested an hour after its decision and ruled on later; the moments in between."""
    seat_reviewers(site)
    story = open_case(site)
    opened = site.clock.now()
    site.clock.advance(timedelta(hours=1))
    story.contest()
    contested = site.clock.now()
    site.clock.advance(timedelta(hours=1))
    story.rule(REVERSED, REVERSED)
    site.clock.advance(timedelta(hours=1))
    return story, opened, contested


def test_each_side_and_staff_see_the_case_as_it_was_known(site: Site) -> None:
    story, opened, contested = grown(site)
    officer, intake = site.browser(site.account(Role.COMPLIANCE)), site.browser(site.account(Role.INTAKE))
    uploader = site.browser()
    for browser, address in (
        (officer, f"/compliance/cases/{story.id}"),
        (intake, f"/intake/cases/{story.id}"),
        (uploader, story.page),
    ):
        now = unescape(browser.get(address).text)
        assert BANNER not in now, address
        then = browser.get(address, params={"at": (opened + timedelta(minutes=1)).isoformat()})
        assert then.status_code == 200, address
        shown = unescape(then.text)
        assert BANNER in shown, address
        assert "I quote it to review it." not in shown, address
        assert "I quote it to review it." in now, address
        assert '<form method="post"' not in shown[shown.index("<main") :], address
        later = unescape(browser.get(address, params={"at": (contested + timedelta(minutes=1)).isoformat()}).text)
        assert "I quote it to review it." in later, address
        before = browser.get(address, params={"at": (opened - timedelta(days=1)).isoformat()})
        assert before.status_code == 404, address
        assert "nothing was recorded of this case" in before.text, address
        for wrong in ((site.clock.now() + timedelta(days=1)).isoformat(), "yesterday", "2026-99-99T00:00"):
            refused = browser.get(address, params={"at": wrong})
            assert refused.status_code == 422, (address, wrong)


def test_the_right_holder_sees_what_it_may_of_then(sqlite_site: Site) -> None:
    site = sqlite_site
    account = site.account(Role.RIGHT_HOLDER, right_holder_id="studio-then")
    story = open_case(site, "0.95", work__right_holder_id="studio-then")
    opened = site.clock.now()
    site.clock.advance(timedelta(hours=1))
    story.contest()
    site.clock.advance(timedelta(hours=1))
    holder, stranger = site.browser(account), site.browser(site.account(Role.RIGHT_HOLDER, right_holder_id="other"))
    address, at = f"/right-holder/cases/{story.id}", {"at": (opened + timedelta(minutes=1)).isoformat()}
    assert "I quote it to review it." in holder.get(address).text
    then = holder.get(address, params=at)
    assert BANNER in then.text
    assert "I quote it to review it." not in then.text
    assert stranger.get(address, params=at).status_code == 404
    before = holder.get(address, params={"at": (opened - timedelta(days=1)).isoformat()})
    assert (before.status_code, "nothing was recorded of this case" in before.text) == (404, True)


@on_sqlite
def test_a_local_time_is_that_of_the_platform_and_no_sealed_word_is_shown(site: Site) -> None:
    story, opened, contested = grown(site)
    officer = site.browser(site.account(Role.COMPLIANCE))
    local = (contested + timedelta(minutes=30)).astimezone(site.parts.settings.zone)
    page = officer.get(f"/compliance/cases/{story.id}", params={"at": local.strftime("%Y-%m-%dT%H:%M:%S")})
    shown = unescape(page.text)
    assert "I quote it to review it." in shown
    for secret in SECRET_WORDS:
        assert secret not in shown
    chinese = site.browser(site.account(Role.COMPLIANCE), language="zh")
    odd = {"Person", "I", "quote", "it", "to", "review", "Nothing", "more"}
    then = chinese.get(f"/compliance/cases/{story.id}", params={"at": opened.isoformat()})
    assert "当时所知" in then.text
    assert [leak for leak in english_leaks(then.text, odd) if "known" in leak or "moment" in leak] == []
    assert chinese.get("/d/none", params={"at": opened.isoformat()}).status_code == 404
