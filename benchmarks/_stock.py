"""A log of many cases in a short time: one played history, written again and again as other cases of other people.

Each event goes through the real codec once. Of its bytes are then changed the names that tell cases, uploads, works
and people apart, and nothing else, so that every copy is an event as the codec writes it. Events stand in the order in
which they were recorded, copies of one step beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from types import MappingProxyType
from uuid import UUID

from casework.domain.standard.standard import Standards
from casework.eventlog.appending import Opening
from casework.eventlog.codec import Codec, Recorded
from casework.eventlog.store import EventLog
from casework.eventlog.topics import EVENT_TYPES
from tests.reports.histories import FIRST, Habits, as_recorded, played

STANDARDS = Standards([FIRST])
PLAYED = 2000
HABITS = Habits(days=181, slot=timedelta(hours=6), appeals=0.02, late=0.03, odd=0.01, wild=0.01, standards=STANDARDS)
"""A platform: most cases are a decision and nothing more, three in a hundred go on, one of them by any step."""

SPARSE = 20
"""Of what is beside cases (tallies, sanctions, works) one copy for so many of the cases: there is less of it."""

_SHIFT = 24
_NAMES = re.compile(
    rb'"(?P<own>(?:up|d|u|w|p)-\d+)"'
    rb'|"(?P<holder>h-\d+)"'
    rb'|"0{8}(?P<digest>0{54}[0-9a-f]{2})"'
    rb'|"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)[0-9a-f]{6}(?P<end>[0-9a-f]{6})"'
)


@dataclass(frozen=True, slots=True)
class _Template:
    """One event: ``parts`` of its bytes; between them stand the names of the copy, by their kind."""

    stream: int
    version: int
    topic: str
    parts: tuple[bytes, ...]
    kinds: tuple[int, ...]
    beside: bool
    of_sample: bool


ABOUT_OTHERS = ("party.suspension_lifted", "party.sanction_appeal_lodged", "fee")
"""What is about something that has to be there once, and which the players of a history make up."""


def history() -> list[Recorded]:
    """The events that are copied: every procedure, tallies of screening, ledgers, and audit samples."""
    events = as_recorded(played(PLAYED, 42, HABITS))
    return [one for one in events if not one.event.TOPIC.startswith(ABOUT_OTHERS)]


def written(log: EventLog, cases: int, *, page: int = 20_000, renamed: Mapping[str, str] | None = None) -> int:
    """Write a log of so many cases, ``page`` events a transaction; how many events that were.

    ``renamed``: what stands for the names of reviewers, such as accounts that there are.
    """
    rows, number = copies(history(), cases // PLAYED, log.codec, renamed or {}), 0
    while batch := list(islice(rows, page)):
        log.open_streams(batch)
        number += len(batch)
    return number


def copies(
    events: Sequence[Recorded],
    times: int,
    codec: Codec | None = None,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Opening]:
    """The rows of a log with this history so many times; samples stand in it once."""
    names_of = {f'"{before}"'.encode(): f'"{after}"'.encode() for before, after in renamed.items()}
    templates = [_template(one, codec or Codec(EVENT_TYPES), names_of) for one in events]
    # What stands for the names in copy number k: after its own name, after a right holder's, before a digest, in an id.
    names = [(b"-%d" % k, b"-%d" % (k % 10), b"%08x" % k, b"%06x" % k) for k in range(times)]
    for one in templates:
        step = times if one.of_sample else SPARSE if one.beside else 1
        for k in range(0, times, step):
            name, parts = names[k], one.parts
            state = parts[0] + b"".join([name[kind] + part for kind, part in zip(one.kinds, parts[1:], strict=True)])
            yield Opening(UUID(int=one.stream | k << _SHIFT), one.version, one.topic, state)


def _template(recorded: Recorded, codec: Codec, renamed: Mapping[bytes, bytes]) -> _Template:
    topic, state = codec.encode_recorded(recorded)
    for before, after in renamed.items():
        state = state.replace(before, after)
    parts, kinds, last = [], [], 0
    for found in _NAMES.finditer(state):
        kind, place = _place(found)
        parts.append(state[last:place])
        kinds.append(kind)
        # A name is added to, of a digest and of an id the same number of characters is replaced.
        last = place + (8 if kind == 2 else 6 if kind == 3 else 0)
    mask = ((1 << _SHIFT) - 1) << _SHIFT
    return _Template(
        recorded.stream.int & ~mask,
        recorded.version,
        topic,
        (*parts, state[last:]),
        tuple(kinds),
        beside=not topic.startswith(("case.", "sample.")),
        of_sample=topic.startswith("sample."),
    )


def _place(found: re.Match[bytes]) -> tuple[int, int]:
    """The kind of a name and where the copy's part of it stands."""
    match found.lastgroup:
        case "own":
            return 0, found.end("own")
        case "holder":
            return 1, found.end("holder")
        case "digest":
            return 2, found.start() + 1
        case _:
            return 3, found.end("id")
