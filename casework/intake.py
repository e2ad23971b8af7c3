"""Decisions in, by the hundred: parse, apply the standard, open the cases in one transaction, answer line by line.

The answers are those of interfaces.md, "Decisions in". A line that does not fit is refused by itself; the rest goes in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec
from pydantic import ValidationError

from casework.application import Casework
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import (
    Pseudonyms,
    RecordFilteringDecision,
    case_id,
    record_filtering_decision,
)
from casework.domain.checked import of_checked
from casework.domain.decision import ACTIONS
from casework.domain.facts import Actor
from casework.domain.values import Action, Outcome, Rule, VaultReference
from casework.duplicates import differences, differences_from_recorded, words_of
from casework.errors import FieldError
from casework.eventlog.codec import Recorded
from casework.eventlog.store import Conflict, Opening
from casework.eventlog.vault import Prepared
from casework.ledgers import Claim, KnownOf, UploadVersion, nothing_known
from casework.links import DecisionLinks
from casework.quick_reader import QuickReader

_MOST_DIGITS = 400
"""Digits of a whole number at most while reading; what a number may be is the models' business."""


_MOST_ERRORS = 500
"""Errors of one line that are put into words at most."""


class Answer(msgspec.Struct, frozen=True):
    """The answer to one line, with the fields of interfaces.md in their order."""

    decision_id: str | None
    case_id: UUID | None
    status: str
    outcome: Outcome | None = None
    rule: Rule | None = None
    standard: str | None = None
    action: Action | None = None
    page: str | None = msgspec.field(default=None, name="decision_page")
    errors: tuple[FieldError, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as it goes over the wire."""
        found: dict[str, Any] = msgspec.to_builtins(self, enc_hook=FieldError.as_json)
        return found

    def encoded(self) -> bytes:
        """The same as JSON."""
        return _encode(self)


_encode = msgspec.json.Encoder(enc_hook=FieldError.as_json).encode


def pointer(location: Iterable[str | int]) -> str:
    """JSON pointer (RFC 6901) of a validation error's place."""
    return printable("".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location))


def printable(text: str) -> str:
    """The text with question marks for lone surrogates, which no answer can carry."""
    return text.encode("utf-8", "replace").decode()


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Each field that does not fit, without repeating the value: it may be personal or huge.

    A rule over several fields says in its context, as ``field``, which of them is meant.
    """
    if error.error_count() > _MOST_ERRORS:
        # To put each into words would take seconds, which somebody could make us spend on every line.
        return (FieldError("", "too_many_errors", f"{error.error_count()} fields do not fit"),)
    found = [
        FieldError(_place(one["loc"], one.get("ctx", {})), one["type"], printable(one["msg"][:500]))
        for one in error.errors(include_url=False, include_input=False)
    ]
    return tuple(found[:50])


def _place(location: Iterable[str | int], context: Mapping[str, Any]) -> str:
    field = context.get("field")
    return (pointer(location) + (field if isinstance(field, str) and field.startswith("/") else ""))[:500]


def parse_line(line: bytes) -> Any:
    """One JSON document with exact numbers: 0.9 stays 0.9 and never becomes the nearest binary float.

    Raises ``ValueError`` saying what is wrong. A name given twice is refused: which of the two counts would be chance.
    """
    if b'\\"' not in line and b"\\u0022" not in line:
        # Every quotation mark then begins or ends a name or a text: as many in what was read, and nothing was dropped.
        try:
            document = _quick.decode(line)
            if _again.encode(document).count(b'"') == line.count(b'"'):
                return document
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            pass  # the other reader puts it into words
    return _read_carefully(line)


def _read_carefully(line: bytes) -> Any:
    """The same by the library's own reader: slower, but it shows names given twice."""
    try:
        return _careful.decode(line.decode())
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


_careful = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_int=_whole_number, parse_constant=_no_number
)
_quick = msgspec.json.Decoder(float_hook=Decimal)
_again = msgspec.json.Encoder(decimal_format="number")


class Hidden(NamedTuple):
    """What stands in the log in place of the people of a decision, and the words that go to the vault."""

    pseudonyms: Pseudonyms
    words: tuple[Prepared, ...]


@dataclass(slots=True)
class _Line:
    """One line on its way. ``answer`` is set once it is settled; until then the rest says how it would go in.

    Only what goes into the database is kept, and the document as it was delivered, to compare it with another one.
    """

    answer: Answer | None = None
    document: Any = None
    created: Answer | None = None
    opening: Opening | None = None
    words: tuple[Prepared, ...] = ()
    stored: bool = False


_TOGETHER = 100
"""Lines read and decided together: enough for one look-up, few enough to be still in the processor's cache."""

