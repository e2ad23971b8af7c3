"""What the platform's key signs of a report: the digest of each of its parts, so that a change is named by its part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

TITLE = "casework report 1"


def statement_of(document: Mapping[str, Any], origin: str) -> str:
    """The text that is signed: a title, the log, and a line for each part of the report, its own signature left out.

    Digests are SHA-256 of canonical JSON (sorted keys, no spaces, UTF-8; RFC 8785, there are no floats in a report).
    """
    lines = [TITLE, origin]
    for part in sorted(document):
        value = document[part]
        if part == "log" and isinstance(value, Mapping):
            value = {name: each for name, each in value.items() if name != "signed"}
        canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        lines.append(f"{part} {hashlib.sha256(canonical.encode()).hexdigest()}")
    return "\n".join(lines) + "\n"


def changed_parts(document: Mapping[str, Any], origin: str, signed: str) -> list[str]:
    """The parts that are not as they were signed; ``signed`` is the text of the note."""
    here = statement_of(document, origin).split("\n")
    there = signed.split("\n")
    if here == there:
        return []
    ours, theirs = set(here[2:]), set(there[2:])
    parts = {line.partition(" ")[0] for line in ours ^ theirs if line}
    return sorted(parts) or ["log"]
