"""The port between matching engines and whoever uses their results: frozen values, and the protocols of an engine.

Nothing here knows Casework. An engine receives references to files, and answers with evidence: how much of the upload
comes from one work, where, and how sure it is. Shares are exact decimal fractions in [0, 1]. "Looked and found nothing"
(`NoMatch`) and "could not look" (`Failed`) are different answers and must stay so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from matching_adapter.signals import Signal

Medium: TypeAlias = Literal["text", "audio", "image", "video"]
Method: TypeAlias = Literal["hash", "metadata", "keyword", "fingerprint"]
WorkKind: TypeAlias = Literal["text", "music", "film", "series", "sports_event", "image", "other_audiovisual"]
MarkBasis: TypeAlias = Literal["statutory_exception", "licensed", "public_domain", "own_work"]
Track: TypeAlias = Literal["text", "sound", "picture", "image", "file", "title"]
Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

SHARE_STEP = Decimal("0.000001")

API_VERSION = 1
"""Version of this port. A change that an engine has to follow makes it one more."""


def exact_share(part: int, whole: int) -> Decimal:
    """Return part / whole as a decimal share with six digits, rounded down.

    Rounding down never lifts a share over a limit: 899,999.9 millionths stay below 0.9. Doubt goes to the uploader, so
    a share less than one millionth above 0.5 counts as 0.5. Shares that have six digits or fewer are exact.

    Raises:
        ValueError: when whole is not positive, or part is not in [0, whole].

    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is no share")
    millionths = Fraction(part, whole) // Fraction(SHARE_STEP)
    return shortest(Decimal(millionths) * SHARE_STEP)


