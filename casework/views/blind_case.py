"""A case as whoever labels it for an audit sees it: the evidence and what both sides say, nothing of what was decided.

No outcome, no rule, no limits of a standard, no appeal by its name, no ruling, no state, no time that would tell, and
no other label. Pages and API draw from here alone, so that neither can show more (product.md F3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import msgspec

from casework.application import Casework
from casework.domain.case.state import Case, Exhibit
from casework.domain.facts import Role
from casework.domain.values import VaultReference
from casework.errors import NotFound
from casework.views.labels import basis_label
from casework.views.language import gettext
from casework.views.pages.case_lines import legal_basis_name
from casework.views.presentation import MatchView, match_view

NO_COLOUR = "neutral"
"""In place of the colour of a band."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says; ``text`` is ``None`` when it was erased on request."""

    side: Role
    text: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lawful use that the uploader claims, with its words."""

    code: str
    name: str
    text: str | None


@dataclass(frozen=True, slots=True)
class BlindFile:
    """A file of one side, by its number from 1: its id stands in the public record of the case."""

    number: int
    side: Role
    name: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class BlindCase:
    """All that a label may rest on."""

    title: str | None
    medium: str
    language: str | None
    commercial: bool
    work_title: str
    work_kind: str
    method: str
    engine: str
    match: MatchView
    claims: tuple[Claimed, ...]
    said: tuple[Said, ...]
    files: tuple[BlindFile, ...]

    @property
    def shares(self) -> dict[str, Decimal | None]:
        """The shares as measured."""
        return {"of_upload": self.match.share, "of_work": self.match.share_of_work}


def blind_case(casework: Casework, case_id: UUID) -> BlindCase:
    """The case for somebody who must not know what was decided. Raises ``NotFound``."""
    case = casework.case(case_id)
    decision = case.decision
    opened = casework.vault.open_many(reference for reference in _references(case) if reference is not None)

    def text(reference: VaultReference | None) -> str | None:
        found = None if reference is None else opened.get(reference.id)
        return None if found is None else found.content.decode("utf-8", "replace")

    description = text(decision.upload.description)
    match = match_view(decision, casework.standard_of(case))
    return BlindCase(
        title=None if description is None else msgspec.json.decode(description).get("title"),
        medium=decision.upload.medium.value,
        language=decision.upload.language,
        commercial=decision.upload.commercial,
        work_title=decision.work.title,
        work_kind=decision.work.kind.value,
        method=decision.evidence.method.value,
        engine=f"{decision.evidence.engine} {decision.evidence.engine_version}",
        match=replace(match, kind=NO_COLOUR),
        claims=tuple(
            Claimed(
                mark.provision or mark.basis.value,
                legal_basis_name(mark.provision, casework.law.regimes)
                if mark.provision
                else basis_label(mark.basis.value),
                text(mark.statement),
            )
            for mark in case.marks
        ),
        said=tuple(Said(side, text(reference)) for side, reference in _said(case)),
        files=tuple(
            BlindFile(
                number,
                exhibit.side,
                text(exhibit.evidence.name) or gettext("(deleted on request)"),
                exhibit.evidence.size,
                exhibit.evidence.media_type,
            )
            for number, exhibit in enumerate(case.exhibits, 1)
        ),
    )


def blind_file(casework: Casework, case_id: UUID, number: int) -> Exhibit:
    """A file of the case by its number. Raises ``NotFound``."""
    exhibits = casework.case(case_id).exhibits
    if not 0 < number <= len(exhibits):
        raise NotFound("evidence")
    return exhibits[number - 1]


def _said(case: Case) -> list[tuple[Role, VaultReference]]:
    """Reasons of appeals and statements, those of the uploader first: their order would tell who appealed."""
    found: list[tuple[Role, VaultReference]] = []
    for appeal in case.appeals:
        # A reopening by the platform speaks for neither side.
        if appeal.reopened is None and appeal.reasons is not None:
            found.append((appeal.lodged_by, appeal.reasons))
        if appeal.exceptions_considered is not None:
            found.append((Role.RIGHT_HOLDER, appeal.exceptions_considered))
    found += [(statement.side, statement.statement) for statement in case.statements]
    return sorted(found, key=lambda one: one[0] is not Role.UPLOADER)


def _references(case: Case) -> list[VaultReference | None]:
    return [
        case.decision.upload.description,
        *(mark.statement for mark in case.marks),
        *(reference for _side, reference in _said(case)),
        *(exhibit.evidence.name for exhibit in case.exhibits),
    ]
