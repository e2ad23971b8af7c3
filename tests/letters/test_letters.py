"""Every kind of letter for each side and in each language, from stories that are played over the API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from casework.domain.case.events import EVENTS
from casework.domain.facts import Role
from casework.domain.values import WarningAnswer
from casework.letters.kinds import SIDES, LetterKind, kinds_of, letter_title
from casework.letters.letter import Letter
from casework.letters.render import letter_data, letter_fragment, standalone_html
from casework.views.language import Language, use_language
from casework.views.templating import environment_in
from tests.api.players import RULING, Players, step
from tests.api.procedures import (
    COUNTER_NOTICES,
    NOTICES,
    PROCEEDING,
    SECRET_ADDRESS,
    SECRET_CONTACT,
    WRITER_ADDRESS,
    WRITER_CONTACT,
    taken,
)
from tests.letters.conftest import At
from tests.letters.stories import STORIES, american, barred, kinds, later, posts, ruled, waited

TEMPLATES = Path(__file__).parent.parent.parent / "casework" / "templates" / "letters"
FRAMES = {"bundle_media", "bundle", "letter", "parts", "paper", "standalone", "list", "both"}
SILENT = {
    "statement_filed",
    "evidence_submitted",
    "matched_media_deposited",
    "panel_assigned",
    "re_reviewer_assigned",
    "ruling_submitted",
    "rulings_opened",
    "panel_disagreed",
    "reviewer_recused",
    "reviewer_released",
    "reviewer_seated",
    "barred_reviewer_refused",
}
"""Events that nobody is told of by letter: comments and files stand on the page, seats and seals are nobody's."""


def text_of(letter: Letter, players: Players) -> str:
    """The letter without its markup, on one line."""
    fragment = letter_fragment(letter, environment_in(players.site.parts.settings.zone), "Example Platform")
    return " ".join(fragment.striptags().split())


def letters(players: Players, case_id: str, side: Role) -> list[Letter]:
    return list(posts(players, case_id).letters(side))


def letter(players: Players, case_id: str, side: Role, kind: LetterKind) -> Letter:
    """The latest letter of a kind."""
    return next(one for one in reversed(letters(players, case_id, side)) if one.heading.kind is kind)


def test_each_kind_has_a_template_and_a_title_in_both_languages() -> None:
    bodies = {path.stem for path in TEMPLATES.glob("*.html")} - FRAMES
    assert bodies == {kind.value for kind in LetterKind}
    titles = {}
    for language in Language:
        with use_language(language):
            titles[language] = [letter_title(kind) for kind in LetterKind]
    assert all(re.search(r"[\u4e00-\u9fff]", title) for title in titles[Language.ZH])
    assert all(title.isascii() and title for title in titles[Language.EN])
    assert len(set(titles[Language.EN])) == len(LetterKind), "two kinds have the same title"


def test_each_event_makes_a_letter_or_is_known_to_make_none() -> None:
    makes_none = set()
    for event in EVENTS:
        blank = event.model_construct(None, answer=WarningAnswer.TOLERATE)  # type: ignore[call-arg]  # of one kind
        name = event.TOPIC.removeprefix("case.")
        if name != "filtering_decision_recorded" and not kinds_of(blank):
            makes_none.add(name)
    assert makes_none == SILENT


def test_the_stories_lead_to_every_kind() -> None:
    told = {kind for story in STORIES.values() for kind in (*story.uploader, *story.right_holder)}
    assert told == {kind.value for kind in LetterKind}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_leads_to_its_letters_for_each_side_in_each_language(at: At, name: str) -> None:
    story = STORIES[name]
    players = at(story.regime)
    case_id, _uploader = story.play(players)
    assert kinds(players, case_id, Role.UPLOADER) == story.uploader
    assert kinds(players, case_id, Role.RIGHT_HOLDER) == story.right_holder
    environment = environment_in(players.site.parts.settings.zone)
    seen = set()
    for language in Language:
        for side in SIDES:
            with use_language(language):
                for one in letters(players, case_id, side):
                    html = standalone_html(one, environment, "Example Platform")
                    assert f'<html lang="{language.html_lang}">' in html
                    assert "None" not in html, html
                    data = letter_data(one, environment, "Example Platform")
                    assert len(data["paragraphs"]) >= 2, data
                    assert data["options"], "the way outside is always open"
                    if language is Language.ZH:
                        assert all(re.search(r"[\u4e00-\u9fff]", said) for said in data["paragraphs"]), data
                    seen.add((language, one.heading.receipt))
    assert len(seen) == 2 * (len(story.uploader) + len(story.right_holder)), "receipt codes tell letters apart"


