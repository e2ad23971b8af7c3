"""Statements of reasons for the Commission's database (DSA arts. 17, 24(5)): one for each restriction, without names.

A statement holds nothing that lies in the vault: neither title nor address, neither words of parties nor who they are.
Its ``puid`` is derived from the case and the event, so that the same restriction has the same one for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Context
from typing import Any
from uuid import UUID

from casework.domain.case.events import FilteringDecisionRecorded
from casework.domain.values import Availability, Measure, Medium, Method, Rule
from casework.eventlog.codec import Recorded
from casework.eventlog.store import EventLog
from casework.reports.dsa import vocabulary as words
from casework.reports.dsa.restrictions import Restriction, outcomes, restrictions

CASE_TOPICS = "case."
_LOG_PAGE = 2000
_WHOLE = Context(prec=50)
"""Keeps all digits that a share may have, so that none is rounded across a limit."""
_VISIBILITY = {
    Measure.LABEL: "DECISION_VISIBILITY_CONTENT_LABELLED",
    Measure.DEMOTE: "DECISION_VISIBILITY_CONTENT_DEMOTED",
}
_CONTENT = {
    Medium.TEXT: "CONTENT_TYPE_TEXT",
    Medium.AUDIO: "CONTENT_TYPE_AUDIO",
    Medium.IMAGE: "CONTENT_TYPE_IMAGE",
    Medium.VIDEO: "CONTENT_TYPE_VIDEO",
}
_OTHER_VISIBILITY = {
    Availability.HELD: "The upload is held back before publication until people have reviewed it.",
    Availability.PUBLIC_LIMITED: "The upload stays public with limits set by the ruling or agreement on it.",
}
_METHODS = {
    Method.HASH: "comparing checksums of files",
    Method.METADATA: "comparing descriptions that belong to the file",
    Method.KEYWORD: "comparing names and keywords",
    Method.FINGERPRINT: "comparing the content itself by fingerprints",
}
_RULES = {
    Rule.PRIOR_REVIEW: "what is time-sensitive or at risk of heavy loss is reviewed by people before publication",
    Rule.BAND_HIGH: "at or above the upper limit of the standard, the use is presumed to infringe and is blocked",
}
_SOURCES = {
    words.ARTICLE_16: "a notice of the right holder that the platform found good",
    words.TRUSTED_FLAGGER: "a notice of a trusted sender that the platform found good",
    words.OTHER_NOTIFICATION: "a challenge, an agreement or a decision outside the platform",
    words.VOLUNTARY: "the platform's own filter for registered works",
}
DEFAULT_LEGAL_GROUND = (
    "Copyright and related rights as harmonised by Directive 2001/29/EC, arts. 2 to 4, and Directive (EU) 2019/790,"
    " art. 17, as national law applies them."
)
DEFAULT_TERMS_GROUND = "The published filtering standard for copyright, which is part of the terms of the service."


@dataclass(frozen=True, slots=True)
class Manner:
    """How a platform states its reasons.

    ``ground`` of restrictions that its filter alone decided (all others rest on the law), the texts of both grounds,
    the states in which restrictions apply, the address of the site, and the zone of the days.
    """

    public_url: str
    zone: tzinfo
    filter_ground: str = words.ILLEGAL
    legal_ground: str = DEFAULT_LEGAL_GROUND
    terms_ground: str = DEFAULT_TERMS_GROUND
    states: tuple[str, ...] = words.STATES


@dataclass(frozen=True, slots=True)
class Placed:
    """A restriction at its place in the log."""

    position: int
    stream: UUID
    restriction: Restriction


@dataclass(frozen=True, slots=True)
class LaterOutcome:
    """What became of a restriction: outcome, moment and cause (the topic of an event), all ``None`` while it stands."""

    puid: str
    outcome: str | None
    at: datetime | None
    cause: str | None


Pseudonym = Callable[[str, str], str]


def puid_of(pseudonym: Pseudonym, stream: UUID, number: int) -> str:
    """The platform's identifier of a statement: of the case as the public log names it, and the event in it."""
    return f"{pseudonym('case', str(stream))}-{number}"


