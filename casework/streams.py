"""The one way to write a stream: load and fold, decide, save; again when somebody else wrote to it meanwhile.

Cases, ledgers, samples, texts and reports go through it alike: a repeated command is recognised, words go to the vault
once it is accepted, and read models are brought up to what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from casework.command_ids import repeats
from casework.database import DatabaseUnavailable
from casework.domain.facts import Actor, Event, Happened, Refused, Role
from casework.eventlog.clock import Clock
from casework.eventlog.store import Append, Conflict, EventLog
from casework.eventlog.vault import Prepared, Vault
from casework.views.models.catch_up import Views

ATTEMPTS = 8
"""How often a command is decided again after somebody else wrote to its stream."""

CLOCK = Actor(role=Role.CLOCK, id="casework")
"""Acts where the system itself does, such as seating a panel."""

logger = structlog.get_logger()


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


State = TypeVar("State", bound=_Versioned)


@dataclass(frozen=True, slots=True)
class JustHappened:
    """An event of this very moment, as folds want it."""

    event: Event
    occurred: datetime
    by: Actor

    @property
    def recorded(self) -> datetime:
        """When it was written down: now."""
        return self.occurred


@dataclass(frozen=True, slots=True)
class Decided:
    """What a command leads to, where that is more than its own events on its own stream.

    ``before`` and ``after`` are the clock's doing, on the same stream; ``beside`` goes to other streams in the same
    transaction.
    ``refused``: ``events`` are the trace that a refusal must leave, and are no answer to the command.
    """

    events: tuple[Event, ...]
    before: tuple[Event, ...] = ()
    beside: Sequence[Append] = ()
    refused: Refused | None = None
    after: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Written(Generic[State]):
    """What a stream folds to after a command. ``events`` is empty when nothing was left to do.

    ``refused`` is what still has to be raised: the command was refused, and ``events`` say that it was tried.
    """

    state: State
    events: tuple[Event, ...]
    position: int
    refused: Refused | None = None


class Streams:
    """Log, vault, clock and read models of one application, for whoever writes."""

    def __init__(self, *, log: EventLog, vault: Vault, clock: Clock, views: Views) -> None:
        self.log = log
        self.vault = vault
        self.clock = clock
        self._views = views

    def write(
        self,
        stream: UUID,
        fold: Callable[[Sequence[Happened]], State],
        decide: Callable[[State, datetime], tuple[Event, ...] | Decided],
        actor: Actor,
        *,
        words: Sequence[Prepared] = (),
        command_id: str | None = None,
        cause: str | None = None,
        show: bool = True,
    ) -> Written[State]:
        """Decide on what ``fold`` makes of the stream, as of now, and save what comes of it.

        ``words`` are stored only when the command is accepted. Without ``show`` the read models are left to the caller.
        Raises what ``fold`` and ``decide`` raise, ``Refused("idempotency_key_reused")``, and ``Conflict`` when others
        kept writing.
        """
        command_id, stored = command_id or uuid4().hex, False
        for _attempt in range(ATTEMPTS):
            history = self.log.load(stream)
            state, position = fold(history), history[-1].position if history else 0
            if repeats(history, command_id):
                return Written(state, (), position)
            now = self.clock.now()
            found = decide(state, now)
            decided = found if isinstance(found, Decided) else Decided(found)
            if not (decided.before or decided.events):
                return Written(state, (), position)
            if decided.refused is None and not stored:
                self.vault.store(words)
                stored = True
            # The trace of a refused step is not the step: sent again, it must be refused again.
            key = command_id if decided.refused is None else uuid4().hex
            before = Append(stream, state.version, decided.before, by=CLOCK)
            own = Append(stream, state.version + len(decided.before), decided.events)
            after = Append(stream, own.expected_version + len(decided.events), decided.after, by=CLOCK)
            try:
                position = self.log.append(
                    [before, own, after, *decided.beside], recorded=now, by=actor, command=key, cause=cause
                )
            except Conflict:
                continue
            new = [JustHappened(event, now, CLOCK) for event in decided.before]
            new += [JustHappened(event, now, actor) for event in decided.events]
            new += [JustHappened(event, now, CLOCK) for event in decided.after]
            for one in new:
                logger.info("event", topic=one.event.TOPIC, stream=str(stream), by=one.by.role.value)
            if show:
                self.show(stream, position)
            events = (*decided.before, *decided.events, *decided.after)
            return Written(fold([*history, *new]), events, position, decided.refused)
        raise Conflict(stream)

    def show(self, stream: UUID, position: int) -> None:
        """Bring the read models up to ``position``. What was written stays: what fails here is left to the worker."""
        try:
            self._views.catch_up(until=position)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            logger.warning("views_left_to_worker", stream=str(stream), kind=type(error).__name__)
