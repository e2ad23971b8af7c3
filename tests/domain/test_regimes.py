"""Legal regimes: the figures of law.md, each with its source, and what makes a file a regime."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from casework.domain.regimes.coherence import Conflicting, check_standard, conflicts
from casework.domain.regimes.elements import NoticeElement
from casework.domain.regimes.regimes import (
    CalendarName,
    PublicRegister,
    Regime,
    Regimes,
    ShareOf,
    Silence,
    WaitKind,
    WaitStart,
    read_regime,
)
from casework.domain.standard.standard import Standard, read_standard
from casework.domain.values import Measure, Remedy
from casework.law import Law, RegimeUnknown, read_law, read_standards
from tests.samples import PUBLISHED, STANDARD, standard

FILES = PUBLISHED.parent.parent / "regimes" / "published"
LAW = read_law()
REGIMES = LAW.regimes
CN_CIVIL_CODE = REGIMES.by_id["cn-civil-code"]
CN_E_COMMERCE = REGIMES.by_id["cn-e-commerce"]
CN_NETWORK_RIGHTS = REGIMES.by_id["cn-network-rights"]
DE_URHDAG = REGIMES.by_id["de-urhdag"]
EU_DSA = REGIMES.by_id["eu-dsa"]
US_DMCA = REGIMES.by_id["us-dmca"]


def published(identifier: str) -> Standard:
    return read_standard((PUBLISHED / f"{identifier}.toml").read_text("utf-8"))


def changed(regime: Regime, **changes: Any) -> Regime:
    """The regime with other values, such as ``changed(US_DMCA, wait__length=11)``."""
    document = regime.model_dump()
    for path, value in changes.items():
        *outer, last = path.split("__")
        target = document
        for name in outer:
            target = target[name]
        target[last] = value
    return Regime.model_validate(document)


def refusal(regime: Regime, **changes: Any) -> str:
    try:
        changed(regime, **changes)
    except ValidationError as error:
        return error.errors()[0]["type"]
    return ""


def ids(elements: tuple[NoticeElement, ...]) -> set[str]:
    return {element.value for element in elements}


# The shipped files


def test_six_regimes_of_four_families_are_shipped() -> None:
    assert {regime.id: regime.family for regime in REGIMES.all} == {
        "cn-civil-code": "CN",
        "cn-e-commerce": "CN",
        "cn-network-rights": "CN",
        "de-urhdag": "DE",
        "eu-dsa": "EU",
        "us-dmca": "US",
    }
    assert REGIMES.families == {"CN", "DE", "EU", "US"}


@pytest.mark.parametrize("path", sorted(FILES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_is_named_like_its_regime_and_each_figure_names_its_source_in_both_languages(path: Path) -> None:
    document = path.read_text("utf-8")
    assert read_regime(document).id == path.stem
    for name, table in tomllib.loads(document).items():
        if isinstance(table, dict) and not {"en", "zh"} <= set(table):
            assert table["source"]["en"].strip(), name
            assert any("\u4e00" <= letter <= "\u9fff" for letter in table["source"]["zh"]), name


def test_china_states_three_rules_on_the_wait() -> None:
    assert (CN_CIVIL_CODE.wait.kind, CN_CIVIL_CODE.wait.starts) == (WaitKind.REASONABLE, WaitStart.DELIVERY)
    assert CN_CIVIL_CODE.wait.days(15) == 15
    assert CN_CIVIL_CODE.wait.days(9) == 9
    assert (CN_E_COMMERCE.wait.kind, CN_E_COMMERCE.wait.starts) == (WaitKind.DAYS, WaitStart.DELIVERY)
    assert CN_E_COMMERCE.wait.days(9) == 15
    assert CN_NETWORK_RIGHTS.wait.kind is WaitKind.NONE
    assert CN_NETWORK_RIGHTS.wait.days(9) == 0
    assert [regime.waits for regime in (CN_CIVIL_CODE, CN_E_COMMERCE, CN_NETWORK_RIGHTS)] == [True, True, False]


def test_only_the_network_rights_regulation_restores_at_once_and_bars_repeats() -> None:
    assert [regime.id for regime in REGIMES.all if regime.restores_at_once] == ["cn-network-rights"]
    assert [regime.id for regime in REGIMES.all if regime.bars_repeats] == ["cn-network-rights"]


def test_the_united_states_wait_ten_to_fourteen_business_days_from_receipt() -> None:
    wait = US_DMCA.wait
    assert (wait.kind, wait.length, wait.latest, wait.starts) == (WaitKind.BUSINESS_DAYS, 10, 14, WaitStart.RECEIPT)
    assert wait.days(15) == 10


def test_only_china_pauses_the_wait_for_twenty_working_days_at_most() -> None:
    assert {regime.id: regime.pause.most_working_days for regime in REGIMES.all} == {
        "cn-civil-code": 20,
        "cn-e-commerce": 20,
        "cn-network-rights": 0,
        "de-urhdag": 0,
        "eu-dsa": 0,
        "us-dmca": 0,
    }


@pytest.mark.parametrize(
    ("regime", "elements"),
    [
        (CN_CIVIL_CODE, {"identity", "prima_facie_evidence"}),
        (
            CN_E_COMMERCE,
            {"identity", "ownership_proof", "location", "prima_facie_evidence", "truthfulness_guarantee"},
        ),
        (
            CN_NETWORK_RIGHTS,
            {
                "identity",
                "contact",
                "address",
                "work_identified",
                "location",
                "prima_facie_evidence",
                "truthfulness_guarantee",
            },
        ),
        (DE_URHDAG, {"reasoned_explanation"}),
        (EU_DSA, {"reasoned_explanation", "location", "identity", "contact", "good_faith_statement"}),
        (
            US_DMCA,
            {
                "signature",
                "work_identified",
                "location",
                "contact",
                "good_faith_statement",
                "accuracy_statement",
                "authority_under_perjury",
            },
        ),
    ],
)
def test_what_a_notice_must_hold(regime: Regime, elements: set[str]) -> None:
    assert ids(regime.notice.ids) == elements


@pytest.mark.parametrize(
    ("regime", "elements"),
    [
        (CN_CIVIL_CODE, {"identity", "prima_facie_evidence"}),
        (CN_E_COMMERCE, {"identity", "location", "prima_facie_evidence", "truthfulness_guarantee"}),
        (
            CN_NETWORK_RIGHTS,
            {
                "identity",
                "contact",
                "address",
                "work_identified",
                "location",
                "prima_facie_evidence",
                "truthfulness_guarantee",
            },
        ),
        (DE_URHDAG, None),
        (EU_DSA, None),
        (
            US_DMCA,
            {
                "signature",
                "location",
                "mistake_statement_under_perjury",
                "identity",
                "address",
                "contact",
                "jurisdiction_consent",
            },
        ),
    ],
)
def test_what_a_counter_notice_must_hold(regime: Regime, elements: set[str] | None) -> None:
    assert (None if regime.counter_notice is None else ids(regime.counter_notice.ids)) == elements


def test_the_american_elements_are_six_and_four_and_the_european_ones_four() -> None:
    assert US_DMCA.counter_notice is not None
    assert len({element.article.en for element in US_DMCA.notice.elements}) == 6
    assert len({element.article.en for element in US_DMCA.counter_notice.elements}) == 4
    assert len({element.article.en for element in EU_DSA.notice.elements}) == 4


def test_what_is_missing_is_named_in_the_order_of_the_law() -> None:
    contents = US_DMCA.notice
    assert contents.missing([]) == contents.ids
    assert contents.missing(contents.ids) == ()
    given = {NoticeElement.WORK_IDENTIFIED, NoticeElement.CONTACT, NoticeElement.ADDRESS}
    assert contents.missing(given) == (
        NoticeElement.SIGNATURE,
        NoticeElement.LOCATION,
        NoticeElement.GOOD_FAITH_STATEMENT,
        NoticeElement.ACCURACY_STATEMENT,
        NoticeElement.AUTHORITY_UNDER_PERJURY,
    )


def test_germany_measures_the_work_gives_grace_and_knows_the_urgent_block() -> None:
    assert [regime.id for regime in REGIMES.all if regime.share.of is ShareOf.WORK] == ["de-urhdag"]
    assert [(regime.id, regime.grace.hours) for regime in REGIMES.all if regime.grace.hours] == [("de-urhdag", 48)]
    assert [regime.id for regime in REGIMES.all if regime.urgent_block.available] == ["de-urhdag"]
    assert [regime.id for regime in REGIMES.all if regime.prior_review.audiovisual_only] == ["de-urhdag"]
    assert {regime.id: regime.ruling.most_days for regime in REGIMES.all if regime.ruling.most_days} == {"de-urhdag": 7}


def test_the_european_figures() -> None:
    body = EU_DSA.external_body
    assert body is not None
    assert (body.days, body.most_days, body.binding) == (90, 180, False)
    assert EU_DSA.contest_window.least_months == 6
    assert [regime.id for regime in REGIMES.all if regime.contest_window.least_months] == ["eu-dsa"]


def test_silence_register_calendar_and_remedies() -> None:
    rows = {regime.id: (regime.silence.effect, regime.public_register.cases, regime.calendar) for regime in REGIMES.all}
    assert rows == {
        "cn-civil-code": (Silence.ENDS_MEASURE, PublicRegister.NONE, CalendarName.CHINA),
        "cn-e-commerce": (Silence.ENDS_MEASURE, PublicRegister.EVERY_NOTICE, CalendarName.CHINA),
        "cn-network-rights": (Silence.NOTHING, PublicRegister.UNREACHABLE_UPLOADER, CalendarName.CHINA),
        "de-urhdag": (Silence.NOTHING, PublicRegister.NONE, CalendarName.CALENDAR_DAYS),
        "eu-dsa": (Silence.NOTHING, PublicRegister.NONE, CalendarName.CALENDAR_DAYS),
        "us-dmca": (Silence.RESTORES, PublicRegister.NONE, CalendarName.UNITED_STATES),
    }
    assert all(Remedy.COURT in regime.remedies.outside for regime in REGIMES.all)


def test_only_two_laws_leave_no_choice_of_the_measure() -> None:
    assert [regime.id for regime in REGIMES.all if regime.measures.lawful == (Measure.BLOCK,)] == [
        "cn-network-rights",
        "us-dmca",
    ]


def test_the_lawful_uses_of_china_are_the_thirteen_of_article_24() -> None:
    for regime in (CN_CIVIL_CODE, CN_E_COMMERCE, CN_NETWORK_RIGHTS):
        assert regime.provisions == {f"CN_ART24_{number:02d}" for number in range(1, 14)}
    assert DE_URHDAG.provisions == {"DE_QUOTATION", "DE_PARODY", "DE_OTHER_STATUTORY"}


# What makes a file a regime


@pytest.mark.parametrize(
    ("regime", "changes", "code"),
    [
        (US_DMCA, {}, ""),
        (US_DMCA, {"wait__length": None}, "wait_incomplete"),
        (US_DMCA, {"wait__starts": None}, "wait_incomplete"),
        (US_DMCA, {"wait__latest": 9}, "wait_order"),
        (US_DMCA, {"wait__latest": None}, ""),
        (US_DMCA, {"wait__latest": 10}, ""),
        (CN_CIVIL_CODE, {"wait__length": 15}, "wait_incomplete"),
        (CN_CIVIL_CODE, {"wait__latest": 20}, "wait_order"),
        (CN_NETWORK_RIGHTS, {"wait__starts": "receipt"}, "wait_incomplete"),
        (CN_CIVIL_CODE, {"restoration__at_once": True}, "wait_superfluous"),
        (CN_NETWORK_RIGHTS, {"restoration__at_once": False}, "wait_missing"),
        (CN_CIVIL_CODE, {"counter_notice": None}, "counter_notice_missing"),
        (CN_NETWORK_RIGHTS, {"counter_notice": None}, "counter_notice_missing"),
        (EU_DSA, {"notice__elements": []}, "too_short"),
        (EU_DSA, {"notice__elements": [EU_DSA.notice.elements[0]] * 2}, "elements_repeated"),
        (EU_DSA, {"notice__elements": [{"id": "hope", "article": {"en": "1", "zh": "1"}}]}, "enum"),
        (EU_DSA, {"family": "eu"}, "string_pattern_mismatch"),
        (EU_DSA, {"calendar": "lunar"}, "enum"),
        (EU_DSA, {"grace__hours": -1}, "greater_than_equal"),
        (EU_DSA, {"comment": "x"}, "extra_forbidden"),
    ],
)
def test_a_regime_is_complete_and_coherent(regime: Regime, changes: dict[str, Any], code: str) -> None:
    assert refusal(regime, **changes) == code


def test_two_regimes_never_share_an_id() -> None:
    with pytest.raises(ValueError, match="same id"):
        Regimes([EU_DSA, EU_DSA])


# Which regime governs


@pytest.mark.parametrize("chosen", ["cn-civil-code", "cn-e-commerce", "cn-network-rights"])
def test_a_chinese_case_is_governed_by_the_chosen_rule(chosen: str) -> None:
    regime = REGIMES.of(STANDARD, chosen)
    assert regime is not None
    assert regime.id == chosen


@pytest.mark.parametrize("chosen", [None, "de-urhdag", "us-dmca", "nothing"])
def test_nothing_chooses_among_the_chinese_rules_in_silence(chosen: str | None) -> None:
    assert REGIMES.of(STANDARD, chosen) is None


@pytest.mark.parametrize("chosen", [None, "cn-civil-code", "de-urhdag"])
def test_the_only_regime_of_a_family_needs_no_choice(chosen: str | None) -> None:
    assert REGIMES.of(published("de-2021-1"), chosen) is DE_URHDAG
    assert REGIMES.of(published("eu-2024-1"), chosen) is EU_DSA
    assert REGIMES.of(published("us-2021-1"), chosen) is US_DMCA


def test_the_family_of_a_regime_is_found_by_its_id() -> None:
    assert REGIMES.family_of("cn-e-commerce") == "CN"
    with pytest.raises(KeyError):
        REGIMES.family_of("nothing")


def test_the_choice_decides_whose_standards_count() -> None:
    assert (LAW.family, LAW.is_open) == ("CN", True)
    chosen = read_law("de-urhdag")
    assert (chosen.family, chosen.is_open) == ("DE", False)
    assert read_standards(chosen).family == "DE"
    assert not read_law("cn-civil-code").is_open
    assert LAW.regime_of(STANDARD) is None
    assert read_law("cn-civil-code").regime_of(STANDARD) == CN_CIVIL_CODE
    assert LAW.calendar_of(US_DMCA).name == "us-federal"


def test_a_family_with_one_regime_needs_no_choice() -> None:
    only = Law(Regimes([CN_E_COMMERCE]))
    assert not only.is_open
    assert only.regime_of(STANDARD) is CN_E_COMMERCE


def test_a_choice_of_nothing_known_is_refused() -> None:
    with pytest.raises(RegimeUnknown, match="us-dmca"):
        read_law("us_dmca")


# A standard keeps to the law of its family


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_standard_keeps_to_the_law(path: Path) -> None:
    check_standard(read_standard(path.read_text("utf-8")), REGIMES)


@pytest.mark.parametrize(
    ("days", "months", "short"),
    [(None, 6, False), (None, 5, True), (None, 7, False), (185, None, True), (186, None, False)],
)
def test_a_window_is_never_shorter_than_the_months_of_the_law(
    days: int | None, months: int | None, short: bool
) -> None:
    changes: dict[str, Any] = {"share_of": "upload"}
    for name in ("contest", "challenge"):
        changes |= {f"procedure__{name}_window_days": days, f"procedure__{name}_window_months": months}
    keys = ("procedure.contest_window", "procedure.challenge_window")
    assert conflicts(standard(**changes), EU_DSA) == (keys if short else ())


@pytest.mark.parametrize(
    ("days", "months", "short"),
    [(29, None, True), (30, None, False), (None, 1, True), (None, 2, False)],
)
def test_a_window_is_never_shorter_than_the_days_of_the_law(days: int | None, months: int | None, short: bool) -> None:
    law = changed(CN_CIVIL_CODE, contest_window__least_days=30)
    changes = {"procedure__contest_window_days": days, "procedure__contest_window_months": months}
    assert conflicts(standard(**changes), law) == (("procedure.contest_window",) if short else ())


def test_a_german_ruling_is_due_within_a_week_and_the_work_is_measured() -> None:
    german = published("de-2021-1").model_dump()
    german["procedure"]["ruling_due_days"] = 8
    german["share_of"] = "upload"
    loose = Standard.model_validate(german)
    assert conflicts(loose, DE_URHDAG) == ("share_of", "procedure.ruling_due_days")
    with pytest.raises(Conflicting, match=r"share_of, procedure\.ruling_due_days") as conflicting:
        check_standard(loose, REGIMES)
    assert conflicting.value.keys == ("share_of", "procedure.ruling_due_days")


def test_a_standard_of_a_family_without_a_regime_is_refused() -> None:
    with pytest.raises(ValueError, match="FR, which has no regime file"):
        check_standard(standard(regime="FR"), REGIMES)


# Adding a regime is a file and texts


def made_up(folder: Path) -> tuple[Path, Path]:
    """A folder with a regime of a place that does not exist, and one with its standard: words and figures only."""
    regimes, standards = folder / "regimes", folder / "standards"
    regimes.mkdir()
    standards.mkdir()
    law = (FILES / "us-dmca.toml").read_text("utf-8")
    law = law.replace('id = "us-dmca"', 'id = "ut-islands"').replace('family = "US"', 'family = "UT"')
    law = law.replace('en = "United States"', 'en = "Utopia"').replace("length = 10", "length = 3")
    law = law.replace("US_FAIR_USE", "UT_JUST_USE")
    (regimes / "ut-islands.toml").write_text(law, "utf-8")
    rules = (PUBLISHED / "us-2021-1.toml").read_text("utf-8")
    rules = rules.replace('id = "us-2021-1"', 'id = "ut-1"').replace('regime = "US"', 'regime = "UT"')
    rules = rules.replace('high = "0.90"', 'high = "0.70"')
    (standards / "ut-1.toml").write_text(rules, "utf-8")
    return regimes, standards


def test_a_made_up_regime_and_its_standard_are_two_files(tmp_path: Path) -> None:
    regimes, folder = made_up(tmp_path)
    law = read_law("ut-islands", regimes)
    standards = read_standards(law, folder)
    current = standards.in_force(STANDARD.effective_from.replace(year=2026))
    assert current is not None
    assert (current.id, law.family, law.is_open) == ("ut-1", "UT", False)
    regime = law.regime_of(current)
    assert regime is not None
    assert (regime.place.en, regime.wait.days(15)) == ("Utopia", 3)
    assert "UT_JUST_USE" in regime.provisions


def test_a_chosen_regime_needs_a_standard(tmp_path: Path) -> None:
    regimes, _standards = made_up(tmp_path)
    with pytest.raises(ValueError, match="no standard is published for UT"):
        read_standards(read_law("ut-islands", regimes))
