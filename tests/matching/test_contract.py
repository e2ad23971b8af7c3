"""Every engine of the package against the contract of the port, and the contract against engines that break it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest

from casework.samples.build import TEXTS
from matching_adapter.engines.exact_hash import ExactHashEngine
from matching_adapter.files import KINDS
from matching_adapter.port import (
    EngineInfo,
    Failed,
    FileReference,
    IndexReceipt,
    Matched,
    MatchEvidence,
    MatchOutcome,
    Medium,
    NoMatch,
    UploadFile,
    WorkFile,
)
from matching_adapter.registry import ENGINES, load_engines
from matching_adapter.store import FingerprintStore
from matching_adapter.testing import ContractBroken, Samples, check_engine
from tests.matching.media_files import TYPES, make_all, source

SOUND = "sine=frequency=300:beep_factor={a}:duration={d},aphaser=speed={b},aecho=0.8:0.7:{c}:0.4"


def reference(path: Path) -> FileReference:
    content = path.read_bytes()
    media_type = TYPES.get(path.suffix, "text/plain")
    medium: Medium = {"text": "text", "image": "image", "audio": "audio", "video": "video"}[KINDS[media_type]]  # type: ignore[assignment]
    return FileReference(path, path.name, media_type, medium, hashlib.sha256(content).hexdigest(), len(content))


def samples_of(
    works: Sequence[Path], copies: Sequence[Path], stranger: Path, broken: Path | None, seconds: int | None = None
) -> Samples:
    def upload(path: Path, title: str | None = None) -> UploadFile:
        return UploadFile(path.stem, 1, "p", reference(path), title=title)

    titles = ("The Lamp of Gull Point", "渡口的灯与时刻表")
    lengths = {} if seconds is None else {path.name: Decimal(seconds) + Decimal("0.1") for path in (*works, *copies)}
    return Samples(
        works=tuple(
            WorkFile(f"w-{number}", titles[number], "rh", "other_audiovisual", reference(path))
            for number, path in enumerate(works)
        ),
        copies=tuple(upload(path, f"my {titles[number]} (whole)") for number, path in enumerate(copies)),
        stranger=upload(stranger, "Nothing of the kind"),
        broken=None if broken is None else upload(broken),
        lengths=lengths,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


def broken_file(folder: Path, ending: str) -> Path:
    path = folder / f"broken{ending}"
    path.write_bytes(bytes(range(256)) * 8)
    return path


def read(path: Path) -> tuple[str, ...]:
    return "-i", str(path)


def several(paths: Sequence[Path], inputs: Iterable[tuple[str, ...]], *arguments: str) -> list[Path]:
    """Make each file of one input, all alike, by one ffmpeg."""
    used = [one for one, _ in zip(inputs, paths, strict=False)]
    make_all({path: ("-map", str(n), *arguments) for n, path in enumerate(paths)}, *chain.from_iterable(used))
    return [*paths]


@pytest.fixture(scope="module")
def sounds(folder: Path) -> Samples:
    """Bursts of filtered noise, which are as rich as music; the copies are compressed."""
    noises = [
        f"anoisesrc=seed={seed}:d=7:a=0.5:r=22050:c=pink,tremolo=f={seed + 2}:d=0.9,aphaser=speed={seed * 0.4}"
        for seed in (1, 2, 3)
    ]
    made = several([folder / f"sound-{number}.wav" for number in range(3)], map(source, noises))
    copies = several([path.with_suffix(".mp3") for path in made[:2]], map(read, made), "-b:a", "96k")
    return samples_of(made[:2], copies, made[2], broken_file(folder, ".mp3"), 7)


PICTURES = ("mandelbrot=s=192x144:r=8:start_scale=0.4", "testsrc2=s=192x144:r=8", "cellauto=s=192x144:r=8:rule=110")


@pytest.fixture(scope="module")
def films(folder: Path) -> Samples:
    shown = [source(f"{one},trim=duration=4") for one in PICTURES]
    made = several([folder / f"film-{number}.mkv" for number in range(3)], shown, "-c:v", "mjpeg")
    again = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "28", "-vf", "scale=160:120")
    copies = several([path.with_suffix(".mp4") for path in made[:2]], map(read, made), *again)
    return samples_of(made[:2], copies, made[2], broken_file(folder, ".mp4"), 4)


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Samples:
    made = several([folder / f"picture-{number}.png" for number in range(3)], map(source, PICTURES), "-frames:v", "1")
    copies = several([path.with_suffix(".jpg") for path in made[:2]], map(read, made), "-q:v", "8")
    return samples_of(made[:2], copies, made[2], broken_file(folder, ".png"))


@pytest.fixture(scope="module")
def texts(folder: Path) -> Samples:
    gull, ferry, bus = (
        (TEXTS / f"{name}.txt").read_text("utf-8") for name in ("en-gull-point", "zh-ferry", "zh-bus-diary")
    )
    named = {"gull": gull, "ferry": ferry, "gull-copy": gull[:900], "ferry-copy": ferry[:500], "bus": bus}
    for name, text in named.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    paths = {name: folder / f"{name}.txt" for name in named}
    lengths: dict[str, int | Decimal] = {path.name: len(named[name]) for name, path in paths.items()}
    copies = [paths["gull-copy"], paths["ferry-copy"]]
    samples = samples_of([paths["gull"], paths["ferry"]], copies, paths["bus"], broken_file(folder, ".txt"))
    return replace(samples, lengths=lengths)


@pytest.fixture(scope="module")
def whole_files(texts: Samples) -> Samples:
    copies = tuple(replace(texts.copies[0], upload_id=work.work_id, file=work.file) for work in texts.works)
    changed = UploadFile("x", 1, "p", replace(texts.works[0].file, sha256="0" * 64))
    return replace(texts, copies=copies, broken=changed)


SAMPLES = {
    "exact-hash": "whole_files",
    "text-winnowing": "texts",
    "audio-bands": "sounds",
    "chromaprint": "sounds",
    "image-pdq": "pictures",
    "image-regions": "pictures",
    "video-pdq": "films",
    "titles": "texts",
}


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_keeps_the_contract(name: str, request: pytest.FixtureRequest) -> None:
    samples: Samples = request.getfixturevalue(SAMPLES[name])
    if name == "titles":
        # Names are there whatever becomes of the file.
        samples = replace(samples, broken=None)
    check_engine(lambda store: load_engines([name], store=store)[0], samples)


class Altered(ExactHashEngine):
    """An engine that keeps the contract but for what a test changes."""

    def __init__(self, store: FingerprintStore, change: Callable[[MatchOutcome], MatchOutcome]) -> None:
        super().__init__(store=store)
        self._change = change

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        return [self._change(outcome) for outcome in super().match(batch)]


def changed(**fields: object) -> Callable[[MatchOutcome], MatchOutcome]:
    def change(outcome: MatchOutcome) -> MatchOutcome:
        if not isinstance(outcome, Matched):
            return outcome
        evidence: list[MatchEvidence] = [replace(one, **fields) for one in outcome.evidence]  # type: ignore[arg-type]
        return Matched(tuple(evidence))

    return change


def nothing_for_failed(outcome: MatchOutcome) -> MatchOutcome:
    return NoMatch("exact-hash", "1", "s") if isinstance(outcome, Failed) else outcome


def failed_for_nothing(outcome: MatchOutcome) -> MatchOutcome:
    return Failed("exact-hash", "none", "nothing", retryable=False) if isinstance(outcome, NoMatch) else outcome


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        (nothing_for_failed, "a broken file must give Failed"),
        (failed_for_nothing, "must find nothing"),
        (changed(engine="other"), "must name its engine"),
        (changed(config_digest="other"), "must name its settings"),
        (changed(index_snapshot="other"), "must name its references"),
        (changed(method="fingerprint"), "does not say that it uses fingerprint"),
        (changed(share_of_upload=None), "as announced"),
        (changed(share_of_upload=Decimal("0.1234567")), "six digits"),
        (changed(segments=()), "says it gives segments"),
        (changed(work_id="w-9"), "takes from"),
    ],
)
def test_the_contract_notices_wrong_answers(
    whole_files: Samples, change: Callable[[MatchOutcome], MatchOutcome], promise: str
) -> None:
    with pytest.raises(ContractBroken, match=promise):
        check_engine(lambda store: Altered(store, change), whole_files)


class Backwards(ExactHashEngine):
    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        return list(super().match(batch))[::-1]


class Forgetful(ExactHashEngine):
    def __init__(self, store: FingerprintStore) -> None:
        super().__init__()


class Clinging(ExactHashEngine):
    def remove(self, work_ids: Sequence[str]) -> None:
        """Keep everything."""


class Greedy(ExactHashEngine):
    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        super().put(batch)
        return [IndexReceipt(work.work_id) for work in batch]


class Older(ExactHashEngine):
    @property
    def info(self) -> EngineInfo:
        return replace(super().info, api_version=0)


@pytest.mark.parametrize(
    ("engine", "promise"),
    [
        (lambda store: Backwards(store=store), "a stranger must give NoMatch"),
        (Forgetful, "two engines on one store must have the same references"),
        (lambda store: Clinging(store=store), "a removal must change the snapshot"),
        (lambda store: Greedy(store=store), "wrong receipt"),
        (lambda store: Older(store=store), "api_version"),
    ],
)
def test_the_contract_notices_engines_that_break_it(
    whole_files: Samples, engine: Callable[[FingerprintStore], ExactHashEngine], promise: str
) -> None:
    with pytest.raises(ContractBroken, match=promise):
        check_engine(engine, whole_files)
