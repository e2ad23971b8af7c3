"""What counting a report again costs: seconds for a million cases, beside merely parsing the same facts as JSON.

Run as ``python benchmarks/verify.py [--cases 100000]``. Most cases are a decision and nothing more, as on a platform.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from casework.domain.standard.standard import Standards
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.public_facts import fact_line
from casework.eventlog.topics import EVENT_TYPES
from casework.reports.rules import rules_document
from casework_verify.earlier import periods_before
from casework_verify.figures.registry import BY_ID
from casework_verify.masking import VERSION
from casework_verify.moments import microseconds
from casework_verify.recounting import Frame, figures_of, known_of
from casework_verify.rules import Rules
from casework_verify.tree import Leaves
from tests.reports.histories import FIRST, LAW, SHANGHAI, Habits, as_recorded, played
from tests.reports.sampling import PSEUDONYMS

MILLION = 1_000_000
STANDARDS = Standards([FIRST])
HABITS = Habits(days=181, slot=timedelta(hours=6), appeals=0.1, late=0.03, odd=0.01, wild=0.03, standards=STANDARDS)
HALF_YEAR = (date(2026, 1, 1), date(2026, 7, 1))
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)
PLAYED = 3000
ONCE = ("screening.", "filter_request.", "erasure.")
"""What lies beside the cases, of which the history plays one for every third case: as many come with any number."""


def copies(log: Sequence[Recorded], cases: int) -> Iterator[bytes]:
    """The facts of one history many times over, each time as new cases of new uploads."""
    codec, pseudonyms = Codec(EVENT_TYPES), PSEUDONYMS
    # Copies of samples would be drawn from other cases than their seeds select, copies of schedules not be later ones.
    kept = [one for one in log if not one.event.TOPIC.startswith(("sample.", "fee"))]
    lines = [fact_line(one, codec.encode_recorded(one)[1], 0, pseudonyms) for one in kept]
    parts = [_cut(line) for line in lines]
    often = [part for part, one in zip(parts, kept, strict=True) if not one.event.TOPIC.startswith(ONCE)]
    number, made = 0, 0
    while made < cases:
        again = f"{made:08d}".translate(str.maketrans("0189", "ghij")).encode()
        for before, after, stream, rest, is_decision in parts if made == 0 else often:
            yield b'%s"n":%d%s%s%s%s' % (before, number, after, stream, again, rest)
            number += 1
            made += is_decision


def _cut(line: bytes) -> tuple[bytes, bytes, bytes, bytes, bool]:
    """A line around its number and the end of its stream's name."""
    before, after = line.split(b'"n":0', 1)
    start, end = after.split(b'","topic":', 1)
    return before, start[:-8], b"", b'","topic":' + end, b"filtering_decision_recorded" in end


def main() -> int:
    """Print seconds and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    cases = parser.parse_args().cases
    frame = Frame(
        *HALF_YEAR, SHANGHAI, microseconds(AS_OF.isoformat()), masked=True, masking=VERSION,
        rules=Rules(rules_document(STANDARDS, LAW)), definitions=BY_ID,
    )  # fmt: skip
    with tempfile.TemporaryFile() as file:
        facts = 0
        for line in copies(as_recorded(played(PLAYED, 5, HABITS)), cases):
            file.write(line + b"\n")
            facts += 1
        file.seek(0)
        start = time.process_time()
        for line in file:
            json.loads(line)
        parsing = time.process_time() - start
        file.seek(0)
        start = time.process_time()
        known = known_of(file, frame)
        reading = time.process_time() - start
        start = time.process_time()
        figures = figures_of(known, frame)
        counting = time.process_time() - start
        start = time.process_time()
        # A report compares itself with two earlier periods.
        for earlier in periods_before(frame):
            figures_of(known, replace(frame, start=earlier[0], end=earlier[1]))
        comparing = time.process_time() - start
        file.seek(0)
        start = time.process_time()
        leaves = Leaves()
        for _line in leaves.passing(line[:-1] for line in file):
            pass
        leaves.root(len(leaves))
        hashing = time.process_time() - start
    if figures.problems:
        print(figures.problems[:3])
        return 1
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = reading + counting + comparing + hashing
    print(f"{cases} cases, {facts} facts, decisions.total {figures.entries['decisions', 'total'].value}")
    for name, seconds in (
        ("parsing alone", parsing),
        ("reading and following", reading),
        ("counting a period", counting),
        ("counting two earlier ones", comparing),
        ("hashing and the root", hashing),
        ("all of it", whole),
    ):
        print(f"{name}: {seconds:.1f} CPU s, {seconds / cases * MILLION:.1f} s for a million cases")
    print(f"{whole / parsing:.2f} times parsing alone, {largest:.0f} MB at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
