"""The sample files: as many as promised, measured at the very shares they were composed for, refused as planned."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from casework.domain.case.intake import RecordFilteringDecision
from casework.samples import encoded
from casework.samples.build import TEXTS, SampleFolders, build_samples
from casework.samples.compose import body, with_share
from casework.samples.variants import WORKS, build_variants
from matching_adapter.match import (
    MatchedUpload,
    MatchResult,
    RefusedFile,
    UnmatchedUpload,
    decision_json,
    match_folders,
)
from matching_adapter.registry import load_engines

EXPECTED = {
    "market-whole.txt": "1",
    "ferry-traditional.txt": "1",
    "clock-nine-tenths.txt": "0.9",
    "map-nine-tenths.txt": "0.9",
    "gull-whole.txt": "1",
    "island-four-fifths.txt": "0.8",
    "gull-three-quarters.txt": "0.75",
    "tea-seven-tenths.txt": "0.7",
    "flour-three-fifths.txt": "0.6",
    "ferry-half.txt": "0.5",
    "gull-half.txt": "0.5",
    "island-three-tenths.txt": "0.3",
    "map-three-tenths.txt": "0.3",
    "island-line.txt": "1",
    "island-line-shop.txt": "1",
    "ferry-review.txt": "0.9",
    "flour-reprint.txt": "1",
    "river-copy.wav": "1",
    "bell-ringtone.wav": "1",
    "harbour-copy.wav": "1",
    "poster-print.png": "1",
    "poster-small.jpg": "1",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> SampleFolders:
    return build_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def results(folders: SampleFolders) -> list[MatchResult]:
    return list(match_folders(folders.works, folders.uploads, engines=load_engines()))


@pytest.fixture(scope="module")
def shares(results: list[MatchResult]) -> dict[str, Decimal | None]:
    found = [one for one in results if isinstance(one, MatchedUpload)]
    return {one.upload.file.name: one.evidence.share_of_upload for one in reversed(found)}


@pytest.mark.parametrize(("name", "share"), EXPECTED.items())
def test_an_upload_has_the_share_it_was_composed_for(shares: dict[str, Decimal | None], name: str, share: str) -> None:
    assert str(shares[name]) == share


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("clock-above-half.txt", "0.5", "0.501"),
        ("map-above-half.txt", "0.5", "0.501"),
        ("market-below-ninety.txt", "0.899", "0.9"),
        ("flour-below-ninety.txt", "0.899", "0.9"),
        ("tea-reworded.txt", "0.93", "0.97"),
        ("dusk-most.mp4", "0.94", "0.98"),
        ("dusk-near-ninety.mp4", "0.9", "0.93"),
        ("dusk-near-half.mp4", "0.5", "0.54"),
        ("dusk-less.mp4", "0.43", "0.47"),
        ("tide-most.mp3", "0.95", "0.98"),
        ("tide-near-ninety.mp3", "0.9", "0.92"),
        ("tide-near-half.mp3", "0.51", "0.54"),
    ],
)
def test_uploads_beside_the_limits_lie_strictly_beside_them(
    shares: dict[str, Decimal | None], name: str, low: str, high: str
) -> None:
    share = shares[name]
    assert share is not None
    assert Decimal(low) < share < Decimal(high)


def test_what_was_encoded_anew_is_found_by_the_engines_for_it(results: list[MatchResult]) -> None:
    found = {one.upload.file.name: one.evidence for one in results if isinstance(one, MatchedUpload)}
    for name, engine in (
        ("dusk-most.mp4", "video-pdq"),
        ("tide-most.mp3", "audio-bands"),
        ("poster-small.jpg", "image-pdq"),
    ):
        assert found[name].engine == engine
    for name, limit in (("dusk-near-ninety.mp4", "0.9"), ("dusk-near-half.mp4", "0.5"), ("tide-near-half.mp3", "0.5")):
        low, high = found[name].share_of_upload_low, found[name].share_of_upload_high
        assert low is not None and high is not None and low < Decimal(limit) < high, name  # noqa: PT018


def test_an_upload_from_two_works_gives_both(results: list[MatchResult]) -> None:
    both = [one for one in results if isinstance(one, MatchedUpload) and one.upload.file.name == "market-and-tea.txt"]
    assert [(one.work.work_id, str(one.evidence.share_of_upload)) for one in both] == [
        ("w-zh-night-market", "0.5"),
        ("w-zh-tea-hill", "0.3"),
    ]


def test_own_uploads_match_nothing_and_broken_files_are_refused(results: list[MatchResult]) -> None:
    unmatched = [one.upload.file.name for one in results if isinstance(one, UnmatchedUpload)]
    assert unmatched == ["balcony.txt", "own-tune.wav", "slow-train.txt"]
    refused = [(one.name, one.code) for one in results if isinstance(one, RefusedFile)]
    assert refused == [("empty.txt", "empty"), ("holiday.png", "wrong_type"), ("story.zip", "encrypted")]


def test_there_are_enough_of_all_kinds(results: list[MatchResult]) -> None:
    found = [one for one in results if isinstance(one, MatchedUpload)]
    assert len({one.work.work_id for one in found}) == 14
    assert len({one.work.right_holder_id for one in found}) >= 6
    assert {one.work.kind for one in found} == {"text", "music", "film", "other_audiovisual", "image"}
    assert len({one.upload.upload_id for one in found}) >= 24
    assert len({one.upload.uploader_id for one in found}) >= 9
    tiny = {one.upload.commercial for one in found if (one.upload_amount.characters or 999) <= 160}
    assert tiny == {True, False}


def test_every_match_is_a_decision_that_intake_accepts(results: list[MatchResult]) -> None:
    found = [one for one in results if isinstance(one, MatchedUpload)]
    ids = set()
    for one in found:
        decision = decision_json(one, source="samples", decided_at=datetime(2026, 6, 30, tzinfo=UTC))
        command = RecordFilteringDecision.model_validate(decision)
        assert command.evidence.share_of_upload == one.evidence.share_of_upload
        ids.add(command.decision_id)
    assert len(ids) == len(found)


def test_the_samples_are_the_same_bytes_every_time(folders: SampleFolders, tmp_path: Path) -> None:
    again = build_samples(tmp_path)
    for one, other in ((folders.works, again.works), (folders.uploads, again.uploads)):
        names = sorted(path.name for path in one.iterdir())
        assert names == sorted(path.name for path in other.iterdir())
        assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_what_is_encoded_is_encoded_the_same_again() -> None:
    assert encoded.film_upload.__wrapped__(135) == encoded.film_upload(135)
    assert encoded.tide_upload.__wrapped__(156) == encoded.tide_upload(156)
    assert encoded.small_poster.__wrapped__() == encoded.small_poster()


def test_refuses_shares_that_the_texts_are_too_short_for() -> None:
    work = body((TEXTS / "zh-ferry.txt").read_text("utf-8"))
    with pytest.raises(ValueError, match="too short"):
        with_share(work, "短", Fraction(1, 2), 500)


def test_some_of_the_many_uploads_are_the_very_file_of_a_work(tmp_path: Path) -> None:
    folder = build_variants(tmp_path, 40)
    works = {(TEXTS / f"{name}.txt").read_bytes() for name, _language in WORKS}
    assert sum(file.read_bytes() in works for file in folder.glob("*.txt")) == 2
