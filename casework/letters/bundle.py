"""The bundle of evidence of a case: one PDF, and one ZIP with the case as data, its files and a manifest of hashes.

Each reader gets what it may see anyway. The same state of a case, with the same previews of its compared files, gives
the same bytes. A file is opened twice, once for its hash and once for the ZIP, so that no more than one is in memory at
a time.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import IO, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from casework.application import Casework
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Role
from casework.domain.values import VaultReference
from casework.errors import NotFound
from casework.eventlog.codec import Recorded
from casework.eventlog.vault import Vault
from casework.letters.bundle_entries import Entry, kept, safe_name
from casework.letters.bundle_media import ComparedFiles
from casework.letters.kinds import SIDES
from casework.letters.letter import Letter
from casework.letters.render import file_stem, letter_json
from casework.letters.writing import Correspondence
from casework.previews.kept import Previews
from casework.views.api.case_answers import CaseAnswer, answer_case, answer_events
from casework.views.api.case_lines import CounterNoticeAnswer, NoticeAnswer
from casework.views.forwarded import REACHABLE_BY
from casework.views.templating import environment_in
from casework.views.visibility import visible

FORMAT_VERSION = 1
BUNDLE = "bundle.pdf"
MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""ZIP knows no earlier time."""


class Reader(StrEnum):
    """For whom a bundle is made."""

    UPLOADER = "uploader"
    RIGHT_HOLDER = "right-holder"
    STAFF = "staff"
    EXTERNAL_BODY = "external-body"
    """What both sides exchanged, without contact data, addresses and offers to settle."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that one reader gets of one case, in the language in which it is made."""

    casework: Casework
    previews: Previews
    case_id: UUID
    actor: Actor
    reader: Reader
    zone: ZoneInfo
    platform: str
    history: tuple[Recorded, ...]
    case: Case

    @property
    def seen(self) -> list[Recorded]:
        """The events that the reader may know of."""
        return visible(self.history, self.actor.role)

    @property
    def as_of(self) -> datetime:
        """When the last event was recorded that the reader may know of."""
        return self.seen[-1].recorded

    @property
    def compared(self) -> ComparedFiles:
        """The files that were compared, as the reader may have them."""
        originals = self.reader is not Reader.EXTERNAL_BODY
        return ComparedFiles(self.casework, self.previews, self.case_id, self.case, self.actor.role, originals)

    def answer(self) -> CaseAnswer:
        """The case as data; without the steps that are open, which change by themselves."""
        answer = answer_case(self.casework, self.case_id, self.history, self.actor, past=True)
        if self.reader is not Reader.EXTERNAL_BODY:
            return answer
        notices = [_without_contact(one) for one in answer.notices]
        return msgspec.structs.replace(answer, notices=notices, notice=notices[-1] if notices else None)

    def letters(self) -> Iterator[Letter]:
        """The letters that the reader may read: a side its own, others those of both."""
        posts = Correspondence(self.casework, self.case_id, self.history, self.zone)
        for side in (self.actor.role,) if self.actor.role in SIDES else SIDES:
            for letter in posts.letters(side, self.actor.role):
                if self.reader is Reader.EXTERNAL_BODY:
                    kept = tuple(one for one in letter.elements if one.code not in REACHABLE_BY)
                    yield replace(letter, elements=kept)
                else:
                    yield letter

    def entries(self) -> list[Entry]:
        """All files but the PDF and the manifest, by name. What was erased has no file."""
        environment = environment_in(self.zone)
        events = answer_events(self.casework, self.case_id, self.history, self.actor)
        found = [
            kept("case.json", "case", _json(self.answer())),
            kept("events.json", "events", _json(events)),
        ]
        for letter in self.letters():
            content = letter_json(letter, environment, self.platform)
            found.append(kept(f"letters/{file_stem(letter)}.json", "letter", content))
        found += self._exhibits()
        compared = self.compared
        files = list(compared.entries())
        found += [*files, kept("media.json", "compared files", _json(compared.data(files)))]
        return sorted(found, key=lambda one: one.name)

    def _exhibits(self) -> Iterator[Entry]:
        vault = self.casework.vault
        for number, exhibit in enumerate(self.case.exhibits, start=1):
            evidence = exhibit.evidence
            content, name = vault.open(evidence.file), vault.open(evidence.name)
            if content is None:
                continue
            title = "" if name is None else name.decode("utf-8", "replace")
            digest = hashlib.sha256(content).hexdigest()
            again = partial(_open_again, vault, evidence.file)
            yield Entry(f"exhibits/{safe_name(number, title)}", len(content), digest, "exhibit", again)

    def digest(self, entries: list[Entry]) -> str:
        """SHA-256 over the lines of ``entries``, each hash, two spaces, name: what ``sha256sum`` prints of them."""
        lines = "".join(f"{one.sha256}  {one.name}\n" for one in entries)
        return hashlib.sha256(lines.encode()).hexdigest()


