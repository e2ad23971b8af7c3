"""The decision rules of case.md, each at its limits, over exact decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.decision import (
    ACTIONS,
    AVAILABILITIES,
    ORDERED,
    OUTCOMES,
    RULES,
    Decision,
    Situation,
    WithoutBlock,
    decide,
)
from casework.domain.matching import MatchEvidence
from casework.domain.standard.standard import read_standard
from casework.domain.values import (
    Action,
    Amount,
    Availability,
    Medium,
    Outcome,
    Rule,
    WorkKind,
)
from casework.law import read_law
from tests.domain.decision_samples import ASKED, situation
from tests.samples import OWN_WORK, PUBLISHED, STANDARD, mark, standard

REGIMES = read_law().regimes
GERMAN = read_standard((PUBLISHED / "de-2021-1.toml").read_text("utf-8"))

FULL_LIMITS = standard(overlap_limits__active=True)
NAMES_DECIDE = standard(names__decide=True)
LARGE = {"seconds": "180", "characters": 5000, "words": 3000, "bytes": 9_000_000}
"""Amounts beyond every limit."""


# The bands of A1


@pytest.mark.parametrize(
    ("share", "rule", "outcome"),
    [
        ("0", Rule.BAND_LOW, Outcome.PRESUMED_LAWFUL),
        ("0.4999999999999999999999999", Rule.BAND_LOW, Outcome.PRESUMED_LAWFUL),
        ("0.5", Rule.BAND_LOW, Outcome.PRESUMED_LAWFUL),
        ("0.50", Rule.BAND_LOW, Outcome.PRESUMED_LAWFUL),
        ("0.5000000000000000000000000000000000000", Rule.BAND_LOW, Outcome.PRESUMED_LAWFUL),
        ("0.5000000000000000000000001", Rule.BAND_MIDDLE, Outcome.WARNING),
        ("0.51", Rule.BAND_MIDDLE, Outcome.WARNING),
        ("0.8999999999999999999999", Rule.BAND_MIDDLE, Outcome.WARNING),
        ("0.8999999999999999999999999999999999999999", Rule.BAND_MIDDLE, Outcome.WARNING),
        ("0.9", Rule.BAND_HIGH, Outcome.PRESUMED_INFRINGING),
        ("0.90", Rule.BAND_HIGH, Outcome.PRESUMED_INFRINGING),
        ("0.9000000000000000000000000000000000000001", Rule.BAND_HIGH, Outcome.PRESUMED_INFRINGING),
        ("1", Rule.BAND_HIGH, Outcome.PRESUMED_INFRINGING),
    ],
)
def test_the_share_of_the_upload_decides_the_band(share: str, rule: Rule, outcome: Outcome) -> None:
    assert decide(situation(share), STANDARD) == Decision(rule=rule, outcome=outcome)


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        (Outcome.CLEARED, Action.PUBLISH),
        (Outcome.PRESUMED_LAWFUL, Action.PUBLISH),
        (Outcome.MARKED_LAWFUL, Action.PUBLISH),
        (Outcome.WARNING, Action.PUBLISH),
        (Outcome.PRESUMED_INFRINGING, Action.BLOCK),
        (Outcome.PRIOR_REVIEW, Action.HOLD),
    ],
)
def test_only_presumed_infringements_are_blocked(outcome: Outcome, action: Action) -> None:
    assert ACTIONS[outcome] is action


def test_every_rule_has_an_outcome_an_action_and_an_availability() -> None:
    assert set(RULES) == set(Rule)
    assert set(OUTCOMES) == set(Rule) - {Rule.ORDER}
    assert set(ORDERED) == set(Availability)
    assert set(ACTIONS) == set(Outcome) == set(OUTCOMES.values())
    assert set(AVAILABILITIES) == set(Action)


# Doubt goes to the uploader


@pytest.mark.parametrize(
    ("share", "low", "high", "rule", "doubt"),
    [
        ("0.95", "0.90", "0.99", Rule.BAND_HIGH, None),
        ("0.95", "0.8999999999999999999999", "0.99", Rule.BAND_MIDDLE, Rule.BAND_HIGH),
        ("0.95", "0.50", "0.99", Rule.BAND_LOW, Rule.BAND_HIGH),
        ("0.70", "0.5000000000000000000000001", "0.99", Rule.BAND_MIDDLE, None),
        ("0.70", "0.50", "0.99", Rule.BAND_LOW, Rule.BAND_MIDDLE),
        ("0.50", "0.10", "0.99", Rule.BAND_LOW, None),
        ("0.89", None, "0.99", Rule.BAND_MIDDLE, None),
        ("0.93", "0.930", "0.930", Rule.BAND_HIGH, None),
    ],
)
def test_the_low_end_of_the_interval_decides(
    share: str, low: str | None, high: str, rule: Rule, doubt: Rule | None
) -> None:
    found = {"share_of_upload_low": low, "share_of_upload_high": high}
    assert decide(situation(share, found=found), STANDARD) == Decision(rule=rule, outcome=OUTCOMES[rule], doubt=doubt)


def test_there_is_no_doubt_where_another_rule_decides_before_the_bands() -> None:
    found = {"share_of_upload_low": "0.40"}
    assert decide(situation("0.95", found=found, marks=(OWN_WORK,)), STANDARD).doubt is None


def test_a_name_that_may_decide_is_doubted_like_any_share() -> None:
    found = {"method": "keyword", "share_of_upload_low": "0.40"}
    decision = decide(situation("0.95", found=found), NAMES_DECIDE)
    assert (decision.rule, decision.doubt) == (Rule.BAND_LOW, Rule.BAND_HIGH)


# Small uses: A2


@pytest.mark.parametrize(
    ("medium", "amount", "small"),
    [
        ("video", {"seconds": "15"}, True),
        ("video", {"seconds": "15.0000000000000000000000001"}, False),
        ("audio", {"seconds": "15"}, True),
        ("audio", {"seconds": "15.001"}, False),
        ("text", {"characters": 160}, True),
        ("text", {"characters": 161}, False),
        ("image", {"bytes": 125_000}, True),
        ("image", {"bytes": 125_001}, False),
        ("video", {"seconds": "0"}, True),
    ],
)
def test_a_small_use_is_lawful_at_any_share(medium: str, amount: dict[str, Any], small: bool) -> None:
    kind = {"text": "text", "image": "image", "audio": "music", "video": "film"}[medium]
    decision = decide(situation("1", found={"amount": amount}, medium=medium, work_kind=kind), STANDARD)
    assert decision.rule is (Rule.DE_MINIMIS if small else Rule.BAND_HIGH)
    assert decision.outcome is (Outcome.PRESUMED_LAWFUL if small else Outcome.PRESUMED_INFRINGING)


@pytest.mark.parametrize(
    ("medium", "amount"),
    [
        ("video", {"characters": 1, "words": 1, "bytes": 1}),
        ("audio", {"characters": 1, "words": 1, "bytes": 1}),
        ("text", {"seconds": "1", "words": 1, "bytes": 1}),
        ("image", {"seconds": "1", "characters": 1, "words": 1}),
    ],
)
def test_only_the_unit_of_the_medium_makes_a_use_small(medium: str, amount: dict[str, Any]) -> None:
    assert decide(situation(found={"amount": amount}, medium=medium), STANDARD).rule is Rule.BAND_HIGH


def test_a_commercial_use_is_never_small() -> None:
    assert decide(situation(found={"amount": {"seconds": "1"}}, commercial=True), STANDARD).rule is Rule.BAND_HIGH


@pytest.mark.parametrize("amount", [None, {}, {"seconds": None}])
def test_an_unknown_amount_is_not_small(amount: dict[str, Any] | None) -> None:
    assert decide(situation(found={"amount": amount}), STANDARD).rule is Rule.BAND_HIGH
    assert decide(situation(found={"amount": amount}, upload_amount={"bytes": 1}), STANDARD).rule is Rule.BAND_HIGH


@pytest.mark.parametrize("amount", [None, {}, {"bytes": 9_000_000}])
def test_the_whole_upload_is_the_most_that_an_unknown_amount_can_be(amount: dict[str, Any] | None) -> None:
    short = situation(found={"amount": amount}, upload_amount={"seconds": "15"})
    long = situation(found={"amount": amount}, upload_amount={"seconds": "15.1"})
    assert decide(short, STANDARD).rule is Rule.DE_MINIMIS
    assert decide(long, STANDARD).rule is Rule.BAND_HIGH


def test_the_matched_amount_counts_before_the_size_of_the_upload() -> None:
    matched = situation(found={"amount": {"seconds": "16"}}, upload_amount={"seconds": "15"})
    assert decide(matched, STANDARD).rule is Rule.BAND_HIGH


# Overlap limits: A3


@pytest.mark.parametrize(
    ("medium", "kind", "share_of_work", "amount", "kept"),
    [
        ("text", "text", "0.15", {"words": 300}, True),
        ("text", "text", "0.1500000000000000000000001", {"words": 300}, False),
        ("text", "text", "0.15", {"words": 301}, False),
        ("audio", "music", "0.10", {"seconds": "10"}, True),
        ("audio", "music", "0.1000000000000000000000001", {"seconds": "10"}, False),
        ("audio", "music", "0.10", {"seconds": "10.001"}, False),
        ("audio", "film", "0.10", {"seconds": "10"}, False),
        ("video", "film", "0.10", {"seconds": "30"}, True),
        ("video", "sports_event", "0.10", {"seconds": "30"}, True),
        ("video", "film", "0.1000000000000000000000001", {"seconds": "30"}, False),
        ("video", "film", "0.10", {"seconds": "30.001"}, False),
        ("image", "image", "0.01", {"bytes": 1, "seconds": "1", "words": 1}, False),
        ("video", "film", None, {"seconds": "30"}, False),
        ("video", "film", "0.10", None, False),
        ("video", "film", "0.10", {"words": 1}, False),
        ("text", "text", "0.15", {"seconds": "1"}, False),
    ],
)
def test_a_standard_may_allow_the_smaller_of_two_overlaps(
    medium: str, kind: str, share_of_work: str | None, amount: dict[str, Any] | None, kept: bool
) -> None:
    found = {"share_of_work": share_of_work, "amount": amount}
    # Commercial, so that no use counts as small before its overlap is looked at.
    facts = situation(found=found, medium=medium, work_kind=kind, commercial=True)
    assert decide(facts, FULL_LIMITS).rule is (Rule.OVERLAP_LIMIT if kept else Rule.BAND_HIGH)
    assert decide(facts, STANDARD).rule is Rule.BAND_HIGH


# Names


@pytest.mark.parametrize("method", ["keyword", "metadata"])
@pytest.mark.parametrize("share", ["0.10", "0.70", "0.93", None])
def test_a_name_alone_only_warns(method: str, share: str | None) -> None:
    assert decide(situation(share, found={"method": method}), STANDARD) == Decision(
        rule=Rule.NAME_ONLY, outcome=Outcome.WARNING
    )


@pytest.mark.parametrize(("share", "rule"), [("0.10", Rule.BAND_LOW), ("0.93", Rule.BAND_HIGH), (None, Rule.NAME_ONLY)])
def test_a_standard_may_let_a_name_with_a_share_decide(share: str | None, rule: Rule) -> None:
    assert decide(situation(share, found={"method": "keyword"}), NAMES_DECIDE).rule is rule


def test_a_name_without_a_share_warns_at_its_place_in_the_order() -> None:
    names_first = standard(
        names__decide=True,
        rules=["no_block", "marked", "name_only", "de_minimis", "band_low", "band_middle", "band_high"],
    )
    small = {"method": "keyword", "amount": {"seconds": "1"}}
    assert decide(situation(None, found=small), names_first).rule is Rule.NAME_ONLY
    assert decide(situation("0.1", found=small), names_first).rule is Rule.DE_MINIMIS


def test_a_name_without_a_share_warns_even_where_the_standard_forgets_it() -> None:
    forgetful = standard(rules=["no_block", "marked", "band_low", "band_middle", "band_high"])
    assert decide(situation(None, found={"method": "keyword"}), forgetful).rule is Rule.NAME_ONLY


# What clears an upload


@pytest.mark.parametrize("known", [{"no_block": True}, {"licensed": True}])
def test_a_free_or_licensed_work_is_never_blocked(known: dict[str, Any]) -> None:
    cleared = Decision(rule=Rule.NO_BLOCK, outcome=Outcome.CLEARED)
    assert decide(situation("1", **known), STANDARD) == cleared
    assert decide(situation("1", marks=(OWN_WORK,), commercial=True, **known), STANDARD) == cleared


def test_a_mark_is_never_blocked() -> None:
    marked = Decision(rule=Rule.MARKED, outcome=Outcome.MARKED_LAWFUL)
    assert decide(situation("1", marks=(OWN_WORK,)), STANDARD) == marked
    assert decide(situation("0.1", marks=(mark(), OWN_WORK), commercial=True), STANDARD) == marked


def test_marks_of_an_uploader_who_may_not_mark_now_do_not_count() -> None:
    assert decide(situation("1", marks=(OWN_WORK,), marking_suspended=True), STANDARD).rule is Rule.BAND_HIGH


# The order of the rules is the standard's


def test_the_first_rule_of_the_standard_that_applies_decides() -> None:
    bands_first = standard(
        rules=["no_block", "marked", "band_low", "band_middle", "band_high", "de_minimis", "overlap_limit", "name_only"]
    )
    small = situation("0.93", found={"amount": {"seconds": "1"}})
    assert decide(small, STANDARD).rule is Rule.DE_MINIMIS
    assert decide(small, bands_first).rule is Rule.BAND_HIGH
    assert decide(situation("0.93", found={"method": "keyword"}), bands_first).rule is Rule.BAND_HIGH
    marks_first = standard(rules=["marked", "no_block", "band_low", "band_middle", "band_high"])
    assert decide(situation(marks=(OWN_WORK,), no_block=True), marks_first).rule is Rule.MARKED


# Orders: row 1


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        (Availability.PUBLIC, Outcome.CLEARED),
        (Availability.PUBLIC_LIMITED, Outcome.WARNING),
        (Availability.HELD, Outcome.PRIOR_REVIEW),
        (Availability.BLOCKED, Outcome.PRESUMED_INFRINGING),
        (Availability.WITHDRAWN, Outcome.PRESUMED_INFRINGING),
    ],
)
def test_a_binding_order_comes_before_everything(order: Availability, outcome: Outcome) -> None:
    ordered = Decision(rule=Rule.ORDER, outcome=outcome)
    everything: dict[str, Any] = {"no_block": True, "marks": (OWN_WORK,), "without_block": WithoutBlock.PLATFORM_EXEMPT}
    assert decide(situation("0.1", order=order, **everything), STANDARD) == ordered
    assert decide(situation("1", order=order), STANDARD) == ordered


def test_no_standard_can_leave_out_an_order() -> None:
    forgetful = standard(rules=["no_block", "marked", "band_low", "band_middle", "band_high"])
    assert decide(situation("0.1", order=Availability.BLOCKED), forgetful).rule is Rule.ORDER


# Prior review: row 3


@pytest.mark.parametrize("flags", [("time_sensitive",), ("high_loss",), ("time_sensitive", "high_loss")])
@pytest.mark.parametrize("share", ["0.01", "0.7", "1"])
def test_a_flagged_work_is_reviewed_before_publication_on_request(flags: tuple[str, ...], share: str) -> None:
    held = Decision(rule=Rule.PRIOR_REVIEW, outcome=Outcome.PRIOR_REVIEW)
    assert decide(situation(share, work_flags=flags, prior_review_requested=True), STANDARD) == held


@pytest.mark.parametrize("change", [{"work_flags": ()}, {"prior_review_requested": False}, {"urgent_suspended": True}])
def test_without_flag_request_or_right_nothing_is_held(change: dict[str, Any]) -> None:
    assert decide(situation("0.93", **(ASKED | change)), STANDARD).rule is Rule.BAND_HIGH
    assert decide(situation("0.1", **(ASKED | change)), STANDARD).rule is Rule.BAND_LOW


def test_prior_review_comes_before_marks_and_after_the_no_block_list() -> None:
    assert decide(situation(marks=(OWN_WORK,), **ASKED), STANDARD).rule is Rule.PRIOR_REVIEW
    assert decide(situation(no_block=True, **ASKED), STANDARD).rule is Rule.NO_BLOCK


@pytest.mark.parametrize(
    ("regime", "kind", "held"),
    [
        ("cn-civil-code", "music", True),
        ("cn-civil-code", "film", True),
        ("eu-dsa", "music", True),
        ("de-urhdag", "film", True),
        ("de-urhdag", "series", True),
        ("de-urhdag", "sports_event", True),
        ("de-urhdag", "other_audiovisual", True),
        ("de-urhdag", "music", False),
        ("de-urhdag", "text", False),
        ("de-urhdag", "image", False),
        ("us-dmca", "film", False),
    ],
)
def test_the_regime_says_which_works_may_be_reviewed_before(regime: str, kind: str, held: bool) -> None:
    decision = decide(situation("1", work_kind=kind, **ASKED), STANDARD, REGIMES.by_id[regime])
    assert decision.rule is (Rule.PRIOR_REVIEW if held else Rule.BAND_HIGH)


# Nothing held or blocked by machine: exempt platforms, lost rights


@pytest.mark.parametrize("reason", list(WithoutBlock))
def test_where_no_machine_may_block_the_case_goes_on_as_a_warning(reason: WithoutBlock) -> None:
    warned = Decision(rule=Rule.BAND_HIGH, outcome=Outcome.WARNING, without_block=reason)
    assert decide(situation("0.93", without_block=reason), STANDARD) == warned
    assert decide(situation(without_block=reason, **ASKED), STANDARD) == Decision(
        rule=Rule.PRIOR_REVIEW, outcome=Outcome.WARNING, without_block=reason
    )


@pytest.mark.parametrize(("share", "outcome"), [("0.1", Outcome.PRESUMED_LAWFUL), ("0.7", Outcome.WARNING)])
def test_what_is_public_anyway_needs_no_reason_for_it(share: str, outcome: Outcome) -> None:
    decision = decide(situation(share, without_block=WithoutBlock.PLATFORM_EXEMPT), STANDARD)
    assert (decision.outcome, decision.without_block) == (outcome, None)


# Properties

SEVERITY = {
    Outcome.CLEARED: 0,
    Outcome.MARKED_LAWFUL: 0,
    Outcome.PRESUMED_LAWFUL: 0,
    Outcome.WARNING: 1,
    Outcome.PRESUMED_INFRINGING: 2,
}
_limits = [Decimal(limit) for limit in ("0", "0.5", "0.5000000001", "0.8999999999", "0.9", "1")]
_shares = st.sampled_from(_limits) | st.decimals(0, 1, places=6)
_amounts = st.none() | st.builds(
    Amount,
    seconds=st.none() | st.sampled_from([Decimal(10), Decimal(15), Decimal("15.1"), Decimal(31)]),
    characters=st.none() | st.integers(159, 161),
    words=st.none() | st.integers(299, 301),
    bytes=st.none() | st.integers(124_999, 125_001),
)
_marks = st.lists(st.sampled_from([OWN_WORK, mark()]), max_size=2).map(tuple)
_rules = st.permutations(["de_minimis", "overlap_limit", "name_only", "band_low", "band_middle", "band_high"]).map(
    lambda rules: ["no_block", "marked", *rules]
)
_standards = st.builds(
    lambda rules, limits, names: standard(rules=rules, overlap_limits__active=limits, names__decide=names),
    _rules,
    st.booleans(),
    st.booleans(),
)


@st.composite
def _evidence(draw: st.DrawFn) -> MatchEvidence:
    method = draw(st.sampled_from(["hash", "fingerprint", "keyword", "metadata"]))
    nameless = method in ("hash", "fingerprint")
    share = draw(_shares if nameless else st.none() | _shares)
    low = None if share is None else draw(st.none() | _shares.filter(lambda low: low <= share))
    return MatchEvidence.model_validate(
        {
            "method": method,
            "engine": "e",
            "engine_version": "1",
            "share_of_upload": share,
            "share_of_upload_low": low,
            "share_of_work": draw(st.none() | _shares),
            "amount": draw(_amounts),
        }
    )


_situations = st.builds(
    Situation,
    medium=st.sampled_from(Medium),
    commercial=st.booleans(),
    upload_amount=_amounts,
    work_kind=st.sampled_from(WorkKind),
    evidence=_evidence(),
    marks=_marks,
    no_block=st.booleans(),
    licensed=st.booleans(),
    marking_suspended=st.booleans(),
)


@given(_situations, _standards)
def test_every_situation_has_a_decision_that_its_rule_explains(facts: Situation, under: Any) -> None:
    decision = decide(facts, under)
    assert decision.outcome is OUTCOMES[decision.rule]
    assert decision.rule in {*under.rules, Rule.NAME_ONLY}
    assert decision.doubt is not decision.rule
    if decision.outcome is Outcome.PRESUMED_INFRINGING:
        assert facts.marking_suspended or not facts.marks
        assert not facts.no_block
        assert not facts.licensed


@given(_situations, _standards, _shares)
def test_a_higher_share_never_gets_a_lighter_outcome(facts: Situation, under: Any, other: Decimal) -> None:
    if facts.evidence.share_of_upload is None:
        return
    bare = facts.evidence.model_dump() | {"share_of_upload_low": None}
    shares = sorted([facts.evidence.share_of_upload, other])
    found = [MatchEvidence.model_validate(bare | {"share_of_upload": share}) for share in shares]
    low, high = (decide(facts.model_copy(update={"evidence": each}), under) for each in found)
    assert SEVERITY[low.outcome] <= SEVERITY[high.outcome]


@given(_situations, _standards)
def test_an_interval_decides_like_its_low_end_and_never_more_heavily_than_the_point(
    facts: Situation, under: Any
) -> None:
    found = facts.evidence.model_dump()
    low = found.pop("share_of_upload_low")
    if low is None:
        return

    def decided(share: Decimal | None) -> Decision:
        alone = MatchEvidence.model_validate(found | {"share_of_upload": share})
        return decide(facts.model_copy(update={"evidence": alone}), under)

    decision, by_low, by_point = decide(facts, under), decided(low), decided(facts.evidence.share_of_upload)
    assert (decision.rule, decision.outcome) == (by_low.rule, by_low.outcome)
    assert decision.doubt is (None if by_point.rule is by_low.rule else by_point.rule)
    assert SEVERITY[decision.outcome] <= SEVERITY[by_point.outcome]
