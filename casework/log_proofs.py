"""What anybody may ask of the log: signed checkpoints, proofs, public facts, where a receipt code leads, cosignatures.

Every signed checkpoint is kept, and a size never gets a second root. Before a new one is signed the tree must still be
the one of the last, so that each signed root is bound by the next; if it is not, nothing is signed any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from casework.database import writing
from casework.domain.facts import Refused
from casework.eventlog.clock import Clock
from casework.eventlog.log_keys import LogKeys
from casework.eventlog.merkle import consistency_proof, inclusion_proof, parts, root
from casework.eventlog.notes import Verifier, read_checkpoint, read_note
from casework.eventlog.receipts import ReceiptCodes, digest_of, read_code
from casework.views.models.catch_up import Views, ViewStatus
from casework.views.models.columns import Moment, insert_into
from casework.views.models.log_tree import (
    NAME,
    RootDiffers,
    Tables,
    find_fact,
    find_receipt,
    list_facts,
    public_size,
    size_at,
    tile_reader,
    tree_size,
)

NEW_AFTER = timedelta(seconds=10)
"""How old the last checkpoint may be before one is signed because somebody asks: a busy log is not signed each time."""

MOST_BEHIND = 5_000
"""Positions by which the tree may be behind the log for a request to wait until it has caught up."""

FACTS_AT_ONCE = 1_000
"""Public facts read by one query."""

_METADATA = sa.MetaData()
_CHECKPOINTS = sa.Table(
    "signed_checkpoints",
    _METADATA,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
_COSIGNATURES = sa.Table(
    "cosignatures",
    _METADATA,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key_id", sa.String(8), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)


_LATEST_WITHIN = (
    sa.select(_CHECKPOINTS.c.size, _CHECKPOINTS.c.root)
    .where(_CHECKPOINTS.c.size > sa.bindparam("after"), _CHECKPOINTS.c.size <= sa.bindparam("until"))
    .order_by(_CHECKPOINTS.c.size.desc())
    .limit(1)
)
"""Runs after every step; to write it takes as long as to run it."""


class LogShorter(Exception):
    """The log has fewer events than the last signed checkpoint: some were lost, as by an old backup put back."""

    def __init__(self, size: int, signed: int) -> None:
        super().__init__(f"the log has {size} events, but a checkpoint of {signed} was signed")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed checkpoint. ``note`` has the log's signature and those of all witnesses that were given so far."""

    size: int
    root: bytes
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lodged:
    """Where a receipt code leads: the leaf, and the proof that it is in the log of ``checkpoint``."""

    index: int
    fact: bytes
    proof: Sequence[bytes]
    checkpoint: Checkpoint


