"""Writes two folders of real files for demo and tests: works of several right holders, and uploads of all bands.

Everything is the project's own: the texts in `texts/`, the rest generated. Uploads take exact shares of the works, at
and right beside the limits of the bands; some files are broken on purpose, so that refusals show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import opencc

from casework.samples import compose, encoded, media

TEXTS = Path(__file__).parent / "texts"

_RIVER = (0, 4, 7, 11, 12, 7, 4, 2, 0, 5, 9, 12, 9, 5, 4, 0)
_BELL = (12, 16, 19, 24)
_OWN = (3, 3, 10, 8, 7, 5, 15, 10)


@dataclass(frozen=True)
class SampleFolders:
    """Where the sample works and the sample uploads were written, each with its list."""

    works: Path
    uploads: Path


@dataclass(frozen=True)
class Sample:
    """A file and its fields in the list; an upload of this platform comes from `uploader_id`."""

    file: str
    content: bytes
    fields: Mapping[str, object] = field(default_factory=dict)


def build_samples(directory: Path) -> SampleFolders:
    """Write the sample files into `works/` and `uploads/` below a folder, the same bytes every time."""
    folders = SampleFolders(directory / "works", directory / "uploads")
    write_samples(folders.works, "work", _works())
    write_samples(
        folders.uploads, "upload", [*_text_uploads(), *_other_uploads(), *_encoded_uploads(), *_broken_uploads()]
    )
    return folders


def _works() -> list[Sample]:
    texts = (
        ("zh-night-market", "夜市的灯", "rh-hedong-press"),
        ("zh-ferry", "末班渡船", "rh-hedong-press"),
        ("zh-island-letter", "寄往海岛的信", "rh-hedong-press"),
        ("zh-clockmaker", "修钟的人", "rh-clock-lane"),
        ("zh-tea-hill", "雨前的山", "rh-tea-hill"),
        ("en-gull-point", "The Lamp at Gull Point", "rh-gull-press"),
        ("en-flour-hours", "Flour Hours", "rh-gull-press"),
        ("en-unfinished-map", "The Unfinished Map", "rh-cartwright"),
    )
    return [
        *(_work(f"{name}.txt", _text(name).encode(), title, holder, "text") for name, title, holder in texts),
        _work("river-song.wav", media.melody(_RIVER, 20), "河上的歌", "rh-river-sound", "music"),
        _work("bell-motif.wav", media.melody(_BELL, 8), "Bell Motif", "rh-river-sound", "music"),
        _work("harbour-scene.wav", media.harbour(24), "Harbour Scene", "rh-harbour-stage", "other_audiovisual"),
        _work("harbour-poster.png", media.poster(), "Harbour Poster", "rh-harbour-stage", "image"),
        _work("dusk-film.mp4", encoded.dusk_film(), "Streets at Dusk", "rh-harbour-stage", "film"),
        _work("tide-study.mp3", encoded.tide_study(), "Tide Study", "rh-river-sound", "music"),
    ]


def _text_uploads() -> list[Sample]:
    market, ferry, island = _body("zh-night-market"), _body("zh-ferry"), _body("zh-island-letter")
    clock, tea = _body("zh-clockmaker"), _body("zh-tea-hill")
    gull, flour, chart = _body("en-gull-point"), _body("en-flour-hours"), _body("en-unfinished-map")
    chinese = f"{_body('zh-balcony-notes')}\n\n{_body('zh-bus-diary')}"
    diary = f"{_body('zh-bus-diary')}\n\n{_body('zh-balcony-notes')}"
    english = f"{_body('en-allotment-minutes')}\n\n{_body('en-slow-train')}"
    train = f"{_body('en-slow-train')}\n\n{_body('en-allotment-minutes')}"
    share = compose.with_share
    few, half, most = Fraction(3, 10), Fraction(1, 2), Fraction(9, 10)
    tiny = compose.excerpt(island, 110)
    review = {"basis": "statutory_exception", "provision": "CN_ART24_02", "statement": "书评，逐段引用并评论原文。"}
    licence = {"basis": "licensed", "statement": "Reprinted with the publisher's written permission of 3 March 2026."}
    return [
        # 90 % or more
        _upload("market-whole.txt", _text("zh-night-market"), "u-aihua", "转一篇好文章", "zh"),
        _upload("ferry-traditional.txt", _traditional("zh-ferry"), "u-wenshan", "末班渡船（繁體）", "zh"),
        _upload("clock-nine-tenths.txt", share(clock, chinese, most, 810), "u-laojin", "钟楼巷旧事", "zh"),
        _upload("map-nine-tenths.txt", share(chart, english, most, 2000), "u-pollard", "The pantry door", "en"),
        _upload("tea-reworded.txt", compose.reworded(tea, 20, "某"), "u-aihua", "山里的雨", "zh"),
        _upload("gull-whole.txt", _text("en-gull-point"), "u-merrow", "A story I love", "en", commercial=True),
        # between 50 % and 90 %
        _upload("market-below-ninety.txt", share(market, diary, most, 810, "just_below"), "u-qiao", "桥头", "zh"),
        _upload("flour-below-ninety.txt", share(flour, train, most, 1900, "just_below"), "u-pollard", "Bread", "en"),
        _upload("island-four-fifths.txt", share(island, chinese, Fraction(4, 5), 720), "u-wenshan", "云的路线", "zh"),
        _upload("gull-three-quarters.txt", share(gull, english, Fraction(3, 4), 1500), "u-merrow", "Buttons", "en"),
        _upload("tea-seven-tenths.txt", share(tea, diary, Fraction(7, 10), 630), "u-qiao", "等雨", "zh"),
        _upload("flour-three-fifths.txt", share(flour, english, Fraction(3, 5), 1200), "u-sorrel", "Night shift", "en"),
        _upload("clock-above-half.txt", share(clock, diary, half, 600, "just_above"), "u-laojin", "听钟", "zh"),
        _upload("map-above-half.txt", share(chart, train, half, 1500, "just_above"), "u-sorrel", "Ask Halloran", "en"),
        # 50 % or less
        _upload("ferry-half.txt", share(ferry, chinese, half, 700), "u-qiao", "渡口与阳台", "zh"),
        _upload("gull-half.txt", share(gull, train, half, 1600), "u-merrow", "Two keepers", "en"),
        _upload("island-three-tenths.txt", share(island, diary, few, 300), "u-wenshan", "看云", "zh"),
        _upload("map-three-tenths.txt", share(chart, english, few, 900), "u-pollard", "On white places", "en"),
        _upload("market-and-tea.txt", compose.from_two(market, tea, chinese, 80), "u-hetian", "两处灯火", "zh"),
        # at any share
        _upload("island-line.txt", tiny, "u-hetian", "今日一句", "zh"),
        _upload("island-line-shop.txt", tiny, "u-shop-lantern", "新品文案", "zh", commercial=True),
        _upload("ferry-review.txt", share(ferry, diary, most, 850), "u-hetian", "读末班渡船", "zh", marks=[review]),
        _upload("flour-reprint.txt", _text("en-flour-hours"), "u-sorrel", "Flour Hours", "en", marks=[licence]),
        # nobody's but the uploader's
        _upload("balcony.txt", _text("zh-balcony-notes"), "u-qiao", "阳台笔记", "zh"),
        _upload("slow-train.txt", _text("en-slow-train"), "u-pollard", "Notes from the Slow Train", "en"),
    ]


def _other_uploads() -> list[Sample]:
    return [
        _upload("river-copy.wav", media.melody(_RIVER, 20), "u-wenshan", "河上的歌", "zh"),
        _upload("bell-ringtone.wav", media.melody(_BELL, 8), "u-hetian", "铃声", "zh"),
        _upload("harbour-copy.wav", media.harbour(24), "u-merrow", "Harbour sounds", "en", commercial=True),
        _upload("own-tune.wav", media.melody(_OWN, 12), "u-aihua", "My own tune", "en"),
        _upload("poster-print.png", media.poster(), "u-shop-lantern", "Poster, A3", "en", commercial=True),
    ]


def _encoded_uploads() -> list[Sample]:
    """Encoded anew, with shares beyond the limits and so near them that doubt lets the milder rule decide."""
    return [
        _upload("dusk-most.mp4", encoded.film_upload(288), "u-merrow", "Streets at dusk, my cut", "en"),
        _upload("dusk-near-ninety.mp4", encoded.film_upload(273), "u-pollard", "Evening walk", "en"),
        _upload("dusk-near-half.mp4", encoded.film_upload(156), "u-aihua", "两条街", "zh"),
        _upload("dusk-less.mp4", encoded.film_upload(135), "u-qiao", "傍晚的窗", "zh"),
        _upload("tide-most.mp3", encoded.tide_upload(288), "u-wenshan", "潮汐练习曲", "zh"),
        _upload("tide-near-ninety.mp3", encoded.tide_upload(273), "u-sorrel", "Tides, practised", "en"),
        _upload("tide-near-half.mp3", encoded.tide_upload(156), "u-hetian", "两段旋律", "zh"),
        _upload("poster-small.jpg", encoded.small_poster(), "u-laojin", "Harbour poster", "en", commercial=True),
    ]


def _broken_uploads() -> list[Sample]:
    secret = media.encrypted_zip("story.txt", _text("en-gull-point").encode(), b"gull")
    return [
        _upload("empty.txt", "", "u-laojin", "Empty", "en"),
        _upload("holiday.png", "This is a text, whatever its name says.\n", "u-laojin", "Holiday", "en"),
        _upload("story.zip", secret, "u-laojin", "Story", "en"),
    ]


def _work(file: str, content: bytes, title: str, right_holder_id: str, kind: str) -> Sample:
    fields = {"id": f"w-{Path(file).stem}", "title": title, "right_holder_id": right_holder_id, "kind": kind}
    return Sample(file, content, fields)


def _upload(
    file: str,
    content: str | bytes,
    uploader_id: str,
    title: str,
    language: str,
    *,
    commercial: bool = False,
    marks: Sequence[Mapping[str, str]] = (),
) -> Sample:
    stem = Path(file).stem
    fields: dict[str, object] = {
        "id": f"up-{stem}",
        "version": 1,
        "uploader_id": uploader_id,
        "title": title,
        "url": f"https://platform.example/u/{stem}",
        "language": language,
        "commercial": commercial,
    }
    if marks:
        fields["marks"] = marks
    return Sample(file, content.encode() if isinstance(content, str) else content, fields)


def _text(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text("utf-8")


def _body(name: str) -> str:
    return compose.body(_text(name))


def _traditional(name: str) -> str:
    converted: str = opencc.OpenCC("s2t").convert(_text(name))
    return converted


def write_samples(folder: Path, table: str, samples: Sequence[Sample]) -> None:
    """Write the files and, beside them, their list: ``table`` is ``work`` or ``upload``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# Written by casework.samples.build; every file is the project's own.", ""]
    for sample in samples:
        (folder / sample.file).write_bytes(sample.content)
        lines += [f"[[{table}]]", f"file = {_toml(sample.file)}"]
        lines += [f"{name} = {_toml(value)}" for name, value in sample.fields.items()]
        lines.append("")
    (folder / f"{table}s.toml").write_text("\n".join(lines), "utf-8")


def _toml(value: object) -> str:
    """Write a value as TOML; its texts, numbers and truths are written as in JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)
