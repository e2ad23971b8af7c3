"""What matching engines say of one upload and one work: segments, shares with their interval, commercial signals.

The shapes are those of interfaces.md, `evidence`. What a share leads to is a matter of the standard; what other
techniques found besides, and signals of a commercial use, lead to nothing by themselves.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from casework.domain.values import Amount, Method, Moment, Quantity, Share, Value, Word, storable


class Track(StrEnum):
    """What of the upload a technique looked at: sound and picture of one video are two findings, never added up."""

    TEXT = "text"
    SOUND = "sound"
    PICTURE = "picture"
    IMAGE = "image"
    FILE = "file"
    TITLE = "title"


class SignalKind(StrEnum):
    """What a commercial signal is about (product.md G8)."""

    ADVERTISING = "advertising"
    MONETISATION = "monetisation"
    UPLOADER_TYPE = "uploader_type"


Span = tuple[Quantity, Quantity]
"""Half-open interval [start, end) in the unit of the medium: seconds or characters."""


Region = tuple[Share, Share, Share, Share]
"""A rectangle of a picture, x0, y0, x1, y1: fractions of its width and height, from the top left corner."""


class Segment(Value):
    """One matched stretch, of a picture one matched region; the work's is ``None`` where the engine does not say it."""

    upload: Span | None = None
    work: Span | None = None
    score: Share | None = None
    upload_region: Region | None = None
    work_region: Region | None = None

    @model_validator(mode="after")
    def _lies_somewhere(self) -> Segment:
        upload, work = self.upload, self.work
        if upload is None:
            if self.upload_region is None:
                raise PydanticCustomError("segment_nowhere", "a segment needs upload or upload_region")
        elif upload[1] < upload[0]:
            raise PydanticCustomError("span_order", "the upload interval ends before it starts")
        if work is not None and work[1] < work[0]:
            raise PydanticCustomError("span_order", "the work interval ends before it starts")
        if self.upload_region is not None or self.work_region is not None:
            _check_region("upload_region", self.upload_region)
            _check_region("work_region", self.work_region)
        return self


def _check_region(name: str, region: Region | None) -> None:
    if region is not None and not (region[0] < region[2] and region[1] < region[3]):
        raise PydanticCustomError("region_order", "{name} needs x0 < x1 and y0 < y1", {"name": name})


class AlsoFound(Value):
    """What another technique said of the same upload and work: shown beside the evidence, never added to it."""

    method: Method
    engine: Word
    engine_version: Word
    track: Track | None = None
    share_of_upload: Share | None = None
    share_of_work: Share | None = None


class Signal(Value):
    """A hint that a use is commercial, and where it was seen. Evidence for people: no rule ever looks at it (G8).

    It stands in the log, so it holds no address: an address can name a person, and has its place in ``upload.url``.
    """

    kind: SignalKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=100, strict=True), AfterValidator(storable)]
    provenance: Word
    observed_at: Moment | None = None

    @model_validator(mode="after")
    def _names_nobody(self) -> Signal:
        for name, text in (("value", self.value), ("provenance", self.provenance)):
            if "@" in text or "://" in text:
                raise PydanticCustomError("signal_address", "{name} must not hold an address", {"name": name})
        return self


Signals = Annotated[tuple[Signal, ...], Field(max_length=16)]


class MatchEvidence(Value):
    """What the matching engine says of one upload and one work (interfaces.md, `evidence`).

    ``share_of_upload`` and its interval are exact fractions. A keyword or metadata hit may come without a share.
    ``track``: what of the upload was looked at. ``also_found``: what other techniques said of the same pair.
    """

    method: Method
    engine: Word
    engine_version: Word
    share_of_upload: Share | None = None
    share_of_work: Share | None = None
    share_of_upload_low: Share | None = None
    share_of_upload_high: Share | None = None
    amount: Amount | None = None
    segments: Annotated[tuple[Segment, ...], Field(max_length=2000)] = ()
    confidence: Share | None = None
    config_digest: Word | None = None
    index_snapshot: Word | None = None
    engine_share: Share | None = None
    track: Track | None = None
    also_found: Annotated[tuple[AlsoFound, ...], Field(max_length=8)] | None = None

    @model_validator(mode="after")
    def _share_is_coherent(self) -> MatchEvidence:
        share, low, high = self.share_of_upload, self.share_of_upload_low, self.share_of_upload_high
        if share is None:
            if self.method not in (Method.KEYWORD, Method.METADATA):
                raise PydanticCustomError(
                    "share_missing", "share_of_upload may be null only for a keyword or metadata hit"
                )
            if low is not None or high is not None:
                raise PydanticCustomError("interval_without_share", "an interval needs share_of_upload")
        elif (low is not None and low > share) or (high is not None and high < share):
            raise PydanticCustomError(
                "interval_order", "share_of_upload must lie between share_of_upload_low and share_of_upload_high"
            )
        return self

    @property
    def names_only(self) -> bool:
        """Whether nothing but a name was found (rule `name_only`)."""
        return self.method in (Method.KEYWORD, Method.METADATA)
