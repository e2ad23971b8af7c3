"""Previews are prepared once, by one worker, again where one died, and never outlive the person they are of."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from casework.database import parse_database_url
from casework.domain.case.media_events import MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.eventlog.clock import SimulatedClock
from casework.jobs.previews import PreviewMaker
from casework.previews.kept import LEASE, MOST_ATTEMPTS, Previews
from casework.previews.making import NotPrepared, make
from casework.previews.parts import FACTS, Part
from casework.previews.reading import CaseMedia, MediaState, SideMedia, previews_of
from casework.steps.media import deposit
from tests.samples import MATCHER, decision_line
from tests.web import START, Site, running, settings_for

UPLOAD, WORK = MediaSide.UPLOAD, MediaSide.WORK
UPLOAD_TEXT = "My own words first. " * 20 + "The sentence that was taken from the novel." + " And more of mine." * 20
WORK_TEXT = "A long novel. " * 200 + "The sentence that was taken from the novel." + " It goes on." * 200
LIMIT = 1_000_000


_numbers = count(1)


class Bench:
    """A case about two texts on a site, and a worker."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.casework, self.previews = site.parts.casework, site.parts.previews
        self.maker = PreviewMaker(self.casework, self.previews)
        taken = "The sentence that was taken from the novel."
        at, there = UPLOAD_TEXT.index(taken), WORK_TEXT.index(taken)
        segment = {"upload": [at, at + len(taken)], "work": [there, there + len(taken)]}
        number = next(_numbers)
        uploader = {"upload__uploader_id": f"u-{number}", "upload__id": f"up-{number}"}
        match = {"upload__medium": "text", "work__kind": "text", "evidence__segments": [segment]}
        line = decision_line("0.93", f"media-{number}", **uploader, **match)
        (answer,) = site.parts.intake.take([line], MATCHER)
        assert answer.case_id is not None, answer.errors
        self.id: UUID = answer.case_id

    @property
    def case(self) -> Case:
        return self.casework.case(self.id)

    def deposit(self, side: MediaSide, content: str | bytes, name: str = "text.txt") -> None:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        deposit(self.casework, self.previews, self.id, MATCHER, side, path, limit_bytes=LIMIT)

    def seen(self, role: Role = Role.REVIEWER) -> CaseMedia:
        return previews_of(self.casework, self.previews, self.id, self.case, role, "/case")

    def upload(self) -> SideMedia:
        return self.seen().upload


@pytest.fixture
def bench(site: Site, tmp_path: Path) -> Bench:
    """On both databases."""
    return Bench(site, tmp_path)


