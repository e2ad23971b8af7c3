"""The compared files on pages: who may ask for them alone, what a label may rest on, and the choice about pictures."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from casework.domain.case.media_events import MediaSide
from casework.domain.facts import Role
from casework.jobs.previews import PreviewMaker
from casework.steps.media import deposit
from tests.samples import MATCHER
from tests.views.pages.stories import Story, open_case
from tests.views.pages.test_samples import deliver, drawn, submit
from tests.web import Site

TAKEN = "The ferry left at night, and only the keeper of the lamp saw it go."


def lay(site: Site, case_id: UUID, folder: Path) -> None:
    parts = site.parts
    for side in MediaSide:
        path = folder / f"{side.value}.txt"
        path.write_text(f"{TAKEN} More of the {side.value}.")
        deposit(parts.casework, parts.previews, case_id, MATCHER, side, path, limit_bytes=1000)
    maker = PreviewMaker(parts.casework, parts.previews)
    while maker.make_one():
        pass


def text_case(site: Site, folder: Path) -> Story:
    segment = {"upload": [0, len(TAKEN)], "work": [0, len(TAKEN)]}
    story = open_case(site, upload__medium="text", work__kind="text", evidence__segments=[segment])
    lay(site, story.id, folder)
    return story


def test_the_files_alone_are_for_those_who_may_see_the_case(shared_site: Site, tmp_path: Path) -> None:
    story = text_case(shared_site, tmp_path)
    own = shared_site.browser().get(f"{story.page}/media", headers={"hx-request": "true"})
    assert own.status_code == 200
    assert own.text.count(TAKEN) == 2
    assert "<html" not in own.text
    assert own.text.count("/original") == 1
    intake = shared_site.browser(shared_site.account(Role.INTAKE))
    assert intake.get(f"/intake/cases/{story.id}/media").text.count("/original") == 2
    reviewer = shared_site.browser(shared_site.account(Role.REVIEWER, languages=("en",), media=("text",)))
    assert reviewer.get(f"/reviewer/cases/{story.id}/media").status_code == 404
    stranger = shared_site.account(Role.RIGHT_HOLDER)
    if stranger.party != story.right_holder.id:
        assert shared_site.browser(stranger).get(f"/right-holder/cases/{story.id}/media").status_code == 404


def test_whoever_labels_blind_sees_passages_but_gets_no_file(site: Site, tmp_path: Path) -> None:
    case_id = UUID(deliver(site, "blind-media"))
    (tmp_path / "upload.txt").write_text(TAKEN)
    parts = site.parts
    deposit(
        parts.casework, parts.previews, case_id, MATCHER, MediaSide.UPLOAD, tmp_path / "upload.txt", limit_bytes=1000
    )
    PreviewMaker(parts.casework, parts.previews).make_one()
    officer = site.browser(site.account(Role.COMPLIANCE))
    item = officer.get(f"{drawn(officer)}/next").headers["location"].partition("?")[0]
    assert "/items/" in item
    page = officer.get(item)
    assert page.status_code == 200
    assert "Look and listen for yourself" in page.text
    assert str(case_id) not in page.text
    assert "/original" not in page.text
    assert officer.get(f"{item}/media").status_code == 200
    assert officer.get(f"{item}/media/upload/original").status_code == 404
    assert officer.get(f"{item}/media/upload/segments").status_code == 404


def test_the_choice_about_pictures_leads_back_to_this_site_only(shared_site: Site) -> None:
    officer = shared_site.browser(shared_site.account(Role.COMPLIANCE))
    for back, goes in (("/compliance/cases?q=1", "/compliance/cases?q=1#media"), ("//elsewhere.example", "/#media")):
        sent = submit(officer, "/compliance/cases", "/choices/pictures", {"pictures": "shown", "back": back})
        assert (sent.status_code, sent.headers["location"]) == (303, goes)
        assert "casework_pictures=shown" in sent.headers["set-cookie"]
        assert "HttpOnly" in sent.headers["set-cookie"]
