"""Recording a request for erasure and its answer. What is erased lies outside the log, so the log stays as it is."""

from __future__ import annotations

from datetime import date

from casework.domain.erasure.events import ErasureRefused, ErasureRequested, PersonalDataErased, RefusalReason
from casework.domain.erasure.state import Requests
from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.screening.events import Day
from casework.domain.values import Count


class RequestErasure(Command):
    """A person asks for erasure; an officer writes it down."""


class RecordErasure(Command):
    """Everything of the person was erased: so many items of the vault, so many accounts."""

    items: Count
    accounts: Count


class RefuseErasure(Command):
    """The data are kept for now, for a reason, until a day if it is known."""

    reason: RefusalReason
    until: Day | None = None


def request_erasure(requests: Requests, command: RequestErasure, actor: Actor) -> tuple[Event, ...]:
    """Record it. A person whose request is open already asks for nothing new."""
    _by_officer(actor)
    return () if requests.open is not None else (_request(requests),)


def record_erasure(requests: Requests, command: RecordErasure, actor: Actor) -> tuple[Event, ...]:
    """Record that it was done, with the request where nobody had written it down before.

    Erasing a person again, of whom nothing was kept since, changes nothing.
    """
    _by_officer(actor)
    latest, nothing = requests.latest, not (command.items or command.accounts)
    if latest is not None and latest.erased is not None and nothing:
        return ()
    asked = () if requests.open is not None else (_request(requests),)
    number = len(requests.requests) + len(asked)
    done = PersonalDataErased(
        request=number,
        party=requests.party,
        side=requests.side,
        items=command.items,
        accounts=command.accounts,
    )
    return (*asked, done)


def refuse_erasure(requests: Requests, command: RefuseErasure, actor: Actor, today: date) -> tuple[Event, ...]:
    """Refuse it, with the request where nobody had written it down before.

    The very refusal that was given last changes nothing. Raises ``Refused``: ``kept_until_past`` for a day that is over
    in the time zone of the reports.
    """
    _by_officer(actor)
    last = None if requests.latest is None else requests.latest.refused
    if last is not None and (last.reason, last.until) == (command.reason, command.until):
        return ()
    if command.until is not None and command.until < today:
        raise Refused("kept_until_past")
    asked = () if requests.open is not None else (_request(requests),)
    number = len(requests.requests) + len(asked)
    refused = ErasureRefused(
        request=number, party=requests.party, side=requests.side, reason=command.reason, until=command.until
    )
    return (*asked, refused)


def _request(requests: Requests) -> ErasureRequested:
    return ErasureRequested(request=len(requests.requests) + 1, party=requests.party, side=requests.side)


def _by_officer(actor: Actor) -> None:
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
