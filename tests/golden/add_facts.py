"""Writes the golden lines of public facts that are lacking, one for each golden event; never touches one that is there.

`python -m tests.golden.add_facts`. The lines are leaves of a tree that is signed: once released, they stay as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from casework.eventlog.public_facts import Pseudonyms, fact_of
from tests.golden import add

FACTS = Path(__file__).parent / "facts"
PSEUDONYMS = Pseudonyms(b"a secret of the golden files")
STREAM = UUID("00000000-0000-4000-8000-000000000003")


def event_files() -> list[Path]:
    """The golden events, each of which has a golden line."""
    return sorted(add.EVENTS.glob("*/*.json"))


def path_of(event: Path) -> Path:
    """Where the line of a golden event stands."""
    return FACTS / event.parent.name / event.name


def line_of(event: Path) -> bytes:
    """The public fact of a golden event, by this build."""
    return fact_of(STREAM, 7, event.parent.name, event.read_bytes(), 17, PSEUDONYMS)


def main() -> int:
    """Write what is missing."""
    for event in event_files():
        path = path_of(event)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(line_of(event))
            print(path.relative_to(FACTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
