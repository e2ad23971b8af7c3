"""Mappings: the shipped ones on the shapes that vendors publish, shares counted again, and files that are wrong."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.external.mapping import (
    Delivery,
    Measured,
    Unfit,
    measured,
    read_delivery,
    read_document,
    union,
)
from matching_adapter.external.mapping_file import SHIPPED, MappingProblem, mapping_from, read_mapping, shipped_mapping
from matching_adapter.external.pointers import MISSING, pointer_parts, value_at

YOUTUBE = {
    "upload": "video-1",
    "seconds": 200,
    "result": {
        "kind": "youtubePartner#claim",
        "timeCreated": "2026-06-30T12:00:00.000Z",
        "matchInfo": {
            "referenceId": "ref-1",
            "matchSegments": [
                {
                    "channel": "audio",
                    "video_segment": {"start": "10.0", "duration": "60.5"},
                    "reference_segment": {"start": "0", "duration": "60.5"},
                },
                {
                    "channel": "audio",
                    "video_segment": {"start": "60", "duration": "40"},
                    "reference_segment": {"start": "100", "duration": "40"},
                },
                {
                    "channel": "video",
                    "video_segment": {"start": "10", "duration": "20"},
                    "reference_segment": {"start": "0", "duration": "20"},
                },
            ],
            "totalMatch": {"userVideoDurationSecs": "100", "referenceDurationSecs": "100"},
            "longestMatch": {"durationSecs": "60", "userVideoOffset": "10", "referenceOffset": "0"},
        },
    },
}
"""After the public reference of the Content ID API, resource claims: numbers as text."""

ACRCLOUD = {
    "upload": "file-1",
    "seconds": 73,
    "result": {
        "status": {"msg": "Success", "code": 0, "version": "1.0"},
        "metadata": {
            "timestamp_utc": "2026-07-06 04:38:43",
            "played_duration": 73,
            "music": [
                {
                    "acrid": "4b10ecaa3dbcc60e9f7924919722e133",
                    "score": 100,
                    "sample_begin_time_offset_ms": 0,
                    "sample_end_time_offset_ms": 9120,
                    "db_begin_time_offset_ms": 145420,
                    "db_end_time_offset_ms": 154540,
                },
                {
                    "acrid": "4b10ecaa3dbcc60e9f7924919722e133",
                    "score": "78",
                    "sample_begin_time_offset_ms": "9000",
                    "sample_end_time_offset_ms": "20000",
                    "db_begin_time_offset_ms": "154420",
                    "db_end_time_offset_ms": "165420",
                },
                {"acrid": "0000", "score": 70},
            ],
        },
    },
}
"""After the vendor's public documentation: numbers and text mixed."""

AUDD = {
    "upload": "file-2",
    "seconds": 60,
    "result": [
        {"isrc": "USEE10180267", "score": 95, "start_seconds": 12.5, "end_seconds": 42.5},
        {"isrc": "GBALB9200002", "score": 60, "start_seconds": 50, "end_seconds": 60},
    ],
}
"""After the release notes of the vendor's client libraries."""


def delivered(name: str, document: Any) -> Delivery:
    path = shipped_mapping(name)
    assert path is not None
    return read_delivery(read_mapping(path), read_document(json.dumps(document).encode()))


def counted(delivery: Delivery, work_length: Decimal | None = None) -> list[Measured]:
    return [
        measured(
            one,
            engine="e",
            engine_version="1",
            config_digest="d",
            unit=delivery.unit,
            upload_length=delivery.length,
            work_length=work_length,
        )
        for one in delivery.findings
    ]


def test_claims_of_youtube_keep_sound_and_picture_apart() -> None:
    delivery = delivered("youtube", YOUTUBE)
    assert (delivery.upload, delivery.completed_at) == ("video-1", datetime(2026, 6, 30, 12, tzinfo=UTC))
    picture, sound = counted(delivery, Decimal(1000))
    assert (picture.evidence["track"], sound.evidence["track"]) == ("picture", "sound")
    assert (picture.share, sound.share) == (Decimal("0.1"), Decimal("0.45"))
    assert sound.evidence["share_of_work"] == "0.1005"
    assert sound.evidence["segments"] == [
        {"upload": [10, "70.5"], "work": [0, "60.5"]},
        {"upload": [60, 100], "work": [100, 140]},
    ]
    assert sound.evidence["amount"] == {"seconds": 90}


def test_results_of_acrcloud_are_joined_by_work() -> None:
    delivery = delivered("acrcloud", ACRCLOUD)
    assert (delivery.engine_version, delivery.completed_at) == ("1.0", datetime(2026, 7, 6, 4, 38, 43, tzinfo=UTC))
    first, second = counted(delivery)
    assert first.share == Decimal("0.273972")
    assert (first.evidence["confidence"], first.evidence["track"]) == ("1", "sound")
    assert len(first.evidence["segments"]) == 2  # type: ignore[arg-type]
    assert (second.share, second.evidence["segments"], second.evidence["confidence"]) == (None, [], "0.7")


def test_matches_of_audd() -> None:
    first, second = counted(delivered("audd", AUDD))
    assert (first.share, first.evidence["confidence"]) == (Decimal("0.5"), "0.95")
    assert second.share == Decimal("0.166666")


