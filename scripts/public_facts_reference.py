"""Write docs/reference/public-facts.md from the table of public facts; a test compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from casework.eventlog.public_facts import PUBLIC_FACTS, Fields

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "public-facts.md"
HEAD = """# Public facts

This page is made from `casework/eventlog/public_facts.py` by `python -m scripts.public_facts_reference`.

Every event of the log has a public fact: one line of canonical JSON (RFC 8785), which is its leaf in the Merkle tree. A
field is private until it is declared public in that one table. What is written for a topic and version never changes.

| key | holds |
|---|---|
| `n` | the index of the leaf, from 0 |
| `topic`, `v` | what happened, and the version of its shape |
| `stream`, `version` | the pseudonym of the case, party, work or whatever it is about, and which event of it this is |
| `at`, `occurred` | when it was recorded, and when it happened |
| `by` | the role of whoever caused it; never who |
| `data` | the public fields below |
| `rest` | SHA-256 of a salt and the whole stored event, in hexadecimal digits |

The salt is 32 bytes that only Casework can compute. Whoever is given the stored event and its salt can check that the
event is the one that was logged; nobody can guess a private field from `rest`. A *pseudonym* is a keyed MAC of an id:
the same id has the same pseudonym in every fact, and nothing can be looked up by it. A field in a value has the names
of both, joined by a dot; lists go item by item.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for (topic, version), declared in PUBLIC_FACTS.items():
        parts.append(f"## `{topic}`, version {version}\n")
        shown, hidden = sorted(_shown(declared)), sorted(_hidden(declared))
        parts.append(f"Public: {', '.join(shown) or 'nothing but that it happened'}.\n")
        if hidden:
            parts.append(f"Private: {', '.join(hidden)}.\n")
    return "\n".join(parts)


def _shown(declared: Fields, prefix: str = "") -> Iterator[str]:
    yield from (f"`{prefix}{name}`" for name in declared.public)
    yield from (f"`{prefix}{name}` (pseudonym)" for name in declared.pseudonyms)
    for name, inner in declared.parts.items():
        yield from _shown(inner, f"{prefix}{name}.")


def _hidden(declared: Fields, prefix: str = "") -> Iterator[str]:
    yield from (f"`{prefix}{name}`" for name in declared.private)
    for name, inner in declared.parts.items():
        yield from _hidden(inner, f"{prefix}{name}.")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
