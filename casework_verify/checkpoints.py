"""Checks the report's ties to the log: checkpoint, keys, signatures, the root of the facts, the earlier report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from casework_verify import findings as kinds
from casework_verify.findings import Findings
from casework_verify.location import Fault, faults_by_hash, faults_by_own_number, faults_by_part
from casework_verify.notes import Head, Key, NoNote, Signed, decoded, introduced, read_head, read_key, read_note
from casework_verify.statements import changed_parts
from casework_verify.tree import Leaves, continues, parts_of, root_of, split

MOST_HEIGHT = 40


@dataclass(frozen=True)
class Trust:
    """Whom the reader believes, and what else the reader has.

    ``keys``: of the log, as ``name+id+key``; without any the report's own is taken on trust. ``witnesses``: keys that
    must have signed the checkpoint too. ``checkpoint``: the same checkpoint with more signatures. ``previous``: an
    earlier report. ``hashes``: those of all facts, side by side, to name what is wrong exactly.
    """

    keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    checkpoint: str | None = None
    previous: Mapping[str, Any] | None = None
    hashes: bytes | None = None
    receipts: tuple[Mapping[str, Any], ...] = ()


class Held(Enum):
    """Which facts there are: all of the checkpoint, its first ones only, or others."""

    ALL = "all"
    BEGINNING = "beginning"
    OTHERS = "others"


@dataclass
class Ties:
    """What the report says of the log, as far as it can be read."""

    note: Signed
    head: Head
    trusted: list[Key]
    block: Mapping[str, Any]


def read_ties(document: Mapping[str, Any], trust: Trust, found: Findings) -> Ties | None:
    """Checkpoint and keys, with everything that can be checked without facts. ``None`` when there is no checkpoint."""
    block = document.get("log")
    if not isinstance(block, Mapping):
        found.differ(kinds.LOG, "log")
        return None
    try:
        note = read_note(_text(block, "checkpoint"))
        head = read_head(note.text)
    except NoNote as error:
        found.differ(kinds.CHECKPOINT, "log.checkpoint", block.get("checkpoint"), str(error))
        return None
    _same(block, head, found)
    ties = Ties(note, head, _trusted(block, head, trust, found), block)
    if not any(note.by(key) for key in ties.trusted):
        found.differ(kinds.SIGNATURE, "log.checkpoint")
    _check_statement(document, ties, found)
    _check_witnesses(ties, trust, found)
    return ties


def check_facts(ties: Ties, leaves: Leaves, facts: Iterable[bytes], trust: Trust, found: Findings) -> Held:
    """Whether the facts are those of the checkpoint; which are not is told."""
    size, here = ties.head.size, len(leaves)
    parts, height = _parts(ties, found)
    root = leaves.root(size)
    if root == ties.head.root:
        if here > size:
            found.remark("facts_beyond", size=size, facts=here)
        return Held.ALL
    given, exact = leaves.hashes(), _exact(ties, parts, height, trust, found)
    if here >= size:
        found.differ(kinds.ROOT, "log.root", _hex(ties.head.root), _hex(root))
    elif exact is not None and exact[:here] == given:
        # As when rulings are still sealed: what there is, is right.
        found.differ(kinds.BEGINNING, f"facts {here}-{size - 1}", size, here)
        return Held.BEGINNING
    elif exact is None and parts is not None and (sure := _sure(parts, height, given)):
        # Without the hashes this can be told of whole parts of the log only.
        found.differ(kinds.BEGINNING, f"facts {sure}-{size - 1}", size, sure)
        return Held.BEGINNING
    else:
        found.differ(kinds.SHORT, "facts", size, here)
    # What follows the checkpoint in a file that is whole is no fault of it.
    for fault in _faults(ties, given, facts, exact, parts, height):
        if fault.kind != "fact_added" or fault.first <= size:
            last = f"-{fault.last}" if fault.kind == "facts_differ" and fault.last != fault.first else ""
            found.differ(fault.kind, f"fact {fault.first}{last}", None, fault.last, fault.first)
    return Held.OTHERS


def check_previous(document: Mapping[str, Any], ties: Ties, leaves: Leaves, trust: Trust, found: Findings) -> None:
    """Whether the log has only grown since the earlier report: the one that this report names, and the one at hand."""
    named = document.get("previous")
    if named is not None:
        _check_named(named, ties, leaves, found)
    if trust.previous is None:
        return
    block = trust.previous.get("log")
    _check_earlier("--previous", block, ties, leaves, found)
    earlier, here = _head_of(block), _head_of(named)
    if earlier and here and here.size == earlier.size and here.root != earlier.root:
        found.differ(kinds.PREVIOUS, "previous", _hex(here.root), _hex(earlier.root))


def _check_named(named: Any, ties: Ties, leaves: Leaves, found: Findings) -> None:
    head = _check_earlier("previous", named, ties, leaves, found)
    if head is None:
        return
    given = named.get("consistency")
    proof = [decoded(each) if isinstance(each, str) else None for each in given] if isinstance(given, list) else [None]
    if None in proof or not continues(
        head.size, ties.head.size, head.root, ties.head.root, [step for step in proof if step is not None]
    ):
        found.differ(kinds.PREVIOUS, "previous.consistency", head.size, ties.head.size)


def _check_earlier(where: str, block: Any, ties: Ties, leaves: Leaves, found: Findings) -> Head | None:
    """The earlier checkpoint, after the facts were held against it."""
    head = _head_of(block)
    if head is None or head.origin != ties.head.origin:
        found.differ(kinds.PREVIOUS, where, None if head is None else head.origin, ties.head.origin)
        return None
    note = read_note(block["checkpoint"])
    if not any(note.by(key) for key in (*ties.trusted, *_older_key(block, ties))):
        found.differ(kinds.SIGNATURE, f"{where}.checkpoint")
    root = leaves.root(head.size)
    if head.size > ties.head.size or (root != head.root and (root is not None or len(leaves) >= ties.head.size)):
        found.differ(kinds.PREVIOUS, where, _hex(head.root), _hex(root))
    elif root is not None:
        found.remark("consistent", where=where, size=head.size)
    return head


def _older_key(block: Any, ties: Ties) -> list[Key]:
    """The key of an earlier report, if it has announced the one that is trusted now."""
    own = _key_in(block)
    keys = [] if own is None else [own]
    for text in _list(ties.block.get("announcements")):
        keys.extend(_announced(text, keys))
    return keys[:1] if any(key in ties.trusted for key in keys) else []


def _head_of(block: Any) -> Head | None:
    try:
        return read_head(read_note(_text(block, "checkpoint")).text)
    except (NoNote, TypeError, AttributeError):
        return None


def _key_in(block: Any) -> Key | None:
    try:
        return read_key(_text(block, "key"))
    except (NoNote, AttributeError):
        return None


def _same(block: Mapping[str, Any], head: Head, found: Findings) -> None:
    """The checkpoint's words stand in the report once more, where people read them."""
    for name, here in (("origin", head.origin), ("size", head.size), ("root", _hex(head.root))):
        given = block.get(name)
        if type(given) is not type(here) or given != here:
            found.differ(kinds.CHECKPOINT, f"log.{name}", given, here)