def shortest(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros and without an exponent: 0.500000 becomes 0.5."""
    return Decimal(format(value.normalize(), "f"))


def rounded_down(value: Decimal, step: Decimal) -> Decimal:
    """Return the value cut to the step (for example Decimal("0.001")), without trailing zeros."""
    return shortest(value.quantize(step, rounding=ROUND_DOWN))


def json_number(value: int | Decimal) -> int | str:
    """Return a JSON value that keeps the number exact: an integer where it is whole, a decimal string otherwise."""
    if isinstance(value, int):
        return value
    whole = int(value)
    return whole if value == whole else format(shortest(value), "f")


def config_digest(parameters: Mapping[str, Json]) -> str:
    """Return the SHA-256 of an engine's parameters as canonical JSON, so that a result names the settings behind it."""
    text = json.dumps(dict(parameters), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is of a file, or how much of it was used; None means "not measured", never zero.

    `seconds` of sound or moving picture; `characters` and `words` as the text engine counts them (letters and digits
    after normalisation, without punctuation and blanks; a word is one CJK character or one run of other letters);
    `bytes` of the file.
    """

    seconds: Decimal | None = None
    characters: int | None = None
    words: int | None = None
    bytes: int | None = None

    def __post_init__(self) -> None:
        for name in ("seconds", "characters", "words", "bytes"):
            value = getattr(self, name)
            if value is not None and not (Decimal(value).is_finite() and value >= 0):
                raise ValueError(f"{name} must be zero or more, not {value}")

    def to_json(self) -> dict[str, Json]:
        """Return the measured amounts only, under the keys of the decision format."""
        values = {"seconds": self.seconds, "characters": self.characters, "words": self.words, "bytes": self.bytes}
        return {key: json_number(value) for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture: fractions of its width (x) and height (y) in [0, 1], from the top left corner."""

    x0: Decimal
    y0: Decimal
    x1: Decimal
    y1: Decimal

    def __post_init__(self) -> None:
        for name in ("x0", "y0", "x1", "y1"):
            _check_share(name, getattr(self, name))
        if not (self.x0 < self.x1 and self.y0 < self.y1):
            raise ValueError(f"region {self.x0}, {self.y0}, {self.x1}, {self.y1} is empty or turned round")

    def to_json(self) -> list[Json]:
        """Return x0, y0, x1, y1 as the decision format writes them."""
        return [json_number(side) for side in (self.x0, self.y0, self.x1, self.y1)]


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the upload and the stretch of the work that it comes from; both half-open: [start, end).

    Positions are code points of the decoded text (text), seconds (audio, video) or bytes (whole files). `work_start`
    and `work_end` are None when the engine cannot say. A segment of a picture has regions in their place. `score` is
    the part of the stretch that agrees, 1 = all of it.
    """

    upload_start: int | Decimal | None = None
    upload_end: int | Decimal | None = None
    work_start: int | Decimal | None = None
    work_end: int | Decimal | None = None
    score: Decimal | None = None
    upload_region: Region | None = None
    work_region: Region | None = None

    def __post_init__(self) -> None:
        _check_stretch("upload", self.upload_start, self.upload_end)
        _check_stretch("work", self.work_start, self.work_end)
        if self.upload_start is None and self.upload_region is None:
            raise ValueError("a segment needs a place or a region of the upload")
        _check_share("score", self.score)

    def to_json(self) -> dict[str, Json]:
        """Return the segment as the decision format writes it."""
        written: dict[str, Json] = {}
        if self.upload_start is not None and self.upload_end is not None:
            written["upload"] = [json_number(self.upload_start), json_number(self.upload_end)]
        if self.work_start is not None and self.work_end is not None:
            written["work"] = [json_number(self.work_start), json_number(self.work_end)]
        if self.upload_region is not None:
            written["upload_region"] = self.upload_region.to_json()
        if self.work_region is not None:
            written["work_region"] = self.work_region.to_json()
        if self.score is not None:
            written["score"] = format(self.score, "f")
        return written


@dataclass(frozen=True, slots=True)
class MatchEvidence:
    """What one engine found out about one upload and one work.

    Shares are fractions in [0, 1]; None means that the method cannot tell (a name alone), never 0 or 1 by default.
    `share_of_upload_low` and `share_of_upload_high` bound the engine's measurement error, where it has one.
    `engine_version`, `config_digest` and `index_snapshot` say what would have to be run again to get the same result.
    `track` says what of the upload was looked at: the sound and the picture of one video are two evidences, and are
    never added up.
    """

    work_id: str
    method: Method
    engine: str
    engine_version: str
    config_digest: str
    index_snapshot: str
    share_of_upload: Decimal | None
    share_of_work: Decimal | None
    amount: Amount = field(default_factory=Amount)
    segments: tuple[Segment, ...] = ()
    confidence: Decimal | None = None
    share_of_upload_low: Decimal | None = None
    share_of_upload_high: Decimal | None = None
    track: Track | None = None

    def __post_init__(self) -> None:
        for name in ("share_of_upload", "share_of_work", "share_of_upload_low", "share_of_upload_high", "confidence"):
            _check_share(name, getattr(self, name))
        low, share, high = self.share_of_upload_low, self.share_of_upload, self.share_of_upload_high
        if share is None and not (low is None and high is None):
            raise ValueError("an error interval needs a share")
        if share is not None and not ((low is None or low <= share) and (high is None or share <= high)):
            raise ValueError(f"share {share} lies outside its interval {low}..{high}")

    def to_decision_evidence(self) -> dict[str, Json]:
        """Return the `evidence` object of the decision format: JSON types only, shares as decimal strings."""
        written: dict[str, Json] = {
            "method": self.method,
            "engine": self.engine,
            "engine_version": self.engine_version,
            "share_of_upload": _share_text(self.share_of_upload),
            "share_of_work": _share_text(self.share_of_work),
            "amount": self.amount.to_json(),
            "segments": [segment.to_json() for segment in self.segments],
        }
        for name in ("config_digest", "index_snapshot"):
            if getattr(self, name):
                written[name] = getattr(self, name)
        for name in ("share_of_upload_low", "share_of_upload_high", "confidence"):
            value: Decimal | None = getattr(self, name)
            if value is not None:
                written[name] = _share_text(value)
        if self.track is not None:
            written["track"] = self.track
        return written


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that has been inspected: where it is, what it is (by content), and its SHA-256 in hexadecimal."""

    path: Path
    name: str
    media_type: str
    medium: Medium
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Mark:
    """An uploader's declaration that the use is lawful, made when uploading."""

    basis: MarkBasis
    provision: str | None = None
    statement: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the mark as the decision format writes it."""
        written: dict[str, Json] = {"basis": self.basis}
        if self.provision is not None:
            written["provision"] = self.provision
        if self.statement is not None:
            written["statement"] = self.statement
        return written


@dataclass(frozen=True, slots=True)
class WorkFile:
    """A reference work: the file to look for, and what the decision has to say about the work.

    `titles` are its other names (aliases, short forms, code names); they and `authors` only help to find it by name.
    """

    work_id: str
    title: str
    right_holder_id: str
    kind: WorkKind
    file: FileReference
    flags: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadFile:
    """An upload to look at: the file, and what the decision has to say about it; `signals` are shown, never weighed."""

    upload_id: str
    version: int
    uploader_id: str
    file: FileReference
    title: str | None = None
    url: str | None = None
    language: str | None = None
    commercial: bool = False
    marks: tuple[Mark, ...] = ()
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Matched:
    """The engine looked and found one or more works; one evidence per work, the largest share first."""

    evidence: tuple[MatchEvidence, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The engine looked and found nothing among the references of `index_snapshot`."""

    engine: str
    engine_version: str
    index_snapshot: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine could not look. `code` is stable and for machines, `detail` is for people."""

    engine: str
    code: str
    detail: str
    retryable: bool


MatchOutcome: TypeAlias = Matched | NoMatch | Failed


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who the engine is and what it can do; `media_types` None means every type of the media it names.

    `parameters` are the settings behind its results, `config_digest` their digest (see `config_digest`), `limits` what
    it is known not to see, in plain English sentences, `api_version` the version of this port that it was written for.
    """

    name: str
    version: str
    media: frozenset[Medium]
    methods: frozenset[Method]
    gives_share: bool
    gives_segments: bool
    media_types: frozenset[str] | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    config_digest: str = ""
    limits: tuple[str, ...] = ()
    api_version: int = API_VERSION

    def accepts(self, file: FileReference) -> bool:
        """Say whether the engine can look at such a file at all."""
        return file.medium in self.media and (self.media_types is None or file.media_type in self.media_types)


@dataclass(frozen=True, slots=True)
class IndexReceipt:
    """Answer to one work put into an index; `code` is None when it went in, a stable reason otherwise."""

    work_id: str
    code: str | None = None
    detail: str = ""


class MatchEngine(Protocol):
    """Looks at uploads. A list in, the same order out; one file that fails never sinks the rest."""

    @property
    def info(self) -> EngineInfo:
        """Name, version and abilities."""
        ...

    def match(self, batch: Sequence[UploadFile]) -> Sequence[MatchOutcome]:
        """Return one outcome per upload, in the order given. Never raises for what a file contains."""
        ...


class ReferenceIndex(Protocol):
    """Holds the reference works that an engine looks for."""

    def put(self, batch: Sequence[WorkFile]) -> Sequence[IndexReceipt]:
        """Add works, or replace those with the same id; one receipt per work, in the order given."""
        ...

    def remove(self, work_ids: Sequence[str]) -> None:
        """Forget works; ids that are not held are ignored."""
        ...

    def snapshot(self) -> str:
        """Return an id of exactly these references, whatever the order they came in."""
        ...


class EmbeddedEngine(MatchEngine, ReferenceIndex, Protocol):
    """An engine that runs in this process and holds its own references."""


def snapshot_of(digests: Mapping[str, str]) -> str:
    """Return the id of a set of references: SHA-256 over the sorted pairs of work id and file digest."""
    lines = "".join(f"{len(work_id)}:{work_id}={digest}\n" for work_id, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()


def _share_text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _check_stretch(side: str, start: int | Decimal | None, end: int | Decimal | None) -> None:
    if (start is None) != (end is None):
        raise ValueError(f"a segment of the {side} needs both its ends")
    if start is not None and end is not None and not 0 <= start < end:
        raise ValueError(f"{side} segment {start}..{end} is empty or negative")


def _check_share(name: str, value: Decimal | None) -> None:
    if value is None:
        return
    if not isinstance(value, Decimal):
        raise TypeError(f"{name} must be a Decimal, not {type(value).__name__}")
    if not (value.is_finite() and 0 <= value <= 1):
        raise ValueError(f"{name} must lie in [0, 1], not {value}")
