"""What the public may know of an event: one line of canonical JSON, which is the event's leaf in the tree over the log.

A field is private until it is declared public here. Ids become keyed pseudonyms, so that what is equal can be counted
and nothing can be looked up; references to the vault and words of people never leave. ``rest`` commits to the whole
stored event by a salted hash: a single event can be opened later by handing over its salt. Once released, what is
written for a topic and version never changes, because hashes rest on it (RFC 8785 for the form, RFC 9162 for the tree).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.eventlog.codec import Recorded
from casework.eventlog.vault import pseudonym

_SALT_PURPOSE = b"casework public facts 1"
_VERSION_BYTES = 8
_LIST = ord("[")


class UndeclaredFact(Exception):
    """Nobody has declared what of this topic and version is public, so nothing of it may be shown."""

    def __init__(self, topic: str, version: int) -> None:
        self.topic = topic
        self.version = version
        super().__init__(f"no public fact is declared for {topic}, version {version}")


@dataclass(frozen=True, slots=True)
class Fields:
    """What becomes of each field of an event, or of a value in it: shown, hidden, or shown by a pseudonym.

    ``pseudonyms`` names the kind of each id; ``parts`` says the same of values in values. Lists go item by item.
    """

    public: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Fields] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every field that is declared, in whatever way."""
        return frozenset((*self.public, *self.private, *self.pseudonyms, *self.parts))


class Pseudonyms(NamedTuple):
    """The keyed names and salts of public facts, from the application's secret."""

    secret: bytes

    def of(self, kind: str, identity: str) -> str:
        """What stands for an id of this kind (``case``, ``party``, ``work`` ...) in every public fact."""
        return pseudonym(self.secret, kind, identity)

    def salt(self, stream: UUID, version: int) -> bytes:
        """32 bytes that nobody can guess: whoever is given them can check ``rest`` against the stored event."""
        return hmac.digest(_salt_key(self.secret), stream.bytes + version.to_bytes(_VERSION_BYTES, "big"), "sha256")


def fact_line(recorded: Recorded, stored: bytes, n: int, pseudonyms: Pseudonyms) -> bytes:
    """The bytes of leaf ``n`` (from 0, in the order of the log), without a line end.

    ``stored`` are the event's bytes as they stand in the log. Raises ``UndeclaredFact``.
    """
    return fact_of(recorded.stream, recorded.version, recorded.event.TOPIC, stored, n, pseudonyms)


def fact_of(stream: UUID, version: int, topic: str, stored: bytes, n: int, pseudonyms: Pseudonyms) -> bytes:
    """The same for an event that need not be read for it."""
    envelope = _DECODER.decode(stored)
    declared = PUBLIC_FACTS.get((topic, envelope.v))
    if declared is None:
        raise UndeclaredFact(topic, envelope.v)
    return _ENCODER.encode(
        {
            "at": envelope.at,
            "by": envelope.by.role,
            "data": _shown(envelope.data, declared, pseudonyms),
            "n": n,
            "occurred": envelope.occurred,
            "rest": rest_of(pseudonyms.salt(stream, version), stored),
            "stream": pseudonyms.of(topic.partition(".")[0], str(stream)),
            "topic": topic,
            "v": envelope.v,
            "version": version,
        }
    )


def rest_of(salt: bytes, stored: bytes) -> str:
    """The commitment to a whole stored event, in hexadecimal digits."""
    return hashlib.sha256(salt + stored).hexdigest()


class _By(msgspec.Struct):
    role: str


class _Envelope(msgspec.Struct):
    """Only what is needed: values that stay as they are keep their stored, canonical form."""

    v: int
    at: str
    occurred: str
    by: _By
    data: dict[str, msgspec.Raw]


_DECODER = msgspec.json.Decoder(_Envelope)
_PART = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARTS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_ID = msgspec.json.Decoder(str | list[str])
_ENCODER = msgspec.json.Encoder(order="sorted")


def _shown(data: Mapping[str, msgspec.Raw], declared: Fields, pseudonyms: Pseudonyms) -> dict[str, Any]:
    shown: dict[str, Any] = {name: data[name] for name in declared.public if name in data}
    for name, kind in declared.pseudonyms.items():
        if name in data:
            found = _ID.decode(data[name])
            if isinstance(found, str):
                shown[name] = pseudonyms.of(kind, found)
            else:
                shown[name] = [pseudonyms.of(kind, each) for each in found]
    for name, inner in declared.parts.items():
        if name in data:
            raw = data[name]
            if memoryview(raw)[0] == _LIST:
                shown[name] = [_shown(each, inner, pseudonyms) for each in _PARTS.decode(raw)]
            else:
                shown[name] = _shown(_PART.decode(raw), inner, pseudonyms)
    return shown


