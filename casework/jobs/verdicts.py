"""Tells engines what people decided about their matches, so that what was reversed is not blocked again.

A policy looks at every case that was ruled on whenever something changes what the public sees of it, and keeps the
verdict that follows. Engines that were given an address are told by a signed message, until it has arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from uuid import UUID

import msgspec
import structlog

from casework.application import Casework
from casework.domain.case.events import (
    AppealWithdrawn,
    CaseReopened,
    DeadlinePassed,
    MeasureSuspended,
    PartiesSettled,
    RulingIssued,
    UrgentBlockDeclared,
)
from casework.domain.case.evolution import fold
from casework.domain.case.notice_events import CounterNoticeAccepted, NoticeAccepted, NoticeWithdrawn, WaitExpired
from casework.domain.case.outside_events import OrderLifted, OrderReceived, OutsideProceedingDecided
from casework.domain.case.state import Case
from casework.domain.values import Availability
from casework.engine_verdicts import CaseVerdict, EngineVerdicts, VerdictMessage
from casework.jobs.rounds import LOOK_SECONDS, go_round
from matching_adapter.external.configuration import VerdictTarget
from matching_adapter.external.http_calls import CallFailed, refusal_of
from matching_adapter.external.verdicts import Verdict
from matching_adapter.external.webhook import signed

PAGE = 500
"""Events looked at in one go."""

TOPICS = tuple(
    kind.TOPIC
    for kind in (
        RulingIssued,
        AppealWithdrawn,
        CaseReopened,
        DeadlinePassed,
        MeasureSuspended,
        PartiesSettled,
        UrgentBlockDeclared,
        NoticeAccepted,
        NoticeWithdrawn,
        CounterNoticeAccepted,
        WaitExpired,
        OrderReceived,
        OrderLifted,
        OutsideProceedingDecided,
    )
)
"""What can make a verdict, or undo it."""

_NO_ANSWER = ("timeout", "unreachable")
"""Problems of an engine, and not of the message that it was sent."""

_SHOWN = (Availability.PUBLIC, Availability.PUBLIC_LIMITED)

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class VerdictFeedback:
    """The cases, the tables, and where the engines are that want to be told."""

    casework: Casework
    verdicts: EngineVerdicts
    targets: Mapping[str, VerdictTarget]


class VerdictWorker:
    """Keeps and sends verdicts until told to stop; in a thread of its own, as an engine may let us wait."""

    def __init__(self, build: Callable[[], VerdictFeedback], *, look_seconds: float = LOOK_SECONDS) -> None:
        """``build`` makes what it works with; it is called again and again while the database is away."""
        self._build = build
        self._look_seconds = look_seconds

    def run(self, stop: Event) -> None:
        """Look for work until ``stop`` is set. Nothing that goes wrong ends this: it is logged and tried again."""

        def tell(feedback: VerdictFeedback) -> None:
            note_verdicts(feedback)
            send_verdicts(feedback, stopped=stop.is_set)

        go_round(self._build, tell, stop, look_seconds=self._look_seconds, waits="verdict_worker_waits")


def when_ruling_issued_tell_engine(case: Case, decided_at: datetime) -> Verdict | None:
    """The verdict on a case that was ruled on; ``None`` before.

    What the public may see of the upload says whether the pair is exempt, and not the outcome alone: a right holder's
    challenge reverses a decision to publish, and an order of a court lies over every ruling.
    """
    if case.ruling is None:
        return None
    upload, evidence = case.decision.upload, case.decision.evidence
    return Verdict(
        upload_sha256=upload.content_sha256,
        upload_id=upload.id,
        work_id=case.decision.work.id,
        outcome=case.ruling.outcome.value,
        decided_at=decided_at,
        exempt=case.availability in _SHOWN,
        share_of_upload=evidence.share_of_upload,
    )


def note_verdicts(feedback: VerdictFeedback) -> int:
    """Look through what is new in the log; how many verdicts are new. Done again after a crash, it changes nothing."""
    log, verdicts, new = feedback.casework.log, feedback.verdicts, 0
    head, after = log.head(), verdicts.place()
    while after < head:
        page = log.touched(TOPICS, after=after, until=head, limit=PAGE)
        after = page[-1][0] if len(page) == PAGE else head
        last: dict[UUID, int] = {stream: position for position, stream in page}
        histories = log.load_many(list(last), until=after)
        found = []
        for stream, position in sorted(last.items(), key=lambda item: item[1]):
            case, event = fold(histories[stream]), next(one for one in histories[stream] if one.position == position)
            verdict = None if case is None else when_ruling_issued_tell_engine(case, event.occurred)
            if case is not None and verdict is not None:
                found.append(CaseVerdict(stream, position, case.decision.source, verdict))
        new += verdicts.note(found, until=after, targets=sorted(feedback.targets))
    return new


def send_verdicts(feedback: VerdictFeedback, *, stopped: Callable[[], bool] = bool) -> int:
    """Send the messages that are due, engine by engine; how many arrived.

    One that fails is put off. An engine that gives no answer is left alone until the next round: it may have very many
    messages, and the others shall not wait for each of them.
    """
    arrived = 0
    for engine in feedback.verdicts.waiting_engines():
        target = feedback.targets.get(engine)
        for message in feedback.verdicts.due(engine):
            if stopped():
                return arrived
            problem = "no_address" if target is None else _send(target, message, feedback.casework.clock.now())
            if problem is None:
                feedback.verdicts.sent(message)
                arrived += 1
                continue
            feedback.verdicts.failed(message, problem)
            logger.warning("verdict_not_sent", engine=engine, number=message.number, problem=problem)
            if problem in _NO_ANSWER:
                break
    return arrived


def _send(target: VerdictTarget, message: VerdictMessage, now: datetime) -> str | None:
    """Why it did not arrive; ``None`` when it did. The id stays the same, so that the engine knows a repeat."""
    content = {"type": "match.verdict", "timestamp": now.isoformat(), "data": message.verdict.to_json()}
    body = msgspec.json.encode(content)
    headers = signed(target.keys, f"verdict-{message.number}", int(now.timestamp()), body)
    try:
        answer = target.service.call("POST", content=body, headers={"content-type": "application/json", **headers})
    except CallFailed as failure:
        return failure.code
    refusal = refusal_of(answer)
    return None if refusal is None else f"{refusal.code} {answer.status}"
