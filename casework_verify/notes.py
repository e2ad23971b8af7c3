"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature), read."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PLAIN, COSIGNATURE = 1, 4
_ID, _KEY, _TIME = 4, 32, 8
_MOST_DIGITS = 19
"""Of the size of a log: those of the largest number of 64 bits with a sign."""
_ROTATION = "casework log key rotation"


class NoNote(ValueError):
    """A text is not the note, checkpoint or key that it should be."""


@dataclass(frozen=True, slots=True)
class Key:
    """A name and a public key, from ``name+id+key``."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID]

    @property
    def text(self) -> str:
        """As it is handed around."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A note: its text and who is said to have signed it (name, id of the key, bytes)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def by(self, key: Key) -> bool:
        """Whether this key signed this text."""
        for name, identity, value in self.signatures:
            if (name, identity) == (key.name, key.id) and _fits(key, self.text, value):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: the log ``origin`` had ``size`` facts, and this root."""

    origin: str
    size: int
    root: bytes


def read_key(text: str) -> Key:
    """Read ``name+id+key``. Raises ``NoNote``."""
    name, _, rest = text.strip().partition("+")
    identity, _, encoded = rest.partition("+")
    raw = decoded(encoded)
    if not name or not _is_unicode(name) or raw is None or len(raw) != 1 + _KEY or raw[0] not in (PLAIN, COSIGNATURE):
        raise NoNote("this is no key (name+id+key, Ed25519)")
    key = Key(name, raw[0], raw[1:])
    if key.id.hex() != identity:
        raise NoNote("the id in this key does not fit it")
    return key


def read_note(content: str) -> Signed:
    """Take a note apart. Raises ``NoNote``."""
    text, gap, below = content.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise NoNote("a note is a text, an empty line and signatures")
    signatures = []
    for line in below[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = decoded(encoded)
        if dash != "—" or not name or raw is None or len(raw) <= _ID:
            raise NoNote("a line of a signature cannot be read")
        signatures.append((name, raw[:_ID], raw[_ID:]))
    return Signed(text + "\n", tuple(signatures))


def read_head(text: str) -> Head:
    """What the text of a checkpoint says. Raises ``NoNote``."""
    lines = text.split("\n")
    root = decoded(lines[2]) if len(lines) > 3 else None
    digits = lines[1] if len(lines) > 1 else ""
    if not lines[0] or not (digits.isascii() and digits.isdigit()) or root is None or len(root) != _KEY:
        raise NoNote("this is no checkpoint")
    if len(digits) > _MOST_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        raise NoNote("the size of this checkpoint is not written as it should be")
    return Head(lines[0], int(digits), root)


def introduced(note: Signed, by: Key) -> Key | None:
    """The new key of the log that ``by`` announces in this note, if it does; both must have signed."""
    lines = note.text.split("\n")
    if len(lines) < 4 or lines[0] != _ROTATION or lines[1] != by.name or not note.by(by):
        return None
    new = read_key(lines[2])
    return new if new.name == by.name and note.by(new) else None


def decoded(encoded: str) -> bytes | None:
    """What stands there in Base64; ``None`` where it is not written as it should be."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == encoded else None


def _is_unicode(text: str) -> bool:
    """Without halves of characters, as arguments of commands may have them."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _fits(key: Key, text: str, value: bytes) -> bool:
    message = text.encode()
    if key.kind == COSIGNATURE:
        if len(value) < _TIME:
            return False
        message = f"cosignature/v1\ntime {int.from_bytes(value[:_TIME], 'big')}\n{text}".encode()
        value = value[_TIME:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except InvalidSignature:
        return False
    return True
