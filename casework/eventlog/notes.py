"""Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint) and cosignatures of witnesses (tlog-cosignature).

A note is a text, an empty line, and a line for each signature. A checkpoint is a note whose text has the origin of the
log, the number of its leaves and the root of its tree, a line each. A witness signs the same text and the moment at
which it saw it, after having made sure that the log has only grown since the one it saw before.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from casework.eventlog.merkle import HASH_BYTES

ED25519 = 0x01
COSIGNATURE_ED25519 = 0x04
MOST_BYTES = 65_536
"""Bytes of a note at most that is read."""

MOST_SIGNATURES = 100
LARGEST_SIZE = 2**63 - 1

_ID_BYTES = 4
_KEY_BYTES = 32
_TIME_BYTES = 8
_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class MalformedNote(ValueError):
    """Something is not a note, a checkpoint or a key of a verifier; the message says what."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Whom to believe: a name and a public key, as in ``name+id+key``."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a signature says which key made it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as it is handed around (vkey)."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.algorithm]) + self.public)}"

    def accepts(self, text: str, signature: Signature) -> bool:
        """Whether this key made this signature over this text (with the time in it, for a witness)."""
        if (signature.name, signature.key_id) != (self.name, self.key_id):
            return False
        message, value = text.encode(), signature.value
        if self.algorithm == COSIGNATURE_ED25519:
            if len(value) < _TIME_BYTES:
                return False
            message, value = _cosigned(text, int.from_bytes(value[:_TIME_BYTES])), value[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature under a note: whose, by which key, and its bytes (for a witness the time before them)."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """As it stands in the note, with the end of the line."""
        return f"— {self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with the end of a line, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(each.line for each in self.signatures)


@dataclass(frozen=True, slots=True)
class CheckpointBody:
    """What a checkpoint says: this log had ``size`` leaves, and its tree this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def require_name(name: str) -> str:
    """The name, if a key or a log can have it: no white space, no plus sign. Raises ``MalformedNote``."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise MalformedNote("a name has 1 to 200 characters, none of them a space or a plus sign")
    return name


def read_verifier(text: str) -> Verifier:
    """Read a vkey; its id must be right, so that a slip of the pen is found. Raises ``MalformedNote``."""
    name, _, rest = text.strip().partition("+")
    identity, _, key = rest.partition("+")
    raw = _bytes_of(key)
    if raw is None or len(raw) != 1 + _KEY_BYTES or raw[0] not in (ED25519, COSIGNATURE_ED25519):
        raise MalformedNote("this is not the key of a verifier (name+id+key, Ed25519)")
    verifier = Verifier(require_name(name), raw[0], raw[1:])
    if verifier.key_id.hex() != identity:
        raise MalformedNote(f"the id in the key of {name} does not fit the key")
    return verifier


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Signature:
    """A plain signature over the text of a note."""
    public = key.public_key().public_bytes_raw()
    return Signature(name, Verifier(name, ED25519, public).key_id, key.sign(text.encode()))


def cosign(text: str, name: str, key: Ed25519PrivateKey, at: int) -> Signature:
    """What a witness adds to a checkpoint; ``at`` in seconds since 1970."""
    verifier = Verifier(name, COSIGNATURE_ED25519, key.public_key().public_bytes_raw())
    return Signature(name, verifier.key_id, at.to_bytes(_TIME_BYTES) + key.sign(_cosigned(text, at)))


def read_note(content: str) -> Note:
    """Take a note apart. Raises ``MalformedNote``."""
    if len(content.encode()) > MOST_BYTES:
        raise MalformedNote(f"a note has at most {MOST_BYTES} bytes")
    if any(character < " " and character != "\n" for character in content):
        raise MalformedNote("a note has no control characters but ends of lines")
    text, gap, below = content.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise MalformedNote("a note is a text, an empty line and lines of signatures, each with its end")
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise MalformedNote(f"a note has at most {MOST_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def read_checkpoint(text: str) -> CheckpointBody:
    """What the text of a checkpoint says; further lines, which others may add, are let pass.

    Raises ``MalformedNote``.
    """
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise MalformedNote("a checkpoint has the origin, the size and the root, a line each")
    if not _SIZE.fullmatch(lines[1]) or int(lines[1]) > LARGEST_SIZE:
        raise MalformedNote("the second line of a checkpoint is the number of leaves")
    found = _bytes_of(lines[2])
    if found is None or len(found) != HASH_BYTES:
        raise MalformedNote("the third line of a checkpoint is the root, 32 bytes in Base64")
    return CheckpointBody(lines[0], int(lines[1]), found)


def witnesses(keys: Sequence[str]) -> tuple[Verifier, ...]:
    """The keys of witnesses as they stand in the settings. Raises ``MalformedNote``."""
    found = tuple(read_verifier(key) for key in keys)
    for each in found:
        if each.algorithm != COSIGNATURE_ED25519:
            raise MalformedNote(f"the key of {each.name} is not one for cosignatures (its first byte must be 4)")
    return found


def _signature(line: str) -> Signature:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = _bytes_of(encoded)
    if mark != "—" or raw is None or len(raw) <= _ID_BYTES:
        raise MalformedNote("a line of a signature is a dash (U+2014), a name and Base64, with a space between")
    return Signature(require_name(name), raw[:_ID_BYTES], raw[_ID_BYTES:])


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes_of(encoded: str) -> bytes | None:
    """What stands there in Base64; ``None`` for anything that would not be written so."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == encoded else None
