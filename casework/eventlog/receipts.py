"""Receipt codes: whoever lodges something gets a code by which anybody who has it can find the step in the log.

A code is a keyed MAC over the event's stream and version, so the person can be shown it again at any time; what is
stored is only its hash, from which no code can be made.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

from casework.domain.facts import Role
from casework.eventlog.codec import Recorded

BITS = 100
_GROUP = 5
_LENGTH = BITS // 5
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
"""Crockford's Base32: what looks like another character is read as that one, so that a code can be typed from paper."""

_BETWEEN = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014\u3000\t\r\n")

RECEIPTED = frozenset(
    {
        "case.lawful_use_marked",
        "case.contest_lodged",
        "case.challenge_lodged",
        "case.statement_filed",
        "case.evidence_submitted",
        "case.appeal_withdrawn",
        "case.warning_answered",
        "case.urgent_block_declared",
        "case.settlement_proposed",
        "case.parties_settled",
        "case.further_review_requested",
        "case.upload_withdrawn",
        "case.notice_received",
        "case.notice_amended",
        "case.notice_withdrawn",
        "case.counter_notice_received",
        "case.counter_notice_amended",
        "case.legal_action_reported",
        "case.outside_proceeding_opened",
        "party.sanction_appeal_lodged",
        "work.prior_review_requested",
    }
)
"""Topics of the steps by which a party lodges something."""


class ReceiptCodes:
    """Makes codes under a key that is derived from the application's secret."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def code(self, stream: UUID, version: int) -> str:
        """The code of one event, in groups of five: ``7ZKQ2-0M4XD-9T1HW-C6RB3``."""
        mac = hmac.digest(self._key, stream.bytes + version.to_bytes(8, "big"), "sha256")
        bits = int.from_bytes(mac) >> (len(mac) * 8 - BITS)
        text = "".join(_ALPHABET[bits >> place & 31] for place in range(BITS - 5, -1, -5))
        return "-".join(text[begin : begin + _GROUP] for begin in range(0, _LENGTH, _GROUP))

    def of_own(self, recorded: Recorded, role: Role) -> str | None:
        """The code of what somebody in this role lodged, for that side alone; ``None`` for all else."""
        if recorded.by.role is not role or recorded.event.TOPIC not in RECEIPTED:
            return None
        return self.code(recorded.stream, recorded.version)

    def digest(self, stream: UUID, version: int) -> bytes:
        """What is stored of the code of one event."""
        return digest_of(self.code(stream, version))


def digest_of(code: str) -> bytes:
    """The hash of a code in the form that ``code`` and ``read_code`` give it."""
    return sha256(b"casework receipt\0" + code.encode()).digest()


def read_code(text: str) -> str | None:
    """The code that somebody typed, in whatever case and grouping; ``None`` when it cannot be one."""
    if len(text) > 4 * _LENGTH:
        return None
    plain = text.translate(_BETWEEN).upper().translate(_READ_AS)
    if len(plain) != _LENGTH or any(character not in _ALPHABET for character in plain):
        return None
    return "-".join(plain[begin : begin + _GROUP] for begin in range(0, _LENGTH, _GROUP))
