"""The contract of an engine as a test that any engine can run, those of other packages too; needs no test framework.

from matching_adapter.testing import Samples, check_engine

def test_my_engine_keeps_the_contract(samples: Samples) -> None:
    check_engine(lambda store: MyEngine({}, store), samples)
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from matching_adapter.port import (
    API_VERSION,
    EmbeddedEngine,
    Failed,
    Matched,
    MatchEvidence,
    MatchOutcome,
    NoMatch,
    Segment,
    UploadFile,
    WorkFile,
)
from matching_adapter.store import FingerprintStore

MakeEngine: TypeAlias = Callable[[FingerprintStore], EmbeddedEngine]
"""Makes a fresh engine that keeps its references in the store."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,49}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class ContractBroken(AssertionError):
    """The engine does not do what the port promises; the message says what."""


@dataclass(frozen=True)
class Samples:
    """Files that the engine accepts, and what must come out.

    `works` have nothing in common; `copies`, one for each work and in the same order, take from that work and no other;
    `stranger` takes from none. `broken` cannot be looked at, as an upload or as a work; None where every file can be.
    `lengths` say by file name how long a file is in the unit of the engine's positions; missing ones are not checked.
    """

    works: tuple[WorkFile, ...]
    copies: tuple[UploadFile, ...]
    stranger: UploadFile
    broken: UploadFile | None = None
    lengths: Mapping[str, int | Decimal] = field(default_factory=dict)


def check_engine(make: MakeEngine, samples: Samples) -> None:
    """Check an engine against the port, in memory and with a persistent store.

    Raises:
        ContractBroken: for the first promise that it does not keep.

    """
    _need(len(samples.works) >= 2, "the samples need two works or more")
    _need(len(samples.works) == len(samples.copies), "the samples need a copy for each work")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/index.db"
        store = FingerprintStore(url)
        engine = make(store)
        _check_description(engine, make(FingerprintStore()), samples)
        _check_empty(engine, samples)
        _check_receipts(engine, samples)
        answers = _check_answers(engine, samples)
        _check_changes(engine, samples, answers)
        _check_files_that_change(engine, samples, Path(folder))
        _check_shared(engine, make(store), samples, answers)
        store.close()
        reopened = FingerprintStore(url)
        again = make(reopened)
        _need(again.snapshot() == engine.snapshot(), "a reopened index must have the same snapshot")
        _need(list(again.match(samples.copies)) == answers, "a reopened index must give the same answers")
        reopened.close()


def _check_description(engine: EmbeddedEngine, other: EmbeddedEngine, samples: Samples) -> None:
    info = engine.info
    _need(info.api_version == API_VERSION, f"api_version must be {API_VERSION}, not {info.api_version}")
    _need(bool(info.name and info.version and info.media and info.methods), "name, version, media, methods are needed")
    _need(_DIGEST.match(info.config_digest) is not None, "config_digest must be a SHA-256 in hexadecimal")
    _need(other.info == info, "two engines made alike must describe themselves alike")
    files = [*(one.file for one in samples.works), *(one.file for one in (*samples.copies, samples.stranger))]
    _need(all(info.accepts(file) for file in files), "the samples must be files that the engine accepts")
    _need(all(limit.endswith(".") for limit in info.limits), "limits must be sentences")


def _check_empty(engine: EmbeddedEngine, samples: Samples) -> None:
    _need(list(engine.match([])) == [], "an empty batch must give an empty answer")
    _need(list(engine.put([])) == [], "nothing put in must give no receipt")
    engine.remove(["unknown work"])
    (outcome,) = engine.match([samples.copies[0]])
    _need(isinstance(outcome, NoMatch), f"an engine without references must find nothing, not {outcome}")


def _check_receipts(engine: EmbeddedEngine, samples: Samples) -> None:
    empty = engine.snapshot()
    batch = list(samples.works)
    if samples.broken is not None:
        batch.insert(1, replace(samples.works[0], work_id="broken work", file=samples.broken.file))
    receipts = engine.put(batch)
    _need([one.work_id for one in receipts] == [one.work_id for one in batch], "one receipt per work, in order")
    for receipt in receipts:
        failed = receipt.work_id == "broken work"
        _need((receipt.code is not None) == failed, f"wrong receipt {receipt}")
        _need(not failed or _CODE.match(receipt.code or "") is not None, f"{receipt.code!r} is no stable code")
    full = engine.snapshot()
    _need(full != empty, "references must change the snapshot")
    engine.put(samples.works[::-1])
    _need(engine.snapshot() == full, "the same works again, in another order, must not change the snapshot")


