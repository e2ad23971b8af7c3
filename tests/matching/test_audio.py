"""The sound engine on real files: shares, edges, several works, what never counts, and references that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from matching_adapter.engines.audio import NAME, AudioEngine, AudioSettings
from matching_adapter.engines.audio_alignment import SoundAlignmentSettings
from matching_adapter.port import Failed, Matched, MatchEvidence, MatchOutcome, NoMatch
from matching_adapter.store import FingerprintStore
from tests.matching.media_files import make
from tests.matching.sounds import Sound, music, reference, seconds_of, silence, tone, upload, work, written

WORKS = ("work-1", "work-2", "work-3", "work-4")
MP3 = ("-c:a", "libmp3lame", "-b:a", "64k")
OPUS = ("-c:a", "libopus", "-b:a", "32k")


def song(name: str) -> Sound:
    """One of the works."""
    return music(int(name[-1]), 62)


def other() -> Sound:
    """Music of nobody."""
    return music(99, 60)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> AudioEngine:
    """An engine that holds four works."""
    folder = tmp_path_factory.mktemp("works")
    holding = AudioEngine()
    receipts = holding.put([work(name, written(folder / f"{name}.wav", song(name))) for name in WORKS])
    assert [receipt.code for receipt in receipts] == [None] * len(WORKS)
    return holding


def _looked(engine: AudioEngine, path: Path) -> MatchOutcome:
    (outcome,) = engine.match([upload(path)])
    return outcome


def _only(outcome: MatchOutcome) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


def _points(share: Decimal | None, percent: float) -> float:
    assert share is not None
    return abs(float(share) * 100 - percent)


@pytest.mark.parametrize(
    ("percent", "ending", "arguments"),
    [
        (30, ".mp3", MP3),
        (49, ".opus", OPUS),
        (55, ".mp3", ("-af", "volume=-12dB", *MP3)),
        (89, ".opus", ("-af", "bass=g=8,treble=g=-6", *OPUS)),
        (95, ".mp3", ("-af", "lowpass=f=1800", *MP3)),
    ],
)
def test_a_share_is_within_three_points_after_encoding(
    engine: AudioEngine, tmp_path: Path, percent: int, ending: str, arguments: tuple[str, ...]
) -> None:
    copied = 40 * percent / 100
    before = (40 - copied) / 3
    path = written(
        tmp_path / f"upload{ending}",
        seconds_of(other(), 0, before),
        seconds_of(song("work-2"), 1.37, 1.37 + copied),
        seconds_of(other(), 30, 30 + 2 * before),
        arguments=arguments,
    )

    evidence = _only(_looked(engine, path))

    assert evidence.work_id == "work-2"
    assert evidence.track == "sound"
    assert _points(evidence.share_of_upload, percent) <= 3
    assert _points(evidence.share_of_work, 100 * copied / 62) <= 3
    low, high = evidence.share_of_upload_low, evidence.share_of_upload_high
    assert low is not None
    assert high is not None
    assert low <= Decimal(percent) / 100 <= high
    (segment,) = evidence.segments
    places = (segment.upload_start, segment.upload_end, segment.work_start, segment.work_end)
    for place, truth in zip(places, (before, before + copied, 1.37, 1.37 + copied), strict=True):
        assert place is not None
        assert abs(float(place) - truth) <= 1


def test_a_whole_work_is_all_of_the_upload_and_all_of_the_work(engine: AudioEngine, tmp_path: Path) -> None:
    evidence = _only(_looked(engine, written(tmp_path / "copy.mp3", song("work-1"), arguments=MP3)))

    assert _points(evidence.share_of_upload, 100) <= 0.5
    assert _points(evidence.share_of_work, 100) <= 0.5
    assert evidence.share_of_upload_high == 1
    assert evidence.confidence is not None
    assert evidence.confidence > Decimal("0.5")


def test_a_whole_work_inside_other_sound_keeps_both_its_ends(engine: AudioEngine, tmp_path: Path) -> None:
    path = written(tmp_path / "inside.wav", seconds_of(other(), 0, 20), song("work-3"), seconds_of(other(), 20, 38))

    evidence = _only(_looked(engine, path))

    (segment,) = evidence.segments
    assert (segment.work_start, segment.work_end) == (0, 62)
    assert abs(float(segment.upload_start or 0) - 20) <= 0.3
    assert abs(float(segment.upload_end or 0) - 82) <= 0.3


def test_picture_that_goes_on_after_the_sound_belongs_to_the_upload(engine: AudioEngine, tmp_path: Path) -> None:
    taken = written(tmp_path / "taken.wav", seconds_of(song("work-1"), 0, 10))
    black = ("-f", "lavfi", "-i", "color=size=32x32:rate=2:duration=40", "-c:v", "libx264", "-c:a", "aac")
    film = make(tmp_path / "film.mp4", "-i", str(taken), *black)
    looked_at = replace(upload(film), file=replace(reference(film), medium="video"))
    evidence = _only(engine.match([looked_at])[0])
    assert _points(evidence.share_of_upload, 25) < 1
    assert float(evidence.amount.seconds or 0) == pytest.approx(10, abs=0.2)


def test_several_works_are_kept_apart(engine: AudioEngine, tmp_path: Path) -> None:
    first, second = seconds_of(song("work-1"), 20, 38), seconds_of(song("work-4"), 5, 35)
    outcome = _looked(engine, written(tmp_path / "two.wav", first, seconds_of(other(), 0, 12), second))

    assert isinstance(outcome, Matched)
    shares = {evidence.work_id: evidence.share_of_upload for evidence in outcome.evidence}
    assert list(shares) == ["work-4", "work-1"]
    assert _points(shares["work-1"], 30) <= 1.5
    assert _points(shares["work-4"], 50) <= 1.5


def test_what_was_inserted_counts_for_nothing(engine: AudioEngine, tmp_path: Path) -> None:
    copied = song("work-2")
    path = written(
        tmp_path / "inserted.wav", seconds_of(copied, 0, 20), seconds_of(other(), 5, 15), seconds_of(copied, 20, 50)
    )

    evidence = _only(_looked(engine, path))

    assert _points(evidence.share_of_upload, 100 * 50 / 60) <= 1.5
    assert _edges(evidence) == pytest.approx([0, 20, 30, 60], abs=0.5)


def test_pieces_in_another_order_are_told_apart(engine: AudioEngine, tmp_path: Path) -> None:
    copied = song("work-3")
    path = written(tmp_path / "order.wav", seconds_of(copied, 40, 60), seconds_of(copied, 10, 30))

    evidence = _only(_looked(engine, path))

    assert _points(evidence.share_of_upload, 100) <= 1.5
    starts = [float(segment.work_start or 0) for segment in evidence.segments]
    assert starts == pytest.approx([40, 10], abs=0.5)


def test_a_piece_that_is_repeated_counts_once_in_the_work_and_each_time_in_the_upload(
    engine: AudioEngine, tmp_path: Path
) -> None:
    piece = seconds_of(song("work-4"), 10, 22)
    evidence = _only(_looked(engine, written(tmp_path / "again.wav", piece, seconds_of(other(), 0, 16), piece)))

    assert _points(evidence.share_of_upload, 60) <= 2.5
    assert _points(evidence.share_of_work, 100 * 12 / 62) <= 2


def test_an_inverted_channel_does_not_hide_a_copy(engine: AudioEngine, tmp_path: Path) -> None:
    inverted = ("-af", "pan=stereo|c0=c0|c1=-1*c0", "-c:a", "libopus", "-b:a", "64k")
    path = written(tmp_path / "inverted.opus", seconds_of(song("work-1"), 5, 25), arguments=inverted)

    assert _points(_only(_looked(engine, path)).share_of_upload, 100) <= 1


def test_an_inverted_channel_of_wide_stereo_is_turned_back(tmp_path: Path) -> None:
    sides = [written(tmp_path / f"{seed}.wav", music(seed, 20)) for seed in (31, 32)]
    wide = ("-i", str(sides[0]), "-i", str(sides[1]), "-filter_complex")
    stereo = make(tmp_path / "wide.wav", *wide, "amerge=inputs=2")
    turned = make(tmp_path / "turned.opus", *wide, "amerge=inputs=2,pan=stereo|c0=c0|c1=-1*c1", "-b:a", "64k")
    engine = AudioEngine()
    engine.put([work("wide", stereo)])
    outcome = _looked(engine, turned)
    assert isinstance(outcome, Matched)
    assert outcome.evidence[0].share_of_upload == pytest.approx(Decimal(1), abs=Decimal("0.02"))
    assert outcome.evidence[0].confidence is not None
    assert outcome.evidence[0].confidence > Decimal("0.9"), "which left alone, without the mean taken off, is not"


def test_other_music_matches_nothing(engine: AudioEngine, tmp_path: Path) -> None:
    outcome = _looked(engine, written(tmp_path / "other.wav", other()))

    assert outcome == NoMatch(NAME, engine.info.version, engine.snapshot())


def test_silence_and_constant_tones_never_count(tmp_path: Path) -> None:
    holding = AudioEngine()
    tones = [silence(20), tone(440, 20), tone(50, 20) + tone(100, 20)]
    holding.put([work(f"t{number}", written(tmp_path / f"t{number}.wav", one)) for number, one in enumerate(tones)])
    holding.put([work("ends-quiet", written(tmp_path / "quiet.wav", seconds_of(song("work-1"), 0, 20), silence(20)))])

    for number, sound in enumerate(tones):
        path = written(tmp_path / f"u{number}.mp3", sound, arguments=MP3)
        assert isinstance(_looked(holding, path), NoMatch)


def test_a_rest_inside_copied_music_counts_and_a_long_silence_does_not(tmp_path: Path) -> None:
    piece, next_piece = seconds_of(song("work-1"), 0, 20), seconds_of(song("work-1"), 20, 40)
    holding = AudioEngine()
    rest = written(tmp_path / "rest.wav", piece, silence(6), next_piece)
    gap = written(tmp_path / "gap.wav", piece, silence(20), next_piece)
    holding.put([work("rest", rest), work("gap", gap)])

    with_rest, with_gap = (
        _of(_looked(holding, written(tmp_path / f"u-{name}.wav", piece, silence(long), next_piece)), name)
        for name, long in (("rest", 6), ("gap", 20))
    )

    assert _points(with_rest.share_of_upload, 100) <= 0.5
    assert len(with_rest.segments) == 1
    assert _points(with_gap.share_of_upload, 100 * 40 / 60) <= 2
    assert _edges(with_gap) == pytest.approx([0, 20, 40, 60], abs=0.5)


def test_sound_that_is_too_short_was_not_looked_at(engine: AudioEngine, tmp_path: Path) -> None:
    outcome = _looked(engine, written(tmp_path / "short.wav", seconds_of(song("work-1"), 10, 13.5)))

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("too_short", False)


def test_five_seconds_are_found_and_two_are_not(engine: AudioEngine, tmp_path: Path) -> None:
    around = seconds_of(other(), 0, 15), seconds_of(other(), 15, 30)
    for long, found in ((5, True), (2, False)):
        piece = seconds_of(song("work-4"), 30, 30 + long)
        outcome = _looked(engine, written(tmp_path / f"{long}.wav", around[0], piece, around[1]))
        assert isinstance(outcome, Matched) is found


def test_a_broken_file_fails_and_leaves_the_others_alone(engine: AudioEngine, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"ID3" + bytes(range(256)) * 40)
    good = written(tmp_path / "good.wav", seconds_of(song("work-1"), 10, 30))

    outcomes = engine.match([upload(broken), upload(good)])

    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].code == "undecodable"
    assert isinstance(outcomes[1], Matched)
    (receipt,) = AudioEngine().put([work("broken", broken)])
    assert receipt.code == "undecodable"


def test_references_stay_in_the_store_and_changes_of_others_are_seen(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'index.db'}"
    files = {name: written(tmp_path / f"{name}.wav", song(name)) for name in ("work-1", "work-2")}
    first, second = (AudioEngine(store=FingerprintStore(address)) for _ in range(2))
    first.put([work("work-1", files["work-1"])])
    copy = written(tmp_path / "copy.wav", seconds_of(song("work-1"), 5, 30), seconds_of(song("work-2"), 5, 30))

    assert _found(second, copy) == ["work-1"]
    first.put([work("work-2", files["work-2"])])
    assert _found(second, copy) == ["work-1", "work-2"]
    assert first.snapshot() == second.snapshot()
    second.remove(["work-1"])
    assert _found(first, copy) == ["work-2"]
    files["work-2"].unlink()
    assert _found(AudioEngine(store=FingerprintStore(address)), copy) == ["work-2"]


def test_a_work_that_is_held_is_not_decoded_again_and_a_changed_one_is(tmp_path: Path) -> None:
    path = written(tmp_path / "one.wav", song("work-1"))
    holding, listed = AudioEngine(), work("one", path)
    holding.put([listed])
    path.unlink()

    assert holding.put([listed])[0].code is None
    changed = work("one", written(tmp_path / "two.wav", song("work-2")))
    assert holding.put([changed])[0].code is None
    assert holding.snapshot() != ""
    copy = written(tmp_path / "copy.wav", seconds_of(song("work-1"), 5, 30))
    assert _found(holding, copy) == []


def test_other_settings_do_not_read_the_same_fingerprints(tmp_path: Path) -> None:
    store = FingerprintStore()
    AudioEngine(store=store).put([work("one", written(tmp_path / "one.wav", song("work-1")))])
    stricter = AudioEngine(AudioSettings(SoundAlignmentSettings(error_rate=300)), store=store)

    assert stricter.snapshot() != AudioEngine(store=store).snapshot()
    assert stricter.info.config_digest != AudioEngine().info.config_digest


def test_shares_and_places_are_exact_to_the_millisecond(engine: AudioEngine, tmp_path: Path) -> None:
    evidence = _only(_looked(engine, written(tmp_path / "exact.wav", seconds_of(song("work-1"), 3, 33), other())))

    (segment,) = evidence.segments
    assert isinstance(segment.upload_start, int | Decimal)
    assert isinstance(segment.upload_end, int | Decimal)
    copied = segment.upload_end - segment.upload_start
    assert evidence.amount.seconds == copied
    low, high = evidence.share_of_upload_low, evidence.share_of_upload_high
    assert low is not None
    assert high is not None
    assert high - low == pytest.approx(Decimal("0.02") + Decimal(1) / 90, abs=Decimal("0.000004"))
    assert evidence.share_of_upload == (Decimal(copied) / 90).quantize(Decimal("0.000001"), rounding="ROUND_DOWN")


def test_the_engine_says_what_it_cannot_do() -> None:
    info = AudioEngine().info

    assert info.media == {"audio", "video"}
    assert any("Covers" in limit for limit in info.limits)
    assert info.parameters["longest_seconds"] == 21600
    text = reference(Path(__file__).with_name("media") / "tone.wav")
    assert info.accepts(text)


def _found(engine: AudioEngine, path: Path) -> list[str]:
    outcome = _looked(engine, path)
    return sorted(one.work_id for one in outcome.evidence) if isinstance(outcome, Matched) else []


def _of(outcome: MatchOutcome, work_id: str) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    return next(evidence for evidence in outcome.evidence if evidence.work_id == work_id)


def _edges(evidence: MatchEvidence) -> list[float]:
    return [float(place or 0) for one in evidence.segments for place in (one.upload_start, one.upload_end)]


def test_edges_lie_in_order(engine: AudioEngine, tmp_path: Path) -> None:
    pieces: Sequence[Sound] = [seconds_of(song("work-1"), start, start + 9) for start in (40, 3, 21)]
    edges = _edges(_only(_looked(engine, written(tmp_path / "order.wav", *pieces))))

    assert all(first <= second for first, second in pairwise(edges))
    assert edges[0] == 0
    assert edges[-1] == 27
