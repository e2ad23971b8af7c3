"""What audit samples are drawn from: all decisions, packed, so that a draw from a million takes a second or two.

A draw needs of each decision who it is and little else, but of all of them at once, and its order is known only when
the seed is. So the decisions of neighbouring places in the log lie together in one value, each in as many bytes as any
other, with its pseudonym reckoned already. What is packed here never changes once a decision is recorded.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.sample.values import Stratifier, band_of, size_of
from casework.domain.values import Medium, Outcome, Rule
from casework.eventlog.codec import Recorded
from casework.views.models.columns import upsert

Tables = Mapping[str, sa.Table]

BLOCK = 256
"""Places of the log whose decisions lie together: a value of 20 kB at most, written anew when one is added to it."""

NEVER_DRAWN = Rule.ORDER
"""Where an order decided, nobody's filter did: no sample judges the filter by it."""

_ROW = struct.Struct("<16s31sqq3s")
"""Case, pseudonym, when it was decided and recorded in microseconds, codes of outcome, medium and share band.

The codes stay together as bytes, which the garbage collector need not look at: there are a million of them.
"""

_OUTCOMES = tuple(Outcome)
_MEDIA = tuple(Medium)
"""A code is a place in these: if one is put in anywhere but at the end, raise the version of the read model."""

_SHARES = (None, *(Decimal(tenth) / 10 for tenth in range(10)))
"""A share of each band, the one that nobody measured first: band and size of a case follow from it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Frame(NamedTuple):
    """The decisions that can be drawn, column by column; ``cases`` are the bytes of their ids."""

    cases: list[bytes]
    pseudonyms: list[str]
    outcomes: list[Outcome]
    strata: list[str]
    sizes: list[int]


class FrameTable:
    """A part of the read model ``samples``. ``pseudonym`` gives what stands for a case in facts, 31 characters."""

    def __init__(self, pseudonym: Callable[[str, str], str]) -> None:
        self._pseudonym = pseudonym

    def table(self, metadata: sa.MetaData, named: Callable[[str], str]) -> sa.Table:
        """One row for ``BLOCK`` places of the log; its times span those of the decisions in it, in microseconds."""
        return sa.Table(
            named("sample_frame"),
            metadata,
            sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("first_decided", sa.BigInteger, nullable=False),
            sa.Column("last_decided", sa.BigInteger, nullable=False),
            sa.Column("packed", sa.LargeBinary, nullable=False),
        )

    def fold(self, connection: Connection, table: sa.Table, events: Sequence[Recorded]) -> None:
        """Add the decisions of a page to their blocks."""
        added: defaultdict[int, list[bytes]] = defaultdict(list)
        times: defaultdict[int, list[int]] = defaultdict(list)
        for recorded in events:
            event = recorded.event
            if isinstance(event, FilteringDecisionRecorded) and event.rule is not NEVER_DRAWN:
                block, decided = recorded.position // BLOCK, _microseconds(event.decided_at)
                added[block].append(self._packed(recorded, event, decided))
                times[block].append(decided)
        if not added:
            return
        query = sa.select(table).where(table.c.block.in_(sorted(added)))
        for row in connection.execute(query):
            added[row.block].insert(0, row.packed)
            times[row.block] += (row.first_decided, row.last_decided)
        rows = [
            {
                "block": block,
                "first_decided": min(times[block]),
                "last_decided": max(times[block]),
                "packed": b"".join(added[block]),
            }
            for block in sorted(added)
        ]
        upsert(connection, table, rows)

    def _packed(self, recorded: Recorded, event: FilteringDecisionRecorded, decided: int) -> bytes:
        share = event.evidence.share_of_upload
        return _ROW.pack(
            recorded.stream.bytes,
            self._pseudonym("case", str(recorded.stream)).encode(),
            decided,
            _microseconds(recorded.recorded),
            bytes(
                (
                    _OUTCOMES.index(event.outcome),
                    _MEDIA.index(event.upload.medium),
                    0 if share is None else size_of(share),
                )
            ),
        )


def load_frame(
    connection: Connection,
    table: sa.Table,
    period: tuple[datetime, datetime],
    *,
    recorded_by: datetime,
    outcomes: Sequence[Outcome],
    stratify_by: Stratifier | None,
) -> Frame:
    """The decisions with ``decided_at`` in the period that were recorded by then, without those that an order made."""
    start, end, known = (_microseconds(moment) for moment in (*period, recorded_by))
    wanted = frozenset(_OUTCOMES.index(outcome) for outcome in outcomes or _OUTCOMES)
    query = sa.select(table.c.packed).where(table.c.last_decided >= start, table.c.first_decided < end)
    frame, codes = Frame([], [], [], [], []), list[bytes]()
    for packed in connection.execute(query.order_by(table.c.block)).scalars():
        rows = [
            (case, name, code)
            for case, name, decided, recorded, code in _ROW.iter_unpack(packed)
            if start <= decided < end and recorded <= known and code[0] in wanted
        ]
        frame.cases.extend([row[0] for row in rows])
        frame.pseudonyms.extend([row[1].decode() for row in rows])
        codes.extend([row[2] for row in rows])
    kinds = {code: (_OUTCOMES[code[0]], _stratum(code, stratify_by), code[2] or 1) for code in set(codes)}
    frame.outcomes.extend([kinds[code][0] for code in codes])
    frame.strata.extend([kinds[code][1] for code in codes])
    frame.sizes.extend([kinds[code][2] for code in codes])
    return frame


def _stratum(code: bytes, stratify_by: Stratifier | None) -> str:
    outcome, medium, share = code
    match stratify_by:
        case None:
            return ""
        case Stratifier.OUTCOME:
            return _OUTCOMES[outcome].value
        case Stratifier.MEDIUM:
            return _MEDIA[medium].value
        case Stratifier.SHARE_BAND:
            return band_of(_SHARES[share])


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
