"""Decisions in, by the hundred: parse, apply the standard, open the cases in one transaction, answer line by line.

The answers are those of interfaces.md, "Decisions in". A line that does not fit is refused by itself; the rest goes in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
from pydantic import ValidationError

from casework.application import Casework
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import (
    NOTHING_KNOWN,
    Pseudonyms,
    RecordFilteringDecision,
    case_id,
    record_filtering_decision,
    recorded_upload,
    recorded_work,
)
from casework.domain.decision import ACTIONS
from casework.domain.facts import Actor
from casework.domain.values import VaultReference
from casework.errors import FieldError
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Append, Conflict
from casework.eventlog.vault import Prepared
from casework.links import DecisionLinks

_MOST_DIGITS = 400
"""Digits of a whole number at most while reading; what a number may be is the models' business."""


_MOST_ERRORS = 500
"""Errors of one line that are put into words at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one line (interfaces.md)."""

    decision_id: str | None
    case_id: UUID | None
    status: str
    decided: FilteringDecisionRecorded | None = None
    page: str | None = None
    errors: tuple[FieldError, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as it goes over the wire."""
        decided = self.decided
        return {
            "decision_id": self.decision_id,
            "case_id": None if self.case_id is None else str(self.case_id),
            "status": self.status,
            "outcome": None if decided is None else decided.outcome.value,
            "rule": None if decided is None else decided.rule.value,
            "standard": None if decided is None else decided.standard,
            "action": None if decided is None else ACTIONS[decided.outcome].value,
            "decision_page": self.page,
            "errors": [error.as_json() for error in self.errors],
        }


def pointer(location: Iterable[str | int]) -> str:
    """JSON pointer (RFC 6901) of a validation error's place."""
    return printable("".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location))


