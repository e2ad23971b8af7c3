"""Measures an engine on a labelled folder: how far its shares are off, what it misses, what it finds wrongly, how fast.

Nothing here knows how an engine works, so any engine can be measured. Errors are given in points (hundredths of a
share), signed: more than the truth is positive. A work that is in an upload and was not found counts with its whole
share as error, and as missed.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from matching_adapter.confining import ConfinedEngine
from matching_adapter.evaluation.truth import LabelledFolder, Stretch, TrueMatch
from matching_adapter.measuring import amount_of
from matching_adapter.port import (
    EmbeddedEngine,
    EngineInfo,
    Failed,
    Matched,
    MatchEvidence,
    MatchOutcome,
    Segment,
    UploadFile,
)

REPORTED = Decimal("0.05")
"""A share below this opens no case, so it is neither a finding nor a false one."""

LIMITS: tuple[tuple[Decimal, bool], ...] = ((Decimal("0.5"), False), (Decimal("0.9"), True))
"""The limits of the bands, and whether a share that equals the limit lies beyond it."""

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many works and uploads of how many are done."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of the share over some rows, in points; missed rows count with their whole share.

    `within_*`: part of the rows whose error is at most so many points.
    """

    rows: int
    missed: int
    mean: float
    mean_of_found: float | None
    bias: float
    p95: float
    largest: float
    within_1: float
    within_2: float


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Distance of true starts and ends from the nearest measured ones, in the unit of the medium."""

    unit: Literal["seconds", "code points"]
    segments: int
    start_median: float
    start_p95: float
    end_median: float
    end_p95: float


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """How often a limit of a band would be decided wrongly, of `rows`.

    Once by the share alone, once by the low end of its interval (which is what decides); against the uploader means
    that the truth lies below the limit and what was measured beyond it. `near`: the limit lies inside the interval.
    """

    limit: str
    rows: int
    wrong_by_share: int
    against_uploader_by_share: int
    wrong_by_low_end: int
    against_uploader_by_low_end: int
    near: int


@dataclass(frozen=True, slots=True)
class Speed:
    """How long it took. `seconds` by the clock, `processor_seconds` of this process and its children.

    `times_real_time` is seconds of sound or film for each second by the clock, `characters_per_second` likewise.
    `peak_memory_bytes`: of this process since it began; `peak_child_memory_bytes`: of its largest child (a decoder).
    """

    works: int
    index_seconds: float
    uploads: int
    seconds: float
    processor_seconds: float
    times_real_time: float | None
    characters_per_second: float | None
    files_per_second: float
    peak_memory_bytes: int
    peak_child_memory_bytes: int


@dataclass(frozen=True, slots=True)
class Row:
    """One upload and one work: the truth, and what the engine said; shares as decimal texts, None: not said."""

    upload: str
    work: str
    transform: str
    medium: str
    true_share: str | None
    share: str | None
    low: str | None
    high: str | None
    error: float | None
    found: bool


@dataclass(frozen=True, slots=True)
class FalseWork:
    """A work that the engine reported though the upload has nothing from it."""

    upload: str
    work: str
    transform: str
    share: str | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured; see the parts.

    `inside_interval`: part of the true shares inside theirs. `small_false_works`: with a share that opens no case.
    """

    engine: str
    version: str
    config_digest: str
    parameters: Mapping[str, object]
    limits: tuple[str, ...]
    gives_share: bool
    all: Errors | None
    by_medium: Mapping[str, Errors]
    by_transform: Mapping[str, Errors]
    boundaries: Mapping[str, Boundaries]
    named: int
    found: int
    intervals: int
    inside_interval: float | None
    band_limits: tuple[LimitCheck, ...]
    false_works: tuple[FalseWork, ...]
    uploads_without_work: int
    failures: tuple[str, ...]
    speed: Speed
    small_false_works: tuple[FalseWork, ...] = field(default=())
    rows: tuple[Row, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON types."""
        return asdict(self)


@dataclass(slots=True)
class _Looked:
    """What came out of one upload."""

    upload: UploadFile
    outcome: MatchOutcome
    best: dict[str, MatchEvidence]


def evaluate(
    engine: EmbeddedEngine, folder: LabelledFolder, progress: Progress = lambda _done, _whole: None
) -> Evaluation:
    """Put the works into the engine, let it look at every upload, and compare with the truth.

    Uploads that the engine does not accept are left out; what it could not look at is listed in `failures`.
    """
    clock = time.perf_counter()
    failures: list[str] = []
    works = [work for work in folder.works if engine.info.accepts(work.file)]
    uploads = [upload for upload in folder.uploads.values() if engine.info.accepts(upload.file)]
    whole = len(works) + len(uploads)
    for number, work in enumerate(works, start=1):
        failures += [f"work {one.work_id}: {one.code}: {one.detail}" for one in engine.put([work]) if one.code]
        progress(number, whole)
    engine.snapshot()
    index_seconds = time.perf_counter() - clock
    looked: list[_Looked] = []
    clock, processor = time.perf_counter(), _processor_seconds(engine)
    for number, upload in enumerate(uploads, start=1):
        (outcome,) = engine.match([upload])
        looked.append(_Looked(upload, outcome, _best(outcome)))
        if isinstance(outcome, Failed):
            failures.append(f"upload {upload.file.name}: {outcome.code}: {outcome.detail}")
        progress(len(works) + number, whole)
    seconds, processor = time.perf_counter() - clock, _processor_seconds(engine) - processor
    speed = _speed(len(works), index_seconds, uploads, seconds, processor)
    return _compared(engine.info, folder, looked, failures, speed)


def _compared(
    info: EngineInfo, folder: LabelledFolder, looked: Sequence[_Looked], failures: Sequence[str], speed: Speed
) -> Evaluation:
    by_name = {one.upload.file.name: one for one in looked if not isinstance(one.outcome, Failed)}
    truth = [row for row in folder.truth if row.upload in by_name]
    rows = [_row(true, by_name[true.upload]) for true in truth if true.work is not None]
    measured = [row for row in rows if row.error is not None]
    transforms = {true.upload: true.transform for true in truth}
    with_interval = [row for row in measured if row.low is not None and row.high is not None and row.found]
    wrong = list(_false_works(truth, by_name, transforms))
    inside = sum(
        Decimal(row.low or 0) <= Decimal(row.true_share or 0) <= Decimal(row.high or 1) for row in with_interval
    )
    return Evaluation(
        engine=info.name,
        version=info.version,
        config_digest=info.config_digest,
        parameters=dict(info.parameters),
        limits=info.limits,
        gives_share=info.gives_share,
        all=_errors(measured) if measured else None,
        by_medium=_grouped(measured, lambda row: row.medium),
        by_transform=_grouped(measured, lambda row: row.transform),
        boundaries=_boundaries(truth, by_name),
        named=len(rows),
        found=sum(row.found for row in rows),
        intervals=len(with_interval),
        inside_interval=round(inside / len(with_interval), 4) if with_interval else None,
        band_limits=tuple(_limit_check(limit, including, measured) for limit, including in LIMITS) if measured else (),
        false_works=tuple(one for one in wrong if _is_reported(one.share)),
        uploads_without_work=sum(true.work is None for true in truth),
        failures=tuple(failures),
        speed=speed,
        small_false_works=tuple(one for one in wrong if not _is_reported(one.share)),
        rows=tuple(rows),
    )


def _best(outcome: MatchOutcome) -> dict[str, MatchEvidence]:
    """Return the evidence with the largest share for each work: sound and picture of one film are never added up."""
    best: dict[str, MatchEvidence] = {}
    for evidence in outcome.evidence if isinstance(outcome, Matched) else ():
        known = best.get(evidence.work_id)
        if known is None or (evidence.share_of_upload or 0) > (known.share_of_upload or 0):
            best[evidence.work_id] = evidence
    return best


def _row(true: TrueMatch, looked: _Looked) -> Row:
    evidence = looked.best.get(true.work or "")
    share = None if evidence is None else evidence.share_of_upload
    is_found = evidence is not None and (share is None or share >= min(REPORTED, true.share or REPORTED))
    error = None
    if true.share is not None and not (evidence is not None and share is None):
        error = round(float(((share or 0) - true.share) * 100), 4)
    return Row(
        upload=true.upload,
        work=true.work or "",
        transform=true.transform,
        medium=looked.upload.file.medium,
        true_share=_text(true.share),
        share=_text(share),
        low=_text(evidence.share_of_upload_low) if evidence is not None else None,
        high=_text(evidence.share_of_upload_high) if evidence is not None else None,
        error=error,
        found=is_found,
    )


def _text(share: Decimal | None) -> str | None:
    return None if share is None else format(share, "f")


def _grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, Errors]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: _errors(members) for name, members in groups.items()}


def _errors(rows: Sequence[Row]) -> Errors:
    errors = [row.error for row in rows if row.error is not None]
    sizes = sorted(abs(error) for error in errors)
    found = [abs(row.error) for row in rows if row.found and row.error is not None]
    return Errors(
        rows=len(rows),
        missed=sum(not row.found for row in rows),
        mean=_mean(sizes),
        mean_of_found=_mean(found) if found else None,
        bias=_mean(errors),
        p95=_quantile(sizes, 0.95),
        largest=round(sizes[-1], 3),
        within_1=round(sum(size <= 1 for size in sizes) / len(sizes), 4),
        within_2=round(sum(size <= 2 for size in sizes) / len(sizes), 4),
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3)


def _quantile(ordered: Sequence[float], part: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))], 3)


def _boundaries(truth: Iterable[TrueMatch], by_name: Mapping[str, _Looked]) -> dict[str, Boundaries]:
    found: dict[str, list[tuple[float, float]]] = {}
    for true in truth:
        looked = by_name[true.upload]
        evidence = looked.best.get(true.work or "")
        segments = [one for one in evidence.segments if one.upload_start is not None] if evidence is not None else []
        if segments:
            distances = [_distance(stretch, segments) for stretch in true.stretches]
            found.setdefault(looked.upload.file.medium, []).extend(distances)
    return {medium: _boundary_errors(medium, distances) for medium, distances in found.items() if distances}


def _distance(stretch: Stretch, segments: Sequence[Segment]) -> tuple[float, float]:
    start, end = stretch
    starts = [abs(Decimal(one.upload_start) - start) for one in segments if one.upload_start is not None]
    ends = [abs(Decimal(one.upload_end) - end) for one in segments if one.upload_end is not None]
    return float(min(starts)), float(min(ends))


def _boundary_errors(medium: str, distances: Sequence[tuple[float, float]]) -> Boundaries:
    starts, ends = sorted(start for start, _ in distances), sorted(end for _, end in distances)
    return Boundaries(
        unit="code points" if medium == "text" else "seconds",
        segments=len(distances),
        start_median=_quantile(starts, 0.5),
        start_p95=_quantile(starts, 0.95),
        end_median=_quantile(ends, 0.5),
        end_p95=_quantile(ends, 0.95),
    )


def _limit_check(limit: Decimal, including: bool, rows: Sequence[Row]) -> LimitCheck:
    def beyond(share: str | None) -> bool:
        value = Decimal(share or 0)
        return value >= limit if including else value > limit

    counts: Counter[str] = Counter()
    for row in rows:
        true, by_share, by_low = beyond(row.true_share), beyond(row.share), beyond(row.low or row.share)
        counts["share"] += by_share != true
        counts["share against"] += by_share and not true
        counts["low"] += by_low != true
        counts["low against"] += by_low and not true
        counts["near"] += by_low != beyond(row.high or row.share)
    return LimitCheck(
        limit=f"{'at least' if including else 'more than'} {limit}",
        rows=len(rows),
        wrong_by_share=counts["share"],
        against_uploader_by_share=counts["share against"],
        wrong_by_low_end=counts["low"],
        against_uploader_by_low_end=counts["low against"],
        near=counts["near"],
    )


def _false_works(
    truth: Sequence[TrueMatch], by_name: Mapping[str, _Looked], transforms: Mapping[str, str]
) -> Iterable[FalseWork]:
    right = {(true.upload, true.work) for true in truth}
    for name, transform in transforms.items():
        for work_id, evidence in by_name[name].best.items():
            if (name, work_id) not in right:
                yield FalseWork(name, work_id, transform, _text(evidence.share_of_upload))


def _is_reported(share: str | None) -> bool:
    return share is None or Decimal(share) >= REPORTED


def _speed(works: int, index_seconds: float, uploads: Sequence[UploadFile], seconds: float, processor: float) -> Speed:
    amounts = [amount_of(upload.file) for upload in uploads]
    played = sum((amount.seconds for amount in amounts if amount.seconds is not None), Decimal(0))
    characters = sum(amount.characters or 0 for amount in amounts)
    spent = max(seconds, 1e-9)
    return Speed(
        works=works,
        index_seconds=round(index_seconds, 3),
        uploads=len(uploads),
        seconds=round(seconds, 3),
        processor_seconds=round(processor, 3),
        times_real_time=round(float(played) / spent, 2) if played else None,
        characters_per_second=round(characters / spent, 0) if characters else None,
        files_per_second=round(len(uploads) / spent, 3),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        peak_child_memory_bytes=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    )


def _processor_seconds(engine: EmbeddedEngine) -> float:
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    # A process that still runs counts as nobody's child yet.
    beside = engine.processor_seconds if isinstance(engine, ConfinedEngine) else 0.0
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + beside
