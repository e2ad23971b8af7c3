"""Unguessable links to decision pages: derived by a keyed MAC, so that no table of tokens is needed (interfaces.md).

A token carries the case and the epoch it was made in; raising the epoch of a case revokes all its older links.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAC_BYTES = 16
_CASE_BYTES = 16
_EPOCH_BYTES = 2
LATEST_EPOCH = 2 ** (8 * _EPOCH_BYTES) - 1


class DecisionLinks:
    """Makes and reads tokens under a key derived from the master secret."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(hashes.SHA256(), 32, None, b"casework decision links 1").derive(secret)
        self._keyed = hmac.new(key, digestmod="sha256")

    def token(self, case_id: UUID, epoch: int = 0) -> str:
        """The token of the uploader's link; ``epoch`` lies in [0, 65535] or ``OverflowError`` is raised."""
        body = case_id.bytes + epoch.to_bytes(_EPOCH_BYTES)
        return base64.urlsafe_b64encode(body + self._mac(body)).decode().rstrip("=")

    def read(self, token: str) -> tuple[UUID, int] | None:
        """Case and epoch of a genuine token, else ``None``; the caller compares the epoch with the present one."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, mac = raw[: _CASE_BYTES + _EPOCH_BYTES], raw[_CASE_BYTES + _EPOCH_BYTES :]
        if len(mac) != MAC_BYTES or not hmac.compare_digest(mac, self._mac(body)):
            return None
        if self._unpadded(raw) != token:
            return None
        return UUID(bytes=body[:_CASE_BYTES]), int.from_bytes(body[_CASE_BYTES:])

    @staticmethod
    def _unpadded(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _mac(self, body: bytes) -> bytes:
        # A copy, because to begin with the key takes longer than all the rest.
        mac = self._keyed.copy()
        mac.update(body)
        return mac.digest()[:MAC_BYTES]
