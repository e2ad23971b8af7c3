"""Calls engines and holds their answers against the port, so that a fault in one costs its own answer and no other.

An engine may come from another package: it may raise, end the program, print, or answer what the port does not know.
What does not fit is "could not look", never "found nothing". Time and memory of such an engine are limited where it
runs: see `confining`. A fault of the store is no engine's: it ends the run, which goes on where it was the next time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace

from matching_adapter.confining import FAULT, EngineRaised, shortened
from matching_adapter.port import (
    EmbeddedEngine,
    EngineInfo,
    Failed,
    IndexReceipt,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    UploadFile,
    WorkFile,
)
from matching_adapter.store import StoreProblem

_CODE = re.compile(r"[a-z][a-z0-9_]{0,49}").fullmatch


class EngineFault(Exception):
    """An engine cannot say or change what it holds: whatever it answered would be about nobody knows which works."""


class _Unfit(Exception):
    """An answer that the port does not know."""


def look(engine: EmbeddedEngine, upload: UploadFile) -> MatchOutcome:
    """Return what the engine says of one upload; `Failed` with `engine_fault` where it says nothing of use."""
    try:
        with _contained():
            (outcome,) = engine.match([upload])
            _check_outcome(engine.info, outcome)
    except StoreProblem:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 whatever it is, it is the engine's
        return Failed(engine.info.name, FAULT, _told(upload.file.name, error), retryable=False)
    return replace(outcome, detail=shortened(outcome.detail)) if isinstance(outcome, Failed) else outcome


def put(engine: EmbeddedEngine, works: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
    """Put works into the engine, one by one after a fault, so that only the work that brings it about is left out."""
    try:
        with _contained():
            receipts = engine.put(works)
            if [one.work_id for one in receipts] != [work.work_id for work in works]:
                raise _Unfit("receipts of other works")
            if not all(_is_receipt(one) for one in receipts):
                raise _Unfit("receipts of another kind")
    except StoreProblem:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 as above
        if len(works) == 1:
            return [IndexReceipt(works[0].work_id, FAULT, _told(works[0].file.name, error))]
        return [receipt for work in works for receipt in put(engine, [work])]
    return [replace(one, detail=shortened(one.detail)) for one in receipts]


def remove(engine: EmbeddedEngine, work_ids: Sequence[str]) -> None:
    """Have the engine forget works.

    Raises:
        EngineFault: when it does not.

    """
    try:
        with _contained():
            engine.remove(work_ids)
    except StoreProblem:
        raise
    except (Exception, SystemExit) as error:
        raise EngineFault(f"the engine {engine.info.name!r} cannot remove works: {_kind(error)}") from error


def snapshot(engine: EmbeddedEngine) -> str:
    """Return the id of the engine's references.

    Raises:
        EngineFault: when it has none.

    """
    try:
        with _contained():
            found = engine.snapshot()
            if not isinstance(found, str):
                raise TypeError(type(found).__name__)
    except StoreProblem:
        raise
    except (Exception, SystemExit) as error:
        raise EngineFault(f"the engine {engine.info.name!r} cannot name its works: {_kind(error)}") from error
    return found


@contextmanager
def _contained() -> Iterator[None]:
    """Keep what an engine prints out of our own answers."""
    with redirect_stdout(sys.stderr):
        yield


def _check_outcome(info: EngineInfo, outcome: object) -> None:
    if isinstance(outcome, Failed):
        said: tuple[object, object] = (outcome.detail, outcome.retryable)
        if outcome.engine != info.name or not _is_code(outcome.code) or tuple(map(type, said)) != (str, bool):
            raise _Unfit("a failure of another kind")
        return
    if isinstance(outcome, NoMatch):
        if not isinstance(outcome.index_snapshot, str):
            raise _Unfit("no references named")
        return
    if not isinstance(outcome, Matched):
        raise _Unfit(type(outcome).__name__)
    evidence: tuple[object, ...] = outcome.evidence
    for one in evidence:
        if not isinstance(one, MatchEvidence) or not isinstance(one.index_snapshot, str):
            raise _Unfit("evidence of another kind")
        if one.engine != info.name or one.method not in info.methods:
            raise _Unfit(f"evidence of {one.engine} by {one.method}")


def _is_receipt(receipt: object) -> bool:
    if not isinstance(receipt, IndexReceipt):
        return False
    code: object = receipt.code
    return (code is None or _is_code(code)) and isinstance(receipt.detail, str)


def _is_code(code: object) -> bool:
    return isinstance(code, str) and _CODE(code) is not None


def _kind(error: BaseException) -> str:
    return shortened(error.kind if isinstance(error, EngineRaised) else type(error).__name__)


def _told(name: str, error: BaseException) -> str:
    said = f"the answer does not fit: {error}" if isinstance(error, _Unfit) else type(error).__name__
    return f"{name}: {shortened(said)}"
