"""The words of publishing: digests of files and texts, the sections of a report that are written by people."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import StringConstraints

from casework.domain.values import Count, Value, Word

MOST_FILES = 20
"""Files of one report at most."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", strict=True)]
"""SHA-256 in hexadecimal digits. What it is of lies in a plain store by this name: it is public and of nobody."""

_NAMESPACE = uuid5(NAMESPACE_OID, "casework publications")


class TextSection(StrEnum):
    """The sections that people write, in the order in which a report shows them (figures.md)."""

    STANDARDS = "standards"
    TECHNIQUES = "techniques"
    SUBMISSION = "submission"
    FEES = "fees"
    PROCEDURES = "procedures"
    HUMAN_REVIEW = "human_review"
    SAFEGUARDS = "safeguards"
    MISUSE = "misuse"
    ACCURACY = "accuracy"
    COMPARISON = "comparison"
    CORRECTIONS = "corrections"


class PublishedFile(Value):
    """One file of a report: its name, the SHA-256 of its bytes and how many there are."""

    name: Word
    digest: Digest
    size: Count


def text_stream(section: TextSection) -> UUID:
    """The stream that holds all versions of one section."""
    return uuid5(_NAMESPACE, f"text {section.value}")


def period_stream(start: date, end: date) -> UUID:
    """The stream of one period: whoever proposes a report of it writes here, so that no two become public at once."""
    return uuid5(_NAMESPACE, f"period {start.isoformat()} {end.isoformat()}")


def edition_id(start: date, end: date, number: int) -> str:
    """What a published report is called, in its address too: period and number, 1 for the first."""
    return f"{start.isoformat()}.{end.isoformat()}.{number}"
