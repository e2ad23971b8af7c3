"""The facts of publishing: texts drafted and approved; reports proposed, declined, withdrawn, published, corrected.

They hold digests only. What has them lies in a plain store; reasons that officers give one another lie in the vault.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from casework.domain.facts import Event
from casework.domain.publication.values import Digest, PublishedFile, TextSection
from casework.domain.values import Moment, VaultReference, Word

Number = Annotated[int, Field(ge=1, le=2**53, strict=True)]


class NarrativeDrafted(Event):
    """An officer wrote a section anew; ``since`` is the day from which it describes what is done.

    A language that is not written yet is absent; such a draft cannot be approved.
    """

    TOPIC: ClassVar[str] = "narrative.text_drafted"

    section: TextSection
    draft: Number
    since: date
    en: Digest | None = None
    zh: Digest | None = None


class NarrativeApproved(Event):
    """A second officer agreed to a draft: reports as of later moments carry it."""

    TOPIC: ClassVar[str] = "narrative.text_approved"

    section: TextSection
    draft: Number
    since: date
    en: Digest
    zh: Digest


class NarrativeDeclined(Event):
    """An officer turned a draft down, or its author took it back."""

    TOPIC: ClassVar[str] = "narrative.draft_declined"

    section: TextSection
    draft: Number
    reasons: VaultReference | None = None


class ReportProposed(Event):
    """An officer proposes a finished report for publication, with the digests of all its files.

    ``corrects``: the number of the edition that it corrects; then ``reasons`` say why, in both languages, and
    ``changes`` list every figure that changed with the events that changed it.
    """

    TOPIC: ClassVar[str] = "report.proposed"

    proposal: Number
    run: Word
    start: date
    end: date
    as_of: Moment
    files: tuple[PublishedFile, ...]
    corrects: Number | None = None
    reasons: Digest | None = None
    changes: Digest | None = None


class ReportProposalWithdrawn(Event):
    """Whoever proposed it takes the proposal back."""

    TOPIC: ClassVar[str] = "report.proposal_withdrawn"

    proposal: Number
    reasons: VaultReference


class ReportDeclined(Event):
    """A second officer turned the proposal down."""

    TOPIC: ClassVar[str] = "report.declined"

    proposal: Number
    reasons: VaultReference


class ReportPublished(Event):
    """A second officer agreed: the report is public from now on, and stays. Repeats what was proposed."""

    TOPIC: ClassVar[str] = "report.published"

    edition: Number
    proposal: Number
    start: date
    end: date
    as_of: Moment
    files: tuple[PublishedFile, ...]
    corrects: Number | None = None
    reasons: Digest | None = None
    changes: Digest | None = None


TEXT_EVENTS: tuple[type[Event], ...] = (NarrativeDrafted, NarrativeApproved, NarrativeDeclined)
REPORT_EVENTS: tuple[type[Event], ...] = (ReportProposed, ReportProposalWithdrawn, ReportDeclined, ReportPublished)
EVENTS: tuple[type[Event], ...] = (*TEXT_EVENTS, *REPORT_EVENTS)
