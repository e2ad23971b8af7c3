"""Files and words of a step on their way into the vault, and the id under which a repeated request is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from casework.application import Casework
from casework.command_ids import command_key
from casework.domain.facts import Actor, Role
from casework.domain.values import Evidence, VaultReference
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared, Vault
from casework.steps.forms import Form
from matching_adapter.files import FileRefused, inspect_file

MOST_FILES = 10
"""Files of one step at most."""

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file that was looked at and may be kept: what it is by its bytes, its size, and its SHA-256."""

    name: str
    content: bytes
    media_type: str
    sha256: str


def accept_files(files: Sequence[tuple[str, bytes]], *, limit_bytes: int) -> tuple[AcceptedFile, ...]:
    """Look at files by name and content. Raises ``Invalid`` with the reason for each that is refused, and for too many.

    The codes are those of ``matching_adapter.files``: ``empty``, ``wrong_type``, ``encrypted``, ``unsafe_name`` ...
    """
    if len(files) > MOST_FILES:
        raise Invalid((FieldError("/files", "too_many_files", f"send at most {MOST_FILES} files at once"),))
    accepted, refused = [], []
    for number, (name, content) in enumerate(files):
        try:
            found = inspect_file(name, content, limit_bytes=limit_bytes)
        except FileRefused as refusal:
            refused.append(FieldError(f"/files/{number}", refusal.code, refusal.detail[:500]))
        else:
            accepted.append(AcceptedFile(name, content, found.media_type, found.sha256))
    if refused:
        raise Invalid(tuple(refused))
    return tuple(accepted)


def keep(words: list[Prepared], subject: str, text: str) -> VaultReference:
    """Put a text among the words of a step. ``subject`` is whom it concerns: erasing that person erases it.

    A party's words are about that party; what staff write to both sides belongs to the case (``about_case``).
    """
    words.append(Vault.prepare(subject, text.encode(), TEXT))
    return words[-1].reference


def keep_or_none(words: list[Prepared], subject: str, text: str | None) -> VaultReference | None:
    """The same for words that may be left out."""
    return None if text is None else keep(words, subject, text)


def kept_already(casework: Casework, text: str, references: Iterable[VaultReference]) -> VaultReference | None:
    """Where in the vault these very words lie, if one of the references leads to them; erased words are no words."""
    sought = text.encode()
    return next((one for one in references if casework.vault.open(one) == sought), None)


def about_case(case_id: UUID) -> str:
    """The subject of words that concern both sides alike, as for rulings."""
    return f"case:{case_id}"


def author(case_id: UUID, actor: Actor) -> str:
    """Whom the words of an actor concern: a party itself, else the case."""
    return actor.id if actor.role in (Role.UPLOADER, Role.RIGHT_HOLDER) else about_case(case_id)


def exhibits(
    casework: Casework, words: list[Prepared], case_id: UUID, actor: Actor, files: Sequence[AcceptedFile]
) -> tuple[Evidence, ...]:
    """Files as evidence, with their bytes and names among the words of the step."""
    # The same bytes twice in one step are one file; a second name for them adds nothing.
    distinct = {file.sha256: file for file in reversed(files)}
    found = []
    for file in reversed(distinct.values()):
        name = keep(words, actor.id, file.name)
        words.append(Vault.prepare(actor.id, file.content, file.media_type))
        fingerprint = casework.vault.fingerprint(file.content)
        found.append(
            Evidence(
                id=evidence_id(case_id, actor.role, fingerprint),
                file=words[-1].reference,
                name=name,
                media_type=file.media_type,
                size=len(file.content),
                fingerprint=fingerprint,
            )
        )
    return tuple(found)


def evidence_id(case_id: UUID, side: Role, fingerprint: str) -> str:
    """The id of a file on a case: derived, so that sending it again gives the same one; each side has its own."""
    return f"ev_{hashlib.sha256(f'{case_id}:{side.value}:{fingerprint}'.encode()).hexdigest()[:24]}"


def key_of(
    casework: Casework,
    step: str,
    actor: Actor,
    given: str | None,
    form: Form | None = None,
    files: Sequence[AcceptedFile] = (),
) -> str:
    """The command id: with an ``Idempotency-Key``, the same for the same step with the same content."""
    content = [step, "" if form is None else form.model_dump_json(), *(f"{file.name}\0{file.sha256}" for file in files)]
    return command_key(casework.vault, actor, given, "\n".join(content).encode())
