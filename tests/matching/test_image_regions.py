"""The engine for parts of pictures: crops, collages, mirrored ones, others, and a machine without OpenCV."""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from matching_adapter.engines.image_regions import ImageRegionEngine, ImageRegionSettings, OpenCvMissing
from matching_adapter.port import Failed, Matched, MatchEvidence, MatchOutcome, NoMatch, Region
from matching_adapter.store import FingerprintStore
from tests.matching.picture_media import Plane, reference, scene, upload, work, write_picture

HEIGHT, WIDTH = 360, 480


def picture(seed: int) -> Plane:
    return scene(seed, HEIGHT, WIDTH)


def collage(part: Plane, x: int, y: int) -> Plane:
    ground = scene(99, HEIGHT, WIDTH).copy()
    ground[y : y + part.shape[0], x : x + part.shape[1]] = part
    return ground


def smaller(plane: Plane, times: int) -> Plane:
    """The picture at 1 / times of its size, by the mean of its points."""
    height, width = plane.shape[0] // times, plane.shape[1] // times
    squares: Plane = plane.reshape(height, times, width, times).mean(axis=(1, 3)).astype(np.uint8)
    return squares


@pytest.fixture(scope="module")
def engine() -> ImageRegionEngine:
    engine = ImageRegionEngine()
    for seed in range(4):
        engine.put_picture(f"work-{seed}", picture(seed))
    return engine


def only(outcome: MatchOutcome) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


def edges(region: Region | None) -> list[float]:
    assert region is not None
    return [float(side) for side in (region.x0, region.y0, region.x1, region.y1)]


def test_a_collage_is_measured_by_the_area_that_it_covers(engine: ImageRegionEngine) -> None:
    evidence = only(engine.match_picture(collage(smaller(picture(1), 2), 200, 100)))
    assert evidence.work_id == "work-1"
    assert (evidence.method, evidence.track) == ("fingerprint", "image")
    assert float(evidence.share_of_upload or 0) == pytest.approx(0.25, abs=0.01)
    assert float(evidence.share_of_work or 0) == pytest.approx(1, abs=0.01)
    assert evidence.share_of_upload is not None
    assert evidence.share_of_upload_high == evidence.share_of_upload + Decimal("0.01")
    (segment,) = evidence.segments
    expected = [200 / WIDTH, 100 / HEIGHT, 440 / WIDTH, 280 / HEIGHT]
    assert edges(segment.upload_region) == pytest.approx(expected, abs=0.02)
    assert edges(segment.work_region) == pytest.approx([0, 0, 1, 1], abs=0.02)


def test_a_crop_is_all_work_and_shows_how_much_of_it(engine: ImageRegionEngine) -> None:
    evidence = only(engine.match_picture(picture(2)[90:330, 60:380]))
    assert evidence.work_id == "work-2"
    assert float(evidence.share_of_upload or 0) == pytest.approx(1, abs=0.01)
    assert float(evidence.share_of_work or 0) == pytest.approx(240 * 320 / HEIGHT / WIDTH, abs=0.01)
    expected = [60 / WIDTH, 90 / HEIGHT, 380 / WIDTH, 330 / HEIGHT]
    assert edges(evidence.segments[0].work_region) == pytest.approx(expected, abs=0.02)


def test_a_turned_copy_counts_the_area_and_not_the_box_around_it(engine: ImageRegionEngine) -> None:
    import cv2

    ground = scene(98, HEIGHT, WIDTH).copy()
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 30, 0.5)
    inside = cv2.warpAffine(np.full((HEIGHT, WIDTH), 255, np.uint8), turn, (WIDTH, HEIGHT))
    turned = cv2.warpAffine(picture(3), turn, (WIDTH, HEIGHT))
    evidence = only(engine.match_picture(np.where(inside > 127, turned, ground).astype(np.uint8)))
    assert float(evidence.share_of_upload or 0) == pytest.approx(0.25, abs=0.015)
    x0, y0, x1, y1 = edges(evidence.segments[0].upload_region)
    assert (x1 - x0) * (y1 - y0) > 0.4


