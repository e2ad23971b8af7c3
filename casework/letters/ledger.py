"""Letters about the sanction ledger: what was recorded of a party, why, what it means, and how to appeal.

Like the letters of a case they are a projection: of one event, and of the ledger as that event left it. Every fact of a
ledger makes one, to the party alone (case.md, "Sanction ledger"; DSA art. 23; UrhDaG section 18).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from casework.application import Casework
from casework.domain.facts import Event, Role
from casework.domain.party import events as facts
from casework.domain.party.state import Ledger, Suspension, fold
from casework.domain.party.values import Conduct
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.letters.letter import Fact, Quotation
from casework.letters.options import Option
from casework.views import ledger_labels as labels
from casework.views.formatting import format_datetime, format_number, format_percent
from casework.views.labels import side_label
from casework.views.language import gettext
from casework.views.ledger_view import Entry, entries
from casework.views.pages.standard_law import in_language


@dataclass(frozen=True, slots=True)
class LedgerHeading:
    """One line of a list of letters. ``number`` counts the letters to this party, from 1; ``kind`` names the fact."""

    number: int
    kind: str
    title: str
    at: datetime
    receipt: str


@dataclass(frozen=True, slots=True)
class LedgerLetter:
    """One letter to one party, in the language in which it was written.

    ``event`` may be looked at by the template of its kind. ``suspension`` is the one that the event is about.
    """

    heading: LedgerHeading
    party: str
    side: Role
    event: Event
    suspension: Suspension | None
    facts: tuple[Fact, ...]
    quotations: tuple[Quotation, ...]
    law: tuple[str, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class LedgerCorrespondence:
    """All letters to one party about its ledger. ``zone`` is that of the times in rows of facts."""

    casework: Casework
    side: Role
    party: str
    zone: tzinfo

    def headings(self) -> list[LedgerHeading]:
        """The letters, oldest first."""
        return [self._heading(place, recorded) for place, recorded in enumerate(self._history())]

    def letter(self, number: int) -> LedgerLetter:
        """One letter by its number. Raises ``NotFound``."""
        history = self._history()
        if not 1 <= number <= len(history):
            raise NotFound("letter")
        return self._write(history, number - 1)

    def _history(self) -> Sequence[Recorded]:
        return self.casework.ledgers.party_history(self.side, self.party)

    def _heading(self, place: int, recorded: Recorded) -> LedgerHeading:
        kind = recorded.event.TOPIC.partition(".")[2]
        named = f"{self.party}:{place + 1}:{recorded.event.TOPIC}:{recorded.recorded.isoformat()}"
        code = base64.b32encode(hashlib.sha256(named.encode()).digest())[:12].decode()
        receipt = "-".join(code[start : start + 4] for start in range(0, 12, 4))
        return LedgerHeading(place + 1, kind, ledger_letter_title(kind), recorded.recorded, receipt)

    def _write(self, history: Sequence[Recorded], place: int) -> LedgerLetter:
        recorded = history[place]
        ledger = fold(self.party, self.side, history[: place + 1])
        (entry,) = entries(self.casework, [recorded])
        event, heading = recorded.event, self._heading(place, recorded)
        number = getattr(event, "suspension", None)
        suspension = None if number is None else ledger.suspensions[number - 1]
        return LedgerLetter(
            heading=heading,
            party=self.party,
            side=self.side,
            event=event,
            suspension=suspension,
            facts=tuple(self._facts(event, suspension)),
            quotations=tuple(_quotations(entry)),
            law=tuple(_law(self.casework, event, suspension)),
            options=tuple(_options(ledger, recorded.recorded)),
        )

    def _facts(self, event: Event, suspension: Suspension | None) -> Iterator[Fact]:
        yield Fact(gettext("Party"), self.party, code=True)
        yield Fact(gettext("Side"), side_label(self.side.value))
        conduct = _conduct(event, suspension)
        if conduct is not None:
            yield Fact(gettext("Conduct"), labels.conduct_label(conduct.value))
        for case in getattr(event, "cases", (event.case,) if hasattr(event, "case") else ()):
            yield Fact(gettext("Case"), str(case), code=True)
        if isinstance(event, facts.ConductAssessed):
            yield from self._factors(event)
        if suspension is not None:
            yield Fact(gettext("Number of the suspension"), str(suspension.event.suspension))
            yield Fact(gettext("Right"), labels.right_label(suspension.event.right.value))
            yield Fact(gettext("From"), self._moment(suspension.event.starts))
            yield Fact(gettext("Until"), self._moment(suspension.lifted_at or suspension.event.ends))
        if isinstance(event, facts.SanctionAppealDecided):
            yield Fact(gettext("Outcome"), labels.appeal_outcome_label(event.outcome.value))
        if isinstance(event, facts.TrustGranted | facts.TrustEnded):
            yield Fact(gettext("Trust"), labels.trust_label(event.trust.value))
        if getattr(event, "authority", None) is not None:
            yield Fact(gettext("Authority"), str(getattr(event, "authority", "")))

    def _factors(self, event: facts.ConductAssessed) -> Iterator[Fact]:
        """The four factors: number, proportion, gravity, intention (DSA art. 23(3))."""
        yield Fact(gettext("Time looked at: from"), self._moment(event.since))
        yield Fact(gettext("Time looked at: until"), self._moment(event.until))
        yield Fact(gettext("Number of such cases"), format_number(len(event.cases)))
        share = format_percent(Decimal(len(event.cases)) / Decimal(event.acts))
        proportion = gettext("%(share)s of %(acts)s acts") % {"share": share, "acts": format_number(event.acts)}
        yield Fact(gettext("Proportion"), proportion)
        yield Fact(gettext("Gravity"), labels.gravity_label(event.gravity.value))
        yield Fact(gettext("Intention"), labels.intention_label(event.intention.value))

    def _moment(self, moment: datetime) -> str:
        return format_datetime(moment, self.zone, zone=True)


def ledger_letters_to(casework: Casework, side: Role, party: str, zone: tzinfo) -> list[LedgerHeading]:
    """The letters to a party for the page of its ledger, the newest first."""
    return LedgerCorrespondence(casework, side, party, zone).headings()[::-1]


def ledger_letter_title(kind: str) -> str:
    """What stands over the letter and in lists; a kind that is not known stands as it is."""
    return {
        "conduct_warned": gettext("Warning about your conduct"),
        "good_faith_defence_accepted": gettext("Your good-faith defence was accepted"),
        "bad_faith_found": gettext("Finding of bad faith"),
        "conduct_assessed": gettext("Assessment of your conduct"),
        "right_suspended": gettext("One of your rights was suspended"),
        "suspension_lifted": gettext("Your suspension was lifted"),
        "sanction_appeal_lodged": gettext("Receipt of your appeal against a suspension"),
        "sanction_appeal_decided": gettext("Decision on your appeal against a suspension"),
        "trust_granted": gettext("You are trusted from now on"),
        "trust_ended": gettext("You are no longer trusted"),
        "trusted_flagger_reported": gettext("Your notices were reported to your authority"),
    }.get(kind, kind)


def _conduct(event: Event, suspension: Suspension | None) -> Conduct | None:
    found: Conduct | None = getattr(event, "conduct", None)
    return found if found is not None or suspension is None else suspension.event.conduct


def _quotations(entry: Entry) -> Iterator[Quotation]:
    own = isinstance(entry.event, facts.SanctionAppealLodged)
    if entry.words is not None or entry.erased:
        yield Quotation(gettext("Your reasons") if own else gettext("Reasons of the platform"), entry.words)


def _options(ledger: Ledger, now: datetime) -> Iterator[Option]:
    """Appeals against what is suspended and not over, while none was lodged; the way outside is always open."""
    for one in ledger.suspensions:
        if one.appeal is None and not one.is_over(now):
            text = gettext("Appeal against suspension %(number)s (%(right)s): another officer decides") % {
                "number": one.event.suspension,
                "right": labels.right_label(one.event.right.value),
            }
            yield Option("sanction_appeal", text, one.event.ends)
    yield Option("court", gettext("Go to court"))


_GERMANY = {
    Conduct.FALSE_OWNERSHIP: "18(1)",
    Conduct.WRONG_URGENT_MEASURES: "18(3)",
    Conduct.WRONG_MARKS: "18(5)",
}


def _law(casework: Casework, event: Event, suspension: Suspension | None) -> Iterator[str]:
    """The platform's own rule, then the articles of the law of the place that know such sanctions."""
    law, conduct = casework.law, _conduct(event, suspension)
    regimes = law.regimes.of_family(law.family)
    if conduct is None:
        if law.family == "EU":
            yield gettext("DSA art. 22: trusted flaggers")
        return
    yield gettext("The platform's rule: no suspension without warning, assessment, end and appeal.")
    if law.family == "EU":
        yield gettext("DSA art. 23: measures against misuse")
    if law.family == "DE" and conduct in _GERMANY:
        yield gettext("UrhDaG s. %(section)s: measures against abuse") % {"section": _GERMANY[conduct]}
    if law.chosen is not None or len(regimes) == 1:
        yield in_language((law.regimes.by_id[law.chosen] if law.chosen is not None else regimes[0]).title)
