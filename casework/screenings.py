"""Daily tallies of screening, as engines deliver them: checked one by one, each answered, the good ones recorded.

Idempotent by source, day and medium: the same tally again is a duplicate, another number is refused and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any
from uuid import UUID

import msgspec
from pydantic import ValidationError

from casework.application import Casework
from casework.domain.facts import Actor, Refused
from casework.domain.screening.decisions import RecordTally, differences, record_tally
from casework.domain.screening.state import fold, screening_stream
from casework.errors import FieldError
from casework.intake import field_errors, printable

_SAID = {
    "tally_in_future": "the day has not begun yet in the time zone of the reports",
    "not_your_step": "only a matching engine may deliver tallies",
}


_Written = tuple[UUID, int]
"""The stream that was written last, and up to where."""


class TallyAnswer(msgspec.Struct, frozen=True):
    """The answer to one tally: ``created``, ``duplicate`` or ``refused``, with the fields that do not fit."""

    date: str | None
    medium: str | None
    source: str | None
    status: str
    errors: tuple[FieldError, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer as it goes over the wire."""
        found: dict[str, Any] = msgspec.to_builtins(self, enc_hook=FieldError.as_json)
        return found


def take_tallies(casework: Casework, documents: Iterable[Any], actor: Actor, zone: tzinfo) -> Sequence[TallyAnswer]:
    """Record tallies in their order; each answer is durable. ``zone`` is the time zone of the reports.

    A tally that names no ``source`` is that of the caller.
    """
    answers: list[TallyAnswer] = []
    latest: _Written | None = None
    for document in documents:
        try:
            given = {"source": actor.id, **document} if isinstance(document, dict) else document
            command = RecordTally.model_validate(given)
        except ValidationError as error:
            answers.append(_unfit(document, field_errors(error)))
            continue
        answer, latest = _take(casework, command, actor, zone, latest)
        answers.append(answer)
    if latest is not None:
        casework.streams.show(*latest)
    return answers


def _take(
    casework: Casework, command: RecordTally, actor: Actor, zone: tzinfo, latest: _Written | None
) -> tuple[TallyAnswer, _Written | None]:
    stream = screening_stream(command.source, command.date, command.medium)
    named = (command.date.isoformat(), command.medium.value, command.source)
    try:
        written = casework.streams.write(
            stream,
            fold,
            lambda screening, now: record_tally(screening, command, actor, now.astimezone(zone).date()),
            actor,
            show=False,
        )
    except Refused as refused:
        return TallyAnswer(*named, "refused", _errors(casework, command, refused)), latest
    if not written.events:
        return TallyAnswer(*named, "duplicate"), latest
    return TallyAnswer(*named, "created"), (stream, written.position)


def _errors(casework: Casework, command: RecordTally, refused: Refused) -> tuple[FieldError, ...]:
    if refused.code != "tally_differs":
        return (FieldError("/date", refused.code, _SAID.get(refused.code, refused.code)),)
    earlier = fold(casework.log.load(screening_stream(command.source, command.date, command.medium))).tally
    assert earlier is not None  # noqa: S101 - it differs from something
    words = "differs from what was first delivered for this source, day and medium"
    return tuple(FieldError(f"/{name}", "differs_from_first_delivery", words) for name in differences(earlier, command))


def _unfit(document: Any, errors: tuple[FieldError, ...]) -> TallyAnswer:
    """The refusal of what is no tally, naming it as far as it says its name."""
    named = document if isinstance(document, dict) else {}
    texts = (named.get(name) for name in ("date", "medium", "source"))
    shown = [printable(text[:200]) if isinstance(text, str) else None for text in texts]
    return TallyAnswer(shown[0], shown[1], shown[2], "refused", errors)
