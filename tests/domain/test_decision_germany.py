"""The German decision: the share of the work, and the grace of what is public already (UrhDaG ss. 9 to 11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from casework.domain.decision import (
    Decision,
    decide,
)
from casework.domain.standard.standard import Standard, read_standard
from casework.domain.values import (
    Availability,
    Mark,
    MarkBasis,
    Outcome,
    Rule,
)
from casework.law import read_law
from tests.domain.decision_samples import ASKED, situation
from tests.samples import OWN_WORK, PUBLISHED, STANDARD, mark

REGIMES = read_law().regimes
GERMAN = read_standard((PUBLISHED / "de-2021-1.toml").read_text("utf-8"))

# Germany: the share of the work (UrhDaG ss. 9 to 11)

GERMAN_EXCEPTION = Mark(basis=MarkBasis.STATUTORY_EXCEPTION, provision="DE_QUOTATION")
JUST_BELOW = "0.4999999999999999999999999"


def german(
    share_of_work: str | None, *, amount: dict[str, Any] | None = None, share: str = "0.6", **changes: Any
) -> Decision:
    """Three minutes of a film within a longer upload, unless changed, under German law."""
    found = {"share_of_work": share_of_work, "amount": amount or {"seconds": "180"}}
    return decide(situation(share, found=found, **changes), GERMAN, REGIMES.by_id["de-urhdag"])


@pytest.mark.parametrize(
    ("share_of_work", "rule"),
    [
        ("0", Rule.BAND_LOW),
        ("0.0099999999999999", Rule.BAND_MIDDLE),
        ("0.01", Rule.BAND_HIGH),
        ("0.3", Rule.BAND_HIGH),
        (JUST_BELOW, Rule.BAND_HIGH),
        ("0.5", Rule.BAND_HIGH),
        ("1", Rule.BAND_HIGH),
        (None, Rule.NAME_ONLY),
    ],
)
def test_the_german_bands_look_at_the_share_of_the_work(share_of_work: str | None, rule: Rule) -> None:
    assert german(share_of_work).rule is rule
    assert german(share_of_work, share="0.01").rule is rule


@pytest.mark.parametrize(
    ("share_of_work", "rule"),
    [(JUST_BELOW, Rule.MARKED), ("0.5", Rule.BAND_HIGH), ("0.50", Rule.BAND_HIGH), ("1", Rule.BAND_HIGH)],
)
def test_a_german_exception_needs_less_than_half_of_the_work(share_of_work: str, rule: Rule) -> None:
    assert german(share_of_work, marks=(GERMAN_EXCEPTION,)).rule is rule


@pytest.mark.parametrize("share_of_work", ["0.1", "1"])
def test_a_licence_is_no_matter_of_shares(share_of_work: str) -> None:
    assert german(share_of_work, marks=(OWN_WORK,)).outcome is Outcome.MARKED_LAWFUL
    assert german(share_of_work, share="1", marks=(OWN_WORK,)).outcome is Outcome.MARKED_LAWFUL


@pytest.mark.parametrize(
    ("medium", "kind", "small", "large"),
    [
        ("video", "film", {"seconds": "15"}, {"seconds": "15.0000000000000000001"}),
        ("audio", "music", {"seconds": "15"}, {"seconds": "15.001"}),
        ("text", "text", {"characters": 160}, {"characters": 161}),
        ("image", "image", {"bytes": 125_000}, {"bytes": 125_001}),
    ],
)
def test_a_german_small_use_is_lawful_up_to_its_limit(
    medium: str, kind: str, small: dict[str, Any], large: dict[str, Any]
) -> None:
    about: dict[str, Any] = {"medium": medium, "work_kind": kind}
    assert german(JUST_BELOW, amount=small, **about).outcome is Outcome.PRESUMED_LAWFUL
    assert german(JUST_BELOW, amount=large, **about).outcome is Outcome.PRESUMED_INFRINGING
    assert german(JUST_BELOW, amount=small, commercial=True, **about).outcome is Outcome.PRESUMED_INFRINGING
    at_half = Outcome.PRESUMED_LAWFUL if medium == "image" else Outcome.PRESUMED_INFRINGING
    assert german("0.5", amount=small, **about).outcome is at_half
    assert german("1", amount=small, **about).outcome is at_half
    assert german(None, amount=small, **about).outcome is Outcome.PRESUMED_LAWFUL


def test_a_german_use_must_stand_beside_other_content() -> None:
    small = {"amount": {"seconds": "10"}}
    assert german("0.1", share="0.9999999999", **small).rule is Rule.DE_MINIMIS
    assert german("0.1", share="1", **small).rule is Rule.BAND_HIGH
    assert german("0.1", share="1", marks=(GERMAN_EXCEPTION,)).rule is Rule.BAND_HIGH


def test_doubt_about_other_content_goes_to_the_uploader_and_is_told() -> None:
    found = {"share_of_work": "0.1", "share_of_upload_low": "0.99", "amount": {"seconds": "10"}}
    decision = decide(situation("1", found=found), GERMAN)
    assert (decision.rule, decision.doubt) == (Rule.DE_MINIMIS, Rule.BAND_HIGH)


def test_an_exception_of_another_law_does_not_count() -> None:
    assert german("0.1", marks=(mark(),)).rule is Rule.BAND_HIGH
    chinese = REGIMES.by_id["cn-civil-code"]
    assert decide(situation("1", marks=(mark(),)), STANDARD, chinese).rule is Rule.MARKED
    assert decide(situation("1", marks=(GERMAN_EXCEPTION,)), STANDARD, chinese).rule is Rule.BAND_HIGH
    assert decide(situation("1", marks=(GERMAN_EXCEPTION, OWN_WORK)), STANDARD, chinese).rule is Rule.MARKED


def test_without_a_german_image_privilege_images_follow_the_half() -> None:
    document = GERMAN.model_dump()
    document["presumption"] |= {"images_whole": False, "combined": False}
    strict = Standard.model_validate(document)
    found = {"share_of_work": "0.5", "amount": {"bytes": 1}}
    about: dict[str, Any] = {"medium": "image", "work_kind": "image"}
    assert decide(situation("1", found=found, **about), strict).rule is Rule.BAND_HIGH
    assert decide(situation("1", found=found | {"share_of_work": "0.4"}, **about), strict).rule is Rule.DE_MINIMIS


# Grace for what is public already (UrhDaG s. 11(2))


@pytest.mark.parametrize(
    ("regime", "public_already", "grace"),
    [
        ("de-urhdag", True, timedelta(hours=48)),
        ("de-urhdag", False, None),
        ("cn-civil-code", True, None),
        ("eu-dsa", True, None),
        ("us-dmca", True, None),
        (None, True, None),
    ],
)
def test_what_is_public_already_has_a_grace_in_germany(
    regime: str | None, public_already: bool, grace: timedelta | None
) -> None:
    governing = None if regime is None else REGIMES.by_id[regime]
    decision = decide(situation("1", public_already=public_already), GERMAN, governing)
    assert (decision.outcome, decision.grace) == (Outcome.PRESUMED_INFRINGING, grace)


def test_only_a_block_has_a_grace() -> None:
    law = REGIMES.by_id["de-urhdag"]
    assert decide(situation("1", public_already=True, **ASKED), GERMAN, law).grace is None
    assert decide(situation("1", public_already=True, no_block=True), GERMAN, law).grace is None
    order = decide(situation("1", public_already=True, order=Availability.BLOCKED), GERMAN, law)
    assert (order.rule, order.grace) == (Rule.ORDER, None)
