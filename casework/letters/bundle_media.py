"""The compared files in a bundle of evidence: what was matched in each, the previews, and the files a reader may have.

The same rights as on the page of the case. An external body has no page: it gets the previews of both sides, which show
no more of a work than what was matched, and neither file. What was erased, or is not prepared yet, has no file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from casework.application import Casework
from casework.domain.case.state import Case
from casework.domain.facts import Role
from casework.errors import NotFound
from casework.letters.bundle_entries import Entry, plain_name
from casework.previews.kept import Previews
from casework.previews.parts import EXCERPT, PICTURE, SHOWN, STRIP
from casework.previews.reading import ORIGINAL, CaseMedia, OpenedPart, SideMedia, open_part, previews_of
from casework.views.media_bench import PassagePair, is_played, passage_pairs

MOST_PASSAGES = 20
"""Pairs of passages that are set on paper; all of them are in the data."""

_ENDINGS = {"video/mp4": ".mp4", "audio/mp4": ".m4a", "image/jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class ComparedFiles:
    """Both files of a case for one reader; ``originals``: whether the reader may have files of its own at all."""

    casework: Casework
    previews: Previews
    case_id: UUID
    case: Case
    role: Role
    originals: bool

    def media(self) -> CaseMedia:
        """What there is of both files, as pages draw it; its addresses only say what there is."""
        found = previews_of(self.casework, self.previews, self.case_id, self.case, self.role, "")
        if self.originals:
            return found
        return replace(found, upload=replace(found.upload, original=None), work=replace(found.work, original=None))

    def entries(self) -> Iterator[Entry]:
        """The files of the ZIP, opened one at a time."""
        media = self.media()
        for side in (media.upload, media.work):
            for part in _parts(side):
                try:
                    opened = self._open(side, part)
                except NotFound:
                    # Erased, or made anew, while the bundle is made.
                    continue
                name = f"media/{side.side.value}-{_file_name(part, opened)}"
                digest = hashlib.sha256(opened.content).hexdigest()
                yield Entry(name, len(opened.content), digest, f"compared {part}", partial(self._again, side, part))

    def data(self, entries: list[Entry]) -> dict[str, Any]:
        """What was matched in each file, in the file and in its excerpt; with the names of ``entries`` and hashes.

        Seconds, and fractions of a picture, are written as texts; segments count from 1, characters from 0.
        """
        media = self.media()
        return {"media": [_data(one, entries) for one in (media.upload, media.work)]}

    def on_paper(self) -> PaperMedia:
        """The same for a document that has its pictures inside."""
        media = self.media()
        sides = [self._with_pictures(one) for one in (media.upload, media.work)]
        pairs = passage_pairs(media, self.case.decision.evidence.segments)
        return PaperMedia(media.any, sides, list(pairs[:MOST_PASSAGES]), len(pairs) - MOST_PASSAGES)

    def _with_pictures(self, side: SideMedia) -> SideMedia:
        return replace(
            side,
            strip=None if side.strip is None else self._inside(side, STRIP),
            image=None if side.image is None else self._inside(side, PICTURE),
        )

    def _inside(self, side: SideMedia, part: str) -> str | None:
        """A picture as an address that holds it."""
        try:
            opened = self._open(side, part)
        except NotFound:
            return None
        return f"data:{opened.media_type};base64,{base64.b64encode(opened.content).decode('ascii')}"

    def _open(self, side: SideMedia, part: str) -> OpenedPart:
        return open_part(self.casework, self.previews, self.case_id, self.case, self.role, side.side.value, part)

    def _again(self, side: SideMedia, part: str) -> bytes:
        return self._open(side, part).content


@dataclass(frozen=True, slots=True)
class PaperMedia:
    """Both files as the PDF shows them; ``more`` passages are in the data alone, where it is above zero."""

    any: bool
    sides: list[SideMedia]
    passages: list[PassagePair]
    more: int


def _parts(side: SideMedia) -> Iterator[str]:
    if side.original is not None:
        yield ORIGINAL
    present = {EXCERPT: side.excerpt, STRIP: side.strip, PICTURE: side.image}
    yield from (part for part in SHOWN if present[part] is not None)


def _file_name(part: str, opened: OpenedPart) -> str:
    if opened.name is not None:
        return plain_name(part, opened.name)
    return f"{part}{_ENDINGS.get(opened.media_type, '')}"


def _data(side: SideMedia, entries: list[Entry]) -> dict[str, Any]:
    prefix = f"media/{side.side.value}-"
    return {
        "side": side.side.value,
        "state": side.state.value,
        "problem": side.problem,
        "kind": side.kind or None,
        "media_type": side.media_type or None,
        "size": side.size or None,
        "seconds": side.seconds,
        "files": [
            {"name": one.name, "size": one.size, "sha256": one.sha256} for one in entries if one.name.startswith(prefix)
        ],
        "excerpt": None
        if not is_played(side)
        else {
            "seconds": side.length,
            "whole": side.whole,
            "pieces": [{"start": one.start, "end": one.end, "at": one.at} for one in side.pieces],
            "matched": [{"segment": one.segment + 1, "start": one.start, "end": one.end} for one in side.marks],
        },
        "regions": [
            {"segment": one.segment + 1, "region": [one.left, one.top, one.right, one.bottom]} for one in side.regions
        ],
        "passages": [
            {
                "segment": one.segment + 1,
                "start": one.start,
                "parts": [{"text": text, "shared": shared} for text, shared in one.parts],
                "goes_on": one.cut,
            }
            for one in side.passages
        ],
    }
