"""Labelled uploads of sound: their truth is what was really cut, and the engine agrees with it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from matching_adapter.engines.audio import AudioEngine
from matching_adapter.evaluation.sound_uploads import SoundSource, make_sound_uploads
from matching_adapter.port import Matched
from tests.matching.sounds import music, upload, work, written


@pytest.fixture(autouse=True)
def _half_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the time goes into encoding, which then takes half as long."""
    monkeypatch.setattr("matching_adapter.evaluation.sound_uploads.RATE", 22_050)


def _sources(folder: Path, *seeds: int) -> list[SoundSource]:
    paths = [written(folder / f"music-{seed}.wav", music(seed, 40)) for seed in seeds]
    return [SoundSource(path.stem, path, "audio/wav") for path in paths]


def test_the_truth_is_exact_and_the_engine_finds_it(tmp_path: Path) -> None:
    works, filler = _sources(tmp_path, 1, 2), _sources(tmp_path, 98, 99)
    folder = tmp_path / "uploads"

    rows = make_sound_uploads(
        works,
        filler,
        folder,
        seed=3,
        shares=(55,),
        encodings=("as it is", "mp3 32k mono 22 kHz", "opus 24k mono", "as it is"),
        seconds=(36, 40),
        strangers=1,
    )

    assert json.loads((folder / "truth.json").read_text("utf-8")) == [row.to_json() for row in rows]
    assert [row.composition for row in rows] == [
        "whole",
        "inserted",
        "reordered",
        *["two works"] * (len(rows) - 4),
        "stranger",
    ]
    engine = AudioEngine()
    engine.put([work(one.name, one.path) for one in works])
    found: dict[tuple[str, str], Decimal | None] = {}
    for name in sorted({row.upload for row in rows}):
        (outcome,) = engine.match([upload(folder / name)])
        for evidence in outcome.evidence if isinstance(outcome, Matched) else ():
            found[name, evidence.work_id] = evidence.share_of_upload
    truth = {(row.upload, row.work): row.share for row in rows if row.work is not None}
    assert found.keys() == truth.keys()
    for pair, share in found.items():
        assert abs(float(share or 0) - float(truth[pair])) <= 0.03, pair
    assert truth[rows[0].upload, str(rows[0].work)] == pytest.approx(Decimal("0.55"), abs=Decimal("0.0001"))


def test_the_same_seed_cuts_at_the_same_places(tmp_path: Path) -> None:
    works, filler = _sources(tmp_path, 1), _sources(tmp_path, 99)

    first, second, third = (
        make_sound_uploads(
            works, filler, tmp_path / str(number), seed=seed, shares=(50,), encodings=("as it is",), seconds=(10, 20)
        )
        for number, seed in enumerate((1, 1, 2))
    )

    assert first == second != third
    assert (tmp_path / "0" / "sound-000.wav").read_bytes() == (tmp_path / "1" / "sound-000.wav").read_bytes()


def test_works_that_are_too_short_are_told(tmp_path: Path) -> None:
    works, filler = _sources(tmp_path, 1), _sources(tmp_path, 99)

    with pytest.raises(ValueError, match="long"):
        make_sound_uploads(works, filler, tmp_path / "u", shares=(100,), encodings=("as it is",), seconds=(60, 60))
