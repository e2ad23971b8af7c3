"""The two files that were compared, on their way to the case: looked at, kept under whom they concern."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

from casework.application import Casework, Handled
from casework.domain.case.media import DepositMatchedMedia
from casework.domain.case.media_events import MediaSide
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Command
from casework.domain.values import Evidence
from casework.errors import FieldError, Invalid
from casework.eventlog.vault import Prepared, Vault
from casework.previews.kept import Previews
from casework.previews.subjects import subject_of
from casework.steps.keeping import AcceptedFile, keep, key_of
from matching_adapter.files import FileRefused, inspect_file


def accept_media(name: str, content: bytes | Path, *, limit_bytes: int) -> AcceptedFile:
    """Look at one file, in memory or on disk. Raises ``Invalid`` that names the field ``/file`` and the reason."""
    try:
        found = inspect_file(name, content, limit_bytes=limit_bytes)
        whole = content if isinstance(content, bytes) else content.read_bytes()
    except FileRefused as refusal:
        raise Invalid((FieldError("/file", refusal.code, refusal.detail[:500]),)) from None
    except OSError as error:
        raise Invalid((FieldError("/file", "unreadable", f"{name}: {error.strerror}"),)) from None
    if hashlib.sha256(whole).hexdigest() != found.sha256:
        raise Invalid((FieldError("/file", "unreadable", f"{name} was changed while it was read"),))
    return AcceptedFile(name, whole, found.media_type, found.sha256)


def deposit_media(
    casework: Casework,
    previews: Previews,
    case_id: UUID,
    actor: Actor,
    side: MediaSide,
    file: AcceptedFile,
    *,
    idempotency_key: str | None = None,
) -> Handled:
    """Lay the file beside the case and have its previews made. Raises as ``Casework.handle`` does."""
    case = casework.case(case_id)
    words: list[Prepared] = []
    subject = subject_of(case, side)
    name = keep(words, subject, file.name)
    words.append(Vault.prepare(subject, file.content, file.media_type))
    fingerprint = casework.vault.fingerprint(file.content)
    kept = Evidence(
        id=f"md_{hashlib.sha256(f'{case_id}:{side.value}:{fingerprint}'.encode()).hexdigest()[:24]}",
        file=words[-1].reference,
        name=name,
        media_type=file.media_type,
        size=len(file.content),
        fingerprint=fingerprint,
    )
    wish: Command = DepositMatchedMedia(side=side, file=kept, sha256=file.sha256)
    key = key_of(casework, f"media {side.value}", actor, idempotency_key, files=[file])
    handled = casework.handle(case_id, wish, actor, words=words, command_id=key)
    want_previews(previews, case_id, handled.case)
    return handled


def deposit(
    casework: Casework,
    previews: Previews,
    case_id: UUID,
    actor: Actor,
    side: MediaSide,
    path: Path,
    *,
    limit_bytes: int,
) -> Handled:
    """The same for a file on this machine, as `casework match` finds it; raises ``Invalid`` too."""
    return deposit_media(
        casework, previews, case_id, actor, side, accept_media(path.name, path, limit_bytes=limit_bytes)
    )


def want_previews(previews: Previews, case_id: UUID, case: Case) -> None:
    """Have the previews made of all that lies beside the case; harmless when they are."""
    for one in case.media:
        previews.want(case_id, one.version, one.side)