@pytest.fixture(scope="module")
def shared(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("shared") / "casework.db"
    shutil.copyfile(_sqlite_template, path)
    with running(settings_for(parse_database_url(f"sqlite:///{path}")), SimulatedClock(START)) as site:
        yield site


@pytest.fixture
def quick(shared: Site, tmp_path: Path) -> Bench:
    """A case of its own on one SQLite site, for what does not depend on the database; nothing waits but its files."""
    bench = Bench(shared, tmp_path)
    empty_table(bench)
    return bench


def test_both_texts_are_shown_passage_beside_passage(bench: Bench) -> None:
    assert not bench.seen().any
    bench.deposit(UPLOAD, UPLOAD_TEXT)
    bench.deposit(WORK, WORK_TEXT)
    assert (bench.seen().upload.state, bench.seen().work.state) == (MediaState.WAITING, MediaState.WAITING)
    assert [bench.maker.make_one() for _ in range(3)] == [True, True, False]
    seen = bench.seen()
    assert (seen.upload.state, seen.work.state, seen.upload.problem) == (MediaState.READY, MediaState.READY, None)
    ours, theirs = seen.by_segment[0]
    assert ours is not None
    assert theirs is not None
    shared = [[text for text, is_shared in one.parts if is_shared] for one in (ours, theirs)]
    assert shared == [["The sentence that was taken from the novel."]] * 2
    assert len("".join(text for text, _ in theirs.parts)) < 400, "more of the work is shown than was taken"


def test_the_same_file_again_is_prepared_once(quick: Bench) -> None:
    for _ in range(2):
        quick.deposit(UPLOAD, UPLOAD_TEXT)
    assert [quick.maker.make_one() for _ in range(2)] == [True, False]
    assert quick.case.version == 2


def test_a_file_whose_note_was_lost_is_prepared_when_somebody_looks(quick: Bench) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    lost = Previews(quick.site.parts.engine, quick.casework.vault, quick.site.clock)
    empty_table(quick)
    assert not quick.maker.make_one()
    assert quick.upload().state is MediaState.WAITING
    assert quick.maker.make_one()
    assert quick.upload().state is MediaState.READY
    assert lost.of_case(quick.id)


def empty_table(bench: Bench) -> None:
    """As if the process had been killed between the log and the note."""
    with bench.site.parts.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM media_previews")


def test_a_killed_worker_is_followed_by_another_and_cannot_finish_after_it(bench: Bench) -> None:
    bench.deposit(UPLOAD, UPLOAD_TEXT)
    dead = bench.previews.take("dead")
    assert dead is not None
    assert not bench.maker.make_one(), "two worked on one file"
    bench.site.clock.advance(LEASE / 2)
    assert bench.previews.go_on(dead)
    bench.site.clock.advance(LEASE * 3 / 4)
    assert not bench.maker.make_one()
    bench.site.clock.advance(LEASE)
    assert bench.maker.make_one()
    made = bench.upload()
    assert made.state is MediaState.READY
    late = Part(FACTS, "application/json", b'{"kind":"text"}')
    assert not bench.previews.finish(dead, original(bench), bench.case.uploader, [late])
    assert not bench.previews.fail(dead, "fault", retryable=True)
    assert bench.upload() == made


def original(bench: Bench) -> Any:
    kept = bench.case.media_of(UPLOAD)
    assert kept is not None
    return kept.file.file


def test_a_file_that_kills_its_workers_is_given_up(quick: Bench) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    for number in range(MOST_ATTEMPTS):
        assert quick.previews.take(f"dead {number}") is not None
        quick.site.clock.advance(LEASE)
    assert not quick.maker.make_one()
    assert (quick.upload().state, quick.upload().problem) == (MediaState.FAILED, "fault")


def test_what_cannot_be_decoded_says_why_and_is_not_tried_again(quick: Bench) -> None:
    riff = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + bytes(16)
    quick.deposit(UPLOAD, riff + b"data" + bytes(4), name="song.wav")
    assert quick.maker.make_one()
    failed = quick.upload()
    assert (failed.state, failed.problem) == (MediaState.FAILED, "undecodable")
    assert failed.original == "/case/media/upload/original"
    quick.site.clock.advance(timedelta(days=30))
    assert not quick.maker.make_one()


def test_only_what_may_work_another_time_is_tried_again_and_not_for_ever(quick: Bench) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    for attempt in range(MOST_ATTEMPTS):
        taken = quick.previews.take("w")
        assert taken is not None, attempt
        assert quick.previews.fail(taken, "timeout", retryable=True)
        assert quick.previews.take("w") is None, "it was not left alone"
        assert quick.upload().problem == "timeout"
        quick.site.clock.advance(timedelta(hours=2))
    assert quick.upload().state is MediaState.FAILED


def test_nothing_of_a_work_is_shown_when_it_is_not_known_what_was_taken(tmp_path: Path) -> None:
    from tests.samples import evidence

    (tmp_path / "novel.txt").write_text(WORK_TEXT)
    nowhere = evidence("0.93", segments=[{"upload": [0, 10]}])
    with pytest.raises(NotPrepared) as reason:
        make(tmp_path / "novel.txt", "text/plain", WORK, nowhere)
    assert (reason.value.code, reason.value.retryable) == ("not_located", False)
    with pytest.raises(NotPrepared) as reason:
        make(tmp_path / "novel.txt", "application/pdf", WORK, nowhere)
    assert reason.value.code == "no_preview"


def test_erasing_a_person_takes_file_and_previews_and_they_do_not_come_back(bench: Bench) -> None:
    bench.deposit(UPLOAD, UPLOAD_TEXT)
    bench.deposit(WORK, WORK_TEXT)
    while bench.maker.make_one():
        pass
    bench.casework.vault.erase(bench.case.uploader)
    assert bench.upload().state is MediaState.NONE
    assert bench.upload().original is None
    assert bench.seen().work.state is MediaState.READY
    bench.deposit(UPLOAD, UPLOAD_TEXT)
    assert bench.upload().state is MediaState.NONE
    assert not bench.maker.make_one()


def test_nothing_is_stored_of_a_person_who_is_erased_while_a_worker_is_at_it(bench: Bench) -> None:
    bench.deposit(UPLOAD, UPLOAD_TEXT)
    taken, kept = bench.previews.take("w"), original(bench)
    assert taken is not None
    bench.casework.vault.erase(bench.case.uploader)
    part = Part(FACTS, "application/json", b"{}")
    assert not bench.previews.finish(taken, kept, bench.case.uploader, [part])
    assert bench.casework.vault.erase(bench.case.uploader) == 0, "something of the person came back"


def test_previews_that_are_missing_are_made_again_and_old_ones_do_not_stay(quick: Bench) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    assert quick.maker.make_one()
    before = items(quick)
    (part,) = quick.previews.of_case(quick.id)[2].parts
    with quick.site.parts.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM vault_items WHERE id = ?", (part.reference.id,))
    assert quick.upload().state is MediaState.WAITING
    assert quick.maker.make_one()
    assert quick.upload().state is MediaState.READY
    assert items(quick) == before
    with quick.site.parts.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE media_previews SET recipe = 0")
    assert quick.upload().state is MediaState.READY, "what was made by an earlier recipe is shown meanwhile"
    assert quick.maker.make_one()
    assert items(quick) == before


def items(bench: Bench) -> int:
    with bench.site.parts.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM vault_items").scalar_one())


@pytest.mark.parametrize(
    ("role", "upload", "work"),
    [
        (Role.UPLOADER, True, False),
        (Role.RIGHT_HOLDER, False, True),
        (Role.REVIEWER, True, True),
        (Role.COMPLIANCE, True, True),
        (Role.INTAKE, True, True),
    ],
)
def test_each_side_may_have_its_own_file_and_nobody_the_other_sides(
    quick: Bench, role: Role, upload: bool, work: bool
) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    quick.deposit(WORK, WORK_TEXT)
    while quick.maker.make_one():
        pass
    seen = quick.seen(role)
    assert (seen.upload.original is not None, seen.work.original is not None) == (upload, work)
    assert len(seen.by_segment) == 1


@pytest.mark.parametrize("role", [Role.MATCHER, Role.OVERSIGHT])
def test_who_only_sends_or_oversees_learns_how_far_it_is_and_no_word(quick: Bench, role: Role) -> None:
    quick.deposit(UPLOAD, UPLOAD_TEXT)
    quick.maker.make_one()
    seen = quick.seen(role).upload
    assert (seen.state, seen.original, seen.passages) == (MediaState.READY, None, ())
