"""Runs engines over two folders of real files, works and uploads, and hands out the results one by one.

Every file ends as a result: matched with a work, looked at without a match, refused with a reason, or failed. Only the
lists beside the files can be wrong as a whole (`ManifestError`), because then nothing could be decided rightly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from matching_adapter.external.verdicts import Exemptions, StoredVerdicts
from matching_adapter.files import FileRefused, Kind, inspect_file
from matching_adapter.looking import Answers, Report, Workshop
from matching_adapter.manifest import (
    Manifest,
    ManifestError,
    Role,
    manifest_name,
    read_manifest,
    uploads_from,
    works_from,
)
from matching_adapter.measuring import amount_of
from matching_adapter.merging import TooManySegments, fitted
from matching_adapter.opening import opened
from matching_adapter.port import (
    Amount,
    EmbeddedEngine,
    Failed,
    FileReference,
    Json,
    Matched,
    MatchEvidence,
    Medium,
    UploadFile,
    WorkFile,
)
from matching_adapter.store import FingerprintStore

MINIMUM_SHARE = Decimal("0.05")
"""Shares of the upload below this open no case: unrelated texts of one field share up to 3 % of stock phrases."""

LARGEST_FILE = 512 * 1024 * 1024
"""Bytes of a file that are accepted by default."""

NOTHING_TO_LOOK_AT = frozenset({"no_sound", "no_picture", "no_name"})
"""Codes of engines for a file that has nothing of what they look at."""

MOST_ALSO_FOUND = 8
"""Findings of other engines that a decision carries at most."""

_RANK = {"hash": 0, "fingerprint": 1, "keyword": 2, "metadata": 3}
_MEDIUM: dict[Kind, Medium] = {"text": "text", "pdf": "text", "image": "image", "audio": "audio", "video": "video"}


@dataclass(frozen=True, slots=True)
class MatchedUpload:
    """One upload and one work that it takes from: everything that a decision needs."""

    upload: UploadFile
    upload_amount: Amount
    work: WorkFile
    work_amount: Amount
    evidence: MatchEvidence
    decision_id: str
    also_found: tuple[MatchEvidence, ...] = ()
    """What other engines said of the same two, best first: shown, never added up, never decides."""


@dataclass(frozen=True, slots=True)
class UnmatchedUpload:
    """An upload in which no work was found; `engines` are those that looked."""

    upload: UploadFile
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExemptedUpload:
    """A match that people have judged before: it is shown, and reported to nobody. `outcome` is what they decided."""

    upload: UploadFile
    work: WorkFile
    evidence: MatchEvidence
    outcome: str


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was not looked at; `code` is one of `files.RefusalCode`, or `missing` (listed, but not there)."""

    role: Role
    name: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that an engine could not look at; the other engines' results stand on their own."""

    role: Role
    name: str
    engine: str
    code: str
    detail: str
    retryable: bool


MatchResult: TypeAlias = MatchedUpload | ExemptedUpload | UnmatchedUpload | RefusedFile | FailedFile


def match_folders(
    works: Path,
    uploads: Path,
    *,
    engines: Sequence[EmbeddedEngine],
    minimum_share: Decimal = MINIMUM_SHARE,
    limit_bytes: int = LARGEST_FILE,
    store: FingerprintStore | None = None,
    processes: int = 1,
    report: Report | None = None,
) -> Iterator[MatchResult]:
    """Look for the works in the uploads. Sub-folders are not entered.

    Results come as they are found: first works that were refused, then the uploads by file name; of one upload first
    what failed, then the matches, the largest share first. An upload that takes from several works gives one match per
    work. For the same upload and work an identical file (hash) goes before copied parts (fingerprint), a larger share
    before a smaller one; what the other engines found of the two is in `also_found`. Matches below `minimum_share` of
    the upload are left out; evidence without a share is kept.

    `store` is the one that the engines keep their references in. It then holds exactly these works, and of uploads that
    the same engines have seen with the same references the answer is taken from it, and its verdicts are heeded: a pair
    that people have exempted gives `ExemptedUpload`. `report` is told how far it is.

    Raises:
        ManifestError: at once, when a list is wrong or a needed field is missing.
        NotADirectoryError: at once, when a folder is none.

    """
    for folder in (works, uploads):
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder")
    work_files, refused_works = _inspected(works, "work", limit_bytes)
    upload_files, refused_uploads = _inspected(uploads, "upload", limit_bytes)
    problems: list[str] = []
    work_list, upload_list = read_manifest(works, "work"), read_manifest(uploads, "upload")
    references = works_from(work_list, work_files, problems)
    candidates = uploads_from(upload_list, upload_files, problems)
    problems += _repeated(work_list, [(work.file.name, work.work_id) for work in references])
    versions = [(upload.file.name, f"{upload.upload_id} version {upload.version}") for upload in candidates]
    problems += _repeated(upload_list, versions)
    if problems:
        raise ManifestError(problems)
    refused_works += _absent(work_list, works, "work")
    refused_uploads += _absent(upload_list, uploads, "upload")
    workshop = Workshop(tuple(engines), store, processes, report or _quiet)
    exemptions = Exemptions() if store is None else StoredVerdicts(store).exemptions()
    filters = _Filters(minimum_share, exemptions)
    return _results(references, candidates, [*refused_works, *refused_uploads], workshop, filters)