_quick_reader = QuickReader(RecordFilteringDecision)


Epochs = Callable[[Sequence[UUID]], Mapping[UUID, int]]
"""In which epoch the links of known cases are valid; a case that is missing, such as a new one, is in epoch 0."""


class Intake:
    """Takes decisions in for one application."""

    def __init__(
        self,
        casework: Casework,
        links: DecisionLinks,
        epochs: Epochs,
        lines_per_transaction: int = 1000,
        look: Callable[[], KnownOf] = lambda: nothing_known,
    ) -> None:
        """``look`` is asked once for each transaction how to find out what is known of parties and works."""
        self._casework = casework
        self._links = links
        self._epochs = epochs
        self._size = lines_per_transaction
        self._look = look

    def take(self, documents: Iterable[bytes | ValueError | Any], actor: Actor) -> Iterator[Answer]:
        """Answer each document in order: bytes are parsed, a ``ValueError`` is a line already found unreadable.

        Each transaction is durable before its answers come out. While the database writes a page, the next is read.
        """
        writing: Future[list[Answer]] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="intake") as beside:
            for page in self._pages(documents, actor):
                if writing is not None:
                    yield from writing.result()
                    writing = None
                if len(page) < self._size:
                    yield from self._write(page)
                else:
                    writing = beside.submit(self._write, page)
            if writing is not None:
                yield from writing.result()

    def _pages(self, documents: Iterable[bytes | ValueError | Any], actor: Actor) -> Iterator[list[_Line]]:
        delivered = iter(documents)
        while True:
            page: list[_Line] = []
            command_id, known_of = uuid4().hex, self._look()
            while some := list(islice(delivered, min(_TOGETHER, self._size - len(page)))):
                page += self.read(some, actor, command_id, known_of)
            if not page:
                return
            yield page

    def read(
        self, documents: Sequence[bytes | ValueError | Any], actor: Actor, command_id: str, known_of: KnownOf
    ) -> list[_Line]:
        """All of some lines that needs no look at their cases: read, check, decide, encode.

        Some at once, and not a whole page stage by stage: what a line needs is then still at hand.
        """
        now, put_together = self._casework.clock.now(), self._casework.log.codec.mirrored
        lines, fit = [], []
        for document in documents:
            line = _Line(document=document)
            lines.append(line)
            try:
                command = read_decision(document)
            except ValueError as error:
                line.answer = _unfit(document, error)
                continue
            standard = self._casework.standards.in_force(command.decided_at)
            if standard is None:
                line.answer = self._without_standard(command)
            else:
                fit.append((line, command, standard, self.hide(command)))
        known_of_each = known_of([_claim(command, hidden) for _line, command, _standard, hidden in fit])
        for (line, command, standard, hidden), known in zip(fit, known_of_each, strict=True):
            identifier = case_id(command.source, command.decision_id)
            regime = self._casework.law.regime_of(standard)
            event = record_filtering_decision(
                command, hidden.pseudonyms, known, standard, now, regime, put_together=put_together
            )
            line.created = self.created(event, identifier)
            line.opening = self._casework.log.opening(
                identifier, event, recorded=now, occurred=command.decided_at, by=actor, command=command_id
            )
            line.words = hidden.words
        return lines

    def created(self, event: FilteringDecisionRecorded, identifier: UUID, epoch: int = 0) -> Answer:
        """The answer to a decision that has opened this case."""
        page = f"/d/{self._links.token(identifier, epoch)}"
        action = ACTIONS[event.outcome]
        return Answer(event.decision_id, identifier, "created", event.outcome, event.rule, event.standard, action, page)

    def _without_standard(self, command: RecordFilteringDecision) -> Answer:
        standards = self._casework.standards
        first = standards.of_family(standards.family)[0]
        detail = f"no standard was in force then; the first takes effect at {first.effective_from.isoformat()}"
        return _refused(command.decision_id, None, FieldError("/decided_at", "no_standard_in_force", detail))

    def hide(self, command: RecordFilteringDecision) -> Hidden:
        """Put pseudonyms and vault references in the place of persons and their words."""
        vault, upload, put_together = self._casework.vault, command.upload, self._casework.log.codec.mirrored
        uploader = vault.pseudonym("up", upload.uploader_id)
        words: list[Prepared] = []
        if upload.title is not None or upload.url is not None:
            content = _encode({"title": upload.title, "url": upload.url})
            words.append(vault.prepare(uploader, content, "application/json"))
        description = words[0].reference_by(put_together) if words else None
        statements: list[VaultReference | None] = []
        for mark in command.marks:
            if mark.statement is None:
                statements.append(None)
            else:
                words.append(vault.prepare(uploader, mark.statement.encode(), "text/plain"))
                statements.append(words[-1].reference_by(put_together))
        pseudonyms = of_checked(
            Pseudonyms,
            {
                "uploader": uploader,
                "right_holder": vault.pseudonym("rh", command.work.right_holder_id),
                "description": description,
                "statements": tuple(statements),
            },
        )
        return Hidden(pseudonyms, tuple(words))

    def _write(self, page: Sequence[_Line]) -> list[Answer]:
        """Write what is new of a page, in one transaction; all its answers, in order."""
        while True:
            new = self._settle(page)
            self._casework.vault.store([word for line in new if not line.stored for word in line.words])
            for line in new:
                line.stored = True
            try:
                self._casework.log.open_streams([line.opening for line in new if line.opening is not None])
            except Conflict:
                # Another delivery opened one of these cases a moment ago: look again, it is a duplicate now.
                continue
            return [answer for line in page if (answer := line.answer or line.created) is not None]

    def _settle(self, page: Sequence[_Line]) -> list[_Line]:
        """Answer what is there already or comes twice; the lines that are new."""
        waiting = [(line, line.opening.stream) for line in page if line.answer is None and line.opening is not None]
        known = self._casework.log.first_events([identifier for _line, identifier in waiting])
        if known:
            self._answer_known([(line, known[identifier]) for line, identifier in waiting if identifier in known])
        new: dict[UUID, _Line] = {}
        for line, identifier in waiting:
            if line.answer is None and new.setdefault(identifier, line) is not line:
                command, first = _command(line.document), new[identifier]
                line.answer = self._repeated(command, first.created, differences(command, _command(first.document)))
        return list(new.values())

    def _answer_known(self, lines: Sequence[tuple[_Line, Recorded]]) -> None:
        """Compare what is there already with what was delivered again; one look-up for all of it."""
        vault = self._casework.vault
        earlier = [(line, recorded.stream, _decision(recorded)) for line, recorded in lines]
        opened = vault.open_many(reference for _line, _stream, decision in earlier for reference in words_of(decision))
        epochs = self._epochs([identifier for _line, identifier, _decision in earlier])
        for line, identifier, decision in earlier:
            command = _command(line.document)
            first = self.created(decision, identifier, epochs.get(identifier, 0))
            different = differences_from_recorded(command, decision, vault, opened)
            line.answer = self._repeated(command, first, different)

    def _repeated(self, command: RecordFilteringDecision, first: Answer | None, different: Sequence[str]) -> Answer:
        """The same decision again is a duplicate; with different content it is refused and the difference named."""
        assert first is not None  # noqa: S101 - what is repeated was or will be created
        if different:
            words = "differs from what was first delivered under this id"
            errors = [FieldError(place, "differs_from_first_delivery", words) for place in different]
            return _refused(command.decision_id, first.case_id, *errors)
        return msgspec.structs.replace(first, status="duplicate")


