"""Writes letters: each is a projection of one event and of the case as that event left it, for one side.

Nothing is stored: the same log gives the same letter. What was erased since is shown as erased.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from uuid import UUID

from casework.application import Casework
from casework.domain.case.events import DeadlinePassed
from casework.domain.case.evolution import fold
from casework.domain.case.outside_events import OutsideProceedingOpened
from casework.domain.case.state import Case
from casework.domain.deadlines import Terms
from casework.domain.facts import Event, Role
from casework.domain.regimes.regimes import Regime
from casework.domain.values import DeadlineKind
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.letters.facts import facts_of, law_of, rule_of
from casework.letters.kinds import SIDES, LetterKind, kinds_of, letter_title
from casework.letters.letter import Heading, Letter
from casework.letters.options import options
from casework.letters.quoting import Quoting
from casework.views.presentation import required_action, standing_of_case
from casework.views.presentation.external_body import BodyDays, body_days, open_body_days
from casework.views.presentation.required import now_public
from casework.views.visibility import visible

ADDRESSED: Mapping[str, Role] = {"uploader": Role.UPLOADER, "right-holder": Role.RIGHT_HOLDER}
"""How the addresses of staff name a side."""

READERS = (Role.COMPLIANCE, Role.INTAKE)
"""Staff who read the letters of both sides. Who sits on the case as a reviewer does not."""

_NO_DRAFTS: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Correspondence:
    """All letters of one case. ``drafts`` are words that are not in the vault yet, by the id of their reference."""

    casework: Casework
    case_id: UUID
    history: Sequence[Recorded]
    zone: tzinfo
    drafts: Mapping[str, bytes] = field(default_factory=lambda: _NO_DRAFTS)

    def headings(self, side: Role, reader: Role | None = None) -> list[Heading]:
        """The letters to one side, oldest first; ``reader``: only those that somebody else in this role may read."""
        return [heading for heading, _ in self._found(side, reader or side)]

    def letter(self, side: Role, number: int, reader: Role | None = None) -> Letter:
        """One letter by its number. Raises ``NotFound``."""
        for heading, place in self._found(side, reader or side):
            if heading.number == number:
                return self._write(heading, place)
        raise NotFound("letter")

    def letters(self, side: Role, reader: Role | None = None) -> Iterator[Letter]:
        """All letters to one side."""
        for heading, place in self._found(side, reader or side):
            yield self._write(heading, place)

    def _found(self, side: Role, reader: Role) -> Iterator[tuple[Heading, int]]:
        """Letters with the place of their events. Numbers count what the side gets, whoever reads."""
        seen = {id(one) for one in visible(self.history, reader)}
        number = 0
        for place, recorded in enumerate(self.history):
            kind = kinds_of(recorded.event).get(side)
            if kind is None:
                continue
            number += 1
            if id(recorded) in seen:
                yield self._heading(side, number, kind, recorded), place

    def _heading(self, side: Role, number: int, kind: LetterKind, recorded: Recorded) -> Heading:
        receipt = receipt_code(self.case_id, side, number, recorded)
        step = self.casework.receipts.of_own(recorded, side)
        return Heading(number, side, kind, letter_title(kind), recorded.recorded, receipt, step)

    def _write(self, heading: Heading, place: int) -> Letter:
        history = self.history[: place + 1]
        recorded = history[-1]
        event = recorded.event
        case = fold(history)
        if case is None:
            raise NotFound("letter")
        terms = terms_then(self.casework, case)
        side, now = heading.side, recorded.recorded
        body = _body(event, case, terms)
        standing = standing_of_case(case, terms.standard, terms, history)
        quoting = Quoting(self.casework, case, side, terms.regime, self.drafts)
        return Letter(
            heading=heading,
            case_id=self.case_id,
            case=case,
            event=event,
            by=_by(recorded),
            terms=terms,
            facts=tuple(facts_of(self.case_id, case, side, quoting)),
            elements=quoting.elements(heading.kind),
            quotations=tuple(quoting.quotations(event, history)),
            rule=tuple(rule_of(event, case, terms.standard)),
            law=tuple(law_of(heading.kind, terms.regime, body=body is not None)),
            required=required_action(standing, side, now, self.zone),
            options=options(case, terms, side, now),
            now_public=now_public(standing),
            body=body,
        )


def letters_to(
    casework: Casework, case_id: UUID, history: Sequence[Recorded], side: Role, zone: tzinfo
) -> list[Heading]:
    """The letters to one side for the page of its case, the newest first; none for who is no side."""
    return Correspondence(casework, case_id, history, zone).headings(side)[::-1] if side in SIDES else []


def letters_by_side(
    casework: Casework, case_id: UUID, history: Sequence[Recorded], reader: Role, zone: tzinfo
) -> list[tuple[str, list[Heading]]]:
    """The letters to both sides for the page of staff, by how addresses name the side; none for other readers."""
    if reader not in READERS:
        return []
    posts = Correspondence(casework, case_id, history, zone)
    return [(name, posts.headings(side, reader)[::-1]) for name, side in ADDRESSED.items()]


def terms_then(casework: Casework, case: Case) -> Terms:
    """The law of a case as it stood: that of its open notice, else that of its decision, else the platform's present.

    A regime that the platform chooses later does not change a letter that was written before.
    """
    standard = casework.standard_of(case)
    notice = case.notice
    begun: str | None = case.decision.regime
    if notice is not None:
        begun = notice.regime if notice.counter_notice is None else notice.counter_notice.regime
    known = casework.law.regimes.by_id
    regime: Regime | None = known.get(begun) if begun is not None else casework.law.regime_of(standard)
    return Terms(standard) if regime is None else Terms(standard, regime, casework.law.calendar_of(regime))


def receipt_code(case_id: UUID, side: Role, number: int, recorded: Recorded) -> str:
    """What names one letter, such as ``K7QD-2MZA-WX3P``: the same for the same letter, and no two alike."""
    named = f"{case_id}:{side.value}:{number}:{recorded.event.TOPIC}:{recorded.recorded.isoformat()}"
    code = base64.b32encode(hashlib.sha256(named.encode()).digest())[:12].decode()
    return "-".join(code[start : start + 4] for start in range(0, 12, 4))


def _body(event: Event, case: Case, terms: Terms) -> BodyDays | None:
    if isinstance(event, OutsideProceedingOpened):
        return body_days(event.forum, event.opened_at, terms)
    if isinstance(event, DeadlinePassed) and event.kind is DeadlineKind.EXTERNAL_BODY:
        return next((one for one in open_body_days(case, terms) if one.usual == event.due_at), None)
    return None


def _by(recorded: Recorded) -> Role:
    """Whose step it was; who did a step for a side is that side."""
    side = getattr(recorded.event, "side", None)
    return side if isinstance(side, Role) else recorded.by.role


def event_name(event: Event) -> str:
    """The name of an event as the API tells it."""
    return event.TOPIC.removeprefix("case.")