def test_a_letter_is_the_same_whatever_comes_after(at: At) -> None:
    players = at("cn-civil-code")
    case_id, uploader, panel = players.contested("same")
    before = [text_of(one, players) for one in letters(players, case_id, Role.UPLOADER)]
    for reviewer in panel:
        taken(step(reviewer, case_id, "rulings", RULING))
    taken(step(uploader, case_id, "upload-withdrawals", {}))
    after = [text_of(one, players) for one in letters(players, case_id, Role.UPLOADER)]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2


def test_dates_stand_with_their_zone(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.open("dates")
    block = letter(players, case_id, Role.UPLOADER, LetterKind.BLOCK)
    contest = next(one for one in block.options if one.code == "contest")
    assert contest.until is not None
    said = text_of(block, players)
    assert "1 July 2026, 16:00 Beijing time" in said
    with use_language(Language.ZH):
        assert "2026年7月1日 16:00（北京时间）" in text_of(
            letter(players, case_id, Role.UPLOADER, LetterKind.BLOCK), players
        )


def test_a_deficiency_names_what_is_missing_and_until_when(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = STORIES["deficient"].play(players)
    found = letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.NOTICE_DEFICIENT)
    assert [(one.label, one.missing) for one in found.elements] == [("True name", False), ("First evidence", True)]
    assert [one.text for one in found.quotations] == ["Which scenes are meant?"]
    said = text_of(found, players)
    assert "Complete it by 6 July 2026, 16:00 Beijing time" in said
    assert "Civil Code art. 1195(1)" in said


def test_a_forwarded_counter_notice_says_from_when_the_wait_runs(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = waited(players)
    forwarded = text_of(letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.COUNTER_NOTICE_FORWARDED), players)
    assert "15 days from the arrival at the right holder" in forwarded
    assert "The wait has not begun yet" in forwarded
    begun = letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.WAIT_BEGUN)
    assert any(one.code == "legal_action" and one.until is not None for one in begun.options)


def test_an_american_counter_notice_runs_from_its_receipt_and_goes_on_with_its_address(at: At) -> None:
    players = at("us-dmca")
    case_id, _ = american(players)
    said = text_of(letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.COUNTER_NOTICE_FORWARDED), players)
    assert "The wait runs from the moment at which the platform received the counter-notice" in said
    assert "The wait has not begun yet" not in said
    holders = " ".join(text_of(one, players) for one in letters(players, case_id, Role.RIGHT_HOLDER))
    uploaders = " ".join(text_of(one, players) for one in letters(players, case_id, Role.UPLOADER))
    assert WRITER_ADDRESS in holders, "17 U.S.C. s. 512(g)(3)(D) wants it"
    assert SECRET_CONTACT not in uploaders


# What nobody else may read


def test_contact_data_go_to_the_other_side_only_where_the_law_wants_them(at: At) -> None:
    chinese = at("cn-network-rights")
    case_id, _ = barred(chinese)
    uploaders = " ".join(text_of(one, chinese) for one in letters(chinese, case_id, Role.UPLOADER))
    holders = " ".join(text_of(one, chinese) for one in letters(chinese, case_id, Role.RIGHT_HOLDER))
    assert SECRET_CONTACT not in uploaders
    assert SECRET_ADDRESS not in uploaders
    assert WRITER_CONTACT not in holders
    assert WRITER_ADDRESS not in holders
    assert "The Studio Ltd." in uploaders, "whose claim it is"
    assert "A. Writer" in holders, "whose declaration it is"


