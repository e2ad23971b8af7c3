"""The sandbox of the decoder: real files of every type, and files that are made to do harm."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching_adapter.files import inspect_file
from matching_adapter.media import child
from matching_adapter.media.decoder import (
    DEMULTIPLEXERS,
    DecodingFailed,
    Limits,
    MediaInfo,
    chromaprint_items,
    input_arguments,
    luma_frames,
    luma_picture,
    probe,
    run_decoder,
    sound,
    sound_blocks,
    sound_pair,
    sound_pair_blocks,
)
from tests.matching.media_files import endless_silence, huge_picture, make, make_all, source, type_of

RATE = 5512


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def film(media: Path) -> Path:
    """Two seconds: black, then white; silence, then a tone from 1.5 s on."""
    picture = "color=black:s=64x48:r=25:d=1[a];color=white:s=64x48:r=25:d=1[b];[a][b]concat,noise=alls=9:allf=t"
    tone = "sine=frequency=440:sample_rate=44100:duration=2,volume=enable='lt(t,1.5)':volume=0"
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest")
    return make(media / "film.mp4", *source(picture), *source(tone), *codecs)


@pytest.fixture(scope="module")
def opposed(media: Path) -> Path:
    """One second: the right channel is the left one turned round."""
    return make(media / "opposed.wav", *source("aevalsrc=sin(2*PI*300*t)|-sin(2*PI*300*t):s=44100:d=1"))


def failure(act: Callable[[], object]) -> DecodingFailed:
    with pytest.raises(DecodingFailed) as caught:
        act()
    assert caught.value.detail
    assert "pytest" not in caught.value.detail, "paths are nobody's business"
    return caught.value


def children() -> list[str]:
    return [one for task in Path("/proc/self/task").iterdir() for one in (task / "children").read_text().split()]


@pytest.fixture(autouse=True)
def _leaves_no_child_behind() -> Iterator[None]:
    before = children()
    yield
    assert set(children()) <= set(before)


# ------------------------------------------------------------------------------------------------------- real files


def test_tells_what_a_file_holds(film: Path) -> None:
    info = probe(film, "video/mp4")
    assert info == MediaInfo(info.seconds, True, True, 64, 48, info.frame_rate)
    assert info.seconds is not None
    assert abs(info.seconds - 2) < Decimal("0.05")
    assert info.frame_rate is not None
    assert abs(info.frame_rate - 25) < 1


ENDINGS = {
    ".mov": ("-c:v", "mpeg4", "-c:a", "pcm_s16le"),
    ".mkv": ("-c:v", "mjpeg", "-c:a", "flac"),
    ".webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    ".avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    ".mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    ".ts": ("-c:v", "mpeg2video", "-c:a", "aac"),
    ".ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
}


@pytest.fixture(scope="module")
def films(film: Path, media: Path) -> Path:
    make_all({media / f"film{ending}": codecs for ending, codecs in ENDINGS.items()}, "-i", str(film))
    return media


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_container_gives_picture_and_sound_at_the_same_places(films: Path, ending: str) -> None:
    path = films / f"film{ending}"
    assert inspect_file(path.name, path, limit_bytes=1 << 20).media_type == type_of(path)
    info = probe(path, type_of(path))
    assert (info.has_sound, info.has_picture, info.width, info.height) == (True, True, 64, 48)
    assert info.seconds is not None
    assert abs(info.seconds - 2) < Decimal("0.15")
    frames = np.concatenate(list(luma_frames(path, type_of(path), frames_per_second=8, size=16)))
    bright = np.flatnonzero(frames.mean(axis=(1, 2)) > 128)
    assert 15 <= len(frames) <= 17
    assert 8 <= bright[0] <= 9
    loud = np.flatnonzero(np.abs(sound(path, type_of(path), rate=RATE, channel="mix")) > 500)
    assert abs(loud[0] / RATE - 1.5) < 0.1


def test_a_file_that_changes_is_walked_over_again(opposed: Path, tmp_path: Path) -> None:
    path, longer = tmp_path / "a.wav", opposed.read_bytes()
    path.write_bytes(longer)
    assert probe(path, "audio/wav").seconds == 1
    assert probe(path, "audio/wav") is probe(path, "audio/wav")
    status = path.stat()
    path.write_bytes(longer[:24] + struct.pack("<II", 22050, 88200) + longer[32:])  # half as fast
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert probe(path, "audio/wav").seconds == 2


def test_left_and_mix_are_told_apart_and_decoded_once(opposed: Path) -> None:
    mix, left = sound_pair(opposed, "audio/wav", rate=RATE)
    assert mix.shape == left.shape == (RATE,)
    assert np.abs(mix).max() <= 1
    assert np.abs(left).max() > 20_000
    assert np.array_equal(mix, sound(opposed, "audio/wav", rate=RATE, channel="mix"))
    assert np.array_equal(left, sound(opposed, "audio/wav", rate=RATE, channel="left"))


def test_a_picture_keeps_its_aspect_and_is_never_enlarged(media: Path) -> None:
    path = make(
        media / "wide.png", *source("gradients=s=400x200:c0=black:c1=white:x0=0:x1=399:y0=0:y1=0"), "-frames:v", "1"
    )
    small = luma_picture(path, "image/png", longest=100)
    assert small.shape == (50, 100)
    assert small[:, :20].mean() < small[:, -20:].mean()
    assert luma_picture(path, "image/png", longest=1000).shape == (200, 400)
    assert probe(path, "image/png") == MediaInfo(None, False, True, 400, 200, None)


def test_the_cover_of_an_album_is_no_moving_picture(media: Path, opposed: Path) -> None:
    cover = make(media / "cover.jpg", *source("color=red:s=32x32:d=1"), "-frames:v", "1")
    attached = ("-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    album = make(media / "album.mp3", "-i", str(opposed), "-i", str(cover), *attached)
    assert not probe(album, "audio/mpeg").has_picture
    assert failure(lambda: luma_picture(album, "audio/mpeg", longest=9)).code == "no_picture"
    assert len(sound(album, "audio/mpeg", rate=RATE, channel="left")) > 0.9 * RATE


def test_what_has_become_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    pipe, device = tmp_path / "a.png", tmp_path / "b.png"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(DecodingFailed, match="no regular file"):
            probe(path, "image/png", Limits(wall_seconds=2))


def test_chromaprint_gives_items(media: Path) -> None:
    path = make(media / "noise.flac", *source("anoisesrc=d=6:seed=1:a=0.2:r=22050"))
    items = chromaprint_items(path, "audio/flac")
    assert items.dtype == np.uint32
    assert 20 < len(items) < 50


def test_what_is_not_there_has_a_code_of_its_own(media: Path, opposed: Path) -> None:
    silent = make(media / "silent.mp4", *source("color=s=32x32:d=0.2"), "-c:v", "mpeg4")
    assert failure(lambda: sound(silent, "video/mp4", rate=RATE, channel="mix")).code == "no_sound"
    assert failure(lambda: chromaprint_items(silent, "video/mp4")).code == "no_sound"
    assert failure(lambda: list(luma_frames(opposed, "audio/wav", frames_per_second=2))).code == "no_picture"
    assert failure(lambda: probe(opposed, "text/plain")).code == "undecodable"
    assert failure(lambda: probe(media / "gone.wav", "audio/wav")).code == "undecodable"


# ------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "name", ["-y.wav", "concat:a.wav|b.wav", "a%03d.wav", "http:x.wav", "file:x", 'a\'b "c".wav', "渡口 [1].wav"]
)
def test_no_name_is_taken_for_anything_else(
    opposed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_bytes(opposed.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name), "audio/wav").seconds == 1


# ---------------------------------------------------------------------------------------------------- hostile content


@pytest.fixture
def listener() -> Iterator[tuple[str, list[object]]]:
    """An address that notes every connection."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def wait() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                seen.append(address)
                connection.close()

        thread = threading.Thread(target=wait)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts", seen
        stop.set()
        thread.join()


