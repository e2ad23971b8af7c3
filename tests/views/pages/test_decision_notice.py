"""The decision page of an upload that was notified: the notice, the counter-notice with its cure, the wait, the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from casework.domain.case.state import Procedure
from casework.domain.regimes.elements import NoticeElement
from casework.domain.values import Availability, Measure
from tests.look.leaks import english_leaks
from tests.views.pages import notice_stories as play
from tests.views.pages.conftest import LawSites
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_decision import page_of, send
from tests.web import Site

COUNTER = {"identity": "Zhang San", "prima_facie_evidence": "I have a licence of 2 May."}


@pytest.fixture
def civil(law_sites: LawSites) -> Site:
    return law_sites("cn-civil-code")


def restricted(site: Site, measure: Measure = Measure.BLOCK) -> Story:
    return play.accept(play.notify(open_case(site, "0.70")), measure)


def test_a_notice_under_check_is_told_without_its_content(civil: Site) -> None:
    story = play.notify(open_case(civil, "0.70"))
    page = page_of(civil.browser(), story.page)
    assert "A right holder sent a notice. A person checks it" in page
    assert "You get its content once a person has accepted it." in page
    assert "Words on identity" not in page
    assert "Your upload is public" in page


def test_a_forwarded_notice_stands_there_with_measure_and_reasons(civil: Site) -> None:
    story = restricted(civil)
    page = page_of(civil.browser(), story.page)
    for text in (
        "Your upload is blocked",
        "If the measure is wrong, answer the notice with a counter-notice.",
        "The notice as it was forwarded",
        "Words on identity",
        "The film is shown as a whole.",
        "a block",
        "A person at the platform, upon the right holder's notice.",
        "Notice accepted; measure: a block",
        "Send a counter-notice",
        "Contest the block",
    ):
        assert text in page, text
    assert play.INTAKE.id not in page
    assert story.right_holder.id not in page


def test_where_the_law_forwards_no_contact_there_is_none(law_sites: LawSites) -> None:
    site = law_sites("us-dmca")
    story = play.accept(play.notify(open_case(site, "0.70")))
    page = page_of(site.browser(), story.page)
    assert "Words on signature" in page
    assert "Words on contact" not in page


def test_the_counter_notice_asks_for_what_the_regime_asks_for_and_nothing_else(law_sites: LawSites) -> None:
    for regime in ("cn-civil-code", "us-dmca", "cn-network-rights"):
        site = law_sites(regime)
        story = restricted(site)
        page = page_of(site.browser(), story.page)
        form = page.partition('action="' + story.page + '/counter-notices"')[2].partition("</form>")[0]
        contents = play.regime_of(story).counter_notice
        assert contents is not None
        asked = {one.value for one in NoticeElement if f'name="{one.value}"' in form}
        assert asked == {one.value for one in contents.ids}
        for element in contents.elements:
            assert element.article.en in form


def test_a_counter_notice_is_checked_and_then_sent(civil: Site) -> None:
    story = restricted(civil)
    browser = civil.browser()
    check = send(browser, story, "counter-notices", {**COUNTER, "stage": "check"})
    assert check.status_code == 200
    assert "Check your answers and send" in check.text
    assert "I have a licence of 2 May." in check.text
    assert story.casework.case(story.id).procedure is Procedure.MEASURE_TAKEN
    answer = send(browser, story, "counter-notices", {**COUNTER, "stage": "send"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{story.page}?done=counter-notices")
    page = page_of(browser, answer.headers["location"])
    assert "Your counter-notice was received" in page
    assert "You need do nothing now: the platform checks your counter-notice." in page
    counter = story.casework.case(story.id).notices[-1].counter_notices[-1]
    assert play.words_of(story.casework.vault, counter.content) == COUNTER


def test_a_missing_element_is_named_beside_its_field_and_in_the_summary(civil: Site) -> None:
    story = restricted(civil)
    answer = send(
        civil.browser(), story, "counter-notices", {"identity": " ", "prima_facie_evidence": "Mine.", "stage": "check"}
    )
    assert answer.status_code == 422
    assert '<a href="#counter-notices-identity">Fill in: True name</a>' in answer.text
    assert "Mine." in answer.text
    assert story.casework.case(story.id).procedure is Procedure.MEASURE_TAKEN


def test_a_statement_under_perjury_has_to_be_ticked(law_sites: LawSites) -> None:
    site = law_sites("us-dmca")
    story = restricted(site)
    fields = {
        name: "x" for name, said in play.elements(play.regime_of(story).counter_notice).items() if said is not True
    }
    answer = send(site.browser(), story, "counter-notices", {**fields, "jurisdiction_consent": "yes", "stage": "check"})
    assert answer.status_code == 422
    assert "Confirm: Statement of a mistake, under penalty of perjury" in answer.text
    sent = send(
        site.browser(),
        story,
        "counter-notices",
        {**fields, "jurisdiction_consent": "yes", "mistake_statement_under_perjury": "yes", "stage": "send"},
    )
    assert sent.status_code == 303
    counter = story.casework.case(story.id).notices[-1].counter_notices[-1]
    assert play.words_of(story.casework.vault, counter.content)["mistake_statement_under_perjury"] is True


def test_a_deficient_counter_notice_is_completed_with_what_is_missing_alone(civil: Site) -> None:
    story = play.counter(restricted(civil))
    play.find_deficient(story, "counter_notice", NoticeElement.PRIMA_FACIE_EVIDENCE)
    browser = civil.browser()
    page = page_of(browser, story.page)
    assert "Your counter-notice is incomplete. Complete it by" in page
    assert "The scan is unreadable." in page
    form = page.partition('/counter-notices"')[2].partition("</form>")[0]
    assert 'name="prima_facie_evidence"' in form
    assert 'name="identity"' not in form
    answer = send(browser, story, "counter-notices", {"prima_facie_evidence": "A readable scan.", "stage": "send"})
    assert answer.status_code == 303
    counter = story.casework.case(story.id).notices[-1].counter_notices[-1]
    assert counter.deficiency is None
    assert play.words_of(story.casework.vault, counter.content) == {
        "identity": "Words on identity",
        "prima_facie_evidence": "A readable scan.",
    }


def test_a_stale_form_is_told_and_one_that_is_no_longer_possible_keeps_what_was_typed(civil: Site) -> None:
    story = restricted(civil)
    browser = civil.browser()
    opened = page_of(browser, story.page)
    play.counter(story)
    answer = send(browser, story, "counter-notices", {**COUNTER, "stage": "send"}, opened=opened)
    assert answer.status_code == 422
    assert "A counter-notice is already open." in answer.text
    assert "I have a licence of 2 May." in answer.text
    other = restricted(civil)
    opened = page_of(browser, other.page)
    play.sue(other)
    changed = send(browser, other, "counter-notices", {**COUNTER, "stage": "send"}, opened=opened)
    assert changed.status_code == 422
    assert "This case changed after you opened the form" in changed.text
    assert "Legal action reported: Court" in changed.text
    assert send(browser, other, "counter-notices", {**COUNTER, "stage": "send"}).status_code == 303


def test_the_wait_says_from_which_event_until_when_and_how_long_it_was_paused(civil: Site) -> None:
    story = play.accept_counter(play.counter(restricted(civil)))
    browser = civil.browser()
    page = page_of(browser, story.page)
    assert "the right holder is to confirm that the counter-notice arrived" in page
    assert "with the arrival of the counter-notice at the right holder, which is not confirmed yet" in page
    play.deliver(story)
    page = page_of(browser, story.page)
    assert "The upload returns at 17 July 2026, 00:00 Beijing time (15 days left)" in page
    play.pause(story, 5)
    page = page_of(browser, story.page)
    assert "5 working days are not counted" in page
    assert "24 July 2026, 00:00 Beijing time" in page
    assert "Notary, no. 7" not in page


def test_legal_action_is_shown_with_its_proof_and_stays_the_measure(civil: Site) -> None:
    story = play.sue(play.deliver(play.accept_counter(play.counter(restricted(civil)))))
    page = page_of(civil.browser(), story.page)
    assert "Legal action was reported, so the measure stays until a court or an authority has decided." in page
    assert "Court of the capital, no. 12" in page
    assert "Stayed: legal action was reported" in page


def test_the_upload_returns_when_the_wait_ends_in_silence(law_sites: LawSites) -> None:
    site = law_sites("cn-e-commerce")
    story = play.deliver(play.accept_counter(play.counter(restricted(site))))
    play.let_time_pass(story, timedelta(days=16))
    page = page_of(site.browser(), story.page)
    assert "Your upload is public" in page
    assert "Nothing to do: the measure upon the notice has ended." in page
    assert "No legal action was reported." in page


def test_where_the_law_knows_no_wait_the_upload_returns_at_once(law_sites: LawSites) -> None:
    site = law_sites("cn-network-rights")
    story = play.accept_counter(play.counter(restricted(site)))
    page = page_of(site.browser(), story.page)
    assert "Your upload is public" in page
    assert "The law restores the upload without a wait." in page
    assert story.casework.case(story.id).availability is Availability.PUBLIC


def test_without_a_chosen_regime_the_page_says_why_there_is_no_form(shared_site: Site) -> None:
    page = page_of(shared_site.browser(), open_case(shared_site, "0.93").page)
    assert "Send a counter-notice" in page
    assert "There is no measure upon a notice to answer with a counter-notice." in page


@pytest.mark.parametrize("state", ["checked", "measure", "label", "counter", "cure", "waiting", "paused", "stayed"])
def test_chinese_pages_of_notices_have_no_english(civil: Site, state: str) -> None:
    story = in_state(civil, state)
    uploader = civil.browser(language="zh").get(story.page)
    assert uploader.status_code == 200
    assert english_leaks(uploader.text, {"JSON"}) == []


def in_state(site: Site, state: str) -> Story:
    """A case in a state of the notice line."""
    story = play.notify(open_case(site, "0.70"))
    if state == "checked":
        return story
    play.accept(story, Measure.LABEL if state == "label" else Measure.BLOCK)
    if state in ("measure", "label"):
        return story
    play.counter(story)
    if state == "counter":
        return story
    if state == "cure":
        return play.find_deficient(story, "counter_notice", NoticeElement.IDENTITY)
    play.accept_counter(story)
    if state == "waiting":
        return story
    play.pause(play.deliver(story), 3)
    return play.sue(story) if state == "stayed" else story
