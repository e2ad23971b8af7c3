"""Reading public facts: one line of canonical JSON each, checked for its form and for its place in the log.

What is wrong with a fact is a ``Problem`` with the place of the fact, never an exception: whoever verifies wants all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from casework_verify.moments import microseconds

KEYS = frozenset(("at", "by", "data", "n", "occurred", "rest", "stream", "topic", "v", "version"))

COUNTED_TOPICS: tuple[str, ...] = (
    "case.filtering_decision_recorded", "case.lawful_use_marked", "case.contest_lodged", "case.challenge_lodged",
    "case.panel_assigned", "case.re_reviewer_assigned", "case.ruling_submitted", "case.rulings_opened",
    "case.panel_disagreed", "case.ruling_issued", "case.appeal_withdrawn", "case.grace_expired",
    "case.prior_review_expired", "case.warning_answered", "case.warning_lapsed", "case.urgent_block_declared",
    "case.deadline_passed", "case.measure_suspended", "case.parties_settled", "case.further_review_requested",
    "case.case_reopened", "case.upload_withdrawn", "case.reviewer_recused", "case.reviewer_released",
    "case.barred_reviewer_refused", "case.notice_received", "case.repeat_notice_barred",
    "case.notice_found_deficient", "case.notice_amended", "case.notice_lapsed", "case.notice_accepted",
    "case.notice_rejected", "case.notice_withdrawn", "case.counter_notice_received",
    "case.counter_notice_found_deficient", "case.counter_notice_amended", "case.counter_notice_lapsed",
    "case.counter_notice_accepted", "case.counter_notice_forwarded", "case.counter_notice_delivered",
    "case.legal_action_reported", "case.wait_expired", "case.outside_proceeding_opened",
    "case.outside_proceeding_decided", "case.order_received", "case.order_lifted", "party.conduct_warned",
    "party.good_faith_defence_accepted", "party.bad_faith_found", "party.conduct_assessed", "party.right_suspended",
    "party.suspension_lifted", "party.sanction_appeal_lodged", "party.trusted_flagger_reported",
    "work.prior_review_requested", "screening.tally_recorded", "fees.schedule_published", "fees.charged",
    "fees.waived", "erasure.requested", "erasure.personal_data_erased", "erasure.refused",
    "filter_request.received", "filter_request.found_incomplete", "filter_request.completed",
    "filter_request.accepted", "filter_request.rejected", "filter_request.withdrawn",
    "filter_request.ownership_found_false", "sample.announced", "sample.drawn",
    "sample.labels_opened",
)  # fmt: skip
"""What some figure rests on."""

OTHER_TOPICS: tuple[str, ...] = (
    "case.statement_filed", "case.evidence_submitted", "case.settlement_proposed", "case.reviewer_seated",
    "case.notice_forwarded", "case.wait_paused", "case.matched_media_deposited", "party.sanction_appeal_decided",
    "party.trust_granted",
    "party.trust_ended", "work.no_block_listed", "work.no_block_delisted", "work.licence_recorded",
    "work.licence_ended", "work.prior_review_accepted", "work.prior_review_refused", "work.prior_review_withdrawn",
    "work.reference_withdrawn", "work.reference_reinstated", "work.ownership_found_false",
    "work.ownership_confirmed", "upload.ordered", "upload.order_lifted", "platform.profile_declared",
    "filter_request.supplemented", "sample.label_given", "sample.disagreement_found", "sample.closed",
    "narrative.text_drafted", "narrative.text_approved", "narrative.draft_declined", "report.proposed",
    "report.proposal_withdrawn", "report.declined", "report.published",
)  # fmt: skip
"""What is known and changes no figure."""

VERSIONS: dict[str, int] = dict.fromkeys((*COUNTED_TOPICS, *OTHER_TOPICS), 1)
"""The newest shape of each topic that this program can read."""

Fact = dict[str, Any]


class Problem(NamedTuple):
    """Something that cannot be right about one fact. ``fact`` is its place in the file, from 0."""

    fact: int
    what: str


def read_facts(lines: Iterable[bytes], problems: list[Problem]) -> Iterator[tuple[Fact, int]]:
    """Each fact that can be read, with the moment at which it was recorded; the others are noted in ``problems``."""
    parse, known = json.JSONDecoder().raw_decode, VERSIONS
    for index, line in enumerate(lines):
        try:
            text = line.decode()
            fact, end = parse(text)
            if end != len(text) and text[end:].strip():
                raise ValueError("more follows")
            recorded = microseconds(fact["at"])
            newest = known.get(fact["topic"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            problems.append(Problem(index, f"is no public fact: {error}"))
            continue
        if fact.keys() != KEYS:
            odd = ", ".join(sorted(fact.keys() ^ KEYS))
            problems.append(Problem(index, f"lacks keys or has unknown ones: {odd}"))
        elif not (type(fact["n"]) is type(fact["v"]) is type(fact["version"]) is int and type(fact["stream"]) is str):
            problems.append(Problem(index, "has a number or a stream that is none"))
        elif fact["n"] != index:
            problems.append(Problem(index, f"says that it is number {fact['n']}"))
        elif newest is None:
            problems.append(Problem(index, f"has the topic {fact['topic']}, which this program does not know"))
        elif fact["v"] > newest:
            problems.append(Problem(index, f"has version {fact['v']} of {fact['topic']}; this program knows {newest}"))
        else:
            yield fact, recorded
