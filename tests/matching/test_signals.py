"""Commercial signals: read from the list of uploads, tied to their source, and without any say in the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.manifest import ManifestError
from matching_adapter.match import MatchedUpload, decision_id_of, decision_json, match_folders
from matching_adapter.port import Amount, FileReference, Mark, MatchEvidence, UploadFile, WorkFile
from matching_adapter.registry import load_engines
from matching_adapter.signals import SUFFIXES, Signal, plain_domain, signals_of, suffix_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("domain", "suffix", "uploader_type"),
    [
        ("www.tsinghua.edu.cn", "edu.cn", "education"),
        ("MIT.EDU.", "edu", "education"),
        ("ucas.ac.cn", "ac.cn", "research"),
        ("physics.ox.ac.uk", "ac.uk", "education"),
        ("www.beijing.gov.cn", "gov.cn", "government"),
        ("loc.gov", "gov", "government"),
        ("navy.mil", "mil", "military"),
        ("wikipedia.org", "org", "organisation"),
        ("shop.com.cn", "com.cn", "company"),
        ("某基金会.公益", "xn--55qw42g", "organisation"),
        ("某机关.政务", "xn--zfr164b", "government"),
    ],
)
def test_a_suffix_says_what_its_registry_says(domain: str, suffix: str, uploader_type: str) -> None:
    assert suffix_of(domain) == suffix
    (signal,) = signals_of(uploader_domain=domain)
    assert (signal.kind, signal.value) == ("uploader_type", uploader_type)
    assert signal.provenance == f"domain suffix .{suffix}: {SUFFIXES[suffix].source}"


@pytest.mark.parametrize(
    "domain", ["myedu.cn", "edu.cn.example.net", "example.cn", "gov.example", "edu.cn", "notgov.de"]
)
def test_what_only_looks_like_a_suffix_says_nothing(domain: str) -> None:
    assert suffix_of(domain) is None
    assert list(signals_of(uploader_domain=domain)) == []


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a b.edu", "someone@school.edu", "-a.edu", "a..edu", "a" * 64 + ".edu", "http://a.edu"]
)
def test_what_is_no_domain_name_is_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="domain name"):
        plain_domain(domain)


@given(st.text(max_size=60))
def test_any_text_is_a_domain_name_or_refused(text: str) -> None:
    try:
        plain = plain_domain(text)
    except ValueError:
        return
    assert plain == plain.lower()
    assert plain_domain(plain) == plain


def test_nobody_says_is_not_no() -> None:
    assert list(signals_of()) == []
    told = [(one.kind, one.value) for one in signals_of(advertising=True, monetised=False)]
    assert told == [("advertising", "yes"), ("monetisation", "no")]


def test_the_domain_itself_is_not_kept() -> None:
    (signal,) = signals_of(uploader_domain="zhang-san.example.org", observed_at=NOON)
    assert "zhang" not in str(signal.to_json())
    assert signal.to_json()["observed_at"] == "2026-11-21T12:00:00+00:00"


@pytest.mark.parametrize(
    ("value", "provenance", "observed_at"),
    [
        ("", "x", None),
        ("x" * 101, "x", None),
        ("x", "", None),
        ("x", "x" * 201, None),
        ("x", "x", NOON.replace(tzinfo=None)),
    ],
)
def test_a_signal_fits_the_decision_format(value: str, provenance: str, observed_at: datetime | None) -> None:
    with pytest.raises(ValueError, match=r"value|provenance|time zone"):
        Signal("advertising", value, provenance, observed_at)


def test_every_suffix_fits_and_is_written_as_it_is_compared() -> None:
    for suffix in SUFFIXES:
        assert plain_domain(f"a.{suffix}") == f"a.{suffix}"
        assert len(list(signals_of(uploader_domain=f"a.{suffix}"))) == 1


def matched(folder: Path, fields: str) -> MatchedUpload:
    for inner in ("works", "uploads"):
        (folder / inner).mkdir()
        (folder / inner / "a.txt").write_text("一二三四五六七八九十甲乙丙丁")
    (folder / "works" / "works.toml").write_text('[defaults]\nright_holder_id = "rh-1"\n')
    (folder / "uploads" / "uploads.toml").write_text(f'[[upload]]\nfile = "a.txt"\n{fields}\n')
    engines = load_engines(("exact-hash",))
    (result,) = match_folders(folder / "works", folder / "uploads", engines=engines)
    assert isinstance(result, MatchedUpload)
    return result


def test_signals_come_from_the_list_of_uploads_into_the_decision(tmp_path: Path) -> None:
    result = matched(tmp_path, 'advertising = true\nmonetised = false\nuploader_domain = "school.edu.cn"')
    decision = decision_json(result, source="test", decided_at=NOON)
    assert decision["signals"] == [
        {"kind": "advertising", "value": "yes", "provenance": "stated by the platform, in uploads.toml"},
        {"kind": "monetisation", "value": "no", "provenance": "stated by the platform, in uploads.toml"},
        {
            "kind": "uploader_type",
            "value": "education",
            "provenance": "domain suffix .edu.cn: CNNIC, second-level domain categories under .cn: educational"
            " institutions",
        },
    ]


def test_a_decision_without_signals_has_no_such_field(tmp_path: Path) -> None:
    assert "signals" not in decision_json(matched(tmp_path, ""), source="test", decided_at=NOON)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ('advertising = "yes"', "advertising"),
        ("monetised = 1", "monetised"),
        ('uploader_domain = "nobody@school.edu"', "uploader_domain"),
        ("uploader_domain = 3", "uploader_domain"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, fields: str, field: str) -> None:
    with pytest.raises(ManifestError, match=f"uploads.toml: a.txt: {field} must"):
        matched(tmp_path, fields)


FILE = FileReference(Path("a.mp4"), "a.mp4", "video/mp4", "video", "0" * 64, 9)
SIGNALS = st.lists(
    st.builds(
        Signal,
        kind=st.sampled_from(["advertising", "monetisation", "uploader_type"]),
        value=st.sampled_from(["yes", "no", "company", "education"]),
        provenance=st.just("stated by the platform"),
    ),
    min_size=1,
    max_size=16,
)


@given(SIGNALS, st.booleans(), st.booleans())
def test_signals_change_nothing_else_of_a_decision(signals: list[Signal], commercial: bool, marked: bool) -> None:
    marks = (Mark("licensed"),) if marked else ()
    plain = UploadFile("u", 1, "uploader", FILE, commercial=commercial, marks=marks)
    work = WorkFile("w", "Work", "rh-1", "film", FILE)
    evidence = MatchEvidence("w", "fingerprint", "e", "1", "d" * 64, "s" * 64, Decimal("0.5"), None)
    decisions = []
    for upload in (plain, replace(plain, signals=tuple(signals))):
        result = MatchedUpload(upload, Amount(), work, Amount(), evidence, decision_id_of(upload, evidence))
        decisions.append(decision_json(result, source="test", decided_at=NOON))
    without, with_signals = decisions
    assert with_signals.pop("signals") == [signal.to_json() for signal in signals]
    assert with_signals == without