def statement_of(restriction: Restriction, puid: str, manner: Manner) -> dict[str, Any]:
    """The record as the database takes it; only fields that apply."""
    decision = restriction.decision
    made: dict[str, Any] = {**_visibility(restriction), **_ground(restriction, manner)}
    made |= {
        "decision_ground_reference_url": _reference(restriction, manner),
        "category": words.COPYRIGHT_CATEGORY,
        "category_specification": [words.COPYRIGHT_KEYWORD],
        "content_type": [_CONTENT[decision.upload.medium]],
        "content_date": decision.decided_at.astimezone(manner.zone).date().isoformat(),
        "territorial_scope": list(manner.states),
        "application_date": restriction.applied_at.astimezone(manner.zone).date().isoformat(),
        "decision_facts": _facts(restriction),
        "source_type": restriction.source,
        "automated_detection": "Yes" if restriction.detected_by_machine else "No",
        "automated_decision": restriction.automation,
        "puid": puid,
    }
    language = (decision.upload.language or "").split("-")[0].upper()
    if language in words.LANGUAGES:
        made["content_language"] = language
    return made


def ground_of(restriction: Restriction, manner: Manner) -> str:
    """The law, except where the filter alone decided and the platform rests that on its terms."""
    alone = restriction.source == words.VOLUNTARY and not restriction.bases
    return manner.filter_ground if alone else words.ILLEGAL


def visibility_of(restriction: Restriction) -> str:
    """The kind of restriction."""
    if restriction.availability is Availability.BLOCKED:
        return "DECISION_VISIBILITY_CONTENT_DISABLED"
    if restriction.limited_by is not None:
        return _VISIBILITY[restriction.limited_by]
    return "DECISION_VISIBILITY_OTHER"


def _visibility(restriction: Restriction) -> dict[str, Any]:
    kind = visibility_of(restriction)
    if kind != "DECISION_VISIBILITY_OTHER":
        return {"decision_visibility": [kind]}
    return {"decision_visibility": [kind], "decision_visibility_other": _OTHER_VISIBILITY[restriction.availability]}


def _ground(restriction: Restriction, manner: Manner) -> dict[str, Any]:
    ground, explanation = ground_of(restriction, manner), _explanation(restriction)
    if ground == words.ILLEGAL:
        return {
            "decision_ground": ground,
            "illegal_content_legal_ground": manner.legal_ground,
            "illegal_content_explanation": explanation,
        }
    return {
        "decision_ground": ground,
        "incompatible_content_ground": manner.terms_ground,
        "incompatible_content_explanation": explanation,
        "incompatible_content_illegal": "Yes",
    }


def _explanation(restriction: Restriction) -> str:
    standard = restriction.decision.standard
    if restriction.rule is not None:
        meaning = _RULES.get(restriction.rule)
        said = f" ({meaning})" if meaning else ""
        return f"Rule {restriction.rule.value} of the published standard {standard}{said}."
    if restriction.bases:
        return f"Decided on: {', '.join(restriction.bases)}. Standard applied: {standard}."[:2000]
    return f"The right holder has not authorised the use, as {_SOURCES[restriction.source]} showed."


def _reference(restriction: Restriction, manner: Manner) -> str:
    anchor = "" if restriction.rule is None else f"#{restriction.rule.value}"
    return f"{manner.public_url.rstrip('/')}/standards/{restriction.decision.standard}{anchor}"


def _facts(restriction: Restriction) -> str:
    """What happened, from codes and numbers alone."""
    decision = restriction.decision
    told = [_match(decision), f"Rule that the filter applied: {decision.own_rule.value} of {decision.standard}."]
    told.append(f"The restriction rests on {_SOURCES[restriction.source]}.")
    if decision.marks:
        told.append("The uploader had marked the use as lawful before the decision.")
    return " ".join(told)


