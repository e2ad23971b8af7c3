"""What a filter request must supply, by the kind of work: a published list with weights, and the score it makes.

A request names the work, proves ownership by the "relevant and necessary" information, which differs by kind of work,
and supplies what identification needs, further names and yardsticks (product.md B1). Weights are exact and add up to 1
for every kind, so a score is an exact decimal. Whose work it is and how it can be recognised weigh 0.4 each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum

from casework.domain.values import WorkKind


class Element(StrEnum):
    """One thing that is supplied. The first eight prove ownership, the next four make the work recognisable."""

    AUTHORSHIP_CREDIT = "authorship_credit"
    CHAIN_OF_TITLE = "chain_of_title"
    RELEASE_LICENCE = "release_licence"
    RECORDING_NUMBER = "recording_number"
    PUBLICATION_RECORD = "publication_record"
    ORIGINAL_FILE = "original_file"
    ORGANISER_AGREEMENT = "organiser_agreement"
    LICENCE_TERRITORY_TERM = "licence_territory_term"
    SAMPLE = "sample"
    AUDIO_FEATURES = "audio_features"
    CORE_SCENES = "core_scenes"
    CHARACTER_IMAGES = "character_images"
    OTHER_NAMES = "other_names"
    YARDSTICKS = "yardsticks"


OWNERSHIP: tuple[Element, ...] = tuple(Element)[:8]
"""What can prove whose work it is."""

IDENTIFICATION: tuple[Element, ...] = tuple(Element)[8:12]
"""What a work can be recognised by."""


_PLACES = Decimal("0.01")
"""Every weight is so many hundredths, so nothing is rounded."""


def _weights(**weights: str) -> Mapping[Element, Decimal]:
    return {Element(name): Decimal(weight) for name, weight in weights.items()}


_ON_SCREEN = _weights(
    authorship_credit="0.15", chain_of_title="0.15", release_licence="0.1",
    sample="0.2", core_scenes="0.1", character_images="0.1", other_names="0.1", yardsticks="0.1",
)  # fmt: skip

CHECKLISTS: Mapping[WorkKind, Mapping[Element, Decimal]] = {
    WorkKind.TEXT: _weights(
        authorship_credit="0.2", publication_record="0.2", sample="0.4", other_names="0.1", yardsticks="0.1"
    ),
    WorkKind.MUSIC: _weights(
        authorship_credit="0.15", chain_of_title="0.15", recording_number="0.1",
        sample="0.2", audio_features="0.2", other_names="0.1", yardsticks="0.1",
    ),
    WorkKind.FILM: _ON_SCREEN,
    WorkKind.SERIES: _ON_SCREEN,
    WorkKind.SPORTS_EVENT: _weights(
        organiser_agreement="0.25", licence_territory_term="0.15",
        sample="0.25", core_scenes="0.15", other_names="0.1", yardsticks="0.1",
    ),
    WorkKind.IMAGE: _weights(
        authorship_credit="0.2", original_file="0.2", sample="0.4", other_names="0.1", yardsticks="0.1"
    ),
    WorkKind.OTHER_AUDIOVISUAL: _weights(
        authorship_credit="0.2", chain_of_title="0.2", sample="0.25", core_scenes="0.15",
        other_names="0.1", yardsticks="0.1",
    ),
}  # fmt: skip
"""The required elements of each kind of work, in the order in which they are asked for, with their weights."""


def missing_of(kind: WorkKind, supplied: Collection[Element]) -> tuple[Element, ...]:
    """The required elements that are not supplied, in the order of the list."""
    return tuple(element for element in CHECKLISTS[kind] if element not in supplied)


def completeness_of(kind: WorkKind, missing: Collection[Element]) -> Decimal:
    """The sum of the weights of all that is not missing: an exact decimal from 0.00 to 1.00, with two places."""
    found = (weight for element, weight in CHECKLISTS[kind].items() if element not in missing)
    return sum(found, Decimal(0)).quantize(_PLACES)


def is_bare_warning_letter(supplied: Collection[Element]) -> bool:
    """Whether nothing says whose work it is and nothing what it could be recognised by (product.md B2).

    Title, release date and cast are no elements: they tell neither.
    """
    return not any(element in (*OWNERSHIP, *IDENTIFICATION) for element in supplied)