def _trusted(block: Mapping[str, Any], head: Head, trust: Trust, found: Findings) -> list[Key]:
    """The reader's keys and those that they have announced; none of another log."""
    stated = _key_in(block)
    if stated is None:
        found.differ(kinds.SIGNATURE, "log.key", block.get("key"))
    if trust.keys:
        keys = [read_key(text) for text in trust.keys]
    else:
        keys = [] if stated is None else [stated]
        found.remark("key_on_trust", key=block.get("key"))
    keys = [key for key in keys if key.name == head.origin]
    for text in _list(block.get("announcements")):
        keys.extend(_announced(text, keys))
    if trust.keys and stated is not None and stated not in keys:
        found.differ(kinds.SIGNATURE, "log.key", stated.text, ", ".join(trust.keys))
    return keys


def _announced(text: Any, keys: Sequence[Key]) -> Iterator[Key]:
    try:
        note = read_note(text) if isinstance(text, str) else None
        found = {new for key in keys if note is not None and (new := introduced(note, key)) is not None}
    except NoNote:
        return
    yield from (key for key in found if key not in keys)


def _check_statement(document: Mapping[str, Any], ties: Ties, found: Findings) -> None:
    try:
        signed = read_note(_text(ties.block, "signed"))
    except NoNote:
        found.differ(kinds.SIGNATURE, "log.signed")
        return
    if not any(signed.by(key) for key in ties.trusted):
        found.differ(kinds.SIGNATURE, "log.signed")
    for part in changed_parts(document, ties.head.origin, signed.text):
        found.differ(kinds.STATEMENT, part)