def test_a_mirrored_part_says_which_half_is_which(engine: ImageRegionEngine) -> None:
    evidence = only(engine.match_picture(collage(smaller(picture(0), 2)[:, ::-1], 20, 60)))
    assert float(evidence.share_of_upload or 0) == pytest.approx(0.25, abs=0.01)
    left, right = evidence.segments
    x0, _, middle, _ = edges(left.upload_region)
    assert [x0, middle] == pytest.approx([20 / WIDTH, 140 / WIDTH], abs=0.02)
    assert edges(left.work_region)[0] == pytest.approx(0.5, abs=0.02)
    assert edges(right.work_region)[2] == pytest.approx(0.5, abs=0.02)


def test_two_works_in_one_collage_are_kept_apart(engine: ImageRegionEngine) -> None:
    both = collage(smaller(picture(1), 2), 0, 0)
    both[180:360, 240:480] = smaller(picture(2), 2)
    outcome = engine.match_picture(both)
    assert isinstance(outcome, Matched)
    assert {one.work_id for one in outcome.evidence} == {"work-1", "work-2"}
    assert [float(one.share_of_upload or 0) for one in outcome.evidence] == pytest.approx([0.25, 0.25], abs=0.01)


def test_the_same_picture_gives_the_same_answer(engine: ImageRegionEngine) -> None:
    plane = collage(smaller(picture(1), 2), 10, 10)
    assert engine.match_picture(plane) == engine.match_picture(plane)


def test_files_are_read_by_the_decoder_and_others_match_nothing(tmp_path: Path) -> None:
    engine = ImageRegionEngine()
    original = write_picture(tmp_path / "original.png", picture(1))
    flat = write_picture(tmp_path / "flat.png", np.full((90, 120), 50, np.uint8))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(original.read_bytes()[:50])
    receipts = engine.put([work(original), work(flat), work(broken)])
    assert [receipt.code for receipt in receipts] == [None, "too_flat", "undecodable"]
    part = write_picture(tmp_path / "part.jpg", picture(1), "-vf", "crop=320:240:40:40", "-q:v", "5")
    other = write_picture(tmp_path / "other.jpg", picture(50))
    film = replace(upload(part), file=replace(reference(part), media_type="video/mp4", medium="video"))
    found, unrelated, empty, failed, unsupported = engine.match(
        [upload(part), upload(other), upload(flat), upload(broken), film]
    )
    assert only(found).work_id == "original"
    assert isinstance(unrelated, NoMatch)
    assert isinstance(empty, NoMatch)
    assert isinstance(failed, Failed)
    assert isinstance(unsupported, Failed)
    assert (failed.code, unsupported.code) == ("undecodable", "unsupported")


def test_works_come_and_go_through_a_common_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching_adapter.engines.image_regions._MANY_REMOVED", 600)
    store = FingerprintStore()
    writer, reader = ImageRegionEngine(store=store), ImageRegionEngine(store=store)
    writer.put_picture("kept", picture(3))
    for seed in (1, 2, 1):
        writer.put_picture("w", picture(seed))
        assert only(reader.match_picture(picture(seed))).work_id == "w"
    assert isinstance(reader.match_picture(picture(2)), NoMatch)
    writer.remove(["w"])
    assert isinstance(reader.match_picture(picture(1)), NoMatch)
    assert only(reader.match_picture(picture(3))).work_id == "kept"
    assert reader.snapshot() == writer.snapshot()


def test_without_opencv_the_engine_is_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    # None among the loaded modules stands for one that cannot be imported.
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(OpenCvMissing, match=r"casework\[image-regions\]"):
        ImageRegionEngine()


def test_settings_by_which_chance_would_match_are_refused() -> None:
    with pytest.raises(ValueError, match="least_points"):
        ImageRegionSettings(least_points=3)