class SignedCheckpoints:
    """The table of signed checkpoints and the cosignatures beside them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, size: int) -> Checkpoint | None:
        """The checkpoint of this size, if one was signed."""
        return self._first(sa.select(_CHECKPOINTS).where(_CHECKPOINTS.c.size == size))

    def latest(self) -> Checkpoint | None:
        """The largest one."""
        return self._first(sa.select(_CHECKPOINTS).order_by(_CHECKPOINTS.c.size.desc()).limit(1))

    def latest_within(self, after: int, until: int) -> tuple[int, bytes] | None:
        """Size and root of the largest whose size lies in (after, until]."""
        with self._engine.connect() as connection:
            row = connection.execute(_LATEST_WITHIN, {"after": after, "until": until}).one_or_none()
        return None if row is None else (row.size, bytes(row.root))

    def keep(self, size: int, found: bytes, note: str, at: datetime) -> Checkpoint:
        """Keep a checkpoint; where another process was first, that one counts. Raises ``RootDiffers``."""
        row: dict[str, Any] = {"size": size, "root": found, "note": note, "at": at}
        with writing(self._engine) as connection:
            made = connection.execute(insert_into(connection, _CHECKPOINTS).values(row).on_conflict_do_nothing())
        if made.rowcount == 1:
            return Checkpoint(**row)
        kept = self.get(size)
        if kept is None or kept.root != found:
            raise RootDiffers(size)
        return kept

    def cosigned_by(self, witness: Verifier) -> int:
        """The largest size that this witness has signed; 0 when none."""
        c = _COSIGNATURES.c
        largest = sa.select(sa.func.max(c.size)).where(c.name == witness.name, c.key_id == witness.key_id.hex())
        with self._engine.connect() as connection:
            return connection.execute(largest).scalar() or 0

    def add_cosignature(self, size: int, witness: Verifier, line: str, at: datetime) -> None:
        """Keep what a witness signed; the first one of each size stays."""
        row = {"size": size, "key_id": witness.key_id.hex(), "name": witness.name, "line": line, "at": at}
        with writing(self._engine) as connection:
            connection.execute(insert_into(connection, _COSIGNATURES).values(row).on_conflict_do_nothing())

    def _first(self, statement: sa.Select[Any]) -> Checkpoint | None:
        with self._engine.connect() as connection:
            row = connection.execute(statement).one_or_none()
            if row is None:
                return None
            lines = sa.select(_COSIGNATURES.c.line).where(_COSIGNATURES.c.size == row.size)
            added = connection.execute(lines.order_by(_COSIGNATURES.c.at, _COSIGNATURES.c.name)).scalars().all()
        return Checkpoint(row.size, bytes(row.root), row.note + "".join(added), row.at)


class LogProofs:
    """Checkpoints and proofs of one log, on the read model ``log_tree``."""

    def __init__(
        self,
        *,
        views: Views,
        signed: SignedCheckpoints,
        keys: LogKeys,
        codes: ReceiptCodes,
        clock: Clock,
        witnesses: Sequence[Verifier] = (),
    ) -> None:
        self._views = views
        self._signed = signed
        self._clock = clock
        self.keys = keys
        self.codes = codes
        self.witnesses = tuple(witnesses)

    def size(self) -> int:
        """How many leaves the tree has now, after it has caught up if it is not far behind."""
        self._catch_up()
        with self._reading() as (connection, tables):
            return tree_size(connection, tables)

    def public_size(self) -> int:
        """How many leaves from the first on anybody may read: up to the seating of the first panel that still sits.

        Its rulings are in the tree at once; but from their lines the other reviewer would see that one is there (E1).
        """
        self._catch_up()
        with self._reading() as (connection, tables):
            return public_size(connection, tables)

    def held_back_since(self) -> datetime | None:
        """When the first fact was recorded that nobody may read yet; ``None`` where all are public.

        A report as of an earlier moment can be checked whole at once.
        """
        self._catch_up()
        with self._reading() as (connection, tables):
            first = public_size(connection, tables)
            held = list_facts(connection, tables, first, first + 1)
        return datetime.fromisoformat(json.loads(held[0])["at"]) if held else None

    def latest(self) -> Checkpoint:
        """The checkpoint to show: the last one, or a new one where the log has grown and the last is not quite new.

        Raises ``RootDiffers`` and ``LogShorter``: then nothing may be signed.
        """
        size = self.size()
        last = self._signed.latest()
        if last is not None and last.size > size and self._differs():
            raise RootDiffers(last.size)
        if last is not None and (last.size == size or self._is_new(last)):
            return last
        if last is not None and last.size > size and self._lag():
            return last  # the tree is being filled again; nothing is lost
        return self.checkpoint(size)

    def sign_after(self, pause: timedelta) -> Checkpoint | None:
        """Sign the present size if the log has grown and the last checkpoint is so old; ``None`` when there is no need.

        Raises as ``checkpoint``.
        """
        last = self._signed.latest()
        if last is not None and timedelta(0) <= self._clock.now() - last.at < pause:
            return None
        size = self.size()
        if not size or (last is not None and last.size == size) or self._lag():
            return None
        return self.checkpoint(size)

    def checkpoint(self, size: int) -> Checkpoint:
        """The signed checkpoint of exactly this size, signed now if it was not yet.

        ``ValueError`` when the tree has never been that large. Raises ``RootDiffers`` and ``LogShorter``.
        """
        kept = self._signed.get(size)
        if kept is not None:
            return kept
        last = self._signed.latest()
        with self._reading() as (connection, tables):
            here = tree_size(connection, tables)
            if size > here:
                raise ValueError(f"the log has {here} events, not {size}")
            found = root(size, tile_reader(connection, tables))
            if last is not None:
                self._check(connection, tables, last, here)
        return self._signed.keep(size, found, str(self.keys.checkpoint(size, found)), self._clock.now())

    def checkpoint_at(self, position: int) -> Checkpoint:
        """The signed checkpoint over all events up to a position of the log, itself included.

        The tree is caught up to there first, however long that takes. Raises as ``checkpoint``.
        """
        self._views.catch_up([NAME], until=position)
        with self._reading() as (connection, tables):
            size = size_at(connection, tables, position)
        return self.checkpoint(size)

    def signed(self, size: int) -> Checkpoint | None:
        """The checkpoint of this size, if one was ever signed."""
        return self._signed.get(size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf ``index`` is in the tree of ``size``. ``ValueError`` when it is not, or not yet."""
        with self._reading() as (connection, tables):
            self._require(connection, tables, size)
            return inclusion_proof(index, size, tile_reader(connection, tables))

    def consistency(self, first: int, second: int) -> list[bytes]:
        """The proof that the tree of ``second`` begins with that of ``first``. ``ValueError`` when there is none."""
        with self._reading() as (connection, tables):
            self._require(connection, tables, second)
            return consistency_proof(first, second, tile_reader(connection, tables))

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` leaves. ``ValueError`` when there are not so many."""
        with self._reading() as (connection, tables):
            self._require(connection, tables, size)
            return root(size, tile_reader(connection, tables))

    def parts(self, size: int, height: int) -> list[bytes]:
        """The roots over 2^height leaves each of the first ``size``. ``ValueError`` when there are not so many."""
        with self._reading() as (connection, tables):
            self._require(connection, tables, size)
            return parts(size, height, tile_reader(connection, tables))

    def facts(self, first: int, end: int) -> Iterator[bytes]:
        """The public facts of leaves [first, end), in order, without line ends; as many as there are.

        Whoever hands them on stays below ``public_size``. Between two pages no connection is held, however slowly
        somebody takes them: facts never change.
        """
        for start in range(first, end, FACTS_AT_ONCE):
            with self._reading() as (connection, tables):
                page = list_facts(connection, tables, start, min(end, start + FACTS_AT_ONCE))
            yield from page

    def receipt(self, typed: str) -> Lodged | None:
        """What a receipt code proves, as somebody typed it; ``None`` when no event has it. Raises as ``checkpoint``."""
        code = read_code(typed)
        if code is None:
            return None
        self._catch_up()
        with self._reading() as (connection, tables):
            index = find_receipt(connection, tables, digest_of(code))
        if index is None:
            return None
        last = self._signed.latest()
        checkpoint = last if last is not None and last.size > index else self.checkpoint(self.size())
        with self._reading() as (connection, tables):
            fact = find_fact(connection, tables, index)
            proof = inclusion_proof(index, checkpoint.size, tile_reader(connection, tables))
        return None if fact is None else Lodged(index, fact, proof, checkpoint)

    def cosign(self, content: str) -> Checkpoint:
        """Take the cosignatures of known witnesses from a note over a checkpoint of ours; the note with all of them.

        ``MalformedNote`` for what is none. Refused, and then nothing is kept: ``log_of_another``,
        ``checkpoint_unknown``, ``witness_unknown``, ``cosignature_wrong``, ``cosignature_older``.
        """
        note = read_note(content)
        body = read_checkpoint(note.text)
        if body.origin != self.keys.origin:
            raise Refused("log_of_another", origin=self.keys.origin)
        kept = self._signed.get(body.size)
        if kept is None or read_note(kept.note).text != note.text:
            raise Refused("checkpoint_unknown", size=str(body.size))
        own = {(key.verifier.name, key.verifier.key_id) for key in self.keys.listed()}
        theirs = [each for each in note.signatures if (each.name, each.key_id) not in own]
        known = {(each.name, each.key_id): each for each in self.witnesses}
        found = [known.get((each.name, each.key_id)) for each in theirs]
        witnesses = [each for each in found if each is not None]
        if not witnesses or len(witnesses) < len(theirs):
            raise Refused("witness_unknown")
        for witness, signature in zip(witnesses, theirs, strict=True):
            if not witness.accepts(note.text, signature):
                raise Refused("cosignature_wrong", witness=witness.name)
            if self._signed.cosigned_by(witness) > body.size:
                raise Refused("cosignature_older", witness=witness.name)
        for witness, signature in zip(witnesses, theirs, strict=True):
            self._signed.add_cosignature(body.size, witness, signature.line, self._clock.now())
        return self._signed.get(body.size) or kept

    def check(self) -> str:
        """One sentence when the keys can be used and the tree is still the one of the last checkpoint.

        Raises ``BrokenKey``, ``RootDiffers`` and ``LogShorter``.
        """
        count = self.keys.check()
        last = self._signed.latest()
        if last is None:
            return f"{count} keys, no checkpoint was signed yet"
        own = {key.verifier for key in self.keys.listed()}
        note = read_note(last.note)
        body = read_checkpoint(note.text)
        if (body.size, body.root) != (last.size, last.root) or not any(
            verifier.accepts(note.text, signature) for verifier in own for signature in note.signatures
        ):
            raise RootDiffers(last.size)
        self._views.catch_up([NAME])
        with self._reading() as (connection, tables):
            self._check(connection, tables, last, tree_size(connection, tables))
        return f"{count} keys, the log still begins with the {last.size:,} events last signed"

    @staticmethod
    def _check(connection: Connection, tables: Tables, last: Checkpoint, size: int) -> None:
        """Raise unless the tree is the one of the last signed checkpoint."""
        if last.size > size:
            raise LogShorter(size, last.size)
        if root(last.size, tile_reader(connection, tables)) != last.root:
            raise RootDiffers(last.size)

    @staticmethod
    def _require(connection: Connection, tables: Tables, size: int) -> None:
        here = tree_size(connection, tables)
        if size > here:
            raise ValueError(f"the log has {here} events, not {size}")

    def _is_new(self, last: Checkpoint) -> bool:
        return timedelta(0) <= self._clock.now() - last.at < NEW_AFTER

    def _catch_up(self) -> None:
        """Bring the tree up to the log, unless that would take long: then the worker is at it."""
        if 0 < self._lag() <= MOST_BEHIND:
            self._views.catch_up([NAME])

    def _lag(self) -> int:
        """By how many positions the tree is behind the log."""
        return self._status().lag

    def _differs(self) -> bool:
        """Whether the tree stands still because it would not be the one that was signed."""
        return (self._status().error or "").startswith(RootDiffers.__name__)

    def _status(self) -> ViewStatus:
        return next(one for one in self._views.status() if one.name == NAME)

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, Tables]]:
        with self._views.engine.connect() as connection, connection.begin():
            yield connection, self._views.tables(NAME)