def test_playlists_in_disguise_open_nothing_else(
    film: Path, tmp_path: Path, listener: tuple[str, list[object]]
) -> None:
    address, seen = listener
    playlists = (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n#EXTINF:2,\nfile://{film}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{film}'\nfile '{address}'\n",
        f"[playlist]\nFile1={film}\nFile2={address}\n",
        f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{film}'/></svg>",
    )
    for number, words in enumerate(playlists):
        path = tmp_path / f"{number}.mp4"
        path.write_text(words)
        # Every way into ffmpeg, spread over the kinds of text: 18 types by 4 texts would only take time.
        for media_type in sorted(DEMULTIPLEXERS)[number::4]:
            assert failure(lambda path=path, kind=media_type: probe(path, kind)).code == "undecodable", media_type  # type: ignore[misc]
        assert failure(lambda path=path: sound(path, "video/mp4", rate=RATE, channel="mix")).code == "undecodable"  # type: ignore[misc]
    assert seen == []


def test_a_subtitle_or_another_decoder_in_a_container_is_not_run(film: Path, tmp_path: Path) -> None:
    path = make(tmp_path / "odd.mkv", "-i", str(film), "-an", "-c:v", "jpeg2000", "-frames:v", "2")
    assert failure(lambda: list(luma_frames(path, "video/x-matroska", frames_per_second=1))).code == "undecodable"


