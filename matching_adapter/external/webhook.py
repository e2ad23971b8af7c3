"""Signed messages by the rules of Standard Webhooks, in and out: three headers, a MAC over id, time and raw body.

Two keys may be valid while one is replaced by the other: a message may carry a signature for each, and it counts when
one signature fits one key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ID_HEADER = "webhook-id"
TIME_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SKEW_SECONDS = 300
"""How far the time of a message may lie from ours, before or after."""

MOST_SIGNATURES = 10
KEY_PREFIX = "whsec_"
LEAST_KEY_BYTES, MOST_KEY_BYTES = 24, 64
MOST_KEYS = 2

_plain_id = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,100}").fullmatch  # no full stop: it parts what is signed
_time = re.compile(r"[0-9]{1,12}").fullmatch


class NotSigned(Exception):
    """A message that is not to be believed.

    `code` is stable: `missing_header`, `bad_header`, `bad_signature`, `too_old` or `too_new`.
    """

    def __init__(self, code: str) -> None:
        """Say by a code what is wrong; which key was tried is nobody's business."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Keys:
    """One key, or two while they change; the first one signs. Written `whsec_` and base64 of 24 to 64 bytes."""

    texts: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse keys that are none, and the same key twice."""
        if not 1 <= len(self.texts) <= MOST_KEYS:
            raise ValueError("give one key, or two while one replaces the other")
        if len({key_bytes(text) for text in self.texts}) != len(self.texts):
            raise ValueError("the two keys are the same")

    @property
    def raw(self) -> tuple[bytes, ...]:
        """The keys as bytes."""
        return tuple(key_bytes(text) for text in self.texts)


def key_bytes(text: str) -> bytes:
    """Return the bytes of a written key.

    Raises:
        ValueError: for what is no key; its message does not repeat it.

    """
    try:
        key = base64.b64decode(text.strip().removeprefix(KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key is written whsec_ and base64") from None
    if not LEAST_KEY_BYTES <= len(key) <= MOST_KEY_BYTES:
        raise ValueError(f"a key has {LEAST_KEY_BYTES} to {MOST_KEY_BYTES} bytes")
    return key


def signed(keys: Keys, message_id: str, now: int, body: bytes) -> dict[str, str]:
    """Return the three headers of a message; `now` in seconds since 1970."""
    signatures = (_signature(key, message_id, str(now), body) for key in keys.raw)
    return {ID_HEADER: message_id, TIME_HEADER: str(now), SIGNATURE_HEADER: " ".join(signatures)}


def check_signed(keys: Keys, headers: Mapping[str, str], body: bytes, now: int) -> str:
    """Return the id of a message that one of the keys signed not long ago.

    `headers` have lower-case names, `body` is exactly what came in, `now` in seconds since 1970.

    Raises:
        NotSigned: for everything else.

    """
    for name in (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER):
        if not headers.get(name):
            raise NotSigned("missing_header")
    message_id, sent, signatures = headers[ID_HEADER], headers[TIME_HEADER], headers[SIGNATURE_HEADER].split(" ")
    if _plain_id(message_id) is None or _time(sent) is None or len(signatures) > MOST_SIGNATURES:
        raise NotSigned("bad_header")
    # Every signature is compared with every key, in a time that depends on their numbers alone.
    fits = False
    for key in keys.raw:
        expected = _signature(key, message_id, sent, body).encode("ascii")
        for one in signatures:
            fits |= hmac.compare_digest(one.encode("utf-8", "replace"), expected)
    if not fits:
        raise NotSigned("bad_signature")
    if int(sent) < now - SKEW_SECONDS:
        raise NotSigned("too_old")
    if int(sent) > now + SKEW_SECONDS:
        raise NotSigned("too_new")
    return message_id


def _signature(key: bytes, message_id: str, sent: str, body: bytes) -> str:
    content = f"{message_id}.{sent}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
