"""One scenario as its file tells it: what is given, what somebody does, and what then has to be so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FOLDER = Path(__file__).parent
REGIMES = ("cn-civil-code", "cn-e-commerce", "cn-network-rights", "de-urhdag", "eu-dsa", "us-dmca", "none")

Fields = dict[str, Any]
Who = Literal[
    "uploader",
    "right holder",
    "another right holder",
    "intake officer",
    "compliance officer",
    "first reviewer",
    "second reviewer",
    "third reviewer",
    "a reviewer of an earlier panel",
    "a reviewer without a seat",
    "oversight",
    "matching engine",
    "the clock",
]


class Part(BaseModel):
    """A part of a scenario; a key that is not known here is a mistake in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Several = Annotated[list[str], BeforeValidator(_several)]


class Side(Part):
    """What stands in the records about one side: rights suspended for it, and in what it is trusted."""

    suspended: Several = []
    suspended_days: int = 30
    trusted: Literal["right_holder", "flagger"] | None = None


class RecordOfWork(Part):
    """What is recorded of the work: the no-block list, licences, prior review, doubts about ownership."""

    no_block: Literal["public_domain", "freely_licensed"] | None = None
    licensed_to: Literal["uploader", "everybody", "somebody else"] | None = None
    licence_ended: bool = False
    prior_review: Literal["time_sensitive", "high_loss"] | None = None
    prior_review_accepted: bool = True
    prior_review_days: int = 30
    ownership_false: bool = False
    reference_withdrawn: bool = False


class Given(Part):
    """A filtering decision in short form. What is left out: three minutes of a film in a non-commercial video.

    ``decided`` is false where the decision itself is what happens ("when").
    """

    at: str
    share: str | None = "0.93"
    share_low: str | None = None
    share_high: str | None = None
    share_of_work: str | None = "0.033"
    medium: Literal["text", "audio", "image", "video"] = "video"
    kind: str = "film"
    method: str = "fingerprint"
    seconds: str | None = None
    characters: int | None = None
    words: int | None = None
    bytes: int | None = None
    commercial: bool = False
    flags: Several = []
    marks: list[Fields] = []
    public_already: bool = False
    uploader: Side = Side()
    right_holder: Side = Side()
    work: RecordOfWork = RecordOfWork()
    also: dict[str, Fields] = {}
    """Further cases on the same upload, each about another work: what differs from the first."""


class Step(Part):
    """Something that happens. ``lacks`` names elements left out of a notice that is complete otherwise."""

    step: str
    by: Who = "the clock"
    at: str | None = None
    body: Fields = Field(default_factory=dict, alias="with")
    lacks: Several = []
    case: str = "the case"
    refused: str | None = None
    invalid: Several = []
    leaves: Fields = {}
    """How the case stands right after this step."""


class Then(Part):
    """What has to be so after the step. What is not named may be as it likes."""

    refused: str | None = None
    invalid: Several = []
    unseen: bool = False
    case: Fields = {}
    """Fields of the case as compliance sees it."""
    events: list[str | Fields] = []
    """Events that the step caused, in this order; others may stand between them."""
    no_events: Several = []
    clocks: dict[str, str] = {}
    no_clocks: Several = []
    may: dict[str, Several] = {}
    may_not: dict[str, Several] = {}
    until: dict[str, dict[str, str]] = {}
    """Ends of windows, by who may take which step."""
    sees: dict[str, Fields] = {}
    hidden: dict[str, Several] = {}
    other_cases: dict[str, Fields] = {}
    ledgers: dict[str, Fields] = {}
    """Sanction ledgers by side."""


class Scenario(Part):
    """The whole file."""

    title: Annotated[str, Field(min_length=15)]
    rule: Several
    source: str | None = None
    regime: Literal["cn-civil-code", "cn-e-commerce", "cn-network-rights", "de-urhdag", "eu-dsa", "us-dmca", "none"] = (
        "cn-civil-code"
    )
    standard: Fields = {}
    """What this platform's standard says otherwise than the shipped one: section and key, and the value."""
    platform: Literal["large", "exempt"] = "large"
    given: Given
    earlier: list[Step] = []
    when: Step
    then: Then


@dataclass(frozen=True)
class Told:
    """A scenario with the file that tells it."""

    path: Path
    scenario: Scenario

    @property
    def name(self) -> str:
        """Section and name of the file, for people and for ids."""
        return f"{self.path.parent.name}/{self.path.stem}"


def read(path: Path) -> Told:
    """Read one file. Raises a validation error that names what is wrong in it."""
    document: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    try:
        return Told(path, Scenario.model_validate(document))
    except ValueError as error:
        raise ValueError(f"{path.relative_to(FOLDER)}: {error}") from None


@cache
def read_all() -> tuple[Told, ...]:
    """Every scenario, by section and number."""
    return tuple(read(path) for path in sorted(FOLDER.glob("*/*.toml")))


@dataclass(frozen=True)
class RuleRow:
    """A row or guard of case.md, or a rule of law: its id and what it says in a sentence."""

    id: str
    says: str
    source: str


def read_rules() -> dict[str, list[RuleRow]]:
    """All rules by section, as ``rules.toml`` lists them."""
    document = tomllib.loads((FOLDER / "rules.toml").read_text("utf-8"))
    return {
        section: [RuleRow(f"{section}.{name}", row[0], row[1]) for name, row in rows.items()]
        for section, rows in document.items()
    }
