"""Passwords: argon2id, a few at a time because each check takes 64 MiB, and equally slow when there is no account."""

from __future__ import annotations

import threading

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 500
_AT_ONCE = 2


class Passwords:
    """Hashes and checks passwords. Blocks for a fifth of a second: call it from a worker thread only."""

    def __init__(self, *, rounds: int = 3, kibibytes: int = 65_536) -> None:
        """How much one check costs: the defaults are the second choice of RFC 9106, section 4."""
        self._hash = PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=kibibytes),))
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody: str | None = None

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._turns:
            return self._hash.hash(password)

    def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password fits; without a kept hash the answer is no and takes as long."""
        if len(password) > MOST_CHARACTERS:
            return False
        if self._nobody is None:
            self._nobody = self.hash("nobody has this password")
        with self._turns:
            try:
                fits = self._hash.verify(password.encode("utf-8", "replace"), kept or self._nobody)
            except PwdlibError:
                return False
        return fits and kept is not None
