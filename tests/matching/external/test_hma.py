"""The engine over real HTTP: works go in and out, uploads are found, a service that misbehaves is a failure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from matching_adapter.engines.image import ImageEngine
from matching_adapter.external.hma import HmaEngine, HmaSettings
from matching_adapter.external.hma_answers import Hit
from matching_adapter.external.hma_client import HmaClient
from matching_adapter.external.http_calls import CallFailed, Service
from matching_adapter.port import Failed, Matched, MatchEvidence, MatchOutcome, NoMatch
from matching_adapter.store import FingerprintStore
from tests.matching.external.hma_server import Content, Hma, serving_hma
from tests.matching.picture_media import reference, scene, upload, work, write_picture

ONE = Decimal(1)


@pytest.fixture
def hma() -> Iterator[Hma]:
    with serving_hma() as running:
        yield running


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(3):
        write_picture(folder / f"w{seed}.png", scene(seed))
    write_picture(folder / "copy of Anna Lee.jpg", scene(1), "-q:v", "8")
    write_picture(folder / "stranger.png", scene(9))
    (folder / "film.mp4").write_bytes(b"a film as HMA sees it: bytes")
    return folder


def engine(hma: Hma, store: FingerprintStore | None = None, **changes: object) -> HmaEngine:
    service = Service(hma.address, seconds=5, most_bytes=1 << 16)
    return HmaEngine(replace(HmaSettings(service, "WORKS"), **changes), store=store)  # type: ignore[arg-type]


def only(outcome: MatchOutcome) -> MatchEvidence:
    assert isinstance(outcome, Matched), outcome
    (evidence,) = outcome.evidence
    return evidence


def test_a_picture_is_found_and_what_hma_cannot_say_stays_unknown(hma: Hma, pictures: Path) -> None:
    made = engine(hma, version="1.1.7")
    receipts = made.put([work(pictures / f"w{seed}.png") for seed in range(3)])
    assert [one.code for one in receipts] == [None] * 3
    stranger, copy = made.match([upload(pictures / "stranger.png"), upload(pictures / "copy of Anna Lee.jpg")])
    assert isinstance(stranger, NoMatch)
    evidence = only(copy)
    assert (evidence.work_id, evidence.method, evidence.track) == ("w1", "fingerprint", "image")
    assert (evidence.share_of_upload, evidence.share_of_work, evidence.segments) == (None, None, ())
    assert evidence.confidence is not None
    assert Decimal("0.75") < evidence.confidence <= 1
    assert (evidence.engine, evidence.engine_version) == ("hma", "1.1.7")
    assert evidence.index_snapshot == f"pdq={hma.built_to}/3 video_md5={hma.built_to}/3" == made.snapshot()
    assert not [name for name in hma.names_sent if "Anna" in name]


def test_works_go_in_once_are_replaced_and_taken_out(hma: Hma, pictures: Path, tmp_path: Path) -> None:
    store = FingerprintStore(f"sqlite:///{tmp_path}/index.db")
    made = engine(hma, store)
    made.put([work(pictures / "w0.png"), work(pictures / "w1.png")])
    assert len(hma.contents) == 2
    engine(hma, store).put([work(pictures / "w0.png"), work(pictures / "w1.png")])
    assert len(hma.contents) == 2
    made.put([work(pictures / "w2.png", "w1")])
    assert sorted(one.metadata["content_id"] for one in hma.contents.values()) == ["w0", "w1"]
    assert isinstance(made.match([upload(pictures / "w1.png")])[0], NoMatch)
    assert only(made.match([upload(pictures / "w2.png")])[0]).work_id == "w1"
    engine(hma, store).remove(["w1", "unknown"])
    assert [one.metadata["content_id"] for one in hma.contents.values()] == ["w0"]
    assert isinstance(made.match([upload(pictures / "w2.png")])[0], NoMatch)


def test_equal_films_are_one_file(hma: Hma, pictures: Path) -> None:
    made = engine(hma)
    made.put([work(pictures / "film.mp4")])
    evidence = only(made.match([upload(pictures / "film.mp4")])[0])
    assert (evidence.method, evidence.track) == ("hash", "file")
    assert (evidence.share_of_upload, evidence.share_of_work, evidence.confidence) == (ONE, ONE, ONE)
    assert evidence.amount.bytes == (pictures / "film.mp4").stat().st_size


def test_an_index_that_was_built_in_the_second_of_the_call_is_not_waited_for(hma: Hma, pictures: Path) -> None:
    started = time.time()

    def sleep(_seconds: float) -> None:
        raise AssertionError("the index holds the film already")

    def clock() -> float:
        """The next second begins between the building and the answer."""
        return started + len(hma.contents)

    service = Service(hma.address, seconds=5, most_bytes=1 << 16)
    made = HmaEngine(HmaSettings(service, "WORKS"), clock=clock, sleep=sleep)
    made.put([work(pictures / "film.mp4")])
    assert only(made.match([upload(pictures / "film.mp4")])[0]).work_id == "film"


def test_contents_that_others_put_in_are_known_by_their_metadata(hma: Hma, pictures: Path) -> None:
    engine(hma).put([work(pictures / "w0.png", "theirs")])
    others = engine(hma, keeps_works=False)
    assert [one.code for one in others.put([work(pictures / "w0.png", "theirs")])] == [None]
    assert hma.files_sent == 1
    assert only(others.match([upload(pictures / "w0.png")])[0]).work_id == "theirs"


def test_a_server_that_drops_metadata_still_finds_what_we_put_in(hma: Hma, pictures: Path) -> None:
    hma.keeps_metadata = False
    made = engine(hma)
    made.put([work(pictures / "w0.png")])
    hma.contents[7] = Content("WORKS", dict(next(iter(hma.contents.values())).signals), {})
    hma.build()
    assert only(made.match([upload(pictures / "w0.png")])[0]).work_id == "w0"


def test_a_measuring_engine_adds_share_and_regions_to_candidates_only(hma: Hma, pictures: Path) -> None:
    service = Service(hma.address, seconds=5)
    store = FingerprintStore()
    made = HmaEngine(HmaSettings(service, "WORKS"), store=store, measuring=[ImageEngine(store=store)])
    made.put([work(pictures / f"w{seed}.png") for seed in range(3)])
    evidence = only(made.match([upload(pictures / "copy of Anna Lee.jpg")])[0])
    assert (evidence.work_id, evidence.share_of_upload, evidence.engine) == ("w1", ONE, "hma")
    assert evidence.segments
    assert "image-pdq" in evidence.engine_version
    hma.contents.clear()
    hma.build()
    assert isinstance(made.match([upload(pictures / "copy of Anna Lee.jpg")])[0], NoMatch)


def test_whole_pictures_have_a_share_where_the_operator_says_so(hma: Hma, pictures: Path) -> None:
    made = engine(hma, whole_pictures=True)
    made.put([work(pictures / "w0.png")])
    assert only(made.match([upload(pictures / "w0.png")])[0]).share_of_upload == 1


def test_only_hashes_leave_the_machine_where_that_is_wanted(hma: Hma, pictures: Path) -> None:
    engine(hma).put([work(pictures / "w1.png"), work(pictures / "film.mp4")])
    sent = hma.files_sent
    made = engine(hma, hash_here=True, keeps_works=False)
    copy, film = made.match([upload(pictures / "copy of Anna Lee.jpg"), upload(pictures / "film.mp4")])
    assert (only(copy).work_id, only(film).work_id) == ("w1", "film")
    assert hma.files_sent == sent


def test_a_raw_look_up(hma: Hma, pictures: Path) -> None:
    client = HmaClient(Service(hma.address))
    number = client.add("WORKS", reference(pictures / "w0.png"), "w0")
    signal = hma.contents[number].signals["pdq"]
    assert client.raw_lookup("pdq", signal, ["WORKS"]) == (Hit("pdq", "", number, "0"),)
    assert client.raw_lookup("pdq", signal, ["OTHER"]) == ()
    assert client.work_of("WORKS", 4711) is None


def test_waits_until_the_index_holds_what_was_put_in(hma: Hma, pictures: Path) -> None:
    hma.builds_at_once = False
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            hma.build(int(time.time()) + 1)

    settings = HmaSettings(Service(hma.address, seconds=5), "WORKS")
    made = HmaEngine(settings, sleep=sleep)
    made.put([work(pictures / "w0.png")])
    assert only(made.match([upload(pictures / "w0.png")])[0]).work_id == "w0"
    assert len(pauses) == 3


MISBEHAVIOUR = {
    "slow": ("timeout", True),
    "silent": ("timeout", True),
    "cut": ("unreachable", True),
    "huge": ("answer_too_large", False),
    "redirect": ("redirected", False),
    "packed": ("unexpected_answer", False),
    '200 {"pdq": [1]}': ("unexpected_answer", False),
    "200 <html>": ("unexpected_answer", False),
    "500 {}": ("service_fault", True),
    "429 {}": ("busy", True),
    "413 {}": ("file_too_large", False),
    "400 {}": ("refused", False),
    "503 {}": ("not_ready", True),
    "403 {}": ("not_allowed", False),
}


@pytest.mark.parametrize("how", MISBEHAVIOUR)
def test_a_service_that_misbehaves_is_a_failure_with_a_reason(hma: Hma, pictures: Path, how: str) -> None:
    hma.misbehaviour = how
    seconds = 0.4 if MISBEHAVIOUR[how][0] == "timeout" else 20
    service = Service(hma.address, seconds=seconds, most_bytes=1 << 16)
    made = HmaEngine(HmaSettings(service, "WORKS"))
    begun = time.monotonic()
    (outcome,) = made.match([upload(pictures / "w0.png")])
    assert time.monotonic() - begun < 4
    assert isinstance(outcome, Failed), outcome
    assert (outcome.code, outcome.retryable) == MISBEHAVIOUR[how]


def test_an_index_that_is_not_ready_and_a_server_that_may_not_hash(hma: Hma, pictures: Path) -> None:
    made = engine(hma)
    hma.ready = False
    (outcome,) = made.match([upload(pictures / "w0.png")])
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("not_ready", True)
    hma.hasher = False
    (receipt,) = made.put([work(pictures / "w0.png")])
    assert receipt.code == "not_allowed"
    (outcome,) = made.match([upload(pictures / "w0.png")])
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("not_allowed", False)


def test_a_server_that_is_not_there(pictures: Path) -> None:
    made = HmaEngine(HmaSettings(Service("http://127.0.0.1:9"), "WORKS"))
    assert made.snapshot() == "unreachable"
    (outcome,) = made.match([upload(pictures / "w0.png")])
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.retryable) == ("unreachable", True)
    assert made.put([work(pictures / "w0.png")])[0].code == "unreachable"


def test_a_file_that_is_gone_or_changed_or_broken(hma: Hma, pictures: Path, tmp_path: Path) -> None:
    made = engine(hma)
    one = upload(pictures / "w0.png")
    gone = replace(one, file=replace(one.file, path=tmp_path / "gone"))
    changed = replace(one, file=replace(one.file, sha256="0" * 64))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    outcomes = made.match([gone, changed, upload(tmp_path / "broken.png")])
    assert [one.code for one in outcomes if isinstance(one, Failed)] == ["unreadable", "changed", "refused"]


@pytest.mark.parametrize(
    "address",
    ["ftp://host", "http://", "host:80", "http://user:word@host", "http://host/?a=1", "http://host/#a", "file:///etc"],
)
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Service(address)


def test_the_proxy_of_the_environment_has_no_say(hma: Hma, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert isinstance(engine(hma).match([upload(pictures / "w0.png")])[0], NoMatch)
    with pytest.raises(CallFailed, match="unreachable"):
        HmaClient(Service("http://127.0.0.1:9")).status()