def test_a_picture_that_claims_to_be_huge_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(huge_picture(60_000, 60_000))
    assert failure(lambda: luma_picture(path, "image/png", longest=512)).code == "too_large"
    assert failure(lambda: probe(path, "image/png")).code == "too_large"
    small = Limits(most_pixels=99 * 99)
    path.write_bytes(huge_picture(100, 100, 100))
    assert failure(lambda: luma_picture(path, "image/png", longest=512, limits=small)).code == "too_large"
    assert luma_picture(path, "image/png", longest=512).shape == (100, 100)


def test_memory_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(huge_picture(9_000, 9_000, 9_000))
    tight = Limits(memory_bytes=320 << 20)
    error = failure(lambda: luma_picture(path, "image/png", longest=8_900, limits=tight))
    assert error.code == "too_much_memory"
    assert not error.retryable


def test_processor_time_is_limited(tmp_path: Path) -> None:
    path = endless_silence(tmp_path / "long.wav", 200_000)
    limits = Limits(cpu_seconds=1, longest_seconds=1_000_000)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    error = failure(lambda: sound(path, "audio/wav", rate=RATE, channel="mix", limits=limits))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert error.code == "timeout"
    assert error.retryable
    # Without a limit it would be more than a minute; a busy machine counts some of its own time too.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10


