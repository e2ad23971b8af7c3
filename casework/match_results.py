"""What external engines found, from their signed messages through the mapping into the normal intake of decisions.

An engine's word opens a case only where Casework knows which upload and which work it is about. Everything else waits
for an officer. A pair that people have exempted opens none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog

from casework.application import Casework
from casework.discard_reasons import DiscardReason
from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.case.intake import SubmittedUpload, SubmittedWork, case_id
from casework.domain.facts import Actor, Role
from casework.engine_references import EngineReferences
from casework.engine_verdicts import EngineVerdicts
from casework.errors import NotFound
from casework.intake import Answer, Intake
from casework.quarantine import Held, Quarantine, Waiting
from matching_adapter.external.configuration import ExternalEngines, WebhookEngine
from matching_adapter.external.mapping import (
    Delivery,
    Finding,
    Measured,
    Unfit,
    measured,
    read_delivery,
    read_document,
)
from matching_adapter.external.webhook import check_signed

MOST_BODY_BYTES = 1 << 20
"""Bytes of one message at most."""

UNKNOWN_UPLOAD, UNKNOWN_WORK, SHARE_UNKNOWN = "unknown_upload", "unknown_work", "share_unknown"
BEYOND_END = "beyond_end"

_MOST_ALSO_FOUND = 8
_NEEDS_NO_SHARE = ("keyword", "metadata")
_SLACK, _SLACK_PART = Decimal(5), Decimal("0.1")
"""How far a stretch may reach beyond the end: the larger of so many seconds or characters, and this part of all."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one work of a message. ``status``: created, duplicate, quarantined or exempted.

    ``engine_share_differs``: the engine's own share is more than two points from that of its stretches.
    """

    work: str
    status: str
    reason: str | None = None
    answer: Answer | None = None
    engine_share_differs: bool = False

    def as_json(self) -> dict[str, Any]:
        """The result as the API and the table of deliveries write it."""
        case = None if self.answer is None or self.answer.case_id is None else str(self.answer.case_id)
        return {
            "work": self.work,
            "status": self.status,
            "reason": self.reason,
            "decision_id": None if self.answer is None else self.answer.decision_id,
            "case_id": case,
            "outcome": None if self.answer is None or self.answer.outcome is None else self.answer.outcome.value,
            "engine_share_differs": self.engine_share_differs,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a message; ``repeated``: it came before, and nothing has happened now."""

    message_id: str
    repeated: bool
    results: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the mapping reads in a message, and what is known of the names in it.

    ``configured``: whether the engine may still send results. ``unfit``: where the mapping does not fit.
    """

    configured: bool = True
    unfit: Unfit | None = None
    delivery: Delivery | None = None
    findings: tuple[Finding, ...] = ()
    upload: SubmittedUpload | None = None
    work: SubmittedWork | None = None


class MatchResults:
    """Takes messages in for one application."""

    def __init__(
        self,
        casework: Casework,
        intake: Intake,
        engines: ExternalEngines,
        references: EngineReferences,
        quarantine: Quarantine,
        verdicts: EngineVerdicts,
    ) -> None:
        self._casework = casework
        self._intake = intake
        self._engines = engines
        self.references = references
        self.quarantine = quarantine
        self._verdicts = verdicts

    def webhook(self, name: str) -> WebhookEngine:
        """The engine of this name that may send results. Raises ``NotFound``."""
        engine = self._engines.webhooks.get(name)
        if engine is None:
            raise NotFound("engine")
        return engine

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Take one message in, once. Raises ``NotFound``, ``NotSigned`` and ``Unfit``; nothing has happened then."""
        engine = self.webhook(name)
        message_id = check_signed(engine.keys, headers, body, int(self._casework.clock.now().timestamp()))
        before = self.quarantine.known(name, message_id)
        if before is not None:
            return Taken(message_id, True, before)
        delivery = read_delivery(engine.mapping, read_document(body))
        results = self._results(engine, delivery)
        held = [Held(one.work, one.reason or "") for one in results if one.status == "quarantined"]
        written = [one.as_json() for one in results]
        if not self.quarantine.record(name, message_id, body, delivery.upload, held, written):
            return Taken(message_id, True, self.quarantine.known(name, message_id) or [])
        logger.info("match_results_taken", engine=name, results=len(results), quarantined=len(held))
        return Taken(message_id, False, written)

    def release(self, waiting: Waiting, body: bytes, by: str) -> Result:
        """Try again to let in what waits, as things are known now. Raises ``NotFound`` and ``Unfit``."""
        engine = self.webhook(waiting.engine)
        delivery = read_delivery(engine.mapping, read_document(body))
        (result,) = self._results(engine, delivery, only=waiting.work) or (
            Result(waiting.work, "quarantined", "not_in_message"),
        )
        if result.status == "quarantined":
            self.quarantine.still(waiting.item, result.reason or "")
        elif not self.quarantine.release(waiting, by, None if result.answer is None else result.answer.case_id):
            raise NotFound("quarantined result")
        return result

    def discard(self, waiting: Waiting, by: str, reason: DiscardReason | None = None) -> None:
        """Throw away what waits. Raises ``NotFound`` when somebody else was quicker."""
        if not self.quarantine.discard(waiting, by, reason):
            raise NotFound("quarantined result")

    def restore(self, item: UUID) -> None:
        """Take back what was thrown away. Raises ``NotFound`` when its message is gone or somebody was quicker."""
        if not self.quarantine.restore(self.quarantine.look(item).one):
            raise NotFound("quarantined result")

    def inspect(self, waiting: Waiting, body: bytes) -> Inspection:
        """What a message says of one work, as its engine is set up now; nothing happens."""
        engine = self._engines.webhooks.get(waiting.engine)
        if engine is None:
            return Inspection(configured=False)
        try:
            delivery = read_delivery(engine.mapping, read_document(body))
        except Unfit as unfit:
            return Inspection(unfit=unfit)
        return Inspection(
            delivery=delivery,
            findings=tuple(one for one in delivery.findings if one.work == waiting.work),
            upload=self.references.upload(engine.name, delivery.upload),
            work=self.references.works(engine.name, [waiting.work]).get(waiting.work),
        )

    def _results(self, engine: WebhookEngine, delivery: Delivery, only: str | None = None) -> list[Result]:
        by_work: dict[str, list[Finding]] = {}
        for finding in delivery.findings:
            if only is None or finding.work == only:
                by_work.setdefault(finding.work, []).append(finding)
        upload = self.references.upload(engine.name, delivery.upload)
        works = self.references.works(engine.name, list(by_work))
        results: list[Result] = []
        for name, findings in by_work.items():
            if upload is None:
                results.append(Result(name, "quarantined", UNKNOWN_UPLOAD))
            elif name not in works:
                results.append(Result(name, "quarantined", UNKNOWN_WORK))
            else:
                results.append(self._result(engine, delivery, upload, works[name], findings))
        return results

    def _result(
        self,
        engine: WebhookEngine,
        delivery: Delivery,
        upload: SubmittedUpload,
        work: SubmittedWork,
        findings: Sequence[Finding],
    ) -> Result:
        name = findings[0].work
        length = delivery.length or _length(upload.amount, delivery.unit)
        if length is not None and any(_reaches(one) > length + max(_SLACK, length * _SLACK_PART) for one in findings):
            # Milliseconds read as seconds would make all of the upload come from the work.
            return Result(name, "quarantined", BEYOND_END)
        found = [
            measured(
                one,
                engine=engine.name,
                engine_version=delivery.engine_version or engine.version,
                config_digest=engine.mapping_digest,
                unit=delivery.unit,
                upload_length=length,
                work_length=_length(work.amount, delivery.unit),
            )
            for one in findings
        ]
        best, *others = sorted(found, key=lambda one: -(one.share or Decimal(0)))
        if best.share is None and best.evidence["method"] not in _NEEDS_NO_SHARE:
            return Result(name, "quarantined", SHARE_UNKNOWN)
        if self._verdicts.exempts(upload.id, upload.content_sha256, work.id, best.share):
            return Result(name, "exempted", engine_share_differs=best.differs)
        document = self._decision(engine, delivery, upload, work, best, others)
        (answer,) = self._intake.take([json.dumps(document).encode()], _actor(engine))
        if answer.status == "refused":
            reason = answer.errors[0].code if answer.errors else "refused"
            return Result(name, "quarantined", reason, answer, best.differs)
        return Result(name, answer.status, None, answer, best.differs)

    def _decision(
        self,
        engine: WebhookEngine,
        delivery: Delivery,
        upload: SubmittedUpload,
        work: SubmittedWork,
        best: Measured,
        others: Sequence[Measured],
    ) -> dict[str, Any]:
        """The decision; one that is recorded already keeps its time, so that it is recognised again."""
        version = str(best.evidence["engine_version"])
        identifier = _decision_id(engine.name, version, upload, work)
        earlier = self._casework.log.first_events([known := case_id(engine.name, identifier)]).get(known)
        decided_at = delivery.completed_at or self._casework.clock.now()
        if earlier is not None and isinstance(earlier.event, FilteringDecisionRecorded):
            decided_at = earlier.event.decided_at
        evidence: dict[str, Any] = dict(best.evidence)
        if others:
            evidence["also_found"] = [_beside(one) for one in others[:_MOST_ALSO_FOUND]]
        return {
            "decision_id": identifier,
            "source": engine.name,
            "decided_at": decided_at.isoformat(),
            "upload": upload.model_dump(mode="json", exclude_none=True),
            "work": work.model_dump(mode="json", exclude_none=True),
            "evidence": evidence,
        }


def _decision_id(engine: str, version: str, upload: SubmittedUpload, work: SubmittedWork) -> str:
    """The same upload version, content, work and engine always give the same decision, whatever message it is in."""
    parts = [engine, version, upload.id, upload.version, upload.content_sha256, work.id]
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return f"result-{hashlib.sha256(text.encode('ascii')).hexdigest()[:40]}"


def _beside(one: Measured) -> dict[str, Any]:
    names = ("method", "engine", "engine_version", "track", "share_of_upload", "share_of_work")
    return {name: one.evidence[name] for name in names if one.evidence.get(name) is not None}


def _reaches(finding: Finding) -> Decimal:
    """How long the upload is at least, as the engine sees it."""
    return max((finding.amount or Decimal(0), *(one.upload[1] for one in finding.stretches)))


def _length(amount: Any, unit: str) -> Decimal | None:
    value = None if amount is None else getattr(amount, unit)
    return None if value is None else Decimal(value)


def _actor(engine: WebhookEngine) -> Actor:
    return Actor(role=Role.MATCHER, id=f"engine-{engine.name}")
