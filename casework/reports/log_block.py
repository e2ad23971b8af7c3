"""What ties a report to the log: the signed checkpoint that its figures were computed from, and a signature over it.

``tied`` adds three things to a report. ``log`` names the checkpoint at the report's position, lists the roots of at
most 1,024 equal parts of the log, so that a fault in the facts is found where it is, and has a note in which the key
of the log signs a digest of each part of the report. ``previous`` shows that the log has only grown since an earlier
report.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from casework.eventlog.notes import Note, Verifier, read_checkpoint, read_note
from casework.log_proofs import Checkpoint, LogProofs
from casework.reports.exports import document_of
from casework.reports.generation import Report

TITLE = "casework report 1"
"""The first line of the note over a report. No checkpoint looks like it: its second line is no size."""

MOST_PARTS = 1_024
"""Parts of the log at most whose roots are listed: 43 kB of Base64. A shorter log is listed event by event."""

FACTS = "facts.ndjson.gz"
HASHES = "facts.hashes"
_LEVEL = 6


def tied(report: Report, proofs: LogProofs, previous: Mapping[str, Any] | None = None) -> Report:
    """The report with its ties to the log; ``previous`` is the data of an earlier report.

    The same report gives the same bytes again, until the key of the log is rotated. Raises ``RootDiffers``,
    ``LogShorter``, and ``ValueError`` for an earlier report that is none of this log.
    """
    checkpoint = proofs.checkpoint_at(report.position)
    height = max(0, (max(0, checkpoint.size - 1) // MOST_PARTS).bit_length())
    keys = proofs.keys.listed()
    block: dict[str, Any] = {
        "origin": proofs.keys.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "checkpoint": _by_active_key(checkpoint, proofs),
        "key": proofs.keys.active().verifier.text,
        "announcements": [key.announcement for key in keys if key.announcement is not None],
        "parts": {"height": height, "hashes": _text(b"".join(proofs.parts(checkpoint.size, height)))},
    }
    unsigned = replace(report, log=block, previous=_previous(checkpoint, proofs, previous))
    text = statement_of(document_of(unsigned), proofs.keys.origin)
    block = {**block, "signed": str(Note(text, (proofs.keys.sign(text),)))}
    return replace(unsigned, log=block)


def statement_of(document: Mapping[str, Any], origin: str) -> str:
    """What is signed of a report: a title, the log, and the SHA-256 of the canonical JSON of each part.

    The note itself is left out of its part. Canonical: sorted keys, no spaces; there are no floats (RFC 8785).
    """
    parts = {**document, "log": {name: value for name, value in document["log"].items() if name != "signed"}}
    lines = [f"{name} {_digest(value)}\n" for name, value in sorted(parts.items())]
    return "".join((f"{TITLE}\n{origin}\n", *lines))


def write_facts(
    proofs: LogProofs, path: Path, first: int, end: int, told: Callable[[int, int], None] | None = None
) -> int:
    """Write the facts [first, end) a line each, packed if the name ends in ``.gz``; how many there were.

    The file is there whole or not at all, and the same facts give the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with unfinished.open("wb") as plain:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", _LEVEL, plain, mtime=0) as packed:
                    for line in _counted(proofs.facts(first, end), end - first, told):
                        count += 1
                        packed.write(line + b"\n")
            else:
                for line in _counted(proofs.facts(first, end), end - first, told):
                    count += 1
                    plain.write(line + b"\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def write_facts_beside(report: Report, proofs: LogProofs, folder: Path) -> tuple[list[Path], int]:
    """Write the facts of the report's checkpoint and their hashes; the paths, and how many facts are held back.

    Those from the seating of the first panel on that still sits are held back: the file ends there until it has ruled.
    """
    size = int((report.log or {}).get("size", 0))
    public = min(size, proofs.public_size())
    path, hashes = folder / FACTS, folder / HASHES
    write_facts(proofs, path, 0, public)
    hashes.write_bytes(b"".join(proofs.parts(size, 0)))
    return [path, hashes], size - public


def _counted(lines: Iterator[bytes], whole: int, told: Callable[[int, int], None] | None) -> Iterator[bytes]:
    for number, line in enumerate(lines, 1):
        if told is not None and number % 1_000 == 0:
            told(number, whole)
        yield line


def _previous(checkpoint: Checkpoint, proofs: LogProofs, earlier: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if earlier is None:
        return None
    try:
        body = read_checkpoint(read_note(earlier["log"]["checkpoint"]).text)
    except (KeyError, TypeError) as error:
        raise ValueError("the earlier report names no checkpoint") from error
    kept = proofs.signed(body.size)
    if kept is None or (body.origin, body.root) != (proofs.keys.origin, kept.root) or body.size > checkpoint.size:
        raise ValueError("the earlier report is none of this log, or a later one")
    proof = proofs.consistency(body.size, checkpoint.size)
    return {"checkpoint": _by_active_key(kept, proofs), "consistency": [_text(each) for each in proof]}


def _by_active_key(checkpoint: Checkpoint, proofs: LogProofs) -> str:
    """The note with the signature of the key that signs now; one that was signed before a rotation gets it added."""
    note = read_note(checkpoint.note)
    active: Verifier = proofs.keys.active().verifier
    own = tuple(
        each for each in note.signatures if any(key.verifier.accepts(note.text, each) for key in proofs.keys.listed())
    )
    if not any(active.accepts(note.text, each) for each in own):
        own = (*own, proofs.keys.sign(note.text))
    return str(Note(note.text, own))


def _digest(value: Any) -> str:
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
