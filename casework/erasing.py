"""Erasure on request, from pages, the API and the command line alike: what is erased where, and what is recorded of it.

The log never held the person, so nothing of it changes. The request is written down, what is kept elsewhere goes, then
the answer is written: a process that dies in between leaves a request open, and doing it again finishes the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from functools import partial
from typing import Literal, Protocol

from casework.application import Casework
from casework.charging import histories_of_parties, party_side
from casework.command_ids import command_key, repeats
from casework.domain.erasure.decisions import (
    RecordErasure,
    RefuseErasure,
    RequestErasure,
    record_erasure,
    refuse_erasure,
    request_erasure,
)
from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased, RefusalReason
from casework.domain.erasure.state import Requests, erasure_stream, fold
from casework.domain.facts import Actor, Event
from casework.domain.screening.events import Day
from casework.domain.values import Identifier
from casework.engine_references import EngineReferences
from casework.errors import FieldError, NotFound
from casework.eventlog.store import Conflict
from casework.quarantine import Quarantine
from casework.steps.forms import Form, missing, superfluous
from casework.streams import Written

OUTSIDE = {"uploader": "up", "right_holder": "rh"}
"""What stands before the platform's own id where a person is named by that."""


class People(Protocol):
    """Who keeps the accounts of right holders."""

    def held_of(self, party: str) -> int:
        """How many accounts act for a party."""
        ...

    def forget(self, party: str) -> int:
        """Erase name, address and everything else of the accounts that act for a party; how many there were."""
        ...


class ErasureForm(Form):
    """``erasures``: a request, and its ``answer`` where it has one: ``erase``, or ``refuse`` with a ``reason``."""

    party: Identifier
    answer: Literal["none", "erase", "refuse"] = "none"
    reason: RefusalReason | None = None
    until: Day | None = None

    def faults(self) -> Iterable[FieldError]:
        """A refusal has a reason, nothing else has one."""
        if self.answer == "refuse" and self.reason is None:
            yield missing("reason", "to refuse")
        for name in ("reason", "until"):
            if self.answer != "refuse" and getattr(self, name) is not None:
                yield superfluous(name, "but to refuse")


class Erasing:
    """Requests for erasure, for one application. ``zone`` is the time zone of the reports."""

    def __init__(
        self,
        casework: Casework,
        people: People,
        references: EngineReferences,
        quarantine: Quarantine,
        zone: tzinfo,
    ) -> None:
        self._casework = casework
        self._people = people
        self._references = references
        self._quarantine = quarantine
        self._zone = zone

    def party_of(self, subject: str) -> str:
        """The pseudonym of whoever is named by it, or by the platform's id as ``uploader:ID`` or ``right_holder:ID``.

        Raises ``NotFound`` for what is neither.
        """
        side, colon, outside_id = subject.partition(":")
        if colon and outside_id and side in OUTSIDE:
            return self._casework.vault.pseudonym(OUTSIDE[side], outside_id)
        party_side(subject)
        return subject

    def requests(self, party: str) -> Requests:
        """What a person asked for. Raises ``NotFound`` for what is no pseudonym."""
        side = party_side(party)
        return fold(party, side, self._casework.log.load(erasure_stream(side, party)))

    def everybody(self) -> list[Requests]:
        """Everybody who ever asked, whose request changed last first."""
        found = histories_of_parties(self._casework, (ErasureRequested, PersonalDataErased, ErasureRefused))
        return [fold(party, side, history) for (party, side), history in found.items()]

    def kept_of(self, party: str) -> int:
        """How much is kept of a person: items of the vault and accounts."""
        return self._casework.vault.count_of(party) + self._people.held_of(party)

    def request(self, party: str, actor: Actor, *, idempotency_key: str | None = None) -> Written[Requests]:
        """Record the request. Raises ``NotFound`` for somebody of whom nothing is kept."""
        self._require_known(party)
        return self._write(
            party,
            actor,
            lambda state, _now: request_erasure(state, RequestErasure(), actor),
            idempotency_key,
            "request",
        )

    def answer(self, form: ErasureForm, actor: Actor, *, idempotency_key: str | None = None) -> Written[Requests]:
        """Do what a form asks for. Raises like the step that it is."""
        if form.answer == "erase":
            return self.erase(form.party, actor, idempotency_key=idempotency_key)
        if form.answer == "refuse" and form.reason is not None:
            command = RefuseErasure(reason=form.reason, until=form.until)
            return self.refuse(form.party, command, actor, idempotency_key=idempotency_key)
        return self.request(form.party, actor, idempotency_key=idempotency_key)

    def erase(self, party: str, actor: Actor, *, idempotency_key: str | None = None) -> Written[Requests]:
        """Erase all that is kept of the person, and record it. Raises ``NotFound``, ``Refused`` and ``Conflict``.

        The request is written down first: should this end in between, it stays open, and erasing again answers it.
        """
        self._require_known(party)
        # Whoever may not, or has this answer already, must not have erased anything by the time that is found out.
        record_erasure(self.requests(party), RecordErasure(items=0, accounts=0), actor)
        side = party_side(party)
        stream = erasure_stream(side, party)
        history = self._casework.log.load(stream)
        if repeats(history, self._key(party, actor, idempotency_key, "erase")):
            return Written(fold(party, side, history), (), history[-1].position)
        kept = self.kept_of(party)
        if kept:
            self.request(party, actor)
        for engine, uploads in self._references.uploads_of(party).items():
            self._quarantine.forget_uploads(engine, uploads)
        self._references.forget(party)
        # The vault comes last: it also clears what the files of an embedded database still held of all this.
        accounts, items = self._people.forget(party), self._casework.vault.erase(party)
        if kept and not (accounts or items):
            raise Conflict(stream)  # a colleague was quicker, and records it
        command = RecordErasure(items=items, accounts=accounts)
        return self._write(
            party, actor, lambda state, _now: record_erasure(state, command, actor), idempotency_key, "erase"
        )

    def refuse(
        self, party: str, command: RefuseErasure, actor: Actor, *, idempotency_key: str | None = None
    ) -> Written[Requests]:
        """Refuse the request, with a reason. Raises ``NotFound`` and ``Refused``."""
        self._require_known(party)

        def decide(state: Requests, now: datetime) -> tuple[Event, ...]:
            return refuse_erasure(state, command, actor, now.astimezone(self._zone).date())

        return self._write(party, actor, decide, idempotency_key, f"refuse\n{command.model_dump_json()}")

    def _require_known(self, party: str) -> None:
        if not self.requests(party).requests and not self.kept_of(party):
            raise NotFound("person of whom anything is kept")

    def _write(
        self,
        party: str,
        actor: Actor,
        decide: Callable[[Requests, datetime], tuple[Event, ...]],
        idempotency_key: str | None,
        body: str,
    ) -> Written[Requests]:
        side = party_side(party)
        return self._casework.streams.write(
            erasure_stream(side, party),
            partial(fold, party, side),
            decide,
            actor,
            command_id=self._key(party, actor, idempotency_key, body),
        )

    def _key(self, party: str, actor: Actor, idempotency_key: str | None, body: str) -> str:
        return command_key(self._casework.vault, actor, idempotency_key, f"{party}\n{body}".encode())