@lru_cache(maxsize=4)
def _salt_key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_SALT_PURPOSE).derive(secret)


def _fields(
    public: str = "",
    private: str = "",
    pseudonyms: Mapping[str, str] | None = None,
    parts: Mapping[str, Fields] | None = None,
) -> Fields:
    return Fields(tuple(public.split()), tuple(private.split()), pseudonyms or {}, parts or {})


_MARK = _fields("basis provision", private="statement")
_ORDER = _fields("availability forum interim received_at until", private="words")
_REVIEWER = {"reviewer": "reviewer"}
_PARTY = {"party": "party"}
_WORK = {"work": "work"}
_CASES = {"party": "party", "cases": "case"}
_UPLOAD = {"upload": "upload", "case": "case"}
_DRAWN = _fields("acted chances out_of stratum", pseudonyms={"case": "case"})

PUBLIC_FACTS: Mapping[tuple[str, int], Fields] = {
    # The main line of a case
    ("case.filtering_decision_recorded", 1): _fields(
        "decided_at doubt grace_until ordered outcome regime rule standard without_block",
        private="source decision_id statement_of_reasons signals",
        parts={
            "beneath": _fields("outcome rule"),
            "evidence": _fields(
                "engine engine_version method share_of_upload track",
                private="share_of_work share_of_upload_low share_of_upload_high amount segments confidence"
                " config_digest index_snapshot engine_share also_found",
            ),
            "marks": _MARK,
            "order": _ORDER,
            "upload": _fields(
                "commercial medium version",
                private="language amount description",
                pseudonyms={"id": "upload", "uploader": "party", "content_sha256": "content"},
            ),
            "work": _fields("flags kind", private="title amount", pseudonyms={"id": "work", "right_holder": "party"}),
        },
    ),
    ("case.lawful_use_marked", 1): _fields(parts={"mark": _MARK}),
    ("case.contest_lodged", 1): _fields("appeal ground restored", private="reasons segments"),
    ("case.challenge_lodged", 1): _fields("appeal ground", private="reasons exceptions_considered"),
    ("case.statement_filed", 1): _fields("side", private="statement"),
    ("case.evidence_submitted", 1): _fields("side", private="evidence"),
    ("case.matched_media_deposited", 1): _fields(private="side file"),
    ("case.panel_assigned", 1): _fields(pseudonyms={"reviewers": "reviewer"}),
    ("case.re_reviewer_assigned", 1): _fields(pseudonyms=_REVIEWER),
    ("case.ruling_submitted", 1): _fields(private="sealed", pseudonyms=_REVIEWER),
    ("case.rulings_opened", 1): _fields(
        parts={"rulings": _fields("bases outcome", private="content", pseudonyms=_REVIEWER)}
    ),
    ("case.panel_disagreed", 1): _fields("outcomes"),
    ("case.ruling_issued", 1): _fields("appeal availability on_merits outcome", private="statement_of_reasons"),
    ("case.appeal_withdrawn", 1): _fields("appeal availability side", private="statement_of_reasons"),
    ("case.grace_expired", 1): _fields("availability due_at", private="statement_of_reasons"),
    ("case.prior_review_expired", 1): _fields("availability due_at"),
    ("case.warning_answered", 1): _fields("answer", private="licence"),
    ("case.warning_lapsed", 1): _fields("due_at"),
    ("case.urgent_block_declared", 1): _fields("appeal availability", private="check harm statement_of_reasons"),
    ("case.deadline_passed", 1): _fields("availability due_at kind"),
    ("case.measure_suspended", 1): _fields("availability cause"),
    ("case.settlement_proposed", 1): _fields("availability side", private="terms"),
    ("case.parties_settled", 1): _fields("appeal availability", private="statement_of_reasons"),
    ("case.further_review_requested", 1): _fields("appeal side", private="reasons"),
    ("case.case_reopened", 1): _fields("appeal availability cause", private="reasons statement_of_reasons"),
    ("case.upload_withdrawn", 1): _fields(),
    ("case.reviewer_recused", 1): _fields("cause", pseudonyms=_REVIEWER),
    ("case.reviewer_released", 1): _fields("cause", pseudonyms=_REVIEWER),
    ("case.reviewer_seated", 1): _fields(pseudonyms=_REVIEWER),
    ("case.barred_reviewer_refused", 1): _fields("cause", pseudonyms=_REVIEWER),
    # Notice and counter-notice
    ("case.notice_received", 1): _fields("items measure_sought notice regime trusted", private="elements content"),
    ("case.repeat_notice_barred", 1): _fields("barred_by", pseudonyms={"case": "case"}),
    ("case.notice_found_deficient", 1): _fields("cure_until notice", private="missing remarks"),
    ("case.notice_amended", 1): _fields("notice", private="elements content"),
    ("case.notice_lapsed", 1): _fields("due_at notice"),
    ("case.notice_accepted", 1): _fields("availability measure notice", private="reasons statement_of_reasons"),
    ("case.notice_forwarded", 1): _fields("notice"),
    ("case.notice_rejected", 1): _fields("notice", private="reasons"),
    ("case.notice_withdrawn", 1): _fields("availability notice", private="statement_of_reasons"),
    ("case.counter_notice_received", 1): _fields("counter_notice notice regime", private="elements content"),
    ("case.counter_notice_found_deficient", 1): _fields("counter_notice cure_until", private="missing remarks"),
    ("case.counter_notice_amended", 1): _fields("counter_notice", private="elements content"),
    ("case.counter_notice_lapsed", 1): _fields("counter_notice due_at"),
    ("case.counter_notice_accepted", 1): _fields(
        "availability counter_notice regime waits", private="statement_of_reasons"
    ),
    ("case.counter_notice_forwarded", 1): _fields("counter_notice"),
    ("case.counter_notice_delivered", 1): _fields("counter_notice delivered_at"),
    ("case.wait_paused", 1): _fields("cause counter_notice working_days", private="proof"),
    ("case.legal_action_reported", 1): _fields("forum names_item names_uploader stays", private="proof"),
    ("case.wait_expired", 1): _fields("availability counter_notice due_at", private="statement_of_reasons"),
    # Courts, authorities, external bodies
    ("case.outside_proceeding_opened", 1): _fields("forum opened_at proceeding", private="words"),
    ("case.outside_proceeding_decided", 1): _fields(
        "availability decided_at implemented outcome proceeding", private="words statement_of_reasons"
    ),
    ("case.order_received", 1): _fields(
        "availability forum interim order since until", private="words statement_of_reasons"
    ),
    ("case.order_lifted", 1): _fields("availability order ran_out", private="words statement_of_reasons"),
    # Sanction ledgers
    ("party.conduct_warned", 1): _fields("conduct side", private="warning", pseudonyms=_CASES),
    ("party.good_faith_defence_accepted", 1): _fields(
        "conduct side", private="defence", pseudonyms={"party": "party", "case": "case"}
    ),
    ("party.bad_faith_found", 1): _fields(
        "conduct side", private="finding", pseudonyms={"party": "party", "case": "case"}
    ),
    ("party.conduct_assessed", 1): _fields(
        "acts conduct gravity intention side since until", private="assessment", pseudonyms=_CASES
    ),
    ("party.right_suspended", 1): _fields(
        "conduct ends right side starts suspension", private="reasons", pseudonyms=_PARTY
    ),
    ("party.suspension_lifted", 1): _fields("side suspension", private="reasons", pseudonyms=_PARTY),
    ("party.sanction_appeal_lodged", 1): _fields("side suspension", private="reasons", pseudonyms=_PARTY),
    ("party.sanction_appeal_decided", 1): _fields("outcome side suspension", private="reasons", pseudonyms=_PARTY),
    ("party.trust_granted", 1): _fields("side trust", private="authority grounds", pseudonyms=_PARTY),
    ("party.trust_ended", 1): _fields("side trust", private="authority grounds", pseudonyms=_PARTY),
    ("party.trusted_flagger_reported", 1): _fields("side", private="authority report", pseudonyms=_CASES),
    # Works
    ("work.no_block_listed", 1): _fields("reason", private="grounds", pseudonyms=_WORK),
    ("work.no_block_delisted", 1): _fields(private="grounds", pseudonyms=_WORK),
    ("work.licence_recorded", 1): _fields("ends licence starts", private="licensee grounds", pseudonyms=_WORK),
    ("work.licence_ended", 1): _fields("licence", private="grounds", pseudonyms=_WORK),
    ("work.prior_review_requested", 1): _fields(
        "ends ground request starts", private="justification", pseudonyms={"work": "work", "right_holder": "party"}
    ),
    ("work.prior_review_accepted", 1): _fields("request", pseudonyms=_WORK),
    ("work.prior_review_refused", 1): _fields("request", private="reasons", pseudonyms=_WORK),
    ("work.prior_review_withdrawn", 1): _fields("request", pseudonyms=_WORK),
    ("work.reference_withdrawn", 1): _fields(private="grounds", pseudonyms=_WORK),
    ("work.reference_reinstated", 1): _fields(private="grounds", pseudonyms=_WORK),
    ("work.ownership_found_false", 1): _fields(private="finding", pseudonyms={"work": "work", "claimant": "party"}),
    ("work.ownership_confirmed", 1): _fields(private="finding", pseudonyms={"work": "work", "claimant": "party"}),
    # Uploads and the platform
    ("upload.ordered", 1): _fields("order upload_version", pseudonyms=_UPLOAD, parts={"terms": _ORDER}),
    ("upload.order_lifted", 1): _fields("order ran_out upload_version", pseudonyms=_UPLOAD),
    ("platform.profile_declared", 1): _fields(
        "effective service",
        private="yearly_active_users market_value_cny turnover_eur monthly_visitors on_market_since",
    ),
    # Tallies of screening: what figures count, not which engine told it
    ("screening.tally_recorded", 1): _fields("date matched medium screened", private="source"),
    # Fees: schedules are public documents; whose charge it was is a pseudonym
    ("fees.schedule_published", 1): _fields(
        "effective schedule",
        parts={"items": _fields("amount code currency service unit", parts={"names": _fields("en zh")})},
    ),
    ("fees.charged", 1): _fields(
        "amount charge currency item quantity schedule service side", pseudonyms={"party": "party", "case": "case"}
    ),
    ("fees.waived", 1): _fields("amount charge currency item reason side whole", pseudonyms=_PARTY),
    # Erasure: that somebody asked and what came of it, not how much was there
    ("erasure.requested", 1): _fields("request side", pseudonyms=_PARTY),
    ("erasure.personal_data_erased", 1): _fields("request side", private="items accounts", pseudonyms=_PARTY),
    ("erasure.refused", 1): _fields("reason request side until", pseudonyms=_PARTY),
    # Filter requests: what was supplied by kind, never the words; how far the right holder would go is its own affair
    ("filter_request.received", 1): _fields(
        "completeness kind missing request supplied",
        private="content yardsticks",
        pseudonyms={"work": "work", "right_holder": "party"},
    ),
    ("filter_request.found_incomplete", 1): _fields("completeness further missing", private="remarks"),
    ("filter_request.supplemented", 1): _fields("completeness missing supplied", private="content yardsticks"),
    ("filter_request.completed", 1): _fields("completeness supplied", private="content yardsticks"),
    ("filter_request.accepted", 1): _fields(),
    ("filter_request.rejected", 1): _fields("reason", private="reasons"),
    ("filter_request.withdrawn", 1): _fields("active"),
    ("filter_request.ownership_found_false", 1): _fields("active", private="finding"),
    # Audit samples: everything that the draw, the labels and the figures rest on
    ("sample.announced", 1): _fields(
        "allocation as_of cases design end outcomes reopens seed sides size_by start stratify_by"
    ),
    ("sample.drawn", 1): _fields(
        "design population seed",
        parts={
            "beacon": _fields("kind published publisher randomness size"),
            "drawn": _DRAWN,
            "strata": _fields("population sampled stratum"),
        },
    ),
    ("sample.label_given", 1): _fields("side", private="sealed", pseudonyms={"case": "case"}),
    ("sample.labels_opened", 1): _fields(
        "drawn_at truth", parts={"drawn": _DRAWN, "labels": _fields("bases side truth")}
    ),
    ("sample.disagreement_found", 1): _fields("kind reopens", pseudonyms={"case": "case"}),
    ("sample.closed", 1): _fields(),
    # Texts and reports: what is public is public with its digest; drafts and proposals are between officers
    ("narrative.text_drafted", 1): _fields("draft section since", private="en zh"),
    ("narrative.text_approved", 1): _fields("draft en section since zh"),
    ("narrative.draft_declined", 1): _fields("draft section", private="reasons"),
    ("report.proposed", 1): _fields("as_of corrects end proposal start", private="changes files reasons run"),
    ("report.proposal_withdrawn", 1): _fields("proposal", private="reasons"),
    ("report.declined", 1): _fields("proposal", private="reasons"),
    ("report.published", 1): _fields(
        "as_of changes corrects edition end proposal reasons start", parts={"files": _fields("digest name size")}
    ),
}
"""What is public of each topic and version. A new event, or a new field, stands nowhere until it is put in here."""