def decision_json(result: MatchedUpload, *, source: str, decided_at: datetime) -> dict[str, Json]:
    """Return the decision as the body of `POST /api/v1/decisions`; what is not known is left out.

    Raises:
        ValueError: when `decided_at` has no time zone.

    """
    if decided_at.utcoffset() is None:
        raise ValueError("decided_at needs a time zone")
    upload, work = result.upload, result.work
    decision: dict[str, Json] = {
        "decision_id": result.decision_id,
        "source": source,
        "decided_at": decided_at.isoformat(),
        "upload": _known(
            {
                "id": upload.upload_id,
                "version": upload.version,
                "uploader_id": upload.uploader_id,
                "medium": upload.file.medium,
                "title": upload.title,
                "url": upload.url,
                "language": upload.language,
                "amount": result.upload_amount.to_json(),
                "commercial": upload.commercial,
                "content_sha256": upload.file.sha256,
            }
        ),
        "work": {
            "id": work.work_id,
            "title": work.title,
            "right_holder_id": work.right_holder_id,
            "kind": work.kind,
            "flags": list(work.flags),
            "amount": result.work_amount.to_json(),
        },
        "evidence": result.evidence.to_decision_evidence(),
    }
    if result.also_found:
        also: list[Json] = [_also_found_json(one) for one in result.also_found[:MOST_ALSO_FOUND]]
        decision["evidence"] = {**result.evidence.to_decision_evidence(), "also_found": also}
    if upload.marks:
        decision["marks"] = [mark.to_json() for mark in upload.marks]
    if upload.signals:
        decision["signals"] = [{**signal.to_json()} for signal in upload.signals]
    return decision


def decision_id_of(upload: UploadFile, evidence: MatchEvidence) -> str:
    """Return the id of a decision: the same upload version, content, work and engine always give the same one.

    The set of references is no part of it: adding a work does not open the cases of all the others again.
    """
    parts = [
        upload.upload_id,
        upload.version,
        upload.file.sha256,
        evidence.work_id,
        evidence.engine,
        evidence.engine_version,
        evidence.config_digest,
    ]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return f"match-{hashlib.sha256(text.encode('ascii')).hexdigest()[:40]}"


def _known(fields: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}


def _inspected(folder: Path, role: Role, limit_bytes: int) -> tuple[list[FileReference], list[RefusedFile]]:
    """Inspect every file of a folder but its list, by name."""
    files, refused = [], []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name == manifest_name(role):
            continue
        try:
            found = inspect_file(path.name, path, limit_bytes=limit_bytes)
        except FileRefused as refusal:
            refused.append(RefusedFile(role, path.name, refusal.code, refusal.detail))
            continue
        medium = _MEDIUM[found.kind]
        files.append(FileReference(path, found.name, found.media_type, medium, found.sha256, found.size))
    return files, refused


def _absent(manifest: Manifest, folder: Path, role: Role) -> list[RefusedFile]:
    there = {path.name for path in folder.iterdir()}
    detail = f"listed in {manifest.name}, but not in the folder"
    return [RefusedFile(role, name, "missing", detail) for name in sorted(set(manifest.entries) - there)]


def _repeated(manifest: Manifest, ids: Sequence[tuple[str, str]]) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for name, one in ids:
        if one in first:
            problems.append(f"{manifest.name}: {name}: id {one} is that of {first[one]} too")
        first.setdefault(one, name)
    return problems


_Ranked: TypeAlias = list[MatchEvidence]
"""What several engines found of one upload and one work, the best first."""


@dataclass(frozen=True, slots=True)
class _Filters:
    """Which findings are reported: shares large enough, and pairs that people have not exempted."""

    minimum_share: Decimal
    exemptions: Exemptions

    def sifted(self, upload: UploadFile, ranked: Sequence[_Ranked]) -> tuple[list[_Ranked], list[_Ranked]]:
        """The findings that are large enough, and those of them that are not exempt; the best of each decides."""
        counted = [one for one in ranked if self._large_enough(one[0])]
        return counted, [one for one in counted if self.exemptions.verdict_on(upload, one[0]) is None]

    def exempted(
        self, upload: UploadFile, counted: Sequence[_Ranked], works: Mapping[str, WorkFile]
    ) -> Iterator[ExemptedUpload]:
        """What people have decided already."""
        for best, *_ in counted:
            verdict = self.exemptions.verdict_on(upload, best)
            if verdict is not None:
                yield ExemptedUpload(upload, works[best.work_id], best, verdict.outcome)

    def _large_enough(self, evidence: MatchEvidence) -> bool:
        share = evidence.share_of_upload
        return share is None or share >= self.minimum_share