def _check_witnesses(ties: Ties, trust: Trust, found: Findings) -> None:
    notes = [ties.note]
    if trust.checkpoint is not None:
        more = read_note(trust.checkpoint)
        if more.text == ties.note.text:
            notes.append(more)
        else:
            found.differ(kinds.CHECKPOINT, "--checkpoint", ties.note.text, more.text)
    for text in trust.witnesses:
        witness = read_key(text)
        if any(note.by(witness) for note in notes):
            found.remark("witnessed", witness=witness.name)
        else:
            found.differ(kinds.WITNESS, witness.name)


def _parts(ties: Ties, found: Findings) -> tuple[list[bytes] | None, int]:
    """The roots of the parts of the log that the report lists, if they lead to its root."""
    block = ties.block.get("parts")
    height = block.get("height") if isinstance(block, Mapping) else None
    hashes = decoded(_text(block, "hashes")) if isinstance(block, Mapping) and "hashes" in block else None
    if type(height) is int and 0 <= height <= MOST_HEIGHT and hashes is not None and len(hashes) % 32 == 0:
        parts = split(hashes)
        if len(parts) == -(-ties.head.size >> height) and root_of(parts) == ties.head.root:
            return parts, height
    found.differ(kinds.PARTS, "log.parts")
    return None, 0


def _exact(ties: Ties, parts: list[bytes] | None, height: int, trust: Trust, found: Findings) -> Sequence[bytes] | None:
    """The signed hash of each fact, if they are at hand."""
    if parts is not None and height == 0:
        return parts
    if trust.hashes is None or len(trust.hashes) < ties.head.size * 32:
        return None
    hashes = split(trust.hashes[: ties.head.size * 32])
    if root_of(hashes) != ties.head.root:
        found.remark("hashes_of_no_use")
        return None
    return hashes


def _sure(parts: Sequence[bytes], height: int, given: list[bytes]) -> int:
    """How many facts there are that are the first of the log, by their parts; 0 if one of these is not as signed."""
    whole = len(given) >> height
    return whole << height if parts_of(given[: whole << height], height) == list(parts[:whole]) else 0


def _faults(
    ties: Ties,
    given: list[bytes],
    facts: Iterable[bytes],
    exact: Sequence[bytes] | None,
    parts: list[bytes] | None,
    height: int,
) -> list[Fault]:
    size = ties.head.size
    if exact is not None:
        return faults_by_hash(exact, given)
    told = [] if iter(facts) is facts else faults_by_own_number(facts, size)
    if parts is not None:
        told += faults_by_part(parts, height, size, given)
    return told


def _text(block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    if not isinstance(value, str):
        raise NoNote(f"there is no {name}")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _hex(hashed: bytes | None) -> str | None:
    return None if hashed is None else hashed.hex()
