"""Puts works into engines and has them look at uploads: in many processes, and never at the same thing twice.

Fingerprints and answers are kept in a store. Work that was done before, by a run that was killed or by another process,
is not done again: a work whose file is the same, an upload that the same engine has seen with the same references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from matching_adapter import guarding
from matching_adapter.confining import ConfinedEngine
from matching_adapter.outcomes import engine_key, outcome_from, outcome_text, upload_key
from matching_adapter.port import (
    EmbeddedEngine,
    Failed,
    IndexReceipt,
    Matched,
    MatchOutcome,
    NoMatch,
    UploadFile,
    WorkFile,
)
from matching_adapter.spreading import Died, Spreading
from matching_adapter.store import FingerprintStore

Stage: TypeAlias = Literal["works", "uploads"]
Report: TypeAlias = Callable[[Stage, int, int], None]
"""Told the stage, how many are done, and how many there are."""

Answers: TypeAlias = tuple[tuple[str, MatchOutcome], ...]
"""What each engine said, in the order of the engines."""

_UPLOADS_AT_ONCE = 256
_SMALL = 64 * 1024 * 1024
DIED = "crashed"
"""Code of a file that killed the process that looked at it."""


def _quiet(_stage: Stage, _done: int, _whole: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Engines, the store that they keep their references in, and the processes to use."""

    engines: tuple[EmbeddedEngine, ...]
    store: FingerprintStore | None = None
    processes: int = 1
    report: Report = _quiet

    def index(self, works: Sequence[WorkFile]) -> Iterator[tuple[str, IndexReceipt]]:
        """Make these works the references, and yield the name of the engine and the receipt where one did not go in.

        Works that the engines hold from before and that are not among these are removed.
        """
        spread = self.processes > 1 and self.store is not None and self.store.shared
        failed: dict[str, set[str]] = {engine.info.name: set() for engine in self.engines}
        for tried, receipt in self._put_one_by_one(works, self.processes if spread else 1):
            failed[tried].add(receipt.work_id)
            yield tried, receipt
        for engine in self.engines:
            name = engine.info.name
            taken = [work for work in works if engine.info.accepts(work.file) and work.work_id not in failed[name]]
            # What other processes put into the store is taken from there; an engine without one begins here.
            for receipt in guarding.put(engine, taken) if spread else ():
                if receipt.code is not None:
                    failed[name].add(receipt.work_id)
                    yield name, receipt
            self._remove_others(engine, {work.work_id for work in taken} - failed[name])

    def look(
        self, uploads: Sequence[UploadFile], works: Sequence[WorkFile] = ()
    ) -> Iterator[tuple[UploadFile, Answers]]:
        """Yield each upload with what every engine that accepts it said, in the order of the uploads.

        `works` are some of the references; with them the engines are made ready before other processes are started.
        """
        snapshots = {engine.info.name: guarding.snapshot(engine) for engine in self.engines}
        done, ready = 0, self.processes == 1
        self.report("uploads", 0, len(uploads))
        for start in range(0, len(uploads), _UPLOADS_AT_ONCE):
            batch = uploads[start : start + _UPLOADS_AT_ONCE]
            known = self._kept(batch, snapshots)
            if not ready and any(self._missing(one, known[one.upload_id, one.version]) for one in batch):
                self._make_ready(works)
                ready = True
            fresh = self._looked(batch, known)
            for upload in batch:
                answers = known[upload.upload_id, upload.version]
                if self._missing(upload, answers):
                    answers = {**answers, **next(fresh)}
                done += 1
                self.report("uploads", done, len(uploads))
                names = (engine.info.name for engine in self.engines)
                yield upload, tuple((name, answers[name]) for name in names if name in answers)

    def _put_one_by_one(self, works: Sequence[WorkFile], processes: int) -> Iterator[tuple[str, IndexReceipt]]:
        """Yield the receipts of the works that some engine did not take."""
        spreading = Spreading(self._put_everywhere, processes)
        self.report("works", 0, len(works))
        for done, (work, found) in enumerate(spreading.results(works), start=1):
            self.report("works", done, len(works))
            if isinstance(found, Died):
                for engine in self.engines:
                    if engine.info.accepts(work.file):
                        detail = f"{work.file.name}: the process that read it has died"
                        yield engine.info.name, IndexReceipt(work.work_id, DIED, detail)
            else:
                yield from found

    def _put_everywhere(self, work: WorkFile) -> list[tuple[str, IndexReceipt]]:
        taking = [engine for engine in self.engines if engine.info.accepts(work.file)]
        receipts = [(engine.info.name, receipt) for engine in taking for receipt in guarding.put(engine, [work])]
        return [(name, receipt) for name, receipt in receipts if receipt.code is not None]

    def _remove_others(self, engine: EmbeddedEngine, wanted: set[str]) -> None:
        held = self.store.work_ids(engine.info.name) if self.store is not None else frozenset()
        if others := sorted(held - wanted):
            guarding.remove(engine, others)

    def _kept(
        self, uploads: Sequence[UploadFile], snapshots: dict[str, str]
    ) -> dict[tuple[str, int], dict[str, MatchOutcome]]:
        """What the engines said of these uploads before, with the same references, by upload and engine."""
        known: dict[tuple[str, int], dict[str, MatchOutcome]] = {(one.upload_id, one.version): {} for one in uploads}
        if self.store is None or not self.store.shared:
            return known
        keys = [upload_key(upload) for upload in uploads]
        for engine in self.engines:
            name = engine.info.name
            kept = self.store.kept_outcomes(engine_key(engine.info), snapshots[name], keys)
            for upload, key in zip(uploads, keys, strict=True):
                if key in kept and engine.info.accepts(upload.file):
                    known[upload.upload_id, upload.version][name] = outcome_from(kept[key])
        return known

    def _missing(self, upload: UploadFile, answers: dict[str, MatchOutcome]) -> list[EmbeddedEngine]:
        return [one for one in self.engines if one.info.name not in answers and one.info.accepts(upload.file)]

    def _looked(
        self, uploads: Sequence[UploadFile], known: dict[tuple[str, int], dict[str, MatchOutcome]]
    ) -> Iterator[dict[str, MatchOutcome]]:
        """Look at those uploads of which an answer is missing, with the engines that have given none."""

        def look(upload: UploadFile) -> dict[str, MatchOutcome]:
            return self._answers(upload, known[upload.upload_id, upload.version])

        waiting = [one for one in uploads if self._missing(one, known[one.upload_id, one.version])]
        for upload, found in Spreading(look, self.processes).results(waiting):
            if isinstance(found, Died):
                detail = f"{upload.file.name}: the process that looked at it has died"
                missing = self._missing(upload, known[upload.upload_id, upload.version])
                yield {one.info.name: Failed(one.info.name, DIED, detail, retryable=True) for one in missing}
            else:
                yield found

    def _make_ready(self, works: Sequence[WorkFile]) -> None:
        """Look at one small work of each medium, as if it were an upload.

        Engines build their search structures with the first upload that they see: here, so that all processes share
        them. A work, because an upload may do anything to the process that looks at it.
        """
        by_size = sorted((one for one in works if one.file.size <= _SMALL), key=lambda one: -one.file.size)
        for work in {work.file.medium: work for work in by_size}.values():
            for engine in self.engines:
                # One that is confined shares nothing: each process has one of its own.
                if engine.info.accepts(work.file) and not isinstance(engine, ConfinedEngine):
                    guarding.look(engine, UploadFile("", 1, "", work.file))  # a fault is told when it is an upload's

    def _answers(self, upload: UploadFile, known: dict[str, MatchOutcome]) -> dict[str, MatchOutcome]:
        return {engine.info.name: self._answer(engine, upload) for engine in self._missing(upload, known)}

    def _answer(self, engine: EmbeddedEngine, upload: UploadFile) -> MatchOutcome:
        outcome = guarding.look(engine, upload)
        if self.store is not None and self.store.shared and not (isinstance(outcome, Failed) and outcome.retryable):
            self.store.keep_outcome(
                engine_key(engine.info), upload_key(upload), _snapshot_of(outcome, engine), outcome_text(outcome)
            )
        return outcome


def _snapshot_of(outcome: MatchOutcome, engine: EmbeddedEngine) -> str:
    """Return the references that an answer was given with: those that it names."""
    if isinstance(outcome, NoMatch):
        return outcome.index_snapshot
    if isinstance(outcome, Matched) and outcome.evidence:
        return outcome.evidence[0].index_snapshot
    return guarding.snapshot(engine)
