"""The engine for whole pictures, on pictures encoded by ffmpeg: the same, changed, mirrored, others, one colour."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching_adapter.engines.image import ImageEngine, ImageSettings
from matching_adapter.port import Failed, Matched, MatchEvidence, MatchOutcome, NoMatch
from matching_adapter.store import FingerprintStore
from tests.matching.picture_media import reference, scene, upload, work, write_picture

ONE = Decimal(1)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("works")
    return [write_picture(folder / f"work-{seed}.png", scene(seed)) for seed in range(4)]


@pytest.fixture(scope="module")
def engine(works: list[Path]) -> ImageEngine:
    """Holds the works; tests only ask it, or give it what it refuses."""
    engine = ImageEngine()
    assert [receipt.code for receipt in engine.put([work(path) for path in works])] == [None] * len(works)
    return engine


def only(outcome: MatchOutcome) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


@pytest.mark.parametrize("changes", [("-q:v", "8"), ("-vf", "scale=96:-1"), ("-vf", "eq=brightness=0.1")])
def test_a_changed_copy_is_the_whole_work(engine: ImageEngine, tmp_path: Path, changes: tuple[str, ...]) -> None:
    path = write_picture(tmp_path / "copy.jpg", scene(2), *changes)
    evidence = only(engine.match([upload(path)])[0])
    assert evidence.work_id == "work-2"
    assert (evidence.method, evidence.track, evidence.engine) == ("fingerprint", "image", "image-pdq")
    assert (evidence.share_of_upload, evidence.share_of_work) == (ONE, ONE)
    assert (evidence.share_of_upload_low, evidence.share_of_upload_high) == (ONE, ONE)
    (segment,) = evidence.segments
    assert segment.to_json()["upload_region"] == segment.to_json()["work_region"] == [0, 0, 1, 1]
    assert evidence.index_snapshot == engine.snapshot()


def test_the_farther_the_hashes_the_lower_the_share_may_be() -> None:
    plane = scene(5)
    covered = plane.copy()
    covered[100:140, 120:185] = 255
    engine = ImageEngine(ImageSettings(sure_distance=4, probable_distance=64))
    low = []
    for one in (plane, covered):
        engine.put_picture("w", one)
        outcome = engine.match_picture(plane)
        evidence = only(outcome)
        assert evidence.share_of_upload == ONE
        assert evidence.share_of_upload_low is not None
        low.append(evidence.share_of_upload_low)
    assert low[0] == ONE
    assert Decimal(0) < low[1] < ONE


def test_a_mirrored_copy_says_which_half_is_which(engine: ImageEngine, tmp_path: Path) -> None:
    path = write_picture(tmp_path / "mirrored.jpg", scene(1), "-vf", "hflip")
    evidence = only(engine.match([upload(path)])[0])
    assert evidence.work_id == "work-1"
    assert [segment.to_json()["upload_region"] for segment in evidence.segments] == [[0, 0, "0.5", 1], ["0.5", 0, 1, 1]]
    assert [segment.to_json()["work_region"] for segment in evidence.segments] == [["0.5", 0, 1, 1], [0, 0, "0.5", 1]]


def test_other_pictures_and_pictures_of_one_colour_match_nothing(engine: ImageEngine, tmp_path: Path) -> None:
    grey = np.full((90, 120), 128, np.uint8)
    other = write_picture(tmp_path / "other.jpg", scene(77))
    flat = write_picture(tmp_path / "flat.png", grey)
    (receipt,) = engine.put([work(flat)])
    assert receipt.code == "too_flat"
    outcomes = engine.match([upload(other), upload(flat)])
    assert [type(outcome) for outcome in outcomes] == [NoMatch, NoMatch]


def test_files_that_are_no_picture_fail_alone(engine: ImageEngine, works: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(works[0].read_bytes()[:60])
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    text = replace(upload(broken), file=replace(reference(broken), media_type="text/plain", medium="text"))
    outcomes = engine.match([upload(broken), upload(empty), text, upload(works[3])])
    codes = [outcome.code for outcome in outcomes[:3] if isinstance(outcome, Failed)]
    assert codes == ["undecodable", "undecodable", "unsupported"]
    assert only(outcomes[3]).work_id == "work-3"
    assert [receipt.code for receipt in engine.put([work(broken)])] == ["undecodable"]


def test_works_come_and_go_through_a_common_store(works: list[Path], tmp_path: Path) -> None:
    store = FingerprintStore(f"sqlite:///{tmp_path / 'fingerprints.db'}")
    writer, reader = ImageEngine(store=store), ImageEngine(store=store)
    empty = reader.snapshot()
    writer.put([work(works[0]), work(works[1])])
    assert only(reader.match([upload(works[1])])[0]).work_id == "work-1"
    assert reader.snapshot() == writer.snapshot() != empty
    writer.put([work(works[2], "work-1")])
    assert isinstance(reader.match([upload(works[1])])[0], NoMatch)
    assert only(reader.match([upload(works[2])])[0]).work_id == "work-1"
    writer.remove(["work-0", "work-1", "never held"])
    assert [type(outcome) for outcome in reader.match([upload(path) for path in works])] == [NoMatch] * 4
    assert reader.snapshot() == empty
    later = ImageEngine(store=store)
    assert later.snapshot() == empty


def test_other_settings_never_read_old_fingerprints(works: list[Path]) -> None:
    store = FingerprintStore()
    ImageEngine(store=store).put([work(works[0])])
    other = ImageEngine(ImageSettings(longest_side=256), store=store)
    assert isinstance(other.match([upload(works[0])])[0], NoMatch)
    assert other.info.config_digest != ImageEngine().info.config_digest


def test_many_replaced_works_are_forgotten_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching_adapter.engines.image._MANY_REMOVED", 20)
    engine = ImageEngine()
    planes = [scene(seed, 36, 48) for seed in range(60)]
    engine.put_picture("kept", planes[0])
    for plane in planes[1:]:
        engine.put_picture("replaced", plane)
        engine.snapshot()
    assert only(engine.match_picture(planes[0])).work_id == "kept"
    assert only(engine.match_picture(planes[-1])).work_id == "replaced"
    assert isinstance(engine.match_picture(planes[30]), NoMatch)


def test_distances_that_chance_reaches_are_refused() -> None:
    with pytest.raises(ValueError, match="probable_distance"):
        ImageEngine(ImageSettings(probable_distance=100))
