"""Previews on a page: what the components say and draw, and that the browser plays what our ffmpeg makes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import Environment
from playwright.sync_api import Route

from casework.domain.case.media_events import MediaSide
from casework.previews.reading import MediaState, PlayedMark, SideMedia
from casework.views.drawing import waveform_path
from casework.views.language import Language, use_language
from casework.views.media_bench import PassagePair, ShownPassage
from casework.views.media_labels import preview_problem_label
from matching_adapter.media.previews import write_excerpt
from tests.look.browser import Windows
from tests.look.gallery import gallery_environment
from tests.look.leaks import english_leaks
from tests.matching.media_files import make, source

D = Decimal
SVG = "{http://www.w3.org/2000/svg}"
SOUND = SideMedia(
    MediaSide.UPLOAD,
    MediaState.READY,
    length=D(60),
    peaks=(0, 50, 100, 25),
    marks=(PlayedMark(D(15), D(30), 0), PlayedMark(D(45), D("45.1"), 1)),
    strip="/strip.jpg",
    frames=(D("7.5"), D("22.5")),
)
PAGE = """
{%- from "components/media.html" import media_state, waveform, frame_strip, passage_pair -%}
<html lang="{{ current_language().html_lang }}"><head><title>1</title></head><body>
{{ media_state(media) }}{{ waveform("w", media) }}{{ frame_strip(media) }}
{% for pair in pairs %}{{ passage_pair(pair) }}{% endfor %}</body></html>
"""


@pytest.fixture(scope="module")
def environment() -> Environment:
    return gallery_environment()


def page(
    environment: Environment, media: SideMedia, language: Language = Language.EN, pairs: Sequence[PassagePair] = ()
) -> str:
    with use_language(language):
        return environment.from_string(PAGE).render(media=media, pairs=pairs)


def test_the_waveform_marks_the_segments_and_says_them_in_words(environment: Environment) -> None:
    html = page(environment, SOUND)
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", html, re.DOTALL).group())  # type: ignore[union-attr]
    marks = [(rect.get("x"), rect.get("width")) for rect in svg.findall(f"{SVG}rect")]
    assert marks == [("120", "120"), ("360", "2")]
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "How loud it is, over 60 seconds"
    said = svg.findtext(f"{SVG}desc") or ""
    assert "Segment 1: 0:15 to 0:30." in said
    assert "Segment 2" in said
    assert 'alt="Frames at' in html


def test_the_outline_of_a_sound_is_as_high_as_it_is_loud() -> None:
    assert waveform_path((50, 25), 100, 40) == "M25 0L75 10L75 30L25 40Z"
    assert waveform_path((0, 0), 100, 40) == "M25 19.6L75 19.6L75 20.4L25 20.4Z"
    assert waveform_path((), 100, 40) == ""


def test_what_is_not_ready_says_why(environment: Environment) -> None:
    for state, problem, said in (
        (MediaState.NONE, None, "There is no file to look at."),
        (MediaState.WAITING, None, "The preview is being prepared."),
        (MediaState.WAITING, "timeout", "The last attempt failed: it took too long. It is tried again."),
        (MediaState.FAILED, "not_located", "The preview could not be prepared: it is not known which part"),
    ):
        assert said in page(environment, SideMedia(MediaSide.WORK, state, problem=problem))


def test_every_failure_of_a_decoding_has_words() -> None:
    general = preview_problem_label("fault")
    codes = ("undecodable", "too_long", "too_large", "timeout", "too_much_memory", "no_sound", "no_picture")
    for code in (*codes, "decoder_missing", "no_preview", "not_located", "tampered"):
        assert preview_problem_label(code) != general, code


def test_chinese_pages_have_no_english_and_texts_of_others_are_escaped(environment: Environment) -> None:
    words = ShownPassage(0, (("<b>前文 ", False, False), ("<i>共有", True, True)), cut=True, long=False)
    media = SideMedia(MediaSide.WORK, MediaState.READY, peaks=SOUND.peaks, length=D(3))
    html = page(environment, media, Language.ZH, [PassagePair(1, words, None)])
    assert english_leaks(html) == []
    numbered = '<span class="casework-passage__number">1</span>'
    assert f'&lt;b&gt;前文 {numbered}<mark class="casework-passage__shared">&lt;i&gt;共有</mark>' in html
    for state in MediaState:
        assert english_leaks(page(environment, SideMedia(MediaSide.WORK, state, problem="fault"), Language.ZH)) == []


def test_the_browser_plays_excerpts_and_jumps_in_them(windows: Windows, tmp_path: Path) -> None:
    """Chromium plays what the bundled ffmpeg makes of a film and of a song, and finds a place in it."""
    film = make(
        tmp_path / "film.mkv",
        *source("testsrc=size=160x90:rate=10:duration=4"),
        *source("sine=frequency=440:duration=4"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "libopus"),
    )
    stretches = [(D(0), D(1)), (D(2), D(4))]
    write_excerpt(film, "video/x-matroska", stretches, tmp_path / "film.mp4", sound=True, picture=True)
    write_excerpt(film, "video/x-matroska", stretches, tmp_path / "song.mp4", sound=True, picture=False)

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        content = (tmp_path / name).read_bytes() if name.endswith(".mp4") else b"<!doctype html><title>1</title>"
        kind = {"film.mp4": "video/mp4", "song.mp4": "audio/mp4"}.get(name, "text/html")
        asked = re.match(r"bytes=(\d+)-", route.request.headers.get("range", ""))
        if asked is None:
            route.fulfill(body=content, content_type=kind)
            return
        start = int(asked.group(1))
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}", "Accept-Ranges": "bytes"}
        route.fulfill(status=206, body=content[start:], content_type=kind, headers=headers)

    play = """async ([tag, name]) => {
        const player = document.createElement(tag);
        player.muted = true;
        player.src = "/" + name;
        document.body.append(player);
        await player.play();
        const until = (test) => new Promise((done) => {
            const look = () => test() ? done() : setTimeout(look, 20);
            look();
        });
        await until(() => player.currentTime > 0.1);
        player.pause();
        player.currentTime = 2;
        await until(() => !player.seeking && player.readyState >= 2);
        return [player.duration, player.currentTime, player.videoWidth ?? 0, player.error];
    }"""
    tab = windows.open().page
    tab.route("**/*", answer)
    tab.goto("http://casework.test/")
    for tag, name, width in (("video", "film.mp4", 160), ("audio", "song.mp4", 0)):
        length, second, seen, error = tab.evaluate(play, [tag, name])
        assert abs(length - 3) < 0.2
        assert (round(second, 1), seen, error) == (2.0, width, None)
