"""The engine for moving pictures, on films encoded by ffmpeg whose true shares are known, and on frames in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.engines.video import VideoEngine, VideoSettings
from matching_adapter.engines.video_alignment import VideoAlignmentSettings
from matching_adapter.engines.video_views import FrameHasher, VideoFingerprint, fingerprint_of
from matching_adapter.port import Failed, Matched, MatchEvidence, MatchOutcome, NoMatch
from matching_adapter.store import FingerprintStore
from tests.matching.picture_media import RATE, Plane, film, reference, upload, work, write_film

DENSE, SPARSE = 8, 4
SIDE = 128


def only(outcome: MatchOutcome) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


def share(evidence: MatchEvidence) -> float:
    assert evidence.share_of_upload is not None
    assert evidence.share_of_upload_low is not None
    assert evidence.share_of_upload_high is not None
    assert evidence.share_of_upload_low <= evidence.share_of_upload <= evidence.share_of_upload_high
    return float(evidence.share_of_upload)


def sampled(frames: Sequence[Plane], per_second: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Small squares of the frames that are seen at each sample, as the decoder would give them."""
    count = len(frames) * per_second // RATE
    rows, columns = np.linspace(0, 143, SIDE).astype(int), np.linspace(0, 191, SIDE).astype(int)
    squares = [frames[number * RATE // per_second][np.ix_(rows, columns)] for number in range(count)]
    return np.array(squares, np.uint8).reshape(count, SIDE, SIDE)


def of_work(frames: Sequence[Plane]) -> VideoFingerprint:
    length = len(frames) * 1000 // RATE
    return fingerprint_of([sampled(frames, DENSE)], "work", frames_per_second=DENSE, milliseconds=length)


def of_upload(frames: Sequence[Plane]) -> VideoFingerprint:
    length = len(frames) * 1000 // RATE
    return fingerprint_of([sampled(frames, SPARSE)], "upload", frames_per_second=SPARSE, milliseconds=length)


@pytest.fixture(scope="module")
def engine() -> VideoEngine:
    """Holds two works, films 1 and 2, of twelve seconds each."""
    engine = VideoEngine()
    for seed in (1, 2):
        engine.put_fingerprint(f"film-{seed}", of_work(film(seed, 12)))
    return engine


def test_one_changed_frame_breaks_the_exact_hash_but_not_the_fingerprint(tmp_path: Path) -> None:
    frames = film(1, 8)
    original = write_film(tmp_path / "original.mp4", frames)
    white = [*frames]
    white[50] = np.full_like(white[50], 255)
    changed = write_film(tmp_path / "changed.mp4", white, "-crf", "30")
    engines = (ExactHashEngine(), VideoEngine())
    for one in engines:
        assert [receipt.code for receipt in one.put([work(original)])] == [None]
    exact_same, found_same = (only(one.match([upload(original)])[0]) for one in engines)
    assert (exact_same.method, exact_same.share_of_upload) == ("hash", Decimal(1))
    assert (found_same.method, found_same.engine, found_same.track) == ("fingerprint", "video-pdq", "picture")
    assert found_same.share_of_upload == Decimal(1)
    exact, found = (one.match([upload(changed)])[0] for one in engines)
    assert isinstance(exact, NoMatch)
    evidence = only(found)
    assert (evidence.method, evidence.engine, evidence.work_id) == ("fingerprint", "video-pdq", "original")
    assert share(evidence) >= 0.97
    assert evidence.amount.seconds is not None
    assert float(evidence.amount.seconds) == pytest.approx(8, abs=0.3)


def test_an_excerpt_between_others_encoded_again_is_measured(tmp_path: Path) -> None:
    original = write_film(tmp_path / "work.mp4", film(1, 12))
    mixed = film(8, 3) + film(1, 6, first=4) + film(9, 3)
    taken = write_film(tmp_path / "upload.webm", mixed, "-c:v", "libvpx", "-b:v", "300k", "-deadline", "realtime")
    engine = VideoEngine()
    engine.put([work(original)])
    evidence = only(engine.match([upload(taken)])[0])
    assert share(evidence) == pytest.approx(0.5, abs=0.03)
    assert evidence.share_of_work is not None
    assert float(evidence.share_of_work) == pytest.approx(0.5, abs=0.03)
    (segment,) = evidence.segments
    edges = [segment.upload_start, segment.upload_end, segment.work_start, segment.work_end]
    assert [float(edge or 0) for edge in edges] == pytest.approx([3, 9, 4, 10], abs=0.3)
    half_a_second = Decimal(500) / 12_000 + Decimal("0.02")
    assert evidence.share_of_upload is not None
    assert evidence.share_of_upload_low is not None
    assert evidence.share_of_upload - evidence.share_of_upload_low == pytest.approx(half_a_second, abs=Decimal("1e-5"))


def test_sound_that_goes_on_after_the_picture_belongs_to_the_upload(tmp_path: Path) -> None:
    taken = film(1, 6)
    tone = ("-f", "lavfi", "-i", "sine=duration=24", "-c:a", "libmp3lame")
    longer = write_film(tmp_path / "upload.mp4", taken, *tone)
    engine = VideoEngine()
    engine.put([work(write_film(tmp_path / "work.mp4", taken))])
    evidence = only(engine.match([upload(longer)])[0])
    assert share(evidence) == pytest.approx(0.25, abs=0.01)
    assert evidence.share_of_upload_high is not None
    assert evidence.share_of_upload_high < Decimal("0.3")
    assert float(evidence.amount.seconds or 0) == pytest.approx(6, abs=0.2)
    assert float(evidence.segments[-1].upload_end or 0) == pytest.approx(6, abs=0.2)


def boxed(frame: Plane) -> Plane:
    whole = np.zeros_like(frame)
    whole[24:120] = frame[np.linspace(0, 143, 96).astype(int)]
    return whole


def cropped(frame: Plane) -> Plane:
    rows, columns = np.linspace(6, 137, 144).astype(int), np.linspace(8, 183, 192).astype(int)
    inside: Plane = frame[np.ix_(rows, columns)]
    return inside


def with_logo(frame: Plane) -> Plane:
    marked = frame.copy()
    marked[8:30, 150:185] = 250
    return marked


CHANGES = {
    "darker": lambda frame: (frame * 0.7).astype(np.uint8),
    "bars": boxed,
    "crop": cropped,
    "mirrored": lambda frame: np.ascontiguousarray(frame[:, ::-1]),
    "logo": with_logo,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_platforms_see_daily_is_found(engine: VideoEngine, change: str) -> None:
    taken = [CHANGES[change](frame) for frame in film(2, 6, first=2)]
    outcome = engine.match_fingerprint(of_upload(film(7, 6) + taken))
    evidence = only(outcome)
    assert evidence.work_id == "film-2"
    assert share(evidence) == pytest.approx(0.5, abs=0.05)


def test_several_works_are_kept_apart_and_several_stretches_of_one_are_joined(engine: VideoEngine) -> None:
    mixed = film(1, 3, first=6) + film(7, 3) + film(2, 3) + film(1, 3, first=0)
    outcome = engine.match_fingerprint(of_upload(mixed))
    assert isinstance(outcome, Matched)
    first, second = outcome.evidence
    assert (first.work_id, second.work_id) == ("film-1", "film-2")
    assert share(first) == pytest.approx(0.5, abs=0.05)
    assert share(second) == pytest.approx(0.25, abs=0.05)
    assert [float(segment.work_start or 0) for segment in first.segments] == pytest.approx([6, 0], abs=0.3)


def test_a_stretch_used_twice_counts_twice_of_the_upload_and_once_of_the_work(engine: VideoEngine) -> None:
    part = film(1, 3, first=2)
    evidence = only(engine.match_fingerprint(of_upload(part + film(7, 3) + part)))
    assert share(evidence) == pytest.approx(2 / 3, abs=0.05)
    assert float(evidence.share_of_work or 0) == pytest.approx(0.25, abs=0.03)


def test_a_short_gap_is_closed_and_a_long_one_is_not(engine: VideoEngine) -> None:
    grey = np.full((144, 192), 90, np.uint8)
    taken = film(1, 12)
    for seconds, expected in ((1, 1.0), (4, 8 / 12)):
        hidden = [*taken]
        hidden[4 * RATE : (4 + seconds) * RATE] = [grey] * (seconds * RATE)
        assert share(only(engine.match_fingerprint(of_upload(hidden)))) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("turned", "expected"), [(80, 1.0), (110, 1 - 1.5 / 12)])
def test_a_stretch_goes_on_where_everything_moves_fast(engine: VideoEngine, turned: int, expected: float) -> None:
    asked = of_upload(film(1, 12))
    chance = np.random.default_rng(3)
    blurred = np.zeros(256, np.uint8)
    for frame in range(6):  # the first second and a half: as unlike as two samples of a fast pan
        blurred[:] = 0
        blurred[chance.permutation(256)[:turned]] = 1
        for hashes in asked.views.values():
            hashes[frame] ^= np.packbits(blurred, bitorder="little").view("<u8")
    assert share(only(engine.match_fingerprint(asked))) == pytest.approx(expected, abs=0.015)


def test_frames_of_one_colour_never_count() -> None:
    black = [np.full((144, 192), 16, np.uint8)] * (6 * RATE)
    engine = VideoEngine()
    engine.put_fingerprint("half-black", of_work(film(1, 6) + black))
    assert isinstance(engine.match_fingerprint(of_upload(black + film(5, 4))), NoMatch)
    assert share(only(engine.match_fingerprint(of_upload(film(1, 6) + black)))) == pytest.approx(0.5, abs=0.05)


def test_a_short_rest_beside_a_match_counts_with_it_and_a_long_one_does_not() -> None:
    black = [np.full((144, 192), 16, np.uint8)]
    engine = VideoEngine()
    engine.put_fingerprint("titles", of_work(black * RATE + film(1, 6) + black * (5 * RATE)))
    assert share(only(engine.match_fingerprint(of_upload(black * RATE + film(1, 6))))) == pytest.approx(1, abs=0.02)
    shown = of_upload(black * (4 * RATE) + film(1, 6) + black * (5 * RATE))
    assert share(only(engine.match_fingerprint(shown))) == pytest.approx(7 / 15, abs=0.03)
    elsewhere = of_upload(film(1, 3, first=3) + film(5, 4))
    assert share(only(engine.match_fingerprint(elsewhere))) == pytest.approx(3 / 7, abs=0.04)


def test_unrelated_films_and_stretches_that_are_too_short_match_nothing(engine: VideoEngine) -> None:
    assert isinstance(engine.match_fingerprint(of_upload(film(3, 12))), NoMatch)
    assert isinstance(engine.match_fingerprint(of_upload(film(1, 1, first=3) + film(3, 6))), NoMatch)
    assert isinstance(engine.match_fingerprint(of_upload([])), NoMatch)


def test_pieces_of_any_length_give_the_same_fingerprint() -> None:
    frames = sampled([boxed(frame) for frame in film(4, 10)], DENSE)
    whole = fingerprint_of([frames], "work", frames_per_second=DENSE, milliseconds=10_000)
    pieces = [frames[start : start + 7] for start in range(0, len(frames), 7)]
    in_pieces = fingerprint_of(pieces, "work", frames_per_second=DENSE, milliseconds=10_000)
    assert "bare" in whole.views
    assert whole.to_bytes() == in_pieces.to_bytes()
    assert VideoFingerprint.from_bytes(whole.to_bytes()).to_bytes() == whole.to_bytes()
    with pytest.raises(ValueError, match="no fingerprint"):
        VideoFingerprint.from_bytes(whole.to_bytes()[:-1])


def test_only_a_few_seconds_of_a_film_are_in_memory() -> None:
    hasher = FrameHasher("work", DENSE)
    frames = sampled(film(4, 2), DENSE)
    held = []
    for _ in range(20):
        hasher.add(frames)
        held.append(hasher.frames_in_memory)
    assert max(held) == held[-1] <= 4 * DENSE
    assert len(hasher.finish(40_000)) == 20 * len(frames)


def test_files_without_a_moving_picture_fail_alone(tmp_path: Path) -> None:
    good = write_film(tmp_path / "good.mp4", film(1, 4))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(good.read_bytes()[:200])
    flat = write_film(tmp_path / "flat.mp4", [np.full((144, 192), 60, np.uint8)] * (3 * RATE))
    engine = VideoEngine()
    receipts = engine.put([work(broken), work(flat), work(good)])
    assert [receipt.code for receipt in receipts] == ["undecodable", "too_flat", None]
    image = replace(upload(good), file=replace(reference(good), media_type="image/png", medium="image"))
    outcomes = engine.match([upload(broken), image, upload(flat), upload(good)])
    assert [outcome.code for outcome in outcomes[:2] if isinstance(outcome, Failed)] == ["undecodable", "unsupported"]
    assert isinstance(outcomes[2], NoMatch)
    assert only(outcomes[3]).share_of_upload == Decimal(1)


def test_works_come_and_go_through_a_common_store() -> None:
    store = FingerprintStore()
    writer, reader = VideoEngine(store=store), VideoEngine(store=store)
    asked = of_upload(film(1, 6))
    empty = reader.snapshot()
    writer.put_fingerprint("film", of_work(film(1, 6)))
    assert only(reader.match_fingerprint(asked)).work_id == "film"
    assert reader.snapshot() == writer.snapshot() != empty
    writer.put_fingerprint("film", of_work(film(2, 6)))
    assert isinstance(reader.match_fingerprint(asked), NoMatch)
    writer.remove(["film", "never held"])
    assert isinstance(reader.match_fingerprint(of_upload(film(2, 6))), NoMatch)
    assert reader.snapshot() == empty


def test_removed_films_leave_the_tables(monkeypatch: pytest.MonkeyPatch, engine: VideoEngine) -> None:
    monkeypatch.setattr("matching_adapter.engines.video_alignment._MANY_REMOVED", 20)
    other = VideoEngine()
    kept, going = of_work(film(1, 6)), of_work(film(2, 6))
    other.put_fingerprint("kept", kept)
    for _ in range(4):
        other.put_fingerprint("going", going)
        other.snapshot()
    other.remove(["going"])
    assert isinstance(other.match_fingerprint(of_upload(film(2, 6))), NoMatch)
    assert only(other.match_fingerprint(of_upload(film(1, 6)))).share_of_upload == Decimal(1)


def joined(parts: Sequence[VideoFingerprint]) -> VideoFingerprint:
    """The fingerprint of films that follow one another."""
    views = {view: np.concatenate([part.views[view] for part in parts]) for view in parts[0].views}
    qualities = np.concatenate([part.qualities for part in parts])
    return VideoFingerprint(sum(part.milliseconds for part in parts), qualities, views)


def test_hours_of_a_still_picture_are_asked_for_now_and_then_and_all_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching_adapter.engines.video_alignment._MANY_FRAMES", 600)  # minutes instead of hours
    still, moving = film(5, 1)[:1] * RATE, film(6, 6)
    engine = VideoEngine()
    engine.put_fingerprint("slides", joined([of_work(moving), *([of_work(still)] * 180)]))
    asked = joined([of_upload(moving), *([of_upload(still)] * 180)])
    assert int((asked.qualities >= 50).sum()) > 600
    assert len(engine._index._asked(asked)) < 130
    assert share(only(engine.match_fingerprint(asked))) == pytest.approx(1, abs=0.02)


def test_tables_over_many_frames_find_the_same() -> None:
    search = replace(VideoAlignmentSettings().search, direct_below=50)
    quick = VideoEngine(VideoSettings(alignment=VideoAlignmentSettings(search=search)))
    plain = VideoEngine()
    for seed in range(1, 5):
        fingerprint = of_work(film(seed, 8))
        quick.put_fingerprint(f"film-{seed}", fingerprint)
        plain.put_fingerprint(f"film-{seed}", fingerprint)
    asked = of_upload(film(7, 3) + film(3, 6, first=1))
    assert share(only(quick.match_fingerprint(asked))) == share(only(plain.match_fingerprint(asked)))


@pytest.mark.parametrize(
    "wrong", [{"vote_distance": 90}, {"edge_distance": 130}, {"edge_distance": 60}, {"frames_per_second": 0}]
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must"):
        VideoAlignmentSettings(**wrong)  # type: ignore[arg-type]
