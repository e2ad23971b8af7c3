"""Decisions in, by the hundred: parse, apply the standard, open the cases in one transaction, answer line by line.

The answers are those of interfaces.md, "Decisions in". A line that does not fit is refused by itself; the rest goes in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
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
)
from casework.domain.decision import ACTIONS
from casework.domain.facts import Actor
from casework.domain.values import VaultReference
from casework.duplicates import differences, differences_from_recorded, words_of
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


# The library's own reader, because it is the only quick one that lets names given twice be seen.
_documents = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_number
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What stands in the log in place of the people of a decision, and the words that go to the vault."""

    pseudonyms: Pseudonyms
    words: tuple[Prepared, ...]


@dataclass(slots=True)
class _Line:
    """One line on its way; ``answer`` is set once it is settled, ``stored`` once its words are in the vault."""

    command: RecordFilteringDecision | None = None
    case_id: UUID | None = None
    hidden: Hidden | None = None
    stored: bool = False
    event: FilteringDecisionRecorded | None = None
    answer: Answer | None = None


Epochs = Callable[[Sequence[UUID]], Mapping[UUID, int]]
"""In which epoch the links of known cases are valid; a case that is missing, such as a new one, is in epoch 0."""


class Intake:
    """Takes decisions in for one application."""

    def __init__(
        self, casework: Casework, links: DecisionLinks, epochs: Epochs, lines_per_transaction: int = 500
    ) -> None:
        self._casework = casework
        self._links = links
        self._epochs = epochs
        self._size = lines_per_transaction

    def take(self, documents: Iterable[bytes | ValueError | Any], actor: Actor) -> Iterator[Answer]:
        """Answer each document in order: bytes are parsed, a ``ValueError`` is a line already found unreadable.

        Each transaction is durable before its answers come out.
        """
        writing: Future[list[Answer]] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="intake") as beside:
            for page in self._pages(documents):
                if writing is not None:
                    yield from writing.result()
                    writing = None
                if len(page) < self._size:
                    yield from self._take_page(page, actor)
                else:
                    # While the database writes one page, the next one is read.
                    writing = beside.submit(self._take_page, page, actor)
            if writing is not None:
                yield from writing.result()

    def _pages(self, documents: Iterable[bytes | ValueError | Any]) -> Iterator[list[_Line]]:
        page: list[_Line] = []
        for document in documents:
            page.append(self._read(document))
            if len(page) == self._size:
                yield page
                page = []
        if page:
            yield page

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
        return _Line(command, case_id(command.source, command.decision_id), self.hide(command))

    def _take_page(self, page: list[_Line], actor: Actor) -> list[Answer]:
        """Settle and write one page; its answers, in order."""
        while True:
            now = self._casework.clock.now()
            appends = self._settle(page, now)
            try:
                self._write(page, appends, now, actor)
            except Conflict:
                # Another delivery opened one of these cases a moment ago: look again, it is a duplicate now.
                continue
            break
        return [line.answer or self._created(line) for line in page]

    def _settle(self, page: Sequence[_Line], now: datetime) -> list[Append]:
        """Answer duplicates and refusals, and make the events of the rest."""
        open_lines = [line for line in page if line.command is not None and line.answer is None]
        known = self._casework.log.first_events([line.case_id for line in open_lines if line.case_id is not None])
        self._answer_repeats([line for line in open_lines if line.case_id in known], known)
        seen: dict[UUID, _Line] = {}
        appends = []
        for line in open_lines:
            if line.answer is not None:
                continue
            assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - narrowed above
            first = seen.get(line.case_id)
            if first is not None:
                assert first.command is not None and first.event is not None  # noqa: S101, PT018 - so is every such line
                line.answer = self._repeated(line, first.event, differences(line.command, first.command))
                continue
            self._decide(line, line.command, now)
            if line.event is not None:
                seen[line.case_id] = line
                appends.append(Append(line.case_id, 0, (line.event,), occurred=line.command.decided_at))
        return appends

    def _answer_repeats(self, lines: Sequence[_Line], known: Mapping[UUID, Recorded]) -> None:
        """Compare what is there already with what was delivered again; one look-up for all of it."""
        if not lines:
            return
        vault = self._casework.vault
        earlier = {identifier: _decision(recorded) for identifier, recorded in known.items()}
        opened = vault.open_many(reference for decision in earlier.values() for reference in words_of(decision))
        epochs = self._epochs(list(earlier))
        for line in lines:
            assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - narrowed by the caller
            decision = earlier[line.case_id]
            different = differences_from_recorded(line.command, decision, vault, opened)
            line.answer = self._repeated(line, decision, different, epochs.get(line.case_id, 0))

    def _decide(self, line: _Line, command: RecordFilteringDecision, now: datetime) -> None:
        standard = self._casework.standards.in_force(command.decided_at)
        if standard is None:
            first = self._casework.standards.all[0]
            detail = f"no standard was in force then; the first takes effect at {first.effective_from.isoformat()}"
            error = FieldError("/decided_at", "no_standard_in_force", detail)
            line.answer = _refused(command.decision_id, None, (error,))
            return
        assert line.hidden is not None  # noqa: S101 - every line with a command has it
        line.event = record_filtering_decision(command, line.hidden.pseudonyms, NOTHING_KNOWN, standard, now)

    def hide(self, command: RecordFilteringDecision) -> Hidden:
        """Put pseudonyms and vault references in the place of persons and their words."""
        vault, upload = self._casework.vault, command.upload
        uploader = vault.pseudonym("up", upload.uploader_id)
        words: list[Prepared] = []
        if upload.title is not None or upload.url is not None:
            content = msgspec.json.encode({"title": upload.title, "url": upload.url})
            words.append(vault.prepare(uploader, content, "application/json"))
        description = words[0].reference if words else None
        statements: list[VaultReference | None] = []
        for mark in command.marks:
            if mark.statement is None:
                statements.append(None)
            else:
                words.append(vault.prepare(uploader, mark.statement.encode(), "text/plain"))
                statements.append(words[-1].reference)
        pseudonyms = Pseudonyms(
            uploader=uploader,
            right_holder=vault.pseudonym("rh", command.work.right_holder_id),
            description=description,
            statements=tuple(statements),
        )
        return Hidden(pseudonyms, tuple(words))

    def _write(self, page: Sequence[_Line], appends: Sequence[Append], now: datetime, actor: Actor) -> None:
        if not appends:
            return
        new = [line for line in page if line.event is not None and line.hidden is not None and not line.stored]
        self._casework.vault.store([word for line in new if line.hidden is not None for word in line.hidden.words])
        for line in new:
            line.stored = True
        self._casework.log.append(appends, recorded=now, by=actor, command=uuid4().hex)

    def _created(self, line: _Line) -> Answer:
        assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - only such lines are created
        return Answer(line.command.decision_id, line.case_id, "created", line.event, self._page(line.case_id))

    def _page(self, identifier: UUID, epoch: int = 0) -> str:
        return f"/d/{self._links.token(identifier, epoch)}"

    def _repeated(
        self, line: _Line, earlier: FilteringDecisionRecorded, different: Sequence[str], epoch: int = 0
    ) -> Answer:
        """The same decision again is a duplicate; with different content it is refused and the difference named."""
        assert line.command is not None and line.case_id is not None  # noqa: S101, PT018 - narrowed by the callers
        if different:
            words = "differs from what was first delivered under this id"
            errors = tuple(FieldError(place, "differs_from_first_delivery", words) for place in different)
            return _refused(line.command.decision_id, line.case_id, errors)
        return Answer(line.command.decision_id, line.case_id, "duplicate", earlier, self._page(line.case_id, epoch))


def _refused(decision_id: str | None, identifier: UUID | None, errors: tuple[FieldError, ...]) -> Answer:
    return Answer(decision_id, identifier, "refused", errors=errors)


def _decision(recorded: Recorded) -> FilteringDecisionRecorded:
    event = recorded.event
    assert isinstance(event, FilteringDecisionRecorded)  # noqa: S101 - a case begins with nothing else
    return event
