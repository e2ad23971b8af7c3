"""What people decided, heeded: the judged file and its copies are exempt, more than was judged is not, nor for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from matching_adapter.external.verdicts import Exemptions, StoredVerdicts, Verdict
from matching_adapter.match import ExemptedUpload, MatchedUpload, MatchResult, UnmatchedUpload, match_folders
from matching_adapter.port import FileReference, MatchEvidence, UploadFile
from matching_adapter.registry import load_engines
from matching_adapter.store import FingerprintStore

DAY = datetime(2026, 7, 1, tzinfo=UTC)
REVERSED = Verdict("a" * 64, "up-1", "w-1", "reversed", DAY, True, Decimal("0.5"))


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FingerprintStore]:
    urls = {"memory": "sqlite://", "sqlite": f"sqlite:///{tmp_path}/index.db"}
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgresql_url").url.render_as_string(hide_password=False)
        urls["postgresql"] = url.replace("+psycopg", "")
    made = FingerprintStore(urls[request.param])
    yield made
    made.close()


def upload(upload_id: str = "up-1", sha256: str = "a" * 64) -> UploadFile:
    return UploadFile(upload_id, 1, "p", FileReference(Path("x"), "x", "video/mp4", "video", sha256, 1))


def evidence(share: str | None, work: str = "w-1") -> MatchEvidence:
    value = None if share is None else Decimal(share)
    return MatchEvidence(work, "fingerprint", "e", "1", "d", "s", value, None)


def exempt(found: Exemptions, one: UploadFile, share: str | None = "0.5", work: str = "w-1") -> bool:
    return found.verdict_on(one, evidence(share, work)) is not None


def test_the_judged_file_and_copies_that_take_no_more(store: FingerprintStore) -> None:
    StoredVerdicts(store).receive([REVERSED])
    found = StoredVerdicts(store).exemptions()
    assert exempt(found, upload(), "0.9"), "the very file, whatever an engine measures"
    assert exempt(found, upload("up-2"), "0.9"), "the very file under another name"
    assert exempt(found, upload(sha256="b" * 64), "0.52")
    assert exempt(found, upload(sha256="b" * 64), None)
    assert not exempt(found, upload(sha256="b" * 64), "0.521")
    assert not exempt(found, upload("up-2", "b" * 64))
    assert not exempt(found, upload(), work="w-2")


def test_a_later_verdict_undoes_it_and_an_older_one_changes_nothing(store: FingerprintStore) -> None:
    upheld = replace(REVERSED, outcome="upheld", exempt=False, decided_at=DAY + timedelta(days=1))
    receiver = StoredVerdicts(store)
    receiver.receive([REVERSED, upheld])
    assert len(receiver.exemptions()) == 0
    receiver.receive([REVERSED])
    assert len(receiver.exemptions()) == 0
    receiver.receive([replace(REVERSED, decided_at=DAY + timedelta(days=2))])
    assert len(receiver.exemptions()) == 1


def test_a_verdict_names_no_person() -> None:
    assert set(REVERSED.to_json()) == {
        "upload_id",
        "upload_sha256",
        "work_id",
        "outcome",
        "exempt",
        "decided_at",
        "share_of_upload",
    }


def test_matching_tells_exempt_pairs_apart(tmp_path: Path) -> None:
    text = "".join(
        f"Sentence {number} of a long story about the sea and its {number * 7} ships. " for number in range(60)
    )
    for folder, names in (("works", ("w-1", "w-2")), ("uploads", ("up-1", "up-2"))):
        (tmp_path / folder).mkdir()
        for number, name in enumerate(names):
            (tmp_path / folder / f"{name}.txt").write_text(text if number == 0 else text[::-1])
    works = ("w-1", "w-2")
    (tmp_path / "works" / "works.toml").write_text(
        "".join(f'[[work]]\nfile = "{one}.txt"\nid = "{one}"\nright_holder_id = "rh"\nkind = "text"\n' for one in works)
    )
    uploads = ("up-1", "up-2")
    (tmp_path / "uploads" / "uploads.toml").write_text(
        "".join(f'[[upload]]\nfile = "{one}.txt"\nid = "{one}"\nuploader_id = "u"\n' for one in uploads)
    )
    store = FingerprintStore(f"sqlite:///{tmp_path}/index.db")

    def results() -> list[MatchResult]:
        engines = load_engines(["text-winnowing"], store=store)
        return list(match_folders(tmp_path / "works", tmp_path / "uploads", engines=engines, store=store))

    assert [type(one) for one in results()] == [MatchedUpload, MatchedUpload]
    StoredVerdicts(store).receive([replace(REVERSED, upload_sha256=None, share_of_upload=Decimal(1))])
    first, second = results()
    assert isinstance(first, ExemptedUpload)
    assert (first.upload.upload_id, first.work.work_id, first.outcome) == ("up-1", "w-1", "reversed")
    assert isinstance(second, MatchedUpload)
    assert not any(isinstance(one, UnmatchedUpload) for one in results())
    store.close()