def printable(text: str) -> str:
    """The text with question marks for lone surrogates, which no answer can carry."""
    return text.encode("utf-8", "replace").decode()


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Each field that does not fit, without repeating the value: it may be personal or huge."""
    if error.error_count() > _MOST_ERRORS:
        # To put each into words would take seconds, which somebody could make us spend on every line.
        return (FieldError("", "too_many_errors", f"{error.error_count()} fields do not fit"),)
    found = [
        FieldError(pointer(one["loc"])[:500], one["type"], printable(one["msg"][:500]))
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return tuple(found[:50])


def parse_line(line: bytes) -> Any:
    """One JSON document with exact numbers: 0.9 stays 0.9 and never becomes the nearest binary float.

    Raises ``ValueError`` saying what is wrong. A name given twice is refused: which of the two counts would be chance.
    """
    try:
        return _documents.decode(line.decode())
    except UnicodeDecodeError:
        raise ValueError("not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise ValueError(f"not valid JSON: {twice[:100]!r} is given twice in one object")
    return found


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"not valid JSON: a number has more than {_MOST_DIGITS} digits")
    return int(digits)


def _no_number(word: str) -> Any:
    raise ValueError(f"not valid JSON: {word} is not a number")


# The library's own decoder, because it is the only quick one that lets names given twice be seen.
_documents = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_number
)


@dataclass(slots=True)
class _Line:
    """One line on its way; ``answer`` is set once it is settled."""

    command: RecordFilteringDecision | None = None
    case_id: UUID | None = None
    pseudonyms: Pseudonyms | None = None
    words: list[Prepared] = field(default_factory=list)
    event: FilteringDecisionRecorded | None = None
    answer: Answer | None = None


class Intake:
    """Takes decisions in for one application."""

    def __init__(
        self,
        casework: Casework,
        links: DecisionLinks,
        epoch: Callable[[UUID], int],
        lines_per_transaction: int = 500,
    ) -> None:
        """``epoch`` tells in which epoch the links of a known case are valid; a new case is in epoch 0."""
        self._casework = casework
        self._links = links
        self._epoch = epoch
        self._size = lines_per_transaction

    def take(self, documents: Iterable[bytes | ValueError | Any], actor: Actor) -> Iterator[Answer]:
        """Answer each document in order: bytes are parsed, a ``ValueError`` is a line already found unreadable.

        Each transaction is durable before its answers come out.
        """
        page: list[_Line] = []
        for document in documents:
            page.append(self._read(document))
            if len(page) == self._size:
                yield from self._take_page(page, actor)
                page = []
        if page:
            yield from self._take_page(page, actor)

    def _read(self, document: Any) -> _Line:
        if isinstance(document, bytes):
            try:
                document = parse_line(document)
            except ValueError as error:
                document = error
        if isinstance(document, ValueError):
            return _Line(answer=_refused(None, None, (FieldError("", "unreadable", str(document)),)))
        try:
            command = RecordFilteringDecision.model_validate(document)
        except ValidationError as error:
            named = document.get("decision_id") if isinstance(document, dict) else None
            identifier = printable(named[:200]) if isinstance(named, str) else None
            return _Line(answer=_refused(identifier, None, field_errors(error)))
        return _Line(command=command, case_id=case_id(command.source, command.decision_id))

    def _take_page(self, page: list[_Line], actor: Actor) -> Iterator[Answer]:
        while True:
            now = self._casework.clock.now()
            appends = self._settle(page, now)
            try:
                self._write(page, appends, now, actor)
            except Conflict:
                # Another delivery opened one of these cases a moment ago: look again, it is a duplicate now.
                continue
            break
        for line in page:
            yield line.answer or self._created(line)

    def _settle(self, page: Sequence[_Line], now: datetime) -> list[Append]:
        """Answer duplicates and refusals, and make the events of the rest."""
        open_lines = [line for line in page if line.command is not None and line.answer is None]
        known = self._casework.log.first_events([line.case_id for line in open_lines if line.case_id is not None])
        seen: dict[UUID, _Line] = {}
        appends = []
        for line in open_lines:
            assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - narrowed above
            earlier = known.get(line.case_id)
            if earlier is not None:
                line.answer = self._repeated(line.command, line.case_id, _decision(earlier))
            elif line.case_id in seen:
                first = seen[line.case_id]
                assert first.event is not None  # noqa: S101 - every line in ``seen`` has one
                line.answer = self._repeated(line.command, line.case_id, first.event, first.command)
            else:
                self._decide(line, line.command, now)
                if line.event is not None:
                    seen[line.case_id] = line
                    appends.append(Append(line.case_id, 0, (line.event,), occurred=line.command.decided_at))
        return appends

    def _decide(self, line: _Line, command: RecordFilteringDecision, now: datetime) -> None:
        standard = self._casework.standards.in_force(command.decided_at)
        if standard is None:
            first = self._casework.standards.all[0]
            detail = f"no standard was in force then; the first takes effect at {first.effective_from.isoformat()}"
            error = FieldError("/decided_at", "no_standard_in_force", detail)
            line.answer = _refused(command.decision_id, None, (error,))
            return
        if line.pseudonyms is None:
            line.pseudonyms = self._hide(line, command)
        line.event = record_filtering_decision(command, line.pseudonyms, NOTHING_KNOWN, standard, now)

    def _hide(self, line: _Line, command: RecordFilteringDecision) -> Pseudonyms:
        """Put pseudonyms and vault references in the place of persons and their words."""
        vault = self._casework.vault
        uploader = vault.pseudonym("up", command.upload.uploader_id)
        description: VaultReference | None = None
        if command.upload.title is not None or command.upload.url is not None:
            content = msgspec.json.encode({"title": command.upload.title, "url": command.upload.url})
            line.words.append(vault.prepare(uploader, content, "application/json"))
            description = line.words[-1].reference
        statements: list[VaultReference | None] = []
        for mark in command.marks:
            if mark.statement is None:
                statements.append(None)
            else:
                line.words.append(vault.prepare(uploader, mark.statement.encode(), "text/plain"))
                statements.append(line.words[-1].reference)
        return Pseudonyms(
            uploader=uploader,
            right_holder=vault.pseudonym("rh", command.work.right_holder_id),
            description=description,
            statements=tuple(statements),
        )

    def _write(self, page: Sequence[_Line], appends: Sequence[Append], now: datetime, actor: Actor) -> None:
        if not appends:
            return
        self._casework.vault.store([word for line in page if line.event is not None for word in line.words])
        self._casework.log.append(appends, recorded=now, by=actor, command=uuid4().hex)

    def _created(self, line: _Line) -> Answer:
        assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - only such lines are created
        return Answer(line.command.decision_id, line.case_id, "created", line.event, self._page(line.case_id))

    def _page(self, identifier: UUID, epoch: int = 0) -> str:
        return f"/d/{self._links.token(identifier, epoch)}"

    def _repeated(
        self,
        command: RecordFilteringDecision,
        identifier: UUID,
        earlier: FilteringDecisionRecorded,
        same_page: RecordFilteringDecision | None = None,
    ) -> Answer:
        """The same decision again is a duplicate; with different content it is refused and the difference named."""
        different = differences(command, same_page) if same_page is not None else self._differences(command, earlier)
        if different:
            errors = tuple(
                FieldError(place, "differs_from_first_delivery", "differs from what was first delivered under this id")
                for place in different
            )
            return _refused(command.decision_id, identifier, errors)
        return Answer(
            command.decision_id, identifier, "duplicate", earlier, self._page(identifier, self._epoch(identifier))
        )

    def _differences(self, command: RecordFilteringDecision, earlier: FilteringDecisionRecorded) -> list[str]:
        """Places in which a delivery differs from the recorded event, personal words included."""
        vault = self._casework.vault
        hidden = Pseudonyms(
            uploader=vault.pseudonym("up", command.upload.uploader_id),
            right_holder=vault.pseudonym("rh", command.work.right_holder_id),
            description=earlier.upload.description,
        )
        pairs: list[tuple[str, object, object]] = [
            ("/decided_at", command.decided_at, earlier.decided_at),
            ("/evidence", command.evidence, earlier.evidence),
        ]
        upload, work = recorded_upload(command.upload, hidden), recorded_work(command.work, hidden)
        for name in type(upload).model_fields:
            place = "uploader_id" if name == "uploader" else name
            pairs.append((f"/upload/{place}", getattr(upload, name), getattr(earlier.upload, name)))
        for name in type(work).model_fields:
            place = "right_holder_id" if name == "right_holder" else name
            pairs.append((f"/work/{place}", getattr(work, name), getattr(earlier.work, name)))
        given = [(mark.basis, mark.provision, mark.statement) for mark in command.marks]
        pairs.append(("/marks", given, self._recorded_marks(earlier, given)))
        title_and_url = {"title": command.upload.title, "url": command.upload.url}
        kept = self._words(earlier.upload.description, {"title": None, "url": None}, title_and_url)
        pairs.extend((f"/upload/{name}", title_and_url[name], kept[name]) for name in ("title", "url"))
        return [place for place, new, old in pairs if new != old]

    def _recorded_marks(self, earlier: FilteringDecisionRecorded, given: Sequence[tuple[Any, Any, Any]]) -> list[Any]:
        found: list[Any] = []
        for number, mark in enumerate(earlier.marks):
            statement: str | None = None
            if mark.statement is not None:
                content = self._casework.vault.open(mark.statement)
                # What was erased cannot be compared; it counts as the same.
                erased = given[number][2] if number < len(given) else None
                statement = erased if content is None else content.decode()
            found.append((mark.basis, mark.provision, statement))
        return found

    def _words(
        self, reference: VaultReference | None, absent: dict[str, Any], erased: dict[str, Any]
    ) -> dict[str, Any]:
        if reference is None:
            return absent
        content = self._casework.vault.open(reference)
        if content is None:
            return erased
        kept: dict[str, Any] = msgspec.json.decode(content)
        return kept


def differences(command: RecordFilteringDecision, other: RecordFilteringDecision) -> list[str]:
    """Places in which two deliveries of one page differ, two levels deep."""
    found: list[str] = []
    for name in type(command).model_fields:
        one, two = getattr(command, name), getattr(other, name)
        if one == two:
            continue
        if name in ("upload", "work"):
            inner = (field for field in type(one).model_fields if getattr(one, field) != getattr(two, field))
            found.extend(f"/{name}/{place}" for place in inner)
        else:
            found.append(f"/{name}")
    return found


def _refused(decision_id: str | None, identifier: UUID | None, errors: tuple[FieldError, ...]) -> Answer:
    return Answer(decision_id, identifier, "refused", errors=errors)


def _decision(recorded: Recorded) -> FilteringDecisionRecorded:
    event = recorded.event
    assert isinstance(event, FilteringDecisionRecorded)  # noqa: S101 - a case begins with nothing else
    return event
