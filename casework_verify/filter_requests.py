"""Filter requests as the facts tell them, each step checked against those before it.

A request is received once; what is lacking is asked for and supplied; it is accepted when nothing is; it ends once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

CHECK, INCOMPLETE, ACTIVE, OVER = "check", "incomplete", "active", "over"
Counted = tuple[str, str]
"""As what something counts, and in which cell."""

_AFTER: Mapping[str, tuple[str, ...]] = {
    "found_incomplete": (CHECK, INCOMPLETE),
    "supplemented": (CHECK, INCOMPLETE),
    "completed": (INCOMPLETE,),
    "accepted": (CHECK,),
    "rejected": (CHECK, INCOMPLETE),
    "withdrawn": (CHECK, INCOMPLETE, ACTIVE),
    "ownership_found_false": (CHECK, INCOMPLETE, ACTIVE),
}
"""What each step may follow."""


class FilterRequests:
    """All that is known of filter requests. ``turns``: when one became active (1) or was so no more (-1)."""

    def __init__(self) -> None:
        self.turns: list[tuple[int, int]] = []
        self._stages: dict[str, str] = {}

    def take(self, stream: str, topic: str, data: Mapping[str, Any], moment: int) -> Iterator[Counted]:
        """What a fact counts as. Raises ``ValueError`` for one that does not fit those before it."""
        step, stage = topic.partition(".")[2], self._stages.get(stream)
        if step == "received":
            if stage is not None:
                raise ValueError("is received twice")
            self._stages[stream] = CHECK
            yield "filter_requests.received", _score(data)
            return
        if stage is None or stage not in _AFTER[step]:
            raise ValueError(f"cannot be {step} while it is {stage}")
        yield from self._go_on(stream, step, stage, data, moment)

    def _go_on(self, stream: str, step: str, stage: str, data: Mapping[str, Any], moment: int) -> Iterator[Counted]:
        if step == "found_incomplete":
            if data["further"] is not (stage == INCOMPLETE):
                raise ValueError("does not say whether the request was incomplete already")
            self._stages[stream] = INCOMPLETE
            if stage == CHECK:
                yield "filter_requests.incomplete", ""
        elif step == "completed":
            self._stages[stream] = CHECK
            yield "filter_requests.completed_later", ""
        elif step == "accepted":
            self._stages[stream] = ACTIVE
            self.turns.append((moment, 1))
            yield "filter_requests.accepted", ""
        elif step == "rejected":
            self._stages[stream] = OVER
            yield "filter_requests.rejected", _word(data["reason"])
        elif step != "supplemented":
            if data["active"] is not (stage == ACTIVE):
                raise ValueError("does not say whether the request was active")
            self._stages[stream] = OVER
            if stage == ACTIVE:
                self.turns.append((moment, -1))
            yield f"filter_requests.{'withdrawn' if step == 'withdrawn' else 'ownership_false'}", ""


def _score(data: Mapping[str, Any]) -> str:
    score = _word(data["completeness"])
    if not 0 <= Fraction(score) <= 1:
        raise ValueError("a score lies between 0 and 1")
    return score


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a word cannot be {value!r}")
    return value