def _match(decision: FilteringDecisionRecorded) -> str:
    evidence = decision.evidence
    told = (
        f"On {decision.decided_at.date().isoformat()} the engine {evidence.engine} {evidence.engine_version} found a"
        f" registered work ({decision.work.kind.value}) in the upload ({decision.upload.medium.value}) by"
        f" {_METHODS[evidence.method]}."
    )
    if evidence.share_of_upload is not None:
        told += f" Share of the upload that comes from the work: {_WHOLE.multiply(evidence.share_of_upload, 100):f} %."
    return told


def placed_restrictions(
    log: EventLog, *, after: int = 0, since: datetime | None = None, stop: int | None = None
) -> Iterator[Placed]:
    """Every restriction in the log behind a position, in the order of the log, up to the position ``stop``.

    ``since``: events recorded earlier are passed over. Costs the events looked at. Raises ``CorruptEvent``.
    """
    for streams, page in pages_of_cases(log, after=after, since=since, stop=stop, touching=_gives_reasons):
        positions = {one.position for one in page}
        found = [
            Placed(one.recorded.position, stream, one)
            for stream, history in streams.items()
            for one in restrictions(history)
            if one.recorded.position in positions
        ]
        yield from sorted(found, key=lambda one: one.position)


def pages_of_cases(
    log: EventLog,
    *,
    after: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
    stop: int | None = None,
    touching: Callable[[Recorded], bool] | None = None,
) -> Iterator[tuple[dict[UUID, list[Recorded]], list[Recorded]]]:
    """The log page by page: the histories of the cases touched, up to the page's end, and the page's events of cases.

    ``touching``: only histories with such an event in the page are loaded.

    What follows a later-recorded event of the same case is not known without it, as in reports of a past moment.
    """
    cut: set[UUID] = set()
    position = after
    while (stop is None or position < stop) and (page := log.read(position, _LOG_PAGE)):
        position = page[-1].position
        known: list[Recorded] = []
        for one in page:
            if stop is not None and one.position > stop:
                break
            if until is not None and (one.recorded > until or one.stream in cut):
                cut.add(one.stream)
            elif one.event.TOPIC.startswith(CASE_TOPICS) and (since is None or one.recorded >= since):
                known.append(one)
        if known:
            telling = known if touching is None else [one for one in known if touching(one)]
            streams = {one.stream for one in telling}
            yield _histories(log, [one for one in known if one.stream in streams]), known


def _gives_reasons(recorded: Recorded) -> bool:
    """Whether an event can restrict: every step that does carries its reasons (case.md, invariant 2)."""
    return getattr(recorded.event, "statement_of_reasons", None) is not None


def _histories(log: EventLog, known: Sequence[Recorded]) -> dict[UUID, list[Recorded]]:
    if not known:
        return {}
    own: dict[UUID, list[Recorded]] = {}
    for one in known:
        own.setdefault(one.stream, []).append(one)
    gone_on = [stream for stream, events in own.items() if events[0].version > 1]
    loaded = log.load_many(gone_on, until=known[-1].position)
    for stream, history in loaded.items():
        last = own[stream][-1].position
        own[stream] = [one for one in history if one.position <= last]
    return own


def later_outcomes(
    log: EventLog, placed: Sequence[tuple[UUID, int]], pseudonym: Pseudonym, *, until: datetime | None = None
) -> list[LaterOutcome]:
    """What became of these restrictions (case, number of the event), in the same order."""
    made: list[LaterOutcome] = []
    for start in range(0, len(placed), 500):
        chunk = placed[start : start + 500]
        histories = log.load_many(sorted({stream for stream, _ in chunk}))
        known = {
            stream: {one.number: one for one in outcomes(_until(history, until))}
            for stream, history in histories.items()
        }
        for stream, number in chunk:
            end = known[stream].get(number)
            puid = puid_of(pseudonym, stream, number)
            made.append(
                LaterOutcome(puid, None, None, None)
                if end is None
                else LaterOutcome(puid, end.outcome, end.at, end.cause)
            )
    return made


def _until(history: Sequence[Recorded], until: datetime | None) -> Sequence[Recorded]:
    if until is None:
        return history
    for place, one in enumerate(history):
        if one.recorded > until:
            return history[:place]
    return history