class _Amounts:
    """Measures a work when it is first asked for: most works are in no match."""

    def __init__(self, works: Mapping[str, WorkFile]) -> None:
        self._works = works
        self._known: dict[str, Amount] = {}

    def of(self, work_id: str) -> Amount:
        if work_id not in self._known:
            self._known[work_id] = amount_of(self._works[work_id].file)
        return self._known[work_id]


def _results(
    works: Sequence[WorkFile],
    uploads: Sequence[UploadFile],
    refused: Sequence[RefusedFile],
    workshop: Workshop,
    filters: _Filters,
) -> Iterator[MatchResult]:
    yield from (one for one in refused if one.role == "work")
    known: dict[str, WorkFile] = {}
    for work in works:
        try:
            with opened(work.file.path):
                pass
        except OSError as error:
            yield _unreadable("work", work.file, error)
        else:
            known[work.work_id] = work
    for engine, receipt in workshop.index(list(known.values())):
        name = known[receipt.work_id].file.name
        yield FailedFile("work", name, engine, receipt.code or "", receipt.detail, retryable=False)
    waiting = {one.name: one for one in refused if one.role == "upload"}
    amounts = _Amounts(known)
    for upload, answers in workshop.look(uploads, list(known.values())):
        for name in sorted(name for name in waiting if name < upload.file.name):
            yield waiting.pop(name)
        yield from _upload_results(upload, answers, known, amounts, filters)
    yield from (waiting[name] for name in sorted(waiting))


def _upload_results(
    upload: UploadFile, answers: Answers, works: Mapping[str, WorkFile], amounts: _Amounts, filters: _Filters
) -> Iterator[MatchResult]:
    found: dict[str, list[MatchEvidence]] = {}
    looked, absent = [], []
    for name, outcome in answers:
        if isinstance(outcome, Failed):
            failed = FailedFile("upload", upload.file.name, name, outcome.code, outcome.detail, outcome.retryable)
            if outcome.code in NOTHING_TO_LOOK_AT:
                absent.append(failed)
            else:
                yield failed
            continue
        looked.append(name)
        for evidence in outcome.evidence if isinstance(outcome, Matched) else ():
            if evidence.work_id in works:
                found.setdefault(evidence.work_id, []).append(evidence)
    # Film without sound is no fault of the file, as long as somebody has looked at the film.
    yield from absent if not looked else ()
    ranked = [sorted(several, key=_order) for several in found.values()]
    counted, kept = filters.sifted(upload, ranked)
    yield from filters.exempted(upload, counted, works)
    try:
        amount = amount_of(upload.file) if kept else Amount()
        work_amounts = {best.work_id: amounts.of(best.work_id) for best, *_ in kept}
    except OSError as error:
        yield _unreadable("upload", upload.file, error)
        return
    for best, *others in sorted(kept, key=lambda one: (-(one[0].share_of_upload or 0), one[0].work_id)):
        try:
            evidence = fitted(best)
        except TooManySegments as problem:
            detail = f"{upload.file.name}: {best.engine} found {best.work_id} in {problem}"
            yield FailedFile("upload", upload.file.name, best.engine, "too_many_segments", detail, retryable=False)
            continue
        yield MatchedUpload(
            upload=upload,
            upload_amount=amount,
            work=works[best.work_id],
            work_amount=work_amounts[best.work_id],
            evidence=evidence,
            decision_id=decision_id_of(upload, best),
            also_found=tuple(others),
        )
    if looked and not counted:
        yield UnmatchedUpload(upload, tuple(looked))


def _unreadable(role: Role, file: FileReference, error: OSError) -> FailedFile:
    return FailedFile(role, file.name, "measuring", "unreadable", f"{file.name}: {error.strerror}", retryable=True)


def _order(evidence: MatchEvidence) -> tuple[int, Decimal, str]:
    return _RANK[evidence.method], -(evidence.share_of_upload or Decimal(0)), evidence.engine


def _also_found_json(evidence: MatchEvidence) -> dict[str, Json]:
    whole = evidence.to_decision_evidence()
    names = ("method", "engine", "engine_version", "track", "share_of_upload", "share_of_work")
    return _known({name: whole.get(name) for name in names})


def _quiet(_stage: str, _done: int, _whole: int) -> None:
    """Tell nobody."""
