"""The labelled uploads of films and pictures: the truth that is written down is the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching_adapter.engines.video import VideoEngine
from matching_adapter.evaluation.picture_uploads import (
    RATE,
    Transform,
    clean_copy,
    make_picture_uploads,
    make_video_uploads,
    read_truth,
)
from matching_adapter.media.decoder import luma_picture
from matching_adapter.port import Matched
from tests.matching.picture_media import film, scene, upload, work, write_film, write_picture

FAST = ("-c:v", "libx264", "-preset", "ultrafast")


def test_an_upload_of_a_film_shows_what_its_truth_says(tmp_path: Path) -> None:
    made = {name: write_film(tmp_path / f"{name}.avi", film(seed, 4)) for name, seed in (("work", 1), ("filler", 6))}
    clean = {name: tmp_path / f"{name}.mp4" for name in made}
    frames = [clean_copy(made[name], "video/x-msvideo", clean[name]) for name in made]
    assert frames == [4 * RATE, 4 * RATE]
    folder = tmp_path / "uploads"
    folder.mkdir()
    transforms = (Transform("smaller", "scale=160:90", FAST),)
    (one,) = make_video_uploads({"work": clean["work"]}, [clean["filler"]], folder, shares=[0.5], transforms=transforms)
    assert read_truth(folder) == [one]
    assert (one.work, one.transform, one.share) == ("work", "smaller", 0.5)
    engine = VideoEngine()
    engine.put([work(clean["work"])])
    (outcome,) = engine.match([upload(folder / one.upload)])
    assert isinstance(outcome, Matched)
    (evidence,) = outcome.evidence
    assert float(evidence.share_of_upload or 0) == pytest.approx(one.share, abs=0.05)
    assert one.upload_stretch is not None
    assert float(evidence.segments[0].upload_start or 0) == pytest.approx(one.upload_stretch[0], abs=0.3)


def test_pictures_are_changed_and_laid_into_collages(tmp_path: Path) -> None:
    original = write_picture(tmp_path / "work.png", scene(1))
    filler = write_picture(tmp_path / "filler.png", scene(2))
    folder = tmp_path / "uploads"
    folder.mkdir()
    made = make_picture_uploads(
        {"work": (original, "image/png")}, [(filler, "image/png")], folder, collage_shares=(0.3,)
    )
    assert read_truth(folder) == made
    assert sorted(one.upload for one in made) == sorted({path.name for path in folder.iterdir()} - {"truth.json"})
    by_name = {one.transform: one for one in made}
    assert by_name["collage-30"].share == pytest.approx(0.3, abs=0.001)
    assert by_name["crop50"].share == 1
    assert luma_picture(folder / by_name["160px"].upload, "image/jpeg", longest=512).shape == (120, 160)