def test_every_shipped_mapping_is_right_and_says_what_it_is_for() -> None:
    names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    assert names == ["acrcloud", "audd", "plain", "youtube"]
    for name in names:
        path = shipped_mapping(name)
        assert path is not None
        read_mapping(path)
        assert len(tomllib.loads(path.read_text("utf-8"))["about"]) > 50
    assert shipped_mapping("../engines") is None


@pytest.mark.parametrize(
    ("own", "share", "differs"),
    [("0.5", "0.5", False), ("0.52", "0.5", False), ("0.521", "0.5", True), ("0.47", "0.5", True)],
)
def test_an_own_share_more_than_two_points_off_is_flagged(own: str, share: str, differs: bool) -> None:
    match = {"work": "w", "method": "fingerprint", "share_of_upload": own, "segments": [{"upload": [0, 50]}]}
    (one,) = counted(delivered("plain", {"upload": "u", "seconds": 100, "matches": [match]}))
    assert (one.share, one.evidence["engine_share"], one.differs) == (Decimal(share), own, differs)


def test_without_stretches_the_own_number_counts_then_the_amount() -> None:
    match = {"work": "w", "method": "fingerprint", "share_of_upload": "0.4", "amount": {"seconds": 10}}
    (one,) = counted(delivered("plain", {"upload": "u", "seconds": 100, "matches": [match]}))
    assert (one.share, "engine_share" in one.evidence) == (Decimal("0.4"), False)
    del match["share_of_upload"]
    (one,) = counted(delivered("plain", {"upload": "u", "seconds": 100, "matches": [match]}))
    assert one.share == Decimal("0.1")
    (one,) = counted(delivered("plain", {"upload": "u", "matches": [match]}))
    assert (one.share, one.evidence["share_of_upload"]) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=12))
def test_the_union_counts_every_second_once(stretches: list[tuple[int, int]]) -> None:
    seconds = {second for start, length in stretches for second in range(start, start + length)}
    assert union([(Decimal(start), Decimal(start + length)) for start, length in stretches]) == len(seconds)


WRONG = {
    'format = 2\n[delivery]\nupload={pointer="/u"}\n[match]\nwork={pointer="/w"}\nmethod={constant="hash"}': (
        "format",
    ),
    'format = 1\n[match]\nwork={pointer="/w"}\nmethod={constant="hash"}': ("delivery",),
    'format = 1\n[delivery]\nupload={pointer="u"}\n[match]\nwork={pointer="/w~2"}\nmethod={constant="magic"}': (
        "delivery.upload.pointer",
        "match.work.pointer",
        "match.method.constant",
    ),
    "format = 1\nextra = 1\n[delivery]\nupload={}\nmatches=7\n"
    '[match]\nwork="x"\nhow={}\nmethod={pointer="/m",unit="s"}': (
        "extra",
        "delivery.upload",
        "match.work",
        "match.how",
        "match.method.unit",
        "delivery.matches",
    ),
    "format = 1\n[delivery]\nupload={pointer='/u'}\n[match]\nwork={pointer='/w'}\nmethod={constant='hash'}\n"
    "confidence={pointer='/c',unit='pct'}\nshare_of_work={constant='1'}\n[segments]\nupload_start={pointer='/s',unit='seconds'}\n"
    "track={pointer='/t',values={a='noise',b=[]}}\nscore={pointer='/x',unit='percent',optional=1,more=2}": (
        "match.confidence.unit",
        "match.share_of_work.constant",
        "segments.track.values.a",
        "segments.track.values.b",
        "segments.score.more",
        "segments.score.optional",
        "segments.upload_end",
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_every_problem_names_file_and_field(text: str) -> None:
    with pytest.raises(MappingProblem) as caught:
        mapping_from("own.toml", tomllib.loads(text))
    assert sorted(one.split(": ")[1] for one in caught.value.problems) == sorted(WRONG[text])
    assert all(one.startswith("own.toml: ") for one in caught.value.problems)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MappingProblem, match=r"none.toml: No such file"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 1")
    with pytest.raises(MappingProblem, match=r"bad.toml: no TOML"):
        read_mapping(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("pointer", "found"),
    {"": 0, "/a/0": 1, "/a/1": MISSING, "/a/01": MISSING, "/a/-": MISSING, "/m~1n": 2, "/o~0p": 3, "/n": None}.items(),
)
def test_pointers(pointer: str, found: Any) -> None:
    document = {"a": [1], "m/n": 2, "o~p": 3, "n": None}
    assert value_at(document, pointer) == (document if found == 0 else found)


@pytest.mark.parametrize("pointer", ["a", "/~", "/~2", 7, None, "/" + "x" * 500])
def test_what_is_no_pointer(pointer: object) -> None:
    with pytest.raises(ValueError, match="pointer"):
        pointer_parts(pointer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["upload", "seconds", "matches", "work", "method", "segments", "0", "1", "track"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_anything_that_comes_in_is_read_or_refused(document: Any) -> None:
    path = shipped_mapping("plain")
    assert path is not None
    try:
        delivery = read_delivery(read_mapping(path), read_document(json.dumps(document).encode()))
    except Unfit:
        return
    for one in counted(delivery):
        assert one.share is None or 0 <= one.share <= 1


@pytest.mark.parametrize("body", [b"", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(Unfit):
        read_document(body)


def test_a_name_given_twice_is_told_not_chosen_from() -> None:
    with pytest.raises(Unfit, match="gives 'work' twice in one object"):
        read_document(b'{"matches": [{"work": "a", "share": 0.2, "work": "b"}]}')