def bundle_for(
    casework: Casework,
    previews: Previews,
    case_id: UUID,
    actor: Actor,
    reader: Reader,
    zone: ZoneInfo,
    platform: str,
) -> Bundle:
    """The bundle for somebody who acts as ``actor``; an external body reads as intake does, with less.

    Raises ``NotFound``.
    """
    if reader is Reader.EXTERNAL_BODY:
        actor = Actor(role=Role.INTAKE, id=actor.id)
    history = tuple(casework.history(case_id))
    return Bundle(casework, previews, case_id, actor, reader, zone, platform, history, casework.case(case_id))


def write_zip(bundle: Bundle, pdf: Callable[[list[Entry], str], bytes], target: IO[bytes]) -> None:
    """Write the ZIP: the PDF is made by ``pdf`` from the entries and their digest, which stands in it."""
    entries = bundle.entries()
    digest = bundle.digest(entries)
    document = pdf(entries, digest)
    whole = sorted([*entries, kept(BUNDLE, "bundle", document)], key=lambda one: one.name)
    manifest = {
        "format": FORMAT_VERSION,
        "case_id": str(bundle.case_id),
        "reader": bundle.reader.value,
        "as_of": bundle.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "digest": {
            "algorithm": "sha256",
            "over": f"a line '<sha256>  <name>' for each file but {BUNDLE}, by name",
            "value": digest,
        },
        "files": [{"name": one.name, "size": one.size, "sha256": one.sha256, "what": one.note} for one in whole],
    }
    moment = max(bundle.as_of.astimezone(UTC), _EARLIEST)
    with zipfile.ZipFile(target, "w") as archive:
        for entry in [*whole, kept(MANIFEST, "manifest", _json(manifest))]:
            _add(archive, entry, moment)


def _add(archive: zipfile.ZipFile, entry: Entry, moment: datetime) -> None:
    info = zipfile.ZipInfo(entry.name, moment.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.create_system = 3  # so that the bytes do not depend on the machine
    content = memoryview(entry.open())
    with archive.open(info, "w", force_zip64=len(content) >= 1 << 31) as file:
        for start in range(0, len(content), _CHUNK):
            file.write(content[start : start + _CHUNK])


def _open_again(vault: Vault, reference: VaultReference) -> bytes:
    content = vault.open(reference)
    if content is None:
        raise NotFound("evidence")  # erased this very moment
    return content


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _without_contact(notice: NoticeAnswer) -> NoticeAnswer:
    counters = [_words_without_contact(one) for one in notice.counter_notices]
    kept = _words_without_contact(notice)
    return msgspec.structs.replace(kept, counter_notices=counters, counter_notice=counters[-1] if counters else None)


Sent = TypeVar("Sent", NoticeAnswer, CounterNoticeAnswer)


def _words_without_contact(sent: Sent) -> Sent:
    if sent.words is None:
        return sent
    return msgspec.structs.replace(sent, words={k: v for k, v in sent.words.items() if k not in REACHABLE_BY})
