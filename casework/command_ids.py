"""The id of a command in the log: by it a repeated request is recognised, and a key used twice for two things."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from casework.domain.facts import Actor, Refused
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import Vault


def command_key(vault: Vault, actor: Actor, key: str | None, body: bytes) -> str:
    """The command id of a request. With an ``Idempotency-Key`` it is derived, so that a repeat is recognised.

    By MACs, because it stands in the log: a plain hash of ``body`` would let its words be guessed, erased or not.
    """
    if key is None:
        return uuid4().hex
    return f"{_scope(vault, actor, key)}.{vault.fingerprint(body)[:32]}"


def _scope(vault: Vault, actor: Actor, key: str) -> str:
    return vault.fingerprint(f"{actor.role}:{actor.id}:{key}".encode())[:32]


def is_taken(vault: Vault, actor: Actor, key: str, history: Sequence[Recorded]) -> bool:
    """Whether this actor has taken a step under this key already, whatever was in it."""
    scope = _scope(vault, actor, key)
    return any(recorded.command.startswith(f"{scope}.") for recorded in history)


def repeats(history: Sequence[Recorded], command_id: str) -> bool:
    """Whether this very command is already in the history; refuses a key used again for something else."""
    if any(recorded.command == command_id for recorded in history):
        return True
    scope, _, body = command_id.partition(".")
    if body and any(recorded.command.startswith(f"{scope}.") for recorded in history):
        raise Refused("idempotency_key_reused")
    return False
