"""The words of audit samples: designs, beacons, strata, drawn cases, labels (product.md F2, F3; figures.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from casework.domain.decision import ACTIONS
from casework.domain.values import Action, Count, Moment, Outcome, Sentence, Share, Value, Word, tenth_of

MOST_DRAWN = 2000
"""Cases of one sample at most: a person has to look at each."""

SHARE_BANDS = tuple(f"{low:02d}_{low + 10}" for low in range(0, 100, 10))
"""The ten share bands of figures.md: each ``[low, high)``, the last one closed."""

UNKNOWN_BAND = "unknown"


class Design(StrEnum):
    """How cases are drawn."""

    SIMPLE = "simple"
    STRATIFIED = "stratified"
    WEIGHTED = "weighted"


class Stratifier(StrEnum):
    """What the population is divided by in a stratified design."""

    OUTCOME = "outcome"
    MEDIUM = "medium"
    SHARE_BAND = "share_band"


class Allocation(StrEnum):
    """How the cases to be drawn are spread over the strata."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


class SizeMeasure(StrEnum):
    """What the probability of a case is proportional to in a weighted design."""

    SHARE_BAND = "share_band"


class Side(StrEnum):
    """For whom somebody labels."""

    PLATFORM = "platform"
    REGULATOR = "regulator"


class Truth(StrEnum):
    """What a person finds of an upload: whether its use of the work infringes."""

    INFRINGING = "infringing"
    LAWFUL = "lawful"
    CANNOT_TELL = "cannot_tell"


class Acted(StrEnum):
    """What the platform's own decision did: hold or block the upload, or let it pass."""

    RESTRICTED = "restricted"
    PASSED = "passed"


class Disagreement(StrEnum):
    """How the truth differs from what the decision did."""

    FALSE_BLOCK = "false_block"
    MISSED_INFRINGEMENT = "missed_infringement"


class BeaconKind(StrEnum):
    """Where the part of the seed comes from that nobody knew when the sample was announced."""

    CHECKPOINT = "checkpoint"
    PUBLIC = "public"


SeedWord = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$", strict=True)]
"""A part of a seed: plain characters, so that everybody hashes the same bytes."""

PartName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$", strict=True)]


class Beacon(Value):
    """A value that did not exist yet when the sample was announced.

    The checkpoint of the log that ends with the announcement: ``randomness`` is its root in hexadecimal digits,
    ``size`` that of its tree. A public beacon: ``publisher`` says whose, ``published`` when it came out.
    """

    kind: BeaconKind
    randomness: SeedWord
    size: Count | None = None
    publisher: SeedWord | None = None
    published: Moment | None = None


class Stratum(Value):
    """A part of the population: how many cases it has, and how many of them were drawn."""

    stratum: PartName
    population: Count
    sampled: Count


class DrawnCase(Value):
    """A case that was drawn, with probability ``chances`` divided by ``out_of``."""

    case: UUID
    stratum: PartName
    chances: Annotated[int, Field(ge=1, strict=True)]
    out_of: Annotated[int, Field(ge=1, strict=True)]
    acted: Acted


class Label(Value):
    """What one person found, sealed until nobody can be swayed by it any more."""

    truth: Truth
    bases: tuple[Word, ...] = ()
    reasons: Sentence


class OpenedLabel(Value):
    """The part of a label that is public once it is opened; the reasons stay sealed."""

    side: Side
    truth: Truth
    bases: tuple[Word, ...] = ()


def acted_by(outcome: Outcome) -> Acted:
    """What a decision with this outcome did."""
    return Acted.PASSED if ACTIONS[outcome] is Action.PUBLISH else Acted.RESTRICTED


def band_of(share: Share | None) -> str:
    """The band of a share."""
    return UNKNOWN_BAND if share is None else SHARE_BANDS[tenth_of(share)]


def size_of(share: Share | None) -> int:
    """The size of a case by its share band, 1 to 10; a share that nobody measured counts as the lowest band."""
    return 1 if share is None else tenth_of(share) + 1
