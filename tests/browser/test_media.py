"""The bench in Chromium: players that really play, go to the same segment and are heard one at a time; and all of it
without a script, on a phone, at night, on paper and blurred."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from casework.database import parse_database_url
from casework.domain.case.media_events import MediaSide
from casework.eventlog.clock import SimulatedClock
from casework.jobs.previews import PreviewMaker
from casework.steps.media import deposit
from tests.browser.looking import DESK, Look
from tests.browser.test_case_flows import Visitor
from tests.look.browser import Windows
from tests.matching.media_files import make, source
from tests.samples import MATCHER
from tests.views.pages.stories import Story, open_case, seat_reviewers
from tests.web import START, Site, running, settings_for

pytestmark = pytest.mark.browser

FILM = ("testsrc2=size=320x180:rate=10", "sine=frequency=330:sample_rate=16000")
SEGMENTS = [
    {"upload": ["1", "3"], "work": ["21", "23"], "score": "0.97"},
    {"upload": ["5", "8"], "work": ["2", "5"], "score": "0.91"},
]
REGIONS = [
    {"upload_region": ["0", "0", "0.5", "1"], "work_region": ["0.25", "0.25", "0.75", "0.75"], "score": "0.9"},
    {"upload_region": ["0.6", "0.6", "0.8", "0.8"], "work_region": ["0", "0", "0.1", "0.1"], "score": "0.9"},
]
SAME = "The ferry left at night, and only the keeper of the lamp saw it go. " * 3
PLAYERS = "[...document.querySelectorAll('[data-player]')]"
TIMES = f"{PLAYERS}.map(player => player.currentTime)"


def film(path: Path, seconds: int) -> Path:
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-t", str(seconds))
    return make(path, *source(FILM[0]), *source(FILM[1]), *coded)


def lay(site: Site, story: Story, upload: Path | None, work: Path | None) -> Story:
    """Lay files beside a case, as a matcher does."""
    parts = site.parts
    for side, path in ((MediaSide.UPLOAD, upload), (MediaSide.WORK, work)):
        if path is not None:
            deposit(parts.casework, parts.previews, story.id, MATCHER, side, path, limit_bytes=50_000_000)
    return story


def prepare(site: Site) -> None:
    maker = PreviewMaker(site.parts.casework, site.parts.previews)
    while maker.make_one():
        pass


def open_text(site: Site, folder: Path) -> Story:
    upload, work = f"{'My own words. ' * 30}{SAME}{'Mine again. ' * 10}{SAME}", f"{'Before it. ' * 60}{SAME}It goes on."
    (folder / "upload.txt").write_text(upload)
    (folder / "work.txt").write_text(work)
    first, second, there = upload.index(SAME), upload.rindex(SAME), work.index(SAME)
    place = [there, there + len(SAME)]
    segments = [{"upload": [at, at + len(SAME)], "work": place} for at in (first, second)]
    story = open_case(site, upload__medium="text", work__kind="text", evidence__segments=segments)
    return lay(site, story, folder / "upload.txt", folder / "work.txt")


@pytest.fixture(scope="module")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    with running(settings_for(parse_database_url(f"sqlite:///{path}")), SimulatedClock(START)) as made:
        yield made


@pytest.fixture(scope="module")
def stories(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story]:
    """A film, a song, a picture and a text, each with a case and with previews; and cases without."""
    seat_reviewers(site)
    folder = tmp_path_factory.mktemp("files")
    upload, work = film(folder / "upload.mp4", 9), film(folder / "work.mp4", 30)
    sound = make(folder / "upload.mp3", *source("sine=frequency=440:duration=9"))
    song = make(folder / "work.mp3", *source("sine=frequency=440:duration=30"))
    seen = make(folder / "upload.png", *source("testsrc=size=320x200:duration=1"), "-frames:v", "1")
    picture = make(folder / "work.png", *source("testsrc=size=640x400:duration=1"), "-frames:v", "1")
    length: dict[str, Any] = {"upload__amount": {"seconds": "9"}, "work__amount": {"seconds": "30"}}
    made = {
        "video": lay(site, open_case(site, evidence__segments=SEGMENTS, **length).contest(), upload, work),
        "audio": lay(site, open_case(site, upload__medium="audio", evidence__segments=SEGMENTS, **length), sound, song),
        "image": lay(
            site,
            open_case(
                site, upload__medium="image", work__kind="image", evidence__amount=None, evidence__segments=REGIONS
            ).contest(),
            seen,
            picture,
        ),
        "text": open_text(site, folder),
        "none": open_case(site),
    }
    prepare(site)
    for name in ("video", "image"):
        made[name].seat()
    # Waits: nobody prepares what came last. One side has a file that is none.
    (folder / "broken.mp4").write_bytes(upload.read_bytes()[:2000])
    made["waiting"] = lay(site, open_case(site, evidence__segments=SEGMENTS, **length), upload, None)
    return made


def times(page: Page) -> list[float]:
    found: list[float] = page.evaluate(TIMES)
    return found


def until(page: Page, condition: str) -> None:
    """Wait in the browser; as a function, because the policy of the pages lets nothing be evaluated from text."""
    page.wait_for_function(f"() => {condition}")


def wait_for_times(page: Page, upload: float, work: float) -> None:
    until(page, f"{TIMES}.every((time, side) => Math.abs(time - [{upload}, {work}][side]) < 0.05)")


def reviewer_of(site: Site, story: Story) -> Any:
    return site.parts.accounts.find(story.casework.case(story.id).panel[0])


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_both_players_go_to_a_segment_and_play_it(
    windows: Windows, address: str, stories: dict[str, Story], kind: str
) -> None:
    visitor = Visitor(windows, address, width=DESK)
    page = visitor.open(stories[kind].page)
    until(page, f"{PLAYERS}.every(one => one.readyState >= 1)")
    # Of the work the excerpt has 0:00-0:10 and 0:16-0:28: its second 21 is the excerpt's 15.
    page.get_by_role("button", name="Segment 1", exact=True).click()
    wait_for_times(page, 1, 15)
    page.get_by_role("button", name="Next segment").click()
    wait_for_times(page, 5, 2)
    current = page.locator("[data-go][aria-current=true]")
    expect(current).to_have_text("Segment 2")
    page.get_by_role("button", name="Play both").focus()
    page.keyboard.press("Enter")
    until(page, f"(({TIMES})[0] > 5.2) && (({TIMES})[1] > 2.2)")
    page.get_by_role("button", name="Pause both").click()
    upload, work = times(page)
    assert abs((upload - 5) - (work - 2)) < 0.6
    muted = f"{PLAYERS}.map(player => player.muted)"
    assert page.evaluate(muted) == [False, True]
    page.get_by_role("radio", name="Work", exact=True).check()
    assert page.evaluate(muted) == [True, False]
    # Both pause by themselves where the segment ends.
    page.evaluate(f"{PLAYERS}.forEach((one, side) => one.currentTime = [7.6, 4.6][side])")
    page.get_by_role("button", name="Play both").click()
    until(page, f"{PLAYERS}.every(one => one.paused && one.currentTime > 4.9)")
    assert times(page)[0] < 8.6
    expect(page.get_by_role("button", name="Play both")).to_be_visible()
    visitor.close()


def test_a_click_into_the_waveform_moves_both_and_a_link_one(
    windows: Windows, address: str, stories: dict[str, Story]
) -> None:
    visitor = Visitor(windows, address)
    page = visitor.open(stories["audio"].page)
    wave = page.locator("svg.casework-waveform[data-track=upload]")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] * 6 / 9, "y": 10})
    until(page, f"Math.abs(({TIMES})[0] - 6) < 0.1 && Math.abs(({TIMES})[1] - 3) < 0.1")
    expect(page.locator("[data-go][aria-current=true]")).to_have_text("Segment 2")
    page.get_by_role("link", name="Work 0:21–0:23").click()
    until(page, f"({TIMES})[1] >= 15")
    assert times(page)[0] < 7
    visitor.close()


def test_without_a_script_each_segment_is_a_link_into_the_excerpt(
    windows: Windows, address: str, stories: dict[str, Story]
) -> None:
    visitor = Visitor(windows, address, script=False)
    page = visitor.open(stories["video"].page)
    expect(page.locator("video")).to_have_count(2)
    expect(page.get_by_role("button", name="Play both")).to_have_count(0)
    expect(page.locator("[data-go]").first).to_be_hidden()
    link = page.get_by_role("link", name="Upload 0:05–0:08")
    assert (link.get_attribute("href") or "").endswith("/media/upload/excerpt#t=5,8")
    expect(page.locator("track")).to_have_count(2)
    link.click()
    page.wait_for_url("**/media/upload/excerpt#t=5,8")
    shown = Visitor(windows, address)
    played = shown.open(page.url.removeprefix(address))
    until(played, "document.querySelector('video')?.currentTime >= 5 && document.querySelector('video').readyState > 1")
    shown.close()
    visitor.close()


def test_regions_are_framed_and_the_work_lies_over_the_upload(
    windows: Windows, address: str, stories: dict[str, Story]
) -> None:
    visitor = Visitor(windows, address)
    page = visitor.open(stories["image"].page)
    expect(page.locator("#media .casework-region-upload, #media .casework-region-work")).to_have_count(4)
    over = page.locator("#overlay-work")
    # The work is shown up to 80 % each way; its first region covers the left half of the upload.
    place = [float((over.get_attribute(name) or "").rstrip("%")) for name in ("x", "y", "width", "height")]
    assert place == pytest.approx([-25, -50, 80, 160], abs=0.1)
    assert over.get_attribute("opacity") == "0.5"
    page.get_by_label("How strongly the work is seen").fill("80")
    assert over.get_attribute("opacity") == "0.8"
    loaded = "[...document.querySelectorAll('#media img')].every(one => one.complete && one.naturalWidth > 0)"
    until(page, loaded)
    visitor.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_numbers_lead_from_a_passage_to_the_same_on_the_other_side(
    windows: Windows, address: str, stories: dict[str, Story], script: bool
) -> None:
    visitor = Visitor(windows, address, script=script)
    page = visitor.open(stories["text"].page)
    # The number of a passage stands where its own segment begins, also behind what another one shares.
    second = page.locator("#passage-upload-2 + blockquote")
    expect(second.locator(".casework-passage__number + mark")).to_have_text(SAME)
    expect(second.locator("mark")).to_have_count(2)
    expect(second.locator("mark").first).to_have_css("border-bottom-style", "solid")
    page.get_by_role("link", name="On the other side: 2").first.click()
    assert page.url.endswith("#passage-work-2")
    visitor.close()


def test_a_reviewer_sees_pictures_when_asked_for_and_the_choice_is_kept(
    windows: Windows, address: str, site: Site, stories: dict[str, Story]
) -> None:
    story = stories["image"]
    visitor = Visitor(windows, address, script=False, width=DESK).sign_in(site, reviewer_of(site, story))
    page = visitor.open(f"/reviewer/cases/{story.id}")
    expect(page.locator("#media")).to_have_class("casework-media casework-media--blurred")
    page.get_by_role("button", name="Show pictures clearly").click()
    expect(page).to_have_url(f"{address}/reviewer/cases/{story.id}#media")
    expect(page.locator("#media")).to_have_class("casework-media")
    visitor.open(f"/reviewer/cases/{story.id}")
    expect(page.get_by_role("button", name="Blur pictures again")).to_be_visible()
    expect(page.get_by_role("link", name="Save the file of the work")).to_be_visible()
    visitor.close()


def test_what_is_prepared_appears_by_itself(
    windows: Windows, address: str, site: Site, stories: dict[str, Story]
) -> None:
    visitor = Visitor(windows, address)
    page = visitor.open(stories["waiting"].page)
    expect(page.get_by_text("The preview is being prepared.")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    expect(page.get_by_text("There is no file to look at.")).to_be_visible()
    prepare(site)
    expect(page.locator("video")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.get_by_text("The preview is being prepared.")).to_have_count(0)
    visitor.close()


def test_a_case_without_files_says_so(windows: Windows, address: str, stories: dict[str, Story]) -> None:
    visitor = Visitor(windows, address)
    expect(visitor.open(stories["none"].page).get_by_text("The platform sent no files for this case.")).to_be_visible()
    visitor.close()


def test_no_bench_has_faults_or_is_too_wide(
    windows: Windows, address: str, site: Site, stories: dict[str, Story]
) -> None:
    look = Look(windows, address)
    for name in ("video", "image", "text"):
        look.at(f"media of {name}", f"{stories[name].page}/media")
    session = site.parts.sessions.open(reviewer_of(site, stories["video"]).id)
    look.at("reviewer's case", f"/reviewer/cases/{stories['video'].id}", session)
    look.finish()


def test_on_paper_frames_and_passages_stay_and_controls_go(
    windows: Windows, address: str, stories: dict[str, Story]
) -> None:
    visitor = Visitor(windows, address, width=DESK)
    page = visitor.open(stories["video"].page)
    page.emulate_media(media="print")
    expect(page.locator(".casework-strip__frames").first).to_be_visible()
    expect(page.locator("[data-needs-no-script]").first).to_be_visible()
    expect(page.locator("[data-play]")).to_be_hidden()
    visitor.close()