def _claim(command: RecordFilteringDecision, hidden: Hidden) -> Claim:
    upload = UploadVersion(command.upload.id, command.upload.version)
    return Claim(hidden.pseudonyms.uploader, hidden.pseudonyms.right_holder, command.work.id, upload)


def read_decision(document: Any) -> RecordFilteringDecision:
    """The decision that a document holds, or a mirror of it, which can be read but not compared.

    Raises ``ValueError``, of pydantic where fields do not fit.
    """
    found = _quick_reader.read(document) if isinstance(document, bytes) else None
    return _command(document) if found is None else found


def _command(document: Any) -> RecordFilteringDecision:
    """The same, always the model itself."""
    if isinstance(document, bytes):
        document = parse_line(document)
    if isinstance(document, ValueError):
        raise document
    return RecordFilteringDecision.model_validate(document)


def _unfit(document: Any, error: ValueError) -> Answer:
    """The refusal of a line that is no decision, naming it if it says its name."""
    if not isinstance(error, ValidationError):
        return _refused(None, None, FieldError("", "unreadable", str(error)))
    content = parse_line(document) if isinstance(document, bytes) else document
    named = content.get("decision_id") if isinstance(content, dict) else None
    return _refused(printable(named[:200]) if isinstance(named, str) else None, None, *field_errors(error))


def _refused(decision_id: str | None, identifier: UUID | None, *errors: FieldError) -> Answer:
    return Answer(decision_id, identifier, "refused", errors=errors)


def _decision(recorded: Recorded) -> FilteringDecisionRecorded:
    event = recorded.event
    assert isinstance(event, FilteringDecisionRecorded)  # noqa: S101 - a case begins with nothing else
    return event
