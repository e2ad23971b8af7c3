"""The Chromaprint engine on real files, and the form of its items that AcoustID takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matching_adapter.engines.audio import AudioEngine
from matching_adapter.engines.chromaprint import ChromaprintEngine, compressed, without_constant
from matching_adapter.media.decoder import chromaprint_items, input_arguments, run_decoder
from matching_adapter.port import Failed, Matched, NoMatch
from matching_adapter.store import FingerprintStore
from tests.matching.sounds import Sound, music, seconds_of, silence, tone, upload, work, written


def song() -> Sound:
    """The work."""
    return music(1, 60)


def other() -> Sound:
    """Music that is no work."""
    return music(99, 40)


OPUS = ("-c:a", "libopus", "-b:a", "32k")


def test_a_share_is_within_three_points(tmp_path: Path) -> None:
    engine = ChromaprintEngine()
    engine.put(
        [
            work("one", written(tmp_path / "one.wav", song())),
            work("two", written(tmp_path / "two.wav", music(2, 20))),
        ]
    )
    path = written(
        tmp_path / "u.opus",
        seconds_of(other(), 0, 15),
        seconds_of(song(), 10, 45),
        seconds_of(other(), 15, 25),
        arguments=OPUS,
    )

    found, nothing = engine.match([upload(path), upload(written(tmp_path / "other.wav", other()))])

    assert isinstance(found, Matched)
    (evidence,) = found.evidence
    assert (evidence.work_id, evidence.engine, evidence.track) == ("one", "chromaprint", "sound")
    assert abs(float(evidence.share_of_upload or 0) * 100 - 100 * 35 / 60) <= 3
    (segment,) = evidence.segments
    assert float(segment.upload_start or 0) == pytest.approx(15, abs=1)
    assert float(segment.work_end or 0) == pytest.approx(45, abs=1)
    assert isinstance(nothing, NoMatch)


def test_silence_and_tones_never_count(tmp_path: Path) -> None:
    engine = ChromaprintEngine()
    path = written(tmp_path / "still.wav", silence(15), tone(440, 15))
    engine.put([work("still", path)])

    assert isinstance(engine.match([upload(path)])[0], NoMatch)


def test_short_sound_was_not_looked_at(tmp_path: Path) -> None:
    (outcome,) = ChromaprintEngine().match([upload(written(tmp_path / "short.wav", seconds_of(song(), 0, 3)))])

    assert isinstance(outcome, Failed)
    assert outcome.code == "too_short"


def test_both_sound_engines_use_one_store_without_mixing(tmp_path: Path) -> None:
    store = FingerprintStore()
    listed = work("one", written(tmp_path / "one.wav", song()))
    AudioEngine(store=store).put([listed])

    assert isinstance(ChromaprintEngine(store=store).match([upload(listed.file.path)])[0], NoMatch)


def test_the_compressed_form_is_the_one_that_the_library_writes(tmp_path: Path) -> None:
    path = written(tmp_path / "one.wav", seconds_of(song(), 0, 30))
    arguments = [*input_arguments(path, "audio/wav"), "-f", "chromaprint", "-fp_format", "base64", "pipe:1"]

    assert compressed(chromaprint_items(path, "audio/wav")) == run_decoder(arguments).decode("ascii").strip()


def test_no_items_are_compressed_to_the_head_alone() -> None:
    assert compressed(np.zeros(0, np.uint32)) == "AQAAAA"


def test_items_that_stay_the_same_are_taken_out() -> None:
    moving = np.random.default_rng(1).integers(1, 1 << 32, 40, np.uint32)
    items = np.concatenate([moving, np.full(40, 9, np.uint32), moving])

    kept = without_constant(items)

    assert kept[:36].all()
    assert not kept[45:75].any()
    assert kept[-36:].all()
    assert not without_constant(items[:5]).any()
