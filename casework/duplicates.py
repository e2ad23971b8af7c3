"""Whether a decision that is delivered again is the same one: the differences by name, personal words included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import (
    Pseudonyms,
    RecordFilteringDecision,
    evidence_meant,
    recorded_upload,
    recorded_work,
)
from casework.domain.values import VaultReference
from casework.eventlog.vault import Opened, Vault

_PERSONS = {"uploader": "uploader_id", "right_holder": "right_holder_id"}
_DESCRIBED = ("title", "url")


def words_of(earlier: FilteringDecisionRecorded) -> list[VaultReference]:
    """The personal words of a recorded decision, which ``differences_from_recorded`` compares."""
    references = [mark.statement for mark in earlier.marks]
    references.append(earlier.upload.description)
    return [reference for reference in references if reference is not None]


def differences_from_recorded(
    command: RecordFilteringDecision, earlier: FilteringDecisionRecorded, vault: Vault, opened: Mapping[str, Opened]
) -> list[str]:
    """Places in which a delivery differs from the recorded decision; ``opened`` holds the latter's words by id.

    Words that were erased cannot be compared: they count as the same.
    """
    hidden = Pseudonyms(
        uploader=vault.pseudonym("up", command.upload.uploader_id),
        right_holder=vault.pseudonym("rh", command.work.right_holder_id),
        description=earlier.upload.description,
    )
    pairs: list[tuple[str, object, object]] = [
        ("/decided_at", command.decided_at, earlier.decided_at),
        ("/evidence", evidence_meant(command.evidence), earlier.evidence),
        ("/signals", command.signals or None, earlier.signals),
    ]
    parts = (
        ("upload", recorded_upload(command.upload, hidden), earlier.upload),
        ("work", recorded_work(command.work, hidden), earlier.work),
    )
    for part, new, old in parts:
        pairs += [
            (f"/{part}/{_PERSONS.get(name, name)}", getattr(new, name), getattr(old, name))
            for name in type(new).model_fields
        ]
    given = [(mark.basis, mark.provision, mark.statement) for mark in command.marks]
    pairs.append(("/marks", given, _marks(earlier, given, opened)))
    described = {name: getattr(command.upload, name) for name in _DESCRIBED}
    kept = _description(earlier.upload.description, described, opened)
    pairs.extend((f"/upload/{name}", described[name], kept[name]) for name in _DESCRIBED)
    return [place for place, new, old in pairs if new != old]


def differences(command: RecordFilteringDecision, other: RecordFilteringDecision) -> list[str]:
    """Places in which two deliveries differ, two levels deep."""
    found: list[str] = []
    for name in type(command).model_fields:
        one, two = _meant(name, getattr(command, name)), _meant(name, getattr(other, name))
        if one == two:
            continue
        if name in ("upload", "work"):
            inner = (field for field in type(one).model_fields if getattr(one, field) != getattr(two, field))
            found.extend(f"/{name}/{place}" for place in inner)
        else:
            found.append(f"/{name}")
    return found


def _meant(name: str, value: Any) -> Any:
    """The value of a field, where an empty list means that there is none."""
    if name == "evidence":
        return evidence_meant(value)
    return None if name == "signals" and not value else value


def _marks(
    earlier: FilteringDecisionRecorded, given: list[tuple[Any, Any, Any]], opened: Mapping[str, Opened]
) -> list[tuple[Any, Any, Any]]:
    found = []
    for number, mark in enumerate(earlier.marks):
        statement: str | None = None
        if mark.statement is not None:
            kept = opened.get(mark.statement.id)
            erased = given[number][2] if number < len(given) else None
            statement = erased if kept is None else kept.content.decode()
        found.append((mark.basis, mark.provision, statement))
    return found


def _description(
    reference: VaultReference | None, given: dict[str, Any], opened: Mapping[str, Opened]
) -> dict[str, Any]:
    if reference is None:
        return dict.fromkeys(_DESCRIBED)
    kept = opened.get(reference.id)
    if kept is None:
        return given
    found: dict[str, Any] = msgspec.json.decode(kept.content)
    return found