def test_a_file_that_takes_too_long_is_left_in_time(
    opposed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Real ones take long only with a processor of their own, or out of a pipe, which is refused.
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(child, "program", lambda: str(slow))
    begun = time.monotonic()
    error = failure(lambda: sound(opposed, "audio/wav", rate=RATE, channel="mix", limits=Limits(wall_seconds=1)))
    assert (error.code, error.retryable) == ("timeout", True)
    assert time.monotonic() - begun < 30


def test_length_and_output_are_limited_and_nothing_is_kept(film: Path, tmp_path: Path) -> None:
    path = endless_silence(tmp_path / "long.wav", 30)
    short = Limits(longest_seconds=29)
    assert failure(lambda: probe(path, "audio/wav", short)).code == "too_long"
    assert failure(lambda: sound(path, "audio/wav", rate=RATE, channel="mix", limits=short)).code == "too_long"
    assert failure(lambda: chromaprint_items(path, "audio/wav", short)).code == "too_long"
    assert len(sound(path, "audio/wav", rate=RATE, channel="mix", limits=Limits(longest_seconds=30))) == 30 * RATE
    assert failure(
        lambda: sound(path, "audio/wav", rate=RATE, channel="mix", limits=Limits(output_bytes=1000))
    ).code == ("too_large")
    second = Limits(longest_seconds=1)
    assert failure(lambda: list(luma_frames(film, "video/mp4", frames_per_second=4, limits=second))).code == "too_long"


def test_frames_take_constant_memory_here(media: Path) -> None:
    path = make(media / "long.mkv", *source("color=gray:s=16x16:r=5:d=120"), "-c:v", "mjpeg")
    size = 0
    tracemalloc.start()
    for frames in luma_frames(path, "video/x-matroska", frames_per_second=5):
        assert len(frames) <= 64
        size += frames.nbytes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 600 * 256 * 256
    assert peak < size / 2


def test_who_stops_reading_ends_the_child(media: Path) -> None:
    path = make(media / "more.mkv", *source("color=gray:s=16x16:r=5:d=60"), "-c:v", "mjpeg")
    frames = luma_frames(path, "video/x-matroska", frames_per_second=5)
    before = children()
    next(frames)
    assert len(set(children()) - set(before)) == 1
    frames.close()  # type: ignore[attr-defined]
    assert set(children()) <= set(before)


def test_a_film_of_a_few_pictures_that_claims_hours_is_not_filled_up(media: Path) -> None:
    late = ("-vf", "setpts='if(eq(N,4),5000/TB,PTS)'", "-fps_mode", "passthrough", "-c:v", "mjpeg")
    path = make(media / "jump.mkv", *source("color=s=32x32:r=5:d=1"), *late)
    assert failure(lambda: probe(path, "video/x-matroska")).code == "undecodable"
    slow = ("-vf", "setpts=N*20/TB", "-fps_mode", "passthrough", "-c:v", "mjpeg")
    slides = make(media / "slides.mkv", *source("color=s=32x32:r=5:d=1"), *slow)
    assert probe(slides, "video/x-matroska").frame_rate is not None
    cover = ("-map", "0:v", "-map", "1:a", "-c:v", "mjpeg", "-c:a", "flac")
    talk = make(media / "talk.mkv", *source("color=s=32x32:r=5:d=0.2"), *source("anullsrc=r=8000:d=200"), *cover)
    seconds = probe(talk, "video/x-matroska").seconds
    assert seconds is not None
    assert abs(seconds - 200) < 1


def test_sound_that_ends_before_its_last_packet_is_not_taken_for_hours(media: Path) -> None:
    whole = bytearray(make(media / "short.ogg", *source("sine=d=0.0715"), "-c:a", "libvorbis").read_bytes())
    page = whole.rindex(b"OggS")
    whole[page + 6 : page + 14] = (2700).to_bytes(8, "little")  # the last packet begins at sample 2,752
    whole[page + 22 : page + 26] = bytes(4)
    sum_of_page = 0
    for byte in whole[page:]:
        sum_of_page ^= byte << 24
        for _ in range(8):
            sum_of_page = (sum_of_page << 1) ^ (0x104C11DB7 if sum_of_page >> 31 else 0)
    whole[page + 22 : page + 26] = sum_of_page.to_bytes(4, "little")
    path = media / "shorter.ogg"
    path.write_bytes(whole)
    assert probe(path, "audio/ogg").seconds == Decimal("0.062")


@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_files_that_are_cut_off_give_their_beginning_or_a_code(
    film: Path, opposed: Path, tmp_path: Path, part: float
) -> None:
    mp4, wav = tmp_path / "cut.mp4", tmp_path / "cut.wav"
    mp4.write_bytes(film.read_bytes()[: int(film.stat().st_size * part)])
    wav.write_bytes(opposed.read_bytes()[: int(opposed.stat().st_size * part)])
    assert failure(lambda: probe(mp4, "video/mp4")).code == "undecodable"
    seconds = probe(wav, "audio/wav").seconds
    assert seconds is not None
    assert abs(float(seconds) - part) < 0.05


def test_a_picture_that_moves_for_ever_is_shown_once(media: Path) -> None:
    path = make(media / "loop.gif", *source("testsrc=s=32x32:r=5:d=1"), "-loop", "0")
    frames = np.concatenate(list(luma_frames(path, "image/gif", frames_per_second=5, size=16)))
    assert len(frames) == 5
    assert luma_picture(path, "image/gif", longest=512).shape == (32, 32)


# ----------------------------------------------------------------------------------------------------- the way it runs


def test_a_child_may_write_only_the_file_it_was_told(opposed: Path, tmp_path: Path) -> None:
    opened = input_arguments(opposed, "audio/wav")
    target, other = tmp_path / "out.wav", tmp_path / "other.wav"
    assert run_decoder([*opened, "-t", "0.5"], output=target) == b""
    assert 40_000 < target.stat().st_size < 100_000
    assert failure(lambda: run_decoder([*opened, f"file:{other}"])).code == "too_large"
    assert other.stat().st_size == 0
    few = Limits(output_bytes=10_000)
    assert failure(lambda: run_decoder(opened, output=target, limits=few)).code == "too_large"
    assert target.stat().st_size <= 10_000


def test_secrets_of_the_environment_stay_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = tmp_path / "show.sh"
    shown.write_text("#!/bin/sh\nenv\nulimit -a\n")
    shown.chmod(0o755)
    monkeypatch.setenv("CASEWORK_SECRET", "s3cret")
    monkeypatch.setattr(child, "program", lambda: str(shown))
    told = b"".join(child.output_of([], Limits())).decode()
    assert "s3cret" not in told
    assert "LC_ALL=C" in told


def test_long_sound_comes_in_pieces_that_make_the_whole(media: Path) -> None:
    path = make(media / "long.wav", *source("aevalsrc=sin(2*PI*300*t)|cos(2*PI*40*t):s=8000:d=55"))
    pieces = list(sound_pair_blocks(path, "audio/wav", rate=RATE))
    assert max(len(mix) for mix, _ in pieces) <= (1 << 20) // 4 < sum(len(mix) for mix, _ in pieces)
    for found, place in zip(sound_pair(path, "audio/wav", rate=RATE), range(2), strict=True):
        assert np.array_equal(np.concatenate([piece[place] for piece in pieces]), found)
    mono = list(sound_blocks(path, "audio/wav", rate=RATE, channel="mix"))
    assert np.array_equal(np.concatenate(mono), sound(path, "audio/wav", rate=RATE, channel="mix"))
    few = sound_blocks(path, "audio/wav", rate=RATE, channel="left", limits=Limits(longest_seconds=20))
    assert failure(lambda: list(few)).code == "too_long"


@pytest.mark.parametrize("with_setpriv", [True, False])
def test_no_decoder_outlives_whoever_started_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, with_setpriv: bool
) -> None:
    stubborn, note = tmp_path / "stubborn", tmp_path / "note"
    stubborn.write_text(f"#!/bin/sh\necho $$ > {note}.new; mv {note}.new {note}\nexec sleep 60\n")
    stubborn.chmod(0o755)
    monkeypatch.setattr(child, "program", lambda: str(stubborn))
    if not with_setpriv:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    child._tied.cache_clear()
    starter = os.fork()
    if starter == 0:
        try:
            list(child.output_of([], Limits(), writes_files=True))
        finally:
            os._exit(0)
    child._tied.cache_clear()
    until(note.exists)
    number = int(note.read_text())
    os.kill(starter, signal.SIGKILL)
    os.waitpid(starter, 0)
    until(lambda: not runs(number))


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(number: int) -> bool:
    """Whether a process is there and not only waits to be collected."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except OSError:
        return False


def test_a_program_that_is_none_is_a_missing_decoder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    none = tmp_path / "none"
    none.write_bytes(b"\x00\x01 no program")
    none.chmod(0o755)
    monkeypatch.setattr(child, "program", lambda: str(none))
    assert failure(lambda: list(child.output_of([], Limits()))).code == "decoder_missing"


def test_without_ffmpeg_the_code_says_so(monkeypatch: pytest.MonkeyPatch, opposed: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "gone"))
    fresh = shutil.copyfile(opposed, tmp_path / "fresh.wav")  # what is known of the other needs no ffmpeg
    child.program.cache_clear()
    error = failure(lambda: probe(fresh, "audio/wav"))
    child.program.cache_clear()
    assert (error.code, error.retryable) == ("decoder_missing", True)


@pytest.mark.parametrize("name", ["cpu_seconds", "wall_seconds", "memory_bytes", "output_bytes", "most_pixels"])
def test_refuses_limits_of_nothing(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
