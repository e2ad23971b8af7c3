"""The reference texts of the text engine: grown work by work, asked as one, and written to and read from a store.

Whatever order works come and go in, the answers are those of an index built at once from the works that are held: where
a limit on the places looked at would cut differently, everything is built anew as one block first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching_adapter.engines.blocks import Blocks
from matching_adapter.engines.text_alignment import Alignment, AlignmentSettings, FingerprintIndex, crowded
from matching_adapter.tokens import Hashes, Integers, Tokens

_HEAD = struct.Struct("<4sQQ")  # mark, tokens, different tokens
_MARK = b"CWT1"
_WIDTHS = (1, 2, 4, 8)  # bytes that one number of a column may take


class WrongFingerprint(ValueError):
    """Stored bytes are not those of a text of this version."""


@dataclass(frozen=True, slots=True)
class IndexedText:
    """A reference text: the hashes of its tokens, ready for use, and where they stood, packed away until needed."""

    hashes: Hashes
    places: bytes

    @classmethod
    def of(cls, tokens: Tokens) -> IndexedText:
        """Pack the places of a text."""
        columns = (np.diff(tokens.starts, prepend=0), tokens.ends - tokens.starts, tokens.widths)
        return cls(tokens.hashes, zlib.compress(b"".join(map(_column, columns)), 1))

    def tokens(self) -> Tokens:
        """Return the text's tokens with their places.

        Raises:
            WrongFingerprint: when the places are not whole.

        """
        steps, lengths, widths = _columns(_unpacked(self.places), len(self.hashes), 3)
        starts = np.cumsum(steps)
        return Tokens(self.hashes, starts, starts + lengths, widths)

    def to_bytes(self) -> bytes:
        """Return the fingerprint as it is stored: about three bytes for each token of an ordinary text."""
        different, numbers = np.unique(self.hashes, return_inverse=True)
        body = zlib.compress(_column(numbers.astype(np.int64)), 1)
        head = _HEAD.pack(_MARK, len(self.hashes), len(different))
        return head + different.astype("<u8").tobytes() + struct.pack("<Q", len(body)) + body + self.places

    @classmethod
    def from_bytes(cls, stored: bytes) -> IndexedText:
        """Read a stored fingerprint.

        Raises:
            WrongFingerprint: when the bytes are cut short or of another version.

        """
        try:
            mark, count, vocabulary = _HEAD.unpack_from(stored)
            if mark != _MARK:
                raise WrongFingerprint("not a stored text")
            different = np.frombuffer(stored, "<u8", vocabulary, _HEAD.size).astype(np.uint64)
            begin = _HEAD.size + 8 * vocabulary
            (size,) = struct.unpack_from("<Q", stored, begin)
            (numbers,) = _columns(_unpacked(stored[begin + 8 : begin + 8 + size]), count, 1)
            return cls(different[numbers], stored[begin + 8 + size :])
        except (struct.error, ValueError, IndexError) as error:
            raise WrongFingerprint(f"stored text cannot be read: {error}") from None


class TextIndex:
    """All reference texts by work id; additions and removals cost as little as the change is small."""

    def __init__(self, settings: AlignmentSettings) -> None:
        """Start with no texts."""
        self._settings = settings
        self._blocks: Blocks[IndexedText, FingerprintIndex] = Blocks(self._built, lambda text: len(text.hashes))

    def put(self, work_id: str, text: IndexedText) -> None:
        """Add a text, or replace the one with the same id."""
        self._blocks.put(work_id, text)

    def remove(self, work_id: str) -> None:
        """Forget a text; an id that is not held is ignored."""
        self._blocks.remove(work_id)

    def tokens(self, work_id: str) -> Tokens:
        """Return a text that is held."""
        return self._blocks[work_id].tokens()

    def align(self, upload: Hashes) -> Iterator[Alignment]:
        """Yield what the upload has in common with each work."""
        if not self._blocks.is_clean:
            indexes = [index for index, _ in self._blocks.structures()]
            if crowded(indexes, upload, self._settings.gram):
                self._blocks.compact()
        for index, held in self._blocks.structures():
            yield from index.align(upload, held)

    def _built(self, texts: dict[str, IndexedText]) -> FingerprintIndex:
        index = FingerprintIndex({work_id: text.hashes for work_id, text in texts.items()}, self._settings)
        for work_id, text in texts.items():
            texts[work_id] = IndexedText(index.tokens_of(work_id), text.places)  # one copy in memory, not two
        return index


def _column(values: Integers) -> bytes:
    """Write non-negative numbers in as few bytes each as the largest needs, the number of bytes first."""
    width = next(width for width in _WIDTHS if len(values) == 0 or int(values.max()) < 1 << (8 * width))
    return bytes([width]) + values.astype(np.dtype(f"<u{width}")).tobytes()


def _columns(written: bytes, count: int, columns: int) -> Iterator[npt.NDArray[np.int64]]:
    begin = 0
    for _ in range(columns):
        width = written[begin]
        if width not in _WIDTHS:
            raise WrongFingerprint(f"numbers of {width} bytes")
        yield np.frombuffer(written, np.dtype(f"<u{width}"), count, begin + 1).astype(np.int64)
        begin += 1 + width * count


def _unpacked(compressed: bytes) -> bytes:
    try:
        return zlib.decompress(compressed)
    except zlib.error as error:
        raise WrongFingerprint(f"stored text cannot be unpacked: {error}") from None