def test_no_letter_names_a_person_or_a_pseudonym(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = ruled(players)
    case = posts(players, case_id).casework.case(posts(players, case_id).case_id)
    everything = " ".join(text_of(one, players) for side in SIDES for one in letters(players, case_id, side))
    reviewers = [*players.reviewers, *(one.name for one in players.site.parts.accounts.list_all())]
    for hidden in (*reviewers, case.uploader, case.right_holder):
        assert hidden not in everything, hidden
    assert RULING["reasons"]["en"] in everything


def test_a_sealed_ruling_makes_no_letter(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _, panel = players.contested("sealed")
    before = kinds(players, case_id, Role.UPLOADER)
    taken(step(panel[0], case_id, "rulings", RULING))
    assert kinds(players, case_id, Role.UPLOADER) == before
    everything = " ".join(text_of(one, players) for side in SIDES for one in letters(players, case_id, side))
    assert RULING["reasons"]["en"] not in everything


def test_intake_does_not_read_offers_to_settle(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = STORIES["settled"].play(players)
    read = [one.kind.value for one in posts(players, case_id).headings(Role.UPLOADER, Role.INTAKE)]
    assert read == ["block", "contest", "settled"]
    numbers = [one.number for one in posts(players, case_id).headings(Role.UPLOADER, Role.INTAKE)]
    assert numbers == [1, 2, 4], "numbers are those of the side"


def test_erased_words_are_shown_as_erased(at: At) -> None:
    players = at("cn-civil-code")
    case_id, _ = players.heard("erased")
    case = posts(players, case_id).casework.case(posts(players, case_id).case_id)
    assert "It is a review of the film." in text_of(
        letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.CONTEST), players
    )
    players.site.parts.casework.vault.erase(case.uploader)
    said = text_of(letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.CONTEST), players)
    assert "It is a review of the film." not in said
    assert "(deleted on request)" in said


def test_notices_of_the_samples_are_complete() -> None:
    """What the tests above hold secret has to be in the samples, or they would prove nothing."""
    assert NOTICES["cn-network-rights"]["address"] == SECRET_ADDRESS
    assert COUNTER_NOTICES["us-dmca"]["address"] == WRITER_ADDRESS


def test_an_external_body_has_ninety_days_and_at_most_twice_as_many(at: At) -> None:
    """DSA art. 21(4): counted in the time of the standard; the page, the timeline and the letters say both ends."""
    players = at("eu-dsa")
    case_id, uploader = players.open("body", "0.3", evidence__share_of_work="0.3")
    opened = {"forum": "external_body", "opened_at": "2026-07-01T09:00:00+08:00", "reference": "ODS 2026-7"}
    taken(step(uploader, case_id, "outside-proceedings", opened))
    usual, latest = "30 September 2026", "29 December 2026"
    said = text_of(letter(players, case_id, Role.UPLOADER, LetterKind.PROCEEDING_OPENED), players)
    assert usual in said
    assert latest in said
    assert "DSA art. 21(2) and (4)" in said
    token = uploader.headers["authorization"].removeprefix("Bearer ")
    page = players.site.browser().get(f"/d/{token}").text
    named = "Decision of the external body in a highly complex dispute, at the latest"
    assert page.count(named) == 2, "among the deadlines that run, and at the end of the timeline"
    assert page.count(latest) >= 2
    later(players, days=92)
    late = text_of(letter(players, case_id, Role.RIGHT_HOLDER, LetterKind.OVERDUE), players)
    assert "no decision was reported here" in late
    assert latest in late
    assert "escalated inside the platform" not in late


def test_a_court_has_no_such_days(at: At) -> None:
    players = at("eu-dsa")
    case_id, uploader = players.open("court", "0.3", evidence__share_of_work="0.3")
    taken(step(uploader, case_id, "outside-proceedings", PROCEEDING))
    said = text_of(letter(players, case_id, Role.UPLOADER, LetterKind.PROCEEDING_OPENED), players)
    assert "has to decide by" not in said
    assert "DSA art. 21(2) and (4)" not in said


def test_both_sides_learn_why_a_measure_was_suspended(at: At) -> None:
    players = at("cn-civil-code")
    unclaimed, _ = STORIES["unclaimed"].play(players)
    uploaders = text_of(letter(players, unclaimed, Role.UPLOADER, LetterKind.MEASURE_SUSPENDED), players)
    holders = text_of(letter(players, unclaimed, Role.RIGHT_HOLDER, LetterKind.MEASURE_SUSPENDED), players)
    for said in (uploaders, holders):
        assert "suspended its measure: the work is not the claimant's" in said
        assert "The open review goes on" in said
        assert "another studio" not in said, "the words of the finding stand in the claimant's record"
    assert "claimed it against your upload" in uploaders
    assert "does not belong to you" in holders
    other = at("cn-e-commerce")
    ungrounded, _ = STORIES["ungrounded"].play(other)
    said = text_of(letter(other, ungrounded, Role.RIGHT_HOLDER, LetterKind.MEASURE_SUSPENDED), other)
    assert "the reference was withdrawn" in said
    assert "belong" not in said
