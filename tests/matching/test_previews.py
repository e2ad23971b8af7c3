"""Small copies of media files: excerpts put together from stretches, strips of frames, pictures cut and scaled."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching_adapter.media.decoder import DecodingFailed, luma_frames, luma_picture, probe, sound
from matching_adapter.media.previews import frame_strip, peaks, small_picture, write_excerpt
from tests.matching.media_files import grey_png, make, source

MP4 = "video/mp4"
D = Decimal


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds, black and silent but from second 4 to 6, which are white and loud."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    picture = "color=black:size=320x180:rate=10:duration=8,drawbox=color=white:t=fill:enable='between(t,4,5.95)'"
    tone = "aevalsrc=exprs='sin(2000*t)*between(t,4,6)':sample_rate=8000:duration=8"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", "title=Jo")
    return make(path, *source(picture), *source(tone), *coded)


def test_an_excerpt_holds_the_stretches_one_after_the_other_and_no_metadata(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "excerpt.mp4"
    write_excerpt(film, MP4, [(D(1), D(2)), (D(4), D(6))], target, sound=True, picture=True)
    info = probe(target, MP4)
    assert info.seconds is not None
    assert abs(info.seconds - 3) < D("0.15")
    assert (info.has_sound, info.width, info.height) == (True, 320, 180)
    frames = np.concatenate(list(luma_frames(target, MP4, frames_per_second=2, size=8)))
    assert [bool(frame.mean() > 128) for frame in frames[:6]] == [False, False, True, True, True, True]
    loud = peaks(sound(target, MP4, rate=8000, channel="mix"), 6)
    assert max(loud[:2]) < 20
    assert min(loud[3:5]) > 50
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "it could not be played while it is loaded"
    assert b"Jo" not in content[: content.index(b"mdat")]


def test_sound_alone_becomes_sound_that_browsers_play(tmp_path: Path) -> None:
    song = make(tmp_path / "song.mp3", *source("sine=frequency=440:duration=3"))
    write_excerpt(song, "audio/mpeg", [(D(1), D(3))], tmp_path / "excerpt.mp4", sound=True, picture=False)
    info = probe(tmp_path / "excerpt.mp4", "audio/mp4")
    assert (info.has_sound, info.has_picture) == (True, False)


def test_frames_are_taken_from_the_middle_of_their_time(film: Path, tmp_path: Path) -> None:
    strip = frame_strip(film, MP4, seconds=D(8), frames=4)
    assert strip.times == (D(1), D(3), D(5), D(7))
    (tmp_path / "strip.jpg").write_bytes(strip.jpeg)
    pixels = luma_picture(tmp_path / "strip.jpg", "image/jpeg", longest=2000)
    assert pixels.shape == (90, 640)
    assert [bool(pixels[:, start : start + 160].mean() > 128) for start in range(0, 640, 160)] == [
        False,
        False,
        True,
        False,
    ]


def test_a_picture_is_cut_and_made_smaller(tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(grey_png(np.tile(np.arange(1800, dtype=np.uint8), (900, 1))))
    for crop, shape in ((None, (800, 1600)), ((D("0.25"), D("0.5"), D("0.5"), D(1)), (450, 450))):
        (tmp_path / "p.jpg").write_bytes(small_picture(picture, "image/png", crop=crop))
        assert luma_picture(tmp_path / "p.jpg", "image/jpeg", longest=4000).shape == shape


def test_what_is_no_media_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"#EXTM3U\nfile:///etc/passwd\n" * 9)
    with pytest.raises(DecodingFailed) as refusal:
        write_excerpt(tmp_path / "no.mp4", MP4, [(D(0), D(1))], tmp_path / "out.mp4", sound=True, picture=True)
    assert refusal.value.code == "undecodable"
    with pytest.raises(DecodingFailed):
        small_picture(tmp_path / "no.mp4", "image/png")


def test_loudness_is_that_of_the_loudest_moment_of_each_part() -> None:
    samples = np.array([0, 0, -32768, 5, 16384, 0], dtype=np.int16)
    assert peaks(samples, 3) == [0, 100, 50]
    assert peaks(samples[:2], 600) == [0, 0]
    assert peaks(samples[:0], 5) == []