def _check_answers(engine: EmbeddedEngine, samples: Samples) -> list[MatchOutcome]:
    """Look at everything at once, out of order; return the answers to the copies."""
    first, *rest = samples.copies
    broken = [] if samples.broken is None else [samples.broken]
    outcomes = list(engine.match([samples.stranger, *rest, *broken, first]))
    _need(len(outcomes) == len(samples.copies) + 1 + len(broken), "one outcome per upload")
    _need(isinstance(outcomes[0], NoMatch), f"a stranger must give NoMatch, not {outcomes[0]}")
    if broken:
        failed = outcomes[-2]
        _need(isinstance(failed, Failed), f"a broken file must give Failed, not {failed}")
        _check_failed(failed)
    answers = [outcomes[-1], *outcomes[1 : len(samples.copies)]]
    for work, upload, outcome in zip(samples.works, samples.copies, answers, strict=True):
        _need(isinstance(outcome, Matched), f"{upload.file.name} must be found, in the order given, not {outcome}")
        if isinstance(outcome, Matched):
            _check_matched(engine, outcome, work, upload, samples)
    _need(list(engine.match([first])) == answers[:1], "the same upload must give the same answer")
    return answers


def _check_failed(failed: MatchOutcome) -> None:
    if isinstance(failed, Failed):
        _need(_CODE.match(failed.code) is not None, f"{failed.code!r} is no stable code")
        _need(bool(failed.detail), "a failure must say why")


def _check_matched(
    engine: EmbeddedEngine, outcome: Matched, work: WorkFile, upload: UploadFile, samples: Samples
) -> None:
    found = [evidence.work_id for evidence in outcome.evidence]
    _need(found[:1] == [work.work_id], f"{upload.file.name} takes from {work.work_id}, not {found}")
    _need(len(set(found)) == len(found), "one evidence per work at most")
    shares = [evidence.share_of_upload or Decimal(0) for evidence in outcome.evidence]
    _need(shares == sorted(shares, reverse=True), "the largest share must come first")
    for evidence in outcome.evidence:
        _check_evidence(engine, evidence)
        for segment in evidence.segments:
            _check_segment(segment, samples.lengths.get(upload.file.name), samples.lengths.get(work.file.name))
    _need(bool(outcome.evidence[0].segments) or not engine.info.gives_segments, "the engine says it gives segments")


def _check_evidence(engine: EmbeddedEngine, evidence: MatchEvidence) -> None:
    info = engine.info
    _need((evidence.engine, evidence.engine_version) == (info.name, info.version), "evidence must name its engine")
    _need(evidence.config_digest == info.config_digest, "evidence must name its settings")
    _need(evidence.index_snapshot == engine.snapshot(), "evidence must name its references")
    _need(evidence.method in info.methods, f"the engine does not say that it uses {evidence.method}")
    _need((evidence.share_of_upload is not None) == info.gives_share, "a share as announced, or none at all")
    for share in (evidence.share_of_upload, evidence.share_of_work):
        _need(share is None or 0 <= share <= 1, f"{share!r} is no share")
        _need(share is None or share.as_tuple().exponent >= -6, f"{share} has more than six digits")  # type: ignore[operator]


def _check_segment(segment: Segment, upload: int | Decimal | None, work: int | Decimal | None) -> None:
    ends = ((segment.upload_end, upload), (segment.work_end, work))
    for end, length in ends:
        _need(end is None or length is None or end <= length, f"{segment} leaves its file of {length}")


def _check_changes(engine: EmbeddedEngine, samples: Samples, answers: Sequence[MatchOutcome]) -> None:
    work, upload, full = samples.works[0], samples.copies[0], engine.snapshot()
    engine.remove([work.work_id, "unknown work"])
    _need(engine.snapshot() != full, "a removal must change the snapshot")
    (outcome,) = engine.match([upload])
    found = [one.work_id for one in outcome.evidence] if isinstance(outcome, Matched) else []
    _need(work.work_id not in found, "a removed work must not be found")
    _need(not isinstance(outcome, Failed), "to have forgotten the work is no failure")
    engine.put([work])
    _need(engine.snapshot() == full, "a work put in again must give the same snapshot")
    _need(list(engine.match([upload])) == list(answers[:1]), "a work put in again must be found as before")


def _check_files_that_change(engine: EmbeddedEngine, samples: Samples, folder: Path) -> None:
    upload = samples.copies[0]
    gone = replace(upload, file=replace(upload.file, path=folder / "gone"))
    (outcome,) = engine.match([gone])
    # An engine that looks at words beside the file may still have something to say.
    if not (engine.info.methods <= {"metadata", "keyword"}):
        _need(isinstance(outcome, Failed), f"a file that is not there must give Failed, not {outcome}")
        _check_failed(outcome)


def _check_shared(
    engine: EmbeddedEngine, other: EmbeddedEngine, samples: Samples, answers: Sequence[MatchOutcome]
) -> None:
    """Two engines on one store, as in two processes: each must see what the other does."""
    last = samples.works[-1]
    _need(other.snapshot() == engine.snapshot(), "two engines on one store must have the same references")
    other.remove([last.work_id])
    _need(other.snapshot() == engine.snapshot(), "a removal by another process must be seen")
    engine.put([last])
    _need(
        list(other.match(samples.copies[-1:])) == list(answers[-1:]), "a work put in by another process must be found"
    )


def _need(condition: bool, promise: str) -> None:
    if not condition:
        raise ContractBroken(promise)
